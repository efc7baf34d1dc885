//! Two readers' letters side by side: which stories only one of them has, and what differs in those
//! that both have.

use std::collections::BTreeMap;

use minijinja::{Environment, context};
use serde::Serialize;

use super::made::Made;
use crate::cli::verdict::{VerdictWords, kb};
use crate::cli::{Exit, Failure, show, typed};
use crate::domain::StoryId;
use crate::domain::selection::{Form, Pick};
use crate::domain::sponsor::Slot;
use crate::web::inbox::frame;

/// Most characters of a headline in a table.
const HEADLINE: usize = 48;

const PAGE: &str = include_str!("../../../../templates/lab/beside.html");

/// How two letters differ.
#[derive(Debug, Serialize)]
pub(super) struct Beside {
    left: Facts,
    right: Facts,
    stories: Vec<Row>,
    sponsors: Vec<SponsorRow>,
}

/// What holds for one of them as a whole.
#[derive(Debug, Serialize)]
struct Facts {
    subscriber: String,
    subject: String,
    html: usize,
    stories: usize,
    language: String,
    length: String,
    images: bool,
}

/// A story that is in one of them, or in both.
#[derive(Debug, Serialize)]
struct Row {
    story: StoryId,
    headline: String,
    left: Option<Side>,
    right: Option<Side>,
    differs: &'static str,
}

/// How a story stands in a letter.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Side {
    rank: usize,
    form: Form,
    reason: String,
}

#[derive(Debug, Serialize)]
struct SponsorRow {
    slot: Slot,
    left: Option<String>,
    right: Option<String>,
}

/// Compares two letters.
pub(super) fn of(left: &Made, right: &Made) -> Beside {
    let theirs: BTreeMap<StoryId, usize> = places(right);
    let ours = places(left);
    let both = left
        .picks
        .iter()
        .map(|pick| row(pick, left, right, (&ours, &theirs)));
    let others = right.picks.iter().filter(|p| !ours.contains_key(&p.story));
    let others = others.map(|pick| row(pick, left, right, (&ours, &theirs)));
    let slots = Slot::ALL.iter().filter_map(|slot| {
        let row = SponsorRow {
            slot: *slot,
            left: sponsor(left, *slot),
            right: sponsor(right, *slot),
        };
        (row.left.is_some() || row.right.is_some()).then_some(row)
    });
    Beside {
        left: facts(left),
        right: facts(right),
        stories: both.chain(others).collect(),
        sponsors: slots.collect(),
    }
}

fn places(made: &Made) -> BTreeMap<StoryId, usize> {
    let places = made.picks.iter().enumerate();
    places.map(|(at, pick)| (pick.story, at)).collect()
}

fn facts(made: &Made) -> Facts {
    Facts {
        subscriber: made.whose().to_owned(),
        subject: made.letter.subject.clone(),
        html: made.letter.html.len(),
        stories: made.picks.len(),
        language: made.terms.language.clone(),
        length: made.terms.length.to_string(),
        images: made.terms.images,
    }
}

fn row(
    pick: &Pick,
    left: &Made,
    right: &Made,
    (ours, theirs): (&BTreeMap<StoryId, usize>, &BTreeMap<StoryId, usize>),
) -> Row {
    let side = |made: &Made, places: &BTreeMap<StoryId, usize>| {
        let at = *places.get(&pick.story)?;
        Some(side(made, at))
    };
    let (left_side, right_side) = (side(left, ours), side(right, theirs));
    let differs = match (&left_side, &right_side) {
        (Some(_), None) => "left only",
        (None, _) => "right only",
        (Some(a), Some(b)) => match (a.form != b.form, a.reason != b.reason) {
            (true, true) => "form, reason",
            (true, false) => "form",
            (false, true) => "reason",
            (false, false) => "same",
        },
    };
    let article = left.letters().article(pick.revision);
    let article = article.or_else(|| right.letters().article(pick.revision));
    Row {
        story: pick.story,
        headline: article.map_or_else(String::new, |a| a.text.headline.clone()),
        left: left_side,
        right: right_side,
        differs,
    }
}

fn side(made: &Made, at: usize) -> Side {
    let sender = made.letters().sender();
    let places = sender.places.iter();
    let names = places.chain(&sender.topics);
    let words = VerdictWords {
        names: names.map(|(s, n)| (s.clone(), n.clone())).collect(),
        ..VerdictWords::default()
    };
    Side {
        rank: at + 1,
        form: made.picks[at].form,
        reason: words.reason(&made.picks[at].reason),
    }
}

fn sponsor(made: &Made, slot: Slot) -> Option<String> {
    let placed = made.placements.iter().find(|(s, ..)| *s == slot)?;
    made.letters().sponsor(placed.2).map(str::to_owned)
}

impl Facts {
    /// Each fact with its name.
    fn rows(&self) -> [(&'static str, String); 5] {
        let images = if self.images { "on" } else { "off" };
        [
            ("subject", self.subject.clone()),
            ("stories", self.stories.to_string()),
            ("HTML", kb(u32::try_from(self.html).unwrap_or(u32::MAX))),
            (
                "language, length",
                format!("{}, {}", self.language, self.length),
            ),
            ("pictures", images.to_owned()),
        ]
    }
}

impl Side {
    fn in_words(&self) -> String {
        format!("{}, {}, {}", self.rank, self.form, self.reason)
    }
}

impl Beside {
    /// What, on the left, on the right, and how it differs.
    fn rows(&self) -> Vec<[String; 4]> {
        let none = || "-".to_owned();
        let same = |same: bool| if same { "same" } else { "other" }.to_owned();
        let facts = self.left.rows().into_iter().zip(self.right.rows());
        let facts = facts.map(|((name, left), (_, right))| {
            let differs = same(left == right);
            [name.to_owned(), left, right, differs]
        });
        let side = |side: &Option<Side>| side.as_ref().map_or_else(none, Side::in_words);
        let stories = self.stories.iter().map(|row| {
            let headline = typed::short(&row.headline, HEADLINE);
            [
                headline,
                side(&row.left),
                side(&row.right),
                row.differs.to_owned(),
            ]
        });
        let sponsors = self.sponsors.iter().map(|row| {
            let name = |name: &Option<String>| name.clone().unwrap_or_else(none);
            let differs = same(row.left == row.right);
            let slot = format!("sponsor in {}", row.slot);
            [slot, name(&row.left), name(&row.right), differs]
        });
        facts.chain(stories).chain(sponsors).collect()
    }

    /// Prints the table.
    pub(super) fn print(&self) -> Result<(), Failure> {
        let (left, right) = (&self.left.subscriber, &self.right.subscriber);
        let rows = self.rows().into_iter().map(Vec::from).collect();
        show::table(&["", left, right, "differs"], rows, "")
    }

    /// Both letters and the table as one HTML page that needs nothing beside it but pictures.
    pub(super) fn page(&self, left: &Made, right: &Made) -> Result<Vec<u8>, Failure> {
        let mut pages = Environment::new();
        pages.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        let fault = |e| Failure::new(Exit::Failed, e);
        pages.add_template("beside.html", PAGE).map_err(fault)?;
        let letter = |made: &Made| {
            context! {
                whose => made.whose(),
                subject => made.letter.subject.clone(),
                html => frame::opens_beside(&made.letter.html),
            }
        };
        let page = pages.get_template("beside.html").map_err(fault)?;
        let page = page.render(context! {
            letters => [letter(left), letter(right)],
            rows => self.rows(),
        });
        Ok(page.map_err(fault)?.into_bytes())
    }
}
