//! One connection's bytes: lines and messages in, replies out.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::SinkSettings;
use super::scan::{DotScan, unstuff};

/// Room made before each read: one read takes a whole digest.
const CHUNK: usize = 64 * 1024;

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The client closed it.
    Closed,
    /// The client was silent for too long.
    Idle,
    /// The sink stops.
    Shutdown,
    /// We end it: after QUIT, after `421`, or because a recipient's behaviour asks for it.
    Hangup,
    /// The network failed.
    Io(io::Error),
}

/// A command line, with what is wrong about its end.
#[derive(Debug)]
pub(super) enum Line {
    /// Without its CRLF.
    Whole(Vec<u8>),
    /// Ended by a line feed alone (RFC 5321 §2.3.8).
    BareLf,
    TooLong,
}

/// A message that came whole.
#[derive(Debug)]
pub(super) enum Message<'a> {
    /// Nothing had to be undone: the bytes still stand in the read buffer.
    Plain(&'a [u8]),
    Unstuffed(Vec<u8>),
    TooBig,
}

/// A buffered connection. Replies gather until the client has to be waited for, so a pipelining
/// client gets them in one segment (RFC 2920 §3.2).
#[derive(Debug)]
pub(super) struct Wire<'s> {
    stream: TcpStream,
    settings: &'s SinkSettings,
    stop: &'s CancellationToken,
    input: Vec<u8>,
    /// What stands before this offset of `input` is done with.
    start: usize,
    output: Vec<u8>,
}

impl<'s> Wire<'s> {
    pub(super) fn new(
        stream: TcpStream,
        settings: &'s SinkSettings,
        stop: &'s CancellationToken,
    ) -> Wire<'s> {
        Wire {
            stream,
            settings,
            stop,
            input: Vec::new(),
            start: 0,
            output: Vec::new(),
        }
    }

    /// Queues one line of a reply.
    pub(super) fn reply(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Sends what is queued.
    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        if self.output.is_empty() {
            return Ok(());
        }
        // Bounded like reading: a client that never reads must not keep the connection for ever.
        let write = timeout(self.settings.idle, self.stream.write_all(&self.output));
        match self.stop.run_until_cancelled(write).await {
            None => Err(Stop::Shutdown),
            Some(Err(_)) => Err(Stop::Idle),
            Some(Ok(Err(error))) => Err(Stop::Io(error)),
            Some(Ok(Ok(()))) => {
                self.output.clear();
                Ok(())
            }
        }
    }

    /// The next command line.
    pub(super) async fn line(&mut self) -> Result<Line, Stop> {
        let max = self.settings.max_command_line;
        let (mut seen, mut too_long) = (0, false);
        loop {
            let pending = &self.input[self.start..];
            if let Some(at) = pending[seen..].iter().position(|byte| *byte == b'\n') {
                let end = seen + at;
                let line = match pending[..end].strip_suffix(b"\r") {
                    _ if too_long || end >= max => Line::TooLong,
                    Some(line) => Line::Whole(line.to_vec()),
                    None => Line::BareLf,
                };
                self.start += end + 1;
                return Ok(line);
            }
            seen = pending.len();
            if seen > max {
                (seen, too_long) = (0, true);
                self.start = self.input.len();
            }
            self.fill().await?;
        }
    }

    /// The message up to its final dot. What comes behind it waits for [`Wire::line`].
    pub(super) async fn message(&mut self) -> Result<Message<'_>, Stop> {
        let mut scan = DotScan::default();
        let mut too_big = false;
        let end = loop {
            let data = &self.input[self.start..];
            if let Some(end) = scan.find(data) {
                break end;
            }
            if too_big || data.len() > self.settings.max_message.saturating_add(CHUNK) {
                too_big = true;
                self.start += scan.forget();
            }
            self.fill().await?;
        };
        let from = self.start;
        self.start += end.next;
        let data = &self.input[from..from + end.len];
        let max = self.settings.max_message;
        Ok(match scan.stuffed {
            _ if too_big => Message::TooBig,
            // RFC 1870 §3 counts a message without its transparency dots.
            true => match unstuff(data) {
                clean if clean.len() > max => Message::TooBig,
                clean => Message::Unstuffed(clean),
            },
            false if data.len() > max => Message::TooBig,
            false => Message::Plain(data),
        })
    }

    /// Waits for the first octet of a message.
    pub(super) async fn some_data(&mut self) -> Result<(), Stop> {
        if self.start == self.input.len() {
            self.fill().await
        } else {
            Ok(())
        }
    }

    /// Says why the connection ends, if the socket takes it at once: who is silent or stopped is
    /// not waited for.
    pub(super) fn last_word(&mut self, line: &str) {
        self.reply(line);
        let _ = self.stream.try_write(&self.output);
    }

    /// Sends what is queued and reads more.
    async fn fill(&mut self) -> Result<(), Stop> {
        self.flush().await?;
        if self.start > 0 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        self.input.reserve(CHUNK);
        let read = timeout(self.settings.idle, self.stream.read_buf(&mut self.input));
        match self.stop.run_until_cancelled(read).await {
            None => Err(Stop::Shutdown),
            Some(Err(_)) => Err(Stop::Idle),
            Some(Ok(Err(error))) => Err(Stop::Io(error)),
            Some(Ok(Ok(0))) => Err(Stop::Closed),
            Some(Ok(Ok(_))) => Ok(()),
        }
    }
}
