//! What can be wrong with an MJML document: what it cannot be rendered with, and what is better mended.

use std::fmt;
use std::sync::Arc;

/// Where something stands: the file as it was named, and its line from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The document, or the path of an include inside its folder.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
    /// Octets of the file before it.
    pub at: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct MjmlError {
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
}

/// What a document cannot be rendered with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no `<mjml>` around the document.
    #[error("the document is `<{found}>`, not `<mjml>`")]
    NoMjml {
        /// The first element.
        found: String,
    },
    /// There is nothing but text and comments.
    #[error("the document has no element")]
    NoElement,
    /// No such element.
    #[error("there is no element `{name}` in MJML")]
    UnknownElement {
        /// As written.
        name: String,
    },
    /// An element where MJML has no meaning for it.
    #[error("`{name}` cannot stand in `{parent}`")]
    Misplaced {
        /// The element.
        name: String,
        /// What it stands in.
        parent: String,
    },
    /// The content of an element has no end.
    #[error("`{name}` is never closed")]
    Unclosed {
        /// The element, or the opening of an expression.
        name: String,
    },
    /// An expression between the attributes of an MJML element.
    #[error("`{expression}` stands between the attributes of `{name}`")]
    ExpressionInTag {
        /// Cut at 60 characters.
        expression: String,
        /// The element.
        name: String,
    },
    /// An expression in an attribute that the layout computes with, or that is not printed.
    #[error("`{expression}` stands where the layout computes, and would be lost")]
    ExpressionLost {
        /// Cut at 60 characters.
        expression: String,
    },
    /// `mj-include` without a path.
    #[error("`mj-include` has no path")]
    NoPath,
    /// A path that leads out of the folder.
    #[error("`mj-include` of `{path}` leads out of the folder")]
    Outside {
        /// As written.
        path: String,
    },
    /// An include that includes itself, in one step or several.
    #[error("`mj-include` of `{path}` goes round in a circle: {way}")]
    Circle {
        /// Inside the folder.
        path: String,
        /// Every file of the circle.
        way: String,
    },
    /// A file that is not there.
    #[error("there is no file `{path}` to include")]
    NoInclude {
        /// As written.
        path: String,
    },
    /// More than what is rendered.
    #[error("{what}: more than {limit}")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How much would do.
        limit: usize,
    },
    /// A text has the word by which we know our own.
    #[error("the word `{word}` is taken")]
    Taken {
        /// The word.
        word: String,
    },
    /// A name that the data lacks.
    #[error("there is no `{name}` in the data")]
    Undefined {
        /// With what it was asked of.
        name: String,
        /// One that was perhaps meant.
        meant: Option<String>,
    },
    /// An expression that comes to nothing.
    #[error("{reason}")]
    Expression {
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// A link out of the data that would run something, or leads nowhere.
    #[error("`{expression}` leads to `{link}`")]
    UnsafeLink {
        /// Cut at 60 characters.
        expression: String,
        /// Cut at 60 characters.
        link: String,
    },
    /// mrml refuses what was made of the document.
    #[error("the layout cannot be rendered: {reason}")]
    Engine {
        /// The engine's words.
        reason: String,
    },
}

impl Fault {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Fault::NoMjml { .. } | Fault::NoElement => {
                "a document is `<mjml><mj-body>…</mj-body></mjml>`"
            }
            Fault::UnknownElement { name } if name == "mj-container" => {
                "the document is of MJML 3; `mjml -m` of MJML 4 brings it up to date"
            }
            Fault::UnknownElement { name } => match super::known::meant(name) {
                Some(meant) => return Some(format!("did you mean `{meant}`?")),
                None => "HTML goes into `mj-text`, `mj-table` or `mj-raw`",
            },
            Fault::Misplaced { name, .. } => {
                let parents = super::known::parents(name);
                return (!parents.is_empty())
                    .then(|| format!("`{name}` stands in `{}`", parents.join("`, `")));
            }
            Fault::Unclosed { name } => match name.as_bytes() {
                [b'{', b'{', ..] => "an expression ends with `}}`",
                [b'{', b'%', ..] => "a statement ends with `%}`",
                [b'{', ..] => "a comment ends with `#}`",
                _ => "close it where its content ends",
            },
            Fault::ExpressionInTag { .. } => "put the condition around the whole element",
            Fault::ExpressionLost { .. } => {
                "give widths as numbers; put a condition around the whole element"
            }
            Fault::Undefined { name, meant } => {
                let asks = format!("`{{% if {name} is defined %}}` asks whether there is one");
                return Some(meant.clone().unwrap_or(asks));
            }
            Fault::Expression { hint, .. } => return hint.clone(),
            Fault::UnsafeLink { .. } => {
                "links of the data are http, https, mailto or tel, or have no scheme"
            }
            Fault::NoInclude { .. } => {
                "paths are as seen from the file itself, or from the document"
            }
            Fault::NoPath => "write `<mj-include path=\"./blocks/NAME.mjml\" />`",
            Fault::Outside { .. } => {
                "includes are read from the document’s folder and the folders in it"
            }
            Fault::Circle { .. } => "take the include out of the file that is included",
            Fault::TooMuch { .. } | Fault::Taken { .. } | Fault::Engine { .. } => return None,
        };
        Some(text.to_owned())
    }
}

/// What a document is rendered with all the same, and is better mended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {remark}")]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What.
    pub remark: Remark,
}

/// What is odd about a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// An attribute that the element has not.
    #[error("`{name}` has no attribute `{attribute}`")]
    UnknownAttribute {
        /// The element.
        name: String,
        /// As written.
        attribute: String,
    },
    /// An attribute that stands twice; the first one holds.
    #[error("`{name}` has `{attribute}` twice; the first one holds")]
    Twice {
        /// The element.
        name: String,
        /// The attribute.
        attribute: String,
    },
    /// An element that MJML does not expect there; it is rendered.
    #[error("`{name}` is not made to stand in `{parent}`")]
    Misplaced {
        /// The element.
        name: String,
        /// What it stands in.
        parent: String,
    },
    /// Something that has no place in the letter.
    #[error("{what} in `{parent}` is left out")]
    LeftOut {
        /// Text, or the name of an element.
        what: String,
        /// What it stands in.
        parent: String,
    },
    /// An element that ends only where another one does.
    #[error("`{name}` is not closed")]
    NotClosed {
        /// The element.
        name: String,
    },
    /// An end without a beginning.
    #[error("`</{name}>` closes nothing")]
    ClosesNothing {
        /// As written.
        name: String,
    },
    /// A value that is no measure.
    #[error("`{attribute}` of `{name}` is no measure: `{value}`")]
    NoMeasure {
        /// The element.
        name: String,
        /// The attribute.
        attribute: String,
        /// As written, cut at 60 characters.
        value: String,
    },
    /// An element of MJML in content that MJML does not look into: no mail program knows it.
    #[error("`{name}` in `{parent}` is not rendered: its content is HTML")]
    InHtml {
        /// The element.
        name: String,
        /// What it stands in.
        parent: String,
    },
    /// An include in an element that MJML does not look into: it stays as it is.
    #[error("`mj-include` in `{name}` is not read: its content is HTML")]
    IncludeAsText {
        /// The element.
        name: String,
    },
    /// A document without a body.
    #[error("the document has no `mj-body`")]
    NoBody,
    /// A selector that is not understood; its rules are left out.
    #[error("the selector `{selector}` is not understood")]
    Selector {
        /// As written, cut at 60 characters.
        selector: String,
    },
}
