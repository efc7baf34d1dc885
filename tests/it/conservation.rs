//! Conservation: over several days, every story that an edition might have brought a reader ends sent,
//! waiting, or dropped for a reason that has a name. None is lost on the way, none comes twice.

use std::collections::{BTreeMap, BTreeSet};

use courant::cli::verdict::{Fate, fate};
use courant::domain::article::TopicWeight;
use courant::domain::edition::Edition;
use courant::domain::selection::{Candidate, Verdict};
use courant::domain::subscriber::{Length, NewSubscription, Terms};
use courant::domain::{ArticleId, EditionId, SubscriptionId};
use courant::press::explain::Explained;

use crate::support::paper::{Paper, after, slug};

const DAYS: i64 = 5;
const DAY: i64 = 24 * 60;

/// A reader's books: what each day said of each article.
#[derive(Default)]
struct Books {
    /// By article, the fate of each day that knew it.
    days: BTreeMap<ArticleId, Vec<(i64, Fate)>>,
    /// Stories that arrived, with their edition.
    arrived: BTreeMap<ArticleId, EditionId>,
}

impl Books {
    fn enter(&mut self, day: i64, edition: &Edition, explained: &Explained, arrives: bool) {
        assert!(explained.agrees, "the replay is the plan");
        let verdicts = &explained.selection.verdicts;
        let known: BTreeSet<ArticleId> = explained.candidates.iter().map(|c| c.article).collect();
        let judged: BTreeSet<ArticleId> = verdicts.keys().copied().collect();
        assert_eq!(known, judged, "every candidate has one verdict");
        for (article, verdict) in verdicts {
            let fate = fate(verdict);
            self.days.entry(*article).or_default().push((day, fate));
            match verdict {
                Verdict::AlreadySent { edition } => {
                    let before = self.arrived.get(article);
                    assert_eq!(before, Some(edition), "{article} was sent when it says so");
                }
                Verdict::SameStory { represented_by } => {
                    let other = verdicts.get(represented_by).expect("judged");
                    assert!(!matches!(other, Verdict::SameStory { .. }), "{article}");
                }
                Verdict::Chosen { .. } if arrives => {
                    let twice = self.arrived.insert(*article, edition.id);
                    assert_eq!(twice, None, "{article} came twice");
                }
                _ => {}
            }
        }
        // Nobody disappears: what waited, or came back from a letter that failed, is judged again.
        for (article, days) in &self.days {
            let (last, fate) = days.last().expect("a day");
            let gone =
                *last < day && (*fate != Fate::Dropped) && !self.arrived.contains_key(article);
            assert!(
                !gone,
                "{article} was {fate:?} on day {last} and is not known on day {day}"
            );
        }
    }

    fn end(&self, article: ArticleId) -> Fate {
        match self.arrived.contains_key(&article) {
            true => Fate::Chosen,
            false => self.days[&article].last().expect("a day").1,
        }
    }
}

fn reader(paper: &Paper, n: usize) -> NewSubscription {
    let all = ["harbour", "culture", "sport", "weather"];
    let topics = all.iter().enumerate().filter(|(at, _)| (n >> at) & 1 == 1);
    let weight = |(at, topic): (usize, &&str)| TopicWeight {
        topic: slug(topic),
        weight: if (n + at).is_multiple_of(3) {
            400
        } else {
            1000
        },
    };
    let new = paper.new_reader(&format!("r{n}@reader.example"));
    NewSubscription {
        terms: Terms {
            topics: topics.map(weight).collect(),
            length: if n.is_multiple_of(2) {
                Length::Long
            } else {
                Length::Short
            },
            ..new.terms.clone()
        },
        ..new
    }
}

#[tokio::test]
async fn every_story_ends_sent_waiting_or_dropped_for_a_reason() {
    let paper = Paper::daily().await;
    let store = paper.store();
    for (key, value) in [
        ("personal", "filter"),
        ("topic_cap", "2"),
        ("stories_min", "2"),
        // All of it is by one author.
        ("author_cap", "0"),
    ] {
        store.list_set(paper.list, key, value).await.unwrap();
    }
    let mut readers: Vec<SubscriptionId> = Vec::new();
    for n in 0..8 {
        let added = store
            .subscriber_add(&reader(&paper, n), false, paper.now)
            .await;
        readers.push(added.unwrap());
    }
    let mut books: Vec<Books> = readers.iter().map(|_| Books::default()).collect();
    let mut counted = BTreeMap::new();
    for day in 0..DAYS {
        let now = after(paper.now, day * DAY);
        if day > 0 {
            paper
                .articles(&format!("day{day}"), 9, after(now, -90))
                .await;
        }
        let planned = paper.plan_at(now).await;
        let edition = &planned[0].edition;
        // On the third day the letters of half of the readers come to nothing.
        let fails = |n: usize| day == 2 && n.is_multiple_of(2);
        if day == 2 {
            paper
                .sql(
                    "update delivery set state = 'withheld' where edition_id = 3 \
                     and subscription_id % 2 = 1; \
                     update memory set returned_ms = planned_ms + 60000 where edition_id = 3 \
                     and subscription_id % 2 = 1",
                )
                .await;
            assert_eq!((edition.id, readers[0].0 % 2), (EditionId(3), 1));
        }
        paper.arrive().await;
        for (n, reader) in readers.iter().enumerate() {
            let explained = paper.press().explain(edition, *reader).await.unwrap();
            books[n].enter(day, edition, &explained, !fails(n));
            let verdicts = explained.selection.verdicts.values();
            for verdict in verdicts {
                *counted.entry(format!("{:?}", fate(verdict))).or_insert(0) += 1;
            }
            let fresh = |c: &Candidate| explained.selection.verdicts.contains_key(&c.article);
            assert!(explained.candidates.iter().all(fresh));
        }
    }
    assert_eq!(counted.len(), 3, "each fate was met: {counted:?}");
    for (n, books) in books.iter().enumerate() {
        let ends = books.days.keys().map(|article| books.end(*article));
        let sent = ends.filter(|fate| *fate == Fate::Chosen).count();
        assert_eq!(sent, books.arrived.len());
        assert!(sent > 0, "reader {n}: {:?}", books.days);
    }
}
