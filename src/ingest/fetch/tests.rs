//! The fetcher against small servers of our own, on a port of their own.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{FetchError, FetchSettings, Fetched, Fetcher, Validators, retry_after};
use crate::domain::time::Timestamp;

type Answer = Arc<dyn Fn(&str) -> Vec<u8> + Send + Sync>;

/// Answers every request with what `answer` makes of its head.
async fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let answer: Answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(speak(stream, Arc::clone(&answer)));
        }
    });
    address
}

async fn speak(mut stream: TcpStream, answer: Answer) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let _ = stream
        .write_all(&answer(&String::from_utf8_lossy(&head)))
        .await;
    let _ = stream.shutdown().await;
}

fn respond(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn now() -> Timestamp {
    "2024-01-01T00:00:00Z".parse().expect("valid")
}

fn fetcher() -> Fetcher {
    Fetcher::new(FetchSettings {
        public_url: Some("https://letters.example".into()),
        max_bytes: 100_000,
        connect_timeout: Duration::from_millis(500),
        total_timeout: Duration::from_millis(1_500),
        max_redirects: 5,
        ..FetchSettings::default()
    })
}

async fn get(url: &str, private: bool) -> Result<Fetched, FetchError> {
    fetcher()
        .fetch(url, &Validators::default(), private, now())
        .await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn a_feed_is_fetched_once_and_then_only_if_it_changed() {
    let server = serve(|head| {
        assert!(head.contains("(+https://letters.example/)"), "{head}");
        let accepted = head
            .lines()
            .find(|l| l.to_lowercase().starts_with("accept-encoding:"));
        let accepted = accepted.unwrap_or_default();
        assert!(
            ["gzip", "br", "deflate"]
                .iter()
                .all(|e| accepted.contains(e)),
            "{head}"
        );
        if head.contains("\"v1\"") {
            return b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec();
        }
        let headers = "ETag: \"v1\"\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n\
                       Content-Type: application/rss+xml\r\nContent-Encoding: gzip\r\n";
        respond("200 OK", headers, &gzip(b"<rss/>"))
    })
    .await;
    let url = format!("http://{server}/feed");
    let Fetched::Body {
        bytes,
        content_type,
        final_url,
        etag,
        last_modified,
        moved_permanently_to,
    } = get(&url, true).await.expect("a body")
    else {
        panic!("a body was expected");
    };
    assert_eq!(bytes, b"<rss/>");
    assert_eq!(content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!((final_url, moved_permanently_to), (url.clone(), None));
    let validators = Validators {
        etag,
        last_modified,
    };
    let second = fetcher().fetch(&url, &validators, true, now()).await;
    assert_eq!(
        second,
        Ok(Fetched::NotModified {
            moved_permanently_to: None
        })
    );
}

#[tokio::test]
async fn bodies_end_at_the_bound_whatever_they_say_of_themselves() {
    let bomb = gzip(&vec![b'0'; 20_000_000]);
    assert!(bomb.len() < 100_000);
    let server = serve(move |head| {
        if head.starts_with("GET /bomb") {
            respond("200 OK", "Content-Encoding: gzip\r\n", &bomb)
        } else if head.starts_with("GET /stated") {
            b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\nx".to_vec()
        } else {
            let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
            endless.resize(50_000_000, b'x');
            endless
        }
    })
    .await;
    for path in ["bomb", "stated", "endless"] {
        let url = format!("http://{server}/{path}");
        let outcome = get(&url, true).await;
        assert_eq!(
            outcome,
            Err(FetchError::TooLarge {
                url,
                limit: 100_000
            })
        );
    }
}

#[tokio::test]
async fn no_redirect_leads_behind_the_wall() {
    let server = serve(|head| {
        let target = match head.split(' ').nth(1).unwrap_or_default() {
            "/metadata" => "http://169.254.169.254/latest/",
            "/file" => "file:///etc/passwd",
            "/user" => "http://me:secret@127.0.0.1/",
            "/port" => "http://127.0.0.1:25/",
            "/loop" => "/loop",
            "/nowhere" => return respond("302 Found", "", b""),
            _ => "/a",
        };
        respond("302 Found", &format!("Location: {target}\r\n"), b"")
    })
    .await;
    let outcome = async |path: &str| get(&format!("http://{server}{path}"), true).await;
    assert!(matches!(
        outcome("/metadata").await,
        Err(FetchError::Address { .. })
    ));
    assert!(matches!(
        outcome("/file").await,
        Err(FetchError::Scheme { .. })
    ));
    assert_eq!(outcome("/user").await, Err(FetchError::Credentials));
    assert_eq!(outcome("/port").await, Err(FetchError::Port { port: 25 }));
    assert!(matches!(
        outcome("/nowhere").await,
        Err(FetchError::Redirect { .. })
    ));
    assert!(matches!(
        outcome("/loop").await,
        Err(FetchError::TooManyRedirects { limit: 5, .. })
    ));
}

#[tokio::test]
async fn this_machine_is_not_dialled_for_a_public_source() {
    let server = serve(|_| panic!("nobody may connect")).await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"] {
        let url = format!("http://{host}:{}/", server.port());
        let outcome = get(&url, false).await;
        assert!(
            matches!(
                outcome,
                Err(FetchError::Address { .. } | FetchError::Resolve { .. })
            ),
            "{host}: {outcome:?}"
        );
    }
    let hint = FetchError::Address {
        host: "h".into(),
        address: server.ip(),
        class: "a loopback address",
    };
    assert!(hint.hint().is_some_and(|h| h.contains("private_network")));
}

#[tokio::test]
async fn a_permanent_move_is_told_and_a_passing_one_is_not() {
    let server = serve(|head| match head.split(' ').nth(1).unwrap_or_default() {
        "/old" => respond("301 Moved", "Location: /older\r\n", b""),
        "/older" => respond("308 Moved", "Location: /new\r\n", b""),
        "/away" => respond("302 Found", "Location: /older\r\n", b""),
        _ => respond("200 OK", "", b"x"),
    })
    .await;
    let moved = async |path: &str| match get(&format!("http://{server}{path}"), true).await {
        Ok(Fetched::Body {
            moved_permanently_to,
            final_url,
            ..
        }) => {
            assert_eq!(final_url, format!("http://{server}/new"));
            moved_permanently_to
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(moved("/old").await, Some(format!("http://{server}/new")));
    assert_eq!(moved("/away").await, None);
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    let server = serve(
        |head| match head.split([' ', '?']).nth(1).unwrap_or_default() {
            "/gone" => respond("410 Gone", "", b""),
            "/busy" => respond("429 Too Many Requests", "Retry-After: 120\r\n", b""),
            "/down" => {
                let date = "Retry-After: Mon, 01 Jan 2024 00:10:00 GMT\r\n";
                respond("503 Service Unavailable", date, b"")
            }
            _ => respond("404 Not Found", "", b""),
        },
    )
    .await;
    let outcome = async |path: &str| get(&format!("http://{server}{path}?secret=1"), true).await;
    let url = |path: &str| format!("http://{server}{path}");
    let later = |path: &str, status, s| {
        Err(FetchError::Later {
            url: url(path),
            status,
            retry_after_s: Some(s),
        })
    };
    assert_eq!(
        outcome("/gone").await,
        Err(FetchError::Gone { url: url("/gone") })
    );
    assert_eq!(outcome("/busy").await, later("/busy", 429, 120));
    assert_eq!(outcome("/down").await, later("/down", 503, 600));
    assert_eq!(
        outcome("/x").await,
        Err(FetchError::Status {
            url: url("/x"),
            status: 404
        })
    );
    assert_eq!(retry_after("99999999999999999999", now()), None);
    assert_eq!(retry_after("9999999", now()), Some(86_400));
    assert_eq!(retry_after("Sun, 31 Dec 2023 00:00:00 GMT", now()), Some(0));
}

#[tokio::test]
async fn a_slow_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let outcome = get(&format!("http://{server}/"), true).await;
    assert!(
        matches!(outcome, Err(FetchError::Timeout { seconds: 1, .. })),
        "{outcome:?}"
    );
    let closed = get("http://127.0.0.1:1/", true).await;
    assert!(matches!(closed, Err(FetchError::Port { .. })), "{closed:?}");
}
