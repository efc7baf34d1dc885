//! Each flaw by hand, on a digest that is silent otherwise.

mod caps;

use std::collections::BTreeMap;

use super::{Booked, Flaw, Frozen, Proof, Sheet, Since};
use crate::domain::article::TopicWeight;
use crate::domain::selection::{
    Candidate, Form, Kin, Personal, Pick, Reason, Rules, Section, Sent, Updates,
};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::{ArticleId, EditionId, RevisionId, SourceId, StoryId, SubscriptionId};

const HOUR: i64 = 3_600_000;
const CUTOFF: i64 = 1_000 * HOUR;
const ROOM: &[(Slot, CreativeSize)] = &[(Slot::S1, CreativeSize::M)];

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// Article n of source n, n hours old, on `city`.
fn candidate(n: i64) -> Candidate {
    Candidate {
        dated_ms: CUTOFF - n * HOUR,
        topics: vec![TopicWeight {
            topic: slug("city"),
            weight: 1000,
        }],
        author: format!("author {n}"),
        ..Candidate::of(ArticleId(n), RevisionId(n), StoryId(n), SourceId(n))
    }
}

fn pick(candidate: &Candidate, reason: Reason) -> Pick {
    Pick {
        article: candidate.article,
        revision: candidate.revision,
        story: candidate.story,
        section: match &reason {
            Reason::Topic { topic } => Section::Topic(topic.clone()),
            _ => Section::AlsoToday,
        },
        reason,
        form: Form::Short,
        update: false,
    }
}

fn city() -> Reason {
    Reason::Topic {
        topic: slug("city"),
    }
}

/// A wave of six candidates and a digest of the first four.
struct Case {
    candidates: Vec<Candidate>,
    rules: Rules,
    picks: Vec<Pick>,
    memory: Vec<Sent>,
    topics: Vec<TopicWeight>,
    short: bool,
    left_out: u32,
    since_ms: Option<i64>,
    octets: Option<usize>,
    withdrawn: BTreeMap<ArticleId, i64>,
    embargoed: BTreeMap<ArticleId, i64>,
}

/// What a test changes.
type Change = fn(&mut Case);

fn case() -> Case {
    let candidates: Vec<Candidate> = (1..=6).map(candidate).collect();
    let mut picks: Vec<Pick> = candidates[..4].iter().map(|c| pick(c, city())).collect();
    picks[0].section = Section::Lead;
    Case {
        picks,
        candidates,
        rules: Rules {
            cutoff_ms: CUTOFF,
            stories: 4,
            ..Rules::default()
        },
        memory: Vec::new(),
        topics: vec![TopicWeight {
            topic: slug("city"),
            weight: 500,
        }],
        short: false,
        left_out: 0,
        since_ms: None,
        octets: Some(50_000),
        withdrawn: BTreeMap::new(),
        embargoed: BTreeMap::new(),
    }
}

impl Case {
    fn flaws(&self) -> Vec<Flaw> {
        let frozen = Frozen {
            candidates: &self.candidates,
            rules: &self.rules,
            due_ms: CUTOFF + HOUR,
            slots: ROOM,
        };
        let sheet = Sheet {
            subscription: SubscriptionId(1),
            digest: None,
            picks: &self.picks,
            left_out: self.left_out,
            placements: Vec::new(),
            open: true,
            active: true,
            topics: &self.topics,
            places: &[],
            language: "en",
            short: self.short,
            aim: self.rules.stories,
            since_ms: self.since_ms,
            memory: &self.memory,
            octets: self.octets,
        };
        let booked = Booked::new(&[], BTreeMap::new());
        let since = Since {
            withdrawn: self.withdrawn.clone(),
            embargoed: self.embargoed.clone(),
            ..Since::default()
        };
        let proof = Proof::new(frozen, since);
        let faults = proof.read(&sheet, &booked);
        faults.into_iter().map(|f| f.flaw).collect()
    }
}

/// Changes a silent case, and says what is found then.
fn with(change: impl FnOnce(&mut Case)) -> Vec<Flaw> {
    let mut case = case();
    assert_eq!(case.flaws(), [], "silent before");
    change(&mut case);
    case.flaws()
}

fn sent(revision: i64, edition: i64, hours_ago: i64) -> Sent {
    Sent {
        revision: RevisionId(revision),
        edition: EditionId(edition),
        at_ms: CUTOFF - hours_ago * HOUR,
    }
}

#[test]
fn a_story_stands_once_by_whatever_shows_that_it_is_one() {
    assert_eq!(
        with(|c| c.picks[1].story = StoryId(1)),
        [Flaw::StoryTwice, Flaw::NotFrozen]
    );
    // Another story by name, with a text of the first one's as its kin: merged or split by editors.
    let merged = with(|c| {
        c.candidates[1].kin.push(Kin {
            revision: RevisionId(1),
            new: 900,
        });
    });
    assert_eq!(merged, [Flaw::StoryTwice]);
}

#[test]
fn what_was_sent_before_comes_back_only_as_an_update_that_the_rules_allow() {
    assert_eq!(with(|c| c.memory.push(sent(2, 9, 24))), [Flaw::SentBefore]);
    // By an earlier text of the story as well.
    let earlier = |c: &mut Case| {
        c.candidates[1].kin.push(Kin {
            revision: RevisionId(77),
            new: 400,
        });
        c.memory.push(sent(77, 9, 24));
    };
    assert_eq!(with(earlier), [Flaw::SentBefore]);
    let update = |c: &mut Case| {
        earlier(c);
        c.picks[1].update = true;
        c.rules.updates = Updates {
            after_ms: 6 * HOUR,
            new: 350,
            most: 1,
        };
    };
    assert_eq!(with(update), []);
    let soon = |c: &mut Case| {
        update(c);
        c.memory[0].at_ms = CUTOFF - 5 * HOUR;
    };
    assert_eq!(with(soon), [Flaw::FalseUpdate]);
    let alike = |c: &mut Case| {
        update(c);
        c.rules.updates.new = 401;
    };
    assert_eq!(with(alike), [Flaw::FalseUpdate]);
    let often = |c: &mut Case| {
        update(c);
        c.memory.push(sent(77, 8, 48));
    };
    assert_eq!(with(often), [Flaw::FalseUpdate]);
    assert_eq!(with(|c| c.picks[1].update = true), [Flaw::FalseUpdate]);
    // What is no candidate's kin does not matter.
    assert_eq!(with(|c| c.memory.push(sent(5_000, 9, 24))), []);
}

#[test]
fn a_story_may_be_old_only_where_the_digest_or_its_reader_needs_it() {
    let old = |hours: i64| move |c: &mut Case| c.candidates[3].dated_ms = CUTOFF - hours * HOUR;
    assert_eq!(with(old(48)), [], "carried over");
    assert_eq!(with(old(49)), [Flaw::TooOld]);
    let short = |c: &mut Case| {
        old(49)(c);
        c.rules.stories_min = 4;
    };
    assert_eq!(with(short), [], "needed for the minimum");
    let ancient = |c: &mut Case| {
        short(c);
        c.candidates[3].dated_ms = CUTOFF - 73 * HOUR;
    };
    assert_eq!(with(ancient), [Flaw::TooOld]);
    let back = |c: &mut Case| {
        ancient(c);
        c.since_ms = Some(CUTOFF - 100 * HOUR);
    };
    assert_eq!(with(back), [], "a reader who comes back");
    let pinned = |c: &mut Case| {
        ancient(c);
        c.rules.decisions.pins.push(StoryId(4));
        c.picks[3].reason = Reason::Pinned;
    };
    assert_eq!(with(pinned), []);
    assert_eq!(
        with(|c| c.candidates[0].dated_ms = CUTOFF + 1),
        [Flaw::AfterCutoff]
    );
}

fn sport(weight: u16) -> TopicWeight {
    TopicWeight {
        topic: slug("sport"),
        weight,
    }
}

#[test]
fn a_story_stands_for_a_reason_that_is_one_and_under_its_heading() {
    let reasons: [(&str, Flaw, Change); 17] = [
        ("pinned by nobody", Flaw::FalseReason, |c| {
            c.picks[1].reason = Reason::Pinned
        }),
        ("no lead", Flaw::FalseReason, |c| {
            c.picks[0].reason = Reason::Lead
        }),
        ("the lead as another", Flaw::FalseReason, |c| {
            c.rules.decisions.lead = Some(StoryId(1));
        }),
        ("a pin as another", Flaw::FalseReason, |c| {
            c.rules.decisions.pins.push(StoryId(2));
        }),
        ("a topic that is not followed", Flaw::FalseReason, |c| {
            c.picks[3].reason = Reason::Topic {
                topic: slug("sport"),
            };
            c.candidates[3].topics.push(sport(500));
        }),
        ("a topic of which nothing is wanted", Flaw::Refused, |c| {
            c.topics.push(sport(0));
            c.candidates[3].topics.push(sport(500));
        }),
        ("a topic that it is not on", Flaw::FalseReason, |c| {
            c.candidates[1].topics[0].topic = slug("sport");
        }),
        ("the lesser topic", Flaw::FalseReason, |c| {
            c.topics.push(sport(1000));
            c.candidates[1].topics.push(sport(1000));
        }),
        ("a place that is not followed", Flaw::FalseReason, |c| {
            c.picks[3].reason = Reason::Place {
                place: slug("ferry"),
            };
        }),
        ("no story of the desk", Flaw::FalseReason, |c| {
            c.picks[3].reason = Reason::Desk
        }),
        ("a top story where topics are all", Flaw::FalseReason, |c| {
            c.rules.personal = Personal::Filter;
            c.picks[3].reason = Reason::TopStory;
        }),
        ("under another heading", Flaw::WrongSection, |c| {
            c.picks[3].section = Section::Topic(slug("sport"));
        }),
        ("under Also Today", Flaw::WrongSection, |c| {
            c.picks[3].section = Section::AlsoToday;
        }),
        ("under a place", Flaw::WrongSection, |c| {
            c.picks[3].section = Section::Area(slug("ferry"));
        }),
        ("no opening", Flaw::WrongSection, |c| {
            c.picks[0].section = Section::Topic(slug("city"));
        }),
        ("headings out of order", Flaw::WrongSection, |c| {
            c.picks[1].reason = Reason::TopStory;
            c.picks[1].section = Section::AlsoToday;
        }),
        ("in full below the first four", Flaw::WrongForm, |c| {
            c.rules.stories = 5;
            c.rules.topic_cap = 5;
            c.picks.push(pick(&c.candidates[4], city()));
            c.picks[4].form = Form::Full;
        }),
    ];
    for (why, flaw, change) in reasons {
        let found = with(change);
        assert_eq!(found, [flaw], "{why}");
    }
    // Another release had other reasons.
    let earlier = |c: &mut Case| {
        c.rules.method -= 1;
        c.picks[1].reason = Reason::Pinned;
    };
    assert_eq!(with(earlier), []);
}

#[test]
fn an_embargo_that_was_set_later_holds_what_has_not_left() {
    let later = |c: &mut Case| {
        c.embargoed.insert(ArticleId(2), CUTOFF + 2 * HOUR);
    };
    assert_eq!(with(later), [Flaw::Embargoed]);
    let over = |c: &mut Case| {
        c.embargoed.insert(ArticleId(2), CUTOFF);
    };
    assert_eq!(with(over), []);
}

#[test]
fn lengths_are_those_of_the_list_and_size_explains_less() {
    assert_eq!(with(|c| c.rules.stories = 3), [Flaw::TooManyStories]);
    assert_eq!(with(|c| c.picks.truncate(2)), [Flaw::UnderMinimum]);
    assert_eq!(with(|c| c.picks.clear()), [Flaw::Empty]);
    assert_eq!(with(|c| c.octets = Some(90_001)), [Flaw::TooLarge]);
    assert_eq!(with(|c| c.octets = None), []);
    assert_eq!(with(|c| c.left_out = 9), [Flaw::TooManyStories]);
    let chosen = |c: &mut Case| {
        c.rules.stories = 3;
        c.picks[0].reason = Reason::Lead;
        c.rules.decisions.lead = Some(StoryId(1));
    };
    assert_eq!(with(chosen), [], "the editors' own are beyond it");
}

#[test]
fn editors_and_sources_have_the_last_word() {
    let banned = |c: &mut Case| {
        c.rules.decisions.bans.insert(StoryId(1), "mia".to_owned());
    };
    assert_eq!(with(banned), [Flaw::Banned]);
    let withdrawn = |c: &mut Case| {
        c.withdrawn.insert(ArticleId(2), 1);
    };
    assert_eq!(with(withdrawn), [Flaw::Withdrawn]);
    assert_eq!(
        with(|c| c.rules.decisions.pins.push(StoryId(6))),
        [Flaw::DecisionMissing]
    );
    let sent_before = |c: &mut Case| {
        c.rules.decisions.pins.push(StoryId(6));
        c.memory.push(sent(6, 9, 24));
    };
    assert_eq!(with(sent_before), []);
    assert_eq!(
        with(|c| c.candidates[0].embargo_ms = Some(CUTOFF + 2 * HOUR)),
        [Flaw::Embargoed]
    );
    assert_eq!(
        with(|c| c.picks[0].revision = RevisionId(9)),
        [Flaw::NotFrozen]
    );
    assert_eq!(
        with(|c| c.picks[0].article = ArticleId(9)),
        [Flaw::NotFrozen]
    );
}
