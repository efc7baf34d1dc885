//! `story`: which articles tell the same, why, and editors' word on it.

mod bearing;
mod decide;
mod list;
mod show;

use std::path::Path;

use super::{Exit, Failure, House, typed};
use crate::domain::article::{Article, CanonicalUrl};
use crate::domain::{ArticleId, StoryId};
use crate::store::{Store, StoreError};

/// What may be done with stories.
///
/// A story is named by its number, or by one of its articles: `article:4711`, or the article's URL.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Show which stories were told lately, newest first
    List(list::ListArgs),
    /// Show one story: its articles and why they are in it, who stands for it, who was brought it
    ///
    /// STORY is its number, or one of its articles: article:4711, or the article's URL.
    Show(show::ShowArgs),
    /// Say that stories are one: what is like any of them joins it from now on
    ///
    /// The articles of all tell the first one. What that means for readers' memories and for editions is
    /// said before it is done. Example: courant story merge 12 article:4711 --yes
    Merge(decide::MergeArgs),
    /// Say that articles of a story tell another one: together they are a story of their own
    ///
    /// What comes in later and copies one side joins that side. Name the copies of an article too to take
    /// them along. Example: courant story split 12 4711 4712 --yes
    Split(decide::SplitArgs),
}

/// Runs one verb.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::List(args) => list::run(&house, &args).await,
        Verb::Show(args) => show::run(&house, &args).await,
        Verb::Merge(args) => decide::merge(&house, &args).await,
        Verb::Split(args) => decide::split(&house, &args).await,
    }
}

/// A story with its articles, by id; the first one names it.
struct Known {
    id: StoryId,
    articles: Vec<Article>,
}

impl Known {
    /// ``story 12 `Ferry aground` (3 articles of 2 sources)``.
    fn name(&self) -> String {
        let headline = self.articles.first().map(|a| a.text.headline.as_str());
        let sources: std::collections::BTreeSet<_> =
            self.articles.iter().map(|a| a.source).collect();
        format!(
            "story {} `{}` ({} of {})",
            self.id,
            typed::short(headline.unwrap_or_default(), 80),
            super::show::count(self.articles.len() as i64, "article"),
            super::show::count(sources.len() as i64, "source"),
        )
    }
}

/// The story that is meant: by its number, or by one of its articles.
async fn of(store: &Store, text: &str) -> Result<Known, Failure> {
    let hint = "`courant story list --since 30d` shows what there is; `article:4711` names a story by an article";
    let id = match text.parse::<i64>() {
        Ok(id) => StoryId(id),
        Err(_) => {
            article(store, text.strip_prefix("article:").unwrap_or(text))
                .await
                .map_err(|e| e.hint(hint))?
                .story
        }
    };
    let articles = store.story_articles(id).await?;
    if !articles.is_empty() {
        return Ok(Known { id, articles });
    }
    let went = store.story_words(id).await?;
    let went = went.iter().rev().find(|w| w.other == id || w.story == id);
    Err(match went {
        Some(word) => {
            let other = if word.other == id {
                word.story
            } else {
                word.other
            };
            let words = format!("story {id} has no articles any more: {}", said(word));
            Failure::failed(words).hint(format!(
                "`courant story show {other}` shows the other story"
            ))
        }
        None => Failure::failed(format!("there is no story `{id}`")).hint(hint),
    })
}

/// The article of a number or a URL.
async fn article(store: &Store, text: &str) -> Result<Article, Failure> {
    let found = match text.parse::<i64>() {
        Ok(id) => store.article(ArticleId(id)).await,
        Err(_) => {
            let url = CanonicalUrl::parse(text, None).map_err(|_| {
                let shown = typed::short(text, 80);
                Failure::usage(format!("`{shown}` is neither a number nor a URL"))
            })?;
            store.article_by_url(&url).await
        }
    };
    found.map_err(|error: StoreError| {
        Failure::from(error).hint("`courant article list --since 30d` shows what there is")
    })
}

/// An editor's word, for people: `merged 15 into 12, by ada`.
fn said(word: &crate::store::story_words::StoryWord) -> String {
    use crate::store::story_words::StoryWordKind;
    let (story, other, by) = (word.story, word.other, &word.by);
    match word.kind {
        StoryWordKind::Merge => format!("{by} merged {other} into {story}"),
        StoryWordKind::Split => format!("{by} split {other} from {story}"),
        StoryWordKind::Undo => {
            let id = word.undoes.map(|id| id.to_string()).unwrap_or_default();
            format!("{by} took word {id} back, on {story} and {other}")
        }
    }
}
