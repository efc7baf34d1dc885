//! A plan read by somebody who did not make it: every digest held against what was frozen with its
//! wave, what its reader was sent before, and the sponsors' bookings.
//!
//! Pure, and written apart from selection and placement: it states the rules again from the side of
//! the result, so that a mistake there is not made here as well. It never says which story should
//! have been taken, only what may not stand. What it cannot prove from one digest it does not say:
//! - A cap is exceeded only where a story was left out that nothing closed and no cap can have kept
//!   out; a digest that size cut is not judged by its caps.
//! - A story older than the window and the carry-over is wrong only where the digest did not need
//!   it for the list's minimum, and always when it is older by more than another window.
//! - What became of people, articles and flights since a letter left is no fault of that letter.

mod caps;
mod fault;
mod reasons;
mod sponsors;
mod stories;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use fault::{Fault, Findings, Flaw, Found, Severity};
pub use sponsors::Booked;

use crate::domain::article::TopicWeight;
use crate::domain::selection::{BYTE_BUDGET_MOST, Candidate, Pick, Rules, Sent};
use crate::domain::slug::Slug;
use crate::domain::sponsor::{CreativeSize, Slot};
use crate::domain::targeting::Weekday;
use crate::domain::time::Run;
use crate::domain::{
    ArticleId, CreativeId, DigestId, EditionId, FlightId, RevisionId, SourceId, StoryId,
    SubscriptionId,
};

/// One reader's digest as it lies before the proof, with all that is known of its reader.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    /// Whose.
    pub subscription: SubscriptionId,
    /// Which, where it is stored.
    pub digest: Option<DigestId>,
    /// In the order of the layout.
    pub picks: &'a [Pick],
    /// How many stories did not fit.
    pub left_out: u32,
    /// What stands in its slots.
    pub placements: Vec<(Slot, FlightId, CreativeId)>,
    /// Its letter may still leave.
    pub open: bool,
    /// Person and subscription may be mailed.
    pub active: bool,
    /// Topics that the reader followed.
    pub topics: &'a [TopicWeight],
    /// Places that the reader followed.
    pub places: &'a [Slug],
    /// The language of the letter.
    pub language: &'a str,
    /// The digest is in its short layout.
    pub short: bool,
    /// How many stories it aims at; 0 where that is not known.
    pub aim: u16,
    /// Unix ms since which a reader who comes back is brought the best of everything.
    pub since_ms: Option<i64>,
    /// Texts that the reader was sent before, and did not give back.
    pub memory: &'a [Sent],
    /// Octets of the letter's HTML, where they were counted.
    pub octets: Option<usize>,
}

/// What a wave was planned from.
#[derive(Clone, Copy, Debug)]
pub struct Frozen<'a> {
    /// What it may bring.
    pub candidates: &'a [Candidate],
    /// Its rules, with what editors decided.
    pub rules: &'a Rules,
    /// Unix ms at which its letters are due.
    pub due_ms: i64,
    /// The slots of the layout with their room.
    pub slots: &'a [(Slot, CreativeSize)],
}

/// What became of candidates since a wave was frozen, and what people call things.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// When articles were withdrawn, Unix ms.
    pub withdrawn: BTreeMap<ArticleId, i64>,
    /// Until when no letter may bring articles, Unix ms, as it is known now.
    pub embargoed: BTreeMap<ArticleId, i64>,
    /// Display names of sources.
    pub sources: BTreeMap<SourceId, String>,
    /// Editions by what an editor calls them: `daily 2026-11-26`.
    pub editions: BTreeMap<EditionId, String>,
}

/// A wave's proof: what was frozen with it, made ready to be looked up.
pub struct Proof<'a> {
    rules: &'a Rules,
    due_ms: i64,
    slots: &'a [(Slot, CreativeSize)],
    by_article: HashMap<ArticleId, Known<'a>>,
    /// What may be open to readers at all, newest first.
    open: Vec<&'a Candidate>,
    open_ids: HashSet<ArticleId>,
    /// Candidates by the story that they tell.
    stories: BTreeMap<StoryId, Vec<&'a Candidate>>,
    /// The stories that know a text as their kin.
    kin: HashMap<RevisionId, Vec<StoryId>>,
    /// The lowest and the highest of these texts: most of a memory is outside them.
    span: (RevisionId, RevisionId),
    since: Since,
    /// Its cadence and the day of its run, where they were said.
    in_run: Option<(Slug, Weekday)>,
}

/// A candidate with the words that sponsors may avoid.
#[derive(Debug)]
struct Known<'a> {
    candidate: &'a Candidate,
    labels: Vec<String>,
}

impl<'a> Proof<'a> {
    /// The same of a run of a cadence, for which sponsors may be or not.
    pub fn in_run(mut self, cadence: &Slug, run: Run) -> Self {
        self.in_run = Some((cadence.clone(), Weekday::of(run.date())));
        self
    }

    /// A proof of a wave, with what became of its articles since.
    pub fn new(frozen: Frozen<'a>, since: Since) -> Proof<'a> {
        let (candidates, rules) = (frozen.candidates, frozen.rules);
        let mut kin: HashMap<RevisionId, Vec<StoryId>> = HashMap::new();
        let mut stories: BTreeMap<StoryId, Vec<&Candidate>> = BTreeMap::new();
        let mut span = (RevisionId(i64::MAX), RevisionId(i64::MIN));
        for candidate in candidates {
            let texts = candidate.kin.iter().map(|k| k.revision);
            for text in texts.chain([candidate.revision]) {
                let known = kin.entry(text).or_default();
                if !known.contains(&candidate.story) {
                    known.push(candidate.story);
                }
                span = (span.0.min(text), span.1.max(text));
            }
            stories.entry(candidate.story).or_default().push(candidate);
        }
        let is_open = |c: &&Candidate| {
            let age = rules.cutoff_ms.saturating_sub(c.dated_ms);
            (0..=rules.window_ms).contains(&age)
                && !c.withdrawn
                && !rules.decisions.bans.contains_key(&c.story)
                && c.embargo_ms.is_none_or(|until| until <= rules.cutoff_ms)
                && c.settles_ms.is_none_or(|until| until <= rules.cutoff_ms)
        };
        let mut open: Vec<&Candidate> = candidates.iter().filter(is_open).collect();
        open.sort_by_key(|c| (std::cmp::Reverse(c.dated_ms), c.article));
        let known = |c: &'a Candidate| {
            let labels = sponsors::labels(c);
            (
                c.article,
                Known {
                    candidate: c,
                    labels,
                },
            )
        };
        Proof {
            rules,
            due_ms: frozen.due_ms,
            slots: frozen.slots,
            by_article: candidates.iter().map(known).collect(),
            open_ids: open.iter().map(|c| c.article).collect(),
            open,
            stories,
            kin,
            span,
            since,
            in_run: None,
        }
    }

    /// Reads one digest; empty where nothing is wrong.
    pub fn read(&self, sheet: &Sheet<'_>, booked: &Booked<'_>) -> Vec<Fault> {
        let known = |sent: &&Sent| {
            let text = sent.revision;
            (self.span.0..=self.span.1).contains(&text) && self.kin.contains_key(&text)
        };
        let mut marks = Marks {
            sheet,
            picks: sheet
                .picks
                .iter()
                .map(|p| (p, self.by_article.get(&p.article)))
                .collect(),
            memory: sheet.memory.iter().filter(known).copied().collect(),
            faults: Vec::new(),
        };
        self.stories_of(&mut marks);
        self.reasons_of(&mut marks);
        self.length_of(&mut marks);
        self.caps_of(&mut marks);
        self.sponsors_of(&mut marks, booked);
        if !sheet.active && sheet.open {
            marks.error(Flaw::NotActive, "its reader may not be mailed".to_owned());
        }
        marks.faults
    }

    fn length_of(&self, marks: &mut Marks<'_, '_>) {
        let (sheet, rules) = (marks.sheet, self.rules);
        let (picks, least) = (sheet.picks.len(), self.least(sheet));
        if picks == 0 {
            return marks.error(Flaw::Empty, "it has no story".to_owned());
        }
        // What size pushed out was chosen too; what editors chose is beyond what a reader gets.
        let decisions = &rules.decisions;
        let most =
            usize::from(sheet.aim) + decisions.pins.len() + usize::from(decisions.lead.is_some());
        let whole = picks.saturating_add(sheet.left_out as usize);
        if sheet.left_out > 0 && sheet.aim > 0 && whole > most {
            let words = format!(
                "{picks} stories and {} that did not fit, its reader gets {most} at the most",
                sheet.left_out
            );
            marks.error(Flaw::TooManyStories, words);
        }
        if picks < least {
            let words = format!("{picks} of at least {least} stories");
            // What size pushed out was there when the minimum was asked for.
            match picks + sheet.left_out as usize >= least {
                true => marks.warning(Flaw::UnderMinimum, words),
                false => marks.error(Flaw::UnderMinimum, words),
            }
        }
        let Some(octets) = sheet.octets else { return };
        let (budget, most) = (rules.byte_budget as usize, BYTE_BUDGET_MOST as usize);
        if octets > most {
            let words = format!("{octets} bytes of HTML, and nothing over {most} leaves");
            marks.error(Flaw::TooLarge, words);
        } else if octets > budget {
            let words = format!("{octets} bytes of HTML, the list's budget is {budget}");
            // The lead never leaves, however large it is.
            match picks {
                1 => marks.warning(Flaw::TooLarge, words),
                _ => marks.error(Flaw::TooLarge, words),
            }
        }
    }

    /// Fewest stories of a digest: the list's minimum, or what the reader's digest aims at if that is less.
    fn least(&self, sheet: &Sheet<'_>) -> usize {
        let aim = match sheet.aim {
            0 => u16::MAX,
            aim => aim,
        };
        usize::from(self.rules.stories_min.min(aim).max(1))
    }

    /// An article as people know it: its headline and its number.
    fn article(&self, article: ArticleId) -> String {
        let known = self.by_article.get(&article);
        match known.map_or("", |k| k.candidate.headline.as_str()) {
            "" => format!("article {article}"),
            headline => format!("`{}` (article {article})", short(headline)),
        }
    }

    /// A story by the first of its articles.
    fn story(&self, story: StoryId) -> String {
        let told = self.stories.get(&story).and_then(|told| told.first());
        match told {
            Some(first) => self.article(first.article),
            None => format!("story {story}"),
        }
    }

    /// Whether a story is one that editors put into every digest.
    fn decided(&self, story: StoryId) -> bool {
        let decisions = &self.rules.decisions;
        decisions.lead == Some(story) || decisions.pins.contains(&story)
    }
}

/// One digest while it is read, with the faults found so far.
struct Marks<'m, 'a> {
    sheet: &'m Sheet<'m>,
    /// Its picks with the candidates that they were.
    picks: Vec<(&'m Pick, Option<&'m Known<'a>>)>,
    /// What of the memory concerns the wave at all.
    memory: Vec<Sent>,
    faults: Vec<Fault>,
}

impl Marks<'_, '_> {
    fn put(&mut self, flaw: Flaw, severity: Severity, words: String) -> Option<&mut Fault> {
        self.faults.push(Fault {
            flaw,
            severity,
            subscription: Some(self.sheet.subscription),
            digest: self.sheet.digest,
            article: None,
            flight: None,
            words,
        });
        self.faults.last_mut()
    }

    fn error(&mut self, flaw: Flaw, words: String) {
        self.put(flaw, Severity::Error, words);
    }

    fn warning(&mut self, flaw: Flaw, words: String) {
        self.put(flaw, Severity::Warning, words);
    }

    fn of_article(&mut self, flaw: Flaw, article: ArticleId, words: String) {
        if let Some(fault) = self.put(flaw, Severity::Error, words) {
            fault.article = Some(article);
        }
    }

    fn of_flight(&mut self, flaw: Flaw, flight: FlightId, words: String) {
        if let Some(fault) = self.put(flaw, Severity::Error, words) {
            fault.flight = Some(flight);
        }
    }
}

/// Most characters of a headline.
const HEADLINE: usize = 60;

/// The beginning of a headline.
fn short(headline: &str) -> String {
    let mut shown: String = headline.chars().take(HEADLINE).collect();
    if headline.chars().nth(HEADLINE).is_some() {
        shown.push('…');
    }
    shown
}

/// Hours of a span in ms, as people say them.
fn hours(ms: i64) -> String {
    let tenths = ms / 360_000;
    match tenths % 10 {
        0 => format!("{} h", tenths / 10),
        rest => format!("{}.{rest} h", tenths / 10),
    }
}

#[cfg(test)]
mod tests;
