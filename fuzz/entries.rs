//! What is fuzzed: one entry a subject, taking any octets and holding what must be true of every
//! input. libFuzzer's targets and `tests/it/fuzz_corpus.rs` both come in through here.
//!
//! A new subject is a function here, a row in [`ENTRIES`], a target of three lines in `fuzz_targets/`,
//! its `[[bin]]` in `Cargo.toml`, and a folder of its name in `corpus/`.

use courant::domain::article::{CanonicalUrl, fragment};
use courant::ingest::parse::{
    BODY_CHARS, ENTRIES as MOST_ENTRIES, HEADLINE_CHARS, PROBLEMS, ParseError, Rules, Step,
    check_rules, clean_entry, parse_date, parse_feed, parse_page, to_articles, to_json,
};
use courant::topics::rule::words::{Piece, Words};
use courant::topics::rule::{RULE_CHARS, Rule, evidence};
use courant::topics::rules::Rules as Index;

/// Takes one input.
pub type Entry = fn(&[u8]);

/// The subjects, as their corpus folders are called.
#[allow(dead_code, reason = "a target needs its own entry only")]
pub const ENTRIES: &[(&str, Entry)] = &[
    ("feed", feed),
    ("date", date),
    ("url", url),
    ("rule", rule),
    ("page", page),
];

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

/// A rule of topics and, behind a line end, a headline and behind another a text: refused with the
/// place of the fault, or asked of the text with the same answer every time, through the index, too.
pub fn rule(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (written, article) = text.split_once('\n').unwrap_or((text, ""));
    let (title, body) = article.split_once('\n').unwrap_or((article, ""));
    let words = Words::new(&Piece {
        title,
        body,
        ..Piece::default()
    });
    match Rule::parse(written) {
        Ok(rule) => {
            let found = rule.matches(&words);
            for span in found.iter().flatten() {
                assert!(span.count > 0 && span.first + span.count <= words.len());
            }
            let told = found.as_ref().map(|found| evidence(&words, found));
            assert!(!told.is_some_and(|told| told.contains('\n')));
            let indexed = Index::new(vec![rule.clone()]).matching(&words);
            let indexed = indexed.rules.into_iter().map(|(_, found)| found).next();
            assert_eq!(indexed, found, "{written:?} through the index");
            assert_eq!(Rule::parse(written), Ok(rule), "the same rule read twice");
        }
        Err(fault) => {
            let chars = written.chars().count().min(RULE_CHARS + 1);
            assert!((1..=chars + 1).contains(&fault.at), "{written:?}: {fault}");
            fault.hint();
        }
    }
    // A phrase stands in the text that it was copied from.
    if !title.contains(['"', '*'])
        && let Ok(copied) = Rule::parse(&format!("title:=\"{title}\""))
    {
        assert!(copied.matches(&words).is_some(), "{title:?}");
    }
}

/// Clean-up rules and, behind a line of four dashes, a page: the rules refused in one line, or the page
/// and an entry cleaned by them, bounded, and the same every time.
pub fn page(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (written, page) = text.split_once("\n----\n").unwrap_or((text, ""));
    let rules = match Rules::parse(written) {
        Ok(rules) => rules,
        Err(fault) => return one_line(&fault.to_string()),
    };
    if let Err(fault) = check_rules(&rules) {
        one_line(&fault.to_string());
    }
    let read = || parse_page(page.as_bytes(), None, None, &rules);
    let reading = read();
    assert_eq!(reading, read(), "the same page read twice");
    assert_ne!(reading.as_ref().err(), Some(&ParseError::Broke));
    let Ok(mut reading) = reading else {
        return;
    };
    let text = &reading.article.text;
    assert!(!text.headline.is_empty());
    assert!(text.headline.chars().count() <= HEADLINE_CHARS);
    let body = text.body.as_deref().unwrap_or_default();
    assert!(body.chars().count() <= BODY_CHARS);
    body.lines().for_each(one_line);
    let facts = &reading.facts;
    let lines = [&text.headline, &text.summary, &text.byline].into_iter();
    let lines = lines.chain(&facts.contact).chain(&facts.reader_place);
    lines.for_each(|line| one_line(line));
    bounded(&reading.steps);
    let (_, steps) = clean_entry(&mut reading.article, &rules);
    bounded(&steps);
}

fn one_line(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}

fn bounded(steps: &[Step]) {
    assert!(steps.len() <= 500);
    for step in steps {
        assert!(step.before.chars().count() <= 120 && step.after.chars().count() <= 120);
    }
}
