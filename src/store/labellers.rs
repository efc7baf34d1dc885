//! Boolean rules of topics, and the gazetteer: what articles are labelled by.

use serde::Serialize;

use super::lists::{slug_of, some_row};
use super::{Store, StoreError, from_json, to_json, unreadable};
use crate::domain::SourceId;
use crate::domain::gazetteer::{GazetteerPlace, PlaceKind};
use crate::domain::slug::Slug;
use crate::domain::time::{Timestamp, to_ms};

const RULE_ADD: &str = "insert into topic_rule (topic, rule, must_match, must_not_match, created_ms) \
     values ($1, $2, $3, $4, $5) returning rule_id";
const RULES: &str = "select r.rule_id, r.topic, r.rule, r.must_match, r.must_not_match \
     from topic_rule r join topic t on t.slug = r.topic and t.removed_ms is null \
     where r.removed_ms is null order by r.topic, r.rule_id";
const RULE_REMOVE: &str =
    "update topic_rule set removed_ms = $2 where rule_id = $1 and removed_ms is null";
const GAZETTEER: &str = "select slug, name, kind, parent, aliases, ambiguous, latitude, longitude \
     from place where removed_ms is null and kind is not null order by slug";
const PLACE_PUT: &str = "insert into place (slug, name, kind, parent, aliases, ambiguous, latitude, \
     longitude) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (slug) do update set \
     name = excluded.name, kind = excluded.kind, parent = excluded.parent, \
     aliases = excluded.aliases, ambiguous = excluded.ambiguous, latitude = excluded.latitude, \
     longitude = excluded.longitude, removed_ms = null";
const SOURCE_HOME: &str = "update source set home = $2 where source_id = $1 and removed_ms is null";

/// A rule of a topic as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicRule {
    /// Its number.
    pub id: i64,
    /// Whose rule it is.
    pub topic: Slug,
    /// Its text.
    pub rule: String,
    /// Headlines that it has to match.
    pub must_match: Vec<String>,
    /// Headlines that it may not match.
    pub must_not_match: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct RuleRow {
    rule_id: i64,
    topic: String,
    rule: String,
    must_match: String,
    must_not_match: String,
}

#[derive(sqlx::FromRow)]
struct PlaceRow {
    slug: String,
    name: String,
    kind: String,
    parent: Option<String>,
    aliases: String,
    ambiguous: i64,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

impl Store {
    /// Keeps a rule of a topic; its number.
    pub async fn topic_rule_add(
        &self,
        topic: &Slug,
        rule: &str,
        must_match: &[String],
        must_not_match: &[String],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let mut tx = self.write().await?;
        let id = sqlx::query_scalar(RULE_ADD)
            .bind(topic.as_str())
            .bind(rule)
            .bind(to_json(&must_match, "topic_rule.must_match")?)
            .bind(to_json(&must_not_match, "topic_rule.must_not_match")?)
            .bind(to_ms(now))
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The rules of the topics that are on offer, by topic and number.
    pub async fn topic_rules(&self) -> Result<Vec<TopicRule>, StoreError> {
        let rows: Vec<RuleRow> = sqlx::query_as(RULES).fetch_all(&self.readers).await?;
        let read = |row: RuleRow| {
            Ok(TopicRule {
                id: row.rule_id,
                topic: slug_of(&row.topic, "topic_rule.topic")?,
                rule: row.rule,
                must_match: from_json(&row.must_match, "topic_rule.must_match")?,
                must_not_match: from_json(&row.must_not_match, "topic_rule.must_not_match")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Removes a rule; articles that it labelled keep what they have until they are labelled again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn topic_rule_remove(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let remove = sqlx::query(RULE_REMOVE).bind(id).bind(to_ms(now));
        let done = remove.execute(&mut *tx).await?;
        some_row(done.rows_affected(), "rule", id)?;
        Ok(tx.commit().await?)
    }

    /// The places that are looked for in articles, by short name.
    pub async fn gazetteer(&self) -> Result<Vec<GazetteerPlace>, StoreError> {
        let rows: Vec<PlaceRow> = sqlx::query_as(GAZETTEER).fetch_all(&self.readers).await?;
        let read = |row: PlaceRow| {
            let parent = row.parent.as_deref();
            Ok(GazetteerPlace {
                slug: slug_of(&row.slug, "place.slug")?,
                name: row.name,
                kind: PlaceKind::parse(&row.kind)
                    .map_err(|_| unreadable("place.kind", &row.kind))?,
                parent: parent.map(|p| slug_of(p, "place.parent")).transpose()?,
                aliases: from_json(&row.aliases, "place.aliases")?,
                ambiguous: row.ambiguous != 0,
                latitude: row.latitude,
                longitude: row.longitude,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Offers places, or sets those that are there to what is given; all of them or none.
    pub async fn places_import(&self, places: &[GazetteerPlace]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for place in places {
            sqlx::query(PLACE_PUT)
                .bind(place.slug.as_str())
                .bind(&place.name)
                .bind(place.kind.as_str())
                .bind(place.parent.as_ref().map(Slug::as_str))
                .bind(to_json(&place.aliases, "place.aliases")?)
                .bind(i64::from(place.ambiguous))
                .bind(place.latitude)
                .bind(place.longitude)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Sets where a source is at home; `None` for nowhere.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn source_home_set(
        &self,
        source: SourceId,
        home: Option<&Slug>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let set = sqlx::query(SOURCE_HOME)
            .bind(source.0)
            .bind(home.map(Slug::as_str));
        let done = set.execute(&mut *tx).await?;
        some_row(done.rows_affected(), "source", source)?;
        Ok(tx.commit().await?)
    }
}
