//! Ten thousand documents with seeded damage: none may break the reader or keep it for long.

use std::time::{Duration, Instant};

use courant::ingest::parse::{ParseError, parse_feed, to_articles, to_json};

use super::{HANG, Stated};
use crate::bars::Bars;

/// How many damaged documents are read.
const DAMAGED: usize = 10_000;

/// Reads them.
pub fn judge(all: &[Stated], bars: &mut Bars) {
    let mut seed = 20_260_601_u64;
    let mut draw = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % below.max(1)
    };
    const PIECES: &[&[u8]] = &[
        b"<item>",
        b"</item>",
        b"<entry>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"&#x0;",
        b"&",
        b"\"",
        b"<",
        b"\xff\xfe",
        b"\xe9",
        b"<div><div><div>",
        b"<title type='html'>",
        b"<x y='",
        b"{\"",
        b"\0",
    ];
    let (mut broke, mut slowest, mut read) = (0_usize, Duration::ZERO, 0_usize);
    for n in 0..DAMAGED {
        let document = &all[n % all.len()];
        let mut bytes = document.bytes.clone();
        for _ in 0..=draw(6) {
            let (a, b) = (draw(bytes.len() + 1), draw(bytes.len() + 1));
            let (from, to) = (a.min(b), a.max(b));
            match draw(6) {
                0 => bytes.truncate(to),
                1 if !bytes.is_empty() => bytes[from.min(to.saturating_sub(1))] ^= 1 << draw(8),
                2 => drop(bytes.splice(from..from, PIECES[draw(PIECES.len())].iter().copied())),
                3 => drop(bytes.drain(from..to.min(from + 64))),
                4 => {
                    let piece = bytes[from..to.min(from + 512)].to_vec();
                    drop(bytes.splice(from..from, piece));
                }
                _ => {
                    let other = &all[draw(all.len())].bytes;
                    let at = draw(other.len() + 1);
                    let piece = other[at..other.len().min(at + 200)].to_vec();
                    drop(bytes.splice(from..to.min(from + 200), piece));
                }
            }
        }
        let begun = Instant::now();
        let parsed = std::panic::catch_unwind(|| {
            let parsed = parse_feed(&bytes, document.content_type.as_deref(), None)?;
            to_articles(&parsed, &Default::default());
            Ok::<_, ParseError>(to_json(&parsed))
        });
        slowest = slowest.max(begun.elapsed());
        read += usize::from(matches!(parsed, Ok(Ok(_))));
        broke += usize::from(matches!(parsed, Err(_) | Ok(Err(ParseError::Broke))));
    }
    println!("{DAMAGED} damaged documents, of which {read} still gave a feed");
    bars.at_most("damaged documents that broke the reader", broke as f64, 0.0);
    bars.at_most(
        "seconds of the slowest damaged document",
        slowest.as_secs_f64(),
        HANG,
    );
}
