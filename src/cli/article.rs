//! `article`: what sources brought, and handing articles in.

mod embargo;
mod explain;
mod import;
pub(super) mod page;
mod pictures;
mod set;

use std::path::Path;

use serde_json::{Value, json};

use super::{Exit, Failure, House, show, typed};
use crate::domain::ArticleId;
use crate::domain::article::{Article, ArticleText, CanonicalUrl, PageFacts, count_words};
use crate::domain::picture::Picture;
use crate::store::{ArticleFilter, Store, StoredText};

/// What may be done with articles.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Show what came in lately, newest first
    List {
        /// Only from the sources of this list
        #[arg(long)]
        list: Option<String>,
        /// Only from this source
        #[arg(long)]
        source: Option<String>,
        /// How far back, such as 90m, 24h, 7d
        #[arg(long, default_value = "24h", value_parser = typed::span)]
        since: jiff::SignedDuration,
        /// At most so many
        #[arg(long, default_value_t = 500)]
        limit: usize,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Until when no letter may bring an article
    ///
    /// It waits, and its age counts from the end of the embargo.
    Embargo(embargo::EmbargoArgs),
    /// Say what its source does not: when it was published, where it is read
    ///
    /// A saved page has no date of publication and is backlog until it is given one here. Example:
    /// courant article set 4711 --published 2024-03-25
    Set(set::SetArgs),
    /// Show one article: its texts, its story, its topics and places
    Show {
        /// Its number or its URL
        article: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Who gets it in the next run, who does not and why, and what comes of stopping it now
    ///
    /// Every reader's digest is worked out: those that are planned from what their wave froze, the
    /// others with what is known now. Nothing is written. Example: courant article explain 4711
    /// --list times
    Explain(explain::ExplainArgs),
    /// Show what became of the pictures of lists that show renditions of their own
    ///
    /// A list with `images` set to `own` shows its stories' pictures as JPEGs made for phones, which
    /// our pages serve from the folder `pictures`. `courant serve` makes them as stories come in.
    Pictures(pictures::PicturesArgs),
    /// Hand articles in: rows of JSON, or the text of a saved page
    ///
    /// A row is one JSON object a line: url, headline, summary, byline, image, image_alt, published,
    /// language, categories, topics, places, body, id. url and headline are needed; other keys are
    /// ignored. Handing the same rows in again changes nothing.
    Import(import::Import),
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::List {
            list,
            source,
            since,
            limit,
            json,
        } => {
            let house = House::open(home).await?;
            let list = match list {
                Some(name) => Some(typed::list(&house.store, &name).await?.id),
                None => None,
            };
            let source = match source {
                Some(name) => Some(typed::source(&house.store, &name).await?.id),
                None => None,
            };
            let now = house.clock.now();
            let filter = ArticleFilter {
                list,
                source,
                after: now.checked_sub(since).unwrap_or(jiff::Timestamp::MIN),
                until: now,
                limit,
            };
            show_all(&house.store.articles(&filter).await?, json)?;
        }
        Verb::Show { article, json } => {
            let house = House::open(home).await?;
            show_one(&house.store, &article, json).await?;
        }
        Verb::Explain(args) => {
            let house = House::open(home).await?;
            return explain::run(&house, &args).await;
        }
        Verb::Set(args) => return set::run(&args, home).await,
        Verb::Embargo(args) => return embargo::run(&args, home).await,
        Verb::Pictures(args) => return pictures::run(args, home).await,
        Verb::Import(import) => return import::run(import, home).await,
    }
    Ok(Exit::Done)
}

fn show_all(articles: &[Article], json: bool) -> Result<(), Failure> {
    if json {
        let rows: Vec<Value> = articles.iter().map(without_body).collect();
        return show::json(&rows);
    }
    let row = |a: &Article| {
        vec![
            a.id.to_string(),
            typed::shown(crate::domain::article::dated(a.published, a.first_seen)),
            a.source_name.clone(),
            topics(a),
            if a.backlog { "backlog" } else { "" }.to_owned(),
            typed::short(&a.text.headline, 80),
        ]
    };
    show::table(
        &["id", "dated", "source", "topics", "mark", "headline"],
        articles.iter().map(row).collect(),
        "no article is dated in that time; `--since 7d` looks further back",
    )
}

/// A list of articles would drown in their bodies.
fn without_body(article: &Article) -> Value {
    let mut value = json!(article);
    if let Some(text) = value.get_mut("text").and_then(Value::as_object_mut) {
        text.remove("body");
    }
    value
}

/// The article of a number or a URL.
async fn of(store: &Store, typed: &str) -> Result<Article, Failure> {
    let article = match typed.parse::<i64>() {
        Ok(id) => store.article(ArticleId(id)).await,
        Err(_) => {
            let url = CanonicalUrl::parse(typed, None)
                .map_err(|e| Failure::usage(e).hint("name an article by its number or its URL"))?;
            store.article_by_url(&url).await
        }
    };
    article.map_err(|e| match e.is_database_fault() {
        true => Failure::from(e),
        false => Failure::from(e).hint("`courant article list --since 30d` shows what there is"),
    })
}

async fn show_one(store: &Store, typed: &str, json: bool) -> Result<(), Failure> {
    let article = of(store, typed).await?;
    let texts = store.article_texts(article.id).await?;
    let revisions: Vec<_> = texts.iter().map(|t| t.revision).collect();
    let pictures = store.pictures_of(&revisions).await?;
    let story = store.story_articles(article.story).await?;
    let others: Vec<&Article> = story.iter().filter(|a| a.id != article.id).collect();
    let page = store.page_facts(article.id).await?;
    let page = page.or_else(|| known_by_text(&article));
    if json {
        let mut value = json!(article);
        value["page"] = page.as_ref().map_or(Value::Null, page::facts_json);
        value["revisions"] = json!(texts);
        value["pictures"] = pictures.values().map(pictures::as_json).collect();
        value["story_articles"] = others.iter().map(|a| without_body(a)).collect();
        return show::json(&value);
    }
    show_head(&article, &others)?;
    show::pairs(&page.as_ref().map(page::facts_pairs).unwrap_or_default())?;
    for text in &texts {
        show_text(text, pictures.get(&text.revision))?;
    }
    Ok(())
}

/// What the text alone tells where no page was read.
fn known_by_text(article: &Article) -> Option<PageFacts> {
    let body = article.text.body.as_deref()?;
    Some(PageFacts {
        words: count_words(body),
        ..PageFacts::default()
    })
}

fn show_head(article: &Article, others: &[&Article]) -> Result<(), Failure> {
    let none = || "none".to_owned();
    let places: Vec<String> = article
        .places
        .iter()
        .map(|p| format!("{} ({})", p.place, p.evidence))
        .collect();
    let told = others
        .iter()
        .map(|a| format!("{} by {}", a.id, a.source_name));
    let told = told.collect::<Vec<_>>().join(", ");
    show::pairs(&[
        ("article", article.id.to_string()),
        ("url", article.url.at(article.fragment.as_deref())),
        ("source", article.source_name.clone()),
        (
            "published",
            typed::shown_or(article.published, "not stated"),
        ),
        ("first seen", typed::shown(article.first_seen)),
        ("language", article.language.clone().unwrap_or_else(none)),
        ("embargo until", typed::shown_or(article.embargo, "none")),
        ("backlog", if article.backlog { "yes" } else { "no" }.into()),
        ("topics", topics(article)),
        (
            "places",
            if places.is_empty() {
                none()
            } else {
                places.join(", ")
            },
        ),
        ("story", article.story.to_string()),
        ("also told by", if told.is_empty() { none() } else { told }),
    ])
}

fn show_text(stored: &StoredText, picture: Option<&Picture>) -> Result<(), Failure> {
    let by = stored.by_editor.as_deref().unwrap_or("the source");
    show::line("")?;
    show::line(&format!(
        "text {} by {by}, {}",
        stored.seq,
        typed::shown(stored.seen)
    ))?;
    let ArticleText {
        headline,
        summary,
        byline,
        image,
        body,
        categories,
    } = &stored.text;
    let image = image.as_ref().map(pictures::address).unwrap_or_default();
    let pairs = [
        ("headline", headline.clone()),
        ("summary", summary.clone()),
        ("byline", byline.clone()),
        ("image", image),
        (
            "rendition",
            picture.map(pictures::words).unwrap_or_default(),
        ),
        ("categories", categories.join(", ")),
        ("body", body.clone().unwrap_or_default()),
    ];
    let pairs: Vec<(&str, String)> = pairs.into_iter().filter(|(_, v)| !v.is_empty()).collect();
    show::pairs(&pairs)
}

fn topics(article: &Article) -> String {
    let topics: Vec<&str> = article.topics.iter().map(|t| t.topic.as_str()).collect();
    topics.join(" ")
}
