//! What became of every candidate for one reader, and what it came to: the same draft as the picks',
//! read the other way.

use super::AREA_CAP;
use super::draft::{Choice, Draft};
use super::refusals::Bar;
use super::stock::{Entry, Stock};
use super::view::View;
use crate::domain::selection::{Reader, Score, Selection, Skip, Verdict};

pub(super) fn selection(stock: &Stock<'_>, reader: &Reader) -> Selection {
    match Draft::of(View::new(stock, reader), true) {
        Ok(draft) => Selection {
            picks: draft.picks(),
            skip: None,
            ..judged(&draft.view, &draft.chosen, |index| in_digest(&draft, index))
        },
        Err(none) => Selection {
            skip: Some(none.why),
            ..judged(&none.view, &[], |index| {
                without(&none.view, index, none.why)
            })
        },
    }
}

/// Verdicts and scores; `open` judges what is open and was not chosen.
fn judged(view: &View<'_, '_>, chosen: &[Choice], open: impl Fn(usize) -> Verdict) -> Selection {
    let mut selection = Selection::default();
    for (index, entry) in view.stock.entries.iter().enumerate() {
        let article = entry.candidate.article;
        let place = chosen.iter().position(|c| c.entry == index);
        let closed = match (&entry.closed, place) {
            (Some(closed), _) => Some(closed.clone()),
            (None, Some(_)) => None,
            (None, None) => closed(view, index),
        };
        if matches!(closed, None | Some(Verdict::SameStory { .. })) {
            let like = likest(view, chosen, index);
            selection.scores.insert(
                article,
                Score {
                    like,
                    ..score(view, entry)
                },
            );
        }
        let verdict = match (closed, place) {
            (Some(closed), _) => closed,
            (None, Some(at)) => Verdict::Chosen {
                rank: u16::try_from(at + 1).unwrap_or(u16::MAX),
                reason: chosen[at].reason.clone(),
                shortened: None,
                relaxed: chosen[at].relaxed,
                besides: chosen[at].besides.clone(),
            },
            (None, None) => open(index),
        };
        selection.verdicts.insert(article, verdict);
    }
    selection
}

/// Why an article is closed to this reader, whatever else there is.
fn closed(view: &View<'_, '_>, index: usize) -> Option<Verdict> {
    let entry = view.entry(index);
    if !view.in_time(entry) {
        return Some(Verdict::TooOld);
    }
    if !view.reads(entry) {
        let language = entry.candidate.language.clone().unwrap_or_default();
        return Some(Verdict::OtherLanguage { language });
    }
    if let Some(topic) = view.refused(entry) {
        let topic = view.stock.topics[usize::from(topic)].clone();
        return Some(Verdict::TopicRefused { topic });
    }
    if let Some(edition) = view.sent(entry.story)
        && !view.changed(index)
    {
        return Some(Verdict::AlreadySent { edition });
    }
    let representative = view.representative(entry.story)?;
    (representative != index).then(|| Verdict::SameStory {
        represented_by: view.entry(representative).candidate.article,
    })
}

/// What an open article is for where there is no digest.
fn without(view: &View<'_, '_>, index: usize, why: Skip) -> Verdict {
    let entry = view.entry(index);
    let stock = view.stock;
    let decided = stock.stories[entry.story].wanted || stock.also.contains(&entry.story);
    let matched = view.match_of(entry).is_some() || view.place_of(entry).is_some();
    match why {
        Skip::TooFewStories if decided || matched || view.fills => Verdict::Skipped,
        _ => Verdict::TopicNotFollowed,
    }
}

/// What kept an open article out of a digest.
fn in_digest(draft: &Draft<'_, '_>, index: usize) -> Verdict {
    let view = &draft.view;
    let entry = view.entry(index);
    let matched = view.match_of(entry).is_some();
    let of_a_place = || draft.area < AREA_CAP && view.place_of(entry).is_some();
    if !matched && !view.fills && !of_a_place() {
        return Verdict::TopicNotFollowed;
    }
    match draft.refusals.as_ref().and_then(|r| r.of(index)) {
        Some(Bar::Author) => Verdict::AuthorCap {
            author: entry.candidate.author.clone(),
        },
        Some(Bar::Source) => Verdict::SourceCap {
            source: entry.candidate.source,
        },
        Some(Bar::Topic { topic, most }) => Verdict::Quota {
            topic: view.stock.topics[usize::from(topic)].clone(),
            quota: most,
        },
        None => Verdict::Full,
    }
}

/// The likeness of an article to the likest other one that was chosen, where that counts.
fn likest(view: &View<'_, '_>, chosen: &[Choice], index: usize) -> u16 {
    if view.stock.rules.diversity == 0 {
        return 0;
    }
    let others = chosen.iter().filter(|c| c.entry != index);
    let like = others.map(|c| view.stock.neighbours.like(index, c.entry));
    like.max().unwrap_or(0)
}

/// What an article comes to for this reader.
fn score(view: &View<'_, '_>, entry: &Entry<'_>) -> Score {
    let matched = view.match_of(entry);
    let parts = match view.comes_back() {
        true => entry.parts.ageless(),
        false => entry.parts,
    };
    Score {
        topic: matched.map(|m| view.stock.topics[usize::from(m.topic)].clone()),
        wish: matched.map_or(0, |m| m.wish),
        weight: matched.map_or(0, |m| m.weight),
        quality: parts.quality,
        corroboration: parts.corroboration,
        freshness: parts.freshness(),
        boost: parts.boost,
        like: 0,
        total: match matched {
            Some(_) => view.score(entry),
            None => view.worth(entry),
        },
    }
}
