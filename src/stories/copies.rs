//! Whether two texts are copies: the same piece as sent again, edited, cut, or given as a summary.
//! Judged by all their shingles; candidates come from elsewhere.
//!
//! The bars lie just under what people and measured corpora call a copy (a third of all shingles, or
//! six in ten of the shorter text's), where a thousand unrelated articles still have no pair. Below
//! that, and for short texts, what makes forms and lists alike is looked at first.

use super::print::{Overlap, Sheet, common};

/// Copies by all that both say.
const JACCARD: f64 = 0.29;
/// Copies by what the shorter one says.
const CONTAINMENT: f64 = 0.58;
/// With fewer shingles in common, only a text that is nearly the same is a copy.
const SHARED: usize = 18;
/// Nearly the same: a text too short for the bars above.
const NEARLY: f64 = 0.9;
/// Texts with fewer shingles in common than this tell nothing.
const LEAST: usize = 5;
/// From here on two texts are the same text, whatever numbers were changed in it.
const SAME_TEXT: f64 = 0.45;
/// Nearly all of the shorter one in the longer one, and much else beside it: a part.
const PART: (f64, f64) = (0.8, 0.6);
/// A text shorter than this (shingles) may be what a site says on every page.
const SHORT: usize = 30;
/// From here on (Jaccard) nobody wrote anything between two parts of a series.
const UNTOUCHED: f64 = 0.95;

/// What was found out about two texts that are copies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Copy {
    /// What they share.
    pub overlap: Overlap,
    /// One is a part of the other, which says much more.
    pub part: bool,
    /// The same form filled twice: near-duplicates as texts, but two pieces of news.
    pub form: bool,
}

/// Whether a text of so many shingles is short: one that may stand under many things.
pub(super) fn is_short(length: usize) -> bool {
    length < SHORT
}

impl Copy {
    /// Whether copies under headlines that differ only in a number or a day are one piece of news, told
    /// on: something was written, and not much of it is what stands under every part of a series.
    /// `length` is that of the shorter text, in shingles.
    pub(super) fn is_update(&self, length: usize, one_source: bool) -> bool {
        !(is_short(length) || one_source && self.overlap.jaccard >= UNTOUCHED)
    }
}

/// A piece as it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'p> {
    /// Its text.
    pub print: Sheet<'p>,
    /// The telling words of its headline, ascending; may be empty.
    pub title: &'p [u32],
}

/// Compares two pieces; `None` where neither copies the other.
pub fn copy(a: Compared<'_>, b: Compared<'_>) -> Option<Copy> {
    let overlap = a.print.overlap(b.print);
    let alike = overlap.jaccard >= JACCARD;
    if overlap.shared < SHARED {
        let same = overlap.jaccard >= NEARLY && overlap.shared >= LEAST;
        if !same || !a.print.same_numbers(b.print) {
            return None;
        }
    } else if !alike && overlap.containment < CONTAINMENT {
        return None;
    }
    let form = overlap.jaccard < 1.0 && a.print.differs_in_numbers(b.print);
    if form && overlap.jaccard < SAME_TEXT {
        return None;
    }
    if a.print.len().min(b.print.len()) < SHORT && strangers(a.title, b.title) {
        return None;
    }
    Some(Copy {
        overlap,
        part: !alike || (overlap.containment >= PART.0 && overlap.jaccard < PART.1),
        form,
    })
}

/// Whether two headlines have nothing in common: of a short text that both articles have, it says that
/// it belongs to neither.
pub(super) fn strangers(a: &[u32], b: &[u32]) -> bool {
    a.len() >= 2 && b.len() >= 2 && common(a, b) == 0
}

#[cfg(test)]
mod tests {
    use super::{Compared, copy};
    use crate::stories::print::Print;
    use crate::stories::terms::Terms;

    /// Part and form of two texts, if copies.
    fn judged(a: (&str, &str), b: (&str, &str)) -> Option<(bool, bool)> {
        let made = |(title, text): (&str, &str)| (Print::of(text), Terms::of(title, "").title);
        let (a, b) = (made(a), made(b));
        let [a, b] = [&a, &b].map(|made| Compared {
            print: made.0.sheet(),
            title: &made.1,
        });
        let one = copy(a, b);
        assert_eq!(one, copy(b, a));
        one.map(|c| (c.part, c.form))
    }

    #[test]
    fn a_cut_a_summary_and_an_edit_are_copies() {
        let whole: Vec<String> = (0..400).map(|n| format!("word{}", word(n))).collect();
        let text = whole.join(" ");
        let cut = whole[..200].join(" ");
        let summary = whole[..60].join(" ");
        assert_eq!(judged(("", &text), ("", &cut)), Some((true, false)));
        assert_eq!(judged(("", &text), ("", &summary)), Some((true, false)));
        let mut edited = whole.clone();
        for n in (0..400).step_by(10) {
            edited[n] = "changed".to_owned();
        }
        assert_eq!(
            judged(("", &text), ("", &edited.join(" "))),
            Some((false, false))
        );
        // Too little in common to be told from chance.
        assert_eq!(judged(("", &text), ("", &whole[..15].join(" "))), None);
        assert_eq!(judged(("", &text), ("", "")), None);
        assert_eq!(judged(("", ""), ("", "")), None);
    }

    fn word(n: u32) -> String {
        n.to_string()
            .bytes()
            .map(|b| char::from(b - b'0' + b'a'))
            .collect()
    }

    #[test]
    fn short_texts_must_be_the_same_and_of_one_headline() {
        let text = "The ferry to the islands will not sail today because of the storm";
        let other = "The ferry to the islands will not sail today because of the ice";
        assert_eq!(judged(("", text), ("", text)), Some((false, false)));
        assert_eq!(judged(("", text), ("", other)), None);
        let plea = "Please sign in to read the whole of this article on our site today";
        let (mayor, fire) = ("Mayor resigns after vote", "Fire closes market hall");
        assert_eq!(judged((mayor, plea), (fire, plea)), None);
        assert!(judged((mayor, plea), ("Mayor quits", plea)).is_some());
        let report = |n: &str| format!("Ships in port: {n} today, says the harbour office report");
        assert_eq!(judged(("", &report("41")), ("", &report("43"))), None);
    }

    #[test]
    fn a_long_text_with_other_numbers_is_a_form() {
        let report = |seed: u32| {
            let lines = (0..12).map(|n| {
                let (line, figure) = (word(n), seed * 100 + n);
                format!("tons of {line} goods were handled in berth {line} of the port by crane {line} and by hand {figure}")
            });
            lines.collect::<Vec<_>>().join(". ")
        };
        assert_eq!(
            judged(("", &report(31)), ("", &report(47))),
            Some((false, true))
        );
    }
}
