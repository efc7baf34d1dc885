//! `place`: where subscribers may follow what happens.

mod import;

use std::path::Path;

use clap::Subcommand;

use super::topic::{confirmed, listed, name_for, unknown};
use super::{Exit, Failure, House, show};
use crate::domain::slug::Slug;

/// What may be done with places.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Offer a place
    Add {
        /// Short name, kept in articles and terms: a-z, 0-9 and -
        slug: String,
        /// The words that readers see (default: made from the short name)
        name: Option<String>,
    },
    /// Take in a list of places, which are then looked for in articles
    ///
    /// CSV with the columns name, kind (town, county, state, nation), slug, parent, aliases (parted by
    /// |), ambiguous, latitude, longitude, or JSON objects with these keys, one a line. name and kind
    /// are needed. Places of the same short name are set to what is given. An ambiguous one needs a
    /// second clue in the text. A story of a town is a story of the county, state and nation that
    /// hold it.
    Import(import::Import),
    /// Every place, with how many subscriptions follow it
    List {
        /// JSON array of slug, name and followers
        #[arg(long)]
        json: bool,
    },
    /// Take a place off offer
    ///
    /// Articles and terms that name it keep it; adding it again brings it back.
    Remove {
        /// Which place
        slug: String,
        /// Although it is followed
        #[arg(long)]
        yes: bool,
    },
}

/// Runs a verb of `place`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let store = &house.store;
    match verb {
        Verb::Import(args) => return import::run(&args, &house).await,
        Verb::Add { slug, name } => {
            let slug = Slug::parse(&slug)?;
            let name = name_for(&slug, name)?;
            store.place_add(&slug, &name).await?;
            show::note(&format!("added place `{slug}`, shown as “{name}”"));
        }
        Verb::List { json } => {
            let followed = store.places_followed().await?;
            let places = store.places().await?.into_iter().map(|p| {
                let followers = followed.get(&p.slug).copied().unwrap_or(0);
                (p.slug, p.name, followers)
            });
            listed(places.collect(), json, "place")?;
        }
        Verb::Remove { slug, yes } => {
            let slug = Slug::parse(&slug)?;
            let places: Vec<_> = store.places().await?.into_iter().map(|p| p.slug).collect();
            let followed = store.places_followed().await?;
            let followers = followed.get(&slug).copied().unwrap_or(0);
            confirmed("place", &slug, places.contains(&slug), followers, yes)?;
            if let Err(e) = store.place_remove(&slug, house.clock.now()).await {
                return Err(unknown(e, &slug, places, "place"));
            }
            show::note(&format!("removed place `{slug}`"));
        }
    }
    Ok(Exit::Done)
}
