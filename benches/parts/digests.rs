//! A newsroom of 200 stories, and as many different digests of 15 as are asked for.

use std::collections::BTreeMap;

use courant::deliver::message::Letterhead;
use courant::domain::article::{ArticleText, CanonicalUrl, Image, PrintedArticle, StoryFacts};
use courant::domain::letter::{Head, Printed, SenderSettings};
use courant::domain::selection::{Form, Pick, Reason, Section};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{Creative, CreativeSize, CreativeState, Slot};
use courant::domain::subscriber::Length;
use courant::domain::time::{Run, Timestamp, Zone};
use courant::domain::{
    ArticleId, CreativeId, DigestId, EditionId, FlightId, ListId, RevisionId, StoryId,
    SubscriberId, SubscriptionId,
};
use courant::feedback::link::{Keyring, Opened, Purpose};
use courant::render::{Galley, Issue, Laid, Links, Page, Renderer, Sheet, TemplateSet, sample};

pub const TOPICS: [&str; 8] = [
    "harbour",
    "council",
    "transport",
    "schools",
    "weather",
    "sport",
    "culture",
    "business",
];
const STORIES: i64 = 200;

/// A wave with its letters.
pub struct Newsroom {
    galley: Galley,
    keys: Keyring,
    key_id: String,
    zone: Zone,
    letterhead: Letterhead,
    /// What planning has written: not part of rendering.
    picks: Vec<Vec<Pick>>,
}

/// Digests that differ; beyond them only their readers do.
const DIGESTS: usize = 10_000;

fn slug(name: &str) -> Slug {
    Slug::parse(name).expect("a slug")
}

pub fn sender() -> SenderSettings {
    let name = |topic: &str| {
        (
            slug(topic),
            format!("{}{}", topic[..1].to_uppercase(), &topic[1..]),
        )
    };
    SenderSettings {
        topics: TOPICS.map(name).into(),
        places: [(slug("remer"), "Remer, MN".to_owned())].into(),
        ..sample::sender()
    }
}

fn article(n: i64) -> PrintedArticle {
    let summary = "The crossing reopens to cars on Monday, two years late and, to the surprise of the \
         council, under budget. The first boat through was a tug called Patience, and half of the town \
         came to watch it pass; the other half heard it. The harbour master says that the gates will \
         open twice a day until spring, and more often once the ice is gone from the inner basin. ";
    PrintedArticle {
        article: ArticleId(n),
        url: CanonicalUrl::parse(
            &format!("https://news.example.org/2026/11/25/story-{n}"),
            None,
        )
        .expect("a URL"),
        fragment: None,
        source_name: "The Harbour Post".to_owned(),
        language: Some("en".to_owned()),
        pixels: None,
        text: ArticleText {
            headline: format!(
                "After {n} years, the swing bridge turns again, and half the town came"
            ),
            summary: summary.repeat(3),
            byline: "Anna Lindqvist".to_owned(),
            image: Some(Image {
                url: format!("https://images.example.org/2026/{n}.jpg"),
                alt: "The bridge stands open over the inner harbour at dawn".to_owned(),
            }),
            body: None,
            categories: Vec::new(),
        },
        facts: StoryFacts::default(),
        published: "2026-11-25T12:40:00Z".parse().ok(),
    }
}

impl Newsroom {
    pub fn new() -> Newsroom {
        let set = TemplateSet::embedded("broadsheet").expect("a theme");
        let creative = Creative {
            id: CreativeId(1),
            flight: FlightId(1),
            size: CreativeSize::M,
            headline: None,
            text: "Oilskins that your children will inherit.".to_owned(),
            url: "https://sponsor.example/".to_owned(),
            button: None,
            legal: None,
            state: CreativeState::Approved,
        };
        let issue = Issue {
            sender: sender(),
            run: Run::parse("2026-11-25").expect("a run"),
            subject: None,
            preheader: None,
            note: Vec::new(),
            panel: None,
            corrections: Vec::new(),
            stories: (1..=STORIES).map(|n| (RevisionId(n), article(n))).collect(),
            topics: BTreeMap::new(),
            creatives: [(CreativeId(1), (creative, "Northquay".to_owned()))].into(),
        };
        let renderer = Renderer::new(&set).expect("a renderer");
        let keys =
            Keyring::parse("k1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n").expect("keys");
        let due: Timestamp = "2026-11-25T13:00:00Z".parse().expect("an instant");
        Newsroom {
            letterhead: Letterhead::of(&issue.sender, "2026-11-25", due),
            picks: (0..DIGESTS).map(Newsroom::picks).collect(),
            galley: Galley::new(renderer, issue, 64 << 20),
            key_id: keys.active_id().to_owned(),
            keys,
            zone: Zone::parse("America/Chicago").expect("a zone"),
        }
    }

    /// Bytes of the pieces that are kept.
    pub fn kept(&self) -> usize {
        self.galley.kept()
    }

    /// The picks of a digest: a lead, four sections of three, two more stories.
    fn picks(n: usize) -> Vec<Pick> {
        let seed = n as i64;
        (0..15)
            .map(|at| {
                let id = 1 + (seed * 31 + at * 13 + (seed / 200) * at * 7) % STORIES;
                let topic = slug(TOPICS[(n + at as usize / 3) % TOPICS.len()]);
                let (section, reason) = match at {
                    0 => (Section::Lead, Reason::Lead),
                    1..13 => (Section::Topic(topic.clone()), Reason::Topic { topic }),
                    _ => (Section::AlsoToday, Reason::TopStory),
                };
                Pick {
                    article: ArticleId(id),
                    revision: RevisionId(id),
                    story: StoryId(id),
                    section,
                    reason,
                    form: Form::Full,
                    update: false,
                }
            })
            .collect()
    }

    fn links(&self, n: usize) -> Links {
        let to = Opened {
            list: ListId(1),
            subscription: SubscriptionId(n as i64 + 1),
            digest: DigestId(n as i64 + 1),
        };
        let link = |purpose: Purpose| {
            let token = self.keys.token(&self.key_id, purpose, to).expect("a token");
            format!("https://news.example.org/{}/{token}", purpose.as_str())
        };
        Links {
            unsubscribe: link(Purpose::Unsubscribe),
            preferences: link(Purpose::Preferences),
            view: Some(link(Purpose::View)),
        }
    }

    fn with<T>(&self, n: usize, links: Links, make: impl FnOnce(&Sheet<'_>) -> T) -> T {
        make(&Sheet {
            picks: &self.picks[n % DIGESTS],
            placements: &[(Slot::S2, CreativeId(1))],
            language: "en",
            zone: &self.zone,
            place: Some("Remer, MN"),
            length: Length::Long,
            images: true,
            left_out: 0,
            welcome: None,
            links,
        })
    }

    /// Bytes of a letter's HTML before it is encoded.
    pub fn html_bytes(&self, n: usize) -> usize {
        self.with(n, self.links(n), |sheet| {
            self.galley
                .print(sheet, |l| l.html_bytes())
                .expect("a letter")
        })
    }

    /// Its bytes, its links signed.
    pub fn message(&self, n: usize) -> Vec<u8> {
        self.with(n, self.links(n), |sheet| {
            let head = self.head(n, sheet.links.unsubscribe.clone());
            let compose = |letter: &Laid<'_>| {
                let most = letter.html_bytes() <= 102_400;
                most.then(|| self.letterhead.compose(letter.subject(), letter, &head))
            };
            let composed = self.galley.print(sheet, compose).expect("a letter");
            composed.expect("within the limit")
        })
    }

    /// The same, rendered from the templates without anything shared.
    pub fn message_whole(&self, n: usize) -> Vec<u8> {
        let whole = |sheet: &Sheet<'_>| self.galley.printed_whole(sheet).expect("a letter");
        let whole = self.with(n, self.links(n), whole);
        self.composed(n, &whole)
    }

    /// What a reference needs that renders a page in its own way.
    pub fn page<T>(&self, n: usize, make: impl FnOnce(&Page<'_>) -> T) -> T {
        self.with(n, self.links(n), |sheet| {
            make(&self.galley.page(sheet).expect("a page"))
        })
    }

    /// Puts a letter into MIME.
    pub fn composed(&self, n: usize, letter: &Printed) -> Vec<u8> {
        let head = self.head(n, self.links(n).unsubscribe);
        self.letterhead.compose(&letter.subject, letter, &head)
    }

    fn head(&self, n: usize, unsubscribe_url: String) -> Head {
        let (edition, id) = (EditionId(1), n as i64 + 1);
        let letter_id = self
            .keys
            .letter_id(&self.key_id, edition, SubscriberId(id), DigestId(id));
        Head {
            text_only: false,
            to: format!("reader{n}@mail.example"),
            letter_id: letter_id.expect("an id"),
            unsubscribe_url,
        }
    }
}
