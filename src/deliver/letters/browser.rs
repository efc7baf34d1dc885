//! A letter that left, as a page: the stored digest and the frozen template. What was withdrawn since is not
//! shown any more; what was said of its stories stands at the top. A page that is the letter as it was
//! mailed says so.

use minijinja::HtmlEscape;

use super::issue::as_page;
use super::notices::{self, said};
use super::{Content, LetterError, Letters, LoadedWave};
use crate::domain::selection::Pick;
use crate::domain::subscriber::Interests;
use crate::domain::written::Correction;
use crate::feedback::link::Opened;
use crate::store::StoreError;

/// The message that a page is what was mailed.
const AS_MAILED: &str = "view.as_mailed";
/// The head of what was said since.
const SINCE: &str = "corrections.title";
/// A strip above the letter. Its colours are the browser's own, by day and by night.
const STRIP: &str = "background:Canvas;color:CanvasText;font:15px/1.5 Georgia,serif;\
     padding:12px 24px;border-bottom:1px solid GrayText";
/// As wide as a letter.
const COLUMN: &str = "max-width:600px;margin:0 auto;padding:0 0 4px";

impl Letters {
    /// A stored digest as a page, for "view in browser"; `None` where the token's digest is not its
    /// subscription's.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn html(&self, opened: Opened) -> Result<Option<String>, LetterError> {
        let store = &self.store;
        let digest = match store.digest(opened.digest).await {
            Ok(digest) if digest.subscription == opened.subscription => digest,
            Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut corrections = notices::notices(store, (&digest.picks, digest.at)).await?;
        let articles: Vec<_> = digest.picks.iter().map(|p| p.article).collect();
        let since = store.since_printed(&articles).await?;
        let stays = |p: &&Pick| !since.get(&p.article).is_some_and(|s| s.withdrawn);
        let picks: Vec<Pick> = digest.picks.iter().filter(stays).cloned().collect();
        let terms = store.terms(digest.terms_id).await?;
        let wave = self.wave_of(digest.wave, &digest.picks).await?;
        let interests = Interests {
            topics: terms.topics,
            places: terms.places,
        };
        let placements = store.placements(digest.id).await?;
        let content = Content {
            picks: &picks,
            left_out: digest.left_out,
            placements: placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
            zone: &terms.zone,
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            text_only: terms.text_only,
            welcome: store
                .welcome_of(opened.subscription, wave.edition.id)
                .await?,
            interests: &interests,
            list: opened.list,
            subscription: opened.subscription,
            digest: opened.digest,
        };
        let words = wave.letters.galley.catalogue();
        let strip = if !corrections.is_empty() {
            notices::worded(&mut corrections, words, &terms.language)?;
            Some(told(&corrections, &said(words, &terms.language, SINCE)?))
        } else if picks.len() == digest.picks.len() && self.is_mailed(&wave, &content).await? {
            Some(line(&said(words, &terms.language, AS_MAILED)?))
        } else {
            None
        };
        let html = as_page(&wave.letters.letter(&content)?.html);
        Ok(Some(headed(html, strip)))
    }

    /// Whether the letter, made again, is to the byte what the ledger says was mailed. It is not after
    /// a change of address or of the program that makes letters, nor without the keys that signed it.
    async fn is_mailed(
        &self,
        wave: &LoadedWave,
        content: &Content<'_>,
    ) -> Result<bool, StoreError> {
        let person = self.store.subscription(content.subscription).await?;
        let Some((id, address)) = person.and_then(|(p, _)| Some((p.id, p.address?))) else {
            return Ok(false);
        };
        let edition = wave.edition.id;
        let row = self.store.delivery(edition, id).await?;
        let row = row.filter(|row| row.digest == content.digest);
        let Some(mailed) = row.and_then(|row| row.sha256) else {
            return Ok(false);
        };
        let again = wave.letters.compose(content, None, &address, edition, id);
        Ok(again.is_ok_and(|letter| letter.sha256 == mailed))
    }
}

/// What was said of stories since, each by its headline.
fn told(corrections: &[Correction], head: &str) -> String {
    let one = |c: &Correction| {
        let about = c.about.as_ref().map(|a| {
            let headline = HtmlEscape(&a.headline);
            format!("<strong><bdi>{headline}</bdi></strong><br>")
        });
        let (about, text) = (about.unwrap_or_default(), HtmlEscape(&c.text));
        format!("<p dir=\"auto\" style=\"{COLUMN}\">{about}{text}</p>")
    };
    let all: String = corrections.iter().map(one).collect();
    format!("{}{all}", line(head))
}

fn line(text: &str) -> String {
    format!("<p style=\"{COLUMN}\">{}</p>", HtmlEscape(text))
}

/// A page with a strip above the letter.
fn headed(html: String, strip: Option<String>) -> String {
    match (strip, html.split_once("<main>")) {
        (Some(strip), Some((head, letter))) => {
            format!("{head}<main><div style=\"{STRIP}\">{strip}</div>{letter}")
        }
        _ => html,
    }
}

#[cfg(test)]
mod tests {
    use super::{headed, line, told};
    use crate::domain::written::{Corrected, Correction};

    #[test]
    fn what_was_said_stands_above_the_letter_and_is_escaped() {
        let correction = Correction {
            text: "It was <b>".to_owned(),
            article: None,
            about: Some(Corrected {
                headline: "Fish & chips".to_owned(),
                link: String::new(),
                language: None,
            }),
        };
        let page = headed(
            "<body><main><p>letter".to_owned(),
            Some(told(&[correction], "Corrections")),
        );
        let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"));
        assert!(place("<main>") < place("Corrections"), "{page}");
        assert!(place("Fish &amp; chips") < place("It was &lt;b&gt;"));
        assert!(place("It was") < place("<p>letter"));
        assert_eq!(headed("<p>x".to_owned(), Some(line("y"))), "<p>x");
    }
}
