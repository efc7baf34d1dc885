//! A paper's pages over a real socket, with a receiver for the mails that they have sent, half an hour
//! after its first edition was due.

use std::sync::Arc;

use courant::clock::Clock;
use courant::deliver::confirm::Confirmations;
use courant::deliver::letters::Letters;
use courant::deliver::notice::Notices;
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::time::Timestamp;
use courant::domain::{DigestId, ListId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::web::{Answer, App, JoinSettings, LetterSource, router, serve};
use reqwest::{Client, StatusCode};
use sqlx::{Connection, Row};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::paper::{Paper, after, slug};

struct Shown(Letters);

impl LetterSource for Shown {
    fn html(&self, opened: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async move { self.0.html(opened).await.map_err(Into::into) })
    }
}

/// The pages of a paper.
pub struct ReaderPages {
    /// Whose.
    pub paper: Paper,
    /// Where they are.
    pub base: String,
    /// Their clock at the start.
    pub now: Timestamp,
    sink: SinkHandle,
    confirmations: Confirmations,
    client: Client,
}

impl ReaderPages {
    /// Serves them.
    pub async fn new(join: JoinSettings) -> ReaderPages {
        let paper = Paper::daily().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let now = after(paper.due, 30);
        let clock = Clock::starting_at(now);
        let words = Arc::new(Catalogue::parse(&Catalogue::sources()).expect("embedded"));
        let letters = Letters::new(paper.store().clone(), paper.folder.keys.clone());
        let app = App {
            store: paper.store().clone(),
            keys: paper.folder.keys.clone(),
            clock,
            public_url: base.clone(),
            letters: Arc::new(Shown(letters)),
            words: words.clone(),
            pictures: Shelf::of(paper.folder.path()),
            join,
            desk: None,
        };
        tokio::spawn(serve(listener, router(app), CancellationToken::new()));
        let receiver = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sink = Sink::start(receiver, SinkSettings::default()).expect("a sink");
        let confirmations = Confirmations {
            mail: Notices {
                store: paper.store().clone(),
                relays: vec![Relay::new("127.0.0.1", sink.addr().port(), Tls::None)],
                signer: None,
            },
            keys: paper.folder.keys.clone(),
            public_url: base.clone(),
            words,
            clock,
        };
        ReaderPages {
            paper,
            base,
            now,
            sink,
            confirmations,
            client: Client::new(),
        }
    }

    /// The port of the receiver.
    pub fn port(&self) -> u16 {
        self.sink.addr().port()
    }

    /// Sends the links that wait; how many mails left.
    pub async fn send(&self) -> u64 {
        let stop = CancellationToken::new();
        self.confirmations.send_links(&stop).await.expect("sent").0
    }

    /// Sends the links to the desk that wait; how many mails left.
    pub async fn send_desk(&self) -> u64 {
        let stop = CancellationToken::new();
        self.confirmations.send_desk(&stop).await.expect("sent").0
    }

    /// The messages that a mailbox got, oldest first.
    pub fn received(&self, to: &str) -> Vec<Vec<u8>> {
        let all = self.sink.mailbox().messages();
        let own = all.iter().filter(|m| m.recipient == to);
        own.map(|m| m.bytes.to_vec()).collect()
    }

    /// The text of the last mail to a mailbox.
    pub fn mail(&self, to: &str) -> String {
        let all = self.received(to);
        let last = all.last().expect("a mail");
        let parsed = mail_parser::MessageParser::default().parse(last);
        let text = parsed
            .expect("a message")
            .body_text(0)
            .expect("a text")
            .into_owned();
        text.replace("\r\n", "\n")
    }

    /// The paths in the last mail to a mailbox.
    pub fn paths(&self, to: &str) -> Vec<String> {
        let mail = self.mail(to);
        let lines = mail.lines().map(str::trim);
        let paths = lines.filter_map(|line| line.strip_prefix(self.base.as_str()));
        paths.map(str::to_owned).collect()
    }

    /// A path of a list of the paper's.
    pub fn path_of(
        &self,
        list: ListId,
        purpose: Purpose,
        who: SubscriptionId,
        which: i64,
    ) -> String {
        let to = Opened {
            list,
            subscription: who,
            digest: DigestId(which),
        };
        let token = self.paper.folder.keys.token("k1", purpose, to);
        format!("/{purpose}/{}", token.expect("a key"))
    }

    /// A path of the paper's list.
    pub fn path(&self, purpose: Purpose, who: SubscriptionId, which: i64) -> String {
        self.path_of(self.paper.list, purpose, who, which)
    }

    /// The preferences of a reader.
    pub fn preferences(&self, who: SubscriptionId) -> String {
        self.path(Purpose::Preferences, who, 0)
    }

    /// A fresh link, made so many minutes ago.
    pub fn fresh(&self, purpose: Purpose, who: SubscriptionId, minutes: i64) -> String {
        let made = after(self.now, -minutes);
        self.path(purpose, who, made.as_millisecond())
    }

    /// The token of a form that was made ten seconds ago, of no list.
    pub fn form(&self, seconds: i64) -> String {
        let made = self.now.as_millisecond() - seconds * 1000;
        let to = Opened {
            list: ListId(0),
            subscription: SubscriptionId(0),
            digest: DigestId(made),
        };
        let token = self.paper.folder.keys.token("k1", Purpose::Form, to);
        token.expect("a key")
    }

    /// A page.
    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let response = self.client.get(format!("{}{path}", self.base)).send().await;
        let response = response.expect("an answer");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-robots-tag", "noindex, nofollow"),
        ] {
            assert_eq!(response.headers()[name], value, "{path}");
        }
        (response.status(), response.text().await.expect("a text"))
    }

    /// What a form brings.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        self.post_with(path, fields, &[]).await
    }

    /// The same, with these headers.
    pub async fn post_with(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> (StatusCode, String) {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let request = self.client.post(format!("{}{path}", self.base));
        let mut request = request.body(body).header(kind.0, kind.1);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("an answer");
        (response.status(), response.text().await.expect("a text"))
    }

    /// Every row of every table, as text.
    pub async fn dump(&self) -> Vec<String> {
        let url = format!("sqlite://{}", self.paper.store().path().display());
        let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opens");
        let tables: Vec<String> =
            sqlx::query_scalar("select name from sqlite_master where type = 'table' order by name")
                .fetch_all(&mut db)
                .await
                .expect("tables");
        let mut rows = Vec::new();
        for table in tables {
            let columns: Vec<String> = sqlx::query_scalar("select name from pragma_table_info($1)")
                .bind(&table)
                .fetch_all(&mut db)
                .await
                .expect("columns");
            let quoted: Vec<String> = columns.iter().map(|c| format!("quote({c})")).collect();
            let text = format!("select {} from {table}", quoted.join(" || ',' || "));
            let read = sqlx::query(sqlx::AssertSqlSafe(text))
                .fetch_all(&mut db)
                .await;
            for row in read.expect("rows") {
                rows.push(format!("{table}: {}", row.get::<String, _>(0)));
            }
        }
        rows
    }

    /// Another list of the publisher's, with a cadence, open to whoever confirms.
    pub async fn another_list(&self, name: &str) -> ListId {
        let settings = [
            ("name", format!("The {name}")),
            ("sender_address", "evening@times.example".to_owned()),
        ];
        let (store, now) = (self.paper.store(), self.paper.now);
        let list = store
            .list_add(&slug(name), &settings, now)
            .await
            .expect("a list");
        let expr = courant::domain::time::CronExpr::parse("0 18 * * *").expect("valid");
        let added = store.cadence_add(list, &slug("evening"), &expr, now).await;
        added.expect("a cadence");
        list
    }
}
