//! From a digest to bytes: a wave's frozen inputs, loaded once, and the letters made of them.
//!
//! Same digest revision, same bytes: whatever a letter shows is frozen with its wave, written in its
//! digest, or part of an append-only row. It decides nothing and drops nothing.

mod browser;
mod compose;
mod error;
pub mod issue;
mod links;
mod look;
pub mod notices;

use std::sync::{Arc, Mutex, PoisonError};

pub use compose::Composed;
pub use error::LetterError;

use super::dkim::{DkimError, Signer};
use super::message::Letterhead;
use crate::domain::edition::{Edition, Wave};
use crate::domain::letter::{Letter, SenderSettings};
use crate::domain::selection::{BYTE_BUDGET_MOST, Candidate, Decisions, Pick, Rules};
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Interests, Length};
use crate::domain::time::{Run, Timestamp, Zone};
use crate::domain::written::Correction;
use crate::domain::{
    ArticleId, CreativeId, DigestId, FlightId, ListId, RevisionId, SubscriptionId, WaveId,
};
use crate::feedback::link::Keyring;
use crate::render::{Galley, Issue, Links, Renderer, Sheet, TemplateSet, printed};
use crate::store::Store;
use crate::store::ledger::Claimed;

/// Waves kept in memory: an edition has as many as its readers have hours and zones.
const WAVES: usize = 64;
/// Bytes of shared pieces that one wave keeps in memory. Two hundred stories in one form, language and
/// look take 2.6 MiB (`benches/render`).
const GALLEY: usize = 24 << 20;
/// Bytes of shared pieces that all waves keep: beyond it, the oldest wave is let go.
const GALLEYS: usize = 96 << 20;
/// A letter of more bytes is our own fault and does not leave: Gmail clips at about 102 KB of HTML,
/// and quoted-printable with the text part makes at most about twice that.
const BYTES_MAX: usize = 400 * 1024;
/// Octets of decoded HTML beyond which Gmail clips: planning keeps every letter below.
const HTML_MAX: usize = BYTE_BUDGET_MOST as usize;

/// One reader's digest, with all that its letter shows beside the wave.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// In the order of the layout.
    pub picks: &'a [Pick],
    /// How many stories did not fit.
    pub left_out: u32,
    /// Slot, flight, creative.
    pub placements: Vec<(Slot, FlightId, CreativeId)>,
    /// The reader's zone.
    pub zone: &'a Zone,
    /// The reader's language.
    pub language: &'a str,
    /// How much they want to read.
    pub length: Length,
    /// Whether pictures are in their letters.
    pub images: bool,
    /// Whether the letter has no HTML part.
    pub text_only: bool,
    /// What they follow.
    pub interests: &'a Interests,
    /// For links.
    pub list: ListId,
    /// For links.
    pub subscription: SubscriptionId,
    /// For links; 0 for one that is not stored.
    pub digest: DigestId,
}

/// What a wave froze of its letters.
#[derive(Clone, Copy, Debug)]
pub struct Frozen<'a> {
    /// What may be brought.
    pub candidates: &'a [Candidate],
    /// What editors decided.
    pub decisions: &'a Decisions,
    /// Who sends.
    pub sender: &'a SenderSettings,
    /// The compiled template set.
    pub template: &'a TemplateSet,
    /// The key of tokens and ids.
    pub key_id: &'a str,
}

/// A wave's letters: everything that they share, in memory.
pub struct WaveLetters {
    galley: Galley,
    letterhead: Letterhead,
    signer: Result<Option<Signer>, DkimError>,
    key_id: String,
    keys: Keyring,
    due_at: Timestamp,
}

impl WaveLetters {
    /// Letters of inputs in memory: the edition's run and its Date, `due_at`, stand in every letter.
    pub async fn new(
        store: &Store,
        keys: &Keyring,
        frozen: Frozen<'_>,
        run: Run,
        due_at: Timestamp,
    ) -> Result<WaveLetters, LetterError> {
        let candidates = frozen.candidates;
        let revisions: Vec<RevisionId> = candidates.iter().map(|c| c.revision).collect();
        let first_topic = |c: &Candidate| Some((c.revision, c.topics.first()?.topic.clone()));
        let decisions = frozen.decisions;
        let mut stories = store.revisions(&revisions).await?;
        printed::as_frozen(&mut stories, candidates, &frozen.sender.public_url);
        let issue = Issue {
            sender: frozen.sender.clone(),
            run,
            subject: decisions.subject.clone(),
            preheader: decisions.preheader.clone(),
            note: decisions.note.clone(),
            panel: decisions.panel.clone(),
            corrections: printed::corrections(&decisions.corrections, (frozen.sender, run)),
            stories,
            topics: candidates.iter().filter_map(first_topic).collect(),
            creatives: store.creatives_printed().await?,
        };
        Ok(WaveLetters {
            signer: compose::signer(None, frozen.sender),
            letterhead: Letterhead::of(frozen.sender, &run.to_string(), due_at),
            galley: Galley::new(Renderer::new(frozen.template)?, issue, GALLEY),
            key_id: frozen.key_id.to_owned(),
            keys: keys.clone(),
            due_at,
        })
    }

    /// Who sends.
    pub fn sender(&self) -> &SenderSettings {
        &self.galley.issue().sender
    }

    /// Renders a digest, to be looked at.
    pub fn letter(&self, content: &Content<'_>) -> Result<Letter, LetterError> {
        let placed = content.placed();
        Ok(self.galley.letter(&self.sheet(content, &placed)?)?)
    }

    /// A digest for the galley.
    fn sheet<'a>(
        &'a self,
        content: &'a Content<'_>,
        placed: &'a [(Slot, CreativeId)],
    ) -> Result<Sheet<'a>, LetterError> {
        Ok(self.sheet_with(content, placed, self.links(content)?))
    }

    /// The same, with these links.
    fn sheet_with<'a>(
        &'a self,
        content: &'a Content<'_>,
        placed: &'a [(Slot, CreativeId)],
        links: Links,
    ) -> Sheet<'a> {
        let place = content.interests.places.first();
        let names = &self.sender().places;
        Sheet {
            picks: content.picks,
            placements: placed,
            language: content.language,
            zone: content.zone,
            place: place.map(|p| names.get(p).map_or(p.as_str(), String::as_str)),
            length: content.length,
            images: content.images,
            left_out: content.left_out,
            links,
        }
    }
}

impl Content<'_> {
    fn placed(&self) -> Vec<(Slot, CreativeId)> {
        let placements = self.placements.iter();
        placements
            .map(|(slot, _, creative)| (*slot, *creative))
            .collect()
    }
}

/// The letters of all waves, the latest ones kept in memory.
#[derive(Clone)]
pub struct Letters {
    store: Store,
    keys: Keyring,
    signer: Option<Signer>,
    waves: Arc<Mutex<Vec<Kept>>>,
}

/// A wave in memory; the oldest one goes first.
type Kept = (WaveId, Arc<LoadedWave>);

/// A wave's letters with what else is asked about them.
pub struct LoadedWave {
    /// What they share.
    pub letters: WaveLetters,
    /// Octets that its letters' HTML was fitted to.
    pub byte_budget: u32,
    /// The edition.
    pub edition: Edition,
}

impl Letters {
    /// Letters out of this database, with these keys.
    pub fn new(store: Store, keys: Keyring) -> Letters {
        Letters {
            store,
            keys,
            signer: None,
            waves: Arc::default(),
        }
    }

    /// With the keys that sign, for the waves that were frozen with them.
    pub fn signed_by(mut self, signer: Option<Signer>) -> Letters {
        self.signer = signer;
        self
    }

    /// A wave's letters, loaded on first use.
    pub async fn wave(&self, id: WaveId) -> Result<Arc<LoadedWave>, LetterError> {
        self.wave_of(id, &[]).await
    }

    /// A wave's letters that can print these picks: one of another text than is in memory was written
    /// anew since, and the wave is loaded again.
    pub async fn wave_of(
        &self,
        id: WaveId,
        picks: &[Pick],
    ) -> Result<Arc<LoadedWave>, LetterError> {
        let kept = || self.waves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, wave)) = kept().iter().find(|(known, _)| *known == id) {
            let stories = &wave.letters.galley.issue().stories;
            if picks.iter().all(|p| stories.contains_key(&p.revision)) {
                return Ok(wave.clone());
            }
        }
        kept().retain(|(known, _)| *known != id);
        let loaded = Arc::new(
            self.load(&self.store.wave(id).await?, Vec::new(), false)
                .await?,
        );
        let mut waves = self.waves.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = |waves: &[Kept]| -> usize {
            waves
                .iter()
                .map(|(_, wave)| wave.letters.galley.kept())
                .sum()
        };
        while waves.len() >= WAVES || (!waves.is_empty() && kept(&waves) > GALLEYS) {
            waves.remove(0);
        }
        waves.push((id, loaded.clone()));
        Ok(loaded)
    }

    /// Loads a wave, with corrections beside those that it froze; for everybody, in the words of what
    /// is nobody's letter.
    async fn load(
        &self,
        wave: &Wave,
        corrections: Vec<Correction>,
        for_everybody: bool,
    ) -> Result<LoadedWave, LetterError> {
        let store = &self.store;
        let edition = store.edition(wave.edition).await?;
        let text = |e: serde_json::Error| LetterError::Frozen(e.to_string());
        let frozen = &wave.frozen;
        let mut candidates: Vec<Candidate> =
            serde_json::from_slice(&store.content(frozen.candidates).await?).map_err(text)?;
        self.rewritten(&mut candidates).await?;
        let mut rules: Rules =
            serde_json::from_slice(&store.content(frozen.rules).await?).map_err(text)?;
        rules.decisions.corrections.extend(corrections);
        let sender: SenderSettings =
            serde_json::from_slice(&store.content(frozen.sender).await?).map_err(text)?;
        let template = TemplateSet::from_bytes(&store.content(frozen.template).await?)?;
        let template = match for_everybody {
            true => template.for_everybody()?,
            false => template,
        };
        let parts = Frozen {
            candidates: &candidates,
            decisions: &rules.decisions,
            sender: &sender,
            template: &template,
            key_id: &frozen.key_id,
        };
        let letters = WaveLetters::new(store, &self.keys, parts, edition.run, wave.dated).await?;
        Ok(LoadedWave {
            letters: letters.signed_by(self.signer.as_ref()),
            byte_budget: rules.byte_budget,
            edition,
        })
    }

    /// Puts the texts that editors wrote of candidates beside those that were frozen.
    async fn rewritten(&self, candidates: &mut Vec<Candidate>) -> Result<(), LetterError> {
        let articles: Vec<ArticleId> = candidates.iter().map(|c| c.article).collect();
        for (article, revision) in self.store.rewritten_texts(&articles).await? {
            let frozen = candidates.iter().find(|c| c.article == article);
            let other = frozen.filter(|c| c.revision != revision).cloned();
            candidates.extend(other.map(|frozen| Candidate { revision, ..frozen }));
        }
        Ok(())
    }
}

/// The content of a claimed row.
pub(super) fn content(claimed: &Claimed) -> Content<'_> {
    Content {
        picks: &claimed.picks,
        left_out: claimed.left_out,
        placements: claimed
            .placements
            .iter()
            .map(|p| (p.slot, p.flight, p.creative))
            .collect(),
        zone: &claimed.zone,
        language: &claimed.language,
        length: claimed.length,
        images: claimed.images,
        text_only: claimed.text_only,
        interests: &claimed.interests,
        list: claimed.list,
        subscription: claimed.subscription,
        digest: claimed.digest,
    }
}
