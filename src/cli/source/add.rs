//! `source add`: a feed is looked at before it becomes a source.

use std::path::Path;

use super::{fetcher, found, keys};
use crate::cli::{Failure, House, show, typed};
use crate::domain::article::{Backlog, Source, SourceKind, dated};
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::ingest::{self, IngestError, Taken};
use crate::store::{ArticleFilter, NewSource};

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

/// Adds a source and shows what it brought.
pub async fn add(add: Add, home: Option<&Path>) -> Result<(), Failure> {
    let slug = Slug::parse(&add.slug)?;
    let backlog = Backlog::parse(&add.backlog)?;
    let language = add.language.as_deref().map(keys::language);
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
        name: name.clone().unwrap_or_default(),
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
        Err(error @ IngestError::Store(_)) => Err(removed_or(error, &new.slug)),
        Err(error) => {
            Err(Failure::from(error).context(format!("the source `{}` was not added", new.slug)))
        }
    }
}

/// Every name that is in use was refused before, so a name that is taken now was given up.
fn removed_or(error: IngestError, slug: &Slug) -> Failure {
    match &error {
        IngestError::Store(e) if !e.is_database_fault() => taken(slug),
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
        source.slug,
        source.shown()
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
        let dated = dated(article.published, article.first_seen);
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
