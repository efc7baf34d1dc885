//! Claimed rows become letters: who makes them, off the async threads, one that fails alone.
//!
//! What a letter is made of is its composer's matter; here it is seen to that the bytes of a letter in
//! doubt are those that may have left.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

pub use super::letters::{Composed, LetterError};
use super::outcome::{fault, held, settled};
use super::pace::LaneTable;
use super::{Prepared, letters};
use crate::domain::address::Address;
use crate::domain::delivery::{DeliveryState, Hold};
use crate::store::StoreError;
use crate::store::ledger::{Claimed, Record};

/// An answer that takes its time.
pub type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes the letters of waves.
pub trait Compose: Send + Sync {
    /// What the letters of a row's wave share.
    fn wave<'a>(
        &'a self,
        claimed: &'a Claimed,
    ) -> Soon<'a, Result<Arc<dyn ComposeWave>, LetterError>>;
}

/// Makes the letters of one wave. The same row gives the same bytes, whenever and wherever it is
/// asked.
pub trait ComposeWave: Send + Sync {
    /// The letter of a row, to `to`.
    fn compose(&self, claimed: &Claimed, to: &Address) -> Result<Composed, LetterError>;
}

impl Compose for letters::Letters {
    fn wave<'a>(
        &'a self,
        claimed: &'a Claimed,
    ) -> Soon<'a, Result<Arc<dyn ComposeWave>, LetterError>> {
        Box::pin(async move {
            let loaded = self.wave_of(claimed.wave, &claimed.picks).await?;
            Ok(loaded as Arc<dyn ComposeWave>)
        })
    }
}

impl ComposeWave for letters::LoadedWave {
    fn compose(&self, claimed: &Claimed, to: &Address) -> Result<Composed, LetterError> {
        let content = letters::content(claimed);
        let (edition, subscriber) = (claimed.edition, claimed.subscriber);
        self.letters
            .compose(&content, None, to, edition, subscriber)
    }
}

/// What came of claimed rows: letters, and records of those that cannot go.
#[derive(Default)]
pub(super) struct Made {
    pub(super) letters: Vec<Prepared>,
    pub(super) records: Vec<Record>,
}

/// Composes claimed rows. What cannot be composed, or would not be the same bytes as before, becomes a
/// record; a database that fails is no letter's fault.
pub(super) async fn compose(
    composer: &Arc<dyn Compose>,
    lanes: &Arc<LaneTable>,
    rows: Vec<Claimed>,
) -> Result<Made, StoreError> {
    let mut made = Made::default();
    let mut jobs = Vec::with_capacity(rows.len());
    for claimed in rows {
        match composer.wave(&claimed).await {
            Ok(wave) => jobs.push((claimed, wave)),
            Err(LetterError::Store(error @ StoreError::Sql(_))) => return Err(error),
            Err(error) => made.records.push(fault(&claimed, &error)),
        }
    }
    // Signing is what takes time, and every core can do it.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(threads).max(1);
    let mut jobs = jobs.into_iter().peekable();
    let mut shares = Vec::with_capacity(threads);
    while jobs.peek().is_some() {
        let (mine, lanes): (Vec<_>, _) = (jobs.by_ref().take(share).collect(), lanes.clone());
        let one = move |(claimed, wave): (Claimed, Arc<dyn ComposeWave>)| {
            prepared(claimed, wave.as_ref(), &lanes)
        };
        shares.push(tokio::task::spawn_blocking(move || {
            mine.into_iter().map(one).collect::<Vec<_>>()
        }));
    }
    for share in shares {
        for result in share.await.unwrap_or_default() {
            match result {
                Ok(letter) => made.letters.push(letter),
                Err(record) => made.records.push(record),
            }
        }
    }
    Ok(made)
}

fn prepared(
    claimed: Claimed,
    wave: &dyn ComposeWave,
    lanes: &LaneTable,
) -> Result<Prepared, Record> {
    let Some(to) = claimed.address.clone() else {
        return Err(settled(&claimed, DeliveryState::Withheld, "erased"));
    };
    if claimed.outdated {
        let words = "in doubt, and a story in it was withdrawn or corrected since";
        return Err(held(&claimed, Hold::Withdrawn, words));
    }
    // One letter that panics must not take the others of its claim with it.
    let made = catch_unwind(AssertUnwindSafe(|| wave.compose(&claimed, &to)));
    let composed = made.unwrap_or(Err(LetterError::Panicked));
    let composed = composed.map_err(|error| fault(&claimed, &error))?;
    match claimed.doubt {
        Some(before) if before != composed.sha256 => Err(held(
            &claimed,
            Hold::OtherBytes,
            "in doubt, and rendering it again gives other bytes",
        )),
        _ => Ok(Prepared {
            to: to.full().to_owned(),
            lane: lanes.by_name(&claimed.lane),
            claimed,
            composed,
        }),
    }
}
