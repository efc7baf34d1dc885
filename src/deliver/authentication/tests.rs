//! The judging of records, out of a table; whole set-ups are examined through the binary.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A zone as `name TYPE` → texts, or `preference host`.
type Zone = BTreeMap<String, Vec<String>>;

fn zone(entries: &[(&str, &str)]) -> Zone {
    let mut zone = Zone::new();
    for (name, value) in entries {
        zone.entry((*name).to_owned())
            .or_default()
            .push((*value).to_owned());
    }
    zone
}

fn answer(zone: &Zone, query: &Query) -> Answer {
    let kind = match query.kind {
        Kind::Txt => "TXT",
        Kind::Mx => "MX",
        Kind::Address => "A",
    };
    let found = zone.get(&format!("{} {kind}", query.name));
    let found = found.cloned().unwrap_or_default();
    let exchange = |text: &String| {
        let (preference, host) = text.split_once(' ').unwrap();
        (preference.parse().unwrap(), host.to_owned())
    };
    match query.kind {
        Kind::Txt => Answer::Txt(found),
        Kind::Mx => Answer::Mx(found.iter().map(exchange).collect()),
        Kind::Address => Answer::Address(found),
    }
}

/// Answers until there is no question left; how many there were.
fn examined(setup: &Setup, zone: &Zone) -> (Vec<Finding>, usize) {
    let mut records = Records::new();
    loop {
        match examine(setup, &records) {
            Ok(found) => return (found, records.len()),
            Err(query) => {
                let answer = answer(zone, &query);
                assert!(records.insert(query, answer).is_none(), "asked twice");
            }
        }
    }
}

fn setup(from: &str, bounce: Option<&str>, relay: &str) -> Setup {
    Setup {
        senders: vec![Sender {
            list: "news".to_owned(),
            from: from.to_owned(),
            reply_to: None,
        }],
        bounce: bounce.map(str::to_owned),
        signing: Signing::Relay,
        relays: vec![relay.to_owned()],
    }
}

/// Level, place, and the beginning of what is said at that place.
fn has(found: &[Finding], level: Level, place: &str, words: &str) {
    let fits = |f: &Finding| f.level == level && f.place == place && f.what.contains(words);
    assert!(
        found.iter().any(fits),
        "{level:?} {place} {words}: {found:#?}"
    );
}

#[test]
fn a_relay_that_is_known_by_name_is_looked_for_in_spf() {
    let relay = "email-smtp.eu-west-1.amazonaws.com";
    let known = setup("news.example.org", None, relay);
    let (found, _) = examined(&known, &zone(&[]));
    let missing = found
        .iter()
        .find(|f| f.what.starts_with("no SPF record"))
        .unwrap();
    let hint = missing.hint.as_deref().unwrap();
    assert!(
        hint.contains("\"v=spf1 include:amazonses.com ~all\""),
        "{hint}"
    );
    let other = zone(&[
        (
            "news.example.org TXT",
            "v=spf1 include:_spf.google.com -all",
        ),
        ("_spf.google.com TXT", "v=spf1 ip4:192.0.2.0/24 ~all"),
    ]);
    let (found, _) = examined(&known, &other);
    has(
        &found,
        Level::Hint,
        "news.example.org",
        "does not include `amazonses.com`",
    );
    let hint = found[0].hint.as_deref().unwrap();
    let record = "\"v=spf1 include:amazonses.com include:_spf.google.com -all\"";
    assert!(hint.contains(record), "{hint}");
    let unknown = setup("news.example.org", None, "smtp.example.net");
    let (found, _) = examined(&unknown, &zone(&[]));
    assert!(
        found[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("\"v=spf1 a:smtp.example.net ~all\"")
    );
}

#[test]
fn mechanisms_are_read_as_rfc_7208_writes_them() {
    let domain = "a.example";
    let level = |record: &str| {
        let (found, _) = examined(
            &setup(domain, None, "smtp.example.net"),
            &zone(&[
                ("a.example TXT", record),
                ("b.example TXT", "v=spf1 ip4:192.0.2.1 -all"),
            ]),
        );
        (found[0].level, found[0].what.clone())
    };
    for sound in [
        "v=spf1 a mx -all",
        "V=SPF1 A:b.example/24 MX//64 -ALL",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ip6:::1 ~all",
        "v=spf1 exists:%{i}.b.example include:b.example exp=why.b.example x-y=z -all",
        "v=spf1 ip4:192.0.2.1 redirect=b.example",
        "v=spf1 ip4:192.0.2.1 -all nonsense:after",
    ] {
        assert_eq!(level(sound).0, Level::Ok, "{sound}: {:?}", level(sound));
    }
    for broken in [
        "v=spf1 include -all",
        "v=spf1 include: -all",
        "v=spf1 ip4:192.0.2 -all",
        "v=spf1 ip4:192.0.2.256 -all",
        "v=spf1 ip4:192.0.2.1/33 -all",
        "v=spf1 ip6:192.0.2.1 -all",
        "v=spf1 all:x -all",
        "v=spf1 192.0.2.1 -all",
    ] {
        let (level, what) = level(broken);
        assert!(
            level == Level::Problem && what.contains("broken"),
            "{broken}: {what}"
        );
    }
    // Another word that begins alike is no SPF record (§4.5).
    assert!(level("v=spf10 -all").1.starts_with("no SPF record"));
}

#[test]
fn the_tree_is_walked_to_the_organization_and_no_further_than_eight_names() {
    let long = "a.b.c.d.e.f.g.h.mail.example.org";
    let deep = setup(long, Some("bounce.example.org"), "smtp.example.net");
    let dmarc = "v=DMARC1; p=none; rua=mailto:d@example.org";
    let with = zone(&[("_dmarc.example.org TXT", dmarc)]);
    let (found, questions) = examined(&deep, &with);
    has(&found, Level::Ok, "_dmarc.example.org", "DMARC says `none`");
    has(&found, Level::Ok, long, "the envelope sender is aligned");
    // SPF, MX and address of two domains, eight names of the long one and three of the other.
    assert!(questions <= 16, "{questions}");

    // A public suffix says so itself: below it everybody is an organization of their own.
    let shared = setup(
        "me.hosting.example",
        Some("you.hosting.example"),
        "smtp.example.net",
    );
    let suffix = "v=DMARC1; p=reject; psd=y; rua=mailto:d@hosting.example";
    let (found, _) = examined(&shared, &zone(&[("_dmarc.hosting.example TXT", suffix)]));
    let words = "`you.hosting.example`, is not aligned with From `me.hosting.example`";
    has(&found, Level::Problem, "me.hosting.example", words);
    // An organization below another one says so too.
    let own = zone(&[
        (
            "_dmarc.x.example.org TXT",
            "v=DMARC1; p=none; psd=n; rua=mailto:d@x.example.org",
        ),
        ("_dmarc.example.org TXT", dmarc),
    ]);
    let apart = setup("n.x.example.org", Some("b.example.org"), "smtp.example.net");
    let (found, _) = examined(&apart, &own);
    has(
        &found,
        Level::Ok,
        "_dmarc.x.example.org",
        "DMARC says `none`",
    );
    has(&found, Level::Problem, "n.x.example.org", "is not aligned");
}

#[test]
fn a_domain_without_bounce_domain_is_its_own_envelope() {
    let own = setup("example.org", None, "smtp.example.net");
    let (found, _) = examined(&own, &zone(&[]));
    has(
        &found,
        Level::Ok,
        "example.org",
        "the envelope sender is aligned",
    );
    has(
        &found,
        Level::Hint,
        "bounce.domain",
        "nobody can tell whose letter came back",
    );
    has(&found, Level::Hint, "smtp.relay_signs", "the relay signs");
    let nobody = Setup {
        signing: Signing::Nobody,
        ..own
    };
    let (found, _) = examined(&nobody, &zone(&[]));
    has(
        &found,
        Level::Problem,
        "dkim.domain",
        "nobody signs the letters",
    );
}

proptest! {
    #[test]
    fn no_record_of_strangers_breaks_it_or_makes_it_ask_for_ever(
        texts in proptest::collection::vec(
            "(v=spf1|v=DMARC1;|v=DKIM1;)?( ?(include:|redirect=|a:|p=|rua=|psd=|ip4:|[+?~-]all|;)\\PC{0,12}){0,20}",
            1..4,
        ),
    ) {
        let mut all = setup("a.example.org", Some("b.example.org"), "smtp.example.net");
        all.signing = Signing::Own {
            domain: "example.org".to_owned(),
            keys: vec![ExpectedKey {
                name: "k._domainkey.example.org".to_owned(),
                value: "v=DKIM1; k=rsa; p=AAAA".to_owned(),
                zone_line: String::new(),
            }],
        };
        let mut records = Records::new();
        let mut questions = 0;
        let found = loop {
            match examine(&all, &records) {
                Ok(found) => break found,
                Err(query) => {
                    let answer = match query.kind {
                        Kind::Txt => Answer::Txt(texts.clone()),
                        Kind::Mx => Answer::Mx(vec![(10, texts[0].clone())]),
                        Kind::Address => Answer::Address(Vec::new()),
                    };
                    questions += 1;
                    prop_assert!(questions < 200);
                    records.insert(query, answer);
                }
            }
        };
        for finding in found {
            let whole = format!("{}{}", finding.what, finding.hint.unwrap_or_default());
            prop_assert!(!whole.contains(char::is_control), "{:?}", whole);
        }
    }
}
