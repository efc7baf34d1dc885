mod codes;

use jiff::SignedDuration;

use super::*;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn instant(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

fn replied(phase: Phase, code: u16, text: &str) -> Outcome {
    Outcome::Replied {
        phase,
        reply: Reply::new(code, text),
    }
}

fn lost(phase: Phase) -> Outcome {
    Outcome::Lost {
        phase,
        words: "closed".to_owned(),
    }
}

/// The verdict of a first try at second 0 with the deadline a day later, in one word.
fn word(outcome: &Outcome) -> String {
    match verdict(
        outcome,
        1,
        instant(0),
        &RetrySchedule::default(),
        instant(86_400),
        7,
    ) {
        Verdict::Accepted { .. } => "accepted".to_owned(),
        Verdict::RetryAt { scope, .. } => format!("{scope:?} later"),
        Verdict::Refused { .. } => "refused".to_owned(),
        Verdict::Uncertain { .. } => "uncertain".to_owned(),
    }
}

#[test]
fn a_reply_is_judged_by_its_phase_and_its_code() {
    use Phase::*;
    for (phase, code, text, expected) in [
        (Body, 250, "2.0.0 ok", "accepted"),
        (Body, 251, "somewhere", "accepted"),
        (Body, 220, "hello", "uncertain"),
        (Body, 354, "go", "uncertain"),
        (Body, 451, "4.3.0 later", "Letter later"),
        (Body, 554, "5.7.1 spam", "refused"),
        (Body, 421, "bye", "Relay later"),
        (Text, 552, "5.3.4 too much", "refused"),
        (Text, 451, "4.3.0 later", "Letter later"),
        (Text, 421, "4.3.2 closing", "Relay later"),
        (Data, 554, "no valid recipients", "refused"),
        (Data, 503, "order", "Relay later"),
        (Data, 451, "greylisted", "Letter later"),
        (Data, 250, "out of step", "Relay later"),
        (Rcpt, 450, "4.2.0 greylisted", "Letter later"),
        (Rcpt, 452, "4.2.2 full", "Letter later"),
        (Rcpt, 550, "5.1.1 unknown", "refused"),
        (Rcpt, 530, "5.7.0 authenticate first", "Relay later"),
        (Rcpt, 553, "5.1.8 your domain does not exist", "Relay later"),
        (Rcpt, 421, "4.3.2 closing", "Relay later"),
        (Mail, 550, "5.7.1 not you", "Relay later"),
        (Mail, 451, "later", "Relay later"),
        (Mail, 552, "5.3.4 too large", "refused"),
        (Mail, 552, "5.2.2 your quota", "Relay later"),
        (Auth, 535, "5.7.8 wrong", "Relay later"),
        (Tls, 454, "not available", "Relay later"),
        (Greeting, 554, "go away", "Relay later"),
    ] {
        assert_eq!(
            word(&replied(phase, code, text)),
            expected,
            "{phase} {code} {text}"
        );
    }
}

#[test]
fn only_the_dot_makes_a_lost_letter_uncertain() {
    use Phase::*;
    for (phase, expected) in [
        (Connect, "Relay later"),
        (Greeting, "Relay later"),
        (Tls, "Relay later"),
        (Auth, "Relay later"),
        (Mail, "Letter later"),
        (Rcpt, "Letter later"),
        (Data, "Letter later"),
        (Text, "Letter later"),
        (Body, "uncertain"),
    ] {
        assert_eq!(word(&lost(phase)), expected, "{phase}");
    }
    assert_eq!(
        word(&Outcome::Unsendable {
            words: "8-bit".to_owned()
        }),
        "refused"
    );
}

/// When a letter refused with 451 at second `now` is tried again, in seconds, by the default schedule.
fn again(attempt: u32, now: i64, deadline: i64, seed: u64) -> i64 {
    let outcome = replied(Phase::Rcpt, 451, "4.2.1 later");
    let schedule = RetrySchedule::default();
    match verdict(
        &outcome,
        attempt,
        instant(now),
        &schedule,
        instant(deadline),
        seed,
    ) {
        Verdict::RetryAt {
            at,
            scope: Scope::Letter,
            code: Some(451),
            text,
        } if text == "4.2.1 later" => at.as_second(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn retries_follow_the_schedule_within_a_fifth() {
    let never = 10_000_000;
    for (attempt, minutes) in [
        (1, 5),
        (2, 15),
        (3, 30),
        (4, 60),
        (5, 120),
        (6, 240),
        (7, 360),
        (8, 360),
        (40, 360),
    ] {
        let wait = minutes * 60;
        let waits: Vec<i64> = (0..500)
            .map(|seed| again(attempt, 1000, never, seed) - 1000)
            .collect();
        let (least, most) = (*waits.iter().min().unwrap(), *waits.iter().max().unwrap());
        assert!(least >= wait * 4 / 5 && most <= wait * 6 / 5, "{attempt}");
        // They are spread over all of it, not only allowed to be.
        assert!(
            least < wait * 82 / 100 && most > wait * 118 / 100,
            "{attempt}"
        );
        let mean = waits.iter().sum::<i64>() / 500;
        assert!((mean - wait).abs() < wait / 25, "{attempt}: {mean}");
    }
    assert_eq!(again(0, 0, never, 3), again(0, 0, never, 3));
    assert_ne!(again(1, 0, never, 3), again(1, 0, never, 4));
}

#[test]
fn the_last_try_is_made_at_the_deadline_and_then_it_is_given_up() {
    assert_eq!(again(9, 900, 1000, 1), 1000);
    for now in [1000, 5000] {
        let outcome = replied(Phase::Rcpt, 451, "4.2.1 later");
        let schedule = RetrySchedule::default();
        assert_eq!(
            verdict(&outcome, 10, instant(now), &schedule, instant(1000), 1),
            Verdict::Refused {
                code: Some(451),
                text: "gave up: 4.2.1 later".to_owned(),
            }
        );
    }
}

#[test]
fn what_is_not_the_letters_matter_waits_as_after_a_first_try() {
    let schedule: RetrySchedule = "10m, 5h".parse().unwrap();
    for (text, scope) in [
        ("4.3.2 closing", Scope::Relay),
        ("4.7.99 slow", Scope::Lane),
    ] {
        let outcome = replied(Phase::Rcpt, 421, text);
        let Verdict::RetryAt {
            at, scope: found, ..
        } = verdict(&outcome, 7, instant(100), &schedule, instant(9999), 1)
        else {
            panic!("not a retry");
        };
        assert_eq!(found, scope);
        assert!((580..=820).contains(&at.as_second()), "{at}");
    }
}

#[test]
fn the_deadline_changes_nothing_that_is_final() {
    let late = |outcome: Outcome| {
        verdict(
            &outcome,
            9,
            instant(9),
            &RetrySchedule::default(),
            instant(0),
            1,
        )
    };
    assert!(matches!(
        late(replied(Phase::Body, 250, "ok")),
        Verdict::Accepted { .. }
    ));
    assert!(matches!(late(lost(Phase::Body)), Verdict::Uncertain { .. }));
    assert_eq!(
        late(replied(Phase::Rcpt, 550, "5.1.1 unknown")),
        Verdict::Refused {
            code: Some(550),
            text: "5.1.1 unknown".to_owned()
        }
    );
}

#[test]
fn times_at_the_end_of_the_calendar_do_not_overflow() {
    let outcome = lost(Phase::Mail);
    let now = Timestamp::MAX - SignedDuration::from_secs(5);
    let schedule = RetrySchedule::default();
    let Verdict::RetryAt { at, .. } =
        verdict(&outcome, u32::MAX, now, &schedule, Timestamp::MAX, 1)
    else {
        panic!("not a retry");
    };
    assert_eq!(at, Timestamp::MAX);
}

#[test]
fn schedules_are_read_and_written() -> Result {
    let delay =
        |text: &str, attempt| Ok::<_, ScheduleError>(text.parse::<RetrySchedule>()?.delay(attempt));
    assert_eq!(delay("1s", 7)?, SignedDuration::from_secs(1));
    assert_eq!(delay(" 250 ms ,2h", 1)?, SignedDuration::from_millis(250));
    assert_eq!(delay("250ms,2h", 2)?, SignedDuration::from_hours(2));
    let default = RetrySchedule::default();
    assert_eq!(default.to_string(), "5m, 15m, 30m, 1h, 2h, 4h, 6h");
    assert_eq!(default.to_string().parse::<RetrySchedule>()?, default);
    assert_eq!(
        RetrySchedule::new(vec![1, 1500, 86_400_000])?.to_string(),
        "1ms, 1500ms, 1d"
    );
    Ok(())
}

#[test]
fn a_bad_schedule_names_its_item() {
    let failure = |text: &str| {
        text.parse::<RetrySchedule>()
            .map_err(|error| error.to_string())
    };
    for (text, expected) in [
        ("", "at least one delay"),
        ("5m, soon", "retry delay 2, \"soon\""),
        ("5", "retry delay 1, \"5\""),
        ("5m,,1h", "retry delay 2, \"\""),
        ("-5m", "retry delay 1, \"-5m\""),
        ("5 parsecs", "retry delay 1, \"5 parsecs\""),
        ("0s", "retry delay 1, \"0s\": must be longer"),
        ("31d", "retry delay 1, \"31d\": must be longer"),
        ("99999999999999999999d", "must be longer"),
    ] {
        let message = failure(text).err().unwrap_or_default();
        assert!(message.contains(expected), "{text:?}: {message}");
    }
    assert_eq!(
        vec!["1s"; 65].join(",").parse::<RetrySchedule>(),
        Err(ScheduleError::TooMany)
    );
    assert_eq!(RetrySchedule::new(vec![]), Err(ScheduleError::Empty));
    assert!(RetrySchedule::new(vec![5, 0]).is_err());
}

#[test]
fn replies_are_split_and_made_safe() {
    let reply = Reply::new(550, "5.1.1 no\r\nsuch\tuser \u{1b}[31m\u{202e}x");
    assert_eq!(reply.enhanced.as_deref(), Some("5.1.1"));
    assert_eq!(reply.text, "no  such user [31mx");
    assert_eq!(reply.to_string(), "550 5.1.1 no  such user [31mx");
    // The class has to agree, and all of it has to be there.
    for (code, text) in [
        (550, "4.1.1 x"),
        (250, "5.1"),
        (354, "3.0.0 go"),
        (550, "5.1.1234 x"),
        (550, ""),
    ] {
        assert_eq!(Reply::new(code, text).enhanced, None, "{code} {text}");
        assert_eq!(Reply::new(code, text).text, text);
    }
    assert_eq!(Reply::new(250, "2.0.0").words(), "2.0.0");
    assert_eq!(Reply::new(250, "").to_string(), "250");
    assert_eq!(
        Reply::new(250, &"ż".repeat(9000)).text.chars().count(),
        MAX_TEXT
    );
}
