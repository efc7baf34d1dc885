//! Mark-up of strangers to text that can be shown: plain text for letters, an allow-listed fragment
//! for pages, the picture that a piece brings. Bounded in size and depth before any HTML parser
//! sees it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use url::Url;

use super::cost::{HTML_BYTES, is_costly};
use super::lex::{Lexer, Token, attributes, escape, meant, resolve};
use super::links::absolute;
use super::{pixel, strip};
use crate::domain::article::Image;

/// Longest headline, in characters.
pub const HEADLINE_CHARS: usize = 500;
/// Longest summary, in characters.
pub const SUMMARY_CHARS: usize = 2_000;
/// Tokens of a fragment among which its picture is looked for.
const PICTURE_TOKENS: usize = 20_000;
/// Longest body, in characters.
pub const BODY_CHARS: usize = 200_000;

/// Elements that break a line, sorted.
pub(super) const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "td",
    "th",
    "tr",
    "ul",
];

/// Inline elements of which titles and summaries are made.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "big", "blink", "cite", "code", "del", "dfn", "em", "font", "i",
    "iframe", "img", "ins", "kbd", "mark", "nobr", "q", "s", "samp", "script", "small", "span",
    "strike", "strong", "style", "sub", "sup", "svg", "time", "tt", "u", "var", "video", "audio",
    "object", "embed", "form", "input", "button", "body", "html", "head", "meta", "link", "tbody",
    "thead", "wbr",
];

static BARE: LazyLock<ammonia::Builder<'static>> = LazyLock::new(ammonia::Builder::empty);

/// Cuts at a character's border; a cut text ends in `…`.
pub fn cut(text: &str, chars: usize) -> String {
    if text.len() <= chars {
        return text.to_owned();
    }
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some(_) => {
            let end = text
                .char_indices()
                .nth(chars.saturating_sub(1))
                .map_or(0, |(i, _)| i);
            format!("{}…", text.get(..end).unwrap_or_default().trim_end())
        }
    }
}

pub(super) fn cut_bytes(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Characters that have no business in a text: controls, and those that turn its direction (they
/// would also turn ours).
fn unwanted(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{ad}')
}

/// The same in one line, where no control at all has any business.
pub(super) fn unwanted_in_line(c: char) -> bool {
    unwanted(c) || c.is_control()
}

/// Whether a text is all of ordinary characters with single blanks between its words.
fn is_neat(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        if !matches!(byte, b' '..=b'~') || (byte, before) == (b' ', b' ') {
            return false;
        }
        before = byte;
    }
    before != b' '
}

/// Adds the words of a text in one line, without what is unwanted. Runs of ordinary octets, nearly all
/// of any text, are taken whole.
fn push_line(text: &str, out: &mut String) {
    let from = out.len();
    let mut rest = text;
    let mut gap = false;
    while let Some(c) = rest.chars().next() {
        let run = rest
            .bytes()
            .take_while(|b| matches!(b, b'!'..=b'~'))
            .count();
        let (kept, after) = rest.split_at(run.max(c.len_utf8()));
        rest = after;
        let c = if run > 0 { c } else { meant(c) };
        if c.is_whitespace() {
            gap = true;
            continue;
        }
        if unwanted(c) {
            continue;
        }
        if std::mem::take(&mut gap) && out.len() > from {
            out.push(' ');
        }
        if run > 0 {
            out.push_str(kept);
        } else {
            out.push(c);
        }
    }
}

/// One line of plain text: every run of white space, no-break spaces included, is one space.
pub fn one_line(text: &str) -> String {
    if is_neat(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    push_line(text, &mut out);
    out
}

/// Plain text in paragraphs: white space runs are one space, paragraphs stand a blank line apart.
pub fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split(['\n', '\r']) {
        let from = out.len();
        let gap = if from > 0 { "\n\n" } else { "" };
        out.push_str(gap);
        push_line(line, &mut out);
        if out.len() == from + gap.len() {
            out.truncate(from);
        }
    }
    out
}

/// Whether a text that may be either is HTML: it holds a tag that HTML knows, or an entity.
pub(super) fn is_html(text: &str) -> bool {
    let tag = text.match_indices('<').take(1000).any(|(i, _)| {
        let rest = text.get(i + 1..).unwrap_or_default();
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let name = cut_bytes(rest.get(..end).unwrap_or_default(), 16).to_ascii_lowercase();
        rest.starts_with("!--")
            || BLOCKS.contains(&name.as_str())
            || INLINE.contains(&name.as_str())
    });
    tag || has_entity(text)
}

fn has_entity(text: &str) -> bool {
    text.match_indices('&').take(1000).any(|(i, _)| {
        let name: String = text
            .get(i + 1..)
            .unwrap_or_default()
            .chars()
            .take(32)
            .collect();
        name.split_once(';').is_some_and(|(name, _)| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
        })
    })
}

/// The text of an HTML fragment, block elements as line breaks, references resolved once.
pub(super) fn text_of_html(html: &str) -> String {
    strip::text(html, usize::MAX)
}

/// The text of a fragment without tags, its references resolved by the HTML parser.
pub(super) fn resolved_by_parser(text: &str) -> String {
    let mut out = String::new();
    resolve(&BARE.clean(text).to_string(), &mut out);
    out
}

/// Plain text of what may be HTML or may be plain already.
pub(super) fn plain(text: &str) -> String {
    if is_html(text) {
        text_of_html(text)
    } else {
        text.to_owned()
    }
}

/// HTML of what is plain text.
pub(super) fn html_of_text(text: &str) -> String {
    let mut out = String::new();
    escape(text, &mut out);
    out
}

/// The allow-listed form of an HTML fragment, its relative links resolved against `base`.
pub(super) fn safe_html(html: &str, base: Option<&Url>) -> String {
    let html = cut_bytes(html, HTML_BYTES);
    if is_costly(html) {
        return html_of_text(&paragraphs(&text_of_html(html)));
    }
    SAFE.with_borrow_mut(|kept| {
        if kept.as_ref().is_none_or(|(of, _)| of.as_ref() != base) {
            *kept = Some((base.cloned(), allow_list(base)));
        }
        let cleaned = kept.as_ref().map(|(_, list)| list.clean(html).to_string());
        cleaned.unwrap_or_default()
    })
}

thread_local! {
    // A list takes longer to make than most fragments to clean, and entries of a feed share a base.
    static SAFE: RefCell<Option<(Option<Url>, ammonia::Builder<'static>)>> = const { RefCell::new(None) };
}

/// What may stand in a fragment that is shown.
fn allow_list(base: Option<&Url>) -> ammonia::Builder<'static> {
    let mut builder = ammonia::Builder::default();
    builder.url_schemes(HashSet::from(["http", "https", "mailto"]));
    builder.add_tags(["figure", "figcaption", "section"]);
    // Resolved, an address of nothing would be the page itself.
    builder.attribute_filter(|_, name, value| {
        let nothing = name == "src" && (value.trim().is_empty() || value.starts_with('#'));
        (!nothing).then(|| value.into())
    });
    builder.url_relative(match base {
        Some(base) => ammonia::UrlRelative::RewriteWithBase(base.clone()),
        None => ammonia::UrlRelative::PassThrough,
    });
    builder
}

/// The first picture of a fragment that is one: no tracking pixel, no spacer.
pub(super) fn first_picture(html: &str, base: Option<&Url>) -> Option<Image> {
    let html = cut_bytes(html, HTML_BYTES);
    if !html.contains("<img") && !html.contains("<IMG") {
        return None;
    }
    Lexer::new(html).take(PICTURE_TOKENS).find_map(|token| {
        let Token::Start(name, raw, _) = token else {
            return None;
        };
        if !name.eq_ignore_ascii_case("img") {
            return None;
        }
        let found = attributes(raw);
        let get = |name: &str| {
            let raw = found
                .iter()
                .find(|(n, _)| n.eq_ignore_ascii_case(name))
                .map(|(_, v)| *v)?;
            let mut value = String::new();
            resolve(raw, &mut value);
            Some(value)
        };
        let size =
            |name: &str| get(name).and_then(|v| v.trim_end_matches("px").trim().parse().ok());
        let src = get("src")?;
        // Resolved, an address of nothing would be the page itself.
        if src.trim().is_empty() || src.starts_with('#') {
            return None;
        }
        picture(
            &absolute(&src, base).ok()?,
            &get("alt").unwrap_or_default(),
            size("width"),
            size("height"),
        )
    })
}

/// An image, unless its address or its size says that it only counts readers or fills a gap.
pub(super) fn picture(url: &str, alt: &str, wide: Option<u32>, high: Option<u32>) -> Option<Image> {
    let parsed = Url::parse(url.trim()).ok()?;
    let fits = matches!(parsed.scheme(), "http" | "https")
        && parsed.as_str().len() <= 2_000
        && !pixel::is_none(&parsed, wide, high);
    fits.then(|| Image {
        url: parsed.into(),
        alt: cut(&one_line(&plain(alt)), HEADLINE_CHARS),
    })
}

/// A BCP 47 tag (RFC 5646 §2.1) with its primary part in lower case, if the text is one.
pub fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().replace('_', "-");
    let (primary, rest) = match text.split_once('-') {
        Some((primary, rest)) => (primary, Some(rest)),
        None => (text.as_str(), None),
    };
    let part = |p: &str| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric());
    let fits = (2..=3).contains(&primary.len())
        && primary.bytes().all(|b| b.is_ascii_alphabetic())
        && text.len() <= 35
        && rest.is_none_or(|r| r.split('-').all(part));
    fits.then(|| match rest {
        Some(rest) => format!("{}-{rest}", primary.to_ascii_lowercase()),
        None => primary.to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::{
        cut, first_picture, is_html, language_tag, one_line, paragraphs, plain, safe_html,
    };

    #[test]
    fn html_becomes_text_and_entities_are_resolved_once() {
        let text = |html: &str| paragraphs(&plain(html));
        assert_eq!(
            text("<p>A&nbsp;&amp;&nbsp;B</p><p>C<br>D</p>"),
            "A & B\n\nC\n\nD"
        );
        assert_eq!(text("caf&eacute; &amp;lt;"), "café &lt;");
        assert_eq!(text("<script>x</script>a<style>y</style>"), "a");
        assert_eq!(text("5 < 6 and 7 > 3"), "5 < 6 and 7 > 3");
        assert_eq!(text("List<String> in Java"), "List<String> in Java");
        assert_eq!(one_line("a\u{a0}\u{202e}b\u{0}\n c"), "a b c");
    }

    #[test]
    fn deep_mark_up_does_not_cost_more_than_its_length() {
        let deep = format!("{}x{}", "<div>".repeat(100_000), "</p>".repeat(100_000));
        assert_eq!(one_line(&plain(&deep)), "x");
        assert_eq!(safe_html(&deep, None), "x");
    }

    #[test]
    fn a_counting_pixel_is_no_picture() {
        let html = "<img src=\"https://a.example/p.gif\" width=\"1\"><img \
                    src=\"https://b.example/c.jpg?a=1&amp;b=2\" alt=\"A &amp; B\">";
        let image = first_picture(html, None).expect("the second one");
        assert_eq!(image.url, "https://b.example/c.jpg?a=1&b=2");
        assert_eq!(image.alt, "A & B");
        assert_eq!(
            first_picture("<img src=\"data:image/gif;base64,AA\">", None),
            None
        );
        let base = url::Url::parse("https://n.example/page").ok();
        for nothing in ["", "#", " ", "data:image/png,x"] {
            let html = format!("<p>a<img src=\"{nothing}\" alt=x></p>");
            assert_eq!(first_picture(&html, base.as_ref()), None);
        }
    }

    #[test]
    fn small_things() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert!(is_html("a &hellip;") && is_html("</p>") && !is_html("a & b; <c>"));
        assert_eq!(language_tag("EN_us").as_deref(), Some("en-us"));
        assert_eq!(language_tag("english"), None);
    }
}
