//! `story list`: which stories were told lately.

use clap::Args;

use crate::cli::{Exit, Failure, House, show, typed};

/// What `story list` takes.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Only those that a source of this list tells
    #[arg(long)]
    list: Option<String>,
    /// How far back, such as 90m, 24h, 7d
    #[arg(long, default_value = "24h", value_parser = typed::span)]
    since: jiff::SignedDuration,
    /// Only those with at least so many articles
    #[arg(long, value_name = "N", default_value_t = 1)]
    articles: u32,
    /// At most so many
    #[arg(long, default_value_t = 200)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(house: &House, args: &ListArgs) -> Result<Exit, Failure> {
    let list = match &args.list {
        Some(name) => Some(typed::list(&house.store, name).await?.id),
        None => None,
    };
    let now = house.clock.now();
    let since = now.checked_sub(args.since).unwrap_or(jiff::Timestamp::MIN);
    let least = i64::from(args.articles);
    let stories = house.store.stories(list, since, least, args.limit).await?;
    if args.json {
        show::json(&stories)?;
        return Ok(Exit::Done);
    }
    let rows = stories.iter().map(|s| {
        vec![
            s.story.to_string(),
            s.articles.to_string(),
            s.sources.to_string(),
            typed::shown(s.newest),
            typed::short(&s.headline, 80),
        ]
    });
    show::table(
        &["story", "articles", "sources", "newest", "headline"],
        rows.collect(),
        "no such story was told in that time; `--since 7d` looks further back",
    )?;
    Ok(Exit::Done)
}
