//! Candidates with their verdicts, in the order in which an editor reads them: what is in the digest by
//! rank, then what waits by its score, then what is dropped, by reason.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::Explained;
use crate::cli::verdict::{Fate, VerdictWords, fate, kind};
use crate::domain::selection::{Candidate, Score, Verdict};
use crate::domain::time::{format_rfc3339, from_ms};
use crate::domain::{ArticleId, StoryId};

/// A candidate with its verdict.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) article: ArticleId,
    story: StoryId,
    pub(super) headline: String,
    /// The source's display name.
    pub(super) source: String,
    dated: String,
    pub(super) age_minutes: i64,
    pub(super) fate: Fate,
    #[serde(flatten)]
    pub(super) verdict: Verdict,
    pub(super) words: String,
    /// It was sent before, and comes back changed.
    pub(super) update: bool,
    /// What it came to for this reader; none where it was closed to them.
    pub(super) score: Option<Score>,
}

/// Every candidate once.
pub(super) fn of(explained: &Explained, words: &VerdictWords) -> Vec<Row> {
    let candidates = explained.candidates.iter();
    let by_article: BTreeMap<ArticleId, &Candidate> = candidates.map(|c| (c.article, c)).collect();
    let topics = explained.terms.followed().next().is_some();
    let selection = &explained.selection;
    let row = |(article, verdict): (&ArticleId, &Verdict)| {
        let candidate = by_article.get(article)?;
        let mut picks = selection.picks.iter();
        let update = picks.any(|p| p.article == *article && p.update);
        let mut said = words.verdict(verdict, &explained.rules, topics);
        if update {
            said.push_str("; it has changed since it was sent");
        }
        Some(Row {
            article: *article,
            story: candidate.story,
            headline: candidate.headline.clone(),
            source: words.source(candidate.source),
            dated: format_rfc3339(from_ms(candidate.dated_ms)),
            age_minutes: (explained.cutoff_ms - candidate.dated_ms).div_euclid(60_000),
            fate: fate(verdict),
            words: said,
            update,
            verdict: verdict.clone(),
            score: selection.scores.get(article).cloned(),
        })
    };
    let mut rows: Vec<Row> = selection.verdicts.iter().filter_map(row).collect();
    rows.sort_by_key(|r| {
        let rank = match &r.verdict {
            Verdict::Chosen { rank, .. } => *rank,
            _ => 0,
        };
        let reason = match r.fate {
            Fate::Dropped => kind(&r.verdict),
            Fate::Chosen | Fate::Waiting => "",
        };
        let total = r.score.as_ref().map_or(0, |s| s.total);
        (
            r.fate,
            rank,
            reason,
            Reverse(total),
            r.age_minutes,
            r.article,
        )
    });
    rows
}

/// How many candidates have each verdict, by its name.
pub(super) fn counts(rows: &[Row]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(kind(&row.verdict)).or_default() += 1;
    }
    counts
}
