//! System mail to a list's operators: what asks for a person, at most once an hour a reason.
//!
//! It stands outside the ledger: it is about the ledger, and losing one is mended by the next.

use super::dkim::{DkimError, Signer};
use super::message;
use super::smtp::{Envelope, Relay, Session, SmtpError};
use crate::domain::address::Address;
use crate::domain::delivery::Hold;
use crate::domain::time::Timestamp;
use crate::store::notices::Asking;
use crate::store::{Store, StoreError};

/// Between two mails of one list and reason.
const HOUR_MS: i64 = 3_600_000;

/// What telling operators needs.
#[derive(Clone, Debug)]
pub struct Notices {
    /// The database.
    pub store: Store,
    /// The relay.
    pub relay: Relay,
    /// What signs; none: the relay, or nobody.
    pub signer: Option<Signer>,
}

/// A mail of the system to one person: plain text, no list's headers.
#[derive(Clone, Copy, Debug)]
pub struct SystemMail<'a> {
    /// Header and envelope sender: a list's own.
    pub from: &'a Address,
    /// Who is told.
    pub to: &'a Address,
    /// One line.
    pub subject: &'a str,
    /// UTF-8, LF line ends.
    pub body: &'a str,
    /// Left side of the Message-ID, unique: letters, digits, `-`, `.`, `_`.
    pub id: &'a str,
}

/// Why operators could not be told.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The relay.
    #[error("the relay did not take a system mail")]
    Smtp(#[from] SmtpError),
    /// The keys.
    #[error("a system mail could not be signed")]
    Signing(#[from] DkimError),
}

/// Sends what is due; returns how many mails left.
pub async fn send_due(notices: &Notices, now: Timestamp) -> Result<usize, NoticeError> {
    let mut sent = 0;
    for asking in notices.store.asking().await? {
        let since = now
            .checked_sub(jiff::SignedDuration::from_millis(HOUR_MS))
            .unwrap_or(Timestamp::UNIX_EPOCH);
        // Written down before it is sent: a relay that is down must not be asked every moment.
        if !notices
            .store
            .notice_claim(asking.list, asking.reason, since, now)
            .await?
        {
            continue;
        }
        let list = notices.store.list_by_id(asking.list).await?;
        let Some(from) = &list.settings.sender_address else {
            continue;
        };
        for (n, operator) in list.settings.operators.iter().enumerate() {
            tell(notices, &asking, list.slug.as_str(), from, operator, n, now).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

async fn tell(
    notices: &Notices,
    asking: &Asking,
    list: &str,
    from: &Address,
    to: &Address,
    n: usize,
    now: Timestamp,
) -> Result<(), NoticeError> {
    let subject = format!(
        "[{list}] {} letters wait for you: {}",
        asking.letters,
        words(asking.reason)
    );
    let body = format!(
        "{} letters of list {list} wait for a person: {}.\n\n\
         See what they are:\n    courant edition status {list} --run {run}\n\
         Let them go:\n    courant edition release {list} --run {run}\n\
         Drop them:\n    courant edition drop {list} --run {run} --yes\n\n\
         This mail comes at most once an hour.\n",
        asking.letters,
        words(asking.reason),
        run = asking.run,
    );
    let id = format!("notice-{}-{}-{n}", asking.list.0, now.as_millisecond());
    let mail = SystemMail {
        from,
        to,
        subject: &subject,
        body: &body,
        id: &id,
    };
    send_system(notices, &mail, now).await
}

/// Sends one system mail over a connection of its own, signed where the keys are the From domain's.
///
/// # Errors
/// The relay's, or a signature that could not be made.
pub async fn send_system(
    notices: &Notices,
    mail: &SystemMail<'_>,
    now: Timestamp,
) -> Result<(), NoticeError> {
    let (from, to) = (mail.from.full(), mail.to.full());
    let mut bytes = message::system_mail(from, to, mail.subject, mail.body, now, mail.id);
    if let Some(signer) = notices
        .signer
        .as_ref()
        .filter(|s| s.covers(mail.from.domain()))
    {
        bytes = signer.signed(&bytes, now)?;
    }
    let mut session = Session::connect(&notices.relay).await?;
    let envelope = Envelope {
        mail_from: from,
        rcpt_to: to,
        envid: None,
        size: bytes.len() as u64,
    };
    session.envelope(&envelope).await?;
    session.body(&bytes).await?;
    session.quit().await;
    Ok(())
}

fn words(reason: Hold) -> &'static str {
    match reason {
        Hold::Late => "they are later than the list's grace",
        Hold::Approval => "the list waits for an editor's release",
        Hold::InDoubt => "they are in doubt since a sender stopped, and may have arrived",
        Hold::OtherBytes => "they are in doubt, and rendering them again gives other bytes",
        Hold::NoKey => {
            "a key that they were planned with is not set any more, or is another one now"
        }
    }
}
