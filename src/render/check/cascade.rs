//! What the style sheets and styles of a letter say of each of its elements.

use std::collections::BTreeMap;

use super::styles::{Declaration, declarations, rules};
use crate::render::mjml::{Selector, Tree};

/// Comparisons of elements with selectors, for one letter.
const WORK: usize = 5_000_000;

/// Whose style it is: rules inside `@media` hold for some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Eyes {
    /// Where no rule inside `@media` holds.
    Day,
    /// Where those hold that are for dark surroundings.
    Night,
    /// Where all of them hold, whatever they are for.
    Any,
}

/// How much a declaration weighs: important, of the element itself, its selector, its order.
type Weight = (bool, bool, (usize, usize, usize), usize);

/// A letter's elements, with the declarations that hold for each.
pub(super) struct Cascade<'a> {
    pub(super) tree: Tree<'a>,
    said: Vec<BTreeMap<String, (Weight, &'a str)>>,
}

impl<'a> Cascade<'a> {
    /// Reads a letter whose style sheets are `sheets`. What is not understood of them says nothing.
    pub(super) fn of(html: &'a str, sheets: &[&'a str], eyes: Eyes) -> Cascade<'a> {
        let tree = Tree::of(html);
        let mut cascade = Cascade {
            said: vec![BTreeMap::new(); tree.elements.len()],
            tree,
        };
        cascade.attributes();
        let mut work = WORK;
        let mut order = 0;
        for rule in sheets.iter().flat_map(|css| rules(css)) {
            let holds = match (rule.media, eyes) {
                (None, _) | (Some(_), Eyes::Any) => true,
                (Some(media), Eyes::Night) => {
                    media.contains("prefers-color-scheme: dark")
                        || media.contains("prefers-color-scheme:dark")
                }
                (Some(_), Eyes::Day) => false,
            };
            if !holds {
                continue;
            }
            for text in rule.selectors.split(',') {
                order += 1;
                let Some(selector) = Selector::read(text) else {
                    continue;
                };
                let Some(found) = selector.of(&cascade.tree, &mut work) else {
                    return cascade;
                };
                for n in found {
                    for declaration in declarations(rule.body) {
                        cascade.say(n, declaration, (false, selector.weight(), order));
                    }
                }
            }
        }
        cascade
    }

    /// What an element's own attributes say.
    fn attributes(&mut self) {
        for n in 0..self.tree.elements.len() {
            let element = &self.tree.elements[n];
            let style = element.attribute("style").unwrap_or_default();
            let look = |name, property| {
                let value = element.attribute(name)?;
                Some(Declaration { property, value })
            };
            let colours = [look("bgcolor", "background-color"), look("color", "color")];
            let hidden = element.attribute("hidden").map(|_| Declaration {
                property: "display",
                value: "none",
            });
            let unread = look("aria-hidden", "aria-hidden");
            for declaration in colours.into_iter().chain([hidden, unread]).flatten() {
                self.say(n, declaration, (false, (0, 0, 0), 0));
            }
            for declaration in declarations(style) {
                self.say(n, declaration, (true, (0, 0, 0), 0));
            }
        }
    }

    fn say(
        &mut self,
        n: usize,
        declaration: Declaration<'a>,
        (own, selector, order): (bool, (usize, usize, usize), usize),
    ) {
        let value = declaration.value;
        let (value, important) = match value.split_once('!') {
            Some((value, _)) => (value.trim(), true),
            None => (value, false),
        };
        let weight = (important, own, selector, order);
        let property = declaration.property.to_ascii_lowercase();
        let held = self.said[n].entry(property).or_insert((weight, value));
        if weight >= held.0 {
            *held = (weight, value);
        }
    }

    /// The value that holds for a property of an element, if one is said.
    pub(super) fn value(&self, element: usize, property: &str) -> Option<&'a str> {
        let found = self.said.get(element)?.get(property);
        found.map(|(_, value)| *value)
    }

    /// The later and weightier of two properties that speak of the same thing.
    pub(super) fn either(&self, element: usize, a: &str, b: &str) -> Option<&'a str> {
        let said = self.said.get(element)?;
        let stronger = [said.get(a), said.get(b)].into_iter().flatten();
        stronger.max_by_key(|(weight, _)| *weight).map(|(_, v)| *v)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cascade, Eyes};

    #[test]
    fn the_weightiest_declaration_holds() {
        let html = "<div class='a' bgcolor=red><p style='color:blue' class='b'>x</p></div>";
        let css = ".a { background-color: green } .a .b { color: red !important } p { margin: 0 }\
                   p:hover { margin: 9px } @media (prefers-color-scheme: dark) { .b { color: white !important } }\
                   @media (max-width:480px) { .a { display: none } }";
        let value = |eyes, n, property| Cascade::of(html, &[css], eyes).value(n, property);
        assert_eq!(value(Eyes::Day, 0, "background-color"), Some("green"));
        assert_eq!(value(Eyes::Day, 1, "color"), Some("red"));
        assert_eq!(value(Eyes::Day, 1, "margin"), Some("0"));
        assert_eq!(value(Eyes::Day, 0, "display"), None);
        assert_eq!(value(Eyes::Any, 0, "display"), Some("none"));
        assert_eq!(
            Cascade::of(html, &[], Eyes::Day).value(0, "background-color"),
            Some("red")
        );
        let css = "p { color: red !important } @media (prefers-color-scheme: dark) { p { color: white !important } }";
        let night = Cascade::of(html, &[css], Eyes::Night);
        assert_eq!(night.value(1, "color"), Some("white"));
    }
}
