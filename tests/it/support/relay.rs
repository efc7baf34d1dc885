//! A relay that speaks TLS and AUTH, with a certificate of an authority of its own: enough to sign
//! in at, and no letter further.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How it behaves.
#[derive(Clone, Debug)]
pub struct RelayBehaviour {
    /// The name in its certificate.
    pub name: &'static str,
    /// Its certificate ended in 2020.
    pub expired: bool,
    /// It offers STARTTLS.
    pub starttls: bool,
    /// The reply to AUTH.
    pub auth: &'static str,
}

impl Default for RelayBehaviour {
    fn default() -> RelayBehaviour {
        RelayBehaviour {
            name: "localhost",
            expired: false,
            starttls: true,
            auth: "235 2.7.0 welcome",
        }
    }
}

/// A running relay; it ends with the test's process.
pub struct FakeRelay {
    address: SocketAddr,
    authority: PathBuf,
}

impl FakeRelay {
    /// Starts it; the certificate of its authority is put into `folder`.
    pub fn start(folder: &Path, behaviour: RelayBehaviour) -> FakeRelay {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = KeyPair::generate().expect("a key");
        let ca = params.self_signed(&ca_key).expect("an authority");
        let authority = folder.join("authority.pem");
        std::fs::write(&authority, ca.pem()).expect("written");
        let issuer = Issuer::new(params, ca_key);
        let mut params = CertificateParams::new(vec![behaviour.name.to_owned()]).expect("a name");
        if behaviour.expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a certificate");
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                let (config, behaviour) = (config.clone(), behaviour.clone());
                // A client that does not like the certificate goes in the middle of a line.
                std::thread::spawn(move || converse(socket, config, &behaviour));
            }
        });
        FakeRelay { address, authority }
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate of its authority, as SSL_CERT_FILE wants it.
    pub fn authority(&self) -> &str {
        self.authority.to_str().expect("UTF-8")
    }
}

fn converse(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    behaviour: &RelayBehaviour,
) -> std::io::Result<()> {
    let mut clear = BufReader::new(socket.try_clone()?);
    let mut out = &socket;
    out.write_all(b"220 relay.test ESMTP\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if clear.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end() {
            "STARTTLS" => break,
            l if l.starts_with("EHLO") && behaviour.starttls => {
                out.write_all(b"250-relay.test\r\n250 STARTTLS\r\n")?;
            }
            l if l.starts_with("EHLO") => out.write_all(b"250 relay.test\r\n")?,
            _ => out.write_all(b"502 5.5.1 no\r\n")?,
        }
    }
    out.write_all(b"220 2.0.0 go on\r\n")?;
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = BufReader::new(StreamOwned::new(connection, socket));
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let auth = format!("{}\r\n", behaviour.auth);
        let reply = match line.split_whitespace().next().unwrap_or_default() {
            "EHLO" => "250-relay.test\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n",
            "AUTH" => auth.as_str(),
            "QUIT" => "221 2.0.0 bye\r\n",
            _ => "502 5.5.1 no\r\n",
        };
        let out = stream.get_mut();
        out.write_all(reply.as_bytes())?;
        out.flush()?;
    }
}
