//! `source`: where articles come from.

mod add;
pub mod discover;
mod fetch;
mod keys;
mod opml;
mod rules;
mod seen;
mod show;

use std::path::{Path, PathBuf};

use super::{Exit, Failure, House, show as out, typed};
use crate::domain::article::SourceState;
use crate::ingest::parse::{self, ParsedFeed};
use crate::ingest::{self, Document, Taken};

/// What may be done with sources.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Look at a feed, show what it is, and add it
    ///
    /// RSS, Atom, RDF and JSON Feed are read. What is no feed is not added. On a terminal it asks before
    /// it adds.
    #[command(after_help = keys::help())]
    Add(add::Add),
    /// Find a site's feeds by the address of any of its pages; needs no data folder
    ///
    /// The address itself, the feeds that the page names, then the usual places, as far as the site's
    /// robots.txt allows that.
    Discover(discover::Discover),
    /// Add the feeds of an OPML file that are no sources yet
    ///
    /// A folder that has the name of a topic on offer gives its feeds that topic.
    Import(opml::Import),
    /// Write the sources that are fetched from the web as OPML
    Export(opml::Export),
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
        /// Only its clean-up rules, as the file from which they were set
        #[arg(long, conflicts_with = "json")]
        rules: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Try clean-up rules: what they make of pages, and which rule did what; keeps nothing
    #[command(after_help = rules::HELP)]
    TestRules(rules::TestArgs),
    /// Change one setting of a source
    #[command(after_help = keys::help())]
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

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Add(source) => add::add(source, home).await?,
        Verb::Discover(args) => return discover::run(args, home).await,
        Verb::Import(args) => return opml::import(args, home).await,
        Verb::Export(args) => return opml::export(args, home).await,
        Verb::List { list, json } => show::list_all(list, json, home).await?,
        Verb::Show { slug, rules, json } => show::show_one(&slug, rules, json, home).await?,
        Verb::TestRules(args) => return rules::test(&args, home).await,
        Verb::Set { slug, key, value } => {
            let house = House::open(home).await?;
            let source = typed::source(&house.store, &slug).await?;
            keys::set(&house, source, &key, &value).await?;
            out::note(&format!("set `{key}` of the source `{slug}`"));
            let again = ["full_text", "language", "location", "map", "rules", "topic"];
            if again.contains(&key.as_str()) {
                out::note("its next fetch reads the whole feed by it, changed or not");
            }
        }
        Verb::Pause { slug } => state(&slug, SourceState::Paused, home).await?,
        Verb::Resume { slug } => state(&slug, SourceState::Active, home).await?,
        Verb::Remove { slug, yes } => remove(&slug, yes, home).await?,
        Verb::Fetch { slug, all, json } => return fetch::fetch(slug, all, json, home).await,
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
                out::json(&parse::to_json(&feed))?;
            } else {
                show_feed(&feed)?;
            }
        }
    }
    Ok(Exit::Done)
}

async fn state(slug: &str, state: SourceState, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    house.store.source_state(&source.slug, state).await?;
    out::note(&format!("the source `{slug}` is {state}"));
    Ok(())
}

async fn remove(slug: &str, yes: bool, home: Option<&Path>) -> Result<(), Failure> {
    let house = House::open(home).await?;
    let source = typed::source(&house.store, slug).await?;
    let lists = show::lists_of(&house, &source).await?;
    if !yes && !lists.is_empty() {
        let words = format!("the source `{slug}` is taken from by {}", lists.join(", "));
        return Err(Failure::failed(words).hint(format!(
            "`courant source remove {slug} --yes` removes it all the same; its articles stay"
        )));
    }
    let now = house.clock.now();
    house.store.source_remove(&source.slug, now).await?;
    out::note(&format!("removed the source `{slug}`; its articles stay"));
    Ok(())
}

fn show_feed(feed: &ParsedFeed) -> Result<(), Failure> {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "not stated".to_owned());
    out::pairs(&[
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
        out::line(&format!("  {dated:20}  {title}"))?;
    }
    for problem in &feed.problems {
        out::note(&format!("problem: {problem}"));
    }
    Ok(())
}

/// `12 new (3 of them backlog), 1 refused`.
fn found(taken: &Taken) -> String {
    let mut parts = vec![match taken.backlog {
        0 => format!("{} new", taken.new),
        backlog => format!("{} new ({backlog} of them backlog)", taken.new),
    }];
    for (count, word) in [
        (taken.revised, "revised"),
        (
            taken.kept,
            "of these written anew by an editor, whose words stay",
        ),
        (taken.corrected, "marked as corrected"),
        (taken.withdrawn, "taken back by its source"),
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
