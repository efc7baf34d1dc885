//! An issue of the archive as a page: the letter's look, stories and words, and nothing of a reader in
//! it. What was withdrawn since is not shown any more; its notice stands in its place.

use std::collections::BTreeMap;

use super::{Content, LetterError, Letters, notices};
use crate::domain::archive::Issued;
use crate::domain::selection::Pick;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, DigestId, SubscriptionId};
use crate::render::Links;
use crate::store::archive::Since;

/// For whom an issue is laid out: everybody.
#[derive(Clone, Copy, Debug)]
pub struct Everybody<'a> {
    /// Of the fixed words.
    pub language: &'a str,
    /// The page of the list, which stands where a letter leads to its reader's choices.
    pub about: &'a str,
    /// The page of all issues, which stands where a letter is left.
    pub archive: &'a str,
    /// Embargoes that have not ended now hold here too.
    pub now: Timestamp,
}

impl Letters {
    /// An issue as an HTML document.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn issue(
        &self,
        issue: &Issued,
        to: Everybody<'_>,
    ) -> Result<Option<String>, LetterError> {
        let store = &self.store;
        let articles: Vec<ArticleId> = issue.picks.iter().map(|p| p.article).collect();
        let since = store.since_printed(&articles).await?;
        let picks: Vec<Pick> = shown(&issue.picks, &since, to.now).cloned().collect();
        if picks.is_empty() {
            return Ok(None);
        }
        let mut notices = notices::notices(store, (&issue.picks, issue.out)).await?;
        let stored = store.wave(issue.wave).await?;
        let mut wave = self.load(&stored, Vec::new(), true).await?;
        if !notices.is_empty() {
            let words = wave.letters.galley.catalogue();
            notices::worded(&mut notices, words, to.language)?;
            wave = self.load(&stored, notices, true).await?;
        }
        let sender = wave.letters.sender();
        let own = format!("{}/i/", sender.public_url);
        // A picture elsewhere would tell its publisher who reads here.
        let stories = &wave.letters.galley.issue().stories;
        let pictures = picks.iter().filter_map(|p| {
            let article = stories.get(&p.revision)?;
            article.text.image.as_ref()
        });
        let images = pictures
            .into_iter()
            .all(|image| image.url.starts_with(&own));
        let (zone, interests) = (crate::domain::time::Zone::utc(), Interests::default());
        let content = Content {
            picks: &picks,
            left_out: issue.left_out,
            placements: Vec::new(),
            zone: &zone,
            language: to.language,
            length: Length::Long,
            images,
            text_only: false,
            welcome: None,
            interests: &interests,
            list: issue.list,
            subscription: SubscriptionId(0),
            digest: DigestId(0),
        };
        let links = Links {
            unsubscribe: to.archive.to_owned(),
            preferences: to.about.to_owned(),
            view: None,
        };
        let sheet = wave.letters.sheet_with(&content, &[], links);
        let html = wave.letters.galley.letter(&sheet)?.html;
        Ok(Some(as_page(&html)))
    }
}

/// A letter's document with its body marked as what the page is about: a page is walked by its
/// landmarks, which mail programs take out.
pub(super) fn as_page(html: &str) -> String {
    let body = html.find("<body").and_then(|at| {
        let end = html[at..].find('>')?;
        Some(at + end + 1)
    });
    match (body, html.rfind("</body>")) {
        (Some(start), Some(end)) if start <= end && !html.contains("<main") => {
            let (head, body, foot) = (&html[..start], &html[start..end], &html[end..]);
            format!("{head}<main>{body}</main>{foot}")
        }
        _ => html.to_owned(),
    }
}

/// The stories of an issue that may be shown now.
pub fn shown<'a>(
    picks: &'a [Pick],
    since: &BTreeMap<ArticleId, Since>,
    now: Timestamp,
) -> impl Iterator<Item = &'a Pick> {
    let stopped = since.iter().filter_map(move |(article, since)| {
        let waits = since.embargo_ms.is_some_and(|ms| ms > now.as_millisecond());
        (since.withdrawn || waits).then_some(*article)
    });
    let stopped: Vec<ArticleId> = stopped.collect();
    picks
        .iter()
        .filter(move |pick| !stopped.contains(&pick.article))
}

#[cfg(test)]
mod tests {
    use super::as_page;

    #[test]
    fn the_body_is_one_landmark() {
        let page = as_page("<html><body style=\"a\"><p>b</p></body></html>");
        let whole = "<html><body style=\"a\"><main><p>b</p></main></body></html>";
        assert_eq!(page, whole);
        for kept in [whole, "<p>no body", "</body><body>"] {
            assert_eq!(as_page(kept), kept);
        }
    }
}
