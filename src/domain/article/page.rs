//! The page of an article: which spellings of its address are one, and the part of it that a link means.

use serde::{Deserialize, Serialize};
use url::Url;

/// An http(s) URL in the form under which two spellings are one page: lower-case host, no default
/// port, no fragment, no tracking parameters, no trailing `?`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CanonicalUrl(String);

/// Why a link is no page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not parse, also not against its base.
    #[error("`{0}` is no URL")]
    Form(String),
    /// Only http and https are taken.
    #[error("`{0}` is not http or https")]
    Scheme(String),
    /// Over 2,000 octets.
    #[error("a URL of {0} octets is longer than 2000")]
    TooLong(usize),
}

/// Parameters that name a campaign or a click and never the page: their own vendors' documented
/// names.
const TRACKING: &[&str] = &[
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "oly_anon_id",
    "oly_enc_id",
    "vero_id",
    "cmpid",
    "icid",
    "ncid",
    "wt_mc",
    "wt.mc_id",
    "at_medium",
    "at_campaign",
    "ns_mchannel",
    "ns_source",
    "ns_campaign",
    "ito",
    "sr_share",
];

impl CanonicalUrl {
    /// Reads a link, against `base` if it is relative.
    pub fn parse(text: &str, base: Option<&str>) -> Result<CanonicalUrl, UrlError> {
        let text = text.trim();
        let shown = || text.chars().take(120).collect::<String>();
        if text.len() > 2000 {
            return Err(UrlError::TooLong(text.len()));
        }
        let parsed = match (Url::parse(text), base.and_then(|b| Url::parse(b).ok())) {
            (Ok(url), _) => url,
            (Err(_), Some(base)) => base.join(text).map_err(|_| UrlError::Form(shown()))?,
            (Err(_), None) => return Err(UrlError::Form(shown())),
        };
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
            return Err(UrlError::Scheme(shown()));
        }
        Ok(CanonicalUrl(canonical(parsed)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What spellings of one page have in common that are safe to take for it: the address without its
    /// scheme, a leading `www.`, a closing `/`, and the marks of an AMP page. `None` for a site's front
    /// page, which is what broken feeds link to. Only for comparing: it is no address.
    pub fn page(&self) -> Option<String> {
        let bare = self.0.split_once("://").map_or(&*self.0, |(_, rest)| rest);
        let bare = bare.strip_prefix("www.").unwrap_or(bare);
        let (path, query) = bare.split_once('?').unwrap_or((bare, ""));
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix("/amp").unwrap_or(path);
        let path = path.trim_end_matches('/');
        let amp = |part: &&str| !matches!(*part, "" | "amp" | "amp=1" | "outputType=amp");
        let query: Vec<&str> = query.split('&').filter(amp).collect();
        match (path.contains('/'), query.is_empty()) {
            (false, true) => None,
            (true, true) => Some(path.to_owned()),
            _ => Some(format!("{path}?{}", query.join("&"))),
        }
    }

    /// The link to a part of the page, as [`fragment`] gives it.
    pub fn at(&self, fragment: Option<&str>) -> String {
        match fragment {
            Some(fragment) => format!("{}#{fragment}", self.0),
            None => self.0.clone(),
        }
    }
}

impl std::fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parameters that name a campaign where they stand behind the `#`.
const TRACKING_FRAGMENT: &[&str] = &["xtor", "echobox", "ref"];

fn is_tracking(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("utm_") || TRACKING.contains(&key.as_str())
}

/// The part of its page that a link leads to, without the `#` and as it stands in a URL. It belongs to
/// the link and not to what the page is. `None` where there is none, or where it only counts visits.
pub fn fragment(link: &str) -> Option<String> {
    // Against any base: only what stands behind the `#` is read.
    let base = Url::parse("https://localhost/").ok()?;
    let url = base.join(link.trim()).ok()?;
    let fragment = url.fragment().filter(|f| !f.is_empty() && f.len() <= 500)?;
    let counts = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let known = TRACKING_FRAGMENT.contains(&key.to_ascii_lowercase().as_str());
        !value.is_empty() && (known || is_tracking(key))
    };
    let plain = fragment.bytes().all(|b| b.is_ascii_graphic());
    (plain && !fragment.split('&').all(counts)).then(|| fragment.to_owned())
}

fn canonical(mut url: Url) -> String {
    url.set_fragment(None);
    // Neither can fail for http(s); a URL with credentials would leak them to every reader.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    // The query is filtered as text: decoding and encoding it again would change pages' own ways.
    let kept: Option<String> = url.query().map(|query| {
        let parts = query.split('&').filter(|part| {
            !part.is_empty() && !is_tracking(part.split('=').next().unwrap_or_default())
        });
        parts.collect::<Vec<_>>().join("&")
    });
    url.set_query(kept.as_deref().filter(|q| !q.is_empty()));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::{CanonicalUrl, fragment};

    #[test]
    fn spellings_of_one_page_are_one_url() {
        let check = |text: &str, base: Option<&str>, expected: Option<&str>| {
            let got = CanonicalUrl::parse(text, base).ok();
            assert_eq!(got.as_ref().map(CanonicalUrl::as_str), expected, "{text}");
        };
        check(
            "HTTPS://News.Example:443/a?utm_source=x&id=7#top",
            None,
            Some("https://news.example/a?id=7"),
        );
        check(
            "/b?fbclid=1",
            Some("https://n.example/feed"),
            Some("https://n.example/b"),
        );
        check("https://me:pw@n.example/", None, Some("https://n.example/"));
        check("javascript:alert(1)", None, None);
        check("b", None, None);
        check(
            &format!("https://n.example/{}", "x".repeat(2000)),
            None,
            None,
        );
    }

    #[test]
    fn safe_spellings_of_an_address_are_one_page() {
        let page = |text: &str| CanonicalUrl::parse(text, None).ok().and_then(|u| u.page());
        for same in [
            "http://n.example/a/b",
            "https://www.n.example/a/b/",
            "https://n.example/a/b/amp",
            "https://n.example/a/b/amp/?utm_source=x",
            "https://n.example/a/b?amp=1",
        ] {
            assert_eq!(page(same).as_deref(), Some("n.example/a/b"), "{same}");
        }
        let query = page("https://n.example/?p=7&outputType=amp");
        assert_eq!(query.as_deref(), Some("n.example?p=7"));
        assert_ne!(page("https://n.example/a/B"), page("https://n.example/a/b"));
        assert_eq!(page("https://www.n.example/"), None);
        assert_eq!(page("http://n.example/amp"), None);
    }

    #[test]
    fn a_fragment_leads_to_a_part_of_the_page_or_only_counts() {
        let check = |link: &str, expected: Option<&str>| {
            assert_eq!(fragment(link).as_deref(), expected, "{link}");
        };
        check("https://n.example/a#part-2", Some("part-2"));
        check("/live#!/post/7", Some("!/post/7"));
        check("#Größe \"x\"", Some("Gr%C3%B6%C3%9Fe%20%22x%22"));
        check("https://n.example/a#id=7", Some("id=7"));
        for none in [
            "https://n.example/a",
            "https://n.example/a#",
            "https://n.example/a#xtor=RSS-3208",
            "https://n.example/a#utm_source=rss&utm_medium=feed",
            "https://n.example/a#Echobox=1700000000",
            "https://",
        ] {
            check(none, None);
        }
        let url = CanonicalUrl::parse("https://n.example/a#b", None).expect("a URL");
        assert_eq!(url.at(Some("b")), "https://n.example/a#b");
        assert_eq!(url.at(None), "https://n.example/a");
    }
}
