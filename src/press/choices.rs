//! What editors chose of pictures and of sources, put into what a wave may bring before it freezes.

use std::collections::BTreeSet;

use super::{Press, PressError};
use crate::domain::StoryId;
use crate::domain::picture::{Images, Shown};
use crate::domain::selection::{Candidate, Decisions};
use crate::store::StoreError;

/// Takes the sources out of which editors want nothing: a story that nobody else tells is banned, so that
/// an explanation names who did it; of a story that others tell too, theirs alone stay.
pub(super) fn without_sources(candidates: &mut Vec<Candidate>, decisions: &mut Decisions) {
    let Decisions { sources, bans, .. } = decisions;
    if sources.is_empty() {
        return;
    }
    let others = candidates
        .iter()
        .filter(|c| !sources.contains_key(&c.source))
        .map(|c| c.story);
    let others: BTreeSet<StoryId> = others.collect();
    candidates.retain(|candidate| match sources.get(&candidate.source) {
        None => true,
        Some(_) if others.contains(&candidate.story) => false,
        Some(by) => {
            bans.entry(candidate.story).or_insert_with(|| by.clone());
            true
        }
    });
}

impl Press {
    /// Puts the pictures in that editors chose. One whose article is no more, or has none, changes nothing.
    pub(super) async fn chosen_pictures(
        &self,
        images: Images,
        decisions: &Decisions,
        candidates: &mut [Candidate],
    ) -> Result<(), PressError> {
        for (story, other) in &decisions.images {
            let shown = match other {
                None => Some(Shown::Nothing),
                Some(article) => match self.store.article(*article).await {
                    Ok(article) => {
                        let known = self.store.pictures_of(&[article.revision]).await?;
                        let image = article.text.image.as_ref();
                        image.map(|i| Shown::chosen(images, i, known.get(&article.revision)))
                    }
                    Err(StoreError::NotFound { .. }) => None,
                    Err(error) => return Err(error.into()),
                },
            };
            let Some(shown) = shown else { continue };
            let own = candidates.iter_mut().filter(|c| c.story == *story);
            own.for_each(|candidate| candidate.picture = shown.clone());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::without_sources;
    use crate::domain::selection::{Candidate, Decisions};
    use crate::domain::{ArticleId, RevisionId, SourceId, StoryId};

    #[test]
    fn what_a_barred_source_tells_alone_is_banned_and_what_others_tell_is_theirs() {
        let of = |n: i64, story, source| {
            Candidate::of(
                ArticleId(n),
                RevisionId(n),
                StoryId(story),
                SourceId(source),
            )
        };
        let mut candidates = vec![of(1, 1, 7), of(2, 2, 7), of(3, 2, 8), of(4, 3, 8)];
        let mut decisions = Decisions::default();
        without_sources(&mut candidates, &mut decisions);
        assert_eq!(candidates.len(), 4);
        decisions.sources.insert(SourceId(7), "mia".to_owned());
        without_sources(&mut candidates, &mut decisions);
        let left: Vec<i64> = candidates.iter().map(|c| c.article.0).collect();
        assert_eq!(left, [1, 3, 4]);
        assert_eq!(decisions.bans, [(StoryId(1), "mia".to_owned())].into());
    }
}
