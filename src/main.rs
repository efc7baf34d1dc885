//! The `courant` binary: parse, call, exit.

use std::process::ExitCode;

use clap::Parser;
use courant::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    let _places = courant::faults::listen();
    cli::run(Cli::parse()).await
}
