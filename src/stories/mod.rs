//! Which story an article tells: the same page, the same headline within two days, a copy, or what
//! tells of the same.
//!
//! A story is what readers never get twice, so a wrong join hides a piece and a missed one repeats
//! it. The rule is therefore narrow, and whatever it says is kept with its reason. It knows nothing
//! of stores; new and known articles are handed in.

mod another;
mod assign;
mod boilerplate;
mod buckets;
mod clusters;
mod copies;
pub mod dedup;
mod headlines;
pub mod index;
mod known;
mod links;
mod names;
pub mod origin;
mod print;
mod sheets;
mod terms;
mod words;

pub use self::another::another;
pub use self::assign::{Recent, WINDOW_MS, assign};
pub use self::copies::{Compared, Copy, copy};
pub use self::index::Index;
pub use self::known::{Known, Told};
pub use self::links::{Link, following};
pub use self::names::names;
pub use self::print::{Overlap, Print, Sheet};
pub use self::terms::{Terms, Weights};

use crate::domain::{ArticleId, StoryId, words};

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
        /// Its text is another article's: sent again, edited, cut, or given as a summary.
        Copy = "copy",
        /// It tells of the same as the story's articles.
        Cluster = "cluster",
        /// It opened a story of its own.
        New = "new",
    }
}

/// The story that an article joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// The story with which its words are counted: another one only where editors joined the two.
    pub strand: Group,
    /// Why.
    pub by: JoinedBy,
    /// What speaks for it; none for an article that opens a story.
    pub found: Option<Evidence>,
}

/// The article by which another one came into its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Which one.
    pub of: Of,
    /// How much is the same, in thousandths: 1000 for a page or a headline, of a copy the larger of
    /// Jaccard and containment, else the cosine of what the two are about.
    pub share: u16,
}

/// An article that is stored, or one of the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// One that is stored.
    Known(ArticleId),
    /// The nth of this call, from 0; always an earlier one.
    Fresh(usize),
}

/// A headline without case, spaces and punctuation: equal keys are equal headlines. `None` for one
/// too short to tell stories apart.
pub fn headline_key(headline: &str) -> Option<String> {
    let key = folded(headline);
    (key.len() >= SHORTEST_KEY).then_some(key)
}

/// Whether two headlines are the same but for case, spaces and punctuation, however short.
pub fn same_headline(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

fn folded(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::headline_key;

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
