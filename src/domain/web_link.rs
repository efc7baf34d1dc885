//! Links out of a letter: those that can run nothing, in their serialised form.

use std::borrow::Cow;

/// An http, https or mailto link in its serialised form (ASCII, without blanks, quotes or angle
/// brackets); `None` for everything else.
pub fn safe_link(text: &str) -> Option<String> {
    checked_link(text).map(Cow::into_owned)
}

/// [`safe_link`], of a text that is kept where it is in that form already.
pub fn checked_link(text: &str) -> Option<Cow<'_, str>> {
    if is_serialised(text) {
        return Some(Cow::Borrowed(text));
    }
    let url = url::Url::parse(text.trim()).ok()?;
    let fits = match url.scheme() {
        "http" | "https" => url.host_str().is_some(),
        "mailto" => true,
        _ => false,
    };
    let plain = |u: &url::Url| u.as_str().bytes().all(|b| b.is_ascii_graphic());
    (fits && plain(&url)).then(|| Cow::Owned(url.into()))
}

/// Whether a link is certain to be in its serialised form, so that it need not be parsed: http or
/// https, a lower-case name of a host, letters and digits and `-_~` in a path, dots after one of these,
/// no query. `false` says nothing: our own signed links are what this is for.
pub fn is_serialised(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    let Some((host, path)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let label = |label: &str| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && !label.starts_with("xn--") && label.bytes().all(fits)
    };
    // A last label of digits makes a number of the host.
    let named = host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().next().is_some_and(|b| b.is_ascii_lowercase()));
    // A dot segment begins with a dot.
    let mut before = b'/';
    let path = path.bytes().all(|b| {
        let fits = match b {
            b'.' => !matches!(before, b'.' | b'/'),
            _ => b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~' | b'/'),
        };
        before = b;
        fits
    });
    named && path && host.split('.').all(label)
}

/// Whether a link leads to a name under `.invalid`, which no host has (RFC 2606 §2): what stands in the
/// place of an address that is not known.
pub fn leads_nowhere(link: &str) -> bool {
    let host = |url: url::Url| {
        let name = url.host_str().map(|h| h.trim_end_matches('.'));
        name.is_some_and(|name| name.ends_with(".invalid"))
    };
    // Nearly every link is one of another name, and need not be parsed.
    link.contains(".invalid") && url::Url::parse(link).is_ok_and(host)
}

/// What an image may be loaded from: https, or this machine for whoever tries letters out on it.
/// Anything else (http, `data:`, nothing at all) is shown by some mail programs only, or by none.
pub fn safe_image(text: &str) -> Option<String> {
    let url = url::Url::parse(&safe_link(text)?).ok()?;
    let here = match url.host() {
        Some(url::Host::Ipv4(v4)) => v4.is_loopback(),
        Some(url::Host::Ipv6(v6)) => v6.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let fits = url.scheme() == "https" || (url.scheme() == "http" && here);
    fits.then(|| url.into())
}

/// Whether a picture's address is one that [`safe_image`] leaves out for its http alone.
pub fn is_http_image(text: &str) -> bool {
    safe_image(text).is_none() && safe_link(text).is_some_and(|url| url.starts_with("http:"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_http_image, is_serialised, safe_image, safe_link};

    #[test]
    fn only_links_that_open_a_page_or_a_mail_are_kept() {
        assert_eq!(
            safe_link(" HTTPS://News.Example/a?b=\"c\"&d='<x>").as_deref(),
            Some("https://news.example/a?b=%22c%22&d=%27%3Cx%3E")
        );
        assert!(safe_link("mailto:a@b.example").is_some());
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "",
            "vbscript:x",
        ] {
            assert_eq!(safe_link(bad), None, "{bad}");
        }
        for bad in [
            "mailto:a@b.example",
            "http://n.example/a.jpg",
            "data:image/gif;base64,AA",
            "",
        ] {
            assert_eq!(safe_image(bad), None, "{bad}");
            assert_eq!(is_http_image(bad), bad.starts_with("http:"), "{bad}");
        }
        for good in ["https://n.example/a.jpg", "http://127.0.0.1:8025/i/a.jpg"] {
            assert_eq!(safe_image(good).as_deref(), Some(good));
            assert!(!is_http_image(good), "{good}");
        }
    }

    #[test]
    fn our_own_links_need_no_parsing() {
        let ours = "https://news.example.org/u/k1.AQEB.q0-_Zb";
        assert!(is_serialised(ours));
        for other in [
            "https://News.example/a",
            "https://a.example",
            "https://1.2.3.4/a",
            "https://0x7f/a",
            "https://a.example:443/a",
            "https://a.example/a/../b",
            "https://a.example/./b",
            "https://a.example/a?b",
            "https://a.example/ä",
            "javascript:a/b",
            "https://a..b/c",
        ] {
            assert!(!is_serialised(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_link_that_is_said_to_be_serialised_is(
            text in "https?://[a-z0-9.-]{1,12}/[A-Za-z0-9./~_-]{0,16}",
        ) {
            if is_serialised(&text) {
                let parsed = url::Url::parse(&text).map(String::from);
                prop_assert_eq!(parsed.as_deref(), Ok(text.as_str()));
            }
        }
    }
}
