//! The letters that every part of the bench sends: 46 KB on the wire, 64 bodies, each letter with a
//! head, a recipient and one body line of its own.

use std::fmt::Write as _;

/// Bodies in the pool.
const BODIES: usize = 64;
/// Octets of a letter.
const OCTETS: usize = 46 * 1024;

/// The pool of bodies: as texts, and quoted-printable as they stand on the wire.
pub struct Letters {
    texts: Vec<String>,
    bodies: Vec<String>,
}

impl Letters {
    /// The pool, the same in every run.
    pub fn new() -> Letters {
        let mut seed = 1_u64;
        let mut word = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            b"etaoinshrdlucmfwypvbgkjqxz"[(seed >> 33) as usize % 26] as char
        };
        let texts = (0..BODIES).map(|n| {
            let mut text = format!("<!-- body {n} -->\r\n");
            let mut on_the_wire = text.len();
            while on_the_wire < OCTETS - 700 {
                (0..66).for_each(|_| text.push(word()));
                text.push_str("\u{fc}\r\n");
                on_the_wire += 74;
            }
            text
        });
        let texts: Vec<String> = texts.collect();
        let bodies = texts.iter().map(|text| text.replace('\u{fc}', "=C3=BC"));
        Letters {
            bodies: bodies.collect(),
            texts,
        }
    }

    /// The `n`th recipient.
    pub fn recipient(n: usize) -> String {
        format!("r{n}@reader.example")
    }

    /// The body of the `n`th letter as a text, with its own line.
    pub fn text(&self, n: usize) -> String {
        format!(
            "<p>Your letter, number {n}</p>\r\n{}",
            self.texts[n % BODIES]
        )
    }

    /// The `n`th letter, whole.
    pub fn letter(&self, n: usize, to: &str) -> Vec<u8> {
        let mut text = String::with_capacity(OCTETS + 512);
        let _ = write!(
            text,
            "Date: Wed, 25 Nov 2026 07:00:00 +0000\r\nFrom: The Times <news@times.example>\r\n\
             To: {to}\r\nSubject: The Times of 25 November\r\n\
             Message-ID: <{n:032x}@times.example>\r\nMIME-Version: 1.0\r\n\
             List-Unsubscribe: <https://news.times.example/u/{n:043x}>\r\n\
             List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n\
             <p>Your letter, number {n}</p>\r\n"
        );
        text.push_str(&self.bodies[n % BODIES]);
        text.into_bytes()
    }
}
