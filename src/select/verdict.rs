//! What became of every candidate for one reader: the same draft as the picks', read the other way.

use std::collections::BTreeMap;

use super::AREA_CAP;
use super::draft::Draft;
use super::stock::{Entry, Stock};
use super::view::View;
use crate::domain::selection::{Reader, Selection, Skip, Verdict};

pub(super) fn selection(stock: &Stock<'_>, reader: &Reader) -> Selection {
    let draft = Draft::of(stock, reader);
    let view = View::new(stock, reader);
    let verdict = |(index, entry): (usize, &Entry<'_>)| {
        let verdict = match (&entry.closed, &draft) {
            (Some(closed), _) => closed.clone(),
            (None, Ok(draft)) => for_reader(&view, index, Some(draft)),
            (None, Err(Skip::NothingFollowed)) => for_reader(&view, index, None),
            (None, Err(_)) => sent(&view, entry).unwrap_or(Verdict::Skipped),
        };
        (entry.candidate.article, verdict)
    };
    let verdicts: BTreeMap<_, _> = stock.entries.iter().enumerate().map(verdict).collect();
    Selection {
        verdicts,
        picks: draft.as_ref().map(Draft::picks).unwrap_or_default(),
        scores: BTreeMap::new(),
        skip: draft.err(),
    }
}

fn sent(view: &View<'_, '_>, entry: &Entry<'_>) -> Option<Verdict> {
    let edition = view.sent(entry.story)?;
    Some(Verdict::AlreadySent { edition })
}

/// The verdict of an open article; `None` is the digest that no story reached.
fn for_reader(view: &View<'_, '_>, index: usize, draft: Option<&Draft<'_, '_>>) -> Verdict {
    let entry = view.entry(index);
    if let Some(verdict) = sent(view, entry) {
        return verdict;
    }
    let representative = view.representative(entry.story);
    if representative != index {
        let represented_by = view.entry(representative).candidate.article;
        return Verdict::SameStory { represented_by };
    }
    let Some(draft) = draft else {
        return Verdict::TopicNotFollowed;
    };
    if let Some(at) = draft.chosen.iter().position(|c| c.entry == index) {
        return Verdict::Chosen {
            rank: u16::try_from(at + 1).unwrap_or(u16::MAX),
            reason: draft.chosen[at].reason.clone(),
            shortened: None,
            relaxed: None,
        };
    }
    let (_, matched) = view.match_of(entry);
    let for_place = view.place_of(entry).is_some() && draft.area < AREA_CAP;
    if matched.is_none() && !view.fills && !for_place {
        return Verdict::TopicNotFollowed;
    }
    match view
        .counts_for(entry)
        .filter(|&number| draft.capped(Some(number)))
    {
        Some(number) => {
            let topic = view.stock.topics[number].clone();
            let quota = view.stock.rules.topic_cap.max(1);
            Verdict::Quota { topic, quota }
        }
        None => Verdict::Full,
    }
}
