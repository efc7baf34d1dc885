//! People of the desk in the store: accounts, links, sessions, tries, and the audit of all of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::EditorId;
use courant::domain::address::Address;
use courant::domain::audit::{Deed, Fault, Reading, Who};
use courant::domain::editor::{Act, Grant, Role};
use courant::domain::sign_in::{Ending, LinkWay, NewSession, TRIES_ACCOUNT, TRIES_NETWORK, Used};
use courant::domain::signup::Mailed;
use courant::domain::time::Timestamp;
use courant::store::{NewEditor, Store, StoreError};

use crate::support::paper::{Paper, after};

const ALL: Grant = Grant {
    list: None,
    role: Role::Admin,
};

async fn add(paper: &Paper, address: &str, grants: &[Grant]) -> EditorId {
    let new = NewEditor {
        hash: paper.hash(address),
        address: Address::parse(address).unwrap(),
        name: "Ann".to_owned(),
        grants: grants.to_vec(),
    };
    paper.store().editor_add(&new, paper.now).await.unwrap()
}

fn session(editor: EditorId, token: u8, used: Used, at: Timestamp) -> NewSession {
    NewSession {
        editor,
        token_hash: [token; 32],
        used,
        browser: "Netscape".to_owned(),
        network: "192.0.2.0/24".to_owned(),
        at,
    }
}

async fn faults(store: &Store) -> Vec<Fault> {
    let mut reading = Reading::default();
    let rows = store.audit_page(0, 1000).await.unwrap();
    let mut faults: Vec<Fault> = rows.iter().flat_map(|r| reading.next(r)).collect();
    faults.extend(reading.end(store.audit_head().await.unwrap()));
    faults
}

async fn deeds(store: &Store) -> Vec<String> {
    let rows = store.audit_page(0, 1000).await.unwrap();
    let line = |d: &Deed| format!("{} | {} | {} | {}", d.act, d.subject, d.was, d.became);
    rows.iter().map(|r| line(&r.entry.deed)).collect()
}

#[tokio::test]
async fn an_account_is_made_changed_shut_and_opened() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let id = add(&paper, "ann@paper.example", &[ALL]).await;
    let twice = NewEditor {
        hash: paper.hash("Ann@paper.example"),
        address: Address::parse("Ann@paper.example").unwrap(),
        name: "Other".to_owned(),
        grants: Vec::new(),
    };
    let twice = store.editor_add(&twice, now).await;
    assert!(matches!(twice, Err(StoreError::Exists { .. })), "{twice:?}");
    let here = Grant {
        list: Some(paper.list),
        role: Role::Editor,
    };
    let grants = [here];
    let set = store.editor_set(id, Some("Anna"), Some(&grants), now);
    set.await.unwrap();
    let ann = store.editor(id).await.unwrap().unwrap();
    assert_eq!(
        (ann.name.as_str(), ann.grants.as_slice()),
        ("Anna", &[here][..])
    );
    assert!(ann.may(paper.list, Act::Curate) && !ann.may_everywhere(Act::Curate));
    let nobody = store.editor_set(EditorId(99), None, None, now).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
    let open = session(id, 1, Used::default(), now);
    assert!(store.session_open(&open).await.unwrap().is_some());
    assert!(store.editor_disable(id, now).await.unwrap());
    assert!(!store.editor_disable(id, now).await.unwrap());
    assert!(store.session(&[1; 32], now).await.unwrap().is_none());
    let hash = paper.hash("ann@paper.example");
    assert!(store.editor_proofs(&hash).await.unwrap().is_none());
    let shut = session(id, 2, Used::default(), now);
    assert!(store.session_open(&shut).await.unwrap().is_none());
    assert!(store.editor_enable(id, now).await.unwrap());
    assert!(!store.editor_enable(id, now).await.unwrap());
    assert!(
        store.session(&[1; 32], now).await.unwrap().is_none(),
        "it stays over"
    );
    assert_eq!(
        store.editors().await.unwrap(),
        [store.editor(id).await.unwrap().unwrap()]
    );
    let found = store.editor_of_address(&hash).await.unwrap().unwrap();
    assert_eq!(found.id, id);
    let said = deeds(store).await;
    assert_eq!(
        said,
        [
            "account made | editor 1 |  | Ann: admin of all".to_owned(),
            "account changed | editor 1 | Ann: admin of all | Anna: editor of list 1".to_owned(),
            "sign-in | editor 1 |  | session 1 from 192.0.2.0/24, by a password".to_owned(),
            "account disabled | editor 1 |  | ".to_owned(),
            "account enabled | editor 1 |  | ".to_owned(),
        ]
    );
    assert_eq!(faults(store).await, []);
}

#[tokio::test]
async fn a_link_is_mailed_to_whom_it_may_concern_and_opens_once() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let id = add(&paper, "ann@paper.example", &[ALL]).await;
    let (ann, stranger) = (
        paper.hash("ann@paper.example"),
        paper.hash("x@paper.example"),
    );
    assert!(!store.login_link_waits(now).await.unwrap());
    let link = store.login_link_add(&ann, LinkWay::Mailed, now).await;
    let link = link.unwrap().unwrap();
    let other = store.login_link_add(&stranger, LinkWay::Mailed, now).await;
    assert!(
        other.unwrap().is_some(),
        "the same is written for a stranger"
    );
    for hash in [&ann, &stranger] {
        let again = store.login_link_add(hash, LinkWay::Mailed, after(now, 1));
        assert!(again.await.unwrap().is_none(), "one in two minutes");
    }
    assert!(store.login_link_waits(now).await.unwrap());
    let first = store
        .login_link_next(None, true, now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first.to, Some(Address::parse("ann@paper.example").unwrap()));
    assert_eq!(store.login_links_recover().await.unwrap(), 1);
    let first = store
        .login_link_next(None, true, now)
        .await
        .unwrap()
        .unwrap();
    let before = Some((first.id, Mailed::Sent));
    let second = store
        .login_link_next(before, true, now)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.to, None, "nobody gets that one");
    let before = Some((second.id, Mailed::Forgotten));
    assert!(
        store
            .login_link_next(before, true, now)
            .await
            .unwrap()
            .is_none()
    );

    let named = (link, now.as_millisecond());
    let found = store
        .login_link(named, after(now, 14))
        .await
        .unwrap()
        .unwrap();
    assert!(found.good && found.editor.is_some_and(|e| e.id == id));
    let late = store
        .login_link(named, after(now, 15))
        .await
        .unwrap()
        .unwrap();
    assert!(!late.good);
    assert!(store.login_link((link, 1), now).await.unwrap().is_none());
    let used = Used {
        link: Some(named),
        totp_step: None,
    };
    let opened = store
        .session_open(&session(id, 1, used, after(now, 15)))
        .await;
    assert!(opened.unwrap().is_none(), "too late");
    let opened = store
        .session_open(&session(id, 1, used, after(now, 14)))
        .await;
    assert!(opened.unwrap().is_some());
    let opened = store
        .session_open(&session(id, 2, used, after(now, 14)))
        .await;
    assert!(opened.unwrap().is_none(), "once");
    let printed = store.login_link_add(&ann, LinkWay::Printed, now).await;
    assert!(
        printed.unwrap().is_some(),
        "at the machine there is no limit"
    );
    assert!(!store.login_link_waits(now).await.unwrap());
}

#[tokio::test]
async fn a_session_ends_by_its_time_by_hand_and_by_another_password() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let id = add(&paper, "ann@paper.example", &[ALL]).await;
    let mut ids = Vec::new();
    for token in 1..=4 {
        let new = session(id, token, Used::default(), now);
        ids.push(store.session_open(&new).await.unwrap().unwrap());
    }
    let who = store.session(&[1; 32], now).await.unwrap().unwrap();
    assert_eq!((who.0, who.1.id), (ids[0], id));
    let week = after(now, 7 * 24 * 60);
    assert!(store.session(&[1; 32], week).await.unwrap().is_none());
    assert_eq!(
        store
            .sessions_end(id, Ending::One(ids[3]), now)
            .await
            .unwrap(),
        1
    );
    let strange = store
        .sessions_end(EditorId(9), Ending::One(ids[0]), now)
        .await;
    assert_eq!(strange.unwrap(), 0, "nobody ends another's");
    let kept = Ending::Others(ids[1]);
    let set = store.editor_password(id, Some("$argon2id$…"), kept, now);
    set.await.unwrap();
    let left = store.sessions_of(id, now).await.unwrap();
    assert_eq!(left.iter().map(|s| s.id).collect::<Vec<_>>(), [ids[1]]);
    let hash = paper.hash("ann@paper.example");
    let proofs = store.editor_proofs(&hash).await.unwrap().unwrap();
    assert_eq!(proofs.password.as_deref(), Some("$argon2id$…"));
    store
        .editor_totp(id, Some(("k1", &[7; 16])), now)
        .await
        .unwrap();
    assert!(store.session(&[2; 32], now).await.unwrap().is_none());
    let step = |n| Used {
        link: None,
        totp_step: Some(n),
    };
    let opened = store.session_open(&session(id, 5, step(100), now)).await;
    assert!(opened.unwrap().is_some());
    for n in [99, 100] {
        let replayed = store.session_open(&session(id, 6, step(n), now)).await;
        assert!(replayed.unwrap().is_none(), "a code is good once");
    }
    assert!(!store.totp_use(id, 100).await.unwrap());
    assert!(store.totp_use(id, 101).await.unwrap());
    assert!(store.sign_ins_forget(week).await.unwrap() > 0);
    assert_eq!(store.sessions_of(id, now).await.unwrap(), []);
}

#[tokio::test]
async fn tries_are_counted_across_a_restart_and_end_up_in_the_audit() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    add(&paper, "ann@paper.example", &[ALL]).await;
    let (ann, near) = (paper.hash("ann@paper.example"), "192.0.2.0/24");
    for n in 0..TRIES_ACCOUNT {
        assert!(store.sign_in_try(&ann, near, now).await.unwrap(), "{n}");
    }
    store.sign_in_right(&ann, near, now).await.unwrap();
    assert!(store.sign_in_try(&ann, near, now).await.unwrap());
    assert!(
        !store
            .sign_in_try(&ann, "198.51.100.0/24", now)
            .await
            .unwrap()
    );
    let again = Store::open(store.path()).await.unwrap();
    assert!(
        !again.sign_in_try(&ann, near, now).await.unwrap(),
        "a restart"
    );
    let mut others = 0;
    for n in 0..TRIES_NETWORK {
        let hash = paper.hash(&format!("nobody{n}@paper.example"));
        others += i64::from(store.sign_in_try(&hash, near, now).await.unwrap());
    }
    assert_eq!(others, TRIES_NETWORK - TRIES_ACCOUNT);
    let later = after(now, 15);
    assert!(store.sign_in_try(&ann, near, later).await.unwrap());
    assert!(store.sign_ins_forget(later).await.unwrap() > 0);
    let said = deeds(store).await;
    assert_eq!(
        said[1..],
        [
            format!("sign-in throttled | network {near} |  | tries: {TRIES_NETWORK}"),
            format!("sign-in throttled | editor 1 |  | tries: {TRIES_ACCOUNT}"),
            "sign-in failed | addresses that are nobody's: 30 |  | tries: 30".to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_audit_is_added_to_and_nothing_else_and_tampering_is_named() {
    let paper = Paper::daily().await;
    paper.readers(&["mara@reader.example"]).await;
    let (store, now) = (paper.store(), paper.now);
    let ann = store.spoken_for(Who {
        editor: Some(EditorId(1)),
        name: "Ann".to_owned(),
    });
    for n in 1..=5 {
        let done = Deed {
            act: "approve".to_owned(),
            subject: format!("edition {n}"),
            ..Deed::default()
        };
        ann.audit(done, now).await.unwrap();
    }
    let edition = paper.plan().await;
    let approved = ann.edition_approve(edition.id, "Ann", now).await;
    approved.unwrap();
    let newest = &store.audit_lately("", "Ann", 1).await.unwrap()[0].entry;
    assert_eq!((newest.no, newest.deed.act.as_str()), (6, "approve"));
    let about = format!("edition {}", edition.id);
    assert!(!store.audit_lately(&about, "", 9).await.unwrap().is_empty());
    assert_eq!(faults(store).await, []);
    for refused in [
        "update audit set who = 'Bob' where no = 2",
        "delete from audit where no = 6",
        "update audit_head set no = 5",
        "delete from audit_head",
    ] {
        let url = format!("sqlite://{}", store.path().display());
        use sqlx::Connection;
        let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let done = sqlx::raw_sql(refused).execute(&mut db).await;
        assert!(done.is_err(), "{refused}");
    }
    paper
        .sql(
            "drop trigger audit_stays; drop trigger audit_is_kept; \
             update audit set who = 'Bob' where no = 2; delete from audit where no in (4, 6);",
        )
        .await;
    assert_eq!(
        faults(store).await,
        [
            Fault::Altered(2),
            Fault::Removed(4, 4),
            Fault::Removed(6, 6)
        ]
    );
}
