//! Signing up: `/join/{list}`, the same in a frame of another site, and an endpoint for forms of
//! publishers.
//!
//! All that any of them causes is one mail, and the answer is the same whoever the address belongs
//! to: that is looked up when the mail is about to leave, not here. A form carries when it was made,
//! signed; one that is answered faster than anybody types, or much later, is answered like any other
//! and brings no mail, and so is one whose field that nobody sees is filled in.

pub(super) mod api;
pub(super) mod confirm;
mod intake;
mod limits;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{LazyLock, Mutex};

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use minijinja::{Value, context};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::guard::{framed_policy, scripted_policy};
use super::page::Speech;
use super::together::{Together, TogetherError};
use super::{Form, House, masthead, visitor, wrong_address};
use crate::domain::address::{Address, AddressError};
use crate::domain::list::List;
use crate::domain::network::Network;
use crate::domain::signup::{NewSignup, SignupPolicy, SignupSource};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::domain::{DigestId, ListId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;
use intake::Signups;
pub(super) use limits::Limits;

/// Nobody sends a form faster: a phone that fills the address in leaves one tap, about a second after
/// the page is there. Robots post what they have just read within a few hundredths of one; the
/// stranger one is shut out without a word, so the bound stands on the side of people.
const FASTEST: SignedDuration = SignedDuration::from_millis(700);
/// A page that has stood open for longer is made anew.
const SLOWEST: SignedDuration = SignedDuration::from_hours(12);
/// A comfort: where the clock stands is filled in by the browser.
const ZONE_SCRIPT: &str = include_str!("../../../templates/web/zone.js");

/// What of the machine's configuration holds for sign-ups.
#[derive(Clone, Debug)]
pub struct JoinSettings {
    /// Proxies of ours.
    pub trusted: Vec<Network>,
    /// Sign-ups an hour from one network.
    pub per_network: u32,
    /// Sign-ups an hour from everywhere.
    pub per_hour: u32,
    /// Mail domains, in A-labels, that may not sign up.
    pub blocked: HashSet<String>,
}

impl Default for JoinSettings {
    fn default() -> JoinSettings {
        JoinSettings {
            trusted: Vec::new(),
            per_network: 30,
            per_hour: 1000,
            blocked: HashSet::new(),
        }
    }
}

/// What all sign-ups share.
pub(super) struct Join {
    settings: JoinSettings,
    signups: Together<Signups>,
    limits: Mutex<Limits>,
    /// Of those who ask for their links.
    links: Mutex<Limits>,
    script: HeaderValue,
}

impl Join {
    pub(super) fn new(settings: JoinSettings) -> Join {
        Join {
            signups: Together::default(),
            limits: Mutex::new(Limits::new(settings.per_network, settings.per_hour)),
            links: Mutex::new(Limits::new(settings.per_network, settings.per_hour)),
            script: scripted_policy(&script_hash()),
            settings,
        }
    }

    /// Proxies of ours.
    pub(super) fn trusted(&self) -> &[Network] {
        &self.settings.trusted
    }

    fn is_blocked(&self, address: &Address) -> bool {
        let mut domain = address.domain();
        loop {
            if self.settings.blocked.contains(domain) {
                return true;
            }
            match domain.split_once('.') {
                Some((_, above)) => domain = above,
                None => return false,
            }
        }
    }
}

fn script_hash() -> String {
    static HASH: LazyLock<String> =
        LazyLock::new(|| STANDARD.encode(Sha256::digest(ZONE_SCRIPT.as_bytes())));
    HASH.clone()
}

/// What a link may bring.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    email: Option<String>,
}

type Named = Result<Path<String>, PathRejection>;
type Asked = Result<Query<Wanted>, QueryRejection>;

/// `GET /join/{list}`: the form; `?email=` fills the address in.
pub(super) async fn show(
    State(house): State<House>,
    named: Named,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    house
        .sign_up_form(named, asked, &headers, SignupSource::Page)
        .await
}

/// `GET /join/{list}/frame`: the form as another site shows it.
pub(super) async fn show_framed(
    State(house): State<House>,
    named: Named,
    asked: Asked,
    headers: HeaderMap,
) -> Response {
    house
        .sign_up_form(named, asked, &headers, SignupSource::Embed)
        .await
}

/// `POST /join/{list}`.
pub(super) async fn act(State(house): State<House>, named: Named, request: Request) -> Response {
    house.sign_up(named, request, SignupSource::Page).await
}

/// `POST /join/{list}/frame`.
pub(super) async fn act_framed(
    State(house): State<House>,
    named: Named,
    request: Request,
) -> Response {
    house.sign_up(named, request, SignupSource::Embed).await
}

/// Somebody before the form of a list.
struct Guest {
    list: List,
    speech: Speech,
    /// What their browser reads.
    languages: Vec<String>,
    source: SignupSource,
}

/// A sign-up as it was sent, from wherever.
struct Sent<'a> {
    email: &'a str,
    zone: Option<&'a str>,
    from: IpAddr,
    /// It is one that no mail is sent for, whatever it says.
    idle: bool,
}

/// Why a sign-up is not taken; everything else looks as if it were.
enum NotTaken {
    /// What was typed is no address, or none that can be served.
    Address(AddressError),
    Fault(TogetherError),
}

impl House {
    /// An open list, or the page that says why there is no form.
    async fn guest(
        &self,
        named: Named,
        headers: &HeaderMap,
        source: SignupSource,
    ) -> Result<Guest, Response> {
        let slug = named.ok().and_then(|Path(name)| Slug::parse(&name).ok());
        let slug = slug.ok_or_else(|| self.pages.not_found())?;
        let list = match self.app.store.list(&slug).await {
            Ok(list) => list,
            Err(StoreError::NotFound { .. }) => return Err(self.pages.not_found()),
            Err(error) => return Err(self.pages.failed(&error)),
        };
        let languages = visitor::languages(headers);
        let guest = Guest {
            speech: self.pages.speech(&self.spoken(&list, &languages)),
            list,
            languages,
            source,
        };
        if guest.list.settings.signup == SignupPolicy::Closed {
            let closed = self
                .pages
                .notice(StatusCode::FORBIDDEN, "join_closed", &guest.speech);
            return Err(self.framed(closed, &guest));
        }
        Ok(guest)
    }

    /// The language for a guest: the first one of their browser's that there are words in, else the
    /// list's; its own tag where that says more.
    fn spoken(&self, list: &List, languages: &[String]) -> String {
        let catalogue = self.pages.catalogue();
        let own = list.settings.language.as_str();
        let of = |tag: &str| {
            catalogue
                .language(tag)
                .map(|w| w.language().to_owned())
                .ok()
        };
        match languages.iter().find(|tag| catalogue.speaks(tag)) {
            Some(tag) if of(tag) != of(own) => of(tag).unwrap_or_else(|| own.to_owned()),
            _ => own.to_owned(),
        }
    }

    async fn sign_up_form(
        &self,
        named: Named,
        asked: Asked,
        headers: &HeaderMap,
        source: SignupSource,
    ) -> Response {
        let guest = match self.guest(named, headers, source).await {
            Ok(guest) => guest,
            Err(page) => return page,
        };
        let wanted = asked.map(|Query(w)| w).unwrap_or_default();
        let email: String = wanted.email.unwrap_or_default().chars().take(320).collect();
        self.join_page(&guest, email.trim(), None)
    }

    fn join_page(&self, guest: &Guest, email: &str, wrong: Option<&str>) -> Response {
        let keys = &self.app.keys;
        let made = Opened {
            list: guest.list.id,
            subscription: SubscriptionId(0),
            digest: DigestId(self.app.clock.now().as_millisecond()),
        };
        let form = keys.token(keys.active_id(), Purpose::Form, made);
        let context = context! {
            state => "ask",
            email,
            wrong,
            form,
            script => Value::from_safe_string(ZONE_SCRIPT.to_owned()),
            ..said(self, guest)
        };
        let status = match wrong {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let page = self.pages.show(status, "join.html", &guest.speech, context);
        self.framed(page, guest)
    }

    /// Puts the policy of a join page in: one script known by its hash, and, for the form that may
    /// stand in another site's page, where.
    fn framed(&self, mut page: Response, guest: &Guest) -> Response {
        let policy = match guest.source {
            SignupSource::Embed => {
                framed_policy(&script_hash(), &guest.list.settings.signup_origins)
            }
            _ => self.join.script.clone(),
        };
        let headers = page.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        // So that a browser without Fetch Metadata says where a form came from.
        headers.insert(
            header::REFERRER_POLICY,
            HeaderValue::from_static("same-origin"),
        );
        if guest.source == SignupSource::Embed {
            let anywhere = HeaderValue::from_static("cross-origin");
            headers.insert("cross-origin-resource-policy", anywhere);
        }
        page
    }

    async fn sign_up(&self, named: Named, request: Request, source: SignupSource) -> Response {
        let guest = match self.guest(named, request.headers(), source).await {
            Ok(guest) => guest,
            Err(page) => return page,
        };
        let from = visitor::address(&request, &self.join.settings.trusted);
        let form = match Form::read(request).await {
            Ok(form) => form,
            Err(error) => return self.framed(super::refused(&self.pages, &error), &guest),
        };
        let email = form.one("email").unwrap_or_default();
        let sent = Sent {
            email,
            zone: form.one("zone"),
            from,
            idle: !self.is_filled_in(guest.list.id, &form),
        };
        match self.take(&guest, sent).await {
            Ok(held) => {
                let context = context! { state => "sent", held, ..said(self, &guest) };
                let page = self
                    .pages
                    .show(StatusCode::OK, "join.html", &guest.speech, context);
                self.framed(page, &guest)
            }
            Err(NotTaken::Address(error)) => {
                let typed: String = email.chars().take(320).collect();
                self.join_page(&guest, &typed, Some(wrong_address(&error)))
            }
            Err(NotTaken::Fault(error)) => self.framed(self.pages.failed(&error), &guest),
        }
    }

    /// Whether a person may have filled a form in that we gave out for a list; 0 for none.
    pub(super) fn is_filled_in(&self, list: ListId, form: &Form) -> bool {
        let token = form.one("form").unwrap_or_default();
        let made = self.app.keys.open(Purpose::Form, token).ok();
        let made = made.filter(|m| m.list == list && m.subscription.0 == 0);
        let age = made.and_then(|made| {
            let made = Timestamp::from_millisecond(made.digest.0).ok()?;
            Some(self.app.clock.now().duration_since(made))
        });
        let in_time = age.is_some_and(|age| (FASTEST..=SLOWEST).contains(&age));
        in_time && form.one("website").unwrap_or_default().is_empty()
    }

    /// Takes a sign-up, or does as if, and says whether its mail waits until sending goes on. Whoever the
    /// address belongs to, the same is done.
    async fn take(&self, guest: &Guest, sent: Sent<'_>) -> Result<bool, NotTaken> {
        let address = Address::parse(sent.email).map_err(NotTaken::Address)?;
        let now = self.app.clock.now();
        let held = self.holds_mail().await;
        let held = held.map_err(|error| NotTaken::Fault(error.into()))?;
        if sent.idle || self.join.is_blocked(&address) || !self.join.takes(sent.from, now) {
            return Ok(held);
        }
        let settings = &guest.list.settings;
        let new = NewSignup {
            list: guest.list.id,
            hash: self.app.keys.address_hash(&address),
            counted: self.app.keys.address_hash(&address.untagged()),
            address,
            language: self.spoken(&guest.list, &guest.languages),
            zone: visitor::zone(sent.zone, &guest.languages),
            source: guest.source,
            wording: wording(&guest.speech, guest.source),
            network: settings.consent_network.kept(sent.from),
            at: now,
        };
        let put = self.join.signups.put(&self.app.store, new).await;
        put.map_err(NotTaken::Fault)?;
        Ok(held)
    }
}

/// What the page says of the list.
fn said(house: &House, guest: &Guest) -> Value {
    let settings = &guest.list.settings;
    context! {
        list => masthead(&guest.list),
        tagline => settings.tagline.clone(),
        postal => settings.postal_address.clone(),
        framed => guest.source == SignupSource::Embed,
        links => format!("{}/link", house.app.public_url),
    }
}

/// The version of the words that are agreed to. A publisher's own form has words of its own.
fn wording(speech: &Speech, source: SignupSource) -> String {
    match source {
        SignupSource::Api => String::new(),
        _ => speech.version("join.consent"),
    }
}
