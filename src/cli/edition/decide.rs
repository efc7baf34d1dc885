//! `edition pin`, `lead`, `also`, `boost` and `decisions`: what editors decide about an edition.
//! Nothing is ever rewritten: a decision is a row, and so is taking one back.

mod about;
mod beside;
pub(super) mod choose;
mod frozen;
mod idle;
mod limit;
mod words;
pub(super) mod write;

use clap::Args;
use serde_json::json;

use super::which::{Issue, Shelf, Which};
use crate::cli::{Exit, Failure, House, show, typed};
use crate::domain::article::Article;
use crate::domain::edition::{BOOST, Decision, DecisionKind, Edition, NO_PICTURE, in_force};
use crate::domain::time::format_rfc3339;
use crate::store::editions::NewDecision;

/// The state of a decision that counts.
const IN_FORCE: &str = "in force";
/// How much of a text stands in the table of decisions, in characters.
const SHOWN: usize = 100;

/// What `pin`, `ban`, `lead` and `also` take.
#[derive(Args, Debug)]
pub struct StoryArgs {
    #[command(flatten)]
    which: Which,
    /// The article that tells the story: its id or its URL
    article: String,
    /// Who decides
    #[arg(long, value_name = "NAME", default_value = "cli")]
    by: String,
    /// Take the decision back
    #[arg(long)]
    undo: bool,
}

/// What `boost` takes.
#[derive(Args, Debug)]
pub struct BoostArgs {
    #[command(flatten)]
    story: StoryArgs,
    /// Percent of what the story would count, 1 to 1000: 200 doubles it, 50 halves it
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    percent: Option<u16>,
}

/// What `decisions` takes.
#[derive(Args, Debug)]
pub struct DecisionsArgs {
    #[command(flatten)]
    which: Which,
    /// JSON array
    #[arg(long)]
    json: bool,
}

/// Makes a story count for more or for less.
pub(super) async fn boost(house: &House, args: &BoostArgs) -> Result<Exit, Failure> {
    if let Some(percent) = args.percent.filter(|percent| !BOOST.contains(percent)) {
        let (least, most) = (BOOST.start(), BOOST.end());
        let words = format!("a boost of {percent} percent is not from {least} to {most}");
        return Err(Failure::usage(words).hint("`edition ban` keeps a story out"));
    }
    let percent = args.percent.map(|percent| percent.to_string());
    decide(house, DecisionKind::Boost, &args.story, percent).await
}

/// Pins, lists or leads with a story.
pub(super) async fn story(
    house: &House,
    kind: DecisionKind,
    args: &StoryArgs,
) -> Result<Exit, Failure> {
    decide(house, kind, args, None).await
}

/// Decides about a story; `text`: what a boost comes to.
async fn decide(
    house: &House,
    kind: DecisionKind,
    args: &StoryArgs,
    text: Option<String>,
) -> Result<Exit, Failure> {
    let by = typed::line("--by", &args.by, 80)?;
    let shelf = Shelf::open(house, &args.which).await?;
    let article = about::meant(house, &shelf, kind, args).await?;
    let edition = about::edition(house, &shelf, kind, args.undo).await?;
    let before = house.store.decisions(edition.id).await?;
    let newest = standing(&before, |d| {
        d.kind == kind && d.story == Some(article.story)
    });
    let name = format!("{} {}", edition.cadence_name, edition.run);
    let told = format!(
        "`{}` (article {}, story {})",
        article.text.headline, article.id, article.story
    );
    let new = match (args.undo, newest) {
        (false, Some(known)) if known.text == text && still(&before, known, kind) => {
            let was = words::was(kind, known.text.as_deref());
            show::note(&format!("{told} {was} {name} already, by {}", known.by));
            return Ok(Exit::Done);
        }
        (true, None) => {
            let slug = &shelf.list.slug;
            return Err(
                Failure::failed(format!("{told} is no {kind} of {name}")).hint(format!(
                    "`courant edition decisions {slug}` shows what was decided"
                )),
            );
        }
        (true, Some(known)) => NewDecision {
            kind: DecisionKind::Undo,
            undoes: Some(known.id),
            ..of_story(&edition, kind, &article, by)
        },
        (false, _) => NewDecision {
            text: text.clone(),
            ..of_story(&edition, kind, &article, by)
        },
    };
    house.store.decide(&new, house.clock.now()).await?;
    let after = house.store.decisions(edition.id).await?;
    let verb = match args.undo {
        true => words::no_longer(kind).to_owned(),
        false => words::became(kind, text.as_deref()),
    };
    show::note(&format!("{told} {verb} {name}"));
    if !args.undo && kind != DecisionKind::Ban {
        about::kept_back(&shelf, &article, house.clock.now());
    }
    consequences(&before, &after, &article, args);
    reach(house, &shelf, &edition).await?;
    if kind == DecisionKind::Ban && !args.undo {
        not_reached(house, &shelf, &edition, &article).await?;
    }
    Ok(Exit::Done)
}

/// Says where a banned story may be all the same.
async fn not_reached(
    house: &House,
    shelf: &Shelf,
    edition: &Edition,
    article: &Article,
) -> Result<(), Failure> {
    beside::untouched(house, shelf, edition, article).await?;
    frozen::kept(house, shelf, article).await
}

/// Every decision about the editions that are meant, newest run first.
pub(super) async fn decisions(house: &House, args: &DecisionsArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let meant = shelf.meant();
    if meant.is_empty() && shelf.named.is_some() {
        return Err(shelf.unknown());
    }
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for issue in meant.into_iter().rev().take(50) {
        let Some(edition) = &issue.edition else {
            continue;
        };
        let all = house.store.decisions(edition.id).await?;
        for decision in &all {
            let about = about(house, decision, &all).await?;
            let state = match idle::is(house, &all, decision).await? {
                true => idle::WORD,
                false => state(&all, decision),
            };
            values.push(json!({
                "id": decision.id, "cadence": issue.cadence.name, "run": issue.run.to_string(),
                "kind": decision.kind, "state": state, "story": decision.story,
                "article": decision.article, "text": decision.text, "about": about,
                "undoes": decision.undoes, "by": decision.by,
                "at": format_rfc3339(decision.at),
            }));
            let at = shelf.shown(decision.at);
            let (run, id) = (issue.name(), decision.id.to_string());
            let (kind, by) = (decision.kind.to_string(), decision.by.clone());
            rows.push(vec![run, id, kind, about, state.to_owned(), by, at]);
        }
    }
    if args.json {
        show::json(&values)?;
        return Ok(Exit::Done);
    }
    let slug = &shelf.list.slug;
    let empty = format!("nobody decided anything: `courant edition pin {slug} ARTICLE` would");
    let headers = ["edition", "id", "kind", "about", "state", "by", "at"];
    show::table(&headers, rows, &empty)?;
    Ok(Exit::Done)
}

async fn about(house: &House, decision: &Decision, all: &[Decision]) -> Result<String, Failure> {
    if let Some(undone) = decision.undoes {
        let kind = all.iter().find(|d| d.id == undone).map(|d| d.kind.as_str());
        return Ok(format!("{} {undone}", kind.unwrap_or("decision")));
    }
    match (&decision.text, decision.article) {
        (Some(text), Some(article)) if decision.kind.is_of_one_story() => {
            let article = house.store.article(article).await?;
            let (headline, source) = (article.text.headline, article.source_name);
            Ok(match decision.kind {
                DecisionKind::Boost => format!("{text} %: {headline}"),
                DecisionKind::Move => format!("place {text}: {headline}"),
                DecisionKind::BanSource => source,
                _ if text == NO_PICTURE => format!("no picture: {headline}"),
                _ => format!("the picture of article {text}: {headline}"),
            })
        }
        (Some(text), _) => Ok(one_line(text)),
        (None, Some(article)) => Ok(house.store.article(article).await?.text.headline),
        (None, None) => Ok(String::new()),
    }
}

/// A text of several lines as a table shows it.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|l| !l.is_empty()).collect();
    match lines.as_slice() {
        [line] => (*line).to_owned(),
        lines => typed::short(&lines.join(" / "), SHOWN),
    }
}

/// Whether a decision counts: `in force`, `taken back`, or why it does not.
fn state(all: &[Decision], decision: &Decision) -> &'static str {
    if all.iter().any(|d| d.undoes == Some(decision.id)) {
        return "taken back";
    }
    let force = in_force(all);
    let (kind, story) = (decision.kind, decision.story);
    let banned = story.is_some_and(|s| force.bans.contains_key(&s));
    match kind {
        DecisionKind::Undo => "",
        DecisionKind::Pin
        | DecisionKind::Lead
        | DecisionKind::Also
        | DecisionKind::Boost
        | DecisionKind::Move
        | DecisionKind::Image
            if banned =>
        {
            "outweighed by a ban"
        }
        DecisionKind::Lead if force.lead != story => "replaced",
        DecisionKind::Boost | DecisionKind::Move | DecisionKind::Image
            if standing(all, |d| d.kind == kind && d.story == story)
                .is_some_and(|d| d.id != decision.id) =>
        {
            "replaced"
        }
        DecisionKind::Subject
        | DecisionKind::Preheader
        | DecisionKind::Note
        | DecisionKind::Panel
        | DecisionKind::Order
            if standing(all, |d| d.kind == kind).is_some_and(|d| d.id != decision.id) =>
        {
            "replaced"
        }
        _ => IN_FORCE,
    }
}

/// The newest decision of a sort that nobody took back.
fn standing(all: &[Decision], is: impl Fn(&Decision) -> bool) -> Option<&Decision> {
    let back = |d: &&Decision| all.iter().any(|u| u.undoes == Some(d.id));
    all.iter().rev().filter(|d| !back(d)).find(|d| is(d))
}

/// Whether saying it again would change nothing.
fn still(all: &[Decision], known: &Decision, kind: DecisionKind) -> bool {
    kind != DecisionKind::Lead
        || standing(all, |d| d.kind == kind).is_some_and(|d| d.id == known.id)
}

fn of_story(edition: &Edition, kind: DecisionKind, article: &Article, by: String) -> NewDecision {
    NewDecision {
        edition: edition.id,
        kind,
        story: Some(article.story),
        article: Some(article.id),
        text: None,
        undoes: None,
        by,
    }
}

/// What else a decision changed: a ban outweighs pins and leads, a lead replaces a lead.
fn consequences(before: &[Decision], after: &[Decision], article: &Article, args: &StoryArgs) {
    let story = article.story;
    let (was, is) = (in_force(before), in_force(after));
    let own = |d: &Decision| d.story == Some(story);
    if was.pins.contains(&story) && !is.pins.contains(&story) && is.bans.contains_key(&story) {
        show::note("it was pinned; the ban outweighs the pin");
    }
    if was.lead == Some(story) && is.bans.contains_key(&story) {
        show::note("it was the lead; the ban outweighs that");
    }
    if let Some(by) = is.bans.get(&story)
        && !args.undo
        && standing(after, own).is_some_and(|d| d.kind != DecisionKind::Ban)
    {
        let slug = &args.which.list;
        show::note(&format!("but {by} banned it, and a ban outweighs this"));
        show::note(&format!(
            "hint: `courant edition ban {slug} {} --undo` takes the ban back",
            article.id
        ));
    }
    if !was.pins.contains(&story) && is.pins.contains(&story) && args.undo {
        show::note("it is pinned again");
    }
    let replaced = was.lead.filter(|old| *old != story);
    match (replaced, is.lead) {
        (Some(old), Some(new)) if new == story => {
            show::note(&format!("it replaces story {old} as the lead"));
        }
        (_, Some(old)) if old != story && was.lead == Some(story) => {
            show::note(&format!("story {old} is the lead again"));
        }
        _ => {}
    }
}

/// Says for which waves a decision holds.
async fn reach(house: &House, shelf: &Shelf, edition: &Edition) -> Result<(), Failure> {
    let frozen = house.store.waves(edition.id).await?;
    let same = |i: &&Issue| i.cadence.id == edition.cadence && i.run == edition.run;
    let coming = shelf.issues.iter().find(same).map(|i| i.coming.as_slice());
    let done = |due| frozen.iter().any(|w| w.due_at == due);
    let open: Vec<_> = coming
        .unwrap_or_default()
        .iter()
        .filter(|w| !done(w.due_at))
        .collect();
    let (n, total) = (frozen.len(), frozen.len() + open.len());
    if n > 0 {
        show::note(&format!(
            "{n} of {total} waves are frozen and stay as they are"
        ));
    }
    let lead = i64::from(shelf.list.settings.lead_minutes);
    match open.first() {
        Some(first) => {
            let cutoff = first
                .due_at
                .checked_sub(jiff::SignedDuration::from_mins(lead));
            let cutoff = shelf.shown(cutoff.unwrap_or(first.due_at));
            let waves = show::count(open.len() as i64, "wave");
            show::note(&format!(
                "it holds for {waves}; the first one freezes at {cutoff}"
            ));
        }
        None if n > 0 => show::note("nobody else is due for it, so that nothing changes by it"),
        None => show::note("nobody is due for it yet; it holds for every wave of it"),
    }
    Ok(())
}
