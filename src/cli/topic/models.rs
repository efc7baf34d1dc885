//! `topic model`: the versions of the topic model, which of them is used, and what one has learnt.

use std::path::Path;

use serde_json::json;

use super::train::{measured, topics_of};
use crate::cli::house::folder;
use crate::cli::{Exit, Failure, show, typed};
use crate::topic_models::{ShelfError, TopicModels, Version};
use crate::topics::About;

/// Lists the versions with the topics of `shown`, or uses another one.
pub fn run(
    shown: Option<u32>,
    number: Option<u32>,
    json: bool,
    home: Option<&Path>,
) -> Result<Exit, Failure> {
    let models = TopicModels::of(&folder(home));
    if let Some(number) = number {
        models.use_version(number)?;
        show::note(&format!("version {number} is in use from now on"));
        return Ok(Exit::Done);
    }
    let mut versions = models.versions()?;
    if let Some(shown) = shown {
        versions.retain(|v| v.number == shown);
        if versions.is_empty() {
            return Err(ShelfError::NoVersion(shown).into());
        }
    }
    let mut values = Vec::new();
    let mut table = Vec::new();
    let mut learnt = None;
    for version in versions {
        let about = models.read(version.number).map(|m| m.about);
        table.push(cells(&version, &about));
        if let (Ok(about), true) = (&about, version.in_use || shown.is_some()) {
            learnt = Some(about.clone());
        }
        let problem = about.as_ref().err().map(ToString::to_string);
        values.push(json!({
            "version": version.number,
            "in_use": version.in_use,
            "made": crate::domain::time::format_rfc3339(version.made),
            "octets": version.octets,
            "model": about.ok(),
            "problem": problem,
        }));
    }
    match json {
        true => return show::json(&values).map(|()| Exit::Done),
        false => show::table(
            &["version", "", "made", "from", "rows", "topics", "how good"],
            table,
            "no model yet: `courant topic train FILE.jsonl` makes one",
        )?,
    }
    if let Some(about) = learnt {
        show::line("")?;
        topics_of(&about)?;
    }
    Ok(Exit::Done)
}

fn cells(version: &Version, about: &Result<About, ShelfError>) -> Vec<String> {
    let of = |cell: &dyn Fn(&About) -> String| about.as_ref().map_or(String::new(), cell);
    vec![
        version.number.to_string(),
        if version.in_use { "in use" } else { "" }.to_owned(),
        typed::shown(version.made),
        of(&|a| a.from.clone()),
        of(&|a| a.rows.to_string()),
        of(&|a| a.topics.len().to_string()),
        match about {
            Ok(about) => measured(about.measured.as_ref()),
            Err(error) => error.to_string(),
        },
    ]
}
