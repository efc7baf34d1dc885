//! Joins by page, headline, copy and what is told, and what must not join.

use super::{Recent, assign};
use crate::domain::article::CanonicalUrl;
use crate::domain::{ArticleId, SourceId, StoryId};
use crate::stories::{
    Assignment, Evidence, Group, JoinedBy, Known, Of, SAME_HEADLINE_MS, Told, Weights,
};

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
    let mut weights = Weights::default();
    new.iter()
        .chain(recent.iter().map(|(_, k)| k))
        .for_each(|k| weights.note(k.terms()));
    let recent = recent.iter().zip(1..);
    let recent = recent.map(|((story, known), article)| Recent {
        article: ArticleId(article),
        story: *story,
        strand: *story,
        known,
    });
    let given = assign(&new, &recent.collect::<Vec<_>>(), &[], &weights);
    given
        .iter()
        .map(|Assignment { group, by, .. }| (*group, *by))
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

/// Joins of new pieces beside known ones (article and story by number, strand) and what was split.
fn joined_apart(
    new: &[Piece<'_>],
    recent: &[(i64, i64, Piece<'_>)],
    apart: &[(i64, i64)],
) -> Vec<Assignment> {
    let new: Vec<Known> = new.iter().map(|p| known(*p)).collect();
    let read: Vec<Known> = recent.iter().map(|(_, _, p)| known(*p)).collect();
    let mut weights = Weights::default();
    new.iter()
        .chain(&read)
        .for_each(|k| weights.note(k.terms()));
    let all = recent.iter().zip(&read).zip(1..);
    let all = all.map(|(((story, strand, _), known), article)| Recent {
        article: ArticleId(article),
        story: StoryId(*story),
        strand: StoryId(*strand),
        known,
    });
    let apart: Vec<_> = apart
        .iter()
        .map(|(a, b)| (StoryId(*a), StoryId(*b)))
        .collect();
    assign(&new, &all.collect::<Vec<_>>(), &apart, &weights)
}

const COUNCIL: &str = "The council of Nordhaven has voted for a new tram line from the station to the \
     university, after a debate of seven hours. The opposition had asked for a vote of the citizens \
     first. Work is to begin next spring, the mayor said.";

const ASHORE: &str = "Ninety people who were stuck on the Nordlicht near Nordhaven for a night are \
     ashore again: two tugs have pulled the ferry free at high water, said the harbour office.";

#[test]
fn what_an_editor_split_is_told_apart_by_the_text() {
    // One headline for two things: by time alone the new one is nearer to the second.
    let title = "What happened off Nordhaven today";
    let recent = [
        (7, 7, (1, "https://a.example/live", title, TEXT, 0)),
        (8, 7, (2, "https://b.example/2", title, ASHORE, 5 * HOUR)),
    ];
    let edited = TEXT.replace("Nobody", "No one");
    let check = |piece: Piece<'_>, apart: &[(i64, i64)], expected: (i64, JoinedBy, i64)| {
        let got = joined_apart(&[piece], &recent, apart)[0];
        let found = got.found.expect("it joins");
        assert_eq!(found.of, Of::Known(ArticleId(expected.2)), "{piece:?}");
        assert_eq!((got.group, got.by), to(expected.0, expected.1), "{piece:?}");
    };
    let copy = (3, B, title, &*edited, 6 * HOUR);
    check(copy, &[], (8, JoinedBy::Title, 2));
    for apart in [[(7, 8)], [(8, 7)]] {
        check(copy, &apart, (7, JoinedBy::Copy, 1));
        // A page that shows one thing after another.
        let ashore = ASHORE.replace("Ninety", "Eighty");
        let live = (3, "https://a.example/live", "Live", &*ashore, 6 * HOUR);
        check(live, &apart, (8, JoinedBy::Copy, 2));
    }
    // Other splits have nothing to do with it.
    check(copy, &[(7, 9), (9, 10)], (8, JoinedBy::Title, 2));
}

#[test]
fn what_is_told_joins_the_likest_side_of_a_split_or_none() {
    let recent = [
        (7, 7, (1, A, "Ferry Nordlicht stuck at Nordhaven", TEXT, 0)),
        (
            8,
            7,
            (
                2,
                "https://b.example/2",
                "Ferry Nordlicht stuck at Nordhaven harbour",
                ASHORE,
                HOUR,
            ),
        ),
    ];
    let retold = (
        3,
        B,
        "Ferry Nordlicht stuck near Nordhaven",
        RETOLD,
        2 * HOUR,
    );
    let plain = joined_apart(&[retold], &recent, &[])[0];
    assert_eq!(plain.by, JoinedBy::Cluster);
    let split = joined_apart(&[retold], &recent, &[(7, 8)])[0];
    let likest = match plain.found.map(|f| f.of) {
        Some(Of::Known(article)) => article.0 + 6,
        other => panic!("{other:?}"),
    };
    match split.group {
        Group::Known(story) => assert!([7, 8].contains(&likest) && [7, 8].contains(&story.0)),
        group => assert_eq!(group, Group::Fresh(0)),
    }
    // Its own copy, whichever side, always comes to that side.
    for (story, text) in [(7, TEXT), (8, ASHORE)] {
        let copy = (3, B, "Nordlicht", text, 2 * HOUR);
        let got = joined_apart(&[copy], &recent, &[(7, 8)])[0];
        assert_eq!((got.group, got.by), to(story, JoinedBy::Copy));
    }
}

#[test]
fn what_an_editor_merged_keeps_what_is_like_either() {
    // Two things that grouping would never join, in one story.
    let (a, b) = ("Ferry aground at Nordhaven", "Council votes for tram line");
    let pieces = [
        (1, A, a, TEXT, 0),
        (2, "https://b.example/2", b, COUNCIL, HOUR),
    ];
    let retold = (3, B, "Ferry Nordlicht stuck at Nordhaven", RETOLD, 2 * HOUR);
    let one = [(7, 7, pieces[0]), (7, 8, pieces[1])];
    let got = joined_apart(&[retold], &one, &[])[0];
    assert_eq!((got.group, got.by), to(7, JoinedBy::Cluster));
    assert_eq!(got.strand, Group::Known(StoryId(7)));
    let council = COUNCIL.replace("seven", "eight");
    let copy = (3, B, "Tram line decided", &*council, 2 * HOUR);
    let got = joined_apart(&[copy], &one, &[])[0];
    assert_eq!(
        (got.group, got.strand),
        (Group::Known(StoryId(7)), Group::Known(StoryId(8)))
    );
    // What came by an article of the same call is said to.
    let all = joined_apart(
        &[
            copy,
            (4, "https://c.example/1", "Tram", &*council, 2 * HOUR),
        ],
        &[],
        &[],
    );
    assert_eq!(all[0].found, None);
    let found = Evidence {
        of: Of::Fresh(0),
        share: 1000,
    };
    assert_eq!((all[1].group, all[1].found), (all[0].group, Some(found)));
}

#[test]
fn one_headline_over_texts_that_have_nothing_in_common_is_two_stories() {
    let title = "The weather for the coast today";
    let recent = [(7, (1, A, title, TEXT, 0))];
    assert_eq!(joined(&[(2, B, title, COUNCIL, HOUR)], &recent), [FRESH]);
    let edited = TEXT.replace("Nobody", "No one");
    let same = joined(&[(2, B, title, &edited, HOUR)], &recent);
    assert_eq!(same, [to(7, JoinedBy::Title)]);
}

#[test]
fn equal_headlines_over_two_events_are_two_stories_by_their_words_too() {
    let title = "Man charged with murder";
    let leeds = "A man of 34 was charged over a stabbing in Leeds.";
    let cork = "A man of 61 was charged after the body of a woman was found in Cork.";
    let recent = [(7, (1, A, title, leeds, 0))];
    assert_eq!(joined(&[(2, B, title, cork, HOUR)], &recent), [FRESH]);
    let again = leeds.replace("was charged over", "was charged on Monday over");
    let same = joined(&[(2, B, title, &again, HOUR)], &recent);
    assert_eq!(same, [to(7, JoinedBy::Title)]);
}

#[test]
fn parts_of_a_series_and_posts_of_one_page_are_stories_of_their_own() {
    let text =
        "Solve today’s puzzle and test your knowledge with our daily crossword for everybody.";
    let recent = [(7, (1, A, "Crossword 4711", text, 0))];
    let next = (1, "https://a.example/4712", "Crossword 4712", text, HOUR);
    assert_eq!(joined(&[next], &recent), [FRESH]);
    let again = (
        1,
        "https://a.example/again",
        "Crossword 4711 by Ada",
        text,
        HOUR,
    );
    assert_eq!(joined(&[again], &recent), [to(7, JoinedBy::Copy)]);
    // A live page: its source tells its posts apart, others cannot.
    let recent = [(7, (1, A, "Kick-off", "x", 0))];
    assert_eq!(joined(&[(1, A, "First goal", "y", HOUR)], &recent), [FRESH]);
    let other = joined(&[(2, A, "Council votes for tram", "y", HOUR)], &recent);
    assert_eq!(other, [to(7, JoinedBy::Url)]);
}

#[test]
fn the_same_names_and_the_same_figure_are_one_story_and_other_figures_are_none() {
    let told = "Ada Lindqvist, who leads the works council, signed the plan for the old brewery before \
         the vote. It affects 4180 people in the district, and the council will pay for half of it.";
    let recent = [(7, (1, A, "Brewery plan signed", told, 0))];
    let retold = |figure: &str| {
        format!(
            "Less than a day before the ballot, word came from the council that Lindqvist had agreed \
             to the plan for the brewery that Ada herself once fought: it matters to {figure} households."
        )
    };
    let join = |figure: &str| {
        let text = retold(figure);
        joined(
            &[(2, B, "Why she changed her mind", &text, 5 * HOUR)],
            &recent,
        )
    };
    assert_eq!(join("4180"), [to(7, JoinedBy::Cluster)]);
    assert_eq!(join("5230"), [FRESH]);
    assert_eq!(join("2026"), [FRESH]);
}
