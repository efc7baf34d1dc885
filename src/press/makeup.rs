//! Make-up: from a wave's inputs and its readers to digests that fit. Selection, then size, then
//! sponsors, in this order and nowhere else, so that a plan, a preview of it and its replay agree.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::alike::Alike;
use super::freeze::Inputs;
use super::measure::{Look, Measure};
use super::{Press, PressError, ROOM};
use crate::domain::list::List;
use crate::domain::selection::{
    Candidate, Pick, Reader, Room, Rules, Section, Selection, Sent, Skip,
};
use crate::domain::sponsor::{Flight, Slot};
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{ArticleId, ListId, RevisionId, SubscriptionId};
use crate::render::{printed, slot_positions};
use crate::select::Stock;
use crate::select::fit::{Fitted, fit};
use crate::sponsors::{self, Outline, Proposed, Quotas, StoryLabels};
use crate::store::memory::{Recall, Remembering};

/// Digests that are kept for readers who are alike, twice.
const KEPT: usize = 8192;
/// Readers for whom no other thread is begun.
const FEW: usize = 64;

/// A wave's inputs, made ready for its readers.
pub struct Makeup<'a> {
    /// What it was made of.
    pub inputs: &'a Inputs,
    stock: Stock<'a>,
    by_article: BTreeMap<ArticleId, &'a Candidate>,
    measure: Measure<'a>,
    alike: Alike<Signature, Thought>,
}

/// What a reader's digest depends on, its sponsors apart: readers with the same one share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    look: Look,
    reader: Vec<u8>,
}

/// A digest before its sponsors.
#[derive(Debug)]
struct Thought {
    picks: Arc<[Pick]>,
    shortened: u32,
    left_out: u32,
    skip: Option<Skip>,
}

/// A reader as make-up sees one.
#[derive(Clone, Debug)]
pub struct Asking<'a> {
    /// Whose digest: it names the digest to sponsors.
    pub subscription: SubscriptionId,
    /// Of the letter's words.
    pub language: &'a str,
    /// How much the reader wants.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// What selection sees.
    pub reader: Reader,
}

/// One reader's digest, thought out and not written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// In the order of the layout.
    pub picks: Arc<[Pick]>,
    /// How many of them size made shorter.
    pub shortened: u32,
    /// How many stories did not fit.
    pub left_out: u32,
    /// By slot.
    pub placements: Vec<Proposed>,
    /// Why there is none.
    pub skip: Option<Skip>,
}

impl Press {
    /// Makes a wave's inputs ready.
    pub async fn makeup<'a>(&self, inputs: &'a Inputs, run: Run) -> Result<Makeup<'a>, PressError> {
        let candidates = &inputs.candidates;
        let revisions: Vec<RevisionId> = candidates.iter().map(|c| c.revision).collect();
        let mut articles = self.store.revisions(&revisions).await?;
        let (template, sender) = (&inputs.template, &inputs.sender);
        printed::as_frozen(&mut articles, candidates, &sender.public_url);
        let decisions = &inputs.rules.decisions;
        Ok(Makeup {
            inputs,
            stock: Stock::new(candidates, &inputs.rules),
            by_article: candidates.iter().map(|c| (c.article, c)).collect(),
            measure: Measure::new(template, (sender, decisions), run, candidates, articles)?,
            alike: Alike::new(KEPT),
        })
    }
}

impl Press {
    /// A wave's inputs in another theme, with room for sponsors as that theme prints them.
    pub async fn in_theme(
        &self,
        mut inputs: Inputs,
        list: &List,
        theme: &str,
        due: Timestamp,
    ) -> Result<Inputs, PressError> {
        inputs.template = self.settings.themes.theme(theme).await?;
        inputs.sender.theme = theme.to_owned();
        let flights = self.store.flights(Some(list.id)).await?;
        inputs.rules.room = Some(self.room(&inputs, &flights, due)?);
        Ok(inputs)
    }

    /// What a wave keeps free for sponsors, by what is booked now.
    pub(super) fn room(
        &self,
        inputs: &Inputs,
        flights: &[Flight],
        due: Timestamp,
    ) -> Result<Room, PressError> {
        let (template, sender) = (&inputs.template, &inputs.sender);
        let decisions = &inputs.rules.decisions;
        // The size of a sponsor's block is the same in every run.
        let run = Run::on(jiff::tz::TimeZone::UTC.to_datetime(due).date());
        let measure = Measure::new(template, (sender, decisions), run, &[], BTreeMap::new())?;
        Ok(measure.room(flights, due))
    }
}

impl Makeup<'_> {
    /// Drafts digests, each within its budget; `quotas` is charged for every placement.
    pub fn drafts(
        &self,
        readers: &[Asking<'_>],
        flights: &[Flight],
        due: Timestamp,
        quotas: &mut Quotas,
    ) -> Vec<Draft> {
        let thoughts = self.thoughts(readers);
        let both = readers.iter().zip(&thoughts);
        let outlines: Vec<Outline<'_>> = both
            .map(|(asking, thought)| self.outline(asking.subscription, &thought.picks))
            .collect();
        let room = self.inputs.rules.room.as_ref();
        let within = room.map(|room| self.measure.within(room, flights));
        let flights = within.as_deref().unwrap_or(flights);
        let placed = sponsors::place(&outlines, flights, due, ROOM, quotas);
        let drafts = thoughts.into_iter().zip(placed);
        drafts
            .map(|(thought, placements)| Draft {
                shortened: thought.shortened,
                left_out: thought.left_out,
                picks: thought.picks.clone(),
                placements,
                skip: thought.skip,
            })
            .collect()
    }

    /// What each reader gets, in their order, thought out on all cores.
    fn thoughts(&self, readers: &[Asking<'_>]) -> Vec<Arc<Thought>> {
        let think = |readers: &[Asking<'_>]| -> Vec<Arc<Thought>> {
            readers.iter().map(|asking| self.thought(asking)).collect()
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let part = readers.len().div_ceil(cores).max(FEW);
        let Some((first, rest)) = readers.split_at_checked(part) else {
            return think(readers);
        };
        std::thread::scope(|scope| {
            let rest = rest.chunks(part);
            let threads: Vec<_> = rest.map(|part| scope.spawn(move || think(part))).collect();
            let mut thoughts = think(first);
            for thread in threads {
                match thread.join() {
                    Ok(some) => thoughts.extend(some),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            thoughts
        })
    }

    fn thought(&self, asking: &Asking<'_>) -> Arc<Thought> {
        self.alike.get(self.signature(asking), || {
            let (picks, skip) = self.stock.picks(&asking.reader);
            let fitted = self.fitted(picks, asking);
            Thought {
                shortened: number(fitted.shortened.iter().filter(|s| **s).count()),
                left_out: number(fitted.pushed_out.len()),
                picks: fitted.picks.into(),
                skip,
            }
        })
    }

    /// How many digests were thought out: readers who are alike share one.
    pub fn thought_out(&self) -> u64 {
        self.alike.thought()
    }

    /// What a reader's digest depends on.
    pub fn signature(&self, asking: &Asking<'_>) -> Signature {
        Signature {
            look: look(asking),
            reader: self.stock.signature(&asking.reader),
        }
    }

    /// One reader's digest with a verdict for every candidate.
    pub fn selection(&self, asking: &Asking<'_>) -> Selection {
        let mut selection = self.stock.select(&asking.reader);
        let fitted = self.fitted(selection.picks.clone(), asking);
        if self.inputs.rules.room.is_some() {
            fitted.tell(&mut selection, self.inputs.rules.byte_budget);
        }
        selection
    }

    fn fitted(&self, picks: Vec<Pick>, asking: &Asking<'_>) -> Fitted {
        let rules = &self.inputs.rules;
        match &rules.room {
            Some(room) if !picks.is_empty() => {
                let look = look(asking);
                let sizes = self.measure.letters(&look, room);
                fit(picks, &sizes, rules.byte_budget as usize)
            }
            // A wave of a release that knew no budget stays as it was planned.
            _ => Fitted {
                shortened: vec![false; picks.len()],
                picks,
                ..Fitted::default()
            },
        }
    }

    fn outline(&self, key: SubscriptionId, picks: &[Pick]) -> Outline<'_> {
        let candidates = picks.iter().filter_map(|p| self.by_article.get(&p.article));
        Outline {
            key: key.0,
            stories: candidates.map(|c| StoryLabels::of(c)).collect(),
            slots: slots(picks),
        }
    }
}

/// How many stories stand before each slot of a letter of these picks.
pub(super) fn slots(picks: &[Pick]) -> Vec<(Slot, usize)> {
    let sections: Vec<&Section> = picks.iter().map(|p| &p.section).collect();
    slot_positions(&sections).to_vec()
}

fn look(asking: &Asking<'_>) -> Look {
    Look {
        language: asking.language.to_owned(),
        length: asking.length,
        images: asking.images,
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A reader as selection sees one.
pub fn reader(
    interests: &Interests,
    (length, language): (Length, &str),
    rules: &Rules,
    memory: Vec<Sent>,
) -> Reader {
    let stories = match length {
        Length::Long => rules.stories,
        Length::Short => rules
            .stories
            .div_ceil(2)
            .max(rules.stories_min.min(rules.stories)),
    };
    Reader {
        topics: interests.topics.clone(),
        places: interests.places.clone(),
        stories,
        short: length == Length::Short,
        language: language.to_owned(),
        since_ms: None,
        memory,
    }
}

/// What a reader who comes back is brought the best of everything since, in Unix ms: what their
/// subscription says, and no more than the list's `catch_up_hours` before the cut-off.
pub fn reached(since: Option<Timestamp>, rules: &Rules, list: &List) -> Option<i64> {
    let most = i64::from(list.settings.catch_up_hours) * 3_600_000;
    let earliest = rules.cutoff_ms.saturating_sub(most);
    since.map(|since| since.as_millisecond().max(earliest))
}

/// Whose memory counts for a list's readers under these rules, and since when.
pub fn remembering(list: ListId, rules: &Rules) -> Remembering {
    let reach = i64::from(rules.memory_days) * 86_400_000;
    let since = rules.cutoff_ms.saturating_sub(reach);
    Remembering {
        list,
        shares: rules.shares.clone(),
        since: Timestamp::from_millisecond(since).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

impl Press {
    /// What the readers of a wave may remember of its candidates' stories.
    pub async fn recall(&self, list: ListId, inputs: &Inputs) -> Result<Recall, PressError> {
        let kin = inputs.candidates.iter().flat_map(|c| &c.kin);
        let of = remembering(list, &inputs.rules);
        Ok(self.store.recall(&of, kin.map(|k| k.revision)).await?)
    }

    /// The same for a wave due at `due` that is thought about at `now`: before its cut-off letters that
    /// are open count as sent, since they leave before it is planned; after it the plan would overtake
    /// them.
    pub async fn foreseen(
        &self,
        list: &List,
        inputs: &Inputs,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<Recall, PressError> {
        let recall = self.recall(list.id, inputs).await?;
        let lead = i64::from(list.settings.lead_minutes) * 60_000;
        let to_come = due.as_millisecond() - lead > now.as_millisecond();
        Ok(match to_come {
            true => recall.with_open(),
            false => recall,
        })
    }
}
