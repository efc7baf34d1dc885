//! Another address: `/m/{token}` names it, from the old mailbox; `/n/{token}` confirms it, from the new
//! one. Both by POST; the second one changes it.
//!
//! Whether an address is somebody's already is never said: its mailbox is then sent nothing.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::{House, Owner, Page, Token, opened};
use crate::domain::address::Address;
use crate::domain::consent::ConsentAct;
use crate::domain::link_mail::{LinkKind, MOVE_KEPT, Moving, NewLinkMail};
use crate::domain::{LinkMailId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::store::StoreError;
use crate::store::moves::Moved;
use crate::web::page::Speech;
use crate::web::{visitor, wrong_address};

/// `GET /m/{token}`: asks for the new address.
pub(in crate::web) async fn ask(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Move, token);
    let page = async {
        Ok(match house.fresh(opened).await? {
            Ok(owner) => house.move_page(&owner, "move", ("", None), false),
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /m/{token}`: has the new mailbox asked.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let opened = opened(&house, Purpose::Move, token);
    let from = visitor::address(&request, house.join.trusted());
    let form = match house.posted(opened, request).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let typed: String = form
        .one("email")
        .unwrap_or_default()
        .chars()
        .take(320)
        .collect();
    let page = async {
        let owner = match house.fresh(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let address = match Address::parse(&typed) {
            Ok(address) => address,
            Err(error) => {
                let typed = (typed.as_str(), Some(wrong_address(&error)));
                return Ok(house.move_page(&owner, "move", typed, false));
            }
        };
        let held = house.holds_mail().await?;
        let now = house.app.clock.now();
        if house.join.takes_link(from, now) {
            let new = NewLinkMail {
                kind: LinkKind::Moved,
                hash: house.app.keys.address_hash(&address),
                counted: house.app.keys.address_hash(&address.untagged()),
                address: Some(address),
                subscription: Some(owner.subscription.id),
                language: owner.subscription.terms.language.clone(),
                at: now,
            };
            house.app.store.link_mail_add(&new).await?;
        }
        Ok(house.move_page(&owner, "move_sent", ("", None), held))
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `GET /n/{token}`: asks in the new mailbox.
pub(in crate::web) async fn ask_new(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Moved, token);
    let page = async {
        Ok(match house.wish(opened).await? {
            Ok((owner, moving)) => house.moved_page(&owner, &moving, false),
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /n/{token}`: letters go there from now on. No field is read: the token says it all.
pub(in crate::web) async fn act_new(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let from = visitor::address(&request, house.join.trusted());
    let opened = opened(&house, Purpose::Moved, token);
    let page = async {
        let (owner, moving) = match house.wish(opened).await? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        let said = ("address-change", owner.speech.version("fresh.moved"));
        let network = owner.list.settings.consent_network.kept(from);
        let now = house.app.clock.now();
        let mut receipt = owner.receipt(ConsentAct::Given, said, (&owner.list, network), now);
        // The person's letters of every list go there.
        receipt.list = None;
        let named = opened.map(named).unwrap_or((LinkMailId(0), 0));
        Ok(match house.app.store.address_move(named, &receipt).await? {
            Moved::Done => house.moved_page(&owner, &moving, true),
            Moved::Over => house.move_over(&owner.speech),
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// The row of a wish, and its instant.
fn named(opened: Opened) -> (LinkMailId, i64) {
    (LinkMailId(opened.subscription.0), opened.digest.0)
}

impl House {
    /// The wish that a link names and whose it is, or the page for one that is over.
    async fn wish(
        &self,
        opened: Option<Opened>,
    ) -> Result<Result<(Owner, Moving), Response>, StoreError> {
        let Some(opened) = opened else {
            return Ok(Err(self.pages.not_found()));
        };
        let now = self.app.clock.now();
        let moving = self.app.store.moving(named(opened)).await?;
        let in_time = |m: &Moving| m.at.checked_add(MOVE_KEPT).is_ok_and(|end| end > now);
        let Some(moving) = moving.filter(in_time) else {
            return Ok(Err(self.move_over(&self.pages.speech("en"))));
        };
        let whose = Opened {
            subscription: SubscriptionId(moving.subscription.0),
            ..opened
        };
        Ok(match self.owner(Some(whose)).await? {
            Ok(owner) if moving.address.is_some() || self.is_there(&owner, &moving) => {
                Ok((owner, moving))
            }
            Ok(owner) => Err(self.move_over(&owner.speech)),
            Err(page) => Err(page),
        })
    }

    /// Whether the letters go to a wish's address by now.
    fn is_there(&self, owner: &Owner, moving: &Moving) -> bool {
        let address = owner.person.address.as_ref();
        address.is_some_and(|a| self.app.keys.made(a, &moving.hash))
    }

    fn move_over(&self, speech: &Speech) -> Response {
        self.pages.notice(StatusCode::GONE, "move_over", speech)
    }

    fn move_page(
        &self,
        owner: &Owner,
        state: &str,
        (email, wrong): (&str, Option<&str>),
        held: bool,
    ) -> Response {
        let status = match wrong {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let context =
            context! { state, email, wrong, held, ..owner.shown(self, &format!("fresh.{state}")) };
        self.pages
            .show(status, "fresh.html", &owner.speech, context)
    }

    fn moved_page(&self, owner: &Owner, moving: &Moving, done: bool) -> Response {
        let done = done || self.is_there(owner, moving);
        let address = moving.address.as_ref().or(owner.person.address.as_ref());
        let state = if done { "moved_done" } else { "moved" };
        let context = context! {
            state,
            address => address.map(|a| a.masked()).unwrap_or_default(),
            // Whoever has the new mailbox need not be the reader.
            terms => Option::<String>::None,
            ..owner.shown(self, &format!("fresh.{state}"))
        };
        self.pages
            .show(StatusCode::OK, "fresh.html", &owner.speech, context)
    }
}
