//! `article explain`: who gets a story in the runs to come, who does not, and why, in counts; and what
//! would come of it if the story were stopped now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use crate::cli::edition::{Shelf, Which, command, shown};
use crate::cli::verdict::{in_short, kind};
use crate::cli::{Exit, Failure, House, parts, show, typed};
use crate::domain::article::Article;
use crate::domain::list::List;
use crate::domain::selection::{Skip, Verdict};
use crate::domain::time::format_rfc3339;
use crate::press::forecast::{Ahead, Awaited, Issue, Place};
use crate::press::{Makeup, Press};

/// Readers' answers that are kept for others who are alike.
const KEPT: usize = 20_000;

/// What `article explain` takes.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// Its number or its URL
    article: String,
    /// Only in this list; else in every list that takes from its source
    #[arg(long)]
    list: Option<String>,
    /// Which run: 2026-11-26, today or tomorrow; else the next one of each list
    #[arg(long, value_name = "RUN", requires = "list")]
    run: Option<String>,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// What an article comes to in one issue.
#[derive(Default, Serialize)]
struct Count {
    list: String,
    issue: String,
    first_due: Option<String>,
    /// The same as people of the list say it.
    #[serde(skip)]
    due: Option<String>,
    readers: u64,
    /// Digests that have it.
    gets: u64,
    /// Of these, those that are planned.
    planned: u64,
    /// Of these, those of waves that are frozen and have letters that may still leave: no ban takes
    /// the story out of them.
    frozen: u64,
    /// What stops them: commands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stops: Vec<String>,
    /// By verdict, those who do not get it.
    others: BTreeMap<&'static str, u64>,
    /// Who gets no digest at all, by reason.
    skipped: BTreeMap<String, u64>,
    /// Of the digests that have it, those that would fall under the list's minimum without it.
    under_minimum: u64,
    /// It is no candidate of any wave.
    candidate: bool,
    /// Why it is none.
    why_not: Option<String>,
}

pub(super) async fn run(house: &House, args: &ExplainArgs) -> Result<Exit, Failure> {
    let article = super::of(&house.store, &args.article).await?;
    let lists = lists(house, args, &article).await?;
    let bar = show::bar(0, "asking for every reader");
    let mut counts = Vec::new();
    for list in &lists {
        counts.extend(of_list(house, args, list, &article, &bar).await?);
    }
    bar.finish_and_clear();
    if args.json {
        show::json(&json!({
            "article": article.id,
            "story": article.story,
            "headline": article.text.headline,
            "source": article.source_name,
            "issues": counts,
        }))?;
        return Ok(Exit::Done);
    }
    let (id, headline, source) = (article.id, &article.text.headline, &article.source_name);
    show::line(&format!("article {id} of {source}: {headline}"))?;
    for count in &counts {
        print(count)?;
    }
    if counts.is_empty() {
        show::note("nobody is due for anything that could bring it");
        show::note("hint: `courant subscriber list LIST` shows who is active");
    }
    Ok(Exit::Done)
}

async fn lists(house: &House, args: &ExplainArgs, article: &Article) -> Result<Vec<List>, Failure> {
    if let Some(name) = &args.list {
        return Ok(vec![typed::list(&house.store, name).await?]);
    }
    let takes = house.store.source_lists(article.source).await?;
    let lists = house.store.lists().await?;
    let any = lists
        .first()
        .map_or("LIST".to_owned(), |l| l.slug.to_string());
    let found: Vec<List> = lists
        .into_iter()
        .filter(|l| takes.contains(&l.id))
        .collect();
    if found.is_empty() {
        let source = &article.source_name;
        let sources = house.store.sources(None).await?;
        let slug = sources.iter().find(|s| s.id == article.source);
        let slug = slug.map_or_else(|| source.clone(), |s| s.slug.to_string());
        return Err(
            Failure::failed(format!("no list takes from `{source}`, its source"))
                .hint(format!("`courant source set {slug} lists {any}` lets one")),
        );
    }
    Ok(found)
}

async fn shelf(house: &House, args: &ExplainArgs, list: &List) -> Result<Shelf, Failure> {
    let which = Which {
        list: list.slug.to_string(),
        run: args.run.clone(),
        cadence: None,
    };
    Shelf::open(house, &which).await
}

/// The issues of a list that are meant: the named run's, else the next one with those of its day, and
/// what is planned and has not left.
async fn of_list(
    house: &House,
    args: &ExplainArgs,
    list: &List,
    article: &Article,
    bar: &ProgressBar,
) -> Result<Vec<Count>, Failure> {
    let shelf = shelf(house, args, list).await?;
    let open = house.store.editions_open().await?;
    let next = shelf.next().map(|i| i.run.date());
    let meant = shelf.meant().into_iter().filter(|issue| {
        let leaving = issue.edition.as_ref().is_some_and(|e| open.contains(&e.id));
        shelf.named.is_some()
            || leaving
            || (!issue.coming.is_empty() && next == Some(issue.run.date()))
    });
    let meant: Vec<_> = meant.collect();
    if meant.is_empty() && shelf.named.is_some() {
        return Err(shelf.unknown());
    }
    let press = parts::press(house)?;
    let mut counts = Vec::new();
    for issue in meant {
        let named = Issue {
            list,
            run: issue.run,
            edition: issue.edition.as_ref(),
            coming: &issue.coming,
        };
        let waves = press.ahead(named, house.clock.now()).await?;
        let readers: i64 = waves.iter().map(|w| w.readers).sum();
        bar.inc_length(u64::try_from(readers).unwrap_or(0));
        let mut count = Count {
            list: list.slug.to_string(),
            issue: issue.name(),
            first_due: waves.first().map(|w| format_rfc3339(w.due)),
            due: waves.first().map(|w| shelf.shown(w.due)),
            ..Count::default()
        };
        let leaving = issue.edition.as_ref().is_some_and(|e| open.contains(&e.id));
        if leaving && waves.iter().any(|w| w.wave.is_some()) {
            let typed = |verb| command(&shelf, issue.run, &issue.cadence.name, verb);
            count.stops = ["pause", "cancel"].map(typed).to_vec();
        }
        for wave in &waves {
            add(&press, wave, article, &mut count, bar).await?;
        }
        if let Some(edition) = &issue.edition {
            for (_, reason) in house.store.skips(edition.id).await? {
                *count.skipped.entry(reason).or_default() += 1;
                count.readers += 1;
            }
        }
        if !count.candidate {
            count.why_not = Some(why_not(list, article, &waves));
        }
        counts.push(count);
    }
    Ok(counts)
}

/// What became of the article for a reader, and of their digest without it.
#[derive(Clone)]
struct Answer {
    verdict: Option<Verdict>,
    skip: Option<Skip>,
    under_minimum: bool,
}

async fn add(
    press: &Press,
    wave: &Ahead,
    article: &Article,
    count: &mut Count,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let told = wave
        .inputs
        .candidates
        .iter()
        .find(|c| c.article == article.id);
    count.candidate |= told.is_some();
    let story = told.map_or(article.story, |c| c.story);
    let makeup = press.makeup(&wave.inputs, wave.run).await?;
    let stopped = wave.without(story);
    let without = press.makeup(&stopped, wave.run).await?;
    let kin = wave.kin();
    let mut known: HashMap<String, Answer> = HashMap::new();
    let mut place = Place::default();
    loop {
        let slice = wave.slice(&mut place).await?;
        if slice.is_empty() {
            break;
        }
        bar.inc(slice.len() as u64);
        for mut reader in slice {
            count.readers += 1;
            if let Some(skip) = reader.barred {
                *count.skipped.entry(skip.to_string()).or_default() += 1;
                continue;
            }
            reader.narrowed(&kin);
            if known.len() >= KEPT {
                known.clear();
            }
            let answer = known
                .entry(reader.likeness())
                .or_insert_with(|| answer(&reader, article, (&makeup, &without)))
                .clone();
            let before = count.gets;
            tell(count, &reader, &answer);
            if wave.wave.is_some() && !count.stops.is_empty() {
                count.frozen += count.gets - before;
            }
        }
    }
    Ok(())
}

fn answer(
    reader: &Awaited,
    article: &Article,
    (makeup, without): (&Makeup<'_>, &Makeup<'_>),
) -> Answer {
    let selection = makeup.selection(&reader.asking());
    let verdict = selection.verdicts.get(&article.id).cloned();
    let has = matches!(verdict, Some(Verdict::Chosen { .. }));
    Answer {
        verdict,
        skip: selection.skip,
        // What is planned would be selected again from what its wave froze.
        under_minimum: has && without.selection(&reader.asking()).skip.is_some(),
    }
}

fn tell(count: &mut Count, reader: &Awaited, answer: &Answer) {
    if let (Some(skip), None) = (answer.skip, &reader.stored) {
        *count.skipped.entry(skip.to_string()).or_default() += 1;
        return;
    }
    match &answer.verdict {
        Some(Verdict::Chosen { .. }) => {
            count.gets += 1;
            count.planned += u64::from(reader.stored.is_some());
            count.under_minimum += u64::from(answer.under_minimum);
        }
        Some(verdict) => *count.others.entry(kind(verdict)).or_default() += 1,
        None => {}
    }
}

/// Why an article is no candidate of an issue's waves.
fn why_not(list: &List, article: &Article, waves: &[Ahead]) -> String {
    if let Some(at) = article.withdrawn {
        let zone = &list.settings.home_zone;
        return format!("it was withdrawn {}", shown(at, zone));
    }
    if article.backlog {
        return "it is backlog: it was there before its source was added".to_owned();
    }
    let dated = crate::domain::article::dated(article.published, article.first_seen);
    let cutoffs: BTreeSet<i64> = waves.iter().map(|w| w.inputs.rules.cutoff_ms).collect();
    let age = cutoffs.first().map(|cut| cut - dated.as_millisecond());
    let window = i64::from(list.settings.window_hours) * 3_600_000;
    match age {
        Some(age) if age > window => {
            format!("it is {} h old at the cut-off", age / 3_600_000)
        }
        Some(age) if age < 0 => "it is dated after the cut-off".to_owned(),
        _ => "it came after its waves were frozen, or the list does not take \
              from its source"
            .to_owned(),
    }
}

fn print(count: &Count) -> Result<(), Failure> {
    let n = |n: u64, one| show::count(i64::try_from(n).unwrap_or(i64::MAX), one);
    let s = |n: u64| if n == 1 { "s" } else { "" };
    let has = |n: u64| if n == 1 { "has" } else { "have" };
    show::line("")?;
    show::line(&format!(
        "{} {}: {}, due from {}",
        count.list,
        count.issue,
        n(count.readers, "reader"),
        count.due.as_deref().unwrap_or("-")
    ))?;
    if let Some(why) = &count.why_not {
        return show::line(&format!("  nobody gets it: {why}"));
    }
    let planned = match count.planned {
        0 => String::new(),
        n => format!(", {n} of them planned already"),
    };
    let (digests, have) = (n(count.gets, "digest"), has(count.gets));
    show::line(&format!("  {digests} {have} it{planned}"))?;
    let mut others: Vec<_> = count.others.iter().collect();
    others.sort_by_key(|(kind, n)| (std::cmp::Reverse(**n), **kind));
    for (kind, times) in others {
        show::line(&format!(
            "  {} without it: {}",
            n(*times, "digest"),
            in_short(kind)
        ))?;
    }
    for (skip, times) in &count.skipped {
        let words = skip.replace('_', " ");
        let readers = n(*times, "reader");
        show::line(&format!("  {readers} get{} no digest: {words}", s(*times)))?;
    }
    if count.gets > 0 {
        show::line(&format!(
            "  if it is stopped now: {} fall{} under the minimum",
            n(count.under_minimum, "digest"),
            s(count.under_minimum)
        ))?;
    }
    if count.frozen > 0 {
        let (digests, are) = match count.frozen {
            1 => ("1 digest".to_owned(), "is"),
            many => (n(many, "digest"), "are"),
        };
        show::line(&format!(
            "  {digests} of these {are} frozen: no ban takes it out of them"
        ))?;
        show::line("  `courant article withdraw` takes the article out of what has not left")?;
        if let [pause, cancel] = count.stops.as_slice() {
            show::line(&format!(
                "  `{pause}` stops their letters for now, `{cancel} --yes` for good"
            ))?;
        }
    }
    Ok(())
}
