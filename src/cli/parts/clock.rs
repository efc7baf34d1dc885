//! Whether the clock can be right: letters leave by it.

use crate::cli::{Failure, House, show};
use crate::domain::time::Timestamp;

/// How far a row may be ahead of the clock that is read now.
const AHEAD_MS: i64 = 120_000;
/// No clock that is right shows less: 2026-01-01.
const RELEASED_MS: i64 = 1_767_225_600_000;

/// What to do about it.
pub const CLOCK_HINT: &str =
    "set the clock, and keep it set (chrony, systemd-timesyncd): letters leave by it";

/// What shows that a clock is behind, if anything does; `newest`: when the newest row was written.
pub fn clock_fault(now: Timestamp, newest: Option<Timestamp>) -> Option<String> {
    let shown = format!("it shows {}", show::utc(now));
    if now.as_millisecond() < RELEASED_MS {
        return Some(format!("{shown}, before this release was made"));
    }
    let ahead = newest.filter(|at| at.as_millisecond() > now.as_millisecond() + AHEAD_MS)?;
    let then = show::utc(ahead);
    Some(format!("{shown}, and a row was written at {then}"))
}

/// The same of this machine, whole: nothing is due by a clock that was set back until it comes there
/// again.
pub async fn clock_behind(house: &House) -> Result<Option<String>, Failure> {
    let fault = clock_fault(house.clock.now(), house.store.newest().await?);
    Ok(fault.map(|words| {
        format!(
            "the system's clock is behind: {words}; nothing is due by it before its time comes again"
        )
    }))
}

/// Says so, with what to do about it. Whether there was anything to say.
pub async fn say_clock_behind(house: &House) -> Result<bool, Failure> {
    let words = clock_behind(house).await?;
    if let Some(words) = &words {
        show::note(words);
        show::note(&format!("hint: {CLOCK_HINT}"));
    }
    Ok(words.is_some())
}

#[cfg(test)]
mod tests {
    use super::clock_fault;

    #[test]
    fn a_clock_behind_its_rows_or_its_release_is_wrong() {
        let at = |text: &str| text.parse().unwrap();
        let fault = |now: &str, newest: Option<&str>| clock_fault(at(now), newest.map(at));
        let now = "2026-11-25T07:00:00Z";
        assert_eq!(fault(now, None), None);
        assert_eq!(fault(now, Some("2026-11-25T07:01:00Z")), None);
        let behind = fault(now, Some("2026-11-25T07:03:00Z")).unwrap();
        assert!(
            behind.contains("a row was written at 2026-11-25"),
            "{behind}"
        );
        assert!(
            fault("1970-01-01T00:01:00Z", None)
                .unwrap()
                .contains("release")
        );
    }
}
