//! A private key that signs, and its public half as DNS has it.

use std::fmt;

use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::Serialize;

use super::DkimError;
use super::pem::{self, Block};
use crate::domain::letter::{SigningAlgorithm, SigningKey};

/// Longest string of a TXT record (RFC 1035 §3.3).
const STRING: usize = 255;

/// A TXT record to publish (RFC 6376 §3.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedKey {
    /// `SELECTOR._domainkey.DOMAIN`, without a last dot.
    pub name: String,
    /// The whole value.
    pub value: String,
    /// The value in strings of at most 255 octets, as a zone file wants it.
    pub strings: Vec<String>,
}

impl PublishedKey {
    /// The record as a line of a zone file.
    pub fn zone_line(&self) -> String {
        let strings: Vec<String> = self.strings.iter().map(|s| format!("\"{s}\"")).collect();
        format!("{}. IN TXT ( {} )", self.name, strings.join(" "))
    }
}

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A private key under its selector. Prints without its secret.
pub struct DkimKey {
    selector: String,
    pair: Pair,
    /// `p=`: SubjectPublicKeyInfo for RSA, the raw 32 octets for Ed25519 (RFC 8463 §4).
    public: Vec<u8>,
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({} {})", self.algorithm_tag(), self.selector)
    }
}

impl DkimKey {
    /// Reads a key file: PEM of PKCS#8 (RSA or Ed25519) or PKCS#1 (RSA).
    ///
    /// # Errors
    /// What cannot sign: no PEM, a passphrase, RSA under 2048 bits (which the crypto library does
    /// not take), any other kind of key.
    pub fn read(text: &str, selector: &str) -> Result<DkimKey, DkimError> {
        let refused = |e: aws_lc_rs::error::KeyRejected| match e.to_string().as_str() {
            "TooSmall" => DkimError::TooSmall,
            words => DkimError::Rejected(words.to_owned()),
        };
        let pair = match pem::read(text)? {
            Block::Pkcs1(der) => Pair::Rsa(RsaKeyPair::from_der(&der).map_err(refused)?),
            Block::Pkcs8(der) => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
                Ok(pair) => Pair::Ed25519(pair),
                Err(_) => Pair::Rsa(RsaKeyPair::from_pkcs8(&der).map_err(refused)?),
            },
        };
        let public = match &pair {
            Pair::Rsa(pair) => {
                let der: Result<PublicKeyX509Der<'_>, _> = pair.public_key().as_der();
                der.map_err(|_| DkimError::Failed)?.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        };
        Ok(DkimKey {
            selector: selector.to_owned(),
            pair,
            public,
        })
    }

    /// `s=`.
    pub fn selector(&self) -> &str {
        &self.selector
    }

    /// `a=`.
    pub fn algorithm(&self) -> SigningAlgorithm {
        match self.pair {
            Pair::Rsa(_) => SigningAlgorithm::RsaSha256,
            Pair::Ed25519(_) => SigningAlgorithm::Ed25519Sha256,
        }
    }

    /// Whether it is an Ed25519 key; else it is RSA.
    pub fn is_ed25519(&self) -> bool {
        matches!(self.pair, Pair::Ed25519(_))
    }

    pub(super) fn algorithm_tag(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    pub(super) fn remembered(&self) -> SigningKey {
        SigningKey {
            algorithm: self.algorithm(),
            selector: self.selector.clone(),
            fingerprint: STANDARD_NO_PAD.encode(digest(&SHA256, &self.public)),
        }
    }

    /// The record under which receivers find the public half.
    pub fn published(&self, domain: &str) -> PublishedKey {
        let kind = match self.pair {
            Pair::Rsa(_) => "rsa",
            Pair::Ed25519(_) => "ed25519",
        };
        let value = format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(&self.public));
        let strings = value.as_bytes().chunks(STRING);
        PublishedKey {
            name: format!("{}._domainkey.{domain}", self.selector),
            strings: strings
                .map(|s| String::from_utf8_lossy(s).into_owned())
                .collect(),
            value,
        }
    }

    /// A signature over a SHA-256: PKCS#1 v1.5 (RFC 6376 §3.3.2), or Ed25519 over the hash itself
    /// (RFC 8463 §3). Both are the same each time.
    pub(super) fn sign(&self, hash: &Digest) -> Result<Vec<u8>, DkimError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, hash, &mut signature)
                    .map_err(|_| DkimError::Failed)?;
                Ok(signature)
            }
            Pair::Ed25519(pair) => Ok(pair.sign(hash.as_ref()).as_ref().to_vec()),
        }
    }
}
