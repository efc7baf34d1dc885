//! The names in a story's texts, for people: words that keep their capital wherever they stand. Scripts
//! without capitals have none that could be told.

use std::collections::{BTreeMap, HashSet};

use super::words::is_of_calendar;

/// Signs after which a capital says nothing.
const ENDS: &[char] = &[
    '.', '!', '?', ':', '–', '—', '“', '”', '"', '«', '»', '…', '(', '\n',
];

/// The names that come most often, at most `most`: with the number of texts that have each. A word
/// counts that is written with a capital inside a sentence and never without one in any of the texts;
/// names of one text alone count where they come twice. Neighbours are one name.
pub fn names<'t>(texts: impl Iterator<Item = &'t str>, most: usize) -> Vec<(String, usize)> {
    let mut found: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut small: HashSet<String> = HashSet::new();
    for text in texts {
        let mut here: BTreeMap<String, usize> = BTreeMap::new();
        for run in runs(text, &mut small) {
            *here.entry(run).or_default() += 1;
        }
        for (name, times) in here {
            let (of, all) = found.entry(name).or_default();
            (*of, *all) = (*of + 1, *all + times);
        }
    }
    let plain = |name: &str| name.split(' ').all(|w| !small.contains(&w.to_lowercase()));
    let mut kept: Vec<(String, usize, usize)> = found
        .into_iter()
        .filter(|(name, (_, all))| *all >= 2 && plain(name))
        .map(|(name, (of, all))| (name, of, all))
        .collect();
    kept.sort_by_key(|(_, of, all)| (std::cmp::Reverse(*of), std::cmp::Reverse(*all)));
    kept.truncate(most);
    kept.into_iter().map(|(name, of, _)| (name, of)).collect()
}

/// Runs of words with a capital inside the sentences of a text; words without one are noted.
fn runs(text: &str, small: &mut HashSet<String>) -> Vec<String> {
    let (mut runs, mut run) = (Vec::new(), String::new());
    let mut begins = true;
    for raw in text.split_whitespace() {
        let word = raw.trim_matches(|c: char| !c.is_alphanumeric());
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        if word.chars().next().is_some_and(char::is_lowercase) {
            small.insert(word.to_lowercase());
        }
        let long = word.chars().count() > 2;
        let capital = capital && !is_of_calendar(word);
        if capital && long && !begins {
            if !run.is_empty() {
                run.push(' ');
            }
            run.push_str(word);
        } else if !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
        begins = raw.ends_with(ENDS);
        if (begins || raw.ends_with([',', ';'])) && !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
    }
    if !run.is_empty() {
        runs.push(run);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_keep_their_capital() {
        let texts = [
            "The ferry Nordlicht ran aground off Nordhaven. Nobody was hurt, said Ada Meier.",
            "Tugs pulled the Nordlicht free near Nordhaven, Ada Meier said. Monday was calm.",
            "Nobody knew why. On Monday nobody asked, and on Monday, 3 March, everybody did",
        ];
        let found = names(texts.into_iter(), 10);
        let found: Vec<(&str, usize)> = found.iter().map(|(n, of)| (n.as_str(), *of)).collect();
        assert_eq!(
            found,
            [("Ada Meier", 2), ("Nordhaven", 2), ("Nordlicht", 2)]
        );
        assert_eq!(names(texts.into_iter(), 1).len(), 1);
        assert!(names(["", "港の新しい桟橋が開く", "…"].into_iter(), 10).is_empty());
    }
}
