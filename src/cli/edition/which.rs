//! Which edition is meant: a list's issues, those of the past and those still due, and the one that
//! was named by its run. It also finds the reader that was named by an address.

use clap::Args;

use crate::cli::{Failure, House, list::find};
use crate::domain::address::Address;
use crate::domain::edition::Edition;
use crate::domain::list::{Cadence, List};
use crate::domain::subscriber::{Subscriber, Subscription};
use crate::domain::time::{Date, Run, Timestamp, Zone};
use crate::domain::{CadenceId, nearest};
use crate::press::PressError;
use crate::store::planning::DueWave;

/// Editions of a list that are looked at, the newest ones.
const EDITIONS: i64 = 1_000;
/// Runs ahead of which one may be paused or cancelled before anybody is due for it.
const AHEAD: usize = 40;
/// Occurrences that two days can hold, with room for a repeated hour.
const TWO_DAYS: usize = 3_000;

/// An edition as it is named on the command line.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// Which list
    pub list: String,
    /// Which run: 2026-11-26, 2026-11-26T14:30, today or tomorrow
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// Which cadence, where more than one has that run
    #[arg(long, value_name = "NAME")]
    pub cadence: Option<String>,
}

/// A run as it was named: exactly, or by its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Named {
    /// Every run of that day.
    Day(Date),
    /// This one.
    Exact(Run),
}

impl Named {
    fn parse(text: &str, zone: &Zone, now: Timestamp) -> Result<Named, Failure> {
        let today = zone.tz().to_datetime(now).date();
        match text {
            "today" => return Ok(Named::Day(today)),
            "tomorrow" => return Ok(Named::Day(today.tomorrow().unwrap_or(today))),
            _ => {}
        }
        let run = Run::parse(text).map_err(|e| {
            let hint = e.hint();
            Failure::usage(e).maybe_hint(hint)
        })?;
        Ok(match run.time() {
            None => Named::Day(run.date()),
            Some(_) => Named::Exact(run),
        })
    }

    pub(in crate::cli) fn is(&self, run: &Run) -> bool {
        match self {
            Named::Day(date) => run.date() == *date,
            Named::Exact(exact) => run == exact,
        }
    }

    fn date(&self) -> Date {
        match self {
            Named::Day(date) => *date,
            Named::Exact(run) => run.date(),
        }
    }
}

/// An issue of a list: an edition that was spoken of, waves that are still due, or both.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Issue {
    pub(in crate::cli) cadence: Cadence,
    pub(in crate::cli) run: Run,
    pub(in crate::cli) edition: Option<Edition>,
    /// Waves to come, earliest first.
    pub(in crate::cli) coming: Vec<DueWave>,
}

impl Issue {
    /// `daily 2026-11-26`.
    pub(in crate::cli) fn name(&self) -> String {
        format!("{} {}", self.cadence.name, self.run)
    }

    /// Readers who are still due for it.
    pub(in crate::cli) fn readers_to_come(&self) -> i64 {
        self.coming.iter().map(|w| w.readers).sum()
    }
}

/// A list with its issues, and which of them are meant.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Shelf {
    pub(in crate::cli) list: List,
    pub(in crate::cli) cadences: Vec<Cadence>,
    /// Earliest run first.
    pub(in crate::cli) issues: Vec<Issue>,
    /// The run that was named.
    pub(in crate::cli) named: Option<Named>,
    /// The cadence that was named.
    pub(in crate::cli) only: Option<Cadence>,
}

impl Shelf {
    pub(in crate::cli) async fn open(house: &House, which: &Which) -> Result<Shelf, Failure> {
        let store = &house.store;
        let list = find(store, &which.list).await?;
        let cadences = store.cadences(list.id).await?;
        let only = match &which.cadence {
            Some(name) => Some(cadence(&list, &cadences, name)?),
            None => None,
        };
        let (zone, now) = (&list.settings.home_zone, house.clock.now());
        let named = match &which.run {
            Some(text) => Some(Named::parse(text, zone, now)?),
            None => None,
        };
        let editions = store.editions(list.id, EDITIONS).await?;
        let mut issues: Vec<Issue> = Vec::new();
        for edition in editions {
            if let Some(cadence) = cadences.iter().find(|c| c.id == edition.cadence) {
                issues.push(Issue {
                    cadence: cadence.clone(),
                    run: edition.run,
                    edition: Some(edition),
                    coming: Vec::new(),
                });
            }
        }
        for wave in store.due_waves_of(list.id).await? {
            let same = |i: &&mut Issue| i.cadence.id == wave.cadence && i.run == wave.run;
            match issues.iter_mut().find(same) {
                Some(issue) => issue.coming.push(wave),
                None => {
                    if let Some(cadence) = cadences.iter().find(|c| c.id == wave.cadence) {
                        issues.push(Issue {
                            cadence: cadence.clone(),
                            run: wave.run,
                            edition: None,
                            coming: vec![wave],
                        });
                    }
                }
            }
        }
        issues.sort_by_key(|i| (i.run, i.cadence.id));
        Ok(Shelf {
            list,
            cadences,
            issues,
            named,
            only,
        })
    }

    /// What the press would say about a list without a sender, before anything is written.
    pub(in crate::cli) fn complete(&self) -> Result<(), PressError> {
        let missing = self.list.settings.missing_for_sending();
        if missing.is_empty() {
            return Ok(());
        }
        let list = self.list.slug.to_string();
        Err(PressError::ListIncomplete { list, missing })
    }

    /// The issues that are meant: all of them where nothing was named.
    pub(in crate::cli) fn meant(&self) -> Vec<&Issue> {
        let fits = |i: &&Issue| {
            self.named.is_none_or(|n| n.is(&i.run))
                && self.only.as_ref().is_none_or(|c| c.id == i.cadence.id)
        };
        self.issues.iter().filter(fits).collect()
    }

    /// The issue whose wave comes next.
    pub(in crate::cli) fn next(&self) -> Option<&Issue> {
        let meant = self.meant().into_iter().filter(|i| !i.coming.is_empty());
        meant.min_by_key(|i| i.coming.first().map(|w| w.due_at))
    }

    /// A cadence's runs of the day that was named which are still to come, by the home clock: an
    /// edition may be spoken of before anybody is due for it.
    pub(in crate::cli) fn ahead(&self, cadence: &Cadence, now: Timestamp) -> Option<Run> {
        let named = self.named?;
        let zone = &self.list.settings.home_zone;
        let fits = occurrences(named, cadence, zone, None);
        let mut runs = fits.into_iter().filter(|o| o.at > now).map(|o| o.run);
        runs.next()
    }

    /// Whether a run is one of a cadence's next ones, by the home clock.
    fn is_near(&self, cadence: &Cadence, run: Run, now: Timestamp) -> bool {
        let zone = &self.list.settings.home_zone;
        let next = cadence.upcoming(now, zone, None, AHEAD);
        next.iter().any(|o| o.run == run)
    }

    /// The one cadence and run that was named, whether or not anybody spoke of it before; not one so
    /// far ahead that it is a slip of the pen.
    pub(in crate::cli) fn one(&self, now: Timestamp) -> Result<(CadenceId, Run), Failure> {
        match self.meant().as_slice() {
            [issue] => Ok((issue.cadence.id, issue.run)),
            [] => {
                let wanted = |c: &&Cadence| self.only.as_ref().is_none_or(|only| only.id == c.id);
                let of = |c: &Cadence| {
                    let run = self.ahead(c, now)?;
                    self.is_near(c, run, now).then_some((c.id, run))
                };
                let mut ahead = self.cadences.iter().filter(wanted).filter_map(of);
                let first = ahead.next().ok_or_else(|| self.unknown())?;
                if ahead.next().is_some() {
                    return Err(Failure::usage("more than one cadence has that run")
                        .hint("name one with --cadence NAME"));
                }
                Ok(first)
            }
            several => Err(self.several(several)),
        }
    }

    /// Nothing fits what was named.
    pub(in crate::cli) fn unknown(&self) -> Failure {
        let slug = &self.list.slug;
        let run = match self.named {
            Some(Named::Day(date)) => date.to_string(),
            Some(Named::Exact(run)) => run.to_string(),
            None => {
                return Failure::failed(format!("`{slug}` has no edition yet")).hint(format!(
                    "`courant edition plan {slug}` plans what is due next"
                ));
            }
        };
        let cadence = self.only.as_ref().map(|c| format!("{} ", c.name));
        let cadence = cadence.unwrap_or_default();
        let next = match self.next_of_all() {
            Some(issue) => format!("; the next one is {}", issue.name()),
            None => String::new(),
        };
        Failure::failed(format!("`{slug}` has no edition `{cadence}{run}`")).hint(format!(
            "`courant edition list {slug}` shows what there is{next}"
        ))
    }

    fn next_of_all(&self) -> Option<&Issue> {
        let coming = self.issues.iter().filter(|i| !i.coming.is_empty());
        coming.min_by_key(|i| i.coming.first().map(|w| w.due_at))
    }

    /// More than one issue fits, and one is needed.
    pub(in crate::cli) fn several(&self, issues: &[&Issue]) -> Failure {
        let names: Vec<String> = issues.iter().map(|i| i.name()).collect();
        let slug = &self.list.slug;
        Failure::usage(format!("`{slug}` has more than one: {}", names.join(", ")))
            .hint("name one with --cadence NAME, and --run with its time")
    }

    /// An instant on the list's home clock: `2026-11-26 07:00 Europe/Berlin`.
    pub(in crate::cli) fn shown(&self, at: Timestamp) -> String {
        shown(at, &self.list.settings.home_zone)
    }
}

/// Occurrences of a cadence whose run is the named one, by a zone's calendar.
pub(in crate::cli) fn occurrences(
    named: Named,
    cadence: &Cadence,
    zone: &Zone,
    hour: Option<crate::domain::time::WallTime>,
) -> Vec<crate::domain::time::Occurrence> {
    let day = named.date();
    let before = day
        .yesterday()
        .unwrap_or(day)
        .to_datetime(jiff::civil::Time::MIN);
    let Ok(start) = zone.tz().to_ambiguous_timestamp(before).compatible() else {
        return Vec::new();
    };
    let all = cadence.upcoming(start, zone, hour, TWO_DAYS);
    all.into_iter().filter(|o| named.is(&o.run)).collect()
}

/// `2026-11-26 07:00 Europe/Berlin`.
pub(in crate::cli) fn shown(at: Timestamp, zone: &Zone) -> String {
    let there = zone.tz().to_datetime(at);
    format!("{} {}", there.strftime("%Y-%m-%d %H:%M"), zone.name())
}

/// A list's cadence by its name.
pub(in crate::cli) fn cadence(
    list: &List,
    all: &[Cadence],
    name: &str,
) -> Result<Cadence, Failure> {
    let found = all.iter().find(|c| c.name.as_str() == name).cloned();
    found.ok_or_else(|| {
        let names = || all.iter().map(|c| c.name.as_str());
        let shown: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "its cadences are {}",
                names().collect::<Vec<_>>().join(", ")
            ),
        };
        Failure::failed(format!("`{}` has no cadence `{shown}`", list.slug)).hint(hint)
    })
}

/// An instant as it is typed: RFC 3339, or a wall time of the list's home zone.
pub(in crate::cli) fn instant(text: &str, zone: &Zone) -> Result<Timestamp, Failure> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let given: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
    let wall: jiff::civil::DateTime = match text.len() {
        16..=19 => text.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| {
        Failure::usage(format!("--at: `{given}` is no instant")).hint(format!(
            "write 2026-11-26T06:30 for the clock of {zone}, or an instant such as \
             2026-11-26T05:30:00Z"
        ))
    })?;
    let resolved = zone.tz().to_ambiguous_timestamp(wall).unambiguous();
    resolved.map_err(|_| {
        Failure::usage(format!(
            "--at: `{given}` is not one instant in {zone}: the clock changes"
        ))
        .hint("write it with its offset, such as 2026-10-25T02:30:00+02:00")
    })
}

/// The reader of a list that an address names.
pub(in crate::cli) async fn reader(
    house: &House,
    list: &List,
    address: &str,
) -> Result<(Subscriber, Subscription), Failure> {
    let address = Address::parse(address)?;
    let hash = house.keys.address_hash(&address);
    let slug = &list.slug;
    let nobody = || {
        Failure::failed(format!("`{}` is no subscriber of `{slug}`", address.full()))
            .hint(format!("`courant subscriber list {slug}` shows who is"))
    };
    let person = house.store.subscriber(&hash).await?.ok_or_else(nobody)?;
    let found = house.store.subscription_of(list.id, person.id).await?;
    let subscription = found.ok_or_else(nobody)?;
    Ok((person, subscription))
}
