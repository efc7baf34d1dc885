//! An editor's words for a story's headline and summary, written only over the text that the editor saw.

use axum::response::Response;

use super::act::All;
use super::conflict::{self, Three, Told};
use super::story::Done;
use super::{Missing, Seat, back};
use crate::domain::RevisionId;
use crate::domain::article::Article;
use crate::domain::written::line;
use crate::web::{Form, House};

/// Longest headline, in characters.
const HEADLINE_MAX: usize = 300;
/// Longest summary, in characters.
const SUMMARY_MAX: usize = 2_000;

/// Writes it, says that it says so already, or shows the three texts.
pub(super) async fn rewrite(
    house: &House,
    (seat, meant, laid): All<'_>,
    article: &Article,
    form: &Form,
) -> Result<Response, Missing> {
    let path = format!("{}/story/{}", meant.path(), article.id);
    let all = (seat, meant, laid);
    let words = form.one("summary").unwrap_or_default();
    let summary = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let headline = line(
        "the headline",
        form.one("headline").unwrap_or_default(),
        HEADLINE_MAX,
    );
    let headline = match headline {
        Ok(headline) => headline,
        Err(error) => return house.not_done(all, form, error.to_string()).await,
    };
    if summary.chars().count() > SUMMARY_MAX {
        let words = format!("the summary has more than {SUMMARY_MAX} characters");
        return house.not_done(all, form, words).await;
    }
    let (store, now, by) = (&house.app.store, house.app.clock.now(), &seat.editor.name);
    let seen = form
        .one("seen")
        .and_then(|n| n.parse().ok())
        .map(RevisionId);
    let seen = seen.unwrap_or(article.revision);
    let new = (Some(headline.as_str()), Some(summary.as_str()));
    if headline == article.text.headline && summary == article.text.summary {
        return Ok(back(&path, ""));
    }
    let done = store
        .article_rewrite_on((article.id, seen), new, by, now)
        .await?;
    if done.is_some() {
        made_again(house)?;
        return Ok(back(&path, "did=rewritten"));
    }
    let texts = store.article_texts(article.id).await?;
    let now = store.article(article.id).await?;
    let of = |id: RevisionId| texts.iter().find(|t| t.revision == id);
    let before = of(seen).map(|t| t.text.clone());
    let theirs = of(now.revision).and_then(|t| t.by_editor.clone());
    let told = Told {
        by: theirs.unwrap_or_else(|| now.source_name.clone()),
        hidden: vec![
            ("do", "rewrite".to_owned()),
            ("seen", now.revision.to_string()),
        ],
        path,
    };
    let three = |name, field, before: Option<String>, theirs: String, mine: String, long| Three {
        name,
        field,
        before: before.unwrap_or_default(),
        theirs,
        mine,
        long,
        open: true,
    };
    let fields = [
        three(
            "Headline",
            "headline",
            before.as_ref().map(|t| t.headline.clone()),
            now.text.headline,
            headline,
            false,
        ),
        three(
            "Summary",
            "summary",
            before.map(|t| t.summary),
            now.text.summary,
            summary,
            true,
        ),
    ];
    Ok(conflict::page(house, seat, &told, &fields))
}

/// The source's own words stand again, or an editor's before.
pub(super) async fn back_to_source(
    house: &House,
    seat: &Seat,
    article: &Article,
) -> Result<Done, Missing> {
    let (store, now) = (&house.app.store, house.app.clock.now());
    let done = store.article_rewrite_undo(article.id, &seat.editor.name, now);
    match done.await? {
        Some(_) => {
            made_again(house)?;
            Ok(Ok("returned"))
        }
        None => Ok(Ok("taken-back")),
    }
}

/// Makes the letters again that are planned and wait for it, beside the answer: of a big list it takes a
/// while, and whoever sends does it too.
pub(super) fn made_again(house: &House) -> Result<(), Missing> {
    let press = house.bench()?.parts.press.clone();
    let now = house.app.clock.now();
    tokio::spawn(async move {
        let pending = match press.store.amendments_pending().await {
            Ok(pending) if !pending.is_empty() => pending,
            Ok(_) => return,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "letters wait to be made again");
                return;
            }
        };
        match press.amend_pending(&pending, now).await {
            Ok(failed) if failed.is_empty() => {}
            Ok(failed) => tracing::warn!(waves = failed.len(), "letters wait to be made again"),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "letters wait to be made again");
            }
        }
    });
    Ok(())
}
