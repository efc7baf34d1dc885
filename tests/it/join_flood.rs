//! A list bomber: many sign-ups over many addresses and networks, while readers go on reading.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use courant::clock::Clock;
use courant::domain::{DigestId, SubscriptionId};
use courant::feedback::link::{Opened, Purpose};
use courant::sink::{Sink, SinkSettings};
use reqwest::{Client, StatusCode};
use tokio::net::TcpListener;

use crate::support::paper::Paper;
use crate::support::served::{Served, assert_masked, configure, until};

/// How large it is: as every change is tested, or as `just flood` sets it.
fn given(name: &str, otherwise: usize) -> usize {
    match std::env::var(name) {
        Ok(number) => number.parse().unwrap(),
        Err(_) => otherwise,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ups_brings_one_mail_an_address_and_readers_are_answered() {
    let (posts, addresses) = (given("FLOOD_POSTS", 2_000), given("FLOOD_ADDRESSES", 1_000));
    let paper = Paper::due_in(600).await;
    let reader = paper.readers(&["in@reader.example"]).await[0];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = SinkSettings {
        keep: 0,
        journal: 2 * addresses,
        ..SinkSettings::default()
    };
    let sink = Sink::start(listener, settings).unwrap();
    let home = paper.folder.path();
    configure(home, sink.addr().port(), 1);
    let file = home.join("courant.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text
        .replace(
            "[smtp]",
            "trusted_proxies = \"127.0.0.1\"\n[join]\nper_hour = 1000000\n[smtp]",
        )
        .replace("level = \"debug\"", "level = \"trace\"");
    std::fs::write(&file, text).unwrap();
    let served = Served::ready(home).await;
    let base = served.base();
    let token = |purpose, subscription, digest| {
        let to = Opened {
            list: paper.list,
            subscription: SubscriptionId(subscription),
            digest: DigestId(digest),
        };
        paper.folder.keys.token("k1", purpose, to).unwrap()
    };
    let made = Clock::system().now().as_millisecond() - 10_000;
    let form = Arc::new(token(Purpose::Form, 0, made));

    // A reader opens their page again and again meanwhile.
    let (over, page) = (
        Arc::new(AtomicBool::new(false)),
        token(Purpose::Preferences, reader.0, 0),
    );
    let reading = tokio::spawn({
        let (over, url) = (over.clone(), format!("{base}/p/{page}"));
        async move {
            let (client, mut waits) = (Client::new(), Vec::new());
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let answer = client.get(&url).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                assert!(answer.text().await.unwrap().contains("i***@r***.example"));
                waits.push(begun.elapsed());
            }
            waits
        }
    });
    let next = Arc::new(AtomicUsize::new(0));
    let bombers: Vec<_> = (0..32)
        .map(|_| {
            let (next, form, base) = (next.clone(), form.clone(), base.clone());
            tokio::spawn(async move {
                let client = Client::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= posts {
                        return;
                    }
                    let who = n % addresses;
                    let body = format!("email=r{who}%40flood.example&form={form}");
                    let [_, a, b, c] = (who as u32).to_be_bytes();
                    let sent = client
                        .post(format!("{base}/join/times"))
                        .header("content-type", "application/x-www-form-urlencoded")
                        .header("x-forwarded-for", format!("{}.{b}.{c}.7", a + 11))
                        .body(body);
                    let answer = sent.send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::OK);
                }
            })
        })
        .collect();
    let begun = Instant::now();
    for bomber in bombers {
        bomber.await.unwrap();
    }
    let flooded = begun.elapsed();
    over.store(true, Ordering::Relaxed);
    let mut waits = reading.await.unwrap();
    waits.sort();
    println!(
        "{posts} posts in {flooded:?}; {} pages meanwhile, half of them within {:?}, the slowest {:?}",
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() - 1]
    );
    // No page came near the limit at which the guard gives one up.
    assert!(
        waits[waits.len() - 1] < Duration::from_secs(15),
        "{waits:?}"
    );
    let store = paper.store();
    let mailbox = sink.mailbox();
    let mut before = 0;
    // However long it takes, as long as it goes on.
    while mailbox.count_accepted() < addresses as u64 {
        until("the next mail", async || mailbox.count_accepted() > before).await;
        before = mailbox.count_accepted();
    }
    let idle = async || !store.signup_waits(Clock::system().now()).await.unwrap();
    until("none waits", idle).await;
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for entry in mailbox.journal() {
        *mails.entry(entry.recipient).or_default() += 1;
    }
    assert_eq!(mails.len(), addresses);
    assert!(mails.values().all(|n| *n == 1), "somebody got two");
    println!("{addresses} mails in {:?}", begun.elapsed());
    let said = served.said();
    assert!(served.stop().await.success());
    assert_masked(&said);
    assert!(
        !said.contains(form.as_str()) && !said.contains(&page),
        "a token in the log"
    );
}
