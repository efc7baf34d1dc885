//! What the parts of a wave's letters come to in octets of HTML: each part is measured once a wave,
//! when the first reader asks for it, and never a reader.
//!
//! A part's size is what a made-up page grows by when the part is put in. A part that does not
//! render measures nothing: its letter is refused when it is made, and keeps no other from being
//! planned.

mod pages;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub(super) use pages::Text;

use super::{PressError, ROOM};
use crate::domain::article::{PrintedArticle, StoryFacts};
use crate::domain::letter::SenderSettings;
use crate::domain::selection::{Candidate, Decisions, Form, Pick, Reason, Room, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, CreativeSize, Flight, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::{Run, Timestamp, Zone};
use crate::domain::written::Correction;
use crate::domain::{CreativeId, RevisionId};
use crate::render::{
    Links, Page, PageReason, PageSponsor, PageStory, RENDERER_VERSION, Renderer, TemplateSet,
    printed,
};
use crate::select::fit::Sizes;

/// Characters of what is cut at fewer: a subject, a preheader.
const LONG: usize = 200;
/// Characters of a signed link's token at most: no longer one is opened.
const TOKEN: usize = 200;
/// Stories that did not fit: between them every form that a language has for numbers.
const LEFT_OUT: [u32; 7] = [0, 1, 2, 3, 11, 99, 100];
/// Between them every place on earth has its day.
const ZONES: [&str; 3] = ["UTC", "Etc/GMT+12", "Etc/GMT-14"];

/// The parts of a wave's letters.
pub(super) struct Measure<'a> {
    renderer: Renderer,
    sender: &'a SenderSettings,
    decisions: &'a Decisions,
    corrections: Vec<Correction>,
    run: Run,
    articles: BTreeMap<RevisionId, PrintedArticle>,
    topics: BTreeMap<RevisionId, &'a Slug>,
    zones: Vec<Zone>,
    known: Mutex<Known>,
}

/// What the size of a part depends on, beside the part: the letter's words and its variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Look {
    /// Of the letter's words.
    pub language: String,
    /// How much the reader wants.
    pub length: Length,
    /// Whether with pictures.
    pub images: bool,
}

/// What is measured already.
#[derive(Default)]
struct Known {
    alone: BTreeMap<Look, usize>,
    bases: BTreeMap<Look, usize>,
    headings: Vec<(Look, Section, usize)>,
    stories: BTreeMap<RevisionId, Vec<KnownStory>>,
    creatives: BTreeMap<(CreativeId, Slot), usize>,
}

/// A block of one revision: what it depends on, and its size.
struct KnownStory {
    look: Look,
    section: Section,
    reason: Reason,
    form: Form,
    update: bool,
    bytes: usize,
}

impl<'a> Measure<'a> {
    /// Measures by these templates. `articles` has the texts of `candidates`.
    pub(super) fn new(
        template: &TemplateSet,
        (sender, decisions): (&'a SenderSettings, &'a Decisions),
        run: Run,
        candidates: &'a [Candidate],
        articles: BTreeMap<RevisionId, PrintedArticle>,
    ) -> Result<Measure<'a>, PressError> {
        let first = |c: &'a Candidate| Some((c.revision, &c.topics.first()?.topic));
        Ok(Measure {
            renderer: Renderer::new(template).map_err(PressError::Template)?,
            sender,
            decisions,
            corrections: printed::corrections(&decisions.corrections, (sender, run)),
            run,
            articles,
            topics: candidates.iter().filter_map(first).collect(),
            zones: ZONES.iter().filter_map(|z| Zone::parse(z).ok()).collect(),
            known: Mutex::default(),
        })
    }

    /// The sizes of letters in a language, with `room` kept free for sponsors.
    pub(super) fn letters<'m>(&'m self, look: &'m Look, room: &'m Room) -> Letters<'m> {
        Letters {
            measure: self,
            look,
            room,
        }
    }

    /// The room that a wave due at `due` keeps free for each slot, by what is booked now.
    pub(super) fn room(&self, flights: &[Flight], due: Timestamp) -> Room {
        let mut slots = BTreeMap::new();
        for flight in flights.iter().filter(|f| f.holds(due)) {
            for creative in &flight.creatives {
                for slot in slots_of(flight, creative.size) {
                    let bytes = self.creative(slot, creative, &flight.sponsor_name);
                    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                    let room: &mut u32 = slots.entry(slot).or_default();
                    *room = bytes.max(*room);
                }
            }
        }
        Room {
            renderer: RENDERER_VERSION.to_owned(),
            slots,
        }
    }

    /// Takes out of flights what has come since a wave froze and is larger than its room.
    pub(super) fn within(&self, room: &Room, flights: &[Flight]) -> Vec<Flight> {
        let mut flights = flights.to_vec();
        for flight in &mut flights {
            let own = flight.clone();
            flight.creatives.retain(|creative| {
                slots_of(&own, creative.size).all(|slot| {
                    let free = room.slots.get(&slot).map_or(0, |n| *n as usize);
                    self.creative(slot, creative, &own.sponsor_name) <= free
                })
            });
        }
        flights
    }

    /// A creative's block, in the look in which it is the largest.
    fn creative(&self, slot: Slot, creative: &Creative, sponsor_name: &str) -> usize {
        let key = (creative.id, slot);
        if let Some(bytes) = self.known(|k| k.creatives.get(&key).copied()) {
            return bytes;
        }
        let sponsor = printed::sponsor(slot, creative, sponsor_name);
        // A sponsor has no picture that a letter could be without.
        let looks = self.renderer.catalogue().all().flat_map(|words| {
            [Length::Long, Length::Short].map(|length| Look {
                language: words.language().to_owned(),
                length,
                images: true,
            })
        });
        let bytes = looks.map(|look| {
            let with = self.html(&look, &[lead()], Some(&sponsor));
            with.saturating_sub(self.alone(&look))
        });
        let bytes = bytes.max().unwrap_or(0);
        self.known(|k| k.creatives.insert(key, bytes));
        bytes
    }

    /// What is there whatever the stories are: all of it but the room for sponsors.
    pub(super) fn base(&self, look: &Look) -> usize {
        if let Some(bytes) = self.known(|k| k.bases.get(look).copied()) {
            return bytes;
        }
        let zone = self.zone();
        let told = LEFT_OUT.map(|n| self.html_in(look, &zone, (&[lead()], None), n));
        let told = told.into_iter().max().unwrap_or(0);
        let bytes = self.beside(look, lead()) + told.saturating_sub(self.alone(look));
        self.known(|k| k.bases.insert(look.clone(), bytes));
        bytes
    }

    fn heading(&self, look: &Look, section: &Section) -> usize {
        let same = |known: &&(Look, Section, usize)| known.0 == *look && known.1 == *section;
        if let Some(bytes) = self.known(|k| k.headings.iter().find(same).map(|h| h.2)) {
            return bytes;
        }
        let story = PageStory {
            section: section.clone(),
            section_name: printed::section_name(section, self.sender),
            ..lead()
        };
        let with = self.beside(look, story);
        let bytes = with.saturating_sub(self.alone(look));
        let known = (look.clone(), section.clone(), bytes);
        self.known(|k| k.headings.push(known));
        bytes
    }

    /// A page with the lead alone.
    fn alone(&self, look: &Look) -> usize {
        if let Some(bytes) = self.known(|k| k.alone.get(look).copied()) {
            return bytes;
        }
        let bytes = self.html(look, &[lead()], None);
        self.known(|k| k.alone.insert(look.clone(), bytes));
        bytes
    }

    /// A page with the lead and, if this is another one, a story, less the story's own block.
    fn beside(&self, look: &Look, story: PageStory) -> usize {
        let once = match story.section {
            Section::Lead => vec![story.clone()],
            _ => vec![lead(), story.clone()],
        };
        let twice = [once.as_slice(), &[story]].concat();
        let once = self.html(look, &once, None);
        (2 * once).saturating_sub(self.html(look, &twice, None))
    }

    fn story(&self, look: &Look, pick: &Pick, form: Form) -> usize {
        let same = |known: &&KnownStory| {
            known.look == *look
                && known.section == pick.section
                && known.reason == pick.reason
                && known.form == form
                && known.update == pick.update
        };
        let found = |k: &mut Known| {
            let known = k.stories.get(&pick.revision)?.iter().find(same)?;
            Some(known.bytes)
        };
        if let Some(bytes) = self.known(found) {
            return bytes;
        }
        let bytes = self.grown(look, pick, form);
        let known = KnownStory {
            look: look.clone(),
            section: pick.section.clone(),
            reason: pick.reason.clone(),
            form,
            update: pick.update,
            bytes,
        };
        self.known(|k| k.stories.entry(pick.revision).or_default().push(known));
        bytes
    }

    /// What a page grows by with a second copy of a story, on the clock where that is the most: how
    /// a date is said depends on the reader's own.
    fn grown(&self, look: &Look, pick: &Pick, form: Form) -> usize {
        let Some(article) = self.articles.get(&pick.revision) else {
            return 0;
        };
        let topic = self.topics.get(&pick.revision).copied();
        let mut story = printed::story(pick, article, topic, (self.sender, self.run));
        story.form = form;
        let (once, twice) = ([lead(), story.clone()], [lead(), story.clone(), story]);
        let mut days = Vec::with_capacity(ZONES.len());
        let mut most = 0;
        for zone in &self.zones {
            let day = article.published.map(|at| zone.tz().to_datetime(at).date());
            if !days.contains(&day) {
                days.push(day);
                let html = |stories: &[PageStory]| self.html_in(look, zone, (stories, None), 0);
                most = most.max(html(&twice).saturating_sub(html(&once)));
            }
        }
        most
    }

    fn html(&self, look: &Look, stories: &[PageStory], sponsor: Option<&PageSponsor>) -> usize {
        self.html_in(look, &self.zone(), (stories, sponsor), 0)
    }

    fn zone(&self) -> Zone {
        self.zones.first().cloned().unwrap_or_else(Zone::utc)
    }

    /// Octets of HTML of a page whose personal parts are as long as they may become.
    fn html_in(
        &self,
        look: &Look,
        zone: &Zone,
        (stories, sponsor): (&[PageStory], Option<&PageSponsor>),
        left_out: u32,
    ) -> usize {
        let places = self.sender.places.values();
        let longest = places.map(|p| p.chars().count()).max();
        // Six octets once it is escaped: no character has more.
        let place = longest.map(|n| "\"".repeat(n));
        let subject = "\"".repeat(LONG);
        let link = || format!("{}/u/{}", self.sender.public_url, "x".repeat(TOKEN));
        let page = Page {
            zone,
            place: place.as_deref(),
            subject: Some(&subject),
            preheader: Some(&subject),
            note: &self.decisions.note,
            panel: self.decisions.panel.as_ref(),
            corrections: &self.corrections,
            left_out,
            sponsors: sponsor.cloned().into_iter().collect(),
            links: Links {
                unsubscribe: link(),
                preferences: link(),
                view: Some(link()),
            },
            ..self.page(look, stories)
        };
        self.renderer.render(&page).map_or(0, |l| l.html.len())
    }

    fn known<T>(&self, ask: impl FnOnce(&mut Known) -> T) -> T {
        ask(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The slots for which there is room in the layout that a flight's creative of a size may take.
fn slots_of(flight: &Flight, size: CreativeSize) -> impl Iterator<Item = Slot> {
    let fits =
        move |(slot, room): &&(Slot, CreativeSize)| flight.slots.contains(slot) && size <= *room;
    ROOM.iter().filter(fits).map(|(slot, _)| *slot)
}

/// A made-up story that opens the page, its headline as long as a preheader may become.
fn lead() -> PageStory {
    PageStory {
        headline: "&".repeat(LONG),
        summary: String::new(),
        byline: String::new(),
        source_name: String::new(),
        language: None,
        url: "https://example.org/".to_owned(),
        image: None,
        pixels: None,
        published: None,
        section: Section::Lead,
        section_name: String::new(),
        topic_name: None,
        facts: StoryFacts::default(),
        update: false,
        reason: PageReason::TopStory,
        form: Form::Headline,
    }
}

/// The sizes of one language's letters.
pub(super) struct Letters<'m> {
    measure: &'m Measure<'m>,
    look: &'m Look,
    room: &'m Room,
}

impl Sizes for Letters<'_> {
    fn base(&self) -> usize {
        self.measure.base(self.look)
    }

    fn story(&self, pick: &Pick, form: Form) -> usize {
        self.measure.story(self.look, pick, form)
    }

    fn heading(&self, section: &Section) -> usize {
        self.measure.heading(self.look, section)
    }

    fn slot(&self, slot: Slot) -> usize {
        self.room.slots.get(&slot).map_or(0, |n| *n as usize)
    }
}

#[cfg(test)]
mod tests;
