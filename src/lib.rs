//! Courant turns a publisher's stream of articles into a personal digest for every subscriber.
//!
//! The rooms, from the ground up; a room looks down, never up (ARCHITECTURE.md, kept by
//! `tests/it/house.rs`).

// ground
pub mod domain;
// thinking and hands, by subject; each file's floor stands in ARCHITECTURE.md
pub mod clock;
pub mod feedback;
pub mod ingest;
pub mod store;
pub mod stories;
pub mod topics;
// doors
pub mod cli;
pub mod config;
