//! Thousands of rules asked at once: each stands in an index under its rarest required words, an
//! article's own words bring the few that may match, and only these are verified.

use rustc_hash::FxHashMap;

use super::rule::words::{Span, Words};
use super::rule::{Anchor, Rule};

/// Rules, indexed.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    by_word: FxHashMap<String, Vec<u32>>,
    by_prefix: FxHashMap<String, Vec<u32>>,
    /// Octets that prefixes have, each length once.
    lengths: Vec<usize>,
}

/// What an article's words brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Numbers of the rules that match, in their order, with the places that made it so.
    pub rules: Vec<(usize, Vec<Span>)>,
    /// How many rules had to be looked at.
    pub verified: usize,
}

impl Rules {
    /// Indexes rules. Which of its words a rule stands under is decided by their length and by how
    /// many rules use them; it changes the work and never the outcome.
    pub fn new(rules: Vec<Rule>) -> Rules {
        let mut used: FxHashMap<String, u64> = FxHashMap::default();
        for rule in &rules {
            for word in rule.words() {
                *used.entry(word.to_owned()).or_default() += 1;
            }
        }
        let cost = |anchor: &Anchor| common(anchor, used.get(&anchor.word).copied().unwrap_or(0));
        let mut indexed = Rules::default();
        for (number, rule) in (0_u32..).zip(&rules) {
            for anchor in rule.anchors(&cost) {
                let index = match anchor.prefix {
                    true => &mut indexed.by_prefix,
                    false => &mut indexed.by_word,
                };
                let under = index.entry(anchor.word).or_default();
                if under.last() != Some(&number) {
                    under.push(number);
                }
            }
        }
        let lengths = indexed.by_prefix.keys().map(String::len);
        indexed.lengths = lengths.collect();
        indexed.lengths.sort_unstable();
        indexed.lengths.dedup();
        indexed.rules = rules;
        indexed
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules that an article's words meet.
    pub fn matching(&self, words: &Words) -> Matched {
        let mut candidates: Vec<u32> = Vec::new();
        for word in words.distinct() {
            candidates.extend(self.by_word.get(word).into_iter().flatten());
            for length in self.lengths.iter().take_while(|l| **l <= word.len()) {
                let under = word.get(..*length).and_then(|p| self.by_prefix.get(p));
                candidates.extend(under.into_iter().flatten());
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let verify = |number: &u32| {
            let number = *number as usize;
            let found = self.rules.get(number)?.matches(words)?;
            Some((number, found))
        };
        Matched {
            rules: candidates.iter().filter_map(verify).collect(),
            verified: candidates.len(),
        }
    }
}

/// How common a word is taken to be: short ones are, and those that many rules use.
fn common(anchor: &Anchor, used: u64) -> u64 {
    let by_length = match anchor.word.chars().count() {
        0..=2 => 256,
        3 => 64,
        4 => 24,
        5 => 10,
        6 => 6,
        7..=9 => 3,
        _ => 2,
    };
    let wide = if anchor.prefix { 4 } else { 1 };
    by_length * wide * (1 + used)
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use crate::topics::rule::Rule;
    use crate::topics::rule::words::{Piece, Words};

    fn name(n: usize) -> String {
        let letters = b"abcdefghijklmnopqrst";
        let letter = |n: usize| char::from(letters[n % 20]);
        let mut n = n;
        let mut word = String::from("z");
        for _ in 0..4 {
            word.push(letter(n));
            n /= 20;
        }
        word
    }

    #[test]
    fn of_five_thousand_rules_only_the_few_that_may_match_are_looked_at() {
        let rules: Vec<Rule> = (0..5_000)
            .map(|n| {
                let (own, other) = (name(n), name(n + 7));
                let text = match n % 5 {
                    0 => format!("all(council, {own})"),
                    1 => format!("any({own}, {other}*) none(title:sport)"),
                    2 => format!("\"the {own} council\""),
                    3 => format!("council NEAR/8 {own}"),
                    _ => format!("title:council all(vote, any({own}, \"{other} road\"))"),
                };
                Rule::parse(&text).expect("a rule")
            })
            .collect();
        let indexed = Rules::new(rules.clone());
        let body = format!(
            "The {} council met; {} was there.",
            name(1_002),
            name(2_000)
        );
        let words = Words::new(&Piece {
            title: "Council to vote on the budget",
            body: &body,
            ..Piece::default()
        });
        let matched = indexed.matching(&words);
        let every: Vec<usize> = (0..rules.len())
            .filter(|n| rules[*n].matches(&words).is_some())
            .collect();
        let found: Vec<usize> = matched.rules.iter().map(|(n, _)| *n).collect();
        assert_eq!(found, every, "the index changes no outcome");
        assert_eq!(found, [1_002, 2_000]);
        assert!(matched.verified <= 8, "{} were looked at", matched.verified);
    }
}
