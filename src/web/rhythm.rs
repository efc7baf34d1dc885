//! A cadence as readers see it: its name, its day where it comes once a week, and its time.

use jiff::civil::Date;

use super::page::Speech;
use super::wish::cadence_name;
use crate::domain::list::Cadence;
use crate::domain::time::{CronExpr, WallTime};

/// `Daily, 07:00`, or `Weekly, Saturday 08:00`; the reader's own hour where they have one and the rhythm
/// takes it.
pub(super) fn rhythm(speech: &Speech, cadence: &Cadence, own: Option<WallTime>) -> String {
    let name = cadence_name(&cadence.name);
    let Some(time) = cadence.expr.fixed_time() else {
        return name;
    };
    let time = own.unwrap_or(time).to_string();
    let values = [("name", name.as_str()), ("time", time.as_str())];
    match weekly(&cadence.expr) {
        Some(day) => {
            let day = speech.weekday(day);
            speech.say("terms.cadence_on", &[values[0], values[1], ("day", &day)])
        }
        None => speech.say("terms.cadence_at", &values),
    }
}

/// A date of the one weekday on which an expression fires, by what is written.
fn weekly(expr: &CronExpr) -> Option<Date> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let text = expr.as_str().to_ascii_lowercase();
    if text == "@weekly" {
        return day(6);
    }
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, _, "*", "*", named] = fields[..] else {
        return None;
    };
    if named.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return None;
    }
    match named.parse::<usize>() {
        Ok(n @ 0..=7) => day((n + 6) % 7),
        Ok(_) => None,
        Err(_) => day(DAYS.iter().position(|d| named.starts_with(d))?),
    }
}

/// A Monday is day 0; the week that is named by is any.
fn day(from_monday: usize) -> Option<Date> {
    let day = i8::try_from(from_monday).ok()?;
    Date::new(2024, 1, 1 + day).ok()
}

#[cfg(test)]
mod tests {
    use super::weekly;
    use crate::domain::time::CronExpr;

    #[test]
    fn the_day_of_a_weekly_rhythm_is_known_by_number_and_by_name() {
        let day = |text: &str| {
            let found = weekly(&CronExpr::parse(text).unwrap())?;
            Some(found.strftime("%a").to_string())
        };
        for (text, expected) in [
            ("0 8 * * 6", Some("Sat")),
            ("0 8 * * 0", Some("Sun")),
            ("0 8 * * 7", Some("Sun")),
            ("0 8 * * Monday", Some("Mon")),
            ("@weekly", Some("Sun")),
            ("0 8 * * 1-5", None),
            ("0 8 * * 1,4", None),
            ("0 8 * * */2", None),
            ("0 8 1 * 6", None),
            ("0 8 * 2 6", None),
            ("0 8 * * *", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }
}
