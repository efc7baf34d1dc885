//! Topics and places from what a source itself says of an article: its category words.

use crate::domain::article::{CategoryMap, Label, PlaceEvidence, TopicWeight};
use crate::domain::slug::Slug;

/// The weight of what a source states outright.
const WHOLLY: u16 = 1000;

/// Topics and places of an article, in the order in which its categories first name them. Where no
/// category names a topic, the source's default topic stands in.
pub fn label(
    categories: &[String],
    map: &CategoryMap,
    default_topic: Option<&Slug>,
) -> (Vec<TopicWeight>, Vec<PlaceEvidence>) {
    let mut topics: Vec<TopicWeight> = Vec::new();
    let mut places: Vec<PlaceEvidence> = Vec::new();
    for category in categories {
        match map.get(category) {
            Some(Label::Topic(topic)) if topics.iter().all(|t| t.topic != *topic) => {
                topics.push(TopicWeight {
                    topic: topic.clone(),
                    weight: WHOLLY,
                });
            }
            Some(Label::Place(place)) if places.iter().all(|p| p.place != *place) => {
                places.push(PlaceEvidence {
                    place: place.clone(),
                    evidence: category.clone(),
                });
            }
            _ => {}
        }
    }
    if topics.is_empty() {
        let default = default_topic.cloned();
        topics.extend(default.map(|topic| TopicWeight {
            topic,
            weight: WHOLLY,
        }));
    }
    (topics, places)
}

#[cfg(test)]
mod tests {
    use super::label;
    use crate::domain::article::CategoryMap;
    use crate::domain::slug::Slug;

    #[test]
    fn categories_name_topics_and_places_once_and_in_order() {
        let map =
            CategoryMap::parse("city hall=politics, votes=politics, tech=tech, quay=place:port")
                .expect("valid");
        let default = Slug::parse("news").expect("valid");
        let said = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            let (topics, places) = label(&words, &map, Some(&default));
            let topics: Vec<_> = topics
                .iter()
                .map(|t| (t.topic.to_string(), t.weight))
                .collect();
            let places: Vec<_> = places
                .iter()
                .map(|p| format!("{} by {}", p.place, p.evidence))
                .collect();
            (topics, places)
        };
        let (topics, places) = said(&["Tech", "City  Hall", "votes", "Quay", "quay", "other"]);
        assert_eq!(
            topics,
            [("tech".to_owned(), 1000), ("politics".to_owned(), 1000)]
        );
        assert_eq!(places, ["port by Quay"]);
        assert_eq!(said(&["quay"]).0, [("news".to_owned(), 1000)]);
    }
}
