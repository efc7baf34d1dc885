//! `edition check` after tampering: each field of a stored plan in turn is made another one by hand,
//! and the check has to find that something is wrong. Every column of the plan's tables is either
//! tampered with here or named with the reason why a plan has nothing to hold it against.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use sqlx::Connection;

use crate::support::binary::courant;
use crate::support::newsroom::Newsroom;

const ANNS: &str = "where subscription_id = 1";

/// Columns that are not tampered with, and why.
const NOT: [(&str, &str); 18] = [
    (
        "digest.amended",
        "by it a replay knows the candidates of then; a digest that it does not fit is told by `explain`",
    ),
    (
        "delivery.state",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.held",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.attempt",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.lease_owner",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.lease_token",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.lease_until_ms",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.started_ms",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.sha256",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.renderer",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.code",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.reply",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "delivery.changed_ms",
        "what becomes of a letter is audited with the ledger",
    ),
    (
        "wave.planned_through",
        "how far a plan is, which is read before it goes on",
    ),
    (
        "wave.complete",
        "how far a plan is, which is read before it goes on",
    ),
    ("wave.date_ms", "the Date of letters that were sent early"),
    ("wave.unusual", "what a volume guard found"),
    ("wave.faults", "what an earlier check found"),
];

/// A column or a field of a pick, the SQL that makes it another one, and flaws of which one at least
/// has to be found.
fn tampered() -> Vec<(&'static str, String, &'static [&'static str])> {
    let digest = |set: &str| format!("update digest set {set} {ANNS}");
    let delivery = |set: &str| format!("update delivery set {set} {ANNS}");
    let memory = |set: &str| format!("update memory set {set} {ANNS}");
    let wave = |set: &str| format!("update wave set {set}");
    let pick = |at: usize, field: &str, value: &str| {
        digest(&format!(
            "picks = json_set(picks, '$[{at}].{field}', json('{value}'))"
        ))
    };
    vec![
        ("digest.digest_id", digest("digest_id = 999"), &["no_ledger_row"]),
        ("digest.wave_id", digest("wave_id = 999"), &["no_digest"]),
        ("digest.subscription_id", digest("subscription_id = 999"), &["no_digest"]),
        ("digest.terms_id", digest("terms_id = 2"), &["other_terms"]),
        ("digest.at_ms", digest("at_ms = at_ms + 3600000"), &["memory_differs"]),
        ("digest.left_out", digest("left_out = 9"), &["too_many_stories"]),
        ("digest.since_ms", digest("since_ms = at_ms + 86400000"), &["wave_dates"]),
        ("digest.since_ms", digest("since_ms = at_ms - 86400000"), &["altered"]),
        ("digest.seal", digest("seal = seal + 1"), &["altered"]),
        ("digest.seq", digest("seq = 2"), &["altered"]),
        ("digest.picks", digest("picks = 'torn'"), &["unreadable"]),
        ("pick.article", pick(1, "article", "13"), &["not_frozen", "too_old"]),
        ("pick.revision", pick(1, "revision", "999"), &["not_frozen"]),
        ("pick.story", pick(1, "story", "999"), &["not_frozen"]),
        ("pick.section", pick(1, "section", "{\"topic\":\"sport\"}"), &["wrong_section"]),
        ("pick.section", pick(0, "section", "{\"topic\":\"city\"}"), &["wrong_section"]),
        ("pick.reason", pick(1, "reason", "{\"why\":\"pinned\"}"), &["false_reason"]),
        ("pick.reason", pick(1, "reason", "{\"why\":\"top_story\"}"), &["wrong_section"]),
        (
            "pick.reason",
            pick(1, "reason", "{\"why\":\"topic\",\"topic\":\"sport\"}"),
            &["false_reason"],
        ),
        ("pick.form", pick(5, "form", "\"full\""), &["wrong_form"]),
        ("pick.update", pick(1, "update", "true"), &["false_update"]),
        ("placement.digest_id", "update placement set digest_id = 999 where digest_id = 1".into(), &["altered"]),
        (
            "placement.digest_id",
            "update or replace placement set digest_id = 2 where digest_id = 1".into(),
            &["altered"],
        ),
        ("placement.reason", "update placement set reason = 'because'".into(), &["altered"]),
        ("placement.slot", "update placement set slot = 'S2'".into(), &["sponsor_slot"]),
        ("placement.flight_id", "update placement set flight_id = 999".into(), &["sponsor_state"]),
        (
            "placement.creative_id",
            "update placement set creative_id = 999".into(),
            &["sponsor_creative"],
        ),
        ("delivery.edition_id", delivery("edition_id = 999"), &["no_ledger_row"]),
        ("delivery.subscriber_id", delivery("subscriber_id = 999"), &["no_ledger_row"]),
        ("delivery.subscription_id", delivery("subscription_id = 999"), &["no_ledger_row"]),
        ("delivery.wave_id", delivery("wave_id = 999"), &["no_ledger_row"]),
        ("delivery.digest_id", delivery("digest_id = 999"), &["no_ledger_row"]),
        ("delivery.address_hash", delivery("address_hash = x'07'"), &["other_mailbox"]),
        (
            "delivery.not_before_ms",
            delivery("not_before_ms = not_before_ms - 3600000"),
            &["letter_dates"],
        ),
        (
            "delivery.deadline_ms",
            delivery("deadline_ms = deadline_ms + 864000000"),
            &["letter_dates"],
        ),
        ("delivery.lane", delivery("lane = 'slow'"), &["other_lane"]),
        ("memory.edition_id", memory("edition_id = 999"), &["memory_differs"]),
        ("memory.subscription_id", memory("subscription_id = 999"), &["memory_differs"]),
        ("memory.revisions", memory("revisions = x'0000000001'"), &["memory_differs"]),
        ("memory.planned_ms", memory("planned_ms = planned_ms - 1"), &["memory_differs"]),
        ("memory.returned_ms", memory("returned_ms = planned_ms"), &["memory_differs"]),
        ("wave.wave_id", wave("wave_id = 999"), &["sums"]),
        ("wave.edition_id", wave("edition_id = 999"), &["sums"]),
        ("wave.due_ms", wave("due_ms = due_ms + 3600000"), &["letter_dates"]),
        ("wave.cutoff_ms", wave("cutoff_ms = cutoff_ms - 1"), &["wave_dates"]),
        ("wave.planned_ms", wave("planned_ms = planned_ms + 86400000"), &["wave_dates"]),
        ("wave.candidates_hash", wave("candidates_hash = rules_hash"), &["unreadable"]),
        ("wave.rules_hash", wave("rules_hash = sender_hash"), &["unreadable"]),
        ("wave.template_hash", wave("template_hash = rules_hash"), &["unreadable"]),
        ("wave.sender_hash", wave("sender_hash = rules_hash"), &["unreadable"]),
        ("wave.key_id", wave("key_id = 'lost'"), &["unreadable"]),
        (
            "content.bytes",
            "update content set bytes = cast(json_set(cast(bytes as text), '$.topic_cap', 9) as blob) \
             where kind = 'rules'"
                .into(),
            &["frozen_changed"],
        ),
        (
            "content.bytes",
            "update content set bytes = x'7b' where kind = 'sender'".into(),
            &["unreadable"],
        ),
    ]
}

async fn open(folder: &Path) -> sqlx::SqliteConnection {
    let url = format!("sqlite://{}", folder.join("courant.db").display());
    sqlx::SqliteConnection::connect(&url).await.expect("opens")
}

async fn sql(folder: &Path, sql: &str) -> u64 {
    let mut connection = open(folder).await;
    let sql = sqlx::AssertSqlSafe(format!("pragma foreign_keys = off; {sql}"));
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    connection.close().await.expect("closes");
    done.expect("runs").rows_affected()
}

/// Ann follows the city, Bob sport; long digests of 2026-11-26.
async fn planned() -> Newsroom {
    let newsroom = Newsroom::new().await;
    let zone = "Europe/Berlin";
    for (address, topic) in [("ann@example.org", "city"), ("bob@example.org", "sport")] {
        newsroom.subscriber(address, zone, None, &[topic]).await;
    }
    newsroom.done(&["list", "set", "times", "source_cap", "0"]);
    newsroom.done(&["edition", "plan", "times", "--at", "2026-11-26T06:30"]);
    newsroom
}

async fn copied(newsroom: &Newsroom) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    let to = copy.path().join("courant.db");
    newsroom.folder.store.backup(&to).await.expect("copied");
    for file in ["courant.key", "courant.toml"] {
        let from = newsroom.folder.path().join(file);
        std::fs::copy(from, copy.path().join(file)).expect("copied");
    }
    copy
}

#[tokio::test]
async fn whatever_field_of_a_plan_is_tampered_with_is_found() {
    let newsroom = planned().await;
    let (out, _) = newsroom.done(&["edition", "check", "times"]);
    assert!(out.contains("nothing is wrong"), "{out}");
    let mut missed = BTreeMap::new();
    for (field, made, wanted) in tampered() {
        let copy = copied(&newsroom).await;
        assert!(
            sql(copy.path(), &made).await > 0,
            "{field} is not tampered with"
        );
        let (code, out, err) = courant(copy.path(), &["edition", "check", "times", "--json"]);
        let value: Value = serde_json::from_str(&out).unwrap_or_default();
        let mut found = BTreeSet::new();
        for wave in value["waves"].as_array().into_iter().flatten() {
            found.extend(wave["flaws"].as_object().expect("flaws").keys().cloned());
        }
        let any = wanted.iter().any(|flaw| found.contains(*flaw));
        if code != 5 || !any {
            missed.insert(format!("{field}: {made}"), (code, found, err));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn no_column_of_a_plan_is_forgotten() {
    let newsroom = Newsroom::new().await;
    let mut connection = open(newsroom.folder.path()).await;
    let known: BTreeSet<&str> = tampered().into_iter().map(|(field, ..)| field).collect();
    for table in ["digest", "placement", "delivery", "memory", "wave"] {
        let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
            .bind(table)
            .fetch_all(&mut connection)
            .await
            .expect("read");
        assert!(!columns.is_empty());
        for column in columns {
            let column = format!("{table}.{column}");
            let excused = NOT.iter().any(|(not, _)| *not == column);
            assert!(known.contains(column.as_str()) != excused, "{column}");
        }
    }
}
