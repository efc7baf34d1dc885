//! What editors do about an edition on the desk: each deed is one decision, written only where nobody
//! decided about the same thing since its page was read.

use std::collections::BTreeSet;

use super::{Press, PressError, Sheet};
use crate::domain::article::Article;
use crate::domain::edition::{
    BOOST, Decision, DecisionKind, Edition, LAST_PLACE, NO_PICTURE, in_force, version,
};
use crate::domain::subscriber::Length;
use crate::domain::time::Timestamp;
use crate::domain::written::{
    CORRECTION_MAX, CORRECTIONS, PREHEADER_MAX, SUBJECT_MAX, WrittenError, line, note,
};
use crate::domain::{ArticleId, DecisionId};
use crate::press::Look;
use crate::store::StoreError;
use crate::store::editions::NewDecision;

/// Something that an editor does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// About a story, named by an article; with what is said of it, where the kind says something.
    Story(DecisionKind, ArticleId, Option<String>),
    /// A text, or topics in order.
    Text(DecisionKind, String),
    /// Takes a decision back.
    Undo(DecisionId),
}

/// Why a deed is not done.
#[derive(Debug, thiserror::Error)]
pub enum DeedError {
    /// The press or the store.
    #[error(transparent)]
    Press(#[from] PressError),
    /// The text will not do.
    #[error(transparent)]
    Written(#[from] WrittenError),
    /// No decision changes the edition any more.
    #[error("every letter of it is frozen: no decision changes it any more")]
    Frozen,
    /// There is no such article in the list's sources.
    #[error("no source of this list has that article")]
    Foreign,
    /// No letter brings the article.
    #[error("it was withdrawn: no letter brings it")]
    Withdrawn,
    /// What is said of the story is nothing that can be said.
    #[error("{0}")]
    Unheard(String),
    /// There is nothing to take back.
    #[error("that was taken back already")]
    Undone,
    /// Somebody decided about the same thing since.
    #[error("somebody was faster")]
    Stale,
}

impl From<StoreError> for DeedError {
    fn from(error: StoreError) -> DeedError {
        DeedError::Press(error.into())
    }
}

impl Press {
    /// Does it, and gives the decision's number. `seen`: the newest decision about the same thing that the
    /// editor saw ([`version`]); none where what others did does not matter.
    pub async fn desk_do(
        &self,
        sheet: &Sheet,
        deed: &Deed,
        seen: Option<DecisionId>,
        by: &str,
        now: Timestamp,
    ) -> Result<DecisionId, DeedError> {
        if sheet.is_frozen() {
            return Err(DeedError::Frozen);
        }
        let (cadence, run) = (sheet.cadence.id, sheet.run);
        let edition = self
            .store
            .edition_open(sheet.list.id, cadence, &run, now)
            .await?;
        let all = self.store.decisions(edition.id).await?;
        let (new, about) = self.decision(sheet, (&edition, &all), deed, by).await?;
        let known = all.iter().rev().find(|d| {
            d.kind == new.kind && d.story == new.story && d.text == new.text && new.undoes.is_none()
        });
        let back = |id: DecisionId| all.iter().any(|d| d.undoes == Some(id));
        // Saying it again changes nothing; of leads only the newest counts.
        if let Some(known) = known.filter(|d| !back(d.id))
            && (about == known.kind && version(&all, about, known.story) == known.id)
        {
            return Ok(known.id);
        }
        let done = match seen {
            None => Some(self.store.decide(&new, now).await?),
            Some(seen) => self.store.decide_on(&new, (about, seen), now).await?,
        };
        done.ok_or(DeedError::Stale)
    }

    async fn decision(
        &self,
        sheet: &Sheet,
        (edition, all): (&Edition, &[Decision]),
        deed: &Deed,
        by: &str,
    ) -> Result<(NewDecision, DecisionKind), DeedError> {
        let new = |kind, article: Option<&Article>, text| NewDecision {
            edition: edition.id,
            kind,
            story: article.map(|a| a.story),
            article: article.map(|a| a.id),
            text,
            undoes: None,
            by: by.to_owned(),
        };
        match deed {
            Deed::Story(kind, article, text) => {
                let article = self.desk_article(sheet, *article).await?;
                if *kind != DecisionKind::Ban && article.withdrawn.is_some() {
                    return Err(DeedError::Withdrawn);
                }
                let text = match kind {
                    DecisionKind::BanSource => Some(article.source.to_string()),
                    _ => self.said(sheet, *kind, &article, text.as_deref()).await?,
                };
                Ok((new(*kind, Some(&article), text), *kind))
            }
            Deed::Text(kind, text) => {
                let text = written(*kind, text)?;
                let corrections = in_force(all).corrections.len();
                if *kind == DecisionKind::Correction && corrections >= CORRECTIONS {
                    let words = format!("there are {CORRECTIONS} corrections, and no more fit");
                    return Err(DeedError::Unheard(words));
                }
                let new = new(*kind, None, Some(text));
                self.fits(sheet, all, &new)?;
                Ok((new, *kind))
            }
            Deed::Undo(id) => {
                let known = all.iter().find(|d| d.id == *id);
                let known = known.filter(|d| d.kind != DecisionKind::Undo);
                let known = known.ok_or(DeedError::Undone)?;
                if all.iter().any(|d| d.undoes == Some(*id)) {
                    return Err(DeedError::Undone);
                }
                let undo = NewDecision {
                    story: known.story,
                    article: known.article,
                    undoes: Some(*id),
                    ..new(DecisionKind::Undo, None, None)
                };
                Ok((undo, known.kind))
            }
        }
    }

    /// An article of one of the list's sources.
    pub async fn desk_article(&self, sheet: &Sheet, id: ArticleId) -> Result<Article, DeedError> {
        let article = match self.store.article(id).await {
            Ok(article) => article,
            Err(StoreError::NotFound { .. }) => return Err(DeedError::Foreign),
            Err(error) => return Err(error.into()),
        };
        let sources = self.store.sources(Some(sheet.list.id)).await?;
        match sources.iter().any(|s| s.id == article.source) {
            true => Ok(article),
            false => Err(DeedError::Foreign),
        }
    }

    /// What is said of a story beside its kind.
    async fn said(
        &self,
        sheet: &Sheet,
        kind: DecisionKind,
        article: &Article,
        text: Option<&str>,
    ) -> Result<Option<String>, DeedError> {
        let number = |most: std::ops::RangeInclusive<u16>| {
            let said = text.and_then(|t| t.trim().parse::<u16>().ok());
            let (least, last) = (*most.start(), *most.end());
            said.filter(|n| most.contains(n))
                .map(|n| Some(n.to_string()))
                .ok_or_else(|| DeedError::Unheard(format!("say a number from {least} to {last}")))
        };
        match kind {
            DecisionKind::Move => number(1..=LAST_PLACE),
            DecisionKind::Boost => number(BOOST),
            DecisionKind::Image => match text {
                Some(NO_PICTURE) => Ok(Some(NO_PICTURE.to_owned())),
                other => {
                    let other = other.and_then(|id| id.parse().ok()).map(ArticleId);
                    let unheard = || DeedError::Unheard("choose a picture".to_owned());
                    let other = self.desk_article(sheet, other.ok_or_else(unheard)?).await?;
                    let fits = other.story == article.story && other.text.image.is_some();
                    match fits {
                        true => Ok(Some(other.id.to_string())),
                        false => Err(unheard()),
                    }
                }
            },
            _ => Ok(None),
        }
    }

    /// Refuses a text with which no letter could leave.
    fn fits(&self, sheet: &Sheet, all: &[Decision], new: &NewDecision) -> Result<(), DeedError> {
        let mut decisions = all.to_vec();
        decisions.push(Decision {
            id: DecisionId(i64::MAX),
            edition: new.edition,
            kind: new.kind,
            story: None,
            article: None,
            text: new.text.clone(),
            undoes: None,
            by: String::new(),
            at: Timestamp::UNIX_EPOCH,
        });
        let mut inputs = sheet.ahead.inputs.clone();
        inputs.rules.decisions = in_force(&decisions);
        let look = Look {
            language: sheet.list.settings.language.clone(),
            length: Length::Long,
            images: true,
        };
        let looks = BTreeSet::from([look]);
        Ok(self.within_limit(&sheet.list, &inputs, sheet.run, &looks)?)
    }
}

/// A text as it is kept.
fn written(kind: DecisionKind, text: &str) -> Result<String, WrittenError> {
    match kind {
        DecisionKind::Note => note(text),
        DecisionKind::Preheader => line("the preheader", text, PREHEADER_MAX),
        DecisionKind::Correction => line("the correction", text, CORRECTION_MAX),
        DecisionKind::Order => line("the order of topics", text, 1_000),
        _ => line("the subject", text, SUBJECT_MAX),
    }
}
