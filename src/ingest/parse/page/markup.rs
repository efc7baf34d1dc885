//! A page's mark-up, brought down to what text is made of: every element closed where it must be,
//! nothing hidden, no script, bounded in depth, elements and octets. One walk over the document; what
//! it writes is safe for any HTML parser and costs it no more than its length.

mod said;

use std::collections::HashMap;

use super::aside::Asides;
use super::elements::{Class, HEAD, KEPT, SIBLINGS, WRITTEN, closing, get, known, lower};
use super::hidden::{is_block, is_hidden};
use crate::domain::element::is_void;
use crate::ingest::parse::clean;
use crate::ingest::parse::lex::{Lexer, Token, attributes};

/// Octets that are written at most.
const OUT_BYTES: usize = 1 << 20;
/// Elements that are written at most.
const ELEMENTS: usize = 10_000;
/// Line breaks that are written at most.
const BREAKS: usize = 10_000;
/// Boxes that are followed at once; deeper ones only break lines.
const FOLLOWED: usize = 100;
/// Boxes that are written inside each other.
const NESTED: usize = 60;
/// Octets of linked data.
const LINKED_BYTES: usize = 200 << 10;

/// A page after the walk.
#[derive(Debug, Default)]
pub(super) struct Cleaned {
    /// A whole document.
    pub(super) html: String,
    /// The `title`, mark-up and references not yet resolved.
    pub(super) title: String,
    /// The language of the root element.
    pub(super) language: Option<String>,
    /// The address that `link rel=canonical` names, as written.
    pub(super) canonical: Option<String>,
    /// The instant that an element marks as the date of publication.
    pub(super) published: Option<String>,
}

struct Open {
    name: &'static str,
    class: Class,
    /// What was written for it, to be closed.
    written: Option<&'static str>,
    /// Its style puts it in lines of its own.
    block: bool,
    /// Its place among the asides, where its names say that it is one.
    aside: Option<usize>,
}

/// An element that is not seen, with all that it holds.
struct Hidden {
    name: String,
    class: Option<Class>,
    /// Elements of its name that are open, itself included.
    depth: usize,
    /// Boxes of other names that were opened in it.
    boxes: HashMap<&'static str, usize>,
}

#[derive(Default)]
struct Walk {
    open: Vec<Open>,
    /// Open boxes beyond those that are followed.
    beyond: usize,
    hidden: Option<Hidden>,
    elements: usize,
    breaks: usize,
    metas: Vec<String>,
    linked: String,
    body: String,
    page: Cleaned,
    /// Elements that were seen to start.
    starts: usize,
    /// Octets of text that were written.
    read: usize,
    /// Boxes that stand beside the piece by their names.
    asides: Asides,
    /// Those of them that are not read, by their starts, ascending.
    dropped: Vec<usize>,
}

/// Walks over a page; where boxes stand beside the piece by their names, a second time without them.
pub(super) fn clean(text: &str) -> Cleaned {
    let mut first = walk(text, Vec::new());
    first.close_all();
    let dropped = first.asides.unread(first.read);
    match dropped.is_empty() {
        true => first.end(),
        false => walk(text, dropped).end(),
    }
}

fn walk(text: &str, dropped: Vec<usize>) -> Walk {
    let mut walk = Walk {
        dropped,
        ..Walk::default()
    };
    let mut lexer = Lexer::new(text);
    while walk.body.len() < OUT_BYTES
        && let Some(token) = lexer.next()
    {
        match raw_element(&token) {
            Some((name, raw)) => {
                let at = lexer.position();
                let after = text.get(at..).unwrap_or_default();
                lexer.skip_to(at + walk.raw(&name, raw, after));
            }
            None => walk.take(token),
        }
    }
    walk
}

fn raw_element<'t>(token: &Token<'t>) -> Option<(String, &'t str)> {
    match token {
        Token::Start(name, raw, _) => {
            let name = lower(name);
            let known = known(&name);
            known
                .is_some_and(|(_, class)| class == Class::Raw)
                .then_some((name, *raw))
        }
        _ => None,
    }
}

impl Walk {
    /// Steps over an element whose content is text. Says how many octets of `after` it takes.
    fn raw(&mut self, name: &str, attributes: &str, after: &str) -> usize {
        let end = closing(after, name);
        let content = after.get(..end).unwrap_or_default();
        let kind = get(attributes, "type").to_ascii_lowercase();
        let outside = self.hidden.as_ref().is_none_or(|h| h.name == "head");
        if name == "title" && self.page.title.is_empty() && outside {
            self.page.title = clean::cut_bytes(content, 4_000).to_owned();
        } else if name == "script"
            && kind.trim() == "application/ld+json"
            && self.linked.len() + content.len() < LINKED_BYTES
            && let Ok(value) = serde_json::from_str::<serde_json::Value>(content.trim())
        {
            let safe = value.to_string().replace('<', "\\u003c");
            let script = format!("<script type=\"application/ld+json\">{safe}</script>");
            self.linked.push_str(&script);
        }
        let rest = after.get(end..).unwrap_or_default();
        end + rest.find('>').map_or(rest.len(), |i| i + 1)
    }

    fn take(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) | Token::CData(text) => self.text(text),
            Token::Start(name, raw, _) => self.start(&lower(name), raw),
            Token::End(name) => self.close(&lower(name)),
            Token::Doctype(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        // What is read ends the head, whether it was closed or not.
        if self.hidden.as_ref().is_some_and(|h| h.name == "head") && !text.trim().is_empty() {
            self.hidden = None;
        }
        if self.hidden.is_some() {
            return;
        }
        self.read += text.trim().len();
        let pre = self.open.iter().rev().take(4).any(|o| o.name == "pre");
        for c in text.chars().take(OUT_BYTES) {
            match c {
                '<' => self.body.push_str("&lt;"),
                '>' => self.body.push_str("&gt;"),
                '\n' if pre => self.br(),
                '\0' => {}
                c => self.body.push(c),
            }
        }
    }

    fn start(&mut self, name: &str, raw: &str) {
        self.starts += 1;
        self.note(name, raw);
        let known = known(name);
        let class = known.map(|(_, class)| class);
        if self.stays_hidden(name, known) {
            return;
        }
        let breaks = matches!(class, Some(Class::Box | Class::Text));
        // What HTML closes by itself.
        if breaks {
            while self.open.last().is_some_and(|o| o.class != Class::Box) {
                self.pop();
            }
        }
        if SIBLINGS.contains(&name) && self.open.last().is_some_and(|o| o.name == name) {
            self.pop();
        }
        let dropped = self.dropped.binary_search(&self.starts).is_ok();
        if class == Some(Class::Dropped) || dropped || self.is_unseen(name, raw) {
            self.hidden = Some(Hidden {
                name: name.to_owned(),
                class,
                depth: 1,
                boxes: HashMap::new(),
            });
            return;
        }
        match known {
            _ if matches!(name, "br" | "hr") => self.br(),
            Some((_, Class::Box)) if self.open.len() >= FOLLOWED => {
                self.beyond += 1;
                self.br();
            }
            Some((_, Class::Inline)) if self.open.len() >= FOLLOWED + 8 => {}
            Some((name, class)) => {
                let block = class == Class::Inline && is_block(raw);
                if block {
                    self.br();
                }
                let written = self.write(name, class, raw);
                if name == "h1" {
                    self.asides.title(self.open.iter().filter_map(|o| o.aside));
                }
                let aside = match class {
                    Class::Box => self.asides.begin(name, raw, self.starts, self.read),
                    _ => None,
                };
                self.open.push(Open {
                    name,
                    class,
                    written,
                    block,
                    aside,
                });
            }
            None => {}
        }
    }

    /// Whether an element keeps itself from being seen. A page that hides all of itself shows it by
    /// script.
    fn is_unseen(&self, name: &str, raw: &str) -> bool {
        !matches!(name, "html" | "body") && !is_void(name) && is_hidden(raw)
    }

    /// Whether what starts here is not seen because something around it is not.
    fn stays_hidden(&mut self, name: &str, known: Option<(&'static str, Class)>) -> bool {
        let Some(hidden) = &mut self.hidden else {
            return false;
        };
        let class = known.map(|(_, class)| class);
        let breaks = matches!(class, Some(Class::Box | Class::Text));
        let ends = match hidden.class {
            _ if hidden.name == "head" => !HEAD.contains(&name),
            Some(Class::Text) => breaks,
            Some(Class::Box) => {
                SIBLINGS.contains(&name) && hidden.name == name && hidden.depth == 1
            }
            _ => false,
        };
        if ends {
            self.hidden = None;
            return false;
        }
        if hidden.name == name && !is_void(name) {
            hidden.depth += 1;
        } else if let Some((name, Class::Box)) = known {
            *hidden.boxes.entry(name).or_default() += 1;
        }
        true
    }

    fn write(&mut self, name: &'static str, class: Class, raw: &str) -> Option<&'static str> {
        let tag = match class {
            Class::Text => name,
            Class::Inline if name == "a" => "a",
            Class::Inline => "span",
            _ if name == "html" || name == "body" => return None,
            _ if WRITTEN.contains(&name) => name,
            _ => "div",
        };
        let deep = self.open.len() >= NESTED && class == Class::Box;
        if deep || self.elements >= ELEMENTS {
            if class != Class::Inline {
                self.br();
            }
            return None;
        }
        self.body.push('<');
        self.body.push_str(tag);
        if tag == "a" {
            self.body.push_str(" href=\"#\"");
        }
        for (key, value) in attributes(raw) {
            let key = key.to_ascii_lowercase();
            if KEPT.contains(&key.as_str()) && value.len() <= 200 {
                let value = value.replace(['"', '<', '>'], " ");
                self.body.push_str(&format!(" {key}=\"{value}\""));
            }
        }
        self.body.push('>');
        self.elements += 1;
        Some(tag)
    }

    fn pop(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.asides.end(open.aside, self.read);
        if let Some(tag) = open.written {
            self.body.push_str(&format!("</{tag}>"));
        }
        if open.block {
            self.br();
        }
    }

    /// Ends a line; twice is a new paragraph, more is nothing.
    fn br(&mut self) {
        let enough = self.breaks >= BREAKS || self.body.ends_with("<br><br>");
        if !enough {
            self.body.push_str("<br>");
            self.breaks += 1;
        }
    }

    fn close(&mut self, name: &str) {
        let known = known(name);
        if let Some(hidden) = &mut self.hidden {
            if hidden.name == name {
                hidden.depth -= 1;
                if hidden.depth == 0 {
                    self.hidden = None;
                }
                return;
            }
            let Some((name, Class::Box)) = known else {
                return;
            };
            match hidden.boxes.get_mut(name) {
                Some(inside) if *inside > 0 => *inside -= 1,
                // The end of something around it ends it, too.
                _ if self.open.iter().any(|o| o.name == name) => self.hidden = None,
                _ => {}
            }
            if self.hidden.is_some() {
                return;
            }
        }
        let Some((name, class)) = known else { return };
        if class == Class::Box && self.beyond > 0 {
            // Which of the boxes beyond is meant is not known; they end before any that is followed.
            self.beyond -= 1;
            while self.open.last().is_some_and(|o| o.class != Class::Box) {
                self.pop();
            }
            self.br();
            return;
        }
        let found = self.open.iter().rposition(|o| o.name == name);
        // The end of a text or a link that nobody opened in this box ends no box.
        let inside = |at: &usize| {
            class == Class::Box || !self.open.iter().skip(at + 1).any(|o| o.class == Class::Box)
        };
        match found.filter(inside) {
            Some(at) => {
                while self.open.len() > at {
                    self.pop();
                }
            }
            None if class == Class::Text => self.br(),
            None => {}
        }
    }

    fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.pop();
        }
    }

    fn end(mut self) -> Cleaned {
        self.close_all();
        let title = self.page.title.replace('<', "&lt;");
        let metas = self.metas.concat();
        self.page.html = format!(
            "<!DOCTYPE html><html><head><title>{title}</title>{metas}{}</head><body>{}</body></html>",
            self.linked, self.body
        );
        self.page
    }
}

#[cfg(test)]
mod tests {
    use super::clean;
    use crate::ingest::parse::page::seen::lines;

    fn texts(html: &str) -> Vec<String> {
        lines(&clean(html).html)
            .into_iter()
            .map(|l| l.text)
            .collect()
    }

    #[test]
    fn what_is_hidden_scripted_or_around_is_not_read() {
        let html = "<!doctype html><html lang=de><head><title>A &amp; B</title>\
            <link rel=canonical href=https://n.example/a></head><body><nav>Menu</nav>\
            <script>document.write('</p><p>evil</p>')</script><style>p{}</style>\
            <div style='display: none'>hidden <p>one</p></div><p hidden>two<p>Seen <b>bold</b>\
            <span aria-hidden=true>x</span><span style=\"opacity:0.9\">light</span></p>\
            <template><p>three</p></template><noscript>four</noscript>\
            <p>last</i></div></section></p><ScRiPt>x</sCrIpT >after<script>never ends <p>no";
        let cleaned = clean(html);
        assert_eq!(texts(html), ["Seen boldlight", "last", "after"]);
        assert_eq!(cleaned.title, "A &amp; B");
        assert_eq!(cleaned.language.as_deref(), Some("de"));
        assert_eq!(cleaned.canonical.as_deref(), Some("https://n.example/a"));
    }

    #[test]
    fn boxes_beside_the_piece_are_not_read_and_the_piece_is_whatever_it_is_called() {
        let piece =
            "<p>The ferry to the islands will not sail today because of the storm.</p>".repeat(6);
        let html = format!(
            "<body><div id='cookie-banner' class='cookie-consent' role='dialog'><p>We use cookies</p>\
             <button>Yes</button></div><div class='page related'><h1>Ferry stops</h1>\
             <div class='share-bar'><p>Share this</p></div>{piece}\
             <div class='newsletter-signup'><form><p>Our letter, daily</p></form></div></div>\
             <section class='RelatedStories promo'><p>More of it</p></section><p>Ends</p></body>"
        );
        let read = texts(&html);
        assert_eq!(read.len(), 8, "{read:?}");
        assert_eq!((&*read[0], &*read[7]), ("Ferry stops", "Ends"));
        // What holds much of the page is the piece, and all of many parts of it are, too.
        for whole in [
            format!("<div class='newsletter'>{piece}</div><p>Ends</p>"),
            "<div class='share'><p>A paragraph of the piece itself.</p></div>".repeat(9),
        ] {
            assert!(texts(&whole).len() > 6, "{whole}");
        }
    }

    #[test]
    fn depth_width_and_length_are_bounded() {
        let n = 50_000;
        for html in [
            "<div>".repeat(n) + "x" + &"</div>".repeat(n),
            "<b>".repeat(n) + "x",
            "</x>".repeat(n),
            "<p>x".repeat(n),
            "<div></x>".repeat(n),
            "&amp;".repeat(5 * n),
            "<script>".repeat(n),
            "<!--".repeat(n),
            "<style></style><!--".repeat(n),
            "<div hidden>".repeat(n),
            "<svg><title>".repeat(n),
            format!("<p {}>x", "a=1 ".repeat(n)),
            format!("<p style='{}'>x", "y".repeat(n)),
        ] {
            let cleaned = clean(&html);
            let length = cleaned.html.len();
            assert!(length < 3 << 20, "{} {length}", &html[..10]);
            let tags = cleaned.html.matches("<p").count() + cleaned.html.matches("<div").count();
            assert!(tags <= 10_001, "{tags}");
            assert!(!lines(&cleaned.html).iter().any(|l| l.text.contains('\0')));
        }
    }
}
