//! Received letters as pages: what each reader got, how it looks, what it is made of, and why.
//!
//! It reads from an [`InboxSource`] and knows neither what received the letters nor who explains
//! them. Letters are shown as they came, in a frame that runs nothing.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mail_parser::MessageParser;
use minijinja::{Value, context};

use super::guard::FRAME_POLICY;
use super::page::Pages;
use super::{Answer, Fault};
use crate::domain::time::{Timestamp, Zone};
use crate::render::words::Catalogue;

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
    /// Names of the topics and places that its reader follows; empty for the general letter.
    pub topics: Vec<String>,
    /// Link to the reader's terms.
    pub preferences: Option<String>,
    /// Link to leave.
    pub unsubscribe: Option<String>,
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

    /// The page of one letter, with one view of it open.
    fn page(&self, letter: &Received, view: &str, own: Value) -> Response {
        let speech = self.pages.speech("en");
        let context = context! { letter => self.facts(letter), view, ..own };
        self.pages
            .show(StatusCode::OK, "received.html", &speech, context)
    }

    fn facts(&self, letter: &Received) -> Value {
        let speech = self.pages.speech("en");
        let kilobytes = format!("{:.1}", letter.size as f64 / 1024.0);
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
/// day or by night.
async fn letter(
    State(inbox): State<Inbox>,
    Path(seq): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let page = async {
        let letter = inbox.find(&seq).await?;
        let width = match query.get("width").map(String::as_str) {
            Some("390") => "narrow",
            Some("600") => "wide",
            _ => "screen",
        };
        let dark = asks_for_dark(&query);
        let mut page = inbox.page(&letter, "html", context! { width, dark });
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, FRAME_POLICY.clone());
        Ok(page)
    };
    inbox.answer(page.await)
}

fn asks_for_dark(query: &HashMap<String, String>) -> bool {
    query.get("dark").is_some_and(|d| d == "1")
}

/// `GET /inbox/{seq}/html`: the HTML part, for the frame. Its links open beside the frame, since
/// their pages let themselves be framed by nobody.
async fn html(
    State(inbox): State<Inbox>,
    Path(seq): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    const POLICY: HeaderValue = HeaderValue::from_static(
        "default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; form-action 'none'; \
         frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
    );
    let page = async {
        let letter = inbox.find(&seq).await?;
        let octets = inbox.octets(letter.seq).await?;
        let message = MessageParser::default().parse(&octets);
        // Where there is only text, the reader of MIME would make HTML of it: that is no part of ours.
        let part = message
            .as_ref()
            .and_then(|m| m.html_part(0))
            .filter(|p| p.is_text_html());
        let part = part
            .and_then(|p| p.text_contents())
            .ok_or(Missing::Letter)?;
        let mut part = open_beside(part);
        if asks_for_dark(&query) {
            part = by_night(&part);
        }
        let mut page = super::page::html(StatusCode::OK, part);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, POLICY);
        Ok(page)
    };
    inbox.answer(page.await)
}

/// Puts `<base target="_blank">` into the head.
fn open_beside(document: &str) -> String {
    match document.find("<head>") {
        Some(at) => {
            let (before, after) = document.split_at(at + "<head>".len());
            format!("{before}<base target=\"_blank\">{after}")
        }
        None => document.to_owned(),
    }
}

/// The letter as a mail program in the dark shows it, whatever this machine prefers.
fn by_night(document: &str) -> String {
    document
        .replace("(prefers-color-scheme: dark)", "all")
        .replace("color-scheme: light dark", "color-scheme: dark")
}

/// `GET /inbox/{seq}/text`: the plain part.
async fn text(State(inbox): State<Inbox>, Path(seq): Path<String>) -> Response {
    let page = async {
        let letter = inbox.find(&seq).await?;
        let octets = inbox.octets(letter.seq).await?;
        let message = MessageParser::default().parse(&octets);
        let text = message
            .as_ref()
            .and_then(|m| m.body_text(0))
            .unwrap_or_default();
        Ok(inbox.page(&letter, "text", context! { text }))
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
        Ok(inbox.page(&letter, "why", context! { why }))
    };
    inbox.answer(page.await)
}
