//! What an answer says of when to come again. Pure.

use reqwest::header::{self, HeaderMap};

use super::text;
use crate::domain::time::Timestamp;
use crate::ingest::parse::parse_date;

/// What publishers ask for is believed up to here, in seconds.
const LONGEST_S: i64 = 86_400;

/// Seconds to wait, from `Retry-After` (RFC 9110 §10.2.3) in either form; at most a day.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    seconds(&text(headers, header::RETRY_AFTER, 100)?, now)
}

fn seconds(value: &str, now: Timestamp) -> Option<i64> {
    let seconds = match value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are still a number.
        true => value.parse().unwrap_or(LONGEST_S),
        false => until(value, now)?,
    };
    Some(seconds.clamp(0, LONGEST_S))
}

/// Seconds for which an answer is fresh (RFC 9111 §4.2.1), less those that it lay in a cache; `None`
/// where nothing is said, or that it never is.
pub(super) fn fresh(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let said = text(headers, header::CACHE_CONTROL, 500).unwrap_or_default();
    let said = said.to_ascii_lowercase();
    let mut age = None;
    for directive in said.split(',').map(str::trim) {
        match directive.split_once('=') {
            Some(("max-age", n)) => age = n.trim_matches('"').parse::<i64>().ok(),
            None if matches!(directive, "no-cache" | "no-store") => return None,
            _ => {}
        }
    }
    let whole = match age {
        Some(age) => age,
        None => until(&text(headers, header::EXPIRES, 100)?, now)?,
    };
    let spent = text(headers, header::AGE, 20).and_then(|a| a.parse::<i64>().ok());
    let left = whole.saturating_sub(spent.unwrap_or(0).max(0));
    (left > 0).then_some(left.min(LONGEST_S))
}

fn until(date: &str, now: Timestamp) -> Option<i64> {
    Some(parse_date(date)?.as_second() - now.as_second())
}

#[cfg(test)]
mod tests {
    use super::{fresh, seconds};
    use crate::domain::time::Timestamp;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn now() -> Timestamp {
        "2024-01-01T00:00:00Z".parse().expect("valid")
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_as_any_date_of_http() {
        for (value, expected) in [
            ("120", Some(120)),
            ("9999999", Some(86_400)),
            ("99999999999999999999", Some(86_400)),
            ("Mon, 01 Jan 2024 00:10:00 GMT", Some(600)),
            ("Monday, 01-Jan-24 00:10:00 GMT", Some(600)),
            ("Sun, 31 Dec 2023 00:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(seconds(value, now()), expected, "{value}");
        }
    }

    #[test]
    fn an_answer_is_fresh_for_as_long_as_it_says() {
        let of = |pairs: &[(&str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                let name: HeaderName = name.parse().expect("a name");
                headers.insert(name, HeaderValue::from_str(value).expect("a value"));
            }
            fresh(&headers, now())
        };
        let control = |value| of(&[("cache-control", value)]);
        assert_eq!(control("public, max-age=300"), Some(300));
        assert_eq!(control("MAX-AGE=\"60\", must-revalidate"), Some(60));
        assert_eq!(control("max-age=9999999"), Some(86_400));
        assert_eq!(control("no-cache, max-age=300"), None);
        assert_eq!(control("max-age=0"), None);
        assert_eq!(control("max-age=x"), None);
        assert_eq!(
            of(&[("cache-control", "max-age=300"), ("age", "100")]),
            Some(200)
        );
        let expires = ("expires", "Mon, 01 Jan 2024 01:00:00 GMT");
        assert_eq!(of(&[expires]), Some(3_600));
        assert_eq!(of(&[expires, ("cache-control", "max-age=5")]), Some(5));
        assert_eq!(of(&[("expires", "0")]), None);
        assert_eq!(of(&[]), None);
    }
}
