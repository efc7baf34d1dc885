//! What is owed for flights: a line for each, in whole micros, by what was delivered for good.

use crate::domain::FlightId;
use crate::domain::flight::{Flight, FlightState, Tier};
use crate::domain::goal::Goal;
use crate::domain::money::{Micros, Price};
use crate::domain::time::{Date, Timestamp};

/// Hours after which an accepted letter without a bounce is billed.
pub const SETTLED_HOURS: i64 = 72;

/// What became of a flight's sends in the days that are billed. Started and uncertain ones are in none,
/// and are never billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billed {
    /// Which flight.
    pub flight: FlightId,
    /// Accepted, and the time for a bounce has passed.
    pub delivered: i64,
    /// Accepted since.
    pub pending: i64,
    /// Refused or withheld.
    pub returned: i64,
}

impl Billed {
    /// Of a flight that no letter of these days had.
    pub fn nothing(flight: FlightId) -> Billed {
        Billed {
            flight,
            delivered: 0,
            pending: 0,
            returned: 0,
        }
    }
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// First and last day that it is for.
    pub period: (Date, Date),
    /// What is owed; nothing without a price.
    pub amount: Micros,
    /// What a reader of the line should know.
    pub note: String,
}

/// Whether less than 98 percent of a booked number was delivered or may still be.
fn short(flight: &Flight) -> bool {
    let ledger = flight.ledger;
    let had = ledger.delivered + ledger.committed + ledger.reserved;
    matches!(flight.goal, Goal::Sends(_)) && i128::from(had) * 100 < i128::from(flight.booked) * 98
}

/// Sends that a flight which is over still owes: nothing from 98 percent on, or where its goal is no
/// number, or nobody paid for it. `made_good` are those that other flights were booked for since.
pub fn owed(flight: &Flight, made_good: i64, now: Timestamp) -> i64 {
    let over = flight.state == FlightState::Ended || flight.ends_at <= now;
    match over && short(flight) && flight.tier <= Tier::Guaranteed {
        true => (flight.remaining() - made_good).max(0),
        false => 0,
    }
}

/// The line of a flight for some days. A price for a thousand is owed for what was delivered in them; a
/// flat one in whole, once, in the days in which the flight is over. `None` where there is nothing to
/// say: no sends, and nothing owed.
pub fn line(
    flight: &Flight,
    billed: &Billed,
    (from, to): (Option<Date>, Option<Date>),
    now: Timestamp,
) -> Option<Line> {
    let day = |at: Timestamp| at.to_zoned_datetime(flight.zone.tz().clone()).date();
    let first = day(flight.starts_at);
    let last = day(flight.ends_at - jiff::SignedDuration::from_millis(1));
    let period = (
        from.map_or(first, |f| f.max(first)),
        to.map_or(last, |t| t.min(last)),
    );
    let within = period.0 <= period.1;
    let sent = billed.delivered + billed.pending + billed.returned > 0;
    if !within && !sent {
        return None;
    }
    let over = flight.state == FlightState::Ended || flight.ends_at <= now;
    let closes = from.is_none_or(|f| f <= last) && to.is_none_or(|t| last <= t);
    let mut notes = Vec::new();
    let amount = match flight.price {
        Some(Price::Flat(_)) if !over => {
            notes.push("flat: owed when it is over".to_owned());
            Micros(0)
        }
        Some(Price::Flat(_)) if !closes => {
            notes.push("flat: owed with its last day".to_owned());
            Micros(0)
        }
        Some(price) => price.amount(billed.delivered),
        None => Micros(0),
    };
    if billed.pending > 0 {
        notes.push(format!(
            "{} pending for {SETTLED_HOURS} hours",
            billed.pending
        ));
    }
    if over && short(flight) {
        let delivered = flight.ledger.delivered;
        notes.push(format!("{delivered} of {} delivered", flight.booked));
    }
    if !sent && amount == Micros(0) {
        return None;
    }
    Some(Line {
        period,
        amount,
        note: notes.join("; "),
    })
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

    fn day(text: &str) -> Option<Date> {
        text.parse().ok()
    }

    fn flight(price: &str) -> Flight {
        let dates = (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let slug = Slug::parse("winter").expect("a slug");
        let mut new = NewFlight::sends((SponsorId(1), ListId(1)), slug, 5000, dates);
        new.price = price.parse().ok();
        new.in_books(FlightId(1), CampaignId(1), FlightLedger::default())
    }

    #[test]
    fn what_was_delivered_for_good_is_owed_and_nothing_else() {
        let billed = Billed {
            flight: FlightId(1),
            delivered: 1500,
            pending: 20,
            returned: 3,
        };
        let all = (None, None);
        let found = line(&flight("cpm:25"), &billed, all, at("2026-12-20T00:00:00Z"));
        let found = found.expect("a line");
        assert_eq!(found.amount, Micros(37_500_000));
        assert_eq!(found.note, "20 pending for 72 hours");
        assert_eq!(
            found.period,
            (
                day("2026-12-01").expect("a day"),
                day("2026-12-31").expect("a day")
            )
        );
        let unsold = line(&flight(""), &billed, all, at("2026-12-20T00:00:00Z"));
        assert_eq!(unsold.expect("a line").amount, Micros(0));
    }

    #[test]
    fn what_a_flight_that_is_over_lacks_is_owed_once() {
        let after = at("2027-01-02T00:00:00Z");
        let with = |delivered, committed| {
            let mut flight = flight("cpm:25");
            flight.ledger.delivered = delivered;
            flight.ledger.committed = committed;
            flight
        };
        assert_eq!(owed(&with(4_000, 100), 0, after), 900);
        assert_eq!(owed(&with(4_000, 100), 900, after), 0);
        assert_eq!(owed(&with(4_900, 0), 0, after), 0, "98 percent are enough");
        assert_eq!(
            owed(&with(4_800, 100), 0, after),
            0,
            "what is in doubt may have come"
        );
        assert_eq!(
            owed(&with(4_000, 0), 0, at("2026-12-20T00:00:00Z")),
            0,
            "it runs"
        );
        let mut bonus = with(1, 0);
        bonus.tier = Tier::Bonus;
        assert_eq!(owed(&bonus, 0, after), 0);
    }

    #[test]
    fn a_flat_price_is_owed_once_when_the_flight_is_over() {
        let (flat, none) = (flight("flat:120.50"), Billed::nothing(FlightId(1)));
        let sent = Billed {
            delivered: 1,
            ..none
        };
        let (during, after) = (at("2026-12-20T00:00:00Z"), at("2027-01-02T00:00:00Z"));
        let amount = |days, now| line(&flat, &sent, days, now).map(|l| l.amount.0);
        let december = (day("2026-12-01"), day("2026-12-31"));
        let early = (day("2026-12-01"), day("2026-12-15"));
        assert_eq!(amount((None, None), during), Some(0));
        assert_eq!(amount((None, None), after), Some(120_500_000));
        assert_eq!(amount(december, after), Some(120_500_000));
        assert_eq!(amount(early, after), Some(0));
        let january = (day("2027-01-01"), day("2027-01-31"));
        assert_eq!(line(&flat, &none, january, after), None);
        // Whole even where nothing of it was sent: what it is for is agreed upon, not counted.
        let unsent = line(&flat, &none, december, after).map(|l| l.amount.0);
        assert_eq!(unsent, Some(120_500_000));
    }
}
