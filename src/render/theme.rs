//! Themes: the files that Courant brings along, and what a theme is made of.
//!
//! A theme is a set of named texts; where else they may come from (a folder of the operator's), it
//! does not know.

use std::collections::BTreeMap;

use super::words::Catalogue;

/// A theme that Courant brings along.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// Its name.
    pub name: &'static str,
    /// Path within the theme's folder, and text.
    pub files: &'static [(&'static str, &'static str)],
}

macro_rules! theme {
    ($name:literal: $($path:literal),+ $(,)?) => {
        Embedded {
            name: $name,
            files: &[$((
                $path,
                include_str!(concat!("../../templates/", $name, "/", $path)),
            )),+],
        }
    };
}

/// The themes that Courant brings along; the first is the default.
pub const THEMES: &[Embedded] = &[
    theme!(
        "broadsheet":
        "theme.toml",
        "digest.mjml",
        "letter.txt",
        "blocks/type.mjml",
        "blocks/preheader.mjml",
        "blocks/style.mjml",
        "blocks/open.mjml",
        "blocks/close.mjml",
        "blocks/masthead.mjml",
        "blocks/dateline.mjml",
        "blocks/welcome.mjml",
        "blocks/note.mjml",
        "blocks/sponsor.mjml",
        "blocks/section.mjml",
        "blocks/lead.mjml",
        "blocks/card.mjml",
        "blocks/headline.mjml",
        "blocks/story.mjml",
        "blocks/side.mjml",
        "blocks/picture.mjml",
        "blocks/title.mjml",
        "blocks/why.mjml",
        "blocks/told.mjml",
        "blocks/more.mjml",
        "blocks/panel.mjml",
        "blocks/corrections.mjml",
        "blocks/footer.mjml",
        "blocks/sponsor.txt",
        "blocks/section.txt",
        "blocks/story.txt",
        "blocks/after.txt",
        "blocks/footer.txt",
    ),
    theme!(
        "brief":
        "theme.toml",
        "digest.mjml",
        "letter.txt",
        "blocks/type.mjml",
        "blocks/preheader.mjml",
        "blocks/style.mjml",
        "blocks/open.mjml",
        "blocks/close.mjml",
        "blocks/masthead.mjml",
        "blocks/dateline.mjml",
        "blocks/welcome.mjml",
        "blocks/note.mjml",
        "blocks/sponsor.mjml",
        "blocks/section.mjml",
        "blocks/lead.mjml",
        "blocks/card.mjml",
        "blocks/headline.mjml",
        "blocks/side.mjml",
        "blocks/picture.mjml",
        "blocks/title.mjml",
        "blocks/why.mjml",
        "blocks/told.mjml",
        "blocks/more.mjml",
        "blocks/panel.mjml",
        "blocks/corrections.mjml",
        "blocks/footer.mjml",
        "blocks/sponsor.txt",
        "blocks/section.txt",
        "blocks/story.txt",
        "blocks/after.txt",
        "blocks/footer.txt",
    ),
];

/// The names of [`THEMES`].
pub fn names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|theme| theme.name)
}

/// What an author writes: a layout, a text, their blocks, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The theme's name.
    pub theme: String,
    /// Path within the theme's folder to text: `digest.mjml`, `letter.txt`, `blocks/…`.
    pub files: BTreeMap<String, String>,
    /// Language tag to catalogue.
    pub words: BTreeMap<String, String>,
}

impl Sources {
    /// A theme that Courant brings along.
    pub fn embedded(theme: &str) -> Option<Sources> {
        let found = THEMES.iter().find(|t| t.name == theme)?;
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Some(Sources {
            theme: theme.to_owned(),
            files: found.files.iter().map(owned).collect(),
            words: Catalogue::sources(),
        })
    }
}
