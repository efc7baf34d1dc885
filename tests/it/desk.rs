//! The desk's door: who gets in, by what, what they may, and what a stranger learns.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Instant;

use courant::domain::editor::{Act, Grant, Role};
use courant::domain::sign_in::{Ending, LinkWay, TRIES_ACCOUNT, TRIES_NETWORK};
use courant::domain::{EditorId, ListId, LoginLinkId, SubscriptionId};
use courant::entry::{password, totp};
use courant::feedback::link::Purpose;
use courant::store::Store;
use courant::web::routes::{Posts, ROUTES, Route};
use reqwest::{Method, StatusCode};

use crate::support::desk::{Seated, form_token};
use crate::support::pages::{Pages, Said, token};
use crate::support::paper::Paper;
use crate::support::reader_pages::ReaderPages;

const ANN: &str = "ann@paper.example";
const WORDS: &str = "correct horse battery";

fn all(role: Role) -> Grant {
    Grant { list: None, role }
}

async fn desk() -> Pages {
    Pages::of(Paper::daily().await).await
}

/// A path of a route, with an example for each of its parts.
fn path(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{list}" => "times".to_owned(),
        "{cadence}" => "daily".to_owned(),
        "{run}" => "2026-11-25".to_owned(),
        part if part.starts_with('{') => "1".to_owned(),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Rows of the desk that need a session.
fn rows() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|r| r.desk.is_some())
}

impl Pages {
    async fn password(&self, id: EditorId, words: &str) {
        let hash = password::hashed(words, &[3; 16]).unwrap();
        let store = self.paper.store();
        let set = store.editor_password(id, Some(&hash), Ending::All, self.paper.now);
        set.await.unwrap();
    }

    async fn sign_in(&self, address: &str, words: &str, code: &str) -> Said {
        let fields = [
            ("do", "password"),
            ("email", address),
            ("password", words),
            ("code", code),
        ];
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.post("/desk/sign-in", &form).await
    }

    /// A printed link: its path.
    async fn link(&self, address: &str) -> String {
        let (store, now) = (self.paper.store(), self.paper.now);
        let hash = self.paper.hash(address);
        let LoginLinkId(id) = store
            .login_link_add(&hash, LinkWay::Printed, now)
            .await
            .unwrap()
            .unwrap();
        let to = (ListId(0), SubscriptionId(id), now.as_millisecond());
        format!("/desk/enter/{}", token(&self.paper, Purpose::Enter, to))
    }

    /// The secret of somebody's authenticator, set anew.
    async fn totp(&self, id: EditorId) -> [u8; 20] {
        let (store, now) = (self.paper.store(), self.paper.now);
        store
            .editor_totp(id, Some(("k1", &[9; 16])), now)
            .await
            .unwrap();
        let keys = &self.paper.folder.keys;
        keys.totp_secret("k1", id, &[9; 16]).unwrap()
    }
}

fn cookie(said: &Said) -> String {
    let set = said.header("set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_role_gets_what_its_row_says_and_nothing_else() {
    let pages = desk().await;
    assert!(rows().count() >= 4);
    let mut people: Vec<(Option<Role>, Seated)> = Vec::new();
    for role in Role::ALL.iter().copied().map(Some).chain([None]) {
        let name = role.map_or("nobody", Role::as_str);
        let grants: Vec<Grant> = role.map(all).into_iter().collect();
        let address = format!("{name}@paper.example");
        people.push((role, pages.seated(&address, &grants).await));
    }
    let may = |role: Option<Role>, act: Act| act == Act::Own || role.is_some_and(|r| r.may(act));
    for route in rows() {
        let (needs, path) = (route.desk.unwrap(), path(route));
        for (role, by) in &people {
            if route.gets {
                let said = pages.desk_get(by, &path).await;
                let refused = said.status == StatusCode::FORBIDDEN;
                assert_eq!(refused, !may(*role, needs.get), "GET {path} {role:?}");
                if refused {
                    assert!(said.text.contains(&needs.get.roles()), "{}", said.text);
                }
            }
            // Signing out is for the end: it would end the walk.
            if route.posts != Posts::None && !may(*role, needs.post) {
                let before = pages.dump().await;
                let said = pages.desk_post(by, &path, "").await;
                assert_eq!(said.status, StatusCode::FORBIDDEN, "POST {path} {role:?}");
                assert_eq!(pages.dump().await, before, "{path} {role:?}");
            }
        }
    }
}

#[tokio::test]
async fn without_a_session_or_its_form_nothing_is_shown_and_nothing_done() {
    let pages = desk().await;
    let ann = pages.seated(ANN, &[all(Role::Admin)]).await;
    let bob = pages.seated("bob@paper.example", &[all(Role::Admin)]).await;
    let before = pages.dump().await;
    for route in rows() {
        let path = path(route);
        if route.gets {
            for headers in [
                &[][..],
                &[("cookie", "desk=AAAA")],
                &[("cookie", "__Host-desk=x")],
            ] {
                let said = pages.ask(Method::GET, &path, headers, None).await;
                assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{path}");
                assert!(said.text.contains("Mail me a link"), "{path}");
            }
        }
        if route.posts == Posts::None {
            continue;
        }
        let own = [("sec-fetch-site", "same-origin")];
        let said = pages
            .ask(Method::POST, &path, &own, Some("end=others"))
            .await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{path}");
        for form in [
            "",
            "form=",
            "form=AAAAAAAAAAAAAAAAAAAAAA",
            &format!("form={}", bob.form),
        ] {
            let headers = [own[0], ("cookie", ann.cookie.as_str())];
            let said = pages.ask(Method::POST, &path, &headers, Some(form)).await;
            assert_eq!(said.status, StatusCode::FORBIDDEN, "{path} {form}");
        }
    }
    assert_eq!(pages.dump().await, before);
    // Spelled otherwise, a path leads nowhere.
    for path in [
        "/desk/sessions/",
        "//desk/sessions",
        "/DESK/sessions",
        "/desk/%73essions/",
        "/desk",
    ] {
        let said = pages.desk_get(&ann, path).await;
        assert_eq!(said.status, StatusCode::NOT_FOUND, "{path}");
    }
    // From a mail in a browser, a strict cookie comes only with the second request.
    let across = [("sec-fetch-site", "cross-site")];
    let said = pages
        .ask(Method::GET, "/desk/sessions", &across, None)
        .await;
    assert_eq!(said.status, StatusCode::OK);
    // Attributes have their slashes escaped.
    let text = said.text.replace("&#x2f;", "/");
    assert!(text.contains("content=\"0;url=/desk/sessions\""), "{text}");
    assert!(!text.contains("/desk/sign-out"), "{text}");
}

#[tokio::test]
async fn a_page_of_the_desk_is_nobody_elses() {
    let pages = desk().await;
    let ann = pages.seated(ANN, &[all(Role::Admin)]).await;
    let said = pages.desk_get(&ann, "/desk/sessions").await;
    assert_eq!(said.header("cache-control"), "no-store");
    let policy = said.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("script-src"), "{policy}");
    assert!(!said.text.contains("http://") && !said.text.contains("https://"));
    assert_eq!(form_token(&said.text), ann.form);
    assert!(
        !ann.cookie.contains(&ann.form),
        "a form does not give the cookie away"
    );
    let stored = pages.dump().await.join("\n");
    let secret = ann.cookie.split_once('=').unwrap().1;
    assert!(!stored.contains(secret), "only its hash is kept");
}

#[tokio::test]
async fn a_link_opens_once_for_whoever_presses_the_button() {
    let pages = desk().await;
    pages.editor(ANN, &[all(Role::Editor)]).await;
    let path = pages.link(ANN).await;
    let before = pages.dump().await;
    for _ in 0..3 {
        let shown = pages.get(&path).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(
            shown.text.contains("Sign in on this browser"),
            "{}",
            shown.text
        );
    }
    assert_eq!(pages.dump().await, before, "a scanner presses links");
    // Another browser than the one that asked.
    let here = pages.post(&path, "").await;
    assert_eq!(here.status, StatusCode::SEE_OTHER);
    assert_eq!(here.header("location"), "/desk/");
    let set = here.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=604800"] {
        assert!(set.contains(part), "{set}");
    }
    let own = cookie(&here);
    let home = pages
        .ask(Method::GET, "/desk/", &[("cookie", &own)], None)
        .await;
    assert_eq!(home.status, StatusCode::OK);
    for said in [pages.post(&path, "").await, pages.get(&path).await] {
        assert_eq!(said.status, StatusCode::GONE);
        assert_eq!(said.header("set-cookie"), "");
    }
    // Who signs in anew leaves no session behind.
    let path = pages.link(ANN).await;
    let headers = [("cookie", own.as_str()), ("sec-fetch-site", "same-origin")];
    let again = pages.ask(Method::POST, &path, &headers, Some("")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let old = pages
        .ask(Method::GET, "/desk/", &[("cookie", &own)], None)
        .await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_is_asked_for_whatever_the_way_and_good_once() {
    let pages = desk().await;
    let id = pages.editor(ANN, &[all(Role::Editor)]).await;
    pages.password(id, WORDS).await;
    let secret = pages.totp(id).await;
    // The paper's clock runs on from the test's beginning.
    let step = totp::step_of(pages.paper.now);
    let code = totp::code(&secret, step);
    let wrong = match code.as_str() {
        "000000" => "000001",
        _ => "000000",
    };
    for (words, typed) in [
        (WORDS, ""),
        (WORDS, wrong),
        ("another password", code.as_str()),
    ] {
        let said = pages.sign_in(ANN, words, typed).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(said.text.contains("Address, password or code is wrong."));
    }
    let path = pages.link(ANN).await;
    let shown = pages.get(&path).await;
    assert!(shown.text.contains("Code of your authenticator"));
    for form in ["", "code=", &format!("code={wrong}")] {
        let said = pages.post(&path, form).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert_eq!(said.header("set-cookie"), "");
    }
    let inside = pages.sign_in(ANN, WORDS, &code).await;
    assert_eq!(inside.status, StatusCode::SEE_OTHER, "{}", inside.text);
    let replayed = pages.sign_in(ANN, WORDS, &code).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(replayed.header("set-cookie"), "");
    let replayed = pages.post(&path, &format!("code={code}")).await;
    assert_eq!(replayed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let next = totp::code(&secret, step + 1);
    let said = pages.post(&path, &format!("code={next}")).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "the link is still good");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_the_links_under_way() {
    let pages = desk().await;
    let ann = pages.seated(ANN, &[all(Role::Editor)]).await;
    let other = pages.session(ann.id, "another browser").await;
    let link = pages.link(ANN).await;
    for (form, words) in [
        ("new=short&again=short", "12 characters or more"),
        ("new=correct+horse+battery&again=correct+horse", "differ"),
        (
            "new=aaaaaaaaaaaaaaaa&again=aaaaaaaaaaaaaaaa",
            "one character",
        ),
        (
            "new=ann%40paper.example&again=ann%40paper.example",
            "not an address",
        ),
    ] {
        let said = pages.desk_post(&ann, "/desk/password", form).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(said.text.contains(words), "{form}: {}", said.text);
    }
    let form = "new=correct+horse+battery&again=correct+horse+battery";
    let said = pages.desk_post(&ann, "/desk/password", form).await;
    assert_eq!(said.status, StatusCode::OK, "{}", said.text);
    assert!(said.text.contains("The new password holds"));
    let kept = pages.desk_get(&ann, "/desk/").await;
    assert_eq!(kept.status, StatusCode::OK);
    let old = pages.desk_get(&other, "/desk/").await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    assert_eq!(pages.get(&link).await.status, StatusCode::GONE);
    let form = "now=wrong&new=another+horse+battery&again=another+horse+battery";
    let said = pages.desk_post(&ann, "/desk/password", form).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    let inside = pages.sign_in(ANN, WORDS, "").await;
    assert_eq!(inside.status, StatusCode::SEE_OTHER);
    // One's own sessions are listed and ended.
    let shown = pages.desk_get(&ann, "/desk/sessions").await;
    assert!(shown.text.contains("End all others"), "{}", shown.text);
    let said = pages.desk_post(&ann, "/desk/sessions", "end=others").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let own = cookie(&inside);
    let over = pages
        .ask(Method::GET, "/desk/", &[("cookie", &own)], None)
        .await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED);
    let out = pages.desk_post(&ann, "/desk/sign-out", "").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let over = pages.desk_get(&ann, "/desk/").await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_guesses_come_to_a_few() {
    let pages = desk().await;
    let id = pages.editor(ANN, &[all(Role::Admin)]).await;
    pages.password(id, WORDS).await;
    let mut looked_at = 0;
    for round in 0..100 {
        let guesses = (0..100).map(|n| {
            let pages = &pages;
            async move {
                // Half of them at one account, half at as many as there are guesses.
                let address = match n % 2 {
                    0 => ANN.to_owned(),
                    _ => format!("nobody{round}-{n}@paper.example"),
                };
                pages
                    .sign_in(&address, &format!("guess {round} {n}"), "")
                    .await
            }
        });
        for said in futures(guesses).await {
            match said.status {
                StatusCode::UNPROCESSABLE_ENTITY => looked_at += 1,
                status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
            }
        }
    }
    assert!(looked_at <= TRIES_ACCOUNT.max(TRIES_NETWORK), "{looked_at}");
    let right = pages.sign_in(ANN, WORDS, "").await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    let again = Store::open(pages.paper.store().path()).await.unwrap();
    let hash = pages.paper.hash(ANN);
    let tried = again.sign_in_try(&hash, "127.0.0.0/24", pages.paper.now);
    assert!(!tried.await.unwrap(), "a restart forgets none of them");
    // A link is a way in all the same.
    let path = pages.link(ANN).await;
    assert_eq!(pages.post(&path, "").await.status, StatusCode::SEE_OTHER);
}

/// All of them at once.
async fn futures<F: Future<Output = Said>>(all: impl Iterator<Item = F>) -> Vec<Said> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<Said>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (waiting, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(said) = waiting.as_mut().poll(context)
            {
                *done = Some(said);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_stranger_learns_nothing_of_who_has_an_account() {
    let pages = desk().await;
    let id = pages.editor(ANN, &[all(Role::Editor)]).await;
    pages.password(id, WORDS).await;
    let masked = |said: &Said, address: &str| said.text.replace(address, "…");
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..4 {
        for (who, times) in [ANN, "joe@paper.example"].into_iter().zip(&mut times) {
            let begun = Instant::now();
            let said = pages.sign_in(who, &format!("wrong {n}"), "").await;
            times.push(begun.elapsed());
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    for times in &mut times {
        times.sort();
    }
    // The work is the same: a hash each, which is most of the time that an answer takes.
    let ratio = times[0][1].as_secs_f64() / times[1][1].as_secs_f64();
    assert!((0.2..5.0).contains(&ratio), "{times:?}");
    let mut said = Vec::new();
    for who in [ANN, "joe@paper.example"] {
        let wrong = pages.sign_in(who, "wrong", "").await;
        let form = format!("email={}", who.replace('@', "%40"));
        let before = pages.dump().await.len();
        let link = pages.post("/desk/sign-in", &form).await;
        assert_eq!(link.status, StatusCode::OK);
        let written = pages.dump().await.len() - before;
        said.push((masked(&wrong, who), masked(&link, who), written));
    }
    assert_eq!(said[0], said[1]);
}

#[tokio::test]
async fn a_link_comes_by_mail_and_only_to_editors() {
    let pages = ReaderPages::new(Default::default()).await;
    let store = pages.paper.store();
    let new = courant::store::NewEditor {
        hash: pages.paper.hash(ANN),
        address: courant::domain::address::Address::parse(ANN).unwrap(),
        name: "Ann".to_owned(),
        grants: vec![all(Role::Editor)],
    };
    store.editor_add(&new, pages.now).await.unwrap();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    for who in [ANN, "joe@paper.example"] {
        let ask = client.post(format!("{}/desk/sign-in", pages.base));
        let form = format!("email={}", who.replace('@', "%40"));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let said = ask.header(kind.0, kind.1).body(form).send().await.unwrap();
        assert_eq!(said.status(), StatusCode::OK);
    }
    assert_eq!(pages.send_desk().await, 1);
    assert_eq!(pages.send_desk().await, 0);
    assert!(pages.received("joe@paper.example").is_empty());
    let paths = pages.paths(ANN);
    assert_eq!(paths.len(), 1, "{}", pages.mail(ANN));
    let post = client.post(format!("{}{}", pages.base, paths[0]));
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let said = post.header(kind.0, kind.1).body("").send().await.unwrap();
    assert_eq!(said.status(), StatusCode::SEE_OTHER);
}
