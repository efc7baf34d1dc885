//! The pages of a paper over a real socket, and a look at everything that its database holds.

use std::path::Path;
use std::sync::Arc;

use courant::clock::Clock;
use courant::deliver::letters::Letters;
use courant::deliver::letters::issue::Everybody;
use courant::deliver::notice::Notices;
use courant::deliver::smtp::Relay;
use courant::domain::archive::Issued;
use courant::domain::{DigestId, ListId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::web::{Answer, App, DeskParts, LetterSource, router, serve};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use sqlx::{Connection, Row};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::paper::Paper;

/// One letter for every token.
struct OneLetter;

impl LetterSource for OneLetter {
    fn html(&self, _: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(Some("<!doctype html><p>The letter".to_owned())) })
    }
}

/// Letters and issues out of a paper's database.
pub struct RealLetters(pub Letters);

impl LetterSource for RealLetters {
    fn html(&self, opened: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async move { self.0.html(opened).await.map_err(Into::into) })
    }

    fn issue<'a>(&'a self, issue: &'a Issued, to: Everybody<'a>) -> Answer<'a, Option<String>> {
        Box::pin(async move { self.0.issue(issue, to).await.map_err(Into::into) })
    }
}

/// An answer, read to its end.
pub struct Said {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Said {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

/// A paper's pages.
pub struct Pages {
    /// The paper.
    pub paper: Paper,
    /// Where they are.
    pub base: String,
    client: Client,
}

impl Pages {
    /// Serves them, at the paper's own time.
    pub async fn of(paper: Paper) -> Pages {
        Pages::with(paper, Arc::new(OneLetter), Vec::new()).await
    }

    /// The same, with its own letters and issues.
    pub async fn real(paper: Paper) -> Pages {
        Pages::desk(paper, Vec::new()).await
    }

    /// The same, with relays for what the desk mails at once.
    pub async fn desk(paper: Paper, relays: Vec<Relay>) -> Pages {
        let letters = Letters::new(paper.store().clone(), paper.folder.keys.clone());
        Pages::with(paper, Arc::new(RealLetters(letters)), relays).await
    }

    async fn with(paper: Paper, letters: Arc<dyn LetterSource>, relays: Vec<Relay>) -> Pages {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let app = App {
            store: paper.store().clone(),
            keys: paper.folder.keys.clone(),
            clock: Clock::starting_at(paper.now),
            public_url: base.clone(),
            letters,
            words: Arc::new(Catalogue::parse(&Catalogue::sources()).expect("words")),
            pictures: Shelf::of(paper.folder.path()),
            join: Default::default(),
            desk: Some(DeskParts {
                press: paper.press(),
                letters: Letters::new(paper.store().clone(), paper.folder.keys.clone()),
                mail: Notices {
                    store: paper.store().clone(),
                    relays,
                    signer: None,
                },
            }),
        };
        tokio::spawn(serve(listener, router(app), CancellationToken::new()));
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        Pages {
            paper,
            base,
            client: client.build().expect("a client"),
        }
    }

    /// A token of this purpose.
    pub fn token(&self, purpose: Purpose, reader: SubscriptionId) -> String {
        token(&self.paper, purpose, (self.paper.list, reader, 0))
    }

    /// Asks, with these headers and this form.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: Option<&str>,
    ) -> Said {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(form) = form {
            let kind = ("content-type", "application/x-www-form-urlencoded");
            request = request.header(kind.0, kind.1).body(form.to_owned());
        }
        let answer = request.send().await.expect("answered");
        Said {
            status: answer.status(),
            headers: answer.headers().clone(),
            text: answer.text().await.expect("a text"),
        }
    }

    /// A page.
    pub async fn get(&self, path: &str) -> Said {
        self.ask(Method::GET, path, &[], None).await
    }

    /// A form, sent as a browser does from our own page.
    pub async fn post(&self, path: &str, form: &str) -> Said {
        let own = [("sec-fetch-site", "same-origin")];
        self.ask(Method::POST, path, &own, Some(form)).await
    }

    /// Every row of every table, as text.
    pub async fn dump(&self) -> Vec<String> {
        dump(self.paper.folder.path()).await
    }
}

/// A token of a paper's keys: list, subscription, digest.
pub fn token(paper: &Paper, purpose: Purpose, to: (ListId, SubscriptionId, i64)) -> String {
    let to = Opened {
        list: to.0,
        subscription: to.1,
        digest: DigestId(to.2),
    };
    paper.folder.keys.token("k1", purpose, to).expect("a token")
}

/// Every row of every table of a folder's database, as text.
pub async fn dump(folder: &Path) -> Vec<String> {
    let url = format!("sqlite://{}", folder.join("courant.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.expect("opened");
    let tables = "select name from sqlite_master where type = 'table' order by name";
    let tables: Vec<String> = sqlx::query_scalar(tables)
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
        let all = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&mut db);
        for row in all.await.expect("rows") {
            rows.push(format!("{table}: {}", row.get::<String, _>(0)));
        }
    }
    rows
}
