//! The byte budget: digests of far too much text are fitted when they are planned, said so in every
//! account of them, and what was pushed out comes with the next edition.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use courant::deliver::letters::{Content, LetterError, Letters};
use courant::domain::address::Address;
use courant::domain::article::{ArticleText, CanonicalUrl, Image, NewArticle, TopicWeight};
use courant::domain::edition::Edition;
use courant::domain::selection::{BYTE_BUDGET, BYTE_BUDGET_MOST, Form, Pick, Reader, Verdict};
use courant::domain::subscriber::Interests;
use courant::domain::time::Timestamp;
use courant::domain::{EditionId, StoryId, SubscriberId, SubscriptionId};
use courant::select::Stock;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::store::Incoming;
use mail_parser::MessageParser;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::binary::courant;
use crate::support::paper::{Paper, after, imported, slug};

const STORIES: usize = 50;
const READERS: [&str; 2] = ["ann@reader.example", "bob@reader.example"];

/// A story whose headline and summary have 5,000 characters, many of which grow when escaped.
fn wall(n: usize, dated: Timestamp) -> Incoming {
    // Texts are cut, links are not: it is these that make a letter heavy.
    let brick = "brick/".repeat(300);
    let url = format!("https://wall.example/{n}/{brick}");
    let text = |what: &str| format!("Wall {n} {what} & <more> ").repeat(400)[..5_000].to_owned();
    let article = NewArticle {
        entry_key: url.clone(),
        url: CanonicalUrl::parse(&url, None).unwrap(),
        fragment: None,
        text: ArticleText {
            headline: text("says"),
            summary: text("means"),
            byline: "A. Mason".to_owned(),
            image: Some(Image {
                url: format!("https://wall.example/{n}/{brick}p.jpg"),
                alt: text("shows"),
            }),
            body: None,
            categories: Vec::new(),
        },
        published: Some(dated),
        language: Some("en".to_owned()),
        topics: vec![TopicWeight {
            topic: slug(["harbour", "culture", "sport"][n % 3]),
            weight: 1000,
        }],
        places: Vec::new(),
    };
    Incoming {
        article,
        backlog: false,
        labels: None,
    }
}

/// A paper of walls with two readers who want fifty stories.
async fn walls() -> (Paper, Vec<SubscriptionId>) {
    let paper = Paper::daily().await;
    let store = paper.store();
    let settings = [
        ("stories", "50"),
        ("topic_cap", "50"),
        ("window_hours", "72"),
        ("volume_guard", "off"),
    ];
    for (key, value) in settings {
        store.list_set(paper.list, key, value).await.unwrap();
    }
    let source = imported("walls", "Walls & Sons");
    let id = store.source_add(&source, &[paper.list], paper.now).await;
    let dated = after(paper.now, -30);
    let walls: Vec<Incoming> = (0..STORIES).map(|n| wall(n, dated)).collect();
    let put = store
        .articles_put(id.unwrap(), &walls, dated)
        .await
        .unwrap();
    assert_eq!(put.new, STORIES);
    let readers = paper.readers(&READERS).await;
    (paper, readers)
}

async fn sink() -> SinkHandle {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Sink::start(listener, SinkSettings::default()).unwrap()
}

/// A digest's stories, and how many did not fit.
async fn digest(
    paper: &Paper,
    edition: &Edition,
    reader: SubscriptionId,
) -> (BTreeSet<StoryId>, usize) {
    let digest = paper.store().digest_of(edition.id, reader).await.unwrap();
    let digest = digest.unwrap();
    let stories = digest.picks.iter().map(|p| p.story).collect();
    (stories, digest.left_out as usize)
}

/// The letter of a stored digest, with its own picks or others: its HTML, and whether it is composed.
async fn letter(
    paper: &Paper,
    edition: &Edition,
    reader: SubscriptionId,
    others: Option<&[Pick]>,
) -> (usize, Result<(), LetterError>) {
    let store = paper.store();
    let digest = store.digest_of(edition.id, reader).await.unwrap().unwrap();
    let terms = store.terms(digest.terms_id).await.unwrap();
    let letters = Letters::new(store.clone(), paper.folder.keys.clone());
    let wave = letters.wave(digest.wave).await.unwrap();
    let content = Content {
        picks: others.unwrap_or(&digest.picks),
        left_out: digest.left_out,
        placements: Vec::new(),
        zone: &terms.zone,
        language: &terms.language,
        length: terms.length,
        images: terms.images,
        text_only: terms.text_only,
        welcome: None,
        interests: &Interests::default(),
        list: paper.list,
        subscription: reader,
        digest: digest.id,
    };
    let html = wave.letters.letter(&content).unwrap().html.len();
    let to = Address::parse(READERS[0]).unwrap();
    let composed = wave
        .letters
        .compose(&content, None, &to, edition.id, SubscriberId(1));
    (html, composed.map(|_| ()))
}

#[tokio::test]
async fn fifty_walls_of_text_are_fitted_and_the_next_edition_brings_the_rest() {
    let (paper, readers) = walls().await;
    let planned = paper.plan_at(paper.now).await.pop().unwrap();
    assert_eq!((planned.digests, planned.shortened), (2, 2));
    let first = planned.edition;
    let mut pushed: BTreeMap<SubscriptionId, BTreeSet<StoryId>> = BTreeMap::new();
    let mut left_out = 0;
    for reader in &readers {
        let explained = paper.press().explain(&first, *reader).await.unwrap();
        assert!(explained.agrees && explained.fitted_by.is_none());
        let out: BTreeSet<StoryId> = explained
            .candidates
            .iter()
            .filter(|c| {
                let budget = BYTE_BUDGET;
                explained.selection.verdicts[&c.article] == Verdict::PushedOut { budget }
            })
            .map(|c| c.story)
            .collect();
        let (stories, stored) = digest(&paper, &first, *reader).await;
        assert_eq!((stored, stories.len() + stored), (out.len(), STORIES));
        assert!(stories.len() > 5, "{}", stories.len());
        assert!(stories.is_disjoint(&out));
        let headline = Verdict::Chosen {
            rank: 2,
            reason: explained.selection.picks[1].reason.clone(),
            shortened: Some(Form::Headline),
            relaxed: None,
            besides: Vec::new(),
        };
        assert!(
            explained
                .selection
                .verdicts
                .values()
                .any(|v| *v == headline)
        );
        // What was pushed out is not remembered as sent.
        let later = after(paper.due, 100_000);
        let memory = paper.sent(*reader, later, EditionId(0)).await;
        let kept = paper.store().digest_of(first.id, *reader).await.unwrap();
        let mut printed: Vec<_> = kept.unwrap().picks.iter().map(|p| p.revision).collect();
        printed.sort_unstable();
        let remembered: Vec<_> = memory.iter().map(|s| s.revision).collect();
        assert_eq!(remembered, printed);
        let (html, _) = letter(&paper, &first, *reader, None).await;
        let most = BYTE_BUDGET as usize;
        assert!((most - 12_000..=most).contains(&html), "{html}");
        left_out += stored;
        pushed.insert(*reader, out);
    }
    assert_eq!(planned.pushed_out, left_out as u64);

    let sink = sink().await;
    let delivery = paper.delivery(sink.addr().port(), paper.due);
    delivery.run(None, &CancellationToken::new()).await.unwrap();
    let next = paper
        .plan_at(after(paper.now, 24 * 60))
        .await
        .pop()
        .unwrap();
    assert_eq!((next.digests, next.edition.id == first.id), (2, false));
    for reader in &readers {
        let (stories, _) = digest(&paper, &next.edition, *reader).await;
        let (sent, _) = digest(&paper, &first, *reader).await;
        assert!(stories.is_disjoint(&sent));
        let again = stories.intersection(&pushed[reader]).count();
        assert!(again > 5, "only {again} of those pushed out come now");
        let explained = paper.press().explain(&next.edition, *reader).await.unwrap();
        assert!(explained.agrees);
    }
}

#[tokio::test]
async fn a_letter_over_the_hard_limit_is_refused_as_our_own_fault() {
    let (paper, readers) = walls().await;
    let edition = paper.plan().await;
    let (_, composed) = letter(&paper, &edition, readers[0], None).await;
    composed.unwrap();
    let explained = paper.press().explain(&edition, readers[0]).await.unwrap();
    let all = Reader {
        stories: 50,
        ..Reader::default()
    };
    let (picks, _) = Stock::new(&explained.candidates, &explained.rules).picks(&all);
    let (html, composed) = letter(&paper, &edition, readers[0], Some(&picks)).await;
    let error = composed.unwrap_err();
    assert!(
        matches!(error, LetterError::HtmlTooLarge(n) if n == html),
        "{error}"
    );
    assert!(
        error.to_string().contains(&BYTE_BUDGET_MOST.to_string()),
        "{error}"
    );
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn fitted_letters_leave_and_every_account_says_what_size_did() {
    let (paper, readers) = walls().await;
    let sink = sink().await;
    let config = format!(
        "[server]\npublic_url = \"https://news.example\"\n[smtp]\nhost = \"127.0.0.1\"\nport = {}\n\
         tls = \"none\"\n",
        sink.addr().port()
    );
    let home = paper.folder.path();
    std::fs::write(home.join("courant.toml"), config).unwrap();
    let said = |args: &[&str]| {
        let (code, out, err) = courant(home, args);
        assert_eq!(code, 0, "{args:?}: {out}{err}");
        (out, err)
    };
    let at = ["--at", "2026-11-25T06:50", "--dry-run"];
    let dry = [&["edition", "plan", "times"], at.as_slice()].concat();
    let (out, _) = said(&dry);
    assert!(out.contains("; 2 digests shortened to fit, "), "{out}");
    let (out, _) = said(&[dry.as_slice(), &["--json"]].concat());
    let foretold: Value = serde_json::from_str(&out).unwrap();
    // A draft shows what the plan then writes.
    let run = ["--run", "2026-11-25", "--subscriber", READERS[0]];
    let explain = [&["edition", "explain", "times", "--json"], run.as_slice()].concat();
    let draft: Value = serde_json::from_str(&said(&explain).0).unwrap();

    let planned = paper.plan_at(paper.now).await.pop().unwrap();
    assert_eq!(foretold[0]["shortened"], planned.shortened);
    assert_eq!(foretold[0]["pushed_out"], planned.pushed_out);
    let explained: Value = serde_json::from_str(&said(&explain).0).unwrap();
    assert_eq!(explained["agrees"], true);
    assert_eq!(explained["candidates"], draft["candidates"]);
    let all = ["edition", "explain", "times", "--all"];
    let (out, _) = said(&[&all, run.as_slice()].concat());
    let out_of_it = "pushed out by size: the letter keeps under 90 KB";
    let shortened = "shortened: headline only, to keep the letter under 90 KB";
    let (_, left_out) = digest(&paper, &planned.edition, readers[0]).await;
    assert_eq!(out.matches(out_of_it).count(), left_out);
    assert!(out.contains(shortened), "{out}");
    let (_, err) = said(&[&["edition", "preview", "times"], run.as_slice()].concat());
    let size = format!("KB of HTML, of 90 KB at the most; {left_out} stories did not fit");
    assert!(err.contains(&size), "{err}");

    let delivery = paper.delivery(sink.addr().port(), paper.due);
    delivery.run(None, &CancellationToken::new()).await.unwrap();
    let letters = sink.mailbox().messages();
    assert_eq!(letters.len(), READERS.len());
    for letter in letters {
        let message = MessageParser::default().parse(&letter.bytes[..]).unwrap();
        let html = message.body_html(0).unwrap();
        assert!(html.len() <= BYTE_BUDGET as usize, "{}", html.len());
        for link in ["/u/", "/p/", "/v/"] {
            assert!(
                html.contains(&format!("https://news.example{link}")),
                "{link}"
            );
        }
        assert!(html.contains("1 Quay Street, Harbour"));
    }
}
