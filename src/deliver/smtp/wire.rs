//! Octets out and replies in, each within its time. Knows nothing of the order of commands.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::{SmtpError, SmtpErrorKind};
use super::reply::{self, Answer, MAX_REPLY};
use super::stream::Stream;
use crate::deliver::policy::{Phase, clean};

/// How much one read takes: several short replies.
const READ: usize = 2048;
/// How long a relay that refused our octets may take to say why; what it said has come already.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection with the replies that were read and not yet asked for.
pub(super) struct Wire {
    stream: Stream,
    input: Vec<u8>,
    /// Where the next reply begins in `input`.
    at: usize,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Wire {
        Wire {
            stream,
            input: Vec::new(),
            at: 0,
        }
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.stream.is_encrypted()
    }

    pub(super) fn encryption(&self) -> Option<String> {
        self.stream.encryption()
    }

    pub(super) fn certificate(&self) -> Option<&[u8]> {
        self.stream.certificate()
    }

    /// The socket, for the handshake behind STARTTLS. Whoever spoke out of turn before it puts
    /// words into the mouth of the encrypted server (CVE-2011-0411), so nothing may have come.
    pub(super) fn into_clear_socket(self) -> Result<TcpStream, SmtpError> {
        match self.stream {
            Stream::Plain(socket) if self.at == self.input.len() => Ok(socket),
            _ => {
                let words = "the relay said more than it was asked".to_owned();
                Err(SmtpError::new(Phase::Tls, SmtpErrorKind::Garbled(words)))
            }
        }
    }

    /// Writes `bytes`. If the relay closed and said why, the error is what it said.
    pub(super) async fn send(
        &mut self,
        phase: Phase,
        limit: Duration,
        bytes: &[u8],
    ) -> Result<(), SmtpError> {
        let mut written = 0;
        match self
            .push(limit, &mut [IoSlice::new(bytes)], &mut written)
            .await
        {
            Ok(()) => Ok(()),
            Err(kind) => Err(self.last_words(phase, kind).await),
        }
    }

    /// Writes all `parts`, as few times as the system allows. `written` grows with what was handed
    /// over, also where the rest fails.
    pub(super) async fn push(
        &mut self,
        limit: Duration,
        mut parts: &mut [IoSlice<'_>],
        written: &mut usize,
    ) -> Result<(), SmtpErrorKind> {
        let write = async {
            IoSlice::advance_slices(&mut parts, 0);
            while !parts.is_empty() {
                let count = self.stream.write_vectored(parts).await?;
                if count == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                *written += count;
                IoSlice::advance_slices(&mut parts, count);
            }
            self.stream.flush().await
        };
        match timeout(limit, write).await {
            Err(_) => Err(SmtpErrorKind::TimedOut),
            Ok(done) => done.map_err(|error| (&error).into()),
        }
    }

    /// What a failed write means: a relay that closes says 421 or the like before.
    pub(super) async fn last_words(&mut self, phase: Phase, kind: SmtpErrorKind) -> SmtpError {
        if kind == SmtpErrorKind::Closed
            && let Ok(answer) = self.answer(phase, LAST_WORDS).await
            && answer.code >= 400
        {
            return SmtpError::new(phase, SmtpErrorKind::Reply(answer.reply()));
        }
        SmtpError::new(phase, kind)
    }

    /// The next reply.
    pub(super) async fn answer(
        &mut self,
        phase: Phase,
        limit: Duration,
    ) -> Result<Answer, SmtpError> {
        let kind = match timeout(limit, self.read_answer()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(kind)) => kind,
            Err(_) => SmtpErrorKind::TimedOut,
        };
        Err(SmtpError::new(phase, kind))
    }

    async fn read_answer(&mut self) -> Result<Answer, SmtpErrorKind> {
        loop {
            let unread = self.input.get(self.at..).unwrap_or_default();
            let parsed = reply::parse(unread);
            if let Some((answer, len)) =
                parsed.map_err(|words| SmtpErrorKind::Garbled(clean(&words)))?
            {
                self.at += len;
                return Ok(answer);
            }
            self.input.drain(..self.at);
            self.at = 0;
            if self.input.len() >= MAX_REPLY {
                return Err(SmtpErrorKind::Garbled("the reply is too long".to_owned()));
            }
            self.input.reserve(READ);
            match self.stream.read_buf(&mut self.input).await {
                Ok(0) => return Err(SmtpErrorKind::Closed),
                Ok(_) => {}
                Err(error) => return Err((&error).into()),
            }
        }
    }

    /// Whether the relay has spoken, or hung up, although nothing was asked. Waits for nothing.
    pub(super) fn stirs(&mut self) -> bool {
        if self.at < self.input.len() {
            return true;
        }
        self.input.clear();
        self.at = 0;
        let mut room = [0; 64];
        let mut room = ReadBuf::new(&mut room);
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.stream).poll_read(&mut cx, &mut room) {
            Poll::Pending => false,
            Poll::Ready(_) => {
                self.input.extend_from_slice(room.filled());
                true
            }
        }
    }

    /// Closes as TLS wants it done.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }
}
