//! The order of a digest's layout: sections by the editors' order of topics, then the reader's own, and
//! in a section what editors moved at its place.

use super::draft::{Choice, Draft};
use crate::domain::selection::Section;

impl Draft<'_, '_> {
    pub(super) fn lay_out(&mut self) {
        let stock = self.view.stock;
        let followed = &self.view.followed;
        let decisions = &stock.rules.decisions;
        let place_in = |section: &Section| match section {
            Section::Lead => (0, 0, None, None),
            Section::Topic(topic) => {
                let named = decisions.order.iter().position(|first| first == topic);
                let own = followed
                    .iter()
                    .position(|&number| *stock.topics[usize::from(number)] == *topic);
                (1, named.unwrap_or(usize::MAX), own, None)
            }
            Section::Area(place) => (2, 0, None, Some(place.clone())),
            Section::AlsoToday => (3, 0, None, None),
        };
        // Stable: in a section what was put first stays first, so pins stand before scores.
        self.chosen
            .sort_by_cached_key(|choice| place_in(&choice.section));
        if decisions.places.is_empty() {
            return;
        }
        let place = |choice: &Choice| {
            let story = self.view.entry(choice.entry).candidate.story;
            decisions.places.get(&story).copied()
        };
        let places: Vec<Option<u16>> = self.chosen.iter().map(place).collect();
        let sections: Vec<usize> = self
            .chosen
            .chunk_by(|one, next| one.section == next.section)
            .map(<[Choice]>::len)
            .collect();
        let mut rest = std::mem::take(&mut self.chosen);
        let mut start = 0;
        for length in sections {
            let after = rest.split_off(length);
            let own = &places[start..start + length];
            self.chosen.extend(moved(rest, own));
            rest = after;
            start += length;
        }
    }
}

/// A section whose stories stand at the places that are named, as far as it reaches; the others keep
/// their order. Of two of one place the later one stands there.
fn moved<T>(section: Vec<T>, places: &[Option<u16>]) -> Vec<T> {
    let mut named = Vec::new();
    let mut out = Vec::new();
    for (one, place) in section.into_iter().zip(places) {
        match place {
            Some(place) => named.push((*place, one)),
            None => out.push(one),
        }
    }
    named.sort_by_key(|(place, _)| *place);
    for (place, one) in named {
        let at = usize::from(place.saturating_sub(1)).min(out.len());
        out.insert(at, one);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn what_is_moved_stands_at_its_place_and_the_others_keep_their_order() {
        let check = |places: [Option<u16>; 4], expected: &str| {
            let told: String = moved(vec!['a', 'b', 'c', 'd'], &places)
                .into_iter()
                .collect();
            assert_eq!(told, expected, "{places:?}");
        };
        check([None; 4], "abcd");
        check([None, None, Some(1), None], "cabd");
        check([Some(3), None, None, None], "bcad");
        check([Some(99), None, None, None], "bcda");
        check([None, None, Some(2), Some(1)], "dcab");
        check([Some(1), Some(1), None, None], "bacd");
    }
}
