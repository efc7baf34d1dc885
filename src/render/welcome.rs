//! The word of welcome in a reader's first letter: which list it is, when the next letter comes, how to
//! choose otherwise.

use super::words::Words;
use crate::domain::time::{Timestamp, Zone};

/// The message that every word of welcome begins with; catalogues that were frozen before there was one
/// do not have it.
const FIRST: &str = "welcome.first";

/// Whether a catalogue has the words.
pub fn welcomes(words: &Words) -> bool {
    words.has(FIRST)
}

/// The word of welcome to a list; `next` is when the next letter comes, on the reader's clock.
pub fn welcomed(words: &Words, list: &str, next: Option<(&Zone, Timestamp)>) -> String {
    let mut said = vec![words.fill(FIRST, &[("list", list)])];
    if let Some((zone, at)) = next {
        let wall = zone.tz().to_datetime(at);
        let values = [
            ("date", words.date_long(wall.date())),
            ("time", words.time(wall.hour(), wall.minute())),
            ("zone", zone.city()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        said.push(words.fill("welcome.next", &values));
    }
    let link = words.fill("footer.preferences", &[]);
    said.push(words.fill("welcome.change", &[("link", &link)]));
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::welcomed;
    use crate::domain::time::Zone;
    use crate::render::words::Catalogue;

    #[test]
    fn it_names_the_list_the_next_letter_and_the_way_to_change() {
        let all = Catalogue::parse(&Catalogue::sources()).expect("embedded");
        let zone = Zone::parse("Europe/Berlin").expect("a zone");
        let at = "2026-12-02T05:30:00Z".parse().expect("an instant");
        let said = |tag| {
            let words = all.language(tag).expect("a language");
            welcomed(words, "The Times", Some((&zone, at)))
        };
        assert_eq!(
            said("en"),
            "Welcome to The Times. This is the newest issue, chosen for you. The next one comes on \
             Wednesday 2 December 2026 at about 06:30 (Berlin). To have other topics, another time or \
             fewer letters: “Change topics, places and hour”, below."
        );
        for tag in ["de", "ar"] {
            assert!(said(tag).contains("The Times") && said(tag).contains("06:30"));
        }
        let english = all.language("en").expect("English");
        let never = welcomed(english, "The Times", None);
        assert!(!never.contains("next one"), "{never}");
    }
}
