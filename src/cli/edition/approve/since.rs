//! What was amended since an edition was approved. What takes a story out, gives it back or corrects it
//! keeps the approval; whoever gave it is told what their readers get instead.

use serde_json::{Value, json};

use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, show, typed};
use crate::domain::EditionId;
use crate::domain::amendment::AmendmentKind;
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::store::approved_plan::AmendedStory;

/// So many amendments are told.
const TOLD: usize = 20;

/// What was amended of an edition's approved stories, and of its letters, since an instant; the last
/// first, and one more than is told.
pub(in crate::cli::edition) async fn amended(
    house: &House,
    edition: EditionId,
    since: Timestamp,
) -> Result<Vec<AmendedStory>, Failure> {
    let plan = house.store.approved_plan(edition).await?;
    let waves = plan.iter().flat_map(|plan| &plan.waves);
    let articles = waves.flat_map(|wave| wave.plan.articles.keys().copied());
    let most = i64::try_from(TOLD).unwrap_or(i64::MAX).saturating_add(1);
    let articles = articles.collect();
    let found = house.store.amended_since(edition, since, &articles, most);
    Ok(found.await?)
}

/// It in words, a line each, under a title.
pub(in crate::cli::edition) fn lines(
    shelf: &Shelf,
    title: &str,
    amended: &[AmendedStory],
) -> Vec<String> {
    let mut lines = Vec::new();
    if amended.is_empty() {
        return lines;
    }
    lines.push(format!("{title}:"));
    for one in amended.iter().take(TOLD) {
        let headline = typed::short(&one.headline, 80);
        let (article, what, at) = (one.article, what(one), shelf.shown(one.at));
        let by = one.by.as_deref().unwrap_or("its source");
        let letters = letters(one);
        lines.push(format!(
            "  `{headline}` (article {article}) {what} by {by} at {at}: {letters}"
        ));
    }
    if amended.len() > TOLD {
        lines.push("  and more before that".to_owned());
    }
    lines
}

fn what(one: &AmendedStory) -> &'static str {
    match (one.kind, &one.by) {
        (AmendmentKind::Withdrawn, _) => "was withdrawn",
        (AmendmentKind::Restored, _) => "was given back",
        (AmendmentKind::Rewritten, Some(_)) => "was written anew",
        (AmendmentKind::Rewritten, None) => "was corrected",
    }
}

/// What it came to: `3 letters made again, 1 letter withheld`.
fn letters(one: &AmendedStory) -> String {
    let counts = [
        (one.revised, "made again"),
        (one.withheld, "withheld, with too few stories left"),
        (one.held, "in doubt and held"),
    ];
    let counts = counts.iter().filter(|(n, _)| *n > 0);
    let said: Vec<String> = counts
        .map(|(n, what)| format!("{} {what}", show::count(*n, "letter")))
        .collect();
    match said.is_empty() {
        true => "no letter that is planned changes by it".to_owned(),
        false => said.join(", "),
    }
}

/// The same as JSON.
pub(in crate::cli::edition) fn value(amended: &[AmendedStory]) -> Value {
    let row = |one: &AmendedStory| {
        json!({
            "article": one.article, "headline": one.headline, "kind": one.kind, "by": one.by,
            "at": format_rfc3339(one.at), "revised": one.revised, "withheld": one.withheld,
            "held": one.held,
        })
    };
    amended.iter().take(TOLD).map(row).collect()
}
