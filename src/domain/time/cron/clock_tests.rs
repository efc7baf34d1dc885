use super::*;
use std::collections::{BTreeSet, HashSet};

use crate::domain::time::format_rfc3339_in;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hour(text: &str) -> Option<WallTime> {
    Some(WallTime::parse(text).unwrap())
}

/// The next `count` as `local time = run`, from a local date and time with offset.
fn shown_next(
    expr: &str,
    zone_name: &str,
    from: &str,
    own: Option<WallTime>,
    count: usize,
) -> Vec<String> {
    let zone = zone(zone_name);
    let expr = CronExpr::parse(expr).unwrap();
    let found = expr.upcoming(at(from), &zone, own, count);
    let line = |next: &Occurrence| {
        let local = format_rfc3339_in(next.at, &zone);
        format!(
            "{} = {}",
            local.replace(":00+", "+").replace(":00-", "-"),
            next.run
        )
    };
    found.iter().map(line).collect()
}

fn runs(expr: &str, zone_name: &str, from: &str, count: usize) -> Vec<String> {
    let found = CronExpr::parse(expr)
        .unwrap()
        .upcoming(at(from), &zone(zone_name), None, count);
    found.iter().map(|next| next.run.to_string()).collect()
}

#[test]
fn a_fixed_time_in_the_gap_fires_right_after_it() {
    assert_eq!(
        shown_next(
            "30 2 * * *",
            "Europe/Berlin",
            "2027-03-27T00:00:00Z",
            None,
            3
        ),
        [
            "2027-03-27T02:30+01:00 = 2027-03-27",
            "2027-03-28T03:00+02:00 = 2027-03-28",
            "2027-03-29T02:30+02:00 = 2027-03-29",
        ]
    );
    // Several in one gap are one, with the run of the first.
    assert_eq!(
        shown_next(
            "0,30 2-3 * * *",
            "Europe/Berlin",
            "2027-03-28T00:00:00Z",
            None,
            3
        ),
        [
            "2027-03-28T03:00+02:00 = 2027-03-28T02:00",
            "2027-03-28T03:30+02:00 = 2027-03-28T03:30",
            "2027-03-29T02:00+02:00 = 2027-03-29T02:00",
        ]
    );
}

#[test]
fn a_fixed_time_in_the_overlap_fires_once() {
    assert_eq!(
        shown_next(
            "0,30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T22:00:00Z",
            None,
            3
        ),
        [
            "2026-10-25T02:00+02:00 = 2026-10-25T02:00",
            "2026-10-25T02:30+02:00 = 2026-10-25T02:30",
            "2026-10-26T02:00+01:00 = 2026-10-26T02:00",
        ]
    );
    // Asked from inside the second pass.
    assert_eq!(
        shown_next(
            "45 2 * * *",
            "Europe/Berlin",
            "2026-10-25T01:10:00Z",
            None,
            1
        ),
        ["2026-10-26T02:45+01:00 = 2026-10-26"]
    );
}

#[test]
fn the_real_clock_leaves_out_the_gap_and_takes_both_passes() {
    assert_eq!(
        shown_next(
            "*/30 * * * *",
            "Europe/Berlin",
            "2027-03-28T00:15:00Z",
            None,
            3
        ),
        [
            "2027-03-28T01:30+01:00 = 2027-03-28T01:30",
            "2027-03-28T03:00+02:00 = 2027-03-28T03:00",
            "2027-03-28T03:30+02:00 = 2027-03-28T03:30",
        ]
    );
    assert_eq!(
        shown_next(
            "30 */2 * * *",
            "Europe/Berlin",
            "2026-10-24T23:00:00Z",
            None,
            3
        ),
        [
            "2026-10-25T02:30+02:00 = 2026-10-25T02:30",
            "2026-10-25T02:30+01:00 = 2026-10-25T02:30+2",
            "2026-10-25T04:30+01:00 = 2026-10-25T04:30",
        ]
    );
    assert_eq!(
        shown_next(
            "30 */2 * * *",
            "Europe/Berlin",
            "2027-03-27T23:00:00Z",
            None,
            2
        ),
        [
            "2027-03-28T00:30+01:00 = 2027-03-28T00:30",
            "2027-03-28T04:30+02:00 = 2027-03-28T04:30"
        ]
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    assert_eq!(
        shown_next(
            "15 * * * *",
            "Australia/Lord_Howe",
            "2026-10-03T14:30:00Z",
            None,
            2
        ),
        [
            "2026-10-04T01:15+10:30 = 2026-10-04T01:15",
            "2026-10-04T03:15+11:00 = 2026-10-04T03:15"
        ]
    );
    assert_eq!(
        shown_next(
            "*/15 * * * *",
            "Australia/Lord_Howe",
            "2027-04-03T14:15:00Z",
            None,
            5
        ),
        [
            "2027-04-04T01:30+11:00 = 2027-04-04T01:30",
            "2027-04-04T01:45+11:00 = 2027-04-04T01:45",
            "2027-04-04T01:30+10:30 = 2027-04-04T01:30+2",
            "2027-04-04T01:45+10:30 = 2027-04-04T01:45+2",
            "2027-04-04T02:00+10:30 = 2027-04-04T02:00",
        ]
    );
    assert_eq!(
        shown_next(
            "0 7 * * *",
            "Australia/Lord_Howe",
            "2026-10-04T00:00:00+10:30",
            hour("02:10"),
            2
        ),
        [
            "2026-10-04T02:30+11:00 = 2026-10-04",
            "2026-10-05T02:10+11:00 = 2026-10-05"
        ]
    );
}

#[test]
fn an_hour_of_ones_own_replaces_the_default() {
    assert_eq!(
        shown_next(
            "0 7 * * sun",
            "Europe/Berlin",
            "2027-03-27T23:00:00Z",
            hour("02:30"),
            2
        ),
        [
            "2027-03-28T03:00+02:00 = 2027-03-28",
            "2027-04-04T02:30+02:00 = 2027-04-04"
        ]
    );
    // The day's hour is over, or just not yet.
    let from = "2026-11-25T06:00:00Z";
    let first = |own| shown_next("0 7 * * *", "Europe/Berlin", from, hour(own), 1).remove(0);
    assert_eq!(first("07:00"), "2026-11-26T07:00+01:00 = 2026-11-26");
    assert_eq!(first("07:01"), "2026-11-25T07:01+01:00 = 2026-11-25");
    assert_eq!(first("00:00"), "2026-11-26T00:00+01:00 = 2026-11-26");
    assert_eq!(first("23:59"), "2026-11-25T23:59+01:00 = 2026-11-25");
    // No part where the expression alone decides.
    let clock = shown_next("0 */6 * * *", "Europe/Berlin", from, hour("02:30"), 1);
    assert_eq!(clock, ["2026-11-25T12:00+01:00 = 2026-11-25T12:00"]);
}

#[test]
fn the_wall_date_is_the_zones_own() {
    let from = "2026-11-24T12:00:00Z";
    let first = |zone| shown_next("0 7 * * *", zone, from, None, 1).remove(0);
    assert_eq!(
        first("Pacific/Kiritimati"),
        "2026-11-25T07:00+14:00 = 2026-11-25"
    );
    assert_eq!(
        first("Asia/Kathmandu"),
        "2026-11-25T07:00+05:45 = 2026-11-25"
    );
    assert_eq!(
        first("America/Los_Angeles"),
        "2026-11-24T07:00-08:00 = 2026-11-24"
    );
    assert_eq!(
        first("Pacific/Pago_Pago"),
        "2026-11-24T07:00-11:00 = 2026-11-24"
    );
    // Midnight does not exist that day, and a whole day did not exist in Samoa.
    assert_eq!(
        shown_next(
            "0 0 * * *",
            "America/Sao_Paulo",
            "2018-11-03T12:00:00Z",
            None,
            1
        ),
        ["2018-11-04T01:00-02:00 = 2018-11-04"]
    );
    assert_eq!(
        runs("0 7 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3),
        ["2011-12-29", "2011-12-30", "2011-12-31"]
    );
}

type Fits = fn(DateTime) -> bool;

/// Without the `cron` crate, minute by minute: what the rules say must fire in the minutes after
/// `from`.
fn plain_reading(
    follows_clock: bool,
    fits: Fits,
    zone: &Zone,
    from: Timestamp,
    minutes: i64,
) -> BTreeSet<Timestamp> {
    let mut expected = BTreeSet::new();
    let mut walls = HashSet::new();
    let mut last = zone.tz().to_datetime(from);
    for minute in 1..=minutes {
        let now = from + SignedDuration::from_mins(minute);
        let wall = zone.tz().to_datetime(now);
        // Every minute that the wall skipped on the way here, and this one; each counts once.
        while !follows_clock && last < wall {
            last += SignedDuration::from_mins(1);
            if fits(last) && walls.insert(last) {
                expected.insert(now);
            }
        }
        if follows_clock && fits(wall) {
            expected.insert(now);
        }
        last = wall;
    }
    expected
}

#[test]
fn every_minute_around_the_changes_agrees_with_a_plain_reading() {
    let cases: [(&str, Fits); 4] = [
        ("*/20 * * * *", |wall| wall.minute() % 20 == 0),
        ("7 */2 * * *", |wall| {
            wall.minute() == 7 && wall.hour() % 2 == 0
        }),
        ("10,50 1-3 * * *", |wall| {
            [10, 50].contains(&wall.minute()) && (1..4).contains(&wall.hour())
        }),
        ("40 0,2 * * *", |wall| {
            wall.minute() == 40 && [0, 2].contains(&wall.hour())
        }),
    ];
    let days = [
        ("Europe/Berlin", "2027-03-27T12:00:00Z"),
        ("Europe/Berlin", "2026-10-24T12:00:00Z"),
        ("America/New_York", "2026-10-31T16:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T03:00:00Z"),
        ("Australia/Lord_Howe", "2027-04-03T03:00:00Z"),
        ("America/Sao_Paulo", "2018-11-03T12:00:00Z"),
        ("America/Sao_Paulo", "2018-02-17T12:00:00Z"),
        ("Africa/Casablanca", "2026-02-14T12:00:00Z"),
        ("Pacific/Apia", "2011-12-29T12:00:00Z"),
    ];
    for ((text, fits), (name, from)) in cases.iter().flat_map(|case| days.map(|day| (*case, day))) {
        let (expr, zone, from) = (CronExpr::parse(text).unwrap(), zone(name), at(from));
        let minutes = 48 * 60;
        let expected = plain_reading(expr.follows_clock(), fits, &zone, from, minutes);
        let found = expr.upcoming(from, &zone, None, expected.len() + 1);
        let end = from + SignedDuration::from_mins(minutes);
        let within: BTreeSet<_> = found
            .iter()
            .map(|next| next.at)
            .filter(|at| *at <= end)
            .collect();
        assert_eq!(within, expected, "{text} {name}");
        let keys: HashSet<_> = found.iter().map(|next| next.run.to_string()).collect();
        assert_eq!(keys.len(), found.len(), "a run comes twice: {text} {name}");
    }
}
