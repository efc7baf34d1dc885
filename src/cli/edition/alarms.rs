//! Alarms of the last day, as `edition status` shows them: what holds letters back that no release
//! would let go.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cli::{Failure, House, show};
use crate::deliver::policy::AlarmReason;
use crate::domain::time::{Timestamp, format_rfc3339};
use crate::store::alarms::AlarmRow;

/// The alarms that were raised within a day.
pub(super) struct Alarms(Vec<AlarmRow>);

/// Reads them.
pub(super) async fn recent(house: &House) -> Result<Alarms, Failure> {
    let day = SignedDuration::from_hours(24);
    let since = house.clock.now().checked_sub(day);
    let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Alarms(house.store.alarms(since).await?))
}

fn reason(alarm: &AlarmRow) -> Option<AlarmReason> {
    AlarmReason::parse(&alarm.reason)
}

impl Alarms {
    /// Whether one of them holds letters until a person acts.
    pub(super) fn hold(&self) -> bool {
        let holds = |alarm: &AlarmRow| reason(alarm).is_some_and(AlarmReason::holds);
        self.0.iter().any(holds)
    }

    /// An edition's JSON object with the alarms in it.
    pub(super) fn beside(&self, mut edition: Value) -> Value {
        let row = |alarm: &AlarmRow| {
            json!({
                "subject": alarm.subject, "reason": alarm.reason, "words": alarm.words,
                "times": alarm.times, "first": format_rfc3339(alarm.first),
                "last": format_rfc3339(alarm.last),
                "holds": reason(alarm).is_some_and(AlarmReason::holds),
                "hint": reason(alarm).map(AlarmReason::hint),
            })
        };
        edition["alarms"] = self.0.iter().map(row).collect();
        edition
    }

    /// Prints them, each with what to do.
    pub(super) fn print(&self, shown: impl Fn(Timestamp) -> String) -> Result<(), Failure> {
        for alarm in &self.0 {
            let last = shown(alarm.last);
            let often = match alarm.times {
                1 => last,
                n => format!("{n} times, last {last}"),
            };
            show::line(&format!(
                "ALARM: {}, {}: {} ({often})",
                alarm.subject, alarm.reason, alarm.words
            ))?;
            if let Some(reason) = reason(alarm) {
                show::line(&format!("  {}", reason.hint()))?;
            }
        }
        Ok(())
    }
}
