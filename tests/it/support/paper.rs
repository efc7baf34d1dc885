//! A list with articles and readers, ready to be planned and sent: what the tests of the ledger, of
//! delivery and of `serve` share.

use courant::clock::Clock;
use courant::deliver::letters::Letters;
use courant::deliver::pace::{LaneTable, RelayLimits};
use courant::deliver::smtp::{Relay, Tls};
use courant::deliver::{Delivery, DeliverySettings, RelaySettings};
use courant::domain::address::{Address, AddressHash};
use courant::domain::article::{
    ArticleText, Backlog, CanonicalUrl, CategoryMap, NewArticle, SourceKind, TopicWeight,
};
use courant::domain::due::Due;
use courant::domain::edition::Edition;
use courant::domain::list::Cadence;
use courant::domain::selection::Sent;
use courant::domain::slug::Slug;
use courant::domain::subscriber::{Length, NewSubscription, Standing, Terms};
use courant::domain::time::{CronExpr, Run, Timestamp, Zone};
use courant::domain::{ArticleId, EditionId, ListId, SubscriberId, SubscriptionId};
use courant::press::freeze::PressSettings;
use courant::press::{PlannedWave, Press};
use courant::store::ledger::Lease;
use courant::store::memory::{Moment, Remembering};
use courant::store::{Incoming, NewSource, Store};
use sqlx::Connection;

use super::Folder;

/// Settings without which no letter leaves, and a small issue.
const SETTINGS: &[(&str, &str)] = &[
    ("name", "The Times"),
    ("sender_address", "news@times.example"),
    ("postal_address", "1 Quay Street, Harbour"),
    ("operators", "desk@times.example"),
    ("stories", "5"),
];
/// Articles in the window.
pub const ARTICLES: usize = 12;

/// A data folder with the list `times`, its cadence `daily`, a source and articles.
pub struct Paper {
    /// Its folder.
    pub folder: Folder,
    /// The list.
    pub list: ListId,
    /// Its one cadence.
    pub cadence: Cadence,
    /// When its readers are due first, and when the folder was made: ten minutes before.
    pub due: Timestamp,
    /// The same.
    pub now: Timestamp,
}

/// A short name.
pub fn slug(text: &str) -> Slug {
    Slug::parse(text).expect("a slug")
}

/// Minutes after an instant.
pub fn after(at: Timestamp, minutes: i64) -> Timestamp {
    at + jiff::SignedDuration::from_mins(minutes)
}

/// A claim's lease.
pub fn lease(owner: &str, token: i64, until: Timestamp) -> Lease<'_> {
    Lease {
        owner,
        token,
        until,
    }
}

impl Paper {
    /// A paper whose readers are due at `due`, by a cadence that fires as `expr` says.
    pub async fn new(due: Timestamp, expr: &str) -> Paper {
        let now = after(due, -10);
        let folder = Folder::new(&now.to_string()).await;
        let settings: Vec<_> = SETTINGS
            .iter()
            .map(|(k, v)| (*k, (*v).to_owned()))
            .collect();
        let list = folder.store.list_add(&slug("times"), &settings, now).await;
        let list = list.expect("a list");
        let expr = CronExpr::parse(expr).expect("an expression");
        let name = slug("daily");
        let added = folder.store.cadence_add(list, &name, &expr, now).await;
        added.expect("a cadence");
        let cadence = folder.store.cadence(list, &name).await.expect("a cadence");
        let paper = Paper {
            folder,
            list,
            cadence,
            due,
            now,
        };
        paper.articles("story", ARTICLES, after(now, -60)).await;
        paper
    }

    /// The paper of 25 November 2026, due daily at 07:00 UTC.
    pub async fn daily() -> Paper {
        Paper::new(super::at("2026-11-25T07:00:00Z"), "0 7 * * *").await
    }

    /// A paper due so many minutes from the real now, and then not again for about half a year.
    pub async fn due_in(minutes: i64) -> Paper {
        let now = Clock::system().now();
        let month: i64 = now.strftime("%m").to_string().parse().expect("a month");
        let at = Timestamp::from_second(after(now, minutes).as_second()).expect("an instant");
        Paper::new(at, &format!("0 7 15 {} *", (month + 5) % 12 + 1)).await
    }

    /// Its database.
    pub fn store(&self) -> &Store {
        &self.folder.store
    }

    /// Puts `n` more articles in, dated `dated`.
    pub async fn articles(&self, name: &str, n: usize, dated: Timestamp) {
        let store = self.store();
        let source = imported(name, "The Wire");
        let id = store.source_add(&source, &[self.list], dated).await;
        let id = id.expect("a source");
        let articles: Vec<Incoming> = (0..n).map(|n| article(name, n, dated)).collect();
        let put = store.articles_put(id, &articles, dated).await;
        assert_eq!(put.expect("stored").new, n);
    }

    /// The source rewrites one of its articles: another headline, and a summary that goes on.
    pub async fn rewrite(&self, name: &str, n: usize, dated: Timestamp, at: Timestamp) {
        let store = self.store();
        let sources = store.sources(None).await.expect("sources");
        let source = sources.iter().find(|s| s.slug == slug(name));
        let mut changed = article(name, n, dated);
        let text = &mut changed.article.text;
        text.headline.push_str(", as it is known now");
        text.summary
            .push_str(" The mayor has said since that all berths open on Monday.");
        let id = source.expect("a source").id;
        let put = store.articles_put(id, &[changed], at).await;
        assert_eq!(put.expect("stored").revised, 1);
    }

    /// A subscription about to begin, due with the paper.
    pub fn new_reader(&self, address: &str) -> NewSubscription {
        let address = Address::parse(address).expect("an address");
        NewSubscription {
            list: self.list,
            hash: self.folder.keys.address_hash(&address),
            address,
            terms: Terms {
                cadence: self.cadence.name.clone(),
                hour: None,
                zone: Zone::utc(),
                language: "en".to_owned(),
                length: Length::Long,
                images: true,
                text_only: false,
                topics: Vec::new(),
                places: Vec::new(),
                resume_on: None,
            },
            cadence: self.cadence.id,
            standing: Standing::Active,
            due: Some(Due {
                at: self.due,
                run: self.run(),
                cadence: self.cadence.id,
            }),
            by: "test".to_owned(),
        }
    }

    /// The run of its first edition.
    pub fn run(&self) -> Run {
        Run::parse(&self.due.strftime("%Y-%m-%d").to_string()).expect("a run")
    }

    /// Adds readers; their subscriptions, in order.
    pub async fn readers(&self, addresses: &[&str]) -> Vec<SubscriptionId> {
        let mut ids = Vec::new();
        for address in addresses {
            let new = self.new_reader(address);
            let added = self.store().subscriber_add(&new, false, self.now).await;
            ids.push(added.expect("added"));
        }
        ids
    }

    /// The hash that an address is known by.
    pub fn hash(&self, address: &str) -> AddressHash {
        let address = Address::parse(address).expect("an address");
        self.folder.keys.address_hash(&address)
    }

    /// The press of the folder.
    pub fn press(&self) -> Press {
        Press {
            store: self.store().clone(),
            settings: PressSettings {
                lanes: Default::default(),
                public_url: "https://news.example".to_owned(),
                one_click: true,
                mail: Default::default(),
                key_id: "k1".to_owned(),
                themes: Default::default(),
                deadline_hours: 72,
            },
        }
    }

    /// Plans every wave due at `now` plus ten minutes or earlier.
    pub async fn plan_at(&self, now: Timestamp) -> Vec<PlannedWave> {
        let mut planned = Vec::new();
        let waves = self.store().due_waves(after(now, 10)).await;
        for wave in waves.expect("read") {
            planned.push(self.press().plan(&wave, now, now).await.expect("planned"));
        }
        planned
    }

    /// Plans the first edition.
    pub async fn plan(&self) -> Edition {
        let planned = self.plan_at(self.now).await;
        planned.into_iter().next().expect("a wave").edition
    }

    /// A delivery to 127.0.0.1 at this port, whose clock starts at `now`.
    pub fn delivery(&self, port: u16, now: Timestamp) -> Delivery {
        self.delivery_over(Relay::new("127.0.0.1", port, Tls::None), now)
    }

    /// A delivery over this relay, whose clock starts at `now`.
    pub fn delivery_over(&self, relay: Relay, now: Timestamp) -> Delivery {
        static OWNERS: std::sync::atomic::AtomicI64 = std::sync::atomic::AtomicI64::new(1);
        let n = OWNERS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let store = self.store().clone();
        let letters = Letters::new(store.clone(), self.folder.keys.clone());
        let relay = RelaySettings {
            name: "smtp".to_owned(),
            relay,
            limits: RelayLimits {
                connections: 4,
                ..RelayLimits::default()
            },
        };
        let settings = DeliverySettings {
            relays: vec![relay],
            lanes: LaneTable::default(),
            retry: Default::default(),
        };
        let (clock, letters) = (Clock::starting_at(now), std::sync::Arc::new(letters));
        Delivery::new(store, letters, settings, clock, &n.to_string(), n << 32)
    }

    /// The ledger row of a subscription.
    pub async fn row(
        &self,
        edition: EditionId,
        of: SubscriptionId,
    ) -> courant::domain::delivery::Delivery {
        let rows = self.rows(edition).await;
        let found = rows.into_iter().find(|r| r.subscription == of);
        found.expect("a row")
    }

    /// The first edition, once it was planned.
    pub async fn edition(&self) -> Option<EditionId> {
        let run = self.run();
        let found = self
            .store()
            .edition_find(self.list, self.cadence.id, &run)
            .await;
        found.expect("read").map(|e| e.id)
    }

    /// All rows of an edition.
    pub async fn rows(&self, edition: EditionId) -> Vec<courant::domain::delivery::Delivery> {
        let (mut rows, mut after) = (Vec::new(), SubscriberId(0));
        loop {
            let page = self.store().deliveries(edition, after, 10_000).await;
            let page = page.expect("read");
            match page.last() {
                Some(last) => after = last.subscriber,
                None => return rows,
            }
            rows.extend(page);
        }
    }

    /// Takes a reader off the list.
    pub async fn leaves(&self, reader: SubscriptionId) {
        let gone = Standing::Unsubscribed;
        let moved = self
            .store()
            .standing_set(reader, gone, "unsubscribe", "", None, self.now);
        assert!(moved.await.expect("written"));
    }

    /// What the list's letters brought a reader, by what a replay reads just before an instant; without
    /// what this edition wrote.
    pub async fn sent(&self, reader: SubscriptionId, at: Timestamp, but: EditionId) -> Vec<Sent> {
        let of = Remembering {
            list: self.list,
            shares: Vec::new(),
            since: Timestamp::UNIX_EPOCH,
        };
        let moment = Moment {
            at,
            edition: but,
            digest: None,
        };
        let sent = self.store().memory_before(reader, &of, moment).await;
        sent.expect("read")
    }

    /// The articles of a reader's digest, in the order of its layout.
    pub async fn picks(&self, edition: EditionId, reader: SubscriptionId) -> Vec<ArticleId> {
        let digest = self.store().digest_of(edition, reader).await.expect("read");
        let digest = digest.expect("a digest");
        digest.picks.iter().map(|p| p.article).collect()
    }

    /// Every open letter was accepted.
    pub async fn arrive(&self) {
        self.sql("update delivery set state = 'accepted' where state in ('planned', 'deferred')")
            .await;
    }

    /// Runs SQL behind the store's back, on a connection of its own.
    pub async fn sql(&self, sql: &'static str) {
        let url = format!("sqlite://{}", self.store().path().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
        let done = sqlx::raw_sql(sql).execute(&mut connection).await;
        done.expect("runs");
        connection.close().await.expect("closes");
    }
}

/// The nth article of a name.
pub fn article(name: &str, n: usize, dated: Timestamp) -> Incoming {
    let url = format!("https://wire.example/{name}/{n}");
    let article = NewArticle {
        entry_key: url.clone(),
        url: CanonicalUrl::parse(&url, None).expect("a URL"),
        fragment: None,
        text: ArticleText {
            headline: format!("{name} number {n} of the harbour"),
            summary: format!("What happened at berth {n}, and what comes next ({name})."),
            byline: "A. Writer".to_owned(),
            image: None,
            body: None,
            categories: Vec::new(),
        },
        published: Some(dated),
        language: Some("en".to_owned()),
        topics: vec![TopicWeight {
            topic: slug(["harbour", "culture", "sport", "weather"][n % 4]),
            weight: 1000,
        }],
        places: Vec::new(),
    };
    Incoming {
        article,
        backlog: false,
        labels: None,
    }
}

/// A source whose articles come as rows, under a name of its own.
pub fn imported(short: &str, name: &str) -> NewSource {
    NewSource {
        slug: slug(short),
        name: name.to_owned(),
        kind: SourceKind::Import,
        location: String::new(),
        default_topic: None,
        default_language: None,
        categories: CategoryMap::default(),
        backlog: Backlog::All,
        private_network: false,
        interval_s: 600,
    }
}
