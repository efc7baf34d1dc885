//! Stopping an edition, and letting it go on: the state that every `started` is conditional on (P5).
//!
//! Sending is stopped by the state alone; here no sender is spoken to.

use super::account::DROPPED_MEMORY;
use super::audit::deed;
use super::{Store, StoreError, unreadable};
use crate::domain::EditionId;
use crate::domain::audit::Deed;
use crate::domain::edition::EditionState;
use crate::domain::time::Timestamp;

const STATE: &str = "select state from edition where edition_id = $1";
const PAUSE: &str = "update edition set state = 'paused', halted_ms = $2 \
     where edition_id = $1 and state = 'open'";
const RESUME: &str = "update edition set state = 'open', halted_ms = null \
     where edition_id = $1 and state = 'paused'";
const CANCEL: &str = "update edition set state = 'cancelled', halted_ms = $2 \
     where edition_id = $1 and state <> 'cancelled'";
// What may have left before is in doubt, whatever is decided about it afterwards.
const CANCEL_OPEN: &str = "update delivery set state = 'withheld', held = null, code = 0, \
     reply = 'cancelled', changed_ms = $2 \
     where edition_id = $1 and state in ('planned', 'deferred') and sha256 is null";
const CANCEL_DOUBT: &str = "update delivery set state = 'uncertain', held = null, \
     reply = 'in doubt when the edition was cancelled', changed_ms = $2 \
     where edition_id = $1 and state in ('planned', 'deferred') and sha256 is not null";
const CANCEL_HELD: &str = "update delivery set held = null, changed_ms = $2 \
     where edition_id = $1 and state = 'uncertain' and held is not null";
const LEAVING: &str = "select count(*) from delivery \
     where edition_id = $1 and state in ('leased', 'started')";
// By way of the small index of what waits: cancelled editions have many rows, and few of them wait.
const CANCELLED_WAITING: &str = "select distinct d.edition_id from delivery d \
     join edition e on e.edition_id = d.edition_id \
     where d.state in ('planned', 'deferred') and d.held is null and e.state = 'cancelled'";

/// What a cancellation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// The state before.
    pub was: EditionState,
    /// Letters withheld by this call; their stories went back.
    pub withheld: u64,
    /// Letters in doubt that are not sent again, by this call.
    pub uncertain: u64,
    /// Letters that a sender has in its hands: those not started are withheld when their turn comes,
    /// those started end as the relay says.
    pub leaving: i64,
}

impl Store {
    /// Pauses an open edition. Returns the state before; nothing is written unless it was open.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn edition_pause(
        &self,
        id: EditionId,
        now: Timestamp,
    ) -> Result<EditionState, StoreError> {
        self.halt(id, PAUSE, now).await
    }

    /// Lets a paused edition go on. Returns the state before; nothing is written unless it was
    /// paused.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn edition_resume(
        &self,
        id: EditionId,
        now: Timestamp,
    ) -> Result<EditionState, StoreError> {
        self.halt(id, RESUME, now).await
    }

    /// Cancels an edition for good, whatever its state, in one write: what waits is withheld and
    /// gives its stories back, what is in doubt stays so and is not sent again, nothing of it asks.
    /// A second call takes up what a sender gave back meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn edition_cancel(
        &self,
        id: EditionId,
        now: Timestamp,
    ) -> Result<Cancelled, StoreError> {
        let mut tx = self.write().await?;
        let was = state(&mut tx, id).await?;
        let mut rows = [0; 5];
        let statements = [
            CANCEL,
            CANCEL_OPEN,
            CANCEL_DOUBT,
            CANCEL_HELD,
            DROPPED_MEMORY,
        ];
        for (statement, rows) in statements.into_iter().zip(&mut rows) {
            let query = sqlx::query(statement).bind(id.0).bind(now.as_millisecond());
            *rows = query.execute(&mut *tx).await?.rows_affected();
        }
        let leaving = sqlx::query_scalar(LEAVING).bind(id.0);
        let leaving: i64 = leaving.fetch_one(&mut *tx).await?;
        // What is taken up later belongs to the same deed.
        if was != EditionState::Cancelled {
            let done = Deed {
                was: was.to_string(),
                became: format!("letters withheld: {}", rows[1]),
                ..deed("cancel", format_args!("edition {id}"))
            };
            self.note(&mut tx, "", done, now).await?;
        }
        tx.commit().await?;
        Ok(Cancelled {
            was,
            withheld: rows[1],
            uncertain: rows[2],
            leaving,
        })
    }

    /// Withholds what waits of cancelled editions: letters that a sender had in its hands when they
    /// were cancelled, and gave back. Returns how many.
    pub async fn withhold_cancelled(&self, now: Timestamp) -> Result<u64, StoreError> {
        let waiting: Vec<i64> = sqlx::query_scalar(CANCELLED_WAITING)
            .fetch_all(&self.readers)
            .await?;
        let mut withheld = 0;
        for id in waiting {
            withheld += self.edition_cancel(EditionId(id), now).await?.withheld;
        }
        Ok(withheld)
    }

    /// Letters of an edition that a sender has in its hands.
    pub async fn leaving(&self, id: EditionId) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(LEAVING)
            .bind(id.0)
            .fetch_one(&self.readers)
            .await?)
    }

    async fn halt(
        &self,
        id: EditionId,
        statement: &'static str,
        now: Timestamp,
    ) -> Result<EditionState, StoreError> {
        let mut tx = self.write().await?;
        let was = state(&mut tx, id).await?;
        let query = sqlx::query(statement).bind(id.0).bind(now.as_millisecond());
        if query.execute(&mut *tx).await?.rows_affected() > 0 {
            let act = if statement == PAUSE {
                "pause"
            } else {
                "resume"
            };
            let done = deed(act, format_args!("edition {id}"));
            self.note(&mut tx, "", done, now).await?;
        }
        tx.commit().await?;
        Ok(was)
    }
}

/// An edition's state, as this transaction sees it.
pub(super) async fn state(
    tx: &mut sqlx::SqliteConnection,
    id: EditionId,
) -> Result<EditionState, StoreError> {
    let state: Option<String> = sqlx::query_scalar(STATE)
        .bind(id.0)
        .fetch_optional(tx)
        .await?;
    let state = state.ok_or_else(|| StoreError::NotFound {
        what: "edition",
        name: id.to_string(),
    })?;
    EditionState::parse(&state).map_err(|_| unreadable("edition.state", &state))
}
