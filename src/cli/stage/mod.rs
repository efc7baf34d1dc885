//! What trying Courant out needs and sending does not: a data folder made on the spot, a receiver of
//! our own that its letters go to, and the pages that show them.

pub mod inbox;

use std::collections::BTreeSet;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Exit, Failure, House, parts, sending, show};
use crate::clock::Clock;
use crate::config::Config;
use crate::deliver::{Delivery, Ended};
use crate::disk::create_private;
use crate::domain::EditionId;
use crate::domain::delivery::Tally;
use crate::domain::list::List;
use crate::domain::time::Timestamp;
use crate::feedback::link::Keyring;
use crate::sink::{Sink, SinkHandle, SinkSettings};
use crate::store::Store;
use crate::web;

/// Letters that the inbox keeps.
pub const INBOX: usize = 1000;
/// Where the pages listen, if that port is free.
pub const LISTEN: &str = "127.0.0.1:8025";

/// A receiver that keeps what it is given, with the journal of so many letters.
pub async fn receiver(journal: usize) -> Result<SinkHandle, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let settings = SinkSettings {
        keep: INBOX,
        journal,
        ..SinkSettings::default()
    };
    Sink::start(listener, settings).map_err(|e| Failure::new(Exit::Failed, e))
}

/// Where the pages are shown: the usual port, or another one that is free.
pub async fn listener() -> Result<TcpListener, Failure> {
    match TcpListener::bind(LISTEN).await {
        Ok(listener) => Ok(listener),
        Err(_) => Ok(TcpListener::bind("127.0.0.1:0").await?),
    }
}

/// A configuration whose letters go to a receiver on this machine and whose pages are these.
pub fn staged(config: Config, sink: SocketAddr, pages: SocketAddr, public_url: String) -> Config {
    config
        .with("server.listen", pages.to_string())
        .with("server.public_url", public_url)
        .with("smtp.host", "127.0.0.1")
        .with("smtp.port", sink.port().to_string())
        .with("smtp.tls", "none")
        .with("smtp.connections", "16")
        .with("delivery.retry", "1s")
}

/// Makes the key file and the database that a configuration names.
pub async fn open(
    config: Config,
    instance: &str,
    key: &[u8; 32],
    clock: Clock,
    now: Timestamp,
) -> Result<House, Failure> {
    let text = Keyring::file_text(instance, key);
    let home = config.home().display().to_string();
    let written = create_private(&config.key_file()).and_then(|mut f| f.write_all(text.as_bytes()));
    written.map_err(|e| {
        Failure::new(Exit::Failed, e).context(format!("cannot write into `{home}`"))
    })?;
    let keys = Keyring::parse(&text).map_err(|e| Failure::new(Exit::Config, e))?;
    let store = Store::create(&config.database(), instance, now).await?;
    Ok(House {
        config,
        store,
        keys,
        clock,
    })
}

/// What every owner does first. In a folder that was another's it may ask, and nobody would answer.
pub async fn begin(house: &House) -> Result<(), Failure> {
    sending::begin(house).await?;
    match house.store.paused().await? {
        Some(paused) => Err(Failure::failed(sending::words(&paused)).hint("name a new folder")),
        None => Ok(()),
    }
}

/// The sum over some editions, from rows.
pub async fn tally(house: &House, editions: &[EditionId]) -> Result<Tally, Failure> {
    let mut sum = Tally::default();
    // One who is passed over in two editions of a day is one person.
    let mut skipped = BTreeSet::new();
    for edition in editions {
        let skips = house.store.skips(*edition).await?;
        skipped.extend(skips.into_iter().map(|(subscription, _)| subscription));
        let tally = house.store.tally(*edition).await?;
        sum.planned += tally.planned;
        sum.accepted += tally.accepted;
        sum.refused += tally.refused;
        sum.withheld += tally.withheld;
        sum.uncertain += tally.uncertain;
        sum.deferred += tally.deferred;
        sum.open += tally.open;
        sum.asking += tally.asking;
    }
    sum.skipped = i64::try_from(skipped.len()).unwrap_or(i64::MAX);
    Ok(sum)
}

/// Sends until nothing is open, deferred letters included.
pub async fn deliver(
    house: &House,
    delivery: &Delivery,
    editions: &[EditionId],
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let progress = delivery.progress();
    let bar = bar(house, editions).await?;
    let shown = {
        let (bar, stop) = (bar.clone(), stop.child_token());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                bar.set_position(progress.settled.load(Ordering::Relaxed));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    };
    loop {
        let ended = delivery.run(None, stop).await;
        let ended = ended.map_err(|e| Failure::new(Exit::Database, e))?;
        if ended == Ended::Stopped || tally(house, editions).await?.open == 0 {
            break;
        }
        let next = house.store.next_not_before().await?;
        let ms = next.map_or(100, |at| {
            at.as_millisecond() - house.clock.now().as_millisecond()
        });
        let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0).clamp(10, 1000));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => break,
        }
    }
    shown.abort();
    bar.finish_and_clear();
    Ok(())
}

async fn bar(house: &House, editions: &[EditionId]) -> Result<indicatif::ProgressBar, Failure> {
    let tally: Tally = tally(house, editions).await?;
    let total = u64::try_from(tally.planned).unwrap_or(0);
    if total < 100 {
        return Ok(indicatif::ProgressBar::hidden());
    }
    let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} letters {per_sec}");
    Ok(indicatif::ProgressBar::new(total)
        .with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())))
}

/// The pages of a data folder, with the letters that a receiver has of one list.
pub fn pages(house: &House, list: &List, sink: &SinkHandle) -> Result<Router, Failure> {
    let pages = parts::pages(house)?;
    let words = pages.words.clone();
    let source = inbox::Inbox {
        house: house.clone(),
        list: list.clone(),
        mailbox: sink.mailbox(),
        press: parts::press(house)?,
        at: house.clock.now(),
    };
    Ok(web::router(pages).merge(web::inbox::routes(Arc::new(source), words)))
}

/// Shows pages until somebody stops it; `kept` is said of what stays.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    kept: Option<String>,
    stop: CancellationToken,
) -> Result<(), Failure> {
    let at = listener.local_addr()?;
    show::note(&format!("\nLook at the letters: http://{at}/inbox"));
    if let Some(kept) = kept {
        show::note(&kept);
    }
    show::note("Ctrl-C ends it.");
    web::serve(listener, inbox::at_the_front(router), stop).await?;
    Ok(())
}
