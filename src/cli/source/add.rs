//! `source add`: a feed is looked at before it becomes a source.

use std::path::Path;

use super::seen::{proposed, show_seen, unmapped};
use super::{found, keys};
use crate::cli::{Failure, House, parts, show, typed};
use crate::domain::SourceId;
use crate::domain::article::{
    Backlog, FetchState, Label, QUALITY, Source, SourceKind, SourceState,
};
use crate::domain::slug::Slug;
use crate::ingest::proposal::Proposed;
use crate::ingest::{self, IngestError, Taken};
use crate::store::{Cleaning, NewSource};

/// A source to add.
#[derive(clap::Args, Debug)]
pub struct Add {
    /// Short name: a-z, 0-9 and -
    slug: String,
    /// http(s) URL of the feed, or a file
    #[arg(value_name = "URL|FILE")]
    location: String,
    /// Its other settings, as `source set` takes them
    #[arg(value_name = "KEY=VALUE")]
    settings: Vec<String>,
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
    /// Let it be on this machine or a private network, and on ports from 1024 on
    #[arg(long)]
    private_network: bool,
    /// Offer the topics that its categories propose, and map them
    #[arg(long, conflicts_with = "no_fetch")]
    topics: bool,
    /// Add it although a source has that address already
    #[arg(long)]
    again: bool,
    /// Add it unseen
    #[arg(long)]
    no_fetch: bool,
    /// Show what it is, and add nothing
    #[arg(long, conflicts_with = "no_fetch")]
    dry_run: bool,
    /// Do not ask; without a terminal nobody is asked
    #[arg(long)]
    yes: bool,
}

/// Shows what a feed is, and adds it as a source if that is wanted.
pub async fn add(add: Add, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let lists = typed::lists(&house.store, &add.list).await?;
    let mut new = read(&house, &add).await?;
    let mut draft = keys::Draft::of(drafted(&new), Cleaning::default());
    keys::pairs(&house, &mut draft, &add.settings).await?;
    set(&mut new, &draft.source);
    let ids: Vec<_> = lists.iter().map(|l| l.id).collect();
    let now = house.clock.now();
    if add.no_fetch {
        let added = house.store.source_add(&new, &ids, now).await;
        added.map_err(|e| raced_or(e.into(), &new.slug))?;
        return unseen(&house, &new.slug, &draft).await;
    }
    let fetcher = parts::fetcher(&house.config);
    let seen = ingest::look(&fetcher, &new.location, new.private_network, now).await;
    let seen = seen.map_err(|error| not_added(error, &new))?;
    show_seen(&seen.feed, &new.categories, now)?;
    if add.dry_run {
        for problem in &seen.feed.problems {
            show::note(&format!("problem: {problem}"));
        }
        show::note("nothing was added (--dry-run)");
        return Ok(());
    }
    if !add.yes && !typed::agreed(&format!("add it as `{}`?", new.slug))? {
        show::note("nothing was added");
        return Ok(());
    }
    let topics = unmapped(&seen.feed, &new.categories);
    if add.topics {
        offer(&house, &mut new, &topics).await?;
    }
    let added = ingest::add(
        &house.store,
        &new,
        seen,
        &ids,
        now,
        async |added: &Source| draft.write_to(&house.store, added).await,
    );
    let added = added.await;
    let (source, taken) = added.map_err(|error| match error {
        error @ IngestError::Store(_) => raced_or(error, &new.slug),
        error => not_added(error, &new),
    })?;
    show::line(&format!("found: {}", found(&taken)))?;
    show_added(&house, &source).await?;
    problems(&taken);
    if !add.topics && !topics.is_empty() {
        show::note(&format!(
            "its categories propose topics: {}; `--topics` offers and maps them",
            proposed(&topics)
        ));
    }
    Ok(())
}

/// What follows where a source was added that nobody looked at.
async fn unseen(house: &House, slug: &Slug, draft: &keys::Draft) -> Result<(), Failure> {
    let source = house.store.source(slug).await?;
    draft.write(&house.store, source.id).await?;
    show_added(house, &source).await?;
    show::note(&format!("next: courant source fetch {slug}"));
    Ok(())
}

/// A source as it will be, before it is one.
fn drafted(new: &NewSource) -> Source {
    Source {
        id: SourceId(0),
        slug: new.slug.clone(),
        name: new.name.clone(),
        kind: new.kind,
        location: new.location.clone(),
        state: SourceState::Active,
        default_topic: new.default_topic.clone(),
        default_language: new.default_language.clone(),
        home: None,
        categories: new.categories.clone(),
        backlog: new.backlog,
        quality: QUALITY,
        private_network: new.private_network,
        interval_s: new.interval_s,
        settle_s: 0,
        fetch: FetchState::default(),
    }
}

/// Takes over what settings said of what is known before a source is added.
fn set(new: &mut NewSource, draft: &Source) {
    new.name.clone_from(&draft.name);
    new.default_topic.clone_from(&draft.default_topic);
    new.default_language.clone_from(&draft.default_language);
    new.categories.clone_from(&draft.categories);
    new.backlog = draft.backlog;
    new.private_network = draft.private_network;
    new.interval_s = draft.interval_s;
}

/// What was typed, as a source.
async fn read(house: &House, add: &Add) -> Result<NewSource, Failure> {
    let slug = Slug::parse(&add.slug)?;
    let backlog = Backlog::parse(&add.backlog)?;
    let language = add.language.as_deref().map(keys::language);
    let name = add.name.as_deref().map(|n| typed::line("the name", n, 80));
    let (language, name) = (language.transpose()?, name.transpose()?);
    let location = typed::location(&add.location)?;
    let known = house.store.sources_known().await?;
    if known.iter().any(|(taken, _)| *taken == slug) {
        return Err(taken(&slug));
    }
    let sources = house.store.sources(None).await?;
    let same = sources.iter().find(|s| s.location == location);
    if let Some(same) = same.filter(|_| !add.again) {
        let words = format!("its address is that of the source `{}` already", same.slug);
        return Err(Failure::failed(words).hint(format!(
            "change that one with `courant source set {}`, or add it a second time with --again",
            same.slug
        )));
    }
    let default_topic = match &add.topic {
        Some(topic) => Some(typed::topic(&house.store, topic).await?),
        None => None,
    };
    let default_interval = house.config.number("ingest.interval_minutes");
    let minutes = add
        .interval
        .unwrap_or(i64::try_from(default_interval).unwrap_or(10));
    Ok(NewSource {
        slug,
        name: name.unwrap_or_default(),
        kind: SourceKind::Feed,
        location,
        default_topic,
        default_language: language,
        categories: typed::category_map(&house.store, &add.map).await?,
        backlog,
        private_network: add.private_network,
        interval_s: minutes * 60,
    })
}

/// Offers topics that are not offered yet, and maps the categories that propose them.
pub async fn offer(house: &House, new: &mut NewSource, topics: &[Proposed]) -> Result<(), Failure> {
    let offered = house.store.topics().await?;
    for proposed in topics {
        if offered.iter().all(|t| t.slug != proposed.topic) {
            let added = house.store.topic_add(&proposed.topic, &proposed.name);
            added.await?;
        }
        let label = Label::Topic(proposed.topic.clone());
        new.categories.0.insert(proposed.category.clone(), label);
    }
    Ok(())
}

fn not_added(error: IngestError, new: &NewSource) -> Failure {
    let page = matches!(
        &error,
        IngestError::Parse(crate::ingest::parse::ParseError::Html { .. })
    );
    let failure = Failure::from(error).context(format!("the source `{}` was not added", new.slug));
    match page && ingest::is_url(&new.location) {
        true => failure.hint(format!(
            "`courant source discover {}` finds its feeds",
            new.location
        )),
        false => failure,
    }
}

/// Every name that is or was in use was refused before: somebody else took it meanwhile.
fn raced_or(error: IngestError, slug: &Slug) -> Failure {
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

async fn show_added(house: &House, source: &Source) -> Result<(), Failure> {
    let names = super::show::lists_of(house, source).await?;
    show::note(&format!(
        "added the source `{}` ({})",
        source.slug,
        source.shown()
    ));
    match names.is_empty() {
        true => show::note("there is no list yet that could take from it"),
        false => show::note(&format!("lists: {}", names.join(", "))),
    }
    Ok(())
}

fn problems(taken: &Taken) {
    for problem in &taken.problems {
        show::note(&format!("problem: {problem}"));
    }
}
