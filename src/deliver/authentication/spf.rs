//! The SPF record of an envelope domain (RFC 7208), with everything that it includes.
//!
//! It counts and judges; it does not evaluate a sender's address, since which addresses the relay
//! sends from is not known here.

use super::providers::{include, mechanism};
use super::{Finding, Query, Records, shown, texts, unanswered};

/// Lookups that a receiver makes at the most (§4.6.4).
const LOOKUPS: usize = 10;
/// Lookups after which we stop counting.
const COUNTED: usize = 20;
/// Terms of a record that are read.
const TERMS: usize = 200;

/// A mechanism (§5) or the redirect modifier (§6.1), as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    All(char),
    Include(String),
    Redirect(String),
    /// Costs a lookup: `a`, `mx`, `exists`.
    Lookup,
    Ptr,
    Ip,
}

pub(super) fn examine(
    domain: &str,
    relays: &[String],
    records: &Records,
) -> Result<Vec<Finding>, Query> {
    let found = match texts(records, domain)? {
        Ok(texts) => of(texts),
        Err(words) => return Ok(vec![unanswered(domain, "SPF", words)]),
    };
    let record = match found.as_slice() {
        [] => return Ok(vec![missing(domain, relays)]),
        [record] => *record,
        several => return Ok(vec![more_than_one(domain, several)]),
    };
    let mut walk = Walk {
        records,
        lookups: 0,
        path: vec![domain.to_owned()],
        visited: Vec::new(),
    };
    let terms = match read(record) {
        Ok(terms) => terms,
        Err(fault) => return Ok(vec![broken(domain, &fault, record)]),
    };
    let all = match walk.follow(&terms)? {
        Ok(all) => all,
        Err(fault) => return Ok(vec![broken(domain, &fault, record)]),
    };
    Ok(walk.judge(domain, relays, record, &terms, all))
}

/// The SPF records among the texts of a name (§4.5).
fn of(texts: &[String]) -> Vec<&str> {
    let is_spf = |t: &&str| {
        let version = t.split(' ').next().unwrap_or_default();
        version.eq_ignore_ascii_case("v=spf1")
    };
    texts.iter().map(String::as_str).filter(is_spf).collect()
}

fn missing(domain: &str, relays: &[String]) -> Finding {
    let mut mechanisms: Vec<String> = relays.iter().map(|r| mechanism(r)).collect();
    mechanisms.dedup();
    Finding::problem(
        domain,
        "no SPF record: receivers cannot tell that the relay may send for this domain",
        format!(
            "publish: {domain}. IN TXT \"v=spf1 {} ~all\" (or what the relay's own pages say to \
             include)",
            mechanisms.join(" ")
        ),
    )
}

fn more_than_one(domain: &str, several: &[&str]) -> Finding {
    let mut terms: Vec<&str> = Vec::new();
    for term in several.iter().flat_map(|r| r.split_whitespace().skip(1)) {
        let last = term.trim_start_matches(['+', '-', '~', '?']);
        if !last.eq_ignore_ascii_case("all") && !terms.contains(&term) {
            terms.push(term);
        }
    }
    let one: String = terms.join(" ").replace(['"', '\\'], "");
    Finding::problem(
        domain,
        format!("{} SPF records: receivers take none of them", several.len()),
        format!(
            "publish one in their place: {domain}. IN TXT \"v=spf1 {} ~all\"",
            shown(&one)
        ),
    )
}

fn broken(domain: &str, fault: &str, record: &str) -> Finding {
    Finding::problem(
        domain,
        format!("the SPF record is broken, so receivers take it for none: {fault}"),
        format!("mend it: \"{}\"", shown(record)),
    )
}

/// Reads a record's terms up to `all`; what comes after it counts for nothing.
fn read(record: &str) -> Result<Vec<Term>, String> {
    let mut terms = Vec::new();
    let mut redirect = None;
    for word in record.split_whitespace().skip(1).take(TERMS) {
        let lower = word.to_ascii_lowercase();
        if let Some((name, value)) = modifier(&lower) {
            if name == "redirect" {
                redirect = Some(value.to_owned());
            }
            continue;
        }
        let term = mechanism_of(&lower).ok_or_else(|| {
            let word = shown(word);
            format!("`{word}` is no mechanism with what it needs")
        })?;
        let last = matches!(term, Term::All(_));
        terms.push(term);
        if last {
            return Ok(terms);
        }
    }
    terms.extend(redirect.map(Term::Redirect));
    Ok(terms)
}

/// `name=value` (§6), whose name has neither `:` nor `/` before the sign.
fn modifier(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (!name.is_empty() && name.bytes().all(plain)).then_some((name, value))
}

fn mechanism_of(word: &str) -> Option<Term> {
    let qualifier = word.chars().next().filter(|c| "+-~?".contains(*c));
    let bare = &word[qualifier.map_or(0, char::len_utf8)..];
    let (name, value) = match bare.split_once(':') {
        Some((name, value)) => (name, value),
        None => (bare.split('/').next().unwrap_or_default(), ""),
    };
    let given = !value.is_empty();
    match name {
        "all" if bare == "all" => Some(Term::All(qualifier.unwrap_or('+'))),
        "include" if given => Some(Term::Include(value.to_owned())),
        "a" | "mx" => Some(Term::Lookup),
        "exists" if given => Some(Term::Lookup),
        "ptr" => Some(Term::Ptr),
        "ip4" if is_ip4(value) => Some(Term::Ip),
        "ip6" if is_ip6(value) => Some(Term::Ip),
        _ => None,
    }
}

fn prefix(value: &str, most: u16) -> Option<&str> {
    let Some((address, bits)) = value.split_once('/') else {
        return Some(value);
    };
    let fits = bits.parse::<u16>().is_ok_and(|n| n <= most);
    fits.then_some(address)
}

fn is_ip4(value: &str) -> bool {
    let part = |p: &str| p.len() <= 3 && p.parse::<u8>().is_ok();
    prefix(value, 32).is_some_and(|a| a.split('.').count() == 4 && a.split('.').all(part))
}

fn is_ip6(value: &str) -> bool {
    let digit = |b: u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    prefix(value, 128).is_some_and(|a| a.contains(':') && a.bytes().all(digit))
}

struct Walk<'r> {
    records: &'r Records,
    lookups: usize,
    /// The domains on the way to where we are.
    path: Vec<String>,
    /// Every domain whose record was read beside the first.
    visited: Vec<String>,
}

impl Walk<'_> {
    /// Follows the includes of a record and gives its `all`, or why receivers take it for broken.
    fn follow(&mut self, terms: &[Term]) -> Result<Result<Option<char>, String>, Query> {
        let mut all = None;
        for term in terms {
            match term {
                Term::All(qualifier) => all = Some(*qualifier),
                Term::Ip => {}
                Term::Lookup | Term::Ptr => self.lookups += 1,
                Term::Include(to) => {
                    if let Err(fault) = self.enter(to)? {
                        return Ok(Err(fault));
                    }
                }
                Term::Redirect(to) => match self.enter(to)? {
                    Ok(theirs) => all = theirs,
                    Err(fault) => return Ok(Err(fault)),
                },
            }
        }
        Ok(Ok(all))
    }

    /// One include or redirect.
    fn enter(&mut self, to: &str) -> Result<Result<Option<char>, String>, Query> {
        self.lookups += 1;
        // A macro (§7) depends on who sends, and past the limit nobody looks any more.
        if to.contains('%') || self.lookups > COUNTED {
            return Ok(Ok(None));
        }
        let to = to.trim_end_matches('.');
        if self.path.iter().any(|d| d == to) {
            let path = self.path.join(" includes ");
            return Ok(Err(format!(
                "{} includes {} again",
                shown(&path),
                shown(to)
            )));
        }
        let name = shown(to);
        let found = match texts(self.records, to)? {
            Ok(texts) => of(texts),
            Err(words) => return Ok(Err(format!("`{name}` could not be looked up: {words}"))),
        };
        let record = match found.as_slice() {
            [record] => *record,
            [] => {
                return Ok(Err(format!(
                    "it includes `{name}`, which has no SPF record"
                )));
            }
            _ => {
                return Ok(Err(format!(
                    "it includes `{name}`, which has more than one"
                )));
            }
        };
        let terms = match read(record) {
            Ok(terms) => terms,
            Err(fault) => return Ok(Err(format!("in the record of `{name}`, {fault}"))),
        };
        self.visited.push(to.to_owned());
        self.path.push(to.to_owned());
        let all = self.follow(&terms)?;
        self.path.pop();
        Ok(all)
    }

    /// What is said of a record that can be read.
    fn judge(
        &self,
        domain: &str,
        relays: &[String],
        record: &str,
        terms: &[Term],
        all: Option<char>,
    ) -> Vec<Finding> {
        let record = shown(record);
        if let Some(useless) = self.useless(domain, relays, &record, terms, all) {
            return vec![useless];
        }
        let mut found: Vec<Finding> = relays
            .iter()
            .filter_map(|relay| self.without(domain, relay, &record))
            .collect();
        if terms.contains(&Term::Ptr) {
            found.push(Finding::hint(
                domain,
                "the SPF record uses `ptr`, which receivers may skip (RFC 7208 §5.5)",
                "name the addresses instead, by ip4, ip6 or a",
            ));
        }
        if !matches!(all, Some('-' | '~')) {
            found.push(Finding::hint(
                domain,
                "the SPF record says nothing of all other senders",
                format!("publish: {domain}. IN TXT \"{}\"", ended(&record)),
            ));
        }
        if found.is_empty() {
            let words = format!("SPF: {} of {LOOKUPS} lookups", self.lookups);
            found.push(Finding::ok(domain, words));
        }
        found
    }

    /// Why a record does nothing for its domain.
    fn useless(
        &self,
        domain: &str,
        relays: &[String],
        record: &str,
        terms: &[Term],
        all: Option<char>,
    ) -> Option<Finding> {
        if self.lookups > LOOKUPS {
            let n = match self.lookups > COUNTED {
                true => format!("more than {COUNTED}"),
                false => self.lookups.to_string(),
            };
            return Some(Finding::problem(
                domain,
                format!(
                    "the SPF record takes {n} lookups; receivers stop at {LOOKUPS} and take it \
                     for broken"
                ),
                "drop includes that no mail comes from, or set bounce.domain to a domain of its \
                 own, whose record names the relay alone",
            ));
        }
        if all == Some('+') {
            return Some(Finding::problem(
                domain,
                "the SPF record lets everybody send (`+all`): receivers think nothing of it",
                format!("publish: {domain}. IN TXT \"{}\"", ended(record)),
            ));
        }
        let nobody = terms.iter().all(|t| matches!(t, Term::All(_)));
        nobody.then(|| {
            let publish = missing(domain, relays).hint.unwrap_or_default();
            Finding::problem(domain, "the SPF record lets nobody send", publish)
        })
    }

    /// A relay whose keeper is known, and is not in the record.
    fn without(&self, domain: &str, relay: &str, record: &str) -> Option<Finding> {
        let include = include(relay).filter(|i| !self.visited.iter().any(|v| v == i))?;
        let rest = record.get("v=spf1".len()..).unwrap_or_default();
        Some(Finding::hint(
            domain,
            format!("the SPF record does not include `{include}`, whose relay is {relay}"),
            format!("publish: {domain}. IN TXT \"v=spf1 include:{include}{rest}\""),
        ))
    }
}

/// The record with `~all` at its end.
fn ended(record: &str) -> String {
    let other = |w: &&str| !w.trim_start_matches(['+', '?']).eq_ignore_ascii_case("all");
    let mut words: Vec<&str> = record.split_whitespace().filter(other).collect();
    words.push("~all");
    words.join(" ")
}
