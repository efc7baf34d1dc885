//! Datelines: `REMER, Minn. (AP) —`, `BERLIN (dpa) -`, `Madrid, 3 mar (EFE).-`, `PARIS —`.

use crate::topics::rule::words::{Field, Span, Words};

/// Names of agencies, with which a text may open as with a place's.
const AGENCIES: [&str; 14] = [
    "afp",
    "ansa",
    "ap",
    "apa",
    "bloomberg",
    "dpa",
    "efe",
    "epd",
    "ians",
    "kna",
    "pti",
    "reuters",
    "tass",
    "xinhua",
];
/// Words that may stand before the dash.
const WORDS: usize = 9;

/// The words of a field's dateline, without the agency; `None` where it has none.
pub(super) fn read(words: &Words, field: Field) -> Option<Span> {
    let own = words.of(field);
    let first = own.start;
    if !words
        .written(first)
        .starts_with(|c: char| !c.is_lowercase() && c.is_alphabetic())
    {
        return None;
    }
    let mut end = None;
    for at in own.clone().take(WORDS) {
        let gap = words.between(at);
        // The agency's name is none of the place's.
        if end.is_none() && gap.contains('(') {
            end = Some(at + 1);
        }
        if closes(gap, end.is_some()) {
            let end = end.unwrap_or(at + 1);
            let count = end - first;
            let agency = count == 1 && AGENCIES.contains(&words.folded(first));
            let place = !agency && plausible(words, first, count);
            return place.then_some(Span { first, count });
        }
        if gap.contains(['!', '?', ';', ':', '\n', '“', '"']) {
            return None;
        }
    }
    None
}

/// Whether what stands between two words ends a dateline: a dash with room around it, or what
/// follows an agency in brackets.
fn closes(gap: &str, agency: bool) -> bool {
    let gap = gap.trim_start_matches([')', '.', ' ', '\u{a0}']);
    let dash = gap.starts_with(['—', '–']) || gap.starts_with("--");
    dash || (gap.starts_with("- ") || agency && gap.starts_with('-'))
}

/// A place's name is written in capitals or with them; a date may follow. A sentence that is broken
/// by a dash has small words.
fn plausible(words: &Words, first: usize, count: usize) -> bool {
    let capital = |n: usize| words.written(n).starts_with(|c: char| !c.is_lowercase());
    let joins = |n: usize| {
        let word = words.written(n);
        [
            "de", "la", "le", "del", "am", "an", "der", "sur", "en", "of", "und",
        ]
        .contains(&word)
    };
    let shouted = words
        .written(first)
        .chars()
        .filter(|c| c.is_uppercase())
        .count()
        > 1;
    let dated =
        (first..first + count).any(|n| words.folded(n).starts_with(|c: char| c.is_ascii_digit()));
    let named = (first..first + count).all(|n| capital(n) || joins(n));
    count <= 6 && (named || shouted && dated || dated && capital(first) && count <= 4)
}
