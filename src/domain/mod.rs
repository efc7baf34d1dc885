//! The ground: what Courant talks about.
pub mod time;
