//! Why a catalogue of fixed words is refused, by file, line and message.

/// Why a catalogue is refused. Messages are named as they stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The file's name is no language.
    #[error("`{language}` is no language tag, so `{language}.ftl` names no language")]
    Tag {
        /// The tag.
        language: String,
    },
    /// A line that is no Fluent, or a message that comes to no text.
    #[error("`{language}.ftl`, line {line}: {reason}")]
    Form {
        /// Its tag.
        language: String,
        /// From 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// Messages that are needed are not there.
    #[error("`{language}.ftl` lacks {keys}")]
    Missing {
        /// Its tag.
        language: String,
        /// All of them, each between backticks.
        keys: String,
    },
    /// The variables differ from those of English.
    #[error(
        "`{language}.ftl`, line {line}: `{key}` fills in {found}, in English it fills in {expected}"
    )]
    Variables {
        /// Its tag.
        language: String,
        /// From 1.
        line: usize,
        /// The message.
        key: String,
        /// What it has.
        found: String,
        /// What English has.
        expected: String,
    },
    /// There is no catalogue of English to fall back to.
    #[error("there are no words of `en`")]
    NoEnglish,
}

impl WordsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            WordsError::Tag { .. } => "call it en.ftl, de.ftl or pt-BR.ftl",
            WordsError::Missing { .. } | WordsError::Variables { .. } => {
                "every language has the messages and variables of `en.ftl`: \
                 `courant template extract --words` writes it"
            }
            WordsError::Form { .. } => {
                "projectfluent.org/fluent/guide shows how messages are written"
            }
            WordsError::NoEnglish => return None,
        };
        Some(text.to_owned())
    }
}
