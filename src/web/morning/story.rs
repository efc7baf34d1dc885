//! `/desk/{list}/{cadence}/{run}/story/{article}`: one story on the desk, with everything that may be done
//! about it: its words, its picture, its topics and places, what keeps it out, and what it is one with.

mod deeds;

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
use crate::domain::article::Article;
use crate::domain::edition::DecisionKind;
use crate::domain::editor::Act;
use crate::domain::{ArticleId, DecisionId, StoryId};
use crate::press::desk::DeedError;
use crate::store::{About, StoreError};
use crate::web::House;
use crate::web::desk::Posted;

/// What was done, by its key, or why it was not.
pub(super) type Done = Result<&'static str, String>;

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
            pictures => pictures(&tellers, picture),
            picture_none => picture == Some(&None),
            picture_word => chosen.map(|d| d.id.0),
            barred => view::standing_of(&sheet.decisions, DecisionKind::BanSource, article.story).map(|d| d.id.0),
            topics => self.topics_of(article).await?,
            places => self.places_of(article).await?,
            labelled => own_word.map(|w| context! { id => w.id, by => w.by.clone() }),
            tellers => tellers.iter().map(|a| teller(a, article)).collect::<Vec<_>>(),
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

/// The pictures of a story's articles; `chosen`: what editors said of them.
fn pictures(tellers: &[Article], chosen: Option<&Option<ArticleId>>) -> Vec<Value> {
    let one = |a: &Article| {
        let image = a.text.image.as_ref()?;
        Some(context! {
            article => a.id.0,
            source => a.source_name.clone(),
            alt => image.alt.clone(),
            url => image.url.clone(),
            chosen => chosen == Some(&Some(a.id)),
        })
    };
    tellers.iter().filter_map(one).collect()
}

/// An article that tells the story.
fn teller(a: &Article, own: &Article) -> Value {
    context! {
        article => a.id.0,
        headline => a.text.headline.clone(),
        source => a.source_name.clone(),
        own => a.id == own.id,
        withdrawn => a.withdrawn.is_some(),
    }
}
