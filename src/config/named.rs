//! Sections that have a name of their own: `[relay.backup]`, `[lane.gmail]`. A relay takes every option
//! that `[smtp]` has.

use std::collections::BTreeSet;

use super::check::{items, lane_connections, per_minute, preference};
use super::options::{OPTIONS, Opt};
use super::{FILE, Fault, Values};
use crate::deliver::pace::LaneTable;
use crate::domain::nearest;

/// How many sections of one family there may be.
const MAX_SECTIONS: usize = 64;
/// The longest name.
const MAX_NAME: usize = 32;

/// A family of sections.
#[derive(Debug)]
pub(super) struct Family {
    /// The word before the dot.
    pub(super) name: &'static str,
    /// What such a section is, in lines for the file that `init` writes.
    pub(super) about: &'static [&'static str],
    /// A name and values to show there.
    pub(super) example: (&'static str, &'static [(&'static str, &'static str)]),
    /// The section of whose options it takes all, if any.
    like: Option<&'static str>,
    own: &'static [Opt],
}

/// Every family.
pub(super) const FAMILIES: &[Family] = &[RELAY, LANE];

const RELAY: Family = Family {
    name: "relay",
    about: &[
        "Further relays, each in a section with a name, for mail that [smtp] will not take for now:",
        "it cannot be reached, or its day's quota is used up. All options of [smtp] may stand here.",
    ],
    example: (
        "backup",
        &[("host", "\"smtp.example.net\""), ("username", "\"me\"")],
    ),
    like: Some("smtp"),
    own: &[Opt {
        key: "preference",
        meaning: "its place in the order, 1 to 1000: lower ones first, [smtp] before all",
        default: "10",
        quoted: false,
        secret: false,
        check: preference,
    }],
};

const LANE: Family = Family {
    name: "lane",
    about: &[
        "Lanes: mailboxes of one provider, which are slowed together when it asks for less. Those of",
        "gmail, outlook, yahoo, icloud, orange and gmx are built in, all others go in `default`. A",
        "section of a built-in name takes its place.",
    ],
    example: ("campus", &[("domains", "\"example.edu, *.example.edu\"")]),
    like: None,
    own: &[
        Opt {
            key: "domains",
            meaning: "recipient domains, with commas; *.example.org is all below example.org",
            default: "",
            quoted: true,
            secret: false,
            check: super::check::domains,
        },
        Opt {
            key: "connections",
            meaning: "letters to them on their way at once, 0 to 256; 0: as many as the relay takes",
            default: "0",
            quoted: false,
            secret: false,
            check: lane_connections,
        },
        Opt {
            key: "per_minute",
            meaning: "letters to them a minute; 0: as many as the relay takes",
            default: "0",
            quoted: false,
            secret: false,
            check: per_minute,
        },
    ],
};

impl Family {
    /// Its options, each with its name within a section.
    pub(super) fn options(&self) -> impl Iterator<Item = (&'static str, &'static Opt)> {
        let like = self.like;
        let shared = OPTIONS.iter().filter_map(move |option| {
            let (section, key) = option.key.split_once('.')?;
            (Some(section) == like).then_some((key, option))
        });
        let own: &'static [Opt] = self.own;
        shared.chain(own.iter().map(|option| (option.key, option)))
    }
}

impl Family {
    /// What `init` writes of it: all in comments, since an empty section would be one.
    pub(super) fn template(&self) -> String {
        let mut out = String::from("\n");
        for line in self.about {
            out.push_str(&format!("# {line}\n"));
        }
        let (name, values) = self.example;
        out.push_str(&format!("#\n# [{}.{name}]\n", self.name));
        for (key, value) in values {
            out.push_str(&format!("# {key} = {value}\n"));
        }
        for option in self.own {
            if values.iter().all(|(key, _)| *key != option.key) {
                let value = match option.quoted {
                    true => toml::Value::from(option.default).to_string(),
                    false => option.default.to_owned(),
                };
                out.push_str(&format!(
                    "# {} = {value}    # {}\n",
                    option.key, option.meaning
                ));
            }
        }
        out
    }
}

/// The family that a key's first word names.
pub(super) fn family(key: &str) -> Option<&'static Family> {
    let first = key.split('.').next().unwrap_or_default();
    FAMILIES.iter().find(|family| family.name == first)
}

/// The option that `family.name.key` names.
pub(super) fn known(family: &Family, key: &str, place: &str) -> Result<&'static Opt, Fault> {
    let fault = |problem, hint| Fault {
        place: place.to_owned(),
        problem,
        hint,
    };
    let mut parts = key.splitn(3, '.').skip(1);
    let (Some(name), Some(option)) = (parts.next(), parts.next()) else {
        let (section, example) = (family.name, family.example.0);
        return Err(fault(
            format!("there is no option `{key}`"),
            Some(format!(
                "give the section a name, such as [{section}.{example}]"
            )),
        ));
    };
    name_fits(family, name).map_err(|problem| fault(problem, None))?;
    let found = family.options().find(|(known, _)| *known == option);
    found.map(|(_, option)| option).ok_or_else(|| {
        let near = nearest(option, family.options().map(|(known, _)| known));
        fault(
            format!("there is no option `{key}`"),
            near.map(|near| format!("did you mean `{}.{name}.{near}`?", family.name)),
        )
    })
}

fn name_fits(family: &Family, name: &str) -> Result<(), String> {
    let sound = (1..=MAX_NAME).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if !sound {
        let shown: String = name.chars().take(40).collect();
        return Err(format!(
            "`{shown}` is no name of a {}: at most {MAX_NAME} of a to z, 0 to 9, - and _, a letter first",
            family.name
        ));
    }
    match (family.name, name) {
        ("relay", "smtp") => Err("`smtp` is the name of the relay in [smtp]".to_owned()),
        _ => Ok(()),
    }
}

/// The names of a family's sections, sorted.
pub(super) fn names<'a>(values: &'a Values, family: &str) -> BTreeSet<&'a str> {
    let name = |key: &'a String| {
        let rest = key.strip_prefix(family)?.strip_prefix('.')?;
        rest.split_once('.').map(|(name, _)| name)
    };
    values.keys().filter_map(name).collect()
}

/// Gives every option of every named section its default, then says what does not fit together.
pub(super) fn complete(values: &mut Values, faults: &mut Vec<Fault>) {
    for family in FAMILIES {
        let names: Vec<String> = names(values, family.name)
            .into_iter()
            .map(str::to_owned)
            .collect();
        if names.len() > MAX_SECTIONS {
            let (n, section) = (names.len(), family.name);
            let problem = format!("{n} sections [{section}.…], and {MAX_SECTIONS} are the most");
            faults.push(together(FILE.to_owned(), problem, None));
        }
        for name in names {
            for (key, option) in family.options() {
                let key = format!("{}.{name}.{key}", family.name);
                let default = || (option.default.to_owned(), super::Origin::Default);
                values.entry(key).or_insert_with(default);
            }
        }
    }
    let relays: Vec<String> = names(values, "relay")
        .into_iter()
        .map(|name| format!("relay.{name}"))
        .collect();
    for section in &relays {
        if text(values, section, "host").is_empty() {
            let problem = format!("`{section}.host` is not set");
            faults.push(together(section_place(section), problem, None));
        }
    }
    for section in std::iter::once("smtp").chain(relays.iter().map(String::as_str)) {
        warm_up_fits(values, section, faults);
    }
    lanes_fit(values, faults);
}

fn warm_up_fits(values: &Values, section: &str, faults: &mut Vec<Fault>) {
    let table = text(values, section, "warm_up").is_empty();
    let since = text(values, section, "warm_up_since").is_empty();
    if table != since {
        let (there, missing) = match table {
            false => ("warm_up", "warm_up_since"),
            true => ("warm_up_since", "warm_up"),
        };
        let problem = format!("`{section}.{there}` is set and `{section}.{missing}` is not");
        let hint = Some("a warm-up needs its table and its first day".to_owned());
        faults.push(together(section_place(section), problem, hint));
    }
}

fn lanes_fit(values: &Values, faults: &mut Vec<Fault>) {
    let built_in = LaneTable::built_in();
    let mut taken: Vec<(String, String)> = Vec::new();
    for name in names(values, "lane") {
        let section = format!("lane.{name}");
        let domains = text(values, &section, "domains");
        let place = || section_place(&section);
        if name == LaneTable::DEFAULT && !domains.is_empty() {
            let problem = "the lane `default` takes all domains that no other names";
            let hint = Some("leave domains out, or give the lane another name".to_owned());
            faults.push(together(place(), problem.to_owned(), hint));
            continue;
        }
        let known = name == LaneTable::DEFAULT || built_in.iter().any(|lane| lane.name == name);
        if domains.is_empty() && !known {
            let problem = format!("the lane `{name}` names no domain");
            let hint = Some(format!("domains = \"example.org\" in [{section}]"));
            faults.push(together(place(), problem, hint));
        }
        for domain in items(domains).map(str::to_ascii_lowercase) {
            match taken.iter().find(|(known, _)| *known == domain) {
                Some((_, other)) if other != name => {
                    let problem = format!("`{domain}` is in the lane `{other}` already");
                    faults.push(together(place(), problem, None));
                }
                Some(_) => {}
                None => taken.push((domain, name.to_owned())),
            }
        }
    }
}

fn text<'a>(values: &'a Values, section: &str, key: &str) -> &'a str {
    let value = values.get(&format!("{section}.{key}"));
    value.map_or("", |(value, _)| value.as_str())
}

fn section_place(section: &str) -> String {
    format!("{FILE}, [{section}]")
}

fn together(place: String, problem: String, hint: Option<String>) -> Fault {
    Fault {
        place,
        problem,
        hint,
    }
}
