//! What holds for every plan, whatever the newsroom: on random small ones, where ties, repeated
//! stories and conflicts of rules are common. The judge of the picks is [`super::plan_slow`].

use std::collections::{BTreeMap, BTreeSet};

use courant::domain::article::TopicWeight;
use courant::domain::selection::{
    Candidate, Decisions, Kin, Languages, Personal, Pick, Reader, Reason, Relaxed, Rules, Section,
    Selection, Sent, Skip, Updates, Verdict,
};
use courant::domain::slug::Slug;
use courant::domain::{ArticleId, EditionId, RevisionId, SourceId, StoryId};
use courant::select::{AREA_CAP, Stock, select};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select as one_of};

use super::plan_slow::{self, Told};

const HOUR_MS: i64 = 3_600_000;
const CUTOFF_MS: i64 = 1_767_250_800_000;
/// Texts that stories had before their candidates' own.
const EARLIER: i64 = 1_000;

fn slug(name: &str) -> Slug {
    Slug::parse(name).expect("a slug")
}

fn topics() -> impl Strategy<Value = Vec<TopicWeight>> {
    let names = one_of(vec!["city", "crime", "music", "sport", "tech"]);
    let weights = one_of(vec![1_u16, 250, 500, 1000]);
    btree_map(names, weights, 0..4).prop_map(|map| {
        let topic = |(name, weight)| TopicWeight {
            topic: slug(name),
            weight,
        };
        map.into_iter().map(topic).collect()
    })
}

fn places() -> impl Strategy<Value = Vec<Slug>> {
    btree_set(one_of(vec!["hill", "port", "vale"]), 0..3)
        .prop_map(|set| set.into_iter().map(slug).collect())
}

fn language() -> impl Strategy<Value = Option<String>> {
    let tags = one_of(vec!["en", "de", "de-AT", "ar"]);
    option::of(tags.prop_map(str::to_owned))
}

prop_compose! {
    fn candidate()(
        story in 1_i64..12,
        age_h in prop_oneof![6 => 0_i64..30, 2 => 30_i64..80, 1 => -2_i64..0],
        topics in topics(),
        places in prop_oneof![3 => Just(Vec::new()), 1 => places()],
        (source, quality) in (1_i64..5, one_of(vec![200_u16, 500, 500, 900])),
        author in one_of(vec!["", "", "ann", "ben"]),
        language in language(),
        (original, words) in (any::<bool>(), one_of(vec![0_u32, 300, 900])),
        (sources, embargo) in (0_u16..5, prop_oneof![9 => Just(None), 1 => (-2_i64..3).prop_map(Some)]),
        features in btree_set(0_u32..12, 0..7),
        new in vec(one_of(vec![0_u16, 340, 350, 900]), 14),
    ) -> (Candidate, Vec<u16>) {
        let ids = (ArticleId(0), RevisionId(0), StoryId(story), SourceId(source));
        let candidate = Candidate {
            dated_ms: CUTOFF_MS - age_h * HOUR_MS,
            topics,
            places,
            quality,
            author: author.to_owned(),
            language,
            original,
            words,
            sources,
            embargo_ms: embargo.map(|h| CUTOFF_MS + h * HOUR_MS),
            features: features.into_iter().collect(),
            ..Candidate::of(ids.0, ids.1, ids.2, ids.3)
        };
        (candidate, new)
    }
}

/// Candidates with their kin: two earlier texts of each story, and each other's.
fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    vec(candidate(), 0..28).prop_map(|drawn| {
        let mut all: Vec<(Candidate, Vec<u16>)> = drawn;
        for (id, (candidate, _)) in (1..).zip(&mut all) {
            (candidate.article, candidate.revision) = (ArticleId(id), RevisionId(id));
        }
        let texts: Vec<(StoryId, RevisionId)> =
            all.iter().map(|(c, _)| (c.story, c.revision)).collect();
        for (candidate, new) in &mut all {
            let same = texts.iter().filter(|t| t.0 == candidate.story);
            let earlier = [0, 1].map(|n| RevisionId(EARLIER + 2 * candidate.story.0 + n));
            let own = same.map(|t| t.1).chain(earlier);
            let kin = own.zip(new.iter().cycle());
            candidate.kin = kin
                .map(|(revision, new)| Kin {
                    revision,
                    new: *new,
                })
                .collect();
        }
        all.into_iter().map(|(candidate, _)| candidate).collect()
    })
}

prop_compose! {
    fn decisions()(
        lead in option::of((1_i64..12).prop_map(StoryId)),
        pins in vec((1_i64..12).prop_map(StoryId), 0..4),
        bans in btree_map((1_i64..12).prop_map(StoryId), Just("ann".to_owned()), 0..3),
        also in vec((1_i64..12).prop_map(StoryId), 0..4),
        boosts in btree_map((1_i64..12).prop_map(StoryId), one_of(vec![100_u16, 2000]), 0..3),
        named in btree_map((1_i64..12).prop_map(StoryId), (1_i64..28).prop_map(ArticleId), 0..5),
    ) -> Decisions {
        Decisions { lead, pins, bans, also, boosts, named, ..Decisions::default() }
    }
}

prop_compose! {
    fn rules()(
        (personal, languages) in (one_of(Personal::ALL), one_of(Languages::ALL)),
        (stories_min, topic_cap) in (0_u16..5, 0_u16..5),
        (source_cap, author_cap, local) in (0_u16..3, 0_u16..3, 0_u16..4),
        carry_h in one_of(vec![0_i64, 6, 24]),
        diversity in one_of(vec![0_u16, 300, 700, 1000]),
        (after_h, new, most) in (one_of(vec![0_i64, 6, 30]), one_of(vec![0_u16, 350]), 0_u16..3),
        decisions in decisions(),
    ) -> Rules {
        Rules {
            cutoff_ms: CUTOFF_MS,
            window_ms: 24 * HOUR_MS,
            carry_ms: carry_h * HOUR_MS,
            stories: 6,
            stories_min,
            personal,
            topic_cap,
            source_cap,
            author_cap,
            local,
            diversity,
            updates: Updates { after_ms: after_h * HOUR_MS, new, most },
            languages,
            decisions,
            ..Rules::default()
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let text = prop_oneof![
        (1_i64..12, 0_i64..2).prop_map(|(story, n)| EARLIER + 2 * story + n),
        1_i64..28,
        Just(999_999_i64),
    ];
    (text, 1_i64..4, 1_i64..50).prop_map(|(text, edition, ago_h)| Sent {
        revision: RevisionId(text),
        edition: EditionId(edition),
        at_ms: CUTOFF_MS - ago_h * HOUR_MS,
    })
}

prop_compose! {
    fn reader()(
        (topics, places) in (topics(), places()),
        (stories, short) in (0_u16..10, any::<bool>()),
        language in language(),
        since_h in prop_oneof![4 => Just(None), 1 => (1_i64..70).prop_map(Some)],
        memory in vec(sent(), 0..7),
    ) -> Reader {
        Reader {
            topics,
            places,
            stories,
            short,
            language: language.unwrap_or_default(),
            since_ms: since_h.map(|h| CUTOFF_MS - h * HOUR_MS),
            memory,
        }
    }
}

/// A small newsroom, a reader of it, and its rules.
fn newsroom() -> impl Strategy<Value = (Vec<Candidate>, Reader, Rules)> {
    (candidates(), reader(), rules())
}

fn target(r: &Reader, rules: &Rules) -> usize {
    usize::from(if r.stories == 0 {
        rules.stories
    } else {
        r.stories
    })
}

/// The picks that caps count.
fn free(plan: &Selection) -> impl Iterator<Item = &Pick> {
    let picks = plan.picks.iter();
    picks.filter(|p| !matches!(p.reason, Reason::Lead | Reason::Pinned))
}

/// Where no rule gave way and likeness does not count, what found the digest full was worth no more than
/// what was taken for topics, if its own topic had slots at all.
fn nothing_lesser_is_in(plan: &Selection, rules: &Rules, article: ArticleId) -> bool {
    let gave_way = |v: &Verdict| {
        matches!(
            v,
            Verdict::Chosen {
                relaxed: Some(_),
                ..
            }
        )
    };
    let own = &plan.scores[&article];
    let for_topic = |p: &&Pick| matches!(p.reason, Reason::Topic { .. });
    let has_slots = plan.picks.iter().any(|p| match &p.reason {
        Reason::Topic { topic } => own.topic.as_ref() == Some(topic),
        _ => false,
    });
    let mut taken = plan.picks.iter().filter(for_topic);
    rules.diversity > 0
        || !has_slots
        || plan.verdicts.values().any(gave_way)
        || taken.all(|p| plan.scores[&p.article].total >= own.total)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_picks_are_those_of_the_rules((all, r, rules) in newsroom()) {
        let stock = Stock::new(&all, &rules);
        let (picks, skip) = stock.picks(&r);
        let selection = stock.select(&r);
        prop_assert_eq!((&selection.picks, selection.skip), (&picks, skip));
        let told = |p: &courant::domain::selection::Pick| Told {
            article: p.article,
            section: p.section.clone(),
            reason: p.reason.clone(),
            relaxed: match &selection.verdicts[&p.article] {
                Verdict::Chosen { relaxed, .. } => *relaxed,
                _ => None,
            },
            update: p.update,
        };
        let got = skip.map_or_else(|| Ok(picks.iter().map(told).collect()), Err);
        prop_assert_eq!(got, plan_slow::digest(&all, &r, &rules));
    }

    #[test]
    fn the_order_of_candidates_changes_nothing(
        (all, r, rules) in newsroom(), keys in vec(any::<u32>(), 28),
    ) {
        let mut shuffled: Vec<(u32, Candidate)> = keys.into_iter().zip(all.clone()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Candidate> = shuffled.into_iter().map(|(_, c)| c).collect();
        let memory: Vec<Sent> = r.memory.iter().rev().copied().collect();
        let other = Reader { memory, ..r.clone() };
        prop_assert_eq!(select(&all, &r, &rules), select(&shuffled, &other, &rules));
    }

    #[test]
    fn readers_of_one_signature_have_one_selection(
        (all, r, rules) in newsroom(), other in reader(), strange in sent(),
    ) {
        let stock = Stock::new(&all, &rules);
        // What concerns no story of the wave makes no difference.
        let mut more = r.clone();
        more.memory.push(Sent { revision: RevisionId(777_777), ..strange });
        more.topics.push(TopicWeight { topic: slug("knitting"), weight: 1000 });
        if r.topics.iter().any(|t| t.weight > 0) {
            prop_assert_eq!(stock.signature(&r), stock.signature(&more));
            prop_assert_eq!(stock.select(&r), stock.select(&more));
        }
        // Two readers who differ in one thing, as slices of a wave have them.
        let near = [
            Reader { memory: other.memory.clone(), ..r.clone() },
            Reader { topics: other.topics.clone(), ..r.clone() },
            Reader { language: other.language.clone(), short: other.short, ..r.clone() },
            Reader { since_ms: other.since_ms, places: other.places.clone(), ..r.clone() },
        ];
        for near in near {
            if stock.signature(&r) == stock.signature(&near) {
                prop_assert_eq!(stock.select(&r), stock.select(&near));
            }
        }
    }

    #[test]
    fn nothing_of_an_unwanted_topic_is_chosen((all, mut r, rules) in newsroom()) {
        r.topics.retain(|t| t.topic.as_str() != "sport");
        r.topics.push(TopicWeight { topic: slug("sport"), weight: 0 });
        let plan = select(&all, &r, &rules);
        let carries = |c: &Candidate| c.topics.iter().any(|t| t.topic.as_str() == "sport");
        for pick in &plan.picks {
            let own = all.iter().find(|c| c.article == pick.article).expect("there");
            prop_assert!(!carries(own), "{:?}", own);
        }
        let refused = |v: &Verdict| matches!(v, Verdict::TopicRefused { .. });
        for story in all.iter().filter(|c| plan.verdicts.get(&c.article).is_some_and(refused)).map(|c| c.story) {
            prop_assert!(plan.picks.iter().all(|p| p.story != story));
        }
    }

    #[test]
    fn every_candidate_has_one_verdict_and_it_is_true((all, r, rules) in newsroom()) {
        let plan = select(&all, &r, &rules);
        let ids: BTreeSet<ArticleId> = all.iter().map(|c| c.article).collect();
        prop_assert_eq!(plan.verdicts.keys().copied().collect::<BTreeSet<_>>(), ids);
        let chosen = plan.verdicts.values().filter(|v| matches!(v, Verdict::Chosen { .. }));
        prop_assert_eq!(chosen.count(), plan.picks.len());
        prop_assert_eq!(plan.skip.is_some(), plan.picks.is_empty());
        let of = |id: ArticleId| all.iter().find(|c| c.article == id).expect("there");
        for (article, verdict) in &plan.verdicts {
            let c = of(*article);
            let age = CUTOFF_MS - c.dated_ms;
            match verdict {
                Verdict::Chosen { rank, reason, .. } => {
                    let pick = &plan.picks[usize::from(*rank) - 1];
                    prop_assert_eq!((pick.article, &pick.reason), (*article, reason));
                    prop_assert!(plan.scores.contains_key(article));
                }
                Verdict::Withdrawn => prop_assert!(c.withdrawn),
                Verdict::Settling { until_ms } => prop_assert!(*until_ms > CUTOFF_MS),
                Verdict::Banned { .. } => prop_assert!(rules.decisions.bans.contains_key(&c.story)),
                Verdict::AfterCutoff => prop_assert!(age < 0),
                Verdict::Embargoed { until_ms } => prop_assert!(*until_ms > CUTOFF_MS),
                Verdict::TooOld => prop_assert!(age > rules.window_ms + rules.carry_ms),
                Verdict::OtherLanguage { language } => {
                    prop_assert!(rules.languages == Languages::Reader && *language != r.language);
                }
                Verdict::AlreadySent { edition } => {
                    prop_assert!(r.memory.iter().any(|s| s.edition == *edition));
                }
                Verdict::SameStory { represented_by } => {
                    let other = of(*represented_by);
                    prop_assert!(other.story == c.story && other.article != c.article);
                }
                Verdict::TopicRefused { topic } => {
                    prop_assert!(r.topics.iter().any(|t| t.topic == *topic && t.weight == 0));
                }
                Verdict::Skipped => prop_assert_eq!(plan.skip, Some(Skip::TooFewStories)),
                Verdict::TopicNotFollowed => prop_assert_eq!(rules.personal, Personal::Filter),
                Verdict::Quota { .. } => {
                    prop_assert!(plan.picks.len() >= target(&r, &rules));
                }
                Verdict::SourceCap { source } => {
                    prop_assert!(plan.picks.len() >= target(&r, &rules));
                    prop_assert_eq!(*source, c.source);
                    let same = free(&plan).filter(|p| of(p.article).source == c.source).count();
                    prop_assert!(same >= usize::from(rules.source_cap));
                }
                Verdict::AuthorCap { author } => {
                    prop_assert!(r.short && *author == c.author);
                    let same = free(&plan).filter(|p| of(p.article).author == c.author).count();
                    prop_assert!(same >= usize::from(rules.author_cap));
                }
                Verdict::Full => prop_assert!(nothing_lesser_is_in(&plan, &rules, *article)),
                Verdict::PushedOut { .. } => {}
            }
        }
    }

    #[test]
    fn a_digest_keeps_its_promises((all, r, rules) in newsroom()) {
        let plan = select(&all, &r, &rules);
        let stories: BTreeSet<StoryId> = plan.picks.iter().map(|p| p.story).collect();
        prop_assert_eq!(stories.len(), plan.picks.len(), "a story twice");
        let decided = |p: &&courant::domain::selection::Pick| {
            matches!(p.reason, Reason::Lead | Reason::Pinned)
        };
        let others = plan.picks.iter().filter(|p| !decided(p)).count();
        let pins = plan.picks.len() - others;
        prop_assert!(others == 0 || plan.picks.len() <= target(&r, &rules).max(pins));
        let mut of: BTreeMap<(u8, String), u16> = BTreeMap::new();
        let mut area = 0;
        for (index, pick) in plan.picks.iter().enumerate() {
            prop_assert_eq!(index == 0, pick.section == Section::Lead);
            prop_assert!(!rules.decisions.bans.contains_key(&pick.story));
            let c = all.iter().find(|c| c.article == pick.article).expect("there");
            let texts: BTreeSet<_> = c.kin.iter().map(|k| k.revision).collect();
            let known = r.memory.iter().filter(|s| texts.contains(&s.revision));
            prop_assert_eq!(pick.update, known.count() > 0);
            area += usize::from(matches!(pick.reason, Reason::Place { .. }));
            let Verdict::Chosen { relaxed, .. } = &plan.verdicts[&pick.article] else {
                return Err(TestCaseError::fail("picked and not chosen"));
            };
            if decided(&pick) {
                continue;
            }
            let before = matches!(relaxed, None | Some(Relaxed::SourceCap | Relaxed::Quota));
            if r.short && before && !c.author.is_empty() {
                *of.entry((0, c.author.clone())).or_default() += 1;
            }
            if relaxed.is_none() {
                *of.entry((1, c.source.to_string())).or_default() += 1;
            }
            if let (Reason::Topic { topic }, None | Some(Relaxed::SourceCap)) = (&pick.reason, relaxed) {
                *of.entry((2, topic.to_string())).or_default() += 1;
            }
        }
        prop_assert!(area <= AREA_CAP);
        let all_sources: BTreeSet<SourceId> = all.iter().map(|c| c.source).collect();
        for ((kind, who), count) in of {
            let cap = match kind {
                0 => rules.author_cap,
                1 if all_sources.len() > 1 => rules.source_cap,
                1 => 0,
                _ => rules.topic_cap.max(1),
            };
            // Where nothing but one source is open there is no cap, so it is not judged here.
            let one_open = kind == 1 && plan.verdicts.values().all(|v| !matches!(v, Verdict::SourceCap { .. }));
            prop_assert!(cap == 0 || count <= cap || one_open, "{} of {}: {}", kind, who, count);
        }
    }

    #[test]
    fn an_irrelevant_article_changes_nothing_else_under_filter(
        (all, r, rules) in newsroom(), at in any::<Index>(), age_h in 0_i64..100,
        like in any::<Index>(), source in 1_i64..6,
    ) {
        let rules = Rules { personal: Personal::Filter, ..rules };
        let before = select(&all, &r, &rules);
        if r.topics.is_empty() || all.is_empty() {
            return Ok(());
        }
        let mut more = all.clone();
        let added = Candidate {
            dated_ms: CUTOFF_MS - age_h * HOUR_MS,
            topics: vec![TopicWeight { topic: slug("chess"), weight: 1000 }],
            // Like one of the others, which must not matter.
            features: all[like.index(all.len())].features.clone(),
            ..Candidate::of(ArticleId(0), RevisionId(0), StoryId(99), SourceId(source))
        };
        more.insert(at.index(all.len() + 1), added);
        let mut after = select(&more, &r, &rules);
        let verdict = after.verdicts.remove(&ArticleId(0));
        after.scores.remove(&ArticleId(0));
        prop_assert!(matches!(verdict, Some(Verdict::TooOld | Verdict::TopicNotFollowed)), "{:?}", verdict);
        prop_assert_eq!(&before.picks, &after.picks);
        // With a second source the cap of sources has a name; what is in is the same.
        let open = |c: &&Candidate| {
            let closed = |v: &Verdict| {
                matches!(v, Verdict::Banned { .. } | Verdict::AfterCutoff | Verdict::Embargoed { .. })
            };
            !closed(&before.verdicts[&c.article])
        };
        let known = all.iter().filter(open).any(|c| c.source == SourceId(source));
        if known && before.skip.is_none() {
            prop_assert_eq!(before, after);
        }
    }

    #[test]
    fn a_longer_digest_holds_the_topics_of_a_shorter_one((all, r, rules) in newsroom()) {
        // Without places, which are kept for, and without likeness, which depends on what is in.
        let rules = Rules { diversity: 0, source_cap: 0, topic_cap: 50, stories_min: 1, ..rules };
        let short = Reader { stories: 3, short: false, places: Vec::new(), since_ms: None, ..r };
        let long = Reader { stories: 9, ..short.clone() };
        let (few, many) = (select(&all, &short, &rules), select(&all, &long, &rules));
        let ids = |plan: &courant::domain::selection::Selection| -> BTreeSet<ArticleId> {
            let topics = plan.picks.iter().filter(|p| matches!(p.reason, Reason::Topic { .. }));
            topics.map(|p| p.article).collect()
        };
        prop_assert!(ids(&few).is_subset(&ids(&many)));
    }
}
