use super::{FILES, Phrases, assess};
use crate::domain::labels::{RiskCategory, RiskLevel};
use crate::topics::rule::words::{Piece, Words};

fn said(title: &str, summary: &str, language: &str) -> Vec<(RiskCategory, RiskLevel)> {
    let words = Words::new(&Piece {
        title,
        summary,
        ..Piece::default()
    });
    let risk = assess(&words, Some(language));
    risk.found.iter().map(|f| (f.category, f.level)).collect()
}

#[test]
fn every_phrase_can_be_read() {
    for (language, text) in FILES {
        let (phrases, faults) = Phrases::read(language, text);
        assert_eq!(faults, [""; 0], "{language}");
        assert!(phrases.rules.len() > 400, "{}", phrases.language);
        for category in RiskCategory::ALL {
            let own = |level| phrases.means.contains(&(*category, level));
            assert!(
                own(RiskLevel::High) && own(RiskLevel::Low),
                "{} {category}",
                phrases.language
            );
        }
    }
}

#[test]
fn hard_news_is_high_in_each_language() {
    use RiskCategory::{Accident, Death, Terrorism};
    let cases = [
        (
            "en",
            "Suicide bombing at the market",
            "At least 43 people were killed, police said.",
            Terrorism,
        ),
        (
            "de",
            "Anschlag auf den Markt",
            "Mindestens 43 Menschen wurden getötet, sagte die Polizei.",
            Terrorism,
        ),
        (
            "fr",
            "Attentat au marché",
            "Au moins 43 personnes ont été tués, selon la police.",
            Terrorism,
        ),
        (
            "es",
            "Atentado en el mercado",
            "Hay al menos 43 muertos, dijo la policía.",
            Terrorism,
        ),
        (
            "en",
            "Ferry capsizes",
            "Dozens of people died as the boat sank.",
            Accident,
        ),
        (
            "de",
            "Fähre gekentert",
            "Dutzende Tote nach dem Unglück.",
            Accident,
        ),
        (
            "fr",
            "Naufrage d’un ferry",
            "Des dizaines de morts.",
            Accident,
        ),
        (
            "es",
            "Naufragio de un ferry",
            "Decenas de muertos.",
            Accident,
        ),
    ];
    for (language, title, summary, category) in cases {
        let found = said(title, summary, language);
        for category in [category, Death] {
            assert!(
                found.contains(&(category, RiskLevel::High)),
                "{title}: {found:?}"
            );
        }
    }
}

#[test]
fn harmless_turns_of_phrase_are_nothing() {
    let cases = [
        (
            "en",
            "Shooting guard signs",
            "The dead heat ended in a penalty shootout before the deadline.",
        ),
        (
            "en",
            "Bakery opens",
            "The new shop sells bread and cake near the river.",
        ),
        (
            "de",
            "Tote Hose am Bahnhof",
            "Der neue Laden verkauft Brot und Kuchen am Fluss.",
        ),
        (
            "fr",
            "Une nature morte au musée",
            "La boulangerie vend du pain et des gâteaux.",
        ),
        (
            "es",
            "Punto muerto",
            "La panadería vende pan y pasteles junto al río.",
        ),
    ];
    for (language, title, summary) in cases {
        assert_eq!(said(title, summary, language), [], "{title}");
    }
}

#[test]
fn the_headline_weighs_more_and_evidence_is_quoted() {
    let words = Words::new(&Piece {
        title: "Two jailed",
        summary: "A funeral was held.",
        ..Piece::default()
    });
    let risk = assess(&words, Some("en-GB"));
    let found: Vec<_> = risk
        .found
        .iter()
        .map(|f| format!("{} {} {}", f.category, f.level, f.evidence))
        .collect();
    assert_eq!(
        found,
        [
            "death medium summary “funeral”",
            "crime high title “jailed”"
        ]
    );
    assert_eq!(risk.unclassified, None);
}

#[test]
fn what_is_not_looked_through_is_unclassified() {
    let why = |title: &str, summary: &str, language| {
        let words = Words::new(&Piece {
            title,
            summary,
            ..Piece::default()
        });
        assess(&words, language).unclassified
    };
    assert_eq!(
        why("News", "More", None).as_deref(),
        Some("its language is not known")
    );
    assert_eq!(
        why("Habari", "Zaidi", Some("sw")).as_deref(),
        Some("there are phrases in de, en, es, fr, none in `sw`")
    );
    let bare = Some("it is known by its headline only");
    assert_eq!(why("Bomb kills three", "", Some("en")).as_deref(), bare);
    assert_eq!(
        why("Fair opens", "Fair  opens!", Some("en")).as_deref(),
        bare
    );
    assert_eq!(why("Fair opens", "It is big.", Some("en")), None);
    assert_eq!(
        said("Bomb kills three", "", "en")[0].1,
        RiskLevel::High,
        "and flagged all the same"
    );
}

#[test]
fn only_the_first_300_words_of_a_body_count() {
    let body = |n: usize| format!("{}massacre", "word ".repeat(n));
    for (n, found) in [(299, 1), (300, 0)] {
        let body = body(n);
        let words = Words::new(&Piece {
            title: "News",
            body: &body,
            ..Piece::default()
        });
        assert_eq!(assess(&words, Some("en")).found.len(), found, "{n}");
    }
}
