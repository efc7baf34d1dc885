//! What a sink offers, whom it lets send, how much it takes, and what it writes down.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use super::points::Talk;
use super::{Result, codes, letter, say, start};
use crate::sink::{Account, Enough, Offers, SinkSettings, Watch};

const PLAIN: Offers = Offers {
    pipelining: false,
    size: false,
    eight_bit: false,
    enhanced: false,
    dsn: false,
    utf8: false,
};

#[tokio::test]
async fn what_is_not_offered_is_not_taken() -> Result {
    let sink = start(SinkSettings {
        offers: PLAIN,
        ..SinkSettings::default()
    })
    .await?;
    let mut talk = Talk::to(&sink).await?;
    talk.hear().await;
    let mut heard = Vec::new();
    for line in [
        "EHLO me",
        "MAIL FROM:<a@b> SIZE=1",
        "MAIL FROM:<a@b> BODY=8BITMIME",
        "MAIL FROM:<a@b> RET=HDRS",
        "MAIL FROM:<a@b> SMTPUTF8",
        "MAIL FROM:<ż@b>",
        "MAIL FROM:<a@b>",
        "RCPT TO:<a@b> NOTIFY=NEVER",
        "RCPT TO:<ż@b>",
        "RCPT TO:<a@b>",
    ] {
        talk.say(&format!("{line}\r\n")).await;
        heard.push(talk.hear().await);
    }
    let expected = "250 555 555 555 555 553 250 555 553 250";
    assert_eq!(heard.join(" "), expected);

    let answers = say(&sink, b"EHLO me\r\n").await?;
    assert!(answers.ends_with("\r\n250 sink.localhost\r\n"), "{answers}");
    let impatient = say(&sink, letter("a@x", "").as_bytes()).await?;
    assert_eq!(codes(&impatient).join(" "), "220 503 503 503 503 500");
    let refused = say(&sink, b"HELO me\r\nMAIL FROM:<a@b> SIZE=1\r\n").await?;
    assert!(
        refused.ends_with("\r\n555 parameter not known\r\n"),
        "{refused}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_offered_arrives_with_the_message() -> Result {
    let offers = Offers {
        dsn: true,
        utf8: true,
        ..Offers::default()
    };
    let sink = start(SinkSettings {
        offers,
        ..SinkSettings::default()
    })
    .await?;
    let script = "EHLO me\r\nMAIL FROM:<ż@x> RET=HDRS ENVID=7 SMTPUTF8\r\n\
        RCPT TO:<zażółć@x> NOTIFY=FAILURE,DELAY\r\nDATA\r\n.\r\n\
        MAIL FROM:<a@x>\r\nRCPT TO:<ż@x>\r\n";
    let answers = say(&sink, script.as_bytes()).await?;
    assert_eq!(
        codes(&answers).join(" "),
        "220 250 250 250 354 250 250 553",
        "{answers}"
    );
    let lines: Vec<_> = answers.lines().skip(1).take(7).collect();
    let expected = [
        "250-sink.localhost",
        "250-PIPELINING",
        "250-SIZE 10485760",
        "250-8BITMIME",
        "250-DSN",
        "250-SMTPUTF8",
        "250 ENHANCEDSTATUSCODES",
    ];
    assert_eq!(lines, expected);
    let kept = sink.mailbox().get(1).ok_or("nothing kept")?;
    assert_eq!(
        (kept.sender.as_str(), kept.recipient.as_str()),
        ("ż@x", "zażółć@x")
    );
    assert_eq!(kept.mail_parameters, "RET=HDRS ENVID=7 SMTPUTF8");
    assert_eq!(kept.rcpt_parameters, "NOTIFY=FAILURE,DELAY");
    Ok(())
}

#[tokio::test]
async fn one_connection_brings_so_many_messages() -> Result {
    for (enough, heard) in [
        (Enough::Reply, "220 250 250 250 354 250 250 250 354 250 421"),
        (Enough::Close, "220 250 250 250 354 250 250 250 354 250"),
    ] {
        let sink = start(SinkSettings {
            max_messages: Some((2, enough)),
            ..SinkSettings::default()
        })
        .await?;
        let one = "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n.\r\n".repeat(5);
        let answers = say(&sink, format!("EHLO me\r\n{one}").as_bytes()).await?;
        assert_eq!(codes(&answers).join(" "), heard, "{enough:?}");
        assert_eq!(sink.mailbox().count_accepted(), 2);
        // Another connection starts anew.
        let answers = say(&sink, letter("a@x", "").as_bytes()).await?;
        assert_eq!(codes(&answers).last(), Some(&"250"));
    }
    Ok(())
}

#[tokio::test]
async fn the_reply_to_a_dot_may_take_its_time() -> Result {
    let delay = Duration::from_millis(20);
    let sink = start(SinkSettings {
        delay,
        ..SinkSettings::default()
    })
    .await?;
    let begun = Instant::now();
    let script = letter("a@x", "") + "MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n.\r\n";
    let answers = say(&sink, script.as_bytes()).await?;
    assert!(begun.elapsed() >= 2 * delay);
    assert_eq!(codes(&answers).iter().filter(|c| **c == "250").count(), 7);
    Ok(())
}

#[tokio::test]
async fn only_who_has_the_account_may_send() -> Result {
    let account = Account {
        username: "ann".to_owned(),
        password: "se:cret".to_owned(),
        refused_from: Some(8),
    };
    assert!(!format!("{account:?}").contains("se:cret"));
    let sink = start(SinkSettings {
        account: Some(account),
        ..SinkSettings::default()
    })
    .await?;
    let b64 = |text: &str| STANDARD.encode(text);
    let plain = format!("AUTH PLAIN {}", b64("\0ann\0se:cret"));
    for (lines, heard) in [
        (vec!["MAIL FROM:<a@b>".to_owned()], "530"),
        (
            vec![plain.clone(), plain.clone(), "MAIL FROM:<a@b>".to_owned()],
            "235 503 250",
        ),
        (
            vec!["auth plain".to_owned(), b64("x\0ann\0se:cret")],
            "334 235",
        ),
        (
            vec![format!("AUTH PLAIN {}", b64("\0ann\0no")), plain.clone()],
            "535 235",
        ),
        (
            vec!["AUTH LOGIN".to_owned(), b64("ann"), b64("se:cret")],
            "334 334 235",
        ),
        (
            vec![
                format!("AUTH LOGIN {}", b64("ann")),
                "*".to_owned(),
                "AUTH PLAIN =".to_owned(),
                "AUTH PLAIN ???".to_owned(),
                "AUTH CRAM-MD5".to_owned(),
            ],
            "334 501 501 501 504",
        ),
        (vec![format!("AUTH PLAIN {}", b64("\0bob\0se:cret"))], "535"),
        // From here on nothing is right.
        (vec![plain.clone(), "MAIL FROM:<a@b>".to_owned()], "535 530"),
        (vec![plain], "535"),
    ] {
        let mut talk = Talk::to(&sink).await?;
        talk.hear().await;
        talk.say("EHLO me\r\n").await;
        talk.hear().await;
        let mut seen = Vec::new();
        for line in &lines {
            talk.say(&format!("{line}\r\n")).await;
            seen.push(talk.hear().await);
        }
        assert_eq!(seen.join(" "), heard, "{lines:?}");
    }
    let refused = sink.mailbox().journal();
    assert!(
        refused.iter().all(|entry| entry.code == Some(535)),
        "{refused:?}"
    );
    assert_eq!(refused.len(), 4);
    let answers = say(&sink, b"EHLO me\r\n").await?;
    assert!(answers.contains("250-AUTH PLAIN LOGIN\r\n"), "{answers}");
    Ok(())
}

#[tokio::test]
async fn a_maildir_gets_every_kept_message_and_a_watch_every_entry() -> Result {
    let folder = tempfile::tempdir()?;
    let told = Arc::new(Mutex::new(Vec::new()));
    let watch = Watch::new({
        let told = Arc::clone(&told);
        move |entry| told.lock().expect("a whole list").push(entry.clone())
    });
    let settings = SinkSettings {
        keep: 0,
        journal: 0,
        maildir: Some(folder.path().join("mail")),
        watch: Some(watch),
        ..SinkSettings::default()
    };
    let sink = start(settings).await?;
    for recipient in ["a@x", "hangup.b@x", "refuse.c@x", "refusedata.d@x"] {
        let message = format!("Message-ID: <{recipient}>\r\n\r\n..\r\n");
        say(&sink, letter(recipient, &message).as_bytes()).await?;
    }
    let told = told.lock().expect("a whole list").clone();
    let seen: Vec<_> = told
        .iter()
        .map(|entry| {
            (
                entry.recipient.as_str(),
                entry.kept,
                entry.message_id.as_deref(),
            )
        })
        .collect();
    let expected = [
        ("a@x", true, Some("<a@x>")),
        ("hangup.b@x", true, Some("<hangup.b@x>")),
        ("refuse.c@x", false, None),
        ("refusedata.d@x", false, Some("<refusedata.d@x>")),
    ];
    assert_eq!(seen, expected);
    let mut texts = Vec::new();
    for file in std::fs::read_dir(folder.path().join("mail/new"))? {
        texts.push(std::fs::read_to_string(file?.path())?);
    }
    texts.sort();
    let expected = [
        "Message-ID: <a@x>\r\n\r\n.\r\n",
        "Message-ID: <hangup.b@x>\r\n\r\n.\r\n",
    ];
    assert_eq!(texts, expected);
    assert_eq!(
        std::fs::read_dir(folder.path().join("mail/tmp"))?.count(),
        0
    );

    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    let settings = SinkSettings {
        maildir: Some(file),
        ..SinkSettings::default()
    };
    let error = start(settings).await.err().ok_or("a file is no maildir")?;
    assert!(
        error.to_string().contains("cannot use the maildir"),
        "{error}"
    );
    Ok(())
}
