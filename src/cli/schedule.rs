//! `schedule`: when a cron expression fires. It only thinks: no configuration, database, key or lock.

use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;

use super::list::find;
use super::{Exit, Failure, House, show};
use crate::clock::Clock;
use crate::domain::time::{Calendar, CronExpr, Timestamp, Zone, format_rfc3339};

/// What may be asked about time.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// The next times at which an expression fires
    ///
    /// Lists, ranges, steps and English names are read as crontab(5) reads them; 0 and 7 are Sunday.
    /// Where day of month and day of week are both restricted, either one will do: `*` restricts
    /// nothing, `*/2` does. A range may run over its end (fri-mon, 22-2), and N/STEP counts on to the
    /// end of its field. Seconds, years, L, W, #, ? and @reboot are refused by name, and so is a step
    /// longer than its field. Nothing fires after the year 2100.
    ///
    /// Over clock changes: an expression whose hour field starts with `*` follows the real clock.
    /// All others are fixed times: inside the spring gap they fire at the first valid instant after
    /// it, in the autumn overlap once, the first time.
    Next {
        /// Five fields: minute, hour, day of month, month, day of week; or @daily, @weekly …
        #[arg(allow_hyphen_values = true)]
        expr: String,
        /// IANA zone whose clock counts
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        tz: String,
        /// Instant after which to start, such as 2026-11-25T06:00:00Z (default: now)
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Leave out the days on which this list does not run
        #[arg(long, value_name = "LIST")]
        list: Option<String>,
        /// How many, 1 to 10000
        #[arg(long, value_name = "N", default_value_t = 5,
            value_parser = clap::value_parser!(u16).range(1..=10_000))]
        count: u16,
        /// A JSON array of instants in UTC
        #[arg(long)]
        json: bool,
    },
}

/// Runs a verb of `schedule`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let Verb::Next {
        expr,
        tz,
        from,
        list,
        count,
        json,
    } = verb;
    let expr = CronExpr::parse(&expr)?;
    let zone = Zone::parse(&tz)?;
    let from = match from {
        Some(text) => instant(&text)?,
        None => Clock::system().now(),
    };
    let calendar = match &list {
        Some(list) => calendar(home, list).await?,
        None => Calendar::default(),
    };
    let next = calendar.upcoming(&expr, from, &zone, None, usize::from(count));
    if json {
        let instants: Vec<_> = next.iter().map(|o| format_rfc3339(o.at)).collect();
        show::json(&instants)?;
        return Ok(Exit::Done);
    }
    for occurrence in &next {
        show::line(&show::local(occurrence.at, &zone))?;
    }
    if next.is_empty() {
        show::note(&format!(
            "`{expr}` does not fire from then on, up to the year 2100"
        ));
    }
    Ok(Exit::Done)
}

/// The days on which a list does not run.
async fn calendar(home: Option<&Path>, list: &str) -> Result<Calendar, Failure> {
    let house = House::open(home).await?;
    let list = find(&house.store, list).await?;
    let days = house.store.holidays(list.id).await?;
    Ok(Calendar {
        quiet: list.settings.quiet_days,
        holidays: Arc::new(days.into_keys().collect()),
    })
}

fn instant(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(64).collect();
        Failure::usage(format!("--from: `{shown}` is not an instant"))
            .hint("write it with its offset, such as `2026-11-25T06:00:00Z`")
    })
}
