//! People from other services, as an admin brings them in: mapping, consent, who is kept away, what is
//! rejected, and a second run.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::Folder;
use crate::support::binary::{Said, courant, courant_reading};

/// A folder whose list `times` offers the topics `harbour` and `culture` and the place `port`.
struct Desk(Folder);

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        for args in [
            &["list", "add", "times", "--name", "The Times"][..],
            &["list", "cadence", "times", "daily", "0 7 * * *"],
            &["topic", "add", "harbour", "Harbour news"],
            &["topic", "add", "culture", "Arts"],
            &["place", "add", "port", "Old Port"],
        ] {
            assert_eq!(desk.run(args).0, 0, "{args:?}");
        }
        desk
    }

    fn run(&self, args: &[&str]) -> Said {
        courant(self.0.path(), args)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&self, path: &std::path::Path, more: &[&str]) -> (i32, Value, String) {
        let path = path.to_str().unwrap();
        let args = [&["subscriber", "import", path, "--json"], more].concat();
        let (code, out, err) = self.run(&args);
        let value = serde_json::from_str(&out).unwrap_or(Value::Null);
        (code, value, err)
    }

    fn show(&self, address: &str) -> Value {
        let (code, out, err) = self.run(&["subscriber", "show", address, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    }

    fn receipts(&self, address: &str) -> Value {
        let (code, out, err) = self.run(&["consent", "show", address, "--json"]);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    }
}

const MAILCHIMP: &str = "Email Address,First Name,Interests,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\
CONFIRM_IP,TIMEZONE,LEID,EUID,TAGS\n";

fn mailchimp() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let subscribed = format!(
        "{MAILCHIMP}Mara@Example.org,Mara,\"Arts, Harbour news\",2,2023-01-02 03:04:05,198.51.100.7,\
2023-01-02 04:00:00,198.51.100.8,Europe/Berlin,1,a,\"\"\"VIP\"\",\"\"Old Port\"\"\"\n\
ben@example.org,Ben,,2,,,,,,2,b,\n\
cleaned@example.org,Cleo,,2,2023-01-02 03:04:05,,,,,3,c,\n\
not an address,,,2,2023-01-02 03:04:05,,,,,4,d,\n"
    );
    let left = format!("{MAILCHIMP}gone@example.org,Gus,,2,2023-01-02 03:04:05,,,,,5,e,\n");
    let cleaned = format!("{MAILCHIMP}cleaned@example.org,Cleo,,2,2023-01-02 03:04:05,,,,,6,f,\n");
    for (name, text) in [
        ("subscribed_members_export_1.csv", subscribed),
        ("unsubscribed_members_export_1.csv", left),
        ("cleaned_members_export_1.csv", cleaned),
        ("readme.txt", "nothing".to_owned()),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn a_mailchimp_archive_keeps_consent_and_nobody_who_left() {
    let desk = Desk::new().await;
    let path = desk.file("export.zip", mailchimp());
    let (code, said, err) = desk.import(&path, &["--dry-run"]);
    assert_eq!(
        (code, &said["imported"], &said["rejected"]),
        (6, &1.into(), &2.into()),
        "{err}"
    );
    assert_eq!(said["next"]["without"]["too_few_stories"], 1, "{said}");
    let (_, nobody, _) = desk.run(&["subscriber", "list", "times"]);
    assert!(!nobody.contains('@'), "a dry run writes nothing");
    let (code, said, err) = desk.import(&path, &[]);
    assert_eq!(code, 6, "{err}");
    for (key, n) in [
        ("imported", 1),
        ("kept_away", 2),
        ("had_bounced", 1),
        ("rejected", 2),
    ] {
        assert_eq!(said[key], n, "{key}: {said}");
    }
    assert!(
        !err.contains("ben@") && err.contains("line 3: it does not say when"),
        "{err}"
    );
    let mara = desk.show("mara@example.org");
    let own = &mara["subscriptions"][0];
    assert_eq!(
        (&own["zone"], &own["places"][0]),
        (&"Europe/Berlin".into(), &"port".into())
    );
    assert_eq!(own["topics"].as_array().unwrap().len(), 2, "{mara}");
    let receipts = desk.receipts("mara@example.org");
    let receipt = &receipts[0];
    assert_eq!(receipt["at"], "2023-01-02T04:00:00Z");
    assert_eq!(receipt["network"], "198.51.100.0/24");
    assert_eq!(receipt["source"], "subscribed_members_export_1.csv");
    assert_eq!(said["not_understood"][0]["values"][0], "VIP (1)", "{said}");
    // The rejected are whole in a file of their own, which can be mended and handed in again.
    let rejected = path.with_extension("zip.rejected.csv");
    let text = std::fs::read_to_string(&rejected).unwrap();
    assert!(
        text.contains("ben@example.org") && text.contains("line"),
        "{text}"
    );
    let (code, again, _) = desk.import(&path, &[]);
    assert_eq!(
        (code, &again["imported"], &again["kept_away"]),
        (6, &0.into(), &0.into())
    );
    let (code, _, err) = desk.run(&["subscriber", "add", "times", "gone@example.org"]);
    assert!(code == 1 && err.contains("--rejoin"), "{err}");
}

#[tokio::test]
async fn every_service_is_known_by_its_columns() {
    let desk = Desk::new().await;
    let note = ["--consent-note", "moved from the old service"];
    let cases = [
        (
            "Substack",
            "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n\
             s1@example.org,false,,other,false,2022-05-06T07:08:09.000Z,\n\
             s2@example.org,false,,other,true,2022-05-06T07:08:09.000Z,\n",
        ),
        (
            "Ghost",
            "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n\
             1,g1@example.org,G,,true,,,2022-05-06T07:08:09.000Z,,\"Arts,VIP\",\n\
             2,g2@example.org,G,,false,,,2022-05-06T07:08:09.000Z,,,\n",
        ),
        (
            "listmonk",
            "uuid,email,name,attributes,status,created_at,updated_at\n\
             u,l1@example.org,L,\"{\"\"timezone\"\":\"\"Asia/Tokyo\"\",\"\"topics\"\":[\"\"harbour\"\"]}\",enabled,2022-05-06,\n\
             u,l2@example.org,L,{},blocklisted,2022-05-06,\n",
        ),
        (
            "beehiiv",
            "Email;Status;Created At;UTM Source;Subscription Tier\n\
             b1@example.org;active;2022-05-06 07:08:09;web;free\n\
             b2@example.org;inactive;2022-05-06 07:08:09;web;free\n",
        ),
        (
            "plain rows",
            "\u{feff}Ort\tE-Mail-Adresse\nOld Port\tp1@example.org\nAltona\tp2@example\n",
        ),
        (
            "plain rows",
            "{\"email\":\"j1@example.org\",\"topics\":[\"Arts\",\"none\"],\"hour\":\"06:30\"}\nnonsense\n",
        ),
    ];
    for (n, (kind, text)) in cases.into_iter().enumerate() {
        let path = desk.file(&format!("people{n}"), text);
        let (_, said, err) = desk.import(&path, &note);
        assert_eq!(said["files"][0]["kind"], kind, "{err}{said}");
        assert_eq!(said["imported"], 1, "{kind}: {err}{said}");
        let other = said["kept_away"].as_u64().unwrap() + said["rejected"].as_u64().unwrap();
        assert_eq!(other, 1, "{kind}: {said}");
    }
    let own = |address: &str| desk.show(address)["subscriptions"][0].clone();
    assert_eq!(own("g1@example.org")["topics"][0]["topic"], "culture");
    assert_eq!(own("l1@example.org")["zone"], "Asia/Tokyo");
    assert_eq!(own("l1@example.org")["topics"][0]["topic"], "harbour");
    assert_eq!(own("p1@example.org")["places"][0], "port");
    assert_eq!(own("j1@example.org")["hour"], "06:30");
    assert_eq!(
        desk.receipts("s1@example.org")[0]["at"],
        "2022-05-06T07:08:09Z"
    );
    assert_eq!(desk.receipts("s1@example.org")[0]["note"], note[1]);
}

#[tokio::test]
async fn who_is_anything_but_subscribed_in_one_row_is_signed_up_by_no_other() {
    let desk = Desk::new().await;
    let note = ["--consent-note", "moved from the old service"];
    let beehiiv = desk.file(
        "beehiiv.csv",
        "Email,Status,Created At,UTM Source\nb2@example.org,inactive,2022-05-06 07:08:09,web\n",
    );
    let (code, said, err) = desk.import(&beehiiv, &note);
    assert_eq!((code, &said["kept_away"]), (0, &1.into()), "{err}{said}");
    let plain = desk.file("plain.csv", "email\nb2@example.org\n");
    let (_, said, _) = desk.import(&plain, &note);
    assert_eq!(
        (&said["imported"], &said["had_left"]),
        (&0.into(), &1.into()),
        "{said}"
    );
    let twice = desk.file(
        "twice.csv",
        "email,status\nx@example.org,subscribed\nx@example.org,pending\ny@example.org,odd\n\
         y@example.org,active\nz@example.org,active\n",
    );
    let (code, said, err) = desk.import(&twice, &note);
    assert_eq!(
        (code, &said["imported"], &said["rejected"]),
        (6, &1.into(), &4.into()),
        "{err}{said}"
    );
    assert!(err.contains("another row of them says"), "{err}");
}

#[tokio::test]
async fn a_rejected_row_is_kept_whole_and_an_open_quote_is_told() {
    let desk = Desk::new().await;
    let note = ["--consent-note", "asked at the door"];
    let lines = desk.file(
        "lines.jsonl",
        "{\"email\":\"a@example.org\"}\n{\"email\":\"nobody\",\"name\":\"N\"}\nno, object\n",
    );
    let (code, said, err) = desk.import(&lines, &note);
    assert_eq!((code, &said["rejected"]), (6, &2.into()), "{err}{said}");
    let kept = lines.with_extension("jsonl.rejected.csv");
    let mut kept = csv::Reader::from_path(kept).unwrap();
    assert_eq!(kept.headers().unwrap().get(3), Some("text"));
    let rows: Vec<_> = kept.records().map(Result::unwrap).collect();
    assert_eq!(
        rows[0].get(3),
        Some("{\"email\":\"nobody\",\"name\":\"N\"}")
    );
    assert_eq!(rows[1].get(3), Some("no, object"));
    let broken = desk.file(
        "broken.csv",
        "email,name\n\"b@example.org,B\nc@example.org,C\nd@example.org,D\n",
    );
    let (_, said, err) = desk.import(&broken, &note);
    assert_eq!(
        (&said["imported"], &said["rejected"]),
        (&0.into(), &1.into())
    );
    assert!(
        err.contains("line 2: it takes 3 lines: a quote in it, or before it, may not be closed"),
        "{err}"
    );
    // The same in a column that is no address.
    let other = desk.file(
        "other.csv",
        "email,name,city\nb@example.org,\"B,x\nc@example.org,C,x\n",
    );
    let (_, said, err) = desk.import(&other, &note);
    assert_eq!(said["imported"], 0, "{said}");
    assert!(err.contains("may not be closed"), "{err}");
}

#[tokio::test]
async fn columns_are_known_by_their_german_names() {
    let desk = Desk::new().await;
    let path = desk.file(
        "leute.csv",
        "E-Mail;Ort;Zeitzone;Bestätigt am;Status\n\
         a@example.org;Old Port;Europe/Vienna;2024-03-04;aktiv\n\
         b@example.org;;;2024-03-04;abgemeldet\n",
    );
    let (code, said, err) = desk.import(&path, &[]);
    assert_eq!(
        (code, &said["imported"], &said["kept_away"]),
        (0, &1.into(), &1.into()),
        "{err}{said}"
    );
    let own = desk.show("a@example.org")["subscriptions"][0].clone();
    assert_eq!(
        (&own["zone"], &own["places"][0]),
        (&"Europe/Vienna".into(), &"port".into())
    );
    assert_eq!(
        desk.receipts("a@example.org")[0]["at"],
        "2024-03-04T00:00:00Z"
    );
    let (_, out, _) = desk.run(&["subscriber", "show", "b@example.org"]);
    assert!(
        out.contains("known as left elsewhere (kept as a hash)"),
        "{out}"
    );
}

/// An export without what the clock changes.
fn exported(desk: &Desk, name: &str) -> Vec<Vec<String>> {
    let to = desk.0.path().join(name);
    let (code, _, err) = desk.run(&[
        "subscriber",
        "export",
        "times",
        "--to",
        to.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{err}");
    let mut reader = csv::Reader::from_path(&to).unwrap();
    let moves = |name: &&str| ["created_at", "next_due"].contains(name);
    let headers = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        let cells = headers.iter().zip(record.iter());
        let stays = cells.filter(|(name, _)| !moves(name));
        stays.map(|(_, cell)| cell.to_owned()).collect()
    };
    reader.records().map(|r| row(r.unwrap())).collect()
}

#[tokio::test]
async fn what_is_exported_is_imported_elsewhere_as_it_was() {
    let from = Desk::new().await;
    let note = ["--consent-note", "signed in at the fair"];
    let file = from.file(
        "people.csv",
        "email,confirm_time,topics,never,paused_until\n\
         +a@example.org,2024-03-04,harbour:8,culture,\nb@example.org,,Arts,,\n\
         c@example.org,,culture:2,,2027-01-10\n",
    );
    let (code, _, err) = from.import(&file, &note);
    assert_eq!(code, 0, "{err}");
    for args in [
        &[
            "subscriber",
            "add",
            "times",
            "d@example.org",
            "--text-only",
            "on",
            "--images",
            "off",
            "--consent-note",
            "by telephone",
        ][..],
        &["subscriber", "set", "times", "d@example.org", "--pause"],
    ] {
        let (code, _, err) = from.run(args);
        assert_eq!(code, 0, "{args:?}: {err}");
    }
    let before = exported(&from, "out.csv");
    assert_eq!(before.len(), 4);
    let text = std::fs::read_to_string(from.0.path().join("out.csv")).unwrap();
    for part in [
        "harbour:8,culture,",
        ",culture:2,",
        "2027-01-10",
        ",paused,",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Nobody confirmed whom an admin brought in on a note.
    let b = before.iter().find(|row| row[0] == "b@example.org").unwrap();
    assert!(
        b.iter().any(|cell| cell == "signed in at the fair") && b[14].is_empty(),
        "{b:?}"
    );
    let to = Desk::new().await;
    let (code, said, err) = to.import(&from.0.path().join("out.csv"), &[]);
    assert_eq!((code, &said["imported"]), (0, &4.into()), "{err}{said}");
    assert_eq!(said["not_understood"], serde_json::json!([]), "{said}");
    assert_eq!(exported(&to, "out.csv"), before);
    let lines = from.0.path().join("out.jsonl");
    let args = [
        "subscriber",
        "export",
        "times",
        "--to",
        lines.to_str().unwrap(),
    ];
    assert_eq!(from.run(&args).0, 0);
    let third = Desk::new().await;
    let (code, said, err) = third.import(&lines, &[]);
    assert_eq!((code, &said["imported"]), (0, &4.into()), "{err}{said}");
    assert_eq!(exported(&third, "out.csv"), before);
}

#[tokio::test]
async fn what_cannot_be_known_is_asked_for_before_anything_is_written() {
    let desk = Desk::new().await;
    let path = desk.file("people.csv", "mail of,wants\na@example.org,Arts\n");
    let typed = path.to_str().unwrap();
    let (code, _, err) = desk.run(&["subscriber", "import", typed]);
    assert!(
        code == 2 && err.contains("hint: `--consent-note TEXT`"),
        "{err}"
    );
    let note = ["--consent-note", "asked at the door"];
    let wrong = [
        &["subscriber", "import", typed, "--map", "wants=nonsense"][..],
        &note,
    ]
    .concat();
    let (code, _, err) = desk.run(&wrong);
    assert!(code == 2 && err.contains("COLUMN=WHAT"), "{err}");
    let missing = [
        &["subscriber", "import", typed, "--map", "nothing=topic"][..],
        &note,
    ]
    .concat();
    let (code, _, err) = desk.run(&missing);
    assert!(
        code == 1 && err.contains("there are: mail of, wants"),
        "{err}"
    );
    let nobody = desk.file("nobody.csv", "a,b\n1,2\n");
    let (code, _, err) = desk.import(&nobody, &note);
    assert!(
        code == 1 && err.contains("no column holds mail addresses"),
        "{err}"
    );
    // A spreadsheet of long ago, from stdin, with a name that is told.
    let args = [
        &[
            "subscriber",
            "import",
            "-",
            "--json",
            "--label",
            "Kunst=topic:culture",
        ][..],
        &note,
    ];
    let (code, out, err) = courant_reading(
        desk.0.path(),
        &args.concat(),
        "Interests;Email\nKunst;k@example.org\n",
    );
    assert_eq!(code, 0, "{err}{out}");
    assert_eq!(
        desk.show("k@example.org")["subscriptions"][0]["topics"][0]["topic"],
        "culture"
    );
}

#[tokio::test]
async fn a_segment_is_counted_and_written_out_without_formulas() {
    let desk = Desk::new().await;
    for args in [
        &[
            "subscriber",
            "add",
            "times",
            "+mara@example.org",
            "--topic",
            "harbour:8",
        ][..],
        &[
            "subscriber",
            "add",
            "times",
            "ben@example.org",
            "--place",
            "port",
        ],
        &[
            "subscriber",
            "add",
            "times",
            "ida@example.org",
            "--topic",
            "culture",
        ],
        &["subscriber", "suppress", "ida@example.org"],
    ] {
        let (code, _, err) = desk.run(args);
        assert_eq!(code, 0, "{err}");
    }
    let segment = |more: &[&str]| -> Value {
        let args = [&["subscriber", "segment", "times", "--json"], more].concat();
        let (code, out, err) = desk.run(&args);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    };
    assert_eq!(segment(&[])["people"], 3);
    assert_eq!(segment(&["--standing", "active"])["people"], 2);
    assert_eq!(
        segment(&["--topic", "harbour", "--topic", "culture"])["people"],
        2
    );
    assert_eq!(segment(&["--place", "port"])["place"]["port"], 1);
    assert_eq!(segment(&["--quiet-for", "1d"])["people"], 0);
    assert_eq!(segment(&["--active-within", "1d"])["people"], 3);
    let to = desk.0.path().join("people.csv");
    let export = |to: &str| {
        desk.run(&[
            "subscriber",
            "export",
            "times",
            "--standing",
            "active",
            "--to",
            to,
        ])
    };
    assert_eq!(export(to.to_str().unwrap()).0, 0);
    let text = std::fs::read_to_string(&to).unwrap();
    assert!(
        text.contains("\n'+mara@example.org,active,times,daily,"),
        "{text}"
    );
    assert!(courant::disk::is_private(&to).unwrap());
    let (code, _, err) = export(to.to_str().unwrap());
    assert!(
        code == 1 && err.contains("hint: name a file that is not there yet"),
        "{err}"
    );
    let rows = desk.0.path().join("people.jsonl");
    assert_eq!(export(rows.to_str().unwrap()).0, 0);
    let text = std::fs::read_to_string(&rows).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["email"], &first["topics"][0]["weight"]),
        (&"+mara@example.org".into(), &8.into())
    );
    // What was written out can be brought in again, where they are known.
    let (code, said, err) = desk.import(&rows, &["--consent-note", "our own"]);
    assert_eq!(
        (code, &said["subscribed_already"]),
        (0, &2.into()),
        "{err}{said}"
    );
    let (_, out, _) = desk.run(&["subscriber", "history", "ben@example.org", "--json"]);
    let history: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&history[0]["what"], &history[0]["cause"]),
        (&"signed up".into(), &"admin".into())
    );
}
