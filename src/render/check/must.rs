//! What every reader of a letter must be able to see, whatever program shows it, by day and by night:
//! the label over each sponsor, the ways out, the address; and texts that can be read on their ground.

use std::collections::BTreeSet;

use super::cascade::Eyes;
use super::finding::Finding;
use super::letter::{Expected, escaped, squeezed};
use super::markup::{Token, attribute, tokens};
use super::sight::{Run, runs, sheets};
use crate::render::include::Place;

/// What a text's contrast with its ground has to be (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;
/// And a large text's.
const CONTRAST_LARGE: f64 = 3.0;
/// Pixels below which nobody reads what must be read.
const READ: f32 = 9.0;
/// Letters that the name of the way out has at least.
const NAMED: usize = 2;

/// Something that must be seen and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Hidden {
    /// Name of the rule.
    pub(in crate::render) rule: &'static str,
    /// What it is.
    pub(in crate::render) what: &'static str,
    /// The declaration that hides it.
    pub(in crate::render) by: String,
    /// Where its text stands.
    pub(super) at: usize,
}

/// A letter's HTML as three kinds of eyes see it.
pub(super) struct Sight<'a> {
    html: &'a str,
    runs: [Vec<Run<'a>>; 3],
}

/// A sponsor's link without a label above it.
pub(super) struct Unlabelled {
    pub(super) at: usize,
    /// What hides the label, if there is one.
    pub(super) hidden: Option<Hidden>,
}

impl<'a> Sight<'a> {
    /// Looks at a letter.
    pub(super) fn of(html: &'a str) -> Sight<'a> {
        let sheets = sheets(html);
        let runs = [Eyes::Any, Eyes::Day, Eyes::Night].map(|eyes| runs(html, &sheets, eyes));
        Sight { html, runs }
    }

    /// As [`Sight::of`], without a look at colours: for those who compile a theme, many times over.
    fn of_shapes(html: &'a str) -> Sight<'a> {
        let sheets = sheets(html);
        let runs = [runs(html, &sheets, Eyes::Any), Vec::new(), Vec::new()];
        Sight { html, runs }
    }

    /// What hides the text at an offset from anybody.
    fn hidden(&self, at: usize) -> Option<&str> {
        let found = self.runs.iter().filter_map(|runs| {
            let n = runs.binary_search_by_key(&at, |run| run.at).ok()?;
            runs[n].hidden.as_deref()
        });
        found.into_iter().next()
    }

    /// Whether the text at an offset is one that is seen, and if not, what keeps it from being read.
    fn unread(&self, at: usize) -> Option<String> {
        let Ok(n) = self.runs[0].binary_search_by_key(&at, |run| run.at) else {
            return Some("it is no text of the letter".to_owned());
        };
        let size = self.runs[0][n].size;
        let small = || (size < READ).then(|| format!("its text has {size} pixels"));
        self.hidden(at).map(str::to_owned).or_else(small)
    }

    /// What keeps readers from the way out: it has to be a link, with a name that is read.
    fn wordless(&self, link: &str) -> Option<Hidden> {
        let hidden = |at, by: &str| Hidden {
            rule: "unsubscribe",
            what: "the unsubscribe link",
            by: by.to_owned(),
            at,
        };
        let mut runs = self.runs[0]
            .iter()
            .filter(|r| r.link == Some(link))
            .peekable();
        let Some(first) = runs.peek().map(|run| run.at) else {
            let at = self.html.find(link)?;
            return Some(hidden(at, "it is no `<a href>` with a text in it"));
        };
        let read = runs.filter(|run| self.unread(run.at).is_none());
        let letters: usize = read.map(|run| letters(run.text)).sum();
        (letters < NAMED).then(|| hidden(first, "its name has fewer than two letters"))
    }

    /// Of the expected, what is there and hidden.
    pub(super) fn covered(&self, expected: &Expected<'_>) -> Vec<Hidden> {
        let links = [
            ("unsubscribe", "the unsubscribe link", expected.unsubscribe),
            (
                "preferences",
                "the link to the reader’s terms",
                expected.preferences,
            ),
        ];
        let links = links.into_iter().filter_map(|(rule, what, link)| {
            let link = escaped(link?);
            let leads = |run: &Run<'_>| run.link == Some(&link) || run.text.contains(&link);
            let covered = self.covers(rule, what, &link, leads);
            covered.or_else(|| self.wordless(&link).filter(|_| rule == "unsubscribe"))
        });
        let address = expected.postal_address.and_then(|address| {
            let address = escaped(address);
            let seen = self.runs[0].iter().filter(|r| self.unread(r.at).is_none());
            let seen: Vec<&str> = seen.map(|r| r.text).collect();
            if squeezed(&seen.concat()).contains(&address) {
                return None;
            }
            let first = address.split(' ').next().unwrap_or_default();
            let whole = |run: &Run<'_>| squeezed(run.text).contains(&address);
            let holds = |run: &Run<'_>| run.text.contains(first);
            let covers = |is: &dyn Fn(&Run<'_>) -> bool| {
                self.covers("postal-address", "the postal address", first, is)
            };
            // A list's name may begin as its address does, and be seen.
            match self.runs[0].iter().any(whole) {
                true => covers(&whole),
                false => covers(&holds),
            }
        });
        links.chain(address).collect()
    }

    /// Whether all texts of a kind are hidden, and by what. One that is not there at all is another
    /// matter.
    fn covers(
        &self,
        rule: &'static str,
        what: &'static str,
        needle: &str,
        is: impl Fn(&Run<'_>) -> bool,
    ) -> Option<Hidden> {
        let mut runs = self.runs[0].iter().filter(|run| is(run)).peekable();
        let hidden = |at, by: &str| Hidden {
            rule,
            what,
            by: by.to_owned(),
            at,
        };
        if runs.peek().is_none() {
            let at = self.html.find(needle)?;
            return Some(hidden(at, "it has no text or picture"));
        }
        let mut first = None;
        for run in runs {
            let by = self.unread(run.at)?;
            first = first.or_else(|| Some(hidden(run.at, &by)));
        }
        first
    }

    /// Every link that is marked as a sponsor's has to stand below a label that is seen, with no other
    /// link between.
    pub(super) fn unlabelled(&self, label: &str) -> Vec<Unlabelled> {
        let mut found = Vec::new();
        let mut since = String::new();
        let mut labelled = false;
        let mut hidden = None;
        for token in tokens(self.html) {
            match token {
                Token::Text { text, .. } if text.trim().is_empty() => since.push_str(text),
                Token::Text { text, at } => match self.unread(at) {
                    None => {
                        since.push_str(text);
                        labelled |= since.contains(label);
                    }
                    Some(by) if text.contains(label) => {
                        hidden = Some(Hidden {
                            rule: "label",
                            what: "the label of a sponsor",
                            by,
                            at,
                        });
                    }
                    Some(_) => {}
                },
                Token::Start {
                    name,
                    attributes,
                    at,
                    ..
                } if name.eq_ignore_ascii_case("a") => {
                    let rel = attribute(&attributes, "rel").unwrap_or_default();
                    let sponsored = rel.split_ascii_whitespace().any(|r| r == "sponsored");
                    if sponsored && !labelled {
                        let hidden = hidden.clone();
                        found.push(Unlabelled { at, hidden });
                    }
                    if !sponsored {
                        since.clear();
                        labelled = false;
                        hidden = None;
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// Texts that can hardly be read on what they stand on, in words.
    pub(super) fn faint(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut told = BTreeSet::new();
        for (runs, when) in [(&self.runs[1], ""), (&self.runs[2], " by night")] {
            for run in runs.iter().filter(|run| self.hidden(run.at).is_none()) {
                let Some((ink, ground)) = run.colours.filter(|_| is_read(run.text)) else {
                    continue;
                };
                let wanted = if run.large { CONTRAST_LARGE } else { CONTRAST };
                let contrast = ink.contrast(ground);
                // By night most colours are those of the day.
                if contrast >= wanted || !told.insert((run.at, ink.shown(), ground.shown())) {
                    continue;
                }
                let words = format!(
                    "text of {} on {}{when} has a contrast of {:.1}",
                    ink.shown(),
                    ground.shown(),
                    (contrast * 10.0).floor() / 10.0,
                );
                found.push((run.at, words));
            }
        }
        found
    }
}

/// An error of a whole part.
pub(super) fn part_finding(part: &str, rule: &'static str, message: String, hint: &str) -> Finding {
    let place = Place {
        file: part.to_owned(),
        line: 0,
    };
    Finding::error(place, rule, message).hint(hint)
}

/// Of the expected, what a part lacks.
pub(super) fn missing(part: &str, body: &str, expected: &Expected<'_>) -> Vec<Finding> {
    if body.trim().is_empty() {
        let words = "the part is empty".to_owned();
        return vec![part_finding(part, "empty", words, "print something in it")];
    }
    let wanted = [
        ("unsubscribe", "the unsubscribe link", expected.unsubscribe),
        (
            "preferences",
            "the link to the reader’s terms",
            expected.preferences,
        ),
        (
            "postal-address",
            "the postal address",
            expected.postal_address,
        ),
    ];
    let flat = squeezed(body);
    // An address may be wrapped, and is escaped in HTML.
    let holds = |needle: &str| match part {
        "html" => flat.contains(&escaped(needle)),
        _ => flat.contains(&squeezed(needle)),
    };
    let absent = wanted.iter().filter(|w| w.2.is_some_and(|n| !holds(n)));
    let finding = |(rule, what, _): &(&'static str, &str, Option<&str>)| {
        let hint = "print it outside of every condition";
        part_finding(part, rule, format!("{what} is not there"), hint)
    };
    absent.map(finding).collect()
}

/// The first thing of a letter's HTML that must be seen and is hidden, whatever its colours.
pub(in crate::render) fn hidden(html: &str, expected: &Expected<'_>) -> Option<Hidden> {
    let sight = Sight::of_shapes(html);
    let label = expected.label.map(|label| sight.unlabelled(label));
    let labels = label.into_iter().flatten().filter_map(|u| u.hidden);
    labels.chain(sight.covered(expected)).next()
}

/// Whether a text is more than signs that fill a line up.
fn is_read(text: &str) -> bool {
    letters(text) > 0
}

/// Letters and digits of a text, references left out.
fn letters(text: &str) -> usize {
    let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let mut found = 0;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        found += count(before);
        rest = after.split_once(';').map_or(after, |(_, tail)| tail);
    }
    found + count(rest)
}
