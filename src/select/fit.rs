//! Fitting a digest into its list's byte budget: what is shortened, what is pushed out, and in which
//! order. Pure; it adds up what it is told and does not know how a letter is made.
//!
//! # The rules
//! Steps are taken one at a time, only while the letter is over its budget, and only where one saves
//! anything. Lower-ranked is what stands later in the layout.
//! 1. **Teasers**: from the lowest-ranked story up, what is printed in full becomes short: it loses
//!    its picture, and its summary is cut at [`TEASER`] columns.
//! 2. **Headlines**: from the lowest-ranked story up, what is short becomes a headline.
//! 3. **The lead's teaser**: the lead becomes short; it keeps its picture.
//! 4. **Out**: from the lowest-ranked story up, stories leave. A section that loses its last one
//!    loses its heading. The reader's places are not starved: their first story leaves only when
//!    all other stories but the lead and the pins have left.
//! 5. **Pins** leave after all others, from the lowest-ranked one up.
//! 6. **The lead** never leaves. When it stands alone and is still too much, it becomes a headline.
//!
//! The letter's fixed parts and the room for its sponsors are never touched. The steps do not depend
//! on the budget, only how many are taken does: a larger budget never shows less of any story.

use crate::domain::selection::{Form, Pick, Reason, Section, Selection, Verdict};
use crate::domain::sponsor::Slot;

/// Columns of a summary in short form.
pub const TEASER: usize = 200;

/// Octets of decoded HTML that the parts of one reader's letter come to. What depends on what stands
/// beside a part (a rule between two stories) is counted as if it were there.
pub trait Sizes {
    /// All that is there whatever the stories are, with room for what is the reader's own.
    fn base(&self) -> usize;
    /// A story's block where the pick stands, in this form.
    fn story(&self, pick: &Pick, form: Form) -> usize;
    /// A section's heading; the lead has none.
    fn heading(&self, section: &Section) -> usize;
    /// What is kept free for a slot: its largest creative; 0 if nobody may take it.
    fn slot(&self, slot: Slot) -> usize;
}

/// A digest that fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// What stays, in the order of the layout, with the forms in which it is printed.
    pub picks: Vec<Pick>,
    /// For each of them whether size shortened it.
    pub shortened: Vec<bool>,
    /// What does not fit, in the order of the layout.
    pub pushed_out: Vec<Pick>,
    /// What the letter comes to at the most. Over the budget only where nothing more may go.
    pub bytes: usize,
}

/// Fits picks, in the order of the layout, into a budget of octets.
pub fn fit(picks: Vec<Pick>, sizes: &impl Sizes, budget: usize) -> Fitted {
    let mut fitting = Fitting::of(picks, sizes, budget);
    fitting.run();
    fitting.done()
}

struct Fitting<'s, S> {
    sizes: &'s S,
    budget: usize,
    bytes: usize,
    stories: Vec<Story>,
    /// For each heading its octets and the stories that still stand under it.
    sections: Vec<(usize, usize)>,
}

struct Story {
    pick: Pick,
    bytes: usize,
    /// Its heading's place in `sections`; the lead has none.
    section: Option<usize>,
    shortened: bool,
    out: bool,
}

impl<'s, S: Sizes> Fitting<'s, S> {
    fn of(picks: Vec<Pick>, sizes: &'s S, budget: usize) -> Self {
        let slots: usize = Slot::ALL.iter().map(|slot| sizes.slot(*slot)).sum();
        let mut fitting = Fitting {
            sizes,
            budget,
            bytes: sizes.base() + slots,
            stories: Vec::with_capacity(picks.len()),
            sections: Vec::new(),
        };
        for pick in picks {
            fitting.add(pick);
        }
        fitting
    }

    fn add(&mut self, pick: Pick) {
        let above = self.stories.last();
        let open = above.filter(|s| s.pick.section == pick.section);
        let section = match (open.map(|s| s.section), &pick.section) {
            (_, Section::Lead) => None,
            (Some(open), _) => open,
            (None, section) => {
                let heading = self.sizes.heading(section);
                self.bytes += heading;
                self.sections.push((heading, 0));
                Some(self.sections.len() - 1)
            }
        };
        if let Some(at) = section {
            self.sections[at].1 += 1;
        }
        let bytes = self.sizes.story(&pick, pick.form);
        self.bytes += bytes;
        self.stories.push(Story {
            pick,
            bytes,
            section,
            shortened: false,
            out: false,
        });
    }

    fn run(&mut self) {
        let others = |story: &Story| story.pick.section != Section::Lead;
        let from_below: Vec<usize> = (0..self.stories.len())
            .rev()
            .filter(|&at| others(&self.stories[at]))
            .collect();
        for form in [Form::Short, Form::Headline] {
            for &at in &from_below {
                self.shorten(at, form);
            }
        }
        let lead = self.stories.iter().position(|s| !others(s));
        if let Some(lead) = lead {
            self.shorten(lead, Form::Short);
        }
        let of_area = |s: &Story| matches!(s.pick.section, Section::Area(_)) && !pinned(s);
        let area = self.stories.iter().position(of_area);
        let (pins, open): (Vec<usize>, Vec<usize>) = from_below
            .into_iter()
            .partition(|&at| pinned(&self.stories[at]));
        let open = open.into_iter().filter(|at| Some(*at) != area);
        for at in open.chain(area).chain(pins) {
            self.push_out(at);
        }
        if let Some(lead) = lead {
            self.shorten(lead, Form::Headline);
        }
    }

    fn shorten(&mut self, at: usize, form: Form) {
        let story = &mut self.stories[at];
        if self.bytes <= self.budget || story.out || story.pick.form >= form {
            return;
        }
        let bytes = self.sizes.story(&story.pick, form);
        if bytes < story.bytes {
            self.bytes -= story.bytes - bytes;
            story.bytes = bytes;
            story.pick.form = form;
            story.shortened = true;
        }
    }

    fn push_out(&mut self, at: usize) {
        let story = &mut self.stories[at];
        if self.bytes <= self.budget {
            return;
        }
        let heading = story.section.map(|section| &mut self.sections[section]);
        let mut freed = story.bytes;
        if let Some((bytes, left)) = heading {
            if *left == 1 {
                freed += *bytes;
            }
            if freed > 0 {
                *left -= 1;
            }
        }
        if freed > 0 {
            self.bytes -= freed;
            story.out = true;
        }
    }

    fn done(self) -> Fitted {
        let mut fitted = Fitted {
            bytes: self.bytes,
            ..Fitted::default()
        };
        for story in self.stories {
            if story.out {
                fitted.pushed_out.push(story.pick);
            } else {
                fitted.picks.push(story.pick);
                fitted.shortened.push(story.shortened);
            }
        }
        fitted
    }
}

impl Fitted {
    /// Puts into a selection what became of its picks.
    pub fn tell(&self, selection: &mut Selection, budget: u32) {
        for pick in &self.pushed_out {
            let verdict = Verdict::PushedOut { budget };
            selection.verdicts.insert(pick.article, verdict);
        }
        for (at, (pick, shortened)) in self.picks.iter().zip(&self.shortened).enumerate() {
            let (relaxed, besides) = match selection.verdicts.remove(&pick.article) {
                Some(Verdict::Chosen {
                    relaxed, besides, ..
                }) => (relaxed, besides),
                _ => (None, Vec::new()),
            };
            let verdict = Verdict::Chosen {
                rank: u16::try_from(at + 1).unwrap_or(u16::MAX),
                reason: pick.reason.clone(),
                shortened: shortened.then_some(pick.form),
                relaxed,
                besides,
            };
            selection.verdicts.insert(pick.article, verdict);
        }
        selection.picks.clone_from(&self.picks);
    }
}

fn pinned(story: &Story) -> bool {
    story.pick.reason == Reason::Pinned
}

#[cfg(test)]
mod tests;
