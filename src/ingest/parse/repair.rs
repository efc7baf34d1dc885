//! Repair before reading: a feed as it was found, however broken, is written anew as a small clean
//! document in one dialect. Encodings are done before (`decode`), meaning comes after (`entry`).

use url::Url;

use super::dialect::{Family, Inside, Once, Role, in_atom, in_rss, of_prefix, of_uri};
use super::leaf::Leaf;
use super::lex::{Lexer, Token, attributes, escape, resolve};
use super::shown;
use super::sniff::root;
use super::{At, DEPTH, ENTRIES, FeedFormat, ParseError, Problem, tell};

/// Namespace declarations that are in force at once.
const NAMESPACES: usize = 64;

/// A feed in the dialect of the reader.
pub(super) struct Repaired {
    pub(super) xml: String,
    pub(super) format: FeedFormat,
    pub(super) problems: Vec<Problem>,
}

/// Writes a document anew; `base` is where it was found.
pub(super) fn repair(text: &str, base: Option<&Url>) -> Result<Repaired, ParseError> {
    let mut tokens = Lexer::new(text);
    let (root, raw, empty) = root(&mut tokens, text)?;
    let local = local(root).to_ascii_lowercase();
    let format = match local.as_str() {
        "rss" => FeedFormat::Rss,
        "rdf" => FeedFormat::Rdf,
        "feed" | "entry" => FeedFormat::Atom,
        "channel" if !raw.to_ascii_lowercase().contains("href") => FeedFormat::Rss,
        _ => {
            let root = root.chars().take(64).collect();
            return Err(ParseError::OtherXml { root });
        }
    };
    let mut writer = Writer::new(format);
    writer.open_root(root, raw, base);
    if local == "entry" {
        writer.start(root, raw, empty)?;
    }
    for token in tokens {
        writer.take(token)?;
    }
    Ok(writer.finish())
}

pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// An open element.
struct Frame<'a> {
    name: &'a str,
    /// The name under which it was written, if it was.
    written: Option<&'static str>,
    inside: Inside,
    skipped: bool,
    namespaces: usize,
    base: Option<Url>,
}

/// The document as it is written anew.
pub(super) struct Writer<'a> {
    pub(super) format: FeedFormat,
    pub(super) out: String,
    stack: Vec<Frame<'a>>,
    pub(super) leaf: Option<Leaf<'a>>,
    /// Prefix and vocabulary; the vocabulary of the root's own namespace is the main one.
    namespaces: Vec<(&'a str, Family)>,
    root_uri: Option<&'a str>,
    pub(super) said: Vec<Once>,
    /// What the entry's pictures show; written at its end, since inside a group nobody reads it.
    pub(super) shown: Vec<String>,
    entries: usize,
    problems: Vec<Problem>,
}

impl<'a> Writer<'a> {
    fn new(format: FeedFormat) -> Writer<'a> {
        Writer {
            format,
            out: String::new(),
            stack: Vec::new(),
            leaf: None,
            namespaces: Vec::new(),
            root_uri: None,
            said: Vec::new(),
            shown: Vec::new(),
            entries: 0,
            problems: Vec::new(),
        }
    }

    fn open_root(&mut self, name: &'a str, raw: &'a str, base: Option<&Url>) {
        let found = attributes(raw);
        let own = match prefix(name) {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        self.root_uri = found.iter().find(|(n, _)| *n == own).map(|(_, uri)| *uri);
        self.declare(&found);
        let base = base_of(&found, base);
        let language = found
            .iter()
            .find(|(n, _)| *n == "xml:lang")
            .map(|(_, v)| *v);
        if self.format == FeedFormat::Atom {
            self.out
                .push_str("<feed xmlns:media=\"http://search.yahoo.com/mrss/\"");
            if let Some(language) = language {
                write_attribute(&mut self.out, "xml:lang", language);
            }
        } else {
            self.out.push_str(
                "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" \
                 xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
                 xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
                 xmlns:media=\"http://search.yahoo.com/mrss/\"",
            );
        }
        if let Some(base) = &base {
            write_attribute(&mut self.out, "xml:base", base.as_str());
        }
        self.out.push('>');
        if self.format != FeedFormat::Atom {
            self.out.push_str("<channel>");
            if let Some(language) = language {
                self.write_element("language", &[], language);
            }
        }
        let inside = Inside::Feed;
        let frame = Frame {
            name,
            written: None,
            inside,
            skipped: false,
            namespaces: 0,
            base,
        };
        self.stack.push(frame);
    }

    /// Notes namespace declarations; returns how many.
    fn declare(&mut self, found: &[(&'a str, &'a str)]) -> usize {
        let before = self.namespaces.len();
        for (name, uri) in found {
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(prefix) if prefix.starts_with(':') => &prefix[1..],
                _ => continue,
            };
            let family = match of_uri(uri) {
                _ if Some(*uri) == self.root_uri && self.format != FeedFormat::Rdf => Family::Main,
                Some(family) => family,
                // A format's own namespace goes by many names; prefixes of strangers do not.
                None if prefix.is_empty() => Family::Main,
                None => Family::Other,
            };
            if self.namespaces.len() < NAMESPACES {
                self.namespaces.push((prefix, family));
            }
        }
        self.namespaces.len() - before
    }

    pub(super) fn family(&self, name: &str) -> Family {
        let prefix = prefix(name);
        let declared = self.namespaces.iter().rev().find(|(p, _)| *p == prefix);
        match declared.map_or_else(|| of_prefix(prefix), |(_, family)| *family) {
            Family::Atom if self.format == FeedFormat::Atom => Family::Main,
            family => family,
        }
    }

    fn take(&mut self, token: Token<'a>) -> Result<(), ParseError> {
        if self.leaf.is_some() {
            return self.take_in_leaf(token);
        }
        match token {
            Token::Start(name, raw, empty) => self.start(name, raw, empty)?,
            Token::End(name) => self.end(name),
            Token::Doctype(declaration) if declaration.contains('[') => {
                return Err(ParseError::Doctype);
            }
            Token::Text(_) | Token::CData(_) | Token::Doctype(_) => {}
        }
        Ok(())
    }

    pub(super) fn start(
        &mut self,
        name: &'a str,
        raw: &'a str,
        empty: bool,
    ) -> Result<(), ParseError> {
        if self.stack.len() >= DEPTH {
            return Err(ParseError::TooDeep { limit: DEPTH });
        }
        let found = attributes(raw);
        let namespaces = self.declare(&found);
        let family = self.family(name);
        let lower = local(name).to_ascii_lowercase();
        if matches!(lower.as_str(), "item" | "entry") {
            self.close_open_entry();
        }
        let (inside, skipped, outer) = match self.stack.last() {
            Some(frame) => (frame.inside, frame.skipped, frame.base.clone()),
            None => (Inside::Feed, false, None),
        };
        let role = self.role(family, &lower, inside, skipped);
        let base = base_of(&found, outer.as_ref());
        let mut frame = Frame {
            name,
            written: None,
            inside,
            skipped,
            namespaces,
            base,
        };
        match role {
            Role::Through => {}
            Role::Skip => frame.skipped = true,
            Role::Holds(written, inner) => {
                frame.inside = inner;
                if inner == Inside::Entry && !self.count_entry() {
                    frame.skipped = true;
                } else {
                    self.open(written, &found, &frame);
                    frame.written = Some(written);
                }
            }
            _ => {
                self.open_leaf(name, role, &found, frame.base.as_ref());
                self.forget(namespaces);
                if empty {
                    self.close_leaf();
                }
                return Ok(());
            }
        }
        self.stack.push(frame);
        if empty {
            self.pop();
        }
        Ok(())
    }

    fn role(&self, family: Family, name: &str, inside: Inside, skipped: bool) -> Role {
        // A channel may stand anywhere and only groups; `rdf:Seq` and its kin say nothing.
        let passes = matches!(name, "channel" | "rss" | "feed" | "rdf");
        match (skipped, self.format) {
            (true, _) => Role::Skip,
            (_, FeedFormat::Atom) if name == "feed" => Role::Through,
            (_, FeedFormat::Atom) => in_atom(family, name, inside),
            _ if passes && inside == Inside::Feed => Role::Through,
            _ => in_rss(family, name, inside),
        }
    }

    /// An entry that starts inside another means that somebody forgot to close the first.
    fn close_open_entry(&mut self) {
        if let Some(i) = self.stack.iter().position(|f| f.inside == Inside::Entry) {
            while self.stack.len() > i {
                self.pop();
            }
        }
    }

    fn count_entry(&mut self) -> bool {
        self.entries += 1;
        self.said.clear();
        self.shown.clear();
        self.entries <= ENTRIES
    }

    fn open(&mut self, written: &'static str, found: &[(&'a str, &'a str)], frame: &Frame<'a>) {
        self.out.push('<');
        self.out.push_str(written);
        if let Some(base) = &frame.base {
            write_attribute(&mut self.out, "xml:base", base.as_str());
        }
        self.out.push('>');
        let about = found
            .iter()
            .find(|(n, _)| local(n) == "about")
            .map(|(_, v)| *v);
        if let (FeedFormat::Rdf, "item", Some(about)) = (self.format, written, about) {
            self.write_element("guid", &[], &resolved(about));
            self.said.push(Once::Id);
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        let same = |frame: &Frame<'_>| local(frame.name).eq_ignore_ascii_case(local(name));
        // The root stays open: a closing tag too many must not end the feed.
        if let Some(i) = self.stack.iter().rposition(same).filter(|i| *i > 0) {
            while self.stack.len() > i {
                self.pop();
            }
        }
    }

    fn pop(&mut self) {
        if let Some(frame) = self.stack.pop() {
            self.forget(frame.namespaces);
            if let Some(written) = frame.written {
                if frame.inside == Inside::Entry {
                    for text in std::mem::take(&mut self.shown) {
                        self.write_scheme(shown::SCHEME, &text);
                    }
                }
                self.out.push_str(&format!("</{written}>"));
            }
        }
    }

    fn forget(&mut self, namespaces: usize) {
        let left = self.namespaces.len().saturating_sub(namespaces);
        self.namespaces.truncate(left);
    }

    fn finish(mut self) -> Repaired {
        if self.leaf.is_some() || self.stack.len() > 1 {
            let what = "the document ends in the middle; what came before the end was read";
            // Some only forget to close the channel.
            if self.leaf.is_some() || self.stack.iter().any(|f| f.inside == Inside::Entry) {
                tell(&mut self.problems, Problem::new(At::Feed, None, what));
            }
        }
        self.close_leaf();
        while !self.stack.is_empty() {
            self.pop();
        }
        if self.entries > ENTRIES {
            let what = format!(
                "{} entries; only the first {ENTRIES} were read",
                self.entries
            );
            tell(&mut self.problems, Problem::new(At::Feed, None, what));
        }
        let end = match self.format {
            FeedFormat::Atom => "</feed>",
            _ => "</channel></rss>",
        };
        self.out.push_str(end);
        Repaired {
            xml: self.out,
            format: self.format,
            problems: self.problems,
        }
    }
}

pub(super) fn resolved(raw: &str) -> String {
    let mut out = String::new();
    resolve(raw, &mut out);
    out
}

pub(super) fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape(value, out);
    out.push('"');
}

/// The base in force for an element (XML Base §3.1).
fn base_of(found: &[(&str, &str)], outer: Option<&Url>) -> Option<Url> {
    let own = found
        .iter()
        .find(|(n, _)| *n == "xml:base")
        .map(|(_, v)| resolved(v));
    match (own, outer) {
        (Some(own), Some(outer)) => outer.join(own.trim()).ok().or_else(|| Some(outer.clone())),
        (Some(own), None) => Url::parse(own.trim()).ok(),
        (None, outer) => outer.cloned(),
    }
}
