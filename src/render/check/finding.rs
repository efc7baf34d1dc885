//! What a check finds: where, what, and what to do about it.

use serde::Serialize;

use crate::render::include::Place;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A letter would be wrong, or could not be made.
    Error,
    /// A letter is made, and some readers see it otherwise than it was meant.
    Warning,
}

impl Severity {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// Something that is wrong with a template or a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Path inside the theme; `html` or `text` for a rendered letter.
    pub file: String,
    /// From 1; 0 where no line is known.
    pub line: usize,
    /// How bad it is.
    pub severity: Severity,
    /// Short name of the rule, for those who sort findings.
    pub rule: &'static str,
    /// What is wrong, in words.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// An error at a place.
    pub fn error(place: Place, rule: &'static str, message: String) -> Finding {
        Finding {
            file: place.file,
            line: place.line,
            severity: Severity::Error,
            rule,
            message,
            hint: None,
        }
    }

    /// A warning at a place.
    pub fn warning(place: Place, rule: &'static str, message: String) -> Finding {
        Finding {
            severity: Severity::Warning,
            ..Finding::error(place, rule, message)
        }
    }

    /// What to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Finding {
        self.hint = Some(hint.into());
        self
    }
}

/// The one of `known` that was perhaps meant.
pub(super) fn meant<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let name: String = name.chars().take(64).collect();
    let near = known.map(|k| (strsim::damerau_levenshtein(&name, k), k));
    let best = near.min_by_key(|(steps, _)| *steps)?;
    let most = 1 + name.chars().count() / 4;
    (best.0 <= most).then(|| format!("did you mean `{}`?", best.1))
}
