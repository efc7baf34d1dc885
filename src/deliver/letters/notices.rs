//! What was said of a letter's stories since it left, as corrections on its page in the browser: the letter
//! itself cannot be called back. The words are the editors' own, or the source's where it corrected its
//! article; that a story was withdrawn is said in any case.

use crate::domain::amendment::{Amendment, AmendmentKind};
use crate::domain::article::{Article, ArticleText};
use crate::domain::selection::Pick;
use crate::domain::time::Timestamp;
use crate::domain::written::{CORRECTION_MAX, CORRECTIONS, Corrected, Correction};
use crate::render::RenderError;
use crate::render::words::Catalogue;
use crate::store::{Store, StoreError};

/// The message that a story was withdrawn.
const WITHDRAWN: &str = "corrections.withdrawn";

/// The corrections of stories that were printed at an instant, in their order, as many as an edition
/// may have. One without a text is of a story that was withdrawn, and nobody said to readers why: whoever
/// shows it puts `corrections.withdrawn` there.
pub async fn notices(
    store: &Store,
    (picks, at): (&[Pick], Timestamp),
) -> Result<Vec<Correction>, StoreError> {
    let mut notices = Vec::new();
    for pick in picks {
        let mut said = store.amendments(pick.article).await?;
        said.retain(|one| one.at > at);
        if said.is_empty() || notices.len() >= CORRECTIONS {
            continue;
        }
        let now = store.article(pick.article).await?;
        let printed = store.revisions(&[pick.revision]).await?;
        let printed = printed.get(&pick.revision);
        let Some(text) = words(&said, &now, pick, printed.map(|p| &p.text)) else {
            continue;
        };
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

/// Why a story was withdrawn, empty where an editor did not say; or how it reads now: its headline, or
/// its summary where the headline is the one that was printed.
fn words(
    said: &[Amendment],
    now: &Article,
    pick: &Pick,
    printed: Option<&ArticleText>,
) -> Option<String> {
    let of = |kind| said.iter().rev().find(move |one| one.kind == kind);
    if now.withdrawn.is_some() {
        let word = of(AmendmentKind::Withdrawn)?;
        // How a source takes an article back is said to the desk.
        let reason = word.reason.as_ref().filter(|_| word.by.is_some());
        return Some(reason.cloned().unwrap_or_default());
    }
    of(AmendmentKind::Rewritten)?;
    if now.revision == pick.revision {
        return None;
    }
    let same = printed.is_some_and(|p| p.headline == now.text.headline);
    let text = match same && !now.text.summary.is_empty() {
        true => now.text.summary.chars().take(CORRECTION_MAX).collect(),
        false => now.text.headline.clone(),
    };
    Some(text)
}

/// Gives the corrections without a text that of their language, by the words of their wave.
pub(super) fn worded(
    corrections: &mut [Correction],
    frozen: &Catalogue,
    language: &str,
) -> Result<(), RenderError> {
    let mut bare = corrections.iter_mut().filter(|c| c.text.is_empty());
    let Some(first) = bare.next() else {
        return Ok(());
    };
    let text = said(frozen, language, WITHDRAWN)?;
    for correction in bare {
        correction.text.clone_from(&text);
    }
    first.text = text;
    Ok(())
}

/// A message by the words of a wave; one that was frozen before there was such a message is given ours.
pub(super) fn said(frozen: &Catalogue, language: &str, key: &str) -> Result<String, RenderError> {
    let own = frozen.language(language)?;
    Ok(match own.has(key) {
        true => own.fill(key, &[]),
        false => Catalogue::parse(&Catalogue::sources())?
            .language(language)?
            .fill(key, &[]),
    })
}
