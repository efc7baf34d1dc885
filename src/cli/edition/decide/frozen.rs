//! What a ban does not reach: editions whose waves were frozen before it keep the story; a withdrawal
//! takes it out of them.

use crate::cli::edition::status::command;
use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, parts, show};
use crate::domain::article::Article;

/// Says which editions with letters that may still leave were frozen with the story, and what stops
/// them.
pub(super) async fn kept(house: &House, shelf: &Shelf, article: &Article) -> Result<(), Failure> {
    let press = parts::press(house)?;
    let open = house.store.editions_open().await?;
    for issue in &shelf.issues {
        let Some(edition) = issue.edition.as_ref().filter(|e| open.contains(&e.id)) else {
            continue;
        };
        let mut has = false;
        for wave in house.store.waves(edition.id).await? {
            let inputs = press.thaw(&wave).await?;
            let banned = inputs.rules.decisions.bans.contains_key(&article.story);
            let mut candidates = inputs.candidates.iter();
            has |= !banned && candidates.any(|c| c.story == article.story);
        }
        if !has {
            continue;
        }
        let name = issue.name();
        show::note(&format!(
            "{name} was frozen with it and keeps it where it has it: no ban takes a story out of digests that are planned"
        ));
        let typed = |verb| command(shelf, issue.run, &issue.cadence.name, verb);
        show::note(&format!(
            "hint: `courant article withdraw {}` takes the article out of what has not left, `{}` stops those letters, `{} --yes` for good; `courant article explain {}` counts them",
            article.id,
            typed("pause"),
            typed("cancel"),
            article.id
        ));
    }
    Ok(())
}
