//! `source import` and `source export`: lists of feeds as OPML, as feed readers know them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::{Backlog, CategoryMap, SOURCE_NAME_CHARS, Source, SourceKind, Topic};
use crate::domain::slug::Slug;
use crate::ingest::parse::{OPML_BYTES, Opml, Outline, Skipped, parse_opml, write_opml};
use crate::ingest::{is_url, proposal};
use crate::store::NewSource;

/// What is taken out of an OPML file.
#[derive(Args, Debug)]
pub struct Import {
    /// OPML file, or - for stdin
    file: PathBuf,
    /// A list that takes from them; may be repeated (default: every list)
    #[arg(long)]
    list: Vec<String>,
    /// Offer the innermost folder of each as a topic, and make it its topic
    #[arg(long)]
    topics: bool,
    /// Minutes between two fetches (default: ingest.interval_minutes)
    #[arg(long, value_name = "MIN", value_parser = clap::value_parser!(i64).range(1..=1440))]
    interval: Option<i64>,
    /// Let them be on this machine or a private network, and on ports from 1024 on
    #[arg(long)]
    private_network: bool,
    /// Say what would be added, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// What is written as OPML.
#[derive(Args, Debug)]
pub struct Export {
    /// OPML 2.0, which is the only form
    #[arg(long)]
    opml: bool,
    /// Only those that this list takes from
    #[arg(long)]
    list: Option<String>,
}

/// What an import comes to.
struct Plan {
    new: Vec<NewSource>,
    /// Topics that are not offered yet.
    topics: Vec<Topic>,
    /// Feeds that are sources already, with their names.
    known: Vec<(String, Slug)>,
}

/// Adds the feeds of a file that are no sources yet. They are due at once.
pub async fn import(args: Import, home: Option<&Path>) -> Result<Exit, Failure> {
    let file = args.file.display().to_string();
    let bytes = typed::bytes(&args.file)?;
    let opml = parse_opml(&bytes).map_err(|e| {
        let hint = e.hint();
        Failure::failed(e)
            .context(format!("`{file}` is no OPML file"))
            .maybe_hint(hint)
    })?;
    let house = House::open(home).await?;
    let lists = typed::lists(&house.store, &args.list).await?;
    let plan = plan(&house, &opml, &args).await?;
    if !args.dry_run {
        let ids: Vec<_> = lists.iter().map(|l| l.id).collect();
        let now = house.clock.now();
        for topic in &plan.topics {
            house.store.topic_add(&topic.slug, &topic.name).await?;
        }
        house.store.sources_add(&plan.new, &ids, now).await?;
    }
    show_plan(&args, &opml, &plan)?;
    for skipped in &opml.skipped {
        let Skipped { outline, what, why } = skipped;
        show::note(&format!("passed over: outline {outline}, `{what}`: {why}"));
    }
    if opml.beyond > 0 {
        let most = opml.feeds.len() + opml.skipped.len();
        let words = format!("passed over: {} feeds after the first {most}", opml.beyond);
        show::note(&words);
    }
    if opml.feeds.is_empty() {
        return Err(
            Failure::failed(format!("`{file}` lists no feed that can be fetched")).hint(format!(
                "a feed is an `outline` with an `xmlUrl`, in a file of at most {} MiB",
                OPML_BYTES >> 20
            )),
        );
    }
    match opml.skipped.is_empty() && opml.beyond == 0 {
        true => Ok(Exit::Done),
        false => Ok(Exit::Partly),
    }
}

async fn plan(house: &House, opml: &Opml, args: &Import) -> Result<Plan, Failure> {
    let store = &house.store;
    let sources = store.sources_known().await?;
    let at: BTreeMap<&str, &Slug> = sources
        .iter()
        .flat_map(|(slug, places)| places.iter().map(move |p| (place(p), slug)))
        .collect();
    let mut taken: BTreeSet<Slug> = sources.iter().map(|(slug, _)| slug.clone()).collect();
    let mut offered = store.topics().await?;
    let minutes = house.config.number("ingest.interval_minutes");
    let minutes = args
        .interval
        .unwrap_or(i64::try_from(minutes).unwrap_or(10));
    let mut plan = Plan {
        new: Vec::new(),
        topics: Vec::new(),
        known: Vec::new(),
    };
    for feed in &opml.feeds {
        if let Some(slug) = at.get(place(&feed.url)) {
            plan.known.push((feed.url.clone(), (*slug).clone()));
            continue;
        }
        let default_topic = match topic(feed, &offered) {
            None if args.topics => made_topic(feed, &mut offered, &mut plan.topics),
            known => known,
        };
        plan.new.push(NewSource {
            slug: name(feed, &mut taken)?,
            name: feed.title.chars().take(SOURCE_NAME_CHARS).collect(),
            kind: SourceKind::Feed,
            location: feed.url.clone(),
            default_topic,
            default_language: None,
            categories: CategoryMap::default(),
            backlog: Backlog::Window,
            private_network: args.private_network,
            interval_s: minutes * 60,
        });
    }
    Ok(plan)
}

/// An address without what changes when a site turns to https.
fn place(url: &str) -> &str {
    let bare = url.strip_prefix("https://").or(url.strip_prefix("http://"));
    bare.unwrap_or(url).trim_end_matches('/')
}

/// The topic on offer that a folder of the feed names, the innermost first.
fn topic(feed: &Outline, offered: &[Topic]) -> Option<Slug> {
    let named = |folder: &String| {
        let folder = folder.to_lowercase();
        let found = offered
            .iter()
            .find(|t| t.slug.as_str() == folder || t.name.to_lowercase() == folder);
        found.map(|t| t.slug.clone())
    };
    feed.folders.iter().rev().find_map(named)
}

fn made_topic(feed: &Outline, offered: &mut Vec<Topic>, made: &mut Vec<Topic>) -> Option<Slug> {
    let name = feed.folders.last()?.clone();
    let slug = proposal::slug(&name, offered.len() + 1)?;
    if offered.iter().all(|t| t.slug != slug) {
        let topic = Topic {
            slug: slug.clone(),
            name,
        };
        offered.push(topic.clone());
        made.push(topic);
    }
    Some(slug)
}

/// A short name that no source has or had, out of the feed's title or its host.
fn name(feed: &Outline, taken: &mut BTreeSet<Slug>) -> Result<Slug, Failure> {
    let host = url::Url::parse(&feed.url).ok();
    let host = host
        .and_then(|u| u.host_str().map(str::to_owned))
        .unwrap_or_default();
    let named = match feed.title.is_empty() {
        true => host.trim_start_matches("www.").to_owned(),
        false => feed.title.clone(),
    };
    let base = proposal::slug(&named, taken.len() + 1);
    let base = base.or_else(|| Slug::from_name(&host));
    let base = base.map_or_else(|| "feed".to_owned(), String::from);
    // One of so many numbers is free.
    for n in 1..=taken.len() + 1 {
        let end = if n == 1 {
            String::new()
        } else {
            format!("-{n}")
        };
        let start: String = base.chars().take(40 - end.len()).collect();
        let slug = Slug::parse(&format!("{start}{end}"))?;
        if taken.insert(slug.clone()) {
            return Ok(slug);
        }
    }
    Err(Failure::failed("no short name is left"))
}

fn show_plan(args: &Import, opml: &Opml, plan: &Plan) -> Result<(), Failure> {
    let topic = |s: &NewSource| s.default_topic.as_ref().map(Slug::to_string);
    if args.json {
        let new = |s: &NewSource| json!({"source": s.slug, "name": s.name, "location": s.location, "topic": topic(s)});
        let known = |(url, slug): &(String, Slug)| json!({"source": slug, "location": url});
        show::json(&json!({
            "added": plan.new.iter().map(new).collect::<Vec<Value>>(),
            "known": plan.known.iter().map(known).collect::<Vec<Value>>(),
            "topics": plan.topics,
            "skipped": opml.skipped,
            "beyond": opml.beyond,
            "written": !args.dry_run,
        }))?;
    } else if !plan.new.is_empty() {
        let row = |s: &NewSource| {
            vec![
                s.slug.to_string(),
                s.name.clone(),
                topic(s).unwrap_or_default(),
                s.location.clone(),
            ]
        };
        let rows = plan.new.iter().map(row).collect();
        show::table(&["source", "name", "topic", "location"], rows, "")?;
    }
    let sources = |n: usize| show::count(i64::try_from(n).unwrap_or(i64::MAX), "source");
    let verb = if args.dry_run { "would add" } else { "added" };
    show::note(&format!(
        "{verb} {}; {} there already; {} passed over",
        sources(plan.new.len()),
        plan.known.len(),
        opml.skipped.len() + opml.beyond
    ));
    if !args.dry_run && !plan.new.is_empty() {
        show::note("next: courant source fetch");
    }
    Ok(())
}

/// Writes the sources that are fetched from the web, each in the folder of its topic.
pub async fn export(args: Export, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let list = match &args.list {
        Some(name) => Some(typed::list(&house.store, name).await?),
        None => None,
    };
    let sources = house.store.sources(list.as_ref().map(|l| l.id)).await?;
    let topics = house.store.topics().await?;
    let folder = |source: &Source| {
        let topic = source.default_topic.as_ref()?;
        let offered = topics.iter().find(|t| t.slug == *topic);
        Some(offered.map_or_else(|| topic.to_string(), |t| t.name.clone()))
    };
    let (web, other): (Vec<&Source>, Vec<&Source>) = sources
        .iter()
        .partition(|s| s.kind == SourceKind::Feed && is_url(&s.location));
    let outline = |source: &&Source| Outline {
        url: source.location.clone(),
        title: source.shown().to_owned(),
        folders: folder(source).into_iter().collect(),
    };
    let title = match &list {
        Some(list) if !list.settings.name.is_empty() => list.settings.name.clone(),
        Some(list) => list.slug.to_string(),
        None => "Sources".to_owned(),
    };
    let outlines: Vec<Outline> = web.iter().map(outline).collect();
    show::line(write_opml(&title, &outlines).trim_end())?;
    for source in other {
        show::note(&format!(
            "left out: `{}`, which is not fetched from the web",
            source.slug
        ));
    }
    Ok(Exit::Done)
}
