//! What holds for every page: no scripts, no frames, no caching, no referrer, a time limit, and a
//! handler that panics answers with a page that says nothing.
//!
//! It knows no route. Tokens stand in paths, so of a path only its first part is ever logged.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::page::{Pages, STYLE};

/// Longest time from a request's head to its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// Our own pages: one style sheet, known by its hash (CSP 3 §2.3.1), and forms that post back here.
static PAGE_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let text = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// The policy of pages that show a letter's page in a frame of theirs.
pub(super) static FRAME_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let text = format!(
        "{}; frame-src 'self'",
        PAGE_POLICY.to_str().unwrap_or_default()
    );
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// The policy of pages with one script of ours, known by its hash (SHA-256, base64).
pub(super) fn scripted_policy(hash: &str) -> HeaderValue {
    let own = PAGE_POLICY.to_str().unwrap_or_default();
    policy(format!("{own}; script-src 'sha256-{hash}'"))
}

/// The same, for a page that may stand in a frame: of these origins, or of any where none is named.
pub(super) fn framed_policy(hash: &str, origins: &[String]) -> HeaderValue {
    let own = PAGE_POLICY.to_str().unwrap_or_default();
    let own = own.replace("frame-ancestors 'none'", "");
    let own = own.trim_end().trim_end_matches(';');
    let ancestors = match origins {
        [] => "*".to_owned(),
        origins => format!("'self' {}", origins.join(" ")),
    };
    policy(format!(
        "{own}; script-src 'sha256-{hash}'; frame-ancestors {ancestors}"
    ))
}

/// The policy of the editors' pages: a second style sheet and one script of ours, known by their hashes, and
/// letters in frames of theirs.
pub(super) fn morning_policy(style: &str, script: &str) -> HeaderValue {
    let own = PAGE_POLICY.to_str().unwrap_or_default();
    let own = own.replace("style-src", &format!("style-src 'sha256-{style}'"));
    policy(format!(
        "{own}; script-src 'sha256-{script}'; frame-src 'self'"
    ))
}

fn policy(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// The policy of a letter shown as a page: pictures and styles in it, nothing else.
pub(super) const LETTER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// The policy of an issue that everybody may read: the same, with pictures of ours alone.
pub(super) const ISSUE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// Runs a request: in its own task, so that a panic or a client that goes away breaks nothing, and
/// not for longer than twenty seconds.
pub(super) async fn guard(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let area = request
        .uri()
        .path()
        .split('/')
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    let mut task = tokio::spawn(next.run(request));
    let mut response = match tokio::time::timeout(ANSWER_WITHIN, &mut task).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!(%method, area, "a page panicked");
            pages.plain(StatusCode::INTERNAL_SERVER_ERROR, "failed")
        }
        Err(_) => {
            task.abort();
            tracing::warn!(%method, area, "a page took too long");
            pages.plain(StatusCode::SERVICE_UNAVAILABLE, "busy")
        }
    };
    protect(response.headers_mut());
    let (status, ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    if matches!(area.as_str(), "healthz" | "readyz" | "i") {
        tracing::debug!(%method, area, status, ms, "answered");
    } else {
        tracing::info!(%method, area = known(&area), status, ms, "answered");
    }
    response
}

/// The first part of a path, where it is one of ours: anything else may be somebody's token.
fn known(area: &str) -> &str {
    match area {
        "" => "/",
        "u" | "p" | "v" | "c" | "x" | "m" | "n" | "g" | "a" => area,
        "link" | "join" | "api" | "inbox" | "list" | "desk" => area,
        _ => "other",
    }
}

/// Puts the headers of every page in; what an answer says otherwise for itself stays.
fn protect(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        let header = headers.entry(name);
        header.or_insert(HeaderValue::from_static(value));
    }
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert_with(|| PAGE_POLICY.clone());
}
