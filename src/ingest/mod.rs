//! Ingest: outside bytes become articles. `parse` thinks, `fetch` dials; neither stores anything.

pub mod fetch;
pub mod parse;
