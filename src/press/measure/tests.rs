//! Sizes held against whole letters: never below them, and not far above.

use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Look, Measure};
use crate::domain::CampaignId;
use crate::domain::article::{
    ArticleText, CanonicalUrl, Image, PrintedArticle, StoryFacts, TopicWeight,
};
use crate::domain::flight::{Pacing, Tier};
use crate::domain::goal::Goal;
use crate::domain::letter::THEME;
use crate::domain::safety::SafetyProfile;
use crate::domain::selection::{Candidate, Decisions, Form, Pick, Reason, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{
    Creative, CreativeSize, CreativeState, Flight, FlightLedger, FlightState, Slot,
};
use crate::domain::subscriber::Length;
use crate::domain::targeting::Targeting;
use crate::domain::time::{Run, Timestamp, Zone};
use crate::domain::utm::Utm;
use crate::domain::written::Panel;
use crate::domain::{
    ArticleId, CreativeId, FlightId, ListId, RevisionId, SourceId, SponsorId, StoryId,
};
use crate::render::{Links, Page, Renderer, TemplateSet, printed, sample};
use crate::select::fit::fit;

fn template() -> &'static TemplateSet {
    static ONE: std::sync::OnceLock<TemplateSet> = std::sync::OnceLock::new();
    ONE.get_or_init(|| TemplateSet::embedded(THEME).expect("embedded templates compile"))
}

fn looks() -> impl Strategy<Value = Look> {
    let lengths = select(vec![Length::Long, Length::Short]);
    (lengths, any::<bool>()).prop_map(|(length, images)| Look {
        language: "en".to_owned(),
        length,
        images,
    })
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// An article and its pick, with that number.
fn story(
    id: i64,
    (headline, summary): (String, String),
    (pictured, published): (bool, Option<&str>),
    (section, form): (Section, Form),
) -> (Candidate, PrintedArticle, Pick) {
    let article = PrintedArticle {
        article: ArticleId(id),
        url: CanonicalUrl::parse(&format!("https://x.example/{id}?a=1&b=2"), None).expect("a URL"),
        fragment: None,
        source_name: "Tide & Sons".to_owned(),
        language: None,
        pixels: None,
        text: ArticleText {
            headline,
            summary,
            byline: "A. Writer".to_owned(),
            image: pictured.then(|| Image {
                url: format!("https://x.example/{id}.jpg"),
                alt: "A \"harbour\"".to_owned(),
            }),
            body: None,
            categories: Vec::new(),
        },
        facts: StoryFacts::default(),
        published: published.map(at),
    };
    let (number, revision) = (ArticleId(id), RevisionId(id));
    let candidate = Candidate {
        topics: vec![TopicWeight {
            topic: slug("city"),
            weight: 1000,
        }],
        ..Candidate::of(number, revision, StoryId(id), SourceId(1))
    };
    let reason = match &section {
        Section::Topic(topic) => Reason::Topic {
            topic: topic.clone(),
        },
        Section::Area(place) => Reason::Place {
            place: place.clone(),
        },
        Section::Lead | Section::AlsoToday => Reason::TopStory,
    };
    let pick = Pick {
        article: ArticleId(id),
        revision: RevisionId(id),
        story: StoryId(id),
        section,
        reason,
        form,
        update: false,
    };
    (candidate, article, pick)
}

type Told = (Candidate, PrintedArticle, Pick);
/// Headline, summary, whether pictured, when published, which section, which form.
type One = (String, String, bool, Option<&'static str>, usize, Form);

/// Digests in the order of the layout.
fn digests() -> impl Strategy<Value = Vec<Told>> {
    let text = || "[a-z \"'&<é“0-9ö漢]{0,300}";
    let times = select(vec![
        None,
        Some("2026-11-25T12:40:00Z"),
        Some("2026-11-25T01:40:00Z"),
        Some("2026-11-22T23:10:00Z"),
        Some("2024-03-08T12:00:00Z"),
    ]);
    let form = select(Form::ALL);
    let one = (text(), text(), any::<bool>(), times, 0_usize..4, form);
    vec(one, 1..9).prop_map(|mut all| {
        all.sort_by_key(|one| one.4);
        all[0].4 = 9;
        let told = |(id, one): (usize, One)| {
            let (headline, summary, pictured, published, section, form) = one;
            let section = match section {
                0 => Section::Topic(slug("city")),
                1 => Section::Topic(slug("sport")),
                2 => Section::Area(slug("port")),
                3 => Section::AlsoToday,
                _ => Section::Lead,
            };
            let id = i64::try_from(id).expect("few") + 1;
            story(
                id,
                (headline, summary),
                (pictured, published),
                (section, form),
            )
        };
        all.into_iter().enumerate().map(told).collect()
    })
}

fn flight(creatives: Vec<Creative>) -> Flight {
    Flight {
        id: FlightId(1),
        sponsor: SponsorId(1),
        sponsor_name: "Acme & Daughters".to_owned(),
        list: ListId(1),
        slug: slug("autumn"),
        campaign: CampaignId(1),
        tier: Tier::Guaranteed,
        goal: Goal::Sends(10),
        booked: 10,
        all: false,
        pacing: Pacing::Asap,
        cap: None,
        starts_at: at("2026-01-01T00:00:00Z"),
        ends_at: at("2027-01-01T00:00:00Z"),
        zone: Zone::utc(),
        slots: vec![Slot::S1, Slot::S2],
        targeting: Targeting::default(),
        group: None,
        beside: Vec::new(),
        avoid: Vec::new(),
        safety: SafetyProfile::default(),
        price: None,
        gambling: None,
        makes_good: None,
        state: FlightState::Approved,
        hold_until: None,
        creatives,
        ledger: FlightLedger::default(),
    }
}

fn creative(id: i64, size: CreativeSize, text: &str) -> Creative {
    Creative {
        id: CreativeId(id),
        flight: FlightId(1),
        size,
        headline: None,
        text: text.to_owned(),
        url: "https://acme.example/?a=1&b=2".to_owned(),
        button: None,
        legal: None,
        state: CreativeState::Approved,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_letter_is_never_larger_than_its_parts(
        told in digests(),
        zone in select(vec!["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"]),
        (sponsored, campaign, wrote) in any::<(bool, bool, bool)>(),
        left_out in 0_u32..120,
        look in looks(),
    ) {
        let mut sender = sample::sender();
        let utm = Utm {
            source: "post".to_owned(),
            medium: "email".to_owned(),
            campaign: String::new(),
        };
        sender.utm = campaign.then_some(utm);
        let mut decisions = Decisions::default();
        if wrote {
            decisions.note = vec!["Good \"morning\".".to_owned(), "Read on.".to_owned()];
            decisions.panel = Some(Panel {
                title: None,
                lines: vec!["High water 6:12".to_owned()],
            });
        }
        sender.topics.insert(slug("city"), "City & harbour".to_owned());
        sender.places.insert(slug("port"), "The \"Port\"".to_owned());
        let (candidates, rest): (Vec<_>, Vec<_>) =
            told.into_iter().map(|(c, a, p)| (c, (a, p))).unzip();
        let (articles, picks): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
        let texts: BTreeMap<RevisionId, PrintedArticle> =
            candidates.iter().map(|c| c.revision).zip(articles.clone()).collect();
        let run = Run::on(date(2026, 11, 25));
        let measure = Measure::new(template(), (&sender, &decisions), run, &candidates, texts);
        let measure = measure.expect("loads");
        let flight = flight(vec![creative(1, CreativeSize::M, "Paint & \"varnish\"")]);
        let flights = if sponsored { vec![flight.clone()] } else { Vec::new() };
        let room = measure.room(&flights, at("2026-11-25T06:00:00Z"));
        let fitted = fit(picks.clone(), &measure.letters(&look, &room), usize::MAX);
        prop_assert_eq!(&fitted.picks, &picks);

        let zone = Zone::parse(zone).expect("a zone");
        let city = slug("city");
        let stories = picks.iter().zip(&articles);
        let link = |kind: &str| format!("https://news.example.org/{kind}/{}", "t".repeat(60));
        let page = Page {
            sender: &sender,
            language: "en",
            date: run.date(),
            zone: &zone,
            place: Some("The \"Port\""),
            length: look.length,
            images: look.images,
            numbered: false,
            subject: None,
            preheader: None,
            note: &decisions.note,
            panel: decisions.panel.as_ref(),
            corrections: &[],
            website: None,
            left_out,
            stories: stories.map(|(p, a)| printed::story(p, a, Some(&city), (&sender, run))).collect(),
            sponsors: flights
                .iter()
                .map(|f| printed::sponsor(Slot::S1, &f.creatives[0], &f.sponsor_name))
                .collect(),
            links: Links {
                unsubscribe: link("u"),
                preferences: link("p"),
                view: Some(link("v")),
            },
        };
        let letter = Renderer::new(template()).expect("loads").render(&page).expect("renders");
        let html = letter.html.len();
        prop_assert!(html <= fitted.bytes, "{html} of {}", fitted.bytes);
        // Above it stand what is kept free for what is personal and the second slot, and what a date
        // takes on another clock.
        let slot = room.slots.get(&Slot::S2).map_or(0, |n| *n as usize);
        let spare = 2_500 + slot + picks.len() * 60;
        prop_assert!(fitted.bytes - html < spare, "{html} of {}", fitted.bytes);
    }
}

#[test]
fn what_came_after_the_freeze_keeps_within_its_room() {
    let sender = sample::sender();
    let run = Run::on(date(2026, 11, 25));
    let own = (&sender, &Decisions::default());
    let measure = Measure::new(template(), own, run, &[], BTreeMap::new()).expect("loads");
    let before = flight(vec![creative(
        1,
        CreativeSize::M,
        "Paint for boats of all sizes",
    )]);
    let due = at("2026-11-25T06:00:00Z");
    let room = measure.room(std::slice::from_ref(&before), due);
    assert_eq!(
        room.slots.keys().copied().collect::<Vec<_>>(),
        [Slot::S1, Slot::S2]
    );
    let ids = |flights: &[Flight]| -> Vec<i64> {
        let all = flights.iter().flat_map(|f| &f.creatives);
        all.map(|c| c.id.0).collect()
    };
    let mut after = before.clone();
    after.creatives.push(creative(2, CreativeSize::S, "Paint"));
    after
        .creatives
        .push(creative(3, CreativeSize::M, &"Varnish ".repeat(17)));
    assert_eq!(ids(&measure.within(&room, &[before, after])), [1, 1, 2]);
    // What is over keeps nothing free.
    let mut over = flight(vec![creative(4, CreativeSize::M, "Late")]);
    over.state = FlightState::Ended;
    assert!(measure.room(&[over.clone()], due).slots.is_empty());
    over.state = FlightState::Approved;
    over.ends_at = due;
    assert!(measure.room(&[over], due).slots.is_empty());
}
