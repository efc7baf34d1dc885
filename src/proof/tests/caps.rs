//! Caps: exceeded only where nothing else was to be had.

use super::*;

/// Five stories on `city` under a cap of four, beside a candidate on `sport` from another source.
fn five_of_one_topic(c: &mut Case) {
    c.picks.push(pick(&c.candidates[4], city()));
    c.rules.stories = 5;
    c.candidates[5].topics[0].topic = slug("sport");
}

#[test]
fn a_cap_is_exceeded_only_beside_a_story_that_was_to_be_had() {
    assert_eq!(with(five_of_one_topic), [Flaw::OverTopicCap]);
    let spared = |change: fn(&mut Case)| {
        move |c: &mut Case| {
            five_of_one_topic(c);
            change(c);
        }
    };
    let reasons: [(&str, Change); 8] = [
        ("on the same topic", |c| {
            c.candidates[5].topics[0].topic = slug("city")
        }),
        ("sent before", |c| c.memory.push(sent(6, 9, 24))),
        ("banned", |c| {
            c.rules.decisions.bans.insert(StoryId(6), "mia".to_owned());
        }),
        ("too old for a top story", |c| {
            c.candidates[5].dated_ms = CUTOFF - 25 * HOUR
        }),
        ("under embargo", |c| {
            c.candidates[5].embargo_ms = Some(CUTOFF + 1)
        }),
        ("not filled up", |c| c.rules.personal = Personal::Filter),
        ("beside a followed topic that has its own cap", |c| {
            c.rules.personal = Personal::Filter;
            c.topics.push(sport(300));
            c.rules.topic_cap = 1;
            c.picks[4].reason = Reason::Topic {
                topic: slug("sport"),
            };
            c.picks[4].section = Section::Topic(slug("sport"));
            c.candidates[4].topics[0].topic = slug("sport");
        }),
        ("cut by size", |c| {
            c.left_out = 1;
            c.rules.stories = 6;
        }),
    ];
    for (why, change) in reasons {
        assert_eq!(with(spared(change)), [], "{why}");
    }
    // Sources give way before topics do.
    let capped = |c: &mut Case| {
        five_of_one_topic(c);
        c.candidates[5].source = SourceId(1);
        c.rules.source_cap = 1;
    };
    assert_eq!(with(capped), [Flaw::OverTopicCap]);
    let one_source = |c: &mut Case| {
        for n in 0..3 {
            c.candidates[n].source = SourceId(1);
        }
        c.candidates[5].topics.clear();
    };
    assert_eq!(with(one_source), [Flaw::OverSourceCap]);
    let one_author = |c: &mut Case| {
        c.candidates[0].author = "ada".to_owned();
        c.candidates[1].author = "ada".to_owned();
        c.candidates[5].topics.clear();
    };
    assert_eq!(with(one_author), [], "a long digest");
    let followed = |c: &mut Case| {
        five_of_one_topic(c);
        c.rules.personal = Personal::Filter;
        c.topics.push(sport(300));
    };
    assert_eq!(
        with(followed),
        [Flaw::OverTopicCap],
        "beside a followed one"
    );
    let top = |c: &mut Case| {
        five_of_one_topic(c);
        c.topics.clear();
        for pick in &mut c.picks {
            pick.reason = Reason::TopStory;
        }
        for pick in &mut c.picks[1..] {
            pick.section = Section::AlsoToday;
        }
    };
    assert_eq!(with(top), [Flaw::OverTopicCap], "of top stories");
    let short = |c: &mut Case| {
        one_author(c);
        c.short = true;
    };
    assert_eq!(with(short), [Flaw::OverAuthorCap]);
}

/// Ten stories of source 1 under a cap of two, on three topics that their reader follows, beside two of
/// each topic by each of two other sources.
fn ten_of_one_source(c: &mut Case) {
    let topics = ["city", "sport", "art"];
    c.topics = topics.map(|t| weight(t, 500)).to_vec();
    c.candidates = (1..=22).map(candidate).collect();
    for (candidate, topic) in c.candidates.iter_mut().zip(topics.iter().cycle()) {
        candidate.topics = vec![weight(topic, 1000)];
        candidate.source = SourceId(match candidate.article.0 {
            1..=10 => 1,
            n => 2 + n % 2,
        });
    }
    let mut drawn: Vec<&Candidate> = c.candidates[..10].iter().collect();
    drawn.sort_by_key(|c| c.topics[0].topic.clone());
    let reason = |c: &Candidate| Reason::Topic {
        topic: c.topics[0].topic.clone(),
    };
    c.picks = drawn.into_iter().map(|c| pick(c, reason(c))).collect();
    c.picks[0].section = Section::Lead;
    c.rules.stories = 10;
    c.rules.topic_cap = 3;
}

fn weight(topic: &str, weight: u16) -> TopicWeight {
    TopicWeight {
        topic: slug(topic),
        weight,
    }
}

#[test]
fn a_digest_of_one_source_is_wrong_beside_others_on_the_same_topics() {
    assert_eq!(
        with(ten_of_one_source),
        [Flaw::OverTopicCap, Flaw::OverSourceCap]
    );
    let filter = |c: &mut Case| {
        ten_of_one_source(c);
        c.rules.personal = Personal::Filter;
        c.rules.topic_cap = 4;
    };
    assert_eq!(with(filter), [Flaw::OverSourceCap]);
    let alone = |c: &mut Case| {
        filter(c);
        for candidate in &mut c.candidates[10..] {
            candidate.source = SourceId(1);
        }
    };
    assert_eq!(with(alone), [], "nothing else was there");
}
