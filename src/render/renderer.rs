//! Fills compiled templates in: whole for one letter, or piece by piece for many.
//!
//! What the engine may do, and how much of it, is said in [`engine`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use minijinja::{Environment, Value};

use super::compile::TemplateSet;
use super::cuts::{self, Cuts};
use super::engine;
use super::error::RenderError;
use super::page::Page;
use super::said::refused;
use super::splice::{BLOCK, Ink, without_marks};
use super::variant::Variant;
use super::view::View;
use super::words::{Catalogue, Words};
use crate::domain::letter::Letter;

pub(super) const HTML: &str = "digest.mjml";
pub(super) const TEXT: &str = "letter.txt";

/// One of a letter's two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Html,
    Text,
}

/// How much of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// All of it, with marks where it can be cut.
    Whole,
    /// What stands before the blocks.
    Head,
    /// One block.
    Block,
    /// What stands after the blocks.
    Tail,
}

impl Part {
    /// The file that an author knows it by.
    pub(super) fn file(self) -> &'static str {
        match self {
            Part::Html => HTML,
            Part::Text => TEXT,
        }
    }

    fn template(self, piece: Piece) -> &'static str {
        match (self, piece) {
            (Part::Html, Piece::Whole) => "whole.html",
            (Part::Html, Piece::Head) => "head.html",
            (Part::Html, Piece::Block) => "block.html",
            (Part::Html, Piece::Tail) => "tail.html",
            (Part::Text, Piece::Whole) => "whole.txt",
            (Part::Text, Piece::Head) => "head.txt",
            (Part::Text, Piece::Block) => "block.txt",
            (Part::Text, Piece::Tail) => "tail.txt",
        }
    }
}

/// A letter rendered whole, with the marks that [`super::splice`] puts in.
pub(super) struct Whole {
    pub(super) subject: String,
    pub(super) html: String,
    pub(super) text: String,
}

/// Compiled templates, ready to be filled in. Cheap to share, costly to make: one a wave.
#[derive(Debug)]
pub struct Renderer {
    set: TemplateSet,
    catalogue: Catalogue,
    tables: BTreeMap<String, Value>,
    /// Loaded on first use: most waves have two or three variants.
    looks: [OnceLock<Result<Environment<'static>, RenderError>>; 8],
}

impl Renderer {
    /// Loads a template set; refuses one that lacks a variant or whose words are incomplete. A variant
    /// that the template language refuses is refused when it is first used.
    pub fn new(set: &TemplateSet) -> Result<Renderer, RenderError> {
        for variant in Variant::all() {
            let name = variant.name();
            if !set.html.contains_key(name) || !set.text.contains_key(name) {
                let reason = format!("they lack the variant {name}");
                return Err(RenderError::Frozen { reason });
            }
        }
        let catalogue = Catalogue::parse(&set.words)?;
        let table = |w: &Words| (w.language().to_owned(), w.table());
        let tables = catalogue.all().map(table).collect();
        Ok(Renderer {
            set: set.clone(),
            catalogue,
            tables,
            looks: Default::default(),
        })
    }

    /// Renders a letter. The same page gives the same letter.
    pub fn render(&self, page: &Page<'_>) -> Result<Letter, RenderError> {
        let words = self.words(page.language)?;
        let whole = self.whole(variant(page, words), page)?;
        Ok(Letter {
            subject: whole.subject,
            html: without_marks(&whole.html),
            text: without_marks(&whole.text),
        })
    }

    /// Renders a letter from scratch, with marks.
    pub(super) fn whole(&self, variant: Variant, page: &Page<'_>) -> Result<Whole, RenderError> {
        let words = self.words(page.language)?;
        let view = View::of(page, words, Ink::Whole);
        let context = self.context(&view, words);
        let html = self.fill(variant, Part::Html, Piece::Whole, context.clone())?;
        let text = self.fill(variant, Part::Text, Piece::Whole, context)?;
        Ok(Whole {
            subject: view.subject_line,
            html: cuts::closed(html),
            text: cuts::tidied(&text),
        })
    }

    /// The words that this renderer's letters use.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The words of a language.
    pub(super) fn words(&self, language: &str) -> Result<&Words, RenderError> {
        Ok(self.catalogue.language(language)?)
    }

    /// What templates are rendered with.
    pub(super) fn context(&self, view: &View, words: &Words) -> Value {
        let table = self.tables.get(words.language());
        view.value(&table.cloned().unwrap_or_default())
    }

    /// Fills in one piece of one part.
    pub(super) fn fill(
        &self,
        variant: Variant,
        part: Part,
        piece: Piece,
        context: Value,
    ) -> Result<String, RenderError> {
        let look = self.looks[variant.index()].get_or_init(|| self.look(variant));
        let look = look.as_ref().map_err(Clone::clone)?;
        engine::fill(look, part.template(piece), part.file(), context)
    }

    fn look(&self, variant: Variant) -> Result<Environment<'static>, RenderError> {
        let mut env = engine::environment().map_err(|e| refused(HTML, &e))?;
        let sources = [(Part::Html, &self.set.html), (Part::Text, &self.set.text)];
        for (part, sources) in sources {
            let source = sources.get(variant.name()).map_or("", String::as_str);
            let cuts = Cuts::of(source, part.file())?;
            let pieces = [
                (Piece::Whole, cuts.whole(BLOCK)),
                (Piece::Head, cuts.head.to_owned()),
                (Piece::Block, cuts.block.to_owned()),
                (Piece::Tail, cuts.tail.to_owned()),
            ];
            for (piece, source) in pieces {
                let name = part.template(piece);
                engine::load(&mut env, name, part.file(), source)?;
            }
        }
        Ok(env)
    }
}

/// Which variant a page is printed in.
pub(super) fn variant(page: &Page<'_>, words: &Words) -> Variant {
    Variant {
        length: page.length,
        images: page.images,
        rtl: words.is_rtl(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Renderer, TemplateSet};
    use crate::domain::article::Image;
    use crate::domain::letter::Letter;
    use crate::domain::subscriber::Length;
    use crate::domain::written::Panel;
    use crate::render::theme::{Embedded, THEMES};
    use crate::render::{Page, Variant, sample};

    /// One for each theme, in the order of [`THEMES`].
    fn renderers() -> &'static [Renderer] {
        static ALL: std::sync::OnceLock<Vec<Renderer>> = std::sync::OnceLock::new();
        ALL.get_or_init(|| {
            let compiled = |theme: &Embedded| {
                let set = TemplateSet::embedded(theme.name).expect("embedded templates compile");
                Renderer::new(&set).expect("and load")
            };
            THEMES.iter().map(compiled).collect()
        })
    }

    /// The sample page in each theme.
    fn letters(change: impl Fn(&mut Page<'_>)) -> Vec<Letter> {
        let sender = sample::sender();
        let mut page = sample::page(&sender);
        change(&mut page);
        let render = |r: &Renderer| r.render(&page).expect("renders");
        renderers().iter().map(render).collect()
    }

    /// The values of an attribute, in order.
    fn attribute<'h>(html: &'h str, name: &str) -> Vec<&'h str> {
        let open = format!(" {name}=\"");
        let values = html.split(open.as_str()).skip(1);
        values.filter_map(|rest| rest.split('"').next()).collect()
    }

    /// Every element that is opened is closed, in order.
    fn balanced(html: &str) {
        const VOID: [&str; 6] = ["img", "br", "meta", "link", "hr", "input"];
        let mut open: Vec<&str> = Vec::new();
        for tag in html.split('<').skip(1) {
            let inner = tag.split('>').next().unwrap_or_default();
            if inner.starts_with(['!', '?']) || inner.ends_with('/') {
                continue;
            }
            match inner.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name), "before {tag}"),
                None => {
                    let name = inner.split_whitespace().next().unwrap_or_default();
                    if !VOID.contains(&name) {
                        open.push(name);
                    }
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn a_letter_has_its_story_in_both_parts() {
        let sender = sample::sender();
        let page = sample::page(&sender);
        for letter in letters(|_| {}) {
            let flat = letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
            for story in &page.stories {
                let printed = crate::render::quotes::curl(&story.headline, "“”‘’");
                assert!(flat.contains(&printed), "{printed}");
            }
            assert!(letter.html.contains("<html lang=\"en\" dir=\"ltr\""));
            let title = format!("<title>{}</title>", page.stories[0].headline);
            assert!(letter.html.contains(&title), "the title is the subject");
            assert!(letter.html.contains(
                "Fish &amp; chips: the shop on Quay Street &lt;closes&gt; its “second” window, \
                 19&quot; wide"
            ));
            assert!(flat.contains(
                "Fish & chips: the shop on Quay Street <closes> its “second” window, 19\" wide"
            ));
            let date = "Wednesday 25 November 2026 · Remer, MN";
            assert!(letter.text.contains(date));
            assert!(!letter.html.contains("src=\"http://"));
        }
    }

    #[test]
    fn both_parts_have_the_same_links() {
        let told = |page: &mut Page<'_>| {
            page.website = Some("https://harbour.example/");
            page.left_out = 3;
            page.numbered = true;
        };
        for letter in [letters(|_| {}), letters(told)].concat() {
            let mut html = attribute(&letter.html, "href");
            let mut text: Vec<&str> = letter
                .text
                .split_whitespace()
                .filter(|w| w.starts_with("https://"))
                .collect();
            html.sort_unstable();
            html.dedup();
            text.sort_unstable();
            text.dedup();
            assert_eq!(html, text);
        }
    }

    #[test]
    fn a_sponsor_is_labelled_first_in_both_parts() {
        for letter in letters(|_| {}) {
            for (label, text) in [
                ("Advertisement · Northquay", "Oilskins that"),
                ("Advertisement · Tidewater", "Learn to sail"),
            ] {
                for part in [&letter.html, &letter.text] {
                    let at = part.find(label).expect("labelled");
                    assert!(part.find(text).expect("printed") > at);
                }
            }
            assert_eq!(letter.html.matches("rel=\"sponsored\"").count(), 4);
            assert_eq!(letter.text.matches("Advertisement · ").count(), 4);
        }
    }

    #[test]
    fn the_markup_is_balanced_for_every_reader_in_every_variant() {
        let empty = |page: &mut Page<'_>| {
            page.stories.clear();
            page.sponsors.clear();
            page.place = None;
            page.welcome = None;
            page.links.view = None;
        };
        let note = ["One.".to_owned(), "Two.".to_owned()];
        let lines = vec!["High water 07:12".to_owned(); 12];
        let panel = Panel { title: None, lines };
        for variant in Variant::all() {
            let language = if variant.rtl { "ar" } else { "en" };
            let as_set = |page: &mut Page<'_>| {
                (page.length, page.images, page.language) =
                    (variant.length, variant.images, language);
            };
            let none = letters(|page| {
                empty(page);
                as_set(page);
            });
            let sender = sample::sender();
            let mut page = sample::page(&sender);
            as_set(&mut page);
            page.note = &note;
            page.panel = Some(&panel);
            let corrections = [sample::correction()];
            page.corrections = &corrections;
            page.left_out = 1;
            let all = renderers()
                .iter()
                .map(|r| r.render(&page).expect("renders"));
            for letter in none.into_iter().chain(all) {
                balanced(&letter.html);
                assert!(!letter.html.contains("<!--"), "a comment for one program");
                // Where letters are joined, space between them tears words apart.
                assert!(!variant.rtl || !letter.html.contains("letter-spacing"));
                let direction = format!(" dir=\"{}\"", if variant.rtl { "rtl" } else { "ltr" });
                assert!(letter.html.contains(&direction));
            }
        }
    }

    #[test]
    fn pictures_have_words_and_a_width() {
        // The compact theme has one of the lead, and none in short letters.
        for (length, expected) in [(Length::Long, [2, 1]), (Length::Short, [2, 0])] {
            let letters = letters(|page| page.length = length);
            for (letter, expected) in letters.iter().zip(expected) {
                let images: Vec<&str> = letter.html.split("<img").skip(1).collect();
                assert_eq!(images.len(), expected);
                for image in images {
                    let tag = image.split('>').next().unwrap_or_default();
                    assert!(attribute(tag, "alt").iter().all(|a| !a.is_empty()), "{tag}");
                    assert_eq!(attribute(tag, "width").len(), 1, "{tag}");
                }
            }
            let alt = "alt=\"Night ferry returns with fewer cabins";
            assert!(letters[0].html.contains(alt));
        }
    }

    #[test]
    fn texts_of_other_scripts_stay_whole_in_attributes() {
        let alt = "हिन्दी ไทย 👩‍🚀 \\ e\u{301}";
        let letters = letters(|page| {
            page.stories[0].image = Some(Image {
                url: "https://x.example/1.jpg".into(),
                alt: alt.into(),
            });
        });
        let whole = format!("alt=\"{alt}\"");
        assert!(letters.iter().all(|l| l.html.contains(&whole)));
    }

    #[test]
    fn fifty_stories_are_within_bounds() {
        let letters = letters(|page| {
            let story = page.stories[1].clone();
            page.stories = vec![story; 50];
        });
        for letter in letters {
            assert_eq!(letter.html.matches("<h3").count(), 50);
            let why = "Because you follow Harbour";
            assert_eq!(letter.text.matches(why).count(), 50);
        }
    }

    #[test]
    fn the_version_names_the_format_of_templates() {
        let format = format!("+t{}", crate::render::TEMPLATE_FORMAT);
        assert!(crate::render::RENDERER_VERSION.ends_with(&format));
    }

    #[test]
    fn a_headline_without_a_blank_does_not_break_the_letter() {
        let long = format!("{}…", "x".repeat(159));
        let letters = letters(|page| {
            for story in &mut page.stories {
                story.headline = "x".repeat(5000);
            }
        });
        for letter in letters {
            assert_eq!(letter.subject.chars().count(), 90);
            assert!(letter.html.contains(&long) && letter.html.contains("overflow-wrap: anywhere"));
            let narrow = |l: &&str| l.chars().count() > 72 && !l.trim_start().starts_with("http");
            assert_eq!(letter.text.lines().find(narrow), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn no_text_breaks_out_of_its_place(
            hostile in "[\"'<>&{}%#=/ a-z\r\n\u{0}\u{202e}é]{0,40}",
        ) {
            let text = format!("{hostile}<script>{{{{ x }}}}\" onload='1'");
            let sender = crate::domain::letter::SenderSettings {
                list_name: text.clone(),
                tagline: text.clone(),
                postal_address: text.clone(),
                ..sample::sender()
            };
            let mut page = sample::page(&sender);
            page.place = Some(&text);
            page.welcome = Some(&text);
            page.links.view = Some(format!("javascript:{text}"));
            for story in &mut page.stories {
                story.headline = text.clone();
                story.summary = text.clone();
                story.byline = text.clone();
                story.facts.origin = Some(crate::domain::article::Origin {
                    name: text.clone(),
                    url: Some(format!("javascript:{text}")),
                });
                story.facts.also = vec![text.clone(); 3];
                story.section_name = text.clone();
                story.topic_name = Some(text.clone());
                story.url = format!("https://x.example/{text}");
                story.image = Some(Image { url: format!("https://x.example/{text}"), alt: text.clone() });
            }
            for sponsor in &mut page.sponsors {
                sponsor.sponsor_name = text.clone();
                sponsor.text = text.clone();
                sponsor.url = format!("javascript:{text}");
            }
            for renderer in renderers() {
                let letter = renderer.render(&page).expect("renders");
                prop_assert!(!letter.html.contains("<script") && !letter.html.contains("javascript:"));
                let reordered = letter.html.contains('\u{202e}');
                prop_assert!(!letter.html.contains(" onload='") && !reordered);
                prop_assert!(!letter.subject.contains(['\r', '\n']));
                balanced(&letter.html);
            }
        }
    }
}
