//! The bare loop: the same letters over the same number of connections, pipelined, without a ledger.
//! What a sender could reach at most.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::letters::Letters;

/// How long `letters` letters take over so many connections, from the first connection to the last
/// 250. Each letter is one write, with the next one's envelope behind its dot.
pub async fn run(
    addr: SocketAddr,
    connections: usize,
    pool: &Arc<Letters>,
    letters: usize,
) -> Duration {
    let next = Arc::new(AtomicUsize::new(1));
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..connections {
        let (next, pool) = (next.clone(), pool.clone());
        tasks.spawn(async move { carry(addr, &pool, &next, letters).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a task").expect("a connection");
    }
    begun.elapsed()
}

/// One connection, as long as there are letters.
async fn carry(
    addr: SocketAddr,
    pool: &Letters,
    next: &AtomicUsize,
    letters: usize,
) -> io::Result<()> {
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n <= letters);
    let Some(mut n) = take() else {
        return Ok(());
    };
    let mut wire = Wire {
        stream: TcpStream::connect(addr).await?,
        read: Vec::with_capacity(4096),
    };
    wire.stream.set_nodelay(true)?;
    wire.replies(&[b"220"]).await?;
    wire.stream.write_all(b"EHLO bench.example\r\n").await?;
    wire.replies(&[b"250"]).await?;
    let mut to = Letters::recipient(n);
    wire.stream.write_all(&envelope(&to)).await?;
    wire.replies(&[b"250", b"250", b"354"]).await?;
    loop {
        let mut bytes = pool.letter(n, &to);
        bytes.extend_from_slice(b".\r\n");
        let following = take();
        if let Some(following) = following {
            to = Letters::recipient(following);
            bytes.extend_from_slice(&envelope(&to));
        }
        wire.stream.write_all(&bytes).await?;
        match following {
            Some(following) => n = following,
            None => break,
        }
        wire.replies(&[b"250", b"250", b"250", b"354"]).await?;
    }
    wire.replies(&[b"250"]).await?;
    wire.stream.write_all(b"QUIT\r\n").await
}

fn envelope(to: &str) -> Vec<u8> {
    format!("MAIL FROM:<news@times.example>\r\nRCPT TO:<{to}>\r\nDATA\r\n").into_bytes()
}

struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    /// Waits for replies with these codes, and for no others.
    async fn replies(&mut self, codes: &[&[u8; 3]]) -> io::Result<()> {
        for code in codes {
            let mut last = false;
            while !last {
                let end = loop {
                    if let Some(at) = self.read.iter().position(|byte| *byte == b'\n') {
                        break at;
                    }
                    if self.stream.read_buf(&mut self.read).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                };
                let line = &self.read[..end];
                assert!(line.starts_with(*code), "{}", String::from_utf8_lossy(line));
                last = line.get(3) != Some(&b'-');
                self.read.drain(..=end);
            }
        }
        Ok(())
    }
}
