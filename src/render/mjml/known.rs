//! The elements of MJML 4 (mjml-preset-core): what each may stand in and which attributes it has.

use crate::domain::nearest;

/// What an element is to the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `mjml`, `mj-head`, `mj-body`.
    Frame,
    /// Stands in the head.
    Head,
    /// Stands in the body, holds whole components.
    Box,
    /// Stands in the body.
    Body,
    /// Stands in one component alone, as `mj-navbar-link` in `mj-navbar`.
    Piece,
}

/// One element.
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) part: Part,
    /// Its content is HTML, which MJML does not read.
    pub(super) opaque: bool,
    parents: &'static [&'static str],
    attributes: &'static [&'static str],
}

const COLUMN: &[&str] = &["mj-column", "mj-hero"];
const PADDING: &str =
    "padding padding-top padding-right padding-bottom padding-left container-background-color";
const FONT: &str = "color font-family font-size font-style font-weight letter-spacing line-height \
                    text-decoration text-transform";
const BORDER: &str =
    "border border-top border-right border-bottom border-left border-radius background-color";
const GROUND: &str = "background-url background-repeat background-size background-position \
                      background-position-x background-position-y direction full-width \
                      text-align text-padding";
const LINK: &str = "href name rel target title";
const ICONS: &str = "border font-family icon-align icon-width icon-height icon-wrapped-url \
                     icon-wrapped-alt icon-unwrapped-url icon-unwrapped-alt icon-position";

macro_rules! element {
    ($name:literal, $part:ident, $opaque:literal, $parents:expr, $attributes:expr) => {
        Element {
            name: $name,
            part: Part::$part,
            opaque: $opaque,
            parents: $parents,
            attributes: $attributes,
        }
    };
}

#[rustfmt::skip]
static ELEMENTS: &[Element] = &[
    element!("mjml", Frame, false, &[], &["lang dir owa version"]),
    element!("mj-head", Frame, false, &["mjml"], &[]),
    element!("mj-body", Frame, false, &["mjml"], &["width background-color id"]),
    element!("mj-attributes", Head, false, &["mj-head"], &[]),
    element!("mj-breakpoint", Head, true, &["mj-head"], &["width"]),
    element!("mj-font", Head, false, &["mj-head"], &["name href"]),
    element!("mj-html-attributes", Head, false, &["mj-head"], &[]),
    element!("mj-preview", Head, true, &["mj-head"], &[]),
    element!("mj-style", Head, true, &["mj-head"], &["inline"]),
    element!("mj-title", Head, true, &["mj-head"], &[]),
    element!("mj-raw", Body, true, &["mjml", "mj-head", "mj-body", "mj-wrapper", "mj-section", "mj-group",
        "mj-column", "mj-hero", "mj-navbar", "mj-social", "mj-accordion", "mj-accordion-element"], &["position"]),
    element!("mj-section", Box, false, &["mj-body", "mj-wrapper"], &[BORDER, GROUND, PADDING]),
    element!("mj-wrapper", Box, false, &["mj-body"], &[BORDER, GROUND, PADDING, "gap"]),
    element!("mj-group", Box, false, &["mj-section"], &["background-color direction vertical-align width"]),
    element!("mj-column", Box, false, &["mj-section", "mj-group"], &[BORDER, PADDING, "direction width vertical-align \
        inner-background-color inner-border inner-border-top inner-border-right inner-border-bottom inner-border-left \
        inner-border-radius"]),
    element!("mj-hero", Box, false, &["mj-body", "mj-wrapper"], &[PADDING, "mode height background-url background-width \
        background-height background-position background-color border-radius inner-background-color inner-padding \
        inner-padding-top inner-padding-left inner-padding-right inner-padding-bottom vertical-align"]),
    element!("mj-text", Body, true, COLUMN, &[FONT, PADDING, "align background-color height vertical-align"]),
    element!("mj-button", Body, true, COLUMN, &[BORDER, FONT, LINK, PADDING, "align height inner-padding vertical-align \
        text-align width"]),
    element!("mj-image", Body, false, COLUMN, &[BORDER, LINK, PADDING, "alt src srcset sizes align fluid-on-mobile width \
        height max-height font-size usemap"]),
    element!("mj-divider", Body, false, COLUMN, &[PADDING, "border-color border-style border-width width align"]),
    element!("mj-spacer", Body, false, COLUMN, &[BORDER, PADDING, "height"]),
    element!("mj-table", Body, true, COLUMN, &[FONT, PADDING, "align border cellpadding cellspacing role table-layout \
        vertical-align width"]),
    element!("mj-social", Body, false, COLUMN, &[FONT, PADDING, "align border-radius icon-size icon-height icon-padding \
        inner-padding mode table-layout text-padding vertical-align"]),
    element!("mj-social-element", Piece, true, &["mj-social"], &[FONT, LINK, PADDING, "align icon-position \
        background-color border-radius icon-size icon-height icon-padding text-padding src srcset sizes alt \
        vertical-align"]),
    element!("mj-navbar", Body, false, COLUMN, &[PADDING, "align base-url hamburger ico-align ico-open ico-close \
        ico-color ico-font-size ico-font-family ico-text-transform ico-padding ico-padding-left ico-padding-top \
        ico-padding-right ico-padding-bottom ico-text-decoration ico-line-height"]),
    element!("mj-navbar-link", Piece, true, &["mj-navbar"], &[FONT, LINK, PADDING]),
    element!("mj-accordion", Body, false, COLUMN, &[ICONS, PADDING]),
    element!("mj-accordion-element", Piece, false, &["mj-accordion"], &[ICONS, "background-color"]),
    element!("mj-accordion-title", Piece, true, &["mj-accordion-element"], &[FONT, PADDING, "background-color"]),
    element!("mj-accordion-text", Piece, true, &["mj-accordion-element"], &[FONT, PADDING, "background-color"]),
    element!("mj-carousel", Body, false, COLUMN, &[PADDING, "align border-radius icon-width left-icon right-icon \
        thumbnails tb-border tb-border-radius tb-hover-border-color tb-selected-border-color tb-width"]),
    element!("mj-carousel-image", Piece, true, &["mj-carousel"], &[LINK, "alt src thumbnails-src border-radius tb-border \
        tb-border-radius"]),
];

/// The element of that name.
pub(super) fn element(name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|e| e.name == name)
}

/// Whether an element's content is HTML, which MJML does not read.
pub(super) fn is_opaque(name: &str) -> bool {
    element(name).is_some_and(|e| e.opaque)
}

/// What an element may stand in.
pub(super) fn parents(name: &str) -> &'static [&'static str] {
    element(name).map_or(&[], |e| e.parents)
}

/// The element that was perhaps meant by a name.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let name: String = name.chars().take(40).collect();
    let own = name.starts_with("mj");
    own.then(|| nearest(&name, ELEMENTS.iter().map(|e| e.name)))?
}

impl Element {
    /// Whether it has that attribute.
    pub(super) fn has(&self, attribute: &str) -> bool {
        let mut own = self.attributes.iter().flat_map(|a| a.split_whitespace());
        matches!(attribute, "mj-class" | "css-class") || own.any(|a| a == attribute)
    }
}
