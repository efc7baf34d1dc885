//! Who sits at the desk, and what they posted: what handlers are given.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::super::{Form, House};
use super::token_hash;
use crate::domain::audit::Who;
use crate::domain::editor::{Act, Editor};
use crate::domain::{ListId, SessionId};
use crate::store::{Store, StoreError};

/// Somebody who is signed in, and whose route they may use.
#[derive(Clone)]
pub(in crate::web) struct Seat {
    /// Who.
    pub(in crate::web) editor: Editor,
    /// By which session.
    pub(in crate::web) session: SessionId,
    form: String,
    house: House,
}

impl Seat {
    /// What a form carries in its hidden field `form`: it comes from a page that this session was
    /// given.
    pub(in crate::web) fn form(&self) -> &str {
        &self.form
    }

    /// Whether they may do something with a list; else the page that says whose job it is.
    pub(in crate::web) fn may(&self, list: ListId, act: Act) -> Result<(), Box<Response>> {
        match self.editor.may(list, act) {
            true => Ok(()),
            false => Err(Box::new(self.refused(act))),
        }
    }

    /// The database, for what they do: it is theirs in the audit.
    pub(in crate::web) fn store(&self) -> Store {
        let who = Who {
            editor: Some(self.editor.id),
            name: self.editor.name.clone(),
        };
        self.house.app.store.spoken_for(who)
    }

    /// The page that says which role is needed.
    pub(super) fn refused(&self, act: Act) -> Response {
        let roles: Vec<&str> = self.editor.grants.iter().map(|g| g.role.as_str()).collect();
        let have = match roles.is_empty() {
            true => "no role yet".to_owned(),
            false => format!("the role {}", roles.join(" and ")),
        };
        let head = format!("This needs the role {}", act.roles());
        let more = format!("You have {have} here. Somebody with the role admin gives it to you.");
        let said = (head.as_str(), more.as_str());
        self.house
            .desk_said(Some(self), StatusCode::FORBIDDEN, said)
    }
}

impl FromRequestParts<House> for Seat {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Seat, Response> {
        // Only the gate puts one there: a route whose row asks for none has none.
        let seat = parts.extensions.get::<Seat>().cloned();
        seat.ok_or_else(|| house.pages.not_found())
    }
}

/// The form that somebody posted, its token looked at.
#[derive(Clone)]
pub(in crate::web) struct Posted(pub(in crate::web) Form);

impl FromRequestParts<House> for Posted {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Posted, Response> {
        let posted = parts.extensions.remove::<Posted>();
        posted.ok_or_else(|| house.pages.not_found())
    }
}

impl House {
    /// Who a cookie's token lets in.
    pub(super) async fn seat(&self, token: &str) -> Result<Option<Seat>, StoreError> {
        let now = self.app.clock.now();
        let found = self.app.store.session(&token_hash(token), now).await?;
        Ok(found.map(|(session, editor)| Seat {
            editor,
            session,
            form: form_token(token),
            house: self.clone(),
        }))
    }
}

/// Bound to the session, and no way back to its cookie.
fn form_token(token: &str) -> String {
    let hash = Sha256::new().chain_update(b"form\0").chain_update(token);
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
}
