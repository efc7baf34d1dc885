//! Checks of the options about relays, lanes and names in DNS: what is wrong with a value, in words.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::options::TLS;
use crate::domain::network::Network;

/// The longest list that one option takes.
const MAX_ITEMS: usize = 500;

pub(super) fn within(value: &str, least: u64, most: u64) -> Result<(), String> {
    match value.parse::<u64>() {
        Ok(n) if (least..=most).contains(&n) => Ok(()),
        _ => Err(format!(
            "`{value}` is no whole number from {least} to {most}"
        )),
    }
}

pub(super) fn letters(value: &str) -> Result<(), String> {
    within(value, 0, 1_000_000)
}

pub(super) fn per_second(value: &str) -> Result<(), String> {
    within(value, 0, 100_000)
}

pub(super) fn per_minute(value: &str) -> Result<(), String> {
    within(value, 0, 6_000_000)
}

pub(super) fn per_day(value: &str) -> Result<(), String> {
    within(value, 0, 1_000_000_000)
}

pub(super) fn lane_connections(value: &str) -> Result<(), String> {
    within(value, 0, 256)
}

pub(super) fn hours(value: &str) -> Result<(), String> {
    within(value, 1, 240)
}

pub(super) fn preference(value: &str) -> Result<(), String> {
    within(value, 1, 1000)
}

/// Seconds; 0 where another option decides.
pub(super) fn seconds_or_zero(value: &str) -> Result<(), String> {
    within(value, 0, 3600)
}

/// The items of a list that is written with commas.
pub(super) fn items(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

pub(super) fn warm_up(value: &str) -> Result<(), String> {
    if items(value).count() > 100 {
        return Err("a warm-up has at most 100 days".to_owned());
    }
    items(value).try_for_each(|day| within(day, 1, 1_000_000_000))
}

/// The instant that a warm-up's first day begins at: a date is its midnight in UTC.
pub(super) fn instant(value: &str) -> Option<Timestamp> {
    if let Ok(at) = value.parse::<Timestamp>() {
        return Some(at);
    }
    let midnight = value.parse::<Date>().ok()?.to_datetime(Time::midnight());
    TimeZone::UTC.to_timestamp(midnight).ok()
}

pub(super) fn date_or_none(value: &str) -> Result<(), String> {
    match value.is_empty() || instant(value).is_some() {
        true => Ok(()),
        false => Err(format!("`{value}` is no date such as 2026-11-25")),
    }
}

/// `example.org` and `*.example.org`.
pub(super) fn domains(value: &str) -> Result<(), String> {
    if items(value).count() > MAX_ITEMS {
        return Err(format!("a lane has at most {MAX_ITEMS} domains"));
    }
    items(value).try_for_each(|item| {
        let name = item.strip_prefix("*.").unwrap_or(item);
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        };
        match name.len() <= 253 && name.split('.').all(label) {
            true => Ok(()),
            false => Err(format!(
                "`{item}` is no domain such as example.org or *.example.org"
            )),
        }
    })
}

pub(super) fn socket(value: &str) -> Result<(), String> {
    let parsed = value.parse::<std::net::SocketAddr>();
    parsed
        .map(|_| ())
        .map_err(|_| format!("`{value}` is no address with a port"))
}

pub(super) fn name_server(value: &str) -> Result<(), String> {
    match value.is_empty() {
        true => Ok(()),
        false => socket(value),
    }
}

pub(super) fn host(value: &str) -> Result<(), String> {
    let fits = value.len() <= 253
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    if fits {
        Ok(())
    } else {
        Err(format!("`{value}` is no host name"))
    }
}

pub(super) fn domain(value: &str) -> Result<(), String> {
    let dotted = idna::domain_to_ascii_strict(value).is_ok_and(|d| d.contains('.'));
    match value.is_empty() || dotted {
        true => Ok(()),
        false => Err(format!("`{value}` is no domain such as example.org")),
    }
}

/// What stands in a request's header as it is.
pub(super) fn contact(value: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b'\\');
    match value.len() <= 200 && value.bytes().all(plain) {
        true => Ok(()),
        false => Err("it takes one address or URL in plain ASCII, without spaces".to_owned()),
    }
}

pub(super) fn bounce_domain(value: &str) -> Result<(), String> {
    // A path has at most 254 octets without its brackets (RFC 5321 §4.5.3.1.3); the token takes 62.
    match value.len() <= 191 {
        true => domain(value),
        false => Err("it is longer than 191 characters".to_owned()),
    }
}

pub(super) fn selector(value: &str) -> Result<(), String> {
    let label = |l: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (1..=63).contains(&l.len()) && l.bytes().all(inner)
    };
    match value.is_empty() || (value.len() <= 63 && value.split('.').all(label)) {
        true => Ok(()),
        false => Err(format!("`{value}` is no selector such as courant1")),
    }
}

pub(super) fn any(_: &str) -> Result<(), String> {
    Ok(())
}

pub(super) fn one_of(value: &str, words: &[&str]) -> Result<(), String> {
    match words.contains(&value) {
        true => Ok(()),
        false => Err(format!("`{value}` is none of {}", words.join(", "))),
    }
}

pub(super) fn port(value: &str) -> Result<(), String> {
    within(value, 1, 65535)
}

pub(super) fn tls(value: &str) -> Result<(), String> {
    one_of(value, TLS)
}

pub(super) fn flag(value: &str) -> Result<(), String> {
    one_of(value, &["true", "false"])
}

pub(super) fn connections(value: &str) -> Result<(), String> {
    within(value, 1, 256)
}

pub(super) fn seconds(value: &str) -> Result<(), String> {
    within(value, 1, 3600)
}

pub(super) fn patience(value: &str) -> Result<(), String> {
    within(value, 1, 120)
}

pub(super) fn interval(value: &str) -> Result<(), String> {
    within(value, 1, 1440)
}

pub(super) fn level(value: &str) -> Result<(), String> {
    one_of(value, &["error", "warn", "info", "debug", "trace"])
}

pub(super) fn format(value: &str) -> Result<(), String> {
    one_of(value, &["auto", "text", "json"])
}

pub(super) fn retry(value: &str) -> Result<(), String> {
    value
        .parse::<crate::deliver::policy::RetrySchedule>()
        .map(|_| ())
        .map_err(|e| e.to_string())
}

pub(super) fn networks(value: &str) -> Result<(), String> {
    if items(value).count() > MAX_ITEMS {
        return Err(format!("at most {MAX_ITEMS} networks"));
    }
    items(value).try_for_each(|item| Network::parse(item).map(drop).map_err(|e| e.to_string()))
}

pub(super) fn sign_ups(value: &str) -> Result<(), String> {
    within(value, 1, 1_000_000)
}
