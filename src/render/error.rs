//! What can be wrong with templates, words and letters.
//!
//! All but [`RenderError::Render`] are found when templates are compiled, before any reader is
//! concerned.

use super::check::Finding;
use super::marks::Mark;
use super::mjml::Fault;
use super::words::WordsError;
use crate::domain::{CreativeId, RevisionId};

/// What keeps a template from taking a machine down. None of them is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Bound {
    /// Steps of one part; 64 bytes of text count as one.
    #[error("takes more than {0} steps (64 bytes of text count as one)")]
    Steps(u64),
    /// Bytes of one part.
    #[error("makes more than {0} bytes")]
    Output(usize),
    /// Levels of loops, conditions and calls.
    #[error("nests more than {0} levels deep")]
    Depth(usize),
    /// How far `range` counts.
    #[error("counts further than {0}")]
    Range(i64),
    /// Columns of a margin.
    #[error("sets a margin of more than {0} columns")]
    Margin(usize),
    /// Bytes of a template.
    #[error("has more than {0} bytes")]
    Source(usize),
    /// Lines of a template.
    #[error("has more than {0} lines")]
    Lines(usize),
}

/// Why templates do not compile, or a letter does not render.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A block is included that is not among the sources.
    #[error("the template includes `{path}`, which does not exist")]
    Include {
        /// As written.
        path: String,
    },
    /// Blocks include one another in a circle.
    #[error("blocks include one another in a circle: {way}")]
    IncludeCircle {
        /// Every file of the circle.
        way: String,
    },
    /// A template has too many includes, in all.
    #[error("the template has more than {limit} includes")]
    Includes {
        /// How many would do.
        limit: usize,
    },
    /// Blocks include one another nearly in a circle.
    #[error("blocks include one another more than {limit} deep")]
    IncludeDepth {
        /// Levels allowed.
        limit: usize,
    },
    /// The joined template is too large.
    #[error("the joined template has more than {limit} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The layout has no loop over `blocks` of its own, or more than one.
    #[error("template `{template}` has {found} loops `{{% for block in blocks %}}`, and needs one")]
    Loop {
        /// `digest.mjml` or `letter.txt`.
        template: &'static str,
        /// How many it has.
        found: usize,
    },
    /// No such theme.
    #[error("there is no theme `{name}`")]
    NoTheme {
        /// As written.
        name: String,
    },
    /// A theme's `theme.toml` cannot be used.
    #[error("the theme.toml of `{theme}`: {reason}")]
    About {
        /// Which theme.
        theme: String,
        /// What is wrong.
        reason: String,
    },
    /// A theme lacks a file.
    #[error("theme `{theme}` has no `{path}`")]
    NoFile {
        /// Which theme.
        theme: String,
        /// Path within it.
        path: &'static str,
    },
    /// A letter put together out of shared blocks would differ from one rendered by itself.
    #[error("template `{template}` does more with a reader's own value than print it: {place}")]
    Personal {
        /// `digest.mjml` or `letter.txt`.
        template: &'static str,
        /// The text around the first difference.
        place: String,
    },
    /// The layout is no MJML that can be rendered.
    #[error("{file}:{line}: {fault}")]
    Layout {
        /// Path inside the theme.
        file: String,
        /// From 1; 0 where no line is known.
        line: usize,
        /// What is wrong.
        fault: Box<Fault>,
    },
    /// The template language refuses it.
    #[error("template `{template}`, line {line}: {reason}")]
    Template {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// Line of the joined template, from 1; 0 if unknown.
        line: usize,
        /// The engine's words.
        reason: String,
    },
    /// A sponsor could be shown without its label first, or its link without `rel="sponsored"`.
    #[error("template `{template}` can show a sponsor {fault}")]
    Label {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// What is wrong.
        fault: &'static str,
    },
    /// What every reader must see is there, and hidden.
    #[error("template `{template}` hides {what}: {by}")]
    Hidden {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// What is hidden.
        what: &'static str,
        /// What hides it.
        by: String,
    },
    /// What no letter may lack.
    #[error("template `{template}` can leave out {what}")]
    LeftOut {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// Something in a theme's files is wrong, and was found before anything was rendered.
    #[error("`{}`, line {}: {}", .0.file, .0.line, .0.message)]
    Written(Box<Finding>),
    /// It does not end, or makes too much.
    #[error("template `{template}` {bound}")]
    Bound {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// What it runs into.
        bound: Bound,
        /// The expression that was being filled in, in a template with marks.
        mark: Option<Mark>,
    },
    /// A digest brings a story whose text is not at hand.
    #[error("the text of revision {} is not there", revision.0)]
    NoText {
        /// Which.
        revision: RevisionId,
    },
    /// A digest brings a creative whose text is not at hand.
    #[error("the text of creative {} is not there", creative.0)]
    NoCreative {
        /// Which.
        creative: CreativeId,
    },
    /// The words of a language are incomplete.
    #[error(transparent)]
    Words(#[from] WordsError),
    /// Frozen templates cannot be read back.
    #[error("frozen templates cannot be read: {reason}")]
    Frozen {
        /// Where it stopped.
        reason: String,
    },
    /// A letter could not be rendered.
    #[error("template `{template}` failed on a letter: {reason}")]
    Render {
        /// `digest.html` or `letter.txt`.
        template: &'static str,
        /// The engine's words.
        reason: String,
        /// The expression that was being filled in, in a template with marks.
        mark: Option<Mark>,
    },
}

impl RenderError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            RenderError::Include { .. } => {
                "blocks are named ./blocks/NAME.mjml or ./blocks/NAME.txt"
            }
            RenderError::IncludeCircle { .. } => "take one of these includes out",
            RenderError::Layout { fault, .. } => return fault.hint(),
            RenderError::Label { .. } => {
                "print `block.sponsor.label` before anything else of `block.sponsor`"
            }
            RenderError::Personal { .. } => {
                "subject, preheader, place, why, ref and links may be printed and tested, no more"
            }
            RenderError::Loop { .. } => {
                "stories and sponsors come in one loop that stands outside every condition"
            }
            RenderError::About { .. } => {
                "it has two keys: description = \"…\" and base = \"broadsheet\""
            }
            RenderError::NoTheme { .. } => "`courant template list` names the themes",
            RenderError::LeftOut { .. } => "print it outside every condition",
            RenderError::Hidden { .. } => "every reader must be able to see it",
            RenderError::Written(finding) => return finding.hint.clone(),
            RenderError::Bound { .. } => {
                "a letter of fifty stories takes some thousands of steps and about 60,000 bytes"
            }
            RenderError::Words(inner) => return inner.hint(),
            RenderError::Frozen { .. } => "templates of a newer Courant need that Courant",
            RenderError::IncludeDepth { .. }
            | RenderError::Includes { .. }
            | RenderError::TooLarge { .. }
            | RenderError::NoFile { .. }
            | RenderError::NoText { .. }
            | RenderError::NoCreative { .. }
            | RenderError::Template { .. }
            | RenderError::Render { .. } => return None,
        };
        Some(text.to_owned())
    }
}
