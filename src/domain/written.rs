//! What editors write into an edition: its subject, preheader, note, panel and corrections.
//!
//! Plain text, checked where it comes in; how it looks is the theme's matter.

use serde::{Deserialize, Serialize};

use super::ArticleId;

/// Longest subject, in characters.
pub const SUBJECT_MAX: usize = 150;
/// Longest preheader, in characters: mail programs show no more of it.
pub const PREHEADER_MAX: usize = 140;
/// Longest note, in characters.
pub const NOTE_MAX: usize = 1_500;
/// Longest title of a panel, in characters.
pub const PANEL_TITLE_MAX: usize = 80;
/// Most lines of a panel.
pub const PANEL_LINES: usize = 12;
/// Longest line of a panel, in characters.
pub const PANEL_LINE_MAX: usize = 120;
/// Most corrections of an edition.
pub const CORRECTIONS: usize = 10;
/// Longest correction, in characters.
pub const CORRECTION_MAX: usize = 300;

/// The free block of an edition: markets, weather, whatever is said in a few lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// A line above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// From 1 to 12, none of them empty.
    pub lines: Vec<String>,
}

/// What was wrong in an earlier edition, and how it is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// One line.
    pub text: String,
    /// The article that it corrects, if the editor named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<ArticleId>,
    /// That article as letters name it, frozen with its wave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Corrected>,
}

/// An article that a correction is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// Plain text, one line.
    pub headline: String,
    /// Where it is read.
    pub link: String,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Why a text is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrittenError {
    /// Nothing to be read.
    #[error("{what} is empty")]
    Empty {
        /// What was written.
        what: &'static str,
    },
    /// A line break in a line, or a sign that no reader sees.
    #[error("{what} has a line break or another control character")]
    Control {
        /// What was written.
        what: &'static str,
    },
    /// Too many characters.
    #[error("{what} has {length} characters, more than {most}")]
    TooLong {
        /// What was written.
        what: &'static str,
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
    /// Too many lines.
    #[error("the panel has {lines} lines, more than {PANEL_LINES}")]
    TooManyLines {
        /// How many it has.
        lines: usize,
    },
}

/// A line for readers: not empty, without control characters, of at most `most` characters.
pub fn line(what: &'static str, text: &str, most: usize) -> Result<String, WrittenError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(WrittenError::Empty { what });
    }
    if text.chars().any(char::is_control) {
        return Err(WrittenError::Control { what });
    }
    short_enough(what, text, most)?;
    Ok(text.to_owned())
}

/// A note as it is kept: its paragraphs, with an empty line between them.
pub fn note(text: &str) -> Result<String, WrittenError> {
    const WHAT: &str = "the note";
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(control) {
        return Err(WrittenError::Control { what: WHAT });
    }
    let note = paragraphs(text).join("\n\n");
    if note.is_empty() {
        return Err(WrittenError::Empty { what: WHAT });
    }
    short_enough(WHAT, &note, NOTE_MAX)?;
    Ok(note)
}

/// The paragraphs of a text, each one line: empty lines stand between them.
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut begun = false;
    for line in text.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        match (words.is_empty(), out.last_mut().filter(|_| begun)) {
            (true, _) => begun = false,
            (false, Some(paragraph)) => {
                paragraph.push(' ');
                paragraph.push_str(&words);
            }
            (false, None) => {
                out.push(words);
                begun = true;
            }
        }
    }
    out
}

impl Panel {
    /// A panel of what was typed; empty lines are left out.
    pub fn new(title: Option<&str>, lines: &[&str]) -> Result<Panel, WrittenError> {
        let what = "the panel";
        let filled: Vec<&str> = lines.iter().map(|l| l.trim()).collect();
        let filled: Vec<&str> = filled.into_iter().filter(|l| !l.is_empty()).collect();
        if filled.is_empty() {
            return Err(WrittenError::Empty { what });
        }
        if filled.len() > PANEL_LINES {
            let lines = filled.len();
            return Err(WrittenError::TooManyLines { lines });
        }
        let title = title.map(|t| line("the panel's title", t, PANEL_TITLE_MAX));
        let lines = filled.iter().map(|l| {
            // Figures are set apart with tabs.
            let text = l.replace('\t', " ");
            line("a line of the panel", &text, PANEL_LINE_MAX)
        });
        Ok(Panel {
            title: title.transpose()?,
            lines: lines.collect::<Result<_, _>>()?,
        })
    }

    /// The panel as one text: the title over an empty line, then its lines.
    pub fn text(&self) -> String {
        let lines = self.lines.join("\n");
        match &self.title {
            Some(title) => format!("{title}\n\n{lines}"),
            None => lines,
        }
    }

    /// The panel of [`Panel::text`].
    pub fn of(text: &str) -> Panel {
        let (title, lines) = match text.split_once("\n\n") {
            Some((title, lines)) => (Some(title.to_owned()), lines),
            None => (None, text),
        };
        Panel {
            title,
            lines: lines.lines().map(str::to_owned).collect(),
        }
    }
}

fn short_enough(what: &'static str, text: &str, most: usize) -> Result<(), WrittenError> {
    let length = text.chars().count();
    match length > most {
        true => Err(WrittenError::TooLong { what, length, most }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{NOTE_MAX, PANEL_LINES, Panel, WrittenError, line, note, paragraphs};

    #[test]
    fn a_note_keeps_its_paragraphs_and_nothing_of_how_it_was_broken() {
        let typed = "  Dear reader,\r\nthe bridge\t is open.\r\n\r\n \n\nThe desk\n";
        let kept = note(typed).expect("a note");
        assert_eq!(kept, "Dear reader, the bridge is open.\n\nThe desk");
        assert_eq!(
            paragraphs(&kept),
            ["Dear reader, the bridge is open.", "The desk"]
        );
        assert_eq!(note(&kept).as_deref(), Ok(kept.as_str()));
    }

    #[test]
    fn what_is_empty_too_long_or_not_plain_is_refused() {
        let what = "the note";
        assert_eq!(note(" \n\t"), Err(WrittenError::Empty { what }));
        assert_eq!(note("a\u{7}b"), Err(WrittenError::Control { what }));
        assert!(note(&"ü".repeat(NOTE_MAX)).is_ok());
        let too_long = note(&"ü".repeat(NOTE_MAX + 1)).expect_err("too long");
        let words = "the note has 1501 characters, more than 1500";
        assert_eq!(too_long.to_string(), words);
        assert!(line("it", "a\nb", 9).is_err());
        assert_eq!(line("it", " a b ", 3).as_deref(), Ok("a b"));
    }

    #[test]
    fn a_panel_reads_back_from_its_text() {
        for title in [None, Some("Markets")] {
            let panel = Panel::new(title, &["DAX 18,000\t+0.4 %", " ", "Oil 71"]).expect("panel");
            assert_eq!(panel.lines, ["DAX 18,000 +0.4 %", "Oil 71"]);
            assert_eq!(Panel::of(&panel.text()), panel);
        }
        let many = ["x"; PANEL_LINES + 1];
        assert!(Panel::new(None, &many[1..]).is_ok());
        let too_many = Panel::new(None, &many).expect_err("13 lines");
        assert_eq!(too_many.to_string(), "the panel has 13 lines, more than 12");
        assert!(Panel::new(Some(" "), &["x"]).is_err());
        assert!(Panel::new(None, &["", " "]).is_err());
    }
}
