//! A reader's own pages beside their terms: their letters so far, the publisher's other lists, what is
//! kept of them.
//!
//! What the signed link of a letter alone may do stands under `/p/{token}/`. Letters are forwarded, so
//! reading out what is kept, changing the address and being forgotten ask for a fresh link, mailed to
//! the person, good for an hour and for one of these alone.

pub(super) mod address;
pub(super) mod export;
pub(super) mod feed;
pub(super) mod forget;
pub(super) mod kept;
pub(super) mod letters;
pub(super) mod lists;
pub(super) mod moving;
mod since;
pub(super) mod why;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::page::Speech;
use super::{Form, House, Visit};
use crate::domain::DigestId;
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::link_mail::FRESH;
use crate::domain::list::List;
use crate::domain::subscriber::{Subscriber, Subscription};
use crate::domain::time::Timestamp;
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;

/// A token out of a path.
pub(super) type Token = Result<Path<String>, PathRejection>;

/// A page, or the store's fault.
type Page = Result<Response, StoreError>;

/// Whose page it is: everything is there.
struct Owner {
    opened: Opened,
    list: List,
    person: Subscriber,
    subscription: Subscription,
    speech: Speech,
}

impl Owner {
    /// Their address, masked: a letter is forwarded, and its links with it.
    fn masked(&self) -> String {
        let address = self.person.address.as_ref();
        address.map(|a| a.masked()).unwrap_or_default()
    }

    /// What every page of theirs shows.
    fn shown(&self, house: &House, head: &str) -> Value {
        let list = [("list", self.list.display_name())];
        context! {
            head => self.speech.say(head, &list),
            list => self.list.display_name(),
            address => self.masked(),
            terms => house.link(Purpose::Preferences, self.opened),
        }
    }

    /// A receipt: how, and the words that were shown.
    fn receipt(
        &self,
        act: ConsentAct,
        said: (&str, String),
        from: (&List, Option<String>),
        at: Timestamp,
    ) -> Receipt {
        Receipt {
            list: Some(from.0.id),
            act,
            how: said.0.to_owned(),
            wording: said.1,
            source: "page".to_owned(),
            network: from.1,
            note: String::new(),
            at,
        }
    }
}

/// The token of a path, opened for one purpose.
fn opened(house: &House, purpose: Purpose, token: Token) -> Option<Opened> {
    house.app.keys.open(purpose, &token.ok()?.0).ok()
}

impl House {
    /// A link of ours; the purpose is its area.
    pub(super) fn link(&self, purpose: Purpose, to: Opened) -> String {
        let keys = &self.app.keys;
        let token = keys.token(keys.active_id(), purpose, to);
        format!(
            "{}/{purpose}/{}",
            self.app.public_url,
            token.unwrap_or_default()
        )
    }

    /// Whose page an opened token names, or the page for somebody who is no longer there.
    async fn owner(&self, opened: Option<Opened>) -> Result<Result<Owner, Response>, StoreError> {
        let Some(opened) = opened else {
            return Ok(Err(self.pages.not_found()));
        };
        let Visit {
            list,
            person,
            speech,
        } = self.visit(opened).await?;
        let (Some(list), Some((person, subscription))) = (list, person) else {
            return Ok(Err(self.gone(&speech)));
        };
        if person.address.is_none() {
            return Ok(Err(self.gone(&speech)));
        }
        Ok(Ok(Owner {
            opened: Opened {
                digest: DigestId(0),
                ..opened
            },
            list,
            person,
            subscription,
            speech,
        }))
    }

    /// As [`House::owner`], by a fresh link: one that is not older than an hour, nor than the address
    /// that it was mailed to.
    async fn fresh(&self, opened: Option<Opened>) -> Result<Result<Owner, Response>, StoreError> {
        let owner = match self.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(Err(page)),
        };
        let made = opened.and_then(|o| Timestamp::from_millisecond(o.digest.0).ok());
        let age = made.map(|made| self.app.clock.now().duration_since(made));
        let in_time = age.is_some_and(|age| !age.is_negative() && age <= FRESH);
        let moved = self
            .app
            .store
            .address_moved_at(owner.subscription.id)
            .await?;
        if !in_time || moved >= made && moved.is_some() {
            let page = self
                .pages
                .notice(StatusCode::GONE, "link_over", &owner.speech);
            return Ok(Err(page));
        }
        Ok(Ok(owner))
    }

    /// The form that was posted to a page of theirs. A token that opens nothing is told before a body is
    /// read.
    async fn posted(
        &self,
        opened: Option<Opened>,
        request: Request,
    ) -> Result<Form, Box<Response>> {
        if opened.is_none() {
            return Err(Box::new(self.pages.not_found()));
        }
        let form = Form::read(request).await;
        form.map_err(|error| Box::new(super::refused(&self.pages, &error)))
    }

    fn gone(&self, speech: &Speech) -> Response {
        self.pages.notice(StatusCode::GONE, "gone", speech)
    }

    /// A page as it came out; a fault is ours, and somebody erased meanwhile is gone.
    fn answer(&self, page: Page) -> Response {
        page.unwrap_or_else(|error| match error {
            StoreError::NotFound { .. } => self.pages.plain(StatusCode::GONE, "gone"),
            error => self.pages.failed(&error),
        })
    }

    fn bad_form(&self) -> Response {
        self.pages.plain(StatusCode::BAD_REQUEST, "bad_form")
    }
}
