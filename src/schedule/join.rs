//! The loop of those who join: confirmations leave, first letters are made due, issues
//! that have left are put into the archive, and what nobody confirmed is forgotten.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::failing::{Failing, pause};
use super::{Schedule, TICK};
use crate::domain::time::Timestamp;

/// Between two looks for first letters: those that begin together share a wave.
const WELCOMES: SignedDuration = SignedDuration::from_secs(10);
/// Between two looks for issues that have left and belong in an archive.
const PUBLISHING: SignedDuration = SignedDuration::from_secs(10);
/// Between two looks for what is to be forgotten.
const FORGETTING: SignedDuration = SignedDuration::from_mins(10);

/// When something is done next.
struct Next {
    welcome: Timestamp,
    publish: Timestamp,
    forget: Timestamp,
}

impl Schedule {
    pub(super) async fn join_loop(&self, stop: &CancellationToken) {
        let mut failing = Failing::default();
        let now = self.clock.now();
        let mut next = Next {
            welcome: now,
            publish: now,
            forget: now,
        };
        while !stop.is_cancelled() {
            // Not dropped half-way at a stop: a mail that has left is written down first.
            let wait = match self.join_step(&mut next, stop).await {
                Ok(more) => {
                    failing.over();
                    if more { Duration::ZERO } else { TICK }
                }
                Err(error) => failing.say("writing to whoever signed up", error.as_ref()),
            };
            pause(wait, stop).await;
        }
    }

    /// One step; whether the next one is to come at once.
    async fn join_step(
        &self,
        next: &mut Next,
        stop: &CancellationToken,
    ) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        let now = self.clock.now();
        if next.forget <= now {
            let forgotten = self.press.store.signups_forget(now).await?;
            if forgotten > 0 {
                tracing::info!(sign_ups = forgotten, "sign-ups are forgotten");
            }
            self.press.store.link_mails_forget(now).await?;
            self.press.store.sign_ins_forget(now).await?;
            next.forget = now.checked_add(FORGETTING).unwrap_or(now);
        }
        if next.welcome <= now {
            let welcomes = self.press.welcome(now).await?;
            if welcomes > 0 {
                tracing::info!(letters = welcomes, "first letters are due");
            }
            next.welcome = now.checked_add(WELCOMES).unwrap_or(now);
        }
        if next.publish <= now {
            let (issues, failed) = self.press.publish(now).await?;
            if issues > 0 {
                tracing::info!(issues, "issues are in the archive");
            }
            for error in &failed {
                let error = error as &(dyn std::error::Error + 'static);
                tracing::warn!(error, "an issue cannot be put into the archive");
            }
            // What fails now fails in ten seconds, too.
            let wait = if failed.is_empty() {
                PUBLISHING
            } else {
                FORGETTING
            };
            next.publish = now.checked_add(wait).unwrap_or(now);
        }
        self.join_mails(stop).await
    }

    /// The mails that single persons wait for; whether there are more to send at once.
    async fn join_mails(
        &self,
        stop: &CancellationToken,
    ) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
        let Some(confirmations) = &self.confirmations else {
            return Ok(false);
        };
        // Whoever is to look after the rest comes first.
        let (desk, more_desk) = confirmations.send_desk(stop).await?;
        if desk > 0 {
            tracing::info!(mails = desk, "links to the desk sent");
        }
        let (sent, more) = confirmations.send_waiting(stop).await?;
        if sent > 0 {
            tracing::info!(mails = sent, "confirmations sent");
        }
        let (links, more_links) = confirmations.send_links(stop).await?;
        if links > 0 {
            tracing::info!(mails = links, "links sent");
        }
        Ok(more || more_links || more_desk)
    }
}
