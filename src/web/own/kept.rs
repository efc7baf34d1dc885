//! `/p/{token}/data`: what is kept, and the three things for which a fresh link is mailed.
//!
//! The page says the same whether a mail leaves or the mailbox has had its share of them.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::{House, Owner, Page, Token, opened};
use crate::domain::link_mail::{LinkKind, NewLinkMail};
use crate::domain::subscriber::Standing;
use crate::feedback::link::Purpose;

/// `GET /p/{token}/data`.
pub(in crate::web) async fn show(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Preferences, token);
    let page = async {
        Ok(match house.owner(opened).await? {
            Ok(owner) => house.data_page(&owner, None, false),
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /p/{token}/data`: has a fresh link mailed.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let opened = opened(&house, Purpose::Preferences, token);
    let form = match house.posted(opened, request).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    let kind = match form.one("do") {
        Some("export") => LinkKind::Export,
        Some("move") => LinkKind::Move,
        Some("forget") => LinkKind::Forget,
        _ => return house.bad_form(),
    };
    let page = async {
        let owner = match house.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        if let Some(address) = owner.person.address.as_ref().filter(|_| reached(&owner)) {
            let new = NewLinkMail {
                kind,
                address: None,
                hash: house.app.keys.address_hash(address),
                counted: house.app.keys.address_hash(&address.untagged()),
                subscription: Some(owner.subscription.id),
                language: owner.subscription.terms.language.clone(),
                at: house.app.clock.now(),
            };
            house.app.store.link_mail_add(&new).await?;
        }
        let held = house.holds_mail().await?;
        Ok(house.data_page(&owner, Some(kind), held))
    };
    let page: Page = page.await;
    house.answer(page)
}

/// Whether mail to their mailbox arrives, as far as we know.
fn reached(owner: &Owner) -> bool {
    !matches!(
        owner.person.standing,
        Standing::Bounced | Standing::Complained
    )
}

impl House {
    fn data_page(&self, owner: &Owner, asked: Option<LinkKind>, held: bool) -> Response {
        let movable = matches!(
            owner.person.standing,
            Standing::Active | Standing::Paused | Standing::Pending
        );
        let context = context! {
            asked => asked.filter(|_| reached(owner)).map(|kind| kind.as_str()),
            held,
            reached => reached(owner),
            movable,
            ..owner.shown(self, "own.data")
        };
        self.pages
            .show(StatusCode::OK, "own_data.html", &owner.speech, context)
    }
}
