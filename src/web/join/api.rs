//! `/api/join/{list}`: sign-ups from a publisher's own form, by JSON.
//!
//! It answers the origins of the list's `signup_origins` and nobody else (the one exception to "forms
//! come from our own pages"), and keeps all limits of the form.

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{Guest, House, NotTaken, Sent, SignupSource};
use crate::web::visitor;

/// Most octets of a sign-up.
const BODY_MAX: usize = 4096;

/// What is sent. Other names are passed over.
#[derive(Debug, Deserialize)]
struct SignUp {
    email: String,
    /// An IANA zone, such as a browser knows its own.
    #[serde(default)]
    zone: Option<String>,
    /// A field that nobody sees; whoever fills it in is no person.
    #[serde(default)]
    website: Option<String>,
}

/// `OPTIONS /api/join/{list}`: what a browser asks before it posts JSON (Fetch §4.8).
pub(in crate::web) async fn preflight(
    State(house): State<House>,
    named: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Response {
    let (_, origin) = match house.allowed(named, &headers).await {
        Ok(allowed) => allowed,
        Err(refused) => return refused,
    };
    let mut response = answer(StatusCode::NO_CONTENT, "", Some(origin));
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `POST /api/join/{list}`: `{"email": …}`; 202 whatever becomes of it.
pub(in crate::web) async fn act(
    State(house): State<House>,
    named: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let (guest, origin) = match house.allowed(named, request.headers()).await {
        Ok(allowed) => allowed,
        Err(refused) => return refused,
    };
    let from = visitor::address(&request, &house.join.settings.trusted);
    let told = |status, word: &str| answer(status, word, Some(origin.clone()));
    let Some(sign_up) = read(request).await else {
        return told(StatusCode::BAD_REQUEST, r#"{"error":"form"}"#);
    };
    let sent = Sent {
        email: &sign_up.email,
        zone: sign_up.zone.as_deref(),
        from,
        idle: sign_up.website.is_some_and(|w| !w.is_empty()),
    };
    match house.take(&guest, sent).await {
        Ok(_) => told(StatusCode::ACCEPTED, r#"{"status":"confirmation-mailed"}"#),
        Err(NotTaken::Address(_)) => {
            told(StatusCode::UNPROCESSABLE_ENTITY, r#"{"error":"address"}"#)
        }
        Err(NotTaken::Fault(error)) => {
            tracing::error!(%error, "a sign-up failed");
            told(StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"failed"}"#)
        }
    }
}

impl House {
    /// The list, and the origin that may ask for it.
    async fn allowed(
        &self,
        named: Result<Path<String>, PathRejection>,
        headers: &HeaderMap,
    ) -> Result<(Guest, HeaderValue), Response> {
        let refused = |status, word| answer(status, word, None);
        let guest = self.guest(named, headers, SignupSource::Api).await;
        let guest = guest.map_err(|page| refused(page.status(), r#"{"error":"list"}"#))?;
        let origin = headers.get(header::ORIGIN);
        let known = origin.filter(|origin| {
            let origins = &guest.list.settings.signup_origins;
            origins
                .iter()
                .any(|known| known.as_bytes() == origin.as_bytes())
        });
        match known.cloned() {
            Some(origin) => Ok((guest, origin)),
            None => Err(refused(StatusCode::FORBIDDEN, r#"{"error":"origin"}"#)),
        }
    }
}

async fn read(request: Request) -> Option<SignUp> {
    let kind = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return None;
    }
    let body = Bytes::from_request(request, &()).await.ok()?;
    (body.len() <= BODY_MAX).then(|| serde_json::from_slice(&body).ok())?
}

fn answer(status: StatusCode, body: &str, origin: Option<HeaderValue>) -> Response {
    let mut response = (status, body.to_owned()).into_response();
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}
