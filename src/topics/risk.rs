//! What makes a story a risk beside an advertisement: phrases by language, found in the headline, the
//! summary and the first 300 words. Tuned to miss little. It flags stories for sponsors and never
//! decides about news.
//!
//! A level is the phrase's own, one higher where the headline has it, or where three different
//! phrases of the same level are met. What cannot be looked through is `unclassified`: a language
//! without phrases, or a story that is known by its headline only.

use std::sync::LazyLock;

use super::rule::words::{Field, Span, Words};
use super::rule::{Node, Part, Rule, Term, evidence, parts};
use super::rules::Rules;
use crate::domain::labels::{Risk, RiskCategory, RiskFound, RiskLevel};

/// Words of the body that are looked through.
pub const BODY_WORDS: usize = 300;
/// How many words apart two halves of a phrase may stand.
const NEAR: u32 = 10;
/// Different phrases of one level that make the next one.
const MANY: usize = 3;

/// Languages with their phrases.
const FILES: [(&str, &str); 4] = [
    ("de", include_str!("risk/de.txt")),
    ("en", include_str!("risk/en.txt")),
    ("es", include_str!("risk/es.txt")),
    ("fr", include_str!("risk/fr.txt")),
];

static LANGUAGES: LazyLock<Vec<Phrases>> = LazyLock::new(|| {
    let read = |(language, text): (&'static str, &str)| Phrases::read(language, text);
    FILES.into_iter().map(|file| read(file).0).collect()
});

/// The phrases of a language.
struct Phrases {
    language: &'static str,
    rules: Rules,
    /// Rule by rule: what a match says. `RiskLevel::None` takes matches inside it away.
    means: Vec<(RiskCategory, RiskLevel)>,
    terms: Vec<Rule>,
}

/// Languages whose stories can be classified, as primary tags.
fn languages() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(language, _)| *language)
}

/// The risks of a story. `language` is a BCP 47 tag.
pub fn assess(words: &Words, language: Option<&str>) -> Risk {
    let Some(language) = language else {
        return unclassified("its language is not known");
    };
    let primary = language.split('-').next().unwrap_or_default();
    let known = LANGUAGES.iter().find(|p| p.language == primary);
    let Some(phrases) = known else {
        let known: Vec<&str> = languages().collect();
        let known = known.join(", ");
        return unclassified(&format!(
            "there are phrases in {known}, none in `{language}`"
        ));
    };
    let found = phrases.found(words);
    let headline: Vec<&str> = words.of(Field::Title).map(|n| words.folded(n)).collect();
    let same = |field| {
        let own: Vec<&str> = words.of(field).map(|n| words.folded(n)).collect();
        own.is_empty() || own == headline
    };
    let bare = same(Field::Summary) && same(Field::Body);
    Risk {
        unclassified: bare.then(|| "it is known by its headline only".to_owned()),
        found,
    }
}

fn unclassified(why: &str) -> Risk {
    Risk {
        unclassified: Some(why.to_owned()),
        found: Vec::new(),
    }
}

impl Phrases {
    /// The phrases of a file, and the lines and items that could not be read: a test keeps that
    /// there are none.
    fn read(language: &'static str, text: &str) -> (Phrases, Vec<String>) {
        let mut faults = Vec::new();
        let mut phrases = Phrases {
            language,
            rules: Rules::default(),
            means: Vec::new(),
            terms: Vec::new(),
        };
        let lines = || text.lines().filter(|l| !l.starts_with('#'));
        let numbers = lines().find_map(|l| l.strip_prefix("numbers:"));
        let numbers = numbers.unwrap_or_default().split(',').map(str::trim);
        let numbers: Vec<&str> = numbers.filter(|n| !n.is_empty()).collect();
        for line in lines().filter(|l| !l.trim().is_empty() && !l.starts_with("numbers:")) {
            let read = line.split_once(':').and_then(|(head, items)| {
                let (category, level) = head.split_once(' ')?;
                let level = match level {
                    "not" => RiskLevel::None,
                    level => RiskLevel::parse(level).ok()?,
                };
                Some((RiskCategory::parse(category).ok()?, level, items))
            });
            let Some((category, level, items)) = read else {
                faults.push(line.to_owned());
                continue;
            };
            for item in items.split(';').map(str::trim) {
                match node(item, &numbers) {
                    Some(node) => {
                        phrases.terms.push(Rule::of(node));
                        phrases.means.push((category, level));
                    }
                    None => faults.push(item.to_owned()),
                }
            }
        }
        phrases.rules = Rules::new(phrases.terms.clone());
        (phrases, faults)
    }

    fn found(&self, words: &Words) -> Vec<RiskFound> {
        let body = words.of(Field::Body);
        let read = |span: &Span| span.first < body.start + BODY_WORDS || span.first >= body.end;
        let mut met: Vec<(RiskCategory, RiskLevel, Vec<Span>)> = Vec::new();
        for (number, _) in self.rules.matching(words).rules {
            let (Some((category, level)), Some(rule)) =
                (self.means.get(number), self.terms.get(number))
            else {
                continue;
            };
            let spans = rule.spans(words).into_iter().filter(read).collect();
            met.push((*category, *level, spans));
        }
        let of = |category: RiskCategory| {
            let taken = met
                .iter()
                .filter(|(c, l, _)| *c == category && *l == RiskLevel::None);
            let taken: Vec<Span> = taken.flat_map(|(_, _, spans)| spans.clone()).collect();
            let own = met
                .iter()
                .filter(|(c, l, _)| *c == category && *l != RiskLevel::None);
            let left = own.filter_map(|(_, level, spans)| {
                let left = spans.iter().filter(|s| !taken.iter().any(|t| t.holds(**s)));
                let left: Vec<Span> = left.copied().collect();
                (!left.is_empty()).then_some((*level, left))
            });
            risk_of(category, words, left.collect())
        };
        RiskCategory::ALL.iter().filter_map(|c| of(*c)).collect()
    }
}

/// A category's level and evidence from the phrases that were met: each with its own level and its
/// places, the highest first among what is shown.
fn risk_of(
    category: RiskCategory,
    words: &Words,
    met: Vec<(RiskLevel, Vec<Span>)>,
) -> Option<RiskFound> {
    let mut each: Vec<(RiskLevel, bool, Span)> = Vec::new();
    for (level, spans) in &met {
        let lead = spans
            .iter()
            .find(|s| words.field(s.first) == Some(Field::Title));
        let first = lead.or(spans.first())?;
        let level = if lead.is_some() {
            above(*level)
        } else {
            *level
        };
        each.push((level, lead.is_some(), *first));
    }
    // Overlapping phrases are one piece of evidence.
    each.sort_by_key(|(level, lead, span)| (std::cmp::Reverse((*level, *lead)), *span));
    let mut apart: Vec<(RiskLevel, bool, Span)> = Vec::new();
    for one in each {
        let shares = |other: &Span| {
            one.2.first < other.first + other.count && other.first < one.2.first + one.2.count
        };
        if !apart.iter().any(|(_, _, other)| shares(other)) {
            apart.push(one);
        }
    }
    let best = apart.first()?.0;
    let many = apart.iter().filter(|(level, _, _)| *level == best).count() >= MANY;
    let spans: Vec<Span> = apart.iter().take(3).map(|(_, _, span)| *span).collect();
    Some(RiskFound {
        category,
        level: if many { above(best) } else { best },
        evidence: evidence(words, &spans),
        by_editor: false,
    })
}

fn above(level: RiskLevel) -> RiskLevel {
    match level {
        RiskLevel::None => RiskLevel::None,
        RiskLevel::Low => RiskLevel::Medium,
        RiskLevel::Medium | RiskLevel::High => RiskLevel::High,
    }
}

/// An item of a file: a phrase, or two sides that stand near each other.
fn node(item: &str, numbers: &[&str]) -> Option<Node> {
    let side = |text: &str| {
        let terms = text.split('|').map(str::trim);
        let terms: Option<Vec<Vec<Term>>> = terms.map(|t| terms_of(t, numbers)).collect();
        terms.map(|t| t.concat())
    };
    match item.split_once('~') {
        Some((left, right)) => Some(Node::Near(side(left)?, NEAR, side(right)?)),
        None => match side(item)? {
            mut terms if terms.len() == 1 => Some(Node::Term(terms.remove(0))),
            // Phrases that may take each other's place, without another side.
            _ => None,
        },
    }
}

fn terms_of(text: &str, numbers: &[&str]) -> Option<Vec<Term>> {
    let term = |parts: Vec<Part>| Term {
        field: None,
        exact: false,
        parts,
    };
    if text != "#" {
        return Some(vec![term(parts(text, false).ok()?)]);
    }
    let words = numbers.iter().map(|n| parts(n, false).ok().map(term));
    let mut terms: Vec<Term> = words.collect::<Option<_>>()?;
    terms.push(term(vec![Part {
        folded: String::new(),
        exact: None,
        prefix: false,
        number: true,
    }]));
    Some(terms)
}

#[cfg(test)]
mod tests;
