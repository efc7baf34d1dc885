//! Whose memory counts for the readers of a wave, and what they remember of its candidates.

use super::freeze::Inputs;
use super::{Press, PressError};
use crate::domain::ListId;
use crate::domain::list::List;
use crate::domain::selection::Rules;
use crate::domain::time::Timestamp;
use crate::store::memory::{Recall, Remembering};

/// Whose memory counts for a list's readers under these rules, and since when.
pub fn remembering(list: ListId, rules: &Rules) -> Remembering {
    let reach = i64::from(rules.memory_days) * 86_400_000;
    let since = rules.cutoff_ms.saturating_sub(reach);
    Remembering {
        list,
        shares: rules.shares.clone(),
        since: Timestamp::from_millisecond(since).unwrap_or(Timestamp::UNIX_EPOCH),
    }
}

impl Press {
    /// What the readers of a wave may remember of its candidates' stories.
    pub async fn recall(&self, list: ListId, inputs: &Inputs) -> Result<Recall, PressError> {
        let kin = inputs.candidates.iter().flat_map(|c| &c.kin);
        let of = remembering(list, &inputs.rules);
        Ok(self.store.recall(&of, kin.map(|k| k.revision)).await?)
    }

    /// The same for a wave due at `due` that is thought about at `now`: before its cut-off letters that
    /// are open count as sent, since they leave before it is planned; after it the plan would overtake
    /// them.
    pub async fn foreseen(
        &self,
        list: &List,
        inputs: &Inputs,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<Recall, PressError> {
        let recall = self.recall(list.id, inputs).await?;
        let lead = i64::from(list.settings.lead_minutes) * 60_000;
        let to_come = due.as_millisecond() - lead > now.as_millisecond();
        Ok(match to_come {
            true => recall.with_open(),
            false => recall,
        })
    }
}
