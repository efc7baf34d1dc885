//! What `edition plan` asks before it writes, and which letters that wait it overtakes.

use super::Times;
use super::groups::Found;
use crate::cli::edition::which::Shelf;
use crate::cli::show;
use crate::domain::time::Timestamp;

/// Hours ahead from which an instant is far off.
const AHEAD: i64 = 72;

/// What a person has to know first, in lines; none where nothing asks.
pub(super) fn asks(shelf: &Shelf, times: Times, found: &Found) -> Vec<String> {
    if found.groups.is_empty() {
        return Vec::new();
    }
    if let Some(words) = far(shelf, times, found) {
        return words;
    }
    let early = |due: Timestamp| times.is_early(shelf, due);
    // A frozen wave takes no later story and no later decision, and there is no way back.
    if !times.anew && found.groups.iter().any(|g| early(g.due.due_at)) {
        return vec![
            "not frozen: the cut-off is still to come, and what comes in until then would miss it"
                .to_owned(),
            "hint: `courant serve` plans each wave at its cut-off; --yes freezes it now".to_owned(),
        ];
    }
    let mut overtaking = found.groups.iter().filter(|g| !g.overtakes.is_empty());
    if overtaking.any(|g| early(g.due.due_at)) {
        return vec![
            "not planned: a later digest takes the place of one that waits".to_owned(),
            format!(
                "hint: `courant edition send {}` sends what waits; --yes plans all the same",
                shelf.list.slug
            ),
        ];
    }
    Vec::new()
}

/// What an instant that is far from now would do; `None`: it is near.
fn far(shelf: &Shelf, times: Times, found: &Found) -> Option<Vec<String>> {
    let hours = times.as_of.duration_since(times.now).as_hours();
    let back = i64::from(shelf.list.settings.catch_up_hours);
    if !times.anew || (-back..=AHEAD).contains(&hours) {
        return None;
    }
    let digests = found.groups.iter().map(|g| g.due.readers).sum();
    let people = show::count(digests, "subscription");
    let (at, days) = (shelf.shown(times.as_of), hours.abs() / 24);
    let days = show::count(days, "day");
    let words = match hours > 0 {
        true => format!(
            "not planned: {at} is {days} ahead. Digests for {people} would be frozen with the stories \
             that are known now, and no run before that day would come for them"
        ),
        false => format!(
            "not planned: {at} is {days} ago. Digests for {people} would be written for runs that are \
             over, and be sent now"
        ),
    };
    Some(vec![
        words,
        "hint: --dry-run looks at it and writes nothing; --yes does it all the same".to_owned(),
    ])
}

/// Says which letters that are not sent yet give way, or would.
pub(super) fn overtaken(found: &Found, thought: bool) {
    let mut sums = std::collections::BTreeMap::new();
    for group in &found.groups {
        for (edition, n) in &group.overtakes {
            *sums.entry(*edition).or_insert(0) += n;
        }
    }
    for (edition, n) in sums {
        let letters = show::count(n, "letter");
        let name = found.names.get(&edition).cloned();
        let name = name.unwrap_or_else(|| format!("edition {edition}"));
        let would = match thought {
            true => "would be overtaken and not be sent",
            false => "are overtaken and will not be sent; their stories are candidates again",
        };
        show::note(&format!("{letters} of {name}, not sent yet, {would}"));
    }
}
