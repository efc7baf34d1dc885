//! `flight`: what a sponsor booked, where it may stand, and what it came to.

mod add;
mod avails;
mod booking;
pub mod explain;
mod make_good;
mod safety;
mod set;
mod shown;
mod state;

use std::path::Path;

use super::{Exit, Failure, typed};
use crate::domain::flight::Flight;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Campaign, Sponsor};
use crate::domain::time::Date;
use crate::store::Store;

/// What may be done with flights.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Book a flight
    ///
    /// It runs from the start of its first day to the end of its last one and is never delivered more
    /// often than booked. It is approved at once; with --unapproved it waits for `flight approve`,
    /// with --hold it keeps its inventory for 72 hours.
    Add(Box<add::Add>),
    /// Let a flight run that is held or booked
    Approve {
        /// Which flight: SPONSOR/FLIGHT
        flight: String,
    },
    /// What a flight could be given, before it is booked: of the digests of its dates, and whose
    ///
    /// Without a goal, what all that is free would cost others.
    Avails(Box<avails::Asked>),
    /// End a flight for good
    End {
        /// Which flight: SPONSOR/FLIGHT
        flight: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// In how many digests of an issue a flight might stand, stands, and what keeps it out of the others
    ///
    /// Digests that are planned are looked at as they are, others as they would be now.
    Explain(explain::Asked),
    /// Show flights with what they came to
    List {
        /// Those of one list
        #[arg(long)]
        list: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What flights that are over still owe, and a bonus flight for it
    ///
    /// A flight owes what it lacks once it is over with less than 98 percent. The bonus flight has its
    /// terms and texts, and waits for `flight approve`.
    MakeGood(make_good::Asked),
    /// Stop a flight for now
    Pause {
        /// Which flight: SPONSOR/FLIGHT
        flight: String,
    },
    /// Let a paused flight run again
    Resume {
        /// Which flight: SPONSOR/FLIGHT
        flight: String,
    },
    /// Change what a flight is booked for
    ///
    /// What is typed replaces what was there: `--topics ""` is for everybody, `--cap none` is without
    /// a cap. What letters have of it already stays.
    Set(Box<set::Set>),
    /// Show one flight with its terms and creatives
    Show {
        /// Which flight: SPONSOR/FLIGHT
        flight: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Add(add) => add::run(*add, home).await?,
        Verb::Approve { flight } => return state::approve(&flight, home).await,
        Verb::Avails(asked) => avails::run(&asked, home).await?,
        Verb::End { flight, yes } => return state::end(&flight, yes, home).await,
        Verb::Explain(asked) => return explain::run(&asked, home).await,
        Verb::List { list, json } => shown::all(list, json, home).await?,
        Verb::MakeGood(asked) => return make_good::run(&asked, home).await,
        Verb::Pause { flight } => return state::pause(&flight, home).await,
        Verb::Resume { flight } => return state::resume(&flight, home).await,
        Verb::Set(set) => return set::run(*set, home).await,
        Verb::Show { flight, json } => shown::one(&flight, json, home).await?,
    }
    Ok(Exit::Done)
}

/// A flight by `SPONSOR/FLIGHT`.
pub async fn by_name(store: &Store, name: &str) -> Result<Flight, Failure> {
    let Some((sponsor, flight)) = name.split_once('/') else {
        let name = typed::short(name, 64);
        return Err(
            Failure::usage(format_args!("`{name}` names no flight")).hint("write SPONSOR/FLIGHT")
        );
    };
    let sponsor = by_slug(store, sponsor).await?;
    let flights = store.flights(None).await?;
    let of = |f: &Flight| f.sponsor == sponsor.id;
    let known: Vec<Slug> = flights
        .iter()
        .filter(|f| of(f))
        .map(|f| f.slug.clone())
        .collect();
    let found = flights
        .into_iter()
        .find(|f| of(f) && f.slug.as_str() == flight);
    found.ok_or_else(|| typed::missing("flight", flight, &known))
}

/// A sponsor by its short name.
pub async fn by_slug(store: &Store, name: &str) -> Result<Sponsor, Failure> {
    let sponsors = store.sponsors().await?;
    let known: Vec<Slug> = sponsors.iter().map(|s| s.slug.clone()).collect();
    let found = sponsors.into_iter().find(|s| s.slug.as_str() == name);
    found.ok_or_else(|| typed::missing("sponsor", name, &known))
}

/// "There is no campaign …", with those of the sponsor that there are.
pub fn no_campaign(name: &str, campaigns: &[Campaign]) -> Failure {
    let known: Vec<Slug> = campaigns.iter().map(|c| c.slug.clone()).collect();
    let missing = typed::missing("campaign", name, &known);
    match known.is_empty() {
        true => missing.hint("`courant campaign add SPONSOR CAMPAIGN` makes one"),
        false => missing,
    }
}

/// A day as it is typed.
pub fn date(field: &str, text: &str) -> Result<Date, Failure> {
    // jiff would also read a date out of a whole timestamp; only a day is meant here.
    let parsed = (text.len() == 10).then(|| text.parse::<Date>().ok());
    parsed.flatten().ok_or_else(|| {
        let text = typed::short(text, 64);
        Failure::usage(format_args!("`{field} {text}` is no date")).hint("write 2026-12-31")
    })
}
