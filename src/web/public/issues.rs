//! Issues of an archive as pages name them: by headlines that may still be shown.

use minijinja::{Value, context};

use crate::deliver::letters::issue::shown;
use crate::domain::archive::Issued;
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::web_link::leads_nowhere;
use crate::domain::{ArticleId, RevisionId};
use crate::store::{Store, StoreError};

/// An issue by its headlines.
pub(super) struct Told {
    pub(super) issue: Issued,
    /// The editors' subject, else the first headline.
    pub(super) title: String,
    /// Headlines and where they are read; as many as were asked for.
    pub(super) stories: Vec<(String, Option<String>)>,
    /// How many more there are.
    pub(super) more: usize,
    /// When editors last said something of its stories.
    pub(super) said: Option<Timestamp>,
}

impl Told {
    /// When it was last another one.
    pub(super) fn updated(&self) -> Timestamp {
        self.said.unwrap_or(self.issue.out).max(self.issue.out)
    }

    /// As templates take it.
    pub(super) fn value(&self, date: String, rhythm: Option<String>) -> Value {
        let headlines: Vec<String> = self.stories.iter().map(|(h, _)| h.clone()).collect();
        context! {
            name => self.issue.name.clone(),
            title => self.title.clone(),
            headlines,
            more => self.more,
            corrected => self.said.is_some(),
            date,
            rhythm,
        }
    }
}

/// Reads what issues are named by: `most` stories of each. One of which nothing may be shown is left
/// out.
pub(super) async fn told(
    store: &Store,
    issues: Vec<Issued>,
    most: usize,
    now: Timestamp,
) -> Result<Vec<Told>, StoreError> {
    let articles = issues.iter().flat_map(|i| &i.picks).map(|p| p.article);
    let articles: Vec<ArticleId> = articles.collect();
    let since = store.since_printed(&articles).await?;
    let picks: Vec<Vec<&Pick>> = issues
        .iter()
        .map(|issue| shown(&issue.picks, &since, now).collect())
        .collect();
    let named = picks.iter().flat_map(|p| p.iter().take(most.max(1)));
    let revisions: Vec<RevisionId> = named.map(|p| p.revision).collect();
    let texts = store.revisions(&revisions).await?;
    let one = |(issue, picks): (&Issued, &Vec<&Pick>)| {
        let story = |pick: &&Pick| {
            let article = texts.get(&pick.revision)?;
            let link = article.url.at(article.fragment.as_deref());
            let link = (!leads_nowhere(&link)).then_some(link);
            Some((article.text.headline.clone(), link))
        };
        let stories: Vec<_> = picks.iter().take(most.max(1)).filter_map(story).collect();
        let first = stories.first().map(|(headline, _)| headline.clone())?;
        // Editors wrote it of the story that stood first.
        let leads = picks.first().map(|p| p.article) == issue.picks.first().map(|p| p.article);
        let subject = issue.subject.clone().filter(|_| leads);
        let said = issue
            .picks
            .iter()
            .filter_map(|p| since.get(&p.article)?.said_ms);
        let said = said.filter_map(|ms| Timestamp::from_millisecond(ms).ok());
        Some(Told {
            title: subject.unwrap_or(first),
            more: picks.len() - stories.len(),
            said: said.filter(|at| *at > issue.out).max(),
            stories,
            issue: issue.clone(),
        })
    };
    Ok(issues.iter().zip(&picks).filter_map(one).collect())
}
