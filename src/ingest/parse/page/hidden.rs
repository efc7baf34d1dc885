//! Which elements nobody sees, and which stand in lines of their own, by their own attributes: style
//! sheets are not read.

use std::collections::HashMap;

use super::elements::lower;
use crate::ingest::parse::clean;
use crate::ingest::parse::lex::attributes;

/// Whether an element's own attributes keep it from being seen.
pub(super) fn is_hidden(raw: &str) -> bool {
    const UNSEEN: &[&str] = &[
        "display:none",
        "visibility:hidden",
        "font-size:0",
        "opacity:0",
        "height:0",
        "width:0",
        "text-indent:-",
        "left:-9",
        "clip:rect(0",
    ];
    if raw.is_empty() {
        return false;
    }
    let found: HashMap<String, &str> = attributes(raw)
        .into_iter()
        .map(|(n, v)| (lower(n), v))
        .collect();
    let style = found.get("style").map(|s| {
        let bare = clean::cut_bytes(s, 2_000)
            .chars()
            .filter(|c| !c.is_whitespace());
        bare.collect::<String>().to_ascii_lowercase()
    });
    // `opacity:0.9` and `height:0.5em` are seen.
    let unseen = |style: &String| {
        UNSEEN.iter().any(|u| {
            style.match_indices(u).any(|(i, _)| {
                let before = style.get(..i).unwrap_or_default();
                let next = style.get(i + u.len()..).and_then(|r| r.chars().next());
                !before.ends_with(|c: char| c.is_alphanumeric() || c == '-')
                    && (!u.ends_with('0') || next != Some('.'))
            })
        })
    };
    found.contains_key("hidden")
        || found
            .get("aria-hidden")
            .is_some_and(|v| v.eq_ignore_ascii_case("true"))
        || style.as_ref().is_some_and(unseen)
}

/// Whether an element's style puts what it holds in lines of their own.
pub(super) fn is_block(raw: &str) -> bool {
    let found = attributes(raw);
    let style = found.iter().find(|(n, _)| n.eq_ignore_ascii_case("style"));
    style.is_some_and(|(_, style)| {
        let style = clean::cut_bytes(style, 2_000).to_ascii_lowercase();
        let style: String = style.chars().filter(|c| !c.is_whitespace()).collect();
        let blocks = ["block", "flex", "grid", "table", "list-item"];
        blocks
            .iter()
            .any(|b| style.contains(&format!("display:{b}")))
    })
}
