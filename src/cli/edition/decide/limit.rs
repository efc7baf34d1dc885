//! Whether letters could still leave with what an editor is about to write: it is refused before it is
//! written, in the words that planning would have.

use std::collections::BTreeSet;

use crate::cli::edition::which::Shelf;
use crate::cli::{Failure, House, parts};
use crate::domain::DecisionId;
use crate::domain::edition::{Decision, Edition, in_force};
use crate::domain::subscriber::Length;
use crate::press::{Look, PressError};
use crate::store::editions::NewDecision;

/// Refuses a text with which the letters of an edition's waves to come would be over the limit of what
/// mail programs show whole, whatever their stories are.
pub(super) async fn refuse(
    house: &House,
    shelf: &Shelf,
    edition: &Edition,
    before: &[Decision],
    new: &NewDecision,
) -> Result<(), Failure> {
    let issue = shelf
        .issues
        .iter()
        .find(|i| i.cadence.id == edition.cadence && i.run == edition.run);
    let waves = issue.map(|i| i.coming.as_slice()).unwrap_or_default();
    let settings = &shelf.list.settings;
    // As a new subscriber would get it, and as those who are due do.
    let mut looks = BTreeSet::from([Look {
        language: settings.language.clone(),
        length: Length::Long,
        images: true,
    }]);
    for wave in waves {
        let asked = house.store.due_looks(wave).await?.into_iter();
        looks.extend(asked.map(|(language, length, images)| Look {
            language,
            length,
            images,
        }));
    }
    let now = house.clock.now();
    let mut decisions = before.to_vec();
    decisions.push(Decision {
        id: DecisionId(i64::MAX),
        edition: edition.id,
        kind: new.kind,
        story: new.story,
        article: new.article,
        text: new.text.clone(),
        undoes: None,
        by: new.by.clone(),
        at: now,
    });
    let (press, list) = (parts::press(house)?, &shelf.list);
    let due = waves.first().map_or(now, |wave| wave.due_at);
    let inputs = press
        .inputs_with(list, in_force(&decisions), due, now)
        .await;
    let fits = inputs.and_then(|inputs| press.within_limit(list, &inputs, edition.run, &looks));
    match fits {
        Err(error @ PressError::TooBig(_)) => {
            let words = format!("the {} is not taken: with it, {error}", new.kind);
            Err(Failure::failed(words).hint("write less, or give the list a lighter theme"))
        }
        // What else is wrong is planning's to say.
        _ => Ok(()),
    }
}
