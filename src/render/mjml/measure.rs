//! Measures of MJML: which attributes are lengths and counts, and whether a value is one.

/// Attributes whose names end otherwise.
const NAMES: &[&str] = &["gap", "cellpadding", "cellspacing", "icon-size"];
/// How attributes end that are lengths.
const ENDS: &[&str] = &[
    "width",
    "height",
    "padding",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "font-size",
    "border-radius",
    "letter-spacing",
];
/// Units of CSS.
const UNITS: &[&str] = &[
    "", "px", "%", "em", "rem", "pt", "ex", "ch", "vw", "vh", "cm", "mm", "in", "pc", "q",
];
/// Words of CSS that stand for a length.
const WORDS: &[&str] = &[
    "auto",
    "inherit",
    "initial",
    "unset",
    "normal",
    "none",
    "thin",
    "medium",
    "thick",
    "smaller",
    "larger",
    "small",
    "large",
    "x-small",
    "x-large",
    "xx-small",
    "xx-large",
    "full-width",
    "!important",
];

/// Whether an attribute's value is a measure.
pub(super) fn is_asked(attribute: &str) -> bool {
    // `full-width="full-width"` is a switch.
    let switch = attribute == "full-width";
    !switch && (NAMES.contains(&attribute) || ENDS.iter().any(|end| attribute.ends_with(end)))
}

/// Whether a value can be a measure: lengths, words for them, or what CSS works out. Nothing is one,
/// too, as MJML reads it.
pub(super) fn fits(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    if value.contains('(') {
        return ["calc(", "min(", "max(", "clamp(", "var("]
            .iter()
            .any(|f| value.contains(f));
    }
    let parts = value.split(|c: char| c.is_ascii_whitespace() || c == '/');
    parts
        .filter(|part| !part.is_empty())
        .all(|part| WORDS.contains(&part) || length(part))
}

fn length(part: &str) -> bool {
    let digits = part.trim_start_matches(['-', '+']);
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, unit) = digits.split_at(end.unwrap_or(digits.len()));
    number.parse::<f64>().is_ok() && UNITS.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::{fits, is_asked};

    #[test]
    fn measures_are_told_from_words() {
        for value in [
            "",
            "0",
            "600",
            "600px",
            "33.3%",
            "-1px",
            ".5em",
            "10px 25px",
            "auto",
            "1.5",
            "calc(100% - 2px)",
            "50% / 10px",
            "13PX",
        ] {
            assert!(fits(value), "{value}");
        }
        for value in ["abc", "12 px", "1q1", "px", "10px solid", "url(x)", "--"] {
            assert!(!fits(value), "{value}");
        }
        assert!(is_asked("width") && is_asked("inner-padding") && is_asked("icon-size"));
        assert!(!is_asked("full-width") && !is_asked("border") && !is_asked("color"));
    }
}
