//! `sink`: the receiver of the demo and the tests, by itself. It needs no data folder.

mod check;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::{Span, SpanRelativeTo};
use tokio::net::TcpListener;

use super::{Exit, Failure, serve, show, typed};
use crate::domain::address::mask_addresses;
use crate::domain::time::Timestamp;
use crate::sink::{
    self, Account, Certificate, Enough, Fault, JournalEntry, Offers, Script, SinkSettings, Sums,
    Tls, Watch,
};

/// What a local part may say, below the flags.
const WORDS: &str = "\
What happens to a letter is in its recipient's local part, up to the first `.` or `+`:
  mia@…                 accepted
  defer2.ann@…          put off twice (451 to RCPT), then accepted
  refuse.bob@…  full@…  550 or 452 to RCPT
  hangup.eve@…          once kept and the connection closed without a reply, then accepted
  refuse250@…           550 to RCPT, 354 to DATA nevertheless, 250 to the dot
Other words are a point and what happens there; x2 behind it: only twice; _ joins several:
  points   mail rcpt data text dot sent; for --fault and scripts also banner ehlo starttls auth
  codes    rcpt451  data452x1  dot554  dot550-7-26 (with the enhanced code)  rcpt450multi
  manners  multi slow drip split barelf nocrlf longline notutf8
  acts     hangup hole garbage wrongclass";

/// Flags of `sink`, or its verb.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_long_help = WORDS)]
pub struct Sink {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
    listen: SocketAddr,
    /// Say nothing about single letters
    #[arg(long, short)]
    quiet: bool,
    /// Whole addresses, not masked
    #[arg(long)]
    full: bool,
    /// Append a line of JSON for every letter and every fault
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write every letter into this maildir
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
    #[command(flatten)]
    faults: Faults,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    speech: Speech,
}

/// What may be asked about a sink.
#[derive(Subcommand, Debug)]
enum Verb {
    /// Compare a journal with a list's ledger: who was lost, who got copies, what rows are wrong
    Check(check::Check),
}

/// What goes wrong.
#[derive(Args, Debug)]
struct Faults {
    /// What everybody meets whose address asks nothing, such as dot451x1; also banner, ehlo,
    /// starttls and auth as points
    #[arg(long = "fault", value_name = "WORD", value_parser = fault)]
    always: Vec<Fault>,
    /// Faults out of a script: TOML with seed, faults, kinds and a table of recipients
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "share"])]
    script: Option<PathBuf>,
    /// Faults by chance, the same ones for the same seed
    #[arg(long, value_name = "N", requires = "share")]
    seed: Option<u64>,
    /// With --seed: the share of tries that meet a fault, 0 to 1
    #[arg(long = "faults", value_name = "SHARE", requires = "seed", id = "share")]
    share: Option<f64>,
    /// Before each reply to a final dot
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = wait)]
    delay: Duration,
    /// Before a slow reply
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = wait)]
    slow: Duration,
    /// Between two octets of a reply that drips, and two packets of a split one
    #[arg(long, value_name = "TIME", default_value = "10ms", value_parser = wait)]
    drip: Duration,
}

/// How much is taken.
#[derive(Args, Debug)]
struct Limits {
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 2048,
        value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Letters of one connection
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_messages: Option<u32>,
    /// With --max-messages: close the connection behind the last reply, without a 421
    #[arg(long, requires = "max_messages")]
    close: bool,
    /// Octets of a letter
    #[arg(long, value_name = "N", default_value_t = 10 * 1024 * 1024,
        value_parser = clap::value_parser!(u32).range(1..))]
    max_size: u32,
    /// How long a connection may be silent
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = wait)]
    idle: Duration,
}

/// What is offered.
#[derive(Args, Debug)]
struct Speech {
    /// Its name in the greeting
    #[arg(long, value_name = "NAME", default_value = "sink.localhost")]
    name: String,
    /// Offer that as well
    #[arg(long = "with", value_name = "WORD", value_delimiter = ',')]
    with: Vec<More>,
    /// Do not offer that
    #[arg(long = "without", value_name = "WORD", value_delimiter = ',')]
    without: Vec<Usual>,
    /// Encryption; broken answers STARTTLS with no TLS, injected sends a reply too many before it
    #[arg(long, value_name = "MODE", default_value = "none")]
    tls: TlsMode,
    /// With --tls: the certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// With --cert: its key, PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Only who knows this may send; a made-up one, since others on this machine may see it
    #[arg(long, value_name = "USER:PASSWORD", value_parser = account)]
    account: Option<(String, String)>,
    /// With --account: refuse it from that connection on
    #[arg(long, value_name = "N", requires = "account")]
    account_refused_from: Option<u64>,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum More {
    Dsn,
    Smtputf8,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Usual {
    Pipelining,
    Size,
    #[value(name = "8bitmime")]
    EightBitMime,
    Enhancedstatuscodes,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum TlsMode {
    None,
    Starttls,
    Implicit,
    Broken,
    Injected,
}

/// Runs `sink` or its verb.
pub async fn run(sink: Sink, home: Option<&Path>) -> Result<Exit, Failure> {
    if let Some(Verb::Check(check)) = sink.verb {
        return check::run(check, home).await;
    }
    let settings = settings(&sink)?;
    let listener = TcpListener::bind(sink.listen).await.map_err(|e| {
        Failure::new(Exit::Failed, e)
            .context(format!("cannot listen on {}", sink.listen))
            .hint("`--listen 127.0.0.1:0` takes a port that is free")
    })?;
    let running = sink::Sink::start(listener, settings).map_err(|e| {
        Failure::new(Exit::Failed, e).hint("name a file or folder that this user may write")
    })?;
    show::line(&format!("listening on {}", running.addr()))?;
    serve::signalled().await;
    let mailbox = running.mailbox();
    running.stop().await;
    show::line(&counted(&mailbox.sums()))?;
    Ok(Exit::Done)
}

fn settings(sink: &Sink) -> Result<SinkSettings, Failure> {
    let (limits, speech, faults) = (&sink.limits, &sink.speech, &sink.faults);
    let enough = match limits.close {
        true => Enough::Close,
        false => Enough::Reply,
    };
    let size = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let full = sink.full;
    let watch = Watch::new(move |entry| {
        // Whoever closed the pipe does not want to know.
        let _ = show::line(&told(entry, full));
    });
    let account = speech.account.clone().map(|(username, password)| Account {
        username,
        password,
        refused_from: speech.account_refused_from,
    });
    let offers = Offers {
        pipelining: !speech.without.contains(&Usual::Pipelining),
        size: !speech.without.contains(&Usual::Size),
        eight_bit: !speech.without.contains(&Usual::EightBitMime),
        enhanced: !speech.without.contains(&Usual::Enhancedstatuscodes),
        dsn: speech.with.contains(&More::Dsn),
        utf8: speech.with.contains(&More::Smtputf8),
    };
    Ok(SinkSettings {
        name: typed::line("the name", &speech.name, 255)?,
        max_message: size(limits.max_size),
        max_connections: size(limits.max_connections),
        max_messages: limits.max_messages.map(|most| (most, enough)),
        idle: limits.idle,
        delay: faults.delay,
        slow: faults.slow,
        drip: faults.drip,
        offers,
        tls: tls(speech)?,
        account,
        faults: faults.always.clone(),
        script: script(faults)?.map(Arc::new),
        // Nobody can ask a process for what it keeps in memory.
        keep: 0,
        journal: 0,
        journal_file: sink.journal.clone(),
        maildir: sink.maildir.clone(),
        watch: (!sink.quiet).then_some(watch),
        ..SinkSettings::default()
    })
}

fn script(faults: &Faults) -> Result<Option<Script>, Failure> {
    let script = match (&faults.script, faults.seed, faults.share) {
        (Some(path), _, _) => {
            let bytes = typed::bytes(path)?;
            Script::parse(&String::from_utf8_lossy(&bytes))
        }
        (None, Some(seed), Some(share)) => Script::seeded(seed, share),
        _ => return Ok(None),
    };
    script.map(Some).map_err(|error| {
        let hint = error.hint();
        Failure::new(Exit::Usage, error).maybe_hint(hint)
    })
}

fn tls(speech: &Speech) -> Result<Tls, Failure> {
    let certificate = || match (&speech.cert, &speech.key) {
        (Some(cert), Some(key)) => {
            let read = Certificate::from_pem(&typed::bytes(cert)?, &typed::bytes(key)?);
            read.map_err(|e| {
                Failure::new(Exit::Usage, e).context(format!("cannot use `{}`", cert.display()))
            })
        }
        _ => Err(
            Failure::usage("this kind of encryption needs a certificate")
                .hint("name one with --cert FILE --key FILE"),
        ),
    };
    Ok(match speech.tls {
        TlsMode::None => Tls::Absent,
        TlsMode::Broken => Tls::Broken,
        TlsMode::Starttls => Tls::Starttls(certificate()?),
        TlsMode::Implicit => Tls::Implicit(certificate()?),
        TlsMode::Injected => Tls::Injected(certificate()?),
    })
}

/// An entry in one line: when, where, what was said, to whom, which letter, why.
fn told(entry: &JournalEntry, full: bool) -> String {
    let at = Timestamp::from_millisecond(entry.at_ms).unwrap_or_default();
    let to = match (entry.recipient.as_str(), full) {
        ("", _) => "-".to_owned(),
        (whole, true) => whole.to_owned(),
        (whole, false) => mask_addresses(whole),
    };
    let code = entry.code.map_or("-".to_owned(), |code| code.to_string());
    let kept = if entry.kept { "kept" } else { "not kept" };
    let id = entry.message_id.as_deref().unwrap_or("-");
    let fault = entry.fault.as_deref().unwrap_or("");
    let line = format!(
        "{}  {:8} {code:3}  {kept:8}  {to}  {id}  {fault}",
        at.strftime("%H:%M:%S%.3f"),
        entry.phase.as_str(),
    );
    // What came from outside may not steer the terminal.
    line.trim_end().replace(char::is_control, "\u{fffd}")
}

fn counted(sums: &Sums) -> String {
    let count = |n: u64, one| show::count(i64::try_from(n).unwrap_or(i64::MAX), one);
    format!(
        "{} kept ({} without a word of it), {}, {}, {}",
        count(sums.kept, "letter"),
        sums.silent,
        count(sums.refused, "refusal"),
        count(sums.broken, "other fault"),
        count(sums.connections, "connection"),
    )
}

fn fault(word: &str) -> Result<Fault, String> {
    Fault::parse(word).ok_or_else(|| {
        "it is a point and what happens there, as in rcpt451, dothangup or ehlomultix2".to_owned()
    })
}

fn account(text: &str) -> Result<(String, String), String> {
    let (user, password) = text.split_once(':').ok_or("it is USER:PASSWORD")?;
    Ok((user.to_owned(), password.to_owned()))
}

/// A wait such as `20ms` or `5m`, at most a day.
fn wait(text: &str) -> Result<Duration, String> {
    let wrong = || "it is a time such as 20ms, 2s or 5m, and at most a day".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let span = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    let wait = Duration::try_from(span).map_err(|_| wrong())?;
    match wait <= Duration::from_hours(24) {
        true => Ok(wait),
        false => Err(wrong()),
    }
}
