//! System mail to a list's operators: what asks for a person, that sending is paused, and alarms; at
//! most once an hour a reason.
//!
//! It stands outside the ledger: it is about the ledger, and losing one is mended by the next.

use super::dkim::{DkimError, Signer};
use super::message;
use super::policy::AlarmReason;
use super::smtp::{Envelope, Relay, Session, SmtpError};
use crate::domain::address::Address;
use crate::domain::delivery::Hold;
use crate::domain::list::List;
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
    /// The relays, in the order in which they are tried.
    pub relays: Vec<Relay>,
    /// What signs; none: the relay, or nobody.
    pub signer: Option<Signer>,
}

/// A mail of the system to one person: plain text, no list's headers.
#[derive(Clone, Copy, Debug)]
pub struct SystemMail<'a> {
    /// The name beside the sender, as the list's letters have it.
    pub name: &'a str,
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
    /// The last relay that was tried.
    #[error("no relay took a system mail")]
    Smtp(#[from] SmtpError),
    /// There is none.
    #[error("there is no relay")]
    NoRelay,
    /// The keys.
    #[error("a system mail could not be signed")]
    Signing(#[from] DkimError),
}

/// Sends what is due; returns how many mails left.
pub async fn send_due(notices: &Notices, now: Timestamp) -> Result<usize, NoticeError> {
    let mut sent = 0;
    for asking in notices.store.asking().await? {
        // Written down before it is sent: a relay that is down must not be asked every moment.
        if !notices
            .store
            .notice_claim(asking.list, asking.reason, an_hour_before(now), now)
            .await?
        {
            continue;
        }
        let list = notices.store.list_by_id(asking.list).await?;
        let Some(from) = &list.settings.sender_address else {
            continue;
        };
        for (n, operator) in list.settings.operators.iter().enumerate() {
            tell(notices, &asking, (&list, from), operator, n, now).await?;
            sent += 1;
        }
    }
    sent += tell_paused(notices, now).await?;
    sent += tell_alarms(notices, now).await?;
    Ok(sent)
}

fn an_hour_before(now: Timestamp) -> Timestamp {
    now.checked_sub(jiff::SignedDuration::from_millis(HOUR_MS))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Sending is paused as a whole, and not by hand: every list's operators hear of it.
async fn tell_paused(notices: &Notices, now: Timestamp) -> Result<usize, NoticeError> {
    let Some(paused) = notices.store.paused().await?.filter(|p| !p.by_hand()) else {
        return Ok(0);
    };
    let body = format!(
        "No letter leaves: {}.\n\nSee what that means:\n    courant sending status\n\
         Let letters leave again:\n    courant sending resume --yes\n\n\
         This mail comes at most once an hour.\n",
        paused.why
    );
    let mut sent = 0;
    for list in notices.store.lists().await? {
        let since = an_hour_before(now);
        let Some(from) = &list.settings.sender_address else {
            continue;
        };
        if !notices
            .store
            .paused_notice_claim(list.id, since, now)
            .await?
        {
            continue;
        }
        for (n, to) in list.settings.operators.iter().enumerate() {
            let mail = SystemMail {
                name: list.settings.sender_display(),
                from,
                to,
                subject: &format!("[{}] sending is paused", list.slug),
                body: &body,
                id: &format!("paused-{}-{}-{n}", list.id.0, now.as_millisecond()),
            };
            send_system(notices, &mail, now).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

/// What is our own fault, or a provider's no: every operator hears of it once, whatever their lists.
async fn tell_alarms(notices: &Notices, now: Timestamp) -> Result<usize, NoticeError> {
    let since = an_hour_before(now);
    let lists = notices.store.lists().await?;
    let Some((name, from)) = lists.iter().find_map(|list| {
        let from = list.settings.sender_address.as_ref()?;
        Some((list.settings.sender_display(), from))
    }) else {
        return Ok(0);
    };
    let mut operators: Vec<&Address> = lists.iter().flat_map(|l| &l.settings.operators).collect();
    operators.sort_unstable();
    operators.dedup();
    let mut sent = 0;
    for alarm in notices.store.alarms(since).await? {
        let (subject, reason) = (&alarm.subject, &alarm.reason);
        if !notices
            .store
            .alarm_claim(subject, reason, since, now)
            .await?
        {
            continue;
        }
        let hint = AlarmReason::parse(reason).map(AlarmReason::hint);
        let body = format!(
            "{subject}: {}\n({} times since {})\n\nWhat to do: {}.\n\n\
             This mail comes at most once an hour.\n",
            alarm.words,
            alarm.times,
            alarm.first,
            hint.unwrap_or("read the words above"),
        );
        for (n, to) in operators.iter().enumerate() {
            let mail = SystemMail {
                name,
                from,
                to,
                subject: &format!("[Courant] {subject}: {reason}"),
                body: &body,
                id: &format!("alarm-{reason}-{}-{n}", now.as_millisecond()),
            };
            send_system(notices, &mail, now).await?;
            sent += 1;
        }
    }
    Ok(sent)
}

async fn tell(
    notices: &Notices,
    asking: &Asking,
    (list, from): (&List, &Address),
    to: &Address,
    n: usize,
    now: Timestamp,
) -> Result<(), NoticeError> {
    let subject = format!(
        "[{}] {} letters wait for you: {}",
        list.slug,
        asking.letters,
        words(asking.reason)
    );
    let body = format!(
        "{} letters of list {list} wait for a person: {}.\n\n\
         See what they are:\n    courant edition status {list} --run {run}\n\
         Let them go:\n    courant edition {verb} {list} --run {run}\n\
         Drop them:\n    courant edition drop {list} --run {run} --yes\n\n\
         This mail comes at most once an hour.\n",
        asking.letters,
        words(asking.reason),
        list = list.slug,
        run = asking.run,
        verb = match asking.reason {
            Hold::Approval => "approve",
            _ => "release",
        },
    );
    let id = format!("notice-{}-{}-{n}", asking.list.0, now.as_millisecond());
    let mail = SystemMail {
        name: list.settings.sender_display(),
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
    let sender = (mail.name, from);
    let mut bytes = message::system_mail(sender, to, mail.subject, mail.body, now, mail.id);
    if let Some(signer) = notices
        .signer
        .as_ref()
        .filter(|s| s.covers(mail.from.domain()))
    {
        bytes = signer.signed(&bytes, now)?;
    }
    let envelope = Envelope {
        mail_from: from,
        rcpt_to: to,
        envid: None,
        size: bytes.len() as u64,
    };
    let mut failed = NoticeError::NoRelay;
    for relay in &notices.relays {
        match send_over(relay, &envelope, &bytes).await {
            Ok(()) => return Ok(()),
            Err(error) => failed = error.into(),
        }
    }
    Err(failed)
}

async fn send_over(relay: &Relay, envelope: &Envelope<'_>, bytes: &[u8]) -> Result<(), SmtpError> {
    let mut session = Session::connect(relay).await?;
    session.envelope(envelope).await?;
    session.body(bytes).await?;
    session.quit().await;
    Ok(())
}

fn words(reason: Hold) -> &'static str {
    match reason {
        Hold::Late => "they are later than the list's grace",
        Hold::Approval => {
            "nobody has approved their edition, and the list holds it until somebody does"
        }
        Hold::Volume => "their edition is far from the usual in people or stories",
        Hold::Check => "the check of their plan found errors",
        Hold::InDoubt => "they are in doubt since a sender stopped, and may have arrived",
        Hold::InDoubtAgain => {
            "they are in doubt again after they were sent again, and may have arrived"
        }
        Hold::Withdrawn => {
            "they are in doubt, and a story in them was withdrawn or corrected since"
        }
        Hold::OtherBytes => "they are in doubt, and rendering them again gives other bytes",
        Hold::NoKey => {
            "a key that they were planned with is not set any more, or is another one now; put it \
             back and restart before you let them go"
        }
    }
}
