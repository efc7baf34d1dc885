//! Months in the languages of the world's papers: their names, and any beginning of one that means no
//! other month.

use crate::domain::time::MONTHS;

/// The names of each month, and short forms that are no beginnings of them.
const NAMES: [&str; 12] = [
    "january januar janvier janv enero janeiro gennaio januari styczeń stycznia leden ledna január \
     januára januára siječanj siječnja januar ianuarie ocak január января январь янв січня січень \
     ιανουάριος ιανουαρίου ιαν tammikuu tammikuuta jaanuar sausio janvāris yanvar enero jän jänner \
     يناير janvier gener xaneiro",
    "february februar février févr fev fév febrero fevereiro febbraio februari luty lutego únor února \
     február veljača veljače februarie şubat февраля февраль фев лютого лютий φεβρουάριος φεβρουαρίου \
     φεβ helmikuu helmikuuta veebruar vasario februāris fevral feber فبراير febrer febreiro",
    "march märz mars marzo março maart mrt marzec marca březen března marec március ožujak ožujka \
     martie mart марта март березня березень μάρτιος μαρτίου μάρ μαρ maaliskuu maaliskuuta märts kovo \
     marts مارس març marts",
    "april avril avr abril aprile kwiecień kwietnia duben dubna apríl április travanj travnja aprilie \
     nisan апреля апрель квітня квітень απρίλιος απριλίου απρ huhtikuu huhtikuuta aprill balandžio \
     aprīlis aprel أبريل abr",
    "may mai mayo maio maggio mei maj maja květen května máj májú május svibanj svibnja mayıs мая май \
     травня травень μάιος μαΐου μαΐ μαϊ μάι toukokuu toukokuuta gegužės maijs maig مايو",
    "june juni juin junio junho giugno czerwiec czerwca červen června jún június lipanj lipnja iunie \
     haziran июня июнь червня червень ιούνιος ιουνίου ιούν ιουν kesäkuu kesäkuuta juuni birželio \
     jūnijs iyun يونيو juny xuño",
    "july juli juillet juil julio julho luglio lipiec lipca červenec července júl július srpanj srpnja \
     iulie temmuz июля июль липня липень ιούλιος ιουλίου ιούλ ιουλ heinäkuu heinäkuuta juuli liepos \
     jūlijs iyul يوليو juliol xullo",
    "august août aout agosto sierpień sierpnia srpen srpna augusztus kolovoz kolovoza ağustos августа \
     август серпня серпень αύγουστος αυγούστου αύγ αυγ elokuu elokuuta rugpjūčio augusts avqust \
     augustus augusti ago أغسطس agost",
    "september septembre sept septiembre setembro settembre sett setiembre wrzesień wrzesnia września \
     září szeptember rujan rujna septembrie eylül сентября сентябрь сен вересня вересень σεπτέμβριος \
     σεπτεμβρίου σεπ σεπτ syyskuu syyskuuta rugsėjo septembris sentyabr set سبتمبر setembre",
    "october oktober octobre octubre outubro ottobre październik października říjen října október \
     octombrie ekim октября октябрь окт жовтня жовтень οκτώβριος οκτωβρίου οκτ lokakuu \
     lokakuuta oktoober spalio oktobris oktyabr okt out ott أكتوبر outubro",
    "november novembre noviembre novembro listopad listopadu listopada november studeni studenoga \
     noiembrie kasım ноября ноябрь ноя нояб листопада листопад νοέμβριος νοεμβρίου νοέ νοε marraskuu \
     marraskuuta novembri lapkričio novembris noyabr نوفمبر",
    "december dezember décembre déc dec diciembre dezembro dicembre grudzień grudnia prosinec prosince \
     prosinac decembrie aralık декабря декабрь дек грудня грудень δεκέμβριος δεκεμβρίου δεκ joulukuu \
     joulukuuta detsember gruodžio decembris dekabr ديسمبر desember desembre",
];

/// A month by its name in any of the languages, or by its first letters, three at least (four where
/// a language's months start alike). The English reading goes first.
pub(super) fn month(word: &str) -> Option<i8> {
    if let Some(month) = english(word) {
        return Some(month);
    }
    let word = word.trim_end_matches('.').to_lowercase();
    if word.chars().count() < 3 {
        return None;
    }
    let english = |names: &&str| {
        names
            .split(' ')
            .next()
            .is_some_and(|n| n.starts_with(&word))
    };
    let whole = |names: &&str| names.split_ascii_whitespace().any(|name| name == word);
    let begins = |names: &&str| {
        names
            .split_ascii_whitespace()
            .any(|name| name.starts_with(&word))
    };
    let index = NAMES
        .iter()
        .position(whole)
        .or_else(|| NAMES.iter().position(english));
    let index = match index {
        Some(index) => index,
        None => {
            // A beginning that two months share says neither.
            let mut found = NAMES.iter().enumerate().filter(|(_, n)| begins(n));
            let (index, _) = found.next()?;
            if found.next().is_some() {
                return None;
            }
            index
        }
    };
    Some(i8::try_from(index).ok()? + 1)
}

/// The same in English alone, without a look at the other languages: nearly all that feeds write.
fn english(word: &str) -> Option<i8> {
    let word = word.as_bytes();
    let begins = |name: &&str| {
        let start = name.as_bytes().get(..word.len());
        word.len() >= 3 && start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let index = MONTHS.iter().position(begins)?;
    Some(i8::try_from(index).ok()? + 1)
}

#[cfg(test)]
mod tests {
    use super::month;

    #[test]
    fn months_are_known_in_many_languages() {
        for (word, expected) in [
            ("Jan", Some(1)),
            ("sept.", Some(9)),
            ("MÄRZ", Some(3)),
            ("août", Some(8)),
            ("juil.", Some(7)),
            ("jui", None),
            ("ιούλ", Some(7)),
            ("Ιούν", Some(6)),
            ("július", Some(7)),
            ("июня", Some(6)),
            ("dez", Some(12)),
            ("maj", Some(5)),
            ("mar", Some(3)),
            ("Ağu", Some(8)),
            ("zzz", None),
            ("de", None),
        ] {
            assert_eq!(month(word), expected, "{word}");
        }
    }
}
