//! A list's days to come, tried out on a copy of the database by a clock that is told the time: each
//! wave is planned at its cut-off, as the scheduler does, and its letters count as accepted at the
//! instant from which they may leave. No mail, and the database itself is not touched.

use std::collections::BTreeMap;

use super::{Press, PressError};
use crate::domain::article::{Article, CanonicalUrl, NewArticle, dated};
use crate::domain::delivery::Hold;
use crate::domain::edition::Wave;
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::time::{Run, Timestamp};
use crate::domain::{ListId, SourceId};
use crate::store::planning::DueWave;
use crate::store::rehearsal::Rehearsal;
use crate::store::{ArticleFilter, Incoming};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days after which what is repeated comes again.
const WEEK: i64 = 7;
/// Most articles of a week that are repeated.
const ARTICLES: usize = 50_000;

/// What is tried out.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// The clock at the beginning.
    pub start: Timestamp,
    /// Waves whose cut-off is later are not planned.
    pub end: Timestamp,
    /// Letters that ask a person go all the same.
    pub released: bool,
    /// The articles of the last week come again every week.
    pub repeat: bool,
}

/// A wave that was planned on the way.
#[derive(Clone, Debug)]
pub struct Played {
    /// Of which cadence.
    pub cadence: Slug,
    /// Which run.
    pub run: Run,
    /// As it stands in the copy.
    pub wave: Wave,
    /// Digests.
    pub digests: u64,
    /// Readers without one, by reason.
    pub skipped: BTreeMap<String, i64>,
    /// Sponsor placements.
    pub placements: u64,
    /// What its letters ask, if they do.
    pub held: Option<Hold>,
    /// How many letters may leave from each minute since 1970 on.
    pub minutes: BTreeMap<i64, i64>,
}

/// A rehearsal on its way.
pub struct Play<'a> {
    press: &'a Press,
    copy: &'a Rehearsal,
    list: List,
    script: Script,
    now: Timestamp,
    week: Vec<Article>,
    /// Days of repeated articles that are in already.
    repeated: i64,
    started: bool,
}

impl Press {
    /// Begins to try a list's days out. This press plans in the copy.
    pub async fn play<'a>(
        &'a self,
        copy: &'a Rehearsal,
        list: ListId,
        script: Script,
    ) -> Result<Play<'a>, PressError> {
        let list = self.store.list_by_id(list).await?;
        let week = match script.repeat {
            false => Vec::new(),
            true => {
                let filter = ArticleFilter {
                    list: Some(list.id),
                    source: None,
                    after: later(script.start, -WEEK * DAY_MS),
                    until: script.start,
                    limit: ARTICLES,
                };
                let found = self.store.articles(&filter).await?;
                found.into_iter().filter(|a| !a.backlog).collect()
            }
        };
        Ok(Play {
            press: self,
            copy,
            list,
            script,
            now: script.start,
            week,
            repeated: 0,
            started: false,
        })
    }
}

impl Play<'_> {
    /// The clock.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Plans the next wave; `None`: the days are over.
    pub async fn step(&mut self) -> Result<Option<Played>, PressError> {
        if !self.started {
            self.started = true;
            self.press.catch_up(self.now).await?;
        }
        let Some((due, at)) = self.next().await? else {
            self.advance(self.script.end).await?;
            return Ok(None);
        };
        self.advance(at).await?;
        // What became known meanwhile may have moved it; the store says what is due.
        let planned = self.press.plan_due(&due, at).await?;
        let skipped = self.copy.skips(planned.wave.id).await?;
        let minutes = self.copy.minutes(planned.wave.id).await?;
        Ok(Some(Played {
            cadence: planned.edition.cadence_name,
            run: planned.edition.run,
            wave: planned.wave,
            digests: planned.digests,
            skipped,
            placements: planned.placements,
            held: planned.held,
            minutes,
        }))
    }

    /// The wave whose cut-off comes next, and when it is planned.
    async fn next(&self) -> Result<Option<(DueWave, Timestamp)>, PressError> {
        let lead = i64::from(self.list.settings.lead_minutes) * 60_000;
        let waves = self.press.store.due_waves_of(self.list.id).await?;
        let first = waves.into_iter().min_by_key(|w| w.due_at);
        Ok(first.and_then(|due| {
            let cutoff = later(due.due_at, -lead);
            (cutoff < self.script.end).then(|| (due, cutoff.max(self.now)))
        }))
    }

    /// The clock moves on: letters leave, and repeated articles come in.
    async fn advance(&mut self, to: Timestamp) -> Result<(), PressError> {
        let past = to.as_millisecond() - self.script.start.as_millisecond();
        let days = past.div_euclid(DAY_MS) + 1;
        while !self.week.is_empty() && self.repeated < days {
            self.repeat(self.repeated).await?;
            self.repeated += 1;
        }
        self.copy.accept(to, self.script.released).await?;
        self.now = to;
        Ok(())
    }

    /// The articles of the day that is `day` days after the start, a week or more after they came.
    async fn repeat(&self, day: i64) -> Result<(), PressError> {
        let from = self.script.start.as_millisecond() + day * DAY_MS;
        let mut by_source: BTreeMap<SourceId, Vec<Incoming>> = BTreeMap::new();
        for article in &self.week {
            let was = dated(article.published, article.first_seen).as_millisecond();
            // The first instant a whole number of weeks later that is in the day or after it.
            let weeks = (from - was).div_euclid(WEEK * DAY_MS) + 1;
            let again = was + weeks * WEEK * DAY_MS;
            if again < from + DAY_MS
                && let Some(incoming) = repeated(article, weeks, again)
            {
                by_source.entry(article.source).or_default().push(incoming);
            }
        }
        for (source, articles) in by_source {
            let seen = later(self.script.start, day * DAY_MS);
            self.press
                .store
                .articles_put(source, &articles, seen)
                .await?;
        }
        Ok(())
    }
}

/// An article as it comes again: another page, with the same text.
fn repeated(article: &Article, weeks: i64, again: i64) -> Option<Incoming> {
    let base = article.url.to_string();
    let mark = if base.contains('?') { '&' } else { '?' };
    let url = CanonicalUrl::parse(&format!("{base}{mark}week={weeks}"), None).ok()?;
    Some(Incoming {
        article: NewArticle {
            entry_key: url.to_string(),
            url,
            fragment: article.fragment.clone(),
            text: article.text.clone(),
            published: Timestamp::from_millisecond(again).ok(),
            language: article.language.clone(),
            topics: article.topics.clone(),
            places: article.places.clone(),
        },
        backlog: false,
        labels: None,
    })
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_millis(ms))
        .unwrap_or(at)
}
