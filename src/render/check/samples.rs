//! A theme compiled and tried on sample letters; what is found there is traced to its files.

use std::cell::OnceCell;

use super::finding::{Finding, Severity};
use super::letter::{self, Expected, escaped, letter_findings, sponsor_label, squeezed};
use super::markup::{Token, tokens};
use super::theme::of_error;
use super::uses::Uses;
use crate::domain::written::{Correction, Panel};
use crate::render::compile::{compiled, marked};
use crate::render::include::{Joined, Place, trace};
use crate::render::marks::{Marks, Unmarked};
use crate::render::renderer::{HTML, TEXT};
use crate::render::splice::without_marks;
use crate::render::{Page, RenderError, Renderer, Sources, Variant, sample};

/// Octets of a piece that is looked for in the sources as it stands.
const TAG: usize = 8;

/// A theme on its way to sample letters.
pub(super) struct Samples<'a> {
    sources: &'a Sources,
    /// Where the layout and the text use the names of a letter.
    uses: &'a [Uses; 2],
    /// The theme with marks, made when a place is looked for.
    marked: OnceCell<Option<(Renderer, Marks<Place>)>>,
}

impl<'a> Samples<'a> {
    /// A theme whose expressions were looked at.
    pub(super) fn of(sources: &'a Sources, uses: &'a [Uses; 2]) -> Samples<'a> {
        Samples {
            sources,
            uses,
            marked: OnceCell::new(),
        }
    }

    /// What is found by compiling, and on the sample letters.
    pub(super) fn findings(&self, byte_budget: usize) -> Vec<Finding> {
        let renderer = match compiled(self.sources).and_then(|set| Renderer::new(&set)) {
            Ok(renderer) => renderer,
            Err(error) => return vec![self.traced(&error)],
        };
        let sender = sample::sender();
        let mut full = sample::page(&sender);
        let written = Written::sample();
        written.put_into(&mut full);
        let mut bare = sample::page(&sender);
        bare.place = None;
        bare.sponsors.clear();
        bare.stories.truncate(1);
        let mut found = Vec::new();
        let mut all = renderer.catalogue().all();
        let from_right = all.find(|w| w.is_rtl()).map_or("en", |w| w.language());
        for variant in Variant::all() {
            for page in [&mut full, &mut bare] {
                page.language = if variant.rtl { from_right } else { "en" };
                page.length = variant.length;
                page.images = variant.images;
                found.extend(self.letter(&renderer, variant, page, byte_budget));
            }
        }
        found
    }

    fn letter(
        &self,
        renderer: &Renderer,
        variant: Variant,
        page: &Page<'_>,
        byte_budget: usize,
    ) -> Vec<Finding> {
        let whole = match renderer.whole(variant, page) {
            Ok(whole) => whole,
            Err(error) => return vec![self.traced(&error)],
        };
        let label = renderer.words(page.language).map(sponsor_label);
        let expected = Expected {
            unsubscribe: Some(&page.links.unsubscribe),
            preferences: Some(&page.links.preferences),
            postal_address: Some(&page.sender.postal_address),
            label: label.as_deref().ok(),
            byte_budget: Some(byte_budget),
            pages: None,
        };
        let (html, text) = (without_marks(&whole.html), without_marks(&whole.text));
        let mut found = letter_findings(&html, &text, &expected);
        if found.iter().any(|f| f.file == "html") {
            found = self
                .placed(variant, page, (&html, &text), &expected)
                .unwrap_or(found);
        }
        found.extend(self.vanished(page, &html, &text));
        found
    }

    /// The theme with marks, if it can be compiled so.
    fn marked(&self) -> Option<&(Renderer, Marks<Place>)> {
        let make = || {
            let (set, marks) = marked(self.sources).ok()?;
            Some((Renderer::new(&set).ok()?, marks))
        };
        self.marked.get_or_init(make).as_ref()
    }

    /// The findings of a letter with the places that its HTML was made of.
    fn placed(
        &self,
        variant: Variant,
        page: &Page<'_>,
        (html, text): (&str, &str),
        expected: &Expected<'_>,
    ) -> Option<Vec<Finding>> {
        let (renderer, marks) = self.marked()?;
        let whole = renderer.whole(variant, page).ok()?;
        let unmarked = marks.taken_out(&without_marks(&whole.html));
        let source = self.sources.files.get(HTML)?;
        let joined = variant
            .traced(&trace(HTML, source, &self.sources.files))
            .ok()?;
        let place = |at: usize| {
            let stretch = (at, end_of(html, at));
            let found = place(marks, &unmarked, stretch, &joined, html);
            found.unwrap_or_else(|| part(HTML))
        };
        Some(letter::findings(html, text, expected, &place))
    }

    /// An error of the compiler, with the place that it is about.
    fn traced(&self, error: &RenderError) -> Finding {
        let finding = of_error(error);
        let place = match error {
            RenderError::Label { template, .. } => self.used(
                template,
                &[
                    "block.sponsor.label",
                    "block.sponsor.text",
                    "block.sponsor.url",
                    "block.sponsor.headline",
                    "blocks",
                ],
            ),
            RenderError::LeftOut { template, what }
            | RenderError::Hidden { template, what, .. } => self.used(template, names(what)),
            RenderError::Bound { .. } | RenderError::Render { .. } => self.failing(),
            _ => None,
        };
        match place {
            Some(Place { file, line }) => Finding {
                file,
                line,
                ..finding
            },
            None => finding,
        }
    }

    /// The first of some names that a template uses: where.
    fn used(&self, template: &str, names: &[&str]) -> Option<Place> {
        let [html, text] = self.uses;
        let uses = if template == TEXT { text } else { html };
        names.iter().find_map(|name| uses.of(name)).cloned()
    }

    /// Where the theme fails on a sample.
    fn failing(&self) -> Option<Place> {
        let (renderer, marks) = self.marked()?;
        let sender = sample::sender();
        let mut full = sample::page(&sender);
        let written = Written::sample();
        written.put_into(&mut full);
        let mut variants = Variant::all().into_iter();
        let error = variants.find_map(|variant| renderer.whole(variant, &full).err())?;
        let (RenderError::Bound { mark, .. } | RenderError::Render { mark, .. }) = error else {
            return None;
        };
        let mark = mark?;
        let place = marks.place(mark)?;
        Some(Place {
            line: place.line + mark.lines,
            ..place.clone()
        })
    }

    /// What editors wrote and a letter does not say.
    fn vanished(&self, page: &Page<'_>, html: &str, text: &str) -> Vec<Finding> {
        let mut seen = String::new();
        for token in tokens(html) {
            if let Token::Text { text, .. } = token {
                seen.push_str(text);
            }
        }
        let seen = squeezed(&seen).to_lowercase();
        let text = squeezed(text).to_lowercase();
        let panel = page.panel.into_iter();
        let panel = panel.flat_map(|p| p.title.iter().chain(&p.lines)).collect();
        let written: [(&str, &str, Vec<&String>, Severity); 3] = [
            (
                "note",
                "an editor’s note",
                page.note.iter().collect(),
                Severity::Error,
            ),
            (
                "corrections",
                "corrections",
                page.corrections.iter().map(|c| &c.text).collect(),
                Severity::Error,
            ),
            (
                "panel",
                "the block of an editor’s lines",
                panel,
                Severity::Warning,
            ),
        ];
        let mut found = Vec::new();
        for (name, what, lines, severity) in written {
            let html_lacks = lines
                .iter()
                .any(|l| !seen.contains(&escaped(l).to_lowercase()));
            let text_lacks = lines.iter().any(|l| !text.contains(&l.to_lowercase()));
            for (template, lacks) in [(HTML, html_lacks), (TEXT, text_lacks)] {
                if !lacks {
                    continue;
                }
                let place = self.used(template, &[name, "blocks"]);
                let words = format!("`{template}` does not print {what}: what is written vanishes");
                let place = place.unwrap_or_else(|| part(template));
                let finding = Finding::error(place, "vanishes", words);
                let hint = format!("print `{name}` inside `{{% if {name} %}}`, in every variant");
                found.push(
                    Finding {
                        severity,
                        ..finding
                    }
                    .hint(hint),
                );
            }
        }
        found
    }
}

/// What editors may write, all of it.
struct Written {
    note: [String; 2],
    panel: Panel,
    corrections: [Correction; 1],
}

impl Written {
    fn sample() -> Written {
        Written {
            note: ["Good morning.".to_owned(), "It rains.".to_owned()],
            panel: Panel {
                title: Some("Tides".to_owned()),
                lines: vec!["High water 07:12".to_owned(), "Low water 13:40".to_owned()],
            },
            corrections: [sample::correction()],
        }
    }

    /// A page with all that a page may have.
    fn put_into<'p>(&'p self, page: &mut Page<'p>) {
        page.note = &self.note;
        page.panel = Some(&self.panel);
        page.corrections = &self.corrections;
        page.website = Some("https://harbour.example/");
        page.left_out = 2;
    }
}

fn part(name: &str) -> Place {
    Place {
        file: name.to_owned(),
        line: 0,
    }
}

/// Names that are printed where something should be, or beside it.
fn names(what: &str) -> &'static [&'static str] {
    match what {
        "the unsubscribe link" => &[
            "links.unsubscribe",
            "links.preferences",
            "why_mailed",
            "blocks",
        ],
        "the postal address" => &[
            "postal_address",
            "links.unsubscribe",
            "why_mailed",
            "blocks",
        ],
        "a story’s link" | "a story's link" => {
            &["block.story.url", "block.story.headline", "blocks"]
        }
        "the label of a sponsor" => &["block.sponsor.label", "block.sponsor.text", "blocks"],
        _ => &[
            "links.preferences",
            "links.unsubscribe",
            "why_mailed",
            "blocks",
        ],
    }
}

/// Where the tag or the text ends that starts at an offset.
fn end_of(html: &str, at: usize) -> usize {
    let rest = html.get(at..).unwrap_or_default();
    let end = match rest.starts_with('<') {
        true => rest.find('>').map(|n| n + 1),
        false => rest.find('<'),
    };
    at + end.unwrap_or(rest.len())
}

/// Where a piece of a letter comes from: the expression in it, else the tag or the text as it stands in
/// the sources.
fn place(
    marks: &Marks<Place>,
    unmarked: &Unmarked,
    (at, end): (usize, usize),
    layout: &Joined,
    html: &str,
) -> Option<Place> {
    if let Some(place) = marks.within(unmarked, at, end) {
        return Some(place.clone());
    }
    let piece = html.get(at..end)?.trim();
    // A short one is looked for with the signs around it.
    let (piece, before) = match piece.len() < TAG {
        true => (html.get(at.checked_sub(1)?..end + 1)?, 1),
        false => (piece, 0),
    };
    let mut found = layout.text.match_indices(piece).map(|(at, _)| at);
    let first = found.next()?;
    let only = before == 0 || found.next().is_none();
    only.then(|| layout.place(first + before))
}
