//! Which of the articles that come in are known: by their key, else by their page. No SQL here.

use std::collections::{HashMap, HashSet};

use super::{Incoming, StoreError, to_json};
use crate::domain::article::NewArticle;

/// A stored article that an incoming one may be, with the source's own newest text.
#[derive(sqlx::FromRow)]
pub(super) struct Known {
    pub(super) article_id: i64,
    pub(super) entry_key: String,
    pub(super) url: String,
    pub(super) fragment: Option<String>,
    pub(super) language: Option<String>,
    pub(super) published_ms: Option<i64>,
    pub(super) topics: String,
    pub(super) places: String,
    pub(super) headline: String,
    pub(super) summary: String,
    pub(super) byline: String,
    pub(super) image_url: Option<String>,
    pub(super) image_alt: Option<String>,
    pub(super) body: Option<String>,
    pub(super) categories: String,
}

/// What a call brings, sorted by what the database knows of it.
#[derive(Default)]
pub(super) struct Sorted<'a> {
    pub(super) fresh: Vec<&'a Incoming>,
    /// Known, with another text.
    pub(super) revised: Vec<(i64, &'a NewArticle)>,
    /// Known, with anything else changed (or the text).
    pub(super) changed: Vec<(i64, &'a NewArticle)>,
    pub(super) unchanged: usize,
    pub(super) repeated: usize,
}

/// Keys are looked up before URLs, so that an entry whose key is known is never taken for another
/// one that moved to its page.
pub(super) fn sort<'a>(
    articles: &'a [Incoming],
    known: &[Known],
) -> Result<Sorted<'a>, StoreError> {
    let by_key: HashMap<&str, &Known> = known.iter().map(|k| (&*k.entry_key, k)).collect();
    let by_url: HashMap<&str, &Known> = known.iter().map(|k| (&*k.url, k)).collect();
    let mut claimed: HashSet<i64> = articles
        .iter()
        .filter_map(|a| by_key.get(a.article.entry_key.as_str()))
        .map(|k| k.article_id)
        .collect();
    let (mut keys, mut urls) = (HashSet::new(), HashSet::new());
    let mut sorted = Sorted::default();
    for incoming in articles {
        let article = &incoming.article;
        let (key, url) = (article.entry_key.as_str(), article.url.as_str());
        if !keys.insert(key) {
            sorted.repeated += 1;
            continue;
        }
        let (found, by_its_key) = match (by_key.get(key), by_url.get(url)) {
            (Some(found), _) => (Some(found), true),
            (None, found) => (found, false),
        };
        // Entries that share a page are one article: the first of them names it.
        let page_taken = !urls.insert(url);
        match found {
            Some(k) if !by_its_key && !claimed.insert(k.article_id) => sorted.repeated += 1,
            Some(k) => sort_known(&mut sorted, k, article)?,
            None if page_taken => sorted.repeated += 1,
            None => sorted.fresh.push(incoming),
        }
    }
    Ok(sorted)
}

fn sort_known<'a>(
    sorted: &mut Sorted<'a>,
    known: &Known,
    article: &'a NewArticle,
) -> Result<(), StoreError> {
    let text = &article.text;
    let same_text = known.headline == text.headline
        && known.summary == text.summary
        && known.byline == text.byline
        && known.image_url.as_deref() == text.image.as_ref().map(|i| i.url.as_str())
        && known.image_alt.as_deref() == text.image.as_ref().map(|i| i.alt.as_str())
        && known.body == text.body
        && known.categories == to_json(&text.categories, "article_revision.categories")?;
    let same_rest = known.entry_key == article.entry_key
        && known.url == article.url.as_str()
        && known.fragment == article.fragment
        && known.language == article.language
        && known.topics == to_json(&article.topics, "article.topics")?
        && known.places == to_json(&article.places, "article.places")?
        && (known.published_ms.is_some() || article.published.is_none());
    if same_text {
        sorted.unchanged += 1;
    } else {
        sorted.revised.push((known.article_id, article));
    }
    if !(same_text && same_rest) {
        sorted.changed.push((known.article_id, article));
    }
    Ok(())
}
