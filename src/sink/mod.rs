//! The SMTP receiver of the demo, the tests and the benches.
