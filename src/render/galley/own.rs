//! A letter laid out: pieces that many share, each where it is kept, and a reader's own, which fills
//! their gaps.

use std::borrow::Cow;
use std::ops::Deref;

use super::cache::Why;
use super::set::Set;
use crate::deliver::message::quoted_printable;
use crate::domain::letter::Parts;
use crate::render::clean::escaped;
use crate::render::splice::{Point, plain};
use crate::render::view;

/// A piece of one letter, with what of its gaps is its own.
pub(super) struct Placed<S, W> {
    pub(super) set: S,
    pub(super) why: Option<W>,
    pub(super) number: Option<usize>,
}

/// A piece where it is kept.
pub(super) type Kept<'a> = Placed<&'a Set, &'a Why>;

impl<S: Deref<Target = Set>, W: Deref<Target = Why>> Placed<S, W> {
    pub(super) fn kept(&self) -> Kept<'_> {
        Placed {
            set: &self.set,
            why: self.why.as_deref(),
            number: self.number,
        }
    }
}

/// What fills a letter's gaps outside its stories.
pub(super) struct Own<'a> {
    pub(super) subject: &'a str,
    pub(super) preheader: Cow<'a, str>,
    pub(super) place: Option<&'a str>,
    pub(super) welcome: Option<&'a str>,
    pub(super) references: Option<String>,
    pub(super) unsubscribe: Option<&'a str>,
    pub(super) preferences: Option<&'a str>,
    pub(super) view: Option<&'a str>,
}

/// A letter of which nothing is written yet.
pub struct Laid<'a> {
    pub(super) own: Own<'a>,
    /// From the top.
    pub(super) pieces: Vec<Kept<'a>>,
}

impl Laid<'_> {
    /// One line.
    pub fn subject(&self) -> &str {
        self.own.subject
    }

    /// Bytes of the HTML document before it is encoded.
    pub fn html_bytes(&self) -> usize {
        self.pieces.iter().map(|p| self.own.html_bytes(p)).sum()
    }
}

impl Parts for Laid<'_> {
    fn room(&self) -> usize {
        let piece = |p: &Kept<'_>| {
            let why = p.why.map_or(0, |w| w.html.len() + w.text.len());
            p.set.html.len() + p.set.text.len() + why
        };
        self.pieces.iter().map(piece).sum::<usize>() + self.own.room()
    }

    fn text(&self, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            piece.set.text.write(out, |out, point| match point {
                Point::Why => out.extend_from_slice(piece.why.map_or(&[], |w| &w.text)),
                Point::Welcome => {
                    let welcome = plain(point, self.own.welcome.unwrap_or_default());
                    quoted_printable::segment(out, &welcome);
                }
                _ => quoted_printable::segment(out, &self.own.text(point, piece)),
            });
        }
    }

    fn html(&self, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            piece.set.html.write(out, |out, point| match point {
                Point::Why => out.extend_from_slice(piece.why.map_or(&[], |w| &w.html)),
                _ => own_html(out, &self.own.text(point, piece)),
            });
        }
    }
}

impl Own<'_> {
    /// What stands at a point of a piece; empty where nothing does.
    fn text(&self, point: Point, piece: &Kept<'_>) -> Cow<'_, str> {
        let text = match point {
            Point::Subject => Some(self.subject),
            Point::Preheader => Some(&*self.preheader),
            Point::Place => self.place,
            Point::Welcome => self.welcome,
            Point::References => self.references.as_deref(),
            Point::Unsubscribe => self.unsubscribe,
            Point::Preferences => self.preferences,
            Point::View => self.view,
            Point::Ref => {
                let number = piece.number.map(view::reference);
                return Cow::Owned(number.unwrap_or_default());
            }
            Point::Why => None,
        };
        Cow::Borrowed(text.unwrap_or_default())
    }

    /// Bytes of a piece's HTML with its gaps filled, before it is encoded.
    pub(super) fn html_bytes(&self, piece: &Kept<'_>) -> usize {
        let gaps = piece.set.html.points().map(|point| match point {
            Point::Why => piece.why.map_or(0, |w| w.html_bytes),
            _ => escaped(&self.text(point, piece)).len(),
        });
        piece.set.html_bytes + gaps.sum::<usize>()
    }

    /// Octets that it takes in both parts, about: links stand in a part more than once.
    fn room(&self) -> usize {
        let links = [self.unsubscribe, self.preferences, self.view];
        let links: usize = links.into_iter().flatten().map(str::len).sum();
        let once = self.subject.len() + self.preheader.len() + self.place.map_or(0, str::len);
        let once = once + self.welcome.map_or(0, str::len);
        let references = self.references.as_ref().map_or(0, |r| r.len() * 9 / 8);
        4 * (links + once) + references
    }
}

/// A reader's own text as it stands in HTML, encoded.
pub(super) fn own_html(out: &mut Vec<u8>, text: &str) {
    quoted_printable::segment(out, &escaped(text));
}
