//! Orders, flights and creatives as they are sold: typed, refused by the field that is at fault, moved
//! from held to ended.

use courant::domain::flight::{FlightState, NewFlight};
use courant::domain::slug::Slug;
use courant::domain::sponsor::{Creative, CreativeSize, CreativeState, Slot};
use courant::domain::{CreativeId, FlightId, ListId};
use courant::render::{Renderer, TemplateSet, printed, sample};
use courant::store::NewCreative;
use serde_json::json;
use sqlx::Connection;

use crate::support::Folder;
use crate::support::paper::{Paper, after};
use crate::support::typing::Typing;

/// A folder whose list `times` offers two topics, two places and two cadences, with a sponsor.
struct Desk(Folder);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn new() -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        let zone = "home_zone=Europe/Berlin";
        desk.done(&[
            "list",
            "add",
            "times",
            "--cadence",
            "daily=0 7 * * *",
            "--cadence",
            "weekly=0 8 * * 6",
            zone,
        ]);
        desk.done(&["topic", "add", "harbour"]);
        desk.done(&["topic", "add", "politics"]);
        desk.done(&["place", "add", "port"]);
        desk.done(&["place", "add", "hill"]);
        desk.done(&["sponsor", "add", "bakery", "The Bakery"]);
        desk
    }

    /// The words of a flight in January 2099.
    fn booking<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let (sponsor, flight) = name.split_once('/').expect("two names");
        let mut args = vec![
            "flight",
            "add",
            sponsor,
            flight,
            "--list",
            "times",
            "--from",
            "2099-01-01",
            "--to",
            "2099-01-31",
        ];
        args.extend(more);
        args
    }

    fn book(&self, name: &str, more: &[&str]) -> String {
        self.done(&Desk::booking(name, more)).1
    }

    async fn sql(&self, sql: &'static str) {
        let url = format!("sqlite://{}", self.0.path().join("courant.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("opens");
        sqlx::raw_sql(sql)
            .execute(&mut connection)
            .await
            .expect("runs");
        connection.close().await.expect("closes");
    }
}

#[tokio::test]
async fn an_order_has_a_number_a_currency_and_flights() {
    let desk = Desk::new().await;
    let (_, err) = desk.done(&[
        "campaign",
        "add",
        "bakery",
        "winter",
        "--order",
        "PO 77",
        "--currency",
        "EUR",
    ]);
    assert!(err.starts_with("added the campaign `bakery/winter`\nnext: courant flight add bakery"));
    desk.book(
        "bakery/rolls",
        &[
            "--campaign",
            "winter",
            "--goal",
            "sends:500",
            "--price",
            "cpm:25",
        ],
    );
    let all = desk.json(&["campaign", "list", "--sponsor", "bakery"]);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    let own = desk.json(&["campaign", "show", "bakery/winter"]);
    assert_eq!(
        (&own["order"], &own["currency"]),
        (&json!("PO 77"), &json!("EUR"))
    );
    assert_eq!(own["flights"][0]["price"], "cpm:25.00");
    desk.done(&["campaign", "set", "bakery/winter", "order", "PO 78"]);
    desk.done(&["campaign", "set", "bakery/winter", "currency", "SEK"]);
    let (out, _) = desk.done(&["campaign", "show", "bakery/winter"]);
    assert!(
        out.contains("PO 78") && out.contains("SEK") && out.contains("rolls"),
        "{out}"
    );
    for (args, code, stderr) in [
        (
            &["campaign", "add", "bakery", "winter"][..],
            1,
            "error: there is already a campaign `winter`\n",
        ),
        (
            &["campaign", "add", "bakery", "spring", "--currency", "eur"],
            2,
            "error: `eur` is no currency\nhint: did you mean EUR?\n",
        ),
        (
            &["campaign", "set", "bakery/winter", "currency", ""],
            1,
            "error: `rolls` has a price, so `bakery/winter` needs a currency\n",
        ),
        (
            &["campaign", "set", "bakery/winter", "odrer", "x"],
            2,
            "error: a campaign has no `odrer`\nhint: did you mean `order`?\n",
        ),
        (
            &["campaign", "show", "bakery/wintr"],
            1,
            "error: there is no campaign `wintr`\nhint: did you mean `winter`?\n",
        ),
        (
            &["campaign", "show", "winter"],
            2,
            "error: `winter` names no campaign\nhint: write SPONSOR/CAMPAIGN\n",
        ),
    ] {
        desk.refused(args, code, stderr);
    }
}

#[tokio::test]
async fn everything_that_can_be_sold_is_booked_and_shown() {
    let desk = Desk::new().await;
    desk.done(&["campaign", "add", "bakery", "winter", "--currency", "EUR"]);
    let err = desk.book(
        "bakery/rolls",
        &[
            "--tier",
            "takeover",
            "--all",
            "--goal",
            "share:25",
            "--price",
            "flat:120.50",
            "--pacing",
            "even",
            "--cap",
            "2/7",
            "--zone",
            "Asia/Tokyo",
            "--slot",
            "S2",
            "--topics",
            "harbour,politics",
            "--places",
            "port",
            "--cadences",
            "daily",
            "--languages",
            "en,de",
            "--weekdays",
            "sun,sat",
            "--group",
            "bread",
            "--gambling",
            "18+, play with care",
            "--gambling-places",
            "port,hill",
            "--unapproved",
        ],
    );
    assert!(
        err.starts_with("booked 25 percent of the eligible digests for `bakery/rolls`\nit runs from 2099-01-01T00:00:00+09:00"),
        "{err}"
    );
    assert!(
        err.contains("it does not run before `courant flight approve bakery/rolls`\n"),
        "{err}"
    );
    let flight = desk.json(&["flight", "show", "bakery/rolls"]);
    for (key, value) in [
        ("campaign", json!("winter")),
        ("tier", json!("takeover")),
        ("all", json!(true)),
        ("goal", json!("share:25")),
        ("booked", json!(0)),
        ("price", json!("flat:120.50")),
        ("currency", json!("EUR")),
        ("pacing", json!("even")),
        ("cap", json!("2/7")),
        ("zone", json!("Asia/Tokyo")),
        ("slots", json!(["S2"])),
        (
            "targeting",
            json!({"topics": ["harbour", "politics"], "places": ["port"], "cadences": ["daily"],
                "languages": ["en", "de"], "weekdays": ["sat", "sun"]}),
        ),
        ("group", json!("bread")),
        (
            "gambling",
            json!({"legal_line": "18+, play with care", "places": ["port", "hill"]}),
        ),
        ("state", json!("booked")),
    ] {
        assert_eq!(flight[key], value, "{key}");
    }
    let (out, _) = desk.done(&["flight", "show", "bakery/rolls"]);
    assert!(
        out.contains("takeover of every slot") && out.contains("2 in 7 days"),
        "{out}"
    );

    // What is typed replaces what was there, and nothing else changes.
    desk.done(&[
        "flight",
        "set",
        "bakery/rolls",
        "--topics",
        "",
        "--cap",
        "none",
        "--group",
        "none",
        "--goal",
        "share:30",
        "--to",
        "2099-02-28",
    ]);
    let set = desk.json(&["flight", "show", "bakery/rolls"]);
    assert_eq!(
        (&set["goal"], &set["cap"], &set["group"]),
        (&json!("share:30"), &json!(null), &json!(null))
    );
    assert_eq!(set["targeting"]["topics"], json!([]));
    assert_eq!(set["targeting"]["places"], json!(["port"]));
    assert_eq!(
        (&set["starts_at"], &set["ends_at"]),
        (&flight["starts_at"], &json!("2099-02-28T15:00:00Z"))
    );
    assert_eq!(
        (&set["gambling"], &set["safety"]),
        (&flight["gambling"], &flight["safety"])
    );

    desk.book("bakery/own", &["--tier", "house"]);
    let own = desk.json(&["flight", "show", "bakery/own"]);
    assert_eq!(
        (&own["goal"], &own["remaining"]),
        (&json!("rest"), &json!(null))
    );
    let (_, err) = desk.done(&Desk::booking(
        "bakery/never",
        &["--booked", "3", "--dry-run"],
    ));
    assert!(err.starts_with("would book 3 sends"), "{err}");
    assert_eq!(
        desk.json(&["flight", "list"]).as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn what_cannot_be_sold_is_refused_by_its_field() {
    let desk = Desk::new().await;
    for (more, code, stderr) in [
        (
            &["--goal", "clicks:40"][..],
            2,
            "error: `--goal`: clicks are not counted yet, so a goal in clicks cannot be kept\n\
             hint: book sends instead: sends:5000\n",
        ),
        (
            &["--goal", "sends:5", "--price", "cpc:1"],
            2,
            "error: `--price`: clicks are not counted yet, so nothing can be sold by them\n\
             hint: write flat:120.50 for the whole flight or cpm:25 for a thousand delivered sends\n",
        ),
        (
            &[],
            2,
            "error: `--goal`: a guaranteed flight needs a goal: what is left is for the house\n\
             hint: write --goal sends:5000, share:25 or every\n",
        ),
        (
            &["--tier", "house", "--booked", "5"],
            2,
            "error: `--goal`: a house flight has no goal: it takes what is left\n\
             hint: leave --goal and --booked out\n",
        ),
        (
            &["--goal", "share:0"],
            2,
            "error: `--goal`: `0` is no share: from 1 to 100 percent\n\
             hint: write share:25 for a quarter\n",
        ),
        (
            &["--booked", "5", "--price", "flat:5"],
            2,
            "error: `--price`: its campaign has no currency\n\
             hint: `courant campaign set SPONSOR/CAMPAIGN currency EUR` gives it one\n",
        ),
        (
            &["--booked", "5", "--price", "flat:5,50"],
            2,
            "error: `--price`: `5,50` is no amount\nhint: write it with a point: 120.50\n",
        ),
        (
            &["--booked", "5", "--all"],
            2,
            "error: `--all`: only a takeover fills every slot\nhint: add --tier takeover\n",
        ),
        (
            &["--booked", "5", "--cap", "2"],
            2,
            "error: `--cap`: `2` is no cap on sends to one reader\n\
             hint: write 2/7 for at most twice in seven days\n",
        ),
        (
            &["--booked", "5", "--tier", "gauranteed"],
            2,
            "error: `--tier`: `gauranteed` is none of takeover, guaranteed, bonus, house\n\
             hint: did you mean `guaranteed`?\n",
        ),
        (
            &["--booked", "5", "--topics", "harbour,politcs"],
            1,
            "error: `--topics politcs`: there is no topic `politcs`\nhint: did you mean `politics`?\n",
        ),
        (
            &["--booked", "5", "--places", "prot"],
            1,
            "error: `--places prot`: there is no place `prot`\nhint: did you mean `port`?\n",
        ),
        (
            &["--booked", "5", "--cadences", "dayly"],
            1,
            "error: `--cadences dayly`: there is no cadence `dayly`\nhint: did you mean `daily`?\n",
        ),
        (
            &["--booked", "5", "--languages", "e"],
            2,
            "error: `--languages e` is no language\nhint: write tags such as en,de-AT\n",
        ),
        (
            &["--booked", "5", "--weekdays", "sunday"],
            2,
            "error: `--weekdays`: `sunday` is none of mon, tue, wed, thu, fri, sat, sun\n\
             hint: write days such as sat,sun\n",
        ),
        (
            &["--booked", "5", "--gambling", "18+"],
            2,
            "error: `--gambling-places`: gambling needs the places in which it is allowed\n\
             hint: write --gambling-places PLACE,PLACE\n",
        ),
        (
            &["--booked", "5", "--gambling-places", "port"],
            2,
            "error: `--gambling-places` without `--gambling`\n\
             hint: write --gambling \"LEGAL LINE\": it is printed after every text\n",
        ),
        (
            &["--booked", "5", "--campaign", "winter"],
            1,
            "error: there is no campaign `winter`\nhint: `courant campaign add SPONSOR CAMPAIGN` makes one\n",
        ),
    ] {
        desk.refused(&Desk::booking("bakery/rolls", more), code, stderr);
    }
    assert_eq!(
        desk.json(&["flight", "list"]),
        json!([]),
        "nothing was booked"
    );
}

#[tokio::test]
async fn a_day_has_one_takeover_and_one_that_has_every_digest() {
    let desk = Desk::new().await;
    desk.done(&["sponsor", "add", "rope", "Ropes"]);
    let takeover = ["--tier", "takeover", "--booked", "50", "--hold"];
    desk.book("bakery/day", &takeover);
    let hint = "hint: `courant sponsor calendar LIST` shows which days are free\n";
    let with_takeover = format!("error: `--tier`: `day` takes over on the same days\n{hint}");
    desk.refused(&Desk::booking("rope/day", &takeover), 1, &with_takeover);
    desk.refused(
        &Desk::booking("rope/all", &["--goal", "every"]),
        1,
        &with_takeover,
    );
    desk.book("rope/plain", &["--booked", "50"]);
    // A hold that has expired is in nobody's way, and has lost its place for good.
    desk.sql("update flight set hold_until_ms = 1 where slug = 'day'")
        .await;
    let own = desk.json(&["flight", "show", "bakery/day"]);
    assert_eq!(
        (&own["state"], &own["expired"]),
        (&json!("hold"), &json!(true))
    );
    let (out, _) = desk.done(&["flight", "show", "bakery/day"]);
    assert!(out.contains("hold, expired"), "{out}");
    desk.book("rope/all", &["--goal", "every"]);
    let with_every = format!("error: `--goal`: `all` has every digest of the same days\n{hint}");
    desk.refused(&["flight", "approve", "bakery/day"], 1, &with_every);
    desk.refused(
        &Desk::booking("bakery/all", &["--goal", "every"]),
        1,
        &with_every,
    );
    // Other days of the week, or other digests, are free.
    desk.done(&["flight", "set", "rope/all", "--weekdays", "sat"]);
    desk.book("bakery/sun", &["--goal", "every", "--weekdays", "sun"]);
    let (_, err) = desk.done(&["flight", "end", "rope/all", "--yes"]);
    assert_eq!(err, "`rope/all` has ended\n");
    let (_, err) = desk.done(&["flight", "set", "bakery/day", "--hold", "--weekdays", "sat"]);
    assert!(err.starts_with("held 50 sends for `bakery/day`"), "{err}");
    // A sponsor's flights share one group.
    let group = ["--booked", "5", "--group", "bread"];
    desk.refused(
        &Desk::booking("rope/group", &group),
        1,
        "error: `--group`: `plain` of the same sponsor is in no named group: a sponsor's flights share one group\n\
         hint: book it in no named group too, or for other dates\n",
    );
}

#[tokio::test]
async fn a_flight_is_held_approved_paused_and_ended() {
    let desk = Desk::new().await;
    let err = desk.book("bakery/rolls", &["--booked", "5", "--hold"]);
    assert!(err.contains("the hold expires at "), "{err}");
    let state = || desk.json(&["flight", "show", "bakery/rolls"])["state"].clone();
    assert_eq!(state(), "hold");
    desk.refused(
        &["flight", "pause", "bakery/rolls"],
        1,
        "error: `bakery/rolls` is hold, so it cannot be paused\n\
         hint: `courant flight approve bakery/rolls` lets it run\n",
    );
    desk.done(&["flight", "set", "bakery/rolls", "--unapproved"]);
    assert_eq!(state(), "booked");
    let (_, err) = desk.done(&["flight", "approve", "bakery/rolls"]);
    assert_eq!(
        err,
        "`bakery/rolls` is approved\nit does not run before it has an approved creative: \
         `courant creative list bakery/rolls`\n"
    );
    desk.done(&["flight", "pause", "bakery/rolls"]);
    let (_, err) = desk.done(&["flight", "pause", "bakery/rolls"]);
    assert_eq!(err, "`bakery/rolls` is paused already\n");
    desk.refused(
        &["flight", "set", "bakery/rolls", "--hold"],
        2,
        "error: `bakery/rolls` is paused\nhint: `courant flight pause` stops it for now\n",
    );
    desk.done(&["flight", "resume", "bakery/rolls"]);
    assert_eq!(state(), "approved");
    desk.refused(
        &["flight", "end", "bakery/rolls"],
        2,
        "`bakery/rolls` would end for good, 5 of 5 not sent\n\
         hint: add --yes; `flight pause` stops it for now\n",
    );
    desk.done(&["flight", "end", "bakery/rolls", "--yes"]);
    assert_eq!(state(), "ended");
    desk.refused(
        &["flight", "resume", "bakery/rolls"],
        1,
        "error: `bakery/rolls` has ended, so it cannot be approved\n\
         hint: `courant flight add` books another\n",
    );
    desk.refused(
        &["flight", "set", "bakery/rolls", "--booked", "9"],
        1,
        "error: `bakery/rolls` has ended\nhint: `courant flight add` books another\n",
    );
}

#[tokio::test]
async fn a_creative_is_replaced_and_never_edited() {
    let desk = Desk::new().await;
    desk.book("bakery/rolls", &["--booked", "5"]);
    let link = "https://bakery.example/";
    let add = [
        "creative",
        "add",
        "bakery/rolls",
        "--size",
        "S",
        "--url",
        link,
        "--text",
    ];
    let (_, err) = desk.done(&[&add[..], &["Warm rolls.", "--proposed"]].concat());
    assert!(
        err.ends_with("it is not printed before `courant creative approve 1`\n"),
        "{err}"
    );
    desk.done(&[&add[..], &["Warmer rolls."]].concat());
    let states = || {
        let all = desk.json(&["creative", "list", "bakery/rolls"]);
        let all = all.as_array().expect("an array").iter();
        all.map(|c| c["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states(), ["proposed", "approved"]);
    desk.done(&["creative", "approve", "1"]);
    desk.done(&["creative", "retire", "2"]);
    assert_eq!(states(), ["approved", "retired"]);
    assert_eq!(
        desk.json(&["creative", "show", "2"])["text"],
        "Warmer rolls."
    );
    let (out, _) = desk.done(&["creative", "list", "bakery/rolls"]);
    assert!(
        out.contains("retired") && out.contains("Warm rolls."),
        "{out}"
    );
    desk.refused(
        &["creative", "approve", "2"],
        1,
        "error: creative 2 is retired\n\
         hint: a text is replaced, never brought back: `courant creative add` adds another\n",
    );
    desk.refused(
        &["creative", "show", "9"],
        1,
        "error: there is no creative 9\nhint: `courant creative list SPONSOR/FLIGHT` shows them\n",
    );
}

#[tokio::test]
async fn a_sponsor_is_renamed_and_goes_only_without_open_flights() {
    let desk = Desk::new().await;
    desk.done(&["sponsor", "set", "bakery", "name", "The Old Bakery"]);
    desk.book("bakery/rolls", &["--booked", "5"]);
    let own = desk.json(&["sponsor", "show", "bakery"]);
    assert_eq!(
        (&own["name"], &own["open_flights"]),
        (&json!("The Old Bakery"), &json!(1))
    );
    assert_eq!(own["campaigns"][0]["slug"], "first");
    desk.refused(
        &["sponsor", "remove", "bakery", "--yes"],
        1,
        "error: `bakery` has an open flight, `rolls` (approved)\n\
         hint: `courant flight end bakery/rolls --yes` ends it\n",
    );
    desk.done(&["flight", "end", "bakery/rolls", "--yes"]);
    desk.refused(
        &["sponsor", "remove", "bakery"],
        2,
        "`bakery` would be removed with its campaigns and 1 flight\nhint: add --yes\n",
    );
    desk.done(&["sponsor", "remove", "bakery", "--yes"]);
    assert_eq!(desk.json(&["sponsor", "list"]), json!([]));
    desk.refused(
        &["sponsor", "show", "bakery"],
        1,
        "error: there is no sponsor `bakery`\nhint: `courant sponsor add SLUG` makes one\n",
    );
}

#[tokio::test]
async fn only_approved_flights_with_approved_creatives_run() {
    let paper = Paper::daily().await;
    let readers: Vec<String> = (0..6).map(|n| format!("r{n}@reader.example")).collect();
    let readers: Vec<&str> = readers.iter().map(String::as_str).collect();
    paper.readers(&readers).await;
    let (store, due) = (paper.store(), paper.due);
    let hold = after(due, 60);
    for (name, state, approved) in [
        ("runs", FlightState::Approved, true),
        ("proposed", FlightState::Approved, false),
        ("booked", FlightState::Booked, true),
        ("held", FlightState::Hold, true),
    ] {
        let slug = Slug::parse(name).expect("a slug");
        let sponsor = store.sponsor_add(&slug, name, due).await.expect("added");
        let list: ListId = paper.list;
        let new = NewFlight {
            slots: vec![Slot::S1],
            state,
            hold_until: (state == FlightState::Hold).then_some(hold),
            ..NewFlight::sends((sponsor, list), slug, 3, (after(due, -60), after(due, 60)))
        };
        let flight = store.flight_add(&new, due).await.expect("added");
        let creative = NewCreative {
            flight,
            size: CreativeSize::S,
            headline: None,
            text: "Ropes".to_owned(),
            url: "https://acme.example/".to_owned(),
            button: None,
            approved,
        };
        store.creative_add(&creative, due).await.expect("added");
    }
    paper.plan().await;
    let flights = store.flights(None).await.expect("read");
    let reserved: Vec<i64> = flights.iter().map(|f| f.ledger.reserved).collect();
    assert_eq!(
        reserved,
        [3, 0, 0, 0],
        "three slots are left empty for want of who may run"
    );
}

#[test]
fn a_letter_prints_the_legal_line_after_the_text_and_the_words_of_the_button() {
    let creative = Creative {
        id: CreativeId(1),
        flight: FlightId(1),
        size: CreativeSize::L,
        headline: None,
        text: "Bet on the harbour race.".to_owned(),
        url: "https://bets.example/".to_owned(),
        button: Some("Place a bet".to_owned()),
        legal: Some("18+, play with care.".to_owned()),
        state: CreativeState::Approved,
    };
    let printed = printed::sponsor(Slot::S1, &creative, "Bets");
    assert_eq!(
        printed.text,
        "Bet on the harbour race. 18+, play with care."
    );
    let sender = sample::sender();
    let mut page = sample::page(&sender);
    page.sponsors = vec![printed];
    for theme in ["broadsheet", "brief"] {
        let templates = TemplateSet::embedded(theme).expect("a theme");
        let renderer = Renderer::new(&templates).expect("compiles");
        let letter = renderer.render(&page).expect("a letter");
        for (part, words) in [
            (&letter.html, "play with care."),
            (&letter.html, "Place a bet"),
            (&letter.text, "18+, play with care."),
        ] {
            assert!(part.contains(words), "{theme}: {part}");
        }
    }
}
