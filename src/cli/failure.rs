//! How a command ends: the exit codes, and errors with their place and hint.

use std::process::ExitCode;

use crate::config::ConfigError;
use crate::ingest::IngestError;
use crate::press::PressError;
use crate::sponsors::booking::BookingError;
use crate::store::StoreError;

/// What a command exits with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: what was typed is not a command, or not a value that it takes.
    Usage,
    /// 3: the configuration, or what it names, will not do.
    Config,
    /// 4: the database is missing, of another release, or refuses.
    Database,
    /// 5: a check found problems, or something asks for a person.
    Problems,
    /// 6: partly done; what was not is listed.
    Partly,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Config => 3,
            Exit::Database => 4,
            Exit::Problems => 5,
            Exit::Partly => 6,
        })
    }
}

/// An error on its way to stderr: what failed and where, what to type, and the exit code.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// A failure in words.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Failure {
        Failure {
            exit,
            error: error.into(),
            hint: None,
        }
    }

    /// What was typed will not do: exit 2.
    pub fn usage(words: impl std::fmt::Display) -> Failure {
        Failure::new(Exit::Usage, anyhow::anyhow!("{words}"))
    }

    /// It failed: exit 1.
    pub fn failed(words: impl std::fmt::Display) -> Failure {
        Failure::new(Exit::Failed, anyhow::anyhow!("{words}"))
    }

    /// A command to type, or what would do.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// A hint, where there is one.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Failure {
        self.hint = hint.or(self.hint);
        self
    }

    /// What was being done: stands before the error.
    pub fn context(mut self, words: impl std::fmt::Display + Send + Sync + 'static) -> Failure {
        self.error = self.error.context(words);
        self
    }

    /// The error with its causes, in one line; a cause that the words before it end with already is
    /// left out.
    pub fn message(&self) -> String {
        let mut words = String::new();
        for cause in self.error.chain().map(ToString::to_string) {
            if words.is_empty() {
                words = cause;
            } else if !words.ends_with(&cause) {
                words = format!("{words}: {cause}");
            }
        }
        visible(&words)
    }

    /// What to do about it, if that is known.
    pub fn hinted(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Prints `error:` and `hint:` on stderr.
    pub fn print(&self) {
        eprintln!("error: {}", self.message());
        if let Some(hint) = &self.hint {
            eprintln!("hint: {}", visible(hint));
        }
    }
}

/// What came from outside may not steer the terminal: a control character shows as a sign of its
/// own. Line breaks are kept, since several faults stand below each other.
fn visible(words: &str) -> String {
    let shown = |c: char| match c {
        '\n' => c,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    words.chars().map(shown).collect()
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let exit = if error.is_database_fault() {
            Exit::Database
        } else {
            Exit::Failed
        };
        let hint = error.hint();
        Failure::new(exit, error).maybe_hint(hint)
    }
}

impl From<PressError> for Failure {
    fn from(error: PressError) -> Failure {
        let exit = match &error {
            PressError::Store(error) if error.is_database_fault() => Exit::Database,
            PressError::ListIncomplete { .. } => Exit::Config,
            PressError::Due(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        let hint = error.hint();
        Failure::new(exit, error).maybe_hint(hint)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        let hint = error.hint();
        Failure::new(Exit::Config, error).maybe_hint(hint)
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Failure {
        match error {
            IngestError::Store(error) => error.into(),
            error => {
                let hint = error.hint();
                Failure::new(Exit::Failed, error).maybe_hint(hint)
            }
        }
    }
}

impl From<BookingError> for Failure {
    fn from(error: BookingError) -> Failure {
        let exit = match error.is_clash() {
            true => Exit::Failed,
            false => Exit::Usage,
        };
        let (field, hint) = (error.field(), error.hint());
        Failure::new(exit, error)
            .context(format!("`{field}`"))
            .maybe_hint(hint)
    }
}

impl From<crate::topic_models::ShelfError> for Failure {
    fn from(error: crate::topic_models::ShelfError) -> Failure {
        let hint = error.hint();
        Failure::new(Exit::Failed, error).maybe_hint(hint)
    }
}

impl From<crate::topics::TrainError> for Failure {
    fn from(error: crate::topics::TrainError) -> Failure {
        let hint = error.hint();
        Failure::new(Exit::Failed, error).maybe_hint(hint)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::new(Exit::Failed, error)
    }
}

/// Errors of what was typed: exit 2, with the error's own hint.
macro_rules! typed {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                let hint = error.hint();
                Failure::new(Exit::Usage, error).maybe_hint(hint)
            }
        }
    )+};
}

typed!(
    crate::domain::UnknownWord,
    crate::domain::address::AddressError,
    crate::domain::due::DueError,
    crate::domain::goal::GoalError,
    crate::domain::list::SettingError,
    crate::domain::money::MoneyError,
    crate::domain::slug::SlugError,
    crate::domain::sponsor::CreativeError,
    crate::domain::time::CronError,
    crate::domain::time::WallTimeError,
    crate::domain::time::ZoneError,
    crate::topics::rule::RuleError,
);
