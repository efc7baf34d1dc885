//! The sample newsroom: a fictional paper, its files embedded, its dates counted back from the
//! demo's clock. It is put in through the same verbs that any list goes through.

mod dates;
mod people;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::pictures;
use crate::cli::{Exit, Failure, House};
use crate::domain::article::{Backlog, CanonicalUrl, CategoryMap, SourceKind};
use crate::domain::edition::DecisionKind;
use crate::domain::list::List;
use crate::domain::safety::{Preset, SafetyProfile};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Slot, check_creative};
use crate::domain::subscriber::Standing;
use crate::domain::time::CronExpr;
use crate::ingest::{self, Document};
use crate::store::editions::NewDecision;
use crate::store::sources::NewSource;
use crate::store::{NewCreative, NewFlight};
use dates::{resolve, resolve_rfc5322};

const NEWSROOM: &str = include_str!("../../../examples/newsroom/newsroom.toml");
/// The sources' files, by the names that the newsroom's own file gives them.
pub(super) const SOURCES: &[(&str, &str)] = &[
    (
        "harbour-times.rss.xml",
        include_str!("../../../examples/newsroom/harbour-times.rss.xml"),
    ),
    (
        "field-and-fjord.atom.xml",
        include_str!("../../../examples/newsroom/field-and-fjord.atom.xml"),
    ),
    (
        "touchline.jsonl",
        include_str!("../../../examples/newsroom/touchline.jsonl"),
    ),
];

/// The newsroom's file, as it stands in `examples/newsroom/newsroom.toml`.
#[derive(Deserialize)]
pub(super) struct Newsroom {
    list: toml::Table,
    cadence: Vec<CadenceLine>,
    topic: Vec<Named>,
    place: Vec<Named>,
    source: Vec<SourceLine>,
    sponsor: Vec<SponsorLine>,
    subscriber: Vec<SubscriberLine>,
    decision: Vec<DecisionLine>,
}

#[derive(Deserialize)]
struct CadenceLine {
    name: Slug,
    cron: String,
}

#[derive(Deserialize)]
struct Named {
    slug: Slug,
    name: String,
}

#[derive(Deserialize)]
struct SourceLine {
    slug: Slug,
    name: String,
    file: String,
    default_topic: Option<Slug>,
    language: Option<String>,
    #[serde(default)]
    categories: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct SponsorLine {
    slug: Slug,
    name: String,
    flight: Vec<FlightLine>,
}

#[derive(Deserialize)]
struct FlightLine {
    name: String,
    booked: i64,
    slots: Vec<Slot>,
    beside: Vec<Slug>,
    avoid: Vec<String>,
    /// The standard one where none is named.
    safety: Option<Preset>,
    creative: Vec<CreativeLine>,
}

#[derive(Deserialize)]
struct CreativeLine {
    size: CreativeSize,
    headline: Option<String>,
    text: String,
    url: String,
}

#[derive(Deserialize)]
struct SubscriberLine {
    address: String,
    zone: String,
    hour: Option<String>,
    cadence: Slug,
    topics: Vec<WeightLine>,
    places: Vec<Slug>,
    #[serde(default)]
    standing: Option<Standing>,
}

#[derive(Deserialize)]
struct WeightLine {
    slug: Slug,
    weight: u16,
}

#[derive(Deserialize)]
struct DecisionLine {
    kind: DecisionKind,
    url: String,
    by: String,
}

impl Newsroom {
    pub(super) fn embedded() -> Result<Newsroom, Failure> {
        toml::from_str(NEWSROOM).map_err(|e| wrong("the list", e))
    }

    /// Puts everything in but the articles' decisions, which need editions.
    pub(super) async fn settle(
        &self,
        house: &House,
        more: usize,
        now: Timestamp,
    ) -> Result<List, Failure> {
        let list = self.list(house, now).await?;
        self.sources(house, &list, now).await?;
        self.sponsors(house, &list, now).await?;
        self.subscribers(house, &list, more, now).await?;
        Ok(list)
    }

    async fn list(&self, house: &House, now: Timestamp) -> Result<List, Failure> {
        let store = &house.store;
        let slug = self
            .list
            .get("slug")
            .and_then(toml::Value::as_str)
            .unwrap_or("demo");
        let slug = Slug::parse(slug)?;
        let mut checked = crate::domain::list::ListSettings::default();
        let mut settings = Vec::new();
        for (key, value) in self.list.iter().filter(|(key, _)| *key != "slug") {
            let value = match value {
                toml::Value::Array(parts) => {
                    let parts = parts.iter().filter_map(toml::Value::as_str);
                    parts.collect::<Vec<_>>().join(", ")
                }
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            checked.set(key, &value)?;
            settings.push((key.as_str(), value));
        }
        let id = store.list_add(&slug, &settings, now).await?;
        for cadence in &self.cadence {
            let expr = CronExpr::parse(&cadence.cron).map_err(|e| wrong("a cadence", e))?;
            store.cadence_add(id, &cadence.name, &expr, now).await?;
        }
        for topic in &self.topic {
            store.topic_add(&topic.slug, &topic.name).await?;
        }
        for place in &self.place {
            store.place_add(&place.slug, &place.name).await?;
        }
        Ok(store.list_by_id(id).await?)
    }

    async fn sources(&self, house: &House, list: &List, now: Timestamp) -> Result<(), Failure> {
        for line in &self.source {
            let map = line
                .categories
                .iter()
                .map(|(from, to)| format!("{from}={to}"));
            let map = map.collect::<Vec<_>>().join(", ");
            let rows = line.file.ends_with(".jsonl");
            let new = NewSource {
                slug: line.slug.clone(),
                name: line.name.clone(),
                kind: if rows {
                    SourceKind::Import
                } else {
                    SourceKind::Feed
                },
                location: String::new(),
                default_topic: line.default_topic.clone(),
                default_language: line.language.clone(),
                categories: CategoryMap::parse(&map).map_err(|e| wrong("a category map", e))?,
                backlog: Backlog::Window,
                private_network: false,
                interval_s: 3600,
            };
            house.store.source_add(&new, &[list.id], now).await?;
            let source = house.store.source(&line.slug).await?;
            let file = SOURCES.iter().find(|(name, _)| *name == line.file);
            let (_, text) = file.ok_or_else(|| wrong("a source", &line.file))?;
            let text = match line.file.ends_with(".rss.xml") {
                true => resolve_rfc5322(text, now),
                false => resolve(text, now),
            };
            let text = pictures::moved(&text, house.config.text("server.public_url"));
            let taken = if rows {
                ingest::import_rows(&house.store, &source, text.into_bytes(), None, now).await
            } else {
                take(house, &source, text, now).await
            };
            taken.map_err(|e| wrong("a source", e))?;
            // It is fed once: there is nothing to fetch from afterwards.
            let paused = crate::domain::article::SourceState::Paused;
            house.store.source_state(&line.slug, paused).await?;
        }
        Ok(())
    }

    async fn sponsors(&self, house: &House, list: &List, now: Timestamp) -> Result<(), Failure> {
        let days = |n: i64| now.saturating_add(SignedDuration::from_hours(24 * n));
        let (starts_at, ends_at) = (
            days(-1).map_err(|e| wrong("a flight", e))?,
            days(30).map_err(|e| wrong("a flight", e))?,
        );
        for sponsor in &self.sponsor {
            let id = house
                .store
                .sponsor_add(&sponsor.slug, &sponsor.name, now)
                .await?;
            for flight in &sponsor.flight {
                let slug =
                    Slug::from_name(&flight.name).ok_or_else(|| wrong("a flight", "name"))?;
                let new = NewFlight {
                    slots: flight.slots.clone(),
                    beside: flight.beside.clone(),
                    avoid: flight.avoid.clone(),
                    safety: SafetyProfile::of(flight.safety.unwrap_or(Preset::Standard)),
                    ..NewFlight::sends((id, list.id), slug, flight.booked, (starts_at, ends_at))
                };
                let flight_id = house.store.flight_add(&new, now).await?;
                for line in &flight.creative {
                    check_creative(line.size, &line.text, &line.url)?;
                    let new = NewCreative {
                        flight: flight_id,
                        size: line.size,
                        headline: line.headline.clone(),
                        text: line.text.clone(),
                        url: line.url.clone(),
                        button: None,
                        approved: true,
                    };
                    house.store.creative_add(&new, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Writes the editor's decisions down for an edition.
    pub(super) async fn decide(
        &self,
        house: &House,
        edition: crate::domain::EditionId,
        now: Timestamp,
    ) -> Result<(), Failure> {
        for line in &self.decision {
            let url = CanonicalUrl::parse(&line.url, None).map_err(|e| wrong("a decision", e))?;
            let article = house.store.article_by_url(&url).await?;
            let new = NewDecision {
                edition,
                kind: line.kind,
                story: Some(article.story),
                article: Some(article.id),
                text: None,
                undoes: None,
                by: line.by.clone(),
            };
            house.store.decide(&new, now).await?;
        }
        Ok(())
    }
}

async fn take(
    house: &House,
    source: &crate::domain::article::Source,
    text: String,
    now: Timestamp,
) -> Result<ingest::Taken, ingest::IngestError> {
    let document = Document {
        bytes: text.into_bytes(),
        ..Document::default()
    };
    ingest::take(&house.store, source, document, now).await
}

fn wrong(what: &str, problem: impl std::fmt::Display) -> Failure {
    Failure::new(
        Exit::Failed,
        anyhow::anyhow!("{what} of the sample newsroom: {problem}"),
    )
}

#[cfg(test)]
mod tests {
    use super::Newsroom;

    #[test]
    fn the_newsroom_can_be_read() {
        let newsroom = Newsroom::embedded()
            .map_err(|e| e.message())
            .expect("valid");
        assert_eq!(newsroom.subscriber.len(), 12);
        assert_eq!(newsroom.sponsor.len(), 3);
    }
}
