//! Lists of feeds as OPML 1.0 and 2.0 (opml.org): read leniently, whatever is unclosed, and written.

use std::collections::BTreeSet;

use url::Url;

use super::lex::{Lexer, Token, attributes, escape, resolve};
use super::walk::local;
use super::{ParseError, clean, decode};

/// Longer files are refused, in octets.
pub const OPML_BYTES: usize = 10 << 20;
/// Feeds beyond this many are counted, not read.
pub const OUTLINES: usize = 10_000;
/// Outlines open at once of which the names are kept.
const DEPTH: usize = 32;
/// Longer addresses are refused, in octets.
const URL_BYTES: usize = 2_000;

/// A feed of an OPML file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// http or https, in its serialised form.
    pub url: String,
    /// What the file calls it; may be empty.
    pub title: String,
    /// The outlines around it and its `category`, outermost first, each once.
    pub folders: Vec<String>,
}

/// A feed that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// Which outline, counted from 1 over all that have an address.
    pub outline: usize,
    /// Its address as it stands there, cut, else its title.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What an OPML file lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opml {
    /// In the file's order, each address once.
    pub feeds: Vec<Outline>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
    /// Feeds that were not read, since there are too many.
    pub beyond: usize,
}

/// Reads an OPML file.
///
/// # Errors
/// Too large, a DOCTYPE with entities of its own, or no `opml` and no `outline` in it.
pub fn parse_opml(bytes: &[u8]) -> Result<Opml, ParseError> {
    if bytes.len() > OPML_BYTES {
        return Err(ParseError::TooLarge { limit: OPML_BYTES });
    }
    let (text, _) = decode::decode(bytes, None);
    if text.trim().is_empty() {
        return Err(ParseError::Empty);
    }
    let mut found = Opml::default();
    let mut open: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    let (mut deeper, mut nth, mut rooted) = (0_usize, 0_usize, false);
    for token in Lexer::new(&text) {
        match token {
            Token::Doctype(declaration) if declaration.contains('[') => {
                return Err(ParseError::Doctype);
            }
            Token::Start(name, raw, empty) if is(name, "outline") => {
                rooted = true;
                let tag = Tag(attributes(raw));
                if tag.is_feed() {
                    nth += 1;
                    take(&mut found, &mut known, &tag, &open, nth);
                }
                match empty {
                    true => {}
                    false if open.len() < DEPTH => open.push(tag.name()),
                    false => deeper += 1,
                }
            }
            Token::Start(name, ..) if !rooted => {
                if !is(name, "opml") {
                    let root = clean::cut(&clean::one_line(name), 64);
                    return Err(ParseError::OtherXml { root });
                }
                rooted = true;
            }
            Token::End(name) if is(name, "outline") => match deeper {
                0 => drop(open.pop()),
                _ => deeper -= 1,
            },
            _ => {}
        }
    }
    match rooted {
        true => Ok(found),
        false => Err(ParseError::Unknown {
            starts: clean::one_line(&text.chars().take(40).collect::<String>()),
        }),
    }
}

fn is(name: &str, tag: &str) -> bool {
    local(name).eq_ignore_ascii_case(tag)
}

/// The attributes of an outline.
struct Tag<'a>(Vec<(&'a str, &'a str)>);

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let (_, raw) = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        let mut value = String::new();
        resolve(raw, &mut value);
        Some(value.trim().to_owned()).filter(|v| !v.is_empty())
    }

    fn is_feed(&self) -> bool {
        let kind = self.get("type").unwrap_or_default().to_ascii_lowercase();
        self.get("xmlUrl").is_some() || matches!(kind.as_str(), "rss" | "atom" | "feed")
    }

    fn name(&self) -> String {
        let name = self.get("text").or_else(|| self.get("title"));
        clean::cut(&clean::one_line(&name.unwrap_or_default()), 80)
    }
}

fn take(
    found: &mut Opml,
    known: &mut BTreeSet<String>,
    tag: &Tag<'_>,
    open: &[String],
    nth: usize,
) {
    if found.feeds.len() + found.skipped.len() >= OUTLINES {
        found.beyond += 1;
        return;
    }
    let title = tag.get("title").or_else(|| tag.get("text"));
    let title = clean::cut(&clean::one_line(&title.unwrap_or_default()), 80);
    let stated = tag.get("xmlUrl").unwrap_or_default();
    match address(&stated) {
        Ok(url) if known.insert(url.clone()) => {
            let mut folders: Vec<String> = Vec::new();
            let categories = tag.get("category").unwrap_or_default();
            let categories = categories.split([',', '/']).map(clean::one_line);
            let all = open
                .iter()
                .cloned()
                .chain(categories.map(|c| clean::cut(&c, 80)));
            for folder in all.filter(|f| !f.is_empty()) {
                if !folders.contains(&folder) && folders.len() < DEPTH {
                    folders.push(folder);
                }
            }
            found.feeds.push(Outline {
                url,
                title,
                folders,
            });
        }
        other => {
            let why = other.err().unwrap_or("it stands there twice");
            let what = match stated.is_empty() {
                true => title,
                false => clean::cut(&clean::one_line(&stated), 120),
            };
            found.skipped.push(Skipped {
                outline: nth,
                what,
                why: why.to_owned(),
            });
        }
    }
}

fn address(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        return Err("it has no address (`xmlUrl`)");
    }
    if text.len() > URL_BYTES {
        return Err("its address is too long");
    }
    let url = Url::parse(text).map_err(|_| "its address is no URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https addresses are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its address carries a user name or password");
    }
    Ok(url.into())
}

/// An OPML 2.0 file of these feeds, under this title. Feeds stand in their first folder.
pub fn write_opml(title: &str, feeds: &[Outline]) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>",
    );
    escape(title, &mut out);
    out.push_str("</title>\n  </head>\n  <body>\n");
    let mut folders: Vec<&str> = Vec::new();
    for feed in feeds {
        let folder = feed.folders.first().map_or("", String::as_str);
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    for folder in folders {
        let inside = feeds
            .iter()
            .filter(|f| f.folders.first().map_or("", String::as_str) == folder);
        let indent = if folder.is_empty() { "    " } else { "      " };
        if !folder.is_empty() {
            out.push_str("    <outline text=\"");
            escape(folder, &mut out);
            out.push_str("\">\n");
        }
        for feed in inside {
            out.push_str(indent);
            out.push_str("<outline type=\"rss\" text=\"");
            escape(&feed.title, &mut out);
            out.push_str("\" title=\"");
            escape(&feed.title, &mut out);
            out.push_str("\" xmlUrl=\"");
            escape(&feed.url, &mut out);
            out.push_str("\"/>\n");
        }
        if !folder.is_empty() {
            out.push_str("    </outline>\n");
        }
    }
    out.push_str("  </body>\n</opml>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::{Opml, Outline, ParseError, parse_opml, write_opml};

    fn read(text: &str) -> Opml {
        parse_opml(text.as_bytes()).expect("an OPML file")
    }

    fn outline(url: &str, title: &str, folders: &[&str]) -> Outline {
        Outline {
            url: url.to_owned(),
            title: title.to_owned(),
            folders: folders.iter().map(|f| (*f).to_owned()).collect(),
        }
    }

    #[test]
    fn nested_outlines_are_folders_and_what_is_no_feed_says_why() {
        let opml = read(
            "<opml><body><outline text='Blogs'><outline title=\"John's &amp; co\" xmlUrl='https://a.example/x'/>\
             <outline title=friends><OUTLINE text=Mike XMLURL='http://b.example/y' category='north/Blogs'></OUTLINE>\
             </outline></outline><outline type=rss title=Script xmlUrl='|~/fetch.py'/>\
             <outline type=rss text='No address'/><outline xmlUrl='ftp://c.example/'/>\
             <outline xmlUrl='https://me:pw@c.example/'/><outline xmlUrl='https://A.example/x'/></body>",
        );
        assert_eq!(
            opml.feeds,
            [
                outline("https://a.example/x", "John's & co", &["Blogs"]),
                outline("http://b.example/y", "Mike", &["Blogs", "friends", "north"]),
            ]
        );
        let why: Vec<_> = opml
            .skipped
            .iter()
            .map(|s| (s.outline, s.why.as_str()))
            .collect();
        assert_eq!(
            why,
            [
                (3, "its address is no URL"),
                (4, "it has no address (`xmlUrl`)"),
                (5, "only http and https addresses are fetched"),
                (6, "its address carries a user name or password"),
                (7, "it stands there twice"),
            ]
        );
        // What is written is read back.
        let again = read(&write_opml("Mine & <yours>", &opml.feeds));
        assert_eq!(again.feeds[0], opml.feeds[0]);
        assert_eq!(
            again.feeds[1],
            outline("http://b.example/y", "Mike", &["Blogs"])
        );
    }

    #[test]
    fn hostile_files_are_bounded() {
        assert_eq!(parse_opml(b" "), Err(ParseError::Empty));
        assert!(matches!(
            parse_opml(b"hello"),
            Err(ParseError::Unknown { .. })
        ));
        assert!(matches!(
            parse_opml(b"<rss/>"),
            Err(ParseError::OtherXml { .. })
        ));
        let bomb = b"<!DOCTYPE opml [<!ENTITY a 'x'>]><opml/>";
        assert_eq!(parse_opml(bomb), Err(ParseError::Doctype));
        let large = vec![b' '; super::OPML_BYTES + 1];
        assert!(matches!(
            parse_opml(&large),
            Err(ParseError::TooLarge { .. })
        ));
        let deep = "<outline text='x'>".repeat(200_000);
        let feed = "<outline xmlUrl='https://a.example/'/>";
        let opml = read(&format!("<opml>{deep}{feed}"));
        assert_eq!(opml.feeds[0].folders, ["x"]);
        let many: String = (0..12_000)
            .map(|n| format!("<outline xmlUrl='https://a.example/{n}'/>"))
            .collect();
        let opml = read(&format!("<opml>{many}"));
        assert_eq!((opml.feeds.len(), opml.beyond), (10_000, 2_000));
    }
}
