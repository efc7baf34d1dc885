//! Between two steps of a loop: waiting, and saying what failed, once.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Wait after a failure of the database or the network.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

pub(super) async fn pause(wait: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(wait) => {}
        () = stop.cancelled() => {}
    }
}

/// A failure that repeats is said once, until it changes or is over.
#[derive(Default)]
pub(super) struct Failing {
    said: BTreeSet<String>,
}

impl Failing {
    pub(super) fn say(&mut self, what: &str, error: &dyn std::error::Error) -> Duration {
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            words.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        if self.said.insert(words.clone()) {
            tracing::error!("{what} failed, trying again: {words}");
        }
        AFTER_FAILURE
    }

    pub(super) fn over(&mut self) {
        self.said.clear();
    }
}
