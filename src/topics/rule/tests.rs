use proptest::prelude::*;

use super::words::{Piece, Words};
use super::{Rule, RuleFault, evidence};
use crate::topics::rules::Rules;

fn piece() -> Words {
    let categories = ["City Hall".to_owned()];
    Words::new(&Piece {
        title: "US voters queue at polling stations in Zürich",
        summary: "They told us the wait was long. 选举今天举行。",
        body: "A bank was the scene of a bold robbery. Voting went on.\nIran’s envoy came in 1998.",
        byline: "Jane Doe",
        source: "times The Times",
        categories: &categories,
    })
}

fn why(rule: &str) -> Option<String> {
    let words = piece();
    let rule = Rule::parse(rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
    rule.matches(&words).map(|found| evidence(&words, &found))
}

#[test]
fn rules_say_what_must_be_there_and_what_must_not() {
    let yes = [
        ("voters", "title “voters”"),
        ("all(voters, wait)", "title “voters”, summary “wait”"),
        ("voters, wait", "title “voters”, summary “wait”"),
        (
            "any(nothing, \"polling station*\")",
            "title “polling stations”",
        ),
        ("vot* none(goal)", "title “voters”"),
        ("\"Iran envoy\"", "body “Iran’s envoy”"),
        ("ZÜRICH", "title “Zürich”"),
        ("=US", "title “US”"),
        ("=\"US voters\"", "title “US voters”"),
        ("=Vot*", "body “Voting”"),
        ("summary:us", "summary “us”"),
        ("byline:doe", "byline “Doe”"),
        ("source:\"the times\"", "source “The Times”"),
        ("category:\"city hall\"", "category “City Hall”"),
        (
            "title:all(voters, zürich)",
            "title “voters”, title “Zürich”",
        ),
        ("bank NEAR/7 robber*", "body “bank”, body “robbery”"),
        (
            "robbery NEAR/7 any(house, bank)",
            "body “robbery”, body “bank”",
        ),
        ("选举", "summary “选举”"),
        (
            "any(all(voters, goal), all(bank, none(goal)))",
            "body “bank”",
        ),
    ];
    for (rule, expected) in yes {
        assert_eq!(why(rule).as_deref(), Some(expected), "{rule}");
    }
    let no = [
        "voter",
        "\"stations polling\"",
        "=Us",
        "title:us none(queue)",
        "title:wait",
        "doe",
        "bank NEAR/6 robbery",
        "voters NEAR/90 bank",
        "举选",
        "\"long A\"",
    ];
    for rule in no {
        assert_eq!(why(rule), None, "{rule}");
    }
}

#[test]
fn a_fault_says_where_it_is() {
    let deep = format!("{}a{}", "all(".repeat(13), ")".repeat(13));
    let cases = [
        ("", 1, RuleFault::Empty),
        ("  ,", 1, RuleFault::Empty),
        ("a (b)", 3, RuleFault::Unexpected('(')),
        ("a )", 3, RuleFault::Unexpected(')')),
        ("any(a, b", 4, RuleFault::NotClosed('(')),
        ("a \"b c", 3, RuleFault::NotClosed('"')),
        ("any()", 1, RuleFault::EmptyGroup),
        ("titel:a", 1, RuleFault::NoField("titel".into())),
        ("a AND b", 3, RuleFault::Operator("AND".into())),
        ("none(a)", 1, RuleFault::NothingRequired),
        ("any(a, none(b))", 1, RuleFault::NothingRequired),
        ("title:(a)", 7, RuleFault::Unexpected('(')),
        ("a = b", 4, RuleFault::Unexpected(' ')),
        ("title:", 7, RuleFault::NoLetters(String::new())),
        ("a -- b", 3, RuleFault::NoLetters("--".into())),
        ("ab v*", 4, RuleFault::Wildcard),
        ("C++", 1, RuleFault::Signs("C++".into())),
        ("any(a, =C#)", 8, RuleFault::Signs("C#".into())),
        ("\"a .NET b\"", 1, RuleFault::Signs(".NET".into())),
        ("vo*te", 1, RuleFault::Wildcard),
        ("a NEAR/0 b", 3, RuleFault::NearDistance),
        ("a NEAR/5", 3, RuleFault::NearSides),
        ("NEAR/5 a", 1, RuleFault::NearSides),
        ("all(a, b) NEAR/5 c", 1, RuleFault::NearSides),
        (deep.as_str(), 49, RuleFault::TooDeep),
    ];
    for (text, at, fault) in cases {
        let error = Rule::parse(text).expect_err(text);
        assert_eq!((error.at, error.fault), (at, fault), "{text}");
    }
    let long = "word ".repeat(1_000);
    assert_eq!(
        Rule::parse(&long).expect_err("long").fault,
        RuleFault::TooLong
    );
    let many = "a ".repeat(401);
    assert_eq!(
        Rule::parse(&many).expect_err("many").fault,
        RuleFault::TooManyTerms
    );
    let hint = Rule::parse("titel:a").expect_err("no field").hint();
    assert_eq!(hint.as_deref(), Some("did you mean `title:`?"));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reading_or_the_matching(rule in r#"(all\(|any\(|none\(|title:|=|"|\*|NEAR/[0-9]{1,2} |\PC{0,3}|[a-d]{1,2}| |,|\)){0,24}"#, text in "\\PC{0,60}|([a-d]{1,2} ){0,20}") {
        if let Ok(rule) = Rule::parse(&rule) {
            let words = Words::new(&Piece { title: &text, body: &text, ..Piece::default() });
            let found = rule.matches(&words);
            if let Some(found) = &found {
                evidence(&words, found);
            }
            let matched = Rules::new(vec![rule]).matching(&words);
            prop_assert_eq!(matched.rules.len(), usize::from(found.is_some()));
        }
    }
}
