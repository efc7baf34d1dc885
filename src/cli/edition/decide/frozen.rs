//! What a ban does not reach: editions whose waves were frozen before it keep the story; a withdrawal
//! takes it out of them.

use std::collections::BTreeSet;

use crate::cli::edition::status::command;
use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, parts, show};
use crate::domain::ArticleId;
use crate::domain::article::Article;

/// Says which editions with letters that may still leave were frozen with the story, and what stops
/// them.
pub(super) async fn kept(house: &House, shelf: &Shelf, article: &Article) -> Result<(), Failure> {
    let press = parts::press(house)?;
    // By its articles: what was merged or split since was frozen under another number.
    let tells = house.store.story_articles(article.story).await?;
    let tells: BTreeSet<ArticleId> = tells.iter().map(|a| a.id).collect();
    let open = house.store.editions_open().await?;
    for issue in &shelf.issues {
        let Some(edition) = issue.edition.as_ref().filter(|e| open.contains(&e.id)) else {
            continue;
        };
        let mut has = false;
        for wave in house.store.waves(edition.id).await? {
            let (inputs, _) = press.thaw_now(&wave).await?;
            let bans = &inputs.rules.decisions.bans;
            has |= inputs.candidates.iter().any(|c| {
                tells.contains(&c.article) && !c.withdrawn && !bans.contains_key(&c.story)
            });
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
