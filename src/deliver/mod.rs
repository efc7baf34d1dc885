//! Delivery: letters become mail, replies become verdicts.
pub mod policy;
pub mod smtp;
