//! Another look at a letter: what it would be in another language, length or theme, or without its
//! pictures.

use std::path::Path;

use clap::Args;

use crate::cli::{Failure, typed};
use crate::domain::letter::Switch;
use crate::domain::list::ListSettings;
use crate::domain::subscriber::{Length, Terms};

/// What is asked of a letter that its reader did not ask for.
#[derive(Args, Debug)]
pub(super) struct LookFlags {
    /// With pictures or without, whatever the subscriber asked for
    #[arg(long, value_name = "ON|OFF")]
    images: Option<Switch>,
    /// As whoever asked for a long or a short letter
    #[arg(long, value_name = "LONG|SHORT")]
    length: Option<Length>,
    /// In another language
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// In another theme than the list's
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
}

/// A look, checked.
#[derive(Debug, Default)]
pub(super) struct Look {
    images: Option<bool>,
    length: Option<Length>,
    language: Option<String>,
    pub(super) theme: Option<String>,
}

impl LookFlags {
    pub(super) fn checked(&self, themes: &Path) -> Result<Look, Failure> {
        let language = |text: &String| {
            let mut checked = ListSettings::default();
            typed::setting(&mut checked, "language", text, themes).map(|()| checked.language)
        };
        Ok(Look {
            images: self.images.map(|switch| switch == Switch::On),
            length: self.length,
            language: self.language.as_ref().map(language).transpose()?,
            theme: self.theme.clone(),
        })
    }
}

impl Look {
    /// Whether it asks for anything.
    pub(super) fn is_other(&self) -> bool {
        !self.in_words().is_empty()
    }

    /// Terms as this look has them.
    pub(super) fn over(&self, mut terms: Terms) -> Terms {
        terms.images = self.images.unwrap_or(terms.images);
        terms.length = self.length.unwrap_or(terms.length);
        if let Some(language) = &self.language {
            terms.language.clone_from(language);
        }
        terms
    }

    /// `without pictures, in `de``.
    pub(super) fn in_words(&self) -> String {
        let images = self.images.map(|on| match on {
            true => "with pictures".to_owned(),
            false => "without pictures".to_owned(),
        });
        let words = [
            images,
            self.length.map(|length| length.to_string()),
            self.language.as_ref().map(|tag| format!("in `{tag}`")),
            self.theme
                .as_ref()
                .map(|name| format!("in the theme `{name}`")),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        words.join(", ")
    }
}
