//! What is free, what is sold on which day, what is owed, and what makes good: the seller's books, as they
//! are typed.

use courant::domain::flight::NewFlight;
use courant::domain::sponsor::{CreativeSize, Slot};
use courant::store::{NewCampaign, NewCreative};
use serde_json::json;

use crate::support::Folder;
use crate::support::paper::{Paper, after, slug};
use crate::support::typing::Typing;

/// A paper with 48 readers and a flight of 100 sends, priced by the thousand: planned, and most of it
/// accepted.
struct Desk(Paper);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0.folder
    }
}

impl Desk {
    async fn new() -> Desk {
        let paper = Paper::daily().await;
        let readers: Vec<String> = (0..48).map(|n| format!("r{n}@reader.example")).collect();
        let readers: Vec<&str> = readers.iter().map(String::as_str).collect();
        paper.readers(&readers).await;
        let (store, due) = (paper.store(), paper.due);
        let sponsor = store.sponsor_add(&slug("acme"), "=Acme & Sons", due).await;
        let sponsor = sponsor.expect("added");
        let order = NewCampaign {
            sponsor,
            slug: slug("winter"),
            order_number: Some("PO 77".to_owned()),
            currency: "EUR".parse().expect("a currency"),
        };
        let campaign = store.campaign_add(&order, due).await.expect("added");
        let new = NewFlight {
            campaign: Some(campaign),
            slots: vec![Slot::S1],
            price: "cpm:25".parse().ok(),
            ..NewFlight::sends(
                (sponsor, paper.list),
                slug("ropes"),
                100,
                (after(due, -60), after(due, 60)),
            )
        };
        let flight = store.flight_add(&new, due).await.expect("added");
        let creative = NewCreative {
            flight,
            size: CreativeSize::S,
            headline: None,
            text: "Ropes".to_owned(),
            url: "https://acme.example/".to_owned(),
            button: None,
            approved: true,
        };
        store.creative_add(&creative, due).await.expect("added");
        paper.plan().await;
        paper
            .sql(
                "update delivery set state = 'accepted', changed_ms = 0 where subscriber_id <= 40; \
                 update delivery set state = 'accepted', changed_ms = 99999999999999 \
                  where subscriber_id in (41, 42); \
                 update delivery set state = 'refused' where subscriber_id = 43; \
                 update delivery set state = 'uncertain' where subscriber_id > 43",
            )
            .await;
        Desk(paper)
    }
}

#[tokio::test]
async fn an_invoice_bills_what_was_delivered_for_good() {
    let desk = Desk::new().await;
    let (out, err) = desk.done(&["invoice", "export", "--sponsor", "acme"]);
    let rows: Vec<&str> = out.lines().collect();
    assert_eq!(
        rows[0],
        "advertiser,campaign,po,flight,tier,period_start,period_end,booked,delivered,returned,\
         verified_clicks,unit,price_micros,amount_micros,currency,makegood_of,note"
    );
    // Forty delivered at 25 a thousand are one; a name that is a formula is none.
    let (own, note) = (rows[1], "2 pending for 72 hours");
    assert!(
        own.starts_with("'=Acme & Sons,winter,PO 77,ropes,guaranteed,"),
        "{own}"
    );
    assert!(
        own.contains(",100,40,1,,cpm,25000000,1000000,EUR,,"),
        "{own}"
    );
    assert!(
        own.contains(note) && rows.len() == 2 && err.is_empty(),
        "{out}{err}"
    );
    let told = desk.json(&["invoice", "export", "--campaign", "acme/winter"]);
    assert_eq!(told[0]["amount_micros"], 1_000_000);
    // What is billed is what the ledger has, less what may still bounce.
    let flight = desk.json(&["flight", "show", "acme/ropes"]);
    assert_eq!(flight["delivered"], 42);
    let none = desk.json(&["invoice", "export", "--to", "2000-01-01"]);
    assert_eq!(none, json!([]));
    desk.refused(
        &[
            "invoice",
            "export",
            "--from",
            "2026-12-02",
            "--to",
            "2026-12-01",
        ],
        2,
        "error: `--to 2026-12-01` lies before `--from 2026-12-02`\n",
    );
    desk.refused(
        &["invoice", "export", "--sponsor", "acm"],
        1,
        "error: there is no sponsor `acm`\nhint: did you mean `acme`?\n",
    );
}

#[tokio::test]
async fn what_a_flight_lacks_is_made_good_by_a_bonus_flight() {
    let desk = Desk::new().await;
    desk.done(&["flight", "end", "acme/ropes", "--yes"]);
    // 42 delivered and 5 in doubt of 100 that were booked.
    let owing = desk.json(&["flight", "make-good"]);
    assert_eq!(
        owing,
        json!([{"flight": "acme/ropes", "booked": 100, "delivered": 42, "owed": 53}])
    );
    let dates = ["--from", "2099-01-01", "--to", "2099-01-02"];
    let make = [&["flight", "make-good", "acme/ropes"][..], &dates].concat();
    let (code, out, err) = desk.run(&make);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    assert!(
        err.starts_with("would book 53 sends for `acme/ropes-good`\n"),
        "{err}"
    );
    assert!(err.ends_with("hint: add --yes\n"), "{err}");
    desk.done(&[&make[..], &["--yes"]].concat());
    let good = desk.json(&["flight", "show", "acme/ropes-good"]);
    let old = desk.json(&["flight", "show", "acme/ropes"]);
    assert_eq!(
        (&good["tier"], &good["state"]),
        (&json!("bonus"), &json!("booked"))
    );
    assert_eq!(
        (&good["makes_good"], &good["price"]),
        (&old["id"], &json!(null))
    );
    assert_eq!(good["creatives"][0]["text"], "Ropes");
    assert_eq!(
        desk.json(&["flight", "make-good"]),
        json!([]),
        "nothing is owed twice"
    );
    desk.refused(
        &make,
        1,
        "error: `acme/ropes` owes nothing\nhint: --sends N makes good for a fault all the same\n",
    );
    // A make-good that ends early owes again what it did not bring.
    desk.done(&["flight", "end", "acme/ropes-good", "--yes"]);
    assert_eq!(desk.json(&["flight", "make-good"])[0]["owed"], 53);
    let fault = [&make[..], &["--sends", "5", "--yes"]].concat();
    desk.done(&fault);
    assert_eq!(
        desk.json(&["flight", "show", "acme/ropes-good2"])["booked"],
        5
    );
}

#[tokio::test]
async fn what_is_free_is_said_before_it_is_booked() {
    let desk = Desk::new().await;
    let dates = [
        "--list",
        "times",
        "--from",
        "2099-01-01",
        "--to",
        "2099-01-10",
    ];
    let asked = [&["flight", "avails", "acme"][..], &dates].concat();
    let told = desk.json(&asked);
    // Ten runs of 48 readers. No edition of most days of the week is known.
    for (key, value) in [("runs", 10), ("eligible", 480), ("free_a_day", 48)] {
        assert_eq!(told[key], value, "{key}");
    }
    assert_eq!(told["free"], json!({"p10": 480, "p50": 480, "p90": 480}));
    assert_eq!(
        (&told["by_history"], &told["displaced"]),
        (&json!(false), &json!([]))
    );
    let (out, err) = desk.done(&asked);
    assert!(out.contains("480 in all, 48 a day"), "{out}");
    assert!(err.contains("without percentiles"), "{err}");

    let book = [
        &["flight", "add", "acme", "new"][..],
        &dates,
        &["--booked", "481"],
    ]
    .concat();
    let (code, _, err) = desk.run(&book);
    assert_eq!(code, 1);
    assert_eq!(
        err,
        "error: `--goal`: 481 sends are more than its dates can bring: about 480, of 480 digests \
         for its readers\n\
         hint: book fewer, or add --yes; `courant flight avails` says who would be displaced\n"
    );
    desk.done(&["sponsor", "add", "rope", "Ropes"]);
    let slot = ["--slot", "S1"];
    desk.done(
        &[
            &["flight", "add", "acme", "new"][..],
            &dates,
            &slot,
            &["--booked", "400"],
        ]
        .concat(),
    );
    let other = [
        &["flight", "avails", "rope"][..],
        &dates,
        &slot,
        &["--goal", "sends:200"],
    ]
    .concat();
    let told = desk.json(&other);
    assert_eq!(told["free"]["p50"], 80);
    let displaced = &told["displaced"][0];
    // Both get the same share of what they asked for: four fifths.
    assert_eq!(
        (&displaced["flight"], &displaced["sends"]),
        (&json!(2), &json!(80))
    );
    let (out, _) = desk.done(&other);
    assert!(out.contains("it would take 80 sends from `new`"), "{out}");
    let over = [
        &["flight", "add", "rope", "new"][..],
        &dates,
        &slot,
        &["--booked", "200"],
    ]
    .concat();
    assert_eq!(desk.run(&over).0, 1);
    desk.done(&[&over[..], &["--yes"]].concat());
}

#[tokio::test]
async fn a_calendar_shows_what_is_sold_of_each_day() {
    let desk = Desk::new().await;
    desk.done(&["sponsor", "add", "rope", "Ropes"]);
    let book = |name: &str, from: &str, to: &str, more: &[&str]| {
        let (sponsor, flight) = name.split_once('/').expect("two names");
        let args = [
            "flight", "add", sponsor, flight, "--list", "times", "--booked", "5", "--slot", "S1",
            "--from", from, "--to", to,
        ];
        desk.done(&[&args[..], more].concat());
    };
    book("acme/one", "2099-01-01", "2099-01-02", &[]);
    book("rope/two", "2099-01-02", "2099-01-03", &["--hold"]);
    let asked = [
        "sponsor",
        "calendar",
        "times",
        "--from",
        "2099-01-01",
        "--days",
        "4",
    ];
    let told = desk.json(&asked);
    let sold = |day: usize| {
        let slots = told[day]["slots"].as_array().expect("slots").iter();
        slots.map(|s| s["sold"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(told.as_array().map(Vec::len), Some(4));
    assert_eq!(sold(0), ["booked", "free"]);
    assert_eq!(sold(1), ["booked", "free"]);
    assert_eq!(sold(2), ["held", "free"]);
    assert_eq!(sold(3), ["free", "free"]);
    assert_eq!(
        told[1]["slots"][0]["flights"],
        json!([{"flight": "acme/one", "state": "approved"}, {"flight": "rope/two", "state": "hold"}])
    );
    let (out, _) = desk.done(&asked);
    assert!(
        out.contains("acme/one, rope/two (held)") && out.contains("Thu 2099-01-01"),
        "{out}"
    );
    // What clashes is refused where it is booked; what came to clash since is shown.
    desk.0
        .sql("update flight set tier = 'takeover' where slug in ('one', 'two')")
        .await;
    let (out, _) = desk.done(&asked);
    assert!(out.contains("conflict: acme/one, rope/two (held)"), "{out}");
    desk.refused(
        &["sponsor", "calendar", "tims"],
        1,
        "error: there is no list `tims`\nhint: did you mean `times`?\n",
    );
}
