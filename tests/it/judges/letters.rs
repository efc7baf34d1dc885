//! The letters that are judged: a real-shaped edition of 25 stories, printed by the binary for a
//! reader of each length, in each look and direction.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use courant::clock::Clock;
use courant::domain::time::Timestamp;
use mail_parser::MessageParser;
use serde_json::Value;

use crate::support::binary::courant;

/// What a list is set to for a look, beside what all are set to.
struct Look {
    name: &'static str,
    set: &'static [(&'static str, &'static str)],
}

/// Every look of a letter.
const LOOKS: &[Look] = &[
    Look {
        name: "broadsheet",
        set: &[("theme", "broadsheet"), ("text_links", "inline")],
    },
    Look {
        name: "brief",
        set: &[("theme", "brief"), ("text_links", "numbered")],
    },
];

/// A reader of every paper, and how they have their letters.
struct Reader {
    name: &'static str,
    length: &'static str,
    images: &'static str,
}

const READERS: &[Reader] = &[
    Reader {
        name: "long",
        length: "long",
        images: "on",
    },
    Reader {
        name: "short",
        length: "short",
        images: "on",
    },
    Reader {
        name: "bare",
        length: "short",
        images: "off",
    },
];

/// A paper in one language.
struct Edition {
    direction: &'static str,
    language: &'static str,
    /// Whether letters have its words.
    printed: bool,
    /// Rows as `article import` takes them, each with its age instead of a date. The first leads.
    stories: &'static str,
    name: &'static str,
    tagline: &'static str,
    postal: &'static str,
    website: &'static str,
    /// What the editors write: a note, a panel with its title above, a correction.
    note: &'static str,
    panel: [&'static str; 4],
    correction: &'static str,
    topics: [&'static str; 7],
    places: [&'static str; 2],
    /// The sponsors of the slots, from the top.
    sponsors: [Booking; 4],
}

struct Booking {
    name: &'static str,
    url: &'static str,
    headline: &'static str,
    /// One for each of XS, S, M and L.
    texts: [&'static str; 4],
}

impl Reader {
    fn address(&self) -> String {
        format!("{}@reader.example", self.name)
    }
}

const EDITIONS: &[Edition] = &[
    Edition {
        direction: "ltr",
        language: "en",
        printed: true,
        stories: include_str!("editions/en.jsonl"),
        name: "The Großkirchen Lantern",
        tagline: "What burned late last night",
        postal: "The Großkirchen Lantern, Färbergasse 11, 2040 Großkirchen",
        website: "https://www.lantern.example/",
        note: "Good morning. The gate held, and so did the coffee.\n\nIf your cellar on Färbergasse is wet all the same, write to us & say how deep: we are drawing a map.",
        panel: [
            "Süder at 7.00",
            "Water +0.9 m, falling",
            "Wind NW 6, gusts 8",
            "Herring 214 crowns the crate",
        ],
        correction: "On Saturday we gave the weight of the bell as 4 tonnes. It is 0.4 tonnes; the ringers have asked us to say so.",
        topics: [
            "Politics", "The City", "Business", "Culture", "Chess", "Science", "Sport",
        ],
        places: ["Südhafen", "Brückenau"],
        sponsors: [
            Booking {
                name: "Öfen Håkansson & Söhne",
                url: "https://www.ofen-hakansson.example/winter?a=1&b=2",
                headline: "Warm rooms, since 1888",
                texts: [
                    "Stoves",
                    "Stoves cast in Südhafen, carried up your stairs.",
                    "Our stoves are cast in Südhafen and carried up the stairs by people who have done it before. Come and sit by one.",
                    "Our stoves are cast in Südhafen and carried up the stairs by people who have done it before. Come and sit by one on Färbergasse, any day but Sunday; the tea is on us, and nobody will ask you to buy.",
                ],
            },
            Booking {
                name: "Großkirchen Savings Bank",
                url: "https://bank.example/",
                headline: "An account that says good morning",
                texts: [
                    "A bank on your square",
                    "A savings book you can hold, on every square.",
                    "We still print the savings book, and we still open at eight. Bring the old one; we like to see how the numbers used to look.",
                    "We still print the savings book, and we still open at eight. Bring the old one; we like to see how the numbers used to look. New customers choose the colour of theirs, and children may stamp it themselves.",
                ],
            },
            Booking {
                name: "Ferries of the Süder",
                url: "https://ferries.example/timetable",
                headline: "Eleven islands on one ticket",
                texts: [
                    "Eleven islands",
                    "Eleven islands, one ticket, until the ice.",
                    "One ticket for eleven islands, valid until the ice comes. Dogs, prams and one bicycle travel free; the coffee does not.",
                    "One ticket for eleven islands, valid until the ice comes. Dogs, prams and one bicycle travel free; the coffee does not. Boats leave Südhafen every hour on the hour, and wait for whoever is seen running.",
                ],
            },
            Booking {
                name: "Blåvand Books",
                url: "https://books.example/?q=l%C3%B6we",
                headline: "Read it before they film it",
                texts: [
                    "Books until ten at night",
                    "Open until ten, on Löwenplatz. There is a cat.",
                    "Open until ten on Löwenplatz. We order what we do not have, and read what we sell. There is a cat; it is not for sale.",
                    "Open until ten on Löwenplatz. We order what we do not have, and read what we sell. There is a cat; it is not for sale. On Thursdays a stranger reads aloud from a book that you would not have chosen.",
                ],
            },
        ],
    },
    Edition {
        direction: "rtl",
        language: "ar",
        printed: true,
        stories: include_str!("editions/ar.jsonl"),
        name: "فانوس المدينة",
        tagline: "ما بقي مضاءً ليلة أمس",
        postal: "فانوس المدينة، شارع الصبّاغين 11، 2040 المدينة",
        website: "https://www.fanous.example/",
        note: "صباح الخير. صمدت البوابة وصمدت القهوة.\n\nإن كان قبوكم في شارع الصبّاغين مبتلًا رغم ذلك فاكتبوا إلينا & قولوا كم عمقه: نحن نرسم خريطة.",
        panel: [
            "النهر في السابعة",
            "الماء +0.9 م وينحسر",
            "رياح شمالية غربية 6",
            "السردين 214 ليرة للصندوق",
        ],
        correction: "ذكرنا يوم السبت أن وزن الجرس أربعة أطنان. وزنه 0.4 طن، وقد طلب القارعون أن نقول ذلك.",
        topics: [
            "سياسة",
            "المدينة",
            "اقتصاد",
            "ثقافة",
            "شطرنج",
            "علوم",
            "رياضة",
        ],
        places: ["ميناء الجنوب", "الجسر"],
        sponsors: [
            Booking {
                name: "مدافئ الحدّاد وأولاده",
                url: "https://www.madafi.example/winter?a=1&b=2",
                headline: "بيوت دافئة منذ 1888",
                texts: [
                    "مدافئ",
                    "مدافئ تُصبّ في الميناء وتُحمل إلى بيتك.",
                    "تُصبّ مدافئنا في ميناء الجنوب ويحملها على السلالم من فعلوا ذلك من قبل. تعالوا واجلسوا قرب واحدة منها.",
                    "تُصبّ مدافئنا في ميناء الجنوب ويحملها على السلالم من فعلوا ذلك من قبل. تعالوا واجلسوا قرب واحدة منها في شارع الصبّاغين كل يوم ما عدا الجمعة؛ الشاي علينا ولن يطلب منكم أحد أن تشتروا.",
                ],
            },
            Booking {
                name: "بنك التوفير",
                url: "https://bank.example/",
                headline: "حساب يقول صباح الخير",
                texts: [
                    "بنك في ساحتك",
                    "دفتر توفير تمسكه بيدك، في كل ساحة.",
                    "ما زلنا نطبع دفتر التوفير ونفتح في الثامنة. أحضروا الدفتر القديم؛ نحب أن نرى كيف كانت الأرقام.",
                    "ما زلنا نطبع دفتر التوفير ونفتح في الثامنة. أحضروا الدفتر القديم؛ نحب أن نرى كيف كانت الأرقام. يختار العملاء الجدد لون دفترهم، ويختمه الأطفال بأنفسهم.",
                ],
            },
            Booking {
                name: "عبّارات الجنوب",
                url: "https://ferries.example/timetable",
                headline: "إحدى عشرة جزيرة بتذكرة واحدة",
                texts: [
                    "إحدى عشرة جزيرة",
                    "إحدى عشرة جزيرة بتذكرة واحدة حتى الشتاء.",
                    "تذكرة واحدة لإحدى عشرة جزيرة حتى يأتي الشتاء. العربات والدراجة الأولى مجانًا، أما القهوة فلا.",
                    "تذكرة واحدة لإحدى عشرة جزيرة حتى يأتي الشتاء. العربات والدراجة الأولى مجانًا، أما القهوة فلا. تغادر القوارب ميناء الجنوب كل ساعة، وتنتظر من يُرى راكضًا.",
                ],
            },
            Booking {
                name: "مكتبة الأسد",
                url: "https://books.example/?q=l%C3%B6we",
                headline: "اقرأها قبل أن تصير فيلمًا",
                texts: [
                    "كتب حتى العاشرة ليلًا",
                    "مفتوحة حتى العاشرة في ساحة الأسد. وفيها قطة.",
                    "مفتوحة حتى العاشرة في ساحة الأسد. نطلب ما ليس عندنا ونقرأ ما نبيع. وفيها قطة ليست للبيع.",
                    "مفتوحة حتى العاشرة في ساحة الأسد. نطلب ما ليس عندنا ونقرأ ما نبيع. وفيها قطة ليست للبيع. ويوم الخميس يقرأ غريب بصوت عالٍ من كتاب ما كنتم لتختاروه.",
                ],
            },
        ],
    },
];

/// The slots of the layout, and the sizes that fit there, in turn.
const SLOTS: &[(&str, &[&str])] = &[("S1", &["M", "XS", "S"]), ("S2", &["L", "S", "M", "XS"])];
const SIZES: [&str; 4] = ["XS", "S", "M", "L"];
const TOPICS: [&str; 7] = [
    "politics", "city", "business", "culture", "chess", "science", "sport",
];
/// What the readers follow; science and sport come to them through their place and as top stories.
const FOLLOWS: &[&str] = &["politics:9", "city:8", "business:6", "culture:5", "chess:4"];
const PLACES: [&str; 2] = ["sudhafen", "bruckenau"];
const LIST: &str = "lantern";
const CONFIGURATION: &str = "[server]\npublic_url = \"https://news.lantern.example\"\n\
    [smtp]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\n\
    [bounce]\ndomain = \"bounce.lantern.example\"\n\
    [dkim]\ndomain = \"lantern.example\"\nselector = \"courant\"\n\
    key_file = \"dkim-courant.pem\"\ned25519_selector = \"courant-ed\"\n\
    ed25519_key_file = \"dkim-courant-ed.pem\"\n";

/// A story as it was handed in.
pub struct Story {
    /// Where it is read.
    pub url: String,
    /// The same inside an attribute.
    pub escaped: String,
}

/// A letter and its parts.
pub struct Letter {
    /// Look, direction and reader.
    pub name: String,
    /// Whether it is of the longer length.
    pub long: bool,
    /// `ltr` or `rtl`.
    pub direction: &'static str,
    /// Of its words.
    pub language: &'static str,
    /// The decoded HTML part.
    pub html: String,
    /// The decoded plain part.
    pub text: String,
    /// The stories of its edition; the first is the lead.
    pub stories: Vec<Story>,
    /// Whether its reader wants pictures.
    pub pictures: bool,
    /// The texts of the sponsors that must be in it.
    pub sponsors: Vec<&'static str>,
    /// The lines of the editors that must be in it.
    pub written: Vec<&'static str>,
}

impl Letter {
    /// Its file of that ending under [`shots`]: `eml`, `html` or `txt`.
    pub fn file(&self, ending: &str) -> PathBuf {
        shots().join(format!("{}.{ending}", self.name))
    }

    /// What the links of the HTML lead to.
    pub fn targets(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for tag in self.html.split('<').filter(|t| t.starts_with("a ")) {
            let (_, rest) = tag.split_once(" href=\"").expect("a link leads somewhere");
            found.insert(resolved(rest.split('"').next().unwrap_or_default()));
        }
        found
    }

    /// The plain text on one line, without the marks that order its scripts.
    pub fn words(&self) -> String {
        let mark = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let text = self.text.replace(mark, "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Every address in the plain text.
    pub fn addresses(&self) -> BTreeSet<String> {
        let text = self.words();
        let words = text.split(' ');
        let bare = words.map(|w| {
            w.trim_start_matches(['<', '('])
                .trim_end_matches(['>', ')'])
        });
        let schemes = ["https://", "http://", "mailto:"];
        bare.filter(|w| schemes.iter().any(|s| w.starts_with(s)))
            .map(str::to_owned)
            .collect()
    }
}

/// An attribute's value without its character references.
fn resolved(value: &str) -> String {
    let mut out = value.to_owned();
    let references = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#47;", "/"),
        ("&#x2f;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    for (reference, character) in references {
        out = out.replace(reference, character);
    }
    out
}

/// Where letters and their pictures are left for people to look at.
pub fn shots() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    let folder = target.expect("a folder").join("shots");
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

/// Every letter that is judged: look × direction × reader.
pub static LETTERS: LazyLock<Vec<Letter>> = LazyLock::new(|| {
    let printed = || EDITIONS.iter().filter(|e| e.printed);
    let papers = LOOKS.iter().flat_map(|l| printed().map(move |e| (l, e)));
    let papers: Vec<Paper> = papers
        .enumerate()
        .map(|(number, (look, edition))| Paper::new(look, edition, number))
        .collect();
    papers.iter().flat_map(Paper::letters).collect()
});

/// A data folder with one list, its edition planned.
struct Paper {
    home: tempfile::TempDir,
    look: &'static Look,
    edition: &'static Edition,
    /// Which paper this is: sponsors' sizes take turns.
    number: usize,
}

impl Paper {
    fn new(look: &'static Look, edition: &'static Edition, number: usize) -> Paper {
        let paper = Paper {
            home: tempfile::tempdir().expect("a folder"),
            look,
            edition,
            number,
        };
        let now = Clock::system().now();
        paper.founded(now);
        paper.filled(now);
        paper.sponsored();
        for reader in READERS {
            paper.subscribed(reader);
        }
        paper.decided();
        paper.done(&["edition", "plan", LIST, "--hours", "26", "--yes"]);
        paper
    }

    fn done(&self, args: &[&str]) {
        let (code, out, said) = courant(self.home.path(), args);
        assert_eq!(code, 0, "{args:?}: {out}{said}");
    }

    /// A list due in about twelve hours: never while this runs.
    fn founded(&self, now: Timestamp) {
        let edition = self.edition;
        self.done(&["init", "--public-url", "https://news.lantern.example"]);
        std::fs::write(self.home.path().join("courant.toml"), CONFIGURATION).expect("written");
        self.done(&["dkim", "keygen"]);
        let hour: u32 = now.strftime("%H").to_string().parse().expect("an hour");
        let cadence = format!("daily=30 {} * * *", (hour + 12) % 24);
        let mut settings = vec![
            format!("name={}", edition.name),
            format!("tagline={}", edition.tagline),
            format!("postal_address={}", edition.postal),
            format!("language={}", edition.language),
            format!("website={}", edition.website),
        ];
        settings.extend(self.look.set.iter().map(|(k, v)| format!("{k}={v}")));
        let mut add = vec!["list", "add", LIST, "--cadence", &cadence];
        add.extend([
            "sender_address=letter@lantern.example",
            "operators=desk@lantern.example",
            "stories=25",
            "topic_cap=50",
            "window_hours=72",
        ]);
        add.extend(settings.iter().map(String::as_str));
        self.done(&add);
        for (slug, name) in TOPICS.iter().zip(edition.topics) {
            self.done(&["topic", "add", slug, name]);
        }
        for (slug, name) in PLACES.iter().zip(edition.places) {
            self.done(&["place", "add", slug, name]);
        }
    }

    fn rows(&self) -> Vec<Value> {
        let rows = self.edition.stories.lines();
        rows.map(|row| serde_json::from_str(row).expect("JSON"))
            .collect()
    }

    fn filled(&self, now: Timestamp) {
        let mut rows = String::new();
        for mut row in self.rows() {
            let age = row["minutes_ago"].take().as_i64().expect("an age");
            let published = now - jiff::SignedDuration::from_mins(age);
            row["published"] = published.to_string().into();
            rows.push_str(&format!("{row}\n"));
        }
        let file = self.home.path().join("stories.jsonl");
        std::fs::write(&file, rows).expect("written");
        let file = file.to_str().expect("UTF-8");
        self.done(&["article", "import", file, "--source", LIST]);
        self.done(&["source", "set", LIST, "name", self.edition.name]);
    }

    /// The size that stands in a slot of this paper.
    fn size(&self, slot: usize) -> &'static str {
        let (_, sizes) = SLOTS[slot];
        sizes[self.number % sizes.len()]
    }

    fn creative(&self, slot: usize) -> &'static str {
        let size = SIZES.iter().position(|s| *s == self.size(slot));
        self.edition.sponsors[slot].texts[size.expect("a size")]
    }

    fn sponsored(&self) {
        for (at, (slot, _)) in SLOTS.iter().enumerate() {
            let booking = &self.edition.sponsors[at];
            let sponsor = format!("sponsor-{}", at + 1);
            let flight = format!("{sponsor}/autumn");
            self.done(&["sponsor", "add", &sponsor, booking.name]);
            let book = ["flight", "add", &sponsor, "autumn", "--list", LIST];
            let dates = ["--from", "2020-01-01", "--to", "2099-12-31"];
            self.done(&[&book[..], &dates, &["--booked", "1000", "--slot", slot]].concat());
            let (size, text) = (self.size(at), self.creative(at));
            let mut creative = vec!["creative", "add", &flight, "--size", size];
            creative.extend(["--text", text, "--url", booking.url]);
            if size == "L" {
                creative.extend(["--headline", booking.headline]);
            }
            self.done(&creative);
        }
    }

    fn subscribed(&self, reader: &Reader) {
        let address = reader.address();
        let mut add = vec!["subscriber", "add", LIST, &address];
        add.extend(["--length", reader.length, "--images", reader.images]);
        add.extend(["--zone", "UTC", "--place", PLACES[0]]);
        add.extend(["--language", self.edition.language]);
        for topic in FOLLOWS {
            add.extend(["--topic", topic]);
        }
        self.done(&add);
    }

    /// What the editors decide about the edition.
    fn decided(&self) {
        let rows = self.rows();
        let url = |row: &Value| row["url"].as_str().expect("a URL").to_owned();
        let science = |row: &&Value| url(row).ends_with("/science/clock");
        self.done(&["edition", "lead", LIST, &url(&rows[0])]);
        let pinned = rows.iter().find(science).expect("a story");
        self.done(&["edition", "pin", LIST, &url(pinned)]);
        let edition = self.edition;
        let [title, lines @ ..] = &edition.panel;
        self.done(&["edition", "note", LIST, edition.note]);
        self.done(&[&["edition", "panel", LIST, "--title", title], &lines[..]].concat());
        self.done(&["edition", "correction", LIST, edition.correction]);
    }

    fn letters(&self) -> Vec<Letter> {
        READERS.iter().map(|reader| self.letter(reader)).collect()
    }

    fn letter(&self, reader: &Reader) -> Letter {
        let stories = self.rows().into_iter().map(|row| {
            let url = row["url"].as_str().expect("a URL").to_owned();
            Story {
                escaped: url.replace('&', "&amp;"),
                url,
            }
        });
        let edition = self.edition;
        let lines = edition.note.lines().chain(edition.panel);
        let lines = lines.chain([edition.correction]).filter(|l| !l.is_empty());
        let mut letter = Letter {
            name: format!("{}-{}-{}", self.look.name, edition.direction, reader.name),
            long: reader.length == "long",
            pictures: reader.images == "on",
            written: lines.collect(),
            direction: edition.direction,
            language: edition.language,
            html: String::new(),
            text: String::new(),
            stories: stories.collect(),
            sponsors: (0..SLOTS.len()).map(|slot| self.creative(slot)).collect(),
        };
        let file = letter.file("eml");
        let (out, address) = (file.to_str().expect("UTF-8"), reader.address());
        let preview = ["edition", "preview", LIST, "--subscriber", &address];
        self.done(&[&preview[..], &["--out", out]].concat());
        let octets = std::fs::read(&file).expect("a letter");
        let message = MessageParser::default().parse(&octets).expect("a message");
        letter.html = message.body_html(0).expect("HTML").into_owned();
        letter.text = message.body_text(0).expect("text").into_owned();
        std::fs::write(letter.file("html"), &letter.html).expect("written");
        std::fs::write(letter.file("txt"), &letter.text).expect("written");
        letter
    }
}
