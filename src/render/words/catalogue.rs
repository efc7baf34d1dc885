//! All languages that are there, measured on English.

use std::collections::BTreeMap;

use super::error::WordsError;
use super::{MONTHS, WEEKDAYS, Words, source};

/// The catalogue of English, on which every other language is measured.
pub const ENGLISH: &str = include_str!("../../../templates/words/en.ftl");

/// The files that Courant brings along, by tag.
const EMBEDDED: [(&str, &str); 3] = [
    ("ar", include_str!("../../../templates/words/ar.ftl")),
    ("de", include_str!("../../../templates/words/de.ftl")),
    ("en", ENGLISH),
];

/// Keys that letters ask for in code; templates' own are checked when they are compiled. Sets of
/// templates are frozen with their words, so this grows only together with the sets' format.
const REQUIRED: &[&str] = &[
    "direction",
    "quotes",
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

/// All languages that are there.
#[derive(Clone, Debug)]
pub struct Catalogue(BTreeMap<String, Words>);

impl Catalogue {
    /// The languages that Courant brings along, by tag: the text of their files.
    pub fn sources() -> BTreeMap<String, String> {
        let owned = |(tag, text): (&str, &str)| (tag.to_owned(), text.to_owned());
        EMBEDDED.map(owned).into()
    }

    /// [`Catalogue::sources`] with an operator's own files laid over them: what a file of a language
    /// that Courant brings does not say is said by ours. One of another language must have every
    /// message of English.
    pub fn overlaid(
        own: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, WordsError> {
        let english = Words::parse("en", ENGLISH)?;
        let mut sources = Catalogue::sources();
        for (tag, text) in own {
            let own = Words::parse(tag, text)?;
            let text = match ours(tag) {
                Some(below) => source::laid_over(text, below, &own),
                None => text.clone(),
            };
            Words::parse(tag, &text)?.complete(&english)?;
            sources.retain(|known, _| !known.eq_ignore_ascii_case(tag));
            sources.insert(tag.clone(), text);
        }
        Ok(sources)
    }

    /// Catalogues in which what a letter's foot says is said by the messages of an issue that everybody
    /// may read; by ours, where a catalogue is older than those.
    pub fn for_everybody(
        sources: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, WordsError> {
        let (from, to) = ("issue-foot_", "footer-");
        let mut out = BTreeMap::new();
        for (tag, text) in sources {
            let mut own = source::renamed(text, from, to);
            if own.is_empty() {
                own = source::renamed(ours(tag).unwrap_or(ENGLISH), from, to);
            }
            let said = Words::parse(tag, &own)?;
            out.insert(tag.clone(), source::laid_over(&own, text, &said));
        }
        Ok(out)
    }

    /// Reads catalogues, tag to text. English must be among them and complete; so must the others.
    pub fn parse(sources: &BTreeMap<String, String>) -> Result<Catalogue, WordsError> {
        let parsed: Result<BTreeMap<String, Words>, WordsError> = sources
            .iter()
            .map(|(tag, text)| Ok((tag.to_ascii_lowercase(), Words::parse(tag, text)?)))
            .collect();
        let parsed = parsed?;
        let english = parsed.get("en").ok_or(WordsError::NoEnglish)?;
        let needed = REQUIRED.iter().chain(&WEEKDAYS).chain(&MONTHS);
        if let Some(key) = needed.into_iter().find(|key| !english.has(key)) {
            return Err(english.lacks([*key]));
        }
        for words in parsed.values() {
            words.complete(english)?;
        }
        Ok(Catalogue(parsed))
    }

    /// The words of a language: of the tag itself, of the longest part of it that is there
    /// (RFC 4647 §3.4, lookup), else English.
    pub fn language(&self, tag: &str) -> Result<&Words, WordsError> {
        let found = self.find(tag).or_else(|| self.0.get("en"));
        found.ok_or(WordsError::NoEnglish)
    }

    /// Whether a language has words of its own, or those of a part of its tag.
    pub fn speaks(&self, tag: &str) -> bool {
        self.find(tag).is_some()
    }

    /// Every language that is there.
    pub fn all(&self) -> impl Iterator<Item = &Words> {
        self.0.values()
    }

    fn find(&self, tag: &str) -> Option<&Words> {
        let tag = tag.to_ascii_lowercase();
        let mut range = tag.as_str();
        loop {
            if let Some(words) = self.0.get(range) {
                return Some(words);
            }
            range = range.rsplit_once('-')?.0;
        }
    }
}

impl Words {
    /// Checks that this catalogue has every message of `english`, with the same variables.
    fn complete(&self, english: &Words) -> Result<(), WordsError> {
        let theirs = english.0.messages.keys().map(String::as_str);
        let mut lacking = theirs.filter(|key| !self.has(key)).peekable();
        if lacking.peek().is_some() {
            return Err(self.lacks(lacking));
        }
        for (key, theirs) in &english.0.messages {
            let Some(own) = self.0.messages.get(key) else {
                continue;
            };
            if own.shape.variables != theirs.shape.variables {
                let shown = |names: Vec<String>| match names.is_empty() {
                    true => "nothing".to_owned(),
                    false => names.join(", "),
                };
                let of = |m: &super::Message| {
                    let names = m.shape.variables.iter().map(|name| format!("${name}"));
                    shown(names.collect())
                };
                return Err(WordsError::Variables {
                    language: self.0.language.clone(),
                    line: own.line,
                    key: own.id.clone(),
                    found: of(own),
                    expected: of(theirs),
                });
            }
        }
        Ok(())
    }

    fn lacks<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> WordsError {
        let named = |key: &str| format!("`{}`", key.replace('.', "-"));
        let keys: Vec<String> = keys.into_iter().map(named).collect();
        WordsError::Missing {
            language: self.0.language.clone(),
            keys: keys.join(", "),
        }
    }
}

/// The catalogue that Courant brings of a language, or of a part of its tag.
fn ours(tag: &str) -> Option<&'static str> {
    let tag = tag.to_ascii_lowercase();
    let mut range = tag.as_str();
    loop {
        if let Some((_, text)) = EMBEDDED.iter().find(|(known, _)| *known == range) {
            return Some(text);
        }
        range = range.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Catalogue, ENGLISH, WordsError};

    fn two(german: &str) -> Result<Catalogue, WordsError> {
        let mut sources = Catalogue::sources();
        sources.insert("de".to_owned(), german.to_owned());
        Catalogue::parse(&sources)
    }

    #[test]
    fn every_language_is_complete() {
        let words = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let tags: Vec<&str> = words.all().map(|w| w.language()).collect();
        assert_eq!(tags, ["ar", "de", "en"]);
        // Nor has any more than English, which nobody would ask for.
        let count = |w: &super::Words| w.0.messages.len();
        let counts: Vec<usize> = words.all().map(count).collect();
        assert_eq!(counts, [counts[2]; 3]);
    }

    #[test]
    fn a_missing_message_is_an_error_that_names_it() {
        let lacking = ENGLISH.replace("footer-unsubscribe = ", "footer-unsub = ");
        let error = two(&lacking).expect_err("incomplete");
        assert_eq!(error.to_string(), "`de.ftl` lacks `footer-unsubscribe`");
        let unlike = ENGLISH.replace("follow { $topic }", "follow { $Topic }");
        let error = two(&unlike).expect_err("another variable").to_string();
        let line = ENGLISH.lines().position(|l| l.starts_with("why-topic"));
        let line = line.expect("a line") + 1;
        assert_eq!(
            error,
            format!(
                "`de.ftl`, line {line}: `why-topic` fills in $Topic, in English it fills in $topic"
            )
        );
        let english = |text: String| Catalogue::parse(&BTreeMap::from([("en".to_owned(), text)]));
        let short = english(ENGLISH.replace("date-monday = Monday\n", ""));
        let error = short.expect_err("six days").to_string();
        assert_eq!(error, "`en.ftl` lacks `date-monday`");
        let none = Catalogue::parse(&BTreeMap::new());
        assert_eq!(none.err(), Some(WordsError::NoEnglish));
    }

    #[test]
    fn an_unknown_language_falls_back_to_its_primary_tag_then_english() {
        let all = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let language = |tag: &str| all.language(tag).map(|w| w.language().to_owned());
        assert_eq!(language("de-AT").as_deref(), Ok("de"));
        assert_eq!(language("DE").as_deref(), Ok("de"));
        assert_eq!(language("ar-EG").as_deref(), Ok("ar"));
        assert_eq!(language("fr-CA").as_deref(), Ok("en"));
        assert_eq!(language("").as_deref(), Ok("en"));
        assert!(all.speaks("de-AT") && !all.speaks("fr-CA") && !all.speaks("d"));
    }

    #[test]
    fn an_operators_file_takes_the_place_of_ours_and_must_be_whole() {
        let own = |tag: &str, text: &str| BTreeMap::from([(tag.to_owned(), text.to_owned())]);
        let renamed = ENGLISH.replace("= Also today", "= More news");
        let sources = Catalogue::overlaid(&own("EN", &renamed)).expect("whole");
        let all = Catalogue::parse(&sources).expect("whole");
        let english = all.language("en").expect("English");
        assert_eq!(english.get("section.also"), Some("More news"));
        let sources = Catalogue::overlaid(&own("fr", ENGLISH)).expect("whole");
        assert_eq!(sources.len(), 4);
        let part = Catalogue::overlaid(&own("fr", "direction = ltr"));
        let error = part.expect_err("not whole").to_string();
        assert!(error.starts_with("`fr.ftl` lacks `"), "{error}");
        let count = ENGLISH.lines().filter(|l| l.starts_with("date-")).count();
        assert_eq!(error.matches("`date-").count(), count, "{error}");
    }

    #[test]
    fn a_file_of_one_message_is_ours_in_other_words() {
        let own = |tag: &str, text: &str| BTreeMap::from([(tag.to_owned(), text.to_owned())]);
        for tag in ["en", "de-AT"] {
            let sources = Catalogue::overlaid(&own(tag, "section-also = More news"));
            let all = Catalogue::parse(&sources.expect("whole")).expect("whole");
            let words = all.language(tag).expect("there");
            assert_eq!(words.get("section.also"), Some("More news"));
            let whole = all.language("ar").expect("there").0.messages.len();
            assert_eq!(words.0.messages.len(), whole);
        }
    }
}
