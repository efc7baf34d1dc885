//! Mails with a link for people of the desk. The words are English, as the desk's are.

use tokio_util::sync::CancellationToken;

use super::{AFTER_DOUBT, Confirmations, Mail, STEP, after};
use crate::deliver::message;
use crate::deliver::notice::NoticeError;
use crate::deliver::smtp::Session;
use crate::domain::address::Address;
use crate::domain::sign_in::{LINK_GOOD, LoginMail};
use crate::domain::signup::Mailed;
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, ListId, LoginLinkId, SubscriptionId};
use crate::faults::die_at;
use crate::feedback::link::{Keyring, Opened, Purpose};

/// The address of a link: its number, and when it was asked for.
pub fn desk_link(keys: &Keyring, public_url: &str, id: LoginLinkId, at: Timestamp) -> String {
    let to = Opened {
        list: ListId(0),
        subscription: SubscriptionId(id.0),
        digest: DigestId(at.as_millisecond()),
    };
    let token = keys.token(keys.active_id(), Purpose::Enter, to);
    format!("{public_url}/desk/enter/{}", token.unwrap_or_default())
}

impl Confirmations {
    /// Sends the links that editors asked for: one step, or less at `stop`. Returns how many mails left,
    /// and whether there is more to send at once. They leave while sending is paused, too: whoever is to
    /// look has to get in.
    ///
    /// # Errors
    /// The store's. A relay that takes nothing is not one: its mails are tried again later.
    pub async fn send_desk(&self, stop: &CancellationToken) -> Result<(u64, bool), NoticeError> {
        let store = &self.mail.store;
        if self.mail.relays.is_empty() || !store.login_link_waits(self.clock.now()).await? {
            return Ok((0, false));
        }
        let (mut sent, mut taken, mut session, mut before) = (0, 0, None, None);
        loop {
            let take = taken < STEP && !stop.is_cancelled();
            let now = self.clock.now();
            let next = store.login_link_next(before.take(), take, now).await?;
            let Some(asked) = next else { break };
            taken += 1;
            die_at("desk_link_after_claim");
            let mailed = match self.desk_mailed(&asked, &mut session).await {
                Ok(mailed) => mailed,
                Err(error) => {
                    let later = Mailed::Later(now.checked_add(AFTER_DOUBT).unwrap_or(now));
                    let given_back = Some((asked.id, later));
                    store.login_link_next(given_back, false, now).await?;
                    return Err(error);
                }
            };
            sent += u64::from(mailed == Mailed::Sent);
            before = Some((asked.id, mailed));
        }
        if let Some(session) = session {
            session.quit().await;
        }
        Ok((sent, taken == STEP))
    }

    async fn desk_mailed(
        &self,
        asked: &LoginMail,
        session: &mut Option<Session>,
    ) -> Result<Mailed, NoticeError> {
        let now = self.clock.now();
        let end = asked.at.checked_add(LINK_GOOD).unwrap_or(now);
        let Some(to) = asked.to.as_ref().filter(|_| end > now) else {
            return Ok(Mailed::Forgotten);
        };
        let lists = self.mail.store.lists().await?;
        let mut senders = lists.iter().map(|l| l.settings.sender_address.as_ref());
        let Some(from) = senders.find_map(|from| from) else {
            return Ok(Mailed::Forgotten);
        };
        let mail = self.desk_mail(asked, (from, to), end)?;
        Ok(match self.deliver(&mail, session).await {
            Ok(()) => Mailed::Sent,
            Err(error) => after(&error, (asked.tries, asked.id.0), now, end),
        })
    }

    /// The mail, the same bytes whenever it is made.
    fn desk_mail(
        &self,
        asked: &LoginMail,
        (from, to): (&Address, &Address),
        end: Timestamp,
    ) -> Result<Mail, NoticeError> {
        let link = desk_link(&self.keys, &self.public_url, asked.id, asked.at);
        let until = end.strftime("%H:%M UTC");
        let body = format!(
            "Somebody, you we hope, asked to sign in at the desk.\n\n{link}\n\n\
             The link is good once, until {until}. Did you not ask? Then leave it: nobody gets in without it.\n"
        );
        let id = format!("desk-{}-{}", asked.id, asked.at.as_millisecond());
        let subject = "Your way in at the desk";
        let (from_text, to_text) = (from.full(), to.full());
        let mut bytes =
            message::system_mail(("", from_text), to_text, subject, &body, asked.at, &id);
        let signer = self.mail.signer.as_ref();
        if let Some(signer) = signer.filter(|s| s.covers(from.domain())) {
            bytes = signer.signed(&bytes, asked.at)?;
        }
        Ok(Mail {
            from: from_text.to_owned(),
            to: to_text.to_owned(),
            bytes,
        })
    }
}
