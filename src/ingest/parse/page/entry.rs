//! Clean-up rules on an entry of a feed or a row: what a rule names, and nothing else.

use super::lines::{Kind, Line};
use super::reader::Reader;
use super::rules::Rules;
use super::{Stated, Step, length};
use crate::domain::article::{NewArticle, PageFacts};

/// Cleans an entry by its source's rules and, unless they say otherwise, the general ones, as a page is
/// cleaned. Says what they did; facts of its page only where the rules found any.
pub fn clean_entry(article: &mut NewArticle, rules: &Rules) -> (PageFacts, Vec<Step>) {
    let mut reader = Reader::new(rules);
    let mut facts = PageFacts::default();
    let text = &mut article.text;
    text.headline = reader.headline(&text.headline, &mut facts);
    if let Some((name, ..)) = reader.byline(&text.byline) {
        text.byline = name;
    }
    let body = text.body.as_deref().unwrap_or_default();
    let mut kept = reader.body(body, &mut facts);
    if text.body.is_some() {
        text.body = Some(kept.join("\n\n"));
    }
    // A teaser is one line by now; the rules may know all of it, or the text's first line in it.
    kept = reader.body(&text.summary, &mut facts);
    if kept.is_empty() && !text.summary.is_empty() {
        let body = text.body.as_deref().unwrap_or_default();
        text.summary = crate::ingest::parse::entry::opening(body);
    }
    facts.words = length(text.body.as_deref().unwrap_or_default(), &facts);
    facts.publisher = reader.publisher(&facts, &Stated::default(), &article.url);
    (facts, reader.steps)
}

impl Reader<'_> {
    /// The paragraphs of a text that no rule takes out of it.
    fn body(&mut self, text: &str, facts: &mut PageFacts) -> Vec<String> {
        let lines = text.split('\n').map(|l| Line::new(l, Kind::Plain));
        let lines: Vec<Line> = lines.filter(|l| !l.text.is_empty()).collect();
        let lines = self.without_furniture(lines);
        let lines = self.without_contact(lines, facts);
        let all: Vec<&Line> = lines.iter().collect();
        if facts.headings.is_empty() {
            facts.headings = super::reader::headings(&all);
        }
        lines.into_iter().map(|l| l.text).collect()
    }
}
