//! Which story an article tells: the same page, or the same headline within two days.
//!
//! A story is what readers never get twice, so a wrong join hides a piece and a missed one repeats
//! it. The rule is therefore narrow, and whatever it says is kept with its reason. It knows nothing
//! of stores; new and known articles are handed in.

use std::collections::HashMap;

use crate::domain::{SourceId, StoryId, words};

/// Two equal headlines further apart than this (milliseconds) tell two stories.
pub const SAME_HEADLINE_MS: i64 = 48 * 3_600_000;

/// A key shorter than this (UTF-8 bytes) is `weather` or `live updates`: it tells nothing apart.
const SHORTEST_KEY: usize = 16;

words! {
    /// Why an article points to its story.
    JoinedBy {
        /// Another article has the same canonical URL.
        Url = "url",
        /// Another article has the same headline, and is dated within 48 hours.
        Title = "title",
        /// It opened a story of its own.
        New = "new",
    }
}

/// An article as grouping sees one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<'a> {
    /// Its source.
    pub source: SourceId,
    /// Its canonical URL.
    pub url: &'a str,
    /// Its headline.
    pub headline: &'a str,
    /// Its summary; may be empty.
    pub summary: &'a str,
    /// Unix ms from which its age counts.
    pub dated_ms: i64,
}

/// The story that an article joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One that is stored.
    Known(StoryId),
    /// The nth new one of this call, from 0. Each new story has at least one article.
    Fresh(usize),
}

/// What became of one new article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its story.
    pub group: Group,
    /// Why.
    pub by: JoinedBy,
}

/// A headline without case, spaces and punctuation: equal keys are equal headlines. `None` for one
/// too short to tell stories apart.
pub fn headline_key(headline: &str) -> Option<String> {
    let key = folded(headline);
    (key.len() >= SHORTEST_KEY).then_some(key)
}

/// Gives every new article its story, in the order of `new`: one per article.
///
/// The same URL joins, whatever its source and age. Otherwise the same headline joins the nearest in
/// time within 48 hours; two pieces of one source must also agree in their summaries, since a
/// column keeps its headline from day to day. Articles of `new` join one another by the same rules.
pub fn assign(new: &[Told<'_>], recent: &[(StoryId, Told<'_>)]) -> Vec<Assignment> {
    let mut seen = Seen::default();
    for (story, told) in recent {
        seen.note(Group::Known(*story), told, headline_key(told.headline));
    }
    let mut fresh = 0;
    let mut out = Vec::with_capacity(new.len());
    for told in new {
        let key = headline_key(told.headline);
        let joined = seen.join(told, key.as_deref());
        let assignment = joined.unwrap_or_else(|| {
            fresh += 1;
            Assignment {
                group: Group::Fresh(fresh - 1),
                by: JoinedBy::New,
            }
        });
        seen.note(assignment.group, told, key);
        out.push(assignment);
    }
    out
}

#[derive(Default)]
struct Seen<'a> {
    by_url: HashMap<&'a str, Group>,
    by_key: HashMap<String, Vec<Headline>>,
}

struct Headline {
    group: Group,
    source: SourceId,
    summary: String,
    dated_ms: i64,
}

impl<'a> Seen<'a> {
    fn note(&mut self, group: Group, told: &Told<'a>, key: Option<String>) {
        self.by_url.entry(told.url).or_insert(group);
        if let Some(key) = key {
            self.by_key.entry(key).or_default().push(Headline {
                group,
                source: told.source,
                summary: folded(told.summary),
                dated_ms: told.dated_ms,
            });
        }
    }

    fn join(&self, told: &Told<'_>, key: Option<&str>) -> Option<Assignment> {
        if let Some(group) = self.by_url.get(told.url) {
            return Some(Assignment {
                group: *group,
                by: JoinedBy::Url,
            });
        }
        let headlines = self.by_key.get(key?)?;
        let summary = folded(told.summary);
        headlines
            .iter()
            .filter(|h| h.source != told.source || h.summary == summary)
            .map(|h| (h.dated_ms.abs_diff(told.dated_ms), h.group))
            .filter(|(apart, _)| *apart <= SAME_HEADLINE_MS.unsigned_abs())
            .min_by_key(|(apart, _)| *apart)
            .map(|(_, group)| Assignment {
                group,
                by: JoinedBy::Title,
            })
    }
}

fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Group, JoinedBy, SAME_HEADLINE_MS, Told, assign, headline_key};
    use crate::domain::{SourceId, StoryId};

    fn told<'a>(source: i64, url: &'a str, headline: &'a str, dated_ms: i64) -> Told<'a> {
        Told {
            source: SourceId(source),
            url,
            headline,
            summary: url,
            dated_ms,
        }
    }

    #[test]
    fn the_same_page_or_headline_is_the_same_story() {
        const FERRY: &str = "Ferry runs aground off the old pier";
        let recent = [
            (StoryId(7), told(1, "https://a.example/ferry", FERRY, 0)),
            (
                StoryId(8),
                told(1, "https://a.example/mayor", "Mayor resigns", 0),
            ),
        ];
        let check = |new: Told<'_>, group: Group, by: JoinedBy| {
            let got = assign(std::slice::from_ref(&new), &recent)[0];
            assert_eq!((got.group, got.by), (group, by), "{new:?}");
        };
        let fresh = (Group::Fresh(0), JoinedBy::New);
        let b = "https://b.example/1";
        check(
            told(2, "https://a.example/mayor", "Other words", i64::MAX),
            Group::Known(StoryId(8)),
            JoinedBy::Url,
        );
        check(
            told(
                2,
                b,
                "FERRY runs aground — off the “old pier”!",
                SAME_HEADLINE_MS,
            ),
            Group::Known(StoryId(7)),
            JoinedBy::Title,
        );
        check(told(2, b, FERRY, SAME_HEADLINE_MS + 1), fresh.0, fresh.1);
        check(told(2, b, FERRY, i64::MIN), fresh.0, fresh.1);
        // Too short to tell anything, and a column that keeps its headline.
        check(told(2, b, "Mayor resigns", 0), fresh.0, fresh.1);
        check(told(1, b, FERRY, 0), fresh.0, fresh.1);
        let moved = Told {
            summary: "https://a.example/ferry",
            ..told(1, b, FERRY, 0)
        };
        check(moved, Group::Known(StoryId(7)), JoinedBy::Title);
    }

    #[test]
    fn new_articles_join_one_another_and_new_stories_are_counted_from_zero() {
        let new = [
            told(1, "https://a.example/1", "One", 0),
            told(1, "https://a.example/2", "A headline long enough", 0),
            told(2, "https://b.example/2", "A headline long enough", 5),
            told(2, "https://a.example/1", "One", 5),
        ];
        let groups: Vec<_> = assign(&new, &[]).iter().map(|a| a.group).collect();
        let expected = [0, 1, 1, 0].map(Group::Fresh);
        assert_eq!(groups, expected);
        assert!(assign(&[], &[]).is_empty());
    }

    #[test]
    fn a_key_is_letters_and_digits() {
        assert_eq!(
            headline_key("Über 3 Mio. Euro für Häfen").as_deref(),
            Some("über3mioeurofürhäfen")
        );
        assert_eq!(
            headline_key("港の新しい桟橋が開く").map(|k| k.len()),
            Some(30)
        );
        assert_eq!(headline_key("Live: updates"), None);
        assert_eq!(headline_key(""), None);
    }
}
