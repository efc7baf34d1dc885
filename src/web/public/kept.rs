//! Issues that were laid out, in memory, and the answers that anybody may keep for a while.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Issues that are kept; the one that was asked for longest ago goes first.
const KEPT: usize = 32;
/// How long a copy is good without asking again, in seconds: a correction is seen within it.
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Laid out issues by their tags.
#[derive(Debug, Default)]
pub(in crate::web) struct Kept(Mutex<Vec<(String, Arc<str>)>>);

impl Kept {
    pub(super) fn get(&self, tag: &str) -> Option<Arc<str>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(known, _)| known == tag)?;
        let found = kept.remove(at);
        let text = found.1.clone();
        kept.push(found);
        Some(text)
    }

    pub(super) fn put(&self, tag: &str, text: Arc<str>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((tag.to_owned(), text));
    }
}

/// The tag of a text, or of what a text is made of (RFC 9110 §8.8.3).
pub(super) fn tag(of: &[u8]) -> String {
    let hash = Sha256::digest(of);
    let hash: String = hash[..16].iter().map(|b| format!("{b:02x}")).collect();
    format!("\"{hash}\"")
}

/// Whether whoever asks has what this tag names (RFC 9110 §13.1.2).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut texts = values.filter_map(|v| v.to_str().ok());
    texts.any(|text| {
        let mut tags = text.split(',').map(str::trim);
        tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    })
}

/// What anybody may keep for a while: with its tag, or only that where it is known.
pub(super) fn answer(
    headers: &HeaderMap,
    tag: &str,
    (kind, text): (&'static str, impl Into<Body>),
    found: bool,
) -> Response {
    let mut response = match is_known(headers, tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(text.into()),
    };
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    own.insert(header::CACHE_CONTROL, FRESH);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        own.insert(header::ETAG, tag);
    }
    if found {
        own.insert(
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("all"),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{KEPT, Kept, is_known, tag};

    #[test]
    fn a_tag_is_known_in_every_form_that_a_browser_sends() {
        let known = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static(text));
            is_known(&headers, "\"a\"")
        };
        assert!(known("\"a\"") && known("W/\"a\"") && known("\"b\", \"a\"") && known("*"));
        assert!(!known("\"b\"") && !known("a") && !known(""));
        assert_eq!(tag(b"a").len(), 34);
        assert_ne!(tag(b"a"), tag(b"b"));
    }

    #[test]
    fn the_longest_unasked_for_goes_first() {
        let kept = Kept::default();
        for n in 0..KEPT {
            kept.put(&n.to_string(), Arc::from("text"));
        }
        assert!(kept.get("0").is_some());
        kept.put("new", Arc::from("text"));
        assert!(kept.get("0").is_some() && kept.get("1").is_none() && kept.get("new").is_some());
    }
}
