//! The rows of a plan written alone: the same rows into the same tables with the same indices, in
//! transactions of the same size, by one prepared statement a table, without reading or thinking.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row};

use crate::durable::connect;

/// Readers in one transaction, as in a plan.
const SLICE: usize = 1000;
/// Rows in one statement.
const ROWS: usize = 250;

const DIGESTS: &str = "insert into digest (digest_id, wave_id, subscription_id, seq, terms_id, \
    picks, at_ms, left_out, seal) values ";
const MEMORY: &str =
    "insert into memory (edition_id, subscription_id, revisions, planned_ms) values ";
const DELIVERIES: &str = "insert into delivery (edition_id, subscriber_id, subscription_id, wave_id, \
    digest_id, address_hash, state, held, not_before_ms, deadline_ms, changed_ms, lane) values ";
const DUES: &str = "update subscription set due_ms = j.value ->> 1, due_run = j.value ->> 2 \
    from json_each($1) j where subscription_id = j.value ->> 0";

/// What the rows refer to and a plan makes before its first slice.
const BEFORE: [&str; 3] = [
    "insert or ignore into edition select * from planned.edition",
    "insert or ignore into content select * from planned.content",
    "insert or ignore into wave select * from planned.wave",
];
/// What a planned database has, in the order of its digests.
const PLANNED: &str = "select g.digest_id, g.wave_id, g.subscription_id, g.seq, g.terms_id, g.picks, \
    g.at_ms, g.left_out, d.edition_id, d.subscriber_id, d.address_hash, d.state, d.held, \
    d.not_before_ms, d.deadline_ms, d.changed_ms, d.lane, m.revisions, m.planned_ms, n.due_ms, n.due_run, g.seal \
    from digest g join delivery d on d.digest_id = g.digest_id \
    join memory m on m.edition_id = d.edition_id and m.subscription_id = g.subscription_id \
    join subscription n on n.subscription_id = g.subscription_id \
    where g.digest_id > $1 order by g.digest_id limit $2";
/// Sums that are equal where the rows are.
const SUMS: &str = "select (select count(*) from digest), (select sum(length(picks)) from digest), \
    (select count(*) from memory), (select sum(length(revisions)) from memory), \
    (select count(*) from delivery), (select sum(not_before_ms + deadline_ms) from delivery), \
    (select sum(due_ms) from subscription)";

/// Rows, octets and sums of a database.
pub type Sums = [i64; 7];

/// The sums of a database.
pub async fn sums(path: &Path) -> Sums {
    let mut db = connect(path).await;
    let row = sqlx::query(SUMS).fetch_one(&mut db).await.expect("sums");
    let sum = |at: usize| row.get::<Option<i64>, _>(at).unwrap_or(0);
    let sums = [0, 1, 2, 3, 4, 5, 6].map(sum);
    db.close().await.expect("closes");
    sums
}

/// Writes what was planned in `from` into `into`, which stands where the plan began. The time of the
/// writes alone.
pub async fn written(from: &Path, into: &Path, say: impl Fn(usize)) -> Duration {
    let (planned, mut into) = (from.to_string_lossy().into_owned(), connect(into).await);
    let attach = sqlx::query("attach database $1 as planned").bind(planned);
    attach.execute(&mut into).await.expect("attached");
    for statement in BEFORE {
        let copied = sqlx::query(statement).execute(&mut into).await;
        copied.expect("copied");
    }
    let detach = sqlx::query("detach database planned").execute(&mut into);
    detach.await.expect("detached");
    let mut from = connect(from).await;
    let (mut after, mut took, mut done) = (0_i64, Duration::ZERO, 0);
    loop {
        let rows = sqlx::query(PLANNED)
            .bind(after)
            .bind(SLICE as i64)
            .fetch_all(&mut from)
            .await
            .expect("rows");
        let Some(last) = rows.last() else { break };
        after = last.get(0);
        let rows: Vec<Planned> = rows.iter().map(Planned::of).collect();
        let begun = Instant::now();
        slice(&mut into, &rows).await;
        took += begun.elapsed();
        done += rows.len();
        say(done);
    }
    into.close().await.expect("closes");
    from.close().await.expect("closes");
    took
}

/// A digest with all that is written for it.
struct Planned {
    /// digest, wave, subscription, seq, terms, at, left out, edition, subscriber, not before, deadline,
    /// changed, planned, due.
    numbers: [i64; 14],
    picks: String,
    hash: Vec<u8>,
    state: String,
    held: Option<String>,
    lane: String,
    revisions: Vec<u8>,
    run: String,
    seal: i64,
}

impl Planned {
    fn of(row: &sqlx::sqlite::SqliteRow) -> Planned {
        Planned {
            numbers: [0, 1, 2, 3, 4, 6, 7, 8, 9, 13, 14, 15, 18, 19].map(|at| row.get(at)),
            picks: row.get(5),
            hash: row.get(10),
            state: row.get(11),
            held: row.get(12),
            lane: row.get(16),
            revisions: row.get(17),
            run: row.get(20),
            seal: row.get(21),
        }
    }
}

fn statement(head: &str, columns: usize, rows: usize) -> AssertSqlSafe<String> {
    let row = format!("({})", vec!["?"; columns].join(", "));
    AssertSqlSafe(format!("{head}{}", vec![row; rows].join(", ")))
}

async fn slice(db: &mut SqliteConnection, rows: &[Planned]) {
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await.expect("a write");
    for rows in rows.chunks(ROWS) {
        let mut digests = sqlx::query(statement(DIGESTS, 9, rows.len()));
        let mut memory = sqlx::query(statement(MEMORY, 4, rows.len()));
        let mut deliveries = sqlx::query(statement(DELIVERIES, 12, rows.len()));
        for row in rows {
            let [
                digest,
                wave,
                subscription,
                seq,
                terms,
                at,
                left_out,
                edition,
                ..,
            ] = row.numbers;
            let [.., subscriber, not_before, deadline, changed, planned, _] = row.numbers;
            digests = digests.bind(digest).bind(wave).bind(subscription).bind(seq);
            digests = digests.bind(terms).bind(&row.picks).bind(at).bind(left_out);
            digests = digests.bind(row.seal);
            memory = memory.bind(edition).bind(subscription);
            memory = memory.bind(row.revisions.as_slice()).bind(planned);
            deliveries = deliveries.bind(edition).bind(subscriber).bind(subscription);
            deliveries = deliveries.bind(wave).bind(digest).bind(row.hash.as_slice());
            deliveries = deliveries.bind(&row.state).bind(&row.held).bind(not_before);
            deliveries = deliveries.bind(deadline).bind(changed).bind(&row.lane);
        }
        for query in [digests, memory, deliveries] {
            query.execute(&mut *tx).await.expect("rows");
        }
    }
    let due = |row: &Planned| serde_json::json!([row.numbers[2], row.numbers[13], row.run]);
    let dues: Vec<_> = rows.iter().map(due).collect();
    let dues = serde_json::Value::from(dues).to_string();
    let update = sqlx::query(DUES).bind(dues);
    update.execute(&mut *tx).await.expect("dues");
    tx.commit().await.expect("a commit");
}
