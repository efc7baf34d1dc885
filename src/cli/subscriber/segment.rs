//! `subscriber segment` and `subscriber export`: the part of a list's people that is meant, counted or
//! written out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::agreement::Agreement;
use super::terms;
use crate::cli::list::find;
use crate::cli::{Failure, House, show, typed};
use crate::domain::cells::safe;
use crate::domain::list::List;
use crate::domain::subscriber::{Standing, Subscriber, Subscription};
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::domain::{SubscriberId, SubscriptionId};
use crate::store::history::Agreed;

/// Subscriptions read at a time.
const PAGE: u32 = 2_000;

/// Who is meant: everybody of whom all that is named is true.
#[derive(Args, Debug)]
pub struct Who {
    /// Which list
    list: String,
    /// Following this topic; of several, any
    #[arg(long, value_name = "SLUG")]
    topic: Vec<String>,
    /// Following this place; of several, any
    #[arg(long, value_name = "SLUG")]
    place: Vec<String>,
    /// On this cadence; of several, any
    #[arg(long, value_name = "NAME")]
    cadence: Vec<String>,
    /// On this clock, such as Europe/Berlin; of several, any
    #[arg(long)]
    zone: Vec<String>,
    /// Reading in this language; of several, any
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// pending, active, paused, unsubscribed, bounced or complained; of several, any
    #[arg(long)]
    standing: Vec<String>,
    /// Who signed up, confirmed, came back or changed their terms within this time, such as 30d
    #[arg(long, value_name = "SPAN", value_parser = typed::span)]
    active_within: Option<SignedDuration>,
    /// Who did none of that within this time
    #[arg(long, value_name = "SPAN", value_parser = typed::span, conflicts_with = "active_within")]
    quiet_for: Option<SignedDuration>,
}

/// How people are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// CSV with a header row; no cell is a formula to a spreadsheet.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Where they are written.
#[derive(Args, Debug)]
pub struct Out {
    /// A new file that no one else may read; - for stdout
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// csv or jsonl (by the file's name, else csv)
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Who is meant, checked against what there is.
struct Meant {
    list: List,
    standings: Vec<Standing>,
    /// (the earliest act that counts, whether it has to be there)
    acted: Option<(Timestamp, bool)>,
}

impl Who {
    async fn meant(&self, house: &House) -> Result<Meant, Failure> {
        let store = &house.store;
        let list = find(store, &self.list).await?;
        let topics: Vec<_> = store.topics().await?.into_iter().map(|t| t.slug).collect();
        let places: Vec<_> = store.places().await?.into_iter().map(|p| p.slug).collect();
        for (named, known, what) in [
            (&self.topic, &topics, "topic"),
            (&self.place, &places, "place"),
        ] {
            let unknown = named
                .iter()
                .find(|n| known.iter().all(|k| k.as_str() != **n));
            if let Some(unknown) = unknown {
                return Err(typed::missing(what, unknown, known));
            }
        }
        let cadences = store.cadences(list.id).await?;
        let cadences: Vec<_> = cadences.into_iter().map(|c| c.name).collect();
        for named in &self.cadence {
            if cadences.iter().all(|c| c.as_str() != named) {
                return Err(typed::missing("cadence", named, &cadences));
            }
        }
        let standings = self.standing.iter().map(|s| Standing::parse(s));
        let now = house.clock.now();
        let ago = |span: SignedDuration| now.checked_sub(span).unwrap_or(Timestamp::MIN);
        Ok(Meant {
            list,
            standings: standings.collect::<Result<_, _>>()?,
            acted: match (self.active_within, self.quiet_for) {
                (Some(span), _) => Some((ago(span), true)),
                (_, Some(span)) => Some((ago(span), false)),
                _ => None,
            },
        })
    }

    fn has(&self, meant: &Meant, standing: Standing, s: &Subscription) -> bool {
        let terms = &s.terms;
        let any = |named: &[String], is: &dyn Fn(&str) -> bool| {
            named.is_empty() || named.iter().any(|n| is(n))
        };
        any(&self.topic, &|n| {
            terms.followed().any(|t| t.topic.as_str() == n)
        }) && any(&self.place, &|n| {
            terms.places.iter().any(|p| p.as_str() == n)
        }) && any(&self.cadence, &|n| terms.cadence.as_str() == n)
            && any(&self.zone, &|n| terms.zone.name().eq_ignore_ascii_case(n))
            && any(&self.language, &|n| terms.language.eq_ignore_ascii_case(n))
            && (meant.standings.is_empty() || meant.standings.contains(&standing))
    }
}

/// Hands over everybody who is meant, page by page; who was erased is nobody.
async fn each_page(
    house: &House,
    who: &Who,
    meant: &Meant,
    mut each: impl FnMut(
        Vec<(Subscriber, Subscription)>,
        BTreeMap<SubscriberId, Agreed>,
    ) -> Result<(), Failure>,
    with_consent: bool,
) -> Result<(), Failure> {
    let (store, list) = (&house.store, meant.list.id);
    let mut after = SubscriptionId(0);
    loop {
        let page = store.subscriptions(list, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        let mut found: Vec<_> = page
            .into_iter()
            .filter(|(person, _)| person.address.is_some())
            .filter_map(|(person, mut own)| {
                own.standing = Standing::together(person.standing, own.standing);
                who.has(meant, own.standing, &own).then_some((person, own))
            })
            .collect();
        if let Some((since, wanted)) = meant.acted {
            let ids: Vec<_> = found.iter().map(|(_, s)| s.id).collect();
            let acted = store.acted(&ids).await?;
            found.retain(|(_, s)| acted.get(&s.id).is_some_and(|at| *at >= since) == wanted);
        }
        let agreed = match with_consent {
            true => {
                let ids: Vec<_> = found.iter().map(|(person, _)| person.id).collect();
                store.agreed(list, &ids).await?
            }
            false => BTreeMap::new(),
        };
        each(found, agreed)?;
    }
    Ok(())
}

/// Counts of a segment.
#[derive(Default)]
struct Counts {
    people: u64,
    by: [BTreeMap<String, u64>; 6],
}

/// What a segment is counted by.
const BY: [&str; 6] = ["standing", "cadence", "language", "zone", "topic", "place"];

impl Counts {
    fn add(&mut self, s: &Subscription) {
        self.people += 1;
        let terms = &s.terms;
        let topics = terms.followed().map(|t| t.topic.to_string());
        let places = terms.places.iter().map(ToString::to_string);
        let values: [BTreeSet<String>; 6] = [
            BTreeSet::from([s.standing.to_string()]),
            BTreeSet::from([terms.cadence.to_string()]),
            BTreeSet::from([terms.language.clone()]),
            BTreeSet::from([terms.zone.name().to_owned()]),
            topics.collect(),
            places.collect(),
        ];
        for (counts, values) in self.by.iter_mut().zip(values) {
            for value in values {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
}

/// `subscriber segment`: how many are meant, and what they are like.
pub(super) async fn segment(house: &House, who: &Who, json: bool) -> Result<(), Failure> {
    let meant = who.meant(house).await?;
    let mut counts = Counts::default();
    let count = |found: Vec<(Subscriber, Subscription)>, _| {
        found.iter().for_each(|(_, s)| counts.add(s));
        Ok(())
    };
    each_page(house, who, &meant, count, false).await?;
    if json {
        let mut value = json!({"list": meant.list.slug, "people": counts.people});
        for (by, counts) in BY.iter().zip(&counts.by) {
            value[by] = json!(counts);
        }
        return show::json(&value);
    }
    show::pairs(&[("people", counts.people.to_string())])?;
    let mut rows = Vec::new();
    for (by, counts) in BY.iter().zip(&counts.by) {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by_key(|(value, n)| (std::cmp::Reverse(**n), *value));
        for (value, n) in counts {
            rows.push(vec![(*by).to_owned(), value.clone(), n.to_string()]);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    show::table(&["by", "value", "people"], rows, "")
}

/// `subscriber export`: everybody who is meant, with what they asked for and when they agreed.
pub(super) async fn export(house: &House, who: &Who, out: &Out) -> Result<(), Failure> {
    let meant = who.meant(house).await?;
    let named = out
        .to
        .extension()
        .is_some_and(|e| e == "jsonl" || e == "ndjson");
    let by_name = if named { Format::Jsonl } else { Format::Csv };
    let format = out.format.unwrap_or(by_name);
    let stdout = out.to.as_os_str() == "-";
    let to: Box<dyn Write> = match stdout {
        true => Box::new(std::io::stdout().lock()),
        false => Box::new(crate::disk::create_private(&out.to).map_err(|e| {
            Failure::from(e)
                .context(format!("cannot make `{}`", out.to.display()))
                .hint("name a file that is not there yet")
        })?),
    };
    let mut to = std::io::BufWriter::new(to);
    let mut people = 0_u64;
    if format == Format::Csv {
        csv::Writer::from_writer(&mut to)
            .write_record(COLUMNS)
            .map_err(std::io::Error::from)?;
    }
    let list = &meant.list;
    let write = |found: Vec<(Subscriber, Subscription)>, agreed: BTreeMap<SubscriberId, Agreed>| {
        let mut rows = Vec::new();
        for (person, own) in &found {
            people += 1;
            let agreed = agreed.get(&person.id);
            match format {
                Format::Jsonl => {
                    let text = object(list, person, own, agreed).to_string();
                    rows.extend_from_slice(text.as_bytes());
                    rows.push(b'\n');
                }
                Format::Csv => {
                    let cells = cells(list, person, own, agreed);
                    let mut line = csv::Writer::from_writer(&mut rows);
                    let cells = cells.iter().map(|cell| safe(cell).into_owned());
                    line.write_record(cells).map_err(std::io::Error::from)?;
                }
            }
        }
        Ok(to.write_all(&rows)?)
    };
    each_page(house, who, &meant, write, true).await?;
    to.flush()?;
    if !stdout {
        let people = i64::try_from(people).unwrap_or(i64::MAX);
        let words = show::count(people, "subscriber");
        show::note(&format!("{words} in {}", out.to.display()));
    }
    Ok(())
}

/// Columns that `subscriber import` knows by their names.
const COLUMNS: [&str; 20] = [
    "email",
    "status",
    "list",
    "cadence",
    "hour",
    "zone",
    "language",
    "length",
    "images",
    "topics",
    "never",
    "places",
    "text_only",
    "paused_until",
    "created_at",
    "next_due",
    "confirmed_at",
    "confirmation_ip",
    "consented_at",
    "consent_note",
];

fn cells(
    list: &List,
    person: &Subscriber,
    own: &Subscription,
    agreed: Option<&Agreed>,
) -> [String; 20] {
    let terms = &own.terms;
    let address = person.address.as_ref().map(|a| a.full().to_owned());
    let joined = |all: Vec<String>| all.join("; ");
    let at = |at: Option<Timestamp>| at.map(format_rfc3339).unwrap_or_default();
    let consent = Agreement::of(agreed);
    [
        address.unwrap_or_default(),
        own.standing.to_string(),
        list.slug.to_string(),
        terms.cadence.to_string(),
        terms.hour.map(|h| h.to_string()).unwrap_or_default(),
        terms.zone.name().to_owned(),
        terms.language.clone(),
        terms.length.to_string(),
        terms.images.to_string(),
        joined(terms.followed().map(terms::weighed).collect()),
        joined(terms.unwanted().map(ToString::to_string).collect()),
        joined(terms.places.iter().map(ToString::to_string).collect()),
        terms.text_only.to_string(),
        terms.resume_on.map(|d| d.to_string()).unwrap_or_default(),
        format_rfc3339(person.created_at),
        at(own.due_at),
        consent.confirmed_at.unwrap_or_default(),
        agreed.and_then(|a| a.network.clone()).unwrap_or_default(),
        consent.consented_at.unwrap_or_default(),
        consent.note,
    ]
}

fn object(list: &List, person: &Subscriber, own: &Subscription, agreed: Option<&Agreed>) -> Value {
    let mut value = terms::value(list, own);
    value["email"] = json!(person.address.as_ref().map(|a| a.full()));
    value["status"] = json!(own.standing);
    value["created_at"] = json!(format_rfc3339(person.created_at));
    let consent = Agreement::of(agreed);
    value["confirmed_at"] = json!(consent.confirmed_at);
    value["consented_at"] = json!(consent.consented_at);
    value["consent_note"] = json!(consent.note);
    value["confirmed_how"] = json!(agreed.map(|a| &a.how));
    value["confirmation_ip"] = json!(agreed.and_then(|a| a.network.as_ref()));
    value
}
