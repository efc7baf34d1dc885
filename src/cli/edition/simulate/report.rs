//! What the days that were tried out came to: who gets what when, who does not and why, sponsors, the
//! busiest minute, and where clocks change.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::own::{self, Own};
use super::{SimulateArgs, Span};
use crate::cli::edition::which::{Shelf, shown};
use crate::cli::{Failure, show};
use crate::domain::time::{Timestamp, Zone, format_rfc3339, from_ms};
use crate::domain::{FlightId, ListId, SubscriptionId, WaveId};
use crate::press::Press;
use crate::press::rehearse::Played;
use crate::store::rehearsal::Rehearsal;

/// A wave of the days.
#[derive(Serialize)]
struct Row {
    cadence: String,
    run: String,
    due: String,
    cutoff: String,
    digests: u64,
    skipped: BTreeMap<String, i64>,
    placements: u64,
    held: Option<&'static str>,
    /// Letters of it that gave way to their readers' next digest before they might leave.
    overtaken: i64,
    #[serde(skip)]
    due_at: Timestamp,
    #[serde(skip)]
    wave: WaveId,
}

/// What a flight got.
#[derive(Serialize)]
struct Sponsored {
    sponsor: String,
    flight: String,
    booked: i64,
    before: i64,
    after: i64,
}

/// What the days came to.
pub(super) struct Report {
    span: Span,
    repeat: bool,
    subscriber: Option<String>,
    rows: Vec<Row>,
    own: Vec<Own>,
    /// Letters by the minute since 1970 from which they may leave.
    minutes: BTreeMap<i64, i64>,
    /// What each flight had been sent or was owed before the first day.
    before: BTreeMap<FlightId, i64>,
    sponsors: Vec<Sponsored>,
    told: bool,
}

impl Report {
    pub(super) async fn new(
        span: Span,
        args: &SimulateArgs,
        press: &Press,
        list: ListId,
    ) -> Result<Report, Failure> {
        Ok(Report {
            span,
            repeat: args.repeat,
            subscriber: args.subscriber.clone(),
            rows: Vec::new(),
            own: Vec::new(),
            minutes: BTreeMap::new(),
            before: sends(press, list).await?,
            sponsors: Vec::new(),
            told: false,
        })
    }

    /// Takes a wave in; what is before the first day that is told only moves the flights' sums.
    pub(super) async fn take(
        &mut self,
        press: &Press,
        played: Played,
        who: Option<SubscriptionId>,
    ) -> Result<(), Failure> {
        let due_at = played.wave.due_at;
        if due_at < self.span.from {
            return Ok(());
        }
        if !self.told {
            self.told = true;
            let list = press.store.edition(played.wave.edition).await?.list;
            self.before = sends_without(press, list, &played).await?;
        }
        for (minute, letters) in &played.minutes {
            *self.minutes.entry(*minute).or_default() += letters;
        }
        if let Some(who) = who {
            self.own.extend(own::of(press, &played, who).await?);
        }
        self.rows.push(Row {
            cadence: played.cadence.to_string(),
            run: played.run.to_string(),
            due: format_rfc3339(due_at),
            cutoff: format_rfc3339(played.wave.cutoff_at),
            digests: played.digests,
            skipped: played.skipped,
            placements: played.placements,
            held: played.held.map(|h| h.as_str()),
            overtaken: 0,
            due_at,
            wave: played.wave.id,
        });
        Ok(())
    }

    /// Reads at the end what became of the letters, and the flights' sums.
    pub(super) async fn finish(
        &mut self,
        (press, copy): (&Press, &Rehearsal),
        list: ListId,
        who: Option<SubscriptionId>,
    ) -> Result<(), Failure> {
        let overtaken = copy.overtaken(None).await?;
        for row in &mut self.rows {
            row.overtaken = overtaken.get(&row.wave).copied().unwrap_or(0);
        }
        if who.is_some() {
            let overtaken = copy.overtaken(who).await?;
            for own in &mut self.own {
                own.overtaken = overtaken.contains_key(&own.wave);
            }
        }
        for flight in press.store.flights(Some(list)).await? {
            let ledger = flight.ledger;
            self.sponsors.push(Sponsored {
                before: self.before.get(&flight.id).copied().unwrap_or(0),
                after: ledger.reserved + ledger.committed + ledger.delivered,
                booked: flight.booked,
                sponsor: flight.sponsor_name,
                flight: flight.slug.to_string(),
            });
        }
        Ok(())
    }

    /// The minute from which most letters may leave, and how many.
    fn busiest(&self) -> Option<(Timestamp, i64)> {
        let most = self.minutes.iter().max_by_key(|(m, n)| (**n, -**m))?;
        Some((from_ms(most.0 * 60_000), *most.1))
    }

    /// Where the home clock changes in these days.
    fn changes(&self, zone: &Zone) -> Vec<(Timestamp, String)> {
        let tz = zone.tz();
        let offset = |at: Timestamp| tz.to_offset(at).to_string();
        let following = tz.following(self.span.from);
        let within = following.take_while(|change| change.timestamp() < self.span.end);
        let told = within.filter_map(|change| {
            let at = change.timestamp();
            let before = offset(from_ms(at.as_millisecond() - 1));
            let after = offset(at);
            (before != after).then(|| (at, format!("from UTC{before} to UTC{after}")))
        });
        told.collect()
    }

    pub(super) fn print_json(&self, shelf: &Shelf) -> Result<(), Failure> {
        let zone = &shelf.list.settings.home_zone;
        let changes = self.changes(zone);
        let changes = changes
            .iter()
            .map(|(at, words)| json!({"at": format_rfc3339(*at), "words": words}));
        show::json(&json!({
            "list": shelf.list.slug,
            "from": format_rfc3339(self.span.from),
            "until": format_rfc3339(self.span.end),
            "repeats_last_week": self.repeat,
            "waves": self.rows,
            "digests": self.rows.iter().map(|r| r.digests).sum::<u64>(),
            "skipped": self.skipped(),
            "overtaken": self.overtaken(),
            "busiest": self.busiest().map(|(at, n)| json!({"minute": format_rfc3339(at), "letters": n})),
            "sponsors": self.sponsors,
            "clock_changes": changes.collect::<Vec<_>>(),
            "subscriber": self.subscriber,
            "letters": self.own,
        }))
    }

    /// Letters that never left, since their readers' next digest came first.
    fn overtaken(&self) -> i64 {
        self.rows.iter().map(|r| r.overtaken).sum()
    }

    fn skipped(&self) -> BTreeMap<&str, i64> {
        let mut sums = BTreeMap::new();
        for (reason, n) in self.rows.iter().flat_map(|r| &r.skipped) {
            *sums.entry(reason.as_str()).or_default() += n;
        }
        sums
    }

    pub(super) fn print(&self, shelf: &Shelf, zone: Option<&Zone>) -> Result<(), Failure> {
        let home = &shelf.list.settings.home_zone;
        let until = shown(self.span.end, home);
        let slug = &shelf.list.slug;
        show::line(&format!(
            "`{slug}` until {until}, tried out: no mail was sent"
        ))?;
        for (at, words) in self.changes(home) {
            let at = shown(at, home);
            show::line(&format!("clocks change at {at}, {words}"))?;
        }
        show::line("")?;
        match zone {
            Some(zone) => own::print(&self.own, zone)?,
            None => self.print_waves(home)?,
        }
        if self.overtaken() > 0 {
            let letters = show::count(self.overtaken(), "letter");
            show::line(&format!(
                "\nOVERTAKEN: {letters} would never leave: their readers' next digest comes first"
            ))?;
        }
        if let Some((at, n)) = self.busiest() {
            let letters = show::count(n, "letter");
            show::line(&format!("\nbusiest minute: {}, {letters}", shown(at, home)))?;
        }
        self.print_sponsors()?;
        if !self.repeat {
            show::note(
                "only the articles known now: later days have fewer and fewer stories, and skip \
                 their readers",
            );
            show::note("hint: --repeat brings the last week's articles again every week");
        }
        Ok(())
    }

    fn print_waves(&self, home: &Zone) -> Result<(), Failure> {
        let cells = |r: &Row| {
            let skipped: Vec<String> = r
                .skipped
                .iter()
                .map(|(reason, n)| format!("{n} {}", reason.replace('_', " ")))
                .collect();
            vec![
                shown(r.due_at, home),
                format!("{} {}", r.cadence, r.run),
                r.digests.to_string(),
                r.placements.to_string(),
                if skipped.is_empty() {
                    "-".into()
                } else {
                    skipped.join(", ")
                },
                r.held.unwrap_or("-").to_owned(),
            ]
        };
        show::table(
            &["due", "issue", "digests", "sponsors", "skipped", "asks"],
            self.rows.iter().map(cells).collect(),
            "nobody is due in these days: `courant subscriber list LIST` shows who is active",
        )
    }

    fn print_sponsors(&self) -> Result<(), Failure> {
        if self.sponsors.is_empty() {
            return Ok(());
        }
        show::line("")?;
        let cells = |s: &Sponsored| {
            vec![
                s.sponsor.clone(),
                s.flight.clone(),
                s.booked.to_string(),
                s.before.to_string(),
                format!("+{}", s.after - s.before),
                (s.booked - s.after).max(0).to_string(),
            ]
        };
        let rows = self.sponsors.iter().map(cells).collect();
        let heads = [
            "sponsor",
            "flight",
            "booked",
            "before",
            "in these days",
            "left",
        ];
        show::table(&heads, rows, "")
    }
}

/// What each flight was sent, or is owed.
async fn sends(press: &Press, list: ListId) -> Result<BTreeMap<FlightId, i64>, Failure> {
    let flights = press.store.flights(Some(list)).await?;
    let sent = flights.iter().map(|f| {
        let ledger = f.ledger;
        (f.id, ledger.reserved + ledger.committed + ledger.delivered)
    });
    Ok(sent.collect())
}

/// The same before a wave that was just planned.
async fn sends_without(
    press: &Press,
    list: ListId,
    played: &Played,
) -> Result<BTreeMap<FlightId, i64>, Failure> {
    let mut sends = sends(press, list).await?;
    let mut after = SubscriptionId(0);
    loop {
        let slice = press
            .store
            .stored_digests(played.wave.id, after, 1000)
            .await?;
        let Some(last) = slice.last() else {
            return Ok(sends);
        };
        after = last.subscription;
        for placement in slice.iter().flat_map(|d| &d.placements) {
            if let Some(n) = sends.get_mut(&placement.flight) {
                *n -= 1;
            }
        }
    }
}
