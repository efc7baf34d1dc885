//! Attributes that MJML prints and the engine does not: they go with one that it prints as it is.

use super::attributes::Attributes;
use super::vault::{Kind, Vault};

/// A style that is not printed, beside one that is: element, what is missing, what takes it along, its
/// value where there is none.
const STYLES: &[(&str, &[&str], &str, &str)] = &[
    (
        "mj-image",
        &["border-top", "border-right", "border-bottom", "border-left"],
        "border-radius",
        "0",
    ),
    ("mj-hero", &["border-radius"], "vertical-align", "top"),
    ("mj-accordion-title", &["font-weight"], "font-family", ""),
];

/// Attributes in the same way.
const ATTRIBUTES: &[(&str, &[&str], &str, &str)] = &[
    ("mj-image", &["sizes"], "srcset", ""),
    ("mj-button", &["title"], "target", "_blank"),
    ("mj-social-element", &["srcset", "sizes"], "alt", ""),
    ("mj-table", &["role"], "cellpadding", "0"),
];

/// The attributes of an element as they are printed: those that take others along are words.
pub(super) fn with_extras(element: &str, attributes: &mut Attributes, vault: &mut Vault) {
    let of = |table: &'static [(&str, &[&str], &str, &str)]| {
        table.iter().filter(move |(name, ..)| *name == element)
    };
    for (_, missing, carrier, or) in of(STYLES) {
        let extra = said(attributes, missing, |name, value| {
            format!(";{name}:{value}")
        });
        carry(attributes, carrier, or, &extra, vault);
    }
    for (_, missing, carrier, or) in of(ATTRIBUTES) {
        let extra = said(attributes, missing, |name, value| {
            format!("\" {name}=\"{value}")
        });
        carry(attributes, carrier, or, &extra, vault);
    }
}

fn said(attributes: &Attributes, names: &[&str], print: impl Fn(&str, &str) -> String) -> String {
    let values = names.iter().filter_map(|n| Some((n, attributes.get(*n)?)));
    values
        .map(|(name, value)| print(name, &quoted(value)))
        .collect()
}

fn carry(attributes: &mut Attributes, carrier: &str, or: &str, extra: &str, vault: &mut Vault) {
    let value = attributes.get(carrier).map_or(or, String::as_str);
    if extra.is_empty() || value.is_empty() && carrier != "alt" {
        return;
    }
    let word = vault.take(&format!("{}{extra}", quoted(value)), Kind::Text);
    attributes.insert(carrier.to_owned(), word);
}

/// A text as it may stand between double quotes.
pub(super) fn quoted(value: &str) -> String {
    value.replace('"', "&quot;")
}

/// A text whose bare `&` are references, so that the next word is not taken for one.
pub(super) fn with_ampersands(text: &str) -> String {
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.split_once(';').map_or("", |(name, _)| name);
        let named = name.strip_prefix('#').unwrap_or(name);
        let reference = !named.is_empty() && named.bytes().all(|b| b.is_ascii_alphanumeric());
        out.push_str(if reference { "&" } else { "&amp;" });
        out.push_str(part);
    }
    out
}
