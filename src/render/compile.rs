//! Sources to a template set: blocks joined, MJML rendered once, everything tried on sample pages.
//!
//! What passes here renders for every reader; what does not is told to the author with its place.

use std::collections::BTreeMap;

use mrml::prelude::render::RenderOptions;
use serde::{Deserialize, Serialize};

use super::error::RenderError;
use super::renderer::Renderer;
use super::words::Catalogue;
use super::{include, protect, sample};
use crate::domain::letter::Letter;

/// Number of the form in which template sets are frozen.
pub const TEMPLATE_FORMAT: u32 = 1;

/// What an author writes: a layout, a text, their blocks, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The layout, MJML with expressions.
    pub layout: String,
    /// The plain text.
    pub text: String,
    /// File name under `blocks/` to text, for both.
    pub blocks: BTreeMap<String, String>,
    /// Language tag to catalogue.
    pub words: BTreeMap<String, String>,
}

macro_rules! blocks {
    ($($name:literal),+ $(,)?) => {
        BTreeMap::from([$((
            $name.to_owned(),
            include_str!(concat!("../../templates/digest/blocks/", $name)).to_owned(),
        )),+])
    };
}

impl Sources {
    /// The templates that Courant brings along.
    pub fn embedded() -> Sources {
        Sources {
            layout: include_str!("../../templates/digest/digest.mjml").to_owned(),
            text: include_str!("../../templates/digest/letter.txt").to_owned(),
            blocks: blocks![
                "preheader.mjml",
                "style.mjml",
                "masthead.mjml",
                "dateline.mjml",
                "place.mjml",
                "sponsor.mjml",
                "lead.mjml",
                "section.mjml",
                "card.mjml",
                "headline.mjml",
                "kicker.mjml",
                "title.mjml",
                "rule.mjml",
                "story.mjml",
                "why.mjml",
                "footer.mjml",
                "sponsor.txt",
                "story.txt",
                "footer.txt",
            ],
            words: Catalogue::sources(),
        }
    }
}

/// Compiled templates with their words: all that a wave freezes of the look of its letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSet {
    /// [`TEMPLATE_FORMAT`] of the program that compiled it.
    pub version: u32,
    /// HTML with expressions.
    pub html: String,
    /// Plain text with expressions.
    pub text: String,
    /// Language tag to catalogue, as their files stand.
    pub words: BTreeMap<String, String>,
}

impl TemplateSet {
    /// The templates that Courant brings along, compiled.
    pub fn embedded() -> Result<TemplateSet, RenderError> {
        compile(&Sources::embedded())
    }

    /// JSON; equal sets give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers has no value that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`TemplateSet::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<TemplateSet, RenderError> {
        let frozen = |reason: String| RenderError::Frozen { reason };
        let set: TemplateSet = serde_json::from_slice(bytes).map_err(|e| frozen(e.to_string()))?;
        if set.version == TEMPLATE_FORMAT {
            Ok(set)
        } else {
            let version = set.version;
            Err(frozen(format!(
                "format {version}, this program reads {TEMPLATE_FORMAT}"
            )))
        }
    }
}

/// Compiles templates and tries them on sample pages, so that no reader's letter finds the fault.
pub fn compile(sources: &Sources) -> Result<TemplateSet, RenderError> {
    let layout = include::join(&sources.layout, &sources.blocks)?;
    let protected = protect::protect(&layout)?;
    let html = protected.restore(&rendered(&protected.source)?)?;
    let text = include::join(&sources.text, &sources.blocks)?;
    let words = sources.words.clone();
    let set = TemplateSet {
        version: TEMPLATE_FORMAT,
        html,
        text,
        words,
    };
    try_out(&Renderer::new(&set)?)?;
    Ok(set)
}

fn rendered(source: &str) -> Result<String, RenderError> {
    let mjml = |reason: String| RenderError::Mjml { reason };
    let chain = |e: &dyn std::error::Error| {
        let below = std::iter::successors(e.source(), |inner| inner.source());
        below.fold(e.to_string(), |text, inner| format!("{text}: {inner}"))
    };
    let parsed = mrml::parse(source).map_err(|e| mjml(chain(&e)))?;
    let options = RenderOptions {
        disable_comments: true,
        // No font is fetched: a request from every reader is a tracker.
        fonts: std::collections::HashMap::new(),
        ..RenderOptions::default()
    };
    parsed.element.render(&options).map_err(|e| mjml(chain(&e)))
}

fn try_out(renderer: &Renderer) -> Result<(), RenderError> {
    let sender = sample::sender();
    let mut page = sample::page(&sender);
    let full = renderer.render(&page)?;
    for part in parts(&full) {
        part.holds(&page.links.unsubscribe, "the unsubscribe link")?;
        part.holds(&page.links.preferences, "the preferences link")?;
        part.holds(&sender.postal_address, "the postal address")?;
        for story in &page.stories {
            part.holds(&story.url, "a story’s link")?;
        }
    }
    let sponsors = std::mem::take(&mut page.sponsors);
    page.place = None;
    page.stories.clear();
    renderer.render(&page)?;
    for sponsor in sponsors {
        let words = renderer.catalogue().language(page.language)?;
        let label = words.fill("sponsor.label", &[("sponsor", &sponsor.sponsor_name)]);
        page.sponsors = vec![sponsor];
        let letter = renderer.render(&page)?;
        for part in parts(&letter) {
            part.labels(&page.sponsors[0], &label)?;
        }
    }
    Ok(())
}

struct Part<'a> {
    template: &'static str,
    text: &'a str,
}

fn parts(letter: &Letter) -> [Part<'_>; 2] {
    [
        Part {
            template: super::renderer::HTML,
            text: &letter.html,
        },
        Part {
            template: super::renderer::TEXT,
            text: &letter.text,
        },
    ]
}

impl Part<'_> {
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
        let html = self.template == super::renderer::HTML;
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

#[cfg(test)]
mod tests {
    use super::{Sources, TemplateSet, compile};
    use crate::render::RenderError;

    fn with(block: &str, change: impl Fn(&str) -> String) -> Result<TemplateSet, RenderError> {
        let mut sources = Sources::embedded();
        let text = sources.blocks.get_mut(block).expect("block");
        let plain = text.replace(" | wrap", "");
        let changed = change(&plain);
        assert_ne!(plain, changed, "the change must bite");
        *text = changed;
        compile(&sources)
    }

    #[test]
    fn a_set_reads_back_and_is_the_same_every_time() {
        let set = TemplateSet::embedded().expect("embedded templates compile");
        assert_eq!(TemplateSet::from_bytes(&set.to_bytes()), Ok(set.clone()));
        assert_eq!(
            TemplateSet::embedded().map(|s| s.to_bytes()),
            Ok(set.to_bytes())
        );
        assert!(!set.html.contains("fonts.googleapis"));
        let newer = TemplateSet { version: 2, ..set };
        assert!(matches!(
            TemplateSet::from_bytes(&newer.to_bytes()),
            Err(RenderError::Frozen { .. })
        ));
        assert!(TemplateSet::from_bytes(b"[]").is_err());
    }

    #[test]
    fn a_sponsor_cannot_lose_its_label() {
        for block in ["sponsor.mjml", "sponsor.txt"] {
            let lost = with(block, |b| b.replace("{{ block.sponsor.label }}", ""));
            assert!(
                matches!(lost, Err(RenderError::Label { .. })),
                "{block}: {lost:?}"
            );
            let hidden = with(block, |b| {
                b.replace(
                    "{{ block.sponsor.label }}",
                    "{% if block.sponsor.size == 'M' %}{{ block.sponsor.label }}{% endif %}",
                )
            });
            assert!(
                matches!(hidden, Err(RenderError::Label { .. })),
                "{block}: {hidden:?}"
            );
            let late = with(block, |b| {
                format!("<mj-text>{{{{ block.sponsor.text }}}}</mj-text>{b}")
            });
            assert!(
                matches!(late, Err(RenderError::Label { .. })),
                "{block}: {late:?}"
            );
        }
        let unmarked = with("sponsor.mjml", |b| b.replace("rel=\"sponsored\"", ""));
        assert!(
            matches!(unmarked, Err(RenderError::Label { .. })),
            "{unmarked:?}"
        );
    }

    #[test]
    fn a_letter_cannot_lose_its_footer() {
        for block in ["footer.mjml", "footer.txt"] {
            for what in [
                "{{ links.unsubscribe }}",
                "{{ links.preferences }}",
                "{{ postal_address }}",
            ] {
                let lost = with(block, |b| b.replace(what, ""));
                assert!(
                    matches!(lost, Err(RenderError::LeftOut { .. })),
                    "{block}: {lost:?}"
                );
            }
        }
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let lost = with("card.mjml", |b| {
            b.replacen("width=\"100%\"", "width=\"{{ block.kind }}\"", 1)
        });
        assert!(
            matches!(lost, Err(RenderError::ExpressionLost { .. })),
            "{lost:?}"
        );
        let unknown = with("why.mjml", |b| format!("{b}{{{{ subscriber_name }}}}"));
        assert!(
            matches!(&unknown, Err(RenderError::UnknownVariable { name, .. }) if name == "subscriber_name"),
            "{unknown:?}"
        );
        let word = with("footer.txt", |b| format!("{b}{{{{ words.footer.nope }}}}"));
        assert!(
            matches!(&word, Err(RenderError::UnknownVariable { name, .. }) if name == "words.footer.nope"),
            "{word:?}"
        );
        let syntax = with("lead.mjml", |b| format!("{b}{{% if %}}"));
        assert!(
            matches!(syntax, Err(RenderError::Template { .. })),
            "{syntax:?}"
        );
        let mjml = with("lead.mjml", |b| format!("{b}<p"));
        assert!(matches!(mjml, Err(RenderError::Mjml { .. })), "{mjml:?}");
        let field = with("why.mjml", |b| b.replace("story.why", "story.wy"));
        assert!(
            matches!(field, Err(RenderError::Render { .. })),
            "{field:?}"
        );
        let unescaped = with("why.mjml", |b| b.replace("story.why", "story.why | safe"));
        assert!(unescaped.is_err(), "{unescaped:?}");
    }
}
