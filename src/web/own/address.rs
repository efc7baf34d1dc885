//! `/link`: whoever has lost their letters has the links mailed to their address.
//!
//! The answer is the same, and the same is written, whoever the address belongs to: that is looked up
//! when the mail is about to leave. The form is signed and limited as a sign-up is.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use minijinja::context;

use super::{Form, House};
use crate::domain::address::Address;
use crate::domain::link_mail::{LinkKind, NewLinkMail};
use crate::domain::{DigestId, ListId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::web::page::Speech;
use crate::web::{visitor, wrong_address};

/// `GET /link`: the form.
pub(in crate::web) async fn ask(State(house): State<House>, headers: HeaderMap) -> Response {
    let speech = house.guest_speech(&headers);
    house.link_form(&speech, "", None)
}

/// `POST /link`: the same words for everybody.
pub(in crate::web) async fn act(State(house): State<House>, request: Request) -> Response {
    let speech = house.guest_speech(request.headers());
    let from = visitor::address(&request, house.join.trusted());
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return crate::web::refused(&house.pages, &error),
    };
    let typed: String = form
        .one("email")
        .unwrap_or_default()
        .chars()
        .take(320)
        .collect();
    let address = match Address::parse(&typed) {
        Ok(address) => address,
        Err(error) => return house.link_form(&speech, &typed, Some(wrong_address(&error))),
    };
    let held = match house.holds_mail().await {
        Ok(held) => held,
        Err(error) => return house.pages.failed(&error),
    };
    let now = house.app.clock.now();
    if house.is_filled_in(ListId(0), &form) && house.join.takes_link(from, now) {
        let new = NewLinkMail {
            kind: LinkKind::Links,
            hash: house.app.keys.address_hash(&address),
            counted: house.app.keys.address_hash(&address.untagged()),
            address: Some(address),
            subscription: None,
            language: speech.tag().to_owned(),
            at: now,
        };
        if let Err(error) = house.app.store.link_mail_add(&new).await {
            return house.pages.failed(&error);
        }
    }
    let context = context! { state => "sent", held };
    same_origin(
        house
            .pages
            .show(StatusCode::OK, "link.html", &speech, context),
    )
}

impl House {
    fn guest_speech(&self, headers: &HeaderMap) -> Speech {
        let catalogue = self.pages.catalogue();
        let languages = visitor::languages(headers);
        let known = languages.iter().find(|tag| catalogue.speaks(tag));
        self.pages.speech(known.map_or("en", String::as_str))
    }

    fn link_form(&self, speech: &Speech, email: &str, wrong: Option<&str>) -> Response {
        let keys = &self.app.keys;
        let made = Opened {
            list: ListId(0),
            subscription: SubscriptionId(0),
            digest: DigestId(self.app.clock.now().as_millisecond()),
        };
        let form = keys.token(keys.active_id(), Purpose::Form, made);
        let status = match wrong {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let context = context! { state => "ask", email, wrong, form };
        same_origin(self.pages.show(status, "link.html", speech, context))
    }
}

/// So that a browser without Fetch Metadata says where a form came from.
fn same_origin(mut page: Response) -> Response {
    let policy = HeaderValue::from_static("same-origin");
    page.headers_mut().insert(header::REFERRER_POLICY, policy);
    page
}
