//! The contract of the store as a file: made, opened, brought up to date, copied and closed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::{DecisionId, EditionId, TermsId};
use courant::store::{Store, StoreError};
use sqlx::{Connection, SqliteConnection};

use crate::support::at;

const NOW: &str = "2026-11-25T05:00:00Z";

async fn raw(path: &Path, sql: &'static str) {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn number(path: &Path, sql: &'static str) -> i64 {
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let n = sqlx::query_scalar(sql)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    n
}

#[tokio::test]
async fn a_database_is_made_once_and_keeps_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    let none = Store::open(&path).await.unwrap_err();
    assert!(matches!(none, StoreError::Missing { .. }), "{none:?}");
    assert_eq!(none.hint().unwrap(), "`courant init` makes one");
    assert!(!path.exists(), "looking makes nothing");
    let store = Store::create(&path, "first", at(NOW)).await.unwrap();
    assert_eq!(
        (store.instance().await.unwrap().as_str(), store.path()),
        ("first", path.as_path())
    );
    store.close().await;
    let again = Store::create(&path, "second", at(NOW)).await.unwrap();
    assert_eq!(again.instance().await.unwrap(), "first");
    again.close().await;
    let wal = path.with_extension("db-wal");
    assert!(
        !wal.exists(),
        "the last connection folds the log into the file"
    );
    assert!(again.instance().await.is_err(), "closed is closed");
    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.instance().await.unwrap(), "first");
    let version = Store::sqlite_version().await.unwrap();
    assert!(version.starts_with("3."), "{version}");
}

#[tokio::test]
async fn what_is_no_database_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    let text = "This is no database, whatever its name says. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = Store::open(&path).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Open { .. } | StoreError::Sql(_)),
        "{error:?}"
    );
    assert!(Store::create(&path, "x", at(NOW)).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn another_releases_schema_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    Store::create(&path, "x", at(NOW))
        .await
        .unwrap()
        .close()
        .await;
    let known = Store::schema();
    raw(
        &path,
        "insert into _sqlx_migrations select 9999, description, installed_on, success, checksum, \
         execution_time from _sqlx_migrations limit 1",
    )
    .await;
    for error in [
        Store::open(&path).await.unwrap_err(),
        Store::migrate(&path, at(NOW)).await.unwrap_err(),
    ] {
        let newer =
            matches!(error, StoreError::SchemaNewer { found: 9999, known: k } if k == known);
        assert!(newer, "{error:?}");
        assert!(error.hint().unwrap().starts_with("run the newer release"));
    }
    assert!(Store::create(&path, "x", at(NOW)).await.is_err());
    assert_eq!(
        number(&path, "select max(version) from _sqlx_migrations").await,
        9999
    );
}

#[tokio::test]
async fn a_migration_copies_first_and_then_does_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    raw(
        &path,
        "create table letter_of_yore (n integer); insert into letter_of_yore values (7)",
    )
    .await;
    let known = Store::schema();
    let error = Store::open(&path).await.unwrap_err();
    let older = matches!(error, StoreError::SchemaOlder { found: 0, known: k } if k == known);
    assert!(older, "{error:?}");
    assert!(error.hint().unwrap().starts_with("`courant migrate`"));
    let done = Store::migrate(&path, at(NOW)).await.unwrap();
    assert_eq!((done.from, done.to), (0, known));
    let backup = done.backup.unwrap();
    let name = format!("courant.before-{known:04}-20261125T050000Z.db");
    assert_eq!(backup, folder.path().join(name));
    assert_eq!(number(&backup, "select n from letter_of_yore").await, 7);
    assert_eq!(
        number(
            &backup,
            "select count(*) from sqlite_master where name = 'delivery'"
        )
        .await,
        0
    );
    assert_eq!(number(&path, "select n from letter_of_yore").await, 7);
    Store::open(&path).await.unwrap().close().await;
    let again = Store::migrate(&path, at(NOW)).await.unwrap();
    assert_eq!((again.from, again.to, again.backup), (known, known, None));
    let none = Store::migrate(&folder.path().join("none.db"), at(NOW))
        .await
        .unwrap_err();
    assert!(matches!(none, StoreError::Missing { .. }));
}

#[tokio::test]
async fn a_migration_that_fails_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    // The first migrations do, then one meets a table that is there already.
    raw(
        &path,
        "create table delivery (n integer); insert into delivery values (7)",
    )
    .await;
    let failed = Store::migrate(&path, at(NOW)).await.unwrap_err();
    assert!(matches!(failed, StoreError::Migrate(_)), "{failed:?}");
    assert_eq!(
        number(
            &path,
            "select count(*) from sqlite_master where type = 'table'"
        )
        .await,
        1
    );
    assert_eq!(number(&path, "select n from delivery").await, 7);
}

#[tokio::test]
async fn decisions_and_terms_of_an_earlier_release_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    // The migrations up to the release that knew no notes and no choice of pictures.
    let mut files: Vec<_> = std::fs::read_dir("migrations/sqlite")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.file_name().unwrap().to_str().unwrap() < "0010")
        .collect();
    files.sort();
    let earlier = folder.path().join("earlier");
    std::fs::create_dir(&earlier).unwrap();
    for file in files {
        std::fs::copy(&file, earlier.join(file.file_name().unwrap())).unwrap();
    }
    let migrations = sqlx::migrate::Migrator::new(earlier.as_path())
        .await
        .unwrap();
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    migrations.run(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    raw(
        &path,
        "insert into instance (only_row, instance, created_ms) values (1, 'old', 5);
         insert into list values (1, 'a', 0);
         insert into cadence values (1, 1, 'daily', '0 7 * * *', 0);
         insert into edition (edition_id, list_id, cadence_id, run, state, created_ms)
          values (1, 1, 1, '2026-11-26', 'open', 0);
         insert into decision (decision_id, edition_id, kind, text, undoes, by_whom, at_ms)
          values (4, 1, 'subject', 'Gales', null, 'ed', 0), (7, 1, 'undo', null, 4, 'ed', 1);
         insert into subscriber (subscriber_id, address_hash, standing, created_ms)
          values (1, x'00', 'active', 0);
         insert into subscription (subscription_id, subscriber_id, list_id, standing, created_ms)
          values (1, 1, 1, 'active', 0);
         insert into terms (terms_id, subscription_id, seq, cadence_id, zone, language, length,
          interests, at_ms, by_whom)
          values (1, 1, 1, 1, 'UTC', 'en', 'long', '{\"topics\":[],\"places\":[]}', 0, 'x')",
    )
    .await;
    Store::migrate(&path, at(NOW)).await.unwrap();
    let store = Store::open(&path).await.unwrap();
    let kept = store.decisions(EditionId(1)).await.unwrap();
    let kept: Vec<_> = kept.iter().map(|d| (d.id.0, d.undoes)).collect();
    assert_eq!(kept, [(4, None), (7, Some(DecisionId(4)))]);
    assert!(store.terms(TermsId(1)).await.unwrap().images);
    assert_eq!(
        number(&path, "select count(*) from pragma_foreign_key_check").await,
        0
    );
    store.close().await;
}

#[tokio::test]
async fn a_copy_is_whole_while_others_write_and_never_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    let store = Store::create(&path, "x", at(NOW)).await.unwrap();
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..200_u32 {
                let bytes = n.to_be_bytes().repeat(500);
                store.content_put("noise", &bytes).await.unwrap();
            }
        })
    };
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    writing.await.unwrap();
    let copied = Store::open(&copy).await.unwrap();
    assert_eq!(copied.instance().await.unwrap(), "x");
    copied.close().await;
    assert_eq!(
        number(
            &copy,
            "select count(*) from pragma_integrity_check where integrity_check = 'ok'"
        )
        .await,
        1
    );
    let over = store.backup(&copy).await.unwrap_err();
    assert!(matches!(over, StoreError::BackupExists { .. }), "{over:?}");
    let nowhere = store.backup(&folder.path().join("no/such/folder.db")).await;
    assert!(nowhere.is_err());
}

#[tokio::test]
async fn a_damaged_page_is_found_and_the_newest_row_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("courant.db");
    let store = Store::create(&path, "first", at(NOW)).await.unwrap();
    assert_eq!(store.quick_check().await.unwrap(), Vec::<String>::new());
    assert_eq!(store.newest().await.unwrap(), Some(at(NOW)));
    let later = at("2026-11-25T09:00:00Z");
    let reader = "insert into subscriber (address_hash, standing, created_ms) \
         values (x'00', 'active', unixepoch('2026-11-25T09:00:00Z') * 1000)";
    raw(&path, reader).await;
    assert_eq!(store.newest().await.unwrap(), Some(later));
    store.close().await;

    // The second page, in the middle of a table's tree.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096..8192].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).await.unwrap();
    let found = store.quick_check().await;
    assert!(found.is_err() || found.is_ok_and(|lines| !lines.is_empty()));
}
