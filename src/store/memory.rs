//! What subscriptions were sent: written with the plan, given back where a letter came to nothing.

use std::collections::{BTreeMap, HashSet};

use rustc_hash::FxHashSet;
use serde_json::json;
use sqlx::SqliteConnection;

use super::amended::NowAmended;
use super::{Store, StoreError, batch, from_json, instant, unreadable};
use crate::domain::delivery::DeliveryState;
use crate::domain::selection::Sent;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{DigestId, EditionId, ListId, RevisionId, SubscriptionId};

/// Octets of a text's id in a row of the memory.
const WIDTH: usize = 5;
/// Subscriptions that are passed over where that makes one range of two.
const GAP: i64 = 8;

// By the freezing of their waves, which a replay finds as the plan found it.
const EDITIONS: &str = "select e.edition_id, e.list_id from json_each($1) l \
     cross join edition e on e.list_id = l.value \
     where exists (select 1 from wave w where w.edition_id = e.edition_id and w.planned_ms >= $2) \
     order by e.edition_id";
const NEWEST: &str = "select coalesce(max(digest_id), 0) from digest";
const MEMORY_ALL: &str = "select m.edition_id, c.name, e.run, m.planned_ms, m.revisions, d.state \
     from subscription n join edition e on e.list_id = n.list_id \
     join cadence c on c.cadence_id = e.cadence_id \
     join memory m on m.edition_id = e.edition_id and m.subscription_id = n.subscription_id \
     left join delivery d on d.edition_id = e.edition_id and d.subscriber_id = n.subscriber_id \
     where n.subscription_id = $1 and m.returned_ms is null \
     order by m.planned_ms desc, m.edition_id desc";

/// What an edition brought a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    /// Which edition.
    pub edition: EditionId,
    /// Of which cadence.
    pub cadence: String,
    /// Of which run.
    pub run: Run,
    /// When it was planned.
    pub at: Timestamp,
    /// How far its letter is; none where the ledger has no row of it any more.
    pub letter: Option<DeliveryState>,
    /// The texts, by id.
    pub texts: Vec<RevisionId>,
}

/// Whose memory counts for the readers of a list, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembering {
    /// The list.
    pub list: ListId,
    /// Other lists whose letters to the same person count.
    pub shares: Vec<ListId>,
    /// Editions that were frozen earlier are forgotten.
    pub since: Timestamp,
}

impl Remembering {
    /// The lists that count, JSON.
    pub(super) fn lists(&self) -> String {
        let lists = std::iter::once(&self.list).chain(&self.shares);
        json!(lists.collect::<Vec<_>>()).to_string()
    }
}

/// The editions that the readers of a wave may have texts of, looked up once a wave.
#[derive(Clone, Debug)]
pub struct Recall {
    of: Remembering,
    editions: Vec<(EditionId, ListId)>,
    /// Texts that can matter; all others are passed over.
    texts: FxHashSet<i64>,
    /// Open letters count as well.
    with_open: bool,
}

impl Recall {
    /// The same for a plan that is still to be made: by then letters that are open now will have left.
    pub fn with_open(self) -> Recall {
        Recall {
            with_open: true,
            ..self
        }
    }
}

/// What stood beside readers when they were read: what was planned in lists that share a memory, nothing
/// where none is shared, and what of the wave's candidates was another one than was frozen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Those lists.
    pub(super) lists: Vec<ListId>,
    /// The newest digest.
    pub(super) newest: i64,
    /// By how much the candidates were other ones.
    pub(super) amended: NowAmended,
}

impl Beside {
    /// With what of the wave's candidates is another one: a write fails where more was said since.
    pub fn amended(mut self, amended: &NowAmended) -> Beside {
        self.amended = amended.clone();
        self
    }
}

/// A replay's moment: the memory is as it was when this digest was written.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// In which edition: what it wrote itself does not count.
    pub edition: EditionId,
    /// The digest, which tells what was written before it in the same millisecond.
    pub digest: Option<DigestId>,
}

impl Store {
    /// Finds out which editions the readers of a wave may remember. Of their texts only `texts` are
    /// looked at: those that a candidate's story has.
    pub async fn recall(
        &self,
        of: &Remembering,
        texts: impl Iterator<Item = RevisionId>,
    ) -> Result<Recall, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(Recall {
            editions: editions(&mut connection, of).await?,
            of: of.clone(),
            texts: texts.map(|text| text.0).collect(),
            with_open: false,
        })
    }

    /// What is planned beside a list as its readers' memory is about to be read: whoever writes a plan
    /// of that memory finds out by it whether more came in between.
    pub async fn planned_beside(&self, recall: &Recall) -> Result<Beside, StoreError> {
        if recall.of.shares.is_empty() {
            return Ok(Beside::default());
        }
        Ok(Beside {
            lists: recall.of.shares.clone(),
            newest: sqlx::query_scalar(NEWEST).fetch_one(&self.readers).await?,
            amended: NowAmended::default(),
        })
    }

    /// What these subscriptions, ascending, were sent and did not give back. What an open letter of
    /// theirs holds is not counted, since the plan that reads it will overtake that letter, unless
    /// [`Recall::with_open`] says that it will have left; one of a list that shares the memory counts.
    pub async fn memory(
        &self,
        recall: &Recall,
        subscriptions: &[SubscriptionId],
    ) -> Result<BTreeMap<SubscriptionId, Vec<Sent>>, StoreError> {
        let mut tx = self.readers.begin().await?;
        let ids: Vec<i64> = subscriptions.iter().map(|s| s.0).collect();
        let owed: Vec<(i64, i64)> = match recall.with_open {
            true => Vec::new(),
            false => {
                let owed = sqlx::query_as(batch::OWED).bind(json!(ids).to_string());
                owed.fetch_all(&mut *tx).await?
            }
        };
        let own = People {
            owed: owed.into_iter().collect(),
            ..People::of(ids.iter().map(|id| (*id, *id)))
        };
        let mut lists = BTreeMap::from([(recall.of.list, own)]);
        let mut new = None;
        if !recall.of.shares.is_empty() {
            // Another list may have begun an edition since the wave's editions were looked up.
            new = Some(editions(&mut tx, &recall.of).await?);
            let rows: Vec<(i64, i64, i64)> = sqlx::query_as(batch::SAME_PERSONS)
                .bind(json!(ids).to_string())
                .bind(json!(recall.of.shares).to_string())
                .fetch_all(&mut *tx)
                .await?;
            for list in &recall.of.shares {
                let theirs = rows.iter().filter(|(_, _, of)| *of == list.0);
                let theirs = People::of(theirs.map(|(reader, other, _)| (*other, *reader)));
                lists.insert(*list, theirs);
            }
        }
        let mut memory = BTreeMap::new();
        for (edition, list) in new.as_ref().unwrap_or(&recall.editions) {
            if let Some(people) = lists.get(list) {
                let sent = people.sent(&mut tx, *edition, &recall.texts).await?;
                for (reader, sent) in sent {
                    let known: &mut Vec<Sent> = memory.entry(reader).or_default();
                    known.push(sent);
                }
            }
        }
        Ok(memory)
    }

    /// Everything that a subscription was sent and did not give back, newest first.
    pub async fn memory_of(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<Brought>, StoreError> {
        type Row = (i64, String, String, i64, Vec<u8>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(MEMORY_ALL)
            .bind(subscription.0)
            .fetch_all(&self.readers)
            .await?;
        let read = |(edition, cadence, run, at_ms, packed, letter): Row| {
            let (mut sent, edition) = (Vec::new(), EditionId(edition));
            unpack(&packed, edition, at_ms, &mut sent)?;
            let state = letter.as_deref().map(DeliveryState::parse).transpose();
            Ok(Brought {
                edition,
                cadence,
                run: Run::parse(&run).map_err(|_| unreadable("edition.run", &run))?,
                at: instant(at_ms, "memory.planned_ms")?,
                letter: state
                    .map_err(|_| unreadable("delivery.state", letter.unwrap_or_default()))?,
                texts: sent.iter().map(|s| s.revision).collect(),
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// A subscription's memory as it was at a moment: what a replay reads.
    pub async fn memory_before(
        &self,
        subscription: SubscriptionId,
        of: &Remembering,
        moment: Moment,
    ) -> Result<Vec<Sent>, StoreError> {
        let digest = moment.digest.unwrap_or(DigestId(0));
        let at = [(subscription, moment.at, digest)];
        let mut memories = self.memories_before(&at, of, moment.edition).await?;
        match memories.unreadable.is_empty() {
            true => Ok(memories.sent.remove(&subscription).unwrap_or_default()),
            false => Err(unreadable("memory.revisions", "a row of another width")),
        }
    }
}

/// The editions that whoever remembers so may have texts of.
async fn editions(
    connection: &mut SqliteConnection,
    of: &Remembering,
) -> Result<Vec<(EditionId, ListId)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(EDITIONS)
        .bind(of.lists())
        .bind(of.since.as_millisecond())
        .fetch_all(connection)
        .await?;
    let read = |(edition, list)| (EditionId(edition), ListId(list));
    Ok(rows.into_iter().map(read).collect())
}

/// Readers of a slice by the subscriptions whose memory they have.
#[derive(Default)]
struct People {
    /// Subscription and reader, ascending.
    readers: Vec<(i64, i64)>,
    /// The subscriptions as ranges, JSON.
    ranges: String,
    /// Letters that do not count: subscription and edition.
    owed: HashSet<(i64, i64)>,
}

impl People {
    fn of(readers: impl Iterator<Item = (i64, i64)>) -> People {
        let mut readers: Vec<(i64, i64)> = readers.collect();
        readers.sort_unstable();
        let mut ranges: Vec<[i64; 2]> = Vec::new();
        for (subscription, _) in &readers {
            match ranges.last_mut() {
                Some([_, last]) if *subscription <= *last + GAP => *last = *subscription,
                _ => ranges.push([*subscription; 2]),
            }
        }
        People {
            ranges: json!(ranges).to_string(),
            readers,
            owed: HashSet::new(),
        }
    }

    /// What an edition brought them of these texts.
    async fn sent(
        &self,
        tx: &mut SqliteConnection,
        edition: EditionId,
        texts: &FxHashSet<i64>,
    ) -> Result<Vec<(SubscriptionId, Sent)>, StoreError> {
        let (subscriptions, times, packed): (String, String, Option<String>) =
            sqlx::query_as(batch::MEMORY_OF)
                .bind(edition.0)
                .bind(&self.ranges)
                .fetch_one(tx)
                .await?;
        let subscriptions: Vec<i64> = from_json(&subscriptions, "memory.subscription_id")?;
        let times: Vec<i64> = from_json(&times, "memory.planned_ms")?;
        let packed = packed.unwrap_or_default();
        let mut found = Vec::new();
        let rows = subscriptions.iter().zip(times).zip(packed.split(','));
        for ((subscription, at_ms), packed) in rows {
            let at = self.readers.binary_search_by_key(subscription, |r| r.0);
            let Ok(at) = at else { continue };
            if !self.owed.is_empty() && self.owed.contains(&(*subscription, edition.0)) {
                continue;
            }
            let reader = SubscriptionId(self.readers[at].1);
            for text in hex_ids(packed)? {
                if texts.contains(&text) {
                    let revision = RevisionId(text);
                    let sent = Sent {
                        revision,
                        edition,
                        at_ms,
                    };
                    found.push((reader, sent));
                }
            }
        }
        Ok(found)
    }
}

/// The ids of a row that the statement gave in hex.
fn hex_ids(packed: &str) -> Result<Vec<i64>, StoreError> {
    let (ids, rest) = packed.as_bytes().as_chunks::<{ 2 * WIDTH }>();
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(i64::from(digit - b'0')),
        b'A'..=b'F' => Some(i64::from(digit - b'A' + 10)),
        _ => None,
    };
    let id = |digits: &[u8; 2 * WIDTH]| {
        let mut digits = digits.iter();
        digits.try_fold(0, |sum: i64, next| Some(sum << 4 | digit(*next)?))
    };
    let read: Option<Vec<i64>> = ids.iter().map(id).collect();
    let wide = || unreadable("memory.revisions", "a row of another width");
    read.filter(|_| rest.is_empty()).ok_or_else(wide)
}

/// Texts as a row holds them.
pub(super) fn packed(revisions: impl Iterator<Item = RevisionId>) -> Vec<u8> {
    let mut ids: Vec<i64> = revisions.map(|r| r.0).collect();
    ids.sort_unstable();
    let octets = ids.iter().flat_map(|id| {
        let octets = id.to_be_bytes();
        octets.into_iter().skip(octets.len() - WIDTH)
    });
    octets.collect()
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
    use super::{hex_ids, packed, unpack};
    use crate::domain::{EditionId, RevisionId};

    #[test]
    fn texts_are_packed_and_read_back() {
        let ids = [70_000_000_000, 1, 256].map(RevisionId);
        let octets = packed(ids.into_iter());
        let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
        assert_eq!(hex, "000000000100000001001".to_owned() + "04C533C00");
        let mut sent = Vec::new();
        unpack(&octets, EditionId(7), 5, &mut sent).expect("read");
        let read: Vec<i64> = sent.iter().map(|s| s.revision.0).collect();
        assert_eq!(read, [1, 256, 70_000_000_000]);
        assert!(sent.iter().all(|s| s.edition.0 == 7 && s.at_ms == 5));
        assert_eq!(hex_ids(&hex).expect("read"), read);
        assert!(unpack(&octets[1..], EditionId(7), 5, &mut sent).is_err());
        assert!(hex_ids(&hex[1..]).is_err());
        assert!(hex_ids("00000000x1").is_err());
    }
}
