//! Lines of a page to its parts: which is the headline, who wrote it, what the page says of its
//! date and its reader, what is text, and what is furniture.

use super::extract::Stated;
use super::lines::{Kind, Line, mail_domain};
use super::pattern::{Field, fold};
use super::rules::{Layer, Rule, Rules, domain, is_under, shown};
use super::{ParseError, Step};
use crate::domain::article::{CanonicalUrl, PageFacts, Publisher};

/// Changes beyond this many are not told.
const STEPS: usize = 500;
/// Last lines of a text among which a mail address is its author's.
const END: usize = 5;
/// Where people have their mail, whoever they write for: no publisher.
const MAIL_HOSTS: &[&str] = &[
    "aol.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
    "163.com",
];

/// Reads lines by rules, and keeps what the rules did.
pub(super) struct Reader<'r> {
    pub(super) rules: &'r Rules,
    pub(super) steps: Vec<Step>,
}

/// The parts of a page.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) headline: String,
    pub(super) byline: String,
    pub(super) body: Vec<String>,
    /// Without the number of words.
    pub(super) facts: PageFacts,
}

impl<'r> Reader<'r> {
    pub(super) fn new(rules: &'r Rules) -> Reader<'r> {
        Reader {
            rules,
            steps: Vec::new(),
        }
    }

    pub(super) fn told(&mut self, field: &'static str, before: &str, after: &str, rule: &str) {
        if self.steps.len() < STEPS {
            self.steps.push(Step {
                field,
                before: shown(before),
                after: shown(after),
                rule: rule.to_owned(),
            });
        }
    }

    /// A date of publication that no article can have.
    pub(super) fn told_of(&mut self, unlikely: Option<&str>) {
        if let Some(stated) = unlikely {
            let rule = "default: a date in no year of a newspaper";
            self.told("published", stated, "", rule);
        }
    }

    pub(super) fn read(
        &mut self,
        lines: Vec<Line>,
        stated: &Stated,
        url: &CanonicalUrl,
    ) -> Result<Parts, ParseError> {
        let mut parts = Parts::default();
        let lines = self.without_furniture(lines);
        let lines = self.without_contact(lines, &mut parts.facts);
        let first = lines.iter().position(Line::is_paragraph);
        let first = first.ok_or(ParseError::NoArticle { missing: "body" })?;
        let before = lines.get(..first).unwrap_or_default();
        let title = self.title(before, stated);
        let written = match (title, &stated.headline) {
            (Some(at), _) => before.get(at).map(|l| l.text.clone()).unwrap_or_default(),
            (None, Some(headline)) => headline.clone(),
            (None, None) => {
                return Err(ParseError::NoArticle {
                    missing: "headline",
                });
            }
        };
        parts.headline = self.headline(&written, &mut parts.facts);
        let above = before.get(..title.unwrap_or(first)).unwrap_or_default();
        // What stands between the headline and the first long paragraph (a standfirst) belongs to it,
        // but for a line that says who, when or where.
        let start = title.map_or(first, |t| t + 1);
        let below = before.get(start..).unwrap_or_default();
        let taken = self.head(above, below, stated, &mut parts);
        let body = lines.get(start..).unwrap_or_default().iter().enumerate();
        let body = body.filter(|(i, l)| !taken.contains(i) && !is_same(&l.text, &written));
        let mut body: Vec<&Line> = body.map(|(_, l)| l).collect();
        self.last_contact(&mut body, &mut parts.facts);
        parts.facts.headings = headings(&body);
        parts.body = body.iter().map(|l| l.text.clone()).collect();
        parts.facts.publisher = self.publisher(&parts.facts, stated, url);
        Ok(parts)
    }

    fn first<'a>(
        &self,
        kind: fn(&Layer) -> &Vec<Rule>,
        line: &'a str,
    ) -> Option<(Vec<(Field, String)>, String)>
    where
        'r: 'a,
    {
        let mut rules = self.rules.all(kind);
        rules.find_map(|r| Some((r.pattern.fits(line)?, r.name.clone())))
    }

    pub(super) fn without_furniture(&mut self, lines: Vec<Line>) -> Vec<Line> {
        let mut kept = Vec::with_capacity(lines.len());
        for mut line in lines {
            if let Some((_, rule)) = self.first(|l| &l.drop, &line.text) {
                self.told("line", &line.text, "", &rule);
            } else if self.rules.general() && line.says_nothing() {
                self.told("line", &line.text, "", "default: a line without a word");
            } else {
                line.mark = self.mark(&line.text).map(|(mark, ..)| mark);
                kept.push(line);
            }
        }
        kept
    }

    /// Takes the line out that a rule of the source knows as the contact line.
    pub(super) fn without_contact(&mut self, lines: Vec<Line>, facts: &mut PageFacts) -> Vec<Line> {
        let mut kept = Vec::with_capacity(lines.len());
        for line in lines {
            match self.first(|l| &l.contact, &line.text) {
                Some((_, rule)) if facts.contact.is_none() => {
                    self.told("contact", &line.text, &line.text, &rule);
                    facts.contact = Some(line.text);
                }
                _ => kept.push(line),
            }
        }
        kept
    }

    /// Where no rule found one: a short line near the end with a mail address in it.
    fn last_contact(&mut self, body: &mut Vec<&Line>, facts: &mut PageFacts) {
        if facts.contact.is_some() || !self.rules.general() {
            return;
        }
        let from = body.len().saturating_sub(END);
        let near = body.get(from..).unwrap_or_default();
        if let Some(at) = near.iter().rposition(|l| l.is_contact()) {
            let line = body.remove(from + at);
            let rule = "default: a line near the end with a mail address";
            self.told("contact", &line.text, &line.text, rule);
            facts.contact = Some(line.text.clone());
        }
    }

    /// A mark is the page's own word for where the piece starts; then comes what the mark-up states;
    /// then the nearest line.
    fn title(&self, before: &[Line], stated: &Stated) -> Option<usize> {
        let free = |l: &Line| l.is_title() && !self.is_head_line(&l.text);
        let marked = before
            .iter()
            .rposition(|l| l.mark.is_some() && l.is_title());
        let same = || {
            let headline = stated.headline.as_deref()?;
            before.iter().rposition(|l| is_same(&l.text, headline))
        };
        let by_tag = || {
            before
                .iter()
                .rposition(|l| l.kind == Kind::Title && l.is_title())
        };
        let nearest = || match stated.headline {
            Some(_) => None,
            None => before.iter().rposition(free),
        };
        marked.or_else(same).or_else(by_tag).or_else(nearest)
    }

    /// The mark that is glued to a line, what is left of the line, and the rule. With a space between
    /// them it is a picture's caption.
    fn mark(&self, line: &str) -> Option<(String, String, String)> {
        let mut rules = self.rules.all(|l| &l.image_mark);
        rules.find_map(|r| {
            let left = only(r.pattern.fits(line)?);
            let mark = line.strip_suffix(&left)?;
            let spaced = mark.ends_with(' ') && !r.pattern.to_string().contains(" {");
            (!spaced).then(|| (mark.trim().to_owned(), left, r.name.clone()))
        })
    }

    /// A headline without the marks and additions that rules name.
    pub(super) fn headline(&mut self, written: &str, facts: &mut PageFacts) -> String {
        let mut text = written.to_owned();
        if let Some((mark, left, rule)) = self.mark(&text) {
            facts.image_mark = Some(mark);
            self.told("headline", &text, &left, &rule);
            text = left;
        }
        let rules: Vec<Rule> = self.rules.all(|l| &l.headline).cloned().collect();
        for rule in rules {
            if let Some(kept) = rule.pattern.fits(&text) {
                let left = only(kept);
                self.told("headline", &text, &left, &rule.name);
                text = left;
            }
        }
        text
    }

    /// Whose mail address the contact line has, or to whose page this one says that it belongs: if
    /// that is not the page's own site. Name and link come from a rule only.
    pub(super) fn publisher(
        &mut self,
        facts: &PageFacts,
        stated: &Stated,
        url: &CanonicalUrl,
    ) -> Option<Publisher> {
        let host = |url: &CanonicalUrl| {
            let parsed = url::Url::parse(url.as_str()).ok()?;
            domain(parsed.host_str()?)
        };
        let own = host(url).unwrap_or_default();
        let elsewhere = |d: &String| !is_under(d, &own) && !is_under(&own, d);
        let elsewhere_url = stated.elsewhere.as_ref();
        let linked = elsewhere_url.and_then(host).filter(elsewhere);
        let named = linked.as_deref().and_then(|d| self.rules.publisher(d));
        if let (Some(known), Some(link)) = (named, elsewhere_url) {
            let publisher = Publisher {
                url: Some(link.as_str().to_owned()),
                ..known.clone()
            };
            let rule = format!("rule publisher `{}`", publisher.domain);
            self.told("publisher", link.as_str(), &publisher.domain, &rule);
            return Some(publisher);
        }
        let contact = facts.contact.as_deref()?;
        let found = mail_domain(contact).filter(elsewhere)?;
        let (publisher, rule) = match self.rules.publisher(&found) {
            Some(known) => (known.clone(), format!("rule publisher `{}`", known.domain)),
            None if !self.rules.general() || MAIL_HOSTS.contains(&found.as_str()) => return None,
            None => {
                let publisher = Publisher {
                    domain: found,
                    name: None,
                    url: None,
                };
                (
                    publisher,
                    "default: the domain in the contact line".to_owned(),
                )
            }
        };
        self.told("publisher", contact, &publisher.domain, &rule);
        Some(publisher)
    }
}

/// Headings inside a text: neither its first nor its last line.
pub(super) fn headings(body: &[&Line]) -> Vec<String> {
    let pairs = body.windows(2).skip(1);
    let pairs = pairs.filter_map(|pair| match pair {
        [line, next] if line.is_heading(next) => Some(line.text.clone()),
        _ => None,
    });
    pairs.collect()
}

fn only(kept: Vec<(Field, String)>) -> String {
    kept.into_iter().next().map(|(_, t)| t).unwrap_or_default()
}

/// Whether two lines say the same, but for case, quotes, dashes and marks around them.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    let bare = |t: &str| -> String {
        let folded = t.chars().map(fold).filter(|c| c.is_alphanumeric());
        folded.take(500).collect()
    };
    let (a, b) = (bare(a), bare(b));
    !a.is_empty() && a == b
}
