//! Risks of stories, category by category and level by level in each language that has phrases (golden),
//! what cannot be classified, and an editor's word that stays when the article is brought again.

use std::fmt::Write as _;
use std::path::Path;

use courant::domain::labels::{RiskCategory, RiskLevel};
use courant::topics::risk::assess;
use courant::topics::rule::words::{Piece, Words};

/// Languages with phrases.
const LANGUAGES: [&str; 4] = ["de", "en", "es", "fr"];

/// What is found in a headline with a summary: lines as `article show` has them.
fn found(language: &str, title: &str, summary: &str) -> Vec<String> {
    let words = Words::new(&Piece {
        title,
        summary,
        ..Piece::default()
    });
    let risk = assess(&words, Some(language));
    assert_eq!(risk.unclassified, None, "{title}: {summary}");
    let found = risk.found.iter();
    found
        .map(|f| format!("{} {}: {}", f.category, f.level, f.evidence))
        .collect()
}

#[test]
fn every_category_is_found_at_every_level_in_every_language_with_its_evidence() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/risk");
    let accept = std::env::var("COURANT_GOLDEN").is_ok_and(|v| v == "accept");
    for language in LANGUAGES {
        let path = folder.join(format!("{language}.txt"));
        let golden = std::fs::read_to_string(&path).unwrap();
        let (mut got, mut met) = (String::new(), Vec::new());
        for line in golden.lines().filter(|l| !l.starts_with("  ")) {
            writeln!(got, "{line}").unwrap();
            if line.starts_with('#') {
                continue;
            }
            let parts: Vec<&str> = line.split(" | ").collect();
            let [expected, title, summary] = parts[..] else {
                panic!("{language}: `{line}` makes no sense");
            };
            let found = found(language, title, summary);
            match expected {
                "none" => assert_eq!(found, [""; 0], "{language}: {summary}"),
                expected => {
                    let own = format!("{expected}: ");
                    let is = found.iter().any(|f| f.starts_with(&own));
                    assert!(is, "{language}: `{summary}` is {found:?}, not {expected}");
                    met.push(expected.to_owned());
                }
            }
            for line in found {
                writeln!(got, "  {line}").unwrap();
            }
        }
        for category in RiskCategory::ALL {
            for level in [RiskLevel::High, RiskLevel::Medium, RiskLevel::Low] {
                let case = format!("{category} {level}");
                assert!(met.contains(&case), "{language} has no `{case}`");
            }
        }
        if accept {
            std::fs::write(&path, &got).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap();
        assert!(
            golden == got,
            "{}: expected\n{golden}\ngot\n{got}",
            path.display()
        );
    }
}
