//! Variants of a theme, and the pass over its source that makes them, before MJML is read.
//!
//! What differs by length, pictures or direction of writing is decided here, once, so that no letter
//! pays for it. Language is no variant: words are values.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};

use super::error::RenderError;
use crate::domain::subscriber::Length;

/// Steps of the pass over one source; a source has some hundred.
const FUEL: u64 = 100_000;

/// One way in which a theme is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Variant {
    /// How much a reader wants.
    pub length: Length,
    /// Pictures are printed.
    pub images: bool,
    /// Written from right to left.
    pub rtl: bool,
}

impl Variant {
    /// Every variant, in the order of [`Variant::index`].
    pub fn all() -> [Variant; 8] {
        std::array::from_fn(|n| Variant {
            length: if n & 4 == 0 {
                Length::Long
            } else {
                Length::Short
            },
            images: n & 2 == 0,
            rtl: n & 1 == 1,
        })
    }

    /// Its place among [`Variant::all`].
    pub fn index(self) -> usize {
        usize::from(self.length == Length::Short) * 4
            + usize::from(!self.images) * 2
            + usize::from(self.rtl)
    }

    /// Its name, such as `long-images-ltr`: what frozen templates are kept under.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 8] = [
            "long-images-ltr",
            "long-images-rtl",
            "long-plain-ltr",
            "long-plain-rtl",
            "short-images-ltr",
            "short-images-rtl",
            "short-plain-ltr",
            "short-plain-rtl",
        ];
        NAMES[self.index()]
    }

    /// The source as this variant has it: `[[ variant.start ]]`, `[% if variant.images %]`. Its lines
    /// keep their numbers where the conditions that are left out span whole lines of their own only.
    pub(super) fn resolve(self, source: &str) -> Result<String, RenderError> {
        let refused = |e: minijinja::Error| RenderError::Variant {
            line: e.line().unwrap_or(0),
            reason: e.detail().unwrap_or("it cannot be read").to_owned(),
        };
        let syntax = SyntaxConfig::builder()
            .block_delimiters("[%", "%]")
            .variable_delimiters("[[", "]]")
            .comment_delimiters("[#", "#]")
            .lstrip_blocks(true)
            .trim_blocks(true)
            .build()
            .map_err(refused)?;
        let mut env = Environment::new();
        env.set_syntax(syntax);
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_fuel(Some(FUEL));
        let (start, end, direction) = match self.rtl {
            false => ("left", "right", "ltr"),
            true => ("right", "left", "rtl"),
        };
        let variant = context! {
            length => self.length.as_str(),
            images => self.images,
            direction => direction,
            start => start,
            end => end,
        };
        env.render_str(source, context! { variant })
            .map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::Variant;

    #[test]
    fn every_variant_has_a_place_and_a_name_of_its_own() {
        for (n, variant) in Variant::all().into_iter().enumerate() {
            assert_eq!(variant.index(), n);
            let name = format!(
                "{}-{}-{}",
                variant.length.as_str(),
                if variant.images { "images" } else { "plain" },
                if variant.rtl { "rtl" } else { "ltr" },
            );
            assert_eq!(variant.name(), name);
        }
    }

    #[test]
    fn a_source_is_resolved_and_leaves_the_letters_own_expressions_alone() {
        let source = "a [[ variant.start ]] {{ x }}\n[% if variant.images %]\npic\n[% endif %]\n{% if y %}b{% endif %}\n";
        let [all, ..] = Variant::all();
        assert_eq!(
            all.resolve(source).as_deref(),
            Ok("a left {{ x }}\npic\n{% if y %}b{% endif %}")
        );
        let plain = Variant {
            images: false,
            rtl: true,
            ..all
        };
        assert_eq!(
            plain.resolve(source).as_deref(),
            Ok("a right {{ x }}\n{% if y %}b{% endif %}")
        );
        assert!(all.resolve("[[ nope ]]").is_err());
        assert!(all.resolve("[% if %]").is_err());
    }
}
