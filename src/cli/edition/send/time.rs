//! What of an edition is due now, and what a sending would let leave, wave by wave.

use std::collections::BTreeMap;

use crate::cli::edition::asks;
use crate::cli::edition::which::{Issue, Shelf};
use crate::cli::{Failure, House, show};
use crate::domain::time::Timestamp;

/// What of a wave has not left.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    /// Letters that are planned.
    letters: i64,
    /// Readers who are not planned for.
    readers: i64,
}

/// What of an issue has not left, by when it is due.
pub(super) async fn waves(
    house: &House,
    issue: &Issue,
) -> Result<BTreeMap<Timestamp, Waiting>, Failure> {
    let mut waves: BTreeMap<Timestamp, Waiting> = BTreeMap::new();
    if let Some(edition) = &issue.edition {
        let sums = house.store.wave_sums(edition.id).await?;
        for wave in house.store.waves(edition.id).await? {
            let open = sums.get(&wave.id).map_or(0, |sums| sums.open);
            if open > 0 {
                waves.entry(wave.due_at).or_default().letters += open;
            }
        }
    }
    for wave in &issue.coming {
        waves.entry(wave.due_at).or_default().readers += wave.readers;
    }
    Ok(waves)
}

/// Whether anything of an issue is due: the cut-off of a wave with open letters or readers has come,
/// or a letter may leave whatever its wave is due at, since it was sent before its time.
pub(super) async fn is_due(house: &House, shelf: &Shelf, issue: &Issue) -> Result<bool, Failure> {
    let now = house.clock.now();
    let lead = i64::from(shelf.list.settings.lead_minutes) * 60_000;
    let first = waves(house, issue).await?.into_keys().next();
    if first.is_some_and(|due| due.as_millisecond() - lead <= now.as_millisecond()) {
        return Ok(true);
    }
    let Some(edition) = &issue.edition else {
        return Ok(false);
    };
    let next = house.store.next_in(edition.id).await?;
    Ok(next.is_some_and(|at| at <= now))
}

/// Says what would be sent, and writes nothing.
pub(super) async fn would(house: &House, shelf: &Shelf, issue: &Issue) -> Result<(), Failure> {
    let held = match &issue.edition {
        Some(edition) => house.store.held(edition.id).await?,
        None => Vec::new(),
    };
    let waves = waves(house, issue).await?;
    let open: i64 = waves.values().map(|wave| wave.letters).sum();
    let letters = show::count(open, "letter");
    let mut words = format!("{}: {letters} would leave now", issue.name());
    let coming = issue.readers_to_come();
    if coming > 0 {
        let readers = show::count(coming, "reader");
        words.push_str(&format!(", and {readers} still to be planned"));
    }
    show::line(&words)?;
    for (due, waiting) in waves {
        let mut parts = Vec::new();
        if waiting.letters > 0 {
            parts.push(show::count(waiting.letters, "letter"));
        }
        if waiting.readers > 0 {
            let readers = show::count(waiting.readers, "reader");
            parts.push(format!("{readers} to be planned"));
        }
        let early = match due > house.clock.now() {
            true => ", before its time",
            false => "",
        };
        let (due, parts) = (shelf.shown(due), parts.join(", "));
        show::line(&format!("  due {due}: {parts}{early}"))?;
    }
    for (hold, n) in held {
        show::line(&format!("  of which {n} {}", asks(hold)))?;
    }
    Ok(())
}
