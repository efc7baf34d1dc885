//! A whole theme, looked at: its files, then what it compiles to, then the sample letters that it
//! makes in every variant.

use std::collections::BTreeSet;

use super::css::{css_findings, place_findings};
use super::finding::{Finding, Severity};
use super::letter::layout_findings;
use super::samples::Samples;
use super::uses::Uses;
use super::walk;
use crate::render::compile::MJML;
use crate::render::include::{Joined, Place, trace};
use crate::render::renderer::{HTML, TEXT};
use crate::render::words::Catalogue;
use crate::render::{RenderError, Sources, Variant, mjml};

/// What is wrong with a theme, in the order of its files and lines. `byte_budget` is what the HTML of
/// a letter may have.
pub fn theme(sources: &Sources, byte_budget: usize) -> Vec<Finding> {
    let (mut found, uses) = written(sources);
    // With an error in its files a theme does not compile, or fails on samples for that reason.
    if found.iter().all(|f| f.severity != Severity::Error) {
        let told: BTreeSet<String> = found.iter().map(|f| f.message.clone()).collect();
        let made = Samples::of(sources, &uses).findings(byte_budget);
        found.extend(made.into_iter().filter(|f| !told.contains(&f.message)));
    }
    walk::ordered(found)
}

/// The first error among a theme's includes and expressions, for those who compile.
///
/// # Errors
/// [`RenderError::Written`].
pub(in crate::render) fn refuse(sources: &Sources) -> Result<(), RenderError> {
    match read(sources)?.found.into_iter().min() {
        None => Ok(()),
        Some(finding) => Err(RenderError::Written(Box::new(finding))),
    }
}

/// A theme's templates, joined and resolved, and what was found on the way.
struct Read {
    /// Layouts, one a variant.
    layouts: Vec<Joined>,
    /// Files that a template includes.
    used: BTreeSet<String>,
    /// Where the layout uses names.
    html: Uses,
    /// Where the text does.
    text: Uses,
    /// Errors alone.
    found: Vec<Finding>,
}

fn read(sources: &Sources) -> Result<Read, RenderError> {
    let catalogue = Catalogue::parse(&sources.words)?;
    let mut read = Read {
        layouts: Vec::new(),
        used: BTreeSet::new(),
        html: Uses::default(),
        text: Uses::default(),
        found: Vec::new(),
    };
    for path in [HTML, TEXT] {
        let Some(source) = sources.files.get(path) else {
            let theme = sources.theme.clone();
            return Err(RenderError::NoFile { theme, path });
        };
        let joined = trace(path, source, &sources.files);
        read.used.extend(joined.files().iter().cloned());
        for (place, problem) in &joined.problems {
            let finding = of_error(problem);
            read.found.push(Finding {
                file: place.file.clone(),
                line: place.line,
                ..finding
            });
        }
        for variant in Variant::all() {
            match variant.traced(&joined) {
                Ok(resolved) => {
                    let plain = path == TEXT;
                    let (found, uses) = walk::expressions(&resolved, plain, &catalogue);
                    read.found.extend(found);
                    match plain {
                        true => read.text.add(uses),
                        false => read.html.add(uses),
                    }
                    if !plain {
                        read.found.extend(css_findings(&resolved));
                        read.found.extend(place_findings(&resolved));
                    }
                    read.layouts.extend((!plain).then_some(resolved));
                }
                Err(error) => read.found.push(of_error(&error)),
            }
        }
    }
    Ok(read)
}

/// What is found in the files as they are written, in every variant.
fn written(sources: &Sources) -> (Vec<Finding>, [Uses; 2]) {
    let Read {
        layouts,
        used,
        html,
        text,
        mut found,
    } = match read(sources) {
        Ok(read) => read,
        Err(error) => return (vec![of_error(&error)], Default::default()),
    };
    for layout in &layouts {
        found.extend(layout_findings(layout));
        found.extend(markup_findings(layout));
    }
    let templates = sources.files.keys();
    let templates = templates.filter(|f| f.ends_with(".mjml") || f.ends_with(".txt"));
    for file in templates.filter(|f| !used.contains(*f)) {
        let place = Place {
            file: file.clone(),
            line: 0,
        };
        let words = "no template includes this file".to_owned();
        found.push(Finding::warning(place, "unused", words));
    }
    (walk::ordered(found), [html, text])
}

/// What is wrong with a layout as MJML.
fn markup_findings(layout: &Joined) -> Vec<Finding> {
    let place = |at: &mjml::Place| layout.place(at.at);
    match mjml::render(HTML, &layout.text, &|_| None, MJML) {
        Ok(rendered) => {
            let warning =
                |w: &mjml::Warning| Finding::warning(place(&w.place), "mjml", w.remark.to_string());
            rendered.warnings.iter().map(warning).collect()
        }
        Err(error) => {
            let finding = Finding::error(place(&error.place), "mjml", error.fault.to_string());
            vec![Finding {
                hint: error.fault.hint(),
                ..finding
            }]
        }
    }
}

/// An error of the compiler as a finding.
pub(super) fn of_error(error: &RenderError) -> Finding {
    let (file, rule) = match error {
        RenderError::Written(finding) => return (**finding).clone(),
        RenderError::Words(_) => ("words", "words"),
        RenderError::Include { .. }
        | RenderError::IncludeCircle { .. }
        | RenderError::Includes { .. }
        | RenderError::IncludeDepth { .. } => (HTML, "include"),
        RenderError::TooLarge { .. } => (HTML, "bound"),
        RenderError::NoFile { path, .. } => (*path, "no-file"),
        RenderError::Layout { file, .. } => (file.as_str(), "mjml"),
        RenderError::Template { template, .. } => (*template, "syntax"),
        RenderError::Personal { template, .. } => (*template, "personal"),
        RenderError::Loop { template, .. } => (*template, "cut"),
        RenderError::Label { template, .. } => (*template, "label"),
        RenderError::Hidden { template, .. } => (*template, "hidden"),
        RenderError::LeftOut { template, .. } => (*template, "left-out"),
        RenderError::Bound { template, .. } => (*template, "bound"),
        RenderError::Render { template, .. } => (*template, "render"),
        RenderError::NoTheme { .. }
        | RenderError::About { .. }
        | RenderError::NoText { .. }
        | RenderError::NoCreative { .. }
        | RenderError::Frozen { .. } => ("theme.toml", "theme"),
    };
    let line = match error {
        RenderError::Layout { line, .. } => *line,
        _ => 0,
    };
    let place = Place {
        file: file.to_owned(),
        line,
    };
    let message = match error {
        RenderError::Layout { fault, .. } => fault.to_string(),
        other => other.to_string(),
    };
    Finding {
        hint: error.hint(),
        ..Finding::error(place, rule, message)
    }
}

#[cfg(test)]
mod tests {
    use super::theme;
    use crate::render::check::Severity;
    use crate::render::{Sources, theme::THEMES};

    fn broadsheet() -> Sources {
        Sources::embedded("broadsheet").expect("embedded")
    }

    #[test]
    fn the_themes_that_are_brought_along_are_clean() {
        for embedded in THEMES {
            let sources = Sources::embedded(embedded.name).expect("embedded");
            assert_eq!(theme(&sources, 90_000), [], "{}", embedded.name);
        }
    }

    #[test]
    fn a_fault_is_found_where_it_is() {
        let with = |block: &str, from: &str, to: &str| {
            let mut sources = broadsheet();
            let text = sources.files.get_mut(&format!("blocks/{block}"));
            let text = text.expect("a block");
            let line = text.split(from).next().map(|t| t.matches('\n').count() + 1);
            assert!(text.contains(from), "{block} has no {from}");
            *text = text.replacen(from, to, 1);
            let found = theme(&sources, 90_000);
            let first = found
                .iter()
                .map(|f| (f.file.clone(), f.line, f.rule))
                .next();
            (
                first.unwrap_or_else(|| panic!("{block}: nothing is found")),
                line.unwrap_or(0),
            )
        };
        for (block, from, to, rule) in [
            (
                "lead.mjml",
                "block.story.summary }}",
                "block.story.sumary }}",
                "unknown-field",
            ),
            (
                "story.txt",
                "{% if block.story.meta %}",
                "{% if block.story.mta %}",
                "unknown-field",
            ),
            (
                "picture.mjml",
                "alt=\"{{ block.story.image.alt }}\"",
                "",
                "alt",
            ),
            (
                "headline.mjml",
                "font-size:17px",
                "font-size:11px",
                "font-size",
            ),
            ("style.mjml", "color: inherit;", "display: flex;", "support"),
            (
                "why.mjml",
                "<span",
                "<mj-include path=\"./blocks/no.mjml\" /><span",
                "include",
            ),
            (
                "why.mjml",
                "<span",
                "[% if variant.images %]{{ x }}[% endif %]<span",
                "unknown-variable",
            ),
            (
                "why.mjml",
                "<span",
                "[% if variant.x %]{{ x }}[% endif %]<span",
                "variant",
            ),
        ] {
            let (found, line) = with(block, from, to);
            let sheet = rule == "support";
            let line = if sheet { found.1 } else { line };
            assert_eq!(found, (format!("blocks/{block}"), line, rule));
        }
        assert_eq!(
            with("footer.mjml", "{{ postal_address }}", "").0.2,
            "left-out"
        );
        assert_eq!(
            with("sponsor.mjml", "{{ block.sponsor.label }}", "").0.2,
            "label"
        );
        let footer = |from, to| with("footer.mjml", from, to).0.2;
        let link = "<a class=\"go\" href=\"{{ links.unsubscribe }}\" style=\"color:inherit;text-decoration:underline\">{{ words.footer.unsubscribe }}</a>";
        assert_eq!(footer(link, "{{ links.unsubscribe }}"), "hidden");
        let dot = link.replace("{{ words.footer.unsubscribe }}", ".");
        assert_eq!(footer(link, &dot), "hidden");
        assert_eq!(footer("font-size:14px", "font-size:4px"), "hidden");
        let address = "<span style=\"display:none\">{{ postal_address }}</span>";
        assert_eq!(footer("{{ postal_address }}", address), "hidden");
        let found = theme(&broadsheet(), 10_000);
        let heavy = |f: &super::Finding| f.rule == "size" && f.severity == Severity::Error;
        assert!(!found.is_empty() && found.iter().all(heavy));
        let mut idle = broadsheet();
        idle.files
            .insert("blocks/leed.mjml".to_owned(), String::new());
        assert_eq!(theme(&idle, 90_000)[0].rule, "unused");
        idle.files.remove("letter.txt");
        let found = theme(&idle, 90_000);
        assert!(
            found
                .iter()
                .any(|f| f.rule == "no-file" && f.file == "letter.txt")
        );
    }
}
