//! A list's cadences as they are typed, and what follows when one changes.

use super::{calendar, find};
use crate::cli::{Failure, House, parts, show};
use crate::domain::SubscriptionId;
use crate::domain::due::next_due;
use crate::domain::list::{Cadence, List, ListSettings};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Redue, Terms};
use crate::domain::time::{CronExpr, Timestamp};
use crate::store::StoreError;

/// Subscriptions read at a time.
const PAGE: u32 = 2_000;

/// Cadences as `list add` takes them: `NAME=EXPR`.
pub(super) fn typed(typed: &[String]) -> Result<Vec<(Slug, CronExpr)>, Failure> {
    let mut cadences: Vec<(Slug, CronExpr)> = Vec::new();
    for text in typed {
        let (name, expr) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("--cadence: `{text}` is not of the form NAME=EXPR"))
                .hint("such as `--cadence \"daily=0 7 * * *\"`")
        })?;
        let name = Slug::parse(name)?;
        if cadences.iter().any(|(known, _)| *known == name) {
            return Err(Failure::usage(format!(
                "--cadence: `{name}` is given twice"
            )));
        }
        cadences.push((name, expression(expr)?));
    }
    Ok(cadences)
}

/// A cadence that never runs is a slip, not a wish.
fn expression(text: &str) -> Result<CronExpr, Failure> {
    let expr = CronExpr::parse(text)?;
    if expr.can_fire() {
        return Ok(expr);
    }
    Err(
        Failure::usage(format!("`{expr}` never fires: there is no such day")).hint(format!(
            "`courant schedule next \"{expr}\"` shows when an expression fires"
        )),
    )
}

/// Refuses a cadence whose letters would be overtaken before they may leave.
pub(super) fn in_time(
    house: &House,
    list: &Slug,
    settings: &ListSettings,
    cadence: (&Slug, &CronExpr),
) -> Result<(), Failure> {
    match parts::overtaken((list, settings), cadence, house.clock.now()) {
        Some((words, hint)) => Err(Failure::usage(words).hint(hint)),
        None => Ok(()),
    }
}

/// Adds a cadence, or changes when one runs, and moves what is due.
pub(super) async fn set(house: &House, list: &str, name: &str, expr: &str) -> Result<(), Failure> {
    let list = find(&house.store, list).await?;
    let name = Slug::parse(name)?;
    let expr = expression(expr)?;
    let now = house.clock.now();
    in_time(house, &list.slug, &list.settings, (&name, &expr))?;
    let mut cadence = match house.store.cadence(list.id, &name).await {
        Err(StoreError::NotFound { .. }) => {
            calendar::may_run(house, &list, &expr).await?;
            house.store.cadence_add(list.id, &name, &expr, now).await?;
            show::note(&format!(
                "added cadence `{name}` ({expr}) to `{}`",
                list.slug
            ));
            return Ok(());
        }
        other => other?,
    };
    cadence.expr = expr;
    calendar::runs(&list, &cadence, now)?;
    if cadence.expr.fixed_time().is_none() {
        refuse_hours(house, &list, &cadence).await?;
    }
    house.store.cadence_set(cadence.id, &cadence.expr).await?;
    let mut moved = 0;
    let mut after = SubscriptionId(0);
    loop {
        let (dues, last) = redues(house, &list, &cadence, after, now).await?;
        moved += house.store.redue(&dues).await?;
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    let moved = show::count(i64::try_from(moved).unwrap_or(i64::MAX), "subscription");
    show::note(&format!(
        "cadence `{name}` is now `{}`; next run set for {moved}",
        cadence.expr
    ));
    Ok(())
}

/// One page of a list's subscriptions to a cadence, each with its next run; and where to go on.
async fn redues(
    house: &House,
    list: &List,
    cadence: &Cadence,
    after: SubscriptionId,
    now: Timestamp,
) -> Result<(Vec<Redue>, Option<SubscriptionId>), Failure> {
    let page = house.store.subscriptions(list.id, after, PAGE).await?;
    let last = page.last().map(|(_, subscription)| subscription.id);
    let mut dues = Vec::new();
    for (_, subscription) in page {
        if subscription.terms.cadence == cadence.name {
            dues.push(Redue {
                subscription: subscription.id,
                terms: subscription.terms_id,
                due: next_due(&subscription.terms, cadence, now)?,
            });
        }
    }
    Ok((dues, last))
}

/// An expression with several times a day cannot serve who has an hour of their own.
async fn refuse_hours(house: &House, list: &List, cadence: &Cadence) -> Result<(), Failure> {
    let mut own = 0;
    let mut after = SubscriptionId(0);
    loop {
        let page = house.store.subscriptions(list.id, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        let with_hour = |t: &Terms| t.cadence == cadence.name && t.hour.is_some();
        own += page.iter().filter(|(_, s)| with_hour(&s.terms)).count();
    }
    if own == 0 {
        return Ok(());
    }
    let own = show::count(i64::try_from(own).unwrap_or(i64::MAX), "subscription");
    Err(Failure::failed(format!(
        "`{}` takes no hour of a subscriber's own, and {own} to `{}` set one",
        cadence.expr, cadence.name
    ))
    .hint(format!(
        "`courant list cadence {} NAME \"{}\"` adds it beside `{}`",
        list.slug, cadence.expr, cadence.name
    )))
}
