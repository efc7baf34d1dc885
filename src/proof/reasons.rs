//! Why a story stands in a digest, where it stands, and how much of it is printed: each has to follow
//! from what editors decided, what its reader follows and what the article is on.
//!
//! Only waves of this release's way of selecting are read so: an earlier one had other reasons.

use super::{Flaw, Marks, Proof};
use crate::domain::article::TopicWeight;
use crate::domain::selection::{Candidate, Form, METHOD, Personal, Pick, Reason, Section};
use crate::domain::slug::Slug;

/// How many stories the layout prints in full.
const IN_FULL: usize = 4;
/// After how many stories Also Today has headlines alone.
const WITH_TEXT: usize = 8;
/// A whole weight or wish, in thousandths.
const WHOLE: u16 = 1000;

impl Proof<'_> {
    pub(super) fn reasons_of(&self, marks: &mut Marks<'_, '_>) {
        if self.rules.method != METHOD {
            return;
        }
        for at in 0..marks.picks.len() {
            let (pick, known) = marks.picks[at];
            let mut found = Vec::new();
            if printed(pick.form) > self.layout(at, pick) {
                let why = format!("is printed as `{}` in place {}", pick.form, at + 1);
                found.push((Flaw::WrongForm, why));
            }
            if let Some(known) = known {
                if let Some(why) = self.no_reason(marks, pick, known.candidate) {
                    found.push((Flaw::FalseReason, why));
                } else if let Some(why) = self.misplaced(marks, at, known.candidate) {
                    found.push((Flaw::WrongSection, why));
                }
            }
            for (flaw, why) in found {
                let words = format!("{} {why}", self.article(pick.article));
                marks.of_article(flaw, pick.article, words);
            }
        }
        self.in_order(marks);
    }

    /// How much the layout prints at most of what stands in a place.
    fn layout(&self, at: usize, pick: &Pick) -> u8 {
        printed(match pick.section {
            _ if at < IN_FULL => Form::Full,
            Section::AlsoToday if at >= WITH_TEXT => Form::Headline,
            _ => Form::Short,
        })
    }

    /// Why a pick's reason is none.
    fn no_reason(&self, marks: &Marks<'_, '_>, pick: &Pick, told: &Candidate) -> Option<String> {
        let (sheet, decisions) = (marks.sheet, &self.rules.decisions);
        let is_lead = decisions.lead == Some(told.story);
        let is_pin = !is_lead && decisions.pins.contains(&told.story);
        match &pick.reason {
            Reason::Lead if !is_lead => Some("is no editor's lead".to_owned()),
            Reason::Pinned if !is_pin => Some("was pinned by nobody".to_owned()),
            Reason::Lead | Reason::Pinned => None,
            _ if is_lead => {
                Some("is the editors' lead, and does not stand there as one".to_owned())
            }
            _ if is_pin => Some("was pinned, and does not stand there for it".to_owned()),
            Reason::Topic { topic } => {
                let (wish, weight) = (of(sheet.topics, topic), of(&told.topics, topic));
                if wish == 0 {
                    return Some(format!(
                        "stands for `{topic}`, which its reader does not follow"
                    ));
                }
                if weight == 0 {
                    return Some(format!("stands for `{topic}`, which it is not on"));
                }
                let product = |topic: &Slug| {
                    u32::from(of(sheet.topics, topic)) * u32::from(of(&told.topics, topic))
                };
                let mut others = told.topics.iter().map(|t| &t.topic);
                let better = others.find(|other| product(other) > product(topic))?;
                Some(format!(
                    "stands for `{topic}`, and counts more for `{better}`"
                ))
            }
            Reason::Place { place } if !sheet.places.contains(place) => Some(format!(
                "stands for `{place}`, which its reader does not follow"
            )),
            Reason::Place { place } if !told.places.contains(place) => {
                Some(format!("stands for `{place}`, where it does not come from"))
            }
            Reason::Place { .. } => None,
            Reason::Desk if !decisions.also.contains(&told.story) => {
                Some("is not on the desk's list".to_owned())
            }
            Reason::Desk => None,
            Reason::TopStory if self.fills(marks) => None,
            Reason::TopStory => Some("fills a digest that keeps to its reader's topics".to_owned()),
        }
    }

    /// Whether top stories fill the digest.
    pub(super) fn fills(&self, marks: &Marks<'_, '_>) -> bool {
        self.rules.personal == Personal::Order
            || marks.sheet.topics.iter().all(|topic| topic.weight == 0)
    }

    /// Why a pick does not belong where it stands.
    fn misplaced(&self, marks: &Marks<'_, '_>, at: usize, told: &Candidate) -> Option<String> {
        let pick = marks.picks.get(at)?.0;
        let led = marks.picks.iter().any(|(p, _)| p.reason == Reason::Lead);
        match (&pick.section, &pick.reason) {
            (Section::Lead, _) if at > 0 => Some("opens the digest from a later place".to_owned()),
            (Section::Lead, Reason::Lead) => None,
            (Section::Lead, _) if led => Some("stands where the editors' lead belongs".to_owned()),
            (Section::Lead, _) => None,
            (_, _) if at == 0 => Some("comes first, and does not open the digest".to_owned()),
            (Section::Topic(heading), Reason::Topic { topic }) if heading == topic => None,
            (Section::Topic(heading), Reason::Pinned)
                if of(marks.sheet.topics, heading) > 0 && of(&told.topics, heading) > 0 =>
            {
                None
            }
            (Section::Area(heading), Reason::Place { place }) if heading == place => None,
            (Section::AlsoToday, Reason::TopStory | Reason::Desk | Reason::Pinned) => None,
            (Section::Topic(heading) | Section::Area(heading), _) => Some(format!(
                "stands under `{heading}`, which is not why it is there"
            )),
            (Section::AlsoToday, _) => {
                Some("stands under Also Today, and is there for its reader".to_owned())
            }
        }
    }

    /// Headings come in the layout's order, each once: topics as editors put them in order, then by what
    /// the reader wishes, then places, then Also Today.
    fn in_order(&self, marks: &mut Marks<'_, '_>) {
        let (wishes, order) = (marks.sheet.topics, &self.rules.decisions.order);
        let place = |pick: &Pick| place(pick, wishes, order);
        let mut pairs = marks.picks.windows(2);
        let later = pairs.position(|two| place(two[0].0) > place(two[1].0));
        let Some(at) = later else { return };
        let (above, below) = (marks.picks[at].0.article, marks.picks[at + 1].0.article);
        let words = format!(
            "{} stands before {}, and its heading comes later",
            self.article(above),
            self.article(below)
        );
        marks.of_article(Flaw::WrongSection, above, words);
    }
}

/// What orders headings.
fn place(pick: &Pick, wishes: &[TopicWeight], order: &[Slug]) -> (u8, usize, u16, Option<Slug>) {
    match &pick.section {
        Section::Lead => (0, 0, 0, None),
        Section::Topic(topic) => {
            let named = order.iter().position(|first| first == topic);
            let wish = WHOLE - of(wishes, topic);
            (1, named.unwrap_or(order.len()), wish, Some(topic.clone()))
        }
        Section::Area(place) => (2, 0, 0, Some(place.clone())),
        Section::AlsoToday => (3, 0, 0, None),
    }
}

/// The weight or the wish that a topic has, 0 where it has none, in thousandths.
pub(super) fn of(weights: &[TopicWeight], topic: &Slug) -> u16 {
    let own = weights.iter().filter(|t| t.topic == *topic);
    own.map(|t| t.weight.min(WHOLE)).max().unwrap_or(0)
}

/// How much a form prints.
fn printed(form: Form) -> u8 {
    match form {
        Form::Headline => 0,
        Form::Short => 1,
        Form::Full => 2,
    }
}
