//! `source list` and `source show`.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{Failure, House, show, typed};
use crate::domain::article::{FetchState, Source, SourceKind, SourceState};
use crate::domain::slug::Slug;
use crate::store::Cleaning;

/// Every source, or a list's.
pub async fn list_all(
    list: Option<String>,
    json: bool,
    home: Option<&Path>,
) -> Result<(), Failure> {
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
            next(s),
            health(&s.fetch),
            s.location.clone(),
        ]
    };
    show::table(
        &[
            "source", "name", "kind", "state", "fetched", "next", "health", "location",
        ],
        sources.iter().map(row).collect(),
        "there is no source yet; `courant source add SLUG URL` adds one",
    )?;
    for source in &sources {
        let fetch = &source.fetch;
        if let Some(why) = fetch.stopped.as_ref().or(fetch.last_error.as_ref()) {
            show::note(&format!("`{}`: {why}", source.slug));
        }
    }
    Ok(())
}

/// When it is asked again.
fn next(source: &Source) -> String {
    match (source.state, source.kind) {
        (SourceState::Active, SourceKind::Feed) => typed::shown_or(source.fetch.next_at, "never"),
        _ => "-".to_owned(),
    }
}

fn health(fetch: &FetchState) -> String {
    let times = match fetch.failures {
        0 if fetch.is_useless() => return "nothing usable".to_owned(),
        0 => return "ok".to_owned(),
        1 => "failed once".to_owned(),
        n => format!("failed {n} times"),
    };
    match fetch.failing_since {
        Some(since) => format!("{times} since {}", typed::shown(since)),
        None => times,
    }
}

/// The names of the lists that take from a source.
pub async fn lists_of(house: &House, source: &Source) -> Result<Vec<String>, Failure> {
    let mine = house.store.source_lists(source.id).await?;
    let lists = house.store.lists().await?;
    let lists = lists.iter().filter(|l| mine.contains(&l.id));
    Ok(lists.map(|l| l.slug.to_string()).collect())
}

async fn as_json(house: &House, source: &Source) -> Result<Value, Failure> {
    let cleaning = house.store.source_cleaning(source.id).await?;
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
        "home": source.home,
        "map": source.categories.to_text(),
        "backlog": source.backlog,
        "quality": source.quality,
        "interval_minutes": source.interval_s / 60,
        "settle_minutes": source.settle_s / 60,
        "private_network": source.private_network,
        "full_text": cleaning.full_text,
        "rules": cleaning.rules,
        "fetched_at": source.fetch.fetched_at,
        "next_at": source.fetch.next_at,
        "failures": source.fetch.failures,
        "failing_since": source.fetch.failing_since,
        "stopped": source.fetch.stopped,
        "asked_minutes": source.fetch.asked_s.map(|s| s / 60),
        "last_error": source.fetch.last_error,
    }))
}

fn state(source: &Source) -> String {
    match &source.fetch.stopped {
        Some(why) => format!("{}: {why}", source.state),
        None => source.state.to_string(),
    }
}

fn interval(source: &Source) -> String {
    let minutes = format!("{} min", source.interval_s / 60);
    match source.fetch.asked_s {
        Some(s) if s > source.interval_s => {
            format!(
                "{minutes}; the feed asks for {} min, up to 60 are kept",
                s / 60
            )
        }
        _ => minutes,
    }
}

/// One source with all that is known of it.
pub async fn show_one(
    slug: &str,
    rules: bool,
    json: bool,
    home: Option<&Path>,
) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    let cleaning = house.store.source_cleaning(source.id).await?;
    if rules {
        return show::line(cleaning.rules.trim_end());
    }
    let met = house.store.source_problems(source.id).await?;
    if json {
        let mut value = as_json(&house, &source).await?;
        let met = met
            .iter()
            .map(|p| json!({"at": p.at, "problem": p.problem}));
        value["problems"] = met.collect();
        return show::json(&value);
    }
    show::pairs(&pairs(&house, &source, &cleaning, met.len()).await?)?;
    for problem in met {
        show::line(&format!(
            "  {}  {}",
            typed::shown(problem.at),
            problem.problem
        ))?;
    }
    Ok(())
}

/// What is known of a source, a line each.
async fn pairs(
    house: &House,
    source: &Source,
    cleaning: &Cleaning,
    problems: usize,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let text = |slug: Option<&Slug>| slug.map(Slug::to_string).unwrap_or_default();
    Ok(vec![
        ("source", source.slug.to_string()),
        ("name", source.name.clone()),
        ("kind", source.kind.to_string()),
        ("location", source.location.clone()),
        ("state", state(source)),
        ("lists", lists_of(house, source).await?.join(", ")),
        ("topic", text(source.default_topic.as_ref())),
        (
            "language",
            source.default_language.clone().unwrap_or_default(),
        ),
        ("home", text(source.home.as_ref())),
        ("map", source.categories.to_text()),
        ("backlog", source.backlog.to_string()),
        ("quality", source.quality.to_string()),
        ("interval", interval(source)),
        ("settle", format!("{} min", source.settle_s / 60)),
        ("private_network", source.private_network.to_string()),
        ("full_text", cleaning.full_text.to_string()),
        ("rules", written(&cleaning.rules, source.slug.as_str())),
        ("fetched", typed::shown_or(source.fetch.fetched_at, "never")),
        ("next", next(source)),
        ("health", health(&source.fetch)),
        (
            "last error",
            source.fetch.last_error.clone().unwrap_or_default(),
        ),
        ("problems", problems.to_string()),
    ])
}

fn written(rules: &str, slug: &str) -> String {
    let said = |l: &&str| !l.trim().is_empty() && !l.trim_start().starts_with('#');
    match rules.lines().filter(said).count() {
        0 => "the general ones".to_owned(),
        lines => {
            let lines = show::count(i64::try_from(lines).unwrap_or(i64::MAX), "line");
            format!("{lines}; `courant source show {slug} --rules` prints them")
        }
    }
}
