//! `edition`: what a list brings next and what it brought, planned, looked at, decided and sent.

mod alarms;
mod approve;
mod asks;
mod check;
mod decide;
pub(in crate::cli) mod diff;
mod explain;
mod halt;
mod issue_state;
mod list;
mod plan;
mod preview;
mod reading;
mod send;
mod simulate;
mod status;
pub(in crate::cli) mod which;

use std::path::Path;

use clap::Subcommand;

pub(super) use asks::{asks, let_go, renew};
pub(super) use preview::weights;
pub(super) use simulate::sweep;
pub(super) use status::command;
pub(super) use which::{Shelf, Which, reader, shown};

use super::{Exit, Failure, House};
use crate::deliver::DeliverError;
use crate::deliver::letters::LetterError;

/// What may be done with editions.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Put a story on the desk's list of top stories, behind those that are on it
    ///
    /// The list comes first where top stories fill a digest, and stands in for readers who keep to
    /// their topics when they would get too few stories.
    Also(decide::StoryArgs),
    /// An editor's word that an edition may go, before or after it is planned
    ///
    /// Without a run, the edition whose letters wait for it, else the next one. Where the list's
    /// `approval` is `hold`, no letter of an edition leaves by itself before it is approved; where it
    /// is `send_auto`, the edition goes either way and the approval is kept with it. An operator's
    /// `edition release` and `edition send --yes` let it go without one, and `edition status` says
    /// so. What asks for another reason (late, unusual, in doubt) is an operator's alone.
    ///
    /// A story that is withdrawn, given back, written anew or corrected by its source afterwards keeps the
    /// approval: `edition status` and `edition diff LIST --approved` say which, and how many letters.
    Approve(approve::ApproveArgs),
    /// Keep a story out of every digest of the next edition, or of a whole day; or a source
    Ban(decide::choose::BanArgs),
    /// Make a story count for more, or for less, in the next edition
    Boost(decide::BoostArgs),
    /// Stop an edition for good: what has not left is withheld
    ///
    /// Its stories go back, waves still to come are skipped, and nobody's next digest is touched.
    Cancel(halt::CancelArgs),
    /// Read a finished plan and list what is wrong with it
    ///
    /// Every digest is held against what its wave froze, what its reader was sent before, the
    /// sponsors' bookings and the ledger, by rules that are written apart from planning. Planning
    /// does the same before it writes, and holds a wave with an error. Exits with 5 where anything is
    /// wrong. Example: courant edition check times --run 2026-11-26
    Check(check::CheckArgs),
    /// Put a correction into every letter of the next edition, beside those it has
    Correction(decide::write::CorrectionArgs),
    /// What editors decided
    Decisions(decide::DecisionsArgs),
    /// What changed between two runs of a list, or since the plan that was approved
    ///
    /// Stories that more or fewer digests have, the editors' subject, preheader, note and lead; with
    /// --subscriber, one reader's stories. What is not planned yet is worked out as it would be now.
    /// Example: courant edition diff times --approved
    Diff(diff::DiffArgs),
    /// Give up the letters that wait for a person
    ///
    /// Letters that have not left are withheld and give their stories back; letters in doubt stay
    /// uncertain and ask no more.
    Drop(status::DropArgs),
    /// Why a subscriber got what they got: every candidate with one verdict
    ///
    /// The verdicts are worked out again from what the plan was made of; where that gives other
    /// stories than the stored digest, it says so and exits with 5.
    Explain(explain::ExplainArgs),
    /// Give a story the picture of another of its articles, or none, in the next edition
    Image(decide::choose::ImageArgs),
    /// Open every digest of the next edition with a story
    Lead(decide::StoryArgs),
    /// A list's editions and how far each is
    List(list::ListArgs),
    /// Put a story at a place of its section in the next edition, wherever digests have it
    Move(decide::choose::MoveArgs),
    /// Open every letter of the next edition with a note, up to 1,500 characters
    ///
    /// Empty lines part its paragraphs.
    Note(decide::write::TextArgs),
    /// Put topics first in the next edition, in this order; the others follow in each reader's own
    Order(decide::choose::OrderArgs),
    /// Give every letter of the next edition a block of lines: markets, weather, anything
    ///
    /// Up to 12 lines of up to 120 characters.
    Panel(decide::write::PanelArgs),
    /// Stop an edition's letters for now, whoever sends them; `hold` is the same
    #[command(alias = "hold")]
    Pause(Which),
    /// Put a story into every digest of the next edition
    Pin(decide::StoryArgs),
    /// Plan every digest that is due within a day, or after any instant
    ///
    /// Nothing is sent: `edition send` does that, or `serve` when the time has come. Typed again it does
    /// the rest: who has a letter that has not left is planned again only at the next cut-off.
    Plan(plan::PlanArgs),
    /// Give every letter of the next edition a preheader, up to 140 characters
    ///
    /// Mail programs show it beside the subject.
    Preheader(decide::write::TextArgs),
    /// The letter that one subscriber gets
    ///
    /// A planned digest is shown as it is stored; else a draft of their next one, of which nothing
    /// is written.
    Preview(preview::PreviewArgs),
    /// Let go the letters that wait for a person, whatever they wait for
    ///
    /// An operator's verb: later waves of the edition need no approval either.
    Release(Which),
    /// Let a paused edition go on
    Resume(Which),
    /// Send an edition now, and follow it to its end
    Send(send::SendArgs),
    /// Try a list's days to come out on a copy of the database: who gets what when, and who does not
    ///
    /// Waves are planned at their cut-off by a clock that runs ahead, letters count as accepted when
    /// they may leave, no mail is sent, and the database is not touched. It needs as much room beside
    /// the database as the database takes. Example: courant edition simulate times --from 2027-03-27
    /// --days 3
    Simulate(simulate::SimulateArgs),
    /// How far an edition is, what asks, and what to type about it
    Status(status::StatusArgs),
    /// Give every letter of the next edition a subject, up to 150 characters
    Subject(decide::write::TextArgs),
}

/// Runs a verb of `edition`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    use crate::domain::edition::DecisionKind;
    let house = House::open(home).await?;
    match verb {
        Verb::Also(args) => decide::story(&house, DecisionKind::Also, &args).await,
        Verb::Approve(args) => approve::run(&house, &args).await,
        Verb::Ban(args) => decide::choose::ban(&house, &args).await,
        Verb::Boost(args) => decide::boost(&house, &args).await,
        Verb::Cancel(args) => halt::cancel(&house, &args).await,
        Verb::Check(args) => check::run(&house, &args).await,
        Verb::Correction(args) => decide::write::correction(&house, &args).await,
        Verb::Decisions(args) => decide::decisions(&house, &args).await,
        Verb::Diff(args) => diff::run(&house, &args).await,
        Verb::Drop(args) => status::drop_held(&house, &args).await,
        Verb::Explain(args) => explain::run(&house, &args).await,
        Verb::Image(args) => decide::choose::image(&house, &args).await,
        Verb::Lead(args) => decide::story(&house, DecisionKind::Lead, &args).await,
        Verb::List(args) => list::run(&house, &args).await,
        Verb::Move(args) => decide::choose::place(&house, &args).await,
        Verb::Note(args) => decide::write::text(&house, DecisionKind::Note, &args).await,
        Verb::Order(args) => decide::choose::order(&house, &args).await,
        Verb::Panel(args) => decide::write::panel(&house, &args).await,
        Verb::Pause(which) => halt::pause(&house, &which).await,
        Verb::Pin(args) => decide::story(&house, DecisionKind::Pin, &args).await,
        Verb::Plan(args) => plan::run(&house, args).await,
        Verb::Preheader(args) => decide::write::text(&house, DecisionKind::Preheader, &args).await,
        Verb::Preview(args) => preview::run(&house, &args).await,
        Verb::Release(which) => status::release(&house, &which).await,
        Verb::Resume(which) => halt::resume(&house, &which).await,
        Verb::Send(args) => send::run(&house, &args).await,
        Verb::Simulate(args) => simulate::run(&house, &args).await,
        Verb::Status(args) => status::run(&house, &args).await,
        Verb::Subject(args) => decide::write::text(&house, DecisionKind::Subject, &args).await,
    }
}

/// Why a letter cannot be shown, on its way to stderr.
fn not_lettered(error: LetterError) -> Failure {
    match error {
        LetterError::Store(error) => error.into(),
        error @ LetterError::NoKey(_) => Failure::new(Exit::Config, error)
            .hint("put the key file back: earlier keys must stay in it"),
        other => {
            let hint = other.hint();
            Failure::new(Exit::Failed, other).maybe_hint(hint)
        }
    }
}

/// What stopped a delivery, on its way to stderr.
fn not_delivered(error: DeliverError) -> Failure {
    Failure::new(Exit::Database, error).hint(
        "what has left is accounted for at the next start; `courant edition status LIST` shows it",
    )
}
