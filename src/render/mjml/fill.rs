//! A document as a template over data: rendered, then filled in, everything escaped.

use serde::Serialize;

use super::super::engine;
use super::error::{Fault, MjmlError, Place};
use super::{Rendered, Settings, page_of};

/// The name ends as the template engine's names of HTML do: what it prints is escaped.
const NAME: &str = "page.html";

/// Renders a document whose `{{ }}` and `{% %}` are expressions over `data`. What the data lacks is
/// an error with the place of the expression. Of `settings`, all but the expressions count.
pub fn fill<D: Serialize>(
    file: &str,
    source: &str,
    includes: &dyn Fn(&str) -> Option<String>,
    settings: Settings,
    data: &D,
) -> Result<Rendered, MjmlError> {
    let settings = Settings {
        expressions: true,
        ..settings
    };
    let page = page_of(file, source, includes, settings)?;
    let (template, lines) = page.vault.expressions_by_line(&page.html, &page.place)?;
    let refused = |e: minijinja::Error| MjmlError {
        place: place_of(&lines, e.line().unwrap_or(0)).unwrap_or_else(|| page.place.clone()),
        fault: Fault::Data {
            reason: engine::words_of(&e),
        },
    };
    let mut environment = engine::environment().map_err(refused)?;
    environment
        .add_template_owned(NAME, template)
        .map_err(refused)?;
    let template = environment.get_template(NAME).map_err(refused)?;
    let html = template
        .render(minijinja::value::Serde(data))
        .map_err(refused)?;
    Ok(Rendered {
        html,
        warnings: page.warnings,
    })
}

/// Where the expression stands that covers a line of the template.
fn place_of(lines: &[(usize, Place)], line: usize) -> Option<Place> {
    let n = lines.partition_point(|(from, _)| *from <= line);
    let (from, place) = lines.get(n.checked_sub(1)?)?;
    // The first line break in an expression is ours.
    let below = (line - from).saturating_sub(1);
    Some(Place {
        line: place.line + below,
        file: place.file.clone(),
    })
}
