//! `template`: themes and what letters are made of, looked at and tried outside any list

mod check;
mod files;
mod list;
mod render;

use std::path::{Path, PathBuf};

pub(super) use check::told;

use super::house::folder;
use super::{Exit, Failure};
use crate::themes::ThemesError;

/// What may be done with templates.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Look for what is wrong with a theme: names, MJML, what no letter may lack, what clients drop
    ///
    /// Every expression is checked in every branch, the theme is compiled in all its variants, and
    /// sample letters are looked at. Exits with 5 where there are errors. No configuration, database or
    /// key is needed.
    Check(check::Check),
    /// Write the files of a theme that Courant brings along, or its fixed words, to be changed
    Extract(files::Extract),
    /// The themes that are there, and where they come from; with `--names` what themes may print
    List {
        /// Every name that templates may use, with what it is, when it is there and what it means
        #[arg(long)]
        names: bool,
        /// JSON array of {name, description, base, own_files, folder}; of {name, kind, when, meaning}
        #[arg(long)]
        json: bool,
    },
    /// Make a theme of one's own over another one
    New(files::New),
    /// Print the HTML of an MJML file
    ///
    /// Includes are read from the file's folder and the folders in it. Without `--data`, `{{ }}` is
    /// text; with it the file is a template over the data, and a name that the data lacks is an
    /// error. No configuration, database or key is needed.
    Render(render::Render),
}

/// Runs a verb of `template`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let themes = themes(home);
    match verb {
        Verb::Check(flags) => check::run(&flags, &themes),
        Verb::Extract(flags) => files::extract(&flags, &themes),
        Verb::List { names: true, json } => list::names(json),
        Verb::List { json, .. } => list::run(&themes, json),
        Verb::New(flags) => files::new(&flags, &themes),
        Verb::Render(flags) => render::run(flags).await,
    }
}

/// The folder of an operator's own themes.
fn themes(home: Option<&Path>) -> PathBuf {
    folder(home).join("themes")
}

impl From<ThemesError> for Failure {
    fn from(error: ThemesError) -> Failure {
        let hint = error.hint();
        Failure::new(Exit::Failed, error).maybe_hint(hint)
    }
}
