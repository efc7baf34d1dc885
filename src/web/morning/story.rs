//! `/desk/{list}/{cadence}/{run}/story/{article}`: one story on the desk, with everything that may be done
//! about it: its words, its picture, its topics and places, what keeps it out, and what it is one with.

use std::collections::HashMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use minijinja::{Value, context};

use super::act::All;
use super::page::did;
use super::rewrite;
use super::sheets::Laid;
use super::view;
use super::words::{count, moment};
use super::{Meant, Missing, Seat, allowed, back};
use crate::domain::article::{Article, PlaceEvidence, TopicWeight};
use crate::domain::edition::DecisionKind;
use crate::domain::editor::Act;
use crate::domain::{ArticleId, DecisionId, StoryId, StoryWordId};
use crate::ingest::Annotator;
use crate::press::desk::{Deed, DeedError};
use crate::store::amendments::Said;
use crate::store::{About, StoreError, Word};
use crate::web::desk::Posted;
use crate::web::{Form, House};

/// The story of a path.
pub(in crate::web) type NamedStory = Result<Path<(String, String, String, i64)>, PathRejection>;

/// A story's page's article, and the edition that it is looked at in.
struct One {
    meant: Meant,
    laid: std::sync::Arc<Laid>,
    article: Article,
}

impl One {
    fn path(&self) -> String {
        format!("{}/story/{}", self.meant.path(), self.article.id)
    }
}

impl House {
    async fn one(&self, seat: &Seat, named: NamedStory) -> Result<One, Missing> {
        let Path((list, cadence, run, article)) = named.map_err(|_| Missing::Nothing)?;
        let (meant, laid) = self.on_desk(seat, Ok(Path((list, cadence, run)))).await?;
        let press = &self.bench()?.parts.press;
        let article = press.desk_article(&laid.sheet, ArticleId(article)).await;
        let article = article.map_err(|error| match error {
            DeedError::Press(error) => Missing::from(error),
            _ => Missing::Nothing,
        })?;
        Ok(One {
            meant,
            laid,
            article,
        })
    }

    /// The story's page; `problem`: what was not done.
    async fn story_page(
        &self,
        (seat, one): (&Seat, &One),
        query: &HashMap<String, String>,
        problem: Option<String>,
    ) -> Result<Response, Missing> {
        let One {
            meant,
            laid,
            article,
        } = one;
        let viewer = self.viewer(seat, laid).await?;
        let sheet = &laid.sheet;
        let known = sheet.stories.iter().find(|s| s.story == article.story);
        let asks = query.contains_key("ban");
        let without = match asks {
            true => Some(self.without(laid, article.story).await?),
            false => None,
        };
        let done = query.get("done").and_then(|id| id.parse().ok());
        let status = match problem {
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            None => StatusCode::OK,
        };
        let own = context! {
            edition => view::head(laid, meant, &viewer),
            row => known.map(|story| view::row(sheet, story, &viewer)),
            story => self.told(one).await?,
            asks,
            without,
            told => done.and_then(|id| view::told(sheet, DecisionId(id))),
            did => did(query),
            problem,
        };
        Ok(self.morning_page(status, "morning_story.html", own, seat))
    }

    /// What a ban would come to, in words.
    async fn without(&self, laid: &Laid, story: StoryId) -> Result<String, Missing> {
        let press = &self.bench()?.parts.press;
        let found = press.desk_without(&laid.sheet.ahead, story).await?;
        let has = count(found.has, "digest");
        let under = match found.under {
            0 => "none of them falls under the minimum without it".to_owned(),
            n => format!("{} fall under the minimum without it", count(n, "digest")),
        };
        let looked = count(found.looked, "reader");
        Ok(format!("{has} of {looked} looked at have it; {under}."))
    }

    /// All that there is of a story.
    async fn told(&self, one: &One) -> Result<Value, Missing> {
        let (store, article, sheet) = (&self.app.store, &one.article, &one.laid.sheet);
        let zone = &sheet.list.settings.home_zone;
        let texts = store.article_texts(article.id).await?;
        let source = texts.iter().rev().find(|t| t.by_editor.is_none());
        let by = texts.iter().find(|t| t.revision == article.revision);
        let by = by.and_then(|t| t.by_editor.clone());
        let tellers = store.story_articles(article.story).await?;
        let force = sheet.force();
        let picture = force.images.get(&article.story);
        let chosen = view::standing_of(&sheet.decisions, DecisionKind::Image, article.story);
        let pictures = tellers.iter().filter(|a| a.text.image.is_some());
        let picture_of = |a: &Article| {
            let image = a.text.image.as_ref();
            context! {
                article => a.id.0,
                source => a.source_name.clone(),
                alt => image.map(|i| i.alt.clone()).unwrap_or_default(),
                url => image.map(|i| i.url.clone()),
                chosen => picture == Some(&Some(a.id)),
            }
        };
        let teller = |a: &Article| {
            context! {
                article => a.id.0,
                headline => a.text.headline.clone(),
                source => a.source_name.clone(),
                own => a.id == article.id,
                withdrawn => a.withdrawn.is_some(),
            }
        };
        let words = store.story_words(article.story).await?;
        let words = words.iter().filter(|w| !w.undone && w.undoes.is_none());
        let word = |w: &crate::store::story_words::StoryWord| {
            context! {
                id => w.id.0, kind => w.kind.as_str(), by => w.by.clone(), at => moment(w.at, zone),
                n => w.articles.len(),
            }
        };
        let said = store.article_said(article.id).await?;
        let own_word = said
            .words
            .iter()
            .rev()
            .find(|w| w.word.about() != About::Risk);
        let others = sheet.stories.iter().filter(|s| s.story != article.story);
        Ok(context! {
            article => article.id.0,
            revision => article.revision.0,
            headline => article.text.headline.clone(),
            summary => article.text.summary.clone(),
            by,
            own_headline => source.map(|t| t.text.headline.clone()),
            own_summary => source.map(|t| t.text.summary.clone()),
            source => article.source_name.clone(),
            link => sheet.story(article.id).and_then(|s| s.link.clone()),
            withdrawn => article.withdrawn.map(|at| moment(at, zone)),
            pictures => pictures.map(picture_of).collect::<Vec<_>>(),
            picture_none => picture == Some(&None),
            picture_word => chosen.map(|d| d.id.0),
            barred => view::standing_of(&sheet.decisions, DecisionKind::BanSource, article.story).map(|d| d.id.0),
            topics => self.topics_of(article).await?,
            places => self.places_of(article).await?,
            labelled => own_word.map(|w| context! { id => w.id, by => w.by.clone() }),
            tellers => tellers.iter().map(teller).collect::<Vec<_>>(),
            words => words.map(word).collect::<Vec<_>>(),
            others => others.map(|s| context! { story => s.story.0, headline => s.headline.clone() }).collect::<Vec<_>>(),
        })
    }

    async fn topics_of(&self, article: &Article) -> Result<Vec<Value>, StoreError> {
        let topics = self.app.store.topics().await?;
        let has = |slug| article.topics.iter().any(|t| t.topic == slug);
        let one = |t: crate::domain::article::Topic| {
            context! { slug => t.slug.as_str(), name => t.name, on => has(t.slug.clone()) }
        };
        Ok(topics.into_iter().map(one).collect())
    }

    async fn places_of(&self, article: &Article) -> Result<Vec<Value>, StoreError> {
        let places = self.app.store.places().await?;
        let has = |slug| article.places.iter().any(|p| p.place == slug);
        let one = |p: crate::domain::article::Place| {
            context! { slug => p.slug.as_str(), name => p.name, on => has(p.slug.clone()) }
        };
        Ok(places.into_iter().map(one).collect())
    }
}

/// The page.
pub(in crate::web) async fn show(
    State(house): State<House>,
    seat: Seat,
    named: NamedStory,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let page = async {
        let one = house.one(&seat, named).await?;
        house.story_page((&seat, &one), &query, None).await
    };
    house.morning_answer(page.await)
}

/// One deed about the story.
pub(in crate::web) async fn act(
    State(house): State<House>,
    seat: Seat,
    named: NamedStory,
    Posted(form): Posted,
) -> Response {
    let page = async {
        let one = house.one(&seat, named).await?;
        allowed(&seat, &one.meant, Act::Curate)?;
        let path = one.path();
        let done = match form.one("do").unwrap_or_default() {
            "rewrite" => {
                let all = (&seat, &one.meant, one.laid.as_ref());
                return rewrite::rewrite(&house, all, &one.article, &form).await;
            }
            "return" => rewrite::back_to_source(&house, &seat, &one.article).await?,
            "withdraw" | "restore" => house.withdraw(&seat, &one, &form).await?,
            "label" => house.label(&seat, &one, &form).await?,
            "merge" | "split" | "unword" => house.story_word(&seat, &one, &form).await?,
            "ban" if form.one("scope") == Some("day") => house.ban_day(&seat, &one).await?,
            _ => {
                let all: All<'_> = (&seat, &one.meant, one.laid.as_ref());
                return house.decide(all, &form, &path).await;
            }
        };
        match done {
            Ok(did) => Ok(back(&path, &format!("did={did}"))),
            Err(words) => {
                let none = HashMap::new();
                house.story_page((&seat, &one), &none, Some(words)).await
            }
        }
    };
    house.morning_answer(page.await)
}

/// What was done, by its key, or why it was not.
pub(super) type Done = Result<&'static str, String>;

impl House {
    async fn withdraw(&self, seat: &Seat, one: &One, form: &Form) -> Result<Done, Missing> {
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
    async fn label(&self, seat: &Seat, one: &One, form: &Form) -> Result<Done, Missing> {
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
    async fn story_word(&self, seat: &Seat, one: &One, form: &Form) -> Result<Done, Missing> {
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
    async fn ban_day(&self, seat: &Seat, one: &One) -> Result<Done, Missing> {
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
