//! The archive: of an edition that has left, the digest of a general reader, which is nobody's, is kept
//! for everybody to read. Lists without an archive are passed over.
//!
//! It is thought out as any reader's is, from what one of the edition's waves froze. Sponsors have no
//! place in it: they pay for letters, and nobody's letter this is.

use super::slices::aside;
use super::{Asking, Press, PressError, reader};
use crate::domain::archive::{self, Archive, Issued};
use crate::domain::edition::{Edition, Wave};
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Run, Timestamp};
use crate::domain::{EditionId, SubscriptionId};

/// Editions of a list that are looked at in one step, and issues that are made in it.
const LOOKED_AT: u32 = 20;
const MADE: u64 = 3;
/// Runs of a day that are tried for the time of one.
const RUNS: usize = 200;

impl Press {
    /// Puts issues that have left into the archives of their lists. How many, and why others could not
    /// be made: one that fails keeps no other one from it.
    ///
    /// # Errors
    /// [`PressError::Store`], where the database does not work.
    pub async fn publish(&self, now: Timestamp) -> Result<(u64, Vec<PressError>), PressError> {
        let (mut made, mut failed) = (0, Vec::new());
        for list in self.store.lists().await? {
            if list.settings.archive == Archive::Off {
                continue;
            }
            for edition in self.store.unissued(list.id, now, LOOKED_AT).await? {
                match self.issue(&list, edition, now).await {
                    Ok(new) => made += u64::from(new),
                    Err(PressError::Store(error)) if error.is_database_fault() => {
                        return Err(error.into());
                    }
                    Err(error) => failed.push(error),
                }
                if made >= MADE {
                    return Ok((made, failed));
                }
            }
        }
        Ok((made, failed))
    }

    /// Makes an edition's issue, if its time has come.
    async fn issue(&self, list: &List, id: EditionId, now: Timestamp) -> Result<bool, PressError> {
        let edition = self.store.edition(id).await?;
        let cadences = self.store.cadences(list.id).await?;
        let cadence = cadences.iter().find(|c| c.id == edition.cadence);
        let home = cadence.and_then(|c| home_due(list, c, edition.run));
        // Until the list's own time for it, an earlier zone's letters are not everybody's.
        if home.is_some_and(|home| home > now) || !self.store.has_left(id).await? {
            return Ok(false);
        }
        let waves = self.store.waves(id).await?;
        let Some(wave) = chosen(&waves, home.unwrap_or(now), now) else {
            return Ok(false);
        };
        let issue = self.general(list, &edition, wave).await?;
        self.store.issue_put(&issue).await?;
        Ok(true)
    }

    /// The digest of somebody who follows nothing and was sent nothing.
    async fn general(
        &self,
        list: &List,
        edition: &Edition,
        wave: &Wave,
    ) -> Result<Issued, PressError> {
        let inputs = self.thaw_now(wave).await?.0;
        let makeup = self.makeup(&inputs, edition.run).await?;
        let language = list.settings.language.as_str();
        let look = (Length::Long, language);
        let asking = Asking {
            subscription: SubscriptionId(0),
            language,
            length: Length::Long,
            images: true,
            reader: reader(&Interests::default(), look, &inputs.rules, Vec::new()),
        };
        let drafts = aside(|| makeup.unsold(std::slice::from_ref(&asking)));
        let draft = drafts.into_iter().find(|draft| draft.skip.is_none());
        let picks = draft.as_ref().map_or_else(Vec::new, |d| d.picks.to_vec());
        Ok(Issued {
            edition: edition.id,
            list: list.id,
            name: archive::name(&edition.cadence_name, &edition.run),
            wave: wave.id,
            subject: inputs.rules.decisions.subject.clone(),
            picks,
            left_out: draft.map_or(0, |d| d.left_out),
            out: wave.due_at,
        })
    }
}

/// When a run is due by the list's own clock; `None` where its cadence has no such run any more.
fn home_due(list: &List, cadence: &Cadence, run: Run) -> Option<Timestamp> {
    let zone = &list.settings.home_zone;
    let before = zone.start_of(run.date())?;
    let before = before
        .checked_sub(jiff::SignedDuration::from_millis(1))
        .ok()?;
    let day = cadence.upcoming(before, zone, None, RUNS);
    day.into_iter().find(|o| o.run == run).map(|o| o.at)
}

/// The wave whose stories an issue has: the last one due by the list's own time, else the first one.
fn chosen(waves: &[Wave], home: Timestamp, now: Timestamp) -> Option<&Wave> {
    let planned = || waves.iter().filter(|w| w.complete && w.due_at <= now);
    let by_home = planned().filter(|w| w.due_at <= home);
    let last = by_home.max_by_key(|w| w.due_at);
    last.or_else(|| planned().min_by_key(|w| w.due_at))
}
