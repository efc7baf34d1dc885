//! Courant turns a stream of articles into a personal digest for every subscriber.
pub mod deliver;
pub mod domain;
pub mod sink;
