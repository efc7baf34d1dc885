//! Encryption of the sink's connections: whether, how, and with which certificate.
//!
//! The certificate is whatever is asked for: one for another name or one that has expired is what a
//! sender is to be tested with.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Whether and how connections are encrypted.
#[derive(Debug, Clone, Default)]
pub enum Tls {
    /// Not offered.
    #[default]
    Absent,
    /// STARTTLS is offered (RFC 3207); who does not take it may send nevertheless.
    Starttls(Certificate),
    /// From the first octet on (RFC 8314).
    Implicit(Certificate),
    /// STARTTLS is offered and answered 220, and then come octets that are no TLS.
    Broken,
    /// STARTTLS works, but the packet of its 220 carries a reply behind it that nobody asked for: a
    /// sender that keeps it takes it for an answer of the encrypted session.
    Injected(Certificate),
}

/// A certificate chain with its key.
#[derive(Debug, Clone)]
pub struct Certificate(Arc<ServerConfig>);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is no certificate in the text, or it cannot be read.
    #[error("no certificate in PEM was found")]
    Chain,
    /// There is no key in the text, or it cannot be read.
    #[error("no private key in PEM was found")]
    Key,
    /// They do not belong together, or are of a kind that TLS does not take.
    #[error("the certificate and its key cannot be used")]
    Unusable(#[source] rustls::Error),
}

impl Certificate {
    /// Reads a chain, the server's own certificate first, and its private key, both PEM. Names and
    /// dates are not looked at.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Certificate, CertificateError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::Chain)?;
        if chain.is_empty() {
            return Err(CertificateError::Chain);
        }
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| CertificateError::Key)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(CertificateError::Unusable)?;
        Ok(Certificate(Arc::new(config)))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0))
    }
}
