//! Commands and replies of whole letters, octet by octet on the wire.

use super::script::{Server, Step, hear, say};
use super::*;

const HELLO: &str = "EHLO [127.0.0.1]\r\n";
const ALL_OFFERS: &str = "250-relay.example at your service\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n250 SMTPUTF8\r\n";
const PIPELINING: &str = "250-relay.example\r\n250 PIPELINING\r\n";
const PLAIN: &str = "250 relay.example\r\n";

fn opened(offers: &str) -> Vec<Step> {
    vec![say("220 relay.example ESMTP\r\n"), hear(HELLO), say(offers)]
}

/// Plays `steps` behind a greeting with these offers.
async fn with(offers: &str, steps: Vec<Step>) -> Result<(Session, Server)> {
    let server = Server::start([opened(offers), steps].concat()).await?;
    let session = Session::connect(&relay(server.port, Tls::None)).await?;
    Ok((session, server))
}

fn commands(recipient: &str) -> String {
    format!("MAIL FROM:<{SENDER}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n")
}

fn to(recipient: &str) -> Envelope<'_> {
    envelope(SENDER, recipient, LETTER)
}

/// Code and phase of a refusal.
fn refusal<T: fmt::Debug>(answer: std::result::Result<T, SmtpError>) -> Option<(Phase, u16)> {
    match answer.err()?.outcome() {
        Outcome::Replied { phase, reply } => Some((phase, reply.code)),
        _ => None,
    }
}

/// Waits until what the relay said or did unasked has arrived.
async fn until_stirred(session: &mut Session) {
    while !session.wire.stirs() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_letters_leave_octet_by_octet() -> Result {
    let first = "MAIL FROM:<b+1@bounce.example> SIZE=12 RET=HDRS ENVID=7+2B3+3Dx\r\n\
                 RCPT TO:<mia@x.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;mia@x.example\r\nDATA\r\n";
    let second = "MAIL FROM:<> SIZE=36 SMTPUTF8 RET=HDRS\r\n\
                  RCPT TO:<\u{17c}@xn--bcher-kva.example> NOTIFY=FAILURE,DELAY\r\nDATA\r\n";
    let steps = vec![
        // Nothing is answered before all has come: one at a time would wait for ever.
        hear(first),
        say("250 2.1.0 ok\r\n250 2.1."),
        say("5 ok\r\n354 go\r\n"),
        hear("..a\r\n..\r\nb\r\n"),
        hear([".\r\n", second].concat()),
        say("250-2.0.0 kept\r\n250 2.0.0 as 1\r\n250 ok\r\n251 ok\r\n354 go"),
        say("\r\n"),
        hear(LETTER),
        hear(".\r\n"),
        say("250 ok\r\n"),
        hear("QUIT\r\n"),
        say("221 bye\r\n"),
    ];
    let (mut session, server) = with(ALL_OFFERS, steps).await?;
    let offers = session.offers();
    assert_eq!(
        (offers.name.as_str(), offers.max_message, &offers.tls),
        ("relay.example", Some(1000), &None)
    );
    assert!(offers.pipelining && offers.dsn && offers.smtputf8 && !offers.eight_bit);
    let letter = b".a\r\n.\r\nb\r\n";
    let one = Envelope {
        envid: Some("7+3=x"),
        size: 12,
        ..to("mia@x.example")
    };
    let two = envelope("", "\u{17c}@b\u{fc}cher.example", LETTER);
    session.fits(letter)?;
    session.envelope(&one).await?;
    assert!(!session.is_open() && session.messages() == 0);
    session.text(letter).await?;
    assert!(!session.is_open());
    let reply = session.dot(Some(&two)).await?;
    assert_eq!(reply.to_string(), "250 2.0.0 kept as 1");
    assert!(session.is_open() && session.is_fresh());
    session.envelope(&two).await?;
    session.text(LETTER).await?;
    assert_eq!(session.dot(None).await?.code, 250);
    assert_eq!((session.messages(), session.take_fault()), (2, None));
    session.quit().await;
    assert_eq!(server.rest().await?, "");
    Ok(())
}

#[tokio::test]
async fn without_pipelining_each_command_waits() -> Result {
    let steps = vec![
        hear(format!("MAIL FROM:<{SENDER}>\r\n")),
        say("250 ok\r\n"),
        hear("RCPT TO:<eve@x.example>\r\n"),
        say("550 5.1.1 who\r\n"),
        // No DATA, and no new connection.
        hear("RSET\r\n"),
        say("250 ok\r\n"),
        hear(format!("MAIL FROM:<{SENDER}>\r\n")),
        say("250 ok\r\n"),
        hear("RCPT TO:<mia@x.example>\r\n"),
        say("250 ok\r\n"),
        hear("DATA\r\n"),
        say("354 go\r\n"),
        hear([LETTER, b".\r\n"].concat()),
        say("250 ok\r\n"),
        hear(format!("MAIL FROM:<{SENDER}>\r\n")),
        say("451 4.3.0 later\r\n"),
        // MAIL was refused: there is nothing to reset.
        hear(format!("MAIL FROM:<{SENDER}>\r\n")),
        say("250 ok\r\n"),
        hear("RCPT TO:<mia@x.example>\r\n"),
        say("250 ok\r\n"),
        hear("DATA\r\n"),
        say("451 4.3.1 full\r\n"),
        hear("QUIT\r\n"),
        say("221 bye\r\n"),
    ];
    let (mut session, server) = with(PLAIN, steps).await?;
    let answer = session.envelope(&to("eve@x.example")).await;
    assert_eq!(refusal(answer), Some((Phase::Rcpt, 550)));
    session.envelope(&to("mia@x.example")).await?;
    session.text(LETTER).await?;
    // The next one is not sent ahead.
    session.dot(Some(&to("mia@x.example"))).await?;
    let answer = session.envelope(&to("mia@x.example")).await;
    assert_eq!(refusal(answer), Some((Phase::Mail, 451)));
    let answer = session.envelope(&to("mia@x.example")).await;
    assert_eq!(refusal(answer), Some((Phase::Data, 451)));
    session.quit().await;
    server.rest().await?;
    Ok(())
}

#[tokio::test]
async fn a_refusal_costs_a_reset_and_no_connection() -> Result {
    let eve = commands("eve@x.example");
    let steps = vec![
        hear(&eve),
        say("250 ok\r\n550 5.1.1 who\r\n554 5.5.1 no recipients\r\n"),
        hear(["RSET\r\n", &eve].concat()),
        say("250 reset\r\n"),
        say("451 4.3.0 later\r\n503 MAIL first\r\n503 MAIL first\r\n"),
        hear(["RSET\r\n", &eve].concat()),
        say("250 reset\r\n250 ok\r\n250 ok\r\n452 4.3.1 full\r\n"),
        hear(["RSET\r\n", &eve].concat()),
        say("250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
    ];
    let (mut session, server) = with(PIPELINING, steps).await?;
    for expected in [(Phase::Rcpt, 550), (Phase::Mail, 451), (Phase::Data, 452)] {
        let answer = session.envelope(&to("eve@x.example")).await;
        assert_eq!(refusal(answer), Some(expected));
        assert!(session.is_open() && session.is_fresh());
    }
    session.envelope(&to("eve@x.example")).await?;
    // 354 is pending: whoever leaves now leaves without a word.
    session.quit().await;
    assert_eq!(server.rest().await?, "");
    Ok(())
}

#[tokio::test]
async fn a_message_wanted_for_nobody_gets_a_lone_dot() -> Result {
    let eve = commands("eve@x.example");
    for (reply, open, fault) in [
        ("554 5.5.1 no valid recipients\r\n", true, false),
        ("451 4.3.0 later\r\n", true, false),
        ("250 2.0.0 kept as 7\r\n", true, true),
        ("354 more\r\n", false, false),
        ("421 4.3.2 bye\r\n", false, false),
        ("rubbish\r\n", false, false),
    ] {
        let steps = vec![
            hear(&eve),
            say("250 ok\r\n550 5.1.1 who\r\n354 go\r\n"),
            hear(".\r\n"),
            say(reply),
            hear(if open { eve.as_str() } else { "" }),
            say("250 ok\r\n250 ok\r\n354 go\r\n"),
        ];
        let (mut session, server) = with(PIPELINING, steps).await?;
        let answer = session.envelope(&to("eve@x.example")).await;
        assert_eq!(refusal(answer), Some((Phase::Rcpt, 550)), "{reply}");
        assert_eq!(
            (session.is_open(), session.messages()),
            (open, 0),
            "{reply}"
        );
        let told = session.take_fault();
        assert_eq!(told.is_some(), fault, "{reply}");
        assert!(told.is_none_or(|words| words.contains("250 2.0.0 kept as 7")));
        assert_eq!(session.take_fault(), None);
        // The transaction is over: no RSET.
        let next = session.envelope(&to("eve@x.example")).await;
        assert_eq!(next.is_ok(), open, "{reply}");
        drop(session);
        if open {
            server.rest().await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_next_envelope_stands_whatever_becomes_of_the_letter_before() -> Result {
    let [mia, kim] = ["mia@x.example", "kim@x.example"].map(commands);
    let steps = vec![
        hear(&mia),
        say("250 ok\r\n250 ok\r\n354 go\r\n"),
        hear(LETTER),
        hear([".\r\n", &kim].concat()),
        say("554 5.7.1 spam\r\n250 ok\r\n550 5.1.1 who\r\n503 no\r\n"),
        hear(["RSET\r\n", &mia].concat()),
        say("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
        hear(LETTER),
        hear([".\r\n", &mia].concat()),
        say("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"),
    ];
    let (mut session, server) = with(PIPELINING, steps).await?;
    session.envelope(&to("mia@x.example")).await?;
    session.text(LETTER).await?;
    let answer = session.dot(Some(&to("kim@x.example"))).await;
    assert_eq!(refusal(answer), Some((Phase::Body, 554)));
    let answer = session.envelope(&to("kim@x.example")).await;
    assert_eq!(refusal(answer), Some((Phase::Rcpt, 550)));
    session.envelope(&to("mia@x.example")).await?;
    session.text(LETTER).await?;
    session.dot(Some(&to("mia@x.example"))).await?;
    // Another letter than the one that was begun: nothing of it may leave.
    let error = session.envelope(&to("kim@x.example")).await.err();
    let error = error.ok_or("went on")?;
    assert_eq!(
        (error.phase, &error.kind),
        (Phase::Mail, &SmtpErrorKind::Closed)
    );
    assert!(!session.is_open());
    drop(session);
    assert_eq!(server.rest().await?, "");
    Ok(())
}

#[tokio::test]
async fn an_envelope_that_cannot_be_sent_is_not_sent_ahead() -> Result {
    let mia = commands("mia@x.example");
    let steps = vec![
        hear(&mia),
        say("250 ok\r\n250 ok\r\n354 go\r\n"),
        hear([LETTER, b".\r\n"].concat()),
        say("250 ok\r\n"),
        hear(&mia),
    ];
    let (mut session, server) = with(PIPELINING, steps).await?;
    session.envelope(&to("mia@x.example")).await?;
    session.text(LETTER).await?;
    session.dot(Some(&to("\u{17c}@x.example"))).await?;
    let error = session.envelope(&to("\u{17c}@x.example")).await.err();
    let outcome = error.map(|error| error.outcome());
    assert!(
        matches!(outcome, Some(Outcome::Unsendable { .. })),
        "{outcome:?}"
    );
    assert!(session.is_open());
    // Said now, since it was not said ahead; nobody answers.
    let last = to("mia@x.example");
    let answer = timeout(Duration::from_millis(50), session.envelope(&last)).await;
    assert!(answer.is_err());
    drop(session);
    assert_eq!(server.rest().await?, "");
    Ok(())
}

#[tokio::test]
async fn what_stops_before_the_dot_is_never_a_letter() -> Result {
    let mia = commands("mia@x.example");
    let steps = vec![hear(&mia), say("250 ok\r\n250 ok\r\n354 go\r\n")];
    // Behind the text.
    let (mut session, server) = with(PIPELINING, steps.clone()).await?;
    session.envelope(&to("mia@x.example")).await?;
    session.text(LETTER).await?;
    drop(session);
    assert_eq!(server.rest().await?.as_bytes(), LETTER);
    // Within it: the future is dropped while the relay takes nothing more.
    let large = b"0123456789\r\n".repeat(1 << 20);
    let (mut session, server) = with(PIPELINING, steps).await?;
    session.envelope(&to("mia@x.example")).await?;
    let half = timeout(Duration::ZERO, session.text(&large)).await;
    assert!(half.is_err() && !session.is_open());
    let error = session.dot(None).await.err().ok_or("sent")?;
    assert!(error.phase == Phase::Text && !in_doubt(&error), "{error}");
    drop(session);
    let rest = server.rest().await?;
    assert!(large.starts_with(rest.as_bytes()) && rest.len() < large.len());
    Ok(())
}

#[tokio::test]
async fn what_the_relay_says_before_the_dot_stops_the_dot() -> Result {
    let mia = commands("mia@x.example");
    for (words, expected) in [
        ("421 4.3.2 shutting down\r\n", Some((Phase::Text, 421))),
        ("552 5.3.4 too much\r\n", Some((Phase::Text, 552))),
        ("250 2.0.0 kept\r\n", None),
        ("rubbish\r\n", None),
        ("", None),
    ] {
        let steps = vec![
            hear(&mia),
            say("250 ok\r\n250 ok\r\n354 go\r\n"),
            hear(LETTER),
            say(words),
            Step::Close,
        ];
        let (mut session, server) = with(PIPELINING, steps).await?;
        session.envelope(&to("mia@x.example")).await?;
        session.text(LETTER).await?;
        assert_eq!(server.rest().await?, "");
        until_stirred(&mut session).await;
        let answer = session.dot(None).await;
        let error = answer.as_ref().err().ok_or("sent")?;
        assert!(error.phase == Phase::Text && !in_doubt(error), "{error}");
        assert_eq!(refusal(answer), expected, "{words}");
        assert!(!session.is_open() && session.messages() == 0);
    }
    Ok(())
}

#[tokio::test]
async fn an_idle_session_tells_that_the_relay_has_left() -> Result {
    let last_words = "421 4.4.2 idle for too long\r\n";
    for (words, mail) in [
        (last_words, Some((Phase::Mail, 421))),
        ("", None),
        ("250 unasked\r\n", None),
    ] {
        let (mut session, server) = with(PIPELINING, vec![say(words), Step::Close]).await?;
        server.rest().await?;
        until_stirred(&mut session).await;
        assert!(session.is_open() && !session.is_fresh(), "{words}");
        let answer = session.envelope(&to("mia@x.example")).await;
        assert_eq!(refusal(answer), mail, "{words}");
        assert!(!session.is_open());
    }
    Ok(())
}

#[tokio::test]
async fn a_421_anywhere_is_the_last_reply() -> Result {
    const ORDER: [Phase; 3] = [Phase::Mail, Phase::Rcpt, Phase::Data];
    for (at, phase) in ORDER.into_iter().enumerate() {
        for offers in [PIPELINING, PLAIN] {
            let mut steps = Vec::new();
            for (step, reply) in ["250 ok\r\n", "250 ok\r\n", "354 go\r\n"]
                .iter()
                .enumerate()
            {
                if step == 0 || offers == PLAIN {
                    steps.push(Step::Line);
                }
                let reply = if step == at {
                    "421 4.3.2 bye\r\n"
                } else {
                    reply
                };
                steps.push(say(reply));
                if step == at {
                    break;
                }
            }
            let (mut session, _server) = with(offers, steps).await?;
            let answer = session.envelope(&to("mia@x.example")).await;
            assert_eq!(refusal(answer), Some((phase, 421)));
            assert!(!session.is_open());
        }
    }
    let steps = vec![
        hear(commands("mia@x.example")),
        say("250 ok\r\n250 ok\r\n354 go\r\n"),
        hear([LETTER, b".\r\n"].concat()),
        say("421 4.3.2 bye\r\n"),
    ];
    let (mut session, _server) = with(PIPELINING, steps).await?;
    let answer = send(&mut session, "mia@x.example", LETTER).await;
    assert_eq!(refusal(answer), Some((Phase::Body, 421)));
    assert!(!session.is_open());
    for steps in [
        vec![say("421 4.3.2 bye\r\n")],
        vec![say("220 hi\r\n"), hear(HELLO), say("421 4.3.2 bye\r\n")],
    ] {
        let server = Server::start(steps).await?;
        let answer = Session::connect(&relay(server.port, Tls::None)).await;
        assert_eq!(refusal(answer), Some((Phase::Greeting, 421)));
    }
    Ok(())
}

#[tokio::test]
async fn a_steps_misuse_sends_nothing() -> Result {
    let (mut session, server) = with(PIPELINING, Vec::new()).await?;
    for error in [
        session.text(LETTER).await.err(),
        session.dot(None).await.err(),
        session.body(LETTER).await.err(),
    ] {
        let error = error.ok_or("sent")?;
        assert_eq!(
            (error.phase, &error.kind),
            (Phase::Text, &SmtpErrorKind::Closed)
        );
        assert!(!in_doubt(&error));
    }
    assert!(!session.is_open());
    drop(session);
    assert_eq!(server.rest().await?, "");
    Ok(())
}
