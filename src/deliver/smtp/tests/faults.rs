//! Servers that hang up, fall silent, dawdle or talk nonsense: what each of it means for a letter.

use std::pin::pin;
use std::task::{Context, Waker};

use tokio::net::TcpListener;

use super::script::{Server, Step, say};
use super::*;

/// What a server says, step by step, and the phase of each reply.
const REPLIES: [(&str, Phase); 6] = [
    ("220 x\r\n", Phase::Greeting),
    ("250 x\r\n", Phase::Greeting),
    ("250 2.1.0 x\r\n", Phase::Mail),
    ("250 2.1.5 x\r\n", Phase::Rcpt),
    ("354 x\r\n", Phase::Data),
    ("250 2.0.0 x\r\n", Phase::Body),
];

/// A server that speaks as it should up to reply `at`, and then does this.
fn up_to(at: usize, pipelining: bool, fault: &[Step]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (number, (reply, _)) in REPLIES.iter().enumerate().take(at + 1) {
        steps.extend(match number {
            0 => Vec::new(),
            // Three commands came together.
            3 | 4 if pipelining => Vec::new(),
            2 if pipelining => vec![Step::Line; 3],
            // Three lines of head and text, and the dot.
            5 => vec![Step::Line; 4],
            _ => vec![Step::Line],
        });
        if number == at {
            steps.extend_from_slice(fault);
        } else if number == 1 && pipelining {
            steps.push(say("250-x\r\n250 PIPELINING\r\n"));
        } else {
            steps.push(say(reply));
        }
    }
    steps
}

async fn attempt(relay: &Relay) -> std::result::Result<(Session, Reply), SmtpError> {
    let mut session = Session::connect(relay).await?;
    let reply = send(&mut session, "mia@x.example", LETTER).await?;
    Ok((session, reply))
}

#[tokio::test]
async fn a_loss_belongs_to_its_phase_and_only_the_dot_is_in_doubt() -> Result {
    for (at, (reply, phase)) in REPLIES.into_iter().enumerate() {
        let half = say(&reply[..reply.len() - 2]);
        for pipelining in [false, true] {
            for (fault, kind) in [
                (vec![Step::Close], SmtpErrorKind::Closed),
                (vec![half.clone(), Step::Close], SmtpErrorKind::Closed),
                (vec![], SmtpErrorKind::TimedOut),
                (vec![half.clone()], SmtpErrorKind::TimedOut),
            ] {
                let server = Server::start(up_to(at, pipelining, &fault)).await?;
                let relay = match kind {
                    SmtpErrorKind::TimedOut => hurried(server.port, phase),
                    _ => relay(server.port, Tls::None),
                };
                let error = attempt(&relay).await.err().ok_or("accepted")?;
                let context = format!("{phase}, pipelining: {pipelining}, {fault:?}");
                assert_eq!((error.phase, &error.kind), (phase, &kind), "{context}");
                assert_eq!(in_doubt(&error), phase == Phase::Body, "{context}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn octet_by_octet_is_slow_and_sound() -> Result {
    let drips: Vec<Step> = up_to(5, true, &[say("250-2.0.0 x\r\n250 2.0.0 y\r\n")])
        .into_iter()
        .map(|step| match step {
            Step::Say(words) => Step::Drip(words),
            other => other,
        })
        .collect();
    let server = Server::start(drips).await?;
    let (session, reply) = attempt(&relay(server.port, Tls::None)).await?;
    assert_eq!(reply.to_string(), "250 2.0.0 x y");
    assert!(session.is_open());
    Ok(())
}

#[tokio::test]
async fn a_reply_that_drips_for_ever_ends_with_its_phase() -> Result {
    // Long enough for no line or reply to end, in more time than there is.
    let endless = Step::Drip("250-x\r\n".repeat(100_000).into_bytes());
    for (at, phase) in [(1, Phase::Greeting), (2, Phase::Mail), (5, Phase::Body)] {
        let server = Server::start(up_to(at, false, std::slice::from_ref(&endless))).await?;
        let error = attempt(&hurried(server.port, phase)).await.err();
        let error = error.ok_or("accepted")?;
        assert_eq!(error.phase, phase);
        let bounded = matches!(
            error.kind,
            SmtpErrorKind::TimedOut | SmtpErrorKind::Garbled(_)
        );
        assert!(bounded, "{error}");
    }
    Ok(())
}

#[tokio::test]
async fn only_a_25x_accepts_a_letter() -> Result {
    for (last, doubt) in [
        ("220 x\r\n", true),
        ("354 x\r\n", true),
        ("rubbish\r\n", true),
        ("150 x\r\n", true),
        ("600 x\r\n", true),
        ("25\r\n", true),
        ("2500 x\r\n", true),
        ("250_x\r\n", true),
        ("250-x\r\n251 x\r\n", true),
        ("250-x\r\n550 x\r\n", true),
        // Legal (RFC 5321 §4.2).
        ("250\r\n", false),
        ("251 x\r\n", false),
        ("250 \u{17c} x\r\n", false),
        ("250-2.0.0 queued\r\n250 2.0.0 as 1\r\n", false),
        ("450 4.3.0 x\r\n", false),
        ("554 5.7.1 x\r\n", false),
        ("554-5.7.1 x\r\n554-5.7.1 y\r\n554 5.7.1 z\r\n", false),
        ("421 4.3.2 x\r\n", false),
    ] {
        let server = Server::start(up_to(5, true, &[say(last)])).await?;
        let mut session = Session::connect(&relay(server.port, Tls::None)).await?;
        let answer = send(&mut session, "mia@x.example", LETTER).await;
        let accepted = last.starts_with("25") && !doubt;
        assert_eq!(answer.is_ok(), accepted, "{last} {answer:?}");
        // Nothing in doubt, and nothing after 421, is used again.
        let open = !doubt && !last.starts_with("421");
        assert_eq!(session.is_open(), open, "{last}");
        if let Err(error) = answer {
            assert_eq!(in_doubt(&error), doubt, "{last}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn words_in_another_encoding_put_no_letter_in_doubt() -> Result {
    let server = Server::start(up_to(5, true, &[say(b"250 2.0.0 re\xe7u\r\n")])).await?;
    let mut session = Session::connect(&relay(server.port, Tls::None)).await?;
    let reply = send(&mut session, "mia@x.example", LETTER).await?;
    assert_eq!(
        (reply.code, reply.words().as_str()),
        (250, "2.0.0 re\u{fffd}u")
    );
    assert!(session.is_open());
    Ok(())
}

#[tokio::test]
async fn nonsense_is_garbled_in_its_phase() -> Result {
    let long_line = format!("250 {}\r\n", "x".repeat(5000));
    let many_lines = "250-x\r\n".repeat(2000);
    let nonsense: [&[u8]; 8] = [
        b"hello\r\n",
        b"\r\n",
        b"\xff\xfe\x00",
        b"2x0 x\r\n",
        b"25",
        b"250-x\r\n354 x\r\n",
        long_line.as_bytes(),
        many_lines.as_bytes(),
    ];
    for (at, (_, phase)) in REPLIES.into_iter().enumerate() {
        for words in nonsense {
            let fault = [say(words), Step::Close];
            let server = Server::start(up_to(at, at % 2 == 0, &fault)).await?;
            let error = attempt(&relay(server.port, Tls::None)).await.err();
            let error = error.ok_or("accepted")?;
            assert_eq!(error.phase, phase, "{error}");
            let garbled = matches!(error.kind, SmtpErrorKind::Garbled(_));
            let cut_off = words == b"25" && error.kind == SmtpErrorKind::Closed;
            assert!(garbled || cut_off, "{phase}: {error}");
            assert_eq!(in_doubt(&error), phase == Phase::Body);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_relay_that_takes_no_text_leaves_no_doubt() -> Result {
    let large = b"0123456789\r\n".repeat(1 << 20);
    // The body too: its dot is in the last write only.
    for whole in [false, true] {
        let mut steps = up_to(4, true, &[say("354 x\r\n")]);
        steps.push(Step::Wait);
        let server = Server::start(steps).await?;
        let mut session = Session::connect(&hurried(server.port, Phase::Text)).await?;
        session
            .envelope(&envelope(SENDER, "mia@x.example", &large))
            .await?;
        let error = if whole {
            session.body(&large).await.err()
        } else {
            session.text(&large).await.err()
        };
        let error = error.ok_or("sent")?;
        assert_eq!(
            (error.phase, &error.kind),
            (Phase::Text, &SmtpErrorKind::TimedOut)
        );
        assert!(!in_doubt(&error) && !session.is_open());
        server.rest.abort();
    }
    Ok(())
}

#[tokio::test]
async fn a_relay_that_hangs_up_within_the_text_leaves_no_doubt() -> Result {
    let large = b"0123456789\r\n".repeat(1 << 20);
    for words in ["", "421 4.3.2 bye\r\n"] {
        let fault = [say("354 x\r\n"), Step::Line, say(words), Step::Close];
        let server = Server::start(up_to(4, true, &fault)).await?;
        let mut session = Session::connect(&relay(server.port, Tls::None)).await?;
        session
            .envelope(&envelope(SENDER, "mia@x.example", &large))
            .await?;
        let error = session.text(&large).await.err().ok_or("sent")?;
        assert!(error.phase == Phase::Text && !in_doubt(&error), "{error}");
        assert!(!session.is_open());
        server.rest().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_cancelled_step_is_never_continued() -> Result {
    let server = Server::start(up_to(2, false, &[])).await?;
    let mut session = Session::connect(&relay(server.port, Tls::None)).await?;
    let envelope = envelope(SENDER, "mia@x.example", LETTER);
    {
        let mut step = pin!(session.envelope(&envelope));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(step.as_mut().poll(&mut cx).is_pending());
    }
    assert!(!session.is_open());
    let error = session.envelope(&envelope).await.err().ok_or("went on")?;
    assert_eq!(
        (error.phase, error.kind),
        (Phase::Mail, SmtpErrorKind::Closed)
    );
    let error = session.body(LETTER).await.err().ok_or("went on")?;
    assert!(!in_doubt(&error), "{error}");
    Ok(())
}

#[tokio::test]
async fn nobody_at_home_is_a_failure_to_connect() -> Result {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    drop(listener);
    let error = attempt(&relay(port, Tls::None))
        .await
        .err()
        .ok_or("connected")?;
    let refused = SmtpErrorKind::Io(std::io::ErrorKind::ConnectionRefused);
    assert_eq!((error.phase, error.kind), (Phase::Connect, refused));
    Ok(())
}
