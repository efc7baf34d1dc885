//! What a source can be set to: one reader and one line of help a key.

use std::path::Path;

use super::rules;
use crate::cli::{Failure, House, typed};
use crate::domain::article::{Backlog, Source};
use crate::domain::slug::Slug;
use crate::domain::{ListId, SourceId, nearest};
use crate::ingest::parse::language_tag;
use crate::store::{Cleaning, Store, StoreError};

/// Every key with what it means, in the order of `source show`.
pub const KEYS: &[(&str, &str)] = &[
    (
        "name",
        "the name beside its stories, up to 80 characters; empty for none",
    ),
    ("location", "http(s) URL or file of the feed"),
    ("lists", "the lists that take from it, separated by commas"),
    ("topic", "topic of entries that bring none; empty for none"),
    (
        "language",
        "language tag of entries that state none; empty for none",
    ),
    (
        "home",
        "the place that it writes from, out of `place import`; empty for none",
    ),
    (
        "map",
        "what its categories mean: category=topic, other=place:slug",
    ),
    (
        "backlog",
        "what the first fetch brings: window, all or none",
    ),
    (
        "quality",
        "how much its stories count beside others', 0 to 1000 (default: 500)",
    ),
    ("interval", "minutes between two fetches, 1 to 1440"),
    (
        "settle",
        "how long a new article waits before letters bring it, 0 to 24h (default: 0)",
    ),
    (
        "private_network",
        "true lets it be on this machine or a private network, and on ports from 1024 on",
    ),
    (
        "full_text",
        "true fetches the page of an entry that is only a teaser",
    ),
    (
        "rules",
        "@FILE with clean-up rules, see `source test-rules --help`; empty for none",
    ),
];

/// What a source is set to, read and not written yet.
pub struct Draft {
    /// Its row.
    pub source: Source,
    cleaning: Cleaning,
    lists: Option<Vec<ListId>>,
    /// Which parts somebody set: its row, its home, its cleaning.
    set: [bool; 3],
}

const ROW: usize = 0;
const HOME: usize = 1;
const CLEANING: usize = 2;

impl Draft {
    /// A source as it is, or as it will be.
    pub fn of(source: Source, cleaning: Cleaning) -> Draft {
        Draft {
            source,
            cleaning,
            lists: None,
            set: [false; 3],
        }
    }

    /// Reads one key. What it names has to be there.
    pub async fn read(&mut self, house: &House, key: &str, value: &str) -> Result<(), Failure> {
        let value = value.trim();
        let source = &mut self.source;
        let bad = |problem: String| {
            let meaning = KEYS.iter().find(|(k, _)| *k == key).map(|(_, m)| *m);
            let value = typed::short(value, 80);
            Failure::usage(format_args!("`{value}` will not do for `{key}`: {problem}"))
                .maybe_hint(meaning.map(str::to_owned))
        };
        let part = match key {
            "home" => HOME,
            "full_text" | "rules" => CLEANING,
            _ => ROW,
        };
        match key {
            "name" if value.is_empty() => source.name = String::new(),
            "name" => source.name = typed::line("the name", value, 80)?,
            "location" => source.location = typed::location(value)?,
            "lists" => {
                let names: Vec<String> = parts(value).map(str::to_owned).collect();
                let lists = match names.is_empty() {
                    true => Vec::new(),
                    false => typed::lists(&house.store, &names).await?,
                };
                self.lists = Some(lists.iter().map(|l| l.id).collect());
            }
            "topic" if value.is_empty() => source.default_topic = None,
            "topic" => source.default_topic = Some(typed::topic(&house.store, value).await?),
            "language" if value.is_empty() => source.default_language = None,
            "language" => source.default_language = Some(language(value)?),
            "home" if value.is_empty() => source.home = None,
            "home" => source.home = Some(typed::gazetteer_place(&house.store, value).await?),
            "map" => {
                let typed_map = [value.to_owned()];
                source.categories = typed::category_map(&house.store, &typed_map).await?;
            }
            "backlog" => source.backlog = Backlog::parse(value)?,
            "quality" | "interval" | "settle" | "private_network" => {
                measure(source, key, value).map_err(|what| bad(what.to_owned()))?;
            }
            "full_text" | "rules" => cleaning(&mut self.cleaning, &source.slug, key, value)?,
            _ => return Err(unknown(key)),
        }
        self.set[part] = true;
        Ok(())
    }

    /// Writes what was set, to a source that was added meanwhile by what its feed said.
    pub async fn write_to(&mut self, store: &Store, added: &Source) -> Result<(), StoreError> {
        let row = &mut self.source;
        row.name.clone_from(&added.name);
        row.location.clone_from(&added.location);
        row.categories.clone_from(&added.categories);
        self.write(store, added.id).await
    }

    /// Writes what was set, to the source that has this id.
    pub async fn write(&self, store: &Store, id: SourceId) -> Result<(), StoreError> {
        if let Some(lists) = &self.lists {
            store.source_lists_set(id, lists).await?;
        }
        if self.set[HOME] {
            store.source_home_set(id, self.source.home.as_ref()).await?;
        }
        if self.set[CLEANING] {
            store.source_cleaning_set(id, &self.cleaning).await?;
        }
        if self.set[ROW] {
            let mut source = self.source.clone();
            source.id = id;
            store.source_set(&source).await?;
        }
        Ok(())
    }
}

/// Sets one key of a source and writes it.
pub async fn set(house: &House, source: Source, key: &str, value: &str) -> Result<(), Failure> {
    let (id, cleaning) = (source.id, house.store.source_cleaning(source.id).await?);
    let mut draft = Draft::of(source, cleaning);
    draft.read(house, key, value).await?;
    Ok(draft.write(&house.store, id).await?)
}

/// Reads `KEY=VALUE` pairs into a source that is to be added.
pub async fn pairs(house: &House, draft: &mut Draft, typed: &[String]) -> Result<(), Failure> {
    let mut known: Vec<&str> = Vec::new();
    for pair in typed {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            let pair = typed::short(pair, 64);
            Failure::usage(format!("`{pair}` is not of the form KEY=VALUE"))
                .hint("`courant source set --help` names every key")
        })?;
        if key == "location" {
            return Err(Failure::usage("the location stands before the settings"));
        }
        if known.contains(&key) {
            return Err(Failure::usage(format!("`{key}` is given twice")));
        }
        known.push(key);
        draft.read(house, key, value).await?;
    }
    Ok(())
}

/// What is a number, a span or a yes; else what it takes.
fn measure(source: &mut Source, key: &str, value: &str) -> Result<(), &'static str> {
    match (key, value) {
        ("quality", value) => match value.parse() {
            Ok(quality) if quality <= 1000 => source.quality = quality,
            _ => return Err("it takes a whole number from 0 to 1000"),
        },
        ("interval", value) => match value.parse() {
            Ok(minutes) if (1_i64..=1440).contains(&minutes) => source.interval_s = minutes * 60,
            _ => return Err("it takes a whole number from 1 to 1440"),
        },
        ("settle", "0") => source.settle_s = 0,
        ("settle", value) => match typed::span(value) {
            Ok(span) if (0..=86_400).contains(&span.as_secs()) => source.settle_s = span.as_secs(),
            _ => return Err("it takes a span such as 10m or 2h, up to 24h"),
        },
        (_, "true") => source.private_network = true,
        (_, "false") => source.private_network = false,
        _ => return Err("it takes true or false"),
    }
    Ok(())
}

/// How its articles are cleaned and completed.
fn cleaning(cleaning: &mut Cleaning, slug: &Slug, key: &str, value: &str) -> Result<(), Failure> {
    match (key, value, value.strip_prefix('@')) {
        ("full_text", "true" | "false", _) => cleaning.full_text = value == "true",
        ("full_text", ..) => {
            return Err(Failure::usage("`full_text` takes true or false"));
        }
        (_, "", _) => cleaning.rules = String::new(),
        (_, _, Some(file)) => cleaning.rules = rules::to_keep(Path::new(file))?,
        _ => {
            let words = "`rules` takes @ and the name of a file";
            let hint = format!("courant source set {slug} rules @rules.toml");
            return Err(Failure::usage(words).hint(hint));
        }
    }
    Ok(())
}

/// A language tag in its one spelling.
pub fn language(text: &str) -> Result<String, Failure> {
    language_tag(text).ok_or_else(|| {
        let text = typed::short(text, 64);
        Failure::usage(format_args!("`{text}` is no language tag")).hint("write en or pt-BR")
    })
}

/// The keys as `--help` shows them.
pub fn help() -> String {
    let width = KEYS.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let lines = KEYS
        .iter()
        .map(|(key, meaning)| format!("  {key:width$}  {meaning}"));
    format!("Keys:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|p| !p.is_empty())
}

fn unknown(key: &str) -> Failure {
    let known = KEYS.iter().map(|(key, _)| *key);
    let hint = match nearest(key, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys are {}", known.collect::<Vec<_>>().join(", ")),
    };
    let key = typed::short(key, 64);
    Failure::usage(format_args!("a source has no setting `{key}`")).hint(hint)
}
