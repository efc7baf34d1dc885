//! An issue as it stands now, reader by reader: what is planned of it, from what its waves froze, and
//! what is still to come, thought out with what is known. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::freeze::Inputs;
use super::{Asking, Makeup, Press, PressError, reached, reader, remembering};
use crate::domain::delivery::DeliveryState;
use crate::domain::edition::{Edition, EditionState, Wave};
use crate::domain::list::List;
use crate::domain::selection::{Pick, Reader, Sent, Skip};
use crate::domain::snapshot::{Plan, Snapshot};
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{DigestId, EditionId, ListId, RevisionId, StoryId, SubscriptionId, WaveId};
use crate::store::Store;
use crate::store::memory::Recall;
use crate::store::planning::{DueReader, DueWave};
use crate::store::proof::StoredDigest;

/// Readers in one step.
const SLICE: i64 = 1000;

/// A wave of an issue: one that is planned, or one still to come as it would be planned now.
pub struct Ahead {
    /// What it was, or would be, planned from.
    pub inputs: Inputs,
    /// If its plan has begun.
    pub wave: Option<Wave>,
    /// When its letters are due.
    pub due: Timestamp,
    /// Which run.
    pub run: Run,
    /// Readers of it, planned or due.
    pub readers: i64,
    /// Readers of the whole edition whom it passed over, told with its first wave.
    pub passed_over: i64,
    /// Readers who are still due; none where its plan is complete.
    coming: Option<DueWave>,
    edition: Option<EditionId>,
    cancelled: bool,
    list: List,
    /// What its readers may remember.
    recall: Recall,
    store: Store,
}

/// A reader of a wave, before anything is thought out.
pub struct Awaited {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// Of the letter's words.
    pub language: String,
    /// How much they want.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// What selection sees.
    pub reader: Reader,
    /// The digest as it is stored, where one is.
    pub stored: Option<Vec<Pick>>,
    /// Why there is none, whatever the stories are, or why the stored one does not leave.
    pub barred: Option<Skip>,
}

/// How far a wave was read: first what is planned of it, then what is still due.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    planned: Option<SubscriptionId>,
    due: Option<SubscriptionId>,
    done: bool,
}

/// An issue, as it is named to [`Press::ahead`].
#[derive(Clone, Copy, Debug)]
pub struct Issue<'a> {
    /// Whose.
    pub list: &'a List,
    /// Which run.
    pub run: Run,
    /// If anybody spoke of it.
    pub edition: Option<&'a Edition>,
    /// The groups that are still due for it.
    pub coming: &'a [DueWave],
}

impl Press {
    /// The waves of an issue, earliest first: those to come as of their cut-off, with the articles and
    /// the memory known at `now`.
    pub async fn ahead(&self, issue: Issue<'_>, now: Timestamp) -> Result<Vec<Ahead>, PressError> {
        let waves = match issue.edition {
            Some(edition) => self.store.waves(edition.id).await?,
            None => Vec::new(),
        };
        let sums = match issue.edition {
            Some(edition) => self.store.wave_sums(edition.id).await?,
            None => BTreeMap::new(),
        };
        let mut passed_over = match issue.edition {
            Some(edition) => self.store.tally(edition.id).await?.skipped,
            None => 0,
        };
        let due = issue.coming.iter().map(|w| w.due_at);
        let all: BTreeSet<Timestamp> = waves.iter().map(|w| w.due_at).chain(due).collect();
        let mut ahead = Vec::new();
        for due in all {
            let wave = waves.iter().find(|w| w.due_at == due).cloned();
            let inputs = match &wave {
                Some(wave) => self.thaw_now(wave).await?.0,
                None => self.inputs(issue.list, issue.edition, due, due).await?,
            };
            let planned = wave.as_ref().and_then(|w| sums.get(&w.id));
            let planned = planned.map_or(0, |sums| sums.planned);
            let mut one = self.ahead_of(issue, (due, wave, inputs), now).await?;
            one.readers += planned;
            one.passed_over = std::mem::take(&mut passed_over);
            ahead.push(one);
        }
        Ok(ahead)
    }

    /// One of these waves, of inputs that are there already; its readers are those who are still due.
    pub async fn ahead_of(
        &self,
        issue: Issue<'_>,
        (due, wave, inputs): (Timestamp, Option<Wave>, Inputs),
        now: Timestamp,
    ) -> Result<Ahead, PressError> {
        let coming = issue.coming.iter().find(|w| w.due_at == due).cloned();
        let cancelled = |e: &Edition| e.state == EditionState::Cancelled;
        Ok(Ahead {
            recall: self.foreseen(issue.list, &inputs, due, now).await?,
            inputs,
            due,
            run: issue.run,
            readers: coming.as_ref().map_or(0, |w| w.readers),
            passed_over: 0,
            wave,
            coming,
            edition: issue.edition.map(|e| e.id),
            cancelled: issue.edition.is_some_and(cancelled),
            list: issue.list.clone(),
            store: self.store.clone(),
        })
    }
}

impl Ahead {
    /// Whose.
    pub(super) fn list_id(&self) -> ListId {
        self.list.id
    }

    /// What its readers may remember.
    pub(super) fn recall(&self) -> &Recall {
        &self.recall
    }

    /// The next readers; none: that was all.
    pub async fn slice(&self, place: &mut Place) -> Result<Vec<Awaited>, PressError> {
        while !place.done {
            let slice = match (&self.wave, place.due) {
                (Some(wave), None) => {
                    let after = place.planned.unwrap_or(SubscriptionId(0));
                    let slice = self.planned(wave, after).await?;
                    place.planned = slice.last().map(|r| r.subscription).or(place.planned);
                    if slice.is_empty() {
                        place.due = Some(SubscriptionId(0));
                    }
                    slice
                }
                (_, after) => {
                    let slice = self.due(after.unwrap_or(SubscriptionId(0))).await?;
                    place.due = slice.last().map(|r| r.subscription);
                    place.done = slice.is_empty();
                    slice
                }
            };
            if !slice.is_empty() {
                return Ok(slice);
            }
        }
        Ok(Vec::new())
    }

    async fn planned(
        &self,
        wave: &Wave,
        after: SubscriptionId,
    ) -> Result<Vec<Awaited>, PressError> {
        let digests = self.store.stored_digests(wave.id, after, SLICE).await?;
        let moments = digests.iter().map(|d| (d.subscription, d.at, d.digest));
        let moments: Vec<_> = moments.collect();
        let of = remembering(self.list.id, &self.inputs.rules);
        let memories = self.store.memories_before(&moments, &of, wave.edition);
        let mut memory = memories.await?.sent;
        let awaited = |digest: StoredDigest| {
            let memory = memory.remove(&digest.subscription).unwrap_or_default();
            Awaited {
                reader: self.reader(
                    &digest.interests,
                    (digest.length, &digest.language),
                    memory,
                    digest.since_ms,
                ),
                subscription: digest.subscription,
                language: digest.language,
                length: digest.length,
                images: digest.images,
                barred: Self::stopped(digest.active, digest.ledger),
                stored: Some(digest.picks),
            }
        };
        Ok(digests.into_iter().map(awaited).collect())
    }

    /// Why a planned letter that has not left never will, whatever its stories are.
    fn stopped(active: bool, row: Option<(DeliveryState, WaveId, DigestId)>) -> Option<Skip> {
        let open = row.is_some_and(|(state, ..)| state.is_open());
        (open && !active).then_some(Skip::NotActive)
    }

    async fn due(&self, after: SubscriptionId) -> Result<Vec<Awaited>, PressError> {
        let Some(coming) = &self.coming else {
            return Ok(Vec::new());
        };
        let edition = self.edition.unwrap_or(EditionId(0));
        let readers = self
            .store
            .due_readers(coming, edition, after, SLICE)
            .await?;
        let ids: Vec<SubscriptionId> = readers.iter().map(|r| r.subscription).collect();
        let mut memory = self.store.memory(&self.recall, &ids).await?;
        let barred = |reader: &DueReader| match (reader.active, reader.planned) {
            (false, _) => Some(Skip::NotActive),
            _ if !reader.zone.is_known() => Some(Skip::UnknownZone),
            (_, true) => Some(Skip::AlreadyPlanned),
            _ if self.cancelled => Some(Skip::Cancelled),
            _ => None,
        };
        Ok(readers
            .into_iter()
            .map(|r| {
                let memory = memory.remove(&r.subscription).unwrap_or_default();
                let barred = barred(&r);
                Awaited {
                    reader: self.reader(
                        &r.interests,
                        (r.length, &r.language),
                        memory,
                        reached(r.since, &self.inputs.rules, &self.list),
                    ),
                    subscription: r.subscription,
                    language: r.language,
                    length: r.length,
                    images: r.images,
                    stored: None,
                    barred,
                }
            })
            .collect())
    }

    fn reader(
        &self,
        interests: &Interests,
        look: (Length, &str),
        memory: Vec<Sent>,
        since_ms: Option<i64>,
    ) -> Reader {
        Reader {
            since_ms,
            ..reader(interests, look, &self.inputs.rules, memory)
        }
    }

    /// The digests of a slice, each as it is stored, else thought out, or why there is none.
    pub fn digests(&self, slice: &[Awaited], makeup: &Makeup<'_>) -> Vec<Result<Vec<Pick>, Skip>> {
        let open = |r: &&Awaited| r.stored.is_none() && r.barred.is_none();
        let asking: Vec<Asking<'_>> = slice.iter().filter(open).map(Awaited::asking).collect();
        // Sponsors take no story's place, so they are left out.
        let mut drafts = makeup.unsold(&asking).into_iter();
        let digest = |reader: &Awaited| match (&reader.stored, reader.barred) {
            (Some(picks), _) => Ok(picks.clone()),
            (None, Some(skip)) => Err(skip),
            (None, None) => match drafts.next() {
                Some(draft) if draft.skip.is_none() => Ok(draft.picks.to_vec()),
                draft => Err(draft.and_then(|d| d.skip).unwrap_or(Skip::TooFewStories)),
            },
        };
        slice.iter().map(digest).collect()
    }

    /// What this wave's plan comes to, kept small: every reader's digest is looked at once. `seen` is
    /// told how many were, slice by slice.
    pub async fn snapshot(
        &self,
        press: &Press,
        seen: &mut (dyn FnMut(usize) + Send),
    ) -> Result<Snapshot, PressError> {
        let makeup = press.makeup(&self.inputs, self.run).await?;
        let decisions = &self.inputs.rules.decisions;
        let mut snapshot = Snapshot {
            due_ms: self.due.as_millisecond(),
            plan: Plan {
                lead: decisions.lead,
                subject: decisions.subject.clone(),
                preheader: decisions.preheader.clone(),
                note: decisions.note.clone(),
                ..Plan::default()
            },
            ..Snapshot::default()
        };
        let mut hash = Sha256::new();
        let mut place = Place::default();
        loop {
            let slice = self.slice(&mut place).await?;
            if slice.is_empty() {
                break;
            }
            for (reader, digest) in slice.iter().zip(self.digests(&slice, &makeup)) {
                let Ok(picks) = digest else {
                    // Who has a letter of this edition already is not without one.
                    snapshot.skipped += u64::from(reader.barred != Some(Skip::AlreadyPlanned));
                    continue;
                };
                snapshot.digests += 1;
                hash.update(reader.subscription.0.to_be_bytes());
                for pick in &picks {
                    hash.update(pick.revision.0.to_be_bytes());
                    *snapshot.plan.articles.entry(pick.article).or_default() += 1;
                }
                hash.update([0xff]);
            }
            seen(slice.len());
        }
        snapshot.skipped += u64::try_from(self.passed_over).unwrap_or(0);
        snapshot.hash = hash.finalize().into();
        Ok(snapshot)
    }

    /// The same wave with a story that is in no digest: what a withdrawal, or a ban, would make of it.
    pub fn without(&self, story: StoryId) -> Inputs {
        let mut inputs = self.inputs.clone();
        let bans = &mut inputs.rules.decisions.bans;
        bans.entry(story).or_insert_with(|| "nobody yet".to_owned());
        inputs
    }

    /// Texts of its candidates' stories: what else a reader was sent changes nothing of it.
    pub fn kin(&self) -> BTreeSet<RevisionId> {
        let candidates = self.inputs.candidates.iter();
        candidates
            .flat_map(|c| c.kin.iter().map(|k| k.revision).chain([c.revision]))
            .collect()
    }
}

impl Awaited {
    /// Keeps of the memory what concerns a wave at all.
    pub fn narrowed(&mut self, kin: &BTreeSet<RevisionId>) {
        self.reader.memory.retain(|s| kin.contains(&s.revision));
        self.reader.memory.sort_unstable();
    }

    /// What the reader's digest depends on, in words: readers with the same ones get the same.
    pub fn likeness(&self) -> String {
        format!(
            "{} {:?} {} {:?}",
            self.language, self.length, self.images, self.reader
        )
    }

    /// As make-up sees them.
    pub fn asking(&self) -> Asking<'_> {
        Asking {
            subscription: self.subscription,
            language: &self.language,
            length: self.length,
            images: self.images,
            reader: self.reader.clone(),
        }
    }
}
