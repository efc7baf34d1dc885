//! From a letter to bytes on the wire.
pub mod message;
