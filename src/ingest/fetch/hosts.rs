//! Manners towards hosts: one request at a time for each, and a pause after it, whoever asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Hosts that are remembered while nobody asks them anything.
const IDLE: usize = 1_000;

/// Whose turn it is, for each host; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts(Arc<Mutex<HashMap<String, Arc<Semaphore>>>>);

/// The right to ask one host. Dropped, it is given back after its pause.
#[derive(Debug)]
pub(super) struct Turn {
    permit: Option<OwnedSemaphorePermit>,
    pause: Duration,
}

impl Hosts {
    /// Waits until nobody else asks this host.
    pub(super) async fn turn(&self, host: &str, pause: Duration) -> Turn {
        let semaphore = {
            let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if hosts.len() >= IDLE {
                // A permit that is held or waited for holds its semaphore, too.
                hosts.retain(|_, s| Arc::strong_count(s) > 1);
            }
            let one = hosts.entry(host.to_owned());
            Arc::clone(one.or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        Turn {
            // Nobody closes it.
            permit: semaphore.acquire_owned().await.ok(),
            pause,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (permit, pause) = (self.permit.take(), self.pause);
        if pause.is_zero() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(pause).await;
                drop(permit);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Hosts;

    #[tokio::test]
    async fn a_host_is_asked_by_one_at_a_time_and_rests_after_it() {
        let hosts = Hosts::default();
        let rest = Duration::from_millis(80);
        let first = hosts.turn("n.example", rest).await;
        // Another host waits for nobody.
        drop(hosts.turn("m.example", Duration::ZERO).await);
        let again = hosts.clone();
        let second = tokio::spawn(async move { again.turn("n.example", Duration::ZERO).await });
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        let given_back = tokio::time::Instant::now();
        drop(first);
        let second = second.await.expect("no panic");
        assert!(given_back.elapsed() >= rest);
        drop(second);
        // Without a rest it is given back at once.
        drop(hosts.turn("n.example", Duration::ZERO).await);
    }
}
