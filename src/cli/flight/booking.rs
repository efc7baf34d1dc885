//! What a flight is booked for, as it is typed: read on top of a booking, new or there already.

use jiff::ToSpan;

use super::safety::Safety;
use crate::cli::{Failure, House, typed};
use crate::domain::article::CategoryMap;
use crate::domain::flight::{Gambling, HOLD_HOURS, NewFlight, Pacing, Tier};
use crate::domain::goal::Goal;
use crate::domain::list::List;
use crate::domain::money::Currency;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Campaign, FlightState, Slot};
use crate::domain::targeting::Weekday;
use crate::domain::time::{Date, Timestamp, Zone};
use crate::sponsors::booking;

/// What is booked.
#[derive(clap::Args, Debug)]
pub struct Terms {
    /// Delivered sends that are booked; the same as --goal sends:N
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "goal",
        allow_negative_numbers = true
    )]
    booked: Option<i64>,
    /// sends:N, share:P (percent of each wave's eligible digests) or every (each eligible digest, and
    /// no other sponsor in it); a house flight has none
    #[arg(long)]
    goal: Option<String>,
    /// Its order, by short name (default: the sponsor's first, which is made if need be)
    #[arg(long)]
    campaign: Option<String>,
    /// Who is served first: takeover, guaranteed, bonus or house [default: guaranteed]
    #[arg(long)]
    tier: Option<String>,
    /// A takeover fills every slot of a digest, and counts as one send
    #[arg(long)]
    all: bool,
    /// flat:120.50 or cpm:25 (for a thousand delivered sends), in the campaign's currency; none
    #[arg(long)]
    price: Option<String>,
    /// even (the same share of every edition), front (more in the first half), asap [default: asap]
    #[arg(long)]
    pacing: Option<String>,
    /// At most so many sends to one reader in so many days, such as 2/7; none
    #[arg(long, value_name = "N/DAYS")]
    cap: Option<String>,
    /// Zone of its days (default: the list's home zone)
    #[arg(long)]
    zone: Option<String>,
    /// A slot that it may take, S1 (top) to S4 (bottom); may be repeated (default: every slot)
    #[arg(long)]
    slot: Vec<String>,
    /// For readers who follow one of these topics
    #[arg(long, value_name = "TOPIC,…", value_delimiter = ',')]
    topics: Option<Vec<String>>,
    /// For readers who follow one of these places
    #[arg(long, value_name = "PLACE,…", value_delimiter = ',')]
    places: Option<Vec<String>>,
    /// For digests of these cadences
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    cadences: Option<Vec<String>>,
    /// For readers of these languages; `de` is for `de-AT` too
    #[arg(long, value_name = "TAG,…", value_delimiter = ',')]
    languages: Option<Vec<String>>,
    /// For runs on these days: mon to sun
    #[arg(long, value_name = "DAY,…", value_delimiter = ',')]
    weekdays: Option<Vec<String>>,
    /// Exclusion group: one of its flights in a digest (default: the sponsor); none
    #[arg(long)]
    group: Option<String>,
    /// A topic that it wants to stand by; may be repeated (default: any)
    #[arg(long, value_name = "TOPIC")]
    beside: Vec<String>,
    /// A topic or category word beside which it must not stand; may be repeated
    #[arg(long, value_name = "WORD")]
    avoid: Vec<String>,
    #[command(flatten)]
    safety: Safety,
    /// It is gambling: the sponsor's legal line, printed after every text
    #[arg(long, value_name = "LEGAL LINE")]
    gambling: Option<String>,
    /// Places in which its gambling is allowed; who follows none of them gets none
    #[arg(long, value_name = "PLACE,…", value_delimiter = ',')]
    gambling_places: Option<Vec<String>>,
    /// Hold its inventory for 72 hours, without running
    #[arg(long, conflicts_with = "unapproved")]
    hold: bool,
    /// Booked, and not run before `flight approve`
    #[arg(long)]
    unapproved: bool,
}

impl Terms {
    /// Puts what was typed into a booking of a list, and checks it by itself. `campaigns` are the
    /// sponsor's.
    pub async fn over(
        &self,
        house: &House,
        list: &List,
        campaigns: &[Campaign],
        new: &mut NewFlight,
    ) -> Result<(), Failure> {
        self.sold(campaigns, new)?;
        if let Some(zone) = &self.zone {
            new.zone = Zone::parse(zone).map_err(|e| in_field("--zone", e))?;
        }
        if !self.slot.is_empty() {
            new.slots = slots(&self.slot)?;
        }
        self.whom(house, list, new).await?;
        if !self.beside.is_empty() {
            new.beside = Vec::new();
        }
        for topic in &self.beside {
            let found = typed::topic(&house.store, topic).await;
            let found = found.map_err(|e| e.context(format!("`--beside {topic}`")))?;
            new.beside.push(found);
        }
        if !self.avoid.is_empty() {
            new.avoid = self.avoid.iter().map(|w| CategoryMap::key(w)).collect();
        }
        new.safety = self.safety.over(new.safety.clone())?;
        self.gambles(house, new).await?;
        let own = campaigns.iter().find(|c| Some(c.id) == new.campaign);
        let currency = own.or(campaigns.first()).map(|c| c.currency);
        let currency = currency.unwrap_or(Currency::NONE);
        booking::check(new, currency).map_err(Failure::from)
    }

    /// What was sold, for how much, and how it stands with it.
    fn sold(&self, campaigns: &[Campaign], new: &mut NewFlight) -> Result<(), Failure> {
        if let Some(name) = &self.campaign {
            let found = campaigns.iter().find(|c| c.slug.as_str() == name);
            let found = found.ok_or_else(|| super::no_campaign(name, campaigns))?;
            new.campaign = Some(found.id);
        }
        if let Some(tier) = &self.tier {
            new.tier = Tier::parse(tier).map_err(|e| in_field("--tier", e))?;
            if new.tier == Tier::House {
                new.goal = Goal::Rest;
            }
        }
        if let Some(booked) = self.booked {
            new.goal = Goal::sends(booked).map_err(|_| {
                let words = format!("`--booked {booked}`: at least one send is booked");
                Failure::usage(words)
            })?;
        }
        if let Some(goal) = &self.goal {
            new.goal = goal.parse::<Goal>().map_err(|e| in_field("--goal", e))?;
        }
        new.all |= self.all;
        if let Some(price) = &self.price {
            let read = none_or(price, |p| p.parse().map_err(|e| in_field("--price", e)));
            new.price = read?;
        }
        if let Some(pacing) = &self.pacing {
            new.pacing = Pacing::parse(pacing).map_err(|e| in_field("--pacing", e))?;
        }
        if let Some(cap) = &self.cap {
            new.cap = none_or(cap, |c| c.parse().map_err(|e| in_field("--cap", e)))?;
        }
        if let Some(group) = &self.group {
            new.group = none_or(group, |g| {
                Slug::parse(g).map_err(|e| in_field("--group", e))
            })?;
        }
        Ok(())
    }

    async fn whom(&self, house: &House, list: &List, new: &mut NewFlight) -> Result<(), Failure> {
        let targeting = &mut new.targeting;
        if let Some(names) = &self.topics {
            targeting.topics = Vec::new();
            for name in given(names) {
                let found = typed::topic(&house.store, name).await;
                let found = found.map_err(|e| e.context(format!("`--topics {name}`")))?;
                targeting.topics.push(found);
            }
        }
        if let Some(names) = &self.places {
            targeting.places = places(house, "--places", names).await?;
        }
        if let Some(names) = &self.cadences {
            let cadences = house.store.cadences(list.id).await?;
            let known: Vec<Slug> = cadences.into_iter().map(|c| c.name).collect();
            targeting.cadences = among("cadence", "--cadences", names, &known)?;
        }
        if let Some(tags) = &self.languages {
            let mut languages = Vec::new();
            for tag in given(tags) {
                languages.push(language(tag)?);
            }
            targeting.languages = languages;
        }
        if let Some(days) = &self.weekdays {
            let days = given(days).map(|d| Weekday::parse(&d.to_lowercase()));
            let days: Result<Vec<Weekday>, _> = days.collect();
            targeting.weekdays =
                days.map_err(|e| in_field("--weekdays", e).hint("write days such as sat,sun"))?;
            targeting.weekdays.sort_unstable();
            targeting.weekdays.dedup();
        }
        Ok(())
    }

    async fn gambles(&self, house: &House, new: &mut NewFlight) -> Result<(), Failure> {
        if self.gambling.is_none() && self.gambling_places.is_none() {
            return Ok(());
        }
        let before = new.gambling.take();
        let line = match (&self.gambling, &before) {
            (Some(line), _) => typed::line("the legal line", line, 200)?,
            (None, Some(before)) => before.legal_line.clone(),
            (None, None) => {
                return Err(Failure::usage("`--gambling-places` without `--gambling`")
                    .hint("write --gambling \"LEGAL LINE\": it is printed after every text"));
            }
        };
        let places = match &self.gambling_places {
            Some(names) => places(house, "--gambling-places", names).await?,
            None => before.map(|g| g.places).unwrap_or_default(),
        };
        new.gambling = Some(Gambling {
            legal_line: line,
            places,
        });
        Ok(())
    }

    /// Whether a goal was typed.
    pub fn has_goal(&self) -> bool {
        self.booked.is_some() || self.goal.is_some()
    }

    /// How the flight stands by what was typed: held, booked, or as it was.
    pub fn standing(&self, new: &mut NewFlight, now: Timestamp) -> Result<(), Failure> {
        if self.hold {
            let until = now
                .saturating_add(HOLD_HOURS.hours())
                .map_err(Failure::usage)?;
            (new.state, new.hold_until) = (FlightState::Hold, Some(until));
        }
        if self.unapproved {
            (new.state, new.hold_until) = (FlightState::Booked, None);
        }
        Ok(())
    }
}

/// A flight's days, first and last, as instants in a zone.
pub fn days(from: Date, to: Date, zone: &Zone) -> Result<(Timestamp, Timestamp), Failure> {
    if to < from {
        return Err(
            Failure::usage(format_args!("`--to {to}` lies before `--from {from}`"))
                .hint("both days are in the flight: the same day twice is a flight of one day"),
        );
    }
    Ok((
        start_of(from, zone)?,
        start_of(to.saturating_add(1.day()), zone)?,
    ))
}

fn start_of(day: Date, zone: &Zone) -> Result<Timestamp, Failure> {
    let start = day.to_zoned_datetime(zone.tz().clone());
    Ok(start.map_err(Failure::usage)?.timestamp())
}

fn given(names: &[String]) -> impl Iterator<Item = &str> {
    names.iter().map(|n| n.trim()).filter(|n| !n.is_empty())
}

fn none_or<T>(text: &str, read: impl Fn(&str) -> Result<T, Failure>) -> Result<Option<T>, Failure> {
    match text {
        "" | "none" => Ok(None),
        text => read(text).map(Some),
    }
}

fn among(what: &str, field: &str, names: &[String], known: &[Slug]) -> Result<Vec<Slug>, Failure> {
    let mut found = Vec::new();
    for name in given(names) {
        let slug = known.iter().find(|k| k.as_str() == name);
        let missing = || typed::missing(what, name, known).context(format!("`{field} {name}`"));
        found.push(slug.ok_or_else(missing)?.clone());
    }
    Ok(found)
}

async fn places(house: &House, field: &str, names: &[String]) -> Result<Vec<Slug>, Failure> {
    let known: Vec<Slug> = house
        .store
        .places()
        .await?
        .into_iter()
        .map(|p| p.slug)
        .collect();
    among("place", field, names, &known)
}

/// A language as readers have it: a tag of letters, digits and hyphens.
fn language(tag: &str) -> Result<String, Failure> {
    let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = tag.split('-').next().unwrap_or_default();
    match (2..=3).contains(&first.len()) && tag.split('-').all(part) {
        true => Ok(tag.to_owned()),
        false => {
            let tag = typed::short(tag, 64);
            Err(
                Failure::usage(format_args!("`--languages {tag}` is no language"))
                    .hint("write tags such as en,de-AT"),
            )
        }
    }
}

fn slots(typed: &[String]) -> Result<Vec<Slot>, Failure> {
    let slots: Result<Vec<Slot>, _> = typed.iter().map(|s| Slot::parse(s)).collect();
    let mut slots = slots?;
    slots.sort_unstable();
    slots.dedup();
    Ok(slots)
}

/// What was typed for an option, refused by it.
fn in_field<E>(field: &'static str, error: E) -> Failure
where
    Failure: From<E>,
{
    Failure::from(error).context(format!("`{field}`"))
}
