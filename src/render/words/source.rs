//! A catalogue's text read: which messages it has, what each fills in, and on which line it stands.
//!
//! A message `terms-wrong-hour_form` is asked for as `terms.wrong.hour_form`.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::error::WordsError;

/// What a message needs to become a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Names of its variables.
    pub(super) variables: BTreeSet<String>,
    /// Those of them that its wording depends on, and that are numbers where they look like one.
    pub(super) counted: BTreeSet<String>,
}

/// Braces within braces. The reader goes one call deeper with each.
const DEPTH: usize = 20;

/// Reads a source and the shapes of its messages, by their name in the file.
pub(super) fn read(
    language: &str,
    source: &str,
) -> Result<(FluentResource, BTreeMap<String, Shape>), WordsError> {
    if let Some(line) = too_deep(source) {
        return Err(WordsError::Form {
            language: language.to_owned(),
            line,
            reason: format!("more than {DEPTH} braces within one another"),
        });
    }
    let resource = FluentResource::try_new(source.to_owned()).map_err(|(_, errors)| {
        let first = errors.first();
        WordsError::Form {
            language: language.to_owned(),
            line: first.map_or(1, |e| line_at(source, e.pos.start)),
            reason: first.map_or_else(String::new, |e| e.kind.to_string()),
        }
    })?;
    let shapes = shapes(&resource).map_err(|(key, reason)| WordsError::Form {
        language: language.to_owned(),
        line: line_of(source, &key),
        reason,
    })?;
    Ok((resource, shapes))
}

/// The line on which braces stand too deep in one another, from 1.
fn too_deep(source: &str) -> Option<usize> {
    let mut depth = 0usize;
    source.lines().zip(1..).find_map(|(line, number)| {
        // A new message, whatever was left open before it.
        if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') {
            depth = 0;
        }
        let deep = line.bytes().any(|b| {
            match b {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth > DEPTH
        });
        deep.then_some(number)
    })
}

/// The line on which a message stands, from 1.
pub(super) fn line_of(source: &str, key: &str) -> usize {
    let starts = |line: &str| {
        let rest = line.strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    source.lines().position(starts).map_or(1, |at| at + 1)
}

/// A catalogue with the messages of another below it that it does not have itself. Its own lines stay
/// where they are.
pub(super) fn laid_over(text: &str, below: &str, own: &super::Words) -> String {
    let mut out = text.trim_end().to_owned();
    let mut taken = false;
    for line in below.lines() {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let key = line.split(['=', ' ']).next().unwrap_or_default();
            taken = !own.has(&key.replace('-', "."));
        } else if line.starts_with('#') {
            taken = false;
        } else if line.starts_with('-') {
            taken = !text
                .lines()
                .any(|l| l.split(['=', ' ']).next() == line.split(['=', ' ']).next());
        }
        if taken {
            out.push('\n');
            out.push_str(line);
        }
    }
    out + "\n"
}

/// The messages whose names begin with `from`, under names that begin with `to` in its place.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut out = String::new();
    let mut taken = false;
    for line in text.lines() {
        if !line.starts_with([' ', '}', '\t']) && !line.is_empty() {
            taken = line.starts_with(from);
        }
        if let (true, Some(rest)) = (taken, line.strip_prefix(from)) {
            out.extend([to, rest, "\n"]);
        } else if taken {
            out.extend([line, "\n"]);
        }
    }
    out
}

fn line_at(source: &str, offset: usize) -> usize {
    let before = source.bytes().take(offset);
    before.filter(|b| *b == b'\n').count() + 1
}

type Patterns<'a> = BTreeMap<&'a str, &'a Pattern<&'a str>>;

fn shapes(resource: &FluentResource) -> Result<BTreeMap<String, Shape>, (String, String)> {
    let mut patterns = Patterns::new();
    for entry in resource.entries() {
        let Entry::Message(message) = entry else {
            continue;
        };
        let key = message.id.name;
        let refuse = |reason: String| Err((key.to_owned(), reason));
        let Some(pattern) = &message.value else {
            return refuse(format!("`{key}` has no text"));
        };
        if patterns.insert(key, pattern).is_some() {
            return refuse(format!("`{key}` is there twice"));
        }
    }
    for key in patterns.keys() {
        let group = format!("{key}-");
        let next = patterns.range(group.as_str()..).next();
        if let Some((inner, _)) = next.filter(|(k, _)| k.starts_with(&group)) {
            let reason = format!("`{key}` is a text, so there can be no `{inner}` below it");
            return Err(((*key).to_owned(), reason));
        }
    }
    let shape = |(key, pattern): (&&str, &&Pattern<&str>)| {
        let mut walk = Walk {
            patterns: &patterns,
            seen: BTreeSet::from([*key]),
            shape: Shape::default(),
        };
        walk.pattern(pattern);
        ((*key).to_owned(), walk.shape)
    };
    Ok(patterns.iter().map(shape).collect())
}

/// A walk through a message and the messages that it refers to.
struct Walk<'a> {
    patterns: &'a Patterns<'a>,
    seen: BTreeSet<&'a str>,
    shape: Shape,
}

impl<'a> Walk<'a> {
    fn pattern(&mut self, pattern: &'a Pattern<&'a str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &'a Expression<&'a str>) {
        match expression {
            Expression::Select { selector, variants } => {
                if let InlineExpression::VariableReference { id } = selector {
                    self.shape.counted.insert(id.name.to_owned());
                }
                self.inline(selector);
                variants.iter().for_each(|v| self.pattern(&v.value));
            }
            Expression::Inline(inline) => self.inline(inline),
        }
    }

    fn inline(&mut self, inline: &'a InlineExpression<&'a str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.shape.variables.insert(id.name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::MessageReference { id, .. } => {
                if let Some(pattern) = self.patterns.get(id.name)
                    && self.seen.insert(id.name)
                {
                    self.pattern(pattern);
                }
            }
            // `NUMBER($n)`: the one function there is.
            InlineExpression::FunctionReference { arguments, .. } => {
                for inner in &arguments.positional {
                    if let InlineExpression::VariableReference { id } = inner {
                        self.shape.counted.insert(id.name.to_owned());
                    }
                    self.inline(inner);
                }
            }
            // A term sees no variable of the message that it stands in.
            InlineExpression::StringLiteral { .. }
            | InlineExpression::NumberLiteral { .. }
            | InlineExpression::TermReference { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::render::words::{Catalogue, ENGLISH, Words};

    #[test]
    fn braces_end_somewhere() {
        let deep = format!("a = b\nc = {}", "{".repeat(1_000_000));
        let error = Words::parse("fr", &deep).expect_err("too deep").to_string();
        let said = "`fr.ftl`, line 2: more than 20 braces within one another";
        assert_eq!(error, said);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(\\PC|[-a-z{}$\"=*\\[\\]>. \n]){0,200}") {
            if let Ok(words) = Words::parse("fr", &text) {
                words.table();
            }
        }

        #[test]
        fn a_damaged_catalogue_is_read_or_refused(
            from in 0..ENGLISH.len(),
            length in 1usize..40,
            put in "[-a-z{}$\"=*\\[\\]>. \n]{0,5}",
        ) {
            let (mut from, mut to) = (from, (from + length).min(ENGLISH.len()));
            while !ENGLISH.is_char_boundary(from) {
                from -= 1;
            }
            while !ENGLISH.is_char_boundary(to) {
                to += 1;
            }
            let text = format!("{}{put}{}", &ENGLISH[..from], &ENGLISH[to..]);
            let mut sources = Catalogue::sources();
            sources.insert("fr".to_owned(), text);
            if let Err(error) = Catalogue::parse(&sources) {
                prop_assert!(error.to_string().contains("fr.ftl"), "{error}");
            }
        }
    }
}
