use std::path::Path;

use super::{Config, OPTIONS};

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let environment = environment
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    Config::read(Path::new("/home"), text, environment)
        .map_err(|e| e.faults.iter().map(|f| f.to_string()).collect())
}

#[test]
fn the_environment_wins_and_says_so() {
    let config = read(
        "[smtp]\nhost = \"a.example\"\nport = 2525\n",
        &[
            ("COURANT_SMTP__HOST", "b.example"),
            ("COURANT_HOME", "/x"),
            ("OTHER__THING", "1"),
        ],
    )
    .expect("valid");
    assert_eq!(
        (config.text("smtp.host"), config.number("smtp.port")),
        ("b.example", 2525)
    );
    let host = config
        .shown()
        .into_iter()
        .find(|(key, _, _)| key == "smtp.host")
        .expect("there");
    assert_eq!(host.2.to_string(), "COURANT_SMTP__HOST");
}

#[test]
fn every_fault_is_named_with_its_place_at_once() {
    let faults = read(
        "[smtp]\nhots = \"a\"\nport = 99999\n\n[serv]\nx = 1\n",
        &[("COURANT_SMTP__TLS", "maybe")],
    )
    .expect_err("refused");
    assert_eq!(faults.len(), 4, "{faults:?}");
    assert!(
        faults
            .iter()
            .any(|f| f.starts_with("courant.toml, line 2: there is no option `smtp.hots`"))
    );
    assert!(
        faults
            .iter()
            .any(|f| f.starts_with("courant.toml, line 3: ")),
        "{faults:?}"
    );
    assert!(read("[smtp\n", &[]).expect_err("no TOML")[0].starts_with("courant.toml, line 1"));
}

#[test]
fn the_file_that_init_writes_is_read_without_a_fault_and_names_every_option() {
    let text = Config::template("http://127.0.0.1:8025");
    let config = read(&text, &[]).expect("valid");
    assert_eq!(config.text("server.public_url"), "http://127.0.0.1:8025");
    for option in OPTIONS {
        let key = option.key.split_once('.').map_or(option.key, |(_, k)| k);
        assert!(text.contains(&format!("{key} = ")), "{key}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let config = read("[smtp]\npassword = \"hunter2\"\n", &[]).expect("valid");
    assert!(
        !format!(
            "{:?}",
            config.shown().iter().map(|s| &s.1).collect::<Vec<_>>()
        )
        .contains("hunter2")
    );
}

#[test]
fn named_sections_are_read_from_the_file_and_the_environment() {
    let config = read(
        "[relay.backup]\nhost = \"b.example\"\nmessages_per_second = 14\n\
         warm_up = [50, 100]\nwarm_up_since = 2026-11-25\n\
         [lane.campus]\ndomains = [\"example.edu\", \"*.example.edu\"]\nper_minute = 60\n",
        &[
            ("COURANT_RELAY__BACKUP__PORT", "465"),
            ("COURANT_RELAY__THIRD_ONE__HOST", "c.example"),
            ("COURANT_LANE__GMAIL__CONNECTIONS", "3"),
        ],
    )
    .unwrap();
    assert_eq!(config.names("relay"), ["backup", "third_one"]);
    assert_eq!(config.names("lane"), ["campus", "gmail"]);
    let backup = config.section("relay.backup");
    assert_eq!(backup.name(), "relay.backup");
    assert_eq!(backup.text("host"), "b.example");
    assert_eq!(
        backup.text("tls"),
        "required",
        "as [smtp] has it by default"
    );
    assert_eq!(
        (backup.number("port"), backup.number("preference")),
        (465, 10)
    );
    assert_eq!(backup.items("warm_up").collect::<Vec<_>>(), ["50", "100"]);
    assert_eq!(
        backup.instant("warm_up_since").unwrap().to_string(),
        "2026-11-25T00:00:00Z"
    );
    let campus = config.section("lane.campus");
    assert_eq!(
        campus.items("domains").collect::<Vec<_>>(),
        ["example.edu", "*.example.edu"]
    );
    let shown: Vec<_> = config.shown();
    let origin = |key: &str| {
        let row = shown.iter().find(|(known, ..)| known == key).unwrap();
        row.2.to_string()
    };
    assert_eq!(origin("relay.backup.port"), "COURANT_RELAY__BACKUP__PORT");
    assert_eq!(origin("relay.backup.host"), "courant.toml");
    assert_eq!(origin("lane.campus.connections"), "default");
}

#[test]
fn secrets_of_named_relays_come_from_files_and_are_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "hunter2\n").unwrap();
    let config = read(
        "[relay.backup]\nhost = \"b.example\"\n",
        &[(
            "COURANT_RELAY__BACKUP__PASSWORD_FILE",
            secret.to_str().unwrap(),
        )],
    )
    .unwrap();
    assert_eq!(config.section("relay.backup").text("password"), "hunter2");
    assert!(!format!("{:?}", config.shown()).contains("hunter2"));
}

#[test]
fn faults_of_named_sections_are_named_at_once_and_with_what_was_meant() {
    let faults = |text: &str| {
        let found = Config::read(Path::new("/home"), text, Vec::new());
        found.unwrap_err().faults
    };
    let found = faults(
        "[relay.backup]\nhots = \"a\"\nport = 0\n[relay.\"Ünfit\"]\nhost = \"a\"\n\
         [relay.smtp]\nhost = \"a\"\n[relay]\nhost = \"a\"\n[lane.a]\ndomains = \"x y, *.\"\n",
    );
    let lines: Vec<String> = found
        .iter()
        .map(|f| format!("{f} | {}", f.hint.as_deref().unwrap_or("-")))
        .collect();
    let all = lines.join("\n");
    for expected in [
        "line 2: there is no option `relay.backup.hots` | did you mean `relay.backup.host`?",
        "line 3: `0` is no whole number from 1 to 65535 | relay.backup.port: 587",
        "`Ünfit` is no name of a relay",
        "`smtp` is the name of the relay in [smtp]",
        "there is no option `relay.host` | give the section a name, such as [relay.backup]",
        "`x y` is no domain such as example.org",
    ] {
        assert!(all.contains(expected), "{expected} is not in\n{all}");
    }
    assert_eq!(lines.len(), 6, "{all}");
}

#[test]
fn what_does_not_fit_together_is_a_fault() {
    for (text, expected) in [
        (
            "[relay.a]\nport = 25\n",
            "courant.toml, [relay.a]: `relay.a.host` is not set",
        ),
        (
            "[smtp]\nwarm_up = \"50\"\n",
            "`smtp.warm_up` is set and `smtp.warm_up_since` is not",
        ),
        (
            "[smtp]\nwarm_up_since = \"2026-11-25\"\n",
            "`smtp.warm_up_since` is set and `smtp.warm_up` is not",
        ),
        ("[lane.a]\nper_minute = 1\n", "the lane `a` names no domain"),
        (
            "[lane.default]\ndomains = \"a.example\"\n",
            "takes all domains that no other names",
        ),
        (
            "[lane.a]\ndomains = \"x.example\"\n[lane.b]\ndomains = \"X.example\"\n",
            "`x.example` is in the lane `a` already",
        ),
        (
            "[smtp]\nwarm_up = \"50, many\"\n",
            "`many` is no whole number",
        ),
        (
            "[smtp]\nwarm_up_since = \"soon\"\n",
            "`soon` is no date such as 2026-11-25",
        ),
    ] {
        let faults = read(text, &[]).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(expected), "{faults:?}");
    }
    assert!(
        read(
            "[lane.default]\nper_minute = 600\n[lane.gmail]\nconnections = 2\n",
            &[]
        )
        .is_ok()
    );
}

#[test]
fn the_sections_that_init_shows_can_be_used_as_they_stand() {
    let text = Config::template("http://127.0.0.1:8025");
    let used: String = text
        .lines()
        .skip_while(|line| *line != "# [relay.backup]")
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => format!("{rest}\n"),
            _ => String::new(),
        })
        .collect();
    let config = read(&used, &[]).unwrap();
    assert_eq!(config.names("relay"), ["backup"]);
    assert_eq!(config.names("lane"), ["campus"]);
    assert_eq!(config.section("relay.backup").number("preference"), 10);
}
