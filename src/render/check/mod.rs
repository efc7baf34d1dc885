//! What can be known of a template before any reader is concerned, and of a letter before it leaves:
//! findings with their file, line and what to do.

mod conditions;
mod css;
mod features;
mod finding;
mod known;
mod letter;
mod makeup;
mod markup;
pub mod schema;
mod styles;
mod theme;
mod values;
mod walk;

pub use finding::{Finding, Severity};
pub use letter::{Expected, letter_findings, sponsor_label};
pub use makeup::Makeup;
pub(super) use theme::refuse;
pub use theme::theme;

#[cfg(test)]
mod tests;
