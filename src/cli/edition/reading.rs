//! One reader's digest: the stored one, or a draft that is thought out and not written.

use super::not_lettered;
use super::which::{Named, Shelf, occurrences};
use crate::cli::{Failure, House, dkim, parts};
use crate::deliver::letters::{Frozen, WaveLetters};
use crate::domain::SubscriptionId;
use crate::domain::due::next_due;
use crate::domain::edition::{Edition, EditionState, Wave};
use crate::domain::list::{Cadence, List};
use crate::domain::selection::{Reader, Selection, Sent, Skip};
use crate::domain::subscriber::{Interests, Standing, Subscriber, Subscription, Terms};
use crate::domain::time::{Run, Timestamp};
use crate::press::freeze::Inputs;
use crate::press::{self, Asking, Press};
use crate::sponsors::{Proposed, Quotas};
use crate::store::planning::Digest;

/// A run of a reader's that nothing is stored of.
#[derive(Clone, Debug)]
pub(super) struct Ahead {
    pub(super) cadence: Cadence,
    pub(super) run: Run,
    pub(super) due: Timestamp,
    /// If anybody spoke of it.
    pub(super) edition: Option<Edition>,
}

/// What there is of a reader.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// A digest as it was written.
    Stored(Edition, Box<Digest>),
    /// Planned, and no digest for them.
    Skipped(Edition, Skip),
    /// Nothing is planned for them.
    Ahead(Ahead),
}

/// Which of a reader's digests is wanted where no run was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefer {
    /// One that has not left, else the next one.
    Next,
    /// The newest that was planned, else the next one.
    Planned,
}

/// Finds the digest that is meant: by the named run, else by what comes after `at`, else as
/// preferred.
pub(super) async fn find(
    house: &House,
    shelf: &Shelf,
    subscription: &Subscription,
    at: Option<Timestamp>,
    prefer: Prefer,
) -> Result<Found, Failure> {
    let own = shelf
        .cadences
        .iter()
        .find(|c| c.name == subscription.terms.cadence);
    let cadence = shelf.only.as_ref().or(own);
    let cadence = cadence.ok_or_else(|| shelf.unknown())?;
    if let Some(named) = shelf.named {
        if let Some(found) = planned(house, shelf, subscription, Prefer::Planned).await? {
            return Ok(found);
        }
        let ahead = by_name(
            shelf,
            subscription,
            cadence,
            named,
            at.unwrap_or(house.clock.now()),
        );
        return ahead.map(Found::Ahead).ok_or_else(|| shelf.unknown());
    }
    if at.is_none()
        && let Some(found) = planned(house, shelf, subscription, prefer).await?
    {
        return Ok(found);
    }
    let after = at.unwrap_or(house.clock.now());
    let due = next_due(&subscription.terms, cadence, after)?;
    let due = due.ok_or_else(|| {
        Failure::failed(format!("the cadence `{}` never fires again", cadence.name))
    })?;
    let edition = house
        .store
        .edition_find(shelf.list.id, cadence.id, &due.run)
        .await?;
    if let Some(edition) = &edition
        && let Some(found) = stored(house, edition, subscription).await?
    {
        return Ok(found);
    }
    Ok(Found::Ahead(Ahead {
        cadence: cadence.clone(),
        run: due.run,
        due: due.at,
        edition,
    }))
}

/// The reader's newest planned digest of the editions that are meant.
async fn planned(
    house: &House,
    shelf: &Shelf,
    subscription: &Subscription,
    prefer: Prefer,
) -> Result<Option<Found>, Failure> {
    let open = house.store.editions_open().await?;
    for issue in shelf.meant().into_iter().rev().take(100) {
        let Some(edition) = &issue.edition else {
            continue;
        };
        if prefer == Prefer::Next && !open.contains(&edition.id) {
            continue;
        }
        let Some(found) = stored(house, edition, subscription).await? else {
            continue;
        };
        let leaves = match (&found, prefer) {
            (_, Prefer::Planned) => true,
            (Found::Stored(..), Prefer::Next) => is_open(house, edition, subscription).await?,
            _ => false,
        };
        if leaves {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn is_open(
    house: &House,
    edition: &Edition,
    subscription: &Subscription,
) -> Result<bool, Failure> {
    let row = delivery_of(house, edition, subscription).await?;
    Ok(row.is_some_and(|d| d.state.is_open()))
}

/// The ledger row of a reader.
pub(super) async fn delivery_of(
    house: &House,
    edition: &Edition,
    subscription: &Subscription,
) -> Result<Option<crate::domain::delivery::Delivery>, Failure> {
    let before = crate::domain::SubscriberId(subscription.subscriber.0 - 1);
    let rows = house.store.deliveries(edition.id, before, 1).await?;
    Ok(rows.into_iter().find(|d| d.subscription == subscription.id))
}

async fn stored(
    house: &House,
    edition: &Edition,
    subscription: &Subscription,
) -> Result<Option<Found>, Failure> {
    let store = &house.store;
    if let Some(digest) = store.digest_of(edition.id, subscription.id).await? {
        return Ok(Some(Found::Stored(edition.clone(), Box::new(digest))));
    }
    let skip = store.skip_of(edition.id, subscription.id).await?;
    Ok(skip.map(|skipped| Found::Skipped(edition.clone(), skipped.why)))
}

/// The reader's own occurrence of a named run: the first one after `now`, else the last before it.
fn by_name(
    shelf: &Shelf,
    subscription: &Subscription,
    cadence: &Cadence,
    named: Named,
    now: Timestamp,
) -> Option<Ahead> {
    let terms = &subscription.terms;
    let hour = terms.hour.filter(|_| cadence.expr.fixed_time().is_some());
    let all = occurrences(named, cadence, &terms.zone, hour);
    let found = all.iter().find(|o| o.at > now).or(all.last())?;
    let same = |i: &&super::which::Issue| i.cadence.id == cadence.id && i.run == found.run;
    let issue = shelf.issues.iter().find(same);
    Some(Ahead {
        cadence: cadence.clone(),
        run: found.run,
        due: found.at,
        edition: issue.and_then(|i| i.edition.clone()),
    })
}

/// A digest thought out for one reader.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) inputs: Inputs,
    pub(super) selection: Selection,
    pub(super) left_out: u32,
    pub(super) placements: Vec<Proposed>,
    /// What the reader had been sent before.
    pub(super) memory: Vec<Sent>,
    /// Unix ms to which it goes back, after a pause or a missed run.
    pub(super) since_ms: Option<i64>,
    /// The wave that froze it already.
    pub(super) wave: Option<Wave>,
}

/// Thinks a digest out as of its run's cut-off, with what is known now; `at`: as of that instant, if it
/// comes before. Changes nothing.
pub(super) async fn draft(
    house: &House,
    list: &List,
    ahead: &Ahead,
    subscription: &Subscription,
    at: Option<Timestamp>,
) -> Result<Draft, Failure> {
    let press = parts::press(house)?;
    let as_of = at.unwrap_or(ahead.due);
    let edition = ahead.edition.as_ref();
    let (inputs, wave) = inputs(&press, list, edition, ahead.due, as_of).await?;
    let recall = press.foreseen(list, &inputs, ahead.due, house.clock.now());
    let recall = recall.await?;
    let mut memory = house.store.memory(&recall, &[subscription.id]).await?;
    let memory = memory.remove(&subscription.id).unwrap_or_default();
    let terms = &subscription.terms;
    let away = press::reached(subscription.since, &inputs.rules, list);
    thought(
        &press,
        list,
        ahead,
        (subscription.id, terms, memory, away),
        inputs,
    )
    .await
    .map(|draft| Draft { wave, ..draft })
}

/// A reader by their terms, with what they had been sent, and since when they were away, in Unix ms.
pub(super) type Reading<'a> = (SubscriptionId, &'a Terms, Vec<Sent>, Option<i64>);

/// Thinks a digest out of a wave's inputs. Changes nothing.
pub(super) async fn thought(
    press: &Press,
    list: &List,
    ahead: &Ahead,
    (subscription, terms, memory, since): Reading<'_>,
    inputs: Inputs,
) -> Result<Draft, Failure> {
    let interests = Interests {
        topics: terms.topics.clone(),
        places: terms.places.clone(),
    };
    let asking = Asking {
        subscription,
        language: &terms.language,
        length: terms.length,
        images: terms.images,
        reader: Reader {
            since_ms: since,
            ..press::reader(
                &interests,
                (terms.length, &terms.language),
                &inputs.rules,
                memory.clone(),
            )
        },
    };
    let makeup = press.makeup(&inputs, ahead.run).await?;
    let makeup = makeup.of_cadence(&ahead.cadence.name);
    let selection = makeup.selection(&asking);
    let flights = press.store.flights(Some(list.id)).await?;
    let mut quotas = Quotas::of(&flights);
    let drafts = makeup.drafts(&[asking], &flights, ahead.due, &mut quotas);
    let one = drafts.into_iter().next();
    drop(makeup);
    Ok(Draft {
        left_out: one.as_ref().map_or(0, |d| d.left_out),
        placements: one.map(|d| d.placements).unwrap_or_default(),
        selection,
        inputs,
        memory,
        since_ms: since,
        wave: None,
    })
}

/// What a wave is, or would be, planned from: as it was frozen, if its plan has begun.
pub(super) async fn inputs(
    press: &Press,
    list: &List,
    edition: Option<&Edition>,
    due: Timestamp,
    as_of: Timestamp,
) -> Result<(Inputs, Option<Wave>), Failure> {
    if let Some(edition) = edition {
        let waves = press.store.waves(edition.id).await?;
        let same = |w: &Wave| w.due_at.as_millisecond() == due.as_millisecond();
        if let Some(wave) = waves.into_iter().find(same) {
            let (inputs, _) = press.thaw_now(&wave).await?;
            return Ok((inputs, Some(wave)));
        }
    }
    let inputs = press.inputs(list, edition, due, as_of).await;
    Ok((inputs?, None))
}

/// The letters of a wave's inputs that are in memory, dated `at`: what is looked at or tried, and not
/// stored.
pub(super) async fn letters(
    house: &House,
    inputs: &Inputs,
    run: Run,
    at: Timestamp,
) -> Result<WaveLetters, Failure> {
    let frozen = Frozen {
        candidates: &inputs.candidates,
        decisions: &inputs.rules.decisions,
        sender: &inputs.sender,
        template: &inputs.template,
        key_id: &inputs.key_id,
    };
    let letters = WaveLetters::new(&house.store, &house.keys, frozen, run, at).await;
    let signer = dkim::signer(&house.config)?;
    Ok(letters.map_err(not_lettered)?.signed_by(signer.as_ref()))
}

/// A remark where a reader may not be mailed now.
pub(super) fn standing_note(person: &Subscriber, subscription: &Subscription) -> Option<String> {
    let standing = Standing::together(person.standing, subscription.standing);
    (standing != Standing::Active)
        .then(|| format!("note: this subscriber is {standing}, so nothing is sent to them"))
}

/// Why a run of a reader's that is not planned brings them nothing, whatever the stories are.
pub(super) fn nothing_comes(
    person: &Subscriber,
    subscription: &Subscription,
    ahead: &Ahead,
) -> Option<(Skip, String)> {
    let standing = Standing::together(person.standing, subscription.standing);
    let terms = &subscription.terms;
    let cancelled = |e: &Edition| e.state == EditionState::Cancelled;
    if standing != Standing::Active {
        return Some((Skip::NotActive, format!("they are {standing}")));
    }
    if !terms.zone.is_known() {
        let zone = terms.zone.name();
        let words = format!("the tzdb no longer has their zone, {zone}");
        return Some((Skip::UnknownZone, words));
    }
    if ahead.edition.as_ref().is_some_and(cancelled) {
        return Some((Skip::Cancelled, "the edition is cancelled".to_owned()));
    }
    let resumes = terms.resume_on.filter(|day| ahead.run.date() < *day)?;
    Some((
        Skip::Paused,
        format!("they asked for no digest before {resumes}"),
    ))
}

/// A skip in words.
pub(super) fn skip_words(skip: Skip, list: &List) -> String {
    match skip {
        Skip::TooFewStories => {
            let least = list.settings.stories_min;
            format!("fewer unseen stories than the list's minimum of {least}")
        }
        Skip::NothingFollowed => "no unseen story touches what they follow".to_owned(),
        Skip::NotActive => "they were not active".to_owned(),
        Skip::AlreadyPlanned => "another wave of this edition had a digest for them".to_owned(),
        Skip::Cancelled => "the edition was cancelled before their digest was planned".to_owned(),
        Skip::Paused => "they asked for no digest before a later day".to_owned(),
        Skip::Merged => "the run was missed, and their next digest reaches back over it".to_owned(),
        Skip::UnknownZone => "the tzdb no longer has their zone".to_owned(),
    }
}
