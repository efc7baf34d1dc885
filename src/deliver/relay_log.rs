//! What a relay's log says about letters in doubt: Postfix's lines in syslog's dress, or a CSV of
//! Message-IDs and states.
//!
//! Pure, and bounded whatever is handed in: a line that cannot be read is a problem with its number,
//! never a panic. It does not know which letters there are beyond the ids that it is told to look for.

mod csv;
mod postfix;
mod span;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::address::mask_addresses;
use crate::domain::words;
pub use span::Span;

/// Longest line that is read, octets; what is longer is a problem.
const LINE_MAX: usize = 64 * 1024;
/// Problems that are kept with their words; further ones are counted.
const PROBLEMS_MAX: usize = 100;
/// Longest words that are kept, characters.
const WORDS_MAX: usize = 400;

words! {
    /// How far a letter came with the relay, from the weakest word to the strongest.
    Fate {
        /// Its head came in; whether its final dot was answered is not said. Postfix logs a
        /// Message-ID while the message is still coming in, so this alone proves nothing.
        Begun = "begun",
        /// The relay said no at the end of the message.
        Refused = "refused",
        /// The relay took it into its queue: it had answered our dot with a yes.
        Taken = "taken",
        /// Taken, and not passed on yet.
        Deferred = "deferred",
        /// Taken, and refused further on.
        Bounced = "bounced",
        /// Taken, and passed on.
        Sent = "sent",
    }
}

impl Fate {
    /// Whether the relay had accepted the letter: what became of it afterwards is another story.
    pub fn is_taken(self) -> bool {
        self >= Fate::Taken
    }
}

/// What was found about one letter: the strongest word of all its copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// How far it came.
    pub fate: Fate,
    /// A reply's code, 200 to 599, where the file has one.
    pub code: Option<u16>,
    /// The log's words, cleaned and masked; may be empty.
    pub words: String,
    /// The line, from 1.
    pub line: u64,
}

/// A line that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u64,
    /// What is wrong with it.
    pub words: String,
}

/// A log, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RelayLog {
    /// What was found, by letter id.
    pub traces: BTreeMap<String, Trace>,
    /// Lines that could not be read, the first few of them.
    pub problems: Vec<Problem>,
    /// Lines that could not be read, all of them.
    pub unreadable: u64,
    /// Lines in all.
    pub lines: u64,
    /// Lines that speak of a letter, ours or not. None: this is no relay's log.
    pub of_letters: u64,
    /// The time that it spans.
    pub span: Span,
}

/// Reads a log in pieces of any size.
#[derive(Clone, Debug)]
pub struct LogReader {
    wanted: BTreeSet<String>,
    format: Option<Format>,
    line: Vec<u8>,
    too_long: bool,
    log: RelayLog,
}

#[derive(Clone, Debug)]
enum Format {
    Postfix(postfix::Queue),
    Csv(csv::Columns),
}

impl LogReader {
    /// A reader that looks for letters by their ids, the left sides of their Message-IDs.
    pub fn new(wanted: BTreeSet<String>) -> LogReader {
        LogReader {
            wanted,
            format: None,
            line: Vec::new(),
            too_long: false,
            log: RelayLog::default(),
        }
    }

    /// Takes the next octets.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            self.take(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.take(bytes);
    }

    /// What was found in all of it.
    pub fn finish(mut self) -> RelayLog {
        if !self.line.is_empty() || self.too_long {
            self.end_line();
        }
        self.log
    }

    fn take(&mut self, bytes: &[u8]) {
        let room = LINE_MAX - self.line.len();
        self.too_long |= bytes.len() > room;
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self) {
        self.log.lines += 1;
        let line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.too_long) {
            self.problem(format!("it is longer than {LINE_MAX} octets"));
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches('\r').trim_start_matches('\u{feff}');
        if text.trim().is_empty() {
            return;
        }
        let read = match &mut self.format {
            None => match csv::Columns::of(text) {
                Some(columns) => {
                    self.format = Some(Format::Csv(columns));
                    return;
                }
                None => self
                    .format
                    .insert(Format::Postfix(postfix::Queue::default()))
                    .read(text, &self.wanted, &mut self.log.span),
            },
            Some(format) => format.read(text, &self.wanted, &mut self.log.span),
        };
        match read {
            Ok(Said::Nothing) => {}
            Ok(Said::OfAnother) => self.log.of_letters += 1,
            Ok(Said::Of(id, fate, code, words)) => {
                self.log.of_letters += 1;
                self.found(id, fate, code, &words);
            }
            Err(words) => self.problem(words),
        }
    }

    fn found(&mut self, id: String, fate: Fate, code: Option<u16>, words: &str) {
        let trace = Trace {
            fate,
            code,
            words: clean(words),
            line: self.log.lines,
        };
        match self.log.traces.get_mut(&id) {
            Some(known) if known.fate > fate => {}
            Some(known) => *known = trace,
            None => {
                self.log.traces.insert(id, trace);
            }
        }
    }

    fn problem(&mut self, words: String) {
        self.log.unreadable += 1;
        if self.log.problems.len() < PROBLEMS_MAX {
            let line = self.log.lines;
            self.log.problems.push(Problem { line, words });
        }
    }
}

impl Format {
    fn read(
        &mut self,
        text: &str,
        wanted: &BTreeSet<String>,
        span: &mut Span,
    ) -> Result<Said, String> {
        match self {
            Format::Postfix(queue) => queue.read(text, wanted, span),
            Format::Csv(columns) => columns.read(text, wanted),
        }
    }
}

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// Nothing about a letter.
    Nothing,
    /// Something about a letter that is none of those wanted.
    OfAnother,
    /// This about a wanted one.
    Of(String, Fate, Option<u16>, String),
}

/// The letter id of a Message-ID as logs write it: what stands before the `@`, without brackets.
fn letter_id(text: &str) -> &str {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    text.split_once('@').map_or(text, |(left, _)| left)
}

/// Words from outside, safe for a row and a terminal, with every address masked.
fn clean(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = text.trim().chars();
    let kept = kept.map(|c| if c == '\t' { ' ' } else { c });
    let kept: String = kept.filter(|c| !c.is_control() && !turns(*c)).collect();
    mask_addresses(&kept).chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests;
