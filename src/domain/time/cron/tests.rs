use super::*;
use crate::domain::time::to_ms;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn runs(expr: &str, zone_name: &str, from: &str, count: usize) -> Vec<String> {
    let found = CronExpr::parse(expr)
        .unwrap()
        .upcoming(at(from), &zone(zone_name), None, count);
    found.iter().map(|next| next.run.to_string()).collect()
}

#[test]
fn either_day_field_will_do_where_both_are_restricted() {
    let days = |expr: &str| runs(expr, "UTC", "2026-11-01T12:00:00Z", 4);
    // Sundays are 8, 15, 22 and 29 November 2026.
    assert_eq!(
        days("0 0 13 * 0"),
        ["2026-11-08", "2026-11-13", "2026-11-15", "2026-11-22"]
    );
    assert_eq!(days("0 0 13 * 7"), days("0 0 13 * sun"));
    assert_eq!(
        days("0 0 * * 0"),
        ["2026-11-08", "2026-11-15", "2026-11-22", "2026-11-29"]
    );
    assert_eq!(
        days("0 0 */7 * 0"),
        ["2026-11-08", "2026-11-15", "2026-11-22", "2026-11-29"]
    );
    assert_eq!(
        days("0 0 1 * *"),
        ["2026-12-01", "2027-01-01", "2027-02-01", "2027-03-01"]
    );
    assert_eq!(
        days("0 0 13 * */5"),
        ["2026-11-06", "2026-11-08", "2026-11-13", "2026-11-15"],
        "a step restricts like a list of its days"
    );
    // What allows every day restricts nothing, if it starts with a star; `1-31` is said on purpose.
    for all in ["*", "*/1", "*,1", "*,*/2"] {
        let (dom, dow) = (format!("0 0 {all} * sun"), format!("0 0 1 * {all}"));
        assert_eq!(days(dom.as_str()), days("0 0 * * 0"), "{all}");
        assert_eq!(days(dow.as_str()).len(), 4);
    }
    let every = ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"];
    assert_eq!(days("0 0 1-31 * 0"), every);
}

#[test]
fn leap_days_come_and_30_february_does_not() {
    let leap = runs("0 7 29 2 *", "Europe/Berlin", "2095-01-01T00:00:00Z", 9);
    assert_eq!(
        leap,
        ["2096-02-29"],
        "2100 is no leap year, and the search ends with it"
    );
    let leap = runs(
        "0 */12 29 feb *",
        "Europe/Berlin",
        "2026-01-01T00:00:00Z",
        3,
    );
    assert_eq!(
        leap,
        ["2028-02-29T00:00", "2028-02-29T12:00", "2032-02-29T00:00"]
    );
    for never in ["0 7 30 2 *", "* * 31 4,6,9,11 *", "0 7 31 feb */1"] {
        let expr = CronExpr::parse(never).unwrap();
        assert!(!expr.can_fire());
        assert_eq!(
            expr.next_after(at("2026-01-01T00:00:00Z"), &zone("Asia/Tokyo"), None),
            None
        );
    }
    let daily = CronExpr::parse("@daily").unwrap();
    assert!(daily.can_fire());
    for far in [at("2100-12-31T23:00:00Z"), Timestamp::MAX] {
        assert_eq!(daily.next_after(far, &zone("Europe/Berlin"), None), None);
    }
    let first = daily
        .next_after(Timestamp::MIN, &Zone::utc(), None)
        .unwrap();
    assert_eq!(to_ms(first.at), 0);
}

#[test]
fn nicknames_and_what_they_say_of_themselves() {
    let cases = [
        ("@hourly", None, true),
        ("@daily", Some("00:00"), false),
        ("@Midnight", Some("00:00"), false),
        ("@weekly", Some("00:00"), false),
        ("@monthly", Some("00:00"), false),
        ("@yearly", Some("00:00"), false),
        ("@annually", Some("00:00"), false),
        (" 30\t07  * * mon-fri ", Some("07:30"), false),
        ("30 7,19 * * *", None, false),
        ("*/5 7 * * *", None, false),
        ("0 */6 * * *", None, true),
        ("0 0-23 * * *", None, false),
    ];
    for (text, fixed, follows) in cases {
        let expr = CronExpr::parse(text).unwrap();
        assert_eq!(
            expr.fixed_time().map(|time| time.to_string()).as_deref(),
            fixed,
            "{text}"
        );
        assert_eq!(expr.follows_clock(), follows, "{text}");
        assert_eq!(expr.to_string(), text.trim());
    }
}

const MALFORMED: &[(&str, &str)] = &[
    ("60 7 * * *", "minute: `60` is out of range 0 to 59"),
    ("0 24 * * *", "hour: `24` is out of range 0 to 23"),
    ("0 7 0 * *", "day of month: `0` is out of range 1 to 31"),
    (
        "0 7 1-32 * *",
        "day of month: `1-32` is out of range 1 to 31",
    ),
    ("0 7 * 13 *", "month: `13` is out of range 1 to 12"),
    ("0 7 * * 8", "day of week: `8` is out of range 0 to 7"),
    ("0 7 * foo *", "month: `foo` is not understood"),
    ("mon 7 * * *", "minute: `mon` is not understood"),
    ("0 7 -1 * *", "day of month: `-1` is not understood"),
    ("+5 7 * * *", "minute: `+5` is not understood"),
    ("1-2-3 7 * * *", "minute: `1-2-3` is not understood"),
    ("5,,6 7 * * *", "minute: `5,,6` has an empty part"),
    ("** 7 * * *", "minute: `**` is not understood"),
    ("*/0 * * * *", "minute: `*/0` is not a step from 1 to 60"),
    ("*/90 * * * *", "minute: `*/90` is not a step from 1 to 60"),
    (
        "*/2/3 * * * *",
        "minute: `*/2/3` is not a step from 1 to 60",
    ),
    (
        "0 7 L * *",
        "day of month: `L` uses `L`, which crontab does not have",
    ),
    (
        "0 7 15w * *",
        "day of month: `15w` uses `W`, which crontab does not have",
    ),
    (
        "0 7 ? * *",
        "day of month: `?` uses `?`, which crontab does not have",
    ),
    (
        "0 7 * * mon#1",
        "day of week: `mon#1` uses `#`, which crontab does not have",
    ),
    (
        "0 7 * * 99999999999",
        "day of week: `99999999999` is out of range 0 to 7",
    ),
    (
        "0 7 * * \u{1b}[31m",
        "day of week: `\u{fffd}[31m` is not understood",
    ),
    (
        "0 0 7 * * *",
        "`0 0 7 * * *` has 6 fields, a cron expression has 5",
    ),
    ("0 7 * *", "`0 7 * *` has 4 fields, a cron expression has 5"),
    ("@reboot", "`@reboot` is not a cron nickname"),
    ("", "the cron expression is empty"),
    (" \t ", "the cron expression is empty"),
];

#[test]
fn the_malformed_field_is_named() {
    for (text, expected) in MALFORMED {
        let error = CronExpr::parse(text).unwrap_err();
        assert_eq!(error.to_string(), *expected);
        assert!(error.hint().is_some(), "{text}");
    }
    let error = CronExpr::parse(&"*".repeat(257)).unwrap_err();
    assert_eq!(error, CronError::TooLong { bytes: 257 });
    let hint = |text| CronExpr::parse(text).unwrap_err().hint().unwrap();
    assert!(hint("0 0 7 * * *").starts_with("leave out seconds"));
    assert_eq!(hint("0 7 ? * *"), "write `*` instead of `?`");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9*,/a-zA-Z#?@ -]{0,40}|.{0,40}") {
        if let Ok(expr) = CronExpr::parse(&text) {
            let found = expr.upcoming(at("2026-03-28T00:00:00Z"), &zone("Europe/Berlin"), None, 5);
            assert!(found.is_sorted_by(|a, b| a.at < b.at));
            assert!(found.iter().all(|next| Run::parse(&next.run.to_string()) == Ok(next.run)));
        }
    }
}
