//! Set pieces: what a template gives for one place of the layout, encoded, with gaps for what is a
//! reader's own.

use std::sync::Arc;

use minijinja::Value;

use crate::deliver::message::quoted_printable;
use crate::domain::letter::Encoded;
use crate::render::cuts;
use crate::render::error::RenderError;
use crate::render::renderer::{Part, Piece, Renderer};
use crate::render::splice::{BLOCK, CUT, Point};
use crate::render::variant::Variant;
use crate::render::view::Block;

/// A piece of a part.
#[derive(Debug)]
pub(super) enum Run {
    /// The same in every letter.
    Shared(Arc<[u8]>),
    /// A reader's own.
    Gap(Point),
}

/// One place of the layout in both parts.
#[derive(Debug)]
pub(in crate::render) struct Set {
    pub(super) html: Vec<Run>,
    pub(super) text: Vec<Run>,
    /// Bytes of its HTML before encoding, without the gaps.
    pub(super) html_bytes: usize,
    /// Where it leads.
    pub(super) link: Option<Arc<str>>,
    /// A story's headline.
    pub(super) headline: Option<Arc<str>>,
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
        Ok(Set {
            html_bytes: shared(&html),
            html: runs(&html),
            text: runs(&text),
            link: block.and_then(Block::link).map(Arc::from),
            headline: block.and_then(Block::headline).map(Arc::from),
        })
    }

    /// Bytes that it keeps in memory, about.
    pub(super) fn size(&self) -> usize {
        let bytes = |run: &Run| match run {
            Run::Shared(bytes) => bytes.len() + 48,
            Run::Gap(_) => 32,
        };
        let texts = [&self.link, &self.headline];
        let texts = texts.into_iter().flatten().map(|t| t.len());
        let runs = self.html.iter().chain(&self.text).map(bytes);
        256 + runs.sum::<usize>() + texts.sum::<usize>()
    }
}

/// Shared text and points take turns, with a mark between.
fn runs(marked: &str) -> Vec<Run> {
    let segments = marked.split(CUT).enumerate();
    let run = |(n, segment): (usize, &str)| match Point::named(segment) {
        Some(point) if n % 2 == 1 => Some(Run::Gap(point)),
        _ if segment.is_empty() => None,
        _ => {
            let mut bytes = Vec::with_capacity(segment.len() * 5 / 4);
            quoted_printable::segment(&mut bytes, segment);
            Some(Run::Shared(bytes.into()))
        }
    };
    segments.filter_map(run).collect()
}

/// A part that was rendered whole, encoded segment by segment: the reference for every other way.
pub(in crate::render) fn encoded(whole: &str) -> Encoded {
    let mut out = Encoded::default();
    for segment in whole.split([CUT, BLOCK]).filter(|s| !s.is_empty()) {
        out.own(|bytes| quoted_printable::segment(bytes, segment));
    }
    out
}
