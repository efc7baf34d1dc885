//! `article`: what sources brought, and handing articles in.

mod beside;
mod dedup;
mod embargo;
mod explain;
mod import;
mod label;
mod list;
pub(super) mod page;
mod pictures;
mod rewrite;
mod risk;
mod said;
pub(super) mod set;
mod texts;
mod unknown;
mod withdraw;

use std::path::Path;

use serde_json::{Value, json};

use super::{Exit, Failure, House, show, typed};
use crate::domain::ArticleId;
use crate::domain::article::{Article, CanonicalUrl, PageFacts, count_words};
use crate::store::Store;
use crate::store::stories::Why;

/// Other articles of its story that `article show` names.
const TOLD: usize = 12;

/// What may be done with articles.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Show what came in lately, newest first
    List(list::ListArgs),
    /// Find the articles of a file that are copies of one another, or tell one story
    ///
    /// A row is one JSON object a line: id, title, text, url, published, outlet, lang; other keys are
    /// ignored. Needs no data folder. Example: courant article dedup archive.jsonl --stories
    Dedup(dedup::DedupArgs),
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
    /// Say which topics and places an article has; it stays, whatever its source brings later
    ///
    /// What is named takes the place of what was found; `article show` says who labelled it and why.
    /// `article list --suggested` and `--unlabelled` show what waits for an editor.
    Label(label::LabelArgs),
    /// Show what makes a story a risk beside an advertisement, or say how much of a category it has
    ///
    /// What is said stays, whatever its source brings later. Example: courant article risk 4711 death
    /// none
    Risk(risk::RiskArgs),
    /// Write an article's headline or summary anew; it stays, whatever its source brings later
    ///
    /// Letters that are planned and have not begun print it as well. What the source writes later is
    /// kept and shown by `article show`. Example: courant article rewrite 4711 --headline "Bridge opens"
    Rewrite(rewrite::RewriteArgs),
    /// Take an article out of everything that has not left, beside a running `serve` as well
    ///
    /// No plan takes it any more. Letters that are planned and have not begun are selected again without
    /// it; one with too few stories left is withheld. Those in doubt are held. Example: courant article
    /// withdraw 4711 --reason "the source took it back" --yes
    Withdraw(withdraw::WithdrawArgs),
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
        Verb::List(args) => return list::run(&args, home).await,
        Verb::Show { article, json } => {
            let house = House::open(home).await?;
            show_one(&house.store, &article, json).await?;
        }
        Verb::Explain(args) => {
            let house = House::open(home).await?;
            return explain::run(&house, &args).await;
        }
        Verb::Dedup(args) => return dedup::run(&args),
        Verb::Set(args) => return set::run(&args, home).await,
        Verb::Embargo(args) => return embargo::run(&args, home).await,
        Verb::Label(args) => return label::run(&args, home).await,
        Verb::Risk(args) => return risk::run(&args, home).await,
        Verb::Rewrite(args) => return rewrite::run(&args, home).await,
        Verb::Withdraw(args) => return withdraw::run(&args, home).await,
        Verb::Pictures(args) => return pictures::run(args, home).await,
        Verb::Import(import) => return import::run(import, home).await,
    }
    Ok(Exit::Done)
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
    let said = store.article_said(article.id).await?;
    let why = store.story_told(article.story).await?;
    let others: Vec<&Article> = story.iter().filter(|a| a.id != article.id).collect();
    let said_of = store.amendments(article.id).await?;
    let page = store.page_facts(article.id).await?;
    let page = page.or_else(|| known_by_text(&article));
    if json {
        let mut value = json!(article);
        value["page"] = page.as_ref().map_or(Value::Null, page::facts_json);
        value["revisions"] = texts::as_json(&texts);
        value["amendments"] = json!(said_of);
        value["pictures"] = pictures.values().map(pictures::as_json).collect();
        value["labels"] = json!({"found": said.labels, "by_editors": said.words});
        value["risk"] = json!(said.risk());
        value["story_articles"] = others.iter().map(|a| without_body(a)).collect();
        value["story_told"] = why.values().map(|told| json!(told)).collect();
        return show::json(&value);
    }
    show_head(&article, &others, &why)?;
    show::pairs(&withdraw::pairs(&article, &said_of))?;
    show::pairs(&said::pairs(&said))?;
    show::pairs(&page.as_ref().map(page::facts_pairs).unwrap_or_default())?;
    texts::show_all(&texts, article.revision, &pictures)
}

/// What the text alone tells where no page was read.
fn known_by_text(article: &Article) -> Option<PageFacts> {
    let body = article.text.body.as_deref()?;
    Some(PageFacts {
        words: count_words(body),
        ..PageFacts::default()
    })
}

fn show_head(article: &Article, others: &[&Article], why: &Why) -> Result<(), Failure> {
    let none = || "none".to_owned();
    let places: Vec<String> = article
        .places
        .iter()
        .map(|p| format!("{} ({})", p.place, p.evidence))
        .collect();
    let reason = |id: ArticleId| why.get(&id).map_or("unknown", |told| told.by.as_str());
    let told = others.iter().take(TOLD);
    let told = told.map(|a| format!("{} by {} ({})", a.id, a.source_name, reason(a.id)));
    let mut told = told.collect::<Vec<_>>().join(", ");
    if let Some(more) = others.len().checked_sub(TOLD).filter(|more| *more > 0) {
        told.push_str(&format!(" and {more} more (--json has them all)"));
    }
    let story = format!("{} ({})", article.story, reason(article.id));
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
        ("story", story),
        ("also told by", if told.is_empty() { none() } else { told }),
    ])
}

fn topics(article: &Article) -> String {
    let topics: Vec<&str> = article.topics.iter().map(|t| t.topic.as_str()).collect();
    topics.join(" ")
}
