//! The hand against the sink.

mod faults;
mod noise;
mod script;
mod tls;
mod transactions;

use std::error::Error;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use super::*;
use crate::deliver::policy::{Outcome, RetrySchedule, Verdict, verdict};
use crate::sink::{Sink, SinkHandle, SinkSettings};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const SENDER: &str = "b+1@bounce.example";
const LETTER: &[u8] = b"Message-ID: <1@x.example>\r\n\r\nHello\r\n";

async fn sink(settings: SinkSettings) -> Result<SinkHandle> {
    Ok(Sink::start(
        TcpListener::bind("127.0.0.1:0").await?,
        settings,
    )?)
}

/// Whether an error leaves the letter in doubt, by the rule that deliveries follow.
fn in_doubt(error: &SmtpError) -> bool {
    let (now, deadline) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::MAX);
    let schedule = RetrySchedule::default();
    let judged = verdict(&error.outcome(), 1, now, &schedule, deadline);
    matches!(judged, Verdict::Uncertain { .. })
}

fn relay(port: u16, tls: Tls) -> Relay {
    Relay::new("127.0.0.1", port, tls)
}

async fn session(sink: &SinkHandle) -> std::result::Result<Session, SmtpError> {
    Session::connect(&relay(sink.addr().port(), Tls::None)).await
}

fn envelope<'a>(mail_from: &'a str, rcpt_to: &'a str, letter: &[u8]) -> Envelope<'a> {
    Envelope {
        mail_from,
        rcpt_to,
        envid: None,
        size: letter.len() as u64,
    }
}

async fn send(
    session: &mut Session,
    recipient: &str,
    letter: &[u8],
) -> std::result::Result<Reply, SmtpError> {
    session
        .envelope(&envelope(SENDER, recipient, letter))
        .await?;
    session.body(letter).await
}

/// A relay that gets only a moment in this phase, and its full time in the others.
fn hurried(port: u16, phase: Phase) -> Relay {
    let mut relay = relay(port, Tls::None);
    let timeouts = &mut relay.timeouts;
    *match phase {
        Phase::Connect => &mut timeouts.connect,
        Phase::Greeting => &mut timeouts.greeting,
        Phase::Tls => &mut timeouts.tls,
        Phase::Auth => &mut timeouts.auth,
        Phase::Mail | Phase::Rcpt => &mut timeouts.envelope,
        Phase::Data => &mut timeouts.data,
        Phase::Text => &mut timeouts.text,
        Phase::Body => &mut timeouts.dot,
    } = Duration::from_millis(40);
    relay
}

#[tokio::test]
async fn letters_arrive_octet_by_octet() -> Result {
    let sink = sink(SinkSettings::default()).await?;
    let mut session = session(&sink).await?;
    let large = b"A line of a digest that is seventy-six octets long, as they all are in here\r\n"
        .repeat(2000);
    for letter in [
        LETTER,
        b".\r\n",
        b"",
        b"\r\n",
        b"..\r\n.a\r\n\r\n.\r\n",
        b"a\r\n.",
        b"no end",
        &large,
    ] {
        let reply = send(&mut session, "mia@x.example", letter).await?;
        assert_eq!(
            (reply.code, reply.enhanced.as_deref()),
            (250, Some("2.0.0"))
        );
        let received = sink.mailbox().messages().pop().ok_or("nothing received")?;
        let mut expected = letter.to_vec();
        if !letter.is_empty() && !letter.ends_with(b"\r\n") {
            expected.extend_from_slice(b"\r\n");
        }
        assert!(
            *received.bytes == expected,
            "{:?}",
            String::from_utf8_lossy(letter)
        );
        let hash: [u8; 32] = Sha256::digest(&expected).into();
        assert_eq!(
            sink.mailbox()
                .journal()
                .pop()
                .and_then(|entry| entry.sha256),
            Some(hash)
        );
        assert_eq!(received.sender, SENDER);
    }
    session.quit().await;
    Ok(())
}

#[tokio::test]
async fn refusals_leave_the_session_open() -> Result {
    let sink = sink(SinkSettings::default()).await?;
    let mut session = session(&sink).await?;
    for (recipient, phase, code, enhanced) in [
        ("defer1.a@x.example", Phase::Rcpt, 451, "4.2.1"),
        ("refuse.b@x.example", Phase::Rcpt, 550, "5.1.1"),
        ("full.c@x.example", Phase::Rcpt, 452, "4.2.2"),
        ("refusedata.d@x.example", Phase::Body, 554, "5.7.1"),
    ] {
        let error = send(&mut session, recipient, LETTER)
            .await
            .err()
            .ok_or("accepted")?;
        assert!(!in_doubt(&error), "{recipient}");
        let Outcome::Replied { phase: seen, reply } = error.outcome() else {
            return Err(format!("{recipient}: {error}").into());
        };
        assert_eq!((seen, reply.code), (phase, code), "{recipient}");
        assert_eq!(reply.enhanced.as_deref(), Some(enhanced));
        assert!(session.is_open(), "{recipient}");
    }
    send(&mut session, "defer1.a@x.example", LETTER).await?;
    assert_eq!(sink.mailbox().count_accepted(), 1);
    Ok(())
}

#[tokio::test]
async fn hanging_up_after_the_dot_is_doubt() -> Result {
    let sink = sink(SinkSettings::default()).await?;
    for (recipient, kept) in [("hangup.a@x.example", 1), ("hangupdata.b@x.example", 0)] {
        let before = sink.mailbox().count_accepted();
        let mut first = session(&sink).await?;
        first.envelope(&envelope(SENDER, recipient, LETTER)).await?;
        let error = first.body(LETTER).await.err().ok_or("accepted")?;
        assert_eq!(
            (error.phase, &error.kind),
            (Phase::Body, &SmtpErrorKind::Closed)
        );
        assert!(in_doubt(&error));
        assert!(matches!(
            error.outcome(),
            Outcome::Lost {
                phase: Phase::Body,
                ..
            }
        ));
        assert!(!first.is_open());
        assert_eq!(
            sink.mailbox().count_accepted() - before,
            kept,
            "{recipient}"
        );
        let again = first
            .envelope(&envelope(SENDER, "mia@x.example", LETTER))
            .await
            .map_err(|error| error.kind);
        assert_eq!(again, Err(SmtpErrorKind::Closed));
        send(&mut session(&sink).await?, recipient, LETTER).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_slow_reply_times_out_in_doubt() -> Result {
    let settings = SinkSettings {
        slow: Duration::from_secs(600),
        ..SinkSettings::default()
    };
    let sink = sink(settings).await?;
    let mut session = Session::connect(&hurried(sink.addr().port(), Phase::Body)).await?;
    let error = send(&mut session, "slow.a@x.example", LETTER)
        .await
        .err()
        .ok_or("accepted")?;
    assert_eq!(
        (error.phase, &error.kind),
        (Phase::Body, &SmtpErrorKind::TimedOut)
    );
    assert!(in_doubt(&error) && !session.is_open());
    sink.stop().await;
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_begun() -> Result {
    let sink = sink(SinkSettings {
        max_message: 64,
        ..SinkSettings::default()
    })
    .await?;
    let mut session = session(&sink).await?;
    let big = b"0123456789\r\n".repeat(6);
    for letter in [&b"a\nb\r\n"[..], b"a\rb\r\n", "ż\r\n".as_bytes(), &big] {
        let error = session.fits(letter).err().ok_or("fits")?;
        assert!(
            matches!(error.outcome(), Outcome::Unsendable { .. }),
            "{error}"
        );
        assert!(!in_doubt(&error));
    }
    for (sender, recipient) in [
        (SENDER, "a@x.example\r\nRSET"),
        (SENDER, "ż@x.example"),
        ("a@b.example>\r\nRCPT TO:<c@d.example", "mia@x.example"),
    ] {
        let error = session
            .envelope(&envelope(sender, recipient, LETTER))
            .await
            .err()
            .ok_or("sent")?;
        assert!(
            matches!(error.outcome(), Outcome::Unsendable { .. }),
            "{error}"
        );
    }
    assert!(session.is_open());
    session
        .envelope(&envelope("", "mia@bücher.example", LETTER))
        .await?;
    assert!(
        session
            .body(&big)
            .await
            .is_err_and(|error| !in_doubt(&error))
    );
    assert!(
        !session.is_open(),
        "the relay waits for a message that will not come"
    );
    assert_eq!(sink.mailbox().count_accepted(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]
    #[test]
    fn every_letter_of_whole_lines_round_trips(
        letters in prop::collection::vec(
            prop::collection::vec(prop_oneof![Just("."), Just(".."), Just(""), Just("a."), Just(".a"), Just("text")], 0..200),
            1..8,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let same = runtime.map_err(Box::<dyn Error>::from).and_then(|runtime| runtime.block_on(async {
            let sink = sink(SinkSettings::default()).await?;
            let mut session = session(&sink).await?;
            let mut same = true;
            for lines in &letters {
                let letter: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
                send(&mut session, "mia@x.example", letter.as_bytes()).await?;
                let last = sink.mailbox().messages().pop();
                same &= last.is_some_and(|last| *last.bytes == *letter.as_bytes());
            }
            Ok::<_, Box<dyn Error>>(same)
        }));
        prop_assert!(matches!(same, Ok(true)), "{:?}", same);
    }
}
