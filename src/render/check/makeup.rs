//! What the bytes of a letter's HTML are: words that are read, links, styles, and the marks around
//! them.

use super::markup::{Token, tokens};

/// Bytes of a letter's HTML by what they are for. Together they are all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Makeup {
    /// What is read.
    pub words: usize,
    /// Where links and pictures lead.
    pub links: usize,
    /// Style sheets and styles of single elements.
    pub styles: usize,
    /// Tags, and what stands for Outlook alone.
    pub marks: usize,
    /// Pictures, counted.
    pub pictures: usize,
}

impl Makeup {
    /// Takes a letter's HTML apart.
    pub fn of(html: &str) -> Makeup {
        let mut makeup = Makeup::default();
        let mut in_style = false;
        for token in tokens(html) {
            match token {
                Token::Start {
                    name, attributes, ..
                } => {
                    in_style = name.eq_ignore_ascii_case("style");
                    makeup.pictures += usize::from(name.eq_ignore_ascii_case("img"));
                    for (key, value) in attributes {
                        match key.to_ascii_lowercase().as_str() {
                            "href" | "src" => makeup.links += value.len(),
                            "style" => makeup.styles += value.len(),
                            _ => {}
                        }
                    }
                }
                Token::Text { text, .. } if in_style => makeup.styles += text.len(),
                Token::Text { text, .. } => makeup.words += text.len(),
                Token::End { .. } => in_style = false,
            }
        }
        let known = makeup.words + makeup.links + makeup.styles;
        makeup.marks = html.len().saturating_sub(known);
        makeup
    }
}

#[cfg(test)]
mod tests {
    use super::Makeup;

    #[test]
    fn every_byte_is_counted_once() {
        let html = "<style>p{}</style><!-- x --><p style='a:b'>Zürich <a href='https://x'>y</a>\
                    <img src='https://x/1.png' alt='z'></p>";
        let makeup = Makeup::of(html);
        let expected = Makeup {
            words: "Zürich y".len(),
            links: "https://xhttps://x/1.png".len(),
            styles: "p{}a:b".len(),
            marks: makeup.marks,
            pictures: 1,
        };
        assert_eq!(makeup, expected);
        let sum = makeup.words + makeup.links + makeup.styles + makeup.marks;
        assert_eq!(sum, html.len());
        assert_eq!(Makeup::of("").pictures, 0);
    }
}
