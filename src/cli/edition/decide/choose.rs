//! `edition move`, `image`, `order` and `ban`: where a story stands, with which picture, which topics come
//! first, and what is kept out of how much.

use clap::{Args, ValueEnum};

use super::write::{WhoArgs, write};
use super::{StoryArgs, about, decide};
use crate::cli::edition::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, typed};
use crate::domain::edition::{DecisionKind, LAST_PLACE, NO_PICTURE};

/// What `move` takes.
#[derive(Args, Debug)]
pub struct MoveArgs {
    #[command(flatten)]
    story: StoryArgs,
    /// Its place in its section, from 1
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    place: Option<u16>,
}

/// What `image` takes.
#[derive(Args, Debug)]
pub struct ImageArgs {
    #[command(flatten)]
    story: StoryArgs,
    /// `none`, or another article of the story whose picture it takes: its id or its URL
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    picture: Option<String>,
}

/// What `order` takes.
#[derive(Args, Debug)]
pub struct OrderArgs {
    #[command(flatten)]
    which: Which,
    /// Topics, the first one first
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    topics: Vec<String>,
    #[command(flatten)]
    who: WhoArgs,
}

/// How much a ban is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// This edition
    Edition,
    /// Every edition of the list on that day
    Day,
    /// All that the article's source brings to this edition
    Source,
}

/// What `ban` takes.
#[derive(Args, Debug)]
pub struct BanArgs {
    #[command(flatten)]
    story: StoryArgs,
    /// What is kept out, and of how much
    #[arg(long, value_enum, default_value_t = Scope::Edition)]
    scope: Scope,
}

/// Moves a story within its section.
pub(in crate::cli::edition) async fn place(
    house: &House,
    args: &MoveArgs,
) -> Result<Exit, Failure> {
    if let Some(place) = args.place.filter(|p| !(1..=LAST_PLACE).contains(p)) {
        let words = format!("{place} is no place from 1 to {LAST_PLACE}");
        return Err(Failure::usage(words).hint("1 is the top of its section"));
    }
    let place = args.place.map(|place| place.to_string());
    decide(house, DecisionKind::Move, &args.story, place).await
}

/// Gives a story another picture of its own, or none.
pub(in crate::cli::edition) async fn image(
    house: &House,
    args: &ImageArgs,
) -> Result<Exit, Failure> {
    let text = match args.picture.as_deref() {
        None => None,
        Some(NO_PICTURE) => Some(NO_PICTURE.to_owned()),
        Some(other) => {
            let shelf = Shelf::open(house, &args.story.which).await?;
            let story = about::article(house, &shelf, &args.story.article).await?;
            let other = about::article(house, &shelf, other).await?;
            let (id, story_id) = (other.id, story.story);
            if other.story != story_id {
                let words = format!("article {id} tells another story, not story {story_id}");
                return Err(Failure::failed(words).hint(format!(
                    "`courant story show {story_id}` shows its articles"
                )));
            }
            if other.text.image.is_none() {
                let words = format!("article {id} has no picture");
                return Err(Failure::failed(words).hint("`none` takes the picture away"));
            }
            Some(id.to_string())
        }
    };
    decide(house, DecisionKind::Image, &args.story, text).await
}

/// Puts topics first.
pub(in crate::cli::edition) async fn order(
    house: &House,
    args: &OrderArgs,
) -> Result<Exit, Failure> {
    let mut topics: Vec<String> = Vec::new();
    for name in &args.topics {
        let topic = typed::topic(&house.store, name).await?.to_string();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    let text = (!args.who.undo).then(|| topics.join(" "));
    write(
        house,
        &args.which,
        DecisionKind::Order,
        text,
        None,
        &args.who,
    )
    .await
}

/// Keeps a story, or a source, out.
pub(in crate::cli::edition) async fn ban(house: &House, args: &BanArgs) -> Result<Exit, Failure> {
    let story = &args.story;
    match args.scope {
        Scope::Edition => decide(house, DecisionKind::Ban, story, None).await,
        Scope::Source => {
            let shelf = Shelf::open(house, &story.which).await?;
            let article = about::article(house, &shelf, &story.article).await?;
            let text = (!story.undo).then(|| article.source.to_string());
            decide(house, DecisionKind::BanSource, story, text).await
        }
        Scope::Day => {
            let shelf = Shelf::open(house, &story.which).await?;
            for which in of_day(house, &shelf).await? {
                let one = StoryArgs {
                    which,
                    article: story.article.clone(),
                    by: story.by.clone(),
                    undo: story.undo,
                };
                decide(house, DecisionKind::Ban, &one, None).await?;
            }
            Ok(Exit::Done)
        }
    }
}

/// Every edition of the day of the one that is meant which a ban still reaches, by its name.
async fn of_day(house: &House, shelf: &Shelf) -> Result<Vec<Which>, Failure> {
    let meant = about::edition(house, shelf, DecisionKind::Ban, false).await?;
    let named = |cadence: &str, run: &str| Which {
        list: shelf.list.slug.to_string(),
        run: Some(run.to_owned()),
        cadence: Some(cadence.to_owned()),
    };
    let own = named(meant.cadence_name.as_str(), &meant.run.to_string());
    let others = |issue: &&Issue| {
        let other = issue.cadence.id != meant.cadence || issue.run != meant.run;
        other && issue.run.date() == meant.run.date() && !issue.coming.is_empty()
    };
    let others = shelf.issues.iter().filter(others);
    let others = others.map(|i| named(i.cadence.name.as_str(), &i.run.to_string()));
    Ok(std::iter::once(own).chain(others).collect())
}
