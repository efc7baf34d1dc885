//! `template extract` and `template new`: a theme's files, written to be changed

use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure, show, typed};
use crate::domain::slug::Slug;
use crate::render::overlay::Files;
use crate::render::theme::{THEMES, names};
use crate::render::words::Catalogue;
use crate::themes::{self, ThemesError};

/// Flags of `template extract`.
#[derive(clap::Args, Debug)]
pub struct Extract {
    /// A theme that Courant brings along
    #[arg(required_unless_present = "words")]
    theme: Option<String>,
    /// The fixed words of every language instead, into `themes/words`; a new language is a copy of
    /// `en.ftl` under its own tag: `nl.ftl`
    #[arg(long, conflicts_with = "theme")]
    words: bool,
    /// Another folder than `themes/THEME` of the data folder
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// Flags of `template new`.
#[derive(clap::Args, Debug)]
pub struct New {
    /// Its name: a-z, 0-9 and -
    name: String,
    /// The theme that stands below it
    #[arg(long, value_name = "THEME", default_value = "broadsheet")]
    from: String,
}

/// Files that a new theme begins with: those that a paper changes first.
const FIRST: &[&str] = &[
    "blocks/style.mjml",
    "blocks/masthead.mjml",
    "blocks/footer.mjml",
    "blocks/footer.txt",
];

/// Writes the files of an embedded theme, or the words of every language.
pub fn extract(flags: &Extract, folder: &Path) -> Result<Exit, Failure> {
    let theme = match &flags.theme {
        Some(theme) if !flags.words => theme,
        _ => return words(flags, folder),
    };
    let embedded = THEMES.iter().find(|t| t.name == theme);
    let Some(embedded) = embedded else {
        let known: Vec<Slug> = names().filter_map(|n| Slug::parse(n).ok()).collect();
        return Err(typed::missing("theme", theme, &known));
    };
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    let files: Files = embedded.files.iter().map(owned).collect();
    let to = flags
        .to
        .clone()
        .unwrap_or_else(|| folder.join(embedded.name));
    put(&to, &files, flags.force)?;
    show::note("Files that are not changed are better removed: then they go with new releases.");
    Ok(Exit::Done)
}

fn words(flags: &Extract, folder: &Path) -> Result<Exit, Failure> {
    let of_tag = |(tag, text): (String, String)| (format!("{tag}.ftl"), text);
    let files: Files = Catalogue::sources().into_iter().map(of_tag).collect();
    let to = flags.to.clone().unwrap_or_else(|| folder.join("words"));
    put(&to, &files, flags.force)?;
    show::note(
        "A new language: copy `en.ftl` as `nl.ftl` and translate it. Of the others keep only what is \
         changed: what a file does not say is said by ours.",
    );
    Ok(Exit::Done)
}

/// Makes a theme over another one.
pub fn new(flags: &New, folder: &Path) -> Result<Exit, Failure> {
    let name = Slug::parse(&flags.name)?;
    if names().any(|n| n == name.as_str()) || name.as_str() == "words" {
        return Err(
            Failure::usage(format_args!("the name `{name}` is taken")).hint(format!(
                "`courant template extract {name}` writes its files to be changed"
            )),
        );
    }
    let base = themes::sources(folder, &flags.from)?;
    let mut files = Files::new();
    for path in FIRST {
        let Some(text) = base.files.get(*path) else {
            continue;
        };
        let head = "{# Changed from the theme below; without this file, that one's stands.\n   \
                    `courant template list --names` names all that may be printed. #}\n";
        files.insert((*path).to_owned(), format!("{head}{text}"));
    }
    let about = format!(
        "# A theme: every file of `{base}` stands where this folder has none of its path.\n\
         # `courant template extract {base} --to DIR` writes them all, to look at.\n\
         # `courant template list --names` names all that its files may print.\n\
         # `courant template check {name}` looks for faults; `courant list set LIST theme {name}` uses it.\n\
         description = \"{name}, made of {base}\"\n\
         base = \"{base}\"\n",
        base = base.theme,
    );
    files.insert("theme.toml".to_owned(), about);
    let written = themes::write(&folder.join(name.as_str()), &files, false);
    listed(&written.map_err(|error| taken(error, &name))?)?;
    show::note(&format!("next: `courant template check {name}`"));
    Ok(Exit::Done)
}

fn put(folder: &Path, files: &Files, over: bool) -> Result<(), Failure> {
    listed(&themes::write(folder, files, over)?)
}

fn listed(written: &[PathBuf]) -> Result<(), Failure> {
    for path in written {
        show::line(&path.display().to_string())?;
    }
    Ok(())
}

/// Why a theme cannot be made. What is there already may have been changed: it is not written over.
fn taken(error: ThemesError, name: &Slug) -> Failure {
    let there = matches!(error, ThemesError::Exists { .. });
    let failure = Failure::from(error);
    match there {
        true => failure.hint(format!(
            "change the files of `{name}` that are there, or give another name"
        )),
        false => failure,
    }
}
