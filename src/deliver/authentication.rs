//! What DNS has to say about who sends: SPF (RFC 7208), DKIM keys (RFC 6376 §3.6), DMARC (RFC 9989)
//! and MX (RFC 5321 §5.1, RFC 7505) of the domains that letters name.
//!
//! Nothing is looked up here. [`examine`] reads answers, and says which question is next where one
//! is missing; whoever can ask does, and calls again. It does not know what a letter says.

mod dmarc;
mod exchange;
mod key_record;
mod providers;
mod spf;

use std::collections::BTreeMap;

pub use providers::is_mailbox_provider;

use super::policy::clean;

/// Characters of a record of strangers that are shown.
const SHOWN: usize = 200;

/// What is asked of DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Texts.
    Txt,
    /// Mail exchanges.
    Mx,
    /// A and AAAA.
    Address,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Query {
    /// Lower-case, in A-labels, without a last dot.
    pub name: String,
    /// Of what kind.
    pub kind: Kind,
}

/// What came back for a question; empty where the name has none of that kind, or does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Each record's strings joined, as SPF (RFC 7208 §3.3) and DKIM (RFC 6376 §3.6.2.2) want it.
    Txt(Vec<String>),
    /// Preference and host, by preference; the host of a null MX (RFC 7505) is empty.
    Mx(Vec<(u16, String)>),
    /// Addresses as text.
    Address(Vec<String>),
    /// No answer, in words: a time-out, SERVFAIL.
    Failed(String),
}

/// The answers so far.
pub type Records = BTreeMap<Query, Answer>;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, and could be better, or could not be seen.
    Hint,
    /// Keeps letters from arriving, or readers from their rights.
    Problem,
}

impl Level {
    /// `ok`, `hint`, `problem`.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Hint => "hint",
            Level::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What is so.
    pub what: String,
    /// A DNS name, a file, an option, an address.
    pub place: String,
    /// What to do or to publish.
    pub hint: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn ok(place: impl Into<String>, what: impl Into<String>) -> Finding {
        Finding {
            level: Level::Ok,
            what: what.into(),
            place: place.into(),
            hint: None,
        }
    }

    /// Works, and could be better.
    pub fn hint(
        place: impl Into<String>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding {
            level: Level::Hint,
            hint: Some(hint.into()),
            ..Finding::ok(place, what)
        }
    }

    /// Has to be mended.
    pub fn problem(
        place: impl Into<String>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Finding {
        Finding {
            level: Level::Problem,
            hint: Some(hint.into()),
            ..Finding::ok(place, what)
        }
    }
}

/// A list, by what its letters name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its short name.
    pub list: String,
    /// The domain of From.
    pub from: String,
    /// The domain of Reply-To, if that is set.
    pub reply_to: Option<String>,
}

/// A key record that has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedKey {
    /// `SELECTOR._domainkey.DOMAIN`.
    pub name: String,
    /// `v=DKIM1; k=…; p=…`.
    pub value: String,
    /// The record as a line of a zone file.
    pub zone_line: String,
}

/// Who signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signing {
    /// We do.
    Own {
        /// `d=`.
        domain: String,
        /// One or two.
        keys: Vec<ExpectedKey>,
    },
    /// The relay does; under which names is not known here.
    Relay,
    /// Nobody.
    Nobody,
    /// That could not be told: our own keys cannot be read, which is said elsewhere.
    Unknown,
}

/// What is to be examined. Domains are lower-case and in A-labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Every list that has a From address.
    pub senders: Vec<Sender>,
    /// Domain of the envelope senders; none: each list's From domain.
    pub bounce: Option<String>,
    /// Who signs.
    pub signing: Signing,
    /// Host names of the relays.
    pub relays: Vec<String>,
}

impl Setup {
    fn envelope<'a>(&'a self, sender: &'a Sender) -> &'a str {
        self.bounce.as_deref().unwrap_or(&sender.from)
    }
}

/// Everything there is to say, or the question that has to be answered first. It asks some sixty
/// different questions a domain at the most.
///
/// # Errors
/// The question, where `records` has no answer to it.
pub fn examine(setup: &Setup, records: &Records) -> Result<Vec<Finding>, Query> {
    let mut found = Vec::new();
    let (rented, own): (Vec<&Sender>, Vec<&Sender>) = setup
        .senders
        .iter()
        .partition(|s| is_mailbox_provider(&s.from));
    for sender in rented {
        found.push(providers::rented(sender));
    }
    let mut envelopes: Vec<&str> = own.iter().map(|s| setup.envelope(s)).collect();
    once(&mut envelopes);
    for domain in &envelopes {
        found.extend(spf::examine(domain, &setup.relays, records)?);
    }
    let mut froms: Vec<&str> = own.iter().map(|s| s.from.as_str()).collect();
    once(&mut froms);
    let first = froms.first().copied();
    found.extend(key_record::examine(&setup.signing, first, records)?);
    for from in &froms {
        let envelope = setup.bounce.as_deref().unwrap_or(from);
        found.extend(dmarc::examine(from, envelope, &setup.signing, records)?);
    }
    let replies = own.iter().filter_map(|s| s.reply_to.as_deref());
    let mut receiving: Vec<&str> = froms.iter().copied().chain(replies).collect();
    once(&mut receiving);
    for domain in &receiving {
        found.push(exchange::receives(domain, records)?);
    }
    found.extend(match setup.bounce.as_deref() {
        Some(bounce) => Some(exchange::bounces(bounce, &receiving, records)?),
        None => first.map(exchange::no_bounces),
    });
    Ok(found)
}

fn once(names: &mut Vec<&str>) {
    names.sort_unstable();
    names.dedup();
}

fn ask<'r>(records: &'r Records, name: &str, kind: Kind) -> Result<&'r Answer, Query> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let query = Query { name, kind };
    records.get(&query).ok_or(query)
}

/// Texts of a name; the inner error is why there is no answer.
fn texts<'r>(records: &'r Records, name: &str) -> Result<Result<&'r [String], &'r str>, Query> {
    Ok(match ask(records, name, Kind::Txt)? {
        Answer::Txt(texts) => Ok(texts),
        Answer::Failed(words) => Err(words),
        Answer::Mx(_) | Answer::Address(_) => Ok(&[]),
    })
}

/// Where DNS gave no answer: nothing can be said, and it is not ours to say that it is missing.
fn unanswered(name: &str, what: &str, words: &str) -> Finding {
    Finding::problem(
        name,
        format!("{what} could not be looked up: {words}"),
        "ask again later; where it stays so, the name servers of the domain are at fault, or \
         dns.server",
    )
}

/// `tag=value` pairs separated by semicolons, names lower-cased, blanks dropped (RFC 6376 §3.2).
fn tags(text: &str) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    text.split(';').filter_map(pair).take(64).collect()
}

fn tag<'t>(tags: &'t [(String, String)], name: &str) -> Option<&'t str> {
    tags.iter()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.as_str())
}

/// A record of strangers as it may be shown: one line, cut.
fn shown(text: &str) -> String {
    let clean = clean(text);
    let mut out: String = clean.chars().take(SHOWN).collect();
    if out.len() < clean.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests;
