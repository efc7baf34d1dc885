//! `template check`: what is wrong with a theme, with file and line

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::{Exit, Failure, show};
use crate::domain::selection::BYTE_BUDGET;
use crate::domain::slug::Slug;
use crate::render::check::{Finding, Severity, theme};
use crate::render::theme::names;
use crate::render::{RenderError, Sources};
use crate::themes::{self, ThemesError};

/// Flags of `template check`.
#[derive(clap::Args, Debug)]
pub struct Check {
    /// A theme's name, or a folder with one (`./my-theme`); every theme if none is named
    #[arg(value_name = "THEME|FOLDER")]
    theme: Option<PathBuf>,
    /// Bytes that the HTML of the sample letters may have
    #[arg(long, value_name = "BYTES", default_value_t = BYTE_BUDGET)]
    byte_budget: u32,
    /// Warnings count as errors
    #[arg(long)]
    strict: bool,
    /// JSON array of {theme, file, line, severity, rule, message, hint}
    #[arg(long)]
    json: bool,
}

/// A finding with the theme that it is of.
#[derive(Serialize)]
struct Row<'a> {
    theme: &'a str,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Checks and shows what was found.
pub fn run(flags: &Check, themes: &Path) -> Result<Exit, Failure> {
    let budget = usize::try_from(flags.byte_budget).unwrap_or(usize::MAX);
    let checked: Vec<(String, Vec<Finding>)> = wanted(flags, themes)?
        .into_iter()
        .map(|(name, sources)| {
            let found = match sources {
                Ok(sources) => theme(&sources, budget),
                Err(error) => vec![unusable(&error)],
            };
            (name, found)
        })
        .collect();
    if flags.json {
        let rows: Vec<Row<'_>> = checked
            .iter()
            .flat_map(|(theme, found)| found.iter().map(move |finding| Row { theme, finding }))
            .collect();
        show::json(&rows)?;
    }
    let (mut errors, mut warnings) = (0, 0);
    for (theme, found) in &checked {
        if !flags.json {
            lines(theme, found)?;
        }
        let bad = found
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .count();
        errors += bad;
        warnings += found.len() - bad;
    }
    let themes = show::count(i64::try_from(checked.len()).unwrap_or(i64::MAX), "theme");
    let sum = |n: usize, one| show::count(i64::try_from(n).unwrap_or(i64::MAX), one);
    show::note(&format!(
        "{themes} checked: {}, {}",
        sum(errors, "error"),
        sum(warnings, "warning")
    ));
    match errors > 0 || (flags.strict && warnings > 0) {
        true => Ok(Exit::Problems),
        false => Ok(Exit::Done),
    }
}

fn lines(theme: &str, found: &[Finding]) -> Result<(), Failure> {
    for finding in found {
        show::line(&told(&format!("{theme}/"), finding))?;
    }
    Ok(())
}

/// A finding in words, with what its place is in before it.
pub fn told(within: &str, finding: &Finding) -> String {
    let Finding {
        file,
        line,
        severity,
        message,
        rule,
        hint,
    } = finding;
    let place = match line {
        0 => format!("{within}{file}"),
        line => format!("{within}{file}:{line}"),
    };
    let severity = severity.as_str();
    let hint = hint.as_ref().map(|hint| format!("\n    hint: {hint}"));
    let hint = hint.unwrap_or_default();
    format!("{place}: {severity}: {message} [{rule}]{hint}")
}

/// A theme whose files come to none.
fn unusable(error: &RenderError) -> Finding {
    Finding {
        file: "theme.toml".to_owned(),
        line: 0,
        severity: Severity::Error,
        rule: "theme",
        message: error.to_string(),
        hint: error.hint(),
    }
}

/// A theme's name with what its files come to.
type Wanted = (String, Result<Sources, RenderError>);

/// The themes that were asked for, put together. One that comes to nothing keeps no other from being
/// checked.
fn wanted(flags: &Check, folder: &Path) -> Result<Vec<Wanted>, Failure> {
    let Some(asked) = &flags.theme else {
        let mut all: BTreeSet<String> = names().map(str::to_owned).collect();
        all.extend(themes::names(folder)?.iter().map(Slug::to_string));
        let mut wanted = Vec::with_capacity(all.len());
        for name in all {
            let sources = match themes::sources(folder, &name) {
                Ok(sources) => Ok(sources),
                Err(ThemesError::Theme(error)) => Err(error),
                Err(error) => return Err(error.into()),
            };
            wanted.push((name, sources));
        }
        return Ok(wanted);
    };
    let named = |sources: Sources| vec![(sources.theme.clone(), Ok(sources))];
    let typed = asked.to_string_lossy();
    let is_path = typed.contains(['/', '\\']) || typed == "." || typed == "..";
    if !is_path {
        return Ok(named(themes::sources(folder, &typed)?));
    }
    let real = asked.canonicalize().map_err(|e| {
        Failure::new(Exit::Failed, e)
            .context(format!("cannot read the folder `{}`", asked.display()))
            .hint("a theme is a name, or a folder with theme.toml, digest.mjml or blocks")
    })?;
    let name = real.file_name().unwrap_or_default().to_string_lossy();
    let name = Slug::from_name(&name).map_or_else(|| "theme".to_owned(), |s| s.to_string());
    Ok(named(themes::sources_in(&real, folder, &name)?))
}
