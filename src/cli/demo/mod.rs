//! `courant demo`: the whole of it on an empty machine. A sample newsroom, Courant's own SMTP
//! receiver, one day's digests over a real port, and a page to look at them.
//!
//! It is a configuration of the parts that `serve` uses: nothing outside this folder knows of it.

mod newsroom;
mod pictures;
mod report;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::lock::OwnerLock;
use super::serve::stop_at_signal;
use super::stage::{self, INBOX, LISTEN};
use super::{Exit, Failure, House, parts, show};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::EditionId;
use crate::domain::list::List;
use crate::sink::SinkHandle;
use crate::telemetry;
use newsroom::Newsroom;

/// Flags of `demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// Keep the data in this folder (default: a temporary one that is removed at the end)
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Leave after the sum: exit 0 only if every planned recipient is accounted for
    #[arg(long)]
    once: bool,
    /// Also write every letter that is kept to this folder, as .eml files
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Start the clock at this instant (RFC 3339, 1970 to 2099); it runs on from there
    #[arg(long, value_name = "TIME", value_parser = within_reach)]
    at: Option<Timestamp>,
    /// Fix the keys and the public URL: with --at, the same letters to the byte
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Generate this many more subscribers
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    subscribers: u32,
    /// Print the sum as one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the demo.
pub async fn run(mut demo: Demo, home: Option<&Path>) -> Result<Exit, Failure> {
    telemetry::start("warn", "text");
    // From the first moment, so that an early Ctrl-C still takes the temporary folder away.
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone()));
    demo.data = demo.data.or(home.map(Path::to_owned));
    for folder in demo.data.iter().chain(&demo.out) {
        std::fs::create_dir_all(folder).map_err(|e| {
            Failure::new(Exit::Failed, e)
                .context(format!("cannot make the folder `{}`", folder.display()))
                .hint("name a folder that can be written")
        })?;
    }
    let temporary = tempfile::Builder::new().prefix("courant-demo-").tempdir()?;
    let home = demo
        .data
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let clock = demo.at.map_or_else(Clock::system, Clock::starting_at);
    let start = demo.at.unwrap_or_else(|| clock.now());
    let sink = stage::receiver(if demo.subscribers > 0 { 0 } else { INBOX }).await?;
    let listener = listener(&demo).await?;
    let pages = listener.local_addr()?;
    let house = house(&demo, &home, sink.addr(), pages, clock, start).await?;
    let _lock = OwnerLock::take(&house.config.lock_file())?;

    let newsroom = Newsroom::embedded()?;
    let list = newsroom
        .settle(&house, demo.subscribers as usize, start)
        .await?;
    let editions = plan(&house, &newsroom, &list, start).await?;
    stage::begin(&house).await?;
    let delivery = parts::delivery(&house)?;
    stage::deliver(&house, &delivery, &editions, &stop).await?;

    let sum = stage::tally(&house, &editions).await?;
    let speed = delivery.progress().letters_per_second();
    if demo.json {
        show::json(&report::json(&sum, speed))?;
    } else {
        report::print(&house, &list, &editions, &sum, speed).await?;
        report::next(demo.data.as_deref());
    }
    if let Some(folder) = &demo.out {
        let written = write_letters(folder, &sink)?;
        show::note(&format!(
            "{written} letters written to {}",
            folder.display()
        ));
    }
    let accounted = sum.adds_up() && sum.open == 0;
    if !demo.once && !stop.is_cancelled() {
        publish(&house, start).await?;
        serve(&house, &list, &sink, listener, &demo, stop).await?;
    }
    sink.stop().await;
    house.store.close().await;
    Ok(if accounted { Exit::Done } else { Exit::Partly })
}

/// An instant of the years in which cadences fire.
fn within_reach(text: &str) -> Result<Timestamp, String> {
    let at: Timestamp = text.parse().map_err(|e: jiff::Error| e.to_string())?;
    // 1970-01-01 to 2099-12-31, both in UTC.
    if (0..4_102_444_800).contains(&at.as_second()) {
        return Ok(at);
    }
    Err("it takes a time of the years 1970 to 2099".to_owned())
}

async fn listener(demo: &Demo) -> Result<TcpListener, Failure> {
    match TcpListener::bind(LISTEN).await {
        Ok(listener) => Ok(listener),
        // The letters' links lead to the fixed address, where somebody else answers.
        Err(e) if demo.seed.is_some() && !demo.once => Err(Failure::new(Exit::Failed, e)
            .context(format!(
                "cannot listen on {LISTEN}, to which --seed fixes the letters' links"
            ))
            .hint("stop what listens there, or leave with --once")),
        Err(_) => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            if !demo.once {
                let at = listener.local_addr()?;
                show::note(&format!("{LISTEN} is taken: the pages are on {at}"));
            }
            Ok(listener)
        }
    }
}

/// A data folder that is configured for the receiver and for these pages.
async fn house(
    demo: &Demo,
    home: &Path,
    sink: SocketAddr,
    pages: SocketAddr,
    clock: Clock,
    now: Timestamp,
) -> Result<House, Failure> {
    let public_url = match demo.seed {
        Some(_) => format!("http://{LISTEN}"),
        None => format!("http://{pages}"),
    };
    let config = Config::read(home, "", Vec::new())?;
    let config = stage::staged(config, sink, pages, public_url);
    let database = config.database();
    if database.exists() {
        let words = format!("`{}` holds a database already", home.display());
        return Err(
            Failure::new(Exit::Usage, anyhow::anyhow!(words)).hint(format!(
                "name a new folder: the demo begins with an empty one; to look into this one, \
             `courant --home {} edition list harbour`",
                home.display()
            )),
        );
    }
    let key: [u8; 32] = match demo.seed {
        Some(seed) => Sha256::digest(format!("courant demo, seed {seed}").as_bytes()).into(),
        None => parts::drawn()?,
    };
    if demo.data.is_some() {
        // What is kept can be looked into and gone on with; the receiver that it had is no more.
        let file = home.join(crate::config::FILE);
        if !file.exists() {
            let text = Config::template(config.text("server.public_url"));
            std::fs::write(file, text).map_err(|e| {
                Failure::new(Exit::Failed, e)
                    .context(format!("cannot write into `{}`", home.display()))
            })?;
        }
    }
    stage::open(config, "demo", &key, clock, now).await
}

/// Plans every digest that is due within a day, with the editor's decisions, and lets it leave now.
async fn plan(
    house: &House,
    newsroom: &Newsroom,
    list: &List,
    now: Timestamp,
) -> Result<Vec<EditionId>, Failure> {
    let press = parts::press(house)?;
    let day = SignedDuration::from_hours(24);
    let until = now
        .checked_add(day)
        .map_err(|e| Failure::new(Exit::Usage, e))?;
    let mut editions = Vec::new();
    for wave in house.store.due_waves(until).await? {
        let edition = house
            .store
            .edition_open(list.id, wave.cadence, &wave.run, now)
            .await?
            .id;
        if !editions.contains(&edition) {
            newsroom.decide(house, edition, now).await?;
            editions.push(edition);
        }
        press.plan(&wave, now, now).await?;
    }
    for edition in &editions {
        house.store.send_now(*edition, now).await?;
    }
    Ok(editions)
}

/// Puts the editions of the day into the archive: their letters left before their time.
async fn publish(house: &House, start: Timestamp) -> Result<(), Failure> {
    let press = parts::press(house)?;
    let until = start.checked_add(SignedDuration::from_hours(24));
    let until = until.unwrap_or(start);
    while press.publish(until).await?.0 > 0 {}
    Ok(())
}

fn write_letters(folder: &Path, sink: &SinkHandle) -> Result<usize, Failure> {
    std::fs::create_dir_all(folder)?;
    let mut letters = sink.mailbox().messages();
    letters.sort_by(|a, b| a.recipient.cmp(&b.recipient));
    for letter in &letters {
        let name: String = letter
            .recipient
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        std::fs::write(folder.join(format!("{name}.eml")), &letter.bytes)?;
    }
    Ok(letters.len())
}

async fn serve(
    house: &House,
    list: &List,
    sink: &SinkHandle,
    listener: TcpListener,
    demo: &Demo,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let router = stage::pages(house, list, sink)?;
    let origin = parts::public_url(&house.config);
    let router = pictures::shown_in(router, origin).merge(pictures::routes());
    let kept = demo.data.as_deref();
    let kept = kept.map(|folder| format!("The data stays in {}", folder.display()));
    stage::serve(listener, router, kept, stop).await
}
