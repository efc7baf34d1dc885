//! A wave's type, set once: letters are put together out of pieces that were rendered and encoded
//! before, and only what is a reader's own is made for each.
//!
//! A letter that is put together has the bytes of one that is rendered whole. Whether a piece was kept
//! or made anew changes nothing but the time; memory is bounded, and what does not fit is not kept.

mod cache;
mod letter;
pub(super) mod set;

use std::collections::BTreeMap;
use std::sync::RwLock;

use super::clean::one_line;
use super::error::RenderError;
use super::page::{Links, Page, PageReason, PageSponsor, PageStory};
use super::renderer::{self, Renderer};
use crate::domain::article::Image;
use crate::domain::letter::{Letter, Printed, SenderSettings, TextLinks};
use crate::domain::selection::{Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::{Run, Zone, Timestamp};
use crate::domain::written::Panel;
use crate::domain::{CreativeId, RevisionId};
use cache::Cache;

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
    pub corrections: Vec<String>,
    /// Texts of the stories that some letter may bring.
    pub stories: BTreeMap<RevisionId, StoryText>,
    /// Texts of the creatives that some letter may bring.
    pub creatives: BTreeMap<CreativeId, CreativeText>,
}

/// A story's texts, as its revision has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryText {
    /// Plain text.
    pub headline: String,
    /// Plain text; may be empty.
    pub summary: String,
    /// As shown; may be empty.
    pub byline: String,
    /// As shown; may be empty.
    pub source_name: String,
    /// Where it is read.
    pub url: String,
    /// Its picture.
    pub image: Option<Image>,
    /// As its source states it.
    pub published: Option<Timestamp>,
    /// Its first topic.
    pub topic: Option<Slug>,
}

/// A creative's texts, with the name of who pays for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreativeText {
    /// The name on the label.
    pub sponsor_name: String,
    /// Its size.
    pub size: CreativeSize,
    /// A line above the text; size L only.
    pub headline: Option<String>,
    /// The text.
    pub text: String,
    /// https link.
    pub url: String,
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
    pub place: Option<&'a Slug>,
    /// How much the reader wants.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
    /// Stories that did not fit.
    pub left_out: u16,
    /// Signed links.
    pub links: Links,
}

/// A wave's letters in the making. Shared by threads.
#[derive(Debug)]
pub struct Galley {
    renderer: Renderer,
    issue: Issue,
    cache: RwLock<Cache>,
}

impl Galley {
    /// An empty galley that keeps pieces of up to `room` bytes in memory.
    pub fn new(renderer: Renderer, issue: Issue, room: usize) -> Galley {
        Galley {
            cache: RwLock::new(Cache::new(&issue.sender, room)),
            renderer,
            issue,
        }
    }

    /// What its letters have in common.
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// Bytes of the pieces that it keeps, about.
    pub fn kept(&self) -> usize {
        self.read().kept()
    }

    /// Renders a digest whole, piece by piece from the templates: the reference for
    /// [`Galley::printed`], and what is shown in a browser.
    ///
    /// # Errors
    /// A story without a text, or a template that fails on it.
    pub fn letter(&self, sheet: &Sheet<'_>) -> Result<Letter, RenderError> {
        self.renderer.render(&self.page(sheet)?)
    }

    /// Renders a digest whole and encodes it: what [`Galley::printed`] gives, the slow way.
    ///
    /// # Errors
    /// As [`Galley::letter`].
    pub fn printed_whole(&self, sheet: &Sheet<'_>) -> Result<Printed, RenderError> {
        let page = self.page(sheet)?;
        let words = self.renderer.words(page.language)?;
        let whole = self.renderer.whole(renderer::variant(&page, words), &page)?;
        Ok(Printed {
            subject: whole.subject,
            html_bytes: super::splice::without_marks(&whole.html).len(),
            text: set::encoded(&whole.text),
            html: set::encoded(&whole.html),
        })
    }

    fn page<'a>(&'a self, sheet: &'a Sheet<'_>) -> Result<Page<'a>, RenderError> {
        let stories: Result<Vec<_>, _> = sheet.picks.iter().map(|p| self.story(p)).collect();
        let sponsors = sheet.placements.iter();
        Ok(Page {
            stories: stories?,
            sponsors: sponsors.filter_map(|p| self.sponsor(*p)).collect(),
            place: sheet.place.map(|p| self.place_name(p)),
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
            length: sheet.length,
            images: sheet.images,
            numbered: issue.sender.text_links == TextLinks::Numbered,
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

    fn story(&self, pick: &Pick) -> Result<PageStory, RenderError> {
        let revision = pick.revision;
        let text = self.issue.stories.get(&revision);
        let text = text.ok_or(RenderError::NoText { revision })?.clone();
        Ok(PageStory {
            headline: text.headline,
            summary: text.summary,
            byline: text.byline,
            source_name: text.source_name,
            url: self.link(&text.url),
            image: text.image,
            published: text.published,
            section_name: match &pick.section {
                Section::Topic(topic) => self.topic_name(topic).to_owned(),
                Section::Area(place) => self.place_name(place).to_owned(),
                Section::Lead | Section::AlsoToday => String::new(),
            },
            section: pick.section.clone(),
            topic_name: text.topic.map(|t| self.topic_name(&t).to_owned()),
            reason: self.reason(&pick.reason),
            form: pick.form,
        })
    }

    /// The link of a story, with the list's campaign parameters.
    fn link(&self, url: &str) -> String {
        match &self.issue.sender.utm {
            None => url.to_owned(),
            Some(utm) => utm.on(url, &self.issue.run.to_string()),
        }
    }

    fn reason(&self, reason: &Reason) -> PageReason {
        match reason {
            Reason::Lead => PageReason::Lead,
            Reason::Pinned => PageReason::Pinned,
            Reason::Topic { topic } => PageReason::Topic(self.topic_name(topic).to_owned()),
            Reason::Place { place } => PageReason::Place(self.place_name(place).to_owned()),
            Reason::TopStory => PageReason::TopStory,
        }
    }

    fn sponsor(&self, (slot, creative): (Slot, CreativeId)) -> Option<PageSponsor> {
        let text = self.issue.creatives.get(&creative)?.clone();
        Some(PageSponsor {
            slot,
            sponsor_name: text.sponsor_name,
            size: text.size,
            headline: text.headline,
            text: text.text,
            url: text.url,
        })
    }

    /// Whether the heading over a story says what it is about already.
    fn told(&self, cache: &Cache, section: &Section, topic: Option<&Slug>) -> bool {
        let (Section::Topic(above), Some(topic)) = (section, topic) else {
            return false;
        };
        let name = |slug: &Slug| one_line(self.topic_name(slug));
        above == topic
            || cache
                .alike(above, topic)
                .unwrap_or_else(|| name(above) == name(topic))
    }

    fn topic_name<'a>(&'a self, topic: &'a Slug) -> &'a str {
        let names = &self.issue.sender.topics;
        names.get(topic).map_or(topic.as_str(), String::as_str)
    }

    fn place_name<'a>(&'a self, place: &'a Slug) -> &'a str {
        let names = &self.issue.sender.places;
        names.get(place).map_or(place.as_str(), String::as_str)
    }
}
