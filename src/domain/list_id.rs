//! A list's identifier (RFC 2919), which readers' filters know: it is written down once, and stays
//! when the list's address or name changes.

use super::list::{List, ListSettings};
use super::slug::Slug;

/// The identifier to write down with settings that come: the one that readers know already, else the
/// first one. `None` where one is kept, or there is no From address yet.
pub fn to_keep(slug: &Slug, before: &ListSettings, after: &ListSettings) -> Option<String> {
    if !before.list_id.is_empty() || !after.list_id.is_empty() {
        return None;
    }
    of(slug, before).or_else(|| of(slug, after))
}

impl List {
    /// What stands in List-Id; none before there is a From address.
    pub fn list_id(&self) -> Option<String> {
        of(&self.slug, &self.settings)
    }
}

fn of(slug: &Slug, settings: &ListSettings) -> Option<String> {
    if !settings.list_id.is_empty() {
        return Some(settings.list_id.clone());
    }
    let from = settings.sender_address.as_ref()?;
    identifier(&format!("{slug}.{}", from.domain())).ok()
}

/// Reads what was typed: an identifier, or nothing for the one that is made.
pub fn read(value: &str) -> Result<String, String> {
    match value {
        "" => Ok(String::new()),
        _ => identifier(value),
    }
}

/// Reads an identifier: dotted labels, at most 255 octets (RFC 2919 §2, §3).
pub fn identifier(value: &str) -> Result<String, String> {
    let label = |l: &str| {
        (1..=63).contains(&l.len()) && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if value.len() <= 255 && value.contains('.') && value.split('.').all(label) {
        return Ok(value.to_ascii_lowercase());
    }
    Err("it is no dotted name such as news.example.org, of at most 255 characters".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{identifier, to_keep};
    use crate::domain::list::ListSettings;
    use crate::domain::slug::Slug;

    #[test]
    fn the_first_address_names_the_list_for_good() {
        let slug = Slug::parse("news").expect("a slug");
        let none = ListSettings::default();
        let mut first = none.clone();
        first.set("sender_address", "a@Old.example").expect("set");
        let mut second = first.clone();
        second.set("sender_address", "a@new.example").expect("set");
        let kept = |a: &_, b: &_| to_keep(&slug, a, b);
        assert_eq!(kept(&none, &none), None);
        assert_eq!(kept(&none, &first).as_deref(), Some("news.old.example"));
        assert_eq!(kept(&first, &second).as_deref(), Some("news.old.example"));
        first.set("list_id", "x.y").expect("set");
        assert_eq!(kept(&first, &second), None);
    }

    #[test]
    fn an_identifier_is_dotted_and_short() {
        assert_eq!(identifier("News.Example").as_deref(), Ok("news.example"));
        for bad in [
            "news",
            "a..b",
            ".a",
            "a b.c",
            "a.b>",
            "ä.b",
            &"a.".repeat(140),
        ] {
            assert!(identifier(bad).is_err(), "{bad}");
        }
    }
}
