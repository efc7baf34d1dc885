//! Joins by page, headline, copy and what is told, and what must not join.

use super::{Known, Told, assign};
use crate::domain::article::CanonicalUrl;
use crate::domain::{SourceId, StoryId};
use crate::stories::{Assignment, Group, JoinedBy, SAME_HEADLINE_MS, Weights};

const HOUR: i64 = 3_600_000;

/// Source, address, headline, summary, when.
type Piece<'a> = (i64, &'a str, &'a str, &'a str, i64);

fn known((source, url, headline, summary, dated_ms): Piece<'_>) -> Known {
    let url = CanonicalUrl::parse(url, None).expect("a URL");
    Known::of(&Told {
        source: SourceId(source),
        url: &url,
        headline,
        summary,
        body: "",
        dated_ms,
    })
}

fn joined(new: &[Piece<'_>], recent: &[(i64, Piece<'_>)]) -> Vec<(Group, JoinedBy)> {
    let new: Vec<Known> = new.iter().map(|p| known(*p)).collect();
    let recent: Vec<(StoryId, Known)> = recent
        .iter()
        .map(|(s, p)| (StoryId(*s), known(*p)))
        .collect();
    let recent: Vec<(StoryId, &Known)> = recent.iter().map(|(s, k)| (*s, k)).collect();
    let mut weights = Weights::default();
    new.iter()
        .chain(recent.iter().map(|(_, k)| *k))
        .for_each(|k| weights.note(k.terms()));
    let given = assign(&new, &recent, &weights);
    given
        .iter()
        .map(|Assignment { group, by }| (*group, *by))
        .collect()
}

const A: &str = "https://a.example/ferry";
const B: &str = "https://b.example/1";
const TITLE: &str = "Ferry runs aground off the old pier";
const FRESH: (Group, JoinedBy) = (Group::Fresh(0), JoinedBy::New);

fn to(story: i64, by: JoinedBy) -> (Group, JoinedBy) {
    (Group::Known(StoryId(story)), by)
}

#[test]
fn the_same_page_or_headline_is_the_same_story() {
    let recent = [
        (7, (1, A, TITLE, "one", 0)),
        (8, (1, "https://a.example/mayor", "Mayor resigns", "two", 0)),
    ];
    let check = |new: Piece<'_>, expected: (Group, JoinedBy)| {
        assert_eq!(joined(&[new], &recent), [expected], "{new:?}");
    };
    for page in [
        "https://a.example/mayor",
        "http://www.a.example/mayor/",
        "https://a.example/mayor/amp?utm_source=rss",
    ] {
        check(
            (2, page, "Other words", "x", i64::MAX),
            to(8, JoinedBy::Url),
        );
    }
    let loud = "FERRY runs aground — off the “old pier”!";
    check((2, B, loud, "x", SAME_HEADLINE_MS), to(7, JoinedBy::Title));
    check((2, B, TITLE, "x", SAME_HEADLINE_MS * 4), FRESH);
    check((2, B, TITLE, "x", i64::MIN), FRESH);
    // Too short to tell anything, and a column that keeps its headline.
    check((2, B, "Mayor quits", "x", 0), FRESH);
    check((1, B, TITLE, "x", 0), FRESH);
    check((1, B, TITLE, "one", 0), to(7, JoinedBy::Title));
}

const TEXT: &str = "The ferry Nordlicht ran aground off the old pier of Nordhaven on Monday morning \
     with ninety people on board. Nobody was hurt, the harbour office said. Two tugs are on their way \
     and will try to pull her free when the water is high again.";
const RETOLD: &str = "Ninety people are waiting on the Nordlicht, a ferry that is stuck near Nordhaven: \
     tugs will try to free her at high water, according to the harbour office.";

#[test]
fn a_copy_and_a_retelling_join() {
    let recent = [(7, (1, A, "Ferry aground at Nordhaven", TEXT, 0))];
    let edited = TEXT.replace("Nobody", "No one").replace("Two", "Three");
    let check = |new: Piece<'_>, expected: (Group, JoinedBy)| {
        assert_eq!(joined(&[new], &recent), [expected], "{new:?}");
    };
    let week = 7 * 24 * HOUR;
    check(
        (2, B, "Nordlicht stuck", &edited, week),
        to(7, JoinedBy::Copy),
    );
    check((2, B, "Nordlicht stuck", &edited, 5 * week), FRESH);
    let stuck = "Ferry Nordlicht stuck at Nordhaven";
    check((2, B, stuck, RETOLD, 5 * HOUR), to(7, JoinedBy::Cluster));
    check((2, B, stuck, RETOLD, week), FRESH);
    let council = "The council of Nordhaven has voted for a new tram line on Monday.";
    check((2, B, "Council votes for tram", council, HOUR), FRESH);
}

#[test]
fn a_report_of_other_numbers_is_another_story() {
    let report = |n: u32| {
        format!(
            "The port of Nordhaven handled {}1 tons this week after {}2 tons the week before, and {}3 \
             ships called, the harbour office said in its weekly report on goods and ships. Of these \
             {}4 came for coal and {}5 for corn.",
            n, n, n, n, n
        )
    };
    let (first, second) = (report(4), report(7));
    let recent = [(7, (1, A, "Port: goods of the week", &*first, 0))];
    let new = (1, B, "Port report: goods of this week", &*second, 48 * HOUR);
    assert_eq!(joined(&[new], &recent), [FRESH]);
}

#[test]
fn new_articles_join_one_another_and_new_stories_are_counted_from_zero() {
    let new = [
        (1, "https://a.example/1", "One", "x", 0),
        (1, "https://a.example/2", "A headline long enough", "y", 0),
        (2, "https://b.example/2", "A headline long enough", "z", 5),
        (2, "https://a.example/1", "One", "v", 5),
    ];
    let groups: Vec<Group> = joined(&new, &[]).iter().map(|g| g.0).collect();
    assert_eq!(groups, [0, 1, 1, 0].map(Group::Fresh));
    assert!(joined(&[], &[]).is_empty());
}
