//! The themes that are part of the program, by their short names.

/// Every embedded theme, the default first.
pub const EMBEDDED: &[&str] = &[crate::domain::letter::THEME, "brief"];
