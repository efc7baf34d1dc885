//! `/desk/sessions` and `/desk/password`: where one is signed in, and by what.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::super::{House, visitor};
use super::seat::{Posted, Seat};
use super::sign_in::{Asker, TOO_MANY, see_other};
use crate::domain::SessionId;
use crate::domain::sign_in::{Ending, PASSWORD_LEAST, password_will_do};
use crate::entry::password;
use crate::store::StoreError;

/// `GET /desk/sessions`.
pub(in crate::web) async fn sessions_show(State(house): State<House>, seat: Seat) -> Response {
    house.desk_answer(house.sessions_page(&seat).await)
}

/// `POST /desk/sessions`: ends one of theirs, or all others.
pub(in crate::web) async fn sessions_act(
    State(house): State<House>,
    seat: Seat,
    Posted(form): Posted,
) -> Response {
    let which = match form.one("end") {
        Some("others") => Some(Ending::Others(seat.session)),
        Some(id) => id.parse().ok().map(|id| Ending::One(SessionId(id))),
        None => None,
    };
    let Some(which) = which else {
        return house.pages.plain(StatusCode::BAD_REQUEST, "bad_form");
    };
    let now = house.app.clock.now();
    match seat.store().sessions_end(seat.editor.id, which, now).await {
        Ok(_) => see_other("/desk/sessions"),
        Err(error) => house.pages.failed(&error),
    }
}

/// `GET /desk/password`.
pub(in crate::web) async fn password_ask(State(house): State<House>, seat: Seat) -> Response {
    house.password_page(&seat, StatusCode::OK, "")
}

/// `POST /desk/password`: a new one. All other sessions end.
pub(in crate::web) async fn password_act(
    State(house): State<House>,
    seat: Seat,
    Posted(form): Posted,
    request: Request,
) -> Response {
    let from = visitor::address(&request, house.join.trusted());
    let asker = Asker::of(request.headers(), from);
    let word = |name| form.raw(name).unwrap_or_default().to_owned();
    let typed = Typed {
        now: word("now"),
        new: word("new"),
        again: word("again"),
        code: word("code"),
    };
    house.desk_answer(house.change_password(&seat, &typed, &asker).await)
}

struct Typed {
    now: String,
    new: String,
    again: String,
    code: String,
}

impl House {
    async fn sessions_page(&self, seat: &Seat) -> Result<Response, StoreError> {
        let now = self.app.clock.now();
        let sessions = self.app.store.sessions_of(seat.editor.id, now).await?;
        let rows: Vec<_> = sessions
            .iter()
            .map(|s| {
                context! {
                    id => s.id.0, own => s.id == seat.session, browser => s.browser.as_str(),
                    network => s.network.as_str(),
                    since => s.made.strftime("%Y-%m-%d %H:%M UTC").to_string(),
                    until => s.ends.strftime("%Y-%m-%d").to_string(),
                }
            })
            .collect();
        let own = context! {
            sessions => rows, address => seat.editor.address.masked(),
            password => seat.editor.has_password, totp => seat.editor.has_totp,
        };
        Ok(self.desk_page(seat, StatusCode::OK, "desk_sessions.html", own))
    }

    fn password_page(&self, seat: &Seat, status: StatusCode, wrong: &str) -> Response {
        let own = context! {
            has => seat.editor.has_password, code => seat.editor.has_totp, wrong,
            least => PASSWORD_LEAST, done => false,
        };
        self.desk_page(seat, status, "desk_password.html", own)
    }

    async fn change_password(
        &self,
        seat: &Seat,
        typed: &Typed,
        asker: &Asker,
    ) -> Result<Response, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let wrong =
            |words: &str| Ok(self.password_page(seat, StatusCode::UNPROCESSABLE_ENTITY, words));
        if typed.new != typed.again {
            return wrong("The two new passwords differ.");
        }
        if let Err(weak) = password_will_do(&typed.new, &seat.editor) {
            return wrong(&format!("This will not do: {weak}."));
        }
        let account = self.account(&seat.editor.address);
        if !store.sign_in_try(&account, &asker.network, now).await? {
            return Ok(self.password_page(seat, StatusCode::TOO_MANY_REQUESTS, TOO_MANY));
        }
        let proofs = store.editor_proofs(&account).await?;
        let stored = proofs.as_ref().and_then(|p| p.password.clone());
        let right = stored.is_none() || self.is_password(stored, &typed.now).await;
        let coded = self.is_code(proofs.as_ref(), &typed.code);
        let (true, Ok(step)) = (right, coded) else {
            return wrong("The present password or the code is wrong.");
        };
        if let Some(step) = step
            && !store.totp_use(seat.editor.id, step).await?
        {
            return wrong("This code was used already. Wait for the next one.");
        }
        let Some(hash) = self.hashed(&typed.new).await else {
            return wrong("The password could not be hashed. Nothing was changed.");
        };
        let kept = Ending::Others(seat.session);
        let by = seat.store();
        let set = by.editor_password(seat.editor.id, Some(&hash), kept, now);
        set.await?;
        store.sign_in_right(&account, &asker.network, now).await?;
        let own = context! { has => true, code => false, wrong => "", least => 0, done => true };
        Ok(self.desk_page(seat, StatusCode::OK, "desk_password.html", own))
    }

    async fn hashed(&self, typed: &str) -> Option<String> {
        let typed = typed.to_owned();
        let mut salt = [0; password::SALT];
        getrandom::fill(&mut salt).ok()?;
        let _free = self.desk.hashing.acquire().await.ok()?;
        let made = tokio::task::spawn_blocking(move || password::hashed(&typed, &salt));
        made.await.ok()?.ok()
    }
}
