//! The head of a document, as values: what it says of the page, of elements, of styles.

use super::attributes::Defaults;
use super::error::{Fault, MjmlError, Place, Remark};
use super::known::{self, Part};
use super::lex::{Lexer, Token};
use super::measure;
use super::read::{Node, Reader, error};

/// What `mj-head` says.
#[derive(Default)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) preview: String,
    pub(super) breakpoint: Option<String>,
    pub(super) styles: Vec<String>,
    /// Those whose rules go into the elements.
    pub(super) inline: Vec<String>,
    /// Contents of `mj-raw`, and comments.
    pub(super) raw: Vec<String>,
    /// Names and links.
    pub(super) fonts: Vec<(String, String)>,
    pub(super) defaults: Defaults,
    /// Selectors, and the attributes that what they find gets.
    pub(super) html_attributes: Vec<(Node, Vec<(String, String)>)>,
}

impl Head {
    /// Reads a head, and refuses what is none.
    pub(super) fn of(nodes: &[Node], reader: &mut Reader<'_>) -> Result<Head, MjmlError> {
        let mut head = Head::default();
        for node in nodes {
            head.take(node, reader)?;
        }
        Ok(head)
    }

    fn take(&mut self, node: &Node, reader: &mut Reader<'_>) -> Result<(), MjmlError> {
        reader.look(node)?;
        match node.name.as_str() {
            "" => reader.left_out(node, "mj-head"),
            "mj-raw" => self.raw.push(node.content.clone()),
            "mj-title" => self.title.clone_from(&node.content),
            "mj-preview" => self.preview.clone_from(&node.content),
            "mj-breakpoint" => self.breakpoint = node.attribute("width").map(str::to_owned),
            "mj-font" => self.font(node),
            "mj-style" if node.attribute("inline") == Some("inline") => {
                self.inline.push(node.content.clone());
            }
            "mj-style" => self.styles.push(node.content.clone()),
            "mj-attributes" => {
                for child in &node.children {
                    reader.known_here(child)?;
                    for inner in &child.children {
                        reader.known_here(inner)?;
                    }
                }
                self.defaults.learn(node);
            }
            "mj-html-attributes" => self.selectors(node, reader)?,
            name => {
                let (name, parent) = (name.to_owned(), "mj-head".to_owned());
                return Err(error(&node.place, Fault::Misplaced { name, parent }));
            }
        }
        Ok(())
    }

    fn font(&mut self, node: &Node) {
        let value = |name| node.attribute(name).unwrap_or_default().to_owned();
        self.fonts.push((value("name"), value("href")));
    }

    fn selectors(&mut self, node: &Node, reader: &mut Reader<'_>) -> Result<(), MjmlError> {
        let unknown = |node: &Node| {
            let name = node.name.clone();
            error(&node.place, Fault::UnknownElement { name })
        };
        for selector in &node.children {
            match selector.name.as_str() {
                "mj-selector" => {}
                "" | "mj-raw" => continue,
                _ => return Err(unknown(selector)),
            }
            let mut attributes = Vec::new();
            for attribute in &selector.children {
                match (attribute.name.as_str(), attribute.attribute("name")) {
                    ("mj-html-attribute", Some(name)) if !name.is_empty() => {
                        attributes.push((name.to_owned(), attribute.content.clone()));
                    }
                    ("mj-html-attribute", _) => reader.left_out(attribute, "mj-selector"),
                    ("" | "mj-raw", _) => {}
                    _ => return Err(unknown(attribute)),
                }
            }
            self.html_attributes.push((selector.clone(), attributes));
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// Refuses an unknown element, remarks unknown attributes.
    pub(super) fn look(&mut self, node: &Node) -> Result<(), MjmlError> {
        if node.name.is_empty() {
            return Ok(());
        }
        let Some(element) = known::element(&node.name) else {
            let name = node.name.clone();
            return Err(error(&node.place, Fault::UnknownElement { name }));
        };
        for (attribute, value) in &node.attributes {
            let (name, attribute) = (node.name.clone(), attribute.clone());
            if !element.has(&attribute) {
                self.warn(&node.place, Remark::UnknownAttribute { name, attribute });
            } else if measure::is_asked(&attribute)
                && self.vault.expression_in(value).is_none()
                && !measure::fits(value)
            {
                let value = value.chars().take(60).collect();
                let remark = Remark::NoMeasure {
                    name,
                    attribute,
                    value,
                };
                self.warn(&node.place, remark);
            }
        }
        Ok(())
    }

    /// In `mj-attributes`, where `mj-all` and `mj-class` are elements too.
    fn known_here(&mut self, node: &Node) -> Result<(), MjmlError> {
        let named = matches!(node.name.as_str(), "mj-all" | "mj-class");
        if named { Ok(()) } else { self.look(node) }
    }

    /// Remarks elements of MJML in content that is HTML. Includes are another matter.
    pub(super) fn elements_in(
        &mut self,
        parent: &str,
        content: &str,
        place: impl Fn(usize) -> Place,
    ) {
        if !content.contains("<mj-") {
            return;
        }
        let mut lexer = Lexer::new(content);
        loop {
            let at = lexer.at;
            match lexer.next() {
                None => return,
                Some(Token::Open { name, .. }) if known::element(&name).is_some() => {
                    let parent = parent.to_owned();
                    self.warn(&place(at), Remark::InHtml { name, parent });
                }
                Some(_) => {}
            }
        }
    }

    /// Remarks that something has no place in the letter.
    pub(super) fn left_out(&mut self, node: &Node, parent: &str) {
        let what = match node.name.as_str() {
            "" => {
                let text: String = node.content.chars().take(40).collect();
                format!("text “{}”", self.vault.spelled(&text))
            }
            name => format!("`{name}`"),
        };
        let parent = parent.to_owned();
        self.warn(&node.place, Remark::LeftOut { what, parent });
    }

    /// Remarks an element that MJML does not expect where it stands.
    pub(super) fn expected(&mut self, node: &Node, parent: &str) {
        let (name, parent) = (node.name.clone(), parent.to_owned());
        let comment = name == "mj-raw" && node.content.starts_with("<!--");
        if !comment && !known::parents(&name).contains(&parent.as_str()) {
            self.warn(&node.place, Remark::Misplaced { name, parent });
        }
    }
}

/// Whether an element stands in a component of its own alone.
pub(super) fn is_piece(name: &str) -> bool {
    known::element(name).is_some_and(|e| e.part == Part::Piece)
}
