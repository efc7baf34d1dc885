//! Confirming a sign-up: `/c/{token}`. GET shows, POST confirms; the page behind it has the choices.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::super::leave::state;
use super::super::{House, masthead};
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::list::{Cadence, List};
use crate::domain::signup::{KEPT, SignupPolicy, Waiting};
use crate::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, ListId, SignupId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;

/// `GET /c/{token}`: asks.
pub(in crate::web) async fn ask(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let found = house.waiting(token).await;
    let page = async {
        let (_, list, waiting) = match found? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        Ok(match waiting.subscription {
            Some(subscription) => house.joined_before(&list, subscription, &waiting).await?,
            None => house.ask_page(&list, &waiting),
        })
    };
    let page: Result<Response, StoreError> = page.await;
    page.unwrap_or_else(|error| house.pages.failed(&error))
}

/// `POST /c/{token}`: confirms. No field is read: the token says it all.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let found = house.waiting(token).await;
    let page = async {
        let (named, list, waiting) = match found? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        match waiting.subscription {
            Some(subscription) => house.joined_before(&list, subscription, &waiting).await,
            None => house.confirm(named, &list, &waiting).await,
        }
    };
    page.await
        .unwrap_or_else(|error| house.pages.failed(&error))
}

/// Names a sign-up: its list, its row, and when it was asked for in milliseconds.
type Named = (ListId, SignupId, i64);

impl House {
    /// The sign-up that a link names and its list, or the page for one that is over.
    async fn waiting(
        &self,
        token: Result<Path<String>, PathRejection>,
    ) -> Result<Result<(Named, List, Waiting), Response>, StoreError> {
        let opened = token.ok().and_then(|Path(token)| {
            let opened = self.app.keys.open(Purpose::Confirm, &token);
            opened.ok()
        });
        let Some(opened) = opened else {
            return Ok(Err(self.pages.not_found()));
        };
        let named = (
            opened.list,
            SignupId(opened.subscription.0),
            opened.digest.0,
        );
        let list = match self.app.store.list_by_id(opened.list).await {
            Ok(list) => list,
            Err(StoreError::NotFound { .. }) => return Ok(Err(self.pages.not_found())),
            Err(error) => return Err(error),
        };
        let now = self.app.clock.now();
        let waiting = self.app.store.signup(named).await?;
        let in_time = |w: &Waiting| w.at.checked_add(KEPT).is_ok_and(|end| end > now);
        let Some(waiting) = waiting.filter(in_time) else {
            let speech = self.pages.speech(&list.settings.language);
            let page = self.pages.notice(StatusCode::GONE, "join_over", &speech);
            return Ok(Err(page));
        };
        if list.settings.signup == SignupPolicy::Closed && waiting.subscription.is_none() {
            let speech = self.pages.speech(&waiting.language);
            let page = self
                .pages
                .notice(StatusCode::FORBIDDEN, "join_closed", &speech);
            return Ok(Err(page));
        }
        Ok(Ok((named, list, waiting)))
    }

    fn ask_page(&self, list: &List, waiting: &Waiting) -> Response {
        let address = waiting.address.as_ref().map(|a| a.masked());
        let context = context! {
            state => "confirm",
            list => masthead(list),
            address => address.unwrap_or_default(),
        };
        let speech = self.pages.speech(&waiting.language);
        self.pages
            .show(StatusCode::OK, "confirm.html", &speech, context)
    }

    /// They confirmed it before: where their choices are, or, for one who has left since, where to
    /// come back. An old mail's link does neither by itself.
    async fn joined_before(
        &self,
        list: &List,
        subscription: SubscriptionId,
        waiting: &Waiting,
    ) -> Result<Response, StoreError> {
        let to = Opened {
            list: list.id,
            subscription,
            digest: DigestId(0),
        };
        let visit = self.visit(to).await?;
        let speech = self.pages.speech(&waiting.language);
        let state = match state(&visit) {
            "erased" => return Ok(self.pages.notice(StatusCode::GONE, "gone", &speech)),
            "ask" => "before",
            state => state,
        };
        let context = context! {
            state,
            list => masthead(list),
            link => self.link(Purpose::Preferences, to),
        };
        Ok(self
            .pages
            .show(StatusCode::OK, "confirm.html", &speech, context))
    }

    async fn confirm(
        &self,
        named: Named,
        list: &List,
        waiting: &Waiting,
    ) -> Result<Response, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let cadences = store.cadences(list.id).await?;
        let (Some(cadence), Some(address)) = (cadences.first(), &waiting.address) else {
            let speech = self.pages.speech(&waiting.language);
            return Ok(self
                .pages
                .notice(StatusCode::FORBIDDEN, "join_closed", &speech));
        };
        let before = match store.subscriber(&waiting.hash).await? {
            // Of who was forgotten nothing is left to come back to.
            Some(person) if person.address.is_some() => {
                store.subscription_of(list.id, person.id).await?
            }
            _ => None,
        };
        let (terms, cadence) = match before.as_ref().and_then(|b| kept(&b.terms, &cadences)) {
            Some(kept) => kept,
            None => (first_terms(list, waiting, cadence), cadence),
        };
        let known = before.map_or(SubscriptionId(0), |b| b.id);
        let due = self.next(known, &terms, cadence).await?;
        let new = NewSubscription {
            list: list.id,
            address: address.clone(),
            hash: waiting.hash,
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            due,
            by: "reader".to_owned(),
        };
        let receipt = receipt(list, waiting, now);
        let subscription = match store.signup_confirm(named, &new, &receipt, now).await {
            Ok(subscription) => subscription,
            // Somebody else's doing since the mail left: an admin added them, or they were stopped.
            Err(
                StoreError::Exists { .. }
                | StoreError::Stopped { .. }
                | StoreError::Suppressed { .. }
                | StoreError::NotFound { .. },
            ) => {
                let speech = self.pages.speech(&waiting.language);
                return Ok(self.pages.notice(StatusCode::GONE, "join_over", &speech));
            }
            Err(error) => return Err(error),
        };
        self.choices(list.id, subscription).await
    }
}

/// That they confirmed what they asked for.
fn receipt(list: &List, waiting: &Waiting, at: Timestamp) -> Receipt {
    Receipt {
        list: Some(list.id),
        act: ConsentAct::Given,
        how: "confirmed".to_owned(),
        wording: waiting.wording.clone(),
        source: waiting.source.to_string(),
        network: waiting.network.clone(),
        note: String::new(),
        at,
    }
}

/// The terms of somebody who comes back, where their rhythm is still there.
pub(in crate::web) fn kept<'a>(
    terms: &Terms,
    cadences: &'a [Cadence],
) -> Option<(Terms, &'a Cadence)> {
    let cadence = cadences.iter().find(|c| c.name == terms.cadence)?;
    let terms = Terms {
        resume_on: None,
        ..terms.clone()
    };
    Some((terms, cadence))
}

/// What is agreed before anything was chosen.
fn first_terms(list: &List, waiting: &Waiting, cadence: &Cadence) -> Terms {
    let settings = &list.settings;
    let zone = waiting.zone.clone().filter(|zone| zone.is_known());
    Terms {
        cadence: cadence.name.clone(),
        hour: None,
        zone: zone.unwrap_or_else(|| settings.home_zone.clone()),
        language: waiting.language.clone(),
        length: Length::Long,
        images: true,
        text_only: false,
        topics: Vec::new(),
        places: Vec::new(),
        resume_on: None,
    }
}
