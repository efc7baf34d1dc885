//! Which story a text belongs to that a reader may have been sent, and how much of an article is new
//! against it.

use rustc_hash::FxHashMap;

use super::view::Bits;
use crate::domain::RevisionId;
use crate::domain::selection::Candidate;

/// The texts of a wave's stories.
#[derive(Debug, Default)]
pub(super) struct Kinship {
    /// Text and story's number, sorted, each pair once.
    pairs: Vec<(RevisionId, usize)>,
    /// Where a text's pairs begin.
    starts: FxHashMap<RevisionId, usize>,
    /// A quick no for most of what a reader was sent long ago: a bit for what each text comes to.
    known: Option<Bits>,
}

/// Bits of the quick look: they stay in a processor's nearest cache.
const QUICK: u32 = 16;

impl Kinship {
    /// Of the candidates of stories, each with its story's number.
    pub(super) fn of<'c>(known: impl Iterator<Item = (usize, &'c Candidate)>) -> Kinship {
        let mut pairs: Vec<(RevisionId, usize)> = Vec::new();
        for (story, candidate) in known {
            pairs.push((candidate.revision, story));
            pairs.extend(candidate.kin.iter().map(|kin| (kin.revision, story)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = FxHashMap::default();
        let mut known = Bits::none(1 << QUICK);
        for (at, (revision, _)) in pairs.iter().enumerate() {
            starts.entry(*revision).or_insert(at);
            known.put(quick(*revision));
        }
        Kinship {
            pairs,
            starts,
            known: Some(known),
        }
    }

    /// The stories of a text: none for a stranger's, one as a rule.
    pub(super) fn stories(&self, text: RevisionId) -> impl Iterator<Item = usize> + '_ {
        let maybe = self
            .known
            .as_ref()
            .is_some_and(|known| known.has(quick(text)));
        let start = maybe.then(|| self.starts.get(&text)).flatten();
        let from = start.map(|at| &self.pairs[*at..]);
        let own = from.unwrap_or_default().iter();
        own.take_while(move |pair| pair.0 == text)
            .map(|pair| pair.1)
    }
}

fn quick(text: RevisionId) -> usize {
    let spread = text.0.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (spread >> (u64::BITS - QUICK)) as usize
}

/// How much of a candidate's text is not in another text of its story, in thousandths: nothing is
/// new against its own text, or against one that nobody compared it with.
pub(super) fn new_against(candidate: &Candidate, text: RevisionId) -> u16 {
    let mut compared = candidate.kin.iter().filter(|kin| kin.revision == text);
    match compared.next() {
        Some(kin) if text != candidate.revision => kin.new,
        _ => 0,
    }
}
