//! A publisher's site on this machine: what it answers to each path, and what it was asked.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// Path with query → the whole response.
type Pages = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A site; `404` where nothing was put.
pub struct Site {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    pages: Pages,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// A site without pages.
    pub fn new() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let site = Site {
            base: format!("http://{}", listener.local_addr().expect("bound")),
            pages: Pages::default(),
            asked: Arc::default(),
        };
        let (pages, asked) = (Arc::clone(&site.pages), Arc::clone(&site.asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.expect("a connection");
                let mut request = Vec::new();
                let mut piece = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(n) if n > 0 => request.extend(&piece[..n]),
                        _ => break,
                    }
                }
                let request = String::from_utf8(request).expect("UTF-8");
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                asked.lock().expect("held by nobody").push(request);
                let answer = pages.lock().expect("held by nobody").get(&path).cloned();
                let nothing =
                    b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                // Who has seen enough closes early.
                let _ = stream.write_all(&answer.unwrap_or_else(|| nothing.to_vec()));
            }
        });
        site
    }

    /// Puts a page at a path, with its content type and further header lines (each with CRLF).
    pub fn page(&self, path: &str, kind: &str, headers: &str, body: impl AsRef<[u8]>) -> &Site {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{headers}content-length: {}\r\n\
             connection: close\r\n\r\n",
            body.len()
        );
        self.raw(path, [head.as_bytes(), body].concat())
    }

    /// Puts a status line and header lines at a path.
    pub fn status(&self, path: &str, line: &str) -> &Site {
        let answer = format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        self.raw(path, answer.into_bytes())
    }

    fn raw(&self, path: &str, answer: Vec<u8>) -> &Site {
        let mut pages = self.pages.lock().expect("held by nobody");
        pages.insert(path.to_owned(), answer);
        self
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The paths that were asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().expect("held by nobody"));
        let path = |r: String| r.split(' ').nth(1).unwrap_or_default().to_owned();
        asked.into_iter().map(path).collect()
    }
}

/// An RSS feed with this title and these items: title, path of the link, hours ago, categories.
pub fn rss(title: &str, link: &str, items: &[(&str, &str, i64, &[&str])]) -> String {
    let now = jiff::Timestamp::now();
    let item = |(title, path, hours, categories): &(&str, &str, i64, &[&str])| {
        let at = now - jiff::SignedDuration::from_hours(*hours);
        let categories: String = categories
            .iter()
            .map(|c| format!("<category>{c}</category>"))
            .collect();
        format!(
            "<item><title>{title}</title><link>{link}{path}</link><guid>{link}{path}</guid>\
             <pubDate>{}</pubDate><description>About {title}.</description>{categories}</item>",
            at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        )
    };
    let items: String = items.iter().map(item).collect();
    format!(
        "<?xml version='1.0'?><rss version='2.0'><channel><title>{title}</title><link>{link}/</link>\
         <description>x</description><language>en</language>{items}</channel></rss>"
    )
}
