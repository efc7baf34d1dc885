//! Sign-ups on their way into the database: those that come together share a write.

use crate::domain::signup::NewSignup;
use crate::store::{Store, StoreError};
use crate::web::together::Batch;

/// Sign-ups.
pub(super) struct Signups;

impl Batch for Signups {
    type Asked = NewSignup;
    type Done = ();

    async fn write(store: &Store, asked: Vec<NewSignup>) -> Result<Vec<()>, StoreError> {
        store.signups_add(&asked).await?;
        Ok(vec![(); asked.len()])
    }
}
