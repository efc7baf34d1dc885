use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{Fate, LogReader, RelayLog};

const ONE: &str = "aaaabbbbccccddddeeeeffff22";
const TWO: &str = "ggggbbbbccccddddeeeeffff33";

fn read(text: &str) -> RelayLog {
    let wanted = [ONE, TWO].map(str::to_owned).into();
    let mut reader = LogReader::new(wanted);
    reader.feed(text.as_bytes());
    reader.finish()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn fates(log: &RelayLog) -> Vec<(&str, Fate)> {
    let pair = |(id, trace): (&'_ String, &super::Trace)| match id.as_str() {
        ONE => ("one", trace.fate),
        _ => ("two", trace.fate),
    };
    log.traces.iter().map(pair).collect()
}

#[test]
fn both_dresses_of_syslog_are_read_with_short_and_long_queue_ids() {
    let log = read(&format!(
        "Nov  5 07:00:01 mx postfix/smtpd[11]: connect from app[10.0.0.2]\n\
         Nov  5 07:00:01 mx postfix/smtpd[11]: 4F1A2B3C4D: client=app[10.0.0.2]\n\
         Nov  5 07:00:01 mx postfix/cleanup[12]: 4F1A2B3C4D: message-id=<{ONE}@times.example>\n\
         Nov  5 07:00:01 mx postfix/qmgr[9]: 4F1A2B3C4D: from=<news@times.example>, size=46000, nrcpt=1 (queue active)\n\
         Nov  5 07:00:02 mx postfix/smtp[13]: 4F1A2B3C4D: to=<ann@x.example>, relay=mx.x.example[1.2.3.4]:25, delay=1.2, delays=0.1/0/0.5/0.6, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77)\n\
         Nov  5 07:00:02 mx postfix/qmgr[9]: 4F1A2B3C4D: removed\n\
         Nov  5 07:00:03 mx dovecot: imap-login: Login: user=<x>, method=PLAIN\n"
    ));
    assert_eq!(fates(&log), [("one", Fate::Sent)]);
    assert_eq!(log.traces[ONE].words, "2.0.0 250 2.0.0 Ok: queued as 77");
    assert_eq!((log.traces[ONE].line, log.lines, log.unreadable), (5, 7, 0));
    let log = read(&format!(
        "2026-11-05T07:00:01+0100 mx postfix/smtpd[11]: NOQUEUE: reject: RCPT from x[1.2.3.4]: 554 5.7.1 no\n\
         2026-11-05T07:00:01.123456+01:00 mx postfix-out/cleanup[12]: 4Zx1yQ3WzHz2XYZ: message-id=<{TWO}@times.example>\r\n\
         2026-11-05T07:00:02.5+01:00 mx postfix-out/smtp[13]: 4Zx1yQ3WzHz2XYZ: to=<ann@x.example>, orig_to=<a@x.example>, relay=none, delay=9, dsn=5.1.1, status=bounced (host mx said: 550 5.1.1 <ann@x.example>: no such user (in reply to RCPT))\r\n"
    ));
    assert_eq!(fates(&log), [("two", Fate::Bounced)]);
    assert_eq!((log.unreadable, log.of_letters), (0, 2));
    let words = &log.traces[TWO].words;
    assert!(
        words.starts_with("5.1.1 host mx said: 550 5.1.1"),
        "{words}"
    );
    assert!(!words.contains("ann@x.example"), "masked: {words}");
}

#[test]
fn a_message_id_alone_proves_nothing_and_the_queue_manager_does() {
    let begun = format!(
        "Nov 25 07:00:01 mx postfix/cleanup[12]: 4F1A2B3C4D: message-id=<{ONE}@times.example>\n"
    );
    assert_eq!(fates(&read(&begun)), [("one", Fate::Begun)]);
    assert!(!Fate::Begun.is_taken() && !Fate::Refused.is_taken());
    let taken = format!(
        "{begun}Nov 25 07:00:01 mx postfix/qmgr[9]: 4F1A2B3C4D: from=<n@t.example>, size=4, nrcpt=1 (queue active)\n"
    );
    assert_eq!(fates(&read(&taken)), [("one", Fate::Taken)]);
    assert!(Fate::Taken.is_taken() && Fate::Deferred.is_taken() && Fate::Bounced.is_taken());
    let refused = format!(
        "{begun}Nov 25 07:00:01 mx postfix/cleanup[12]: 4F1A2B3C4D: milter-reject: END-OF-MESSAGE from app[10.0.0.2]: 5.7.1 spam; from=<n@t.example>\n"
    );
    assert_eq!(fates(&read(&refused)), [("one", Fate::Refused)]);
}

#[test]
fn the_strongest_word_of_all_copies_counts() {
    let line =
        |queue: &str, rest: &str| format!("Nov 25 07:00:01 mx postfix/x[1]: {queue}: {rest}\n");
    let id = format!("message-id=<{ONE}@times.example>");
    let to =
        |status: &str| format!("to=<a@x.example>, relay=none, dsn=4.4.1, status={status} (words)");
    let text = [
        line("AAAA1", &id),
        line("AAAA1", &to("deferred")),
        line("AAAA1", &to("sent")),
        line("AAAA1", "removed"),
        line("BBBB2", &id),
        line("BBBB2", &to("bounced")),
    ];
    let log = read(&text.concat());
    assert_eq!(fates(&log), [("one", Fate::Sent)]);
    // A queue id that is used again tells nothing about the letter before.
    let text = [
        line("AAAA1", &id),
        line("AAAA1", "message-id=<another@y.example>"),
        line("AAAA1", &to("sent")),
    ];
    let log = read(&text.concat());
    assert_eq!(fates(&log), [("one", Fate::Begun)]);
    assert_eq!(log.of_letters, 3);
}

#[test]
fn an_address_or_a_servers_words_that_look_like_a_status_are_none() {
    let text = format!(
        "Nov 25 07:00:01 mx postfix/cleanup[1]: 4F1A2B3C4D: message-id=<{ONE}@t.example>\n\
         Nov 25 07:00:02 mx postfix/smtp[1]: 4F1A2B3C4D: to=<\"a, status=sent (x\"@x.example>, relay=none, dsn=4.0.0, status=deferred (it said, status=sent (250 ok))\n"
    );
    assert_eq!(fates(&read(&text)), [("one", Fate::Deferred)]);
}

#[test]
fn what_cannot_be_read_is_named_by_its_line() {
    let long = "x".repeat(70_000);
    let text = format!(
        "\u{feff}\n\
         no time at all\n\
         Nov 31x 07:00:01 mx postfix/smtp[1]: x\n\
         Nov 25 07:00:01 mx\n\
         Nov 25 07:00:01 {long}\n\
         Nov 25 07:00:01 mx postfix/smtp[1]: 4F1A2B3C4D: to=<a@x.example>, status=odd (x)\n\
         Nov 25 07:00:01 mx postfix/smtp[1]: 4F1A2B3C4D: to=<a@x.example\n\
         Nov 25 07:00:01 mx kernel: usb 1-1: new device"
    );
    let log = read(&text);
    let lines: Vec<u64> = log.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7]);
    assert_eq!((log.unreadable, log.lines, log.of_letters), (6, 8, 0));
    assert_eq!(
        log.problems[3].words, "it is longer than 65536 octets",
        "and what follows it is read"
    );
    let log = read(&"?\n".repeat(500));
    assert_eq!((log.problems.len(), log.unreadable), (100, 500));
}

#[test]
fn a_csv_is_read_by_its_header() {
    let log = read(&format!(
        "\u{feff}When;Message-ID;Status;Code;Reply\r\n\
         1;<{ONE}@t.example>;delivered;250;\"said \"\"yes\"\"; at once\"\r\n\
         2;{TWO};Bounced;;\r\n\
         3;other;sent\r\n\
         4;;sent\r\n\
         5;other;lost\r\n\
         6;other;sent;999\r\n\
         7;\"other;sent\r\n\
         8;other\r\n"
    ));
    assert_eq!(fates(&log), [("one", Fate::Sent), ("two", Fate::Bounced)]);
    assert_eq!(log.traces[ONE].code, Some(250));
    assert_eq!(log.traces[ONE].words, "said \"yes\"; at once");
    let lines: Vec<u64> = log.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [5, 6, 7, 8, 9]);
    assert_eq!(log.of_letters, 3);
    let span = log.span;
    let (from, until) = (at("2026-11-25T07:00:00Z"), at("2026-11-25T07:00:00Z"));
    assert!(!span.covers(from, until, None, until) && !span.needs_zone());
}

#[test]
fn a_log_covers_what_lies_between_its_first_and_last_line() {
    let line = |time: &str| format!("{time} mx postfix/qmgr[9]: 4F1A2B3C4D: removed\n");
    let now = at("2026-11-26T12:00:00Z");
    let start = at("2026-11-25T07:00:00Z");
    let covers = |log: &RelayLog, zone: Option<&TimeZone>| log.span.covers(start, start, zone, now);
    let rfc = |first: &str, last: &str| read(&[line(first), line(last)].concat());
    assert!(covers(
        &rfc("2026-11-25T07:59:00+01:00", "2026-11-25T08:05:00+01:00"),
        None
    ));
    assert!(!covers(
        &rfc("2026-11-25T07:59:00+01:00", "2026-11-25T08:04:59+01:00"),
        None
    ));
    assert!(!covers(
        &rfc("2026-11-25T07:00:01Z", "2026-11-25T09:00:00Z"),
        None
    ));
    let classic = rfc("Nov 25 07:30:00", "Nov 25 08:30:00");
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    assert!(classic.span.needs_zone() && !covers(&classic, None));
    assert!(covers(&classic, Some(&berlin)));
    assert!(!covers(&classic, Some(&TimeZone::UTC)));
    // Over a new year, and where the last line would be to come: it is last year's.
    let over = rfc("Dec 31 23:00:00", "Jan  1 01:00:00");
    let new_year = at("2026-12-31T23:30:00Z");
    let now = at("2027-01-02T00:00:00Z");
    assert!(
        over.span
            .covers(new_year, new_year, Some(&TimeZone::UTC), now)
    );
    assert!(
        !over
            .span
            .covers(new_year, new_year, Some(&TimeZone::UTC), start)
    );
    assert!(
        !covers(
            &rfc("Nov 25 07:30:00", "2026-11-25T09:00:00Z"),
            Some(&berlin)
        ),
        "mixed"
    );
}

proptest! {
    #[test]
    fn any_octets_in_any_pieces_are_read_to_their_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        piece in 1usize..300,
    ) {
        let wanted: std::collections::BTreeSet<String> = [ONE.to_owned()].into();
        let mut whole = LogReader::new(wanted.clone());
        whole.feed(&bytes);
        let mut pieces = LogReader::new(wanted);
        bytes.chunks(piece).for_each(|piece| pieces.feed(piece));
        prop_assert_eq!(whole.finish(), pieces.finish());
    }

    #[test]
    fn lines_near_the_real_ones_never_panic(
        head in "(Nov|Feb|2026-11-2[0-9]T07:00:0[0-9]Z|<22>)? {0,2}[0-9]{0,2} ?(07:00:01|7:0)?",
        rest in "( |mx|postfix/smtp\\[1\\]|:|4F1A2B3C4D|message-id=|<|>|@|to=<|, |orig_to=<|dsn=|status=|sent|bounced|\\(|\\)|\"|;|é|removed|from=<){0,14}",
        header in any::<bool>(),
    ) {
        let header = if header { "message_id,status,code\n" } else { "" };
        let log = read(&format!("{header}{head}{rest}\n{rest}"));
        prop_assert!(log.unreadable <= log.lines);
    }

    #[test]
    fn a_letter_is_taken_exactly_where_its_queue_file_says_so(
        taken in proptest::collection::vec(any::<bool>(), 1..40),
        interleave in any::<bool>(),
    ) {
        let id = |n: usize| format!("letter{n}x");
        let (mut heads, mut tails) = (Vec::new(), Vec::new());
        for (n, taken) in taken.iter().enumerate() {
            let line = |rest: String| format!("Nov 25 07:00:01 mx postfix/x[1]: A{n:05}: {rest}\n");
            heads.push(line(format!("message-id=<{}@t.example>", id(n))));
            if *taken {
                tails.push(line("to=<a@x.example>, relay=r, dsn=2.0.0, status=sent (ok)".to_owned()));
            }
        }
        if interleave {
            tails.reverse();
        }
        let mut reader = LogReader::new((0..taken.len()).map(id).collect());
        reader.feed(heads.concat().as_bytes());
        reader.feed(tails.concat().as_bytes());
        let log = reader.finish();
        for (n, taken) in taken.iter().enumerate() {
            prop_assert_eq!(log.traces[&id(n)].fate.is_taken(), *taken);
        }
    }
}
