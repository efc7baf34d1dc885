use super::*;
use AlarmReason as R;

/// Verdict and signal in one line: `Lane later, slower, 60 min, 10/min, alarm rate`.
fn line(phase: Phase, code: u16, text: &str) -> String {
    let outcome = replied(phase, code, text);
    let signal = signal(&outcome);
    let mut out = word(&outcome);
    if let Some(scope) = signal.throttled {
        out += &format!(", {scope:?} slower");
    }
    if let Some(pause) = signal.pause {
        out += &format!(", {} min", pause.as_mins());
    }
    if let Some(most) = signal.slow_to_per_minute {
        out += &format!(", {most}/min");
    }
    if signal.down {
        out += ", down";
    }
    if let Some(alarm) = signal.alarm {
        out += &format!(", alarm {:?} {}", alarm.scope, alarm.reason.as_str());
    }
    out
}

fn check(rows: &[(Phase, u16, &str, &str)]) {
    for (phase, code, text, expected) in rows {
        assert_eq!(
            line(*phase, *code, text),
            *expected,
            "{phase} {code} {text}"
        );
    }
}

#[test]
fn providers_that_hold_us_back_hold_their_lane_and_no_reader_pays_for_it() {
    use Phase::*;
    const AUTH: &str = "Lane later, Lane slower, 60 min, alarm Lane authentication";
    const AUTH_FINAL: &str = "Lane later, Lane slower, 240 min, alarm Lane authentication";
    const WIRE: &str = "Lane later, Lane slower, 60 min, alarm Lane connection";
    const WIRE_FINAL: &str = "Lane later, Lane slower, 240 min, alarm Lane connection";
    const FAST: &str = "Lane later, Lane slower, 10/min, alarm Lane rate";
    for detail in [26, 27, 30, 31, 32, 40] {
        let text = |class| format!("{class}.7.{detail} see https://support.example/mail");
        assert_eq!(line(Body, 421, &text(4)), AUTH, "{detail}");
        assert_eq!(line(Body, 550, &text(5)), AUTH_FINAL, "{detail}");
    }
    for detail in [23, 25, 29] {
        assert_eq!(line(Rcpt, 421, &format!("4.7.{detail} x")), WIRE);
        assert_eq!(line(Body, 550, &format!("5.7.{detail} x")), WIRE_FINAL);
    }
    const YAHOO_2H: &str = "Lane later, Lane slower, 120 min, alarm Lane reputation";
    const YAHOO_4H: &str = "Lane later, Lane slower, 240 min, alarm Lane reputation";
    check(&[
        (
            Body,
            421,
            "4.7.28 Our system has detected an unusual rate of mail",
            FAST,
        ),
        (Body, 550, "5.7.28 mail flood", FAST),
        (
            Body,
            450,
            "Our system has detected an unusual rate of mail",
            FAST,
        ),
        (
            Body,
            550,
            "5.7.515 Access denied, sending domain does not meet",
            AUTH_FINAL,
        ),
        (Body, 550, "5.7.509 Access denied, DMARC", AUTH_FINAL),
        (
            Rcpt,
            421,
            "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred",
            YAHOO_2H,
        ),
        (
            Rcpt,
            421,
            "4.7.0 [TSS05] Messages from 192.0.2.1 temporarily deferred",
            YAHOO_4H,
        ),
        (
            Rcpt,
            421,
            "[IPTS04] Messages from 192.0.2.1 temporarily deferred",
            YAHOO_2H,
        ),
        (
            Rcpt,
            553,
            "5.7.1 [BL21] Connections will not be accepted",
            YAHOO_4H,
        ),
        (
            Body,
            451,
            "4.7.650 The mail server [192.0.2.25] has been temporarily rate limited",
            "Lane later, Lane slower, 30 min, alarm Lane reputation",
        ),
        (Body, 421, "4.7.0 try later", "Lane later, Lane slower"),
        // Before RCPT no lane is told.
        (
            Mail,
            421,
            "4.7.0 [TSS04] Messages from 192.0.2.1",
            "Relay later, Relay slower, 120 min, alarm Relay reputation",
        ),
        (
            Greeting,
            421,
            "4.7.0 try later",
            "Relay later, Relay slower",
        ),
    ]);
}

#[test]
fn a_relay_that_asks_for_less_is_told_from_a_mailbox_that_does() {
    use Phase::*;
    const SLOWER: &str = "Relay later, Relay slower";
    const LETTER: &str = "Letter later";
    const QUOTA: &str = "Relay later, Relay slower, 60 min, alarm Relay quota";
    check(&[
        (
            Body,
            454,
            "4.7.0 Throttling failure: Maximum sending rate exceeded.",
            SLOWER,
        ),
        (
            Body,
            454,
            "Throttling failure: Maximum sending rate exceeded.",
            SLOWER,
        ),
        (
            Body,
            454,
            "4.7.0 Throttling failure: Daily message quota exceeded.",
            QUOTA,
        ),
        (Rcpt, 550, "5.4.5 Daily user sending quota exceeded", QUOTA),
        (Mail, 452, "4.3.2 Connection rate limit exceeded.", SLOWER),
        (
            Greeting,
            421,
            "too many concurrent SMTP connections",
            SLOWER,
        ),
        (Rcpt, 452, "4.3.1 Insufficient system storage", SLOWER),
        (
            Body,
            452,
            "4.4.5 Insufficient disk space; try again later",
            SLOWER,
        ),
        (Body, 451, "server busy", SLOWER),
        (
            Rcpt,
            450,
            "4.2.1 The user you are trying to contact is receiving mail at a rate that",
            LETTER,
        ),
        (Rcpt, 452, "4.2.2 Mailbox full", LETTER),
        (Rcpt, 452, "user is over quota", LETTER),
        (
            Rcpt,
            451,
            "4.7.1 Greylisting in action, please come back later",
            LETTER,
        ),
        (Rcpt, 450, "4.1.1 unknown for now", LETTER),
        (Rcpt, 452, "4.5.3 too many recipients", LETTER),
        (Rcpt, 552, "too many recipients", LETTER),
        (Rcpt, 451, "4.3.0 temporary lookup failure", LETTER),
        (Rcpt, 451, "4.7.1 try again later", LETTER),
        // The connection is at its end, not the relay.
        (
            Mail,
            421,
            "Too many messages in this session",
            "Relay later",
        ),
        (Mail, 421, "4.4.2 idle timeout", "Relay later"),
        (Greeting, 421, "4.4.2 timeout", "Relay later, down"),
        (Rcpt, 421, "4.3.2 shutting down", "Relay later, down"),
    ]);
}

#[test]
fn what_only_a_person_can_mend_is_an_alarm() {
    use Phase::*;
    const KEY: &str = "Relay later, down, alarm Relay credentials";
    const CLOSED: &str = "Relay later, down, alarm Relay relay";
    const SENDER: &str = "Relay later, down, alarm Relay sender";
    const SPAM: &str = "refused, alarm Lane policy";
    check(&[
        (Auth, 535, "5.7.8 wrong", KEY),
        (Rcpt, 530, "5.7.0 authenticate first", KEY),
        (Auth, 538, "5.7.11 encryption required", KEY),
        (
            Auth,
            454,
            "4.7.0 temporary authentication failure",
            "Relay later, Relay slower",
        ),
        (Greeting, 554, "go away", CLOSED),
        (Mail, 550, "5.7.1 not you", CLOSED),
        (
            Rcpt,
            554,
            "5.7.1 <a@b.example>: Relay access denied",
            CLOSED,
        ),
        (Rcpt, 553, "5.1.8 your domain does not exist", SENDER),
        (
            Body,
            554,
            "Message rejected: Email address is not verified.",
            SENDER,
        ),
        (Body, 554, "5.7.1 spam", SPAM),
        (Body, 550, "5.7.0 content", SPAM),
        (Body, 554, "rejected for policy reasons", SPAM),
        (Rcpt, 550, "5.1.1 unknown", "refused"),
        (Rcpt, 550, "5.2.1 disabled", "refused"),
        (Body, 552, "5.3.4 too large", "refused"),
    ]);
    let barred = Outcome::Barred {
        phase: Tls,
        reason: R::Encryption,
        words: "TLS: no encrypted connection: expired".to_owned(),
    };
    assert_eq!(word(&barred), "Relay later");
    let signal = signal(&barred);
    assert!(signal.down && !signal.counts);
    assert_eq!(signal.alarm.unwrap().reason, R::Encryption);
}

#[test]
fn an_alarm_holds_no_address() {
    let said = "5.7.1 <mara@news.example.org>: Relay access denied";
    let alarm = signal(&replied(Phase::Rcpt, 554, said)).alarm.unwrap();
    assert_eq!(
        alarm.words,
        "554 5.7.1 <m***@n***.org>: Relay access denied"
    );
    for reason in ["credentials", "quota", "policy"] {
        assert_eq!(R::parse(reason).unwrap().as_str(), reason);
    }
    assert_eq!(R::parse("nonsense"), None);
}

#[test]
fn only_what_was_taken_or_may_have_been_counts() {
    use Phase::*;
    let counts = |outcome: &Outcome| {
        let signal = signal(outcome);
        (signal.took, signal.counts, signal.down)
    };
    assert_eq!(counts(&replied(Body, 250, "ok")), (true, true, false));
    assert_eq!(counts(&replied(Body, 354, "go")), (false, true, false));
    assert_eq!(counts(&lost(Body)), (false, true, false));
    assert_eq!(counts(&lost(Data)), (false, false, false));
    assert_eq!(counts(&lost(Connect)), (false, false, true));
    assert_eq!(
        counts(&replied(Body, 554, "5.7.1 no")),
        (false, false, false)
    );
}
