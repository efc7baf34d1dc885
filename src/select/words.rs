//! What texts have in common, in numbers: the telling words of a story, and how much of a text is new
//! against another one. Any script; no dictionary, no statistics of what else there is, so that what
//! two texts come to depends on the two alone. What comes out is frozen with waves: never change how
//! a word is hashed, add another way beside it.

use unicode_segmentation::UnicodeSegmentation;

/// Letters of a word that count: the ends of longer ones are what grammar does to them.
const STEM: usize = 7;

/// Function words of four letters and more, which tell nothing. Shorter ones are left out anyway.
const EMPTY: &[&str] = &[
    "about", "after", "also", "been", "before", "could", "from", "have", "into", "more", "most",
    "only", "other", "over", "said", "says", "should", "some", "than", "that", "their", "them",
    "then", "there", "these", "they", "this", "those", "were", "what", "when", "where", "which",
    "while", "will", "with", "would", "your", // English
    "aber", "alle", "auch", "beim", "dass", "dem", "denn", "diese", "dieser", "durch", "eine",
    "einem", "einen", "einer", "eines", "gegen", "haben", "hatte", "ihre", "kann", "kein", "keine",
    "mehr", "nach", "nicht", "noch", "oder", "ohne", "sein", "seine", "sich", "sind", "soll",
    "über", "unter", "vom", "wegen", "wenn", "werden", "wird", "wurde", "wurden",
    "zwischen", // German
    "avec", "cette", "dans", "mais", "nous", "pour", "plus", "sont", "vous", // French
    "como", "desde", "entre", "está", "este", "esta", "hasta", "para", "pero",
    "sobre", // Spanish
    "الى", "إلى", "التي", "الذي", "بعد", "بين", "على", "عند", "قبل", "كما", "هذا", "هذه",
    "ذلك", // Arabic
];

/// The telling words of a story as hashes, ascending, each once: those of the headline, the summary
/// and the names (of people, places, organisations) in it. A name counts by its words and once more as
/// a whole, so twice.
pub fn features<N: AsRef<str>>(headline: &str, summary: &str, names: &[N]) -> Vec<u32> {
    let mut found = Vec::new();
    for text in [headline, summary]
        .into_iter()
        .chain(names.iter().map(AsRef::as_ref))
    {
        telling(text, &mut found);
    }
    for name in names {
        let words: Vec<String> = words(name.as_ref()).map(folded).collect();
        if !words.is_empty() {
            found.push(short(hash(b'n', words.iter().map(String::as_str))));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// How much of a text is not in an old one: thousandths of its runs of three words (of three signs
/// where a script has no spaces), each counted once. 0 for a text without words.
pub fn new_share(text: &str, old: &str) -> u16 {
    Shingles::of(text).new_against(&Shingles::of(old))
}

/// The runs of three words of a text; of a shorter text the whole. Made once for each text that is
/// compared with several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Those of a text.
    pub fn of(text: &str) -> Shingles {
        let words: Vec<String> = words(text).map(folded).collect();
        let run = |run: &[String]| hash(b's', run.iter().map(String::as_str));
        let mut runs: Vec<u64> = match words.len() {
            0 => Vec::new(),
            1 | 2 => vec![run(&words)],
            _ => words.windows(3).map(run).collect(),
        };
        runs.sort_unstable();
        runs.dedup();
        Shingles(runs)
    }

    /// How many of them are not in an old text's, in thousandths, rounded down.
    pub fn new_against(&self, old: &Shingles) -> u16 {
        if self.0.is_empty() {
            return 0;
        }
        let new = self.0.iter().filter(|r| old.0.binary_search(r).is_err());
        u16::try_from(new.count() * 1000 / self.0.len()).unwrap_or(1000)
    }
}

/// Words as Unicode bounds them; where a script has no spaces every sign is one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words()
}

/// Lower-case, without the vowel signs and lengthenings that Arabic may or may not write, and without
/// an English genitive.
fn folded(word: &str) -> String {
    let optional = |sign: &char| matches!(sign, '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}');
    let lower: String = word
        .chars()
        .filter(|sign| !optional(sign))
        .flat_map(char::to_lowercase)
        .map(|sign| if sign == '’' { '\'' } else { sign })
        .collect();
    match lower.strip_suffix("'s") {
        Some(stem) => stem.to_owned(),
        None => lower,
    }
}

fn telling(text: &str, found: &mut Vec<u32>) {
    let mut before: Option<(usize, &str)> = None;
    for (at, word) in text.unicode_word_indices() {
        if unspaced(word) {
            // Two signs beside each other say more than one.
            if let Some((end, sign)) = before
                && end == at
            {
                found.push(short(hash(b'w', [sign, word].into_iter())));
            }
            before = Some((at + word.len(), word));
        } else if tells(word) {
            let stem: String = folded(word).chars().take(STEM).collect();
            found.push(short(hash(b'w', [stem.as_str()].into_iter())));
        }
    }
}

/// Whether a word is of a script that writes without spaces.
fn unspaced(word: &str) -> bool {
    let first = word.chars().next().map_or(0, u32::from);
    matches!(first, 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff
        | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0xff66..=0xff9f
        | 0x2_0000..=0x3_134f)
}

/// Whether a word is about something: long enough for its script, a number, or in capitals.
fn tells(word: &str) -> bool {
    let length = word.chars().count();
    let cased = word.chars().any(|c| c.is_lowercase() || c.is_uppercase());
    let capitals = cased && !word.chars().any(char::is_lowercase);
    let hangul = word.chars().any(|c| matches!(c, '\u{ac00}'..='\u{d7a3}'));
    let least = match (cased, hangul) {
        (_, true) => 2,
        (true, _) => 4,
        (false, _) => 3,
    };
    let number = word.chars().any(char::is_numeric);
    let long = length >= least || (length >= 2 && (capitals || number));
    long && (capitals || !EMPTY.contains(&folded(word).as_str()))
}

/// FNV-1a over words, each ended by a zero octet, spread by a final multiplication.
fn hash<'w>(kind: u8, words: impl Iterator<Item = &'w str>) -> u64 {
    const PRIME: u64 = 0x100_0000_01b3;
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut take = |octet: u8| state = (state ^ u64::from(octet)).wrapping_mul(PRIME);
    take(kind);
    for word in words {
        word.bytes().for_each(&mut take);
        take(0);
    }
    (state ^ (state >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::{Shingles, features, new_share};

    fn common(a: &[u32], b: &[u32]) -> usize {
        a.iter().filter(|f| b.contains(f)).count()
    }

    const NOBODY: &[&str] = &[];

    #[test]
    fn telling_words_are_those_of_any_script() {
        let tram = features("Council’s vote on the tram", "", NOBODY);
        assert_eq!(tram.len(), 3, "council, vote, tram");
        let again = features("Tram: the council votes", "", NOBODY);
        assert_eq!(common(&tram, &again), 2, "vote and votes differ");
        assert!(features("with that from over", "", NOBODY).is_empty());
        assert_eq!(features("EU and UN in 24 h", "", NOBODY).len(), 3);
        // A name: its two words, and the whole.
        assert_eq!(features("", "", &["Nadia Ford"]).len(), 3);
        assert_eq!(features("Nadia Ford", "", &["Nadia Ford"]).len(), 3);
        // Han by pairs of signs, Arabic by words whatever their vowel signs, Korean by words.
        assert_eq!(features("東京都議会", "", NOBODY).len(), 4);
        assert_eq!(
            common(
                &features("東京都議会", "", NOBODY),
                &features("大阪と東京都", "", NOBODY)
            ),
            2
        );
        let plain = features("مجلس المدينة", "", NOBODY);
        assert_eq!(plain.len(), 2);
        assert_eq!(common(&plain, &features("مَجْلِس", "", NOBODY)), 1);
        assert_eq!(features("서울 시의회", "", NOBODY).len(), 2);
    }

    #[test]
    fn they_stay_what_they_are() {
        // Frozen waves hold them.
        assert_eq!(
            features("Harbour tram", "", NOBODY),
            [317_137_087, 2_601_228_545]
        );
    }

    #[test]
    fn what_is_new_is_counted_by_runs_of_three_words() {
        let old = "The harbour office closes on Monday for repairs";
        assert_eq!(new_share(old, old), 0);
        assert_eq!(new_share("THE harbour, office closes; on Monday", old), 0);
        assert_eq!(new_share(old, ""), 1000);
        assert_eq!(new_share("", old), 0);
        assert_eq!(new_share("Divers found it", old), 1000);
        assert_eq!(new_share("Divers", "divers"), 0);
        // Six runs, of which the last three have the new word.
        let text = "The harbour office closes on Tuesday for repairs";
        assert_eq!(new_share(text, old), 500);
        // A cut is nothing new, and the rest of a cut text is.
        assert_eq!(new_share("closes on Monday for repairs", old), 0);
        assert_eq!(new_share(old, "closes on Monday for repairs"), 500);
        assert_eq!(new_share("東京都議会選挙", "東京都議会"), 400);
        let shingles = Shingles::of("one two");
        assert_eq!(shingles, Shingles::of("One, two"));
    }
}
