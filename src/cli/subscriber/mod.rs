//! `subscriber`: people, what each asked of a list, and what became of it.

mod agreement;
mod change;
mod check_address;
mod erase;
mod history;
mod import;
mod lift;
mod memory;
mod segment;
mod show;
mod terms;

use std::path::Path;

use clap::Subcommand;

use self::terms::{Offer, TermsFlags};
use super::list::find;
use super::{Exit, Failure, House};
use crate::domain::SubscriptionId;
use crate::domain::address::Address;
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::subscriber::{NewSubscription, Standing, Subscriber, Subscription};
use crate::press::next::next_due;
use crate::store::StoreError;

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
    /// Never mail an address, known or not, whatever list it is on; --lift lets mail go again
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
            show::list_all(&house, &list, standing, full, json).await?;
        }
        Verb::Set(args) => change::set(&house, &args).await?,
        Verb::Show { address, json } => show::show_one(&house, &address, json).await?,
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
        StoreError::Suppressed { .. } => Failure::from(error).hint(lift::hint(address)),
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
    pairs.extend(terms::pairs(list, (&person, &subscription), cadence));
    super::show::pairs(&pairs)
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
    person_or(house, address, |full| {
        format!("`courant subscriber add LIST {full}` signs them up")
    })
    .await
}

/// The same, with what to type where there is nobody, by the whole address.
async fn person_or(
    house: &House,
    address: &str,
    hint: impl Fn(&str) -> String,
) -> Result<Subscriber, Failure> {
    let address = Address::parse(address)?;
    let hash = house.keys.address_hash(&address);
    house.store.subscriber(&hash).await?.ok_or_else(|| {
        let full = address.full();
        Failure::failed(format!("nobody has the address `{full}`")).hint(hint(full))
    })
}

async fn subscribed(
    house: &House,
    list: &List,
    address: &str,
) -> Result<(Subscriber, Subscription), Failure> {
    let slug = &list.slug;
    subscribed_or(house, list, address, |full| {
        format!("`courant subscriber add {slug} {full}` signs them up")
    })
    .await
}

/// Somebody on a list, with what to type where they are not.
async fn subscribed_or(
    house: &House,
    list: &List,
    address: &str,
    hint: impl Fn(&str) -> String,
) -> Result<(Subscriber, Subscription), Failure> {
    let person = person_or(house, address, &hint).await?;
    let found = house.store.subscription_of(list.id, person.id).await?;
    match found {
        Some(subscription) => Ok((person, subscription)),
        None => {
            let (full, slug) = (shown(&person, true), &list.slug);
            let failure = Failure::failed(format!("`{full}` is not subscribed to `{slug}`"));
            Err(failure.hint(hint(&full)))
        }
    }
}

/// Whom a list has, for whoever named somebody that it has not.
fn look_up(list: &str) -> String {
    format!("`courant subscriber list {list} --full` shows whom it has")
}
