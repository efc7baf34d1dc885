//! Whole letters, octet by octet: what the demo's readers get is stored under `tests/golden/mail`
//! with nothing blotted out, parsed by a reader of MIME that is not ours, and judged by a linter of
//! mail where one is at hand (`COURANT_JUDGES`).
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use mail_parser::{Message, MessageParser, MimeHeaders};

use crate::demo::{ELSEWHERE, PLAIN};
use crate::support::{golden, skip};

/// Readers whose letters are stored: by topics, by places, by nothing, in another zone, and one
/// that the receiver put off once.
const STORED: &[&str] = &[
    "agnes.thorsby_quaymail.example.eml",
    "defer1.tamsin_slow-relay.example.eml",
    "dr.strand_marine-station.example.eml",
    "harold_uptown-letters.example.eml",
    "island.grocer_ostervik-post.example.eml",
    "newcomer_quaymail.example.eml",
];
/// The two stories about the accident, by what their addresses end in.
const ACCIDENT: [&str; 2] = ["petrel-strikes-breakwater", "petrel-what-we-know"];
const POSTAL: &str = "The Harbour Times, 6 Ropewalk, 4100 Nordholm, Region of the Sound";
const LAMPLIGHT: &str = "Lamplight Books & Tool Library";
const SKARROW: &str = "Skarrow Line";
/// Whose letter tells of the accident, and who advertises in it. Two of the three sponsors avoid
/// accidents; the third does not, and booked four letters. The name of a play, “The Drowned Bell”, reads
/// like a death: as long as no editor says otherwise, nobody advertises directly beside it.
const ADVERTISED: &[(&str, bool, &[&str])] = &[
    ("agnes.thorsby_quaymail.example", true, &[LAMPLIGHT]),
    ("defer1.tamsin_slow-relay.example", true, &[]),
    ("dr.strand_marine-station.example", true, &[LAMPLIGHT]),
    ("harold_uptown-letters.example", true, &[LAMPLIGHT]),
    ("haruka_early-train.example", false, &[SKARROW]),
    ("island.grocer_ostervik-post.example", true, &[]),
    ("mireille_lighthouse-post.example", false, &[SKARROW]),
    ("newcomer_quaymail.example", true, &[LAMPLIGHT]),
    ("otto.lindgaard_quaymail.example", true, &[]),
    ("vikram_monsoon-mail.example", true, &[]),
];

/// A letter as its reader's program takes it apart.
struct Read<'a> {
    name: &'a str,
    octets: &'a [u8],
    message: Message<'a>,
}

impl<'a> Read<'a> {
    fn all() -> impl Iterator<Item = Read<'a>> {
        assert_eq!(PLAIN.letters.len(), 10);
        PLAIN.letters.iter().map(|(name, octets)| Read {
            name,
            octets,
            message: MessageParser::default().parse(&octets[..]).unwrap(),
        })
    }

    /// The plain part and the HTML part.
    fn parts(&self) -> (&str, &str) {
        let [plain, html] = [self.message.text_part(0), self.message.html_part(0)]
            .map(|part| part.unwrap_or_else(|| panic!("{}: a part is missing", self.name)));
        assert!(
            html.is_text_html() && !plain.is_text_html(),
            "{}",
            self.name
        );
        for part in [plain, html] {
            let kind = part.content_type().unwrap();
            assert_eq!(kind.attribute("charset"), Some("utf-8"), "{}", self.name);
            assert!(!part.is_encoding_problem, "{}", self.name);
        }
        (
            plain.text_contents().unwrap(),
            html.text_contents().unwrap(),
        )
    }
}

/// What the links of an HTML document lead to.
fn targets(html: &str) -> BTreeSet<String> {
    let links = html.split(" href=\"").skip(1);
    links
        .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
        .collect()
}

/// Every address in a plain text.
fn addresses(text: &str) -> BTreeSet<String> {
    let words = text.split_whitespace();
    let found = words.filter(|w| w.starts_with("http://") || w.starts_with("https://"));
    found.map(str::to_owned).collect()
}

/// Text without its line breaks, as a reader reads it.
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// HTML as text: tags dropped, the few entities that we write resolved.
fn without_tags(html: &str) -> String {
    let mut out = String::new();
    for (at, piece) in html.split('<').enumerate() {
        let text = match piece.split_once('>') {
            Some((_, text)) if at > 0 => text,
            _ => piece,
        };
        out.push(' ');
        out.push_str(text);
    }
    let entities = [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    for (entity, character) in entities {
        out = out.replace(entity, character);
    }
    unfolded(&out)
}

#[test]
fn the_letters_are_these_to_the_octet() {
    let stored = |name: &&str| {
        let octets = PLAIN.letters.get(*name);
        (
            (*name).to_owned(),
            octets.unwrap_or_else(|| panic!("no {name}")).clone(),
        )
    };
    golden::compare("mail", &STORED.iter().map(stored).collect::<Vec<_>>());
}

#[test]
fn neither_folder_nor_zone_nor_language_nor_the_time_of_day_is_in_a_letter() {
    let names = |run: &crate::demo::Run| run.letters.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&PLAIN), names(&ELSEWHERE));
    for (name, octets) in &PLAIN.letters {
        assert!(*octets == ELSEWHERE.letters[name], "{name} differs");
    }
}

#[test]
fn every_letter_can_be_read_by_any_program() {
    let (mut ids, mut subjects) = (BTreeSet::new(), BTreeSet::new());
    for letter in Read::all() {
        let (name, message) = (letter.name, &letter.message);
        let lines: Vec<&[u8]> = letter.octets.split(|b| *b == b'\n').collect();
        let (last, whole) = lines.split_last().unwrap();
        assert!(last.is_empty(), "{name}: the last line ends");
        for line in whole {
            let text = line
                .strip_suffix(b"\r")
                .unwrap_or_else(|| panic!("{name}: bare LF"));
            // RFC 5322 §2.1.1, and RFC 2045 §6.7 for the parts.
            assert!(
                text.len() <= 78 && text.is_ascii() && !text.contains(&b'\r'),
                "{name}"
            );
        }
        let subject = message.subject().unwrap();
        assert!(
            !subject.contains("=?") && subject.len() > 20,
            "{name}: {subject}"
        );
        subjects.insert(subject.to_owned());
        assert!(
            ids.insert(message.message_id().unwrap().to_owned()),
            "{name}: its id is taken"
        );
        let from = message.from().and_then(|f| f.first()).unwrap();
        assert_eq!(
            from.address(),
            Some("digest@harbour-times.example"),
            "{name}"
        );
        assert_eq!(from.name(), Some("The Harbour Times"), "{name}");
        let to = message
            .to()
            .and_then(|t| t.first())
            .unwrap()
            .address()
            .unwrap();
        assert_eq!(format!("{}.eml", to.replace('@', "_")), name);
        assert_eq!(
            message.content_type().unwrap().subtype(),
            Some("alternative"),
            "{name}"
        );
        let (text, html) = letter.parts();
        assert!(text.len() > 1000 && html.len() > 10_000, "{name}");
        assert!(
            !text.contains('\u{fffd}') && !html.contains('\u{fffd}'),
            "{name}"
        );
        // Gmail cuts a message at 102 KB.
        assert!(letter.octets.len() < 100_000, "{name}");
    }
    // The editors' lead is everybody's first story.
    assert_eq!(subjects.len(), 1, "{subjects:?}");
}

#[test]
fn both_parts_lead_to_the_same_pages_and_name_the_sender() {
    let mut personal = BTreeSet::new();
    for letter in Read::all() {
        let name = letter.name;
        let (text, html) = letter.parts();
        let links = targets(html);
        assert_eq!(links, addresses(text), "{name}");
        let stories = links
            .iter()
            .filter(|l| l.contains("-times.example/") || l.contains("-fjord.example/"))
            .count();
        assert_eq!(stories, 10, "{name}: {links:?}");
        for purpose in ["u", "p", "v"] {
            let base = format!("http://127.0.0.1:8025/{purpose}/demo.");
            let ours: Vec<_> = links.iter().filter(|l| l.starts_with(&base)).collect();
            assert_eq!(ours.len(), 1, "{name}: {base}");
            assert!(
                personal.insert(ours[0].clone()),
                "{name}: somebody else's link"
            );
        }
        let unsubscribe = letter
            .message
            .list_unsubscribe()
            .as_address()
            .unwrap()
            .first()
            .unwrap();
        assert!(links.contains(unsubscribe.address().unwrap()), "{name}");
        for part in [unfolded(text), without_tags(html)] {
            assert!(part.contains(POSTAL), "{name}: {part}");
            for words in [
                "Unsubscribe",
                "Change topics, places and hour",
                "View in browser",
            ] {
                assert!(part.contains(words), "{name}: {words}");
            }
        }
    }
}

/// A creative of the sample newsroom.
struct Creative {
    sponsor: String,
    avoids_accidents: bool,
    text: String,
    url: String,
}

fn creatives() -> Vec<Creative> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/newsroom/newsroom.toml");
    let newsroom: toml::Table = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let rows = |table: &toml::Table, key: &str| -> Vec<toml::Table> {
        let rows = table[key].as_array().unwrap().iter();
        rows.map(|row| row.as_table().unwrap().clone()).collect()
    };
    let text = |table: &toml::Table, key: &str| table[key].as_str().unwrap().to_owned();
    let mut all = Vec::new();
    for sponsor in rows(&newsroom, "sponsor") {
        for flight in rows(&sponsor, "flight") {
            let avoid = flight["avoid"].as_array().unwrap();
            for creative in rows(&flight, "creative") {
                all.push(Creative {
                    sponsor: text(&sponsor, "name"),
                    avoids_accidents: avoid.iter().any(|a| a.as_str() == Some("accident")),
                    text: text(&creative, "text"),
                    url: text(&creative, "url"),
                });
            }
        }
    }
    assert_eq!(all.len(), 14);
    all
}

#[test]
fn a_sponsor_is_labelled_and_never_beside_what_it_avoids() {
    let creatives = creatives();
    let mut found = Vec::new();
    for letter in Read::all() {
        let name = letter.name;
        let (text, html) = letter.parts();
        let links = targets(html);
        let here: Vec<_> = creatives
            .iter()
            .filter(|c| links.contains(&c.url))
            .collect();
        for part in [unfolded(text), without_tags(html)] {
            assert_eq!(
                part.matches("Advertisement · ").count(),
                here.len(),
                "{name}"
            );
            for creative in &here {
                let (before, _) = part.split_once(&creative.text).unwrap();
                let (_, block) = before.rsplit_once("Advertisement · ").unwrap();
                let headline = block.strip_prefix(&creative.sponsor);
                // Between the label and the text stands nothing but the creative's own headline.
                assert!(headline.is_some_and(|h| h.len() < 60), "{name}: {block}");
            }
            for absent in creatives.iter().filter(|c| !links.contains(&c.url)) {
                assert!(!part.contains(&absent.text), "{name}: {}", absent.text);
            }
        }
        let accident = links
            .iter()
            .any(|l| ACCIDENT.iter().any(|a| l.ends_with(a)));
        let wrong = here.iter().find(|c| c.avoids_accidents && accident);
        assert!(wrong.is_none(), "{name}: {}", wrong.unwrap().url);
        let sponsors: Vec<&str> = here.iter().map(|c| &*c.sponsor).collect();
        let name = name.strip_suffix(".eml").unwrap();
        found.push((name, accident, sponsors));
    }
    let expected = ADVERTISED
        .iter()
        .map(|(n, accident, s)| (*n, *accident, s.to_vec()));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[test]
fn a_judge_of_mail_finds_no_error() {
    let Some(judges) = std::env::var_os("COURANT_JUDGES") else {
        skip("lint_eml", "COURANT_JUDGES is not set");
        return;
    };
    let judge = PathBuf::from(judges).join("lint_eml.py");
    assert!(judge.exists(), "{} is missing", judge.display());
    // The very octets that are stored, and those of the other readers.
    let folder = tempfile::tempdir().unwrap();
    for (name, octets) in &PLAIN.letters {
        let file = folder.path().join(name);
        std::fs::write(&file, octets).unwrap();
        let found = Command::new("python3")
            .arg(&judge)
            .arg(&file)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&found.stdout);
        assert!(
            found.status.success(),
            "{name}: {words}{}",
            String::from_utf8_lossy(&found.stderr)
        );
        assert!(
            words.contains("errors 0") && !words.contains("ERROR"),
            "{name}: {words}"
        );
    }
}
