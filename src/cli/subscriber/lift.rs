//! `subscriber suppress --lift`: mail to an address goes again that an operator stopped.

use serde_json::json;

use super::BY;
use crate::cli::{Exit, Failure, House, show};
use crate::domain::address::Address;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Standing, Subscriber};
use crate::press::PressError;
use crate::press::next::next_due;

/// What lets mail to an address go again.
pub(super) fn hint(address: &str) -> String {
    format!("`courant subscriber suppress {address} --lift` lets mail to it go again")
}

/// Ends a suppression, or says what that would do.
pub(super) async fn lift(
    house: &House,
    address: &str,
    (dry, json): (bool, bool),
) -> Result<Exit, Failure> {
    let (store, now) = (&house.store, house.clock.now());
    let address = Address::parse(address)?;
    let hash = house.keys.address_hash(&address);
    let person = store.subscriber(&hash).await?;
    let person = person.filter(|person| person.suppressed.is_some());
    let (mut dues, mut lists) = (Vec::new(), Vec::new());
    if let Some(person) = person.as_ref().filter(|p| p.address.is_some()) {
        for (list, own) in active(house, person).await? {
            let cadence = store.cadence(own.list, &own.terms.cadence).await?;
            match next_due(store, Some(own.id), &own.terms, &cadence, now).await {
                Ok(due) => dues.extend(due.map(|due| (own.id, due))),
                Err(error @ PressError::Store(_)) => return Err(error.into()),
                // An hour that the cadence no longer takes has no next letter.
                Err(_) => {}
            }
            lists.push(list.to_string());
        }
    }
    let lifted = match dry {
        true => person.is_some(),
        false => store.lift(&hash, &dues, BY, now).await?,
    };
    if json {
        show::json(&json!({"dry_run": dry, "lifted": lifted, "lists": lists}))?;
        return Ok(Exit::Done);
    }
    let name = address.full();
    match (lifted, lists.is_empty()) {
        (false, _) => show::note(&format!("`{name}` is not suppressed")),
        (true, true) => show::note(&format!(
            "`{name}` may be mailed again; no list mails them before they sign up"
        )),
        (true, false) => show::note(&format!(
            "`{name}` may be mailed again: letters come from {}",
            lists.join(", ")
        )),
    }
    if dry {
        show::note("nothing was written");
    }
    Ok(Exit::Done)
}

async fn active(
    house: &House,
    person: &Subscriber,
) -> Result<Vec<(Slug, crate::domain::subscriber::Subscription)>, Failure> {
    let mut active = Vec::new();
    for own in house.store.subscriptions_of(person.id).await? {
        if own.standing == Standing::Active {
            let list = house.store.list_by_id(own.list).await?;
            active.push((list.slug, own));
        }
    }
    Ok(active)
}
