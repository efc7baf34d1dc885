//! `subscriber`: people, what each asked of a list, and what became of it.

mod cells;
mod change;
mod check_address;
mod erase;
mod history;
mod import;
mod memory;
mod segment;
mod terms;

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use self::terms::{Offer, TermsFlags};
use super::list::find;
use super::{Exit, Failure, House, show};
use crate::domain::address::Address;
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{NewSubscription, Standing, Subscriber, Subscription};
use crate::domain::time::format_rfc3339;
use crate::domain::{SubscriptionId, subscriber};
use crate::press::next::next_due;
use crate::store::StoreError;

/// Subscriptions read at a time.
const PAGE: u32 = 2_000;
/// Who does what is typed here.
const BY: &str = "admin";

/// What may be done with subscribers.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Sign a person up for a list
    Add {
        /// Which list
        list: String,
        /// Mail address
        address: String,
        /// What they ask for
        #[command(flatten)]
        terms: TermsFlags,
        /// Not confirmed yet: no mail until they are
        #[arg(long)]
        pending: bool,
        /// They left, and asked to come back
        #[arg(long)]
        rejoin: bool,
        /// How they agreed to it, kept as a receipt
        #[arg(long, value_name = "TEXT")]
        consent_note: Option<String>,
    },
    /// A list's subscribers
    List {
        /// Which list
        list: String,
        /// Only those: pending, active, paused, unsubscribed, bounced or complained
        #[arg(long)]
        standing: Option<String>,
        /// Whole addresses, not masked ones
        #[arg(long)]
        full: bool,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Change what a subscriber asked for; what is not named stays
    Set(change::SetArgs),
    /// Everything about a person: lists, terms, standing, next due, events
    Show {
        /// Whose address
        address: String,
        /// JSON object
        #[arg(long)]
        json: bool,
    },
    /// What a person was sent, newest first: no letter brings it to them again
    Memory {
        /// Whose address
        address: String,
        /// Of one list only
        #[arg(long)]
        list: Option<String>,
        /// JSON array, one object an edition
        #[arg(long)]
        json: bool,
    },
    /// Whether addresses on stdin, one a line, are of good form; needs no data folder
    ///
    /// The form that real mail uses: no quotes, comments or bare host names. No server is asked.
    CheckAddress {
        /// One JSON object a line: address, valid, normalized, ascii, reason
        #[arg(long)]
        json: bool,
    },
    /// Sign people of another service up, with their consent; nobody who left comes back
    ///
    /// Knows exports of Mailchimp (ZIP and CSV), Substack, Ghost, listmonk, beehiiv, plain CSV and JSON
    /// lines by their columns. Who is known is never changed, so that it may be run again.
    Import(Box<import::ImportArgs>),
    /// Write a list's people, or a part of them, to a file
    Export {
        /// Who is meant
        #[command(flatten)]
        who: segment::Who,
        /// Where they are written
        #[command(flatten)]
        out: segment::Out,
    },
    /// How many of a list's people are meant, and what they are like
    Segment {
        /// Who is meant
        #[command(flatten)]
        who: segment::Who,
        /// JSON object
        #[arg(long)]
        json: bool,
    },
    /// Everything that happened with a person, in its order, each with its cause
    History {
        /// Whose address
        address: String,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Never mail an address, known or not, whatever list it is on
    Suppress(erase::SuppressArgs),
    /// Forget a person: nothing stays but a keyed hash that keeps them from being signed up
    Erase(erase::EraseArgs),
    /// Take a person off a list, in their name
    Unsubscribe {
        /// Which list
        list: String,
        /// Whose address
        address: String,
    },
}

/// Runs a verb of `subscriber`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    if let Verb::CheckAddress { json } = verb {
        return check_address::run(json);
    }
    let house = House::open(home).await?;
    match verb {
        Verb::CheckAddress { .. } => {}
        Verb::Add {
            list,
            address,
            terms,
            pending,
            rejoin,
            consent_note,
        } => {
            let standing = match pending {
                true => Standing::Pending,
                false => Standing::Active,
            };
            let how = (standing, rejoin, consent_note.as_deref());
            add(&house, &list, &address, &terms, how).await?;
        }
        Verb::List {
            list,
            standing,
            full,
            json,
        } => {
            let standing = standing.as_deref().map(Standing::parse).transpose()?;
            list_all(&house, &list, standing, full, json).await?;
        }
        Verb::Set(args) => change::set(&house, &args).await?,
        Verb::Show { address, json } => show_one(&house, &address, json).await?,
        Verb::Memory {
            address,
            list,
            json,
        } => memory::show_all(&house, &address, list.as_deref(), json).await?,
        Verb::Import(args) => return import::run(&house, &args).await,
        Verb::Export { who, out } => segment::export(&house, &who, &out).await?,
        Verb::Segment { who, json } => segment::segment(&house, &who, json).await?,
        Verb::History { address, json } => history::show_all(&house, &address, json).await?,
        Verb::Suppress(args) => return erase::suppress(&house, &args).await,
        Verb::Erase(args) => return erase::erase(&house, &args).await,
        Verb::Unsubscribe { list, address } => change::unsubscribe(&house, &list, &address).await?,
    }
    Ok(Exit::Done)
}

async fn add(
    house: &House,
    list: &str,
    address: &str,
    flags: &TermsFlags,
    (standing, rejoin, note): (Standing, bool, Option<&str>),
) -> Result<(), Failure> {
    let note = note.map(|note| super::typed::line("--consent-note", note, import::NOTE));
    let note = note.transpose()?;
    let list = find(&house.store, list).await?;
    let address = Address::parse(address)?;
    let offer = Offer::of(house, list.clone()).await?;
    let terms = flags.apply(offer.defaults()?, &offer)?;
    let cadence = offer.cadence(terms.cadence.as_str())?;
    let now = house.clock.now();
    let hash = house.keys.address_hash(&address);
    let known = match house.store.subscriber(&hash).await? {
        Some(person) => house.store.subscription_of(list.id, person.id).await?,
        None => None,
    };
    let due = next_due(&house.store, known.map(|s| s.id), &terms, cadence, now).await?;
    let new = NewSubscription {
        list: list.id,
        hash,
        address,
        terms,
        cadence: cadence.id,
        standing,
        due: due.filter(|_| standing == Standing::Active),
        by: BY.to_owned(),
    };
    let full = new.address.full();
    let added = house.store.subscriber_add(&new, rejoin, now).await;
    let id = added.map_err(|error| refused(error, &list.slug, full))?;
    if let (Some(note), Some((person, _))) = (note, house.store.subscription(id).await?) {
        let receipt = Receipt {
            list: Some(list.id),
            act: ConsentAct::Given,
            how: BY.to_owned(),
            wording: String::new(),
            source: String::new(),
            network: None,
            note,
            at: now,
        };
        house.store.consent_add(person.id, &receipt).await?;
    }
    print_one(house, &list, &offer, id).await
}

fn refused(error: StoreError, list: &Slug, address: &str) -> Failure {
    match error {
        StoreError::Exists { .. } => {
            Failure::failed(format!("`{address}` is subscribed to `{list}` already")).hint(format!(
                "`courant subscriber set {list} {address}` changes what they asked for"
            ))
        }
        StoreError::HasLeft { .. } => Failure::failed(format!("`{address}` has left `{list}`"))
            .hint("add `--rejoin` if they asked to come back"),
        StoreError::Stopped { .. } => Failure::from(error).hint(format!(
            "`courant subscriber show {address}` tells what came back"
        )),
        other => other.into(),
    }
}

async fn print_one(
    house: &House,
    list: &List,
    offer: &Offer,
    id: SubscriptionId,
) -> Result<(), Failure> {
    let found = house.store.subscription(id).await?;
    let Some((person, subscription)) = found else {
        return Err(Failure::failed("the subscription is gone"));
    };
    let cadence = offer.cadence(subscription.terms.cadence.as_str())?;
    let mut pairs = vec![("subscriber", shown(&person, true))];
    pairs.extend(terms::pairs(list, &subscription, cadence));
    show::pairs(&pairs)
}

fn shown(person: &Subscriber, full: bool) -> String {
    match &person.address {
        Some(address) if full => address.full().to_owned(),
        Some(address) => address.masked(),
        None => "(erased)".to_owned(),
    }
}

/// The person of an address, as typed.
async fn person(house: &House, address: &str) -> Result<Subscriber, Failure> {
    let address = Address::parse(address)?;
    let hash = house.keys.address_hash(&address);
    house.store.subscriber(&hash).await?.ok_or_else(|| {
        let full = address.full();
        Failure::failed(format!("nobody has the address `{full}`")).hint(format!(
            "`courant subscriber add LIST {full}` signs them up"
        ))
    })
}

async fn subscribed(
    house: &House,
    list: &List,
    address: &str,
) -> Result<(Subscriber, Subscription), Failure> {
    let person = person(house, address).await?;
    let found = house.store.subscription_of(list.id, person.id).await?;
    match found {
        Some(subscription) => Ok((person, subscription)),
        None => {
            let (full, slug) = (shown(&person, true), &list.slug);
            Err(
                Failure::failed(format!("`{full}` is not subscribed to `{slug}`")).hint(format!(
                    "`courant subscriber add {slug} {full}` signs them up"
                )),
            )
        }
    }
}

async fn list_all(
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

async fn show_one(house: &House, address: &str, json: bool) -> Result<(), Failure> {
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
    if json {
        let event = |e: &subscriber::Event| {
            json!({"at": format_rfc3339(e.at), "list": slug_of(e), "kind": e.kind,
                "detail": e.detail})
        };
        let all = subscriptions.iter().map(|(list, s)| terms::value(list, s));
        return show::json(&json!({
            "subscriber": shown(&person, true),
            "standing": person.standing,
            "created_at": format_rfc3339(person.created_at),
            "subscriptions": all.collect::<Vec<_>>(),
            "events": events.iter().map(event).collect::<Vec<_>>(),
        }));
    }
    show::pairs(&[
        ("subscriber", shown(&person, true)),
        ("standing", person.standing.to_string()),
        ("since", show::utc(person.created_at)),
    ])?;
    for (list, subscription) in &subscriptions {
        let cadence = &subscription.terms.cadence;
        let cadence = house.store.cadence(list.id, cadence).await?;
        show::line("")?;
        show::pairs(&terms::pairs(list, subscription, &cadence))?;
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
