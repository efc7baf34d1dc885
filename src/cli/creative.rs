//! `creative`: a flight's texts, one or more in each size.

use std::path::Path;

use super::{Exit, Failure, House, flight, show, typed};
use crate::domain::sponsor::{CreativeSize, check_creative};
use crate::store::NewCreative;

/// What may be done with creatives.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Add a text to a flight
    ///
    /// Sizes are XS (a name, 24 characters), S (60), M (140) and L (300). Each slot takes the largest
    /// that fits the letter, so a flight with several sizes stands in more letters.
    Add {
        /// Its flight, as SPONSOR/FLIGHT
        flight: String,
        /// XS, S, M or L
        #[arg(long)]
        size: String,
        /// One line of plain text
        #[arg(long)]
        text: String,
        /// Where it leads: an https link
        #[arg(long)]
        url: String,
        /// A line above the text, up to 60 characters; size L only
        #[arg(long)]
        headline: Option<String>,
    },
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let Verb::Add {
        flight,
        size,
        text,
        url,
        headline,
    } = verb;
    let size = CreativeSize::parse(&size)?;
    check_creative(size, &text, &url)?;
    let headline = match headline {
        Some(_) if size != CreativeSize::L => {
            return Err(Failure::usage(format_args!(
                "size {size} has no headline, only L has one"
            )));
        }
        Some(headline) => Some(typed::line("the headline", &headline, 60)?),
        None => None,
    };
    let house = House::open(home).await?;
    let found = flight::by_name(&house.store, &flight).await?;
    let new = NewCreative {
        flight: found.id,
        size,
        headline,
        text,
        url,
        button: None,
        approved: true,
    };
    let id = house.store.creative_add(&new, house.clock.now()).await?;
    show::note(&format!("added creative {id} in size {size} to `{flight}`"));
    Ok(Exit::Done)
}
