//! Reading a body without trusting what is said about its size: octets are counted as they come, and
//! once more as they come out of their coding.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_compression::tokio::write::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use reqwest::{Response, header};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use url::Url;

use super::address::shown;
use super::{FetchError, Fetcher};

/// What we can undo, for `Accept-Encoding`.
pub(super) const CODINGS: &str = "gzip, br, zstd";
/// Zstandard's window on the web is at most 8 MiB (RFC 9659), as a power of two.
const ZSTD_WINDOW: u32 = 23;

impl Fetcher {
    /// The body, its coding undone.
    pub(super) async fn body(
        &self,
        mut response: Response,
        url: &Url,
    ) -> Result<Vec<u8>, FetchError> {
        let limit = self.settings.max_bytes;
        let too_large = || FetchError::TooLarge {
            url: shown(url.as_str()),
            limit,
        };
        let stated = response.headers().get(header::CONTENT_LENGTH);
        let stated = stated.and_then(|v| v.to_str().ok()?.trim().parse::<u64>().ok());
        if stated
            .or(response.content_length())
            .is_some_and(|n| n > limit as u64)
        {
            return Err(too_large());
        }
        let coding = coding(&response);
        let mut out = Unpacking::new(&coding, limit).ok_or_else(|| FetchError::Coding {
            url: shown(url.as_str()),
            coding: coding.clone(),
        })?;
        let mut came = 0_usize;
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(url, &e))? {
            came += chunk.len();
            if came > limit {
                return Err(too_large());
            }
            out.take(&chunk)
                .await
                .map_err(|e| unpacked(&e, url, limit))?;
        }
        out.end().await.map_err(|e| unpacked(&e, url, limit))
    }
}

/// The codings of a body as it is said to be, the last one undone first.
fn coding(response: &Response) -> String {
    let named = response.headers().get_all(header::CONTENT_ENCODING);
    let named: Vec<&str> = named.iter().filter_map(|v| v.to_str().ok()).collect();
    let named = named.join(", ").to_ascii_lowercase();
    let parts = named.split(',').map(str::trim);
    let parts: Vec<&str> = parts.filter(|p| !matches!(*p, "" | "identity")).collect();
    parts.join(", ").chars().take(40).collect()
}

fn unpacked(error: &io::Error, url: &Url, limit: usize) -> FetchError {
    let url = shown(url.as_str());
    match error.kind() {
        io::ErrorKind::FileTooLarge => FetchError::TooLarge { url, limit },
        _ => FetchError::Connection {
            url,
            why: "its compression is broken or ends too early".to_owned(),
        },
    }
}

/// Octets up to a bound.
#[derive(Debug)]
struct Bounded {
    bytes: Vec<u8>,
    limit: usize,
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        piece: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.bytes.len() + piece.len() > self.limit {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        self.bytes.extend_from_slice(piece);
        Poll::Ready(Ok(piece.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A body on its way out of its coding.
#[derive(Debug)]
enum Unpacking {
    Plain(Bounded),
    Gzip(Box<GzipDecoder<Bounded>>),
    Zlib(Box<ZlibDecoder<Bounded>>),
    Brotli(Box<BrotliDecoder<Bounded>>),
    Zstd(Box<ZstdDecoder<Bounded>>),
}

impl Unpacking {
    /// `None` for what nobody asked for: an unknown coding, or several.
    fn new(coding: &str, limit: usize) -> Option<Unpacking> {
        let out = Bounded {
            bytes: Vec::new(),
            limit,
        };
        let window = [DParameter::window_log_max(ZSTD_WINDOW)];
        Some(match coding {
            "" => Unpacking::Plain(out),
            "gzip" | "x-gzip" => Unpacking::Gzip(Box::new(GzipDecoder::new(out))),
            "deflate" => Unpacking::Zlib(Box::new(ZlibDecoder::new(out))),
            "br" => Unpacking::Brotli(Box::new(BrotliDecoder::new(out))),
            "zstd" => Unpacking::Zstd(Box::new(ZstdDecoder::with_params(out, &window))),
            _ => return None,
        })
    }

    async fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Unpacking::Plain(out) => out.write_all(piece).await,
            Unpacking::Gzip(out) => out.write_all(piece).await,
            Unpacking::Zlib(out) => out.write_all(piece).await,
            Unpacking::Brotli(out) => out.write_all(piece).await,
            Unpacking::Zstd(out) => out.write_all(piece).await,
        }
    }

    /// What came out; an error where the coding is not at its end.
    async fn end(self) -> io::Result<Vec<u8>> {
        macro_rules! ended {
            ($out:expr) => {{
                let mut out = $out;
                out.shutdown().await?;
                out.into_inner().bytes
            }};
        }
        Ok(match self {
            Unpacking::Plain(out) => out.bytes,
            Unpacking::Gzip(out) => ended!(out),
            Unpacking::Zlib(out) => ended!(out),
            Unpacking::Brotli(out) => ended!(out),
            Unpacking::Zstd(out) => ended!(out),
        })
    }
}
