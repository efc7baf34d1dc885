//! Fixed words: one catalogue a language, complete or refused.
//!
//! Keys are dotted paths into the file (`why.topic`), values may hold `{names}` to be filled in. The
//! catalogue knows no HTML and no reader; pages and letters share it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use toml::{Table, Value};

/// The catalogue of English, on which every other language is measured.
pub const ENGLISH: &str = include_str!("../../templates/words/en.toml");

/// Keys that Rust code asks for. Templates' own keys are checked when they are compiled.
const REQUIRED: &[&str] = &[
    "direction",
    "date.long",
    "date.short",
    "date.time",
    "section.also",
    "why.lead",
    "why.pinned",
    "why.topic",
    "why.place",
    "why.top",
    "story.first_published",
    "sponsor.label",
    "footer.why",
];

/// Why a catalogue is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// No TOML, or a value that is no text.
    #[error("the words of `{language}` cannot be read: {reason}")]
    Form {
        /// Its tag.
        language: String,
        /// What is wrong.
        reason: String,
    },
    /// A key that is needed is not there.
    #[error("the words of `{language}` lack `{key}`")]
    Missing {
        /// Its tag.
        language: String,
        /// Dotted path.
        key: String,
    },
    /// The names in braces differ from those of English.
    #[error("in the words of `{language}`, `{key}` fills in {found}, English fills in {expected}")]
    Braces {
        /// Its tag.
        language: String,
        /// Dotted path.
        key: String,
        /// What it has.
        found: String,
        /// What English has.
        expected: String,
    },
    /// There is no catalogue of English to fall back to.
    #[error("there are no words of `en`")]
    NoEnglish,
}

impl WordsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            WordsError::Missing { .. } | WordsError::Braces { .. } => {
                Some("every language has the keys and braces of `en.toml`".to_owned())
            }
            WordsError::Form { .. } | WordsError::NoEnglish => None,
        }
    }
}

/// The words of one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    language: String,
    texts: BTreeMap<String, String>,
    weekdays: Vec<String>,
    months: Vec<String>,
    table: Table,
}

impl Words {
    /// Reads a catalogue. `language` is its BCP 47 tag.
    pub fn parse(language: &str, source: &str) -> Result<Words, WordsError> {
        let form = |reason: String| WordsError::Form {
            language: language.to_owned(),
            reason,
        };
        let table: Table = source
            .parse()
            .map_err(|e: toml::de::Error| form(e.message().to_owned()))?;
        let mut texts = BTreeMap::new();
        flatten("", &table, &mut texts).map_err(form)?;
        let names = |key: &str, count: usize| {
            let list = table
                .get("date")
                .and_then(|d| d.get(key))
                .and_then(Value::as_array);
            let list: Vec<String> = list
                .into_iter()
                .flatten()
                .filter_map(|v| v.as_str().map(str::to_owned))
                .collect();
            if list.len() == count {
                Ok(list)
            } else {
                Err(format!("date.{key}"))
            }
        };
        let missing = |key: String| WordsError::Missing {
            language: language.to_owned(),
            key,
        };
        let weekdays = names("weekdays", 7).map_err(missing)?;
        let months = names("months", 12).map_err(missing)?;
        if let Some(key) = REQUIRED.iter().find(|k| !texts.contains_key(**k)) {
            return Err(missing((*key).to_owned()));
        }
        Ok(Words {
            language: language.to_owned(),
            texts,
            weekdays,
            months,
            table,
        })
    }

    /// Its tag.
    pub fn language(&self) -> &str {
        &self.language
    }

    /// Whether it is written from right to left.
    pub fn is_rtl(&self) -> bool {
        self.get("direction") == Some("rtl")
    }

    /// The text under a dotted key, if there is one.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The text under a dotted key with its names filled in. A key that is not there gives its own
    /// last part, so that a page stays readable; catalogues are checked before it comes to that.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let text = self
            .get(key)
            .unwrap_or_else(|| key.rsplit('.').next().unwrap_or(key));
        fill(text, values)
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
        let index = date.weekday().to_monday_zero_offset();
        let index = usize::try_from(index).unwrap_or_default();
        self.weekdays.get(index).map_or("", String::as_str)
    }

    /// A wall time: `06:40`.
    pub fn time(&self, hour: i8, minute: i8) -> String {
        let (hour, minute) = (format!("{hour:02}"), format!("{minute:02}"));
        self.fill("date.time", &[("hour", &hour), ("minute", &minute)])
    }

    /// The catalogue as nested tables, for templates.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn date(&self, key: &str, date: Date) -> String {
        let month = usize::try_from(date.month() - 1).unwrap_or_default();
        let values = [
            ("weekday", self.weekday(date)),
            ("day", &date.day().to_string()),
            ("month", self.months.get(month).map_or("", String::as_str)),
            ("year", &date.year().to_string()),
        ];
        self.fill(key, &values)
    }

    /// Checks that this catalogue has every key of `english`, filling in the same names.
    fn complete(&self, english: &Words) -> Result<(), WordsError> {
        for (key, text) in &english.texts {
            let own = self.texts.get(key).ok_or_else(|| WordsError::Missing {
                language: self.language.clone(),
                key: key.clone(),
            })?;
            let (found, expected) = (braces(own), braces(text));
            if found != expected {
                let shown = |names: Vec<&str>| match names.is_empty() {
                    true => "nothing".to_owned(),
                    false => names.join(", "),
                };
                return Err(WordsError::Braces {
                    language: self.language.clone(),
                    key: key.clone(),
                    found: shown(found),
                    expected: shown(expected),
                });
            }
        }
        Ok(())
    }
}

/// All languages that are there.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue(BTreeMap<String, Words>);

impl Catalogue {
    /// The languages that Courant brings along, by tag: the text of their files.
    pub fn sources() -> BTreeMap<String, String> {
        BTreeMap::from([("en".to_owned(), ENGLISH.to_owned())])
    }

    /// Reads catalogues, tag to text. English must be among them and complete; so must the others.
    pub fn parse(sources: &BTreeMap<String, String>) -> Result<Catalogue, WordsError> {
        let parsed: Result<BTreeMap<String, Words>, WordsError> = sources
            .iter()
            .map(|(tag, text)| Ok((tag.to_ascii_lowercase(), Words::parse(tag, text)?)))
            .collect();
        let parsed = parsed?;
        let english = parsed.get("en").ok_or(WordsError::NoEnglish)?;
        for words in parsed.values() {
            words.complete(english)?;
        }
        Ok(Catalogue(parsed))
    }

    /// The words of a language: of the tag itself, of the longest part of it that is there
    /// (RFC 4647 §3.4, lookup), else English.
    pub fn language(&self, tag: &str) -> Result<&Words, WordsError> {
        let tag = tag.to_ascii_lowercase();
        let mut range = tag.as_str();
        loop {
            if let Some(words) = self.0.get(range) {
                return Ok(words);
            }
            match range.rsplit_once('-') {
                Some((shorter, _)) => range = shorter,
                None => return self.0.get("en").ok_or(WordsError::NoEnglish),
            }
        }
    }

    /// Every language that is there.
    pub fn all(&self) -> impl Iterator<Item = &Words> {
        self.0.values()
    }
}

fn flatten(prefix: &str, table: &Table, out: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in table {
        let key = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            Value::String(text) => {
                out.insert(key, text.clone());
            }
            Value::Table(inner) => flatten(&key, inner, out)?,
            Value::Array(items) if items.iter().all(Value::is_str) => {}
            _ => return Err(format!("`{key}` is no text")),
        }
    }
    Ok(())
}

/// Fills `{name}`s in one pass: what is filled in is never read again, unknown names stay.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        out.push_str(before);
        let close = tail.find('}').unwrap_or(0);
        match values
            .iter()
            .find(|(name, _)| tail.get(1..close) == Some(*name))
        {
            Some((_, value)) => {
                out.push_str(value);
                rest = &tail[close + 1..];
            }
            None => {
                out.push('{');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The names in braces, sorted.
fn braces(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text
        .split('{')
        .skip(1)
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::{Catalogue, ENGLISH, Words, WordsError};

    fn two(german: &str) -> Result<Catalogue, WordsError> {
        let mut sources = Catalogue::sources();
        sources.insert("de".to_owned(), german.to_owned());
        Catalogue::parse(&sources)
    }

    #[test]
    fn english_dates_and_sentences() {
        let words = Words::parse("en", ENGLISH).expect("embedded");
        assert_eq!(
            words.date_long(date(2026, 11, 25)),
            "Wednesday 25 November 2026"
        );
        assert_eq!(words.date_short(date(2024, 3, 1)), "1 March 2024");
        assert_eq!(words.time(6, 5), "06:05");
        assert_eq!(
            words.fill("why.topic", &[("topic", "{topic}")]),
            "Because you follow {topic}"
        );
        assert_eq!(
            words.fill("sponsor.label", &[("sponsor", "QWIKET")]),
            "Advertisement · QWIKET"
        );
        assert_eq!(words.fill("no.such", &[]), "such");
    }

    #[test]
    fn a_missing_key_is_an_error_that_names_it() {
        let lacking = ENGLISH.replace("unsubscribe = ", "unsub = ");
        assert_eq!(
            two(&lacking),
            Err(WordsError::Missing {
                language: "de".to_owned(),
                key: "footer.unsubscribe".to_owned()
            })
        );
        let unlike = ENGLISH.replace("follow {topic}", "follow {Topic}");
        assert!(matches!(two(&unlike), Err(WordsError::Braces { key, .. }) if key == "why.topic"));
        let short = ENGLISH.replace("\"Monday\", ", "");
        assert!(
            matches!(two(&short), Err(WordsError::Missing { key, .. }) if key == "date.weekdays")
        );
        assert!(matches!(two("x = ["), Err(WordsError::Form { .. })));
        assert!(matches!(two("x = 1"), Err(WordsError::Form { .. })));
        assert_eq!(
            Catalogue::parse(&BTreeMap::new()),
            Err(WordsError::NoEnglish)
        );
    }

    #[test]
    fn an_unknown_language_falls_back_to_its_primary_tag_then_english() {
        let both = two(ENGLISH).expect("complete");
        let language = |tag: &str| both.language(tag).map(|w| w.language().to_owned());
        assert_eq!(language("de-AT").as_deref(), Ok("de"));
        assert_eq!(language("DE").as_deref(), Ok("de"));
        assert_eq!(language("fr-CA").as_deref(), Ok("en"));
        assert_eq!(language("").as_deref(), Ok("en"));
    }
}
