//! The newsroom's dates: offsets in its files, counted back from the demo's clock.

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::{Zone, rfc5322_date};

/// Replaces `{{-3h20m}}` by that long before `now`, as RFC 3339.
pub(super) fn resolve(text: &str, now: Timestamp) -> String {
    resolve_as(text, now, |at| {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// The same, as RSS wants its dates.
pub(super) fn resolve_rfc5322(text: &str, now: Timestamp) -> String {
    resolve_as(text, now, |at| rfc5322_date(at, &Zone::utc()))
}

fn resolve_as(text: &str, now: Timestamp, shown: impl Fn(Timestamp) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 4096);
    let mut rest = text;
    while let Some(start) = rest.find("{{-") {
        let Some(len) = rest[start..].find("}}") else {
            break;
        };
        out.push_str(&rest[..start]);
        let back = offset(&rest[start + 3..start + len]);
        out.push_str(&shown(now.checked_sub(back).unwrap_or(now)));
        rest = &rest[start + len + 2..];
    }
    out.push_str(rest);
    out
}

/// `2d4h`, `3h20m`, `40m`.
fn offset(text: &str) -> SignedDuration {
    let (mut minutes, mut number) = (0i64, 0i64);
    for c in text.chars() {
        match c {
            '0'..='9' => number = number * 10 + i64::from(c as u8 - b'0'),
            'd' | 'h' | 'm' => {
                let unit = match c {
                    'd' => 1440,
                    'h' => 60,
                    _ => 1,
                };
                minutes += number * unit;
                number = 0;
            }
            _ => {}
        }
    }
    SignedDuration::from_mins(minutes)
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn offsets_become_dates_before_now() {
        let now = "2026-11-25T12:00:00Z".parse().expect("valid");
        assert_eq!(resolve("a {{-1d2h30m}} b", now), "a 2026-11-24T09:30:00Z b");
        assert_eq!(resolve("{{-40m", now), "{{-40m");
    }
}
