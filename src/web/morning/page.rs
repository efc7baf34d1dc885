//! `GET /desk/{list}/{cadence}/{run}`: the morning in one page.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Value, context};
use sha2::{Digest, Sha256};

use super::sheets::Laid;
use super::view::{self, Viewer};
use super::{Meant, Missing, Named, Seat, allowed};
use crate::domain::DecisionId;
use crate::domain::editor::Act;
use crate::web::House;
use crate::web::guard::morning_policy;

/// The desk's own style, beside that of all pages.
pub(in crate::web) const STYLE: &str = include_str!("../../../templates/web/desk/desk.css");
/// Keys, and a preview that follows a choice: the pages are complete without it.
pub(in crate::web) const SCRIPT: &str = include_str!("../../../templates/web/desk/desk.js");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    morning_policy(&hash(STYLE), &hash(SCRIPT))
});

/// What was done, as a page's address says it.
const DID: &[(&str, &str)] = &[
    ("approved", "It is approved, and leaves at its time."),
    ("unapproved", "The approval is taken back."),
    (
        "held",
        "It is on hold: no letter of it leaves until somebody lets it go on.",
    ),
    ("resumed", "It goes on."),
    (
        "tested",
        "A test letter is on its way to you. It counts for nothing.",
    ),
    ("seen", "From now on this page marks what is new."),
    (
        "rewritten",
        "Written anew, in every letter that has not left.",
    ),
    ("returned", "The source’s words stand again."),
    ("labelled", "Its topics and places are yours from now on."),
    ("merged", "They are one story from now on."),
    ("split", "They are two stories from now on."),
    ("taken-back", "That is taken back."),
    (
        "withdrawn",
        "It is withdrawn from every letter that has not left.",
    ),
    ("restored", "Letters may bring it again."),
    (
        "banned",
        "It is in none of the editions of that day any more.",
    ),
];

impl House {
    /// An edition as its pages show it, for somebody who may see it.
    pub(super) async fn on_desk(
        &self,
        seat: &Seat,
        named: Named,
    ) -> Result<(Meant, Arc<Laid>), Missing> {
        let Path((list, cadence, run)) = named.map_err(|_| Missing::Nothing)?;
        let meant = self.meant(&list, &cadence, &run).await?;
        allowed(seat, &meant, Act::See)?;
        let laid = self.bench()?.laid(&meant, self.app.clock.now()).await?;
        Ok((meant, laid.ok_or(Missing::Nothing)?))
    }

    /// Whoever looks at an edition.
    pub(super) async fn viewer<'s>(
        &self,
        seat: &'s Seat,
        laid: &Laid,
    ) -> Result<Viewer<'s>, Missing> {
        let name = &seat.editor.name;
        let seen = match &laid.sheet.edition {
            Some(edition) => self.app.store.desk_seen(edition.id, name).await?,
            None => None,
        };
        Ok(Viewer {
            seat,
            now: self.app.clock.now(),
            seen,
        })
    }

    /// A page of the desk about an edition.
    pub(in crate::web) fn morning_page(
        &self,
        status: StatusCode,
        template: &str,
        own: Value,
        seat: &Seat,
    ) -> Response {
        let shared = context! {
            desk_style => Value::from_safe_string(STYLE.to_owned()),
            desk_script => Value::from_safe_string(SCRIPT.to_owned()),
        };
        let own = context! { ..own, ..shared };
        let mut page = self.desk_page(seat, status, template, own);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, POLICY.clone());
        page
    }

    /// The morning page; `problem`: what was not done, with what was typed.
    pub(super) async fn morning(
        &self,
        (seat, meant, laid): (&Seat, &Meant, &Laid),
        query: &HashMap<String, String>,
        problem: Option<Value>,
    ) -> Result<Response, Missing> {
        let viewer = self.viewer(seat, laid).await?;
        let sheet = &laid.sheet;
        let done = query.get("done").and_then(|id| id.parse().ok());
        let told = done.and_then(|id| view::told(sheet, DecisionId(id)));
        let readers = self.readers(sheet).await?;
        let reader = query.get("typical").and_then(|n| n.parse::<usize>().ok());
        let reader = reader.filter(|n| *n < readers.len()).unwrap_or(0);
        let own = context! {
            edition => view::head(laid, meant, &viewer),
            first => view::first(sheet, viewer.now),
            stories => view::stories(laid, &viewer),
            letter => view::letter(sheet),
            wrong => view::wrong(sheet),
            decided => view::decided(sheet, &viewer),
            news => view::news(sheet, &viewer),
            readers,
            reader,
            told,
            did => did(query),
            problem,
        };
        let status = match &own.get_attr("problem") {
            Ok(problem) if !problem.is_none() => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::OK,
        };
        Ok(self.morning_page(status, "morning.html", own, seat))
    }
}

/// What the address of a page says was done.
pub(super) fn did(query: &HashMap<String, String>) -> Option<&'static str> {
    let did = query.get("did")?;
    let known = DID.iter().find(|(key, _)| key == did);
    known.map(|(_, words)| *words)
}

/// The page.
pub(in crate::web) async fn show(
    State(house): State<House>,
    seat: Seat,
    named: Named,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let page = async {
        let (meant, laid) = house.on_desk(&seat, named).await?;
        house.morning((&seat, &meant, &laid), &query, None).await
    };
    house.morning_answer(page.await)
}
