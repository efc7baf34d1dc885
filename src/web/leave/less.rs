//! What somebody who has just left may come back to instead: a rarer rhythm, fewer topics, or the same
//! after thirty days.
//!
//! Pure: from the terms that they had and what the list offers to other terms. It writes nothing.

use jiff::ToSpan;

use crate::domain::CadenceId;
use crate::domain::article::TopicWeight;
use crate::domain::list::Cadence;
use crate::domain::subscriber::Terms;
use crate::domain::time::{Date, Timestamp};
use crate::web::Form;

/// Days of the pause that is offered.
const PAUSE_DAYS: i64 = 30;
/// Days over which runs are counted: four weeks.
const COUNTED_DAYS: i64 = 28;
/// What a weekly rhythm has in them.
const WEEKLY: usize = 4;
/// Runs that are counted at the most; beyond it a rhythm is as frequent as any.
const RUNS: usize = 60;

/// To what somebody comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// To what they had.
    Same,
    /// To a rarer rhythm.
    Weekly,
    /// To some of their topics.
    Fewer,
    /// To what they had, after a pause.
    Pause,
}

impl Again {
    /// By the word of its button.
    pub(super) fn of(word: &str) -> Option<Again> {
        match word {
            "1" => Some(Again::Same),
            "weekly" => Some(Again::Weekly),
            "fewer" => Some(Again::Fewer),
            "pause" => Some(Again::Pause),
            _ => None,
        }
    }
}

/// Why a wish to come back cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// No topic was chosen.
    NoTopic,
    /// The rhythm, or what they had, is no longer on offer.
    Gone,
}

/// The rarer rhythm that is offered beside this one: of those with fewer runs, the one that is nearest
/// to weekly.
pub(super) fn rarer<'a>(
    cadences: &'a [Cadence],
    terms: &Terms,
    now: Timestamp,
) -> Option<&'a Cadence> {
    let own = cadences.iter().find(|c| c.name == terms.cadence)?;
    let own = runs(own, terms, now);
    let counted = cadences.iter().map(|c| (runs(c, terms, now), c));
    let fewer = counted.filter(|(runs, _)| (1..own).contains(runs));
    fewer
        .min_by_key(|(runs, _)| runs.abs_diff(WEEKLY))
        .map(|(_, cadence)| cadence)
}

/// How often a rhythm runs within four weeks on a reader's clock.
fn runs(cadence: &Cadence, terms: &Terms, now: Timestamp) -> usize {
    let end = now.as_millisecond() + COUNTED_DAYS * 86_400_000;
    let ahead = cadence.upcoming(now, &terms.zone, None, RUNS);
    let within = ahead.iter().filter(|run| run.at.as_millisecond() < end);
    within.count()
}

/// The day on which letters come again after the pause that is offered.
pub(super) fn pause_ends(terms: &Terms, now: Timestamp) -> Date {
    let today = terms.zone.tz().to_datetime(now).date();
    today.saturating_add(PAUSE_DAYS.days())
}

/// The terms that somebody comes back to, and their rhythm.
pub(super) fn wish<'a>(
    again: Again,
    form: &Form,
    (before, cadences): (&Terms, &'a [Cadence]),
    now: Timestamp,
) -> Result<(Terms, &'a Cadence), Unfit> {
    let mut terms = before.clone();
    let own = cadences.iter().find(|c| c.name == before.cadence);
    let mut cadence = own.ok_or(Unfit::Gone)?;
    match again {
        Again::Same => {}
        Again::Pause => terms.resume_on = Some(pause_ends(before, now)),
        Again::Weekly => {
            cadence = rarer(cadences, before, now).ok_or(Unfit::Gone)?;
            terms.cadence = cadence.name.clone();
            // An hour of their own goes with them where the rhythm takes one.
            terms.hour = before.hour.filter(|_| cadence.expr.fixed_time().is_some());
        }
        Again::Fewer => {
            let kept = |topic: &str| form.all("topic").any(|t| t == topic);
            // What they want nothing of stays so.
            let stays = |t: &TopicWeight| t.weight == 0 || kept(t.topic.as_str());
            terms.topics.retain(stays);
            if terms.topics.iter().all(|t| t.weight == 0) {
                return Err(Unfit::NoTopic);
            }
        }
    }
    Ok((terms, cadence))
}

/// The terms as they are written: none where they are those that stand.
pub(super) fn written<'a>(
    before: &Terms,
    after: &'a Terms,
    cadence: CadenceId,
) -> Option<(&'a Terms, CadenceId)> {
    (before != after).then_some((after, cadence))
}

#[cfg(test)]
mod tests {
    use super::{Again, Unfit, pause_ends, rarer, wish};
    use crate::domain::article::TopicWeight;
    use crate::domain::list::Cadence;
    use crate::domain::slug::Slug;
    use crate::domain::subscriber::{Length, Terms};
    use crate::domain::time::{Calendar, CronExpr, Timestamp, WallTime, Zone};
    use crate::domain::{CadenceId, ListId};
    use crate::web::Form;

    fn cadences(of: &[(&str, &str)]) -> Vec<Cadence> {
        let cadence = |(n, (name, expr)): (usize, &(&str, &str))| Cadence {
            id: CadenceId(n as i64),
            list: ListId(1),
            name: Slug::parse(name).unwrap(),
            expr: CronExpr::parse(expr).unwrap(),
            calendar: Calendar::default(),
        };
        of.iter().enumerate().map(cadence).collect()
    }

    fn terms(cadence: &str) -> Terms {
        let topic = |name: &str| TopicWeight {
            topic: Slug::parse(name).unwrap(),
            weight: 500,
        };
        Terms {
            cadence: Slug::parse(cadence).unwrap(),
            hour: WallTime::new(6, 40),
            zone: Zone::parse("Asia/Tokyo").unwrap(),
            language: "en".to_owned(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: vec![topic("city"), topic("sport")],
            places: vec![],
            resume_on: None,
        }
    }

    fn now() -> Timestamp {
        "2026-11-25T20:00:00Z".parse().unwrap()
    }

    fn form(text: &str) -> Form {
        Form::parse("application/x-www-form-urlencoded", text.as_bytes()).unwrap()
    }

    #[test]
    fn the_rhythm_that_is_offered_is_rarer_and_nearest_to_weekly() {
        let all = cadences(&[
            ("daily", "0 7 * * *"),
            ("hourly", "0 * * * *"),
            ("twice", "0 7 * * 2,5"),
            ("weekly", "0 9 * * 6"),
            ("monthly", "0 9 1 * *"),
            ("never", "0 0 30 2 *"),
        ]);
        let offered = |own: &str| rarer(&all, &terms(own), now()).map(|c| c.name.to_string());
        assert_eq!(offered("daily").as_deref(), Some("weekly"));
        assert_eq!(offered("hourly").as_deref(), Some("weekly"));
        assert_eq!(offered("weekly").as_deref(), Some("monthly"));
        assert_eq!(offered("monthly"), None);
        assert_eq!(offered("gone"), None);
        assert_eq!(rarer(&all[..1], &terms("daily"), now()), None);
    }

    #[test]
    fn each_wish_changes_one_thing_and_keeps_the_rest() {
        let all = cadences(&[("daily", "0 7 * * *"), ("weekly", "0 9,18 * * 6")]);
        let before = terms("daily");
        let asked = |again, text: &str| wish(again, &form(text), (&before, &all), now());
        assert_eq!(asked(Again::Same, "").unwrap().0, before);
        let (weekly, cadence) = asked(Again::Weekly, "").unwrap();
        assert_eq!(cadence.id, CadenceId(1));
        let hourless = Terms {
            cadence: Slug::parse("weekly").unwrap(),
            hour: None,
            ..before.clone()
        };
        assert_eq!(weekly, hourless, "it takes no hour of a reader's own");
        let (fewer, _) = asked(Again::Fewer, "topic=sport&topic=strange").unwrap();
        assert_eq!(fewer.topics, before.topics[1..]);
        assert_eq!(asked(Again::Fewer, "topic=strange"), Err(Unfit::NoTopic));
        // It is the 26th in Tokyo.
        let (paused, _) = asked(Again::Pause, "").unwrap();
        assert_eq!(paused.resume_on, Some(pause_ends(&before, now())));
        assert_eq!(paused.resume_on.unwrap().to_string(), "2026-12-26");
        let gone = wish(Again::Same, &form(""), (&before, &all[1..]), now());
        assert_eq!(gone, Err(Unfit::Gone));
    }
}
