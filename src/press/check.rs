//! The proof at work: each slice of a plan is read before it is written, and a finished plan as it
//! stands in the database.

use std::collections::{BTreeMap, BTreeSet};

use super::freeze::Inputs;
use super::{Asking, Press, PressError, ROOM, reader};
use crate::domain::edition::Wave;
use crate::domain::selection::{Reader, Sent};
use crate::domain::sponsor::Flight;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, CreativeId, FlightId, RevisionId, SubscriptionId};
use crate::proof::{Booked, Fault, Findings, Flaw, Frozen, Proof, Severity, Sheet};
use crate::store::Store;
use crate::store::planning::PlannedReader;
use crate::store::proof::StoredDigest;

/// Digests in one step.
const SLICE: i64 = 1000;
/// Rows without a digest that are named.
const ALONE: i64 = 100;

impl Press {
    /// The proof of a wave that is being planned, or was.
    pub(super) async fn proof<'a>(
        &self,
        inputs: &'a Inputs,
        due: Timestamp,
    ) -> Result<Proof<'a>, PressError> {
        let articles: Vec<ArticleId> = inputs.candidates.iter().map(|c| c.article).collect();
        let withdrawn = self.store.withdrawn(&articles).await?;
        Ok(Proof::new(frozen(inputs, due), withdrawn))
    }

    /// What the proof of a wave found before its plan was interrupted.
    pub(super) async fn found_before(&self, wave: &Wave) -> Result<Findings, PressError> {
        let known = self.store.faults(wave.edition).await?;
        let own = known.into_iter().find(|(id, _)| *id == wave.id);
        Ok(own.map(|(_, found)| found).unwrap_or_default())
    }

    /// Makes a stored wave ready to be proved.
    pub async fn checking(&self, wave: &Wave) -> Result<Checking, PressError> {
        let inputs = self.thaw(wave).await?;
        let articles: Vec<ArticleId> = inputs.candidates.iter().map(|c| c.article).collect();
        let list = self.store.edition(wave.edition).await?.list;
        Ok(Checking {
            store: self.store.clone(),
            withdrawn: self.store.withdrawn(&articles).await?,
            flights: self.store.flights(Some(list)).await?,
            wave: wave.clone(),
            inputs,
            sponsored: BTreeSet::new(),
            digests: 0,
        })
    }
}

fn frozen(inputs: &Inputs, due: Timestamp) -> Frozen<'_> {
    Frozen {
        candidates: &inputs.candidates,
        rules: &inputs.rules,
        due_ms: due.as_millisecond(),
        slots: ROOM,
    }
}

/// What is wrong with a slice that is about to be written. `asking` are its readers for whom digests
/// were made, `planned` all of it.
pub(super) fn slice_faults(
    proof: &Proof<'_>,
    asking: &[Asking<'_>],
    planned: &[PlannedReader],
    flights: &[Flight],
) -> Vec<Fault> {
    let booked = Booked::new(flights, BTreeMap::new());
    let mut more: BTreeMap<FlightId, i64> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut readers = asking.iter();
    for row in planned {
        let Ok(digest) = &row.outcome else { continue };
        let Some(asking) = readers.find(|a| a.subscription == row.subscription) else {
            continue;
        };
        let placements = digest.placements.iter();
        let sheet = Sheet {
            subscription: row.subscription,
            digest: None,
            picks: &digest.picks,
            left_out: digest.left_out,
            placements: placements.map(|(slot, f, c, _)| (*slot, *f, *c)).collect(),
            open: true,
            // Planning asked it of both standings, and `started` asks it again.
            active: true,
            topics: &asking.reader.topics,
            places: &asking.reader.places,
            language: &asking.reader.language,
            short: asking.reader.short,
            aim: asking.reader.stories,
            since_ms: asking.reader.since_ms,
            memory: &asking.reader.memory,
            octets: None,
        };
        for (_, flight, _) in &sheet.placements {
            *more.entry(*flight).or_default() += 1;
        }
        faults.extend(proof.read(&sheet, &booked));
    }
    faults.extend(booked.over(&more));
    faults
}

/// A stored wave while it is proved, slice by slice.
pub struct Checking {
    store: Store,
    wave: Wave,
    inputs: Inputs,
    withdrawn: BTreeMap<ArticleId, i64>,
    flights: Vec<Flight>,
    /// Flights that stand in some digest.
    sponsored: BTreeSet<FlightId>,
    digests: i64,
}

impl Checking {
    /// The next digests after `after`, by subscription; none: that was all.
    pub async fn slice(&self, after: SubscriptionId) -> Result<Vec<StoredDigest>, PressError> {
        Ok(self
            .store
            .stored_digests(self.wave.id, after, SLICE)
            .await?)
    }

    /// What is wrong with a slice. `octets` are the bytes of each letter's HTML, where they were
    /// counted.
    pub async fn faults(
        &mut self,
        slice: &[StoredDigest],
        octets: &[Option<usize>],
    ) -> Result<Vec<Fault>, PressError> {
        let at: Vec<(SubscriptionId, Timestamp)> =
            slice.iter().map(|d| (d.subscription, d.at)).collect();
        let edition = self.wave.edition;
        let mut memory = self.store.memories_before(&at, edition).await?;
        let placed = slice.iter().flat_map(|d| &d.placements);
        self.sponsored.extend(placed.clone().map(|p| p.flight));
        self.digests += i64::try_from(slice.len()).unwrap_or(i64::MAX);
        let creatives: Vec<CreativeId> = placed.map(|p| p.creative).collect();
        let booked = Booked::new(&self.flights, self.store.creatives(&creatives).await?);
        let proof = Proof::new(
            frozen(&self.inputs, self.wave.due_at),
            self.withdrawn.clone(),
        );
        let mut faults = Vec::new();
        for (at, digest) in slice.iter().enumerate() {
            let memory = memory.remove(&digest.subscription).unwrap_or_default();
            let octets = octets.get(at).copied().flatten();
            faults.extend(self.of_digest(&proof, &booked, digest, memory, octets));
            faults.extend(self.of_ledger(digest));
        }
        Ok(faults)
    }

    fn of_digest(
        &self,
        proof: &Proof<'_>,
        booked: &Booked<'_>,
        digest: &StoredDigest,
        memory: Vec<Sent>,
        octets: Option<usize>,
    ) -> Vec<Fault> {
        let look = (digest.length, digest.language.as_str());
        let reader = Reader {
            since_ms: digest.since_ms,
            ..reader(&digest.interests, look, &self.inputs.rules, memory)
        };
        let open = digest.ledger.is_some_and(|(state, ..)| state.is_open());
        let placements = digest.placements.iter();
        proof.read(
            &Sheet {
                subscription: digest.subscription,
                digest: Some(digest.digest),
                picks: &digest.picks,
                left_out: digest.left_out,
                placements: placements.map(|p| (p.slot, p.flight, p.creative)).collect(),
                open,
                active: digest.active,
                topics: &reader.topics,
                places: &reader.places,
                language: &reader.language,
                short: reader.short,
                aim: reader.stories,
                since_ms: reader.since_ms,
                memory: &reader.memory,
                octets,
            },
            booked,
        )
    }

    /// A digest against its row in the ledger, the memory, and who was passed over.
    fn of_ledger(&self, digest: &StoredDigest) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut say = |flaw, words: String| faults.push(of(digest, flaw, words));
        match digest.ledger {
            None => say(Flaw::NoLedgerRow, "the ledger has no row for it".to_owned()),
            Some((_, wave, named)) if wave != self.wave.id || named != digest.digest => say(
                Flaw::NoLedgerRow,
                format!("the ledger's row is of digest {named} in wave {wave}"),
            ),
            Some(_) => {}
        }
        if digest.skipped {
            let words = "the wave passed its reader over as well".to_owned();
            say(Flaw::SkippedAndPlanned, words);
        }
        if let Some(words) = remembered(digest) {
            say(Flaw::MemoryDiffers, words.to_owned());
        }
        faults
    }

    /// What is wrong with the wave as a whole, once every slice was read.
    pub async fn whole(&self) -> Result<Vec<Fault>, PressError> {
        let none = self.sponsored.iter().map(|flight| (*flight, 0)).collect();
        let booked = Booked::new(&self.flights, BTreeMap::new());
        let mut faults = booked.over(&none);
        let wave = self.wave.id;
        for (subscription, digest) in self.store.ledger_alone(wave, ALONE).await? {
            let words = format!("the ledger's row names digest {digest}, which is not there");
            faults.push(Fault {
                subscription: Some(subscription),
                ..of_wave(Flaw::NoDigest, words)
            });
        }
        let sums = self.store.wave_sums(self.wave.edition).await?;
        let rows = sums.get(&wave).map_or(0, |sums| sums.planned);
        if self.wave.complete && rows != self.digests {
            let digests = self.digests;
            let words = format!("the wave has {digests} digests and {rows} rows in the ledger");
            faults.push(of_wave(Flaw::Sums, words));
        }
        let tally = self.store.tally(self.wave.edition).await?;
        if !tally.adds_up() {
            let words = "the edition's letters do not add up to those planned".to_owned();
            faults.push(of_wave(Flaw::Sums, words));
        }
        Ok(faults)
    }
}

/// Whether the memory holds what a digest brings, as long as its letter counts as sent.
fn remembered(digest: &StoredDigest) -> Option<&'static str> {
    use crate::domain::delivery::DeliveryState::{Refused, Withheld};
    let (state, ..) = digest.ledger?;
    let sent = !matches!(state, Refused | Withheld);
    let Some((texts, returned)) = &digest.remembered else {
        // What a settled letter brought is forgotten in time.
        return state.is_open().then_some("the memory knows nothing of it");
    };
    let mut printed: Vec<RevisionId> = digest.picks.iter().map(|p| p.revision).collect();
    printed.sort_unstable();
    match (sent, returned) {
        (true, true) => Some("the memory has given its stories back"),
        (false, false) => Some("the memory holds stories of a letter that came to nothing"),
        (true, false) if *texts != printed => Some("the memory holds other stories than it brings"),
        _ => None,
    }
}

fn of(digest: &StoredDigest, flaw: Flaw, words: String) -> Fault {
    Fault {
        subscription: Some(digest.subscription),
        digest: Some(digest.digest),
        ..of_wave(flaw, words)
    }
}

fn of_wave(flaw: Flaw, words: String) -> Fault {
    Fault {
        flaw,
        severity: Severity::Error,
        subscription: None,
        digest: None,
        article: None,
        flight: None,
        words,
    }
}
