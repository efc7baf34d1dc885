//! Courant turns a stream of articles into a personal digest for every subscriber.
pub mod domain;
pub mod ingest;
pub mod topics;
