//! An article's texts, one after the other: whose each is, when it came, what it changed, and which of
//! them letters print.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pictures;
use crate::cli::{Failure, show, typed};
use crate::domain::RevisionId;
use crate::domain::article::{ArticleText, changes};
use crate::domain::picture::Picture;
use crate::store::StoredText;

/// The texts as JSON, each with what it changed.
pub(super) fn as_json(texts: &[StoredText]) -> Value {
    let row = |(at, text): (usize, &StoredText)| {
        let mut value = json!(text);
        value["changed"] = json!(changed(texts, at));
        value
    };
    texts.iter().enumerate().map(row).collect()
}

/// The texts as people read them.
pub(super) fn show_all(
    texts: &[StoredText],
    in_force: RevisionId,
    pictures: &BTreeMap<RevisionId, Picture>,
) -> Result<(), Failure> {
    let kept = texts
        .iter()
        .any(|t| t.revision == in_force && t.by_editor.is_some());
    for (at, text) in texts.iter().enumerate() {
        show::line("")?;
        show::line(&head(texts, at, in_force, kept))?;
        show_text(text, pictures.get(&text.revision))?;
    }
    Ok(())
}

/// Whose a text is, when it came, what it changed, and what became of it.
fn head(texts: &[StoredText], at: usize, in_force: RevisionId, kept: bool) -> String {
    let text = &texts[at];
    let by = text.by_editor.as_deref().unwrap_or("the source");
    let mut head = format!("text {} by {by}, {}", text.seq, typed::shown(text.seen));
    let changed = changed(texts, at);
    if !changed.is_empty() {
        head.push_str(&format!(": {} changed", changed.join(", ")));
    }
    let printed = texts.iter().find(|t| t.revision == in_force);
    let later = printed.is_some_and(|p| text.seq > p.seq);
    match (text.undone, text.revision == in_force) {
        (Some(at), _) => head.push_str(&format!("; taken back {}", typed::shown(at))),
        (None, true) if texts.len() > 1 => head.push_str("; in force"),
        (None, false) if kept && later => {
            head.push_str("; kept, and not printed: the editor's words stay");
        }
        _ => {}
    }
    head
}

/// What a text changed: the source's against the source's one before, an editor's against the one
/// before it.
fn changed(texts: &[StoredText], at: usize) -> Vec<&'static str> {
    let text = &texts[at];
    let mut before = texts[..at].iter().rev();
    let before = match text.by_editor {
        Some(_) => before.find(|t| t.undone.is_none_or(|undone| undone > text.seen)),
        None => before.find(|t| t.by_editor.is_none()),
    };
    before.map_or_else(Vec::new, |b| changes(&b.text, &text.text))
}

fn show_text(stored: &StoredText, picture: Option<&Picture>) -> Result<(), Failure> {
    let ArticleText {
        headline,
        summary,
        byline,
        image,
        body,
        categories,
    } = &stored.text;
    let image = image.as_ref().map(pictures::address).unwrap_or_default();
    let pairs = [
        ("headline", headline.clone()),
        ("summary", summary.clone()),
        ("byline", byline.clone()),
        ("image", image),
        (
            "rendition",
            picture.map(pictures::words).unwrap_or_default(),
        ),
        ("categories", categories.join(", ")),
        ("body", body.clone().unwrap_or_default()),
    ];
    let pairs: Vec<(&str, String)> = pairs.into_iter().filter(|(_, v)| !v.is_empty()).collect();
    show::pairs(&pairs)
}
