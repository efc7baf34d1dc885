//! What is fuzzed: one entry a subject, taking any octets and holding what must be true of every
//! input. libFuzzer's targets and `tests/it/fuzz_corpus.rs` both come in through here.
//!
//! A new subject (say, a language of rules) is a function here, a row in [`ENTRIES`], a target of
//! three lines in `fuzz_targets/`, its `[[bin]]` in `Cargo.toml`, and a folder of its name in `corpus/`.

use courant::domain::article::{CanonicalUrl, fragment};
use courant::ingest::parse::{
    ENTRIES as MOST_ENTRIES, PROBLEMS, ParseError, parse_date, parse_feed, to_articles, to_json,
};

/// Takes one input.
pub type Entry = fn(&[u8]);

/// The subjects, as their corpus folders are called.
#[allow(dead_code, reason = "a target needs its own entry only")]
pub const ENTRIES: &[(&str, Entry)] = &[("feed", feed), ("date", date), ("url", url)];

/// A feed of any format: read or refused, bounded, and the same every time.
pub fn feed(input: &[u8]) {
    let read = || parse_feed(input, None, Some("https://n.example/feed"));
    let parsed = read();
    assert_eq!(parsed, read(), "the same octets read twice");
    assert_ne!(parsed.as_ref().err(), Some(&ParseError::Broke));
    let Ok(feed) = parsed else {
        return;
    };
    assert!(feed.entries.len() <= MOST_ENTRIES && feed.problems.len() <= PROBLEMS);
    for entry in &feed.entries {
        let shown = [&entry.title, &entry.author, &entry.link, &entry.id];
        for text in shown.into_iter().flatten() {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
        let link = entry.link.as_deref().unwrap_or_default();
        let link = link.to_ascii_lowercase();
        assert!(
            !link.starts_with("javascript:") && !link.starts_with("data:"),
            "{link}"
        );
    }
    let (articles, _) = to_articles(&feed, &Default::default());
    for article in &articles {
        assert!(article.url.as_str().starts_with("http"));
        assert!(!article.text.headline.is_empty());
    }
    assert!(to_json(&feed).is_object());
    for entry in &feed.entries {
        // Plain texts may name a tag; what goes out as mark-up may not hold it.
        for html in [&entry.content, &entry.summary_html].into_iter().flatten() {
            assert!(
                !html.safe().contains("<script"),
                "mark-up that runs came through"
            );
        }
    }
}

/// A date: an instant that, written down, is read as itself.
pub fn date(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Some(at) = parse_date(text) else {
        return;
    };
    let written = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    // ISO 8601 has other rules outside of four digits.
    if written.len() == 20 && !written.starts_with('-') {
        let again = parse_date(&written).map(|again| again.as_second());
        assert_eq!(again, Some(at.as_second()), "{text:?} as {written}");
    }
}

/// A link and, behind a line end, its base: refused, or in a form that stays as it is.
pub fn url(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (link, base) = match text.split_once('\n') {
        Some((link, base)) => (link, Some(base)),
        None => (text, None),
    };
    fragment(link);
    let Ok(url) = CanonicalUrl::parse(link, base) else {
        return;
    };
    assert!(url.as_str().starts_with("http://") || url.as_str().starts_with("https://"));
    assert!(!url.as_str().contains('#'));
    if url.as_str().len() <= 2_000 {
        let again = CanonicalUrl::parse(url.as_str(), None).expect("a canonical URL is a URL");
        assert_eq!(again, url);
    }
}
