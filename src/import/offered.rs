//! What an installation offers, by whatever name another service called it.

use std::collections::HashMap;

use crate::domain::article::{Place, Topic};
use crate::domain::list::Cadence;
use crate::domain::slug::Slug;

/// Most names in one cell: beyond it nobody chose, something sent.
const NAMES: usize = 200;

/// What a name from elsewhere is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A topic to follow.
    Topic(Slug),
    /// A place to follow.
    Place(Slug),
    /// Nothing, and that is meant.
    Nothing,
}

/// Topics, places and cadences by their names.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    topics: HashMap<String, Slug>,
    places: HashMap<String, Slug>,
    cadences: HashMap<String, Slug>,
    told: HashMap<String, Meaning>,
}

impl Offered {
    /// By short name and by the words that readers see; `told` outweighs both.
    pub fn new(
        topics: &[Topic],
        places: &[Place],
        cadences: &[Cadence],
        told: &[(String, Meaning)],
    ) -> Offered {
        let mut offered = Offered::default();
        for topic in topics {
            for name in [topic.slug.as_str(), &topic.name] {
                offered.topics.insert(key(name), topic.slug.clone());
            }
        }
        for place in places {
            for name in [place.slug.as_str(), &place.name] {
                offered.places.insert(key(name), place.slug.clone());
            }
        }
        for cadence in cadences {
            let name = key(cadence.name.as_str());
            offered.cadences.insert(name, cadence.name.clone());
        }
        let told = told.iter().map(|(name, is)| (key(name), is.clone()));
        offered.told = told.collect();
        offered
    }

    /// A topic's name.
    pub fn topic(&self, name: &str) -> Option<Meaning> {
        let known = || self.topics.get(&key(name)).cloned().map(Meaning::Topic);
        self.told(name).or_else(known)
    }

    /// A place's name.
    pub fn place(&self, name: &str) -> Option<Meaning> {
        let known = || self.places.get(&key(name)).cloned().map(Meaning::Place);
        self.told(name).or_else(known)
    }

    /// A name that may be either.
    pub fn label(&self, name: &str) -> Option<Meaning> {
        self.topic(name).or_else(|| self.place(name))
    }

    /// A cadence's name.
    pub fn cadence(&self, name: &str) -> Option<Slug> {
        self.cadences.get(&key(name)).cloned()
    }

    fn told(&self, name: &str) -> Option<Meaning> {
        self.told.get(&key(name)).cloned()
    }
}

/// A name without what spelling it differs in: case, spaces, dots, dashes.
fn key(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The names in a cell: separated by commas, semicolons or bars, quoted or with a backslash where one
/// has such a sign in it.
pub fn names(cell: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut signs = cell.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '"' => quoted = !quoted,
            '\\' => name.extend(signs.next()),
            ',' | ';' | '|' if !quoted => names.push(std::mem::take(&mut name)),
            sign => name.push(sign),
        }
    }
    names.push(name);
    let names = names.into_iter().map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).take(NAMES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_split_as_each_service_writes_it() {
        for (cell, expected) in [
            ("\"VIP\",\"Blog\"", vec!["VIP", "Blog"]),
            ("News\\, local, Sport", vec!["News, local", "Sport"]),
            ("\"News, local\";Sport", vec!["News, local", "Sport"]),
            (" , ", vec![]),
        ] {
            assert_eq!(names(cell), expected, "{cell}");
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_spelt() {
        let slug = |text: &str| Slug::parse(text).unwrap();
        let topic = Topic {
            slug: slug("city-hall"),
            name: "Rathaus".to_owned(),
        };
        let place = Place {
            slug: slug("port"),
            name: "Old Port".to_owned(),
        };
        let told = [("VIP".to_owned(), Meaning::Nothing)];
        let offered = Offered::new(&[topic], &[place], &[], &told);
        let hall = Some(Meaning::Topic(slug("city-hall")));
        assert_eq!(offered.label("City Hall"), hall);
        assert_eq!(offered.label("RATHAUS"), hall);
        assert_eq!(
            offered.label("old-port"),
            Some(Meaning::Place(slug("port")))
        );
        assert_eq!(offered.label("vip"), Some(Meaning::Nothing));
        assert_eq!(offered.label("sport"), None);
    }
}
