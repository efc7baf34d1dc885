//! Articles as rows: one JSON object a line. A bad row is a problem with its line and field, and
//! never costs another row.

use serde_json::{Map, Value};
use url::Url;

use super::clean::{self, BODY_CHARS, SUMMARY_CHARS};
use super::date::parse_date;
use super::entry::opening;
use super::headline;
use super::hear::is_likely;
use super::{At, Problem, tell};
use crate::domain::article::{
    ArticleText, CanonicalUrl, NewArticle, PlaceEvidence, TopicWeight, fragment,
};
use crate::domain::slug::Slug;
use crate::domain::visible::is_blank;

/// Longer lines are not read, in octets.
pub const LINE_BYTES: usize = 1 << 20;
/// Topics or places of one row.
const LABELS: usize = 32;

type Row = Map<String, Value>;

/// Reads rows with the keys `url` (or `link`), `headline` (`title`), `summary` (`description`),
/// `byline` (`author`), `image`, `image_alt`, `published` (`date`), `language` (`lang`),
/// `categories` (`category`), `topics`, `places`, `body` (`text`), `id`; others are ignored. A row
/// without a URL gets `base` joined with its id, if there is a base.
pub fn parse_jsonl(bytes: &[u8], base: Option<&str>) -> (Vec<NewArticle>, Vec<Problem>) {
    let mut articles = Vec::new();
    let mut problems = Vec::new();
    let base = base.map(|b| {
        if b.ends_with('/') {
            b.to_owned()
        } else {
            format!("{b}/")
        }
    });
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(line)
            .trim_ascii();
        if line.is_empty() {
            continue;
        }
        let mut reader = RowReader {
            at: At::Line(i + 1),
            problems: Vec::new(),
        };
        articles.extend(reader.line(line, base.as_deref()));
        for problem in reader.problems {
            tell(&mut problems, problem);
        }
    }
    (articles, problems)
}

struct RowReader {
    at: At,
    problems: Vec<Problem>,
}

impl RowReader {
    fn problem(&mut self, field: &'static str, what: impl Into<String>) {
        self.problems.push(Problem::new(self.at, Some(field), what));
    }

    fn line(&mut self, line: &[u8], base: Option<&str>) -> Option<NewArticle> {
        let wrong = |what: String| Problem::new(self.at, None, what);
        if line.len() > LINE_BYTES {
            let what = format!("the line has {} octets, more than {LINE_BYTES}", line.len());
            self.problems.push(wrong(what));
            return None;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(row)) => self.row(&row, base),
            Ok(_) => {
                self.problems
                    .push(wrong("the line is no JSON object".into()));
                None
            }
            Err(e) => {
                self.problems
                    .push(wrong(format!("the line is no JSON: {e}")));
                None
            }
        }
    }

    fn row(&mut self, row: &Row, base: Option<&str>) -> Option<NewArticle> {
        let id = self.text(row, &["id"]);
        let url = self.url(row, id.as_deref(), base);
        let shown = self
            .text(row, &["headline", "title"])
            .map(|t| clean::plain(&t));
        let (headline, what) = shown.as_deref().map(headline::headline).unwrap_or_default();
        if let Some(what) = what {
            self.problem("headline", what);
        }
        let headline = headline.filter(|h| !is_blank(h));
        if headline.is_none() {
            self.problem("headline", "the row has no `headline` (or `title`)");
        }
        let body = self
            .text(row, &["body", "text"])
            .map(|t| clean::paragraphs(&clean::plain(&t)));
        let body = body
            .filter(|b| !b.is_empty())
            .map(|b| clean::cut(&b, BODY_CHARS));
        let summary = self
            .text(row, &["summary", "description"])
            .map(|t| line_of(&t));
        let summary = summary
            .filter(|s| !is_blank(s))
            .map(|s| clean::cut(&s, SUMMARY_CHARS))
            .or_else(|| body.as_deref().map(opening));
        let text = ArticleText {
            headline: headline?,
            summary: summary.unwrap_or_default(),
            byline: self.byline(row),
            image: self.image(row, url.as_ref()),
            body,
            categories: self.words(row, &["categories", "category"]),
        };
        let url = url?;
        Some(NewArticle {
            entry_key: id.unwrap_or_else(|| url.as_str().to_owned()),
            text,
            published: self.published(row),
            language: self.language(row),
            topics: self.topics(row),
            places: self.places(row),
            fragment: first(row, &["url", "link"]).and_then(|(_, link)| fragment(link.as_str()?)),
            url,
        })
    }

    /// The first of these keys that is there; of the wrong kind, it is a problem and counts as
    /// missing.
    fn text(&mut self, row: &Row, keys: &[&'static str]) -> Option<String> {
        let (key, value) = first(row, keys)?;
        match value {
            Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            other => {
                self.problem(key, format!("{} where a text belongs", kind(other)));
                None
            }
        }
    }

    /// A list of words, or one.
    fn words(&mut self, row: &Row, keys: &[&'static str]) -> Vec<String> {
        let Some((key, value)) = first(row, keys) else {
            return Vec::new();
        };
        let words: Vec<&str> = match value {
            Value::String(word) => vec![word],
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
            other => {
                self.problem(
                    key,
                    format!("{} where a list of texts belongs", kind(other)),
                );
                Vec::new()
            }
        };
        super::xml::categories(words.into_iter())
    }

    fn url(&mut self, row: &Row, id: Option<&str>, base: Option<&str>) -> Option<CanonicalUrl> {
        let read = match (self.text(row, &["url", "link"]), id, base) {
            (Some(url), _, base) => CanonicalUrl::parse(&url, base),
            (None, Some(id), Some(base)) => match joined(base, id) {
                Some(url) => CanonicalUrl::parse(&url, None),
                None => CanonicalUrl::parse(base, None),
            },
            (None, id, _) => {
                let hint = match id {
                    Some(_) => "; give `--base URL` to make addresses of the rows' ids",
                    None => "",
                };
                self.problem("url", format!("the row has no `url` (or `link`){hint}"));
                return None;
            }
        };
        read.map_err(|e| self.problem("url", e.to_string())).ok()
    }

    fn byline(&mut self, row: &Row) -> String {
        let words = match first(row, &["byline", "author"]) {
            Some((_, Value::Array(_))) => self.words(row, &["byline", "author"]).join(", "),
            Some((_, Value::Object(person))) => person
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            _ => self.text(row, &["byline", "author"]).unwrap_or_default(),
        };
        clean::cut(&line_of(&words), 200)
    }

    fn image(
        &mut self,
        row: &Row,
        page: Option<&CanonicalUrl>,
    ) -> Option<crate::domain::article::Image> {
        let (url, alt) = match first(row, &["image"]) {
            Some((_, Value::Object(image))) => {
                let get = |key| image.get(key).and_then(Value::as_str).map(str::to_owned);
                (get("url"), get("alt"))
            }
            _ => (self.text(row, &["image"]), None),
        };
        let alt = self.text(row, &["image_alt"]).or(alt).unwrap_or_default();
        let base = page.and_then(|p| Url::parse(p.as_str()).ok());
        let url = super::links::absolute(&url?, base.as_ref()).ok()?;
        let image = clean::picture(&url, &alt, None, None);
        if image.is_none() {
            self.problem(
                "image",
                "the image has no http(s) address, or is a counting pixel",
            );
        }
        image
    }

    fn published(&mut self, row: &Row) -> Option<crate::domain::time::Timestamp> {
        let text = self.text(row, &["published", "date"])?;
        let at = parse_date(&text);
        let shown: String = text.chars().take(40).collect();
        if at.is_some_and(|at| !is_likely(at)) {
            self.problem(
                "published",
                format!("`{shown}` is in no year of a newspaper"),
            );
            return None;
        }
        if at.is_none() {
            let hint = "write 2024-01-31T08:00:00Z or 2024-01-31";
            self.problem("published", format!("`{shown}` is no date; {hint}"));
        }
        at
    }

    fn language(&mut self, row: &Row) -> Option<String> {
        let text = self.text(row, &["language", "lang"])?;
        let tag = clean::language_tag(&text);
        if tag.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.problem(
                "language",
                format!("`{shown}` is no language tag; write `en` or `pt-BR`"),
            );
        }
        tag
    }

    fn slugs(&mut self, row: &Row, key: &'static str) -> Vec<Slug> {
        let mut slugs: Vec<Slug> = Vec::new();
        for word in self.words(row, &[key]).into_iter().take(LABELS) {
            match Slug::parse(&word) {
                Ok(slug) if slugs.contains(&slug) => {}
                Ok(slug) => slugs.push(slug),
                Err(e) => {
                    let hint = e.hint().map(|h| format!("; {h}")).unwrap_or_default();
                    self.problem(key, format!("{e}{hint}"));
                }
            }
        }
        slugs
    }

    fn topics(&mut self, row: &Row) -> Vec<TopicWeight> {
        let slugs = self.slugs(row, "topics").into_iter();
        slugs
            .map(|topic| TopicWeight {
                topic,
                weight: 1000,
            })
            .collect()
    }

    fn places(&mut self, row: &Row) -> Vec<PlaceEvidence> {
        let evidence = "stated by the row";
        let slugs = self.slugs(row, "places").into_iter();
        slugs
            .map(|place| PlaceEvidence {
                place,
                evidence: evidence.into(),
            })
            .collect()
    }
}

fn line_of(text: &str) -> String {
    clean::one_line(&clean::plain(text))
}

fn first<'r>(row: &'r Row, keys: &[&'static str]) -> Option<(&'static str, &'r Value)> {
    keys.iter().find_map(|key| {
        let value = row.get(*key)?;
        (!value.is_null()).then_some((*key, value))
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The id as a path below the base. An id may look like a scheme (`set:7`), so it is never parsed as
/// a URL of its own.
fn joined(base: &str, id: &str) -> Option<String> {
    let mut url = Url::parse(base).ok()?;
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(id.split('/').filter(|s| !s.is_empty()));
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::parse_jsonl;
    use crate::ingest::parse::At;

    #[test]
    fn a_row_is_read_under_either_name_of_its_keys() {
        let rows = br#"{"link":"https://n.example/a?utm_source=x","title":"A &amp; B","text":"One.\n\nTwo.",
            "author":"C","date":"2024-01-02","lang":"EN","category":"City","topics":["politics"],
            "places":["port"],"image":"/i.jpg","image_alt":"alt","id":7,"other":{}}"#;
        let joined = String::from_utf8_lossy(rows).replace('\n', " ");
        let (articles, problems) = parse_jsonl(joined.as_bytes(), None);
        assert_eq!(problems, []);
        let article = &articles[0];
        assert_eq!(article.url.as_str(), "https://n.example/a");
        assert_eq!(article.entry_key, "7");
        assert_eq!(article.text.headline, "A & B");
        assert_eq!(article.text.body.as_deref(), Some("One.\n\nTwo."));
        assert_eq!(article.text.summary, "One. Two.");
        assert_eq!(
            article.published.map(|t| t.to_string()).as_deref(),
            Some("2024-01-02T00:00:00Z")
        );
        assert_eq!(article.language.as_deref(), Some("en"));
        assert_eq!(article.topics[0].weight, 1000);
        assert_eq!(
            article.text.image.as_ref().map(|i| i.url.as_str()),
            Some("https://n.example/i.jpg")
        );
    }

    #[test]
    fn a_bad_row_names_its_line_and_field_and_costs_no_other() {
        let rows = "\n{\"url\":\"https://n.example/1\",\"title\":\"one\",\"published\":\"soon\"}\n{\"url\":\n[1]\n\
                    {\"url\":\"ftp://n.example\",\"title\":\"x\"}\n{\"url\":\"https://n.example/2\"}\n\
                    {\"id\":\"set:a/1\",\"title\":\"by id\"}\n{\"url\":\"https://n.example/3\",\"title\":\"three\"}\n\
                    {\"url\":\"https://n.example/4\",\"title\":\" \u{200b} \"}";
        let (articles, problems) = parse_jsonl(rows.as_bytes(), None);
        assert_eq!(articles.len(), 2);
        let told: Vec<_> = problems.iter().map(|p| (p.at, p.field)).collect();
        assert_eq!(
            told,
            [
                (At::Line(2), Some("published")),
                (At::Line(3), None),
                (At::Line(4), None),
                (At::Line(5), Some("url")),
                (At::Line(6), Some("headline")),
                (At::Line(7), Some("url")),
                (At::Line(9), Some("headline")),
            ]
        );
        let (articles, _) = parse_jsonl(rows.as_bytes(), Some("https://archive.example/x"));
        assert_eq!(
            articles[1].url.as_str(),
            "https://archive.example/x/set:a/1"
        );
        let long = format!("{{\"title\":\"{}\"}}", "x".repeat(1 << 20));
        assert_eq!(parse_jsonl(long.as_bytes(), None).1.len(), 1);
    }
}
