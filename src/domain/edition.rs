//! Editions, their waves, and what editors decide about them.

use super::slug::Slug;
use super::time::{Run, Timestamp};
use super::written::{Correction, Panel, paragraphs};
use super::{
    ArticleId, CadenceId, DecisionId, EditionId, ListId, SourceId, StoryId, WaveId, words,
};

words! {
    /// What a start later than the list's grace does.
    Late {
        /// Held with a reason until a person releases or drops it.
        Ask = "ask",
        /// Sent all the same.
        Send = "send",
        /// Not sent: its readers' next digest reaches back over it.
        Merge = "merge",
    }
}

words! {
    /// What happens to letters whose final dot may have left before a crash.
    Uncertain {
        /// Sent again, byte-identical or not at all.
        Resend = "resend",
        /// Held until a person decides.
        Hold = "hold",
    }
}

words! {
    /// What happens when nobody approved or released an edition.
    Approval {
        /// It goes.
        SendAuto = "send_auto",
        /// It is held.
        Hold = "hold",
    }
}

words! {
    /// Whether an edition's letters may leave. "Finished" is not stored: it is computed from rows.
    EditionState {
        /// They may.
        Open = "open",
        /// Not for now.
        Paused = "paused",
        /// Never.
        Cancelled = "cancelled",
    }
}

/// One issue of a list for a cadence and a run. (list, cadence, run) is unique.
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// Row id.
    pub id: EditionId,
    /// Whose.
    pub list: ListId,
    /// Which rhythm.
    pub cadence: CadenceId,
    /// The cadence's name.
    pub cadence_name: Slug,
    /// Which run of it.
    pub run: Run,
    /// Whether letters may leave.
    pub state: EditionState,
    /// When it was first spoken of.
    pub created_at: Timestamp,
    /// When it was paused or cancelled, if it is.
    pub halted_at: Option<Timestamp>,
    /// An editor's approval, if it has one.
    pub approved: Option<Approved>,
}

/// An editor's word that an edition may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// The digests of an edition due at one instant, with the addresses of what is frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Row id.
    pub id: WaveId,
    /// Of which edition.
    pub edition: EditionId,
    /// When its digests are due.
    pub due_at: Timestamp,
    /// The Date of its letters (RFC 5322 §3.6.1): when they are due, or when a person sent them early.
    pub dated: Timestamp,
    /// Nothing later was taken.
    pub cutoff_at: Timestamp,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// What is frozen, by content.
    pub frozen: Frozen,
    /// Whether every subscription of it is planned; an interrupted plan goes on.
    pub complete: bool,
}

/// sha256 of a stored content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// The frozen inputs of a wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// JSON array of [`super::selection::Candidate`].
    pub candidates: ContentHash,
    /// JSON of [`super::selection::Rules`].
    pub rules: ContentHash,
    /// The compiled template set, as the renderer stores it.
    pub template: ContentHash,
    /// JSON of [`super::letter::SenderSettings`].
    pub sender: ContentHash,
    /// The key that its tokens and ids are made with.
    pub key_id: String,
}

words! {
    /// What an editor may decide about an edition.
    DecisionKind {
        /// Opens every digest.
        Lead = "lead",
        /// In every digest.
        Pin = "pin",
        /// In none.
        Ban = "ban",
        /// On the desk's list of top stories, behind those before it.
        Also = "also",
        /// Counts for more, or for less, than it would.
        Boost = "boost",
        /// Stands at a place of its section.
        Move = "move",
        /// With another picture of its story, or with none.
        Image = "image",
        /// None of what a source brings.
        BanSource = "ban_source",
        /// Which topics come first, in this order.
        Order = "order",
        /// The subject of every letter.
        Subject = "subject",
        /// The line that mail programs show beside the subject.
        Preheader = "preheader",
        /// The editor's note.
        Note = "note",
        /// The free block.
        Panel = "panel",
        /// A correction, beside those before it.
        Correction = "correction",
        /// Takes an earlier decision back.
        Undo = "undo",
    }
}

impl DecisionKind {
    /// Whether it is about one story, beside others of its kind; else the newest of its kind counts, and
    /// corrections stand beside each other.
    pub fn is_of_one_story(self) -> bool {
        use DecisionKind::{Also, Ban, BanSource, Boost, Image, Move, Pin};
        matches!(self, Pin | Ban | Also | Boost | Move | Image | BanSource)
    }
}

/// The newest decision about one thing, those that took one back included; 0: nobody decided about it.
/// Whoever decides says which one they saw, so that nobody writes over what they did not see.
pub fn version(decisions: &[Decision], about: DecisionKind, story: Option<StoryId>) -> DecisionId {
    let of = |d: &Decision| match d.undoes {
        Some(undone) => decisions.iter().find(|known| known.id == undone),
        None => None,
    };
    let story = story.filter(|_| about.is_of_one_story());
    let is = |d: &&Decision| {
        let what = of(d).unwrap_or(d);
        what.kind == about && story.is_none_or(|story| what.story == Some(story))
    };
    let newest = decisions.iter().filter(is).map(|d| d.id).max();
    newest.unwrap_or(DecisionId(0))
}

/// An editor's decision: append-only, with who and when. An undo is a decision of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Row id; decisions count in this order.
    pub id: DecisionId,
    /// About which edition.
    pub edition: EditionId,
    /// What.
    pub kind: DecisionKind,
    /// The story that it is about.
    pub story: Option<StoryId>,
    /// The article through which the editor named the story.
    pub article: Option<ArticleId>,
    /// What was written: a line, a note's paragraphs, a panel's text, a boost's percent, the place of
    /// a move, the article of another picture or [`NO_PICTURE`], a source's number, topics in order.
    pub text: Option<String>,
    /// The decision that an undo takes back.
    pub undoes: Option<DecisionId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Least and most that a boost makes of a story's score, in percent.
pub const BOOST: std::ops::RangeInclusive<u16> = 1..=1000;

/// What a decision about a story's picture says where there is to be none.
pub const NO_PICTURE: &str = "none";

/// The furthest place of a section that a story is moved to.
pub const LAST_PLACE: u16 = 99;

/// The decisions in force: those not undone; of leads, subjects, preheaders, notes, panels and orders of
/// topics the newest, of boosts, moves and pictures the newest of each story, of corrections all; a ban
/// beats everything else about the same story, whichever came first. Where several articles name a story, the lead's counts, then
/// the newest pin's, then that of the desk's list.
pub fn in_force(decisions: &[Decision]) -> super::selection::Decisions {
    let undone: Vec<DecisionId> = decisions.iter().filter_map(|d| d.undoes).collect();
    let mut force = super::selection::Decisions::default();
    let standing = || decisions.iter().filter(|d| !undone.contains(&d.id));
    for decision in standing() {
        match (decision.kind, decision.story) {
            (DecisionKind::Pin, Some(story)) if !force.pins.contains(&story) => {
                force.pins.push(story)
            }
            (DecisionKind::Also, Some(story)) if !force.also.contains(&story) => {
                force.also.push(story)
            }
            (DecisionKind::Ban, Some(story)) => {
                force.bans.insert(story, decision.by.clone());
            }
            _ => write_in(&mut force, decision),
        }
    }
    for kind in [DecisionKind::Also, DecisionKind::Pin, DecisionKind::Lead] {
        for decision in standing().filter(|d| d.kind == kind) {
            if let (Some(story), Some(article)) = (decision.story, decision.article) {
                force.named.insert(story, article);
            }
        }
    }
    let bans = std::mem::take(&mut force.bans);
    let free = |story: &StoryId| !bans.contains_key(story);
    // A lead that is banned takes the place of none.
    let leads = standing().filter(|d| d.kind == DecisionKind::Lead);
    force.lead = leads.filter_map(|d| d.story).rfind(free);
    force.pins.retain(free);
    force.also.retain(free);
    force.boosts.retain(|story, _| free(story));
    let lead = force.lead;
    force.named.retain(|story, _| {
        lead == Some(*story) || force.pins.contains(story) || force.also.contains(story)
    });
    force.bans = bans;
    force
}

/// Puts in what was written.
fn write_in(force: &mut super::selection::Decisions, decision: &Decision) {
    let Some(text) = &decision.text else { return };
    match decision.kind {
        DecisionKind::Boost => {
            let percent = text.parse().ok().filter(|p| BOOST.contains(p));
            if let (Some(story), Some(percent)) = (decision.story, percent) {
                force.boosts.insert(story, percent * 10);
            }
        }
        DecisionKind::Move => {
            let place = text.parse().ok().filter(|p| (1..=LAST_PLACE).contains(p));
            if let (Some(story), Some(place)) = (decision.story, place) {
                force.places.insert(story, place);
            }
        }
        DecisionKind::Image => {
            let other = match text.as_str() {
                NO_PICTURE => Some(None),
                article => article.parse().ok().map(|id| Some(ArticleId(id))),
            };
            if let (Some(story), Some(other)) = (decision.story, other) {
                force.images.insert(story, other);
            }
        }
        DecisionKind::BanSource => {
            if let Ok(source) = text.parse() {
                force.sources.insert(SourceId(source), decision.by.clone());
            }
        }
        DecisionKind::Order => {
            let topics = text.split_whitespace();
            force.order = topics.filter_map(|t| Slug::parse(t).ok()).collect();
        }
        DecisionKind::Subject => force.subject = Some(text.clone()),
        DecisionKind::Preheader => force.preheader = Some(text.clone()),
        DecisionKind::Note => force.note = paragraphs(text),
        DecisionKind::Panel => force.panel = Some(Panel::of(text)),
        DecisionKind::Correction => force.corrections.push(Correction {
            text: text.clone(),
            article: decision.article,
            about: None,
        }),
        DecisionKind::Lead
        | DecisionKind::Pin
        | DecisionKind::Ban
        | DecisionKind::Also
        | DecisionKind::Undo => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, DecisionKind, in_force};
    use crate::domain::time::Timestamp;
    use crate::domain::{ArticleId, DecisionId, EditionId, SourceId, StoryId};

    fn decision(id: i64, kind: DecisionKind, story: i64, article: i64) -> Decision {
        Decision {
            id: DecisionId(id),
            edition: EditionId(1),
            kind,
            story: Some(StoryId(story)),
            article: Some(ArticleId(article)),
            text: None,
            undoes: None,
            by: "mia".to_owned(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_lead_that_is_banned_takes_the_place_of_none() {
        let mut all = vec![
            decision(1, DecisionKind::Lead, 1, 10),
            decision(2, DecisionKind::Ban, 2, 20),
            decision(3, DecisionKind::Lead, 2, 20),
        ];
        assert_eq!(in_force(&all).lead, Some(StoryId(1)));
        all.push(Decision {
            undoes: Some(DecisionId(2)),
            ..decision(4, DecisionKind::Undo, 2, 20)
        });
        assert_eq!(in_force(&all).lead, Some(StoryId(2)));
    }

    #[test]
    fn places_pictures_sources_and_the_order_of_topics_are_read_and_what_is_no_such_thing_is_not() {
        let text = |id, kind, story, text: &str| Decision {
            text: Some(text.to_owned()),
            ..decision(id, kind, story, 10)
        };
        let mut all = vec![
            text(1, DecisionKind::Move, 1, "3"),
            text(2, DecisionKind::Move, 1, "2"),
            text(3, DecisionKind::Move, 2, "0"),
            text(4, DecisionKind::Image, 1, "none"),
            text(5, DecisionKind::Image, 2, "21"),
            text(6, DecisionKind::Image, 3, "a picture"),
            text(7, DecisionKind::BanSource, 1, "4"),
            text(8, DecisionKind::Order, 1, "sport  harbour -"),
        ];
        let force = in_force(&all);
        assert_eq!(force.places, [(StoryId(1), 2)].into());
        let images = [(StoryId(1), None), (StoryId(2), Some(ArticleId(21)))];
        assert_eq!(force.images, images.into());
        assert_eq!(force.sources, [(SourceId(4), "mia".to_owned())].into());
        let order: Vec<&str> = force.order.iter().map(|t| t.as_str()).collect();
        assert_eq!(order, ["sport", "harbour"]);
        // Of two moves the one before counts again.
        all.push(Decision {
            undoes: Some(DecisionId(2)),
            ..decision(9, DecisionKind::Undo, 1, 10)
        });
        assert_eq!(in_force(&all).places, [(StoryId(1), 3)].into());
    }

    #[test]
    fn the_newest_boost_of_a_story_counts_and_the_lead_names_its_article() {
        let boost = |id, percent: &str| Decision {
            text: Some(percent.to_owned()),
            ..decision(id, DecisionKind::Boost, 4, 40)
        };
        let mut all = vec![
            decision(1, DecisionKind::Also, 3, 30),
            decision(2, DecisionKind::Lead, 1, 10),
            decision(3, DecisionKind::Pin, 1, 11),
            decision(4, DecisionKind::Also, 2, 20),
            decision(5, DecisionKind::Also, 3, 31),
            boost(6, "150"),
            boost(7, "80"),
            boost(8, "0"),
        ];
        let force = in_force(&all);
        assert_eq!(force.also, [StoryId(3), StoryId(2)]);
        assert_eq!(force.boosts[&StoryId(4)], 800);
        assert_eq!(force.named[&StoryId(1)], ArticleId(10));
        assert_eq!(force.named[&StoryId(3)], ArticleId(31));
        // A ban takes all that away, and an undo gives it back.
        for story in [1, 3, 4] {
            all.push(decision(10 + story, DecisionKind::Ban, story, 10 * story));
        }
        let banned = in_force(&all);
        assert_eq!((banned.lead, banned.pins.len()), (None, 0));
        assert_eq!(banned.also, [StoryId(2)]);
        assert!(banned.boosts.is_empty());
        assert_eq!(banned.named.len(), 1);
        all.push(Decision {
            undoes: Some(DecisionId(13)),
            ..decision(20, DecisionKind::Undo, 3, 30)
        });
        assert_eq!(in_force(&all).also, [StoryId(3), StoryId(2)]);
    }
}
