//! A digest's picks and sponsors as a page prints them: with their texts, and names for short ones.

use std::collections::BTreeMap;

use super::page::{PageReason, PageSponsor, PageStory};
use crate::domain::RevisionId;
use crate::domain::article::PrintedArticle;
use crate::domain::letter::SenderSettings;
use crate::domain::selection::{Candidate, Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, Slot};
use crate::domain::time::Run;
use crate::domain::web_link::leads_nowhere;
use crate::domain::written::Correction;

/// Puts what a wave froze of its candidates to their texts: what letters say beside them, and what they
/// show of a picture in the place of what the article names.
pub fn as_frozen(
    articles: &mut BTreeMap<RevisionId, PrintedArticle>,
    candidates: &[Candidate],
    public_url: &str,
) {
    for candidate in candidates {
        if let Some(article) = articles.get_mut(&candidate.revision) {
            article.facts = candidate.facts.clone();
            if candidate.picture.is_given() {
                continue;
            }
            let image = &mut article.text.image;
            *image = candidate.picture.image(image.as_ref(), public_url);
            let rendition = candidate.picture.rendition();
            article.pixels = rendition.map(|own| (own.width, own.height));
        }
    }
}

/// A pick with its text, in the edition of a run; `topic` is its article's own first one.
pub fn story(
    pick: &Pick,
    article: &PrintedArticle,
    topic: Option<&Slug>,
    (sender, run): (&SenderSettings, Run),
) -> PageStory {
    let text = &article.text;
    PageStory {
        headline: text.headline.clone(),
        summary: text.summary.clone(),
        byline: text.byline.clone(),
        source_name: article.source_name.clone(),
        language: article.language.clone(),
        url: link(article.url.at(article.fragment.as_deref()), (sender, run)),
        image: text.image.clone(),
        pixels: article.pixels,
        published: article.published,
        section_name: section_name(&pick.section, sender),
        section: pick.section.clone(),
        topic_name: topic.map(|t| topic_name(t, sender)),
        facts: article.facts.clone(),
        update: pick.update,
        reason: reason(&pick.reason, sender),
        form: pick.form,
    }
}

/// The link to a story, in the edition of a run; empty for one whose address is not known.
fn link(page: String, (sender, run): (&SenderSettings, Run)) -> String {
    match &sender.utm {
        _ if leads_nowhere(&page) => String::new(),
        None => page,
        Some(utm) => utm.on(&page, &run.to_string()),
    }
}

/// Corrections with the links that letters of a run have.
pub fn corrections(corrections: &[Correction], of: (&SenderSettings, Run)) -> Vec<Correction> {
    let mut corrections = corrections.to_vec();
    for about in corrections.iter_mut().filter_map(|c| c.about.as_mut()) {
        about.link = link(std::mem::take(&mut about.link), of);
    }
    corrections
}

/// A reason with names.
pub fn reason(reason: &Reason, sender: &SenderSettings) -> PageReason {
    match reason {
        Reason::Lead => PageReason::Lead,
        Reason::Pinned | Reason::Desk => PageReason::Pinned,
        Reason::Topic { topic } => PageReason::Topic(topic_name(topic, sender)),
        Reason::Place { place } => PageReason::Place(place_name(place, sender)),
        Reason::TopStory => PageReason::TopStory,
    }
}

/// A creative in a slot, under its sponsor's name.
pub fn sponsor(slot: Slot, creative: &Creative, sponsor_name: &str) -> PageSponsor {
    PageSponsor {
        slot,
        sponsor_name: sponsor_name.to_owned(),
        size: creative.size,
        headline: creative.headline.clone(),
        text: creative.text.clone(),
        url: creative.url.clone(),
    }
}

/// What a section is headed with, where that is a topic or a place.
pub fn section_name(section: &Section, sender: &SenderSettings) -> String {
    match section {
        Section::Topic(topic) => topic_name(topic, sender),
        Section::Area(place) => place_name(place, sender),
        Section::Lead | Section::AlsoToday => String::new(),
    }
}

/// A place as readers see it.
pub fn place_name(place: &Slug, sender: &SenderSettings) -> String {
    let name = sender.places.get(place);
    name.cloned().unwrap_or_else(|| place.to_string())
}

/// A topic as readers see it.
pub fn topic_name(topic: &Slug, sender: &SenderSettings) -> String {
    let name = sender.topics.get(topic);
    name.cloned().unwrap_or_else(|| topic.to_string())
}
