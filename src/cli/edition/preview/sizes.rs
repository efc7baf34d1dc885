//! What made a letter big: its places in bytes of HTML, its pictures, and how much of the budget is
//! taken.

use std::collections::BTreeMap;

use serde::Serialize;

use super::made::Made;
use crate::cli::edition::not_lettered;
use crate::cli::verdict::kb;
use crate::cli::{Failure, House, show};
use crate::domain::RevisionId;
use crate::domain::picture::Picture;
use crate::domain::selection::{Form, Section};
use crate::domain::sponsor::Slot;
use crate::render::{Part, Spot, Weight, printed};

/// Columns of the bar of the budget.
const BAR: usize = 30;
/// Columns of the bar of the largest place.
const SHARE: usize = 12;

/// A letter's sizes, in bytes.
#[derive(Debug, Serialize)]
pub(super) struct Sizes {
    /// Decoded HTML: the sum of the parts.
    html: usize,
    text: usize,
    byte_budget: u32,
    parts: Vec<Row>,
    pictures: usize,
    /// Of the pictures that are our own renditions.
    pictures_bytes: u64,
    /// Pictures as their publishers have them.
    pictures_unknown: usize,
    /// Left out, since they are over http.
    pictures_left_out: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    what: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<Form>,
    bytes: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    picture: Option<Shown>,
}

/// A picture that the letter shows.
#[derive(Clone, Copy, Debug, Serialize)]
struct Shown {
    /// None: it is shown as given, and nobody weighed it.
    picture_bytes: Option<u64>,
}

/// Weighs a letter.
pub(super) async fn of(house: &House, made: &Made) -> Result<Sizes, Failure> {
    let revisions: Vec<RevisionId> = made.picks.iter().map(|p| p.revision).collect();
    let known = house.store.pictures_of(&revisions).await?;
    let weights = made.letters().weights(&made.content());
    let weights = weights.map_err(not_lettered)?;
    let parts = rows(made, &weights, &known);
    let pictures: Vec<Shown> = parts.iter().filter_map(|row| row.picture).collect();
    let bytes = pictures.iter().filter_map(|p| p.picture_bytes);
    Ok(Sizes {
        html: made.letter.html.len(),
        text: made.letter.text.len(),
        byte_budget: made.byte_budget,
        pictures: pictures.len(),
        pictures_bytes: bytes.sum(),
        pictures_unknown: pictures
            .iter()
            .filter(|p| p.picture_bytes.is_none())
            .count(),
        pictures_left_out: made.letters().left_out_pictures(&made.content()).count(),
        parts,
    })
}

fn rows(made: &Made, weights: &[Weight], known: &BTreeMap<RevisionId, Picture>) -> Vec<Row> {
    let around = weights.iter().filter(|w| !matches!(w.part, Part::Block(_)));
    let base = Row {
        what: "base",
        name: "styles, masthead and footer".to_owned(),
        form: None,
        bytes: around.map(|w| w.bytes).sum(),
        picture: None,
    };
    let row = |weight: &Weight| {
        let Part::Block(spot) = weight.part else {
            return None;
        };
        let (what, name) = match spot {
            Spot::Heading(at) => ("heading", heading(made, &made.picks[at].section)),
            Spot::Story { at, .. } => ("story", headline(made, at)),
            Spot::Sponsor(slot) => ("sponsor", sponsor(made, slot)),
        };
        let story = match spot {
            Spot::Story { at, .. } => Some(&made.picks[at]),
            _ => None,
        };
        Some(Row {
            what,
            name,
            form: story.map(|pick| pick.form),
            bytes: weight.bytes,
            picture: story.and_then(|pick| picture(made, pick.revision, known)),
        })
    };
    let blocks = weights.iter().filter_map(row);
    std::iter::once(base).chain(blocks).collect()
}

fn heading(made: &Made, section: &Section) -> String {
    match section {
        Section::Lead | Section::AlsoToday => "also today".to_owned(),
        section => printed::section_name(section, made.letters().sender()),
    }
}

fn headline(made: &Made, at: usize) -> String {
    let article = made.letters().article(made.picks[at].revision);
    article.map_or_else(String::new, |a| a.text.headline.clone())
}

fn sponsor(made: &Made, slot: Slot) -> String {
    let placed = made.placements.iter().find(|(s, ..)| *s == slot);
    let name = placed.and_then(|(_, _, creative)| made.letters().sponsor(*creative));
    format!("{slot} {}", name.unwrap_or_default())
}

/// The picture that the letter shows of a story.
fn picture(
    made: &Made,
    revision: RevisionId,
    known: &BTreeMap<RevisionId, Picture>,
) -> Option<Shown> {
    let image = made.letters().article(revision)?.text.image.as_ref()?;
    // As it stands in an attribute.
    let url = image.url.replace('&', "&amp;");
    if !made.letter.html.contains(&url) {
        return None;
    }
    let public_url = &made.letters().sender().public_url;
    let rendition = known.get(&revision).and_then(|p| p.outcome.as_ref().ok());
    let own = rendition.filter(|r| r.url(public_url) == image.url);
    Some(Shown {
        picture_bytes: own.map(|r| r.bytes),
    })
}

impl Sizes {
    /// Every place's name and bytes, from the top.
    pub(super) fn places(self) -> Vec<(String, usize)> {
        let parts = self.parts.into_iter();
        parts.map(|row| (row.name, row.bytes)).collect()
    }

    /// Prints the table, the bar and what else there is.
    pub(super) fn print(&self) -> Result<(), Failure> {
        let most = self.parts.iter().map(|row| row.bytes).max().unwrap_or(1);
        let cells = |row: &Row| {
            let picture = row.picture.map(|p| match p.picture_bytes {
                Some(bytes) => kb(u32::try_from(bytes).unwrap_or(u32::MAX)),
                None => "as given".to_owned(),
            });
            vec![
                row.bytes.to_string(),
                "█".repeat((row.bytes * SHARE).div_ceil(most.max(1))),
                row.what.to_owned(),
                row.form.map_or_else(|| "-".to_owned(), |f| f.to_string()),
                picture.unwrap_or_else(|| "-".to_owned()),
                crate::cli::typed::short(&row.name, 60),
            ]
        };
        let rows = self.parts.iter().map(cells).collect();
        show::table(&["bytes", "", "what", "form", "picture", "name"], rows, "")?;
        show::line("")?;
        show::line(&self.bar())?;
        show::line(&self.beside())
    }

    /// `[██████░░░░] 61.2 KB of HTML, 68 % of 90 KB`.
    fn bar(&self) -> String {
        let budget = usize::try_from(self.byte_budget)
            .unwrap_or(usize::MAX)
            .max(1);
        let taken = (self.html * BAR).div_ceil(budget).min(BAR);
        let (full, free) = ("█".repeat(taken), "░".repeat(BAR - taken));
        let percent = self.html * 100 / budget;
        let html = kb(u32::try_from(self.html).unwrap_or(u32::MAX));
        let budget = kb(self.byte_budget);
        format!("[{full}{free}] {html} of HTML, {percent} % of {budget}")
    }

    /// What does not count there.
    fn beside(&self) -> String {
        let text = kb(u32::try_from(self.text).unwrap_or(u32::MAX));
        let pictures = match self.pictures {
            0 => "no picture".to_owned(),
            n => show::count(i64::try_from(n).unwrap_or(i64::MAX), "picture"),
        };
        let weighed = match self.pictures_bytes {
            0 => String::new(),
            bytes => {
                let bytes = kb(u32::try_from(bytes).unwrap_or(u32::MAX));
                format!(" of {bytes}")
            }
        };
        let unknown = match self.pictures_unknown {
            0 => String::new(),
            n => format!(", {n} as given and not weighed"),
        };
        let left_out = match self.pictures_left_out {
            0 => String::new(),
            n => format!(
                ", {n} over http and not shown (`courant list set LIST images own` fetches them)"
            ),
        };
        format!("beside it: {text} of plain text, {pictures}{weighed}{unknown}{left_out}")
    }
}
