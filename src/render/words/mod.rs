//! Fixed words: one catalogue a language in Fluent's form, complete or refused.
//!
//! Keys are dotted paths (`why.topic` is the message `why-topic`); what a message fills in or counts
//! are its variables. The catalogue knows no HTML and no reader; pages and letters share it. Numbers
//! are printed in Western digits, and no marks are put around what is filled in.

mod catalogue;
mod error;
mod source;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::civil::Date;
use minijinja::Value;
use unic_langid::LanguageIdentifier;

pub use catalogue::{Catalogue, ENGLISH};
pub use error::WordsError;

use source::Shape;

const WEEKDAYS: [&str; 7] = [
    "date.monday",
    "date.tuesday",
    "date.wednesday",
    "date.thursday",
    "date.friday",
    "date.saturday",
    "date.sunday",
];

const MONTHS: [&str; 12] = [
    "date.january",
    "date.february",
    "date.march",
    "date.april",
    "date.may",
    "date.june",
    "date.july",
    "date.august",
    "date.september",
    "date.october",
    "date.november",
    "date.december",
];

/// Numbers that between them meet every plural rule: a message has to come to a text with each.
const TRIALS: [&str; 8] = ["0", "1", "2", "3", "5", "11", "21", "100"];

/// The words of one language. Cheap to clone.
#[derive(Clone)]
pub struct Words(Arc<Inner>);

struct Inner {
    language: String,
    bundle: FluentBundle<FluentResource>,
    messages: BTreeMap<String, Message>,
}

struct Message {
    /// Its name in the file.
    id: String,
    /// Its line in the file, from 1.
    line: usize,
    shape: Shape,
    /// What it says, where it fills nothing in.
    text: Option<String>,
}

impl Words {
    /// Reads a catalogue. `language` is its BCP 47 tag.
    pub fn parse(language: &str, source: &str) -> Result<Words, WordsError> {
        let locale: LanguageIdentifier = language.parse().map_err(|_| WordsError::Tag {
            language: language.to_owned(),
        })?;
        let (resource, shapes) = source::read(language, source)?;
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        bundle.add_builtins().map_err(|e| WordsError::Form {
            language: language.to_owned(),
            line: 1,
            reason: e.to_string(),
        })?;
        let mut messages = BTreeMap::new();
        for (id, shape) in shapes {
            let line = source::line_of(source, &id);
            let refused = |reason: &str| WordsError::Form {
                language: language.to_owned(),
                line,
                reason: format!("`{id}`: {reason}"),
            };
            let text = tried(&bundle, &id, &shape).map_err(|reason| refused(&reason))?;
            if id == "direction" && !matches!(text.as_deref(), Some("ltr" | "rtl")) {
                return Err(refused("it is ltr or rtl"));
            }
            let key = id.replace('-', ".");
            let message = Message {
                id,
                line,
                shape,
                text,
            };
            messages.insert(key, message);
        }
        Ok(Words(Arc::new(Inner {
            language: language.to_owned(),
            bundle,
            messages,
        })))
    }

    /// Its tag.
    pub fn language(&self) -> &str {
        &self.0.language
    }

    /// Whether it is written from right to left.
    pub fn is_rtl(&self) -> bool {
        self.get("direction") == Some("rtl")
    }

    /// Whether there is a text under a dotted key, be it one that fills something in.
    pub fn has(&self, key: &str) -> bool {
        self.0.messages.contains_key(key)
    }

    /// What the text under a dotted key fills in, by name; none where there is no such text.
    pub fn fills(&self, key: &str) -> Option<impl Iterator<Item = &str>> {
        let message = self.0.messages.get(key)?;
        Some(message.shape.variables.iter().map(String::as_str))
    }

    /// The text under a dotted key, if there is one that fills nothing in.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.messages.get(key)?.text.as_deref()
    }

    /// The text under a dotted key with its variables filled in; a number that its wording depends
    /// on (`3` stories) is given as its digits. A key that is not there gives its own last part, so
    /// that a page stays readable; catalogues are checked before it comes to that.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(message) = self.0.messages.get(key) else {
            return key.rsplit('.').next().unwrap_or(key).to_owned();
        };
        match &message.text {
            Some(text) => text.clone(),
            None => format(&self.0.bundle, &message.id, &message.shape, values).0,
        }
    }

    /// A day in full: `Wednesday 25 November 2026`.
    pub fn date_long(&self, date: Date) -> String {
        self.date("date.long", date)
    }

    /// A day without its weekday: `25 November 2026`.
    pub fn date_short(&self, date: Date) -> String {
        self.date("date.short", date)
    }

    /// The name of a day's weekday.
    pub fn weekday(&self, date: Date) -> &str {
        self.one_of(&WEEKDAYS, date.weekday().to_monday_zero_offset())
    }

    /// A wall time: `06:40`.
    pub fn time(&self, hour: i8, minute: i8) -> String {
        let (hour, minute) = (format!("{hour:02}"), format!("{minute:02}"));
        self.fill("date.time", &[("hour", &hour), ("minute", &minute)])
    }

    /// The catalogue for templates: nested maps of texts; a text that fills something in is called,
    /// `words.more.web(n=3)`.
    pub fn table(&self) -> Value {
        table::of(self)
    }

    fn date(&self, key: &str, date: Date) -> String {
        let values = [
            ("weekday", self.weekday(date)),
            ("day", &date.day().to_string()),
            ("month", self.one_of(&MONTHS, date.month() - 1)),
            ("year", &date.year().to_string()),
        ];
        self.fill(key, &values)
    }

    fn one_of(&self, names: &[&str], index: i8) -> &str {
        let key = usize::try_from(index).ok().and_then(|i| names.get(i));
        key.and_then(|key| self.get(key)).unwrap_or_default()
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.0.language).finish()
    }
}

/// What a message says if it fills nothing in; or why it comes to no text.
fn tried(
    bundle: &FluentBundle<FluentResource>,
    id: &str,
    shape: &Shape,
) -> Result<Option<String>, String> {
    let mut text = String::new();
    for number in TRIALS {
        let values: Vec<(&str, &str)> = shape
            .variables
            .iter()
            .map(|name| (name.as_str(), number))
            .collect();
        let (filled, fault) = format(bundle, id, shape, &values);
        if let Some(fault) = fault {
            return Err(fault);
        }
        text = filled;
    }
    Ok(shape.variables.is_empty().then_some(text))
}

/// A message as a text, and the first thing that could not be filled in.
fn format(
    bundle: &FluentBundle<FluentResource>,
    id: &str,
    shape: &Shape,
    values: &[(&str, &str)],
) -> (String, Option<String>) {
    let Some(pattern) = bundle.get_message(id).and_then(|m| m.value()) else {
        return (String::new(), None);
    };
    let mut arguments = FluentArgs::with_capacity(values.len());
    for (name, value) in values {
        // Only what is counted is read as a number: an hour of `06` stays `06`.
        let value = match shape.counted.contains(*name) {
            true => FluentValue::try_number(value),
            false => FluentValue::from(*value),
        };
        arguments.set(*name, value);
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut errors);
    let fault = errors.first().map(ToString::to_string);
    (text.into_owned(), fault)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Catalogue, Words, WordsError};

    fn embedded(tag: &str) -> Words {
        let all = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let words = all.language(tag).expect("English").clone();
        assert_eq!(words.language(), tag);
        words
    }

    #[test]
    fn english_dates_and_sentences() {
        let words = embedded("en");
        assert_eq!(
            words.date_long(date(2026, 11, 25)),
            "Wednesday 25 November 2026"
        );
        assert_eq!(words.date_short(date(2024, 3, 1)), "1 March 2024");
        assert_eq!(words.time(6, 5), "06:05");
        assert_eq!(
            words.fill("why.topic", &[("topic", "{ $topic } {topic}")]),
            "Because you follow { $topic } {topic}"
        );
        assert_eq!(
            words.fill("sponsor.label", &[("sponsor", "QWIKET")]),
            "Advertisement · QWIKET"
        );
        assert_eq!(words.fill("no.such", &[]), "such");
        assert_eq!(words.get("why.top"), Some("One of today’s top stories"));
        assert_eq!(words.get("why.topic"), None);
        assert!(words.has("why.topic") && !words.has("why"));
        assert_eq!(words.fill("list.comma", &[]), ", ");
    }

    #[test]
    fn german_dates_and_sentences() {
        let words = embedded("de");
        let (day, other) = (date(2026, 11, 25), date(2026, 3, 1));
        assert_eq!(words.date_long(day), "Mittwoch, 25. November 2026");
        assert_eq!(words.date_short(other), "1. März 2026");
        assert_eq!(words.weekday(other), "Sonntag");
        assert_eq!(words.time(6, 40), "06:40 Uhr");
        assert_eq!(
            words.fill("sponsor.label", &[("sponsor", "QWIKET")]),
            "Anzeige · QWIKET"
        );
        assert_eq!(words.get("quotes"), Some("„“‚‘"));
    }

    #[test]
    fn arabic_dates_and_sentences() {
        let words = embedded("ar");
        assert_eq!(words.get("direction"), Some("rtl"));
        assert_eq!(
            words.date_long(date(2026, 11, 25)),
            "الأربعاء 25 نوفمبر 2026"
        );
        assert_eq!(words.time(18, 5), "18:05");
        assert_eq!(
            words.fill("why.place", &[("place", "بيروت")]),
            "من بيروت، ضمن الأماكن التي تتابعها"
        );
        assert_eq!(words.get("quotes"), Some("«»‹›"));
        let update = |tag| embedded(tag).fill("story.update", &[("headline", "X")]);
        let all = ["en", "de", "ar"].map(update);
        assert_eq!(all, ["Update: X", "Aktualisiert: X", "تحديث: X"]);
    }

    #[test]
    fn what_is_counted_has_the_plurals_of_its_language() {
        let count = |tag, n| embedded(tag).fill("more.web", &[("n", n)]);
        assert_eq!(count("en", "1"), "1 more story on the web");
        assert_eq!(count("en", "12"), "12 more stories on the web");
        assert_eq!(count("de", "1"), "1 weiterer Artikel im Web");
        assert_eq!(count("de", "1000"), "1000 weitere Artikel im Web");
        let long = |n| embedded("ar").fill("terms.long", &[("stories", n)]);
        assert_eq!(long("0"), "طويلة: بلا أخبار");
        assert_eq!(long("1"), "طويلة: خبر واحد");
        assert_eq!(long("2"), "طويلة: خبران");
        assert_eq!(long("3"), "طويلة: 3 أخبار");
        assert_eq!(long("11"), "طويلة: 11 خبرًا");
        assert_eq!(long("100"), "طويلة: 100 خبر");
        // What is not a number at all still gives a text.
        assert_eq!(long("x"), "طويلة: x خبر");
        assert_eq!(
            embedded("ar").fill("terms.long", &[]),
            "طويلة: {$stories} خبر"
        );
    }

    #[test]
    fn what_is_no_catalogue_is_refused_with_its_line() {
        let refused = |source: &str| match Words::parse("fr", source) {
            Err(WordsError::Form { line, reason, .. }) => (line, reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused("a = b\n\nno message\n").0, 3);
        assert_eq!(
            refused("a = { $n }\nb = { $n } { c }\n"),
            (2, "`b`: Resolver error: Unknown message: c".to_owned())
        );
        assert_eq!(
            refused("b = { NOUN($n) }\n"),
            (
                1,
                "`b`: Resolver error: Unknown function: NOUN()".to_owned()
            )
        );
        assert_eq!(
            refused("a = { a }").1,
            "`a`: Resolver error: Cyclical dependency detected"
        );
        assert_eq!(refused("a = 1\na = 2").1, "`a` is there twice");
        assert_eq!(
            refused("a-b = 1\na = 2"),
            (
                2,
                "`a` is a text, so there can be no `a-b` below it".to_owned()
            )
        );
        assert_eq!(refused("\na =\n    .b = 1").1, "`a` has no text");
        assert_eq!(refused("direction = up").1, "`direction`: it is ltr or rtl");
        assert!(matches!(
            Words::parse("no/tag", "a = b"),
            Err(WordsError::Tag { .. })
        ));
        // A catalogue of an earlier release.
        let toml = "# Words\ndirection = \"ltr\"\n\n[date]\nlong = \"{day}\"\n";
        assert_eq!(refused(toml).0, 4);
    }

    #[test]
    fn terms_and_messages_are_followed() {
        let source = "-paper = the Bell\na = { $x } of { -paper }\nb = see { a }";
        let words = Words::parse("en", source).expect("words");
        assert_eq!(
            words.fill("b", &[("x", "page 1")]),
            "see page 1 of the Bell"
        );
        let ordinal = "a = { NUMBER($n, type: \"ordinal\") ->\n    [one] { $n }st\n    [two] { $n }nd\n   *[other] { $n }th\n}";
        let words = Words::parse("en", ordinal).expect("words");
        assert_eq!(words.fill("a", &[("n", "22")]), "22nd");
    }
}
