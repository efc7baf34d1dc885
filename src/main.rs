//! The `courant` binary: parse, call, exit.

use std::process::ExitCode;

use clap::Parser;
use courant::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Cli::parse()).await
}
