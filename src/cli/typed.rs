//! What people type, read into what is meant: names that must be there, spans of time, files.

use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::topic::meant;
use super::{Exit, Failure};
use crate::domain::article::{CategoryMap, Label, Source};
use crate::domain::list::{List, ListSettings};
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::domain::visible::is_blank;
use crate::store::Store;

/// Most octets of a file that is handed in.
const MOST_BYTES: u64 = 256 << 20;

/// One setting of a list, with what its own reader cannot tell: whether a language has words, be they
/// an operator's own in `themes`.
///
/// # Errors
/// What the setting's reader refuses, and a language in which letters would be English.
pub fn setting(
    settings: &mut ListSettings,
    key: &str,
    value: &str,
    themes: &Path,
) -> Result<(), Failure> {
    settings.set(key, value)?;
    if key != "language" {
        return Ok(());
    }
    let words = crate::themes::words(themes)?;
    match words.speaks(&settings.language) {
        true => Ok(()),
        false => {
            let known: Vec<&str> = words.all().map(|w| w.language()).collect();
            let tag = &settings.language;
            Err(
                Failure::usage(format!("there are no words in `{tag}`")).hint(format!(
                    "the languages are {}; a file `{}` makes another",
                    known.join(", "),
                    themes.join("words").join(format!("{tag}.ftl")).display()
                )),
            )
        }
    }
}

/// A list by the name that was typed.
pub async fn list(store: &Store, name: &str) -> Result<List, Failure> {
    let lists = store.lists().await?;
    let names: Vec<Slug> = lists.iter().map(|l| l.slug.clone()).collect();
    let found = lists.into_iter().find(|l| l.slug.as_str() == name);
    found.ok_or_else(|| missing("list", name, &names))
}

/// The lists that were typed; every list if none was.
pub async fn lists(store: &Store, names: &[String]) -> Result<Vec<List>, Failure> {
    if names.is_empty() {
        return Ok(store.lists().await?);
    }
    let mut found: Vec<List> = Vec::new();
    for name in names {
        let list = list(store, name).await?;
        if found.iter().all(|l| l.id != list.id) {
            found.push(list);
        }
    }
    Ok(found)
}

/// A source by the name that was typed.
pub async fn source(store: &Store, name: &str) -> Result<Source, Failure> {
    let sources = store.sources(None).await?;
    let names: Vec<Slug> = sources.iter().map(|s| s.slug.clone()).collect();
    let found = sources.into_iter().find(|s| s.slug.as_str() == name);
    found.ok_or_else(|| missing("source", name, &names))
}

/// A topic that is on offer.
pub async fn topic(store: &Store, name: &str) -> Result<Slug, Failure> {
    let topics = store.topics().await?;
    let names: Vec<Slug> = topics.iter().map(|t| t.slug.clone()).collect();
    let found = topics.into_iter().find(|t| t.slug.as_str() == name);
    let found = found.ok_or_else(|| missing("topic", name, &names))?;
    Ok(found.slug)
}

/// A place that is looked for in articles.
pub async fn gazetteer_place(store: &Store, name: &str) -> Result<Slug, Failure> {
    let places = store.gazetteer().await?;
    let names: Vec<Slug> = places.into_iter().map(|p| p.slug).collect();
    let found = names.iter().find(|p| p.as_str() == name).cloned();
    found.ok_or_else(|| match names.is_empty() {
        true => {
            let name = short(name, 64);
            Failure::failed(format_args!(
                "there is no place `{name}` that articles are searched for"
            ))
            .hint("`courant place import FILE` takes in a list of places")
        }
        false => missing("place", name, &names),
    })
}

/// A category map whose topics and places are all on offer.
pub async fn category_map(store: &Store, parts: &[String]) -> Result<CategoryMap, Failure> {
    let map = CategoryMap::parse(&parts.join(",")).map_err(|e| {
        Failure::usage(e).hint("for example `--map \"city hall=politics, harbour=place:port\"`")
    })?;
    let places = store.places().await?;
    let places: Vec<Slug> = places.iter().map(|p| p.slug.clone()).collect();
    for label in map.0.values() {
        match label {
            Label::Topic(slug) => {
                topic(store, slug.as_str()).await?;
            }
            Label::Place(slug) if !places.contains(slug) => {
                return Err(missing("place", slug.as_str(), &places));
            }
            Label::Place(_) => {}
        }
    }
    Ok(map)
}

/// "There is no …", with what was perhaps meant.
pub fn missing(what: &str, name: &str, known: &[Slug]) -> Failure {
    let hint = meant(name, known, what);
    let name = short(name, 64);
    Failure::failed(format_args!("there is no {what} `{name}`")).hint(hint)
}

/// Asks whoever sits at a terminal; without one nobody is there to be asked.
pub fn agreed(question: &str) -> Result<bool, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Ok(true);
    }
    eprint!("{question} [Y/n] ");
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    Ok(answer.is_empty() || answer.starts_with('y'))
}

/// A span of time such as `90m`, `24h`, `7d` or `2w`; days have 24 hours.
pub fn span(text: &str) -> Result<SignedDuration, String> {
    let wrong = || "it is no span of time; write 90m, 24h, 7d or 2w".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let span = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    match span.is_positive() {
        true => Ok(span),
        false => Err("it is not after now".to_owned()),
    }
}

/// An instant as people read it.
pub fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// An instant as people read it, or a word where there is none.
pub fn shown_or(at: Option<Timestamp>, word: &str) -> String {
    at.map_or_else(|| word.to_owned(), shown)
}

/// A text in one line of at most so many characters.
pub fn short(text: &str, most: usize) -> String {
    let mut line: String = text.chars().take(most).collect();
    if text.chars().count() > most {
        line.pop();
        line.push('…');
    }
    line
}

/// A line of text for people: not empty, without control characters, not too long.
pub fn line(what: &str, text: &str, most: usize) -> Result<String, Failure> {
    let text = text.trim();
    let wrong = |words: String| Err(Failure::usage(format_args!("{what} {words}")));
    if is_blank(text) {
        return wrong("is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return wrong("has a line break or another control character".to_owned());
    }
    let length = text.chars().count();
    if length > most {
        return wrong(format!("has {length} characters, more than {most}"));
    }
    Ok(text.to_owned())
}

/// The octets of a file, or of stdin where `-` was typed.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let wrong = |e: std::io::Error| {
        Failure::new(Exit::Failed, e).context(format!("cannot read `{}`", path.display()))
    };
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin()
            .lock()
            .take(MOST_BYTES + 1)
            .read_to_end(&mut bytes),
        false => {
            let file = std::fs::File::open(path).map_err(wrong)?;
            file.take(MOST_BYTES + 1).read_to_end(&mut bytes)
        }
    };
    read.map_err(wrong)?;
    if bytes.len() as u64 > MOST_BYTES {
        let most = MOST_BYTES >> 20;
        let words = format!("`{}` has more than {most} MiB", path.display());
        return Err(Failure::failed(words).hint("split it and hand in the parts"));
    }
    Ok(bytes)
}

/// The address of a site or a page: an http(s) URL, with `https://` put before it where a person left
/// that out.
pub fn site(text: &str) -> Result<String, Failure> {
    let text = text.trim();
    let whole = match text.contains("://") {
        true => text.to_owned(),
        false => format!("https://{text}"),
    };
    let fits = |url: &url::Url| matches!(url.scheme(), "http" | "https") && whole.len() <= 2000;
    match url::Url::parse(&whole).ok().filter(fits) {
        Some(url) => Ok(url.into()),
        None => Err(Failure::usage(format_args!(
            "`{}` is no http or https address",
            short(text, 120)
        ))
        .hint("give the address of a page, such as https://example.org/news")),
    }
}

/// Where a feed is: an http(s) URL, or a file, then by its absolute path.
pub fn location(text: &str) -> Result<String, Failure> {
    if let Some((scheme, _)) = text.split_once("://") {
        let parsed = url::Url::parse(text);
        let fits = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
        return match parsed {
            Ok(url) if fits && text.len() <= 2000 => Ok(url.into()),
            _ => Err(Failure::usage(format_args!(
                "`{}` is no http or https URL",
                short(text, 120)
            ))
            .hint("a feed is an http(s) URL or a file")),
        };
    }
    let absolute: PathBuf = std::fs::canonicalize(text).map_err(|e| {
        Failure::new(Exit::Failed, e)
            .context(format!("cannot read the feed `{}`", short(text, 120)))
            .hint("a feed is a file, or a URL that starts with https:// or http://")
    })?;
    let path = absolute.into_os_string().into_string();
    path.map_err(|_| Failure::usage("the path of the feed is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::{location, short, span};

    #[test]
    fn spans_are_read_with_their_units() {
        for (text, minutes) in [
            ("90m", Some(90)),
            ("24h", Some(24 * 60)),
            ("7d", Some(7 * 24 * 60)),
            ("2w", Some(14 * 24 * 60)),
            ("0h", None),
            ("-1h", None),
            ("24", None),
            ("1mo", None),
            ("", None),
        ] {
            let got = span(text).ok().map(|s| s.as_mins());
            assert_eq!(got, minutes, "{text}");
        }
    }

    #[test]
    fn a_location_is_a_url_or_a_file() {
        let url = location("https://n.example/feed?utm_source=x").expect("a URL");
        assert_eq!(url, "https://n.example/feed?utm_source=x");
        assert!(location("ftp://n.example/feed").is_err());
        assert!(location("https://").is_err());
        assert!(location("/no/such/file").is_err());
        assert!(location("Cargo.toml").expect("a file").starts_with('/'));
    }

    #[test]
    fn a_long_text_ends_with_an_ellipsis() {
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("äöüß", 3), "äö…");
    }
}
