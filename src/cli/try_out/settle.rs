//! A site put into a data folder: its list, topics, sources and articles.

use std::path::Path;

use super::site::{Old, Site};
use crate::cli::{Failure, House, init, parts};
use crate::clock::Clock;
use crate::config::{Config, FILE};
use crate::domain::address::Address;
use crate::domain::article::{Backlog, SourceKind};
use crate::domain::list::{List, ListSettings};
use crate::domain::list_id::to_keep;
use crate::domain::slug::Slug;
use crate::domain::time::{CronExpr, Timestamp};
use crate::ingest;
use crate::store::NewSource;

/// When letters go out.
const DAILY: &str = "0 7 * * *";

/// Puts a site into a data folder that has no list yet. `old` says how far a list looks back that is
/// only tried out; without it the list is one to go on with.
pub async fn settle(
    house: &House,
    site: &Site,
    old: Option<&Old>,
    now: Timestamp,
) -> Result<List, Failure> {
    let store = &house.store;
    let settings = settings(house, site, old)?;
    let rows: Vec<(&str, String)> = settings.iter().map(|(k, v)| (*k, v.clone())).collect();
    let id = store.list_add(&site.slug, &rows, now).await?;
    let daily = CronExpr::parse(DAILY)?;
    store
        .cadence_add(id, &Slug::parse("daily")?, &daily, now)
        .await?;
    for topic in &site.topics {
        store.topic_add(&topic.topic, &topic.name).await?;
    }
    let interval = house.config.number("ingest.interval_minutes");
    for one in &site.feeds {
        let new = NewSource {
            slug: one.slug.clone(),
            name: one.name.clone(),
            kind: SourceKind::Feed,
            location: one.url.clone(),
            default_topic: one.topic.clone(),
            default_language: site.language.clone(),
            categories: site.map.clone(),
            backlog: match old {
                Some(_) => Backlog::All,
                None => Backlog::Window,
            },
            private_network: site.private_network,
            interval_s: i64::try_from(interval).unwrap_or(10) * 60,
        };
        store.source_add(&new, &[id], now).await?;
        let source = store.source(&one.slug).await?;
        ingest::take_feed(store, &source, one.feed.clone(), now).await?;
    }
    Ok(store.list_by_id(id).await?)
}

/// What the list is set to: every value as its own reader takes it.
fn settings(
    house: &House,
    site: &Site,
    old: Option<&Old>,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let name: String = site.name.chars().take(80).collect();
    // An address on the site's own domain, where that can have one.
    let named = site.host.contains('.') && !site.host.ends_with(|c: char| c.is_ascii_digit());
    let domain = match named && Address::parse(&format!("digest@{}", site.host)).is_ok() {
        true => site.host.as_str(),
        false => "site.example",
    };
    let words = crate::themes::words(&parts::themes(&house.config))?;
    let language = site.language.clone().filter(|tag| words.speaks(tag));
    let mut all = vec![
        ("name", name.clone()),
        ("sender_address", format!("digest@{domain}")),
        ("operators", format!("desk@{domain}")),
        ("language", language.unwrap_or_else(|| "en".to_owned())),
        ("home_zone", site.zone.zone.name().to_owned()),
    ];
    if let Some(old) = old {
        all.push(("window_hours", old.window_hours.to_string()));
        all.push(("stories_min", "1".to_owned()));
        // Nobody but its publisher knows it: a list to go on with has none, and sends nothing, before
        // it is set.
        let stands_there = "the publisher's postal address".to_owned();
        all.push(("postal_address", stands_there));
    }
    let mut checked = ListSettings::default();
    for (key, value) in &all {
        checked.set(key, value)?;
    }
    all.extend(to_keep(&site.slug, &ListSettings::default(), &checked).map(|id| ("list_id", id)));
    Ok(all)
}

/// A folder that is somebody's already is left alone.
pub fn refuse_used(folder: &Path) -> Result<(), Failure> {
    let used = folder.join(FILE).exists() || Config::load(folder)?.database().exists();
    match used {
        true => Err(Failure::usage(format!(
            "`{}` is a data folder already",
            folder.display()
        ))
        .hint("name a new folder; to take the site into this one, `courant source discover` and `source add`")),
        false => Ok(()),
    }
}

/// Makes a working folder of a site, and says what it is good for.
pub async fn save(folder: &Path, site: &Site, clock: Clock) -> Result<String, Failure> {
    let now = clock.now();
    init::make(folder, &configuration()).await?;
    let house = House::open(Some(folder)).await?;
    settle(&house, site, None, now).await?;
    house.store.close().await;
    let (at, list) = (folder.display(), &site.slug);
    Ok(format!(
        "\nSaved: {at} has a list `{list}`, its sources, topics and articles, and no readers.\n  \
         courant --home {at} list set {list} postal_address \"…\"   the publisher's: nothing is sent before\n  \
         courant --home {at} subscriber add {list} you@example.org\n  \
         courant sink                       a receiver to try it with, at 127.0.0.1:2525\n  \
         courant --home {at} serve          fetches, plans, sends to that receiver, serves the pages\n\
         Before real mail: smtp.host, smtp.port, smtp.tls and server.public_url in courant.toml, and\n  \
         courant --home {at} list set {list} sender_address|operators VALUE"
    ))
}

/// The usual configuration, with `courant sink` as its relay: nothing leaves before a person names
/// another one.
fn configuration() -> String {
    let text = Config::template("http://127.0.0.1:8025");
    let changed = |line: &str| match line {
        "# host = \"\"" => "host = \"127.0.0.1\"".to_owned(),
        "port = 587" => "port = 2525".to_owned(),
        "tls = \"required\"" => "tls = \"none\"".to_owned(),
        line => line.to_owned(),
    };
    let mut section = String::new();
    let lines = text.lines().map(|line| {
        if line.starts_with('[') {
            section = line.to_owned();
        }
        match section == "[smtp]" {
            true => changed(line),
            false => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}
