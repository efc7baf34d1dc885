//! Decisions that count and change nothing: every article of their story is withdrawn.

use super::{IN_FORCE, state};
use crate::cli::{Failure, House};
use crate::domain::ArticleId;
use crate::domain::edition::{Decision, DecisionKind};

/// The state of such a one.
pub(super) const WORD: &str = "without effect: withdrawn";

/// Whether a decision that is in force finds nothing to act on: every article of its story is withdrawn.
pub(super) async fn is(
    house: &House,
    all: &[Decision],
    decision: &Decision,
) -> Result<bool, Failure> {
    let Some(story) = decision.story.filter(|_| state(all, decision) == IN_FORCE) else {
        return Ok(false);
    };
    let brings = matches!(
        decision.kind,
        DecisionKind::Pin | DecisionKind::Lead | DecisionKind::Also | DecisionKind::Boost
    );
    if !brings {
        return Ok(false);
    }
    let articles = house.store.story_articles(story).await?;
    let ids: Vec<ArticleId> = articles.iter().map(|a| a.id).collect();
    let withdrawn = house.store.withdrawn(&ids).await?;
    Ok(!ids.is_empty() && withdrawn.len() == ids.len())
}
