//! Who did what: rows that are sealed one over the other, and what is wrong with a chain of them.
//!
//! A row's hash is SHA-256 over `courant-audit-1` and a line feed, the 32 octets of the hash before
//! it (zeros for the first), then each field in the order of [`Entry`] as its length in octets, `:`, its
//! UTF-8 text and a line feed; numbers are decimal, an editor who is none is empty. Whoever has the
//! rows can do it again.

use sha2::{Digest, Sha256};

use super::EditorId;
use super::time::Timestamp;

/// SHA-256 of a row.
pub type Hash = [u8; 32];

/// Whose doing something is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// A person of the desk.
    pub editor: Option<EditorId>,
    /// Their name; `cli:USER`; `courant`.
    pub name: String,
}

impl Who {
    /// Courant by itself.
    pub fn courant() -> Who {
        Who {
            editor: None,
            name: "courant".to_owned(),
        }
    }

    /// Somebody at the machine.
    pub fn at_the_machine(user: &str) -> Who {
        Who {
            editor: None,
            name: format!("cli:{user}"),
        }
    }

    /// The same person, speaking under a name that was given: nobody hides behind one.
    pub fn under(&self, name: &str) -> Who {
        let own = name.is_empty() || name == self.name || name == "cli";
        match own {
            true => self.clone(),
            false => Who {
                editor: self.editor,
                name: format!("{} as {name}", self.name),
            },
        }
    }
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// One or two words: `approve`, `sign-in`.
    pub act: String,
    /// Of what: `edition 12`, `editor 3`.
    pub subject: String,
    /// What held before; empty where nothing did.
    pub was: String,
    /// What holds now.
    pub became: String,
    /// The reason that was given.
    pub why: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// From 1, without a gap.
    pub no: i64,
    /// When.
    pub at: Timestamp,
    /// Whose doing.
    pub who: Who,
    /// What.
    pub deed: Deed,
}

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What it says.
    pub entry: Entry,
    /// The hash of the row before, as it was then.
    pub prev: Hash,
    /// Its own.
    pub hash: Hash,
}

/// The hash of a row after the one of hash `prev`.
pub fn seal(prev: &Hash, entry: &Entry) -> Hash {
    let mut hash = Sha256::new();
    hash.update(b"courant-audit-1\n");
    hash.update(prev);
    let editor = entry.who.editor.map(|e| e.to_string()).unwrap_or_default();
    let deed = &entry.deed;
    for field in [
        &entry.no.to_string(),
        &entry.at.as_millisecond().to_string(),
        &editor,
        &entry.who.name,
        &deed.act,
        &deed.subject,
        &deed.was,
        &deed.became,
        &deed.why,
    ] {
        hash.update(format!("{}:", field.len()));
        hash.update(field.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().into()
}

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its text or its number is another than the one that was sealed.
    #[error("row {0} was altered: its hash is not that of what it says")]
    Altered(i64),
    /// Rows of these numbers are not there, both included.
    #[error("{}", gone(*.0, *.1))]
    Removed(i64, i64),
    /// It was sealed over another row than the one that stands before it.
    #[error("row {0} does not follow the row before it: one of them was replaced or moved")]
    Unlinked(i64),
    /// The newest row is another than the one that was written last.
    #[error("row {0} is not the one that was written last")]
    Head(i64),
}

fn gone(from: i64, to: i64) -> String {
    match from == to {
        true => format!("row {from} was removed"),
        false => format!("rows {from} to {to} were removed"),
    }
}

/// Reads a chain from its beginning, a row at a time.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    last: i64,
    hash: Hash,
}

impl Reading {
    /// What is wrong with the next row, by their numbers' order.
    pub fn next(&mut self, row: &Sealed) -> Vec<Fault> {
        let mut faults = Vec::new();
        let no = row.entry.no;
        if no > self.last + 1 {
            faults.push(Fault::Removed(self.last + 1, no - 1));
        } else if row.prev != self.hash {
            faults.push(Fault::Unlinked(no));
        }
        if seal(&row.prev, &row.entry) != row.hash {
            faults.push(Fault::Altered(no));
        }
        (self.last, self.hash) = (no, row.hash);
        faults
    }

    /// What is wrong with the end: the newest row is to be this one.
    pub fn end(&self, (no, hash): (i64, Hash)) -> Option<Fault> {
        match self.last.cmp(&no) {
            std::cmp::Ordering::Less => Some(Fault::Removed(self.last + 1, no)),
            std::cmp::Ordering::Greater => Some(Fault::Head(self.last)),
            std::cmp::Ordering::Equal => (self.hash != hash).then_some(Fault::Head(no)),
        }
    }
}

/// A hash as people write it down.
pub fn hex(hash: &Hash) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Deed, Entry, Fault, Reading, Sealed, Who, hex, seal};
    use crate::domain::EditorId;
    use crate::domain::time::Timestamp;

    fn chain(n: i64) -> Vec<Sealed> {
        let mut prev = [0; 32];
        (1..=n)
            .map(|no| {
                let entry = Entry {
                    no,
                    at: Timestamp::from_millisecond(no * 1000).expect("an instant"),
                    who: Who {
                        editor: Some(EditorId(1)),
                        name: "Ann".to_owned(),
                    },
                    deed: Deed {
                        act: "ban".to_owned(),
                        subject: format!("edition {no}"),
                        ..Deed::default()
                    },
                };
                let hash = seal(&prev, &entry);
                let sealed = Sealed { entry, prev, hash };
                prev = hash;
                sealed
            })
            .collect()
    }

    fn faults(rows: &[Sealed], head: &Sealed) -> Vec<Fault> {
        let mut reading = Reading::default();
        let mut faults: Vec<Fault> = rows.iter().flat_map(|r| reading.next(r)).collect();
        faults.extend(reading.end((head.entry.no, head.hash)));
        faults
    }

    #[test]
    fn a_seal_is_what_the_words_above_say() {
        let entry = Entry {
            no: 1,
            at: Timestamp::from_millisecond(1000).expect("an instant"),
            who: Who::at_the_machine("ann"),
            deed: Deed {
                act: "approve".to_owned(),
                subject: "edition 1".to_owned(),
                was: String::new(),
                became: "ä".to_owned(),
                why: String::new(),
            },
        };
        let mut octets = b"courant-audit-1\n".to_vec();
        octets.extend([0; 32]);
        octets.extend("1:1\n4:1000\n0:\n7:cli:ann\n7:approve\n9:edition 1\n0:\n2:ä\n0:\n".bytes());
        use sha2::{Digest, Sha256};
        let by_hand: [u8; 32] = Sha256::digest(&octets).into();
        assert_eq!(hex(&seal(&[0; 32], &entry)), hex(&by_hand));
    }

    #[test]
    fn whatever_is_done_to_a_chain_is_found_and_named() {
        let whole = chain(5);
        let head = &whole[4];
        assert_eq!(faults(&whole, head), []);
        let with = |change: fn(&mut Vec<Sealed>)| {
            let mut rows = whole.clone();
            change(&mut rows);
            faults(&rows, head)
        };
        let altered = with(|rows| rows[2].entry.deed.subject.push('0'));
        assert_eq!(altered, [Fault::Altered(3)]);
        // Altered, and sealed again by somebody who knows how.
        let sealed = with(|rows| {
            rows[2].entry.who.name = "Bob".to_owned();
            rows[2].hash = seal(&rows[2].prev, &rows[2].entry);
        });
        assert_eq!(sealed, [Fault::Unlinked(4)]);
        let removed = with(|rows| drop(rows.drain(1..3)));
        assert_eq!(removed, [Fault::Removed(2, 3)]);
        assert_eq!(with(|rows| drop(rows.pop())), [Fault::Removed(5, 5)]);
        assert_eq!(with(|rows| drop(rows.remove(0))), [Fault::Removed(1, 1)]);
        let swapped = with(|rows| {
            let (one, other) = (rows[1].entry.no, rows[2].entry.no);
            (rows[1].entry.no, rows[2].entry.no) = (other, one);
            rows.swap(1, 2);
        });
        for no in [2, 3] {
            assert!(swapped.contains(&Fault::Altered(no)), "{swapped:?}");
        }
        assert_eq!(Fault::Removed(2, 2).to_string(), "row 2 was removed");
    }

    #[test]
    fn nobody_hides_behind_a_name() {
        let who = Who::at_the_machine("root");
        assert_eq!(who.under("cli"), who);
        assert_eq!(who.under("Ann").name, "cli:root as Ann");
    }
}
