//! What follows when a list's calendar changes: no cadence may be left without a run, and everybody's
//! next run is worked out anew.

use crate::cli::{Failure, House, show};
use crate::domain::SubscriptionId;
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Redue, Subscription};
use crate::domain::time::{Calendar, CronExpr, Timestamp};
use crate::press::PressError;
use crate::press::next::next_due;

/// Subscriptions read at a time.
const PAGE: u32 = 2_000;

/// Refuses a change of the calendar that would leave a cadence without any run.
pub(super) async fn must_run(
    house: &House,
    list: &List,
    change: impl Fn(&mut Calendar),
) -> Result<(), Failure> {
    let now = house.clock.now();
    for mut cadence in house.store.cadences(list.id).await? {
        change(&mut cadence.calendar);
        runs(list, &cadence, now)?;
    }
    Ok(())
}

/// Refuses a cadence that runs on closed days only.
pub(super) fn runs(list: &List, cadence: &Cadence, now: Timestamp) -> Result<(), Failure> {
    let zone = &list.settings.home_zone;
    let fires = cadence.expr.next_after(now, zone, None).is_some();
    if !fires || cadence.next_after(now, zone, None).is_some() {
        return Ok(());
    }
    Err(closed(list, &format!("{}={}", cadence.name, cadence.expr)))
}

/// Refuses a new cadence that would run on closed days only.
pub(super) async fn may_run(house: &House, list: &List, expr: &CronExpr) -> Result<(), Failure> {
    let days = house.store.holidays(list.id).await?;
    let calendar = Calendar {
        quiet: list.settings.quiet_days,
        holidays: std::sync::Arc::new(days.into_keys().collect()),
    };
    let (now, zone) = (house.clock.now(), &list.settings.home_zone);
    match calendar.next_after(expr, now, zone, None) {
        Some(_) => Ok(()),
        None => Err(closed(list, &expr.to_string())),
    }
}

fn closed(list: &List, cadence: &str) -> Failure {
    let slug = &list.slug;
    Failure::failed(format!(
        "`{slug}` would not run: all days of the cadence `{cadence}` are closed"
    ))
    .hint(format!(
        "`courant list show {slug}` shows its quiet_days, `courant list holiday list {slug}` its holidays"
    ))
}

/// Moves everybody whose next run is another one by the calendar as it is now; how many, in words.
pub(super) async fn redue(house: &House, list: &List) -> Result<String, Failure> {
    let cadences = house.store.cadences(list.id).await?;
    let now = house.clock.now();
    let (mut moved, mut after) = (0, SubscriptionId(0));
    loop {
        let page = house.store.subscriptions(list.id, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        let mut dues = Vec::new();
        for (_, subscription) in &page {
            let named = |c: &&Cadence| c.name == subscription.terms.cadence;
            if let Some(cadence) = cadences.iter().find(named) {
                dues.extend(other(house, subscription, cadence, now).await?);
            }
        }
        moved += house.store.redue(&dues).await?;
    }
    let moved = show::count(i64::try_from(moved).unwrap_or(i64::MAX), "subscription");
    Ok(format!("next run moved for {moved}"))
}

/// The next run of a subscription, if it is another one than it stands at.
async fn other(
    house: &House,
    subscription: &Subscription,
    cadence: &Cadence,
    now: Timestamp,
) -> Result<Option<Redue>, Failure> {
    let (id, terms) = (subscription.id, &subscription.terms);
    // Who waits to be planned goes on waiting, unless their day is closed now.
    let day = |at: Timestamp| terms.zone.tz().to_datetime(at).date();
    let waits = |at: &Timestamp| *at <= now && cadence.calendar.is_open(day(*at));
    if subscription.due_at.as_ref().is_some_and(waits) {
        return Ok(None);
    }
    let quick = crate::domain::due::next_due(terms, cadence, now);
    if !matches!(&quick, Ok(due) if due.map(|d| d.at) != subscription.due_at) {
        return Ok(None);
    }
    let due = match next_due(&house.store, Some(id), terms, cadence, now).await {
        Ok(due) => due,
        // An hour that the cadence no longer takes has no run, as elsewhere.
        Err(PressError::Due(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let same = due.map(|d| d.at) == subscription.due_at;
    Ok((!same).then_some(Redue {
        subscription: id,
        terms: subscription.terms_id,
        due,
    }))
}
