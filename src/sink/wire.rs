//! One connection's bytes: lines and messages in, replies out.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::SinkSettings;
use super::intake::Intake;
use super::scan::{DotScan, Then};
use super::tls::Certificate;

/// Room made before each read: one read takes a whole digest.
const CHUNK: usize = 64 * 1024;
/// How long a client that we leave may take to read our last words.
const LINGER: Duration = Duration::from_secs(2);

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Stop {
    /// The client closed it.
    Closed,
    /// The client was silent for too long.
    Idle,
    /// The sink stops.
    Shutdown,
    /// We end it, and whatever is on its way may be lost.
    Hangup,
    /// We end it, and what we said last is to be read: after QUIT and `421`.
    Farewell,
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

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
    /// A handshake failed.
    Gone,
}

/// A buffered connection. Replies gather until the client has to be waited for, so a pipelining
/// client gets them in one segment (RFC 2920 §3.2).
#[derive(Debug)]
pub(super) struct Wire<'s> {
    stream: Stream,
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
            stream: Stream::Plain(stream),
            settings,
            stop,
            input: Vec::new(),
            start: 0,
            output: Vec::new(),
        }
    }

    /// Whether the connection is encrypted.
    pub(super) fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Secure(_))
    }

    /// Does the server's half of a handshake. What came before it in the clear is forgotten: it may
    /// be anybody's (RFC 3207 §6).
    pub(super) async fn secure(&mut self, certificate: &Certificate) -> Result<(), Stop> {
        self.flush().await?;
        self.input.clear();
        self.start = 0;
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(Stop::Hangup);
        };
        let handshake = timeout(self.settings.idle, certificate.acceptor().accept(stream));
        match self.stop.run_until_cancelled(handshake).await {
            None => Err(Stop::Shutdown),
            Some(Err(_)) => Err(Stop::Idle),
            Some(Ok(Err(error))) => Err(Stop::Io(error)),
            Some(Ok(Ok(stream))) => {
                self.stream = Stream::Secure(Box::new(stream));
                Ok(())
            }
        }
    }

    /// Queues a reply of one or more lines; the last line's end is put behind it.
    pub(super) fn reply(&mut self, text: &str) {
        for line in text.split("\r\n") {
            let line = match self.settings.offers.enhanced {
                true => line,
                false => &plain(line),
            };
            self.output.extend_from_slice(line.as_bytes());
            self.output.extend_from_slice(b"\r\n");
        }
    }

    /// The wait of a slow reply.
    pub(super) fn slow(&self) -> Duration {
        self.settings.slow
    }

    /// The wait between the parts of a reply.
    pub(super) fn drip(&self) -> Duration {
        self.settings.drip
    }

    /// Queues octets as they are.
    pub(super) fn raw(&mut self, octets: &[u8]) {
        self.output.extend_from_slice(octets);
    }

    /// Takes the queue away, to be sent in another manner.
    pub(super) fn take_queue(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether octets have come that were not looked at.
    pub(super) fn pending(&self) -> &[u8] {
        &self.input[self.start..]
    }

    /// Sends what is queued.
    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        if self.output.is_empty() {
            return Ok(());
        }
        // Bounded like reading: a client that never reads must not keep the connection for ever.
        let output = &self.output;
        let write = async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.write_all(output).await,
                Stream::Secure(stream) => {
                    stream.write_all(output).await?;
                    stream.flush().await
                }
                Stream::Gone => Err(io::ErrorKind::NotConnected.into()),
            }
        };
        match self
            .stop
            .run_until_cancelled(timeout(self.settings.idle, write))
            .await
        {
            None => Err(Stop::Shutdown),
            Some(Err(_)) => Err(Stop::Idle),
            Some(Ok(Err(error))) => Err(Stop::Io(error)),
            Some(Ok(Ok(()))) => {
                self.output.clear();
                Ok(())
            }
        }
    }

    /// Sends what is queued, and lets time pass.
    pub(super) async fn wait(&mut self, delay: Duration) -> Result<(), Stop> {
        self.flush().await?;
        self.stop
            .run_until_cancelled(tokio::time::sleep(delay))
            .await
            .ok_or(Stop::Shutdown)
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

    /// A message up to its final dot, given to `intake` as it comes. What comes behind it waits for
    /// [`Wire::line`].
    pub(super) async fn message(&mut self, intake: &mut Intake) -> Result<(), Stop> {
        let mut scan = DotScan::default();
        loop {
            let data = &self.input[self.start..];
            let piece = scan.next(data);
            intake.take(&data[..piece.text]);
            self.start += piece.gone;
            match piece.then {
                Then::Again => {}
                Then::Wait => self.fill().await?,
                Then::Over => return Ok(()),
            }
        }
    }

    /// Waits for the first octet of a message.
    pub(super) async fn some_data(&mut self) -> Result<(), Stop> {
        if self.start == self.input.len() {
            self.fill().await
        } else {
            Ok(())
        }
    }

    /// Takes whatever comes and answers nothing, until the client is gone or silent for too long.
    pub(super) async fn swallow(&mut self) -> Stop {
        loop {
            self.start = self.input.len();
            match self.fill().await {
                Ok(()) => {}
                // Nothing is said, also at the end.
                Err(Stop::Idle) => return Stop::Hangup,
                Err(stop) => return stop,
            }
        }
    }

    /// Ends the connection so that what was sent is read: whoever is still sending would have it
    /// reset, and our last reply with it.
    pub(super) async fn leave(&mut self) {
        let goodbye = async {
            self.flush().await?;
            let closed = match &mut self.stream {
                Stream::Plain(stream) => stream.shutdown().await,
                Stream::Secure(stream) => stream.shutdown().await,
                Stream::Gone => Ok(()),
            };
            closed.map_err(Stop::Io)?;
            Err::<(), Stop>(self.swallow().await)
        };
        // However it ends, it has ended.
        let _ = timeout(LINGER, goodbye).await;
    }

    /// Says why the connection ends, if the socket takes it at once: who is silent or stopped is
    /// not waited for.
    pub(super) async fn last_word(&mut self, line: &str) {
        self.reply(line);
        match &mut self.stream {
            Stream::Plain(stream) => {
                let _ = stream.try_write(&self.output);
            }
            Stream::Secure(stream) => {
                let write = async {
                    let _ = stream.write_all(&self.output).await;
                    let _ = stream.flush().await;
                };
                tokio::select! {
                    biased;
                    () = write => {}
                    () = std::future::ready(()) => {}
                }
            }
            Stream::Gone => {}
        }
    }

    /// Sends what is queued and reads more.
    async fn fill(&mut self) -> Result<(), Stop> {
        self.flush().await?;
        if self.start > 0 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        self.input.reserve(CHUNK);
        let input = &mut self.input;
        let read = async {
            match &mut self.stream {
                Stream::Plain(stream) => stream.read_buf(input).await,
                Stream::Secure(stream) => stream.read_buf(input).await,
                Stream::Gone => Ok(0),
            }
        };
        match self
            .stop
            .run_until_cancelled(timeout(self.settings.idle, read))
            .await
        {
            None => Err(Stop::Shutdown),
            Some(Err(_)) => Err(Stop::Idle),
            Some(Ok(Err(error))) => Err(Stop::Io(error)),
            Some(Ok(Ok(0))) => Err(Stop::Closed),
            Some(Ok(Ok(_))) => Ok(()),
        }
    }
}

/// A line of a reply without its enhanced status code.
fn plain(line: &str) -> String {
    let without = line.split_at_checked(4).and_then(|(code, rest)| {
        let (enhanced, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut parts = enhanced.split('.');
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let three = parts.by_ref().take(3).filter(|part| digits(part)).count() == 3;
        (three && parts.next().is_none()).then(|| format!("{code}{text}"))
    });
    without.unwrap_or_else(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn an_enhanced_code_is_taken_out_of_a_line() {
        for (line, expected) in [
            ("250 2.1.5 Ok", "250 Ok"),
            ("250-2.1.5 Ok", "250-Ok"),
            ("250 2.1.5", "250 "),
            ("250-SIZE 1024", "250-SIZE 1024"),
            ("220 sink.localhost ESMTP", "220 sink.localhost ESMTP"),
            ("220 1.2.3.4 ESMTP", "220 1.2.3.4 ESMTP"),
            ("250", "250"),
        ] {
            assert_eq!(plain(line), expected);
        }
    }
}
