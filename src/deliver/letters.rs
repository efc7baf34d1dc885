//! From a digest to bytes: a wave's frozen inputs, loaded once, and the letters made of them.
//!
//! Same digest revision, same bytes: whatever a letter shows is frozen with its wave, written in its
//! digest, or part of an append-only row. It decides nothing and drops nothing.

mod compose;
mod error;
mod links;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

pub use compose::Composed;
pub use error::LetterError;

use super::dkim::{DkimError, Signer};
use crate::domain::article::Image;
use crate::domain::edition::{Edition, Wave};
use crate::domain::letter::{Letter, SenderSettings};
use crate::domain::picture::Shown;
use crate::domain::selection::{Candidate, Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, Flight};
use crate::domain::subscriber::Interests;
use crate::domain::time::{Timestamp, Zone};
use crate::domain::{CreativeId, DigestId, FlightId, ListId, RevisionId, SubscriptionId, WaveId};
use crate::feedback::link::{Keyring, Opened};
use crate::render::{Page, PageReason, PageSponsor, PageStory, Renderer, TemplateSet};
use crate::store::articles::PrintedArticle;
use crate::store::ledger::Claimed;
use crate::store::{Store, StoreError};

/// Waves kept in memory: an edition has as many as its readers have hours and zones.
const WAVES: usize = 64;
/// A letter of more bytes is our own fault and does not leave: Gmail clips at about 102 KB of HTML,
/// and quoted-printable with the text part makes at most about twice that.
const BYTES_MAX: usize = 400 * 1024;

/// One reader's digest, with all that its letter shows beside the wave.
#[derive(Clone, Debug)]
pub struct Content<'a> {
    /// In the order of the layout.
    pub picks: &'a [Pick],
    /// Slot, flight, creative.
    pub placements: Vec<(crate::domain::sponsor::Slot, FlightId, CreativeId)>,
    /// The reader's zone.
    pub zone: &'a Zone,
    /// The reader's language.
    pub language: &'a str,
    /// What they follow.
    pub interests: &'a Interests,
    /// For links.
    pub list: ListId,
    /// For links.
    pub subscription: SubscriptionId,
    /// For links; 0 for one that is not stored.
    pub digest: DigestId,
}

/// A wave's letters: everything that they share, in memory.
pub struct WaveLetters {
    renderer: Renderer,
    sender: SenderSettings,
    signer: Result<Option<Signer>, DkimError>,
    key_id: String,
    keys: Keyring,
    due_at: Timestamp,
    run: crate::domain::time::Run,
    articles: BTreeMap<RevisionId, PrintedArticle>,
    topics: HashMap<RevisionId, Slug>,
    /// Those that are not shown as given.
    pictures: HashMap<RevisionId, Shown>,
    sponsors: BTreeMap<FlightId, String>,
    creatives: BTreeMap<CreativeId, Creative>,
}

impl WaveLetters {
    /// Letters of inputs in memory: the edition's run and its Date, `due_at`, stand in every letter.
    pub async fn new(
        store: &Store,
        keys: &Keyring,
        parts: (&[Candidate], SenderSettings, &TemplateSet, &str),
        run: crate::domain::time::Run,
        due_at: Timestamp,
    ) -> Result<WaveLetters, LetterError> {
        let (candidates, sender, template, key_id) = parts;
        let revisions: Vec<RevisionId> = candidates.iter().map(|c| c.revision).collect();
        let flights: Vec<Flight> = store.flights(None).await?;
        let creatives: Vec<CreativeId> = flights
            .iter()
            .flat_map(|f| f.creatives.iter().map(|c| c.id))
            .collect();
        let first_topic = |c: &Candidate| Some((c.revision, c.topics.first()?.topic.clone()));
        Ok(WaveLetters {
            renderer: Renderer::new(template)?,
            signer: compose::signer(None, &sender),
            sender,
            key_id: key_id.to_owned(),
            keys: keys.clone(),
            due_at,
            run,
            articles: store.revisions(&revisions).await?,
            topics: candidates.iter().filter_map(first_topic).collect(),
            pictures: candidates
                .iter()
                .filter(|c| !c.picture.is_given())
                .map(|c| (c.revision, c.picture.clone()))
                .collect(),
            sponsors: flights
                .into_iter()
                .map(|f| (f.id, f.sponsor_name))
                .collect(),
            creatives: store.creatives(&creatives).await?,
        })
    }

    /// Who sends.
    pub fn sender(&self) -> &SenderSettings {
        &self.sender
    }

    /// Renders a digest.
    pub fn letter(&self, content: &Content<'_>) -> Result<Letter, LetterError> {
        let mut stories = Vec::with_capacity(content.picks.len());
        for pick in content.picks {
            stories.push(self.story(pick)?);
        }
        let place = content.interests.places.first().map(|p| self.place_name(p));
        let page = Page {
            sender: &self.sender,
            language: content.language,
            date: self.run.date(),
            zone: content.zone,
            place: place.as_deref(),
            subject: None,
            stories,
            sponsors: content
                .placements
                .iter()
                .filter_map(|p| self.sponsor(p))
                .collect(),
            links: self.links(content)?,
        };
        Ok(self.renderer.render(&page)?)
    }

    fn story(&self, pick: &Pick) -> Result<PageStory, LetterError> {
        let article = self
            .articles
            .get(&pick.revision)
            .ok_or(LetterError::NoText(pick.revision))?;
        let text = &article.text;
        Ok(PageStory {
            headline: text.headline.clone(),
            summary: text.summary.clone(),
            byline: text.byline.clone(),
            source_name: article.source_name.clone(),
            url: article.url.to_string(),
            image: self.image(pick.revision, text.image.as_ref()),
            published: article.published,
            section_name: match &pick.section {
                Section::Topic(topic) => self.topic_name(topic),
                Section::Area(place) => self.place_name(place),
                Section::Lead | Section::AlsoToday => String::new(),
            },
            section: pick.section.clone(),
            topic_name: self.topics.get(&pick.revision).map(|t| self.topic_name(t)),
            reason: match &pick.reason {
                Reason::Lead => PageReason::Lead,
                Reason::Pinned => PageReason::Pinned,
                Reason::Topic { topic } => PageReason::Topic(self.topic_name(topic)),
                Reason::Place { place } => PageReason::Place(self.place_name(place)),
                Reason::TopStory => PageReason::TopStory,
            },
            form: pick.form,
        })
    }

    fn image(&self, revision: RevisionId, given: Option<&Image>) -> Option<Image> {
        let shown = self.pictures.get(&revision).unwrap_or(&Shown::Given);
        shown.image(given, &self.sender.public_url)
    }

    fn topic_name(&self, topic: &Slug) -> String {
        self.sender
            .topics
            .get(topic)
            .cloned()
            .unwrap_or_else(|| topic.to_string())
    }

    fn place_name(&self, place: &Slug) -> String {
        self.sender
            .places
            .get(place)
            .cloned()
            .unwrap_or_else(|| place.to_string())
    }

    fn sponsor(
        &self,
        (slot, flight, creative): &(crate::domain::sponsor::Slot, FlightId, CreativeId),
    ) -> Option<PageSponsor> {
        let creative = self.creatives.get(creative)?;
        Some(PageSponsor {
            slot: *slot,
            sponsor_name: self.sponsors.get(flight)?.clone(),
            size: creative.size,
            headline: creative.headline.clone(),
            text: creative.text.clone(),
            url: creative.url.clone(),
        })
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

/// A wave's letters with the editors' subject.
pub struct LoadedWave {
    /// What they share.
    pub letters: WaveLetters,
    /// The editors' subject, if there is one.
    pub subject: Option<String>,
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
        let kept = || self.waves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, wave)) = kept().iter().find(|(known, _)| *known == id) {
            return Ok(wave.clone());
        }
        let loaded = Arc::new(self.load(&self.store.wave(id).await?).await?);
        let mut waves = kept();
        if waves.len() >= WAVES {
            waves.remove(0);
        }
        waves.push((id, loaded.clone()));
        Ok(loaded)
    }

    async fn load(&self, wave: &Wave) -> Result<LoadedWave, LetterError> {
        let store = &self.store;
        let edition = store.edition(wave.edition).await?;
        let text = |e: serde_json::Error| LetterError::Frozen(e.to_string());
        let frozen = &wave.frozen;
        let candidates: Vec<Candidate> =
            serde_json::from_slice(&store.content(frozen.candidates).await?).map_err(text)?;
        let rules: crate::domain::selection::Rules =
            serde_json::from_slice(&store.content(frozen.rules).await?).map_err(text)?;
        let sender: SenderSettings =
            serde_json::from_slice(&store.content(frozen.sender).await?).map_err(text)?;
        let template = TemplateSet::from_bytes(&store.content(frozen.template).await?)?;
        let parts = (
            candidates.as_slice(),
            sender,
            &template,
            frozen.key_id.as_str(),
        );
        let letters = WaveLetters::new(store, &self.keys, parts, edition.run, wave.dated).await?;
        Ok(LoadedWave {
            letters: letters.signed_by(self.signer.as_ref()),
            subject: rules.decisions.subject,
            edition,
        })
    }

    /// A stored digest as a page, for "view in browser"; `None` where the token's digest is not its
    /// subscription's.
    pub async fn html(&self, opened: Opened) -> Result<Option<String>, LetterError> {
        let digest = match self.store.digest(opened.digest).await {
            Ok(digest) if digest.subscription == opened.subscription => digest,
            Ok(_) | Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let wave = self.wave(digest.wave).await?;
        let terms = self.store.terms(digest.terms_id).await?;
        let interests = Interests {
            topics: terms.topics,
            places: terms.places,
        };
        let placements = self.store.placements(digest.id).await?;
        let content = Content {
            picks: &digest.picks,
            placements: placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
            zone: &terms.zone,
            language: &terms.language,
            interests: &interests,
            list: opened.list,
            subscription: opened.subscription,
            digest: opened.digest,
        };
        Ok(Some(wave.letters.letter(&content)?.html))
    }
}

/// The content of a claimed row.
pub(super) fn content(claimed: &Claimed) -> Content<'_> {
    Content {
        picks: &claimed.picks,
        placements: claimed
            .placements
            .iter()
            .map(|p| (p.slot, p.flight, p.creative))
            .collect(),
        zone: &claimed.zone,
        language: &claimed.language,
        interests: &claimed.interests,
        list: claimed.list,
        subscription: claimed.subscription,
        digest: claimed.digest,
    }
}
