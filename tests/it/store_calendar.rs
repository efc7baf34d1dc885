//! The store's side of the right minute: holidays, what a next digest reaches back to, runs that were
//! missed and merged, approvals, embargoes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use courant::domain::delivery::{DeliveryState, Hold};
use courant::domain::selection::{Candidate, Verdict};
use courant::domain::time::{Date, Timestamp};
use courant::domain::{EditionId, SubscriptionId};
use courant::store::StoreError;

use crate::support::paper::{Paper, after};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

const HOUR: i64 = 60;

async fn since(paper: &Paper, reader: SubscriptionId) -> Option<Timestamp> {
    let found = paper.store().subscription(reader).await.unwrap();
    found.unwrap().1.since
}

/// Asks a reader's terms not to bring anything before a day.
async fn pause(paper: &Paper, reader: SubscriptionId, until: &str, now: Timestamp) {
    let store = paper.store();
    let mut terms = store.subscription(reader).await.unwrap().unwrap().1.terms;
    terms.resume_on = Some(day(until));
    let due = courant::domain::due::next_due(&terms, &paper.cadence, now).unwrap();
    let revised = store.terms_revise(reader, &terms, paper.cadence.id, due, "test", now);
    revised.await.unwrap();
}

#[tokio::test]
async fn holidays_are_kept_by_date_and_cadences_run_by_them() {
    let paper = Paper::daily().await;
    let (store, list) = (paper.store(), paper.list);
    assert_eq!(store.holidays(list).await.unwrap(), BTreeMap::new());
    let days = BTreeMap::from([
        (day("2026-12-25"), "Christmas".to_owned()),
        (day("2026-12-24"), String::new()),
    ]);
    store.holidays_add(list, &days).await.unwrap();
    let named = BTreeMap::from([(day("2026-12-24"), "Eve".to_owned())]);
    store.holidays_add(list, &named).await.unwrap();
    let known = store.holidays(list).await.unwrap();
    assert_eq!(known[&day("2026-12-24")], "Eve", "the new name");
    store.list_set(list, "quiet_days", "sat,sun").await.unwrap();
    let cadence = store.cadences(list).await.unwrap().remove(0);
    let zone = courant::domain::time::Zone::utc();
    let from: Timestamp = "2026-12-23T12:00:00Z".parse().unwrap();
    let next = cadence.next_after(from, &zone, None).unwrap();
    assert_eq!(next.run.to_string(), "2026-12-28");
    assert!(store.holiday_remove(list, day("2026-12-25")).await.unwrap());
    assert!(!store.holiday_remove(list, day("2026-12-25")).await.unwrap());
    let cadence = store.cadence(list, &cadence.name).await.unwrap();
    let next = cadence.next_after(from, &zone, None).unwrap();
    assert_eq!(next.run.to_string(), "2026-12-25");
}

#[tokio::test]
async fn a_pause_reaches_back_to_the_last_letter_and_one_digest_meets_it() {
    let paper = Paper::daily().await;
    let readers = paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let store = paper.store();
    let first = paper.plan().await;
    paper.sql("update delivery set state = 'accepted'").await;
    let wave = store.waves(first.id).await.unwrap().remove(0);

    let tuesday = after(paper.due, 5 * HOUR);
    pause(&paper, readers[0], "2026-12-01", tuesday).await;
    assert_eq!(since(&paper, readers[0]).await, Some(wave.cutoff_at));
    assert_eq!(since(&paper, readers[1]).await, None);
    let due = after(paper.due, 6 * 24 * HOUR);
    assert_eq!(
        store.reaches(paper.list, due).await.unwrap(),
        Some(wave.cutoff_at)
    );
    let tomorrow = after(paper.due, 24 * HOUR);
    assert_eq!(store.reaches(paper.list, tomorrow).await.unwrap(), None);

    // The runs between have a row that says why there is no letter.
    paper.articles("second", 8, after(tomorrow, -HOUR)).await;
    let planned = paper.plan_at(after(tomorrow, -10)).await;
    assert_eq!(planned[0].digests, 1);
    let skips = store.skips(planned[0].edition.id).await.unwrap();
    assert_eq!(skips, [(readers[0], "paused".to_owned())]);

    // What came in on the day after is too old for everybody else by the first of December.
    for n in 2..7 {
        let at = after(paper.due, n * 24 * HOUR);
        paper
            .articles(&format!("day-{n}"), 8, after(at, -HOUR))
            .await;
        let planned = paper.plan_at(after(at, -10)).await;
        let digests: u64 = planned.iter().map(|p| p.digests).sum();
        assert_eq!(digests, if n == 6 { 2 } else { 1 }, "day {n}");
        let edition = planned[0].edition.id;
        let digest = store.digest_of(edition, readers[0]).await.unwrap();
        assert_eq!(digest.is_some(), n == 6);
        if let Some(digest) = digest {
            assert_eq!(digest.since_ms, Some(wave.cutoff_at.as_millisecond()));
            let other = store.digest_of(edition, readers[1]).await.unwrap();
            assert_eq!(other.unwrap().since_ms, None);
            let press = paper.press();
            let explained = press.explain(&planned[0].edition, readers[0]);
            let explained = explained.await.unwrap();
            assert!(explained.agrees);
            let old = |c: &&Candidate| c.headline.starts_with("second");
            let old: Vec<_> = explained
                .candidates
                .iter()
                .filter(old)
                .map(|c| c.article)
                .collect();
            assert_eq!(old.len(), 8);
            let others = press
                .explain(&planned[0].edition, readers[1])
                .await
                .unwrap();
            assert!(others.agrees);
            for article in old {
                let verdicts = (
                    &explained.selection.verdicts[&article],
                    &others.selection.verdicts[&article],
                );
                assert_ne!(*verdicts.0, Verdict::TooOld, "they were away");
                // Who was there was sent it, or it is too old for them.
                let theirs = matches!(verdicts.1, Verdict::TooOld | Verdict::AlreadySent { .. });
                assert!(theirs, "{verdicts:?}");
            }
        }
    }
    assert_eq!(since(&paper, readers[0]).await, None, "one digest only");
}

#[tokio::test]
async fn a_pause_calls_a_planned_letter_back() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    let edition = paper.plan().await;
    pause(&paper, reader, "2026-12-01", after(paper.due, -5)).await;
    let row = paper.row(edition.id, reader).await;
    assert_eq!(
        (row.state, row.reply.as_str()),
        (DeliveryState::Withheld, "paused")
    );
    // No letter came: what it would have brought is not lost.
    assert_eq!(since(&paper, reader).await, Some(after(paper.due, -5)));
}

#[tokio::test]
async fn letters_of_a_missed_run_are_given_up_and_the_next_digest_reaches_over_them() {
    let paper = Paper::daily().await;
    let readers = paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let (store, edition) = (paper.store(), paper.plan().await.id);
    let wave = store.waves(edition).await.unwrap().remove(0);
    paper
        .sql("update delivery set state = 'accepted' where subscriber_id = 1")
        .await;
    let window = 24 * 3_600_000;
    let late = after(paper.due, 121);
    let merged = store.merge_late(paper.list, paper.due, window, late);
    assert_eq!(merged.await.unwrap(), 0, "not late yet");
    let merged = store.merge_late(paper.list, after(paper.due, 1), window, late);
    assert_eq!(merged.await.unwrap(), 1);
    let row = paper.row(edition, readers[1]).await;
    assert_eq!(
        (row.state, row.reply.as_str()),
        (DeliveryState::Withheld, "merged into the next run")
    );
    assert_eq!(since(&paper, readers[0]).await, None, "theirs was sent");
    let reach = after(wave.cutoff_at, -24 * HOUR);
    assert_eq!(since(&paper, readers[1]).await, Some(reach));
    let kept = |reader| paper.sent(reader, after(late, 1), EditionId(0));
    assert!(!kept(readers[0]).await.is_empty() && kept(readers[1]).await.is_empty());
}

#[tokio::test]
async fn an_approval_lets_go_what_waits_for_it_and_nothing_else() {
    let paper = Paper::daily().await;
    let readers = paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let store = paper.store();
    store
        .list_set(paper.list, "approval", "hold")
        .await
        .unwrap();
    let edition = paper.plan().await.id;
    assert_eq!(store.held(edition).await.unwrap(), [(Hold::Approval, 2)]);
    assert!(!store.edition_cleared(edition).await.unwrap());
    assert_eq!(store.approved_go(edition, paper.now).await.unwrap(), 0);
    paper
        .sql("update delivery set held = 'late' where subscriber_id = 1")
        .await;
    let gone = store.edition_approve(edition, "mara", paper.now).await;
    assert_eq!(gone.unwrap(), 1);
    assert!(store.edition_cleared(edition).await.unwrap());
    assert_eq!(store.held(edition).await.unwrap(), [(Hold::Late, 1)]);
    let approved = store.edition(edition).await.unwrap().approved.unwrap();
    assert_eq!((approved.by.as_str(), approved.at), ("mara", paper.now));
    assert_eq!(
        store
            .edition_unapprove(edition, true, paper.now)
            .await
            .unwrap(),
        1
    );
    assert_eq!(store.edition(edition).await.unwrap().approved, None);
    let row = paper.row(edition, readers[1]).await;
    assert_eq!(row.held, Some(Hold::Approval));
    store
        .edition_approve(edition, "mara", paper.now)
        .await
        .unwrap();
    // What was written while somebody approved it goes as well.
    paper
        .sql("update delivery set held = 'approval' where subscriber_id = 2")
        .await;
    assert_eq!(store.approved_go(edition, paper.now).await.unwrap(), 1);
    let later = store.edition_unapprove(edition, false, paper.now).await;
    assert_eq!(later.unwrap(), 0, "the list sends without");
}

#[tokio::test]
async fn an_embargoed_article_waits_and_is_new_when_it_ends() {
    let paper = Paper::daily().await;
    let (store, list) = (paper.store(), paper.list);
    let before = |now: Timestamp| after(now, -24 * HOUR);
    let all = store
        .candidates(list, before(paper.now), paper.now)
        .await
        .unwrap();
    let (one, dated) = (all[0].article, all[0].dated_ms);
    let until = after(paper.now, 3 * 24 * HOUR);
    store.article_embargo(one, &[], Some(until)).await.unwrap();
    assert_eq!(store.article(one).await.unwrap().embargo, Some(until));
    let all = store
        .candidates(list, before(paper.now), paper.now)
        .await
        .unwrap();
    assert_eq!(all[0].embargo_ms, Some(until.as_millisecond()));
    assert_eq!(all[0].dated_ms, dated);
    // Its own date is long out of the window by then.
    let then = after(until, 30);
    let found = store.candidates(list, before(then), then).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].article, found[0].embargo_ms), (one, None));
    assert_eq!(found[0].dated_ms, until.as_millisecond());
    store.article_embargo(one, &[], None).await.unwrap();
    assert_eq!(
        store.candidates(list, before(then), then).await.unwrap(),
        []
    );
    let nobody = store
        .article_embargo(courant::domain::ArticleId(9_999), &[], None)
        .await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })));
}

#[tokio::test]
async fn what_a_plan_would_overtake_is_counted_by_edition() {
    let paper = Paper::daily().await;
    paper
        .readers(&["mia@reader.example", "noah@reader.example"])
        .await;
    let store = paper.store();
    let due = async || {
        let until = after(paper.due, 48 * HOUR);
        store.due_waves(until).await.unwrap().remove(0)
    };
    assert_eq!(
        store.would_overtake(&due().await).await.unwrap(),
        BTreeMap::new()
    );
    let edition = paper.plan().await;
    let next = due().await;
    let open = BTreeMap::from([(edition.id, 2)]);
    assert_eq!(store.would_overtake(&next).await.unwrap(), open);
    paper
        .sql("update delivery set state = 'accepted' where subscription_id = 1")
        .await;
    let open = BTreeMap::from([(edition.id, 1)]);
    assert_eq!(store.would_overtake(&next).await.unwrap(), open);
}

#[tokio::test]
async fn a_run_with_too_little_for_who_came_back_is_explained_as_it_was() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mia@reader.example"]).await[0];
    let store = paper.store();
    paper.plan().await;
    paper.sql("update delivery set state = 'accepted'").await;
    pause(&paper, reader, "2026-11-30", after(paper.due, 5 * HOUR)).await;
    paper
        .articles("second", 2, after(paper.due, 23 * HOUR))
        .await;
    let planned = paper.plan_at(after(paper.due, 5 * 24 * HOUR - 10)).await;
    assert_eq!((planned[0].digests, planned[0].skipped), (0, 1));
    let explained = paper.press().explain(&planned[0].edition, reader).await;
    let explained = explained.unwrap();
    assert!(explained.agrees && since(&paper, reader).await.is_some());
    let second = |c: &&Candidate| c.headline.starts_with("second");
    let second: Vec<_> = explained.candidates.iter().filter(second).collect();
    assert_eq!(second.len(), 2);
    for candidate in second {
        let verdict = &explained.selection.verdicts[&candidate.article];
        assert_eq!(*verdict, Verdict::Skipped, "they were away");
    }
    assert!(store.subscription(reader).await.unwrap().is_some());
}
