//! Amendments in the store: what each verb writes, and that checks and replays hold whatever comes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use courant::domain::amendment::{AmendmentKind, How, Notice, SourceWord};
use courant::domain::article::CanonicalUrl;
use courant::domain::edition::Wave;
use courant::domain::selection::Skip;
use courant::domain::{ArticleId, EditionId, SubscriberId, SubscriptionId};
use courant::press::check::whose;
use courant::store::ArticleFilter;
use courant::store::amendments::Said;
use courant::store::approved_plan::AmendedStory;
use courant::store::memory::Beside;
use courant::store::revise::{Revision, Which};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::at;
use crate::support::paper::{ARTICLES, Paper, after, slug};

fn said(article: ArticleId) -> Said<'static> {
    Said {
        article,
        by: Some("mia"),
        reason: Some("a test"),
    }
}

async fn wave(paper: &Paper) -> Wave {
    let edition = paper.edition().await.unwrap();
    paper.store().waves(edition).await.unwrap().remove(0)
}

/// The check of the first edition finds nothing, and every reader's replay gives what is stored.
async fn assert_sound(paper: &Paper, readers: &[SubscriptionId]) {
    let press = paper.press();
    let wave = wave(paper).await;
    let mut checking = press.checking(&wave).await.unwrap();
    let mut last = SubscriptionId(0);
    loop {
        let slice = checking.slice(last).await.unwrap();
        let Some(read) = slice.last() else { break };
        last = whose(read);
        let octets = vec![None; slice.len()];
        assert_eq!(checking.faults(&slice, &octets).await.unwrap(), []);
    }
    assert_eq!(checking.whole().await.unwrap(), []);
    let edition = paper.store().edition(wave.edition).await.unwrap();
    for reader in readers {
        let explained = press.explain(&edition, *reader).await.unwrap();
        assert!(explained.agrees, "{reader}: {explained:?}");
    }
}

#[tokio::test]
async fn an_amendment_stops_the_letters_that_it_may_reach_until_they_are_made_again() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&["a@r.example", "b@r.example"]).await;
    let edition = paper.plan().await;
    let (store, now, wave) = (paper.store(), paper.due, wave(&paper).await);
    assert_eq!(store.waves_amendable().await.unwrap(), [wave.id]);
    let inputs = paper.press().thaw(&wave).await.unwrap();
    let before = store.now_amended(&inputs.candidates).await.unwrap();
    assert!(before.amended.is_empty() && !store.is_amended(&before).await.unwrap());
    let article = paper.picks(edition.id, readers[0]).await[0];
    let ids = store.article_withdraw(said(article), &[], now).await;
    let id = ids.unwrap()[0];
    let again = store.article_withdraw(said(article), &[], now).await;
    assert_eq!(again.unwrap(), []);
    assert!(store.is_amended(&before).await.unwrap());
    let pending = store.amendments_pending().await.unwrap();
    assert_eq!(
        (pending.len(), pending[0].amendment, pending[0].wave),
        (1, id, wave.id)
    );
    let lease = crate::support::paper::lease("x", 1, after(now, 5));
    assert!(
        store
            .claim(&lease, None, &["default"], 9, now)
            .await
            .unwrap()
            .is_empty()
    );

    // Both letters have it; a write on an old reading does nothing.
    let which = Which::Amended(AmendmentKind::Withdrawn, article);
    let letters = store
        .revisable(&wave, which, SubscriberId(0), 9, now)
        .await
        .unwrap();
    assert_eq!(letters.len(), 2);
    let none = |of| Revision {
        of,
        outcome: Err(Skip::TooFewStories),
        held: None,
    };
    let revisions: Vec<Revision> = letters.into_iter().map(none).collect();
    let old = Beside::default().amended(&before);
    let written = store
        .revise(&wave, &revisions, &old, None, now)
        .await
        .unwrap();
    assert_eq!(written, None);
    let new = store.now_amended(&inputs.candidates).await.unwrap();
    let beside = Beside::default().amended(&new);
    let counted = Some(&pending[0]);
    let written = store
        .revise(&wave, &revisions[..1], &beside, counted, now)
        .await
        .unwrap();
    assert_eq!(written, Some((0, 1)));
    // A row is made again as it was read, or not at all.
    let again = store
        .revise(&wave, &revisions[..1], &beside, counted, now)
        .await
        .unwrap();
    assert_eq!(again, Some((0, 0)));
    assert_eq!(store.hold_amended(&pending[0], now).await.unwrap(), 0);
    store.amendment_done(&pending[0], now).await.unwrap();
    let reach = store.amendment_reach(id).await.unwrap();
    assert_eq!(
        (reach[0].revised, reach[0].withheld, reach[0].gone),
        (0, 1, 0)
    );
    let none = BTreeSet::new();
    let since = async |at, articles: &BTreeSet<ArticleId>, of: EditionId| {
        let found = store.amended_since(of, at, articles, 9).await.unwrap();
        let row = |one: AmendedStory| (one.article, one.kind, one.withheld);
        found.into_iter().map(row).collect::<Vec<_>>()
    };
    let (own, kind) = ([article].into(), AmendmentKind::Withdrawn);
    assert_eq!(since(now, &none, edition.id).await, [(article, kind, 1)]);
    assert_eq!(since(after(now, 1), &own, edition.id).await, []);
    // An edition without letters of it: only where it is asked for.
    assert_eq!(since(now, &none, EditionId(0)).await, []);
    assert_eq!(since(now, &own, EditionId(0)).await, [(article, kind, 0)]);
    assert_eq!(
        store
            .claim(&lease, None, &["default"], 9, now)
            .await
            .unwrap()
            .len(),
        1
    );
    let history = store.amendments(article).await.unwrap();
    assert_eq!(
        (history.len(), history[0].reason.as_deref()),
        (1, Some("a test"))
    );
    let restored = store.article_restore(said(article), now).await;
    assert_eq!(restored.unwrap().len(), 1);
    let again = store.article_restore(said(article), now).await;
    assert_eq!(again.unwrap(), []);
}

#[tokio::test]
async fn a_letter_that_was_planned_late_may_be_made_again() {
    let paper = Paper::daily().await;
    let readers = paper.readers(&["a@r.example"]).await;
    // Its reader's next cut-off is over by then.
    let late = after(paper.due, 24 * 60 + 30);
    paper.plan_at(late).await;
    let edition = paper.edition().await.unwrap();
    let article = paper.picks(edition, readers[0]).await[0];
    assert_sound(&paper, &readers).await;
    let (store, now) = (paper.store(), after(late, 1));
    let done = store
        .article_withdraw(said(article), &[], now)
        .await
        .unwrap();
    assert!(!done.is_empty());
    let pending = store.amendments_pending().await.unwrap();
    let failed = paper.press().amend_pending(&pending, now).await.unwrap();
    assert!(failed.is_empty(), "{failed:?}");
    assert!(!paper.picks(edition, readers[0]).await.contains(&article));
    assert_sound(&paper, &readers).await;
}

#[tokio::test]
async fn an_editors_text_is_in_force_until_it_is_taken_back() {
    let paper = Paper::daily().await;
    let (store, now, article) = (paper.store(), paper.now, ArticleId(1));
    let first = store.article(article).await.unwrap();
    let new = (Some("New words"), None);
    store
        .article_rewrite(article, new, "mia", now)
        .await
        .unwrap();
    let new = (None, Some("And a summary."));
    store
        .article_rewrite(article, new, "kim", now)
        .await
        .unwrap();
    let both = store.article(article).await.unwrap().text;
    assert_eq!(
        (both.headline.as_str(), both.summary.as_str()),
        ("New words", "And a summary.")
    );
    let dated = after(paper.now, -60);
    paper.rewrite("story", 0, dated, after(now, 1)).await;
    assert_eq!(store.article(article).await.unwrap().text, both);
    let texts = store
        .rewritten_texts(&[article, ArticleId(2)])
        .await
        .unwrap();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(
        store
            .article_rewrite_undo(article, "mia", now)
            .await
            .unwrap()
            .is_some()
    );
    let one = store.article(article).await.unwrap().text;
    assert_eq!(
        (one.headline.as_str(), &one.summary),
        ("New words", &first.text.summary)
    );
    assert!(
        store
            .article_rewrite_undo(article, "mia", now)
            .await
            .unwrap()
            .is_some()
    );
    let source = store.article(article).await.unwrap().text;
    assert!(source.headline.ends_with(", as it is known now"));
    assert_eq!(
        store
            .article_rewrite_undo(article, "mia", now)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store.article_texts(article).await.unwrap().len(),
        4,
        "nothing is lost"
    );
}

#[tokio::test]
async fn a_sources_words_mark_its_articles_and_never_undo_an_editors() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let source = store.source(&slug("story")).await.unwrap().id;
    let key = |n: usize| format!("https://wire.example/story/{n}");
    let word = |n, notice, how| SourceWord {
        entry_key: key(n),
        notice,
        how,
    };
    let came: Vec<String> = (0..ARTICLES).map(key).collect();
    let words = [
        word(0, Notice::Corrected, How::Headline),
        word(1, Notice::Retracted, How::Headline),
        word(2, Notice::Retracted, How::Gone),
        word(99, Notice::Retracted, How::Deleted),
    ];
    let marked = store.source_said(source, &came, &words, now).await.unwrap();
    assert_eq!(
        (marked.corrected, marked.withdrawn, marked.restored),
        (1, 2, 0)
    );
    let again = store.source_said(source, &came, &words, now).await.unwrap();
    assert_eq!(
        (again.corrected, again.withdrawn, again.restored),
        (0, 0, 0)
    );
    let filter = ArticleFilter {
        list: Some(paper.list),
        source: None,
        after: at("2026-01-01T00:00:00Z"),
        until: now,
        limit: 9,
    };
    assert_eq!(store.articles_withdrawn(&filter).await.unwrap().len(), 2);
    assert_eq!(store.articles_corrected(&filter).await.unwrap().len(), 1);
    // It comes again without a mark: what its headline took back is there again, a page is still gone.
    let marked = store.source_said(source, &came, &[], now).await.unwrap();
    assert_eq!((marked.withdrawn, marked.restored), (0, 1));
    let gone = store.articles_withdrawn(&filter).await.unwrap();
    assert_eq!(gone.len(), 1);
    store.article_restore(said(gone[0].id), now).await.unwrap();
    let marked = store.source_said(source, &came, &words, now).await.unwrap();
    assert_eq!(
        marked.withdrawn, 1,
        "the editor's word on the other one stays"
    );
    store
        .article_withdraw(said(gone[0].id), &[], now)
        .await
        .unwrap();
    let marked = store.source_said(source, &came, &[], now).await.unwrap();
    assert_eq!(marked.restored, 1, "and so does their withdrawal");
}

#[tokio::test]
async fn sources_are_read_again_unless_that_was_just_done_or_their_host_asks_to_wait() {
    let paper = Paper::daily().await;
    let (store, now, list) = (paper.store(), paper.now, BTreeSet::from([paper.list]));
    paper
        .sql("update source set kind = 'feed', fetched_ms = 1, next_ms = 99999999999999")
        .await;
    let since = after(now, -3);
    assert_eq!(store.sources_again(&list, since, now).await.unwrap(), 1);
    assert_eq!(
        store.sources_again(&list, since, now).await.unwrap(),
        0,
        "it is due"
    );
    paper
        .sql("update source set next_ms = 99999999999999, failures = 1")
        .await;
    assert_eq!(store.sources_again(&list, since, now).await.unwrap(), 0);
    paper
        .sql("update source set failures = 0, last_error = 'later'")
        .await;
    assert_eq!(store.sources_again(&list, since, now).await.unwrap(), 0);
    paper.sql("update source set last_error = null").await;
    assert_eq!(
        store
            .sources_again(&BTreeSet::new(), since, now)
            .await
            .unwrap(),
        0
    );
    assert_eq!(store.sources_again(&list, since, now).await.unwrap(), 1);
}

/// What somebody does to an article.
#[derive(Clone, Copy, Debug)]
enum Act {
    Withdraw,
    Restore,
    Rewrite,
    Undo,
    Leave,
}

fn acts() -> impl Strategy<Value = Vec<(Act, i64)>> {
    let act = prop_oneof![
        3 => Just(Act::Withdraw),
        2 => Just(Act::Restore),
        2 => Just(Act::Rewrite),
        1 => Just(Act::Undo),
        1 => Just(Act::Leave),
    ];
    proptest::collection::vec((act, 1..=ARTICLES as i64), 1..10)
}

/// Whatever is withdrawn, restored and written anew in whatever order: the check is silent and every
/// replay gives what is stored; what is planned has nothing that is withdrawn, and the texts in force.
#[test]
fn whatever_is_amended_the_check_is_silent_and_replays_agree() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    let done = TestRunner::new(config).run(&acts(), |acts| {
        runtime.block_on(amended(&acts));
        Ok(())
    });
    done.unwrap();
}

async fn amended(acts: &[(Act, i64)]) {
    let paper = Paper::daily().await;
    let readers = paper
        .readers(&["a@r.example", "b@r.example", "c@r.example"])
        .await;
    let edition = paper.plan().await;
    let (store, press) = (paper.store(), paper.press());
    let mut now = after(paper.now, 1);
    for (act, n) in acts {
        let article = ArticleId(*n);
        match act {
            Act::Withdraw => drop(
                store
                    .article_withdraw(said(article), &[], now)
                    .await
                    .unwrap(),
            ),
            Act::Restore => drop(store.article_restore(said(article), now).await.unwrap()),
            Act::Rewrite => {
                let headline = format!("Written at {now}");
                let new = (Some(headline.as_str()), None);
                store
                    .article_rewrite(article, new, "mia", now)
                    .await
                    .unwrap();
            }
            Act::Undo => drop(
                store
                    .article_rewrite_undo(article, "mia", now)
                    .await
                    .unwrap(),
            ),
            Act::Leave => {
                paper
                    .sql(
                        "update delivery set state = 'accepted' where rowid = (select rowid \
                         from delivery where state = 'planned' limit 1)",
                    )
                    .await;
            }
        }
        let pending = store.amendments_pending().await.unwrap();
        let failed = press.amend_pending(&pending, now).await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
        assert_sound(&paper, &readers).await;
        now = after(now, 1);
    }
    for row in paper
        .rows(edition.id)
        .await
        .iter()
        .filter(|r| r.state.is_open())
    {
        let digest = store.digest(row.digest).await.unwrap();
        for pick in &digest.picks {
            let article = store.article(pick.article).await.unwrap();
            assert_eq!(article.withdrawn, None, "{acts:?}");
            let touched = acts.iter().any(|(_, n)| *n == pick.article.0);
            assert!(!touched || pick.revision == article.revision, "{acts:?}");
        }
    }
}

#[tokio::test]
async fn who_is_passed_over_by_an_amended_wave_is_so_in_the_replay() {
    let paper = Paper::daily().await;
    let (store, press) = (paper.store(), paper.press());
    let readers = paper.readers(&["a@r.example"]).await;
    let edition = paper.plan().await;
    for n in 1..=ARTICLES as i64 - 2 {
        store
            .article_withdraw(said(ArticleId(n)), &[], paper.now)
            .await
            .unwrap();
    }
    let pending = store.amendments_pending().await.unwrap();
    press.amend_pending(&pending, paper.now).await.unwrap();
    // Somebody who joins the same wave is planned from what is left of it.
    let late = paper.readers(&["b@r.example"]).await;
    paper.plan_at(paper.now).await;
    let wave = wave(&paper).await;
    let skip = store.skip_of(edition.id, late[0]).await.unwrap();
    assert_eq!(
        skip.map(|s| (s.wave, s.why)),
        Some((wave.id, Skip::TooFewStories))
    );
    let amended = store.skip_amended(wave.id, late[0]).await.unwrap();
    assert_eq!(amended.withdrawn.len(), ARTICLES - 2);
    assert_sound(&paper, &[readers[0], late[0]]).await;
}

/// A source that brings an article of another one's page.
async fn twin(paper: &Paper, name: &str, page: &str, headline: &str) -> ArticleId {
    let (store, now) = (paper.store(), paper.now);
    let source = crate::support::paper::imported(name, name);
    let source = store.source_add(&source, &[paper.list], now).await.unwrap();
    let mut twin = crate::support::paper::article("twin", 1, after(now, -30));
    twin.article.url = CanonicalUrl::parse(page, None).unwrap();
    twin.article.text.headline = headline.to_owned();
    let put = store.articles_put(source, &[twin], now).await.unwrap();
    put.new_ids[0]
}

#[tokio::test]
async fn a_word_on_an_article_covers_its_page_whatever_source_brings_it_and_when() {
    let paper = Paper::daily().await;
    let (store, now) = (paper.store(), paper.now);
    let page = "https://wire.example/story/0";
    let of = CanonicalUrl::parse(page, None).unwrap();
    let first = store.article_by_url(&of).await.unwrap().id;
    let second = twin(&paper, "second", page, "The same under another headline").await;
    let copy = twin(
        &paper,
        "copy",
        "https://copy.example/a",
        "Elsewhere, in another town",
    )
    .await;
    let ids = |articles: Vec<courant::domain::article::Article>| -> Vec<ArticleId> {
        articles.into_iter().map(|a| a.id).collect()
    };
    let page_of = store.page_articles(second).await.unwrap();
    assert_eq!(ids(page_of), [second, first]);

    let kind = AmendmentKind::Withdrawn;
    let concerned = store.articles_concerned(kind, first, &[copy]).await;
    assert_eq!(ids(concerned.unwrap()), [first, second, copy]);
    let done = store.article_withdraw(said(first), &[], now).await.unwrap();
    assert_eq!(done.len(), 2);
    assert!(store.article(second).await.unwrap().withdrawn.is_some());
    // Later on it is said of a copy, too, and one more source brings the page.
    let more = store.article_withdraw(said(first), &[copy], now).await;
    assert_eq!(more.unwrap().len(), 1);
    let third = twin(
        &paper,
        "third",
        "http://www.wire.example/story/0/",
        "A third time",
    )
    .await;
    assert!(store.article(third).await.unwrap().withdrawn.is_some());
    // What stands on other pages, and a front page, is nobody else's.
    let other = twin(
        &paper,
        "other",
        "https://wire.example/story/77",
        "Another page",
    )
    .await;
    assert_eq!(store.article(other).await.unwrap().withdrawn, None);
    // That its feed still has it takes nothing back.
    let source = store.source(&slug("third")).await.unwrap().id;
    let key = "https://wire.example/twin/1".to_owned();
    let marked = store.source_said(source, &[key], &[], now).await.unwrap();
    assert_eq!(marked.restored, 0);
    let done = store.article_restore(said(second), now).await.unwrap();
    assert_eq!(done.len(), 4, "all that were withdrawn with it are back");
    for id in [first, second, third, copy] {
        assert_eq!(store.article(id).await.unwrap().withdrawn, None, "{id}");
    }

    let until = after(now, 600);
    let set = store.article_embargo(first, &[copy], Some(until)).await;
    assert_eq!(set.unwrap(), 4);
    let fourth = twin(&paper, "fourth", page, "A fourth time").await;
    assert_eq!(store.article(fourth).await.unwrap().embargo, Some(until));

    // What a source takes back goes with its page, later ones too, and so does what it gives back.
    let page = "https://wire.example/story/1";
    twin(&paper, "fifth", page, "Also told elsewhere").await;
    let source = store.source(&slug("story")).await.unwrap().id;
    let retracted = SourceWord {
        entry_key: page.to_owned(),
        notice: Notice::Retracted,
        how: How::Headline,
    };
    let came = [page.to_owned()];
    let marked = store.source_said(source, &came, &[retracted], now).await;
    assert_eq!(marked.unwrap().withdrawn, 2);
    let sixth = twin(&paper, "sixth", page, "A third time").await;
    assert!(store.article(sixth).await.unwrap().withdrawn.is_some());
    let marked = store.source_said(source, &came, &[], now).await.unwrap();
    assert_eq!(marked.restored, 3);
}
