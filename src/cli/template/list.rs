//! `template list`: the themes that are there, and where they come from

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use crate::cli::{Exit, Failure, show};
use crate::domain::slug::Slug;
use crate::render::check;
use crate::render::overlay::about;
use crate::render::theme;
use crate::themes::{self, ThemesError};

/// A theme as it is listed.
#[derive(Serialize)]
struct Row {
    name: String,
    description: String,
    /// None for one that Courant brings along.
    base: Option<String>,
    /// Files of the operator's own.
    own_files: usize,
    /// Where those lie.
    folder: Option<String>,
}

/// Shows every name that templates may use.
pub fn names(json: bool) -> Result<Exit, Failure> {
    let names = check::names();
    if json {
        show::json(&names)?;
        return Ok(Exit::Done);
    }
    let row = |n: check::Name| vec![n.name, n.kind, n.when, n.meaning];
    show::table(
        &["name", "what it is", "when it is there", "meaning"],
        names.into_iter().map(row).collect(),
        "no names",
    )?;
    Ok(Exit::Done)
}

/// Shows every theme.
pub fn run(folder: &Path, json: bool) -> Result<Exit, Failure> {
    let embedded: BTreeSet<String> = theme::names().map(str::to_owned).collect();
    let mut all = embedded.clone();
    all.extend(themes::names(folder)?.iter().map(Slug::to_string));
    let mut rows = Vec::new();
    for name in &all {
        let own = themes::own(folder, name)?;
        let sources = match themes::sources(folder, name) {
            Ok(sources) => sources,
            Err(ThemesError::Theme(error)) => {
                rows.push(Row {
                    name: name.clone(),
                    description: format!("cannot be used: {error}"),
                    base: None,
                    own_files: own.len(),
                    folder: Some(folder.join(name).display().to_string()),
                });
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let base = about(name, &own)
            .map_err(ThemesError::from)?
            .base
            .filter(|_| !embedded.contains(name));
        rows.push(Row {
            description: about(name, &sources.files)
                .map_err(ThemesError::from)?
                .description,
            base,
            own_files: own.len(),
            folder: (!own.is_empty()).then(|| folder.join(name).display().to_string()),
            name: name.clone(),
        });
    }
    if json {
        show::json(&rows)?;
        return Ok(Exit::Done);
    }
    let cells = rows.iter().map(|row| {
        let from = match (&row.base, row.own_files) {
            (None, 0) => "brought along".to_owned(),
            (None, n) if embedded.contains(&row.name) => format!("brought along, {n} changed"),
            (None, n) => format!("{n} files"),
            (Some(base), n) => format!("{n} files over {base}"),
        };
        vec![
            row.name.clone(),
            row.description.clone(),
            from,
            row.folder.clone().unwrap_or_default(),
        ]
    });
    show::table(
        &["theme", "description", "from", "folder"],
        cells.collect(),
        "no themes",
    )?;
    Ok(Exit::Done)
}
