//! The command line: what may be typed, what it exits with, and how an error is shown.
//!
//! A command turns flags into domain values, calls one verb and shows the outcome. Data goes to
//! stdout, all else to stderr.

pub mod admin;
pub mod article;
pub mod audit;
pub mod campaign;
pub mod consent;
pub mod creative;
pub mod delivery;
pub mod demo;
pub mod dkim;
pub mod doctor;
pub mod edition;
pub mod editor;
pub mod failure;
pub mod flight;
pub mod house;
pub mod init;
pub mod invoice;
pub mod list;
pub mod lock;
pub mod parts;
pub mod place;
pub mod relay;
pub mod restore;
pub mod schedule;
pub mod sending;
pub mod serve;
pub mod show;
pub mod sink;
pub mod source;
pub mod sponsor;
pub mod stage;
pub mod story;
pub mod subscriber;
pub mod template;
pub mod topic;
mod topic_model;
pub mod try_out;
pub mod typed;
pub mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::{Exit, Failure};
pub use house::House;

/// A personal digest for every subscriber, at the hour they asked for.
#[derive(Parser, Debug)]
#[command(
    name = "courant",
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Versions of Courant, its time zone database, its schema and SQLite
    #[arg(short = 'V', long)]
    version: bool,

    /// Data folder: courant.toml, the database, the keys (default: COURANT_HOME, else this folder)
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Write a whole copy of the database to a new file, its journal and the topic models beside it
    ///
    /// Others may work meanwhile. Keep `courant.key` with it. The folder `pictures` is not in it: what it lacks is made again.
    Backup {
        /// A file that is not there yet
        file: PathBuf,
    },
    /// What belongs to the machine: options, where they come from, what is missing
    #[command(subcommand)]
    Config(admin::ConfigVerb),
    /// A sample newsroom, its digests sent to a receiver of our own, and a page to look at them
    Demo(demo::Demo),
    /// Look at everything that real mail needs: configuration, database, keys, pages, relay, DNS
    ///
    /// Each finding has a hint, and where DNS is at fault the record to publish. Nothing is changed,
    /// nothing is sent. Exits with 5 where there are problems.
    Doctor(doctor::Doctor),
    /// Make a data folder: configuration, database, keys
    Init(init::Init),
    /// Back the database up, then bring it up to date in one transaction
    Migrate,
    /// Put a copy in the database's place; it starts paused, and who left since stays away
    ///
    /// Topic models that the copy has beside it take the place of this folder's, which are kept.
    Restore(restore::RestoreArgs),
    /// Fetch, plan, send and serve the pages, until SIGTERM or Ctrl-C
    Serve(serve::Serve),
    /// Your own site as tomorrow's digest: its feeds, its topics, three made-up readers, their letters
    ///
    /// Nothing is sent and nothing is kept, unless --save names a folder to go on with.
    Try(try_out::Try),
    /// What sources brought, and handing articles in
    #[command(subcommand)]
    Article(article::Verb),
    /// The orders of sponsors
    #[command(subcommand)]
    Campaign(campaign::Verb),
    /// Who did what, when and why; and whether the rows are as they were written
    #[command(subcommand)]
    Audit(audit::Verb),
    /// Receipts of consent: who agreed to mail, when, how
    #[command(subcommand)]
    Consent(consent::Verb),
    /// The texts of sponsors' flights
    #[command(subcommand)]
    Creative(creative::Verb),
    /// Who got an edition, who did not, and the server's words
    #[command(subcommand)]
    Delivery(delivery::Verb),
    /// The keys that sign letters, and the DNS records that make them known
    #[command(subcommand)]
    Dkim(dkim::Verb),
    /// Editions: plan, look at, decide, send, account for
    #[command(subcommand)]
    Edition(edition::Verb),
    /// People of the desk: accounts, roles, ways in
    #[command(subcommand)]
    Editor(editor::Verb),
    /// What sponsors booked, and what it came to
    #[command(subcommand)]
    Flight(flight::Verb),
    /// What is owed for flights
    #[command(subcommand)]
    Invoice(invoice::Verb),
    /// Newsletters: their settings and when they go out
    #[command(subcommand)]
    List(list::Verb),
    /// Places that subscribers may follow
    #[command(subcommand)]
    Place(place::Verb),
    /// The way that letters leave
    #[command(subcommand)]
    Relay(relay::Verb),
    /// When a cron expression fires, clock changes included
    #[command(subcommand)]
    Schedule(schedule::Verb),
    /// Whether letters may leave at all: pause, resume
    #[command(subcommand)]
    Sending(sending::Verb),
    /// A receiver for trying things out: takes mail, delivers nothing, fails as it is asked to
    Sink(Box<sink::Sink>),
    /// Where articles come from
    #[command(subcommand)]
    Source(source::Verb),
    /// Who pays for blocks
    #[command(subcommand)]
    Sponsor(sponsor::Verb),
    /// Which articles tell the same, why, and editors' word on it
    #[command(subcommand)]
    Story(story::Verb),
    /// People, and what each asked of a list
    #[command(subcommand)]
    Subscriber(subscriber::Verb),
    /// What letters are made of: themes listed, checked, written out, begun; MJML rendered
    #[command(subcommand)]
    Template(template::Verb),
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
    if cli.version {
        return admin::version().await;
    }
    let Some(command) = cli.command else {
        return Err(Failure::usage("no command").hint("`courant --help` lists them"));
    };
    match command {
        Command::Backup { file } => admin::backup(file, home).await,
        Command::Config(verb) => admin::config(verb, home).await,
        Command::Demo(flags) => demo::run(flags, home).await,
        Command::Doctor(flags) => doctor::run(flags, home).await,
        Command::Init(flags) => init::run(flags, home).await,
        Command::Migrate => admin::migrate(home).await,
        Command::Restore(args) => restore::run(args, home).await,
        Command::Serve(flags) => serve::run(flags, home).await,
        Command::Try(flags) => try_out::run(flags, home).await,
        Command::Article(verb) => article::run(verb, home).await,
        Command::Campaign(verb) => campaign::run(verb, home).await,
        Command::Audit(verb) => audit::run(verb, home).await,
        Command::Consent(verb) => consent::run(verb, home).await,
        Command::Creative(verb) => creative::run(verb, home).await,
        Command::Delivery(verb) => delivery::run(verb, home).await,
        Command::Dkim(verb) => dkim::run(verb, home).await,
        Command::Edition(verb) => edition::run(verb, home).await,
        Command::Editor(verb) => editor::run(verb, home).await,
        Command::Flight(verb) => flight::run(verb, home).await,
        Command::Invoice(verb) => invoice::run(verb, home).await,
        Command::List(verb) => list::run(verb, home).await,
        Command::Place(verb) => place::run(verb, home).await,
        Command::Relay(verb) => relay::run(verb, home).await,
        Command::Schedule(verb) => schedule::run(verb, home).await,
        Command::Sending(verb) => sending::run(verb, home).await,
        Command::Sink(flags) => sink::run(*flags, home).await,
        Command::Source(verb) => source::run(verb, home).await,
        Command::Sponsor(verb) => sponsor::run(verb, home).await,
        Command::Story(verb) => story::run(verb, home).await,
        Command::Subscriber(verb) => subscriber::run(verb, home).await,
        Command::Template(verb) => template::run(verb, home).await,
        Command::Topic(verb) => topic::run(verb, home).await,
    }
}
