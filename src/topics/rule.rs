//! Boolean rules: what an article's words must say for a topic to be its own.
//!
//! ```text
//! all(a, b)   any(a, b)   none(a, b)     items that follow each other without a group are all(…)
//! word   vot*   "two words"   "polling station*"   =US   ="White House"   (= reads letters as they are)
//! title:word   body:any(a, b)            title, summary, body, byline, source, category
//! bank NEAR/5 robber*   any(a, b) NEAR/3 c
//! ```
//!
//! A term that names no field is looked for in headline, summary and body. Rules are pure: they read
//! words and know neither topics nor articles.

mod read;
pub mod words;

pub(super) use self::read::parts;
pub use self::read::{
    DEPTH, NEAR_WORDS, PHRASE_WORDS, PREFIX_LETTERS, RULE_CHARS, RuleError, RuleFault, TERMS,
};
use self::words::{Field, Span, Words};

/// Pieces of evidence that are kept of one match.
const EVIDENCE: usize = 3;

/// A rule that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    node: Node,
}

/// What a rule asks, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Without(Vec<Node>),
    /// Any of the first within so many words of any of the second, in one field.
    Near(Vec<Term>, u32, Vec<Term>),
    Term(Term),
}

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Where it has to stand; `None` for headline, summary and body.
    pub(super) field: Option<Field>,
    /// Letters are compared as they are written.
    pub(super) exact: bool,
    pub(super) parts: Vec<Part>,
}

/// A word of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) folded: String,
    pub(super) exact: Option<String>,
    /// Words that begin so.
    pub(super) prefix: bool,
    /// Any number in digits that is no year.
    pub(super) number: bool,
}

/// A word by which a rule can be found: whoever matches it has one of its anchors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) word: String,
    pub(super) prefix: bool,
}

impl Rule {
    /// Reads a rule. Bounded in its length, depth and terms; never panics.
    ///
    /// # Errors
    /// [`RuleError`]: what is wrong, and at which character.
    pub fn parse(text: &str) -> Result<Rule, RuleError> {
        read::parse(text)
    }

    pub(super) fn of(node: Node) -> Rule {
        Rule { node }
    }

    /// Every different word that it names, wanted or not.
    pub(super) fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        self.node.words(&mut words);
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Every place at which a rule of one term or one nearness holds.
    pub(super) fn spans(&self, words: &Words) -> Vec<Span> {
        self.node.spans(words)
    }

    /// Where the rule matches: up to three places that made it so; `None` where it does not.
    pub fn matches(&self, words: &Words) -> Option<Vec<Span>> {
        let mut found = Vec::new();
        self.node.holds(words, &mut found).then_some(found)
    }

    /// The words without one of which the rule cannot match, as few and as rare as `cost` says.
    pub(super) fn anchors(&self, cost: &dyn Fn(&Anchor) -> u64) -> Vec<Anchor> {
        self.node.anchors(cost).map(|(_, a)| a).unwrap_or_default()
    }
}

/// What a match says for itself: `title “polling station”, body “vote”`.
pub fn evidence(words: &Words, found: &[Span]) -> String {
    let mut said: Vec<String> = Vec::new();
    for span in found {
        let field = words.field(span.first).map_or("", Field::as_str);
        let one = format!("{field} “{}”", words.quote(*span));
        if !said.contains(&one) {
            said.push(one);
        }
    }
    said.join(", ")
}

impl Node {
    fn holds(&self, words: &Words, found: &mut Vec<Span>) -> bool {
        let keep = |spans: &[Span], found: &mut Vec<Span>| {
            let room = EVIDENCE.saturating_sub(found.len());
            found.extend(spans.iter().take(room));
        };
        match self {
            Node::All(nodes) => nodes.iter().all(|n| n.holds(words, found)),
            Node::Any(nodes) => nodes.iter().any(|n| {
                let mut own = Vec::new();
                let holds = n.holds(words, &mut own);
                if holds {
                    keep(&own, found);
                }
                holds
            }),
            Node::Without(nodes) => !nodes.iter().any(|n| n.holds(words, &mut Vec::new())),
            Node::Near(left, distance, right) => match near(words, left, *distance, right) {
                Some(spans) => {
                    keep(&spans, found);
                    true
                }
                None => false,
            },
            Node::Term(term) => match term.spans(words).min() {
                Some(span) => {
                    keep(&[span], found);
                    true
                }
                None => false,
            },
        }
    }

    /// What they cost together, and the anchors; `None` where nothing has to be there.
    fn anchors(&self, cost: &dyn Fn(&Anchor) -> u64) -> Option<(u64, Vec<Anchor>)> {
        let terms = |terms: &[Term]| {
            let each = terms.iter().map(|t| t.anchor(cost));
            each.collect::<Option<Vec<_>>>().map(together)
        };
        match self {
            Node::Term(term) => term.anchor(cost).map(|(cost, anchor)| (cost, vec![anchor])),
            Node::All(nodes) => nodes
                .iter()
                .filter_map(|n| n.anchors(cost))
                .min_by_key(|(cost, _)| *cost),
            Node::Any(nodes) => {
                let each = nodes.iter().map(|n| n.anchors(cost));
                let each: Vec<(u64, Vec<Anchor>)> = each.collect::<Option<_>>()?;
                let costs = each
                    .iter()
                    .map(|(cost, _)| *cost)
                    .fold(0, u64::saturating_add);
                Some((costs, each.into_iter().flat_map(|(_, a)| a).collect()))
            }
            Node::Without(_) => None,
            Node::Near(left, _, right) => [terms(left), terms(right)]
                .into_iter()
                .flatten()
                .min_by_key(|(cost, _)| *cost),
        }
    }

    fn words<'a>(&'a self, words: &mut Vec<&'a str>) {
        let mut add = |term: &'a Term| words.extend(term.parts.iter().map(|p| p.folded.as_str()));
        match self {
            Node::All(nodes) | Node::Any(nodes) | Node::Without(nodes) => {
                nodes.iter().for_each(|n| n.words(words));
            }
            Node::Near(left, _, right) => left.iter().chain(right).for_each(add),
            Node::Term(term) => add(term),
        }
    }

    /// Every place at which a term or a nearness holds; groups have none of their own.
    fn spans(&self, words: &Words) -> Vec<Span> {
        match self {
            Node::Term(term) => term.spans(words).collect(),
            Node::Near(left, distance, right) => pairs(words, left, *distance, right),
            _ => Vec::new(),
        }
    }
}

fn together(each: Vec<(u64, Anchor)>) -> (u64, Vec<Anchor>) {
    let costs = each
        .iter()
        .map(|(cost, _)| *cost)
        .fold(0, u64::saturating_add);
    (costs, each.into_iter().map(|(_, anchor)| anchor).collect())
}

impl Term {
    /// The rarest of its words.
    fn anchor(&self, cost: &dyn Fn(&Anchor) -> u64) -> Option<(u64, Anchor)> {
        let words = self.parts.iter().filter(|p| !p.number);
        let anchors = words.map(|p| Anchor {
            word: p.folded.clone(),
            prefix: p.prefix,
        });
        anchors
            .map(|anchor| (cost(&anchor), anchor))
            .min_by_key(|(cost, _)| *cost)
    }

    /// Where it stands.
    pub(super) fn spans<'a>(&'a self, words: &'a Words) -> impl Iterator<Item = Span> + 'a {
        let places = |part: &Part| match part {
            Part { number: true, .. } => words.digits(),
            Part { prefix: true, .. } => words.beginning(&part.folded),
            _ => words.same(&part.folded),
        };
        let rarest = self.parts.iter().enumerate();
        let rarest = rarest.min_by_key(|(_, p)| places(p).len());
        let (offset, found) = rarest.map_or((0, &[][..]), |(n, part)| (n, places(part)));
        found.iter().filter_map(move |n| {
            let first = (*n as usize).checked_sub(offset)?;
            self.stands(words, first).then_some(Span {
                first,
                count: self.parts.len(),
            })
        })
    }

    fn stands(&self, words: &Words, first: usize) -> bool {
        let field = words.field(first);
        let here = match self.field {
            Some(asked) => field == Some(asked),
            None => field.is_some_and(Field::is_telling),
        };
        let place = words.place(first).unwrap_or(u32::MAX);
        here && (0_u32..).zip(&self.parts).all(|(n, part)| {
            let at = first + n as usize;
            words.place(at) == Some(place.saturating_add(n)) && part.is(words, at)
        })
    }
}

impl Part {
    fn is(&self, words: &Words, at: usize) -> bool {
        let (word, mine) = match &self.exact {
            Some(exact) => (words.written(at), exact),
            None => (words.folded(at), &self.folded),
        };
        match (self.number, self.prefix) {
            (true, _) => counts(words.folded(at)),
            (false, true) => word.starts_with(mine.as_str()),
            (false, false) => word == mine,
        }
    }
}

/// Whether a word is a number of two or more in digits, and no year.
fn counts(word: &str) -> bool {
    match word.parse::<u64>() {
        Ok(n) => n >= 2 && !(word.len() == 4 && (1900..=2099).contains(&n)),
        Err(_) => false,
    }
}

/// The first pair of spans that are near enough.
fn near(words: &Words, left: &[Term], distance: u32, right: &[Term]) -> Option<[Span; 2]> {
    let mut ends: Vec<Span> = right.iter().flat_map(|t| t.spans(words)).collect();
    ends.sort_unstable();
    let begins = left.iter().flat_map(|t| t.spans(words));
    begins
        .filter_map(|span| Some([span, nearest(words, span, distance, &ends)?]))
        .next()
}

/// Every pair that is near enough, as the span from one to the other.
fn pairs(words: &Words, left: &[Term], distance: u32, right: &[Term]) -> Vec<Span> {
    let mut ends: Vec<Span> = right.iter().flat_map(|t| t.spans(words)).collect();
    ends.sort_unstable();
    let begins = left.iter().flat_map(|t| t.spans(words));
    let over = |a: Span, b: Span| {
        let first = a.first.min(b.first);
        let end = (a.first + a.count).max(b.first + b.count);
        Span {
            first,
            count: end - first,
        }
    };
    begins
        .filter_map(|span| Some(over(span, nearest(words, span, distance, &ends)?)))
        .collect()
}

/// The span that begins nearest to another one, if it is within the distance and does not share a
/// word with it. `others` are in order.
fn nearest(words: &Words, span: Span, distance: u32, others: &[Span]) -> Option<Span> {
    let at = others.partition_point(|o| o.first < span.first);
    let apart = |other: &Span| {
        let (a, b) = match other.first < span.first {
            true => (*other, span),
            false => (span, *other),
        };
        let end = words.place(a.first + a.count.checked_sub(1)?)?;
        words.place(b.first)?.checked_sub(end).filter(|d| *d > 0)
    };
    // Spans of one term may overlap the other side's: look a few further on both sides.
    let around = others.get(at.saturating_sub(4)..(at + 4).min(others.len()))?;
    around
        .iter()
        .filter_map(|o| Some((apart(o)?, *o)))
        .filter(|(d, _)| *d <= distance)
        .min_by_key(|(d, _)| *d)
        .map(|(_, o)| o)
}

#[cfg(test)]
mod tests;
