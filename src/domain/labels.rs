//! What is said of an article: its topics and places, each by somebody's authority, and what makes
//! its story a risk beside an advertisement.

use serde::{Deserialize, Serialize};

use super::article::{PlaceEvidence, TopicWeight};
use super::slug::Slug;
use super::words;

words! {
    /// Who says that an article has a topic or a place. Earlier ones go before later ones.
    Authority {
        /// An editor; the article then has what they said and nothing else.
        Editor = "editor",
        /// The row that was handed in names it.
        Stated = "stated",
        /// The source's map of its own category words.
        Map = "map",
        /// A boolean rule.
        Rule = "rule",
        /// The gazetteer met its name in the text.
        Gazetteer = "gazetteer",
        /// The trained classifier.
        Classifier = "classifier",
        /// What the source is set to, where nobody else says anything: its topic, its home.
        Default = "default",
        /// It holds a place that the story has.
        Within = "within",
    }
}

words! {
    /// What an editor still has to do about an article's topics.
    LabelState {
        /// Somebody better than the source's default said them.
        Settled = "settled",
        /// The classifier proposes some and is not sure.
        Suggested = "suggested",
        /// Nobody knows.
        Open = "open",
    }
}

/// One topic or place of an article, or one that is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Which topic or place.
    pub slug: Slug,
    /// Who says so.
    pub by: Authority,
    /// How sure, in thousandths; 1000 for whoever states it.
    pub score: u16,
    /// Whether the article has it; otherwise it is proposed only.
    pub held: bool,
    /// What made them say so, in words.
    pub why: String,
}

/// What is said of an article without an editor's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Topics, in the order of authority.
    pub topics: Vec<Said>,
    /// Places, the ones that were met before those that hold them.
    pub places: Vec<Said>,
    /// What an editor still has to do.
    pub state: LabelState,
    /// Risks of the story.
    pub risk: Risk,
}

impl Default for Labels {
    fn default() -> Labels {
        Labels {
            topics: Vec::new(),
            places: Vec::new(),
            state: LabelState::Open,
            risk: Risk::default(),
        }
    }
}

impl Labels {
    /// What an article has that was stored before reasons were: its topics and places, as stated.
    pub fn stated(topics: &[TopicWeight], places: &[PlaceEvidence]) -> Labels {
        let said = |slug: &Slug, score, why: &str| Said {
            slug: slug.clone(),
            by: Authority::Stated,
            score,
            held: true,
            why: why.to_owned(),
        };
        let topics = topics
            .iter()
            .map(|t| said(&t.topic, t.weight, "as it came in"));
        let places = places.iter().map(|p| said(&p.place, 1000, &p.evidence));
        let topics: Vec<Said> = topics.collect();
        Labels {
            state: match topics.is_empty() {
                true => LabelState::Open,
                false => LabelState::Settled,
            },
            topics,
            places: places.collect(),
            risk: Risk::default(),
        }
    }

    /// The topics that the article has by them.
    pub fn held_topics(&self) -> Vec<TopicWeight> {
        let held = self.topics.iter().filter(|s| s.held);
        let topic = |s: &Said| TopicWeight {
            topic: s.slug.clone(),
            weight: s.score.clamp(1, 1000),
        };
        held.map(topic).collect()
    }

    /// The places that the article has by them.
    pub fn held_places(&self) -> Vec<PlaceEvidence> {
        let held = self.places.iter().filter(|s| s.held);
        let place = |s: &Said| PlaceEvidence {
            place: s.slug.clone(),
            evidence: s.why.clone(),
        };
        held.map(place).collect()
    }
}

words! {
    /// What a story may be that a sponsor does not want to stand beside.
    RiskCategory {
        /// Terrorist acts and groups.
        Terrorism = "terrorism",
        /// People who died or were killed.
        Death = "death",
        /// War and armed conflict.
        War = "war",
        /// Crime, and harm done to people.
        Crime = "crime",
        /// Weapons and their use.
        Arms = "arms",
        /// Hatred of groups of people.
        Hate = "hate",
        /// Sex and nudity.
        Adult = "adult",
        /// Betting and games for money.
        Gambling = "gambling",
        /// Accidents and disasters.
        Accident = "accident",
        /// Drugs and tobacco.
        Drugs = "drugs",
        /// Alcohol.
        Alcohol = "alcohol",
        /// Suicide and harm done to oneself.
        SelfHarm = "self-harm",
        /// Politics and debated social questions.
        Politics = "politics",
    }
}

words! {
    /// How much of a category a story has.
    RiskLevel {
        /// Nothing of it.
        None = "none",
        /// It is touched upon.
        Low = "low",
        /// A part of the story.
        Medium = "medium",
        /// What the story is about, or a hard case of it.
        High = "high",
    }
}

/// A category that was met in a story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskFound {
    /// Which.
    pub category: RiskCategory,
    /// How much of it.
    pub level: RiskLevel,
    /// The words that show it, with where they stand; an editor's name for an editor's word.
    pub evidence: String,
    /// Whether an editor said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_editor: bool,
}

/// What makes a story a risk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Why it is not known what else there is; `None` where all of it was looked for.
    pub unclassified: Option<String>,
    /// Categories that were met, in the order of [`RiskCategory::ALL`].
    pub found: Vec<RiskFound>,
}

impl Risk {
    /// The risk with an editor's word on one category put over it.
    pub fn with_word(mut self, category: RiskCategory, level: RiskLevel, editor: &str) -> Risk {
        self.found.retain(|f| f.category != category);
        self.found.push(RiskFound {
            category,
            level,
            evidence: format!("said by {editor}"),
            by_editor: true,
        });
        self.found.sort_by_key(|f| f.category);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Risk, RiskCategory, RiskLevel};

    #[test]
    fn an_editors_word_takes_the_place_of_what_was_found() {
        let risk = Risk::default()
            .with_word(RiskCategory::Politics, RiskLevel::Low, "Ann")
            .with_word(RiskCategory::Death, RiskLevel::High, "Ann")
            .with_word(RiskCategory::Politics, RiskLevel::None, "Bob");
        let said: Vec<_> = risk.found.iter().map(|f| (f.category, f.level)).collect();
        assert_eq!(
            said,
            [
                (RiskCategory::Death, RiskLevel::High),
                (RiskCategory::Politics, RiskLevel::None)
            ]
        );
        assert_eq!(risk.found[1].evidence, "said by Bob");
    }
}
