//! `POST /desk/{list}/{cadence}/{run}`: one deed about an edition.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use minijinja::context;

use super::sheets::Laid;
use super::{Meant, Missing, Named, Seat, allowed, back, conflict, trial};
use crate::domain::edition::{Decision, DecisionKind, Edition, EditionState};
use crate::domain::editor::Act;
use crate::domain::{ArticleId, DecisionId};
use crate::press::desk::{Deed, DeedError};
use crate::web::desk::Posted;
use crate::web::{Form, House};

/// Takes a form of the morning page.
pub(in crate::web) async fn act(
    State(house): State<House>,
    seat: Seat,
    named: Named,
    Posted(form): Posted,
) -> Response {
    let page = async {
        let (meant, laid) = house.on_desk(&seat, named).await?;
        let path = meant.path();
        let all = (&seat, &meant, laid.as_ref());
        match form.one("do").unwrap_or_default() {
            "approve" | "unapprove" | "hold" | "resume" | "seen" => house.word(all, &form).await,
            "test" => {
                allowed(&seat, &meant, Act::Curate)?;
                match trial::send(&house, all).await? {
                    Ok(()) => Ok(back(&path, "did=tested")),
                    Err(words) => house.not_done(all, &form, words).await,
                }
            }
            _ => house.decide(all, &form, &path).await,
        }
    };
    house.morning_answer(page.await)
}

/// Somebody, an edition, and how it stands.
pub(super) type All<'a> = (&'a Seat, &'a Meant, &'a Laid);

impl House {
    /// Does what a form says about a story or a text, and goes back to `path`.
    pub(super) async fn decide(
        &self,
        all: All<'_>,
        form: &Form,
        path: &str,
    ) -> Result<Response, Missing> {
        let (seat, meant, laid) = all;
        allowed(seat, meant, Act::Curate)?;
        let Some((deed, seen)) = deed_of(form, &laid.sheet.decisions) else {
            return Ok(back(path, ""));
        };
        let (press, by) = (&self.bench()?.parts.press, seat.editor.name.as_str());
        let now = self.app.clock.now();
        match press.desk_do(&laid.sheet, &deed, seen, by, now).await {
            Ok(id) => Ok(back(path, &format!("done={id}"))),
            Err(DeedError::Stale) => conflict::of_decision(self, all, (&deed, seen), path).await,
            // Two hands on one button: it is taken back, as both wanted.
            Err(DeedError::Undone) => Ok(back(path, "did=taken-back")),
            Err(DeedError::Press(error))
                if !matches!(error, crate::press::PressError::TooBig(_)) =>
            {
                Err(error.into())
            }
            Err(error) => self.not_done(all, form, error.to_string()).await,
        }
    }

    /// The morning page again, with what was typed and why nothing was done.
    pub(super) async fn not_done(
        &self,
        all: All<'_>,
        form: &Form,
        words: String,
    ) -> Result<Response, Missing> {
        let typed = form.one("text").unwrap_or_default();
        let field = form.one("do").unwrap_or_default();
        let problem = context! { words, typed, field };
        self.morning(all, &HashMap::new(), Some(problem)).await
    }

    /// A word about the edition as a whole.
    async fn word(&self, (seat, meant, laid): All<'_>, form: &Form) -> Result<Response, Missing> {
        let (store, now) = (seat.store(), self.app.clock.now());
        let by = seat.editor.name.as_str();
        let word = form.one("do").unwrap_or_default();
        allowed(
            seat,
            meant,
            match word {
                "approve" | "unapprove" => Act::Approve,
                "hold" | "resume" => Act::Stop,
                _ => Act::See,
            },
        )?;
        let (list, cadence) = (meant.list.id, meant.cadence.id);
        let edition = store.edition_open(list, cadence, &meant.run, now).await?;
        let did = match word {
            "approve" => {
                store.edition_approve(edition.id, by, now).await?;
                self.keep_approved(laid, &edition, by)?;
                "approved"
            }
            "unapprove" => {
                let holds = meant.list.settings.approval == crate::domain::edition::Approval::Hold;
                store.edition_unapprove(edition.id, holds, now).await?;
                "unapproved"
            }
            "hold" => {
                let was = store.edition_pause(edition.id, now).await?;
                return Ok(self.halted(meant, was, "held"));
            }
            "resume" => {
                let was = store.edition_resume(edition.id, now).await?;
                return Ok(self.halted(meant, was, "resumed"));
            }
            _ => {
                store.desk_see(edition.id, by, now).await?;
                "seen"
            }
        };
        Ok(back(&meant.path(), &format!("did={did}")))
    }

    /// What is cancelled stays so.
    fn halted(&self, meant: &Meant, was: EditionState, did: &str) -> Response {
        match was {
            EditionState::Cancelled => back(&meant.path(), ""),
            _ => back(&meant.path(), &format!("did={did}")),
        }
    }

    /// Keeps the plan as it is approved, beside the answer: of a big list it takes a while.
    fn keep_approved(&self, laid: &Laid, edition: &Edition, by: &str) -> Result<(), Missing> {
        let press = self.bench()?.parts.press.clone();
        let (list, run, by) = (laid.sheet.list.clone(), laid.sheet.run, by.to_owned());
        let (coming, edition, now) = (laid.coming.clone(), edition.clone(), self.app.clock.now());
        tokio::spawn(async move {
            let issue = crate::press::forecast::Issue {
                list: &list,
                run,
                edition: Some(&edition),
                coming: &coming,
            };
            if let Err(error) = press.keep_approved(issue, edition.id, &by, now).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an approved plan is not kept"
                );
            }
        });
        Ok(())
    }
}

/// What a form says, and the newest decision about the same thing that its page showed; nothing where it
/// says nothing, or nothing new.
fn deed_of(form: &Form, all: &[Decision]) -> Option<(Deed, Option<DecisionId>)> {
    let id = |name: &str| form.one(name).and_then(|id| id.parse::<i64>().ok());
    let article = || id("article").map(ArticleId);
    let seen = id("seen").map(DecisionId);
    let word = form.one("do")?;
    let kind = match word {
        "undo" => return Some((Deed::Undo(DecisionId(id("decision")?)), None)),
        "lead" => return Some((Deed::Story(DecisionKind::Lead, article()?, None), seen)),
        "pin" => DecisionKind::Pin,
        "also" => DecisionKind::Also,
        "ban" => DecisionKind::Ban,
        "ban_source" => DecisionKind::BanSource,
        "move" => DecisionKind::Move,
        "image" => DecisionKind::Image,
        "subject" => return text(form, DecisionKind::Subject, all, seen),
        "preheader" => return text(form, DecisionKind::Preheader, all, seen),
        "note" => return text(form, DecisionKind::Note, all, seen),
        "correction" => return text(form, DecisionKind::Correction, all, None),
        "order" => {
            let mut places: Vec<(u16, &str)> = form
                .named("place:")
                .filter_map(|(topic, place)| Some((place.parse().ok()?, topic)))
                .collect();
            places.sort_unstable();
            let topics: Vec<&str> = places.iter().map(|(_, topic)| *topic).collect();
            return worded(topics.join(" "), DecisionKind::Order, all, seen);
        }
        _ => return None,
    };
    let said = form.one("text").map(str::to_owned);
    Some((Deed::Story(kind, article()?, said), None))
}

fn text(
    form: &Form,
    kind: DecisionKind,
    all: &[Decision],
    seen: Option<DecisionId>,
) -> Option<(Deed, Option<DecisionId>)> {
    worded(form.one("text")?.to_owned(), kind, all, seen)
}

/// A text; an empty one takes the text that stands back.
fn worded(
    text: String,
    kind: DecisionKind,
    all: &[Decision],
    seen: Option<DecisionId>,
) -> Option<(Deed, Option<DecisionId>)> {
    if !text.trim().is_empty() {
        return Some((Deed::Text(kind, text), seen));
    }
    let back = |id: DecisionId| all.iter().any(|d| d.undoes == Some(id));
    let own = all.iter().rev().find(|d| d.kind == kind && !back(d.id))?;
    Some((Deed::Undo(own.id), seen))
}

#[cfg(test)]
mod tests {
    use super::{DecisionKind, Deed, deed_of};
    use crate::domain::{ArticleId, DecisionId};
    use crate::web::Form;

    #[test]
    fn forms_are_read_as_deeds() {
        let read = |text: &str| {
            let kind = "application/x-www-form-urlencoded";
            let form = Form::parse(kind, text.as_bytes()).expect("a form");
            deed_of(&form, &[])
        };
        let lead = Deed::Story(DecisionKind::Lead, ArticleId(4), None);
        assert_eq!(
            read("do=lead&article=4&seen=7"),
            Some((lead, Some(DecisionId(7))))
        );
        let moved = Deed::Story(DecisionKind::Move, ArticleId(4), Some("2".to_owned()));
        assert_eq!(read("do=move&article=4&text=2"), Some((moved, None)));
        let order = Deed::Text(DecisionKind::Order, "sport harbour".to_owned());
        let form = "do=order&place:harbour=2&place:sport=1&place:culture=&seen=0";
        assert_eq!(read(form), Some((order, Some(DecisionId(0)))));
        // An empty subject takes nothing back where there is none.
        assert_eq!(read("do=subject&text=+&seen=0"), None);
        assert_eq!(read("do=lead"), None);
        assert_eq!(read("do=nonsense&article=4"), None);
    }
}
