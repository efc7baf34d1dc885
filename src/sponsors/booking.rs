//! Whether a flight can be booked: by what it says itself, and beside what is booked already. It does
//! not know how many digests there will be.

use crate::domain::FlightId;
use crate::domain::flight::{Flight, Gate, NewFlight, Tier};
use crate::domain::goal::Goal;
use crate::domain::money::Currency;
use crate::domain::slug::Slug;
use crate::domain::targeting::Targeting;
use crate::domain::time::Timestamp;

/// Why a flight cannot be booked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookingError {
    /// A house line with a goal.
    #[error("a house flight has no goal: it takes what is left")]
    HouseGoal,
    /// The rest for somebody who pays.
    #[error("a {0} flight needs a goal: what is left is for the house")]
    NoGoal(Tier),
    /// Every digest for who may be displaced.
    #[error("a {0} flight cannot have every digest: others come first")]
    EveryBelow(Tier),
    /// All slots for another than a takeover.
    #[error("only a takeover fills every slot")]
    AllSlots,
    /// A price on what nobody pays for.
    #[error("a {0} flight has no price")]
    Free(Tier),
    /// A price without a currency.
    #[error("its campaign has no currency")]
    NoCurrency,
    /// No slot at all.
    #[error("it may take no slot")]
    NoSlot,
    /// It ends before it starts.
    #[error("it ends before it starts")]
    Backwards,
    /// Gambling that is allowed nowhere.
    #[error("gambling needs the places in which it is allowed")]
    NoPlace,
    /// Fewer sends than are placed already.
    #[error("{placed} sends of it are planned or delivered, so {booked} cannot be booked")]
    FewerThanPlaced {
        /// Asked for.
        booked: i64,
        /// Reserved, committed and delivered.
        placed: i64,
    },
    /// Another kind of goal after letters had it.
    #[error("letters have it already, so its {0} stays")]
    Settled(&'static str),
    /// Two takeovers on one day.
    #[error("`{with}` takes over on the same days")]
    Takeover {
        /// The other flight.
        with: Slug,
    },
    /// Every digest, twice.
    #[error("`{with}` has every digest of the same days")]
    Every {
        /// The other flight.
        with: Slug,
    },
    /// A sponsor in two exclusion groups of one list.
    #[error("`{with}` of the same sponsor is in {group}: a sponsor's flights share one group")]
    Group {
        /// The other flight.
        with: Slug,
        /// Its group in words.
        group: String,
    },
}

impl BookingError {
    /// The option that is at fault, as it is typed.
    pub fn field(&self) -> &'static str {
        match self {
            BookingError::HouseGoal
            | BookingError::NoGoal(_)
            | BookingError::EveryBelow(_)
            | BookingError::FewerThanPlaced { .. }
            | BookingError::Every { .. } => "--goal",
            BookingError::AllSlots => "--all",
            BookingError::Free(_) | BookingError::NoCurrency => "--price",
            BookingError::NoSlot => "--slot",
            BookingError::Backwards => "--to",
            BookingError::NoPlace => "--gambling-places",
            BookingError::Settled(field) => field,
            BookingError::Takeover { .. } => "--tier",
            BookingError::Group { .. } => "--group",
        }
    }

    /// Whether it is another flight that is in the way.
    pub fn is_clash(&self) -> bool {
        matches!(
            self,
            BookingError::Takeover { .. } | BookingError::Every { .. } | BookingError::Group { .. }
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let words = match self {
            BookingError::HouseGoal => "leave --goal and --booked out",
            BookingError::NoGoal(_) => "write --goal sends:5000, share:25 or every",
            BookingError::EveryBelow(_) => "book it as guaranteed",
            BookingError::AllSlots => "add --tier takeover",
            BookingError::Free(_) => "leave --price out, or book it as guaranteed",
            BookingError::NoCurrency => {
                "`courant campaign set SPONSOR/CAMPAIGN currency EUR` gives it one"
            }
            BookingError::NoSlot => "write --slot S1",
            BookingError::Backwards => "both days are in the flight",
            BookingError::NoPlace => "write --gambling-places PLACE,PLACE",
            BookingError::FewerThanPlaced { .. } => "`courant flight end` stops it where it is",
            BookingError::Settled(_) => "end it, and book another flight",
            BookingError::Takeover { .. } | BookingError::Every { .. } => {
                "`courant sponsor calendar LIST` shows which days are free"
            }
            BookingError::Group { group, .. } => {
                return Some(format!("book it in {group} too, or for other dates"));
            }
        };
        Some(words.to_owned())
    }
}

/// Whether a booking makes sense by itself. `currency` is its campaign's.
///
/// # Errors
/// The first fault.
pub fn check(new: &NewFlight, currency: Currency) -> Result<(), BookingError> {
    let faults = [
        (
            new.tier == Tier::House && new.goal != Goal::Rest,
            BookingError::HouseGoal,
        ),
        (
            new.tier != Tier::House && new.goal == Goal::Rest,
            BookingError::NoGoal(new.tier),
        ),
        (
            new.goal == Goal::Every && new.tier > Tier::Guaranteed,
            BookingError::EveryBelow(new.tier),
        ),
        (
            new.all && new.tier != Tier::Takeover,
            BookingError::AllSlots,
        ),
        (
            new.price.is_some() && new.tier > Tier::Guaranteed,
            BookingError::Free(new.tier),
        ),
        (
            new.price.is_some() && currency == Currency::NONE,
            BookingError::NoCurrency,
        ),
        (new.slots.is_empty(), BookingError::NoSlot),
        (new.ends_at <= new.starts_at, BookingError::Backwards),
        (
            new.gambling.as_ref().is_some_and(|g| g.places.is_empty()),
            BookingError::NoPlace,
        ),
    ];
    let found = faults.into_iter().find(|(is, _)| *is);
    found.map_or(Ok(()), |(_, fault)| Err(fault))
}

/// Whether a flight may be booked anew as `new`, by what letters have of it already.
///
/// # Errors
/// The first fault.
pub fn change(old: &Flight, new: &NewFlight) -> Result<(), BookingError> {
    let ledger = old.ledger;
    let placed = ledger.reserved + ledger.committed + ledger.delivered;
    if placed == 0 {
        return Ok(());
    }
    match new.goal {
        goal if goal.kind() != old.goal.kind() => Err(BookingError::Settled("--goal")),
        Goal::Sends(booked) if booked < placed => {
            Err(BookingError::FewerThanPlaced { booked, placed })
        }
        _ if new.gambling != old.gambling => Err(BookingError::Settled("--gambling")),
        _ if new.all != old.all => Err(BookingError::Settled("--all")),
        _ => Ok(()),
    }
}

/// Whether a booking goes together with what is booked for its list: `own` is the flight itself, where
/// it has a row. Flights that are over and holds that have expired are in nobody's way.
///
/// # Errors
/// The first flight that it clashes with, by the order of `others`.
pub fn clash(
    new: &NewFlight,
    own: Option<FlightId>,
    others: &[Flight],
    now: Timestamp,
) -> Result<(), BookingError> {
    let beside = |f: &&Flight| {
        let together = new.starts_at < f.ends_at && f.starts_at < new.ends_at;
        Some(f.id) != own && f.list == new.list && f.holds(now) && together
    };
    for other in others.iter().filter(beside) {
        let with = other.slug.clone();
        if other.sponsor == new.sponsor && gate(new) != other.gate() {
            let group = match other.gate() {
                Gate::Group(group) => format!("the group `{group}`"),
                Gate::Sponsor(_) => "no named group".to_owned(),
            };
            return Err(BookingError::Group { with, group });
        }
        if apart(&new.targeting, &other.targeting) {
            continue;
        }
        if other.goal == Goal::Every && (new.goal == Goal::Every || new.tier == Tier::Takeover) {
            return Err(BookingError::Every { with });
        }
        let takes = other.tier == Tier::Takeover;
        if takes && (new.tier == Tier::Takeover || new.goal == Goal::Every) {
            return Err(BookingError::Takeover { with });
        }
    }
    Ok(())
}

fn gate(new: &NewFlight) -> Gate {
    match &new.group {
        Some(group) => Gate::Group(group.clone()),
        None => Gate::Sponsor(new.sponsor),
    }
}

/// Whether no digest is for both: of what a digest has one of, each names others.
pub(super) fn apart(one: &Targeting, other: &Targeting) -> bool {
    fn parted<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        !one.is_empty() && !other.is_empty() && one.iter().all(|own| !other.contains(own))
    }
    parted(&one.cadences, &other.cadences) || parted(&one.weekdays, &other.weekdays)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::flight::{FlightLedger, FlightState, Gambling};
    use crate::domain::money::{Micros, Price};
    use crate::domain::targeting::Weekday;
    use crate::domain::{CampaignId, ListId, SponsorId};

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).expect("in range")
    }

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect("a slug")
    }

    fn new() -> NewFlight {
        NewFlight::sends(
            (SponsorId(1), ListId(1)),
            slug("new"),
            50,
            (at(100), at(200)),
        )
    }

    fn booked(id: i64) -> Flight {
        let dates = (at(150), at(250));
        let mut new = NewFlight::sends((SponsorId(id), ListId(1)), slug("old"), 50, dates);
        new.state = FlightState::Booked;
        new.in_books(FlightId(id), CampaignId(1), FlightLedger::default())
    }

    #[test]
    fn what_makes_no_sense_by_itself_is_refused_by_its_option() {
        let eur: Currency = "EUR".parse().expect("a currency");
        let price = Some(Price::Flat(Micros(1)));
        assert_eq!(check(&new(), Currency::NONE), Ok(()));
        type Change = fn(&mut NewFlight);
        let cases: [(Change, &str); 10] = [
            (|f| f.tier = Tier::House, "--goal"),
            (|f| f.goal = Goal::Rest, "--goal"),
            (|f| (f.tier, f.goal) = (Tier::Bonus, Goal::Every), "--goal"),
            (|f| f.all = true, "--all"),
            (|f| f.slots.clear(), "--slot"),
            (|f| f.ends_at = f.starts_at, "--to"),
            (
                |f| {
                    f.gambling = Some(Gambling {
                        legal_line: "18+".to_owned(),
                        places: Vec::new(),
                    });
                },
                "--gambling-places",
            ),
            (|f| (f.tier, f.goal) = (Tier::House, Goal::Rest), ""),
            (|f| (f.tier, f.all) = (Tier::Takeover, true), ""),
            (|f| f.goal = Goal::Every, ""),
        ];
        for (number, (change, field)) in cases.into_iter().enumerate() {
            let mut flight = new();
            change(&mut flight);
            let found = check(&flight, eur).err();
            let found = found.as_ref().map_or("", |fault| fault.field());
            assert_eq!(found, field, "case {number}");
        }
        let priced = NewFlight { price, ..new() };
        assert_eq!(check(&priced, eur), Ok(()));
        assert_eq!(
            check(&priced, Currency::NONE),
            Err(BookingError::NoCurrency)
        );
        let bonus = NewFlight {
            tier: Tier::Bonus,
            ..priced
        };
        assert_eq!(check(&bonus, eur), Err(BookingError::Free(Tier::Bonus)));
    }

    #[test]
    fn two_takeovers_and_two_of_every_digest_clash_on_one_day() {
        let every = |f: NewFlight| NewFlight {
            goal: Goal::Every,
            ..f
        };
        let takeover = |f: NewFlight| NewFlight {
            tier: Tier::Takeover,
            ..f
        };
        let old = |change: fn(&mut Flight)| {
            let mut flight = booked(2);
            change(&mut flight);
            [flight]
        };
        let against = |new: &NewFlight, others: &[Flight]| clash(new, None, others, at(0));
        let by_every = Err(BookingError::Every { with: slug("old") });
        let by_takeover = Err(BookingError::Takeover { with: slug("old") });
        let other_every = old(|f| f.goal = Goal::Every);
        let other_takeover = old(|f| f.tier = Tier::Takeover);
        assert_eq!(against(&every(new()), &other_every), by_every);
        assert_eq!(against(&takeover(new()), &other_every), by_every);
        assert_eq!(against(&every(new()), &other_takeover), by_takeover);
        assert_eq!(against(&takeover(new()), &other_takeover), by_takeover);
        assert_eq!(against(&new(), &other_every), Ok(()));
        assert_eq!(against(&every(new()), &[booked(2)]), Ok(()));
        // What is over, elsewhere, at another time or has expired is in nobody's way.
        for free in [
            old(|f| (f.tier, f.state) = (Tier::Takeover, FlightState::Ended)),
            old(|f| (f.tier, f.list) = (Tier::Takeover, ListId(2))),
            old(|f| (f.tier, f.starts_at) = (Tier::Takeover, at(200))),
            old(|f| {
                (f.tier, f.state) = (Tier::Takeover, FlightState::Hold);
                f.hold_until = Some(at(0));
            }),
            old(|f| {
                f.tier = Tier::Takeover;
                f.targeting.cadences = vec![slug("weekly")];
            }),
        ] {
            let mut wants = takeover(new());
            wants.targeting.cadences = vec![slug("daily")];
            assert_eq!(against(&wants, &free), Ok(()), "{free:?}");
        }
        let mut saturdays = takeover(new());
        saturdays.targeting.weekdays = vec![Weekday::Sat];
        let sundays = old(|f| {
            f.tier = Tier::Takeover;
            f.targeting.weekdays = vec![Weekday::Sun];
        });
        assert_eq!(against(&saturdays, &sundays), Ok(()));
        assert_eq!(against(&saturdays, &other_takeover), by_takeover);
        // A flight does not clash with itself.
        let own = clash(&takeover(new()), Some(FlightId(2)), &other_takeover, at(0));
        assert_eq!(own, Ok(()));
        let held = old(|f| {
            (f.tier, f.state) = (Tier::Takeover, FlightState::Hold);
            f.hold_until = Some(at(1));
        });
        assert_eq!(against(&takeover(new()), &held), by_takeover);
    }

    #[test]
    fn a_sponsor_has_one_group_in_a_list() {
        let mut other = booked(1);
        other.group = Some(slug("paint"));
        let found = clash(&new(), None, std::slice::from_ref(&other), at(0));
        let group = "the group `paint`".to_owned();
        assert_eq!(
            found,
            Err(BookingError::Group {
                with: slug("old"),
                group
            })
        );
        let same = NewFlight {
            group: Some(slug("paint")),
            ..new()
        };
        assert_eq!(clash(&same, None, &[other], at(0)), Ok(()));
        assert!(clash(&same, None, &[booked(1)], at(0)).is_err());
        assert_eq!(clash(&same, None, &[booked(2)], at(0)), Ok(()));
    }

    #[test]
    fn what_letters_have_stays_as_it_is() {
        let mut old = booked(1);
        let fewer = NewFlight {
            goal: Goal::Sends(4),
            ..NewFlight::from(&old)
        };
        assert_eq!(change(&old, &fewer), Ok(()));
        old.ledger.delivered = 5;
        let fault = BookingError::FewerThanPlaced {
            booked: 4,
            placed: 5,
        };
        assert_eq!(change(&old, &fewer), Err(fault));
        let other = NewFlight {
            goal: Goal::Every,
            ..NewFlight::from(&old)
        };
        assert_eq!(change(&old, &other), Err(BookingError::Settled("--goal")));
        let more = NewFlight {
            goal: Goal::Sends(5),
            ..NewFlight::from(&old)
        };
        assert_eq!(change(&old, &more), Ok(()));
    }
}
