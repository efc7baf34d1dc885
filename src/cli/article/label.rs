//! `article label`: an editor's word on an article's topics and places; it stays, whatever the source
//! brings later.

use std::path::Path;

use clap::Args;

use super::of;
use crate::cli::topic::meant;
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::{Article, PlaceEvidence, TopicWeight};
use crate::domain::labels::{Authority, Said};
use crate::domain::slug::Slug;
use crate::ingest::Annotator;
use crate::store::{About, Word};

/// What `article label` takes.
#[derive(Args, Debug)]
pub struct LabelArgs {
    /// Its number or its URL
    article: String,
    /// A topic that it has, and no other than those that are named here; may be repeated
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// A place that it has, and no other than those that are named here; may be repeated
    #[arg(long, value_name = "PLACE")]
    place: Vec<String>,
    /// It has no topic
    #[arg(long, conflicts_with = "topic")]
    no_topic: bool,
    /// It has no place
    #[arg(long, conflicts_with = "place")]
    no_place: bool,
    /// It has the topics that the classifier proposes, beside those that others say
    #[arg(long, conflicts_with_all = ["topic", "no_topic", "refuse"])]
    accept: bool,
    /// It has none of the classifier’s topics, only those that others say
    #[arg(long, conflicts_with_all = ["topic", "no_topic"])]
    refuse: bool,
    /// Take back what was said last, of topics or places
    #[arg(long, conflicts_with_all = ["topic", "place", "no_topic", "no_place", "accept", "refuse"])]
    undo: bool,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
}

pub(super) async fn run(args: &LabelArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let house = House::open(home).await?;
    let article = of(&house.store, &args.article).await?;
    if args.undo {
        return undo(&house, &article, &by).await;
    }
    let mut words = Vec::new();
    if args.no_topic || !args.topic.is_empty() {
        words.push(topics(&house, &args.topic).await?);
    }
    if args.accept || args.refuse {
        words.push(answered(&house, &article, args.accept).await?);
    }
    if args.no_place || !args.place.is_empty() {
        words.push(places(&house, &args.place, &by).await?);
    }
    if words.is_empty() {
        return Err(Failure::usage("nothing is said of it").hint(
            "`--topic TOPIC`, `--accept` or `--refuse` what is proposed, `--place PLACE`, `--no-topic`, \
             `--no-place`, or `--undo` takes back",
        ));
    }
    let now = house.clock.now();
    for word in &words {
        let kept = house.store.article_word(article.id, word, &by, now);
        kept.await?;
    }
    told(&house, &article).await
}

async fn topics(house: &House, names: &[String]) -> Result<Word, Failure> {
    let mut topics: Vec<TopicWeight> = Vec::new();
    for name in names {
        let topic = typed::topic(&house.store, name).await?;
        if topics.iter().all(|t| t.topic != topic) {
            topics.push(TopicWeight {
                topic,
                weight: 1000,
            });
        }
    }
    Ok(Word::Topics { topics })
}

/// The classifier’s topics taken, or not, beside those that others say. A default only stands in for
/// topics, so that it gives way to those that are accepted.
async fn answered(house: &House, article: &Article, accept: bool) -> Result<Word, Failure> {
    let labels = house.store.article_said(article.id).await?.labels;
    let all = labels.map(|l| l.topics).unwrap_or_default();
    if all.iter().all(|s| s.by != Authority::Classifier) {
        let words = format!("nothing is proposed for article {}", article.id);
        return Err(Failure::failed(words)
            .hint("`courant article list --suggested` shows where something is; `--topic TOPIC` names one"));
    }
    let stays = |said: &&Said| match said.by {
        Authority::Classifier => accept,
        Authority::Default => said.held && !accept,
        _ => said.held,
    };
    let topic = |said: &Said| TopicWeight {
        topic: said.slug.clone(),
        weight: match said.by {
            Authority::Classifier => 1000,
            _ => said.score.clamp(1, 1000),
        },
    };
    let topics = all.iter().filter(stays).map(topic).collect();
    Ok(Word::Topics { topics })
}

async fn places(house: &House, names: &[String], by: &str) -> Result<Word, Failure> {
    let known: Vec<Slug> = house
        .store
        .places()
        .await?
        .into_iter()
        .map(|p| p.slug)
        .collect();
    let annotator = Annotator::load(&house.store).await?;
    let mut places: Vec<PlaceEvidence> = Vec::new();
    for name in names {
        let found = known.iter().find(|p| p.as_str() == name);
        let place = found.ok_or_else(|| {
            let shown = typed::short(name, 64);
            Failure::failed(format!("there is no place `{shown}`"))
                .hint(meant(name, &known, "place"))
        })?;
        for one in annotator.named(place, by) {
            if places.iter().all(|p| p.place != one.place) {
                places.push(one);
            }
        }
    }
    Ok(Word::Places { places })
}

async fn undo(house: &House, article: &Article, by: &str) -> Result<Exit, Failure> {
    let said = house.store.article_said(article.id).await?;
    let mut words = said.words.iter().rev();
    let Some(word) = words.find(|w| w.word.about() != About::Risk) else {
        let words = format!("nobody said anything of article {}", article.id);
        return Err(Failure::failed(words).hint(format!(
            "`courant article show {}` shows who labelled it",
            article.id
        )));
    };
    let now = house.clock.now();
    house
        .store
        .article_word_undo(article.id, word, by, now)
        .await?;
    let about = word.word.about();
    show::note(&format!("took back what {} said of its {about}", word.by));
    told(house, article).await
}

/// What the article has now.
async fn told(house: &House, article: &Article) -> Result<Exit, Failure> {
    let now = house.store.article(article.id).await?;
    let topics: Vec<&str> = now.topics.iter().map(|t| t.topic.as_str()).collect();
    let places: Vec<&str> = now.places.iter().map(|p| p.place.as_str()).collect();
    let or_none = |slugs: Vec<&str>| match slugs.is_empty() {
        true => "none".to_owned(),
        false => slugs.join(" "),
    };
    show::note(&format!(
        "`{}` (article {}) has the topics {} and the places {}",
        now.text.headline,
        now.id,
        or_none(topics),
        or_none(places)
    ));
    show::note("waves that are frozen already keep what they have");
    Ok(Exit::Done)
}
