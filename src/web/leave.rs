//! Leaving a list, and coming back: `/u/{token}`.
//!
//! RFC 8058 §3: a POST whose body says `List-Unsubscribe=One-Click` is all it takes, without a cookie,
//! a referrer or a redirect, and any number of times. A GET only asks.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::{Form, House, Visit};
use crate::domain::due::next_due;
use crate::domain::subscriber::{Standing, Subscriber, Subscription};
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;

/// `GET /u/{token}`: asks.
pub(super) async fn ask(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(opened) = house.leaver(token) else {
        return house.pages.not_found();
    };
    match house.visit(opened).await {
        Ok(visit) => {
            let state = match &visit.person {
                Some((_, subscription)) if may_leave(subscription.standing) => "ask",
                Some((person, subscription)) => left(person, subscription),
                None => "erased",
            };
            shown(&house, &visit, state, None)
        }
        Err(error) => house.pages.failed(&error),
    }
}

/// `POST /u/{token}`: leaves, or comes back.
pub(super) async fn act(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let Some(opened) = house.leaver(token) else {
        return house.pages.not_found();
    };
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return super::refused(&house.pages, &error),
    };
    let done = if form.one("List-Unsubscribe") == Some("One-Click") {
        house.leave(opened, "one-click").await
    } else if form.one("leave") == Some("1") {
        house.leave(opened, "page").await
    } else if form.one("again") == Some("1") {
        house.come_back(opened).await
    } else {
        return house.pages.plain(StatusCode::BAD_REQUEST, "bad_form");
    };
    done.unwrap_or_else(|error| house.pages.failed(&error))
}

/// Whether leaving changes anything. Who bounced or complained stays so: that stop is the stronger
/// one, and coming back must not lift it.
fn may_leave(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Pending | Standing::Active | Standing::Paused
    )
}

/// How somebody stands who need not leave any more.
fn left(person: &Subscriber, subscription: &Subscription) -> &'static str {
    match (person.standing, subscription.standing) {
        (Standing::Active, Standing::Unsubscribed) => "left",
        _ => "stopped",
    }
}

impl House {
    fn leaver(&self, token: Result<Path<String>, PathRejection>) -> Option<Opened> {
        self.app
            .keys
            .open(Purpose::Unsubscribe, &token.ok()?.0)
            .ok()
    }

    async fn leave(&self, opened: Opened, how: &str) -> Result<Response, StoreError> {
        let visit = self.visit(opened).await?;
        if let Some((_, subscription)) = &visit.person
            && may_leave(subscription.standing)
        {
            let (to, now) = (Standing::Unsubscribed, self.app.clock.now());
            let moved =
                self.app
                    .store
                    .standing_set(subscription.id, to, "unsubscribe", how, None, now);
            match moved.await {
                // Erased since it was read: they have left.
                Ok(_) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let state = match &visit.person {
            Some((person, _)) if person.standing != Standing::Active => "stopped",
            Some((_, s)) if matches!(s.standing, Standing::Bounced | Standing::Complained) => {
                "stopped"
            }
            Some(_) => "left",
            None => "erased",
        };
        Ok(shown(self, &visit, state, None))
    }

    async fn come_back(&self, opened: Opened) -> Result<Response, StoreError> {
        let visit = self.visit(opened).await?;
        let Some((person, subscription)) = &visit.person else {
            return Ok(shown(self, &visit, "erased", None));
        };
        if person.standing != Standing::Active {
            return Ok(shown(self, &visit, "stopped", None));
        }
        let now = self.app.clock.now();
        let due = match subscription.standing {
            Standing::Unsubscribed => {
                let terms = &subscription.terms;
                let cadence = self
                    .app
                    .store
                    .cadence(subscription.list, &terms.cadence)
                    .await?;
                // An hour that its cadence no longer takes: no due now, and `redue` gives one later.
                let due = next_due(terms, &cadence, now).ok().flatten();
                let to = Standing::Active;
                self.app
                    .store
                    .standing_set(subscription.id, to, "rejoin", "page", due, now)
                    .await?;
                due.map(|d| d.at)
            }
            Standing::Active => subscription.due_at,
            Standing::Pending | Standing::Paused => None,
            Standing::Bounced | Standing::Complained => {
                return Ok(shown(self, &visit, "stopped", None));
            }
        };
        let next = due.map(|at| {
            visit
                .speech
                .say_when("leave.next", at, &subscription.terms.zone)
        });
        Ok(shown(self, &visit, "back", next))
    }
}

fn shown(house: &House, visit: &Visit, state: &str, next: Option<String>) -> Response {
    let context = context! {
        list => visit.masthead(),
        address => visit.address(),
        state,
        next,
    };
    house
        .pages
        .show(StatusCode::OK, "leave.html", &visit.speech, context)
}
