//! Time: instants, zones, wall times, cron expressions and runs.
pub use jiff::Timestamp;

/// zone
#[derive(Clone, Debug)]
pub struct Zone(String, jiff::tz::TimeZone);
impl PartialEq for Zone {
    fn eq(&self, o: &Zone) -> bool {
        self.0 == o.0
    }
}
/// e
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown zone `{0}`")]
pub struct ZoneError(String);
impl Zone {
    /// p
    pub fn parse(n: &str) -> Result<Zone, ZoneError> {
        jiff::tz::TimeZoneDatabase::bundled()
            .get(n)
            .map(|t| Zone(n.to_owned(), t))
            .map_err(|_| ZoneError(n.to_owned()))
    }
    /// u
    pub fn utc() -> Zone {
        Zone("UTC".into(), jiff::tz::TimeZone::UTC)
    }
    /// n
    pub fn name(&self) -> &str {
        &self.0
    }
    /// t
    pub fn tz(&self) -> &jiff::tz::TimeZone {
        &self.1
    }
}
/// w
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(u16);
/// c
#[derive(Clone, Debug, PartialEq)]
pub struct CronExpr(String);
/// r
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Run(String);
