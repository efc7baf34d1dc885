//! A whole theme, looked at: its files, then what it compiles to, then the sample letters that it
//! makes.

use std::collections::BTreeSet;

use super::finding::{Finding, Severity};
use super::letter::{Expected, layout_findings, letter_findings};
use super::walk;
use crate::render::compile::{Sources, compile};
use crate::render::include::{Joined, Place, trace};
use crate::render::words::Catalogue;
use crate::render::{Page, RenderError, Renderer, sample};

/// The layout's own path.
const LAYOUT: &str = "digest.mjml";
/// The text's own path.
const TEXT: &str = "letter.txt";

/// What is wrong with a theme, in the order of its files and lines. `byte_budget` is what the HTML of
/// a letter may have.
pub fn theme(sources: &Sources, byte_budget: usize) -> Vec<Finding> {
    let catalogue = match Catalogue::parse(&sources.words) {
        Ok(catalogue) => catalogue,
        Err(error) => return vec![of_error(&RenderError::Words(error), None)],
    };
    let lacks = |key: &str| {
        let mut all = catalogue.all();
        let lacking = all.find(|w| w.get(key).is_none())?;
        Some(lacking.language().to_owned())
    };
    let layout = trace(LAYOUT, &sources.layout, &sources.blocks);
    let text = trace(TEXT, &sources.text, &sources.blocks);
    let mut found = Vec::new();
    for (joined, plain) in [(&layout, false), (&text, true)] {
        for (place, problem) in &joined.problems {
            found.push(of_error(problem, Some(place.clone())));
        }
        found.extend(walk::expressions(joined, plain, &lacks));
    }
    found.extend(layout_findings(&layout));
    // With an error in its files a theme does not compile, or fails on samples for that reason.
    if found.iter().all(|f| f.severity != Severity::Error) {
        let told: BTreeSet<String> = found.iter().map(|f| f.message.clone()).collect();
        let made = made(sources, &layout, byte_budget);
        found.extend(made.into_iter().filter(|f| !told.contains(&f.message)));
    }
    walk::ordered(found)
}

/// What is found by compiling, and on the sample letters.
fn made(sources: &Sources, layout: &Joined, byte_budget: usize) -> Vec<Finding> {
    let renderer = match compile(sources).and_then(|set| Renderer::new(&set)) {
        Ok(renderer) => renderer,
        Err(error) => return vec![of_error(&error, located(&error, layout))],
    };
    let sender = sample::sender();
    let full = sample::page(&sender);
    let mut bare = full.clone();
    bare.place = None;
    bare.sponsors.clear();
    bare.stories.truncate(1);
    let mut found = Vec::new();
    for page in [full, bare] {
        found.extend(sampled(&renderer, &page, byte_budget));
    }
    found
}

fn sampled(renderer: &Renderer, page: &Page<'_>, byte_budget: usize) -> Vec<Finding> {
    let letter = match renderer.render(page) {
        Ok(letter) => letter,
        Err(error) => return vec![of_error(&error, None)],
    };
    let label = renderer.catalogue().language(page.language).map(|words| {
        let label = words.fill("sponsor.label", &[("sponsor", "")]);
        label.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
    });
    let expected = Expected {
        unsubscribe: Some(&page.links.unsubscribe),
        preferences: Some(&page.links.preferences),
        postal_address: Some(&page.sender.postal_address),
        label: label.as_deref().ok(),
        byte_budget: Some(byte_budget),
    };
    letter_findings(&letter.html, &letter.text, &expected)
}

/// Where the joined layout is at fault, as far as the error says so.
fn located(error: &RenderError, layout: &Joined) -> Option<Place> {
    match error {
        RenderError::Unclosed { line, .. } | RenderError::ExpressionLost { line, .. } => {
            Some(layout.place_of(*line, 0))
        }
        RenderError::Mjml { reason } => {
            // The reader of MJML says `… at position 16:34`, or `… at 1:45 …`.
            let mut numbers = reason.split(|c: char| !(c.is_ascii_digit() || c == ':'));
            let (line, column) = numbers.find_map(|n| n.split_once(':'))?;
            let line = line.parse().ok()?;
            Some(layout.place_of(line, column.parse().ok()?))
        }
        _ => None,
    }
}

/// An error of the compiler as a finding.
fn of_error(error: &RenderError, place: Option<Place>) -> Finding {
    let (file, rule) = match error {
        RenderError::Words(_) => ("words", "words"),
        RenderError::Include { .. } | RenderError::IncludeDepth { .. } => (LAYOUT, "include"),
        RenderError::TooLarge { .. } => (LAYOUT, "bound"),
        RenderError::Mjml { .. }
        | RenderError::Unclosed { .. }
        | RenderError::ExpressionLost { .. } => (LAYOUT, "mjml"),
        RenderError::Template { template, .. } => (part(template), "syntax"),
        RenderError::UnknownVariable { template, .. } => (part(template), "unknown-variable"),
        RenderError::Label { template, .. } => (part(template), "label"),
        RenderError::LeftOut { template, .. } => (part(template), "left-out"),
        RenderError::Bound { template, .. } => (part(template), "bound"),
        RenderError::Render { template, .. } => (part(template), "render"),
        RenderError::Frozen { .. } => (LAYOUT, "frozen"),
    };
    let place = place.unwrap_or_else(|| Place {
        file: file.to_owned(),
        line: 0,
    });
    Finding {
        hint: error.hint(),
        ..Finding::error(place, rule, error.to_string())
    }
}

/// The author's file that a part is made of.
fn part(template: &str) -> &'static str {
    match template.ends_with(".html") {
        true => LAYOUT,
        false => TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::theme;
    use crate::render::{Sources, check::Severity};

    #[test]
    fn the_theme_that_is_brought_along_is_clean() {
        assert_eq!(theme(&Sources::embedded(), 90_000), []);
    }

    #[test]
    fn a_fault_is_found_where_it_is() {
        let with = |block: &str, from: &str, to: &str| {
            let mut sources = Sources::embedded();
            let text = sources.blocks.get_mut(block).expect("a block");
            assert!(text.contains(from), "{block} has no {from}");
            *text = text.replacen(from, to, 1);
            let found = theme(&sources, 90_000);
            let first = found.first().map(|f| (f.file.clone(), f.line, f.rule));
            first.unwrap_or_else(|| panic!("{block}: nothing is found"))
        };
        let at = |file: &str, line, rule| (format!("blocks/{file}"), line, rule);
        for (block, from, to, line, rule) in [
            ("lead.mjml", "block.story.summary }}", "block.story.sumary }}", 6, "unknown-field"),
            ("story.txt", "{% if block.story.meta %}", "{% if block.story.mta %}", 5, "unknown-field"),
            ("card.mjml", "alt=\"{{ block.story.image.alt }}\"", "", 11, "alt"),
            ("headline.mjml", "font-size:12px", "font-size:11px", 3, "font-size"),
            ("style.mjml", "color: inherit;", "display: flex;", 10, "support"),
            ("sponsor.mjml", "<mj-text", "<mj-text href=\"x\"><mj-image src=\"https://x/y.png\" /></mj-text><mj-text", 3, "alt"),
            ("why.mjml", "<i>", "<mj-include path=\"./blocks/no.mjml\" /><i>", 1, "include"),
        ] {
            assert_eq!(with(block, from, to), at(block, line, rule), "{block}");
        }
        assert_eq!(with("footer.mjml", "{{ postal_address }}", "").2, "left-out");
        assert_eq!(with("sponsor.mjml", "{{ block.sponsor.label }}", "").2, "label");
        assert_eq!(with("lead.mjml", "</mj-column>", "</mj-colum>").2, "mjml");
        let found = theme(&Sources::embedded(), 10_000);
        assert!(found.iter().all(|f| f.rule == "size" && f.severity == Severity::Error));
    }
}
