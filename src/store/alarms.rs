//! stub
use super::{Store, StoreError};
use crate::domain::time::Timestamp;
impl Store {
    /// stub
    pub async fn alarm_raise(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: Timestamp,
    ) -> Result<(), StoreError> {
        Ok(())
    }
    /// stub
    pub async fn relay_usage(&self, _: i64) -> Result<Vec<(String, i64, i64)>, StoreError> {
        Ok(vec![])
    }
}
