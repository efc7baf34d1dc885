//! The rows of an import written alone: the same rows into the same tables with the same indices, in
//! transactions of the same size, by multi-row inserts, without reading a file or thinking.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, Connection, Row, TypeInfo, ValueRef};

use crate::durable::connect;

/// People in one transaction, as in an import.
const SLICE: i64 = 5_000;
/// Rows in one statement.
const ROWS: usize = 250;
/// What an import writes, each table with the column that is a person's number in order.
const TABLES: [(&str, &str); 4] = [
    ("subscriber", "subscriber_id"),
    ("subscription", "subscription_id"),
    ("terms", "terms_id"),
    ("consent", "consent_id"),
];

/// Writes the people of `from` into `into`, which has none. The time of the writes alone.
pub async fn written(from: &Path, into: &Path, people: i64) -> Duration {
    let (mut from, mut into) = (connect(from).await, connect(into).await);
    let mut time = Duration::ZERO;
    for first in (1..=people).step_by(usize::try_from(SLICE).expect("a slice")) {
        let mut slice = Vec::new();
        for (table, key) in TABLES {
            let rows = format!("select * from {table} where {key} between $1 and $2 order by 1");
            let rows = sqlx::query(AssertSqlSafe(rows))
                .bind(first)
                .bind(first + SLICE - 1);
            slice.push((table, rows.fetch_all(&mut from).await.expect("rows")));
        }
        let begun = Instant::now();
        let mut tx = into
            .begin_with("BEGIN IMMEDIATE")
            .await
            .expect("a transaction");
        for (table, rows) in &slice {
            for some in rows.chunks(ROWS) {
                insert(&mut tx, table, some).await;
            }
        }
        tx.commit().await.expect("a commit");
        time += begun.elapsed();
    }
    time
}

async fn insert(into: &mut SqliteConnection, table: &str, rows: &[SqliteRow]) {
    let columns: Vec<&str> = rows[0].columns().iter().map(Column::name).collect();
    let row = format!("({})", vec!["?"; columns.len()].join(","));
    let statement = format!(
        "insert into {table} ({}) values {}",
        columns.join(","),
        vec![row; rows.len()].join(",")
    );
    let mut query = sqlx::query(AssertSqlSafe(statement));
    for row in rows {
        for at in 0..columns.len() {
            query = bind(query, row, at);
        }
    }
    query.execute(into).await.expect("rows are written");
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>;

fn bind<'q>(query: Query<'q>, row: &'q SqliteRow, at: usize) -> Query<'q> {
    let value = row.try_get_raw(at).expect("a column");
    match value.type_info().name() {
        "NULL" => query.bind(None::<i64>),
        "INTEGER" => query.bind(row.get_unchecked::<i64, _>(at)),
        "BLOB" => query.bind(row.get_unchecked::<&[u8], _>(at)),
        "TEXT" => query.bind(row.get_unchecked::<&str, _>(at)),
        other => panic!("no column of ours is {other}"),
    }
}

/// Rows and a sum of each table, which are equal where the rows are.
pub async fn sums(path: &Path) -> Vec<(i64, i64)> {
    let mut db = connect(path).await;
    let mut sums = Vec::new();
    for (table, key) in TABLES {
        let sum = format!("select count(*), coalesce(sum({key}), 0) from {table}");
        let row = sqlx::query_as(AssertSqlSafe(sum)).fetch_one(&mut db).await;
        sums.push(row.expect("a sum"));
    }
    sums
}
