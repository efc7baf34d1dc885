//! Two editors at one thing: what was there, what the other one made of it, and what was typed here. Nothing
//! that anybody typed is lost, and nothing is written over that nobody saw.

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::act::All;
use super::words;
use super::{Missing, Seat};
use crate::domain::edition::{Decision, DecisionKind, version};
use crate::domain::{ArticleId, DecisionId};
use crate::press::desk::{Deed, Sheet};
use crate::web::House;

/// A field of which there are three texts.
pub(super) struct Three {
    pub(super) name: &'static str,
    pub(super) field: &'static str,
    pub(super) before: String,
    pub(super) theirs: String,
    pub(super) mine: String,
    /// Whether it may have several lines.
    pub(super) long: bool,
    /// Whether it is a text that can be changed here.
    pub(super) open: bool,
}

impl Three {
    fn value(&self) -> Value {
        context! {
            name => self.name, field => self.field, before => self.before.clone(),
            theirs => self.theirs.clone(), mine => self.mine.clone(), long => self.long, open => self.open,
        }
    }
}

/// What a conflict's page says beside the texts.
pub(super) struct Told {
    /// Who was faster.
    pub(super) by: String,
    /// Fields that the form sends again, unseen.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// Where it goes, and where one goes without it.
    pub(super) path: String,
}

/// The page of three texts.
pub(super) fn page(house: &House, seat: &Seat, told: &Told, fields: &[Three]) -> Response {
    let fields: Vec<Value> = fields.iter().map(Three::value).collect();
    let own = context! {
        by => told.by.clone(),
        hidden => told.hidden.clone(),
        path => told.path.clone(),
        fields,
    };
    house.morning_page(StatusCode::CONFLICT, "morning_conflict.html", own, seat)
}

/// A decision about something that somebody decided about since.
pub(super) async fn of_decision(
    house: &House,
    (seat, meant, laid): All<'_>,
    (deed, seen): (&Deed, Option<DecisionId>),
    path: &str,
) -> Result<Response, Missing> {
    let sheet = &laid.sheet;
    let edition = sheet.edition.as_ref();
    let all = match edition {
        Some(edition) => house.app.store.decisions(edition.id).await?,
        // It was spoken of for the first time in between.
        None => {
            let store = &house.app.store;
            let found = store.edition_find(meant.list.id, meant.cadence.id, &meant.run);
            match found.await? {
                Some(edition) => store.decisions(edition.id).await?,
                None => Vec::new(),
            }
        }
    };
    let (kind, mine, article) = match deed {
        Deed::Text(kind, text) => (*kind, text.clone(), None),
        Deed::Story(kind, article, _) => (*kind, words::headline(sheet, *article), Some(*article)),
        Deed::Undo(_) => {
            let taken = all.iter().find(|d| Deed::Undo(d.id) == *deed);
            (
                taken.map_or(DecisionKind::Undo, |d| d.kind),
                String::new(),
                None,
            )
        }
    };
    let newest = version(&all, kind, None);
    let of = |id: DecisionId| all.iter().find(|d| d.id == id);
    let fields = [Three {
        name: words::deed(kind),
        field: "text",
        before: shown(sheet, seen.and_then(of)),
        theirs: shown(sheet, of(newest)),
        mine,
        long: kind == DecisionKind::Note,
        open: article.is_none(),
    }];
    let mut hidden = vec![
        ("do", kind.as_str().to_owned()),
        ("seen", newest.to_string()),
    ];
    hidden.extend(article.map(|ArticleId(id)| ("article", id.to_string())));
    let told = Told {
        by: of(newest).map(|d| d.by.clone()).unwrap_or_default(),
        hidden,
        path: path.to_owned(),
    };
    Ok(page(house, seat, &told, &fields))
}

/// What stood after a decision: its text or its story, or what stands without one.
fn shown(sheet: &Sheet, decision: Option<&Decision>) -> String {
    let own = decision.filter(|d| d.kind != DecisionKind::Undo);
    match own {
        Some(Decision {
            text: Some(text), ..
        }) => text.clone(),
        Some(Decision {
            article: Some(article),
            ..
        }) => words::headline(sheet, *article),
        _ => String::new(),
    }
}
