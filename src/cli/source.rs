//! `source`: where articles come from.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Exit, Failure, House, show, source_keys, typed};
use crate::domain::article::{Backlog, FetchState, Source, SourceKind, SourceState};
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::ingest::fetch::{FetchSettings, Fetcher};
use crate::ingest::parse::{self, ParsedFeed};
use crate::ingest::{self, Document, Outcome, Taken, Visit};
use crate::store::{ArticleFilter, NewSource};

/// What may be done with sources.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Add a feed, fetch it once and show what it brought
    ///
    /// RSS, Atom, RDF and JSON Feed are read. What is no feed is not added.
    Add(Add),
    /// Show every source
    List {
        /// Only those that this list takes from
        #[arg(long)]
        list: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one source: its settings, its last fetch, what could not be read
    Show {
        /// Which source
        slug: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change one setting of a source
    #[command(after_help = source_keys::help())]
    Set {
        /// Which source
        slug: String,
        /// Which setting
        key: String,
        /// Its new value
        value: String,
    },
    /// Fetch a source no more for now
    Pause {
        /// Which source
        slug: String,
    },
    /// Fetch a paused source again
    Resume {
        /// Which source
        slug: String,
    },
    /// Remove a source; the articles that it brought stay
    Remove {
        /// Which source
        slug: String,
        /// Also if lists take from it
        #[arg(long)]
        yes: bool,
    },
    /// Fetch sources now: one, every active one, or (without arguments) those that are due
    Fetch {
        /// Which source; a paused one too
        slug: Option<String>,
        /// Every active source, due or not
        #[arg(long, conflicts_with = "slug")]
        all: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Read a feed document and show its entries; needs no data folder
    Parse {
        /// File, or - for stdin
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// The Content-Type that came with it
        #[arg(long)]
        content_type: Option<String>,
        /// The address that it came from, for relative links
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
    },
}

/// A source to add.
#[derive(clap::Args, Debug)]
pub struct Add {
    /// Short name: a-z, 0-9 and -
    slug: String,
    /// http(s) URL of the feed, or a file
    #[arg(value_name = "URL|FILE")]
    location: String,
    /// Name shown beside its stories (default: the feed's title)
    #[arg(long)]
    name: Option<String>,
    /// A list that takes from it; may be repeated (default: every list)
    #[arg(long)]
    list: Vec<String>,
    /// Topic of entries whose categories name none
    #[arg(long)]
    topic: Option<String>,
    /// Language tag of entries that state none
    #[arg(long)]
    language: Option<String>,
    /// What its categories mean; may be repeated
    #[arg(long, value_name = "category=topic, other=place:slug")]
    map: Vec<String>,
    /// What the first fetch brings: window (older and undated entries are no candidates), all, none
    #[arg(long, default_value = "window")]
    backlog: String,
    /// Minutes between two fetches (default: ingest.interval_minutes)
    #[arg(long, value_name = "MIN", value_parser = clap::value_parser!(i64).range(1..=1440))]
    interval: Option<i64>,
    /// Let it be on this machine or a private network
    #[arg(long)]
    private_network: bool,
    /// Add it unseen
    #[arg(long)]
    no_fetch: bool,
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Add(add_it) => add(add_it, home).await?,
        Verb::List { list, json } => list_all(list, json, home).await?,
        Verb::Show { slug, json } => show_one(&slug, json, home).await?,
        Verb::Set { slug, key, value } => {
            let house = House::open(home).await?;
            let source = typed::source(&house.store, &slug).await?;
            source_keys::set(&house, source, &key, &value).await?;
            show::note(&format!("set `{key}` of the source `{slug}`"));
        }
        Verb::Pause { slug } => state(&slug, SourceState::Paused, home).await?,
        Verb::Resume { slug } => state(&slug, SourceState::Active, home).await?,
        Verb::Remove { slug, yes } => remove(&slug, yes, home).await?,
        Verb::Fetch { slug, all, json } => return fetch(slug, all, json, home).await,
        Verb::Parse {
            file,
            json,
            content_type,
            base_url,
        } => {
            let document = Document {
                bytes: typed::bytes(&file)?,
                content_type,
                base_url,
            };
            let feed = ingest::read(document).await?;
            if json {
                show::json(&parse::to_json(&feed))?;
            } else {
                show_feed(&feed)?;
            }
        }
    }
    Ok(Exit::Done)
}

fn fetcher(house: &House) -> Fetcher {
    let public = house.config.text("server.public_url");
    Fetcher::new(FetchSettings {
        public_url: (!public.is_empty()).then(|| public.to_owned()),
        ..FetchSettings::default()
    })
}

async fn add(add: Add, home: Option<&Path>) -> Result<(), Failure> {
    let slug = Slug::parse(&add.slug)?;
    let backlog = Backlog::parse(&add.backlog)?;
    let language = add.language.as_deref().map(source_keys::language);
    let name = add.name.as_deref().map(|n| typed::line("the name", n, 80));
    let (language, name) = (language.transpose()?, name.transpose()?);
    let location = typed::location(&add.location)?;
    let house = House::open(home).await?;
    let sources = house.store.sources(None).await?;
    if sources.iter().any(|s| s.slug == slug) {
        return Err(taken(&slug));
    }
    let lists = typed::lists(&house.store, &add.list).await?;
    let default_topic = match &add.topic {
        Some(topic) => Some(typed::topic(&house.store, topic).await?),
        None => None,
    };
    let default_interval = house.config.number("ingest.interval_minutes");
    let minutes = add
        .interval
        .unwrap_or(i64::try_from(default_interval).unwrap_or(10));
    let new = NewSource {
        slug,
        name: name.clone().unwrap_or_else(|| add.slug.clone()),
        kind: SourceKind::Feed,
        location,
        default_topic,
        default_language: language,
        categories: typed::category_map(&house.store, &add.map).await?,
        backlog,
        private_network: add.private_network,
        interval_s: minutes * 60,
    };
    let taken = store_new(&house, &new, name.as_deref(), &lists, add.no_fetch).await?;
    let source = house.store.source(&new.slug).await?;
    show_added(&house, &source, &lists, taken).await
}

async fn store_new(
    house: &House,
    new: &NewSource,
    name: Option<&str>,
    lists: &[List],
    no_fetch: bool,
) -> Result<Option<Taken>, Failure> {
    let ids: Vec<_> = lists.iter().map(|l| l.id).collect();
    let now = house.clock.now();
    if no_fetch {
        let added = house.store.source_add(new, &ids, now).await;
        added.map_err(|e| removed_or(e.into(), &new.slug))?;
        return Ok(None);
    }
    let added = ingest::add(&house.store, &fetcher(house), new, name, &ids, now).await;
    match added {
        Ok((_, taken)) => Ok(Some(taken)),
        Err(error @ ingest::IngestError::Store(_)) => Err(removed_or(error, &new.slug)),
        Err(error) => {
            Err(Failure::from(error).context(format!("the source `{}` was not added", new.slug)))
        }
    }
}

/// Every name that is in use was refused before, so a name that is taken now was given up.
fn removed_or(error: ingest::IngestError, slug: &Slug) -> Failure {
    match &error {
        ingest::IngestError::Store(e) if !e.is_database_fault() => taken(slug),
        _ => error.into(),
    }
}

fn taken(slug: &Slug) -> Failure {
    Failure::failed(format_args!("there is already a source `{slug}`")).hint(
        "choose another name (a removed source keeps its own), or change it with `courant source set`",
    )
}

async fn show_added(
    house: &House,
    source: &Source,
    lists: &[List],
    taken: Option<Taken>,
) -> Result<(), Failure> {
    let names: Vec<&str> = lists.iter().map(|l| l.slug.as_str()).collect();
    show::note(&format!(
        "added the source `{}` ({})",
        source.slug, source.name
    ));
    match names.is_empty() {
        true => show::note("there is no list yet that could take from it"),
        false => show::note(&format!("lists: {}", names.join(", "))),
    }
    let Some(taken) = taken else {
        show::note(&format!("next: courant source fetch {}", source.slug));
        return Ok(());
    };
    show::line(&format!("found: {}", found(&taken)))?;
    let filter = ArticleFilter {
        list: None,
        source: Some(source.id),
        after: Timestamp::MIN,
        until: Timestamp::MAX,
        limit: 5,
    };
    for article in house.store.articles(&filter).await? {
        let dated = crate::domain::article::dated(article.published, article.first_seen);
        let headline = typed::short(&article.text.headline, 80);
        show::line(&format!("  {}  {headline}", typed::shown(dated)))?;
    }
    problems(&taken);
    Ok(())
}

fn problems(taken: &Taken) {
    for problem in &taken.problems {
        show::note(&format!("problem: {problem}"));
    }
}

/// `12 new (9 candidates, 3 backlog), 1 refused`.
fn found(taken: &Taken) -> String {
    let mut parts = vec![match taken.backlog {
        0 => format!("{} new", taken.new),
        backlog => format!(
            "{} new ({} candidates, {backlog} backlog)",
            taken.new,
            taken.new - backlog
        ),
    }];
    for (count, word) in [
        (taken.revised, "revised"),
        (taken.unchanged, "unchanged"),
        (taken.repeated, "named twice"),
        (taken.refused, "refused"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

async fn list_all(list: Option<String>, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let list = match list {
        Some(name) => Some(typed::list(&house.store, &name).await?.id),
        None => None,
    };
    let sources = house.store.sources(list).await?;
    if json {
        let mut rows = Vec::new();
        for source in &sources {
            rows.push(as_json(&house, source).await?);
        }
        return show::json(&rows);
    }
    let row = |s: &Source| {
        vec![
            s.slug.to_string(),
            s.name.clone(),
            s.kind.to_string(),
            s.state.to_string(),
            typed::shown_or(s.fetch.fetched_at, "never"),
            health(&s.fetch),
            s.location.clone(),
        ]
    };
    show::table(
        &[
            "source", "name", "kind", "state", "fetched", "health", "location",
        ],
        sources.iter().map(row).collect(),
        "there is no source yet; `courant source add SLUG URL` adds one",
    )
}

fn health(fetch: &FetchState) -> String {
    match fetch.failures {
        0 => "ok".to_owned(),
        1 => "failed once".to_owned(),
        n => format!("failed {n} times"),
    }
}

async fn lists_of(house: &House, source: &Source) -> Result<Vec<String>, Failure> {
    let mine = house.store.source_lists(source.id).await?;
    let lists = house.store.lists().await?;
    let lists = lists.iter().filter(|l| mine.contains(&l.id));
    Ok(lists.map(|l| l.slug.to_string()).collect())
}

async fn as_json(house: &House, source: &Source) -> Result<Value, Failure> {
    Ok(json!({
        "id": source.id,
        "source": source.slug,
        "name": source.name,
        "kind": source.kind,
        "location": source.location,
        "state": source.state,
        "lists": lists_of(house, source).await?,
        "topic": source.default_topic,
        "language": source.default_language,
        "map": source.categories.to_text(),
        "backlog": source.backlog,
        "interval_minutes": source.interval_s / 60,
        "private_network": source.private_network,
        "fetched_at": source.fetch.fetched_at,
        "next_at": source.fetch.next_at,
        "failures": source.fetch.failures,
        "last_error": source.fetch.last_error,
    }))
}

async fn show_one(slug: &str, json: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    let met = house.store.source_problems(source.id).await?;
    if json {
        let mut value = as_json(&house, &source).await?;
        let met = met
            .iter()
            .map(|p| json!({"at": p.at, "problem": p.problem}));
        value["problems"] = met.collect();
        return show::json(&value);
    }
    let topic = source.default_topic.as_ref().map(Slug::to_string);
    show::pairs(&[
        ("source", source.slug.to_string()),
        ("name", source.name.clone()),
        ("kind", source.kind.to_string()),
        ("location", source.location.clone()),
        ("state", source.state.to_string()),
        ("lists", lists_of(&house, &source).await?.join(", ")),
        ("topic", topic.unwrap_or_default()),
        (
            "language",
            source.default_language.clone().unwrap_or_default(),
        ),
        ("map", source.categories.to_text()),
        ("backlog", source.backlog.to_string()),
        ("interval", format!("{} min", source.interval_s / 60)),
        ("private_network", source.private_network.to_string()),
        ("fetched", typed::shown_or(source.fetch.fetched_at, "never")),
        ("next", typed::shown_or(source.fetch.next_at, "never")),
        ("health", health(&source.fetch)),
        (
            "last error",
            source.fetch.last_error.clone().unwrap_or_default(),
        ),
        ("problems", met.len().to_string()),
    ])?;
    for problem in met {
        show::line(&format!(
            "  {}  {}",
            typed::shown(problem.at),
            problem.problem
        ))?;
    }
    Ok(())
}

async fn state(slug: &str, state: SourceState, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    house.store.source_state(&source.slug, state).await?;
    show::note(&format!("the source `{slug}` is {state}"));
    Ok(())
}

async fn remove(slug: &str, yes: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    let lists = lists_of(&house, &source).await?;
    if !yes && !lists.is_empty() {
        let words = format!("the source `{slug}` is taken from by {}", lists.join(", "));
        return Err(Failure::failed(words).hint(format!(
            "`courant source remove {slug} --yes` removes it all the same; its articles stay"
        )));
    }
    let now = house.clock.now();
    house.store.source_remove(&source.slug, now).await?;
    show::note(&format!("removed the source `{slug}`; its articles stay"));
    Ok(())
}

async fn fetch(
    slug: Option<String>,
    all: bool,
    json: bool,
    home: Option<&Path>,
) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let (store, fetcher, now) = (&house.store, fetcher(&house), house.clock.now());
    let visits = match slug {
        Some(slug) => {
            let source = typed::source(store, &slug).await?;
            if source.kind == SourceKind::Import {
                return Err(Failure::failed(format_args!(
                    "the source `{slug}` is handed in, not fetched"
                ))
                .hint(format!("`courant article import FILE --source {slug}`")));
            }
            vec![ingest::fetch_one(store, &fetcher, &source, now).await?]
        }
        None if all => {
            let mut sources = store.sources(None).await?;
            sources.retain(|s| s.kind == SourceKind::Feed && s.state == SourceState::Active);
            ingest::fetch_all(store, &fetcher, sources, now).await?
        }
        None => ingest::fetch_due(store, &fetcher, now, usize::MAX).await?,
    };
    if json {
        show::json(&visits)?;
    } else {
        let rows = visits.iter().map(visit_row).collect();
        show::table(&["source", "outcome", "next"], rows, "no source is due")?;
    }
    for visit in &visits {
        show_visit(visit);
    }
    let failed = |v: &&Visit| matches!(v.outcome, Outcome::Failed { .. });
    match visits.iter().filter(failed).count() {
        0 => Ok(Exit::Done),
        n if n == visits.len() => Ok(Exit::Failed),
        _ => Ok(Exit::Partly),
    }
}

fn visit_row(visit: &Visit) -> Vec<String> {
    let outcome = match &visit.outcome {
        Outcome::NotModified => "not modified".to_owned(),
        Outcome::Taken(taken) => found(taken),
        Outcome::Failed { .. } => "failed".to_owned(),
    };
    vec![
        visit.source.to_string(),
        outcome,
        typed::shown(visit.next_at),
    ]
}

/// What went wrong, and what changed without having been asked for.
fn show_visit(visit: &Visit) {
    match &visit.outcome {
        Outcome::Failed { error, hint } => {
            show::note(&format!("error: `{}`: {error}", visit.source));
            if let Some(hint) = hint {
                show::note(&format!("hint: {hint}"));
            }
        }
        Outcome::Taken(taken) => {
            for problem in &taken.problems {
                show::note(&format!("problem: `{}`: {problem}", visit.source));
            }
        }
        Outcome::NotModified => {}
    }
    if let Some(place) = &visit.moved {
        show::note(&format!("`{}` moved for good to {place}", visit.source));
    }
}

fn show_feed(feed: &ParsedFeed) -> Result<(), Failure> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "not stated".to_owned());
    show::pairs(&[
        ("format", feed.format.to_string()),
        ("title", or_none(&feed.title)),
        ("link", or_none(&feed.link)),
        ("language", or_none(&feed.language)),
        ("entries", feed.entries.len().to_string()),
        ("problems", feed.problems.len().to_string()),
    ])?;
    for entry in &feed.entries {
        let dated = typed::shown_or(entry.published.or(entry.updated), "undated");
        let title = typed::short(entry.title.as_deref().unwrap_or("(no title)"), 80);
        show::line(&format!("  {dated:20}  {title}"))?;
    }
    for problem in &feed.problems {
        show::note(&format!("problem: {problem}"));
    }
    Ok(())
}
