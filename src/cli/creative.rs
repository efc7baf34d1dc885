//! `creative`: a flight's texts, one or more in each size.

use std::path::Path;

use serde_json::{Value, json};

use super::{Exit, Failure, House, flight, show, typed};
use crate::domain::CreativeId;
use crate::domain::sponsor::{Creative, CreativeSize, CreativeState, check_creative};
use crate::store::NewCreative;

/// What may be done with creatives.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Add a text to a flight
    ///
    /// Sizes are XS (a name, 24 characters), S (60), M (140) and L (300). Each slot takes the largest
    /// that fits the letter, so a flight with several sizes stands in more letters. It may be printed
    /// at once; with --proposed it waits for `creative approve`. A text is replaced, never edited: add
    /// another, and retire this one.
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
        /// The words of its button, up to 24 characters, in the place of the link's site; size L only
        #[arg(long)]
        button: Option<String>,
        /// Not printed before it is approved
        #[arg(long)]
        proposed: bool,
    },
    /// Let a proposed text be printed
    Approve {
        /// Its number, as `creative list` shows it
        id: i64,
    },
    /// Show the texts of a flight, retired ones too
    List {
        /// Its flight, as SPONSOR/FLIGHT
        flight: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a text out of what is planned from now on
    ///
    /// Letters that are planned with it keep it; `flight pause` stops a flight.
    Retire {
        /// Its number, as `creative list` shows it
        id: i64,
    },
    /// Show one text
    Show {
        /// Its number, as `creative list` shows it
        id: i64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Approve { id } => approve(id, home).await?,
        Verb::List { flight, json } => list(&flight, json, home).await?,
        Verb::Retire { id } => retire(id, home).await?,
        Verb::Show { id, json } => one(id, json, home).await?,
        Verb::Add {
            flight,
            size,
            text,
            url,
            headline,
            button,
            proposed,
        } => {
            let extras = (headline, button);
            add(&flight, &size, (text, url), extras, proposed, home).await?;
        }
    }
    Ok(Exit::Done)
}

async fn add(
    flight: &str,
    size: &str,
    (text, url): (String, String),
    (headline, button): (Option<String>, Option<String>),
    proposed: bool,
    home: Option<&Path>,
) -> Result<(), Failure> {
    let size = CreativeSize::parse(size)?;
    check_creative(size, &text, &url)?;
    let headline = large(size, "headline", headline, 60)?;
    let button = large(size, "button", button, 24)?;
    let house = House::open(home).await?;
    let found = flight::by_name(&house.store, flight).await?;
    let new = NewCreative {
        flight: found.id,
        size,
        headline,
        text,
        url,
        button,
        approved: !proposed,
    };
    let id = house.store.creative_add(&new, house.clock.now()).await?;
    show::note(&format!("added creative {id} in size {size} to `{flight}`"));
    if proposed {
        show::note(&format!(
            "it is not printed before `courant creative approve {id}`"
        ));
    }
    Ok(())
}

/// What only the largest size has.
fn large(
    size: CreativeSize,
    what: &str,
    text: Option<String>,
    most: usize,
) -> Result<Option<String>, Failure> {
    match text {
        Some(_) if size != CreativeSize::L => Err(Failure::usage(format_args!(
            "size {size} has no {what}, only L has one"
        ))),
        Some(text) => typed::line(&format!("the {what}"), &text, most).map(Some),
        None => Ok(None),
    }
}

async fn approve(id: i64, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let creative = by_id(&house, id).await?;
    match creative.state {
        CreativeState::Approved => show::note(&format!("creative {id} is approved already")),
        CreativeState::Retired => return Err(retired(id)),
        CreativeState::Proposed => {
            let now = house.clock.now();
            if !house.store.creative_approve(creative.id, now).await? {
                return Err(retired(id));
            }
            show::note(&format!("creative {id} may be printed"));
        }
    }
    Ok(())
}

async fn retire(id: i64, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let creative = by_id(&house, id).await?;
    let words = match house
        .store
        .creative_retire(creative.id, house.clock.now())
        .await?
    {
        true => "is retired: letters that are planned with it keep it",
        false => "is retired already",
    };
    show::note(&format!("creative {id} {words}"));
    Ok(())
}

async fn list(name: &str, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let flight = flight::by_name(&house.store, name).await?;
    let creatives = house.store.flight_creatives(flight.id).await?;
    if json {
        return show::json(&creatives.iter().map(as_json).collect::<Vec<_>>());
    }
    let row = |c: &Creative| {
        vec![
            c.id.to_string(),
            c.size.to_string(),
            c.state.to_string(),
            typed::short(&c.text, 60),
            typed::short(&c.url, 60),
        ]
    };
    show::table(
        &["creative", "size", "state", "text", "link"],
        creatives.iter().map(row).collect(),
        &format!("it has none yet: courant creative add {name} --size S --text … --url https://…"),
    )
}

async fn one(id: i64, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let creative = by_id(&house, id).await?;
    if json {
        return show::json(&as_json(&creative));
    }
    let none = || "none".to_owned();
    show::pairs(&[
        ("creative", id.to_string()),
        ("size", creative.size.to_string()),
        ("state", creative.state.to_string()),
        ("headline", creative.headline.unwrap_or_else(none)),
        ("text", creative.text),
        ("button", creative.button.unwrap_or_else(none)),
        ("legal line", creative.legal.unwrap_or_else(none)),
        ("link", creative.url),
    ])
}

fn as_json(creative: &Creative) -> Value {
    json!({
        "id": creative.id,
        "size": creative.size,
        "state": creative.state,
        "headline": creative.headline,
        "text": creative.text,
        "button": creative.button,
        "url": creative.url,
        "legal": creative.legal,
    })
}

async fn by_id(house: &House, id: i64) -> Result<Creative, Failure> {
    let id = CreativeId(id);
    let found = house.store.creatives(&[id]).await?.remove(&id);
    found.ok_or_else(|| {
        Failure::failed(format_args!("there is no creative {id}"))
            .hint("`courant creative list SPONSOR/FLIGHT` shows them")
    })
}

fn retired(id: i64) -> Failure {
    Failure::failed(format_args!("creative {id} is retired"))
        .hint("a text is replaced, never brought back: `courant creative add` adds another")
}
