//! Editions, their waves, and what editors decide about them.

use super::slug::Slug;
use super::time::{Run, Timestamp};
use super::written::{Correction, Panel, paragraphs};
use super::{ArticleId, CadenceId, DecisionId, EditionId, ListId, StoryId, WaveId, words};

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
    /// What was written: a line, a note's paragraphs, a panel's text.
    pub text: Option<String>,
    /// The decision that an undo takes back.
    pub undoes: Option<DecisionId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The decisions in force: those not undone; of leads, subjects, preheaders, notes and panels the
/// newest, of corrections all; a ban beats a pin and a lead of the same story, whichever came first.
pub fn in_force(decisions: &[Decision]) -> super::selection::Decisions {
    let undone: Vec<DecisionId> = decisions.iter().filter_map(|d| d.undoes).collect();
    let mut force = super::selection::Decisions::default();
    for decision in decisions.iter().filter(|d| !undone.contains(&d.id)) {
        match (decision.kind, decision.story) {
            (DecisionKind::Lead, Some(story)) => force.lead = Some(story),
            (DecisionKind::Pin, Some(story)) if !force.pins.contains(&story) => {
                force.pins.push(story)
            }
            (DecisionKind::Ban, Some(story)) => {
                force.bans.insert(story, decision.by.clone());
            }
            _ => write_in(&mut force, decision),
        }
    }
    force.pins.retain(|story| !force.bans.contains_key(story));
    force.lead = force.lead.filter(|story| !force.bans.contains_key(story));
    force
}

/// Puts in what was written.
fn write_in(force: &mut super::selection::Decisions, decision: &Decision) {
    let Some(text) = &decision.text else { return };
    match decision.kind {
        DecisionKind::Subject => force.subject = Some(text.clone()),
        DecisionKind::Preheader => force.preheader = Some(text.clone()),
        DecisionKind::Note => force.note = paragraphs(text),
        DecisionKind::Panel => force.panel = Some(Panel::of(text)),
        DecisionKind::Correction => force.corrections.push(Correction {
            text: text.clone(),
            article: decision.article,
            about: None,
        }),
        DecisionKind::Lead | DecisionKind::Pin | DecisionKind::Ban | DecisionKind::Undo => {}
    }
}
