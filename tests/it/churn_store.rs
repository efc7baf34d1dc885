//! The same churn through the real parts: feeds are read as documents, kept by the store, planned by
//! the press and carried to a receiver; some days' letters stay behind and are overtaken by the next.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};

use courant::domain::address::Address;
use courant::domain::article::{Backlog, CategoryMap, Source, SourceKind};
use courant::domain::delivery::DeliveryState;
use courant::domain::due::next_due;
use courant::domain::edition::Edition;
use courant::domain::selection::Rules;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Timestamp, Zone, from_ms};
use courant::domain::{ArticleId, ListId, RevisionId, SubscriptionId};
use courant::ingest::{self, Document};
use courant::press::Press;
use courant::press::freeze::PressSettings;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::{NewSource, Store};
use sqlx::Connection;
use tokio_util::sync::CancellationToken;

use crate::support::Folder;
use crate::support::paper::{Paper, after};
use crate::support::synthetic::archive::{Map, canonical};
use crate::support::synthetic::audit::{Audit, Going, Told};
use crate::support::synthetic::readers::{Follower, On, followers};
use crate::support::synthetic::{Newsroom, OUTLETS, PLACES, Size, TOPICS, hour_ms, rss};

const SIZE: Size = Size {
    seed: 7,
    days: 13,
    stories: 12,
};
/// Days whose daily letters stay behind until the next ones overtake them.
const BEHIND: &[u32] = &[3, 8];
/// Story ids of the true map begin here.
const TRUE: i64 = 1_000_000;

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

fn hour_at(hour: u32) -> Timestamp {
    from_ms(hour_ms(hour))
}

struct House<'n> {
    newsroom: &'n Newsroom,
    paper: Paper,
    sink: SinkHandle,
    sources: Vec<Source>,
    lists: [ListId; 2],
    /// Subscriptions with their list, in the audit's order.
    subscriptions: Vec<(SubscriptionId, usize)>,
    audit: Audit<'n>,
    map: Map,
    /// By outlet and address: which story a page tells.
    pages: HashMap<(usize, String), usize>,
    /// By article: its story in truth.
    truth: BTreeMap<ArticleId, usize>,
    documents: Vec<Vec<u8>>,
    side: sqlx::SqliteConnection,
}

impl<'n> House<'n> {
    async fn new(newsroom: &'n Newsroom, readers: &'n [Follower], map: Map) -> House<'n> {
        let begins = hour_at(0);
        let folder = Folder::new(&begins.to_string()).await;
        let store = &folder.store;
        for topic in TOPICS {
            store.topic_add(&slug(topic), topic).await.unwrap();
        }
        for place in PLACES {
            store.place_add(&slug(place), place).await.unwrap();
        }
        let daily = list(store, "daily", "0 7 * * *", &[]).await;
        let weekly = [("window_hours", "168"), ("half_life_hours", "72")];
        let weekly = list(store, "weekly", "0 9 * * sat", &weekly).await;
        let lists = [daily, weekly];
        let mut sources = Vec::new();
        for outlet in OUTLETS {
            let new = source(outlet.slug, outlet.host);
            store.source_add(&new, &lists, begins).await.unwrap();
            sources.push(store.source(&new.slug).await.unwrap());
        }
        let mut pages = HashMap::new();
        for piece in &newsroom.pieces {
            for version in &piece.versions {
                let page = (piece.outlet, canonical(&version.url));
                let other = pages.insert(page, piece.story);
                assert!(
                    other.is_none_or(|s| s == piece.story),
                    "a page of two stories"
                );
            }
        }
        let url = format!("sqlite://{}", store.path().display());
        let side = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cadence = store.cadence(daily, &slug("daily")).await.unwrap();
        let paper = Paper {
            list: daily,
            cadence,
            due: hour_at(24 + 7),
            now: begins,
            folder,
        };
        let mut house = House {
            sink: Sink::start(listener, SinkSettings::default()).unwrap(),
            documents: vec![Vec::new(); sources.len()],
            audit: Audit::new(newsroom, readers, &[]),
            truth: BTreeMap::new(),
            subscriptions: Vec::new(),
            newsroom,
            paper,
            sources,
            lists,
            map,
            pages,
            side,
        };
        let mut pairs = Vec::new();
        for (n, follower) in readers.iter().enumerate() {
            let lists: &[usize] = match follower.on {
                On::Daily => &[0],
                On::Weekly => &[1],
                On::Both | On::Joined => &[0, 1],
            };
            for list in lists {
                let id = house.subscribe(n, follower, *list).await;
                // One memory a person: both lists share it.
                pairs.push((n, n));
                house.subscriptions.push((id, *list));
            }
        }
        house.audit = Audit::new(newsroom, readers, &pairs);
        house
    }

    fn store(&self) -> &Store {
        self.paper.store()
    }

    async fn subscribe(&self, n: usize, follower: &Follower, list: usize) -> SubscriptionId {
        let new = self.wish(n, follower, list).await;
        let added = self.store().subscriber_add(&new, false, hour_at(0)).await;
        added.unwrap()
    }

    async fn wish(&self, n: usize, follower: &Follower, list: usize) -> NewSubscription {
        let name = slug(["daily", "weekly"][list]);
        let cadence = self.store().cadence(self.lists[list], &name).await.unwrap();
        let terms = Terms {
            cadence: name,
            hour: None,
            zone: Zone::utc(),
            language: follower.language.to_owned(),
            length: if follower.short {
                Length::Short
            } else {
                Length::Long
            },
            images: true,
            text_only: false,
            topics: follower.topics.clone(),
            places: follower.places.clone(),
            resume_on: None,
        };
        let address = Address::parse(&format!("reader{n}@reader.example")).unwrap();
        NewSubscription {
            list: self.lists[list],
            hash: self.paper.hash(address.full()),
            address,
            due: next_due(&terms, &cadence, hour_at(24)).unwrap(),
            terms,
            cadence: cadence.id,
            standing: Standing::Active,
            by: "test".to_owned(),
        }
    }

    /// Reads every feed that has changed, as a fetch would.
    async fn read(&mut self, hour: u32) {
        for outlet in 0..OUTLETS.len() {
            let bytes = rss::document(self.newsroom, outlet, hour);
            if bytes == self.documents[outlet] {
                continue;
            }
            self.documents[outlet].clone_from(&bytes);
            let document = Document {
                bytes,
                content_type: None,
                base_url: None,
            };
            let source = &self.sources[outlet];
            let taken = ingest::take(self.store(), source, document, hour_at(hour)).await;
            let taken = taken.unwrap();
            assert_eq!((taken.refused, taken.problems.len()), (0, 0), "{taken:?}");
            for id in taken.new_ids {
                let article = self.store().article(id).await.unwrap();
                let page = (outlet, article.url.as_str().to_owned());
                let story = self.pages[&page];
                self.truth.insert(id, story);
                if self.map == Map::True {
                    self.tell(id, story).await;
                }
            }
        }
    }

    /// Hands the truth about an article in.
    async fn tell(&mut self, article: ArticleId, story: usize) {
        let story = TRUE + i64::try_from(story).unwrap();
        for sql in [
            "insert into story (story_id, created_ms) values ($2, $1) on conflict do nothing",
            "update article set story_id = $2 where article_id = $1",
            "update article_story set story_id = $2 where article_id = $1",
        ] {
            let bound = sqlx::query(sql).bind(article.0).bind(story);
            bound.execute(&mut self.side).await.unwrap();
        }
    }

    /// Plans what is due in an hour, takes every reader's verdicts down, and sends the letters unless
    /// they are to stay behind.
    async fn waves(&mut self, hour: u32) {
        let (now, due) = (after(hour_at(hour), -10), hour_at(hour));
        let press = self.paper.press();
        for wave in self.store().due_waves(due).await.unwrap() {
            let planned = press.plan(&wave, now, now).await.unwrap();
            let edition = planned.edition;
            for n in 0..self.subscriptions.len() {
                if self.lists[self.subscriptions[n].1] == edition.list {
                    self.explained(&edition, n).await;
                }
            }
            if hour % 24 != 7 || !BEHIND.contains(&(hour / 24)) {
                let delivery = self.paper.delivery(self.sink.addr().port(), due);
                delivery
                    .run(Some(edition.id), &CancellationToken::new())
                    .await
                    .unwrap();
            }
            self.taken_down(&edition, now).await;
        }
    }

    async fn explained(&mut self, edition: &Edition, n: usize) {
        let press = self.paper.press();
        let explained = press
            .explain(edition, self.subscriptions[n].0)
            .await
            .unwrap();
        assert!(explained.agrees, "subscription {n} in {}", edition.run);
        let given = explained.candidates.iter().map(|c| (c.article, true));
        let truth = |article: ArticleId| self.truth[&article];
        let verdicts = &explained.selection.verdicts;
        self.audit.account(n, edition.id, given, verdicts, &truth);
    }

    /// Takes down what of an edition went out, and what stayed behind.
    async fn taken_down(&mut self, edition: &Edition, now: Timestamp) {
        for row in self.paper.rows(edition.id).await {
            let is = |s: &(SubscriptionId, usize)| s.0 == row.subscription;
            let n = self.subscriptions.iter().position(is).unwrap();
            let digest = self
                .store()
                .digest_of(edition.id, row.subscription)
                .await
                .unwrap();
            let picks = digest.unwrap().picks;
            let ids: Vec<RevisionId> = picks.iter().map(|p| p.revision).collect();
            let texts = self.store().revisions(&ids).await.unwrap();
            let told: Vec<Told> = picks
                .iter()
                .map(|pick| {
                    let story = self.truth[&pick.article];
                    let text = &texts[&pick.revision].text;
                    let of = self.newsroom.pieces.iter().filter(|p| p.story == story);
                    let mut versions = of.flat_map(|p| &p.versions);
                    let said =
                        versions.find(|v| v.headline == text.headline && v.summary == text.summary);
                    Told {
                        story,
                        stage: said.unwrap().stage,
                        update: pick.update,
                    }
                })
                .collect();
            let updates = Rules::default().updates;
            let going = Going {
                edition: edition.id,
                at_ms: now.as_millisecond(),
                since_ms: now.as_millisecond() - 30 * 86_400_000,
                updates: &updates,
            };
            match row.state {
                DeliveryState::Accepted => self.audit.sent(n, going, &told),
                _ => self.audit.held(n, &told),
            }
        }
    }
}

async fn list(store: &Store, name: &str, expr: &str, more: &[(&'static str, &str)]) -> ListId {
    let mut settings = vec![
        ("name", name),
        ("sender_address", "news@times.example"),
        ("postal_address", "1 Quay Street, Harbour"),
        ("operators", "desk@times.example"),
        ("stories", "8"),
        ("late", "send"),
        ("volume_guard", "off"),
        ("memory", "shared"),
    ];
    settings.extend(more);
    let settings: Vec<_> = settings
        .into_iter()
        .map(|(k, v)| (k, v.to_owned()))
        .collect();
    let list = store
        .list_add(&slug(name), &settings, hour_at(0))
        .await
        .unwrap();
    let expr = CronExpr::parse(expr).unwrap();
    let added = store
        .cadence_add(list, &slug(name), &expr, hour_at(0))
        .await;
    added.unwrap();
    list
}

fn source(name: &str, host: &str) -> NewSource {
    let topics = TOPICS.iter().map(|t| format!("{t}={t}"));
    let places = PLACES.iter().map(|p| format!("in {p}=place:{p}"));
    let categories: Vec<String> = topics.chain(places).collect();
    NewSource {
        slug: slug(name),
        name: format!("The {name}"),
        kind: SourceKind::Feed,
        location: format!("https://{host}/feed"),
        default_topic: None,
        default_language: None,
        categories: CategoryMap::parse(&categories.join(", ")).unwrap(),
        backlog: Backlog::All,
        private_network: false,
        interval_s: 3600,
    }
}

async fn season(map: Map, readers: usize) {
    let newsroom = Newsroom::new(SIZE);
    let readers = followers(readers, SIZE.seed);
    let mut house = House::new(&newsroom, &readers, map).await;
    for hour in 0..newsroom.ends() {
        house.read(hour).await;
        house.waves(hour).await;
    }
    house.audit.settle();
    let book = &house.audit.book;
    println!(
        "{map:?}: {} articles of {} stories; {} digests with {} picks, {} updates, {} repeats, \
         {} losses; {:?}",
        house.truth.len(),
        newsroom.stories.len(),
        book.digests,
        book.picks,
        book.updates,
        book.repeats.len(),
        book.losses.len(),
        book.verdicts
    );
    assert!(book.digests > readers.len() * 6, "{}", book.digests);
    if map == Map::True {
        assert_eq!(book.faults, [""; 0]);
        assert_eq!(book.repeats, [""; 0]);
        assert_eq!(book.losses, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn churn_through_store_and_press_repeats_nothing_and_loses_nothing_by_the_true_map() {
    season(Map::True, 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn churn_by_our_own_grouping_is_counted() {
    season(Map::Own, 4).await;
}

/// More than one slice of a plan.
const MANY: usize = 1_200;

/// Every digest of an edition as it was written: whose, and what is in it.
async fn digests(store: &Store, edition: i64) -> Vec<(i64, String)> {
    let sql = "select d.subscription_id, d.picks from digest d join wave w on w.wave_id = d.wave_id \
         where w.edition_id = $1 order by d.subscription_id, d.seq";
    let url = format!("sqlite://{}", store.path().display());
    let mut side = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let rows = sqlx::query_as(sql).bind(edition).fetch_all(&mut side).await;
    rows.unwrap()
}

/// Plans what is due in an hour, as another process that comes to it; nothing where nothing is.
async fn planned(home: &std::path::Path, settings: PressSettings, hour: u32) -> Option<i64> {
    let store = Store::open(home).await.unwrap();
    let (now, due) = (after(hour_at(hour), -10), hour_at(hour));
    let press = Press {
        store: store.clone(),
        settings,
    };
    let waves = store.due_waves(due).await.unwrap();
    let planned = press.plan(waves.first()?, now, now).await.unwrap();
    Some(planned.edition.id.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_interrupted_comes_out_as_one_that_is_not() {
    let newsroom = Newsroom::new(Size { days: 3, ..SIZE });
    let mut house = House::new(&newsroom, &[], Map::True).await;
    let mut new = Vec::new();
    for (n, follower) in followers(MANY, SIZE.seed).iter().enumerate() {
        new.push(house.wish(n, follower, 0).await);
    }
    house
        .store()
        .subscribers_add(&new, hour_at(0))
        .await
        .unwrap();
    for hour in 0..24 + 8 {
        house.read(hour).await;
    }
    // The first edition fills memories; letters that went out are what counts there.
    let (now, due) = (after(hour_at(24 + 7), -10), hour_at(24 + 7));
    let waves = house.store().due_waves(due).await.unwrap();
    let first = house.paper.press().plan(&waves[0], now, now).await.unwrap();
    let delivery = house.paper.delivery(house.sink.addr().port(), due);
    let stop = CancellationToken::new();
    delivery.run(Some(first.edition.id), &stop).await.unwrap();
    for hour in 24 + 8..48 + 7 {
        house.read(hour).await;
    }
    let straight = tempfile::tempdir().unwrap();
    let twin = straight.path().join("courant.db");
    let into = sqlx::query("vacuum into $1").bind(twin.to_str());
    into.execute(&mut house.side).await.unwrap();
    let settings = house.paper.press().settings;
    let edition = planned(&twin, settings.clone(), 48 + 7).await;
    let edition = edition.expect("a wave");
    let expected = digests(&Store::open(&twin).await.unwrap(), edition).await;
    assert!(expected.len() > MANY * 9 / 10, "{}", expected.len());

    // Given up as soon as anything of it is written, again and again.
    let home = house.store().path().to_owned();
    let mut interrupted = 0;
    for _ in 0..3 {
        let before = digests(house.store(), edition).await.len();
        let plan = tokio::spawn({
            let (home, settings) = (home.clone(), settings.clone());
            async move { planned(&home, settings, 48 + 7).await }
        });
        while !plan.is_finished() && digests(house.store(), edition).await.len() == before {
            tokio::task::yield_now().await;
        }
        if plan.is_finished() {
            break;
        }
        plan.abort();
        interrupted += usize::from(plan.await.is_err());
    }
    planned(&home, settings, 48 + 7).await;
    println!("interrupted {interrupted} times");
    assert_eq!(digests(house.store(), edition).await, expected);
}
