//! Leaving a list, and coming back: `/u/{token}`.
//!
//! RFC 8058 §3: a POST whose body says `List-Unsubscribe=One-Click` is all it takes, without a cookie,
//! a referrer or a redirect, and any number of times. A GET only asks. Something smaller than leaving
//! is offered only after it has taken effect.

mod less;

use std::net::IpAddr;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::rhythm::rhythm;
use super::together::{Batch, TogetherError};
use super::visitor::{self, Foreign};
use super::{Form, House, Visit};
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::list::Cadence;
use crate::domain::subscriber::{Standing, Subscription, Terms};
use crate::domain::time::Timestamp;
use crate::feedback::link::{Opened, Purpose};
use crate::store::leave::Leaving;
use crate::store::{Move, Store, StoreError};
use less::{Again, Unfit};

/// `GET /u/{token}`: asks.
pub(super) async fn ask(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(opened) = house.leaver(token) else {
        return house.pages.not_found();
    };
    let page = async {
        let visit = house.visit(opened).await?;
        house.standing_page(&visit, false).await
    };
    let page: Result<Response, StoreError> = page.await;
    page.unwrap_or_else(|error| house.pages.failed(&error))
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
    let from = visitor::address(&request, house.join.trusted());
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return super::refused(&house.pages, &error),
    };
    let again = form.one("again").and_then(Again::of);
    let done = if form.one("List-Unsubscribe") == Some("One-Click") {
        house.leave(opened, Way::OneClick, from).await
    } else if foreign {
        return house.pages.plain(StatusCode::FORBIDDEN, "foreign");
    } else if form.one("leave") == Some("1") {
        house.leave(opened, Way::Page, from).await
    } else if let Some(again) = again {
        house
            .come_back(opened, again, &form, from)
            .await
            .map_err(TogetherError::from)
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

/// How somebody left.
#[derive(Clone, Copy)]
enum Way {
    OneClick,
    Page,
}

impl Way {
    /// The word in events and receipts, and where it was said.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Way::OneClick => ("one-click", "letter"),
            Way::Page => ("page", "page"),
        }
    }
}

/// How somebody stands, as the template words it.
pub(super) fn state(visit: &Visit) -> &'static str {
    let person = visit.person.as_ref();
    let Some((person, subscription)) = person.filter(|(p, _)| p.address.is_some()) else {
        return "erased";
    };
    match (person.standing, subscription.standing) {
        // Whoever takes no letters at all gets none by coming back to one list.
        (Standing::Unsubscribed, _) => "off",
        (_, Standing::Bounced | Standing::Complained)
        | (Standing::Bounced | Standing::Complained, _) => "stopped",
        (Standing::Active, Standing::Unsubscribed) => "left",
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

    async fn leave(
        &self,
        opened: Opened,
        way: Way,
        from: IpAddr,
    ) -> Result<Response, TogetherError> {
        let visit = self.visit(opened).await?;
        if visit.person.is_some() {
            let (how, source) = way.words();
            let wording = match way {
                Way::OneClick => String::new(),
                Way::Page => visit.speech.version("leave.ask"),
            };
            let act = ConsentAct::Withdrawn;
            let leaving = Leaving {
                subscription: opened.subscription,
                list: opened.list,
                how,
                receipt: Some(self.receipt(&visit, act, (how, source, wording), from)),
            };
            let asked = (leaving, self.app.clock.now());
            self.leaving.put(&self.app.store, asked).await?;
        }
        let visit = self.visit(opened).await?;
        Ok(self.standing_page(&visit, false).await?)
    }

    async fn come_back(
        &self,
        opened: Opened,
        again: Again,
        form: &Form,
        from: IpAddr,
    ) -> Result<Response, StoreError> {
        let visit = self.visit(opened).await?;
        let (Some((_, subscription)), "left") = (&visit.person, state(&visit)) else {
            return self.back_already(&visit, again, form).await;
        };
        let now = self.app.clock.now();
        let cadences = self.app.store.cadences(subscription.list).await?;
        let asked = less::wish(again, form, (&subscription.terms, &cadences), now);
        let (terms, cadence) = match asked {
            Ok(asked) => asked,
            Err(Unfit::NoTopic) => return self.standing_page(&visit, true).await,
            Err(Unfit::Gone) => return Ok(self.pages.plain(StatusCode::BAD_REQUEST, "bad_form")),
        };
        let due = self.next(subscription.id, &terms, cadence).await?;
        let change = Move {
            from: &[Standing::Unsubscribed],
            to: Standing::Active,
            kind: "rejoin",
            detail: "page",
        };
        let said = ("page", "page", visit.speech.version("leave.again"));
        let receipt = self.receipt(&visit, ConsentAct::Given, said, from);
        let terms_now = less::written(&subscription.terms, &terms, cadence.id);
        let store = &self.app.store;
        let moved = store.consent_move(subscription.id, change, &receipt, terms_now, due);
        let moved = moved.await.or_else(erased)?;
        let done = match moved {
            true => self.done(&visit, again, &terms).await?,
            false => None,
        };
        self.back_page(&self.visit(opened).await?, done)
    }

    /// A wish of somebody who is subscribed, such as by their browser's way back: what is so already is
    /// said, and anything else is not done by this form.
    async fn back_already(
        &self,
        visit: &Visit,
        again: Again,
        form: &Form,
    ) -> Result<Response, StoreError> {
        let back = visit.person.as_ref().filter(|_| state(visit) == "ask");
        let (Some((_, own)), false) = (back, matches!(again, Again::Same)) else {
            return self.back_page(visit, None);
        };
        let now = self.app.clock.now();
        let cadences = self.app.store.cadences(own.list).await?;
        let asked = less::wish(again, form, (&own.terms, &cadences), now);
        let done = match asked {
            Ok((terms, _)) if terms == own.terms => self.done(visit, again, &terms).await?,
            _ => Some(visit.speech.say("terms.unchanged", &[])),
        };
        self.back_page(visit, done)
    }

    /// The receipt of a change: how, where, and the version of the words that were shown.
    pub(super) fn receipt(
        &self,
        visit: &Visit,
        act: ConsentAct,
        (how, source, wording): (&str, &str, String),
        from: IpAddr,
    ) -> Receipt {
        let list = visit.list.as_ref();
        Receipt {
            list: list.map(|l| l.id),
            act,
            how: how.to_owned(),
            wording,
            source: source.to_owned(),
            network: list.and_then(|l| l.settings.consent_network.kept(from)),
            note: String::new(),
            at: self.app.clock.now(),
        }
    }

    /// What is other than before for somebody who came back, in words.
    async fn done(
        &self,
        visit: &Visit,
        again: Again,
        terms: &Terms,
    ) -> Result<Option<String>, StoreError> {
        let speech = &visit.speech;
        Ok(match again {
            Again::Same => Some(speech.say("leave.back_same", &[])),
            Again::Weekly => {
                let list = visit.list.as_ref().map(|list| list.id);
                let cadences = match list {
                    Some(list) => self.app.store.cadences(list).await?,
                    None => Vec::new(),
                };
                let own = cadences.iter().find(|c| c.name == terms.cadence);
                let name = own
                    .map(|c| rhythm(speech, c, terms.hour))
                    .unwrap_or_default();
                Some(speech.say("leave.back_rhythm", &[("cadence", &name)]))
            }
            Again::Fewer => {
                let names = self.topics(terms).await?;
                let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
                let names = names.join(&speech.say("list.comma", &[]));
                Some(speech.say("leave.back_topics", &[("topics", &names)]))
            }
            Again::Pause => terms
                .resume_on
                .map(|day| speech.say_date("terms.paused_until", day)),
        })
    }

    /// The topics that somebody follows: short name, and name as shown.
    async fn topics(&self, terms: &Terms) -> Result<Vec<(String, String)>, StoreError> {
        let all = self.app.store.topics().await?;
        let named = |slug: &str| {
            let found = all.iter().find(|t| t.slug.as_str() == slug);
            found.map_or_else(|| slug.to_owned(), |t| t.name.clone())
        };
        let pair = |slug: &str| (slug.to_owned(), named(slug));
        let followed = terms.topics.iter().filter(|t| t.weight > 0);
        let followed = followed.map(|t| pair(t.topic.as_str()));
        Ok(followed.collect())
    }

    /// The page of whoever has not come back just now: the question, or what may be done after leaving.
    async fn standing_page(&self, visit: &Visit, no_topic: bool) -> Result<Response, StoreError> {
        let state = state(visit);
        let less = match &visit.person {
            Some((_, subscription)) if state == "left" => self.less(visit, subscription).await?,
            _ => Value::UNDEFINED,
        };
        let status = match no_topic {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::OK,
        };
        let own = context! { state, less, no_topic, next => (), done => () };
        Ok(self.leave_page(status, visit, own))
    }

    /// What is offered instead of nothing at all.
    async fn less(&self, visit: &Visit, subscription: &Subscription) -> Result<Value, StoreError> {
        let (terms, now) = (&subscription.terms, self.app.clock.now());
        let cadences: Vec<Cadence> = self.app.store.cadences(subscription.list).await?;
        let rarer = less::rarer(&cadences, terms, now);
        let rarer = rarer.map(|c| rhythm(&visit.speech, c, terms.hour));
        let mut topics = self.topics(terms).await?;
        if topics.len() < 2 {
            topics.clear();
        }
        let topics: Vec<Value> = topics
            .into_iter()
            .map(|(slug, name)| context! { slug, name })
            .collect();
        let until = less::pause_ends(terms, now);
        let until = visit.speech.say_date("leave.pause_until", until);
        // What they had is there to come back to.
        let whole = cadences.iter().any(|c| c.name == terms.cadence);
        Ok(context! { rarer, topics, until, whole })
    }

    /// The page of somebody who came back, or who had not left.
    fn back_page(&self, visit: &Visit, done: Option<String>) -> Result<Response, StoreError> {
        let back = visit
            .person
            .as_ref()
            .filter(|(p, s)| Standing::together(p.standing, s.standing) == Standing::Active);
        let none = context! { less => (), no_topic => false, next => (), done => () };
        let Some((_, subscription)) = back else {
            let own = context! { state => state(visit), ..none };
            return Ok(self.leave_page(StatusCode::OK, visit, own));
        };
        let spread = visit.list.as_ref().map_or(0, |l| l.settings.spread_minutes);
        let zone = &subscription.terms.zone;
        let say = |at| visit.speech.say_due("leave.next", at, zone, spread);
        let next = subscription.due_at.map(say);
        let own = context! { state => "back", next, done, ..none };
        Ok(self.leave_page(StatusCode::OK, visit, own))
    }

    fn leave_page(&self, status: StatusCode, visit: &Visit, own: Value) -> Response {
        let context = context! {
            list => visit.masthead(),
            address => visit.address(),
            ..own
        };
        self.pages
            .show(status, "leave.html", &visit.speech, context)
    }
}

/// Who was erased since they were looked up has left.
fn erased(error: StoreError) -> Result<bool, StoreError> {
    match error {
        StoreError::NotFound { .. } => Ok(false),
        error => Err(error),
    }
}
