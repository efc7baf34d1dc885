//! From a page to a letter: MJML blocks are compiled once, every digest only fills them in.
//!
//! Templates, their words and nothing else are frozen with a wave ([`TemplateSet`]). Rendering never
//! drops or shortens a story, knows no store and no clock, and escapes each text where it stands.

mod clean;
mod compile;
mod error;
mod include;
mod page;
mod protect;
mod renderer;
pub mod sample;
pub mod theme;
mod view;
pub mod words;

pub use clean::{one_line, safe_link};
pub use compile::{Sources, TEMPLATE_FORMAT, TemplateSet, compile};
pub use error::RenderError;
pub use page::{Links, Page, PageReason, PageSponsor, PageStory, slot_positions};
pub use renderer::Renderer;

/// The program's version and the format of frozen templates: a letter that another renderer made may
/// differ in its bytes.
pub const RENDERER_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+t1");
