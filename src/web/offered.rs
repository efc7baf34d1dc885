//! What a list offers to readers, kept in memory for as long as nothing of it changes.
//!
//! Every reader's row comes with how often offers had changed by then (`store/visits`), whichever
//! process changed them; what is kept is used for that very number alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::terms::Sheet;
use crate::domain::ListId;
use crate::domain::article::{Place, Topic};
use crate::domain::list::{Cadence, List};
use crate::store::{Store, StoreError};

/// Times that an offer is read again because it changed meanwhile; then it is shown and not kept.
const READS: usize = 3;

/// A list with all that its readers choose from.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) list: List,
    pub(super) topics: Vec<Topic>,
    pub(super) places: Vec<Place>,
    /// Oldest first.
    pub(super) cadences: Vec<Cadence>,
    /// The choices as their form shows them, by language.
    pub(super) sheets: Mutex<HashMap<String, Arc<Sheet>>>,
}

/// Offers by list, each with the number of changes at which it was read.
#[derive(Debug, Default)]
pub(super) struct Offers(Mutex<HashMap<ListId, (i64, Arc<Offered>)>>);

impl Offers {
    /// What a list offered when offers had changed so often; `None` where there is no such list.
    pub(super) async fn of(
        &self,
        store: &Store,
        list: ListId,
        changes: i64,
    ) -> Result<Option<Arc<Offered>>, StoreError> {
        if let Some((at, offered)) = self.kept().get(&list)
            && *at == changes
        {
            return Ok(Some(offered.clone()));
        }
        for _ in 0..READS {
            let before = store.offer_changes().await?;
            let Some(offered) = read(store, list).await? else {
                return Ok(None);
            };
            if store.offer_changes().await? == before {
                let offered = Arc::new(offered);
                self.kept().insert(list, (before, offered.clone()));
                return Ok(Some(offered));
            }
        }
        Ok(read(store, list).await?.map(Arc::new))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<ListId, (i64, Arc<Offered>)>> {
        // Nothing that holds it can panic; were it poisoned, what is kept is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(store: &Store, list: ListId) -> Result<Option<Offered>, StoreError> {
    let list = match store.list_by_id(list).await {
        Ok(list) => list,
        Err(StoreError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Offered {
        topics: store.topics().await?,
        places: store.places().await?,
        cadences: store.cadences(list.id).await?,
        list,
        sheets: Mutex::default(),
    }))
}
