//! The machine under the bench: its disk, its signing rate, its memory, and the receiver on it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

/// `courant sink` as a process of its own; stopped when dropped.
pub struct Receiver {
    child: Child,
    pub addr: SocketAddr,
}

impl Receiver {
    /// Starts it, answering every dot `delay` later.
    pub fn start(delay: Duration) -> Receiver {
        let mut child = Command::new(env!("CARGO_BIN_EXE_courant"))
            .args(["sink", "--listen", "127.0.0.1:0", "--quiet", "--delay"])
            .arg(format!("{}ms", delay.as_millis()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the receiver starts");
        let stdout = child.stdout.take().expect("its output");
        let mut said = String::new();
        let _ = BufReader::new(stdout).read_line(&mut said);
        let addr = said.split_whitespace().find_map(|word| word.parse().ok());
        Receiver {
            child,
            addr: addr.expect("the receiver says where it listens"),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Commits of 64 rows a second, WAL with synchronous = FULL, on the file system of `folder`.
pub async fn commits_per_second(folder: &Path) -> f64 {
    let folder = tempfile::tempdir_in(folder).expect("a folder");
    let mut db = SqliteConnectOptions::new()
        .filename(folder.path().join("commits.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .expect("a database");
    let level: i64 = sqlx::query_scalar("pragma synchronous")
        .fetch_one(&mut db)
        .await
        .expect("a level");
    assert_eq!(level, 2, "2 is FULL");
    let table = "create table row (id integer primary key, state text, bytes blob)";
    sqlx::query(table).execute(&mut db).await.expect("a table");
    let rows = "insert into row (state, bytes) select 'accepted', randomblob(32) \
                from json_each('[' || substr(replace(hex(zeroblob(64)), '00', ',1'), 2) || ']')";
    let (begun, mut commits) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(3) {
        let mut tx = db
            .begin_with("BEGIN IMMEDIATE")
            .await
            .expect("a transaction");
        let done = sqlx::query(rows).execute(&mut *tx).await.expect("rows");
        assert_eq!(done.rows_affected(), 64);
        tx.commit().await.expect("a commit");
        commits += 1;
    }
    f64::from(commits) / begun.elapsed().as_secs_f64()
}

/// RSA-2048 PKCS#1 SHA-256 signatures a second, every core signing.
pub fn rsa_signatures_per_second() -> f64 {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let begun = Instant::now();
    let signed: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores())
            .map(|_| {
                scope.spawn(|| {
                    let random = SystemRandom::new();
                    let mut signature = vec![0; key.public_modulus_len()];
                    let mut n = 0_u64;
                    while begun.elapsed() < Duration::from_secs(3) {
                        key.sign(&RSA_PKCS1_SHA256, &random, &n.to_be_bytes(), &mut signature)
                            .expect("a signature");
                        n += 1;
                    }
                    n
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("a thread"))
            .sum()
    });
    signed as f64 / begun.elapsed().as_secs_f64()
}

/// The most memory that this process has had, MiB; 0 where the system does not say.
pub fn peak_rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Postfix's smtp-source over the same connections, where it is installed: printed, not part of any
/// ratio.
pub fn smtp_source(connections: usize, letters: usize) {
    let receiver = Receiver::start(Duration::ZERO);
    let begun = Instant::now();
    let done = Command::new("smtp-source")
        .args(["-s", &connections.to_string(), "-m", &letters.to_string()])
        .args([
            "-l",
            "46000",
            "-f",
            "news@times.example",
            "-t",
            "r@reader.example",
        ])
        .arg(format!("inet:{}", receiver.addr))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match done {
        Ok(status) if status.success() => {
            let rate = letters as f64 / begun.elapsed().as_secs_f64();
            println!("{:<48} {rate:>10.0}", "smtp-source");
        }
        _ => println!("smtp-source is not installed: left out"),
    }
}
