//! What an article is about and where it plays, by everybody who has a say, in the order of their
//! authority.
//!
//! Topics: what the row states, the source's map of its category words, boolean rules; these hold
//! together, since an article has several. The classifier is heard where none of them says anything:
//! what it is sure of holds, what it thinks likely is proposed to an editor. The source's default
//! stands in where nothing holds. An editor's word goes before all of it and is no business of this
//! file. Places: what the row and the map say and the gazetteer finds, with all places that hold them;
//! the source's home stands in.

use super::risk;
use super::rule::words::{Piece, Words};
use super::rule::{Rule, evidence};
use super::rules::Rules;
use super::{AUTO, SUGGEST};
use crate::domain::article::{CategoryMap, Label, PlaceEvidence, TopicWeight};
use crate::domain::labels::{Authority, LabelState, Labels, Said};
use crate::domain::slug::Slug;
use crate::places::Gazetteer;

/// The score of whoever states a thing outright.
const WHOLLY: u16 = 1000;

/// Rules of topics, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct TopicRules {
    rules: Rules,
    /// Rule by rule: its number and its topic.
    of: Vec<(i64, Slug)>,
}

impl TopicRules {
    /// Indexes rules with their numbers and topics.
    pub fn new(rules: Vec<(i64, Slug, Rule)>) -> TopicRules {
        let of = rules.iter().map(|(id, topic, _)| (*id, topic.clone()));
        TopicRules {
            of: of.collect(),
            rules: Rules::new(rules.into_iter().map(|(_, _, rule)| rule).collect()),
        }
    }

    /// Topics whose rules an article meets, each once, with the number of its first rule and what
    /// made it match.
    pub fn said(&self, words: &Words) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::new();
        for (number, found) in self.rules.matching(words).rules {
            let Some((id, topic)) = self.of.get(number) else {
                continue;
            };
            if said.iter().all(|s| s.slug != *topic) {
                let why = format!("rule {id}: {}", evidence(words, &found));
                said.push(stated(topic, Authority::Rule, why));
            }
        }
        said
    }
}

/// A topic that the classifier proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which.
    pub topic: Slug,
    /// How sure it is, in thousandths.
    pub score: u16,
    /// The words that speak for it.
    pub why: Vec<String>,
}

/// What is known of an article beside its texts.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Topics that the row names.
    pub topics: &'a [TopicWeight],
    /// Places that the row names.
    pub places: &'a [PlaceEvidence],
    /// What the source's category words mean.
    pub map: &'a CategoryMap,
    /// The topic that stands in.
    pub default_topic: Option<&'a Slug>,
    /// Where the source is at home.
    pub home: Option<&'a Slug>,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// What the classifier proposes.
    pub proposals: &'a [Proposal],
}

/// What is said of an article.
pub fn annotate(
    piece: &Piece<'_>,
    known: &Known<'_>,
    rules: &TopicRules,
    gazetteer: &Gazetteer,
) -> Labels {
    let words = Words::new(piece);
    let (topics, state) = topics(piece, known, rules.said(&words));
    Labels {
        topics,
        places: places(piece, known, gazetteer, &words),
        state,
        risk: risk::assess(&words, known.language),
    }
}

fn stated(slug: &Slug, by: Authority, why: String) -> Said {
    Said {
        slug: slug.clone(),
        by,
        score: WHOLLY,
        held: true,
        why,
    }
}

/// Adds what nobody of more authority said already.
fn add(all: &mut Vec<Said>, said: Said) {
    if all.iter().all(|s| s.slug != said.slug) {
        all.push(said);
    }
}

fn topics(piece: &Piece<'_>, known: &Known<'_>, by_rule: Vec<Said>) -> (Vec<Said>, LabelState) {
    let mut all: Vec<Said> = Vec::new();
    for topic in known.topics {
        let why = "the row names it".to_owned();
        let score = topic.weight;
        let said = stated(&topic.topic, Authority::Stated, why);
        add(&mut all, Said { score, ..said });
    }
    for category in piece.categories {
        if let Some(Label::Topic(topic)) = known.map.get(category) {
            let why = format!("category “{category}”");
            add(&mut all, stated(topic, Authority::Map, why));
        }
    }
    by_rule.into_iter().for_each(|said| add(&mut all, said));
    let told = !all.is_empty();
    for proposal in known.proposals.iter().filter(|p| p.score >= SUGGEST) {
        let why = proposal.why.join(", ");
        let said = stated(&proposal.topic, Authority::Classifier, why);
        let held = !told && proposal.score >= AUTO;
        let score = proposal.score;
        add(
            &mut all,
            Said {
                score,
                held,
                ..said
            },
        );
    }
    let state = match (all.iter().any(|s| s.held), all.is_empty()) {
        (true, _) => LabelState::Settled,
        (false, false) => LabelState::Suggested,
        (false, true) => LabelState::Open,
    };
    if let (Some(topic), false) = (known.default_topic, state == LabelState::Settled) {
        // It holds, though the classifier proposes the same.
        all.retain(|s| s.slug != *topic);
        let why = "the source’s topic where nobody says another".to_owned();
        all.insert(0, stated(topic, Authority::Default, why));
    }
    (all, state)
}

fn places(piece: &Piece<'_>, known: &Known<'_>, gazetteer: &Gazetteer, words: &Words) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    for place in known.places {
        let why = place.evidence.clone();
        add(&mut all, stated(&place.place, Authority::Stated, why));
    }
    for category in piece.categories {
        if let Some(Label::Place(place)) = known.map.get(category) {
            add(&mut all, stated(place, Authority::Map, category.clone()));
        }
    }
    let told = !all.is_empty();
    for clue in gazetteer.find(words, known.home) {
        if clue.by == Authority::Within || told && clue.by == Authority::Default {
            continue;
        }
        let said = stated(&clue.place, clue.by, clue.why);
        let score = clue.score;
        add(&mut all, Said { score, ..said });
    }
    with_holders(all, gazetteer)
}

/// Adds the places that hold those that are there: who follows a county gets its towns' stories.
pub fn with_holders(mut all: Vec<Said>, gazetteer: &Gazetteer) -> Vec<Said> {
    for met in all.clone() {
        for holder in gazetteer.chain(&met.slug).into_iter().skip(1) {
            let why = format!("holds {}", met.slug);
            let said = stated(&holder.slug, Authority::Within, why);
            let score = met.score;
            add(&mut all, Said { score, ..said });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Known, Proposal, TopicRules, annotate};
    use crate::domain::article::{CategoryMap, PlaceEvidence, TopicWeight};
    use crate::domain::labels::{LabelState, Labels, Said};
    use crate::domain::slug::Slug;
    use crate::places::{Gazetteer, read};
    use crate::topics::rule::Rule;
    use crate::topics::rule::words::Piece;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect("a slug")
    }

    fn shown(said: &[Said]) -> Vec<String> {
        let one = |s: &Said| {
            let mark = if s.held { "" } else { "?" };
            format!("{}{mark} {} {} {}", s.slug, s.by, s.score, s.why)
        };
        said.iter().map(one).collect()
    }

    fn labels(categories: &[&str], known: Known<'_>) -> Labels {
        let categories: Vec<String> = categories.iter().map(|c| (*c).to_owned()).collect();
        let rule = |id, topic, text| (id, slug(topic), Rule::parse(text).expect("a rule"));
        let rules = TopicRules::new(vec![
            rule(3, "elections", "ballot*"),
            rule(5, "elections", "title:vote"),
            rule(8, "politics", "=Council"),
        ]);
        let list = "name,kind,parent\nCass County,county,\nRemer,town,cass-county\n";
        let gazetteer = Gazetteer::new(read(list, &Default::default()).places);
        let piece = Piece {
            title: "A vote in Remer",
            summary: "Ballots were counted.",
            categories: &categories,
            ..Piece::default()
        };
        annotate(&piece, &known, &rules, &gazetteer)
    }

    fn nothing(map: &CategoryMap) -> Known<'_> {
        Known {
            topics: &[],
            places: &[],
            map,
            default_topic: None,
            home: None,
            language: None,
            proposals: &[],
        }
    }

    #[test]
    fn whoever_has_more_authority_comes_first_and_the_classifier_is_heard_last() {
        let map = CategoryMap::parse("city  hall=politics, quay=place:port").expect("a map");
        let proposals = [Proposal {
            topic: slug("sport"),
            score: 930,
            why: vec!["goal".to_owned(), "match".to_owned()],
        }];
        let known = Known {
            proposals: &proposals,
            ..nothing(&map)
        };
        let got = labels(&["City Hall", "Quay", "quay"], known);
        assert_eq!(
            shown(&got.topics),
            [
                "politics map 1000 category “City Hall”",
                "elections rule 1000 rule 3: summary “Ballots”",
                "sport? classifier 930 goal, match",
            ]
        );
        assert_eq!(got.state, LabelState::Settled);
        assert_eq!(
            shown(&got.places),
            [
                "port map 1000 Quay",
                "remer gazetteer 750 title “Remer”",
                "cass-county within 750 holds remer",
            ]
        );
    }

    #[test]
    fn the_classifier_holds_proposes_or_is_silent_by_its_score() {
        let map = CategoryMap::default();
        let default = slug("news");
        let with = |score, default_topic| {
            let proposals = [Proposal {
                topic: slug("sport"),
                score,
                why: vec!["goal".to_owned()],
            }];
            let known = Known {
                proposals: &proposals,
                default_topic,
                ..nothing(&map)
            };
            let piece = Piece {
                title: "Late goal",
                ..Piece::default()
            };
            let none = (TopicRules::default(), Gazetteer::default());
            let labels = annotate(&piece, &known, &none.0, &none.1);
            (shown(&labels.topics), labels.state)
        };
        let sure = vec!["sport classifier 800 goal".to_owned()];
        assert_eq!(with(800, Some(&default)), (sure, LabelState::Settled));
        let likely = "sport? classifier 799 goal".to_owned();
        let stands = "news default 1000 the source’s topic where nobody says another".to_owned();
        assert_eq!(
            with(799, None),
            (vec![likely.clone()], LabelState::Suggested)
        );
        let both = vec![stands.clone(), likely];
        assert_eq!(with(799, Some(&default)), (both, LabelState::Suggested));
        assert_eq!(with(499, Some(&default)), (vec![stands], LabelState::Open));
        assert_eq!(with(499, None), (vec![], LabelState::Open));
    }

    #[test]
    fn what_a_row_names_stays_first_with_its_weight() {
        let map = CategoryMap::default();
        let topics = [TopicWeight {
            topic: slug("harbour"),
            weight: 400,
        }];
        let places = [PlaceEvidence {
            place: slug("remer"),
            evidence: "remer".to_owned(),
        }];
        let known = Known {
            topics: &topics,
            places: &places,
            ..nothing(&map)
        };
        let got = labels(&[], known);
        assert_eq!(
            shown(&got.topics)[..1],
            ["harbour stated 400 the row names it".to_owned()]
        );
        assert_eq!(
            shown(&got.places),
            [
                "remer stated 1000 remer",
                "cass-county within 1000 holds remer"
            ]
        );
    }
}
