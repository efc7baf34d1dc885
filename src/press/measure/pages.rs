//! Pages that are made up to be measured, and what editors wrote measured by them.

use std::sync::OnceLock;

use super::{Look, Measure};
use crate::domain::time::Zone;
use crate::render::{Links, Page, PageStory};

/// Where made-up links lead.
const LINK: &str = "https://example.org/";

/// What an edition's editors wrote, as far as it stands in every letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::press) enum Text {
    /// The note.
    Note,
    /// The panel.
    Panel,
    /// The corrections.
    Corrections,
}

impl Measure<'_> {
    /// What a text of the editors' comes to, with the heading over it.
    pub(in crate::press) fn text(&self, look: &Look, text: Text) -> usize {
        let bare = self.page(look, &[]);
        let with = match text {
            Text::Note => Page {
                note: &self.decisions.note,
                ..bare.clone()
            },
            Text::Panel => Page {
                panel: self.decisions.panel.as_ref(),
                ..bare.clone()
            },
            Text::Corrections => Page {
                corrections: &self.corrections,
                ..bare.clone()
            },
        };
        let bytes = |page: &Page<'_>| self.renderer.render(page).map_or(0, |l| l.html.len());
        bytes(&with).saturating_sub(bytes(&bare))
    }

    /// A page of these stories without anything that is written or personal.
    pub(super) fn page<'p>(&'p self, look: &'p Look, stories: &[PageStory]) -> Page<'p> {
        static ZONE: OnceLock<Zone> = OnceLock::new();
        Page {
            sender: self.sender,
            language: &look.language,
            date: self.run.date(),
            zone: ZONE.get_or_init(Zone::utc),
            place: None,
            welcome: None,
            length: look.length,
            images: look.images,
            numbered: false,
            subject: None,
            preheader: None,
            note: &[],
            panel: None,
            corrections: &[],
            website: self.sender.website.as_deref(),
            left_out: 0,
            stories: stories.to_vec(),
            sponsors: Vec::new(),
            links: Links {
                unsubscribe: LINK.to_owned(),
                preferences: LINK.to_owned(),
                view: None,
            },
        }
    }
}
