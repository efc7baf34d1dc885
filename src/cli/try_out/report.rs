//! What trying a site out came to, in a table or as JSON.

use mail_parser::MessageParser;
use serde::Serialize;

use super::readers::READERS;
use super::site::{Old, Site, ZoneFrom};
use crate::cli::{Failure, House, show, typed};
use crate::domain::EditionId;
use crate::domain::address::Address;
use crate::domain::list::List;
use crate::domain::slug::Slug;
use crate::domain::time::Timestamp;
use crate::ingest::discover::{How, newest};
use crate::ingest::proposal::Proposed;
use crate::sink::SinkHandle;

/// A feed that was taken.
#[derive(Debug, Serialize)]
struct Feed {
    source: Slug,
    title: String,
    url: String,
    found: How,
    format: String,
    entries: usize,
    newest: Option<Timestamp>,
    problems: usize,
}

/// A made-up reader and their letter.
#[derive(Debug, Serialize)]
struct Reader {
    reader: &'static str,
    topics: Vec<String>,
    subject: Option<String>,
    headlines: Vec<String>,
}

/// The whole of it.
#[derive(Debug, Serialize)]
pub struct Summary {
    site: String,
    list: Slug,
    language: String,
    zone: String,
    zone_from: ZoneFrom,
    feeds: Vec<Feed>,
    topics: Vec<Proposed>,
    stories: Old,
    readers: Vec<Reader>,
}

impl Summary {
    /// What the letters in a receiver came to.
    pub async fn of(
        house: &House,
        list: &List,
        (site, old): (&Site, &Old),
        editions: &[EditionId],
        sink: &SinkHandle,
    ) -> Result<Summary, Failure> {
        let now = house.clock.now();
        let feed = |f: &super::site::SiteFeed| Feed {
            source: f.slug.clone(),
            title: f.name.clone(),
            url: f.url.clone(),
            found: f.how,
            format: f.feed.format.to_string(),
            entries: f.feed.entries.len(),
            newest: newest(&f.feed, now),
            problems: f.feed.problems.len(),
        };
        let mut readers = Vec::new();
        for reader in READERS {
            readers.push(one(house, list, editions, sink, reader).await?);
        }
        Ok(Summary {
            site: site.name.clone(),
            list: list.slug.clone(),
            language: list.settings.language.clone(),
            zone: list.settings.home_zone.name().to_owned(),
            zone_from: site.zone.from,
            feeds: site.feeds.iter().map(feed).collect(),
            topics: site.topics.clone(),
            stories: old.clone(),
            readers,
        })
    }

    /// Prints it for a person.
    pub fn print(&self) -> Result<(), Failure> {
        let row = |f: &Feed| {
            vec![
                typed::short(&f.title, 50),
                f.format.clone(),
                f.entries.to_string(),
                typed::shown_or(f.newest, "undated"),
                f.url.clone(),
            ]
        };
        show::table(
            &["feed", "format", "entries", "newest", "url"],
            self.feeds.iter().map(row).collect(),
            "",
        )?;
        let topic = |t: &Proposed| format!("{} ({})", t.name, t.entries);
        let topics: Vec<String> = self.topics.iter().map(topic).collect();
        show::line(&match topics.is_empty() {
            true => "\ntopics: its feeds propose none, so everybody gets everything".to_owned(),
            false => format!("\ntopics: {}", topics.join(", ")),
        })?;
        show::line(&self.stories.words())?;
        let zone = &self.zone;
        show::line(&match self.zone_from {
            ZoneFrom::Typed => format!("zone: {zone}"),
            ZoneFrom::Machine => format!("zone: {zone}, this machine's; --zone takes another one"),
            ZoneFrom::Default => format!("zone: {zone}, since nothing says which; --zone does"),
        })?;
        show::line("")?;
        let row = |r: &Reader| {
            vec![
                r.reader.to_owned(),
                match r.topics.is_empty() {
                    true => "(everything)".to_owned(),
                    false => r.topics.join(", "),
                },
                r.headlines.len().to_string(),
                r.subject
                    .clone()
                    .unwrap_or_else(|| "no letter: too little for one".to_owned()),
            ]
        };
        let rows = self.readers.iter().map(row).collect();
        show::table(&["reader", "topics", "stories", "letter"], rows, "")
    }
}

impl Old {
    /// How old what is shown is, in words.
    fn words(&self) -> String {
        let new = match self.new {
            0 => "none of the last 24 hours".to_owned(),
            n => format!("{n} of the last 24 hours"),
        };
        match (self.older, self.since) {
            (0, _) | (_, None) => format!("stories: {new}"),
            (1, Some(since)) => format!(
                "stories: {new}; so the newest one of before is shown, of {}",
                typed::shown(since)
            ),
            (n, Some(since)) => format!(
                "stories: {new}; so the {n} newest of before are shown, back to {}",
                typed::shown(since)
            ),
        }
    }
}

async fn one(
    house: &House,
    list: &List,
    editions: &[EditionId],
    sink: &SinkHandle,
    reader: &'static str,
) -> Result<Reader, Failure> {
    let store = &house.store;
    let mut row = Reader {
        reader,
        topics: Vec::new(),
        subject: None,
        headlines: Vec::new(),
    };
    let hash = house.keys.address_hash(&Address::parse(reader)?);
    let Some(person) = store.subscriber(&hash).await? else {
        return Ok(row);
    };
    let Some(subscription) = store.subscription_of(list.id, person.id).await? else {
        return Ok(row);
    };
    let names = store.topics().await?;
    for wish in subscription.terms.followed() {
        let named = names.iter().find(|t| t.slug == wish.topic);
        row.topics.extend(named.map(|t| t.name.clone()));
    }
    for edition in editions {
        let Some(digest) = store.digest_of(*edition, subscription.id).await? else {
            continue;
        };
        let ids: Vec<_> = digest.picks.iter().map(|p| p.revision).collect();
        let texts = store.revisions(&ids).await?;
        let headlines = ids.iter().filter_map(|id| texts.get(id));
        row.headlines
            .extend(headlines.map(|p| p.text.headline.clone()));
    }
    let letters = sink.mailbox().messages();
    let letter = letters.iter().find(|m| m.recipient == reader);
    row.subject = letter.and_then(|letter| {
        let message = MessageParser::default().parse(&letter.bytes[..])?;
        message.subject().map(str::to_owned)
    });
    Ok(row)
}
