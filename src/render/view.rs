//! A page as templates see it: cleaned texts, checked links, filled-in words, one run of blocks.
//!
//! Everything that is decided about a letter's wording is decided here, so that the HTML and the
//! plain text cannot disagree.

use jiff::ToSpan as _;
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::clean::{curl, cut, one_line, safe_image, safe_link};
use super::page::{Page, PageReason, PageSponsor, PageStory, Spot, spots};
use super::splice::{Ink, Personal, Point};
use super::words::Words;
use crate::domain::selection::{Form, Section};
use crate::select::fit::TEASER;

/// Characters of a subject at most.
const SUBJECT: usize = 90;
/// Characters of a preheader at most.
const PREHEADER: usize = 140;
/// Characters of a picture's alternative text at most.
const ALT: usize = 140;

/// What a letter's templates are given, but for the words' table.
#[derive(Serialize)]
pub(super) struct View {
    language: String,
    direction: String,
    list_name: String,
    tagline: String,
    #[serde(skip)]
    pub(super) subject_line: String,
    subject: Value,
    preheader: Value,
    date: String,
    place: Value,
    note: Option<Vec<String>>,
    panel: Option<PanelView>,
    corrections: Vec<String>,
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

#[derive(Serialize)]
struct LinksView {
    unsubscribe: Value,
    preferences: Value,
    view: Value,
}

/// One piece of the layout; `kind` says which of the others is there.
#[derive(Serialize)]
pub(super) struct Block {
    kind: &'static str,
    /// Opens its section: nothing of its kind stands above it.
    first: bool,
    section: Option<String>,
    /// The section is about the reader's places.
    area: bool,
    story: Option<StoryView>,
    sponsor: Option<SponsorView>,
}

#[derive(Serialize)]
struct StoryView {
    headline: String,
    summary: Option<String>,
    kicker: Option<String>,
    meta: Option<String>,
    why: Value,
    url: Option<String>,
    #[serde(rename = "ref")]
    number: Value,
    image: Option<ImageView>,
}

#[derive(Serialize)]
struct ImageView {
    url: String,
    alt: String,
}

#[derive(Serialize)]
struct SponsorView {
    label: String,
    headline: Option<String>,
    text: String,
    url: Option<String>,
    #[serde(rename = "ref")]
    number: Value,
    /// Where its link leads, as people say it.
    site: Option<String>,
    size: &'static str,
    slot: &'static str,
}

impl View {
    /// A page with all its blocks.
    pub(super) fn of(page: &Page<'_>, words: &Words, ink: Ink) -> View {
        let headlines: Vec<String> = page
            .stories
            .iter()
            .map(|s| set(&s.headline, words))
            .collect();
        let (subject, preheader) = envelope(page, &headlines);
        let mut view = View::frame(page, words, ink);
        view.blocks = blocks(page, words, ink);
        let links: Vec<&str> = view.blocks.iter().filter_map(Block::link).collect();
        let references = page.numbered.then(|| references(&links));
        view.subject = Personal::value(ink, Point::Subject, Some(subject.clone()));
        view.preheader = Personal::value(ink, Point::Preheader, Some(preheader));
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
        View {
            language: words.language().to_owned(),
            direction: words.fill("direction", &[]),
            why_mailed: words.fill("footer.why", &[("list", &list_name)]),
            list_name,
            tagline: one_line(&page.sender.tagline),
            subject_line: String::new(),
            subject: own(Point::Subject, Some(String::new())),
            preheader: own(Point::Preheader, Some(String::new())),
            date: words.date_long(page.date),
            place: own(Point::Place, place),
            note: Some(texts(page.note)).filter(|n| !n.is_empty()),
            panel: page.panel.map(|panel| PanelView {
                title: panel.title.as_deref().map(|t| set(t, words)),
                lines: texts(&panel.lines),
            }),
            corrections: texts(page.corrections),
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

/// Subject and preheader: the editors', else the first headlines.
fn envelope(page: &Page<'_>, headlines: &[String]) -> (String, String) {
    let headlines: Vec<&str> = headlines.iter().map(String::as_str).collect();
    subject_and_preheader(page.sender, (page.subject, page.preheader), &headlines)
}

/// The editors' subject and preheader, else the first headlines as they are set.
pub(super) fn subject_and_preheader(
    sender: &crate::domain::letter::SenderSettings,
    (subject, preheader): (Option<&str>, Option<&str>),
    headlines: &[&str],
) -> (String, String) {
    let own = |text: Option<&str>| text.map(one_line).filter(|s| !s.is_empty());
    let (subject, rest) = match (own(subject), headlines.split_first()) {
        (Some(own), _) => (cut(&own, SUBJECT), headlines),
        (None, Some((first, rest))) => (cut(first, SUBJECT), rest),
        (None, None) => (cut(&one_line(&sender.list_name), SUBJECT), headlines),
    };
    let preheader = match own(preheader) {
        Some(own) => cut(&own, PREHEADER),
        None => {
            // More than are shown is not joined.
            let mut joined = String::new();
            for headline in rest {
                if !joined.is_empty() {
                    joined.push_str(" · ");
                }
                joined.push_str(headline);
                if joined.chars().count() > PREHEADER {
                    break;
                }
            }
            cut(&joined, PREHEADER)
        }
    };
    (subject, preheader)
}

/// A mark in the text, and the line of the list of links that it leads to.
pub(super) fn reference(number: usize) -> String {
    format!("[{number}]")
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

impl Block {
    /// Where it leads.
    pub(super) fn link(&self) -> Option<&str> {
        let story = self.story.as_ref().and_then(|s| s.url.as_deref());
        story.or(self.sponsor.as_ref().and_then(|s| s.url.as_deref()))
    }

    /// Its headline as it is set, if it is a story's.
    pub(super) fn headline(&self) -> Option<&str> {
        self.story.as_ref().map(|s| s.headline.as_str())
    }
}

/// The heading over a story that opens its section.
pub(super) fn heading(story: &PageStory, words: &Words) -> Block {
    let name = match story.section {
        Section::AlsoToday => words.fill("section.also", &[]),
        Section::Area(_) => {
            words.fill("section.area", &[("place", &one_line(&story.section_name))])
        }
        Section::Lead | Section::Topic(_) => one_line(&story.section_name),
    };
    Block {
        kind: "section",
        first: false,
        section: Some(name),
        area: matches!(story.section, Section::Area(_)),
        story: None,
        sponsor: None,
    }
}

/// A sponsor's block; `link` is the number of its link where links are numbered.
pub(super) fn sponsor_block(
    sponsor: &PageSponsor,
    page: &Page<'_>,
    words: &Words,
    (ink, link): (Ink, usize),
) -> Block {
    let name = one_line(&sponsor.sponsor_name);
    let headline = sponsor.headline.as_deref().map(one_line);
    let url = safe_link(&sponsor.url);
    let view = SponsorView {
        label: words.fill("sponsor.label", &[("sponsor", &name)]),
        headline: headline.filter(|h| !h.is_empty()),
        text: one_line(&sponsor.text),
        site: url.as_deref().and_then(site),
        number: number(page, ink, url.is_some().then_some(link)),
        url,
        size: sponsor.size.as_str(),
        slot: sponsor.slot.as_str(),
    };
    Block {
        kind: "sponsor",
        first: false,
        section: None,
        area: false,
        story: None,
        sponsor: Some(view),
    }
}

fn number(page: &Page<'_>, ink: Ink, link: Option<usize>) -> Value {
    let link = link.filter(|_| page.numbered);
    Personal::value(ink, Point::Ref, link.map(reference))
}
/// The host of a link, without the `www.` that nobody says.
fn site(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// A text of a story on one line, its quotation marks set.
fn set(text: &str, words: &Words) -> String {
    curl(&one_line(text), &words.fill("quotes", &[]))
}

/// A story's block; `first` opens its run, `link` is the number of its link where links are numbered.
pub(super) fn story_block(
    story: &PageStory,
    first: bool,
    page: &Page<'_>,
    words: &Words,
    (ink, link): (Ink, usize),
) -> Block {
    let kind = match (&story.section, story.form) {
        (Section::Lead, _) => "lead",
        (_, Form::Headline) => "headline",
        (_, Form::Full | Form::Short) => "card",
    };
    let url = safe_link(&story.url);
    let view = StoryView {
        headline: set(&story.headline, words),
        summary: summary(story, words),
        kicker: kicker(story).filter(|_| kind != "headline"),
        meta: meta(story, page, words),
        why: Personal::value(ink, Point::Why, Some(why(&story.reason, words))),
        number: number(page, ink, url.is_some().then_some(link)),
        url,
        image: image(story, words).filter(|_| page.images),
    };
    Block {
        kind,
        first,
        section: None,
        area: false,
        story: Some(view),
        sponsor: None,
    }
}

fn summary(story: &PageStory, words: &Words) -> Option<String> {
    let summary = set(&story.summary, words);
    let printed = match story.form {
        Form::Full => summary,
        Form::Short => cut(&summary, TEASER),
        Form::Headline => String::new(),
    };
    Some(printed).filter(|s| !s.is_empty())
}

/// The story's topic, unless its section says so already.
fn kicker(story: &PageStory) -> Option<String> {
    let topic = one_line(story.topic_name.as_deref()?);
    let told = matches!(story.section, Section::Topic(_)) && topic == one_line(&story.section_name);
    (!topic.is_empty() && !told).then_some(topic)
}

fn image(story: &PageStory, words: &Words) -> Option<ImageView> {
    let image = story.image.as_ref().filter(|_| story.form == Form::Full)?;
    let alt = set(&image.alt, words);
    // The picture is a link, and a link needs words.
    let alt = if alt.is_empty() {
        set(&story.headline, words)
    } else {
        alt
    };
    Some(ImageView {
        url: safe_image(&image.url)?,
        alt: cut(&alt, ALT),
    })
}

/// Who wrote it, where, when.
fn meta(story: &PageStory, page: &Page<'_>, words: &Words) -> Option<String> {
    let (byline, source) = (one_line(&story.byline), one_line(&story.source_name));
    let published = story.published.and_then(|at| {
        let at = page.zone.tz().to_datetime(at);
        let (day, time) = (at.date(), at.time());
        let week_before = page.date.saturating_sub(6.days());
        if day == page.date {
            Some(words.time(time.hour(), time.minute()))
        } else if day > page.date {
            None
        } else if day >= week_before {
            Some(words.weekday(day).to_owned())
        } else {
            let date = words.date_short(day);
            Some(words.fill("story.first_published", &[("date", &date)]))
        }
    });
    let mut parts = Vec::with_capacity(3);
    if !byline.is_empty() && byline != source && story.form != Form::Headline {
        parts.push(byline);
    }
    // A paper does not say on every story that it is in this paper.
    let own = source == one_line(&page.sender.list_name);
    let own = own && !(parts.is_empty() && published.is_none());
    parts.extend(Some(source).filter(|s| !s.is_empty() && !own));
    parts.extend(published);
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Why a story is there, in words.
pub(super) fn why(reason: &PageReason, words: &Words) -> String {
    match reason {
        PageReason::Lead => words.fill("why.lead", &[]),
        PageReason::Pinned => words.fill("why.pinned", &[]),
        PageReason::Topic(name) => words.fill("why.topic", &[("topic", &one_line(name))]),
        PageReason::Place(name) => words.fill("why.place", &[("place", &one_line(name))]),
        PageReason::TopStory => words.fill("why.top", &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ink, View};
    use crate::domain::selection::{Form, Section};
    use crate::render::sample;
    use crate::render::words::{ENGLISH, Words};

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
    fn a_time_today_a_weekday_this_week_a_date_before() {
        let sender = sample::sender();
        let page = sample::page(&sender);
        let story = |published: &str| {
            let mut story = page.stories[1].clone();
            story.published = Some(published.parse().expect("time"));
            super::meta(&story, &page, &words())
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
