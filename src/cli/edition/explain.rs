//! `edition explain`: every candidate of one reader's digest with one verdict, and its sponsors with
//! the reasons that were written down.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::reading::{self, Ahead, Found, Prefer};
use super::shown;
use super::which::{Shelf, Which, instant, reader};
use crate::cli::verdict::{VerdictWords, age};
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::edition::Edition;
use crate::domain::selection::{Candidate, Rules, Selection, Verdict};
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Subscription, Terms};
use crate::domain::time::{Timestamp, format_rfc3339, from_ms};
use crate::domain::{ArticleId, FlightId};
use crate::press::explain::empty_slots;
use crate::render::RENDERER_VERSION;

/// What `edition explain` takes.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    which: Which,
    /// Whose digest
    #[arg(long, value_name = "ADDRESS")]
    subscriber: String,
    /// Their first digest after this time, with the stories known by then
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// JSON object
    #[arg(long)]
    json: bool,
}

/// A digest with everything that was, or would be, decided about it.
struct Explained {
    /// `daily 2026-11-26`.
    issue: String,
    due: Timestamp,
    cutoff_ms: i64,
    terms: Terms,
    candidates: Vec<Candidate>,
    rules: Rules,
    selection: Selection,
    sponsors: Vec<(Slot, FlightId, String)>,
    /// Whether the replay gives the stored digest; `None` where nothing is stored.
    agrees: Option<bool>,
    /// The renderer that measured the stored digest, where it is another one than measures now.
    fitted_by: Option<String>,
}

pub(super) async fn run(house: &House, args: &ExplainArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    let (person, subscription) = reader(house, &shelf.list, &args.subscriber).await?;
    let zone = &shelf.list.settings.home_zone;
    let at = args.at.as_deref().map(|at| instant(at, zone)).transpose()?;
    let found = reading::find(house, &shelf, &subscription, at, Prefer::Planned).await?;
    let explained = match &found {
        Found::Stored(edition, _) => planned(house, edition, &subscription).await?,
        Found::Skipped(edition, skip) => {
            let mut explained = planned(house, edition, &subscription).await?;
            // Stories are not always why: they may not be mailed, or nobody is.
            explained.selection.skip.get_or_insert(*skip);
            explained
        }
        Found::Ahead(ahead) => {
            let as_of = at.unwrap_or(house.clock.now());
            ahead_of(house, &shelf, ahead, &subscription, as_of).await?
        }
    };
    let words = words(house, &shelf, &explained).await?;
    let rows = rows(&explained, &words);
    let sponsors = sponsors(house, &shelf, &explained).await?;
    if args.json {
        let address = person.address.as_ref().map(|a| a.full());
        show::json(&json!({
            "list": shelf.list.slug,
            "issue": explained.issue,
            "subscriber": address,
            "due": format_rfc3339(explained.due),
            "cutoff": format_rfc3339(from_ms(explained.cutoff_ms)),
            "planned": explained.agrees.is_some(),
            "agrees": explained.agrees,
            "byte_budget": explained.rules.byte_budget,
            "fitted_by": explained.fitted_by,
            "skip": explained.selection.skip,
            "candidates": rows,
            "sponsors": sponsors,
        }))?;
    } else {
        print(&shelf, &explained, &rows, &sponsors)?;
    }
    Ok(match explained.agrees {
        Some(false) => Exit::Problems,
        _ => Exit::Done,
    })
}

async fn planned(
    house: &House,
    edition: &Edition,
    subscription: &Subscription,
) -> Result<Explained, Failure> {
    let press = parts::press(house)?;
    let explained = press.explain(edition, subscription.id).await;
    let explained = explained?;
    let rules = press.thaw(&explained.wave).await?.rules;
    Ok(Explained {
        issue: format!("{} {}", edition.cadence_name, edition.run),
        due: explained.wave.due_at,
        cutoff_ms: rules.cutoff_ms,
        terms: explained.terms,
        candidates: explained.candidates,
        rules,
        agrees: Some(explained.agrees),
        fitted_by: explained.fitted_by,
        sponsors: explained
            .placements
            .into_iter()
            .map(|p| (p.slot, p.flight, p.reason))
            .collect(),
        selection: explained.selection,
    })
}

async fn ahead_of(
    house: &House,
    shelf: &Shelf,
    ahead: &Ahead,
    subscription: &Subscription,
    as_of: Timestamp,
) -> Result<Explained, Failure> {
    let draft = reading::draft(house, &shelf.list, ahead, subscription, as_of).await?;
    let frozen = if draft.wave.is_some() {
        " (frozen)"
    } else {
        ""
    };
    show::note(&format!(
        "a draft{frozen}: nothing of {} {} is planned for them yet",
        ahead.cadence.name, ahead.run
    ));
    Ok(Explained {
        issue: format!("{} {}", ahead.cadence.name, ahead.run),
        due: ahead.due,
        cutoff_ms: draft.inputs.rules.cutoff_ms,
        terms: subscription.terms.clone(),
        candidates: draft.inputs.candidates,
        rules: draft.inputs.rules,
        selection: draft.selection,
        sponsors: draft
            .placements
            .into_iter()
            .map(|p| (p.slot, p.flight, p.reason))
            .collect(),
        agrees: None,
        fitted_by: None,
    })
}

/// A candidate with its verdict.
#[derive(Serialize)]
struct Row {
    article: ArticleId,
    story: crate::domain::StoryId,
    headline: String,
    dated: String,
    age_minutes: i64,
    #[serde(flatten)]
    verdict: Verdict,
    words: String,
}

fn rows(explained: &Explained, words: &VerdictWords) -> Vec<Row> {
    let by_article: BTreeMap<ArticleId, &Candidate> = explained
        .candidates
        .iter()
        .map(|c| (c.article, c))
        .collect();
    let topics = !explained.terms.topics.is_empty();
    let verdicts = explained.selection.verdicts.iter();
    let mut rows: Vec<Row> = verdicts
        .filter_map(|(article, verdict)| {
            let candidate = by_article.get(article)?;
            Some(Row {
                article: *article,
                story: candidate.story,
                headline: candidate.headline.clone(),
                dated: format_rfc3339(from_ms(candidate.dated_ms)),
                age_minutes: (explained.cutoff_ms - candidate.dated_ms).div_euclid(60_000),
                words: words.verdict(verdict, &explained.rules, topics),
                verdict: verdict.clone(),
            })
        })
        .collect();
    rows.sort_by_key(|r| match &r.verdict {
        Verdict::Chosen { rank, .. } => (0, i64::from(*rank), r.article),
        _ => (1, r.age_minutes, r.article),
    });
    rows
}

/// What verdicts are said with: names of topics and places, and of the editions that sent a story.
async fn words(
    house: &House,
    shelf: &Shelf,
    explained: &Explained,
) -> Result<VerdictWords, Failure> {
    let mut words = VerdictWords::default();
    for topic in house.store.topics().await? {
        words.names.insert(topic.slug, topic.name);
    }
    for place in house.store.places().await? {
        words.names.entry(place.slug).or_insert(place.name);
    }
    for verdict in explained.selection.verdicts.values() {
        if let Verdict::AlreadySent { edition } = verdict
            && !words.editions.contains_key(edition)
        {
            let sent = house.store.edition(*edition).await?;
            let own = sent.list == shelf.list.id;
            let list = if own { "" } else { " of another list" };
            let name = format!("{} {}{list}", sent.cadence_name, sent.run);
            words.editions.insert(*edition, name);
        }
    }
    Ok(words)
}

/// A sponsor with its stored reason.
#[derive(Serialize)]
struct Sponsor {
    slot: Slot,
    /// It stands there; else the slot stayed empty, and this is why it is not in it.
    placed: bool,
    sponsor: String,
    flight: String,
    reason: String,
}

async fn sponsors(
    house: &House,
    shelf: &Shelf,
    explained: &Explained,
) -> Result<Vec<Sponsor>, Failure> {
    let flights = house.store.flights(Some(shelf.list.id)).await?;
    let named = |placed: bool, (slot, id, reason): &(Slot, FlightId, String)| {
        let flight = flights.iter().find(|f| f.id == *id);
        Sponsor {
            slot: *slot,
            placed,
            sponsor: flight.map_or_else(String::new, |f| f.sponsor_name.clone()),
            flight: flight.map_or_else(|| id.to_string(), |f| f.slug.to_string()),
            reason: reason.clone(),
        }
    };
    let placed: Vec<_> = explained
        .sponsors
        .iter()
        .map(|(slot, id, _)| (*slot, *id))
        .collect();
    let picks = &explained.selection.picks;
    let empty = empty_slots(
        &explained.candidates,
        picks,
        &placed,
        &flights,
        explained.due,
    );
    let stand = explained.sponsors.iter().map(|row| named(true, row));
    Ok(stand
        .chain(empty.iter().map(|row| named(false, row)))
        .collect())
}

fn print(
    shelf: &Shelf,
    explained: &Explained,
    rows: &[Row],
    sponsors: &[Sponsor],
) -> Result<(), Failure> {
    let due = shown(explained.due, &explained.terms.zone);
    show::line(&format!("{}, due {due}", explained.issue))?;
    if let Some(skip) = explained.selection.skip {
        let why = reading::skip_words(skip, &shelf.list);
        show::line(&format!("no digest: {why}"))?;
    }
    show::line("")?;
    let cells = |row: &Row| {
        let rank = match &row.verdict {
            Verdict::Chosen { rank, .. } => rank.to_string(),
            _ => "-".to_owned(),
        };
        let article = row.article.to_string();
        vec![
            rank,
            row.words.clone(),
            age(row.age_minutes),
            article,
            row.headline.clone(),
        ]
    };
    show::table(
        &["rank", "why", "age", "article", "headline"],
        rows.iter().map(cells).collect(),
        "there was no candidate at all: no article of the list's sources in twice its window",
    )?;
    if !sponsors.is_empty() {
        show::line("")?;
        let cells = |s: &Sponsor| {
            vec![
                s.slot.to_string(),
                s.sponsor.clone(),
                s.flight.clone(),
                s.reason.clone(),
            ]
        };
        let rows = sponsors.iter().map(cells).collect();
        show::table(&["slot", "sponsor", "flight", "why"], rows, "")?;
    }
    for line in agreement(explained) {
        show::line(&line)?;
    }
    Ok(())
}

/// Whether the replay gives what is stored, and what may be why it does not.
fn agreement(explained: &Explained) -> Vec<String> {
    let told = match explained.agrees {
        Some(true) => "\nworked out again, it gives the digest that is stored",
        Some(false) => "\nworked out again, it gives ANOTHER digest than the one that is stored",
        None => return Vec::new(),
    };
    let mut lines = vec![told.to_owned()];
    if let (Some(false), Some(by)) = (explained.agrees, &explained.fitted_by) {
        lines.push(format!(
            "it was fitted by renderer {by}, this is {RENDERER_VERSION}: sizes may differ"
        ));
    }
    lines
}
