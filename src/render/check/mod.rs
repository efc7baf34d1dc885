//! What can be known of a template before any reader is concerned, and of a letter before it leaves:
//! findings with their file, line and what to do.

mod cascade;
mod colour;
mod conditions;
mod css;
mod features;
mod finding;
pub mod kind;
mod known;
mod letter;
mod links;
mod makeup;
mod markup;
mod must;
mod names;
mod samples;
pub mod schema;
mod sight;
mod styles;
mod theme;
mod turns;
mod uses;
mod values;
mod veils;
mod walk;

pub use finding::{Finding, Severity};
pub use letter::{Expected, letter_findings, sponsor_label};
pub use makeup::Makeup;
pub(super) use must::hidden;
pub use names::{Name, names};
pub(super) use theme::refuse;
pub use theme::theme;

#[cfg(test)]
mod tests;
