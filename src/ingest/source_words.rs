//! What a source says of its own articles: by its feed, by their pages, by their headlines. Pure.

use super::HandedIn;
use super::parse::{self, ParsedFeed};
use crate::domain::amendment::{How, Notice, SourceWord};
use crate::domain::article::NewArticle;

/// The entries that a feed says are deleted; one that is in it all the same counts by the later date
/// (RFC 6721 §3).
pub(super) fn deleted(feed: &ParsedFeed) -> Vec<SourceWord> {
    let named = |e: &&parse::Entry, id: &str| e.key.as_deref().or(e.id.as_deref()) == Some(id);
    let stands = |t: &&parse::Tombstone| {
        let entry = feed.entries.iter().find(|e| named(e, &t.id));
        entry.is_none_or(|e| e.updated < t.at)
    };
    let word = |t: &parse::Tombstone| SourceWord {
        entry_key: t.id.clone(),
        notice: Notice::Retracted,
        how: How::Deleted,
    };
    feed.deleted.iter().filter(stands).map(word).collect()
}

/// What a source says of the articles that it brings: by its feed, by their pages, by their headlines.
pub(super) fn all(read: &HandedIn) -> Vec<SourceWord> {
    let headline = |article: &NewArticle| {
        Some(SourceWord {
            entry_key: article.entry_key.clone(),
            notice: parse::notice(&article.text.headline)?,
            how: How::Headline,
        })
    };
    let headlines = read.articles.iter().filter_map(headline);
    headlines.chain(read.said.iter().cloned()).collect()
}

/// The page of an article is gone for good.
pub(super) fn gone(article: &NewArticle) -> SourceWord {
    SourceWord {
        entry_key: article.entry_key.clone(),
        notice: Notice::Retracted,
        how: How::Gone,
    }
}
