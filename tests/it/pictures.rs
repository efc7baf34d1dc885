//! Pictures of stories, from a publisher's server to a letter: made anew, served, frozen, and left out
//! where they would be a hole or a spy.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use courant::clock::Clock;
use courant::deliver::notice::Notices;
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::picture::Images;
use courant::ingest::fetch::{FetchSettings, Fetcher};
use courant::pictures::Pictures;
use courant::pictures::shelf::Shelf;
use courant::pictures::sweep::{KEPT_DAYS, Sweep};
use courant::schedule::Schedule;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::binary::{Said, courant};
use crate::support::paper::Paper;
use crate::support::served::until;

/// Content-Type and body, by path.
type Files = BTreeMap<String, (&'static str, Vec<u8>)>;

/// A publisher's server, and how often it was asked for what.
struct Publisher {
    address: String,
    files: Arc<Mutex<Files>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Publisher {
    fn new() -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let publisher = Publisher {
            address: listener.local_addr().unwrap().to_string(),
            files: Arc::default(),
            asked: Arc::default(),
        };
        let (files, asked) = (publisher.files.clone(), publisher.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut piece = [0; 1024];
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(n) if n > 0 => request.extend(&piece[..n]),
                        _ => break,
                    }
                }
                let request = String::from_utf8_lossy(&request);
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let found = files.lock().unwrap().get(&path).cloned();
                asked.lock().unwrap().push(path);
                let (status, (kind, body)) = match found {
                    Some(found) => ("200 OK", found),
                    None => ("404 Not Found", ("text/plain", Vec::new())),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n",
                    body.len()
                );
                // Whoever asked may have gone away.
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        publisher
    }

    fn has(&self, path: &str, kind: &'static str, body: Vec<u8>) {
        self.files
            .lock()
            .unwrap()
            .insert(path.to_owned(), (kind, body));
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A feed of one entry for each picture, the first one the newest.
    fn feed(&self, pictures: &[String]) {
        let now = jiff::Timestamp::now();
        let mut items = String::new();
        for (n, picture) in pictures.iter().enumerate() {
            let back = jiff::SignedDuration::from_mins(i64::try_from(n).unwrap());
            let dated = (now - back).strftime("%a, %d %b %Y %H:%M:%S +0000");
            items.push_str(&format!(
                "<item><title>Story number {n} of the wire</title>\
                 <link>https://wire.example/{n}</link><guid>{n}</guid><pubDate>{dated}</pubDate>\
                 <description>&lt;p&gt;One.&lt;img src='{picture}' alt='Seen {n}'&gt;</description>\
                 </item>"
            ));
        }
        let feed =
            format!("<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>");
        self.has("/feed", "application/rss+xml", feed.into_bytes());
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn photo(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x / 8) as u8, (y / 8) as u8, 90])
    });
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut out, format)
        .unwrap();
    out.into_inner()
}

/// A GIF of a few octets that says to be 60,000 by 60,000.
fn bomb() -> Vec<u8> {
    let mut gif = photo(32, 32, ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0x60, 0xea, 0x60, 0xea]);
    gif
}

/// A paper due in an hour that takes from a publisher, with one reader.
struct Desk {
    paper: Paper,
    publisher: Publisher,
}

impl Desk {
    async fn new(images: Images, pictures: impl FnOnce(&Publisher) -> Vec<String>) -> Desk {
        let desk = Desk {
            paper: Paper::due_in(60).await,
            publisher: Publisher::new(),
        };
        desk.paper.readers(&["mia@reader.example"]).await;
        desk.publisher.feed(&pictures(&desk.publisher));
        desk.done(&["list", "set", "times", "images", images.as_str()]);
        // The newest first, whoever tells it.
        for key in ["source_cap", "diversity"] {
            desk.done(&["list", "set", "times", key, "0"]);
        }
        let feed = desk.publisher.url("/feed");
        desk.done(&["source", "add", "wire", &feed, "--private-network"]);
        desk
    }

    fn run(&self, args: &[&str]) -> Said {
        courant(self.paper.folder.path(), args)
    }

    fn done(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        out
    }

    fn json(&self, args: &[&str], code: i32) -> Value {
        let (got, out, err) = self.run(args);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        serde_json::from_str(&out).unwrap()
    }

    fn letter(&self) -> String {
        let reader = ["--subscriber", "mia@reader.example", "--html"];
        self.done(&[&["edition", "preview", "times"][..], &reader].concat())
    }

    /// What the letter shows, in its order: the address of every picture.
    fn shown(&self) -> Vec<String> {
        let letter = self.letter();
        let images = letter.split("<img").skip(1);
        let tags = images.map(|rest| rest.split('>').next().unwrap());
        tags.map(|tag| tag.split("src=\"").nth(1).unwrap())
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }

    /// The one list's line of `article pictures`.
    fn pictures(&self, fetch: bool, code: i32) -> Value {
        let fetch: &[&str] = if fetch { &["--fetch"] } else { &[] };
        let all = self.json(&[&["article", "pictures", "--json"], fetch].concat(), code);
        all["lists"][0].clone()
    }
}

#[tokio::test]
async fn a_letter_shows_our_rendition_for_good_and_no_hole() {
    // An https address at which nobody speaks TLS: it may be there later.
    let desk = Desk::new(Images::Own, |publisher| {
        publisher.has("/photo", "text/html", photo(2_000, 1_000, ImageFormat::Png));
        let whole = photo(800, 400, ImageFormat::Jpeg);
        publisher.has("/cut.jpg", "image/jpeg", whole[..whole.len() / 2].to_vec());
        vec![
            publisher.url("/photo"),
            publisher.url("/cut.jpg"),
            format!("https://{}/later.jpg", publisher.address),
        ]
    })
    .await;
    let given = format!("https://{}/later.jpg", desk.publisher.address);
    // Before anything is known, pictures are as given; http is for nobody's letter.
    let before = desk.shown();
    assert!(before.contains(&given), "{before:?}");
    let first = desk.pictures(true, 6);
    assert_eq!((&first["pictures"], &first["own"]), (&3.into(), &1.into()));

    let article = desk.json(&["article", "show", "https://wire.example/0", "--json"], 0);
    let rendition = &article["pictures"][0]["rendition"];
    let (name, bytes) = (&rendition["sha256"], rendition["bytes"].as_u64().unwrap());
    assert_eq!(
        (&rendition["width"], &rendition["height"]),
        (&1200.into(), &600.into())
    );
    assert!(bytes <= 200_000, "{bytes}");
    let name = name.as_str().unwrap().to_owned();
    let own = format!("http://127.0.0.1:8025/i/{name}.jpg");
    let said = desk.done(&["article", "show", "https://wire.example/0"]);
    assert!(said.contains("1200 × 600, "), "{said}");
    let file = Shelf::of(desk.paper.folder.path()).find(&name).unwrap();
    let jpeg = std::fs::read(&file).unwrap();
    assert_eq!(jpeg.len() as u64, bytes);
    assert_eq!(image::guess_format(&jpeg).unwrap(), ImageFormat::Jpeg);

    let shown = desk.shown();
    assert_eq!(shown.first(), Some(&own), "{shown:?}");
    assert!(
        shown.contains(&given) && !shown.iter().any(|s| s.contains("cut")),
        "{shown:?}"
    );
    assert!(desk.letter().contains("alt=\"Seen 0\""));
    // Our own has a known size: it keeps its room while it is loaded.
    let html = desk.letter();
    let tag = html
        .split("<img")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(
        tag.contains(" width=\"552\" height=\"276\" style=\""),
        "{tag}"
    );
    assert!(tag.contains("width:100%;height:auto"), "{tag}");
    let second = html
        .split("<img")
        .nth(2)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(!second.contains("height=\""), "{second}");
    let kept = &desk.json(&["article", "pictures", "--json"], 0)["kept"];
    assert_eq!(
        (&kept["renditions"], &kept["octets"]),
        (&1.into(), &bytes.into())
    );
    let said = desk.done(&["article", "pictures"]);
    let line = format!("kept on disk: 1 rendition, {bytes} octets");
    assert!(said.contains(&line), "{said}");
    let reader = ["--subscriber", "mia@reader.example", "--sizes", "--json"];
    let weighed = desk.json(&[&["edition", "preview", "times"][..], &reader].concat(), 0);
    let sizes = &weighed["letters"][0]["sizes"];
    assert_eq!(
        (&sizes["pictures_bytes"], &sizes["pictures_unknown"]),
        (&bytes.into(), &1.into())
    );

    // A second run fetches nothing that was made, or is to wait.
    let asked = desk.publisher.asked();
    desk.pictures(true, 0);
    assert_eq!(desk.publisher.asked(), asked);

    // What a planned letter shows is frozen with it.
    desk.done(&["edition", "plan", "times", "--yes"]);
    let planned = desk.letter();
    desk.done(&["list", "set", "times", "images", "off"]);
    assert_eq!(desk.letter(), planned);

    // Without its file a rendition is made again: the same bytes under the same name.
    desk.done(&["list", "set", "times", "images", "own"]);
    std::fs::remove_file(&file).unwrap();
    desk.pictures(true, 0);
    assert_eq!(std::fs::read(&file).unwrap(), jpeg);
}

#[tokio::test]
async fn whatever_is_no_picture_is_left_out_with_a_reason() {
    let desk = Desk::new(Images::Own, |publisher| {
        publisher.has("/bomb.gif", "image/gif", bomb());
        publisher.has(
            "/lie.jpg",
            "image/jpeg",
            b"<!doctype html><p>Sign in".to_vec(),
        );
        publisher.has("/empty.jpg", "image/jpeg", Vec::new());
        publisher.has("/dot", "image/gif", photo(1, 1, ImageFormat::Gif));
        let mut all: Vec<String> = ["/bomb.gif", "/lie.jpg", "/empty.jpg", "/dot", "/gone.jpg"]
            .iter()
            .map(|path| publisher.url(path))
            .collect();
        // Opened for this source is its own host, not whatever it points to.
        all.push("http://10.0.0.1/a.jpg".to_owned());
        all.push("http://169.254.169.254/a.jpg".to_owned());
        all.push("http://[::1]/a.jpg".to_owned());
        // None of these is even kept.
        all.push("data:image/gif;base64,R0lGODlhAQABAAAAACw=".to_owned());
        all.push(String::new());
        all.push("https://pixel.wp.com/b.gif".to_owned());
        all
    })
    .await;
    let stand = desk.pictures(true, 6);
    assert_eq!((&stand["pictures"], &stand["own"]), (&8.into(), &0.into()));
    let reasons: BTreeMap<&str, &Value> = stand["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["url"].as_str().unwrap(), &f["problem"]))
        .collect();
    let reason = |url: &str, words: &str| {
        let problem = reasons[url];
        assert_eq!(problem["broken"], true, "{url}");
        let said = problem["words"].as_str().unwrap();
        assert!(said.contains(words), "{url}: {said}");
    };
    let here = |path: &str| desk.publisher.url(path);
    reason(
        &here("/bomb.gif"),
        "60000 × 60000, more than 40 million pixels",
    );
    reason(&here("/lie.jpg"), "it is no JPEG, PNG, GIF or WebP");
    reason(&here("/empty.jpg"), "it is empty");
    reason(&here("/dot"), "it is 1 × 1: it counts readers");
    reason(&here("/gone.jpg"), "answers 404");
    reason("http://10.0.0.1/a.jpg", "an address of a private network");
    reason("http://169.254.169.254/a.jpg", "a link-local address");
    reason("http://[::1]/a.jpg", "a loopback address");
    assert_eq!(desk.shown(), [] as [String; 0]);
    let (code, _, err) = desk.run(&["article", "pictures"]);
    assert_eq!(code, 0);
    let line = format!(
        "`times`: {}: it is empty (letters go without it; again ",
        here("/empty.jpg")
    );
    assert!(err.contains(&line), "{err}");
}

#[tokio::test]
async fn pictures_as_given_are_not_fetched_and_off_shows_none() {
    let desk = Desk::new(Images::Given, |_| {
        vec!["https://n.example/a.jpg".to_owned()]
    })
    .await;
    assert_eq!(desk.shown(), ["https://n.example/a.jpg"]);
    let (code, out, err) = desk.run(&["article", "pictures", "--fetch"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert_eq!(
        err,
        "error: no list shows renditions of its own\n\
         hint: `courant list set times images own`\n"
    );
    desk.done(&["list", "set", "times", "images", "off"]);
    assert_eq!(desk.shown(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scheduler_makes_pictures_as_stories_come_in() {
    let desk = Desk::new(Images::Own, |publisher| {
        publisher.has("/a.webp", "image/webp", photo(640, 360, ImageFormat::WebP));
        vec![publisher.url("/a.webp")]
    })
    .await;
    let (paper, now) = (&desk.paper, Clock::system().now());
    let store = paper.store().clone();
    let fetcher = Fetcher::new(FetchSettings::default());
    let shelf = Shelf::of(paper.folder.path());
    let schedule = Schedule {
        press: paper.press(),
        delivery: paper.delivery(9, now),
        fetcher: None,
        pictures: Some(Pictures::new(store.clone(), fetcher, shelf)),
        notices: Notices {
            store: store.clone(),
            relays: vec![Relay::new("127.0.0.1", 9, Tls::None)],
            signer: None,
        },
        confirmations: None,
        clock: Clock::system(),
    };
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { schedule.run(&stop).await }
    });
    let list = paper.list;
    let after = now - jiff::SignedDuration::from_hours(24);
    until("a picture is made", async || {
        let named = store.pictures_of_list(list, after).await.unwrap();
        named
            .iter()
            .any(|(_, p)| p.as_ref().is_some_and(|p| p.outcome.is_ok()))
    })
    .await;
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_no_letter_shows_any_more_is_removed_in_small_steps() {
    let desk = Desk::new(Images::Own, |publisher| {
        publisher.has("/a.png", "image/png", photo(640, 360, ImageFormat::Png));
        vec![publisher.url("/a.png")]
    })
    .await;
    desk.pictures(true, 0);
    let (store, now) = (desk.paper.store().clone(), Clock::system().now());
    let lists = store.lists().await.unwrap();
    let shelf = Shelf::of(desk.paper.folder.path());
    let pictures = Pictures::new(
        store.clone(),
        Fetcher::new(FetchSettings::default()),
        shelf.clone(),
    );
    let url = desk.publisher.url("/a.png");
    let made = store.pictures_of_list(desk.paper.list, now - jiff::SignedDuration::from_hours(24));
    let made = made
        .await
        .unwrap()
        .into_iter()
        .find(|(u, _)| *u == url)
        .unwrap();
    let made = made.1.unwrap().outcome.unwrap().sha256;
    let days = |n: i64| now - jiff::SignedDuration::from_hours(24 * n);
    let aged = |name: &str, days_ago: i64| {
        let file = std::fs::File::options()
            .write(true)
            .open(shelf.find(name).unwrap())
            .unwrap();
        let ms = days(days_ago).as_millisecond().try_into().unwrap();
        let age = std::time::UNIX_EPOCH + std::time::Duration::from_millis(ms);
        file.set_modified(age).unwrap();
    };
    // Of a database that was put back: letters may show it, as long as it is not old.
    let (young, old) = (shelf.put(b"young").unwrap(), shelf.put(b"old").unwrap());
    aged(&young, KEPT_DAYS - 1);
    aged(&old, KEPT_DAYS + 1);
    aged(&made, KEPT_DAYS + 1);
    let mut sweep = Sweep::default();
    let mut removed = Vec::new();
    for _ in 0..Shelf::FOLDERS {
        assert!(!sweep.rests(now));
        removed.push(sweep.step(&pictures, &lists, now).await.unwrap());
    }
    assert_eq!(removed.iter().sum::<usize>(), 1);
    assert!(shelf.find(&old).is_none() && shelf.find(&young).is_some());
    assert!(shelf.find(&made).is_some(), "an article names it");
    assert!(sweep.rests(now), "one round a day");
    let later = now + jiff::SignedDuration::from_hours(24);
    assert!(!sweep.rests(later));

    // Long after its wave it is gone, and so is what was known of it.
    let far = now + jiff::SignedDuration::from_hours(24 * (KEPT_DAYS + 2));
    for _ in 0..Shelf::FOLDERS {
        sweep.step(&pictures, &lists, far).await.unwrap();
    }
    assert_eq!(shelf.kept().unwrap(), (0, 0));
}
