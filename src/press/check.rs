//! The proof at work: each slice of a plan is read before it is written, and a finished plan as it
//! stands in the database.

mod drafts;
mod ledger;
mod sales;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::freeze::Inputs;
use super::{Press, PressError, ROOM, reader, remembering};
use crate::domain::amendment::Amended;
use crate::domain::article::Source;
use crate::domain::delivery::DeliveryState;
use crate::domain::edition::{Edition, Wave};
use crate::domain::list::List;
use crate::domain::selection::{Reader, Sent};
use crate::domain::sponsor::Flight;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, CreativeId, FlightId, ListId, SubscriptionId};
use crate::proof::{Booked, Fault, Findings, Flaw, Frozen, Proof, Severity, Sheet, Since};
use crate::store::StoreError;
use crate::store::proof::{Memories, StoredDigest, Unreadable};

pub(super) use drafts::{draft_faults, slice_faults};

/// Digests in one step.
const SLICE: i64 = 1000;
/// Rows without a digest that are named.
const ALONE: i64 = 100;
/// Editions of a list that have a name in what is found, the newest ones.
const EDITIONS: i64 = 1_000;

impl Press {
    /// The proof of a wave that is being planned, or was.
    pub(super) async fn proof<'a>(
        &self,
        list: ListId,
        inputs: &'a Inputs,
        due: Timestamp,
    ) -> Result<Proof<'a>, PressError> {
        Ok(Proof::new(
            frozen(inputs, due),
            self.since(list, inputs).await?,
        ))
    }

    /// What became of a wave's candidates, and the names of sources and editions.
    async fn since(&self, list: ListId, inputs: &Inputs) -> Result<Since, PressError> {
        let store = &self.store;
        let articles: Vec<ArticleId> = inputs.candidates.iter().map(|c| c.article).collect();
        let name = |source: Source| match source.name.is_empty() {
            true => (source.id, source.slug.to_string()),
            false => (source.id, source.name),
        };
        let mut editions = BTreeMap::new();
        for list in std::iter::once(&list).chain(&inputs.rules.shares) {
            for edition in store.editions(*list, EDITIONS).await? {
                let name = format!("{} {}", edition.cadence_name, edition.run);
                editions.insert(edition.id, name);
            }
        }
        Ok(Since {
            withdrawn: store.withdrawn(&articles).await?,
            embargoed: store.embargoes(&articles).await?,
            sources: store.sources(None).await?.into_iter().map(name).collect(),
            editions,
        })
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
        let edition = self.store.edition(wave.edition).await?;
        let list = edition.list;
        Ok(Checking {
            press: self.clone(),
            since: self.since(list, &inputs).await?,
            flights: self.store.flights(Some(list)).await?,
            list: self.store.list_by_id(list).await?,
            wave: wave.clone(),
            edition,
            inputs,
            sponsored: BTreeSet::new(),
            digests: 0,
            earliest: None,
        })
    }

    /// The contents of a wave that are not what was frozen: whose bytes have another sum than they are
    /// named by.
    async fn frozen_faults(&self, wave: &Wave) -> Result<Vec<Fault>, PressError> {
        let frozen = &wave.frozen;
        let mut faults = Vec::new();
        for (what, hash) in [
            ("the candidates", frozen.candidates),
            ("the rules", frozen.rules),
            ("the theme", frozen.template),
            ("the sender's settings", frozen.sender),
        ] {
            let bytes = self.store.content(hash).await?;
            if <[u8; 32]>::from(Sha256::digest(&bytes)) != hash.0 {
                let words = format!("{what} of the wave were changed since they were frozen");
                faults.push(of_wave(Flaw::FrozenChanged, words));
            }
        }
        Ok(faults)
    }
}

/// A wave that cannot be read at all, as what is wrong with it; other errors stay what they are.
pub fn unreadable_wave(error: PressError) -> Result<Fault, PressError> {
    use std::error::Error as _;
    let torn = match &error {
        PressError::Frozen(_) | PressError::Template(_) => true,
        PressError::Store(StoreError::NotFound { what, .. }) => *what == "content",
        PressError::Store(error) => matches!(error, StoreError::Unreadable { .. }),
        _ => false,
    };
    if !torn {
        return Err(error);
    }
    let why = error
        .source()
        .map_or_else(String::new, |why| format!(": {why}"));
    Ok(unreadable(format!("{error}{why}")))
}

/// Something of a wave that cannot be read, as what is wrong with it.
pub fn unreadable(words: String) -> Fault {
    of_wave(Flaw::Unreadable, words)
}

/// An edition that has so many letters and no wave, as what is wrong with it.
pub fn waveless(letters: i64) -> Fault {
    let words = format!("the ledger counts {letters} of its letters, and it has no wave");
    of_wave(Flaw::Sums, words)
}

fn frozen(inputs: &Inputs, due: Timestamp) -> Frozen<'_> {
    Frozen {
        candidates: &inputs.candidates,
        rules: &inputs.rules,
        due_ms: due.as_millisecond(),
        slots: ROOM,
    }
}

/// A stored wave while it is proved, slice by slice.
pub struct Checking {
    press: Press,
    list: List,
    wave: Wave,
    edition: Edition,
    inputs: Inputs,
    since: Since,
    flights: Vec<Flight>,
    /// Flights that stand in some digest.
    sponsored: BTreeSet<FlightId>,
    /// Digests so far, those that cannot be read too.
    digests: i64,
    /// When the first of them was written.
    earliest: Option<Timestamp>,
}

/// A stored digest, or that it cannot be read.
pub type Read = Result<StoredDigest, Unreadable>;

/// Whose a digest is, read or not.
pub fn whose(read: &Read) -> SubscriptionId {
    match read {
        Ok(digest) => digest.subscription,
        Err(unreadable) => unreadable.subscription,
    }
}

impl Checking {
    /// The next digests after `after`, by subscription; none: that was all.
    pub async fn slice(&self, after: SubscriptionId) -> Result<Vec<Read>, PressError> {
        let store = &self.press.store;
        Ok(store.stored_slice(self.wave.id, after, SLICE).await?)
    }

    /// What is wrong with a slice. `octets` are the bytes of each letter's HTML, where they were
    /// counted.
    pub async fn faults(
        &mut self,
        slice: &[Read],
        octets: &[Option<usize>],
    ) -> Result<Vec<Fault>, PressError> {
        let store = self.press.store.clone();
        let read = || slice.iter().flatten();
        let moments: Vec<_> = read().map(|d| (d.subscription, d.at, d.digest)).collect();
        let of = remembering(self.list.id, &self.inputs.rules);
        let edition = self.wave.edition;
        let mut memories = store.memories_before(&moments, &of, edition).await?;
        self.earliest = read().map(|d| d.at).chain(self.earliest).min();
        let placed = read().flat_map(|d| &d.placements);
        self.sponsored.extend(placed.clone().map(|p| p.flight));
        self.digests += i64::try_from(slice.len()).unwrap_or(i64::MAX);
        let creatives: Vec<CreativeId> = placed.map(|p| p.creative).collect();
        let booked = Booked::new(&self.flights, store.creatives(&creatives).await?);
        let inputs = self.inputs_of(slice).await?;
        let proof = |inputs| {
            let proof = Proof::new(frozen(inputs, self.wave.due_at), self.since.clone());
            proof.in_run(&self.edition.cadence_name, self.edition.run)
        };
        let proofs: BTreeMap<&Amended, Proof<'_>> = inputs
            .iter()
            .map(|(amended, i)| (amended, proof(i)))
            .collect();
        let mut faults = self.forgotten(&memories);
        for (at, digest) in slice.iter().enumerate() {
            let digest = match digest {
                Ok(digest) => digest,
                Err(unreadable) => {
                    faults.push(of_unreadable(unreadable));
                    continue;
                }
            };
            let memory = memories.sent.remove(&digest.subscription);
            let memory = memory.unwrap_or_default();
            let octets = octets.get(at).copied().flatten();
            // Whose letter was withheld when too few stories were left has an empty digest.
            if let Some(proof) = proofs.get(&digest.amended).filter(|_| !emptied(digest)) {
                faults.extend(self.of_digest(proof, &booked, digest, memory, octets));
            }
            faults.extend(self.of_ledger(digest));
        }
        Ok(faults)
    }

    /// What the wave's candidates were when these digests were written.
    async fn inputs_of(&self, slice: &[Read]) -> Result<BTreeMap<Amended, Inputs>, PressError> {
        let mut inputs = BTreeMap::new();
        for digest in slice.iter().flatten() {
            if !inputs.contains_key(&digest.amended) {
                let amended = self.press.amend(self.inputs.clone(), &digest.amended);
                inputs.insert(digest.amended.clone(), amended.await?);
            }
        }
        Ok(inputs)
    }

    /// Rows of the memory that cannot be read, so that nobody knows whether a story comes twice.
    fn forgotten(&self, memories: &Memories) -> Vec<Fault> {
        let unreadable = memories.unreadable.iter();
        unreadable
            .map(|(subscription, edition)| {
                let name = self.since.editions.get(edition);
                let name = name.map_or("an earlier edition", String::as_str);
                let words = format!("what the memory holds of {name} cannot be read");
                Fault {
                    subscription: Some(*subscription),
                    ..of_wave(Flaw::Unreadable, words)
                }
            })
            .collect()
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
        // One whose dot may have left cannot be made again: where a story in it was amended, it is held.
        let open = digest.ledger.is_some_and(|(state, ..)| state.is_open()) && !digest.doubt;
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

    /// What is wrong with the wave as a whole, once every slice was read.
    pub async fn whole(&self) -> Result<Vec<Fault>, PressError> {
        let none = self.sponsored.iter().map(|flight| (*flight, 0)).collect();
        let booked = Booked::new(&self.flights, BTreeMap::new());
        let mut faults = booked.over(&none);
        let (wave, store) = (self.wave.id, &self.press.store);
        faults.extend(self.press.frozen_faults(&self.wave).await?);
        faults.extend(self.dates());
        faults.extend(sales::faults(store, wave).await?);
        for (subscription, _) in store.ledger_alone(wave, ALONE).await? {
            let words = "the ledger has a letter whose digest is not there".to_owned();
            faults.push(Fault {
                subscription: Some(subscription),
                ..of_wave(Flaw::NoDigest, words)
            });
        }
        let sums = store.wave_sums(self.wave.edition).await?;
        let rows = sums.get(&wave).map_or(0, |sums| sums.planned);
        if self.wave.complete && rows != self.digests {
            let digests = self.digests;
            let words = format!("the wave has {digests} digests and {rows} rows in the ledger");
            faults.push(of_wave(Flaw::Sums, words));
        }
        let waves = store.waves(self.wave.edition).await?;
        if sums.keys().any(|id| waves.iter().all(|w| w.id != *id)) {
            let words = "the ledger has letters of a wave that is not there".to_owned();
            faults.push(of_wave(Flaw::Sums, words));
        }
        let tally = store.tally(self.wave.edition).await?;
        if !tally.adds_up() {
            let words = "the edition's letters do not add up to those planned".to_owned();
            faults.push(of_wave(Flaw::Sums, words));
        }
        Ok(faults)
    }

    /// The wave's dates against those of its rules and of its digests.
    fn dates(&self) -> Vec<Fault> {
        let wave = &self.wave;
        let mut faults = Vec::new();
        if wave.cutoff_at.as_millisecond() != self.inputs.rules.cutoff_ms {
            let words = "its cut-off is another one than its rules were frozen with".to_owned();
            faults.push(of_wave(Flaw::WaveDates, words));
        }
        if self.earliest.is_some_and(|first| first < wave.planned_at) {
            let words = "it has digests that were written before it was frozen".to_owned();
            faults.push(of_wave(Flaw::WaveDates, words));
        }
        faults
    }
}

/// Whether nothing is left of a digest since stories of it were withdrawn.
fn emptied(digest: &StoredDigest) -> bool {
    digest.picks.is_empty()
        && !digest.amended.is_empty()
        && digest
            .ledger
            .is_some_and(|(state, ..)| state == DeliveryState::Withheld)
}

fn of_unreadable(unreadable: &Unreadable) -> Fault {
    let words = format!("its digest cannot be read: {}", unreadable.why);
    Fault {
        subscription: Some(unreadable.subscription),
        digest: Some(unreadable.digest),
        ..of_wave(Flaw::Unreadable, words)
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
