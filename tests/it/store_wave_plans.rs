//! The sponsors of whole waves, as they are planned, stored, dealt and gone on with.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use courant::domain::flight::{Flight, NewFlight, Pacing, Tier};
use courant::domain::goal::{Cap, Goal};
use courant::domain::sponsor::{CreativeSize, Slot};
use courant::domain::targeting::Targeting;
use courant::domain::{EditionId, FlightId, SubscriptionId};
use courant::store::NewCreative;
use courant::store::amended::NowAmended;
use courant::store::wave_plans::{WavePlan, WaveQuota};

use crate::support::paper::{Paper, after, slug};
use crate::support::served::{Served, configure};

/// Days after the paper's first due.
fn days(n: i64) -> i64 {
    n * 24 * 60
}

/// A paper with so many readers.
async fn paper(readers: usize) -> Paper {
    let paper = Paper::daily().await;
    with_readers(&paper, readers).await;
    paper
}

async fn with_readers(paper: &Paper, readers: usize) {
    let address = |n: usize| format!("r{n}@reader.example");
    let new: Vec<_> = (0..readers)
        .map(|n| paper.new_reader(&address(n)))
        .collect();
    paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
}

/// A sponsor's flight with a text for every slot, running for ten days, as `change` has it.
async fn flight(
    paper: &Paper,
    name: &str,
    booked: i64,
    change: impl FnOnce(&mut NewFlight),
) -> FlightId {
    let (store, due) = (paper.store(), paper.due);
    let sponsor = store.sponsor_add(&slug(name), name, due).await.unwrap();
    let dates = (after(due, -days(1)), after(due, days(10)));
    let mut new = NewFlight::sends((sponsor, paper.list), slug("winter"), booked, dates);
    change(&mut new);
    let flight = store.flight_add(&new, due).await.unwrap();
    let new = NewCreative {
        flight,
        size: CreativeSize::S,
        headline: None,
        text: "Ropes".to_owned(),
        url: "https://acme.example/".to_owned(),
        button: None,
        approved: true,
    };
    store.creative_add(&new, due).await.unwrap();
    flight
}

/// Who stands where in each reader's digest.
async fn standing(
    paper: &Paper,
    edition: EditionId,
) -> BTreeMap<SubscriptionId, Vec<(Slot, FlightId)>> {
    let mut standing = BTreeMap::new();
    for row in paper.rows(edition).await {
        let placements = paper.store().placements(row.digest).await.unwrap();
        let of = placements.iter().map(|p| (p.slot, p.flight)).collect();
        standing.insert(row.subscription, of);
    }
    standing
}

async fn placed(paper: &Paper, edition: EditionId) -> BTreeMap<FlightId, usize> {
    let mut placed = BTreeMap::new();
    for stands in standing(paper, edition).await.values() {
        let there: BTreeSet<FlightId> = stands.iter().map(|(_, f)| *f).collect();
        for flight in there {
            *placed.entry(flight).or_default() += 1;
        }
    }
    placed
}

async fn booked(paper: &Paper, flight: FlightId) -> Flight {
    let flights = paper.store().flights(Some(paper.list)).await.unwrap();
    flights.into_iter().find(|f| f.id == flight).unwrap()
}

#[tokio::test]
async fn a_wave_gives_each_flight_what_it_booked_and_says_what_it_gave() {
    let paper = paper(40).await;
    let few = flight(&paper, "few", 10, |_| {}).await;
    let many = flight(&paper, "many", 35, |_| {}).await;
    let rest = flight(&paper, "own", 1, |f| {
        (f.tier, f.goal) = (Tier::House, Goal::Rest);
    })
    .await;
    let edition = paper.plan().await.id;
    let placed = placed(&paper, edition).await;
    // 40 digests with two slots; a flight stands in each at most once.
    assert_eq!([few, many, rest].map(|f| placed[&f]), [10, 35, 35]);
    let wave = paper.store().waves(edition).await.unwrap()[0].id;
    let given = |flight, quota, planned| WaveQuota {
        flight,
        eligible: 40,
        quota,
        planned,
    };
    let quotas = paper.store().wave_quotas(wave).await.unwrap();
    assert_eq!(
        quotas,
        [given(few, 10, 10), given(many, 35, 35), given(rest, 40, 35)]
    );
    let stands = paper.store().wave_placements(wave).await.unwrap();
    assert_eq!(stands, [(few, 10), (many, 35), (rest, 35)].into());
    let before = paper.store().eligible_before(paper.list).await.unwrap();
    let before: Vec<_> = before
        .iter()
        .map(|b| (b.flight, b.run, b.eligible))
        .collect();
    assert_eq!(before, [few, many, rest].map(|f| (f, paper.run(), 40)));
    // It is over, and nothing is dealt of it any more.
    let none = paper.store().wave_plan(wave, &NowAmended::default()).await;
    assert_eq!(none.unwrap(), None);
}

#[tokio::test]
async fn what_is_booked_wave_by_wave_is_booked_by_the_plan() {
    let paper = paper(40).await;
    let share = flight(&paper, "share", 0, |f| f.goal = Goal::Share(30)).await;
    let edition = paper.plan().await.id;
    assert_eq!(placed(&paper, edition).await, [(share, 12)].into());
    let known = booked(&paper, share).await;
    assert_eq!(
        (known.booked, known.ledger.reserved, known.remaining()),
        (12, 12, 0)
    );
    // The next edition books its own.
    paper.arrive().await;
    paper
        .articles("later", 8, after(paper.due, days(1) - 60))
        .await;
    paper.plan_at(after(paper.now, days(1))).await;
    let known = booked(&paper, share).await;
    assert_eq!((known.booked, known.ledger.delivered), (24, 12));
}

#[tokio::test]
async fn a_takeover_has_whole_digests_and_whoever_is_sold_every_digest_has_them_alone() {
    let paper = paper(20).await;
    let whole = flight(&paper, "whole", 6, |f| {
        (f.tier, f.all) = (Tier::Takeover, true);
    })
    .await;
    let other = flight(&paper, "other", 100, |_| {}).await;
    let edition = paper.plan().await.id;
    let stands = standing(&paper, edition).await;
    let taken = stands
        .values()
        .filter(|s| s.iter().any(|(_, f)| *f == whole));
    let all = [(Slot::S1, whole), (Slot::S2, whole)];
    assert!(taken.clone().all(|s| s[..] == all), "{stands:?}");
    assert_eq!(
        (taken.count(), placed(&paper, edition).await[&other]),
        (6, 14)
    );
    // A row a slot, and one send.
    let ledger = booked(&paper, whole).await.ledger;
    assert_eq!(ledger.reserved, 6);

    let paper = self::paper(20).await;
    let every = flight(&paper, "every", 0, |f| {
        (f.tier, f.goal, f.slots) = (Tier::Takeover, Goal::Every, vec![Slot::S2]);
    })
    .await;
    flight(&paper, "other", 100, |_| {}).await;
    let edition = paper.plan().await.id;
    let stands = standing(&paper, edition).await;
    assert!(
        stands.values().all(|s| s[..] == [(Slot::S2, every)]),
        "{stands:?}"
    );
    assert_eq!(booked(&paper, every).await.booked, 20);
}

#[tokio::test]
async fn groups_exclude_one_another_and_tiers_go_first() {
    let paper = paper(30).await;
    let group = |f: &mut NewFlight| f.group = Some(slug("cars"));
    let first = flight(&paper, "first", 20, group).await;
    let second = flight(&paper, "second", 20, |f| {
        f.group = Some(slug("cars"));
        f.tier = Tier::Bonus;
    })
    .await;
    let edition = paper.plan().await.id;
    let placed = placed(&paper, edition).await;
    assert_eq!([first, second].map(|f| placed[&f]), [20, 10]);
    let stands = standing(&paper, edition).await;
    assert!(stands.values().all(|s| s.len() == 1), "{stands:?}");
}

#[tokio::test]
async fn a_flight_is_for_the_readers_it_is_for() {
    let paper = Paper::daily().await;
    let mut new: Vec<_> = (0..12)
        .map(|n| paper.new_reader(&format!("r{n}@reader.example")))
        .collect();
    for (n, reader) in new.iter_mut().enumerate() {
        reader.terms.language = if n < 5 { "de-AT" } else { "en" }.to_owned();
    }
    paper
        .store()
        .subscribers_add(&new, paper.now)
        .await
        .unwrap();
    let german = flight(&paper, "german", 100, |f| {
        f.targeting = Targeting {
            languages: vec!["de".to_owned()],
            ..Targeting::default()
        };
    })
    .await;
    let weekly = flight(&paper, "weekly", 100, |f| {
        f.targeting = Targeting {
            cadences: vec![slug("weekly")],
            ..Targeting::default()
        };
    })
    .await;
    let edition = paper.plan().await.id;
    let placed = placed(&paper, edition).await;
    assert_eq!((placed.get(&german), placed.get(&weekly)), (Some(&5), None));
}

#[tokio::test]
async fn a_reader_sees_a_flight_as_often_as_it_may_be_seen() {
    let paper = paper(9).await;
    let cap = Cap { sends: 1, days: 2 };
    let capped = flight(&paper, "capped", 100, |f| f.cap = Some(cap)).await;
    let mut stands = Vec::new();
    for day in 0..4 {
        paper
            .articles(&format!("d{day}"), 8, after(paper.due, days(day) - 60))
            .await;
        let planned = paper.plan_at(after(paper.now, days(day))).await;
        let wave = &planned[0];
        stands.push(
            placed(&paper, wave.edition.id)
                .await
                .get(&capped)
                .copied()
                .unwrap_or(0),
        );
        paper.arrive().await;
    }
    // Two days are 48 hours back from the wave's instant, the first not included.
    assert_eq!(stands, [9, 0, 9, 0]);
    let all: Vec<SubscriptionId> = (1..=9).map(SubscriptionId).collect();
    let asked = |sends, day| {
        let cap = Cap { sends, days: 10 };
        let due = after(paper.due, days(day));
        paper.store().capped((capped, cap), &all, due)
    };
    assert_eq!(asked(2, 3).await.unwrap(), all);
    assert_eq!(
        asked(2, 2).await.unwrap(),
        [],
        "the third day's own wave is not before it"
    );
}

#[tokio::test]
async fn even_pacing_gives_an_edition_its_part() {
    let paper = paper(10).await;
    let even = flight(&paper, "even", 50, |f| f.pacing = Pacing::Even).await;
    let mut given = Vec::new();
    for day in 0..10 {
        paper
            .articles(&format!("d{day}"), 8, after(paper.due, days(day) - 60))
            .await;
        let planned = paper.plan_at(after(paper.now, days(day))).await;
        given.push(planned[0].placements);
        paper.arrive().await;
    }
    // Ten editions; the last one is kept for what comes back.
    assert_eq!(given, [5, 5, 5, 5, 6, 6, 6, 6, 6, 0]);
    assert_eq!(booked(&paper, even).await.ledger.delivered, 50);
}

#[tokio::test]
async fn a_wave_s_plan_is_kept_as_it_was_written() {
    let paper = paper(3).await;
    let one = flight(&paper, "share", 0, |f| f.goal = Goal::Share(50)).await;
    let edition = paper.plan().await.id;
    let (store, now) = (paper.store(), paper.now);
    let wave = store.waves(edition).await.unwrap()[0].id;
    let class = courant::sponsors::StoredClass {
        slots: vec![Slot::S1, Slot::S2],
        may: vec![(one, vec![Slot::S2])],
        configurations: vec![
            courant::sponsors::StoredConfiguration {
                flights: vec![(Slot::S2, one)],
                digests: 4,
                dealt: 1,
            },
            courant::sponsors::StoredConfiguration {
                flights: Vec::new(),
                digests: 2,
                dealt: 0,
            },
        ],
    };
    let plan = WavePlan {
        quotas: vec![WaveQuota {
            flight: one,
            eligible: 9,
            quota: 5,
            planned: 4,
        }],
        classes: vec![class],
    };
    let none = NowAmended::default();
    let before = booked(&paper, one).await.booked;
    store.wave_plan_put(wave, &plan, &none, now).await.unwrap();
    assert_eq!(
        store.wave_plan(wave, &none).await.unwrap(),
        Some(plan.clone())
    );
    assert_eq!(booked(&paper, one).await.booked, before + 4);
    // Written again, what was left of it goes back first.
    store.wave_plan_put(wave, &plan, &none, now).await.unwrap();
    assert_eq!(booked(&paper, one).await.booked, before + 4 - 3 + 4);
    for _ in 0..2 {
        store.wave_plan_close(wave, now).await.unwrap();
        assert_eq!(store.wave_plan(wave, &none).await.unwrap(), None);
        assert_eq!(booked(&paper, one).await.booked, before + 4 - 3 + 4 - 3);
    }
}

/// Readers of more than two slices.
const MANY: usize = 2_300;

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_plan_deals_on_from_what_is_stored() {
    let mut plans = Vec::new();
    for place in [
        None,
        Some("wave_planned=return"),
        Some("plan_chunk_mid=return"),
    ] {
        let paper = Paper::due_in(-1).await;
        with_readers(&paper, MANY).await;
        let mut flights = Vec::new();
        for (name, booked) in [("few", 70), ("many", 2_200), ("more", 1_500)] {
            flights.push(flight(&paper, name, booked, |_| {}).await);
        }
        if let Some(place) = place {
            let home = paper.folder.path();
            configure(home, 9, 1);
            let served = Served::start_with(home, &[("FAILPOINTS", place)]);
            let ended = served.ended().await;
            assert!(
                !ended.success() && ended.code().is_none(),
                "{place}: {ended}"
            );
            let edition = paper.edition().await.unwrap();
            let rows = paper.rows(edition).await.len();
            assert!(rows < MANY, "{place}: {rows}");
        }
        // Whoever goes on plans as of the same instant.
        let edition = match place {
            None => paper.plan_at(paper.due).await[0].edition.id,
            Some(_) => {
                paper.plan_at(paper.due).await;
                paper.edition().await.unwrap()
            }
        };
        let placed = placed(&paper, edition).await;
        let sums: Vec<usize> = flights.iter().map(|f| placed[f]).collect();
        assert_eq!(sums, [70, 2_200, 1_500], "{place:?}");
        let wave = paper.store().waves(edition).await.unwrap()[0].id;
        let given = paper.store().wave_quotas(wave).await.unwrap();
        assert!(given.iter().all(|q| q.planned == q.quota), "{given:?}");
        plans.push(standing(&paper, edition).await);
    }
    assert!(
        plans[1] == plans[0] && plans[2] == plans[0],
        "dealt otherwise"
    );
}
