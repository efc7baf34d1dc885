//! How far an edition is, in one word. Nothing of it is stored: it is counted from rows.

use serde::Serialize;

use super::which::Issue;
use crate::domain::delivery::Tally;
use crate::domain::edition::{EditionState, Wave};

/// How far an edition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Progress {
    /// No wave is frozen: editors' decisions hold for all of it.
    Open,
    /// Digests are written and none has been settled.
    Planned,
    /// Letters are leaving, or a wave is still to come.
    Running,
    /// Every planned recipient is accounted for, and no wave is to come.
    Finished,
    /// Its letters may not leave for now.
    Paused,
    /// Its letters may never leave.
    Cancelled,
}

impl std::fmt::Display for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Progress::Open => "open",
            Progress::Planned => "planned",
            Progress::Running => "running",
            Progress::Finished => "finished",
            Progress::Paused => "paused",
            Progress::Cancelled => "cancelled",
        })
    }
}

/// How far an issue is, from its waves and the sums of its letters.
pub(super) fn progress(issue: &Issue, waves: &[Wave], tally: &Tally) -> Progress {
    let settled = tally.accepted + tally.refused + tally.withheld + tally.uncertain;
    match issue.edition.as_ref().map(|e| e.state) {
        Some(EditionState::Cancelled) => Progress::Cancelled,
        Some(EditionState::Paused) => Progress::Paused,
        _ if waves.is_empty() => Progress::Open,
        _ if tally.planned == settled && tally.open == 0 && issue.coming.is_empty() => {
            Progress::Finished
        }
        _ if settled + tally.deferred == 0 && tally.planned > 0 => Progress::Planned,
        _ => Progress::Running,
    }
}
