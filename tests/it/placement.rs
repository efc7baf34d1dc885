//! Sponsor placement: what holds for every wave, on random small ones, and the cases behind it.

use std::collections::{BTreeMap, BTreeSet};

use courant::domain::article::TopicWeight;
use courant::domain::flight::{Pacing, Tier};
use courant::domain::goal::Goal;
use courant::domain::labels::{Risk, RiskCategory, RiskFound, RiskLevel};
use courant::domain::safety::{Preset, SafetyProfile, Scope};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{
    Creative, CreativeSize, CreativeState, Flight, FlightLedger, FlightState, Slot,
};
use courant::domain::targeting::Targeting;
use courant::domain::time::{Timestamp, Zone};
use courant::domain::{ArticleId, CampaignId, CreativeId, FlightId, ListId, SponsorId};
use courant::sponsors::{Outline, Proposed, Quotas, S2_FROM, StoryLabels, place, why_not};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

const ROOM: &[(Slot, CreativeSize)] = &[(Slot::S1, CreativeSize::S), (Slot::S2, CreativeSize::L)];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// An approved flight of its own sponsor, for any slot, with an S and an M text.
fn flight(id: i64, booked: i64) -> Flight {
    let creative = |size, number| Creative {
        id: CreativeId(id * 10 + number),
        flight: FlightId(id),
        size,
        headline: None,
        text: "Books by mail".to_owned(),
        url: "https://sponsor.example/".to_owned(),
        button: None,
        legal: None,
        state: CreativeState::Approved,
    };
    Flight {
        id: FlightId(id),
        sponsor: SponsorId(id),
        sponsor_name: format!("Sponsor {id}"),
        list: ListId(1),
        slug: Slug::parse("spring").expect("a slug"),
        campaign: CampaignId(1),
        tier: Tier::Guaranteed,
        goal: Goal::Sends(booked),
        booked,
        all: false,
        pacing: Pacing::Asap,
        cap: None,
        starts_at: at(100),
        ends_at: at(200),
        zone: Zone::utc(),
        slots: vec![Slot::S1, Slot::S2],
        targeting: Targeting::default(),
        group: None,
        beside: Vec::new(),
        avoid: Vec::new(),
        safety: SafetyProfile::default(),
        price: None,
        gambling: None,
        makes_good: None,
        state: FlightState::Approved,
        hold_until: None,
        creatives: vec![creative(CreativeSize::S, 1), creative(CreativeSize::M, 2)],
        ledger: FlightLedger::default(),
    }
}

/// A story's article id, topics, categories and risk.
#[derive(Clone, Debug)]
struct Piece {
    article: i64,
    topics: Vec<TopicWeight>,
    categories: Vec<String>,
    risk: Risk,
}

fn piece(article: i64, topics: &[&str], categories: &[&str]) -> Piece {
    let topic = |name: &&str| TopicWeight {
        topic: Slug::parse(name).expect("a slug"),
        weight: 500,
    };
    Piece {
        article,
        topics: topics.iter().map(topic).collect(),
        categories: categories.iter().map(|c| (*c).to_owned()).collect(),
        risk: Risk::default(),
    }
}

/// The same story, with so much of a category.
fn risky(piece: Piece, category: RiskCategory, level: RiskLevel) -> Piece {
    let found = RiskFound {
        category,
        level,
        evidence: "headline: “300 dead”".to_owned(),
        by_editor: false,
    };
    let risk = Risk {
        unclassified: None,
        found: vec![found],
    };
    Piece { risk, ..piece }
}

fn outline(key: i64, pieces: &[Piece]) -> Outline<'_> {
    let labels = pieces.iter().map(|p| StoryLabels {
        article: ArticleId(p.article),
        topics: &p.topics,
        categories: &p.categories,
        risk: &p.risk,
        headline: "Hundreds killed",
    });
    Outline {
        key,
        stories: labels.collect(),
        slots: vec![(Slot::S1, 0), (Slot::S2, 2)],
    }
}

fn placed(digests: &[Outline<'_>], flights: &[Flight]) -> Vec<Vec<Proposed>> {
    place(digests, flights, at(150), ROOM, &mut Quotas::of(flights))
}

fn slots_of(placed: &[Proposed]) -> Vec<(Slot, i64)> {
    placed.iter().map(|p| (p.slot, p.flight.0)).collect()
}

#[test]
fn a_placement_says_how_much_was_left_and_with_what() {
    let pieces = [piece(1, &["sport", "city"], &[])];
    let mut line = flight(1, 40);
    line.ledger = FlightLedger {
        reserved: 8,
        committed: 10,
        delivered: 10,
    };
    line.beside = vec![
        Slug::parse("opera").expect("a slug"),
        Slug::parse("city").expect("a slug"),
    ];
    let out = placed(&[outline(7, &pieces)], &[line]);
    let expected = Proposed {
        slot: Slot::S1,
        flight: FlightId(1),
        creative: CreativeId(11),
        reason: "guaranteed: 12 of 40 left, with city in the letter".to_owned(),
    };
    assert_eq!(
        out,
        [vec![expected]],
        "S1 has room for the S text, not for the M"
    );
}

#[test]
fn dates_and_state_decide_whether_a_flight_runs() {
    let pieces = [piece(1, &[], &[])];
    let runs = |second, state| {
        let line = Flight {
            state,
            ..flight(1, 5)
        };
        let mut quotas = Quotas::of(std::slice::from_ref(&line));
        !place(
            &[outline(7, &pieces)],
            &[line],
            at(second),
            ROOM,
            &mut quotas,
        )[0]
        .is_empty()
    };
    let approved = FlightState::Approved;
    assert!(runs(100, approved) && runs(199, approved));
    assert!(!runs(99, approved) && !runs(200, approved));
    for state in [FlightState::Booked, FlightState::Paused, FlightState::Ended] {
        assert!(!runs(150, state), "{state}");
    }
}

#[test]
fn one_avoided_word_in_any_story_keeps_a_flight_out_of_the_digest() {
    let calm = piece(1, &["city"], &["council"]);
    let mut line = flight(1, 5);
    line.avoid = vec!["terrorism".to_owned(), "national security".to_owned()];
    for flagged in [
        piece(2, &["terrorism"], &[]),
        piece(3, &[], &["Terrorism "]),
        piece(4, &["national-security"], &[]),
    ] {
        let pieces = [calm.clone(), calm.clone(), flagged];
        assert_eq!(placed(&[outline(7, &pieces)], &[line.clone()]), [vec![]]);
    }
    let pieces = [calm.clone(), piece(5, &["counter-terrorism"], &[])];
    assert_eq!(
        placed(&[outline(7, &pieces)], &[line])[0].len(),
        1,
        "words are compared whole"
    );
}

#[test]
fn a_short_digest_has_one_slot_and_an_empty_one_none() {
    let pieces: Vec<Piece> = (1..=3).map(|id| piece(id, &[], &[])).collect();
    let flights = [flight(1, 9), flight(2, 9)];
    let count = |n: usize| placed(&[outline(7, &pieces[..n])], &flights)[0].len();
    assert_eq!([count(0), count(1), count(2), count(3)], [0, 1, 1, 2]);
}

#[test]
fn a_sponsor_stands_once_even_with_two_flights() {
    let pieces: Vec<Piece> = (1..=3).map(|id| piece(id, &[], &[])).collect();
    let second = Flight {
        sponsor: SponsorId(1),
        ..flight(2, 9)
    };
    assert_eq!(
        placed(&[outline(7, &pieces)], &[flight(1, 9), second])[0].len(),
        1
    );
}

#[test]
fn a_flight_that_fits_one_slot_alone_moves_the_other() {
    let pieces: Vec<Piece> = (1..=3).map(|id| piece(id, &[], &[])).collect();
    let narrow = Flight {
        slots: vec![Slot::S1],
        ..flight(2, 1)
    };
    let out = placed(&[outline(7, &pieces)], &[flight(1, 50), narrow]);
    assert_eq!(slots_of(&out[0]), [(Slot::S1, 2), (Slot::S2, 1)]);
    assert_eq!(
        out[0][1].creative,
        CreativeId(12),
        "S2 has room for the M text"
    );
}

#[test]
fn who_can_stand_in_few_digests_goes_first_there() {
    let (plain, opera) = ([piece(1, &["city"], &[])], [piece(2, &["opera"], &[])]);
    let digest = |key| {
        if key % 10 == 0 {
            outline(key, &opera)
        } else {
            outline(key, &plain)
        }
    };
    let digests: Vec<Outline<'_>> = (0..100).map(digest).collect();
    let mut choosy = flight(2, 10);
    choosy.beside = vec![Slug::parse("opera").expect("a slug")];
    let out = placed(&digests, &[flight(1, 90), choosy]);
    let of = |id| {
        out.iter()
            .flatten()
            .filter(|p| p.flight == FlightId(id))
            .count()
    };
    assert_eq!((of(1), of(2)), (90, 10), "nobody is short where both fit");
}

#[test]
fn shares_are_equal_when_there_is_too_little_room() {
    let pieces = [piece(1, &[], &[])];
    let digests: Vec<Outline<'_>> = (0..100).map(|key| outline(key, &pieces)).collect();
    let out = placed(&digests, &[flight(1, 100), flight(2, 100), flight(3, 50)]);
    let of = |id| {
        out.iter()
            .flatten()
            .filter(|p| p.flight == FlightId(id))
            .count()
    };
    assert_eq!([of(1), of(2), of(3)], [40, 40, 20]);
}

#[test]
fn slices_share_one_quota_whether_or_not_the_ledger_has_them_yet() {
    let pieces = [piece(1, &[], &[])];
    let digests: Vec<Outline<'_>> = (0..10).map(|key| outline(key, &pieces)).collect();
    let mut flights = [flight(1, 7)];
    let mut quotas = Quotas::of(&flights);
    let mut count = |flights: &[Flight], part: &[Outline<'_>]| {
        place(part, flights, at(150), ROOM, &mut quotas)
            .iter()
            .flatten()
            .count()
    };
    assert_eq!(count(&flights, &digests[..4]), 4);
    assert_eq!(count(&flights, &digests[4..6]), 2);
    flights[0].ledger.reserved = 6;
    assert_eq!(count(&flights, &digests[6..]), 1);
    assert_eq!(quotas.left(FlightId(1)), Some(0));
}

const WORDS: &[&str] = &["city", "crime", "music", "sport"];

fn words(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    btree_set(prop::sample::select(WORDS), 0..most).prop_map(|set| set.into_iter().collect())
}

fn waves() -> impl Strategy<Value = Vec<Vec<Piece>>> {
    let level = prop::sample::select(RiskLevel::ALL);
    let shelf = vec((words(3), words(2), level), 6);
    (shelf, vec(btree_set(0_usize..6, 0..5), 0..14)).prop_map(|(shelf, digests)| {
        let of = |&index: &usize| {
            let article = i64::try_from(index).expect("few");
            let (topics, categories, level) = &shelf[index];
            risky(
                piece(article, topics, categories),
                RiskCategory::Death,
                *level,
            )
        };
        digests
            .iter()
            .map(|digest| digest.iter().map(of).collect())
            .collect()
    })
}

fn flights() -> impl Strategy<Value = Vec<Flight>> {
    let slots = prop::sample::select(vec![
        vec![Slot::S1],
        vec![Slot::S2],
        vec![Slot::S1, Slot::S2],
        vec![Slot::S3],
    ]);
    let state = prop_oneof![4 => Just(FlightState::Approved), 1 => Just(FlightState::Paused)];
    let slug = |word: &str| Slug::parse(word).expect("a slug");
    let one = (
        0_i64..9,
        0_i64..4,
        1_i64..4,
        slots,
        (words(3), words(3), prop::sample::select(Preset::ALL)),
        state,
        0_usize..3,
    );
    let one = one.prop_map(
        move |(booked, reserved, sponsor, slots, (beside, avoid, preset), state, texts)| Flight {
            sponsor: SponsorId(sponsor),
            slots,
            beside: beside.into_iter().map(slug).collect(),
            avoid: avoid.into_iter().map(str::to_owned).collect(),
            safety: SafetyProfile::of(preset),
            state,
            creatives: flight(1, 0).creatives.into_iter().take(texts).collect(),
            ledger: FlightLedger {
                reserved,
                ..FlightLedger::default()
            },
            ..flight(1, booked)
        },
    );
    let numbered = |(id, line)| Flight {
        id: FlightId(id),
        ..line
    };
    vec(one, 0..6).prop_map(move |all| (1..).zip(all).map(numbered).collect())
}

#[test]
fn a_sad_story_keeps_betting_out_of_its_digest_and_everybody_from_its_side() {
    let mut betting = flight(1, 9);
    betting.safety = SafetyProfile::of(Preset::Sensitive);
    let (other, mut own) = (flight(2, 9), flight(3, 9));
    own.safety = SafetyProfile::of(Preset::House);
    let calm = |article| piece(article, &[], &[]);
    let sad = |article, level| risky(calm(article), RiskCategory::Death, level);
    let high = RiskLevel::High;
    let standing = |pieces: &[Piece], line: &Flight| -> Vec<Slot> {
        let out = placed(&[outline(7, pieces)], std::slice::from_ref(line));
        out[0].iter().map(|p| p.slot).collect()
    };
    let led = [sad(1, high), calm(2), calm(3), calm(4)];
    let last = [calm(1), calm(2), calm(3), sad(4, high)];
    let touched = [calm(1), calm(2), calm(3), sad(4, RiskLevel::Low)];
    for (pieces, line, expected) in [
        (&led, &betting, &[][..]),
        (&last, &betting, &[]),
        (&touched, &betting, &[Slot::S1]),
        // A sponsor like any other stands elsewhere in the same digest.
        (&led, &other, &[Slot::S2]),
        (&last, &other, &[Slot::S1]),
        (&led, &own, &[Slot::S1]),
    ] {
        assert_eq!(
            standing(pieces, line),
            expected,
            "{}: {pieces:?}",
            line.id.0
        );
    }
    let why = |line: &Flight, slot: usize| {
        let lines = std::slice::from_ref(line);
        let quotas = Quotas::of(lines);
        let out = why_not(&outline(7, &led), ROOM[slot], lines, at(150), &[], &quotas);
        out[0].1.clone()
    };
    let evidence = "“Hundreds killed”";
    assert_eq!(
        why(&betting, 0),
        format!("kept out by {evidence} (death high: headline: “300 dead”)")
    );
    assert_eq!(
        why(&other, 0),
        format!("kept from S1 by {evidence} beside it (death high: headline: “300 dead”)")
    );
    assert_eq!(why(&other, 1), "nothing against it");
}

#[test]
fn an_empty_slot_says_of_every_flight_what_keeps_it_out() {
    let pieces = [
        piece(1, &["city"], &[]),
        piece(2, &["police"], &["Road-Accident"]),
        piece(3, &[], &[]),
    ];
    let mut lines: Vec<Flight> = (1..=10).map(|id| flight(id, 4)).collect();
    lines[1].state = FlightState::Paused;
    lines[2].state = FlightState::Booked;
    lines[3].ends_at = at(150);
    lines[4].ledger.delivered = 4;
    lines[5].slots = vec![Slot::S1];
    lines[6].creatives.clear();
    lines[7].avoid = vec!["war".to_owned(), "road accident".to_owned()];
    lines[8].beside = ["opera", "port"]
        .map(|t| Slug::parse(t).expect("a slug"))
        .into();
    lines[9].sponsor = SponsorId(1);
    let first = Proposed {
        slot: Slot::S1,
        flight: FlightId(1),
        creative: CreativeId(11),
        reason: String::new(),
    };
    let words = |pieces: &[Piece], placed: &[Proposed]| -> Vec<String> {
        let quotas = Quotas::of(&lines);
        let found = why_not(
            &outline(7, pieces),
            ROOM[1],
            &lines,
            at(150),
            placed,
            &quotas,
        );
        let numbers: Vec<i64> = found.iter().map(|(id, _)| id.0).collect();
        let others = lines.iter().map(|f| f.id.0);
        let holds = |id: &i64| {
            placed
                .iter()
                .any(|p| p.slot == Slot::S2 && p.flight.0 == *id)
        };
        assert_eq!(numbers, others.filter(|id| !holds(id)).collect::<Vec<_>>());
        found.into_iter().map(|(_, words)| words).collect()
    };
    let expected = [
        "stands in S1 already",
        "paused",
        "not approved",
        "not in its dates",
        "nothing left of 4 booked",
        "not for S2",
        "no creative fits",
        "avoids road accident",
        "no opera or port story",
        "its sponsor stands in S1 already",
    ];
    assert_eq!(words(&pieces, std::slice::from_ref(&first)), expected);
    assert_eq!(words(&pieces[..2], &[])[0], "no S2 in a digest of 2");
    assert_eq!(words(&pieces, &[])[0], "nothing against it");
    let second = Proposed {
        slot: Slot::S2,
        flight: FlightId(8),
        ..first
    };
    assert_eq!(words(&pieces, &[second])[0], "S2 is taken");
}

/// Whether a flight may stand somewhere in a digest, said without the planner's shortcuts.
fn may_stand(line: &Flight, pieces: &[Piece], slot: Slot) -> bool {
    let on = |p: &Piece, word: &str| p.topics.iter().any(|t| t.topic.as_str() == word);
    let avoided = |p: &Piece| {
        line.avoid
            .iter()
            .any(|word| on(p, word) || p.categories.contains(word))
    };
    let beside = |p: &Piece| line.beside.iter().any(|topic| on(p, topic.as_str()));
    let there = match slot {
        Slot::S1 => !pieces.is_empty(),
        Slot::S2 => pieces.len() >= S2_FROM,
        _ => false,
    };
    line.state == FlightState::Approved
        && there
        && line.slots.contains(&slot)
        && !line.creatives.is_empty()
        && !pieces.iter().any(avoided)
        && !(0..pieces.len()).any(|at| {
            let near = match slot {
                Slot::S1 => at == 0,
                _ => at == 1 || at == 2,
            };
            let reach = line
                .safety
                .objection(&pieces[at].risk)
                .map(|(scope, _)| scope);
            reach == Some(Scope::Digest) || (near && reach == Some(Scope::Adjacent))
        })
        && (line.beside.is_empty() || pieces.iter().any(beside))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_wave_keeps_its_promises(wave in waves(), flights in flights(), cut in 0_usize..14) {
        let digests: Vec<Outline<'_>> =
            (0..).zip(&wave).map(|(key, pieces)| outline(key, pieces)).collect();
        let mut quotas = Quotas::of(&flights);
        let (first, second) = digests.split_at(cut.min(digests.len()));
        let mut out = place(first, &flights, at(150), ROOM, &mut quotas);
        out.extend(place(second, &flights, at(150), ROOM, &mut quotas));
        prop_assert_eq!(out.len(), wave.len());

        let by_id: BTreeMap<FlightId, &Flight> = flights.iter().map(|f| (f.id, f)).collect();
        let mut sent: BTreeMap<FlightId, i64> = BTreeMap::new();
        for (pieces, placed) in wave.iter().zip(&out) {
            let slots: BTreeSet<Slot> = placed.iter().map(|p| p.slot).collect();
            let sponsors: BTreeSet<SponsorId> =
                placed.iter().map(|p| by_id[&p.flight].sponsor).collect();
            prop_assert_eq!(slots.len(), placed.len());
            prop_assert_eq!(sponsors.len(), placed.len());
            for p in placed {
                prop_assert!(may_stand(by_id[&p.flight], pieces, p.slot));
                *sent.entry(p.flight).or_default() += 1;
            }
        }
        for line in &flights {
            let count = sent.get(&line.id).copied().unwrap_or(0);
            prop_assert!(count <= line.remaining());
            prop_assert_eq!(quotas.left(line.id), Some(line.remaining() - count));
            // No slot stays empty that a flight with quota left could have.
            for (pieces, placed) in wave.iter().zip(&out).filter(|_| count < line.remaining()) {
                let sponsor = placed.iter().any(|p| by_id[&p.flight].sponsor == line.sponsor);
                let free = |slot: &&Slot| placed.iter().all(|p| p.slot != **slot);
                let open = Slot::ALL.iter().filter(free).any(|s| may_stand(line, pieces, *s));
                prop_assert!(sponsor || !open);
            }
        }
    }

    #[test]
    fn what_is_said_to_keep_a_flight_out_is_what_placement_goes_by(
        wave in waves(), flights in flights(),
    ) {
        let digests: Vec<Outline<'_>> =
            (0..).zip(&wave).map(|(key, pieces)| outline(key, pieces)).collect();
        let before = Quotas::of(&flights);
        let mut after = before.clone();
        let out = place(&digests, &flights, at(150), ROOM, &mut after);
        for ((digest, pieces), placed) in digests.iter().zip(&wave).zip(&out) {
            for room in ROOM {
                for (id, words) in why_not(digest, *room, &flights, at(150), &[], &before) {
                    let line = flights.iter().find(|f| f.id == id).expect("one of them");
                    let free = line.remaining() > 0 && may_stand(line, pieces, room.0);
                    prop_assert_eq!(words == "nothing against it", free);
                }
                let left = why_not(digest, *room, &flights, at(150), placed, &after);
                prop_assert!(left.iter().all(|(_, words)| words != "nothing against it"));
            }
        }
    }

    #[test]
    fn the_order_of_flights_and_digests_changes_nothing(wave in waves(), flights in flights()) {
        let digests: Vec<Outline<'_>> =
            (0..).zip(&wave).map(|(key, pieces)| outline(key, pieces)).collect();
        let forward = placed(&digests, &flights);
        let (digests, flights): (Vec<_>, Vec<_>) =
            (digests.into_iter().rev().collect(), flights.into_iter().rev().collect());
        let mut backward = placed(&digests, &flights);
        backward.reverse();
        prop_assert_eq!(forward, backward);
    }
}
