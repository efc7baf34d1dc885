//! A scanner, as providers run them, presses every link of a real letter before its reader sees it.

use std::collections::BTreeSet;

use courant::sink::{Sink, SinkSettings};
use mail_parser::MessageParser;
use reqwest::Method;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::pages::Pages;
use crate::support::paper::Paper;

/// Every URL of a text, however it stands there.
fn urls(text: &str) -> BTreeSet<String> {
    let text = text.replace("&amp;", "&");
    let starts = text.match_indices("http").filter(|(at, _)| {
        text[*at..].starts_with("https://") || text[*at..].starts_with("http://")
    });
    let end = |c: char| c.is_whitespace() || "\"'<>()[]".contains(c);
    starts
        .map(|(at, _)| text[at..].split(end).next().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_scanner_presses_every_link_and_nothing_changes() {
    let paper = Paper::daily().await;
    paper.readers(&["scanned@reader.example"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    paper.plan().await;
    let delivery = paper.delivery(sink.addr().port(), paper.due);
    let ended = delivery.run(None, &CancellationToken::new()).await;
    ended.unwrap();
    let letters = sink.mailbox().messages();
    assert_eq!(letters.len(), 1);
    let letter = MessageParser::default().parse(&letters[0].bytes).unwrap();
    let mut found = urls(&letter.body_html(0).unwrap());
    found.extend(urls(&letter.body_text(0).unwrap()));
    let head = String::from_utf8_lossy(&letters[0].bytes).into_owned();
    let head = head.split("\r\n\r\n").next().unwrap().replace("\r\n", "");
    assert!(head.contains("List-Unsubscribe:"), "{head}");
    found.extend(urls(&head));
    let own: Vec<&str> = found
        .iter()
        .filter_map(|url| url.strip_prefix("https://news.example"))
        .collect();
    for area in ["/u/", "/p/", "/v/"] {
        assert!(
            own.iter().any(|path| path.starts_with(area)),
            "{area}: {found:?}"
        );
    }
    let pages = Pages::real(paper).await;
    let before = pages.dump().await;
    for path in own {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let said = pages.ask(method.clone(), path, &[], None).await;
            let area = path.get(..3).unwrap_or_default();
            assert_eq!(said.status.as_u16(), 200, "{method} {area}");
            // Made again it has the octets that left, and its page says so.
            let same = said.text.contains("This is the letter as it was mailed.");
            assert_eq!(same, area == "/v/" && method == Method::GET, "{area}");
        }
    }
    assert_eq!(pages.dump().await, before);
}
