//! Logging: where events go and how they look. What is logged is said where it happens; addresses
//! and tokens never are.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Sets logging up, once, on stderr. `format` is `text`, `json` or `auto` (text on a terminal).
pub fn start(level: &str, format: &str) {
    let filter = EnvFilter::new(format!("courant={level},warn"));
    let base = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let json = match format {
        "json" => true,
        "text" => false,
        _ => !std::io::stderr().is_terminal(),
    };
    // A second start in one process keeps the first one's ways.
    let _ = match json {
        true => base.json().flatten_event(true).try_init(),
        false => base.with_target(false).try_init(),
    };
}
