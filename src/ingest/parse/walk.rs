//! The walk through a feed in XML, however broken: which elements stand where, in which vocabulary,
//! under which base. What they say goes into drafts (`leaf`); what that comes to is said in `xml`.

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;

use super::dialect::{Family, Field, Inside, Role, in_atom, in_rss, of_prefix, of_uri};
use super::draft::{Draft, Words};
use super::leaf::Leaf;
use super::lex::{Lexer, Token, attributes, resolved};
use super::links::base_of;
use super::markup::Form;
use super::sniff::root;
use super::tombstone::{Tombstone, tombstone};
use super::{At, DEPTH, ENTRIES, FeedFormat, ParseError, Problem, tell};

/// Namespace declarations that are in force at once.
const NAMESPACES: usize = 64;

/// A feed as it was heard.
pub(super) struct Heard<'a> {
    pub(super) format: FeedFormat,
    pub(super) feed: Draft<'a>,
    pub(super) entries: Vec<Draft<'a>>,
    pub(super) deleted: Vec<Tombstone>,
    pub(super) problems: Vec<Problem>,
}

/// Walks through a document; `base` is where it was found.
pub(super) fn walk<'a>(text: &'a str, base: Option<&Url>) -> Result<Heard<'a>, ParseError> {
    let mut tokens = Lexer::new(text);
    let (root, raw, empty) = root(&mut tokens, text)?;
    let local = lower(local(root));
    let format = match local.as_ref() {
        "rss" => FeedFormat::Rss,
        "rdf" => FeedFormat::Rdf,
        "feed" | "entry" => FeedFormat::Atom,
        "channel" if !raw.to_ascii_lowercase().contains("href") => FeedFormat::Rss,
        _ => {
            let root = root.chars().take(64).collect();
            return Err(ParseError::OtherXml { root });
        }
    };
    let mut walker = Walker::new(format);
    walker.open_root(root, raw, base);
    if local == "entry" {
        walker.start(root, raw, empty)?;
    }
    for token in tokens {
        walker.take(token)?;
    }
    Ok(walker.finish())
}

// Names are a few octets long: a loop over them is faster than any search that has to start up.
pub(super) fn local(name: &str) -> &str {
    match name.bytes().rposition(|b| b == b':') {
        Some(i) => name.get(i + 1..).unwrap_or_default(),
        None => name,
    }
}

fn prefix(name: &str) -> &str {
    let colon = name.bytes().position(|b| b == b':');
    colon.and_then(|i| name.get(..i)).unwrap_or_default()
}

fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// An open element.
struct Frame<'a> {
    name: &'a str,
    inside: Inside,
    /// Whether this element itself is what `inside` names.
    holds: bool,
    skipped: bool,
    namespaces: usize,
    base: Option<Arc<Url>>,
}

/// Where the walk has come to, and what was heard on it.
pub(super) struct Walker<'a> {
    pub(super) format: FeedFormat,
    stack: Vec<Frame<'a>>,
    pub(super) leaf: Option<Leaf<'a>>,
    /// Prefix and vocabulary; the vocabulary of the root's own namespace is the main one.
    namespaces: Vec<(&'a str, Family)>,
    root_uri: Option<&'a str>,
    feed: Draft<'a>,
    entries: Vec<Draft<'a>>,
    deleted: Vec<Tombstone>,
    /// The entry that is open.
    entry: Option<Draft<'a>>,
    /// Entries so far, those that are not read included.
    count: usize,
    /// The name and address of the person that is open.
    pub(super) person: (String, String),
    problems: Vec<Problem>,
}

impl<'a> Walker<'a> {
    fn new(format: FeedFormat) -> Walker<'a> {
        Walker {
            format,
            stack: Vec::new(),
            leaf: None,
            namespaces: Vec::new(),
            root_uri: None,
            feed: Draft::default(),
            entries: Vec::new(),
            deleted: Vec::new(),
            entry: None,
            count: 0,
            person: Default::default(),
            problems: Vec::new(),
        }
    }

    /// What is being told about: the open entry, else the feed.
    pub(super) fn draft(&mut self) -> &mut Draft<'a> {
        self.entry.as_mut().unwrap_or(&mut self.feed)
    }

    pub(super) fn in_entry(&self) -> bool {
        self.entry.is_some()
    }

    /// Tells of a problem with a field of what is open.
    pub(super) fn tell(&mut self, field: &'static str, what: String) {
        let at = match self.entry {
            Some(_) => At::Entry(self.count),
            None => At::Feed,
        };
        tell(&mut self.problems, Problem::new(at, Some(field), what));
    }

    fn open_root(&mut self, name: &'a str, raw: &'a str, base: Option<&Url>) {
        let found = attributes(raw);
        let own = match prefix(name) {
            "" => "xmlns".to_owned(),
            prefix => format!("xmlns:{prefix}"),
        };
        self.root_uri = found.iter().find(|(n, _)| *n == own).map(|(_, uri)| *uri);
        self.declare(&found);
        let base = base_of(&found, base.cloned().map(Arc::new).as_ref());
        self.feed.language = language(&found);
        self.feed.base = base.clone();
        self.stack.push(Frame {
            name,
            inside: Inside::Feed,
            holds: false,
            skipped: false,
            namespaces: 0,
            base,
        });
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

    /// Whether an element starts or ends the feed's structure, wherever it stands: it is never a part
    /// of a text, so somebody forgot to close what it stands in.
    pub(super) fn is_structure(&self, name: &str) -> bool {
        let local = local(name);
        let named = match local.len() {
            3 => local.eq_ignore_ascii_case("rss"),
            4 => ["item", "feed"]
                .iter()
                .any(|s| local.eq_ignore_ascii_case(s)),
            5 => local.eq_ignore_ascii_case("entry"),
            7 => local.eq_ignore_ascii_case("channel"),
            _ => false,
        };
        named && matches!(self.family(name), Family::Main | Family::Atom)
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
        let lower = lower(local(name));
        if self.deleted.len() < ENTRIES {
            self.deleted.extend(tombstone(&lower, &found));
        }
        if matches!(lower.as_ref(), "item" | "entry")
            && matches!(family, Family::Main | Family::Atom)
        {
            self.make_way();
        }
        let (inside, skipped, outer) = match self.stack.last() {
            Some(frame) => (frame.inside, frame.skipped, frame.base.as_ref()),
            None => (Inside::Feed, false, None),
        };
        let role = self.role(family, &lower, inside, skipped);
        let base = base_of(&found, outer);
        let mut frame = Frame {
            name,
            inside,
            holds: false,
            skipped,
            namespaces,
            base,
        };
        match role {
            Role::Through => {}
            Role::Skip => frame.skipped = true,
            Role::Holds(inner) => {
                frame.inside = inner;
                frame.holds = true;
                if inner == Inside::Entry {
                    frame.skipped = !self.open_entry(&found, &frame);
                }
            }
            _ => {
                self.leaf = Some(Leaf::new(name, role, found, frame.base));
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
            (_, FeedFormat::Atom) if name == "feed" && inside == Inside::Feed => Role::Through,
            (_, FeedFormat::Atom) => in_atom(family, name, inside),
            _ if passes && inside == Inside::Feed => Role::Through,
            _ => in_rss(family, name, inside),
        }
    }

    /// An entry that starts inside another, or inside something of the feed that nobody reads, means
    /// that somebody forgot to close that.
    fn make_way(&mut self) {
        let in_way = |f: &Frame<'_>| f.inside == Inside::Entry || f.skipped;
        if let Some(i) = self.stack.iter().position(in_way) {
            while self.stack.len() > i {
                self.pop();
            }
        }
    }

    /// Begins an entry; false where there are enough.
    fn open_entry(&mut self, found: &[(&'a str, &'a str)], frame: &Frame<'a>) -> bool {
        self.count += 1;
        if self.count > ENTRIES {
            return false;
        }
        let mut draft = Draft {
            language: language(found),
            base: frame.base.clone(),
            ..Draft::default()
        };
        let mut about = found.iter().filter(|(n, _)| local(n) == "about");
        if self.format == FeedFormat::Rdf
            && let Some((_, about)) = about.next()
        {
            let words = Words {
                text: resolved(about),
                form: Form::Plain,
                base: None,
            };
            draft.say(Field::Id, words, true);
        }
        self.entry = Some(draft);
        true
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
        let Some(frame) = self.stack.pop() else {
            return;
        };
        self.forget(frame.namespaces);
        match frame.inside {
            Inside::Entry if frame.holds => self.entries.extend(self.entry.take()),
            Inside::Person if frame.holds => {
                let (name, address) = std::mem::take(&mut self.person);
                self.draft()
                    .person(if name.is_empty() { address } else { name });
            }
            _ => {}
        }
    }

    fn forget(&mut self, namespaces: usize) {
        let left = self.namespaces.len().saturating_sub(namespaces);
        self.namespaces.truncate(left);
    }

    fn finish(mut self) -> Heard<'a> {
        // Some only forget to close the channel.
        if self.leaf.is_some() || self.entry.is_some() {
            let what = "the document ends in the middle; what came before the end was read";
            tell(&mut self.problems, Problem::new(At::Feed, None, what));
        }
        self.close_leaf();
        while !self.stack.is_empty() {
            self.pop();
        }
        if self.count > ENTRIES {
            let what = format!("{} entries; only the first {ENTRIES} were read", self.count);
            tell(&mut self.problems, Problem::new(At::Feed, None, what));
        }
        Heard {
            format: self.format,
            feed: self.feed,
            entries: self.entries,
            deleted: self.deleted,
            problems: self.problems,
        }
    }
}

/// The language that an element's attributes state.
fn language<'a>(found: &[(&'a str, &'a str)]) -> Option<Cow<'a, str>> {
    let stated = found.iter().find(|(n, _)| *n == "xml:lang");
    let (_, language) = stated.filter(|(_, l)| !l.trim().is_empty())?;
    Some(Cow::Borrowed(*language))
}
