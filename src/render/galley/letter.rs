//! A letter put together: kept pieces looked up, missing ones made, gaps filled.

use std::sync::{Arc, PoisonError, RwLockReadGuard};

use super::cache::{Cache, Style, What, Why};
use super::own::{Own, Placed, own_html};
use super::set::{Run, Set};
use super::{Galley, Sheet};
use crate::deliver::message::quoted_printable;
use crate::domain::CreativeId;
use crate::domain::letter::{Encoded, Printed};
use crate::domain::selection::{Pick, Reason, Section};
use crate::domain::sponsor::Slot;
use crate::domain::web_link::safe_link;
use crate::render::clean::one_line;
use crate::render::error::RenderError;
use crate::render::page::{Links, Page, Spot, spots};
use crate::render::printed;
use crate::render::renderer::{Part, Piece};
use crate::render::splice::{Ink, Point, plain};
use crate::render::variant::Variant;
use crate::render::view::{self, View};
use crate::render::words::Words;

/// Head, blocks and tail.
pub(super) type Pieces = (Placed, Vec<Placed>, Placed);

/// A piece that a letter asks for.
enum Ask<'p> {
    Heading(&'p Pick),
    Story { pick: &'p Pick, first: bool },
    Other(What),
}

/// Something is not kept.
struct Missing;

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

    /// Everything that the letter is made of, from the top: looked up at one go where all of it is
    /// kept, else piece by piece, with what is missing made.
    pub(super) fn pieces(&self) -> Result<Pieces, RenderError> {
        if let Ok(kept) = self.kept() {
            return Ok(kept);
        }
        let style = self.style();
        let set = |ask: Ask<'_>| match ask {
            Ask::Heading(pick) => self.heading(style, pick),
            Ask::Story { pick, first } => self.story(style, pick, first),
            Ask::Other(what) => self.made(style, what, None),
        };
        self.laid(set, |reason| Ok(self.why(style, reason)))
    }

    fn kept(&self) -> Result<Pieces, Missing> {
        let cache = self.galley.read();
        let style = self.styled(cache.language(self.words.language()).ok_or(Missing)?);
        cache.zone(self.sheet.zone).ok_or(Missing)?;
        let set = |ask: Ask<'_>| {
            let kept = match ask {
                Ask::Heading(pick) => cache.heading(style, &pick.section),
                Ask::Story { pick, first } => cache.set(style, self.told(&cache, pick, first)),
                Ask::Other(what) => cache.set(style, what),
            };
            kept.cloned().ok_or(Missing)
        };
        self.laid(set, |reason| {
            cache.why(style.language, reason).cloned().ok_or(Missing)
        })
    }

    /// The pieces in their order, each as it is asked for.
    fn laid<E>(
        &self,
        set: impl Fn(Ask<'_>) -> Result<Arc<Set>, E>,
        why: impl Fn(&Reason) -> Result<Arc<Why>, E>,
    ) -> Result<Pieces, E> {
        let spots = self.spots();
        let mut blocks = Vec::with_capacity(spots.len());
        let mut link = 0;
        for spot in spots {
            let (set, why) = match spot {
                Spot::Heading(at) => (set(Ask::Heading(&self.sheet.picks[at]))?, None),
                Spot::Story { at, first } => {
                    let pick = &self.sheet.picks[at];
                    (set(Ask::Story { pick, first })?, Some(why(&pick.reason)?))
                }
                Spot::Sponsor(slot) => match self.sponsor(slot) {
                    Some(creative) => (set(Ask::Other(What::Sponsor { slot, creative }))?, None),
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
            let set = set(Ask::Other(what))?;
            let (why, number) = (None, None);
            Ok(Placed { set, why, number })
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
        self.styled(language)
    }

    fn styled(&self, language: u32) -> Style {
        Style {
            variant: u8::try_from(self.variant.index()).unwrap_or(0),
            language,
        }
    }

    fn story(&self, style: Style, pick: &Pick, first: bool) -> Result<Arc<Set>, RenderError> {
        let what = self.told(&self.galley.read(), pick, first);
        self.made(style, what, Some(pick))
    }

    /// What tells a story's piece from others.
    fn told(&self, cache: &Cache, pick: &Pick, first: bool) -> What {
        let revision = pick.revision;
        let topic = self.galley.issue.topics.get(&revision);
        What::Story {
            revision,
            lead: pick.section == Section::Lead,
            form: pick.form,
            first,
            told: self.galley.told(cache, &pick.section, topic),
            zone: cache.zone(self.sheet.zone).unwrap_or(0),
        }
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
