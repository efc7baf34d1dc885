//! A page as templates see it: cleaned texts, checked links, filled-in words, one run of blocks.
//!
//! Everything that is decided about a letter's wording is decided here, so that the HTML and the
//! plain text cannot disagree.

use jiff::ToSpan as _;
use minijinja::Value;
use minijinja::value::Serde;
use serde::Serialize;

use super::clean::{curl, cut, one_line, safe_image, safe_link};
use super::page::{Page, PageReason, PageSponsor, PageStory, slot_positions};
use super::words::Words;
use crate::domain::selection::{Form, Section};

/// Characters of a subject at most.
const SUBJECT: usize = 90;
/// Characters of a preheader at most.
const PREHEADER: usize = 140;
/// Characters of a picture's alternative text at most.
const ALT: usize = 140;

/// Names that templates may use without defining them.
pub(super) const KNOWN: &[&str] = &[
    "language",
    "direction",
    "words",
    "list_name",
    "tagline",
    "subject",
    "preheader",
    "date",
    "place",
    "blocks",
    "why_mailed",
    "postal_address",
    "links",
    // A function of the engine's; fuel bounds what it gives.
    "range",
];

/// What a letter's templates are given, but for the words' table.
#[derive(Serialize)]
pub(super) struct View {
    language: String,
    direction: String,
    list_name: String,
    tagline: String,
    pub(super) subject: String,
    preheader: String,
    date: String,
    place: Option<String>,
    blocks: Vec<Block>,
    why_mailed: String,
    postal_address: String,
    links: LinksView,
}

#[derive(Serialize)]
struct LinksView {
    unsubscribe: Option<String>,
    preferences: Option<String>,
    view: Option<String>,
}

/// One piece of the layout; `kind` says which of the others is there.
#[derive(Serialize)]
struct Block {
    kind: &'static str,
    /// Opens its section: nothing of its kind stands above it.
    first: bool,
    section: Option<String>,
    story: Option<StoryView>,
    sponsor: Option<SponsorView>,
}

#[derive(Serialize)]
struct StoryView {
    headline: String,
    summary: Option<String>,
    kicker: Option<String>,
    meta: Option<String>,
    why: String,
    url: Option<String>,
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
    /// Where its link leads, as people say it.
    site: Option<String>,
    size: &'static str,
}

impl View {
    pub(super) fn of(page: &Page<'_>, words: &Words) -> View {
        let headlines: Vec<String> = page
            .stories
            .iter()
            .map(|s| set(&s.headline, words))
            .collect();
        let list_name = one_line(&page.sender.list_name);
        let (subject, rest) = subject(page, &headlines, &list_name);
        View {
            language: one_line(page.language),
            direction: words.fill("direction", &[]),
            why_mailed: words.fill("footer.why", &[("list", &list_name)]),
            list_name,
            tagline: one_line(&page.sender.tagline),
            subject,
            preheader: cut(&rest.join(" · "), PREHEADER),
            date: words.date_long(page.date),
            place: page.place.map(one_line).filter(|p| !p.is_empty()),
            blocks: blocks(page, words),
            postal_address: one_line(&page.sender.postal_address),
            links: LinksView {
                unsubscribe: safe_link(&page.links.unsubscribe),
                preferences: safe_link(&page.links.preferences),
                view: page.links.view.as_deref().and_then(safe_link),
            },
        }
    }

    /// The value that templates are rendered with. `words` is the words' table as a value.
    pub(super) fn value(&self, words: &Value) -> Value {
        minijinja::context! { words => words, ..Value::from(Serde(self)) }
    }
}

/// The subject, and the headlines that it leaves for the preheader.
fn subject<'h>(page: &Page<'_>, headlines: &'h [String], list: &str) -> (String, &'h [String]) {
    let own = page.subject.map(one_line).filter(|s| !s.is_empty());
    match (own, headlines.split_first()) {
        (Some(own), _) => (cut(&own, SUBJECT), headlines),
        (None, Some((first, rest))) => (cut(first, SUBJECT), rest),
        (None, None) => (cut(list, SUBJECT), headlines),
    }
}

fn blocks(page: &Page<'_>, words: &Words) -> Vec<Block> {
    let sections: Vec<&Section> = page.stories.iter().map(|s| &s.section).collect();
    let slots = slot_positions(&sections);
    let sponsors_at = |at: usize| {
        let here = slots.iter().filter(move |(_, before)| *before == at);
        here.flat_map(|(slot, _)| page.sponsors.iter().filter(move |s| s.slot == *slot))
    };
    let mut out = Vec::with_capacity(page.stories.len() * 2 + page.sponsors.len());
    let mut above: Option<&Section> = None;
    for (at, story) in page.stories.iter().enumerate() {
        out.extend(sponsors_at(at).map(|s| sponsor_block(s, words)));
        let opens = above != Some(&story.section);
        above = Some(&story.section);
        if opens && story.section != Section::Lead {
            out.push(heading(story, words));
        }
        // A rule between two stories only: not under a heading, not under a sponsor.
        let first = out.last().is_none_or(|b| b.story.is_none());
        out.push(story_block(story, first, page, words));
    }
    out.extend(sponsors_at(page.stories.len()).map(|s| sponsor_block(s, words)));
    out
}

fn heading(story: &PageStory, words: &Words) -> Block {
    let name = match story.section {
        Section::AlsoToday => words.fill("section.also", &[]),
        Section::Lead | Section::Topic(_) | Section::Area(_) => one_line(&story.section_name),
    };
    Block {
        kind: "section",
        first: false,
        section: Some(name),
        story: None,
        sponsor: None,
    }
}

fn sponsor_block(sponsor: &PageSponsor, words: &Words) -> Block {
    let name = one_line(&sponsor.sponsor_name);
    let view = SponsorView {
        label: words.fill("sponsor.label", &[("sponsor", &name)]),
        headline: sponsor
            .headline
            .as_deref()
            .map(one_line)
            .filter(|h| !h.is_empty()),
        text: one_line(&sponsor.text),
        site: safe_link(&sponsor.url).as_deref().and_then(site),
        url: safe_link(&sponsor.url),
        size: sponsor.size.as_str(),
    };
    Block {
        kind: "sponsor",
        first: false,
        section: None,
        story: None,
        sponsor: Some(view),
    }
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

fn story_block(story: &PageStory, first: bool, page: &Page<'_>, words: &Words) -> Block {
    let kind = match (&story.section, story.form) {
        (Section::Lead, _) => "lead",
        (_, Form::Headline) => "headline",
        (_, Form::Full | Form::Short) => "card",
    };
    let view = StoryView {
        headline: set(&story.headline, words),
        summary: Some(set(&story.summary, words))
            .filter(|s| !s.is_empty() && story.form != Form::Headline),
        kicker: kicker(story).filter(|_| kind != "headline"),
        meta: meta(story, page, words),
        why: why(&story.reason, words),
        url: safe_link(&story.url),
        image: image(story, words),
    };
    Block {
        kind,
        first,
        section: None,
        story: Some(view),
        sponsor: None,
    }
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
    let own = source == one_line(&page.sender.list_name) && !parts.is_empty();
    parts.extend(Some(source).filter(|s| !s.is_empty() && !own));
    parts.extend(published);
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn why(reason: &PageReason, words: &Words) -> String {
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
    use super::View;
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
        let view = View::of(&page, &words());
        assert_eq!(view.subject, page.stories[0].headline);
        assert!(view.preheader.starts_with(&page.stories[1].headline));
        page.subject = Some("Extra\r\nBcc: x");
        page.stories[0].headline = "x".repeat(5000);
        let view = View::of(&page, &words());
        assert_eq!(view.subject, "Extra Bcc: x");
        assert!(view.preheader.starts_with("xxx") && view.preheader.chars().count() <= 140);
        page.subject = None;
        assert_eq!(View::of(&page, &words()).subject.chars().count(), 90);
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
        let view = View::of(&sample::page(&sender), &words());
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
        let view = View::of(&page, &words());
        for story in view.blocks.iter().filter_map(|b| b.story.as_ref()) {
            assert!(story.summary.is_none() && story.image.is_none() && story.url.is_none());
        }
    }
}
