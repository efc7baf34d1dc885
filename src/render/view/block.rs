//! The blocks of a letter: a heading, a story, a sponsor, each with its words.

use jiff::ToSpan as _;
use minijinja::Value;
use serde::Serialize;

use crate::domain::selection::{Form, Section};
use crate::domain::visible::is_blank;
use crate::domain::web_link::{safe_image, safe_link};
use crate::render::clean::{cut, cut_at_sentence, one_line};
use crate::render::page::{Page, PageReason, PageSponsor, PageStory};
use crate::render::quotes::{curl, marks_of};
use crate::render::script::{isolated, other_language, turned};
use crate::render::splice::{Ink, Personal, Point};
use crate::render::words::Words;
use crate::select::fit::TEASER;

/// Columns of a summary printed in full at most: a feed may put its article there.
const SUMMARY: usize = 480;
/// Columns of a headline at most; the data keep it whole.
const HEADLINE: usize = 160;
/// Characters of a picture's alternative text at most.
const ALT: usize = 140;
/// Characters of a publisher's name at most.
const NAME: usize = 60;

/// One piece of the layout; `kind` says which of the others is there.
#[derive(Serialize)]
pub(in crate::render) struct Block {
    pub(super) kind: &'static str,
    /// Opens its section: nothing of its kind stands above it.
    first: bool,
    section: Option<String>,
    /// The section is about the reader's places.
    area: bool,
    pub(super) story: Option<StoryView>,
    sponsor: Option<SponsorView>,
}

#[derive(Serialize)]
pub(super) struct StoryView {
    headline: String,
    /// The language of headline and summary, where it is not the letter's.
    lang: Option<String>,
    /// Their direction, where it is not the letter's.
    dir: Option<&'static str>,
    pub(super) summary: Option<String>,
    kicker: Option<String>,
    meta: Option<String>,
    /// Who published it first.
    origin: Option<OriginView>,
    /// Who else told it.
    also: Option<String>,
    why: Value,
    pub(super) url: Option<String>,
    #[serde(rename = "ref")]
    number: Value,
    pub(super) image: Option<ImageView>,
}

#[derive(Serialize)]
struct OriginView {
    text: String,
    url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ImageView {
    url: String,
    alt: String,
    pixels: Option<Pixels>,
}

/// The size of a picture as it is loaded, neither of them 0.
#[derive(Serialize)]
struct Pixels {
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct SponsorView {
    label: String,
    headline: Option<String>,
    text: String,
    /// The direction of headline and text, where it is not the letter's.
    dir: Option<&'static str>,
    url: Option<String>,
    #[serde(rename = "ref")]
    number: Value,
    /// Where its link leads, as people say it.
    site: Option<String>,
    size: &'static str,
    slot: &'static str,
}

impl Block {
    /// Where it leads.
    pub(in crate::render) fn link(&self) -> Option<&str> {
        let story = self.story.as_ref().and_then(|s| s.url.as_deref());
        story.or(self.sponsor.as_ref().and_then(|s| s.url.as_deref()))
    }

    /// Its headline as it is set, if it is a story's.
    pub(in crate::render) fn headline(&self) -> Option<&str> {
        self.story.as_ref().map(|s| s.headline.as_str())
    }
}

/// The heading over a story that opens its section.
pub(in crate::render) fn heading(story: &PageStory, words: &Words) -> Block {
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
pub(in crate::render) fn sponsor_block(
    sponsor: &PageSponsor,
    page: &Page<'_>,
    words: &Words,
    (ink, link): (Ink, usize),
) -> Block {
    let name = one_line(&sponsor.sponsor_name);
    let headline = sponsor.headline.as_deref().map(one_line);
    let url = safe_link(&sponsor.url);
    let button = sponsor.button.as_deref().map(one_line);
    let text = one_line(&sponsor.text);
    let direction = words.fill("direction", &[]);
    // The label is the letter's own line, whatever the name in it is written in.
    let name = isolated(&name, &direction);
    let view = SponsorView {
        label: words.fill("sponsor.label", &[("sponsor", &name)]),
        headline: headline.filter(|h| !h.is_empty()),
        dir: turned(&text, &direction),
        text,
        site: url.as_deref().and_then(|url| button.or_else(|| site(url))),
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
    Personal::value(ink, Point::Ref, link.map(super::reference))
}
/// The host of a link, without the `www.` that nobody says.
fn site(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// A text in the letter's language on one line, its quotation marks set.
pub(super) fn set(text: &str, words: &Words) -> String {
    curl(&one_line(text), &words.fill("quotes", &[]))
}

/// A text of a story on one line, with the quotation marks of the story's own language; where no
/// marks of that are known, with those that it came with.
fn set_of(story: &PageStory, text: &str, words: &Words) -> String {
    match other_language(story.language.as_deref(), words.language()) {
        Some(tag) => curl(&one_line(text), marks_of(&tag)),
        None => set(text, words),
    }
}

/// A story's block; `first` opens its run, `link` is the number of its link where links are numbered.
pub(in crate::render) fn story_block(
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
    let (headline, summary) = (headline(story, words), summary(story, words));
    // Which way it runs is for the story's own words to say.
    let own = set_of(story, &story.headline, words);
    let text = format!("{own} {}", summary.as_deref().unwrap_or_default());
    let view = StoryView {
        lang: other_language(story.language.as_deref(), words.language()),
        dir: turned(&text, &words.fill("direction", &[])),
        headline,
        summary,
        kicker: kicker(story).filter(|_| kind != "headline"),
        meta: meta(story, page, words),
        origin: origin(story, words).filter(|_| kind != "headline"),
        also: also(story, words).filter(|_| kind != "headline"),
        // Nothing to print is no reason to fail, for themes that print it without asking.
        why: match section_tells(&story.section, story.reason == PageReason::TopStory) {
            true => Value::from(""),
            false => Personal::value(ink, Point::Why, Some(why(&story.reason, words))),
        },
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

/// The headline, and before it that the reader had the story before, where that is so.
pub(super) fn headline(story: &PageStory, words: &Words) -> String {
    let headline = cut(&set_of(story, &story.headline, words), HEADLINE);
    match story.update {
        true => words.fill("story.update", &[("headline", &headline)]),
        false => headline,
    }
}

fn summary(story: &PageStory, words: &Words) -> Option<String> {
    let summary = set_of(story, &story.summary, words);
    // What only says the headline again says nothing.
    if letters(&summary).eq(letters(&set_of(story, &story.headline, words))) {
        return None;
    }
    let printed = match story.form {
        Form::Full => cut_at_sentence(&summary, SUMMARY),
        Form::Short => cut(&summary, TEASER),
        Form::Headline => String::new(),
    };
    Some(printed).filter(|s| !s.is_empty())
}

/// A text's letters and digits, whatever their case.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let shown = text.chars().filter(|c| c.is_alphanumeric());
    shown.flat_map(char::to_lowercase)
}

/// The story's topic. Under the heading of a topic there is none: its own would say that again, and
/// another one would be read as the reason why the story is there.
fn kicker(story: &PageStory) -> Option<String> {
    let topic = one_line(story.topic_name.as_deref()?);
    (!topic.is_empty() && !matches!(story.section, Section::Topic(_))).then_some(topic)
}

/// Who published the story first.
fn origin(story: &PageStory, words: &Words) -> Option<OriginView> {
    let origin = story.facts.origin.as_ref()?;
    let name = cut(&one_line(&origin.name), NAME);
    let name = isolated(&name, &words.fill("direction", &[]));
    (!is_blank(&name)).then(|| OriginView {
        text: words.fill("story.origin", &[("publisher", &name)]),
        url: origin.url.as_deref().and_then(safe_link),
    })
}

/// Who else told the story.
fn also(story: &PageStory, words: &Words) -> Option<String> {
    let direction = words.fill("direction", &[]);
    let names = story.facts.also.iter().map(|n| cut(&one_line(n), NAME));
    let names: Vec<String> = names
        .filter(|n| !is_blank(n))
        .map(|n| isolated(&n, &direction))
        .collect();
    if names.is_empty() {
        return None;
    }
    let sources = names.join(&words.fill("list.comma", &[]));
    Some(match story.facts.also_more {
        0 => words.fill("story.also", &[("sources", &sources)]),
        n => words.fill(
            "story.also_more",
            &[("sources", &sources), ("n", &n.to_string())],
        ),
    })
}

fn image(story: &PageStory, words: &Words) -> Option<ImageView> {
    let pictured = story.form.is_pictured(&story.section);
    let image = story.image.as_ref().filter(|_| pictured)?;
    let alt = set_of(story, &image.alt, words);
    // The picture is a link, and a link needs words.
    let alt = if alt.is_empty() {
        set_of(story, &story.headline, words)
    } else {
        alt
    };
    Some(ImageView {
        url: safe_image(&image.url)?,
        alt: cut(&alt, ALT),
        pixels: story
            .pixels
            .filter(|(width, height)| *width > 0 && *height > 0)
            .map(|(width, height)| Pixels { width, height }),
    })
}

/// Who wrote it, where, when, and how long it takes to read.
pub(super) fn meta(story: &PageStory, page: &Page<'_>, words: &Words) -> Option<String> {
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
    let mut parts = Vec::with_capacity(4);
    if !byline.is_empty() && byline != source {
        parts.push(byline);
    }
    // A paper does not say on every story that it is in this paper.
    let own = source == one_line(&page.sender.list_name);
    let own = own && !(parts.is_empty() && published.is_none());
    parts.extend(Some(source).filter(|s| !s.is_empty() && !own));
    parts.extend(published);
    // One minute is no help, and often a teaser.
    let minutes = story.facts.minutes.filter(|minutes| *minutes > 1);
    let minutes = minutes.map(|n| words.fill("story.minutes", &[("n", &n.to_string())]));
    parts.extend(minutes);
    // A name that runs the other way would take the time behind it along.
    let direction = words.fill("direction", &[]);
    let parts = parts.iter().map(|part| isolated(part, &direction));
    let joined = parts.collect::<Vec<_>>().join(" · ");
    (!joined.is_empty()).then_some(joined)
}

/// Whether the heading over a story says already why it is there. The reader's page of reasons says it
/// of every story.
pub(in crate::render) fn section_tells(section: &Section, top_story: bool) -> bool {
    top_story && *section == Section::AlsoToday
}

/// Why a story is there, in words.
pub(in crate::render) fn why(reason: &PageReason, words: &Words) -> String {
    match reason {
        PageReason::Lead => words.fill("why.lead", &[]),
        PageReason::Pinned => words.fill("why.pinned", &[]),
        PageReason::Topic(name) => words.fill("why.topic", &[("topic", &one_line(name))]),
        PageReason::Place(name) => words.fill("why.place", &[("place", &one_line(name))]),
        PageReason::TopStory => words.fill("why.top", &[]),
    }
}
