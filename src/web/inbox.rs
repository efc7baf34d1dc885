//! Received letters as pages: what each reader got, how it looks, what it is made of, and why.
//!
//! It reads from an [`InboxSource`] and knows neither what received the letters nor who explains
//! them. Letters are shown as they came, in a frame that runs nothing.

pub mod frame;
mod lab;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use minijinja::{Value, context};

use super::guard::FRAME_POLICY;
use super::page::Pages;
use super::{Answer, Fault};
use crate::domain::time::{Timestamp, Zone};
use crate::render::words::Catalogue;
use lab::{Parts, View};

/// A received letter, as the list of them shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Its number, counted up as letters come in.
    pub seq: u64,
    /// Whose mailbox, as it may be shown.
    pub recipient: String,
    /// Its subject, decoded.
    pub subject: String,
    /// What mail programs show after the subject; may be empty.
    pub preview: String,
    /// When it came.
    pub at: Timestamp,
    /// Octets on the wire.
    pub size: usize,
    /// Octets that its list allows a letter's HTML.
    pub byte_budget: u32,
    /// Names of the topics and places that its reader follows; empty for the general letter.
    pub topics: Vec<String>,
    /// Path of the page of the reader's terms.
    pub preferences: Option<String>,
    /// Path of the page to leave.
    pub unsubscribe: Option<String>,
    /// Address of its list, as every letter has it.
    pub postal_address: Option<String>,
    /// The reader's language.
    pub language: String,
    /// Base of our pages' links in it.
    pub pages: Option<String>,
}

/// A letter's explanation: every candidate once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Chosen ones first, in their order; then the others, newest first.
    pub rows: Vec<ExplainedRow>,
    /// Every slot of the layout once, in its order.
    pub slots: Vec<ExplainedSlot>,
    /// Whether the replay chose what was sent.
    pub agrees: bool,
}

/// What became of one candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplainedRow {
    /// Its place in the letter, from 1; `None` if it was not chosen.
    pub rank: Option<u16>,
    /// Its verdict, in words.
    pub verdict: String,
    /// What it is called.
    pub headline: String,
    /// Why, in words; may be empty.
    pub reason: String,
    /// How old it was at the cut-off, in words.
    pub age: String,
}

/// What stands in a slot of the layout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplainedSlot {
    /// Which slot.
    pub slot: String,
    /// The sponsor's name; `None` where the slot stayed empty.
    pub sponsor: Option<String>,
    /// Why it is there, as it was written down; where the slot stayed empty, what kept each one out.
    pub reason: String,
}

/// Where received letters come from.
pub trait InboxSource: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// At most `most` of them, newest first, after the newest `skip`.
    fn letters(&self, skip: usize, most: usize) -> Answer<'_, Vec<Received>>;
    /// One of them.
    fn letter(&self, seq: u64) -> Answer<'_, Option<Received>>;
    /// Its octets as they came (RFC 5322).
    fn raw(&self, seq: u64) -> Answer<'_, Option<Vec<u8>>>;
    /// What its places weigh in octets of HTML, from its top; none where that is not known any more.
    fn weights(&self, seq: u64) -> Answer<'_, Vec<(String, usize)>>;
    /// Why it holds what it holds.
    fn why(&self, seq: u64) -> Answer<'_, Option<Explanation>>;
}

/// Letters on a page of the list.
const ON_A_PAGE: usize = 100;

#[derive(Clone)]
struct Inbox {
    source: Arc<dyn InboxSource>,
    pages: Pages,
}

/// The routes under `/inbox`, to be merged into a router.
pub fn routes(source: Arc<dyn InboxSource>, words: Arc<Catalogue>) -> Router {
    let pages = Pages::new(words);
    let routes = Router::new()
        .route("/inbox", get(all))
        .route("/inbox/{seq}", get(letter))
        .route("/inbox/{seq}/html", get(html))
        .route("/inbox/{seq}/text", get(text))
        .route("/inbox/{seq}/raw", get(raw))
        .route("/inbox/{seq}/why", get(why))
        .with_state(Inbox {
            source,
            pages: pages.clone(),
        });
    super::guarded(routes, pages)
}

/// Why there is no page.
enum Missing {
    Letter,
    Fault(Fault),
}

impl From<Fault> for Missing {
    fn from(error: Fault) -> Missing {
        Missing::Fault(error)
    }
}

impl Inbox {
    /// One letter by the number in its path.
    async fn find(&self, seq: &str) -> Result<Received, Missing> {
        let seq = seq.parse().map_err(|_| Missing::Letter)?;
        self.source.letter(seq).await?.ok_or(Missing::Letter)
    }

    async fn octets(&self, seq: u64) -> Result<Vec<u8>, Missing> {
        self.source.raw(seq).await?.ok_or(Missing::Letter)
    }

    fn answer(&self, page: Result<Response, Missing>) -> Response {
        match page {
            Ok(page) => page,
            Err(Missing::Letter) => self.pages.not_found(),
            Err(Missing::Fault(error)) => self.pages.failed(error.as_ref()),
        }
    }

    /// The newest letters beside one, to be laid next to it.
    async fn others(&self, letter: &Received) -> Result<Vec<Value>, Missing> {
        let letters = self.source.letters(0, ON_A_PAGE).await?;
        let others = letters.iter().filter(|l| l.seq != letter.seq);
        let other = |l: &Received| {
            context! { seq => l.seq, to => l.recipient.clone(), subject => l.subject.clone() }
        };
        Ok(others.map(other).collect())
    }

    /// How the choice of stories differs between two letters; nothing where one is not explained.
    async fn differences(
        &self,
        letter: &Received,
        second: Option<&Received>,
    ) -> Result<Vec<Value>, Missing> {
        let Some(second) = second else {
            return Ok(Vec::new());
        };
        let left = self.source.why(letter.seq).await?;
        let right = self.source.why(second.seq).await?;
        let both = left.zip(right);
        Ok(both.map_or_else(Vec::new, |(l, r)| lab::differences(&l, &r)))
    }

    /// The page of one letter, with one view of it open.
    fn page(&self, letter: &Received, view: &str, second: Option<u64>, own: Value) -> Response {
        let speech = self.pages.speech("en");
        let context = context! { letter => self.facts(letter), view, second, ..own };
        self.pages
            .show(StatusCode::OK, "received.html", &speech, context)
    }

    fn facts(&self, letter: &Received) -> Value {
        let speech = self.pages.speech("en");
        let kilobytes = format!("{:.1}", letter.size as f64 / 1_000.0);
        context! {
            seq => letter.seq,
            subject => letter.subject.clone(),
            preview => letter.preview.clone(),
            to => letter.recipient.clone(),
            topics => letter.topics.join(", "),
            date => speech.say_when("inbox.came", letter.at, &Zone::utc()),
            time => speech.say_when("inbox.came_short", letter.at, &Zone::utc()),
            size => speech.say("inbox.kilobytes", &[("n", &kilobytes)]),
            preferences => letter.preferences.clone(),
            unsubscribe => letter.unsubscribe.clone(),
        }
    }
}

/// `GET /inbox`: newest first, a hundred on a page.
async fn all(State(inbox): State<Inbox>, Query(query): Query<HashMap<String, String>>) -> Response {
    let page = async {
        let pages = inbox.source.count().div_ceil(ON_A_PAGE).max(1);
        let asked = query.get("page").and_then(|p| p.parse().ok());
        let page: usize = asked.unwrap_or(1).clamp(1, pages);
        let letters = inbox.source.letters((page - 1) * ON_A_PAGE, ON_A_PAGE);
        let letters: Vec<Value> = letters.await?.iter().map(|l| inbox.facts(l)).collect();
        let speech = inbox.pages.speech("en");
        let context = context! { letters, page, pages };
        Ok(inbox
            .pages
            .show(StatusCode::OK, "inbox.html", &speech, context))
    };
    inbox.answer(page.await)
}

/// `GET /inbox/{seq}`: the letter in a frame, as wide as the screen lets it, a desk or a phone, by
/// day or by night, with or without pictures, alone or beside another one.
async fn letter(
    State(inbox): State<Inbox>,
    Path(seq): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let page = async {
        let view = View::of(&query);
        let letter = inbox.find(&seq).await?;
        let second = match view.beside {
            Some(seq) => Some(inbox.find(&seq.to_string()).await?),
            None => None,
        };
        let parts = Parts::of(&inbox.octets(letter.seq).await?);
        let words = inbox.pages.catalogue();
        let weights = inbox.source.weights(letter.seq).await?;
        let own = context! {
            weights => lab::weights(&weights, &inbox.pages.speech("en")),
            sizes => parts.sizes(&letter, &inbox.pages.speech("en")),
            findings => lab::told(&parts.findings(&letter, words)),
            others => inbox.others(&letter).await?,
            differences => inbox.differences(&letter, second.as_ref()).await?,
            ..view.context(&letter, second.as_ref())
        };
        let mut page = inbox.page(&letter, "html", second.map(|l| l.seq), own);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, FRAME_POLICY.clone());
        Ok(page)
    };
    inbox.answer(page.await)
}

/// `GET /inbox/{seq}/html`: the HTML part, for the frame. Its links open beside the frame, since
/// their pages let themselves be framed by nobody.
async fn html(
    State(inbox): State<Inbox>,
    Path(seq): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    const PICTURES: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; form-action 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    const NO_PICTURES: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    let page = async {
        let view = View::of(&query);
        let letter = inbox.find(&seq).await?;
        let parts = Parts::of(&inbox.octets(letter.seq).await?);
        let mut part = frame::opens_beside(&parts.html.ok_or(Missing::Letter)?);
        if view.dark {
            part = frame::by_night(&part);
        }
        let policy = if view.images { PICTURES } else { NO_PICTURES };
        let mut page = super::page::html(StatusCode::OK, part);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        Ok(page)
    };
    inbox.answer(page.await)
}

/// `GET /inbox/{seq}/text`: the plain part.
async fn text(State(inbox): State<Inbox>, Path(seq): Path<String>) -> Response {
    let page = async {
        let letter = inbox.find(&seq).await?;
        let text = Parts::of(&inbox.octets(letter.seq).await?).text;
        Ok(inbox.page(&letter, "text", None, context! { text }))
    };
    inbox.answer(page.await)
}

/// `GET /inbox/{seq}/raw`: the octets as they came.
async fn raw(State(inbox): State<Inbox>, Path(seq): Path<String>) -> Response {
    let page = async {
        let letter = inbox.find(&seq).await?;
        let octets = inbox.octets(letter.seq).await?;
        Ok((
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            octets,
        )
            .into_response())
    };
    inbox.answer(page.await)
}

/// `GET /inbox/{seq}/why`: every candidate with its verdict.
async fn why(State(inbox): State<Inbox>, Path(seq): Path<String>) -> Response {
    let page = async {
        let letter = inbox.find(&seq).await?;
        let why = inbox.source.why(letter.seq).await?.map(|why| {
            let row = |r: &ExplainedRow| {
                context! { rank => r.rank, verdict => r.verdict.clone(), headline => r.headline.clone(), reason => r.reason.clone(), age => r.age.clone() }
            };
            let slot = |s: &ExplainedSlot| {
                context! { slot => s.slot.clone(), sponsor => s.sponsor.clone(), reason => s.reason.clone() }
            };
            let left = why.rows.iter().filter(|r| r.rank.is_none()).count();
            context! {
                left,
                rows => why.rows.iter().map(row).collect::<Vec<_>>(),
                slots => why.slots.iter().map(slot).collect::<Vec<_>>(),
                chosen => why.rows.iter().filter(|r| r.rank.is_some()).count(),
                agrees => why.agrees,
            }
        });
        Ok(inbox.page(&letter, "why", None, context! { why }))
    };
    inbox.answer(page.await)
}
