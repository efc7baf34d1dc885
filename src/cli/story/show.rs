//! `story show`: a story's articles and why they are in it, who stands for it in which list, what it
//! names, which editions brought it, and what editors said.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::{Value, json};

use super::{Known, bearing, said};
use crate::cli::edition::{Shelf, Which};
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::ArticleId;
use crate::domain::article::{Article, dated};
use crate::domain::list::List;
use crate::domain::time::format_rfc3339;
use crate::select::Precedence;
use crate::store::stories::{Reach, Told, Why};
use crate::store::story_words::StoryWord;
use crate::stories::names;

/// Names that are shown.
const NAMES: usize = 12;

/// What `story show` takes.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// Its number, or one of its articles: article:4711, or a URL
    story: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Who stands for the story in a list.
struct Stands {
    list: String,
    /// The edition that it would be for, if somebody is due for one.
    issue: Option<String>,
    by: Option<(ArticleId, Precedence)>,
}

pub(super) async fn run(house: &House, args: &ShowArgs) -> Result<Exit, Failure> {
    let story = super::of(&house.store, &args.story).await?;
    let why = house.store.story_told(story.id).await?;
    let words = house.store.story_words(story.id).await?;
    let stands = stands(house, &story).await?;
    let reach = bearing::reach(house, &[&story]).await?;
    let named = named(&story);
    if args.json {
        show::json(&as_json(&story, &why, &words, &stands, &reach, &named))?;
        return Ok(Exit::Done);
    }
    head(&story, &named)?;
    show::line("")?;
    articles(&story, &why)?;
    show::line("")?;
    for stand in &stands {
        show::line(&standing(stand))?;
    }
    brought(&reach)?;
    said_of_it(&words)?;
    Ok(Exit::Done)
}

/// In each list that takes from one of its sources.
async fn stands(house: &House, story: &Known) -> Result<Vec<Stands>, Failure> {
    let mut out = Vec::new();
    let press = parts::press(house)?;
    for list in lists(house, story).await? {
        let which = Which {
            list: list.slug.to_string(),
            run: None,
            cadence: None,
        };
        let shelf = Shelf::open(house, &which).await?;
        let next = shelf.next();
        let edition = next.and_then(|issue| issue.edition.as_ref());
        let now = house.clock.now();
        out.push(Stands {
            by: press.represented(&list, edition, story.id, now).await?,
            issue: next.map(|issue| issue.name()),
            list: list.slug.to_string(),
        });
    }
    Ok(out)
}

/// The lists that take from a source of the story.
pub(super) async fn lists(house: &House, story: &Known) -> Result<Vec<List>, Failure> {
    let mut takes = BTreeSet::new();
    let sources: BTreeSet<_> = story.articles.iter().map(|a| a.source).collect();
    for source in sources {
        takes.extend(house.store.source_lists(source).await?);
    }
    let mut lists = house.store.lists().await?;
    lists.retain(|l| takes.contains(&l.id));
    Ok(lists)
}

/// What the story names, each with how many of its articles.
fn named(story: &Known) -> Vec<(String, usize)> {
    let texts = story.articles.iter().map(|a| {
        let body = a.text.body.as_deref().unwrap_or_default();
        match body.len() > a.text.summary.len() {
            true => body,
            false => a.text.summary.as_str(),
        }
    });
    names(texts, NAMES)
}

/// Labels of its articles, each with how many have it, the most frequent first.
fn labels<'a>(of: impl Iterator<Item = &'a str>) -> Vec<(&'a str, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    of.for_each(|label| *counts.entry(label).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(label, n)| (std::cmp::Reverse(*n), *label));
    counts
}

fn topics(story: &Known) -> Vec<(&str, usize)> {
    let all = story.articles.iter().flat_map(|a| &a.topics);
    labels(all.map(|t| t.topic.as_str()))
}

fn places(story: &Known) -> Vec<(&str, usize)> {
    let all = story.articles.iter().flat_map(|a| &a.places);
    labels(all.map(|p| p.place.as_str()))
}

fn head(story: &Known, named: &[(String, usize)]) -> Result<(), Failure> {
    fn counted<T: std::fmt::Display>(of: &[(T, usize)]) -> String {
        let one = |(what, n): &(T, usize)| match n {
            1 => what.to_string(),
            n => format!("{what} ({n})"),
        };
        match of.is_empty() {
            true => "none".to_owned(),
            false => of.iter().map(one).collect::<Vec<_>>().join(", "),
        }
    }
    let dates = || {
        story
            .articles
            .iter()
            .map(|a| dated(a.published, a.first_seen))
    };
    let outlets: BTreeSet<&str> = story
        .articles
        .iter()
        .map(|a| a.source_name.as_str())
        .collect();
    let span = |at: Option<_>| typed::shown_or(at, "");
    show::line(&story.name())?;
    show::pairs(&[
        ("first told", span(dates().min())),
        ("last told", span(dates().max())),
        (
            "reported by",
            outlets.into_iter().collect::<Vec<_>>().join(", "),
        ),
        ("topics", counted(&topics(story))),
        ("places", counted(&places(story))),
        ("names", counted(named)),
    ])
}

fn articles(story: &Known, why: &Why) -> Result<(), Failure> {
    let row = |a: &Article| {
        vec![
            a.id.to_string(),
            typed::shown(dated(a.published, a.first_seen)),
            a.source_name.clone(),
            came(why.get(&a.id)),
            typed::short(&a.text.headline, 80),
        ]
    };
    let rows = story.articles.iter().map(row).collect();
    let headers = ["article", "dated", "source", "why", "headline"];
    show::table(&headers, rows, "it has no articles")
}

/// Why an article is in its story, for people.
fn came(told: Option<&Told>) -> String {
    let Some(told) = told else {
        return "not known".to_owned();
    };
    let of = told
        .of
        .map_or("another one".to_owned(), |of| of.to_string());
    let share = |share: u16| (f64::from(share) / 10.0).round();
    match (told.by.as_str(), told.share) {
        ("new", _) => "opened it".to_owned(),
        ("url", _) => format!("same page as {of}"),
        ("title", _) => format!("same headline as {of}"),
        ("copy", Some(n)) => format!("copy of {of}: {} % of the words", share(n)),
        ("copy", None) => format!("copy of {of}"),
        ("cluster", Some(n)) => {
            format!("tells what {of} tells: likeness .{:02}", share(n).min(99.0))
        }
        ("cluster", None) => format!("tells what {of} tells"),
        (other, _) => other.to_owned(),
    }
}

fn standing(stands: &Stands) -> String {
    let (list, issue) = (&stands.list, stands.issue.as_deref());
    let issue = issue.unwrap_or("the next edition");
    match stands.by {
        None => format!("{list}: {issue} would bring none of it now"),
        Some((article, by)) => {
            format!(
                "{list}: article {article} stands for it in {issue}: {}",
                because(by)
            )
        }
    }
}

fn because(by: Precedence) -> &'static str {
    match by {
        Precedence::Only => "no other one may",
        Precedence::Named => "an editor named it",
        Precedence::Age => "it is of the window, the others are older",
        Precedence::Original => "it is the publisher's own, others point there",
        Precedence::Quality => "its source is the better one",
        Precedence::Earliest => "it is the earliest",
        Precedence::Longer => "it is the longest",
        Precedence::First => "it came in first",
    }
}

fn brought(reach: &Reach) -> Result<(), Failure> {
    if reach.editions.is_empty() {
        return show::line("no edition brought it yet");
    }
    for of in &reach.editions {
        let digests: i64 = of.digests.values().sum();
        let digests = show::count(digests, "digest");
        show::line(&format!(
            "{} {} {}: in {digests}",
            of.list, of.cadence, of.run
        ))?;
    }
    Ok(())
}

fn said_of_it(words: &[StoryWord]) -> Result<(), Failure> {
    for word in words {
        let back = if word.undone { " (taken back)" } else { "" };
        let moved = show::count(word.articles.len() as i64, "article");
        let (id, at) = (word.id, typed::shown(word.at));
        show::line(&format!("word {id}: {}, {moved}, {at}{back}", said(word)))?;
    }
    Ok(())
}

fn as_json(
    story: &Known,
    why: &Why,
    words: &[StoryWord],
    stands: &[Stands],
    reach: &Reach,
    named: &[(String, usize)],
) -> Value {
    let article = |a: &Article| {
        let told = why.get(&a.id);
        json!({
            "article": a.id, "source": a.source_name, "url": a.url, "headline": a.text.headline,
            "dated": format_rfc3339(dated(a.published, a.first_seen)),
            "by": told.map(|t| &t.by), "of": told.and_then(|t| t.of),
            "share": told.and_then(|t| t.share), "since": told.map(|t| format_rfc3339(t.since)),
        })
    };
    let stand = |s: &Stands| {
        json!({
            "list": s.list, "edition": s.issue, "article": s.by.map(|by| by.0),
            "why": s.by.map(|by| by.1),
        })
    };
    let edition = |of: &crate::store::stories::EditionReach| {
        json!({
            "edition": of.edition, "list": of.list, "cadence": of.cadence, "run": of.run,
            "digests": of.digests.values().sum::<i64>(),
        })
    };
    let counted = |of: &[(&str, usize)]| -> Value {
        of.iter()
            .map(|(what, n)| json!({"slug": what, "articles": n}))
            .collect()
    };
    json!({
        "story": story.id,
        "articles": story.articles.iter().map(article).collect::<Vec<_>>(),
        "topics": counted(&topics(story)),
        "places": counted(&places(story)),
        "names": named.iter().map(|(name, n)| json!({"name": name, "articles": n})).collect::<Vec<_>>(),
        "represented": stands.iter().map(stand).collect::<Vec<_>>(),
        "editions": reach.editions.iter().map(edition).collect::<Vec<_>>(),
        "words": words,
    })
}
