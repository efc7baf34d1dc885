//! What the errors of the template engine come to: the bound that was met, the name that is not there,
//! else the engine's own words.

use minijinja::{Error, ErrorKind};

use super::engine::{FUEL, RECURSION};
use super::error::{Bound, RenderError};
use super::marks::Mark;

/// An error of a template that does not load.
pub(super) fn refused(template: &'static str, error: &Error) -> RenderError {
    match bound(error) {
        Some(bound) => RenderError::Bound {
            template,
            bound,
            mark: None,
        },
        None => RenderError::Template {
            template,
            line: error.line().unwrap_or(0),
            reason: reason(error),
        },
    }
}

/// An error of a letter that does not render.
pub(super) fn failed(template: &'static str, error: &Error, mark: Option<Mark>) -> RenderError {
    match bound(error) {
        Some(bound) => RenderError::Bound {
            template,
            bound,
            mark,
        },
        None => RenderError::Render {
            template,
            reason: reason(error),
            mark,
        },
    }
}

/// The bound that an error comes from. The engine tells some of its own in words alone.
pub(super) fn bound(error: &Error) -> Option<Bound> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(below) = source {
        if let Some(bound) = below.downcast_ref::<Bound>() {
            return Some(*bound);
        }
        if let Some(inner) = below.downcast_ref::<Error>() {
            let words = inner.detail().unwrap_or_default();
            let repeats = words.starts_with("repeated ") && words.ends_with(" too large");
            if inner.kind() == ErrorKind::OutOfFuel || repeats {
                return Some(Bound::Steps(FUEL));
            }
            if words.contains("recursion limit") {
                return Some(Bound::Depth(RECURSION));
            }
        }
        source = below.source();
    }
    None
}

/// The name of what is not there, where that is the fault. The engine knows it in its debug mode.
pub(super) fn undefined(error: &Error) -> Option<String> {
    let (before, _) = error.detail()?.rsplit_once("` is undefined")?;
    Some(before.rsplit_once('`')?.1.to_owned())
}

/// What went wrong, without the place.
pub(super) fn words_of(error: &Error) -> String {
    let kind = error.kind().to_string();
    if let Some(name) = undefined(error) {
        return format!("there is no `{name}`");
    }
    let what = match error.kind() {
        ErrorKind::UnknownFilter => "filter",
        ErrorKind::UnknownTest => "test",
        ErrorKind::UnknownFunction => "function",
        _ => "",
    };
    // `filter x is unknown`, `x is unknown`.
    let name = error.detail().and_then(|d| d.strip_suffix(" is unknown"));
    if let (false, Some(name)) = (what.is_empty(), name) {
        let name = name.rsplit(' ').next().unwrap_or(name);
        return format!("there is no {what} `{name}`");
    }
    match (bound(error), error.detail()) {
        (Some(bound), _) => format!("it {bound}"),
        (None, Some(detail)) => format!("{kind}: {detail}"),
        (None, None) => kind,
    }
}

/// The engine's words, with the line.
fn reason(error: &Error) -> String {
    let line = error.line().map(|l| format!(" (line {l})"));
    words_of(error) + &line.unwrap_or_default()
}
