//! `topic`: the subjects that subscribers may follow.

mod classify;
mod labelled;
mod models;
mod relabel;
mod rows;
mod rule;
mod train;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;

use super::{Exit, Failure, House, show};
use crate::domain::nearest;
use crate::domain::slug::Slug;
use crate::store::StoreError;

/// What may be done with topics.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Offer a topic
    Add {
        /// Short name, kept in articles and terms: a-z, 0-9 and -
        slug: String,
        /// The words that readers see (default: made from the short name)
        name: Option<String>,
    },
    /// Every topic, with how many subscriptions follow it
    List {
        /// JSON array of slug, name and followers
        #[arg(long)]
        json: bool,
    },
    /// Change the words that readers see; the short name stays
    Rename {
        /// Which topic
        slug: String,
        /// The new words
        name: String,
    },
    /// Take a topic off offer
    ///
    /// Articles and terms that name it keep it; adding it again brings it back.
    Remove {
        /// Which topic
        slug: String,
        /// Although it is followed
        #[arg(long)]
        yes: bool,
    },
    /// Boolean rules that give articles their topics
    #[command(subcommand)]
    Rule(rule::Verb),
    /// Label stored articles anew, by the rules, places and settings of now
    ///
    /// What an editor said of an article stays. Waves that are frozen already keep what they have. Texts
    /// stay as they were stored: clean-up rules of sources are for what is fetched or handed in.
    Relabel(relabel::Relabel),
    /// Learn topics from texts that have them: a new version of this folder's topic model
    ///
    /// From a file, which needs nothing else, or from editors’ labels. How good the model is, is
    /// measured on texts held out from it; the order of the rows changes nothing.
    Train(train::Train),
    /// Say which topics texts have, how likely, and by which words
    ///
    /// From .80 on a topic is given without asking, from .50 on it is suggested, below it is queued.
    /// A score is a probability, learnt from texts that were held out from the model.
    Classify {
        /// One JSON object a line: id, title, text; - is stdin
        file: PathBuf,
        /// One JSON object a line: id, topic, score, topics
        #[arg(long)]
        json: bool,
    },
    /// The versions of the topic model, how good each is, and the topics of one with their top words
    Model {
        /// The version whose topics are shown (default: the one in use)
        version: Option<u32>,
        /// Use this version from now on
        #[arg(long = "use", value_name = "VERSION", conflicts_with_all = ["json", "version"])]
        number: Option<u32>,
        /// JSON array of the versions
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `topic`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    // Those that need no data folder in order.
    match &verb {
        Verb::Train(args) => return train::run(args, home).await,
        Verb::Classify { file, json } => return classify::run(file, *json, home),
        Verb::Model {
            version,
            number,
            json,
        } => return models::run(*version, *number, *json, home),
        _ => {}
    }
    let house = House::open(home).await?;
    let store = &house.store;
    match verb {
        Verb::Rule(verb) => return rule::run(verb, &house).await,
        Verb::Relabel(args) => return relabel::run(&args, &house).await,
        Verb::Add { slug, name } => {
            let slug = Slug::parse(&slug)?;
            let name = name_for(&slug, name)?;
            let added = store.topic_add(&slug, &name).await;
            added.map_err(|e| {
                Failure::from(e).hint(format!("`courant topic rename {slug} NAME` renames it"))
            })?;
            show::note(&format!("added topic `{slug}`, shown as “{name}”"));
        }
        Verb::List { json } => {
            let followed = store.topics_followed().await?;
            let topics = store.topics().await?.into_iter().map(|t| {
                let followers = followed.get(&t.slug).copied().unwrap_or(0);
                (t.slug, t.name, followers)
            });
            listed(topics.collect(), json, "topic")?;
        }
        Verb::Rename { slug, name } => {
            let slug = Slug::parse(&slug)?;
            let name = name_for(&slug, Some(name))?;
            if let Err(e) = store.topic_rename(&slug, &name).await {
                return Err(unknown(e, &slug, known(&house).await?, "topic"));
            }
            show::note(&format!("topic `{slug}` is now shown as “{name}”"));
        }
        Verb::Remove { slug, yes } => {
            let slug = Slug::parse(&slug)?;
            let topics = known(&house).await?;
            let followers = store.topic_followers(&slug).await?;
            confirmed("topic", &slug, topics.contains(&slug), followers, yes)?;
            if let Err(e) = store.topic_remove(&slug, house.clock.now()).await {
                return Err(unknown(e, &slug, topics, "topic"));
            }
            show::note(&format!("removed topic `{slug}`"));
        }
        Verb::Train(_) | Verb::Classify { .. } | Verb::Model { .. } => {}
    }
    Ok(Exit::Done)
}

async fn known(house: &House) -> Result<Vec<Slug>, Failure> {
    let topics = house.store.topics().await?;
    Ok(topics.into_iter().map(|t| t.slug).collect())
}

/// The words that readers see: as given, else out of the short name (`city-hall`: “City hall”).
pub(super) fn name_for(slug: &Slug, name: Option<String>) -> Result<String, Failure> {
    let Some(name) = name else {
        let mut words = slug.as_str().replace('-', " ");
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        return Ok(words);
    };
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        return Err(
            Failure::usage("a name takes 1 to 60 characters, in one line")
                .hint("leave it out to have it made from the short name"),
        );
    }
    Ok(name)
}

/// Shows (slug, name, followers).
pub(super) fn listed(
    rows: Vec<(Slug, String, i64)>,
    json: bool,
    noun: &str,
) -> Result<(), Failure> {
    if json {
        let row = |(slug, name, n): &(Slug, String, i64)| json!({"slug": slug, "name": name, "followers": n});
        return show::json(&rows.iter().map(row).collect::<Vec<_>>());
    }
    let row = |(slug, name, n): (Slug, String, i64)| vec![slug.to_string(), name, n.to_string()];
    show::table(
        &[noun, "name", "followers"],
        rows.into_iter().map(row).collect(),
        &format!("no {noun}s yet: `courant {noun} add SLUG NAME` makes one"),
    )
}

/// Refuses to remove what is followed, unless told so.
pub(super) fn confirmed(
    noun: &str,
    slug: &Slug,
    on_offer: bool,
    followers: i64,
    yes: bool,
) -> Result<(), Failure> {
    if !on_offer || followers == 0 || yes {
        return Ok(());
    }
    let followers = show::count(followers, "subscription");
    Err(
        Failure::failed(format!("{noun} `{slug}` is followed by {followers}")).hint(format!(
            "`courant {noun} remove {slug} --yes` takes it off offer all the same"
        )),
    )
}

/// What is not there, with what was perhaps meant.
pub(super) fn unknown(error: StoreError, slug: &Slug, known: Vec<Slug>, noun: &str) -> Failure {
    let hint = meant(slug.as_str(), &known, noun);
    match error {
        StoreError::NotFound { .. } => Failure::from(error).hint(hint),
        other => other.into(),
    }
}

/// The nearest of the known, else all of them, else how to make one.
pub(super) fn meant(word: &str, known: &[Slug], noun: &str) -> String {
    let names: Vec<&str> = known.iter().map(Slug::as_str).take(40).collect();
    match nearest(word, known.iter().map(Slug::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("`courant {noun} add SLUG` makes one"),
        None => format!("the {noun}s are {}", names.join(", ")),
    }
}
