//! The pages without a form: a letter in the browser, the probes, and nothing.
//!
//! They only read.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::House;
use super::guard::LETTER_POLICY;
use crate::feedback::link::Purpose;

pub(super) const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// `GET /v/{token}`: the letter as a page.
pub(super) async fn letter(
    State(house): State<House>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let opened = token
        .ok()
        .and_then(|Path(t)| house.app.keys.open(Purpose::View, &t).ok());
    let Some(opened) = opened else {
        return house.pages.not_found();
    };
    // Of whoever is forgotten the digest is still there, with nothing in it.
    match house.app.store.subscription(opened.subscription).await {
        Ok(Some((person, _))) if person.address.is_none() => {
            return house.pages.plain(StatusCode::GONE, "letter_gone");
        }
        Ok(_) => {}
        Err(error) => return house.pages.failed(&error),
    }
    match house.app.letters.html(opened).await {
        Ok(Some(text)) => {
            let mut response = super::page::html(StatusCode::OK, text);
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, LETTER_POLICY);
            response
        }
        Ok(None) => house.pages.plain(StatusCode::GONE, "letter_gone"),
        Err(error) => house.pages.failed(error.as_ref()),
    }
}

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> Response {
    ([(header::CONTENT_TYPE, PLAIN)], "ok").into_response()
}

/// `GET /readyz`: the database answers too.
pub(super) async fn ready(State(house): State<House>) -> Response {
    match house.app.store.instance().await {
        Ok(_) => ([(header::CONTENT_TYPE, PLAIN)], "ok").into_response(),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (
                status,
                [(header::CONTENT_TYPE, PLAIN)],
                "the database does not answer",
            )
                .into_response()
        }
    }
}

/// `GET /doctor/{nonce}`: what only the holder of our keys can say, so that `courant doctor` knows
/// who answers at the public address.
pub(super) async fn proof(
    State(house): State<House>,
    nonce: Result<Path<String>, PathRejection>,
) -> Response {
    let sound = |n: &String| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        (16..=64).contains(&n.len()) && n.bytes().all(plain)
    };
    match nonce.ok().filter(|Path(nonce)| sound(nonce)) {
        Some(Path(nonce)) => {
            let answer = house.app.keys.proof(&nonce);
            ([(header::CONTENT_TYPE, PLAIN)], answer).into_response()
        }
        None => house.pages.not_found(),
    }
}

/// Any other path.
pub(super) async fn nothing(State(house): State<House>) -> Response {
    house.pages.not_found()
}
