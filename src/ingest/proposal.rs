//! Topics that a publisher's own categories propose: the words that stand at many entries and say
//! something of them. Pure; a person decides what becomes of a proposal.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::parse::ParsedFeed;
use crate::domain::article::CategoryMap;
use crate::domain::slug::Slug;

/// Topics that are proposed at most.
const MOST: usize = 12;
/// Longer category words are sentences or keys, in characters.
const CHARS: usize = 32;
/// Of fewer entries than this one may stand for itself; of more, a topic takes two.
const FEW: usize = 6;

/// Category words that say nothing of an entry, in the forms of [`CategoryMap::key`].
const EMPTY: &[&str] = &[
    "news",
    "all",
    "all news",
    "latest",
    "latest news",
    "breaking",
    "breaking news",
    "top news",
    "top stories",
    "headlines",
    "featured",
    "feature",
    "features",
    "home",
    "homepage",
    "front page",
    "general",
    "uncategorized",
    "uncategorised",
    "unclassified",
    "misc",
    "miscellaneous",
    "other",
    "blog",
    "blogs",
    "post",
    "posts",
    "article",
    "articles",
    "story",
    "stories",
    "update",
    "updates",
    "press release",
    "press releases",
    "newsletter",
    "video",
    "videos",
    "photo",
    "photos",
    "audio",
    "podcast",
    "podcasts",
    "gallery",
    "image",
    "link",
    "links",
    "main",
    "default",
    "archive",
    "announcement",
    "announcements",
    "type/article",
    "tone/news",
    "rss",
    "feed",
    "web",
    "standard",
    "allgemein",
    "nachrichten",
    "aktuell",
    "startseite",
    "sonstiges",
    "meldungen",
    "unkategorisiert",
    "actualités",
    "actualité",
    "a la une",
    "à la une",
    "non classé",
    "accueil",
    "divers",
    "articles de blog",
    "noticias",
    "actualidad",
    "general es",
    "sin categoría",
    "sin categoria",
    "portada",
    "últimas noticias",
    "notícias",
    "sem categoria",
    "geral",
    "destaques",
    "notizie",
    "senza categoria",
    "in evidenza",
    "nieuws",
    "geen categorie",
    "algemeen",
    "nyheter",
    "nyheder",
    "uutiset",
    "okategoriserade",
    "aktualności",
    "bez kategorii",
    "wiadomości",
    "новости",
    "без рубрики",
    "главное",
    "новини",
    "haberler",
    "genel",
    "manşet",
    "أخبار",
    "عام",
    "غير مصنف",
    "समाचार",
    "新闻",
    "新聞",
    "ニュース",
    "未分類",
    "未分类",
    "뉴스",
    "미분류",
];

/// A topic that categories propose.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Proposed {
    /// A short name for it.
    pub topic: Slug,
    /// Its words, as most entries write them.
    pub name: String,
    /// Entries that carry it.
    pub entries: usize,
    /// The category in the form under which a map looks it up.
    #[serde(skip)]
    pub category: String,
}

/// The topics of these feeds together, the most frequent first. What stands at every entry, or says
/// nothing, is none.
pub fn propose(feeds: &[&ParsedFeed]) -> Vec<Proposed> {
    let mut seen: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    // Two feeds of a site bring the same article.
    let mut counted = BTreeSet::new();
    for entry in feeds.iter().flat_map(|f| &f.entries) {
        if let Some(link) = &entry.link
            && !counted.insert(link.as_str())
        {
            continue;
        }
        let mut own = BTreeSet::new();
        for category in &entry.categories {
            let key = CategoryMap::key(category);
            if says_something(&key) && own.insert(key.clone()) {
                let (count, spelled) = seen.entry(key).or_default();
                *count += 1;
                *spelled.entry(spaced(category)).or_default() += 1;
            }
        }
    }
    let entries: usize = feeds.iter().map(|f| f.entries.len()).sum();
    let least = if entries < FEW { 1 } else { 2 };
    let mut found: Vec<(String, usize, String)> = seen
        .into_iter()
        .filter(|(_, (count, _))| *count >= least && (*count < entries || entries < FEW))
        .map(|(key, (count, spelled))| {
            let most = spelled.into_iter().min_by_key(|(_, n)| Reverse(*n));
            let name = most.map_or_else(|| key.clone(), |(words, _)| titled(words));
            (key, count, name)
        })
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut taken = BTreeSet::new();
    let mut proposed = Vec::new();
    for (category, entries, name) in found {
        if proposed.len() == MOST {
            break;
        }
        let topic = slug(&name, proposed.len() + 1);
        if let Some(topic) = topic.filter(|t| taken.insert(t.clone())) {
            proposed.push(Proposed {
                topic,
                name,
                entries,
                category,
            });
        }
    }
    proposed
}

/// Whether a category, in the form of [`CategoryMap::key`], can be a topic: words for people, in one
/// piece of a map.
pub fn says_something(key: &str) -> bool {
    let letters = key.chars().filter(|c| c.is_alphabetic()).count();
    (1..=CHARS).contains(&key.chars().count())
        && letters >= 2
        && letters * 2 > key.chars().filter(|c| !c.is_whitespace()).count()
        && !key.contains([',', '=', '/', '@'])
        && !EMPTY.contains(&key)
}

fn spaced(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words that a publisher writes small are a heading in a letter.
fn titled(words: String) -> String {
    let mut chars = words.chars();
    match chars.next() {
        Some(first) if !words.chars().any(char::is_uppercase) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => words,
    }
}

/// A short name in plain letters; where a script has none, by its number.
pub fn slug(name: &str, nth: usize) -> Option<Slug> {
    let plain: String = name
        .nfkd()
        .flat_map(|c| match c {
            'ß' => vec!['s', 's'],
            'ø' | 'Ø' => vec!['o'],
            'æ' | 'Æ' => vec!['a', 'e'],
            'œ' | 'Œ' => vec!['o', 'e'],
            'ł' | 'Ł' => vec!['l'],
            'đ' | 'Đ' | 'ð' => vec!['d'],
            'ı' => vec!['i'],
            // Accents, and apostrophes that would part a word.
            c if ('\u{300}'..='\u{36f}').contains(&c) || matches!(c, '\'' | '’') => vec![],
            c => vec![c],
        })
        .collect();
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let made = Slug::from_name(&plain);
    // Half of a word in another script would be no name.
    made.filter(|s| letters(s.as_str()) * 2 >= letters(&plain))
        .or_else(|| Slug::parse(&format!("topic-{nth}")).ok())
}

#[cfg(test)]
mod tests {
    use super::{propose, slug};
    use crate::ingest::parse::{Entry, FeedFormat, ParsedFeed};

    fn feed(entries: &[&[&str]]) -> ParsedFeed {
        let entry = |categories: &&[&str]| Entry {
            categories: categories.iter().map(|c| (*c).to_owned()).collect(),
            ..Entry::default()
        };
        ParsedFeed {
            format: FeedFormat::Rss,
            title: None,
            link: None,
            language: None,
            entries: entries.iter().map(entry).collect(),
            deleted: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn names(entries: &[&[&str]]) -> Vec<String> {
        let feed = feed(entries);
        let shown = |p: super::Proposed| format!("{}={} {}", p.topic, p.name, p.entries);
        propose(&[&feed]).into_iter().map(shown).collect()
    }

    #[test]
    fn frequent_words_that_say_something_are_topics() {
        let found = names(&[
            &["News", "City Hall", "Paper", "sport"],
            &["city hall", "Paper", "2026", "Uncategorized"],
            &["City  Hall", "Sport", "Paper", "https://n.example/x"],
            &["Sport", "Paper", "Once"],
            &["Paper", "sport", "a, b"],
            &["Paper", "Économie"],
            &["Paper", "économie", "économie"],
        ]);
        assert_eq!(
            found,
            [
                "sport=Sport 4",
                "city-hall=City Hall 3",
                "economie=Économie 2"
            ]
        );
        assert_eq!(names(&[&["Harbour"], &["News"]]), ["harbour=Harbour 1"]);
        assert_eq!(names(&[&[], &[]]), [""; 0]);
    }

    #[test]
    fn a_word_of_any_script_has_a_short_name() {
        let named = |name| slug(name, 3).map(String::from);
        assert_eq!(named("Łódź & Straße").as_deref(), Some("lodz-strasse"));
        assert_eq!(named("L’économie").as_deref(), Some("leconomie"));
        assert_eq!(named("ፖለቲካ").as_deref(), Some("topic-3"));
        assert_eq!(named("Политика IT").as_deref(), Some("topic-3"));
    }
}
