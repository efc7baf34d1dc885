//! People from elsewhere, on their way in: files read and thought about on a thread of their own, written
//! slice by slice while the next one is read, in flat memory however long they are.
//!
//! A person who is known is never changed, so that an interrupted import goes on by being run again,
//! and a second run changes nothing. Who left elsewhere comes first: a later row cannot sign them up,
//! and neither can one of whom another row says anything but that they are subscribed.

pub mod arrival;
pub mod columns;
pub mod decode;
pub mod offered;
pub mod person;
mod role;
mod said;
pub mod sheet;
pub mod table;
mod who;

use std::collections::{BTreeMap, HashSet};

use tokio::sync::mpsc;

use self::arrival::{Arrival, Arrivals, BY};
use self::columns::Column;
use self::offered::Offered;
use self::person::{Fate, PassedOver, Reader, Refusal};
use self::sheet::{Sheet, SheetError};
use self::table::{Cells, Row};
use crate::domain::address::AddressHash;
use crate::domain::consent::Receipt;
use crate::domain::subscriber::NewSubscription;
use crate::store::{Arrived, Store, StoreError};

/// People in one transaction.
const SLICE: usize = 5_000;
/// Slices that wait for the disk.
const AHEAD: usize = 2;

/// A file with the meaning of its columns.
#[derive(Debug)]
pub struct Mapped {
    /// The file.
    pub sheet: Sheet,
    /// What its columns say.
    pub columns: Vec<Column>,
}

impl Mapped {
    fn tells_standing(&self) -> bool {
        let told = self.columns.iter().any(|c| c.role.tells_standing());
        told || self.sheet.fate != Fate::Subscribed
    }
}

/// A row that is nobody who can be signed up.
#[derive(Clone, Debug)]
pub struct Refused {
    /// Which file, by its place.
    pub sheet: usize,
    /// On which line it begins.
    pub line: u64,
    /// Why.
    pub why: Refusal,
    /// What it holds.
    pub cells: Vec<String>,
}

/// What came of the rows.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Rows in all.
    pub rows: u64,
    /// What became of people.
    pub arrived: BTreeMap<Arrived, u64>,
    /// Rows that are nobody.
    pub refused: u64,
    /// Values that were not understood, file by file.
    pub passed_over: Vec<PassedOver>,
}

/// What cannot be got over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Of a file.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Of the database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that reads is gone.
    #[error("reading ended before the file did")]
    Gone,
}

/// Whoever follows an import.
pub trait Follower {
    /// A row that is refused.
    ///
    /// # Errors
    /// Where it cannot be kept.
    fn refused(&mut self, refused: &Refused) -> std::io::Result<()>;
    /// Somebody and what became of them.
    fn arrived(&mut self, person: &Arrival, arrived: Arrived);
    /// So many rows were done.
    fn done(&mut self, rows: u64);
}

/// Part of a file, thought about.
#[derive(Default)]
struct Slice {
    rows: u64,
    people: Vec<Arrival>,
    refused: Vec<Refused>,
}

/// Takes the people of files in; with `dry` nothing is written, and what would become of them is told
/// by what is there.
///
/// # Errors
/// [`ImportError`]; what was written before it stays.
pub async fn run(
    store: &Store,
    sheets: Vec<Mapped>,
    offered: Offered,
    arrivals: Arrivals,
    dry: bool,
    follower: &mut (dyn Follower + Send),
) -> Result<Outcome, ImportError> {
    let (list, now) = (arrivals.list.id, arrivals.now);
    let (send, mut receive) = mpsc::channel::<Slice>(AHEAD);
    let read = move || read_all(&sheets, &offered, arrivals, &send);
    let reading = tokio::task::spawn_blocking(read);
    let mut outcome = Outcome::default();
    // Where nothing is written, nothing else keeps those away who left there.
    let mut kept_away = HashSet::new();
    while let Some(slice) = receive.recv().await {
        outcome.rows += slice.rows;
        outcome.refused += slice.refused.len() as u64;
        for refused in &slice.refused {
            let kept = follower.refused(refused);
            kept.map_err(|e| SheetError::Read("the file of rejected rows".to_owned(), e))?;
        }
        let people: Vec<(&NewSubscription, Option<&Receipt>)> = slice
            .people
            .iter()
            .map(|p| (&p.new, p.receipt.as_ref()))
            .collect();
        let arrived = match (people.is_empty(), dry) {
            (true, _) => Vec::new(),
            (_, true) => store.import_foreseen(list, &people).await?,
            (_, false) => store.import(list, &people, now).await?,
        };
        let away = |a: &Arrived| matches!(a, Arrived::KeptAway | Arrived::HadLeft);
        let stopped = slice.people.iter().zip(&arrived);
        let stopped = stopped.filter(|(person, a)| person.suppressed && away(a));
        let stopped: Vec<AddressHash> = stopped.map(|(person, _)| person.new.hash).collect();
        if !dry && !stopped.is_empty() {
            store.suppress_strangers(&stopped, BY, now).await?;
        }
        for (person, mut arrived) in slice.people.iter().zip(arrived) {
            let hash = person.new.hash;
            if dry && arrived == Arrived::KeptAway {
                kept_away.insert(hash);
            } else if arrived == Arrived::New && kept_away.contains(&hash) {
                arrived = Arrived::HadLeft;
            }
            *outcome.arrived.entry(arrived).or_default() += 1;
            follower.arrived(person, arrived);
        }
        follower.done(slice.rows);
    }
    outcome.passed_over = reading.await.map_err(|_| ImportError::Gone)??;
    Ok(outcome)
}

/// Reads every file: first whoever may not be mailed, then everybody else.
fn read_all(
    sheets: &[Mapped],
    offered: &Offered,
    mut arrivals: Arrivals,
    send: &mpsc::Sender<Slice>,
) -> Result<Vec<PassedOver>, ImportError> {
    let mut passed_over = Vec::new();
    let mut doubted = HashSet::new();
    for leaving in [true, false] {
        for (at, mapped) in sheets.iter().enumerate() {
            if leaving && !mapped.tells_standing() {
                continue;
            }
            let mut pass = Pass {
                leaving,
                doubted: &mut doubted,
                send,
            };
            let seen = read_one((at, mapped), offered, &mut arrivals, &mut pass)?;
            if !leaving {
                passed_over.push(seen);
            }
        }
    }
    Ok(passed_over)
}

/// Once through the files.
struct Pass<'a> {
    /// Whether it is for those who may not be mailed.
    leaving: bool,
    /// Of whom a row says neither that they are subscribed nor that they left.
    doubted: &'a mut HashSet<AddressHash>,
    send: &'a mpsc::Sender<Slice>,
}

impl Pass<'_> {
    /// What comes of a row in it; `None` where the other pass has it.
    fn arrival(
        &mut self,
        reader: &mut Reader<'_>,
        arrivals: &mut Arrivals,
        row: &Row,
    ) -> Result<Option<Arrival>, Refusal> {
        let read = reader.read(row);
        if let Some(address) = reader.doubted.take() {
            self.doubted.insert(arrivals.keys.address_hash(&address));
        }
        let person = read?;
        let language = person.wishes.language.as_deref();
        if let Some(language) = language.filter(|l| !(arrivals.speaks)(l)) {
            reader.not_spoken(language);
        }
        if self.leaving == (person.fate == Fate::Subscribed) {
            return Ok(None);
        }
        let arrival = arrivals.arrive(person)?;
        match !self.leaving && self.doubted.contains(&arrival.new.hash) {
            true => Err(Refusal::Doubted),
            false => Ok(Some(arrival)),
        }
    }
}

fn read_one(
    (at, mapped): (usize, &Mapped),
    offered: &Offered,
    arrivals: &mut Arrivals,
    pass: &mut Pass<'_>,
) -> Result<PassedOver, ImportError> {
    let leaving = pass.leaving;
    let sheet = &mapped.sheet;
    let reader = Reader::new(&mapped.columns, offered, sheet.fate, arrivals.now);
    let mut reader = reader.of_width(sheet.width).of_kind(sheet.kind);
    arrivals.source.clone_from(&sheet.name);
    let mut table = sheet.rows()?;
    let mut slice = Slice::default();
    while let Some(row) = table.next_row().map_err(|e| sheet.wrong(e))? {
        slice.rows += u64::from(!leaving);
        match pass.arrival(&mut reader, arrivals, &row) {
            Ok(Some(arrival)) => slice.people.push(arrival),
            Ok(None) => {}
            // The other pass tells it.
            Err(_) if leaving => {}
            Err(why) => slice.refused.push(refused(at, &row, why)),
        }
        let full = slice.people.len() + slice.refused.len() >= SLICE || slice.rows >= 50_000;
        if full && pass.send.blocking_send(std::mem::take(&mut slice)).is_err() {
            // Whoever listened has failed, and says why.
            return Ok(PassedOver::new());
        }
    }
    let _ = pass.send.blocking_send(slice);
    Ok(reader.passed_over)
}

fn refused(sheet: usize, row: &Row, why: Refusal) -> Refused {
    let cells = match &row.cells {
        Cells::Text(text) => vec![text.clone()],
        Cells::Placed(record) => record.iter().map(str::to_owned).collect(),
        Cells::Keyed(object) => vec![serde_json::Value::Object(object.clone()).to_string()],
    };
    Refused {
        sheet,
        line: row.line,
        why,
        cells,
    }
}
