//! The hand that fetches feeds: one conditional GET, bounded in octets and time, that cannot be led
//! to addresses behind our own wall. It knows nothing of feeds, keeps no state and reads no clock.

pub mod address;
mod body;
mod dialled;
mod error;
mod hosts;
mod pace;

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};

use self::address::{check, permit, shown};
use self::body::CODINGS;
use self::dialled::Dialled;
pub use self::error::FetchError;
use self::hosts::Hosts;
use crate::domain::time::Timestamp;

/// Bounds and manners of fetching.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchSettings {
    /// Our public address, told to publishers in `User-Agent`.
    pub public_url: Option<String>,
    /// Whom publishers may write to, an address or a URL, told there, too.
    pub contact: Option<String>,
    /// The longest body, in octets, before and after decompression.
    pub max_bytes: usize,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long all of it may take, redirects included.
    pub total_timeout: Duration,
    /// Redirects that are followed.
    pub max_redirects: usize,
    /// How long a host on the public internet rests between two requests, of which there is one at a
    /// time; `None`: as many at once as asked for.
    pub rest: Option<Duration>,
    /// What we would rather have (RFC 9110 §12.5.1).
    pub accept: &'static str,
}

impl Default for FetchSettings {
    fn default() -> FetchSettings {
        FetchSettings {
            public_url: None,
            contact: None,
            max_bytes: 10 << 20,
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            max_redirects: 5,
            rest: Some(Duration::from_secs(1)),
            accept: FEEDS,
        }
    }
}

/// What the last fetch left, for a conditional request (RFC 9110 §13.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// 304: the validators still hold.
    NotModified {
        /// Where the feed lives now, if every redirect on the way was permanent.
        moved_permanently_to: Option<String>,
        /// Seconds for which it says that nothing will change, at most a day.
        fresh_s: Option<i64>,
    },
    /// 200.
    Body {
        /// Decompressed.
        bytes: Vec<u8>,
        /// `Content-Type`, as sent.
        content_type: Option<String>,
        /// The address that answered, against which relative links are resolved.
        final_url: String,
        /// `ETag`, for the next time.
        etag: Option<String>,
        /// `Last-Modified`, for the next time.
        last_modified: Option<String>,
        /// Where the feed lives now, if every redirect on the way was permanent.
        moved_permanently_to: Option<String>,
        /// Seconds for which it says that nothing will change, at most a day.
        fresh_s: Option<i64>,
    },
}

/// Longer validators are not kept, in octets.
const VALIDATOR_BYTES: usize = 1_000;
/// `Accept` of whoever looks for a feed.
const FEEDS: &str = "application/rss+xml, application/atom+xml, application/rdf+xml, \
                      application/feed+json, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.5";

/// Fetches feeds. Clones share their manners towards hosts.
#[derive(Clone, Debug)]
pub struct Fetcher {
    settings: FetchSettings,
    user_agent: String,
    hosts: Hosts,
}

/// What became of one request.
enum Hop {
    /// It leads elsewhere.
    To {
        /// Where, not yet checked.
        url: Url,
        /// 301 or 308.
        permanent: bool,
    },
    /// It answers.
    Here(Fetched),
}

impl Fetcher {
    /// A fetcher with these bounds.
    pub fn new(settings: FetchSettings) -> Fetcher {
        let us = concat!("Courant/", env!("CARGO_PKG_VERSION"));
        let public = settings
            .public_url
            .as_deref()
            .and_then(|u| Url::parse(u).ok());
        let contact = settings.contact.as_deref().filter(|c| !c.is_empty());
        let told = [
            public.map(|url| format!("+{url}")),
            contact.map(str::to_owned),
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let user_agent = match told.is_empty() {
            false => format!("{us} ({})", told.join("; ")),
            true => us.to_owned(),
        };
        Fetcher {
            settings,
            user_agent,
            hosts: Hosts::default(),
        }
    }

    /// One GET, with its redirects. `private_network` lets this source live on this machine or a
    /// private network. `now` is what dates in the answer are counted from. Waiting for others who ask
    /// the same host takes nothing from the time that an answer may take.
    pub async fn fetch(
        &self,
        start: &str,
        validators: &Validators,
        private_network: bool,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let mut url = Url::parse(start).map_err(|_| FetchError::Url { url: shown(start) })?;
        let mut left = self.settings.total_timeout;
        let mut moved = None;
        let mut permanent = true;
        for _ in 0..=self.settings.max_redirects {
            check(&url, private_network)?;
            let _turn = self.turn(&url, private_network).await;
            let begun = tokio::time::Instant::now();
            let hop = self.hop(&url, moved.clone(), validators, private_network, now);
            let hop = tokio::time::timeout(left, hop).await;
            left = left.saturating_sub(begun.elapsed());
            match hop.map_err(|_| self.timeout(start, self.settings.total_timeout))?? {
                Hop::Here(fetched) => return Ok(fetched),
                Hop::To {
                    url: to,
                    permanent: always,
                } => {
                    permanent = permanent && always;
                    moved = permanent.then(|| to.to_string());
                    url = to;
                }
            }
        }
        Err(FetchError::TooManyRedirects {
            url: shown(start),
            limit: self.settings.max_redirects,
        })
    }

    /// Waits until nobody else asks this host. Our own machines need no rest.
    async fn turn(&self, url: &Url, private_network: bool) -> Option<hosts::Turn> {
        let rest = self.settings.rest?;
        let rest = if private_network {
            Duration::ZERO
        } else {
            rest
        };
        Some(self.hosts.turn(url.host_str()?, rest).await)
    }

    fn timeout(&self, url: &str, bound: Duration) -> FetchError {
        FetchError::Timeout {
            url: shown(url),
            seconds: bound.as_secs(),
        }
    }

    /// One request, and what it says. `moved` is where all redirects before it led for good.
    async fn hop(
        &self,
        url: &Url,
        moved: Option<String>,
        validators: &Validators,
        private_network: bool,
        now: Timestamp,
    ) -> Result<Hop, FetchError> {
        let response = self.ask(url, validators, private_network).await?;
        match response.status().as_u16() {
            status @ (301 | 302 | 303 | 307 | 308) => Ok(Hop::To {
                url: target(&response, url)?,
                permanent: matches!(status, 301 | 308),
            }),
            _ => {
                let answer = self.answer(response, url, moved, validators, now);
                Ok(Hop::Here(answer.await?))
            }
        }
    }

    /// One request to an address that was resolved once, checked, and is dialled exactly.
    async fn ask(
        &self,
        url: &Url,
        validators: &Validators,
        private_network: bool,
    ) -> Result<Response, FetchError> {
        let mut dialled = Vec::new();
        if let Some(Host::Domain(name)) = url.host() {
            dialled = resolve(name, url, private_network).await?;
        }
        let builder = Client::builder()
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            // We count octets on both sides of a coding, so we undo it.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .dns_resolver(Dialled(dialled))
            .pool_max_idle_per_host(0)
            .user_agent(&self.user_agent)
            .connect_timeout(self.settings.connect_timeout);
        let client = builder.build().map_err(|e| self.broken(url, &e))?;
        let mut request = client
            .get(url.clone())
            .header(header::ACCEPT, self.settings.accept)
            .header(header::ACCEPT_ENCODING, CODINGS);
        if let Some(etag) = &validators.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = &validators.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        request.send().await.map_err(|e| self.broken(url, &e))
    }

    fn broken(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            return self.timeout(url.as_str(), self.settings.connect_timeout);
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let why = cause
            .to_string()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        FetchError::Connection {
            url: shown(url.as_str()),
            why,
        }
    }

    async fn answer(
        &self,
        response: Response,
        url: &Url,
        moved_permanently_to: Option<String>,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Fetched, FetchError> {
        let place = shown(url.as_str());
        let conditional = validators.etag.is_some() || validators.last_modified.is_some();
        let fresh_s = pace::fresh(response.headers(), now);
        match response.status() {
            StatusCode::NOT_MODIFIED if conditional => Ok(Fetched::NotModified {
                moved_permanently_to,
                fresh_s,
            }),
            StatusCode::OK => {
                let kept = |name| text(response.headers(), name, VALIDATOR_BYTES);
                let content_type = kept(header::CONTENT_TYPE);
                let etag = kept(header::ETAG);
                let last_modified = kept(header::LAST_MODIFIED);
                let bytes = self.body(response, url).await?;
                let final_url = url.to_string();
                Ok(Fetched::Body {
                    bytes,
                    content_type,
                    final_url,
                    etag,
                    last_modified,
                    moved_permanently_to,
                    fresh_s,
                })
            }
            StatusCode::GONE => Err(FetchError::Gone { url: place }),
            status => {
                let retry_after_s = pace::retry_after(response.headers(), now);
                let busy = [429, 503].contains(&status.as_u16());
                Err(match busy || retry_after_s.is_some() {
                    true => FetchError::Later {
                        url: place,
                        status: status.as_u16(),
                        retry_after_s,
                    },
                    false => FetchError::Status {
                        url: place,
                        status: status.as_u16(),
                    },
                })
            }
        }
    }
}

/// Every address of a name must be permitted: with one that is not, the next connection could be led
/// there.
async fn resolve(
    name: &str,
    url: &Url,
    private_network: bool,
) -> Result<Vec<SocketAddr>, FetchError> {
    let port = url.port_or_known_default().unwrap_or(80);
    let failed = |why: String| FetchError::Resolve {
        host: name.to_owned(),
        why,
    };
    let found = tokio::net::lookup_host((name, port))
        .await
        .map_err(|e| failed(e.to_string()))?;
    let addresses: Vec<SocketAddr> = found.collect();
    if addresses.is_empty() {
        return Err(failed("it has no address".into()));
    }
    for address in &addresses {
        permit(name, address.ip(), private_network)?;
    }
    Ok(addresses)
}

/// Where a redirect leads (RFC 9110 §10.2.2).
fn target(response: &Response, from: &Url) -> Result<Url, FetchError> {
    let nowhere = || FetchError::Redirect {
        url: shown(from.as_str()),
    };
    let location = text(response.headers(), header::LOCATION, 4_000).ok_or_else(nowhere)?;
    from.join(&location).map_err(|_| nowhere())
}

fn text(headers: &HeaderMap, name: header::HeaderName, limit: usize) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= limit).then(|| value.to_owned())
}

#[cfg(test)]
mod tests;
