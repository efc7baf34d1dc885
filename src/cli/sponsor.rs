//! `sponsor`: who pays for blocks.

mod calendar;
mod desk;
mod report;
mod solve;
mod wave;

use std::path::Path;

use super::{Exit, Failure, House, show, typed};
use crate::domain::slug::Slug;

/// What may be done with sponsors.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Add a sponsor
    Add {
        /// Short name: a-z, 0-9 and -
        slug: String,
        /// The name on the label of its blocks
        name: String,
    },
    /// What is sold of a list's slots, day by day: booked, held, free, in conflict
    Calendar(calendar::Asked),
    /// Show every sponsor
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a sponsor without open flights that no letter has had
    Remove {
        /// Which: its short name
        sponsor: String,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// What a sponsor's flights came to: planned, delivered and returned, day by day
    ///
    /// Sums are the ledger's. Parts of fewer than 20 letters are told together as "other", so that no
    /// reader is known by them.
    Report(report::Asked),
    /// Change the name on the label of a sponsor's blocks
    ///
    /// Letters that leave from now on have it, planned ones too.
    Set {
        /// Which: its short name
        sponsor: String,
        /// name
        key: String,
        /// What to
        value: String,
    },
    /// Show one sponsor with its campaigns and flights
    Show {
        /// Which: its short name
        sponsor: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Plan a wave that is written by hand, for anybody who wants to check it
    ///
    /// The tiers are served in turn, 0 first; what a tier lacks is shared by max-min fairness. It
    /// needs no data folder. Rows of `placements` without any flight are digests without a sponsor:
    /// the rows of a class sum to its count. `gap` is 0 where it is proven that no plan has more.
    Solve(solve::Solve),
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Add { slug, name } => {
            let slug = Slug::parse(&slug)?;
            let name = typed::line("the name", &name, 80)?;
            let house = House::open(home).await?;
            let now = house.clock.now();
            house.store.sponsor_add(&slug, &name, now).await?;
            show::note(&format!("added the sponsor `{slug}` ({name})"));
            show::note(&format!(
                "next: courant flight add {slug} FLIGHT --list LIST --booked N --from DATE --to DATE"
            ));
        }
        Verb::Calendar(asked) => calendar::run(&asked, home).await?,
        Verb::Remove { sponsor, yes } => return desk::remove(&sponsor, yes, home).await,
        Verb::Set {
            sponsor,
            key,
            value,
        } => desk::set(&sponsor, (&key, &value), home).await?,
        Verb::Show { sponsor, json } => desk::one(&sponsor, json, home).await?,
        Verb::Report(asked) => report::run(&asked, home).await?,
        Verb::Solve(args) => return solve::run(&args),
        Verb::List { json } => {
            let house = House::open(home).await?;
            let sponsors = house.store.sponsors().await?;
            if json {
                show::json(&sponsors)?;
            } else {
                let rows = sponsors
                    .into_iter()
                    .map(|s| vec![s.slug.to_string(), s.name]);
                show::table(
                    &["sponsor", "name"],
                    rows.collect(),
                    "there is no sponsor yet",
                )?;
            }
        }
    }
    Ok(Exit::Done)
}
