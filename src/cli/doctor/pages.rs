//! Whether readers reach the pages: a nonce is put to `server.public_url`, and whoever answers has
//! to prove that it holds our keys.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header};

use crate::cli::{Failure, House, parts};
use crate::deliver::authentication::Finding;
use crate::deliver::policy::clean;
use crate::domain::time::Timestamp;

/// Longest wait for an answer.
const WAIT: Duration = Duration::from_secs(10);
/// Octets of an answer that are read.
const ANSWER: usize = 512;
/// How far the clock of whoever answers may be from ours.
const SKEW_SECONDS: i64 = 60;

/// Who answered.
enum Answered {
    /// Somebody with our keys.
    Ourselves,
    /// Somebody else, with this status and where it sends us on.
    Other(StatusCode, Option<String>),
    /// Nobody, in words.
    Nobody(String),
}

/// Whether the pages are reached, and what the answer says of the clock.
pub(super) async fn examine(house: &House) -> Result<(Vec<Finding>, Option<Finding>), Failure> {
    let base = parts::public_url(&house.config);
    let place = "server.public_url".to_owned();
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(WAIT)
        .no_proxy()
        .build()
        .map_err(|e| Failure::failed(format!("no HTTP: {}", innermost(&e))))?;
    let (answered, date) = ask(house, &client, &base).await?;
    let skew = date.and_then(|date| skew(&base, date, house.clock.now()));
    let listen = house.config.text("server.listen");
    let finding = match answered {
        Answered::Ourselves => Finding::ok(place, format!("{base} leads to these pages")),
        // What fails before anybody is reached is no matter of `serve`.
        Answered::Nobody(words) => match on_the_way(&words) || serves(house, &client).await? {
            true => Finding::problem(
                place,
                format!("nobody answers at {base}: {words}"),
                unreached(&words, listen),
            ),
            false => not_serving(place, format!("nobody answers at {base} ({words})"), listen),
        },
        Answered::Other(status, _) if status.is_server_error() => {
            match serves(house, &client).await? {
                true => Finding::problem(
                    place,
                    format!("{base} answers {}", status.as_u16()),
                    format!(
                        "the proxy does not reach {listen}: see its log, and what it passes to"
                    ),
                ),
                false => not_serving(place, format!("{base} answers {}", status.as_u16()), listen),
            }
        }
        Answered::Other(status, to) => somebody_else(place, &base, status, to, listen),
    };
    Ok((vec![finding], skew))
}

fn somebody_else(
    place: String,
    base: &str,
    status: StatusCode,
    to: Option<String>,
    listen: &str,
) -> Finding {
    let code = status.as_u16();
    if let Some(to) = to.filter(|_| status.is_redirection()) {
        return Finding::problem(
            place,
            format!("{base} sends readers on to {to}"),
            "set server.public_url to the address that is meant; one-click unsubscribe follows no \
             redirect (RFC 8058 §3.1)",
        );
    }
    let (what, hint) = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            format!("{base} answers {code}: whoever stands before it lets nobody in"),
            "the pages behind a letter's links must be open to everybody".to_owned(),
        ),
        StatusCode::NOT_FOUND => (
            format!("what answers at {base} is not these pages"),
            format!("have the proxy pass every path to {listen}, or set server.public_url anew"),
        ),
        _ => (
            format!("somebody else answers at {base} ({code}), or a courant with other keys"),
            format!(
                "have the proxy pass to {listen}, where `courant serve` of this data folder runs"
            ),
        ),
    };
    Finding::problem(place, what, hint)
}

fn not_serving(place: String, what: String, listen: &str) -> Finding {
    Finding::hint(
        place,
        format!("{what}, and nobody serves at {listen}"),
        "start `courant serve`, then ask again",
    )
}

fn is_certificate(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["certificate", "handshake", "tls"]
        .iter()
        .any(|w| lower.contains(w))
}

fn is_name(words: &str) -> bool {
    let lower = words.to_ascii_lowercase();
    ["dns", "lookup", "name or service"]
        .iter()
        .any(|w| lower.contains(w))
}

/// Whether it failed at the name or at the encryption.
fn on_the_way(words: &str) -> bool {
    is_certificate(words) || is_name(words)
}

/// What to do where the public address leads nowhere, and that is not because nobody serves.
fn unreached(words: &str, listen: &str) -> String {
    if is_certificate(words) {
        return "the certificate of the public address is at fault: readers are warned, and mail \
                programs do not press unsubscribe"
            .to_owned();
    }
    if is_name(words) {
        return "give the name of server.public_url an A or AAAA record that leads to this machine"
            .to_owned();
    }
    format!("`courant serve` answers at {listen}: put a TLS proxy before it, and open its port")
}

/// Whether somebody with our keys answers at the address that `serve` listens on.
async fn serves(house: &House, client: &Client) -> Result<bool, Failure> {
    let Ok(mut listen) = house.config.text("server.listen").parse::<SocketAddr>() else {
        return Ok(false);
    };
    if listen.port() == 0 {
        return Ok(false);
    }
    if listen.ip().is_unspecified() {
        let local = match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        listen.set_ip(local);
    }
    let (answered, _) = ask(house, client, &format!("http://{listen}")).await?;
    Ok(matches!(answered, Answered::Ourselves))
}

async fn ask(
    house: &House,
    client: &Client,
    base: &str,
) -> Result<(Answered, Option<Timestamp>), Failure> {
    let nonce: String = parts::drawn::<16>()?
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let sent = client.get(format!("{base}/doctor/{nonce}")).send().await;
    let response = match sent {
        Ok(response) => response,
        Err(error) if error.is_timeout() => {
            let words = format!("no answer within {} s", WAIT.as_secs());
            return Ok((Answered::Nobody(words), None));
        }
        Err(error) => return Ok((Answered::Nobody(clean(&innermost(&error))), None)),
    };
    let (status, date) = (response.status(), date(&response));
    let to = response.headers().get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).map(clean);
    let answer = read(response).await;
    Ok(match house.keys.is_proof(&nonce, answer.trim()) {
        true => (Answered::Ourselves, date),
        false => (Answered::Other(status, to), date),
    })
}

async fn read(mut response: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER {
            break;
        }
    }
    String::from_utf8_lossy(&body).into_owned()
}

/// The `Date` of an answer (RFC 9110 §6.6.1).
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(header::DATE)?.to_str().ok()?;
    let zoned = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(zoned.timestamp())
}

fn skew(base: &str, theirs: Timestamp, ours: Timestamp) -> Option<Finding> {
    let apart = theirs.as_second() - ours.as_second();
    (apart.abs() > SKEW_SECONDS).then(|| {
        let side = if apart > 0 { "behind" } else { "ahead of" };
        Finding::problem(
            "the system's clock",
            format!("it is {} s {side} that of {base}", apart.abs()),
            "set the clock, and keep it set (chrony, systemd-timesyncd): letters leave by it",
        )
    })
}

/// What is at the bottom of an error, without the address and what is wrapped around it.
fn innermost(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::{skew, unreached};

    #[test]
    fn a_clock_far_from_the_others_is_named_with_its_side() {
        let at = |text: &str| text.parse().expect("an instant");
        let ours = at("2026-11-25T07:00:00Z");
        assert_eq!(skew("x", at("2026-11-25T07:01:00Z"), ours), None);
        let what = |theirs| skew("https://x", at(theirs), ours).map(|f| f.what);
        let behind = what("2026-11-25T07:02:00Z");
        assert_eq!(
            behind.as_deref(),
            Some("it is 120 s behind that of https://x")
        );
        let ahead = what("2026-11-25T06:00:00Z");
        assert_eq!(
            ahead.as_deref(),
            Some("it is 3600 s ahead of that of https://x")
        );
    }

    #[test]
    fn a_certificate_is_told_from_a_name_and_a_closed_port() {
        let hint = |words| unreached(words, "127.0.0.1:8025");
        assert!(hint("invalid peer certificate: Expired").contains("certificate"));
        assert!(hint("failed to lookup address information").contains("A or AAAA"));
        assert!(hint("Connection refused (os error 111)").contains("TLS proxy"));
    }
}
