//! What a headline says of its own article: that it is corrected, or that it is taken back. Known by the
//! word before its first colon or dash, or in brackets at either end, as papers write it; a word in the
//! middle of a headline is news.

use crate::domain::amendment::Notice;

/// Words of corrections, lower-case: a piece that was corrected, or one that corrects another.
const CORRECTED: &[&str] = &[
    // English
    "correction",
    "corrections",
    "corrected",
    "corrects",
    "clarification",
    "clarified",
    "erratum",
    "errata",
    "retraction",
    "editor's note",
    "correction and clarification",
    // German, Dutch, Swedish, Danish, Norwegian, Finnish
    "korrektur",
    "korrigiert",
    "berichtigung",
    "berichtigt",
    "richtigstellung",
    "klarstellung",
    "rectificatie",
    "correctie",
    "gecorrigeerd",
    "rättelse",
    "rättad",
    "rettelse",
    "rettet",
    "oikaisu",
    "korjattu",
    // French, Spanish, Portuguese, Italian, Catalan, Romanian
    "rectificatif",
    "rectification",
    "corrigé",
    "mise au point",
    "corrección",
    "corregido",
    "corregida",
    "rectificación",
    "fe de errores",
    "fe de erratas",
    "correção",
    "corrigido",
    "corrigida",
    "retificação",
    "errata corrige",
    "correzione",
    "corretto",
    "rettifica",
    "rectificació",
    "corecție",
    "erată",
    // Polish, Czech, Russian, Ukrainian, Turkish, Greek
    "sprostowanie",
    "korekta",
    "oprava",
    "opraveno",
    "исправление",
    "исправлено",
    "уточнение",
    "виправлення",
    "виправлено",
    "уточнення",
    "düzeltme",
    "διόρθωση",
    // Arabic, Hebrew, Persian, Hindi, Swahili, Amharic, Hausa
    "تصحيح",
    "تصويب",
    "תיקון",
    "הבהרה",
    "اصلاحیه",
    "सुधार",
    "भूल सुधार",
    "marekebisho",
    "masahihisho",
    "እርማት",
    "gyara",
    // Chinese, Japanese, Korean, Vietnamese, Indonesian
    "更正",
    "订正",
    "訂正",
    "勘误",
    "정정",
    "정정보도",
    "đính chính",
    "ralat",
    "koreksi",
];

/// Words of articles that were taken back, lower-case. A noun such as `retraction` is a notice about
/// another piece, and news.
const RETRACTED: &[&str] = &[
    "retracted",
    "withdrawn",
    "removed",
    "zurückgezogen",
    "ingetrokken",
    "tillbakadragen",
    "trukket",
    "rétracté",
    "rétractée",
    "retiré",
    "retirée",
    "retractado",
    "retractada",
    "retirado",
    "retirada",
    "retratado",
    "retratada",
    "ritirato",
    "ritirata",
    "wycofane",
    "wycofano",
    "staženo",
    "отозвано",
    "відкликано",
    "geri çekildi",
    "撤回",
    "撤稿",
    "철회",
    "dicabut",
];

/// Longest word before a colon that is looked at, in characters.
const WORD: usize = 40;

/// What a headline says of its own article.
pub fn notice(headline: &str) -> Option<Notice> {
    let candidates = [
        before_mark(headline),
        bracketed(headline),
        at_the_end(headline),
    ];
    let mut words = candidates.into_iter().flatten().map(plain);
    words.find_map(|word| {
        let is = |known: &&str| **known == word;
        if RETRACTED.iter().any(&is) {
            return Some(Notice::Retracted);
        }
        CORRECTED.iter().any(is).then_some(Notice::Corrected)
    })
}

/// `CORRECTION: …`, `CORRECTED-…`, `Correction — …`.
fn before_mark(headline: &str) -> Option<&str> {
    let marks = [':', '：', '—', '–', '|', '/'];
    let colon = headline.char_indices().find(|(_, c)| marks.contains(c));
    let dash = headline.find(" - ").into_iter();
    // A hyphen alone counts behind capitals, as agencies write it.
    let hyphen = headline.find('-').filter(|at| {
        let word = headline.get(..*at).unwrap_or_default();
        word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase)
    });
    let end = colon
        .map(|(at, _)| at)
        .into_iter()
        .chain(dash)
        .chain(hyphen);
    end.min().and_then(|at| headline.get(..at))
}

/// `[Corrected] …`, `(CORRECTION) …`, `【訂正】…`.
fn bracketed(headline: &str) -> Option<&str> {
    let rest = headline.trim_start().strip_prefix(['[', '(', '【', '〔'])?;
    rest.split_once([']', ')', '】', '〕'])
        .map(|(word, _)| word)
}

/// `… (corrected)`, `… [Retracted]`.
fn at_the_end(headline: &str) -> Option<&str> {
    let rest = headline.trim_end().strip_suffix([']', ')', '】', '〕'])?;
    rest.rsplit_once(['[', '(', '【', '〔'])
        .map(|(_, word)| word)
}

/// A word as the lists have it: lower-case, single spaces, straight apostrophes; empty where it is long.
fn plain(word: &str) -> String {
    if word.chars().take(WORD + 1).count() > WORD {
        return String::new();
    }
    let words: Vec<&str> = word.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('\u{2019}', "'")
}

#[cfg(test)]
mod tests {
    use super::notice;
    use crate::domain::amendment::Notice::{Corrected, Retracted};

    #[test]
    fn a_headline_that_says_so_is_corrected_or_retracted() {
        let check = |headline: &str, expected| assert_eq!(notice(headline), expected, "{headline}");
        for headline in [
            "CORRECTION: Bridge opens in May",
            "Correction - Bridge opens in May",
            "CORRECTED-Harbour board meets on Monday",
            "Corrected: Harbour board meets",
            "[Corrected] Harbour board meets",
            "Harbour board meets (corrected)",
            "Editor\u{2019}s note: what we got wrong about the bridge",
            "RETRACTION: our piece on the harbour",
            "Berichtigung: Brücke öffnet im Mai",
            "Rectificatif : le pont ouvre en mai",
            "Fe de errores — el puente abre en mayo",
            "Исправление: мост откроют в мае",
            "【訂正】橋は5月に開通",
            "更正：大桥五月通车",
            "እርማት: ድልድዩ በግንቦት ይከፈታል",
        ] {
            check(headline, Some(Corrected));
        }
        for headline in [
            "RETRACTED: Bridge collapses",
            "Withdrawn: Bridge collapses",
            "WITHDRAWN-Bridge collapses",
            "Bridge collapses [Retracted]",
            "Zurückgezogen: Brücke eingestürzt",
        ] {
            check(headline, Some(Retracted));
        }
    }

    #[test]
    fn news_about_corrections_is_none() {
        for headline in [
            "Correction needed in housing market, says bank",
            "Market correction: shares fall by a tenth",
            "Corrections officers strike",
            "Withdrawn from the race, she backs a rival",
            "Troops withdrawn from the border",
            "Removed statue returns to the square",
            "Non-corrected lenses: a guide",
            "self-corrected spelling",
            "Update: bridge opens",
            "A (corrected) version of history wins a prize",
            "",
            ":",
            "()",
        ] {
            assert_eq!(notice(headline), None, "{headline}");
        }
    }
}
