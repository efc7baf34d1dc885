//! The language of a text whose source states none: a reliable answer or none.
//!
//! Letters decide first: most scripts are written by few languages. Between the languages of one script
//! whatlang decides by its trigrams, and only where it is sure and there is enough text. The answer is
//! the tag that feeds use (BCP 47: `en`, not `eng`).

use whatlang::{Lang, detect};

/// Letters below which a text in a script of many languages says nothing reliable.
const ENOUGH: usize = 60;
/// Letters below which not even a script of one language is believed.
const SOME: usize = 12;
/// Characters that are looked at.
const MOST: usize = 4_000;

/// A script that a text is written in, by the ISO 15924 name of the most frequent one of its letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Script(&'static str);

impl Script {
    /// Its four letters: `Latn`, `Ethi`.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// A script's name, its language where it is written by one, and ranges of its letters.
type Letters = (&'static str, Option<&'static str>, &'static [(u32, u32)]);

/// Scripts with their ranges of letters, and the language where a script is written by one.
const SCRIPTS: &[Letters] = &[
    (
        "Latn",
        None,
        &[(0x41, 0x24f), (0x1e00, 0x1eff), (0x2c60, 0x2c7f)],
    ),
    ("Cyrl", None, &[(0x400, 0x52f)]),
    (
        "Arab",
        None,
        &[(0x600, 0x6ff), (0x750, 0x77f), (0x8a0, 0x8ff)],
    ),
    ("Hebr", None, &[(0x590, 0x5ff)]),
    ("Deva", None, &[(0x900, 0x97f)]),
    ("Ethi", None, &[(0x1200, 0x139f), (0x2d80, 0x2ddf)]),
    ("Hira", Some("ja"), &[(0x3040, 0x30ff)]),
    ("Hani", None, &[(0x3400, 0x4dbf), (0x4e00, 0x9fff)]),
    ("Hang", Some("ko"), &[(0x1100, 0x11ff), (0xac00, 0xd7a3)]),
    ("Grek", Some("el"), &[(0x370, 0x3ff), (0x1f00, 0x1fff)]),
    ("Armn", Some("hy"), &[(0x530, 0x58f)]),
    ("Geor", Some("ka"), &[(0x10a0, 0x10ff)]),
    ("Beng", None, &[(0x980, 0x9ff)]),
    ("Guru", Some("pa"), &[(0xa00, 0xa7f)]),
    ("Gujr", Some("gu"), &[(0xa80, 0xaff)]),
    ("Orya", Some("or"), &[(0xb00, 0xb7f)]),
    ("Taml", Some("ta"), &[(0xb80, 0xbff)]),
    ("Telu", Some("te"), &[(0xc00, 0xc7f)]),
    ("Knda", Some("kn"), &[(0xc80, 0xcff)]),
    ("Mlym", Some("ml"), &[(0xd00, 0xd7f)]),
    ("Sinh", Some("si"), &[(0xd80, 0xdff)]),
    ("Thai", Some("th"), &[(0xe00, 0xe7f)]),
    ("Laoo", Some("lo"), &[(0xe80, 0xeff)]),
    ("Tibt", Some("bo"), &[(0xf00, 0xfff)]),
    ("Mymr", Some("my"), &[(0x1000, 0x109f)]),
    ("Khmr", Some("km"), &[(0x1780, 0x17ff)]),
];

/// How many letters of each script the start of a text has.
fn letters(text: &str) -> Vec<usize> {
    let mut counts = vec![0; SCRIPTS.len()];
    for c in text.chars().take(MOST).filter(|c| c.is_alphabetic()) {
        let code = u32::from(c);
        let of = |(_, _, ranges): &Letters| {
            ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&code))
        };
        if let Some(n) = SCRIPTS.iter().position(of).and_then(|s| counts.get_mut(s)) {
            *n += 1;
        }
    }
    counts
}

/// The script of most of a text's letters; `None` where it has none that is known.
pub fn script(text: &str) -> Option<Script> {
    let counts = letters(text);
    let (most, at) = counts
        .iter()
        .zip(0..)
        .max_by_key(|(n, at)| (**n, usize::MAX - at))?;
    let (name, ..) = SCRIPTS.get::<usize>(at)?;
    (*most > 0).then_some(Script(name))
}

/// The language of a text, as a BCP 47 tag; `None` unless it is reliable.
pub fn language(text: &str) -> Option<&'static str> {
    let counts = letters(text);
    let all: usize = counts.iter().sum();
    if all < SOME {
        return None;
    }
    let script = script(text)?;
    let of = |name: &str| {
        let at = SCRIPTS.iter().position(|(n, ..)| *n == name);
        at.and_then(|at| counts.get(at)).copied().unwrap_or(0)
    };
    // Japanese is written in both: a tenth of kana is enough.
    if script.0 == "Hani" || script.0 == "Hira" {
        return match of("Hira") * 10 >= of("Hani") + of("Hira") {
            true => Some("ja"),
            false => (of("Hani") * 5 >= all * 4).then_some("zh"),
        };
    }
    if of(script.0) * 5 < all * 4 {
        return None;
    }
    if script.0 == "Ethi" {
        return Some(ethiopic(text));
    }
    let single = SCRIPTS.iter().find(|(n, ..)| *n == script.0)?.1;
    if single.is_some() {
        return single;
    }
    if of(script.0) < ENOUGH {
        return None;
    }
    let start: String = text.chars().take(MOST).collect();
    if script.0 == "Latn" && is_swahili(&start) {
        return Some("sw");
    }
    let found = detect(&start)?;
    found.is_reliable().then(|| tag(found.lang())).flatten()
}

/// Swahili, which whatlang does not know and takes for one of its relatives: by the words that hold its
/// sentences together, one in seven of all, with some among them that its relatives do not have.
fn is_swahili(text: &str) -> bool {
    const HOLD: [&str; 11] = [
        "na", "ya", "wa", "kwa", "ni", "za", "la", "cha", "vya", "mwa", "si",
    ];
    let (mut all, mut hold, mut own) = (0, 0, 0);
    for word in text
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| !w.is_empty())
    {
        let is = |known: &&str| known.eq_ignore_ascii_case(word);
        all += 1;
        hold += usize::from(HOLD.iter().any(is));
        own += usize::from(SWAHILI.iter().any(is));
    }
    own > 0 && own * 100 >= all * 3 && hold * 20 >= all && (hold + own) * 7 >= all
}

/// Words of Swahili alone, of those that come in any text.
const SWAHILI: [&str; 35] = [
    "katika", "kuwa", "kwamba", "kwenye", "hiyo", "hii", "huo", "hilo", "hizo", "huyo", "wakati",
    "baada", "lakini", "pia", "ambao", "ambaye", "ambayo", "watu", "nchini", "mwaka", "miaka",
    "zaidi", "kutoka", "hadi", "yake", "wake", "zake", "alisema", "amesema", "anasema", "mmoja",
    "juu", "dhidi", "baadhi", "kuhusu",
];

/// Amharic or Tigrinya: the latter writes ኣ all the time where the former has አ.
fn ethiopic(text: &str) -> &'static str {
    let start = || text.chars().take(MOST).filter(|c| c.is_alphabetic());
    let own = start().filter(|c| *c == 'ኣ').count();
    if own * 100 >= start().count() {
        "ti"
    } else {
        "am"
    }
}

/// The tag that feeds use for a language.
fn tag(language: Lang) -> Option<&'static str> {
    let (_, tag) = TAGS.iter().find(|(code, _)| *code == language.code())?;
    Some(tag)
}

/// ISO 639-3 as whatlang has it → the shortest tag (RFC 5646 §2.2.1). Shona, Zulu and Akan are left out:
/// whatlang takes their many relatives, which it does not know, for them; and so is Latin, for which it
/// takes lists of names.
const TAGS: &[(&str, &str)] = &[
    ("epo", "eo"),
    ("eng", "en"),
    ("rus", "ru"),
    ("spa", "es"),
    ("por", "pt"),
    ("ita", "it"),
    ("fra", "fr"),
    ("deu", "de"),
    ("ukr", "uk"),
    ("heb", "he"),
    ("yid", "yi"),
    ("pol", "pl"),
    ("ara", "ar"),
    ("pes", "fa"),
    ("mar", "mr"),
    ("hin", "hi"),
    ("nep", "ne"),
    ("urd", "ur"),
    ("uzb", "uz"),
    ("aze", "az"),
    ("ind", "id"),
    ("jav", "jv"),
    ("bel", "be"),
    ("hun", "hu"),
    ("est", "et"),
    ("lit", "lt"),
    ("lav", "lv"),
    ("slk", "sk"),
    ("ces", "cs"),
    ("slv", "sl"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("mkd", "mk"),
    ("bul", "bg"),
    ("dan", "da"),
    ("nob", "nb"),
    ("swe", "sv"),
    ("fin", "fi"),
    ("tur", "tr"),
    ("nld", "nl"),
    ("ron", "ro"),
    ("cat", "ca"),
    ("vie", "vi"),
    ("tgl", "tl"),
    ("afr", "af"),
    ("lat", "la"),
    ("sna", "sn"),
    ("zul", "zu"),
    ("aka", "ak"),
    ("tuk", "tk"),
    ("ben", "bn"),
];

#[cfg(test)]
mod tests {
    use super::{language, script};

    #[test]
    fn a_language_is_named_where_it_is_sure() {
        let cases = [
            (
                "The council voted on Monday to keep the harbour open through the winter, and asked \
              the county for money.",
                Some("en"),
            ),
            (
                "Le conseil municipal a voté lundi pour que le port reste ouvert tout l’hiver, et demande \
              de l’argent au département.",
                Some("fr"),
            ),
            (
                "Der Stadtrat hat am Montag beschlossen, den Hafen den ganzen Winter offen zu halten, und \
              bittet den Kreis um Geld.",
                Some("de"),
            ),
            (
                "Совет проголосовал в понедельник за то, чтобы порт оставался открытым всю зиму, и \
              попросил денег у области.",
                Some("ru"),
            ),
            (
                "Baraza lilipiga kura Jumatatu kwa ajili ya bandari kuwa wazi katika majira ya baridi na \
              kuomba fedha kwa serikali ya wilaya.",
                Some("sw"),
            ),
            (
                "Serikali yatangaza mpango mpya wa bandari\nWaziri wa uchukuzi amesema mradi wa bandari \
              mpya utaanza mwaka ujao.",
                Some("sw"),
            ),
            // A relative, and others that have the same short words.
            (
                "Boma lati ntchito ya zaumoyo ya m'midzi idzayamba chaka cha mawa ndipo ndalama za ntchitoyi \
              zaperekedwa kwa makhonsolo a m'maboma.",
                None,
            ),
            ("ግዙፉ ቢራ አምራች ኩባንያ የቢራ ሽያጩ መቀዛቀዙን አስታወቀ", Some("am")),
            ("東京都知事は月曜日に発表した", Some("ja")),
            ("市议会星期一投票决定港口整个冬天开放", Some("zh")),
            ("시의회는 월요일에 항구를 열어 두기로 했다", Some("ko")),
            ("สภาเทศบาลลงมติเมื่อวันจันทร์ให้เปิดท่าเรือ", Some("th")),
            ("Cup final", None),
            ("12:30 — 2026", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(language(text), expected, "{text}");
        }
    }

    #[test]
    fn a_script_is_that_of_most_letters() {
        for (text, expected) in [
            ("Hafen", Some("Latn")),
            ("የቢራ ሽያጩ CEO", Some("Ethi")),
            ("порт", Some("Cyrl")),
            ("…", None),
        ] {
            assert_eq!(script(text).map(|s| s.as_str()), expected, "{text}");
        }
    }
}
