//! `sponsor report`: sums that are the ledger's, in parts that name no single reader; as a table, rows,
//! JSON, and a page in a browser.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::domain::sponsor::{CreativeSize, Slot};
use courant::store::{NewCreative, NewFlight};
use serde_json::{Value, json};

use crate::support::binary::{Said, courant};
use crate::support::paper::{Paper, after, slug};

/// A paper whose 48 letters had a sponsor: 22 arrived, 21 were refused by their server, 3 were stopped,
/// 2 are still to leave.
struct Desk(Paper);

impl Desk {
    async fn new() -> Desk {
        let paper = Paper::daily().await;
        let readers: Vec<String> = (0..48).map(|n| format!("r{n}@reader.example")).collect();
        let readers: Vec<&str> = readers.iter().map(String::as_str).collect();
        paper.readers(&readers).await;
        let (store, due) = (paper.store(), paper.due);
        let sponsor = store.sponsor_add(&slug("acme"), "Acme & <Sons>", due).await;
        let new = NewFlight {
            slots: vec![Slot::S1],
            ..NewFlight::sends(
                (sponsor.unwrap(), paper.list),
                slug("winter"),
                100,
                (after(due, -60), after(due, 60)),
            )
        };
        let flight = store.flight_add(&new, due).await.unwrap();
        let creative = NewCreative {
            flight,
            size: CreativeSize::S,
            headline: None,
            text: "Ropes".to_owned(),
            url: "https://acme.example/".to_owned(),
            button: None,
            approved: true,
        };
        store.creative_add(&creative, due).await.unwrap();
        paper.plan().await;
        paper
            .sql(
                "update delivery set state = 'accepted', code = 250 where subscriber_id <= 22; \
                 update delivery set state = 'refused', code = 550, \
                  reply = '550 no r30@reader.example here' where subscriber_id between 23 and 43; \
                 update delivery set state = 'withheld', reply = 'unsubscribed' \
                  where subscriber_id between 44 and 46",
            )
            .await;
        Desk(paper)
    }

    fn run(&self, args: &[&str]) -> Said {
        courant(
            self.0.folder.path(),
            &[&["sponsor", "report"], args].concat(),
        )
    }

    fn json(&self, args: &[&str]) -> Value {
        let (code, out, err) = self.run(&[args, &["--json"]].concat());
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).unwrap()
    }
}

#[tokio::test]
async fn its_sums_are_the_ledgers_and_no_part_is_of_a_few_readers() {
    let desk = Desk::new().await;
    let told = desk.json(&["acme"]);
    let flights = courant(desk.0.folder.path(), &["flight", "list", "--json"]).1;
    let ledger: Value = serde_json::from_str(&flights).unwrap();
    let flight = &told["flights"][0];
    for sum in ["delivered", "committed", "reserved", "booked"] {
        assert_eq!(flight[sum], ledger[0][sum], "{sum}");
    }
    let sums = ["planned", "delivered", "committed", "reserved", "returned"];
    assert_eq!(
        sums.map(|s| flight[s].as_i64().unwrap()),
        [48, 22, 0, 2, 24]
    );
    assert_eq!(
        flight["returned_by"],
        json!([
            {"what": "refused by the mail server (550)", "letters": 21},
            {"what": "other", "letters": 3},
        ])
    );
    assert_eq!(flight["slots"], json!([{"what": "S1", "letters": 22}]));
    assert_eq!(flight["days"][0]["planned"], 48);
    assert!(!told.to_string().contains("reader.example"), "{told}");

    // Outside of its days there is nothing, and that is said in numbers.
    let before = desk.json(&["acme", "--to", "2000-01-01"]);
    assert_eq!(before["flights"][0]["planned"], 0);
    assert_eq!(before["flights"][0]["days"], json!([]));
}

#[tokio::test]
async fn it_is_a_table_rows_and_a_page_and_what_is_wrong_is_said() {
    let desk = Desk::new().await;
    let (code, out, err) = desk.run(&["acme"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let row = out.lines().find(|l| l.contains("winter")).unwrap();
    for cell in ["100", "48", "22", "24"] {
        assert!(row.split_whitespace().any(|w| w == cell), "{cell}: {row}");
    }
    let (code, out, _) = desk.run(&["acme", "--csv"]);
    assert_eq!(code, 0);
    let rows: Vec<&str> = out.lines().collect();
    assert!(rows[0].starts_with("sponsor,flight,list,part,of,planned,delivered"));
    assert!(rows[1].starts_with("Acme & <Sons>,winter,"), "{}", rows[1]);
    assert!(
        rows[1].ends_with(",flight,winter,48,22,0,2,24"),
        "{}",
        rows[1]
    );

    let file = desk.0.folder.path().join("report.html");
    let name = file.to_str().unwrap();
    let (code, out, err) = desk.run(&["acme", "--html", name]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.contains("report.html"), "{err}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("<h1>Acme &amp; &lt;Sons&gt;</h1>"), "{page}");
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg "));
    for outside in ["<script", "<img", "http:", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }

    for (args, said) in [
        (
            &["nobody"][..],
            "error: there is no sponsor `nobody`\nhint: the sponsors are acme\n",
        ),
        (
            &["acme", "--from", "yesterday"],
            "error: `--from yesterday` is no date\nhint: write 2026-12-31\n",
        ),
        (
            &["acme", "--from", "2026-12-02", "--to", "2026-12-01"],
            "error: `--to 2026-12-01` lies before `--from 2026-12-02`\n",
        ),
    ] {
        let (code, out, err) = desk.run(args);
        assert_ne!(code, 0, "{args:?}");
        assert_eq!((out.as_str(), err.as_str()), ("", said), "{args:?}");
    }
}
