//! What a decision makes of a story, in words.

use crate::domain::edition::{DecisionKind, NO_PICTURE};

/// What a story does from now on; `text`: what the decision says beside it.
pub(super) fn became(kind: DecisionKind, text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    match kind {
        DecisionKind::Lead => "now opens every digest of".to_owned(),
        DecisionKind::Ban => "is now banned from".to_owned(),
        DecisionKind::BanSource => "and all that its source brings is now kept out of".to_owned(),
        DecisionKind::Also => "is now on the desk's list of".to_owned(),
        DecisionKind::Boost => format!("now counts {text} % in"),
        DecisionKind::Move => format!("now stands at place {text} of its section in"),
        DecisionKind::Image if text == NO_PICTURE => "now has no picture in".to_owned(),
        DecisionKind::Image => format!("now has the picture of article {text} in"),
        _ => "is now pinned in".to_owned(),
    }
}

/// The same, once it is taken back.
pub(super) fn no_longer(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Lead => "no longer opens the digests of",
        DecisionKind::Ban => "is no longer banned from",
        DecisionKind::BanSource => "and what its source brings is no longer kept out of",
        DecisionKind::Also => "is no longer on the desk's list of",
        DecisionKind::Boost => "counts as it did before in",
        DecisionKind::Move => "stands where it did before in",
        DecisionKind::Image => "has the picture that it had before in",
        _ => "is no longer pinned in",
    }
}

/// The same, where it was so already.
pub(super) fn was(kind: DecisionKind, text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    match kind {
        DecisionKind::Lead => "opens every digest of".to_owned(),
        DecisionKind::Ban => "is banned from".to_owned(),
        DecisionKind::BanSource => "and all that its source brings is kept out of".to_owned(),
        DecisionKind::Also => "is on the desk's list of".to_owned(),
        DecisionKind::Boost => format!("counts {text} % in"),
        DecisionKind::Move => format!("stands at place {text} of its section in"),
        DecisionKind::Image if text == NO_PICTURE => "has no picture in".to_owned(),
        DecisionKind::Image => format!("has the picture of article {text} in"),
        _ => "is pinned in".to_owned(),
    }
}
