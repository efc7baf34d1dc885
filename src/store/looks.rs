//! How the readers of a due wave want their letters: what the size of its fixed parts depends on.

use super::planning::DueWave;
use super::{Store, StoreError, unreadable};
use crate::domain::subscriber::Length;

const DUE_LOOKS: &str = "select distinct t.language, t.length, t.images from subscription n \
     join terms t on t.terms_id = n.terms_id \
     where n.list_id = $1 and n.due_cadence_id = $2 and n.due_run = $3 and n.due_ms = $4";

impl Store {
    /// Language, length and pictures that readers of a due wave asked for, each of them once.
    pub async fn due_looks(
        &self,
        wave: &DueWave,
    ) -> Result<Vec<(String, Length, bool)>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(DUE_LOOKS)
            .bind(wave.list.0)
            .bind(wave.cadence.0)
            .bind(wave.run.to_string())
            .bind(wave.due_at.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        let read = |(language, length, images): (String, String, i64)| {
            let length = Length::parse(&length).map_err(|_| unreadable("terms.length", &length))?;
            Ok((language, length, images != 0))
        };
        rows.into_iter().map(read).collect()
    }
}
