//! Pages out of templates and words.
//!
//! Templates are part of the program; every fixed word comes from the catalogue by `say(key, …)`,
//! and every other text is escaped where it stands. It knows no handler.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Object, Value};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use sha2::{Digest, Sha256};

use crate::domain::time::{Date, Timestamp, Zone};
use crate::render::words::{Catalogue, Words};

/// The one style sheet. It stands in every page, so that a page is one request behind any proxy.
pub(super) const STYLE: &str = include_str!("../../templates/web/style.css");

const TEMPLATES: &[(&str, &str)] = &[
    ("base.html", include_str!("../../templates/web/base.html")),
    (
        "notice.html",
        include_str!("../../templates/web/notice.html"),
    ),
    ("front.html", include_str!("../../templates/web/front.html")),
    ("list.html", include_str!("../../templates/web/list.html")),
    (
        "archive.html",
        include_str!("../../templates/web/archive.html"),
    ),
    (
        "issues.html",
        include_str!("../../templates/web/issues.html"),
    ),
    ("atom.xml", include_str!("../../templates/web/atom.xml")),
    ("leave.html", include_str!("../../templates/web/leave.html")),
    ("terms.html", include_str!("../../templates/web/terms.html")),
    ("own.html", include_str!("../../templates/web/own.html")),
    (
        "own_letters.html",
        include_str!("../../templates/web/own_letters.html"),
    ),
    (
        "own_why.html",
        include_str!("../../templates/web/own_why.html"),
    ),
    (
        "own_lists.html",
        include_str!("../../templates/web/own_lists.html"),
    ),
    (
        "own_data.html",
        include_str!("../../templates/web/own_data.html"),
    ),
    ("fresh.html", include_str!("../../templates/web/fresh.html")),
    ("link.html", include_str!("../../templates/web/link.html")),
    ("join.html", include_str!("../../templates/web/join.html")),
    (
        "confirm.html",
        include_str!("../../templates/web/confirm.html"),
    ),
    ("inbox.html", include_str!("../../templates/web/inbox.html")),
    (
        "received.html",
        include_str!("../../templates/web/received.html"),
    ),
];

/// All pages, compiled, and the words that they are written in.
#[derive(Clone, Debug)]
pub(super) struct Pages {
    templates: Arc<Environment<'static>>,
    words: Arc<Catalogue>,
}

impl Pages {
    /// Compiles the templates.
    pub(super) fn new(words: Arc<Catalogue>) -> Pages {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        templates.set_syntax(syntax.expect("the usual delimiters"));
        templates.add_global("style", Value::from_safe_string(STYLE.to_owned()));
        for (name, source) in TEMPLATES
            .iter()
            .chain(super::desk::TEMPLATES)
            .chain(super::morning::TEMPLATES)
        {
            templates
                .add_template(name, source)
                .expect("each embedded template is compiled by a test");
        }
        Pages {
            templates: Arc::new(templates),
            words,
        }
    }

    /// The words of all languages.
    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.words
    }

    /// The words of a language.
    pub(super) fn speech(&self, language: &str) -> Speech {
        Speech {
            words: self.words.clone(),
            language: language.to_owned(),
        }
    }

    /// A page in a language, with `context` for its template. A template that fails gives the page
    /// of our own faults.
    pub(super) fn show(
        &self,
        status: StatusCode,
        template: &str,
        speech: &Speech,
        context: Value,
    ) -> Response {
        match self.text(template, speech, context) {
            Ok(text) => html(status, text),
            Err(error) => {
                tracing::error!(template, %error, "a page cannot be made");
                self.plain(StatusCode::INTERNAL_SERVER_ERROR, "failed")
            }
        }
    }

    /// A page of two sentences, `page.KEY` and `page.KEY_more`, in English: whoever meets it may be
    /// anybody. It is the same, byte for byte, for everybody.
    pub(super) fn plain(&self, status: StatusCode, key: &str) -> Response {
        self.notice(status, key, &self.speech("en"))
    }

    /// As [`Pages::plain`], in a reader's language.
    pub(super) fn notice(&self, status: StatusCode, key: &str, speech: &Speech) -> Response {
        let more = format!("page.{key}_more");
        let context = context! { head => speech.say(&format!("page.{key}"), &[]), more => speech.say(&more, &[]) };
        match self.text("notice.html", speech, context) {
            Ok(text) => html(status, text),
            Err(_) => status.into_response(),
        }
    }

    /// Nothing here: what every bad token gets.
    pub(super) fn not_found(&self) -> Response {
        self.plain(StatusCode::NOT_FOUND, "not_found")
    }

    /// The page of our own faults; what happened goes to the log alone.
    pub(super) fn failed(&self, error: &(dyn std::error::Error + 'static)) -> Response {
        tracing::error!(error, "a page failed");
        self.plain(StatusCode::INTERNAL_SERVER_ERROR, "failed")
    }

    /// The text of a page.
    ///
    /// # Errors
    /// A template that fails.
    pub(super) fn text(
        &self,
        template: &str,
        speech: &Speech,
        own: Value,
    ) -> Result<String, Error> {
        let shared = context! {
            say => Value::from_object(speech.clone()),
            language => speech.tag(),
            direction => speech.say("direction", &[]),
        };
        self.templates
            .get_template(template)?
            .render(context! { ..own, ..shared })
    }
}

/// The words on pages that somebody agrees to, or leaves by, by their keys in the catalogue.
const AGREED: [&str; 6] = [
    "join.consent",
    "leave.ask",
    "leave.again",
    "own.join_consent",
    "own.leave",
    "fresh.moved",
];

/// Those words as receipts name them: in every language, each with its version. Where a list's name
/// goes there is `…`.
pub fn wordings(words: &Arc<Catalogue>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for own in words.all() {
        let speech = Speech {
            words: words.clone(),
            language: own.language().to_owned(),
        };
        let said = |key| (speech.version(key), speech.say(key, &[("list", "…")]));
        all.extend(AGREED.into_iter().map(said));
    }
    all
}

/// A catalogue in one language: what templates call as `say("leave.ask", list=…)`.
#[derive(Clone, Debug)]
pub(super) struct Speech {
    words: Arc<Catalogue>,
    language: String,
}

impl Speech {
    fn words(&self) -> Option<&Words> {
        self.words.language(&self.language).ok()
    }

    /// The tag of the language that is spoken.
    pub(super) fn tag(&self) -> &str {
        self.words().map_or("en", Words::language)
    }

    /// The text of a key, with its names filled in.
    pub(super) fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.words()
            .map(|w| w.fill(key, values))
            .unwrap_or_default()
    }

    /// The version of words that are agreed to: their language and a hash of them, so that a receipt
    /// names them exactly.
    pub(super) fn version(&self, key: &str) -> String {
        let hash = Sha256::digest(self.say(key, &[("list", "")]).as_bytes());
        let hash: String = hash[..6].iter().map(|b| format!("{b:02x}")).collect();
        format!("{}-{hash}", self.tag())
    }

    /// A key that speaks of an instant: fills in `{date}`, `{time}` and `{zone}` on a reader's clock.
    pub(super) fn say_when(&self, key: &str, at: Timestamp, zone: &Zone) -> String {
        self.say_due(key, at, zone, 0)
    }

    /// A day, in full.
    pub(super) fn date(&self, day: Date) -> String {
        self.words().map(|w| w.date_long(day)).unwrap_or_default()
    }

    /// The name of a day's weekday.
    pub(super) fn weekday(&self, day: Date) -> String {
        let words = self.words();
        words.map(|w| w.weekday(day).to_owned()).unwrap_or_default()
    }

    /// A key that speaks of a day: fills in `{date}`.
    pub(super) fn say_date(&self, key: &str, day: Date) -> String {
        self.say(key, &[("date", &self.date(day))])
    }

    /// The same of a letter that leaves within `spread` minutes of `at`: then by the key's
    /// `_between`.
    pub(super) fn say_due(&self, key: &str, at: Timestamp, zone: &Zone, spread: u16) -> String {
        let wall = zone.tz().to_datetime(at);
        let words = self.words();
        let date = words.map(|w| w.date_long(wall.date())).unwrap_or_default();
        let time = words
            .map(|w| w.time(wall.hour(), wall.minute()))
            .unwrap_or_default();
        let values = [
            ("date", date.as_str()),
            ("time", &time),
            ("zone", zone.name()),
        ];
        if spread == 0 {
            return self.say(key, &values);
        }
        // The whole window is promised, not the reader's own place in it.
        let last = at.checked_add(jiff::SignedDuration::from_mins(spread.into()));
        let last = zone.tz().to_datetime(last.unwrap_or(at));
        let until = words
            .map(|w| w.time(last.hour(), last.minute()))
            .unwrap_or_default();
        let [date, time, zone] = values;
        self.say(
            &format!("{key}_between"),
            &[date, time, zone, ("until", &until)],
        )
    }
}

impl Object for Speech {
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (key, values): (&str, Kwargs) = minijinja::value::from_args(args)?;
        match self.words() {
            Some(words) => words.call(key, &values).map(Value::from),
            None => Err(Error::from(ErrorKind::UndefinedError)),
        }
    }
}

/// An HTML answer.
pub(super) fn html(status: StatusCode, text: String) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        text,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::StatusCode;

    use super::{Pages, context};
    use crate::render::words::Catalogue;

    #[test]
    fn every_notice_has_its_words_and_texts_are_escaped() {
        let words = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let pages = Pages::new(Arc::new(words));
        let speech = pages.speech("en");
        for key in [
            "not_found",
            "not_allowed",
            "bad_form",
            "too_large",
            "failed",
            "busy",
            "gone",
            "letter_gone",
            "foreign",
            "join_closed",
            "join_over",
            "link_over",
            "move_over",
            "forgotten",
        ] {
            let head = speech.say(&format!("page.{key}"), &[]);
            let more = speech.say(&format!("page.{key}_more"), &[]);
            assert!(
                head.contains(' ') && more.contains(' '),
                "{key}: {head} {more}"
            );
            assert_eq!(
                pages.plain(StatusCode::OK, key).status(),
                StatusCode::OK,
                "{key}"
            );
        }
        let list = context! { name => "<script>alert(1)</script>", tagline => "", link => "/" };
        let context = context! { lists => vec![list] };
        let text = pages.text("front.html", &speech, context).expect("a page");
        assert!(
            text.contains("&lt;script&gt;alert(1)") && !text.contains("<script"),
            "{text}"
        );
    }
}
