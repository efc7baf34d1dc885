//! What a ban is not about: the list's other editions of the same day, which have their own decisions.

use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, show};
use crate::domain::article::Article;
use crate::domain::edition::{Edition, in_force};

/// Names the other editions of the day that are still to be planned and may bring a banned story, with
/// what keeps it out of them.
pub(super) async fn untouched(
    house: &House,
    shelf: &Shelf,
    banned: &Edition,
    article: &Article,
) -> Result<(), Failure> {
    let same_day = shelf.issues.iter().filter(|issue| {
        let other = issue.cadence.id != banned.cadence || issue.run != banned.run;
        other && issue.run.date() == banned.run.date() && !issue.coming.is_empty()
    });
    for issue in same_day {
        if let Some(edition) = &issue.edition {
            let decided = in_force(&house.store.decisions(edition.id).await?);
            if decided.bans.contains_key(&article.story) {
                continue;
            }
        }
        let readers = show::count(issue.readers_to_come(), "reader");
        show::note(&format!(
            "{} of the same day is another edition, and its {readers} may get it",
            issue.name()
        ));
        let (slug, run, cadence) = (&shelf.list.slug, issue.run, &issue.cadence.name);
        show::note(&format!(
            "hint: `courant edition ban {slug} {} --run {run} --cadence {cadence}` bans it there too",
            article.id
        ));
    }
    Ok(())
}
