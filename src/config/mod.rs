//! What belongs to the machine: one TOML file, overridden by the environment, read once at the top.
//!
//! The sole reader of environment variables. Each room gets its own values from here and none knows
//! this one. Every fault is found in one pass, with the place where it stands.

mod options;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use options::{OPTIONS, Opt, is_loopback};

use crate::domain::nearest;

/// The file's name in the data folder.
pub const FILE: &str = "courant.toml";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The file.
    File,
    /// An environment variable of this name.
    Environment(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File => f.write_str(FILE),
            Origin::Environment(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Fault {
    /// `courant.toml, line 3, smtp.port` or the name of a variable.
    pub place: String,
    /// What is wrong.
    pub problem: String,
    /// What to type instead.
    pub hint: Option<String>,
}

/// Every fault of a configuration, at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", faults.iter().map(|f| f.to_string()).collect::<Vec<_>>().join("\n       "))]
pub struct ConfigError {
    /// In the order in which they were found.
    pub faults: Vec<Fault>,
}

impl ConfigError {
    /// The first fault's hint.
    pub fn hint(&self) -> Option<String> {
        let first = self.faults.iter().find_map(|f| f.hint.clone());
        first.or_else(|| Some("`courant config check` lists every fault".to_owned()))
    }

    fn one(place: impl Into<String>, problem: impl Into<String>) -> ConfigError {
        let fault = Fault {
            place: place.into(),
            problem: problem.into(),
            hint: None,
        };
        ConfigError {
            faults: vec![fault],
        }
    }
}

/// A checked configuration: every value can be read.
#[derive(Clone, Debug)]
pub struct Config {
    home: PathBuf,
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Config {
    /// Reads the data folder's file, if there is one, and the environment.
    pub fn load(home: &Path) -> Result<Config, ConfigError> {
        let path = home.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(ConfigError::one(path.display().to_string(), e.to_string())),
        };
        Config::read(home, &text, std::env::vars().collect())
    }

    /// The pure part of [`Config::load`].
    pub fn read(
        home: &Path,
        text: &str,
        environment: Vec<(String, String)>,
    ) -> Result<Config, ConfigError> {
        let mut faults = Vec::new();
        let mut values: BTreeMap<&'static str, (String, Origin)> = OPTIONS
            .iter()
            .map(|o| (o.key, (o.default.to_owned(), Origin::Default)))
            .collect();
        for (key, value, place) in file_values(text)? {
            match known(&key, &place) {
                Ok(option) => check(
                    option,
                    value,
                    Origin::File,
                    &place,
                    &mut values,
                    &mut faults,
                ),
                Err(fault) => faults.push(fault),
            }
        }
        for (name, value) in environment {
            let Some(key) = environment_key(&name) else {
                continue;
            };
            match environment_value(&key, &name, value) {
                Ok((option, value)) => {
                    let origin = Origin::Environment(name.clone());
                    check(option, value, origin, &name, &mut values, &mut faults);
                }
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            Ok(Config {
                home: home.to_owned(),
                values,
            })
        } else {
            Err(ConfigError { faults })
        }
    }

    /// The same configuration with one value laid over it.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Config {
        self.values.insert(key, (value.into(), Origin::Default));
        self
    }

    /// The data folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The database file.
    pub fn database(&self) -> PathBuf {
        self.home.join("courant.db")
    }

    /// The key file.
    pub fn key_file(&self) -> PathBuf {
        self.home.join("courant.key")
    }

    /// The lock of the one owner that sends.
    pub fn lock_file(&self) -> PathBuf {
        self.home.join("courant.lock")
    }

    /// A value as text; empty if it has no default and nobody set it.
    pub fn text(&self, key: &str) -> &str {
        self.values
            .get(key)
            .map(|(value, _)| value.as_str())
            .unwrap_or_default()
    }

    /// A number; the check has seen that it is one.
    pub fn number(&self, key: &str) -> u64 {
        self.text(key).parse().unwrap_or(0)
    }

    /// `true` or `false`; the check has seen that it is one of them.
    pub fn flag(&self, key: &str) -> bool {
        self.text(key) == "true"
    }

    /// Every option with its value and origin; secrets are not shown.
    pub fn shown(&self) -> Vec<(&'static Opt, String, Origin)> {
        let show = |option: &'static Opt| {
            let (value, origin) = self.values.get(option.key)?;
            let value = match option.secret && !value.is_empty() {
                true => "(set, not shown)".to_owned(),
                false => value.clone(),
            };
            Some((option, value, origin.clone()))
        };
        OPTIONS.iter().filter_map(show).collect()
    }

    /// The commented file that `init` writes.
    pub fn template(public_url: &str) -> String {
        let mut out = String::from(
            "# Courant: what belongs to this machine. What belongs to a list, a source or a sponsor\n\
             # is set with `courant list set` and so on. Any value can come from the environment as\n\
             # COURANT_SECTION__KEY, or from a file named by COURANT_SECTION__KEY_FILE.\n",
        );
        let mut section = "";
        for option in OPTIONS {
            let (this, key) = option.key.split_once('.').unwrap_or(("", option.key));
            if this != section {
                out.push_str(&format!("\n[{this}]\n"));
                section = this;
            }
            let value = if option.key == "server.public_url" {
                public_url
            } else {
                option.default
            };
            let value = match option.quoted {
                true => toml::Value::from(value).to_string(),
                false => value.to_owned(),
            };
            let mark = if option.default.is_empty() && option.key != "server.public_url" {
                "# "
            } else {
                ""
            };
            out.push_str(&format!("# {}\n{mark}{key} = {value}\n", option.meaning));
        }
        out
    }
}

/// The data folder that COURANT_HOME names, else the current one.
pub fn home() -> PathBuf {
    std::env::var_os("COURANT_HOME").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

fn known(key: &str, place: &str) -> Result<&'static Opt, Fault> {
    OPTIONS.iter().find(|o| o.key == key).ok_or_else(|| Fault {
        place: place.to_owned(),
        problem: format!("there is no option `{key}`"),
        hint: nearest(key, OPTIONS.iter().map(|o| o.key))
            .map(|near| format!("did you mean `{near}`?")),
    })
}

fn check(
    option: &'static Opt,
    value: String,
    origin: Origin,
    place: &str,
    values: &mut BTreeMap<&'static str, (String, Origin)>,
    faults: &mut Vec<Fault>,
) {
    match (option.check)(&value) {
        Ok(()) => {
            values.insert(option.key, (value, origin));
        }
        Err(problem) => faults.push(Fault {
            place: place.to_owned(),
            problem,
            hint: Some(format!("{}: {}", option.key, option.meaning)),
        }),
    }
}

/// (key, value as text, place) of every leaf in the file.
fn file_values(text: &str) -> Result<Vec<(String, String, String)>, ConfigError> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
        let line = e
            .span()
            .map(|s| text[..s.start.min(text.len())].lines().count().max(1));
        let place = line.map_or(FILE.to_owned(), |n| format!("{FILE}, line {n}"));
        ConfigError::one(place, e.message().to_owned())
    })?;
    let mut out = Vec::new();
    for (section, value) in &table {
        let toml::Value::Table(inner) = value else {
            out.push((section.clone(), String::new(), place_of(text, "", section)));
            continue;
        };
        for (key, value) in inner {
            let as_text = match value {
                toml::Value::String(s) => s.clone(),
                other => other.to_string(),
            };
            out.push((
                format!("{section}.{key}"),
                as_text,
                place_of(text, section, key),
            ));
        }
    }
    Ok(out)
}

/// The line on which a key stands, found by reading the sections as they come.
fn place_of(text: &str, section: &str, key: &str) -> String {
    let mut current = String::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split(']').next()) {
            current = name.trim().to_owned();
        }
        let here = line.split('=').next().is_some_and(|k| k.trim() == key);
        if here && current == section {
            return format!("{FILE}, line {}", n + 1);
        }
    }
    FILE.to_owned()
}

/// `COURANT_SMTP__HOST` to `smtp.host`. Names without a double underscore are no configuration.
fn environment_key(name: &str) -> Option<String> {
    let (section, key) = name.strip_prefix("COURANT_")?.split_once("__")?;
    Some(format!("{}.{}", section.to_lowercase(), key.to_lowercase()))
}

fn environment_value(
    key: &str,
    name: &str,
    value: String,
) -> Result<(&'static Opt, String), Fault> {
    if let (Err(_), Some(stem)) = (known(key, name), key.strip_suffix("_file")) {
        let option = known(stem, name)?;
        let text = std::fs::read_to_string(&value).map_err(|e| Fault {
            place: name.to_owned(),
            problem: format!("cannot read `{value}`: {e}"),
            hint: None,
        })?;
        return Ok((option, text.trim_end_matches(['\r', '\n']).to_owned()));
    }
    Ok((known(key, name)?, value))
}

#[cfg(test)]
mod tests {
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
            .find(|(o, _, _)| o.key == "smtp.host")
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
}
