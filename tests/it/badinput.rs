//! What people and the world hand in that will not do: refused in words, with a hint and the right
//! exit code, and nothing half-written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use sqlx::{Connection, Row};

use crate::support::Folder;
use crate::support::binary::{self, Said, typed};

/// A data folder with the list `times`, which has no sender, and one subscriber.
struct Desk(Folder);

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        for args in [
            &["list", "add", "times", "--name", "The Times"][..],
            &["topic", "add", "harbour"],
            &["subscriber", "add", "times", "mara@example.org"],
        ] {
            let (code, _, stderr) = desk.run(args);
            assert_eq!(code, 0, "{stderr}");
        }
        desk
    }

    fn run(&self, args: &[&str]) -> Said {
        binary::courant(self.0.path(), args)
    }

    fn file(&self, name: &str, octets: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Every row of every table, as text.
    async fn rows(&self) -> Vec<String> {
        let url = format!("sqlite://{}", self.path("courant.db").display());
        let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let names = "select name from sqlite_master where type = 'table' order by name";
        let tables: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut db).await.unwrap();
        let mut rows = Vec::new();
        for table in tables {
            let columns = "select name from pragma_table_info($1)";
            let columns = sqlx::query_scalar(columns).bind(&table);
            let columns: Vec<String> = columns.fetch_all(&mut db).await.unwrap();
            let quoted: Vec<String> = columns.iter().map(|c| format!("quote({c})")).collect();
            let text = format!("select {} from {table}", quoted.join(" || ',' || "));
            let query = sqlx::query(sqlx::AssertSqlSafe(text));
            for row in query.fetch_all(&mut db).await.unwrap() {
                rows.push(format!("{table}: {}", row.get::<String, _>(0)));
            }
        }
        rows
    }

    /// A command that is refused in exactly these words, with nothing on stdout and nothing written.
    async fn refuses(&self, args: &[&str], code: i32, stderr: &str) {
        let before = self.rows().await;
        assert!(before.iter().any(|row| row.starts_with("subscription: ")));
        let expected = (code, String::new(), stderr.to_owned());
        assert_eq!(self.run(args), expected, "{args:?}");
        assert_eq!(self.rows().await, before, "{args:?} wrote something");
    }
}

#[tokio::test]
async fn a_feed_that_is_none_is_not_added_and_a_torn_one_brings_what_it_has() {
    let desk = Desk::new().await;
    let none = desk.file("none.xml", b"not found, sorry\x1b[2J");
    let words = "error: the source `none` was not added: this is neither XML nor JSON; it starts \
                 with `not found, sorry[2J`\nhint: RSS, RDF, Atom and JSON Feed are read\n";
    desk.refuses(&["source", "add", "none", &none], 1, words)
        .await;
    let (code, _, stderr) = desk.run(&["source", "parse", &none]);
    assert_eq!(code, 1, "{stderr}");

    let torn = desk.file(
        "torn.xml",
        b"<rss version='2.0'><channel><title>Torn & <b>worn</title><item><title>One story \
          here</title><link>https://x.example/1</link></item><item><title>Another & <i>story",
    );
    let (code, stdout, stderr) = desk.run(&["source", "add", "torn", &torn]);
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stdout.contains("\nfound: 1 new (1 of them backlog), 1 refused\n"),
        "{stdout}"
    );
    assert!(stdout.contains("  One story here\n"), "{stdout}");
    assert!(
        stderr.ends_with(
            "problem: feed: the document ends in the middle; what came before the end was read\n\
             problem: entry 2, `link`: the entry has no link\n"
        ),
        "{stderr}"
    );
}

/// Answers every request with 50 MiB, announced or not, and says how much of it was taken.
fn endless(announced: bool) -> (String, std::thread::JoinHandle<usize>) {
    const SIZE: usize = 50 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/feed", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut piece = [0; 1024];
        let n = stream.read(&mut piece).unwrap();
        assert!(piece[..n].starts_with(b"GET /feed"));
        let length = match announced {
            true => format!("content-length: {SIZE}\r\n"),
            false => String::new(),
        };
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n{length}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let block = [b'x'; 1 << 16];
        let mut sent = 0;
        while sent < SIZE && stream.write_all(&block).is_ok() {
            sent += block.len();
        }
        sent
    });
    (url, served)
}

#[tokio::test]
async fn a_feed_of_fifty_megabytes_is_refused_by_its_size() {
    let desk = Desk::new().await;
    for announced in [true, false] {
        let (url, served) = endless(announced);
        let words = format!(
            "error: the source `big` was not added: `{url}` sends more than 10485760 octets\n"
        );
        desk.refuses(
            &["source", "add", "big", &url, "--private-network"],
            1,
            &words,
        )
        .await;
        let sent = served.join().unwrap();
        assert!(sent < 40 << 20, "it was read on: {sent}");
    }
    let file = desk.file("big.xml", &vec![b'x'; 50 << 20]);
    let words =
        "error: the source `big` was not added: the document has more than 10485760 octets\n";
    desk.refuses(&["source", "add", "big", &file], 1, words)
        .await;
    let words = "error: the document has more than 10485760 octets\n";
    desk.refuses(&["source", "parse", &file], 1, words).await;
}

#[tokio::test]
async fn a_line_break_never_gets_into_a_header() {
    let desk = Desk::new().await;
    let row =
        r#"{"url":"https://x.example/2","headline":"A title\r\nBcc: all@x.example\u001b[31m"}"#;
    let rows = desk.file("rows.jsonl", row.as_bytes());
    let (code, _, stderr) = desk.run(&["article", "import", &rows]);
    assert_eq!(code, 0, "{stderr}");
    let (_, stdout, _) = desk.run(&["article", "list", "--json"]);
    assert!(
        stdout.contains("\"headline\":\"A title Bcc: all@x.example [31m\"")
            || stdout.contains("\"headline\":\"A title Bcc: all@x.example[31m\""),
        "{stdout}"
    );

    let hint = "hint: display name of the sender (default: the masthead)";
    let words = "it has a line break or another control character";
    let sender = "A\r\nBcc: all@x.example\u{1b}[31m";
    desk.refuses(
        &["list", "set", "times", "sender_name", sender],
        2,
        &format!(
            "error: `A\u{fffd}\u{fffd}Bcc: all@x.example\u{fffd}[31m` will not do for \
             `sender_name`: {words}\n{hint}\n"
        ),
    )
    .await;
    for (key, value) in [
        ("sender_address", "news@x.example\r\nBcc: all@x.example"),
        ("reply_to", "news@x.example\nx"),
        ("name", "A\nB"),
    ] {
        let before = desk.rows().await;
        let (code, stdout, stderr) = desk.run(&["list", "set", "times", key, value]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert_eq!(stderr.lines().count(), 2, "an error and a hint: {stderr}");
        assert_eq!(desk.rows().await, before);
    }
    let words = "error: `a\u{fffd}[31m` is no short name: it takes 1 to 40 characters out of a-z, \
                 0-9 and -\nhint: `a-31m` would do\n";
    desk.refuses(&["topic", "add", "a\u{1b}[31m"], 2, words)
        .await;
}

#[tokio::test]
async fn a_list_without_a_sender_sends_nothing() {
    let desk = Desk::new().await;
    let words = "error: list `times` cannot send: sender_address, postal_address, operators not \
                 set\nhint: `courant list set times sender_address …`\n";
    desk.refuses(&["edition", "plan", "times"], 3, words).await;
    desk.refuses(&["edition", "send", "times"], 3, words).await;
    let toml = "[smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n";
    desk.file("courant.toml", toml.as_bytes());
    desk.refuses(&["edition", "send", "times", "--yes"], 3, words)
        .await;
    let words = "also: list `times` has no postal_address\n      \
                 `courant list set times postal_address VALUE`\n\
                 also: list `times` has no operators\n      \
                 `courant list set times operators VALUE`\n\
                 error: cannot serve: list `times` has no sender_address (and 2 more)\n\
                 hint: `courant list set times sender_address VALUE`\n";
    desk.refuses(&["serve"], 3, words).await;
    assert!(
        !desk.path("courant.lock").exists(),
        "it never became the owner"
    );
}

#[tokio::test]
async fn zones_and_hours_that_are_none_are_refused_with_one_that_is() {
    let desk = Desk::new().await;
    let near = "`Europe/Berln` will not do for `home_zone`: it is not a time zone; did you mean \
                `Europe/Berlin`?";
    let words = format!(
        "error: {near}\nhint: IANA zone of new subscriptions, such as Europe/Berlin (default: UTC)\n"
    );
    let set = ["list", "set", "times", "home_zone", "Europe/Berln"];
    desk.refuses(&set, 2, &words).await;
    let words = "error: `Mars/Olympus` is not a time zone\n\
                 hint: write an IANA name, such as `Europe/Berlin`\n";
    let add = [
        "subscriber",
        "add",
        "times",
        "otto@example.org",
        "--zone",
        "Mars/Olympus",
    ];
    desk.refuses(&add, 2, words).await;
    let next = ["schedule", "next", "0 7 * * *", "--tz", "Mars/Olympus"];
    desk.refuses(&next, 2, words).await;
    let words = "error: hour: `25` is out of range 0 to 23\n\
                 hint: write an hour from 0 to 23; midnight is 0\n";
    desk.refuses(
        &["list", "cadence", "times", "daily", "0 25 * * *"],
        2,
        words,
    )
    .await;
    desk.refuses(&["schedule", "next", "0 25 * * *"], 2, words)
        .await;
    let words = "error: `* * * *` has 4 fields, a cron expression has 5\n\
                 hint: the five fields are minute, hour, day of month, month, day of week\n";
    desk.refuses(&["schedule", "next", "* * * *"], 2, words)
        .await;
    let words = "error: `0 0 30 2 *` never fires: there is no such day\n\
                 hint: `courant schedule next \"0 0 30 2 *\"` shows when an expression fires\n";
    desk.refuses(
        &["list", "cadence", "times", "leap", "0 0 30 2 *"],
        2,
        words,
    )
    .await;
}

#[tokio::test]
async fn a_mailbox_subscribes_once() {
    let desk = Desk::new().await;
    for (address, read) in [
        ("mara@example.org", "mara@example.org"),
        ("MARA@Example.ORG", "MARA@example.org"),
    ] {
        let words = format!(
            "error: `{read}` is subscribed to `times` already\n\
             hint: `courant subscriber set times {read}` changes what they asked for\n"
        );
        desk.refuses(&["subscriber", "add", "times", address], 1, &words)
            .await;
    }
    let words = "error: not a mail address: it needs the form name@domain\n\
                 hint: write it as name@example.org, without a display name or brackets\n";
    desk.refuses(&["subscriber", "add", "times", "mara"], 2, words)
        .await;
}

#[tokio::test]
async fn an_option_that_is_none_is_named_with_the_one_that_was_meant() {
    let desk = Desk::new().await;
    desk.file(
        "courant.toml",
        b"[smtp]\nhots = \"x\"\nport = \"abc\"\n[sever]\nlisten = 3\n",
    );
    let words = "error: courant.toml, line 5: there is no option `sever.listen`\n       \
                 courant.toml, line 2: there is no option `smtp.hots`\n       \
                 courant.toml, line 3: `abc` is no whole number from 1 to 65535\n\
                 hint: did you mean `server.listen`?\n";
    desk.refuses(&["list", "list"], 3, words).await;
    desk.refuses(&["serve"], 3, words).await;
    let (code, stdout, stderr) = desk.run(&["config", "check"]);
    assert_eq!((code, stderr.as_str()), (3, ""));
    assert_eq!(
        stdout,
        "courant.toml, line 5: there is no option `sever.listen`\n  \
         hint: did you mean `server.listen`?\n\
         courant.toml, line 2: there is no option `smtp.hots`\n  \
         hint: did you mean `smtp.host`?\n\
         courant.toml, line 3: `abc` is no whole number from 1 to 65535\n  \
         hint: smtp.port: 587 for STARTTLS, 465 for implicit TLS\n"
    );
    std::fs::remove_file(desk.path("courant.toml")).unwrap();
    let home = desk.0.path().to_str().unwrap();
    let named = typed(
        &["--home", home, "list", "list"],
        &[("COURANT_SMTP__HOTS", "x")],
    );
    let words = "error: COURANT_SMTP__HOTS: there is no option `smtp.hots`\n\
                 hint: did you mean `smtp.host`?\n";
    assert_eq!(binary::run(named, ""), (3, String::new(), words.to_owned()));
}

#[tokio::test]
async fn keys_that_cannot_be_read_stop_everything_that_needs_them() {
    let desk = Desk::new().await;
    let key = desk.path("courant.key");
    let shown = key.display();
    std::fs::remove_file(&key).unwrap();
    let words = format!(
        "error: cannot read the key file `{shown}`: No such file or directory (os error 2)\n\
         hint: restore it from a backup: with a new one nobody could be found, or leave\n"
    );
    desk.refuses(&["list", "list"], 3, &words).await;
    // A folder, since a file without permissions can be read by root.
    std::fs::create_dir(&key).unwrap();
    let words = format!(
        "error: cannot read the key file `{shown}`: Is a directory (os error 21)\n\
         hint: it must be a file that this user may read; `courant init` writes none over it\n"
    );
    for args in [
        &["list", "list"][..],
        &["serve"],
        &["edition", "plan", "times"],
    ] {
        desk.refuses(args, 3, &words).await;
    }
    std::fs::remove_dir(&key).unwrap();
    desk.file("courant.key", b"k1 tooshort\n");
    let words = format!(
        "error: cannot use `{shown}`: line 1 of the key file is not `id key`, a short name and 32 \
         octets in base64url\nhint: restore the key file from a backup: with a new key, links \
         already mailed stop working\n"
    );
    desk.refuses(&["list", "list"], 3, &words).await;
}

#[tokio::test]
async fn a_database_that_is_missing_is_not_made_in_passing() {
    let desk = Desk::new().await;
    desk.0.store.close().await;
    let database = desk.path("courant.db");
    std::fs::remove_file(&database).unwrap();
    let words = format!(
        "error: there is no database at `{}`\nhint: `courant init` makes one\n",
        database.display()
    );
    let copy = desk.path("copy.db");
    for args in [
        &["list", "list"][..],
        &["serve"],
        &["migrate"],
        &["edition", "plan", "times"],
        &["backup", copy.to_str().unwrap()],
    ] {
        assert_eq!(
            desk.run(args),
            (4, String::new(), words.clone()),
            "{args:?}"
        );
        assert!(!database.exists() && !copy.exists(), "{args:?} made one");
    }
    desk.file(
        "courant.db",
        b"this is a letter to my aunt, and no database",
    );
    let words = format!(
        "error: cannot open the database `{}`: error returned from database: (code: 26) file is \
         not a database\nhint: restore a backup: `courant backup FILE` writes them\n",
        database.display()
    );
    assert_eq!(desk.run(&["list", "list"]), (4, String::new(), words));
    let kept = std::fs::read(&database).unwrap();
    assert_eq!(kept, b"this is a letter to my aunt, and no database");
}

#[tokio::test]
async fn bad_rows_are_named_and_good_ones_are_taken() {
    let desk = Desk::new().await;
    let rows = desk.file(
        "rows.jsonl",
        br#"{"url":"https://x.example/1","headline":"The one that is whole"}
{"url":"nope","headline":"x"}
{broken

[1]
{"headline":"no url"}
{"url":"javascript:alert(1)","headline":"js"}
{"url":"https://x.example/5","headline":"  "}
"#,
    );
    let problems = "line 2, `url`: `nope` is no URL\n\
         line 3: the line is no JSON: key must be a string at line 1 column 2\n\
         line 5: the line is no JSON object\n\
         line 6, `url`: the row has no `url` (or `link`)\n\
         line 7, `url`: `javascript:alert(1)` is not http or https\n\
         line 8, `headline`: the row has no `headline` (or `title`)\n";
    let (code, stdout, stderr) = desk.run(&["article", "import", &rows]);
    let sum = "`import`: 1 new, 0 revised, 0 unchanged, 6 refused\n";
    assert_eq!((code, stdout.as_str()), (6, sum), "{stderr}");
    assert_eq!(
        stderr,
        format!(
            "made the source `import` for times\nletters name no source for its stories; \
             `courant source set import name NAME` gives it one\n{problems}"
        )
    );
    let (_, stdout, _) = desk.run(&["article", "list", "--json"]);
    assert_eq!(stdout.matches("\"headline\":").count(), 1, "{stdout}");
    assert!(stdout.contains("The one that is whole"), "{stdout}");

    // Nothing but bad rows: it failed, and not even a source is made.
    let rows = desk.file("bad.jsonl", b"{\"url\":\"nope\",\"headline\":\"x\"}\n[1]\n");
    let words = "line 1, `url`: `nope` is no URL\nline 2: the line is no JSON object\n\
                 error: none of the 2 rows could be taken\n";
    desk.refuses(&["article", "import", &rows, "--source", "late"], 1, words)
        .await;
    let page = desk.file("empty.txt", b"   ");
    let words = "error: the document is empty\nhint: check the address, or the file: nothing came from it\n";
    let url = "https://x.example/page";
    let import = [
        "article", "import", "--page", &page, "--url", url, "--source", "late",
    ];
    desk.refuses(&import, 1, words).await;
}
