//! A plan without a write: the same reading and the same thinking, and only the sums are kept.

use super::groups::{Asking, Group};
use super::{Outcome, Times};
use crate::cli::Failure;
use crate::cli::edition::reading;
use crate::cli::edition::which::Shelf;
use crate::domain::delivery::Hold;
use crate::domain::edition::EditionState;
use crate::domain::selection::Reader as Selecting;
use crate::domain::sponsor::Flight;
use crate::domain::{EditionId, SubscriptionId};
use crate::press::{self, Asking as Reader, Count, Draft, Look, Press};

/// Readers in one step.
const SLICE: usize = 1_000;

/// Thinks a wave out.
pub(super) async fn think(
    press: &Press,
    shelf: &Shelf,
    group: &Group,
    times: Times,
    flights: &mut [Flight],
) -> Result<Outcome, Failure> {
    let edition = group.edition.as_ref();
    let due = group.due.due_at;
    if edition.is_some_and(|e| e.state == EditionState::Cancelled) {
        return Ok(Outcome {
            skipped: u64::try_from(group.due.readers).unwrap_or(0),
            ..Outcome::default()
        });
    }
    let (inputs, wave) = reading::inputs(press, &shelf.list, edition, due, times.as_of).await?;
    let mut outcome = Outcome {
        held: held(press, shelf, group, times).await?,
        ..Outcome::default()
    };
    let readers = match times.anew {
        true => group.readers.clone(),
        false => due_readers(press, group, &mut outcome).await?,
    };
    // A wave that is frozen already goes on with what it has.
    if wave.is_none() {
        let looks = readers.iter().map(look).collect();
        press.within_limit(&shelf.list, &inputs, group.due.run, &looks)?;
    }
    let makeup = press.makeup(&inputs, group.due.run).await?;
    let makeup = makeup.of_cadence(&group.cadence.name);
    let recall = press.recall(shelf.list.id, &inputs).await?;
    let mut count = Count::begin(&makeup, flights, due);
    for slice in readers.chunks(SLICE) {
        let ids: Vec<SubscriptionId> = slice.iter().map(|r| r.subscription).collect();
        let mut memory = press.store.memory(&recall, &ids).await?;
        let mut sent = |id| memory.remove(&id).unwrap_or_default();
        let asking: Vec<Reader<'_>> = slice
            .iter()
            .map(|r| {
                let (sent, look) = (sent(r.subscription), (r.length, r.language.as_str()));
                Reader {
                    subscription: r.subscription,
                    language: &r.language,
                    length: r.length,
                    images: r.images,
                    reader: Selecting {
                        since_ms: press::reached(r.since, &inputs.rules, &shelf.list),
                        ..press::reader(&r.interests, look, &inputs.rules, sent)
                    },
                }
            })
            .collect();
        if let Some(count) = &mut count {
            let capped = press.capped(count, &ids, due).await?;
            count.add(&makeup, &asking, &capped);
        }
        for draft in makeup.unsold(&asking) {
            tell(&mut outcome, &draft);
        }
    }
    if let Some(count) = count {
        let given = press.given(&shelf.list, &group.cadence, &group.due, count, times.now);
        for (flight, given) in given.await? {
            outcome.placements += given.rows;
            let booked = flights.iter_mut().filter(|f| f.id == flight);
            booked.for_each(|f| f.ledger.reserved += given.digests);
        }
    }
    Ok(outcome)
}

/// How a reader asked for the letter to be.
fn look(reader: &Asking) -> Look {
    Look {
        language: reader.language.clone(),
        length: reader.length,
        images: reader.images,
    }
}

fn tell(outcome: &mut Outcome, draft: &Draft) {
    if draft.skip.is_some() {
        outcome.skipped += 1;
        return;
    }
    outcome.digests += 1;
    outcome.shortened += u64::from(draft.shortened > 0 || draft.left_out > 0);
    outcome.pushed_out += u64::from(draft.left_out);
}

/// What the letters of a group would ask.
async fn held(
    press: &Press,
    shelf: &Shelf,
    group: &Group,
    times: Times,
) -> Result<Option<Hold>, Failure> {
    let (list, edition) = (&shelf.list, group.edition.as_ref());
    let held = press.hold(list, edition, group.due.due_at, times.now);
    if let Some(held) = held.await? {
        return Ok(Some(held));
    }
    let Some(mut scales) = press.scales(list, edition, &group.due).await? else {
        return Ok(None);
    };
    // Dues that are worked out anew stand in no row yet.
    scales.volume.coming = scales.volume.coming.max(group.due.readers);
    Ok(scales.people().map(|_| Hold::Volume))
}

/// The readers of a group that the store calls due; those who cannot get it are counted as skipped.
async fn due_readers(
    press: &Press,
    group: &Group,
    outcome: &mut Outcome,
) -> Result<Vec<Asking>, Failure> {
    let edition = group.edition.as_ref().map_or(EditionId(0), |e| e.id);
    let (mut readers, mut after) = (Vec::new(), SubscriptionId(0));
    loop {
        let store = &press.store;
        let page = store
            .due_readers(&group.due, edition, after, SLICE as i64)
            .await?;
        let Some(last) = page.last() else {
            return Ok(readers);
        };
        after = last.subscription;
        for reader in page {
            if !reader.active || reader.planned || !reader.zone.is_known() {
                outcome.skipped += 1;
                continue;
            }
            readers.push(Asking {
                subscription: reader.subscription,
                interests: reader.interests,
                length: reader.length,
                language: reader.language,
                images: reader.images,
                since: reader.since,
            });
        }
    }
}
