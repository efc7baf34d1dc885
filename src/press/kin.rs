//! Kin: every text of a candidate's story, with how much of the candidate's text is news against it; and
//! which of its articles is the publisher's own.
//!
//! Whoever was sent one of them knows the story. The story is the one that the article tells as the wave
//! freezes, so what was edited, moved, merged or split before is remembered by its texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Press, PressError};
use crate::domain::amendment::Amended;
use crate::domain::article::{ALSO, Source};
use crate::domain::selection::Candidate;
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, RevisionId, SourceId, StoryId};
use crate::select::Shingles;
use crate::select::news::{Text, kin};
use crate::store::candidates::StoryText;
use crate::stories::origin::{Traced, originals};

/// Texts that are read at a time.
const TEXTS: usize = 500;

impl Press {
    /// Finds the candidates' kin, how many and which sources told their stories by `until`, and who told
    /// it first: four statements, and the words of those stories that have more than one text, each read
    /// once.
    pub(super) async fn kin(
        &self,
        candidates: &mut [Candidate],
        until: Timestamp,
    ) -> Result<(), PressError> {
        let stories: BTreeSet<StoryId> = candidates.iter().map(|c| c.story).collect();
        let stories: Vec<StoryId> = stories.into_iter().collect();
        let texts = self.store.story_texts(&stories, until).await?;
        let mut by_story: BTreeMap<StoryId, &[StoryText]> = BTreeMap::new();
        for texts in texts.chunk_by(|a, b| a.story == b.story) {
            by_story.insert(texts[0].story, texts);
        }
        let several = by_story.values().filter(|texts| texts.len() > 1);
        let several = several.flat_map(|texts| texts.iter().map(|t| t.revision));
        let shingles = self.shingles(several.collect()).await?;
        let originals = self.originals(&by_story).await?;
        let wordless = Shingles::default();
        let mut outlets = self.store.sources(None).await?;
        outlets.sort_by_key(|s| (std::cmp::Reverse(s.quality), s.id));
        for candidate in candidates {
            let Some(texts) = by_story.get(&candidate.story) else {
                continue;
            };
            let telling = texts.iter().filter(|t| t.tells).map(|t| t.source);
            let telling = telling.collect::<BTreeSet<_>>();
            candidate.sources = u16::try_from(telling.len().max(1)).unwrap_or(u16::MAX);
            also(candidate, &telling, &outlets);
            candidate.original = originals.contains(&candidate.article);
            if texts.len() < 2 {
                continue;
            }
            let text = |t: &StoryText| Text {
                revision: t.revision,
                source: t.source,
                shingles: shingles.get(&t.revision).unwrap_or(&wordless),
            };
            let told: Vec<Text<'_>> = texts.iter().map(text).collect();
            if let Some(own) = told.iter().find(|t| t.revision == candidate.revision) {
                candidate.kin = kin(own, &told);
            }
        }
        Ok(())
    }

    /// Makes candidates what they are since they were frozen. Beside the others of its story an article
    /// is named no more that was withdrawn meanwhile.
    pub(super) async fn apply(
        &self,
        amended: &Amended,
        candidates: &mut [Candidate],
        headlines: &BTreeMap<RevisionId, String>,
    ) -> Result<(), PressError> {
        let out = |all: &[Candidate]| -> BTreeSet<ArticleId> {
            let out = all.iter().filter(|c| c.withdrawn);
            out.map(|c| c.article).collect()
        };
        let before = out(candidates);
        amended.apply(candidates, headlines);
        let since: BTreeSet<ArticleId> = out(candidates).difference(&before).copied().collect();
        if !since.is_empty() {
            no_longer_named(candidates, &since, &self.store.sources(None).await?);
        }
        Ok(())
    }

    /// The publishers' own articles, of stories that more than one source tells.
    async fn originals(
        &self,
        by_story: &BTreeMap<StoryId, &[StoryText]>,
    ) -> Result<BTreeSet<ArticleId>, PressError> {
        let several = |texts: &&&[StoryText]| texts.iter().any(|t| t.source != texts[0].source);
        let stories = by_story
            .values()
            .filter(several)
            .map(|texts| texts[0].story);
        let traced = self
            .store
            .story_origins(&stories.collect::<Vec<_>>())
            .await?;
        let mut own = BTreeSet::new();
        for story in traced.chunk_by(|a, b| a.0 == b.0) {
            let story: Vec<Traced> = story.iter().map(|(_, traced)| traced.clone()).collect();
            own.extend(originals(&story));
        }
        Ok(own)
    }

    async fn shingles(
        &self,
        texts: Vec<RevisionId>,
    ) -> Result<HashMap<RevisionId, Shingles>, PressError> {
        let mut shingles = HashMap::new();
        for texts in texts.chunks(TEXTS) {
            let words = self.store.wording(texts).await?;
            shingles.extend(words.iter().map(|(id, words)| (*id, Shingles::of(words))));
        }
        Ok(shingles)
    }
}

/// Names the sources beside a candidate's own that told its story, the best first. One without a name
/// that readers know is not named, two of one name are named once.
fn also(candidate: &mut Candidate, telling: &BTreeSet<SourceId>, outlets: &[Source]) {
    let own = outlets.iter().find(|s| s.id == candidate.source);
    let mut names: Vec<&str> = Vec::new();
    for outlet in outlets.iter().filter(|s| telling.contains(&s.id)) {
        let name = outlet.name.trim();
        let told = own.is_some_and(|own| own.name.trim() == name) || names.contains(&name);
        if !name.is_empty() && !told {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(ALSO);
    candidate.facts.also_more = u32::try_from(more).unwrap_or(u32::MAX);
    names.truncate(ALSO);
    candidate.facts.also = names.into_iter().map(str::to_owned).collect();
}

/// Takes the names out of what is said beside other articles, of sources of which no candidate tells the
/// story any more since these were withdrawn.
fn no_longer_named(
    candidates: &mut [Candidate],
    withdrawn: &BTreeSet<ArticleId>,
    outlets: &[Source],
) {
    let name = |source: SourceId| {
        let known = outlets.iter().find(|s| s.id == source);
        known.map(|s| s.name.trim()).filter(|n| !n.is_empty())
    };
    let mut gone: BTreeSet<(StoryId, &str)> = BTreeSet::new();
    for out in candidates.iter().filter(|c| withdrawn.contains(&c.article)) {
        gone.extend(name(out.source).map(|name| (out.story, name)));
    }
    for telling in candidates.iter().filter(|c| !c.withdrawn) {
        if let Some(name) = name(telling.source) {
            gone.remove(&(telling.story, name));
        }
    }
    for (story, name) in gone {
        for candidate in candidates.iter_mut().filter(|c| c.story == story) {
            let facts = &mut candidate.facts;
            let before = facts.also.len();
            facts.also.retain(|also| also != name);
            // Only a list that is full has more behind it.
            if facts.also.len() == before && before >= ALSO {
                facts.also_more = facts.also_more.saturating_sub(1);
            }
        }
    }
}
