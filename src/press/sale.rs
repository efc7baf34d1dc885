//! The sponsors of a wave: its digests counted by who may stand where in them, planned at once, and
//! dealt slice by slice. A wave in which no flight runs is not counted.

use std::collections::BTreeMap;

use super::makeup::Thought;
use super::planner::Planner;
use super::{Asking, Draft, Makeup, PlannedWave, Press, PressError, ROOM};
use crate::domain::edition::EditionState;
use crate::domain::goal::Cap;
use crate::domain::list::{Cadence, List};
use crate::domain::sponsor::Flight;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, FlightId, SubscriptionId};
use crate::faults::die_at;
use crate::sponsors::pacing::{self, Prospect};
use crate::sponsors::{Asks, Board, Census, Dealer, Deck, Drawn, Mark, Signature};
use crate::store::Store;
use crate::store::planning::DueWave;
use crate::store::wave_plans::{WavePlan, WaveQuota};

/// Readers who were sent flights as often as they may be.
pub type Capped = BTreeMap<SubscriptionId, Vec<FlightId>>;

/// A wave's digests while they are counted.
#[derive(Debug)]
pub struct Count {
    board: Board,
    census: Census,
    digests: i64,
}

/// A wave's sponsors, planned, while they are dealt.
#[derive(Debug)]
pub struct Sale {
    board: Board,
    dealer: Dealer,
}

impl Count {
    /// Begins to count a wave for the flights that run when it is due; `None`: there are none.
    pub fn begin(makeup: &Makeup<'_>, flights: &[Flight], due: Timestamp) -> Option<Count> {
        let board = Board::new(&makeup.within(flights), makeup.labels(), due, ROOM);
        (!board.is_empty()).then(|| Count {
            board,
            census: Census::default(),
            digests: 0,
        })
    }

    /// Flights that one reader may see only so often.
    pub fn caps(&self) -> Vec<(FlightId, Cap)> {
        caps(&self.board)
    }

    /// Counts the digests of some readers.
    pub fn add(&mut self, makeup: &Makeup<'_>, readers: &[Asking<'_>], capped: &Capped) {
        let thoughts = makeup.thoughts(readers, Some(&self.board));
        let both = readers.iter().zip(&thoughts);
        for (asking, thought) in both.filter(|(_, thought)| thought.skip.is_none()) {
            let signature = signature(makeup, &self.board, asking, thought, capped);
            self.census.add(&signature);
            self.digests += 1;
        }
    }

    /// Digests that were counted.
    pub(super) fn digests(&self) -> i64 {
        self.digests
    }

    /// Its flights, each with the digests in which it might stand.
    pub(super) fn eligible(&self) -> impl Iterator<Item = (&Flight, i64)> {
        self.board.flights().zip(self.census.eligible(&self.board))
    }

    /// Plans the wave at once: what each flight is given, and the sale. `quotas` are in the order of
    /// [`Count::eligible`].
    pub(super) fn planned(self, quotas: &[i64], edition: EditionId) -> (WavePlan, Sale) {
        let deck = Deck::plan(&self.board, &self.census, quotas);
        let planned = deck.undealt(&self.board);
        let eligible = self.eligible().zip(quotas.iter().zip(&planned));
        let quota =
            |((flight, eligible), (quota, planned)): ((&Flight, i64), (&i64, &i64))| WaveQuota {
                flight: flight.id,
                eligible,
                quota: *quota,
                planned: *planned,
            };
        let plan = WavePlan {
            quotas: eligible.map(quota).collect(),
            classes: deck.stored(&self.board),
        };
        let both = quotas.iter().zip(&planned);
        let spare = both.map(|(quota, planned)| quota - planned).collect();
        let sale = Sale {
            dealer: Dealer::new(deck, spare, edition.0),
            board: self.board,
        };
        (plan, sale)
    }
}

impl Sale {
    /// Goes on with a wave whose plan was stored; `placed` is in how many of its digests each flight
    /// stands by now.
    fn resumed(
        makeup: &Makeup<'_>,
        flights: &[Flight],
        plan: &WavePlan,
        placed: &BTreeMap<FlightId, i64>,
        edition: EditionId,
    ) -> Sale {
        let quota = |id: FlightId| plan.quotas.iter().find(|q| q.flight == id);
        let mut own = makeup.within(flights);
        own.retain(|f| quota(f.id).is_some());
        let board = Board::with(own, makeup.labels(), ROOM);
        let deck = Deck::restored(&board, &plan.classes);
        let undealt = deck.undealt(&board);
        let spare = board.flights().zip(undealt).map(|(flight, undealt)| {
            let quota = quota(flight.id).map_or(0, |q| q.quota);
            let placed = placed.get(&flight.id).copied().unwrap_or(0);
            (quota - placed - undealt).max(0)
        });
        let spare = spare.collect();
        Sale {
            dealer: Dealer::new(deck, spare, edition.0),
            board,
        }
    }

    /// Flights that one reader may see only so often.
    pub(super) fn caps(&self) -> Vec<(FlightId, Cap)> {
        caps(&self.board)
    }

    /// Where it stands.
    pub(super) fn mark(&self) -> Mark {
        self.dealer.mark()
    }

    /// Goes back to a mark; `drawn` is what was drawn since.
    pub(super) fn back(&mut self, mark: Mark, drawn: &[Drawn]) {
        self.dealer.back(mark, drawn);
    }

    /// Drafts digests with what of the sale is theirs; `now` are the flights as they are by now.
    pub(super) fn drafts(
        &mut self,
        makeup: &Makeup<'_>,
        readers: &[Asking<'_>],
        (capped, now): (&Capped, &[Flight]),
    ) -> Vec<Draft> {
        let thoughts = makeup.thoughts(readers, Some(&self.board));
        let mut drafts: Vec<Draft> = thoughts.iter().map(|t| t.draft()).collect();
        let (mut whose, mut asks) = (Vec::new(), Vec::new());
        for (at, (asking, thought)) in readers.iter().zip(&thoughts).enumerate() {
            if thought.skip.is_none() {
                whose.push(at);
                asks.push(Asks {
                    outline: makeup.outline(asking, thought),
                    signature: signature(makeup, &self.board, asking, thought, capped),
                });
            }
        }
        let dealt = self.dealer.deal(&self.board, &asks, now);
        for (at, dealt) in whose.into_iter().zip(dealt) {
            drafts[at].placements = dealt.placements;
            drafts[at].drawn = dealt.drawn;
        }
        drafts
    }
}

fn caps(board: &Board) -> Vec<(FlightId, Cap)> {
    let capped = board.capped();
    capped.filter_map(|f| Some((f.id, f.cap?))).collect()
}

/// Who may stand where in a reader's digest.
fn signature(
    makeup: &Makeup<'_>,
    board: &Board,
    asking: &Asking<'_>,
    thought: &Thought,
    capped: &Capped,
) -> Signature {
    let standing = makeup.standing(asking, thought, board);
    let capped = capped.get(&asking.subscription);
    let capped = capped.map_or(&[][..], Vec::as_slice);
    board.signature(standing, makeup.declared(asking).as_ref(), capped)
}

/// Which of these readers were sent flights as often as they may be.
pub(super) async fn capped(
    store: &Store,
    caps: &[(FlightId, Cap)],
    readers: &[SubscriptionId],
    due: Timestamp,
) -> Result<Capped, PressError> {
    let mut capped = Capped::new();
    for cap in caps {
        for reader in store.capped(*cap, readers, due).await? {
            capped.entry(reader).or_default().push(cap.0);
        }
    }
    Ok(capped)
}

impl Press {
    /// Which of these readers were sent the flights of a count as often as they may be.
    pub async fn capped(
        &self,
        count: &Count,
        readers: &[SubscriptionId],
        due: Timestamp,
    ) -> Result<Capped, PressError> {
        capped(&self.store, &count.caps(), readers, due).await
    }
}

/// What a flight is given in a wave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Digests in which it stands.
    pub digests: i64,
    /// Its rows in them: one that fills all slots has several in each.
    pub rows: u64,
}

impl Press {
    /// What each flight of a counted wave would be given. Nothing is written.
    pub async fn given(
        &self,
        list: &List,
        cadence: &Cadence,
        due: &DueWave,
        count: Count,
        now: Timestamp,
    ) -> Result<BTreeMap<FlightId, Given>, PressError> {
        let quotas = self.quotas(list, cadence, due, &count, now).await?;
        let (plan, _) = count.planned(&quotas, EditionId(0));
        let mut given: BTreeMap<FlightId, Given> = BTreeMap::new();
        for configuration in plan.classes.iter().flat_map(|c| &c.configurations) {
            for (_, flight) in &configuration.flights {
                given.entry(*flight).or_default().rows += configuration.digests;
            }
        }
        for quota in &plan.quotas {
            given.entry(quota.flight).or_default().digests = quota.planned;
        }
        Ok(given)
    }

    /// What of a counted wave each flight may have, in their order.
    async fn quotas(
        &self,
        list: &List,
        cadence: &Cadence,
        due: &DueWave,
        count: &Count,
        now: Timestamp,
    ) -> Result<Vec<i64>, PressError> {
        let prospects = self.prospects(list, cadence, due, count, now).await?;
        let of = count.eligible().zip(&prospects);
        let quota = |((flight, _), of): ((&Flight, i64), &Prospect)| {
            pacing::quota(flight, flight.remaining(), of)
        };
        Ok(of.map(quota).collect())
    }
}

impl Planner<'_> {
    /// The sponsors of a wave: as they are stored where its plan was interrupted, else counted, planned
    /// and stored before anything of it is written. `None`: no flight runs.
    pub(super) async fn sale(
        &self,
        due: &DueWave,
        done: &PlannedWave,
    ) -> Result<Option<Sale>, PressError> {
        let (edition, wave) = (&done.edition, done.wave.id);
        if self.merged || edition.state == EditionState::Cancelled {
            return Ok(None);
        }
        let flights = self.store.flights(Some(due.list)).await?;
        let placed = self.store.wave_placements(wave).await?;
        if let Some(plan) = self.store.wave_plan(wave, &self.amended).await? {
            let sale = Sale::resumed(&self.makeup, &flights, &plan, &placed, edition.id);
            return Ok(Some(sale));
        }
        let Some(mut count) = Count::begin(&self.makeup, &flights, due.due_at) else {
            return Ok(None);
        };
        self.count(due, done, &mut count).await?;
        let (list, cadence) = (self.list, self.cadence);
        let quotas = self.press.quotas(list, cadence, due, &count, self.now);
        let quotas = quotas.await?;
        let (mut plan, sale) = super::slices::aside(|| count.planned(&quotas, edition.id));
        // What an earlier plan of the wave placed was given to it too.
        for quota in &mut plan.quotas {
            quota.quota += placed.get(&quota.flight).copied().unwrap_or(0);
        }
        self.store
            .wave_plan_put(wave, &plan, &self.amended, self.now)
            .await?;
        die_at("wave_planned");
        Ok(Some(sale))
    }

    /// Counts the digests of everybody who is still due: while one slice is thought out, the next is read.
    async fn count(
        &self,
        due: &DueWave,
        done: &PlannedWave,
        count: &mut Count,
    ) -> Result<(), PressError> {
        let caps = count.caps();
        let first = SubscriptionId(0);
        let mut reading = self.read(due, done, first, caps.clone());
        loop {
            let slice = reading.done().await?;
            let Some(last) = slice.readers.last().map(|r| r.subscription) else {
                return Ok(());
            };
            reading = self.read(due, done, last, caps.clone());
            let asking = self.asking(&slice);
            super::slices::aside(|| count.add(&self.makeup, &asking, &slice.capped));
        }
    }
}
