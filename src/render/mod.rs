//! From a page to a letter: MJML blocks are compiled once, every digest only fills them in.
//!
//! Templates, their words and nothing else are frozen with a wave ([`TemplateSet`]). Rendering never
//! drops or shortens a story, knows no store and no clock, and escapes each text where it stands.

mod bare;
pub mod check;
mod clean;
mod compile;
mod cuts;
mod engine;
mod error;
mod galley;
mod include;
mod marks;
pub mod mjml;
pub mod overlay;
mod page;
pub mod printed;
mod quotes;
mod renderer;
mod said;
pub mod sample;
mod script;
mod splice;
pub mod theme;
mod trial;
mod variant;
mod view;
pub mod welcome;
pub mod words;
mod wrap;

pub use clean::one_line;
pub use compile::{TEMPLATE_FORMAT, TemplateSet, compile};
pub use error::{Bound, RenderError};
pub use galley::{Galley, Issue, Laid, Part, Sheet, Weight};
pub use include::Place;
pub use page::{Links, Page, PageReason, PageSponsor, PageStory, Spot, slot_positions, spots};
pub use renderer::Renderer;
pub use theme::Sources;
pub use variant::Variant;

/// The program's version and the format of frozen templates: a letter that another renderer made may
/// differ in its bytes.
pub const RENDERER_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+t2");
