//! Rules as they are typed, read into what they ask. Every fault says where it is.

use unicode_normalization::UnicodeNormalization;

use super::words::{Field, split};
use super::{Node, Part, Rule, Term};
use crate::domain::nearest;

/// Characters of a rule.
pub const RULE_CHARS: usize = 4_000;
/// Groups inside groups.
pub const DEPTH: usize = 12;
/// Terms of one rule.
pub const TERMS: usize = 400;
/// Words of one phrase.
pub const PHRASE_WORDS: usize = 24;
/// The farthest that `NEAR/n` reaches.
pub const NEAR_WORDS: u32 = 100;
/// Letters before a `*`.
pub const PREFIX_LETTERS: usize = 2;

/// Why a text is no rule, and at which character (from 1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {fault}")]
pub struct RuleError {
    /// The character, counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub fault: RuleFault,
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    /// No word at all.
    #[error("there is no word in the rule")]
    Empty,
    /// More characters than a rule may have.
    #[error("the rule is longer than {RULE_CHARS} characters")]
    TooLong,
    /// Groups within groups, beyond the bound.
    #[error("groups stand more than {DEPTH} deep")]
    TooDeep,
    /// More words and phrases than a rule may have.
    #[error("the rule has more than {TERMS} terms")]
    TooManyTerms,
    /// A quote or bracket whose other end is missing.
    #[error("`{0}` is not closed")]
    NotClosed(char),
    /// A character that opens nothing here.
    #[error("`{0}` stands where a word, a phrase or a group is expected")]
    Unexpected(char),
    /// `any()`, `all()` or `none()`.
    #[error("a group has nothing in it")]
    EmptyGroup,
    /// A name before `:` that no field has.
    #[error("`{0}` is no field")]
    NoField(String),
    /// A word in front of a bracket that is none of the language.
    #[error("`{0}` is no word of the rule language")]
    Operator(String),
    /// Signs alone, which no text is searched for.
    #[error("there is no letter or digit in “{0}”")]
    NoLetters(String),
    /// More words between quotes than are searched for in a row.
    #[error("a phrase has more than {PHRASE_WORDS} words")]
    LongPhrase,
    /// A star that stands for too much, or within a word.
    #[error("`*` stands behind at least {PREFIX_LETTERS} letters, at the end of a word")]
    Wildcard,
    /// A distance that is none, or too far.
    #[error("NEAR takes a distance from 1 to {NEAR_WORDS} words")]
    NearDistance,
    /// A side of NEAR that has no single place in a text.
    #[error("NEAR stands between two terms, or any(…) of terms")]
    NearSides,
    /// `C++`: what is said by signs, which are not looked for.
    #[error("signs are not looked for: `{0}` would be found wherever its letters stand")]
    Signs(String),
    /// What is left out alone: such a rule would match nearly everything.
    #[error("the rule asks for nothing that must be there")]
    NothingRequired,
}

impl RuleError {
    /// What would do.
    pub fn hint(&self) -> Option<String> {
        let words = match &self.fault {
            RuleFault::Empty | RuleFault::EmptyGroup | RuleFault::Unexpected(_) => {
                "for example: any(election, \"polling station*\") none(title:sport)".to_owned()
            }
            RuleFault::NoField(name) => {
                let names = Field::ALL.map(|(_, name)| name);
                match nearest(name, names.into_iter()) {
                    Some(near) => format!("did you mean `{near}:`?"),
                    None => format!(
                        "the fields are {}; quote what has a colon",
                        names.join(", ")
                    ),
                }
            }
            RuleFault::Operator(_) => {
                "write all(a, b), any(a, b), none(a) and a NEAR/5 b; quote it to look for the word"
                    .to_owned()
            }
            RuleFault::NearDistance => "for example: bank NEAR/5 robber*".to_owned(),
            RuleFault::Signs(_) => {
                "name it in words as well, for example all(C, any(programming, compiler))"
                    .to_owned()
            }
            RuleFault::NothingRequired => {
                "add a word that has to be there; none(…) only takes away".to_owned()
            }
            RuleFault::TooLong | RuleFault::TooManyTerms | RuleFault::TooDeep => {
                "make several rules for the topic: any of them is enough".to_owned()
            }
            _ => return None,
        };
        Some(words)
    }
}

/// Reads a rule.
pub(super) fn parse(text: &str) -> Result<Rule, RuleError> {
    let chars: Vec<char> = text.chars().take(RULE_CHARS + 1).collect();
    let mut reader = Reader {
        chars,
        at: 0,
        terms: 0,
    };
    if reader.chars.len() > RULE_CHARS {
        return Err(reader.wrong(0, RuleFault::TooLong));
    }
    let mut items = reader.items(None, 0)?;
    let node = match items.len() {
        0 => return Err(reader.wrong(0, RuleFault::Empty)),
        1 => items.swap_remove(0),
        _ => Node::All(items),
    };
    match node.anchors(&|_| 1) {
        Some(_) => Ok(Rule { node }),
        None => Err(reader.wrong(0, RuleFault::NothingRequired)),
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    terms: usize,
}

impl Reader {
    fn wrong(&self, at: usize, fault: RuleFault) -> RuleError {
        RuleError { at: at + 1, fault }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|c| c.is_whitespace() || c == ',') {
            self.at += 1;
        }
    }

    /// Items up to the end, or up to the bracket that closes the group opened at `depth` above 0.
    fn items(&mut self, field: Option<Field>, depth: usize) -> Result<Vec<Node>, RuleError> {
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                None => return Ok(items),
                Some(')') if depth > 0 => return Ok(items),
                Some(c @ ('(' | ')')) => return Err(self.wrong(self.at, RuleFault::Unexpected(c))),
                Some(_) => {
                    let from = self.at;
                    let item = self.item(field, depth)?;
                    items.push(self.near(item, from, field, depth)?);
                }
            }
        }
    }

    /// A group or a term, with the field that it may name.
    fn item(&mut self, field: Option<Field>, depth: usize) -> Result<Node, RuleError> {
        let field = self.field()?.or(field);
        let from = self.at;
        let group = [("all(", 'l'), ("any(", 'y'), ("none(", 'e')];
        for (word, kind) in group {
            if !self.stands(word) {
                continue;
            }
            if depth >= DEPTH {
                return Err(self.wrong(from, RuleFault::TooDeep));
            }
            self.at += word.len();
            let items = self.items(field, depth + 1)?;
            if self.peek() != Some(')') {
                return Err(self.wrong(from + word.len() - 1, RuleFault::NotClosed('(')));
            }
            self.at += 1;
            if items.is_empty() {
                return Err(self.wrong(from, RuleFault::EmptyGroup));
            }
            return Ok(match kind {
                'l' => Node::All(items),
                'y' => Node::Any(items),
                _ => Node::Without(items),
            });
        }
        Ok(Node::Term(self.term(field)?))
    }

    fn stands(&self, word: &str) -> bool {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        word.chars().count() <= rest.len() && word.chars().zip(rest).all(|(a, b)| a == *b)
    }

    /// A field's name and its colon, if they stand here.
    fn field(&mut self) -> Result<Option<Field>, RuleError> {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|c| c.is_alphanumeric()).count();
        if length == 0 || rest.get(length) != Some(&':') {
            return Ok(None);
        }
        let name: String = rest.iter().take(length).collect();
        let known = Field::ALL.iter().find(|(_, n)| *n == name);
        let Some((field, _)) = known else {
            let name = name.chars().take(40).collect();
            return Err(self.wrong(self.at, RuleFault::NoField(name)));
        };
        self.at += length + 1;
        Ok(Some(*field))
    }

    /// A word or a phrase; with `=` before it as it is written.
    fn term(&mut self, field: Option<Field>) -> Result<Term, RuleError> {
        let from = self.at;
        let exact = self.peek() == Some('=');
        self.at += usize::from(exact);
        let quoted = self.peek() == Some('"');
        let start = self.at + usize::from(quoted);
        let ends = |c: char| match quoted {
            true => c == '"',
            false => c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"'),
        };
        let rest = self.chars.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|c| !ends(**c)).count();
        if quoted && start + length >= self.chars.len() {
            return Err(self.wrong(self.at, RuleFault::NotClosed('"')));
        }
        if let (0, false, Some(c)) = (length, quoted, rest.first()) {
            return Err(self.wrong(start, RuleFault::Unexpected(*c)));
        }
        let text: String = rest.iter().take(length).collect();
        self.at = start + length + usize::from(quoted);
        let operator = ["AND", "OR", "NOT"].contains(&text.as_str())
            || text.starts_with("NEAR/")
            || text == "NEAR";
        if operator && !quoted && !exact {
            let fault = match text.starts_with("NEAR") {
                true => RuleFault::NearSides,
                false => RuleFault::Operator(text),
            };
            return Err(self.wrong(from, fault));
        }
        self.terms += 1;
        if self.terms > TERMS {
            return Err(self.wrong(from, RuleFault::TooManyTerms));
        }
        let parts = parts(&text, exact).map_err(|fault| self.wrong(from, fault))?;
        Ok(Term {
            field,
            exact,
            parts,
        })
    }

    /// `NEAR/n` and its other side, if they stand behind an item.
    fn near(
        &mut self,
        left: Node,
        from: usize,
        field: Option<Field>,
        depth: usize,
    ) -> Result<Node, RuleError> {
        let back = self.at;
        self.space();
        if !self.stands("NEAR/") {
            self.at = back;
            return Ok(left);
        }
        let sign = self.at;
        self.at += 5;
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let digits: String = rest.iter().take_while(|c| c.is_ascii_digit()).collect();
        let distance = match digits.parse::<u32>() {
            Ok(n) if (1..=NEAR_WORDS).contains(&n) => n,
            _ => return Err(self.wrong(sign, RuleFault::NearDistance)),
        };
        self.at += digits.len();
        self.space();
        let other = self.at;
        if self.peek().is_none_or(|c| matches!(c, '(' | ')')) {
            return Err(self.wrong(sign, RuleFault::NearSides));
        }
        let right = self.item(field, depth)?;
        let side = |node: Node, at: usize| side(node).ok_or(self.wrong(at, RuleFault::NearSides));
        let (left, right) = (side(left, from)?, side(right, other)?);
        Ok(Node::Near(left, distance, right))
    }
}

/// The terms of one side of NEAR.
fn side(node: Node) -> Option<Vec<Term>> {
    let term = |node| match node {
        Node::Term(term) => Some(term),
        _ => None,
    };
    match node {
        Node::Any(nodes) => nodes.into_iter().map(term).collect(),
        node => term(node).map(|term| vec![term]),
    }
}

/// Whether signs make a name of a word that says something else without them: `C++`, `C#`, `.NET`.
fn said_by_signs(chunk: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let ends = chunk.trim_end_matches(['+', '#']);
    let begins = chunk.strip_prefix('.').unwrap_or_default();
    (ends.len() < chunk.len() && letter(ends.chars().next_back())) || letter(begins.chars().next())
}

/// The words of a term.
pub(in crate::topics) fn parts(text: &str, exact: bool) -> Result<Vec<Part>, RuleFault> {
    let mut parts = Vec::new();
    let text: String = text.nfkc().collect();
    for chunk in text.split_whitespace() {
        let prefix = chunk.ends_with('*');
        let chunk = chunk.strip_suffix('*').unwrap_or(chunk);
        if chunk.contains('*') {
            return Err(RuleFault::Wildcard);
        }
        if said_by_signs(chunk) {
            return Err(RuleFault::Signs(chunk.chars().take(40).collect()));
        }
        let words = split(chunk);
        let last = words.len().checked_sub(1);
        // A `*` behind anything but a letter would be lost without a word.
        let closes = words.last().is_some_and(|w| w.end == chunk.len());
        for (n, word) in words.into_iter().enumerate() {
            let word = &chunk[word];
            let prefix = prefix && Some(n) == last;
            if prefix && (!closes || word.chars().count() < PREFIX_LETTERS) {
                return Err(RuleFault::Wildcard);
            }
            let folded = word.chars().flat_map(char::to_lowercase).collect();
            parts.push(Part {
                folded,
                exact: exact.then(|| word.to_owned()),
                prefix,
                number: false,
            });
        }
    }
    match parts.len() {
        0 => Err(RuleFault::NoLetters(text.chars().take(40).collect())),
        n if n > PHRASE_WORDS => Err(RuleFault::LongPhrase),
        _ => Ok(parts),
    }
}
