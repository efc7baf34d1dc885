//! `place`: where subscribers may follow what happens.

mod import;

use std::collections::HashMap;
use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use super::topic::{confirmed, name_for, unknown};
use super::{Exit, Failure, House, show};
use crate::domain::gazetteer::GazetteerPlace;
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
        /// JSON array of slug, name, followers, kind and parent
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
            list(&house, json).await?;
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

/// Places with their followers; those that articles are searched for with kind and parent.
async fn list(house: &House, as_json: bool) -> Result<(), Failure> {
    let followed = house.store.places_followed().await?;
    let gazetteer = house.store.gazetteer().await?.into_iter();
    let gazetteer: HashMap<Slug, GazetteerPlace> =
        gazetteer.map(|place| (place.slug.clone(), place)).collect();
    let places = house.store.places().await?.into_iter().map(|place| {
        let followers = followed.get(&place.slug).copied().unwrap_or(0);
        let listed = gazetteer.get(&place.slug);
        let kind = listed.map(|g| g.kind);
        let parent = listed.and_then(|g| g.parent.clone());
        (place, followers, kind, parent)
    });
    if as_json {
        let row = places.map(|(place, followers, kind, parent)| {
            json!({"slug": place.slug, "name": place.name, "followers": followers,
                   "kind": kind, "parent": parent})
        });
        return show::json(&row.collect::<Vec<_>>());
    }
    let row = places.map(|(place, followers, kind, parent)| {
        vec![
            place.slug.to_string(),
            place.name,
            kind.map(|k| k.to_string()).unwrap_or_default(),
            parent.map(|p| p.to_string()).unwrap_or_default(),
            followers.to_string(),
        ]
    });
    show::table(
        &["place", "name", "kind", "within", "followers"],
        row.collect(),
        "no places yet: `courant place add SLUG NAME` makes one",
    )
}
