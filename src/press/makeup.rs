//! Make-up: from a wave's inputs and its readers to digests that fit. Selection, then size, then
//! sponsors, in this order and nowhere else, so that a plan, a preview of it and its replay agree.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::alike::Alike;
use super::freeze::Inputs;
use super::measure::{Look, Measure};
use super::{Press, PressError, ROOM};
use crate::domain::list::List;
use crate::domain::selection::{
    Candidate, Pick, Reader, Room, Rules, Section, Selection, Sent, Skip,
};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Flight, Slot};
use crate::domain::subscriber::{Interests, Length};
use crate::domain::targeting::{Declared, Weekday};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{ArticleId, RevisionId, SubscriptionId};
use crate::render::{printed, slot_positions};
use crate::select::Stock;
use crate::select::fit::{Fitted, fit};
use crate::sponsors::{self, Board, Drawn, Outline, Proposed, Quotas, Standing, StoryLabels};

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
    run: Run,
    /// Of the edition's cadence, where sponsors that are for some cadences are to be placed.
    cadence: Option<Slug>,
}

/// What a reader's digest depends on, its sponsors apart: readers with the same one share it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    look: Look,
    reader: Vec<u8>,
}

/// A digest before its sponsors.
#[derive(Debug)]
pub(super) struct Thought {
    picks: Arc<[Pick]>,
    shortened: u32,
    left_out: u32,
    pub(super) skip: Option<Skip>,
    /// Who may stand in it, by the wave's board.
    standing: OnceLock<Standing>,
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
    /// The configuration of the wave's plan that they are.
    pub drawn: Option<Drawn>,
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
            run,
            cadence: None,
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
    /// The same for digests of a cadence: flights that are for others stand in none of them.
    pub fn of_cadence(mut self, cadence: &Slug) -> Self {
        self.cadence = Some(cadence.clone());
        self
    }

    /// Drafts digests, each within its budget, with sponsors as of a wave of their own; `quotas` is
    /// charged for every placement.
    pub fn drafts(
        &self,
        readers: &[Asking<'_>],
        flights: &[Flight],
        due: Timestamp,
        quotas: &mut Quotas,
    ) -> Vec<Draft> {
        let thoughts = self.thoughts(readers, None);
        let both = readers.iter().zip(&thoughts);
        let digests: Vec<_> = both
            .map(|(asking, thought)| (self.outline(asking, thought), self.declared(asking)))
            .collect();
        let placed = sponsors::place_for(&digests, &self.within(flights), due, ROOM, quotas);
        let drafts = thoughts.iter().zip(placed);
        drafts
            .map(|(thought, placements)| Draft {
                placements,
                ..thought.draft()
            })
            .collect()
    }

    /// Drafts digests without sponsors.
    pub fn unsold(&self, readers: &[Asking<'_>]) -> Vec<Draft> {
        let thoughts = self.thoughts(readers, None);
        thoughts.iter().map(|thought| thought.draft()).collect()
    }

    /// Flights with the texts for which the wave kept room.
    pub(super) fn within(&self, flights: &[Flight]) -> Vec<Flight> {
        match &self.inputs.rules.room {
            Some(room) => self.measure.within(room, flights),
            None => flights.to_vec(),
        }
    }

    /// What flights see of the wave's stories.
    pub(super) fn labels(&self) -> impl Iterator<Item = StoryLabels<'_>> {
        self.inputs.candidates.iter().map(StoryLabels::of)
    }

    /// What flights see of a reader; nothing where the cadence was not said.
    pub(super) fn declared<'r>(&'r self, asking: &'r Asking<'_>) -> Option<Declared<'r>> {
        Some(Declared {
            topics: &asking.reader.topics,
            places: &asking.reader.places,
            cadence: self.cadence.as_ref()?,
            language: asking.language,
            weekday: Weekday::of(self.run.date()),
        })
    }

    /// Who may stand in a digest by its stories: asked of one board alone.
    pub(super) fn standing<'t>(
        &self,
        asking: &Asking<'_>,
        thought: &'t Thought,
        board: &Board,
    ) -> &'t Standing {
        let of = || board.standing(&self.outline(asking, thought));
        thought.standing.get_or_init(of)
    }

    /// What each reader gets, in their order, thought out on all cores, with who may stand there.
    pub(super) fn thoughts(
        &self,
        readers: &[Asking<'_>],
        board: Option<&Board>,
    ) -> Vec<Arc<Thought>> {
        let one = |asking: &Asking<'_>| -> Arc<Thought> {
            let thought = self.thought(asking);
            if let Some(board) = board {
                self.standing(asking, &thought, board);
            }
            thought
        };
        let think =
            |readers: &[Asking<'_>]| -> Vec<Arc<Thought>> { readers.iter().map(one).collect() };
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
                standing: OnceLock::new(),
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

    pub(super) fn outline(&self, asking: &Asking<'_>, thought: &Thought) -> Outline<'_> {
        let picks = &thought.picks;
        let candidates = picks.iter().filter_map(|p| self.by_article.get(&p.article));
        Outline {
            key: asking.subscription.0,
            stories: candidates.map(|c| StoryLabels::of(c)).collect(),
            slots: slots(picks),
        }
    }
}

impl Thought {
    /// The digest, without sponsors.
    pub(super) fn draft(&self) -> Draft {
        Draft {
            picks: self.picks.clone(),
            shortened: self.shortened,
            left_out: self.left_out,
            placements: Vec::new(),
            drawn: None,
            skip: self.skip,
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
