//! How the relay's certificate is judged: TLS 1.2 or newer, the chain and the name checked, and no
//! way around it (RFC 8314 §3, §5).

use std::fmt;
use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The most certificates of a CA file.
const MAX_CERTIFICATES: usize = 1024;

/// The octets of a PEM file with the certificates of authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct CaFile(Arc<[u8]>);

impl CaFile {
    /// Takes the file's content; it is read by [`Relay::check`](super::Relay::check).
    pub fn new(pem: impl Into<Arc<[u8]>>) -> CaFile {
        CaFile(pem.into())
    }
}

impl From<Vec<u8>> for CaFile {
    fn from(pem: Vec<u8>) -> Self {
        CaFile::new(pem)
    }
}

impl fmt::Debug for CaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaFile({} octets)", self.0.len())
    }
}

/// The rules for one relay. Reading the system's certificates costs milliseconds.
///
/// # Errors
/// In words: the certificates cannot be read, or there are none.
pub(super) fn rules(ca: Option<&CaFile>) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match ca {
        Some(ca) => alone(ca, Arc::clone(&provider))?,
        None => Arc::new(Verifier::new(Arc::clone(&provider)).map_err(|e| e.to_string())?),
    };
    // rustls' safe versions are 1.2 and 1.3. "Dangerous" is what it calls a verifier of one's own
    // choice; both of these check everything.
    let rules = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(rules))
}

/// Trusts the authorities of this file and no others.
fn alone(
    ca: &CaFile,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let unreadable = |words: String| format!("the CA file cannot be read: {words}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&ca.0).take(MAX_CERTIFICATES) {
        let certificate = certificate.map_err(|e| unreadable(e.to_string()))?;
        roots
            .add(certificate)
            .map_err(|e| unreadable(e.to_string()))?;
    }
    if roots.is_empty() {
        return Err("the CA file holds no certificate in PEM form".to_owned());
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|e| unreadable(e.to_string()))?;
    Ok(verifier)
}
