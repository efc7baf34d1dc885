//! Who asks for a page, as far as the request says: which language they read, where their clock may
//! stand, from which network they come, and whether a form of another site sent them here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::page::Pages;
use super::routes::{Posts, Route};
use crate::domain::network::{Network, client};
use crate::domain::time::Zone;

/// Languages of a browser that are looked at.
const LANGUAGES: usize = 20;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Zones of regions that have one, by ISO 3166 code: what a browser's `de-AT` says of its clock.
const REGIONS: &[(&str, &str)] = &[
    ("AE", "Asia/Dubai"),
    ("AT", "Europe/Vienna"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("CH", "Europe/Zurich"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("EE", "Europe/Tallinn"),
    ("EG", "Africa/Cairo"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GR", "Europe/Athens"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IL", "Asia/Jerusalem"),
    ("IN", "Asia/Kolkata"),
    ("IS", "Atlantic/Reykjavik"),
    ("IT", "Europe/Rome"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("KR", "Asia/Seoul"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("MA", "Africa/Casablanca"),
    ("NG", "Africa/Lagos"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("PK", "Asia/Karachi"),
    ("PL", "Europe/Warsaw"),
    ("RO", "Europe/Bucharest"),
    ("RS", "Europe/Belgrade"),
    ("SA", "Asia/Riyadh"),
    ("SE", "Europe/Stockholm"),
    ("SG", "Asia/Singapore"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
    ("TH", "Asia/Bangkok"),
    ("TR", "Europe/Istanbul"),
    ("ZA", "Africa/Johannesburg"),
];

/// The languages of a browser, the best one first (RFC 9110 §12.5.4).
pub(super) fn languages(headers: &HeaderMap) -> Vec<String> {
    let text = headers.get(header::ACCEPT_LANGUAGE);
    let text = text.and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut read: Vec<(u16, String)> = Vec::new();
    for part in text.split(',').take(LANGUAGES) {
        let mut fields = part.split(';').map(str::trim);
        let tag = fields.next().unwrap_or_default();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if tag.is_empty() || tag.len() > 35 || !tag.bytes().all(plain) {
            continue;
        }
        let weight = fields.find_map(|f| f.strip_prefix("q=")?.parse::<f32>().ok());
        let weight = (weight.unwrap_or(1.0).clamp(0.0, 1.0) * 1000.0) as u16;
        read.push((weight, tag.to_owned()));
    }
    read.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    read.into_iter()
        .filter(|(w, _)| *w > 0)
        .map(|(_, t)| t)
        .collect()
}

/// Where a reader's clock may stand: what their browser says, else the region of its languages.
pub(super) fn zone(said: Option<&str>, languages: &[String]) -> Option<Zone> {
    // Browsers that tell nothing of their owners all say UTC.
    let said = said.filter(|z| z.len() <= 64 && *z != "UTC");
    let said = said.and_then(|z| Zone::parse(z).ok());
    said.or_else(|| {
        let region = |tag: &String| {
            let region = tag.split('-').skip(1).find(|part| part.len() == 2)?;
            let known = REGIONS
                .iter()
                .find(|(r, _)| r.eq_ignore_ascii_case(region))?;
            Zone::parse(known.1).ok()
        };
        languages.iter().find_map(region)
    })
}

/// From where a request comes. One that came by no connection of ours comes from nowhere in
/// particular.
pub(super) fn address(request: &Request, trusted: &[Network]) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |p| p.0.0.ip());
    let values = request.headers().get_all("x-forwarded-for");
    let values: Vec<&str> = values.iter().filter_map(|v| v.to_str().ok()).collect();
    client(peer, values.into_iter(), trusted)
}

/// A POST that another site's page made a browser send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreign;

/// Origins that are ours: what is reached by `public_url`, and by the request's own Host.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub(super) pages: Pages,
    /// `https://news.example`, without a path.
    pub(super) origin: String,
}

/// Refuses a POST that comes from another site, by Sec-Fetch-Site (Fetch Metadata) where a browser
/// sends it, else by Origin. A route that takes one from anybody judges by itself.
pub(super) async fn own_site(
    State((gate, route)): State<(Gate, &'static Route)>,
    mut request: Request,
    next: Next,
) -> Response {
    let secret = route.token.is_some();
    if request.method() == Method::POST && is_foreign(request.headers(), &gate.origin, secret) {
        if route.posts != Posts::Anybody {
            return gate.pages.plain(StatusCode::FORBIDDEN, "foreign");
        }
        request.extensions_mut().insert(Foreign);
    }
    next.run(request).await
}

/// By what browsers say; of one that names no origin by the page that its form was on. Pages behind a
/// token send no referrer, so a browser says `null` of their forms (Fetch §3.2), and only to https or this
/// machine does it add Sec-Fetch-Site: refusing that would shut out the readers of a plain http site and of
/// older browsers. There the `secret` in the path, which no other site knows, is what a form proves itself
/// by. Pages without one name their origin, and `null` is somebody else's.
fn is_foreign(headers: &HeaderMap, own: &str, secret: bool) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        // A form that names neither was sent by no page, or by one that says nothing of itself.
        return match headers.get(header::REFERER) {
            Some(referer) => !is_ours(referer.to_str().unwrap_or_default(), headers, own),
            None => false,
        };
    };
    let Ok(origin) = origin.to_str() else {
        return true;
    };
    if origin == "null" {
        return !secret;
    }
    !is_ours(origin, headers, own)
}

/// Whether an address, or its origin, is of our own pages: by what we are called, or by what the request
/// calls us.
fn is_ours(address: &str, headers: &HeaderMap, own: &str) -> bool {
    let origin = match url::Url::parse(address) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => return false,
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    let asked = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    origin == own || (host.is_some() && host == asked)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{is_foreign, languages, zone};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (n.parse().expect("a name"), v.parse().expect("a value")))
            .collect()
    }

    #[test]
    fn a_browser_says_which_languages_it_reads_and_where_its_clock_may_stand() {
        let read = languages(&headers(&[(
            "accept-language",
            "en;q=0.5, de-AT, *;q=0.1, x;q=0, <b>",
        )]));
        assert_eq!(read, ["de-AT", "en"]);
        let guessed = |said| zone(said, &read).map(|z| z.name().to_owned());
        assert_eq!(guessed(None).as_deref(), Some("Europe/Vienna"));
        assert_eq!(guessed(Some("Asia/Tokyo")).as_deref(), Some("Asia/Tokyo"));
        assert_eq!(guessed(Some("UTC")).as_deref(), Some("Europe/Vienna"));
        assert_eq!(guessed(Some("No/Where")).as_deref(), Some("Europe/Vienna"));
        assert_eq!(zone(None, &["en-US".to_owned()]), None);
    }

    #[test]
    fn another_site_is_told_by_what_browsers_say() {
        let foreign = |pairs: &[(&'static str, &'static str)]| {
            is_foreign(&headers(pairs), "https://news.example", false)
        };
        let null = headers(&[("origin", "null")]);
        assert!(!is_foreign(&null, "https://news.example", true));
        for own in [
            &[][..],
            &[("origin", "https://news.example")],
            &[
                ("origin", "http://127.0.0.1:8025"),
                ("host", "127.0.0.1:8025"),
            ],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "none")],
            &[("referer", "https://news.example/join/times")],
            &[
                ("referer", "http://127.0.0.1:8025/p/x"),
                ("host", "127.0.0.1:8025"),
            ],
        ] {
            assert!(!foreign(own), "{own:?}");
        }
        for other in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[
                ("origin", "https://news.example.evil.example"),
                ("host", "news.example"),
            ],
            &[("referer", "https://evil.example/https://news.example/")],
            &[("referer", "about:blank")],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
            &[
                ("sec-fetch-site", "same-site"),
                ("origin", "https://news.example"),
            ],
        ] {
            assert!(foreign(other), "{other:?}");
        }
    }
}
