//! Whom a flight is for, by what readers declared and by nothing else.

use serde::{Deserialize, Serialize};

use super::article::TopicWeight;
use super::slug::Slug;
use super::time::Date;
use super::words;

words! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

impl Weekday {
    /// The day of a date.
    pub fn of(date: Date) -> Weekday {
        use jiff::civil::Weekday as Civil;
        match date.weekday() {
            Civil::Monday => Weekday::Mon,
            Civil::Tuesday => Weekday::Tue,
            Civil::Wednesday => Weekday::Wed,
            Civil::Thursday => Weekday::Thu,
            Civil::Friday => Weekday::Fri,
            Civil::Saturday => Weekday::Sat,
            Civil::Sunday => Weekday::Sun,
        }
    }
}

/// Whom a flight is for. What names nothing is for everybody; what names several is for readers with
/// any of them, and every kind that is named must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Targeting {
    /// Readers who follow one of these topics.
    pub topics: Vec<Slug>,
    /// Readers who follow one of these places.
    pub places: Vec<Slug>,
    /// Digests of these cadences.
    pub cadences: Vec<Slug>,
    /// Readers of these languages, by tag; `de` is for `de-AT` too.
    pub languages: Vec<String>,
    /// Runs on these days.
    pub weekdays: Vec<Weekday>,
}

/// What a reader declared, and the run that their digest belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// Topics of their terms; those of weight 0 are not followed.
    pub topics: &'a [TopicWeight],
    /// Places that they follow.
    pub places: &'a [Slug],
    /// The cadence.
    pub cadence: &'a Slug,
    /// The tag of their language.
    pub language: &'a str,
    /// The run's day on their own calendar.
    pub weekday: Weekday,
}

/// Why a flight is not for a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// They follow none of its topics.
    Topics,
    /// They follow none of its places.
    Places,
    /// Another cadence.
    Cadences,
    /// Another language.
    Languages,
    /// Another day of the week.
    Weekdays,
    /// Gambling, and they stated no place.
    NoPlace,
    /// Gambling, and none of their places allows it.
    GamblingPlace,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refusal::Topics => "for followers of other topics",
            Refusal::Places => "for followers of other places",
            Refusal::Cadences => "for another cadence",
            Refusal::Languages => "for readers of another language",
            Refusal::Weekdays => "for other days of the week",
            Refusal::NoPlace => "gambling, and the reader stated no place",
            Refusal::GamblingPlace => "gambling, which is not allowed in the reader's places",
        })
    }
}

impl Targeting {
    /// Whether it is for everybody.
    pub fn is_empty(&self) -> bool {
        *self == Targeting::default()
    }

    /// Whether a reader is among those it is for; if not, the first kind that does not fit.
    ///
    /// # Errors
    /// The [`Refusal`]; never one of gambling.
    pub fn admits(&self, reader: &Declared<'_>) -> Result<(), Refusal> {
        let any = |named: bool, fits: bool, refusal: Refusal| match named && !fits {
            true => Err(refusal),
            false => Ok(()),
        };
        let weekday = self.weekdays.contains(&reader.weekday);
        any(!self.weekdays.is_empty(), weekday, Refusal::Weekdays)?;
        let cadence = self.cadences.contains(reader.cadence);
        any(!self.cadences.is_empty(), cadence, Refusal::Cadences)?;
        let speaks = self.languages.iter().any(|l| speaks(reader.language, l));
        any(!self.languages.is_empty(), speaks, Refusal::Languages)?;
        let mut followed = reader.topics.iter().filter(|t| t.weight > 0);
        let follows = !self.topics.is_empty() && followed.any(|t| self.topics.contains(&t.topic));
        any(!self.topics.is_empty(), follows, Refusal::Topics)?;
        let placed = reader.places.iter().any(|p| self.places.contains(p));
        any(!self.places.is_empty(), placed, Refusal::Places)
    }
}

/// Whether a reader's tag is of a language: the same, or one of its kinds.
fn speaks(tag: &str, language: &str) -> bool {
    let (own, wanted) = (tag.as_bytes(), language.as_bytes());
    own.len() >= wanted.len()
        && own[..wanted.len()].eq_ignore_ascii_case(wanted)
        && matches!(own.get(wanted.len()), None | Some(b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slugs(names: &[&str]) -> Vec<Slug> {
        names
            .iter()
            .map(|n| Slug::parse(n).expect("a slug"))
            .collect()
    }

    #[test]
    fn only_what_a_reader_declared_decides() {
        let weight = |(name, weight): &(&str, u16)| TopicWeight {
            topic: Slug::parse(name).expect("a slug"),
            weight: *weight,
        };
        let topics: Vec<TopicWeight> = [("city", 500), ("sport", 0)].iter().map(weight).collect();
        let (places, cadence) = (slugs(&["port"]), slugs(&["daily"]));
        let reader = Declared {
            topics: &topics,
            places: &places,
            cadence: &cadence[0],
            language: "de-AT",
            weekday: Weekday::Wed,
        };
        let for_all = Targeting::default();
        let of = |change: &dyn Fn(&mut Targeting)| {
            let mut targeting = for_all.clone();
            change(&mut targeting);
            targeting.admits(&reader)
        };
        assert!(for_all.is_empty() && for_all.admits(&reader).is_ok());
        assert_eq!(of(&|t| t.topics = slugs(&["opera", "city"])), Ok(()));
        // Of a topic with weight 0 a reader wants nothing, so it is not followed.
        assert_eq!(of(&|t| t.topics = slugs(&["sport"])), Err(Refusal::Topics));
        assert_eq!(of(&|t| t.places = slugs(&["port"])), Ok(()));
        assert_eq!(of(&|t| t.places = slugs(&["hill"])), Err(Refusal::Places));
        assert_eq!(of(&|t| t.cadences = slugs(&["daily"])), Ok(()));
        assert_eq!(
            of(&|t| t.cadences = slugs(&["weekly"])),
            Err(Refusal::Cadences)
        );
        assert_eq!(of(&|t| t.languages = vec!["DE".to_owned()]), Ok(()));
        for other in ["d", "de-CH", "en"] {
            let refused = of(&|t| t.languages = vec![other.to_owned()]);
            assert_eq!(refused, Err(Refusal::Languages), "{other}");
        }
        assert_eq!(
            of(&|t| t.weekdays = vec![Weekday::Tue, Weekday::Wed]),
            Ok(())
        );
        assert_eq!(
            of(&|t| t.weekdays = vec![Weekday::Sun]),
            Err(Refusal::Weekdays)
        );
    }

    #[test]
    fn a_date_has_its_day() {
        let days = (23..=29).map(|day| Weekday::of(jiff::civil::date(2026, 11, day)));
        assert_eq!(days.collect::<Vec<_>>(), Weekday::ALL);
    }
}
