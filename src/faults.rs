//! Named places at which a test makes the process die, as a power cut would.
//!
//! They do nothing in a build that `cargo test` did not make: there the crate's feature is off, and
//! a place is no more than its name.

/// Dies here if FAILPOINTS says so: `FAILPOINTS="after_dot=3*off->return"` lets the place pass three
/// times. Without a word to anybody: no destructor runs, nothing is flushed.
pub fn die_at(place: &'static str) {
    let _ = place;
    fail::fail_point!(place, |_| std::process::abort());
}

/// Reads FAILPOINTS, where the build knows of them. What is returned ends them when it is dropped.
pub fn listen() -> Option<impl Drop> {
    fail::has_failpoints().then(fail::FailScenario::setup)
}
