//! Patterns of clean-up rules: a whole line, in which `*` stands for anything and `{name}` for
//! something that is kept. No regular expressions: what a pattern costs is bounded by the line.

use std::fmt;

/// Longest pattern, in characters.
pub const PATTERN_CHARS: usize = 200;
/// Longer lines are prose; no pattern is tried on them.
const LINE_CHARS: usize = 2_000;

/// A field that a pattern may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Headline,
    Byline,
    Date,
    Place,
}

impl Field {
    const ALL: [(Field, &'static str); 4] = [
        (Field::Headline, "headline"),
        (Field::Byline, "byline"),
        (Field::Date, "date"),
        (Field::Place, "place"),
    ];

    pub(super) fn as_str(self) -> &'static str {
        Field::ALL[self as usize].1
    }
}

/// A pattern, read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    written: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// These characters, folded.
    Literal(Vec<char>),
    /// Anything; kept, and then not empty, where it has a name.
    Gap(Option<Field>),
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Pattern {
    /// Reads a pattern that may keep `allowed` fields and must keep the first of them, if there is one.
    pub(super) fn parse(text: &str, allowed: &[Field]) -> Result<Pattern, String> {
        let written = crate::ingest::parse::clean::one_line(text);
        if written.chars().count() > PATTERN_CHARS {
            return Err(format!("it has more than {PATTERN_CHARS} characters"));
        }
        let pieces = pieces(&written, allowed)?;
        let kept = |field: &Field| pieces.contains(&Piece::Gap(Some(*field)));
        if let Some(first) = allowed.first()
            && !kept(first)
        {
            return Err(format!("it has no {{{}}}", first.as_str()));
        }
        // Otherwise it would fit every line.
        let says = |p: &Piece| matches!(p, Piece::Literal(l) if l.iter().any(|c| *c != ' '));
        if !pieces.iter().any(says) {
            return Err("it has no character of its own".to_owned());
        }
        Ok(Pattern { written, pieces })
    }

    /// What a line keeps of the pattern's fields, if it fits.
    pub(super) fn fits(&self, line: &str) -> Option<Vec<(Field, String)>> {
        let chars: Vec<char> = line.chars().take(LINE_CHARS + 1).collect();
        if chars.len() > LINE_CHARS {
            return None;
        }
        let folded: Vec<char> = chars.iter().copied().map(fold).collect();
        let mut kept = Vec::new();
        let mut at = 0;
        let mut gap: Option<Option<Field>> = None;
        for (n, piece) in self.pieces.iter().enumerate() {
            let literal = match piece {
                Piece::Gap(field) => {
                    gap = Some(*field);
                    continue;
                }
                Piece::Literal(literal) => literal,
            };
            let rest = folded.get(at..).unwrap_or_default();
            let last = n + 1 == self.pieces.len();
            let found = match gap {
                None => rest.starts_with(literal).then_some(0),
                Some(_) if last => rest.ends_with(literal).then(|| rest.len() - literal.len()),
                Some(field) => {
                    let from = usize::from(field.is_some());
                    let windows = rest.windows(literal.len()).enumerate().skip(from);
                    windows
                        .into_iter()
                        .find(|(_, w)| w == literal)
                        .map(|(i, _)| i)
                }
            }?;
            keep(&mut kept, gap.take(), chars.get(at..at + found)?)?;
            at += found + literal.len();
        }
        let rest = chars.get(at..).unwrap_or_default();
        match gap {
            Some(_) => keep(&mut kept, gap, rest)?,
            None if !rest.is_empty() => return None,
            None => {}
        }
        Some(kept)
    }
}

/// Keeps what a gap covers, if it has a name; then it must not be blank.
fn keep(
    kept: &mut Vec<(Field, String)>,
    gap: Option<Option<Field>>,
    covered: &[char],
) -> Option<()> {
    if let Some(Some(field)) = gap {
        let text: String = covered.iter().collect();
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        kept.push((field, text.to_owned()));
    }
    Some(())
}

fn pieces(written: &str, allowed: &[Field]) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = written;
    while !rest.is_empty() {
        let end = rest.find(['*', '{', '}']).unwrap_or(rest.len());
        let (literal, after) = rest.split_at(end);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.chars().map(fold).collect()));
        }
        rest = after;
        let gap = if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            None
        } else if let Some(inner) = rest.strip_prefix('{') {
            let closed = inner.split_once('}');
            let (name, after) = closed.ok_or("a `{` is not closed".to_owned())?;
            rest = after;
            let known = Field::ALL
                .iter()
                .find(|(f, n)| *n == name && allowed.contains(f));
            let (field, _) = known.ok_or_else(|| match allowed {
                [] => "it may hold `*`, but keeps nothing in braces".to_owned(),
                _ => {
                    let names = allowed.iter().map(|f| format!("{{{}}}", f.as_str()));
                    format!("it may hold {}", names.collect::<Vec<_>>().join(" and "))
                }
            })?;
            Some(*field)
        } else if rest.is_empty() {
            break;
        } else {
            return Err("a `}` was not opened".to_owned());
        };
        if matches!(pieces.last(), Some(Piece::Gap(_))) {
            return Err("two gaps stand beside each other".to_owned());
        }
        if gap.is_some() && pieces.contains(&Piece::Gap(gap)) {
            return Err("it keeps a field twice".to_owned());
        }
        pieces.push(Piece::Gap(gap));
    }
    Ok(pieces)
}

/// The form in which characters are compared: lower case, one kind of quote, dash and space.
pub(super) fn fold(c: char) -> char {
    match c {
        '‘' | '’' | 'ʼ' | '`' => '\'',
        '“' | '”' | '„' => '"',
        '–' | '—' | '‐' | '‑' | '−' => '-',
        c if c.is_whitespace() => ' ',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, Pattern};

    fn kept(pattern: &str, line: &str) -> Option<Vec<String>> {
        let allowed = [Field::Byline, Field::Date, Field::Place];
        let pattern = Pattern::parse(pattern, &allowed).expect("a pattern");
        let found = pattern.fits(line)?;
        Some(found.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn a_pattern_is_the_whole_line() {
        let some = |texts: &[&str]| Some(texts.iter().map(|t| (*t).to_owned()).collect());
        assert_eq!(kept("By {byline}", "By: Ann Ebo"), None);
        assert_eq!(kept("By {byline}", "by Ann Ebo"), some(&["Ann Ebo"]));
        assert_eq!(kept("By {byline}", "By "), None);
        assert_eq!(
            kept("{byline}, staff", "Ann, staff, staff"),
            some(&["Ann, staff"])
        );
        assert_eq!(
            kept("{byline} | {date} | *", "Ann | May 3 | a | b"),
            some(&["Ann", "May 3"])
        );
        assert_eq!(kept("* it’s {byline}", "so IT'S Ann"), some(&["Ann"]));
        let plain = Pattern::parse("Sponsor:*", &[]).expect("a pattern");
        assert!(plain.fits("sponsor: x").is_some() && plain.fits("A sponsor:").is_none());
        let ends = Pattern::parse("*ab", &[]).expect("a pattern");
        assert!(ends.fits("xabab").is_some() && ends.fits("b").is_none());
        let same = Pattern::parse("ab*ba", &[]).expect("a pattern");
        assert!(same.fits("aba").is_none() && same.fits("abba").is_some());
        assert!(
            plain
                .fits(&format!("Sponsor:{}", "x".repeat(5_000)))
                .is_none()
        );
    }

    #[test]
    fn what_would_fit_everything_or_is_malformed_is_refused() {
        for (pattern, allowed, why) in [
            ("*", &[][..], "it has no character of its own"),
            (
                "{byline}",
                &[Field::Byline],
                "it has no character of its own",
            ),
            ("x", &[Field::Byline], "it has no {byline}"),
            ("x {y", &[], "a `{` is not closed"),
            ("x }", &[], "a `}` was not opened"),
            (
                "x {byline}",
                &[],
                "it may hold `*`, but keeps nothing in braces",
            ),
            (
                "x {y}",
                &[Field::Date, Field::Place],
                "it may hold {date} and {place}",
            ),
            ("x **", &[], "two gaps stand beside each other"),
            (
                "x {date} y {date}",
                &[Field::Date],
                "it keeps a field twice",
            ),
        ] {
            let refused = Pattern::parse(pattern, allowed).expect_err(pattern);
            assert_eq!(refused, why, "{pattern}");
        }
    }
}
