//! A letter as it would leave, looked at: what it must say, what some programs do not show, and what
//! it weighs.

use std::collections::BTreeSet;

use super::features::{FEATURES, Mark};
use super::finding::Finding;
use super::links;
use super::markup::{BLOT, Token, attribute, blotted, tokens};
use super::must::{Hidden, Sight, Unlabelled, missing, part_finding};
use super::styles::{self, Declaration, pixels};
use crate::domain::web_link::safe_image;
use crate::render::include::{Joined, Place};
use crate::render::script::without_isolates;
use crate::render::words::Words;

/// Bytes of HTML that no letter may have: Gmail cuts it there.
const CLIP: usize = 102_400;
/// What to do about a label.
const LABEL: &str = "print `block.sponsor.label` before anything else of `block.sponsor`";
/// Pixels that text has at least.
const SMALLEST: f32 = 12.0;

/// What a letter is held against. What is none is not looked for.
#[derive(Clone, Debug, Default)]
pub struct Expected<'a> {
    /// Link of the page where the reader leaves.
    pub unsubscribe: Option<&'a str>,
    /// Link of the page of the reader's terms.
    pub preferences: Option<&'a str>,
    /// The list's postal address.
    pub postal_address: Option<&'a str>,
    /// What every sponsor's label says, whoever the sponsor is.
    pub label: Option<&'a str>,
    /// Bytes that the HTML may have.
    pub byte_budget: Option<usize>,
    /// Base of pages that readers reach whatever its scheme is: those of a machine that tries itself
    /// out.
    pub pages: Option<&'a str>,
}

impl<'a> Expected<'a> {
    /// What a list's letter is held against: the links to leave and to the reader's terms first. Where
    /// `pages`, the base of our pages, is this machine's, their links need no https.
    pub fn of_list(
        [unsubscribe, preferences]: [Option<&'a str>; 2],
        postal_address: Option<&'a str>,
        label: Option<&'a str>,
        byte_budget: u32,
        pages: Option<&'a str>,
    ) -> Expected<'a> {
        let here = |base: &&str| base.starts_with("http:") && safe_image(base).is_some();
        Expected {
            unsubscribe,
            preferences,
            postal_address,
            label,
            byte_budget: usize::try_from(byte_budget).ok(),
            pages: pages.filter(here),
        }
    }
}

/// What stands in the label over every sponsor, whoever it is.
pub fn sponsor_label(words: &Words) -> String {
    let label = words.fill("sponsor.label", &[("sponsor", "")]);
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    label.to_owned()
}

/// What is wrong with a rendered letter. Places are `html` and `text`, without lines.
pub fn letter_findings(html: &str, text: &str, expected: &Expected<'_>) -> Vec<Finding> {
    let part = |name: &str| Place {
        file: name.to_owned(),
        line: 0,
    };
    findings(html, text, expected, &|_| part("html"))
}

/// As [`letter_findings`], for those who know where what stands at an offset of the HTML comes from.
pub(super) fn findings(
    html: &str,
    text: &str,
    expected: &Expected<'_>,
    place: &dyn Fn(usize) -> Place,
) -> Vec<Finding> {
    let mut found = missing("html", html, expected);
    found.append(&mut missing("text", text, expected));
    found.extend(weight(html, expected.byte_budget.unwrap_or(CLIP)));
    let tokens = tokens(html);
    let mut look = Look::new(place);
    look.pages = expected.pages;
    look.tokens(&tokens);
    look.nameless(&tokens);
    look.sight(html, expected);
    found.extend(look.found);
    found.sort();
    found
}

/// What of it shows in a layout already, with file and line. Values that are filled in are not
/// judged.
pub(super) fn layout_findings(joined: &Joined) -> Vec<Finding> {
    let blotted = blotted(&joined.text);
    let place = |at| joined.place(at);
    let mut look = Look::new(&place);
    let tokens = tokens(&blotted);
    look.tokens(&tokens);
    look.nameless(&tokens);
    look.found.into_iter().collect()
}

fn weight(html: &str, budget: usize) -> Option<Finding> {
    let bytes = html.len();
    let words = if bytes > CLIP {
        format!("the HTML has {bytes} bytes; Gmail cuts letters at {CLIP}")
    } else if bytes > budget {
        format!("the HTML has {bytes} bytes, the budget is {budget}")
    } else {
        return None;
    };
    let hint = "styles inside a block weigh most: they are there once a story";
    Some(part_finding("html", "size", words, hint))
}

/// Looks at tags, one by one.
struct Look<'a> {
    found: BTreeSet<Finding>,
    place: &'a dyn Fn(usize) -> Place,
    pages: Option<&'a str>,
    /// Where the tag stands that is looked at.
    at: usize,
}

impl<'a> Look<'a> {
    fn new(place: &'a dyn Fn(usize) -> Place) -> Look<'a> {
        Look {
            found: BTreeSet::new(),
            place,
            pages: None,
            at: 0,
        }
    }

    fn error(&mut self, rule: &'static str, message: String, hint: &str) {
        let place = (self.place)(self.at);
        self.found
            .insert(Finding::error(place, rule, message).hint(hint));
    }

    fn warn(&mut self, rule: &'static str, message: String, hint: &str) {
        let place = (self.place)(self.at);
        self.found
            .insert(Finding::warning(place, rule, message).hint(hint));
    }

    fn tokens(&mut self, tokens: &[Token<'_>]) {
        let mut in_style = false;
        for token in tokens {
            match token {
                Token::Start {
                    name,
                    attributes,
                    at,
                    ..
                } => {
                    self.at = *at;
                    in_style = ["style", "mj-style"].contains(&name.to_ascii_lowercase().as_str());
                    self.element(&name.to_ascii_lowercase(), attributes);
                }
                Token::Text { text, .. } if in_style => self.sheet(text),
                Token::Text { .. } | Token::End { .. } => in_style = false,
            }
        }
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let rel = attribute(attributes, "rel").unwrap_or_default();
        let harmless = name == "link" && !rel.eq_ignore_ascii_case("stylesheet");
        if !harmless {
            self.lost(|mark| matches!(mark, Mark::Element(is) if is == name));
        }
        for (key, value) in attributes {
            let key = key.to_ascii_lowercase();
            if key.starts_with("on") {
                let words = format!("the attribute `{key}` runs in no mail program");
                self.error("script", words, "a letter has no scripts");
            }
            self.lost(|mark| matches!(mark, Mark::Attribute(name) if name == key));
            if key == "style" {
                for declaration in styles::declarations(value) {
                    self.declaration(declaration);
                }
            }
            if key == "font-size" {
                self.small(value);
            }
        }
        match name {
            "img" | "mj-image" | "mj-carousel-image" => self.image(name, attributes),
            "a" | "area" | "mj-button" | "mj-navbar-link" => self.link(attributes),
            "html" | "mjml" => self.language(attributes),
            _ => {}
        }
    }

    fn image(&mut self, element: &str, attributes: &[(&str, &str)]) {
        let source = attribute(attributes, "src").unwrap_or_default();
        let shown = shown(source);
        if attribute(attributes, "alt").is_none() {
            let words = format!("the picture `{shown}` has no alt");
            self.error("alt", words, "alt=\"\" for decoration, else what it shows");
        }
        // MJML works the width of its own pictures out.
        if element == "img" && attribute(attributes, "width").is_none() {
            let words = format!("the picture `{shown}` has no width");
            self.warn(
                "width",
                words,
                "Outlook shows it at its full size: width=\"552\"",
            );
        }
        if source.contains(BLOT) {
            return;
        }
        if !source.starts_with("https://") && !self.is_ours(source) {
            let words = format!("the picture `{shown}` is not at an https address");
            self.error(
                "image-address",
                words,
                "mail programs fetch pictures over https, and no data: or file",
            );
        }
        let path = source
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        self.lost(|mark| matches!(mark, Mark::Picture(end) if path.ends_with(end)));
    }

    fn language(&mut self, attributes: &[(&str, &str)]) {
        let lang = attribute(attributes, "lang").unwrap_or_default().trim();
        // MJML says `und` for those who say nothing.
        if lang.is_empty() || lang == "und" {
            let words = "the letter does not say its language".to_owned();
            self.warn(
                "lang",
                words,
                "screen readers take their own then: <mjml lang=\"{{ language }}\" dir=\"{{ direction }}\">",
            );
        }
    }

    fn is_ours(&self, address: &str) -> bool {
        let rest = self.pages.and_then(|base| address.strip_prefix(base));
        rest.is_some_and(|rest| rest.starts_with('/'))
    }

    fn link(&mut self, attributes: &[(&str, &str)]) {
        let href = attribute(attributes, "href").filter(|h| !h.contains(BLOT));
        let Some(href) = href else {
            return;
        };
        let scheme = href.split(':').next().unwrap_or_default();
        match scheme.to_ascii_lowercase().as_str() {
            "https" | "mailto" | "tel" => {}
            _ if self.is_ours(href) => {}
            _ if href.starts_with('#') && href.len() > 1 => {}
            "http" => {
                let words = format!("the link `{}` is not https", shown(href));
                self.warn("https", words, "many networks warn of such links");
            }
            _ => {
                let words = format!("the link `{}` leads nowhere from a letter", shown(href));
                self.error("link", words, "write a whole address: https://…");
            }
        }
    }

    fn sheet(&mut self, css: &str) {
        let (heads, declarations) = styles::sheet(css);
        for head in heads {
            self.lost(|mark| matches!(mark, Mark::Rule(rule) if head.starts_with(rule)));
        }
        for declaration in declarations {
            self.declaration(declaration);
        }
    }

    fn declaration(&mut self, declaration: Declaration<'_>) {
        let property = declaration.property.to_ascii_lowercase();
        let value = declaration.value.to_ascii_lowercase();
        self.lost(|mark| match mark {
            Mark::Property(name) => name == property && value != "none",
            Mark::Value(name, start) => name == property && value.starts_with(start),
            Mark::Within(words) => value.match_indices(words).any(|(at, _)| {
                // `min(` is no part of another name.
                !value[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
            }),
            _ => false,
        });
        if property == "font-size" {
            self.small(&value);
        }
    }

    /// One pixel hides a preheader, none is how tables are closed up.
    fn small(&mut self, size: &str) {
        if let Some(size) = pixels(size).filter(|n| *n > 1.0 && *n < SMALLEST) {
            let words = format!("text of {size} pixels is hard to read on a phone");
            self.warn("font-size", words, "12 pixels or more");
        }
    }

    fn lost(&mut self, is: impl Fn(Mark) -> bool) {
        for feature in FEATURES.iter().filter(|f| is(f.mark)) {
            let words = format!("{} is not shown by {}", feature.name(), feature.clients);
            self.warn("support", words, feature.instead);
        }
    }

    /// What must be seen and is not, and what can hardly be read.
    fn sight(&mut self, html: &str, expected: &Expected<'_>) {
        let sight = Sight::of(html);
        let unlabelled = expected.label.map(|label| sight.unlabelled(label));
        for Unlabelled { at, hidden } in unlabelled.into_iter().flatten() {
            match hidden {
                Some(hidden) => self.hidden(hidden),
                None => {
                    self.at = at;
                    let words = "a sponsor’s link stands without a label above it".to_owned();
                    self.error("label", words, LABEL);
                }
            }
        }
        for hidden in sight.covered(expected) {
            self.hidden(hidden);
        }
        for (at, words) in sight.faint() {
            self.at = at;
            self.warn(
                "contrast",
                words,
                "4.5 or more, 3 for large text: a darker colour, or a lighter ground",
            );
        }
    }

    fn hidden(&mut self, hidden: Hidden) {
        self.at = hidden.at;
        let words = format!("{} is hidden: {}", hidden.what, hidden.by);
        self.error(hidden.rule, words, "every reader must be able to see it");
    }

    fn nameless(&mut self, tokens: &[Token<'_>]) {
        for link in links::nameless(tokens) {
            self.at = link.at;
            let to = match link.href.contains(BLOT) {
                true => "a link".to_owned(),
                false => format!("the link to `{}`", shown(link.href)),
            };
            let (words, hint) = match link.picture {
                true => (
                    format!("{to} has no name: its picture has alt=\"\""),
                    "say in alt where the link leads",
                ),
                false => (
                    format!("{to} has no name: there is no text in it"),
                    "put a text into it, or take it out",
                ),
            };
            self.error("link-name", words, hint);
        }
    }
}

/// A value as a message shows it.
fn shown(value: &str) -> String {
    let signs = value.chars().filter(|c| *c != BLOT);
    signs.take(80).collect()
}

/// A text with every run of blanks as one.
pub(super) fn squeezed(text: &str) -> String {
    without_isolates(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text as HTML has it, on one line.
pub(super) fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    squeezed(&text.replace('"', "&quot;").replace('\'', "&#39;"))
}

#[cfg(test)]
mod tests {
    use super::{Expected, letter_findings};
    use crate::render::check::Severity;

    fn rules(html: &str) -> Vec<&'static str> {
        let found = letter_findings(html, "text", &Expected::default());
        found.iter().map(|f| f.rule).collect()
    }

    #[test]
    fn what_a_letter_must_not_have() {
        let fine = "<p style='font-size:14px'>a</p><img src='https://x/a.png' alt='' width='1'><a href='https://x'>y</a><a href='mailto:a@b.example'>z</a><a name='top'>q</a>";
        assert_eq!(rules(fine), [""; 0]);
        for (html, rule) in [
            ("<img src='https://x/a.png' width='1'>", "alt"),
            ("<img src='https://x/a.png' alt=''>", "width"),
            (
                "<img src='data:image/png;base64,x' alt='' width='1'>",
                "image-address",
            ),
            ("<img src='' alt='' width='1'>", "image-address"),
            ("<img src='https://x/a.SVG?y' alt='' width='1'>", "support"),
            ("<a href='http://x'>y</a>", "https"),
            ("<a href='/x'>y</a>", "link"),
            ("<a href=''>y</a>", "link"),
            ("<a href='javascript:x'>y</a>", "link"),
            ("<p style='font-size:11px'>a</p>", "font-size"),
            ("<style>p { font-size: 9px }</style>", "font-size"),
            ("<div style='display: flex'></div>", "support"),
            ("<style>p { width: min(1px, 2px) }</style>", "support"),
            ("<style>@font-face { src: url(x) }</style>", "support"),
            ("<video></video>", "support"),
            ("<link rel=stylesheet href=x>", "support"),
            ("<p onclick='x'>", "script"),
            ("", "empty"),
        ] {
            assert_eq!(rules(html), [rule], "{html}");
        }
        // What stands for Outlook alone, or for those who know it, is meant.
        assert_eq!(
            rules("<!--[if mso]><v:rect style='position:absolute'></v:rect><![endif]-->x"),
            [""; 0]
        );
        assert_eq!(
            rules("<style>@media (x) { p { float: left; font-size: 9px } }</style>"),
            [""; 0]
        );
        // A machine that tries itself out has no https.
        let own = Expected {
            pages: Some("http://127.0.0.1:8"),
            ..Expected::default()
        };
        for (html, found) in [
            ("<a href='http://127.0.0.1:8/u/x'>y</a>", 0),
            ("<img src='http://127.0.0.1:8/a.png' alt='' width='1'>", 0),
            ("<a href='http://127.0.0.1:80/u/x'>y</a>", 1),
        ] {
            assert_eq!(letter_findings(html, "text", &own).len(), found, "{html}");
        }
        let long = "x".repeat(102_401);
        assert_eq!(rules(&long), ["size"]);
    }

    #[test]
    fn what_a_letter_must_have() {
        let expected = Expected {
            unsubscribe: Some("https://x/u/1"),
            preferences: Some("https://x/p/1"),
            postal_address: Some("Post & Son, 1 Quay Street"),
            label: Some("Advertisement"),
            byte_budget: Some(400),
            pages: None,
        };
        let html = "<p>Advertisement · N<a rel='sponsored' href='https://s'>b</a><a rel='sponsored' href='https://s'>b</a><a href='https://x/u/1'>u</a><a href='https://x/p/1'>p</a>Post &amp; Son,\n1 Quay Street";
        let text = "https://x/u/1 https://x/p/1\nPost & Son, 1 Quay\nStreet";
        assert_eq!(letter_findings(html, text, &expected), []);
        let bare = html.replace("Advertisement", "");
        let rules = |html: &str, text: &str| -> Vec<(String, &str)> {
            let found = letter_findings(html, text, &expected);
            assert!(found.iter().all(|f| f.severity == Severity::Error));
            found.into_iter().map(|f| (f.file, f.rule)).collect()
        };
        let one = |part: &str, rule| vec![(part.to_owned(), rule)];
        assert_eq!(rules(&bare, text), one("html", "label"));
        assert_eq!(
            rules(html, &text.replace("/u/", "/x/")),
            one("text", "unsubscribe")
        );
        assert_eq!(
            rules(&html.replace("Quay", "K"), text),
            one("html", "postal-address")
        );
        assert_eq!(
            rules(&format!("{html}{}", "x".repeat(300)), text),
            one("html", "size")
        );
    }
}
