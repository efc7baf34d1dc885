//! When lists run: their cadences, each read with the list's calendar of quiet days and holidays.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sqlx::FromRow;

use super::lists::{not_found, slug_of, some_row};
use super::{Store, StoreError, exists, unreadable};
use crate::domain::list::Cadence;
use crate::domain::slug::Slug;
use crate::domain::time::{Calendar, CronExpr, Date, Run, Timestamp, Weekdays};
use crate::domain::{CadenceId, ListId};

const CADENCE_INSERT: &str = "insert into cadence (list_id, name, expr, created_ms) \
     values ($1, $2, $3, $4) returning cadence_id";
const CADENCES: &str =
    "select cadence_id, list_id, name, expr from cadence where list_id = $1 order by cadence_id";
const CADENCE: &str =
    "select cadence_id, list_id, name, expr from cadence where list_id = $1 and name = $2";
const CADENCE_SET: &str = "update cadence set expr = $2 where cadence_id = $1";
const HOLIDAYS: &str = "select day, name from holiday where list_id = $1 order by day";
const QUIET: &str = "select value from list_setting where list_id = $1 and key = 'quiet_days'";
const HOLIDAY_ADD: &str = "insert into holiday (list_id, day, name) values ($1, $2, $3) \
     on conflict (list_id, day) do update set name = excluded.name";
const HOLIDAY_REMOVE: &str = "delete from holiday where list_id = $1 and day = $2";

#[derive(FromRow)]
struct CadenceRow {
    cadence_id: i64,
    list_id: i64,
    name: String,
    expr: String,
}

impl Store {
    /// A new cadence of a list.
    ///
    /// # Errors
    /// [`StoreError::Exists`].
    pub async fn cadence_add(
        &self,
        list: ListId,
        name: &Slug,
        expr: &CronExpr,
        now: Timestamp,
    ) -> Result<CadenceId, StoreError> {
        let mut tx = self.write().await?;
        let id: i64 = sqlx::query_scalar(CADENCE_INSERT)
            .bind(list.0)
            .bind(name.as_str())
            .bind(expr.as_str())
            .bind(now.as_millisecond())
            .fetch_one(&mut *tx)
            .await
            .map_err(|e| exists(e, "cadence", name))?;
        tx.commit().await?;
        Ok(CadenceId(id))
    }

    /// A list's cadences, oldest first: the first one is what new subscriptions get unless they say
    /// otherwise.
    pub async fn cadences(&self, list: ListId) -> Result<Vec<Cadence>, StoreError> {
        let rows: Vec<CadenceRow> = sqlx::query_as(CADENCES)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let calendar = self.calendar(list).await?;
        rows.into_iter()
            .map(|row| cadence_of(row, calendar.clone()))
            .collect()
    }

    /// One cadence of a list.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn cadence(&self, list: ListId, name: &Slug) -> Result<Cadence, StoreError> {
        let row: Option<CadenceRow> = sqlx::query_as(CADENCE)
            .bind(list.0)
            .bind(name.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let row = row.ok_or_else(|| not_found("cadence", name))?;
        cadence_of(row, self.calendar(list).await?)
    }

    /// Changes a cadence's expression. Dues are not touched: see [`Store::redue`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn cadence_set(&self, id: CadenceId, expr: &CronExpr) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(CADENCE_SET)
            .bind(id.0)
            .bind(expr.as_str())
            .execute(&mut *tx)
            .await?;
        some_row(done.rows_affected(), "cadence", id)?;
        Ok(tx.commit().await?)
    }

    /// A list's holidays by date, each with its name, which may be empty.
    pub async fn holidays(&self, list: ListId) -> Result<BTreeMap<Date, String>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(HOLIDAYS)
            .bind(list.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(day, name): (String, String)| {
            let date = Run::parse_date(&day).map_err(|_| unreadable("holiday.day", &day))?;
            Ok((date, name))
        };
        rows.into_iter().map(read).collect()
    }

    /// Puts days into a list's calendar; a day that is there gets the new name. Dues are not touched:
    /// see [`Store::redue`].
    pub async fn holidays_add(
        &self,
        list: ListId,
        days: &BTreeMap<Date, String>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for (day, name) in days {
            sqlx::query(HOLIDAY_ADD)
                .bind(list.0)
                .bind(day.to_string())
                .bind(name)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Takes a day out of a list's calendar; whether it was there. Dues are not touched.
    pub async fn holiday_remove(&self, list: ListId, day: Date) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let done = sqlx::query(HOLIDAY_REMOVE)
            .bind(list.0)
            .bind(day.to_string())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// What a list's cadences run by.
    pub(super) async fn calendar(&self, list: ListId) -> Result<Calendar, StoreError> {
        let quiet: Option<String> = sqlx::query_scalar(QUIET)
            .bind(list.0)
            .fetch_optional(&self.readers)
            .await?;
        let quiet = quiet.unwrap_or_default();
        let days: BTreeSet<Date> = self.holidays(list).await?.into_keys().collect();
        Ok(Calendar {
            quiet: Weekdays::parse(&quiet).map_err(|_| unreadable("quiet_days", &quiet))?,
            holidays: Arc::new(days),
        })
    }
}

fn cadence_of(row: CadenceRow, calendar: Calendar) -> Result<Cadence, StoreError> {
    Ok(Cadence {
        id: CadenceId(row.cadence_id),
        list: ListId(row.list_id),
        name: slug_of(&row.name, "cadence.name")?,
        expr: CronExpr::parse(&row.expr).map_err(|_| unreadable("cadence.expr", row.expr))?,
        calendar,
    })
}
