//! Sample pages on which a theme is tried before it is taken: what no letter may lack is there, every
//! sponsor is labelled, and letters put together out of shared blocks are the ones rendered whole.

use minijinja::Value;

use super::error::RenderError;
use super::page::Page;
use super::renderer::{HTML, Part, Piece, Renderer, TEXT};
use super::splice::{BLOCK, CUT, Ink, without_marks};
use super::variant::Variant;
use super::view::{self, View};
use super::{check, cuts, sample};
use crate::domain::letter::Letter;
use crate::domain::written::Panel;

/// Tries one variant.
///
/// # Errors
/// What a letter could lack, or where a template does more with a personal value than print it.
pub(super) fn run(renderer: &Renderer, variant: Variant) -> Result<(), RenderError> {
    let sender = sample::sender();
    let mut page = sample::page(&sender);
    page.length = variant.length;
    page.images = variant.images;
    let note = ["Good morning.".to_owned(), "It rains.".to_owned()];
    let panel = Panel {
        title: Some("Tides".to_owned()),
        lines: vec!["High water 07:12".to_owned(), "Low water 13:40".to_owned()],
    };
    let corrections = [sample::correction()];
    let full = letter(renderer, variant, &page)?;
    for part in parts(&full) {
        for story in &page.stories {
            part.holds(&story.url, "a story’s link")?;
        }
    }
    seen(renderer, &page, &full.html)?;
    for words in renderer.catalogue().all() {
        page.language = words.language();
        let whole = renderer.whole(variant, &page)?;
        foot(&whole.html, &whole.text, &page)?;
    }
    page.language = "en";
    page.note = &note;
    page.panel = Some(&panel);
    page.corrections = &corrections;
    page.website = Some("https://harbour.example/");
    page.left_out = 2;
    for numbered in [false, true] {
        page.numbered = numbered;
        letter(renderer, variant, &page)?;
    }
    let sponsors = std::mem::take(&mut page.sponsors);
    page.place = None;
    page.welcome = None;
    page.links.view = None;
    page.stories.clear();
    let bare = letter(renderer, variant, &page)?;
    foot(&bare.html, &bare.text, &page)?;
    for sponsor in sponsors {
        let words = renderer.catalogue().language(page.language)?;
        let label = words.fill("sponsor.label", &[("sponsor", &sponsor.sponsor_name)]);
        page.sponsors = vec![sponsor];
        let letter = letter(renderer, variant, &page)?;
        for part in parts(&letter) {
            part.labels(&page.sponsors[0], &label)?;
        }
    }
    Ok(())
}

/// Nothing hides what every reader must see.
fn seen(renderer: &Renderer, page: &Page<'_>, html: &str) -> Result<(), RenderError> {
    let label = check::sponsor_label(renderer.words(page.language)?);
    let expected = check::Expected {
        unsubscribe: Some(&page.links.unsubscribe),
        preferences: Some(&page.links.preferences),
        postal_address: Some(&page.sender.postal_address),
        label: Some(&label),
        ..check::Expected::default()
    };
    match check::hidden(html, &expected) {
        None => Ok(()),
        Some(hidden) => Err(RenderError::Hidden {
            template: HTML,
            what: hidden.what,
            by: hidden.by,
        }),
    }
}

/// What no letter may lack, whoever reads it.
fn foot(html: &str, text: &str, page: &Page<'_>) -> Result<(), RenderError> {
    for (template, part) in [(HTML, html), (TEXT, text)] {
        let part = Side {
            template,
            text: part,
        };
        part.holds(&page.links.unsubscribe, "the unsubscribe link")?;
        part.holds(&page.links.preferences, "the preferences link")?;
        part.holds(&page.sender.postal_address, "the postal address")?;
    }
    Ok(())
}

/// A letter as readers get it, once it is sure that it can be put together out of shared pieces.
fn letter(renderer: &Renderer, variant: Variant, page: &Page<'_>) -> Result<Letter, RenderError> {
    let whole = renderer.whole(variant, page)?;
    let pieces = pieces(renderer, variant, page)?;
    for (part, whole, pieces) in [
        (Part::Html, &whole.html, pieces.0),
        (Part::Text, &whole.text, pieces.1),
    ] {
        same(part, whole, &pieces)?;
    }
    Ok(Letter {
        subject: whole.subject,
        html: without_marks(&whole.html),
        text: without_marks(&whole.text),
    })
}

/// The parts of a page, rendered piece by piece with a reader's own values left open.
fn pieces(
    renderer: &Renderer,
    variant: Variant,
    page: &Page<'_>,
) -> Result<(String, String), RenderError> {
    let words = renderer.words(page.language)?;
    let view = View::of(page, words, Ink::Points);
    let frame = renderer.context(&view, words);
    let (mut html, mut text) = (String::new(), String::new());
    let mut add = |piece, context: &Value| -> Result<(), RenderError> {
        html.push_str(&renderer.fill(variant, Part::Html, piece, context.clone())?);
        let filled = renderer.fill(variant, Part::Text, piece, context.clone())?;
        text.push_str(&cuts::tidied_piece(&filled, piece == Piece::Tail));
        Ok(())
    };
    add(Piece::Head, &frame)?;
    for block in view.blocks() {
        add(Piece::Block, &view::with_block(&frame, block))?;
    }
    add(Piece::Tail, &frame)?;
    Ok((cuts::closed(html), text))
}

/// Shared text is the same in both, between the same points.
fn same(part: Part, whole: &str, pieces: &str) -> Result<(), RenderError> {
    let whole = whole.replace(BLOCK, "");
    let (mut a, mut b) = (whole.split(CUT), pieces.split(CUT));
    let mut at = 0;
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ok(()),
            // What stands between two marks is a reader's own.
            (Some(_), Some(_)) if at % 2 == 1 => {}
            (Some(a), Some(b)) if a == b => {}
            (a, b) => {
                let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
                let equal = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
                let place = a.chars().skip(equal.saturating_sub(20)).take(60).collect();
                return Err(RenderError::Personal {
                    template: part.file(),
                    place,
                });
            }
        }
        at += 1;
    }
}

struct Side<'a> {
    template: &'static str,
    text: &'a str,
}

fn parts(letter: &Letter) -> [Side<'_>; 2] {
    [
        Side {
            template: HTML,
            text: &letter.html,
        },
        Side {
            template: TEXT,
            text: &letter.text,
        },
    ]
}

impl Side<'_> {
    fn holds(&self, needle: &str, what: &'static str) -> Result<(), RenderError> {
        if self.text.contains(needle) {
            Ok(())
        } else {
            Err(RenderError::LeftOut {
                template: self.template,
                what,
            })
        }
    }

    /// The label stands before the link, headline and text of a sponsor, and the link is marked.
    fn labels(&self, sponsor: &super::PageSponsor, label: &str) -> Result<(), RenderError> {
        let fault = |fault| {
            Err(RenderError::Label {
                template: self.template,
                fault,
            })
        };
        let Some(at) = self.text.find(label) else {
            return fault("without its label");
        };
        // Long texts are wrapped in plain text: their beginning shows where they stand.
        let start = |text: &str| text.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let (link, text) = (sponsor.url.clone(), start(&sponsor.text));
        let headline = sponsor.headline.as_deref().map(start);
        for needle in [Some(link), Some(text), headline].into_iter().flatten() {
            match self.text.find(&needle) {
                Some(found) if found > at => {}
                Some(_) => return fault("before its label"),
                None => return fault("without its whole text and link"),
            }
        }
        let marked = |at: usize| {
            let open = self.text[..at].rfind('<').unwrap_or(0);
            let close = self.text[at..]
                .find('>')
                .map_or(self.text.len(), |n| at + n);
            self.text[open..close].contains("rel=\"sponsored")
        };
        let html = self.template == HTML;
        if html
            && !self
                .text
                .match_indices(&sponsor.url)
                .all(|(at, _)| marked(at))
        {
            return fault("with a link that is not marked rel=\"sponsored\"");
        }
        Ok(())
    }
}
