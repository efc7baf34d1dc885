//! What of a letter is a reader's own, and where it stands among what many letters share.
//!
//! A rendered part is a run of segments with marks between them: shared text, and at splice points
//! what is personal. Rendered whole, a letter has its own values between the marks; rendered for
//! sharing, it has the names of the points.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Output, Value};

use super::clean::escape;
use super::wrap::{COLUMNS, wrap};

/// Stands before and after what is personal. No text from outside has it (see
/// [`super::clean::one_line`]).
pub(super) const CUT: char = '\u{e000}';
/// Stands where a block begins, in a part that was rendered whole.
pub(super) const BLOCK: char = '\u{e00f}';

/// A place for what is a reader's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Subject,
    Preheader,
    Place,
    Welcome,
    Why,
    Ref,
    References,
    Unsubscribe,
    Preferences,
    View,
}

const POINTS: [Point; 10] = [
    Point::Subject,
    Point::Preheader,
    Point::Place,
    Point::Welcome,
    Point::Why,
    Point::Ref,
    Point::References,
    Point::Unsubscribe,
    Point::Preferences,
    Point::View,
];

impl Point {
    fn letter(self) -> char {
        let place = POINTS.iter().position(|p| *p == self).unwrap_or(0);
        char::from_u32(0xe001 + u32::try_from(place).unwrap_or(0)).unwrap_or(CUT)
    }

    /// The point that a segment names.
    pub(super) fn named(segment: &str) -> Option<Point> {
        let mut chars = segment.chars();
        let (first, rest) = (chars.next()?, chars.next());
        let place = u32::from(first).checked_sub(0xe001)?;
        let point = POINTS.get(usize::try_from(place).ok()?)?;
        rest.is_none().then_some(*point)
    }
}

/// How personal values are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// As they are, between marks.
    Whole,
    /// As the name of their point, for sharing.
    Points,
}

/// A personal value as templates hold it: it can be printed and tested for being there.
#[derive(Debug)]
pub(super) struct Personal {
    point: Point,
    text: Option<Arc<str>>,
}

impl Object for Personal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Reached where a template does more than print it; a trial finds the difference.
        f.write_str(self.text.as_deref().unwrap_or_default())
    }
}

impl Personal {
    /// The value of a point; nothing where there is none.
    pub(super) fn value(ink: Ink, point: Point, text: Option<String>) -> Value {
        match text {
            None => Value::from(()),
            Some(text) => Value::from_object(Personal {
                point,
                text: (ink == Ink::Whole).then(|| text.into()),
            }),
        }
    }

    /// Prints it with its marks, escaped where it stands in HTML.
    pub(super) fn print(&self, out: &mut Output, html: bool) -> fmt::Result {
        use fmt::Write as _;
        out.write_char(CUT)?;
        match &self.text {
            None => out.write_char(self.point.letter())?,
            Some(text) if html => escape(out, text)?,
            Some(text) => out.write_str(&plain(self.point, text))?,
        }
        out.write_char(CUT)
    }
}

/// A personal text as plain text has it: a reason is wrapped within its brackets.
pub(super) fn plain(point: Point, text: &str) -> String {
    match point {
        Point::Why => wrap(text, COLUMNS - 2).replace('\n', "\n "),
        Point::Welcome => wrap(text, COLUMNS),
        _ => text.to_owned(),
    }
}

/// Takes the marks out.
pub(super) fn without_marks(text: &str) -> String {
    text.replace([CUT, BLOCK], "")
}
