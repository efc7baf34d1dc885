//! How people of the desk prove who they are: passwords and codes. Pure: salt and time are arguments.

pub mod password;
pub mod totp;
