//! Postfix's lines: which queue file holds which Message-ID, and what became of the file.
//!
//! Only queue ids of wanted letters are kept. Short queue ids are used again, so a new Message-ID
//! under one ends what was known under it.

use std::collections::{BTreeMap, BTreeSet};

use super::span::{Span, When};
use super::{Fate, Said, letter_id};

/// Queue files of wanted letters that are followed at once: a letter has few copies.
const FILES_MAX: usize = 100_000;

/// The queue files of wanted letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    files: BTreeMap<String, String>,
}

impl Queue {
    /// Reads one line.
    pub(super) fn read(
        &mut self,
        text: &str,
        wanted: &BTreeSet<String>,
        span: &mut Span,
    ) -> Result<Said, String> {
        let (when, rest) = When::of(text).ok_or("it does not begin with a time, as syslog's do")?;
        let message = message(rest).ok_or("it names no program, as syslog's lines do")?;
        span.add(when);
        let Some((queue_id, event)) = message.split_once(": ") else {
            return Ok(Said::Nothing);
        };
        if !is_queue_id(queue_id) {
            return Ok(Said::Nothing);
        }
        if let Some(id) = event.strip_prefix("message-id=") {
            return Ok(self.begun(queue_id, letter_id(id), wanted));
        }
        let Some((fate, words)) = fate(event)? else {
            return Ok(Said::Nothing);
        };
        let Some(id) = self.files.get(queue_id).cloned() else {
            return Ok(Said::OfAnother);
        };
        if event == "removed" {
            self.files.remove(queue_id);
        }
        Ok(Said::Of(id, fate, None, words))
    }

    fn begun(&mut self, queue_id: &str, id: &str, wanted: &BTreeSet<String>) -> Said {
        if !wanted.contains(id) {
            self.files.remove(queue_id);
            return Said::OfAnother;
        }
        if self.files.len() < FILES_MAX {
            self.files.insert(queue_id.to_owned(), id.to_owned());
        }
        Said::Of(id.to_owned(), Fate::Begun, None, String::new())
    }
}

/// What stands behind `host program[pid]: `, whatever the program is called: an instance of its own
/// has a name of its own.
fn message(rest: &str) -> Option<&str> {
    let (_host, rest) = rest.trim_start().split_once(' ')?;
    let (program, message) = rest.split_once(": ").or_else(|| {
        let bare = rest.trim_end().strip_suffix(':')?;
        Some((bare, ""))
    })?;
    let named = !program.is_empty() && !program.contains(char::is_whitespace);
    named.then_some(message)
}

/// Short ids are upper-case hex; long ones are digits and letters that are no vowels, so that no id
/// is ever a word.
fn is_queue_id(text: &str) -> bool {
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'A'..=b'F');
    let long = |b: u8| b.is_ascii_alphanumeric() && !b"AEIOUaeiou".contains(&b);
    match text.len() {
        5..10 => text.bytes().all(hex),
        10..=32 => text.bytes().all(hex) || text.bytes().all(long),
        _ => false,
    }
}

/// What an event says about its queue file; `None` for one that says nothing of the kind.
fn fate(event: &str) -> Result<Option<(Fate, String)>, String> {
    if event == "removed" {
        return Ok(Some((Fate::Taken, String::new())));
    }
    if event.starts_with("from=<") {
        // The queue manager opens a file only once it is whole, which is when the dot is answered.
        if event.ends_with("(queue active)") {
            return Ok(Some((Fate::Taken, "in the relay's queue".to_owned())));
        }
        if event.contains(", status=expired") {
            return Ok(Some((
                Fate::Bounced,
                "expired in the relay's queue".to_owned(),
            )));
        }
        return Ok(None);
    }
    for no in ["milter-reject: END-OF-MESSAGE", "reject: "] {
        if let Some(words) = event.strip_prefix(no) {
            return Ok(Some((Fate::Refused, words.trim().to_owned())));
        }
    }
    let Some(rest) = event.strip_prefix("to=<") else {
        return Ok(None);
    };
    status(rest).map(Some)
}

/// `…>, relay=…, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 1234)`. The address may hold what
/// looks like a status, and so may the words of the server, so it is looked for between them.
fn status(rest: &str) -> Result<(Fate, String), String> {
    let cut = || "its status is cut off".to_owned();
    let (_, mut rest) = rest.split_once(">, ").ok_or_else(cut)?;
    if let Some(original) = rest.strip_prefix("orig_to=<") {
        (_, rest) = original.split_once(">, ").ok_or_else(cut)?;
    }
    let at = rest.find("status=").ok_or_else(cut)?;
    let (before, status) = (&rest[..at], &rest[at + "status=".len()..]);
    let (word, words) = status.split_once(' ').unwrap_or((status, ""));
    let words = words.strip_prefix('(').unwrap_or(words);
    let words = words.strip_suffix(')').unwrap_or(words);
    let fate = match word {
        "sent" => Fate::Sent,
        "bounced" => Fate::Bounced,
        "deferred" | "SOFTBOUNCE" => Fate::Deferred,
        _ => return Err("its status is none of sent, bounced and deferred".to_owned()),
    };
    let dsn = before.rsplit_once("dsn=").map(|(_, dsn)| dsn);
    let dsn = dsn.map(|dsn| dsn.trim_end_matches([',', ' ']));
    Ok((
        fate,
        match dsn {
            Some(dsn) if !dsn.is_empty() => format!("{dsn} {words}"),
            _ => words.to_owned(),
        },
    ))
}
