//! When a source is asked again, and what its last visit leaves. Pure.
//!
//! After a success: its interval, or what its publisher asks for if that is longer, within an hour, so
//! that a digest misses an hour of news at the most. After a failure: twice the interval, doubled with
//! each further one, up to a day. Nothing of it is drawn.

use jiff::SignedDuration;

use super::fetch::{FetchError, Validators};
use super::{IngestError, Taken};
use crate::domain::article::{FetchState, NOTHING_USABLE, Source};
use crate::domain::time::Timestamp;

/// No source is left alone for longer than this, however often it failed.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);
/// What a publisher asks for is granted up to here, in seconds.
const GRANTED_S: i64 = 3_600;

/// What a success says about the next visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// What the document brought for the next request; `None` where nothing changed.
    pub validators: Option<Validators>,
    /// Seconds for which the answer is fresh, by its headers.
    pub fresh_s: Option<i64>,
    /// Seconds between two changes, by the document itself.
    pub document_s: Option<i64>,
}

/// What a visit leaves that brought a document, or word that nothing changed.
pub fn after_success(source: &Source, asked: Asked, now: Timestamp) -> FetchState {
    let old = &source.fetch;
    let unchanged = asked.validators.is_none();
    let (etag, last_modified, asked_s) = match asked.validators {
        Some(new) => (new.etag, new.last_modified, asked.document_s),
        None => (old.etag.clone(), old.last_modified.clone(), old.asked_s),
    };
    // A document that did not change is as useless as it was.
    let useless = unchanged && old.is_useless();
    let wish = asked.fresh_s.max(asked_s).unwrap_or(0);
    let wait = source.interval_s.max(wish.min(GRANTED_S));
    FetchState {
        etag,
        last_modified,
        fetched_at: Some(now),
        next_at: Some(later(now, SignedDuration::from_secs(wait))),
        asked_s,
        last_error: old.last_error.clone().filter(|_| useless),
        ..FetchState::default()
    }
}

/// The same of a document of which this was taken.
pub fn after_taking(source: &Source, asked: Asked, taken: &Taken, now: Timestamp) -> FetchState {
    let usable = taken.new + taken.revised + taken.unchanged + taken.repeated;
    let first = taken.problems.first().map(|p| format!(": {p}"));
    let useless = (taken.refused > 0 && usable == 0)
        .then(|| format!("{NOTHING_USABLE}{}", first.unwrap_or_default()));
    FetchState {
        last_error: useless,
        ..after_success(source, asked, now)
    }
}

/// What a visit leaves that failed. What the publisher asks us to wait is waited for if it is longer; a
/// source that is gone for good is asked no more.
pub fn after_failure(source: &Source, error: &IngestError, now: Timestamp) -> FetchState {
    let failures = source.fetch.failures.saturating_add(1);
    let doublings = u32::try_from(failures.min(20)).unwrap_or(20);
    let wait = source.interval_s.saturating_mul(1_i64 << doublings);
    let asked = match error {
        IngestError::Fetch(FetchError::Later { retry_after_s, .. }) => retry_after_s.unwrap_or(0),
        _ => 0,
    };
    let wait = SignedDuration::from_secs(wait.max(asked)).min(LONGEST_WAIT);
    let gone = matches!(error, IngestError::Fetch(FetchError::Gone { .. }));
    FetchState {
        next_at: Some(later(now, wait)),
        failures,
        failing_since: source.fetch.failing_since.or(Some(now)),
        last_error: Some(error.to_string()),
        stopped: gone.then(|| "its publisher took it away for good (410)".to_owned()),
        ..source.fetch.clone()
    }
}

/// What is left of a source that was not asked, since its host asks us to come back later: its turn
/// is after that, and nothing counts against it.
pub fn put_off(source: &Source, until: Timestamp) -> FetchState {
    FetchState {
        next_at: Some(until),
        last_error: Some("its host asked us to come back later".to_owned()),
        ..source.fetch.clone()
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Asked, FetchError, IngestError, after_failure, after_success, put_off};
    use crate::domain::SourceId;
    use crate::domain::article::{
        Backlog, CategoryMap, FetchState, Source, SourceKind, SourceState,
    };
    use crate::domain::slug::Slug;
    use crate::domain::time::from_ms;
    use crate::ingest::fetch::Validators;

    fn source(fetch: FetchState) -> Source {
        Source {
            id: SourceId(1),
            slug: Slug::parse("times").expect("valid"),
            name: String::new(),
            kind: SourceKind::Feed,
            location: String::new(),
            state: SourceState::Active,
            default_topic: None,
            default_language: None,
            home: None,
            categories: CategoryMap::default(),
            backlog: Backlog::Window,
            quality: 500,
            private_network: false,
            interval_s: 600,
            settle_s: 0,
            fetch,
        }
    }

    fn failing(failures: i64) -> Source {
        source(FetchState {
            etag: Some("x".to_owned()),
            failures,
            failing_since: (failures > 0).then(|| from_ms(-5)),
            ..FetchState::default()
        })
    }

    #[test]
    fn waits_double_up_to_a_day_and_a_success_ends_them() {
        let url = String::new;
        let status = || {
            IngestError::Fetch(FetchError::Status {
                url: url(),
                status: 500,
            })
        };
        let asks = |s| {
            IngestError::Fetch(FetchError::Later {
                url: url(),
                status: 503,
                retry_after_s: s,
            })
        };
        let check = |failures, error: IngestError, seconds: i64| {
            let state = after_failure(&failing(failures), &error, from_ms(0));
            assert_eq!(
                state.next_at,
                Some(from_ms(seconds * 1000)),
                "{failures} {error}"
            );
            assert_eq!((state.failures, state.etag.is_some()), (failures + 1, true));
            let since = if failures == 0 { 0 } else { -5 };
            assert_eq!(state.failing_since, Some(from_ms(since)));
            assert_eq!(state.stopped, None);
        };
        check(0, status(), 1_200);
        check(1, status(), 2_400);
        check(6, status(), 76_800);
        check(7, status(), 86_400);
        check(i64::MAX - 1, status(), 86_400);
        check(0, asks(None), 1_200);
        check(0, asks(Some(60)), 1_200);
        check(0, asks(Some(7_200)), 7_200);
        check(0, asks(Some(i64::MAX)), 86_400);
        let gone = IngestError::Fetch(FetchError::Gone { url: url() });
        let state = after_failure(&failing(0), &gone, from_ms(0));
        assert_eq!(
            state.stopped.as_deref(),
            Some("its publisher took it away for good (410)")
        );
        let state = after_success(&failing(3), Asked::default(), from_ms(0));
        assert_eq!((state.failures, state.next_at), (0, Some(from_ms(600_000))));
        assert_eq!(
            (state.etag.as_deref(), state.failing_since),
            (Some("x"), None)
        );
        let state = put_off(&failing(2), from_ms(9));
        assert_eq!((state.failures, state.next_at), (2, Some(from_ms(9))));
    }

    #[test]
    fn a_publishers_pace_is_kept_between_the_interval_and_an_hour() {
        let check = |known, asked: Asked, seconds: i64, kept| {
            let before = source(FetchState {
                asked_s: known,
                ..FetchState::default()
            });
            let state = after_success(&before, asked, from_ms(0));
            assert_eq!(state.next_at, Some(from_ms(seconds * 1000)));
            assert_eq!(state.asked_s, kept);
        };
        let new = |fresh_s, document_s| Asked {
            validators: Some(Validators::default()),
            fresh_s,
            document_s,
        };
        let unchanged = |fresh_s| Asked {
            fresh_s,
            ..Asked::default()
        };
        check(None, new(None, None), 600, None);
        check(None, new(Some(60), None), 600, None);
        check(None, new(Some(900), Some(1_800)), 1_800, Some(1_800));
        check(None, new(Some(86_400), None), 3_600, None);
        // A document that no longer says it takes it back; word that nothing changed does not.
        check(Some(1_800), new(None, None), 600, None);
        check(Some(1_800), unchanged(None), 1_800, Some(1_800));
        check(Some(1_800), unchanged(Some(2_400)), 2_400, Some(1_800));
    }
}
