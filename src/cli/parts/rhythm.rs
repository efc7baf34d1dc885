//! What of a list's rhythm keeps its letters from ever leaving, in words.

use crate::cli::{Failure, House};
use crate::domain::due::too_close;
use crate::domain::list::{List, ListSettings};
use crate::domain::slug::Slug;
use crate::domain::time::{CronExpr, Timestamp};

/// What is wrong with a cadence whose letters would be overtaken before they may leave, and what would
/// do.
pub fn overtaken(
    (list, settings): (&Slug, &ListSettings),
    (name, expr): (&Slug, &CronExpr),
    now: Timestamp,
) -> Option<(String, String)> {
    let gap = too_close(settings, expr, now)?;
    let (spread, lead) = (settings.spread_minutes, i64::from(settings.lead_minutes));
    let words = format!(
        "letters of `{list}` would be overtaken before they may leave: runs of `{name}` ({expr}) come \
         {gap} min apart, and spread_minutes ({spread}) with lead_minutes ({lead}) takes more"
    );
    let hint = match (spread, gap > lead) {
        (1.., true) => format!(
            "`courant list set {list} spread_minutes {}`, or less",
            gap - lead
        ),
        _ => format!(
            "`courant list set {list} lead_minutes {}`, or less",
            gap / 2
        ),
    };
    Some((words, hint))
}

/// Cadences that are so already, of every list.
pub(super) async fn missing(
    house: &House,
    lists: &[List],
) -> Result<Vec<(String, String)>, Failure> {
    let now = house.clock.now();
    let mut found = Vec::new();
    for list in lists {
        for cadence in house.store.cadences(list.id).await? {
            let of = (&list.slug, &list.settings);
            found.extend(overtaken(of, (&cadence.name, &cadence.expr), now));
        }
    }
    Ok(found)
}
