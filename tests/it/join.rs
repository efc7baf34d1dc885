//! Signing up as a stranger, a reader, a publisher's site and an attacker see it, over a real socket.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use courant::clock::Clock;
use courant::domain::subscriber::Standing;
use courant::domain::time::Timestamp;
use courant::domain::{DigestId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::web::{Answer, App, JoinSettings, LetterSource, router, serve};
use reqwest::{Client, Method, StatusCode};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::paper::Paper;
use crate::support::served::{Served, assert_masked, configure, courant, until};

struct NoLetters;

impl LetterSource for NoLetters {
    fn html(&self, _: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

/// The pages of a paper.
struct Site {
    paper: Paper,
    base: String,
    client: Client,
}

impl Site {
    async fn new(join: JoinSettings) -> Site {
        let paper = Paper::daily().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = App {
            store: paper.store().clone(),
            keys: paper.folder.keys.clone(),
            clock: Clock::starting_at(paper.now),
            public_url: base.clone(),
            letters: Arc::new(NoLetters),
            words: Arc::new(Catalogue::parse(&Catalogue::sources()).unwrap()),
            pictures: Shelf::of(paper.folder.path()),
            join,
            desk: None,
        };
        tokio::spawn(serve(listener, router(app), CancellationToken::new()));
        Site {
            paper,
            base,
            client: Client::new(),
        }
    }

    /// A form's token, made so long ago.
    fn form(&self, seconds: i64) -> String {
        form_token(&self.paper, self.paper.now, seconds)
    }

    async fn get(&self, path: &str) -> (StatusCode, reqwest::header::HeaderMap, String) {
        let response = self
            .client
            .get(format!("{}{path}", self.base))
            .send()
            .await
            .unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        (status, headers, response.text().await.unwrap())
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        post(&self.client, &format!("{}{path}", self.base), fields, &[]).await
    }

    /// Signs an address up as a person would; what the page says.
    async fn sign_up(&self, address: &str) -> (StatusCode, String) {
        let form = self.form(10);
        self.post(
            "/join/times",
            &[("email", address), ("form", form.as_str())],
        )
        .await
    }

    /// How many mails wait.
    async fn queued(&self) -> u64 {
        let store = self.paper.store();
        let (mut queued, mut before) = (0, None);
        let far = self.paper.now + jiff::SignedDuration::from_hours(1);
        while let Some(signup) = store.signup_next(before, true, far).await.unwrap() {
            queued += 1;
            before = Some((signup.id, courant::domain::signup::Mailed::Sent));
        }
        queued
    }
}

fn form_token(paper: &Paper, now: Timestamp, seconds: i64) -> String {
    let made = now - jiff::SignedDuration::from_secs(seconds);
    let to = Opened {
        list: paper.list,
        subscription: SubscriptionId(0),
        digest: DigestId(made.as_millisecond()),
    };
    paper.folder.keys.token("k1", Purpose::Form, to).unwrap()
}

async fn post(
    client: &Client,
    url: &str,
    fields: &[(&str, &str)],
    headers: &[(&str, &str)],
) -> (StatusCode, String) {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let mut request = client.post(url).body(body).header(kind.0, kind.1);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_known_and_an_unknown_address_get_one_answer_and_the_same_is_written() {
    let site = Site::new(JoinSettings::default()).await;
    let ids = site
        .paper
        .readers(&["in@reader.example", "left@reader.example"])
        .await;
    site.paper.leaves(ids[1]).await;
    let mut answers = Vec::new();
    for address in [
        "in@reader.example",
        "left@reader.example",
        "new@reader.example",
    ] {
        answers.push(site.sign_up(address).await);
        assert_eq!(
            site.queued().await,
            1,
            "{address}: the one mail, whoever they are"
        );
    }
    assert_eq!(answers[0].0, StatusCode::OK);
    assert!(
        answers[0].1.contains("Look in your mailbox"),
        "{}",
        answers[0].1
    );
    assert!(answers.iter().all(|a| *a == answers[0]), "{answers:#?}");
    // Nor does a second one say that there was a first.
    assert_eq!(site.sign_up("new@reader.example").await, answers[0]);
    assert_eq!(site.queued().await, 0);
    let hash = site.paper.hash("new@reader.example");
    assert!(
        site.paper
            .store()
            .subscriber(&hash)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_form_that_no_person_filled_in_looks_taken_and_sends_nothing() {
    let blocked = ["bad.example".to_owned()].into();
    let settings = JoinSettings {
        blocked,
        ..JoinSettings::default()
    };
    let site = Site::new(settings).await;
    let taken = site.sign_up("person@reader.example").await;
    assert_eq!(site.queued().await, 1);
    // One that is made a minute from now is answered before anybody could.
    let forms = [-60, 13 * 3600, 10].map(|s| site.form(s));
    let [fast, slow, good] = forms.each_ref().map(String::as_str);
    let preferences = site.paper.folder.keys.token(
        "k1",
        Purpose::Preferences,
        Opened {
            list: site.paper.list,
            subscription: SubscriptionId(0),
            digest: DigestId(site.paper.now.as_millisecond() - 10_000),
        },
    );
    for (name, fields) in [
        ("too fast", vec![("form", fast)]),
        ("too old", vec![("form", slow)]),
        ("none", vec![]),
        (
            "another purpose",
            vec![("form", preferences.as_deref().unwrap())],
        ),
        ("trapped", vec![("form", good), ("website", "x")]),
    ] {
        let fields = [vec![("email", "robot@reader.example")], fields].concat();
        assert_eq!(site.post("/join/times", &fields).await, taken, "{name}");
    }
    // A phone fills the address in: one tap, a second after the page is there.
    let form = site.form(1);
    let filled = [("email", "phone@reader.example"), ("form", form.as_str())];
    assert_eq!(site.post("/join/times", &filled).await, taken);
    assert_eq!(site.queued().await, 1);
    assert_eq!(site.sign_up("a@deep.bad.example").await, taken);
    assert_eq!(site.queued().await, 0);
    for wrong in ["", "x", "a b@c.example", "<script>alert(1)</script>"] {
        let (status, text) = site.sign_up(wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(
            text.contains("no mail address yet") && !text.contains("<script>alert"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_old_confirmation_says_who_has_left_and_leads_back() {
    let site = Site::new(JoinSettings::default()).await;
    site.sign_up("in@reader.example").await;
    let store = site.paper.store();
    let signup = store.signup_next(
        None,
        true,
        site.paper.now + jiff::SignedDuration::from_hours(1),
    );
    let signup = signup.await.unwrap().unwrap();
    let keys = &site.paper.folder.keys;
    let to = Opened {
        list: site.paper.list,
        subscription: SubscriptionId(signup.id.0),
        digest: DigestId(signup.at.as_millisecond()),
    };
    let path = format!("/c/{}", keys.token("k1", Purpose::Confirm, to).unwrap());
    let (status, text) = site.post(&path, &[]).await;
    assert!(
        status == StatusCode::OK && text.contains("Welcome."),
        "{text}"
    );
    assert!(site.get(&path).await.2.contains("You are subscribed"));
    let hash = site.paper.hash("in@reader.example");
    let person = store.subscriber(&hash).await.unwrap().unwrap();
    let subscription = store
        .subscriptions_of(person.id)
        .await
        .unwrap()
        .remove(0)
        .id;
    let own = Opened {
        subscription,
        digest: DigestId(0),
        ..to
    };
    let leave = format!(
        "/u/{}",
        keys.token("k1", Purpose::Unsubscribe, own).unwrap()
    );
    site.post(&leave, &[("leave", "1")]).await;
    for text in [site.get(&path).await.2, site.post(&path, &[]).await.1] {
        assert!(text.contains("You have unsubscribed since"), "{text}");
        assert!(text.contains("Come back"), "{text}");
        assert!(!text.contains("You are subscribed"), "{text}");
    }
    let standing = store.subscription(subscription).await.unwrap().unwrap();
    assert_eq!(standing.1.standing, Standing::Unsubscribed);
    store.erase(person.id, site.paper.now).await.unwrap();
    assert_eq!(site.get(&path).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn a_network_and_all_networks_have_their_share_an_hour() {
    let settings = JoinSettings {
        trusted: vec![courant::domain::network::Network::parse("127.0.0.1").unwrap()],
        per_network: 2,
        per_hour: 5,
        ..JoinSettings::default()
    };
    let site = Site::new(settings).await;
    let mut n = 0;
    for (from, share) in [
        ("192.0.2.1", 2),
        ("192.0.2.99", 0),
        ("198.51.100.1", 2),
        ("203.0.113.1", 1),
    ] {
        for _ in 0..3 {
            n += 1;
            let (address, form) = (format!("r{n}@reader.example"), site.form(10));
            let fields = [("email", address.as_str()), ("form", form.as_str())];
            let url = format!("{}/join/times", site.base);
            // What stands before our proxy's word is the client's own.
            let said = format!("9.9.9.{n}, {from}");
            let (status, _) =
                post(&site.client, &url, &fields, &[("x-forwarded-for", &said)]).await;
            assert_eq!(status, StatusCode::OK);
        }
        assert_eq!(site.queued().await, share, "{from}");
    }
}

#[tokio::test]
async fn the_form_may_be_framed_and_nothing_else_and_a_link_fills_it_in() {
    let site = Site::new(JoinSettings::default()).await;
    let (status, headers, text) = site.get("/join/times?email=Ada%22%3E@reader.example").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        text.contains("value=\"Ada&quot;&gt;@reader.example\""),
        "{text}"
    );
    let policy =
        |h: &reqwest::header::HeaderMap| h["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy(&headers).contains("frame-ancestors 'none'"));
    assert!(!policy(&headers).contains("unsafe"));
    let framed = policy(&site.get("/join/times/frame").await.1);
    assert!(
        framed.contains("frame-ancestors *") && !framed.contains("'none';  "),
        "{framed}"
    );
    let store = site.paper.store();
    let set = store.list_set(site.paper.list, "signup_origins", "https://paper.example");
    set.await.unwrap();
    let framed = policy(&site.get("/join/times/frame").await.1);
    assert!(
        framed.ends_with("frame-ancestors 'self' https://paper.example"),
        "{framed}"
    );
    let form = site.form(10);
    let fields = [("email", "in@frame.example"), ("form", form.as_str())];
    assert_eq!(
        site.post("/join/times/frame", &fields).await.0,
        StatusCode::OK
    );
    assert_eq!(site.queued().await, 1, "and the GETs queued none");
    // The list may have no form at all.
    store
        .list_set(site.paper.list, "signup", "closed")
        .await
        .unwrap();
    for path in ["/join/times", "/join/times/frame"] {
        assert_eq!(site.get(path).await.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(
            site.post(path, &fields).await.0,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    for path in ["/join/nowhere", "/join/", "/join/x%2Fy"] {
        assert_eq!(site.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_post_from_another_site_is_refused_but_for_one_click() {
    let site = Site::new(JoinSettings::default()).await;
    let reader = site.paper.readers(&["in@reader.example"]).await[0];
    let token = |purpose| {
        let to = Opened {
            list: site.paper.list,
            subscription: reader,
            digest: DigestId(0),
        };
        site.paper.folder.keys.token("k1", purpose, to).unwrap()
    };
    let (form, p, u) = (
        site.form(10),
        token(Purpose::Preferences),
        token(Purpose::Unsubscribe),
    );
    let one_click = [("List-Unsubscribe", "One-Click")];
    for (path, fields) in [
        (
            "/join/times".to_owned(),
            &[("email", "x@reader.example"), ("form", form.as_str())][..],
        ),
        (
            "/join/times/frame".to_owned(),
            &[("email", "x@reader.example"), ("form", form.as_str())][..],
        ),
        (format!("/p/{p}"), &[("do", "pause")][..]),
        (format!("/u/{u}"), &[("leave", "1")][..]),
        (format!("/c/{p}"), &[][..]),
    ] {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "null")],
        ] {
            let url = format!("{}{path}", site.base);
            let (status, _) = post(&site.client, &url, fields, headers).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    assert_eq!(site.queued().await, 0);
    let standing = async || {
        site.paper
            .store()
            .subscription(reader)
            .await
            .unwrap()
            .unwrap()
            .1
            .standing
    };
    assert_eq!(standing().await, Standing::Active);
    let url = format!("{}/u/{u}", site.base);
    let headers = [
        ("origin", "https://mail.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(
        post(&site.client, &url, &one_click, &headers).await.0,
        StatusCode::OK
    );
    assert_eq!(standing().await, Standing::Unsubscribed);
}

#[tokio::test]
async fn a_publishers_own_form_is_answered_where_the_list_names_its_site() {
    let site = Site::new(JoinSettings::default()).await;
    let url = format!("{}/api/join/times", site.base);
    let ask = async |method: Method, origin: Option<&str>, body: &str| {
        let mut request = site
            .client
            .request(method, &url)
            .header("content-type", "application/json");
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = request.body(body.to_owned()).send().await.unwrap();
        let allowed = response.headers().get("access-control-allow-origin");
        let allowed = allowed.map(|v| v.to_str().unwrap().to_owned());
        (
            response.status().as_u16(),
            allowed,
            response.text().await.unwrap(),
        )
    };
    let (own, body) = (
        Some("https://paper.example"),
        r#"{"email":"api@reader.example"}"#,
    );
    assert_eq!(
        ask(Method::POST, own, body).await.0,
        403,
        "no site is named yet"
    );
    let store = site.paper.store();
    let origins = "https://paper.example, https://www.paper.example";
    store
        .list_set(site.paper.list, "signup_origins", origins)
        .await
        .unwrap();
    for foreign in [
        None,
        Some("https://evil.example"),
        Some("null"),
        Some("https://paper.example.evil"),
    ] {
        for method in [Method::POST, Method::OPTIONS] {
            let (status, allowed, _) = ask(method, foreign, body).await;
            assert_eq!((status, allowed), (403, None), "{foreign:?}");
        }
    }
    let (status, allowed, _) = ask(Method::OPTIONS, own, "").await;
    assert_eq!((status, allowed.as_deref()), (204, own));
    assert_eq!(site.queued().await, 0);
    let taken = ask(Method::POST, own, body).await;
    assert_eq!((taken.0, taken.1.as_deref()), (202, own));
    assert_eq!(
        ask(Method::POST, own, body).await,
        taken,
        "no word of the first one"
    );
    assert_eq!(site.queued().await, 1);
    let trapped = r#"{"email":"robot@reader.example","website":"x"}"#;
    assert_eq!(ask(Method::POST, own, trapped).await, taken);
    assert_eq!(ask(Method::POST, own, r#"{"email":"x"}"#).await.0, 422);
    let long = format!(r#"{{"email":"a@b.example","x":"{}"}}"#, "x".repeat(5000));
    for bad in ["", "[]", "{}", r#"{"email":3}"#, &long] {
        assert_eq!(ask(Method::POST, own, bad).await.0, 400, "{bad}");
    }
    assert_eq!(site.queued().await, 0);
}

/// A served paper with somebody who reads it already, and a receiver.
struct Press {
    paper: Paper,
    sink: SinkHandle,
    served: Option<Served>,
    client: Client,
}

impl Press {
    async fn new() -> Press {
        let paper = Paper::due_in(-1).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Sink::start(listener, SinkSettings::default()).unwrap();
        let home = paper.folder.path();
        configure(home, sink.addr().port(), 1);
        let file = home.join("courant.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.replace("level = \"debug\"", "level = \"trace\"");
        std::fs::write(&file, text).unwrap();
        Press {
            paper,
            sink,
            served: None,
            client: Client::new(),
        }
    }

    async fn start(&mut self) {
        self.served = Some(Served::ready(self.paper.folder.path()).await);
    }

    /// Where its pages are.
    fn base(&self) -> String {
        self.served.as_ref().unwrap().base()
    }

    /// Texts of the mails that a recipient got, decoded, newest last.
    fn mails(&self, to: &str) -> Vec<String> {
        let received = self.sink.mailbox().messages();
        let own = received.iter().filter(|m| m.recipient == to);
        let text = |m: &courant::sink::Received| {
            let parsed = mail_parser::MessageParser::default()
                .parse(&m.bytes)
                .unwrap();
            parsed.body_text(0).unwrap().into_owned()
        };
        own.map(text).collect()
    }

    async fn sign_up(&self, fields: &[(&str, &str)]) {
        let form = form_token(&self.paper, Clock::system().now(), 10);
        let fields = [fields, &[("form", form.as_str())]].concat();
        let url = format!("{}/join/times", self.base());
        let (status, _) = post(&self.client, &url, &fields, &[]).await;
        assert_eq!(status, StatusCode::OK);
    }

    /// A link of a mail, on the port that is really served.
    fn link(&self, text: &str, kind: &str) -> String {
        let path = text.split_whitespace().find_map(|w| {
            let at = w.find(&format!("/{kind}/"))?;
            Some(w[at..].to_owned())
        });
        format!("{}{}", self.base(), path.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_joins_by_two_taps_and_gets_the_newest_issue_once() {
    let mut press = Press::new().await;
    press.paper.readers(&["old@reader.example"]).await;
    press.start().await;
    until("the issue is out", async || {
        !press.mails("old@reader.example").is_empty()
    })
    .await;
    // Everything that a stranger may type is typed.
    press
        .sign_up(&[
            ("email", "Buy.Now@reader.example"),
            ("name", "PAYLOAD"),
            ("zone", "Europe/Vienna"),
            ("language", "PAYLOAD"),
        ])
        .await;
    until("the confirmation came", async || {
        !press.mails("Buy.Now@reader.example").is_empty()
    })
    .await;
    let mail = press.mails("Buy.Now@reader.example").remove(0);
    let raw = press.sink.mailbox().messages();
    let raw = raw
        .iter()
        .find(|m| m.recipient.starts_with("Buy.Now"))
        .unwrap();
    let raw = String::from_utf8_lossy(&raw.bytes).into_owned();
    assert!(!raw.contains("PAYLOAD") && !raw.contains("Vienna"), "{raw}");
    assert_eq!(
        raw.matches("Buy.Now").count(),
        1,
        "the To line alone: {raw}"
    );
    assert!(
        raw.contains("Auto-Submitted: auto-generated") && !raw.contains("List-Unsubscribe"),
        "{raw}"
    );
    assert!(mail.contains("1 Quay Street"), "{mail}");

    let link = press.link(&mail, "c");
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let shown = press.client.request(method, &link).send().await.unwrap();
        assert_eq!(shown.status(), StatusCode::OK);
    }
    let hash = press.paper.hash("buy.now@reader.example");
    let store = press.paper.store();
    assert!(
        store.subscriber(&hash).await.unwrap().is_none(),
        "a scanner joins nobody"
    );
    let (status, page) = post(&press.client, &link, &[], &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("Welcome.")
            && page.contains("spellcheck=\"false\" value=\"Europe&#x2f;Vienna\""),
        "{page}"
    );
    let person = store.subscriber(&hash).await.unwrap().unwrap();
    let receipts = store.consents(person.id).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].network.as_deref(), Some("127.0.0.0/24"));
    assert!(receipts[0].wording.starts_with("en-"), "{receipts:?}");
    let again = post(&press.client, &link, &[], &[]).await.1;
    assert!(again.contains("You are subscribed"), "{again}");

    // They choose nothing; the newest issue comes, and comes once.
    let choices = press.link(&page.replace("&#x2f;", "/").replace('"', " "), "p");
    let (_, page) = post(&press.client, &choices, &[("do", "skip")], &[]).await;
    assert!(page.contains("comes soon: the newest issue"), "{page}");
    until("the first letter", async || {
        press.mails("Buy.Now@reader.example").len() == 2
    })
    .await;
    let (old, own) = (
        press.mails("old@reader.example"),
        press.mails("Buy.Now@reader.example"),
    );
    let stories = |letter: &str| letter.matches("of the harbour").count();
    assert_eq!(stories(&old[0]), stories(&own[1]), "{}\n{}", old[0], own[1]);
    let subscription = store.subscriptions_of(person.id).await.unwrap().remove(0);
    assert!(!store.memory_of(subscription.id).await.unwrap().is_empty());
    let status = courant(press.paper.folder.path(), &["edition", "check", "times"]);
    assert!(
        status.status.success(),
        "{}",
        String::from_utf8_lossy(&status.stdout)
    );

    // Whoever is subscribed is told so, with the link to their choices.
    press.sign_up(&[("email", "old@reader.example")]).await;
    until("a reminder", async || {
        press.mails("old@reader.example").len() == 2
    })
    .await;
    let reminder = press.mails("old@reader.example").remove(1);
    assert!(
        reminder.contains("subscribed already") && reminder.contains("/p/"),
        "{reminder}"
    );
    let served = press.served.take().unwrap();
    let said = served.said();
    assert!(served.stop().await.success());
    assert_masked(&said);
    for link in [link, choices] {
        let token = link.rsplit('/').next().unwrap();
        assert!(!said.contains(token), "a token in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suppressed_after_the_mail_left_cannot_confirm_and_its_wording_is_told() {
    let mut press = Press::new().await;
    press.start().await;
    let folder = press.paper.folder.path().to_owned();
    for address in ["out@reader.example", "in@reader.example"] {
        press.sign_up(&[("email", address)]).await;
    }
    for (address, expected) in [
        ("out@reader.example", StatusCode::GONE),
        ("in@reader.example", StatusCode::OK),
    ] {
        until("the confirmation came", async || {
            !press.mails(address).is_empty()
        })
        .await;
        let link = press.link(&press.mails(address).remove(0), "c");
        if expected == StatusCode::GONE {
            let done = courant(&folder, &["subscriber", "suppress", address]);
            assert!(done.status.success());
        }
        assert_eq!(post(&press.client, &link, &[], &[]).await.0, expected);
    }
    let store = press.paper.store();
    let person = async |address: &str| {
        let hash = press.paper.hash(address);
        store.subscriber(&hash).await.unwrap().unwrap()
    };
    let out = person("out@reader.example").await;
    assert_eq!(out.standing, Standing::Unsubscribed);
    assert!(store.subscriptions_of(out.id).await.unwrap().is_empty());
    let receipts = store
        .consents(person("in@reader.example").await.id)
        .await
        .unwrap();
    let told = courant(&folder, &["consent", "wording", &receipts[0].wording]);
    assert!(told.status.success() && !told.stdout.is_empty());
    let other = courant(&folder, &["consent", "wording", "en-000000000000"]);
    assert_eq!(other.status.code(), Some(1));
    press.served.take().unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_it_dies_no_confirmation_is_lost_and_one_at_most_comes_twice() {
    for (place, doubled) in [("confirm_after_claim", 0), ("confirm_after_dot", 1)] {
        let mut press = Press::new().await;
        let addresses: Vec<String> = (0..6).map(|n| format!("r{n}@reader.example")).collect();
        let now = Clock::system().now();
        let new = |address: &String| courant::domain::signup::NewSignup {
            list: press.paper.list,
            address: courant::domain::address::Address::parse(address).unwrap(),
            hash: press.paper.hash(address),
            counted: press.paper.hash(address),
            language: "de".to_owned(),
            zone: None,
            source: courant::domain::signup::SignupSource::Embed,
            wording: String::new(),
            network: None,
            at: now,
        };
        let signups: Vec<_> = addresses.iter().map(new).collect();
        assert_eq!(press.paper.store().signups_add(&signups).await.unwrap(), 6);
        let dies = format!("{place}=3*off->return");
        let home = press.paper.folder.path();
        let served = Served::start_with(home, &[("FAILPOINTS", &dies)]);
        assert!(!served.ended().await.success(), "{place}");
        press.start().await;
        let count = || {
            let mut count: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
            for m in press.sink.mailbox().messages() {
                count
                    .entry(m.recipient.clone())
                    .or_default()
                    .push(m.bytes.to_vec());
            }
            count
        };
        until("all have theirs", async || count().len() == 6).await;
        let store = press.paper.store();
        until("none waits", async || {
            !store.signup_waits(Clock::system().now()).await.unwrap()
        })
        .await;
        let twice: Vec<_> = count()
            .into_values()
            .filter(|mails| mails.len() > 1)
            .collect();
        assert_eq!(twice.len(), doubled, "{place}");
        assert!(
            twice.iter().all(|m| m.len() == 2 && m[0] == m[1]),
            "{place}: the same bytes"
        );
        assert!(press.served.take().unwrap().stop().await.success());
    }
}
