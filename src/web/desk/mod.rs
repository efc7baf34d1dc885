//! The desk: pages for whoever works on the lists, behind a session.
//!
//! What a page needs stands in its row of the routes (`routes::Needs`); `gate` keeps it. A handler
//! gets a [`Seat`], whose `may` says whether it covers the list at hand. Words are English.

mod enter;
mod gate;
mod seat;
mod session;
mod sign_in;

use std::sync::Mutex;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use minijinja::context;
use minijinja::value::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::join::Limits;
use super::{House, origin};
use crate::store::StoreError;

pub(super) use gate::gate;
pub(super) use seat::{Posted, Seat};
pub(super) use {enter::*, session::*, sign_in::*};

/// Passwords that are hashed at a time: each takes 19 MiB and some of a processor.
const HASHED_AT_ONCE: usize = 2;
/// Links that may be asked for in an hour: from one network, and from everywhere.
const LINKS_AN_HOUR: (u32, u32) = (30, 300);

/// The desk's templates.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    (
        "desk.html",
        include_str!("../../../templates/web/desk/desk.html"),
    ),
    (
        "desk_home.html",
        include_str!("../../../templates/web/desk/home.html"),
    ),
    (
        "desk_sign_in.html",
        include_str!("../../../templates/web/desk/sign_in.html"),
    ),
    (
        "desk_enter.html",
        include_str!("../../../templates/web/desk/enter.html"),
    ),
    (
        "desk_sessions.html",
        include_str!("../../../templates/web/desk/sessions.html"),
    ),
    (
        "desk_password.html",
        include_str!("../../../templates/web/desk/password.html"),
    ),
    (
        "desk_said.html",
        include_str!("../../../templates/web/desk/said.html"),
    ),
    (
        "desk_again.html",
        include_str!("../../../templates/web/desk/again.html"),
    ),
];

/// What the desk's pages share.
pub(super) struct Desk {
    /// Whether readers reach us by https.
    secure: bool,
    hashing: Semaphore,
    links: Mutex<Limits>,
}

impl Desk {
    pub(super) fn new(public_url: &str) -> Desk {
        let (network, all) = LINKS_AN_HOUR;
        Desk {
            secure: origin(public_url).starts_with("https://"),
            hashing: Semaphore::new(HASHED_AT_ONCE),
            links: Mutex::new(Limits::new(network, all)),
        }
    }

    /// The cookie's name. With `__Host-` a browser takes it over https and from us alone.
    fn cookie(&self) -> &'static str {
        match self.secure {
            true => "__Host-desk",
            false => "desk",
        }
    }

    /// The token that a request's cookie holds.
    fn token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'));
        pairs.find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == self.cookie() && value.len() <= 64).then_some(value)
        })
    }

    /// The header that gives a browser its cookie, or (no token) takes it away.
    fn set_cookie(&self, token: Option<&str>) -> Option<HeaderValue> {
        let seconds = match token {
            Some(_) => crate::domain::sign_in::SESSION_GOOD.as_secs(),
            None => 0,
        };
        let secure = if self.secure { "; Secure" } else { "" };
        let (name, token) = (self.cookie(), token.unwrap_or_default());
        let text =
            format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
        HeaderValue::try_from(text).ok()
    }
}

/// What the database keeps of a cookie's token.
fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

impl House {
    /// A page of the desk for somebody who sits there. The template extends `desk.html`.
    pub(super) fn desk_page(
        &self,
        seat: &Seat,
        status: StatusCode,
        template: &str,
        own: Value,
    ) -> Response {
        let me = context! { name => seat.editor.name.as_str(), form => seat.form() };
        self.desk_of(Some(me), status, template, own)
    }

    /// The same for whoever is not signed in.
    fn desk_plain(&self, status: StatusCode, template: &str, own: Value) -> Response {
        self.desk_of(None, status, template, own)
    }

    fn desk_of(
        &self,
        me: Option<Value>,
        status: StatusCode,
        template: &str,
        own: Value,
    ) -> Response {
        let speech = self.pages.speech("en");
        let page = self
            .pages
            .show(status, template, &speech, context! { me, ..own });
        same_origin(page)
    }

    /// A page of one sentence and what to do about it.
    pub(super) fn desk_said(
        &self,
        seat: Option<&Seat>,
        status: StatusCode,
        (head, more): (&str, &str),
    ) -> Response {
        let own = context! { head, more };
        match seat {
            Some(seat) => self.desk_page(seat, status, "desk_said.html", own),
            None => self.desk_plain(status, "desk_said.html", own),
        }
    }

    /// An answer as it came out; a fault is ours.
    pub(super) fn desk_answer(&self, answer: Result<Response, StoreError>) -> Response {
        answer.unwrap_or_else(|error| self.pages.failed(&error))
    }
}

/// So that a browser without Fetch Metadata says where a form came from.
fn same_origin(mut page: Response) -> Response {
    let policy = HeaderValue::from_static("same-origin");
    page.headers_mut().insert(header::REFERRER_POLICY, policy);
    page
}

/// `GET /desk/`: the editions that come next, and what somebody may do here.
pub(super) async fn home(State(house): State<House>, seat: Seat) -> Response {
    match super::morning::overview(&house, &seat).await {
        Ok(editions) => house.desk_answer(house.home_of(&seat, editions).await),
        Err(error) => house.pages.failed(error.as_ref()),
    }
}

impl House {
    async fn home_of(&self, seat: &Seat, editions: Value) -> Result<Response, StoreError> {
        let lists = self.app.store.lists().await?;
        let own: Vec<Value> = lists
            .iter()
            .map(|list| {
                let grants = seat.editor.grants.iter();
                let here = grants.filter(|g| g.list.is_none_or(|on| on == list.id));
                let roles: Vec<&str> = here.map(|g| g.role.as_str()).collect();
                context! { name => list.display_name(), roles }
            })
            .collect();
        let own = context! { lists => own, ..editions };
        Ok(self.morning_page(StatusCode::OK, "desk_home.html", own, seat))
    }
}
