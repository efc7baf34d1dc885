//! `consent`: that people agreed to mail, when, by which words, and who took it back.

use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use serde_json::json;

use super::{Exit, Failure, House, parts, show, typed};
use crate::domain::address::Address;
use crate::domain::consent::Receipt;
use crate::domain::time::format_rfc3339;
use crate::web::wordings;

/// What may be done with receipts of consent.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Every receipt of a person, oldest first
    Show {
        /// Whose address
        address: String,
        /// JSON array
        #[arg(long)]
        json: bool,
    },
    /// The words of a receipt, by their version as `consent show` tells it
    Wording {
        /// Such as en-82651c4dde4a
        version: String,
    },
}

/// Runs a verb of `consent`.
pub async fn run(verb: Verb, home: Option<&Path>) -> Result<Exit, Failure> {
    let house = House::open(home).await?;
    match verb {
        Verb::Show { address, json } => receipts(&house, &address, json).await,
        Verb::Wording { version } => wording(&house, &version),
    }
}

fn wording(house: &House, version: &str) -> Result<Exit, Failure> {
    let words = Arc::new(crate::themes::words(&parts::themes(&house.config))?);
    let found = wordings(&words).into_iter().find(|(v, _)| v == version);
    let Some((_, text)) = found else {
        let version = typed::short(version, 60);
        return Err(Failure::failed(format!(
            "`{version}` is none of this release's wordings"
        ))
        .hint("it is of another release, or of words that were changed since; the release of that time tells them"));
    };
    show::line(&text)?;
    Ok(Exit::Done)
}

async fn receipts(house: &House, address: &str, json: bool) -> Result<Exit, Failure> {
    let address = Address::parse(address)?;
    let full = address.full();
    let person = house
        .store
        .subscriber(&house.keys.address_hash(&address))
        .await?;
    let person = person.ok_or_else(|| {
        Failure::failed(format!("nobody has the address `{full}`")).hint(format!(
            "`courant subscriber add LIST {full}` signs them up"
        ))
    })?;
    let receipts = house.store.consents(person.id).await?;
    let mut lists = Vec::new();
    for receipt in &receipts {
        lists.push(match receipt.list {
            Some(list) => house.store.list_by_id(list).await?.slug.to_string(),
            None => "all lists".to_owned(),
        });
    }
    let all = receipts.iter().zip(&lists);
    if json {
        let value = |(r, list): (&Receipt, &String)| {
            json!({"at": format_rfc3339(r.at), "list": r.list.map(|_| list), "act": r.act,
                "how": r.how, "wording": r.wording, "source": r.source, "network": r.network,
                "note": r.note})
        };
        show::json(&all.map(value).collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    let row = |(r, list): (&Receipt, &String)| {
        vec![
            show::utc(r.at),
            list.clone(),
            r.act.to_string(),
            r.how.clone(),
            r.wording.clone(),
            r.source.clone(),
            r.network.clone().unwrap_or_default(),
            r.note.clone(),
        ]
    };
    let headers = [
        "at", "list", "act", "how", "wording", "source", "network", "note",
    ];
    show::table(
        &headers,
        all.map(row).collect(),
        &format!("there is no receipt of {full}"),
    )?;
    Ok(Exit::Done)
}
