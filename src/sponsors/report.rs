//! What a sponsor is told of their flights: sums that are the ledger's, and parts of them in cells that
//! are not so small that a single reader could be known by them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::FlightId;
use crate::domain::delivery::DeliveryState;
use crate::domain::sponsor::{CreativeSize, Flight, Slot};

/// Fewest readers of a cell; smaller ones are told together.
pub const FEWEST: i64 = 20;
/// What the cells are called that are told together.
pub const OTHER: &str = "other";

/// Placements of a flight that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sends {
    /// Whose.
    pub flight: FlightId,
    /// The day of their run, by the list's calendar: `2026-12-01`.
    pub day: String,
    /// Where they stood.
    pub slot: Slot,
    /// Which text.
    pub size: CreativeSize,
    /// What became of their letters.
    pub state: DeliveryState,
    /// The receiving server's code where it gave one, else 0.
    pub code: i64,
    /// Our own words where it gave none.
    pub words: String,
    /// How many.
    pub sends: i64,
}

/// Delivered letters in which a flight stood and that had a story on a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Whose.
    pub flight: FlightId,
    /// The topic, as readers know it.
    pub topic: String,
    /// How many.
    pub letters: i64,
}

/// Placements by what became of them: planned = delivered + committed + reserved + returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// In all.
    pub planned: i64,
    /// Accepted by the receiving server.
    pub delivered: i64,
    /// On their way, or nobody knows whether they arrived.
    pub committed: i64,
    /// Still to leave.
    pub reserved: i64,
    /// Not delivered: they count against nothing.
    pub returned: i64,
}

impl Sums {
    fn add(&mut self, state: DeliveryState, sends: i64) {
        self.planned += sends;
        *match state {
            DeliveryState::Planned | DeliveryState::Leased | DeliveryState::Deferred => {
                &mut self.reserved
            }
            DeliveryState::Started | DeliveryState::Uncertain => &mut self.committed,
            DeliveryState::Accepted => &mut self.delivered,
            DeliveryState::Refused | DeliveryState::Withheld => &mut self.returned,
        } += sends;
    }

    fn join(&mut self, other: Sums) {
        self.planned += other.planned;
        self.delivered += other.delivered;
        self.committed += other.committed;
        self.reserved += other.reserved;
        self.returned += other.returned;
    }
}

/// A part of a sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Of what.
    pub what: String,
    /// How many.
    pub letters: i64,
}

/// A day's part of a flight; `other` holds the days of few letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// `2026-12-01`, or `other`.
    pub day: String,
    /// What became of its letters.
    #[serde(flatten)]
    pub sums: Sums,
}

/// A flight in a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlightReport {
    /// Its short name.
    pub flight: String,
    /// In which list, as readers know it.
    pub list: String,
    /// Whether it runs.
    pub state: String,
    /// Delivered sends that were booked.
    pub booked: i64,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
    /// What became of its placements within the report's days.
    #[serde(flatten)]
    pub sums: Sums,
    /// Day by day.
    pub days: Vec<Day>,
    /// Why letters were not delivered.
    pub returned_by: Vec<Cell>,
    /// Delivered, by where it stood.
    pub slots: Vec<Cell>,
    /// Delivered, by the length of the text.
    pub texts: Vec<Cell>,
    /// Delivered letters that had a story on a topic; a letter counts for each of its topics.
    pub topics: Vec<Cell>,
}

/// What a sponsor's flights came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The sponsor's name.
    pub sponsor: String,
    /// The first day that counts; `None`: from the first of all.
    pub from: Option<String>,
    /// The last day that counts; `None`: to the last of all.
    pub to: Option<String>,
    /// Of all flights.
    #[serde(flatten)]
    pub sums: Sums,
    /// Flight by flight.
    pub flights: Vec<FlightReport>,
    /// How it was counted.
    pub method: &'static str,
}

/// How it is counted.
const METHOD: &str = "A placement counts as delivered when the reader's mail server has accepted the letter \
     that it stands in; letters that were refused, stopped or replaced count for nothing. Parts of fewer \
     than 20 letters are told together as “other”; every sum is exact.";

/// A flight with the words that a report has for it: its list, its first and its last day.
pub type Named<'a> = (&'a Flight, String, (String, String));

/// Puts a report together. Rows of flights that are not named are left out.
pub fn report(
    sponsor: &str,
    (from, to): (Option<String>, Option<String>),
    flights: &[Named<'_>],
    sends: &[Sends],
    beside: &[Beside],
) -> Report {
    let flights: Vec<FlightReport> = flights
        .iter()
        .map(|named| {
            let own = |id: FlightId| id == named.0.id;
            let sends: Vec<&Sends> = sends.iter().filter(|s| own(s.flight)).collect();
            let beside: Vec<&Beside> = beside.iter().filter(|b| own(b.flight)).collect();
            one(named, &sends, &beside)
        })
        .collect();
    let mut sums = Sums::default();
    for flight in &flights {
        sums.join(flight.sums);
    }
    Report {
        sponsor: sponsor.to_owned(),
        from,
        to,
        sums,
        flights,
        method: METHOD,
    }
}

fn one(
    (flight, list, (from, to)): &Named<'_>,
    sends: &[&Sends],
    beside: &[&Beside],
) -> FlightReport {
    let mut sums = Sums::default();
    let mut days: BTreeMap<&str, Sums> = BTreeMap::new();
    for row in sends {
        sums.add(row.state, row.sends);
        days.entry(&row.day).or_default().add(row.state, row.sends);
    }
    let delivered = || sends.iter().filter(|s| s.state == DeliveryState::Accepted);
    let returned = sends.iter().filter(|s| is_returned(s.state));
    FlightReport {
        flight: flight.slug.to_string(),
        list: list.clone(),
        state: flight.state.to_string(),
        booked: flight.booked,
        from: from.clone(),
        to: to.clone(),
        sums,
        days: folded_days(days),
        returned_by: cells(returned.map(|s| (reason(s), s.sends))),
        slots: cells(delivered().map(|s| (s.slot.to_string(), s.sends))),
        texts: cells(delivered().map(|s| (s.size.to_string(), s.sends))),
        topics: cells(beside.iter().map(|b| (b.topic.clone(), b.letters))),
    }
}

fn is_returned(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Refused | DeliveryState::Withheld)
}

/// Why a letter was not delivered; a server's own words may hold an address, so its code stands alone.
fn reason(sends: &Sends) -> String {
    match (sends.state, sends.code, sends.words.as_str()) {
        (_, code, _) if code > 0 => format!("refused by the mail server ({code})"),
        (DeliveryState::Withheld, _, "") => "withheld".to_owned(),
        (_, _, "") => "refused".to_owned(),
        (_, _, words) => words.to_owned(),
    }
}

/// Parts by what they are of, the largest first; small ones are told together, last.
fn cells(parts: impl Iterator<Item = (String, i64)>) -> Vec<Cell> {
    let mut by_what: BTreeMap<String, i64> = BTreeMap::new();
    for (what, letters) in parts {
        *by_what.entry(what).or_default() += letters;
    }
    let (mut large, small): (Vec<_>, Vec<_>) = by_what
        .into_iter()
        .partition(|(_, letters)| *letters >= FEWEST);
    large.sort_by_key(|(_, letters)| std::cmp::Reverse(*letters));
    let rest: i64 = small.iter().map(|(_, letters)| letters).sum();
    if rest > 0 {
        large.push((OTHER.to_owned(), rest));
    }
    let cell = |(what, letters)| Cell { what, letters };
    large.into_iter().map(cell).collect()
}

fn folded_days(days: BTreeMap<&str, Sums>) -> Vec<Day> {
    let mut rest = Sums::default();
    let mut told = Vec::new();
    for (day, sums) in days {
        match sums.planned >= FEWEST {
            true => told.push(Day {
                day: day.to_owned(),
                sums,
            }),
            false => rest.join(sums),
        }
    }
    if rest.planned > 0 {
        told.push(Day {
            day: OTHER.to_owned(),
            sums: rest,
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sends(day: &str, state: DeliveryState, (code, words): (i64, &str), sends: i64) -> Sends {
        Sends {
            flight: FlightId(1),
            day: day.to_owned(),
            slot: Slot::S1,
            size: CreativeSize::M,
            state,
            code,
            words: words.to_owned(),
            sends,
        }
    }

    fn told(cells: &[Cell]) -> Vec<(&str, i64)> {
        cells.iter().map(|c| (c.what.as_str(), c.letters)).collect()
    }

    #[test]
    fn small_parts_are_told_together_and_every_sum_is_exact() {
        let none = (0, "");
        let rows = [
            sends("2026-12-01", DeliveryState::Accepted, none, 400),
            sends("2026-12-01", DeliveryState::Refused, (550, ""), 25),
            sends("2026-12-02", DeliveryState::Accepted, none, 19),
            sends("2026-12-03", DeliveryState::Accepted, none, 5),
            sends(
                "2026-12-03",
                DeliveryState::Withheld,
                (0, "unsubscribed"),
                3,
            ),
            sends("2026-12-03", DeliveryState::Refused, (552, ""), 4),
            sends("2026-12-04", DeliveryState::Planned, none, 30),
            sends("2026-12-04", DeliveryState::Uncertain, none, 1),
        ];
        let all: Vec<&Sends> = rows.iter().collect();
        let mut sums = Sums::default();
        let mut days: BTreeMap<&str, Sums> = BTreeMap::new();
        for row in &all {
            sums.add(row.state, row.sends);
            days.entry(&row.day).or_default().add(row.state, row.sends);
        }
        let expected = Sums {
            planned: 487,
            delivered: 424,
            committed: 1,
            reserved: 30,
            returned: 32,
        };
        assert_eq!(sums, expected);
        let days = folded_days(days);
        let names: Vec<_> = days.iter().map(|d| (&*d.day, d.sums.planned)).collect();
        assert_eq!(
            names,
            [("2026-12-01", 425), ("2026-12-04", 31), ("other", 31)]
        );
        let again = days.iter().fold(Sums::default(), |mut sum, day| {
            sum.join(day.sums);
            sum
        });
        assert_eq!(again, expected);
        let returned = all.iter().filter(|s| is_returned(s.state));
        let cells = cells(returned.map(|s| (reason(s), s.sends)));
        assert_eq!(
            told(&cells),
            [("refused by the mail server (550)", 25), ("other", 7)]
        );
    }

    #[test]
    fn nothing_is_told_of_nothing() {
        let empty = report("Acme", (None, None), &[], &[], &[]);
        assert_eq!((empty.sums, empty.flights.len()), (Sums::default(), 0));
        assert_eq!(told(&cells(std::iter::empty())), []);
    }
}
