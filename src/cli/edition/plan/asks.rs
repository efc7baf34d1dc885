//! What `edition plan` asks before it writes, and which letters that wait it overtakes.

use super::Times;
use super::groups::{Found, Group};
use crate::cli::edition::which::Shelf;
use crate::cli::show;

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
    let early = |group: &&Group| times.is_early(shelf, group.due.due_at);
    let slug = &shelf.list.slug;
    if found
        .groups
        .iter()
        .filter(early)
        .any(|g| !g.overtakes.is_empty())
    {
        return vec![
            "not planned: a later digest takes the place of one that waits".to_owned(),
            format!(
                "hint: `courant edition send {slug}` sends what waits; --yes plans all the same"
            ),
        ];
    }
    let mut words = Vec::new();
    if found.passed_over > 0 {
        let n = show::count(found.passed_over, "subscription");
        words.push(format!(
            "not planned: earlier runs of {n} would be passed over, and bring nothing"
        ));
    }
    // A frozen wave takes no later story and no later decision, and there is no way back.
    if found.groups.iter().any(|g| early(&g)) {
        words.push(
            "not frozen: the cut-off is still to come, and what comes in until then would miss it"
                .to_owned(),
        );
        words.push(
            "hint: `courant serve` plans each wave at its cut-off; --yes freezes it now".to_owned(),
        );
    } else if found.passed_over > 0 {
        words.push(format!(
            "hint: `courant edition plan {slug}` plans what is due; --yes does this all the same"
        ));
    }
    words
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

/// Says which letters have to leave, or to be given up, before their readers' next digest is planned.
pub(super) fn waiting(shelf: &Shelf, found: &Found) {
    for (id, n) in &found.waiting {
        let issue = shelf.issues.iter().find(|issue| {
            let edition = issue.edition.as_ref();
            edition.is_some_and(|edition| edition.id == *id)
        });
        let Some(issue) = issue else { continue };
        let (letters, have) = (
            show::count(*n, "letter"),
            if *n == 1 { "has" } else { "have" },
        );
        show::note(&format!(
            "left out: who gets {letters} of {} that {have} not left; their next digest would overtake it",
            issue.name()
        ));
        let (slug, run) = (&shelf.list.slug, issue.run);
        show::note(&format!(
            "hint: `courant edition send {slug} --run {run}` shows what waits; `courant edition plan {slug} \
             --at TIME --yes` plans over it"
        ));
    }
}
