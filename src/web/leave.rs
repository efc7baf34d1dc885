//! Leaving a list, and coming back: `/u/{token}`.
//!
//! RFC 8058 §3: a POST whose body says `List-Unsubscribe=One-Click` is all it takes, without a cookie,
//! a referrer or a redirect, and any number of times. A GET only asks.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::together::{Batch, TogetherError};
use super::visitor::Foreign;
use super::{Form, House, Visit};
use crate::domain::due::Due;
use crate::domain::subscriber::{Standing, Subscription};
use crate::domain::time::Timestamp;
use crate::feedback::link::{Opened, Purpose};
use crate::store::leave::Leaving;
use crate::store::{Move, Store, StoreError};

/// `GET /u/{token}`: asks.
pub(super) async fn ask(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(opened) = house.leaver(token) else {
        return house.pages.not_found();
    };
    match house.visit(opened).await {
        Ok(visit) => shown(&house, &visit, state(&visit), None),
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
    let foreign = request.extensions().get::<Foreign>().is_some();
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return super::refused(&house.pages, &error),
    };
    let done = if form.one("List-Unsubscribe") == Some("One-Click") {
        house.leave(opened, "one-click").await
    } else if foreign {
        return house.pages.plain(StatusCode::FORBIDDEN, "foreign");
    } else if form.one("leave") == Some("1") {
        house.leave(opened, "page").await
    } else if form.one("again") == Some("1") {
        house.come_back(opened).await.map_err(TogetherError::from)
    } else {
        return house.pages.plain(StatusCode::BAD_REQUEST, "bad_form");
    };
    done.unwrap_or_else(|error| house.pages.failed(&error))
}

/// People who leave.
pub(super) struct Leavings;

impl Batch for Leavings {
    type Asked = (Leaving, Timestamp);
    type Done = bool;

    async fn write(store: &Store, asked: Vec<Self::Asked>) -> Result<Vec<bool>, StoreError> {
        let (leaving, times): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        // The last of them asked before this write began.
        let now = times.into_iter().max().unwrap_or_default();
        store.leave(&leaving, now).await
    }
}

/// How somebody stands, as the template words it.
fn state(visit: &Visit) -> &'static str {
    let Some((person, subscription)) = &visit.person else {
        return "erased";
    };
    match (person.standing, subscription.standing) {
        (_, Standing::Bounced | Standing::Complained)
        | (Standing::Bounced | Standing::Complained, _) => "stopped",
        (Standing::Active, Standing::Unsubscribed) => "left",
        // The person takes no letters at all, so coming back to one list would bring none.
        (_, Standing::Unsubscribed) => "off",
        _ => "ask",
    }
}

impl House {
    fn leaver(&self, token: Result<Path<String>, PathRejection>) -> Option<Opened> {
        self.app
            .keys
            .open(Purpose::Unsubscribe, &token.ok()?.0)
            .ok()
    }

    async fn leave(&self, opened: Opened, how: &'static str) -> Result<Response, TogetherError> {
        let leaving = Leaving {
            subscription: opened.subscription,
            list: opened.list,
            how,
            receipt: None,
        };
        let asked = (leaving, self.app.clock.now());
        self.leaving.put(&self.app.store, asked).await?;
        let visit = self.visit(opened).await?;
        Ok(shown(self, &visit, state(&visit), None))
    }

    async fn come_back(&self, opened: Opened) -> Result<Response, StoreError> {
        let visit = self.visit(opened).await?;
        if let (Some((_, subscription)), "left") = (&visit.person, state(&visit)) {
            let terms = &subscription.terms;
            let cadence = self
                .app
                .store
                .cadence(subscription.list, &terms.cadence)
                .await?;
            let due = self.next(subscription.id, terms, &cadence).await?;
            let from = &[Standing::Unsubscribed];
            let change = Move {
                from,
                to: Standing::Active,
                kind: "rejoin",
                detail: "page",
            };
            self.moved(subscription, change, due).await?;
        }
        let visit = self.visit(opened).await?;
        let back = visit
            .person
            .as_ref()
            .filter(|(p, s)| Standing::together(p.standing, s.standing) == Standing::Active);
        let Some((_, subscription)) = back else {
            return Ok(shown(self, &visit, state(&visit), None));
        };
        let spread = visit.list.as_ref().map_or(0, |l| l.settings.spread_minutes);
        let say = |at| {
            let zone = &subscription.terms.zone;
            visit.speech.say_due("leave.next", at, zone, spread)
        };
        Ok(shown(self, &visit, "back", subscription.due_at.map(say)))
    }

    /// Writes a change of standing. Who was erased since they were looked up has left.
    async fn moved(
        &self,
        subscription: &Subscription,
        change: Move<'_>,
        due: Option<Due>,
    ) -> Result<(), StoreError> {
        let now = self.app.clock.now();
        match self
            .app
            .store
            .standing_move(subscription.id, change, due, now)
            .await
        {
            Ok(_) | Err(StoreError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
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
