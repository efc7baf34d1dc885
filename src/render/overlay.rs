//! An operator's own theme laid over another one: a file of the same path takes the other's place.
//!
//! A theme that Courant brings along is its own base; every other one names its base in `theme.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::RenderError;
use super::theme::{Sources, THEMES};
use super::words::Catalogue;

/// Path within a theme's folder to text.
pub type Files = BTreeMap<String, String>;

/// Themes over themes.
const DEPTH: usize = 4;

/// What `theme.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// In one line, for people.
    pub description: String,
    /// The theme whose files stand where this one has none.
    pub base: Option<String>,
}

/// Reads the `theme.toml` among a theme's files; without one it says nothing.
///
/// # Errors
/// [`RenderError::About`] where it is not TOML, or has a key that there is not.
pub fn about(theme: &str, files: &Files) -> Result<About, RenderError> {
    let text = files.get("theme.toml").map_or("", String::as_str);
    toml::from_str(text).map_err(|e: toml::de::Error| RenderError::About {
        theme: theme.to_owned(),
        reason: e.message().to_owned(),
    })
}

/// Puts a theme together. `own` gives an operator's files of a theme, none where there is no such
/// folder; `words` are an operator's catalogues by file name (`de.ftl`).
///
/// # Errors
/// There is no such theme, it names no base, or bases go round in a circle; else what `own` says.
pub fn overlaid<E: From<RenderError>>(
    theme: &str,
    own: impl Fn(&str) -> Result<Files, E>,
    words: &Files,
) -> Result<Sources, E> {
    let mut files = Files::new();
    let mut at = theme.to_owned();
    for _ in 0..DEPTH {
        let layer = own(&at)?;
        let about = about(&at, &layer)?;
        let nothing = layer.is_empty();
        add(&mut files, layer);
        if let Some(embedded) = THEMES.iter().find(|t| t.name == at) {
            let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
            add(&mut files, embedded.files.iter().map(owned).collect());
            return sources(theme, files, words);
        }
        match about.base {
            Some(base) => at = base,
            None if nothing => {
                let name = at.chars().take(64).collect();
                return Err(RenderError::NoTheme { name }.into());
            }
            // A theme that has everything needs no base.
            None if files.contains_key("digest.mjml") && files.contains_key("letter.txt") => {
                return sources(theme, files, words);
            }
            None => return Err(base_missing(&at, "it names no base").into()),
        }
    }
    let reason = format!("its bases are more than {DEPTH} deep, or go round in a circle");
    Err(base_missing(theme, &reason).into())
}

fn base_missing(theme: &str, reason: &str) -> RenderError {
    RenderError::About {
        theme: theme.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Adds files where there are none of their path.
fn add(files: &mut Files, below: Files) {
    for (path, text) in below {
        files.entry(path).or_insert(text);
    }
}

fn sources<E: From<RenderError>>(theme: &str, files: Files, words: &Files) -> Result<Sources, E> {
    Ok(Sources {
        theme: theme.to_owned(),
        files,
        words: catalogues(words)?,
    })
}

/// The words of every language, by tag: those that Courant brings along, with an operator's own files
/// (`de.ftl`) laid over them.
///
/// # Errors
/// [`RenderError::Words`] with the file and its line.
pub fn catalogues(words: &Files) -> Result<BTreeMap<String, String>, RenderError> {
    let tagged = |(name, text): (&String, &String)| {
        let tag = name.strip_suffix(".ftl")?;
        Some((tag.to_owned(), text.clone()))
    };
    let own = words.iter().filter_map(tagged).collect();
    Ok(Catalogue::overlaid(&own)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Files, about, overlaid};
    use crate::render::{RenderError, Sources};

    fn put(theme: &str, own: &[(&str, &str, &str)]) -> Result<Sources, RenderError> {
        let files = |name: &str| -> Result<Files, RenderError> {
            let of_theme = own.iter().filter(|(theme, ..)| *theme == name);
            let file =
                |(_, path, text): &(&str, &str, &str)| ((*path).to_owned(), (*text).to_owned());
            Ok(of_theme.map(file).collect())
        };
        overlaid(theme, files, &Files::new())
    }

    #[test]
    fn the_nearest_file_of_a_path_stands() {
        let embedded = Sources::embedded("broadsheet").expect("embedded");
        assert_eq!(put("broadsheet", &[]), Ok(embedded.clone()));
        let own = [
            ("broadsheet", "blocks/why.mjml", "below"),
            ("broadsheet", "blocks/lead.mjml", "below"),
            ("city", "theme.toml", "base = \"mine\""),
            (
                "mine",
                "theme.toml",
                "base = \"broadsheet\"\ndescription = \"d\"",
            ),
            ("mine", "blocks/lead.mjml", "mine"),
        ];
        let city = put("city", &own).expect("put together");
        assert_eq!(city.theme, "city");
        assert_eq!(city.files["blocks/lead.mjml"], "mine");
        assert_eq!(city.files["blocks/why.mjml"], "below");
        assert_eq!(city.files["digest.mjml"], embedded.files["digest.mjml"]);
        let whole = [("x", "digest.mjml", "a"), ("x", "letter.txt", "b")];
        assert_eq!(put("x", &whole).map(|s| s.files.len()), Ok(2));
    }

    #[test]
    fn a_theme_without_a_ground_is_refused() {
        let no = |theme, own: &[(&str, &str, &str)]| put(theme, own).expect_err("refused");
        assert!(matches!(no("x", &[]), RenderError::NoTheme { .. }));
        let about_of = |error| matches!(error, RenderError::About { .. });
        assert!(about_of(no("x", &[("x", "digest.mjml", "a")])));
        assert!(about_of(no("x", &[("x", "theme.toml", "base = \"x\"")])));
        assert!(about_of(no("x", &[("x", "theme.toml", "bas = \"x\"")])));
        assert!(about_of(no("x", &[("x", "theme.toml", "[")])));
        let below = no("x", &[("x", "theme.toml", "base = \"none\"")]);
        assert!(matches!(below, RenderError::NoTheme { name } if name == "none"));
        assert_eq!(about("x", &BTreeMap::new()), Ok(Default::default()));
    }
}
