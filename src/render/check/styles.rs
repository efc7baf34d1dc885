//! Declarations of CSS, found in style sheets and attributes.

/// One declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Declaration<'a> {
    /// As written, without blanks around it.
    pub(super) property: &'a str,
    /// As written, without blanks around it.
    pub(super) value: &'a str,
}

/// The declarations of a `style` attribute.
pub(super) fn declarations(style: &str) -> impl Iterator<Item = Declaration<'_>> {
    let (mut before, mut comment) = (' ', false);
    let ends = move |c: char| {
        match (before, c) {
            ('/', '*') => (before, comment) = (' ', true),
            ('*', '/') => (before, comment) = (' ', false),
            _ => before = c,
        }
        c == ';' && !comment
    };
    style.split(ends).filter_map(|part| {
        let (property, value) = uncommented(part).split_once(':')?;
        Some(Declaration {
            property: uncommented(property),
            value: uncommented(value),
        })
    })
}

/// A text without the comments around it, nor the rest of one that began before it.
fn uncommented(text: &str) -> &str {
    let mut text = text.trim();
    loop {
        let open = text.find("/*");
        let cut = match text.find("*/") {
            Some(close) if open.is_none_or(|open| open == 0 || close < open) => &text[close + 2..],
            Some(_) if text.ends_with("*/") => &text[..text.rfind("/*").unwrap_or(text.len())],
            _ => return text,
        };
        text = cut.trim();
    }
}

/// What a style sheet holds outside of `@media` and `@supports`, which only those programs read that
/// know them: heads of rules, and declarations.
pub(super) fn sheet(css: &str) -> (Vec<&str>, Vec<Declaration<'_>>) {
    let mut heads = Vec::new();
    let mut found = Vec::new();
    let mut rest = css;
    while let Some(end) = rest.find(['{', ';']) {
        let head = without_comments(rest[..end].trim());
        let simple = rest.as_bytes().get(end) == Some(&b';');
        if !head.is_empty() {
            heads.push(head);
        }
        if simple {
            rest = &rest[end + 1..];
            continue;
        }
        let body = &rest[end + 1..];
        let close = matching(body);
        if !head.starts_with("@media") && !head.starts_with("@supports") {
            found.extend(declarations(&body[..close]));
        }
        rest = body.get(close + 1..).unwrap_or_default();
    }
    (heads, found)
}

/// A rule of a style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    /// The `@media` or `@supports` around it.
    pub(super) media: Option<&'a str>,
    /// As written, with commas.
    pub(super) selectors: &'a str,
    /// Declarations.
    pub(super) body: &'a str,
}

/// The rules of a style sheet, those inside `@media` and `@supports` too.
pub(super) fn rules(css: &str) -> Vec<Rule<'_>> {
    let mut found = Vec::new();
    read(css, None, &mut found);
    found
}

fn read<'a>(css: &'a str, media: Option<&'a str>, found: &mut Vec<Rule<'a>>) {
    let mut rest = css;
    while let Some(end) = rest.find(['{', ';']) {
        let head = without_comments(rest[..end].trim());
        if rest.as_bytes().get(end) == Some(&b';') {
            rest = &rest[end + 1..];
            continue;
        }
        let body = &rest[end + 1..];
        let close = matching(body);
        let inside = &body[..close];
        if !head.starts_with('@') {
            found.push(Rule {
                media,
                selectors: head,
                body: inside,
            });
        } else if media.is_none() && (head.starts_with("@media") || head.starts_with("@supports")) {
            read(inside, Some(head), found);
        }
        rest = body.get(close + 1..).unwrap_or_default();
    }
}

fn without_comments(head: &str) -> &str {
    match head.rsplit_once("*/") {
        Some((_, after)) => after.trim(),
        None => head,
    }
}

/// Where the brace that is open closes.
fn matching(body: &str) -> usize {
    let mut depth = 1_usize;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    body.len()
}

/// A length in pixels, if it is written so.
pub(super) fn pixels(value: &str) -> Option<f32> {
    let number = value.trim().strip_suffix("px")?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Declaration, Rule, pixels, rules, sheet};

    #[test]
    fn rules_keep_what_is_around_them() {
        let css = "@import url(a); a, .b { color: red } @media (x) { .c { margin: 0 } } @font-face { src: u } d{";
        let rule = |media, selectors, body| Rule {
            media,
            selectors,
            body,
        };
        assert_eq!(
            rules(css),
            [
                rule(None, "a, .b", " color: red "),
                rule(Some("@media (x)"), ".c", " margin: 0 "),
                rule(None, "d", ""),
            ]
        );
    }

    #[test]
    fn a_sheet_without_what_only_some_read() {
        let css = "/* x */ @import url(a); .a { color: red; gap : 2px } @media (x) { .b { float: left } } .c{margin:0";
        let (heads, found) = sheet(css);
        assert_eq!(heads, ["@import url(a)", ".a", "@media (x)", ".c"]);
        let pair = |property, value| Declaration { property, value };
        assert_eq!(
            found,
            [
                pair("color", "red"),
                pair("gap", "2px"),
                pair("margin", "0")
            ]
        );
        assert_eq!(pixels("12.5px"), Some(12.5));
        assert_eq!(pixels("1em"), None);
    }
}
