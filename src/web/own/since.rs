//! What was said of a letter's stories since it left, as a reader's own pages and feed show it.

use std::collections::BTreeSet;

use minijinja::{Value, context};

use super::{House, Owner};
use crate::deliver::letters::notices::notices;
use crate::domain::ArticleId;
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::written::Correction;
use crate::store::StoreError;
use crate::store::own::SentLetter;

/// Of one letter.
#[derive(Default)]
pub(super) struct Since {
    /// In the order of its stories, none without a text.
    pub(super) corrections: Vec<Correction>,
    /// What no page leads to any more.
    pub(super) withdrawn: BTreeSet<ArticleId>,
    /// When the newest of them was said.
    pub(super) at: Option<Timestamp>,
}

impl Since {
    /// What was said of one story.
    pub(super) fn of(&self, article: ArticleId) -> Option<&str> {
        let mut all = self.corrections.iter();
        let found = all.find(|c| c.article == Some(article))?;
        Some(found.text.as_str())
    }

    /// The first story that still stands.
    pub(super) fn first<'a>(&self, letter: &'a SentLetter) -> Option<&'a Pick> {
        let stands = |pick: &&Pick| !self.withdrawn.contains(&pick.article);
        letter.picks.iter().find(stands)
    }

    /// As templates take it.
    pub(super) fn shown(&self) -> Vec<Value> {
        let one = |c: &Correction| {
            let headline = c.about.as_ref().map(|a| a.headline.clone());
            context! { headline, text => c.text.clone() }
        };
        self.corrections.iter().map(one).collect()
    }
}

impl House {
    /// What was said of each letter's stories, in their order.
    pub(super) async fn since(
        &self,
        owner: &Owner,
        sent: &[SentLetter],
    ) -> Result<Vec<Since>, StoreError> {
        let store = &self.app.store;
        let articles = sent.iter().flat_map(|l| &l.picks).map(|p| p.article);
        let articles: Vec<ArticleId> = articles.collect();
        let said = store.last_amended(&articles).await?;
        let now = store.since_printed(&articles).await?;
        let mut all = Vec::with_capacity(sent.len());
        for letter in sent {
            let later = |pick: &&Pick| said.get(&pick.article).is_some_and(|at| *at > letter.at);
            let picks: Vec<Pick> = letter.picks.iter().filter(later).cloned().collect();
            let mut since = Since::default();
            if !picks.is_empty() {
                since.corrections = notices(store, (&picks, letter.at)).await?;
            }
            for correction in &mut since.corrections {
                if correction.text.is_empty() {
                    correction.text = owner.speech.say("corrections.withdrawn", &[]);
                }
            }
            let told = since
                .corrections
                .iter()
                .filter_map(|c| said.get(&c.article?));
            since.at = told.max().copied();
            let gone = letter.picks.iter().map(|p| p.article);
            let gone = gone.filter(|a| now.get(a).is_some_and(|s| s.withdrawn));
            since.withdrawn = gone.collect();
            all.push(since);
        }
        Ok(all)
    }
}
