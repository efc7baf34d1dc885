//! Relays and lanes out of the configuration, with what is missing said in words.

use std::time::Duration;

use url::Url;

use super::public_url;
use crate::cli::{Exit, Failure};
use crate::config::{Config, Section, is_loopback};
use crate::deliver::pace::{LaneLimits, LaneTable, RelayLimits, WarmUp};
use crate::deliver::smtp::{CaFile, Relay, Secret, SmtpErrorKind, Timeouts, Tls};

/// The sections of all relays that are set, in their order: `[smtp]`, then the others by preference,
/// and those of one preference by name.
fn sections(config: &Config) -> Vec<Section<'_>> {
    let mut named: Vec<Section<'_>> = config
        .names("relay")
        .into_iter()
        .map(|name| config.section(format!("relay.{name}")))
        .collect();
    named.sort_by_key(|section| section.number("preference"));
    let first = config.section("smtp");
    let all = std::iter::once(first).chain(named);
    all.filter(|section| !section.text("host").is_empty())
        .collect()
}

/// What the ledger, alarms and people call a relay: `smtp`, or the name of its section.
fn name<'a>(section: &'a Section<'_>) -> &'a str {
    let name = section.name();
    name.strip_prefix("relay.").unwrap_or(name)
}

/// Every relay with its limits and its name, the one to be tried first first.
///
/// # Errors
/// None is set, or one cannot be spoken to as it is set.
pub fn relays(config: &Config) -> Result<Vec<(Relay, RelayLimits, String)>, Failure> {
    let sections = sections(config);
    if sections.is_empty() {
        return Err(
            Failure::new(Exit::Config, anyhow::anyhow!("smtp.host is not set"))
                .hint("set it in courant.toml, or as COURANT_SMTP__HOST"),
        );
    }
    sections
        .iter()
        .map(|section| {
            Ok((
                spoken_to(config, section)?,
                limits(section),
                name(section).to_owned(),
            ))
        })
        .collect()
}

/// The built-in lanes with those of the configuration laid over them.
pub fn lanes(config: &Config) -> LaneTable {
    let built_in = LaneTable::built_in();
    let lane = |name: &str| {
        let section = config.section(format!("lane.{name}"));
        let mut domains: Vec<String> = section.items("domains").map(str::to_owned).collect();
        if domains.is_empty()
            && let Some(known) = built_in.iter().find(|lane| lane.name == name)
        {
            domains = known.domains.clone();
        }
        LaneLimits {
            name: name.to_owned(),
            domains,
            connections: small(section.number("connections")),
            per_minute: small(section.number("per_minute")),
        }
    };
    LaneTable::over_built_in(config.names("lane").into_iter().map(lane).collect())
}

/// Whether every relay signs: a letter may go over any of them.
pub(super) fn all_sign(config: &Config) -> bool {
    let sections = sections(config);
    !sections.is_empty() && sections.iter().all(|section| section.flag("relay_signs"))
}

fn limits(section: &Section<'_>) -> RelayLimits {
    let table: Vec<u64> = section
        .items("warm_up")
        .filter_map(|day| day.parse().ok())
        .collect();
    RelayLimits {
        connections: small(section.number("connections")).max(1),
        messages_per_connection: small(section.number("messages_per_connection")),
        per_second: small(section.number("messages_per_second")),
        per_day: section.number("messages_per_day"),
        warm_up: section
            .instant("warm_up_since")
            .filter(|_| !table.is_empty())
            .map(|since| WarmUp { since, table }),
        idle: Duration::from_secs(section.number("idle_seconds").max(1)),
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn spoken_to(config: &Config, section: &Section<'_>) -> Result<Relay, Failure> {
    let tls = match section.text("tls") {
        "implicit" => Tls::Implicit,
        "none" => Tls::None,
        _ => Tls::Required,
    };
    let port = u16::try_from(section.number("port")).unwrap_or(587);
    let mut relay = Relay::new(section.text("host"), port, tls);
    relay.helo = helo(config, section);
    relay.timeouts = timeouts(section);
    relay.allow_plaintext = section.flag("allow_plaintext");
    relay.ca_file = ca_file(config, section)?;
    let username = section.text("username");
    if !username.is_empty() {
        let password = Secret::new(section.text("password"));
        relay.credentials = Some((username.to_owned(), password));
    }
    relay.check().map_err(|e| {
        let name = section.name();
        let hint = match &e.kind {
            SmtpErrorKind::PlaintextRefused { .. } => format!(
                "{name}.tls = \"none\" is for a relay on this machine, without a password; for another \
                 one say {name}.allow_plaintext = true as well"
            ),
            SmtpErrorKind::TlsFailed(_) => {
                format!("{name}.ca_file names a PEM file of certificates, {name}.host a name in one")
            }
            _ => format!("`courant config show` shows {name}.*"),
        };
        Failure::new(Exit::Config, e).hint(hint)
    })?;
    Ok(relay)
}

/// The certificates that a relay's own is checked against instead of the system's.
fn ca_file(config: &Config, section: &Section<'_>) -> Result<Option<CaFile>, Failure> {
    let path = section.text("ca_file");
    if path.is_empty() {
        return Ok(None);
    }
    let path = config.home().join(path);
    let pem = std::fs::read(&path).map_err(|e| {
        let words = format!(
            "cannot read {}.ca_file `{}`",
            section.name(),
            path.display()
        );
        Failure::new(Exit::Config, e)
            .context(words)
            .hint("it names a PEM file of certificates, by a path from the data folder")
    })?;
    Ok(Some(CaFile::new(pem)))
}

fn timeouts(section: &Section<'_>) -> Timeouts {
    let seconds = |key: &str, otherwise: Duration| match section.number(key) {
        0 => otherwise,
        seconds => Duration::from_secs(seconds),
    };
    let wait = seconds("timeout_seconds", Duration::from_secs(300));
    let connect = seconds("timeout_connect_seconds", wait.min(Duration::from_secs(60)));
    Timeouts {
        connect,
        greeting: wait,
        tls: connect,
        auth: wait,
        envelope: wait,
        data: wait,
        text: wait,
        dot: seconds("timeout_dot_seconds", wait * 2),
    }
}

fn helo(config: &Config, section: &Section<'_>) -> String {
    let named = section.text("helo");
    if !named.is_empty() {
        return named.to_owned();
    }
    match Url::parse(&public_url(config)) {
        Ok(url) if !is_loopback(&url) => url.host_str().unwrap_or("localhost").to_owned(),
        _ => "[127.0.0.1]".to_owned(),
    }
}

/// What keeps mail from reaching the relays, each with its hint.
pub(super) fn missing(config: &Config) -> Vec<(String, String)> {
    let sections = sections(config);
    if sections.is_empty() {
        return vec![(
            "smtp.host is not set".to_owned(),
            "set it in courant.toml, and with a relay that is not on this machine \
             server.public_url, the https address of these pages"
                .to_owned(),
        )];
    }
    let mut missing = Vec::new();
    let public_pages = Url::parse(&public_url(config)).is_ok_and(|url| !is_loopback(&url));
    let local_relay = |section: &Section<'_>| {
        let host = section.text("host");
        Url::parse(&format!("smtp://{host}"))
            .is_ok_and(|u| matches!(u.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
    };
    if !public_pages && !sections.iter().all(local_relay) {
        missing.push((
            "server.public_url is missing or loopback, and the relay is not on this machine"
                .to_owned(),
            "set server.public_url to the https address at which readers reach these pages"
                .to_owned(),
        ));
    }
    for section in &sections {
        if !section.text("username").is_empty() && section.text("password").is_empty() {
            missing.push((
                format!("{}.username is set and {0}.password is not", section.name()),
                "set it in the environment, or name a file that holds it: …__PASSWORD_FILE"
                    .to_owned(),
            ));
        }
        if let Err(failure) = spoken_to(config, section) {
            let hint = failure
                .hinted()
                .unwrap_or("see `courant config show`")
                .to_owned();
            let words = match name(section) {
                "smtp" => failure.message(),
                name => format!("relay `{name}`: {}", failure.message()),
            };
            missing.push((words, hint));
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(text: &str) -> Config {
        Config::read(Path::new("/home"), text, Vec::new()).unwrap()
    }

    #[test]
    fn relays_stand_in_the_order_of_their_preference_with_their_limits() {
        let all = config(
            "[smtp]\nhost = \"localhost\"\ntls = \"none\"\ntimeout_seconds = 20\n\
             messages_per_second = 14\nmessages_per_day = 50000\n\
             warm_up = \"50, 100\"\nwarm_up_since = \"2026-11-25\"\n\
             [relay.a]\nhost = \"127.0.0.1\"\ntls = \"none\"\npreference = 20\n\
             timeout_connect_seconds = 3\ntimeout_dot_seconds = 700\n\
             [relay.b]\nhost = \"127.0.0.2\"\ntls = \"none\"\nconnections = 3\nidle_seconds = 5\n",
        );
        let all = relays(&all).unwrap();
        let names: Vec<&str> = all.iter().map(|(_, _, name)| name.as_str()).collect();
        assert_eq!(names, ["smtp", "b", "a"]);
        let limits = &all[0].1;
        assert_eq!((limits.per_second, limits.per_day), (14, 50_000));
        assert_eq!(
            (limits.connections, limits.messages_per_connection),
            (8, 100)
        );
        let ramp = limits.warm_up.as_ref().unwrap();
        assert_eq!(ramp.table, [50, 100]);
        assert_eq!(ramp.since.to_string(), "2026-11-25T00:00:00Z");
        assert_eq!(all[1].1.connections, 3);
        assert_eq!(all[1].1.idle, Duration::from_secs(5));
        let seconds = |n: usize| {
            let timeouts = all[n].0.timeouts;
            [timeouts.connect, timeouts.envelope, timeouts.dot].map(|t| t.as_secs())
        };
        assert_eq!(seconds(0), [20, 20, 40]);
        assert_eq!(seconds(1), [60, 300, 600]);
        assert_eq!(seconds(2), [3, 300, 700]);
    }

    #[test]
    fn a_relay_with_a_name_may_stand_alone_and_all_have_to_sign() {
        let alone = "[relay.a]\nhost = \"localhost\"\ntls = \"none\"\nrelay_signs = true\n";
        assert_eq!(relays(&config(alone)).unwrap()[0].2, "a");
        assert!(all_sign(&config(alone)));
        let two = format!("{alone}[smtp]\nhost = \"localhost\"\n");
        assert!(!all_sign(&config(&two)));
        assert!(!all_sign(&config("")));
        assert_eq!(
            relays(&config("")).unwrap_err().message(),
            "smtp.host is not set"
        );
    }

    #[test]
    fn lanes_of_the_configuration_lie_over_the_built_in_ones() {
        let table = lanes(&config(
            "[lane.gmail]\nper_minute = 60\n[lane.default]\nconnections = 5\n\
             [lane.campus]\ndomains = \"*.example.edu, aol.com\"\n",
        ));
        let name = |domain: &str| table.name(table.of(domain));
        assert_eq!(name("gmail.com"), "gmail", "its domains are still its own");
        assert_eq!(name("x.example.edu"), "campus");
        assert_eq!(name("aol.com"), "campus");
        assert_eq!(name("yahoo.com"), "yahoo");
        let limits = |name: &str| table.limits(table.by_name(name)).unwrap();
        assert_eq!(limits("gmail").per_minute, 60);
        assert_eq!(limits("default").connections, 5);
    }
}
