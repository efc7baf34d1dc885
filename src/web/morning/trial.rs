//! A test letter to whoever sits at the desk: the edition as it stands, marked, outside the ledger. Its links
//! name no subscription, so that nobody is unsubscribed by them.

use super::act::All;
use super::lab::{Whose, interests};
use super::{Missing, words};
use crate::deliver::letters::Composed;
use crate::deliver::smtp::{Envelope, Relay, Session, SmtpError};
use crate::domain::address::Address;
use crate::domain::subscriber::Standing;
use crate::domain::{DigestId, EditionId, SubscriberId};
use crate::web::House;

/// What stands before the subject.
const MARK: &str = "[TEST] ";

/// Sends it; else says why it could not be sent.
pub(super) async fn send(
    house: &House,
    (seat, _, laid): All<'_>,
) -> Result<Result<(), String>, Missing> {
    let to = &seat.editor.address;
    let store = &house.app.store;
    if let Some(person) = store.subscriber(&house.app.keys.address_hash(to)).await?
        && matches!(person.standing, Standing::Bounced | Standing::Complained)
    {
        return Ok(Err(format!(
            "Mail to you is stopped: your address has {}.",
            person.standing
        )));
    }
    let whose = match house.whose(&laid.sheet, "", "0").await? {
        Ok(whose) => whose,
        Err(words) => return Ok(Err(words)),
    };
    let made = match house.made(laid, &whose).await? {
        Ok(made) => made,
        Err(_) => return Ok(Err("There is no letter: too few stories.".to_owned())),
    };
    let subject = format!("{MARK}{}", made.letter.subject);
    let Whose { terms, .. } = &whose;
    let follows = interests(terms);
    let content = made.content(&whose, &follows, laid, DigestId(0));
    // No edition has the id 0; the instant makes every test a letter of its own.
    let instant = SubscriberId(house.app.clock.now().as_millisecond());
    let composed = laid
        .letters
        .compose(&content, Some(&subject), to, EditionId(0), instant)?;
    let relays = &house.bench()?.parts.mail.relays;
    let mut last = "there is no relay".to_owned();
    for relay in relays {
        match through(relay, &composed, to).await {
            Ok(()) => return Ok(Ok(())),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a test letter did not leave"
                );
                last = error.to_string();
            }
        }
    }
    let relays = words::count(relays.len() as u64, "relay");
    Ok(Err(format!(
        "The test letter did not leave ({relays} asked): {last}"
    )))
}

async fn through(relay: &Relay, composed: &Composed, to: &Address) -> Result<(), SmtpError> {
    let mut session = Session::connect(relay).await?;
    session.fits(&composed.bytes)?;
    let envelope = Envelope {
        mail_from: &composed.mail_from,
        rcpt_to: to.full(),
        envid: None,
        size: composed.bytes.len() as u64,
    };
    session.envelope(&envelope).await?;
    session.body(&composed.bytes).await?;
    session.quit().await;
    Ok(())
}
