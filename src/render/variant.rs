//! Variants of a theme, and the pass over its source that makes them, before MJML is read.
//!
//! What differs by length, pictures or direction of writing is decided here, once, so that no letter
//! pays for it. Language is no variant: words are values.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, OutputSpanKind, UndefinedBehavior, context};

use super::check::Finding;
use super::engine;
use super::error::RenderError;
use super::include::{Joined, Made};
use super::said;
use crate::domain::nearest;
use crate::domain::subscriber::Length;

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

    /// A joined template as this variant has it: `[[ variant.start ]]`, `[% if variant.images %]`. It
    /// still knows where everything comes from.
    pub(super) fn traced(self, joined: &Joined) -> Result<Joined, RenderError> {
        let refused = |e: minijinja::Error| {
            let words = said::words_of(&e);
            let finding = Finding::error(joined.place_of_error(&e), "variant", words);
            let hint = said::undefined(&e).and_then(|name| meant(&name, &joined.text));
            RenderError::Written(Box::new(Finding { hint, ..finding }))
        };
        let syntax = SyntaxConfig::builder()
            .block_delimiters("[%", "%]")
            .variable_delimiters("[[", "]]")
            .comment_delimiters("[#", "#]")
            .lstrip_blocks(true)
            .trim_blocks(true)
            .build()
            .map_err(refused)?;
        let mut env = Environment::empty();
        env.set_syntax(syntax);
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        engine::bounded(&mut env);
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
        let render = |env: &Environment<'_>| {
            let template = env.template_from_str(&joined.text)?;
            template.render_with_spans(context! { variant => variant.clone() })
        };
        let (text, spans) = match render(&env) {
            Ok(rendered) => rendered,
            Err(first) => {
                // Once more, for the name of what is not there.
                env.set_debug(true);
                return Err(refused(render(&env).err().unwrap_or(first)));
            }
        };
        if text.len() > engine::SOURCE {
            let limit = engine::SOURCE;
            return Err(RenderError::TooLarge { limit });
        }
        let made = spans.iter().map(|span| Made {
            to: span.output_range().start,
            from: span.source_range(),
            verbatim: span.kind() == OutputSpanKind::Raw,
        });
        Ok(joined.passed(text, made))
    }
}

/// The name that was perhaps meant by one that is not there: a variant's, or one that the theme sets.
fn meant(name: &str, theme: &str) -> Option<String> {
    const OWN: [&str; 5] = ["length", "images", "direction", "start", "end"];
    let near = match name.strip_prefix("variant.") {
        Some(field) => {
            let field: String = field.chars().take(64).collect();
            format!("variant.{}", nearest(&field, OWN.into_iter())?)
        }
        None => {
            let name: String = name.chars().take(64).collect();
            let set = theme.split("[% set ").skip(1);
            let names = set.filter_map(|rest| rest.split([' ', '=', '%']).next());
            nearest(&name, names.chain(["variant"]))?.to_owned()
        }
    };
    Some(format!("did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Variant;
    use crate::render::RenderError;
    use crate::render::include::{Joined, trace};

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

    fn resolved(variant: Variant, source: &str) -> Result<Joined, RenderError> {
        let files = BTreeMap::from([("b.mjml".to_owned(), "B\nB\n".to_owned())]);
        variant.traced(&trace("a.mjml", source, &files))
    }

    #[test]
    fn a_source_is_resolved_and_leaves_the_letters_own_expressions_alone() {
        let source = "a [[ variant.start ]] {{ x }}\n[% if variant.images %]\npic\n[% endif %]\n{% if y %}b{% endif %}\n";
        let [all, ..] = Variant::all();
        let text = |variant| resolved(variant, source).map(|j| j.text);
        assert_eq!(
            text(all).as_deref(),
            Ok("a left {{ x }}\npic\n{% if y %}b{% endif %}")
        );
        let plain = Variant {
            images: false,
            rtl: true,
            ..all
        };
        assert_eq!(
            text(plain).as_deref(),
            Ok("a right {{ x }}\n{% if y %}b{% endif %}")
        );
        for bad in [
            "[[ nope ]]",
            "[% if %]",
            "[[ 'x' * 2000000 ]]",
            "[% for a in 'x' * 100000 %][[ 'x' * 1000 ]][% endfor %]",
        ] {
            assert!(resolved(all, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_place_still_knows_where_it_comes_from() {
        let [all, ..] = Variant::all();
        let source = "a\n[% if variant.images %]\np<mj-include path='b.mjml' />q\n[% endif %]\n[[ variant.end ]]z";
        let joined = resolved(all, source).expect("resolved");
        assert_eq!(joined.text, "a\npB\nBq\nrightz");
        let place = |sign: &str| {
            let place = joined.place(joined.text.find(sign).expect("there"));
            (place.file, place.line)
        };
        for (sign, file, line) in [
            ("a", "a.mjml", 1),
            ("p", "a.mjml", 3),
            ("B", "b.mjml", 1),
            ("Bq", "b.mjml", 2),
            ("q", "a.mjml", 3),
            ("right", "a.mjml", 5),
            ("z", "a.mjml", 5),
        ] {
            assert_eq!(place(sign), (file.to_owned(), line), "{sign}");
        }
    }
}
