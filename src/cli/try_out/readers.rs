//! Three made-up readers with different wishes.

use crate::cli::{Failure, House};
use crate::domain::address::Address;
use crate::domain::article::TopicWeight;
use crate::domain::due::next_due;
use crate::domain::list::List;
use crate::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use crate::domain::time::Timestamp;
use crate::ingest::proposal::Proposed;

/// Their addresses, on a domain that reaches nobody (RFC 2606).
pub const READERS: [&str; 3] = [
    "ada@readers.example",
    "ben@readers.example",
    "cleo@readers.example",
];

/// Signs the three up. Each follows topics of their own as far as there are some; who is left over
/// follows everything, and the third one then wants it short.
pub async fn add(
    house: &House,
    list: &List,
    topics: &[Proposed],
    now: Timestamp,
) -> Result<(), Failure> {
    let cadences = house.store.cadences(list.id).await?;
    let mut rows = Vec::new();
    for (n, address) in READERS.iter().enumerate() {
        let Some(cadence) = cadences.first() else {
            continue;
        };
        let address = Address::parse(address)?;
        let mine = [(n, 1000), (n + READERS.len(), 600)];
        let mine = mine.iter().filter_map(|(at, weight)| {
            let topic = topics.get(*at)?.topic.clone();
            Some(TopicWeight {
                topic,
                weight: *weight,
            })
        });
        let mine: Vec<TopicWeight> = mine.collect();
        let short = mine.is_empty() && n == READERS.len() - 1;
        let terms = Terms {
            cadence: cadence.name.clone(),
            hour: None,
            zone: list.settings.home_zone.clone(),
            language: list.settings.language.clone(),
            length: if short { Length::Short } else { Length::Long },
            images: true,
            text_only: false,
            topics: mine,
            places: Vec::new(),
            resume_on: None,
        };
        rows.push(NewSubscription {
            list: list.id,
            hash: house.keys.address_hash(&address),
            due: next_due(&terms, cadence, now)?,
            address,
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            by: "try".to_owned(),
        });
    }
    house.store.subscribers_add(&rows, now).await?;
    Ok(())
}
