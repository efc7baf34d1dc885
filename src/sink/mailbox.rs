//! What a sink received, and what it remembers about whom.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{SinkError, SinkSettings};

/// Addresses whose tries are counted; when more defer or hang up, further ones are accepted.
const MAX_COUNTED: usize = 1_000_000;

/// One kept message, once for each of its recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// 1 for the first message the sink kept, then rising by one.
    pub seq: u64,
    /// The address of RCPT, as written.
    pub recipient: String,
    /// The address of MAIL, as written; empty for the null path.
    pub sender: String,
    /// The message as it was sent, transparency dots undone, its last CRLF included.
    pub bytes: Arc<[u8]>,
}

/// How one transaction went for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The address of RCPT, as written.
    pub recipient: String,
    /// The Message-ID with its brackets, if the message came this far and has one.
    pub message_id: Option<String>,
    /// The SHA-256 of [`Received::bytes`], if the message came whole.
    pub sha256: Option<[u8; 32]>,
    /// The reply that decided; `None` if the connection was closed instead (`hangup`,
    /// `hangupdata`).
    pub code: Option<u16>,
}

/// One line of the journal file.
#[derive(Serialize)]
struct JournalLine<'a> {
    recipient: &'a str,
    message_id: Option<&'a str>,
    sha256: String,
    code: Option<u16>,
}

/// The newest messages and the newest journal entries of a sink.
#[derive(Debug)]
pub struct Mailbox {
    keep: usize,
    journal: usize,
    file: Option<Mutex<File>>,
    accepted: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    messages: VecDeque<Received>,
    journal: VecDeque<JournalEntry>,
    tries: HashMap<String, u32>,
}

impl Mailbox {
    pub(super) fn open(settings: &SinkSettings) -> Result<Mailbox, SinkError> {
        let file = match &settings.journal_file {
            None => None,
            Some(path) => {
                let opened = File::options().append(true).create(true).open(path);
                let failed = |source| SinkError::JournalFile {
                    path: path.clone(),
                    source,
                };
                Some(Mutex::new(opened.map_err(failed)?))
            }
        };
        Ok(Mailbox {
            keep: settings.keep,
            journal: settings.journal,
            file,
            accepted: AtomicU64::new(0),
            inner: Mutex::default(),
        })
    }

    /// Messages kept so far, one for each recipient; those of a `hangup`, which the sender cannot
    /// know of, are counted too.
    pub fn count_accepted(&self) -> u64 {
        self.accepted.load(Ordering::Acquire)
    }

    /// The newest messages, oldest first; at most [`SinkSettings::keep`].
    pub fn messages(&self) -> Vec<Received> {
        self.lock().messages.iter().cloned().collect()
    }

    /// The message with this [`Received::seq`], if it is still kept.
    pub fn get(&self, seq: u64) -> Option<Received> {
        self.lock()
            .messages
            .iter()
            .find(|message| message.seq == seq)
            .cloned()
    }

    /// How the newest transactions went, oldest first; at most [`SinkSettings::journal`].
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.lock().journal.iter().cloned().collect()
    }

    /// Counts one more try of `address`: whether it is one of the first `limit`.
    pub(super) fn is_early_try(&self, address: &str, limit: u32) -> bool {
        let mut inner = self.lock();
        let key = address.to_ascii_lowercase();
        if inner.tries.len() >= MAX_COUNTED && !inner.tries.contains_key(&key) {
            return false;
        }
        let tries = inner.tries.entry(key).or_default();
        *tries = tries.saturating_add(1);
        *tries <= limit
    }

    /// Notes a transaction that brought no message to keep; `bytes` if one came whole.
    pub(super) fn note(&self, recipients: &[&str], bytes: Option<&[u8]>, code: Option<u16>) {
        if self.journal == 0 {
            return;
        }
        let (sha256, message_id) = match bytes {
            Some(bytes) => (Some(Sha256::digest(bytes).into()), message_id(bytes)),
            None => (None, None),
        };
        self.remember(recipients, message_id.as_deref(), sha256, code);
    }

    /// Keeps a message, writes it to the journal file, and returns its number. `code` is the
    /// reply that will be given.
    ///
    /// # Errors
    /// The journal file cannot be written; the message is not kept then.
    pub(super) fn store(
        &self,
        sender: &str,
        recipients: &[&str],
        bytes: &[u8],
        code: Option<u16>,
    ) -> io::Result<u64> {
        if self.journal > 0 || self.file.is_some() {
            let sha256 = Sha256::digest(bytes).into();
            let message_id = message_id(bytes);
            self.write_lines(recipients, message_id.as_deref(), &sha256, code)?;
            self.remember(recipients, message_id.as_deref(), Some(sha256), code);
        }
        if self.keep == 0 {
            let count = recipients.len() as u64;
            return Ok(self.accepted.fetch_add(count, Ordering::AcqRel) + count);
        }
        let bytes: Arc<[u8]> = Arc::from(bytes);
        let mut inner = self.lock();
        // Counted under the lock, so that numbers rise in the order of the queue.
        let mut seq = self.accepted.load(Ordering::Acquire);
        for recipient in recipients {
            seq += 1;
            push(
                &mut inner.messages,
                self.keep,
                Received {
                    seq,
                    recipient: (*recipient).to_owned(),
                    sender: sender.to_owned(),
                    bytes: Arc::clone(&bytes),
                },
            );
        }
        self.accepted.store(seq, Ordering::Release);
        Ok(seq)
    }

    fn remember(
        &self,
        recipients: &[&str],
        message_id: Option<&str>,
        sha256: Option<[u8; 32]>,
        code: Option<u16>,
    ) {
        let mut inner = self.lock();
        for recipient in recipients {
            let entry = JournalEntry {
                recipient: (*recipient).to_owned(),
                message_id: message_id.map(str::to_owned),
                sha256,
                code,
            };
            push(&mut inner.journal, self.journal, entry);
        }
    }

    /// All lines in one write: a reader in another process never sees half of a transaction
    /// unless the disk is full.
    fn write_lines(
        &self,
        recipients: &[&str],
        message_id: Option<&str>,
        sha256: &[u8; 32],
        code: Option<u16>,
    ) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut lines = Vec::new();
        for recipient in recipients {
            let line = JournalLine {
                recipient,
                message_id,
                sha256: hex(sha256),
                code,
            };
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
        }
        // A short blocking write without fsync: it outlives our process, which is all it is for.
        file.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&lines)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every critical section leaves the queues whole, so a poisoned lock is still good.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(queue: &mut VecDeque<T>, max: usize, item: T) {
    if max == 0 {
        return;
    }
    while queue.len() >= max {
        queue.pop_front();
    }
    queue.push_back(item);
}

fn hex(hash: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    hash.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The value of the first Message-ID field, unfolded (RFC 5322 §2.2.3).
fn message_id(bytes: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"message-id:";
    let mut lines = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| *line != b"\r\n");
    let first = lines.find(|line| {
        line.get(..NAME.len())
            .is_some_and(|name| name.eq_ignore_ascii_case(NAME))
    })?;
    let mut value = first[NAME.len()..].to_vec();
    for folded in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        value.extend_from_slice(folded);
    }
    let value = String::from_utf8_lossy(&value);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_is_found_in_the_header_only() {
        let id = |text: &str| message_id(text.as_bytes());
        assert_eq!(
            id("Subject: x\r\nMESSAGE-id: <a@b>\r\n\r\nhi\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(
            id("Message-ID:\r\n <a@b>\r\nTo: c\r\n\r\n").as_deref(),
            Some("<a@b>")
        );
        assert_eq!(id("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n"), None);
        assert_eq!(id("Message-ID:\r\n\r\n"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn only_the_newest_are_kept_and_all_are_counted() -> Result<(), Box<dyn std::error::Error>> {
        let settings = SinkSettings {
            keep: 2,
            journal: 3,
            ..SinkSettings::default()
        };
        let mailbox = Mailbox::open(&settings)?;
        for number in 1..=5u64 {
            assert_eq!(mailbox.store("s@x", &["r@x"], b"m\r\n", Some(250))?, number);
        }
        let kept: Vec<u64> = mailbox
            .messages()
            .iter()
            .map(|message| message.seq)
            .collect();
        assert_eq!(kept, [4, 5]);
        assert_eq!(mailbox.count_accepted(), 5);
        assert_eq!(mailbox.get(3), None);
        assert_eq!(
            mailbox.get(5).map(|message| message.sender).as_deref(),
            Some("s@x")
        );
        assert_eq!(mailbox.journal().len(), 3);
        mailbox.store("s@x", &["r@x"], b"abc", Some(250))?;
        let newest = mailbox.journal().pop().and_then(|entry| entry.sha256);
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(newest.as_ref().map(hex).as_deref(), Some(expected));
        Ok(())
    }
}
