//! The examples in a rule file, tried.

use super::reader::Reader;
use super::rules::{Example, RuleError, Rules, shown};
use super::{PageReading, parse_page};
use crate::domain::article::PageFacts;

/// Tries the examples of a rule file.
///
/// # Errors
/// [`RuleError::Example`] for the first that does not give what it must.
pub fn check_rules(rules: &Rules) -> Result<(), RuleError> {
    for (i, example) in rules.examples().iter().enumerate() {
        let wrong = |(field, must, is): (&'static str, String, String)| RuleError::Example {
            n: i + 1,
            field,
            must: shown(&must),
            is: shown(&is),
        };
        check(rules, example).map_err(wrong)?;
    }
    Ok(())
}

type Wrong = (&'static str, String, String);

fn check(rules: &Rules, example: &Example) -> Result<(), Wrong> {
    let must = &example.must;
    if let Some(headline) = &example.headline {
        let is = Reader::new(rules).headline(headline, &mut PageFacts::default());
        equal("headline", must.headline.as_ref(), &is)?;
    }
    let Some(page) = &example.page else {
        return Ok(());
    };
    let read = parse_page(page.as_bytes(), None, None, rules);
    let PageReading { article, facts, .. } =
        read.map_err(|e| ("page", "an article".to_owned(), e.to_string()))?;
    let text = article.text;
    let body = text.body.unwrap_or_default();
    let or_none = |value: Option<String>| value.unwrap_or_default();
    let publisher = facts.publisher;
    if example.headline.is_none() {
        equal("headline", must.headline.as_ref(), &text.headline)?;
    }
    equal("byline", must.byline.as_ref(), &text.byline)?;
    equal("contact", must.contact.as_ref(), &or_none(facts.contact))?;
    let domain = publisher.as_ref().map(|p| p.domain.clone());
    equal("publisher", must.publisher.as_ref(), &or_none(domain))?;
    let name = publisher.and_then(|p| p.name);
    equal(
        "publisher_name",
        must.publisher_name.as_ref(),
        &or_none(name),
    )?;
    let date = facts.page_date.map(|d| d.to_string());
    equal("page_date", must.page_date.as_ref(), &or_none(date))?;
    equal(
        "reader_place",
        must.reader_place.as_ref(),
        &or_none(facts.reader_place),
    )?;
    equal(
        "body",
        must.body.as_ref().map(|b| b.trim().to_owned()).as_ref(),
        &body,
    )?;
    match must.body_without.iter().find(|words| body.contains(*words)) {
        Some(words) => Err(("body_without", words.clone(), "in the text".to_owned())),
        None => Ok(()),
    }
}

fn equal(field: &'static str, must: Option<&String>, is: &str) -> Result<(), Wrong> {
    match must {
        Some(must) if must != is => Err((field, must.clone(), is.to_owned())),
        _ => Ok(()),
    }
}
