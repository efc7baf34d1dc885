//! What is sold of each slot on each day of a list: booked, held, free, or sold to two who want it
//! whole.

use serde::Serialize;

use super::booking::apart;
use crate::domain::FlightId;
use crate::domain::flight::{Flight, FlightState, Tier};
use crate::domain::goal::Goal;
use crate::domain::sponsor::Slot;
use crate::domain::targeting::Weekday;
use crate::domain::time::{Date, Timestamp, Zone};
use crate::domain::words;

words! {
    /// What is sold of a slot on a day.
    Sold {
        /// Nothing; a house line takes what is left.
        Free = "free",
        /// Nothing but holds that expire.
        Held = "held",
        /// Something.
        Booked = "booked",
        /// To two who each want every digest of the day.
        Conflict = "conflict",
    }
}

/// A slot on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Which slot.
    pub slot: Slot,
    /// What is sold of it.
    pub sold: Sold,
    /// The flights that may take it that day, house lines aside, in the order of their ids.
    pub flights: Vec<FlightId>,
}

/// What is sold on these days: for each a cell for each slot of the layout. A day is one of the list's
/// home zone; flights that are over and holds that have expired hold nothing.
pub fn calendar(
    flights: &[Flight],
    days: &[Date],
    slots: &[Slot],
    zone: &Zone,
    now: Timestamp,
) -> Vec<(Date, Vec<Cell>)> {
    let selling: Vec<&Flight> = flights
        .iter()
        .filter(|f| f.goal != Goal::Rest && f.holds(now))
        .collect();
    let cells = |day: Date| {
        let there: Vec<&Flight> = selling
            .iter()
            .filter(|f| runs_on(f, day, zone))
            .copied()
            .collect();
        slots.iter().map(|slot| cell(&there, *slot)).collect()
    };
    days.iter().map(|day| (*day, cells(*day))).collect()
}

fn cell(there: &[&Flight], slot: Slot) -> Cell {
    let takes = |f: &&&Flight| f.goal == Goal::Every || f.all || f.slots.contains(&slot);
    let own: Vec<&Flight> = there.iter().filter(takes).copied().collect();
    let whole: Vec<&Flight> = own.iter().filter(|f| wants_all(f)).copied().collect();
    let clash = whole.iter().enumerate().any(|(at, one)| {
        let mut others = whole[at + 1..].iter();
        others.any(|other| !apart(&one.targeting, &other.targeting))
    });
    let held = own.iter().all(|f| f.state == FlightState::Hold);
    let sold = match (clash, own.is_empty(), held) {
        (true, ..) => Sold::Conflict,
        (_, true, _) => Sold::Free,
        (_, _, true) => Sold::Held,
        _ => Sold::Booked,
    };
    Cell {
        slot,
        sold,
        flights: own.iter().map(|f| f.id).collect(),
    }
}

fn wants_all(flight: &Flight) -> bool {
    flight.goal == Goal::Every || flight.tier == Tier::Takeover
}

fn runs_on(flight: &Flight, day: Date, zone: &Zone) -> bool {
    let days = &flight.targeting.weekdays;
    let on = days.is_empty() || days.contains(&Weekday::of(day));
    let next = day.tomorrow().ok().and_then(|next| zone.start_of(next));
    let (Some(start), Some(end)) = (zone.start_of(day), next) else {
        return false;
    };
    on && flight.starts_at < end && start < flight.ends_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::flight::{FlightLedger, NewFlight};
    use crate::domain::slug::Slug;
    use crate::domain::{CampaignId, ListId, SponsorId};

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn flight(id: i64, change: impl Fn(&mut NewFlight)) -> Flight {
        let dates = (at("2026-12-01T00:00:00Z"), at("2026-12-03T00:00:00Z"));
        let slug = Slug::parse(&format!("f{id}")).expect("a slug");
        let mut new = NewFlight::sends((SponsorId(id), ListId(1)), slug, 5, dates);
        new.slots = vec![Slot::S1];
        change(&mut new);
        new.in_books(FlightId(id), CampaignId(1), FlightLedger::default())
    }

    #[test]
    fn a_slot_is_free_held_booked_or_in_conflict() {
        let day = |n| jiff::civil::date(2026, 12, n);
        let days = [day(1), day(2), day(3)];
        let now = at("2026-11-30T00:00:00Z");
        let sold = |flights: &[Flight]| -> Vec<String> {
            let all = calendar(flights, &days, &[Slot::S1, Slot::S2], &Zone::utc(), now);
            let row = |(_, cells): (Date, Vec<Cell>)| {
                let cells: Vec<&str> = cells.iter().map(|c| c.sold.as_str()).collect();
                cells.join(" ")
            };
            all.into_iter().map(row).collect()
        };
        let hold = |id| {
            flight(id, |f| {
                f.state = FlightState::Hold;
                f.hold_until = Some(at("2026-12-01T00:00:00Z"));
            })
        };
        let takeover = |id| flight(id, |f| f.tier = Tier::Takeover);
        assert_eq!(sold(&[]), ["free free", "free free", "free free"]);
        assert_eq!(
            sold(&[flight(1, |_| {})]),
            ["booked free", "booked free", "free free"]
        );
        assert_eq!(sold(&[hold(1)]), ["held free", "held free", "free free"]);
        assert_eq!(sold(&[hold(1), flight(2, |_| {})])[0], "booked free");
        assert_eq!(sold(&[takeover(1), takeover(2)])[0], "conflict free");
        // Who has every digest leaves no slot of it to others.
        let every = flight(3, |f| f.goal = Goal::Every);
        assert_eq!(sold(std::slice::from_ref(&every))[0], "booked booked");
        assert_eq!(sold(&[takeover(1), every])[0], "conflict booked");
        let house = flight(4, |f| (f.tier, f.goal) = (Tier::House, Goal::Rest));
        assert_eq!(sold(&[house])[0], "free free");
        // The second of December is a Wednesday.
        let wednesdays = flight(5, |f| f.targeting.weekdays = vec![Weekday::Wed]);
        assert_eq!(
            sold(&[wednesdays]),
            ["free free", "booked free", "free free"]
        );
        let mut over = hold(6);
        over.hold_until = Some(now);
        assert_eq!(sold(&[over])[0], "free free");
    }
}
