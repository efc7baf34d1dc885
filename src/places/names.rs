//! The names of places as words, and where an article has them.

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

use crate::domain::gazetteer::GazetteerPlace;
use crate::topics::rule::words::{Span, Words, split};

/// Names by their first word.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    by_first: FxHashMap<String, Vec<Name>>,
}

/// One name of a place.
#[derive(Clone, Debug)]
struct Name {
    /// Every word of it, in small letters.
    words: Vec<String>,
    place: usize,
    /// It counts behind a town's name only: `MN`, `Minn.`
    short: bool,
}

/// A name where an article has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) span: Span,
    /// Whom the name belongs to, by number.
    pub(super) places: Vec<usize>,
    /// It counts behind a town's name only.
    pub(super) short: bool,
}

impl Names {
    pub(super) fn new(places: &[GazetteerPlace]) -> Names {
        let mut names = Names::default();
        for (n, place) in places.iter().enumerate() {
            names.add(&place.name, n, false);
            for alias in &place.aliases {
                names.add(alias, n, is_short(alias));
            }
        }
        names
    }

    fn add(&mut self, name: &str, place: usize, short: bool) {
        let name: String = name.nfkc().collect();
        let words = split(&name).into_iter();
        let words: Vec<String> = words.map(|w| name[w].to_lowercase()).collect();
        let Some(first) = words.first().cloned() else {
            return;
        };
        let under = self.by_first.entry(first).or_default();
        under.push(Name {
            words,
            place,
            short,
        });
    }

    /// Every mention, in the order of the text. Where a longer name stands, shorter ones inside it
    /// are not seen: `New York` is no York.
    pub(super) fn met(&self, words: &Words) -> Vec<Mention> {
        let mut met: Vec<Mention> = Vec::new();
        let mut past = 0;
        for first in 0..words.len() {
            if first < past {
                continue;
            }
            let Some(mention) = self.at(words, first) else {
                continue;
            };
            past = first + mention.span.count;
            met.push(mention);
        }
        met
    }

    /// The longest name that begins at a word.
    pub(super) fn at(&self, words: &Words, first: usize) -> Option<Mention> {
        let begin = words.written(first).chars().next()?;
        // Scripts without capitals have names all the same.
        if begin.is_lowercase() {
            return None;
        }
        let place = words.place(first)?;
        let stands = |name: &Name| {
            (0_u32..).zip(&name.words).all(|(n, word)| {
                let at = first + n as usize;
                words.folded(at) == word && words.place(at) == Some(place.saturating_add(n))
            })
        };
        let under = self.by_first.get(words.folded(first))?;
        let found: Vec<&Name> = under.iter().filter(|name| stands(name)).collect();
        let longest = found.iter().map(|name| name.words.len()).max()?;
        let found = found.into_iter().filter(|n| n.words.len() == longest);
        let (mut places, mut short) = (Vec::new(), true);
        for name in found {
            if !places.contains(&name.place) {
                places.push(name.place);
            }
            short &= name.short;
        }
        let span = Span {
            first,
            count: longest,
        };
        Some(Mention {
            span,
            places,
            short,
        })
    }
}

/// Names such as `MN`, `N.Y.` and `Minn.`, which are too short to stand alone.
fn is_short(name: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
    let capitals = letters.chars().all(char::is_uppercase) && letters.chars().count() <= 3;
    let latin = letters.is_ascii();
    latin && (capitals || name.ends_with('.'))
}
