//! Alarms on their way into the store: what a courier notices must not make it wait.

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::policy::Alarm;
use crate::clock::Clock;
use crate::domain::address::mask_addresses;
use crate::store::{Store, StoreError};

/// More at once are the same few again and again.
const QUEUE: usize = 64;

/// Where couriers raise alarms.
#[derive(Clone)]
pub(super) struct Alarms {
    queue: mpsc::Sender<(String, Option<Alarm>)>,
}

impl Alarms {
    /// Starts the task that writes them; it ends when every handle is gone, with the first failure.
    pub(super) fn start(store: Store, clock: Clock) -> (Alarms, JoinHandle<Option<StoreError>>) {
        let (queue, mut raised) = mpsc::channel::<(String, Option<Alarm>)>(QUEUE);
        let task = tokio::spawn(async move {
            let mut failed = None;
            while let Some((subject, alarm)) = raised.recv().await {
                let done = match alarm {
                    Some(alarm) => {
                        let (reason, words) = (alarm.reason.as_str(), mask_addresses(&alarm.words));
                        let raised = store.alarm_raise(&subject, reason, &words, clock.now());
                        raised.await
                    }
                    None => store.alarm_clear(&subject).await.map(drop),
                };
                failed = failed.or(done.err());
            }
            failed
        });
        (Alarms { queue }, task)
    }

    /// Raises one about `subject`. One too many is dropped: they repeat themselves.
    pub(super) fn raise(&self, subject: String, alarm: &Alarm) {
        let _ = self.queue.try_send((subject, Some(alarm.clone())));
    }

    /// Ends those about `subject`.
    pub(super) fn clear(&self, subject: String) {
        let _ = self.queue.try_send((subject, None));
    }
}
