//! What editors wrote, as it is printed: bare addresses are links, and a text that runs the other way
//! than the letter says so.

use serde::Serialize;

use super::block::set;
use crate::domain::web_link::safe_link;
use crate::domain::written::{Correction, Panel};
use crate::render::clean::one_line;
use crate::render::page::Page;
use crate::render::script::{other_language, turned};
use crate::render::words::Words;

/// Everything that editors wrote, but for subject and preheader.
#[derive(Serialize)]
pub(super) struct Written {
    /// Paragraphs of the note.
    note: Vec<Prose>,
    /// Lines of the panel.
    panel: Vec<Prose>,
    corrections: Vec<Corrected>,
}

/// A paragraph.
#[derive(Serialize)]
struct Prose {
    text: String,
    /// The text in pieces: those with a link lead there.
    runs: Vec<Run>,
    /// Its direction, where that is not the letter's.
    dir: Option<&'static str>,
}

#[derive(Serialize)]
struct Run {
    text: String,
    url: Option<String>,
}

/// A correction, with what it is about.
#[derive(Serialize)]
struct Corrected {
    #[serde(flatten)]
    prose: Prose,
    about: Option<About>,
}

#[derive(Serialize)]
struct About {
    headline: String,
    url: Option<String>,
    lang: Option<String>,
    dir: Option<&'static str>,
}

impl Written {
    pub(super) fn of(page: &Page<'_>, words: &Words) -> Written {
        let direction = words.fill("direction", &[]);
        let prose = |text: &str| Prose::of(set(text, words), &direction);
        let some = |texts: &[String]| -> Vec<Prose> {
            let all = texts.iter().map(|text| prose(text));
            all.filter(|p| !p.text.is_empty()).collect()
        };
        let lines = |panel: &Panel| some(&panel.lines);
        let corrected = |correction: &Correction| Corrected {
            prose: prose(&correction.text),
            about: about(correction, words, &direction),
        };
        let corrections = page.corrections.iter().map(corrected);
        Written {
            note: some(page.note),
            panel: page.panel.map(lines).unwrap_or_default(),
            corrections: corrections.filter(|c| !c.prose.text.is_empty()).collect(),
        }
    }
}

fn about(correction: &Correction, words: &Words, direction: &str) -> Option<About> {
    let about = correction.about.as_ref()?;
    let headline = set(&about.headline, words);
    Some(About {
        url: safe_link(&about.link),
        lang: other_language(about.language.as_deref(), words.language()),
        dir: turned(&headline, direction),
        headline,
    })
}

impl Prose {
    fn of(text: String, direction: &str) -> Prose {
        let run = |(text, url): (&str, Option<String>)| Run {
            text: text.to_owned(),
            url,
        };
        Prose {
            runs: linked(&text).into_iter().map(run).collect(),
            dir: turned(&text, direction),
            text,
        }
    }
}

/// A text in pieces, bare http and https addresses apart from what stands between them. What ends a
/// sentence behind an address is no part of it, and neither is a bracket that opens before it.
fn linked(text: &str) -> Vec<(&str, Option<String>)> {
    let mut runs = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(start) = next_address(text, at) {
        let address = address(&text[start..]);
        at = start + address.len().max(1);
        while !text.is_char_boundary(at) {
            at += 1;
        }
        if let Some(url) = target(address) {
            if start > from {
                runs.push((&text[from..start], None));
            }
            runs.push((address, Some(url)));
            from = at;
        }
    }
    if from < text.len() {
        runs.push((&text[from..], None));
    }
    runs
}

/// Where the next address may begin: not in the middle of a word.
fn next_address(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let begins = |at: &usize| {
        let head = rest[*at..].as_bytes();
        let scheme = |s: &str| {
            head.get(..s.len())
                .is_some_and(|h| h.eq_ignore_ascii_case(s.as_bytes()))
        };
        let before = text[..from + at].chars().next_back();
        (scheme("https://") || scheme("http://")) && !before.is_some_and(char::is_alphanumeric)
    };
    let places = rest.char_indices().map(|(at, _)| at);
    places.into_iter().find(begins).map(|at| from + at)
}

/// The address that a text begins with.
fn address(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || "<>\"“”„«»‹›。、，；！？）」』】".contains(c);
    let mut address = &text[..text.find(ends).unwrap_or(text.len())];
    loop {
        let count = |c: char| address.matches(c).count();
        let last = address.chars().next_back();
        let extra = match last {
            Some(')') => count(')') > count('('),
            Some(']') => count(']') > count('['),
            Some(c) => ".,;:!?'’‘…*_|}،؛؟".contains(c),
            None => false,
        };
        match last.filter(|_| extra) {
            Some(c) => address = &address[..address.len() - c.len_utf8()],
            None => return address,
        }
    }
}

/// Where it leads: as it was typed where that can stand in a link, so that both parts say the same.
fn target(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
        return None;
    }
    let safe = safe_link(address)?;
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b);
    match address.bytes().all(plain) {
        true => Some(address.to_owned()),
        false => Some(one_line(&safe)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::linked;

    fn links(text: &str) -> Vec<String> {
        linked(text)
            .into_iter()
            .filter_map(|(_, url)| url)
            .collect()
    }

    #[test]
    fn bare_addresses_are_links_without_what_ends_their_sentence() {
        let check = |text: &str, expected: &[&str]| assert_eq!(links(text), expected, "{text}");
        check("See https://n.example/map.", &["https://n.example/map"]);
        check(
            "(see http://n.example/a_(b)), then",
            &["http://n.example/a_(b)"],
        );
        check(
            "https://n.example, HTTPS://M.example/x?y=1#z!",
            &["https://n.example", "HTTPS://M.example/x?y=1#z"],
        );
        check(
            "地図は「https://n.example/m」です",
            &["https://n.example/m"],
        );
        check(
            "نرى https://n.example/خبر، ثم",
            &["https://n.example/%D8%AE%D8%A8%D8%B1"],
        );
        for none in [
            "javascript:alert(1) mailto:a@n.example ftp://n.example www.n.example",
            "xhttps://n.example",
            "https:// https://. http://",
            "https://user@n.example/",
        ] {
            check(none, &[]);
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(text in "(https?://|[a-z.()/ é日،#\"]|n\\.example){0,30}") {
            let joined: String = linked(&text).into_iter().map(|(run, _)| run).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
