//! The limit of a letter's fixed parts: where they alone are more than mail programs show whole, no
//! letter of the wave could leave, so none is planned, and it is said what made it big.

use std::collections::BTreeSet;
use std::fmt;

use super::freeze::Inputs;
use super::measure::{Look, Measure, Text};
use super::{Press, PressError};
use crate::domain::list::List;
use crate::domain::selection::BYTE_BUDGET_MOST;
use crate::domain::time::Run;

/// A part that stands in every letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixedPart {
    /// Masthead, styles, footer, and the allowance for what is a reader's own.
    Theme,
    /// The editors' note.
    Note,
    /// The editors' panel.
    Panel,
    /// The editors' corrections.
    Corrections,
    /// What is kept free for sponsors.
    Sponsors,
}

/// Letters whose fixed parts are over the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooBig {
    /// Short name of the list.
    pub list: String,
    /// Its theme.
    pub theme: String,
    /// The edition's run.
    pub run: Run,
    /// As which readers get it.
    pub look: Look,
    /// Octets of HTML of all fixed parts, at the most.
    pub bytes: usize,
    /// Each of them, the largest first.
    pub parts: Vec<(FixedPart, usize)>,
}

impl Press {
    /// Refuses a wave whose letters would be over the limit without a single story, for any of the looks
    /// that its readers asked for.
    ///
    /// # Errors
    /// [`PressError::TooBig`], or a template that does not load.
    pub fn within_limit(
        &self,
        list: &List,
        inputs: &Inputs,
        run: Run,
        looks: &BTreeSet<Look>,
    ) -> Result<(), PressError> {
        // A wave of a release that knew no budget stays as it was planned.
        let Some(room) = &inputs.rules.room else {
            return Ok(());
        };
        let of = (&inputs.sender, &inputs.rules.decisions);
        let measure = Measure::new(&inputs.template, of, run, &[], Default::default())?;
        let sponsors: usize = room.slots.values().map(|n| *n as usize).sum();
        let most = looks
            .iter()
            .map(|look| (measure.base(look) + sponsors, look))
            .max();
        let Some((bytes, look)) = most.filter(|(n, _)| *n > BYTE_BUDGET_MOST as usize) else {
            return Ok(());
        };
        let written = [
            (FixedPart::Note, measure.text(look, Text::Note)),
            (FixedPart::Panel, measure.text(look, Text::Panel)),
            (
                FixedPart::Corrections,
                measure.text(look, Text::Corrections),
            ),
            (FixedPart::Sponsors, sponsors),
        ];
        let named: usize = written.iter().map(|(_, n)| n).sum();
        let mut parts = vec![(FixedPart::Theme, bytes.saturating_sub(named))];
        parts.extend(written.into_iter().filter(|(_, n)| *n > 0));
        parts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        Err(PressError::TooBig(Box::new(TooBig {
            list: list.slug.to_string(),
            theme: inputs.sender.theme.clone(),
            run,
            look: look.clone(),
            bytes,
            parts,
        })))
    }
}

impl TooBig {
    /// What to do about the largest part that somebody can change.
    pub fn hint(&self) -> String {
        let (list, run) = (&self.list, self.run);
        let undo = |verb: &str| {
            format!("`courant edition {verb} {list} --run {run} --undo` takes it back")
        };
        match self.parts.first().map(|(part, _)| part) {
            Some(FixedPart::Note) => undo("note"),
            Some(FixedPart::Panel) => undo("panel"),
            Some(FixedPart::Corrections) => undo("correction"),
            Some(FixedPart::Sponsors) => {
                format!("`courant flight list {list}` shows what is booked")
            }
            Some(FixedPart::Theme) | None => format!(
                "`courant template check {}` says what weighs; `courant list set {list} theme NAME` \
                 takes another theme",
                self.theme
            ),
        }
    }
}

impl fmt::Display for TooBig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kb = |n: usize| format!("{}.{} KB", n / 1_000, n % 1_000 / 100);
        write!(
            f,
            "the letters of `{}` for {} cannot leave: without a single story they come to {} of HTML, \
             more than the {} that mail programs show whole: ",
            self.list,
            self.run,
            kb(self.bytes),
            kb(BYTE_BUDGET_MOST as usize),
        )?;
        for (at, (part, bytes)) in self.parts.iter().enumerate() {
            let between = if at == 0 { "" } else { ", " };
            let name = match part {
                FixedPart::Theme => "masthead, styles and footer of the theme",
                FixedPart::Note => "the note",
                FixedPart::Panel => "the panel",
                FixedPart::Corrections => "the corrections",
                FixedPart::Sponsors => "room for sponsors",
            };
            write!(f, "{between}{name} {}", kb(*bytes))?;
        }
        Ok(())
    }
}
