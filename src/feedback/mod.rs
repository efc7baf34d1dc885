//! What comes back from readers and their mailboxes.

pub mod link;
pub mod verp;
