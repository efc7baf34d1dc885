//! `article set`: what an editor knows of an article and its source does not say.

use std::path::Path;

use clap::Args;

use super::of;
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::{Article, CanonicalUrl};
use crate::domain::time::{Date, Timestamp};
use crate::domain::web_link::leads_nowhere;
use crate::ingest::parse::is_likely;

/// What `article set` takes.
#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true)))]
pub struct SetArgs {
    /// Its number or its URL
    article: String,
    /// When it was published: a day such as 2024-03-25, or an instant with its offset; none: as its
    /// source says
    #[arg(long, value_name = "TIME", group = "what")]
    published: Option<String>,
    /// Where it is read
    #[arg(long, value_name = "URL", group = "what")]
    url: Option<String>,
}

pub(super) async fn run(args: &SetArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    let now = house.clock.now();
    let undo = args.published.as_deref() == Some("none");
    let published = args.published.as_deref().filter(|_| !undo);
    let published = published.map(|text| instant(text, now)).transpose()?;
    let url = args
        .url
        .as_deref()
        .map(|text| CanonicalUrl::parse(text, None));
    let url = url.transpose().map_err(Failure::usage)?;
    let article = of(&house.store, &args.article).await?;
    let told = format!("`{}` (article {})", article.text.headline, article.id);
    if let Some(url) = &url {
        house.store.article_moved(article.id, url).await?;
        show::note(&format!("{told} is read at {url}", url = url.as_str()));
    }
    if undo {
        let said = house.store.article_undated(article.id).await?;
        let after = house.store.article(article.id).await?;
        let backlog = if after.backlog { ", and backlog" } else { "" };
        show::note(&match (said, after.published) {
            (false, _) => format!("nobody said when {told} was published"),
            (true, Some(at)) => format!(
                "taken back: {told} was published {}{backlog}",
                typed::shown(at)
            ),
            (true, None) => format!("taken back: {told} has no date{backlog}"),
        });
    }
    if let Some(published) = published {
        if url.is_none() {
            linkless(&article);
        }
        let seen = article.first_seen;
        house
            .store
            .article_published(article.id, published, seen)
            .await?;
        show::note(&format!("{told} was published {}", typed::shown(published)));
        show::note(
            "letters bring it while it is within their list's window; `courant edition pin` brings an older one",
        );
    }
    Ok(Exit::Done)
}

/// Says that letters bring an article without a link, where its address is not known.
pub(in crate::cli) fn linkless(article: &Article) {
    if leads_nowhere(article.url.as_str()) {
        let id = article.id;
        show::note("its address is not known: letters bring it without a link");
        show::note(&format!(
            "hint: `courant article set {id} --url URL` gives it one"
        ));
    }
}

/// A day is meant as its noon in UTC, the same day almost everywhere; the day that has begun, as now.
fn instant(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let given = typed::short(text, 64);
    let day = || {
        let day: Date = text.parse().ok()?;
        let at = |hour| jiff::tz::Offset::UTC.to_timestamp(day.at(hour, 0, 0, 0));
        let noon = at(12).ok()?;
        Some(if at(0).ok()? <= now {
            noon.min(now)
        } else {
            noon
        })
    };
    let at = text.parse().ok().or_else(day);
    let at: Timestamp = at.ok_or_else(|| {
        Failure::usage(format!(
            "--published: `{given}` is neither a day nor an instant"
        ))
        .hint("write `2024-03-25` or `2024-03-25T06:00:00Z`")
    })?;
    if !is_likely(at) {
        return Err(Failure::usage(format!(
            "--published: `{given}` is in no year of a newspaper"
        )));
    }
    match at <= now {
        true => Ok(at),
        false => Err(
            Failure::usage(format!("--published: `{given}` is in the future"))
                .hint("`courant article embargo` keeps an article back until then"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn a_day_that_has_begun_is_taken_and_no_other_one_ahead() {
        let now = "2026-03-05T08:00:00Z".parse().expect("an instant");
        let read = |text: &str| instant(text, now).ok().map(|at| at.to_string());
        assert_eq!(read("2026-03-05").as_deref(), Some("2026-03-05T08:00:00Z"));
        assert_eq!(read("2026-03-04").as_deref(), Some("2026-03-04T12:00:00Z"));
        for refused in [
            "2026-03-06",
            "2026-03-05T09:00:00Z",
            "0000-01-01",
            "9999-01-01",
            "soon",
        ] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }
}
