//! The proof of the pages by their own table of routes: no GET changes anything, no form of another
//! site is taken, and a token opens what it was made for and nothing else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::address::Address;
use courant::domain::editor::{Grant, Role};
use courant::domain::link_mail::{LinkKind, NewLinkMail};
use courant::domain::sign_in::LinkWay;
use courant::domain::signup::{NewSignup, SignupSource};
use courant::domain::{ListId, SubscriptionId};
use courant::feedback::link::Purpose;
use courant::web::routes::{Posts, ROUTES, Route};
use reqwest::{Method, StatusCode};

use crate::support::desk::Seated;
use crate::support::pages::{Pages, token};
use crate::support::paper::{Paper, after, slug};

/// What a browser or a mail program might send to any of them.
const FORMS: &[&str] = &[
    "leave=1",
    "again=1",
    "again=pause",
    "do=save",
    "do=pause",
    "do=resume",
    "do=again",
    "do=skip",
    "email=new%40reader.example",
    "do=join",
    "do=leave",
    "do=less",
    "do=undo",
    "do=export",
    "do=move",
    "do=forget",
    "forget=1",
    "confirm=1",
    "do=lead&article=1&seen=0",
    "do=ban&article=1&scope=day",
    "do=subject&text=x&seen=0",
    "do=approve",
    "do=hold",
    "do=seen",
    "do=rewrite&headline=x&summary=y",
    "do=withdraw",
    "do=merge&story=2",
];
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// A paper with two lists, two readers, a sign-up that waits, and an issue that everybody may read.
struct Site {
    pages: Pages,
    readers: Vec<SubscriptionId>,
    other: ListId,
    digest: i64,
    signup: (i64, i64),
    /// A new address that waits: its number, and its instant in milliseconds.
    moving: (i64, i64),
    /// The number of the first reader's feed.
    feed: i64,
    /// Who may do everything at the desk.
    admin: Seated,
    /// A link to come in by: its number, and its instant in milliseconds.
    login: (i64, i64),
}

impl Site {
    async fn new() -> Site {
        let paper = Paper::daily().await;
        let store = paper.store();
        let set = store.list_set(paper.list, "archive", "public");
        set.await.unwrap();
        let other = slug("other");
        let other = store.list_add(&other, &[], paper.now).await.unwrap();
        let readers = paper.readers(&["ann@reader.example", "bob@reader.example"]);
        let readers = readers.await;
        let edition = paper.plan().await;
        let digest = store.digest_of(edition.id, readers[0]).await;
        let digest = digest.unwrap().unwrap().id.0;
        paper.arrive().await;
        let published = paper.press().publish(after(paper.now, 15)).await;
        assert_eq!(published.unwrap().0, 1);
        let address = Address::parse("new@reader.example").unwrap();
        let new = NewSignup {
            list: paper.list,
            hash: paper.folder.keys.address_hash(&address),
            counted: paper.folder.keys.address_hash(&address),
            address,
            language: "en".to_owned(),
            zone: None,
            source: SignupSource::Page,
            wording: String::new(),
            network: None,
            at: paper.now,
        };
        assert_eq!(store.signups_add(&[new]).await.unwrap(), 1);
        let signup = store.signup_next(None, true, paper.now).await;
        let signup = signup.unwrap().unwrap();
        let moved = Address::parse("moved@reader.example").unwrap();
        let new = NewLinkMail {
            kind: LinkKind::Moved,
            hash: paper.folder.keys.address_hash(&moved),
            counted: paper.folder.keys.address_hash(&moved),
            address: Some(moved),
            subscription: Some(readers[0]),
            language: "en".to_owned(),
            at: paper.now,
        };
        assert!(store.link_mail_add(&new).await.unwrap());
        let moving = store.link_mail_next(None, true, paper.now).await;
        let moving = moving.unwrap().unwrap();
        let feed = store.feed_no(readers[0]).await.unwrap();
        let at = paper.now.as_millisecond();
        let pages = Pages::real(paper).await;
        let all = Grant {
            list: None,
            role: Role::Admin,
        };
        let admin = pages.seated("chief@paper.example", &[all]).await;
        let hash = pages.paper.hash("chief@paper.example");
        let store = pages.paper.store();
        let login = store.login_link_add(&hash, LinkWay::Printed, pages.paper.now);
        let login = login.await.unwrap().unwrap();
        Site {
            moving: (moving.id.0, at),
            feed,
            admin,
            login: (login.0, at),
            signup: (signup.id.0, signup.at.as_millisecond()),
            pages,
            readers,
            other,
            digest,
        }
    }

    /// A token for a purpose: of the list, the first reader, and what else it names.
    fn token(&self, purpose: Purpose) -> String {
        let list = self.pages.paper.list;
        match purpose {
            Purpose::Confirm => {
                let (id, at) = self.signup;
                token(&self.pages.paper, purpose, (list, SubscriptionId(id), at))
            }
            Purpose::Moved => {
                let (id, at) = self.moving;
                token(&self.pages.paper, purpose, (list, SubscriptionId(id), at))
            }
            Purpose::Enter => {
                let (id, at) = self.login;
                token(
                    &self.pages.paper,
                    purpose,
                    (ListId(0), SubscriptionId(id), at),
                )
            }
            _ => self.token_of(purpose, list, self.readers[0]),
        }
    }

    fn token_of(&self, purpose: Purpose, list: ListId, reader: SubscriptionId) -> String {
        let names = match purpose {
            Purpose::Feed => self.feed,
            Purpose::Export | Purpose::Move | Purpose::Forget => {
                self.pages.paper.now.as_millisecond()
            }
            _ => self.digest,
        };
        token(&self.pages.paper, purpose, (list, reader, names))
    }

    /// A path that a route serves, with this in the place of its token.
    fn path(&self, route: &Route, token: &str) -> String {
        let parts = route.path.split('/').map(|part| match part {
            "{token}" => token.to_owned(),
            "{list}" => "times".to_owned(),
            "{digest}" => self.digest.to_string(),
            "{cadence}" => "daily".to_owned(),
            "{run}" => "2026-11-25".to_owned(),
            "{article}" => "1".to_owned(),
            "{issue}" => "daily-2026-11-25".to_owned(),
            "{name}" => format!("{}.jpg", "a".repeat(64)),
            "{nonce}" => "abcdefghijklmnop".to_owned(),
            part => {
                assert!(!part.contains('{'), "{}: give an example", route.path);
                part.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// The path with a token that is right.
    fn own(&self, route: &Route) -> String {
        let token = route.token.map(|purpose| self.token(purpose));
        self.path(route, &token.unwrap_or_default())
    }
}

#[tokio::test]
async fn no_get_and_no_head_of_any_route_changes_a_byte() {
    let site = Site::new().await;
    let before = site.pages.dump().await;
    for route in ROUTES {
        let path = site.own(route);
        let queries = FORMS.iter().copied().chain([ONE_CLICK, ""]);
        for query in queries {
            for method in [Method::GET, Method::HEAD] {
                let asked = format!("{path}?{query}");
                let own = [("cookie", site.admin.cookie.as_str())];
                let own = if route.desk.is_some() { &own[..] } else { &[] };
                let said = site.pages.ask(method.clone(), &asked, own, None).await;
                let status = said.status.as_u16();
                let served = match route.gets {
                    true => status == 200 || (route.path.starts_with("/i/") && status == 404),
                    false => status == 405,
                };
                assert!(served, "{method} {}: {status}", route.path);
            }
        }
        assert_eq!(site.pages.dump().await, before, "{}", route.path);
    }
}

#[tokio::test]
async fn no_route_takes_a_form_of_another_site() {
    let site = Site::new().await;
    let before = site.pages.dump().await;
    let foreign: &[&[(&str, &str)]] = &[
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("referer", "https://evil.example/form")],
        &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    ];
    for route in ROUTES {
        let path = site.own(route);
        for form in FORMS {
            for headers in foreign {
                // Even with the cookie, which browsers do not send across sites.
                let mut headers = headers.to_vec();
                headers.push(("cookie", &site.admin.cookie));
                let said = site
                    .pages
                    .ask(Method::POST, &path, &headers, Some(form))
                    .await;
                let expected = match route.posts {
                    Posts::None => StatusCode::METHOD_NOT_ALLOWED,
                    Posts::OwnSite | Posts::Anybody => StatusCode::FORBIDDEN,
                };
                assert_eq!(said.status, expected, "{} {form} {headers:?}", route.path);
            }
        }
        assert_eq!(site.pages.dump().await, before, "{}", route.path);
    }
    // Behind a token, browsers say `null` of our own forms; elsewhere it is another site's.
    for route in ROUTES.iter().filter(|r| r.posts == Posts::OwnSite) {
        let path = site.own(route);
        let null = [("origin", "null")];
        let said = site.pages.ask(Method::POST, &path, &null, Some("x=y"));
        let refused = said.await.status == StatusCode::FORBIDDEN;
        assert_eq!(refused, route.token.is_none(), "{}", route.path);
    }
    let before = site.pages.dump().await;
    // The exceptions are two: a mail program's one click, and a form of a site that the list names.
    let open = ROUTES.iter().filter(|r| r.posts == Posts::Anybody);
    let open: Vec<&str> = open.map(|r| r.path).collect();
    assert_eq!(open, ["/u/{token}", "/api/join/{list}"]);
    let leave = ROUTES.iter().find(|r| r.path == "/u/{token}").unwrap();
    let path = site.own(leave);
    let said = site
        .pages
        .ask(Method::POST, &path, foreign[0], Some(ONE_CLICK))
        .await;
    assert_eq!(said.status, StatusCode::OK);
    assert_ne!(site.pages.dump().await, before);
}

#[tokio::test]
async fn a_token_opens_what_it_was_made_for_and_nothing_else() {
    let site = Site::new().await;
    let before = site.pages.dump().await;
    let nothing = site.pages.get("/no/such/page").await.text;
    let signed = || ROUTES.iter().filter(|r| r.token.is_some());
    assert!(signed().count() >= 4);
    for route in signed() {
        let own = route.token.unwrap();
        for purpose in Purpose::ALL.iter().copied().filter(|p| *p != own) {
            let path = site.path(route, &site.token(purpose));
            if route.gets {
                let page = site.pages.get(&path).await;
                assert_eq!(
                    page.status,
                    StatusCode::NOT_FOUND,
                    "{} {purpose}",
                    route.path
                );
                assert_eq!(page.text, nothing, "{} {purpose}", route.path);
            }
            if route.posts == Posts::None {
                continue;
            }
            for form in FORMS.iter().copied().chain([ONE_CLICK]) {
                let page = site.pages.post(&path, form).await;
                assert_eq!(
                    page.status,
                    StatusCode::NOT_FOUND,
                    "{} {purpose}",
                    route.path
                );
                assert_eq!(page.text, nothing, "{} {purpose}", route.path);
            }
        }
    }
    assert_eq!(site.pages.dump().await, before);
}

/// Tokens are `id.payload.tag`: whatever the payload of one says, the tag of another does not stand for
/// it. And one that is sound, of a list that the subscription is none of, shows and changes nothing.
#[tokio::test]
async fn list_and_subscription_cannot_be_swapped() {
    let site = Site::new().await;
    let list = site.pages.paper.list;
    let before = site.pages.dump().await;
    for route in ROUTES.iter().filter(|r| r.token.is_some()) {
        let purpose = route.token.unwrap();
        let all = [
            site.token(purpose),
            site.token_of(purpose, list, site.readers[1]),
            site.token_of(purpose, site.other, site.readers[0]),
            site.token_of(purpose, site.other, site.readers[1]),
        ];
        let parts = |token: &str| -> Vec<String> { token.split('.').map(str::to_owned).collect() };
        for (n, one) in all.iter().enumerate() {
            for (m, other) in all.iter().enumerate().filter(|(m, _)| *m != n) {
                let (one, other) = (parts(one), parts(other));
                let mixed = format!("{}.{}.{}", one[0], one[1], other[2]);
                let path = site.path(route, &mixed);
                if route.gets {
                    let said = site.pages.get(&path).await;
                    assert_eq!(said.status, StatusCode::NOT_FOUND, "{} {n} {m}", route.path);
                }
                if route.posts != Posts::None {
                    let said = site.pages.post(&path, ONE_CLICK).await;
                    assert_eq!(said.status, StatusCode::NOT_FOUND, "{} {n} {m}", route.path);
                }
            }
        }
        for strange in &all[2..] {
            let path = site.path(route, strange);
            let mut said = vec![site.pages.get(&path).await];
            if route.posts != Posts::None {
                for form in FORMS.iter().copied().chain([ONE_CLICK]) {
                    said.push(site.pages.post(&path, form).await);
                }
            }
            for said in said {
                assert!(!said.text.contains("***"), "{}: {}", route.path, said.text);
            }
        }
        assert_eq!(site.pages.dump().await, before, "{}", route.path);
    }
}

#[test]
fn the_router_is_made_of_the_table_and_of_nothing_else() {
    fn walk(folder: &Path, out: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                out.push((path.display().to_string(), text));
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut files = Vec::new();
    walk(&folder, &mut files);
    let makes = [
        ".route(",
        ".route_service(",
        ".nest(",
        ".nest_service(",
        ".merge(",
    ];
    let mut made = Vec::new();
    for (file, text) in &files {
        // Received letters are the demo's own pages, and have a test of their own.
        if file.ends_with("inbox.rs") || file.contains("/inbox/") {
            continue;
        }
        let lines = text
            .lines()
            .filter(|line| makes.iter().any(|m| line.contains(m)));
        made.extend(lines.map(|line| format!("{file}: {}", line.trim())));
    }
    assert_eq!(made.len(), 1, "routes beside the table: {made:#?}");
    assert!(
        made[0].contains("mod.rs: routes = routes.route(one.path"),
        "{made:?}"
    );
    let mut paths: Vec<&str> = ROUTES.iter().map(|r| r.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), ROUTES.len());
    for route in ROUTES {
        assert_eq!(
            route.token.is_some(),
            route.path.contains("{token}"),
            "{}",
            route.path
        );
        assert!(route.gets || route.posts != Posts::None, "{}", route.path);
    }
}
