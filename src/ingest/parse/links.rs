//! Links of feeds: absolute where a base is known, in their publisher's spelling otherwise, and never
//! of a kind that runs or holds something instead of leading somewhere.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use super::clean;
use super::lex::resolved;

/// Longest link, in octets.
const LINK_BYTES: usize = 4_000;
/// Schemes of links that lead nowhere: they run, hold or read something where they are followed.
const NOWHERE: &[&str] = &[
    "javascript",
    "vbscript",
    "data",
    "file",
    "blob",
    "about",
    "view-source",
    "jar",
];

/// A link that leads somewhere: absolute, or as it is where no base is known. Else why it is none.
pub(super) fn absolute(link: &str, base: Option<&Url>) -> Result<String, String> {
    let link = without_controls(link.trim());
    if link.is_empty() {
        return Err("the link is empty".into());
    }
    if link.len() > LINK_BYTES {
        return Err(format!("the link has more than {LINK_BYTES} octets"));
    }
    let nowhere = || {
        format!(
            "`{}` leads nowhere",
            clean::cut(&clean::one_line(&link), 60)
        )
    };
    match (Url::parse(&link), base) {
        (Ok(url), _) if NOWHERE.contains(&url.scheme()) => Err(nowhere()),
        (Err(_), Some(base)) => base.join(&link).map(String::from).map_err(|_| nowhere()),
        // The spelling of an absolute link is the publisher's and stays.
        (Ok(_), _) | (Err(_), None) => Ok(link.into_owned()),
    }
}

/// A link without line ends, other controls and characters that turn its direction.
pub(super) fn without_controls(link: &str) -> Cow<'_, str> {
    match link.chars().any(clean::unwanted_in_line) {
        true => Cow::Owned(
            link.chars()
                .filter(|c| !clean::unwanted_in_line(*c))
                .collect(),
        ),
        false => Cow::Borrowed(link),
    }
}

/// Whether an id is the address of a page.
pub(super) fn is_page(id: &str) -> bool {
    (id.starts_with("http://") || id.starts_with("https://")) && Url::parse(id).is_ok()
}

/// The base in force for an element (XML Base §3.1).
pub(super) fn base_of(found: &[(&str, &str)], outer: Option<&Arc<Url>>) -> Option<Arc<Url>> {
    let Some((_, own)) = found.iter().find(|(n, _)| *n == "xml:base") else {
        return outer.cloned();
    };
    let own = resolved(own);
    let read = match outer {
        Some(outer) => outer.join(own.trim()),
        None => Url::parse(own.trim()),
    };
    match read {
        Ok(base) if !base.cannot_be_a_base() => Some(Arc::new(base)),
        _ => outer.cloned(),
    }
}
