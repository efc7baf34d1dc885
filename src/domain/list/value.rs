//! How the values of settings are read and shown. Which setting takes what, it does not know.

use crate::domain::UnknownWord;
use crate::domain::address::Address;

pub(super) fn line(value: &str, most: usize) -> Result<String, String> {
    if value.chars().any(char::is_control) {
        return Err("it has a line break or another control character".to_owned());
    }
    if value.chars().count() > most {
        return Err(format!("it is longer than {most} characters"));
    }
    Ok(value.to_owned())
}

pub(super) fn number(value: &str, least: u16, most: u16) -> Result<u16, String> {
    let range = || format!("it takes a whole number from {least} to {most}");
    let n: u16 = value.parse().map_err(|_| range())?;
    if (least..=most).contains(&n) {
        Ok(n)
    } else {
        Err(range())
    }
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
