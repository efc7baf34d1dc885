//! Mail to whoever signed up: one confirmation, or a reminder to somebody who is subscribed already.
//!
//! Nothing that was typed into a form stands in it but the address that it goes to. One mail is in
//! flight at a time, and its outcome is written with the next one's start: after a crash at most one
//! comes twice, with the same bytes, and none is lost.

mod desk;
mod links;

pub use desk::desk_link;

use std::sync::Arc;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::message;
use super::notice::{NoticeError, Notices};
use super::policy::{RetrySchedule, Verdict, verdict};
use super::smtp::{Envelope, Session, SmtpError};
use crate::clock::Clock;
use crate::domain::address::{Address, mask_addresses};
use crate::domain::list::List;
use crate::domain::signup::{KEPT, Known, Mailed, Signup};
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, SubscriptionId};
use crate::faults::die_at;
use crate::feedback::link::{Keyring, Opened, Purpose};
use crate::render::words::Catalogue;

/// Wait after a mail of which nobody knows whether the relay took it.
pub(super) const AFTER_DOUBT: SignedDuration = SignedDuration::from_mins(15);
/// Mails on one connection.
const PER_CONNECTION: u32 = 100;
/// Most mails of one step.
pub(super) const STEP: u32 = 500;

/// What writing to people who signed up needs.
pub struct Confirmations {
    /// The database, the relays and the keys that sign.
    pub mail: Notices,
    /// The house keys: they make the links.
    pub keys: Keyring,
    /// Base of every link, without a trailing slash.
    pub public_url: String,
    /// The words of every language.
    pub words: Arc<Catalogue>,
    /// The time.
    pub clock: Clock,
}

/// A mail about to leave.
pub(super) struct Mail {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) bytes: Vec<u8>,
}

impl Confirmations {
    /// Sends what waits: one step of it, or less at `stop`. Returns how many mails left, and whether
    /// there is more to send at once. Nothing leaves while sending is paused as a whole.
    ///
    /// # Errors
    /// The store's. A relay that takes nothing is not one: its mails are tried again later.
    pub async fn send_waiting(&self, stop: &CancellationToken) -> Result<(u64, bool), NoticeError> {
        let store = &self.mail.store;
        if self.mail.relays.is_empty() || store.paused().await?.is_some() {
            return Ok((0, false));
        }
        if !store.signup_waits(self.clock.now()).await? {
            return Ok((0, false));
        }
        let (mut sent, mut taken, mut session, mut before) = (0, 0, None, None);
        loop {
            let take = taken < STEP && !stop.is_cancelled();
            let next = store
                .signup_next(before.take(), take, self.clock.now())
                .await?;
            let Some(signup) = next else { break };
            taken += 1;
            die_at("confirm_after_claim");
            let mailed = match self.mailed(&signup, &mut session).await {
                Ok(mailed) => mailed,
                Err(error) => {
                    let now = self.clock.now();
                    let later = Mailed::Later(now.checked_add(AFTER_DOUBT).unwrap_or(now));
                    let given_back = Some((signup.id, later));
                    store.signup_next(given_back, false, now).await?;
                    return Err(error);
                }
            };
            die_at("confirm_after_dot");
            sent += u64::from(mailed == Mailed::Sent);
            before = Some((signup.id, mailed));
        }
        if let Some(session) = session {
            session.quit().await;
        }
        Ok((sent, taken == STEP))
    }

    async fn mailed(
        &self,
        signup: &Signup,
        session: &mut Option<Session>,
    ) -> Result<Mailed, NoticeError> {
        let now = self.clock.now();
        let end = signup.at.checked_add(KEPT).unwrap_or(now);
        if end <= now || signup.known == Known::Stopped {
            return Ok(Mailed::Forgotten);
        }
        let list = self.mail.store.list_by_id(signup.list).await?;
        let failed = match self.mail_of(&list, signup)? {
            Some(mail) => self.deliver(&mail, session).await.err(),
            None => return Ok(Mailed::Later(end)),
        };
        let Some(error) = failed else {
            // After a reminder nothing is waited for: they are subscribed.
            let waits = signup.known == Known::New;
            return Ok(if waits {
                Mailed::Sent
            } else {
                Mailed::Forgotten
            });
        };
        Ok(after(&error, (signup.tries, signup.id.0), now, end))
    }

    /// The mail of a sign-up, the same bytes whenever it is made. `None` where its list has no sender.
    fn mail_of(&self, list: &List, signup: &Signup) -> Result<Option<Mail>, NoticeError> {
        let Some(from) = &list.settings.sender_address else {
            return Ok(None);
        };
        let (kind, purpose, to) = match signup.known {
            Known::Subscribed(subscription) => ("already", Purpose::Preferences, (subscription, 0)),
            _ => {
                let named = (SubscriptionId(signup.id.0), signup.at.as_millisecond());
                ("confirm", Purpose::Confirm, named)
            }
        };
        let opened = Opened {
            list: list.id,
            subscription: to.0,
            digest: DigestId(to.1),
        };
        let token = self.keys.token(self.keys.active_id(), purpose, opened);
        let link = format!(
            "{}/{purpose}/{}",
            self.public_url,
            token.unwrap_or_default()
        );
        let name = list.display_name();
        let values = [
            ("list", name),
            ("link", &link),
            ("postal", &list.settings.postal_address),
        ];
        let words = self.words.language(&signup.language);
        let say = |part: &str| {
            let words = words.as_ref().ok();
            let filled = words.map(|w| w.fill(&format!("mail.{kind}_{part}"), &values));
            filled.unwrap_or_default()
        };
        let id = format!("join-{}-{}", signup.id, signup.at.as_millisecond());
        let (from, to) = (from.full(), signup.address.full());
        let body = format!("{}\n", say("body"));
        let sender = (list.settings.sender_display(), from);
        let mut bytes = message::system_mail(sender, to, &say("subject"), &body, signup.at, &id);
        let domain = list.settings.sender_address.as_ref().map(Address::domain);
        let signer = self.mail.signer.as_ref();
        if let Some(signer) = signer.filter(|s| domain.is_some_and(|d| s.covers(d))) {
            bytes = signer.signed(&bytes, signup.at)?;
        }
        Ok(Some(Mail {
            from: from.to_owned(),
            to: to.to_owned(),
            bytes,
        }))
    }

    /// Over the session that is open, else over the first relay that is there.
    pub(super) async fn deliver(
        &self,
        mail: &Mail,
        kept: &mut Option<Session>,
    ) -> Result<(), SmtpError> {
        if let Some(session) = kept.as_mut().filter(|s| s.messages() < PER_CONNECTION)
            && session.is_fresh()
        {
            return give(session, mail).await;
        }
        if let Some(done) = kept.take() {
            done.quit().await;
        }
        let mut failed = None;
        for relay in &self.mail.relays {
            match Session::connect(relay).await {
                Ok(session) => return give(kept.insert(session), mail).await,
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// What becomes of a mail that did not leave: the tries before it, and its row.
pub(super) fn after(
    error: &SmtpError,
    (tries, id): (u32, i64),
    now: Timestamp,
    end: Timestamp,
) -> Mailed {
    let (tries, seed) = (tries.saturating_add(1), id.unsigned_abs());
    let retry = RetrySchedule::default();
    match verdict(&error.outcome(), tries, now, &retry, end, seed) {
        Verdict::Refused { .. } => Mailed::Forgotten,
        Verdict::RetryAt { at, .. } => {
            tracing::warn!(
                "a system mail could not be sent now: {}",
                mask_addresses(&error.to_string())
            );
            Mailed::Later(at)
        }
        // It may have arrived; a second one harms less than none.
        Verdict::Accepted { .. } | Verdict::Uncertain { .. } => {
            Mailed::Later(now.checked_add(AFTER_DOUBT).unwrap_or(end))
        }
    }
}

async fn give(session: &mut Session, mail: &Mail) -> Result<(), SmtpError> {
    let envelope = Envelope {
        mail_from: &mail.from,
        rcpt_to: &mail.to,
        envid: None,
        size: mail.bytes.len() as u64,
    };
    session.envelope(&envelope).await?;
    session.body(&mail.bytes).await?;
    Ok(())
}
