//! Sponsors and sad stories: the page that this product was asked for from has a betting offer beside a
//! report of hundreds of deaths. It is not to happen here.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::typing::Typing;
use crate::support::{Folder, skip};

const RUN: &str = "2026-11-26";

/// A folder whose list `times` has four calm stories, a reader of both topics and one of `harbour` alone,
/// and one sponsor.
struct Desk(Folder);

impl Typing for Desk {
    fn folder(&self) -> &Folder {
        &self.0
    }
}

impl Desk {
    async fn new(sponsor: &str, safety: &str) -> Desk {
        let desk = Desk(Folder::new("2026-11-25T05:00:00Z").await);
        desk.done(&[
            "list",
            "add",
            "times",
            "--name",
            "The Times",
            "personal=filter",
            "stories_min=1",
            "sender_address=news@times.example",
            "postal_address=1 Quay",
            "operators=a@times.example",
        ]);
        for topic in ["world", "harbour"] {
            desk.done(&["topic", "add", topic, topic]);
        }
        let calm = [
            "The ferry to the island gets a new timetable",
            "A school choir sings on the pier",
            "The library opens a reading room with a view",
            "Painters finish the new mural at the market",
        ];
        let row = |(n, headline): (usize, &&str)| {
            json!({
                "url": format!("https://q.example/{n}"), "headline": headline,
                "summary": "A quiet week at the quay, the harbour office said on Monday.",
                "topics": ["harbour"], "published": "2026-11-26T03:00:00Z", "language": "en",
            })
            .to_string()
        };
        let rows: Vec<String> = calm.iter().enumerate().map(row).collect();
        let rows = desk.file("rows.jsonl", &rows.join("\n"));
        let rows = rows.to_string_lossy();
        desk.done(&["article", "import", &rows, "--source", "wire"]);
        for (reader, topics) in [("war", &["world", "harbour"][..]), ("peace", &["harbour"])] {
            let address = format!("{reader}@reader.example");
            let mut typed = vec!["subscriber", "add", "times", &address];
            for topic in topics {
                typed.extend(["--topic", topic]);
            }
            desk.done(&typed);
        }
        desk.done(&["sponsor", "add", sponsor, sponsor]);
        desk.done(&[
            "flight",
            "add",
            sponsor,
            "june",
            "--list",
            "times",
            "--booked",
            "10",
            "--from",
            "2026-11-01",
            "--to",
            "2027-01-31",
            "--slot",
            "S1",
            "--safety",
            safety,
        ]);
        let flight = format!("{sponsor}/june");
        desk.done(&[
            "creative",
            "add",
            &flight,
            "--size",
            "S",
            "--text",
            "Play for prizes tonight",
            "--url",
            "https://sponsor.example/",
        ]);
        desk
    }

    fn plan(&self) {
        let at = "2026-11-26T06:55:00Z";
        self.done(&["edition", "plan", "times", "--at", at, "--yes"]);
    }

    /// Why a sponsor stands, or does not stand, in the first slot of a reader's letter.
    fn why(&self, reader: &str, sponsor: &str) -> (bool, String) {
        let address = format!("{reader}@reader.example");
        let said = self.json(&[
            "edition",
            "explain",
            "times",
            "--run",
            RUN,
            "--subscriber",
            &address,
        ]);
        let slots = said["sponsors"].as_array().expect("sponsors");
        let own = slots
            .iter()
            .find(|s| s["slot"] == "S1" && s["sponsor"] == sponsor);
        let own = own.unwrap_or_else(|| panic!("{sponsor} is not in {said}"));
        let words = own["reason"].as_str().unwrap_or_default().to_owned();
        (own["placed"] == Value::Bool(true), words)
    }
}

#[tokio::test]
async fn the_seeds_betting_offer_is_kept_out_of_its_digest_with_the_evidence() {
    let Some(corpus) = std::env::var_os("COURANT_CORPUS") else {
        return skip("the seed's sponsor", "COURANT_CORPUS is not set");
    };
    let desk = Desk::new("qwiket", "sensitive").await;
    let rules = desk.file("rules.toml", include_str!("../golden/page/seed.toml"));
    desk.done(&[
        "source",
        "set",
        "wire",
        "rules",
        &format!("@{}", rules.display()),
    ]);
    let mut seed = std::fs::read_dir(Path::new(&corpus).join("seed")).expect("the seed's folder");
    let page = seed.next().expect("the seed").expect("a file").path();
    let page = page.to_string_lossy();
    let url = "https://a.example/seed";
    desk.done(&[
        "article", "import", "--page", &page, "--url", url, "--source", "wire",
    ]);
    desk.done(&["article", "set", "5", "--published", "2026-11-26T04:00:00Z"]);
    desk.done(&["article", "label", "5", "--topic", "world"]);
    desk.plan();
    let (placed, why) = desk.why("war", "qwiket");
    assert!(!placed, "{why}");
    for part in [
        "kept out by “It’s complicated: Terror group",
        "terrorism high: title “Terror group”",
    ] {
        assert!(why.contains(part), "{why}");
    }
    let (placed, why) = desk.why("peace", "qwiket");
    assert!(placed, "{why}");
    assert!(
        desk.done(&["edition", "check", "times", "--run", RUN])
            .0
            .contains("nothing is wrong")
    );
}

#[tokio::test]
async fn an_editors_word_decides_and_anybody_else_only_moves_away() {
    let row = json!({
        "url": "https://q.example/9", "headline": "Hundreds killed in attacks on the capital",
        "summary": "The death toll rose to 300, the ministry said.", "topics": ["world"],
        "published": "2026-11-26T06:00:00Z", "language": "en",
    });
    for read in [false, true] {
        let desk = Desk::new("acme", "standard").await;
        let rows = desk.file("sad.jsonl", &row.to_string());
        let rows = rows.to_string_lossy();
        desk.done(&["article", "import", &rows, "--source", "wire"]);
        // The editor who has read it knows better.
        if read {
            desk.done(&["article", "risk", "5", "death", "low"]);
        }
        desk.plan();
        let (placed, why) = desk.why("war", "acme");
        let kept =
            "kept from S1 by “Hundreds killed in attacks on the capital” beside it (death high: ";
        assert_eq!((placed, why.starts_with(kept)), (read, !read), "{why}");
        assert!(desk.why("peace", "acme").0);

        // Before anybody approves it, the edition says what the story costs; the flight says of how many.
        let (_, said) = desk.done(&["edition", "approve", "times", "--run", RUN]);
        let lost = format!("1 slot loses acme: {kept}");
        assert_eq!(said.contains(&lost), !read, "{said}");
        let told = desk.json(&["flight", "explain", "acme/june", "--run", RUN]);
        let open = if read { 2 } else { 1 };
        let numbers = ["digests", "open", "placed"].map(|n| told[n].as_u64().expect("a number"));
        assert_eq!(numbers, [2, open, open], "{told}");
        let lost = told["lost_to_stories"].as_array().expect("a list");
        match read {
            true => assert!(lost.is_empty() && told["kept_out"] == json!({}), "{told}"),
            false => {
                assert_eq!(
                    (&lost[0]["article"], &lost[0]["slots"]),
                    (&json!(5), &json!(1))
                );
                let (out, _) = desk.done(&["flight", "explain", "acme/june", "--run", RUN]);
                let line = "acme/june of daily 2026-11-26: 2 digests, 1 that it might stand in, 1 that it stands in";
                assert!(out.starts_with(line) && out.contains(kept), "{out}");
            }
        }
    }
}

#[tokio::test]
async fn a_profile_is_typed_kept_and_refused_by_its_option() {
    let desk = Desk::new("acme", "standard").await;
    let typed = |more: &[&'static str]| {
        let flight = [
            "flight",
            "add",
            "acme",
            "more",
            "--list",
            "times",
            "--booked",
            "1",
            "--from",
            "2026-11-01",
            "--to",
            "2026-12-01",
        ];
        [&flight[..], more].concat()
    };
    for (more, said) in [
        (
            ["--safety", "soft"],
            "error: `--safety`: `soft` is none of standard, sensitive, house\n",
        ),
        (
            ["--bears", "crime"],
            "error: `--bears crime` names no level\nhint: write crime=low or crime=low:digest\n",
        ),
        (
            ["--bears", "crime=low:near"],
            "error: `--bears`: `near` is none of digest, adjacent\n",
        ),
        (
            ["--unclassified", "all"],
            "error: `--unclassified`: `all` is none of digest, adjacent\n",
        ),
    ] {
        desk.refused(&typed(&more), 2, said);
    }
    desk.done(&typed(&[
        "--safety",
        "house",
        "--bears",
        "crime=low:digest",
        "--unclassified",
        "adjacent",
    ]));
    let flights = desk.json(&["flight", "list"]);
    assert_eq!(
        flights[1]["safety"],
        json!({
            "categories": {"crime": {"highest": "low", "scope": "digest"}},
            "unclassified": "adjacent",
        })
    );
}
