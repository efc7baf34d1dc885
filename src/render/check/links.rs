//! Links of a letter or a layout that have no name: nothing in them that is read out or seen.

use super::markup::{Token, attribute};

/// A link without a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Nameless<'a> {
    pub(super) at: usize,
    /// Where it leads, as written.
    pub(super) href: &'a str,
    /// Whether a picture without words stands in it.
    pub(super) picture: bool,
}

/// The links without a name among the tokens of a document.
pub(super) fn nameless<'a>(tokens: &[Token<'a>]) -> Vec<Nameless<'a>> {
    let mut found = Vec::new();
    // The open link, until it is known to have a name.
    let mut open: Option<Nameless<'a>> = None;
    for token in tokens {
        match token {
            Token::Start {
                name,
                attributes,
                at,
                closed,
            } => {
                let says = |key| attribute(attributes, key).is_some_and(|v| !v.trim().is_empty());
                let named = says("aria-label") || says("title");
                let href = attribute(attributes, "href").unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "a" => {
                        let link = Nameless {
                            at: *at,
                            href,
                            picture: false,
                        };
                        open = Some(link).filter(|_| !named && !href.is_empty() && !closed);
                    }
                    // Without any alt it is another fault.
                    "img" if attribute(attributes, "alt").is_none() => open = None,
                    "img" if says("alt") => open = None,
                    "img" => {
                        if let Some(link) = &mut open {
                            link.picture = true;
                        }
                    }
                    "mj-image" | "mj-carousel-image"
                        if !href.is_empty()
                            && !named
                            && attribute(attributes, "alt")
                                .is_some_and(|a| a.trim().is_empty()) =>
                    {
                        found.push(Nameless {
                            at: *at,
                            href,
                            picture: true,
                        });
                    }
                    _ => {}
                }
            }
            Token::Text { text, .. } if is_blank(text) => {}
            Token::Text { .. } => open = None,
            Token::End { name, .. } if name.eq_ignore_ascii_case("a") => found.extend(open.take()),
            Token::End { .. } => {}
        }
    }
    found
}

fn is_blank(text: &str) -> bool {
    let text = text.replace("&nbsp;", "").replace("&#160;", "");
    text.chars().all(|c| c.is_whitespace() || c == '\u{200b}')
}

#[cfg(test)]
mod tests {
    use super::nameless;
    use crate::render::check::markup::tokens;

    #[test]
    fn a_link_has_a_name_by_its_text_or_its_pictures() {
        let found = |html: &str| -> Vec<bool> {
            let tokens = tokens(html);
            nameless(&tokens).iter().map(|n| n.picture).collect()
        };
        for html in [
            "<a href=u>x</a>",
            "<a href=u><img alt='x'></a>",
            "<a href=u><img alt=''> x</a>",
            "<a href=u aria-label='x'><img alt=''></a>",
            "<a name=top></a>",
            "<a href=u><img></a>",
            "<img alt=''>",
            "<mj-image href=u alt='x' />",
            "<mj-image alt='' />",
        ] {
            assert_eq!(found(html), [false; 0], "{html}");
        }
        assert_eq!(found("<a href=u> <img alt=''>&nbsp;</a>"), [true]);
        assert_eq!(found("<a href=u></a><a href=v>x</a>"), [false]);
        assert_eq!(found("<mj-image href=u alt=''>"), [true]);
    }
}
