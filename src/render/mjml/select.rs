//! Selectors of CSS: elements, classes, identifiers, attributes, positions, and how they stand.

use super::tree::{Element, Tree};

/// Elements that one selector may name.
const PARTS: usize = 16;

/// One selector: the element itself last, each with how the one before it stands to it.
pub(in crate::render) struct Selector {
    parts: Vec<(Stands, Vec<Simple>)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Anywhere,
    Above,
    Around,
    Before,
    Earlier,
}

enum Simple {
    Name(String),
    Attribute(String, How, String),
    /// `an+b`.
    Nth(i64, i64),
    Last,
    Not(Vec<Simple>),
}

#[derive(Clone, Copy)]
enum How {
    There,
    Is,
    Word,
    Starts,
    Ends,
    Holds,
    Dash,
}

impl Selector {
    /// Reads one selector, without commas; nothing where it is not understood.
    pub(in crate::render) fn read(text: &str) -> Option<Selector> {
        let mut rest = text.trim();
        let mut parts = Vec::new();
        let mut stands = Stands::Anywhere;
        while !rest.is_empty() {
            let (compound, after) = compound(rest)?;
            parts.push((stands, compound));
            if parts.len() > PARTS {
                return None;
            }
            let next = after.trim_start();
            stands = match next.chars().next() {
                Some('>') => Stands::Above,
                Some('+') => Stands::Before,
                Some('~') => Stands::Earlier,
                Some(_) if next.len() < after.len() => Stands::Around,
                Some(_) => return None,
                None => return Some(Selector { parts }),
            };
            rest = match stands {
                Stands::Around => next,
                _ => next.get(1..)?.trim_start(),
            };
        }
        None
    }

    /// Identifiers, then classes and their like, then names.
    pub(in crate::render) fn weight(&self) -> (usize, usize, usize) {
        let mut weight = (0, 0, 0);
        let all = self.parts.iter().flat_map(|(_, compound)| compound);
        for simple in all.flat_map(|s| match s {
            Simple::Not(inner) => inner.iter().collect::<Vec<_>>(),
            other => vec![other],
        }) {
            match simple {
                Simple::Name(name) if name == "*" => {}
                Simple::Name(_) => weight.2 += 1,
                Simple::Attribute(name, How::Is, _) if name == "id" => weight.0 += 1,
                _ => weight.1 += 1,
            }
        }
        weight
    }

    /// The elements that it selects; nothing where `work` is used up before.
    pub(in crate::render) fn of(&self, tree: &Tree<'_>, work: &mut usize) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        for n in 0..tree.elements.len() {
            if self.selects(tree, n, self.parts.len() - 1, work)? {
                found.push(n);
            }
        }
        Some(found)
    }

    fn selects(&self, tree: &Tree<'_>, n: usize, part: usize, work: &mut usize) -> Option<bool> {
        *work = work.checked_sub(1)?;
        let (stands, compound) = &self.parts[part];
        let element = &tree.elements[n];
        if !compound.iter().all(|simple| simple.fits(element)) {
            return Some(false);
        }
        let next = |n: usize| match stands {
            Stands::Above | Stands::Around => tree.elements[n].parent,
            Stands::Before | Stands::Earlier => tree.elements[n].before,
            Stands::Anywhere => None,
        };
        if *stands == Stands::Anywhere {
            return Some(true);
        }
        let mut other = next(n);
        while let Some(at) = other {
            if self.selects(tree, at, part - 1, work)? {
                return Some(true);
            }
            other = match stands {
                Stands::Around | Stands::Earlier => next(at),
                _ => None,
            };
        }
        Some(false)
    }
}

impl Simple {
    fn fits(&self, element: &Element<'_>) -> bool {
        match self {
            Simple::Name(name) => name == "*" || *name == element.name,
            Simple::Nth(a, b) => {
                let from = i64::try_from(element.nth)
                    .unwrap_or(i64::MAX)
                    .saturating_sub(*b);
                match a {
                    0 => from == 0,
                    a => from.wrapping_rem(*a) == 0 && from.wrapping_div(*a) >= 0,
                }
            }
            Simple::Last => element.last,
            Simple::Not(inner) => !inner.iter().all(|simple| simple.fits(element)),
            Simple::Attribute(name, how, wanted) => {
                let Some(value) = element.attribute(name) else {
                    return false;
                };
                let wanted = wanted.as_str();
                match how {
                    How::There => true,
                    How::Is => value == wanted,
                    How::Word => value.split_whitespace().any(|word| word == wanted),
                    How::Starts => !wanted.is_empty() && value.starts_with(wanted),
                    How::Ends => !wanted.is_empty() && value.ends_with(wanted),
                    How::Holds => !wanted.is_empty() && value.contains(wanted),
                    How::Dash => {
                        let rest = value.strip_prefix(wanted);
                        rest.is_some_and(|r| r.is_empty() || r.starts_with('-'))
                    }
                }
            }
        }
    }
}

/// What is said of one element, and what comes after.
fn compound(text: &str) -> Option<(Vec<Simple>, &str)> {
    let mut simples = Vec::new();
    let mut rest = text;
    if let Some(after) = rest.strip_prefix('*') {
        simples.push(Simple::Name("*".to_owned()));
        rest = after;
    } else if let Some((name, after)) = word(rest) {
        simples.push(Simple::Name(name.to_lowercase()));
        rest = after;
    }
    loop {
        let simple;
        (simple, rest) = match rest.chars().next() {
            Some('.') => {
                let (name, after) = word(&rest[1..])?;
                let class = "class".to_owned();
                (Simple::Attribute(class, How::Word, name), after)
            }
            Some('#') => {
                let (name, after) = word(&rest[1..])?;
                (Simple::Attribute("id".to_owned(), How::Is, name), after)
            }
            Some('[') => {
                let (inside, after) = rest[1..].split_once(']')?;
                (attribute(inside)?, after)
            }
            Some(':') => position(&rest[1..])?,
            _ => break,
        };
        simples.push(simple);
    }
    (!simples.is_empty()).then_some((simples, rest))
}

/// A name, with what is escaped in it taken as it is.
fn word(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    let end = loop {
        match chars.next() {
            None => break text.len(),
            Some((_, '\\')) => name.push(chars.next()?.1),
            Some((_, c)) if c.is_alphanumeric() || matches!(c, '-' | '_') => name.push(c),
            Some((at, _)) => break at,
        }
    };
    (!name.is_empty()).then(|| (name, &text[end..]))
}

fn attribute(inside: &str) -> Option<Simple> {
    let (left, value) = match inside.split_once('=') {
        None => {
            let name = inside.trim().to_owned();
            return (!name.is_empty()).then_some(Simple::Attribute(
                name,
                How::There,
                String::new(),
            ));
        }
        Some(parts) => parts,
    };
    let (how, name) = match left.chars().last()? {
        '~' => (How::Word, &left[..left.len() - 1]),
        '^' => (How::Starts, &left[..left.len() - 1]),
        '$' => (How::Ends, &left[..left.len() - 1]),
        '*' => (How::Holds, &left[..left.len() - 1]),
        '|' => (How::Dash, &left[..left.len() - 1]),
        _ => (How::Is, left),
    };
    let value = value.trim().trim_matches(['"', '\'']).to_owned();
    Some(Simple::Attribute(name.trim().to_owned(), how, value))
}

fn position(text: &str) -> Option<(Simple, &str)> {
    let (name, after) = word(text)?;
    let simple = match name.as_str() {
        "first-child" => Simple::Nth(0, 1),
        "last-child" => Simple::Last,
        "nth-child" | "not" => {
            let (inside, after) = after.strip_prefix('(')?.split_once(')')?;
            if name == "not" {
                let (simples, rest) = compound(inside.trim())?;
                return rest.is_empty().then_some((Simple::Not(simples), after));
            }
            let (a, b) = formula(inside)?;
            return Some((Simple::Nth(a, b), after));
        }
        _ => return None,
    };
    Some((simple, after))
}

/// `odd`, `even`, `3`, `2n+1`.
fn formula(text: &str) -> Option<(i64, i64)> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    match (text.as_str(), text.split_once('n')) {
        ("odd", _) => Some((2, 1)),
        ("even", _) => Some((2, 0)),
        (_, None) => Some((0, text.parse().ok()?)),
        (_, Some((a, b))) => {
            let a = match a {
                "" | "+" => 1,
                "-" => -1,
                a => a.parse().ok()?,
            };
            let b = if b.is_empty() { 0 } else { b.parse().ok()? };
            Some((a, b))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Selector, Tree};

    const PAGE: &str = "<div id=a class='x y'><p>1<p></p></p><img src=u.png><!-- <p> -->\
                        <td class=y>2</td></div><div><b class=\"y\"></b></div>";

    fn found(selector: &str) -> Option<Vec<String>> {
        let tree = Tree::of(PAGE);
        let found = Selector::read(selector)?.of(&tree, &mut 10_000)?;
        let names = found.iter().map(|n| tree.elements[*n].name.clone());
        Some(names.collect())
    }

    #[test]
    fn elements_are_found_as_css_finds_them() {
        for (selector, expected) in [
            ("div", "div div"),
            (".x", "div"),
            (".x.y", "div"),
            ("#a .y", "td"),
            ("div > .y", "td b"),
            ("p + img", "img"),
            ("p ~ td", "td"),
            ("p p", "p"),
            ("[src$='.png']", "img"),
            ("div:nth-child(2n) *", "b"),
            ("div:first-child > :last-child", "td"),
            ("div .y:not(td)", "b"),
            (".none", ""),
        ] {
            let found = found(selector).expect(selector).join(" ");
            assert_eq!(found, expected, "{selector}");
        }
        for bad in [
            "",
            "a:hover",
            "a,b",
            "> a",
            "a >",
            ".",
            "[",
            "a::before",
            "!",
        ] {
            assert_eq!(found(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_nearer_weighs_more() {
        let weight = |text| Selector::read(text).expect(text).weight();
        assert!(weight("#a") > weight(".x.y") && weight(".x") > weight("div p"));
    }

    proptest! {
        #[test]
        fn nothing_panics(selector in "[a-z.#:*>+~ \\[\\]=\"()\\\\né^$-]{0,30}") {
            let _ = found(&selector);
        }
    }
}
