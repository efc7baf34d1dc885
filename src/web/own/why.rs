//! `/p/{token}/letters/{digest}`: why each story of a letter was in it, and less of its like.
//!
//! Reasons are those that the digest stores. A step down is one word of the terms; it can be taken
//! back. What is not followed has no lesser word than none at all.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::{Form, House, Owner, Page};
use crate::domain::article::{Topic, TopicWeight};
use crate::domain::selection::{Pick, Reason};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{FOLLOWED_MAX, Terms};
use crate::domain::web_link::safe_link;
use crate::domain::{ArticleId, DigestId};
use crate::feedback::link::Purpose;
use crate::store::StoreError;
use crate::store::own::SentLetter;
use crate::web::wish::Weight;

type Named = Result<Path<(String, i64)>, PathRejection>;

/// `GET /p/{token}/letters/{digest}`.
pub(in crate::web) async fn show(State(house): State<House>, named: Named) -> Response {
    let page = async {
        Ok(match house.reading(named).await? {
            Ok((owner, letter)) => house.why_page(&owner, &letter, None).await?,
            Err(page) => page,
        })
    };
    let page: Page = page.await;
    house.answer(page)
}

/// `POST /p/{token}/letters/{digest}`: less of a topic, or that taken back.
pub(in crate::web) async fn act(
    State(house): State<House>,
    named: Named,
    request: Request,
) -> Response {
    let token = named.as_ref().map(|Path((token, _))| token.as_str());
    let token = token.unwrap_or_default();
    if house.app.keys.open(Purpose::Preferences, token).is_err() {
        return house.pages.not_found();
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(error) => return crate::web::refused(&house.pages, &error),
    };
    let topic = form.one("topic").and_then(|t| Slug::parse(t).ok());
    let to = match (form.one("do"), form.one("weight")) {
        (Some("less"), _) => Some(To::Less),
        (Some("undo"), Some("")) => Some(To::Before(None)),
        (Some("undo"), Some(weight)) => {
            let weight = weight.parse().ok().filter(|w| *w <= 1000);
            weight.map(|w| To::Before(Some(w)))
        }
        _ => None,
    };
    let (Some(topic), Some(to)) = (topic, to) else {
        return house.bad_form();
    };
    let page = async {
        let (mut owner, letter) = match house.reading(named).await? {
            Ok(found) => found,
            Err(page) => return Ok(page),
        };
        let turned = house.turn_down(&mut owner, &topic, to).await?;
        house.why_page(&owner, &letter, turned).await
    };
    let page: Page = page.await;
    house.answer(page)
}

/// What is to become of a topic's weight.
#[derive(Clone, Copy)]
enum To {
    /// One word less.
    Less,
    /// What it was; `None`: not followed.
    Before(Option<u16>),
}

/// What became of it.
struct Turned {
    topic: Topic,
    before: Option<u16>,
    after: Option<u16>,
    /// It can be taken back.
    undo: bool,
}

/// The weight of a topic in terms; `None` where they do not name it.
fn weight(terms: &Terms, topic: &Slug) -> Option<u16> {
    let own = terms.topics.iter().find(|t| t.topic == *topic);
    own.map(|t| t.weight)
}

/// One word less than a weight.
fn less(weight: Option<u16>) -> u16 {
    let word = match weight.map(Weight::of) {
        Some(Weight::More) => Weight::Normal,
        Some(Weight::Normal) => Weight::Less,
        Some(Weight::Less | Weight::Never) | None => Weight::Never,
    };
    word.thousandths()
}

impl House {
    /// Whose letter it is, and the letter.
    async fn reading(
        &self,
        named: Named,
    ) -> Result<Result<(Owner, SentLetter), Response>, StoreError> {
        let Ok(Path((token, digest))) = named else {
            return Ok(Err(self.pages.not_found()));
        };
        let opened = self.app.keys.open(Purpose::Preferences, &token).ok();
        let owner = match self.owner(opened).await? {
            Ok(owner) => owner,
            Err(page) => return Ok(Err(page)),
        };
        let id = owner.subscription.id;
        let letter = self.app.store.letter_sent(id, DigestId(digest)).await?;
        Ok(match letter {
            Some(letter) => Ok((owner, letter)),
            None => Err(self.pages.not_found()),
        })
    }

    /// Writes a topic's new weight as the next revision of the terms. `None` where nothing changed.
    async fn turn_down(
        &self,
        owner: &mut Owner,
        topic: &Slug,
        to: To,
    ) -> Result<Option<Turned>, StoreError> {
        let store = &self.app.store;
        let topics = store.topics().await?;
        let Some(topic) = topics.into_iter().find(|t| t.slug == *topic) else {
            return Ok(None);
        };
        let subscription = &mut owner.subscription;
        let before = weight(&subscription.terms, &topic.slug);
        let after = match to {
            To::Less => Some(less(before)),
            To::Before(weight) => weight,
        };
        let mut terms = subscription.terms.clone();
        terms.topics.retain(|t| t.topic != topic.slug);
        terms.topics.extend(after.map(|weight| TopicWeight {
            topic: topic.slug.clone(),
            weight,
        }));
        let rhythm = store.cadence(owner.list.id, &terms.cadence).await;
        let rhythm = match rhythm {
            Ok(rhythm) => rhythm,
            // The rhythm is no longer offered: they choose one first.
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if before == after || terms.topics.len() > FOLLOWED_MAX {
            return Ok(None);
        }
        let (id, now) = (subscription.id, self.app.clock.now());
        let due = self.next(id, &terms, &rhythm).await?;
        store
            .terms_revise(id, &terms, rhythm.id, due, "reader", now)
            .await?;
        subscription.terms = terms;
        Ok(Some(Turned {
            topic,
            before,
            after,
            undo: matches!(to, To::Less),
        }))
    }

    async fn why_page(&self, owner: &Owner, letter: &SentLetter, turned: Option<Turned>) -> Page {
        let store = &self.app.store;
        let revisions: Vec<_> = letter.picks.iter().map(|p| p.revision).collect();
        let articles: Vec<ArticleId> = letter.picks.iter().map(|p| p.article).collect();
        let texts = store.revisions(&revisions).await?;
        let topics = store.topics_of(&articles).await?;
        let names: BTreeMap<Slug, String> = {
            let topics = store.topics().await?;
            topics.into_iter().map(|t| (t.slug, t.name)).collect()
        };
        let places = store.places().await?;
        let story = |pick: &Pick| -> Option<Value> {
            let text = texts.get(&pick.revision)?;
            let of = own_topic(pick, topics.get(&pick.article)).filter(|t| names.contains_key(t));
            let place = |slug: &Slug| places.iter().find(|p| p.slug == *slug).map(|p| &p.name);
            let (key, what) = match &pick.reason {
                Reason::Lead => ("why.lead", None),
                Reason::Pinned => ("why.pinned", None),
                Reason::Topic { topic } => ("why.topic", names.get(topic)),
                Reason::Place { place: slug } => ("why.place", place(slug)),
                Reason::TopStory | Reason::Desk => ("why.top", None),
            };
            let what = what.map(String::as_str).unwrap_or_default();
            let now = of.map(|t| weight(&owner.subscription.terms, t));
            Some(context! {
                headline => text.text.headline.clone(),
                link => safe_link(text.url.as_str()),
                why => owner.speech.say(key, &[("topic", what), ("place", what)]),
                topic => of.map(Slug::as_str),
                name => of.and_then(|t| names.get(t)).cloned(),
                never => now == Some(Some(0)),
                last => now.is_some_and(|w| less(w) == 0),
            })
        };
        let stories: Vec<Value> = letter.picks.iter().filter_map(story).collect();
        let zone = &owner.subscription.terms.zone;
        let day = zone.tz().to_datetime(letter.date).date();
        let subject = self.subjects(std::slice::from_ref(letter)).await?.pop();
        let context = context! {
            stories,
            day => owner.speech.say_date("own.day", day),
            subject,
            view => self.view(owner, letter.digest),
            letters => format!("{}/letters", self.link(Purpose::Preferences, owner.opened)),
            told => turned.as_ref().map(|t| said(owner, t)),
            undo => turned.filter(|t| t.undo).map(|t| context! {
                topic => t.topic.slug.as_str().to_owned(),
                weight => t.before.map(|w| w.to_string()).unwrap_or_default(),
            }),
            ..owner.shown(self, "own.why")
        };
        let speech = &owner.speech;
        Ok(self
            .pages
            .show(StatusCode::OK, "own_why.html", speech, context))
    }
}

/// What changed, in words.
fn said(owner: &Owner, turned: &Turned) -> String {
    let speech = &owner.speech;
    let word = match turned.after.map(Weight::of) {
        None => speech.say("terms.no_topic", &[]),
        Some(Weight::Never) => speech.say("terms.no_story", &[]),
        Some(word) => speech.say(&format!("terms.{word}"), &[]),
    };
    let values = [("topic", turned.topic.name.as_str()), ("word", &word)];
    speech.say("own.turned", &values)
}

/// The topic of a story: the one that it was chosen for, else its strongest.
fn own_topic<'a>(pick: &'a Pick, carried: Option<&'a Vec<TopicWeight>>) -> Option<&'a Slug> {
    if let Reason::Topic { topic } = &pick.reason {
        return Some(topic);
    }
    let strongest = carried?.iter().max_by_key(|t| t.weight)?;
    Some(&strongest.topic)
}

#[cfg(test)]
mod tests {
    use super::less;

    #[test]
    fn a_step_down_is_one_word_and_the_last_one_is_nothing() {
        let steps: Vec<u16> = [Some(900), Some(500), Some(200), Some(0), None]
            .map(less)
            .to_vec();
        assert_eq!(steps, [500, 200, 0, 0, 0]);
    }
}
