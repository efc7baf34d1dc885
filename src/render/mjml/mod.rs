//! MJML as its authors mean it: what mrml lacks is done before and after it.
//!
//! A document is read as MJML 4 reads it, with its includes; attributes are worked out; what MJML
//! does not look into (HTML, links, expressions) is swapped for words. mrml lays the rest out. Then
//! the words are put back, and what mrml has not is added: fonts as they are used, `mj-html-attributes`,
//! styles that go into elements, contents before the doctype. Knows no files: includes are asked for.

mod attributes;
mod error;
mod expressions;
mod extra;
mod fill;
mod head;
mod include;
mod inline;
mod known;
mod lex;
mod measure;
mod mend;
mod page;
mod read;
mod select;
mod tree;
mod vault;
mod write;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mrml::prelude::render::RenderOptions;

pub use error::{Fault, MjmlError, Place, Remark, Warning};
pub(in crate::render) use expressions::length_of;
pub use fill::fill;
pub(in crate::render) use include::circle;
pub(in crate::render) use select::Selector;
pub(in crate::render) use tree::Tree;

use head::Head;
use page::Laid;
use read::Reader;
use vault::{Kind, Vault};

/// How a document is rendered.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Whether `{{ }}` and `{% %}` are expressions, to be kept as they are for the template language,
    /// and `{# #}` comments, to be dropped; else braces are text. A template's `mj-include` is read in
    /// contents too, such as that of `mj-text`, where MJML takes it for HTML.
    pub expressions: bool,
    /// Whether fonts are fetched from where they are served: a request from every reader.
    pub fonts: bool,
    /// Whether a page is as short as it can be: no line breaks between the layout's tags, no comments
    /// but those for Outlook. Else it is laid out as MJML writes it.
    pub short: bool,
}

/// A rendered document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page.
    pub html: String,
    /// What is better mended, in the order of the document.
    pub warnings: Vec<Warning>,
}

/// Renders a document of MJML 4. `file` is what places name it by; `includes` gives the text of a path
/// inside the document's folder (`blocks/lead.mjml`), never one outside.
pub fn render(
    file: &str,
    source: &str,
    includes: &dyn Fn(&str) -> Option<String>,
    settings: Settings,
) -> Result<Rendered, MjmlError> {
    render_through(file, source, includes, settings, &mut |_, text| {
        text.to_owned()
    })
}

/// As [`render`]; `put` gives what stands in the place of each expression, by where it was written.
pub(in crate::render) fn render_through(
    file: &str,
    source: &str,
    includes: &dyn Fn(&str) -> Option<String>,
    settings: Settings,
    put: &mut dyn FnMut(&Place, &str) -> String,
) -> Result<Rendered, MjmlError> {
    let page = page_of(file, source, includes, settings)?;
    Ok(Rendered {
        html: page.vault.expressions(&page.html, &page.place, put)?,
        warnings: page.warnings,
    })
}

/// A page whose expressions are words.
struct Page {
    html: String,
    vault: Vault,
    warnings: Vec<Warning>,
    place: Place,
}

fn page_of(
    file: &str,
    source: &str,
    includes: &dyn Fn(&str) -> Option<String>,
    settings: Settings,
) -> Result<Page, MjmlError> {
    let mut vault = Vault::new(source);
    let absent = vault.take("", Kind::Text);
    let mut reader = Reader {
        vault,
        warnings: Vec::new(),
        includes,
        expressions: settings.expressions,
        comments: !settings.short,
        bytes: 0,
        elements: 0,
        files: 0,
        mends: Vec::new(),
        absent,
    };
    let mjml = reader.document(file, source)?;
    let heads = mjml.children.iter().filter(|c| c.name == "mj-head");
    let nodes: Vec<_> = heads.flat_map(|h| h.children.clone()).collect();
    let head = Head::of(&nodes, &mut reader)?;
    let layout = write::write(&mjml, &head, &mut reader)?;
    let engine = |reason: String| MjmlError {
        place: mjml.place.clone(),
        fault: Fault::Engine { reason },
    };
    let html = catch_unwind(AssertUnwindSafe(|| laid_out(&layout)))
        .unwrap_or_else(|_| Err("it broke on this document".to_owned()))
        .map_err(engine)?;
    let laid =
        Laid::of(&html).ok_or_else(|| engine("its page is not built as usual".to_owned()))?;
    let body = mend::mended(laid.body(), &reader.mends, &reader.absent, &reader.vault);
    let body = match settings.short {
        true => body,
        false => mend::in_lines(&body),
    };
    let body = reader.vault.restore(&body, &mjml.place)?;
    let body = inline::html_attributes(body, &head, &mut reader)?;
    let page = laid.page(&mjml, &head, &body, settings.fonts);
    let page = reader.vault.restore(&page, &mjml.place)?;
    let html = inline::styles(page, &head, &mjml.place, &mut reader)?;
    Ok(Page {
        html,
        vault: reader.vault,
        warnings: reader.warnings,
        place: mjml.place,
    })
}

/// What mrml makes of a document that it has no reason to refuse.
fn laid_out(source: &str) -> Result<String, String> {
    let chain = |e: &dyn std::error::Error| {
        let below = std::iter::successors(e.source(), |inner| inner.source());
        below.fold(e.to_string(), |text, inner| format!("{text}: {inner}"))
    };
    let parsed = mrml::parse(source).map_err(|e| chain(&e))?;
    let options = RenderOptions {
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    parsed.element.render(&options).map_err(|e| chain(&e))
}
