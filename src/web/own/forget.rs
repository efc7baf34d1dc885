//! `/g/{token}`: being forgotten, as an admin's `subscriber erase` does it. GET asks, POST does.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::context;

use super::{House, Page, Token, opened};
use crate::feedback::link::Purpose;

/// `GET /g/{token}`.
pub(in crate::web) async fn ask(State(house): State<House>, token: Token) -> Response {
    let opened = opened(&house, Purpose::Forget, token);
    let page = async {
        let owner = match house.fresh(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let context = context! { state => "forget", ..owner.shown(&house, "fresh.forget") };
        Ok(house
            .pages
            .show(StatusCode::OK, "fresh.html", &owner.speech, context))
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /g/{token}`.
pub(in crate::web) async fn act(
    State(house): State<House>,
    token: Token,
    request: Request,
) -> Response {
    let opened = opened(&house, Purpose::Forget, token);
    let form = match house.posted(opened, request).await {
        Ok(form) => form,
        Err(page) => return *page,
    };
    if form.one("do") != Some("forget") {
        return house.bad_form();
    }
    let page = async {
        let owner = match house.fresh(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(page),
        };
        let (store, now) = (house.app.store.clone(), house.app.clock.now());
        store.erase(owner.person.id, now).await?;
        if let Some(address) = owner.person.address.clone() {
            // Searching the files, and writing them anew where a page kept a copy, takes longer than
            // anybody waits for; they are forgotten already.
            tokio::spawn(async move {
                match store.no_trace(&address).await {
                    Ok(None) => {}
                    Ok(Some(_)) => tracing::warn!("a file still holds an erased address"),
                    Err(error) => tracing::error!(%error, "an erased address is not searched for"),
                }
            });
        }
        Ok(house
            .pages
            .notice(StatusCode::OK, "forgotten", &owner.speech))
    };
    let page: Page = page.await;
    house.answer(page)
}
