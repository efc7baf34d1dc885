//! Rules that go into elements: `mj-style inline="inline"`, and `mj-html-attributes`.

use std::collections::{BTreeMap, HashMap};

use super::error::{MjmlError, Place, Remark};
use super::head::Head;
use super::read::{Reader, too_much};
use super::select::Selector;
use super::tree::Tree;

/// Comparisons of elements with selectors, for one document.
const WORK: usize = 20_000_000;
/// Bytes that they put into elements.
const BYTES: usize = 8 << 20;

/// Gives elements of the body the attributes that the head has for them.
pub(super) fn html_attributes(
    body: String,
    head: &Head,
    reader: &mut Reader<'_>,
) -> Result<String, MjmlError> {
    let tree = Tree::of(&body);
    let (mut work, mut bytes) = (WORK, BYTES);
    let mut changes = BTreeMap::new();
    for (node, attributes) in &head.html_attributes {
        let path = node.attribute("path").unwrap_or_default();
        let size: usize = attributes.iter().map(|(n, v)| n.len() + v.len()).sum();
        for selector in path.split(',') {
            let Some(selector) = Selector::read(selector) else {
                reader.not_understood(&node.place, selector);
                continue;
            };
            let found = selector.of(&tree, &mut work);
            let found = found.ok_or_else(|| too_long(&node.place))?;
            spend(&mut bytes, size * found.len(), &node.place)?;
            for n in found {
                for (name, value) in attributes {
                    changes.insert((n, name.clone()), value.clone());
                }
            }
        }
    }
    Ok(match changes.is_empty() {
        true => body,
        false => tree.with(&changes),
    })
}

fn spend(bytes: &mut usize, size: usize, place: &Place) -> Result<(), MjmlError> {
    let left = bytes.checked_sub(size);
    *bytes = left.ok_or_else(|| too_much(place, "bytes of styles in elements", BYTES))?;
    Ok(())
}

/// One declaration of a rule for one element.
struct Declaration<'a> {
    weight: (usize, usize, usize),
    name: &'a str,
    value: &'a str,
    important: bool,
}

/// Writes the rules of styles into the `style` of the elements that they are about.
pub(super) fn styles(
    page: String,
    head: &Head,
    place: &Place,
    reader: &mut Reader<'_>,
) -> Result<String, MjmlError> {
    let css = without_comments(&head.inline.join("\n"));
    if css.trim().is_empty() {
        return Ok(page);
    }
    let tree = Tree::of(&page);
    let (mut work, mut bytes) = (WORK, BYTES);
    let mut of: BTreeMap<usize, Vec<Declaration<'_>>> = BTreeMap::new();
    for (selectors, block) in rules(&css) {
        for text in selectors.split(',') {
            let Some(selector) = Selector::read(text) else {
                reader.not_understood(place, text);
                continue;
            };
            let weight = selector.weight();
            let found = selector
                .of(&tree, &mut work)
                .ok_or_else(|| too_long(place))?;
            spend(&mut bytes, block.len() * found.len(), place)?;
            for n in found {
                let declarations =
                    declarations(block).map(|(name, value, important)| Declaration {
                        weight,
                        name,
                        value,
                        important,
                    });
                of.entry(n).or_default().extend(declarations);
            }
        }
    }
    let changes = of.into_iter().map(|(n, rules)| {
        let own = tree.elements[n].attribute("style").unwrap_or_default();
        ((n, "style".to_owned()), together(own, rules))
    });
    Ok(tree.with(&changes.collect()))
}

/// An element's style: its rules, the heavier ones later, then its own, then what is important.
fn together(own: &str, mut rules: Vec<Declaration<'_>>) -> String {
    rules.sort_by_key(|r| r.weight);
    let own: Vec<_> = declarations(own).collect();
    let mut all: Vec<Option<(&str, &str)>> = Vec::new();
    let mut newest: HashMap<&str, usize> = HashMap::new();
    let mut set = |name, value| {
        if let Some(older) = newest.insert(name, all.len()) {
            all[older] = None;
        }
        all.push(Some((name, value)));
    };
    rules
        .iter()
        .filter(|r| !r.important)
        .for_each(|r| set(r.name, r.value));
    own.iter().for_each(|(name, value, _)| set(name, value));
    rules
        .iter()
        .filter(|r| r.important)
        .for_each(|r| set(r.name, r.value));
    let own_important = own.iter().filter(|(.., important)| *important);
    own_important.for_each(|(name, value, _)| set(name, value));
    let printed = all
        .iter()
        .flatten()
        .map(|(name, value)| format!("{name}:{value};"));
    printed.collect()
}

/// Selectors and blocks; what starts with `@` is for media, not for elements.
fn rules(css: &str) -> Vec<(&str, &str)> {
    let mut rules = Vec::new();
    let mut rest = css;
    while let Some((selectors, after)) = rest.split_once('{') {
        let selectors = selectors
            .rsplit_once(';')
            .map_or(selectors, |(_, s)| s)
            .trim();
        let mut depth = 1;
        let end = after.char_indices().find(|(_, c)| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth == 0
        });
        let end = end.map_or(after.len(), |(at, _)| at);
        rules.push((selectors, &after[..end]));
        rest = after.get(end + 1..).unwrap_or_default();
    }
    rules
}

/// Names, values, and whether they are important; a `;` in quotes or brackets ends nothing.
fn declarations(block: &str) -> impl Iterator<Item = (&str, &str, bool)> {
    let mut inside = None;
    let ends = block.split(move |c| {
        match (inside, c) {
            (None, '"' | '\'') => inside = Some(c),
            (None, '(') => inside = Some(')'),
            (Some(end), c) if c == end => inside = None,
            (None, ';') => return true,
            _ => {}
        }
        false
    });
    ends.filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let (name, value) = (name.trim(), value.trim());
        let plain = value.strip_suffix("important").map(str::trim_end);
        let plain = plain.and_then(|v| v.strip_suffix('!')).map(str::trim_end);
        let found = (name, plain.unwrap_or(value), plain.is_some());
        (!name.is_empty() && !found.1.is_empty()).then_some(found)
    })
}

fn without_comments(css: &str) -> String {
    let mut parts = css.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        out + part.split_once("*/").map_or("", |(_, after)| after)
    })
}

fn too_long(place: &Place) -> MjmlError {
    too_much(place, "comparisons of elements with selectors", WORK)
}

impl Reader<'_> {
    fn not_understood(&mut self, place: &Place, selector: &str) {
        let selector = selector.trim().chars().take(60).collect();
        self.warn(place, Remark::Selector { selector });
    }
}

#[cfg(test)]
mod tests {
    use super::{Declaration, declarations, rules, together, without_comments};

    #[test]
    fn styles_are_read() {
        let css =
            without_comments("@import 'x'; a/* b */ , b { c: d } @media x { e { f: g } } h{i:j");
        let found = rules(&css);
        assert_eq!(
            found,
            [
                ("a , b", " c: d "),
                ("@media x", " e { f: g } "),
                ("h", "i:j")
            ]
        );
        let block = "a: url(x;y); b:'; :' !important;c;d:";
        let found: Vec<_> = declarations(block).collect();
        assert_eq!(found, [("a", "url(x;y)", false), ("b", "'; :'", true)]);
    }

    #[test]
    fn an_elements_own_word_is_the_last_but_for_what_is_important() {
        let rule = |weight, name, value, important| Declaration {
            weight,
            name,
            value,
            important,
        };
        let rules = vec![
            rule((1, 0, 0), "a", "heavy", false),
            rule((0, 0, 1), "a", "light", false),
            rule((0, 0, 1), "b", "light", true),
            rule((0, 0, 1), "c", "light", false),
        ];
        assert_eq!(together("b:own;c:own", rules), "a:heavy;c:own;b:light;");
    }
}
