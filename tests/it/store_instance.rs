//! The contract of the store about itself: copies from before are known and paused, a pause holds
//! every letter back, and the journal brings back who left.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::address::AddressHash;
use courant::domain::delivery::DeliveryState;
use courant::domain::subscriber::Standing;
use courant::domain::time::Timestamp;
use courant::domain::{EditionId, ListId, SubscriptionId};
use courant::feedback::link::Keyring;
use courant::journal::{Entry, Journal, Kind};
use courant::mark::Found;
use courant::store::instance::Paused;
use courant::store::ledger::Start;
use courant::store::replay::{Replayed, Returning};
use courant::store::{Store, StoreError};

use crate::support::paper::{Paper, after, lease};

const MIA: &str = "mia@reader.example";
const NOAH: &str = "noah@reader.example";

/// The reason of a pause; none where it may send.
fn why(paused: Option<Paused>) -> Option<String> {
    paused.map(|p| p.why)
}

/// One ledger commit, of nothing.
async fn commit(store: &Store, now: Timestamp) {
    store
        .ledger_commit(&[], &[], &[], "test", now)
        .await
        .unwrap();
}

/// Another process's look at the same files.
async fn again(paper: &Paper) -> Store {
    Store::open(paper.store().path()).await.unwrap()
}

/// What the next owner finds, and its end.
async fn next_owner(paper: &Paper, now: Timestamp) -> Option<Paused> {
    let store = again(paper).await;
    let paused = store.recognise(now).await.unwrap();
    store.close().await;
    paused
}

fn mark(paper: &Paper) -> std::path::PathBuf {
    paper.store().path().with_extension("mark")
}

#[tokio::test]
async fn a_database_from_before_is_known_by_its_mark_and_pauses_itself() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    assert!(!mark(&paper).exists());
    assert_eq!(store.recognise(now).await.unwrap(), None, "a new one");
    let reach = store.reach().await.unwrap();
    let known = |commits| Found::Mark {
        instance: "test".to_owned(),
        commits,
    };
    assert_eq!((reach.commits, reach.mark), (0, known(0)));
    commit(store, now).await;
    commit(store, now).await;
    let before = store.path().with_extension("before");
    store.backup(&before).await.unwrap();
    for _ in 0..3 {
        commit(store, now).await;
    }
    let reach = store.reach().await.unwrap();
    assert_eq!((reach.commits, reach.mark), (5, known(5)));
    assert_eq!(next_owner(&paper, now).await, None);

    // A mark that lags says nothing wrong, and is brought up.
    let lagging = std::fs::read(mark(&paper)).unwrap();
    commit(store, now).await;
    std::fs::write(mark(&paper), lagging).unwrap();
    let other = again(&paper).await;
    assert_eq!(other.recognise(now).await.unwrap(), None);
    assert_eq!(other.reach().await.unwrap().mark, known(6));
    other.close().await;

    store.close().await;
    std::fs::copy(&before, store.path()).unwrap();
    let old = again(&paper).await;
    assert_eq!(old.paused().await.unwrap(), None, "it does not know yet");
    let paused = old.recognise(now).await.unwrap().unwrap();
    let words = "the database is a copy from before: it knows 2 ledger commits of 6";
    assert_eq!((paused.why.as_str(), paused.at), (words, now));
    assert!(!paused.by_hand());
    assert_eq!(old.paused().await.unwrap(), Some(paused.clone()));
    let later = after(now, 5);
    assert_eq!(old.recognise(later).await.unwrap(), Some(paused.clone()));
    assert_eq!(next_owner(&paper, later).await, Some(paused.clone()));

    // Resumed, it counts on above the mark: the next copy put back is known as well.
    assert_eq!(old.sending_resume().await.unwrap(), Some(paused));
    assert_eq!(old.sending_resume().await.unwrap(), None);
    let reach = old.reach().await.unwrap();
    assert_eq!((reach.commits, reach.mark), (7, known(7)));
    commit(&old, now).await;
    assert_eq!(old.reach().await.unwrap().mark, known(8), "still its owner");
    old.close().await;
    std::fs::copy(&before, paper.store().path()).unwrap();
    let paused = next_owner(&paper, now).await;
    let words = "the database is a copy from before: it knows 2 ledger commits of 8";
    assert_eq!(why(paused).unwrap(), words);
}

#[tokio::test]
async fn a_mark_that_is_lost_torn_or_of_another_installation_asks() {
    type Change<'a> = (&'a dyn Fn(&Path), &'a str);
    let torn = |path: &Path| {
        let whole = std::fs::read(path).unwrap();
        std::fs::write(path, &whole[..whole.len() - 1]).unwrap();
    };
    let other = |path: &Path| {
        let text = courant::mark::Mark::beside(path, "elsewhere");
        text.set(1).unwrap();
    };
    let lost = |path: &Path| std::fs::remove_file(path).unwrap();
    let cases: [Change<'_>; 3] = [
        (
            &lost,
            "the mark beside the database is missing, so it may be a copy from before",
        ),
        (
            &torn,
            "the mark beside the database is torn, so it may be a copy from before",
        ),
        (
            &other,
            "the mark beside the database is of another installation",
        ),
    ];
    for (change, words) in cases {
        let paper = Paper::daily().await;
        let (store, now) = (paper.store(), paper.now);
        store.recognise(now).await.unwrap();
        commit(store, now).await;
        change(&mark(&paper));
        let store = again(&paper).await;
        assert_eq!(why(store.recognise(now).await.unwrap()).unwrap(), words);
        store.sending_resume().await.unwrap();
        assert_eq!(next_owner(&paper, now).await, None, "{words}");
    }
}

#[tokio::test]
async fn an_upgrade_from_a_release_without_marks_does_not_ask() {
    let paper = Paper::daily().await;
    paper.readers(&[MIA]).await;
    paper.plan().await;
    // As it was sent by that release: rows that are not planned, and no ledger commit counted.
    paper.sql("update delivery set state = 'accepted'").await;
    assert_eq!(paper.store().recognise(paper.now).await.unwrap(), None);
    assert!(mark(&paper).exists());
}

#[tokio::test]
async fn a_pause_by_hand_holds_every_letter_and_keeps_its_reason_until_another_is_given() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let readers = paper.readers(&[MIA, NOAH]).await;
    let edition = paper.plan().await;
    let due = paper.due;
    let until = after(due, 15);
    let claimed = store
        .claim(&lease("me", 7, until), None, &["default"], 1, due)
        .await
        .unwrap();
    let first = &claimed[0];
    let start = Start {
        edition: edition.id,
        subscriber: first.subscriber,
        token: 7,
        digest: first.digest,
        sha256: [1; 32],
    };
    assert!(store.next_not_before().await.unwrap().is_some());

    assert!(store.sending_pause("the relay moves", now).await.unwrap());
    assert!(!store.sending_pause("", after(now, 1)).await.unwrap());
    let paused = store.paused().await.unwrap().unwrap();
    assert_eq!(
        (paused.why.as_str(), paused.at),
        ("by hand: the relay moves", now)
    );
    assert!(paused.by_hand());
    // Another order's reason counts from then on; the pause is as old as the first.
    assert!(
        !store
            .sending_pause("it moved", after(now, 2))
            .await
            .unwrap()
    );
    let paused = store.paused().await.unwrap().unwrap();
    assert_eq!((paused.why.as_str(), paused.at), ("by hand: it moved", now));
    assert!(
        store
            .claim(&lease("me", 8, until), None, &["default"], 9, due)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.next_not_before().await.unwrap(), None);
    let done = store.ledger_commit(&[], std::slice::from_ref(&start), &[], "test", due);
    assert_eq!(
        done.await.unwrap().granted,
        [false],
        "not even what was claimed"
    );
    for reader in &readers {
        let row = paper.row(edition.id, *reader).await;
        assert_eq!(row.state, DeliveryState::Planned);
    }

    assert_eq!(store.sending_resume().await.unwrap(), Some(paused));
    let claimed = store
        .claim(&lease("me", 9, until), None, &["default"], 9, due)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 2);
    let again = Start { token: 9, ..start };
    let done = store
        .ledger_commit(&[], &[again], &[], "test", due)
        .await
        .unwrap();
    assert_eq!(done.granted, [true]);
    assert!(store.sending_pause("", now).await.unwrap());
    assert_eq!(why(store.paused().await.unwrap()).unwrap(), "by hand");
}

#[tokio::test]
async fn a_doubt_outweighs_an_order_that_may_be_as_old_as_the_copy() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    store.recognise(now).await.unwrap();
    commit(store, now).await;
    store.sending_pause("", now).await.unwrap();
    std::fs::remove_file(mark(&paper)).unwrap();
    let paused = next_owner(&paper, now).await.unwrap();
    assert!(!paused.by_hand(), "{paused:?}");
    assert!(!store.sending_pause("mine", now).await.unwrap());
    assert_eq!(
        store.paused().await.unwrap(),
        Some(paused),
        "the doubt stands"
    );
}

#[tokio::test]
async fn operators_are_told_of_a_pause_once_an_hour_a_list() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let claim = async |minutes: i64| {
        let at = after(now, minutes);
        store
            .paused_notice_claim(paper.list, after(at, -60), at)
            .await
            .unwrap()
    };
    assert!(claim(0).await);
    assert!(!claim(59).await);
    assert!(claim(60).await);
    assert!(!claim(61).await);
}

#[tokio::test]
async fn keys_that_made_nobodys_hash_are_those_of_another_database() {
    let paper = Paper::daily().await;
    let store = paper.store();
    assert_eq!(store.somebody().await.unwrap(), None, "nobody tells");
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let (address, hash) = store.somebody().await.unwrap().unwrap();
    assert_eq!(address.full(), "mia@reader.example");
    assert!(paper.folder.keys.made(&address, &hash));
    let other = Keyring::file_text("k1", &[8; 32]);
    assert!(!Keyring::parse(&other).unwrap().made(&address, &hash));
    let copy = paper.folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    let copied = Store::examine(&copy).await.unwrap();
    assert_eq!(copied.somebody, Some((address, hash)));
}

#[tokio::test]
async fn only_a_whole_database_of_ours_may_take_its_place() {
    let paper = Paper::daily().await;
    let folder = paper.folder.path();
    let (text, none, other) = (
        folder.join("text"),
        folder.join("none"),
        folder.join("other"),
    );
    std::fs::write(&text, "No database. ".repeat(500)).unwrap();
    std::fs::write(&none, "").unwrap();
    let url = format!("sqlite://{}?mode=rwc", other.display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    sqlx::raw_sql("create table letter (n integer)")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    for path in [&text, &none, &other] {
        let error = Store::examine(path).await.unwrap_err();
        assert!(matches!(error, StoreError::NoCourant { .. }), "{error:?}");
        assert!(error.hint().is_some());
    }
    let copy = folder.join("copy.db");
    paper.store().backup(&copy).await.unwrap();
    let whole = Store::examine(&copy).await.unwrap();
    assert_eq!(
        (whole.instance.as_str(), whole.schema),
        ("test", Store::schema())
    );
    assert_eq!(whole.newest, Some(paper.now), "nothing younger is in it");
    Store::admit(&copy, "restored", paper.now).await.unwrap();
    let admitted = Store::open(&copy).await.unwrap();
    assert_eq!(why(admitted.paused().await.unwrap()).unwrap(), "restored");
    admitted.close().await;

    let mut bytes = std::fs::read(&copy).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096 * 8].fill(0xa5);
    std::fs::write(&copy, bytes).unwrap();
    let error = Store::examine(&copy).await.unwrap_err();
    let refused = matches!(
        error,
        StoreError::Damaged { .. } | StoreError::NoCourant { .. }
    );
    assert!(refused, "{error:?}");
}

// The journal.

fn entry(paper: &Paper, who: &str, kind: Kind, list: Option<ListId>, at: Timestamp) -> Entry {
    Entry {
        at,
        kind,
        who: paper.hash(who),
        list,
    }
}

fn written(store: &Store) -> Vec<Entry> {
    let mut entries = Vec::new();
    let each = |entry| {
        entries.push(entry);
        Ok(())
    };
    let reading = store.journal().read(each).unwrap();
    assert_eq!(reading.unreadable, 0);
    entries
}

async fn standing(store: &Store, id: SubscriptionId) -> (Standing, Standing) {
    let (person, own) = store.subscription(id).await.unwrap().unwrap();
    (person.standing, own.standing)
}

async fn moved(store: &Store, id: SubscriptionId, to: Standing, kind: &str, at: Timestamp) {
    let moved = store.standing_set(id, to, kind, "", None, at).await;
    assert!(moved.unwrap());
}

#[tokio::test]
async fn every_way_to_leave_and_to_come_back_is_in_the_journal_and_no_address() {
    let paper = Paper::daily().await;
    let (store, now, list) = (paper.store(), paper.now, Some(paper.list));
    let readers = paper.readers(&[MIA, NOAH]).await;
    assert!(!store.journal().path().exists(), "joining is no entry");
    let mia = readers[0];
    moved(store, mia, Standing::Paused, "pause", after(now, 1)).await;
    moved(
        store,
        mia,
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 2),
    )
    .await;
    let mut back = paper.new_reader(MIA);
    back.due = None;
    store
        .subscriber_add(&back, true, after(now, 3))
        .await
        .unwrap();
    moved(store, mia, Standing::Complained, "complaint", after(now, 4)).await;
    let person = store.subscriber(&paper.hash(NOAH)).await.unwrap().unwrap();
    let set = async |to, kind: &str, at| {
        let set = store
            .person_standing_set(person.id, to, kind, "", &[], at)
            .await;
        assert!(set.unwrap());
    };
    set(Standing::Bounced, "bounce", after(now, 5)).await;
    set(Standing::Active, "rejoin", after(now, 6)).await;
    set(Standing::Unsubscribed, "suppress", after(now, 7)).await;
    let back = paper.new_reader(NOAH);
    let again = store.subscriber_add(&back, true, after(now, 8)).await;
    let suppressed = matches!(again, Err(StoreError::Suppressed { .. }));
    assert!(suppressed, "{again:?}");
    moved(
        store,
        readers[1],
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 9),
    )
    .await;
    let lifted = store.lift(&back.hash, &[], "admin", after(now, 10)).await;
    assert!(lifted.unwrap());
    store
        .subscriber_add(&back, true, after(now, 10))
        .await
        .unwrap();
    assert_eq!(
        written(store),
        [
            entry(&paper, MIA, Kind::Unsubscribe, list, after(now, 2)),
            entry(&paper, MIA, Kind::Rejoin, list, after(now, 3)),
            entry(&paper, MIA, Kind::Complaint, list, after(now, 4)),
            entry(&paper, NOAH, Kind::Bounce, None, after(now, 5)),
            entry(&paper, NOAH, Kind::Rejoin, None, after(now, 6)),
            entry(&paper, NOAH, Kind::Suppress, None, after(now, 7)),
            entry(&paper, NOAH, Kind::Unsubscribe, list, after(now, 9)),
            entry(&paper, NOAH, Kind::Rejoin, None, after(now, 10)),
            entry(&paper, NOAH, Kind::Rejoin, list, after(now, 10)),
        ]
    );
    let text = std::fs::read_to_string(store.journal().path()).unwrap();
    assert!(!text.contains('@') && !text.contains("mia"), "{text}");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(store.journal().path())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn without_its_line_a_change_is_not_made() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&[MIA]).await;
    let store = paper.store();
    std::fs::create_dir(store.journal().path()).unwrap();
    let gone = Standing::Unsubscribed;
    let refused = store.standing_set(readers[0], gone, "unsubscribe", "", None, paper.now);
    let refused = refused.await.unwrap_err();
    assert!(matches!(refused, StoreError::Beside { .. }), "{refused:?}");
    let active = (Standing::Active, Standing::Active);
    assert_eq!(standing(store, readers[0]).await, active);
}

/// A paper with a copy of its database, made after two readers were planned.
async fn copied() -> (Paper, Vec<SubscriptionId>, EditionId, std::path::PathBuf) {
    let paper = Paper::daily().await;
    let readers = paper.readers(&[MIA, NOAH]).await;
    let edition = paper.plan().await;
    let copy = paper.folder.path().join("copy.db");
    paper.store().backup(&copy).await.unwrap();
    (paper, readers, edition.id, copy)
}

/// Puts the copy back by hand.
async fn put_back(paper: &Paper, copy: &Path) -> Store {
    paper.store().close().await;
    std::fs::copy(copy, paper.store().path()).unwrap();
    again(paper).await
}

#[tokio::test]
async fn who_left_since_the_copy_is_gone_again_and_a_second_replay_does_nothing() {
    let (paper, readers, edition, copy) = copied().await;
    let (store, now) = (paper.store(), paper.now);
    moved(
        store,
        readers[0],
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 1),
    )
    .await;
    let person = store.subscriber(&paper.hash(NOAH)).await.unwrap().unwrap();
    let stopped = Standing::Complained;
    let set = store.person_standing_set(person.id, stopped, "complaint", "", &[], after(now, 2));
    assert!(set.await.unwrap());

    let store = put_back(&paper, &copy).await;
    let active = (Standing::Active, Standing::Active);
    assert_eq!(standing(&store, readers[0]).await, active);
    let replayed = store.replay(after(now, 30)).await.unwrap();
    assert_eq!((replayed.stopped, replayed.returning.len()), (2, 0));
    let left = (Standing::Active, Standing::Unsubscribed);
    assert_eq!(standing(&store, readers[0]).await, left);
    let stopped = (Standing::Complained, Standing::Active);
    assert_eq!(standing(&store, readers[1]).await, stopped);
    let events = store.events(person.id).await.unwrap();
    let event = events.last().unwrap();
    assert_eq!(
        (event.kind.as_str(), event.detail.as_str(), event.at),
        ("complaint", "journal", after(now, 2))
    );
    let rows = store
        .deliveries(edition, courant::domain::SubscriberId(0), 9)
        .await
        .unwrap();
    assert!(
        rows.iter().all(|r| r.state == DeliveryState::Withheld),
        "{rows:?}"
    );
    assert_eq!(
        store.next_due().await.unwrap(),
        None,
        "nothing is due to them"
    );

    let again = store.replay(after(now, 31)).await.unwrap();
    let nothing = Replayed {
        reading: replayed.reading.clone(),
        ..Replayed::default()
    };
    assert_eq!(again, nothing);
    assert_eq!(store.events(person.id).await.unwrap().len(), events.len());
}

#[tokio::test]
async fn an_entry_counts_only_where_it_is_younger_than_consent() {
    let (paper, readers, _, _) = copied().await;
    let (store, now, list) = (paper.store(), paper.now, Some(paper.list));
    let elder = Kind::Unsubscribe;
    let active = (Standing::Active, Standing::Active);
    let entries = [
        entry(&paper, MIA, elder, list, after(now, -1)),
        entry(&paper, NOAH, Kind::Suppress, None, after(now, -1)),
    ];
    store.journal().append(&entries).unwrap();
    store.replay(now).await.unwrap();
    assert_eq!(
        standing(store, readers[0]).await,
        active,
        "they joined since"
    );
    assert_eq!(
        standing(store, readers[1]).await,
        active,
        "they joined since"
    );

    // They leave and come back; the journal that says so is lost, an older one is put in its place.
    moved(
        store,
        readers[0],
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 5),
    )
    .await;
    let old = std::fs::read(store.journal().path()).unwrap();
    moved(store, readers[0], Standing::Active, "rejoin", after(now, 9)).await;
    std::fs::write(store.journal().path(), old).unwrap();
    store.replay(after(now, 10)).await.unwrap();
    assert_eq!(
        standing(store, readers[0]).await,
        active,
        "the database knows better"
    );
    store
        .journal()
        .append(&[entry(&paper, MIA, elder, list, after(now, 9))])
        .unwrap();
    store.replay(after(now, 11)).await.unwrap();
    let left = (Standing::Active, Standing::Unsubscribed);
    assert_eq!(
        standing(store, readers[0]).await,
        left,
        "in the same millisecond it counts"
    );
}

#[tokio::test]
async fn who_came_back_since_the_copy_is_named_for_the_caller_to_bring_back() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&[MIA, NOAH]).await;
    let (store, now) = (paper.store(), paper.now);
    moved(
        store,
        readers[0],
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 1),
    )
    .await;
    let person = store
        .subscriber(&paper.hash(NOAH))
        .await
        .unwrap()
        .unwrap()
        .id;
    let set = async |to, kind: &str, at| {
        let set = store
            .person_standing_set(person, to, kind, "", &[], at)
            .await;
        assert!(set.unwrap());
    };
    set(Standing::Bounced, "bounce", after(now, 1)).await;
    let copy = paper.folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    moved(store, readers[0], Standing::Active, "rejoin", after(now, 2)).await;
    set(Standing::Active, "rejoin", after(now, 3)).await;

    let store = put_back(&paper, &copy).await;
    let replayed = store.replay(after(now, 9)).await.unwrap();
    let expected = [
        Returning::Person(person, after(now, 3)),
        Returning::Subscription(readers[0], after(now, 2)),
    ];
    assert_eq!(replayed.returning, expected);
    moved(
        &store,
        readers[0],
        Standing::Active,
        "rejoin",
        after(now, 2),
    )
    .await;
    moved(
        &store,
        readers[0],
        Standing::Unsubscribed,
        "unsubscribe",
        after(now, 10),
    )
    .await;
    let replayed = store.replay(after(now, 11)).await.unwrap();
    assert_eq!(
        replayed.returning,
        expected[..1],
        "who left again since stays away"
    );
}

#[tokio::test]
async fn a_stranger_who_left_and_an_erased_reader_are_not_signed_up_unasked() {
    let (paper, readers, _, _) = copied().await;
    let (store, now, list) = (paper.store(), paper.now, Some(paper.list));
    let entries = [
        entry(
            &paper,
            "late@reader.example",
            Kind::Unsubscribe,
            list,
            after(now, 5),
        ),
        entry(
            &paper,
            "kept@reader.example",
            Kind::Erase,
            None,
            after(now, 5),
        ),
        entry(&paper, MIA, Kind::Erase, None, after(now, 6)),
    ];
    store.journal().append(&entries).unwrap();
    for _ in 0..2 {
        store.replay(after(now, 9)).await.unwrap();
    }
    let (person, _) = store.subscription(readers[0]).await.unwrap().unwrap();
    assert_eq!(
        (person.address, person.standing),
        (None, Standing::Unsubscribed)
    );
    let stranger = paper.hash("late@reader.example");
    let stranger: AddressHash = stranger;
    let known = store.subscriber(&stranger).await.unwrap().unwrap();
    assert_eq!(
        (known.address, known.standing),
        (None, Standing::Unsubscribed)
    );
    let new: Vec<_> = ["late@reader.example", MIA, "kept@reader.example"]
        .iter()
        .map(|a| paper.new_reader(a))
        .collect();
    let added = store.subscribers_add(&new, after(now, 10)).await.unwrap();
    assert_eq!(added, 1, "only whom no entry concerns");
    let error = store
        .subscriber_add(&new[0], false, after(now, 11))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::HasLeft { .. }), "{error:?}");
    store
        .subscriber_add(&new[0], true, after(now, 12))
        .await
        .unwrap();
    let replayed = store.replay(after(now, 13)).await.unwrap();
    assert_eq!(
        (replayed.stopped, replayed.strangers),
        (0, 0),
        "their own wish"
    );
}

#[tokio::test]
async fn a_backup_has_its_journal_and_goes_over_neither_file() {
    let (paper, readers, _, _) = copied().await;
    let store = paper.store();
    moved(
        store,
        readers[0],
        Standing::Unsubscribed,
        "unsubscribe",
        after(paper.now, 1),
    )
    .await;
    let copy = paper.folder.path().join("second.db");
    store.backup(&copy).await.unwrap();
    let beside = Journal::of_backup(&copy);
    assert_eq!(beside.path(), paper.folder.path().join("second.db.journal"));
    let bytes = |j: &Journal| std::fs::read(j.path()).unwrap();
    assert_eq!(bytes(&beside), bytes(store.journal()));
    let third = paper.folder.path().join("third.db");
    std::fs::write(Journal::of_backup(&third).path(), "").unwrap();
    let error = store.backup(&third).await.unwrap_err();
    assert!(
        matches!(error, StoreError::BackupExists { .. }),
        "{error:?}"
    );
    assert!(!third.exists());
}

#[tokio::test]
async fn a_long_journal_is_rewritten_at_a_start_and_comes_to_the_same() {
    let (paper, readers, _, _) = copied().await;
    let (store, now) = (paper.store(), paper.now);
    let list = Some(paper.list);
    let left = entry(&paper, MIA, Kind::Unsubscribe, list, after(now, 1));
    store.journal().append(&[left]).unwrap();
    let path = store.journal().path();
    let line = std::fs::read_to_string(path).unwrap();
    let times = usize::try_from(courant::journal::COMPACT_FROM).unwrap() / line.len() + 1;
    std::fs::write(path, line.repeat(times) + &line[..40]).unwrap();
    let replayed = store.replay(after(now, 2)).await.unwrap();
    assert_eq!((replayed.stopped, replayed.torn), (1, Some(40)));
    let expected = Some(((line.len() * times) as u64, line.len() as u64));
    assert_eq!(replayed.compacted, expected);
    assert_eq!(std::fs::read_to_string(path).unwrap(), line);
    let left = (Standing::Active, Standing::Unsubscribed);
    assert_eq!(standing(store, readers[0]).await, left);
}
