//! What stands beside an article that is withdrawn or put under embargo: the others of its page, which go
//! with it, its copies on other pages, and what else tells its story.

use super::withdraw::named;
use crate::cli::{Failure, show};
use crate::domain::ArticleId;
use crate::domain::article::Article;
use crate::store::Store;
use crate::stories::{Known, Told};

/// Articles that are named at most.
const NAMED: usize = 12;

/// The other articles that an editor has to know of who stops one.
pub(super) struct Beside {
    of: Article,
    /// Of its page, without itself.
    page: Vec<Article>,
    /// Of its story, with its text or its headline, on other pages.
    copies: Vec<Article>,
    /// How many more tell its story in words of their own.
    others: usize,
}

impl Beside {
    pub(super) async fn of(store: &Store, article: &Article) -> Result<Beside, Failure> {
        let mut page = store.page_articles(article.id).await?;
        page.retain(|a| a.id != article.id);
        let mut story = store.story_articles(article.story).await?;
        story.retain(|a| a.id != article.id && page.iter().all(|p| p.id != a.id));
        let own = known(article);
        let (copies, others): (Vec<_>, Vec<_>) =
            story.into_iter().partition(|a| own.is_copied_by(&known(a)));
        Ok(Beside {
            of: article.clone(),
            page,
            copies,
            others: others.iter().filter(|a| a.withdrawn.is_none()).count(),
        })
    }

    /// Its copies, where they were asked for.
    pub(super) fn ids(&self, asked: bool) -> Vec<ArticleId> {
        let copies = self.copies.iter().filter(|_| asked);
        copies.map(|a| a.id).collect()
    }

    /// Names what an embargo goes along with.
    pub(super) fn say_goes(&self, copies: bool) {
        let copies = if copies { self.copies.as_slice() } else { &[] };
        let all: Vec<Article> = self.page.iter().chain(copies).cloned().collect();
        say_with(&self.of, &all);
    }

    /// Names what letters may still bring, with the command (`verb`) that stops it, too.
    pub(super) fn say_left(&self, verb: &str, copies: bool) {
        let may = |a: &&Article| match verb {
            "embargo" => a.withdrawn.is_none() && a.embargo.is_none(),
            _ => a.withdrawn.is_none(),
        };
        let left: Vec<&Article> = self.copies.iter().filter(may).collect();
        if !copies && !left.is_empty() {
            for copy in left.iter().take(NAMED) {
                let (named, source) = (named(copy), &copy.source_name);
                show::note(&format!(
                    "a copy on another page stays: {named} of {source}"
                ));
            }
            let (n, id) = (left.len(), self.of.id);
            show::note(&format!(
                "hint: `--copies` reaches {n} of them, too: courant article {verb} {id} --copies"
            ));
        }
        if self.others > 0 {
            let n = show::count(i64::try_from(self.others).unwrap_or(i64::MAX), "article");
            show::note(&format!(
                "{n} more may tell the same story in other words: `courant story show {}`",
                self.of.story
            ));
        }
    }
}

/// Names the others that a word on an article concerns.
pub(super) fn say_with(article: &Article, concerned: &[Article]) {
    let others = concerned.iter().filter(|a| a.id != article.id);
    for other in others.clone().take(NAMED) {
        let why = match other.url == article.url || other.url.page() == article.url.page() {
            true => "the same page",
            false => "a copy of it",
        };
        let (named, source) = (named(other), &other.source_name);
        show::note(&format!("with it: {named} of {source}, {why}"));
    }
    let more = others.count().saturating_sub(NAMED);
    if more > 0 {
        show::note(&format!("with it: {more} more"));
    }
}

fn known(article: &Article) -> Known {
    Known::of(&Told {
        source: article.source,
        url: &article.url,
        headline: &article.text.headline,
        summary: &article.text.summary,
        body: article.text.body.as_deref().unwrap_or_default(),
        dated_ms: 0,
    })
}
