//! A page as templates see it: cleaned texts, checked links, filled-in words, one run of blocks.
//!
//! Everything that is decided about a letter's wording is decided here, so that the HTML and the
//! plain text cannot disagree.

mod block;
mod prose;

use std::borrow::Cow;

use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use block::set;
pub(super) use block::{Block, heading, section_tells, sponsor_block, story_block, why};
use prose::Written;

use super::clean::{cut, one_line};
use super::page::{Page, Spot, spots};
use super::script::turned;
use super::splice::{Ink, Personal, Point};
use super::words::Words;
use crate::domain::letter::SenderSettings;
use crate::domain::selection::Section;
use crate::domain::visible::is_blank;
use crate::domain::web_link::safe_link;

/// Characters of a subject at most.
const SUBJECT: usize = 90;
/// Characters of a preheader at most.
const PREHEADER: usize = 140;

/// What a letter's templates are given, but for the words' table.
#[derive(Serialize)]
pub(super) struct View {
    language: String,
    direction: String,
    list_name: String,
    tagline: String,
    dirs: Dirs,
    #[serde(skip)]
    pub(super) subject_line: String,
    subject: Value,
    preheader: Value,
    date: String,
    place: Value,
    welcome: Value,
    note: Option<Vec<String>>,
    panel: Option<PanelView>,
    corrections: Vec<String>,
    /// What editors wrote, in pieces.
    written: Written,
    blocks: Vec<Block>,
    website: Option<String>,
    left_out: u32,
    numbered: bool,
    references: Value,
    why_mailed: String,
    postal_address: String,
    links: LinksView,
}

#[derive(Serialize)]
struct PanelView {
    title: Option<String>,
    lines: Vec<String>,
}

/// The directions of what a list says of itself, where they are not the letter's.
#[derive(Serialize)]
struct Dirs {
    list_name: Option<&'static str>,
    tagline: Option<&'static str>,
    postal_address: Option<&'static str>,
}

#[derive(Serialize)]
struct LinksView {
    unsubscribe: Value,
    preferences: Value,
    view: Value,
}

impl View {
    /// A page with all its blocks.
    pub(super) fn of(page: &Page<'_>, words: &Words, ink: Ink) -> View {
        let headlines: Vec<String> = page
            .stories
            .iter()
            .map(|s| block::headline(s, words))
            .collect();
        let envelope = Envelope::of(page.sender, (page.subject, page.preheader));
        let first = headlines.first().map(|h| title(h));
        let subject = envelope.subject(first.as_deref()).to_owned();
        let preheader = envelope.preheader(headlines.iter().map(String::as_str));
        let mut view = View::frame(page, words, ink);
        view.blocks = blocks(page, words, ink);
        let links: Vec<&str> = view.blocks.iter().filter_map(Block::link).collect();
        let references = page.numbered.then(|| references(&links));
        view.subject = Personal::value(ink, Point::Subject, Some(subject.clone()));
        view.preheader = Personal::value(ink, Point::Preheader, Some(preheader.into_owned()));
        view.references = Personal::value(ink, Point::References, references);
        view.subject_line = subject;
        view
    }

    /// What stands around the blocks, with none of them, and without subject, preheader and references.
    pub(super) fn frame(page: &Page<'_>, words: &Words, ink: Ink) -> View {
        let list_name = one_line(&page.sender.list_name);
        let own = |point, text| Personal::value(ink, point, text);
        let texts = |lines: &[String]| -> Vec<String> {
            let set = lines.iter().map(|l| set(l, words));
            set.filter(|l| !l.is_empty()).collect()
        };
        let place = page.place.map(one_line).filter(|p| !p.is_empty());
        let links = &page.links;
        let direction = words.fill("direction", &[]);
        View {
            language: words.language().to_owned(),
            dirs: Dirs {
                list_name: turned(&list_name, &direction),
                tagline: turned(&page.sender.tagline, &direction),
                postal_address: turned(&page.sender.postal_address, &direction),
            },
            direction,
            why_mailed: words.fill("footer.why", &[("list", &list_name)]),
            list_name,
            tagline: one_line(&page.sender.tagline),
            subject_line: String::new(),
            subject: own(Point::Subject, Some(String::new())),
            preheader: own(Point::Preheader, Some(String::new())),
            date: words.date_long(page.date),
            place: own(Point::Place, place),
            welcome: own(Point::Welcome, page.welcome.map(one_line)),
            note: Some(texts(page.note)).filter(|n| !n.is_empty()),
            panel: page.panel.map(|panel| PanelView {
                title: panel.title.as_deref().map(|t| set(t, words)),
                lines: texts(&panel.lines),
            }),
            corrections: {
                let all = page.corrections.iter().map(|c| set(&c.text, words));
                all.filter(|text| !text.is_empty()).collect()
            },
            written: Written::of(page, words),
            blocks: Vec::new(),
            website: page.website.and_then(safe_link),
            left_out: page.left_out,
            numbered: page.numbered,
            references: own(Point::References, page.numbered.then(String::new)),
            postal_address: one_line(&page.sender.postal_address),
            links: LinksView {
                unsubscribe: own(Point::Unsubscribe, safe_link(&links.unsubscribe)),
                preferences: own(Point::Preferences, safe_link(&links.preferences)),
                view: own(Point::View, links.view.as_deref().and_then(safe_link)),
            },
        }
    }

    /// Its blocks, from the top.
    pub(super) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The value that templates are rendered with. `words` is the words' table as a value.
    pub(super) fn value(&self, words: &Value) -> Value {
        minijinja::context! { words => words, ..Value::from(Serde(self)) }
    }
}

/// The value that one block is rendered with, given that of its frame.
pub(super) fn with_block(frame: &Value, block: &Block) -> Value {
    minijinja::context! { block => Value::from(Serde(block)), ..frame.clone() }
}

/// Subjects and preheaders: what editors wrote for all letters, and what takes its place.
#[derive(Debug)]
pub(super) struct Envelope {
    subject: Option<String>,
    preheader: Option<String>,
    name: String,
}

impl Envelope {
    /// The editors' subject and preheader, if any.
    pub(super) fn of(
        sender: &SenderSettings,
        (subject, preheader): (Option<&str>, Option<&str>),
    ) -> Envelope {
        let own = |text: Option<&str>| text.map(one_line).filter(|s| !is_blank(s));
        Envelope {
            subject: own(subject).map(|s| title(&s)),
            preheader: own(preheader).map(|p| cut(&p, PREHEADER)),
            name: title(&one_line(&sender.list_name)),
        }
    }

    /// The editors' subject, else the first story's title, else the list's name.
    pub(super) fn subject<'a>(&'a self, first: Option<&'a str>) -> &'a str {
        let first = first.filter(|title| !is_blank(title));
        self.subject.as_deref().or(first).unwrap_or(&self.name)
    }

    /// The editors' preheader, else the first headlines that are not the subject.
    pub(super) fn preheader<'a>(&self, headlines: impl Iterator<Item = &'a str>) -> Cow<'_, str> {
        if let Some(own) = &self.preheader {
            return Cow::Borrowed(own);
        }
        let mut joined = String::with_capacity(3 * PREHEADER);
        for headline in headlines.skip(usize::from(self.subject.is_none())) {
            if !joined.is_empty() {
                joined.push_str(" · ");
            }
            joined.push_str(headline);
            // More than are shown is not joined.
            if joined.chars().count() > PREHEADER {
                break;
            }
        }
        Cow::Owned(cut(&joined, PREHEADER))
    }
}

/// A headline as a subject.
pub(super) fn title(headline: &str) -> String {
    cut(headline, SUBJECT)
}

/// A mark in the text, and before the line of the list of links that it leads to: as wide for one
/// digit as for two, so that what hangs on it hangs straight.
pub(super) fn reference(number: usize) -> String {
    format!("{:<4}", format!("[{number}]"))
}

/// The list of links of a text that numbers them.
pub(super) fn references(links: &[&str]) -> String {
    let line = |(n, link): (usize, &&str)| format!("{} {link}", reference(n + 1));
    links
        .iter()
        .enumerate()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn blocks(page: &Page<'_>, words: &Words, ink: Ink) -> Vec<Block> {
    let sections: Vec<&Section> = page.stories.iter().map(|s| &s.section).collect();
    let sponsor = |slot| page.sponsors.iter().find(|s| s.slot == slot);
    let mut number = 0;
    let spots = spots(&sections, |slot| sponsor(slot).is_some());
    let mut out = Vec::with_capacity(spots.len());
    for spot in spots {
        let link = number + 1;
        let block = match spot {
            Spot::Sponsor(slot) => match sponsor(slot) {
                Some(sponsor) => sponsor_block(sponsor, page, words, (ink, link)),
                None => continue,
            },
            Spot::Heading(at) => heading(&page.stories[at], words),
            Spot::Story { at, first } => {
                story_block(&page.stories[at], first, page, words, (ink, link))
            }
        };
        number += usize::from(block.link().is_some());
        out.push(block);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Ink, View};
    use crate::domain::selection::{Form, Section};
    use crate::render::sample;
    use crate::render::words::{Catalogue, ENGLISH, Words};

    fn words() -> Words {
        Words::parse("en", ENGLISH).expect("embedded")
    }

    #[test]
    fn the_subject_is_the_first_headline_and_the_preheader_the_next() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        let view = View::of(&page, &words(), Ink::Whole);
        assert_eq!(view.subject_line, page.stories[0].headline);
        let preheader = view.preheader.to_string();
        assert!(preheader.starts_with(&page.stories[1].headline));
        page.subject = Some("Extra\r\nBcc: x");
        page.stories[0].headline = "x".repeat(5000);
        let view = View::of(&page, &words(), Ink::Whole);
        assert_eq!(view.subject_line, "Extra Bcc: x");
        let preheader = view.preheader.to_string();
        assert!(preheader.starts_with("xxx") && preheader.chars().count() <= 140);
        page.subject = None;
        assert_eq!(
            View::of(&page, &words(), Ink::Whole)
                .subject_line
                .chars()
                .count(),
            90
        );
    }

    #[test]
    fn what_is_far_too_long_is_cut_and_what_says_nothing_is_left_out() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        let printed = |page: &crate::render::Page<'_>| {
            let view = View::of(page, &words(), Ink::Whole);
            let block = view
                .blocks
                .iter()
                .find(|b| b.kind == "lead")
                .expect("a lead");
            let headline = block.headline().expect("a story").to_owned();
            let summary = block.story.as_ref().and_then(|s| s.summary.clone());
            (headline, summary.unwrap_or_default(), view.subject_line)
        };
        page.stories[0].headline = "The ferry stops ".repeat(30);
        page.stories[0].summary = "It stops for all of the winter. ".repeat(60);
        let (headline, summary, _) = printed(&page);
        assert!(
            headline.ends_with('…') && headline.chars().count() <= 160,
            "{headline}"
        );
        assert!(
            summary.ends_with("winter.") && summary.len() > 400,
            "{summary}"
        );
        assert!(summary.chars().count() <= 480, "{summary}");
        page.stories[0].headline = "The “Bell” opens!".to_owned();
        page.stories[0].summary = "the \"bell\" opens".to_owned();
        assert_eq!(printed(&page).1, "");
        // An old text may show nothing.
        page.stories[0].headline = " \u{200b} ".to_owned();
        assert_eq!(printed(&page).2, sender.list_name);
    }

    #[test]
    fn a_time_today_a_weekday_this_week_a_date_before() {
        let sender = sample::sender();
        let page = sample::page(&sender);
        let story = |published: &str| {
            let mut story = page.stories[1].clone();
            story.facts.minutes = None;
            story.published = Some(published.parse().expect("time"));
            super::block::meta(&story, &page, &words())
                .expect("meta")
                .rsplit(" · ")
                .next()
                .map(String::from)
        };
        // The page is of Wednesday 25 November 2026, in Chicago.
        assert_eq!(story("2026-11-25T12:40:00Z").as_deref(), Some("06:40"));
        assert_eq!(story("2026-11-25T04:00:00Z").as_deref(), Some("Tuesday"));
        assert_eq!(
            story("2024-03-08T12:00:00Z").as_deref(),
            Some("First published 8 March 2024")
        );
        // Neither a time to come nor the paper's own name.
        let plain = Some("Anna Lindqvist");
        assert_eq!(story("2026-11-27T12:00:00Z").as_deref(), plain);
    }

    #[test]
    fn quotation_marks_are_those_of_the_story() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        page.stories.truncate(1);
        page.stories[0].headline = "\"So\"".to_owned();
        let german = Words::parse("de", &Catalogue::sources()["de"]).expect("embedded");
        for (language, printed) in [
            (Some("en-GB"), "“So”"),
            (Some("de"), "„So“"),
            (None, "„So“"),
            (Some("fr"), "\"So\""),
        ] {
            page.stories[0].language = language.map(str::to_owned);
            let view = View::of(&page, &german, Ink::Whole);
            let headline = view.blocks().iter().find_map(|b| b.headline());
            assert_eq!(headline, Some(printed), "{language:?}");
        }
    }

    #[test]
    fn blocks_follow_the_layout() {
        let sender = sample::sender();
        let view = View::of(&sample::page(&sender), &words(), Ink::Whole);
        let kinds: Vec<&str> = view.blocks.iter().map(|b| b.kind).collect();
        assert_eq!(
            kinds,
            [
                "sponsor", "lead", "sponsor", "section", "card", "card", "section", "card",
                "sponsor", "section", "headline", "headline", "sponsor"
            ]
        );
    }

    #[test]
    fn a_card_under_a_topic_names_no_other_one() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        page.stories[1].topic_name = Some("Weather".to_owned());
        let view = View::of(&page, &words(), Ink::Whole);
        let kickers: Vec<_> = view
            .blocks
            .iter()
            .filter_map(|b| Some(serde_json::json!(b.story.as_ref()?)["kicker"].clone()))
            .collect();
        // The lead alone: the others stand under their topic's heading, or are headlines.
        assert_eq!(kickers[0], "Transport");
        assert!(kickers[1..].iter().all(|k| k.is_null()), "{kickers:?}");
        page.stories[1].section = Section::AlsoToday;
        page.stories[1].form = Form::Full;
        let view = View::of(&page, &words(), Ink::Whole);
        let told = view.blocks.iter().filter_map(|b| b.story.as_ref());
        let told: Vec<_> = told
            .map(|s| serde_json::json!(s)["kicker"].clone())
            .collect();
        assert_eq!(told[1], "Weather");
    }

    #[test]
    fn what_is_said_beside_a_text_is_whole_or_not_there() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        let facts = |page: &crate::render::page::Page<'_>, at: usize| {
            let view = View::of(page, &words(), Ink::Whole);
            let mut told = view.blocks.iter().filter_map(|b| b.story.as_ref());
            let told = serde_json::json!(told.nth(at).expect("a story"));
            let text = |of: &serde_json::Value| of.as_str().map(str::to_owned);
            (
                text(&told["meta"]),
                text(&told["origin"]["text"]),
                text(&told["also"]),
            )
        };
        let some = |text: &str| Some(text.to_owned());
        let (meta, origin, also) = facts(&page, 1);
        assert_eq!(meta, some("Anna Lindqvist · 06:40 · 5 min"));
        assert_eq!(origin, some("First published by The Ferry Gazette"));
        assert_eq!(also, some("Also reported by Coast Radio, Quay Weekly"));
        let (_, origin, also) = facts(&page, 3);
        assert_eq!(origin, None);
        let more = "Also reported by Coast Radio, Inland Times, Quay Weekly and 2 others";
        assert_eq!(also, some(more));
        // A minute is not worth saying, and a name without a letter is none.
        let told = &mut page.stories[1].facts;
        told.minutes = Some(1);
        told.also = vec![" \u{200b}".to_owned()];
        told.origin.as_mut().expect("there").name = "\u{2060} ".to_owned();
        let (meta, origin, also) = facts(&page, 1);
        assert_eq!(meta, some("Anna Lindqvist · 06:40"));
        assert_eq!((origin, also), (None, None));
    }

    #[test]
    fn what_is_not_printed_is_not_there() {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        for story in &mut page.stories {
            story.section = Section::AlsoToday;
            story.form = Form::Headline;
            story.url = "javascript:alert(1)".to_owned();
        }
        page.sponsors.clear();
        let view = View::of(&page, &words(), Ink::Whole);
        for story in view.blocks.iter().filter_map(|b| b.story.as_ref()) {
            assert!(story.summary.is_none() && story.image.is_none() && story.url.is_none());
        }
    }
}
