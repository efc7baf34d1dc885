//! Whether what a source calls by one name, or puts on one page, is another piece than before.
//!
//! An article keeps its name through every edit, so a text is a new piece only where nothing of the old
//! one is left: neither of its headline nor of its text. Taken for an edit it would bury the first.

use super::print::{Print, common};
use super::same_headline;
use super::terms::Terms;

/// Headlines with less than this of their words in common (Jaccard) are two.
const HEADLINES: f64 = 0.34;
/// Texts with less than this in common are two: of all their shingles, and of the shorter one's.
const TEXTS: (f64, f64) = (0.1, 0.3);

/// Whether `after` is another piece than `before`, each a headline and the text under it (the body, else
/// the summary; may be empty).
pub fn another(before: (&str, &str), after: (&str, &str)) -> bool {
    if same_headline(before.0, after.0) {
        return false;
    }
    let [a, b] = [before.0, after.0].map(|headline| Terms::of(headline, ""));
    let shared = common(a.title(), b.title());
    let all = a.title().len() + b.title().len() - shared;
    if shared as f64 >= HEADLINES * all.max(1) as f64 {
        return false;
    }
    let overlap = Print::of(before.1).overlap(&Print::of(after.1));
    overlap.jaccard < TEXTS.0 && overlap.containment < TEXTS.1
}

#[cfg(test)]
mod tests {
    use super::another;

    #[test]
    fn a_piece_is_another_where_nothing_of_the_first_is_left() {
        let ferry = "The Nordlicht ran aground off the old pier on Monday with ninety on board.";
        let tram = "The council has voted for a new tram line from the station to the university.";
        let check = |before, after, expected| {
            assert_eq!(another(before, after), expected, "{before:?} {after:?}");
        };
        let first = ("Ferry runs aground", ferry);
        check(first, ("Council votes for tram line", tram), true);
        check(first, ("Council votes for tram line", ""), true);
        check(
            ("Ferry runs aground", ""),
            ("Council votes for tram", ""),
            true,
        );
        // Edits: of the text, of the headline, of both a little.
        check(first, ("FERRY runs aground!", tram), false);
        check(first, ("Ninety rescued", ferry), false);
        check(first, ("Ferry runs aground at Nordhaven", tram), false);
        check(("", ferry), ("", tram), false);
        check(
            ("渡船が座礁", "渡船が古い桟橋で座礁した"),
            (
                "市議会が路面電車を可決",
                "市議会は月曜日に新しい路線を可決した",
            ),
            true,
        );
    }
}
