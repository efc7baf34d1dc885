//! What holds for every plan, whatever the newsroom: on random small ones, where ties, repeated
//! stories and conflicts of rules are common. A second, slow selection written straight from the
//! rules is the judge of the picks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use courant::domain::article::TopicWeight;
use courant::domain::selection::{
    Candidate, Decisions, Kin, Personal, Reader, Reason, Rules, Section, Sent, Skip, Verdict,
};
use courant::domain::slug::Slug;
use courant::domain::{ArticleId, EditionId, RevisionId, SourceId, StoryId};
use courant::select::{AREA_CAP, Stock, recency, select};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::Index;

const HOUR_MS: i64 = 3_600_000;
const CUTOFF_MS: i64 = 1_767_250_800_000;

fn slug(name: &str) -> Slug {
    Slug::parse(name).expect("a slug")
}

fn topics() -> impl Strategy<Value = Vec<TopicWeight>> {
    let names = prop::sample::select(vec!["city", "crime", "music", "sport", "tech"]);
    let weights = prop::sample::select(vec![1_u16, 250, 500, 1000]);
    btree_map(names, weights, 0..4).prop_map(|map| {
        let topic = |(name, weight)| TopicWeight {
            topic: slug(name),
            weight,
        };
        map.into_iter().map(topic).collect()
    })
}

fn places() -> impl Strategy<Value = Vec<Slug>> {
    btree_set(prop::sample::select(vec!["hill", "port", "vale"]), 0..3)
        .prop_map(|set| set.into_iter().map(slug).collect())
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (
        1_i64..12,
        -2_i64..30,
        topics(),
        prop_oneof![3 => Just(Vec::new()), 1 => places()],
    );
    vec(one, 0..28).prop_map(|all| {
        let candidate = |(index, (story, age_h, topics, places)): (usize, (i64, i64, _, _))| {
            let id = i64::try_from(index).expect("few") + 1;
            let (article, revision) = (ArticleId(id), RevisionId(id));
            Candidate {
                dated_ms: CUTOFF_MS - age_h * HOUR_MS,
                topics,
                places,
                kin: vec![a_text_of(StoryId(story))],
                ..Candidate::of(article, revision, StoryId(story), SourceId(1))
            }
        };
        all.into_iter().enumerate().map(candidate).collect()
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let personal = prop::sample::select(Personal::ALL);
    let story = || (1_i64..12).prop_map(StoryId);
    let lead = prop::option::of(story());
    let bans = btree_map(story(), Just("ann".to_owned()), 0..3);
    (personal, 0_u16..5, 0_u16..5, lead, vec(story(), 0..4), bans).prop_map(
        |(personal, stories_min, topic_cap, lead, pins, bans)| Rules {
            cutoff_ms: CUTOFF_MS,
            window_ms: 24 * HOUR_MS,
            stories: 6,
            stories_min,
            personal,
            topic_cap,
            decisions: Decisions {
                lead,
                pins,
                bans,
                ..Decisions::default()
            },
            ..Rules::default()
        },
    )
}

fn reader() -> impl Strategy<Value = Reader> {
    let seen = btree_map(
        (1_i64..12).prop_map(StoryId),
        (1_i64..5).prop_map(EditionId),
        0..5,
    );
    (topics(), places(), 0_u16..10, seen).prop_map(|(topics, places, stories, seen)| Reader {
        topics,
        places,
        stories,
        memory: seen.into_iter().map(sent).collect(),
        ..Reader::default()
    })
}

/// A text that whoever was sent the story was sent.
fn a_text_of(story: StoryId) -> Kin {
    Kin {
        revision: RevisionId(1_000 + story.0),
        new: 0,
    }
}

fn sent((story, edition): (StoryId, EditionId)) -> Sent {
    Sent {
        revision: a_text_of(story).revision,
        edition,
        at_ms: 0,
    }
}

fn knows(r: &Reader, story: StoryId) -> bool {
    let text = a_text_of(story).revision;
    r.memory.iter().any(|s| s.revision == text)
}

/// The slow selection: articles are sorted and filtered anew for every rule.
mod slow {
    use super::*;

    type Pick = (ArticleId, Section, Reason);

    fn topic_match(c: &Candidate, r: &Reader, rules: &Rules) -> (u64, Option<Slug>) {
        let fresh = recency(rules.cutoff_ms - c.dated_ms);
        let pairs = c
            .topics
            .iter()
            .flat_map(|a| r.topics.iter().map(move |b| (a, b)));
        let scored = pairs.filter(|(a, b)| a.topic == b.topic).map(|(a, b)| {
            let score = u64::from(a.weight) * fresh * u64::from(b.weight);
            (score, b.weight, Reverse(a.topic.clone()))
        });
        scored
            .max()
            .map_or((0, None), |(score, _, topic)| (score, Some(topic.0)))
    }

    fn strongest(c: &Candidate) -> Option<Slug> {
        let all = c
            .topics
            .iter()
            .map(|t| (t.weight, Reverse(t.topic.clone())));
        all.max().map(|(_, topic)| topic.0)
    }

    fn place(c: &Candidate, r: &Reader) -> Option<Slug> {
        r.places
            .iter()
            .filter(|p| c.places.contains(p))
            .min()
            .cloned()
    }

    /// What this reader may get, one article a story, the best match first.
    fn open_stories<'c>(
        all: &'c [Candidate],
        r: &Reader,
        rules: &Rules,
    ) -> Result<Vec<&'c Candidate>, Skip> {
        let d = &rules.decisions;
        let mut open: Vec<&Candidate> = all
            .iter()
            .filter(|c| {
                let wanted = d.lead == Some(c.story) || d.pins.contains(&c.story);
                let fresh = rules.cutoff_ms - c.dated_ms <= rules.window_ms;
                !d.bans.contains_key(&c.story)
                    && c.dated_ms <= rules.cutoff_ms
                    && (fresh || wanted)
                    && !knows(r, c.story)
            })
            .collect();
        open.sort_by_key(|c| {
            Reverse((topic_match(c, r, rules).0, place(c, r).is_some(), newest(c)))
        });
        let mut stories = BTreeSet::new();
        open.retain(|c| stories.insert(c.story));
        if open.len() < usize::from(rules.stories_min.max(1)) {
            return Err(Skip::TooFewStories);
        }
        // Places decide who represents a story, not how its topic ranks it.
        open.sort_by_key(|c| Reverse((topic_match(c, r, rules).0, newest(c))));
        Ok(open)
    }

    fn newest(c: &Candidate) -> (i64, Reverse<ArticleId>) {
        (c.dated_ms, Reverse(c.article))
    }

    fn lay_out(picks: &mut [Pick], r: &Reader) {
        picks.sort_by_key(|p| match &p.1 {
            Section::Lead => (0, Reverse(0), None),
            Section::Topic(t) => {
                let weight = r
                    .topics
                    .iter()
                    .find(|f| f.topic == *t)
                    .map_or(0, |f| f.weight);
                (1, Reverse(weight), Some(t.clone()))
            }
            Section::Area(p) => (2, Reverse(0), Some(p.clone())),
            Section::AlsoToday => (3, Reverse(0), None),
        });
    }

    /// The lead and the pins.
    fn decided(open: &[&Candidate], r: &Reader, d: &Decisions) -> Vec<Pick> {
        let mut picks: Vec<Pick> = Vec::new();
        let of = |id: StoryId| open.iter().copied().find(|c| c.story == id);
        if let Some(c) = d.lead.and_then(of) {
            picks.push((c.article, Section::Lead, Reason::Lead));
        }
        for c in d.pins.iter().copied().filter_map(of) {
            if picks.iter().all(|p| p.0 != c.article) {
                let own = strongest(c).filter(|t| r.topics.iter().any(|f| f.topic == *t));
                let section = own.map_or(Section::AlsoToday, Section::Topic);
                picks.push((c.article, section, Reason::Pinned));
            }
        }
        picks
    }

    /// Every story that may be in, with its place, in the order of the rules for a digest without
    /// end; a story may come more than once.
    fn wishes<'c>(
        open: &[&'c Candidate],
        r: &Reader,
        rules: &Rules,
    ) -> Vec<(&'c Candidate, Section, Reason)> {
        let matched = |c: &Candidate| topic_match(c, r, rules).1;
        let mut by_date = open.to_vec();
        by_date.sort_by_key(|c| Reverse(newest(c)));
        let under_topic = open.iter().filter_map(|c| {
            let topic = matched(c)?;
            Some((*c, Section::Topic(topic.clone()), Reason::Topic { topic }))
        });
        let unmatched = by_date.iter().filter(|c| matched(c).is_none());
        let in_place = unmatched.filter_map(|c| {
            let place = place(c, r)?;
            Some((*c, Section::Area(place.clone()), Reason::Place { place }))
        });
        let fills = rules.personal == Personal::Order || r.topics.is_empty();
        let top = by_date.iter().filter(|_| fills);
        let top = top.map(|c| (*c, Section::AlsoToday, Reason::TopStory));
        under_topic.chain(in_place).chain(top).collect()
    }

    pub fn picks(all: &[Candidate], r: &Reader, rules: &Rules) -> Result<Vec<Pick>, Skip> {
        let open = open_stories(all, r, rules)?;
        let mut picks = decided(&open, r, &rules.decisions);
        let stated = [r.stories, rules.stories];
        let target = usize::from(stated.into_iter().find(|n| *n > 0).unwrap_or(1));

        let wishes = wishes(&open, r, rules);
        let mut followed: Vec<&TopicWeight> = r.topics.iter().collect();
        followed.sort_by_key(|t| (Reverse(t.weight), t.topic.clone()));
        let decided: BTreeSet<ArticleId> = picks.iter().map(|p| p.0).collect();
        let best = |t: &&TopicWeight| {
            let under = Section::Topic(t.topic.clone());
            let mut of_topic = wishes.iter().filter(|w| w.1 == under);
            of_topic.find(|w| !decided.contains(&w.0.article)).cloned()
        };
        let cap = rules.topic_cap.max(1);
        let firsts = followed.iter().filter_map(best).map(|w| (cap, w));
        let capped = wishes.iter().cloned().map(|w| (cap, w));
        let beyond = wishes.iter().cloned().map(|w| (u16::MAX, w));

        let mut counts: BTreeMap<Slug, u16> = BTreeMap::new();
        for (cap, (c, section, reason)) in firsts.chain(capped).chain(beyond) {
            let is_area = |s: &Section| matches!(s, Section::Area(_));
            let area = picks.iter().filter(|p| is_area(&p.1)).count();
            let topic = topic_match(c, r, rules).1.or_else(|| strongest(c));
            let count = topic.as_ref().and_then(|t| counts.get(t)).copied();
            if picks.len() < target
                && count.unwrap_or(0) < cap
                && picks.iter().all(|p| p.0 != c.article)
                && !(is_area(&section) && area >= AREA_CAP)
            {
                picks.push((c.article, section, reason));
                if let Some(topic) = topic {
                    *counts.entry(topic).or_default() += 1;
                }
            }
        }
        if picks.is_empty() {
            return Err(Skip::NothingFollowed);
        }
        if picks.iter().all(|p| p.1 != Section::Lead) {
            let best = picks.iter_mut().max_by_key(|p| {
                let c = open
                    .iter()
                    .find(|c| c.article == p.0)
                    .expect("picked from open");
                (topic_match(c, r, rules).0, newest(c))
            });
            best.expect("not empty").1 = Section::Lead;
        }
        lay_out(&mut picks, r);
        Ok(picks)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_picks_are_those_of_the_rules(all in candidates(), r in reader(), rules in rules()) {
        let stock = Stock::new(&all, &rules);
        let (picks, skip) = stock.picks(&r);
        let short = |p: &courant::domain::selection::Pick| {
            (p.article, p.section.clone(), p.reason.clone())
        };
        let got = skip.map_or_else(|| Ok(picks.iter().map(short).collect()), Err);
        prop_assert_eq!(got, slow::picks(&all, &r, &rules));
        let selection = stock.select(&r);
        prop_assert_eq!((selection.picks, selection.skip), (picks, skip));
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        all in candidates(), r in reader(), rules in rules(), keys in vec(any::<u32>(), 28),
    ) {
        let mut shuffled: Vec<(u32, Candidate)> = keys.into_iter().zip(all.clone()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Candidate> = shuffled.into_iter().map(|(_, c)| c).collect();
        prop_assert_eq!(select(&all, &r, &rules), select(&shuffled, &r, &rules));
    }

    #[test]
    fn a_plan_keeps_its_promises(all in candidates(), r in reader(), rules in rules()) {
        let plan = select(&all, &r, &rules);
        let ids: BTreeSet<ArticleId> = all.iter().map(|c| c.article).collect();
        prop_assert_eq!(plan.verdicts.keys().copied().collect::<BTreeSet<_>>(), ids);
        let chosen = plan.verdicts.iter().filter(|(_, v)| matches!(v, Verdict::Chosen { .. }));
        prop_assert_eq!(chosen.count(), plan.picks.len());
        for (index, pick) in plan.picks.iter().enumerate() {
            let rank = u16::try_from(index + 1).expect("few");
            let expected = Verdict::Chosen { rank, reason: pick.reason.clone(), shortened: None, relaxed: None };
            prop_assert_eq!(&plan.verdicts[&pick.article], &expected);
            prop_assert_eq!(index == 0, pick.section == Section::Lead);
            prop_assert!(!knows(&r, pick.story));
            prop_assert!(!rules.decisions.bans.contains_key(&pick.story));
        }
        let stories: BTreeSet<StoryId> = plan.picks.iter().map(|p| p.story).collect();
        prop_assert_eq!(stories.len(), plan.picks.len());
        prop_assert_eq!(plan.skip.is_some(), plan.picks.is_empty());

        // The cap keeps nothing out of a digest that is short, nor of one in which it was passed.
        let mut counts: BTreeMap<&Slug, u16> = BTreeMap::new();
        for pick in &plan.picks {
            if let Reason::Topic { topic } = &pick.reason {
                *counts.entry(topic).or_default() += 1;
            }
        }
        let past = counts.values().any(|n| *n > rules.topic_cap.max(1));
        let target = usize::from(if r.stories == 0 { rules.stories } else { r.stories });
        let kept_out = plan.verdicts.values().any(|v| matches!(v, Verdict::Quota { .. }));
        prop_assert!(!kept_out || (!past && plan.picks.len() >= target));
        let full = plan.verdicts.values().any(|v| *v == Verdict::Full);
        prop_assert!(!full || plan.picks.len() >= target);
    }

    #[test]
    fn an_irrelevant_article_changes_nothing_else_under_filter(
        all in candidates(), r in reader(), rules in rules(), at in any::<Index>(), age_h in 0_i64..30,
    ) {
        let rules = Rules { personal: Personal::Filter, ..rules };
        let before = select(&all, &r, &rules);
        // The general digest has no irrelevant article, and one more may lift a list to its minimum.
        if r.topics.is_empty() || before.skip == Some(Skip::TooFewStories) {
            return Ok(());
        }
        let mut more = all.clone();
        let added = Candidate {
            dated_ms: CUTOFF_MS - age_h * HOUR_MS,
            topics: vec![TopicWeight { topic: slug("chess"), weight: 1000 }],
            ..Candidate::of(ArticleId(0), RevisionId(0), StoryId(99), SourceId(2))
        };
        more.insert(at.index(all.len() + 1), added);
        let mut after = select(&more, &r, &rules);
        let verdict = after.verdicts.remove(&ArticleId(0));
        let expected = if age_h > 24 { Verdict::TooOld } else { Verdict::TopicNotFollowed };
        prop_assert_eq!(verdict, Some(expected));
        prop_assert_eq!(before, after);
    }
}
