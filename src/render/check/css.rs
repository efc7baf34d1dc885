//! Texts from outside where escaping is not enough: in CSS it keeps them in their attribute, not in
//! their declaration; at the head of an address it leaves `javascript:` as it is; without quotes around
//! it, as an attribute's name, in a script or a comment it keeps them nowhere.

use super::finding::Finding;
use super::markup::{Token, blotted, tokens};
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

/// Attributes whose value is an address, or begins as one.
const ADDRESSES: [&str; 15] = [
    "action",
    "background",
    "background-url",
    "cite",
    "codebase",
    "data",
    "formaction",
    "href",
    "icon",
    "longdesc",
    "ping",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];

/// Expressions that put a text from outside where escaping does not hold it: at the head of an address
/// that is no link, into an attribute without quotes or its name, into a script or a comment.
pub(super) fn place_findings(joined: &Joined) -> Vec<Finding> {
    let blotted = blotted(&joined.text);
    let mut found = comments(&blotted, joined);
    let mut script = false;
    for token in tokens(&blotted) {
        match token {
            Token::Start {
                name, attributes, ..
            } => {
                script = name.eq_ignore_ascii_case("script");
                for (name, value) in attributes {
                    found.extend(attribute(&blotted, name, value, joined));
                }
            }
            Token::Text { text, at } if script => {
                found.extend(misplaced(at, text.len(), "script", "into a script", joined));
            }
            _ => script = false,
        }
    }
    found
}

/// What an attribute has of it; `name` and `value` are parts of `blotted`.
fn attribute(blotted: &str, name: &str, value: &str, joined: &Joined) -> Vec<Finding> {
    let start = |part: &str| (part.as_ptr() as usize).saturating_sub(blotted.as_ptr() as usize);
    let key = name.to_ascii_lowercase();
    let mut found = misplaced(
        start(name),
        name.len(),
        "unquoted",
        "where an attribute’s name stands",
        joined,
    );
    if value.is_empty() {
        return found;
    }
    let at = start(value);
    let before = at.checked_sub(1).and_then(|at| blotted.as_bytes().get(at));
    if !matches!(before, Some(b'"' | b'\'')) {
        let what = "into an attribute without quotes";
        found.extend(misplaced(at, value.len(), "unquoted", what, joined));
    } else if key.starts_with("on") {
        found.extend(misplaced(
            at,
            value.len(),
            "script",
            "into a script",
            joined,
        ));
    } else if ADDRESSES.contains(&key.as_str()) {
        found.extend(address(at, value.len(), key == "srcset", joined));
    }
    found
}

/// Texts that stand as an address: at the head of a value, or anywhere in one of many addresses.
fn address(at: usize, length: usize, many: bool, joined: &Joined) -> Vec<Finding> {
    let region = &joined.text[at..at + length];
    let head = at + region.len() - region.trim_start().len();
    let mut found = Vec::new();
    for (place, inner) in expressions(region, at) {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let path = inner.trim_start_matches('(').trim_start();
        let path = &path[..path.find(|c| !plain(c)).unwrap_or(path.len())];
        let last = path.rsplit('.').next().unwrap_or_default();
        if (many || place == head) && !path.is_empty() && !LINKS.contains(&last) {
            let words = format!("`{{{{ {inner} }}}}` is a text, and stands as an address");
            let hint = "addresses are `block.story.url`, `links.view` and their like; a text may \
                        say `javascript:`";
            found.push(Finding::error(joined.place(place), "address", words).hint(hint));
        }
    }
    found
}

/// Texts from outside in comments. What stands between two conditions for Outlook is mark-up.
fn comments(blotted: &str, joined: &Joined) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = blotted[from..].find("<!--").map(|n| from + n + 4) {
        from = at;
        let rest = &blotted[at..];
        if rest.starts_with("[if") || rest.starts_with('>') || rest.starts_with("<![endif]") {
            continue;
        }
        let length = rest.find("-->").unwrap_or(rest.len());
        found.extend(misplaced(at, length, "comment", "into a comment", joined));
        from = at + length;
    }
    found
}

fn misplaced(
    at: usize,
    length: usize,
    rule: &'static str,
    what: &str,
    joined: &Joined,
) -> Vec<Finding> {
    let region = &joined.text[at..at + length];
    let finding = |(place, inner): (usize, &str)| {
        let shown: String = inner.chars().take(60).collect();
        let words = format!("`{{{{ {shown} }}}}` puts a text from outside {what}");
        let hint = "print it as text, or in an attribute with quotes: title=\"{{ … }}\"";
        Finding::error(joined.place(place), rule, words).hint(hint)
    };
    expressions(region, at).map(finding).collect()
}

/// The expressions of a region whose value comes from outside: where they stand, and what is in them.
fn expressions(region: &str, start: usize) -> impl Iterator<Item = (usize, &str)> {
    region.match_indices("{{").filter_map(move |(at, _)| {
        let inner = region[at + 2..].split("}}").next()?.trim();
        let root = inner
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .find(|word| !word.is_empty())?;
        OUTSIDE.contains(&root).then_some((start + at, inner))
    })
}

fn outside(region: &str, start: usize, joined: &Joined) -> Vec<Finding> {
    let finding = |(at, inner): (usize, &str)| {
        let shown: String = inner.chars().take(60).collect();
        let words = format!("`{{{{ {shown} }}}}` puts a text from outside into CSS");
        Finding::error(joined.place(at), "css", words)
            .hint("give colours and sizes as they are, or from a `{% set %}` of your own")
    };
    expressions(region, start).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{css_findings, place_findings};
    use crate::render::include::trace;

    fn found(layout: &str) -> usize {
        css_findings(&trace("digest.mjml", layout, &BTreeMap::new())).len()
    }

    #[test]
    fn a_text_is_no_address() {
        let found =
            |layout: &str| place_findings(&trace("digest.mjml", layout, &BTreeMap::new())).len();
        assert_eq!(found("<a href=\"{{ block.story.headline }}\">"), 1);
        assert_eq!(found("<img src=' {{tagline}}'>"), 1);
        assert_eq!(
            found("<a href=\"{{ block.story.url }}\"><a href='{{ website }}'>"),
            0
        );
        assert_eq!(found("<a href=\"https://x.example/?q={{ tagline }}\">"), 0);
    }

    #[test]
    fn a_text_stands_only_where_escaping_holds_it() {
        let rules = |layout: &str| -> Vec<&'static str> {
            let found = place_findings(&trace("digest.mjml", layout, &BTreeMap::new()));
            found.iter().map(|f| f.rule).collect()
        };
        for (layout, rule) in [
            ("<p title={{ block.story.headline }}>", "unquoted"),
            ("<p {{ block.story.headline }}>", "unquoted"),
            ("<p onclick=\"x('{{ tagline }}')\">", "script"),
            ("<script>'{{ tagline }}'</script>", "script"),
            ("<!-- {{ tagline }} -->", "comment"),
            ("<td background=\"{{ block.story.headline }}\">", "address"),
            (
                "<mj-section background-url='{{ tagline | upper }}'>",
                "address",
            ),
            ("<img srcset=\"a.png 1x, {{ tagline }} 2x\">", "address"),
            ("<a xlink:href='{{ subject }}'>", "address"),
        ] {
            assert_eq!(rules(layout), [rule], "{layout}");
        }
        for fine in [
            "<p title=\"{{ tagline }}\"{% if place %} lang=\"de\"{% endif %}>{{ tagline }}</p>",
            "<!--[if mso]><p>{{ tagline }}</p><![endif]--><!--[if !mso]><!-->{{ tagline }}<!--<![endif]-->",
            "{% set wide = \"width=1\" %}<td {{ wide }}>",
            "<img srcset=\"{{ block.story.image.url }} 2x\">",
        ] {
            assert_eq!(rules(fine), [""; 0], "{fine}");
        }
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
