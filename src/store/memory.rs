//! What subscriptions were sent: written with the plan, given back where a letter came to nothing.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Store, StoreError, batch, unreadable};
use crate::domain::selection::Sent;
use crate::domain::time::Timestamp;
use crate::domain::{EditionId, RevisionId, SubscriptionId};

/// Octets of a text's id in a row of the memory.
const WIDTH: usize = 5;

const MEMORY_AT: &str = "select m.edition_id, m.revisions, m.planned_ms \
     from subscription n join edition e on e.list_id = n.list_id \
     join memory m on m.edition_id = e.edition_id and m.subscription_id = n.subscription_id \
     where n.subscription_id = $1 and m.planned_ms < $2 \
     and (m.returned_ms is null or m.returned_ms > $2) and m.edition_id <> $3";

impl Store {
    /// What these subscriptions were sent since an instant and did not give back. What an open letter
    /// holds is not counted: the plan that reads it will overtake that letter.
    pub async fn memory(
        &self,
        subscriptions: &[SubscriptionId],
        since: Timestamp,
    ) -> Result<BTreeMap<SubscriptionId, Vec<Sent>>, StoreError> {
        let rows: Vec<(i64, i64, Vec<u8>, i64)> = sqlx::query_as(batch::MEMORY_OF)
            .bind(json!(subscriptions).to_string())
            .bind(since.as_millisecond())
            .fetch_all(&self.readers)
            .await?;
        let mut memory: BTreeMap<_, Vec<Sent>> = BTreeMap::new();
        for (subscription, edition, revisions, at_ms) in rows {
            let sent = memory.entry(SubscriptionId(subscription)).or_default();
            unpack(&revisions, EditionId(edition), at_ms, sent)?;
        }
        Ok(memory)
    }

    /// A subscription's memory as it was just before `at`, without what `edition` itself wrote: what
    /// a replay reads.
    pub async fn memory_before(
        &self,
        subscription: SubscriptionId,
        at: Timestamp,
        edition: EditionId,
    ) -> Result<Vec<Sent>, StoreError> {
        let rows: Vec<(i64, Vec<u8>, i64)> = sqlx::query_as(MEMORY_AT)
            .bind(subscription.0)
            .bind(at.as_millisecond())
            .bind(edition.0)
            .fetch_all(&self.readers)
            .await?;
        let mut memory = Vec::new();
        for (edition, revisions, at_ms) in rows {
            unpack(&revisions, EditionId(edition), at_ms, &mut memory)?;
        }
        Ok(memory)
    }
}

/// Texts as a row holds them, in lower-case hex, which the bulk statements turn back into octets.
pub(super) fn packed(revisions: impl Iterator<Item = RevisionId>) -> String {
    let mut ids: Vec<i64> = revisions.map(|r| r.0).collect();
    ids.sort_unstable();
    ids.iter().map(|id| format!("{id:010x}")).collect()
}

/// Texts out of a row, each with the edition and the instant of its letter.
pub(super) fn unpack(
    packed: &[u8],
    edition: EditionId,
    at_ms: i64,
    into: &mut Vec<Sent>,
) -> Result<(), StoreError> {
    let (ids, rest) = packed.as_chunks::<WIDTH>();
    if !rest.is_empty() {
        return Err(unreadable("memory.revisions", "a row of another width"));
    }
    into.extend(ids.iter().map(|id| {
        let id = id.iter().fold(0, |sum, octet| sum << 8 | i64::from(*octet));
        Sent {
            revision: RevisionId(id),
            edition,
            at_ms,
        }
    }));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{packed, unpack};
    use crate::domain::{EditionId, RevisionId};

    #[test]
    fn texts_are_packed_and_read_back() {
        let ids = [70_000_000_000, 1, 256].map(RevisionId);
        let hex = packed(ids.into_iter());
        assert_eq!(hex, "000000000100000001001".to_owned() + "04c533c00");
        let octets: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
            .collect();
        let mut sent = Vec::new();
        unpack(&octets, EditionId(7), 5, &mut sent).expect("read");
        let read: Vec<i64> = sent.iter().map(|s| s.revision.0).collect();
        assert_eq!(read, [1, 256, 70_000_000_000]);
        assert!(sent.iter().all(|s| s.edition.0 == 7 && s.at_ms == 5));
        assert!(unpack(&octets[1..], EditionId(7), 5, &mut sent).is_err());
    }
}
