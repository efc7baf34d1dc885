//! What hides an element's text: its declarations, and the elements that no mail program shows.

use super::cascade::Cascade;

/// Pixels from which something is out of the letter.
const FAR: f32 = 500.0;
/// Pixels by which letters are pushed into one another.
const CROWDED: f32 = -5.0;
/// Pixels of the size that `em` is measured by here.
const EM: f32 = 16.0;
/// What hides the text of `<details>` that is not open.
pub(super) const FOLDED: &str = "it stands in `<details>`";
/// Elements whose text mail programs do not show.
const CLOSED: &[&str] = &[
    "audio", "canvas", "datalist", "iframe", "noframes", "object", "svg", "template", "video",
];

/// What hides what is in an element, in words.
pub(super) fn hides(cascade: &Cascade<'_>, n: usize) -> Option<String> {
    let element = &cascade.tree.elements[n];
    let name = element.name.as_str();
    let shut = match name {
        "details" | "dialog" => element.attribute("open").is_none(),
        name => CLOSED.contains(&name),
    };
    if shut {
        return Some(format!("it stands in `<{name}>`"));
    }
    let veil = Veil { cascade, n };
    veil.shown().or_else(|| veil.moved())
}

/// An element whose declarations are looked at.
struct Veil<'a> {
    cascade: &'a Cascade<'a>,
    n: usize,
}

impl Veil<'_> {
    fn said(&self, property: &str) -> Option<String> {
        let value = self.cascade.value(self.n, property)?;
        Some(value.to_ascii_lowercase())
    }

    /// The declaration, where its value passes.
    fn with(&self, property: &str, hides: impl Fn(&str) -> bool) -> Option<String> {
        let value = self.said(property).filter(|v| hides(v))?;
        Some(format!("{property}:{value}"))
    }

    fn is(&self, property: &str, wanted: &[&str]) -> Option<String> {
        self.with(property, |value| wanted.contains(&value))
    }

    fn measure(&self, property: &str, hides: fn(f32) -> bool) -> Option<String> {
        self.with(property, |value| number(value).is_some_and(hides))
    }

    /// What makes it nothing where it stands.
    fn shown(&self) -> Option<String> {
        let nothing = |value: &str| share(value).is_some_and(|n| n < 0.1);
        let clear = |value: &str| alpha(value).is_some_and(|a| a < 0.1);
        let called = |value: &str, name: &str, hides: fn(f32) -> bool| {
            let inside = value.split(name).skip(1);
            let mut first = inside.filter_map(|rest| rest.split([')', ',']).next());
            first.any(|inside| share(inside).is_some_and(hides))
        };
        self.is("display", &["none"])
            .or_else(|| self.is("visibility", &["hidden", "collapse"]))
            .or_else(|| self.is("content-visibility", &["hidden"]))
            .or_else(|| self.is("mso-hide", &["all"]))
            .or_else(|| self.is("aria-hidden", &["true"]))
            .or_else(|| self.is("color", &["transparent"]))
            .or_else(|| {
                self.with("-webkit-text-fill-color", |v| {
                    v == "transparent" || clear(v)
                })
            })
            .or_else(|| self.with("opacity", nothing))
            .or_else(|| self.with("zoom", nothing))
            .or_else(|| {
                self.with("transform", |v| {
                    ["scale(", "scale3d(", "scalex(", "scaley("]
                        .iter()
                        .any(|name| called(v, name, |n| n.abs() < 0.1))
                })
            })
            .or_else(|| self.with("filter", |v| called(v, "opacity(", |n| n < 0.1)))
            .or_else(|| self.with("clip-path", |v| !is_unset(v)))
            .or_else(|| self.with("clip", |v| !is_unset(v)))
    }

    /// What leaves it no room, or moves it out of sight.
    fn moved(&self) -> Option<String> {
        let cut = self.said("overflow").is_some_and(|o| o == "hidden");
        let placed = ["absolute", "fixed", "relative"];
        let loose = self
            .said("position")
            .is_some_and(|p| placed.contains(&p.as_str()));
        let closed = |property| self.measure(property, |n| n <= 1.0).filter(|_| cut);
        let away = |property| self.measure(property, |n| n.abs() >= FAR).filter(|_| loose);
        let pulled = |property| {
            self.with(property, |v| {
                let mut sides = v.split_whitespace();
                sides.any(|side| number(side).is_some_and(|n| n <= -FAR))
            })
        };
        self.measure("text-indent", |n| n.abs() >= FAR)
            .or_else(|| self.with("letter-spacing", |v| length(v).is_some_and(|n| n < CROWDED)))
            .or_else(|| closed("max-height"))
            .or_else(|| closed("height"))
            .or_else(|| closed("max-width"))
            .or_else(|| closed("width"))
            .or_else(|| away("left"))
            .or_else(|| away("top"))
            .or_else(|| away("right"))
            .or_else(|| away("bottom"))
            .or_else(|| pulled("margin"))
            .or_else(|| pulled("margin-left"))
            .or_else(|| pulled("margin-top"))
            .or_else(|| pulled("margin-right"))
    }
}

fn is_unset(value: &str) -> bool {
    matches!(value, "none" | "auto" | "initial" | "unset" | "inherit")
}

/// The number of a value, its unit left out.
fn number(value: &str) -> Option<f32> {
    let value = value.trim();
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number.trim().parse().ok()
}

/// A part of one, or of a hundred, as part of one.
fn share(value: &str) -> Option<f32> {
    let hundred = value.trim().ends_with('%');
    number(value).map(|n| if hundred { n / 100.0 } else { n })
}

/// A length in pixels.
fn length(value: &str) -> Option<f32> {
    let em = value.trim().ends_with("em");
    number(value).map(|n| if em { n * EM } else { n })
}

/// How solid a colour is, from 0 to 1, where it says so.
pub(super) fn alpha(colour: &str) -> Option<f32> {
    let colour = colour.trim().to_ascii_lowercase();
    if let Some(digits) = colour.strip_prefix('#') {
        let (digits, most) = match digits.len() {
            4 => (digits.get(3..)?, 15.0),
            8 => (digits.get(6..)?, 255.0),
            _ => return None,
        };
        let value = u8::from_str_radix(digits, 16).ok()?;
        return Some(f32::from(value) / most);
    }
    if !(colour.starts_with("rgb") || colour.starts_with("hsl")) {
        return None;
    }
    let inside = colour.split_once('(')?.1.strip_suffix(')')?;
    let parts = inside.split(|c: char| c == ',' || c == '/' || c.is_whitespace());
    share(parts.filter(|part| !part.is_empty()).nth(3)?)
}

#[cfg(test)]
mod tests {
    use super::{alpha, length};

    #[test]
    fn how_solid_a_colour_is() {
        for (colour, expected) in [
            ("#fff", None),
            ("#FFF0", Some(0.0)),
            ("#ffffffff", Some(1.0)),
            ("rgb(1,2,3)", None),
            ("RGBA(1, 2, 3, .5)", Some(0.5)),
            ("hsl(120deg 1% 2% / 50%)", Some(0.5)),
            ("red", None),
        ] {
            assert_eq!(alpha(colour), expected, "{colour}");
        }
        assert_eq!(length("-1em"), Some(-16.0));
        assert_eq!(length("-6px"), Some(-6.0));
    }
}
