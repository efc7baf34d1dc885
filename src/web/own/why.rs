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
use crate::domain::selection::{Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{FOLLOWED_MAX, Terms};
use crate::domain::web_link::safe_link;
use crate::domain::{ArticleId, DigestId};
use crate::feedback::link::Purpose;
use crate::store::StoreError;
use crate::store::own::SentLetter;
use crate::web::wish::Weight;

/// Topics of a story of which less is offered.
const OFFERED: usize = 3;

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
        let since = self.since(owner, std::slice::from_ref(letter)).await?;
        let subject = self.subjects(owner, std::slice::from_ref(letter), &since);
        let subject = subject.await?.pop();
        let since = since.into_iter().next().unwrap_or_default();
        let story = |pick: &Pick| -> Option<Value> {
            let text = texts.get(&pick.revision)?;
            let of = own_topics(pick, topics.get(&pick.article));
            let place = |slug: &Slug| places.iter().find(|p| p.slug == *slug).map(|p| &p.name);
            let (key, what) = match &pick.reason {
                Reason::Lead => ("why.lead", None),
                Reason::Pinned => ("why.pinned", None),
                Reason::Topic { topic } => ("why.topic", names.get(topic)),
                Reason::Place { place: slug } => ("why.place", place(slug)),
                Reason::TopStory | Reason::Desk => ("why.top", None),
            };
            let what = what.map(String::as_str).unwrap_or_default();
            let offer =
                |topic: &Slug| Some(offered(topic, names.get(topic)?, &owner.subscription.terms));
            let offered = of.into_iter().filter_map(offer).take(OFFERED);
            Some(context! {
                headline => text.text.headline.clone(),
                link => safe_link(text.url.as_str()).filter(|_| !since.withdrawn.contains(&pick.article)),
                corrected => since.of(pick.article),
                why => owner.speech.say(key, &[("topic", what), ("place", what)]),
                topics => offered.collect::<Vec<Value>>(),
            })
        };
        let stories: Vec<Value> = letter.picks.iter().filter_map(story).collect();
        let zone = &owner.subscription.terms.zone;
        let day = zone.tz().to_datetime(letter.date).date();
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

/// Less of a topic, as the page offers it.
fn offered(topic: &Slug, name: &str, terms: &Terms) -> Value {
    let now = weight(terms, topic);
    context! {
        slug => topic.as_str(),
        name,
        never => now == Some(0),
        last => less(now) == 0,
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

/// The topics of a story, each once: that of its section and the one that it was chosen for, then those
/// that it carries, the first before all since a letter heads a story with it, the others by strength.
fn own_topics<'a>(pick: &'a Pick, carried: Option<&'a Vec<TopicWeight>>) -> Vec<&'a Slug> {
    let section = match &pick.section {
        Section::Topic(topic) => Some(topic),
        Section::Lead | Section::Area(_) | Section::AlsoToday => None,
    };
    let reason = match &pick.reason {
        Reason::Topic { topic } => Some(topic),
        _ => None,
    };
    let (first, rest) = carried.and_then(|all| all.split_first()).unzip();
    let mut rest: Vec<&TopicWeight> = rest.into_iter().flatten().collect();
    rest.sort_by_key(|t| std::cmp::Reverse(t.weight));
    let carried = first.into_iter().chain(rest).map(|t| &t.topic);
    let mut topics: Vec<&Slug> = Vec::new();
    for topic in section.into_iter().chain(reason).chain(carried) {
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::{less, own_topics};
    use crate::domain::article::TopicWeight;
    use crate::domain::selection::{Form, Pick, Reason, Section};
    use crate::domain::slug::Slug;
    use crate::domain::{ArticleId, RevisionId, StoryId};

    #[test]
    fn what_a_letter_heads_a_story_with_is_offered_first() {
        let slug = |text: &str| Slug::parse(text).unwrap();
        let topic = |text, weight| TopicWeight {
            topic: slug(text),
            weight,
        };
        let carried = vec![
            topic("politics", 600),
            topic("city", 500),
            topic("courts", 900),
        ];
        let mut pick = Pick {
            article: ArticleId(1),
            revision: RevisionId(1),
            story: StoryId(1),
            section: Section::Lead,
            reason: Reason::TopStory,
            form: Form::Full,
            update: false,
        };
        let of = |pick: &Pick| -> Vec<String> {
            let topics = own_topics(pick, Some(&carried));
            topics.into_iter().map(Slug::to_string).collect()
        };
        assert_eq!(of(&pick), ["politics", "courts", "city"]);
        pick.section = Section::Topic(slug("city"));
        pick.reason = Reason::Topic {
            topic: slug("city"),
        };
        assert_eq!(of(&pick), ["city", "politics", "courts"]);
        assert!(own_topics(&pick, None) == [&slug("city")]);
    }

    #[test]
    fn a_step_down_is_one_word_and_the_last_one_is_nothing() {
        let steps: Vec<u16> = [Some(900), Some(500), Some(200), Some(0), None]
            .map(less)
            .to_vec();
        assert_eq!(steps, [500, 200, 0, 0, 0]);
    }
}
