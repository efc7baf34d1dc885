//! What the lines around a headline say: who wrote the piece, the day on the page, and where its
//! reader is taken to be.

use super::extract::Stated;
use super::lines::{Line, is_byline, is_person, place};
use super::pattern::Field;
use super::reader::{Parts, Reader, is_same};
use crate::domain::article::PageFacts;
use crate::domain::time::Date;
use crate::ingest::parse::{is_likely, parse_date};

/// Lines above a headline among which a name is its author's.
const NEAR: usize = 3;

/// Who wrote a piece, by which line and rule.
struct Author {
    line: String,
    name: String,
    rule: String,
}

impl Reader<'_> {
    /// Whether a line says who, when or where.
    pub(super) fn is_head_line(&self, line: &str) -> bool {
        self.byline(line).is_some() || self.dated(line).is_some() || self.placed(line).is_some()
    }

    /// Byline, date and place out of the lines around the headline. Says which of those below it are
    /// used up.
    pub(super) fn head(
        &mut self,
        above: &[Line],
        below: &[Line],
        stated: &Stated,
        parts: &mut Parts,
    ) -> Vec<usize> {
        let mut taken = Vec::new();
        let mut author = None;
        for line in above.iter().rev() {
            self.head_line(&line.text, &mut parts.facts, &mut author);
        }
        for (at, line) in below.iter().enumerate() {
            let used = self.head_line(&line.text, &mut parts.facts, &mut author);
            let named = stated.byline.as_deref();
            let named = named.is_some_and(|byline| is_same(&line.text, byline));
            taken.extend((used || named).then_some(at));
        }
        let author = author.or_else(|| self.stated_author(stated)).or_else(|| {
            let (at, found) = self.lone_name(above, below)?;
            taken.extend(at);
            Some(found)
        });
        if let Some(author) = author {
            self.told("byline", &author.line, &author.name, &author.rule);
            parts.byline = author.name;
        }
        taken
    }

    /// Takes what a line says of who, when and where; whether it does.
    fn head_line(
        &mut self,
        line: &str,
        facts: &mut PageFacts,
        author: &mut Option<Author>,
    ) -> bool {
        let (date, place, rule) = if let Some((name, date, rule)) = self.byline(line) {
            author.get_or_insert(Author {
                line: line.to_owned(),
                name,
                rule: rule.clone(),
            });
            (date, None, rule)
        } else if let Some((date, place, rule)) = self.dated(line) {
            (Some(date), place, rule)
        } else if let Some((place, rule)) = self.placed(line) {
            (None, Some(place), rule)
        } else {
            return false;
        };
        if let (Some(date), None) = (date, facts.page_date) {
            self.told("page_date", line, &date.to_string(), &rule);
            facts.page_date = Some(date);
        }
        if let (Some(place), None) = (place, &facts.reader_place) {
            self.told("reader_place", line, &place, &rule);
            facts.reader_place = Some(place);
        }
        true
    }

    fn stated_author(&self, stated: &Stated) -> Option<Author> {
        let line = stated.byline.clone()?;
        let name = self
            .byline(&line)
            .map_or_else(|| line.clone(), |(name, ..)| name);
        let rule = "the page's mark-up".to_owned();
        Some(Author { line, name, rule })
    }

    /// A name in a line of its own near the headline; with its place, if it stands below.
    fn lone_name(&self, above: &[Line], below: &[Line]) -> Option<(Option<usize>, Author)> {
        let near = above.iter().rev().take(NEAR).map(|l| (None, l));
        let mut near = near.chain(below.first().map(|l| (Some(0), l)));
        let (at, line) = near.find(|(_, l)| l.mark.is_none() && is_person(&l.text))?;
        let rule = "default: a name in a line of its own".to_owned();
        let name = line.text.clone();
        let line = name.clone();
        self.rules
            .general()
            .then_some((at, Author { line, name, rule }))
    }

    /// The name in a byline, the date beside it, and the rule.
    pub(super) fn byline(&self, line: &str) -> Option<(String, Option<Date>, String)> {
        let mut rules = self.rules.all(|l| &l.byline);
        rules.find_map(|r| {
            let kept = r.pattern.fits(line)?;
            let name = get(&kept, Field::Byline).filter(|n| is_byline(n))?;
            let date = get(&kept, Field::Date).and_then(date);
            Some((name.to_owned(), date, r.name.clone()))
        })
    }

    fn dated(&self, line: &str) -> Option<(Date, Option<String>, String)> {
        let mut rules = self.rules.all(|l| &l.date_line);
        let by_rule = rules.find_map(|r| {
            let kept = r.pattern.fits(line)?;
            let place = get(&kept, Field::Place).and_then(place);
            Some((date(get(&kept, Field::Date)?)?, place, r.name.clone()))
        });
        let bare = || {
            let text = line.trim_matches(|c: char| !c.is_alphanumeric());
            let date = self.rules.general().then(|| date(text))??;
            Some((
                date,
                None,
                "default: a date in a line of its own".to_owned(),
            ))
        };
        by_rule.or_else(bare)
    }

    fn placed(&self, line: &str) -> Option<(String, String)> {
        let mut rules = self.rules.all(|l| &l.place_line);
        rules.find_map(|r| {
            let kept = r.pattern.fits(line)?;
            Some((place(get(&kept, Field::Place)?)?, r.name.clone()))
        })
    }
}

fn get(kept: &[(Field, String)], field: Field) -> Option<&str> {
    let found = kept.iter().find(|(f, _)| *f == field);
    found.map(|(_, text)| text.as_str())
}

/// The day of a date as it is written; nothing is converted between zones.
fn date(text: &str) -> Option<Date> {
    let at = parse_date(text).filter(|at| is_likely(*at))?;
    Some(jiff::tz::Offset::UTC.to_datetime(at).date())
}
