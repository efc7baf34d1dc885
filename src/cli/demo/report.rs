//! What the demo prints when its letters are out.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{Failure, House, show};
use crate::domain::address::Address;
use crate::domain::delivery::{Delivery, DeliveryState, Tally};
use crate::domain::list::List;
use crate::domain::subscriber::{Standing, Subscriber, Subscription};
use crate::domain::{EditionId, SubscriberId, SubscriptionId};

/// Subscribers in the table.
const ROWS: usize = 24;

pub(super) fn json(sum: &Tally, letters_per_second: f64) -> Value {
    json!({
        "planned": sum.planned,
        "accepted": sum.accepted,
        "refused": sum.refused,
        "withheld": sum.withheld,
        "uncertain": sum.uncertain,
        "deferred": sum.deferred,
        "skipped": sum.skipped,
        "letters_per_second": (letters_per_second * 10.0).round() / 10.0,
    })
}

pub(super) async fn print(
    house: &House,
    list: &List,
    editions: &[EditionId],
    sum: &Tally,
    letters_per_second: f64,
) -> Result<(), Failure> {
    let mut delivered = std::collections::BTreeMap::new();
    for edition in editions {
        for row in house
            .store
            .deliveries(*edition, SubscriberId(0), 1000)
            .await?
        {
            delivered.insert(row.subscription, row);
        }
    }
    let people = house
        .store
        .subscriptions(list.id, SubscriptionId(0), 1000)
        .await?;
    let mut rows = Vec::new();
    for (person, subscription) in people.iter().take(ROWS) {
        rows.push(row(house, person, subscription, delivered.get(&subscription.id)).await?);
    }
    show::table(
        &["subscriber", "topics", "stories", "outcome"],
        rows,
        "nobody subscribed",
    )?;
    let counts = house.store.subscription_counts(list.id).await?;
    let more = counts.values().sum::<i64>() - ROWS as i64;
    if more > 0 {
        show::line(&format!("… and {more} more"))?;
    }
    let plus = |n: i64, what: &str| format!("{n} {what}");
    show::line(&format!(
        "\n{} planned = {} + {} + {} + {} + {}; {} skipped; {letters_per_second:.0} letters/s",
        sum.planned,
        plus(sum.accepted, "accepted"),
        plus(sum.refused, "refused"),
        plus(sum.withheld, "withheld"),
        plus(sum.uncertain, "uncertain"),
        plus(sum.open, "open"),
        sum.skipped,
    ))?;
    Ok(())
}

/// What to try next, with the folder in which the data is, if it is kept.
pub(super) fn next(data: Option<&Path>) {
    let first = match data {
        Some(_) => String::new(),
        None => {
            "  courant demo --data DIR            keep the data, then look into it:\n".to_owned()
        }
    };
    let home = data.map_or("DIR".to_owned(), |d| d.display().to_string());
    show::note(&format!(
        "\nWhat is due until this time tomorrow was sent now. Try next:\n{first}  \
         courant --home {home} edition status harbour\n  \
         courant --home {home} edition explain harbour --subscriber agnes.thorsby@quaymail.example\n  \
         courant init                       the same for real"
    ));
}

async fn row(
    house: &House,
    person: &Subscriber,
    subscription: &Subscription,
    delivery: Option<&Delivery>,
) -> Result<Vec<String>, Failure> {
    let topics = subscription.terms.followed().map(|t| t.topic.as_str());
    let topics = topics.collect::<Vec<_>>().join(", ");
    let stories = match delivery {
        Some(row) => house
            .store
            .digest(row.digest)
            .await?
            .picks
            .len()
            .to_string(),
        None => "-".to_owned(),
    };
    Ok(vec![
        person
            .address
            .as_ref()
            .map(Address::masked)
            .unwrap_or_default(),
        if topics.is_empty() {
            "(everything)".to_owned()
        } else {
            topics
        },
        stories,
        outcome(delivery, subscription),
    ])
}

fn outcome(row: Option<&Delivery>, subscription: &Subscription) -> String {
    let Some(row) = row else {
        return match (subscription.standing, subscription.due_at) {
            (Standing::Active, Some(at)) => format!("next due {}", at.strftime("%a %H:%M UTC")),
            (Standing::Active, None) => "never due".to_owned(),
            (other, _) => format!("skipped: {other}"),
        };
    };
    let tries = match row.attempt {
        0 | 1 => String::new(),
        n => format!(", at try {n}"),
    };
    match row.state {
        DeliveryState::Accepted => format!("accepted{tries}"),
        state => format!("{state}: {} {}", row.code, row.reply),
    }
}
