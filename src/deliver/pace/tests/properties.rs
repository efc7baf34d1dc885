//! What holds whatever comes: random letters, replies, failures and clocks against plain counting.

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// So many milliseconds pass; fewer than none: the clock goes back.
    Wait(i64),
    /// Time passes until the next door opens, to the millisecond.
    Open,
    /// As many letters as are let, at most so many, of a lane.
    Ask(usize, u8),
    /// The oldest letter on its way comes back: taken, slow down, refused, in doubt, relay down.
    Back(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0i64..2000).prop_map(Step::Wait),
        2 => (0i64..40_000_000).prop_map(Step::Wait),
        1 => (-100_000i64..0).prop_map(Step::Wait),
        2 => Just(Step::Open),
        6 => (0usize..3, 1u8..20).prop_map(|(lane, most)| Step::Ask(lane, most)),
        6 => (0u8..20).prop_map(Step::Back),
    ];
    proptest::collection::vec(step, 1..400)
}

fn reply(kind: u8) -> Signal {
    match kind {
        0 => said(421, "4.7.99 slow down"),
        1 => said(421, "4.7.28 unusual rate of mail"),
        2 => said(454, "4.7.0 Throttling failure"),
        3 => said(550, "5.1.1 unknown"),
        4 => said(421, "4.3.2 closing"),
        _ => took(),
    }
}

const PER_SECOND: u32 = 20;
const PER_DAY: u64 = 45;
const PLACES: u32 = 6;
const LANE_PLACES: [u32; 3] = [0, 2, 4];
const LANE_PER_MINUTE: [u32; 3] = [0, 0, 120];

/// Plays the steps; `went` are the instants of a clock that never goes back (as far as time really
/// passed) at which letters went, by lane, and `counted` those at which one was taken.
fn play(steps: &[Step], mut check: impl FnMut(&[(i64, usize)], &[i64])) {
    let table = LaneTable::new(vec![
        lane("slow", LANE_PLACES[1], LANE_PER_MINUTE[1]),
        lane("other", LANE_PLACES[2], LANE_PER_MINUTE[2]),
    ]);
    let relay = RelayLimits {
        connections: PLACES,
        per_second: PER_SECOND,
        per_day: PER_DAY,
        ..RelayLimits::default()
    };
    let mut pace = Pace::new(vec![relay], table, &[], at(0));
    let (mut world, mut passed) = (0i64, 0i64);
    let (mut went, mut counted) = (Vec::new(), Vec::new());
    let mut on_their_way: Vec<usize> = Vec::new();
    for step in steps {
        match step {
            Step::Wait(ms) => {
                world += ms;
                passed += ms.max(&0);
                // A look at the clock, as every caller takes one.
                pace.relay_ok(RelayId(9), at_ms(world));
            }
            Step::Open => {
                if let Some(opens) = pace.next_opening(at_ms(world)) {
                    let ms = opens.as_millisecond() - at_ms(world).as_millisecond();
                    world += ms;
                    passed += ms;
                }
            }
            Step::Ask(lane, most) => {
                for _ in 0..*most {
                    if pace.admit(RELAY, LaneId(*lane), at_ms(world)) != Admit::Go {
                        break;
                    }
                    went.push((passed, *lane));
                    on_their_way.push(*lane);
                }
            }
            Step::Back(kind) if !on_their_way.is_empty() => {
                let lane = on_their_way.remove(0);
                let signal = reply(*kind);
                if signal.counts {
                    counted.push(passed);
                }
                pace.done(RELAY, LaneId(lane), &signal, at_ms(world));
            }
            Step::Back(_) => {}
        }
        assert!(on_their_way.len() <= PLACES as usize);
        for (lane, most) in LANE_PLACES
            .iter()
            .enumerate()
            .filter(|(_, most)| **most > 0)
        {
            let used = on_their_way.iter().filter(|l| **l == lane).count();
            assert!(used <= *most as usize, "lane {lane}: {used}");
        }
    }
    check(&went, &counted);
}

/// At most `most` of the instants lie in any window of `span` milliseconds.
fn never_more(times: &[i64], span: i64, most: u64) {
    for (n, from) in times.iter().enumerate() {
        let within = times[n..].iter().take_while(|t| **t - from < span).count();
        assert!(within as u64 <= most, "{within} from {from} in {span}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_holds_more_than_rates_and_quota_allow(steps in steps()) {
        play(&steps, |went, counted| {
            let all: Vec<i64> = went.iter().map(|(t, _)| *t).collect();
            // A burst of a tenth of a second, and the millisecond in which a window begins.
            for seconds in [1, 2, 10, 60] {
                never_more(&all, seconds * 1000, u64::from(PER_SECOND) * seconds as u64 + 2);
            }
            let other: Vec<i64> = went.iter().filter(|(_, l)| *l == 2).map(|(t, _)| *t).collect();
            for minutes in [1, 5] {
                never_more(&other, minutes * 60_000, u64::from(LANE_PER_MINUTE[2]) * minutes as u64 + 1);
            }
            never_more(counted, 24 * 3_600_000, PER_DAY);
        });
    }

    #[test]
    fn no_day_holds_more_than_the_quota_wherever_it_begins(
        steps in proptest::collection::vec((0i64..20_000_000, 1usize..30), 1..40)
    ) {
        let relay = RelayLimits { per_day: PER_DAY, ..limits() };
        let mut pace = Pace::new(vec![relay], lanes(), &[], at(0));
        let (mut now, mut counted) = (0, Vec::new());
        for (wait, letters) in steps {
            now += wait;
            for _ in 0..letters {
                // Where it is shut, the very instant at which it opens is tried.
                if let Err(opens) = pace.relay(at_ms(now)) {
                    now = opens.as_millisecond() - at_ms(0).as_millisecond();
                }
                prop_assert_eq!(pace.admit(RELAY, LaneId(1), at_ms(now)), Admit::Go);
                pace.done(RELAY, LaneId(1), &took(), at_ms(now));
                counted.push(now);
            }
        }
        never_more(&counted, 24 * 3_600_000, PER_DAY);
    }

    #[test]
    fn a_shut_door_opens_when_it_said_and_all_comes_back(steps in steps()) {
        let mut pace = Pace::new(vec![limits(), limits()], lanes(), &[], at(0));
        let mut now = 0i64;
        let mut on_their_way = 0u32;
        for step in &steps {
            match step {
                Step::Wait(ms) => now += ms.max(&0),
                Step::Open => {}
                Step::Ask(lane, _) => match pace.admit(RELAY, LaneId(*lane), at_ms(now)) {
                    Admit::Go => on_their_way += 1,
                    Admit::Until(opens, _) => {
                        prop_assert!(opens > at_ms(now), "{opens} is over");
                        // At most two doors stand in a row: the relay's, then the lane's.
                        let next = pace.admit(RELAY, LaneId(*lane), opens);
                        now = opens.as_millisecond() - at_ms(0).as_millisecond();
                        match next {
                            Admit::Go => on_their_way += 1,
                            Admit::Until(_, scope) => prop_assert_eq!(scope, Scope::Lane),
                            Admit::Busy(_) => {}
                        }
                    }
                    Admit::Busy(_) => {}
                },
                Step::Back(kind) => {
                    for lane in 0..3 {
                        pace.done(RELAY, LaneId(lane), &reply(*kind), at_ms(now));
                    }
                    on_their_way = 0;
                }
            }
        }
        // Hours later with letters taken now and then, everything is as it was configured.
        for _ in 0..on_their_way {
            for lane in 0..3 {
                pace.give_back(RELAY, LaneId(lane));
            }
        }
        for _ in 0..3 {
            now += 7 * 3_600_000;
            for lane in 0..3 {
                pace.done(RELAY, LaneId(lane), &took(), at_ms(now));
            }
        }
        prop_assert_eq!(pace.next_opening(at_ms(now)), None);
        prop_assert_eq!(pace.open_lanes(at_ms(now)).len(), 3);
        for lane in 0..3 {
            prop_assert_eq!(pace.room(LaneId(lane), at_ms(now)), None);
        }
    }
}
