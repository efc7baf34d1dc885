//! Editions put together for the desk's pages, kept for as long as nothing of them is new.

use std::sync::{Arc, Mutex, PoisonError};

use super::{DeskParts, Meant};
use crate::deliver::letters::{Frozen, WaveLetters};
use crate::domain::edition::Edition;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{CadenceId, ListId};
use crate::feedback::link::Keyring;
use crate::press::desk::{Meant as OnDesk, Sheet};
use crate::store::Store;
use crate::store::desk::Fresh;
use crate::store::planning::DueWave;
use crate::web::Fault;

/// Editions that are kept.
const KEPT: usize = 16;
/// For how long, in ms: people, settings and the time are not asked in between.
const KEPT_MS: i64 = 10_000;
/// Runs ahead of which one may be looked at before anybody spoke of it or is due for it.
const AHEAD: usize = 40;

/// An edition with the letters that it would have.
pub(super) struct Laid {
    pub(super) sheet: Sheet,
    pub(super) letters: WaveLetters,
    /// The groups that are still due for it.
    pub(super) coming: Vec<DueWave>,
}

struct Kept {
    of: (ListId, CadenceId, Run),
    fresh: Fresh,
    edition: Option<Edition>,
    at: Timestamp,
    laid: Arc<Laid>,
}

/// The editors' own parts, and what it keeps.
pub(in crate::web) struct Bench {
    pub(super) parts: DeskParts,
    store: Store,
    keys: Keyring,
    kept: Mutex<Vec<Kept>>,
    /// One is put together at a time: those who wait get what the first one made.
    making: tokio::sync::Mutex<()>,
}

impl Bench {
    pub(in crate::web) fn new(parts: DeskParts, keys: Keyring) -> Bench {
        Bench {
            store: parts.press.store.clone(),
            parts,
            keys,
            kept: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// An edition as it stands; `None` where the list has no such run.
    pub(super) async fn laid(
        &self,
        meant: &Meant,
        now: Timestamp,
    ) -> Result<Option<Arc<Laid>>, Fault> {
        let of = (meant.list.id, meant.cadence.id, meant.run);
        let edition = self.store.edition_find(of.0, of.1, &of.2).await?;
        let fresh = self
            .store
            .desk_fresh(edition.as_ref().map(|e| e.id))
            .await?;
        if let Some(laid) = self.known(of, fresh, &edition, now) {
            return Ok(Some(laid));
        }
        let _one = self.making.lock().await;
        if let Some(laid) = self.known(of, fresh, &edition, now) {
            return Ok(Some(laid));
        }
        let Some(laid) = self.lay(meant, edition.as_ref(), now).await? else {
            return Ok(None);
        };
        let laid = Arc::new(laid);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|k| k.of != of);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(Kept {
            of,
            fresh,
            edition,
            at: now,
            laid: laid.clone(),
        });
        Ok(Some(laid))
    }

    fn known(
        &self,
        of: (ListId, CadenceId, Run),
        fresh: Fresh,
        edition: &Option<Edition>,
        now: Timestamp,
    ) -> Option<Arc<Laid>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |k: &Kept| now.as_millisecond() - k.at.as_millisecond();
        let good =
            |k: &&Kept| k.of == of && k.fresh == fresh && k.edition == *edition && age(k) < KEPT_MS;
        kept.iter().find(good).map(|k| k.laid.clone())
    }

    async fn lay(
        &self,
        meant: &Meant,
        edition: Option<&Edition>,
        now: Timestamp,
    ) -> Result<Option<Laid>, Fault> {
        let (list, cadence, run) = (&meant.list, &meant.cadence, meant.run);
        let mut coming = self.store.due_waves_of(list.id).await?;
        coming.retain(|w| w.cadence == cadence.id && w.run == run);
        let zone = &list.settings.home_zone;
        let near = cadence.upcoming(now, zone, None, AHEAD);
        let near = near.iter().find(|o| o.run == run).map(|o| o.at);
        if edition.is_none() && coming.is_empty() && near.is_none() {
            return Ok(None);
        }
        let meant = OnDesk {
            list,
            cadence,
            run,
            coming: &coming,
            due: near.unwrap_or(now),
        };
        let sheet = self.parts.press.desk(meant, now).await?;
        let inputs = &sheet.ahead.inputs;
        let frozen = Frozen {
            candidates: &inputs.candidates,
            decisions: &inputs.rules.decisions,
            sender: &inputs.sender,
            template: &inputs.template,
            key_id: &inputs.key_id,
        };
        let due = sheet.ahead.due;
        let letters = WaveLetters::new(&self.store, &self.keys, frozen, run, due).await?;
        Ok(Some(Laid {
            letters: letters.signed_by(self.parts.mail.signer.as_ref()),
            sheet,
            coming,
        }))
    }
}
