//! Every header and part as it stands, and hostile text in every field.

use mail_parser::MessageParser;
use proptest::prelude::*;

use super::{Letterhead, header, quoted_printable, system_mail};
use crate::domain::letter::{Head, Printed, SenderSettings, THEME, TextLinks};
use crate::domain::time::Timestamp;

fn sender() -> SenderSettings {
    SenderSettings {
        list_slug: "harbour".to_owned(),
        list_id: String::new(),
        list_name: "The Harbour Post".to_owned(),
        tagline: String::new(),
        sender_name: "The Harbour Post".to_owned(),
        sender_address: "post@news.example.org".to_owned(),
        reply_to: Some("desk@example.org".to_owned()),
        postal_address: "1 Quay Street".to_owned(),
        public_url: "https://news.example.org".to_owned(),
        one_click: true,
        signing: None,
        bounce_domain: None,
        theme: THEME.to_owned(),
        website: None,
        text_links: TextLinks::Inline,
        utm: None,
        topics: Default::default(),
        places: Default::default(),
    }
}

fn head() -> Head {
    Head {
        to: "mara@example.net".to_owned(),
        letter_id: "d3adb33f".to_owned(),
        unsubscribe_url: "https://news.example.org/u/1.abc".to_owned(),
        text_only: false,
    }
}

fn letter(subject: &str) -> Printed {
    printed(
        subject,
        "Grüße\n.\nFrom here \n",
        "<p>Grüße = \u{1f6a2}</p>",
    )
}

fn printed(subject: &str, text: &str, html: &str) -> Printed {
    let encoded = |text: &str| {
        let mut part = Vec::new();
        quoted_printable::encode(&mut part, text);
        part
    };
    Printed {
        subject: subject.to_owned(),
        html_bytes: html.len(),
        text: encoded(text),
        html: encoded(html),
    }
}

fn date() -> Timestamp {
    "2026-11-25T06:00:00Z".parse().expect("time")
}

fn compose(letter: &Printed, head: &Head, sender: &SenderSettings) -> Vec<u8> {
    let letterhead = Letterhead::of(sender, "2026-11-25T07:00+2", date());
    letterhead.compose(&letter.subject, letter, head)
}

/// Names and unfolded values of a message's head.
fn heads(message: &[u8]) -> Vec<(String, String)> {
    let text = std::str::from_utf8(message).expect("seven bits");
    let head = text
        .split("\r\n\r\n")
        .next()
        .unwrap_or_default()
        .replace("\r\n ", " ");
    let split = |l: &str| {
        l.split_once(": ")
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    head.split("\r\n")
        .map(|l| split(l).expect("a header line"))
        .collect()
}

fn value(message: &[u8], name: &str) -> Option<String> {
    heads(message)
        .into_iter()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v)
}

/// What holds for every message on the wire.
fn sound(message: &[u8]) {
    assert!(
        message
            .iter()
            .all(|b| matches!(b, b'\r' | b'\n' | b'\t' | 0x20..=0x7e))
    );
    let text = String::from_utf8_lossy(message);
    assert!(
        !text.replace("\r\n", "").contains(['\r', '\n']),
        "bare CR or LF"
    );
    assert!(text.split("\r\n").all(|l| l.len() <= 998));
    for line in text.split("\r\n").filter(|l| l.contains("=?utf-8?")) {
        assert!(line.len() <= 76, "{line}");
        assert!(line.split(' ').all(|w| w.len() <= 75), "{line}");
    }
}

#[test]
fn a_digest_has_the_headers_of_a_list() {
    let message = compose(&letter("Bridge opens"), &head(), &sender());
    sound(&message);
    let names: Vec<String> = heads(&message).into_iter().map(|(n, _)| n).collect();
    assert_eq!(
        names.join(" "),
        "Date From To Reply-To Subject Message-ID List-Id List-Unsubscribe \
         List-Unsubscribe-Post List-Post Feedback-ID Precedence MIME-Version Content-Type"
    );
    let is = |name: &str, expected: &str| {
        assert_eq!(value(&message, name).as_deref(), Some(expected));
    };
    is("Date", "Wed, 25 Nov 2026 06:00:00 +0000");
    is("From", "The Harbour Post <post@news.example.org>");
    is("To", "mara@example.net");
    is("Subject", "Bridge opens");
    is("Message-ID", "<d3adb33f@news.example.org>");
    is("List-Id", "The Harbour Post <harbour.news.example.org>");
    is("List-Unsubscribe", "<https://news.example.org/u/1.abc>");
    is("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    is("List-Post", "NO");
    is(
        "Feedback-ID",
        "2026-11-25T0700-2:harbour:digest:a55fcb315ad0",
    );
    is(
        "Content-Type",
        "multipart/alternative; boundary=\"=_d3adb33f\"",
    );
    assert_eq!(
        message,
        compose(&letter("Bridge opens"), &head(), &sender())
    );
}

#[test]
fn a_list_keeps_its_identifier_and_feedback_is_the_lists_alone() {
    let of = |sender: &SenderSettings, head: &Head| {
        let message = compose(&letter("x"), head, sender);
        sound(&message);
        let value = |name| value(&message, name).expect("there");
        (value("List-Id"), value("Feedback-ID"))
    };
    let kept = SenderSettings {
        list_id: "harbour.old.example".to_owned(),
        ..sender()
    };
    let (id, feedback) = of(&kept, &head());
    assert_eq!(id, "The Harbour Post <harbour.old.example>");
    let moved = SenderSettings {
        sender_address: "a@new.example".to_owned(),
        list_name: String::new(),
        ..kept
    };
    let another = Head {
        to: "other@example.net".to_owned(),
        letter_id: "0ther".to_owned(),
        ..head()
    };
    let (id, again) = of(&moved, &another);
    assert_eq!((id.as_str(), &again), ("<harbour.old.example>", &feedback));
    let fields: Vec<&str> = feedback.split(':').collect();
    assert_eq!(fields.len(), 4);
    assert!((5..=15).contains(&fields[3].len()), "{feedback}");
    // Octets of a List-Id (RFC 2919 §3), whatever the domain.
    let long = SenderSettings {
        list_slug: "l".repeat(40),
        sender_address: format!("a@{}", ["d".repeat(60).as_str(); 4].join(".")),
        list_name: String::new(),
        ..sender()
    };
    let (id, _) = of(&long, &head());
    assert!(id.len() <= 257 && id.starts_with("<lll"), "{}", id.len());
}

#[test]
fn the_parts_are_plain_text_then_html() {
    let message = compose(&letter("x"), &head(), &sender());
    let text = String::from_utf8(message).expect("seven bits");
    let parts: Vec<&str> = text.split("--=_d3adb33f").collect();
    assert_eq!(parts.len(), 4);
    assert_eq!(parts[3], "--\r\n");
    for (part, kind, body) in [
        (parts[1], "plain", "Grüße\n.\nFrom here \n"),
        (parts[2], "html", "<p>Grüße = \u{1f6a2}</p>"),
    ] {
        let (head, content) = part.split_once("\r\n\r\n").expect("head and body");
        assert_eq!(
            head,
            format!(
                "\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
                 Content-Transfer-Encoding: quoted-printable"
            )
        );
        let content = content
            .strip_suffix("\r\n")
            .expect("the boundary's own line end");
        assert_eq!(
            quoted_printable::decode(content),
            body.replace('\n', "\r\n")
        );
    }
}

#[test]
fn one_click_needs_the_list_and_https() {
    let post = |one_click: bool, url: &str| {
        let head = Head {
            unsubscribe_url: url.to_owned(),
            ..head()
        };
        let message = compose(
            &letter("x"),
            &head,
            &SenderSettings {
                one_click,
                ..sender()
            },
        );
        let has = |n| value(&message, n).is_some();
        (has("List-Unsubscribe"), has("List-Unsubscribe-Post"))
    };
    assert_eq!(post(true, "https://x.example/u"), (true, true));
    assert_eq!(post(false, "https://x.example/u"), (true, false));
    assert_eq!(post(true, "http://127.0.0.1:8080/u"), (true, false));
    assert_eq!(post(true, "javascript:alert(1)"), (false, false));
}

#[test]
fn a_system_mail_says_that_no_one_wrote_it() {
    let date = "2026-11-25T06:00:00Z".parse().expect("time");
    let message = system_mail(
        ("The Harbour Post", "courant@example.org"),
        "ops@example.org",
        "Held",
        "Grüße\n",
        date,
        "m1",
    );
    sound(&message);
    assert_eq!(
        value(&message, "From").as_deref(),
        Some("The Harbour Post <courant@example.org>")
    );
    assert_eq!(
        value(&message, "Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    assert_eq!(
        value(&message, "Message-ID").as_deref(),
        Some("<m1@example.org>")
    );
    assert!(message.ends_with(b"\r\n\r\nGr=C3=BC=C3=9Fe\r\n"));
}

#[test]
fn names_are_quoted_or_encoded() {
    let from = |name: &str| {
        let sender = SenderSettings {
            sender_name: name.to_owned(),
            ..sender()
        };
        value(&compose(&letter("x"), &head(), &sender), "From").expect("From")
    };
    assert_eq!(
        from("Post, \"Harbour\""),
        "\"Post, \\\"Harbour\\\"\" <post@news.example.org>"
    );
    assert_eq!(
        from("Küste"),
        "=?utf-8?Q?K=C3=BCste?= <post@news.example.org>"
    );
    assert_eq!(
        from("=?utf-8?Q?x?="),
        "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?= <post@news.example.org>"
    );
    assert_eq!(from(" \r\n"), "post@news.example.org");
    assert_eq!(
        from("a\r\nBcc: b\u{0}"),
        "\"a Bcc: b\" <post@news.example.org>"
    );
}

proptest! {
    #[test]
    fn no_field_can_add_a_header(field in "(\r\n|\r|\n|\u{0})?Bcc: \\PC{0,40}(\r\n\r\n)?\\PC{0,5}") {
        let hostile = SenderSettings {
            list_slug: field.clone(),
            list_id: format!("{field}.{field}"),
            list_name: field.clone(),
            sender_name: field.clone(),
            sender_address: format!("a@b.example{field}"),
            reply_to: Some(field.clone()),
            ..sender()
        };
        let head = Head {
            to: format!("{field}x@y.example"),
            letter_id: field.clone(),
            unsubscribe_url: format!("https://x.example/{field}"),
            text_only: false,
        };
        let letter = printed(&field, &field, &field);
        let letterhead = Letterhead::of(&hostile, &field, date());
        for message in [
            letterhead.compose(&field, &letter, &head),
            system_mail((&field, &field), &field, &field, &field, date(), &field),
        ] {
            sound(&message);
            let names: Vec<String> = heads(&message).into_iter().map(|(n, _)| n).collect();
            prop_assert!(!names.iter().any(|n| n.eq_ignore_ascii_case("bcc")), "{:?}", names);
            let mut once = names.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), names.len());
        }
    }

    #[test]
    fn a_subject_comes_back_whole(subject in "\\PC{0,300}") {
        let expected = header::clean(&subject);
        let message = compose(&letter(&subject), &head(), &sender());
        sound(&message);
        let folded = value(&message, "Subject").expect("Subject");
        prop_assert_eq!(header::decode(&folded), expected);
    }

    /// What a reader's program, which is not ours, takes out of a letter: these headers and no
    /// other, and every text as it was put in.
    #[test]
    fn another_reader_finds_each_field_as_it_was_given(
        name in "\\PC{0,60}",
        list in "\\PC{0,60}",
        subject in "\\PC{0,120}",
        text in "(\\PC|\n){0,80}",
        html in "(\\PC|\n){0,80}",
    ) {
        let sender = SenderSettings {
            sender_name: name.clone(),
            list_name: list,
            ..sender()
        };
        let letter = printed(&subject, &text, &html);
        let bytes = compose(&letter, &head(), &sender);
        sound(&bytes);
        let read = MessageParser::default().parse(&bytes).expect("a message");
        let names: Vec<&str> = read.headers().iter().map(|h| h.name()).collect();
        prop_assert_eq!(
            names.join(" "),
            "Date From To Reply-To Subject Message-ID List-ID List-Unsubscribe \
             List-Unsubscribe-Post List-Post Feedback-ID Precedence MIME-Version Content-Type"
        );
        let from = read.from().and_then(|f| f.first()).expect("From");
        prop_assert_eq!(from.address(), Some("post@news.example.org"));
        prop_assert_eq!(from.name().unwrap_or_default(), header::clean(&name));
        let one = |a: Option<&mail_parser::Address<'_>>| {
            let all: Vec<String> = a
                .into_iter()
                .flat_map(|a| a.iter())
                .filter_map(|a| a.address().map(str::to_owned))
                .collect();
            all.join(" ")
        };
        prop_assert_eq!(one(read.to()), "mara@example.net");
        prop_assert_eq!(one(read.reply_to()), "desk@example.org");
        prop_assert_eq!(read.subject().unwrap_or_default(), header::clean(&subject));
        prop_assert_eq!(read.message_id(), Some("d3adb33f@news.example.org"));
        prop_assert_eq!(read.parts.len(), 3);
        let lines = |t: &str| t.replace("\r\n", "\n");
        prop_assert_eq!(lines(&read.body_text(0).expect("text")), text);
        prop_assert_eq!(lines(&read.body_html(0).expect("HTML")), html);
    }

    #[test]
    fn an_address_is_carried_whole_or_made_harmless(
        local in "[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}",
        domain in "[a-z0-9-]{1,60}(\\.[a-z]{2,10}){1,3}",
    ) {
        let to = format!("{local}@{domain}");
        let bytes = compose(&letter("x"), &Head { to: to.clone(), ..head() }, &sender());
        sound(&bytes);
        prop_assert_eq!(value(&bytes, "To"), Some(to));
    }
}
