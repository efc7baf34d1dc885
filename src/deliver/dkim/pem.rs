//! PEM (RFC 7468): the text around a private key, read and written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::DkimError;

/// Longest file that is looked at: an RSA key of 8192 bits has about 6,500 octets.
const MOST: usize = 64 * 1024;

/// What a private key is written as.
pub(super) enum Block {
    /// `PRIVATE KEY` (RFC 5958).
    Pkcs8(Vec<u8>),
    /// `RSA PRIVATE KEY` (RFC 8017 A.1.2).
    Pkcs1(Vec<u8>),
}

/// The first private key of a text.
pub(super) fn read(text: &str) -> Result<Block, DkimError> {
    if text.len() > MOST {
        return Err(DkimError::NoPem);
    }
    let mut lines = text.lines().map(str::trim);
    let label = lines.find_map(|l| {
        let label = l.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
        label.ends_with("PRIVATE KEY").then_some(label)
    });
    let label = label.ok_or(DkimError::NoPem)?;
    let mut body = String::new();
    let mut closed = false;
    for line in lines {
        if line.starts_with("-----END ") {
            closed = true;
            break;
        }
        // Headers of a key that OpenSSL encrypted in its old way.
        if line.contains("ENCRYPTED") {
            return Err(DkimError::Encrypted);
        }
        body.push_str(line);
    }
    let der = STANDARD.decode(&body).map_err(|_| DkimError::NoPem);
    match label {
        "ENCRYPTED PRIVATE KEY" => Err(DkimError::Encrypted),
        _ if !closed => Err(DkimError::NoPem),
        "PRIVATE KEY" => der.map(Block::Pkcs8),
        "RSA PRIVATE KEY" => der.map(Block::Pkcs1),
        _ => Err(DkimError::NoPem),
    }
}

/// A PKCS#8 private key as text.
pub fn write(pkcs8: &[u8]) -> String {
    let body = STANDARD.encode(pkcs8);
    let mut out = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for (n, c) in body.chars().enumerate() {
        if n > 0 && n % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str("\n-----END PRIVATE KEY-----\n");
    out
}
