//! `article withdraw`: an article is taken out of everything that has not left.

use std::path::Path;

use clap::Args;

use super::beside::{Beside, say_with};
use super::of;
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::amendment::{Amendment, AmendmentKind};
use crate::domain::article::Article;
use crate::domain::edition::Wave;
use crate::domain::{AmendmentId, ArticleId};
use crate::press::amend::Outlook;
use crate::store::amendments::{Reached, Said};

/// What `article withdraw` takes.
#[derive(Args, Debug)]
pub struct WithdrawArgs {
    /// Its number or its URL
    article: String,
    /// Why, for whoever asks
    #[arg(long, value_name = "TEXT", conflicts_with = "undo")]
    reason: Option<String>,
    /// Take the withdrawal back: plans may take it again, and letters that lost it are selected again
    #[arg(long)]
    undo: bool,
    /// Its copies on other pages, too: articles of its story that have its text or its headline
    #[arg(long, conflicts_with = "undo")]
    copies: bool,
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

pub(super) async fn run(args: &WithdrawArgs, home: Option<&Path>) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let reason = args.reason.as_deref();
    let reason = reason
        .map(|r| typed::line("--reason", r, 300))
        .transpose()?;
    let house = House::open(home).await?;
    let article = of(&house.store, &args.article).await?;
    let named = named(&article);
    let (kind, verb) = match args.undo {
        false => (AmendmentKind::Withdrawn, "would be withdrawn"),
        true => (AmendmentKind::Restored, "may be brought again"),
    };
    let beside = Beside::of(&house.store, &article).await?;
    let copies = beside.ids(args.copies);
    let concerned = house.store.articles_concerned(kind, article.id, &copies);
    let concerned = concerned.await?;
    if concerned.is_empty() {
        already(&article, args.undo);
        if !args.undo {
            beside.say_left("withdraw", args.copies);
        }
        return Ok(Exit::Done);
    }
    let ids: Vec<ArticleId> = concerned.iter().map(|a| a.id).collect();
    let outlook = outlook(&house, &ids, kind).await?;
    if args.dry_run || (outlook != Outlook::default() && !args.yes) {
        show::note(&format!("{named} {verb}"));
        say_with(&article, &concerned);
        if !args.undo {
            beside.say_left("withdraw", args.copies);
        }
        say_outlook(outlook);
        return Ok(asked(args.dry_run));
    }
    let said = Said {
        article: article.id,
        by: Some(&by),
        reason: reason.as_deref(),
    };
    let done = write(&house, said, kind, &copies).await?;
    if done.is_empty() {
        already(&article, args.undo);
        return Ok(Exit::Done);
    }
    show::note(&match args.undo {
        false => format!("{named} is withdrawn: no plan takes it any more"),
        true => format!("{named} is not withdrawn any more: plans may take it"),
    });
    say_with(&article, &concerned);
    if !args.undo {
        beside.say_left("withdraw", args.copies);
    }
    made_again(&house, &done, &article).await
}

/// Writes a withdrawal down, or that it is taken back.
async fn write(
    house: &House,
    said: Said<'_>,
    kind: AmendmentKind,
    copies: &[ArticleId],
) -> Result<Vec<AmendmentId>, Failure> {
    let now = house.clock.now();
    Ok(match kind {
        AmendmentKind::Restored => house.store.article_restore(said, now).await?,
        _ => house.store.article_withdraw(said, copies, now).await?,
    })
}

/// How a command ends that only said what it would do.
pub(super) fn asked(dry_run: bool) -> Exit {
    if dry_run {
        return Exit::Done;
    }
    show::note("hint: add --yes");
    Exit::Usage
}

fn already(article: &Article, undo: bool) {
    let named = named(article);
    match (undo, article.withdrawn) {
        (false, Some(at)) => {
            show::note(&format!(
                "{named} was withdrawn already, {}",
                typed::shown(at)
            ));
        }
        (false, None) => show::note(&format!("{named} was withdrawn just now")),
        (true, _) => show::note(&format!("{named} is not withdrawn")),
    }
}

/// An article as people know it.
pub(super) fn named(article: &Article) -> String {
    let headline = typed::short(&article.text.headline, 80);
    format!("`{headline}` (article {})", article.id)
}

/// What an amendment would come to in all letters that are planned.
pub(super) async fn outlook(
    house: &House,
    articles: &[ArticleId],
    kind: AmendmentKind,
) -> Result<Outlook, Failure> {
    let press = parts::press(house)?;
    let mut sum = Outlook::default();
    for wave in waves(house).await? {
        let told = press.outlook(&wave, (kind, articles), house.clock.now());
        let told = told.await?;
        sum.revised += told.revised;
        sum.withheld += told.withheld;
    }
    Ok(sum)
}

/// Waves of editions that have letters which may still leave, or that were withheld by a withdrawal.
async fn waves(house: &House) -> Result<Vec<Wave>, Failure> {
    let mut waves = Vec::new();
    for id in house.store.waves_amendable().await? {
        waves.push(house.store.wave(id).await?);
    }
    Ok(waves)
}

pub(super) fn say_outlook(outlook: Outlook) {
    let letters = |n: u64| show::count(i64::try_from(n).unwrap_or(i64::MAX), "letter");
    match outlook.revised {
        0 if outlook.withheld == 0 => show::note("no letter that is planned changes by it"),
        n => show::note(&format!(
            "made again, of those that have not begun: {}",
            letters(n)
        )),
    }
    if outlook.withheld > 0 {
        let withheld = letters(outlook.withheld);
        show::note(&format!("withheld, with too few stories left: {withheld}"));
    }
}

/// Makes the letters again that these amendments reach, and says what they came to together.
pub(super) async fn made_again(
    house: &House,
    ids: &[AmendmentId],
    article: &Article,
) -> Result<Exit, Failure> {
    let press = parts::press(house)?;
    let mut pending = house.store.amendments_pending().await?;
    // An earlier one that was left undone holds the same letters.
    let last = ids.iter().max();
    pending.retain(|one| last.is_some_and(|last| one.amendment <= *last));
    let failed = press.amend_pending(&pending, house.clock.now()).await?;
    let reached = reached(house, ids).await?;
    let mut any = false;
    for one in reached
        .iter()
        .filter(|r| r.revised + r.withheld + r.held + r.gone > 0)
    {
        any = true;
        say(one, article);
        if let Some(approved) = house.store.edition(one.edition).await?.approved {
            show::note(&format!(
                "it was approved by {}: the approval holds, and `courant edition status {} --run {}` says what was amended since",
                approved.by, one.list, one.run
            ));
        }
    }
    if !any {
        show::note("no letter that is planned changes by it");
    }
    for error in &failed {
        show::note(&format!("left undone, and its letters wait: {error}"));
    }
    if !failed.is_empty() {
        show::note("hint: `courant edition check LIST` says what is wrong with a wave");
        return Ok(Exit::Partly);
    }
    Ok(Exit::Done)
}

/// What amendments came to together, by edition.
async fn reached(house: &House, ids: &[AmendmentId]) -> Result<Vec<Reached>, Failure> {
    let mut sums: Vec<Reached> = Vec::new();
    for id in ids {
        for one in house.store.amendment_reach(*id).await? {
            match sums.iter_mut().find(|sum| sum.edition == one.edition) {
                Some(sum) => {
                    sum.revised += one.revised;
                    sum.withheld += one.withheld;
                    sum.held += one.held;
                    sum.gone += one.gone;
                }
                None => sums.push(one),
            }
        }
    }
    Ok(sums)
}

fn say(reached: &Reached, article: &Article) {
    let name = format!("{} {} {}", reached.list, reached.cadence, reached.run);
    let mut said = Vec::new();
    for (n, what) in [
        (reached.revised, "made again"),
        (reached.withheld, "withheld, with too few stories left"),
        (reached.held, "in doubt and held"),
        (reached.gone, "gone with it, or in doubt"),
    ] {
        if n > 0 {
            said.push(format!("{} {what}", show::count(n, "letter")));
        }
    }
    show::note(&format!("{name}: {}", said.join("; ")));
    if reached.held > 0 {
        let (list, run) = (&reached.list, reached.run);
        show::note(&format!(
            "hint: `courant edition status {list} --run {run}` shows what is held and how it is let go"
        ));
    }
    if reached.gone > 0 {
        let (list, id) = (&reached.list, article.id);
        show::note(&format!(
            "hint: no mail can be called back; `courant edition correction {list} TEXT --article {id}` puts a correction into the next one"
        ));
    }
}

/// What was said of an article after letters were planned, for `article show`.
pub(super) fn pairs(article: &Article, said: &[Amendment]) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    let words = |one: &Amendment| {
        let by = one.by.as_deref().unwrap_or("its source");
        let mut words = format!("{} by {by}", typed::shown(one.at));
        if let Some(reason) = &one.reason {
            words.push_str(&format!(": {reason}"));
        }
        words
    };
    if let Some(corrected) = article.corrected {
        pairs.push((
            "corrected",
            format!("{}, by its source", typed::shown(corrected)),
        ));
    }
    let last = said.iter().rev();
    let mut last = last.filter(|one| one.kind != AmendmentKind::Rewritten);
    match (last.next(), article.withdrawn) {
        (Some(one), Some(_)) => pairs.push(("withdrawn", words(one))),
        (Some(one), None) => pairs.push(("restored", words(one))),
        (None, Some(at)) => pairs.push(("withdrawn", typed::shown(at))),
        (None, None) => {}
    }
    pairs
}
