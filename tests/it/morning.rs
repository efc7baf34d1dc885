//! The editors' morning through its own pages: what is shown, what each deed makes of the letters, two editors
//! at one thing, and what comes out of a feed and is no mark-up.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use courant::deliver::desk_mail::send_due;
use courant::deliver::notice::Notices;
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::article::Image;
use courant::domain::editor::{Grant, Role};
use courant::domain::{ArticleId, SubscriptionId};
use courant::sink::{Sink, SinkSettings};
use reqwest::StatusCode;
use tokio::net::TcpListener;

use crate::support::desk::Seated;
use crate::support::pages::{Pages, Said};
use crate::support::paper::{Paper, after, article, slug};

const EDITION: &str = "/desk/times/daily/2026-11-25";

/// A paper with three readers and somebody of each role.
struct Morning {
    pages: Pages,
    readers: Vec<SubscriptionId>,
    mia: Seated,
    bob: Seated,
}

fn role(role: Role) -> Vec<Grant> {
    vec![Grant { list: None, role }]
}

impl Morning {
    async fn new() -> Morning {
        Morning::of(Paper::daily().await, Vec::new()).await
    }

    async fn of(paper: Paper, relays: Vec<Relay>) -> Morning {
        for topic in ["harbour", "culture", "sport", "weather"] {
            let name = format!("The {topic}");
            paper.store().topic_add(&slug(topic), &name).await.unwrap();
        }
        let addresses = [
            "ann@reader.example",
            "ben@reader.example",
            "cy@reader.example",
        ];
        let readers = paper.readers(&addresses).await;
        let pages = Pages::desk(paper, relays).await;
        Morning {
            mia: pages
                .seated("mia@paper.example", &role(Role::Approver))
                .await,
            bob: pages.seated("bob@paper.example", &role(Role::Editor)).await,
            readers,
            pages,
        }
    }

    async fn page(&self) -> Said {
        let said = self.pages.desk_get(&self.mia, EDITION).await;
        assert_eq!(said.status, StatusCode::OK, "{}", said.text);
        said
    }

    /// Posts to a page of the edition, and follows where it leads.
    async fn does(&self, path: &str, form: &str) -> String {
        let said = self.pages.desk_post(&self.mia, path, form).await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "{form}: {}", said.text);
        let to = said.header("location").to_owned();
        let page = self.pages.desk_get(&self.mia, &to).await;
        assert_eq!(page.status, StatusCode::OK, "{to}");
        page.text
    }

    async fn letter(&self, query: &str) -> Said {
        let path = format!("{EDITION}/letter?{query}");
        self.pages.desk_get(&self.mia, &path).await
    }

    async fn headline(&self, article: i64) -> String {
        let found = self.pages.paper.store().article(ArticleId(article)).await;
        found.unwrap().text.headline
    }
}

/// The value of a hidden field of the form that has a field of another value.
fn seen_of(page: &str, form: &str) -> String {
    let from = page.find(&format!("id=\"{form}\"")).expect(form);
    let rest = page[from..].split("name=\"seen\" value=\"").nth(1);
    rest.unwrap().split('"').next().unwrap().to_owned()
}

/// A letter without what names its reader and its digest.
fn unsigned(html: &str) -> String {
    let mut out = String::new();
    for (at, part) in html.split("href=\"").enumerate() {
        match at {
            0 => out.push_str(part),
            _ => out.push_str(part.split_once('"').map_or("", |(_, rest)| rest)),
        }
    }
    out
}

#[tokio::test]
async fn the_page_says_what_goes_out_when_to_whom_and_what_to_do() {
    let morning = Morning::new().await;
    let page = morning.page().await;
    for words in [
        "in 10 min",
        "3 readers",
        "changes count until 06:50",
        "Nothing has to be done",
        "The harbour",
        "1 outlet",
        "in 3 of 3 digests",
        "nobody decided anything",
    ] {
        let there = page.text.to_lowercase().contains(&words.to_lowercase());
        assert!(there, "{words}: {}", page.text);
    }
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.header("cache-control"), "no-store");
    // The list waits for an approval: that is what comes first.
    let store = morning.pages.paper.store();
    let set = store.list_set(morning.pages.paper.list, "approval", "hold");
    set.await.unwrap();
    let page = morning.does(EDITION, "do=hold").await;
    assert!(page.contains("This edition is on hold"), "{page}");
    let page = morning.does(EDITION, "do=resume").await;
    assert!(page.contains("Look it over, then approve it"), "{page}");
    let page = morning.does(EDITION, "do=approve").await;
    assert!(
        page.contains("Approved, and nothing is left to do") && page.contains("By mia at 06:50"),
        "{page}"
    );
    let overview = morning.pages.desk_get(&morning.mia, "/desk/").await.text;
    assert!(
        overview.contains(&EDITION.replace('/', "&#x2f;")) && overview.contains("approved"),
        "{overview}"
    );
    // What is no edition of the list is not there.
    for path in [
        "/desk/times/daily/1999-01-01",
        "/desk/times/weekly/2026-11-25",
        "/desk/other/daily/2026-11-25",
        "/desk/times/daily/tomorrow",
        "/desk/times/daily/2026-11-25/story/999",
        "/desk/times/daily/2026-11-25/story/x",
    ] {
        let said = morning.pages.desk_get(&morning.mia, path).await;
        assert_eq!(said.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn deeds_make_the_letters_and_each_can_be_taken_back() {
    let morning = Morning::new().await;
    let (pages, paper) = (&morning.pages, &morning.pages.paper);
    let lead = morning.headline(9).await;
    let page = morning.does(EDITION, "do=lead&article=9&seen=0").await;
    assert!(
        page.contains("Lead, by an editor") && page.contains("In 3 of 3 digests"),
        "{page}"
    );
    morning.does(EDITION, "do=pin&article=10").await;
    morning.does(EDITION, "do=move&article=10&text=1").await;
    let story = format!("{EDITION}/story/1");
    let asked = pages
        .desk_get(&morning.mia, &format!("{story}?ban"))
        .await
        .text;
    assert!(asked.contains("looked at have it"), "{asked}");
    let banned = morning.headline(1).await;
    let page = morning.does(&story, "do=ban&article=1&scope=edition").await;
    assert!(page.contains("Ban"), "{page}");
    let words = "do=rewrite&seen=9&headline=Bridge+open+again&summary=From+noon.";
    morning.does(&format!("{EDITION}/story/9"), words).await;
    morning
        .does(EDITION, "do=subject&seen=0&text=The+bridge+is+open")
        .await;
    morning
        .does(EDITION, "do=note&seen=0&text=Good+morning.%0A%0AThe+desk")
        .await;
    let before = morning.letter("as=ann%40reader.example").await;
    for words in [
        "Bridge open again",
        "From noon.",
        "Good morning.",
        &morning.headline(10).await,
    ] {
        assert!(before.text.contains(words), "{words}");
    }
    assert!(!before.text.contains(&banned) && !before.text.contains(&lead));
    // The letters that are planned are the previewed ones.
    let edition = paper.plan().await;
    let picks = paper.picks(edition.id, morning.readers[0]).await;
    assert_eq!(picks[0], ArticleId(9));
    assert!(picks.contains(&ArticleId(10)) && !picks.contains(&ArticleId(1)));
    let planned = morning.letter("as=ann%40reader.example").await;
    assert_eq!(unsigned(&planned.text), unsigned(&before.text));
    // Frozen: no deed reaches it any more, and its page says so.
    let said = pages
        .desk_post(&morning.mia, EDITION, "do=pin&article=3")
        .await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said.text.contains("frozen"), "{}", said.text);
}

#[tokio::test]
async fn what_is_taken_back_is_as_it_was() {
    let morning = Morning::new().await;
    let before = morning.letter("typical=0").await.text;
    let page = morning.does(EDITION, "do=lead&article=9&seen=0").await;
    assert_ne!(morning.letter("typical=0").await.text, before);
    let id = page.split("name=\"decision\" value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let undo = format!("do=undo&decision={id}");
    let page = morning.does(EDITION, &undo).await;
    assert!(page.contains("taken back"), "{page}");
    assert_eq!(morning.letter("typical=0").await.text, before);
    // A second press does no harm.
    morning.does(EDITION, &undo).await;
    // Topics in order, and nothing of it once it is empty.
    let page = morning
        .does(EDITION, "do=order&seen=0&place:sport=1&place:harbour=")
        .await;
    assert!(page.contains("Order of topics"), "{page}");
    let seen = seen_of(&page, "order");
    morning
        .does(EDITION, &format!("do=order&seen={seen}&place:sport="))
        .await;
    let decided = morning
        .pages
        .paper
        .store()
        .decisions(courant::domain::EditionId(1))
        .await;
    let force = courant::domain::edition::in_force(&decided.unwrap());
    assert!(force.order.is_empty() && force.lead.is_none());
}

#[tokio::test]
async fn of_two_editors_at_one_subject_neither_loses_a_word() {
    let morning = Morning::new().await;
    let pages = &morning.pages;
    morning.does(EDITION, "do=subject&seen=0&text=Before").await;
    let page = morning.page().await.text;
    let seen = seen_of(&page, "subject");
    let theirs = format!("do=subject&seen={seen}&text=Bobs+words");
    let said = pages.desk_post(&morning.bob, EDITION, &theirs).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let mine = format!("do=subject&seen={seen}&text=Mias+words");
    let said = pages.desk_post(&morning.mia, EDITION, &mine).await;
    assert_eq!(said.status, StatusCode::CONFLICT);
    for words in ["Before", "Bobs words", "Mias words", "bob was faster"] {
        assert!(said.text.contains(words), "{words}: {}", said.text);
    }
    assert!(morning.page().await.text.contains("value=\"Bobs words\""));
    // Having seen both, she decides.
    let seen = said.text.split("name=\"seen\" value=\"").nth(1).unwrap();
    let seen = seen.split('"').next().unwrap();
    let both = format!("do=subject&seen={seen}&text=Both+their+words");
    morning.does(EDITION, &both).await;
    assert!(
        morning
            .page()
            .await
            .text
            .contains("value=\"Both their words\"")
    );
    // The same with a headline.
    let story = format!("{EDITION}/story/2");
    let words = |headline: &str| format!("do=rewrite&seen=2&headline={headline}&summary=S");
    let said = pages.desk_post(&morning.bob, &story, &words("Bobs")).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let said = pages.desk_post(&morning.mia, &story, &words("Mias")).await;
    assert_eq!(said.status, StatusCode::CONFLICT);
    for words in [
        "Bobs",
        "Mias",
        "story number 1 of the harbour",
        "bob was faster",
    ] {
        assert!(said.text.contains(words), "{words}: {}", said.text);
    }
    assert_eq!(morning.headline(2).await, "Bobs");
}

#[tokio::test]
async fn who_may_what_is_kept_on_the_page_and_behind_it() {
    let morning = Morning::new().await;
    let pages = &morning.pages;
    let viewer = pages.seated("vic@paper.example", &role(Role::Viewer)).await;
    let page = pages.desk_get(&viewer, EDITION).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("value=\"lead\"") && !page.text.contains("value=\"approve\""));
    for (who, form) in [
        (&viewer, "do=lead&article=9&seen=0"),
        (&viewer, "do=hold"),
        (&viewer, "do=approve"),
        (&viewer, "do=test"),
        (&morning.bob, "do=approve"),
    ] {
        let said = pages.desk_post(who, EDITION, form).await;
        assert_eq!(said.status, StatusCode::FORBIDDEN, "{form}");
    }
    let story = format!("{EDITION}/story/1");
    let said = pages.desk_post(&viewer, &story, "do=withdraw").await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    // A role for another list shows nothing of this one.
    let store = pages.paper.store();
    let other = store
        .list_add(&slug("other"), &[], pages.paper.now)
        .await
        .unwrap();
    let grant = Grant {
        list: Some(other),
        role: Role::Admin,
    };
    let stranger = pages.seated("eve@paper.example", &[grant]).await;
    for path in [
        EDITION.to_owned(),
        format!("{EDITION}/letter"),
        format!("{EDITION}/preview"),
    ] {
        let said = pages.desk_get(&stranger, &path).await;
        assert_eq!(said.status, StatusCode::FORBIDDEN, "{path}");
    }
    let own = pages.desk_get(&stranger, "/desk/").await.text;
    assert!(!own.contains(EDITION), "{own}");
    assert!(
        store
            .decisions(courant::domain::EditionId(1))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_storys_page_labels_merges_splits_and_withdraws() {
    let morning = Morning::new().await;
    let store = morning.pages.paper.store();
    let story = format!("{EDITION}/story/1");
    let page = morning
        .does(&story, "do=label&topic=sport&topic=culture")
        .await;
    assert!(page.contains("Take back what mia said"), "{page}");
    let topics = store.article(ArticleId(1)).await.unwrap().topics;
    assert_eq!(topics.len(), 2);
    morning.does(&story, "do=label&back=1").await;
    let topics = store.article(ArticleId(1)).await.unwrap().topics;
    assert_eq!(topics[0].topic, slug("harbour"));
    let other = store.article(ArticleId(5)).await.unwrap().story;
    let page = morning
        .does(&story, &format!("do=merge&story={other}"))
        .await;
    assert!(page.contains("2 articles"), "{page}");
    morning.does(&story, "do=split&article=5").await;
    let (one, two) = (
        store.article(ArticleId(1)).await.unwrap(),
        store.article(ArticleId(5)).await.unwrap(),
    );
    assert_ne!(one.story, two.story);
    let said = morning
        .pages
        .desk_post(&morning.mia, &story, "do=merge&story=")
        .await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    morning.does(&story, "do=withdraw&reason=It+is+wrong").await;
    assert!(
        store
            .article(ArticleId(1))
            .await
            .unwrap()
            .withdrawn
            .is_some()
    );
    morning.does(&story, "do=restore").await;
    assert!(
        store
            .article(ArticleId(1))
            .await
            .unwrap()
            .withdrawn
            .is_none()
    );
    // A source out of which nothing is wanted.
    let page = morning.does(&story, "do=ban_source&article=1").await;
    assert!(page.contains("Source barred"), "{page}");
    let none = morning.letter("typical=0").await.text;
    assert!(none.contains("No letter"), "{none}");
}

#[tokio::test]
async fn what_a_feed_says_is_text_and_nothing_else() {
    const EVIL: &str =
        "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>";
    let paper = Paper::daily().await;
    let source = courant::domain::SourceId(1);
    let mut evil = article("evil", 0, after(paper.now, -5));
    evil.article.text.headline = EVIL.to_owned();
    evil.article.text.summary = EVIL.to_owned();
    evil.article.text.image = Some(Image {
        url: "https://wire.example/a.png\"onload=\"alert(4)".to_owned(),
        alt: EVIL.to_owned(),
    });
    let put = paper.store().articles_put(source, &[evil], paper.now).await;
    assert_eq!(put.unwrap().new, 1);
    let morning = Morning::of(paper, Vec::new()).await;
    let id = 13;
    morning
        .does(EDITION, &format!("do=lead&article={id}&seen=0"))
        .await;
    let subject = url::form_urlencoded::byte_serialize(EVIL.as_bytes()).collect::<String>();
    morning
        .does(EDITION, &format!("do=subject&seen=0&text={subject}"))
        .await;
    morning
        .does(EDITION, &format!("do=note&seen=0&text={subject}"))
        .await;
    for path in [
        EDITION.to_owned(),
        format!("{EDITION}/story/{id}"),
        format!("{EDITION}/story/{id}?ban"),
        format!("{EDITION}/preview?typical=0&beside=1"),
        format!("{EDITION}/preview?text=1&as={subject}"),
        format!("{EDITION}/letter?typical=0"),
    ] {
        let said = morning.pages.desk_get(&morning.mia, &path).await;
        assert_eq!(said.status, StatusCode::OK, "{path}");
        let text = said.text.to_lowercase();
        for mark in ["<script>alert", "<img src=x", "<svg/onload", "\"onload=\""] {
            assert!(!text.contains(mark), "{path}: {mark}");
        }
        let policy = said.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        if path.contains("/letter") {
            assert!(
                policy.contains("sandbox allow-popups") && !policy.contains("allow-scripts"),
                "{policy}"
            );
        }
    }
    let without = morning.letter("typical=0&images=0").await;
    assert!(
        !without
            .header("content-security-policy")
            .contains("img-src")
    );
    let text = morning.letter("typical=0&text=1").await;
    assert!(text.header("content-type").starts_with("text/plain"));
}

#[tokio::test]
async fn a_test_letter_comes_to_who_asked_and_unsubscribes_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let relay = Relay::new("127.0.0.1", sink.addr().port(), Tls::None);
    let morning = Morning::of(Paper::daily().await, vec![relay]).await;
    morning
        .does(EDITION, "do=subject&seen=0&text=The+bridge")
        .await;
    let page = morning.does(EDITION, "do=test").await;
    assert!(
        page.contains("A test letter is on its way to you"),
        "{page}"
    );
    let received = sink.mailbox().messages();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].recipient, "mia@paper.example");
    let text = String::from_utf8_lossy(&received[0].bytes).into_owned();
    assert!(text.contains("Subject: [TEST] The bridge"), "{text}");
    assert!(morning.pages.paper.edition().await.is_some());
    // Where no relay takes it, that is said, and nothing is lost.
    let lonely = Morning::new().await;
    let said = lonely
        .pages
        .desk_post(&lonely.mia, EDITION, "do=test")
        .await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said.text.contains("did not leave"), "{}", said.text);
}

#[tokio::test]
async fn editors_are_mailed_when_an_edition_opens_and_as_its_time_comes_near() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = Sink::start(listener, SinkSettings::default()).unwrap();
    let relay = Relay::new("127.0.0.1", sink.addr().port(), Tls::None);
    let morning = Morning::of(Paper::daily().await, Vec::new()).await;
    let paper = &morning.pages.paper;
    let looks = role(Role::Viewer);
    morning.pages.seated("vic@paper.example", &looks).await;
    let store = paper.store();
    let set = store.list_set(paper.list, "approval", "hold");
    set.await.unwrap();
    let notices = Notices {
        store: store.clone(),
        relays: vec![relay],
        signer: None,
    };
    let at = |minutes: i64| after(paper.due, -minutes);
    let send = |now| send_due(&notices, "https://desk.example", now);
    assert_eq!(send(at(121)).await.unwrap(), 0);
    // Mia and Bob curate; whoever only looks on hears nothing.
    assert_eq!(send(at(119)).await.unwrap(), 2);
    assert_eq!(send(at(118)).await.unwrap(), 0);
    let mails = sink.mailbox().messages();
    let to: Vec<&str> = mails.iter().map(|m| m.recipient.as_str()).collect();
    assert_eq!(to, ["mia@paper.example", "bob@paper.example"]);
    let text = String::from_utf8_lossy(&mails[0].bytes).into_owned();
    assert!(
        text.contains("https://desk.example/desk/times/daily/2026-11-25"),
        "{text}"
    );
    assert!(
        text.contains("open: daily 2026-11-25, due at 07:00"),
        "{text}"
    );
    assert_eq!(send(at(59)).await.unwrap(), 2);
    assert_eq!(send(at(45)).await.unwrap(), 0);
    // Half an hour's reminder was missed: the nearest alone comes.
    assert_eq!(send(at(9)).await.unwrap(), 2);
    let last = sink.mailbox().messages().pop().unwrap();
    let text = String::from_utf8_lossy(&last.bytes).into_owned();
    assert!(text.contains("9 min left, and nobody approved"), "{text}");
    // Approved, nobody is reminded; and a list may want none of it.
    let edition = paper.edition().await.unwrap();
    store.edition_approve(edition, "mia", at(8)).await.unwrap();
    assert_eq!(send(at(7)).await.unwrap(), 0);
    let none = store.list_set(paper.list, "desk_minutes", "0");
    none.await.unwrap();
    assert_eq!(send(after(paper.due, 24 * 60 - 60)).await.unwrap(), 0);
}
