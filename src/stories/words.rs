//! Words of any script as numbers: what shingles and terms are made of. Compatibility forms are one
//! (NFKC), case is gone, Arabic's optional signs too. Scripts without spaces give overlapping runs of
//! signs: two of Han and Kana, four of Thai, Lao, Khmer and Myanmar. Hashes have fixed seeds, so that
//! the same text gives the same numbers on every machine; the store keeps some of them.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Words that tell nothing, of the languages that most feeds are in. Others are weighed down by how
/// often they come.
const EMPTY: &str = "the and for was his her not but are had has its you all who one out new how \
    why can may now two get got say says said she him our any per via off did does from with that \
    this have been were they their there what when will would could should about after also before \
    into more most only other over some than them then these those where which while your being \
    der die das und ist von mit den dem des ein eine einer eines einem einen für auf aus bei nach \
    nicht auch wird sich als hat haben sind wurde werden oder wie zum zur über vor beim \
    les des une est pas par sur dans pour avec son ses aux qui que plus cette ont été ce sont \
    los las del una por con para que más como sus esta este pero fue han \
    il lo gli che per una dei nel con non alla della \
    het een van met voor niet aan zijn door \
    في من على إلى الى عن أن التي الذي هذا هذه بعد بين كان قال ما لا";

static EMPTY_WORDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut words: Vec<u64> = tokens(EMPTY, usize::MAX).iter().map(|t| t.hash).collect();
    words.sort_unstable();
    words
});

static YEARS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let years: String = (1800..2100).map(|year| format!("{year} ")).collect();
    let mut words: Vec<u64> = tokens(&years, usize::MAX).iter().map(|t| t.hash).collect();
    words.sort_unstable();
    words
});

/// Weekdays and months, in the languages of most feeds: written with a capital, and nobody's name.
const CALENDAR: &str = "monday tuesday wednesday thursday friday saturday sunday \
    january february march april may june july august september october november december \
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag \
    januar jänner februar märz mai juni juli oktober dezember \
    lundi mardi mercredi jeudi vendredi samedi dimanche \
    janvier février mars avril juin juillet août septembre octobre novembre décembre \
    lunes martes miércoles jueves viernes sábado domingo \
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
    segunda terça quarta quinta sexta \
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro \
    lunedì martedì mercoledì giovedì venerdì sabato domenica \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre \
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag \
    januari februari maart juli augustus december \
    poniedziałek wtorek środa czwartek piątek sobota niedziela \
    понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье \
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря \
    mandag tirsdag onsdag torsdag fredag lørdag søndag måndag tisdag lördag söndag \
    الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت \
    يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر";

static CALENDAR_WORDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut words: Vec<u64> = tokens(CALENDAR, usize::MAX)
        .iter()
        .map(|t| t.hash)
        .collect();
    words.sort_unstable();
    words
});

/// A word, or a run of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) hash: u64,
    /// Has a digit.
    pub(super) number: bool,
    /// Begins with a capital.
    pub(super) capital: bool,
    /// Begins with a small letter: of a script that has capitals, and without one.
    pub(super) small: bool,
    /// Is a run of signs of a script without spaces.
    pub(super) sign: bool,
    /// Signs, at most 255.
    length: u8,
}

impl Token {
    /// Whether it says what a text is about: no function word, and no single letter.
    pub(super) fn tells(&self) -> bool {
        let letters = self.length > 2 || self.number || (self.capital && self.length == 2);
        let cased = self.small || self.capital;
        (letters || !cased) && EMPTY_WORDS.binary_search(&self.hash).is_err()
    }

    /// Whether it is a weekday or a month.
    pub(super) fn is_of_calendar(&self) -> bool {
        CALENDAR_WORDS.binary_search(&self.hash).is_ok()
    }

    /// Whether it is a number that says more than a day, a score or a year: it begins with a digit and
    /// has three signs and more. Names of things that have one in them are none.
    pub(super) fn is_figure(&self) -> bool {
        let begins = self.number && !self.capital && !self.small;
        begins && self.length > 2 && YEARS.binary_search(&self.hash).is_err()
    }
}

/// The words of a text in their order, the first `most` of them.
pub(super) fn tokens(text: &str, most: usize) -> Vec<Token> {
    let mut scan = Scan::new(most);
    match text.is_ascii() {
        true => scan.read(text.chars()),
        false => scan.read(text.nfkc()),
    }
    scan.out
}

/// The upper half of a hash: enough to tell the words and shingles of a few texts apart, in half the
/// memory, and in the order of the whole. What the store keeps is whole.
pub(super) fn half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Whether a word is a weekday or a month.
pub(super) fn is_of_calendar(word: &str) -> bool {
    matches!(tokens(word, 2).as_slice(), [token] if token.is_of_calendar())
}

/// Joins hashes in their order.
pub(super) fn joined(hashes: impl Iterator<Item = u64>) -> u64 {
    mixed(hashes.fold(SEED, |state, hash| {
        (state.rotate_left(23) ^ hash).wrapping_mul(GOLDEN)
    }))
}

const SEED: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The last step of splitmix64: every bit depends on every other.
fn mixed(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// How many signs make a token where a script has no spaces; 0 where it has them.
fn unspaced(sign: char) -> usize {
    match u32::from(sign) {
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff => 4,
        0x3040..=0x30ff | 0x31f0..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff => 2,
        0xf900..=0xfaff | 0x2_0000..=0x3_134f => 2,
        _ => 0,
    }
}

fn in_word(sign: char) -> bool {
    sign.is_alphanumeric() || is_combining_mark(sign)
}

/// Vowel signs and lengthenings that Arabic may or may not write.
fn optional(sign: char) -> bool {
    matches!(sign, '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

struct Scan {
    most: usize,
    out: Vec<Token>,
    word: Option<Token>,
    /// The last signs of a run without spaces, and how many tokens it has given.
    signs: Vec<char>,
    given: usize,
}

impl Scan {
    fn new(most: usize) -> Scan {
        Scan {
            most,
            out: Vec::new(),
            word: None,
            signs: Vec::new(),
            given: 0,
        }
    }

    fn read(&mut self, text: impl Iterator<Item = char>) {
        for sign in text {
            if self.out.len() >= self.most {
                return;
            }
            let run = unspaced(sign);
            if !in_word(sign) {
                self.end();
            } else if run > 0 {
                self.end_word();
                self.sign(sign, run);
            } else if !optional(sign) {
                self.end_signs();
                self.letter(sign);
            }
        }
        self.end();
        self.out.truncate(self.most);
    }

    fn letter(&mut self, sign: char) {
        let word = self.word.get_or_insert(Token {
            hash: SEED,
            number: false,
            capital: sign.is_uppercase(),
            small: sign.is_lowercase(),
            sign: false,
            length: 0,
        });
        word.number |= sign.is_numeric();
        word.length = word.length.saturating_add(1);
        for small in sign.to_lowercase() {
            word.hash = (word.hash ^ u64::from(small)).wrapping_mul(PRIME);
        }
    }

    fn sign(&mut self, sign: char, run: usize) {
        self.signs.push(sign);
        if self.signs.len() > run {
            self.signs.remove(0);
        }
        if self.signs.len() == run {
            self.give();
        }
    }

    fn give(&mut self) {
        let hash = joined(self.signs.iter().map(|s| u64::from(*s)));
        self.given += 1;
        self.out.push(Token {
            hash,
            number: false,
            capital: false,
            small: false,
            sign: true,
            length: u8::try_from(self.signs.len()).unwrap_or(u8::MAX),
        });
    }

    fn end_word(&mut self) {
        if let Some(mut word) = self.word.take() {
            word.hash = mixed(word.hash);
            self.out.push(word);
        }
    }

    fn end_signs(&mut self) {
        // A run shorter than a token is one.
        if self.given == 0 && !self.signs.is_empty() {
            self.give();
        }
        self.signs.clear();
        self.given = 0;
    }

    fn end(&mut self) {
        self.end_word();
        self.end_signs();
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    fn of(text: &str) -> Vec<u64> {
        tokens(text, usize::MAX).iter().map(|t| t.hash).collect()
    }

    #[test]
    fn spellings_of_a_word_are_one() {
        for (a, b) in [
            ("The Harbour", "the  harbour!"),
            ("Größe", "GRÖSSE".to_lowercase().replace("ss", "ß").as_str()),
            ("ﬁnance", "finance"),
            ("Ｔｏｋｙｏ", "tokyo"),
            ("مَجْلِس", "مجلس"),
            ("مـجـلـس", "مجلس"),
            ("e\u{301}te\u{301}", "été"),
        ] {
            assert_eq!(of(a), of(b), "{a}");
        }
        assert_eq!(of("हिन्दी में").len(), 2);
        assert_eq!(of("서울 시의회").len(), 2);
    }

    #[test]
    fn scripts_without_spaces_give_runs_of_signs() {
        assert_eq!(of("東京都議会").len(), 4);
        assert_eq!(of("東").len(), 1);
        assert_eq!(of("東京 A").len(), 2);
        assert_eq!(of("東京A議会").len(), 3);
        assert_eq!(of("ท่าเรือ").len(), 4);
        assert_eq!(of("").len(), 0);
        assert_eq!(tokens("a b c d", 2).len(), 2);
    }

    #[test]
    fn what_tells_is_no_function_word() {
        let telling = |text: &str| {
            let all = tokens(text, usize::MAX);
            all.iter().filter(|t| t.tells()).count()
        };
        assert_eq!(telling("The fire was in the EU, at 7 o'clock"), 4);
        assert_eq!(telling("der Brand und die Häfen"), 2);
        assert_eq!(telling("東京都"), 2);
        // Names keep their capital, and a text in capitals is all names.
        let names = tokens("Nadia met the mayor", usize::MAX);
        assert!(names[0].capital && names[1].small && !names[1].capital);
    }

    #[test]
    fn hashes_stay_what_they_are() {
        // The store keeps keys made of them.
        assert_eq!(of("Harbour"), [10_561_218_634_392_613_993]);
    }
}
