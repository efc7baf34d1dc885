//! `subscriber history`: everything that happened with a person, in its order, each with its cause.

use std::collections::BTreeMap;

use serde_json::json;

use super::person;
use crate::cli::{Failure, House, show};
use crate::domain::consent::Receipt;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Terms, typed_weight};
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::domain::{ListId, SubscriptionId};
use crate::store::history::{Issued, Revision};

/// Something that happened.
struct Happened {
    at: Timestamp,
    list: Option<ListId>,
    /// One word.
    what: String,
    /// By whom, or by what.
    cause: String,
    detail: String,
}

/// Shows it, oldest first.
pub(super) async fn show_all(house: &House, address: &str, json: bool) -> Result<(), Failure> {
    let person = person(house, address).await?;
    let store = &house.store;
    let mut lists: BTreeMap<ListId, Slug> = BTreeMap::new();
    let mut of: BTreeMap<SubscriptionId, ListId> = BTreeMap::new();
    for subscription in store.subscriptions_of(person.id).await? {
        of.insert(subscription.id, subscription.list);
        let list = store.list_by_id(subscription.list).await?;
        lists.insert(list.id, list.slug);
    }
    let mut all = revisions(&store.revisions_of(person.id).await?);
    for event in store.events(person.id).await? {
        all.push(Happened {
            at: event.at,
            list: event.subscription.and_then(|id| of.get(&id).copied()),
            what: event.kind,
            cause: event.detail,
            detail: String::new(),
        });
    }
    all.extend(store.consents(person.id).await?.iter().map(receipt));
    all.extend(store.issued(person.id).await?.into_iter().map(issue));
    all.sort_by_key(|h| h.at);
    let slug = |h: &Happened| h.list.and_then(|id| lists.get(&id)).map(Slug::to_string);
    if json {
        let value = |h: &Happened| {
            json!({"at": format_rfc3339(h.at), "list": slug(h), "what": h.what, "cause": h.cause,
                "detail": h.detail})
        };
        return show::json(&all.iter().map(value).collect::<Vec<_>>());
    }
    let row = |h: &Happened| {
        vec![
            show::utc(h.at),
            slug(h).unwrap_or_default(),
            h.what.clone(),
            h.cause.clone(),
            h.detail.clone(),
        ]
    };
    let rows = all.iter().map(row).collect();
    let headers = ["at", "list", "what", "cause", "detail"];
    show::table(&headers, rows, &format!("nothing is kept of {address}"))
}

/// The first revision of a list's is the sign-up; of every other one, what it changed.
fn revisions(revisions: &[Revision]) -> Vec<Happened> {
    let mut before: BTreeMap<ListId, &Terms> = BTreeMap::new();
    let mut all = Vec::new();
    for revision in revisions {
        let known = before.insert(revision.list, &revision.terms);
        all.push(Happened {
            at: revision.at,
            list: Some(revision.list),
            what: match known {
                None => "signed up".to_owned(),
                Some(_) => "terms".to_owned(),
            },
            cause: revision.by.clone(),
            detail: match known {
                None => format!("{}, {}", revision.terms.cadence, revision.terms.zone.name()),
                Some(known) => changed(known, &revision.terms),
            },
        });
    }
    all
}

fn changed(before: &Terms, after: &Terms) -> String {
    let words = |terms: &Terms| -> [(&'static str, String); 11] {
        let topic =
            |t: &crate::domain::article::TopicWeight| format!("{}:{}", t.topic, typed_weight(t));
        let topics: Vec<String> = terms.followed().map(topic).collect();
        let never: Vec<String> = terms.unwanted().map(Slug::to_string).collect();
        let list = |all: Vec<String>| match all.is_empty() {
            true => "none".to_owned(),
            false => all.join(" "),
        };
        let places: Vec<String> = terms.places.iter().map(Slug::to_string).collect();
        let or = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        [
            ("cadence", terms.cadence.to_string()),
            ("hour", or(terms.hour.map(|h| h.to_string()))),
            ("zone", terms.zone.name().to_owned()),
            ("language", terms.language.clone()),
            ("length", terms.length.to_string()),
            ("images", terms.images.to_string()),
            ("text only", terms.text_only.to_string()),
            ("topics", list(topics)),
            ("never", list(never)),
            ("places", list(places)),
            ("paused until", or(terms.resume_on.map(|d| d.to_string()))),
        ]
    };
    let both = words(before).into_iter().zip(words(after));
    let changes: Vec<String> = both
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| format!("{name}: {before} → {after}"))
        .collect();
    changes.join("; ")
}

fn receipt(receipt: &Receipt) -> Happened {
    let mut detail = vec![receipt.source.clone(), receipt.note.clone()];
    detail.extend(receipt.network.clone());
    detail.retain(|part| !part.is_empty());
    Happened {
        at: receipt.at,
        list: receipt.list,
        what: format!("consent {}", receipt.act),
        cause: receipt.how.clone(),
        detail: detail.join(", "),
    }
}

fn issue(issued: Issued) -> Happened {
    let edition = format!("{} {}", issued.cadence, issued.run);
    let (what, cause) = match issued.outcome {
        Ok((state, since, words)) => (
            "letter".to_owned(),
            format!("{state} {} {words}", show::utc(since))
                .trim()
                .to_owned(),
        ),
        Err(reason) => ("no letter".to_owned(), reason.replace('_', " ")),
    };
    Happened {
        at: issued.planned,
        list: Some(issued.list),
        what,
        cause,
        detail: edition,
    }
}
