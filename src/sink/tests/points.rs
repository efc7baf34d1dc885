//! Every point of the conversation, and what may happen there, as a sender sees it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Result, start};
use crate::sink::{Fault, JournalEntry, Phase, SinkHandle, SinkSettings, Sums};

/// How long nothing has to be heard of a sink that never answers.
const SILENCE: Duration = Duration::from_millis(300);
/// How long a reply that must come may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sender that reads each reply.
pub(super) struct Talk {
    stream: TcpStream,
    read: Vec<u8>,
    /// After which nothing is silence.
    patience: Duration,
}

impl Talk {
    pub(super) async fn to(sink: &SinkHandle) -> Result<Talk> {
        Ok(Talk {
            stream: TcpStream::connect(sink.addr()).await?,
            read: Vec::new(),
            patience: PATIENCE,
        })
    }

    /// Sends, as far as the other side still takes it.
    pub(super) async fn say(&mut self, text: &str) {
        let _ = self.stream.write_all(text.as_bytes()).await;
    }

    /// The code of the next reply, its last line being whole; else what came instead.
    pub(super) async fn hear(&mut self) -> String {
        loop {
            if let Some(at) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=at).collect();
                let code = line.get(..3).unwrap_or_default();
                match line.get(3) {
                    Some(b'-') => continue,
                    Some(b' ') if code.iter().all(u8::is_ascii_digit) => {
                        return String::from_utf8_lossy(code).into_owned();
                    }
                    _ => return "rubbish".to_owned(),
                }
            }
            match timeout(self.patience, self.stream.read_buf(&mut self.read)).await {
                Err(_) => return "silence".to_owned(),
                Ok(Ok(n)) if n > 0 => {}
                Ok(_) if self.read.is_empty() => return "closed".to_owned(),
                Ok(_) => {
                    self.read.clear();
                    return "half".to_owned();
                }
            }
        }
    }
}

/// A letter with its envelope pipelined: the codes up to the first thing that ends the conversation.
pub(super) async fn letter(sink: &SinkHandle, recipient: &str) -> Result<String> {
    let mut talk = Talk::to(sink).await?;
    if recipient.contains("hole") {
        talk.patience = SILENCE;
    }
    let mut heard = vec![talk.hear().await];
    let over = |heard: &[String]| {
        heard
            .last()
            .is_some_and(|last| last.parse::<u16>().is_err())
    };
    talk.say("EHLO me\r\n").await;
    heard.push(talk.hear().await);
    let envelope = format!("MAIL FROM:<s@x>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n");
    talk.say(&envelope).await;
    for _ in 0..3 {
        if !over(&heard) {
            heard.push(talk.hear().await);
        }
    }
    if heard.last().is_some_and(|code| code == "354") {
        talk.say("Message-ID: <1@x>\r\n\r\nhi\r\n.\r\n").await;
        heard.push(talk.hear().await);
    }
    if !over(&heard) {
        talk.say("NOOP\r\n").await;
        heard.push(talk.hear().await);
    }
    Ok(heard.join(" "))
}

pub(super) fn quick() -> SinkSettings {
    SinkSettings {
        slow: Duration::from_millis(1),
        drip: Duration::from_millis(1),
        ..SinkSettings::default()
    }
}

/// What is noted about one letter: where, what was said, whether it is kept.
fn noted(entry: &JournalEntry) -> (Phase, Option<u16>, bool) {
    (entry.phase, entry.code, entry.kept)
}

#[tokio::test]
async fn whatever_is_asked_at_a_point_happens_there() -> Result {
    use Phase::{Data, Dot, Mail, Rcpt, Sent, Text};
    let ok = "220 250 250 250 354 250 250";
    let said = (Dot, Some(250), true);
    for (word, heard, journal) in [
        (
            "mail421",
            "220 250 421 closed",
            vec![(Mail, Some(421), false)],
        ),
        (
            "mail451",
            "220 250 451 503 503 250",
            vec![(Mail, Some(451), false)],
        ),
        ("mailhangup", "220 250 closed", vec![(Mail, None, false)]),
        ("mailhole", "220 250 silence", vec![(Mail, None, false)]),
        ("mailgarbage", "220 250 rubbish", vec![(Mail, None, false)]),
        (
            "mailwrongclass",
            "220 250 354 503 503 250",
            vec![(Mail, Some(354), false)],
        ),
        (
            "rcpt421",
            "220 250 250 421 closed",
            vec![(Rcpt, Some(421), false)],
        ),
        (
            "rcpt452",
            "220 250 250 452 554 250",
            vec![(Rcpt, Some(452), false)],
        ),
        (
            "rcpt550multi",
            "220 250 250 550 554 250",
            vec![(Rcpt, Some(550), false)],
        ),
        ("rcpt251", "220 250 250 251 354 250 250", vec![said]),
        (
            "rcpthangup",
            "220 250 250 closed",
            vec![(Rcpt, None, false)],
        ),
        ("rcpthole", "220 250 250 silence", vec![(Rcpt, None, false)]),
        ("rcptnocrlf", "220 250 250 half", vec![(Rcpt, None, false)]),
        (
            "data421",
            "220 250 250 250 421 closed",
            vec![(Data, Some(421), false)],
        ),
        (
            "data454",
            "220 250 250 250 454 250",
            vec![(Data, Some(454), false)],
        ),
        (
            "datahangup",
            "220 250 250 250 closed",
            vec![(Data, None, false)],
        ),
        (
            "datawrongclass",
            "220 250 250 250 250 250",
            vec![(Data, Some(250), false)],
        ),
        ("datasplit", ok, vec![said]),
        (
            "text421",
            "220 250 250 250 354 421 closed",
            vec![(Text, Some(421), false)],
        ),
        (
            "texthole",
            "220 250 250 250 354 silence",
            vec![(Text, None, false)],
        ),
        (
            "dot421",
            "220 250 250 250 354 421 closed",
            vec![(Dot, Some(421), false)],
        ),
        (
            "dot450",
            "220 250 250 250 354 450 250",
            vec![(Dot, Some(450), false)],
        ),
        (
            "dot554",
            "220 250 250 250 354 554 250",
            vec![(Dot, Some(554), false)],
        ),
        (
            "dot552multi",
            "220 250 250 250 354 552 250",
            vec![(Dot, Some(552), false)],
        ),
        (
            "dothangup",
            "220 250 250 250 354 closed",
            vec![(Dot, None, true)],
        ),
        (
            "dothole",
            "220 250 250 250 354 silence",
            vec![(Dot, None, true)],
        ),
        (
            "dotgarbage",
            "220 250 250 250 354 rubbish",
            vec![(Dot, None, true)],
        ),
        (
            "dotnocrlf",
            "220 250 250 250 354 half",
            vec![(Dot, None, true)],
        ),
        (
            "dotwrongclass",
            "220 250 250 250 354 354 250",
            vec![(Dot, Some(354), true)],
        ),
        ("dotmulti", ok, vec![said]),
        ("dotsplit", ok, vec![said]),
        ("dotdrip", ok, vec![said]),
        ("dotslow", ok, vec![said]),
        ("dotbarelf", ok, vec![said]),
        ("dotlongline", ok, vec![said]),
        ("dotnotutf8", ok, vec![said]),
        (
            "senthangup",
            "220 250 250 250 354 250 closed",
            vec![said, (Sent, None, false)],
        ),
        (
            "sent421",
            "220 250 250 250 354 250 421",
            vec![said, (Sent, Some(421), false)],
        ),
        (
            "senthole",
            "220 250 250 250 354 250 silence",
            vec![said, (Sent, None, false)],
        ),
    ] {
        let sink = start(quick()).await?;
        for times in ["", "x1"] {
            let recipient = format!("{word}{times}.ann@x");
            assert_eq!(letter(&sink, &recipient).await?, heard, "{recipient}");
            let seen = sink.mailbox().journal();
            let seen: Vec<_> = seen.iter().filter(|e| e.recipient == recipient).collect();
            let points: Vec<_> = seen.iter().map(|entry| noted(entry)).collect();
            assert_eq!(points, journal, "{recipient}");
            let fault = Fault::parse(&format!("{word}{times}")).map(|f| f.to_string());
            let at_a_point = seen.iter().filter(|entry| entry.fault.is_some());
            assert!(
                at_a_point.clone().all(|entry| entry.fault == fault),
                "{recipient}"
            );
            let as_usual = word == "rcpt251" || word == "datasplit";
            assert_eq!(at_a_point.count(), usize::from(!as_usual), "{recipient}");
        }
        // What was asked for once is over; what was not is met again.
        let once = format!("{word}x1.ann@x");
        assert_eq!(letter(&sink, &once).await?, ok, "{once}");
        let always = format!("{word}.ann@x");
        assert_eq!(letter(&sink, &always).await?, heard, "{always}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reset_within_the_text_takes_the_message_with_it() -> Result {
    let sink = start(quick()).await?;
    // Whoever is still sending may have its connection reset, and the replies before it as well.
    let heard = letter(&sink, "texthangupx1.eve@x").await?;
    assert!(
        "220 250 250 250 354 closed".starts_with(heard.trim_end_matches(" closed")),
        "{heard}"
    );
    assert!(heard.ends_with("closed"), "{heard}");
    assert_eq!(sink.mailbox().count_accepted(), 0);
    let ok = "220 250 250 250 354 250 250";
    assert_eq!(letter(&sink, "texthangupx1.eve@x").await?, ok);
    Ok(())
}

#[tokio::test]
async fn who_waits_for_the_reply_to_mail_meets_its_word_at_rcpt() -> Result {
    let sink = start(quick()).await?;
    let mut talk = Talk::to(&sink).await?;
    talk.hear().await;
    let mut heard = Vec::new();
    for line in ["EHLO me", "MAIL FROM:<s@x>", "RCPT TO:<mail450x1.a@x>"] {
        talk.say(&format!("{line}\r\n")).await;
        heard.push(talk.hear().await);
    }
    assert_eq!(heard, ["250", "250", "450"]);
    talk.say("RCPT TO:<mail450x1.a@x>\r\n").await;
    assert_eq!(talk.hear().await, "250");
    assert_eq!(sink.mailbox().journal()[0].phase, Phase::Rcpt);
    Ok(())
}

#[tokio::test]
async fn words_may_follow_each_other() -> Result {
    let sink = start(quick()).await?;
    let recipient = "mail451x1_rcpt450x1_data452x1_dot451x1_dothangupx1.ann@x";
    for heard in [
        "220 250 451 503 503 250",
        "220 250 250 450 554 250",
        "220 250 250 250 452 250",
        "220 250 250 250 354 451 250",
        "220 250 250 250 354 closed",
        "220 250 250 250 354 250 250",
    ] {
        assert_eq!(letter(&sink, recipient).await?, heard);
    }
    let sums = Sums {
        connections: 6,
        kept: 2,
        silent: 1,
        refused: 4,
        broken: 0,
    };
    assert_eq!(sink.mailbox().sums(), sums);
    Ok(())
}

#[tokio::test]
async fn a_refused_recipient_may_get_354_and_even_250() -> Result {
    let sink = start(quick()).await?;
    for (word, dot) in [
        ("refuse250", "250"),
        ("refuse554", "554"),
        ("refuse451", "451"),
    ] {
        let mut talk = Talk::to(&sink).await?;
        talk.hear().await;
        talk.say("EHLO me\r\n").await;
        talk.hear().await;
        talk.say(&format!(
            "MAIL FROM:<s@x>\r\nRCPT TO:<{word}.a@x>\r\nDATA\r\n"
        ))
        .await;
        let envelope = [talk.hear().await, talk.hear().await, talk.hear().await];
        assert_eq!(envelope, ["250", "550", "354"], "{word}");
        talk.say(".\r\nMAIL FROM:<s@x>\r\n").await;
        assert_eq!(
            [talk.hear().await, talk.hear().await],
            [dot, "250"],
            "{word}"
        );
        let journal = sink.mailbox().journal();
        let last = journal.last().ok_or("nothing noted")?;
        assert_eq!(noted(last), (Phase::Dot, dot.parse().ok(), false));
    }
    assert_eq!(sink.mailbox().count_accepted(), 0);
    Ok(())
}

#[tokio::test]
async fn a_black_hole_ends_with_the_sink() -> Result {
    let sink = start(quick()).await?;
    let mut talk = Talk::to(&sink).await?;
    talk.hear().await;
    talk.say("EHLO me\r\nMAIL FROM:<s@x>\r\nRCPT TO:<rcpthole.a@x>\r\n")
        .await;
    assert_eq!([talk.hear().await, talk.hear().await], ["250", "250"]);
    sink.stop().await;
    assert_eq!([talk.hear().await, talk.hear().await], ["421", "closed"]);
    Ok(())
}
