//! The hand against servers that follow a script, and against bad settings.

use std::pin::pin;
use std::task::{Context, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

/// A server that writes its lines one for each read, then either stays silent or closes.
async fn scripted(
    lines: &'static [&'static str],
    close: bool,
) -> Result<(u16, JoinHandle<std::io::Result<Vec<u8>>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let task = tokio::spawn(async move {
        let (mut stream, _): (TcpStream, _) = listener.accept().await?;
        let mut heard = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            if at > 0 && stream.read_buf(&mut heard).await? == 0 {
                return Ok(heard);
            }
            stream.write_all(line.as_bytes()).await?;
        }
        if close {
            stream.read_buf(&mut heard).await?;
        } else {
            stream.read_to_end(&mut heard).await?;
        }
        Ok(heard)
    });
    Ok((port, task))
}

#[tokio::test]
async fn a_silent_server_times_out_in_its_phase() -> Result {
    use Phase::{Body, Data, Greeting, Mail, Rcpt};
    const ALL: &[&str] = &[
        "220 x\r\n",
        "250 x\r\n",
        "250 x\r\n",
        "250 x\r\n",
        "354 x\r\n",
    ];
    for (lines, phase) in [
        (&ALL[..0], Greeting),
        (&ALL[..1], Greeting),
        (&ALL[..2], Mail),
        (&ALL[..3], Rcpt),
        (&ALL[..4], Data),
        (ALL, Body),
    ] {
        for (close, kind) in [
            (false, SmtpErrorKind::TimedOut),
            (true, SmtpErrorKind::Closed),
        ] {
            let (port, _server) = scripted(lines, close).await?;
            if close && lines.is_empty() {
                continue;
            }
            let relay = if close {
                relay(port, Tls::None)
            } else {
                hurried(port, phase)
            };
            let error = match Session::connect(&relay).await {
                Ok(mut session) => send(&mut session, "mia@x.example", LETTER).await.err(),
                Err(error) => Some(error),
            };
            let error = error.ok_or("accepted")?;
            assert_eq!((error.phase, &error.kind), (phase, &kind), "close: {close}");
            assert_eq!(in_doubt(&error), phase == Body);
        }
    }
    Ok(())
}

#[tokio::test]
async fn only_250_accepts_a_letter() -> Result {
    for (last, doubt) in [
        ("251 x\r\n", true),
        ("354 x\r\n", true),
        ("rubbish\r\n", true),
        ("250-half\r\n", true),
        // Legal (RFC 5321 §4.2).
        ("250\r\n", false),
        ("250 \u{17c} x\r\n", false),
        ("250-2.0.0 queued\r\n250 2.0.0 as 1\r\n", false),
        ("450 4.3.0 x\r\n", false),
        ("554 5.7.1 x\r\n", false),
        ("421 4.3.2 x\r\n", false),
    ] {
        let lines: &'static [&'static str] = vec![
            "220 x\r\n",
            "250 x\r\n",
            "250 x\r\n",
            "250 x\r\n",
            "354 x\r\n",
            last,
        ]
        .leak();
        let (port, _server) = scripted(lines, false).await?;
        let half = last.starts_with("250-half");
        let relay = if half {
            hurried(port, Phase::Body)
        } else {
            relay(port, Tls::None)
        };
        let mut session = Session::connect(&relay).await?;
        let answer = send(&mut session, "mia@x.example", LETTER).await;
        assert_eq!(
            answer.is_ok(),
            last.starts_with("250") && !doubt,
            "{last} {answer:?}"
        );
        if let Err(error) = answer {
            assert_eq!(in_doubt(&error), doubt, "{last}");
            // Nothing in doubt, and nothing after 421, is used again.
            assert_eq!(
                session.is_open(),
                !doubt && !last.starts_with("421"),
                "{last}"
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_step_is_never_continued() -> Result {
    let (port, _server) = scripted(&["220 x\r\n", "250 x\r\n"], false).await?;
    let mut session = Session::connect(&relay(port, Tls::None)).await?;
    {
        let envelope = envelope(SENDER, "mia@x.example", LETTER);
        let mut step = pin!(session.envelope(&envelope));
        assert!(
            step.as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    assert!(!session.is_open());
    let error = session
        .envelope(&envelope(SENDER, "mia@x.example", LETTER))
        .await
        .err()
        .ok_or("went on")?;
    assert_eq!(
        (error.phase, error.kind),
        (Phase::Mail, SmtpErrorKind::Closed)
    );
    let error = session.body(LETTER).await.err().ok_or("went on")?;
    assert!(!in_doubt(&error), "{error}");
    Ok(())
}

#[tokio::test]
async fn encryption_is_never_given_up() -> Result {
    let phase_and_words = |error: SmtpError| (error.phase, error.kind.to_string());
    let sink = sink(SinkSettings::default()).await?;
    let port = sink.addr().port();
    for (tls, words) in [
        (Tls::Required, "does not offer STARTTLS"),
        (Tls::Implicit, "no encrypted connection"),
    ] {
        let error = Session::connect(&relay(port, tls))
            .await
            .err()
            .ok_or("connected")?;
        let (phase, text) = phase_and_words(error);
        assert!(
            phase == Phase::Tls && text.contains(words),
            "{phase} {text}"
        );
    }
    for (lines, words) in [
        // A word too many in clear would be read as the encrypted server's.
        (
            &[
                "220 x\r\n",
                "250-x\r\n250 STARTTLS\r\n",
                "220 go\r\n250 injected\r\n",
            ][..],
            "said more",
        ),
        (
            &[
                "220 x\r\n",
                "250-x\r\n250 STARTTLS\r\n",
                "220 go\r\n",
                "no handshake",
            ],
            "no encrypted",
        ),
        (
            &[
                "220 x\r\n",
                "250-x\r\n250 STARTTLS\r\n",
                "454 4.7.0 not now\r\n",
            ],
            "454 4.7.0 not now",
        ),
    ] {
        let (port, _server) = scripted(lines, false).await?;
        let error = Session::connect(&relay(port, Tls::Required))
            .await
            .err()
            .ok_or("connected")?;
        let (phase, text) = phase_and_words(error);
        assert!(
            phase == Phase::Tls && text.contains(words),
            "{phase} {text}"
        );
    }
    // Nobody is even called: this would wait for an address that does not answer.
    let elsewhere = Relay::new("192.0.2.1", 25, Tls::None);
    let error = Session::connect(&elsewhere)
        .await
        .err()
        .ok_or("connected")?;
    assert_eq!(
        error.kind,
        SmtpErrorKind::PlaintextRefused {
            host: "192.0.2.1".to_owned()
        }
    );
    let mut with_password = relay(port, Tls::None);
    with_password.credentials = Some(("me".to_owned(), Secret::new("hush")));
    let error = Session::connect(&with_password)
        .await
        .err()
        .ok_or("connected")?;
    assert_eq!(error.phase, Phase::Auth);
    Ok(())
}

#[tokio::test]
async fn nobody_at_home_is_a_failure_to_connect() -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    drop(listener);
    let error = Session::connect(&relay(port, Tls::None))
        .await
        .err()
        .ok_or("connected")?;
    assert_eq!(
        (error.phase, error.kind),
        (
            Phase::Connect,
            SmtpErrorKind::Io(std::io::ErrorKind::ConnectionRefused)
        )
    );
    Ok(())
}
