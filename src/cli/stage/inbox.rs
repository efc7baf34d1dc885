//! The letters that a receiver of our own has, for the inbox pages.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use mail_parser::MessageParser;

use crate::cli::House;
use crate::cli::edition::{Which, weights};
use crate::cli::verdict::{VerdictWords, age};
use crate::domain::address::Address;
use crate::domain::edition::Edition;
use crate::domain::list::List;
use crate::domain::selection::{Candidate, Verdict};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Subscriber, Subscription};
use crate::domain::time::Timestamp;
use crate::domain::{ArticleId, DigestId, SubscriptionId};
use crate::feedback::link::{Opened, Purpose};
use crate::press::explain::{Explained, empty_slots};
use crate::press::{Press, ROOM};
use crate::sink::{Mailbox, Received as Caught};
use crate::web::inbox::{ExplainedRow, ExplainedSlot, Explanation, InboxSource, Received};
use crate::web::{Answer, Fault};

/// Editions in which a reader's digest is looked for.
const EDITIONS: i64 = 10;

/// Display names of topics and places.
type Names = BTreeMap<Slug, String>;

/// The letters of one list in a receiver.
pub(super) struct Inbox {
    pub(super) house: House,
    pub(super) list: List,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) press: Press,
    pub(super) at: Timestamp,
}

impl Inbox {
    async fn reader(&self, recipient: &str) -> Result<Option<(Subscriber, Subscription)>, Fault> {
        let store = &self.house.store;
        let hash = self.house.keys.address_hash(&Address::parse(recipient)?);
        let Some(person) = store.subscriber(&hash).await? else {
            return Ok(None);
        };
        let subscription = store.subscription_of(self.list.id, person.id).await?;
        Ok(subscription.map(|s| (person, s)))
    }

    fn link(&self, purpose: Purpose, subscription: SubscriptionId) -> Option<String> {
        let keys = &self.house.keys;
        let to = Opened {
            list: self.list.id,
            subscription,
            digest: DigestId(0),
        };
        let token = keys.token(keys.active_id(), purpose, to)?;
        // Relative, so that it works under whatever address the pages are looked at.
        Some(format!("/{}/{token}", purpose.as_str()))
    }

    async fn received(&self, caught: &Caught, names: &Names) -> Result<Received, Fault> {
        let reader = self.reader(&caught.recipient).await?;
        let message = MessageParser::default().parse(&caught.bytes[..]);
        let subject = message
            .as_ref()
            .and_then(|m| m.subject())
            .unwrap_or("(no subject)");
        let html = message.as_ref().and_then(|m| m.html_part(0));
        let preview = html.and_then(|p| p.text_contents()).map(preview);
        let terms = reader.as_ref().map(|(_, s)| &s.terms);
        let topics = terms.iter().flat_map(|t| t.followed().map(|t| &t.topic));
        let places = terms.iter().flat_map(|t| &t.places);
        let called = |slug: &Slug| names.get(slug).cloned().unwrap_or(slug.to_string());
        let subscription = reader.as_ref().map(|(_, s)| s.id);
        Ok(Received {
            seq: caught.seq,
            recipient: caught.recipient.clone(),
            subject: subject.to_owned(),
            preview: preview.unwrap_or_default(),
            at: self.at,
            size: caught.bytes.len(),
            byte_budget: self.list.settings.byte_budget,
            topics: topics.chain(places).map(called).collect(),
            preferences: subscription.and_then(|s| self.link(Purpose::Preferences, s)),
            unsubscribe: subscription.and_then(|s| self.link(Purpose::Unsubscribe, s)),
            postal_address: Some(self.list.settings.postal_address.clone()),
            language: terms.map_or_else(|| "en".to_owned(), |t| t.language.clone()),
            pages: Some(self.press.settings.public_url.clone()),
        })
    }

    /// Display names of topics and places.
    async fn names(&self) -> Result<Names, Fault> {
        let store = &self.house.store;
        let topics = store.topics().await?.into_iter().map(|t| (t.slug, t.name));
        let places = store.places().await?.into_iter().map(|p| (p.slug, p.name));
        Ok(places.chain(topics).collect())
    }

    /// The newest edition that has a digest for a reader.
    async fn edition(&self, recipient: &str) -> Result<Option<Edition>, Fault> {
        let Some((_, subscription)) = self.reader(recipient).await? else {
            return Ok(None);
        };
        let store = &self.house.store;
        for edition in store.editions(self.list.id, EDITIONS).await? {
            if store
                .digest_of(edition.id, subscription.id)
                .await?
                .is_some()
            {
                return Ok(Some(edition));
            }
        }
        Ok(None)
    }

    async fn explained(&self, recipient: &str) -> Result<Option<Explained>, Fault> {
        let Some((_, subscription)) = self.reader(recipient).await? else {
            return Ok(None);
        };
        match self.edition(recipient).await? {
            Some(edition) => Ok(Some(self.press.explain(&edition, subscription.id).await?)),
            None => Ok(None),
        }
    }

    async fn slots(&self, explained: &Explained) -> Result<Vec<ExplainedSlot>, Fault> {
        let flights = self.house.store.flights(Some(self.list.id)).await?;
        let filled = |slot| {
            let placed = explained.placements.iter().find(|p| p.slot == slot)?;
            let flight = flights.iter().find(|f| f.id == placed.flight)?;
            Some((flight.sponsor_name.clone(), placed.reason.clone()))
        };
        let placed: Vec<_> = explained
            .placements
            .iter()
            .map(|p| (p.slot, p.flight))
            .collect();
        let picks = &explained.selection.picks;
        let due = explained.wave.due_at;
        let empty = empty_slots(&explained.candidates, picks, &placed, &flights, due);
        let kept_out = |slot| {
            let why = empty
                .iter()
                .filter(|(s, ..)| *s == slot)
                .map(|(_, id, words)| {
                    let flight = flights.iter().find(|f| f.id == *id);
                    let name = flight.map_or_else(|| id.to_string(), |f| f.slug.to_string());
                    format!("{name}: {words}")
                });
            why.collect::<Vec<_>>().join("; ")
        };
        let slots = ROOM.iter().map(|(slot, _)| {
            let (sponsor, reason) = filled(*slot).unzip();
            ExplainedSlot {
                slot: slot.to_string(),
                sponsor,
                reason: reason.unwrap_or_else(|| kept_out(*slot)),
            }
        });
        Ok(slots.collect())
    }
}

impl InboxSource for Inbox {
    fn count(&self) -> usize {
        self.mailbox.messages().len()
    }

    fn letters(&self, skip: usize, most: usize) -> Answer<'_, Vec<Received>> {
        Box::pin(async move {
            let names = self.names().await?;
            let mut caught = self.mailbox.messages();
            caught.sort_by_key(|c| Reverse(c.seq));
            let mut letters = Vec::new();
            for caught in caught.iter().skip(skip).take(most) {
                letters.push(self.received(caught, &names).await?);
            }
            Ok(letters)
        })
    }

    fn letter(&self, seq: u64) -> Answer<'_, Option<Received>> {
        Box::pin(async move {
            match self.mailbox.get(seq) {
                Some(caught) => Ok(Some(self.received(&caught, &self.names().await?).await?)),
                None => Ok(None),
            }
        })
    }

    fn raw(&self, seq: u64) -> Answer<'_, Option<Vec<u8>>> {
        Box::pin(async move { Ok(self.mailbox.get(seq).map(|c| c.bytes.to_vec())) })
    }

    fn weights(&self, seq: u64) -> Answer<'_, Vec<(String, usize)>> {
        Box::pin(async move {
            let Some(caught) = self.mailbox.get(seq) else {
                return Ok(Vec::new());
            };
            let Some(edition) = self.edition(&caught.recipient).await? else {
                return Ok(Vec::new());
            };
            let which = Which {
                list: self.list.slug.to_string(),
                run: Some(edition.run.to_string()),
                cadence: Some(edition.cadence_name.to_string()),
            };
            let weighed = weights(&self.house, &which, &caught.recipient).await;
            // The page shows the letter all the same.
            Ok(weighed.unwrap_or_default())
        })
    }

    fn why(&self, seq: u64) -> Answer<'_, Option<Explanation>> {
        Box::pin(async move {
            let Some(caught) = self.mailbox.get(seq) else {
                return Ok(None);
            };
            let Some(explained) = self.explained(&caught.recipient).await? else {
                return Ok(None);
            };
            let names = self.names().await?;
            let sources = self.house.store.sources(None).await?;
            let words = VerdictWords {
                names,
                sources: sources.into_iter().map(|s| (s.id, s.name)).collect(),
                since_ms: explained.since_ms,
                ..Default::default()
            };
            Ok(Some(Explanation {
                rows: rows(&explained, &words),
                slots: self.slots(&explained).await?,
                agrees: explained.agrees,
            }))
        })
    }
}

/// The hidden line at the top of a letter that mail programs show after its subject.
fn preview(html: &str) -> String {
    let start = html.find("display:none").unwrap_or(html.len());
    let hidden = html[start..].split_once('>').map_or("", |(_, rest)| rest);
    let hidden = hidden.split("</div>").next().unwrap_or_default();
    let text = mail_parser::decoders::html::html_to_text(hidden);
    // What keeps the letter's own text out of that line: joiners, figure spaces, and the like.
    let filler = |c: char| matches!(c, '\u{34f}' | '\u{2007}' | '\u{feff}') || c.is_whitespace();
    text.trim_matches(filler).to_owned()
}

/// As `edition explain` has them: chosen ones in their order, then the others, newest first.
fn rows(explained: &Explained, words: &VerdictWords) -> Vec<ExplainedRow> {
    let topics = explained.terms.followed().next().is_some();
    let by_article: BTreeMap<ArticleId, &Candidate> = explained
        .candidates
        .iter()
        .map(|c| (c.article, c))
        .collect();
    let row = |(article, verdict): (&ArticleId, &Verdict)| {
        let candidate = by_article.get(article)?;
        let said = words.verdict(verdict, &explained.rules, topics);
        let (rank, verdict, reason) = match verdict {
            Verdict::Chosen { rank, .. } => (Some(*rank), "chosen".to_owned(), said),
            Verdict::SameStory { represented_by } => {
                let by = by_article.get(represented_by);
                let said = by.map_or(said, |c| format!("the same story as “{}”", c.headline));
                (None, said, String::new())
            }
            _ => (None, said, String::new()),
        };
        let minutes = (explained.rules.cutoff_ms - candidate.dated_ms).div_euclid(60_000);
        let row = ExplainedRow {
            rank,
            verdict,
            headline: candidate.headline.clone(),
            reason,
            age: age(minutes),
        };
        Some(((rank.unwrap_or(u16::MAX), minutes, *article), row))
    };
    let mut rows: Vec<_> = explained
        .selection
        .verdicts
        .iter()
        .filter_map(row)
        .collect();
    rows.sort_by_key(|(key, _)| *key);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// The routes of a stage: whoever opens its front finds the letters.
pub(super) fn at_the_front(pages: Router) -> Router {
    Router::new()
        .route("/", get(async || Redirect::to("/inbox")))
        .fallback_service(pages)
}
