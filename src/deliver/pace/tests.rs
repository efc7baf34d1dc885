mod properties;

use std::collections::HashMap;

use jiff::SignedDuration;

use super::*;
use crate::deliver::policy::{Outcome, Phase, Reply, signal};

const RELAY: RelayId = RelayId(0);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
}

fn limits() -> RelayLimits {
    RelayLimits {
        connections: 1000,
        ..RelayLimits::default()
    }
}

fn lane(name: &str, connections: u32, per_minute: u32) -> LaneLimits {
    LaneLimits {
        name: name.to_owned(),
        domains: vec![format!("{name}.example"), format!("*.{name}.example")],
        connections,
        per_minute,
    }
}

/// Lane 1 is `slow`, lane 2 `other`.
fn lanes() -> LaneTable {
    LaneTable::new(vec![lane("slow", 0, 0), lane("other", 0, 0)])
}

fn pace(limits: RelayLimits) -> Pace {
    Pace::new(vec![limits], lanes(), &[], at(0))
}

fn said(code: u16, text: &str) -> Signal {
    signal(&Outcome::Replied {
        phase: Phase::Body,
        reply: Reply::new(code, text),
    })
}

fn took() -> Signal {
    said(250, "ok")
}

/// How many letters of a lane go in one second, each taken at once.
fn in_a_second(pace: &mut Pace, lane: LaneId, from: i64) -> usize {
    let mut went = 0;
    for ms in (from * 1000)..(from * 1000 + 1000) {
        while went < 5000 && pace.admit(RELAY, lane, at_ms(ms)) == Admit::Go {
            pace.done(RELAY, lane, &took(), at_ms(ms));
            went += 1;
        }
    }
    went
}

#[test]
fn a_domain_goes_in_its_providers_lane() {
    let table = LaneTable::new(vec![
        lane("slow", 1, 0),
        LaneLimits {
            name: "deep".to_owned(),
            domains: vec!["*.a.slow.example".to_owned(), "slow.example".to_owned()],
            connections: 0,
            per_minute: 0,
        },
        lane("slow", 9, 0),
    ]);
    let name = |domain: &str| table.name(table.of(domain));
    assert_eq!(name("slow.example"), "slow", "the first to name it");
    assert_eq!(name("SLOW.example"), "slow");
    assert_eq!(name("x.y.slow.example"), "slow");
    assert_eq!(name("x.a.slow.example"), "deep", "the longer suffix");
    assert_eq!(name("a.slow.example"), "slow");
    assert_eq!(name("notslow.example"), "default");
    assert_eq!(name(""), "default");
    assert_eq!(
        table.names().collect::<Vec<_>>(),
        ["default", "slow", "deep"]
    );
    assert_eq!(table.by_name("deep"), LaneId(2));
    assert_eq!(table.by_name("gone"), LaneId::DEFAULT);
    assert_eq!(table.name(LaneId(99)), "default");
}

#[test]
fn the_built_in_lanes_know_the_large_providers_and_an_own_one_takes_the_place_of_one() {
    let table = LaneTable::default();
    for (domain, name) in [
        ("gmail.com", "gmail"),
        ("googlemail.com", "gmail"),
        ("hotmail.com", "outlook"),
        ("msn.com", "outlook"),
        ("aol.com", "yahoo"),
        ("ymail.com", "yahoo"),
        ("yahoo.co.jp", "default"),
        ("me.com", "icloud"),
        ("wanadoo.fr", "orange"),
        ("web.de", "gmx"),
        ("example.org", "default"),
    ] {
        assert_eq!(table.name(table.of(domain)), name, "{domain}");
    }
    let mut domains: HashMap<String, String> = HashMap::new();
    for lane in LaneTable::built_in() {
        assert!(lane.connections >= 8 && lane.per_minute == 0, "{lane:?}");
        for domain in lane.domains {
            let before = domains.insert(domain.clone(), lane.name.clone());
            assert_eq!(before, None, "{domain} stands in two lanes");
        }
    }
    let own = LaneLimits {
        name: "gmail".to_owned(),
        domains: vec!["gmail.com".to_owned(), "aol.com".to_owned()],
        connections: 3,
        per_minute: 7,
    };
    let table = LaneTable::over_built_in(vec![own]);
    assert_eq!(table.name(table.of("aol.com")), "gmail");
    assert_eq!(table.name(table.of("googlemail.com")), "default");
    assert_eq!(table.limits(table.by_name("gmail")).unwrap().per_minute, 7);
}

#[test]
fn a_rate_is_kept_and_says_when_the_next_letter_may_go() {
    let mut pace = pace(RelayLimits {
        per_second: 4,
        ..limits()
    });
    assert_eq!(pace.admit(RELAY, LaneId(1), at(0)), Admit::Go);
    let Admit::Until(next, Scope::Relay) = pace.admit(RELAY, LaneId(2), at(0)) else {
        panic!("not shut");
    };
    assert!(next > at_ms(249) && next <= at_ms(251), "{next}");
    assert_eq!(pace.next_opening(at(0)), Some(next));
    assert_eq!(
        pace.relay(at(0)),
        Ok(RELAY),
        "a rate is no reason to fail over"
    );
    assert_eq!(pace.admit(RELAY, LaneId(2), next), Admit::Go);
    assert_eq!(in_a_second(&mut pace, LaneId(1), 60), 4);
}

#[test]
fn places_are_taken_and_given_back() {
    let table = LaneTable::new(vec![lane("slow", 1, 0)]);
    let relay = RelayLimits {
        connections: 2,
        ..limits()
    };
    let mut pace = Pace::new(vec![relay], table, &[], at(0));
    let (default, slow) = (LaneId::DEFAULT, LaneId(1));
    assert_eq!(pace.room(slow, at(0)), Some(1));
    assert_eq!(pace.admit(RELAY, slow, at(0)), Admit::Go);
    assert_eq!(pace.admit(RELAY, slow, at(0)), Admit::Busy(Scope::Lane));
    assert_eq!(pace.room(slow, at(0)), Some(0));
    assert_eq!(pace.room(default, at(0)), None);
    assert_eq!(pace.admit(RELAY, default, at(0)), Admit::Go);
    assert_eq!(pace.admit(RELAY, default, at(0)), Admit::Busy(Scope::Relay));
    pace.give_back(RELAY, slow);
    assert_eq!(pace.admit(RELAY, slow, at(0)), Admit::Go);
    pace.done(RELAY, slow, &took(), at(1));
    pace.done(RELAY, default, &took(), at(1));
    // One too many is no debt.
    pace.done(RELAY, default, &took(), at(1));
    assert_eq!(pace.admit(RELAY, default, at(1)), Admit::Go);
    assert_eq!(
        pace.admit(RelayId(7), default, at(1)),
        Admit::Busy(Scope::Relay)
    );
    assert_eq!(
        pace.admit(RELAY, LaneId(99), at(1)),
        Admit::Go,
        "a lane that is gone"
    );
}

#[test]
fn a_throttled_lane_is_silent_then_slow_then_itself_again_and_no_other_lane_notices() {
    let mut pace = pace(limits());
    let (slow, other) = (LaneId(1), LaneId(2));
    for n in 0..600 {
        assert_eq!(pace.admit(RELAY, slow, at_ms(n * 100)), Admit::Go);
        pace.done(RELAY, slow, &took(), at_ms(n * 100));
    }
    assert_eq!(pace.admit(RELAY, slow, at(60)), Admit::Go);
    pace.done(RELAY, slow, &said(421, "4.7.99 slow down"), at(60));
    assert_eq!(pace.open_lanes(at(61)), [LaneId(0), other]);
    assert_eq!(
        pace.admit(RELAY, slow, at(61)),
        Admit::Until(at_ms(120_001), Scope::Lane)
    );
    assert_eq!(pace.next_opening(at(61)), Some(at_ms(120_001)));
    assert_eq!(pace.relay(at(61)), Ok(RELAY));
    assert_eq!(in_a_second(&mut pace, other, 61), 5000, "not slowed");
    // 600 in the minute before: 300 a minute now, one at a time.
    assert_eq!(in_a_second(&mut pace, slow, 121), 5);
    let mut rates = Vec::new();
    for minute in 4..14 {
        rates.push(in_a_second(&mut pace, slow, minute * 60));
    }
    assert!(rates.is_sorted(), "{rates:?}");
    assert!(rates[0] <= 7, "slowly: {rates:?}");
    assert_eq!(rates[9], 5000, "no limit again: {rates:?}");
}

#[test]
fn words_to_go_slower_that_come_together_are_one_and_later_ones_wait_twice_as_long() {
    let mut pace = pace(limits());
    let slow = LaneId(1);
    let no = said(421, "4.7.99 slow down");
    let silence = |pace: &mut Pace, from: i64| {
        for _ in 0..20 {
            pace.done(RELAY, slow, &no, at(from));
        }
        let Admit::Until(opens, Scope::Lane) = pace.admit(RELAY, slow, at(from)) else {
            panic!("open");
        };
        opens.as_second() - at(from).as_second()
    };
    for (from, expected) in [
        (0, 60),
        (100, 120),
        (300, 240),
        (1000, 480),
        (2000, 960),
        (4000, 1800),
        (8000, 1800),
    ] {
        assert_eq!(silence(&mut pace, from), expected);
    }
    // What was taken meanwhile began before, and resets nothing.
    pace.done(RELAY, slow, &took(), at(8001));
    assert_eq!(silence(&mut pace, 10_000), 1800);
    // A letter taken a minute after the silence does.
    pace.done(RELAY, slow, &took(), at(12_000));
    assert_eq!(silence(&mut pace, 12_001), 60);
    // A code that names a time has it, also among others.
    pace.done(
        RELAY,
        slow,
        &said(421, "4.7.0 [TSS04] complaints"),
        at(12_002),
    );
    let open = pace.open_lanes(at(12_002 + 7199));
    assert!(!open.contains(&slow));
    assert!(pace.open_lanes(at(12_002 + 7201)).contains(&slow));
}

#[test]
fn a_code_that_names_a_rate_slows_to_it() {
    let mut pace = pace(limits());
    let slow = LaneId(1);
    assert!(in_a_second(&mut pace, slow, 0) == 5000);
    pace.done(
        RELAY,
        slow,
        &said(421, "4.7.28 unusual rate of mail"),
        at(1),
    );
    let went: usize = (120..180).map(|s| in_a_second(&mut pace, slow, s)).sum();
    assert!((10..=13).contains(&went), "{went} in the first minute");
    // Six hours without a word are enough to forget it.
    pace.done(RELAY, slow, &took(), at(180 + 6 * 3600));
    assert_eq!(in_a_second(&mut pace, slow, 181 + 6 * 3600), 5000);
}

#[test]
fn the_lane_of_all_others_is_not_slowed_by_one_of_them() {
    let mut pace = pace(limits());
    let no = said(421, "4.7.0 [TSS04] complaints");
    pace.done(RELAY, LaneId::DEFAULT, &no, at(0));
    assert_eq!(pace.admit(RELAY, LaneId::DEFAULT, at(0)), Admit::Go);
}

#[test]
fn a_relay_that_asks_for_less_gets_half_and_soon_more_again() {
    let mut pace = pace(RelayLimits {
        per_second: 20,
        ..limits()
    });
    let lane = LaneId(1);
    assert_eq!(in_a_second(&mut pace, lane, 0), 20 + 1, "a burst of two");
    assert_eq!(pace.admit(RELAY, lane, at(5)), Admit::Go);
    let no = said(
        454,
        "4.7.0 Throttling failure: Maximum sending rate exceeded.",
    );
    pace.done(RELAY, lane, &no, at(5));
    assert_eq!(pace.relay(at(5)), Err(at_ms(6001)));
    assert_eq!(in_a_second(&mut pace, lane, 7), 10);
    let rates: Vec<usize> = (2..8)
        .map(|minute| in_a_second(&mut pace, lane, minute * 60))
        .collect();
    assert!(rates.is_sorted() && rates[0] < 15, "{rates:?}");
    assert_eq!(*rates.last().unwrap(), 21, "{rates:?}");
}

#[test]
fn a_rate_that_nobody_set_is_measured_from_the_first_second_on() {
    let mut pace = pace(limits());
    let lane = LaneId(1);
    for n in 0..30 {
        assert_eq!(pace.admit(RELAY, lane, at_ms(n * 33)), Admit::Go);
        pace.done(RELAY, lane, &took(), at_ms(n * 33));
    }
    pace.done(RELAY, lane, &said(454, "4.7.0 Throttling failure"), at(1));
    // Thirty in a second were too much: fifteen are tried.
    let went = in_a_second(&mut pace, lane, 5);
    assert!((14..=16).contains(&went), "{went}");
}

#[test]
fn a_failed_relay_is_left_alone_longer_each_time_and_the_next_one_takes_over() {
    let mut pace = Pace::new(vec![limits(), limits()], lanes(), &[], at(0));
    let backup = RelayId(1);
    assert_eq!(pace.relay(at(0)), Ok(RELAY));
    let mut now = at(0);
    for minutes in [1, 2, 4, 8, 16, 30, 30] {
        let mut until = now;
        // Eight connections that fail at once are one failure.
        for _ in 0..8 {
            until = pace.relay_failed(RELAY, now);
        }
        let wait = SignedDuration::from_mins(minutes);
        assert_eq!(until, now + wait + SignedDuration::from_millis(1));
        assert_eq!(pace.relay(now), Ok(backup));
        assert_eq!(
            pace.admit(RELAY, LaneId(1), now),
            Admit::Until(until, Scope::Relay)
        );
        pace.relay_ok(RELAY, now);
        now = until;
        assert_eq!(pace.relay(now), Ok(RELAY));
    }
    pace.relay_ok(RELAY, now);
    let until = pace.relay_failed(RELAY, now);
    assert_eq!(until.as_second() - now.as_second(), 60, "a first one again");
    pace.done(backup, LaneId(1), &said(535, "5.7.8 wrong"), now);
    assert_eq!(pace.relay(now), Err(until));
    assert_eq!(
        Pace::new(vec![], lanes(), &[], at(0)).relay(at(0)),
        Err(Timestamp::MAX)
    );
}

#[test]
fn a_days_quota_counts_what_was_sent_before_the_start_and_opens_by_the_hour() {
    let hour = |n: i64| at(0).as_second().div_euclid(3600) + n;
    let row = |n: i64, sent: u64| Usage {
        relay: RELAY,
        hour: hour(n),
        sent,
    };
    let quota = RelayLimits {
        per_day: 100,
        ..limits()
    };
    // 50 are older than a day, 30 lie at its edge, 15 in it; an hour to come counts as this one.
    let usage = [row(-30, 50), row(-24, 30), row(-3, 10), row(9000, 5)];
    let mut pace = Pace::new(vec![quota], lanes(), &usage, at(0));
    assert_eq!(in_a_second(&mut pace, LaneId(1), 0), 55);
    let opens = Timestamp::from_second(hour(1) * 3600).unwrap() + SignedDuration::from_millis(1);
    assert_eq!(pace.relay(at(1)), Err(opens));
    assert_eq!(pace.next_opening(at(1)), Some(opens));
    assert_eq!(
        pace.admit(RELAY, LaneId(1), at(1)),
        Admit::Until(opens, Scope::Relay)
    );
    let from = opens.as_second() - at(0).as_second() + 1;
    assert_eq!(in_a_second(&mut pace, LaneId(1), from), 30);
    assert_eq!(
        pace.usage(),
        [row(0, 55), row(1, 30)],
        "by hours, and of this process alone"
    );
    assert_eq!(pace.usage(), []);
}

#[test]
fn letters_on_their_way_count_against_the_quota_until_they_are_refused() {
    let mut pace = pace(RelayLimits {
        per_day: 2,
        ..limits()
    });
    let lane = LaneId(1);
    assert_eq!(pace.admit(RELAY, lane, at(0)), Admit::Go);
    assert_eq!(pace.admit(RELAY, lane, at(0)), Admit::Go);
    assert!(matches!(pace.admit(RELAY, lane, at(0)), Admit::Until(..)));
    pace.done(RELAY, lane, &said(550, "5.1.1 unknown"), at(1));
    assert_eq!(pace.admit(RELAY, lane, at(1)), Admit::Go);
    // Lost behind the dot: it may have been taken.
    let doubt = signal(&Outcome::Lost {
        phase: Phase::Body,
        words: "closed".to_owned(),
    });
    pace.done(RELAY, lane, &doubt, at(2));
    pace.done(RELAY, lane, &took(), at(2));
    assert!(matches!(pace.admit(RELAY, lane, at(3)), Admit::Until(..)));
}

#[test]
fn a_warm_up_allows_each_day_what_its_table_says_and_then_ends() {
    let mut pace = pace(RelayLimits {
        warm_up: Some(WarmUp {
            since: at(0),
            table: vec![5, 10, 20],
        }),
        ..limits()
    });
    let day = 86_400;
    let went: Vec<usize> = (0..4)
        .map(|n| in_a_second(&mut pace, LaneId(1), n * day + 3600))
        .collect();
    assert_eq!(went, [5, 10, 20, 5000]);
    // A ramp that begins tomorrow allows its first day's letters today.
    let tomorrow = WarmUp {
        since: at(day),
        table: vec![3],
    };
    let ramp = RelayLimits {
        warm_up: Some(tomorrow),
        ..limits()
    };
    let mut pace = self::pace(ramp);
    assert_eq!(in_a_second(&mut pace, LaneId(1), 0), 3);
    assert!(pace.relay(at(1)).unwrap_err() <= at(day + 1));
}

#[test]
fn a_clock_that_goes_back_opens_nothing_and_shuts_nothing_for_longer() {
    let mut pace = pace(RelayLimits {
        per_second: 1,
        per_day: 10,
        ..limits()
    });
    let lane = LaneId(1);
    let year = 365 * 86_400;
    assert_eq!(pace.admit(RELAY, lane, at(year)), Admit::Go);
    pace.done(RELAY, lane, &took(), at(year));
    // Back by a year: the second since the last letter is still to pass, and no more than it.
    let Admit::Until(opens, Scope::Relay) = pace.admit(RELAY, lane, at(0)) else {
        panic!("open");
    };
    assert!(opens > at_ms(999) && opens <= at_ms(1001), "{opens}");
    let mut went = 0;
    for second in 1..40 {
        if pace.admit(RELAY, lane, at(second)) == Admit::Go {
            pace.done(RELAY, lane, &took(), at(second));
            went += 1;
        }
    }
    assert_eq!(went, 9, "the day's quota holds");
    let down = pace.relay_failed(RELAY, at(1000));
    assert_eq!(down.as_second(), at(1060).as_second());
    assert_eq!(
        pace.usage()
            .iter()
            .map(|row| row.hour - at(0).as_second().div_euclid(3600))
            .collect::<Vec<_>>(),
        [365 * 24, 0],
        "the ledger's hours are the world's"
    );
    for far in [Timestamp::MIN, Timestamp::MAX, Timestamp::MIN, at(0)] {
        pace.admit(RELAY, lane, far);
        pace.done(RELAY, lane, &said(421, "4.7.99 slow"), far);
        pace.relay_failed(RELAY, far);
        pace.next_opening(far);
        pace.open_lanes(far);
        pace.relay(far).ok();
    }
}
