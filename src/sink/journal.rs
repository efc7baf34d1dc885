//! The journal of a sink: one entry for each message that came and each fault that was met, and the
//! line of JSON that an entry is in a file.
//!
//! Pure: it opens no file and reads no clock. What the entries come to beside a ledger is said by
//! `deliver/audit`.

use serde::{Deserialize, Serialize};

use crate::domain::words;

words! {
    /// A point of a conversation: what the sink answers there, or where it fails to.
    Phase {
        /// The greeting.
        Banner = "banner",
        /// EHLO or HELO.
        Ehlo = "ehlo",
        /// STARTTLS (RFC 3207), or the handshake of implicit TLS.
        Starttls = "starttls",
        /// AUTH (RFC 4954).
        Auth = "auth",
        /// MAIL.
        Mail = "mail",
        /// RCPT.
        Rcpt = "rcpt",
        /// DATA, up to 354.
        Data = "data",
        /// Within the text of the message.
        Text = "text",
        /// After the final dot: the reply that decides.
        Dot = "dot",
        /// After that reply.
        Sent = "sent",
    }
}

/// How one transaction went for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// When it was written, in ms since 1970 by the sink's clock.
    pub at_ms: i64,
    /// The address of RCPT, as written; empty for a fault before any recipient was named.
    pub recipient: String,
    /// The Message-ID with its brackets, if the message came this far and has one.
    pub message_id: Option<String>,
    /// The SHA-256 of the message, transparency dots undone, if it came whole.
    pub sha256: Option<[u8; 32]>,
    /// Where the conversation was.
    pub phase: Phase,
    /// The code that was replied; `None` if nothing was sent, or nothing with a code in it.
    pub code: Option<u16>,
    /// Whether the sink has the letter. It may have it without having said so.
    pub kept: bool,
    /// The behaviour that struck, as [`Fault`](super::Fault) writes it.
    pub fault: Option<String>,
}

impl JournalEntry {
    /// Whether the sink said that it has the letter.
    pub fn is_told(&self) -> bool {
        self.kept && self.code.is_some_and(|code| code / 100 == 2)
    }

    /// The entry as a line of JSON with its line feed:
    /// `{"at_ms":…,"recipient":…,"message_id":…,"sha256":…,"phase":…,"code":…,"kept":…,"fault":…}`.
    pub fn line(&self) -> String {
        let line = Line {
            at_ms: self.at_ms,
            recipient: self.recipient.clone(),
            message_id: self.message_id.clone(),
            sha256: self.sha256.as_ref().map(hex),
            phase: Some(self.phase),
            code: self.code,
            kept: Some(self.kept),
            fault: self.fault.clone(),
        };
        // Strings, numbers and nulls: there is nothing in it that JSON cannot say.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }
}

/// A line as it is read: what the first journals did not have may be missing.
#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(default)]
    at_ms: i64,
    recipient: String,
    #[serde(default)]
    message_id: Option<String>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    phase: Option<Phase>,
    #[serde(default)]
    code: Option<u16>,
    #[serde(default)]
    kept: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// A line of a journal that says nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadLine {
    /// Which, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Reads the text of a journal file. A sink that was killed may leave half a line at the end: that
/// and every other line that cannot be read comes back beside the entries.
pub fn read(text: &str) -> (Vec<JournalEntry>, Vec<UnreadLine>) {
    let (mut entries, mut unread) = (Vec::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match read_line(line) {
            Ok(entry) => entries.push(entry),
            Err(why) => unread.push(UnreadLine {
                number: at + 1,
                why,
            }),
        }
    }
    (entries, unread)
}

fn read_line(line: &str) -> Result<JournalEntry, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let sha256 = match &line.sha256 {
        None => None,
        Some(text) => Some(unhex(text).ok_or_else(|| format!("`{text}` is no sha256"))?),
    };
    let whole = sha256.is_some();
    Ok(JournalEntry {
        at_ms: line.at_ms,
        recipient: line.recipient,
        message_id: line.message_id,
        sha256,
        phase: line
            .phase
            .unwrap_or(if whole { Phase::Dot } else { Phase::Rcpt }),
        code: line.code,
        kept: line
            .kept
            .unwrap_or(whole && line.code.is_none_or(|code| code < 400)),
        fault: line.fault,
    })
}

/// Lower-case hexadecimal.
pub(super) fn hex(hash: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    hash.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> JournalEntry {
        JournalEntry {
            at_ms: 1_795_000_000_123,
            recipient: "\"a\\\"b\"@x.example".to_owned(),
            message_id: Some("<1@x>".to_owned()),
            sha256: Some([0xab; 32]),
            phase: Phase::Dot,
            code: None,
            kept: true,
            fault: Some("dothangup".to_owned()),
        }
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let plain = JournalEntry {
            message_id: None,
            sha256: None,
            phase: Phase::Rcpt,
            code: Some(550),
            kept: false,
            fault: None,
            ..entry()
        };
        let text = entry().line() + "\n" + &plain.line();
        assert_eq!(read(&text), (vec![entry(), plain], vec![]));
    }

    #[test]
    fn old_lines_and_broken_ones_are_read_for_what_they_are() {
        let hash = "ab".repeat(32);
        let old = |code: &str| {
            format!(
                "{{\"recipient\":\"a@b\",\"message_id\":null,\"sha256\":\"{hash}\",\"code\":{code}}}\n"
            )
        };
        let text = old("250")
            + &old("null")
            + "{\"recipient\":\"a@b\",\"sha256\":\"żó\",\"code\":1}\n{\"recipient\":\"a";
        let (entries, unread) = read(&text);
        let seen: Vec<_> = entries.iter().map(|e| (e.phase, e.code, e.kept)).collect();
        assert_eq!(
            seen,
            [(Phase::Dot, Some(250), true), (Phase::Dot, None, true)]
        );
        let numbers: Vec<_> = unread.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [3, 4]);
        assert!(unread[0].why.contains("no sha256"), "{unread:?}");
    }
}
