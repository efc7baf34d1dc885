//! The second half of repair: elements of which only the text or the attributes count, each written
//! in the form that the feed reader takes, whatever form its publisher gave it.

use base64::Engine;
use url::Url;

use super::dialect::{Family, LinkKind, MEDIA_CONTENT, Once, Role};
use super::lex::{Token, escape, resolve};
use super::repair::{Writer, local, resolved, write_attribute};
use super::shown::Shown;
use super::xml::{absolute, is_page};
use super::{FeedFormat, ParseError, clean};

/// What is kept of one element's text, in octets.
const LEAF_BYTES: usize = 2 << 20;

/// An open element of which only text and attributes count.
pub(super) struct Leaf<'a> {
    name: &'a str,
    nested: usize,
    role: Role,
    attributes: Vec<(&'a str, String)>,
    /// Its characters, references resolved.
    text: String,
    /// Its characters and tags as mark-up.
    html: String,
    marked_up: bool,
    /// What a picture shows, where an element inside says it.
    shown: Shown,
}

impl<'a> Writer<'a> {
    pub(super) fn open_leaf(
        &mut self,
        name: &'a str,
        role: Role,
        found: &[(&'a str, &'a str)],
        base: Option<&Url>,
    ) {
        let mut attributes: Vec<(&str, String)> = found
            .iter()
            .filter(|(n, _)| !n.starts_with("xml"))
            .map(|(n, v)| (*n, resolved(v)))
            .collect();
        if let Some(base) = base {
            attributes.push(("xml:base", base.to_string()));
        }
        self.leaf = Some(Leaf {
            name,
            nested: 0,
            role,
            attributes,
            text: String::new(),
            html: String::new(),
            marked_up: false,
            shown: Shown::default(),
        });
    }

    pub(super) fn take_in_leaf(&mut self, token: Token<'a>) -> Result<(), ParseError> {
        let family = match token {
            Token::Start(name, ..) | Token::End(name) => self.family(name),
            _ => Family::Other,
        };
        let Some(leaf) = &mut self.leaf else {
            return Ok(());
        };
        if leaf.role == MEDIA_CONTENT {
            leaf.shown.take(&token, family);
        }
        let full = leaf.html.len() > LEAF_BYTES;
        match token {
            Token::Text(_) | Token::CData(_) if full => {}
            Token::Text(text) => {
                resolve(text, &mut leaf.text);
                leaf.html.push_str(text);
            }
            Token::CData(text) => {
                leaf.text.push_str(text);
                escape(text, &mut leaf.html);
            }
            Token::Start(name, raw, empty) => {
                if starts_structure(name) {
                    self.close_leaf();
                    return self.start(name, raw, empty);
                }
                leaf.marked_up = true;
                leaf.nested += usize::from(!empty && same(leaf.name, name));
                if !full {
                    let end = if empty { "/>" } else { ">" };
                    leaf.html.push_str(&format!("<{}{raw}{end}", local(name)));
                }
            }
            Token::End(name) if same(leaf.name, name) && leaf.nested == 0 => self.close_leaf(),
            Token::End(name) => {
                if starts_structure(name) {
                    self.close_leaf();
                    self.end(name);
                    return Ok(());
                }
                leaf.nested -= usize::from(same(leaf.name, name));
                if !full {
                    leaf.html.push_str(&format!("</{}>", local(name)));
                }
            }
            Token::Doctype(_) => {}
        }
        Ok(())
    }

    pub(super) fn close_leaf(&mut self) {
        let Some(leaf) = self.leaf.take() else {
            return;
        };
        let value = if leaf.marked_up {
            &leaf.html
        } else {
            &leaf.text
        };
        match leaf.role {
            Role::First(_, once) if self.said.contains(&once) => {}
            Role::Text("content:encoded" | "content") | Role::First("content", _) => {
                self.write_based(&leaf, value);
            }
            Role::Text(name) | Role::First(name, _) => {
                self.write_element(name, &[], value);
                let permanent = get(&leaf, "isPermaLink").is_none_or(|p| p.trim() != "false");
                if name == "guid" && permanent && is_page(value.trim()) {
                    let kept = [("domain", LinkKind::Guid.scheme())];
                    self.write_element("category", &kept, value);
                }
            }
            Role::Typed(name) => self.write_typed(name, &leaf),
            Role::Author => self.write_author(&leaf.text),
            Role::Creator => {
                self.out.push_str("<author>");
                self.write_element("name", &[], &leaf.text);
                self.out.push_str("</author>");
            }
            Role::Link(kind) => self.write_link(&leaf, kind),
            Role::Category => {
                let term = get(&leaf, "label").or_else(|| get(&leaf, "term"));
                let term = term.filter(|t| !t.trim().is_empty()).unwrap_or(&leaf.text);
                self.write_attributes("category", &[("term", term)]);
            }
            Role::Attributes(name, wanted) => {
                let kept: Vec<(&str, &str)> = wanted
                    .iter()
                    .filter_map(|w| Some((*w, get(&leaf, w)?)))
                    .collect();
                self.write_attributes(name, &kept);
                self.shown.extend(shown(&leaf));
            }
            Role::Holds(..) | Role::Through | Role::Skip => {}
        }
    }

    /// RSS hands the base of a content on in the element's own scope, Atom in its attribute.
    fn write_based(&mut self, leaf: &Leaf<'a>, value: &str) {
        let name = match self.format {
            FeedFormat::Atom => "content",
            _ => "content:encoded",
        };
        let mut attributes = Vec::new();
        if self.format == FeedFormat::Atom {
            attributes.push(("type", "html"));
        }
        attributes.extend(get(leaf, "xml:base").map(|base| ("xml:base", base)));
        self.write_element(name, &attributes, value);
    }

    /// A text construct (RFC 4287 §3.1 and §4.1.3), Atom 0.3's `mode` included.
    fn write_typed(&mut self, name: &'static str, leaf: &Leaf<'a>) {
        let kind = get(leaf, "type")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let mode = get(leaf, "mode")
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let texty = kind.is_empty() || kind.starts_with("text") || kind.contains("html");
        let unpacked = if mode == "base64" || (!texty && !kind.ends_with("xml")) {
            unpack(&leaf.text)
        } else {
            None
        };
        let plain = matches!(kind.as_str(), "" | "text" | "text/plain")
            && !leaf.marked_up
            && mode != "escaped";
        let value = match &unpacked {
            Some(value) => value,
            None if leaf.marked_up => &leaf.html,
            None => &leaf.text,
        };
        if get(leaf, "src").is_some() && value.trim().is_empty() {
            return;
        }
        let mut attributes = vec![("type", if plain { "text" } else { "html" })];
        attributes.extend(get(leaf, "xml:base").map(|base| ("xml:base", base)));
        self.write_element(name, &attributes, value);
    }

    /// `Name`, `name@host (Name)`, `Name <name@host>`: the name, else the address.
    fn write_author(&mut self, text: &str) {
        let text = clean::one_line(text);
        let address = |word: &&str| word.contains('@');
        let name = match text
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
        {
            Some((name, _)) if text.contains('@') && !name.contains('@') => name.to_owned(),
            _ => {
                let words = text.split(' ').filter(|w| !address(w));
                words.collect::<Vec<_>>().join(" ")
            }
        };
        let name = if name.trim().is_empty() {
            text.split(' ')
                .find(address)
                .unwrap_or_default()
                .trim_matches(['<', '>', '(', ')'])
        } else {
            name.trim()
        };
        self.write_element("dc:creator", &[], name.trim_start_matches("mailto:"));
    }

    /// The feed reader spells addresses its own way and loses some, so the links that lead to the page
    /// ride past it in their publisher's spelling, as categories of a scheme that only we write.
    fn write_link(&mut self, leaf: &Leaf<'a>, kind: LinkKind) {
        let href = get(leaf, "href").map(str::trim).filter(|h| !h.is_empty());
        let target = href.unwrap_or(leaf.text.trim());
        let rel = get(leaf, "rel")
            .map(|r| r.trim().to_ascii_lowercase())
            .unwrap_or_default();
        if target.is_empty() || !matches!(rel.as_str(), "" | "alternate") {
            return;
        }
        let html = get(leaf, "type").is_none_or(|t| t.is_empty() || t.contains("html"));
        let kind = if kind == LinkKind::Atom && !html {
            LinkKind::AtomOther
        } else {
            kind
        };
        let base = get(leaf, "xml:base").and_then(|b| Url::parse(b).ok());
        let link = absolute(target, base.as_ref()).unwrap_or_default();
        self.write_scheme(kind.scheme(), &link);
    }

    /// A text that rides past the feed reader as a category.
    pub(super) fn write_scheme(&mut self, scheme: &str, text: &str) {
        match self.format {
            FeedFormat::Atom => {
                self.write_attributes("category", &[("term", text), ("scheme", scheme)]);
            }
            _ => self.write_element("category", &[("domain", scheme)], text),
        }
    }

    fn write_attributes(&mut self, name: &str, attributes: &[(&str, &str)]) {
        if attributes.iter().all(|(_, v)| v.trim().is_empty()) {
            return;
        }
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            write_attribute(&mut self.out, name, value.trim());
        }
        self.out.push_str("/>");
    }

    pub(super) fn write_element(
        &mut self,
        name: &'static str,
        attributes: &[(&str, &str)],
        value: &str,
    ) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        if let Some(said) = once(name)
            && !self.said.contains(&said)
        {
            self.said.push(said);
        }
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            write_attribute(&mut self.out, name, value);
        }
        self.out.push('>');
        escape(value, &mut self.out);
        self.out.push_str(&format!("</{name}>"));
    }
}

fn once(written: &str) -> Option<Once> {
    Some(match written {
        "title" => Once::Title,
        "description" | "summary" => Once::Summary,
        "content:encoded" | "content" => Once::Content,
        "guid" | "id" => Once::Id,
        "pubDate" | "published" => Once::Published,
        "dc:creator" | "name" => Once::Author,
        _ => return None,
    })
}

/// Elements that never stand inside a text: one of them there means an unclosed text.
fn starts_structure(name: &str) -> bool {
    let local = local(name);
    ["item", "entry", "channel", "rss", "feed"]
        .iter()
        .any(|s| local.eq_ignore_ascii_case(s))
}

fn same(a: &str, b: &str) -> bool {
    local(a).eq_ignore_ascii_case(local(b))
}

fn get<'l>(leaf: &'l Leaf<'_>, name: &str) -> Option<&'l str> {
    leaf.attributes
        .iter()
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.as_str())
}

/// What the picture of a medium shows, as it rides past the feed reader.
fn shown(leaf: &Leaf<'_>) -> Option<String> {
    let base = get(leaf, "xml:base").and_then(|b| Url::parse(b).ok());
    let url = absolute(get(leaf, "url")?, base.as_ref())?;
    leaf.shown.of(&Url::parse(&url).ok()?)
}

fn unpack(text: &str) -> Option<String> {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed)
        .ok()?;
    String::from_utf8(bytes).ok()
}
