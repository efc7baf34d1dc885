//! The digests of a wave counted by class, the plan of a whole wave as configurations of its classes,
//! and how these are drawn. It does not know digests one by one.

use std::collections::{BTreeMap, HashMap};

use super::board::{Board, Runner, Signature};
use super::solve::{Class, Flight as Solved, Slots, Wave, solve};
use crate::domain::FlightId;
use crate::domain::flight::Gate;
use crate::domain::sponsor::Slot;

/// How many digests there are of each class.
#[derive(Clone, Debug, Default)]
pub struct Census {
    classes: BTreeMap<Signature, u64>,
}

impl Census {
    /// Counts a digest.
    pub fn add(&mut self, signature: &Signature) {
        match self.classes.get_mut(signature) {
            Some(count) => *count += 1,
            None => {
                self.classes.insert(signature.clone(), 1);
            }
        }
    }

    /// Digests in which each flight of a board might stand, by number.
    pub fn eligible(&self, board: &Board) -> Vec<i64> {
        let mut eligible = vec![0; board.runners().len()];
        for (signature, count) in &self.classes {
            for (flight, takes) in signature.may.iter() {
                let whole = board.runners()[*flight as usize].flight.all;
                if !whole || *takes == signature.slots {
                    eligible[*flight as usize] += count.cast_signed();
                }
            }
        }
        eligible
    }
}

/// A configuration that was drawn: of which class, and which of its.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    /// The class.
    pub class: u32,
    /// The configuration within it.
    pub number: u32,
}

/// A planned wave: for each class what its digests shall look like. It is used up digest by digest.
#[derive(Clone, Debug, Default)]
pub struct Deck {
    by_signature: HashMap<Signature, u32>,
    classes: Vec<Stack>,
}

#[derive(Clone, Debug)]
struct Stack {
    signature: Signature,
    left: u64,
    kept: Vec<Kept>,
}

#[derive(Clone, Debug)]
struct Kept {
    flights: Vec<Option<u32>>,
    digests: u64,
    left: u64,
}

/// A class of a planned wave as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClass {
    /// The slots that its digests have.
    pub slots: Vec<Slot>,
    /// Flights that may stand in one, by id, with the slots that each may take.
    pub may: Vec<(FlightId, Vec<Slot>)>,
    /// Its configurations, by number.
    pub configurations: Vec<StoredConfiguration>,
}

/// Equal digests of a class as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConfiguration {
    /// Who stands where.
    pub flights: Vec<(Slot, FlightId)>,
    /// Digests like this.
    pub digests: u64,
    /// How many of them were dealt.
    pub dealt: u64,
}

impl Deck {
    /// Plans the digests of a wave. `quotas` are most digests for each flight, by number.
    pub fn plan(board: &Board, census: &Census, quotas: &[i64]) -> Deck {
        let runners = board.runners();
        let wave = wave(board, census, quotas);
        let plan = solve(&wave);
        let mut left: Vec<u64> = wave.flights.iter().map(|f| f.quota).collect();
        let used = left.iter_mut().zip(&plan.delivered);
        used.for_each(|(left, delivered)| *left -= delivered);
        let exact = plan.gap.iter().all(|gap| *gap == 0);
        let mut classes: Vec<Stack> = Vec::with_capacity(census.classes.len());
        for ((signature, count), found) in census.classes.iter().zip(plan.placements) {
            let kept = found.into_iter().map(|c| Kept {
                flights: settled(runners, signature, c.slots),
                digests: c.count,
                left: c.count,
            });
            classes.push(Stack {
                signature: signature.clone(),
                left: *count,
                kept: kept.collect(),
            });
        }
        if !exact {
            fill(board, &mut classes, &mut left);
        }
        Deck::of(classes)
    }

    fn of(classes: Vec<Stack>) -> Deck {
        let numbered = (0_u32..).zip(&classes);
        Deck {
            by_signature: numbered.map(|(n, c)| (c.signature.clone(), n)).collect(),
            classes,
        }
    }

    /// Digests that it was planned to place each flight in and that are not dealt yet, by number.
    pub fn undealt(&self, board: &Board) -> Vec<i64> {
        let mut sums = vec![0; board.runners().len()];
        for kept in self.classes.iter().flat_map(|c| &c.kept) {
            let mut there: Vec<u32> = kept.flights.iter().flatten().copied().collect();
            there.sort_unstable();
            there.dedup();
            there
                .iter()
                .for_each(|f| sums[*f as usize] += kept.left.cast_signed());
        }
        sums
    }

    /// Draws a configuration for a digest of a class by a hash of it; `None`: all are dealt, or there is
    /// no such class. Among a class's digests each is as likely to get each.
    pub(super) fn draw(&mut self, signature: &Signature, hash: u64) -> Option<Drawn> {
        let class = *self.by_signature.get(signature)?;
        let stack = &mut self.classes[class as usize];
        let mut at = hash.checked_rem(stack.left)?;
        for (number, kept) in (0_u32..).zip(&mut stack.kept) {
            if at < kept.left {
                kept.left -= 1;
                stack.left -= 1;
                return Some(Drawn { class, number });
            }
            at -= kept.left;
        }
        None
    }

    /// Who stands in which slot of the layout.
    pub(super) fn flights(&self, drawn: Drawn) -> &[Option<u32>] {
        &self.classes[drawn.class as usize].kept[drawn.number as usize].flights
    }

    /// Takes back what was drawn.
    pub fn put_back(&mut self, drawn: &[Drawn]) {
        for drawn in drawn {
            let stack = &mut self.classes[drawn.class as usize];
            stack.left += 1;
            stack.kept[drawn.number as usize].left += 1;
        }
    }

    /// As it is stored, classes by number.
    pub fn stored(&self, board: &Board) -> Vec<StoredClass> {
        let id = |number: u32| board.runners()[number as usize].flight.id;
        let named = |bits: Slots| {
            let slots = board.layout().iter().enumerate();
            let there = slots.filter(move |(at, _)| bits & (1 << at) != 0);
            there.map(|(_, slot)| *slot).collect::<Vec<Slot>>()
        };
        let configuration = |kept: &Kept| {
            let slots = board.layout().iter().zip(&kept.flights);
            StoredConfiguration {
                flights: slots.filter_map(|(s, f)| Some((*s, id((*f)?)))).collect(),
                digests: kept.digests,
                dealt: kept.digests - kept.left,
            }
        };
        let class = |stack: &Stack| {
            let may = stack.signature.may.iter();
            StoredClass {
                slots: named(stack.signature.slots),
                may: may.map(|(f, takes)| (id(*f), named(*takes))).collect(),
                configurations: stack.kept.iter().map(configuration).collect(),
            }
        };
        self.classes.iter().map(class).collect()
    }

    /// What is left of a plan that was stored; flights that are not on the board stand nowhere.
    pub fn restored(board: &Board, stored: &[StoredClass]) -> Deck {
        let bits = |slots: &[Slot]| -> Slots {
            let layout = board.layout().iter().enumerate();
            let there = layout.filter(|(_, slot)| slots.contains(slot));
            there.fold(0, |bits, (at, _)| bits | 1 << at)
        };
        let stack = |class: &StoredClass| {
            let may = class.may.iter();
            let may = may.filter_map(|(f, takes)| Some((board.number(*f)?, bits(takes))));
            let kept: Vec<Kept> = class
                .configurations
                .iter()
                .map(|c| {
                    let of = |slot: &Slot| {
                        let found = c.flights.iter().find(|(s, _)| s == slot);
                        found.and_then(|(_, flight)| board.number(*flight))
                    };
                    Kept {
                        flights: board.layout().iter().map(of).collect(),
                        digests: c.digests,
                        left: c.digests.saturating_sub(c.dealt),
                    }
                })
                .collect();
            Stack {
                signature: Signature::of(bits(&class.slots), may),
                left: kept.iter().map(|k| k.left).sum(),
                kept,
            }
        };
        Deck::of(stored.iter().map(stack).collect())
    }
}

/// The wave as the solver sees it: numbers.
fn wave(board: &Board, census: &Census, quotas: &[i64]) -> Wave {
    let runners = board.runners();
    let gates: Vec<Gate> = runners.iter().map(|r| r.flight.gate()).collect();
    let mut sorted: Vec<&Gate> = gates.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let flight = |(at, runner): (usize, &Runner)| Solved {
        tier: runner.flight.tier.number(),
        quota: quotas.get(at).copied().unwrap_or(0).max(0).cast_unsigned(),
        group: sorted
            .binary_search(&&gates[at])
            .ok()
            .and_then(|group| u32::try_from(group).ok()),
        all: runner.alone(),
    };
    let class = |(signature, count): (&Signature, &u64)| {
        let takes = |(flight, takes): &(u32, Slots)| {
            let runner = &runners[*flight as usize];
            // Whoever has a digest alone, though not in every slot, keeps the others from them.
            let alone = runner.alone() && !runner.flight.all;
            (*flight, if alone { signature.slots } else { *takes })
        };
        Class {
            count: *count,
            slots: signature.slots,
            eligible: signature.may.iter().map(takes).collect(),
        }
    };
    Wave {
        slots: board.layout().len(),
        flights: runners.iter().enumerate().map(flight).collect(),
        classes: census.classes.iter().map(class).collect(),
    }
}

/// A configuration of the solver's with those who have a digest alone in their own slot.
fn settled(
    runners: &[Runner],
    signature: &Signature,
    mut slots: Vec<Option<u32>>,
) -> Vec<Option<u32>> {
    let there = slots.iter().flatten().next().copied();
    if let Some(flight) = there
        && let runner = &runners[flight as usize]
        && runner.alone()
        && !runner.flight.all
    {
        let first = signature.takes(flight).trailing_zeros() as usize;
        for (at, slot) in slots.iter_mut().enumerate() {
            *slot = (at == first).then_some(flight);
        }
    }
    slots
}

/// Gives slots that stayed empty to who may still have them: where it is no flow, the search may have
/// left some. Higher tiers first, then lower ids.
fn fill(board: &Board, classes: &mut [Stack], left: &mut [u64]) {
    let runners = board.runners();
    let mut order: Vec<u32> = (0..left.len() as u32).collect();
    order.sort_by_key(|f| (runners[*f as usize].flight.tier.number(), *f));
    order.retain(|f| left[*f as usize] > 0 && !runners[*f as usize].alone());
    for flight in order {
        let gate = runners[flight as usize].flight.gate();
        for stack in classes.iter_mut() {
            let takes = stack.signature.takes(flight);
            for at in 0..stack.kept.len() {
                let kept = &stack.kept[at];
                let free = kept.flights.iter().enumerate();
                let mut free = free.filter(|(s, held)| held.is_none() && takes & (1 << s) != 0);
                let Some((slot, _)) = free.next() else {
                    continue;
                };
                let mut others = kept.flights.iter().flatten();
                let shut = |other: &u32| {
                    let other = &runners[*other as usize];
                    other.alone() || other.flight.gate() == gate
                };
                let digests = kept.digests.min(left[flight as usize]);
                if digests == 0 || others.any(shut) {
                    continue;
                }
                let mut with = kept.flights.clone();
                with[slot] = Some(flight);
                stack.kept[at].digests -= digests;
                stack.kept[at].left -= digests;
                left[flight as usize] -= digests;
                stack.kept.push(Kept {
                    flights: with,
                    digests,
                    left: digests,
                });
            }
            stack.kept.retain(|kept| kept.digests > 0);
        }
    }
}
