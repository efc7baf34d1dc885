//! How the values of settings are read and shown. Which setting takes what, it does not know.

use url::Url;

use crate::domain::UnknownWord;
use crate::domain::address::Address;
use crate::domain::slug::Slug;

pub(super) fn line(value: &str, most: usize) -> Result<String, String> {
    if value.chars().any(char::is_control) {
        return Err("it has a line break or another control character".to_owned());
    }
    if value.chars().count() > most {
        return Err(format!("it is longer than {most} characters"));
    }
    Ok(value.to_owned())
}

pub(super) fn number<N>(value: &str, least: N, most: N) -> Result<N, String>
where
    N: Copy + PartialOrd + std::fmt::Display + std::str::FromStr,
{
    let range = || format!("it takes a whole number from {least} to {most}");
    let n: N = value.parse().map_err(|_| range())?;
    if (least..=most).contains(&n) {
        Ok(n)
    } else {
        Err(range())
    }
}

/// Whether a theme of that name is there is seen where the folders are.
pub(super) fn theme(value: &str) -> Result<String, String> {
    Slug::parse(value)
        .map(|v| v.to_string())
        .map_err(|e| e.to_string())
}

pub(super) fn website(value: &str) -> Result<Option<String>, String> {
    const LONGEST: usize = 500;
    if value.is_empty() {
        return Ok(None);
    }
    let wrong = || "it is no https link such as https://paper.example".to_owned();
    let url = Url::parse(value).map_err(|_| wrong())?;
    let bare = url.username().is_empty() && url.password().is_none();
    if url.scheme() != "https" || url.host_str().is_none() || !bare {
        return Err(wrong());
    }
    if url.as_str().len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    Ok(Some(url.into()))
}

/// Origins (RFC 6454 §6.2), as a browser sends them; http only on this machine, for trying out.
pub(super) fn origins(value: &str) -> Result<Vec<String>, String> {
    const MOST: usize = 20;
    let parts = value.split(',').map(str::trim).filter(|p| !p.is_empty());
    let parts: Vec<&str> = parts.collect();
    if parts.len() > MOST {
        return Err(format!("at most {MOST} sites"));
    }
    let origin = |part: &&str| {
        let wrong = || format!("`{part}` is no site such as https://paper.example");
        let url = Url::parse(part).map_err(|_| wrong())?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        let safe = url.scheme() == "https" || (url.scheme() == "http" && local);
        match safe && bare && nobody {
            true => Ok(url.origin().ascii_serialization()),
            false => Err(wrong()),
        }
    };
    parts.iter().map(origin).collect()
}

pub(super) fn address(value: &str) -> Result<Option<Address>, String> {
    if value.is_empty() {
        return Ok(None);
    }
    Address::parse(value).map(Some).map_err(|e| e.to_string())
}

pub(super) fn language(value: &str) -> Result<String, String> {
    let parts: Vec<&str> = value.split('-').collect();
    let fits = parts
        .iter()
        .all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    match parts.first() {
        Some(first) if fits && (2..=3).contains(&first.len()) => Ok(value.to_owned()),
        _ => Err("it is no language tag such as en or de-AT".to_owned()),
    }
}

pub(super) fn full(address: &Option<Address>) -> String {
    address
        .as_ref()
        .map(|a| a.full().to_owned())
        .unwrap_or_default()
}

pub(super) fn word<T>(parsed: Result<T, UnknownWord>) -> Result<T, String> {
    parsed.map_err(|e| e.to_string())
}
