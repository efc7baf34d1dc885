//! What elements of a page say that are nothing to be read: its language, its address, its date.

use super::Walk;
use crate::ingest::parse::lex::{attributes, escape};
use crate::ingest::parse::page::elements::get;

/// `meta` elements and their octets.
const METAS: (usize, usize) = (200, 2_000);

impl Walk {
    /// What elements say that are nothing to be read.
    pub(super) fn note(&mut self, name: &str, raw: &str) {
        match name {
            "html" if self.page.language.is_none() => {
                let language = get(raw, "lang");
                self.page.language = (!language.is_empty()).then_some(language);
            }
            "link" if self.page.canonical.is_none() => {
                let canonical = get(raw, "rel").eq_ignore_ascii_case("canonical");
                self.page.canonical = canonical.then(|| get(raw, "href"));
            }
            "meta" if self.metas.len() < METAS.0 && raw.len() <= METAS.1 => {
                let mut meta = "<meta".to_owned();
                for key in ["name", "property", "itemprop", "content"] {
                    let value = get(raw, key);
                    if !value.is_empty() {
                        let mut safe = String::new();
                        escape(&value, &mut safe);
                        meta.push_str(&format!(" {key}=\"{safe}\""));
                    }
                }
                if get(raw, "itemprop").eq_ignore_ascii_case("datePublished") {
                    self.dated(get(raw, "content"));
                }
                self.metas.push(meta + ">");
            }
            "time" if self.hidden.is_none() => {
                let found = attributes(raw);
                let pubdate = found.iter().any(|(n, _)| n.eq_ignore_ascii_case("pubdate"));
                if pubdate || get(raw, "itemprop").eq_ignore_ascii_case("datePublished") {
                    self.dated(get(raw, "datetime"));
                }
            }
            _ => {}
        }
    }

    fn dated(&mut self, text: String) {
        if self.page.published.is_none() && !text.is_empty() {
            self.page.published = Some(text);
        }
    }
}
