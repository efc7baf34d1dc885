//! A planned wave dealt to its digests: each draws a configuration of its class, and what the plan did
//! not foresee is planned on its own of what it left. It counts what flights have left.

use super::board::{Board, Signature};
use super::classes::{Census, Deck, Drawn};
use super::eligible::beside;
use super::solve::Slots;
use super::{Outline, Proposed, Quotas, hash};
use crate::domain::flight::Tier;
use crate::domain::goal::Goal;
use crate::domain::sponsor::{Flight, FlightState};

/// A digest that asks for its sponsors.
#[derive(Clone, Debug)]
pub struct Asks<'a> {
    /// Its stories.
    pub outline: Outline<'a>,
    /// Who may stand where.
    pub signature: Signature,
}

/// What a digest was dealt.
#[derive(Clone, Debug, Default)]
pub struct Dealt {
    /// In the order of the slots.
    pub placements: Vec<Proposed>,
    /// The configuration that it used up.
    pub drawn: Option<Drawn>,
}

/// A wave while it is dealt.
#[derive(Clone, Debug, Default)]
pub struct Dealer {
    deck: Deck,
    /// Digests that each flight may have beside those that are planned, by number.
    spare: Vec<i64>,
    quotas: Quotas,
    /// Mixed into every hash: the same reader is elsewhere in every edition.
    edition: i64,
}

/// What a dealer can go back to.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    spare: Vec<i64>,
    quotas: Quotas,
}

/// Who stands in which slot of the layout, each with what it had left before.
type Seats = Vec<Option<(u32, i64)>>;

impl Dealer {
    /// Deals what a deck holds, and `spare` beside it, in an edition.
    pub fn new(deck: Deck, spare: Vec<i64>, edition: i64) -> Dealer {
        Dealer {
            deck,
            spare,
            quotas: Quotas::default(),
            edition,
        }
    }

    /// Deals these, with nothing planned before.
    pub(super) fn with(quotas: &Quotas, spare: Vec<i64>) -> Dealer {
        Dealer {
            spare,
            quotas: quotas.clone(),
            ..Dealer::default()
        }
    }

    /// What flights have left.
    pub(super) fn quotas(self) -> Quotas {
        self.quotas
    }

    /// Where it stands.
    pub fn mark(&self) -> Mark {
        Mark {
            spare: self.spare.clone(),
            quotas: self.quotas.clone(),
        }
    }

    /// Goes back to a mark, before which all of this was not drawn yet.
    pub fn back(&mut self, mark: Mark, drawn: &[Drawn]) {
        self.deck.put_back(drawn);
        self.spare = mark.spare;
        self.quotas = mark.quotas;
    }

    /// Deals to some digests of the wave, in the order of a hash of their keys. `now` are the flights as
    /// they are by now: one that stopped is not placed, and what it had is planned anew among these
    /// digests.
    pub fn deal(&mut self, board: &Board, digests: &[Asks<'_>], now: &[Flight]) -> Vec<Dealt> {
        let left = self.open(board, now);
        let mut hand = Hand {
            board,
            left,
            seats: vec![vec![None; board.layout().len()]; digests.len()],
        };
        let key = |at: usize| digests[at].outline.key;
        let mut order: Vec<usize> = (0..digests.len()).collect();
        order.sort_by_key(|&at| (hash(self.edition, key(at)), key(at), at));
        let mut dealt = vec![Dealt::default(); digests.len()];
        let mut asking = Vec::new();
        for &at in &order {
            let signature = &digests[at].signature;
            let drawn = self.deck.draw(signature, hash(key(at), self.edition));
            dealt[at].drawn = drawn;
            let whole = match drawn {
                Some(drawn) => hand.seat(at, self.deck.flights(drawn)),
                None => signature.may.is_empty(),
            };
            if !whole {
                asking.push((at, hand.rest(at, signature)));
            }
        }
        let edition = self.edition;
        self.plan_rest(&mut hand, &asking, |at| hash(key(at), edition));
        for (number, runner) in board.runners().iter().enumerate() {
            self.quotas.keep(runner.flight.id, hand.left[number]);
        }
        for (at, digest) in digests.iter().enumerate() {
            dealt[at].placements = hand.proposed(at, &digest.outline);
        }
        dealt
    }

    /// What every flight may still be given: 0 for one that stopped.
    fn open(&mut self, board: &Board, now: &[Flight]) -> Vec<i64> {
        let left = |flight: &Flight| {
            let known = now.iter().find(|f| f.id == flight.id);
            known.map_or(0, |flight| match flight.state {
                FlightState::Approved => self.quotas.open(flight),
                _ => 0,
            })
        };
        board.flights().map(left).collect()
    }

    /// Plans digests, or what of them is free, as a wave of their own.
    fn plan_rest(
        &mut self,
        hand: &mut Hand<'_>,
        asking: &[(usize, Signature)],
        key: impl Fn(usize) -> u64,
    ) {
        if asking.is_empty() {
            return;
        }
        let mut census = Census::default();
        asking.iter().for_each(|(_, rest)| census.add(rest));
        let both = self.spare.iter().zip(&hand.left);
        let quotas: Vec<i64> = both.map(|(spare, left)| *spare.min(left)).collect();
        let mut deck = Deck::plan(hand.board, &census, &quotas);
        for (at, rest) in asking {
            if let Some(drawn) = deck.draw(rest, key(*at)) {
                let flights = deck.flights(drawn);
                hand.seat(*at, flights);
                let mut given: Vec<u32> = flights.iter().flatten().copied().collect();
                given.sort_unstable();
                given.dedup();
                given.iter().for_each(|f| self.spare[*f as usize] -= 1);
            }
        }
    }
}

/// Digests that are being dealt.
struct Hand<'b> {
    board: &'b Board,
    /// What each flight may still be given, by number.
    left: Vec<i64>,
    seats: Vec<Seats>,
}

impl Hand<'_> {
    /// Seats flights in a digest, each counted once. `false`: one of them could not be.
    fn seat(&mut self, at: usize, flights: &[Option<u32>]) -> bool {
        let mut whole = true;
        for (slot, flight) in flights.iter().enumerate() {
            let Some(flight) = flight else { continue };
            let there = self.seats[at].iter().flatten();
            let there = there
                .filter(|(f, _)| f == flight)
                .map(|(_, left)| *left)
                .next();
            let left = &mut self.left[*flight as usize];
            match there {
                Some(left) => self.seats[at][slot] = Some((*flight, left)),
                None if *left > 0 => {
                    self.seats[at][slot] = Some((*flight, *left));
                    *left = left.saturating_sub(1);
                }
                None => whole = false,
            }
        }
        whole
    }

    /// Who may still stand in what is free of a digest.
    fn rest(&self, at: usize, signature: &Signature) -> Signature {
        let runners = self.board.runners();
        let there: Vec<u32> = self.seats[at].iter().flatten().map(|(f, _)| *f).collect();
        let taken = self.seats[at].iter().enumerate();
        let taken = taken.filter(|(_, seat)| seat.is_some());
        let taken: Slots = taken.fold(0, |bits, (slot, _)| bits | 1 << slot);
        let shut = |flight: u32| {
            let own = &runners[flight as usize];
            (!there.is_empty() && own.alone())
                || there.iter().any(|other| {
                    let other = &runners[*other as usize];
                    other.alone() || other.flight.gate() == own.flight.gate()
                })
        };
        let may = signature.may.iter().copied();
        let may = may.filter(|(flight, _)| self.left[*flight as usize] > 0 && !shut(*flight));
        let may = may.map(|(flight, takes)| (flight, takes & !taken));
        let may = may.filter(|(_, takes)| *takes != 0);
        Signature::of(signature.slots & !taken, may)
    }

    fn proposed(&self, at: usize, outline: &Outline<'_>) -> Vec<Proposed> {
        let slots = self.board.layout().iter().zip(&self.seats[at]);
        let proposed = |(slot, seat): (&_, &Option<(u32, i64)>)| {
            let (flight, left) = (*seat)?;
            let runner = &self.board.runners()[flight as usize];
            let (_, creative) = runner.fits.iter().find(|(s, _)| s == slot)?;
            Some(Proposed {
                slot: *slot,
                flight: runner.flight.id,
                creative: *creative,
                reason: reason(&runner.flight, left, outline),
            })
        };
        let mut all: Vec<Proposed> = slots.filter_map(proposed).collect();
        all.sort_by_key(|p| p.slot);
        all
    }
}

/// Why a flight stands in a digest, in words; `left` are sends that it had before.
fn reason(flight: &Flight, left: i64, outline: &Outline<'_>) -> String {
    let mut words = match (flight.goal, flight.tier) {
        (Goal::Sends(_), tier) => format!("{tier}: {left} of {} left", flight.booked),
        (Goal::Share(percent), tier) => {
            format!("{tier}: {percent} % of the digests that it may take")
        }
        (Goal::Every, tier) => format!("{tier}: every digest that it may take, alone"),
        (Goal::Rest, Tier::House) => "house: nobody else was left for it".to_owned(),
        (Goal::Rest, tier) => format!("{tier}: nobody else was left for it"),
    };
    if let Some(topic) = beside(flight, &outline.stories) {
        words.push_str(&format!(", with {topic} in the letter"));
    }
    words
}
