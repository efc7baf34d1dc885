//! `article`: what sources brought, and handing articles in.

mod dedup;
mod embargo;
mod explain;
mod pictures;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Exit, Failure, House, show, typed};
use crate::domain::ArticleId;
use crate::domain::article::{
    Article, ArticleText, Backlog, CanonicalUrl, CategoryMap, Source, SourceKind,
};
use crate::domain::picture::Picture;
use crate::domain::slug::Slug;
use crate::ingest::parse::Problem;
use crate::ingest::{self, Taken};
use crate::store::stories::Why;
use crate::store::{ArticleFilter, NewSource, Store, StoredText};

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
    /// Find the articles of a file that are copies of one another, or tell one story
    ///
    /// A row is one JSON object a line: id, title, text, url, published, outlet, lang; other keys are
    /// ignored. Needs no data folder. Example: courant article dedup archive.jsonl --stories
    Dedup(dedup::DedupArgs),
    /// Until when no letter may bring an article
    ///
    /// It waits, and its age counts from the end of the embargo.
    Embargo(embargo::EmbargoArgs),
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
    Import(Import),
}

/// What is handed in.
#[derive(clap::Args, Debug)]
pub struct Import {
    /// JSONL file, or - for stdin
    #[arg(required_unless_present = "page", conflicts_with = "page")]
    file: Option<PathBuf>,
    /// The source that they belong to; made if it is not there
    #[arg(long, default_value = "import")]
    source: String,
    /// The text of a saved page instead of rows; - for stdin
    #[arg(long, value_name = "FILE", requires = "url")]
    page: Option<PathBuf>,
    /// Where that page is read
    #[arg(long, requires = "page")]
    url: Option<String>,
    /// Makes URLs of rows that have an id only
    #[arg(long, value_name = "URL", conflicts_with = "page")]
    base: Option<String>,
    /// Topic of what states none (default: the source's)
    #[arg(long)]
    topic: Option<String>,
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
        Verb::Dedup(args) => return dedup::run(&args),
        Verb::Embargo(args) => return embargo::run(&args, home).await,
        Verb::Pictures(args) => return pictures::run(args, home).await,
        Verb::Import(import) => return hand_in(import, home).await,
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
    let why = store.story_told(article.story).await?;
    let others: Vec<&Article> = story.iter().filter(|a| a.id != article.id).collect();
    if json {
        let mut value = json!(article);
        value["revisions"] = json!(texts);
        value["pictures"] = pictures.values().map(pictures::as_json).collect();
        value["story_articles"] = others.iter().map(|a| without_body(a)).collect();
        value["story_told"] = why.values().map(|told| json!(told)).collect();
        return show::json(&value);
    }
    show_head(&article, &others, &why)?;
    for text in &texts {
        show_text(text, pictures.get(&text.revision))?;
    }
    Ok(())
}

fn show_head(article: &Article, others: &[&Article], why: &Why) -> Result<(), Failure> {
    let none = || "none".to_owned();
    let places: Vec<String> = article
        .places
        .iter()
        .map(|p| format!("{} ({})", p.place, p.evidence))
        .collect();
    let reason = |id: ArticleId| why.get(&id).map_or("unknown", |told| told.by.as_str());
    let told = others
        .iter()
        .map(|a| format!("{} by {} ({})", a.id, a.source_name, reason(a.id)));
    let told = told.collect::<Vec<_>>().join(", ");
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

async fn hand_in(import: Import, home: Option<&Path>) -> Result<Exit, Failure> {
    let slug = Slug::parse(&import.source)?;
    let url = |text: &Option<String>| {
        let parsed = text.as_deref().map(|t| CanonicalUrl::parse(t, None));
        parsed.transpose().map_err(Failure::usage)
    };
    let (page_url, base) = (url(&import.url)?, url(&import.base)?);
    let file = import.page.as_ref().or(import.file.as_ref());
    let bytes = typed::bytes(file.map(PathBuf::as_path).unwrap_or(Path::new("-")))?;
    let house = House::open(home).await?;
    let topic = match &import.topic {
        Some(name) => Some(typed::topic(&house.store, name).await?),
        None => None,
    };
    let read = match page_url {
        Some(url) => ingest::read_page(bytes, url).await?,
        None => ingest::read_rows(bytes, base.map(|b| b.to_string())).await?,
    };
    // Before a source is made for it: what failed leaves nothing behind.
    if read.articles.is_empty() && read.refused > 0 {
        tell(&read.problems);
        let words = format!("none of the {} rows could be taken", read.refused);
        return Err(Failure::failed(words));
    }
    let remark = pictures::remark(&read.articles);
    let mut source = source(&house, slug, topic.clone()).await?;
    source.default_topic = topic.or(source.default_topic);
    let now = house.clock.now();
    let taken = ingest::take_handed_in(&house.store, &source, read, now).await?;
    if let Some(words) = remark {
        show::note(&words);
    }
    report(&source, &taken)
}

/// The source that was named, or a new one that every list takes from.
async fn source(house: &House, slug: Slug, topic: Option<Slug>) -> Result<Source, Failure> {
    let sources = house.store.sources(None).await?;
    if let Some(source) = sources.into_iter().find(|s| s.slug == slug) {
        return Ok(source);
    }
    let new = NewSource {
        name: String::new(),
        slug: slug.clone(),
        kind: SourceKind::Import,
        location: String::new(),
        default_topic: topic,
        default_language: None,
        categories: CategoryMap::default(),
        // Whoever hands articles in wants them to be read.
        backlog: Backlog::All,
        private_network: false,
        interval_s: 3_600,
    };
    let lists = house.store.lists().await?;
    let ids: Vec<_> = lists.iter().map(|l| l.id).collect();
    let now = house.clock.now();
    let added = house.store.source_add(&new, &ids, now).await;
    added.map_err(|e| match e.is_database_fault() {
        true => Failure::from(e),
        false => Failure::from(e).hint("a removed source keeps its name; take another one"),
    })?;
    let names: Vec<&str> = lists.iter().map(|l| l.slug.as_str()).collect();
    match names.is_empty() {
        true => show::note(&format!("made the source `{slug}`; there is no list yet")),
        false => show::note(&format!(
            "made the source `{slug}` for {}",
            names.join(", ")
        )),
    }
    show::note(&format!(
        "letters name no source for its stories; `courant source set {slug} name NAME` gives it one"
    ));
    Ok(house.store.source(&slug).await?)
}

fn tell(problems: &[Problem]) {
    for problem in problems {
        show::note(&problem.to_string());
    }
}

fn report(source: &Source, taken: &Taken) -> Result<Exit, Failure> {
    tell(&taken.problems);
    let mut words = format!(
        "{} new, {} revised, {} unchanged",
        taken.new, taken.revised, taken.unchanged
    );
    if taken.backlog > 0 {
        words.push_str(&format!(", {} of the new ones backlog", taken.backlog));
    }
    if taken.repeated > 0 {
        words.push_str(&format!(", {} named twice", taken.repeated));
    }
    if taken.refused > 0 {
        words.push_str(&format!(", {} refused", taken.refused));
    }
    show::line(&format!("`{}`: {words}", source.slug))?;
    match taken.refused {
        0 => Ok(Exit::Done),
        _ => Ok(Exit::Partly),
    }
}
