//! From texts to one tree: elements, opaque contents, includes in their places.

use std::sync::Arc;

use super::error::{Fault, MjmlError, Place, Remark, Warning};
use super::expressions::{self, Source};
use super::known::{self, Part};
use super::lex::{Lexer, Token};
use super::mend::Mend;
use super::vault::Vault;

/// Bytes of a document with its includes.
pub(super) const BYTES: usize = 2 << 20;
/// Elements within elements.
const DEPTH: usize = 64;
/// Elements of a document with its includes.
const ELEMENTS: usize = 20_000;
/// Attributes of one element.
const ATTRIBUTES: usize = 200;
/// Warnings that are kept.
const WARNINGS: usize = 200;
/// Includes of a document.
pub(super) const INCLUDES: usize = 200;
/// Includes within includes.
pub(super) const INCLUDE_DEPTH: usize = 16;

/// An element, or a text where `name` is empty.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// Of an element that is not read, and of a text; trimmed.
    pub(super) content: String,
    pub(super) place: Place,
}

impl Node {
    pub(super) fn new(name: &str, place: Place) -> Node {
        Node {
            name: name.to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
            content: String::new(),
            place,
        }
    }

    /// `mj-raw` with a content.
    pub(super) fn raw(content: &str, place: Place) -> Node {
        let content = content.to_owned();
        Node {
            content,
            ..Node::new("mj-raw", place)
        }
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads a document and what it includes.
pub(super) struct Reader<'a> {
    pub(super) vault: Vault,
    pub(super) warnings: Vec<Warning>,
    pub(super) includes: &'a dyn Fn(&str) -> Option<String>,
    /// Whether braces are expressions.
    pub(super) expressions: bool,
    /// Whether comments that are not for Outlook are kept.
    pub(super) comments: bool,
    pub(super) bytes: usize,
    pub(super) elements: usize,
    pub(super) files: usize,
    /// What is to be put right in what the engine makes.
    pub(super) mends: Vec<Mend>,
    /// The address of pictures that have none, for the engine.
    pub(super) absent: String,
}

/// What one file comes to.
pub(super) struct Read {
    /// Its outermost nodes.
    pub(super) roots: Vec<Node>,
    /// What its includes have for the document's head.
    pub(super) head: Vec<Node>,
}

/// A file on its way to a tree.
struct Growing {
    /// Open elements.
    stack: Vec<Node>,
    read: Read,
    /// Styles that are included: they come after everything else in the head.
    css: Vec<Node>,
}

impl Growing {
    fn add(&mut self, node: Node) {
        match self.stack.last_mut() {
            Some(open) => open.children.push(node),
            None => self.read.roots.push(node),
        }
    }

    fn close(&mut self) {
        if let Some(node) = self.stack.pop() {
            self.add(node);
        }
    }
}

impl Reader<'_> {
    /// The document: `mjml` with one head and at most one body.
    pub(super) fn document(&mut self, file: &str, text: &str) -> Result<Node, MjmlError> {
        let read = self.file(&[file.into()], text)?;
        let start = Place {
            file: file.into(),
            line: 1,
            at: 0,
        };
        let elements = read
            .roots
            .iter()
            .filter(|n| !n.name.is_empty() && n.name != "mj-raw");
        let found = elements.map(|n| (n.name.clone(), n.place.clone())).next();
        let mut roots = read.roots.into_iter();
        let Some(mut mjml) = roots.find(|n| n.name == "mjml") else {
            return Err(match found {
                Some((found, place)) => error(&place, Fault::NoMjml { found }),
                None => error(&start, Fault::NoElement),
            });
        };
        match mjml.children.iter_mut().find(|c| c.name == "mj-head") {
            Some(head) => head.children.extend(read.head),
            None => {
                let mut head = Node::new("mj-head", start);
                head.children = read.head;
                mjml.children.insert(0, head);
            }
        }
        Ok(mjml)
    }

    /// One file; `way` is how it was come to, itself last.
    pub(super) fn file(&mut self, way: &[Arc<str>], text: &str) -> Result<Read, MjmlError> {
        let file: Arc<str> = way.last().cloned().unwrap_or_default();
        let source = self.source(file, text)?;
        let mut growing = Growing {
            stack: Vec::new(),
            read: Read {
                roots: Vec::new(),
                head: Vec::new(),
            },
            css: Vec::new(),
        };
        let mut lexer = Lexer::new(&source.text);
        loop {
            let place = source.place(lexer.at);
            let Some(token) = lexer.next() else { break };
            match token {
                Token::Text(text) => {
                    let content = text.trim();
                    let above = text.len() - text.trim_start().len();
                    if !content.is_empty() {
                        // The lexer stands behind the text by now.
                        let start = lexer.at - text.len() + above;
                        let mut node = Node::new("", source.place(start));
                        node.content = content.to_owned();
                        growing.add(node);
                    }
                }
                Token::Comment(text) if self.comments || for_outlook(text) => {
                    growing.add(Node::raw(&format!("<!--{text}-->"), place));
                }
                Token::Comment(_) => {}
                Token::Close(name) => self.end(&mut growing, &name, place),
                Token::Other => {}
                Token::Open {
                    name,
                    attributes,
                    closed,
                } => {
                    let node = self.opened(&name, &attributes, place)?;
                    if name == "mj-include" {
                        self.include(way, &mut growing, &node)?;
                        continue;
                    }
                    self.begin(way, &mut growing, (&mut lexer, &source), node, closed)?;
                }
            }
        }
        while let Some(open) = growing.stack.last() {
            let name = open.name.clone();
            self.warn(&open.place.clone(), Remark::NotClosed { name });
            growing.close();
        }
        growing.read.head.append(&mut growing.css);
        Ok(growing.read)
    }

    /// A file's text as it is read: within bounds, without a byte order mark, expressions taken out.
    pub(super) fn source(&mut self, file: Arc<str>, text: &str) -> Result<Source, MjmlError> {
        let start = Place {
            file: file.clone(),
            line: 1,
            at: 0,
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.bytes += text.len();
        if self.bytes > BYTES {
            return Err(too_much(&start, "bytes of MJML", BYTES));
        }
        if text.contains(self.vault.mark()) {
            let word = self.vault.mark().to_owned();
            return Err(error(&start, Fault::Taken { word }));
        }
        match self.expressions {
            true => expressions::take(file, text, &mut self.vault),
            false => Ok(Source::plain(file, text)),
        }
    }

    /// A new element with its attributes.
    pub(super) fn opened(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        place: Place,
    ) -> Result<Node, MjmlError> {
        self.elements += 1;
        if self.elements > ELEMENTS {
            return Err(too_much(&place, "elements", ELEMENTS));
        }
        if attributes.len() > ATTRIBUTES {
            return Err(too_much(&place, "attributes of one element", ATTRIBUTES));
        }
        let mut node = Node::new(name, place);
        for (attribute, value) in attributes {
            if let Some(expression) = self.vault.expression_in(attribute) {
                let name = name.to_owned();
                let fault = Fault::ExpressionInTag { expression, name };
                return Err(error(&node.place, fault));
            }
            if node.attribute(attribute).is_some() {
                let (name, attribute) = (name.to_owned(), (*attribute).to_owned());
                self.warn(&node.place, Remark::Twice { name, attribute });
                continue;
            }
            let pair = ((*attribute).to_owned(), (*value).to_owned());
            node.attributes.push(pair);
        }
        Ok(node)
    }

    fn begin(
        &mut self,
        way: &[Arc<str>],
        growing: &mut Growing,
        (lexer, source): (&mut Lexer<'_>, &Source),
        mut node: Node,
        closed: bool,
    ) -> Result<(), MjmlError> {
        let opaque = known::is_opaque(&node.name) || node.name == "mj-html-attribute";
        if opaque && !closed {
            let ends = |name: &str| known::is_opaque(name);
            let start = lexer.at;
            let content = lexer.opaque(&node.name, ends).ok_or_else(|| {
                let name = node.name.clone();
                error(&node.place, Fault::Unclosed { name })
            })?;
            self.elements_in(&node.name, content, |at| source.place(start + at));
            node.content = match self.comments {
                true => content.trim().to_owned(),
                false => without_comments(content.trim()),
            };
            if node.content.contains("<mj-include") {
                match self.expressions {
                    true => node.content = self.spliced(way, &node.content, &node.place)?,
                    false => {
                        let name = node.name.clone();
                        self.warn(&node.place, Remark::IncludeAsText { name });
                    }
                }
            }
        }
        if opaque || closed {
            growing.add(node);
            return Ok(());
        }
        growing.stack.push(node);
        match growing.stack.last() {
            Some(node) if growing.stack.len() > DEPTH => {
                Err(too_much(&node.place, "elements within elements", DEPTH))
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, growing: &mut Growing, name: &str, place: Place) {
        if name == "mj-include" {
            return;
        }
        let Some(n) = growing.stack.iter().rposition(|open| open.name == name) else {
            let name = name.to_owned();
            return self.warn(&place, Remark::ClosesNothing { name });
        };
        while growing.stack.len() > n {
            if let Some(open) = growing.stack.last().filter(|_| growing.stack.len() > n + 1) {
                let name = open.name.clone();
                self.warn(&open.place.clone(), Remark::NotClosed { name });
            }
            growing.close();
        }
    }

    fn include(
        &mut self,
        way: &[Arc<str>],
        growing: &mut Growing,
        node: &Node,
    ) -> Result<(), MjmlError> {
        let kind = node.attribute("type").unwrap_or_default();
        if kind == "css" {
            growing.css.push(self.style(way, node)?);
            return Ok(());
        }
        if kind == "html" {
            growing.add(self.html(way, node)?);
            return Ok(());
        }
        let in_head = growing.stack.iter().any(|open| open.name == "mj-head");
        let included = self.mjml(way, node, in_head)?;
        included.roots.into_iter().for_each(|n| growing.add(n));
        growing.read.head.extend(included.head);
        Ok(())
    }

    /// Refuses more than a document may come to.
    pub(super) fn bounded(&self, text: &str, place: &Place) -> Result<(), MjmlError> {
        match text.len() > BYTES {
            true => Err(too_much(place, "bytes of MJML", BYTES)),
            false => Ok(()),
        }
    }

    pub(super) fn warn(&mut self, place: &Place, remark: Remark) {
        if self.warnings.len() < WARNINGS {
            let place = place.clone();
            self.warnings.push(Warning { place, remark });
        }
    }
}

/// Whether a comment is one that Outlook reads, or the end of one.
fn for_outlook(comment: &str) -> bool {
    comment.starts_with(['[', '<', '>'])
}

/// HTML without the comments that nobody reads.
fn without_comments(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = match after.split_once("-->") {
            Some((_, after_comment)) if !for_outlook(after) => after_comment,
            _ => {
                out.push_str("<!--");
                after
            }
        };
    }
    out + rest
}

/// Whether an element is a component of the body.
pub(super) fn in_body(name: &str) -> bool {
    let part = known::element(name).map(|e| e.part);
    matches!(part, Some(Part::Box | Part::Body | Part::Piece))
}

pub(super) fn error(place: &Place, fault: Fault) -> MjmlError {
    let place = place.clone();
    MjmlError { place, fault }
}

pub(super) fn too_much(place: &Place, what: &'static str, limit: usize) -> MjmlError {
    error(place, Fault::TooMuch { what, limit })
}
