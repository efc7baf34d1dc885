//! A row read into a person: who, whether they may be mailed, what they ask for, and when they agreed.

use core::net::IpAddr;
use std::collections::{BTreeMap, HashMap};

use csv::StringRecord;
use serde_json::Value;

use super::columns::{Column, Kind, Role, key, truth};
use super::offered::{Meaning, Offered, names};
use super::said::{standing, when};
use super::table::{Cells, Row};
use crate::domain::address::Address;
use crate::domain::cells::plain;
use crate::domain::slug::Slug;
use crate::domain::subscriber::Length;
use crate::domain::time::{Timestamp, WallTime, Zone};

pub use super::who::{Fate, Person, Refusal, Wishes};

/// Cells of a row beyond its columns that are looked at for being empty.
const SPARE: usize = 64;

/// Values that were passed over, by column: how many, and one of them.
pub type PassedOver = BTreeMap<usize, BTreeMap<String, u64>>;

/// Spellings of zones that are remembered.
const ZONES: usize = 5_000;
/// Different values that are kept of a column; the others are counted as one.
const KEPT: usize = 200;
/// A weight of 1 to 10 as it is written, in the thousandths that are stored.
const WEIGHT: u16 = 100;
/// Longest note of consent.
const NOTE: usize = 300;

/// Reads rows of one file.
#[derive(Debug)]
pub struct Reader<'a> {
    columns: &'a [Column],
    by_key: BTreeMap<String, usize>,
    offered: &'a Offered,
    /// What the file as a whole says, such as by its name.
    fate: Fate,
    /// Whose words for a standing they are.
    kind: Kind,
    /// Nobody agrees tomorrow.
    now: Timestamp,
    /// Columns of the file itself, without those within columns.
    width: usize,
    zones: HashMap<String, Option<Zone>>,
    /// What was not understood.
    pub passed_over: PassedOver,
    /// Whose row was the last one, if it was refused for what it says of mail to them.
    pub doubted: Option<Address>,
}

/// A person in the making.
#[derive(Default)]
struct Draft {
    address: Option<String>,
    status: Option<String>,
    stopped: Option<Fate>,
    wishes: Wishes,
    opted_in: Option<Timestamp>,
    opted_in_from: Option<IpAddr>,
    confirmed: Option<Timestamp>,
    confirmed_from: Option<IpAddr>,
    created: Option<Timestamp>,
    note: Option<String>,
}

impl<'a> Reader<'a> {
    /// For the rows of a file whose columns are known.
    pub fn new(
        columns: &'a [Column],
        offered: &'a Offered,
        fate: Fate,
        now: Timestamp,
    ) -> Reader<'a> {
        let by_key = columns.iter().enumerate().map(|(at, c)| (key(&c.name), at));
        Reader {
            columns,
            by_key: by_key.collect(),
            offered,
            fate,
            kind: Kind::Plain,
            now,
            width: columns.len(),
            zones: HashMap::new(),
            passed_over: PassedOver::new(),
            doubted: None,
        }
    }

    /// The rows are of a service that has words of its own.
    pub fn of_kind(self, kind: Kind) -> Reader<'a> {
        Reader { kind, ..self }
    }

    /// The last of `columns` are within other ones: so many are the file's own.
    pub fn of_width(self, width: usize) -> Reader<'a> {
        Reader { width, ..self }
    }

    /// Reads a row.
    ///
    /// # Errors
    /// [`Refusal`]; [`Refusal::NoConsent`] is the caller's to say.
    pub fn read(&mut self, row: &Row) -> Result<Person, Refusal> {
        let mut draft = Draft::default();
        match &row.cells {
            Cells::Text(_) => return Err(Refusal::NoObject),
            Cells::Placed(record) => {
                self.quotes_closed(record)?;
                let spare = record.iter().skip(self.width).take(SPARE);
                if spare.into_iter().any(|cell| !cell.trim().is_empty()) {
                    return Err(Refusal::Ragged(record.len(), self.width));
                }
                for (at, cell) in record.iter().enumerate().take(self.width) {
                    self.take(&mut draft, at, cell);
                }
            }
            Cells::Keyed(object) => {
                for (name, value) in object {
                    if let Some(at) = self.by_key.get(&key(name)).copied() {
                        self.take_value(&mut draft, at, value);
                    }
                }
            }
        }
        self.finished(draft)
    }

    fn take_value(&mut self, draft: &mut Draft, at: usize, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) => self.take(draft, at, text),
            Value::Array(values) => {
                for value in values.iter().take(SPARE) {
                    match value {
                        // A name out of a list is one name, whatever signs it has.
                        Value::String(text) => {
                            let text = text.replace('\\', "\\\\").replace(',', "\\,");
                            self.take(draft, at, &text);
                        }
                        // As our own exports have them, with a weight.
                        Value::Object(named) => {
                            let name = named.get("topic").and_then(Value::as_str);
                            let weight = named.get("weight").and_then(Value::as_u64);
                            let weight = weight.map(|weight| format!(":{weight}"));
                            let name = name.unwrap_or_default();
                            self.take(draft, at, &format!("{name}{}", weight.unwrap_or_default()));
                        }
                        other => self.take(draft, at, &other.to_string()),
                    }
                }
            }
            Value::Object(_) => self.take_within(draft, at, value),
            other => self.take(draft, at, &other.to_string()),
        }
    }

    /// The columns within a column.
    fn take_within(&mut self, draft: &mut Draft, at: usize, value: &Value) {
        let Value::Object(within) = value else { return };
        for (name, value) in within {
            let name = key(&format!("{}.{name}", self.columns[at].name));
            if value.is_object() {
                continue;
            }
            if let Some(at) = self.by_key.get(&name).copied() {
                self.take_value(draft, at, value);
            }
        }
    }

    fn take(&mut self, draft: &mut Draft, at: usize, cell: &str) {
        let cell = plain(cell.trim());
        if cell.is_empty() {
            return;
        }
        let columns = self.columns;
        let understood = match &columns[at].role {
            Role::Ignored => true,
            Role::Address => set(&mut draft.address, Some(cell.to_owned())),
            Role::Status => set(&mut draft.status, Some(cell.to_owned())),
            Role::Disabled => match truth(cell) {
                Some(true) => draft.stop(Fate::Left),
                other => other.is_some(),
            },
            Role::Left => draft.stop(Fate::Left),
            Role::Bounced => draft.stop(Fate::Bounced),
            Role::OptedIn => set(&mut draft.opted_in, self.past(cell)),
            Role::Confirmed => set(&mut draft.confirmed, self.past(cell)),
            Role::Created => set(&mut draft.created, self.past(cell)),
            Role::OptedInFrom => set(&mut draft.opted_in_from, network(cell)),
            Role::ConfirmedFrom => set(&mut draft.confirmed_from, network(cell)),
            Role::Attributes => match serde_json::from_str(cell) {
                Ok(value @ Value::Object(_)) => {
                    self.take_within(draft, at, &value);
                    true
                }
                _ => false,
            },
            Role::ConsentNote => set(&mut draft.note, Some(one_line(cell))),
            Role::Topics | Role::Never | Role::Places | Role::Labels => {
                return self.follow(draft, at, cell);
            }
            Role::Topic(slug) => flag(cell, slug, &mut draft.wishes.topics),
            Role::Place(slug) => flag(cell, slug, &mut draft.wishes.places),
            _ => self.wish(draft, at, cell),
        };
        if !understood {
            self.pass_over(at, cell);
        }
    }

    /// What changes when and how a letter comes.
    fn wish(&mut self, draft: &mut Draft, at: usize, cell: &str) -> bool {
        let wishes = &mut draft.wishes;
        match &self.columns[at].role {
            Role::Zone => set(&mut wishes.zone, self.zone(cell)),
            Role::Language => set(&mut wishes.language, Some(cell.replace('_', "-"))),
            Role::Cadence => set(&mut wishes.cadence, self.offered.cadence(cell)),
            Role::Hour => set(&mut wishes.hour, WallTime::parse(cell).ok()),
            Role::Length => {
                let word = cell.to_ascii_lowercase();
                set(&mut wishes.length, Length::parse(&word).ok())
            }
            Role::Images => set(&mut wishes.images, truth(cell)),
            Role::TextOnly => set(&mut wishes.text_only, truth(cell)),
            Role::PausedUntil => set(&mut wishes.resume_on, cell.parse().ok()),
            _ => true,
        }
    }

    /// A zone that is none costs a search for what it may have been, so both are remembered.
    fn zone(&mut self, cell: &str) -> Option<Zone> {
        if let Some(zone) = self.zones.get(cell) {
            return zone.clone();
        }
        let zone = Zone::parse(cell).ok();
        if self.zones.len() < ZONES {
            self.zones.insert(cell.to_owned(), zone.clone());
        }
        zone
    }

    fn follow(&mut self, draft: &mut Draft, at: usize, cell: &str) {
        for name in names(cell) {
            let meaning = match self.columns[at].role {
                Role::Never => {
                    match self.offered.topic(&name) {
                        Some(Meaning::Topic(slug)) => once(&mut draft.wishes.never, &slug),
                        Some(_) => {}
                        None => self.pass_over(at, &name),
                    }
                    continue;
                }
                Role::Topics => self.weighed(draft, &name),
                Role::Places => self.offered.place(&name),
                _ => self.offered.label(&name),
            };
            match meaning {
                Some(Meaning::Topic(slug)) => once(&mut draft.wishes.topics, &slug),
                Some(Meaning::Place(slug)) => once(&mut draft.wishes.places, &slug),
                Some(Meaning::Nothing) => {}
                None => self.pass_over(at, &name),
            }
        }
    }

    /// A topic's name, with its weight of 1 to 10 where it has one.
    fn weighed(&self, draft: &mut Draft, name: &str) -> Option<Meaning> {
        if let Some(meaning) = self.offered.topic(name) {
            return Some(meaning);
        }
        let (name, weight) = name.rsplit_once(':')?;
        let weight = weight.trim().parse().ok();
        let weight: u16 = weight.filter(|weight| (1..=10).contains(weight))?;
        let meaning = self.offered.topic(name)?;
        if let Meaning::Topic(slug) = &meaning {
            draft.wishes.weights.insert(slug.clone(), weight * WEIGHT);
        }
        Some(meaning)
    }

    /// Letters do not speak the language of the person who was just read.
    pub fn not_spoken(&mut self, language: &str) {
        let at = self.columns.iter().position(|c| c.role == Role::Language);
        if let Some(at) = at {
            self.pass_over(at, language);
        }
    }

    fn pass_over(&mut self, at: usize, value: &str) {
        let seen = self.passed_over.entry(at).or_default();
        let value: String = value.chars().take(60).collect();
        let value = match seen.len() < KEPT || seen.contains_key(&value) {
            true => value,
            false => "…".to_owned(),
        };
        *seen.entry(value).or_default() += 1;
    }

    fn past(&self, cell: &str) -> Option<Timestamp> {
        when(cell).filter(|at| *at <= self.now)
    }

    /// A quote that is not closed takes the rows after it into one cell: an address that goes over
    /// lines, or a row that ends too early in one that does.
    fn quotes_closed(&self, record: &StringRecord) -> Result<(), Refusal> {
        let over_lines = |cell: &str| cell.trim().contains(['\n', '\r']);
        let address = self.columns.iter().position(|c| c.role == Role::Address);
        let address = address.and_then(|at| record.get(at));
        let short = record.len() < self.width;
        let last = record.iter().next_back().filter(|_| short);
        match address.is_some_and(over_lines) || last.is_some_and(over_lines) {
            true => {
                let ends = |cell: &str| cell.trim_end().matches('\n').count();
                Err(Refusal::OpenQuote(
                    1 + record.iter().map(ends).sum::<usize>(),
                ))
            }
            false => Ok(()),
        }
    }

    fn finished(&mut self, draft: Draft) -> Result<Person, Refusal> {
        let address = draft.address.as_deref().ok_or(Refusal::NoAddress)?;
        let address = Address::parse(address)?;
        let stopped = self.fate.max(draft.stopped.unwrap_or(Fate::Subscribed));
        let status = draft
            .status
            .as_deref()
            .map(|word| standing(word, self.kind));
        let status = match status.unwrap_or(Ok(Fate::Subscribed)) {
            Ok(fate) => fate,
            // Another cell says that they left: a word that says less takes nothing from it.
            Err(_) if stopped != Fate::Subscribed => stopped,
            Err(why) => {
                self.doubted = Some(address);
                return Err(why);
            }
        };
        Ok(Person {
            address,
            fate: status.max(stopped),
            paused: draft.status.as_deref().is_some_and(|s| key(s) == "paused"),
            wishes: draft.wishes,
            confirmed: draft.confirmed,
            note: draft.note,
            agreed: draft.confirmed.or(draft.opted_in),
            created: draft.created,
            network: draft.confirmed_from.or(draft.opted_in_from),
        })
    }
}

impl Draft {
    fn stop(&mut self, fate: Fate) -> bool {
        self.stopped = self.stopped.max(Some(fate));
        true
    }
}

/// An address of a network, or the first one of it, as our own exports have it.
fn network(cell: &str) -> Option<IpAddr> {
    let address = cell.split_once('/').map_or(cell, |(address, _)| address);
    address.parse().ok()
}

fn one_line(cell: &str) -> String {
    let signs = cell.chars().filter(|c| !c.is_control());
    signs.take(NOTE).collect()
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> bool {
    let understood = value.is_some();
    *place = value.or(place.take());
    understood
}

fn flag(cell: &str, slug: &Slug, into: &mut Vec<Slug>) -> bool {
    let yes = truth(cell);
    if yes == Some(true) {
        once(into, slug);
    }
    yes.is_some()
}

fn once(into: &mut Vec<Slug>, slug: &Slug) {
    if !into.contains(slug) {
        into.push(slug.clone());
    }
}
