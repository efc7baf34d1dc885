//! A letter put together: kept pieces looked up, missing ones made, gaps filled.

use std::sync::{Arc, PoisonError, RwLockReadGuard};

use super::cache::{Cache, Style, What, Why};
use super::set::{Run, Set};
use super::{Galley, Sheet};
use crate::deliver::message::quoted_printable;
use crate::domain::CreativeId;
use crate::domain::letter::{Encoded, Printed};
use crate::domain::selection::{Pick, Reason, Section};
use crate::domain::sponsor::Slot;
use crate::render::clean::{escape, one_line, safe_link};
use crate::render::error::RenderError;
use crate::render::page::{Links, Page, Spot, spots};
use crate::render::printed;
use crate::render::renderer::{Part, Piece};
use crate::render::splice::{Ink, Point, plain};
use crate::render::variant::Variant;
use crate::render::view::{self, View};
use crate::render::words::Words;

/// A piece of one letter, with what of its gaps is its own.
pub(super) struct Placed {
    set: Arc<Set>,
    why: Option<Arc<Why>>,
    number: Option<usize>,
}

/// What fills a letter's gaps outside its stories.
pub(super) struct Own {
    subject: String,
    preheader: String,
    place: Option<String>,
    references: Option<String>,
    unsubscribe: Option<String>,
    preferences: Option<String>,
    view: Option<String>,
}

impl Galley {
    /// Puts a letter together, ready for the wire. Pieces that are not kept yet are made, and kept
    /// where there is room.
    ///
    /// # Errors
    /// A story without a text, a template that fails on a piece, or one that leaves the unsubscribe link
    /// out.
    pub fn printed(&self, sheet: &Sheet<'_>) -> Result<Printed, RenderError> {
        let words = self.renderer.words(sheet.language)?;
        let job = Job::new(self, sheet, words);
        let (head, blocks, tail) = job.pieces()?;
        let own = job.own(&blocks);
        let pieces = || std::iter::once(&head).chain(&blocks).chain([&tail]);
        for (part, runs) in [
            (Part::Html, (|set: &Set| &set.html) as fn(&Set) -> &Vec<Run>),
            (Part::Text, |set| &set.text),
        ] {
            let leaves = |run: &Run| matches!(run, Run::Gap(Point::Unsubscribe));
            if own.unsubscribe.is_none() || !pieces().any(|p| runs(&p.set).iter().any(leaves)) {
                return Err(RenderError::LeftOut {
                    template: part.file(),
                    what: "the unsubscribe link",
                });
            }
        }
        let mut letter = Printed {
            subject: own.subject.clone(),
            text: Encoded::default(),
            html: Encoded::default(),
            html_bytes: 0,
        };
        for piece in pieces() {
            own.fill(&mut letter, piece);
        }
        Ok(letter)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One letter in the making.
pub(super) struct Job<'a> {
    galley: &'a Galley,
    sheet: &'a Sheet<'a>,
    words: &'a Words,
    variant: Variant,
    place: Option<String>,
    links: Links,
}

impl<'a> Job<'a> {
    pub(super) fn new(galley: &'a Galley, sheet: &'a Sheet<'a>, words: &'a Words) -> Job<'a> {
        let link = |url: &str| safe_link(url).unwrap_or_default();
        Job {
            galley,
            sheet,
            words,
            variant: Variant {
                length: sheet.length,
                images: sheet.images,
                rtl: words.is_rtl(),
            },
            place: sheet.place.map(one_line).filter(|p| !p.is_empty()),
            links: Links {
                unsubscribe: link(&sheet.links.unsubscribe),
                preferences: link(&sheet.links.preferences),
                view: sheet.links.view.as_deref().and_then(safe_link),
            },
        }
    }

    /// Everything that the letter is made of, from the top.
    pub(super) fn pieces(&self) -> Result<(Placed, Vec<Placed>, Placed), RenderError> {
        let style = self.style();
        let spots = self.spots();
        let mut blocks = Vec::with_capacity(spots.len());
        let mut link = 0;
        for spot in spots {
            let (set, why) = match spot {
                Spot::Heading(at) => (self.heading(style, &self.sheet.picks[at])?, None),
                Spot::Story { at, first } => {
                    let pick = &self.sheet.picks[at];
                    let set = self.story(style, pick, first)?;
                    (set, Some(self.why(style, &pick.reason)))
                }
                Spot::Sponsor(slot) => match self.sponsor(slot) {
                    Some(creative) => (
                        self.made(style, What::Sponsor { slot, creative }, None)?,
                        None,
                    ),
                    None => continue,
                },
            };
            let number = set.link.is_some().then(|| {
                link += 1;
                link
            });
            blocks.push(Placed { set, why, number });
        }
        let around = |what| {
            let set = self.made(style, what, None)?;
            let (why, number) = (None, None);
            Ok::<_, RenderError>(Placed { set, why, number })
        };
        let own = self.present();
        let left_out = self.sheet.left_out;
        Ok((
            around(What::Head { own })?,
            blocks,
            around(What::Tail { own, left_out })?,
        ))
    }

    /// The layout's places, in their order: one for each block.
    pub(super) fn spots(&self) -> Vec<Spot> {
        let sections: Vec<&Section> = self.sheet.picks.iter().map(|p| &p.section).collect();
        spots(&sections, |slot| self.sponsor(slot).is_some())
    }

    /// The creative that stands in a slot.
    fn sponsor(&self, slot: Slot) -> Option<CreativeId> {
        let known = |id| self.galley.issue.creatives.contains_key(id);
        let mut here = self.sheet.placements.iter().filter(|(s, _)| *s == slot);
        here.find(|(_, id)| known(id)).map(|(_, id)| *id)
    }

    /// Which of the optional values there are, as bits.
    fn present(&self) -> u8 {
        let there = [
            self.place.is_some(),
            self.links.view.is_some(),
            !self.links.unsubscribe.is_empty(),
            !self.links.preferences.is_empty(),
        ];
        there
            .iter()
            .fold(0, |bits, there| bits << 1 | u8::from(*there))
    }

    fn style(&self) -> Style {
        let language = self.words.language();
        let known = {
            let cache = self.galley.read();
            cache.language(language).zip(cache.zone(self.sheet.zone))
        };
        let language = known.map_or_else(
            || self.galley.write().meet(language, self.sheet.zone),
            |(language, _)| language,
        );
        Style {
            variant: u8::try_from(self.variant.index()).unwrap_or(0),
            language,
        }
    }

    fn story(&self, style: Style, pick: &Pick, first: bool) -> Result<Arc<Set>, RenderError> {
        let revision = pick.revision;
        let topic = self.galley.issue.topics.get(&revision);
        let what = {
            let cache = self.galley.read();
            What::Story {
                revision,
                lead: pick.section == Section::Lead,
                form: pick.form,
                first,
                told: self.galley.told(&cache, &pick.section, topic),
                zone: cache.zone(self.sheet.zone).unwrap_or(0),
            }
        };
        self.made(style, what, Some(pick))
    }

    fn heading(&self, style: Style, pick: &Pick) -> Result<Arc<Set>, RenderError> {
        if let Some(kept) = self.galley.read().heading(style, &pick.section) {
            return Ok(kept.clone());
        }
        let story = self.galley.story(pick)?;
        let set = Arc::new(self.set_block(&view::heading(&story, self.words))?);
        self.galley.write().keep_heading(style, &pick.section, &set);
        Ok(set)
    }

    fn made(&self, style: Style, what: What, pick: Option<&Pick>) -> Result<Arc<Set>, RenderError> {
        if let Some(kept) = self.galley.read().set(style, what) {
            return Ok(kept.clone());
        }
        let frame = self.frame();
        let set = match what {
            What::Head { .. } => self.set(Piece::Head, &frame)?,
            What::Tail { .. } => self.set(Piece::Tail, &frame)?,
            What::Story {
                first, revision, ..
            } => {
                let pick = pick.ok_or(RenderError::NoText { revision })?;
                let story = self.galley.story(pick)?;
                let ink = (Ink::Points, 0);
                self.set_block(&view::story_block(&story, first, &frame, self.words, ink))?
            }
            What::Sponsor { slot, creative } => {
                let sponsor = self.galley.sponsor((slot, creative));
                let sponsor = sponsor.ok_or(RenderError::NoCreative { creative })?;
                let ink = (Ink::Points, 0);
                self.set_block(&view::sponsor_block(&sponsor, &frame, self.words, ink))?
            }
        };
        let set = Arc::new(set);
        self.galley.write().keep(style, what, &set);
        Ok(set)
    }

    fn frame(&self) -> Page<'_> {
        Page {
            place: self.place.as_deref(),
            left_out: self.sheet.left_out,
            links: self.links.clone(),
            ..self.galley.frame(self.sheet)
        }
    }

    fn set(&self, piece: Piece, frame: &Page<'_>) -> Result<Set, RenderError> {
        let view = View::frame(frame, self.words, Ink::Points);
        let renderer = &self.galley.renderer;
        let context = renderer.context(&view, self.words);
        Set::of(renderer, self.variant, piece, &context, None)
    }

    fn set_block(&self, block: &view::Block) -> Result<Set, RenderError> {
        let view = View::frame(&self.frame(), self.words, Ink::Points);
        let renderer = &self.galley.renderer;
        let context = view::with_block(&renderer.context(&view, self.words), block);
        Set::of(renderer, self.variant, Piece::Block, &context, Some(block))
    }

    fn why(&self, style: Style, reason: &Reason) -> Arc<Why> {
        if let Some(kept) = self.galley.read().why(style.language, reason) {
            return kept.clone();
        }
        let words = view::why(
            &printed::reason(reason, &self.galley.issue.sender),
            self.words,
        );
        let (mut html, mut text) = (Vec::new(), Vec::new());
        let html_bytes = own_html(&mut html, &words);
        quoted_printable::segment(&mut text, &plain(Point::Why, &words));
        let (html, text) = (html.into(), text.into());
        let why = Arc::new(Why {
            html,
            html_bytes,
            text,
        });
        self.galley.write().keep_why(style.language, reason, &why);
        why
    }

    pub(super) fn own(&self, blocks: &[Placed]) -> Own {
        let headlines: Vec<&str> = blocks
            .iter()
            .filter_map(|b| b.set.headline.as_deref())
            .collect();
        let issue = &self.galley.issue;
        let editors = (issue.subject.as_deref(), issue.preheader.as_deref());
        let (subject, preheader) = view::subject_and_preheader(&issue.sender, editors, &headlines);
        let numbered = self.frame().numbered;
        let references = numbered.then(|| {
            let links: Vec<&str> = blocks
                .iter()
                .filter_map(|b| b.set.link.as_deref())
                .collect();
            view::references(&links)
        });
        let link = |url: &str| Some(url.to_owned()).filter(|u| !u.is_empty());
        Own {
            subject,
            preheader,
            place: self.place.clone(),
            references,
            unsubscribe: link(&self.links.unsubscribe),
            preferences: link(&self.links.preferences),
            view: self.links.view.clone(),
        }
    }
}

impl Galley {
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Cache> {
        self.cache.write().unwrap_or_else(PoisonError::into_inner)
    }
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
fn own_html(out: &mut Vec<u8>, text: &str) -> usize {
    let mut escaped = String::with_capacity(text.len() + 16);
    // Writing to a String cannot fail.
    let _ = escape(&mut escaped, text);
    quoted_printable::segment(out, &escaped);
    escaped.len()
}
