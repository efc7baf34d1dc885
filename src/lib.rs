//! Courant turns a publisher's stream of articles into a personal digest for every subscriber.
//!
//! The rooms, from the ground up; a room looks down, never up (ARCHITECTURE.md has the map, and
//! `tests/it/house.rs` keeps it).

// The ground.
pub mod domain;
pub mod faults;
// Thinking, hands and work, by subject: each file's floor stands in ARCHITECTURE.md.
pub mod clock;
pub mod deliver;
pub mod disk;
pub mod dns;
pub mod entry;
pub mod feedback;
pub mod import;
pub mod ingest;
pub mod journal;
pub mod mark;
pub mod pictures;
pub mod places;
pub mod press;
pub mod proof;
pub mod render;
pub mod schedule;
pub mod select;
pub mod sink;
pub mod sponsors;
pub mod store;
pub mod stories;
pub mod themes;
pub mod topic_models;
pub mod topics;
// Doors.
pub mod cli;
pub mod config;
pub mod telemetry;
pub mod web;
