//! Which attributes an element has in the end: its own, its classes', its kind's, everybody's.

use std::collections::{BTreeMap, HashMap};

use super::read::Node;

/// Classes of one element that are asked for.
const CLASSES: usize = 32;

/// Names and values.
pub(super) type Attributes = BTreeMap<String, String>;

/// What `mj-attributes` says.
#[derive(Default)]
pub(super) struct Defaults {
    all: Attributes,
    elements: HashMap<String, Attributes>,
    classes: HashMap<String, Attributes>,
    /// For elements in an element of that class.
    inside: HashMap<(String, String), Attributes>,
}

impl Defaults {
    /// Takes what one `mj-attributes` says; later ones add to earlier ones.
    pub(super) fn learn(&mut self, node: &Node) {
        let own = |node: &Node, without: &str| -> Vec<(String, String)> {
            let kept = node.attributes.iter().filter(|(n, _)| n != without);
            kept.cloned().collect()
        };
        for child in &node.children {
            match child.name.as_str() {
                "" => {}
                "mj-all" => self.all.extend(own(child, "")),
                "mj-class" => {
                    let name = child.attribute("name").unwrap_or_default().to_owned();
                    for inner in &child.children {
                        let key = (name.clone(), inner.name.clone());
                        let known = self.inside.entry(key).or_default();
                        known.extend(own(inner, ""));
                    }
                    let known = self.classes.entry(name).or_default();
                    known.extend(own(child, "name"));
                }
                kind => {
                    let known = self.elements.entry(kind.to_owned()).or_default();
                    known.extend(own(child, ""));
                }
            }
        }
    }

    /// The attributes of an element: everybody's, then `passed` by the element around it, then its
    /// kind's, its classes', those that the classes around it (`around`) have for its kind, its own.
    pub(super) fn of(&self, node: &Node, around: &str, passed: &Attributes) -> Attributes {
        let mut all = self.all.clone();
        all.extend(passed.clone());
        if let Some(kind) = self.elements.get(&node.name) {
            all.extend(kind.clone());
        }
        let mut css = String::new();
        let classes = node.attribute("mj-class").unwrap_or_default().split(' ');
        for class in classes.take(CLASSES) {
            let Some(attributes) = self.classes.get(class) else {
                continue;
            };
            all.extend(attributes.clone());
            // Classes for CSS add up.
            if let Some(more) = attributes.get("css-class") {
                css = format!("{css} {more}").trim().to_owned();
                all.insert("css-class".to_owned(), css.clone());
            }
        }
        for class in around.split(' ').take(CLASSES) {
            let key = (class.to_owned(), node.name.clone());
            if let Some(attributes) = self.inside.get(&key) {
                all.extend(attributes.clone());
            }
        }
        let own = node.attributes.iter().filter(|(n, _)| n != "mj-class");
        all.extend(own.cloned());
        all
    }
}

const ICONS: &[&str] = &[
    "border",
    "icon-align",
    "icon-width",
    "icon-height",
    "icon-position",
    "icon-wrapped-url",
    "icon-wrapped-alt",
    "icon-unwrapped-url",
    "icon-unwrapped-alt",
];

/// What an element passes on to those in it; what it does not say, the engine has its defaults for.
pub(super) fn passed(name: &str, attributes: &Attributes) -> Attributes {
    let names: &[&str] = match name {
        "mj-social" => &[
            "border-radius",
            "color",
            "font-family",
            "font-size",
            "font-weight",
            "font-style",
            "icon-size",
            "icon-height",
            "icon-padding",
            "text-padding",
            "line-height",
            "text-decoration",
        ],
        "mj-accordion" | "mj-accordion-element" => ICONS,
        "mj-carousel" => &["border-radius", "tb-border", "tb-border-radius", "tb-width"],
        _ => &[],
    };
    let said = names.iter().filter_map(|n| {
        let value = attributes.get(*n)?;
        Some(((*n).to_owned(), value.clone()))
    });
    let mut passed: Attributes = said.collect();
    let inner = attributes.get("inner-padding").filter(|p| !p.is_empty());
    if let (Some(padding), "mj-social") = (inner, name) {
        passed.insert("padding".to_owned(), padding.clone());
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::{Attributes, Defaults, Node, passed};
    use crate::render::mjml::error::Place;

    fn node(name: &str, attributes: &[(&str, &str)], children: Vec<Node>) -> Node {
        let place = Place {
            file: "f".into(),
            line: 1,
            at: 0,
        };
        let pairs = attributes
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Node {
            attributes: pairs.collect(),
            children,
            ..Node::new(name, place)
        }
    }

    #[test]
    fn the_nearest_word_counts() {
        let mut defaults = Defaults::default();
        let inside = node("mj-text", &[("e", "inside")], vec![]);
        defaults.learn(&node(
            "mj-attributes",
            &[],
            vec![
                node(
                    "mj-all",
                    &[("a", "all"), ("b", "all"), ("p", "all")],
                    vec![],
                ),
                node("mj-text", &[("b", "kind"), ("c", "kind")], vec![]),
                node(
                    "mj-class",
                    &[("name", "x"), ("c", "x"), ("css-class", "x")],
                    vec![inside],
                ),
                node(
                    "mj-class",
                    &[("name", "y"), ("d", "y"), ("css-class", "y")],
                    vec![],
                ),
            ],
        ));
        let text = node("mj-text", &[("mj-class", "x y"), ("d", "own")], vec![]);
        let around = Attributes::from([("p".to_owned(), "passed".to_owned())]);
        let found = defaults.of(&text, "x", &around);
        let expected = [
            ("a", "all"),
            ("b", "kind"),
            ("c", "x"),
            ("css-class", "x y"),
            ("d", "own"),
            ("e", "inside"),
            ("p", "passed"),
        ];
        let found: Vec<_> = found
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn social_networks_take_after_their_row() {
        let row = Attributes::from([
            ("color".to_owned(), "red".to_owned()),
            ("inner-padding".to_owned(), "4px".to_owned()),
            ("align".to_owned(), "left".to_owned()),
        ]);
        let found = passed("mj-social", &row);
        assert_eq!(found.get("color").map(String::as_str), Some("red"));
        assert_eq!(found.get("padding").map(String::as_str), Some("4px"));
        assert_eq!(found.len(), 2);
    }
}
