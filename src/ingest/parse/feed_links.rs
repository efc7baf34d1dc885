//! The feeds that a web page names: `link rel=alternate` of a feed's type, then anchors that look like
//! one. Addresses are read against the page's own, or its `base`.

use url::Url;

use super::clean;
use super::decode;
use super::lex::{Lexer, Token, attributes, resolve};

/// Feeds of a page that are told; more are no help to anybody.
const MOST: usize = 40;
/// Octets of a page that are looked at.
const PAGE: usize = 2 << 20;
/// Types by which a page names a feed.
const TYPES: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/rss+xml",
    "text/atom+xml",
];
/// Types that may be a feed or anything else.
const LOOSE: &[&str] = &[
    "application/json",
    "application/xml",
    "text/xml",
    "application/rss",
];

/// A feed that a page names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedLink {
    /// Absolute, http or https, without its fragment.
    pub url: String,
    /// What the page calls it, one line.
    pub title: Option<String>,
    /// By a `link` of a feed's type; else it only looks like one.
    pub stated: bool,
}

/// The feeds that a page names, the stated ones first, each once, in the page's order.
pub fn feed_links(bytes: &[u8], content_type: Option<&str>, page_url: &str) -> Vec<FeedLink> {
    let (text, _) = decode::decode(bytes.get(..PAGE).unwrap_or(bytes), content_type);
    let Ok(page) = Url::parse(page_url) else {
        return Vec::new();
    };
    let mut base = None;
    let mut found: Vec<FeedLink> = Vec::new();
    for token in Lexer::new(&text) {
        let Token::Start(name, raw, _) = token else {
            continue;
        };
        let is = |tag: &str| name.eq_ignore_ascii_case(tag);
        if !(is("link") || is("a") || is("base")) {
            continue;
        }
        let tag = Tag(attributes(raw));
        let href = tag.get("href").filter(|h| h.len() <= 2_000);
        let Some(href) = href else { continue };
        if is("base") {
            // The first one counts, and only a web address (HTML, 4.2.3).
            let one = page.join(&href).ok().filter(is_web);
            base = base.or(one);
            continue;
        }
        let stated = is("link") && tag.names_feed();
        let shown = is("a") && looks_like_feed(&href);
        if !(stated || shown) {
            continue;
        }
        let url = base.as_ref().unwrap_or(&page).join(&href);
        if let Some(url) = url.ok().filter(is_web) {
            keep(&mut found, url, tag.get("title"), stated);
        }
    }
    found.sort_by_key(|link| !link.stated);
    found
}

fn keep(found: &mut Vec<FeedLink>, mut url: Url, title: Option<String>, stated: bool) {
    url.set_fragment(None);
    let title = title.map(|t| clean::cut(&clean::one_line(&t), 120));
    let title = title.filter(|t| !t.is_empty());
    let url = String::from(url);
    let room = found.len() < MOST;
    match found.iter_mut().find(|link| link.url == url) {
        Some(known) => {
            known.stated |= stated;
            known.title = known.title.take().or(title);
        }
        None if room => found.push(FeedLink { url, title, stated }),
        None => {}
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

/// The attributes of a start tag.
struct Tag<'a>(Vec<(&'a str, &'a str)>);

impl Tag<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let (_, raw) = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        let mut value = String::new();
        resolve(raw, &mut value);
        Some(value.trim().to_owned())
    }

    /// `rel` has the word `alternate` or `feed`, and the type is one of a feed.
    fn names_feed(&self) -> bool {
        let rel = self.get("rel").unwrap_or_default().to_ascii_lowercase();
        let has = |word: &str| rel.split_ascii_whitespace().any(|w| w == word);
        let kind = self.get("type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let of = |types: &[&str]| types.contains(&kind.as_str());
        // A style sheet in another form, or a translation, is no feed.
        let other = has("stylesheet") || self.get("hreflang").is_some() && !of(TYPES);
        let loose = of(LOOSE) && self.get("href").is_some_and(|h| looks_like_feed(&h));
        !other && (has("feed") || has("alternate") && (of(TYPES) || loose))
    }
}

/// Whether the end of an address's path, or its query, is one of a feed.
fn looks_like_feed(href: &str) -> bool {
    let href = href.to_ascii_lowercase();
    let (path, query) = href.split_once('?').unwrap_or((&href, ""));
    let path = path
        .split('#')
        .next()
        .unwrap_or_default()
        .trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let whole = ["feed", "feeds", "rss", "atom", "feed.json", "rss2", "rdf"].contains(&last);
    let ending = [
        ".rss",
        ".atom",
        ".rdf",
        "feed.xml",
        "rss.xml",
        "atom.xml",
        "index.xml",
    ];
    let asked = [
        "feed=rss",
        "feed=atom",
        "format=rss",
        "format=feed",
        "type=rss",
    ];
    // A button that hands the page on to a reader's service names no feed of its own.
    let outside = query.contains("http");
    (whole || ending.iter().any(|e| last.ends_with(e)) || asked.iter().any(|a| query.contains(a)))
        && !outside
}

#[cfg(test)]
mod tests {
    use super::{FeedLink, feed_links};

    fn found(page: &str) -> Vec<(String, bool)> {
        let links = feed_links(
            page.as_bytes(),
            Some("text/html"),
            "https://n.example/a/b.html",
        );
        let short = |l: FeedLink| (l.url.replace("https://n.example", ""), l.stated);
        links.into_iter().map(short).collect()
    }

    #[test]
    fn a_page_names_its_feeds_and_what_only_looks_like_one_comes_after() {
        let page = "<!doctype html><a href='/rss'>RSS</a>\
            <LINK REL='ALTERNATE feed' TYPE='application/rss+xml; charset=utf-8' TITLE='A &amp; B' HREF='news.xml'>\
            <link rel=alternate type=application/atom+xml href=/atom?a=1&amp;b=2>\
            <link rel=alternate type='application/feed+json' href='//m.example/feed.json#top'>\
            <link rel=alternate type=application/json href=/wp-json/wp/v2/pages/1>\
            <link rel=alternate hreflang=de href=/de/>\
            <link rel=stylesheet type=text/css href=/feed>\
            <link rel=alternate type='application/rss+xml' href='javascript:alert(1)'>\
            <a href=/rss>again</a><a href='https://r.example/add?url=http://n.example/rss'>add</a>\
            <a href='mailto:feed'>x</a><a href='/comments.rss#x'>c</a>";
        let mine = |path: &str, stated| (path.to_owned(), stated);
        assert_eq!(
            found(page),
            [
                mine("/a/news.xml", true),
                mine("/atom?a=1&b=2", true),
                mine("https://m.example/feed.json", true),
                mine("/rss", false),
                mine("/comments.rss", false),
            ]
        );
        let links = feed_links(page.as_bytes(), None, "https://n.example/");
        assert_eq!(links[0].title.as_deref(), Some("A & B"));
    }

    #[test]
    fn the_first_base_counts_and_a_page_of_links_is_bounded() {
        let link = "<link rel=alternate type=application/rss+xml href=x.xml>";
        let page = format!("<base href='data:,x'><base href='../c/'><base href='/d/'>{link}");
        assert_eq!(found(&page), [("/c/x.xml".to_owned(), true)]);
        let many: String = (0..5_000).map(|n| format!("<a href='/{n}.rss'>")).collect();
        assert_eq!(found(&many).len(), 40);
        assert!(found("<link").is_empty());
        assert!(feed_links(b"<a href=/rss>", None, "no address").is_empty());
    }
}
