//! A letter put together: kept pieces looked up, missing ones made, gaps filled.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLockReadGuard};

use super::cache::{Cache, Style, What, Why};
use super::own::{Kept, Laid, Own, Placed, own_html};
use super::set::Set;
use super::{Galley, Sheet};
use crate::deliver::message::quoted_printable;
use crate::domain::CreativeId;
use crate::domain::selection::{Pick, Reason, Section};
use crate::domain::sponsor::Slot;
use crate::domain::web_link::checked_link;
use crate::render::clean::{escaped, one_line};
use crate::render::error::RenderError;
use crate::render::page::{Links, Page, Spot, spots};
use crate::render::printed;
use crate::render::renderer::{Part, Piece};
use crate::render::splice::{Ink, Point, plain};
use crate::render::variant::Variant;
use crate::render::view::{self, View};
use crate::render::words::Words;

/// A piece that a letter asks for.
enum Ask<'p> {
    Heading(&'p Pick),
    Story { pick: &'p Pick, first: bool },
    Other(What),
}

/// A piece that was looked up or made by itself.
type Made = Placed<Arc<Set>, Arc<Why>>;

/// Something is not kept.
struct Missing;

impl Galley {
    /// Lays a letter out and hands it over to be written, while its pieces stand where they are kept.
    /// Those that are not kept yet are made, and kept where there is room. `make` asks nothing of this
    /// galley.
    ///
    /// # Errors
    /// A story without a text, a template that fails on a piece, or one that leaves the unsubscribe link
    /// out.
    pub fn print<T>(
        &self,
        sheet: &Sheet<'_>,
        make: impl FnOnce(&Laid<'_>) -> T,
    ) -> Result<T, RenderError> {
        let words = self.renderer.words(sheet.language)?;
        let job = Job::new(self, sheet, words);
        let cache = self.read();
        if let Ok(kept) = job.kept(&cache) {
            return Ok(make(&job.laid(kept)?));
        }
        drop(cache);
        let made = job.made_pieces()?;
        Ok(make(&job.laid(made.iter().map(Placed::kept).collect())?))
    }

    fn read(&self) -> RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of the pieces that it keeps, about.
    pub fn kept(&self) -> usize {
        self.read().kept()
    }
}

/// One letter in the making.
struct Job<'a> {
    galley: &'a Galley,
    sheet: &'a Sheet<'a>,
    words: &'a Words,
    variant: Variant,
    place: Option<String>,
    welcome: Option<String>,
    unsubscribe: Option<Cow<'a, str>>,
    preferences: Option<Cow<'a, str>>,
    view: Option<Cow<'a, str>>,
}

impl<'a> Job<'a> {
    fn new(galley: &'a Galley, sheet: &'a Sheet<'a>, words: &'a Words) -> Job<'a> {
        let links = &sheet.links;
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
            welcome: sheet.welcome.as_deref().map(one_line),
            unsubscribe: checked_link(&links.unsubscribe),
            preferences: checked_link(&links.preferences),
            view: links.view.as_deref().and_then(checked_link),
        }
    }

    /// The letter, with what of it is its reader's own.
    fn laid<'s>(&'s self, pieces: Vec<Kept<'s>>) -> Result<Laid<'s>, RenderError> {
        let leaves = [
            (Part::Html, pieces.iter().any(|p| p.set.html.leaves)),
            (Part::Text, pieces.iter().any(|p| p.set.text.leaves)),
        ];
        for (part, leaves) in leaves {
            if !leaves || self.unsubscribe.is_none() {
                return Err(RenderError::LeftOut {
                    template: part.file(),
                    what: "the unsubscribe link",
                });
            }
        }
        let own = self.own(&pieces);
        Ok(Laid { own, pieces })
    }

    /// Everything that the letter is made of, if all of it is kept.
    fn kept<'c>(&self, cache: &'c Cache) -> Result<Vec<Kept<'c>>, Missing> {
        let language = cache.language(self.words.language()).ok_or(Missing)?;
        let zone = cache.zone(self.sheet.zone).ok_or(Missing)?;
        let look = cache.look(self.styled(language)).ok_or(Missing)?;
        let set = |ask: Ask<'_>| {
            let kept = match ask {
                Ask::Heading(pick) => look.heading(&pick.section),
                Ask::Story { pick, first } => look.set(told(zone, pick, first)),
                Ask::Other(what) => look.set(what),
            };
            kept.map(Arc::as_ref).ok_or(Missing)
        };
        self.lay(set, |reason| {
            let why = cache.why(language, reason);
            why.map(Arc::as_ref).ok_or(Missing)
        })
    }

    /// Everything that the letter is made of, piece by piece, with what is missing made.
    fn made_pieces(&self) -> Result<Vec<Made>, RenderError> {
        let style = self.style();
        let set = |ask: Ask<'_>| match ask {
            Ask::Heading(pick) => self.heading(style, pick),
            Ask::Story { pick, first } => self.story(style, pick, first),
            Ask::Other(what) => self.made(style, what, None),
        };
        self.lay(set, |reason| Ok(self.why(style, reason)))
    }

    /// The pieces in their order, each as it is asked for.
    fn lay<S: Deref<Target = Set>, W, E>(
        &self,
        set: impl Fn(Ask<'_>) -> Result<S, E>,
        why: impl Fn(&Reason) -> Result<W, E>,
    ) -> Result<Vec<Placed<S, W>>, E> {
        let around = |what| {
            let set = set(Ask::Other(what))?;
            let (why, number) = (None, None);
            Ok(Placed { set, why, number })
        };
        let own = self.present();
        let left_out = self.sheet.left_out;
        let spots = self.galley.spots(self.sheet);
        let mut pieces = Vec::with_capacity(spots.len() + 2);
        pieces.push(around(What::Head { own })?);
        let mut link = 0;
        for spot in spots {
            let (set, why) = match spot {
                Spot::Heading(at) => (set(Ask::Heading(&self.sheet.picks[at]))?, None),
                Spot::Story { at, first } => {
                    let pick = &self.sheet.picks[at];
                    (set(Ask::Story { pick, first })?, Some(why(&pick.reason)?))
                }
                Spot::Sponsor(slot) => match self.galley.placed(self.sheet, slot) {
                    Some(creative) => (set(Ask::Other(What::Sponsor { slot, creative }))?, None),
                    None => continue,
                },
            };
            let number = set.link.is_some().then(|| {
                link += 1;
                link
            });
            pieces.push(Placed { set, why, number });
        }
        pieces.push(around(What::Tail { own, left_out })?);
        Ok(pieces)
    }

    /// Which of the optional values there are, as bits.
    fn present(&self) -> u8 {
        let there = [
            self.place.is_some(),
            self.welcome.is_some(),
            self.view.is_some(),
            self.unsubscribe.is_some(),
            self.preferences.is_some(),
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
        let what = {
            let cache = self.galley.read();
            let zone = cache.zone(self.sheet.zone).unwrap_or(0);
            told(zone, pick, first)
        };
        self.made(style, what, Some(pick))
    }

    fn heading(&self, style: Style, pick: &Pick) -> Result<Arc<Set>, RenderError> {
        let look = |cache: &Cache| cache.look(style)?.heading(&pick.section).cloned();
        if let Some(kept) = look(&self.galley.read()) {
            return Ok(kept);
        }
        let story = self.galley.story(pick)?;
        let set = Arc::new(self.set_block(&view::heading(&story, self.words))?);
        self.galley.write().keep_heading(style, &pick.section, &set);
        Ok(set)
    }

    fn made(&self, style: Style, what: What, pick: Option<&Pick>) -> Result<Arc<Set>, RenderError> {
        let look = |cache: &Cache| cache.look(style)?.set(what).cloned();
        if let Some(kept) = look(&self.galley.read()) {
            return Ok(kept);
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
        let link = |link: &Option<Cow<'_, str>>| link.as_deref().map(str::to_owned);
        Page {
            place: self.place.as_deref(),
            welcome: self.welcome.as_deref(),
            left_out: self.sheet.left_out,
            links: Links {
                unsubscribe: link(&self.unsubscribe).unwrap_or_default(),
                preferences: link(&self.preferences).unwrap_or_default(),
                view: link(&self.view),
            },
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
        own_html(&mut html, &words);
        quoted_printable::segment(&mut text, &plain(Point::Why, &words));
        let why = Arc::new(Why {
            html,
            html_bytes: escaped(&words).len(),
            text,
        });
        self.galley.write().keep_why(style.language, reason, &why);
        why
    }

    fn own<'s>(&'s self, pieces: &[Kept<'s>]) -> Own<'s> {
        let envelope = &self.galley.envelope;
        let first = pieces.iter().find_map(|p| p.set.title.as_deref());
        let headlines = pieces.iter().filter_map(|p| p.set.headline.as_deref());
        let references = self.galley.numbered().then(|| {
            let links = pieces.iter().filter_map(|p| p.set.link.as_deref());
            view::references(&links.collect::<Vec<_>>())
        });
        Own {
            subject: envelope.subject(first),
            preheader: envelope.preheader(headlines),
            place: self.place.as_deref(),
            welcome: self.welcome.as_deref(),
            references,
            unsubscribe: self.unsubscribe.as_deref(),
            preferences: self.preferences.as_deref(),
            view: self.view.as_deref(),
        }
    }
}

impl Galley {
    /// The layout's places, in their order: one for each block.
    pub(super) fn spots(&self, sheet: &Sheet<'_>) -> Vec<Spot> {
        let sections: Vec<&Section> = sheet.picks.iter().map(|p| &p.section).collect();
        spots(&sections, |slot| self.placed(sheet, slot).is_some())
    }

    /// The creative that stands in a slot.
    fn placed(&self, sheet: &Sheet<'_>, slot: Slot) -> Option<CreativeId> {
        let known = |id| self.issue.creatives.contains_key(id);
        let mut here = sheet.placements.iter().filter(|(s, _)| *s == slot);
        here.find(|(_, id)| known(id)).map(|(_, id)| *id)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Cache> {
        self.cache.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells a story's piece from others.
fn told(zone: u32, pick: &Pick, first: bool) -> What {
    What::Story {
        revision: pick.revision,
        lead: pick.section == Section::Lead,
        form: pick.form,
        first,
        told: matches!(pick.section, Section::Topic(_)),
        reasoned: view::section_tells(&pick.section, pick.reason == Reason::TopStory),
        update: pick.update,
        zone,
    }
}
