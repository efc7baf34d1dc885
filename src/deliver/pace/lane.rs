//! Lanes: which provider's mailboxes a domain's letters go to, so that one that holds us back slows
//! its own readers only.
//!
//! By the recipient's domain and not by its MX: behind a relay the MX is the relay's matter.

use std::collections::HashMap;

use super::LaneId;

/// What one provider may take at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneLimits {
    /// As the ledger and the configuration name it.
    pub name: String,
    /// Recipient domains in lower case: `example.org`, or `*.example.org` for all below it.
    pub domains: Vec<String>,
    /// Letters on their way at once; 0: as many as the relay takes.
    pub connections: u32,
    /// Letters a minute; 0: as many as the relay takes.
    pub per_minute: u32,
}

/// The lanes by domain. Number 0 is the lane of all domains that no other names.
#[derive(Debug, Clone)]
pub struct LaneTable {
    lanes: Vec<LaneLimits>,
    exact: HashMap<String, LaneId>,
    /// Of `*.example.org` the part behind the first dot.
    below: HashMap<String, LaneId>,
}

impl LaneTable {
    /// The name of the lane that takes all other domains.
    pub const DEFAULT: &str = "default";

    /// A table of these lanes, and of `default` if none has that name. What stands first wins: of two
    /// lanes with one name the second is left out, of two lanes that name one domain the second does
    /// not get it. Domains of `default` mean nothing.
    pub fn new(lanes: Vec<LaneLimits>) -> LaneTable {
        let mut table = LaneTable {
            lanes: vec![limits(LaneTable::DEFAULT, 0, &[])],
            exact: HashMap::new(),
            below: HashMap::new(),
        };
        let mut named = false;
        for lane in lanes {
            if lane.name == LaneTable::DEFAULT {
                if !named {
                    table.lanes[0] = lane;
                    named = true;
                }
                continue;
            }
            if table.lanes[1..].iter().any(|known| known.name == lane.name) {
                continue;
            }
            let id = LaneId(table.lanes.len());
            for domain in &lane.domains {
                let domain = domain.to_ascii_lowercase();
                match domain.strip_prefix("*.") {
                    Some(suffix) => table.below.entry(suffix.to_owned()).or_insert(id),
                    None => table.exact.entry(domain).or_insert(id),
                };
            }
            table.lanes.push(lane);
        }
        table
    }

    /// The built-in lanes with `own` laid over them: an own lane takes the place of the built-in one
    /// of its name, and gets its domains first.
    pub fn over_built_in(own: Vec<LaneLimits>) -> LaneTable {
        let mut lanes = own;
        lanes.extend(LaneTable::built_in());
        LaneTable::new(lanes)
    }

    /// The lanes that need no configuration. Letters at once are four times what KumoMTA grants a
    /// sender that speaks to the provider itself (Google 5, Outlook 5, Yahoo 10, Apple 10, Orange 2,
    /// web.de and GMX 4): behind a relay they are there to keep providers apart, not to slow a list.
    pub fn built_in() -> Vec<LaneLimits> {
        BUILT_IN
            .iter()
            .map(|(name, connections, domains)| limits(name, *connections, domains))
            .collect()
    }

    /// The lane of a recipient's domain. An exact name wins over `*.suffix`, a longer suffix over a
    /// shorter one.
    pub fn of(&self, domain: &str) -> LaneId {
        if domain.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.of(&domain.to_ascii_lowercase());
        }
        if let Some(id) = self.exact.get(domain) {
            return *id;
        }
        let mut rest = domain;
        while let Some((_, below)) = rest.split_once('.') {
            if let Some(id) = self.below.get(below) {
                return *id;
            }
            rest = below;
        }
        LaneId::DEFAULT
    }

    /// The lane of this name; `default` for a name that is not there, as of a lane that was
    /// configured when a letter was planned and is not any more.
    pub fn by_name(&self, name: &str) -> LaneId {
        let at = self.lanes.iter().position(|lane| lane.name == name);
        at.map_or(LaneId::DEFAULT, LaneId)
    }

    /// The lane's name; `default` for one that is not of this table.
    pub fn name(&self, lane: LaneId) -> &str {
        self.limits(lane)
            .map_or(LaneTable::DEFAULT, |lane| lane.name.as_str())
    }

    /// All names, `default` first, then in the order of their numbers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().map(|lane| lane.name.as_str())
    }

    /// What the lane may take, if it is of this table.
    pub fn limits(&self, lane: LaneId) -> Option<&LaneLimits> {
        self.lanes.get(lane.0)
    }

    /// All lanes in the order of their numbers; never empty.
    pub fn all(&self) -> &[LaneLimits] {
        &self.lanes
    }
}

impl Default for LaneTable {
    fn default() -> Self {
        LaneTable::new(LaneTable::built_in())
    }
}

fn limits(name: &str, connections: u32, domains: &[&str]) -> LaneLimits {
    LaneLimits {
        name: name.to_owned(),
        domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
        connections,
        per_minute: 0,
    }
}

type BuiltIn = (&'static str, u32, &'static [&'static str]);

const BUILT_IN: &[BuiltIn] = &[
    ("gmail", 20, &["gmail.com", "googlemail.com"]),
    (
        "outlook",
        20,
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "outlook.de",
            "outlook.es",
            "outlook.fr",
            "outlook.it",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.es",
            "hotmail.fr",
            "hotmail.it",
            "live.co.uk",
            "live.de",
            "live.fr",
            "live.it",
            "live.nl",
        ],
    ),
    (
        "yahoo",
        40,
        &[
            "yahoo.com",
            "ymail.com",
            "rocketmail.com",
            "aol.com",
            "yahoo.ca",
            "yahoo.co.in",
            "yahoo.co.uk",
            "yahoo.com.au",
            "yahoo.com.br",
            "yahoo.de",
            "yahoo.es",
            "yahoo.fr",
            "yahoo.in",
            "yahoo.it",
        ],
    ),
    ("icloud", 40, &["icloud.com", "me.com", "mac.com"]),
    ("orange", 8, &["orange.fr", "wanadoo.fr"]),
    (
        "gmx",
        16,
        &["gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "web.de"],
    ),
];
