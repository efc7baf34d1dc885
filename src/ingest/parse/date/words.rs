//! Dates with their month in words, or in figures whose order is clear, in any order of their parts.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Clock, Offset, at, clock, months, number, short_year, zone};

/// Words between the parts that say nothing.
const FILLERS: &[&str] = &[
    "a", "al", "at", "às", "de", "del", "den", "di", "die", "do", "el", "et", "godz", "godz.", "h",
    "hrs", "kl", "kl.", "klo", "la", "las", "le", "los", "o", "of", "om", "on", "the", "to", "uhr",
    "um", "à", "г", "г.", "в", "і", "року", "da", "das", "och", "|", "-", "–", "—", "at.", "à.",
];
/// Seconds east of UTC of Korea, whose papers leave their zone out.
const KOREA: Offset = 9 * 3600;

/// What a date in words has said so far.
#[derive(Default)]
struct Said {
    year: Option<i16>,
    month: Option<i8>,
    /// Whether the month was the first word: in some languages it may be the day's name instead.
    first: bool,
    day: Option<i8>,
    time: Option<Clock>,
    afternoon: Option<bool>,
    east: Option<Offset>,
    whole: Option<Date>,
    /// Day and month in figures, either way around.
    either: Option<(i8, i8)>,
}

/// Reads a date in words.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let korean = text.contains(['년', '오']);
    let text = spelled(text);
    let mut said = Said::default();
    let text = text.split(" (").next().unwrap_or_default();
    let parts = text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|p| !p.is_empty());
    for (i, part) in parts.enumerate() {
        hear(&mut said, part, i)?;
    }
    // Only America writes the month first, and only America halves the day.
    if let Some((first, second)) = said.either {
        said.afternoon?;
        (said.month, said.day) = (Some(first), Some(second));
    }
    let date = match said.whole {
        Some(date) => date,
        None => Date::new(said.year?, said.month?, said.day?).ok()?,
    };
    let mut time = said.time.unwrap_or_default();
    match said.afternoon {
        Some(true) if time.hour < 12 => time.hour += 12,
        Some(false) if time.hour == 12 => time.hour = 0,
        _ => {}
    }
    let east = said.east.or(korean.then_some(KOREA));
    at(date, time, east.unwrap_or(0))
}

/// The signs of Chinese, Japanese and Korean dates as what others write.
fn spelled(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        // Blanks stand behind a sign, or do not.
        let rest = text.get(i + c.len_utf8()..).unwrap_or_default();
        match c {
            '年' | '년' | '月' | '월' => out.push('-'),
            '日' | '일' if out.ends_with(|c: char| c.is_ascii_digit()) => out.push(' '),
            '時' | '时' | '시' | '点' => out.push(':'),
            '分' | '분' if rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) => {
                out.push(':');
            }
            '分' | '분' | '秒' | '초' => out.push(' '),
            c if c.is_whitespace() && out.ends_with(['-', ':']) => {}
            c => out.push(c),
        }
    }
    for (sign, half) in [
        ("오전", " am "),
        ("오후", " pm "),
        ("午前", " am "),
        ("午後", " pm "),
        ("上午", " am "),
        ("下午", " pm "),
    ] {
        out = out.replace(sign, half);
    }
    out
}

/// Takes one word of a date; `None` if it has no place in one.
fn hear(said: &mut Said, part: &str, place: usize) -> Option<()> {
    let lower = part.to_lowercase();
    let dated = said.month.is_some() || said.whole.is_some() || said.either.is_some();
    if part.contains(':') && said.time.is_none() {
        return hear_time(said, &lower);
    }
    if place == 0 && is_weekday(&lower) {
        // It only repeats the date.
    } else if (!dated || said.first)
        && let Some(month) = months::month(&lower)
    {
        said.month = Some(month);
        said.first = place == 0;
    } else if matches!(
        lower.as_str(),
        "am" | "pm" | "a.m." | "p.m." | "a.m" | "p.m"
    ) {
        said.afternoon = Some(lower.starts_with('p'));
    } else if FILLERS.contains(&lower.as_str())
        && (said.time.is_none() || zone::read(part).is_none())
    {
        // Says nothing.
    } else if lower.bytes().all(|b| b.is_ascii_digit()) {
        numeral(said, &lower)?;
    } else if let Some(day) = ordinal(&lower) {
        said.day = Some(day);
    } else if lower.contains(['-', '/', '.']) && !dated && zone::read(part).is_none() {
        parted(said, &lower)?;
    } else if said.time.is_some() && said.east.is_none() {
        // RFC 2822 §4.3: a zone that nobody knows counts as UTC; one that is half a number does not.
        let alphabetic = part.bytes().all(|b| b.is_ascii_alphabetic());
        said.east = zone::read(part).or(if alphabetic { Some(0) } else { None });
        said.east?;
    } else if place > 0 || lower.chars().any(|c| c.is_ascii_digit() || c == ':') {
        // Only the name of the day may stand first and mean nothing.
        return None;
    }
    Some(())
}

/// A day of the week in English, by its first three letters.
fn is_weekday(lower: &str) -> bool {
    let start = lower.get(..3).unwrap_or_default();
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&start)
}

/// `5th`, `3.`, `1er`.
fn ordinal(lower: &str) -> Option<i8> {
    let suffixes = ["st", "nd", "rd", "th", ".", "er", "º", "ª"];
    let digits = suffixes.iter().find_map(|s| lower.strip_suffix(s))?;
    number(digits, 1..=2)
}

/// `10:14:55`, `3:00pm`, `10:14:55Z`, `9:15-05:00`.
fn hear_time(said: &mut Said, lower: &str) -> Option<()> {
    let end = lower
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.'))
        .unwrap_or(lower.len());
    let (digits, rest) = lower.split_at_checked(end)?;
    said.time = Some(clock(digits.trim_end_matches([':', '.']))?);
    match rest {
        "" => {}
        "am" | "a.m." => said.afternoon = Some(false),
        "pm" | "p.m." => said.afternoon = Some(true),
        "h" | "uhr" => {}
        east => said.east = Some(zone::read(east)?),
    }
    Some(())
}

fn numeral(said: &mut Said, digits: &str) -> Option<()> {
    match digits.len() {
        1..=2 if said.day.is_none() => said.day = Some(digits.parse().ok()?),
        2 if said.year.is_none() => said.year = Some(short_year(digits)?),
        4 if said.year.is_none() => said.year = Some(digits.parse().ok()?),
        _ => return None,
    }
    Some(())
}

/// `26-Jan-2004`, `2006/09/15`, `26.01.2004`, `12/25/2009`.
fn parted(said: &mut Said, text: &str) -> Option<()> {
    let text = text.trim_end_matches(['-', '.']);
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    if first.len() == 4 {
        let month = number(second, 1..=2).or_else(|| months::month(second))?;
        let date = Date::new(number(first, 4..=4)?, month, number(third, 1..=2)?);
        said.whole = Some(date.ok()?);
        return Some(());
    }
    numeral_year(said, third)?;
    let day: i8 = number(first, 1..=2)?;
    match number::<i8>(second, 1..=2) {
        None => (said.day, said.month) = (Some(day), Some(months::month(second)?)),
        // Dots are Europe's, which writes the day first; figures over twelve are days.
        Some(month) if text.contains('.') || day > 12 => {
            (said.day, said.month) = (Some(day), Some(month));
        }
        Some(other) if other > 12 => (said.day, said.month) = (Some(other), Some(day)),
        Some(other) => said.either = Some((day, other)),
    }
    Some(())
}

fn numeral_year(said: &mut Said, digits: &str) -> Option<()> {
    said.year = Some(match digits.len() {
        2 => short_year(digits)?,
        _ => number(digits, 4..=4)?,
    });
    Some(())
}
