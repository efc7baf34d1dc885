//! A connection and the letters that it carries.
//!
//! dot(i) → MAIL, RCPT, DATA of i+1 right behind it → reply(i) → one commit with the outcome of i and
//! `started` of i+1, while the text of i+1 goes out → dot(i+1). No dot leaves before its `started` is
//! committed, so a connection has at most one started letter.

mod settle;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::commit::{Finished, GroupCommit};
use super::outcome::Tried;
use super::pace::{LaneTable, RelayId};
use super::policy::{Outcome, Phase, RetrySchedule, signal};
use super::pool::Pool;
use super::smtp::{Envelope, Relay, Session, SmtpError};
use super::{Alarms, LeaseKey, Prepared, Progress, key};
use crate::clock::Clock;
use crate::domain::ListId;
use crate::faults::die_at;
use crate::store::ledger::Start;

/// How long an outcome waits for the next letter's start to go with it.
const TOGETHER: Duration = Duration::from_millis(2);

/// A relay that lets a connection wait for longer, while it serves others, wants no more of them.
const PATIENCE: Duration = Duration::from_secs(5);

/// A relay as its couriers know it.
pub(super) struct Line {
    pub(super) id: RelayId,
    pub(super) name: Arc<str>,
    pub(super) relay: Relay,
    /// Letters of one connection at most.
    pub(super) messages: u32,
    /// How long a connection without a letter is kept.
    pub(super) idle: Duration,
    /// Connections that are open now.
    pub(super) open: AtomicUsize,
    /// Replies in a row that would hold the relay back.
    pub(super) strikes: AtomicUsize,
    /// An alarm of it may stand, which the next letter that it takes ends.
    pub(super) troubled: AtomicBool,
}

pub(super) struct Courier {
    pub(super) line: Arc<Line>,
    pub(super) retry: RetrySchedule,
    pub(super) pool: Arc<Pool>,
    pub(super) ledger: GroupCommit,
    pub(super) clock: Clock,
    pub(super) progress: Arc<Progress>,
    pub(super) alarms: Alarms,
    pub(super) lanes: Arc<LaneTable>,
    pub(super) halt: CancellationToken,
    pub(super) hold_doubt: Arc<[ListId]>,
}

/// Where a courier is.
#[derive(Default)]
struct Trip {
    session: Option<Session>,
    /// Its commands went behind the last dot.
    next: Option<Prepared>,
    /// Written with the next start, or at once where there is none.
    finished: Option<Finished>,
    unsent: Vec<LeaseKey>,
    /// This connection is one too many for the relay.
    stands_down: bool,
}

/// Told to stop before the dot might leave.
struct Halted;

impl Courier {
    /// Carries letters until there are none, or until told to halt; returns the leases of letters
    /// that did not leave.
    pub(super) async fn run(self) -> Vec<LeaseKey> {
        let mut trip = Trip::default();
        while !trip.stands_down {
            let letter = match trip.next.take() {
                Some(letter) => letter,
                None => {
                    self.flush(&mut trip).await;
                    match self.next(&mut trip).await {
                        Some(letter) => letter,
                        None => break,
                    }
                }
            };
            let (lease, lane) = (key(&letter.claimed), letter.lane);
            let carried = match self.halt.is_cancelled() {
                true => Err(Halted),
                false => self.carry(letter, &mut trip).await,
            };
            if let Err(Halted) = carried {
                trip.unsent.push(lease);
                self.pool.forget(self.line.id, lane);
                // What was begun behind the last dot ends with the connection.
                self.part(&mut trip, None);
            }
        }
        self.flush(&mut trip).await;
        if let Some(session) = self.part(&mut trip, None) {
            session.quit().await;
        }
        trip.unsent
    }

    /// The next letter. A connection that has none for long is closed meanwhile.
    async fn next(&self, trip: &mut Trip) -> Option<Prepared> {
        let next = self.pool.next(self.line.id, &self.halt);
        tokio::pin!(next);
        if trip.session.is_some() {
            tokio::select! {
                letter = &mut next => return letter,
                () = tokio::time::sleep(self.line.idle) => {}
            }
            if let Some(session) = self.part(trip, None) {
                session.quit().await;
            }
        }
        next.await
    }

    /// Carries one letter as far as it goes.
    async fn carry(&self, letter: Prepared, trip: &mut Trip) -> Result<(), Halted> {
        self.progress.mail_begun(self.clock.now());
        let mut session = match self.session(trip).await? {
            Some(Ok(session)) => session,
            Some(Err(error)) => {
                self.not_connected(letter, &error, trip).await;
                return Ok(());
            }
            None => {
                trip.stands_down = true;
                self.pool.put_back(self.line.id, letter);
                return Ok(());
            }
        };
        match self.envelope(&letter, &mut session, trip).await? {
            Ok(()) => {}
            Err(error) => {
                self.not_begun(letter, &error, session, trip).await;
                return Ok(());
            }
        }
        let start = Start {
            edition: letter.claimed.edition,
            subscriber: letter.claimed.subscriber,
            token: letter.claimed.token,
            digest: letter.claimed.digest,
            sha256: letter.composed.sha256,
        };
        let finished = trip.finished.take();
        let text = async {
            tokio::select! {
                said = session.text(&letter.composed.bytes) => Some(said),
                () = self.halt.cancelled() => None,
            }
        };
        let (granted, text) = tokio::join!(self.ledger.start_letter(finished, start), text);
        die_at("after_text");
        if !granted {
            // After 354 only the dot or the end of the connection closes a letter (RFC 5321 §4.1.1.4).
            self.pool.forget(self.line.id, letter.lane);
            self.part(trip, Some(session));
            return Ok(());
        }
        let outcome = self.end(text, session, trip).await;
        self.settle(letter, &outcome, Tried::Counted, trip).await;
        Ok(())
    }

    /// The end of a letter that was started: its dot, or what kept its text from going.
    async fn end(
        &self,
        text: Option<Result<(), SmtpError>>,
        mut session: Session,
        trip: &mut Trip,
    ) -> Outcome {
        match text {
            Some(Ok(())) => {
                let said = self.dot(&mut session, trip).await;
                trip.session = Some(session);
                said
            }
            Some(Err(error)) => {
                self.part(trip, Some(session));
                error.outcome()
            }
            None => {
                self.part(trip, Some(session));
                Outcome::Lost {
                    phase: Phase::Text,
                    words: "stopped before its final dot".to_owned(),
                }
            }
        }
    }

    /// The dot, with the next letter's commands behind it where there is one.
    async fn dot(&self, session: &mut Session, trip: &mut Trip) -> Outcome {
        let full = session.messages() + 1 >= self.line.messages;
        if !full && !self.halt.is_cancelled() {
            trip.next = self.pool.try_next(self.line.id);
        }
        let next = trip.next.as_ref().map(envelope_of);
        match session.dot(next.as_ref()).await {
            Ok(reply) => Outcome::Replied {
                phase: Phase::Body,
                reply,
            },
            Err(error) => error.outcome(),
        }
    }

    /// The connection at hand, or a new one; `None` where the relay keeps this one waiting and serves
    /// others.
    async fn session(&self, trip: &mut Trip) -> Result<Option<Result<Session, SmtpError>>, Halted> {
        if let Some(mut session) = trip.session.take() {
            if session.is_fresh() && session.messages() < self.line.messages {
                return Ok(Some(Ok(session)));
            }
            self.line.open.fetch_sub(1, Ordering::Relaxed);
            session.quit().await;
        }
        let connecting = Session::connect(&self.line.relay);
        tokio::pin!(connecting);
        loop {
            let connected = tokio::select! {
                connected = &mut connecting => connected,
                () = self.halt.cancelled() => return Err(Halted),
                () = tokio::time::sleep(PATIENCE) => match self.line.open.load(Ordering::Relaxed) {
                    0 => continue,
                    _ => return Ok(None),
                },
            };
            if connected.is_ok() {
                self.line.open.fetch_add(1, Ordering::Relaxed);
            }
            return Ok(Some(connected));
        }
    }

    /// MAIL, RCPT and DATA. An outcome that waits is written at once if the relay takes its time.
    async fn envelope(
        &self,
        letter: &Prepared,
        session: &mut Session,
        trip: &mut Trip,
    ) -> Result<Result<(), SmtpError>, Halted> {
        if let Err(error) = session.fits(&letter.composed.bytes) {
            return Ok(Err(error));
        }
        let envelope = envelope_of(letter);
        let begun = session.envelope(&envelope);
        tokio::pin!(begun);
        tokio::select! {
            biased;
            begun = &mut begun => return Ok(begun),
            () = tokio::time::sleep(TOGETHER) => {}
            () = self.halt.cancelled() => return Err(Halted),
        }
        self.flush(trip).await;
        tokio::select! {
            begun = begun => Ok(begun),
            () = self.halt.cancelled() => Err(Halted),
        }
    }

    /// No connection: the relay is held back, or only this courier where others have one.
    async fn not_connected(&self, letter: Prepared, error: &SmtpError, trip: &mut Trip) {
        if self.line.open.load(Ordering::Relaxed) > 0 {
            // The relay serves others: this connection is one too many for it.
            self.alarm(&signal(&error.outcome()), letter.lane);
            self.say(&error.to_string());
            trip.stands_down = true;
            self.pool.put_back(self.line.id, letter);
            return;
        }
        self.settle(letter, &error.outcome(), Tried::No, trip).await;
    }

    /// MAIL, RCPT or DATA came to nothing.
    async fn not_begun(
        &self,
        letter: Prepared,
        error: &SmtpError,
        mut session: Session,
        trip: &mut Trip,
    ) {
        if let Some(words) = session.take_fault() {
            self.fault(words);
        }
        let (open, carried) = (session.is_open(), session.messages() > 0);
        let outcome = error.outcome();
        if open {
            trip.session = Some(session);
        } else {
            self.part(trip, Some(session));
        }
        // A relay that closes after some letters is met with a new connection, which has to carry one.
        // At RCPT and later it may be this letter that it does not like.
        let closed = match &outcome {
            Outcome::Lost { phase, .. } => *phase == Phase::Mail,
            Outcome::Replied { phase, reply } => *phase == Phase::Mail && reply.code == 421,
            Outcome::Barred { .. } | Outcome::Unsendable { .. } => false,
        };
        if closed && carried && !open {
            self.pool.put_back(self.line.id, letter);
            return;
        }
        self.settle(letter, &outcome, Tried::Now, trip).await;
    }

    async fn flush(&self, trip: &mut Trip) {
        if let Some(finished) = trip.finished.take() {
            self.ledger.record(finished).await;
        }
    }

    /// Parts with a connection and with the letter that was begun on it. One that is in order is
    /// returned, to be closed politely.
    fn part(&self, trip: &mut Trip, session: Option<Session>) -> Option<Session> {
        if let Some(next) = trip.next.take() {
            self.pool.put_back(self.line.id, next);
        }
        let session = session.or(trip.session.take())?;
        self.line.open.fetch_sub(1, Ordering::Relaxed);
        session.is_open().then_some(session)
    }
}

fn envelope_of(letter: &Prepared) -> Envelope<'_> {
    Envelope {
        mail_from: &letter.composed.mail_from,
        rcpt_to: &letter.to,
        envid: letter.composed.envid.as_deref(),
        size: letter.composed.bytes.len() as u64,
    }
}
