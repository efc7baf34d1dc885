//! `subscriber list` and `subscriber show`: who is on a list, and all there is of one person.

use serde_json::json;

use super::{person, shown, terms};
use crate::cli::list::find;
use crate::cli::{Failure, House, show};
use crate::domain::SubscriptionId;
use crate::domain::subscriber::{self, Standing, Subscriber, Subscription};
use crate::domain::time::format_rfc3339;

/// Subscriptions read at a time.
const PAGE: u32 = 2_000;

pub(super) async fn list_all(
    house: &House,
    list: &str,
    standing: Option<Standing>,
    full: bool,
    json: bool,
) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    let mut after = SubscriptionId(0);
    loop {
        let page = house.store.subscriptions(list.id, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        for (person, mut subscription) in page {
            subscription.standing = Standing::together(person.standing, subscription.standing);
            if standing.is_some_and(|wanted| wanted != subscription.standing) {
                continue;
            }
            let address = shown(&person, full);
            match json {
                true => {
                    let mut value = terms::value(&list, &subscription);
                    value["subscriber"] = address.into();
                    values.push(value);
                }
                false => rows.push(row(address, &subscription)),
            }
        }
    }
    if json {
        return show::json(&values);
    }
    let none = match standing {
        Some(standing) => format!("nobody on `{}` is {standing}", list.slug),
        None => format!(
            "nobody on `{}` yet: `courant subscriber add {} ADDRESS` signs somebody up",
            list.slug, list.slug
        ),
    };
    let headers = ["subscriber", "standing", "cadence", "hour", "next due"];
    show::table(&headers, rows, &none)
}

fn row(address: String, s: &Subscription) -> Vec<String> {
    vec![
        address,
        s.standing.to_string(),
        s.terms.cadence.to_string(),
        s.terms.hour.map(|h| h.to_string()).unwrap_or_default(),
        s.due_at
            .map(|at| show::local(at, &s.terms.zone))
            .unwrap_or_default(),
    ]
}

pub(super) async fn show_one(house: &House, address: &str, json: bool) -> Result<(), Failure> {
    let person = person(house, address).await?;
    let events = house.store.events(person.id).await?;
    let mut subscriptions = Vec::new();
    for subscription in house.store.subscriptions_of(person.id).await? {
        let list = house.store.list_by_id(subscription.list).await?;
        subscriptions.push((list, subscription));
    }
    let slug_of = |event: &subscriber::Event| {
        let of = subscriptions
            .iter()
            .find(|(_, s)| Some(s.id) == event.subscription);
        of.map(|(list, _)| list.slug.to_string())
    };
    let named = named(&person, subscriptions.is_empty(), events.is_empty());
    if json {
        let event = |e: &subscriber::Event| {
            json!({"at": format_rfc3339(e.at), "list": slug_of(e), "kind": e.kind,
                "detail": e.detail})
        };
        let together = |(list, s): &(_, Subscription)| {
            let mut value = terms::value(list, s);
            value["standing"] = json!(Standing::together(person.standing, s.standing));
            value
        };
        let all = subscriptions.iter().map(together);
        return show::json(&json!({
            "subscriber": named,
            "standing": person.standing,
            "suppressed_at": person.suppressed.as_ref().map(|s| format_rfc3339(s.at)),
            "suppressed_by": person.suppressed.as_ref().map(|s| &s.by),
            "created_at": format_rfc3339(person.created_at),
            "subscriptions": all.collect::<Vec<_>>(),
            "events": events.iter().map(event).collect::<Vec<_>>(),
        }));
    }
    show::pairs(&[
        ("subscriber", named),
        ("standing", terms::standing(&person, Standing::Active)),
        ("since", show::utc(person.created_at)),
    ])?;
    for (list, subscription) in &subscriptions {
        let cadence = &subscription.terms.cadence;
        let cadence = house.store.cadence(list.id, cadence).await?;
        show::line("")?;
        show::pairs(&terms::pairs(list, (&person, subscription), &cadence))?;
    }
    if !events.is_empty() {
        show::line("")?;
    }
    for event in &events {
        let list = slug_of(event).unwrap_or_default();
        let (at, kind, detail) = (show::utc(event.at), &event.kind, &event.detail);
        show::line(format!("{at}  {kind}  {list}  {detail}").trim_end())?;
    }
    Ok(())
}

/// Who it is: of whom nothing but a hash is kept, why.
fn named(person: &Subscriber, never_joined: bool, without_events: bool) -> String {
    if person.address.is_some() || !never_joined {
        return shown(person, true);
    }
    if person.suppressed.is_some() || !without_events {
        return "stopped before they ever joined (kept as a hash)".to_owned();
    }
    let word = match person.standing {
        Standing::Bounced => "bounced",
        Standing::Complained => "complained",
        _ => "left",
    };
    format!("known as {word} elsewhere (kept as a hash)")
}
