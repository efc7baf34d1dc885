//! Entries that a feed says are deleted (RFC 6721 §3): `at:deleted-entry ref="…" when="…"`.

use super::lex::resolved;
use super::xml::{ID_CHARS, some};
use super::{clean, parse_date};
use crate::domain::time::Timestamp;

/// An entry that is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// The entry's id, as the feed spells it.
    pub id: String,
    /// Since when.
    pub at: Option<Timestamp>,
}

/// The deleted entry of an element, by its name in lower case and its attributes.
pub(super) fn tombstone(name: &str, found: &[(&str, &str)]) -> Option<Tombstone> {
    if name != "deleted-entry" {
        return None;
    }
    let of = |key: &str| {
        let mut found = found.iter();
        found
            .find(|(n, _)| *n == key)
            .map(|(_, value)| resolved(value))
    };
    Some(Tombstone {
        id: some(&clean::one_line(&of("ref")?), ID_CHARS)?,
        at: of("when").and_then(|when| parse_date(&when)),
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse_feed;

    #[test]
    fn a_feed_names_what_it_deleted() {
        let text = r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
            <title>Harbour</title>
            <at:deleted-entry ref="tag:harbour.example,2026:7&amp;8" when="2026-11-20T12:00:00Z">
              <at:comment>Taken back</at:comment></at:deleted-entry>
            <at:deleted-entry when="2026-11-20T12:00:00Z"/>
            <at:deleted-entry ref="tag:harbour.example,2026:9" when="yesterday"/>
            <entry><id>tag:harbour.example,2026:1</id><title>Bridge opens</title>
              <link href="https://harbour.example/1"/></entry></feed>"#;
        let feed = parse_feed(text.as_bytes(), None, None).expect("a feed");
        assert_eq!(feed.entries.len(), 1);
        let deleted: Vec<(&str, bool)> = feed
            .deleted
            .iter()
            .map(|t| (t.id.as_str(), t.at.is_some()))
            .collect();
        let expected = [
            ("tag:harbour.example,2026:7&8", true),
            ("tag:harbour.example,2026:9", false),
        ];
        assert_eq!(deleted, expected);
    }
}
