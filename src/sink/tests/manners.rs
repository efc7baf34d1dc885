//! In what manner replies come, whose word holds where several are asked for, and faults that a script
//! or everybody meets.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::points::{letter, quick};
use super::{Result, start};
use crate::sink::{Fault, Phase, Script, SinkSettings};

#[tokio::test]
async fn replies_come_in_their_manners_octet_by_octet() -> Result {
    let drip = Duration::from_millis(5);
    let slow = Duration::from_millis(40);
    for (word, expected, at_least) in [
        ("dotmulti", &b"250-2.0.0 to begin with\r\n250-2.0.0 and furthermore\r\n250 2.0.0 Ok: kept as 1\r\n"[..], Duration::ZERO),
        ("dot550-7-26multi", b"550-5.7.26 to begin with\r\n550-5.7.26 and furthermore\r\n550 5.7.26 refused, as was asked\r\n", Duration::ZERO),
        ("dotbarelf", b"250 2.0.0 Ok: kept as 1\n", Duration::ZERO),
        ("dotnocrlf", b"250 2.0.0 Ok: kept as 1", Duration::ZERO),
        ("dotnotutf8", b"250 2.0.0 Ok: kept as 1 \xff\xc3\x28\r\n", Duration::ZERO),
        ("dotdrip", b"250 2.0.0 Ok: kept as 1\r\n", drip * 25),
        ("dotsplit", b"250 2.0.0 Ok: kept as 1\r\n", drip),
        ("dotslow", b"250 2.0.0 Ok: kept as 1\r\n", slow),
    ] {
        let settings = SinkSettings {
            drip,
            slow,
            ..SinkSettings::default()
        };
        let sink = start(settings).await?;
        let mut stream = TcpStream::connect(sink.addr()).await?;
        let script = format!("EHLO me\r\nMAIL FROM:<s@x>\r\nRCPT TO:<{word}.a@x>\r\nDATA\r\n.\r\nQUIT\r\n");
        let begun = Instant::now();
        stream.write_all(script.as_bytes()).await?;
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await?;
        assert!(begun.elapsed() >= at_least, "{word}");
        let go = b"354 end with a dot on a line of its own\r\n";
        let at = heard.windows(go.len()).position(|window| window == go);
        let tail = &heard[at.ok_or("no 354")? + go.len()..];
        let tail = tail.strip_suffix(b"221 2.0.0 bye\r\n").unwrap_or(tail);
        assert_eq!(tail, expected, "{word} {}", String::from_utf8_lossy(tail));
    }
    let sink = start(SinkSettings::default()).await?;
    let long = super::say(&sink, super::letter("rcptlongline.a@x", "").as_bytes()).await?;
    assert!(
        long.lines().any(|line| line.len() > 64 * 1024),
        "{}",
        long.len()
    );
    Ok(())
}

#[tokio::test]
async fn the_strongest_behaviour_of_several_recipients_holds() -> Result {
    let sink = start(quick()).await?;
    let words = ["dotslow", "dotmulti", "dothangupx1", "dot554x1"];
    let to: String = words
        .map(|word| format!("RCPT TO:<{word}.a@x>\r\n"))
        .concat();
    let script = format!("EHLO me\r\nMAIL FROM:<s@x>\r\n{to}DATA\r\n.\r\nQUIT\r\n");
    for codes in ["554 221", "250 221"] {
        // Both that were asked for once are counted the first time.
        let answers = super::say(&sink, script.as_bytes()).await?;
        assert!(
            super::codes(&answers).join(" ").ends_with(codes),
            "{answers}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn everybody_may_meet_a_fault_before_anybody_is_named() -> Result {
    let words = [
        "banner421x1",
        "ehlohangupx1",
        "bannergarbagex1",
        "rcpt451x1",
    ];
    let faults = words.iter().filter_map(|word| Fault::parse(word)).collect();
    let sink = start(SinkSettings { faults, ..quick() }).await?;
    for heard in [
        "421 closed",
        "rubbish closed",
        "220 closed",
        "220 250 250 451 554 250",
        "220 250 250 250 354 250 250",
    ] {
        assert_eq!(letter(&sink, "ann@x").await?, heard);
    }
    // Who asks for something of its own does not meet it.
    assert_eq!(
        letter(&sink, "refuse.x@x").await?,
        "220 250 250 550 554 250"
    );
    let journal = sink.mailbox().journal();
    let before: Vec<_> = journal.iter().filter(|e| e.recipient.is_empty()).collect();
    let phases: Vec<_> = before.iter().map(|e| (e.phase, e.code)).collect();
    let expected = [
        (Phase::Banner, Some(421)),
        (Phase::Banner, None),
        (Phase::Ehlo, None),
    ];
    assert_eq!(phases, expected);
    Ok(())
}

#[tokio::test]
async fn a_script_makes_the_same_faults_again() -> Result {
    let kinds = "kinds = [\"rcpt451\", \"data452\", \"dot554\", \"dothangup\", \"mail450\"]";
    let text =
        format!("seed = 11\nfaults = 0.5\n{kinds}\n[recipients]\n\"a@x\" = [\"dot451\", \"\"]");
    let mut runs = Vec::new();
    for _ in 0..2 {
        let script = Some(std::sync::Arc::new(Script::parse(&text)?));
        let sink = start(SinkSettings { script, ..quick() }).await?;
        let mut heard = Vec::new();
        for n in 0..40 {
            heard.push(letter(&sink, &format!("r{}@x", n % 8)).await?);
        }
        let spelled = [letter(&sink, "a@x").await?, letter(&sink, "A@x").await?];
        assert_eq!(
            spelled,
            ["220 250 250 250 354 451 250", "220 250 250 250 354 250 250"]
        );
        // A word of its own comes before the script.
        assert_eq!(
            letter(&sink, "refuse.r@x").await?,
            "220 250 250 550 554 250"
        );
        runs.push(heard);
    }
    assert_eq!(runs[0], runs[1]);
    let kinds: std::collections::BTreeSet<_> = runs[0].iter().collect();
    assert!(kinds.len() >= 5, "{kinds:?}");
    let fine = runs[0]
        .iter()
        .filter(|heard| heard.ends_with("354 250 250"));
    assert!((8..32).contains(&fine.count()), "{:?}", runs[0]);
    Ok(())
}
