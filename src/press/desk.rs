//! The desk: an edition as editors meet it in the morning, put together once for all pages that show it.
//!
//! It reads what planning would read and thinks what planning would think, and writes nothing. Of a big
//! list it looks at the first [`LOOKED`] readers alone, and says so.

mod acts;
mod digest;
mod proposed;
mod reach;
mod wrong;

use super::forecast::{Ahead, Issue};
use super::{Press, PressError};
use crate::domain::EditionId;
use crate::domain::delivery::Hold;
use crate::domain::edition::{Decision, Edition, Wave, in_force};
use crate::domain::list::{Cadence, List};
use crate::domain::selection::Decisions;
use crate::domain::time::{Run, Timestamp, from_ms};
use crate::store::planning::DueWave;

pub use acts::{Deed, DeedError};
pub use digest::{DeskDigest, typical};
pub use proposed::Proposed;
pub use reach::{LOOKED, Reach, Without};
pub use wrong::{Weight, Wrong};

/// How long before its letters are due an edition is shown as it will be; before that as it would be now,
/// since its own stories are still to come.
const NEAR_MS: i64 = 12 * 3_600_000;

/// An edition on the desk.
pub struct Sheet {
    /// Whose.
    pub list: List,
    /// Which rhythm.
    pub cadence: Cadence,
    /// Which run.
    pub run: Run,
    /// If anybody spoke of it.
    pub edition: Option<Edition>,
    /// When its letters leave, earliest first.
    pub departures: Vec<Departure>,
    /// The first wave that is not frozen, as it would be planned; else the last one that is.
    pub ahead: Ahead,
    /// All that editors decided about it, oldest first.
    pub decisions: Vec<Decision>,
    /// What may be brought and what editors named, best first.
    pub stories: Vec<Proposed>,
    /// Whom it reaches.
    pub reach: Reach,
    /// Letters that are planned, and those of them that are open.
    pub letters: (i64, i64),
    /// What its letters ask, with how many ask it.
    pub asks: Vec<(Hold, i64)>,
    /// What is wrong, the worst first.
    pub wrong: Vec<Wrong>,
}

/// Letters that leave together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departure {
    /// When.
    pub due: Timestamp,
    /// Nothing later is taken, and no decision later holds.
    pub cutoff: Timestamp,
    /// Readers who are still due for it.
    pub readers: i64,
    /// Whether it is frozen.
    pub frozen: bool,
}

/// Which edition is put on the desk.
#[derive(Clone, Copy, Debug)]
pub struct Meant<'a> {
    /// Whose.
    pub list: &'a List,
    /// Which rhythm.
    pub cadence: &'a Cadence,
    /// Which run.
    pub run: Run,
    /// The groups that are still due for it, earliest first.
    pub coming: &'a [DueWave],
    /// When it is due on the list's own clock.
    pub due: Timestamp,
}

impl Sheet {
    /// Whether no decision changes it any more.
    pub fn is_frozen(&self) -> bool {
        !self.departures.is_empty() && self.departures.iter().all(|d| d.frozen)
    }

    /// When its next letters leave that are not frozen yet, else when its first ones did.
    pub fn next(&self) -> Option<Departure> {
        let mut open = self.departures.iter().filter(|d| !d.frozen);
        open.next().or(self.departures.first()).copied()
    }

    /// What of the decisions counts.
    pub fn force(&self) -> &Decisions {
        &self.ahead.inputs.rules.decisions
    }

    /// A story of it.
    pub fn story(&self, article: crate::domain::ArticleId) -> Option<&Proposed> {
        self.stories.iter().find(|s| s.article == article)
    }

    /// As [`Press::ahead`] names it.
    pub fn issue<'a>(&'a self, coming: &'a [DueWave]) -> Issue<'a> {
        Issue {
            list: &self.list,
            run: self.run,
            edition: self.edition.as_ref(),
            coming,
        }
    }
}

impl Press {
    /// Puts an edition on the desk, as of `now`.
    pub async fn desk(&self, meant: Meant<'_>, now: Timestamp) -> Result<Sheet, PressError> {
        let (list, cadence, run) = (meant.list, meant.cadence, meant.run);
        let edition = self.store.edition_find(list.id, cadence.id, &run).await?;
        let (mut decisions, mut waves) = (Vec::new(), Vec::new());
        let (mut letters, mut asks) = ((0, 0), Vec::new());
        if let Some(edition) = &edition {
            decisions = self.store.decisions(edition.id).await?;
            waves = self.store.waves(edition.id).await?;
        }
        if let Some(edition) = edition.as_ref().filter(|_| !waves.is_empty()) {
            let tally = self.store.tally(edition.id).await?;
            letters = (tally.planned, tally.open);
            asks = self.store.held(edition.id).await?;
        }
        let departures = departures(list, &waves, meant.coming);
        let open = departures.iter().find(|d| !d.frozen).map(|d| d.due);
        let shown = open.or(waves.last().map(|w| w.due_at)).unwrap_or(meant.due);
        let wave = waves.iter().find(|w| w.due_at == shown).cloned();
        let inputs = match &wave {
            Some(wave) => self.thaw_now(wave).await?.0,
            None => {
                let near = shown.as_millisecond() - now.as_millisecond() <= NEAR_MS;
                let as_of = if near { shown.max(now) } else { now };
                let decided = in_force(&decisions);
                self.inputs_with(list, decided, shown, as_of).await?
            }
        };
        let issue = Issue {
            list,
            run,
            edition: edition.as_ref(),
            coming: meant.coming,
        };
        let ahead = self.ahead_of(issue, (shown, wave, inputs), now).await?;
        let mut sheet = Sheet {
            list: list.clone(),
            cadence: cadence.clone(),
            run,
            edition,
            departures,
            ahead,
            decisions,
            stories: Vec::new(),
            reach: Reach::default(),
            letters,
            asks,
            wrong: Vec::new(),
        };
        sheet.stories = self.proposed(&sheet).await?;
        sheet.reach = self.reached(&sheet.ahead).await?;
        sheet.wrong = self.wrong(&sheet, now).await?;
        Ok(sheet)
    }
}

impl Press {
    /// Keeps an edition's plan as somebody approves it, for later comparisons. Every digest is looked at.
    pub async fn keep_approved(
        &self,
        issue: Issue<'_>,
        edition: EditionId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), PressError> {
        let mut waves = Vec::new();
        for wave in self.ahead(issue, now).await? {
            waves.push(wave.snapshot(self, &mut |_| {}).await?);
        }
        Ok(self
            .store
            .approved_plan_add(edition, &waves, by, now)
            .await?)
    }
}

fn departures(list: &List, waves: &[Wave], coming: &[DueWave]) -> Vec<Departure> {
    let lead = i64::from(list.settings.lead_minutes) * 60_000;
    let frozen = waves.iter().map(|wave| Departure {
        due: wave.due_at,
        cutoff: wave.cutoff_at,
        readers: 0,
        frozen: true,
    });
    let mut all: Vec<Departure> = frozen.collect();
    for group in coming {
        match all.iter_mut().find(|d| d.due == group.due_at) {
            Some(known) => known.readers += group.readers,
            None => all.push(Departure {
                due: group.due_at,
                cutoff: from_ms(group.due_at.as_millisecond() - lead),
                readers: group.readers,
                frozen: false,
            }),
        }
    }
    all.sort_by_key(|d| d.due);
    all
}
