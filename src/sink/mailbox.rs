//! What a sink received, and what it remembers about whom.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::Fault;
use super::intake::Whole;
use super::journal::{JournalEntry, Phase};
use super::maildir::Maildir;
use super::{SinkError, SinkSettings};
use crate::clock::Clock;

/// Tries that are counted; when more addresses ask for it, further ones are accepted.
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
    /// The parameters of MAIL, as written, such as `RET=HDRS ENVID=1`.
    pub mail_parameters: String,
    /// The parameters of RCPT, as written, such as `NOTIFY=FAILURE`.
    pub rcpt_parameters: String,
    /// The message as it was sent, transparency dots undone, its last CRLF included.
    pub bytes: Arc<[u8]>,
}

/// Somebody who is told of every journal entry as it is made, before the reply goes out. It holds
/// the connection up, so it is to be short.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(&JournalEntry) + Send + Sync>);

impl Watch {
    /// Calls `told` for each entry.
    pub fn new(told: impl Fn(&JournalEntry) + Send + Sync + 'static) -> Watch {
        Watch(Arc::new(told))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch(…)")
    }
}

/// What a sink did so far, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Connections that were taken.
    pub connections: u64,
    /// Messages kept, one for each recipient; those of which the sender was not told as well.
    pub kept: u64,
    /// Of those, the ones whose sender was not told.
    pub silent: u64,
    /// Refusals, for good or for now, one for each recipient.
    pub refused: u64,
    /// Other faults: nothing was kept, and no code was sent.
    pub broken: u64,
}

/// A recipient, as RCPT named it.
#[derive(Debug, Clone, Copy)]
pub(super) struct To<'a> {
    pub(super) address: &'a str,
    pub(super) parameters: &'a str,
}

/// An envelope's first half, as MAIL named it.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) address: &'a str,
    pub(super) parameters: &'a str,
}

/// What happened to a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    pub(super) phase: Phase,
    pub(super) code: Option<u16>,
    pub(super) fault: Option<Fault>,
    pub(super) whole: Option<&'a Whole>,
}

/// The newest messages and the newest journal entries of a sink.
#[derive(Debug)]
pub struct Mailbox {
    keep: usize,
    journal: usize,
    file: Option<Mutex<File>>,
    maildir: Option<Maildir>,
    watch: Option<Watch>,
    clock: Clock,
    connections: AtomicU64,
    accepted: AtomicU64,
    silent: AtomicU64,
    refused: AtomicU64,
    broken: AtomicU64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    messages: VecDeque<Received>,
    journal: VecDeque<JournalEntry>,
    tries: HashMap<(Option<Fault>, String), u32>,
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
        let maildir = match &settings.maildir {
            None => None,
            Some(path) => Some(Maildir::open(path).map_err(|source| SinkError::Maildir {
                path: path.clone(),
                source,
            })?),
        };
        Ok(Mailbox {
            keep: settings.keep,
            journal: settings.journal,
            file,
            maildir,
            watch: settings.watch.clone(),
            clock: settings.clock,
            connections: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            silent: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            inner: Mutex::default(),
        })
    }

    /// Messages kept so far, one for each recipient; those of a `hangup`, which the sender cannot
    /// know of, are counted too.
    pub fn count_accepted(&self) -> u64 {
        self.accepted.load(Ordering::Acquire)
    }

    /// What the sink did so far.
    pub fn sums(&self) -> Sums {
        Sums {
            connections: self.connections.load(Ordering::Acquire),
            kept: self.count_accepted(),
            silent: self.silent.load(Ordering::Acquire),
            refused: self.refused.load(Ordering::Acquire),
            broken: self.broken.load(Ordering::Acquire),
        }
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

    /// Counts one more connection: which one it is, from 1.
    pub(super) fn connected(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Whether a fault still strikes `address` (or, before a recipient is named, any connection).
    pub(super) fn strikes(&self, fault: &Fault, address: &str) -> bool {
        match fault.times {
            None => true,
            Some(times) => self.count(Some(*fault), address) <= times,
        }
    }

    /// Counts one more try of `address`: which one it is, from 1.
    pub(super) fn tried(&self, address: &str) -> u32 {
        self.count(None, address)
    }

    fn count(&self, fault: Option<Fault>, address: &str) -> u32 {
        let mut inner = self.lock();
        let key = (fault, address.to_ascii_lowercase());
        if inner.tries.len() >= MAX_COUNTED && !inner.tries.contains_key(&key) {
            return u32::MAX;
        }
        let tries = inner.tries.entry(key).or_default();
        *tries = tries.saturating_add(1);
        *tries
    }

    /// Notes what brought no message to keep; `recipients` may be empty where none was named yet.
    pub(super) fn note(&self, recipients: &[To<'_>], event: Event<'_>) {
        let count = recipients.len().max(1) as u64;
        match event.code {
            Some(code) if code >= 400 => self.refused.fetch_add(count, Ordering::AcqRel),
            Some(_) => 0,
            None => self.broken.fetch_add(count, Ordering::AcqRel),
        };
        if let Err(error) = self.remember(recipients, event, false) {
            tracing::warn!(%error, "the sink cannot write its journal file");
        }
    }

    /// Keeps a message, writes it to the journal and the maildir, and returns its number. The code
    /// of `event` is the reply that will be given.
    ///
    /// # Errors
    /// The journal file or the maildir cannot be written; the message is not kept then.
    pub(super) fn store(
        &self,
        sender: From<'_>,
        recipients: &[To<'_>],
        bytes: Option<Vec<u8>>,
        event: Event<'_>,
    ) -> io::Result<u64> {
        if let (Some(maildir), Some(bytes)) = (&self.maildir, &bytes) {
            maildir.write(bytes, self.clock.now().as_millisecond())?;
        }
        self.remember(recipients, event, true)?;
        let count = recipients.len() as u64;
        if event.code.is_none_or(|code| code / 100 != 2) {
            self.silent.fetch_add(count, Ordering::AcqRel);
        }
        if self.keep == 0 {
            return Ok(self.accepted.fetch_add(count, Ordering::AcqRel) + count);
        }
        let bytes: Arc<[u8]> = Arc::from(bytes.unwrap_or_default());
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
                    recipient: recipient.address.to_owned(),
                    sender: sender.address.to_owned(),
                    mail_parameters: sender.parameters.to_owned(),
                    rcpt_parameters: recipient.parameters.to_owned(),
                    bytes: Arc::clone(&bytes),
                },
            );
        }
        self.accepted.store(seq, Ordering::Release);
        Ok(seq)
    }

    /// Writes entries, tells who watches, and keeps the newest.
    fn remember(&self, recipients: &[To<'_>], event: Event<'_>, kept: bool) -> io::Result<()> {
        if self.journal == 0 && self.file.is_none() && self.watch.is_none() {
            return Ok(());
        }
        let at_ms = self.clock.now().as_millisecond();
        let entry = |recipient: &str| JournalEntry {
            at_ms,
            recipient: recipient.to_owned(),
            message_id: event.whole.and_then(|whole| whole.message_id.clone()),
            sha256: event.whole.and_then(|whole| whole.sha256),
            phase: event.phase,
            code: event.code,
            kept,
            fault: event.fault.map(|fault| fault.to_string()),
        };
        let entries: Vec<JournalEntry> = match recipients {
            [] => vec![entry("")],
            named => named.iter().map(|to| entry(to.address)).collect(),
        };
        if let Some(file) = &self.file {
            // All lines in one write: a reader in another process never sees half of a transaction
            // unless the disk is full. Without fsync: it outlives our process, which is all it is
            // for.
            let lines: String = entries.iter().map(JournalEntry::line).collect();
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(lines.as_bytes())?;
        }
        if let Some(Watch(told)) = &self.watch {
            entries.iter().for_each(|entry| told(entry));
        }
        if self.journal > 0 {
            let mut inner = self.lock();
            for entry in entries {
                push(&mut inner.journal, self.journal, entry);
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every critical section leaves the queues whole, so a poisoned lock is still good.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(queue: &mut VecDeque<T>, max: usize, item: T) {
    while queue.len() >= max.max(1) {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_are_kept_and_all_are_counted() -> Result<(), Box<dyn std::error::Error>> {
        let settings = SinkSettings {
            keep: 2,
            journal: 3,
            ..SinkSettings::default()
        };
        let mailbox = Mailbox::open(&settings)?;
        let sender = From {
            address: "s@x",
            parameters: "RET=HDRS",
        };
        let to = To {
            address: "r@x",
            parameters: "NOTIFY=NEVER",
        };
        let event = |code| Event {
            phase: Phase::Dot,
            code,
            fault: None,
            whole: None,
        };
        for number in 1..=5u64 {
            let bytes = Some(b"m\r\n".to_vec());
            let kept = mailbox.store(sender, &[to], bytes, event(Some(250)))?;
            assert_eq!(kept, number);
        }
        let kept = mailbox.messages();
        let numbers: Vec<u64> = kept.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, [4, 5]);
        assert_eq!(mailbox.get(3), None);
        assert_eq!(mailbox.get(5), kept.last().cloned());
        assert_eq!(
            (
                kept[1].mail_parameters.as_str(),
                kept[1].rcpt_parameters.as_str()
            ),
            ("RET=HDRS", "NOTIFY=NEVER")
        );
        assert_eq!(mailbox.journal().len(), 3);
        mailbox.store(sender, &[to, to], None, event(None))?;
        mailbox.note(&[to], event(Some(550)));
        mailbox.note(&[], event(None));
        let sums = Sums {
            connections: 0,
            kept: 7,
            silent: 2,
            refused: 1,
            broken: 1,
        };
        assert_eq!(mailbox.sums(), sums);
        let newest = mailbox.journal();
        assert_eq!((newest[0].kept, newest[1].kept), (true, false));
        assert_eq!(newest[2].recipient, "");
        Ok(())
    }
}
