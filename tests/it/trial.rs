//! `edition send --test`: one real letter, marked, that leaves no trace and whose links are safe.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use courant::domain::subscriber::Standing;
use courant::feedback::link::{Opened, Purpose};
use courant::sink::{Received, Sink, SinkHandle, SinkSettings};
use tokio::net::TcpListener;

use crate::support::binary::courant;
use crate::support::paper::Paper;

const EDITOR: &str = "editor@paper.example";
const MIA: &str = "mia@reader.example";

struct Office {
    paper: Paper,
    sink: SinkHandle,
}

impl Office {
    async fn new() -> Office {
        let paper = Paper::due_in(5).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Sink::start(listener, SinkSettings::default()).unwrap();
        let text = format!(
            "[server]\npublic_url = \"https://news.example\"\n[smtp]\nhost = \"127.0.0.1\"\n\
             port = {}\ntls = \"none\"\n",
            sink.addr().port()
        );
        std::fs::write(paper.folder.path().join("courant.toml"), text).unwrap();
        Office { paper, sink }
    }

    fn home(&self) -> &Path {
        self.paper.folder.path()
    }

    fn test(&self, args: &[&str], code: i32) -> (String, String) {
        let all = [&["edition", "send", "times", "--test"], args].concat();
        let (got, out, err) = courant(self.home(), &all);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        (out, err)
    }

    fn last(&self) -> Received {
        self.sink.mailbox().messages().pop().unwrap()
    }

    /// The token of the letter's unsubscribe link.
    fn token(letter: &Received) -> String {
        let text = text(letter);
        let link = text.split("https://news.example/u/").nth(1).unwrap();
        link.chars().take_while(|c| *c != '>').collect()
    }

    /// What that link names.
    fn unsubscribes(&self, letter: &Received) -> Opened {
        let keys = &self.paper.folder.keys;
        keys.open(Purpose::Unsubscribe, &Office::token(letter))
            .unwrap()
    }
}

fn text(letter: &Received) -> String {
    let text = String::from_utf8(letter.bytes.to_vec()).unwrap();
    text.replace("\r\n ", " ")
}

fn header(letter: &Received, name: &str) -> String {
    let text = text(letter);
    let start = format!("{name}: ");
    let line = text.lines().find(|l| l.starts_with(&start)).unwrap();
    line[start.len()..].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_to_one_address_and_leaves_nothing_behind() {
    let office = Office::new().await;
    let readers = office.paper.readers(&[MIA]).await;
    let (out, err) = office.test(&[EDITOR], 0);
    let letter = office.last();
    assert_eq!(office.sink.mailbox().count_accepted(), 1);
    assert_eq!(
        (letter.recipient.as_str(), header(&letter, "To").as_str()),
        (EDITOR, EDITOR)
    );
    assert!(
        header(&letter, "Subject").starts_with("[TEST] "),
        "{}",
        text(&letter)
    );
    let id = header(&letter, "Message-ID");
    let place = office.sink.addr();
    assert!(
        out.starts_with(&format!("{place} accepted it: 250 ")),
        "{out}"
    );
    assert!(out.ends_with(&format!("Message-ID: {id}\n")), "{out}");
    assert!(err.contains("who asked for nothing in particular"), "{err}");
    assert!(err.contains("nobody is unsubscribed"), "{err}");
    assert_eq!(office.unsubscribes(&letter).subscription.0, 0);

    let store = office.paper.store();
    assert_eq!(
        store.editions(office.paper.list, 10).await.unwrap(),
        Vec::new()
    );
    let (_, reader) = store.subscription(readers[0]).await.unwrap().unwrap();
    assert_eq!(reader.standing, Standing::Active);
    // A second one is another letter, so that no mailbox takes it for a copy.
    office.test(&[EDITOR], 0);
    assert_ne!(header(&office.last(), "Message-ID"), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_letter_of_whoever_is_named_and_its_links_are_ones_own_only() {
    let office = Office::new().await;
    let readers = office.paper.readers(&[MIA, EDITOR]).await;
    // Planned: the test is of the stored digest.
    let edition = office.paper.plan().await;
    let rows = office.paper.rows(edition.id).await;

    let (_, err) = office.test(&[EDITOR, "--subscriber", MIA], 0);
    assert!(
        err.contains(&format!("as `{MIA}` gets it")) && !err.contains("draft"),
        "{err}"
    );
    let as_mia = office.last();
    assert_eq!(office.unsubscribes(&as_mia).subscription.0, 0, "not hers");
    assert!(!text(&as_mia).contains(MIA));
    let pages = crate::doctor::pages(&office.paper, office.paper.folder.keys.clone()).await;
    let link = format!("http://{pages}/u/{}", Office::token(&as_mia));
    let client = reqwest::Client::new();
    let post = client
        .post(link)
        .header("content-type", "application/x-www-form-urlencoded");
    let pressed = post.body("List-Unsubscribe=One-Click").send().await;
    assert_eq!(pressed.unwrap().status(), 200);
    for reader in &readers {
        let (_, found) = office
            .paper
            .store()
            .subscription(*reader)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.standing, Standing::Active, "whoever presses it");
    }

    let (_, err) = office.test(&[EDITOR], 0);
    assert!(err.contains("that subscriber's own"), "{err}");
    let own = office.last();
    assert_eq!(office.unsubscribes(&own).subscription, readers[1]);
    assert_eq!(
        office.paper.rows(edition.id).await,
        rows,
        "the ledger is not touched"
    );

    // The real letter is none that a mailbox would take for the test's copy.
    let id = header(&own, "Message-ID");
    let (code, out, err) = courant(office.home(), &["edition", "send", "times", "--yes"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("planned 2 = accepted 2 "), "{out}");
    let messages = office.sink.mailbox().messages();
    let real = messages
        .iter()
        .rev()
        .find(|m| m.recipient == EDITOR)
        .unwrap();
    assert_ne!(header(real, "Message-ID"), id);
    assert_eq!(
        header(&own, "Subject"),
        format!("[TEST] {}", header(real, "Subject"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_says_why() {
    let office = Office::new().await;
    let (_, err) = office.test(&["refuse.me@paper.example"], 1);
    assert!(err.contains("RCPT: the relay said: 550 5.1.1"), "{err}");
    let (_, err) = office.test(&[EDITOR, "--subscriber", "nobody@reader.example"], 1);
    assert!(err.contains("is no subscriber of `times`"), "{err}");
    let (_, err) = office.test(&["no address"], 2);
    assert!(err.contains("not a mail address"), "{err}");
    office.test(&[EDITOR, "--yes"], 2);
    let (code, _, _) = courant(
        office.home(),
        &["edition", "send", "times", "--subscriber", MIA],
    );
    assert_eq!(code, 2);

    let readers = office.paper.readers(&[MIA]).await;
    let (store, now) = (office.paper.store(), office.paper.now);
    let moved = store.standing_set(readers[0], Standing::Complained, "complaint", "", None, now);
    moved.await.unwrap();
    let (code, _, err) = courant(office.home(), &["edition", "send", "times", "--test", MIA]);
    assert!(
        code == 1 && err.contains("is stopped: it has complained"),
        "{code} {err}"
    );
    assert_eq!(office.sink.mailbox().count_accepted(), 0);
}
