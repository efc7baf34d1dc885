//! `delivery retry`: refused letters that are tried again, as long as nothing later took their place.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::json;

use super::{decide, editions, letter};
use crate::cli::edition::{Shelf, Which};
use crate::cli::{Exit, Failure, House, show};
use crate::domain::delivery::{DeliveryState, Reopening};
use crate::store::settle::Reopen;

/// What `delivery retry` takes.
#[derive(Args, Debug)]
pub struct RetryArgs {
    #[command(flatten)]
    which: Which,
    /// The letter of this subscriber
    #[arg(long, value_name = "ADDRESS", required_unless_present = "code")]
    subscriber: Option<String>,
    /// Every letter that was refused with this code: 550, 55x or 5xx; 0 for our own refusals
    #[arg(long, value_name = "CODE", conflicts_with = "subscriber", value_parser = codes)]
    code: Option<Codes>,
    /// Say what would be tried again, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it, where several are meant
    #[arg(long)]
    yes: bool,
    /// JSON: an object for one subscriber, an array of editions with --code
    #[arg(long)]
    json: bool,
}

/// Codes from the first to the last.
#[derive(Clone, Copy, Debug)]
struct Codes(i64, i64);

fn codes(text: &str) -> Result<Codes, String> {
    let wrong = || "it takes a code such as 550, 55x or 5xx, or 0".to_owned();
    if text == "0" {
        return Ok(Codes(0, 0));
    }
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches('x');
    let shape = lower.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
    if !shape || !(lower.starts_with('4') || lower.starts_with('5')) {
        return Err(wrong());
    }
    let at = |fill: &str| lower.replace('x', fill).parse::<i64>();
    match (at("0"), at("9")) {
        (Ok(first), Ok(last)) => Ok(Codes(first, last)),
        _ => Err(wrong()),
    }
}

pub(super) async fn run(house: &House, args: &RetryArgs) -> Result<Exit, Failure> {
    let shelf = Shelf::open(house, &args.which).await?;
    match &args.subscriber {
        Some(address) => one(house, &shelf, args, address).await,
        None => several(house, &shelf, args).await,
    }
}

async fn one(
    house: &House,
    shelf: &Shelf,
    args: &RetryArgs,
    address: &str,
) -> Result<Exit, Failure> {
    let refused = |d: &crate::domain::delivery::Delivery| d.state == DeliveryState::Refused;
    let letter = letter::find(house, shelf, address, refused).await?;
    let which = Reopen {
        edition: letter.edition,
        subscriber: Some(letter.row.subscriber),
        codes: (0, 999),
        lead_ms: lead_ms(shelf),
    };
    let now = house.clock.now();
    let judged = match args.dry_run {
        true => house.store.reopenable(&which, now).await?,
        false => house.store.reopen(&which, now).await?,
    };
    let Some((_, reopening)) = judged.first().copied() else {
        return Err(letter.not(shelf, "was not refused"));
    };
    if args.json {
        show::json(
            &json!({ "edition": letter.issue, "dry_run": args.dry_run, reopening.as_str(): 1 }),
        )?;
    }
    if reopening != Reopening::Reopened {
        let words = format!("{} is not tried again: {}", letter.name(), why(reopening));
        return Err(Failure::failed(words).hint(hint(shelf, reopening)));
    }
    if args.dry_run {
        show::note(&format!("{} would be tried again", letter.name()));
        return Ok(Exit::Done);
    }
    show::note(&format!("{} is tried again", letter.name()));
    decide::next(shelf);
    Ok(Exit::Done)
}

async fn several(house: &House, shelf: &Shelf, args: &RetryArgs) -> Result<Exit, Failure> {
    let dry = args.dry_run || !args.yes;
    let Codes(first, last) = args.code.unwrap_or(Codes(0, 999));
    let now = house.clock.now();
    let (mut sums, mut values) = (BTreeMap::new(), Vec::new());
    for (issue, edition) in editions(house, shelf).await? {
        let which = Reopen {
            edition,
            subscriber: None,
            codes: (first, last),
            lead_ms: lead_ms(shelf),
        };
        let judged = match dry {
            true => house.store.reopenable(&which, now).await?,
            false => house.store.reopen(&which, now).await?,
        };
        let mut of: BTreeMap<Reopening, i64> = BTreeMap::new();
        for (_, reopening) in judged {
            *of.entry(reopening).or_default() += 1;
            *sums.entry(reopening).or_default() += 1;
        }
        values.push(json!({ "edition": issue, "dry_run": dry, "letters": of }));
    }
    if args.json {
        show::json(&values)?;
    }
    if sums.is_empty() {
        show::note("no letter was refused so");
        return Ok(Exit::Done);
    }
    let reopened: i64 = sums.remove(&Reopening::Reopened).unwrap_or(0);
    let letters = show::count(reopened, "letter");
    let words = if dry {
        "would be tried again"
    } else {
        "to be tried again"
    };
    show::note(&format!("{letters} {words}"));
    for (reopening, n) in &sums {
        show::note(&format!(
            "not {}: {}",
            show::count(*n, "letter"),
            why(*reopening)
        ));
    }
    if dry && !args.dry_run {
        show::note("hint: add --yes");
        return Ok(Exit::Usage);
    }
    if !dry && reopened > 0 {
        decide::next(shelf);
    }
    let partly = !dry && !sums.is_empty();
    Ok(if partly { Exit::Partly } else { Exit::Done })
}

fn lead_ms(shelf: &Shelf) -> i64 {
    i64::from(shelf.list.settings.lead_minutes) * 60_000
}

fn why(reopening: Reopening) -> &'static str {
    match reopening {
        Reopening::Reopened => "it is tried again",
        Reopening::Overtaken => "the next digest took its place",
        Reopening::Withdrawn => "a story of theirs was withdrawn since",
        Reopening::LaterPlanned => "a later digest of theirs is planned, and was chosen without it",
        Reopening::SentElsewhere => "another edition has brought them one of its stories since",
        Reopening::NotActive => "they are not active",
        Reopening::NextTooNear => "the cut-off of their next digest has come",
        Reopening::Cancelled => "its edition was cancelled",
    }
}

fn hint(shelf: &Shelf, reopening: Reopening) -> String {
    let slug = &shelf.list.slug;
    match reopening {
        Reopening::NotActive => {
            format!("`courant subscriber list {slug}` shows who is")
        }
        Reopening::Cancelled => format!("`courant edition status {slug}` shows what became of it"),
        _ => format!(
            "its stories went back and may come with a later one: \
             `courant edition explain {slug} --subscriber ADDRESS`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn codes_are_one_or_a_span() {
        let span = |text| codes(text).ok().map(|c| (c.0, c.1));
        assert_eq!(span("550"), Some((550, 550)));
        assert_eq!(span("55x"), Some((550, 559)));
        assert_eq!(span("5XX"), Some((500, 599)));
        assert_eq!(span("0"), Some((0, 0)));
        for wrong in ["", "x", "xxx", "5x5", "250", "5", "5555", "-50", "55é"] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
    }
}
