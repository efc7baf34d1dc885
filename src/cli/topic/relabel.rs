//! `topic relabel`: stored articles labelled anew, by the rules, places and settings of now.

use clap::Args;

use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::slug::Slug;
use crate::ingest::{self, Change};

/// What `topic relabel` takes.
#[derive(Args, Debug)]
pub struct Relabel {
    /// Articles dated in so many last days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
    /// Show what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Relabel, house: &House) -> Result<Exit, Failure> {
    let back = jiff::SignedDuration::from_hours(24 * args.days);
    let now = house.clock.now();
    let done = ingest::relabel(&house.store, back, now, !args.dry_run).await?;
    if args.json {
        show::json(&done)?;
        return Ok(Exit::Done);
    }
    let slugs = |slugs: &[Slug]| {
        let slugs: Vec<&str> = slugs.iter().map(Slug::as_str).collect();
        match slugs.is_empty() {
            true => "none".to_owned(),
            false => slugs.join(" "),
        }
    };
    let row = |c: &Change| {
        vec![
            c.article.to_string(),
            slugs(&c.before),
            slugs(&c.after),
            typed::short(&c.headline, 80),
        ]
    };
    let rows = done.changed.iter().map(row).collect();
    show::table(
        &["id", "before", "after", "headline"],
        rows,
        "no article changes",
    )?;
    let looked_at = i64::try_from(done.articles).unwrap_or(i64::MAX);
    show::note(&format!(
        "{} of {} {}; what an editor said of an article stays",
        done.changed.len(),
        show::count(looked_at, "article"),
        match args.dry_run {
            true => "would change",
            false => "changed",
        }
    ));
    Ok(Exit::Done)
}
