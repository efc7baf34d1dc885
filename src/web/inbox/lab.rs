//! A received letter under the lamp: at any width, by night, without its pictures, beside another one;
//! what it weighs, and what is wrong with it.

use std::collections::HashMap;

use mail_parser::{Message, MessageParser};
use minijinja::{Value, context};

use super::{Explanation, Received};
use crate::render::check::{Expected, Finding, Makeup, letter_findings, sponsor_label};
use crate::render::words::Catalogue;
use crate::web::page::Speech;

/// How wide a letter's frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Screen,
    Wide,
    Narrow,
}

impl Width {
    const ALL: [Width; 3] = [Width::Screen, Width::Wide, Width::Narrow];

    /// Its key among the words, and its class.
    fn name(self) -> &'static str {
        match self {
            Width::Screen => "screen",
            Width::Wide => "wide",
            Width::Narrow => "narrow",
        }
    }

    /// As an address has it.
    fn query(self) -> Option<&'static str> {
        match self {
            Width::Screen => None,
            Width::Wide => Some("width=600"),
            Width::Narrow => Some("width=390"),
        }
    }
}

/// How a letter is looked at: what the address of its page asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    width: Width,
    pub(super) dark: bool,
    pub(super) images: bool,
    pub(super) beside: Option<u64>,
}

impl View {
    /// Reads it; what is not understood is not asked.
    pub(super) fn of(query: &HashMap<String, String>) -> View {
        let asked = |key: &str| query.get(key).map(String::as_str);
        View {
            width: match asked("width") {
                Some("390") => Width::Narrow,
                Some("600") => Width::Wide,
                _ => Width::Screen,
            },
            dark: asked("dark") == Some("1"),
            images: asked("images") != Some("0"),
            beside: asked("beside").and_then(|seq| seq.parse().ok()),
        }
    }

    /// The address of this view of the letter that is open.
    fn link(self) -> String {
        let beside = self.beside.map(|seq| format!("beside={seq}"));
        let parts = [
            self.width.query(),
            self.shade(),
            self.hidden(),
            beside.as_deref(),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        format!("?{}", parts.join("&"))
    }

    fn shade(self) -> Option<&'static str> {
        self.dark.then_some("dark=1")
    }

    fn hidden(self) -> Option<&'static str> {
        (!self.images).then_some("images=0")
    }

    /// What is asked of a letter's HTML for a frame.
    fn frame(self) -> String {
        let parts = [self.shade(), self.hidden()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        match parts.as_slice() {
            [] => String::new(),
            parts => format!("?{}", parts.join("&")),
        }
    }

    /// What may be switched, each with the words of its name and its settings.
    fn switches(self) -> Vec<Value> {
        let option = |name: &str, to: View, on: bool| {
            context! { name => format!("inbox.{name}"), link => to.link(), on }
        };
        let widths = Width::ALL.map(|width| {
            let to = View { width, ..self };
            option(width.name(), to, width == self.width)
        });
        let shades = [("day", false), ("night", true)].map(|(name, dark)| {
            let to = View { dark, ..self };
            option(name, to, dark == self.dark)
        });
        let pictures = [("images_on", true), ("images_off", false)].map(|(name, images)| {
            let to = View { images, ..self };
            option(name, to, images == self.images)
        });
        let switch = |name: &str, options: &[Value]| {
            context! { name => format!("inbox.{name}"), options }
        };
        vec![
            switch("width", &widths),
            switch("light", &shades),
            switch("images", &pictures),
        ]
    }

    /// What the page's template is told of it.
    pub(super) fn context(self, letter: &Received, second: Option<&Received>) -> Value {
        let frames = std::iter::once(letter).chain(second);
        let frame = |letter: &Received| {
            context! {
                seq => letter.seq,
                to => letter.recipient.clone(),
                subject => letter.subject.clone(),
                asked => self.frame(),
            }
        };
        let alone = View {
            beside: None,
            ..self
        };
        // A form puts its own parts into the address.
        let kept = [self.width.query(), self.shade(), self.hidden()];
        let kept = kept
            .into_iter()
            .flatten()
            .filter_map(|part| part.split_once('='));
        context! {
            width => self.width.name(),
            dark => self.dark,
            switches => self.switches(),
            frames => frames.map(frame).collect::<Vec<_>>(),
            alone => alone.link(),
            kept => kept.collect::<Vec<_>>(),
        }
    }
}

/// The two parts of a received letter, decoded; empty where it has none.
pub(super) struct Parts {
    pub(super) html: Option<String>,
    pub(super) text: String,
}

impl Parts {
    pub(super) fn of(octets: &[u8]) -> Parts {
        let message = MessageParser::default().parse(octets);
        let text = message.as_ref().and_then(|m| m.body_text(0));
        Parts {
            text: text.unwrap_or_default().into_owned(),
            html: message.as_ref().and_then(html),
        }
    }

    /// What of it is wrong, as far as a received letter tells.
    pub(super) fn findings(&self, letter: &Received, words: &Catalogue) -> Vec<Finding> {
        let label = words.language(&letter.language).ok().map(sponsor_label);
        // A page of the inbox links to them without a host, the letter with one.
        let base = letter.pages.as_deref().unwrap_or_default();
        let whole = |link: &Option<String>| link.as_ref().map(|path| format!("{base}{path}"));
        let links = [whole(&letter.unsubscribe), whole(&letter.preferences)];
        let expected = Expected::of_list(
            [links[0].as_deref(), links[1].as_deref()],
            letter.postal_address.as_deref(),
            label.as_deref(),
            letter.byte_budget,
            letter.pages.as_deref(),
        );
        let html = self.html.as_deref().unwrap_or_default();
        letter_findings(html, &self.text, &expected)
    }

    /// What its bytes are, against those that its list allows.
    pub(super) fn sizes(&self, letter: &Received, speech: &Speech) -> Value {
        let html = self.html.as_deref().unwrap_or_default();
        let makeup = Makeup::of(html);
        let kilobytes = |bytes: usize| format!("{:.1}", bytes as f64 / 1_000.0);
        let budget = letter.byte_budget as usize;
        let mut from = 0;
        let kinds = [
            ("words", makeup.words),
            ("links", makeup.links),
            ("styles", makeup.styles),
            ("marks", makeup.marks),
        ];
        let kinds = kinds.map(|(name, bytes)| {
            let start = from;
            from += bytes;
            let said = speech.say("inbox.kilobytes", &[("n", &kilobytes(bytes))]);
            context! { name, bytes, start, said }
        });
        let values = [("n", kilobytes(html.len())), ("budget", kilobytes(budget))];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        context! {
            // A bar that is too long shows how much of it is.
            most => budget.max(html.len()),
            kinds,
            budget => speech.say("inbox.budget", &values),
            text => speech.say("inbox.kilobytes", &[("n", &kilobytes(self.text.len()))]),
            pictures => makeup.pictures,
        }
    }
}

/// What the places of a letter weigh, for the page's template.
pub(super) fn weights(places: &[(String, usize)], speech: &Speech) -> Vec<Value> {
    let one = |(name, bytes): &(String, usize)| {
        let kilobytes = format!("{:.1}", *bytes as f64 / 1_000.0);
        context! { name, said => speech.say("inbox.kilobytes", &[("n", &kilobytes)]) }
    };
    places.iter().map(one).collect()
}

/// Where there is only text, the reader of MIME would make HTML of it: that is no part of ours.
fn html(message: &Message<'_>) -> Option<String> {
    let part = message.html_part(0).filter(|p| p.is_text_html())?;
    part.text_contents().map(str::to_owned)
}

/// Findings for the page's template.
pub(super) fn told(findings: &[Finding]) -> Vec<Value> {
    let one = |finding: &Finding| {
        context! {
            part => finding.file.clone(),
            severity => finding.severity.as_str(),
            message => finding.message.clone(),
            hint => finding.hint.clone(),
        }
    };
    findings.iter().map(one).collect()
}

/// What was chosen for two readers: each headline once, with its place and reason for either.
pub(super) fn differences(left: &Explanation, right: &Explanation) -> Vec<Value> {
    let chosen = |why: &Explanation, headline: &str| {
        let row = why
            .rows
            .iter()
            .find(|r| r.rank.is_some() && r.headline == headline)?;
        Some((row.rank?, row.reason.clone()))
    };
    let ours = left.rows.iter().filter(|r| r.rank.is_some());
    let theirs = right.rows.iter().filter(|r| r.rank.is_some());
    let theirs = theirs.filter(|r| chosen(left, &r.headline).is_none());
    let row = |headline: &str| {
        let (left, right) = (chosen(left, headline), chosen(right, headline));
        let side = |side: &Option<(u16, String)>| {
            side.as_ref()
                .map(|(rank, reason)| format!("{rank} · {reason}"))
        };
        context! {
            headline,
            both => left.is_some() && right.is_some(),
            left => side(&left),
            right => side(&right),
        }
    };
    ours.chain(theirs).map(|r| row(&r.headline)).collect()
}
