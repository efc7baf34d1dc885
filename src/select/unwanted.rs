//! What a reader wants nothing of: topics with a weight of 0, and the stories that carry one. It does
//! not know what is chosen instead.

use super::stock::Stock;
use super::view::Bits;
use crate::domain::selection::Reader;

/// The topics with a weight of 0: the reader wants nothing of them.
pub(super) fn refused(stock: &Stock<'_>, reader: &Reader) -> Vec<u16> {
    let never = reader.topics.iter().filter(|t| t.weight == 0);
    let number = |slug| stock.topics.binary_search(&slug).ok();
    let numbers = never.filter_map(|t| number(&t.topic));
    let mut refused: Vec<u16> = numbers.filter_map(|n| u16::try_from(n).ok()).collect();
    refused.sort_unstable();
    refused.dedup();
    refused
}

/// The stories of which an article carries one of these topics.
pub(super) fn refusing(stock: &Stock<'_>, topics: &[u16]) -> Bits {
    let mut out = Bits::none(stock.stories.len());
    if topics.is_empty() {
        return out;
    }
    let open = stock.entries.iter().filter(|e| e.closed.is_none());
    for entry in open {
        if entry.topics.iter().any(|(t, _)| topics.contains(t)) {
            out.put(entry.story);
        }
    }
    out
}
