//! Letters put together are the letters rendered whole, byte for byte, whatever was kept before.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::{Galley, Issue, Laid, Sheet};
use crate::domain::article::{ArticleText, CanonicalUrl, Image, PrintedArticle, StoryFacts};
use crate::domain::letter::{Parts, Printed, SenderSettings, TextLinks};
use crate::domain::selection::{Form, Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{Creative, CreativeSize, CreativeState, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::{Run, Zone};
use crate::domain::written::{Corrected, Correction, Panel};
use crate::domain::{ArticleId, CreativeId, FlightId, RevisionId, StoryId};
use crate::render::sample;
use crate::render::{Links, Renderer, TemplateSet};

const TOPICS: [&str; 3] = ["harbour", "council", "docks"];
const ZONES: [&str; 3] = ["America/Chicago", "Europe/Berlin", "Pacific/Kiritimati"];

fn slug(name: &str) -> Slug {
    Slug::parse(name).expect("slug")
}

fn sender() -> SenderSettings {
    // Two topics with one display name.
    let names = [
        ("harbour", "Harbour"),
        ("council", "City & council"),
        ("docks", "Harbour "),
    ];
    SenderSettings {
        topics: names.map(|(s, n)| (slug(s), n.to_owned())).into(),
        places: [(slug("remer"), "Remer, <MN>".to_owned())].into(),
        ..sample::sender()
    }
}

fn article(n: i64, odd: &str) -> PrintedArticle {
    let image = Image {
        url: format!("https://images.example.org/{n}.jpg"),
        alt: if n % 4 == 0 {
            String::new()
        } else {
            format!("A picture, {odd}")
        },
    };
    PrintedArticle {
        article: ArticleId(n),
        url: CanonicalUrl::parse(&format!("https://news.example.org/{n}?a=1&b=2"), None)
            .expect("url"),
        fragment: (n % 5 == 0).then(|| "part".to_owned()),
        source_name: "Wire".to_owned(),
        language: Some(["en", "de"][usize::from(n % 2 == 0)].to_owned()),
        pixels: (n % 4 == 0).then_some((1200, 801)),
        text: ArticleText {
            headline: format!("Headline {n} = \"so\" {odd}"),
            summary: if n % 3 == 0 {
                String::new()
            } else {
                "Grüße aus dem Hafen. ".repeat(20)
            },
            byline: "Anna".to_owned(),
            image: (n % 2 == 0).then_some(image),
            body: None,
            categories: Vec::new(),
        },
        facts: StoryFacts::default(),
        published: format!("2026-11-2{}T0{}:30:00Z", n % 6, n % 10)
            .parse()
            .ok(),
    }
}

fn issue(odd: &str, links: TextLinks, written: bool) -> Issue {
    let topic = |n: i64| slug(TOPICS[usize::try_from(n).unwrap_or(0) % 3]);
    let creative = |n: i64, size, headline: Option<&str>| {
        let creative = Creative {
            id: CreativeId(n),
            flight: FlightId(1),
            size,
            headline: headline.map(str::to_owned),
            text: format!("Buy oilskins, {odd}"),
            url: "https://sponsor.example/?x=1".to_owned(),
            button: None,
            legal: None,
            state: CreativeState::Approved,
        };
        (CreativeId(n), (creative, format!("Sponsor {n}")))
    };
    let lines = |text: &str| {
        if written {
            vec![text.to_owned()]
        } else {
            Vec::new()
        }
    };
    Issue {
        sender: SenderSettings {
            text_links: links,
            ..sender()
        },
        run: Run::parse("2026-11-25").expect("run"),
        subject: written.then(|| format!("Our subject {odd}")),
        preheader: None,
        note: lines("Good morning, see https://news.example.org/a?b=1&c."),
        panel: written.then(|| Panel {
            title: None,
            lines: vec!["High water 07:12".to_owned()],
        }),
        corrections: lines("It was eleven metres.")
            .into_iter()
            .map(|text| Correction {
                text,
                article: None,
                about: Some(Corrected {
                    headline: format!("Headline {odd}"),
                    link: "https://news.example.org/7?a=1&b=2".to_owned(),
                    language: Some("de".to_owned()),
                }),
            })
            .collect(),
        stories: (1..=12).map(|n| (RevisionId(n), article(n, odd))).collect(),
        topics: (1..=11).map(|n| (RevisionId(n), topic(n))).collect(),
        creatives: BTreeMap::from([
            creative(1, CreativeSize::Xs, None),
            creative(2, CreativeSize::L, Some("Learn to sail")),
        ]),
    }
}

fn renderer() -> Renderer {
    static SET: OnceLock<TemplateSet> = OnceLock::new();
    let set = SET.get_or_init(|| TemplateSet::embedded("broadsheet").expect("compiles"));
    Renderer::new(set).expect("loads")
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    let section = prop_oneof![
        Just(Section::Lead),
        (0..3_usize).prop_map(|t| Section::Topic(slug(TOPICS[t]))),
        Just(Section::Area(slug("remer"))),
        Just(Section::AlsoToday),
    ];
    let reason = prop_oneof![
        Just(Reason::Lead),
        Just(Reason::TopStory),
        (0..3_usize).prop_map(|t| Reason::Topic {
            topic: slug(TOPICS[t])
        }),
        Just(Reason::Place {
            place: slug("remer")
        }),
    ];
    let form = prop_oneof![Just(Form::Full), Just(Form::Short), Just(Form::Headline)];
    let drawn = (1..=12_i64, section, reason, form, any::<bool>());
    let pick = drawn.prop_map(|(n, section, reason, form, update)| Pick {
        article: ArticleId(n),
        revision: RevisionId(n),
        story: StoryId(n),
        section,
        reason,
        form,
        update,
    });
    proptest::collection::vec(pick, 0..10)
}

fn bytes(part: &[u8]) -> String {
    String::from_utf8(part.to_vec()).expect("seven bits")
}

/// A letter put together, its parts each in one piece.
fn printed(galley: &Galley, sheet: &Sheet<'_>) -> Printed {
    let print = |letter: &Laid<'_>| {
        let (mut text, mut html) = (Vec::new(), Vec::new());
        letter.text(&mut text);
        letter.html(&mut html);
        assert!(letter.room() + 2000 > text.len() + html.len());
        Printed {
            subject: letter.subject().to_owned(),
            html_bytes: letter.html_bytes(),
            text,
            html,
        }
    };
    galley.print(sheet, print).expect("put together")
}

fn same(a: &Printed, b: &Printed) -> Result<(), TestCaseError> {
    prop_assert_eq!(&a.subject, &b.subject);
    prop_assert_eq!(bytes(&a.text), bytes(&b.text));
    prop_assert_eq!(bytes(&a.html), bytes(&b.html));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 24 } else { 400 }))]

    #[test]
    fn letters_put_together_are_letters_rendered_whole(
        odd in "[<>&=.{}%\"'é\u{e000}\u{e005} ]{0,6}",
        numbered in any::<bool>(),
        written in any::<bool>(),
        room in prop_oneof![Just(0_usize), Just(9_000), Just(usize::MAX / 2)],
        readers in proptest::collection::vec(
            (picks(), 0..3_usize, any::<(bool, bool, bool, bool)>(), 0..4_u32),
            1..4,
        ),
    ) {
        let links = if numbered { TextLinks::Numbered } else { TextLinks::Inline };
        let galley = Galley::new(renderer(), issue(&odd, links, written), room);
        // The second round finds what the first one kept.
        for (n, (picks, zone, (view, images, short, place), left_out)) in
            readers.iter().chain(&readers).enumerate()
        {
            let zone = Zone::parse(ZONES[*zone]).expect("zone");
            let placements = [(Slot::S1, CreativeId(1)), (Slot::S3, CreativeId(2)), (Slot::S4, CreativeId(3))];
            let link = |what: &str| format!("https://news.example.org/{what}/{n}&x");
            let sheet = Sheet {
                picks,
                placements: &placements[..n % 4],
                language: "en",
                zone: &zone,
                place: place.then_some("Remer, <MN>"),
                length: if *short { Length::Short } else { Length::Long },
                images: *images,
                left_out: *left_out,
                links: Links {
                    unsubscribe: link("u"),
                    preferences: link("p"),
                    view: view.then(|| link("v")),
                },
            };
            let whole = galley.printed_whole(&sheet).expect("whole");
            let printed = printed(&galley, &sheet);
            same(&whole, &printed)?;
            prop_assert!(galley.kept() <= room);
            prop_assert_eq!(printed.html_bytes, whole.html_bytes);
            let weights = galley.weights(&sheet).expect("weighed");
            let sum: usize = weights.iter().map(|w| w.bytes).sum();
            prop_assert_eq!(sum, whole.html_bytes);
            let text = bytes(&printed.html);
            prop_assert!(text.lines().all(|l| l.len() <= 76), "{}", text);
        }
    }
}
