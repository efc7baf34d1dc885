//! What publishers' servers and documents may do to us: whatever it is, it is bounded, reported in words,
//! and harmless. Every case comes in through the binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::{Said, courant, run, typed};
use crate::support::site::Site;

/// The most that any document may take of us, as `ulimit -d` counts, in KiB.
const MEMORY: &str = "196608";

async fn desk() -> Folder {
    let desk = Folder::new("2026-11-25T05:00:00Z").await;
    let (code, _, err) = courant(
        desk.path(),
        &["list", "add", "times", "--name", "The Times"],
    );
    assert_eq!(code, 0, "{err}");
    desk
}

/// `courant source parse FILE --json`, with little memory where a shell can say so.
fn parsed(folder: &Path, document: &[u8]) -> Said {
    let file = folder.join("document");
    std::fs::write(&file, document).unwrap();
    let args = ["source", "parse", file.to_str().unwrap(), "--json"];
    if !cfg!(unix) {
        return run(typed(&args, &[]), "");
    }
    let mut shell = std::process::Command::new("sh");
    let line = format!("ulimit -d {MEMORY}; exec \"$0\" \"$@\"");
    shell
        .args(["-c", &line, env!("CARGO_BIN_EXE_courant")])
        .args(args);
    run(shell, "")
}

fn rss(inside: &str) -> String {
    format!("<rss version='2.0'><channel><title>The Town</title>{inside}")
}

/// A JSON Feed of one item with a text, and what ends it.
fn json_feed(text: &str, end: &str) -> String {
    let head = r#"{"version":"https://jsonfeed.org/version/1.1","title":"The Town","items":["#;
    format!(r#"{head}{{"id":"1","title":"One story","content_text":"{text}"}}{end}"#)
}

#[test]
fn documents_that_grow_in_the_reading_are_refused_or_read_in_bounds() {
    let nowhere = tempfile::tempdir().unwrap();
    let laughs: String = (1..=9)
        .map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE rss [<!ENTITY l0 'ha'>{laughs}]>{}&l9;", rss(""));
    let quadratic = format!(
        "<!DOCTYPE rss [<!ENTITY a '{}'>]>{}",
        "x".repeat(100_000),
        rss(&"&a;".repeat(100_000))
    );
    let secret = nowhere.path().join("secret");
    std::fs::write(&secret, "top secret words").unwrap();
    let inside = format!(
        "<!DOCTYPE rss [<!ENTITY f SYSTEM 'file://{}'>]>{}",
        secret.display(),
        rss("<item><title>&f;</title><link>https://n.example/1</link></item>")
    );
    let entities = "declares entities of its own in its DOCTYPE, which is refused";
    let deep = "[".repeat(1_000_000);
    let values = r#"{"a":0},"#.repeat(1_000_000);
    let values = format!(r#"{{"version":"https://jsonfeed.org/version/1.1","items":[{values}0]}}"#);
    for (document, words) in [
        (laughs.as_str(), entities),
        (&quadratic, entities),
        (&inside, entities),
        (
            &rss(&"<a>".repeat(1_000_000)),
            "nests more than 256 elements",
        ),
        (&values, "it has more than 250000 values"),
        (
            &values[..values.len() - 1],
            "it has more than 250000 values",
        ),
        (&deep, "this is JSON but no JSON Feed"),
        (
            &format!("{{\"version\":{deep}"),
            "this is JSON but no JSON Feed",
        ),
        (&"<".repeat(9 << 20), "this is neither XML nor JSON"),
        (&"<!--".repeat(2 << 20), "this is neither XML nor JSON"),
    ] {
        let (code, out, err) = parsed(nowhere.path(), document.as_bytes());
        assert_eq!((code, out.as_str()), (1, ""), "{words}: {err}");
        assert!(err.starts_with("error: ") && err.contains(words), "{err}");
        assert!(!err.contains("top secret"), "{err}");
        assert!(err.len() < 1_000, "it is told in few words");
    }
    let item = |inside: &str| {
        rss(&format!(
            "<item><title>One story</title><link>https://n.example/1</link>{inside}</item>"
        ))
    };
    let attributes: String = (0..1 << 19).map(|n| format!(" a{n}='{n}'")).collect();
    let content = |inside: String| item(&format!("<content:encoded>{inside}</content:encoded>"));
    for document in [
        item(&format!("<guid{attributes}>1</guid>")),
        item(&format!(
            "<description{}>x</description>",
            " a='1'".repeat(1 << 20)
        )),
        item(&format!("<guid>{}</guid>", "x".repeat(1 << 20))),
        item(&format!(
            "<description>{}</description>",
            "<b>".repeat(3_000_000)
        )),
        item(&format!(
            "<description>{}</description>",
            "&amp;amp".repeat(200_000)
        )),
        content("&lt;div&gt;".repeat(150_000)),
        content(format!("<![CDATA[{}]]>", "<b><i><table>".repeat(120_000))),
        item(&"<category>c</category>".repeat(300_000)),
        item(&"<enclosure url='https://n.example/a.jpg' type='image/jpeg'/>".repeat(100_000)),
        item(&"<title/>".repeat(1_000_000)),
        // Commas, brackets and quotation marks of a text are no values.
        json_feed(&r#"[{\"a\", \\"#.repeat(300_000), "]}"),
        // The same, torn off: what is there is read.
        json_feed(&",".repeat(300_000), r#",{"id":"2","title":"Tor"#),
    ] {
        let (code, out, err) = parsed(nowhere.path(), document.as_bytes());
        assert_eq!(code, 0, "{err}");
        let feed: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(feed["entries"][0]["title"], "One story");
        assert!(out.len() < 8 << 20, "{} octets are shown", out.len());
    }
}

#[tokio::test]
async fn titles_and_dates_of_no_newspaper_are_cleaned_or_left_out_and_told() {
    let desk = desk().await;
    let site = Site::new();
    let item = |n: u32, title: &str, date: &str| {
        format!(
            "<item><title>{title}</title><link>https://n.example/{n}</link><guid>{n}</guid>\
             <pubDate>{date}</pubDate></item>"
        )
    };
    let items = [
        item(1, "In the year nought", "0000-01-01T00:00:00Z"),
        item(2, "At the end of time", "9999-12-31T23:59:59Z"),
        item(3, "Far beyond", "+292277026596-12-04T15:30:07Z"),
        item(4, "Mail of old", "Fri, 31 Dec 9999 23:59:59 -2359"),
        item(5, "Turn \u{202e}daeh\u{202c} \u{2066}about\u{2069}", ""),
        item(
            6,
            "Bell\u{7}&#27;[2J \u{9b}31m&#x202e; &#0;&#10;Bcc: all",
            "",
        ),
        item(7, "\u{1}\u{2}\u{3}\u{202e}", ""),
    ];
    site.page(
        "/odd",
        "text/xml",
        "",
        rss(&items.concat()) + "</channel></rss>",
    );
    let add = [
        "source",
        "add",
        "odd",
        &site.url("/odd"),
        "--private-network",
    ];
    let (code, out, err) = courant(desk.path(), &add);
    assert_eq!(code, 0, "{err}");
    for text in [&out, &err] {
        let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(
            !text.contains(|c: char| c.is_control() && c != '\n' || turns(c)),
            "{text:?}"
        );
    }
    for told in [
        "entry 1, `published`: `0000-01-01T00:00:00Z` is",
        "entry 2, `published`: `9999-12-31T23:59:59Z` is",
        "entry 3, `published`: ",
        "entry 4, `published`: ",
        "entry 7, `title`: ",
    ] {
        assert!(err.contains(told), "{told} is not in {err}");
    }
    let (_, out, _) = courant(desk.path(), &["article", "list", "--since", "1h", "--json"]);
    let rows: Vec<Value> = serde_json::from_str(&out).unwrap();
    let mut headlines: Vec<&str> = rows
        .iter()
        .inspect(|row| assert_eq!(row["published"], Value::Null, "{row}"))
        .map(|row| row["text"]["headline"].as_str().unwrap())
        .collect();
    headlines.sort();
    let expected = [
        "At the end of time",
        "Bell[2J ›31m Bcc: all",
        "Far beyond",
        "In the year nought",
        "Mail of old",
        "Turn daeh about",
    ];
    assert_eq!(headlines, expected);
}

/// A server that answers its one client by `answer`.
fn serving(
    answer: impl FnOnce(&mut TcpStream) -> usize + Send + 'static,
) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/feed", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let n = stream.read(&mut head).unwrap();
        assert!(head[..n].starts_with(b"GET /feed"));
        answer(&mut stream)
    });
    (url, served)
}

/// Sends a piece over and over until the client has had enough; how many of them it took.
fn over_and_over(stream: &mut TcpStream, head: &str, piece: &[u8], most: usize) -> usize {
    let _ = stream.write_all(head.as_bytes());
    (0..most)
        .take_while(|_| stream.write_all(piece).is_ok())
        .count()
}

/// A source is added from `url` with few seconds to answer, and refused.
fn refused(desk: &Folder, url: &str, seconds: &str) -> String {
    let home = desk.path().to_str().unwrap();
    let add = [
        "--home",
        home,
        "source",
        "add",
        "wild",
        url,
        "--private-network",
    ];
    let env = [("COURANT_INGEST__TIMEOUT_SECONDS", seconds)];
    let (code, out, err) = run(typed(&add, &env), "");
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    err
}

#[tokio::test]
async fn answers_without_an_end_are_cut_off_at_the_bound() {
    let desk = desk().await;
    // Ten gigabytes of zeros: the same flushed megabyte in gzip, ten thousand times.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.flush().unwrap();
    let start = std::mem::take(encoder.get_mut());
    encoder.write_all(&vec![0; 1 << 20]).unwrap();
    encoder.flush().unwrap();
    let megabyte = std::mem::take(encoder.get_mut());
    let item = "<item><title>More and more</title><link>https://n.example/1</link></item>";
    let item = item.repeat(1_000);
    let chunk = format!("{:x}\r\n{item}\r\n", item.len());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n";
    let gzip = format!("{head}content-encoding: gzip\r\nconnection: close\r\n\r\n");
    let chunked = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{}\r\n",
        rss("").len(),
        rss("")
    );
    type Answer = Box<dyn FnOnce(&mut TcpStream) -> usize + Send>;
    let zeros: Answer = Box::new(move |stream| {
        let _ = stream.write_all(gzip.as_bytes());
        let _ = stream.write_all(&start);
        over_and_over(stream, "", &megabyte, 10_000)
    });
    let endless: Answer =
        Box::new(move |stream| over_and_over(stream, &chunked, chunk.as_bytes(), 10_000));
    for answer in [zeros, endless] {
        let (url, served) = serving(answer);
        let err = refused(&desk, &url, "60");
        let words = format!(
            "error: the source `wild` was not added: `{url}` sends more than 10485760 octets\n"
        );
        assert_eq!(err, words);
        assert!(served.join().unwrap() < 10_000, "it was read on");
    }
}

#[tokio::test]
async fn a_server_that_drips_or_falls_silent_is_given_up() {
    let desk = desk().await;
    for drips in [true, false] {
        let (url, served) = serving(move |stream| {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n\r\n";
            let _ = stream.write_all(head.as_bytes());
            stream
                .set_read_timeout(Some(Duration::from_millis(100)))
                .unwrap();
            let mut sent = 0;
            // Reading is how we notice that the client has left.
            while let Err(e) = stream.read_exact(&mut [0])
                && matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
            {
                sent += usize::from(drips && stream.write_all(b"x").is_ok());
            }
            sent
        });
        let err = refused(&desk, &url, "1");
        let words = format!(
            "error: the source `wild` was not added: `{url}` did not answer in full within 1 s\n"
        );
        assert_eq!(err, words);
        assert!(served.join().unwrap() < 1_000);
    }
}

#[tokio::test]
async fn what_is_behind_our_wall_is_never_dialled() {
    let desk = desk().await;
    let site = Site::new();
    let item = "<item><title>A story here</title><link>https://n.example/1</link></item>";
    site.page("/feed", "text/xml", "", rss(item) + "</channel></rss>");
    let port = site.base.rsplit(':').next().unwrap();
    let add = |url: &str, more: &[&str]| {
        courant(
            desk.path(),
            &[&["source", "add", "wild", url][..], more].concat(),
        )
    };
    let leave = "set its `private_network` to true";
    let dialled =
        "80 and 443 are dialled; for a source with `private_network`, ports from 1024 on, too";
    for (url, words, hint) in [
        (
            format!("http://127.0.0.1:{port}/feed"),
            "leads to 127.0.0.1, a loopback address",
            leave,
        ),
        (
            format!("http://0x7f.1:{port}/feed"),
            "leads to 127.0.0.1, a loopback address",
            leave,
        ),
        (
            format!("http://2130706433:{port}/feed"),
            "leads to 127.0.0.1, a loopback address",
            leave,
        ),
        (
            format!("http://[::1]:{port}/feed"),
            "leads to ::1, a loopback address",
            leave,
        ),
        (
            format!("http://[::ffff:127.0.0.1]:{port}/feed"),
            "a loopback address",
            leave,
        ),
        (
            format!("http://[64:ff9b::7f00:1]:{port}/feed"),
            "a loopback address",
            leave,
        ),
        (
            "http://10.0.0.1/feed".to_owned(),
            "an address of a private network",
            leave,
        ),
        (
            format!("http://localhost:{port}/feed"),
            "is not one on which feeds are served",
            dialled,
        ),
        (
            "http://news.example:8080/feed".to_owned(),
            "port 8080 is not one",
            dialled,
        ),
        (
            "https://news.example:8443/feed".to_owned(),
            "port 8443 is not one",
            dialled,
        ),
        (
            "http://me:word@127.0.0.1/feed".to_owned(),
            "a user name or password",
            "not read",
        ),
    ] {
        let (code, out, err) = add(&url, &[]);
        assert_eq!((code, out.as_str()), (1, ""), "{url}: {err}");
        assert!(err.contains(words) && err.contains(hint), "{url}: {err}");
        assert!(!err.contains("word@"), "{err}");
    }
    for url in [
        "http://169.254.169.254/latest/",
        "http://[fe80::1]/",
        "http://127.0.0.1:25/",
        "http://n.example:6379/../",
    ] {
        let opened: &[&str] = if url.contains("n.example") {
            &[]
        } else {
            &["--private-network"]
        };
        let (code, _, err) = add(url, opened);
        assert_eq!(code, 1, "{url}: {err}");
    }
    assert_eq!(site.asked(), [""; 0], "nobody came");
    // What is opened for one source is open: its network and its port.
    let (code, _, err) = add(&site.url("/feed"), &["--private-network"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(site.asked(), ["/feed"]);
}
