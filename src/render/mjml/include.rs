//! `mj-include`: other files of the folder, in the place where they are named.

use std::sync::Arc;

use super::error::{Fault, MjmlError, Place, Remark};
use super::lex::{Lexer, Token};
use super::read::{INCLUDE_DEPTH, INCLUDES, Node, Read, Reader, error, too_much};

/// What an include names.
struct Found {
    /// Inside the folder, with `/`.
    path: Arc<str>,
    text: String,
}

impl Reader<'_> {
    /// Finds the file of an include.
    fn find(&mut self, way: &[Arc<str>], node: &Node) -> Result<Found, MjmlError> {
        let written = node.attribute("path").unwrap_or_default();
        let written = self.vault.spelled(written);
        if written.trim().is_empty() {
            return Err(error(&node.place, Fault::NoPath));
        }
        self.files += 1;
        if self.files > INCLUDES {
            return Err(too_much(&node.place, "includes", INCLUDES));
        }
        if way.len() > INCLUDE_DEPTH {
            return Err(too_much(
                &node.place,
                "includes within includes",
                INCLUDE_DEPTH,
            ));
        }
        let cut = |path: &str| path.chars().take(120).collect::<String>();
        // The first of the way is the document, which names itself as it was called.
        let from = way.iter().skip(1).next_back().map_or("", |f| &**f);
        let decoded = decoded(&written);
        // As seen from the file itself, else as seen from the document.
        let paths = [resolved(from, &decoded), resolved("", &decoded)];
        let mut paths: Vec<String> = paths.into_iter().flatten().collect();
        paths.dedup();
        if paths.is_empty() {
            let path = cut(&written);
            return Err(error(&node.place, Fault::Outside { path }));
        }
        let found = paths.into_iter().find_map(|path| {
            let text = (self.includes)(&path)?;
            let path = path.into();
            Some(Found { path, text })
        });
        let document = way.first().and_then(|f| f.rsplit(['/', '\\']).next());
        match found {
            Some(found) => {
                let path = &found.path;
                let again = way.iter().skip(1).any(|w| w == path) || document == Some(&**path);
                if again {
                    let round = way.iter().skip_while(|w| *w != path);
                    let round: Vec<&str> = match round.clone().next() {
                        Some(_) => round.map(|w| &**w).collect(),
                        // The document goes by the name that it was called by.
                        None => way.iter().map(|w| &**w).collect(),
                    };
                    let way = circle(round.into_iter().chain([&**path]));
                    let path = cut(path);
                    return Err(error(&node.place, Fault::Circle { path, way }));
                }
                Ok(found)
            }
            None => {
                let path = cut(&written);
                Err(error(&node.place, Fault::NoInclude { path }))
            }
        }
    }

    /// A file of CSS as `mj-style`.
    pub(super) fn style(&mut self, way: &[Arc<str>], node: &Node) -> Result<Node, MjmlError> {
        let found = self.find(way, node)?;
        let place = node.place.clone();
        let mut style = Node::new("mj-style", place);
        style.content = self.content(&found)?;
        if node.attribute("css-inline") == Some("inline") {
            let inline = ("inline".to_owned(), "inline".to_owned());
            style.attributes.push(inline);
        }
        Ok(style)
    }

    /// A file of HTML as `mj-raw`.
    pub(super) fn html(&mut self, way: &[Arc<str>], node: &Node) -> Result<Node, MjmlError> {
        let found = self.find(way, node)?;
        let content = self.content(&found)?;
        Ok(Node::raw(&content, node.place.clone()))
    }

    /// HTML with its `mj-include`s replaced by their files: MJML takes them for HTML, a template does
    /// not mean them so.
    pub(super) fn spliced(
        &mut self,
        way: &[Arc<str>],
        html: &str,
        place: &Place,
    ) -> Result<String, MjmlError> {
        const START: &str = "<mj-include";
        let mut out = String::with_capacity(html.len());
        let mut rest = html;
        while let Some(at) = rest.find(START) {
            out.push_str(&rest[..at]);
            let mut lexer = Lexer::new(&rest[at..]);
            let tag = lexer.next();
            rest = &rest[at + lexer.at..];
            rest = rest.strip_prefix("</mj-include>").unwrap_or(rest);
            let Some(Token::Open {
                name, attributes, ..
            }) = tag
            else {
                continue;
            };
            let node = self.opened(&name, &attributes, place.clone())?;
            let found = self.find(way, &node)?;
            let mut way = way.to_vec();
            way.push(found.path.clone());
            let text = self.content(&found)?;
            out.push_str(&self.spliced(&way, &text, place)?);
            self.bounded(&out, place)?;
        }
        self.bounded(&out, place)?;
        Ok(out + rest)
    }

    /// A file that is not read.
    fn content(&mut self, found: &Found) -> Result<String, MjmlError> {
        let source = self.source(found.path.clone(), &found.text)?;
        Ok(source.text.trim().to_owned())
    }

    /// A file of MJML: a whole document, whose head joins the document's, or a part of one.
    pub(super) fn mjml(
        &mut self,
        way: &[Arc<str>],
        node: &Node,
        in_head: bool,
    ) -> Result<Read, MjmlError> {
        let found = self.find(way, node)?;
        let mut way = way.to_vec();
        way.push(found.path);
        let mut read = self.file(&way, &found.text)?;
        let Some(n) = read.roots.iter().position(|r| r.name == "mjml") else {
            return Ok(read);
        };
        let mjml = read.roots.swap_remove(n);
        let (mut roots, mut head) = (Vec::new(), Vec::new());
        for part in mjml.children {
            match part.name.as_str() {
                "mj-head" => head.extend(part.children),
                "mj-body" if in_head && !part.children.is_empty() => {
                    let (what, parent) =
                        ("the body of an include".to_owned(), "mj-head".to_owned());
                    self.warn(&node.place, Remark::LeftOut { what, parent });
                }
                "mj-body" => roots.extend(part.children),
                _ => {}
            }
        }
        head.extend(read.head);
        Ok(Read { roots, head })
    }
}

/// The files of a circle, as they include one another. Of a long one the beginning is named.
pub(in crate::render) fn circle<'f>(files: impl Iterator<Item = &'f str>) -> String {
    let files: Vec<String> = files.map(|f| f.chars().take(120).collect()).collect();
    files.join(" -> ")
}

/// A path inside the folder: `path` as seen from the folder of `from`. Nothing where it leads out.
fn resolved(from: &str, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || drive || path.contains('\0') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// `%20` and its like, which MJML's own paths may have; others stay.
fn decoded(path: &str) -> String {
    let mut parts = path.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(u8::is_ascii) {
            Some(byte) => out.extend([char::from(byte).to_string().as_str(), &part[2..]]),
            None => out.extend(["%", part]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decoded, resolved};

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let ok = |from, path| resolved(from, path).expect("inside");
        assert_eq!(ok("", "./blocks/a.mjml"), "blocks/a.mjml");
        assert_eq!(ok("blocks/a.mjml", "../b.mjml"), "b.mjml");
        assert_eq!(ok("blocks/a.mjml", "c/./d.mjml"), "blocks/c/d.mjml");
        for (from, path) in [
            ("", "../a"),
            ("blocks/a", "../../b"),
            ("", "/etc/passwd"),
            ("", "C:\\x"),
            ("", "..\\x"),
            ("", "."),
            ("", "a\0"),
        ] {
            assert_eq!(resolved(from, path), None, "{path}");
        }
        assert_eq!(decoded("a%20b%2e%2e%zz%"), "a b..%zz%");
    }
}
