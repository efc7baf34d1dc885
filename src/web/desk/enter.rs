//! `/desk/enter/{token}`: a mailed or printed link. GET shows a button, POST uses it, once.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::super::{Form, House, refused, visitor};
use super::sign_in::{Asker, TOO_MANY, see_other};
use crate::domain::LoginLinkId;
use crate::domain::editor::Editor;
use crate::domain::sign_in::Used;
use crate::feedback::link::Purpose;
use crate::store::StoreError;

type Token = Result<Path<String>, PathRejection>;

/// The link of a token: its number, and its instant in milliseconds.
fn named(house: &House, token: Token) -> Option<(LoginLinkId, i64)> {
    let Path(token) = token.ok()?;
    let opened = house.app.keys.open(Purpose::Enter, &token).ok()?;
    Some((LoginLinkId(opened.subscription.0), opened.digest.0))
}

/// `GET /desk/enter/{token}`: a button, since scanners press every link.
pub(in crate::web) async fn enter_ask(State(house): State<House>, token: Token) -> Response {
    let Some(link) = named(&house, token) else {
        return house.pages.not_found();
    };
    let answer = house.link_editor(link).await.map(|editor| match editor {
        Some(editor) => house.enter_page(StatusCode::OK, &editor, ""),
        None => house.link_over(),
    });
    house.desk_answer(answer)
}

/// `POST /desk/enter/{token}`: comes in.
pub(in crate::web) async fn enter_act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let Some(link) = named(&house, token) else {
        return house.pages.not_found();
    };
    let from = visitor::address(&request, house.join.trusted());
    let asker = Asker::of(request.headers(), from);
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return refused(&house.pages, &error),
    };
    house.desk_answer(house.enter(link, &form, &asker).await)
}

impl House {
    /// Who a link lets in; `None` where it is used, too old, or theirs who may not come in.
    async fn link_editor(&self, link: (LoginLinkId, i64)) -> Result<Option<Editor>, StoreError> {
        let found = self
            .app
            .store
            .login_link(link, self.app.clock.now())
            .await?;
        Ok(found.filter(|l| l.good).and_then(|l| l.editor))
    }

    async fn enter(
        &self,
        link: (LoginLinkId, i64),
        form: &Form,
        asker: &Asker,
    ) -> Result<Response, StoreError> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let Some(editor) = self.link_editor(link).await? else {
            return Ok(self.link_over());
        };
        let account = self.account(&editor.address);
        let mut totp_step = None;
        if editor.has_totp {
            if !store.sign_in_try(&account, &asker.network, now).await? {
                let status = StatusCode::TOO_MANY_REQUESTS;
                return Ok(self.enter_page(status, &editor, TOO_MANY));
            }
            let proofs = store.editor_proofs(&account).await?;
            let code = form.one("code").unwrap_or_default();
            let Ok(step) = self.is_code(proofs.as_ref(), code) else {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(self.enter_page(status, &editor, "This code is wrong."));
            };
            totp_step = step;
        }
        let used = Used {
            link: Some(link),
            totp_step,
        };
        let Some(cookie) = self.let_in(editor.id, used, asker).await? else {
            let still = self.link_editor(link).await?;
            return Ok(match still {
                Some(editor) => {
                    let wrong = "This code was used already. Wait for the next one.";
                    self.enter_page(StatusCode::UNPROCESSABLE_ENTITY, &editor, wrong)
                }
                None => self.link_over(),
            });
        };
        if editor.has_totp {
            store.sign_in_right(&account, &asker.network, now).await?;
        }
        Ok(self.with_cookie(see_other("/desk/"), Some(&cookie)))
    }

    fn enter_page(&self, status: StatusCode, editor: &Editor, wrong: &str) -> Response {
        let own = context! { name => editor.name.as_str(), code => editor.has_totp, wrong };
        self.desk_plain(status, "desk_enter.html", own)
    }

    fn link_over(&self) -> Response {
        let said = (
            "This link is over",
            "A link is good once, for fifteen minutes. Let another one be mailed.",
        );
        self.desk_said(None, StatusCode::GONE, said)
    }
}
