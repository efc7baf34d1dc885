//! What big mail programs do not show, of the HTML and CSS that carry content or layout. Facts of
//! caniemail.com (September 2025), for Gmail, Outlook, Apple Mail and Yahoo.

/// How a feature is seen in a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A declaration of this property.
    Property(&'static str),
    /// A declaration of this property with a value that starts so.
    Value(&'static str, &'static str),
    /// These characters in a value.
    Within(&'static str),
    /// A rule that starts so.
    Rule(&'static str),
    /// An element.
    Element(&'static str),
    /// An attribute.
    Attribute(&'static str),
    /// A picture whose address ends so.
    Picture(&'static str),
}

/// Something that some readers do not see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Feature {
    pub(super) mark: Mark,
    /// Where it is lost.
    pub(super) clients: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

const fn feature(mark: Mark, clients: &'static str, instead: &'static str) -> Feature {
    Feature {
        mark,
        clients,
        instead,
    }
}

const ALL: &str = "Gmail, Outlook, Apple Mail and Yahoo";
const MOST: &str = "Gmail, Outlook and Yahoo";
const WORD: &str = "Outlook for Windows";
const WORD_YAHOO: &str = "Outlook for Windows and Yahoo";

const COLUMNS: &str = "columns that hold everywhere are mj-column, or table cells";
const SPACE: &str = "give it a table cell, or padding";
const PLAIN: &str = "write margins and paddings by their sides: left, right, top, bottom";
const NUMBER: &str = "write the number";
const LINK: &str = "link to a page that has it";
const IMAGE: &str = "use a PNG or JPEG picture";

use Mark::{Attribute, Element, Picture, Property, Rule, Value, Within};

/// The features.
pub(super) const FEATURES: &[Feature] = &[
    feature(
        Value("display", "flex"),
        "Outlook for Windows and some Gmail accounts",
        COLUMNS,
    ),
    feature(
        Value("display", "inline-flex"),
        "Outlook for Windows and some Gmail accounts",
        COLUMNS,
    ),
    feature(Value("display", "grid"), MOST, COLUMNS),
    feature(Property("grid-template"), MOST, COLUMNS),
    feature(Property("grid-template-columns"), MOST, COLUMNS),
    feature(
        Property("flex-direction"),
        "Gmail, Outlook for Windows and Yahoo",
        COLUMNS,
    ),
    feature(
        Property("flex-wrap"),
        "Gmail, Outlook for Windows and Yahoo",
        COLUMNS,
    ),
    feature(
        Property("justify-content"),
        "Gmail, Outlook for Windows and Yahoo",
        "set align on the cell",
    ),
    feature(
        Property("align-items"),
        "Gmail, Outlook for Windows and Yahoo",
        "set valign on the cell",
    ),
    feature(
        Property("gap"),
        "Gmail, Outlook for Windows and Yahoo",
        SPACE,
    ),
    feature(Property("column-count"), WORD_YAHOO, COLUMNS),
    feature(Property("columns"), WORD_YAHOO, COLUMNS),
    feature(Property("float"), WORD, COLUMNS),
    feature(
        Value("position", "absolute"),
        MOST,
        "let it stand in the flow, in a table cell",
    ),
    feature(
        Value("position", "fixed"),
        MOST,
        "let it stand in the flow, in a table cell",
    ),
    feature(
        Value("position", "relative"),
        MOST,
        "let it stand in the flow, in a table cell",
    ),
    feature(
        Value("position", "sticky"),
        MOST,
        "let it stand in the flow, in a table cell",
    ),
    feature(
        Property("inset"),
        MOST,
        "let it stand in the flow, in a table cell",
    ),
    feature(Property("transform"), MOST, "draw it into the picture"),
    feature(
        Property("aspect-ratio"),
        MOST,
        "give the picture width and height",
    ),
    feature(Property("object-fit"), WORD_YAHOO, "cut the picture itself"),
    feature(Property("clip-path"), MOST, "cut the picture itself"),
    feature(Property("mask-image"), MOST, "cut the picture itself"),
    feature(
        Property("writing-mode"),
        WORD_YAHOO,
        "write from left to right, or from right to left by dir",
    ),
    feature(
        Property("visibility"),
        "Gmail and Outlook for Windows",
        "leave it out of the letter by a condition",
    ),
    feature(Property("filter"), MOST, "draw it into the picture"),
    feature(Property("margin-inline"), MOST, PLAIN),
    feature(Property("margin-inline-start"), MOST, PLAIN),
    feature(Property("margin-inline-end"), MOST, PLAIN),
    feature(Property("margin-block"), MOST, PLAIN),
    feature(Property("padding-inline"), MOST, PLAIN),
    feature(Property("padding-inline-start"), MOST, PLAIN),
    feature(Property("padding-inline-end"), MOST, PLAIN),
    feature(Property("padding-block"), MOST, PLAIN),
    feature(Property("inline-size"), ALL, "write width"),
    feature(Within("var("), MOST, NUMBER),
    feature(Within("calc("), WORD_YAHOO, NUMBER),
    feature(Within("clamp("), WORD_YAHOO, NUMBER),
    feature(Within("min("), WORD_YAHOO, NUMBER),
    feature(Within("max("), WORD_YAHOO, NUMBER),
    feature(
        Within("linear-gradient("),
        WORD_YAHOO,
        "give a background-color as well",
    ),
    feature(
        Within("radial-gradient("),
        WORD_YAHOO,
        "give a background-color as well",
    ),
    feature(
        Within("conic-gradient("),
        MOST,
        "give a background-color as well",
    ),
    feature(Within("oklch("), MOST, "write the colour as #rrggbb"),
    feature(
        Within("light-dark("),
        MOST,
        "use @media (prefers-color-scheme: dark)",
    ),
    feature(
        Rule("@import"),
        "Outlook for Windows, Gmail and Yahoo",
        "write the rules into the letter; a fetched style is a tracker",
    ),
    feature(
        Rule("@font-face"),
        "Gmail, Outlook and Yahoo",
        "use fonts that readers have; a fetched font is a tracker",
    ),
    feature(Rule("@supports"), MOST, "write what holds everywhere"),
    feature(Element("script"), ALL, LINK),
    feature(Element("iframe"), ALL, LINK),
    feature(Element("object"), ALL, LINK),
    feature(Element("embed"), ALL, LINK),
    feature(Element("canvas"), ALL, IMAGE),
    feature(Element("form"), "Gmail, Outlook and Yahoo", LINK),
    feature(Element("input"), "Outlook for Windows", LINK),
    feature(Element("select"), "Outlook for Windows and Yahoo", LINK),
    feature(Element("textarea"), "Outlook for Windows and Yahoo", LINK),
    feature(
        Element("button"),
        "Outlook for Windows and Yahoo",
        "use a link that looks like a button, as mj-button does",
    ),
    feature(Element("video"), "Gmail, Outlook and Yahoo", LINK),
    feature(Element("audio"), MOST, LINK),
    feature(Element("svg"), MOST, IMAGE),
    feature(Element("picture"), MOST, IMAGE),
    feature(Element("dialog"), MOST, LINK),
    feature(
        Element("meter"),
        "Gmail, Outlook for Windows and Yahoo",
        "write the number",
    ),
    feature(
        Element("progress"),
        "Gmail, Outlook for Windows and Yahoo",
        "write the number",
    ),
    feature(Element("marquee"), ALL, "write it out"),
    feature(
        Element("base"),
        "Outlook for Windows and Yahoo",
        "write whole addresses",
    ),
    feature(
        Element("link"),
        "Gmail, Outlook and Yahoo",
        "write the rules into the letter; a fetched style is a tracker",
    ),
    feature(
        Attribute("srcset"),
        MOST,
        "give one picture of twice the width",
    ),
    feature(Attribute("popover"), MOST, LINK),
    feature(Picture(".svg"), "Gmail and Outlook", IMAGE),
    feature(Picture(".webp"), WORD, IMAGE),
    feature(Picture(".avif"), MOST, IMAGE),
];

impl Feature {
    /// Its name in a sentence.
    pub(super) fn name(&self) -> String {
        match self.mark {
            Property(name) => format!("`{name}`"),
            Value(name, value) => format!("`{name}: {value}`"),
            Within(words) => format!("`{words}…)`"),
            Rule(rule) => format!("`{rule}`"),
            Element(name) => format!("`<{name}>`"),
            Attribute(name) => format!("the attribute `{name}`"),
            Picture(end) => format!("a picture in `{end}`"),
        }
    }
}
