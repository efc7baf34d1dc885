//! A pause: without an end, or until a day on the reader's own calendar; and its end.

use axum::response::Response;

use super::Desk;
use crate::domain::subscriber::{PAUSE_YEARS, Standing, Terms};
use crate::domain::time::{Date, Run, Timestamp};
use crate::feedback::link::Opened;
use crate::store::{Move, StoreError};
use crate::web::wish::{Part, Typed, Wrong};
use crate::web::{Form, House};

impl House {
    /// Pauses until the day that was typed, or without an end where none was.
    pub(super) async fn pause(&self, opened: Opened, form: &Form) -> Result<Response, StoreError> {
        let typed: String = form.one("until").unwrap_or_default().to_owned();
        if typed.is_empty() {
            return self.turn(opened, Standing::Paused).await;
        }
        let desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        let terms = &desk.subscription.terms;
        if desk.standing() != Standing::Active {
            return Ok(self.form(&desk, &Typed::of(terms), &[], None));
        }
        match day(&typed, terms, self.app.clock.now()) {
            Ok(day) => self.pause_to(desk, Some(day)).await,
            Err(wrong) => {
                let until = typed.chars().take(100).collect();
                let typed = Typed {
                    until,
                    ..Typed::of(terms)
                };
                Ok(self.form(&desk, &typed, &[wrong], None))
            }
        }
    }

    /// Ends a pause of either kind.
    pub(super) async fn resume(&self, opened: Opened) -> Result<Response, StoreError> {
        let desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        match desk.resumes(self.app.clock.now()) {
            Some(_) => self.pause_to(desk, None).await,
            None => self.turn(opened, Standing::Active).await,
        }
    }

    /// Pauses without an end, or ends such a pause; any other standing stays as it is.
    async fn turn(&self, opened: Opened, to: Standing) -> Result<Response, StoreError> {
        let mut desk = match self.desk(opened).await? {
            Ok(desk) => desk,
            Err(gone) => return Ok(gone),
        };
        let (from, kind, key) = match to {
            Standing::Paused => (Standing::Active, "pause", "terms.paused"),
            _ => (Standing::Paused, "resume", "terms.resumed"),
        };
        let next = match desk.rhythm().filter(|_| to == Standing::Active) {
            Some(rhythm) => {
                let subscription = &desk.subscription;
                let terms = &subscription.terms;
                self.next(subscription.id, terms, rhythm).await?
            }
            None => None,
        };
        let subscription = &mut desk.subscription;
        let change = Move {
            from: &[from],
            to,
            kind,
            detail: "page",
        };
        let (store, now) = (&self.app.store, self.app.clock.now());
        let moved = store.standing_move(subscription.id, change, next, now);
        if moved.await? {
            subscription.standing = to;
            subscription.due_at = next.map(|d| d.at);
        }
        let done = (desk.standing() == to).then(|| desk.visit.speech.say(key, &[]));
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], done))
    }

    /// Writes a pause until a day, or its end, as the next revision of the terms.
    async fn pause_to(&self, mut desk: Desk, day: Option<Date>) -> Result<Response, StoreError> {
        let terms = Terms {
            resume_on: day,
            ..desk.subscription.terms.clone()
        };
        let (id, now) = (desk.subscription.id, self.app.clock.now());
        // A rhythm that is no longer offered has no row to name; nothing is written then.
        if let Some(rhythm) = desk.rhythm().cloned() {
            let due = self.next(id, &terms, &rhythm).await?;
            let store = &self.app.store;
            store
                .terms_revise(id, &terms, rhythm.id, due, "reader", now)
                .await?;
            desk.subscription.terms = terms;
            desk.subscription.due_at = due.map(|d| d.at);
        }
        let key = match day {
            Some(_) => "terms.paused",
            None => "terms.resumed",
        };
        let done = Some(desk.visit.speech.say(key, &[]));
        let typed = Typed::of(&desk.subscription.terms);
        Ok(self.form(&desk, &typed, &[], done))
    }
}

/// The day on which letters may come again, still to come by the reader's calendar.
fn day(typed: &str, terms: &Terms, now: Timestamp) -> Result<Date, Wrong> {
    let wrong = |key| Wrong {
        part: Part::Pause,
        key,
        values: vec![],
    };
    let day = Run::parse_date(typed).map_err(|_| wrong("terms.wrong.until_form"))?;
    let today = terms.zone.tz().to_datetime(now).date();
    let last = today.saturating_add(jiff::Span::new().years(PAUSE_YEARS));
    match (day > today, day <= last) {
        (false, _) => Err(wrong("terms.wrong.until_past")),
        (_, false) => Err(wrong("terms.wrong.until_far")),
        _ => Ok(day),
    }
}
