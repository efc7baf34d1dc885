//! What a flight could be given: a dry run through the runs of its dates, by what readers declared.
//! Stories are not known ahead, so neither safety nor the length of a digest is looked at.

use std::collections::BTreeMap;

use super::solve::{Class, Flight as Line, Plan, Wave, solve};
use crate::domain::FlightId;
use crate::domain::flight::{Flight, Gate, NewFlight, Tier};
use crate::domain::goal::Goal;
use crate::domain::slug::Slug;
use crate::domain::sponsor::Slot;
use crate::domain::targeting::{Declaration, Declared, Weekday};
use crate::domain::time::{Date, Timestamp};

/// Editions of the same cadence and day of the week that a forecast looks back at, the newest.
const LOOK_BACK: usize = 8;
/// Parts of one.
const WHOLE: i64 = 1000;

/// What is known of a list.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What its active subscriptions declare, those that are alike counted.
    pub declared: &'a [Declaration],
    /// The runs of the flight's dates that are to come.
    pub runs: &'a [(Slug, Date)],
    /// Digests of past editions: cadence, day of the run, how many; the newest last.
    pub history: &'a [(Slug, Date, i64)],
    /// The slots of the layout.
    pub slots: &'a [Slot],
    /// The present.
    pub now: Timestamp,
    /// Whether the flight has runs after these.
    pub beyond: bool,
}

/// Digests at three levels of certainty: what nine, five and one of ten forecasts reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Spread {
    /// Reached by nine of ten.
    pub p10: i64,
    /// Reached by half.
    pub p50: i64,
    /// Reached by one of ten.
    pub p90: i64,
}

/// What a flight could be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Avails {
    /// Runs of its dates that are to come.
    pub runs: usize,
    /// Whether there are more of them than were looked at.
    pub beyond: bool,
    /// Active subscriptions of the list.
    pub readers: i64,
    /// Digests whose readers it is for.
    pub eligible: i64,
    /// Digests that it could have without taking from what is sold.
    pub free: Spread,
    /// The same for each day, on average, by the middle forecast.
    pub a_day: i64,
    /// Whether editions of the past say how many digests there are; if not, the spread is one number:
    /// today's readers times the runs.
    pub by_history: bool,
    /// Flights that would get less if this one were booked, with how much less.
    pub displaced: Vec<(FlightId, i64)>,
}

/// Works out what a flight could be given beside those that hold inventory in its dates.
pub fn avails(new: &NewFlight, beside: &[Flight], known: &Known<'_>) -> Avails {
    let days: std::collections::BTreeSet<Date> = known.runs.iter().map(|(_, day)| *day).collect();
    let volumes = Volumes::of(known);
    let dry = |level: usize| Dry::run(new, beside, known, &volumes, level);
    let middle = dry(1);
    let (p50, by_history) = (middle.free(), volumes.by_history);
    let (p10, p90) = match by_history {
        true => (dry(0).free(), dry(2).free()),
        false => (p50, p50),
    };
    Avails {
        runs: known.runs.len(),
        beyond: known.beyond,
        readers: known.declared.iter().map(|d| d.readers).sum(),
        eligible: middle.reach(),
        free: Spread { p10, p50, p90 },
        a_day: p50 / i64::try_from(days.len()).unwrap_or(1).max(1),
        by_history,
        displaced: middle.displaced(),
    }
}

/// How many digests there are of a cadence on a day of the week, in thousandths of today's readers, at
/// three levels.
struct Volumes {
    of: BTreeMap<(Slug, Weekday), [i64; 3]>,
    by_history: bool,
}

impl Volumes {
    fn of(known: &Known<'_>) -> Volumes {
        let mut of = BTreeMap::new();
        let mut by_history = true;
        for (cadence, day) in known.runs {
            let key = (cadence.clone(), Weekday::of(*day));
            if of.contains_key(&key) {
                continue;
            }
            let own = known.declared.iter().filter(|d| d.cadence == *cadence);
            let readers: i64 = own.map(|d| d.readers).sum();
            let past = known.history.iter().rev();
            let past = past.filter(|(c, d, _)| (c, Weekday::of(*d)) == (&key.0, key.1));
            let mut past: Vec<i64> = past.map(|(.., n)| *n).take(LOOK_BACK).collect();
            past.sort_unstable();
            by_history &= !past.is_empty();
            let level = |percent: usize| match (past.len(), readers) {
                (0, _) | (_, 0) => WHOLE,
                (n, readers) => past[(n - 1) * percent / 100] * WHOLE / readers,
            };
            of.insert(key, [level(10), level(50), level(90)]);
        }
        Volumes { of, by_history }
    }
}

/// A dry run at one level: the wave of all the dates at once.
struct Dry<'a> {
    new: &'a NewFlight,
    beside: Vec<&'a Flight>,
    classes: Vec<Class>,
    slots: usize,
    now: Timestamp,
}

impl<'a> Dry<'a> {
    fn run(
        new: &'a NewFlight,
        beside: &'a [Flight],
        known: &Known<'_>,
        volumes: &Volumes,
        level: usize,
    ) -> Dry<'a> {
        let mut runs: BTreeMap<(&Slug, Weekday), i64> = BTreeMap::new();
        for (cadence, day) in known.runs {
            *runs.entry((cadence, Weekday::of(*day))).or_default() += 1;
        }
        // House lines take what is left of everybody, so they are in nobody's way.
        let beside: Vec<&Flight> = beside.iter().filter(|f| f.goal != Goal::Rest).collect();
        let mut classes: BTreeMap<Vec<(u32, u8)>, u64> = BTreeMap::new();
        for declaration in known.declared {
            for ((cadence, weekday), times) in &runs {
                if **cadence != declaration.cadence {
                    continue;
                }
                let volume = volumes.of.get(&((*cadence).clone(), *weekday));
                let volume = volume.map_or(WHOLE, |levels| levels[level]);
                let digests = declaration.readers * times * volume / WHOLE;
                let reader = Declared {
                    topics: &declaration.interests.topics,
                    places: &declaration.interests.places,
                    cadence,
                    language: &declaration.language,
                    weekday: *weekday,
                };
                let mut eligible: Vec<(u32, u8)> = Vec::new();
                let own = new.admits(&reader).is_ok();
                let own = own.then(|| bits(&new.slots, known.slots));
                let others = beside.iter().map(|f| {
                    let admitted = f.admits(&reader).is_ok();
                    admitted.then(|| bits(&f.slots, known.slots))
                });
                for (number, slots) in std::iter::once(own).chain(others).enumerate() {
                    let number = u32::try_from(number).unwrap_or(u32::MAX);
                    eligible.extend(slots.filter(|s| *s > 0).map(|slots| (number, slots)));
                }
                *classes.entry(eligible).or_default() += u64::try_from(digests).unwrap_or(0);
            }
        }
        let all = bits(known.slots, known.slots);
        let class = |(eligible, count)| Class {
            count,
            slots: all,
            eligible,
        };
        Dry {
            new,
            beside,
            classes: classes.into_iter().map(class).collect(),
            slots: known.slots.len(),
            now: known.now,
        }
    }

    /// Digests in which a flight may stand.
    fn reach_of(&self, number: u32) -> u64 {
        let stands = |class: &&Class| class.eligible.iter().any(|(n, _)| *n == number);
        self.classes.iter().filter(stands).map(|c| c.count).sum()
    }

    fn reach(&self) -> i64 {
        i64::try_from(self.reach_of(0)).unwrap_or(i64::MAX)
    }

    /// What is left for the new flight when everybody of its tier and above has theirs.
    fn free(&self) -> i64 {
        let tier = self.new.tier.number();
        // One tier below its own: whoever is there or lower makes room.
        let below = |f: &Flight| match f.tier.number() > tier {
            true => None,
            false => Some(f.tier.number()),
        };
        let plan = self.plan(
            Some((tier.saturating_add(1).min(3), self.reach_of(0))),
            below,
        );
        i64::try_from(plan.delivered[0]).unwrap_or(i64::MAX)
    }

    /// Who would get less, and how much.
    fn displaced(&self) -> Vec<(FlightId, i64)> {
        let wanted = match self.new.goal {
            Goal::Sends(count) => u64::try_from(count).unwrap_or(0),
            Goal::Share(percent) => self.reach_of(0) * u64::from(percent) / 100,
            Goal::Every | Goal::Rest => self.reach_of(0),
        };
        let own = |f: &Flight| Some(f.tier.number());
        let before = self.plan(None, own);
        let after = self.plan(Some((self.new.tier.number(), wanted)), own);
        let lost = self.beside.iter().enumerate().map(|(at, flight)| {
            let (had, has) = (before.delivered[at + 1], after.delivered[at + 1]);
            (
                flight.id,
                i64::try_from(had.saturating_sub(has)).unwrap_or(i64::MAX),
            )
        });
        lost.filter(|(_, lost)| *lost > 0).collect()
    }

    /// Plans the wave with the new flight in a tier and with a quota, and the others in theirs.
    fn plan(&self, new: Option<(u8, u64)>, tier: impl Fn(&Flight) -> Option<u8>) -> Plan {
        let mut gates: Vec<Gate> = Vec::new();
        let mut group = |gate: Gate| {
            let at = gates.iter().position(|known| *known == gate);
            let at = at.unwrap_or_else(|| {
                gates.push(gate);
                gates.len() - 1
            });
            u32::try_from(at).ok()
        };
        let own = match &self.new.group {
            Some(group) => Gate::Group(group.clone()),
            None => Gate::Sponsor(self.new.sponsor),
        };
        let (at, quota) = new.unwrap_or((0, 0));
        let mut flights = vec![Line {
            tier: at,
            quota,
            group: group(own),
            all: self.new.all && self.new.tier == Tier::Takeover && at == 0,
        }];
        for (number, flight) in (1..).zip(&self.beside) {
            let reach = self.reach_of(number);
            let wanted = match flight.goal {
                Goal::Sends(_) => within(flight, self.new, self.now),
                Goal::Share(percent) => reach * u64::from(percent) / 100,
                Goal::Every | Goal::Rest => reach,
            };
            let there = tier(flight);
            flights.push(Line {
                tier: there.unwrap_or(3),
                quota: there.map_or(0, |_| wanted.min(reach)),
                group: group(flight.gate()),
                all: flight.all && there == Some(0),
            });
        }
        solve(&Wave {
            slots: self.slots,
            flights,
            classes: self.classes.clone(),
        })
    }
}

/// What a flight has left for the dates of another: in the proportion of its own that they share.
fn within(flight: &Flight, new: &NewFlight, now: Timestamp) -> u64 {
    let seconds =
        |from: Timestamp, to: Timestamp| i128::from(to.as_second()) - i128::from(from.as_second());
    let starts = flight.starts_at.max(now);
    let shared = seconds(starts.max(new.starts_at), flight.ends_at.min(new.ends_at)).max(0);
    let left = seconds(starts, flight.ends_at).max(1);
    let sends = i128::from(flight.remaining()) * shared;
    u64::try_from((sends + left - 1) / left).unwrap_or(0)
}

fn bits(slots: &[Slot], layout: &[Slot]) -> u8 {
    let within = layout
        .iter()
        .enumerate()
        .filter(|(_, slot)| slots.contains(slot));
    within.fold(0, |bits, (at, _)| bits | 1 << at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::flight::FlightLedger;
    use crate::domain::subscriber::Interests;
    use crate::domain::time::Timestamp;
    use crate::domain::{CampaignId, ListId, SponsorId};

    fn slug(text: &str) -> Slug {
        Slug::parse(text).expect("a slug")
    }

    fn new(sponsor: i64, count: i64) -> NewFlight {
        let dates = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let slug = slug(&format!("f{sponsor}"));
        let mut new = NewFlight::sends((SponsorId(sponsor), ListId(1)), slug, count, dates);
        new.slots = vec![Slot::S1];
        new
    }

    fn booked(sponsor: i64, count: i64) -> Flight {
        let ledger = FlightLedger::default();
        new(sponsor, count).in_books(FlightId(sponsor), CampaignId(1), ledger)
    }

    fn readers(language: &str, readers: i64) -> Declaration {
        Declaration {
            cadence: slug("daily"),
            language: language.to_owned(),
            interests: Interests::default(),
            readers,
        }
    }

    /// Ten days from a Tuesday on.
    fn runs() -> Vec<(Slug, Date)> {
        let first = jiff::civil::date(2026, 12, 1);
        let day = |n| {
            (
                slug("daily"),
                first.saturating_add(jiff::Span::new().days(n)),
            )
        };
        (0..10).map(day).collect()
    }

    #[test]
    fn without_history_it_is_todays_readers_times_the_runs() {
        let (declared, runs) = ([readers("en", 60), readers("de", 40)], runs());
        let known = Known {
            declared: &declared,
            runs: &runs,
            history: &[],
            slots: &[Slot::S1, Slot::S2],
            now: Timestamp::UNIX_EPOCH,
            beyond: false,
        };
        let all = avails(&new(1, 5), &[], &known);
        let even = |n| Spread {
            p10: n,
            p50: n,
            p90: n,
        };
        assert_eq!((all.runs, all.eligible, all.free), (10, 1000, even(1000)));
        assert_eq!((all.a_day, all.by_history), (100, false));
        let mut german = new(1, 5);
        german.targeting.languages = vec!["de".to_owned()];
        assert_eq!(avails(&german, &[], &known).free, even(400));
        // What is sold is not free; a line of the house makes room, and so does another slot.
        let mut house = booked(3, 0);
        (house.tier, house.goal) = (Tier::House, Goal::Rest);
        let sold = avails(&new(1, 500), &[booked(2, 700), house], &known);
        // Of one tier each gets the same share of what it asked for: 583 and 417 of 1000.
        assert_eq!(
            (sold.free, sold.displaced),
            (even(300), vec![(FlightId(2), 117)])
        );
        let mut second = new(1, 500);
        second.slots = vec![Slot::S2];
        assert_eq!(avails(&second, &[booked(2, 700)], &known).free, even(1000));
        // Of a flight that runs for longer only a part falls in these dates.
        let half = Timestamp::from_second(1000).expect("in range");
        let short = NewFlight {
            ends_at: half,
            ..new(1, 5)
        };
        let mut longer = booked(2, 700);
        longer.ends_at = Timestamp::from_second(2000).expect("in range");
        assert_eq!(avails(&short, &[longer], &known).free, even(650));
        // Bonus flights give way to what is sold, and are displaced by it.
        let mut bonus = booked(2, 700);
        bonus.tier = Tier::Bonus;
        let over = avails(&new(1, 500), &[bonus], &known);
        assert_eq!(
            (over.free, over.displaced),
            (even(1000), vec![(FlightId(2), 200)])
        );
    }

    #[test]
    fn editions_of_the_same_day_of_the_week_say_how_many_digests_there_are() {
        let (declared, runs) = ([readers("en", 100)], &runs()[..1]);
        let tuesday = |week: i64, n| {
            let day = jiff::civil::date(2026, 11, 24).saturating_sub(jiff::Span::new().weeks(week));
            (slug("daily"), day, n)
        };
        // The oldest first; the ninth from the end is not looked at.
        let counts = [1, 80, 90, 100, 110, 120, 85, 95, 105];
        let history = (0..9).rev().zip(counts).map(|(week, n)| tuesday(week, n));
        let mut history: Vec<_> = history.collect();
        history.push((slug("daily"), jiff::civil::date(2026, 11, 25), 7));
        let known = Known {
            declared: &declared,
            runs,
            history: &history,
            slots: &[Slot::S1],
            now: Timestamp::UNIX_EPOCH,
            beyond: false,
        };
        let found = avails(&new(1, 5), &[], &known);
        assert!(found.by_history);
        assert_eq!(
            found.free,
            Spread {
                p10: 80,
                p50: 95,
                p90: 110
            }
        );
    }
}
