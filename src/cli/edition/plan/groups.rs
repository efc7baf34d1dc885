//! Which waves a plan is about: the groups that are due by the store, or groups worked out anew from
//! everybody's terms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Times, wanted};
use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House};
use crate::domain::delivery::Delivery;
use crate::domain::due::next_due;
use crate::domain::edition::Edition;
use crate::domain::list::Cadence;
use crate::domain::subscriber::{Interests, Length, Redue, Standing, Subscription};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, EditionId, SubscriberId, SubscriptionId, WaveId};
use crate::store::planning::DueWave;

/// Subscriptions and rows read at a time.
const PAGE: u32 = 2_000;

/// A wave to plan.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) cadence: Cadence,
    pub(super) due: DueWave,
    /// If anybody spoke of it.
    pub(super) edition: Option<Edition>,
    /// The dues to set first, where they were worked out anew.
    pub(super) dues: Vec<Redue>,
    /// Its readers, where they were worked out anew.
    pub(super) readers: Vec<Asking>,
    /// Letters of its readers that are not sent yet and would not be, by their edition.
    pub(super) overtakes: BTreeMap<EditionId, i64>,
}

impl Group {
    /// `daily 2026-11-26`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.cadence.name, self.due.run)
    }
}

/// A reader of a group, as thinking needs one.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) subscription: SubscriptionId,
    pub(super) interests: Interests,
    pub(super) length: Length,
    pub(super) language: String,
    pub(super) images: bool,
    pub(super) since: Option<Timestamp>,
}

/// What a plan is about.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Earliest first.
    pub(super) groups: Vec<Group>,
    /// Readers who have a digest of that run already.
    pub(super) planned_already: i64,
    /// Subscriptions that were due before the run that is planned.
    pub(super) passed_over: i64,
    /// Readers with an open letter of a later run, which an earlier digest would overtake.
    pub(super) later_open: i64,
    /// Letters that have not left and keep their readers' next digest from being planned before its
    /// cut-off, by their edition.
    pub(super) waiting: BTreeMap<EditionId, i64>,
    /// The list's editions, as they are called.
    pub(super) names: BTreeMap<EditionId, String>,
}

pub(super) async fn find(house: &House, shelf: &Shelf, times: Times) -> Result<Found, Failure> {
    let names = shelf.issues.iter().filter_map(|i| {
        let edition = i.edition.as_ref()?;
        Some((edition.id, i.name()))
    });
    let mut found = Found {
        names: names.collect(),
        ..Found::default()
    };
    if times.anew {
        return anew(house, shelf, times, found).await;
    }
    for issue in &shelf.issues {
        let due = issue.coming.iter().filter(|w| w.due_at <= times.until);
        for wave in due.filter(|w| wanted(shelf, w.cadence)) {
            // At its cut-off a digest takes the place of an earlier one. Sooner, a plan that is typed
            // again (it was interrupted, or some time has passed) would take away what it had made.
            if times.is_early(shelf, wave.due_at) {
                let waiting = house.store.would_overtake(wave).await?;
                if !waiting.is_empty() {
                    for (edition, letters) in waiting {
                        *found.waiting.entry(edition).or_default() += letters;
                    }
                    continue;
                }
            }
            found.groups.push(Group {
                cadence: issue.cadence.clone(),
                due: wave.clone(),
                edition: issue.edition.clone(),
                dues: Vec::new(),
                readers: Vec::new(),
                overtakes: BTreeMap::new(),
            });
        }
    }
    found.groups.sort_by_key(|g| (g.due.due_at, g.due.cadence));
    Ok(found)
}

type Key = (Timestamp, CadenceId, Run);

/// Everybody's first run after an instant, whatever they are due for now.
async fn anew(house: &House, shelf: &Shelf, times: Times, found: Found) -> Result<Found, Failure> {
    let mut anew = Anew {
        shelf,
        times,
        found,
        groups: BTreeMap::new(),
        have: digests(house, shelf, times).await?,
        open: open_letters(house, shelf).await?,
    };
    let mut after = SubscriptionId(0);
    loop {
        let page = house
            .store
            .subscriptions(shelf.list.id, after, PAGE)
            .await?;
        for (person, subscription) in &page {
            after = subscription.id;
            let standing = Standing::together(person.standing, subscription.standing);
            if standing == Standing::Active {
                anew.take(subscription);
            }
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    let groups = anew.groups.into_values();
    anew.found.groups = groups.filter(|g| g.due.readers > 0).collect();
    Ok(anew.found)
}

/// Groups while subscriptions are read.
struct Anew<'a> {
    shelf: &'a Shelf,
    times: Times,
    found: Found,
    groups: BTreeMap<Key, Group>,
    /// Who has a digest already, by cadence and run.
    have: BTreeMap<(CadenceId, Run), BTreeSet<SubscriptionId>>,
    /// When the latest open letter of each subscription is due, and of which edition it is.
    open: BTreeMap<SubscriptionId, (Timestamp, EditionId)>,
}

impl Anew<'_> {
    fn take(&mut self, subscription: &Subscription) {
        let named = |c: &&Cadence| c.name == subscription.terms.cadence;
        let Some(cadence) = self.shelf.cadences.iter().find(named) else {
            return;
        };
        // Terms whose hour the cadence no longer takes are not due at all, as elsewhere.
        let Ok(Some(due)) = next_due(&subscription.terms, cadence, self.times.as_of) else {
            return;
        };
        if due.at > self.times.until || !wanted(self.shelf, cadence.id) {
            return;
        }
        let have = self.have.get(&(cadence.id, due.run));
        if have.is_some_and(|h| h.contains(&subscription.id)) {
            self.found.planned_already += 1;
            return;
        }
        let open = self.open.get(&subscription.id);
        if open.is_some_and(|(later, _)| *later > due.at) {
            self.found.later_open += 1;
            return;
        }
        if subscription.due_at.is_some_and(|was| was < due.at) {
            self.found.passed_over += 1;
        }
        let shelf = self.shelf;
        let group = self.groups.entry((due.at, cadence.id, due.run));
        let group = group.or_insert_with(|| Group {
            cadence: cadence.clone(),
            due: DueWave {
                list: shelf.list.id,
                cadence: cadence.id,
                run: due.run,
                due_at: due.at,
                readers: 0,
            },
            edition: edition(shelf, cadence.id, due.run),
            dues: Vec::new(),
            readers: Vec::new(),
            overtakes: BTreeMap::new(),
        });
        if let Some((_, edition)) = open {
            *group.overtakes.entry(*edition).or_default() += 1;
        }
        add(group, subscription, due);
    }
}

/// Who has a digest of the runs that the times may touch.
async fn digests(
    house: &House,
    shelf: &Shelf,
    times: Times,
) -> Result<BTreeMap<(CadenceId, Run), BTreeSet<SubscriptionId>>, Failure> {
    let day = |at: Timestamp, days: i64| {
        let date = jiff::tz::TimeZone::UTC.to_datetime(at).date();
        date.saturating_add(jiff::Span::new().days(days))
    };
    // No clock is more than a day from UTC.
    let (first, last) = (day(times.as_of, -1), day(times.until, 1));
    let mut have = BTreeMap::new();
    for issue in &shelf.issues {
        let date = issue.run.date();
        if let Some(edition) = issue
            .edition
            .as_ref()
            .filter(|_| first <= date && date <= last)
        {
            have.insert(
                (issue.cadence.id, issue.run),
                planned(house, edition.id).await?,
            );
        }
    }
    Ok(have)
}

fn add(group: &mut Group, subscription: &Subscription, due: crate::domain::due::Due) {
    group.due.readers += 1;
    group.dues.push(Redue {
        subscription: subscription.id,
        terms: subscription.terms_id,
        due: Some(due),
    });
    group.readers.push(Asking {
        subscription: subscription.id,
        interests: Interests {
            topics: subscription.terms.topics.clone(),
            places: subscription.terms.places.clone(),
        },
        length: subscription.terms.length,
        language: subscription.terms.language.clone(),
        images: subscription.terms.images,
        since: subscription.since,
    });
}

fn edition(shelf: &Shelf, cadence: CadenceId, run: Run) -> Option<Edition> {
    let mut issues = shelf.issues.iter();
    let issue = issues.find(|i| i.cadence.id == cadence && i.run == run)?;
    issue.edition.clone()
}

/// Who has a digest of an edition.
async fn planned(house: &House, edition: EditionId) -> Result<BTreeSet<SubscriptionId>, Failure> {
    let rows = rows(house, edition).await?;
    Ok(rows.into_iter().map(|d| d.subscription).collect())
}

/// When the latest open letter of each of the list's subscriptions is due, and its edition.
async fn open_letters(
    house: &House,
    shelf: &Shelf,
) -> Result<BTreeMap<SubscriptionId, (Timestamp, EditionId)>, Failure> {
    let editions = house.store.editions_open().await?;
    let mut open = BTreeMap::new();
    for edition in shelf.issues.iter().filter_map(|i| i.edition.as_ref()) {
        if !editions.contains(&edition.id) {
            continue;
        }
        let waves = house.store.waves(edition.id).await?;
        let due: BTreeMap<WaveId, Timestamp> = waves.iter().map(|w| (w.id, w.due_at)).collect();
        for row in rows(house, edition.id).await? {
            if let Some(due) = due.get(&row.wave).filter(|_| row.state.is_open()) {
                let latest = open.entry(row.subscription);
                let latest = latest.or_insert((*due, edition.id));
                *latest = (*latest).max((*due, edition.id));
            }
        }
    }
    Ok(open)
}

async fn rows(house: &House, edition: EditionId) -> Result<Vec<Delivery>, Failure> {
    let (mut rows, mut after) = (Vec::new(), SubscriberId(0));
    loop {
        let page = house
            .store
            .deliveries(edition, after, i64::from(PAGE))
            .await?;
        match page.last() {
            Some(last) => after = last.subscriber,
            None => return Ok(rows),
        }
        rows.extend(page);
    }
}
