//! The editors' morning: what goes out next, to whom, what is wrong with it; mended and let go from one
//! page.
//!
//! Every page works without scripts. GET changes nothing; a POST is one deed, answered with the page again
//! and a way back. What is shown is put together by [`crate::press::desk`], and kept for seconds.

mod act;
mod conflict;
mod editions;
mod lab;
mod page;
mod rewrite;
mod sheets;
mod story;
mod trial;
mod view;
mod words;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::desk::Seat;
use super::{Fault, House};
use crate::deliver::letters::Letters;
use crate::deliver::notice::Notices;
use crate::domain::editor::Act;
use crate::domain::list::{Cadence, List};
use crate::domain::slug::Slug;
use crate::domain::time::Run;
use crate::press::Press;
use crate::store::StoreError;

/// The pages' templates.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    (
        "morning_base.html",
        include_str!("../../../templates/web/desk/base.html"),
    ),
    (
        "morning.html",
        include_str!("../../../templates/web/desk/morning.html"),
    ),
    (
        "morning_row.html",
        include_str!("../../../templates/web/desk/row.html"),
    ),
    (
        "morning_story.html",
        include_str!("../../../templates/web/desk/story.html"),
    ),
    (
        "morning_preview.html",
        include_str!("../../../templates/web/desk/preview.html"),
    ),
    (
        "morning_conflict.html",
        include_str!("../../../templates/web/desk/conflict.html"),
    ),
];

pub(super) use act::act;
pub(super) use editions::overview;
pub(super) use lab::{letter, preview};
pub(super) use page::show;
pub(super) use sheets::Bench;
pub(super) use story::{act as story_act, show as story};

/// What the editors' pages need beside what all pages do.
#[derive(Clone)]
pub struct DeskParts {
    /// Drafts.
    pub press: Press,
    /// Letters of waves that are planned.
    pub letters: Letters,
    /// Relays for a test letter, and the keys that sign it.
    pub mail: Notices,
}

/// The edition of a path.
type Named = Result<Path<(String, String, String)>, PathRejection>;

/// An edition that a page is about.
struct Meant {
    list: List,
    cadence: Cadence,
    run: Run,
}

impl Meant {
    /// Its page.
    fn path(&self) -> String {
        format!(
            "/desk/{}/{}/{}",
            self.list.slug, self.cadence.name, self.run
        )
    }
}

/// Why there is no page.
enum Missing {
    /// There is no such thing.
    Nothing,
    /// A fault of ours.
    Fault(Fault),
    /// It is said by a page of its own.
    Said(Box<Response>),
}

impl<E: Into<Fault>> From<E> for Missing {
    fn from(error: E) -> Missing {
        Missing::Fault(error.into())
    }
}

impl House {
    /// What the editors' pages are made with, where they are served.
    fn bench(&self) -> Result<&Bench, Missing> {
        self.bench.as_deref().ok_or(Missing::Nothing)
    }

    /// The edition that a path names.
    async fn meant(&self, list: &str, cadence: &str, run: &str) -> Result<Meant, Missing> {
        let slug = Slug::parse(list).map_err(|_| Missing::Nothing)?;
        let run = Run::parse(run).map_err(|_| Missing::Nothing)?;
        let list = match self.app.store.list(&slug).await {
            Ok(list) => list,
            Err(StoreError::NotFound { .. }) => return Err(Missing::Nothing),
            Err(error) => return Err(error.into()),
        };
        let cadences = self.app.store.cadences(list.id).await?;
        let cadence = cadences.into_iter().find(|c| c.name.as_str() == cadence);
        Ok(Meant {
            list,
            cadence: cadence.ok_or(Missing::Nothing)?,
            run,
        })
    }

    fn morning_answer(&self, page: Result<Response, Missing>) -> Response {
        match page {
            Ok(page) => page,
            Err(Missing::Nothing) => self.pages.not_found(),
            Err(Missing::Fault(error)) => self.pages.failed(error.as_ref()),
            Err(Missing::Said(page)) => *page,
        }
    }
}

/// Back to a page, which says what was done.
fn back(path: &str, did: &str) -> Response {
    let at = if did.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{did}")
    };
    (StatusCode::SEE_OTHER, Redirect::to(&at)).into_response()
}

/// Whether somebody at the desk may do something with a list; else the page that says who may.
fn allowed(seat: &Seat, meant: &Meant, act: Act) -> Result<(), Missing> {
    seat.may(meant.list.id, act).map_err(Missing::Said)
}
