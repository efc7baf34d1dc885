//! What of a letter is seen: which of its texts are hidden and by what, in which colours the others
//! stand.

use super::cascade::{Cascade, Eyes};
use super::colour::Colour;
use super::markup::{Token, attribute, tokens};
use super::styles::pixels;
use super::veils::{FOLDED, alpha, hides};
use crate::domain::element::is_void;

/// Pixels of a text whose size nobody says.
const SIZE: f32 = 16.0;
/// Pixels up to which a text is none: preheaders are one.
const UNSEEN: f32 = 1.0;
/// What is no more unlike its ground than that is not seen on it.
const ALIKE: f64 = 1.1;

/// What a text stands on.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ground {
    Unsaid,
    Colour(Colour),
    Picture,
}

/// How an element's text is seen.
#[derive(Clone, Debug)]
struct Look {
    /// The declaration that hides it.
    hidden: Option<String>,
    /// The size that does, as long as nothing in it has another.
    tiny: Option<String>,
    ink: Option<Colour>,
    ground: Ground,
    size: f32,
    bold: bool,
}

impl Look {
    /// What hides a text that stands directly in the element.
    fn hides(&self, eyes: Eyes) -> Option<String> {
        let alike = || match (self.ink, self.ground) {
            // With every rule in force colours are those of nobody.
            (Some(ink), Ground::Colour(ground))
                if eyes != Eyes::Any && ink.contrast(ground) < ALIKE =>
            {
                Some(format!("color:{} on its own colour", ink.shown()))
            }
            _ => None,
        };
        let hidden = self.hidden.as_ref().or(self.tiny.as_ref());
        hidden.cloned().or_else(alike)
    }
}

/// A text of a letter.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    /// As written, references not resolved.
    pub(super) text: &'a str,
    /// Where it stands, in octets.
    pub(super) at: usize,
    /// What hides it.
    pub(super) hidden: Option<String>,
    /// Where the link around it leads.
    pub(super) link: Option<&'a str>,
    /// Its colour, and what it stands on, where both are said.
    pub(super) colours: Option<(Colour, Colour)>,
    /// Whether it is so large that less contrast will do.
    pub(super) large: bool,
    /// Pixels of its size.
    pub(super) size: f32,
}

/// Style sheets of a letter.
pub(super) fn sheets(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_style = false;
    for token in tokens(html) {
        match token {
            Token::Start { name, .. } => in_style = name.eq_ignore_ascii_case("style"),
            Token::Text { text, .. } if in_style => found.push(text),
            _ => in_style = false,
        }
    }
    found
}

/// The texts of a letter's HTML, and its pictures by their words, as they are seen.
pub(super) fn runs<'a>(html: &'a str, sheets: &[&'a str], eyes: Eyes) -> Vec<Run<'a>> {
    let cascade = Cascade::of(html, sheets, eyes);
    let looks = looks(&cascade);
    let element = |at: usize| {
        let elements = &cascade.tree.elements;
        elements.binary_search_by_key(&at, |e| e.at).ok()
    };
    let mut open: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    let mut silent = false;
    for token in tokens(html) {
        let (text, at, around) = match token {
            Token::Text { text, at } if !silent && !text.trim().is_empty() => {
                (text, at, open.last().copied())
            }
            Token::Text { .. } => continue,
            Token::End { name, .. } => {
                silent = false;
                let same = |n: &usize| cascade.tree.elements[*n].name.eq_ignore_ascii_case(name);
                if let Some(n) = open.iter().rposition(same) {
                    open.truncate(n);
                }
                continue;
            }
            Token::Start {
                name,
                attributes,
                at,
                closed,
            } => {
                let name = name.to_ascii_lowercase();
                silent = matches!(name.as_str(), "style" | "script" | "title");
                let Some(n) = element(at) else { continue };
                let alt =
                    attribute(&attributes, "alt").filter(|alt| name == "img" && !alt.is_empty());
                if let Some(alt) = alt {
                    (alt, at, Some(n))
                } else {
                    if !closed && !is_void(&name) {
                        open.push(n);
                    }
                    continue;
                }
            }
        };
        let links = open.iter().rev().map(|n| &cascade.tree.elements[*n]);
        let mut links = links.filter(|e| e.name == "a");
        let link = links.find_map(|e| e.attribute("href"));
        let look = around.and_then(|n| looks.get(n));
        found.push(run(text, at, link, look, eyes));
    }
    found
}

fn run<'a>(
    text: &'a str,
    at: usize,
    link: Option<&'a str>,
    look: Option<&Look>,
    eyes: Eyes,
) -> Run<'a> {
    Run {
        text,
        at,
        link,
        hidden: look.and_then(|l| l.hides(eyes)),
        colours: look.and_then(|l| match (l.ink, l.ground) {
            (Some(ink), Ground::Colour(ground)) => Some((ink, ground)),
            _ => None,
        }),
        size: look.map_or(SIZE, |l| l.size),
        large: look.is_some_and(|l| l.size >= 24.0 || (l.bold && l.size >= 18.66)),
    }
}

/// How each element's text is seen; one that stands in another takes after it.
fn looks(cascade: &Cascade<'_>) -> Vec<Look> {
    let mut looks: Vec<Look> = Vec::with_capacity(cascade.tree.elements.len());
    for (n, element) in cascade.tree.elements.iter().enumerate() {
        let around = element.parent.and_then(|p| looks.get(p)).cloned();
        let around = around.unwrap_or(Look {
            hidden: None,
            tiny: None,
            ink: None,
            ground: Ground::Unsaid,
            size: SIZE,
            bold: false,
        });
        looks.push(look(cascade, n, around));
    }
    looks
}

fn look(cascade: &Cascade<'_>, n: usize, around: Look) -> Look {
    let name = cascade.tree.elements[n].name.as_str();
    let said = |property| cascade.value(n, property);
    let mut look = around;
    let weight = match name {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "b" | "strong" | "th" => Some("bold"),
        _ => None,
    };
    if let Some(weight) = said("font-weight").or(weight) {
        let number = weight.parse::<u32>().is_ok_and(|n| n >= 700);
        look.bold = number || weight.starts_with("bold");
    }
    let own_size = match name {
        "h1" => 2.0 * SIZE,
        "h2" => 1.5 * SIZE,
        "h3" => 1.17 * SIZE,
        _ => look.size,
    };
    let size = cascade.either(n, "font-size", "font");
    let size = size.and_then(|value| Some((value, in_font(value, look.size)?)));
    look.size = size.map_or(own_size, |(_, size)| size);
    if let Some((size, _)) = size {
        look.tiny = (look.size <= UNSEEN).then(|| format!("font-size:{size}"));
    }
    // What programs show as a link has their colour, unless one is said.
    if name == "a" && said("color").is_none() {
        look.ink = None;
    }
    if let Some(colour) = said("color") {
        look.ink = match colour.eq_ignore_ascii_case("inherit") {
            true => look.ink,
            false => Colour::read(colour),
        };
    }
    if let Some(ground) = cascade.either(n, "background-color", "background") {
        look.ground = ground_of(ground, look.ground);
    }
    if said("background-image").is_some_and(|image| image.contains('(')) {
        look.ground = Ground::Picture;
    }
    if let Some(colour) = said("color").filter(|c| alpha(c).is_some_and(|a| a < 0.1)) {
        look.hidden = look.hidden.or_else(|| Some(format!("color:{colour}")));
    }
    // The summary of what is folded up is what is seen of it.
    if name == "summary" && look.hidden.as_deref() == Some(FOLDED) {
        look.hidden = None;
    }
    if look.hidden.is_none() {
        look.hidden = hides(cascade, n);
    }
    look
}

fn ground_of(value: &str, around: Ground) -> Ground {
    if value.contains("url(") || value.contains("gradient(") {
        return Ground::Picture;
    }
    let value = value.trim().to_ascii_lowercase();
    if matches!(
        value.as_str(),
        "transparent" | "none" | "inherit" | "initial"
    ) {
        return around;
    }
    let whole = Colour::read(&value);
    let part = || value.split_whitespace().find_map(Colour::read);
    // A colour that we do not know may be anything.
    whole.or_else(part).map_or(Ground::Picture, Ground::Colour)
}

/// The size in a `font-size`, or in a `font` that says more: the first of its words that is one.
fn in_font(value: &str, around: f32) -> Option<f32> {
    let words = value.split_whitespace();
    let sizes = words.map(|word| word.split('/').next().unwrap_or(word));
    sizes.filter_map(|word| size_of(word, around)).next()
}

/// Pixels of a size; `around` is the size that it stands in.
fn size_of(value: &str, around: f32) -> Option<f32> {
    let number = |unit: &str| value.strip_suffix(unit)?.trim().parse::<f32>().ok();
    pixels(value)
        .or_else(|| number("rem").map(|n| n * SIZE))
        .or_else(|| number("em").map(|n| n * around))
        .or_else(|| number("%").map(|n| n / 100.0 * around))
        .or_else(|| number("pt").map(|n| n * 4.0 / 3.0))
        .or_else(|| value.parse::<f32>().ok().filter(|n| *n == 0.0))
}

#[cfg(test)]
mod tests {
    use super::{Eyes, Run, runs, sheets};

    fn seen(html: &str, eyes: Eyes) -> Vec<Run<'_>> {
        runs(html, &sheets(html), eyes)
    }

    fn hidden(html: &str) -> Option<String> {
        let html = format!("<p>a</p>{html}");
        let found = seen(&html, Eyes::Any);
        assert_eq!(found[0].hidden, None, "{html}");
        found.last().expect("a text").hidden.clone()
    }

    #[test]
    fn what_hides_a_text_is_named() {
        for (html, by) in [
            ("<b style='display:none'>x</b>", "display:none"),
            (
                "<b style='display: NONE !important'><i>x</i></b>",
                "display:none",
            ),
            ("<b style='visibility:hidden'>x", "visibility:hidden"),
            ("<b style='font-size:0'>x", "font-size:0"),
            ("<b style='font-size:0px'>x", "font-size:0px"),
            ("<b style='opacity:0.0'>x", "opacity:0.0"),
            ("<b style='mso-hide:all'>x", "mso-hide:all"),
            ("<b hidden>x", "display:none"),
            ("<b aria-hidden='true'>x", "aria-hidden:true"),
            ("<b style='max-height:0;overflow:hidden'>x", "max-height:0"),
            ("<b style='text-indent:-9999px'>x", "text-indent:-9999px"),
            ("<b style='position:absolute;left:-900px'>x", "left:-900px"),
            (
                "<style>.h{display:none}</style><b class='g h'>x",
                "display:none",
            ),
            (
                "<style>@media (max-width:9px){.h{display:none}}</style><b class=h>x",
                "display:none",
            ),
            (
                "<style>.h > b{opacity:0}</style><p class=h><b>x</b></p>",
                "opacity:0",
            ),
            ("<img src=u alt=x style='display:none'>", "display:none"),
            (
                "<b style='color:rgba(0,0,0,.01)'>x",
                "color:rgba(0,0,0,.01)",
            ),
            (
                "<b style='color:hsla(0 0% 0% / 5%)'>x",
                "color:hsla(0 0% 0% / 5%)",
            ),
            ("<b style='color:#11111100'>x", "color:#11111100"),
            ("<b style='color:#1110'>x", "color:#1110"),
            ("<b style='font:0/0 a'>x", "font-size:0/0 a"),
            ("<b style='letter-spacing:-9px'>x", "letter-spacing:-9px"),
            ("<b style='margin-left:-9999px'>x", "margin-left:-9999px"),
            ("<b style='margin:0 0 0 -900px'>x", "margin:0 0 0 -900px"),
            ("<b style='position:relative;top:-900px'>x", "top:-900px"),
            (
                "<b style='content-visibility:hidden'>x",
                "content-visibility:hidden",
            ),
            ("<b style='display/**/:/*;*/none/* */'>x", "display:none"),
            ("<b style='/* a */display:none'>x", "display:none"),
            ("<b style='zoom:0'>x", "zoom:0"),
            ("<b style='opacity:5%'>x", "opacity:5%"),
            ("<b style='transform:scale(0)'>x", "transform:scale(0)"),
            ("<b style='clip-path:inset(50%)'>x", "clip-path:inset(50%)"),
            ("<b style='clip:rect(0,0,0,0)'>x", "clip:rect(0,0,0,0)"),
            ("<b style='filter:opacity(0)'>x", "filter:opacity(0)"),
            ("<template><b>x</b></template>", "it stands in `<template>`"),
            ("<details><b>x</b></details>", "it stands in `<details>`"),
            ("<dialog>x</dialog>", "it stands in `<dialog>`"),
            ("<svg><text>x</text></svg>", "it stands in `<svg>`"),
        ] {
            assert_eq!(hidden(html).as_deref(), Some(by), "{html}");
        }
        for html in [
            "<b style='display:block'>x",
            "<b style='font-size:0'><i style='font-size:14px'>x",
            "<b style='max-height:0'>x",
            "<b style='left:-900px'>x",
            "<b style='color:rgba(0,0,0,.9);transform:scale(2);filter:opacity(1);margin:-8px'>x",
            "<b style='font:700 14px/1.2 serif;letter-spacing:-1px;clip:auto;clip-path:none'>x",
            "<details><summary>x</summary></details>",
            "<details open>x</details>",
            "<style>b:hover{display:none} .k b{display:none}</style><b>x",
            "<b style='display:none'>y</b>x",
            "<style>.h{display:none} .s{display:block !important}</style><b class='h s'>x",
        ] {
            assert_eq!(hidden(html), None, "{html}");
        }
        let same = "<td bgcolor='#fff'><p style='color:white'>x";
        assert_eq!(
            seen(same, Eyes::Day)[0].hidden.as_deref(),
            Some("color:#ffffff on its own colour")
        );
    }

    #[test]
    fn colours_are_those_of_the_nearest_element_that_says_them() {
        let colours = |html: &str, eyes| {
            let found = seen(html, eyes);
            let (ink, ground) = found.last()?.colours?;
            Some(format!("{} {}", ink.shown(), ground.shown()))
        };
        let day = |html: &str| colours(html, Eyes::Day);
        let told = Some("#111111 #eeeeee".to_owned());
        assert_eq!(
            day("<div style='background:#eee url()'><p style='color:#111'>x"),
            None
        );
        assert_eq!(
            day("<div style='background:#eee'><p style='color:#111'><i>x"),
            told
        );
        assert_eq!(
            day("<p style='color:#111;background-color:#eee'><a style='color:inherit'>x"),
            told
        );
        assert_eq!(
            day("<p style='color:#111;background-color:#eee'><a>x"),
            None
        );
        assert_eq!(day("<p style='color:#111'>x"), None);
        let both = "<style>p{background:#eee;color:#111}@media (prefers-color-scheme: dark){p{color:#eee;background-color:#111}}</style><p>x";
        assert_eq!(day(both), told);
        assert_eq!(
            colours(both, Eyes::Night).as_deref(),
            Some("#eeeeee #111111")
        );
        assert!(seen("<h2>x", Eyes::Day)[0].large);
        assert!(!seen("<h3 style='font-weight:400'>x", Eyes::Day)[0].large);
    }
}
