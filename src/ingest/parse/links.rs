//! Links of feeds: absolute where a base is known, in their publisher's spelling otherwise, and never
//! of a kind that runs or holds something instead of leading somewhere.

use std::borrow::Cow;

use url::Url;

use super::clean;

/// Longest link, in octets.
const LINK_BYTES: usize = 4_000;
/// Schemes of links that lead nowhere: they run, hold or read something where they are followed.
const NOWHERE: &[&str] = &[
    "javascript", "vbscript", "data", "file", "blob", "about", "view-source", "jar",
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
    let nowhere = || format!("`{}` leads nowhere", clean::cut(&clean::one_line(&link), 60));
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
