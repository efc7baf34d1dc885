//! `article rewrite`: an editor's words for a headline or a summary.

use std::path::Path;

use clap::{ArgGroup, Args};

use super::of;
use super::withdraw::{asked, made_again, named, outlook, say_outlook};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::amendment::AmendmentKind;
use crate::press::amend::Outlook;

/// Longest headline, in characters.
const HEADLINE_MAX: usize = 300;
/// Longest summary, in characters.
const SUMMARY_MAX: usize = 2_000;

/// What `article rewrite` takes.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).multiple(true)))]
pub struct RewriteArgs {
    /// Its number or its URL
    article: String,
    /// Its headline from now on
    #[arg(long, value_name = "TEXT", group = "what")]
    headline: Option<String>,
    /// Its summary from now on
    #[arg(long, value_name = "TEXT", group = "what")]
    summary: Option<String>,
    /// Take the last rewriting back: the one before it counts, else the source's newest text
    #[arg(long, group = "what", conflicts_with_all = ["headline", "summary"])]
    undo: bool,
    /// Only say what it would come to
    #[arg(long)]
    dry_run: bool,
    /// Do it, where letters that are planned change
    #[arg(long)]
    yes: bool,
    /// Who says so
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
}

/// The words that were typed.
fn words(args: &RewriteArgs) -> Result<(Option<String>, Option<String>), Failure> {
    let line = |name, text: &Option<String>, most| {
        let text = text.as_deref();
        text.map(|t| typed::line(name, t, most)).transpose()
    };
    Ok((
        line("--headline", &args.headline, HEADLINE_MAX)?,
        line("--summary", &args.summary, SUMMARY_MAX)?,
    ))
}

pub(super) async fn run(args: &RewriteArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let (headline, summary) = words(args)?;
    let house = House::open(home).await?;
    let article = of(&house.store, &args.article).await?;
    let texts = house.store.article_texts(article.id).await?;
    let in_force = texts.iter().find(|t| t.revision == article.revision);
    let by_editor = in_force.is_some_and(|t| t.by_editor.is_some());
    if args.undo && !by_editor {
        let words = format!("nobody has written {} anew", named(&article));
        let hint = format!("`courant article show {}` shows its texts", article.id);
        return Err(Failure::failed(words).hint(hint));
    }
    let same = |new: &Option<String>, now: &str| new.as_deref().is_none_or(|new| new == now);
    if !args.undo
        && same(&headline, &article.text.headline)
        && same(&summary, &article.text.summary)
    {
        show::note(&format!("{} says that already", named(&article)));
        return Ok(Exit::Done);
    }
    let outlook = outlook(&house, &[article.id], AmendmentKind::Rewritten).await?;
    if args.dry_run || (outlook != Outlook::default() && !args.yes) {
        show::note(&format!("{} would be written anew", named(&article)));
        say_outlook(outlook);
        return Ok(asked(args.dry_run));
    }
    let now = house.clock.now();
    let new = (headline.as_deref(), summary.as_deref());
    let id = match args.undo {
        true => {
            house
                .store
                .article_rewrite_undo(article.id, &by, now)
                .await?
        }
        false => Some(
            house
                .store
                .article_rewrite(article.id, new, &by, now)
                .await?,
        ),
    };
    let Some(id) = id else {
        show::note(&format!("{} was taken back just now", named(&article)));
        return Ok(Exit::Done);
    };
    let after = house.store.article(article.id).await?;
    show::note(&match args.undo {
        true => format!("taken back: it is {} again", named(&after)),
        false => format!(
            "written anew: {}; it stays, whatever its source writes",
            named(&after)
        ),
    });
    made_again(&house, &[id], &article).await
}
