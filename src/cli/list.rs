//! `list`: newsletters, what they are set to, and when they go out.

mod cadence;
mod calendar;
mod holiday;

use std::path::Path;

use clap::Subcommand;
use serde_json::json;

use super::topic::meant;
use super::{Exit, Failure, House, parts, show};
use crate::domain::list::{Cadence, List, ListSettings, SETTINGS};
use crate::domain::slug::Slug;
use crate::domain::subscriber::Standing;
use crate::domain::time::{Calendar, Timestamp, format_rfc3339};
use crate::domain::{list, list_id::to_keep, nearest};
use crate::render::{RenderError, compile, theme};
use crate::store::{Store, StoreError};
use crate::themes;

/// What may be done with lists.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Make a list
    #[command(after_help = settings_help())]
    Add {
        /// Short name: a-z, 0-9 and -
        slug: String,
        /// The masthead; the same as name=…
        #[arg(long)]
        name: Option<String>,
        /// A rhythm and its cron expression; may be repeated, the first is the default
        #[arg(long, value_name = "NAME=EXPR", default_value = "daily=0 7 * * *")]
        cadence: Vec<String>,
        /// Settings
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Add a cadence, or change when one runs
    ///
    /// An expression whose minute and hour are one number each gives the days and a default time,
    /// which a subscriber's own hour replaces. Changing it moves what is due.
    Cadence {
        /// Which list
        slug: String,
        /// The cadence's short name, such as weekdays
        name: String,
        /// Cron expression, such as "0 7 * * 1-5"
        #[arg(allow_hyphen_values = true)]
        expr: String,
    },
    /// Days without a run
    ///
    /// They count by each subscriber's own calendar; the next run is on the next open day. Changing
    /// them moves what is due, at once.
    #[command(subcommand)]
    Holiday(holiday::Verb),
    /// Every list
    List {
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// Change one setting
    #[command(after_help = settings_help())]
    Set {
        /// Which list
        slug: String,
        /// Which setting
        key: String,
        /// What to; "" for none
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
    /// Every setting that a list has, and what it means
    Settings {
        /// JSON object
        #[arg(long)]
        json: bool,
    },
    /// What a list is set to, when it runs next, and what it lacks
    Show {
        /// Which list
        slug: String,
        /// JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `list`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    if let Verb::Settings { json } = verb {
        let rows = SETTINGS.iter().map(|s| (s.key, s.meaning.to_owned()));
        match json {
            true => show::json(&rows.collect::<std::collections::BTreeMap<_, _>>())?,
            false => show::pairs(&rows.collect::<Vec<_>>())?,
        }
        return Ok(Exit::Done);
    }
    let house = House::open(home).await?;
    match verb {
        Verb::Settings { .. } => {}
        Verb::Add {
            slug,
            name,
            cadence,
            settings,
        } => add(&house, &slug, name, &cadence, &settings).await?,
        Verb::Cadence { slug, name, expr } => cadence::set(&house, &slug, &name, &expr).await?,
        Verb::Holiday(verb) => return holiday::run(&house, verb).await,
        Verb::List { json } => list_all(&house, json).await?,
        Verb::Set { slug, key, value } => set(&house, &slug, &key, &value).await?,
        Verb::Show { slug, json } => show_one(&house, &slug, json).await?,
    }
    Ok(Exit::Done)
}

async fn set(house: &House, slug: &str, key: &str, value: &str) -> Result<(), Failure> {
    let list = find(&house.store, slug).await?;
    let mut settings = list.settings.clone();
    super::typed::setting(&mut settings, key, value, &parts::themes(&house.config))?;
    match key {
        "theme" => theme(house, &settings.theme)?,
        "quiet_days" => {
            let quiet = settings.quiet_days;
            calendar::must_run(house, &list, |c| c.quiet = quiet).await?;
        }
        "stories" | "stories_min" => together(&settings)?,
        "spread_minutes" | "lead_minutes" => {
            for cadence in house.store.cadences(list.id).await? {
                let (name, expr) = (&cadence.name, &cadence.expr);
                cadence::in_time(house, &list.slug, &settings, (name, expr))?;
            }
        }
        _ => {}
    }
    if let Some(id) = to_keep(&list.slug, &list.settings, &settings) {
        house.store.list_set(list.id, "list_id", &id).await?;
    }
    let value = shown(&settings, key);
    house.store.list_set(list.id, key, &value).await?;
    let mut said = format!("{slug}: {key} is now `{value}`");
    if key == "quiet_days" {
        said.push_str(&format!("; {}", calendar::redue(house, &list).await?));
    }
    show::note(&said);
    Ok(())
}

/// Refuses settings that do not go together.
fn together(settings: &ListSettings) -> Result<(), Failure> {
    match settings.at_odds() {
        Some((words, remedy)) => Err(Failure::usage(words).hint(remedy)),
        None => Ok(()),
    }
}

/// A list by what was typed.
///
/// # Errors
/// What is no short name, and what is no list, with what was perhaps meant.
pub async fn find(store: &Store, slug: &str) -> Result<List, Failure> {
    let slug = Slug::parse(slug)?;
    match store.list(&slug).await {
        Err(error @ StoreError::NotFound { .. }) => {
            let lists = store.lists().await?;
            let known: Vec<Slug> = lists.into_iter().map(|l| l.slug).collect();
            Err(Failure::from(error).hint(meant(slug.as_str(), &known, "list")))
        }
        other => Ok(other?),
    }
}

fn settings_help() -> String {
    let width = SETTINGS.iter().map(|s| s.key.len()).max().unwrap_or(0);
    let line = |s: &list::Setting| format!("  {:width$}  {}\n", s.key, s.meaning);
    format!(
        "Settings:\n{}",
        SETTINGS.iter().map(line).collect::<String>()
    )
}

fn shown(settings: &ListSettings, key: &str) -> String {
    let all = settings.shown().into_iter();
    all.filter(|(k, _)| *k == key)
        .map(|(_, value)| value)
        .next()
        .unwrap_or_default()
}

async fn add(
    house: &House,
    slug: &str,
    name: Option<String>,
    cadences: &[String],
    typed: &[String],
) -> Result<(), Failure> {
    let slug = Slug::parse(slug)?;
    let mut settings = ListSettings::default();
    let mut rows: Vec<(&str, String)> = Vec::new();
    let name = name.as_deref().map(|name| ("name", name));
    let pairs = typed.iter().map(|pair| {
        pair.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`{pair}` is not of the form KEY=VALUE"))
                .hint("`courant list settings` names every key")
        })
    });
    for pair in name.map(Ok).into_iter().chain(pairs) {
        let (key, value) = pair?;
        if rows.iter().any(|(known, _)| *known == key) {
            return Err(Failure::usage(format!("`{key}` is given twice")));
        }
        super::typed::setting(&mut settings, key, value, &parts::themes(&house.config))?;
        rows.push((key, shown(&settings, key)));
    }
    together(&settings)?;
    rows.extend(to_keep(&slug, &ListSettings::default(), &settings).map(|id| ("list_id", id)));
    theme(house, &settings.theme)?;
    let cadences = cadence::typed(cadences)?;
    let now = house.clock.now();
    let quiet = Calendar {
        quiet: settings.quiet_days,
        ..Calendar::default()
    };
    for (name, expr) in &cadences {
        if quiet
            .next_after(expr, now, &settings.home_zone, None)
            .is_none()
        {
            return Err(Failure::usage(format!(
                "the cadence `{name}` ({expr}) runs on quiet days only"
            ))
            .hint("choose other quiet_days, or other days for it"));
        }
        cadence::in_time(house, &slug, &settings, (name, expr))?;
    }
    let id = house.store.list_add(&slug, &rows, now).await.map_err(|e| {
        Failure::from(e).hint(format!("`courant list set {slug} KEY VALUE` changes it"))
    })?;
    for (name, expr) in &cadences {
        house.store.cadence_add(id, name, expr, now).await?;
    }
    let names: Vec<_> = cadences.iter().map(|(n, e)| format!("{n} ({e})")).collect();
    show::note(&format!("added list `{slug}`, {}", names.join(", ")));
    missing(&slug, &settings);
    Ok(())
}

async fn list_all(house: &House, json: bool) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for list in house.store.lists().await? {
        let cadences = house.store.cadences(list.id).await?;
        let counts = house.store.subscription_counts(list.id).await?;
        let active = counts.get(&Standing::Active).copied().unwrap_or(0);
        let names: Vec<_> = cadences.iter().map(|c| c.name.to_string()).collect();
        values.push(json!({
            "list": list.slug, "name": list.settings.name, "cadences": names, "active": active,
            "missing_for_sending": list.settings.missing_for_sending(),
        }));
        let name = list.settings.name;
        rows.push(vec![
            list.slug.to_string(),
            name,
            names.join(", "),
            active.to_string(),
        ]);
    }
    if json {
        return show::json(&values);
    }
    let none = "no lists yet: `courant list add SLUG --name NAME` makes one";
    show::table(&["list", "name", "cadences", "active"], rows, none)
}

async fn show_one(house: &House, slug: &str, json: bool) -> Result<(), Failure> {
    let list = find(&house.store, slug).await?;
    let cadences = house.store.cadences(list.id).await?;
    let counts = house.store.subscription_counts(list.id).await?;
    let settings = list.settings.shown();
    let (zone, now) = (&list.settings.home_zone, house.clock.now());
    let next = |c: &Cadence| -> Vec<Timestamp> {
        let runs = c.upcoming(now, zone, None, 3);
        runs.into_iter().map(|o| o.at).collect()
    };
    if json {
        let cadence = |c: &Cadence| {
            let runs: Vec<_> = next(c).into_iter().map(format_rfc3339).collect();
            json!({"name": c.name, "expr": c.expr.as_str(), "next": runs})
        };
        let settings: serde_json::Map<_, _> = settings
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect();
        return show::json(&json!({
            "list": list.slug,
            "settings": settings,
            "cadences": cadences.iter().map(cadence).collect::<Vec<_>>(),
            "subscriptions": counts,
            "missing_for_sending": list.settings.missing_for_sending(),
        }));
    }
    let mut pairs = vec![("list", list.slug.to_string())];
    pairs.extend(settings);
    for cadence in &cadences {
        pairs.push(("cadence", format!("{} ({})", cadence.name, cadence.expr)));
        for at in next(cadence) {
            pairs.push(("", show::local(at, zone)));
        }
    }
    let counts: Vec<_> = counts.iter().map(|(s, n)| format!("{n} {s}")).collect();
    let people = match counts.is_empty() {
        true => "none yet".to_owned(),
        false => counts.join(", "),
    };
    pairs.push(("subscriptions", people));
    show::pairs(&pairs)?;
    if cadences.is_empty() {
        show::note(&format!(
            "it has no cadence: `courant list cadence {slug} daily \"0 7 * * *\"` makes one"
        ));
    }
    missing(&list.slug, &list.settings);
    Ok(())
}

fn missing(slug: &Slug, settings: &ListSettings) {
    let missing = settings.missing_for_sending();
    if !missing.is_empty() {
        show::note(&format!(
            "before a letter can leave, it needs {}: `courant list set {slug} KEY VALUE`",
            missing.join(", ")
        ));
    }
}

/// A theme that is neither ours nor in the data folder would leave letters without a look.
fn theme(house: &House, name: &str) -> Result<(), Failure> {
    let folder = parts::themes(&house.config);
    if theme::names().any(|n| n == name) || folder.join(name).is_dir() {
        let fault = |e: RenderError| {
            let hint = e.hint();
            Failure::new(Exit::Failed, e)
                .context(format!("theme `{name}` does not compile"))
                .hint(hint.unwrap_or_else(|| format!("`courant template check {name}` says more")))
        };
        return compile(&themes::sources(&folder, name)?)
            .map(drop)
            .map_err(fault);
    }
    let known = theme::names().collect::<Vec<_>>().join(", ");
    let hint = match nearest(name, theme::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "the themes are {known}, and the folders in `{}`",
            folder.display()
        ),
    };
    Err(Failure::usage(format!("there is no theme `{name}`")).hint(hint))
}
