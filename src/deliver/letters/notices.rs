//! What editors said of a letter's stories since it left, as corrections on its page in the browser: the
//! letter itself cannot be called back. The words are the editors' own.

use crate::domain::amendment::{Amendment, AmendmentKind};
use crate::domain::article::Article;
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::written::{CORRECTIONS, Corrected, Correction};
use crate::store::{Store, StoreError};

/// The corrections of stories that were printed at an instant, in their order, as many as an edition
/// may have.
pub(super) async fn notices(
    store: &Store,
    (picks, at): (&[Pick], Timestamp),
) -> Result<Vec<Correction>, StoreError> {
    let mut notices = Vec::new();
    for pick in picks {
        let mut said = store.amendments(pick.article).await?;
        said.retain(|one| one.at > at && one.by.is_some());
        if said.is_empty() || notices.len() >= CORRECTIONS {
            continue;
        }
        let now = store.article(pick.article).await?;
        let Some(text) = words(&said, &now, pick) else {
            continue;
        };
        let printed = store.revisions(&[pick.revision]).await?;
        let printed = printed.get(&pick.revision);
        notices.push(Correction {
            text,
            article: Some(pick.article),
            about: printed.map(|p| Corrected {
                headline: p.text.headline.clone(),
                link: p.url.at(p.fragment.as_deref()),
                language: p.language.clone(),
            }),
        });
    }
    Ok(notices)
}

/// Why a story was withdrawn, or how it reads now.
fn words(said: &[Amendment], now: &Article, pick: &Pick) -> Option<String> {
    let of = |kind| said.iter().rev().find(move |one| one.kind == kind);
    if now.withdrawn.is_some() {
        return of(AmendmentKind::Withdrawn)?.reason.clone();
    }
    of(AmendmentKind::Rewritten)?;
    (now.revision != pick.revision).then(|| now.text.headline.clone())
}
