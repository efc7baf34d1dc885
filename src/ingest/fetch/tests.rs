//! The fetcher against small servers of our own, on a port of their own.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{FetchError, FetchSettings, Fetched, Fetcher, Validators};
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
        contact: Some("press@letters.example".into()),
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
        let us = "(+https://letters.example/; press@letters.example)";
        assert!(head.contains(us), "{head}");
        let accepted = head
            .lines()
            .find(|l| l.to_lowercase().starts_with("accept-encoding:"));
        let accepted = accepted.unwrap_or_default();
        assert!(
            ["gzip", "br", "zstd"].iter().all(|e| accepted.contains(e)),
            "{head}"
        );
        if head.contains("\"v1\"") {
            return b"HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\n\r\n".to_vec();
        }
        let headers = "ETag: \"v1\"\r\nCache-Control: max-age=900\r\n\
                       Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n\
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
        fresh_s,
    } = get(&url, true).await.expect("a body")
    else {
        panic!("a body was expected");
    };
    assert_eq!(bytes, b"<rss/>");
    assert_eq!(content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!((final_url, moved_permanently_to), (url.clone(), None));
    assert_eq!(fresh_s, Some(900));
    let validators = Validators {
        etag,
        last_modified,
    };
    let second = fetcher().fetch(&url, &validators, true, now()).await;
    assert_eq!(
        second,
        Ok(Fetched::NotModified {
            moved_permanently_to: None,
            fresh_s: Some(60),
        })
    );
}

/// 12 MiB of one octet in brotli (RFC 7932).
const BROTLI_BOMB: &[u8] = &[
    0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x25, 0x60, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0x2f, 0xff, 0xff,
    0x7f, 0xf0, 0x4b, 0x00, 0xc4, 0x61, 0x11, 0x80, 0xee, 0xfd, 0x0f,
];

/// One frame of zstd (RFC 8878) without a size: an RLE block of 128 KiB for every four octets.
fn zstd_zeros(blocks: usize) -> Vec<u8> {
    let block = (128_u32 << 10 << 3) | 0b010;
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for _ in 0..blocks {
        frame.extend_from_slice(&block.to_le_bytes()[..3]);
        frame.push(b'0');
    }
    frame
}

#[tokio::test]
async fn every_coding_that_is_offered_is_undone_and_no_other() {
    // `<rss/>`, stored: by `brotli -q 0` and `zstd -1`.
    let brotli: &[u8] = &[0x8b, 0x02, 0x80, b'<', b'r', b's', b's', b'/', b'>', 0x03];
    let raw = (6_u32 << 3) | 0b001;
    let zstd = [
        &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x06][..],
        &raw.to_le_bytes()[..3],
        b"<rss/>",
    ]
    .concat();
    let server = serve(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let (coding, body) = match path {
            "/gzip" => ("gzip", gzip(b"<rss/>")),
            "/br" => ("br", brotli.to_vec()),
            "/zstd" => ("zstd", zstd.clone()),
            "/identity" => ("identity", b"<rss/>".to_vec()),
            "/twice" => ("gzip, gzip", gzip(&gzip(b"<rss/>"))),
            "/torn" => ("gzip", gzip(b"<rss/>")[..12].to_vec()),
            "/false" => ("br", b"<rss/>".to_vec()),
            _ => ("compress", b"x".to_vec()),
        };
        respond("200 OK", &format!("Content-Encoding: {coding}\r\n"), &body)
    })
    .await;
    let outcome = async |path: &str| get(&format!("http://{server}/{path}"), true).await;
    for path in ["gzip", "br", "zstd", "identity"] {
        match outcome(path).await {
            Ok(Fetched::Body { bytes, .. }) => assert_eq!(bytes, b"<rss/>", "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    for path in ["twice", "compress"] {
        let got = outcome(path).await;
        assert!(matches!(got, Err(FetchError::Coding { .. })), "{got:?}");
    }
    for path in ["torn", "false"] {
        let got = outcome(path).await;
        assert!(matches!(got, Err(FetchError::Connection { .. })), "{got:?}");
    }
}

/// Ten gigabytes of zeros on their way in gzip: the same flushed piece of deflate over and over.
async fn bottomless_gzip() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.read(&mut [0; 4096]).await;
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..10_000 {
            encoder.write_all(&vec![0; 1 << 20]).expect("memory");
            encoder.flush().expect("memory");
            let piece = std::mem::take(encoder.get_mut());
            if stream.write_all(&piece).await.is_err() {
                return;
            }
        }
        panic!("ten gigabytes were taken");
    });
    address
}

#[tokio::test]
async fn bodies_end_at_the_bound_whatever_they_say_of_themselves() {
    let bomb = gzip(&vec![b'0'; 20_000_000]);
    assert!(bomb.len() < 100_000);
    // A gzip stream that never comes to its text: empty stored blocks, five octets each.
    let mut hollow = gzip(b"")[..10].to_vec();
    while hollow.len() < 1_000_000 {
        hollow.extend_from_slice(&[0, 0, 0, 0xff, 0xff]);
    }
    let server = serve(move |head| match head.split(' ').nth(1) {
        Some("/bomb") => respond("200 OK", "Content-Encoding: gzip\r\n", &bomb),
        Some("/br") => respond("200 OK", "Content-Encoding: br\r\n", BROTLI_BOMB),
        // 400 octets that come to 12 MiB.
        Some("/zstd") => respond("200 OK", "Content-Encoding: zstd\r\n", &zstd_zeros(100)),
        Some("/hollow") => {
            let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
            [head.as_bytes(), &hollow].concat()
        }
        Some("/stated") => b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\nx".to_vec(),
        _ => {
            let mut endless = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
            endless.resize(1_000_000, b'x');
            endless
        }
    })
    .await;
    let bottomless = bottomless_gzip().await;
    let mut urls: Vec<String> = ["bomb", "br", "zstd", "hollow", "stated", "endless"]
        .iter()
        .map(|path| format!("http://{server}/{path}"))
        .collect();
    urls.push(format!("http://{bottomless}/"));
    for url in urls {
        // What ends it is the bound on octets, however slow this machine is.
        let patient = Fetcher::new(FetchSettings {
            total_timeout: Duration::from_secs(60),
            ..fetcher().settings
        });
        let nothing = Validators::default();
        let outcome = patient.fetch(&url, &nothing, true, now()).await;
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
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "127.1",
        "0",
        "①②⑦.0.0.1",
    ] {
        let url = format!("http://{host}:{}/", server.port());
        let outcome = get(&url, false).await;
        assert!(
            matches!(
                outcome,
                Err(FetchError::Address { .. } | FetchError::Port { .. })
            ),
            "{host}: {outcome:?}"
        );
    }
    let hint = FetchError::Address {
        host: "h".into(),
        address: server.ip(),
        class: "a loopback address",
        opened: false,
    };
    assert!(hint.hint().is_some_and(|h| h.contains("private_network")));
}

#[tokio::test]
async fn a_permanent_move_is_told_and_a_passing_one_is_not() {
    let server = serve(|head| match head.split(' ').nth(1).unwrap_or_default() {
        "/old" => respond("301 Moved", "Location: /older\r\n", b""),
        "/older" => respond("308 Moved", "Location: /new\r\n", b""),
        "/away" => respond("302 Found", "Location: /older\r\n", b""),
        "/astray" => respond("301 Moved", "Location: /passing\r\n", b""),
        "/passing" => respond("307 Temporary Redirect", "Location: /new\r\n", b""),
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
    assert_eq!(moved("/astray").await, None);
}

#[tokio::test]
async fn a_host_is_asked_one_question_at_a_time() {
    let open = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let server = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let open = Arc::clone(&open);
            tokio::spawn(async move {
                use std::sync::atomic::Ordering::SeqCst;
                let beside = open.fetch_add(1, SeqCst);
                let _ = stream.read(&mut [0; 4096]).await;
                tokio::task::yield_now().await;
                let status = if beside == 0 {
                    "200 OK"
                } else {
                    "500 Beside Another"
                };
                open.fetch_sub(1, SeqCst);
                let _ = stream.write_all(&respond(status, "", b"x")).await;
            });
        }
    });
    let fetcher = fetcher();
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (fetcher, url) = (fetcher.clone(), format!("http://{server}/{n}"));
        asked.spawn(async move {
            let nothing = Validators::default();
            fetcher.fetch(&url, &nothing, true, now()).await
        });
    }
    while let Some(outcome) = asked.join_next().await {
        let outcome = outcome.expect("no panic");
        assert!(matches!(outcome, Ok(Fetched::Body { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn refusals_say_what_they_are() {
    let server = serve(
        |head| match head.split([' ', '?']).nth(1).unwrap_or_default() {
            "/gone" => respond("410 Gone", "", b""),
            "/wait" => respond("500 Down", "Retry-After: 5\r\n", b""),
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
    assert_eq!(outcome("/wait").await, later("/wait", 500, 5));
    assert_eq!(outcome("/down").await, later("/down", 503, 600));
    assert_eq!(
        outcome("/x").await,
        Err(FetchError::Status {
            url: url("/x"),
            status: 404
        })
    );
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
