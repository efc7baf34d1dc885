//! What a wave is planned from, read once and stored by content.

use std::collections::BTreeMap;

use super::choices;
use super::measure::Look;
use super::shelf::Shelf;
use super::{Press, PressError};
use crate::deliver::alignment::within;
use crate::deliver::pace::LaneTable;
use crate::domain::edition::{Edition, Frozen, Wave, in_force};
use crate::domain::letter::{SenderSettings, Signing};
use crate::domain::list::{List, ListSettings};
use crate::domain::picture::{Images, Shown};
use crate::domain::selection::{Candidate, Decisions, METHOD, Memory, Rules, Updates};
use crate::domain::time::Timestamp;
use crate::domain::written::Corrected;
use crate::domain::{ArticleId, RevisionId, StoryId};
use crate::render::TemplateSet;
use crate::store::StoreError;
use crate::store::planning::DueWave;

pub(super) const HOUR_MS: i64 = 3_600_000;

/// What of the machine's configuration goes into a wave.
#[derive(Clone, Debug)]
pub struct PressSettings {
    /// Base of every link to our pages, without a trailing slash.
    pub public_url: String,
    /// List-Unsubscribe-Post may stand in every list's letters: https, and the relay signs.
    pub one_click: bool,
    /// What else of the mail belongs to the machine.
    pub mail: MailSettings,
    /// The key that signs.
    pub key_id: String,
    /// The themes of lists.
    pub themes: Shelf,
    /// Recipient domains that are treated by themselves: a letter's lane is written with its plan.
    pub lanes: LaneTable,
    /// A letter is given up at the latest so many hours after it was due.
    pub deadline_hours: u32,
}

/// Who signs, and where bounces come back to.
#[derive(Clone, Debug, Default)]
pub struct MailSettings {
    /// Our DKIM keys; none: the relay signs, or nobody.
    pub signing: Option<Signing>,
    /// Domain of the envelope senders, in A-labels; none: the From address.
    pub bounce_domain: Option<String>,
}

/// A wave's inputs in memory.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What may be brought.
    pub candidates: Vec<Candidate>,
    /// The rules, with the editors' decisions.
    pub rules: Rules,
    /// Who sends, and the names of topics and places.
    pub sender: SenderSettings,
    /// The compiled template set.
    pub template: TemplateSet,
    /// The key of tokens and ids.
    pub key_id: String,
}

impl Press {
    /// The inputs that a wave due at `due` would be frozen with, as of an instant. Changes nothing.
    pub async fn inputs(
        &self,
        list: &List,
        edition: Option<&Edition>,
        due: Timestamp,
        as_of: Timestamp,
    ) -> Result<Inputs, PressError> {
        let decisions = match edition {
            Some(edition) => in_force(&self.store.decisions(edition.id).await?),
            None => Default::default(),
        };
        self.inputs_with(list, decisions, due, as_of).await
    }

    /// [`Press::inputs`], as if editors had decided this.
    pub async fn inputs_with(
        &self,
        list: &List,
        mut decisions: Decisions,
        due: Timestamp,
        as_of: Timestamp,
    ) -> Result<Inputs, PressError> {
        let settings = &list.settings;
        for correction in &mut decisions.corrections {
            correction.about = self.corrected(correction.article).await?;
        }
        let lead = i64::from(settings.lead_minutes) * 60_000;
        let cutoff = due.as_millisecond().saturating_sub(lead);
        let cutoff = cutoff.min(as_of.as_millisecond());
        // Twice what may be taken, so that what is just too old is named in an explanation.
        let reach = 2 * HOUR_MS * i64::from(settings.window_hours + settings.carry_hours);
        let at = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let back = self.store.reaches(list.id, due).await?;
        let most = HOUR_MS * i64::from(settings.catch_up_hours);
        // Further where somebody comes back, and a little more, for the same reason.
        let window = HOUR_MS * i64::from(settings.window_hours);
        let back = back.map(|since| since.as_millisecond().max(cutoff - most) - window);
        let oldest = (cutoff - reach).min(back.unwrap_or(i64::MAX));
        let (from, until) = (at(oldest), at(cutoff));
        let mut candidates = self.store.candidates(list.id, from, until).await?;
        let named: Vec<StoryId> = decisions
            .lead
            .iter()
            .chain(&decisions.pins)
            .copied()
            .collect();
        if !named.is_empty() {
            for extra in self.store.candidates_of(&named, list.id, until).await? {
                if !candidates.iter().any(|c| c.article == extra.article) {
                    candidates.push(extra);
                }
            }
            candidates.sort_by_key(|c| c.article);
        }
        choices::without_sources(&mut candidates, &mut decisions);
        self.risks(&mut candidates).await?;
        self.kin(&mut candidates, until).await?;
        let images = (settings.images, &decisions);
        self.pictures(images, &mut candidates).await?;
        let mut rules = rules(settings, cutoff, decisions);
        if rules.memory == Memory::Shared {
            let shares = |l: &&List| l.settings.memory == Memory::Shared && l.id != list.id;
            let lists = self.store.lists().await?;
            rules.shares = lists.iter().filter(shares).map(|l| l.id).collect();
        }
        let mut inputs = Inputs {
            candidates,
            rules,
            sender: self.sender(list).await?,
            template: self.settings.themes.theme(&settings.theme).await?,
            key_id: self.settings.key_id.clone(),
        };
        let flights = self.store.flights(Some(list.id)).await?;
        inputs.rules.room = Some(self.room(&inputs, &flights, due)?);
        Ok(inputs)
    }

    /// What makes candidates a risk beside an advertisement.
    async fn risks(&self, candidates: &mut [Candidate]) -> Result<(), PressError> {
        let articles: Vec<ArticleId> = candidates.iter().map(|c| c.article).collect();
        let mut risks = self.store.risks(&articles).await?;
        for candidate in candidates {
            candidate.risk = risks.remove(&candidate.article).unwrap_or_default();
        }
        Ok(())
    }

    /// The article that a correction is about, as letters name it.
    async fn corrected(&self, article: Option<ArticleId>) -> Result<Option<Corrected>, PressError> {
        let Some(id) = article else { return Ok(None) };
        match self.store.article(id).await {
            Ok(article) => Ok(Some(Corrected {
                headline: article.text.headline,
                link: article.url.at(article.fragment.as_deref()),
                language: article.language,
            })),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What letters show of the candidates' pictures, as far as it is known now.
    async fn pictures(
        &self,
        (images, decisions): (Images, &Decisions),
        candidates: &mut [Candidate],
    ) -> Result<(), PressError> {
        let revisions: Vec<RevisionId> = candidates.iter().map(|c| c.revision).collect();
        let known = match images {
            Images::Own => self.store.pictures_of(&revisions).await?,
            Images::Given | Images::Off => BTreeMap::new(),
        };
        for candidate in &mut *candidates {
            candidate.picture = Shown::of(images, known.get(&candidate.revision));
        }
        self.chosen_pictures(images, decisions, candidates).await
    }

    /// Says of the renditions that a wave shows until when they are needed at least, and looks again
    /// at what is there: one that was removed in between is shown as given.
    async fn keep_pictures(
        &self,
        list: &List,
        inputs: &mut Inputs,
        due: Timestamp,
    ) -> Result<(), PressError> {
        let own = |c: &Candidate| c.picture.rendition().map(|own| own.sha256.clone());
        let names: Vec<String> = inputs.candidates.iter().filter_map(own).collect();
        if !names.is_empty() {
            self.store.pictures_named(&names, due).await?;
            let images = (list.settings.images, &inputs.rules.decisions);
            self.pictures(images, &mut inputs.candidates).await?;
        }
        Ok(())
    }

    async fn sender(&self, list: &List) -> Result<SenderSettings, PressError> {
        let settings = &list.settings;
        let full = |a: &crate::domain::address::Address| a.full().to_owned();
        let mail = &self.settings.mail;
        // A signature of another domain does not help From (DMARC), so none is put there.
        let from = settings.sender_address.as_ref();
        let ours = |s: &&Signing| from.is_some_and(|f| within(f.domain(), &s.domain));
        let signing = mail.signing.as_ref().filter(ours).cloned();
        let https = self.settings.public_url.starts_with("https://");
        let topics = self.store.topics().await?;
        let places = self.store.places().await?;
        Ok(SenderSettings {
            list_slug: list.slug.to_string(),
            list_id: list.list_id().unwrap_or_default(),
            list_name: settings.name.clone(),
            tagline: settings.tagline.clone(),
            sender_name: settings.sender_display().to_owned(),
            sender_address: settings
                .sender_address
                .as_ref()
                .map(full)
                .unwrap_or_default(),
            reply_to: settings.reply_to.as_ref().map(full),
            postal_address: settings.postal_address.clone(),
            public_url: self.settings.public_url.clone(),
            one_click: self.settings.one_click || (https && signing.is_some()),
            signing,
            bounce_domain: mail.bounce_domain.clone(),
            theme: settings.theme.clone(),
            website: settings.website.clone(),
            text_links: settings.text_links,
            utm: list.utm(),
            topics: topics
                .into_iter()
                .map(|t| (t.slug, t.name))
                .collect::<BTreeMap<_, _>>(),
            places: places
                .into_iter()
                .map(|p| (p.slug, p.name))
                .collect::<BTreeMap<_, _>>(),
        })
    }

    /// The wave of a due group with its inputs: frozen now, or as it was frozen when its plan began.
    pub async fn frozen_wave(
        &self,
        list: &List,
        edition: &Edition,
        due: &DueWave,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(Wave, Inputs), PressError> {
        let begun = self.store.waves(edition.id).await?;
        let same = |w: &&Wave| w.due_at.as_millisecond() == due.due_at.as_millisecond();
        if let Some(wave) = begun.iter().find(same) {
            return Ok((wave.clone(), self.thaw(wave).await?));
        }
        let mut inputs = self.inputs(list, Some(edition), due.due_at, as_of).await?;
        let looks = self.store.due_looks(due).await?.into_iter();
        let looks = looks.map(|(language, length, images)| Look {
            language,
            length,
            images,
        });
        self.within_limit(list, &inputs, due.run, &looks.collect())?;
        self.keep_pictures(list, &mut inputs, due.due_at).await?;
        let store = &self.store;
        let text = |e: serde_json::Error| PressError::Frozen(e.to_string());
        let candidates = serde_json::to_vec(&inputs.candidates).map_err(text)?;
        let rules = serde_json::to_vec(&inputs.rules).map_err(text)?;
        let sender = serde_json::to_vec(&inputs.sender).map_err(text)?;
        let frozen = Frozen {
            candidates: store.content_put("candidates", &candidates).await?,
            rules: store.content_put("rules", &rules).await?,
            template: store
                .content_put("template", &inputs.template.to_bytes())
                .await?,
            sender: store.content_put("sender", &sender).await?,
            key_id: inputs.key_id.clone(),
        };
        let cutoff = Timestamp::from_millisecond(inputs.rules.cutoff_ms).unwrap_or(due.due_at);
        let wave = store
            .wave_open(edition.id, due.due_at, cutoff, &frozen, now)
            .await?;
        // Another process may have frozen it in the same instant; what stands in the row counts.
        let inputs = if wave.frozen == frozen {
            inputs
        } else {
            self.thaw(&wave).await?
        };
        Ok((wave, inputs))
    }

    /// A wave's inputs as they were frozen.
    pub async fn thaw(&self, wave: &Wave) -> Result<Inputs, PressError> {
        let frozen = &wave.frozen;
        let text = |e: serde_json::Error| PressError::Frozen(e.to_string());
        let bytes = self.store.content(frozen.candidates).await?;
        let candidates = serde_json::from_slice(&bytes).map_err(text)?;
        let rules =
            serde_json::from_slice(&self.store.content(frozen.rules).await?).map_err(text)?;
        let sender =
            serde_json::from_slice(&self.store.content(frozen.sender).await?).map_err(text)?;
        let template = TemplateSet::from_bytes(&self.store.content(frozen.template).await?)
            .map_err(PressError::Template)?;
        Ok(Inputs {
            candidates,
            rules,
            sender,
            template,
            key_id: frozen.key_id.clone(),
        })
    }
}

/// A list's settings as the rules of a wave.
pub(super) fn rules(settings: &ListSettings, cutoff_ms: i64, decisions: Decisions) -> Rules {
    let hours = |h: u16| i64::from(h) * HOUR_MS;
    Rules {
        cutoff_ms,
        window_ms: hours(settings.window_hours),
        carry_ms: hours(settings.carry_hours),
        half_life_ms: u64::from(settings.half_life_hours) * HOUR_MS.unsigned_abs(),
        stories: settings.stories,
        stories_min: settings.stories_min,
        personal: settings.personal,
        topic_cap: settings.topic_cap,
        source_cap: settings.source_cap,
        author_cap: settings.author_cap,
        local: settings.local_stories,
        diversity: settings.diversity * 10,
        updates: Updates {
            after_ms: hours(settings.update_after_hours),
            new: settings.update_new * 10,
            most: settings.updates,
        },
        languages: settings.languages,
        memory: settings.memory,
        shares: Vec::new(),
        memory_days: settings.memory_days,
        byte_budget: settings.byte_budget,
        decisions,
        room: None,
        method: METHOD,
    }
}
