//! A made-up page that has one of everything, on which templates are tried before they are taken.

use jiff::civil::date;

use super::page::{Links, Page, PageReason, PageSponsor, PageStory};
use crate::domain::article::{Image, Origin, StoryFacts};
use crate::domain::letter::{SenderSettings, THEME, TextLinks};
use crate::domain::selection::{Form, Section};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::subscriber::Length;
use crate::domain::time::Zone;
use crate::domain::written::{Corrected, Correction};

/// A made-up sender.
pub fn sender() -> SenderSettings {
    SenderSettings {
        list_slug: "harbour".to_owned(),
        list_id: String::new(),
        list_name: "The Harbour Post".to_owned(),
        tagline: "News of the coast, every morning".to_owned(),
        sender_name: "The Harbour Post".to_owned(),
        sender_address: "post@news.example.org".to_owned(),
        reply_to: Some("desk@example.org".to_owned()),
        postal_address: "The Harbour Post, 1 Quay Street, Harbourtown 55001".to_owned(),
        public_url: "https://news.example.org".to_owned(),
        one_click: true,
        signing: None,
        bounce_domain: None,
        theme: THEME.to_owned(),
        website: None,
        text_links: TextLinks::Inline,
        utm: None,
        topics: Default::default(),
        places: Default::default(),
    }
}

/// A made-up digest: lead, three sections, every form and reason, a sponsor in each slot and size.
pub fn page(sender: &SenderSettings) -> Page<'_> {
    static ZONE: std::sync::OnceLock<Zone> = std::sync::OnceLock::new();
    Page {
        sender,
        language: "en",
        date: date(2026, 11, 25),
        zone: ZONE.get_or_init(|| Zone::parse("America/Chicago").unwrap_or_else(|_| Zone::utc())),
        place: Some("Remer, MN"),
        welcome: None,
        length: Length::Long,
        images: true,
        numbered: false,
        subject: None,
        preheader: None,
        note: &[],
        panel: None,
        corrections: &[],
        website: None,
        left_out: 0,
        stories: [harbour_stories(), other_stories()].concat(),
        sponsors: sponsors(),
        links: Links {
            unsubscribe: "https://news.example.org/u/sample-unsubscribe".to_owned(),
            preferences: "https://news.example.org/p/sample-preferences".to_owned(),
            view: Some("https://news.example.org/v/sample-view".to_owned()),
        },
    }
}

/// A made-up correction of a story.
pub fn correction() -> Correction {
    Correction {
        text: "The bridge is eleven metres wide, not twelve.".to_owned(),
        article: None,
        about: Some(Corrected {
            headline: "Bridge opens to carts and bicycles".to_owned(),
            link: "https://news.example.org/stories/0".to_owned(),
            language: Some("en".to_owned()),
        }),
    }
}

fn section(name: &str) -> (Section, String) {
    let slug = Slug::from_name(name);
    (
        slug.map_or(Section::AlsoToday, Section::Topic),
        name.to_owned(),
    )
}

fn story(number: u8, headline: &str, summary: &str) -> PageStory {
    let (section, section_name) = section("Harbour");
    PageStory {
        headline: headline.to_owned(),
        summary: summary.to_owned(),
        byline: "Anna Lindqvist".to_owned(),
        source_name: "The Harbour Post".to_owned(),
        language: Some("en".to_owned()),
        url: format!("https://news.example.org/stories/{number}"),
        image: None,
        pixels: None,
        published: "2026-11-25T12:40:00Z".parse().ok(),
        section,
        section_name,
        topic_name: Some("Harbour".to_owned()),
        facts: StoryFacts::default(),
        update: false,
        reason: PageReason::Topic("Harbour".to_owned()),
        form: Form::Short,
    }
}

fn image(name: &str, alt: &str) -> Option<Image> {
    Some(Image {
        url: format!("https://images.example.org/{name}.jpg"),
        alt: alt.to_owned(),
    })
}

fn harbour_stories() -> Vec<PageStory> {
    vec![
        PageStory {
            image: image(
                "bridge",
                "The swing bridge stands open over the inner harbour at dawn",
            ),
            section: Section::Lead,
            topic_name: Some("Transport".to_owned()),
            reason: PageReason::Lead,
            form: Form::Full,
            ..story(
                1,
                "After eleven years, the swing bridge turns again, and half the town came to watch",
                "The first boat through was a tug called Patience. The crossing reopens to cars on \
                 Monday, two years late and, to the surprise of the council, under budget.",
            )
        },
        PageStory {
            image: image("ferry", ""),
            form: Form::Full,
            facts: StoryFacts {
                minutes: Some(5),
                origin: Some(Origin {
                    name: "The Ferry Gazette".to_owned(),
                    url: Some("https://gazette.example.org/night-ferry".to_owned()),
                }),
                also: ["Coast Radio", "Quay Weekly"].map(str::to_owned).to_vec(),
                also_more: 0,
            },
            ..story(
                2,
                "Night ferry returns with fewer cabins and a bakery on deck five",
                "Bookings open on Friday. The operator says that three sailings a week are enough \
                 until spring.",
            )
        },
        PageStory {
            reason: PageReason::Pinned,
            facts: StoryFacts {
                minutes: Some(12),
                ..StoryFacts::default()
            },
            published: "2024-03-08T12:00:00Z".parse().ok(),
            ..story(
                3,
                "From the archive: how the breakwater was built in a single summer",
                "A reader asked who paid for it. Nobody did, quite.",
            )
        },
    ]
}

fn other_stories() -> Vec<PageStory> {
    let (council, council_name) = section("City council");
    vec![
        PageStory {
            section: council,
            section_name: council_name,
            topic_name: Some("City council".to_owned()),
            reason: PageReason::Place("Harbourtown".to_owned()),
            facts: StoryFacts {
                also: ["Coast Radio", "Inland Times", "Quay Weekly"]
                    .map(str::to_owned)
                    .to_vec(),
                also_more: 2,
                ..StoryFacts::default()
            },
            ..story(
                4,
                "Council votes 7 to 6 to keep the library open on Sundays",
                "The deciding vote came by telephone from a dentist’s chair.",
            )
        },
        PageStory {
            section: Section::AlsoToday,
            topic_name: Some("Weather".to_owned()),
            reason: PageReason::TopStory,
            form: Form::Headline,
            ..story(
                5,
                "First frost expected on Thursday, two weeks later than usual",
                "",
            )
        },
        PageStory {
            section: Section::AlsoToday,
            topic_name: None,
            reason: PageReason::TopStory,
            form: Form::Headline,
            ..story(
                6,
                "Fish & chips: the shop on Quay Street <closes> its \"second\" window, 19\" wide",
                "",
            )
        },
    ]
}

fn sponsors() -> Vec<PageSponsor> {
    let sponsor = |slot, size, name: &str, text: &str| PageSponsor {
        slot,
        sponsor_name: name.to_owned(),
        size,
        headline: None,
        text: text.to_owned(),
        url: format!("https://sponsor.example/{}", name.to_lowercase()),
        button: None,
    };
    vec![
        sponsor(
            Slot::S1,
            CreativeSize::Xs,
            "Brightsail",
            "Brightsail Chandlery",
        ),
        sponsor(
            Slot::S2,
            CreativeSize::M,
            "Northquay",
            "Oilskins that your children will inherit. Made on Quay Street, mended for life.",
        ),
        sponsor(
            Slot::S3,
            CreativeSize::S,
            "Lanternhouse",
            "Rooms with a view of the ferry, from Thursday.",
        ),
        PageSponsor {
            headline: Some("Learn to sail before the ice".to_owned()),
            ..sponsor(
                Slot::S4,
                CreativeSize::L,
                "Tidewater",
                "Six evenings, one boat, no prior knowledge and a thermos of coffee. The autumn course starts on the first of December; subscribers pay for five evenings.",
            )
        },
    ]
}
