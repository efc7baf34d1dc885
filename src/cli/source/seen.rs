//! A feed that was looked at, as it is shown before it becomes a source.

use serde_json::{Value, json};

use crate::cli::{Failure, show, typed};
use crate::domain::article::CategoryMap;
use crate::domain::time::Timestamp;
use crate::ingest::discover::newest;
use crate::ingest::parse::ParsedFeed;
use crate::ingest::proposal::{Proposed, propose};

/// Entries that are shown of a feed.
const SHOWN: usize = 5;

/// Shows what a feed says, and what its categories propose beyond what `map` knows of them.
pub fn show_seen(feed: &ParsedFeed, map: &CategoryMap, now: Timestamp) -> Result<(), Failure> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "not stated".to_owned());
    show::pairs(&[
        ("title", or_none(&feed.title)),
        ("format", feed.format.to_string()),
        ("link", or_none(&feed.link)),
        ("language", or_none(&feed.language)),
        ("entries", feed.entries.len().to_string()),
        ("newest", typed::shown_or(newest(feed, now), "undated")),
        ("problems", feed.problems.len().to_string()),
        ("topics", proposed(&unmapped(feed, map))),
    ])?;
    let mut entries: Vec<_> = feed.entries.iter().collect();
    entries.sort_by_key(|e| std::cmp::Reverse(e.published.or(e.updated)));
    for entry in entries.into_iter().take(SHOWN) {
        let dated = typed::shown_or(entry.published.or(entry.updated), "undated");
        let title = typed::short(entry.title.as_deref().unwrap_or("(no title)"), 80);
        show::line(&format!("  {dated:20}  {title}"))?;
    }
    Ok(())
}

/// What the categories of a feed propose and a map does not say yet.
pub fn unmapped(feed: &ParsedFeed, map: &CategoryMap) -> Vec<Proposed> {
    let mut proposed = propose(&[feed]);
    proposed.retain(|p| map.get(&p.category).is_none());
    proposed
}

/// `Sport (4), City Hall (3)`.
pub fn proposed(topics: &[Proposed]) -> String {
    let word = |p: &Proposed| format!("{} ({})", p.name, p.entries);
    match topics.is_empty() {
        true => "none that its categories propose".to_owned(),
        false => topics.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

/// The same as JSON.
pub fn as_json(feed: &ParsedFeed, now: Timestamp) -> Value {
    json!({
        "title": feed.title,
        "format": feed.format,
        "link": feed.link,
        "language": feed.language,
        "entries": feed.entries.len(),
        "newest": newest(feed, now),
        "problems": feed.problems.len(),
        "topics": propose(&[feed]),
    })
}
