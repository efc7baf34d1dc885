//! What an editor does about one story beside decisions: it is withdrawn, labelled, made one with another.

use super::super::{Meant, Missing, Seat, rewrite};
use super::{Done, One};
use crate::domain::article::{PlaceEvidence, TopicWeight};
use crate::domain::edition::DecisionKind;
use crate::domain::{ArticleId, StoryId, StoryWordId};
use crate::ingest::Annotator;
use crate::press::desk::{Deed, DeedError};
use crate::store::amendments::Said;
use crate::store::{About, StoreError, Word};
use crate::web::{Form, House};

impl House {
    pub(super) async fn withdraw(
        &self,
        seat: &Seat,
        one: &One,
        form: &Form,
    ) -> Result<Done, Missing> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let reason = form.one("reason").filter(|r| !r.is_empty());
        if reason.is_some_and(|r| r.chars().count() > 300 || r.chars().any(char::is_control)) {
            return Ok(Err(
                "The reason is one line of at most 300 characters.".to_owned()
            ));
        }
        let said = Said {
            article: one.article.id,
            by: Some(&seat.editor.name),
            reason,
        };
        let did = match form.one("do") {
            Some("withdraw") => {
                store.article_withdraw(said, &[], now).await?;
                "withdrawn"
            }
            _ => {
                store.article_restore(said, now).await?;
                "restored"
            }
        };
        rewrite::made_again(self)?;
        Ok(Ok(did))
    }

    /// Topics and places as an editor says them.
    pub(super) async fn label(&self, seat: &Seat, one: &One, form: &Form) -> Result<Done, Missing> {
        let (store, now, by) = (&self.app.store, self.app.clock.now(), &seat.editor.name);
        let id = one.article.id;
        if form.one("back").is_some() {
            let said = store.article_said(id).await?;
            let newest = said
                .words
                .iter()
                .rev()
                .find(|w| w.word.about() != About::Risk);
            if let Some(word) = newest {
                store.article_word_undo(id, word, by, now).await?;
            }
            return Ok(Ok("taken-back"));
        }
        let topics = store.topics().await?;
        let named: Vec<&str> = form.all("topic").collect();
        let topics = topics
            .into_iter()
            .filter(|t| named.contains(&t.slug.as_str()));
        let topics: Vec<TopicWeight> = topics
            .map(|t| TopicWeight {
                topic: t.slug,
                weight: 1000,
            })
            .collect();
        let same = |own: &[TopicWeight]| {
            own.len() == topics.len()
                && topics
                    .iter()
                    .all(|t| own.iter().any(|o| o.topic == t.topic))
        };
        if !same(&one.article.topics) {
            store
                .article_word(id, &Word::Topics { topics }, by, now)
                .await?;
        }
        let named: Vec<&str> = form.all("place").collect();
        let known = store.places().await?;
        let wanted: Vec<_> = known
            .into_iter()
            .map(|p| p.slug)
            .filter(|slug| named.contains(&slug.as_str()))
            .collect();
        let has: Vec<_> = one.article.places.iter().map(|p| &p.place).collect();
        if has.len() != wanted.len() || wanted.iter().any(|p| !has.contains(&p)) {
            let annotator = Annotator::load(store).await?;
            let mut places: Vec<PlaceEvidence> = Vec::new();
            for found in wanted.iter().flat_map(|place| annotator.named(place, by)) {
                if places.iter().all(|p| p.place != found.place) {
                    places.push(found);
                }
            }
            store
                .article_word(id, &Word::Places { places }, by, now)
                .await?;
        }
        Ok(Ok("labelled"))
    }

    /// A merge, a split, or either taken back.
    pub(super) async fn story_word(
        &self,
        seat: &Seat,
        one: &One,
        form: &Form,
    ) -> Result<Done, Missing> {
        let (store, now, by) = (&self.app.store, self.app.clock.now(), &seat.editor.name);
        let number = |name| form.one(name).and_then(|n| n.parse::<i64>().ok());
        let story = one.article.story;
        let done = match form.one("do") {
            Some("merge") => {
                let Some(other) = number("story").map(StoryId).filter(|s| *s != story) else {
                    return Ok(Err("Choose the story that tells the same.".to_owned()));
                };
                store
                    .story_merge(&[story, other], by, now)
                    .await
                    .map(|_| "merged")
            }
            Some("split") => {
                let go: Vec<ArticleId> = form
                    .all("article")
                    .filter_map(|a| a.parse().ok())
                    .map(ArticleId)
                    .collect();
                if go.is_empty() {
                    return Ok(Err(
                        "Choose the articles that tell another story.".to_owned()
                    ));
                }
                store
                    .story_split(story, &go, by, now)
                    .await
                    .map(|_| "split")
            }
            _ => match number("word").map(StoryWordId) {
                Some(word) => store.story_undo(word, by, now).await.map(|_| "taken-back"),
                None => return Ok(Err("There is nothing to take back.".to_owned())),
            },
        };
        match done {
            Ok(did) => Ok(Ok(did)),
            Err(StoreError::NotFound { .. }) => Ok(Err(
                "That is not so any more: look at the story again.".to_owned(),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the story out of every edition of the list on that day which a ban still reaches.
    pub(super) async fn ban_day(&self, seat: &Seat, one: &One) -> Result<Done, Missing> {
        let (store, now) = (&self.app.store, self.app.clock.now());
        let deed = Deed::Story(DecisionKind::Ban, one.article.id, None);
        let due = store.due_waves_of(one.meant.list.id).await?;
        let cadences = store.cadences(one.meant.list.id).await?;
        let day = one.meant.run.date();
        let mut runs: Vec<_> = due
            .iter()
            .filter(|w| w.run.date() == day)
            .map(|w| (w.cadence, w.run))
            .collect();
        runs.push((one.meant.cadence.id, one.meant.run));
        runs.sort_unstable();
        runs.dedup();
        let mut done = false;
        for (cadence, run) in runs {
            let Some(cadence) = cadences.iter().find(|c| c.id == cadence) else {
                continue;
            };
            let meant = Meant {
                list: one.meant.list.clone(),
                cadence: cadence.clone(),
                run,
            };
            let Some(laid) = self.bench()?.laid(&meant, now).await? else {
                continue;
            };
            let press = &self.bench()?.parts.press;
            match press
                .desk_do(&laid.sheet, &deed, None, &seat.editor.name, now)
                .await
            {
                Ok(_) => done = true,
                Err(DeedError::Frozen) => {}
                Err(DeedError::Press(error)) => return Err(error.into()),
                Err(error) => return Ok(Err(error.to_string())),
            }
        }
        Ok(match done {
            true => Ok("banned"),
            false => {
                Err("Every letter of that day is frozen: withdraw the article instead.".to_owned())
            }
        })
    }
}
