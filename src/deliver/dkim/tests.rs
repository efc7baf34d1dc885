//! Keys of every kind, the canonical forms against the RFC and against a plain reading of it, and
//! what a signature looks like. Whether others verify it is asked in `tests/it/dkim.rs`.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::{DkimError, DkimKey, Signer, canon, pem};
use crate::domain::letter::SigningAlgorithm;

/// The private key of RFC 8463 A.2.
const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

/// 1024 bits, PKCS#1.
const SMALL: &str = "-----BEGIN RSA PRIVATE KEY-----\n\
    MIICXgIBAAKBgQDhLgixjqUiqgdEv524eOOWrEU5+Nd26fhEEOTiytRJ/zfSPyxS\n\
    qOUbUQbFj5NzKfM+dVvdvKfed2PbTyFsWRphT9/ErjfzyEVI0KvMOhdA9bFLaed+\n\
    Um0qfB9y+ie3cZlCvZ9tuD6blzUAsXU9HwGHeE+Lq9giNZLlc4MSypWmRwIDAQAB\n\
    AoGBAN9M5TYevMe5UOfuFRwAVcDvKN8qU5EKyDXHgxMcDJUs0FBgcTWvYzNJkKuN\n\
    i60ipqMDgoxLLzU/s/ihagWl/q8w/CtFg1aX0Vg8h7NdyVTmI2RgfRVo8LFqvTLc\n\
    CDLyR9kDP91rnqT38FxJ28Iq3p3uW0oIsZo8hHUmWcIOJGSRAkEA+vJwE38Qzia1\n\
    vE5TrEbbjI4vmA09PbbO9a5iy0yjGXqtAW3tl+EmofHeepZ32JF1vIICegc0YEgZ\n\
    YI8NeGJDvQJBAOW2xfzdmSuMDofJtYJVNf6JdZl0gi2HLo0Wn7G1Gl59YJ3NztS+\n\
    Gn+/KoZgS4AWPVfXHTuSGOUDoqHBr49jcFMCQQCyOJwAPK3iuvs20Sn7oBcsq46B\n\
    nmVv/vTc5wyi9bqfzdAww7GJvA2D1hL7XQGgfS3wwySfJZ69AneDbBVU+fTBAkAe\n\
    d2NC6lEKSYUT1VjRdGO44ppKQ/2P9EHkTH/Znd9lcNODmmw4Iw54qu4E7HiXAFwa\n\
    blleMT5EAXtsYLfcGKApAkEAxxRp4fzF6G21tB0rJjyswafvF4V2Lm8hV5VUiYCy\n\
    vlPHXf4sPVQY4g9yTwgfzEEg65plclW3KsGGzbWxWJmDTA==\n\
    -----END RSA PRIVATE KEY-----\n\
    ";

static RSA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("generated");
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("serialised");
    der.as_ref().to_vec()
});

fn signer() -> Signer {
    let rsa = DkimKey::read(&pem::write(&RSA), "r1").expect("a key");
    let ed = DkimKey::read(ED25519, "e1").expect("a key");
    Signer::new("Example.org", vec![rsa, ed]).expect("keys")
}

const MESSAGE: &[u8] = b"Date: Wed, 25 Nov 2026 06:00:00 +0000\r\n\
    From: \"A, B\" <a@news.example.org>\r\nSubject:  folded\r\n\t words \r\nTo: b@c.example\r\n\
    List-Unsubscribe: <https://x.example/u>\r\nX-Other: y\r\n\r\nBody  of it \r\n\r\n";

fn signed() -> String {
    let at = "2026-11-25T06:00:00Z".parse().expect("an instant");
    let bytes = signer().signed(MESSAGE, at).expect("signed");
    String::from_utf8(bytes).expect("seven bits")
}

#[test]
fn keys_are_read_in_both_forms_and_published_as_dns_wants_them() {
    let ed = DkimKey::read(ED25519, "brisbane").expect("a key");
    assert_eq!(ed.algorithm(), SigningAlgorithm::Ed25519Sha256);
    let published = ed.published("football.example.com");
    assert_eq!(published.name, "brisbane._domainkey.football.example.com");
    // RFC 8463 A.2.
    assert_eq!(
        published.value,
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    );
    let pkcs8 = DkimKey::read(&pem::write(&RSA), "r").expect("a key");
    let pkcs1 = pem::write(&RSA[26..]).replace("PRIVATE", "RSA PRIVATE");
    let pkcs1 = DkimKey::read(&pkcs1.replace('\n', "\r\n"), "r").expect("a key");
    assert_eq!(pkcs1.remembered(), pkcs8.remembered());
    let published = pkcs8.published("a.example");
    assert!(
        published
            .value
            .starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF")
    );
    assert!(published.strings.len() == 2 && published.strings[0].len() == 255);
    assert_eq!(published.strings.concat(), published.value);
    let line = published.zone_line();
    assert!(
        line.starts_with("r._domainkey.a.example. IN TXT ( \"v=DKIM1; "),
        "{line}"
    );
    assert!(!format!("{pkcs8:?} {:?}", signer()).contains("MII"));
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    let refused = |text: &str| DkimKey::read(text, "s").expect_err("refused");
    assert_eq!(refused(SMALL), DkimError::TooSmall);
    assert_eq!(refused(""), DkimError::NoPem);
    assert_eq!(refused(&ED25519[..60]), DkimError::NoPem);
    assert_eq!(
        refused(&ED25519.replace("PRIVATE", "PUBLIC")),
        DkimError::NoPem
    );
    assert_eq!(refused(&ED25519.replace("MC4C", "!!!!")), DkimError::NoPem);
    let locked = ED25519.replace("PRIVATE", "ENCRYPTED PRIVATE");
    assert_eq!(refused(&locked), DkimError::Encrypted);
    let old = SMALL.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
    assert_eq!(refused(&old), DkimError::Encrypted);
    assert!(matches!(
        refused(&pem::write(b"\x30\x03abc")),
        DkimError::Rejected(_)
    ));
    assert!(Signer::new("a.example", Vec::new()).is_err());
}

#[test]
fn a_signature_names_what_it_covers_and_is_the_same_each_time() {
    let text = signed();
    assert_eq!(text, signed());
    assert!(text.ends_with(std::str::from_utf8(MESSAGE).expect("text")));
    let head = text.split("Date: ").next().expect("a head");
    assert!(head.split("\r\n").all(|l| l.len() <= 76), "{head}");
    let flat = head.replace("\r\n ", " ");
    let fields: Vec<String> = flat
        .trim_end()
        .split("\r\n")
        .map(|f| f.replace(' ', ""))
        .collect();
    let names = "h=From:From:To:To:Subject:Subject:Date:Date:Reply-To:List-Unsubscribe:\
        List-Unsubscribe:List-Unsubscribe-Post;bh=";
    for (field, (a, s)) in fields
        .iter()
        .zip([("rsa-sha256", "r1"), ("ed25519-sha256", "e1")])
    {
        let start = format!(
            "DKIM-Signature:v=1;a={a};c=relaxed/relaxed;d=example.org;s={s};t=1795586400;{names}"
        );
        assert!(field.starts_with(&start), "{field}");
        assert!(!field.contains(";l=") && !field.contains(";x="), "{field}");
    }
    assert_eq!(fields.len(), 2);
    let hashes: Vec<&str> = flat.split("bh=").skip(1).map(|t| &t[..44]).collect();
    assert_eq!(hashes[0], hashes[1]);
}

#[test]
fn a_wave_is_signed_by_its_own_keys_or_not_at_all() {
    let have = signer();
    let frozen = have.signing();
    let text = serde_json::to_string(&frozen).expect("text");
    assert!(
        text.contains(r#""algorithm":"ed25519-sha256","selector":"e1""#),
        "{text}"
    );
    let again = serde_json::from_str(&text).expect("read");
    assert_eq!(frozen, again);
    assert!(Signer::of(Some(&have), &frozen).is_ok_and(|s| s.signing() == frozen));
    let mut one = frozen.clone();
    one.keys.remove(0);
    let of_one = Signer::of(Some(&have), &one).expect("a key that came later is not used");
    assert_eq!(of_one.signing(), one);
    let (domain, selector) = ("example.org".to_owned(), "e1".to_owned());
    let missing = DkimError::Missing {
        domain: domain.clone(),
        selector: selector.clone(),
    };
    assert_eq!(Signer::of(None, &one).err(), Some(missing));
    one.keys[0].fingerprint = "other".to_owned();
    let changed = DkimError::Changed { domain, selector };
    assert_eq!(Signer::of(Some(&have), &one).err(), Some(changed));
    assert!(have.covers("news.EXAMPLE.org") && !have.covers("example.net"));
}

fn relaxed(body: &str) -> String {
    let mut out = Vec::new();
    canon::body(body.as_bytes(), |piece| out.extend_from_slice(piece));
    String::from_utf8(out).expect("text")
}

#[test]
fn the_canonical_forms_are_the_ones_of_the_rfc() {
    // RFC 6376 §3.4.5.
    let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let (head, body) = canon::split(message);
    let mut out = Vec::new();
    for field in canon::fields(head) {
        canon::field(field.raw, &mut out);
        out.push(b'|');
    }
    assert_eq!(out, b"a:X|b:Y Z|");
    let body = std::str::from_utf8(body).expect("text");
    assert_eq!(relaxed(body), " C\r\nD E\r\n");
    assert_eq!(relaxed(""), "");
    assert_eq!(relaxed("\r\n \r\n"), "");
    assert_eq!(relaxed("x"), "x\r\n");
    // The hash of an empty body (RFC 6376 §3.4.4).
    let empty = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"");
    assert_eq!(
        STANDARD.encode(empty),
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
}

/// The rules of RFC 6376 §3.4.4 read word by word.
fn plainly(body: &str) -> String {
    let mut lines: Vec<String> = body
        .split("\r\n")
        .map(|line| {
            let kept = line.trim_end_matches([' ', '\t']);
            let mut out = String::new();
            for c in kept.chars() {
                match c {
                    ' ' | '\t' if out.ends_with(' ') => {}
                    ' ' | '\t' => out.push(' '),
                    c => out.push(c),
                }
            }
            out
        })
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|l| format!("{l}\r\n")).collect()
}

proptest! {
    #[test]
    fn bodies_are_read_as_the_rules_say(body in "(\r\n| |\t|[a-z]{1,3}| x|=20){0,40}") {
        prop_assert_eq!(relaxed(&body), plainly(&body));
    }

    #[test]
    fn no_message_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let at = "2026-11-25T06:00:00Z".parse().expect("an instant");
        let ed = DkimKey::read(ED25519, "e1").expect("a key");
        let signer = Signer::new("example.org", vec![ed]).expect("keys");
        let signed = signer.signed(&bytes, at).expect("signed");
        prop_assert!(signed.ends_with(&bytes));
    }

    #[test]
    fn no_key_file_makes_it_panic(text in "(-----BEGIN (RSA |ENCRYPTED )?PRIVATE KEY-----\n)?[A-Za-z0-9+/=\n]{0,80}(-----END X-----)?") {
        prop_assert!(DkimKey::read(&text, "s").is_err());
    }
}
