//! The newsroom's subscribers: the twelve of its file, and as many made-up ones as were asked for.

use jiff::Timestamp;

use super::{Newsroom, SubscriberLine, WeightLine, wrong};
use crate::cli::{Failure, House};
use crate::domain::address::Address;
use crate::domain::article::TopicWeight;
use crate::domain::due::next_due;
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use crate::domain::time::{WallTime, Zone};

impl Newsroom {
    pub(super) async fn subscribers(
        &self,
        house: &House,
        list: &List,
        more: usize,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let cadences = house.store.cadences(list.id).await?;
        let mut left = Vec::new();
        let mut rows = Vec::new();
        for line in &self.subscriber {
            let row = self.subscription(house, list, &cadences, line, now)?;
            if line.standing == Some(Standing::Unsubscribed) {
                left.push(row.hash);
            }
            rows.push(row);
        }
        for n in 0..more {
            rows.push(self.generated(house, list, &cadences, n, now)?);
        }
        house.store.subscribers_add(&rows, now).await?;
        for hash in left {
            let Some(person) = house.store.subscriber(&hash).await? else {
                continue;
            };
            let found = house.store.subscription_of(list.id, person.id).await?;
            let Some(subscription) = found else { continue };
            let gone = Standing::Unsubscribed;
            house
                .store
                .standing_set(
                    subscription.id,
                    gone,
                    "unsubscribed",
                    "before the demo",
                    None,
                    now,
                )
                .await?;
        }
        Ok(())
    }

    fn subscription(
        &self,
        house: &House,
        list: &List,
        cadences: &[Cadence],
        line: &SubscriberLine,
        now: Timestamp,
    ) -> Result<NewSubscription, Failure> {
        let address = Address::parse(&line.address)?;
        let hour = line.hour.as_deref().map(WallTime::parse).transpose();
        let terms = Terms {
            cadence: line.cadence.clone(),
            hour: hour.map_err(|e| wrong("an hour", e))?,
            zone: Zone::parse(&line.zone).map_err(|e| wrong("a zone", e))?,
            language: list.settings.language.clone(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: line
                .topics
                .iter()
                .map(|t| TopicWeight {
                    topic: t.slug.clone(),
                    weight: t.weight.clamp(1, 3) * 333,
                })
                .collect(),
            places: line.places.clone(),
            resume_on: None,
        };
        let cadence = cadences.iter().find(|c| c.name == line.cadence);
        let cadence = cadence.ok_or_else(|| wrong("a cadence", &line.cadence))?;
        let due = next_due(&terms, cadence, now).map_err(|e| wrong("an hour", e))?;
        Ok(NewSubscription {
            list: list.id,
            hash: house.keys.address_hash(&address),
            address,
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            due,
            by: "demo".to_owned(),
        })
    }

    /// The n-th made-up subscriber: two topics of their own, a zone and a place in turn.
    fn generated(
        &self,
        house: &House,
        list: &List,
        cadences: &[Cadence],
        n: usize,
        now: Timestamp,
    ) -> Result<NewSubscription, Failure> {
        const ZONES: &[&str] = &[
            "Europe/Berlin",
            "Europe/Lisbon",
            "America/New_York",
            "Asia/Tokyo",
            "Asia/Kolkata",
        ];
        let topic = |at: usize| self.topic[at % self.topic.len()].slug.clone();
        let weight = |slug, weight| WeightLine { slug, weight };
        let line = SubscriberLine {
            address: format!("reader{n:06}@made-up.example"),
            zone: ZONES[n % ZONES.len()].to_owned(),
            hour: None,
            cadence: cadences[0].name.clone(),
            topics: match n % 5 {
                0 => Vec::new(),
                // One to six apart, so that the second is never the first.
                _ => vec![
                    weight(topic(n), 3),
                    weight(topic(n + 1 + n / 7 % (self.topic.len() - 1)), 1),
                ],
            },
            places: match n % 3 {
                0 => vec![self.place[n % self.place.len()].slug.clone()],
                _ => Vec::new(),
            },
            standing: None,
        };
        self.subscription(house, list, cadences, &line, now)
    }
}
