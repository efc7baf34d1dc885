//! `/desk/sign-in` and signing out: by a mailed link, or a password with a code.
//!
//! Whether an address is anybody's is not to be read off an answer, nor off its time: the same is
//! written, and the same is hashed, whoever asks.

use std::net::IpAddr;

use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minijinja::context;
use serde::Deserialize;

use super::super::{Form, House, refused, visitor};
use super::seat::Seat;
use super::token_hash;
use crate::domain::EditorId;
use crate::domain::address::{Address, AddressHash};
use crate::domain::network::Network;
use crate::domain::sign_in::{Ending, LinkWay, NewSession, PASSWORD_MOST, Proofs, Used};
use crate::entry::{password, totp};
use crate::store::StoreError;

/// Where whoever comes in goes, if nobody says.
const HOME: &str = "/desk/";
/// Most of what a browser calls itself.
const BROWSER_MOST: usize = 120;

/// What the page to sign in says.
pub(super) struct SignIn {
    back: String,
    email: String,
    /// One sentence above the form.
    pub(super) told: &'static str,
    /// What of it was wrong.
    wrong: &'static str,
    /// Which of the two ways it was.
    by_password: bool,
    sent: bool,
}

impl SignIn {
    pub(super) fn to(back: &str) -> SignIn {
        SignIn {
            back: way_back(back),
            email: String::new(),
            told: "",
            wrong: "",
            by_password: false,
            sent: false,
        }
    }
}

/// A path of the desk out of what was asked for; the home page for anything else.
pub(super) fn way_back(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~?&=%:+".contains(&b);
    let fits = text.starts_with("/desk/")
        && !text.starts_with("/desk/sign-")
        && !text.contains("//")
        && text.len() <= 500
        && text.bytes().all(plain);
    match fits {
        true => text.to_owned(),
        false => HOME.to_owned(),
    }
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(in crate::web) struct Back {
    #[serde(default)]
    to: String,
}

/// `GET /desk/sign-in`: the form.
pub(in crate::web) async fn sign_in_ask(
    State(house): State<House>,
    Query(back): Query<Back>,
) -> Response {
    house.sign_in_page(StatusCode::OK, &SignIn::to(&back.to))
}

/// `POST /desk/sign-in`: asks for a link, or comes in by a password.
pub(in crate::web) async fn sign_in_act(State(house): State<House>, request: Request) -> Response {
    let from = visitor::address(&request, house.join.trusted());
    let headers = request.headers().clone();
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return refused(&house.pages, &error),
    };
    let mut said = SignIn::to(form.one("to").unwrap_or_default());
    let typed = form.one("email").unwrap_or_default();
    said.email = typed.chars().take(320).collect();
    said.by_password = form.one("do") == Some("password");
    let Ok(address) = Address::parse(&said.email) else {
        said.wrong = "This is not an address.";
        return house.sign_in_page(StatusCode::UNPROCESSABLE_ENTITY, &said);
    };
    let answer = match said.by_password {
        true => {
            let asker = Asker::of(&headers, from);
            house.by_password(&address, &form, &asker, said).await
        }
        false => house.by_link(&address, from, said).await,
    };
    house.desk_answer(answer)
}

/// `POST /desk/sign-out`: this browser's session is over.
pub(in crate::web) async fn sign_out(State(house): State<House>, seat: Seat) -> Response {
    let (store, now) = (seat.store(), house.app.clock.now());
    let ended = store.sessions_end(seat.editor.id, Ending::One(seat.session), now);
    if let Err(error) = ended.await {
        return house.pages.failed(&error);
    }
    let mut page = SignIn::to(HOME);
    page.told = "You are signed out.";
    let page = house.sign_in_page(StatusCode::OK, &page);
    house.with_cookie(page, None)
}

/// The browser that wants to come in.
pub(super) struct Asker {
    pub(super) network: String,
    pub(super) browser: String,
    /// What it had before: nobody's session is left behind.
    cookie: HeaderMap,
}

impl Asker {
    pub(super) fn of(headers: &HeaderMap, from: IpAddr) -> Asker {
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut cookie = HeaderMap::new();
        for value in headers.get_all(header::COOKIE) {
            cookie.append(header::COOKIE, value.clone());
        }
        Asker {
            network: Network::neighbourhood(from).to_string(),
            browser: agent.chars().take(BROWSER_MOST).collect(),
            cookie,
        }
    }
}

impl House {
    /// The page to sign in.
    pub(super) fn sign_in_page(&self, status: StatusCode, said: &SignIn) -> Response {
        let own = context! {
            to => said.back.as_str(), email => said.email.as_str(), told => said.told,
            wrong => said.wrong, sent => said.sent, by_password => said.by_password,
        };
        self.desk_plain(status, "desk_sign_in.html", own)
    }

    async fn by_link(
        &self,
        address: &Address,
        from: IpAddr,
        mut said: SignIn,
    ) -> Result<Response, StoreError> {
        let now = self.app.clock.now();
        // Nothing that holds it can panic; were it poisoned, the numbers are still whole.
        let takes = {
            let mut limits = self.desk.links.lock().unwrap_or_else(|e| e.into_inner());
            limits.take(from, now)
        };
        if takes {
            let hash = self.app.keys.address_hash(address);
            let add = self.app.store.login_link_add(&hash, LinkWay::Mailed, now);
            add.await?;
        }
        said.sent = true;
        Ok(self.sign_in_page(StatusCode::OK, &said))
    }

    async fn by_password(
        &self,
        address: &Address,
        form: &Form,
        asker: &Asker,
        mut said: SignIn,
    ) -> Result<Response, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let hash = self.app.keys.address_hash(address);
        if !store.sign_in_try(&hash, &asker.network, now).await? {
            said.wrong = TOO_MANY;
            return Ok(self.sign_in_page(StatusCode::TOO_MANY_REQUESTS, &said));
        }
        let proofs = store.editor_proofs(&hash).await?;
        let typed = form.raw("password").unwrap_or_default();
        let stored = proofs.as_ref().and_then(|p| p.password.clone());
        let right = self.is_password(stored, typed).await;
        let code = form.one("code").unwrap_or_default();
        let coded = self.is_code(proofs.as_ref(), code);
        let (Some(proofs), true, Ok(totp_step)) = (proofs, right, coded) else {
            said.wrong = "Address, password or code is wrong.";
            return Ok(self.sign_in_page(StatusCode::UNPROCESSABLE_ENTITY, &said));
        };
        let used = Used {
            link: None,
            totp_step,
        };
        match self.let_in(proofs.editor, used, asker).await? {
            Some(cookie) => {
                store.sign_in_right(&hash, &asker.network, now).await?;
                Ok(self.with_cookie(see_other(&said.back), Some(&cookie)))
            }
            None => {
                said.wrong = "This code was used already. Wait for the next one.";
                Ok(self.sign_in_page(StatusCode::UNPROCESSABLE_ENTITY, &said))
            }
        }
    }

    /// Whether a password is right, off the threads that answer, a few at a time.
    pub(super) async fn is_password(&self, stored: Option<String>, typed: &str) -> bool {
        let typed: String = match typed.len() <= PASSWORD_MOST {
            true => typed.to_owned(),
            false => String::new(),
        };
        let Ok(_free) = self.desk.hashing.acquire().await else {
            return false;
        };
        let looked =
            tokio::task::spawn_blocking(move || password::is_right(stored.as_deref(), &typed));
        looked.await.unwrap_or(false)
    }

    /// The step of the code that was typed, or none where none is asked for.
    pub(super) fn is_code(&self, proofs: Option<&Proofs>, typed: &str) -> Result<Option<i64>, ()> {
        let Some(proofs) = proofs else { return Err(()) };
        let Some((key, salt)) = &proofs.totp else {
            return Ok(None);
        };
        let secret = self.app.keys.totp_secret(key, proofs.editor, salt);
        let now = self.app.clock.now();
        let step = secret.and_then(|secret| totp::step_typed(&secret, typed, now));
        step.map(Some).ok_or(())
    }

    /// Opens a session: the cookie's token. `None` where what was used opens nothing any more.
    pub(super) async fn let_in(
        &self,
        editor: EditorId,
        used: Used,
        asker: &Asker,
    ) -> Result<Option<String>, StoreError> {
        let mut token = [0; 32];
        if let Err(error) = getrandom::fill(&mut token) {
            tracing::error!(%error, "no randomness for a session");
            return Ok(None);
        }
        let token = URL_SAFE_NO_PAD.encode(token);
        let new = NewSession {
            editor,
            token_hash: token_hash(&token),
            used,
            browser: asker.browser.clone(),
            network: asker.network.clone(),
            at: self.app.clock.now(),
        };
        let Some(session) = self.app.store.session_open(&new).await? else {
            return Ok(None);
        };
        tracing::info!(editor = editor.0, session = session.0, "signed in");
        if let Some(before) = self.desk.token(&asker.cookie)
            && let Some(seat) = self.seat(before).await?
        {
            let (one, by) = (Ending::One(seat.session), seat.store());
            by.sessions_end(seat.editor.id, one, new.at).await?;
        }
        Ok(Some(token))
    }

    pub(super) fn with_cookie(&self, mut page: Response, token: Option<&str>) -> Response {
        if let Some(cookie) = self.desk.set_cookie(token) {
            page.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        page
    }

    /// The keyed hash by which an account's tries are counted.
    pub(super) fn account(&self, address: &Address) -> AddressHash {
        self.app.keys.address_hash(address)
    }
}

/// Said to whoever tried too often, whatever they try now.
pub(super) const TOO_MANY: &str =
    "There were too many tries. Wait a quarter of an hour, or let a link be mailed.";

/// 303: the browser asks for another page of ours.
pub(in crate::web) fn see_other(path: &str) -> Response {
    let mut page = StatusCode::SEE_OTHER.into_response();
    if let Ok(to) = HeaderValue::try_from(path) {
        page.headers_mut().insert(header::LOCATION, to);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::way_back;

    #[test]
    fn the_way_back_stays_at_the_desk() {
        for own in ["/desk/", "/desk/times/daily/2026-11-25?as=3"] {
            assert_eq!(way_back(own), own);
        }
        for other in [
            "",
            "//evil.example",
            "/desk//evil.example",
            "https://evil.example/desk/",
            "/desk/\\evil",
            "/desk/\r\nSet-Cookie: a",
            "/p/token",
            "/desk/sign-in",
            "/desk/sign-out",
        ] {
            assert_eq!(way_back(other), "/desk/", "{other}");
        }
    }
}
