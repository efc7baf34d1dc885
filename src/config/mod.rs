//! What belongs to the machine: one TOML file, overridden by the environment, read once at the top.
//!
//! The sole reader of environment variables. Each room gets its own values from here and none knows
//! this one. Every fault is found in one pass, with the place where it stands.

mod check;
mod named;
mod options;
mod section;
mod user;
pub mod zone;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use options::{OPTIONS, Opt, is_loopback};
pub use section::Section;
pub use user::user;

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

/// By the whole key, `section.key` or `family.name.key`.
type Values = BTreeMap<String, (String, Origin)>;

/// A checked configuration: every value can be read.
#[derive(Clone, Debug)]
pub struct Config {
    home: PathBuf,
    values: Values,
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
        let default = |o: &Opt| (o.key.to_owned(), (o.default.to_owned(), Origin::Default));
        let mut values: Values = OPTIONS.iter().map(default).collect();
        let mut faults = Vec::new();
        let mut take = |read: Result<Given, Fault>| match read.and_then(Given::checked) {
            Ok(given) => drop(values.insert(given.key, (given.value, given.origin))),
            Err(fault) => faults.push(fault),
        };
        for (key, value, place) in file_values(text)? {
            take(known(&key, &place).map(|option| Given {
                key,
                option,
                value,
                origin: Origin::File,
                place,
            }));
        }
        for (name, value) in environment {
            if let Some(key) = environment_key(&name) {
                take(environment_value(key, name, value));
            }
        }
        // What is wrong in one place makes nothing true of several.
        if faults.is_empty() {
            named::complete(&mut values, &mut faults);
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
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Config {
        self.values
            .insert(key.to_owned(), (value.into(), Origin::Default));
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

    /// The names of a family's sections (`relay`, `lane`), sorted.
    pub fn names(&self, family: &str) -> Vec<&str> {
        named::names(&self.values, family).into_iter().collect()
    }

    /// A section's values: of `smtp`, say, or of `relay.backup`.
    pub fn section(&self, name: impl Into<String>) -> Section<'_> {
        Section::new(self, name.into())
    }

    /// Every option with its value and origin, named sections after all others; secrets are not shown.
    pub fn shown(&self) -> Vec<(String, String, Origin)> {
        let mut keys: Vec<(String, &'static Opt)> =
            OPTIONS.iter().map(|o| (o.key.to_owned(), o)).collect();
        for family in named::FAMILIES {
            for name in self.names(family.name) {
                let whole = |(key, option)| (format!("{}.{name}.{key}", family.name), option);
                keys.extend(family.options().map(whole));
            }
        }
        let show = |(key, option): (String, &Opt)| {
            let (value, origin) = self.values.get(&key)?;
            let value = match option.secret && !value.is_empty() {
                true => "(set, not shown)".to_owned(),
                false => value.clone(),
            };
            Some((key, value, origin.clone()))
        };
        keys.into_iter().filter_map(show).collect()
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
        for family in named::FAMILIES {
            out.push_str(&family.template());
        }
        out
    }
}

/// The data folder that COURANT_HOME names, else the current one.
pub fn home() -> PathBuf {
    std::env::var_os("COURANT_HOME").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

fn known(key: &str, place: &str) -> Result<&'static Opt, Fault> {
    if let Some(family) = named::family(key) {
        return named::known(family, key, place);
    }
    OPTIONS.iter().find(|o| o.key == key).ok_or_else(|| Fault {
        place: place.to_owned(),
        problem: format!("there is no option `{key}`"),
        hint: nearest(key, OPTIONS.iter().map(|o| o.key))
            .map(|near| format!("did you mean `{near}`?")),
    })
}

/// A value that somebody gave for a known option.
struct Given {
    key: String,
    option: &'static Opt,
    value: String,
    origin: Origin,
    place: String,
}

impl Given {
    fn checked(self) -> Result<Given, Fault> {
        match (self.option.check)(&self.value) {
            Ok(()) => Ok(self),
            Err(problem) => Err(Fault {
                place: self.place,
                problem,
                hint: Some(format!("{}: {}", self.key, self.option.meaning)),
            }),
        }
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
    let mut leaf = |section: &str, key: &str, value: &toml::Value| {
        out.push((
            format!("{section}.{key}"),
            as_text(value),
            place_of(text, section, key),
        ));
    };
    let mut bare = Vec::new();
    for (section, value) in &table {
        let toml::Value::Table(inner) = value else {
            bare.push((section.clone(), String::new(), place_of(text, "", section)));
            continue;
        };
        for (key, value) in inner {
            match value {
                toml::Value::Table(named) if named::family(section).is_some() => {
                    let section = format!("{section}.{key}");
                    named
                        .iter()
                        .for_each(|(key, value)| leaf(&section, key, value));
                }
                value => leaf(section, key, value),
            }
        }
    }
    out.extend(bare);
    Ok(out)
}

/// A value as the environment would give it: a list with commas.
fn as_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
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

/// `COURANT_SMTP__HOST` to `smtp.host`, `COURANT_RELAY__BACKUP__HOST` to `relay.backup.host`. Names
/// without a double underscore are no configuration.
fn environment_key(name: &str) -> Option<String> {
    let rest = name.strip_prefix("COURANT_")?;
    rest.contains("__")
        .then(|| rest.replace("__", ".").to_lowercase())
}

fn environment_value(key: String, name: String, value: String) -> Result<Given, Fault> {
    let given = |key, option, value| Given {
        key,
        option,
        value,
        origin: Origin::Environment(name.clone()),
        place: name.clone(),
    };
    if let (Err(_), Some(stem)) = (known(&key, &name), key.strip_suffix("_file")) {
        let option = known(stem, &name)?;
        let text = std::fs::read_to_string(&value).map_err(|e| Fault {
            place: name.clone(),
            problem: format!("cannot read `{value}`: {e}"),
            hint: None,
        })?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        return Ok(given(stem.to_owned(), option, text));
    }
    let option = known(&key, &name)?;
    Ok(given(key, option, value))
}

#[cfg(test)]
mod tests;
