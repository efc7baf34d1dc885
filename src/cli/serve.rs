//! `courant serve`: the parts put together, run, and stopped in reverse.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::lock::OwnerLock;
use super::{Exit, Failure, House, dkim, parts, sending, show};
use crate::ingest::fetch::Fetcher;
use crate::schedule::Schedule;
use crate::telemetry;
use crate::web;

/// How long the pages may take to finish what they are at.
const PAGES_END: Duration = Duration::from_secs(10);
/// How long the database has to close after its disk failed.
const FAULT_CLOSE: Duration = Duration::from_secs(5);

/// Flags of `serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// Plan and serve pages, but fetch no sources
    #[arg(long)]
    no_fetch: bool,
}

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(serve: Serve, home: Option<&Path>) -> Result<Exit, Failure> {
    let mut house = House::open(home).await?;
    // What it does from now on is nobody's deed, or an editor's.
    house.store = house.store.by_itself();
    telemetry::start(
        house.config.text("log.level"),
        house.config.text("log.format"),
    );
    refuse_incomplete(&house).await?;
    let _lock = OwnerLock::take(&house.config.lock_file())?;
    let listen = house.config.text("server.listen").to_owned();
    let listener = TcpListener::bind(&listen).await.map_err(|e| {
        Failure::new(Exit::Failed, e)
            .context(format!("cannot listen on {listen}"))
            .hint("set server.listen to an address of this machine that is free")
    })?;
    // The port that it got, where any was asked for.
    let listen = listener.local_addr().map_or(listen, |a| a.to_string());
    let stop = CancellationToken::new();
    let fetcher = (!serve.no_fetch).then(|| parts::fetcher(&house.config));
    for line in sending::begin(&house).await? {
        tracing::warn!("{line}");
    }
    if let Some(words) = parts::clock_behind(&house).await? {
        tracing::warn!("{words} ({})", parts::CLOCK_HINT);
    }
    let schedule = schedule(&house, fetcher)?;
    let doubt = schedule.delivery.recover().await?;
    if doubt > 0 {
        tracing::warn!(letters = doubt, "letters were in doubt since the last stop");
    }
    house.store.signups_recover().await?;
    house.store.link_mails_recover().await?;
    house.store.login_links_recover().await?;
    let router = web::router(parts::pages(&house)?);
    let pages = tokio::spawn(web::serve(listener, router, stop.clone()));
    tracing::info!(%listen, "courant serves");
    tokio::spawn(stop_at_signal(stop.clone()));
    let ended = schedule.run(&stop).await;
    if tokio::time::timeout(PAGES_END, pages).await.is_err() {
        tracing::warn!("pages did not end in time");
    }
    match &ended {
        Ok(()) => house.store.close().await,
        // Nothing is left to fold into the file, and a connection to a disk that failed may never
        // come back.
        Err(_) => {
            if tokio::time::timeout(FAULT_CLOSE, house.store.close())
                .await
                .is_err()
            {
                tracing::warn!("the database did not close in time");
            }
        }
    }
    ended.map_err(|e| Failure::from(e).context("stopped: the disk failed"))?;
    show::note("stopped");
    Ok(Exit::Done)
}

/// The scheduler of an opened data folder.
pub fn schedule(house: &House, fetcher: Option<Fetcher>) -> Result<Schedule, Failure> {
    Ok(Schedule {
        pictures: fetcher.as_ref().map(|_| parts::pictures(house)),
        press: parts::press(house)?,
        delivery: parts::delivery(house)?,
        fetcher,
        notices: parts::notices(house)?,
        confirmations: Some(parts::confirmations(house)?),
        clock: house.clock,
    })
}

/// A machine that cannot send is not served; neither is one of which no list can. A list that is half
/// made keeps no other from being served.
async fn refuse_incomplete(house: &House) -> Result<(), Failure> {
    let mut missing = parts::missing_of_machine(house).await?;
    let lists = house.store.lists().await?;
    let unmade: Vec<_> = lists.iter().map(parts::missing_of_list).collect();
    let none_is_made = unmade.iter().all(|keys| !keys.is_empty());
    let unmade: Vec<_> = unmade.into_iter().flatten().collect();
    if none_is_made {
        missing.extend(unmade);
    } else {
        for (what, hint) in unmade {
            show::note(&format!("note: {what}, so it is not sent\n      {hint}"));
        }
    }
    let Some((first, hint)) = missing.first() else {
        for advice in dkim::advice(house).await? {
            show::note(&format!("note: {}\n      {}", advice.what, advice.hint));
        }
        return Ok(());
    };
    let others = match missing.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    for (what, hint) in missing.iter().skip(1) {
        show::note(&format!("also: {what}\n      {hint}"));
    }
    let words = format!("cannot serve: {first}{others}");
    Err(Failure::new(Exit::Config, anyhow::anyhow!(words)).hint(hint))
}

/// The first SIGTERM or Ctrl-C ends gracefully, the second at once.
pub async fn stop_at_signal(stop: CancellationToken) {
    signalled().await;
    show::note("stopping: letters that are leaving are finished first");
    stop.cancel();
    signalled().await;
    std::process::exit(130);
}

/// Waits for SIGTERM or Ctrl-C.
#[cfg(unix)]
pub(in crate::cli) async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
pub(in crate::cli) async fn signalled() {
    let _ = tokio::signal::ctrl_c().await;
}
