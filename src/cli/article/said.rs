//! Who labelled an article, and why, as `article show` says it.

use super::risk;
use crate::cli::typed;
use crate::domain::labels::{Authority, Said as One};
use crate::store::{About, Said, StoredWord, Word};

/// One line for each topic, place and risk: its authority and reason, editors first.
pub(super) fn pairs(said: &Said) -> Vec<(&'static str, String)> {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    let labels = said.labels.as_ref();
    let sides = [
        ("topic", About::Topics, labels.map(|l| &l.topics)),
        ("place", About::Places, labels.map(|l| &l.places)),
    ];
    for (noun, about, found) in sides {
        let word = said.word(about);
        pairs.extend(word.map(|word| (noun, by_editor(word))));
        let found = found.into_iter().flatten();
        pairs.extend(found.map(|one| (noun, line(one, word.is_some()))));
    }
    pairs.extend(risk::pairs(&said.risk()));
    pairs
}

fn by_editor(stored: &StoredWord) -> String {
    let slugs: Vec<&str> = match &stored.word {
        Word::Topics { topics } => topics.iter().map(|t| t.topic.as_str()).collect(),
        Word::Places { places } => places.iter().map(|p| p.place.as_str()).collect(),
        Word::Risk { .. } => Vec::new(),
    };
    let slugs = match slugs.is_empty() {
        true => "none".to_owned(),
        false => slugs.join(" "),
    };
    let at = typed::shown(stored.at);
    format!("{slugs} by the editor {}, {at}", stored.by)
}

fn line(one: &One, over: bool) -> String {
    let by = match one.by {
        Authority::Classifier => format!("classifier .{:02}", one.score.min(990) / 10),
        by => by.to_string(),
    };
    let mark = match (one.held, over) {
        (_, true) => " (an editor said otherwise)",
        (false, false) => " (proposed)",
        (true, false) => "",
    };
    format!("{}{mark} by {by}: {}", one.slug, one.why)
}
