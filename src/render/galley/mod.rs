//! A wave's type, set once: letters are put together out of pieces that were rendered and encoded
//! before, and only what is a reader's own is made for each.
//!
//! A letter that is put together has the bytes of one that is rendered whole. Whether a piece was kept
//! or made anew changes nothing but the time; memory is bounded, and what does not fit is not kept. A
//! letter is laid out by reference and written once, straight into its message.

mod cache;
mod letter;
mod own;
pub(super) mod set;
mod weights;

use std::collections::BTreeMap;
use std::sync::RwLock;

use super::error::RenderError;
use super::page::{Links, Page, PageSponsor, PageStory};
use super::printed;
use super::renderer::{self, Renderer};
use super::view::Envelope;
use super::words::Catalogue;
use crate::domain::article::PrintedArticle;
use crate::domain::letter::{Letter, Printed, SenderSettings, TextLinks};
use crate::domain::selection::Pick;
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::{Run, Zone};
use crate::domain::written::{Correction, Panel};
use crate::domain::{CreativeId, RevisionId};
use cache::Cache;
pub use own::Laid;
pub use weights::{Part, Weight};

/// What every letter of a wave has in common, beside its templates.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Who sends, and the names of topics and places.
    pub sender: SenderSettings,
    /// The edition's run: its date stands in every letter.
    pub run: Run,
    /// The editors' subject.
    pub subject: Option<String>,
    /// The editors' preheader.
    pub preheader: Option<String>,
    /// Paragraphs of the editors' note.
    pub note: Vec<String>,
    /// The editors' block of their own.
    pub panel: Option<Panel>,
    /// What earlier letters had wrong.
    pub corrections: Vec<Correction>,
    /// Texts of the stories that some letter may bring.
    pub stories: BTreeMap<RevisionId, PrintedArticle>,
    /// The first topic of each of them that has one.
    pub topics: BTreeMap<RevisionId, Slug>,
    /// The creatives that some letter may bring, each with the name of who pays for it.
    pub creatives: BTreeMap<CreativeId, (Creative, String)>,
}

/// One reader's digest, all of it by reference.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// In the order of the layout.
    pub picks: &'a [Pick],
    /// At most one a slot.
    pub placements: &'a [(Slot, CreativeId)],
    /// The reader's language.
    pub language: &'a str,
    /// The reader's zone.
    pub zone: &'a Zone,
    /// The reader's place.
    pub place: Option<&'a str>,
    /// A word of welcome, in a first letter.
    pub welcome: Option<String>,
    /// How much the reader wants.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// Stories that did not fit.
    pub left_out: u32,
    /// Signed links.
    pub links: Links,
}

/// A wave's letters in the making. Shared by threads.
#[derive(Debug)]
pub struct Galley {
    renderer: Renderer,
    issue: Issue,
    envelope: Envelope,
    cache: RwLock<Cache>,
}

impl Galley {
    /// An empty galley that keeps pieces of up to `room` bytes in memory.
    pub fn new(renderer: Renderer, issue: Issue, room: usize) -> Galley {
        let editors = (issue.subject.as_deref(), issue.preheader.as_deref());
        Galley {
            envelope: Envelope::of(&issue.sender, editors),
            cache: RwLock::new(Cache::new(room)),
            renderer,
            issue,
        }
    }

    /// What its letters have in common.
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The words that its letters use.
    pub fn catalogue(&self) -> &Catalogue {
        self.renderer.catalogue()
    }

    /// Renders a digest whole, piece by piece from the templates: the reference for
    /// [`Galley::print`], and what is shown in a browser.
    ///
    /// # Errors
    /// A story without a text, or a template that fails on it.
    pub fn letter(&self, sheet: &Sheet<'_>) -> Result<Letter, RenderError> {
        self.renderer.render(&self.page(sheet)?)
    }

    /// Renders a digest whole and encodes it: what [`Galley::print`] gives, the slow way.
    ///
    /// # Errors
    /// As [`Galley::letter`].
    pub fn printed_whole(&self, sheet: &Sheet<'_>) -> Result<Printed, RenderError> {
        let page = self.page(sheet)?;
        let words = self.renderer.words(page.language)?;
        let whole = self
            .renderer
            .whole(renderer::variant(&page, words), &page)?;
        Ok(Printed {
            subject: whole.subject,
            html_bytes: super::splice::without_marks(&whole.html).len(),
            text: set::encoded(&whole.text),
            html: set::encoded(&whole.html),
        })
    }

    /// The page of a digest, as it is rendered whole.
    ///
    /// # Errors
    /// A story without a text.
    pub fn page<'a>(&'a self, sheet: &'a Sheet<'_>) -> Result<Page<'a>, RenderError> {
        let stories: Result<Vec<_>, _> = sheet.picks.iter().map(|p| self.story(p)).collect();
        let sponsors = sheet.placements.iter();
        Ok(Page {
            stories: stories?,
            sponsors: sponsors.filter_map(|p| self.sponsor(*p)).collect(),
            place: sheet.place,
            welcome: sheet.welcome.as_deref(),
            left_out: sheet.left_out,
            links: sheet.links.clone(),
            ..self.frame(sheet)
        })
    }

    /// A page of this reader's kind without anything of its own on it.
    fn frame<'a>(&'a self, sheet: &'a Sheet<'_>) -> Page<'a> {
        let issue = &self.issue;
        Page {
            sender: &issue.sender,
            language: sheet.language,
            date: issue.run.date(),
            zone: sheet.zone,
            place: None,
            welcome: None,
            length: sheet.length,
            images: sheet.images,
            numbered: self.numbered(),
            subject: issue.subject.as_deref(),
            preheader: issue.preheader.as_deref(),
            note: &issue.note,
            panel: issue.panel.as_ref(),
            corrections: &issue.corrections,
            website: issue.sender.website.as_deref(),
            left_out: 0,
            stories: Vec::new(),
            sponsors: Vec::new(),
            links: Links {
                unsubscribe: String::new(),
                preferences: String::new(),
                view: None,
            },
        }
    }

    fn numbered(&self) -> bool {
        self.issue.sender.text_links == TextLinks::Numbered
    }

    fn story(&self, pick: &Pick) -> Result<PageStory, RenderError> {
        let revision = pick.revision;
        let article = self.issue.stories.get(&revision);
        let article = article.ok_or(RenderError::NoText { revision })?;
        let topic = self.issue.topics.get(&revision);
        let of = (&self.issue.sender, self.issue.run);
        Ok(printed::story(pick, article, topic, of))
    }

    fn sponsor(&self, (slot, creative): (Slot, CreativeId)) -> Option<PageSponsor> {
        let (creative, name) = self.issue.creatives.get(&creative)?;
        Some(printed::sponsor(slot, creative, name))
    }
}

#[cfg(test)]
mod tests;
