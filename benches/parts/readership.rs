//! A newspaper with a readership of any size: forty topics, articles for every day, people whose wishes
//! are as unequal as people's are, and the memory of what they were sent, written in bulk.
//!
//! The memory is what the planner would have written: each day is frozen and thought out by the press
//! itself, once for each set of wishes instead of once for each person, and the rows are then written
//! without digests and ledger. A test holds the two ways against each other.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use courant::domain::address::{Address, AddressHash};
use courant::domain::article::{
    ArticleText, Backlog, CanonicalUrl, CategoryMap, NewArticle, SourceKind, TopicWeight,
};
use courant::domain::due::Due;
use courant::domain::edition::Frozen;
use courant::domain::list::Cadence;
use courant::domain::selection::Sent;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Interests, Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Run, Timestamp, Zone};
use courant::domain::{EditionId, ListId, RevisionId, SourceId, SubscriptionId};
use courant::press::freeze::{Inputs, PressSettings};
use courant::press::{self, Asking, Press};
use courant::sponsors::Quotas;
use courant::store::planning::DueWave;
use courant::store::{Incoming, NewSource, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

/// Threads that think a set-up out.
const THREADS: usize = 2;

/// Topics that readers follow.
pub const TOPICS: u64 = 40;
/// Sources of the paper.
const SOURCES: u64 = 60;
/// Stories that every day has an article of.
const LIVE: u64 = 20;
/// Days of articles that a wave may bring: window and carry, doubled.
const REACH: i64 = 4;
/// Rows in one statement, and people in one call.
const ROWS: usize = 500;
const PEOPLE: usize = 10_000;
/// When the run of the first day is due.
const FIRST: &str = "2026-10-25T07:00:00Z";
const HOUR_MS: i64 = 3_600_000;

/// How large a paper is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Readers.
    pub readers: usize,
    /// Articles that a wave freezes.
    pub candidates: usize,
    /// Days that were planned before.
    pub days: i64,
}

/// A paper in a database of its own.
pub struct Readership {
    pub press: Press,
    pub list: ListId,
    pub cadence: Cadence,
    pub size: Size,
}

/// What a set of wishes has been sent of what still can matter.
struct Wish {
    interests: Interests,
    length: Length,
    memory: Vec<Sent>,
}

/// A number that looks drawn, and is the same each time (splitmix64).
fn drawn(seed: u64, nth: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(nth.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(0x632b_e59b_d9b4_e019);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One of `n`, the first ones far more often: by Zipf's law, in thousandths of its sum.
fn unequal(n: u64, drawn: u64) -> u64 {
    let sum: u64 = (1..=n).map(|rank| 1_000_000 / rank).sum();
    let mut left = drawn % sum;
    for rank in 1..=n {
        let share = 1_000_000 / rank;
        if left < share {
            return rank - 1;
        }
        left -= share;
    }
    n - 1
}

fn topic(n: u64) -> Slug {
    Slug::parse(&format!("topic{n:02}")).expect("a slug")
}

fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

/// What reader `n` follows: one to five topics, the popular ones more often, some of them half as much.
/// With `different`, at least three and no two readers alike.
pub fn wishes(n: usize, different: bool) -> (Interests, Length) {
    let n = n as u64;
    let many = [1, 1, 1, 2, 2, 2, 3, 3, 4, 5][(drawn(n, 1) % 10) as usize];
    let many = if different { many.max(3) } else { many };
    let mut topics: BTreeMap<u64, u16> = BTreeMap::new();
    let mut nth = 10;
    while topics.len() < many {
        let half = drawn(n, nth).is_multiple_of(5);
        let topic = unequal(TOPICS, drawn(n, nth + 1));
        topics.entry(topic).or_insert(if half { 500 } else { 1000 });
        nth += 2;
    }
    if different {
        let mut rest = n;
        for weight in topics.values_mut() {
            *weight = 300 + (rest % 700) as u16;
            rest /= 700;
        }
    }
    let weight = |(n, weight)| TopicWeight {
        topic: topic(n),
        weight,
    };
    let interests = Interests {
        topics: topics.into_iter().map(weight).collect(),
        places: Vec::new(),
    };
    let short = drawn(n, 2).is_multiple_of(5);
    (interests, if short { Length::Short } else { Length::Long })
}

/// When the run of a day is due.
pub fn due(day: i64) -> Timestamp {
    let first: Timestamp = FIRST.parse().expect("an instant");
    first + jiff::SignedDuration::from_hours(24 * day)
}

/// The run of a day.
pub fn run(day: i64) -> Run {
    Run::parse(&due(day).strftime("%Y-%m-%d").to_string()).expect("a run")
}

impl Readership {
    /// Makes the paper with its readers, who are due first on `day`.
    pub async fn new(
        folder: &Path,
        size: Size,
        day: i64,
        say: impl Fn(&str, usize, usize),
    ) -> Self {
        let path = folder.join("courant.db");
        let begun = due(-REACH - 1);
        let store = Store::create(&path, "bench", begun).await;
        let store = store.expect("a database");
        let settings = [
            ("name", "The Times"),
            ("sender_address", "news@times.example"),
            ("postal_address", "1 Quay Street, Harbour"),
            ("operators", "desk@times.example"),
            ("volume_guard", "off"),
        ];
        let settings = settings.map(|(key, value)| (key, value.to_owned()));
        let list = store.list_add(&slug("times"), &settings, begun).await;
        let list = list.expect("a list");
        let expr = CronExpr::parse("0 7 * * *").expect("an expression");
        let added = store.cadence_add(list, &slug("daily"), &expr, begun).await;
        added.expect("a cadence");
        let readership = Readership::of(store, list, size).await;
        readership.articles(&say).await;
        readership.people(day, &say).await;
        readership
    }

    /// A paper that was made before.
    pub async fn open(path: &Path, size: Size) -> Self {
        let store = Store::open(path).await.expect("a database");
        let list = store.list(&slug("times")).await.expect("a list");
        Readership::of(store, list.id, size).await
    }

    async fn of(store: Store, list: ListId, size: Size) -> Self {
        let cadence = store.cadence(list, &slug("daily")).await;
        Readership {
            list,
            cadence: cadence.expect("a cadence"),
            size,
            press: Press {
                store,
                settings: PressSettings {
                    lanes: Default::default(),
                    public_url: "https://news.example".to_owned(),
                    one_click: true,
                    mail: Default::default(),
                    key_id: "k1".to_owned(),
                    themes: Default::default(),
                    deadline_hours: 72,
                },
            },
        }
    }

    fn store(&self) -> &Store {
        &self.press.store
    }

    async fn articles(&self, say: &impl Fn(&str, usize, usize)) {
        let mut sources = Vec::new();
        let lists = [self.list];
        for n in 0..SOURCES {
            let source = NewSource {
                slug: slug(&format!("wire{n}")),
                name: format!("Wire {n}"),
                kind: SourceKind::Import,
                location: String::new(),
                default_topic: None,
                default_language: None,
                categories: CategoryMap::default(),
                backlog: Backlog::All,
                private_network: false,
                interval_s: 600,
            };
            let added = self.store().source_add(&source, &lists, due(-REACH - 1));
            sources.push(added.await.expect("a source"));
        }
        let days = self.size.days + 1;
        for day in 1 - REACH..days {
            self.day_of_articles(day, &sources).await;
            let done = (day + REACH) as usize;
            say("days of articles", done, (days + REACH - 1) as usize);
        }
    }

    /// The articles of the day before a day's cut-off.
    async fn day_of_articles(&self, day: i64, sources: &[SourceId]) {
        let a_day = self.size.candidates as u64 / REACH as u64;
        let live = LIVE.min(a_day / 10);
        let mut by_source: BTreeMap<SourceId, Vec<Incoming>> = BTreeMap::new();
        let until = due(day).as_millisecond() - HOUR_MS;
        for n in 0..a_day {
            let seed = (day + REACH) as u64 * 1_000_003 + n;
            let at = until - (n as i64 * 24 * HOUR_MS) / a_day as i64;
            let at = Timestamp::from_millisecond(at).expect("an instant");
            // One in twelve is another source's copy of the one before it.
            let told = if n >= live && n % 12 == 11 {
                seed - 1
            } else {
                seed
            };
            let headline = match n < live {
                true => format!("Live updates as dispute number {n} at the old harbour goes on"),
                false => format!("{} ({told})", words(told, 9)),
            };
            let url = format!("https://wire.example/{day}/{n}");
            let mut topics = BTreeMap::from([(unequal(TOPICS, drawn(told, 3)), 1000)]);
            if drawn(told, 4).is_multiple_of(3) {
                topics.entry(drawn(told, 5) % TOPICS).or_insert(400);
            }
            let weight = |(n, weight)| TopicWeight {
                topic: topic(n),
                weight,
            };
            let source = sources[(drawn(seed, 6) % SOURCES) as usize];
            by_source.entry(source).or_default().push(Incoming {
                article: NewArticle {
                    entry_key: url.clone(),
                    url: CanonicalUrl::parse(&url, None).expect("a URL"),
                    fragment: None,
                    text: ArticleText {
                        headline,
                        summary: words(seed, 45),
                        byline: format!("Author {}", drawn(seed, 7) % 300),
                        image: None,
                        body: None,
                        categories: Vec::new(),
                    },
                    published: Some(at),
                    language: Some("en".to_owned()),
                    topics: topics.into_iter().map(weight).collect(),
                    places: Vec::new(),
                },
                backlog: false,
                labels: None,
            });
        }
        for (source, articles) in by_source {
            let put = self.store().articles_put(source, &articles, due(day));
            assert_eq!(put.await.expect("stored").new, articles.len());
        }
    }

    async fn people(&self, day: i64, say: &impl Fn(&str, usize, usize)) {
        for from in (1..=self.size.readers).step_by(PEOPLE) {
            let until = (from + PEOPLE - 1).min(self.size.readers);
            let new: Vec<_> = (from..=until).map(|n| self.person(n, day)).collect();
            let added = self.store().subscribers_add(&new, due(-REACH)).await;
            assert_eq!(added.expect("readers"), new.len() as u64);
            say("readers", until, self.size.readers);
        }
    }

    fn person(&self, n: usize, day: i64) -> NewSubscription {
        let mut hash = [0; 32];
        for (nth, part) in hash.chunks_mut(8).enumerate() {
            part.copy_from_slice(&drawn(n as u64, 100 + nth as u64).to_be_bytes());
        }
        let (interests, length) = wishes(n, false);
        NewSubscription {
            list: self.list,
            hash: AddressHash(hash),
            address: Address::parse(&format!("reader{n}@mail{}.example", n % 50))
                .expect("an address"),
            terms: Terms {
                cadence: self.cadence.name.clone(),
                hour: None,
                zone: Zone::utc(),
                language: "en".to_owned(),
                length,
                images: true,
                text_only: false,
                topics: interests.topics,
                places: interests.places,
                resume_on: None,
            },
            cadence: self.cadence.id,
            standing: Standing::Active,
            due: Some(Due {
                at: due(day),
                run: run(day),
                cadence: self.cadence.id,
            }),
            by: "bench".to_owned(),
        }
    }

    /// The wave of a day.
    pub fn wave(&self, day: i64) -> DueWave {
        DueWave {
            list: self.list,
            cadence: self.cadence.id,
            run: run(day),
            due_at: due(day),
            readers: self.size.readers as i64,
        }
    }

    /// Writes the memory of the first days. How many different readers the next day has: sets of wishes
    /// with what they have been sent of its candidates' stories.
    pub async fn remember(&self, say: impl Fn(&str, usize, usize)) -> usize {
        let (mut wishes, of_reader) = self.different_wishes();
        let mut db = bulk(self.store().path()).await;
        let days = self.size.days;
        for day in 0..days {
            let texts = self.think(day, &mut wishes).await;
            self.write(&mut db, day, &texts, &of_reader).await;
            say("days of memory", (day + 1) as usize, days as usize);
        }
        db.close().await.expect("closes");
        let inputs = self.inputs(days).await;
        let makeup = self.press.makeup(&inputs, run(days)).await.expect("ready");
        let asked = wishes
            .iter()
            .map(|wish| makeup.signature(&asking(wish, &inputs)));
        asked.collect::<HashSet<_>>().len()
    }

    async fn inputs(&self, day: i64) -> Inputs {
        let list = self.store().list_by_id(self.list).await.expect("a list");
        let inputs = self.press.inputs(&list, None, due(day), due(day)).await;
        inputs.expect("inputs")
    }

    /// The texts that a day brings for each set of wishes, which has them in its memory from then on.
    async fn think(&self, day: i64, wishes: &mut [Wish]) -> Vec<Option<Vec<RevisionId>>> {
        let inputs = self.inputs(day).await;
        let makeup = self.press.makeup(&inputs, run(day)).await.expect("ready");
        let kin: HashSet<RevisionId> = inputs
            .candidates
            .iter()
            .flat_map(|c| c.kin.iter().map(|k| k.revision))
            .collect();
        let edition = EditionId(day + 1);
        let at_ms = due(day).as_millisecond();
        let part = wishes.len().div_ceil(THREADS).max(1);
        let think = |part: &mut [Wish]| {
            let mut texts = Vec::new();
            for some in part.chunks_mut(1000) {
                for wish in &mut *some {
                    wish.memory.retain(|sent| kin.contains(&sent.revision));
                }
                let asked: Vec<_> = some.iter().map(|wish| asking(wish, &inputs)).collect();
                let drafts = makeup.drafts(&asked, &[], due(day), &mut Quotas::default());
                for (wish, draft) in some.iter_mut().zip(drafts) {
                    let brought = draft.picks.iter().map(|pick| pick.revision);
                    let mut brought: Vec<RevisionId> = brought.collect();
                    brought.sort_unstable();
                    let sent = |&revision| Sent {
                        revision,
                        edition,
                        at_ms,
                    };
                    wish.memory.extend(brought.iter().map(sent));
                    texts.push(draft.skip.is_none().then_some(brought));
                }
            }
            texts
        };
        std::thread::scope(|scope| {
            let parts = wishes.chunks_mut(part);
            let threads: Vec<_> = parts.map(|part| scope.spawn(|| think(part))).collect();
            let thought = threads
                .into_iter()
                .flat_map(|t| t.join().expect("a thread"));
            thought.collect()
        })
    }

    /// Writes a day's memory as its plan would have.
    async fn write(
        &self,
        db: &mut SqliteConnection,
        day: i64,
        texts: &[Option<Vec<RevisionId>>],
        of_reader: &[u32],
    ) {
        let store = self.store();
        let run = run(day);
        let edition = store.edition_open(self.list, self.cadence.id, &run, due(day));
        let edition = edition.await.expect("an edition");
        assert_eq!(edition.id, EditionId(day + 1), "what the memory names");
        let content = store.content_put("bench", b"x").await.expect("a content");
        let frozen = Frozen {
            candidates: content,
            rules: content,
            template: content,
            sender: content,
            key_id: "k1".to_owned(),
        };
        let wave = store.wave_open(edition.id, due(day), due(day), &frozen, due(day));
        let wave = wave.await.expect("a wave");
        store.wave_complete(wave.id).await.expect("complete");
        let packed: Vec<Option<Vec<u8>>> = texts.iter().map(|t| t.as_deref().map(pack)).collect();
        let readers = of_reader.iter().enumerate();
        let rows = readers.filter_map(|(n, wish)| {
            let packed = packed[*wish as usize].as_ref()?;
            Some((n as i64 + 1, packed))
        });
        let rows: Vec<(i64, &Vec<u8>)> = rows.collect();
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await.expect("a write");
        for rows in rows.chunks(ROWS) {
            let values = vec!["(?, ?, ?, ?)"; rows.len()].join(", ");
            let insert = format!(
                "insert into memory (edition_id, subscription_id, revisions, planned_ms) values {values}"
            );
            let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
            for (subscription, packed) in rows {
                query = query.bind(edition.id.0).bind(subscription);
                query = query
                    .bind(packed.as_slice())
                    .bind(due(day).as_millisecond());
            }
            query.execute(&mut *tx).await.expect("rows");
        }
        tx.commit().await.expect("written");
    }

    /// The sets of wishes that there are, and for each reader which one it is.
    fn different_wishes(&self) -> (Vec<Wish>, Vec<u32>) {
        let (mut wishes, mut numbers, mut of_reader) = (Vec::new(), HashMap::new(), Vec::new());
        for n in 1..=self.size.readers {
            let (interests, length) = self::wishes(n, false);
            let key = (format!("{interests:?}"), length);
            let number = *numbers.entry(key).or_insert_with(|| {
                wishes.push(Wish {
                    interests,
                    length,
                    memory: Vec::new(),
                });
                wishes.len() as u32 - 1
            });
            of_reader.push(number);
        }
        (wishes, of_reader)
    }
}

/// A reader with these wishes, as make-up asks.
fn asking<'a>(wish: &'a Wish, inputs: &Inputs) -> Asking<'a> {
    let look = (wish.length, "en");
    Asking {
        subscription: SubscriptionId(0),
        language: "en",
        length: wish.length,
        images: true,
        reader: press::reader(&wish.interests, look, &inputs.rules, wish.memory.clone()),
    }
}

/// Five octets a text, ascending.
fn pack(texts: &[RevisionId]) -> Vec<u8> {
    let octets = texts.iter().flat_map(|text| {
        let octets = text.0.to_be_bytes();
        octets.into_iter().skip(3)
    });
    octets.collect()
}

/// Words that mean nothing, as many as these.
fn words(seed: u64, many: u64) -> String {
    const SYLLABLES: [&str; 16] = [
        "har", "bour", "ten", "del", "mor", "ing", "sta", "tion", "cou", "ncil", "ri", "ver",
        "mar", "ket", "lan", "tern",
    ];
    let word = |n| {
        let drawn = drawn(seed, 1000 + n) % 4096;
        let part = |shift: u64| SYLLABLES[((drawn >> shift) % 16) as usize];
        format!("{}{}{}", part(0), part(4), part(8))
    };
    (0..many).map(word).collect::<Vec<_>>().join(" ")
}

/// A connection for a set-up that is not measured, without waiting for the disk.
async fn bulk(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .synchronous(SqliteSynchronous::Off);
    options.connect().await.expect("opens")
}

/// A row of the memory.
pub type Remembered = (i64, i64, Vec<u8>, i64, Option<i64>);

/// The whole memory of a database.
pub async fn memory(path: &Path) -> Vec<Remembered> {
    let all = "select edition_id, subscription_id, revisions, planned_ms, returned_ms from memory \
               order by edition_id, subscription_id";
    let mut db = bulk(path).await;
    let rows = sqlx::query_as(all).fetch_all(&mut db).await.expect("rows");
    db.close().await.expect("closes");
    rows
}

/// The memory of the same paper, written in bulk, and by plans whose letters all arrived.
pub async fn both_ways(folder: &Path, size: Size) -> [Vec<Remembered>; 2] {
    let quiet = |_: &str, _: usize, _: usize| ();
    let (one, other) = (folder.join("bulk"), folder.join("plans"));
    for folder in [&one, &other] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let written = Readership::new(&one, size, size.days, quiet).await;
    written.remember(quiet).await;
    let path = written.store().path().to_owned();
    written.store().close().await;
    let bulk_memory = memory(&path).await;

    let planned = Readership::new(&other, size, 0, quiet).await;
    let path = planned.store().path().to_owned();
    for day in 0..size.days {
        let done = planned
            .press
            .plan(&planned.wave(day), due(day), due(day))
            .await;
        done.expect("a plan");
        let mut db = bulk(&path).await;
        let arrived = "update delivery set state = 'accepted'";
        sqlx::query(arrived)
            .execute(&mut db)
            .await
            .expect("arrived");
        db.close().await.expect("closes");
    }
    planned.store().close().await;
    [bulk_memory, memory(&path).await]
}
