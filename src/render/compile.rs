//! Sources to a template set: blocks joined, MJML rendered once, everything tried on sample pages.
//!
//! What passes here renders for every reader; what does not is told to the author with its place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bare::bare;
use super::error::RenderError;
use super::include::{Joined, Place};
use super::marks::Marks;
use super::renderer::Renderer;
use super::theme::Sources;
use super::variant::Variant;
use super::words::Catalogue;
use super::{check, include, mjml, trial};
use crate::domain::letter::THEME;

/// Number of the form in which template sets are frozen.
pub const TEMPLATE_FORMAT: u32 = 2;

/// How layouts are rendered. No font is fetched: a request from every reader is a tracker.
pub(super) const MJML: mjml::Settings = mjml::Settings {
    expressions: true,
    fonts: false,
    short: true,
};

/// Compiled templates with their words: all that a wave freezes of the look of its letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSet {
    /// [`TEMPLATE_FORMAT`] of the program that compiled it.
    pub version: u32,
    /// The theme's name.
    pub theme: String,
    /// Name of a [`Variant`] to HTML with expressions.
    pub html: BTreeMap<String, String>,
    /// Name of a [`Variant`] to plain text with expressions.
    pub text: BTreeMap<String, String>,
    /// Language tag to catalogue, as their files stand.
    pub words: BTreeMap<String, String>,
}

/// A set as the first release froze it: one look for every reader.
#[derive(Deserialize)]
struct First {
    html: String,
    text: String,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl TemplateSet {
    /// A theme that Courant brings along, compiled.
    pub fn embedded(theme: &str) -> Result<TemplateSet, RenderError> {
        let name = || theme.chars().take(64).collect();
        let sources = Sources::embedded(theme);
        compile(&sources.ok_or_else(|| RenderError::NoTheme { name: name() })?)
    }

    /// The same look for a page that is nobody's letter: where a letter says why it came and leads to
    /// its reader's choices, the page says what it is and leads to the list.
    pub fn for_everybody(mut self) -> Result<TemplateSet, RenderError> {
        self.words = Catalogue::for_everybody(&self.words)?;
        Ok(self)
    }

    /// JSON; equal sets give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of texts and numbers has no value that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads what [`TemplateSet::to_bytes`] wrote. A set of the first release, whose words had another
    /// form, has today's.
    pub fn from_bytes(bytes: &[u8]) -> Result<TemplateSet, RenderError> {
        let frozen = |reason: String| RenderError::Frozen { reason };
        let read = |e: serde_json::Error| frozen(e.to_string());
        let Version { version } = serde_json::from_slice(bytes).map_err(read)?;
        match version {
            1 => {
                let First { html, text } = serde_json::from_slice(bytes).map_err(read)?;
                // Reasons are wrapped before they are printed now.
                let text = text.replace("story.why | wrap(\" \")", "story.why");
                let of_all = |source: &String| {
                    let name = |v: Variant| (v.name().to_owned(), source.clone());
                    Variant::all().into_iter().map(name).collect()
                };
                Ok(TemplateSet {
                    version: TEMPLATE_FORMAT,
                    theme: THEME.to_owned(),
                    html: of_all(&html),
                    text: of_all(&text),
                    words: Catalogue::sources(),
                })
            }
            TEMPLATE_FORMAT => serde_json::from_slice(bytes).map_err(read),
            _ => Err(frozen(format!(
                "format {version}, this program reads {TEMPLATE_FORMAT}"
            ))),
        }
    }
}

/// Compiles a theme and tries it on sample pages, so that no reader's letter finds the fault.
pub fn compile(sources: &Sources) -> Result<TemplateSet, RenderError> {
    check::refuse(sources)?;
    compiled(sources)
}

/// As [`compile`], for those who have looked at every expression already.
pub(super) fn compiled(sources: &Sources) -> Result<TemplateSet, RenderError> {
    let set = set(sources, None)?;
    let renderer = Renderer::new(&set)?;
    for variant in Variant::all() {
        trial::run(&renderer, variant)?;
    }
    Ok(set)
}

/// A theme compiled with a mark before each of its expressions, untried: what it renders, or fails
/// with, can be traced to its files.
pub(super) fn marked(sources: &Sources) -> Result<(TemplateSet, Marks<Place>), RenderError> {
    let mut marks = Marks::new("");
    let set = set(sources, Some(&mut marks))?;
    Ok((set, marks))
}

fn set(
    sources: &Sources,
    mut marks: Option<&mut Marks<Place>>,
) -> Result<TemplateSet, RenderError> {
    let file = |path: &'static str| {
        let found = sources.files.get(path);
        found.ok_or_else(|| RenderError::NoFile {
            theme: sources.theme.clone(),
            path,
        })
    };
    let layout = include::join("digest.mjml", file("digest.mjml")?, &sources.files)?;
    let text = include::join("letter.txt", file("letter.txt")?, &sources.files)?;
    let mut set = TemplateSet {
        version: TEMPLATE_FORMAT,
        theme: sources.theme.clone(),
        html: BTreeMap::new(),
        text: BTreeMap::new(),
        words: sources.words.clone(),
    };
    for variant in Variant::all() {
        let traced = variant.traced(&layout)?;
        let mut put = |place: &mjml::Place, expression: &str| match &mut marks {
            Some(marks) => marks.marked(traced.place(place.at), expression),
            None => expression.to_owned(),
        };
        // Blocks are joined already: nothing is left to be included.
        let page = mjml::render_through("digest.mjml", &traced.text, &|_| None, MJML, &mut put);
        let page = page.map_err(|error| {
            let place = traced.place(error.place.at);
            RenderError::Layout {
                file: place.file,
                line: place.line,
                fault: Box::new(error.fault),
            }
        })?;
        set.html.insert(variant.name().to_owned(), bare(&page.html));
        let traced = variant.traced(&text)?;
        let text = match &mut marks {
            Some(marks) => with_marks(&traced, marks),
            None => traced.text,
        };
        set.text.insert(variant.name().to_owned(), text);
    }
    Ok(set)
}

/// A text with its expressions marked.
fn with_marks(traced: &Joined, marks: &mut Marks<Place>) -> String {
    let mut out = String::with_capacity(traced.text.len() * 2);
    let mut done = 0;
    while let Some(at) = traced.text[done..].find('{').map(|n| done + n) {
        out.push_str(&traced.text[done..at]);
        let rest = &traced.text[at..];
        let close = match rest.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => "",
        };
        let length = mjml::length_of(rest, close).filter(|_| !close.is_empty());
        let length = length.unwrap_or(1);
        match close {
            "}}" | "%}" => out.push_str(&marks.marked(traced.place(at), &rest[..length])),
            _ => out.push_str(&rest[..length]),
        }
        done = at + length;
    }
    out + &traced.text[done..]
}

#[cfg(test)]
mod tests {
    use super::{Sources, TemplateSet, compile};
    use crate::domain::letter::THEME;
    use crate::render::RenderError;

    fn with(block: &str, change: impl Fn(&str) -> String) -> Result<TemplateSet, RenderError> {
        let mut sources = Sources::embedded(THEME).expect("embedded");
        let path = format!("blocks/{block}");
        let text = sources.files.get_mut(&path).expect("block");
        let plain = text
            .replace(" | wrap(\"     \")", "")
            .replace(" | wrap", "");
        let changed = change(&plain);
        assert_ne!(plain, changed, "the change must bite");
        *text = changed;
        compile(&sources)
    }

    #[test]
    fn a_set_reads_back_and_is_the_same_every_time() {
        let set = TemplateSet::embedded(THEME).expect("embedded templates compile");
        assert_eq!(TemplateSet::from_bytes(&set.to_bytes()), Ok(set.clone()));
        assert_eq!(
            TemplateSet::embedded(THEME).map(|s| s.to_bytes()),
            Ok(set.to_bytes())
        );
        assert!(set.html.values().all(|h| !h.contains("fonts.googleapis")));
        let newer = TemplateSet { version: 3, ..set };
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
                    matches!(
                        lost,
                        Err(RenderError::LeftOut { .. } | RenderError::Written(_))
                    ),
                    "{block}: {lost:?}"
                );
            }
        }
    }

    #[test]
    fn no_condition_takes_the_way_out_from_anybody() {
        for condition in ["language != \"de\"", "links.view"] {
            for block in ["footer.mjml", "footer.txt"] {
                let lost = with(block, |b| {
                    let link = "{{ links.unsubscribe }}";
                    b.replace(link, &format!("{{% if {condition} %}}{link}{{% endif %}}"))
                });
                assert!(
                    matches!(
                        lost,
                        Err(RenderError::LeftOut { .. } | RenderError::Written(_))
                    ),
                    "{block}, {condition}: {lost:?}"
                );
            }
        }
    }

    #[test]
    fn no_text_from_outside_stands_in_css() {
        let styled = with("lead.mjml", |b| {
            format!("{b}<mj-raw><p style=\"color:{{{{ list_name }}}}\"></p></mj-raw>")
        });
        assert!(
            matches!(&styled, Err(RenderError::Written(finding)) if finding.rule == "css"),
            "{styled:?}"
        );
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let lost = with("card.mjml", |b| {
            format!("{b}<mj-section><mj-column width=\"{{{{ block.kind }}}}\" /></mj-section>")
        });
        assert!(
            matches!(
                lost,
                Err(RenderError::Layout { .. } | RenderError::Written(_))
            ),
            "{lost:?}"
        );
        for (block, wrong, rule) in [
            ("why.mjml", "{{ subscriber_name }}", "unknown-variable"),
            ("footer.txt", "{{ words.footer.nope }}", "unknown-word"),
            ("lead.mjml", "{% if %}", "syntax"),
            ("why.mjml", "{{ block.story.wy }}", "unknown-field"),
            ("why.mjml", "{{ block.story.why | upper }}", "personal"),
            (
                "why.mjml",
                "{{ block.story.headline | safe }}",
                "unknown-filter",
            ),
            ("why.mjml", "[% if variant.nope.x %][% endif %]", "variant"),
        ] {
            let refused = with(block, |b| format!("{b}\n{wrong}"));
            let Err(RenderError::Written(finding)) = refused else {
                panic!("{wrong}: {refused:?}")
            };
            assert_eq!(finding.rule, rule);
            assert_eq!(finding.file, format!("blocks/{block}"));
            assert!(finding.line > 1);
        }
        let mjml = with("lead.mjml", |b| format!("{b}<p"));
        assert!(
            matches!(
                mjml,
                Err(RenderError::Layout { .. } | RenderError::Written(_))
            ),
            "{mjml:?}"
        );
    }
}
