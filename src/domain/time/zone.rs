//! Time zones, from the tzdb that is built in.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{resolve, shown};

/// No name of the tzdb is longer; what is longer is refused without a search.
const MAX_NAME_BYTES: usize = 64;
/// How alike a name must be to be offered (0 to 1, normalised Damerau-Levenshtein).
const SIMILAR: f64 = 0.6;

/// A time zone of the IANA tzdb. Two zones are equal when their names are.
///
/// Only the tzdb bundled with the program is read, never the system's: the same name means the same
/// clock on every machine.
///
/// A stored name that a later tzdb no longer has is kept as it is, with the clock of UTC, and is not
/// [known](Zone::is_known): whoever set it can be shown it, and nothing is mailed by it.
#[derive(Clone)]
pub struct Zone {
    tz: TimeZone,
    /// The name that the tzdb does not have.
    lost: Option<Box<str>>,
}

/// Why a text is not a [`Zone`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The tzdb knows no zone of that name.
    #[error("`{name}` is not a time zone")]
    UnknownZone {
        /// The name as it came, cut at 64 characters.
        name: String,
        /// The name of the tzdb that is most like it.
        similar: Option<String>,
    },
}

impl ZoneError {
    /// What to type instead.
    pub fn hint(&self) -> Option<String> {
        let Self::UnknownZone { name, similar } = self;
        Some(match similar {
            _ if is_abbreviation(name) => {
                "abbreviations of clocks name no zone: write its region and city, such as `Europe/Berlin`"
                    .to_owned()
            }
            Some(name) => format!("did you mean `{name}`?"),
            None => "write an IANA name, such as `Europe/Berlin`".to_owned(),
        })
    }
}

impl Zone {
    /// Reads an IANA name such as `Europe/Berlin`; the case does not matter, and the zone carries
    /// the name as the tzdb spells it. A link (`Asia/Calcutta`) keeps its own name.
    ///
    /// # Errors
    /// [`ZoneError::UnknownZone`], with the most similar name if there is one.
    pub fn parse(name: &str) -> Result<Zone, ZoneError> {
        let db = TimeZoneDatabase::bundled();
        if name.len() <= MAX_NAME_BYTES
            && let Ok(tz) = db.get(name)
            && !tz.is_unknown()
        {
            return Ok(Zone { tz, lost: None });
        }
        Err(ZoneError::UnknownZone {
            name: shown(name),
            similar: similar(&db, name),
        })
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone {
            tz: TimeZone::UTC,
            lost: None,
        }
    }

    /// A name that was a zone when it was stored.
    pub fn stored(name: &str) -> Zone {
        Zone::parse(name).unwrap_or_else(|_| Zone {
            tz: TimeZone::UTC,
            lost: Some(shown(name).into()),
        })
    }

    /// Whether the tzdb has it.
    pub fn is_known(&self) -> bool {
        self.lost.is_none()
    }

    /// The first instant of a day; of a day that this zone's calendar left out, the one after it.
    /// `None` only at the far ends of the calendar.
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        resolve::fixed(&self.tz, day.to_datetime(Time::midnight()))
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        match &self.lost {
            Some(name) => name,
            None => self.tz.iana_name().unwrap_or("UTC"),
        }
    }

    /// The place whose clock it is, without its region: `Berlin`, `New York`, `Knox, Indiana`; of a zone
    /// that has none, its name.
    pub fn city(&self) -> String {
        let mut parts = self.name().split('/').skip(1);
        let Some(first) = parts.next() else {
            return self.name().to_owned();
        };
        let city = match parts.next() {
            Some(second) => format!("{second}, {first}"),
            None => first.to_owned(),
        };
        city.replace('_', " ")
    }

    /// The place with what its clock says at an instant: `Berlin (CET, UTC+1)`; `Dubai (UTC+4)` where
    /// people there have no other word for it.
    pub fn spoken(&self, at: Timestamp) -> String {
        let info = self.tz.to_offset_info(at);
        let seconds = info.offset().seconds();
        let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
        let mut offset = "UTC".to_owned();
        if seconds != 0 {
            let sign = if seconds < 0 { '−' } else { '+' };
            offset = format!("UTC{sign}{hours}");
        }
        if minutes != 0 {
            offset = format!("{offset}:{minutes:02}");
        }
        let city = self.city();
        let word = info.abbreviation();
        if city == offset {
            city
        } else if word.bytes().all(|b| b.is_ascii_alphabetic()) && word != offset {
            format!("{city} ({word}, {offset})")
        } else {
            format!("{city} ({offset})")
        }
    }

    /// The rules of this zone.
    pub fn tz(&self) -> &TimeZone {
        &self.tz
    }
}

/// Whether a text is of the kind of `CEST` or `PDT`: which clock is meant by it is known for a season.
fn is_abbreviation(text: &str) -> bool {
    (3..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// The name most like `given`, compared as a whole and by its last part (`Berlin`).
///
/// `Etc/GMT+1` and its kin are never offered: their signs say the opposite of what people mean.
fn similar(db: &TimeZoneDatabase, given: &str) -> Option<String> {
    if given.is_empty() || given.len() > MAX_NAME_BYTES {
        return None;
    }
    let given = given.to_ascii_lowercase().replace(' ', "_");
    let likeness = |name: &str| {
        let name = name.to_ascii_lowercase();
        let city = name.rsplit('/').next().unwrap_or(&name);
        let whole = strsim::normalized_damerau_levenshtein(&given, &name);
        whole.max(strsim::normalized_damerau_levenshtein(&given, city))
    };
    let mut best: Option<(f64, String)> = None;
    for name in db.available() {
        let name = name.as_str();
        let score = likeness(name);
        let better = best.as_ref().is_none_or(|(top, _)| score > *top);
        if score >= SIMILAR && better && !name.starts_with("Etc/GMT") {
            best = Some((score, name.to_owned()));
        }
    }
    best.map(|(_, name)| name)
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Zone, ZoneError> {
        Zone::parse(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abbreviation_is_told_to_be_one() {
        for text in ["CEST", "PDT", "AEST"] {
            let hint = Zone::parse(text).unwrap_err().hint().unwrap();
            assert!(hint.contains("such as `Europe/Berlin`"), "{text}: {hint}");
        }
        let hint = Zone::parse("Berlin").unwrap_err().hint().unwrap();
        assert_eq!(hint, "did you mean `Europe/Berlin`?");
    }

    fn refused(name: &str) -> Option<String> {
        let ZoneError::UnknownZone { similar, .. } = Zone::parse(name).unwrap_err();
        similar
    }

    #[test]
    fn zones_are_equal_by_name() {
        let berlin = Zone::parse("europe/BERLIN").unwrap();
        assert_eq!(berlin.to_string(), "Europe/Berlin");
        assert_eq!(berlin, Zone::parse("Europe/Berlin").unwrap());
        assert_eq!(format!("{berlin:?}"), "Zone(Europe/Berlin)");
        assert_ne!(berlin, Zone::parse("Europe/Paris").unwrap());
        assert_eq!(Zone::parse("utc").unwrap(), Zone::utc());
        assert_eq!(Zone::utc().name(), "UTC");
    }

    #[test]
    fn a_zone_is_said_as_people_say_it() {
        let said = |name: &str, at: &str| Zone::parse(name).unwrap().spoken(at.parse().unwrap());
        let winter = |name: &str| said(name, "2026-12-01T12:00:00Z");
        assert_eq!(winter("Europe/Berlin"), "Berlin (CET, UTC+1)");
        let summer = said("Europe/Berlin", "2026-07-01T12:00:00Z");
        assert_eq!(summer, "Berlin (CEST, UTC+2)");
        assert_eq!(winter("America/New_York"), "New York (EST, UTC−5)");
        assert_eq!(winter("America/Indiana/Knox"), "Knox, Indiana (CST, UTC−6)");
        assert_eq!(winter("Asia/Dubai"), "Dubai (UTC+4)");
        assert_eq!(winter("Asia/Kolkata"), "Kolkata (IST, UTC+5:30)");
        assert_eq!(winter("Europe/London"), "London (GMT, UTC)");
        assert_eq!(winter("UTC"), "UTC");
        let lost = Zone::stored("Europe/Atlantis");
        assert_eq!(lost.city(), "Atlantis");
    }

    #[test]
    fn an_unknown_zone_is_refused_with_the_nearest_name() {
        assert_eq!(refused("Europe/Berln").as_deref(), Some("Europe/Berlin"));
        assert_eq!(refused("Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(refused("new york").as_deref(), Some("America/New_York"));
        assert_eq!(refused("Europe/Kyiw").as_deref(), Some("Europe/Kyiv"));
        assert_eq!(refused("xqzzzzzzzzz"), None);
        assert_eq!(refused(""), None);
        assert_eq!(refused(&"x".repeat(1_000_000)), None);
        assert_ne!(refused("GMT+1").as_deref(), Some("Etc/GMT+1"));
        let error = Zone::parse("Etc/Unknown").unwrap_err();
        assert_eq!(error.to_string(), "`Etc/Unknown` is not a time zone");
        for name in [
            "../Europe/Berlin",
            "/etc/localtime",
            "UTC\0",
            "+01:00",
            "CET-1CEST",
        ] {
            assert!(Zone::parse(name).is_err(), "{name}");
        }
        let hint = Zone::parse("Berlin").unwrap_err().hint().unwrap();
        assert_eq!(hint, "did you mean `Europe/Berlin`?");
    }

    #[test]
    fn a_stored_name_outlives_the_tzdb_that_had_it() {
        let lost = Zone::stored("Europe/Atlantis");
        assert_eq!((lost.name(), lost.is_known()), ("Europe/Atlantis", false));
        assert_eq!(lost.tz(), Zone::utc().tz());
        assert_ne!(lost, Zone::utc());
        assert_eq!(
            Zone::stored("europe/berlin"),
            Zone::parse("Europe/Berlin").unwrap()
        );
    }

    #[test]
    fn a_day_starts_at_its_first_valid_instant() {
        let start = |zone: &str, day: &str| {
            let start = Zone::parse(zone).unwrap().start_of(day.parse().unwrap());
            start.unwrap().to_string()
        };
        assert_eq!(start("Europe/Berlin", "2027-03-28"), "2027-03-27T23:00:00Z");
        // The clock goes on at midnight; and a day that never was.
        assert_eq!(
            start("America/Sao_Paulo", "2018-11-04"),
            "2018-11-04T03:00:00Z"
        );
        assert_eq!(start("Pacific/Apia", "2011-12-30"), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn every_name_of_the_tzdb_is_a_zone() {
        for name in TimeZoneDatabase::bundled().available() {
            assert_eq!(Zone::parse(name.as_str()).unwrap().name(), name.as_str());
        }
    }
}
