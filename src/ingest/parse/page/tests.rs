use super::{PageReading, Rules, check_rules, clean_entry, parse_page};
use crate::domain::article::{ArticleText, CanonicalUrl, NewArticle};
use crate::ingest::parse::ParseError;

fn url() -> CanonicalUrl {
    CanonicalUrl::parse("https://n.example/page", None).expect("valid")
}

fn read(page: &str, rules: &str) -> PageReading {
    let rules = Rules::parse(rules).expect("rules");
    parse_page(page.as_bytes(), None, Some(url()), &rules).expect("an article")
}

const LONG: &str = "The ferry will stop for three weeks, the harbour said, and nobody on the \
                    island was asked about it beforehand.";

/// A made-up page, as text.
fn page() -> String {
    format!(
        "THE DAILY HARBOUR\nMay 3, 2024 \u{a0}|\u{a0}\n0\n| Quay,XX\nSponsor:\u{a0} ACME\u{a0}\n\
         Sponsor: ACME: {LONG}\nback\u{a0}\ntopic\nAnna van Berg\n\n\n\
         NextImg:It’s final: The ferry stops: a report\n\n{LONG}\n\nA heading\n\n\
         Short.\u{a0}Line about Quay‘s pier.\n\nSponsor: ACME\n\n{LONG}\n\
         • Anna van Berg can be reached at a@harbour.example."
    )
}

const RULES: &str = r#"
drop = ["THE DAILY HARBOUR", "Short.*"]
headline = ["{headline}: a report"]
contact = ["• * can be reached at *@*"]

[[publisher]]
domain = "harbour.example"
name = "The Harbour"
url = "https://www.harbour.example/"

[[example]]
headline = "NextImg:Quay: a report"
must = { headline = "Quay" }
"#;

#[test]
fn the_piece_is_found_between_mast_and_menu() {
    let PageReading { article, facts, .. } = read(&page(), "");
    assert_eq!(
        article.text.headline,
        "It’s final: The ferry stops: a report"
    );
    assert_eq!(article.text.byline, "Anna van Berg");
    assert_eq!((article.published, article.places.len()), (None, 0));
    let body = article.text.body.unwrap_or_default();
    assert_eq!(
        body,
        format!("{LONG}\n\nA heading\n\nShort. Line about Quay’s pier.\n\n{LONG}")
    );
    assert_eq!(facts.headings, ["A heading"]);
    assert_eq!(
        facts.contact.as_deref(),
        Some("• Anna van Berg can be reached at a@harbour.example.")
    );
    let publisher = facts.publisher.expect("by its domain");
    assert_eq!(publisher.domain, "harbour.example");
    assert_eq!((publisher.name, publisher.url), (None, None));
    assert_eq!(
        facts.page_date.map(|d| d.to_string()).as_deref(),
        Some("2024-05-03")
    );
    assert_eq!(facts.reader_place.as_deref(), Some("Quay, XX"));
    assert_eq!(facts.image_mark.as_deref(), Some("NextImg:"));
    assert_eq!(facts.words, 57);
}

#[test]
fn a_sources_rules_come_first_and_every_change_names_its_rule() {
    let PageReading {
        article,
        facts,
        steps,
        ..
    } = read(&page(), RULES);
    assert_eq!(article.text.headline, "It’s final: The ferry stops");
    assert!(!article.text.body.unwrap_or_default().contains("Short."));
    let publisher = facts.publisher.expect("by the rule");
    assert_eq!(publisher.name.as_deref(), Some("The Harbour"));
    assert_eq!(
        publisher.url.as_deref(),
        Some("https://www.harbour.example/")
    );
    let told: Vec<String> = steps
        .iter()
        .map(|s| format!("{}: {}", s.field, s.rule))
        .collect();
    for step in [
        "line: rule drop `THE DAILY HARBOUR`",
        "line: default: a line without a word",
        "line: default drop `Sponsor:*`",
        "contact: rule contact `• * can be reached at *@*`",
        "headline: default image_mark `NextImg:{headline}`",
        "headline: rule headline `{headline}: a report`",
        "page_date: default date_line `{date} |`",
        "reader_place: default place_line `| {place}`",
        "byline: default: a name in a line of its own",
        "publisher: rule publisher `harbour.example`",
    ] {
        assert!(told.iter().any(|t| t == step), "{step}: {told:#?}");
    }
    let rules = Rules::parse(RULES).expect("rules");
    assert_eq!(check_rules(&rules), Ok(()));
    let wrong = format!("{RULES}\n[[example]]\nheadline = 'a'\nmust = {{ headline = 'b' }}");
    let rules = Rules::parse(&wrong).expect("rules");
    assert_eq!(
        check_rules(&rules).map_err(|e| e.to_string()),
        Err("example 2: `headline` must be `b`, and is `a`".to_owned())
    );
}

#[test]
fn mark_up_around_the_same_lines_changes_nothing() {
    let text = read(&page(), "");
    let open = "<div class=x>".repeat(3_000);
    let mut html = format!(
        "<!doctype html><html lang=en><head><title>Ferry | Daily</title><script>var a = '<p>{LONG}</p>'\
         </script></head><body>{open}<nav><ul><li>Sport<li>News</ul></nav>\
         <div hidden><p>{LONG}</p></div>"
    );
    for line in page().lines() {
        let line = line.replace('’', "&rsquo;").replace('\u{a0}', "&nbsp;");
        let tag = if line.starts_with("NextImg") {
            "h1"
        } else {
            "p"
        };
        html.push_str(&format!(
            "<{tag} onclick=evil()>\u{202e}{line}<span style='display:none'>x</span>"
        ));
    }
    html.push_str("</section></b><svg><p>no</p></svg><p style=\"font-size: 0\">pay now</p>");
    let wrapped = read(&html, "");
    assert_eq!(wrapped.article.text, text.article.text);
    assert_eq!(wrapped.facts, text.facts);
    assert_eq!(wrapped.article.language.as_deref(), Some("en"));
}

#[test]
fn what_mark_up_states_is_taken_and_only_its_own_site_may_be_its_address() {
    let page = |canonical: &str| {
        format!(
            "<html><head><title>Ferry stops – The Daily</title>\
             <link rel=canonical href='{canonical}'>\
             <meta property='article:published_time' content='2024-05-01T10:00:00+02:00'>\
             <meta property='og:image' content='/a.jpg'><meta name=author content='By Ann Ebo'>\
             </head><body><article><h1>Ferry stops</h1><p>By Ann Ebo</p><p>{LONG} {LONG}</p>\
             <h2>What now?</h2><p>{LONG} {LONG}</p><p>{LONG} {LONG}</p></article>\
             <div class=comments><p>{LONG}</p></div></body></html>"
        )
    };
    let rules = "[[publisher]]\ndomain = 'harbour.example'\nname = 'The Harbour'";
    let own = read(&page("https://www.n.example/own"), rules);
    let text = &own.article.text;
    assert_eq!(
        (text.headline.as_str(), text.byline.as_str()),
        ("Ferry stops", "Ann Ebo")
    );
    assert_eq!(own.facts.headings, ["What now?"]);
    assert_eq!(
        text.image.as_ref().map(|i| i.url.as_str()),
        Some("https://n.example/a.jpg")
    );
    assert_eq!(
        own.article.published.map(|p| p.to_string()).as_deref(),
        Some("2024-05-01T08:00:00Z")
    );
    assert_eq!((own.article.url, own.facts.publisher), (url(), None));
    let other = read(&page("https://harbour.example/ferry"), rules)
        .facts
        .publisher;
    let other = other.expect("the rule knows it");
    assert_eq!(other.url.as_deref(), Some("https://harbour.example/ferry"));
    assert_eq!(
        read(&page("https://else.example/ferry"), rules)
            .facts
            .publisher,
        None
    );
    let none = Rules::default();
    let stated =
        parse_page(page("https://x.example/a").as_bytes(), None, None, &none).expect("read");
    assert_eq!(
        (stated.article.url.as_str(), stated.without_address),
        ("https://x.example/a", false)
    );
}

#[test]
fn a_plain_page_without_marks_and_what_is_no_page() {
    let page = format!("Menu\nFerry stops for three weeks\nBy Anna Berg\n\n{LONG}");
    let PageReading { article, .. } = read(&page, "");
    assert_eq!(article.text.headline, "Ferry stops for three weeks");
    assert_eq!(article.text.byline, "Anna Berg");
    assert_eq!(article.text.body.as_deref(), Some(LONG));
    let none = Rules::default();
    let missing = |text: &str| parse_page(text.as_bytes(), None, None, &none).err();
    assert_eq!(
        missing(LONG),
        Some(ParseError::NoArticle {
            missing: "headline"
        })
    );
    assert_eq!(
        missing("a\nb"),
        Some(ParseError::NoArticle { missing: "body" })
    );
    assert_eq!(missing(" \n"), Some(ParseError::Empty));
    let made = parse_page(page.as_bytes(), None, None, &none).expect("read");
    assert!(
        made.without_address
            && made
                .article
                .url
                .as_str()
                .starts_with("https://page.invalid/")
    );
}

#[test]
fn hostile_pages_are_bounded() {
    let n = 40_000;
    for html in [
        "<div>".repeat(n) + LONG,
        format!("<p>{}", "<b><i>".repeat(n)),
        "<table><tr><td>".repeat(n / 4),
        format!("<h1>{}</h1><p>{LONG}", "x".repeat(n)),
        "<p>&#x202e;&lt;script&gt;".repeat(n / 4),
        "<a href=x>y ".repeat(n),
        format!("<html>{}", "\u{0}\u{1}<p>".repeat(n)),
    ] {
        let read = parse_page(
            html.as_bytes(),
            Some("text/html"),
            Some(url()),
            &Rules::default(),
        );
        if let Ok(read) = read {
            let text = read.article.text;
            assert!(text.headline.chars().count() <= 500);
            let body = text.body.unwrap_or_default();
            assert!(body.chars().count() <= 200_000 && !body.contains(['\u{202e}', '\0']));
        }
    }
}

#[test]
fn an_entry_is_cleaned_by_its_sources_rules_and_the_general_ones() {
    let text = |headline: &str, summary: &str, body: &str| NewArticle {
        entry_key: "1".into(),
        url: url(),
        fragment: None,
        text: ArticleText {
            headline: headline.into(),
            summary: summary.into(),
            byline: "By Ann Ebo".into(),
            image: None,
            body: Some(body.into()),
            categories: Vec::new(),
        },
        published: None,
        language: None,
        topics: Vec::new(),
        places: Vec::new(),
    };
    let body =
        format!("{LONG}\n\nSponsor: ACME\n\nShort. Line\n\n• A can be reached at a@b.example.");
    let mut article = text("Photo:Quay: a report", "Short.", &body);
    let rules = Rules::parse(RULES).expect("rules");
    let (facts, steps) = clean_entry(&mut article, &rules);
    assert_eq!(article.text.headline, "Quay");
    assert_eq!(article.text.body.as_deref(), Some(LONG));
    assert_eq!(article.text.summary, LONG);
    assert_eq!(
        facts.contact.as_deref(),
        Some("• A can be reached at a@b.example.")
    );
    let publisher = facts.publisher.map(|p| p.domain);
    assert_eq!((publisher.as_deref(), steps.len()), (Some("b.example"), 7));
    // Without rules of its source, by the general ones; by none where the source says so.
    let mut general = text(
        "NextImg:Quay",
        "It stops.",
        &format!("{LONG}\n\nAdvertisement"),
    );
    let mut left = general.clone();
    clean_entry(&mut general, &Rules::default());
    let cleaned = &general.text;
    assert_eq!((&*cleaned.headline, &*cleaned.byline), ("Quay", "Ann Ebo"));
    assert_eq!(cleaned.body.as_deref(), Some(LONG));
    let none = Rules::parse("defaults = false").expect("rules");
    let before = left.clone();
    clean_entry(&mut left, &none);
    assert_eq!(left, before);
}
