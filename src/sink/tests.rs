//! The sink by raw sockets: what a sender sees of it. How it goes with the SMTP hand is tested
//! beside the hand.

use std::error::Error;
use std::io;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

mod manners;
mod points;
mod secure;
mod speech;

pub(super) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

async fn start(settings: SinkSettings) -> Result<SinkHandle> {
    Ok(Sink::start(
        TcpListener::bind("127.0.0.1:0").await?,
        settings,
    )?)
}

/// Sends everything at once, closes its half, and returns all that came back.
async fn say(sink: &SinkHandle, script: &[u8]) -> io::Result<String> {
    let mut stream = TcpStream::connect(sink.addr()).await?;
    // A sink that hangs up early may refuse the rest of the script.
    let _ = stream.write_all(script).await;
    let _ = stream.shutdown().await;
    let mut answers = Vec::new();
    match stream.read_to_end(&mut answers).await {
        Err(error) if error.kind() != io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(String::from_utf8_lossy(&answers).into_owned()),
    }
}

/// The codes of the replies, one for each.
fn codes(answers: &str) -> Vec<&str> {
    let last = |line: &&str| line.as_bytes().get(3) == Some(&b' ');
    answers
        .lines()
        .filter(last)
        .map(|line| &line[..3])
        .collect()
}

fn letter(recipient: &str, message: &str) -> String {
    format!("EHLO me\r\nMAIL FROM:<s@x.example>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n{message}.\r\n")
}

#[tokio::test]
async fn a_whole_conversation_may_come_in_one_piece() -> Result {
    let sink = start(SinkSettings::default()).await?;
    let script = letter("mia@x.example", "Message-ID: <1@x>\r\n\r\n..\r\nhi\r\n")
        + "NOOP\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\nRSET\r\nQUIT\r\n";
    let answers = say(&sink, script.as_bytes()).await?;
    let expected = "220 250 250 250 354 250 250 250 250 250 354 250 250 221";
    assert_eq!(codes(&answers).join(" "), expected, "{answers}");
    assert!(answers.contains("250-SIZE 10485760\r\n"), "{answers}");
    let mailbox = sink.mailbox();
    sink.stop().await;
    assert_eq!(mailbox.count_accepted(), 3);
    let first = mailbox.get(1).ok_or("no first message")?;
    assert_eq!(&*first.bytes, b"Message-ID: <1@x>\r\n\r\n.\r\nhi\r\n");
    assert_eq!(
        (first.sender.as_str(), first.recipient.as_str()),
        ("s@x.example", "mia@x.example")
    );
    assert_eq!(mailbox.get(3).map(|last| last.bytes.len()), Some(0));
    assert_eq!(mailbox.journal()[0].message_id.as_deref(), Some("<1@x>"));
    Ok(())
}

#[tokio::test]
async fn the_order_of_commands_is_kept() -> Result {
    let sink = start(SinkSettings {
        max_recipients: 1,
        ..SinkSettings::default()
    })
    .await?;
    let script = "MAIL FROM:<a@b>\r\nRCPT TO:<a@b>\r\nDATA\r\nEHLO me\r\nDATA\r\nMAIL FROM:<a@b>\r\n\
        MAIL FROM:<a@b>\r\nDATA\r\nRCPT TO:<>\r\nRCPT TO:<a@b> NOTIFY=NEVER\r\nRCPT TO:<a@b>\r\n\
        RCPT TO:<c@d>\r\nVRFY a\r\nAUTH PLAIN x\r\nWHAT\r\nNOOP\nQUIT\r\n";
    let answers = say(&sink, script.as_bytes()).await?;
    let expected = "220 503 503 503 250 503 250 503 554 501 555 250 452 252 502 500 500 221";
    assert_eq!(codes(&answers).join(" "), expected, "{answers}");
    Ok(())
}

#[tokio::test]
async fn recipients_behave_as_their_names_say() -> Result {
    let settings = SinkSettings {
        slow: Duration::from_millis(1),
        ..SinkSettings::default()
    };
    let sink = start(settings).await?;
    let ok = "220 250 250 250 354 250";
    for (recipient, rounds) in [
        (
            "defer2.ann@x.example",
            ["220 250 250 451 554 500", "220 250 250 451 554 500", ok],
        ),
        ("refuse.bob@x.example", ["220 250 250 550 554 500"; 3]),
        ("full+bob@x.example", ["220 250 250 452 554 500"; 3]),
        ("hangup.eve@x.example", ["220 250 250 250 354", ok, ok]),
        ("hangupdata.eve@x.example", ["220 250 250 250 354", ok, ok]),
        ("refusedata.kim@x.example", ["220 250 250 250 354 554"; 3]),
        ("slow.lee@x.example", [ok; 3]),
    ] {
        for (round, expected) in rounds.into_iter().enumerate() {
            // Refused at RCPT, the dot is taken for a command: 500.
            let answers = say(&sink, letter(recipient, "").as_bytes()).await?;
            // Hanging up within the message resets the connection, replies included.
            let seen = codes(&answers).join(" ");
            let reset = recipient.starts_with("hangupdata") && round == 0;
            assert!(
                seen == expected || reset && expected.starts_with(&seen),
                "{recipient} {seen}"
            );
        }
    }
    let journal = sink.mailbox().journal();
    let of = |word: &str| -> Vec<_> {
        let mine = journal
            .iter()
            .filter(|entry| entry.recipient.starts_with(word));
        mine.map(|entry| (entry.code, entry.sha256.is_some()))
            .collect()
    };
    assert_eq!(
        of("defer2."),
        [(Some(451), false), (Some(451), false), (Some(250), true)]
    );
    assert_eq!(of("refuse."), [(Some(550), false); 3]);
    assert_eq!(
        of("hangup."),
        [(None, true), (Some(250), true), (Some(250), true)]
    );
    assert_eq!(
        of("hangupdata."),
        [(None, false), (Some(250), true), (Some(250), true)]
    );
    assert_eq!(of("refusedata."), [(Some(554), true); 3]);
    assert_eq!(sink.mailbox().count_accepted(), 1 + 3 + 2 + 3);
    Ok(())
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_the_connection_lives() -> Result {
    let settings = SinkSettings {
        max_message: 100_000,
        ..SinkSettings::default()
    };
    let sink = start(settings).await?;
    let line = "x".repeat(998) + "\r\n";
    for (message, expected) in [
        (line.repeat(100), "250"),
        (line.repeat(100) + "\r\n", "552"),
        (line.repeat(900), "552"),
        (format!("x{line}"), "500"),
        // The transparency dot does not count.
        (format!("..{line}"), "500"),
        (format!("..{}", &line[1..]), "250"),
    ] {
        let script = letter("a@x.example", &message) + "NOOP\r\n";
        let answers = say(&sink, script.as_bytes()).await?;
        assert_eq!(
            codes(&answers)[5..],
            [expected, "250"],
            "{} octets",
            message.len()
        );
    }
    let long = "MAIL FROM:<".to_owned() + &"a".repeat(200_000) + "\r\nNOOP\r\n";
    assert_eq!(
        codes(&say(&sink, long.as_bytes()).await?),
        ["220", "500", "250"]
    );
    let sized = say(&sink, b"EHLO me\r\nMAIL FROM:<a@b> SIZE=100001\r\n").await?;
    assert_eq!(codes(&sized), ["220", "250", "552"]);
    Ok(())
}

#[tokio::test]
async fn commands_and_connections_are_bounded() -> Result {
    let sink = start(SinkSettings {
        max_commands: 3,
        ..SinkSettings::default()
    })
    .await?;
    let answers = say(&sink, &b"NOOP\r\n".repeat(9)).await?;
    assert_eq!(codes(&answers), ["220", "250", "250", "250", "421"]);

    let sink = start(SinkSettings {
        max_connections: 1,
        ..SinkSettings::default()
    })
    .await?;
    let mut first = TcpStream::connect(sink.addr()).await?;
    let mut greeting = [0; 4];
    first.read_exact(&mut greeting).await?;
    assert_eq!(codes(&say(&sink, b"").await?), ["421"]);
    Ok(())
}

#[tokio::test]
async fn who_is_silent_is_let_go() -> Result {
    let settings = SinkSettings {
        idle: Duration::from_millis(20),
        ..SinkSettings::default()
    };
    let sink = start(settings).await?;
    let mut silent = TcpStream::connect(sink.addr()).await?;
    let mut heard = String::new();
    silent.read_to_string(&mut heard).await?;
    assert!(
        heard.ends_with("421 4.4.2 idle for too long\r\n"),
        "{heard}"
    );
    Ok(())
}

#[tokio::test]
async fn the_journal_file_has_a_line_before_the_reply() -> Result {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("sink.jsonl");
    let settings = SinkSettings {
        keep: 0,
        journal: 0,
        journal_file: Some(path.clone()),
        ..SinkSettings::default()
    };
    let sink = start(settings.clone()).await?;
    for recipient in [
        "mia@x.example",
        "hangup.eve@x.example",
        "refuse.x@x.example",
    ] {
        say(
            &sink,
            letter(recipient, "Message-ID: <7@x>\r\n\r\n").as_bytes(),
        )
        .await?;
    }
    let text = std::fs::read_to_string(&path)?;
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<serde_json::Result<_>>()?;
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!(lines[0]["recipient"], "mia@x.example");
    assert_eq!(lines[0]["message_id"], "<7@x>");
    assert_eq!(lines[0]["code"], 250);
    assert_eq!(lines[0]["sha256"].as_str().map(str::len), Some(64));
    assert!(lines[1]["code"].is_null());
    assert_eq!(
        (&lines[1]["kept"], &lines[1]["phase"]),
        (&true.into(), &"dot".into())
    );
    assert_eq!(lines[1]["fault"], "dothangupx1");
    assert!(lines[1]["at_ms"].as_i64() > Some(1_700_000_000_000));
    assert_eq!(
        (&lines[2]["code"], &lines[2]["phase"]),
        (&550.into(), &"rcpt".into())
    );
    assert!(lines[2]["sha256"].is_null());
    assert_eq!(
        (
            sink.mailbox().count_accepted(),
            sink.mailbox().messages().len()
        ),
        (2, 0)
    );

    let settings = SinkSettings {
        journal_file: Some(folder.path().to_owned()),
        ..settings
    };
    let error = start(settings).await.err().ok_or("a folder is no file")?;
    assert!(error.to_string().contains("cannot append"), "{error}");
    Ok(())
}

#[tokio::test]
async fn stopping_ends_every_connection() -> Result {
    let settings = SinkSettings {
        slow: Duration::from_secs(600),
        ..SinkSettings::default()
    };
    let sink = start(settings).await?;
    let mut stream = TcpStream::connect(sink.addr()).await?;
    stream
        .write_all(letter("slow.x@x.example", "").as_bytes())
        .await?;
    let mut seen = Vec::new();
    while !seen.windows(4).any(|window| window == b"354 ") {
        stream.read_buf(&mut seen).await?;
    }
    let addr = sink.addr();
    sink.stop().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await?;
    assert!(rest.ends_with("421 4.3.2 shutting down\r\n"), "{rest}");
    assert!(TcpStream::connect(addr).await.is_err());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn no_bytes_break_the_sink(
        pieces in prop::collection::vec(
            prop_oneof![
                Just(b"EHLO me\r\n".to_vec()),
                Just(b"MAIL FROM:<a@b>\r\n".to_vec()),
                Just(b"RCPT TO:<a@b>\r\n".to_vec()),
                Just(b"DATA\r\n".to_vec()),
                Just(b".\r\n".to_vec()),
                Just(b"\r\n".to_vec()),
                prop::collection::vec(any::<u8>(), 0..40),
            ],
            0..30,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let alive = runtime.map_err(Box::<dyn Error>::from).and_then(|runtime| runtime.block_on(async {
            let sink = start(SinkSettings::default()).await?;
            say(&sink, &pieces.concat()).await?;
            Ok::<_, Box<dyn Error>>(say(&sink, b"NOOP\r\n").await?)
        }));
        prop_assert!(alive.is_ok_and(|answers| codes(&answers) == ["220", "250"]));
    }
}
