//! Texts from outside where escaping is not enough: in CSS it keeps them in their attribute, not in
//! their declaration, and at the head of an address it leaves `javascript:` as it is.

use super::finding::Finding;
use crate::render::include::Joined;

/// Names whose values are written by feeds, people, editors or sponsors.
const OUTSIDE: [&str; 17] = [
    "block",
    "corrections",
    "date",
    "links",
    "list_name",
    "note",
    "panel",
    "place",
    "postal_address",
    "preheader",
    "references",
    "subject",
    "tagline",
    "website",
    "why_mailed",
    "words",
    "written",
];

/// Expressions that put such a value into a style sheet or a `style` attribute, or into an attribute
/// of MJML that becomes one.
pub(super) fn css_findings(joined: &Joined) -> Vec<Finding> {
    let text = joined.text.as_str();
    let mut found = Vec::new();
    for (open, close) in [
        ("<style", "</style>"),
        ("<mj-style", "</mj-style>"),
        ("style=\"", "\""),
        ("style='", "'"),
    ] {
        let mut from = 0;
        while let Some(start) = text[from..].find(open).map(|at| from + at + open.len()) {
            let end = text[start..]
                .find(close)
                .map_or(text.len(), |at| start + at);
            found.extend(outside(&text[start..end], start, joined));
            from = end;
        }
    }
    found
}

/// Names of a letter that are links: checked ones, http, https or mailto.
const LINKS: [&str; 5] = ["url", "unsubscribe", "preferences", "view", "website"];

/// Expressions that put a text which is no link at the head of an address.
pub(super) fn address_findings(joined: &Joined) -> Vec<Finding> {
    let text = joined.text.as_str();
    let mut found = Vec::new();
    for open in ["href=\"", "href='", "src=\"", "src='"] {
        for (at, _) in text.match_indices(open) {
            let value = &text[at + open.len()..];
            let head = value.trim_start();
            let Some(inner) = head.strip_prefix("{{").and_then(|h| h.split("}}").next()) else {
                continue;
            };
            let inner = inner.trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            let root = inner.split('.').next().unwrap_or_default();
            let last = inner.rsplit('.').next().unwrap_or_default();
            if inner.chars().all(plain) && OUTSIDE.contains(&root) && !LINKS.contains(&last) {
                let place = joined.place(at + open.len() + value.len() - head.len());
                let words = format!("`{{{{ {inner} }}}}` is a text, and stands as an address");
                let hint = "addresses are `block.story.url`, `links.view` and their like; a text may \
                            say `javascript:`";
                found.push(Finding::error(place, "address", words).hint(hint));
            }
        }
    }
    found
}

fn outside(region: &str, start: usize, joined: &Joined) -> Vec<Finding> {
    let expressions = region.match_indices("{{").filter_map(|(at, _)| {
        let inner = region[at + 2..].split("}}").next()?.trim();
        let root = inner
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .find(|word| !word.is_empty())?;
        OUTSIDE.contains(&root).then(|| {
            let shown: String = inner.chars().take(60).collect();
            let words = format!("`{{{{ {shown} }}}}` puts a text from outside into CSS");
            Finding::error(joined.place(start + at), "css", words)
                .hint("give colours and sizes as they are, or from a `{% set %}` of your own")
        })
    });
    expressions.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{address_findings, css_findings};
    use crate::render::include::trace;

    fn found(layout: &str) -> usize {
        css_findings(&trace("digest.mjml", layout, &BTreeMap::new())).len()
    }

    #[test]
    fn a_text_is_no_address() {
        let found =
            |layout: &str| address_findings(&trace("digest.mjml", layout, &BTreeMap::new())).len();
        assert_eq!(found("<a href=\"{{ block.story.headline }}\">"), 1);
        assert_eq!(found("<img src=' {{tagline}}'>"), 1);
        assert_eq!(
            found("<a href=\"{{ block.story.url }}\"><a href='{{ website }}'>"),
            0
        );
        assert_eq!(found("<a href=\"https://x.example/?q={{ tagline }}\">"), 0);
    }

    #[test]
    fn a_text_from_outside_has_no_place_in_css() {
        assert_eq!(found("<p style=\"color:{{ block.story.headline }}\">"), 1);
        assert_eq!(found("<mj-style>.x{color:{{ subject }}}</mj-style>"), 1);
        assert_eq!(found("<p style='a:{{ (tagline) }}'>"), 1);
        let own = "{% set ink = \"#111\" %}<p style=\"color:{{ ink }}\">{{ subject }}</p>";
        assert_eq!(found(own), 0);
    }
}
