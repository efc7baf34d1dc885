//! Prints and headlines of many texts, one behind the other in one run of memory: a hundred thousand
//! small pieces of their own would be scattered, and cost more to find than to compare.

use super::copies::Compared;
use super::print::Sheet;

/// Texts as they are compared, by the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Sheets {
    cells: Vec<u32>,
    places: Vec<Place>,
}

/// Where a text's cells begin, and how many are its shingles, its numbers and its headline's words.
#[derive(Clone, Copy, Debug)]
struct Place {
    from: usize,
    shingles: u32,
    numbers: u32,
    title: u32,
    words: u32,
}

impl Sheets {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// How much they hold: cells of four octets.
    pub(super) fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Adds one behind the others.
    pub(super) fn add(&mut self, text: Compared<'_>) {
        let from = self.cells.len();
        let parts = [text.print.shingles, text.print.numbers, text.title];
        parts.iter().for_each(|part| self.cells.extend(*part));
        // A text has 20,000 words at most.
        let count = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        self.places.push(Place {
            from,
            shingles: count(parts[0].len()),
            numbers: count(parts[1].len()),
            title: count(parts[2].len()),
            words: count(text.print.words),
        });
    }

    /// One of them, by its number from 0.
    pub(super) fn get(&self, at: usize) -> Option<Compared<'_>> {
        let place = self.places.get(at)?;
        let rest = self.cells.get(place.from..)?;
        let (shingles, rest) = rest.split_at_checked(place.shingles as usize)?;
        let (numbers, rest) = rest.split_at_checked(place.numbers as usize)?;
        Some(Compared {
            print: Sheet {
                shingles,
                numbers,
                words: place.words as usize,
            },
            title: rest.get(..place.title as usize)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Sheets;
    use crate::stories::copies::Compared;
    use crate::stories::print::Print;

    #[test]
    fn what_is_added_comes_back() {
        let prints = [
            "The ferry ran aground with 90 people on board",
            "",
            "Tugs at 8",
        ];
        let prints = prints.map(Print::of);
        let titles: [&[u32]; 3] = [&[1, 5, 9], &[], &[7]];
        let mut sheets = Sheets::default();
        for (print, title) in prints.iter().zip(titles) {
            let print = print.sheet();
            sheets.add(Compared { print, title });
        }
        for (at, (print, title)) in prints.iter().zip(titles).enumerate() {
            let kept = sheets.get(at).expect("it was added");
            assert_eq!((kept.print, kept.title), (print.sheet(), title));
        }
        assert!(sheets.get(3).is_none());
        assert_eq!(sheets.len(), 3);
    }
}
