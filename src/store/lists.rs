//! Lists with their settings; topics and places.
//!
//! Settings come in checked (`ListSettings::set`) and are checked again on the way out, since a
//! newer release or a person may have written the row. Which setting means what stays in `domain`.

use std::collections::HashMap;

use sqlx::{FromRow, SqliteConnection};

use super::{Store, StoreError, exists, unreadable};
use crate::domain::ListId;
use crate::domain::article::{Place, Topic};
use crate::domain::list::{List, ListSettings};
use crate::domain::slug::Slug;
use crate::domain::time::{Timestamp, Zone};

const LIST_INSERT: &str = "insert into list (slug, created_ms) values ($1, $2) returning list_id";
const LIST_BY_SLUG: &str = "select list_id, slug from list where slug = $1";
const LIST_BY_ID: &str = "select list_id, slug from list where list_id = $1";
const LISTS: &str = "select list_id, slug from list order by slug";
const SETTING_SET: &str = "insert into list_setting (list_id, key, value) values ($1, $2, $3) \
     on conflict (list_id, key) do update set value = excluded.value";
const SETTINGS_OF: &str = "select list_id, key, value from list_setting where list_id = $1";
const SETTINGS_ALL: &str = "select list_id, key, value from list_setting";
const TOPICS: &str = "select slug, name from topic where removed_ms is null order by slug";
const TOPIC_ADD: &str = "insert into topic (slug, name) values ($1, $2) \
     on conflict (slug) do update set name = excluded.name, removed_ms = null \
     where topic.removed_ms is not null";
const TOPIC_RENAME: &str = "update topic set name = $2 where slug = $1 and removed_ms is null";
const TOPIC_REMOVE: &str =
    "update topic set removed_ms = $2 where slug = $1 and removed_ms is null";
const PLACES: &str = "select slug, name from place where removed_ms is null order by slug";
const PLACE_ADD: &str = "insert into place (slug, name) values ($1, $2) \
     on conflict (slug) do update set name = excluded.name, removed_ms = null \
     where place.removed_ms is not null";
const PLACE_REMOVE: &str =
    "update place set removed_ms = $2 where slug = $1 and removed_ms is null";

#[derive(FromRow)]
struct ListRow {
    list_id: i64,
    slug: String,
}

#[derive(FromRow)]
struct SettingRow {
    list_id: i64,
    key: String,
    value: String,
}

#[derive(FromRow)]
struct NamedRow {
    slug: String,
    name: String,
}

impl Store {
    /// A new list with the settings that differ from the defaults.
    ///
    /// # Errors
    /// [`StoreError::Exists`].
    pub async fn list_add(
        &self,
        slug: &Slug,
        settings: &[(&str, String)],
        now: Timestamp,
    ) -> Result<ListId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(LIST_INSERT)
            .bind(slug.as_str())
            .bind(now.as_millisecond())
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "list", slug))?;
        for (key, value) in settings {
            setting_set(&mut tx, ListId(id), key, value).await?;
        }
        tx.commit().await?;
        Ok(ListId(id))
    }

    /// A list by its short name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Unreadable`] if a setting no longer reads.
    pub async fn list(&self, slug: &Slug) -> Result<List, StoreError> {
        let row: Option<ListRow> = sqlx::query_as(LIST_BY_SLUG)
            .bind(slug.as_str())
            .fetch_optional(&self.readers)
            .await?;
        self.with_settings(row.ok_or_else(|| not_found("list", slug))?)
            .await
    }

    /// A list by its row id.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn list_by_id(&self, id: ListId) -> Result<List, StoreError> {
        let row: Option<ListRow> = sqlx::query_as(LIST_BY_ID)
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        self.with_settings(row.ok_or_else(|| not_found("list", id))?)
            .await
    }

    /// Every list, by short name.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] if a setting no longer reads.
    pub async fn lists(&self) -> Result<Vec<List>, StoreError> {
        let rows: Vec<ListRow> = sqlx::query_as(LISTS).fetch_all(&self.readers).await?;
        let settings: Vec<SettingRow> = sqlx::query_as(SETTINGS_ALL)
            .fetch_all(&self.readers)
            .await?;
        let mut of: HashMap<i64, Vec<SettingRow>> = HashMap::new();
        for setting in settings {
            of.entry(setting.list_id).or_default().push(setting);
        }
        rows.into_iter()
            .map(|row| {
                let settings = of.remove(&row.list_id).unwrap_or_default();
                list_of(row, settings)
            })
            .collect()
    }

    /// Sets one key to a text that `ListSettings::set` has taken.
    pub async fn list_set(&self, list: ListId, key: &str, value: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        setting_set(&mut tx, list, key, value).await?;
        Ok(tx.commit().await?)
    }

    /// Topics on offer, by short name.
    pub async fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        let rows: Vec<NamedRow> = sqlx::query_as(TOPICS).fetch_all(&self.readers).await?;
        let topic = |row: NamedRow| {
            let slug = slug_of(&row.slug, "topic.slug")?;
            Ok(Topic {
                slug,
                name: row.name,
            })
        };
        rows.into_iter().map(topic).collect()
    }

    /// A new topic, or a removed one back again.
    ///
    /// # Errors
    /// [`StoreError::Exists`].
    pub async fn topic_add(&self, slug: &Slug, name: &str) -> Result<(), StoreError> {
        self.named(TOPIC_ADD, slug, name, taken("topic", slug))
            .await
    }

    /// Gives a topic another name; its short name, which terms hold, stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn topic_rename(&self, slug: &Slug, name: &str) -> Result<(), StoreError> {
        self.named(TOPIC_RENAME, slug, name, not_found("topic", slug))
            .await
    }

    /// Takes a topic off offer; its row stays, and so do the terms that name it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn topic_remove(&self, slug: &Slug, now: Timestamp) -> Result<(), StoreError> {
        self.removed(TOPIC_REMOVE, slug, now, not_found("topic", slug))
            .await
    }

    /// Places on offer, by short name.
    pub async fn places(&self) -> Result<Vec<Place>, StoreError> {
        let rows: Vec<NamedRow> = sqlx::query_as(PLACES).fetch_all(&self.readers).await?;
        let place = |row: NamedRow| {
            let slug = slug_of(&row.slug, "place.slug")?;
            Ok(Place {
                slug,
                name: row.name,
            })
        };
        rows.into_iter().map(place).collect()
    }

    /// A new place, or a removed one back again.
    ///
    /// # Errors
    /// [`StoreError::Exists`].
    pub async fn place_add(&self, slug: &Slug, name: &str) -> Result<(), StoreError> {
        self.named(PLACE_ADD, slug, name, taken("place", slug))
            .await
    }

    /// Takes a place off offer; its row stays, and so do the terms that name it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn place_remove(&self, slug: &Slug, now: Timestamp) -> Result<(), StoreError> {
        self.removed(PLACE_REMOVE, slug, now, not_found("place", slug))
            .await
    }

    async fn with_settings(&self, row: ListRow) -> Result<List, StoreError> {
        let settings: Vec<SettingRow> = sqlx::query_as(SETTINGS_OF)
            .bind(row.list_id)
            .fetch_all(&self.readers)
            .await?;
        list_of(row, settings)
    }

    async fn named(
        &self,
        statement: &'static str,
        slug: &Slug,
        name: &str,
        or: StoreError,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(statement)
            .bind(slug.as_str())
            .bind(name)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(or);
        }
        Ok(tx.commit().await?)
    }

    async fn removed(
        &self,
        statement: &'static str,
        slug: &Slug,
        now: Timestamp,
        or: StoreError,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(statement)
            .bind(slug.as_str())
            .bind(now.as_millisecond())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(or);
        }
        Ok(tx.commit().await?)
    }
}

async fn setting_set(
    connection: &mut SqliteConnection,
    list: ListId,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    sqlx::query(SETTING_SET)
        .bind(list.0)
        .bind(key)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

fn list_of(row: ListRow, rows: Vec<SettingRow>) -> Result<List, StoreError> {
    let mut settings = ListSettings::default();
    for SettingRow { key, value, .. } in rows {
        // A zone that the tzdb dropped since is no reason to stop a list.
        if key == "home_zone" {
            settings.home_zone = Zone::stored(&value);
            continue;
        }
        settings
            .set(&key, &value)
            .map_err(|_| unreadable("list_setting.value", format!("{key} = {value}")))?;
    }
    Ok(List {
        id: ListId(row.list_id),
        slug: slug_of(&row.slug, "list.slug")?,
        settings,
    })
}

pub(super) fn slug_of(text: &str, place: &'static str) -> Result<Slug, StoreError> {
    Slug::parse(text).map_err(|_| unreadable(place, text))
}

fn taken(what: &'static str, name: impl std::fmt::Display) -> StoreError {
    StoreError::Exists {
        what,
        name: name.to_string(),
    }
}

pub(super) fn not_found(what: &'static str, name: impl std::fmt::Display) -> StoreError {
    StoreError::NotFound {
        what,
        name: name.to_string(),
    }
}

/// An update that met no row named something that is not there.
pub(super) fn some_row(
    rows: u64,
    what: &'static str,
    name: impl std::fmt::Display,
) -> Result<(), StoreError> {
    match rows {
        0 => Err(not_found(what, name)),
        _ => Ok(()),
    }
}
