//! `edition explain`: every candidate of one reader's digest with one verdict, and its sponsors with
//! the reasons that were written down.

mod rows;
mod table;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::reading::{self, Ahead, Found, Prefer};
use super::which::{Shelf, Which, instant, reader};
use crate::cli::verdict::VerdictWords;
use crate::cli::{Exit, Failure, House, parts, show};
use crate::domain::FlightId;
use crate::domain::edition::{Edition, EditionState};
use crate::domain::selection::{Candidate, METHOD, Rules, Selection, Skip, Verdict};
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Standing, Subscriber, Subscription, Terms};
use crate::domain::time::{Timestamp, format_rfc3339, from_ms};
use crate::press::explain::empty_slots;

/// What `edition explain` takes.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    which: Which,
    /// Whose digest
    #[arg(long, value_name = "ADDRESS")]
    subscriber: String,
    /// The same as --run
    #[arg(long, value_name = "DATE", conflicts_with = "run")]
    date: Option<String>,
    /// Their first digest after this time, with the stories known by then
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// At most so many stories that are not in the digest
    #[arg(long, value_name = "N", default_value_t = 40, conflicts_with = "all")]
    limit: usize,
    /// Every story that is not in the digest
    #[arg(long)]
    all: bool,
    /// JSON object, always with every candidate
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
    /// Unix ms to which it goes back, after a pause or a missed run.
    since_ms: Option<i64>,
    selection: Selection,
    sponsors: Vec<(Slot, FlightId, String)>,
    /// Why nothing comes of it, in words, where stories are not why.
    nothing: Option<String>,
    /// How the edition stands, where a person stopped it.
    stopped: Option<EditionState>,
    /// Whether the replay gives the stored digest; `None` where nothing is stored.
    agrees: Option<bool>,
    /// The renderer that measured the stored digest, where it is another one than measures now.
    fitted_by: Option<String>,
}

pub(super) async fn run(house: &House, args: &ExplainArgs) -> Result<Exit, Failure> {
    let mut which = args.which.clone();
    which.run = which.run.or_else(|| args.date.clone());
    let shelf = Shelf::open(house, &which).await?;
    let (person, subscription) = reader(house, &shelf.list, &args.subscriber).await?;
    if person.address.is_none() {
        let slug = &shelf.list.slug;
        return Err(Failure::failed(
            "this subscriber was erased: nothing is kept of what they were sent, or why",
        )
        .hint(format!("`courant edition status {slug}` still counts it")));
    }
    let zone = &shelf.list.settings.home_zone;
    let at = args.at.as_deref().map(|at| instant(at, zone)).transpose()?;
    let explained = explained(house, &shelf, (&person, &subscription), at).await?;
    let words = words(house, &shelf, &explained).await?;
    let rows = rows::of(&explained, &words);
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
            "method": explained.rules.method,
            "byte_budget": explained.rules.byte_budget,
            "fitted_by": explained.fitted_by,
            "skip": explained.selection.skip,
            "nothing": explained.nothing,
            "edition": explained.stopped,
            "counts": rows::counts(&rows),
            "candidates": rows,
            "sponsors": sponsors,
        }))?;
    } else {
        let most = match args.all {
            true => usize::MAX,
            false => args.limit,
        };
        table::print(&shelf, &explained, &rows, &sponsors, most)?;
    }
    Ok(match explained.agrees {
        Some(false) => Exit::Problems,
        _ => Exit::Done,
    })
}

async fn explained(
    house: &House,
    shelf: &Shelf,
    (person, subscription): (&Subscriber, &Subscription),
    at: Option<Timestamp>,
) -> Result<Explained, Failure> {
    let found = reading::find(house, shelf, subscription, at, Prefer::Planned).await?;
    Ok(match &found {
        Found::Stored(edition, _) => {
            let mut explained = planned(house, edition, subscription).await?;
            let row = reading::delivery_of(house, edition, subscription).await?;
            let standing = Standing::together(person.standing, subscription.standing);
            if row.is_some_and(|d| d.state.is_open()) && standing != Standing::Active {
                let words = format!("they are {standing}, so that their letter does not leave");
                explained.nothing = Some(words);
            }
            explained
        }
        Found::Skipped(edition, skip) => {
            let mut explained = planned(house, edition, subscription).await?;
            // Stories are not always why: they may not be mailed, or nobody is.
            explained.selection.skip.get_or_insert(*skip);
            explained
        }
        Found::Ahead(ahead) => {
            let draft = ahead_of(house, shelf, ahead, subscription, at).await?;
            match reading::nothing_comes(person, subscription, ahead) {
                Some(why) => draft.brought_nothing(why),
                None => draft,
            }
        }
    })
}

impl Explained {
    /// It was planned by another release's way of selecting.
    fn other_method(&self) -> bool {
        self.rules.method != METHOD
    }

    /// The same where nothing comes, whatever the stories are: what was chosen waits.
    fn brought_nothing(mut self, (skip, words): (Skip, String)) -> Explained {
        self.nothing = Some(words);
        self.sponsors.clear();
        let selection = &mut self.selection;
        selection.skip = Some(skip);
        selection.picks.clear();
        for verdict in selection.verdicts.values_mut() {
            if matches!(verdict, Verdict::Chosen { .. }) {
                *verdict = Verdict::Skipped;
            }
        }
        self
    }
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
        since_ms: explained.since_ms,
        nothing: None,
        stopped: stopped(edition),
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
    at: Option<Timestamp>,
) -> Result<Explained, Failure> {
    let draft = reading::draft(house, &shelf.list, ahead, subscription, at).await?;
    let frozen = if draft.wave.is_some() {
        " (frozen)"
    } else {
        ""
    };
    show::note(&format!(
        "a draft{frozen}: nothing of {} {} is planned for them yet",
        ahead.cadence.name, ahead.run
    ));
    if let Some(words) = distance(shelf, ahead, house.clock.now()) {
        show::note(&format!("warning: {words}"));
    }
    Ok(Explained {
        issue: format!("{} {}", ahead.cadence.name, ahead.run),
        due: ahead.due,
        cutoff_ms: draft.inputs.rules.cutoff_ms,
        terms: subscription.terms.clone(),
        candidates: draft.inputs.candidates,
        rules: draft.inputs.rules,
        since_ms: draft.since_ms,
        selection: draft.selection,
        sponsors: draft
            .placements
            .into_iter()
            .map(|p| (p.slot, p.flight, p.reason))
            .collect(),
        nothing: None,
        stopped: ahead.edition.as_ref().and_then(stopped),
        agrees: None,
        fitted_by: None,
    })
}

/// How an edition stands that a person stopped.
fn stopped(edition: &Edition) -> Option<EditionState> {
    (edition.state != EditionState::Open).then_some(edition.state)
}

/// What a draft cannot know: it is for a run that is over, or so far ahead that what it will bring is
/// not there yet.
fn distance(shelf: &Shelf, ahead: &Ahead, now: Timestamp) -> Option<String> {
    let hours = ahead.due.duration_since(now).as_hours();
    let name = format!("{} {}", ahead.cadence.name, ahead.run);
    if ahead.due <= now {
        return Some(format!(
            "{name} is over, and nothing of it was planned for them: this is what is known now"
        ));
    }
    (hours > i64::from(shelf.list.settings.window_hours)).then(|| {
        let far = match hours / 24 {
            0 | 1 => format!("{hours} h"),
            days => format!("{days} days"),
        };
        format!("{name} is due in {far}: most of what it will bring is not there yet")
    })
}

/// What verdicts are said with: names of topics and places, and of the editions that sent a story.
async fn words(
    house: &House,
    shelf: &Shelf,
    explained: &Explained,
) -> Result<VerdictWords, Failure> {
    let mut words = VerdictWords {
        zone: Some(shelf.list.settings.home_zone.clone()),
        since_ms: explained.since_ms,
        ..VerdictWords::default()
    };
    for topic in house.store.topics().await? {
        words.names.insert(topic.slug, topic.name);
    }
    for place in house.store.places().await? {
        words.names.entry(place.slug).or_insert(place.name);
    }
    for source in house.store.sources(None).await? {
        // Whoever has no name of their own is known to the desk by the short one.
        let name = match source.name.is_empty() {
            true => source.slug.to_string(),
            false => source.name,
        };
        words.sources.insert(source.id, name);
    }
    let told = explained.candidates.iter().map(|c| (c.article, c.source));
    words.told_by = told.collect();
    for (article, verdict) in &explained.selection.verdicts {
        if let Verdict::AuthorCap { author } = verdict
            && !words.authors.contains_key(author)
        {
            let article = house.store.article(*article).await?;
            if !article.text.byline.is_empty() {
                words.authors.insert(author.clone(), article.text.byline);
            }
        }
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
