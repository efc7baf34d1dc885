//! The pages, over a real socket against a real database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::Arc;

use courant::clock::Clock;
use courant::domain::address::Address;
use courant::domain::article::TopicWeight;
use courant::domain::due::next_due;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Subscription, Terms};
use courant::domain::time::{CronExpr, Timestamp, WallTime, Zone};
use courant::domain::{DigestId, ListId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::store::Move;
use courant::web::inbox::{self, ExplainedRow, ExplainedSlot, Explanation, InboxSource, Received};
use courant::web::{Answer, App, LetterSource, router, serve};
use reqwest::{Client, Method, Response, StatusCode};
use tokio_util::sync::CancellationToken;

use crate::support::pages::dump;
use crate::support::paper::Paper;
use crate::support::{Folder, at};

const NOW: &str = "2026-11-25T05:00:00Z";
const FORM: &str = "application/x-www-form-urlencoded";
const MASTHEAD: &str = "<script>alert(1)</script> & Co";

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// A letter for digest 9, none for others; digest 13 panics, 14 fails.
struct Letters;

impl LetterSource for Letters {
    fn html(&self, opened: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async move {
            match opened.digest.0 {
                9 => Ok(Some("<!doctype html><p>The letter".to_owned())),
                13 => panic!("secret words"),
                14 => Err("secret words".into()),
                _ => Ok(None),
            }
        })
    }
}

struct Site {
    folder: Folder,
    base: String,
    client: Client,
    list: ListId,
    reader: SubscriptionId,
    end: CancellationToken,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Site {
    async fn new() -> Site {
        let folder = Folder::new(NOW).await;
        let (list, reader) = furnish(&folder).await;
        Site::over(folder, list, reader, at(NOW)).await
    }

    /// The pages of a folder, for one reader.
    async fn over(folder: Folder, list: ListId, reader: SubscriptionId, now: Timestamp) -> Site {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let words = Arc::new(Catalogue::parse(&Catalogue::sources()).unwrap());
        let app = App {
            store: folder.store.clone(),
            keys: folder.keys.clone(),
            clock: Clock::starting_at(now),
            public_url: base.clone(),
            letters: Arc::new(Letters),
            words: words.clone(),
            pictures: Shelf::of(folder.path()),
            join: Default::default(),
            desk: None,
        };
        let routes = router(app).merge(inbox::routes(Arc::new(Mailbox), words));
        let end = CancellationToken::new();
        let served = tokio::spawn(serve(listener, routes, end.clone()));
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Site {
            folder,
            base,
            client,
            list,
            reader,
            end,
            served,
        }
    }

    fn token(&self, purpose: Purpose, subscription: i64, digest: i64) -> String {
        let to = Opened {
            list: self.list,
            subscription: SubscriptionId(subscription),
            digest: DigestId(digest),
        };
        self.folder.keys.token("k1", purpose, to).unwrap()
    }

    fn path(&self, purpose: Purpose) -> String {
        format!("/{purpose}/{}", self.token(purpose, self.reader.0, 9))
    }

    async fn send(&self, method: Method, path: &str) -> Response {
        self.client
            .request(method, format!("{}{path}", self.base))
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.send(Method::GET, path).await;
        (response.status(), response.text().await.unwrap())
    }

    async fn post(&self, path: &str, kind: &str, body: &str) -> (StatusCode, String) {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", kind);
        let response = request.body(body.to_owned()).send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        assert!(!headers.contains_key("location") && !headers.contains_key("set-cookie"));
        (status, response.text().await.unwrap())
    }

    async fn subscription(&self) -> Subscription {
        self.folder
            .store
            .subscription(self.reader)
            .await
            .unwrap()
            .unwrap()
            .1
    }

    async fn kinds(&self) -> Vec<String> {
        let subscriber = self.subscription().await.subscriber;
        let events = self.folder.store.events(subscriber).await.unwrap();
        events
            .iter()
            .map(|e| format!("{} {}", e.kind, e.detail))
            .collect()
    }

    /// Every row of every table, as text.
    async fn dump(&self) -> Vec<String> {
        dump(self.folder.path()).await
    }
}

async fn furnish(folder: &Folder) -> (ListId, SubscriptionId) {
    let (store, now) = (&folder.store, at(NOW));
    let settings = [("name", MASTHEAD.to_owned())];
    let list = store
        .list_add(&slug("times"), &settings, now)
        .await
        .unwrap();
    for (name, expr) in [("daily", "0 7 * * *"), ("hourly", "0 8-18 * * *")] {
        let expr = CronExpr::parse(expr).unwrap();
        store
            .cadence_add(list, &slug(name), &expr, now)
            .await
            .unwrap();
    }
    for (topic, name) in [
        ("city", "City & Council"),
        ("science", "Science"),
        ("sport", "Sport"),
    ] {
        store.topic_add(&slug(topic), name).await.unwrap();
    }
    store.place_add(&slug("port"), "The Port").await.unwrap();
    let terms = Terms {
        cadence: slug("daily"),
        hour: WallTime::new(6, 40),
        zone: Zone::parse("Europe/Berlin").unwrap(),
        language: "en".to_owned(),
        length: Length::Long,
        images: true,
        text_only: false,
        topics: vec![TopicWeight {
            topic: slug("sport"),
            weight: 430,
        }],
        places: vec![],
        resume_on: None,
    };
    let cadence = store.cadence(list, &slug("daily")).await.unwrap();
    let address = Address::parse("mara@example.org").unwrap();
    let new = NewSubscription {
        list,
        hash: folder.keys.address_hash(&address),
        address,
        due: next_due(&terms, &cadence, now).unwrap(),
        terms,
        cadence: cadence.id,
        standing: Standing::Active,
        by: "admin".to_owned(),
    };
    (list, store.subscriber_add(&new, false, now).await.unwrap())
}

#[tokio::test]
async fn no_get_changes_anything_and_every_answer_is_locked_down() {
    let site = Site::new().await;
    let before = site.dump().await;
    let mut pages = vec![
        ("/".to_owned(), 200),
        ("/healthz".to_owned(), 200),
        ("/readyz".to_owned(), 200),
        ("/nowhere".to_owned(), 404),
        ("/u/".to_owned(), 404),
        ("/u/%FF".to_owned(), 404),
    ];
    for purpose in [Purpose::Unsubscribe, Purpose::Preferences, Purpose::View] {
        pages.push((site.path(purpose), 200));
        for query in [
            "?again=1",
            "?leave=1",
            "?do=pause",
            "?List-Unsubscribe=One-Click",
        ] {
            pages.push((site.path(purpose) + query, 200));
        }
    }
    for path in [
        "/inbox",
        "/inbox/2",
        "/inbox/2/html",
        "/inbox/2/text",
        "/inbox/2/raw",
        "/inbox/2/why",
    ] {
        pages.push((path.to_owned(), 200));
    }
    pages.extend([
        ("/inbox/77".to_owned(), 404),
        ("/inbox/x/raw".to_owned(), 404),
    ]);
    for (path, status) in &pages {
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let response = site.send(method.clone(), path).await;
            assert_eq!(response.status().as_u16(), *status, "{method} {path}");
            let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap();
            let policy = header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
            assert!(policy.contains("frame-ancestors"), "{path}: {policy}");
            assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
            // The front page is everybody's.
            let cached = ["no-store", "public, max-age=300"][usize::from(path == "/")];
            assert_eq!(header("cache-control"), cached, "{path}");
            assert!(response.headers().get("set-cookie").is_none());
        }
        for method in [Method::OPTIONS, Method::PUT, Method::DELETE] {
            let refused = site.send(method, path).await.status().as_u16();
            assert!(
                refused == 405 || *status == 404 && refused == 404,
                "{path}: {refused}"
            );
        }
    }
    assert_eq!(site.dump().await, before);
    let response = site.send(Method::POST, "/healthz").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()["allow"], "GET,HEAD");
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("cannot be used that way")
    );
}

#[tokio::test]
async fn one_click_leaves_in_place_any_number_of_times() {
    for (kind, body) in [
        (FORM, "List-Unsubscribe=One-Click".to_owned()),
        (FORM, "x=y&List-Unsubscribe=One-Click".to_owned()),
        (
            "multipart/form-data; boundary=------------------------b4",
            "--------------------------b4\r\nContent-Disposition: form-data; \
             name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--------------------------b4--\r\n"
                .to_owned(),
        ),
    ] {
        let site = Site::new().await;
        let path = site.path(Purpose::Unsubscribe);
        for _ in 0..2 {
            let (status, text) = site.post(&path, kind, &body).await;
            assert_eq!(status, StatusCode::OK, "{kind} {text}");
            assert!(text.contains("You are unsubscribed"), "{text}");
        }
        let left = site.subscription().await;
        assert_eq!((left.standing, left.due_at), (Standing::Unsubscribed, None));
        assert_eq!(site.kinds().await, ["unsubscribe one-click"]);
    }
}

#[tokio::test]
async fn the_page_asks_first_and_can_undo() {
    let site = Site::new().await;
    let path = site.path(Purpose::Unsubscribe);
    let (_, text) = site.get(&path).await;
    assert!(
        text.contains("m***@e***.org") && !text.contains("mara@"),
        "{text}"
    );
    for (kind, body) in [
        (FORM, ""),
        (FORM, "List-Unsubscribe=No"),
        ("text/plain", "leave=1"),
        ("", ""),
    ] {
        assert_eq!(
            site.post(&path, kind, body).await.0,
            StatusCode::BAD_REQUEST,
            "{kind} {body}"
        );
    }
    assert_eq!(site.subscription().await.standing, Standing::Active);
    let (_, text) = site.post(&path, FORM, "leave=1").await;
    assert!(text.contains("Subscribe again"), "{text}");
    assert!(site.get(&path).await.1.contains("You are unsubscribed"));
    for _ in 0..2 {
        let (status, text) = site.post(&path, FORM, "again=1").await;
        assert_eq!(status, StatusCode::OK);
        let next = "Wednesday 25 November 2026 at 06:40 (Europe&#x2f;Berlin)";
        assert!(text.contains(next), "{text}");
    }
    let back = site.subscription().await;
    assert_eq!(
        (back.standing, back.due_at),
        (Standing::Active, Some(at("2026-11-25T05:40:00Z")))
    );
    assert_eq!(site.kinds().await, ["unsubscribe page", "rejoin page"]);
}

#[tokio::test]
async fn who_is_gone_or_stopped_stays_so() {
    let site = Site::new().await;
    let gone = format!("/u/{}", site.token(Purpose::Unsubscribe, 999, 0));
    assert_eq!(
        site.post(&gone, FORM, "List-Unsubscribe=One-Click").await.0,
        StatusCode::OK
    );
    assert_eq!(site.post(&gone, FORM, "again=1").await.0, StatusCode::OK);
    let gone = format!("/p/{}", site.token(Purpose::Preferences, 999, 0));
    assert_eq!(site.get(&gone).await.0, StatusCode::GONE);
    assert_eq!(site.post(&gone, FORM, "do=save").await.0, StatusCode::GONE);
    let store = &site.folder.store;
    let to = Standing::Complained;
    store
        .standing_set(site.reader, to, "complaint", "", None, at(NOW))
        .await
        .unwrap();
    let path = site.path(Purpose::Unsubscribe);
    for body in ["List-Unsubscribe=One-Click", "again=1"] {
        let (status, text) = site.post(&path, FORM, body).await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("No letters go to this address"), "{text}");
    }
    site.post(&site.path(Purpose::Preferences), FORM, "do=resume")
        .await;
    assert_eq!(site.subscription().await.standing, Standing::Complained);
    let late = Move {
        from: &[Standing::Paused],
        to: Standing::Active,
        kind: "resume",
        detail: "",
    };
    let moved = store.standing_move(site.reader, late, None, at(NOW)).await;
    assert!(!moved.unwrap(), "a move holds only where it starts from");
    assert_eq!(site.kinds().await, ["complaint "]);
}

#[tokio::test]
async fn every_bad_token_gets_one_and_the_same_page() {
    let site = Site::new().await;
    let before = site.dump().await;
    let token = site.token(Purpose::Unsubscribe, site.reader.0, 9);
    let mut bad: Vec<String> = (0..token.len())
        .map(|n| {
            let mut bytes = token.clone().into_bytes();
            bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
            format!("/u/{}", String::from_utf8(bytes).unwrap())
        })
        .collect();
    for (place, purpose) in [
        ("u", "p"),
        ("u", "v"),
        ("p", "u"),
        ("p", "v"),
        ("v", "u"),
        ("v", "p"),
    ] {
        let purpose = Purpose::parse(purpose).unwrap();
        bad.push(format!(
            "/{place}/{}",
            site.token(purpose, site.reader.0, 9)
        ));
    }
    bad.extend(
        [
            "/u/x",
            "/u/%00",
            "/u/%FF%FE",
            "/v/%0d%0aX:y",
            "/no/such/page",
        ]
        .map(str::to_owned),
    );
    bad.push(format!("/u/{token}/"));
    bad.push(format!("/u/{token}x"));
    bad.push(format!("/u/{}", "x".repeat(5000)));
    let mut bodies = BTreeSet::new();
    for path in &bad {
        let (status, text) = site.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        bodies.insert(text);
        let (status, text) = site
            .post(path, FORM, "List-Unsubscribe=One-Click&do=save")
            .await;
        if path.starts_with("/v/") {
            assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            continue;
        }
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        bodies.insert(text);
    }
    assert_eq!(bodies.len(), 1);
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn names_are_escaped_wherever_they_stand() {
    let site = Site::new().await;
    let mut texts = vec![
        site.get("/").await.1,
        site.get(&site.path(Purpose::Preferences)).await.1,
    ];
    let path = site.path(Purpose::Unsubscribe);
    texts.push(site.get(&path).await.1);
    texts.push(site.post(&path, FORM, "leave=1").await.1);
    texts.push(site.post(&path, FORM, "again=1").await.1);
    for text in texts {
        assert!(
            !text.contains("<script") && text.contains("&lt;script&gt;"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn terms_are_saved_where_they_changed_and_the_page_says_so() {
    let site = Site::new().await;
    let path = site.path(Purpose::Preferences);
    let (_, text) = site.get(&path).await;
    for part in [
        "City &amp; Council",
        "value=\"06:40\"",
        "Daily, 07:00",
        "Europe&#x2f;Berlin",
        "/u/k1.",
    ] {
        assert!(
            text.replace("&#x2f;u&#x2f;", "/u/").contains(part),
            "{part} in {text}"
        );
    }
    let same =
        "do=save&weight:sport=normal&cadence=daily&hour=06:40&zone=Europe/Berlin&length=long";
    let (status, text) = site.post(&path, FORM, same).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(text.contains("Nothing was changed"), "{text}");
    let first = site.subscription().await;
    let wish = "do=save&weight:city=more&weight:sport=normal&place=port\
                &cadence=daily&hour=09:15&zone=america/chicago&length=short&images=off";
    let (status, text) = site.post(&path, FORM, wish).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    assert!(
        text.contains("Saved: topics, places, hour, time zone, length, pictures."),
        "{text}"
    );
    assert!(
        text.contains("Wednesday 25 November 2026 at 09:15 (America&#x2f;Chicago)"),
        "{text}"
    );
    let after = site.subscription().await;
    assert_ne!(after.terms_id, first.terms_id);
    assert_eq!(after.due_at, Some(at("2026-11-25T15:15:00Z")));
    assert_eq!(
        (after.terms.length, after.terms.images),
        (Length::Short, false)
    );
    assert!(
        !text.contains("name=\"images\" value=\"on\" checked"),
        "{text}"
    );
    let weights: Vec<_> = after
        .terms
        .topics
        .iter()
        .map(|t| (t.topic.as_str(), t.weight))
        .collect();
    assert_eq!(
        weights,
        [("sport", 430), ("city", 900)],
        "a finer weight stays"
    );
    site.post(&path, FORM, wish).await;
    assert_eq!(
        site.subscription().await.terms_id,
        after.terms_id,
        "one revision a change"
    );
    // A ticked box comes beside the field that says it was there.
    let (_, text) = site
        .post(
            &path,
            FORM,
            &wish.replace("images=off", "images=off&images=on"),
        )
        .await;
    assert!(text.contains("Saved: pictures."), "{text}");
    assert!(
        text.contains("name=\"images\" value=\"on\" checked"),
        "{text}"
    );
    assert!(site.subscription().await.terms.images);
}

#[tokio::test]
async fn every_reader_is_spoken_to_in_their_language() {
    let site = Site::new().await;
    let daily = slug("daily");
    let cadence = site.folder.store.cadence(site.list, &daily).await.unwrap();
    let path = site.path(Purpose::Preferences);
    let cases = [
        (
            "de-AT",
            "<html lang=\"de\" dir=\"ltr\">",
            "am Mittwoch, 25. November 2026, um 06:40 Uhr (Europe&#x2f;Berlin).",
            "Daily, 07:00 Uhr",
            "Gespeichert: Uhrzeit, Umfang.",
        ),
        (
            "ar",
            "<html lang=\"ar\" dir=\"rtl\">",
            "يوم الأربعاء 25 نوفمبر 2026 في الساعة 06:40 (Europe&#x2f;Berlin).",
            "Daily، 07:00",
            "حُفظ ما يلي: الساعة، الطول.",
        ),
        (
            "fr",
            "<html lang=\"en\" dir=\"ltr\">",
            "on Wednesday 25 November 2026 at 06:40 (Europe&#x2f;Berlin).",
            "Daily, 07:00",
            "Saved: hour, length.",
        ),
    ];
    for (language, html, next, rhythm, saved) in cases {
        let mut terms = site.subscription().await.terms;
        terms.language = language.to_owned();
        terms.hour = WallTime::new(6, 40);
        terms.length = Length::Long;
        let due = next_due(&terms, &cadence, at(NOW)).unwrap();
        let store = &site.folder.store;
        store
            .terms_revise(site.reader, &terms, cadence.id, due, "admin", at(NOW))
            .await
            .unwrap();
        let (_, text) = site.get(&path).await;
        for part in [html, next, rhythm] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let wish = "do=save&weight:sport=normal&cadence=daily&hour=09:15\
                    &zone=Europe/Berlin&length=short";
        let (_, text) = site.post(&path, FORM, wish).await;
        assert!(text.contains(saved), "{saved} in {text}");
        let (_, text) = site.get(&site.path(Purpose::Unsubscribe)).await;
        assert!(text.contains(html), "{html} in {text}");
    }
}

#[tokio::test]
async fn a_reader_chooses_language_length_and_pictures() {
    let site = Site::new().await;
    let path = site.path(Purpose::Preferences);
    let (_, text) = site.get(&path).await;
    for option in [
        "<option value=\"ar\" lang=\"ar\">العربية</option>",
        "<option value=\"de\" lang=\"de\">Deutsch</option>",
        "<option value=\"en\" lang=\"en\" selected>English</option>",
    ] {
        assert!(text.contains(option), "{option} in {text}");
    }
    let wish = |language: &str| {
        format!(
            "do=save&weight:sport=normal&cadence=daily&hour=09:15&zone=Europe/Berlin\
             &length=short&images=off&language={language}"
        )
    };
    let (_, text) = site.post(&path, FORM, &wish("de")).await;
    assert!(text.contains("<html lang=\"de\""), "{text}");
    assert!(
        text.contains("<option value=\"de\" lang=\"de\" selected>"),
        "{text}"
    );
    assert!(text.contains("Sprache"), "{text}");
    let terms = site.subscription().await.terms;
    let expected = ("de", Length::Short, false);
    assert_eq!(
        (terms.language.as_str(), terms.length, terms.images),
        expected
    );
    let (status, text) = site.post(&path, FORM, &wish("tlh")).await;
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("id=\"wrong-language\""), "{text}");
    assert_eq!(site.subscription().await.terms, terms);
}

#[tokio::test]
async fn a_faulty_wish_changes_nothing_and_keeps_what_was_typed() {
    let site = Site::new().await;
    let before = site.dump().await;
    let path = site.path(Purpose::Preferences);
    let (status, text) = site
        .post(&path, FORM, "do=save&weight:city=normal&cadence=hourly&hour=09:10&zone=Berln%0D%0A%22%3E%3Cb%3E&length=short")
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "id=\"wrong-hour\"",
        "Hourly sets its own times",
        "value=\"09:10\"",
        "id=\"wrong-zone\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("\"><b>"), "{text}");
    assert!(text.contains("value=\"normal\" selected"), "{text}");
    let crlf = "do=save&weight:city%0D%0A=normal&cadence=daily%0D%0Aevil&hour=%0D%0A&zone=UTC&length=long%0A";
    assert_eq!(
        site.post(&path, FORM, crlf).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let strange = "do=save&weight:city=99&cadence=daily&zone=UTC&length=long";
    let (status, text) = site.post(&path, FORM, strange).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        text.contains("id=\"wrong-topics\">Choose one of the words for: city."),
        "{text}"
    );
    let large = format!("do=save&zone={}", "x".repeat(70_000));
    assert_eq!(
        site.post(&path, FORM, &large).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let many = format!("do=save{}", "&weight:city=normal".repeat(2000));
    assert_eq!(
        site.post(&path, FORM, &many).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        site.post(&path, FORM, "do=drop").await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn a_reader_can_pause_and_resume() {
    let site = Site::new().await;
    let path = site.path(Purpose::Preferences);
    for _ in 0..2 {
        let (_, text) = site.post(&path, FORM, "do=pause").await;
        assert!(
            text.contains("are paused") && text.contains("Resume letters"),
            "{text}"
        );
    }
    let paused = site.subscription().await;
    assert_eq!((paused.standing, paused.due_at), (Standing::Paused, None));
    let wish = "do=save&cadence=hourly&zone=Europe/Berlin&length=long";
    assert_eq!(site.post(&path, FORM, wish).await.0, StatusCode::OK);
    assert_eq!(
        site.subscription().await.due_at,
        None,
        "terms change, the pause stays"
    );
    let (_, text) = site.post(&path, FORM, "do=resume").await;
    assert!(text.contains("at 08:00 (Europe&#x2f;Berlin)"), "{text}");
    assert_eq!(
        site.subscription().await.due_at,
        Some(at("2026-11-25T07:00:00Z"))
    );
    assert_eq!(site.kinds().await, ["pause page", "resume page"]);
}

#[tokio::test]
async fn the_next_letter_that_is_promised_is_one_that_comes() {
    let paper = Paper::daily().await;
    let reader = paper.readers(&["mara@example.org"]).await[0];
    paper.plan().await;
    let site = Site::over(paper.folder, paper.list, reader, paper.now).await;
    let (choices, leave) = (
        site.path(Purpose::Preferences),
        site.path(Purpose::Unsubscribe),
    );
    let wish = "do=save&cadence=daily&hour=09:15&zone=UTC&length=long";
    let steps = [
        (&choices, wish, true),
        (&choices, "do=pause", false),
        (&choices, "do=resume", true),
        (&leave, "leave=1", false),
        (&leave, "again=1", true),
        (&leave, "leave=1", false),
        (&choices, "do=again", true),
    ];
    for (path, body, comes) in steps {
        let (_, text) = site.post(path, FORM, body).await;
        let next = "Thursday 26 November 2026 at 09:15 (UTC)";
        assert_eq!(text.contains(next), comes, "{body}: {text}");
        let due = site.subscription().await.due_at;
        assert_eq!(due, comes.then(|| at("2026-11-26T09:15:00Z")), "{body}");
    }
}

#[tokio::test]
async fn who_has_left_is_told_so_first_and_may_come_back() {
    let site = Site::new().await;
    let path = site.path(Purpose::Preferences);
    site.post(&site.path(Purpose::Unsubscribe), FORM, "leave=1")
        .await;
    let (_, text) = site.get(&path).await;
    let place = |part: &str| {
        text.find(part)
            .unwrap_or_else(|| panic!("{part} in {text}"))
    };
    assert!(place("You are unsubscribed") < place("value=\"again\""));
    assert!(place("value=\"again\"") < place("Keep for later"));
    assert!(!text.contains("/u/") && !text.contains("Resume"), "{text}");
    let wish =
        "do=save&weight:sport=normal&cadence=daily&hour=06:30&zone=Europe/Berlin&length=long";
    let (_, text) = site.post(&path, FORM, wish).await;
    assert!(
        text.contains("Kept for when you subscribe again: hour."),
        "{text}"
    );
    let kept = site.subscription().await;
    assert_eq!((kept.standing, kept.due_at), (Standing::Unsubscribed, None));
    for _ in 0..2 {
        let (_, text) = site.post(&path, FORM, "do=again").await;
        assert!(text.contains("You are subscribed again"), "{text}");
        assert!(text.contains("at 06:30 (Europe&#x2f;Berlin)"), "{text}");
    }
    assert_eq!(site.kinds().await, ["unsubscribe page", "rejoin page"]);
    let store = &site.folder.store;
    let to = Standing::Bounced;
    store
        .standing_set(site.reader, to, "bounce", "", None, at(NOW))
        .await
        .unwrap();
    let before = site.dump().await;
    for body in [wish, "do=again", "do=resume"] {
        let (_, text) = site
            .post(&path, FORM, &body.replace("06:30", "05:30"))
            .await;
        assert!(text.contains("No letters go to this address"), "{text}");
        assert!(!text.contains("<form"), "{text}");
    }
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn what_is_no_longer_on_offer_is_named_and_an_empty_zone_asked_for() {
    let site = Site::new().await;
    let before = site.dump().await;
    let path = site.path(Purpose::Preferences);
    let wish =
        "do=save&weight:tides=less&weight:city=more&place=hill&cadence=daily&zone=&length=long";
    let (status, text) = site.post(&path, FORM, wish).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "id=\"wrong-topics\">No longer on offer: tides.",
        "id=\"wrong-places\">No longer on offer: hill.",
        "id=\"wrong-zone\">Write your time zone",
        "value=\"more\" selected",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn a_letter_is_a_page_and_a_fault_says_nothing() {
    let site = Site::new().await;
    let page = |digest| format!("/v/{}", site.token(Purpose::View, site.reader.0, digest));
    let response = site.send(Method::GET, &page(9)).await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("style-src 'unsafe-inline'") && !policy.contains("script"),
        "{policy}"
    );
    assert!(
        response.headers()["x-robots-tag"]
            .to_str()
            .unwrap()
            .contains("noindex")
    );
    assert!(response.text().await.unwrap().contains("The letter"));
    assert_eq!(site.get(&page(1)).await.0, StatusCode::GONE);
    for digest in [13, 14] {
        let (status, text) = site.get(&page(digest)).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            !text.contains("secret") && text.contains("The fault is ours"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_end_is_in_good_order() {
    let site = Site::new().await;
    assert_eq!(
        site.get("/healthz").await,
        (StatusCode::OK, "ok".to_owned())
    );
    site.end.cancel();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), site.served).await;
    ended.expect("within seconds").unwrap().unwrap();
    assert!(site.client.get(&site.base).send().await.is_err());
}

/// Two letters: 1 without an HTML part, 2 as ours are.
struct Mailbox;

const LETTER: &str = "From: a@example.org\r\nSubject: =?utf-8?Q?Caf=C3=A9?=\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    Caf=C3=A9 <b>=\r\n, joined\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\n<html><head><title>x</title></head>\
    <body>Z=C3=BCrich <script>alert(1)</script></body></html>\r\n--b--\r\n";

impl InboxSource for Mailbox {
    fn count(&self) -> usize {
        102
    }

    fn letters(&self, skip: usize, most: usize) -> Answer<'_, Vec<Received>> {
        assert!(most == 100 && (skip == 0 || skip == 100), "{skip} {most}");
        Box::pin(async {
            let letter = |seq: u64, subject: &str| Received {
                seq,
                recipient: "mara@example.org".to_owned(),
                subject: subject.to_owned(),
                preview: "Then <this>".to_owned(),
                at: at(NOW),
                size: 46_000,
                byte_budget: 90_000,
                topics: vec!["Sport".to_owned()],
                preferences: Some("/p/x".to_owned()),
                unsubscribe: Some("/u/x".to_owned()),
                postal_address: Some("1 Quay".to_owned()),
                language: "en".to_owned(),
                pages: None,
            };
            Ok(vec![letter(2, "<i>Second"), letter(1, "First")])
        })
    }

    fn letter(&self, seq: u64) -> Answer<'_, Option<Received>> {
        Box::pin(async move {
            Ok(self
                .letters(0, 100)
                .await?
                .into_iter()
                .find(|l| l.seq == seq))
        })
    }

    fn weights(&self, _: u64) -> Answer<'_, Vec<(String, usize)>> {
        Box::pin(async { Ok(vec![("First <b>".to_owned(), 4_321)]) })
    }

    fn raw(&self, seq: u64) -> Answer<'_, Option<Vec<u8>>> {
        let bytes = if seq == 2 {
            LETTER
        } else {
            "Subject: x\r\n\r\nonly text"
        };
        Box::pin(async { Ok(Some(bytes.into())) })
    }

    fn why(&self, seq: u64) -> Answer<'_, Option<Explanation>> {
        let row = |rank, verdict: &str, headline: &str| ExplainedRow {
            rank,
            verdict: verdict.to_owned(),
            headline: headline.to_owned(),
            reason: String::new(),
            age: "3 h".to_owned(),
        };
        let slot = |slot: &str, sponsor: Option<&str>| ExplainedSlot {
            slot: slot.to_owned(),
            sponsor: sponsor.map(str::to_owned),
            reason: "behind <its> pace".to_owned(),
        };
        let slots = vec![slot("S1", Some("Skarrow & Line")), slot("S2", None)];
        let rows = vec![
            row(Some(1), "chosen", "Ferry <late>"),
            row(None, "too old", "Old tram"),
        ];
        let why = Explanation {
            rows,
            slots,
            agrees: true,
        };
        Box::pin(async move { Ok((seq == 2).then_some(why)) })
    }
}

#[tokio::test]
async fn a_received_letter_is_shown_decoded_and_runs_nothing() {
    let site = Site::new().await;
    let (_, text) = site.get("/inbox").await;
    let (first, second) = (
        text.find("First").unwrap(),
        text.find("&lt;i&gt;Second").unwrap(),
    );
    assert!(second < first, "newest first");
    assert!(text.contains("Then &lt;this&gt;") && text.contains("?page=2"));
    for page in ["2", "99", "x"] {
        let (status, text) = site.get(&format!("/inbox?page={page}")).await;
        let newer = text.contains("?page=1\"");
        assert_eq!((status, newer), (StatusCode::OK, page != "x"), "{page}");
    }
    for (query, class) in [
        ("", "screen"),
        ("?width=600", "wide"),
        ("?width=390", "narrow"),
    ] {
        let (_, text) = site.get(&format!("/inbox/2{query}")).await;
        let frame = format!("<iframe class=\"{class}\"");
        assert!(text.contains(&frame), "{frame} in {text}");
    }
    let (_, text) = site.get("/inbox/2?width=390&dark=1").await;
    assert!(text.contains("/inbox/2/html?dark=1"), "{text}");
    // A switch keeps the others.
    let (_, text) = site
        .get("/inbox/2?width=390&dark=1&images=0&beside=1")
        .await;
    for part in [
        "/inbox/2/html?dark=1&amp;images=0",
        "/inbox/1/html?dark=1&amp;images=0",
        "?width=600&amp;dark=1&amp;images=0&amp;beside=1",
        "name=\"images\" value=\"0\"",
        "<option value=\"1\" selected>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(
        site.get("/inbox/2?beside=99").await.0,
        StatusCode::NOT_FOUND
    );
    for (query, pictures) in [("", true), ("?images=0", false)] {
        let response = site
            .send(Method::GET, &format!("/inbox/2/html{query}"))
            .await;
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(policy.contains("img-src"), pictures, "{policy}");
    }
    // What is wrong with it, and what it weighs.
    let (_, text) = site.get("/inbox/2").await;
    for part in [
        "the unsubscribe link is not there",
        "the postal address is not there",
        "0.1 KB of 90.0 KB",
        "<td class=\"story\">First &lt;b&gt;</td>",
        "4.3 KB",
        "Pictures: 0",
        "<rect class=\"words\" x=\"0\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let response = site.send(Method::GET, "/inbox/2").await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("frame-src 'self'"), "{policy}");
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("sandbox=\"allow-popups")
    );
    let response = site.send(Method::GET, "/inbox/2/html").await;
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("sandbox allow-popups") && !policy.contains("allow-scripts"));
    let text = response.text().await.unwrap();
    assert!(
        text.contains("<head><base target=\"_blank\">") && text.contains("Zürich"),
        "{text}"
    );
    let (_, text) = site.get("/inbox/2/text").await;
    assert!(text.contains("Café &lt;b&gt;, joined"), "{text}");
    let response = site.send(Method::GET, "/inbox/2/raw").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    assert_eq!(response.text().await.unwrap(), LETTER);
    let (_, text) = site.get("/inbox/2/why").await;
    for part in [
        "1 of 2 articles",
        "<td class=\"age\">3 h</td>",
        "Skarrow &amp; Line",
        "behind &lt;its&gt; pace",
        "Stayed empty",
        "Ferry &lt;late&gt;",
        "too old",
        "the same stories",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(site.get("/inbox/1/why").await.1.contains("no explanation"));
    assert_eq!(site.get("/inbox/1/html").await.0, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/inbox/99").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_rendition_is_served_for_good_and_nothing_else_of_the_folder() {
    let site = Site::new().await;
    let name = Shelf::of(site.folder.path()).put(b"a jpeg").unwrap();
    let path = format!("/i/{name}.jpg");
    let before = site.dump().await;
    for method in [Method::GET, Method::HEAD] {
        let response = site.send(method.clone(), &path).await;
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers().clone();
        let has = |name: &str| headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(has("content-type").as_deref(), Some("image/jpeg"));
        let lasting = "public, max-age=31536000, immutable";
        assert_eq!(has("cache-control").as_deref(), Some(lasting));
        let shared = has("cross-origin-resource-policy");
        assert_eq!(shared.as_deref(), Some("cross-origin"));
        assert_eq!(has("x-content-type-options").as_deref(), Some("nosniff"));
        assert!(has("content-security-policy").is_some() && has("set-cookie").is_none());
        if method == Method::GET {
            assert_eq!(response.bytes().await.unwrap().as_ref(), b"a jpeg");
        }
    }
    let nothing = site.get("/nowhere").await;
    assert_eq!(nothing.0, StatusCode::NOT_FOUND);
    let absent = "0".repeat(64);
    for other in [
        format!("/i/{absent}.jpg"),
        format!("/i/{name}"),
        format!("/i/{name}.png"),
        "/i/..%2f..%2fcourant.jpg".to_owned(),
        "/i/%ff.jpg".to_owned(),
        "/i/".to_owned(),
    ] {
        assert_eq!(site.get(&other).await, nothing, "{other}");
    }
    assert_eq!(site.dump().await, before);
}

#[tokio::test]
async fn a_pause_until_a_day_is_named_on_the_page() {
    let site = Site::new().await;
    let store = &site.folder.store;
    let mut terms = site.subscription().await.terms;
    let cadence = store.cadence(site.list, &terms.cadence).await.unwrap();
    let path = site.path(Purpose::Preferences);
    assert!(!site.get(&path).await.1.contains("paused until"));
    terms.resume_on = Some("2026-12-24".parse().unwrap());
    let due = courant::domain::due::next_due(&terms, &cadence, at(NOW)).unwrap();
    let revised = store.terms_revise(site.reader, &terms, cadence.id, due, "test", at(NOW));
    revised.await.unwrap();
    let (_, text) = site.get(&path).await;
    assert!(text.contains("Your letters are paused until "), "{text}");
    assert!(text.contains("24 December 2026."), "{text}");
}
