//! Whole waves by chance: counted, planned at once and dealt slice by slice, under rules that are said
//! without the planner's.

use std::collections::BTreeMap;

use courant::domain::FlightId;
use courant::domain::flight::{Flight, Tier};
use courant::domain::goal::Goal;
use courant::domain::labels::{RiskCategory, RiskLevel};
use courant::domain::safety::{Preset, SafetyProfile};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{FlightState, Slot};
use courant::sponsors::pacing::{Prospect, quota};
use courant::sponsors::{Asks, Board, Census, Dealer, Dealt, Deck, Drawn, Outline, S2_FROM};

use crate::placement::{Piece, ROOM, at, flight, outline, piece, risky};
use crate::support::synthetic::dice::Dice;

/// A wave: flights, stories, digests by their stories, and which flights their readers saw enough of.
struct Whole {
    flights: Vec<Flight>,
    digests: Vec<(Vec<Piece>, Vec<FlightId>)>,
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn whole(seed: u64) -> Whole {
    let mut dice = Dice::of(seed, &[8]);
    let shelf: Vec<Piece> = (0..8)
        .map(|n| {
            let topic = dice.one(&["city", "opera", "sport"]);
            let level = *dice_of(&mut dice, &[RiskLevel::Low, RiskLevel::High]);
            let calm = piece(n, &[topic], &[]);
            match dice.in_thousand(300) {
                true => risky(calm, RiskCategory::Death, level),
                false => calm,
            }
        })
        .collect();
    let count = 1 + dice.below(7);
    let flights: Vec<Flight> = (1..=count as i64).map(|id| one(id, &mut dice)).collect();
    let digests = (0..dice.below(60))
        .map(|_| {
            let stories = dice.below(6);
            let first = dice.below(8);
            let of = (0..stories).map(|n| shelf[(first + n * 3) % 8].clone());
            let seen = flights.iter().filter(|f| f.cap.is_some());
            let seen = seen.map(|f| f.id).filter(|_| dice.in_thousand(300));
            (of.collect(), seen.collect())
        })
        .collect();
    Whole { flights, digests }
}

fn dice_of<'a, T>(dice: &mut Dice, of: &'a [T]) -> &'a T {
    &of[dice.below(of.len())]
}

fn one(id: i64, dice: &mut Dice) -> Flight {
    let booked = i64::from(dice.between(1, 40));
    let tier = *dice_of(dice, Tier::ALL);
    let all = tier == Tier::Takeover && dice.in_thousand(300);
    let goal = match dice.below(8) {
        0 => Goal::Share(dice.between(1, 100) as u8),
        1 if tier == Tier::Takeover => Goal::Every,
        _ if tier == Tier::House => Goal::Rest,
        _ => Goal::Sends(booked),
    };
    let slots = [vec![Slot::S1], vec![Slot::S2], vec![Slot::S1, Slot::S2]];
    let base = flight(id, booked);
    Flight {
        tier,
        all,
        goal,
        booked: if matches!(goal, Goal::Sends(_)) {
            booked
        } else {
            0
        },
        slots: if all {
            slots[2].clone()
        } else {
            dice_of(dice, &slots).clone()
        },
        group: dice.in_thousand(400).then(|| slug("cars")),
        beside: match dice.in_thousand(200) {
            true => vec![slug("opera")],
            false => Vec::new(),
        },
        safety: SafetyProfile::of(*dice_of(dice, Preset::ALL)),
        cap: dice
            .in_thousand(300)
            .then_some(courant::domain::goal::Cap { sends: 1, days: 7 }),
        ..base
    }
}

struct Played {
    quotas: Vec<(FlightId, i64)>,
    dealt: Vec<Dealt>,
}

/// Plans the wave and deals it in slices; `stops` is paused after the first, and a slice that did not
/// fit is dealt again.
fn play(whole: &Whole, slice: usize, stops: Option<FlightId>) -> Played {
    let of: Vec<(Outline<'_>, &[FlightId])> = (1..)
        .zip(&whole.digests)
        .map(|(key, (pieces, seen))| (outline(key, pieces), &seen[..]))
        .collect();
    let stories = of.iter().flat_map(|(o, _)| o.stories.iter().copied());
    let board = Board::new(&whole.flights, stories, at(150), ROOM);
    let mut census = Census::default();
    let mut asks = Vec::new();
    for (outline, seen) in of {
        let signature = board.signature(&board.standing(&outline), None, seen);
        census.add(&signature);
        asks.push(Asks { outline, signature });
    }
    let eligible = census.eligible(&board);
    let quotas: Vec<i64> = board
        .flights()
        .zip(eligible)
        .map(|(flight, eligible)| {
            let of = Prospect {
                wave: eligible,
                edition: eligible,
                ..Prospect::default()
            };
            quota(flight, flight.remaining(), &of)
        })
        .collect();
    let deck = Deck::plan(&board, &census, &quotas);
    let planned = deck.undealt(&board);
    let again = Deck::restored(&board, &deck.stored(&board));
    assert_eq!(again.stored(&board), deck.stored(&board), "as it is stored");
    let both = quotas.iter().zip(planned);
    let mut dealer = Dealer::new(again, both.map(|(q, p)| q - p).collect(), 7);
    let mut dealt: Vec<Dealt> = Vec::new();
    let mut now = whole.flights.clone();
    for part in asks.chunks(slice) {
        let mark = dealer.mark();
        let tried = dealer.deal(&board, part, &now);
        let drawn: Vec<Drawn> = tried.iter().filter_map(|d| d.drawn).collect();
        dealer.back(mark, &drawn);
        let twice = dealer.deal(&board, part, &now);
        let same = tried
            .iter()
            .zip(&twice)
            .all(|(a, b)| a.placements == b.placements);
        assert!(same, "a slice that is dealt again is dealt alike");
        dealt.extend(twice);
        let stopped = now.iter_mut().filter(|f| Some(f.id) == stops);
        stopped.for_each(|f| f.state = FlightState::Paused);
    }
    let ids = board.flights().map(|f| f.id);
    Played {
        quotas: ids.zip(quotas).collect(),
        dealt,
    }
}

/// Whether a flight may stand in a slot, said from the side of the result.
fn may(flight: &Flight, pieces: &[Piece], slot: Slot) -> bool {
    let there = match slot {
        Slot::S1 => !pieces.is_empty(),
        _ => pieces.len() >= S2_FROM,
    };
    let labels = outline(0, pieces);
    let bears = labels.stories.iter().enumerate().all(|(at, story)| {
        let near = if slot == Slot::S1 {
            at == 0
        } else {
            at == 1 || at == 2
        };
        match flight.safety.objection(story.risk) {
            None => true,
            Some((courant::domain::safety::Scope::Digest, _)) => false,
            Some(_) => !near,
        }
    });
    let topics = labels.stories.iter().flat_map(|s| s.topics);
    let wished =
        flight.beside.is_empty() || topics.clone().any(|t| flight.beside.contains(&t.topic));
    there && flight.slots.contains(&slot) && bears && wished
}

fn check(seed: u64, whole: &Whole, played: &Played) {
    let by_id: BTreeMap<FlightId, &Flight> = whole.flights.iter().map(|f| (f.id, f)).collect();
    let mut sends: BTreeMap<FlightId, i64> = BTreeMap::new();
    for ((pieces, seen), dealt) in whole.digests.iter().zip(&played.dealt) {
        let stands: Vec<(&Flight, Slot)> = dealt
            .placements
            .iter()
            .map(|p| (by_id[&p.flight], p.slot))
            .collect();
        for (at, (flight, slot)) in stands.iter().enumerate() {
            assert!(
                may(flight, pieces, *slot),
                "{seed}: {} in {slot}",
                flight.id
            );
            assert!(!seen.contains(&flight.id), "{seed}: capped");
            let alone = flight.all || flight.goal == Goal::Every;
            for (other, taken) in &stands[at + 1..] {
                assert_ne!(slot, taken, "{seed}: a slot twice");
                let same = other.id == flight.id;
                assert!(same == flight.all && (!alone || same), "{seed}: {stands:?}");
                assert!(
                    same || other.gate() != flight.gate(),
                    "{seed}: a group twice"
                );
                let alone = other.all || other.goal == Goal::Every;
                assert!(same || !alone, "{seed}: not alone");
            }
            if flight.all {
                let slots = if pieces.len() >= S2_FROM { 2 } else { 1 };
                assert_eq!(stands.len(), slots, "{seed}: it fills all slots");
            }
        }
        let mut there: Vec<FlightId> = stands.iter().map(|(f, _)| f.id).collect();
        there.dedup();
        there
            .iter()
            .for_each(|f| *sends.entry(*f).or_default() += 1);
    }
    for (flight, quota) in &played.quotas {
        let sends = sends.get(flight).copied().unwrap_or(0);
        assert!(sends <= *quota, "{seed}: {sends} of {quota}");
        let known = by_id[flight];
        let bounded = matches!(known.goal, Goal::Sends(_));
        assert!(
            !bounded || sends <= known.remaining(),
            "{seed}: over-delivered"
        );
    }
}

#[test]
fn no_wave_that_is_dealt_breaks_a_rule() {
    for seed in 0..3_000 {
        let whole = whole(seed);
        let slice = 1 + (seed as usize * 7) % 25;
        let stops = (seed % 3 == 0).then_some(FlightId(1 + (seed % 5) as i64));
        check(seed, &whole, &play(&whole, slice, stops));
    }
}

#[test]
fn slices_lose_nothing_of_a_plan() {
    for seed in 0..1_000 {
        let whole = whole(seed);
        let sends = |played: &Played| -> BTreeMap<FlightId, usize> {
            let mut sends = BTreeMap::new();
            for placement in played.dealt.iter().flat_map(|d| &d.placements) {
                *sends.entry(placement.flight).or_default() += 1;
            }
            sends
        };
        let (at_once, slices) = (play(&whole, 1_000, None), play(&whole, 3, None));
        assert_eq!(sends(&at_once), sends(&slices), "{seed}");
        let again = std::thread::scope(|s| s.spawn(|| play(&whole, 3, None)).join());
        let again = again.expect("played");
        let same = slices
            .dealt
            .iter()
            .zip(&again.dealt)
            .all(|(a, b)| a.placements == b.placements);
        assert!(same, "{seed}: on another thread");
    }
}
