//! Set pieces: what a template gives for one place of the layout, encoded, with gaps for what is a
//! reader's own.

use minijinja::Value;

use crate::deliver::message::quoted_printable;
use crate::render::cuts;
use crate::render::error::RenderError;
use crate::render::renderer::{Part, Piece, Renderer};
use crate::render::splice::{BLOCK, CUT, Point};
use crate::render::variant::Variant;
use crate::render::view::{self, Block};

/// One part of a piece, the same in every letter but for its gaps.
#[derive(Debug)]
pub(super) struct Typed {
    bytes: Box<[u8]>,
    /// Where in the bytes each gap is, from the top.
    gaps: Box<[(usize, Point)]>,
    /// One of them is the unsubscribe link's.
    pub(super) leaves: bool,
}

/// One place of the layout in both parts.
#[derive(Debug)]
pub(in crate::render) struct Set {
    pub(super) html: Typed,
    pub(super) text: Typed,
    /// Bytes of its HTML before encoding, without the gaps.
    pub(super) html_bytes: usize,
    /// Where it leads.
    pub(super) link: Option<Box<str>>,
    /// A story's headline.
    pub(super) headline: Option<Box<str>>,
    /// The same as a subject.
    pub(super) title: Option<Box<str>>,
}

impl Set {
    /// Renders a piece for sharing. `context` has the names of points in place of a reader's values.
    pub(in crate::render) fn of(
        renderer: &Renderer,
        variant: Variant,
        piece: Piece,
        context: &Value,
        block: Option<&Block>,
    ) -> Result<Set, RenderError> {
        let mut html = renderer.fill(variant, Part::Html, piece, context.clone())?;
        if piece == Piece::Tail {
            html = cuts::closed(html);
        }
        let text = renderer.fill(variant, Part::Text, piece, context.clone())?;
        let text = cuts::tidied_piece(&text, piece == Piece::Tail);
        let shared = |text: &str| text.split(CUT).step_by(2).map(str::len).sum();
        let headline = block.and_then(Block::headline);
        Ok(Set {
            html_bytes: shared(&html),
            html: Typed::of(&html),
            text: Typed::of(&text),
            link: block.and_then(Block::link).map(Box::from),
            headline: headline.map(Box::from),
            title: headline.map(|h| view::title(h).into()),
        })
    }

    /// Bytes that it keeps in memory, about.
    pub(super) fn size(&self) -> usize {
        let typed = |part: &Typed| part.bytes.len() + 16 * part.gaps.len();
        let texts = [&self.link, &self.headline, &self.title];
        let texts = texts.into_iter().flatten().map(|t| t.len());
        384 + typed(&self.html) + typed(&self.text) + texts.sum::<usize>()
    }
}

impl Typed {
    /// Shared text and points take turns, with a mark between.
    fn of(marked: &str) -> Typed {
        let mut bytes = Vec::with_capacity(marked.len() * 5 / 4);
        let mut gaps = Vec::new();
        for (n, segment) in marked.split(CUT).enumerate() {
            match Point::named(segment) {
                Some(point) if n % 2 == 1 => gaps.push((bytes.len(), point)),
                _ => quoted_printable::segment(&mut bytes, segment),
            }
        }
        Typed {
            leaves: gaps.iter().any(|(_, p)| *p == Point::Unsubscribe),
            bytes: bytes.into(),
            gaps: gaps.into(),
        }
    }

    /// Bytes without the gaps.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Its gaps, from the top.
    pub(super) fn points(&self) -> impl Iterator<Item = Point> {
        self.gaps.iter().map(|(_, point)| *point)
    }

    /// Appends it, with each gap as it is filled in.
    pub(super) fn write(&self, out: &mut Vec<u8>, mut fill: impl FnMut(&mut Vec<u8>, Point)) {
        let mut from = 0;
        for (at, point) in &self.gaps {
            out.extend_from_slice(&self.bytes[from..*at]);
            fill(out, *point);
            from = *at;
        }
        out.extend_from_slice(&self.bytes[from..]);
    }
}

/// A part that was rendered whole, encoded segment by segment: the reference for every other way.
pub(in crate::render) fn encoded(whole: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(whole.len() * 5 / 4);
    for segment in whole.split([CUT, BLOCK]) {
        quoted_printable::segment(&mut out, segment);
    }
    out
}
