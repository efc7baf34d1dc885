//! One integration-test binary: it links once.

mod cron;
mod store_content;
