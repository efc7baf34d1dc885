//! What stands beside a name: a state that says which place of that name it is, or a title or a given
//! name that make it somebody's.

use crate::topics::rule::words::{Field, Span, Words};

/// States of a country whose towns share their names, as they are written out behind one. Their short
/// forms are known by how they look.
const STATES: &str = "alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|\
    georgia|hawaii|idaho|illinois|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|\
    michigan|minnesota|mississippi|missouri|montana|nebraska|nevada|new hampshire|new jersey|new mexico|\
    new york|north carolina|north dakota|ohio|oklahoma|oregon|pennsylvania|rhode island|south carolina|\
    south dakota|tennessee|texas|utah|vermont|virginia|washington|west virginia|wisconsin|wyoming|\
    alberta|british columbia|manitoba|new brunswick|newfoundland|nova scotia|ontario|quebec|saskatchewan";
/// Titles before a person's name.
const TITLES: &str = "mr|mrs|ms|miss|mx|dr|prof|professor|rev|reverend|sen|senator|rep|gov|governor|judge|\
    justice|sheriff|mayor|councilman|councilwoman|captain|capt|sgt|lt|col|gen|officer|coach|president|\
    sir|dame|lord|lady|herr|frau|monsieur|madame|mme|señor|señora|sr|sra|pastor|deputy|chief";
/// Words with a capital, since they open a sentence, before a place's name rather than a person's.
const OPENERS: &str = "in|at|near|from|around|outside|inside|across|of|to|for|over|above|below|beyond|by|via|\
    with|within|without|and|but|or|as|if|when|while|why|how|what|where|is|are|was|will|can|does|the|a|an|\
    this|that|all|no|not|new|old|greater|upper|lower|downtown|uptown|central|rural|nearby|historic|north|\
    south|east|west|northern|southern|eastern|western|today|tomorrow|yesterday|police|city|town|visit|\
    im|aus|bei|nach|von|vor|zu|für|um|und|auf|über|durch|das|die|der|ein|eine|alt|neu|\
    à|a|de|du|dans|en|le|la|les|un|une|vers|pour|sur|et|chez|autour|\
    el|los|las|del|desde|hacia|por|y|al|una|uno|il|lo|nel|di|da|per|op|bij|uit|naar|het";

/// Words with which places' names begin that hold another one's.
const PLACES: &str =
    "camp|cape|fort|ft|lake|mount|mt|port|river|saint|st|university|airport|bad|san|santa";

fn is_one_of(list: &str, word: &str) -> bool {
    list.split('|').any(|known| known.trim() == word)
}

/// Whether a state stands at a word, in short or written out.
pub(super) fn is_state(words: &Words, at: usize) -> bool {
    let written = words.written(at).starts_with(char::is_uppercase);
    let two = || format!("{} {}", words.folded(at), words.folded(at + 1));
    let near = words.between(at) == " ";
    let full = is_one_of(STATES, words.folded(at)) || near && is_one_of(STATES, &two());
    is_abbreviation(words, at) || (written && full)
}

/// Whether a name is somebody's where it stands: behind a title, or a given name in running text. A
/// headline in which all words have capitals says neither.
pub(super) fn is_persons(words: &Words, span: Span) -> bool {
    let Some(before) = span.first.checked_sub(1) else {
        return false;
    };
    if !follows_name(words, span) {
        return false;
    }
    let running = || {
        let small = |n: usize| {
            words.written(n).starts_with(char::is_lowercase) && words.written(n).len() > 3
        };
        words.field(span.first) != Some(Field::Title) || words.of(Field::Title).any(small)
    };
    let before = words.folded(before);
    is_one_of(TITLES, before) || (running() && !is_one_of(PLACES, before))
}

/// A word such as `Mass.` or `IL`, as it stands behind a town's name.
pub(super) fn is_abbreviation(words: &Words, at: usize) -> bool {
    let word = words.written(at);
    let two = word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    let cut = (2..=5).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().skip(1).all(|b| b.is_ascii_lowercase())
        && words.between(at).starts_with('.');
    two || cut
}

/// Whether a name stands behind a capitalised word of its own sentence.
pub(super) fn follows_name(words: &Words, span: Span) -> bool {
    let Some(before) = span.first.checked_sub(1) else {
        return false;
    };
    let gap = words.between(before);
    let touches = !gap.is_empty() && gap.chars().all(|c| c == ' ' || c == '.');
    let same = words.place(before).map(|p| p + 1) == words.place(span.first);
    let word = words.written(before);
    let title = gap.contains('.') && word.chars().count() > 4;
    let capital = word.starts_with(char::is_uppercase) && !word.chars().all(char::is_uppercase);
    let addressed = is_one_of(TITLES, words.folded(before));
    // The first word of a sentence has a capital anyway: `In Jackson`, but `John Jackson`.
    let opens = before == 0
        || words.place(before - 1).map(|p| p + 1) != words.place(before)
        || words
            .between(before - 1)
            .contains(['.', '!', '?', '\n', '“', '"', ':']);
    let may_open = opens && (is_one_of(OPENERS, words.folded(before)) || word.ends_with("’s"));
    touches && same && (addressed || (capital && !may_open && !title))
}
