//! Marks before the expressions of a template, by which a fault in it, or in what it prints, is traced
//! to where the author wrote it.

use minijinja::Error;

/// What may stand before and after a mark's number.
const SIGNS: std::ops::RangeInclusive<char> = '\u{e010}'..='\u{e0ff}';

/// Marks of one or more templates; `P` is a place.
#[derive(Debug)]
pub(super) struct Marks<P> {
    /// Stands before and after a mark's number.
    sign: char,
    places: Vec<P>,
}

/// A text without its marks, and where they stood in it.
pub(super) struct Unmarked {
    pub(super) text: String,
    /// Offsets, each with the number of the mark that stood there.
    found: Vec<(usize, usize)>,
}

/// A mark that was found in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    number: usize,
    /// Line breaks between it and what was looked for.
    pub(super) lines: usize,
}

/// The mark of the expression that an offset of a marked template is in.
fn before(template: &str, at: usize) -> Option<Mark> {
    let text = template.get(..at)?;
    let close = text.rfind(|c| SIGNS.contains(&c))?;
    let sign = text[close..].chars().next()?;
    let open = text[..close].rfind(sign)?;
    let number = text[open + sign.len_utf8()..close].parse().ok()?;
    let lines = text[close..].matches('\n').count();
    Some(Mark { number, lines })
}

/// The mark of the expression that an error of the template engine is of.
pub(super) fn of_error(template: &str, error: &Error) -> Option<Mark> {
    let at = match (error.range(), error.line()) {
        (Some(range), _) => range.start,
        // The end of its line: what is before it cannot be later.
        (None, line) => {
            let mut ends = template.match_indices('\n').map(|(at, _)| at);
            ends.nth(line?.checked_sub(1)?).unwrap_or(template.len())
        }
    };
    before(template, at)
}

impl<P> Marks<P> {
    /// Marks that cannot be taken for a part of a text: their sign, of the characters that Unicode
    /// leaves to everybody, is none of it.
    pub(super) fn new(text: &str) -> Marks<P> {
        let sign = SIGNS.clone().find(|sign| !text.contains(*sign));
        Marks {
            sign: sign.unwrap_or('\u{e010}'),
            places: Vec::new(),
        }
    }

    /// An expression with a mark before it: one that prints puts the mark out with its value.
    pub(super) fn marked(&mut self, place: P, expression: &str) -> String {
        let (sign, n) = (self.sign, self.places.len());
        let prints = expression.starts_with("{{");
        let inner = expression.get(2..).unwrap_or_default();
        let edge = match inner.as_bytes().first() {
            Some(edge @ (b'-' | b'+')) => char::from(*edge).to_string(),
            _ => String::new(),
        };
        self.places.push(place);
        match (prints, edge.as_str()) {
            (true, "") => format!("{sign}{n}{sign}{expression}"),
            // Blanks before it go: those before the mark.
            (true, edge) => format!("{{{{{edge} '{sign}{n}{sign}' }}}}{{{{{}", &inner[1..]),
            (false, "") => format!("{{#{sign}{n}{sign}#}}{expression}"),
            (false, edge) => format!("{{#{edge}{sign}{n}{sign}#}}{{%{}", &inner[1..]),
        }
    }

    /// The place of a mark.
    pub(super) fn place(&self, mark: Mark) -> Option<&P> {
        self.places.get(mark.number)
    }

    /// A text that was printed, without marks.
    pub(super) fn taken_out(&self, printed: &str) -> Unmarked {
        let mut unmarked = Unmarked {
            text: String::with_capacity(printed.len()),
            found: Vec::new(),
        };
        let mut rest = printed;
        while let Some((before, after)) = rest.split_once(self.sign) {
            unmarked.text.push_str(before);
            let number = after.split_once(self.sign);
            rest = match number.and_then(|(n, tail)| Some((n.parse().ok()?, tail))) {
                Some((n, tail)) => {
                    unmarked.found.push((unmarked.text.len(), n));
                    tail
                }
                None => after,
            };
        }
        unmarked.text.push_str(rest);
        unmarked
    }

    /// The place of the first mark within a stretch of a text.
    pub(super) fn within(&self, text: &Unmarked, from: usize, to: usize) -> Option<&P> {
        let first = text.found.partition_point(|(at, _)| *at < from);
        let (at, n) = text.found.get(first)?;
        (*at < to).then(|| self.places.get(*n))?
    }
}

#[cfg(test)]
mod tests {
    use minijinja::{Environment, context};

    use super::{Marks, before};

    #[test]
    fn what_is_printed_knows_its_expression() {
        let mut marks = Marks::new("a \u{e010}");
        let source = [
            "a ".to_owned(),
            marks.marked("if", "{%- if x %}"),
            " b ".to_owned(),
            marks.marked("x", "{{- x }}"),
            " c ".to_owned(),
            marks.marked("y", "{{ y\n }}"),
            marks.marked("end", "{% endif %}"),
        ];
        let source = source.concat();
        let env = Environment::new();
        let printed = env.render_str(&source, context! { x => "X", y => "Y" });
        let unmarked = marks.taken_out(&printed.expect("printed"));
        assert_eq!(unmarked.text, "a bX c Y");
        assert_eq!(marks.within(&unmarked, 3, 4), Some(&"x"));
        assert_eq!(marks.within(&unmarked, 4, 7), None);
        let at = source.find("y\n").expect("there");
        let place = |at| before(&source, at).map(|mark| (marks.place(mark), mark.lines));
        assert_eq!(place(at), Some((Some(&"y"), 0)));
        assert_eq!(place(at + 2), Some((Some(&"y"), 1)));
        assert_eq!(place(1), None);
    }
}
