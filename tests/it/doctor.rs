//! `doctor` through the binary, with a name server, a relay and pages of the test's own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use courant::clock::Clock;
use courant::feedback::link::{Keyring, Opened};
use courant::pictures::shelf::Shelf;
use courant::render::words::Catalogue;
use courant::sink::{Sink, SinkHandle, SinkSettings};
use courant::web::{Answer, App, LetterSource, router, serve};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::binary::{courant, run, typed};
use crate::support::dns::Dns;
use crate::support::paper::Paper;
use crate::support::relay::{FakeRelay, RelayBehaviour};

struct NoLetters;

impl LetterSource for NoLetters {
    fn html(&self, _: Opened) -> Answer<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

/// A data folder in good health: a list, signing keys, pages, a relay, and all of it in DNS.
struct Patient {
    paper: Paper,
    dns: Dns,
    _sink: SinkHandle,
    pages: std::net::SocketAddr,
    sink: std::net::SocketAddr,
}

/// Pages that hold `keys`, on a free port.
pub(super) async fn pages(paper: &Paper, keys: Keyring) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = App {
        store: paper.store().clone(),
        keys,
        clock: Clock::system(),
        public_url: format!("http://{address}"),
        letters: Arc::new(NoLetters),
        words: Arc::new(Catalogue::parse(&Catalogue::sources()).unwrap()),
        pictures: Shelf::of(paper.folder.path()),
        join: Default::default(),
        desk: None,
    };
    tokio::spawn(serve(listener, router(app), CancellationToken::new()));
    address
}

impl Patient {
    async fn new() -> Patient {
        let paper = Paper::due_in(5).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Sink::start(listener, SinkSettings::default()).unwrap();
        let pages = pages(&paper, paper.folder.keys.clone()).await;
        let patient = Patient {
            dns: Dns::start(),
            pages,
            sink: sink.addr(),
            _sink: sink,
            paper,
        };
        patient.configure("");
        private(patient.home(), "courant.key", 0o600);
        patient.run(&["dkim", "keygen"], 0);
        patient.publish();
        patient
    }

    fn home(&self) -> &Path {
        self.paper.folder.path()
    }

    /// The configuration, with sections put behind it.
    fn configure(&self, more: &str) {
        let relay = format!(
            "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"",
            self.sink.port()
        );
        let public = format!("http://{}", self.pages);
        self.configured(&public, "127.0.0.1:0", &relay, more);
    }

    fn configured(&self, public: &str, listen: &str, relay: &str, more: &str) {
        let text = format!(
            "[server]\npublic_url = \"{public}\"\nlisten = \"{listen}\"\n[smtp]\n{relay}\n\
             [dns]\nserver = \"{}\"\n[bounce]\ndomain = \"bounce.times.example\"\n\
             [dkim]\ndomain = \"times.example\"\nselector = \"courant\"\n\
             key_file = \"dkim-courant.pem\"\ned25519_selector = \"courant-ed\"\n\
             ed25519_key_file = \"dkim-courant-ed.pem\"\n{more}",
            self.dns.address()
        );
        std::fs::write(self.home().join("courant.toml"), text).unwrap();
    }

    fn run(&self, args: &[&str], code: i32) -> (String, String) {
        let (got, out, err) = courant(self.home(), args);
        assert_eq!(got, code, "{args:?}: {out}{err}");
        (out, err)
    }

    fn keys(&self) -> Vec<Value> {
        let (out, _) = self.run(&["dkim", "dns", "--json"], 0);
        serde_json::from_str(&out).unwrap()
    }

    fn publish(&self) {
        let dns = &self.dns;
        dns.txt("bounce.times.example", "v=spf1 ip4:192.0.2.1 ~all");
        dns.mx("bounce.times.example", 10, "mx.times.example");
        dns.mx("times.example", 20, "mx2.times.example");
        dns.mx("times.example", 10, "mx.times.example");
        dns.a("mx.times.example", [192, 0, 2, 1]);
        for key in self.keys() {
            dns.txt(
                key["name"].as_str().unwrap(),
                key["value"].as_str().unwrap(),
            );
        }
        let dmarc = "v=DMARC1; p=none; rua=mailto:dmarc@times.example";
        dns.txt("_dmarc.times.example", dmarc);
    }

    /// The findings of `doctor --json`, which must exit so.
    fn found(&self, code: i32) -> Vec<Value> {
        let (out, _) = self.run(&["doctor", "--json"], code);
        serde_json::from_str(&out).unwrap()
    }

    /// The one finding that is not ok; the exit code is that of its level.
    fn one(&self, code: i32) -> (String, String, String, String) {
        let mut wrong = self.found(code);
        wrong.retain(|f| f["level"] != "ok");
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        let level = if code == 5 { "problem" } else { "hint" };
        assert_eq!(wrong[0]["level"], level, "{wrong:#?}");
        told(&wrong[0])
    }

    /// Section, place, what and hint of the one finding that is not ok, checked.
    fn wrong(&self, code: i32, section: &str, place: &str, what: &str, hint: &str) {
        let (found_section, found_place, found_what, found_hint) = self.one(code);
        assert_eq!(
            (found_section.as_str(), found_place.as_str()),
            (section, place)
        );
        assert!(found_what.contains(what), "{found_what}");
        assert!(found_hint.contains(hint), "{found_hint}");
    }
}

fn told(finding: &Value) -> (String, String, String, String) {
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    (text("section"), text("where"), text("what"), text("hint"))
}

fn private(home: &Path, file: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(home.join(file), permissions).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_everything_is_fine_every_section_says_so() {
    let patient = Patient::new().await;
    let found = patient.found(0);
    let wrong: Vec<_> = found.iter().filter(|f| f["level"] != "ok").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut sections: Vec<_> = found
        .iter()
        .map(|f| f["section"].as_str().unwrap())
        .collect();
    sections.dedup();
    let all = [
        "Configuration",
        "Database",
        "Clock",
        "Key files",
        "Sending",
        "Pages",
        "SMTP",
        "DNS",
    ];
    assert_eq!(sections, all);
    let whats: Vec<_> = found.iter().map(|f| f["what"].as_str().unwrap()).collect();
    for what in [
        "SPF: 0 of 10 lookups",
        "the DKIM key is the one that signs",
        "DMARC says `none`",
        "what signs and the envelope sender are aligned with From `times.example`",
        "mail to `times.example` goes to mx.times.example",
        "mail to the bounce domain `bounce.times.example` goes to mx.times.example",
    ] {
        assert!(whats.contains(&what), "{what}: {whats:#?}");
    }
    let (out, err) = patient.run(&["doctor"], 0);
    assert!(
        out.contains("\nDNS\n  ok       bounce.times.example: SPF"),
        "{out}"
    );
    assert_eq!(err, "nothing is wrong\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_published_each_finding_says_what_to_publish() {
    let patient = Patient::new().await;
    let keys = patient.keys();
    let empty = Patient {
        dns: Dns::start(),
        ..patient
    };
    empty.configure("");
    let found = empty.found(5);
    let dns: Vec<_> = found.iter().filter(|f| f["section"] == "DNS").collect();
    let problems = dns.iter().filter(|f| f["level"] == "problem");
    let hints: Vec<String> = problems.map(|f| told(f).3).collect();
    let zone = |n: usize| {
        let strings = keys[n]["strings"].as_array().unwrap();
        let strings: Vec<_> = strings.iter().map(Value::to_string).collect();
        let name = keys[n]["name"].as_str().unwrap();
        format!("publish: {name}. IN TXT ( {} )", strings.join(" "))
    };
    let expected = [
        "publish: bounce.times.example. IN TXT \"v=spf1 ip4:ADDRESS-OF-THIS-MACHINE ~all\" (or \
         what the relay's own pages say to include)"
            .to_owned(),
        zone(0),
        zone(1),
        "publish: _dmarc.times.example. IN TXT \"v=DMARC1; p=none; \
         rua=mailto:postmaster@times.example\""
            .to_owned(),
        "publish: times.example. IN MX 10 mail.times.example.".to_owned(),
        "publish: bounce.times.example. IN MX 10 mail.bounce.times.example.".to_owned(),
    ];
    assert_eq!(hints, expected);
    let others: Vec<_> = dns.iter().filter(|f| f["level"] != "problem").collect();
    assert_eq!(others.len(), 1, "{others:#?}");
    assert!(told(others[0]).2.contains("are aligned with From"));
}

#[tokio::test(flavor = "multi_thread")]
async fn spf_that_receivers_take_for_broken_is_named() {
    let patient = Patient::new().await;
    let (dns, domain) = (&patient.dns, "bounce.times.example");
    let spf = |text: &str| {
        dns.clear(domain);
        dns.mx(domain, 10, "mx.times.example");
        dns.txt(domain, text);
        dns.txt(domain, "site-verification=1");
    };
    let wrong = |what: &str, hint: &str| patient.wrong(5, "DNS", domain, what, hint);

    spf("v=spf1 ip4:192.0.2.1 -all");
    dns.txt(domain, "v=spf1 include:_spf.one.example ip4:192.0.2.1 ~all");
    wrong(
        "2 SPF records: receivers take none of them",
        "publish one in their place: bounce.times.example. IN TXT \"v=spf1 ip4:192.0.2.1 \
         include:_spf.one.example ~all\"",
    );
    spf("v=spf1 include:many.example -all");
    let nine: Vec<String> = (0..9).map(|n| format!("a:h{n}.example")).collect();
    dns.txt(
        "many.example",
        &format!("v=spf1 {} exists:x.example ?all", nine.join(" ")),
    );
    wrong("takes 11 lookups; receivers stop at 10", "bounce.domain");
    dns.only_txt("many.example", &format!("v=spf1 {} ?all", nine.join(" ")));
    let ok = patient.found(0);
    let spf_ok = ok
        .iter()
        .find(|f| f["where"] == domain && f["section"] == "DNS")
        .unwrap();
    assert_eq!(spf_ok["what"], "SPF: 10 of 10 lookups");

    spf("v=spf1 include:loop.example -all");
    dns.txt("loop.example", &format!("v=spf1 redirect={domain}"));
    wrong(
        "includes loop.example includes bounce.times.example again",
        "mend it",
    );
    spf("v=spf1 include:nobody.example -all");
    wrong(
        "it includes `nobody.example`, which has no SPF record",
        "mend it",
    );
    spf("v=spf1 ipv4:192.0.2.1 -all");
    wrong("`ipv4:192.0.2.1` is no mechanism", "mend it");
    spf("v=spf1 ip4:192.0.2.1 +all");
    wrong("lets everybody send", "\"v=spf1 ip4:192.0.2.1 ~all\"");
    spf("v=spf1 -all");
    wrong("lets nobody send", "ip4:ADDRESS-OF-THIS-MACHINE");
    spf("v=spf1 ip4:192.0.2.1");
    let nothing_said = "says nothing of all other senders";
    patient.wrong(
        0,
        "DNS",
        domain,
        nothing_said,
        "\"v=spf1 ip4:192.0.2.1 ~all\"",
    );
    dns.fails("down.example");
    spf("v=spf1 include:down.example -all");
    wrong(
        "`down.example` could not be looked up: the name server says",
        "mend it",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dkim_record_is_compared_with_the_key_that_signs() {
    let patient = Patient::new().await;
    let keys = patient.keys();
    let (name, value) = (
        keys[0]["name"].as_str().unwrap(),
        keys[0]["value"].as_str().unwrap(),
    );
    let wrong = |what: &str| patient.wrong(5, "DNS", name, what, name);
    let other = value.replace("p=MIIB", "p=MIIA");
    assert_ne!(other, value);
    for (record, what) in [
        (other.as_str(), "another one than signs here"),
        ("v=DKIM1; k=rsa; p=", "revoked"),
        (&value.replace("k=rsa", "k=ed25519"), "of kind `ed25519`"),
        (&format!("{value}; h=sha1"), "not for sha256"),
        ("v=spf1 -all", "this is no DKIM key"),
    ] {
        patient.dns.only_txt(name, record);
        wrong(what);
    }
    patient.dns.only_txt(name, value);
    patient.dns.txt(name, "v=DKIM1; p=");
    wrong("2 TXT records");
    // Blanks within the key, and the defaults left out, are the same key.
    let spaced = value.replace("v=DKIM1; k=rsa; p=MIIB", "p=MI IB");
    patient.dns.only_txt(name, &spaced);
    patient.found(0);
    patient.dns.only_txt(name, &format!("{value}; t=y"));
    patient.wrong(0, "DNS", name, "tried out", name);
}

#[tokio::test(flavor = "multi_thread")]
async fn dmarc_is_found_up_the_tree_and_judged_strictly_where_it_is_strict() {
    let patient = Patient::new().await;
    let (dns, own) = (&patient.dns, "_dmarc.times.example");
    let rua = "rua=mailto:d@times.example";

    dns.only_txt(own, &format!("v=DMARC1; p=reject; aspf=s; {rua}"));
    let words = "the envelope sender, `bounce.times.example`, is not aligned with From \
                 `times.example`, and the DMARC record is strict (`aspf=s`)";
    patient.wrong(0, "DNS", "times.example", words, "publish `aspf=r`");

    // A list on a name below: the record of the organization holds, and its `sp`.
    let store = patient.paper.store();
    let list = patient.paper.list;
    let set = store
        .list_set(list, "sender_address", "news@mail.times.example")
        .await;
    set.unwrap();
    dns.mx("mail.times.example", 10, "mx.times.example");
    dns.only_txt(own, &format!("v=DMARC1; p=reject; sp=quarantine; {rua}"));
    let found = patient.found(0);
    let stated = found.iter().find(|f| f["where"] == own).unwrap();
    assert_eq!(stated["what"], "DMARC says `quarantine`");
    dns.only_txt(own, &format!("v=DMARC1; p=reject; adkim=s; {rua}"));
    let words = "what signs, `times.example`, is not aligned with From `mail.times.example`, and \
                 the DMARC record is strict (`adkim=s`)";
    let hint = "set dkim.domain to `mail.times.example`";
    patient.wrong(5, "DNS", "mail.times.example", words, hint);

    dns.only_txt(own, "v=DMARC1; p=none");
    let publish = "\"v=DMARC1; p=none; rua=mailto:postmaster@times.example\"";
    patient.wrong(0, "DNS", own, "nobody is sent the reports", publish);
    dns.only_txt(own, "v=DMARC1; p=maybe");
    patient.wrong(5, "DNS", own, "states no policy", "v=DMARC1; p=none");
    dns.only_txt(own, &format!("v=DMARC1; p=none; {rua}"));
    dns.txt(own, "v=DMARC1; p=reject");
    let doubled = patient.found(5);
    let doubled = doubled.iter().find(|f| f["where"] == own).unwrap();
    assert_eq!(
        doubled["what"],
        "more than one DMARC record: receivers take none of them"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_that_take_no_mail_and_silent_name_servers_are_named() {
    let patient = Patient::new().await;
    let (dns, domain) = (&patient.dns, "times.example");
    dns.clear(domain);
    dns.mx(domain, 0, ".");
    let publish = "times.example. IN MX 10 mail.times.example.";
    patient.wrong(
        5,
        "DNS",
        domain,
        "its MX record is null (RFC 7505)",
        publish,
    );
    dns.clear(domain);
    dns.mx(domain, 10, "gone.times.example");
    patient.wrong(
        5,
        "DNS",
        domain,
        "goes to gone.times.example, which has no address",
        publish,
    );
    dns.clear(domain);
    dns.a(domain, [192, 0, 2, 7]);
    patient.wrong(0, "DNS", domain, "without an MX record", publish);
    dns.fails(domain);
    let words = "the MX record could not be looked up: the name server says";
    patient.wrong(5, "DNS", domain, words, "ask again later");
    for name in ["bounce.times.example", "times.example", "mx.times.example"] {
        dns.silent(name);
    }
    let found = patient.found(5);
    let silent = found.iter().filter(|f| {
        told(f)
            .2
            .ends_with("could not be looked up: the name server does not answer")
    });
    assert!(silent.count() >= 2, "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rented_mailbox_is_no_sender() {
    let patient = Patient::new().await;
    let (store, list) = (patient.paper.store(), patient.paper.list);
    let set = store
        .list_set(list, "sender_address", "times@gmail.com")
        .await;
    set.unwrap();
    let found = patient.found(5);
    let dns: Vec<_> = found.iter().filter(|f| f["section"] == "DNS").collect();
    assert!(
        told(dns[0])
            .2
            .contains("list `times` sends from `gmail.com`, a mailbox provider")
    );
    let about = |f: &&&Value| told(f).1.contains("gmail.com");
    assert_eq!(dns.iter().filter(about).count(), 1, "{dns:#?}");
    let asked = patient.dns.asked();
    assert!(!asked.iter().any(|a| a.contains("gmail.com")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_at_the_public_address_has_to_hold_our_keys() {
    let patient = Patient::new().await;
    let relay = format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"",
        patient.sink.port()
    );
    let listen = patient.pages.to_string();
    let at = |public: &str, listen: &str| patient.configured(public, listen, &relay, "");
    let place = "server.public_url";

    let short = reqwest::get(format!("http://{listen}/doctor/short")).await;
    assert_eq!(
        short.unwrap().status(),
        404,
        "a nonce is long enough to be one"
    );
    let others = Keyring::parse(&Keyring::file_text("k1", &[9; 32])).unwrap();
    let others = pages(&patient.paper, others).await;
    at(&format!("http://{others}"), &listen);
    let words = "or a courant with other keys";
    patient.wrong(
        5,
        "Pages",
        place,
        words,
        &format!("have the proxy pass to {listen}"),
    );

    at(&format!("http://{}/news", patient.pages), &listen);
    patient.wrong(
        5,
        "Pages",
        place,
        "is not these pages",
        "have the proxy pass every path",
    );

    let moved = axum::Router::new().fallback(|| async {
        (
            axum::http::StatusCode::FOUND,
            [("location", "https://www.times.example/")],
        )
    });
    let moved_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let moved_at = moved_listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(moved_listener, moved).await });
    at(&format!("http://{moved_at}"), &listen);
    let words = "sends readers on to https://www.times.example/";
    patient.wrong(
        5,
        "Pages",
        place,
        words,
        "set server.public_url to the address that is meant",
    );

    let bad_gateway =
        axum::Router::new().fallback(|| async { axum::http::StatusCode::BAD_GATEWAY });
    let gateway_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gateway = gateway_listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(gateway_listener, bad_gateway).await });
    at(&format!("http://{gateway}"), &listen);
    patient.wrong(
        5,
        "Pages",
        place,
        "answers 502",
        &format!("does not reach {listen}"),
    );

    // A port that nobody listens on any more.
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    at(&format!("http://{closed}"), &listen);
    patient.wrong(
        5,
        "Pages",
        place,
        "nobody answers at",
        "put a TLS proxy before it",
    );
    let nowhere = "https://nowhere.invalid";
    at(nowhere, &closed.to_string());
    patient.wrong(
        5,
        "Pages",
        place,
        nowhere,
        "give the name of server.public_url an A or AAAA",
    );
    at(&format!("http://{closed}"), &closed.to_string());
    patient.wrong(
        0,
        "Pages",
        place,
        "nobody serves at",
        "start `courant serve`",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_others_may_read_and_what_is_missing_are_named() {
    let patient = Patient::new().await;
    let home = patient.home();
    let key = home.join("courant.key").display().to_string();
    private(home, "courant.key", 0o640);
    patient.wrong(
        5,
        "Key files",
        &key,
        "other users",
        &format!("`chmod 600 {key}`"),
    );
    private(home, "courant.key", 0o600);
    let signing = home.join("dkim-courant-ed.pem").display().to_string();
    private(home, "dkim-courant-ed.pem", 0o644);
    patient.wrong(
        5,
        "Key files",
        &signing,
        "other users",
        &format!("`chmod 600 {signing}`"),
    );
    private(home, "dkim-courant-ed.pem", 0o600);
    let database = home.join("courant.db").display().to_string();
    private(home, "courant.db", 0o644);
    patient.wrong(5, "Database", &database, "it holds addresses", "chmod 600");
    private(home, "courant.db", 0o600);

    std::fs::rename(home.join("dkim-courant.pem"), home.join("away")).unwrap();
    let found = patient.found(5);
    let keys: Vec<_> = found
        .iter()
        .filter(|f| f["section"] == "Key files")
        .collect();
    assert!(told(keys[1]).2.contains("cannot use"), "{keys:#?}");
    std::fs::rename(home.join("away"), home.join("dkim-courant.pem")).unwrap();

    patient
        .paper
        .sql("update instance set created_ms = created_ms + 3600000000")
        .await;
    patient.wrong(
        5,
        "Clock",
        "the system's clock",
        "and a row was written at",
        "set the clock",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_file_ends_nothing_but_its_own_section() {
    let patient = Patient::new().await;
    let home = patient.home();
    let (out, _) = patient.run(&["doctor", "--offline", "--json"], 0);
    let offline: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(
        !offline
            .iter()
            .any(|f| f["section"] == "DNS" || f["section"] == "Pages")
    );
    assert_eq!(
        patient.dns.asked(),
        Vec::<String>::new(),
        "offline asks nobody"
    );

    std::fs::rename(home.join("courant.key"), home.join("away")).unwrap();
    let (out, _) = patient.run(&["doctor"], 5);
    assert!(
        out.contains("cannot read the key file") && out.contains("sound, of schema"),
        "{out}"
    );
    std::fs::rename(home.join("away"), home.join("courant.key")).unwrap();
    patient.configure("[smtp2]\nx = 1\n");
    let found = patient.found(5);
    assert!(
        told(&found[0]).2.contains("no option `smtp2.x`"),
        "{found:#?}"
    );

    let empty = tempfile::tempdir().unwrap();
    let (code, _, err) = courant(empty.path(), &["doctor"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("hint: `courant init`"), "{err}");
}

/// `courant ARGS` where the fake relay's authority is trusted.
fn trusting(patient: &Patient, relay: &FakeRelay, args: &[&str]) -> (i32, String, String) {
    let home = patient.home().to_str().unwrap();
    let env = [("SSL_CERT_FILE", relay.authority())];
    run(typed(&[&["--home", home], args].concat(), &env), "")
}

fn signed_in(patient: &Patient, relay: &FakeRelay) {
    let smtp = format!(
        "host = \"localhost\"\nport = {}\nusername = \"news\"\npassword = \"hush-hush\"",
        relay.port()
    );
    let public = format!("http://{}", patient.pages);
    patient.configured(&public, "127.0.0.1:0", &smtp, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_test_says_each_step_and_what_is_offered() {
    let patient = Patient::new().await;
    let relay = FakeRelay::start(patient.home(), RelayBehaviour::default());
    signed_in(&patient, &relay);
    let (code, out, err) = trusting(&patient, &relay, &["relay", "test", "smtp", "--json"]);
    assert_eq!(code, 0, "{out}{err}");
    let tried: Value = serde_json::from_str(&out).unwrap();
    let tried = &tried[0];
    assert_eq!(
        (&tried["relay"], &tried["ok"]),
        (&"smtp".into(), &true.into())
    );
    let steps = tried["steps"].as_array().unwrap();
    let phases: Vec<_> = steps.iter().map(|s| s["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["name", "connect", "greeting", "TLS", "AUTH"]);
    assert!(
        steps[3]["what"]
            .as_str()
            .unwrap()
            .starts_with("encrypted by TLSv1.3 "),
        "{steps:?}"
    );
    assert_eq!(steps[4]["what"], "signed in as news");
    assert_eq!(tried["offers"]["max_message"], 1_000_000);
    assert_eq!(tried["offers"]["auth"], serde_json::json!(["PLAIN"]));
    assert!(
        tried["certificate_ends"]
            .as_str()
            .unwrap()
            .starts_with("4096-"),
        "{tried}"
    );

    let (code, out, err) = trusting(&patient, &relay, &["relay", "test"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        out.contains("EHLO         relay.test offers PIPELINING, SIZE 1000000, AUTH PLAIN"),
        "{out}"
    );
    assert!(err.contains("letters can leave this way"), "{err}");
    assert!(!out.contains("hush-hush") && !err.contains("hush-hush"));
    let (code, _, err) = trusting(&patient, &relay, &["relay", "test", "smpt"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("hint: there is `smtp`"), "{err}");

    // In clear, on this machine: the sink.
    patient.configure("");
    let (out, _) = patient.run(&["relay", "test"], 0);
    assert!(out.contains("sink.localhost offers PIPELINING"), "{out}");
    assert!(!out.contains("TLS"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_test_fails_with_the_phase_and_what_to_do() {
    let patient = Patient::new().await;
    let refused = RelayBehaviour {
        auth: "535 5.7.8 bad credentials",
        ..RelayBehaviour::default()
    };
    let other_name = RelayBehaviour {
        name: "mail.elsewhere.example",
        ..RelayBehaviour::default()
    };
    let expired = RelayBehaviour {
        expired: true,
        ..RelayBehaviour::default()
    };
    let clear = RelayBehaviour {
        starttls: false,
        ..RelayBehaviour::default()
    };
    for (behaviour, phase, words, hint) in [
        (
            refused,
            "AUTH",
            "535 5.7.8 bad credentials",
            "check smtp.username and smtp.password",
        ),
        (
            other_name,
            "TLS",
            "not valid for name",
            "made out to another name than `localhost`",
        ),
        (expired, "TLS", "expired", "has expired"),
        (
            clear,
            "TLS",
            "does not offer STARTTLS",
            "465 with smtp.tls = \"implicit\"",
        ),
    ] {
        let relay = FakeRelay::start(patient.home(), behaviour);
        signed_in(&patient, &relay);
        let (code, out, err) = trusting(&patient, &relay, &["relay", "test"]);
        assert_eq!(code, 1, "{out}{err}");
        let error = format!("error: localhost:{}: {phase}: ", relay.port());
        assert!(err.starts_with(&error) && err.contains(words), "{err}");
        assert!(err.contains("hint: ") && err.contains(hint), "{err}");
        let (code, out, _) = trusting(&patient, &relay, &["doctor", "--json"]);
        assert_eq!(code, 5, "{out}");
        let found: Vec<Value> = serde_json::from_str(&out).unwrap();
        let smtp: Vec<_> = found.iter().filter(|f| f["section"] == "SMTP").collect();
        assert_eq!((smtp.len(), &smtp[0]["level"]), (1, &"problem".into()));
        assert!(
            told(smtp[0]).2.starts_with(&format!("{phase}: ")),
            "{smtp:?}"
        );
        assert!(told(smtp[0]).3.contains(hint), "{smtp:?}");
    }
    // An authority that nobody trusts.
    let relay = FakeRelay::start(patient.home(), RelayBehaviour::default());
    signed_in(&patient, &relay);
    let (code, _, err) = courant(patient.home(), &["relay", "test"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("smtp.ca_file"), "{err}");
    let smtp = "host = \"nowhere.invalid\"";
    patient.configured("https://news.times.example", "127.0.0.1:0", smtp, "");
    let (_, err) = patient.run(&["relay", "test"], 1);
    assert!(
        err.contains(": connect: `nowhere.invalid` leads nowhere: "),
        "{err}"
    );
    // A port that nobody listens on.
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let smtp = format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"",
        closed.port()
    );
    patient.configured("http://127.0.0.1:8025", "127.0.0.1:0", &smtp, "");
    let (_, err) = patient.run(&["relay", "test"], 1);
    assert!(
        err.contains(": connect: ") && err.contains("smtp.port"),
        "{err}"
    );
}
