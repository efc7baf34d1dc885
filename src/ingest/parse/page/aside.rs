//! Which boxes of a page stand beside its piece, by what their makers call them: their role, id and class.

use super::elements::get;

/// What a box is for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Aside {
    /// It asks for something: consent, an address, a subscription.
    Notice,
    /// It leads elsewhere: to other pieces, to where this one may be shared.
    Links,
}

/// Elements that are the page or the piece, whatever they are called.
const PIECE: &[&str] = &["article", "body", "h1", "html", "main"];
const NOTICES: &[&str] = &[
    "consent",
    "cookie",
    "cookies",
    "gdpr",
    "newsletter",
    "newsletters",
    "optin",
    "signup",
    "subscribe",
];
const LINKS: &[&str] = &[
    "promo",
    "promos",
    "promotion",
    "recommended",
    "related",
    "relatedstories",
    "share",
    "sharebar",
    "sharing",
    "social",
];
const ROLES: &[&str] = &["alertdialog", "dialog"];
/// Words of a name that are read.
const WORDS: usize = 24;

/// Boxes that are noted at most.
const NOTED: usize = 1_000;

/// Boxes of a page that stand beside its piece by their names.
#[derive(Debug, Default)]
pub(super) struct Asides(Vec<Noted>);

#[derive(Debug)]
struct Noted {
    /// Its place among the elements that start.
    start: usize,
    kind: Aside,
    /// Octets of text in it; while it is open, those before it.
    holds: usize,
    has_title: bool,
}

impl Asides {
    /// Notes a box that starts, the `start`th element, behind `read` octets of text, if it is one.
    pub(super) fn begin(
        &mut self,
        name: &str,
        raw: &str,
        start: usize,
        read: usize,
    ) -> Option<usize> {
        let kind = of(name, raw).filter(|_| self.0.len() < NOTED)?;
        self.0.push(Noted {
            start,
            kind,
            holds: read,
            has_title: false,
        });
        Some(self.0.len() - 1)
    }

    /// A headline starts in these.
    pub(super) fn title(&mut self, open: impl Iterator<Item = usize>) {
        for at in open {
            if let Some(noted) = self.0.get_mut(at) {
                noted.has_title = true;
            }
        }
    }

    /// One of them ends, if it is one, behind `read` octets of text.
    pub(super) fn end(&mut self, at: Option<usize>, read: usize) {
        if let Some(noted) = at.and_then(|at| self.0.get_mut(at)) {
            noted.holds = read - noted.holds;
        }
    }

    /// Those that are not to be read, by their starts: none that holds much of a page's text or its
    /// headline, and none at all where they hold most of it together.
    pub(super) fn unread(&self, all: usize) -> Vec<usize> {
        let few = |noted: &&Noted| match noted.kind {
            Aside::Notice => noted.holds * 2 < all,
            Aside::Links => noted.holds * 4 < all,
        };
        let beside = self.0.iter().filter(|n| !n.has_title).filter(few);
        let held: usize = beside.clone().map(|n| n.holds).sum();
        match held * 2 < all {
            true => beside.map(|n| n.start).collect(),
            false => Vec::new(),
        }
    }
}

/// What a box is for, if its names say that it stands beside the piece.
fn of(name: &str, raw: &str) -> Option<Aside> {
    if raw.is_empty() || PIECE.contains(&name) {
        return None;
    }
    if ROLES.contains(&get(raw, "role").to_ascii_lowercase().as_str()) {
        return Some(Aside::Notice);
    }
    let names = format!("{} {}", get(raw, "id"), get(raw, "class"));
    let words = names.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|w| !w.is_empty()).take(WORDS);
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let any = |of: &[&str]| words.iter().any(|w| of.contains(&w.as_str()));
    let glued = |w: &String| w.starts_with("cookie") || w.starts_with("newsletter");
    let sign_up = words.windows(2).any(|w| w[0] == "sign" && w[1] == "up");
    if any(NOTICES) || sign_up || words.iter().any(glued) {
        return Some(Aside::Notice);
    }
    any(LINKS).then_some(Aside::Links)
}

#[cfg(test)]
mod tests {
    use super::{Aside, of};

    #[test]
    fn names_say_what_stands_beside_a_piece() {
        for (name, raw, expected) in [
            ("div", " class='cookie-consent'", Some(Aside::Notice)),
            ("div", " id=CookieBanner", Some(Aside::Notice)),
            ("form", " class='c-sign-up'", Some(Aside::Notice)),
            ("div", " role=Dialog", Some(Aside::Notice)),
            ("section", " class=\"related_items\"", Some(Aside::Links)),
            ("div", " class='shareholders promoted'", None),
            ("div", " class='subscriber-only'", None),
            ("main", " class='newsletter'", None),
            ("body", " class='has-cookie-banner'", None),
            ("div", "", None),
        ] {
            assert_eq!(of(name, raw), expected, "{name}{raw}");
        }
    }
}
