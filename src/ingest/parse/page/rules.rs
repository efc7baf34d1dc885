//! Clean-up rules: what of a source's lines is not the story, as its operator writes it in TOML.
//! Small on purpose: lists of patterns, publishers by domain, and examples that the rules must meet.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::super::clean;
use super::pattern::{Field, Pattern};
use crate::domain::article::{CanonicalUrl, Publisher};

/// Longest rule file, in octets.
pub const RULES_BYTES: usize = 64 << 10;
/// Patterns of one kind, publishers, and examples: at most so many each.
const MOST: usize = 100;
/// Longest name of a publisher, in characters.
const NAME_CHARS: usize = 80;

static DEFAULTS: LazyLock<Layer> = LazyLock::new(|| {
    // Kept readable by a test; broken, nothing would be cleaned.
    let written = toml::from_str::<Written>(include_str!("defaults.toml")).unwrap_or_default();
    Layer::read(&written, "default").unwrap_or_default()
});

/// The clean-up rules of a source, over the general ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    own: Layer,
    /// Without the general ones.
    alone: bool,
    pub(super) publishers: Vec<Publisher>,
    examples: Vec<Example>,
}

/// Patterns by what they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layer {
    pub(super) image_mark: Vec<Rule>,
    pub(super) headline: Vec<Rule>,
    pub(super) drop: Vec<Rule>,
    pub(super) contact: Vec<Rule>,
    pub(super) byline: Vec<Rule>,
    pub(super) date_line: Vec<Rule>,
    pub(super) place_line: Vec<Rule>,
}

/// One pattern with the name under which it is told.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) name: String,
}

/// An example in a rule file: what goes in, and what must come out.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A headline as the source writes it.
    pub headline: Option<String>,
    /// The text of a page, or its HTML.
    pub page: Option<String>,
    /// What must come of it.
    pub must: Must,
}

/// What an example must give; a field that is not named may be anything, an empty one must be empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Must {
    /// The headline.
    pub headline: Option<String>,
    /// Who wrote it.
    pub byline: Option<String>,
    /// The contact line.
    pub contact: Option<String>,
    /// The original publisher's domain.
    pub publisher: Option<String>,
    /// The original publisher's name.
    pub publisher_name: Option<String>,
    /// The page's date, such as 2025-06-19.
    pub page_date: Option<String>,
    /// The reader's place.
    pub reader_place: Option<String>,
    /// The whole text, paragraphs a blank line apart.
    pub body: Option<String>,
    /// What the text must not hold.
    pub body_without: Vec<String>,
}

/// What is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RuleError {
    /// Over the most octets that rules may have.
    #[error("the rules have more than {limit} octets")]
    TooLarge {
        /// The longest that is read.
        limit: usize,
    },
    /// No TOML, or a key that there is not.
    #[error("line {line}: {what}")]
    Form {
        /// Counted from 1.
        line: usize,
        /// What the reader says.
        what: String,
    },
    /// A pattern or a publisher that will not do.
    #[error("`{key}`, `{value}`: {why}")]
    Value {
        /// The list that it stands in.
        key: &'static str,
        /// As written, cut.
        value: String,
        /// Why.
        why: String,
    },
    /// More than can be tried on every line.
    #[error("`{key}` has more than {most} entries")]
    TooMany {
        /// Which list.
        key: &'static str,
        /// The most.
        most: usize,
    },
    /// An example that does not give what it must.
    #[error("example {n}: `{field}` must be `{must}`, and is `{is}`")]
    Example {
        /// Counted from 1.
        n: usize,
        /// Which field.
        field: &'static str,
        /// As written.
        must: String,
        /// As it came out, cut.
        is: String,
    },
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    defaults: Option<bool>,
    image_mark: Vec<String>,
    headline: Vec<String>,
    drop: Vec<String>,
    contact: Vec<String>,
    byline: Vec<String>,
    date_line: Vec<String>,
    place_line: Vec<String>,
    publisher: Vec<WrittenPublisher>,
    example: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPublisher {
    domain: String,
    name: Option<String>,
    url: Option<String>,
}

impl Rules {
    /// Reads a rule file; an empty one says nothing beyond the general rules. The examples are not
    /// tried: [`super::check_rules`] does.
    pub fn parse(text: &str) -> Result<Rules, RuleError> {
        if text.len() > RULES_BYTES {
            return Err(RuleError::TooLarge { limit: RULES_BYTES });
        }
        let written: Written = toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            let before = text.get(..at).unwrap_or_default();
            RuleError::Form {
                line: before.matches('\n').count() + 1,
                what: clean::one_line(e.message()),
            }
        })?;
        bounded("publisher", written.publisher.len())?;
        bounded("example", written.example.len())?;
        Ok(Rules {
            own: Layer::read(&written, "rule")?,
            alone: written.defaults == Some(false),
            publishers: written
                .publisher
                .iter()
                .map(WrittenPublisher::read)
                .collect::<Result<_, _>>()?,
            examples: written.example,
        })
    }

    /// What the rule file shows of itself.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The patterns of one kind, the source's own first.
    pub(super) fn all(&self, kind: fn(&Layer) -> &Vec<Rule>) -> impl Iterator<Item = &Rule> {
        let general = (!self.alone).then_some(&*DEFAULTS);
        let general = general.into_iter().flat_map(kind);
        kind(&self.own).iter().chain(general)
    }

    /// Whether the general rules hold, too.
    pub(super) fn general(&self) -> bool {
        !self.alone
    }

    /// The publisher whose domain this host is, or is under.
    pub(super) fn publisher(&self, host: &str) -> Option<&Publisher> {
        let under = |p: &&Publisher| is_under(host, &p.domain);
        self.publishers.iter().find(under)
    }
}

/// Whether a host is a domain or below it.
pub(super) fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

impl Layer {
    fn read(written: &Written, origin: &str) -> Result<Layer, RuleError> {
        let read = |key, patterns: &[String], allowed| rules(origin, key, patterns, allowed);
        let marks: Vec<String> = written
            .image_mark
            .iter()
            .map(|mark| format!("{mark}{{headline}}"))
            .collect();
        Ok(Layer {
            image_mark: read("image_mark", &marks, &[Field::Headline])?,
            headline: read("headline", &written.headline, &[Field::Headline])?,
            drop: read("drop", &written.drop, &[])?,
            contact: read("contact", &written.contact, &[])?,
            byline: read("byline", &written.byline, &[Field::Byline, Field::Date])?,
            date_line: read(
                "date_line",
                &written.date_line,
                &[Field::Date, Field::Place],
            )?,
            place_line: read("place_line", &written.place_line, &[Field::Place])?,
        })
    }
}

fn rules(
    origin: &str,
    key: &'static str,
    patterns: &[String],
    allowed: &[Field],
) -> Result<Vec<Rule>, RuleError> {
    bounded(key, patterns.len())?;
    let read = |written: &String| {
        let pattern = Pattern::parse(written, allowed).map_err(|why| RuleError::Value {
            key,
            value: shown(written),
            why,
        })?;
        let name = format!("{origin} {key} `{pattern}`");
        Ok(Rule { pattern, name })
    };
    patterns.iter().map(read).collect()
}

fn bounded(key: &'static str, entries: usize) -> Result<(), RuleError> {
    match entries <= MOST {
        true => Ok(()),
        false => Err(RuleError::TooMany { key, most: MOST }),
    }
}

impl WrittenPublisher {
    fn read(&self) -> Result<Publisher, RuleError> {
        let wrong = |value: &str, why: &str| RuleError::Value {
            key: "publisher",
            value: shown(value),
            why: why.to_owned(),
        };
        let domain = domain(&self.domain)
            .ok_or_else(|| wrong(&self.domain, "it is no domain, such as news.example"))?;
        let name = self.name.as_deref().map(clean::one_line);
        if let Some(name) = &name
            && (name.is_empty() || name.chars().count() > NAME_CHARS)
        {
            return Err(wrong(name, "a name has 1 to 80 characters"));
        }
        let url = match &self.url {
            None => None,
            Some(url) => {
                let parsed = CanonicalUrl::parse(url, None);
                let parsed = parsed.map_err(|e| wrong(url, &e.to_string()))?;
                Some(parsed.as_str().to_owned())
            }
        };
        Ok(Publisher { domain, name, url })
    }
}

/// A host's name in lower case, without `www.`, if it is one with a dot in it.
pub(super) fn domain(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    let Ok(url::Host::Domain(host)) = url::Host::parse(&text) else {
        return None;
    };
    let host = host.strip_prefix("www.").unwrap_or(&host).to_owned();
    let fits = host.len() <= 253
        && host.contains('.')
        && host.split('.').all(|l| !l.is_empty() && l.len() <= 63);
    fits.then_some(host)
}

pub(super) fn shown(text: &str) -> String {
    clean::cut(&clean::one_line(text), 120)
}

#[cfg(test)]
mod tests {
    use super::{DEFAULTS, Layer, Rules, Written, domain};

    #[test]
    fn the_general_rules_can_be_read() {
        let written: Written = toml::from_str(include_str!("defaults.toml")).expect("TOML");
        let read = Layer::read(&written, "default").expect("rules");
        assert_eq!(read, *DEFAULTS);
        assert!(read.drop.len() > 20);
    }

    #[test]
    fn a_rule_file_that_will_not_do_is_refused_with_its_place() {
        let many = format!("drop = [{}]", "'a',".repeat(101));
        let long = "#".repeat(70_000);
        for (text, why) in [
            ("drop = [\n'x'", "line 2: "),
            ("drops = ['x']", "line 1: unknown field `drops`"),
            (
                "drop = ['*']",
                "`drop`, `*`: it has no character of its own",
            ),
            ("headline = ['x']", "`headline`, `x`: it has no {headline}"),
            (&many, "`drop` has more than 100 entries"),
            (&long, "the rules have more than 65536 octets"),
            (
                "[[publisher]]\ndomain = 'x'",
                "`publisher`, `x`: it is no domain",
            ),
            (
                "[[publisher]]\ndomain = 'x.example'\nurl = 'javascript:x'",
                "`publisher`, `javascript:x`: ",
            ),
        ] {
            let error = Rules::parse(text).expect_err(why).to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn domains_in_one_spelling() {
        assert_eq!(
            domain(" WWW.News.Example. ").as_deref(),
            Some("news.example")
        );
        assert_eq!(domain("10.0.0.1"), None);
        assert_eq!(domain("localhost"), None);
    }
}
