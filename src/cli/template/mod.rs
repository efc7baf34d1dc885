//! `template`: what letters are made of, looked at and tried outside any list.

mod render;

use std::path::Path;

use super::{Exit, Failure};

/// What may be done with templates.
#[derive(clap::Subcommand, Debug)]
pub enum Verb {
    /// Print the HTML of an MJML file
    ///
    /// Includes are read from the file's folder and the folders in it. Without `--data`, `{{ }}` is
    /// text; with it the file is a template over the data, and a name that the data lacks is an
    /// error. No configuration, database or key is needed.
    Render(render::Render),
}

/// Runs a verb of `template`.
pub async fn run(verb: Verb, _home: Option<&Path>) -> Result<Exit, Failure> {
    match verb {
        Verb::Render(flags) => render::run(flags).await,
    }
}
