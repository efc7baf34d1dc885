//! Whether letters can be made to look: the themes that lists are set to, and an operator's words.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::{Exit, Failure};
use crate::domain::list::List;
use crate::press::PressError;
use crate::press::shelf::Shelf;
use crate::render::RenderError;
use crate::render::theme::names;
use crate::render::words::Catalogue;
use crate::themes::{self, ThemesError};

/// What keeps lists from having letters, by their themes: each with its hint.
///
/// # Errors
/// None but those of the machine: a theme that is wrong is a finding.
pub(super) async fn missing(
    folder: &Path,
    lists: &[List],
) -> Result<Vec<(String, String)>, Failure> {
    let mut of_theme: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for list in lists {
        let theme = list.settings.theme.as_str();
        let name = format!("`{}`", list.slug);
        of_theme.entry(theme).or_default().push(name);
    }
    let untouched = |theme: &str| names().any(|n| n == theme) && !folder.join(theme).exists();
    let words = words_fault(folder);
    let mut found: Vec<(String, String)> = words.into_iter().collect();
    let shelf = Shelf::with(folder.to_owned());
    for (theme, lists) in of_theme {
        // With faulty words no theme comes to anything; what we bring along is tried when it is built.
        if !found.is_empty() || untouched(theme) {
            continue;
        }
        if let Err(error) = shelf.theme(theme).await {
            found.push(fault(theme, &lists, &error));
        }
    }
    Ok(found)
}

/// A theme that cannot be used, and what to do.
fn fault(theme: &str, lists: &[String], error: &PressError) -> (String, String) {
    let many = if lists.len() == 1 { "list" } else { "lists" };
    let whose = format!("{many} {}", lists.join(", "));
    let hint = match error {
        PressError::Template(RenderError::NoTheme { .. })
        | PressError::Themes(ThemesError::Theme(RenderError::NoTheme { .. })) => {
            "put its folder back, or `courant list set LIST theme NAME`; `courant template list` \
             names the themes"
                .to_owned()
        }
        _ => format!("`courant template check {theme}` says where"),
    };
    let why = match error {
        PressError::Template(inner) => inner.to_string(),
        PressError::Themes(inner) => inner.to_string(),
        other => other.to_string(),
    };
    (
        format!("the theme `{theme}` of {whose} cannot be used: {why}"),
        hint,
    )
}

/// What is wrong with an operator's words, and what to do.
fn words_fault(folder: &Path) -> Option<(String, String)> {
    let error = themes::words(folder).err()?;
    let hint = error.hint().unwrap_or_else(|| {
        let folder = folder.join("words");
        format!("mend the file in `{}`, or take it away", folder.display())
    });
    Some((format!("the words cannot be used: {error}"), hint))
}

/// The words that pages are written in: an operator's own, else, where those are faulty, ours. Nobody
/// is kept from leaving a list by a slip in a file of words.
pub(super) fn words(folder: &Path) -> Result<Catalogue, Failure> {
    match themes::words(folder) {
        Ok(words) => Ok(words),
        Err(error) => {
            tracing::warn!(%error, "the words cannot be used; pages have those that Courant brings along");
            let own = Catalogue::parse(&Catalogue::sources());
            own.map_err(|e| Failure::new(Exit::Failed, e))
        }
    }
}
