//! Encrypted conversations, and those that only pretend to be.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Result, start};
use crate::sink::{Account, Certificate, CertificateError, Phase, SinkHandle, SinkSettings, Tls};

/// A certificate for `name` that signs itself, and itself as the one that a client trusts.
fn certificate(name: &str, until: i32) -> Result<(Certificate, CertificateDer<'static>)> {
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate()?;
    let signed = params.self_signed(&key)?;
    let served = Certificate::from_pem(signed.pem().as_bytes(), key.serialize_pem().as_bytes())?;
    Ok((served, signed.der().clone()))
}

/// The client's half of a handshake with the sink, as `sink.example`.
async fn handshake(
    stream: TcpStream,
    trusted: CertificateDer<'static>,
) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("sink.example")?;
    let connector = TlsConnector::from(Arc::new(config));
    Ok(connector.connect(name, stream).await?)
}

/// Reads up to the end of a reply that starts with `code`.
async fn hear(stream: &mut (impl AsyncRead + Unpin), code: &str) -> Result<String> {
    let mut text = String::new();
    let end = format!("{code} ");
    while !text.lines().any(|line| line.starts_with(&end)) || !text.ends_with("\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).await?;
        text.push(char::from(octet[0]));
    }
    Ok(text)
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), text: &str) -> Result {
    Ok(stream.write_all(text.as_bytes()).await?)
}

/// Up to the `220` of STARTTLS.
async fn to_starttls(sink: &SinkHandle) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(sink.addr()).await?;
    hear(&mut stream, "220").await?;
    say(&mut stream, "EHLO me\r\n").await?;
    let offers = hear(&mut stream, "250").await?;
    assert!(offers.contains("250-STARTTLS\r\n"), "{offers}");
    say(&mut stream, "STARTTLS\r\n").await?;
    hear(&mut stream, "220").await?;
    Ok(stream)
}

async fn sink(tls: Tls) -> Result<SinkHandle> {
    start(SinkSettings {
        tls,
        ..SinkSettings::default()
    })
    .await
}

const LETTER: &str = "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nhi\r\n.\r\n";

#[tokio::test]
async fn a_letter_comes_over_starttls_and_over_implicit_tls() -> Result {
    let (own, trusted) = certificate("sink.example", 2100)?;
    for tls in [Tls::Starttls(own.clone()), Tls::Implicit(own)] {
        let implicit = matches!(tls, Tls::Implicit(_));
        let sink = sink(tls).await?;
        let mut stream = match implicit {
            true => {
                let stream = TcpStream::connect(sink.addr()).await?;
                let mut stream = handshake(stream, trusted.clone()).await?;
                hear(&mut stream, "220").await?;
                stream
            }
            false => handshake(to_starttls(&sink).await?, trusted.clone()).await?,
        };
        if !implicit {
            // What was said in the clear does not count any more.
            say(&mut stream, "MAIL FROM:<s@x>\r\n").await?;
            hear(&mut stream, "503").await?;
        }
        say(&mut stream, "EHLO me\r\n").await?;
        let offers = hear(&mut stream, "250").await?;
        assert!(!offers.contains("STARTTLS"), "{offers}");
        say(&mut stream, LETTER).await?;
        hear(&mut stream, "354").await?;
        hear(&mut stream, "250").await?;
        say(&mut stream, "STARTTLS\r\n").await?;
        hear(&mut stream, if implicit { "502" } else { "503" }).await?;
        say(&mut stream, "QUIT\r\n").await?;
        // A whole goodbye: without it this would be an error.
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await?;
        assert_eq!(rest, "221 2.0.0 bye\r\n");
        assert_eq!(sink.mailbox().count_accepted(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_is_not_believed_ends_the_connection() -> Result {
    for (name, until) in [("other.example", 2100), ("sink.example", 2021)] {
        let (own, trusted) = certificate(name, until)?;
        let sink = sink(Tls::Starttls(own)).await?;
        let shaken = handshake(to_starttls(&sink).await?, trusted).await;
        assert!(shaken.is_err(), "{name} {until}");
        let mailbox = sink.mailbox();
        // The sink's half of it is over once the sink is.
        sink.stop().await;
        let journal = mailbox.journal();
        let phases: Vec<_> = journal.iter().map(|e| (e.phase, e.code)).collect();
        assert_eq!(phases, [(Phase::Starttls, None)], "{name} {until}");
    }
    Ok(())
}

#[tokio::test]
async fn starttls_may_be_broken_or_carry_a_reply_too_many() -> Result {
    let broken = sink(Tls::Broken).await?;
    let (own, trusted) = certificate("sink.example", 2100)?;
    let shaken = handshake(to_starttls(&broken).await?, trusted.clone()).await;
    assert!(shaken.is_err());

    let injected = sink(Tls::Injected(own)).await?;
    let mut stream = to_starttls(&injected).await?;
    assert!(hear(&mut stream, "250").await?.contains("nobody asked"));
    // Whoever throws it away gets its encrypted session.
    let mut stream = handshake(stream, trusted).await?;
    say(&mut stream, "EHLO me\r\n").await?;
    hear(&mut stream, "250").await?;
    Ok(())
}

#[tokio::test]
async fn nothing_may_follow_starttls_in_the_clear() -> Result {
    let (own, _) = certificate("sink.example", 2100)?;
    let sink = sink(Tls::Starttls(own)).await?;
    let heard = super::say(&sink, b"EHLO me\r\nSTARTTLS\r\nMAIL FROM:<evil@x>\r\n").await?;
    assert_eq!(super::codes(&heard), ["220", "250", "554"]);
    Ok(())
}

#[tokio::test]
async fn credentials_are_asked_for_over_tls_only() -> Result {
    let (own, trusted) = certificate("sink.example", 2100)?;
    let sink = start(SinkSettings {
        tls: Tls::Starttls(own),
        account: Some(Account {
            username: "ann".to_owned(),
            password: "secret".to_owned(),
            refused_from: None,
        }),
        ..SinkSettings::default()
    })
    .await?;
    let plain = format!("AUTH PLAIN {}\r\n", STANDARD.encode("\0ann\0secret"));
    let heard = super::say(&sink, format!("EHLO me\r\n{plain}").as_bytes()).await?;
    assert!(!heard.contains("AUTH"), "{heard}");
    assert_eq!(super::codes(&heard), ["220", "250", "530"]);
    let mut stream = handshake(to_starttls(&sink).await?, trusted).await?;
    say(&mut stream, "EHLO me\r\n").await?;
    let offers = hear(&mut stream, "250").await?;
    assert!(offers.contains("250-AUTH PLAIN LOGIN\r\n"), "{offers}");
    say(&mut stream, &plain).await?;
    hear(&mut stream, "235").await?;
    say(&mut stream, LETTER).await?;
    hear(&mut stream, "354").await?;
    hear(&mut stream, "250").await?;
    Ok(())
}

#[test]
fn what_is_no_certificate_is_said() -> Result {
    let key = KeyPair::generate()?;
    let other = KeyPair::generate()?;
    let own = CertificateParams::new(vec!["x".to_owned()])?.self_signed(&key)?;
    let (chain, key) = (own.pem(), key.serialize_pem());
    let read = |chain: &str, key: &str| Certificate::from_pem(chain.as_bytes(), key.as_bytes());
    assert!(read(&chain, &key).is_ok());
    assert!(matches!(read("", &key), Err(CertificateError::Chain)));
    assert!(matches!(read(&chain, "x"), Err(CertificateError::Key)));
    let mismatch = read(&chain, &other.serialize_pem());
    assert!(matches!(mismatch, Err(CertificateError::Unusable(_))));
    Ok(())
}
