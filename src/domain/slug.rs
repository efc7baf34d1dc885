//! Short names that people type: lists, topics, places, sources, sponsors.

use std::fmt;

/// A short name of 1 to 40 characters out of `a-z`, `0-9` and `-`, starting with a letter or digit.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Why a text is no slug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no short name: it takes 1 to 40 characters out of a-z, 0-9 and -")]
pub struct SlugError {
    /// What was given, as it may be shown, cut at 64 characters.
    pub text: String,
}

impl SlugError {
    /// A name that would do, made from what was typed.
    pub fn hint(&self) -> Option<String> {
        Slug::from_name(&self.text).map(|s| format!("`{s}` would do"))
    }
}

impl Slug {
    /// Reads a slug as it is; nothing is changed silently.
    pub fn parse(text: &str) -> Result<Slug, SlugError> {
        let fits = (1..=40).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-');
        if fits {
            Ok(Slug(text.to_owned()))
        } else {
            Err(SlugError {
                text: super::shown(text),
            })
        }
    }

    /// A slug made from a display name, if any of it can stand in one.
    pub fn from_name(name: &str) -> Option<Slug> {
        let mut out = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            if c.is_ascii_alphanumeric() {
                out.push(c);
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
            if out.len() >= 40 {
                break;
            }
        }
        Slug::parse(out.trim_end_matches('-')).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;
    fn try_from(text: String) -> Result<Slug, SlugError> {
        Slug::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

impl std::str::FromStr for Slug {
    type Err = SlugError;
    fn from_str(text: &str) -> Result<Slug, SlugError> {
        Slug::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn a_slug_is_taken_as_it_is_or_refused_with_one_that_would_do() {
        assert_eq!(
            Slug::parse("city-hall").map(String::from).as_deref(),
            Ok("city-hall")
        );
        for bad in ["", "-x", "City", "a b", "ä", &"x".repeat(41)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
        let hint = Slug::parse("City Hall!").err().and_then(|e| e.hint());
        assert_eq!(hint.as_deref(), Some("`city-hall` would do"));
    }
}
