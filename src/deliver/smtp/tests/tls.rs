//! Whom we believe, and what we tell them: certificates, STARTTLS, AUTH.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::script::{Server, Step, hear, say};
use super::*;

const HELLO: &str = "EHLO [127.0.0.1]\r\n";
const OFFER: &str = "250-x\r\n250-PIPELINING\r\n250 STARTTLS\r\n";

/// An authority of our own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: CaFile,
}

impl Authority {
    fn new(name: &str) -> Result<Authority> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key)?.pem();
        Ok(Authority {
            issuer: Issuer::new(params, key),
            file: CaFile::from(pem.into_bytes()),
        })
    }

    fn server(&self, name: &str, last_year: i32) -> Result<Arc<ServerConfig>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.not_after = date_time_ymd(last_year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::from(key))?;
        Ok(Arc::new(config))
    }
}

fn starttls(config: &Arc<ServerConfig>) -> Vec<Step> {
    vec![
        say("220 x\r\n"),
        hear(HELLO),
        say(OFFER),
        hear("STARTTLS\r\n"),
        say("220 go\r\n"),
        Step::Encrypt(Arc::clone(config)),
    ]
}

fn trusting(port: u16, tls: Tls, file: &CaFile) -> Relay {
    let mut relay = relay(port, tls);
    relay.ca_file = Some(file.clone());
    relay
}

#[tokio::test]
async fn a_letter_goes_encrypted() -> Result {
    let authority = Authority::new("our CA")?;
    let config = authority.server("127.0.0.1", 4000)?;
    let large = b"0123456789\r\n".repeat(20_000);
    let mail = format!("MAIL FROM:<{SENDER}>\r\n");
    let behind = vec![
        hear(HELLO),
        // What was offered in clear is forgotten: no PIPELINING here.
        say("250 inside\r\n"),
        hear(mail),
        say("250 ok\r\n"),
        hear("RCPT TO:<mia@x.example>\r\n"),
        say("250 ok\r\n"),
        hear("DATA\r\n"),
        say("354 go\r\n"),
        hear([&large[..], b".\r\n"].concat()),
        say("250 2.0.0 kept\r\n"),
        hear("QUIT\r\n"),
        say("221 bye\r\n"),
    ];
    let implicit = vec![Step::Encrypt(Arc::clone(&config)), say("220 x\r\n")];
    for (tls, before) in [
        (Tls::Required, starttls(&config)),
        (Tls::Implicit, implicit),
    ] {
        let server = Server::start([before, behind.clone()].concat()).await?;
        let relay = trusting(server.port, tls, &authority.file);
        let mut session = Session::connect(&relay).await?;
        let offers = session.offers();
        assert_eq!((offers.name.as_str(), offers.pipelining), ("inside", false));
        let words = offers.tls.as_deref().unwrap_or_default();
        assert!(words.starts_with("TLSv1.3 TLS13_"), "{words}");
        let reply = send(&mut session, "mia@x.example", &large).await?;
        assert_eq!(reply.to_string(), "250 2.0.0 kept");
        session.quit().await;
        assert_eq!(server.rest().await?, "");
    }
    Ok(())
}

#[tokio::test]
async fn encrypted_losses_are_told_apart_too() -> Result {
    let authority = Authority::new("our CA")?;
    let config = authority.server("127.0.0.1", 4000)?;
    let before = [
        starttls(&config),
        vec![hear(HELLO), say("250-x\r\n250 PIPELINING\r\n")],
        vec![Step::Line; 3],
        vec![say("250 ok\r\n250 ok\r\n354 go\r\n"), hear(LETTER)],
    ]
    .concat();
    for (after_dot, words, phase) in [
        (true, "", Phase::Body),
        (false, "", Phase::Text),
        (false, "421 4.3.2 bye\r\n", Phase::Text),
    ] {
        let dot = hear(if after_dot { ".\r\n" } else { "" });
        let fault = vec![dot, say(words), Step::Close];
        let server = Server::start([before.clone(), fault].concat()).await?;
        let relay = trusting(server.port, Tls::Required, &authority.file);
        let mut session = Session::connect(&relay).await?;
        session
            .envelope(&envelope(SENDER, "mia@x.example", LETTER))
            .await?;
        session.text(LETTER).await?;
        while !after_dot && !session.wire.stirs() {
            tokio::task::yield_now().await;
        }
        let error = session.dot(None).await.err().ok_or("accepted")?;
        assert_eq!(error.phase, phase, "{error}");
        assert_eq!(in_doubt(&error), after_dot, "{error}");
        assert_eq!(error.to_string().contains("421"), !words.is_empty());
        assert!(!session.is_open());
    }
    Ok(())
}

#[tokio::test]
async fn only_the_right_certificate_is_believed() -> Result {
    let (ours, theirs) = (Authority::new("our CA")?, Authority::new("their CA")?);
    for (name, last_year, file, words) in [
        ("127.0.0.1", 4000, Some(&theirs.file), "UnknownIssuer"),
        // Only the system's authorities.
        ("127.0.0.1", 4000, None, ""),
        ("127.0.0.2", 4000, Some(&ours.file), "not valid for name"),
        ("mail.example", 4000, Some(&ours.file), "not valid for name"),
        ("127.0.0.1", 2020, Some(&ours.file), "expired"),
    ] {
        let config = ours.server(name, last_year)?;
        for (tls, steps) in [
            (Tls::Required, starttls(&config)),
            (Tls::Implicit, vec![Step::Encrypt(Arc::clone(&config))]),
        ] {
            let server = Server::start(steps).await?;
            let mut relay = relay(server.port, tls);
            relay.ca_file = file.cloned();
            let error = Session::connect(&relay).await.err().ok_or("believed")?;
            let SmtpErrorKind::TlsFailed(text) = &error.kind else {
                return Err(format!("{name}: {error}").into());
            };
            assert!(text.contains(words), "{name} {last_year}: {text}");
            assert_eq!(error.phase, Phase::Tls);
            assert!(!in_doubt(&error));
            // Not a word in clear, nor one encrypted for a stranger.
            assert!(server.rest().await.is_err());
        }
    }
    Ok(())
}

#[tokio::test]
async fn encryption_is_never_given_up() -> Result {
    let authority = Authority::new("our CA")?;
    let hello = vec![say("220 x\r\n"), hear(HELLO)];
    for (steps, words) in [
        (
            vec![say("250-x\r\n250 PIPELINING\r\n")],
            "does not offer STARTTLS",
        ),
        (vec![say("502 5.5.1 no\r\n")], "502 5.5.1 no"),
        // A word too many in clear would be read as the encrypted server's.
        (
            vec![
                say(OFFER),
                hear("STARTTLS\r\n"),
                say("220 go\r\n250 injected\r\n"),
            ],
            "said more",
        ),
        (
            vec![
                say(OFFER),
                hear("STARTTLS\r\n"),
                say("220 go\r\n"),
                // The first octet of a handshake has come.
                hear(b"\x16"),
                say("no handshake"),
            ],
            "no encrypted",
        ),
        (
            vec![
                say(OFFER),
                hear("STARTTLS\r\n"),
                say("454 4.7.0 not now\r\n"),
            ],
            "454 4.7.0 not now",
        ),
        (
            vec![
                say(OFFER),
                hear("STARTTLS\r\n"),
                say("220 go\r\n"),
                Step::Close,
            ],
            "no encrypted",
        ),
    ] {
        let server = Server::start([hello.clone(), steps].concat()).await?;
        let relay = trusting(server.port, Tls::Required, &authority.file);
        let error = Session::connect(&relay).await.err().ok_or("connected")?;
        assert!(error.phase <= Phase::Tls, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        // Neither a letter nor a password follows.
        let rest = server.rest().await.unwrap_or_default();
        assert!(!rest.contains("MAIL") && !rest.contains("AUTH"), "{rest}");
    }
    let server = Server::start(vec![say("220 in clear\r\n")]).await?;
    let relay = trusting(server.port, Tls::Implicit, &authority.file);
    let error = Session::connect(&relay).await.err().ok_or("connected")?;
    assert!(matches!(error.kind, SmtpErrorKind::TlsFailed(_)), "{error}");
    Ok(())
}

#[tokio::test]
async fn no_word_goes_in_clear_to_another_machine() -> Result {
    // Nobody is even called: this would wait for an address that does not answer.
    let elsewhere = Relay::new("192.0.2.1", 25, Tls::None);
    let error = Session::connect(&elsewhere)
        .await
        .err()
        .ok_or("connected")?;
    let host = "192.0.2.1".to_owned();
    assert_eq!(error.kind, SmtpErrorKind::PlaintextRefused { host });
    let mut with_password = relay(25, Tls::None);
    with_password.credentials = Some(("me".to_owned(), Secret::new("hush")));
    with_password.allow_plaintext = true;
    let error = Session::connect(&with_password)
        .await
        .err()
        .ok_or("connected")?;
    assert_eq!(error.phase, Phase::Auth);
    Ok(())
}

#[tokio::test]
async fn passwords_are_said_as_the_relay_asks() -> Result {
    let authority = Authority::new("our CA")?;
    let config = authority.server("127.0.0.1", 4000)?;
    let plain = format!("AUTH PLAIN {}\r\n", BASE64.encode("\0me\0h\u{fc}sh"));
    let user = format!("{}\r\n", BASE64.encode("me"));
    let password = format!("{}\r\n", BASE64.encode("h\u{fc}sh"));
    let login = |last: &str| {
        vec![
            hear("AUTH LOGIN\r\n"),
            say("334 VXNlcm5hbWU6\r\n"),
            hear(&user),
            say("334 UGFzc3dvcmQ6\r\n"),
            hear(&password),
            say(last),
        ]
    };
    let once = |last: &str| vec![hear(&plain), say(last)];
    let refused = |error: &SmtpErrorKind| matches!(error, SmtpErrorKind::AuthRefused(_));
    let replied = |error: &SmtpErrorKind| matches!(error, SmtpErrorKind::Reply(_));
    type Expected<'e> = Option<&'e dyn Fn(&SmtpErrorKind) -> bool>;
    let yes = "235 2.7.0 welcome\r\n";
    let cases: [(&str, Vec<Step>, Expected<'_>); 11] = [
        ("AUTH LOGIN PLAIN", once(yes), None),
        ("AUTH=PLAIN", once(yes), None),
        ("auth login", login(yes), None),
        ("AUTH PLAIN", once("535 5.7.8 who\r\n"), Some(&refused)),
        ("AUTH LOGIN", login("535 5.7.8 who\r\n"), Some(&refused)),
        ("AUTH PLAIN", once("454 4.7.0 later\r\n"), Some(&replied)),
        ("AUTH PLAIN", once("421 4.3.2 bye\r\n"), Some(&replied)),
        ("AUTH PLAIN", once("250 what\r\n"), Some(&replied)),
        ("AUTH PLAIN", once("334 aGVsbG8=\r\n"), Some(&refused)),
        ("AUTH CRAM-MD5", Vec::new(), Some(&refused)),
        ("PIPELINING", Vec::new(), Some(&refused)),
    ];
    for (offer, steps, expected) in cases {
        let hello = vec![hear(HELLO), say(format!("250-x\r\n250 {offer}\r\n"))];
        let server = Server::start([starttls(&config), hello, steps].concat()).await?;
        let mut relay = trusting(server.port, Tls::Required, &authority.file);
        relay.credentials = Some(("me".to_owned(), Secret::new("h\u{fc}sh")));
        let answer = Session::connect(&relay).await;
        let error = answer.as_ref().err();
        assert_eq!(error.is_none(), expected.is_none(), "{offer}: {error:?}");
        if let (Some(error), Some(expected)) = (error, expected) {
            assert!(
                error.phase == Phase::Auth && expected(&error.kind),
                "{error}"
            );
            assert!(!error.to_string().contains("h\u{fc}sh"));
        }
        drop(answer);
        assert_eq!(server.rest().await?, "", "{offer}");
    }
    Ok(())
}

#[test]
fn a_ca_file_is_read_before_it_is_needed() -> Result {
    let authority = Authority::new("our CA")?;
    let mut relay = Relay::new("smtp.example.org", 465, Tls::Implicit);
    for (pem, words) in [
        (&b""[..], "no certificate"),
        (b"not PEM at all", "no certificate"),
        (
            b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
            "cannot be read",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "cannot be read",
        ),
    ] {
        relay.ca_file = Some(CaFile::new(pem));
        let error = relay.check().err().ok_or("taken")?;
        assert!(matches!(error.kind, SmtpErrorKind::TlsFailed(_)));
        assert!(error.to_string().contains(words), "{error}");
    }
    relay.ca_file = Some(authority.file);
    assert_eq!(relay.check(), Ok(()));
    // What was made for the first file does not outlive it.
    let mut copy = relay.clone();
    copy.ca_file = Some(CaFile::new(&b""[..]));
    assert!(copy.check().is_err() && relay.check().is_ok());
    let unnamed = Relay::new("no name", 465, Tls::Implicit);
    assert!(
        unnamed
            .check()
            .is_err_and(|error| error.phase == Phase::Tls)
    );
    Ok(())
}
