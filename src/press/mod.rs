//! Making an edition: read once, think, write once.
//!
//! A wave is frozen (candidates, rules, template, sender settings, key), then planned in slices of
//! readers; each slice is one write, and an interrupted plan goes on where it stopped, with the very
//! inputs that it began with. Nothing here knows how a letter looks or how it is sent.

mod alike;
pub mod amend;
mod catch_up;
pub mod check;
mod choices;
pub mod desk;
pub mod explain;
pub mod forecast;
pub mod freeze;
mod guard;
mod kin;
mod limit;
mod makeup;
mod measure;
pub mod next;
mod planner;
mod prospect;
mod publish;
pub mod rehearse;
mod remember;
mod represent;
mod sale;
pub mod shelf;
mod slices;
pub mod sponsored;
mod welcome;

use crate::domain::EditionId;
use crate::domain::delivery::Hold;
use crate::domain::due::DueError;
use crate::domain::edition::{Approval, Edition, EditionState, Late, Wave};
use crate::domain::list::{Cadence, List};
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::time::Timestamp;
use crate::faults::die_at;
use crate::proof::Findings;
use crate::store::planning::DueWave;
use crate::store::{Store, StoreError};
use freeze::PressSettings;
pub use guard::Scales;
pub use limit::{FixedPart, TooBig};
pub use makeup::{Asking, Draft, Makeup, reached, reader};
pub use measure::Look;
use planner::Planner;
pub use remember::remembering;
pub use sale::{Count, Sale};

/// Readers in one write.
const SLICE: i64 = 1000;
/// The room of the layout's slots.
pub const ROOM: &[(Slot, CreativeSize)] =
    &[(Slot::S1, CreativeSize::M), (Slot::S2, CreativeSize::L)];

/// What kept an edition from being planned.
#[derive(Debug, thiserror::Error)]
pub enum PressError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The list cannot send yet.
    #[error("list `{list}` cannot send: {} not set", missing.join(", "))]
    ListIncomplete {
        /// Which list.
        list: String,
        /// Settings without which no letter may leave.
        missing: Vec<&'static str>,
    },
    /// The template set does not compile.
    #[error("the template does not compile")]
    Template(#[source] crate::render::RenderError),
    /// A theme's folder cannot be read.
    #[error("the theme cannot be read")]
    Themes(#[source] crate::themes::ThemesError),
    /// A stored content is not what its kind says.
    #[error("what was frozen with the wave cannot be read: {0}")]
    Frozen(String),
    /// No letter of the wave could leave.
    #[error("{0}")]
    TooBig(Box<TooBig>),
    /// Other processes kept planning the same readers.
    #[error("the plan of edition {0} collided with another process, again and again")]
    Collided(EditionId),
    /// The program is being stopped.
    #[error("the plan was stopped; what is written of it stays")]
    Stopped,
    /// Terms that do not go with their cadence.
    #[error(transparent)]
    Due(#[from] DueError),
    /// There is no such digest, so there is nothing to explain.
    #[error("{0}")]
    NothingPlanned(String),
}

impl From<crate::themes::ThemesError> for PressError {
    fn from(error: crate::themes::ThemesError) -> PressError {
        match error {
            crate::themes::ThemesError::Theme(error) => PressError::Template(error),
            error => PressError::Themes(error),
        }
    }
}

impl PressError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            PressError::Store(error) => error.hint(),
            PressError::Due(error) => error.hint(),
            PressError::Template(error) => error.hint(),
            PressError::Themes(error) => error.hint(),
            PressError::ListIncomplete { list, missing } => {
                Some(format!("`courant list set {list} {} …`", missing.first()?))
            }
            PressError::TooBig(big) => Some(big.hint()),
            PressError::Collided(_) | PressError::Stopped => Some("try again".to_owned()),
            PressError::NothingPlanned(_) => {
                Some("`courant edition plan LIST` plans what is due next".to_owned())
            }
            PressError::Frozen(_) => None,
        }
    }
}

/// The press: what planning needs beside a wave and the time.
#[derive(Clone, Debug)]
pub struct Press {
    /// The database.
    pub store: Store,
    /// What belongs to the machine.
    pub settings: PressSettings,
}

/// What planning a wave did.
#[derive(Clone, Debug)]
pub struct PlannedWave {
    /// The edition.
    pub edition: Edition,
    /// The wave.
    pub wave: Wave,
    /// Digests written by this call.
    pub digests: u64,
    /// Readers skipped by this call.
    pub skipped: u64,
    /// Digests that were thought out for them: readers who are alike share one.
    pub thought: u64,
    /// Sponsor placements written by this call.
    pub placements: u64,
    /// Digests of these in which size shortened or pushed out a story.
    pub shortened: u64,
    /// Stories that did not fit into these digests.
    pub pushed_out: u64,
    /// What the letters ask, if they ask.
    pub held: Option<Hold>,
    /// What its proof found, each slice read before it was written.
    pub found: Findings,
}

impl Press {
    /// Plans a wave, or goes on with one that was interrupted.
    ///
    /// `as_of` is the instant up to which articles are known (never later than the wave's cut-off is
    /// taken), `now` the time at which the plan is made: lateness and next runs are counted by it.
    pub async fn plan(
        &self,
        due: &DueWave,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<PlannedWave, PressError> {
        let list = self.store.list_by_id(due.list).await?;
        self.plan_of(&list, due, as_of, (now, false)).await
    }

    /// Plans a wave whose cut-off has come. One that is later than its list's grace is not sent where
    /// the list merges: its readers are skipped, and their next digest reaches back over it.
    pub async fn plan_due(&self, due: &DueWave, now: Timestamp) -> Result<PlannedWave, PressError> {
        let list = self.store.list_by_id(due.list).await?;
        let merged = list.settings.late == Late::Merge && is_late(&list, due.due_at, now);
        self.plan_of(&list, due, now, (now, merged)).await
    }

    async fn plan_of(
        &self,
        list: &List,
        due: &DueWave,
        as_of: Timestamp,
        (now, merged): (Timestamp, bool),
    ) -> Result<PlannedWave, PressError> {
        let cadence = self.cadence(list, due).await?;
        let missing = list.settings.missing_for_sending();
        if !missing.is_empty() {
            return Err(PressError::ListIncomplete {
                list: list.slug.to_string(),
                missing,
            });
        }
        let edition = self
            .store
            .edition_open(list.id, cadence.id, &due.run, now)
            .await?;
        let (wave, inputs) = self.frozen_wave(list, &edition, due, as_of, now).await?;
        let (mut done, scales) = self
            .begin(list, (edition, wave), due, (now, merged))
            .await?;
        loop {
            let (inputs, amended) = self.amend_now(inputs.clone()).await?;
            let makeup = self.makeup(&inputs, done.edition.run).await?;
            let makeup = makeup.of_cadence(&cadence.name);
            let proof = self.proof(list.id, &inputs, due.due_at).await?;
            let proof = proof.in_run(&cadence.name, due.run);
            let thinking = (makeup, self.recall(list.id, &inputs).await?, proof);
            let which = (list, &cadence);
            let planner = Planner::new(
                self,
                which,
                thinking,
                amended,
                scales.clone(),
                (now, merged),
            );
            let through = planner.run(due, &mut done).await?;
            done.thought += planner.thought_out();
            if through {
                break;
            }
        }
        self.finish(list, &cadence, &done).await?;
        // Who approved it meanwhile did not see these letters wait.
        if done.held == Some(Hold::Approval)
            && self.store.approved_go(done.edition.id, now).await? > 0
        {
            done.held = None;
        }
        Ok(done)
    }

    /// A wave whose first slice is still to come, with what its letters ask by what is known already and
    /// what its stories are weighed by.
    async fn begin(
        &self,
        list: &List,
        (edition, wave): (Edition, Wave),
        due: &DueWave,
        (now, merged): (Timestamp, bool),
    ) -> Result<(PlannedWave, Option<Scales>), PressError> {
        let mut held = match edition.state {
            EditionState::Cancelled => None,
            _ if merged => None,
            _ => self.hold(list, Some(&edition), due.due_at, now).await?,
        };
        let mut scales = None;
        if held.is_none() && !merged {
            scales = self.scales(list, Some(&edition), due).await?;
        }
        if let Some(scales) = &scales
            && self.weigh(scales, &wave).await?
        {
            held = Some(Hold::Volume);
        }
        let found = self.found_before(&wave).await?;
        if found.errors() > 0 {
            held = Some(Hold::Check);
        }
        let begun = PlannedWave {
            edition,
            wave,
            digests: 0,
            skipped: 0,
            thought: 0,
            placements: 0,
            shortened: 0,
            pushed_out: 0,
            held,
            found,
        };
        Ok((begun, scales))
    }

    async fn finish(
        &self,
        list: &List,
        cadence: &Cadence,
        done: &PlannedWave,
    ) -> Result<(), PressError> {
        let waves = self.store.waves(done.edition.id).await?;
        let first = waves.first().is_some_and(|first| first.id == done.wave.id);
        if first && !done.wave.complete {
            self.store
                .skip_inactive(done.wave.id, (list.id, cadence.id, done.edition.run))
                .await?;
        }
        if done.found.warnings() > 0 {
            let (wave, now) = (done.wave.id, done.wave.planned_at);
            self.store.wave_faulty(wave, &done.found, now).await?;
        }
        self.store
            .wave_plan_close(done.wave.id, done.wave.planned_at)
            .await?;
        self.store.wave_complete(done.wave.id).await?;
        die_at("after_plan_commit");
        Ok(())
    }

    async fn cadence(&self, list: &List, due: &DueWave) -> Result<Cadence, PressError> {
        let cadences = self.store.cadences(list.id).await?;
        let found = cadences.into_iter().find(|c| c.id == due.cadence);
        found.ok_or_else(|| {
            let name = due.cadence.to_string();
            StoreError::NotFound {
                what: "cadence",
                name,
            }
            .into()
        })
    }

    /// What the letters of a wave due at `due` would ask a person, were it planned at `now`; its volume
    /// apart, which is weighed when nothing else asks.
    pub async fn hold(
        &self,
        list: &List,
        edition: Option<&Edition>,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Hold>, PressError> {
        if list.settings.late == Late::Ask && is_late(list, due, now) {
            return Ok(Some(Hold::Late));
        }
        if list.settings.approval != Approval::Hold {
            return Ok(None);
        }
        let cleared = match edition {
            Some(edition) => self.store.edition_cleared(edition.id).await?,
            None => false,
        };
        Ok((!cleared).then_some(Hold::Approval))
    }
}

/// Whether a start at `now` is later than a list's grace after `due`.
pub fn is_late(list: &List, due: Timestamp, now: Timestamp) -> bool {
    let grace = i64::from(list.settings.grace_minutes) * 60_000;
    now.as_millisecond() > due.as_millisecond() + grace
}
