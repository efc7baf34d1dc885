//! Signed letters through the binary: keys made and published, letters planned and sent to a real
//! receiver, verified by judges that are not ours (`COURANT_JUDGES`), and refused by them once
//! anything in them was changed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use courant::deliver::dkim::{DkimKey, Signer};
use courant::deliver::notice::{self, Notices, SystemMail};
use courant::deliver::smtp::{Relay, Tls};
use courant::domain::address::Address;
use courant::sink::{Received, Sink, SinkHandle, SinkSettings};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::binary::courant;
use crate::support::paper::Paper;
use crate::support::{at, skip};

const RUN: &str = "2025-11-25";
const READERS: &[&str] = &[
    "mia@reader.example",
    "o'brien+news@reader.example",
    "noah@bücher.example",
    "x@a-rather-long-name-of-a-host-at-which-somebody-reads-mail.reader.example",
];

/// A paper of a year ago, signed, with https links and bounces to a domain of their own.
struct Office {
    paper: Paper,
    sink: SinkHandle,
}

impl Office {
    async fn new() -> Office {
        let paper = Paper::new(at("2025-11-25T07:00:00Z"), "0 7 * * *").await;
        let hostile = "\"Küste\", <b@evil.example>\u{202e}; \u{1f6a2} =?utf-8?Q?x?=";
        for (key, value) in [("late", "send"), ("sender_name", hostile)] {
            let set = paper.store().list_set(paper.list, key, value).await;
            set.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Sink::start(listener, SinkSettings::default()).unwrap();
        let office = Office { paper, sink };
        office.configure("courant");
        let (code, _, said) = office.courant(&["dkim", "keygen"]);
        assert_eq!(code, 0, "{said}");
        office
    }

    fn home(&self) -> &Path {
        self.paper.folder.path()
    }

    fn courant(&self, args: &[&str]) -> (i32, String, String) {
        courant(self.home(), args)
    }

    fn done(&self, args: &[&str]) -> String {
        let (code, out, said) = self.courant(args);
        assert_eq!(code, 0, "{args:?}: {out}{said}");
        out
    }

    /// Signed by the keys of this selector.
    fn configure(&self, selector: &str) {
        let text = format!(
            "[server]\npublic_url = \"https://news.times.example\"\n[smtp]\nhost = \"127.0.0.1\"\n\
             port = {}\ntls = \"none\"\nconnections = 2\n[delivery]\nretry = \"100ms\"\n\
             [bounce]\ndomain = \"bounce.times.example\"\n\
             [dkim]\ndomain = \"Times.example\"\nselector = \"{selector}\"\n\
             key_file = \"dkim-{selector}.pem\"\ned25519_selector = \"{selector}-ed\"\n\
             ed25519_key_file = \"dkim-{selector}-ed.pem\"\n",
            self.sink.addr().port()
        );
        std::fs::write(self.home().join("courant.toml"), text).unwrap();
    }

    async fn plan(&self) {
        self.paper.readers(READERS).await;
        self.done(&[
            "edition",
            "plan",
            "times",
            "--yes",
            "--at",
            "2025-11-25T06:55",
        ]);
    }

    /// Plans, sends, and gives what arrived, by recipient.
    async fn sent(&self) -> Vec<Received> {
        self.plan().await;
        self.done(&["edition", "send", "times", "--run", RUN, "--yes"]);
        let mut letters = self.sink.mailbox().messages();
        letters.sort_by(|a, b| a.recipient.cmp(&b.recipient));
        assert_eq!(letters.len(), READERS.len());
        letters
    }

    /// The key of a selector.
    fn key(&self, selector: &str) -> DkimKey {
        let pem = std::fs::read_to_string(self.home().join(format!("dkim-{selector}.pem")));
        DkimKey::read(&pem.unwrap(), selector).unwrap()
    }

    /// A mail of the system, as it arrived.
    async fn told(&self, from: &str) -> Received {
        let keys = ["courant", "courant-ed"].map(|s| self.key(s));
        let notices = Notices {
            store: self.paper.store().clone(),
            relays: vec![Relay::new("127.0.0.1", self.sink.addr().port(), Tls::None)],
            signer: Some(Signer::new("times.example", keys.into()).unwrap()),
        };
        let [from, to] = [from, "desk@times.example"].map(|a| Address::parse(a).unwrap());
        let mail = SystemMail {
            name: "The Times",
            from: &from,
            to: &to,
            subject: "Wörds\r\nBcc: x",
            body: "Grüße\n.\n",
            id: "notice-1",
        };
        let now = at("2025-11-25T07:00:00Z");
        notice::send_system(&notices, &mail, now).await.unwrap();
        self.sink.mailbox().messages().pop().unwrap()
    }

    /// The published keys as the judges read a zone: name → value.
    fn zone(&self) -> serde_json::Map<String, Value> {
        let out = self.done(&["dkim", "dns", "--json"]);
        let keys: Vec<Value> = serde_json::from_str(&out).unwrap();
        let pair = |k: &Value| (k["name"].as_str().unwrap().to_owned(), k["value"].clone());
        keys.iter().map(pair).collect()
    }
}

fn text(letter: &[u8]) -> String {
    String::from_utf8(letter.to_vec()).unwrap()
}

/// The unfolded values of a header, from the top.
fn values(letter: &[u8], name: &str) -> Vec<String> {
    let all = text(letter);
    let head = all.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
    let lines = head.split("\r\n").map(str::to_owned);
    lines
        .filter_map(|l| l.strip_prefix(&format!("{name}: ")).map(str::to_owned))
        .collect()
}

/// A letter without our signatures.
fn unsigned(letter: &[u8]) -> Vec<u8> {
    let all = text(letter);
    all.as_bytes()[all.find("Date: ").unwrap()..].to_vec()
}

#[tokio::test]
async fn keys_are_made_once_kept_private_and_published() {
    let paper = Paper::daily().await;
    let home = paper.folder.path();
    let (code, _, said) = courant(home, &["dkim", "keygen"]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("hint: `courant dkim keygen --domain"),
        "{said}"
    );
    let (code, _, said) = courant(home, &["dkim", "keygen", "--domain", "nodot"]);
    assert_eq!(
        (code, said.lines().next()),
        (2, Some("error: `nodot` is no domain such as example.org"))
    );
    let (code, _, said) = courant(home, &["dkim", "dns"]);
    assert_eq!(code, 3, "{said}");

    let make = [
        "dkim",
        "keygen",
        "--domain",
        "times.example",
        "--selector",
        "c1",
    ];
    let (code, out, said) = courant(home, &make);
    assert_eq!(code, 0, "{said}");
    for name in ["dkim-c1.pem", "dkim-c1-ed.pem"] {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = home.join(name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        let pem = std::fs::read_to_string(home.join(name)).unwrap();
        assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{name}");
    }
    let (code, _, again) = courant(home, &make);
    assert_eq!(code, 1);
    assert!(
        again.contains("dkim-c1.pem` is there already\nhint: "),
        "{again}"
    );

    // What is printed does as it stands.
    let (toml, zone) = out.split_once("; into DNS:\n").unwrap();
    std::fs::write(home.join("courant.toml"), toml).unwrap();
    let (code, dns, said) = courant(home, &["dkim", "dns"]);
    assert_eq!((code, dns.as_str()), (0, zone), "{said}");
    let (_, keys, _) = courant(home, &["dkim", "dns", "--json"]);
    let keys: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(keys[0]["name"], "c1._domainkey.times.example");
    assert_eq!(keys[1]["name"], "c1-ed._domainkey.times.example");
    for key in keys.as_array().unwrap() {
        let strings: Vec<&str> = key["strings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(strings.concat(), key["value"].as_str().unwrap());
        assert!(strings.iter().all(|s| s.len() <= 255));
    }
}

#[tokio::test]
async fn a_check_names_what_is_wrong_with_the_keys() {
    let office = Office::new().await;
    let found = || {
        let (_, out, _) = office.courant(&["config", "check", "--json"]);
        let found: Vec<Value> = serde_json::from_str(&out).unwrap();
        let what = found.iter().map(|f| f["what"].as_str().unwrap().to_owned());
        what.collect::<Vec<_>>()
    };
    assert_eq!(found(), [""; 0]);
    office.done(&[
        "list",
        "set",
        "times",
        "sender_address",
        "news@elsewhere.example",
    ]);
    let two = found();
    assert!(
        two[0].contains("`elsewhere.example`, which is not within dkim.domain"),
        "{two:?}"
    );
    assert!(two[1].contains("SPF will not be aligned"), "{two:?}");
    assert_eq!(two.len(), 2);
    let (_, shown, _) = office.courant(&["list", "show", "times", "--json"]);
    assert!(
        shown.contains("\"times.times.example\""),
        "its identifier stays: {shown}"
    );

    let key = office.home().join("dkim-courant.pem");
    std::fs::rename(office.home().join("dkim-courant-ed.pem"), &key).unwrap();
    let gone = found();
    assert!(
        gone[0].starts_with("dkim.key_file holds another kind than an RSA key"),
        "{gone:?}"
    );
    std::fs::write(&key, "nothing").unwrap();
    let (code, _, said) = office.courant(&["serve", "--no-fetch"]);
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("it holds no private key as PEM"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_signed_twice_and_its_bounce_names_it() {
    let office = Office::new().await;
    let letters = office.sent().await;
    let mut feedback = Vec::new();
    for letter in &letters {
        let signatures = values(&letter.bytes, "DKIM-Signature");
        assert_eq!(signatures.len(), 2, "{}", letter.recipient);
        assert!(signatures[0].contains("a=rsa-sha256;") && signatures[0].contains("s=courant;"));
        assert!(
            signatures[1].contains("a=ed25519-sha256;"),
            "{}",
            signatures[1]
        );
        // 2025-11-25T07:00:00Z, the letter's Date.
        assert!(
            signatures
                .iter()
                .all(|s| s.contains("t=1764054000;") && s.contains("d=times.example;"))
        );
        let one = |name: &str| {
            let mut all = values(&letter.bytes, name);
            assert_eq!(all.len(), 1, "{name}");
            all.remove(0)
        };
        assert_eq!(one("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
        assert!(one("List-Unsubscribe").starts_with("<https://news.times.example/u/"));
        assert!(one("List-Id").ends_with(" <times.times.example>"));
        feedback.push(one("Feedback-ID"));

        let (local, domain) = letter.sender.split_once('@').unwrap();
        assert_eq!(domain, "bounce.times.example");
        assert!(local.len() <= 62 && local.starts_with("b+"));
        let sender = letter.sender.to_uppercase();
        let bounced = office.paper.folder.keys.verp_open(&sender).unwrap();
        let hash = office.paper.hash(&letter.recipient);
        let who = office.paper.store().subscriber(&hash).await.unwrap();
        assert_eq!(bounced.subscriber, who.unwrap().id);
    }
    assert!(
        feedback[0].starts_with("2025-11-25:times:digest:"),
        "{feedback:?}"
    );
    feedback.dedup();
    assert_eq!(feedback.len(), 1, "{feedback:?}");
    office.sink.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_mail_is_signed_and_is_no_lists() {
    let office = Office::new().await;
    let mail = office.told("news@times.example").await;
    let names: Vec<String> = text(&mail.bytes)
        .split("\r\n\r\n")
        .next()
        .unwrap()
        .split("\r\n")
        .filter(|l| !l.starts_with(' '))
        .map(|l| l.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names.join(" "),
        "DKIM-Signature DKIM-Signature Date From To Subject Message-ID Auto-Submitted \
         MIME-Version Content-Type Content-Transfer-Encoding"
    );
    assert_eq!(values(&mail.bytes, "Auto-Submitted"), ["auto-generated"]);
    assert_eq!(mail.sender, "news@times.example");
    // A signature of another domain would not be From's.
    let other = office.told("news@elsewhere.example").await;
    assert_eq!(values(&other.bytes, "DKIM-Signature"), [""; 0]);
    office.sink.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_a_key_that_was_changed_wait_for_it() {
    let office = Office::new().await;
    office.plan().await;
    let (rsa, ed) = ("dkim-courant.pem", "dkim-courant-ed.pem");
    // The same selector, another key behind it.
    for name in [rsa, ed] {
        let aside = office.home().join(format!("{name}.old"));
        std::fs::rename(office.home().join(name), aside).unwrap();
    }
    office.done(&["dkim", "keygen"]);
    let send = ["edition", "send", "times", "--run", RUN, "--yes"];
    let (code, out, said) = office.courant(&send);
    // The operators are told, and nobody else gets anything.
    let told = 1;
    assert_eq!(office.sink.mailbox().count_accepted(), told, "{out}{said}");
    assert_eq!(code, 6, "{out}{said}");
    assert!(said.contains("daily 2025-11-25 ASKS"), "{said}");
    let list = ["delivery", "list", "times", "--run", RUN, "--json"];
    let rows: Vec<Value> = serde_json::from_str(&office.done(&list)).unwrap();
    assert_eq!(rows.len(), READERS.len());
    let words = "signed by `courant` of `times.example`, which is another key now";
    for row in &rows {
        assert_eq!(
            (&row["state"], &row["held"]),
            (&json!("deferred"), &json!("no_key"))
        );
        assert!(row["reply"].as_str().unwrap().contains(words), "{row}");
    }
    // Put back, and released, they leave.
    for name in [rsa, ed] {
        let aside = office.home().join(format!("{name}.old"));
        std::fs::rename(aside, office.home().join(name)).unwrap();
    }
    office.done(&["edition", "release", "times", "--run", RUN]);
    office.done(&send);
    let letters = READERS.len() as u64;
    assert_eq!(office.sink.mailbox().count_accepted(), letters + told);
    office.sink.stop().await;
}

/// Where the judges' scripts lie, or a printed line that `name` is skipped.
fn judges(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("COURANT_JUDGES").map(PathBuf::from);
    if folder.is_none() {
        skip(name, "COURANT_JUDGES is not set");
    }
    folder
}

/// The command, if this machine has it; else a printed line that it is skipped.
fn installed(name: &str, program: &str, test: &[&str]) -> Option<Command> {
    let folders = ["", "/usr/sbin/", "/usr/local/sbin/"];
    let found = folders
        .iter()
        .map(|f| format!("{f}{program}"))
        .find(|path| {
            let tried = Command::new(path).args(test).output();
            tried.is_ok_and(|out| out.status.success())
        });
    if found.is_none() {
        skip(name, "not installed");
    }
    found.map(Command::new)
}

fn said(out: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn judges_find_the_letters_sound_and_their_signatures_good() {
    let Some(folder) = judges("lint_eml, dkimpy, opendkim and SpamAssassin on signed letters")
    else {
        return;
    };
    let office = Office::new().await;
    let letters = office.sent().await;
    let desk = tempfile::tempdir().unwrap();
    let zone_file = desk.path().join("zone.json");
    let zone = office.zone();
    std::fs::write(&zone_file, json!(zone).to_string()).unwrap();
    let files: Vec<PathBuf> = (0..letters.len())
        .map(|n| desk.path().join(format!("{n}.eml")))
        .collect();
    for (letter, file) in letters.iter().zip(&files) {
        std::fs::write(file, &letter.bytes).unwrap();
        let lint = folder.join("lint_eml.py");
        let out = Command::new("python3")
            .arg(lint)
            .arg(file)
            .arg("--list")
            .output()
            .unwrap();
        let words = said(&out);
        assert!(
            out.status.success() && words.contains("errors 0"),
            "{words}"
        );
        // Its link is one long word, and not every program reads one that stands on a fold.
        let advice = words.lines().filter(|l| l.starts_with("WARN"));
        let other: Vec<&str> = advice
            .filter(|l| !l.contains("b'List-Unsubscribe: "))
            .collect();
        assert_eq!(other, [""; 0]);
    }
    let told = desk.path().join("told.eml");
    std::fs::write(&told, &office.told("news@times.example").await.bytes).unwrap();
    let signed: Vec<PathBuf> = files.iter().cloned().chain([told]).collect();
    dkimpy(&folder, &zone_file, &signed, &letters[0].bytes);
    opendkim(desk.path(), &office, &zone, &letters[0].bytes);
    spamassassin(&files);
    office.sink.stop().await;
}

/// Both signatures of every letter are good, and none is once something was changed.
fn dkimpy(folder: &Path, zone: &Path, files: &[PathBuf], letter: &[u8]) {
    let Some(_) = installed("dkimpy", "python3", &["-c", "import dkim, nacl"]) else {
        return;
    };
    let verify = |file: &Path| {
        let script = folder.join("dkim_verify.py");
        let out = Command::new("python3")
            .arg(script)
            .arg(zone)
            .arg(file)
            .output()
            .unwrap();
        (out.status.success(), said(&out))
    };
    for file in files {
        let (good, words) = verify(file);
        assert!(good && words.matches(" True ").count() == 2, "{words}");
    }
    let all = text(letter);
    let tampered = [
        all.replace("/u/k1.", "/u/k2."),
        all.replace("List-Unsubscribe=One-Click", "List-Unsubscribe=No"),
        format!("From: Evil <evil@elsewhere.example>\r\n{all}"),
        all.replacen(
            "\r\nFrom: ",
            "\r\nFrom: evil@elsewhere.example\r\nFrom: ",
            1,
        ),
        format!("List-Unsubscribe: <https://elsewhere.example/>\r\n{all}"),
        format!("Reply-To: evil@elsewhere.example\r\n{all}"),
        all.replace("Feedback-ID: 2025", "Feedback-ID: 2024"),
        all.replacen("Story", "Glory", 1)
            .replacen("story", "glory", 1),
        format!("{all}And more.\r\n"),
    ];
    let file = files[0].with_extension("tampered");
    for changed in tampered {
        assert_ne!(changed, all);
        std::fs::write(&file, &changed).unwrap();
        let (good, words) = verify(&file);
        assert!(!good && !words.contains(" True "), "{words}");
    }
}

/// It reports the first signature alone, so a letter is signed in either order.
fn opendkim(desk: &Path, office: &Office, zone: &serde_json::Map<String, Value>, letter: &[u8]) {
    if installed("opendkim", "opendkim", &["-V"]).is_none() {
        return;
    }
    let records: String = zone
        .iter()
        .map(|(n, v)| format!("{n} {}\n", v.as_str().unwrap()))
        .collect();
    std::fs::write(desk.join("keys"), records).unwrap();
    let conf = desk.join("opendkim.conf");
    let lines = format!(
        "Mode v\nSyslog no\nTestDNSData {}\nMinimumKeyBits 1024\n",
        desk.join("keys").display()
    );
    std::fs::write(&conf, lines).unwrap();
    let both = [["courant", "courant-ed"], ["courant-ed", "courant"]];
    for order in both {
        let signer = Signer::new("times.example", order.map(|s| office.key(s)).into()).unwrap();
        let signed = signer
            .signed(&unsigned(letter), at("2025-11-25T07:00:00Z"))
            .unwrap();
        let judged = |letter: &[u8]| {
            let file = desk.join(format!("{}.eml", order[0]));
            std::fs::write(&file, letter).unwrap();
            let mut command = installed("opendkim", "opendkim", &["-V"]).unwrap();
            let out = command.arg("-x").arg(&conf).arg("-t").arg(&file).output();
            said(&out.unwrap())
        };
        let words = judged(&signed);
        let name = format!("(s={}, d=times.example", order[0]);
        assert!(
            words.contains(&name) && words.contains("succeeded"),
            "{words}"
        );
        let second = [b"From: evil@elsewhere.example\r\n", &signed[..]].concat();
        let words = judged(&second);
        let failed = words.contains("failed: signature") && !words.contains("succeeded");
        assert!(failed, "{words}");
        if order == both[0] {
            assert_eq!(signed, letter, "the order in which we send");
        }
    }
}

fn spamassassin(files: &[PathBuf]) {
    for file in files.iter().take(2) {
        let Some(mut command) = installed("spamassassin", "spamassassin", &["--version"]) else {
            return;
        };
        let settings = [
            "--cf=use_bayes 0",
            "--cf=skip_rbl_checks 1",
            "--cf=dns_available no",
        ];
        let input = std::fs::File::open(file).unwrap();
        let out = command
            .args(["-L", "-t"])
            .args(settings)
            .stdin(input)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&out.stdout).into_owned();
        let details = words.split("Content analysis details:").nth(1).unwrap();
        let points = details
            .trim_start()
            .trim_start_matches('(')
            .split(' ')
            .next()
            .unwrap();
        let points: f64 = points.parse().unwrap();
        assert!(points <= 2.0, "{details}");
        let faults = ["MIME_", "MISSING_", "INVALID_"];
        assert!(!faults.iter().any(|f| details.contains(f)), "{details}");
    }
}
