//! `edition subject`, `preheader`, `note`, `panel` and `correction`: what editors write into an edition.
//! The newest text counts; corrections stand beside each other.

use std::path::Path;

use clap::Args;

use super::{about, limit, reach, standing};
use crate::cli::edition::which::{Shelf, Which};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::edition::{Decision, DecisionKind, in_force};
use crate::domain::selection::Decisions;
use crate::domain::written::{
    CORRECTION_MAX, CORRECTIONS, PREHEADER_MAX, Panel, SUBJECT_MAX, WrittenError, line, note,
};
use crate::store::editions::NewDecision;

/// How much of a text is shown when it is taken, in characters.
const SHOWN: usize = 150;

/// What `subject`, `preheader` and `note` take.
#[derive(Args, Debug)]
pub struct TextArgs {
    #[command(flatten)]
    which: Which,
    /// The text; - reads it from stdin
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    text: Option<String>,
    #[command(flatten)]
    who: WhoArgs,
}

/// What `panel` takes.
#[derive(Args, Debug)]
pub struct PanelArgs {
    #[command(flatten)]
    which: Which,
    /// Its lines, one an argument; - reads them from stdin
    #[arg(
        value_name = "LINE",
        required_unless_present = "undo",
        conflicts_with = "undo"
    )]
    lines: Vec<String>,
    /// A line above it, up to 80 characters
    #[arg(long, value_name = "TEXT", conflicts_with = "undo")]
    title: Option<String>,
    #[command(flatten)]
    who: WhoArgs,
}

/// What `correction` takes.
#[derive(Args, Debug)]
pub struct CorrectionArgs {
    #[command(flatten)]
    which: Which,
    /// One line, up to 300 characters; - reads it from stdin
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    text: Option<String>,
    /// The article that is corrected: its id or its URL
    #[arg(long, value_name = "ARTICLE", conflicts_with = "undo")]
    article: Option<String>,
    #[command(flatten)]
    who: WhoArgs,
}

/// Who writes, or takes back what was written.
#[derive(Args, Debug)]
pub(super) struct WhoArgs {
    /// Who decides
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
    /// Take the newest one back
    #[arg(long)]
    pub(super) undo: bool,
}

/// Gives an edition a subject, a preheader or a note.
pub async fn text(house: &House, kind: DecisionKind, args: &TextArgs) -> Result<Exit, Failure> {
    let text = args.text.as_deref().map(given).transpose()?;
    let text = text.map(|text| match kind {
        DecisionKind::Note => note(&text),
        DecisionKind::Preheader => line("the preheader", &text, PREHEADER_MAX),
        _ => line("the subject", &text, SUBJECT_MAX),
    });
    let text = text.transpose().map_err(Failure::usage)?;
    write(house, &args.which, kind, text, None, &args.who).await
}

/// Gives an edition a panel.
pub async fn panel(house: &House, args: &PanelArgs) -> Result<Exit, Failure> {
    let title = args.title.as_deref();
    let panel = match args.lines.as_slice() {
        [] => None,
        [dash] if dash == "-" => {
            let text = given(dash)?;
            Some(Panel::new(title, &text.lines().collect::<Vec<_>>()))
        }
        lines => {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            Some(Panel::new(title, &lines))
        }
    };
    let text = panel.map(|p: Result<Panel, WrittenError>| p.map(|p| p.text()));
    let text = text.transpose().map_err(Failure::usage)?;
    let kind = DecisionKind::Panel;
    write(house, &args.which, kind, text, None, &args.who).await
}

/// Puts a correction beside those that an edition has.
pub async fn correction(house: &House, args: &CorrectionArgs) -> Result<Exit, Failure> {
    let text = args.text.as_deref().map(given).transpose()?;
    let text = text.map(|text| line("the correction", &text, CORRECTION_MAX));
    let text = text.transpose().map_err(Failure::usage)?;
    let (kind, article) = (DecisionKind::Correction, args.article.as_deref());
    write(house, &args.which, kind, text, article, &args.who).await
}

/// Writes it down, or that the newest of its kind is taken back.
pub(super) async fn write(
    house: &House,
    which: &Which,
    kind: DecisionKind,
    text: Option<String>,
    article: Option<&str>,
    who: &WhoArgs,
) -> Result<Exit, Failure> {
    let by = typed::line("--by", &who.by, 80)?;
    let shelf = Shelf::open(house, which).await?;
    let article = match article {
        Some(article) => Some(about::article(house, &shelf, article).await?),
        None => None,
    };
    let edition = about::edition(house, &shelf, kind, who.undo).await?;
    let before = house.store.decisions(edition.id).await?;
    let name = format!("{} {}", edition.cadence_name, edition.run);
    let undoes = match who.undo {
        true => Some(newest(&before, kind, &name)?.id),
        false => None,
    };
    let corrections = in_force(&before).corrections.len();
    if kind == DecisionKind::Correction && !who.undo && corrections >= CORRECTIONS {
        let slug = &shelf.list.slug;
        let words = format!("{name} has {CORRECTIONS} corrections, and takes no more");
        return Err(Failure::failed(words).hint(format!(
            "`courant edition correction {slug} --undo` takes the newest one back"
        )));
    }
    let new = NewDecision {
        edition: edition.id,
        kind: undoes.map_or(kind, |_| DecisionKind::Undo),
        story: article.as_ref().map(|a| a.story),
        article: article.as_ref().map(|a| a.id),
        text,
        undoes,
        by,
    };
    if new.text.is_some() {
        limit::refuse(house, &shelf, &edition, &before, &new).await?;
    }
    house.store.decide(&new, house.clock.now()).await?;
    let after = in_force(&house.store.decisions(edition.id).await?);
    show::note(&told(kind, &name, &after));
    if let Some(article) = article {
        show::note(&format!("it is about `{}`", article.text.headline));
    }
    reach(house, &shelf, &edition).await?;
    Ok(Exit::Done)
}

/// A text as it was typed, or stdin where `-` was.
fn given(text: &str) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let bytes = typed::bytes(Path::new("-"))?;
    String::from_utf8(bytes).map_err(|_| Failure::usage("what came on stdin is not UTF-8"))
}

fn newest<'a>(
    before: &'a [Decision],
    kind: DecisionKind,
    name: &str,
) -> Result<&'a Decision, Failure> {
    standing(before, |d| d.kind == kind)
        .ok_or_else(|| Failure::failed(format!("{name} has no {kind} of an editor's")))
}

/// What an edition has now.
fn told(kind: DecisionKind, name: &str, after: &Decisions) -> String {
    let text = match kind {
        DecisionKind::Correction => {
            let count = show::count(after.corrections.len() as i64, "correction");
            return format!("{name} has {count}");
        }
        DecisionKind::Note => (!after.note.is_empty()).then(|| after.note.join(" / ")),
        DecisionKind::Panel => after.panel.as_ref().map(|panel| {
            let parts = panel.title.iter().chain(&panel.lines);
            parts.cloned().collect::<Vec<_>>().join(" / ")
        }),
        DecisionKind::Order if after.order.is_empty() => {
            return format!("{name} has its topics in each reader's own order again");
        }
        DecisionKind::Order => {
            let topics: Vec<&str> = after.order.iter().map(|t| t.as_str()).collect();
            return format!("{name} opens with {}", topics.join(", then "));
        }
        DecisionKind::Preheader => after.preheader.clone(),
        _ => after.subject.clone(),
    };
    match (text, kind) {
        (Some(text), _) => {
            let text = typed::short(&text, SHOWN);
            format!("the {kind} of {name} is now `{text}`")
        }
        (None, DecisionKind::Note | DecisionKind::Panel) => format!("{name} has no {kind} now"),
        (None, _) => format!("{name} has each letter's own {kind} again"),
    }
}
