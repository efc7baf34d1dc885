//! Reading a body without trusting what is said about its size.

use reqwest::{Response, header};
use url::Url;

use super::address::shown;
use super::{FetchError, Fetcher};

impl Fetcher {
    /// The decompressed body. What is decompressed is counted as it comes, since a length that was
    /// stated is gone or false after decompression; a compressed body that grows without yielding
    /// anything is ended by the bound on time.
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
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(url, &e))? {
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
