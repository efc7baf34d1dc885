//! One integration-test binary: it links once.

mod cron;
mod store;
mod store_content;
mod support;
