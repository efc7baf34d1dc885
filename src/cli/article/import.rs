//! `article import`: handing articles in, as rows or as a saved page.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{page, pictures, unknown};
use crate::cli::{Exit, Failure, House, sending, show, typed};
use crate::domain::article::{Backlog, CanonicalUrl, CategoryMap, Source, SourceKind};
use crate::domain::slug::Slug;
use crate::ingest::parse::Problem;
use crate::ingest::{self, Taken};
use crate::store::NewSource;

/// What is handed in.
#[derive(clap::Args, Debug)]
pub struct Import {
    /// JSONL file, or - for stdin
    #[arg(required_unless_present = "page", conflicts_with = "page")]
    pub(super) file: Option<PathBuf>,
    /// The source that they belong to; made if it is not there
    #[arg(long, default_value = "import")]
    pub(super) source: String,
    /// A saved page instead of rows, its text or its HTML; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(super) page: Option<PathBuf>,
    /// Where that page is read (default: what it states itself)
    #[arg(long, requires = "page")]
    pub(super) url: Option<String>,
    /// Makes URLs of rows that have an id only
    #[arg(long, value_name = "URL", conflicts_with = "page")]
    pub(super) base: Option<String>,
    /// Topic of what states none (default: the source's)
    #[arg(long)]
    pub(super) topic: Option<String>,
    /// As JSON; of a page with all that was read in it
    #[arg(long)]
    pub(super) json: bool,
}

/// Takes rows, or a page.
pub(super) async fn run(import: Import, home: Option<&Path>) -> Result<Exit, Failure> {
    let slug = Slug::parse(&import.source)?;
    let url = |text: &Option<String>| {
        let parsed = text.as_deref().map(|t| CanonicalUrl::parse(t, None));
        parsed.transpose().map_err(Failure::usage)
    };
    let (page_url, base) = (url(&import.url)?, url(&import.base)?);
    let file = import.page.as_ref().or(import.file.as_ref());
    let bytes = typed::bytes(file.map(PathBuf::as_path).unwrap_or(Path::new("-")))?;
    let house = House::open(home).await?;
    if import.page.is_some() {
        return page::hand_in(&house, &import, slug, bytes, page_url).await;
    }
    let topic = match &import.topic {
        Some(name) => Some(typed::topic(&house.store, name).await?),
        None => None,
    };
    let read = ingest::read_rows(bytes, base.map(|b| b.to_string())).await?;
    // Before a source is made for it: what failed leaves nothing behind.
    if read.articles.is_empty() && read.refused > 0 {
        tell(&read.problems);
        let words = format!("none of the {} rows could be taken", read.refused);
        return Err(Failure::failed(words));
    }
    let remark = pictures::remark(&read.articles);
    let unknown = unknown::Unknown::of(&house.store, &read.articles).await?;
    let mut source = source(&house, slug, topic.clone()).await?;
    source.default_topic = topic.or(source.default_topic);
    let now = house.clock.now();
    let taken = ingest::take_handed_in(&house.store, &source, read, now).await?;
    let made_again = sending::amend(&house).await?;
    for words in remark.iter().chain(&made_again).chain(&unknown.words()) {
        show::note(words);
    }
    match import.json {
        true => {
            let mut value = json!(taken);
            value["unknown"] = json!(unknown);
            value["source"] = json!(source.slug);
            show::json(&value)?;
            Ok(ended(&taken))
        }
        false => report(&source, &taken),
    }
}

fn ended(taken: &Taken) -> Exit {
    match taken.refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    }
}

/// The source that was named, or a new one that every list takes from.
pub(super) async fn source(
    house: &House,
    slug: Slug,
    topic: Option<Slug>,
) -> Result<Source, Failure> {
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

pub(super) fn report(source: &Source, taken: &Taken) -> Result<Exit, Failure> {
    tell(&taken.problems);
    let mut words = format!(
        "{} new, {} revised, {} unchanged",
        taken.new, taken.revised, taken.unchanged
    );
    for (count, word) in [
        (taken.backlog, "of the new ones backlog"),
        (
            taken.kept,
            "of these written anew by an editor, whose words stay",
        ),
        (taken.corrected, "marked as corrected"),
        (taken.withdrawn, "taken back by its source"),
        (taken.repeated, "named twice"),
        (taken.refused, "refused"),
    ] {
        if count > 0 {
            words.push_str(&format!(", {count} {word}"));
        }
    }
    show::line(&format!("`{}`: {words}", source.slug))?;
    Ok(ended(taken))
}
