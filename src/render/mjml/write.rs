//! The tree as MJML that the engine takes: every attribute said, every content a word.

use std::fmt::Write;

use super::attributes::{Attributes, passed};
use super::error::{Fault, MjmlError, Place, Remark};
use super::extra::{quoted, with_ampersands, with_extras};
use super::head::{Head, is_piece};
use super::known;
use super::mend::{Mend, What};
use super::read::{Node, Reader, error, in_body, too_much};
use super::vault::Kind;

/// Bytes of what the engine is given, with what is kept from it.
const BYTES: usize = 16 << 20;
/// Pictures of one carousel: its styles grow with their square.
const PICTURES: usize = 50;

/// Of an accordion that names none.
const TYPEFACE: &str = "Ubuntu, Helvetica, Arial, sans-serif";

/// Elements that are put right one by one.
const MENDS: usize = 200;
/// Around the thumbnails of a carousel that says nothing of it.
const TB_BORDER: &str = "2px solid transparent";

/// What an element stands in.
struct Around<'a> {
    name: &'a str,
    classes: &'a str,
    passed: Attributes,
    /// The typeface of an accordion, which its parts take unless they name their own.
    typeface: Option<String>,
    /// Of a wrapper, for those of its sections that are not the first thing in it.
    gap: Option<String>,
}

/// Writes the whole document; `head` has been read.
pub(super) fn write(
    mjml: &Node,
    head: &Head,
    reader: &mut Reader<'_>,
) -> Result<String, MjmlError> {
    let mut out = String::from("<mjml");
    for name in ["lang", "dir"] {
        if let Some(value) = mjml.attribute(name).filter(|v| !v.is_empty()) {
            attribute(&mut out, name, value, reader);
        }
    }
    out.push_str("><mj-head>");
    if !head.title.is_empty() {
        let word = reader
            .vault
            .take(&quoted(&with_ampersands(&head.title)), Kind::Text);
        let _ = write!(out, "<mj-title>{word}</mj-title>");
    }
    if let Some(width) = &head.breakpoint {
        out.push_str("<mj-breakpoint");
        attribute(&mut out, "width", width, reader);
        out.push_str(" />");
    }
    out.push_str("</mj-head>");
    match mjml.children.iter().find(|c| c.name == "mj-body") {
        Some(body) => {
            let around = Around {
                name: "mjml",
                classes: "",
                passed: Attributes::new(),
                typeface: None,
                gap: None,
            };
            element(&mut out, body, &around, head, reader)?;
        }
        None => {
            reader.warn(&mjml.place, Remark::NoBody);
        }
    }
    out.push_str("</mjml>");
    Ok(out)
}

fn element(
    out: &mut String,
    node: &Node,
    around: &Around<'_>,
    head: &Head,
    reader: &mut Reader<'_>,
) -> Result<(), MjmlError> {
    if out.len() + reader.vault.bytes() > BYTES {
        return Err(too_much(&node.place, "bytes of the layout", BYTES));
    }
    if reader.mends.len() > MENDS {
        let what = "elements with a gap above or an icon behind";
        return Err(too_much(&node.place, what, MENDS));
    }
    reader.look(node)?;
    if around.name != "mjml" {
        reader.expected(node, around.name);
    }
    let classes = node.attribute("mj-class").unwrap_or(around.classes);
    let mut attributes = head.defaults.of(node, around.classes, &around.passed);
    prepare(node, &mut attributes, around);
    mark(node, &mut attributes, around, reader);
    with_extras(&node.name, &mut attributes, &mut reader.vault);
    let _ = write!(out, "<{}", node.name);
    for (name, value) in &attributes {
        attribute(out, name, value, reader);
    }
    out.push('>');
    if known::is_opaque(&node.name) {
        if !node.content.is_empty() {
            out.push_str(&reader.vault.take(&node.content, Kind::Text));
        }
    } else {
        let typeface = match node.name.as_str() {
            "mj-accordion" | "mj-accordion-element" => {
                let own = attributes.get("font-family").cloned();
                let own = own.or_else(|| around.typeface.clone());
                Some(own.unwrap_or_else(|| TYPEFACE.to_owned()))
            }
            _ => None,
        };
        let inside = Around {
            name: &node.name,
            classes,
            passed: passed(&node.name, &attributes),
            typeface,
            gap: None,
        };
        let gap = attributes.get("gap").filter(|_| node.name == "mj-wrapper");

        children(out, node, inside, gap.cloned(), head, reader)?;
    }
    let _ = write!(out, "</{}>", node.name);
    Ok(())
}

fn children(
    out: &mut String,
    node: &Node,
    mut inside: Around<'_>,
    gap: Option<String>,
    head: &Head,
    reader: &mut Reader<'_>,
) -> Result<(), MjmlError> {
    let pictures = node
        .children
        .iter()
        .filter(|c| c.name == "mj-carousel-image");
    if pictures.count() > PICTURES {
        return Err(too_much(&node.place, "pictures of one carousel", PICTURES));
    }
    for (n, child) in node.children.iter().enumerate() {
        inside.gap = gap.clone().filter(|_| n > 0);
        let name = child.name.as_str();
        let expression = reader.vault.expression_in(&child.content).is_some();
        match name {
            // Loops and conditions may stand without `mj-raw` around them.
            "" if expression && holds_raw(&node.name) => {
                raw(out, &child.content, &node.name, reader);
            }
            "mj-raw" if holds_raw(&node.name) => {
                reader.look(child)?;
                reader.expected(child, &node.name);
                raw(out, &child.content, &node.name, reader);
            }
            "mj-raw" if child.content.starts_with("<!--") => {}
            "" | "mj-raw" => reader.left_out(child, &node.name),
            _ if known::element(name).is_none() => {
                let name = name.to_owned();
                return Err(error(&child.place, Fault::UnknownElement { name }));
            }
            _ if may_hold(&node.name, name) => element(out, child, &inside, head, reader)?,
            _ if matches!(node.name.as_str(), "mj-image" | "mj-divider" | "mj-spacer") => {
                reader.left_out(child, &node.name);
            }
            _ => return Err(misplaced(&child.place, name, &node.name)),
        }
    }
    Ok(())
}

fn misplaced(place: &Place, name: &str, parent: &str) -> MjmlError {
    let (name, parent) = (name.to_owned(), parent.to_owned());
    error(place, Fault::Misplaced { name, parent })
}

/// Whether the engine passes on what stands in an element beside its components.
fn holds_raw(name: &str) -> bool {
    let boxed = known::element(name).is_some_and(|e| e.part == known::Part::Box);
    boxed || name == "mj-body" || takes_comments(name)
}

/// Whether that can be done by comments alone.
fn takes_comments(name: &str) -> bool {
    matches!(name, "mj-navbar" | "mj-social" | "mj-accordion")
}

/// Whether the engine renders one element in another.
fn may_hold(parent: &str, name: &str) -> bool {
    let boxed = known::element(parent).is_some_and(|e| e.part == known::Part::Box);
    if boxed || parent == "mj-body" {
        return in_body(name) && !is_piece(name);
    }
    is_piece(name) && known::parents(name).contains(&parent)
}

/// Content that is passed on as it is: an element where the engine takes one, else a comment.
fn raw(out: &mut String, content: &str, parent: &str, reader: &mut Reader<'_>) {
    let word = match parent {
        // Between the parts of a wrapper the engine is in the middle of a comment for Outlook.
        "mj-wrapper" => {
            let content = format!("<![endif]-->{content}<!--[if mso | IE]>");
            reader.vault.take(&content, Kind::Raw)
        }
        _ => reader.vault.take(content, Kind::Raw),
    };
    let (open, close) = if takes_comments(parent) {
        ("<!--", "-->")
    } else {
        ("<mj-raw>", "</mj-raw>")
    };
    out.extend([open, &word, close]);
}

/// What MJML takes for absent where it is empty; elsewhere an empty text is a value.
fn absent_when_empty(element: &str, attribute: &str) -> bool {
    match attribute {
        "href" => element != "mj-navbar-link",
        "src" => element == "mj-social-element",
        "thumbnails-src" => true,
        "height" => element == "mj-text",
        "width" | "gap" | "inner-padding" | "icon-size" | "icon-height" | "base-url" => true,
        _ => false,
    }
}

/// Measures as the engine reads them: none without a unit, a border's first.
fn measured(name: &str, value: &mut String) {
    let spacing = name.starts_with("padding") || name.starts_with("inner-padding");
    let size = matches!(
        name,
        "width" | "height" | "background-width" | "background-height" | "icon-size" | "icon-height"
    );
    if (spacing || size) && value != "0" {
        let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let parts = value.split_whitespace().map(|part| match number(part) {
            true => format!("{part}px"),
            false => part.to_owned(),
        });
        *value = parts.collect::<Vec<_>>().join(" ");
    } else if name.starts_with("border") && value.contains(' ') {
        let mut parts: Vec<&str> = value.split_whitespace().collect();
        parts.sort_by_key(|part| !part.starts_with(|c: char| c.is_ascii_digit()));
        *value = parts.join(" ");
    }
}

/// Attributes as the engine understands them in the way that MJML means them.
fn prepare(node: &Node, attributes: &mut Attributes, around: &Around<'_>) {
    let element = node.name.as_str();
    attributes.retain(|name, value| !value.is_empty() || !absent_when_empty(element, name));
    if attributes
        .get("full-width")
        .is_some_and(|v| v != "full-width")
    {
        attributes.remove("full-width");
    }
    for (name, value) in attributes.iter_mut() {
        let digits = value
            .strip_prefix('#')
            .filter(|d| d.len() == 3 && d.is_ascii());
        if let (true, Some(digits)) = (name.ends_with("color"), digits) {
            let doubled: String = digits.chars().flat_map(|c| [c, c]).collect();
            *value = format!("#{doubled}");
        }
        measured(name, value);
    }
    if element == "mj-social-element" {
        attributes.entry("alt".to_owned()).or_default();
    }
    // The engine knows the one mode by another name.
    if let ("mj-hero", Some(mode)) = (element, attributes.get_mut("mode")) {
        let fluid = mode == "fluid-height";
        *mode = if fluid { "fluid" } else { "fixed-height" }.to_owned();
    }
    let part = matches!(element, "mj-accordion-title" | "mj-accordion-text");
    if let (true, None, Some(typeface)) = (part, node.attribute("font-family"), &around.typeface) {
        attributes.insert("font-family".to_owned(), typeface.clone());
    }
}

/// Marks what the engine does otherwise, to be put right afterwards.
fn mark(node: &Node, attributes: &mut Attributes, around: &Around<'_>, reader: &mut Reader<'_>) {
    let what = match (node.name.as_str(), around.gap.as_deref()) {
        ("mj-section", Some(gap)) => What::Gap(gap.to_owned()),
        ("mj-social-element", _)
            if attributes.get("icon-position").is_some_and(|p| p != "left") =>
        {
            What::IconAfterText
        }
        ("mj-carousel", _)
            if attributes
                .get("thumbnails")
                .is_some_and(|t| t == "supported") =>
        {
            attributes.insert("thumbnails".to_owned(), "visible".to_owned());
            let border = attributes
                .get("tb-border")
                .map_or(TB_BORDER, String::as_str);
            let class = reader.vault.take(&quoted(border), Kind::Text);
            attributes.insert("tb-border".to_owned(), class.clone());
            let what = What::HiddenThumbnails;
            return reader.mends.push(Mend { class, what });
        }
        ("mj-image", _) if !attributes.contains_key("src") => {
            attributes.insert("src".to_owned(), reader.absent.clone());
            return;
        }
        _ => return,
    };
    let class = reader.vault.take("", Kind::Text);
    let classes = attributes.entry("css-class".to_owned()).or_default();
    if classes.contains(' ') {
        *classes = reader.vault.take(&quoted(classes), Kind::Classes);
    }
    *classes = format!("{class} {classes}").trim_end().to_owned();
    reader.mends.push(Mend { class, what });
}

/// One attribute: as it is where nothing can happen to it, else as a word.
fn attribute(out: &mut String, name: &str, value: &str, reader: &mut Reader<'_>) {
    let plain_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain_name || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return;
    }
    if name == "css-class" && value.contains(' ') && !value.contains(reader.vault.mark()) {
        let word = reader.vault.take(&quoted(value), Kind::Classes);
        let _ = write!(out, " {name}=\"{word}\"");
        return;
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b" #%.,-_()+*".contains(&b);
    if value.bytes().all(plain) {
        let _ = write!(out, " {name}=\"{value}\"");
    } else {
        let word = reader.vault.take(&quoted(value), Kind::Text);
        let _ = write!(out, " {name}=\"{word}\"");
    }
}
