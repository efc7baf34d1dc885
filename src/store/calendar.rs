//! Lists' calendars: their holidays, and with their quiet days what cadences run by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Store, StoreError, unreadable};
use crate::domain::ListId;
use crate::domain::time::{Calendar, Date, Run, Weekdays};

const HOLIDAYS: &str = "select day, name from holiday where list_id = $1 order by day";
const QUIET: &str = "select value from list_setting where list_id = $1 and key = 'quiet_days'";
const HOLIDAY_ADD: &str = "insert into holiday (list_id, day, name) values ($1, $2, $3) \
     on conflict (list_id, day) do update set name = excluded.name";
const HOLIDAY_REMOVE: &str = "delete from holiday where list_id = $1 and day = $2";

impl Store {
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
