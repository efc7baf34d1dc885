//! What is wrong with an edition before it leaves, as far as a program sees it. The words are the pages'.

use std::collections::BTreeSet;

use super::{Press, PressError, Proposed, Sheet};
use crate::domain::delivery::Hold;
use crate::domain::edition::{Approval, DecisionKind, EditionState};
use crate::domain::labels::RiskCategory;
use crate::domain::selection::Verdict;
use crate::domain::subscriber::Length;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, StoryId};
use crate::press::Look;

/// Characters of a subject that most mail programs show.
pub const SUBJECT_SHOWN: usize = 60;
/// Characters of a preheader that are too few to say anything, and those that are shown at most.
const PREHEADER: std::ops::RangeInclusive<usize> = 40..=110;
/// How old a lead may be before somebody should look at it.
const OLD_MS: i64 = 24 * 3_600_000;
/// Letters of a subject from which on capitals alone are shouting.
const SHOUTED: usize = 8;

/// How much something weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// No letter leaves, or none may.
    Stop,
    /// Somebody should look at it before the letters leave.
    Look,
    /// It is good to know.
    Know,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Settings without which no letter of the list may leave.
    Incomplete(Vec<&'static str>),
    /// Sending is paused as a whole, and why.
    SendingPaused(String),
    /// Somebody paused the edition.
    Paused,
    /// It is cancelled, for good.
    Cancelled,
    /// No letter could leave, in planning's words.
    TooBig(String),
    /// Letters that are planned ask for a person.
    Asks(Hold, i64),
    /// The proof of what is planned found so many errors.
    Faults(u64),
    /// Nobody approved it, and without that nothing leaves.
    Unapproved,
    /// What an editor decided reaches nobody.
    Idle {
        /// What they decided.
        kind: DecisionKind,
        /// Through which article they named the story.
        article: Option<ArticleId>,
        /// About which story.
        story: StoryId,
        /// Why; none where the story is no candidate at all.
        why: Option<Verdict>,
    },
    /// A subject of so many characters.
    SubjectLong(usize),
    /// A subject in capitals.
    SubjectLoud,
    /// A preheader of so many characters.
    Preheader(usize),
    /// There is no lead: no story at all.
    NoStory,
    /// The lead has no picture, on a list that shows some.
    LeadBare(ArticleId),
    /// The lead is so old, in hours.
    LeadOld(ArticleId, i64),
    /// One of the stories in front has a picture without a text that stands for it.
    NoAlt(ArticleId),
    /// One of the stories in front leads nowhere.
    NoLink(ArticleId),
    /// Two of the stories in front have one headline.
    SameHeadline(ArticleId, ArticleId),
    /// A story in front is about something that readers should not meet unprepared.
    Grave(ArticleId, RiskCategory),
    /// A sponsor loses so many slots because of a story.
    Sponsor {
        /// The name on the label.
        name: String,
        /// The story's article.
        article: ArticleId,
        /// What it has against it, in words.
        why: String,
        /// Slots of the digests that were looked at.
        slots: u64,
    },
    /// So many readers of those looked at get nothing: too few stories.
    TooFew(u64),
}

impl Wrong {
    /// How much it weighs.
    pub fn weight(&self) -> Weight {
        use Wrong::{
            Asks, Cancelled, Faults, Grave, Idle, Incomplete, LeadBare, LeadOld, NoAlt, NoLink,
            NoStory, Paused, Preheader, SameHeadline, SendingPaused, Sponsor, SubjectLong,
            SubjectLoud, TooBig, TooFew, Unapproved,
        };
        match self {
            Incomplete(_) | SendingPaused(_) | Paused | Cancelled | TooBig(_) | Asks(..)
            | Faults(_) | NoStory => Weight::Stop,
            Unapproved | Idle { .. } | LeadOld(..) | SameHeadline(..) | SubjectLoud | NoLink(_) => {
                Weight::Look
            }
            Grave(..)
            | Sponsor { .. }
            | TooFew(_)
            | LeadBare(_)
            | NoAlt(_)
            | SubjectLong(_)
            | Preheader(_) => Weight::Know,
        }
    }
}

impl Press {
    pub(super) async fn wrong(
        &self,
        sheet: &Sheet,
        now: Timestamp,
    ) -> Result<Vec<Wrong>, PressError> {
        let mut wrong = Vec::new();
        let missing = sheet.list.settings.missing_for_sending();
        if !missing.is_empty() {
            wrong.push(Wrong::Incomplete(missing));
        }
        if let Some(paused) = self.store.paused().await? {
            wrong.push(Wrong::SendingPaused(paused.why));
        }
        if let Some(edition) = &sheet.edition {
            match edition.state {
                EditionState::Open => {}
                EditionState::Paused => wrong.push(Wrong::Paused),
                EditionState::Cancelled => wrong.push(Wrong::Cancelled),
            }
            let faults = self.store.faults(edition.id).await?;
            let errors: u64 = faults.iter().map(|(_, found)| found.errors()).sum();
            if errors > 0 {
                wrong.push(Wrong::Faults(errors));
            }
        }
        for (hold, n) in sheet
            .asks
            .iter()
            .filter(|(hold, _)| *hold != Hold::Approval)
        {
            wrong.push(Wrong::Asks(*hold, *n));
        }
        if self.unapproved(sheet).await? {
            wrong.push(Wrong::Unapproved);
        }
        wrong.extend(self.too_big(sheet)?);
        idle(sheet, &mut wrong);
        written(sheet, &mut wrong);
        in_front(sheet, now, &mut wrong);
        reached(sheet, &mut wrong);
        wrong.sort_by_key(Wrong::weight);
        Ok(wrong)
    }

    async fn unapproved(&self, sheet: &Sheet) -> Result<bool, PressError> {
        if sheet.list.settings.approval != Approval::Hold {
            return Ok(false);
        }
        Ok(match &sheet.edition {
            Some(edition) => !self.store.edition_cleared(edition.id).await?,
            None => true,
        })
    }

    fn too_big(&self, sheet: &Sheet) -> Result<Option<Wrong>, PressError> {
        let look = Look {
            language: sheet.list.settings.language.clone(),
            length: Length::Long,
            images: true,
        };
        let looks = BTreeSet::from([look]);
        match self.within_limit(&sheet.list, &sheet.ahead.inputs, sheet.run, &looks) {
            Ok(()) => Ok(None),
            Err(PressError::TooBig(big)) => Ok(Some(Wrong::TooBig(big.to_string()))),
            Err(error) => Err(error),
        }
    }
}

/// Leads and pins that nobody gets.
fn idle(sheet: &Sheet, wrong: &mut Vec<Wrong>) {
    let force = sheet.force();
    let lead = force.lead.iter().map(|story| (DecisionKind::Lead, *story));
    let pins = force.pins.iter().map(|story| (DecisionKind::Pin, *story));
    for (kind, story) in lead.chain(pins) {
        let known = sheet.stories.iter().find(|s| s.story == story);
        let why = known.map(|s| s.kept_out.clone());
        if why != Some(None) {
            wrong.push(Wrong::Idle {
                kind,
                article: force.named.get(&story).copied(),
                story,
                why: why.flatten(),
            });
        }
    }
}

/// What editors wrote.
fn written(sheet: &Sheet, wrong: &mut Vec<Wrong>) {
    let force = sheet.force();
    if let Some(subject) = &force.subject {
        let length = subject.chars().count();
        if length > SUBJECT_SHOWN {
            wrong.push(Wrong::SubjectLong(length));
        }
        let letters = || subject.chars().filter(|c| c.is_alphabetic());
        let cased = letters().filter(|c| c.is_lowercase() || c.is_uppercase());
        if cased.count() >= SHOUTED && letters().all(|c| !c.is_lowercase()) {
            wrong.push(Wrong::SubjectLoud);
        }
    }
    if let Some(preheader) = &force.preheader {
        let length = preheader.chars().count();
        if !PREHEADER.contains(&length) {
            wrong.push(Wrong::Preheader(length));
        }
    }
}

/// The stories that most readers meet first.
fn in_front(sheet: &Sheet, now: Timestamp, wrong: &mut Vec<Wrong>) {
    let mut front: Vec<&Proposed> = sheet
        .stories
        .iter()
        .filter(|s| s.general.is_some())
        .collect();
    front.sort_by_key(|s| s.general);
    let Some(lead) = front.first() else {
        wrong.push(Wrong::NoStory);
        return;
    };
    let shows = sheet.list.settings.images != crate::domain::picture::Images::Off;
    let removed = sheet.force().images.get(&lead.story) == Some(&None);
    if lead.picture.is_none() && shows && !removed {
        wrong.push(Wrong::LeadBare(lead.article));
    }
    let age = now.as_millisecond() - lead.dated.as_millisecond();
    if age > OLD_MS {
        wrong.push(Wrong::LeadOld(lead.article, age / 3_600_000));
    }
    for (at, story) in front.iter().enumerate() {
        if story
            .picture
            .as_ref()
            .is_some_and(|p| p.alt.trim().is_empty())
        {
            wrong.push(Wrong::NoAlt(story.article));
        }
        if story.link.is_none() {
            wrong.push(Wrong::NoLink(story.article));
        }
        let same =
            |other: &&&Proposed| other.headline.to_lowercase() == story.headline.to_lowercase();
        if let Some(other) = front[..at].iter().find(same) {
            wrong.push(Wrong::SameHeadline(other.article, story.article));
        }
    }
    let grave = |found: &&crate::domain::labels::RiskFound| {
        use RiskCategory::{Adult, Death, Hate, SelfHarm, Terrorism};
        let heavy = matches!(found.category, Terrorism | Death | Hate | Adult | SelfHarm);
        heavy && found.level == crate::domain::labels::RiskLevel::High
    };
    if let Some(found) = lead.risk.found.iter().find(grave) {
        wrong.push(Wrong::Grave(lead.article, found.category));
    }
}

/// Who gets nothing, and which sponsor loses what.
fn reached(sheet: &Sheet, wrong: &mut Vec<Wrong>) {
    let reach = &sheet.reach;
    if reach.too_few > 0 {
        wrong.push(Wrong::TooFew(reach.too_few));
    }
    for flight in &reach.flights {
        let Some(chances) = reach.sponsored.flights.get(&flight.id) else {
            continue;
        };
        wrong.extend(
            chances
                .lost
                .iter()
                .map(|(article, (why, slots))| Wrong::Sponsor {
                    name: flight.sponsor_name.clone(),
                    article: *article,
                    why: why.clone(),
                    slots: *slots,
                }),
        );
    }
}
