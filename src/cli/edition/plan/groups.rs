//! Which waves a plan is about: the groups that are due by the store, or groups worked out anew from
//! everybody's terms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Times, wanted};
use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House};
use crate::domain::due::next_due;
use crate::domain::edition::Edition;
use crate::domain::list::Cadence;
use crate::domain::subscriber::{Interests, Length, Redue, Standing, Subscription};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, EditionId, SubscriberId, SubscriptionId};
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
}

pub(super) async fn find(house: &House, shelf: &Shelf, times: Times) -> Result<Found, Failure> {
    if times.anew {
        return anew(house, shelf, times).await;
    }
    let mut found = Found::default();
    for issue in &shelf.issues {
        let due = issue.coming.iter().filter(|w| w.due_at <= times.until);
        for wave in due.filter(|w| wanted(shelf, w.cadence)) {
            found.groups.push(Group {
                cadence: issue.cadence.clone(),
                due: wave.clone(),
                edition: issue.edition.clone(),
                dues: Vec::new(),
                readers: Vec::new(),
            });
        }
    }
    found.groups.sort_by_key(|g| (g.due.due_at, g.due.cadence));
    Ok(found)
}

type Key = (Timestamp, CadenceId, Run);

/// Everybody's first run after an instant, whatever they are due for now.
async fn anew(house: &House, shelf: &Shelf, times: Times) -> Result<Found, Failure> {
    let store = &house.store;
    let mut found = Found::default();
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let mut have: BTreeMap<(CadenceId, Run), BTreeSet<SubscriptionId>> = BTreeMap::new();
    let mut after = SubscriptionId(0);
    loop {
        let page = store.subscriptions(shelf.list.id, after, PAGE).await?;
        for (person, subscription) in &page {
            after = subscription.id;
            let standing = Standing::together(person.standing, subscription.standing);
            let named = |c: &&Cadence| c.name == subscription.terms.cadence;
            let Some(cadence) = shelf.cadences.iter().find(named) else {
                continue;
            };
            if standing != Standing::Active || !wanted(shelf, cadence.id) {
                continue;
            }
            // Terms whose hour the cadence no longer takes are not due at all, as elsewhere.
            let Ok(Some(due)) = next_due(&subscription.terms, cadence, times.as_of) else {
                continue;
            };
            if due.at > times.until {
                continue;
            }
            let group = groups
                .entry((due.at, cadence.id, due.run))
                .or_insert_with(|| Group {
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
                });
            if let Some(edition) = &group.edition {
                let key = (cadence.id, due.run);
                if let std::collections::btree_map::Entry::Vacant(new) = have.entry(key) {
                    new.insert(planned(house, edition.id).await?);
                }
                if have.get(&key).is_some_and(|h| h.contains(&subscription.id)) {
                    found.planned_already += 1;
                    continue;
                }
            }
            if subscription.due_at.is_some_and(|was| was < due.at) {
                found.passed_over += 1;
            }
            add(group, subscription, due);
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    found.groups = groups.into_values().filter(|g| g.due.readers > 0).collect();
    Ok(found)
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
    });
}

fn edition(shelf: &Shelf, cadence: CadenceId, run: Run) -> Option<Edition> {
    let mut issues = shelf.issues.iter();
    let issue = issues.find(|i| i.cadence.id == cadence && i.run == run)?;
    issue.edition.clone()
}

/// Who has a digest of an edition.
async fn planned(house: &House, edition: EditionId) -> Result<BTreeSet<SubscriptionId>, Failure> {
    let mut planned = BTreeSet::new();
    let mut after = SubscriberId(0);
    loop {
        let page = house
            .store
            .deliveries(edition, after, i64::from(PAGE))
            .await?;
        planned.extend(page.iter().map(|d| d.subscription));
        match page.last() {
            Some(last) => after = last.subscriber,
            None => return Ok(planned),
        }
    }
}
