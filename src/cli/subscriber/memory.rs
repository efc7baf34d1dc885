//! `subscriber memory`: what a person was sent, by edition: what keeps them from getting it twice.

use serde_json::json;

use super::person;
use crate::cli::list::find;
use crate::cli::{Failure, House, show};
use crate::domain::subscriber::Subscription;
use crate::domain::time::format_rfc3339;
use crate::store::memory::Brought;

/// Shows what a person was sent and did not give back, newest first; of one list or of all.
pub async fn show_all(
    house: &House,
    address: &str,
    list: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let person = person(house, address).await?;
    let only = match list {
        Some(list) => Some(find(&house.store, list).await?.id),
        None => None,
    };
    let (mut rows, mut values) = (Vec::new(), Vec::new());
    for subscription in house.store.subscriptions_of(person.id).await? {
        if only.is_some_and(|only| only != subscription.list) {
            continue;
        }
        let slug = house.store.list_by_id(subscription.list).await?.slug;
        for brought in house.store.memory_of(subscription.id).await? {
            let stories = stories(house, &brought).await?;
            if json {
                values.push(json!({
                    "list": slug,
                    "cadence": brought.cadence,
                    "run": brought.run.to_string(),
                    "planned_at": format_rfc3339(brought.at),
                    "letter": brought.letter,
                    "stories": stories,
                }));
                continue;
            }
            for story in stories {
                rows.push(row(&subscription, slug.as_str(), &brought, &story));
            }
        }
    }
    if json {
        return show::json(&values);
    }
    let none = format!("{address} was sent nothing yet, or gave it back");
    let headers = ["planned", "list", "edition", "letter", "headline", "url"];
    show::table(&headers, rows, &none)
}

/// The texts of an edition with their headlines and links.
async fn stories(house: &House, brought: &Brought) -> Result<Vec<serde_json::Value>, Failure> {
    let texts = house.store.revisions(&brought.texts).await?;
    let story = |(revision, printed): (&_, &crate::domain::article::PrintedArticle)| {
        json!({
            "article": printed.article,
            "revision": revision,
            "headline": printed.text.headline,
            "source": printed.source_name,
            "url": printed.url,
        })
    };
    Ok(texts.iter().map(story).collect())
}

fn row(
    subscription: &Subscription,
    list: &str,
    brought: &Brought,
    story: &serde_json::Value,
) -> Vec<String> {
    let text = |key: &str| story[key].as_str().unwrap_or_default().to_owned();
    vec![
        show::local(brought.at, &subscription.terms.zone),
        list.to_owned(),
        format!("{} {}", brought.cadence, brought.run),
        brought.letter.map(|l| l.to_string()).unwrap_or_default(),
        text("headline"),
        text("url"),
    ]
}
