//! Mails with links: all preferences of an address, a fresh one for its owner alone, and the one that
//! a new mailbox confirms by.
//!
//! Nothing that was typed stands in one. Whoever is nobody gets none; the page that asked for it says
//! the same.

use tokio_util::sync::CancellationToken;

use super::{AFTER_DOUBT, Confirmations, Mail, STEP, after};
use crate::deliver::message;
use crate::deliver::notice::NoticeError;
use crate::deliver::smtp::Session;
use crate::domain::address::Address;
use crate::domain::link_mail::{LinkKind, LinkMail};
use crate::domain::list::List;
use crate::domain::signup::Mailed;
use crate::domain::{DigestId, ListId, SubscriptionId};
use crate::faults::die_at;
use crate::feedback::link::{Opened, Purpose};

/// Lists with whose subscription each.
type Own = [(List, SubscriptionId)];

impl Confirmations {
    /// Sends the links that were asked for: one step, or less at `stop`. Returns how many mails left,
    /// and whether there is more to send at once. Nothing leaves while sending is paused as a whole.
    ///
    /// # Errors
    /// The store's. A relay that takes nothing is not one: its mails are tried again later.
    pub async fn send_links(&self, stop: &CancellationToken) -> Result<(u64, bool), NoticeError> {
        let store = &self.mail.store;
        if self.mail.relays.is_empty() || store.paused().await?.is_some() {
            return Ok((0, false));
        }
        if !store.link_mail_waits(self.clock.now()).await? {
            return Ok((0, false));
        }
        let (mut sent, mut taken, mut session, mut before) = (0, 0, None, None);
        loop {
            let take = taken < STEP && !stop.is_cancelled();
            let now = self.clock.now();
            let next = store.link_mail_next(before.take(), take, now).await?;
            let Some(asked) = next else { break };
            taken += 1;
            die_at("link_after_claim");
            let mailed = match self.link_mailed(&asked, &mut session).await {
                Ok(mailed) => mailed,
                Err(error) => {
                    let now = self.clock.now();
                    let later = Mailed::Later(now.checked_add(AFTER_DOUBT).unwrap_or(now));
                    let given_back = Some((asked.id, later));
                    store.link_mail_next(given_back, false, now).await?;
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

    async fn link_mailed(
        &self,
        asked: &LinkMail,
        session: &mut Option<Session>,
    ) -> Result<Mailed, NoticeError> {
        let now = self.clock.now();
        let end = asked.at.checked_add(asked.kind.kept()).unwrap_or(now);
        let Some(to) = asked.to.as_ref().filter(|_| end > now) else {
            return Ok(Mailed::Forgotten);
        };
        let mut lists = Vec::new();
        for (list, subscription) in &asked.links {
            lists.push((self.mail.store.list_by_id(*list).await?, *subscription));
        }
        let Some(mail) = self.link_mail_of(asked, to, &lists)? else {
            return Ok(Mailed::Forgotten);
        };
        Ok(match self.deliver(&mail, session).await {
            Ok(()) => Mailed::Sent,
            Err(error) => after(&error, (asked.tries, asked.id.0), now, end),
        })
    }

    /// The mail, the same bytes whenever it is made. `None` where no list of theirs has a sender.
    fn link_mail_of(
        &self,
        asked: &LinkMail,
        to: &Address,
        lists: &Own,
    ) -> Result<Option<Mail>, NoticeError> {
        let mut sending = lists.iter();
        let sending = sending.find_map(|(l, _)| Some((l, l.settings.sender_address.as_ref()?)));
        let Some((list, from)) = sending else {
            return Ok(None);
        };
        let link = self.links_of(asked, lists);
        let values = [
            ("list", list.display_name()),
            ("link", &link),
            ("postal", &list.settings.postal_address),
        ];
        let words = self.words.language(&asked.language);
        let say = |part: &str| {
            let words = words.as_ref().ok();
            let key = format!("mail.{}_{part}", asked.kind);
            words.map(|w| w.fill(&key, &values)).unwrap_or_default()
        };
        let id = format!("link-{}-{}", asked.id, asked.at.as_millisecond());
        let body = format!("{}\n", say("body"));
        let (from_text, to_text) = (from.full(), to.full());
        let subject = say("subject");
        let sender = (list.settings.sender_display(), from_text);
        let mut bytes = message::system_mail(sender, to_text, &subject, &body, asked.at, &id);
        let signer = self.mail.signer.as_ref();
        if let Some(signer) = signer.filter(|s| s.covers(from.domain())) {
            bytes = signer.signed(&bytes, asked.at)?;
        }
        Ok(Some(Mail {
            from: from_text.to_owned(),
            to: to_text.to_owned(),
            bytes,
        }))
    }

    /// The link of a mail, or of each list its name and its link.
    fn links_of(&self, asked: &LinkMail, lists: &Own) -> String {
        let at = asked.at.as_millisecond();
        let Some(&(list, first)) = asked.links.first() else {
            return String::new();
        };
        match asked.kind {
            LinkKind::Links => {
                let own = lists.iter().map(|(list, subscription)| {
                    let link = self.link(Purpose::Preferences, list.id, *subscription, 0);
                    format!("{}\n{link}", list.display_name())
                });
                own.collect::<Vec<_>>().join("\n\n")
            }
            LinkKind::Export => self.link(Purpose::Export, list, first, at),
            LinkKind::Move => self.link(Purpose::Move, list, first, at),
            LinkKind::Forget => self.link(Purpose::Forget, list, first, at),
            // As with a sign-up, it names the row of the wish.
            LinkKind::Moved => self.link(Purpose::Moved, list, SubscriptionId(asked.id.0), at),
        }
    }

    fn link(&self, purpose: Purpose, list: ListId, who: SubscriptionId, which: i64) -> String {
        let to = Opened {
            list,
            subscription: who,
            digest: DigestId(which),
        };
        let token = self.keys.token(self.keys.active_id(), purpose, to);
        format!(
            "{}/{purpose}/{}",
            self.public_url,
            token.unwrap_or_default()
        )
    }
}
