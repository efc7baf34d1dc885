//! A reader's own in a letter: what fills the gaps of shared pieces.

use std::sync::Arc;

use super::cache::Why;
use super::set::{Run, Set};
use crate::deliver::message::quoted_printable;
use crate::domain::letter::Printed;
use crate::render::clean::escape;
use crate::render::splice::Point;
use crate::render::view;

/// A piece of one letter, with what of its gaps is its own.
pub(super) struct Placed {
    pub(super) set: Arc<Set>,
    pub(super) why: Option<Arc<Why>>,
    pub(super) number: Option<usize>,
}

/// What fills a letter's gaps outside its stories.
pub(super) struct Own {
    pub(super) subject: String,
    pub(super) preheader: String,
    pub(super) place: Option<String>,
    pub(super) references: Option<String>,
    pub(super) unsubscribe: Option<String>,
    pub(super) preferences: Option<String>,
    pub(super) view: Option<String>,
}

impl Own {
    pub(super) fn fill(&self, letter: &mut Printed, piece: &Placed) {
        letter.html_bytes += piece.set.html_bytes;
        for run in &piece.set.html {
            match run {
                Run::Shared(bytes) => letter.html.share(bytes),
                Run::Gap(Point::Why) => {
                    if let Some(why) = &piece.why {
                        letter.html.share(&why.html);
                        letter.html_bytes += why.html_bytes;
                    }
                }
                Run::Gap(point) => self.say(*point, piece, |text| {
                    let bytes = &mut letter.html_bytes;
                    letter.html.own(|out| *bytes += own_html(out, text));
                }),
            }
        }
        for run in &piece.set.text {
            match run {
                Run::Shared(bytes) => letter.text.share(bytes),
                Run::Gap(Point::Why) => {
                    if let Some(why) = &piece.why {
                        letter.text.share(&why.text);
                    }
                }
                Run::Gap(point) => self.say(*point, piece, |text| {
                    letter.text.own(|out| quoted_printable::segment(out, text));
                }),
            }
        }
    }

    /// Hands over what stands at a point, if anything does.
    fn say(&self, point: Point, piece: &Placed, mut print: impl FnMut(&str)) {
        let number;
        let text = match point {
            Point::Subject => Some(self.subject.as_str()),
            Point::Preheader => Some(self.preheader.as_str()),
            Point::Place => self.place.as_deref(),
            Point::References => self.references.as_deref(),
            Point::Unsubscribe => self.unsubscribe.as_deref(),
            Point::Preferences => self.preferences.as_deref(),
            Point::View => self.view.as_deref(),
            Point::Ref => {
                number = piece.number.map(view::reference);
                number.as_deref()
            }
            Point::Why => None,
        };
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            print(text);
        }
    }
}

/// A reader's own text as it stands in HTML, encoded; how many bytes it has before that.
pub(super) fn own_html(out: &mut Vec<u8>, text: &str) -> usize {
    let mut escaped = String::with_capacity(text.len() + 16);
    // Writing to a String cannot fail.
    let _ = escape(&mut escaped, text);
    quoted_printable::segment(out, &escaped);
    escaped.len()
}
