//! `courant try URL`: a publisher's own site as tomorrow's digest. Its feeds are found, topics proposed
//! from their categories, three made-up readers planned for, and their letters shown on a loopback page.
//! Nothing leaves this machine, and nothing is kept unless a folder is named.

mod readers;
mod report;
mod settle;
mod site;

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::house::folder;
use super::serve::stop_at_signal;
use super::source::discover::none;
use super::{Exit, Failure, House, parts, show, stage, typed};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::domain::EditionId;
use crate::domain::list::List;
use crate::domain::time::{Timestamp, Zone};
use crate::ingest::discover::{Discovered, discover};
use crate::telemetry;
use site::{Site, SiteZone, ZoneFrom};

/// Flags of `try`.
#[derive(Args, Debug)]
pub struct Try {
    /// A page of your site, or a feed; without `https://` it is put before it
    #[arg(value_name = "URL")]
    site: String,
    /// Make this folder a working one: configuration, list, sources, topics, articles; no readers
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
    /// Leave after the summary instead of showing the letters
    #[arg(long)]
    once: bool,
    /// Let the site be on this machine or a private network, and on ports from 1024 on
    #[arg(long)]
    private_network: bool,
    /// IANA zone of its readers' clocks, such as Europe/Berlin; else this machine's
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Most feeds that are taken
    #[arg(long, value_name = "N", default_value_t = 6,
        value_parser = clap::value_parser!(u8).range(1..=20))]
    feeds: u8,
    /// The summary as one JSON object
    #[arg(long)]
    json: bool,
}

/// Tries a site out.
pub async fn run(args: Try, home: Option<&Path>) -> Result<Exit, Failure> {
    telemetry::start("warn", "text");
    // From the first moment, so that an early Ctrl-C still takes the temporary folder away.
    let stop = CancellationToken::new();
    tokio::spawn(stop_at_signal(stop.clone()));
    let temporary = tempfile::Builder::new().prefix("courant-try-").tempdir()?;
    tried(&args, temporary.path(), home, &stop).await
}

async fn tried(
    args: &Try,
    temporary: &Path,
    home: Option<&Path>,
    stop: &CancellationToken,
) -> Result<Exit, Failure> {
    let url = typed::site(&args.site)?;
    if let Some(folder) = &args.save {
        settle::refuse_used(folder)?;
    }
    let zone = zone(args.zone.as_deref())?;
    let clock = Clock::system();
    let now = clock.now();
    let found = find(args, &url, home, stop, now).await?;
    let site = Site::of(&url, found, zone, args.private_network);
    let (recent, old) = site.as_if_new(now);

    let sink = stage::receiver(stage::INBOX).await?;
    let listener = stage::listener().await?;
    let pages = listener.local_addr()?;
    let config = Config::read(temporary, "", Vec::new())?;
    let config = stage::staged(config, sink.addr(), pages, format!("http://{pages}"));
    let house = stage::open(config, "try", &parts::drawn()?, clock, now).await?;
    let list = settle::settle(&house, &recent, Some(&old), now).await?;
    readers::add(&house, &list, &recent.topics, now).await?;
    let editions = plan(&house, &list, now).await?;
    stage::begin(&house).await?;
    stage::deliver(&house, &parts::delivery(&house)?, &editions, stop).await?;

    let sum = stage::tally(&house, &editions).await?;
    let summary = report::Summary::of(&house, &list, (&site, &old), &editions, &sink).await?;
    match args.json {
        true => show::json(&summary)?,
        false => summary.print()?,
    }
    let mut kept = None;
    if let Some(folder) = &args.save {
        kept = Some(settle::save(folder, &site, clock).await?);
    }
    if !args.once && !stop.is_cancelled() {
        let router = stage::pages(&house, &list, &sink)?;
        stage::serve(listener, router, kept, stop.clone()).await?;
    } else if let Some(kept) = kept {
        show::note(&kept);
    }
    sink.stop().await;
    house.store.close().await;
    match sum.planned > 0 && sum.adds_up() && sum.open == 0 {
        true => Ok(Exit::Done),
        false => Ok(Exit::Partly),
    }
}

/// The zone of the readers: the one that is typed, else this machine's, else UTC.
fn zone(typed: Option<&str>) -> Result<SiteZone, Failure> {
    let (zone, from) = match typed {
        Some(name) => (Zone::parse(name)?, ZoneFrom::Typed),
        None => match config::zone::machine() {
            Some(zone) => (zone, ZoneFrom::Machine),
            None => (Zone::utc(), ZoneFrom::Default),
        },
    };
    Ok(SiteZone { zone, from })
}

/// The site's feeds, one at least.
async fn find(
    args: &Try,
    url: &str,
    home: Option<&Path>,
    stop: &CancellationToken,
    now: Timestamp,
) -> Result<Discovered, Failure> {
    // Who we are to publishers is the machine's own word, where there is one.
    let fetcher = parts::fetcher(&Config::load(&folder(home))?);
    let most = usize::from(args.feeds);
    let looking = discover(&fetcher, url, args.private_network, most, now);
    let busy = show::busy("looking for feeds");
    // Whoever stops it need not wait for the site's answers.
    let found = tokio::select! {
        found = looking => found,
        () = stop.cancelled() => return Err(Failure::failed("stopped; nothing was kept")),
    };
    busy.finish_and_clear();
    let found = found?;
    for missed in &found.missed {
        show::note(&format!("no feed: {}: {}", missed.url, missed.why));
    }
    match found.feeds.is_empty() {
        true => Err(none(url, &found)),
        false => Ok(found),
    }
}

/// Plans every digest that is due within a day, and lets it leave now.
async fn plan(house: &House, list: &List, now: Timestamp) -> Result<Vec<EditionId>, Failure> {
    let press = parts::press(house)?;
    let until = now
        .checked_add(SignedDuration::from_hours(24))
        .map_err(|e| Failure::new(Exit::Failed, e))?;
    let mut editions = Vec::new();
    for wave in house.store.due_waves(until).await? {
        let opened = house
            .store
            .edition_open(list.id, wave.cadence, &wave.run, now);
        let edition = opened.await?.id;
        if !editions.contains(&edition) {
            editions.push(edition);
        }
        press.plan(&wave, now, now).await?;
    }
    for edition in &editions {
        house.store.send_now(*edition, now).await?;
    }
    Ok(editions)
}
