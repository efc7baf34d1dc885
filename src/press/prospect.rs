//! What flights may expect of a wave, of what is left of its edition, and of the editions to come: by
//! the same days of the weeks before, else by what is eligible today.

use std::collections::BTreeMap;

use super::sale::Count;
use super::{Press, PressError};
use crate::domain::CadenceId;
use crate::domain::flight::Pacing;
use crate::domain::goal::Goal;
use crate::domain::list::{Cadence, List};
use crate::domain::sponsor::Flight;
use crate::domain::targeting::Weekday;
use crate::domain::time::{Run, Timestamp};
use crate::sponsors::pacing::{Prospect, forecast};
use crate::store::planning::DueWave;
use crate::store::wave_plans::EligibleBefore;

/// Most runs of a cadence that are looked ahead: a year of days and some.
const RUNS: usize = 400;
/// Editions by which it is told how many letters come to nothing.
const EDITIONS: i64 = 4;

/// Whom a list's editions reach, and when.
struct Outlook {
    /// Readers of this wave, and of all that is left of its edition.
    wave: i64,
    edition: i64,
    cadences: Vec<Coming>,
    before: Vec<EligibleBefore>,
    failing: i64,
}

/// The runs of a cadence that are still to come.
struct Coming {
    cadence: Cadence,
    /// Its readers now.
    readers: i64,
    runs: Vec<(Timestamp, Run)>,
}

impl Press {
    /// What each flight of a counted wave may expect, in their order.
    pub async fn prospects(
        &self,
        list: &List,
        cadence: &Cadence,
        due: &DueWave,
        count: &Count,
        now: Timestamp,
    ) -> Result<Vec<Prospect>, PressError> {
        let paced = |f: &Flight| matches!(f.goal, Goal::Sends(_)) && f.pacing != Pacing::Asap;
        let last = count.eligible().filter(|(f, _)| paced(f));
        let outlook = match last.map(|(f, _)| f.ends_at).max() {
            // Nobody else is told what is to come.
            None => None,
            Some(last) => Some(
                self.outlook_on(list, cadence, due, (count, last), now)
                    .await?,
            ),
        };
        let prospect = |(flight, eligible): (&Flight, i64)| match &outlook {
            Some(outlook) if paced(flight) => outlook.of(flight, eligible, cadence.id, due),
            _ => Prospect {
                wave: eligible,
                edition: eligible,
                ..Prospect::default()
            },
        };
        Ok(count.eligible().map(prospect).collect())
    }

    async fn outlook_on(
        &self,
        list: &List,
        cadence: &Cadence,
        due: &DueWave,
        (count, last): (&Count, Timestamp),
        now: Timestamp,
    ) -> Result<Outlook, PressError> {
        let groups = self.store.due_waves_of(list.id).await?;
        let same = |w: &&DueWave| w.cadence == cadence.id && w.run == due.run;
        let others = groups
            .iter()
            .filter(same)
            .filter(|w| w.due_at != due.due_at);
        let others: i64 = others.map(|w| w.readers).sum();
        let mut readers: BTreeMap<CadenceId, i64> = BTreeMap::new();
        for group in &groups {
            *readers.entry(group.cadence).or_default() += group.readers;
        }
        let zone = &list.settings.home_zone;
        let after = due.due_at.max(now);
        let coming = |cadence: Cadence| {
            let runs = cadence.upcoming(after, zone, None, RUNS).into_iter();
            let runs = runs.filter(|o| o.at < last && o.run > due.run);
            Coming {
                readers: readers.get(&cadence.id).copied().unwrap_or(0),
                runs: runs.map(|o| (o.at, o.run)).collect(),
                cadence,
            }
        };
        let cadences = self.store.cadences(list.id).await?;
        Ok(Outlook {
            wave: count.digests(),
            edition: count.digests() + others,
            cadences: cadences.into_iter().map(coming).collect(),
            before: self.store.eligible_before(list.id).await?,
            failing: self.failing(list, due).await?,
        })
    }

    /// Letters of the newest editions before this one that came to nothing, per thousand.
    async fn failing(&self, list: &List, due: &DueWave) -> Result<i64, PressError> {
        let (mut sent, mut failed) = (0, 0);
        let editions = self.store.editions(list.id, EDITIONS).await?;
        for edition in editions.iter().filter(|e| e.run < due.run) {
            let tally = self.store.tally(edition.id).await?;
            failed += tally.refused + tally.withheld;
            sent += tally.planned - tally.open;
        }
        Ok((failed * 1_000).checked_div(sent).unwrap_or(0))
    }
}

impl Outlook {
    fn of(&self, flight: &Flight, eligible: i64, own: CadenceId, due: &DueWave) -> Prospect {
        let of_edition = scaled(eligible, self.edition, self.wave);
        let readers = |id: CadenceId| {
            let coming = self.cadences.iter().find(|c| c.cadence.id == id);
            coming.map_or(0, |c| c.readers)
        };
        let mut later: Vec<(Timestamp, i64)> = Vec::new();
        for coming in &self.cadences {
            let cadences = &flight.targeting.cadences;
            if !cadences.is_empty() && !cadences.contains(&coming.cadence.name) {
                continue;
            }
            let today = match coming.cadence.id == own {
                true => of_edition,
                false => scaled(of_edition, coming.readers, readers(own)),
            };
            let within = coming.runs.iter().filter(|(at, _)| *at < flight.ends_at);
            for (at, run) in within {
                let days = &flight.targeting.weekdays;
                let day = Weekday::of(run.date());
                if days.is_empty() || days.contains(&day) {
                    let before = self.before(flight, coming.cadence.id, day, due.run);
                    later.push((*at, forecast(&before).unwrap_or(today)));
                }
            }
        }
        later.sort_unstable();
        let middle = (flight.starts_at.as_millisecond() + flight.ends_at.as_millisecond()) / 2;
        Prospect {
            wave: eligible,
            edition: of_edition,
            later: later.into_iter().map(|(_, n)| n).collect(),
            first_half: due.due_at.as_millisecond() < middle,
            failing: self.failing,
        }
    }

    /// What editions of the same day of the week had, the newest first.
    fn before(&self, flight: &Flight, cadence: CadenceId, day: Weekday, run: Run) -> Vec<i64> {
        let same = |e: &&EligibleBefore| {
            e.flight == flight.id
                && e.cadence == cadence
                && e.run < run
                && Weekday::of(e.run.date()) == day
        };
        self.before
            .iter()
            .filter(same)
            .map(|e| e.eligible)
            .collect()
    }
}

/// `n` for `to` readers instead of `from`.
fn scaled(n: i64, to: i64, from: i64) -> i64 {
    let scaled = i128::from(n) * i128::from(to) / i128::from(from.max(1));
    i64::try_from(scaled).unwrap_or(i64::MAX)
}
