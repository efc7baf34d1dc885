//! What a letter is made of: plain values, already chosen and in the order of the layout.
//!
//! A page knows nothing of templates, rows or the clock; all that it says about a reader is what the
//! letter itself says.

use jiff::civil::Date;

use crate::domain::article::{Image, StoryFacts};
use crate::domain::letter::SenderSettings;
use crate::domain::selection::{Form, Section};
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::written::{Correction, Panel};

/// One digest, ready to be rendered.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// Masthead, tagline, postal address.
    pub sender: &'a SenderSettings,
    /// BCP 47 tag of the fixed words.
    pub language: &'a str,
    /// The edition's local run date.
    pub date: Date,
    /// Where publication times are shown.
    pub zone: &'a Zone,
    /// The reader's place, as shown.
    pub place: Option<&'a str>,
    /// A word of welcome, in a first letter.
    pub welcome: Option<&'a str>,
    /// How much the reader wants.
    pub length: Length,
    /// Pictures are printed.
    pub images: bool,
    /// The links of the plain text are numbered, and listed at its end.
    pub numbered: bool,
    /// The editors' subject; else the first headline.
    pub subject: Option<&'a str>,
    /// The editors' preheader; else the next headlines.
    pub preheader: Option<&'a str>,
    /// Paragraphs of the editors' note.
    pub note: &'a [String],
    /// The editors' block of their own.
    pub panel: Option<&'a Panel>,
    /// What earlier letters had wrong.
    pub corrections: &'a [Correction],
    /// The publisher's site.
    pub website: Option<&'a str>,
    /// Stories that did not fit into the letter.
    pub left_out: u32,
    /// In the order of the layout.
    pub stories: Vec<PageStory>,
    /// At most one a slot.
    pub sponsors: Vec<PageSponsor>,
    /// Signed links of this reader.
    pub links: Links,
}

/// A story as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStory {
    /// Plain text.
    pub headline: String,
    /// Plain text; may be empty.
    pub summary: String,
    /// As shown; may be empty.
    pub byline: String,
    /// As shown; may be empty.
    pub source_name: String,
    /// BCP 47, where it is known.
    pub language: Option<String>,
    /// Where it is read.
    pub url: String,
    /// Its picture, printed in full form only.
    pub image: Option<Image>,
    /// Width and height of that picture, where they are known.
    pub pixels: Option<(u32, u32)>,
    /// As its source states it.
    pub published: Option<Timestamp>,
    /// Where it stands. Neighbours of an equal section stand under one heading.
    pub section: Section,
    /// Display name of the section's topic or place; not read for the lead and "also today".
    pub section_name: String,
    /// Display name of the story's own first topic, if it has one.
    pub topic_name: Option<String>,
    /// What is said beside its text.
    pub facts: StoryFacts,
    /// The reader had an earlier text of it.
    pub update: bool,
    /// Why it is there.
    pub reason: PageReason,
    /// How much of it is printed.
    pub form: Form,
}

/// Why a story is there, with display names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageReason {
    /// An editor made it the lead.
    Lead,
    /// An editor pinned it.
    Pinned,
    /// The reader follows this topic.
    Topic(String),
    /// The reader follows this place.
    Place(String),
    /// One of the list's top stories.
    TopStory,
}

/// A sponsor as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSponsor {
    /// Where it stands.
    pub slot: Slot,
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
    /// The words of its button, in the place of the link's site.
    pub button: Option<String>,
}

/// Links of the footer: absolute, of this reader alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// The page that asks before it unsubscribes.
    pub unsubscribe: String,
    /// The page of the reader's terms.
    pub preferences: String,
    /// This digest as a page, if there is one.
    pub view: Option<String>,
}

/// One place of the layout, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A sponsor's block.
    Sponsor(Slot),
    /// The heading over the story at this place, which opens its section.
    Heading(usize),
    /// A story.
    Story {
        /// Its place among the stories.
        at: usize,
        /// No story stands directly above it: no rule does either.
        first: bool,
    },
}

/// The layout of a digest, given the sections of its stories and which slots are taken.
pub fn spots(sections: &[&Section], taken: impl Fn(Slot) -> bool) -> Vec<Spot> {
    let slots = slot_positions(sections);
    let mut out = Vec::with_capacity(sections.len() * 2 + slots.len());
    let sponsors = |out: &mut Vec<Spot>, at: usize| {
        let here = slots
            .iter()
            .filter(|(slot, before)| *before == at && taken(*slot));
        out.extend(here.map(|(slot, _)| Spot::Sponsor(*slot)));
    };
    for (at, section) in sections.iter().enumerate() {
        sponsors(&mut out, at);
        let opens = at == 0 || sections[at - 1] != *section;
        if opens && **section != Section::Lead {
            out.push(Spot::Heading(at));
        }
        // A rule between two stories only: not under a heading, not under a sponsor.
        let first = !matches!(out.last(), Some(Spot::Story { .. }));
        out.push(Spot::Story { at, first });
    }
    sponsors(&mut out, sections.len());
    out
}

/// How many stories stand before each slot, given the sections in the order of the layout.
///
/// S1 stands before all, S4 after all. S2 follows the first section, but at most three stories; S3
/// stands at the border between sections nearest to two thirds of the digest, else inside the
/// section that is there. What sponsors must not stand beside is judged by these positions.
pub fn slot_positions(sections: &[&Section]) -> [(Slot, usize); 4] {
    let all = sections.len();
    let first = sections
        .iter()
        .take_while(|s| Some(**s) == sections.first().copied())
        .count();
    let second = first.min(3);
    let target = (all * 2).div_ceil(3);
    let borders = (second + 1..all).filter(|at| sections[at - 1] != sections[*at]);
    let third = borders
        .min_by_key(|at| (at.abs_diff(target), *at))
        .unwrap_or_else(|| target.max(second + 1).min(all));
    [
        (Slot::S1, 0),
        (Slot::S2, second),
        (Slot::S3, third),
        (Slot::S4, all),
    ]
}

#[cfg(test)]
mod tests {
    use super::slot_positions;
    use crate::domain::selection::Section;
    use crate::domain::slug::Slug;

    fn positions(layout: &str) -> [usize; 4] {
        let sections: Vec<Section> = layout
            .chars()
            .map(|c| match c {
                'L' => Section::Lead,
                '*' => Section::AlsoToday,
                c => Section::Topic(Slug::parse(&c.to_string()).expect("slug")),
            })
            .collect();
        slot_positions(&sections.iter().collect::<Vec<_>>()).map(|(_, at)| at)
    }

    #[test]
    fn slots_stand_between_sections_where_they_can() {
        assert_eq!(positions("Laaabbcc**"), [0, 1, 6, 10]);
        assert_eq!(positions("aaaabb"), [0, 3, 4, 6]);
        assert_eq!(positions("aaaaaaaaa"), [0, 3, 6, 9]);
        assert_eq!(positions("La"), [0, 1, 2, 2]);
        assert_eq!(positions("L"), [0, 1, 1, 1]);
        assert_eq!(positions(""), [0, 0, 0, 0]);
    }
}
