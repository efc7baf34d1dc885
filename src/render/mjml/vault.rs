//! Words that stand for texts while MJML is rendered: what it has no business with is put back after.
//!
//! The engine prints attribute values through a programmer's quoting and parses every content as
//! mark-up. A word of letters and digits passes through both as it is.

use super::error::{Fault, MjmlError, Place};

/// Bytes of a finished page.
const PAGE: usize = 16 << 20;

/// Texts that were taken out, and the words that stand for them.
pub(super) struct Vault {
    mark: String,
    taken: Vec<Taken>,
    bytes: usize,
}

struct Taken {
    text: String,
    kind: Kind,
}

#[derive(Clone, PartialEq)]
pub(super) enum Kind {
    /// Content or an attribute's value.
    Text,
    /// Content whose word may stand in a comment of its own, which goes with it.
    Raw,
    /// Classes, each of which takes the ending that the engine gives to the last.
    Classes,
    /// An expression of the template language, with its place.
    Expression(Place),
}

impl Vault {
    /// A vault whose words do not occur in a source.
    pub(super) fn new(source: &str) -> Vault {
        let marks = (0..10_000).map(|n| format!("zMj{n}Qz"));
        let mark = marks.into_iter().find(|m| !source.contains(m.as_str()));
        Vault {
            mark: mark.unwrap_or_else(|| format!("z{}z", "Q".repeat(64))),
            taken: Vec::new(),
            bytes: 0,
        }
    }

    /// What none of the texts may contain.
    pub(super) fn mark(&self) -> &str {
        &self.mark
    }

    /// Takes a text, gives its word.
    pub(super) fn take(&mut self, text: &str, kind: Kind) -> String {
        self.bytes += text.len();
        let text = text.to_owned();
        self.taken.push(Taken { text, kind });
        format!("{}{}{}", self.mark, self.taken.len() - 1, self.mark)
    }

    /// Bytes of all that was taken.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first expression of a text that still has its words, cut at 60 characters.
    pub(super) fn expression_in(&self, text: &str) -> Option<String> {
        let (_, after) = text.split_once(&self.mark)?;
        let (n, _) = after.split_once(&self.mark)?;
        let taken = self.taken.get(n.parse::<usize>().ok()?)?;
        matches!(taken.kind, Kind::Expression(_)).then(|| taken.text.chars().take(60).collect())
    }

    /// A text in which every word is an expression's again.
    pub(super) fn spelled(&self, text: &str) -> String {
        let mut back = Back::new(self, Expressions::AsTheyWere);
        // A short text from the sources themselves: the bound cannot be met.
        let _ = self.put(text, self.taken.len(), &mut back);
        back.out
    }

    /// Puts contents and values back; expressions stay words.
    pub(super) fn restore(&self, html: &str, place: &Place) -> Result<String, MjmlError> {
        let mut back = Back::new(self, Expressions::Words);
        let done = self.put(html, self.taken.len(), &mut back);
        done.map(|()| back.out).ok_or_else(|| too_long(place))
    }

    /// Puts expressions back, each as `put` has it by its place; one that is missing stood where the
    /// engine computes.
    pub(super) fn expressions(
        &self,
        html: &str,
        place: &Place,
        put: &mut dyn FnMut(&Place, &str) -> String,
    ) -> Result<String, MjmlError> {
        let mut back = Back::new(self, Expressions::Through(put));
        self.put(html, self.taken.len(), &mut back)
            .ok_or_else(|| too_long(place))?;
        for (taken, seen) in self.taken.iter().zip(&back.seen) {
            if let (Kind::Expression(place), false) = (&taken.kind, seen) {
                let expression = taken.text.chars().take(60).collect();
                return Err(MjmlError {
                    place: place.clone(),
                    fault: Fault::ExpressionLost { expression },
                });
            }
        }
        Ok(back.out)
    }

    /// A text contains only words older than its own, so that this ends.
    fn put(&self, text: &str, older: usize, back: &mut Back<'_>) -> Option<()> {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(&self.mark) {
            back.out.push_str(before);
            let found = after.split_once(&self.mark).and_then(|(n, tail)| {
                let n: usize = n.parse().ok().filter(|n| *n < older)?;
                Some((n, self.taken.get(n)?, tail))
            });
            let Some((n, taken, tail)) = found else {
                rest = after;
                continue;
            };
            rest = tail;
            back.seen[n] = true;
            match &taken.kind {
                Kind::Expression(place) => match &mut back.how {
                    Expressions::Words => {
                        back.out.extend([&*self.mark, &n.to_string(), &self.mark])
                    }
                    Expressions::AsTheyWere => back.out.push_str(&taken.text),
                    Expressions::Through(put) => back.out.push_str(&put(place, &taken.text)),
                },
                Kind::Raw if back.out.ends_with("<!--") && rest.starts_with("-->") => {
                    back.out.truncate(back.out.len() - 4);
                    rest = &rest[3..];
                    self.put(&taken.text, n, back)?;
                }
                Kind::Classes => {
                    let ends = ["-outlook", "-thumbnail"].into_iter();
                    let end = ends.clone().find(|end| rest.starts_with(end)).unwrap_or("");
                    rest = &rest[end.len()..];
                    let each = taken.text.split_whitespace().map(|c| format!("{c}{end}"));
                    self.put(&each.collect::<Vec<_>>().join(" "), n, back)?;
                }
                _ => self.put(&taken.text, n, back)?,
            }
            if back.out.len() > PAGE {
                return None;
            }
        }
        back.out.push_str(rest);
        (back.out.len() <= PAGE).then_some(())
    }
}

/// How expressions come back.
enum Expressions<'p> {
    Words,
    AsTheyWere,
    Through(&'p mut dyn FnMut(&Place, &str) -> String),
}

/// A text that words are put back into.
struct Back<'p> {
    out: String,
    how: Expressions<'p>,
    seen: Vec<bool>,
}

impl<'p> Back<'p> {
    fn new(vault: &Vault, how: Expressions<'p>) -> Back<'p> {
        Back {
            out: String::new(),
            how,
            seen: vec![false; vault.taken.len()],
        }
    }
}

fn too_long(place: &Place) -> MjmlError {
    MjmlError {
        place: place.clone(),
        fault: Fault::TooMuch {
            what: "bytes of the finished page",
            limit: PAGE,
        },
    }
}
