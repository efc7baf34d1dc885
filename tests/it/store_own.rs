//! The contract of the store about a reader's own pages: mails with links, a change of address, other
//! lists by a link, letters so far.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::address::Address;
use courant::domain::consent::{ConsentAct, Receipt};
use courant::domain::link_mail::{LINK_MAILS_MOST, LinkKind, LinkMail, NewLinkMail};
use courant::domain::signup::{Mailed, NewSignup, SignupSource};
use courant::domain::subscriber::Standing;
use courant::domain::time::Timestamp;
use courant::domain::{DigestId, LinkMailId, SubscriptionId};
use courant::store::moves::Moved;
use courant::store::{Move, Store, StoreError};

use crate::support::binary::courant;
use crate::support::paper::{Paper, after, slug};

fn new(paper: &Paper, kind: LinkKind, address: &str, of: Option<SubscriptionId>) -> NewLinkMail {
    let typed = matches!(kind, LinkKind::Links | LinkKind::Moved);
    NewLinkMail {
        kind,
        address: typed.then(|| Address::parse(address).unwrap()),
        hash: paper.hash(address),
        counted: paper.hash(address),
        subscription: of,
        language: "en".to_owned(),
        at: paper.now,
    }
}

async fn next(store: &Store, now: Timestamp) -> Option<LinkMail> {
    store.link_mail_next(None, true, now).await.unwrap()
}

fn receipt(paper: &Paper, minutes: i64) -> Receipt {
    Receipt {
        list: None,
        act: ConsentAct::Given,
        how: "address-change".to_owned(),
        wording: "en-1".to_owned(),
        source: "page".to_owned(),
        network: None,
        note: String::new(),
        at: after(paper.now, minutes),
    }
}

/// Has an address confirmed as a subscription's new one; what it came to.
async fn moved(paper: &Paper, of: SubscriptionId, to: &str, minutes: i64) -> Moved {
    let store = paper.store();
    let wish = NewLinkMail {
        at: after(paper.now, minutes),
        ..new(paper, LinkKind::Moved, to, Some(of))
    };
    assert!(store.link_mail_add(&wish).await.unwrap());
    let mail = next(store, wish.at).await.unwrap();
    let sent = Some((mail.id, Mailed::Sent));
    assert!(
        store
            .link_mail_next(sent, false, wish.at)
            .await
            .unwrap()
            .is_none()
    );
    let named = (mail.id, mail.at.as_millisecond());
    store
        .address_move(named, &receipt(paper, minutes))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_mailbox_gets_its_share_and_a_mail_is_never_lost() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["a@reader.example"]).await[0];
    let store = paper.store();
    let export = new(&paper, LinkKind::Export, "a@reader.example", Some(reader));
    assert!(!store.link_mail_waits(paper.now).await.unwrap());
    assert!(store.link_mail_add(&export).await.unwrap());
    assert!(
        !store.link_mail_add(&export).await.unwrap(),
        "one of a kind in a while"
    );
    assert!(store.link_mail_waits(paper.now).await.unwrap());
    let mail = next(store, paper.now).await.unwrap();
    assert_eq!(
        (mail.kind, mail.links.as_slice()),
        (LinkKind::Export, &[(paper.list, reader)][..])
    );
    assert_eq!(mail.to.as_ref().unwrap().full(), "a@reader.example");
    // Its sender died: it is taken up as it was.
    assert!(next(store, paper.now).await.is_none());
    assert_eq!(store.link_mails_recover().await.unwrap(), 1);
    let again = next(store, paper.now).await.unwrap();
    assert_eq!((again.id, again.at, again.tries), (mail.id, mail.at, 0));
    let later = after(paper.now, 5);
    let put_off = Some((again.id, Mailed::Later(later)));
    store
        .link_mail_next(put_off, false, paper.now)
        .await
        .unwrap();
    assert!(next(store, after(paper.now, 4)).await.is_none());
    let third = next(store, later).await.unwrap();
    assert_eq!(third.tries, 1);
    store
        .link_mail_next(Some((third.id, Mailed::Sent)), false, later)
        .await
        .unwrap();
    let mut sent = 1;
    for minutes in 1..60 {
        let at = after(paper.now, minutes * 3);
        let more = NewLinkMail {
            at,
            ..export.clone()
        };
        sent += i64::from(store.link_mail_add(&more).await.unwrap());
    }
    assert_eq!(sent, LINK_MAILS_MOST);
    let day = after(paper.now, 60 * 24 + 300);
    assert_eq!(
        store.link_mails_forget(day).await.unwrap(),
        LINK_MAILS_MOST as u64
    );
}

#[tokio::test]
async fn only_who_may_be_mailed_is() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["a@reader.example"]).await[0];
    let store = paper.store();
    let (person, _) = store.subscription(reader).await.unwrap().unwrap();
    let links = |at| NewLinkMail {
        at,
        ..new(&paper, LinkKind::Links, "a@reader.example", None)
    };
    let stranger = new(&paper, LinkKind::Links, "nobody@reader.example", None);
    assert!(store.link_mail_add(&stranger).await.unwrap());
    let mail = next(store, paper.now).await.unwrap();
    assert!(mail.to.is_none() && mail.links.is_empty());
    store
        .link_mail_next(Some((mail.id, Mailed::Forgotten)), false, paper.now)
        .await
        .unwrap();
    for (n, (standing, mailed)) in [
        (Standing::Active, true),
        (Standing::Paused, true),
        (Standing::Unsubscribed, false),
        (Standing::Bounced, false),
        (Standing::Complained, false),
    ]
    .into_iter()
    .enumerate()
    {
        let at = after(paper.now, 5 * (n as i64 + 1));
        store
            .person_standing_set(person.id, standing, "x", "", &[], at)
            .await
            .unwrap();
        assert!(store.link_mail_add(&links(at)).await.unwrap());
        let mail = next(store, at).await.unwrap();
        assert_eq!(mail.to.is_some(), mailed, "{standing}");
        store
            .link_mail_next(Some((mail.id, Mailed::Forgotten)), false, at)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_new_address_is_had_once_and_only_where_it_is_nobodys() {
    let paper = Paper::daily().await;
    let ids = paper
        .readers(&["old@reader.example", "taken@reader.example"])
        .await;
    let store = paper.store();
    let edition = paper.plan().await;
    assert_eq!(
        moved(&paper, ids[0], "taken@reader.example", 1).await,
        Moved::Over
    );
    assert_eq!(store.address_moved_at(ids[0]).await.unwrap(), None);
    assert_eq!(
        moved(&paper, ids[0], "new@reader.example", 2).await,
        Moved::Done
    );
    assert_eq!(
        store.address_moved_at(ids[0]).await.unwrap(),
        Some(after(paper.now, 2))
    );
    let (person, _) = store.subscription(ids[0]).await.unwrap().unwrap();
    assert_eq!(person.address.unwrap().full(), "new@reader.example");
    // The letter that waits goes there, under the hash of where it goes.
    let row = paper.row(edition.id, ids[0]).await;
    assert_eq!(row.address_hash, paper.hash("new@reader.example"));
    let old = store
        .subscriber(&paper.hash("old@reader.example"))
        .await
        .unwrap()
        .unwrap();
    assert!(old.address.is_none() && old.id != person.id);
    // The journal keeps both, and a replay finds nothing to do.
    let replayed = store.replay(after(paper.now, 3)).await.unwrap();
    assert_eq!((replayed.stopped, replayed.strangers), (0, 0));
    assert_eq!(
        moved(&paper, ids[0], "old@reader.example", 4).await,
        Moved::Done,
        "and back"
    );
    assert!(store.moving((LinkMailId(999), 1)).await.unwrap().is_none());
    // A newer wish ends the one before, and one that waited too long is over.
    let first = new(&paper, LinkKind::Moved, "one@reader.example", Some(ids[0]));
    let second = new(&paper, LinkKind::Moved, "two@reader.example", Some(ids[0]));
    assert!(store.link_mail_add(&first).await.unwrap());
    assert!(store.link_mail_add(&second).await.unwrap());
    let mail = next(store, paper.now).await.unwrap();
    assert_eq!(mail.to.unwrap().full(), "two@reader.example");
    let named = (mail.id, mail.at.as_millisecond());
    let waiting = store.moving(named).await.unwrap().unwrap();
    assert_eq!(waiting.address.unwrap().full(), "two@reader.example");
    let late = receipt(&paper, 7 * 24 * 60 + 1);
    assert_eq!(store.address_move(named, &late).await.unwrap(), Moved::Over);
    store
        .link_mail_next(Some((mail.id, Mailed::Sent)), false, paper.now)
        .await
        .unwrap();
    assert!(store.link_mails_forget(late.at).await.unwrap() > 0);
    assert!(store.moving(named).await.unwrap().is_none());
}

#[tokio::test]
async fn a_copy_from_before_a_move_mails_the_old_mailbox_no_more() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["old@reader.example"]).await[0];
    let store = paper.store();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("courant.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(
        moved(&paper, reader, "new@reader.example", 1).await,
        Moved::Done
    );
    let journal = store.path().with_extension("journal");
    std::fs::copy(journal, copy.with_extension("journal")).unwrap();
    let before = Store::open(&copy).await.unwrap();
    let replayed = before.replay(after(paper.now, 2)).await.unwrap();
    assert_eq!(replayed.stopped, 1);
    let (person, _) = before.subscription(reader).await.unwrap().unwrap();
    assert_eq!(person.standing, Standing::Unsubscribed);
}

#[tokio::test]
async fn a_reader_reads_their_letters_and_joins_by_the_link() {
    let paper = Paper::daily().await;
    let ids = paper
        .readers(&["a@reader.example", "b@reader.example"])
        .await;
    let store = paper.store();
    let edition = paper.plan().await;
    let far = after(paper.due, 60);
    assert!(
        store
            .letters_sent(ids[0], far, 10)
            .await
            .unwrap()
            .is_empty(),
        "not left yet"
    );
    paper.arrive().await;
    let sent = store.letters_sent(ids[0], far, 10).await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!((sent[0].date, &sent[0].subject), (paper.due, &None));
    let digest = store.digest_of(edition.id, ids[0]).await.unwrap().unwrap();
    assert_eq!((sent[0].digest, &sent[0].picks), (digest.id, &digest.picks));
    assert!(
        store
            .letters_sent(ids[0], paper.due, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        store.letter_sent(ids[0], digest.id).await.unwrap().as_ref(),
        Some(&sent[0])
    );
    assert!(
        store
            .letter_sent(ids[1], digest.id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .letter_sent(ids[0], DigestId(0))
            .await
            .unwrap()
            .is_none()
    );
    let articles: Vec<_> = digest.picks.iter().map(|p| p.article).collect();
    let topics = store.topics_of(&articles).await.unwrap();
    assert_eq!(topics.len(), articles.len());
    assert_eq!(store.feed_no(ids[0]).await.unwrap(), 1);
    store.feed_renew(ids[0]).await.unwrap();
    assert_eq!(store.feed_no(ids[0]).await.unwrap(), 2);
    assert_eq!(store.feed_no(ids[1]).await.unwrap(), 1);

    let other = store
        .list_add(&slug("evening"), &[], paper.now)
        .await
        .unwrap();
    let expr = courant::domain::time::CronExpr::parse("0 18 * * *").unwrap();
    store
        .cadence_add(other, &slug("daily"), &expr, paper.now)
        .await
        .unwrap();
    let cadence = store.cadence(other, &slug("daily")).await.unwrap();
    let mut joining = paper.new_reader("a@reader.example");
    (joining.list, joining.cadence, joining.due) = (other, cadence.id, None);
    let given = Receipt {
        list: Some(other),
        ..receipt(&paper, 1)
    };
    let id = store.list_join(&joining, &given).await.unwrap();
    let again = store.list_join(&joining, &given).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })));
    let (person, _) = store.subscription(ids[0]).await.unwrap().unwrap();
    assert_eq!(
        store.consents(person.id).await.unwrap(),
        std::slice::from_ref(&given)
    );
    assert_eq!(
        store.welcomes(after(paper.now, 60), 10).await.unwrap(),
        [id]
    );
    let mut stranger = paper.new_reader("nobody@reader.example");
    (stranger.list, stranger.cadence, stranger.due) = (other, cadence.id, None);
    let refused = store.list_join(&stranger, &given).await;
    assert!(
        matches!(refused, Err(StoreError::Stopped { .. })),
        "a link is somebody's"
    );
    let leaving = Move {
        from: &[Standing::Active],
        to: Standing::Unsubscribed,
        kind: "unsubscribe",
        detail: "page",
    };
    let withdrawn = Receipt {
        act: ConsentAct::Withdrawn,
        ..given.clone()
    };
    assert!(
        store
            .consent_move(id, leaving, &withdrawn, None, None)
            .await
            .unwrap()
    );
    assert!(
        !store
            .consent_move(id, leaving, &withdrawn, None, None)
            .await
            .unwrap()
    );
    assert_eq!(store.consents(person.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_waits_is_kept_of_a_person_until_they_are_erased() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["a@reader.example"]).await[0];
    let store = paper.store();
    let (person, _) = store.subscription(reader).await.unwrap().unwrap();
    let signup = NewSignup {
        list: paper.list,
        address: Address::parse("a@reader.example").unwrap(),
        hash: paper.hash("a@reader.example"),
        counted: paper.hash("a@reader.example"),
        language: "en".to_owned(),
        zone: None,
        source: SignupSource::Page,
        wording: "en-1".to_owned(),
        network: None,
        at: paper.now,
    };
    store.signups_add(&[signup]).await.unwrap();
    let kept = store.signups_of(person.id).await.unwrap();
    assert_eq!(
        (
            kept[0].list,
            kept[0].source.as_str(),
            kept[0].state.as_str()
        ),
        (paper.list, "page", "queued")
    );
    for (kind, address) in [
        (LinkKind::Forget, "a@reader.example"),
        (LinkKind::Links, "a@reader.example"),
        (LinkKind::Moved, "other@reader.example"),
    ] {
        let of = (kind != LinkKind::Links).then_some(reader);
        assert!(
            store
                .link_mail_add(&new(&paper, kind, address, of))
                .await
                .unwrap()
        );
    }
    assert!(store.erase(person.id, after(paper.now, 1)).await.unwrap());
    assert!(!store.link_mail_waits(after(paper.now, 1)).await.unwrap());
    for address in ["a@reader.example", "other@reader.example"] {
        let address = Address::parse(address).unwrap();
        assert_eq!(store.no_trace(&address).await.unwrap(), None);
    }
    assert!(store.signups_of(person.id).await.unwrap().is_empty());
}

/// Closing any handle of a file drops the locks of the whole process on it (fcntl(2)): searched in another
/// way, the next command would have taken the log of a running service for its own.
#[tokio::test]
async fn files_that_were_searched_are_still_held_against_other_processes() {
    let paper = Paper::daily().await;
    let store = paper.store();
    paper.readers(&["stays@reader.example"]).await;
    let log = store.path().with_extension("db-wal");
    let number = || std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&log).unwrap());
    let before = number();
    for nobody in ["gone@reader.example", "gone.too@reader.example"] {
        let address = Address::parse(nobody).unwrap();
        assert_eq!(store.no_trace(&address).await.unwrap(), None);
        let (code, _, err) = courant(paper.folder.path(), &["subscriber", "list", "times"]);
        assert_eq!(code, 0, "{err}");
        assert_eq!(number(), before, "the log is the one that the store writes");
    }
    paper.readers(&["new@reader.example"]).await;
    let (_, out, _) = courant(paper.folder.path(), &["subscriber", "list", "times"]);
    assert!(out.contains("n***@r***.example"), "{out}");
}
