//! Entries to articles, and to the JSON that `source parse` prints.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::clean::{self, BODY_CHARS, HEADLINE_CHARS, SUMMARY_CHARS};
use super::{At, Entry, Markup, ParsedFeed, Problem, tell};
use crate::domain::article::{ArticleText, CanonicalUrl, NewArticle, fragment};
use crate::domain::time::Timestamp;
use crate::domain::visible::is_blank;

/// What a source says about entries that say nothing themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSettings {
    /// BCP 47 tag where neither entry nor feed states one.
    pub default_language: Option<String>,
}

/// The articles of a feed, in its order, each key once. What has no link or no headline is a
/// problem, not an article.
pub fn to_articles(feed: &ParsedFeed, source: &SourceSettings) -> (Vec<NewArticle>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut articles: Vec<NewArticle> = Vec::new();
    let (mut keys, mut pages) = (HashSet::new(), HashSet::new());
    for (i, entry) in feed.entries.iter().enumerate() {
        let at = At::Entry(i + 1);
        match to_article(entry, feed, source, at) {
            Err(problem) => tell(&mut problems, problem),
            Ok(article) if keys.insert(article.entry_key.clone()) => {
                pages.insert(article.url.clone());
                articles.push(article);
            }
            // Some give all their entries one id: then their pages tell them apart.
            Ok(mut article) if pages.insert(article.url.clone()) => {
                let what = format!("`{}` was there before; its link counts", article.entry_key);
                article.entry_key = article.url.as_str().to_owned();
                keys.insert(article.entry_key.clone());
                tell(&mut problems, Problem::new(at, Some("id"), what));
                articles.push(article);
            }
            Ok(article) => {
                let what = format!(
                    "`{}` was there before; the first is kept",
                    article.entry_key
                );
                tell(&mut problems, Problem::new(at, Some("id"), what));
            }
        }
    }
    (articles, problems)
}

fn to_article(
    entry: &Entry,
    feed: &ParsedFeed,
    source: &SourceSettings,
    at: At,
) -> Result<NewArticle, Problem> {
    let link = entry.original.as_deref().or(entry.link.as_deref());
    let link = link.ok_or_else(|| Problem::new(at, Some("link"), "the entry has no link"))?;
    let url = CanonicalUrl::parse(link, feed.link.as_deref())
        .map_err(|e| Problem::new(at, Some("link"), e.to_string()))?;
    let headline = entry
        .title
        .as_deref()
        .filter(|t| !is_blank(t))
        .map(|t| clean::cut(t, HEADLINE_CHARS));
    let headline =
        headline.ok_or_else(|| Problem::new(at, Some("title"), "the entry has no headline"))?;
    let body = entry.content.as_ref().map(Markup::text);
    let body = body
        .filter(|b| !b.is_empty())
        .map(|b| clean::cut(&b, BODY_CHARS));
    let summary = entry.summary.as_ref().filter(|s| !is_blank(s));
    let summary = match (summary, &body) {
        (Some(summary), _) => clean::cut(&clean::one_line(summary), SUMMARY_CHARS),
        (None, Some(body)) => opening(body),
        (None, None) => String::new(),
    };
    let language = [&entry.language, &feed.language, &source.default_language];
    Ok(NewArticle {
        entry_key: [&entry.key, &entry.id]
            .into_iter()
            .find_map(Option::clone)
            .unwrap_or_else(|| url.as_str().to_owned()),
        text: ArticleText {
            headline,
            summary,
            byline: entry.author.clone().unwrap_or_default(),
            image: entry.image.clone(),
            body,
            categories: entry.categories.clone(),
        },
        published: entry.published.or(entry.updated),
        language: language.into_iter().flatten().next().cloned(),
        topics: Vec::new(),
        places: Vec::new(),
        fragment: fragment(link),
        url,
    })
}

/// The first sentences of a text, about 300 characters, in one line.
pub(super) fn opening(text: &str) -> String {
    const CHARS: usize = 300;
    let text = clean::one_line(&text.chars().take(4 * CHARS).collect::<String>());
    if text.chars().count() <= CHARS {
        return text;
    }
    let start: String = text.chars().take(CHARS).collect();
    match start.rfind(['.', '!', '?', '।', '。', '؟']) {
        Some(i) if i > start.len() / 2 => {
            start.chars().take(start[..i].chars().count() + 1).collect()
        }
        _ => {
            let words = start
                .rsplit_once(' ')
                .map_or(start.as_str(), |(words, _)| words);
            format!("{words}…")
        }
    }
}

/// The feed as `source parse --json` prints it: times in RFC 3339 UTC with whole seconds, what is
/// missing as null, the problems of the feed and then those of its entries as articles.
pub fn to_json(feed: &ParsedFeed) -> Value {
    let (_, unusable) = to_articles(feed, &SourceSettings::default());
    let problems: Vec<&Problem> = feed.problems.iter().chain(&unusable).collect();
    json!({
        "format": feed.format.as_str(),
        "title": feed.title,
        "link": feed.link,
        "language": feed.language,
        "entries": feed.entries.iter().map(entry_to_json).collect::<Vec<_>>(),
        "problems": problems,
    })
}

fn entry_to_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published": entry.published.map(rfc3339),
        "updated": entry.updated.map(rfc3339),
        "author": entry.author,
        "summary": entry.summary,
        "content": entry.content.as_ref().map(Markup::safe).filter(|html| !html.trim().is_empty()),
        "categories": entry.categories,
        "image": entry.image,
    })
}

fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
