//! Courant turns a publisher's stream of articles into a personal digest for every subscriber.
pub mod clock;
pub mod domain;
pub mod feedback;
pub mod store;
