//! What a page says beside its text: how long the piece is, its headings, whom to reach, who
//! published it first, the page's own date, and where its reader was thought to be.

use serde::{Deserialize, Serialize};

use crate::domain::time::Date;

/// Words a minute of silent reading: the mean over 190 studies in English (Brysbaert 2019).
const WORDS_A_MINUTE: u32 = 238;

/// What the page of an article states or shows, kept beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// Words of the piece as it was published: its text, its headings and its contact line.
    pub words: u32,
    /// Headings inside the text, in their order.
    pub headings: Vec<String>,
    /// The line that says how to reach who wrote it; it is no part of the text.
    pub contact: Option<String>,
    /// Who published the piece before this page did.
    pub publisher: Option<Publisher>,
    /// The day that the page carries: when it was put up or saved, not when the piece was published.
    pub page_date: Option<Date>,
    /// Where the page takes its reader to be; nothing of the story happens there.
    pub reader_place: Option<String>,
    /// What the page glued to its headline to say that a picture goes with it.
    pub image_mark: Option<String>,
}

/// Who published a piece first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Its domain, in lower case, without `www.`.
    pub domain: String,
    /// Its name, where a rule of the source gives one.
    pub name: Option<String>,
    /// The piece there, or its front page, where a rule of the source allows a link.
    pub url: Option<String>,
}

/// Names of other sources that a letter says a story was told by, at most.
pub const ALSO: usize = 3;

/// What a letter says of a story beside its text. Stored as JSON with a wave's candidates; what a later
/// release added is absent in earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoryFacts {
    /// Whole minutes that reading takes; none where the text is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
    /// Who published it first, by name, where a rule of its source gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Names of other sources that told its story by the cut-off, at most [`ALSO`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_none")]
    pub also_more: u32,
}

/// Who published a story before its source did, as letters say it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// As shown.
    pub name: String,
    /// The piece there, or the front page, where a rule of the source allows a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl StoryFacts {
    /// There is nothing to say.
    pub fn is_none(&self) -> bool {
        *self == StoryFacts::default()
    }
}

fn is_none(n: &u32) -> bool {
    *n == 0
}

impl PageFacts {
    /// Whole minutes that reading takes, at least one; `None` when there is nothing to read.
    pub fn reading_minutes(&self) -> Option<u32> {
        reading_minutes(self.words)
    }
}

/// Whole minutes that so many words take, at least one; `None` for none.
pub fn reading_minutes(words: u32) -> Option<u32> {
    let rounded = words.saturating_add(WORDS_A_MINUTE / 2) / WORDS_A_MINUTE;
    (words > 0).then(|| rounded.max(1))
}

/// Words of a text. A word is a run of letters and digits, hyphens and apostrophes inside it
/// included. Scripts that put no space between words are counted by length: two characters of
/// Chinese or Japanese, five of the South-East Asian scripts, make one.
pub fn count_words(text: &str) -> u32 {
    let (mut words, mut ideographs, mut unspaced) = (0_u32, 0_u32, 0_u32);
    let mut inside = false;
    for c in text.chars() {
        match c {
            '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
                if c.is_alphabetic() =>
            {
                ideographs = ideographs.saturating_add(1);
                inside = false;
            }
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
                if c.is_alphabetic() =>
            {
                unspaced = unspaced.saturating_add(1);
                inside = false;
            }
            '-' | '\'' | '’' | '‘' | 'ʼ' | '\u{2010}' | '\u{2011}' if inside => {}
            c if c.is_alphanumeric() || is_mark(c) => {
                words = words.saturating_add(u32::from(!inside));
                inside = true;
            }
            _ => inside = false,
        }
    }
    words
        .saturating_add(ideographs.div_ceil(2))
        .saturating_add(unspaced.div_ceil(5))
}

/// Signs that stand inside words: combining marks, and the vowel signs of Indic scripts.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}'
        | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}' | '\u{a01}'..='\u{a03}'
        | '\u{a3c}'..='\u{a4d}' | '\u{b3c}'..='\u{b4d}' | '\u{bbe}'..='\u{bcd}'
        | '\u{c3e}'..='\u{c4d}' | '\u{cbc}'..='\u{ccd}' | '\u{d3e}'..='\u{d4d}'
        | '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::{count_words, reading_minutes};

    #[test]
    fn words_are_counted_in_any_script() {
        for (text, words) in [
            ("", 0),
            (" — 12 … ", 1),
            ("It’s well-known", 2),
            ("a‘s 'b' -c-", 3),
            ("U.S. troops", 3),
            ("ደስ የሚል ቀን", 3),
            ("हिन्दी में", 2),
            ("新しい橋が開いた", 4),
            ("สะพานใหม่", 2),
        ] {
            assert_eq!(count_words(text), words, "{text}");
        }
    }

    #[test]
    fn minutes_are_rounded_and_never_none_for_a_text() {
        let minutes = |words| reading_minutes(words).unwrap_or(0);
        let all = [0, 1, 119, 356, 357, 1272, u32::MAX].map(minutes);
        assert_eq!(all, [0, 1, 1, 1, 2, 5, 18_046_081]);
    }
}
