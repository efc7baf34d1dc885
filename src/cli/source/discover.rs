//! `source discover`: the feeds of a site, by the address of any of its pages.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::seen;
use crate::cli::house::folder;
use crate::cli::{Exit, Failure, parts, show, typed};
use crate::clock::Clock;
use crate::config::Config;
use crate::ingest::discover::{Discovered, FoundFeed, discover, newest};

/// Where to look.
#[derive(Args, Debug)]
pub struct Discover {
    /// A page of the site, or a feed; without `https://` it is put before it
    #[arg(value_name = "URL")]
    site: String,
    /// Let it be on this machine or a private network, and on ports from 1024 on
    #[arg(long)]
    private_network: bool,
    /// Most feeds that are told
    #[arg(long, value_name = "N", default_value_t = 12,
        value_parser = clap::value_parser!(u8).range(1..=40))]
    limit: u8,
    /// JSON array
    #[arg(long)]
    json: bool,
}

/// Looks, and shows what was found. Nothing is written, and no data folder is needed.
pub async fn run(args: Discover, home: Option<&Path>) -> Result<Exit, Failure> {
    let url = typed::site(&args.site)?;
    let fetcher = parts::fetcher(&Config::load(&folder(home))?);
    let now = Clock::system().now();
    let most = usize::from(args.limit);
    let busy = show::busy("looking for feeds");
    let found = discover(&fetcher, &url, args.private_network, most, now).await;
    busy.finish_and_clear();
    let found = found?;
    for missed in &found.missed {
        show::note(&format!("no feed: {}: {}", missed.url, missed.why));
    }
    if args.json {
        let row = |f: &FoundFeed| {
            let mut row = seen::as_json(&f.feed, now);
            row["url"] = json!(f.url);
            row["found"] = json!(f.how);
            row
        };
        show::json(&found.feeds.iter().map(row).collect::<Vec<Value>>())?;
    } else if !found.feeds.is_empty() {
        let row = |f: &FoundFeed| {
            vec![
                f.feed.title.clone().unwrap_or_default(),
                f.feed.format.to_string(),
                f.feed.entries.len().to_string(),
                typed::shown_or(newest(&f.feed, now), "undated"),
                f.how.to_string(),
                f.url.clone(),
            ]
        };
        show::table(
            &["title", "format", "entries", "newest", "found", "url"],
            found.feeds.iter().map(row).collect(),
            "",
        )?;
    }
    match found.feeds.first() {
        Some(first) => {
            show::note(&format!("next: courant source add SLUG {}", first.url));
            Ok(Exit::Done)
        }
        None => Err(none(&url, &found)),
    }
}

/// That a site has no feed that could be found.
pub fn none(url: &str, found: &Discovered) -> Failure {
    let words = match found.missed.is_empty() {
        true => format!("no feed was found at `{url}`"),
        false => format!("no feed was found at `{url}`; what it names is none"),
    };
    Failure::failed(words).hint(
        "look for an RSS or Atom link on its pages and give that address; articles without a feed \
         are handed in with `courant article import`",
    )
}
