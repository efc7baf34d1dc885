//! The command line: what may be typed, what it exits with, and how an error is shown.
//!
//! A command turns flags into domain values, calls one verb and shows the outcome. Data goes to
//! stdout, all else to stderr.

pub mod article;
pub mod creative;
pub mod failure;
pub mod flight;
pub mod house;
pub mod list;
pub mod place;
pub mod schedule;
pub mod show;
pub mod source;
pub mod sponsor;
pub mod subscriber;
pub mod topic;
pub mod typed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::{Exit, Failure};
pub use house::House;

/// A personal digest for every subscriber, at the hour they asked for.
#[derive(Parser, Debug)]
#[command(name = "courant", disable_version_flag = true, max_term_width = 100)]
pub struct Cli {
    /// Data folder: courant.toml, the database, the keys (default: COURANT_HOME, else this folder)
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// What sources brought, and handing articles in
    #[command(subcommand)]
    Article(article::Verb),
    /// The texts of sponsors' flights
    #[command(subcommand)]
    Creative(creative::Verb),
    /// What sponsors booked, and what it came to
    #[command(subcommand)]
    Flight(flight::Verb),
    /// Newsletters: their settings and when they go out
    #[command(subcommand)]
    List(list::Verb),
    /// Places that subscribers may follow
    #[command(subcommand)]
    Place(place::Verb),
    /// When a cron expression fires, clock changes included
    #[command(subcommand)]
    Schedule(schedule::Verb),
    /// Where articles come from
    #[command(subcommand)]
    Source(source::Verb),
    /// Who pays for blocks
    #[command(subcommand)]
    Sponsor(sponsor::Verb),
    /// People, and what each asked of a list
    #[command(subcommand)]
    Subscriber(subscriber::Verb),
    /// Topics that subscribers may follow
    #[command(subcommand)]
    Topic(topic::Verb),
}

/// Parses, runs, and turns the outcome into an exit code.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(exit) => exit.into(),
        Err(failure) => {
            failure.print();
            failure.exit.into()
        }
    }
}

async fn dispatch(cli: Cli) -> Result<Exit, Failure> {
    let home = cli.home.as_deref();
    match cli.command {
        Command::Article(verb) => article::run(verb, home).await,
        Command::Creative(verb) => creative::run(verb, home).await,
        Command::Flight(verb) => flight::run(verb, home).await,
        Command::List(verb) => list::run(verb, home).await,
        Command::Place(verb) => place::run(verb, home).await,
        Command::Schedule(verb) => schedule::run(verb, home).await,
        Command::Source(verb) => source::run(verb, home).await,
        Command::Sponsor(verb) => sponsor::run(verb, home).await,
        Command::Subscriber(verb) => subscriber::run(verb, home).await,
        Command::Topic(verb) => topic::run(verb, home).await,
    }
}
