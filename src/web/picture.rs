//! `GET /i/{sha256}.jpg`: a rendition of a story's picture, as letters name it.
//!
//! Every reader's letter names the same address, so nobody is told apart by it. A name's bytes never
//! change.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::House;

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
    // RFC 8246: nobody needs to ask again.
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    ),
    // A mail program in a browser shows it on its own site.
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    ),
];

/// A rendition; one that is not on the shelf is as absent as any other page.
pub(super) async fn picture(
    State(house): State<House>,
    name: Result<Path<String>, PathRejection>,
) -> Response {
    let found = name.ok().and_then(|Path(name)| {
        let sha256 = name.strip_suffix(".jpg")?;
        house.app.pictures.find(sha256)
    });
    let Some(path) = found else {
        return house.pages.not_found();
    };
    match tokio::fs::read(path).await {
        Ok(bytes) => (HEADERS, bytes).into_response(),
        Err(error) => house.pages.failed(&error),
    }
}
