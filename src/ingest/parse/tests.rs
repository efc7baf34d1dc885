//! Feeds of our own making, each broken in one way that the wild knows.

use super::{
    At, DEPTH, ENTRIES, FEED_BYTES, FeedFormat, ParseError, SourceSettings, parse_feed,
    to_articles, to_json,
};

fn feed(text: &str) -> super::ParsedFeed {
    parse_feed(text.as_bytes(), None, Some("https://n.example/feed.xml")).expect("a feed")
}

fn refused(text: &str) -> ParseError {
    parse_feed(text.as_bytes(), None, None).expect_err("no feed")
}

#[test]
fn a_headline_that_shows_nothing_is_missing() {
    let read = feed(
        "<rss><channel><item><title> &#x200b; </title><link>/a</link></item>\
         <item><title>B</title><link>/b</link><description>&#x2060;</description></item>\
         </channel></rss>",
    );
    let (articles, problems) = to_articles(&read, &SourceSettings::default());
    let told: Vec<_> = problems.iter().map(|p| (p.at, p.field)).collect();
    assert_eq!(told, [(At::Entry(1), Some("title"))]);
    assert_eq!(articles.len(), 1);
    assert_eq!(articles[0].text.summary, "");
}

#[test]
fn a_broken_rss_feed_still_gives_its_entries() {
    let read = feed(
        "\n\u{feff} garbage <?xml version='1.0'?><rss><channel><title>T &nbsp; & Co</title>\
         <link>/home</link><language>EN-us</language>\
         <item><title>A &amp; <b>B</b> \u{1}</title><link> /a?x=1&y=2 </link>\
         <pubDate>Mon, 1 January 2024 10:00 EST</pubDate><dc:creator>me@n.example (Ann Lee)</dc:creator>\
         <dc:subject>City</dc:subject><category>City</category>\
         <description><![CDATA[<p>One&hellip;</p><img src='/p.gif' width=1><img src='/i.jpg' alt='x'>\
         <script>alert(1)</script>]]></description>\
         <item><title>never closed<item><title>Third</title><guid>https://n.example/3</guid></item>",
    );
    assert_eq!(read.format, FeedFormat::Rss);
    assert_eq!(read.title.as_deref(), Some("T & Co"));
    assert_eq!(read.link.as_deref(), Some("https://n.example/home"));
    assert_eq!(read.language.as_deref(), Some("en-us"));
    assert_eq!(read.entries.len(), 3);
    let first = &read.entries[0];
    assert_eq!(first.title.as_deref(), Some("A & B"));
    assert_eq!(first.link.as_deref(), Some("https://n.example/a?x=1&y=2"));
    assert_eq!(
        first.published.map(|t| t.to_string()).as_deref(),
        Some("2024-01-01T15:00:00Z")
    );
    assert_eq!(first.author.as_deref(), Some("Ann Lee"));
    assert_eq!(first.categories, ["City"]);
    assert_eq!(first.summary.as_deref(), Some("One…"));
    let image = first
        .image
        .as_ref()
        .map(|i| (i.url.as_str(), i.alt.as_str()));
    assert_eq!(image, Some(("https://n.example/i.jpg", "x")));
    let html = first.summary_html.as_ref().expect("a summary").safe();
    assert!(html.contains("<img") && !html.contains("script"));
    assert_eq!(read.entries[2].link.as_deref(), Some("https://n.example/3"));
}

#[test]
fn a_feed_that_ends_in_the_middle_says_so() {
    let read = feed(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><id>1</id>\
         <title type='xhtml'><div>A <i>b</i></div></title><link href='a'/>\
         <updated>2024-01-02T03:04:05Z</updated></entry><entry><id>2</id><title>cut of",
    );
    assert_eq!(read.format, FeedFormat::Atom);
    assert_eq!(read.entries.len(), 2);
    assert_eq!(read.entries[0].title.as_deref(), Some("A b"));
    assert!(
        read.problems
            .iter()
            .any(|p| p.at == At::Feed && p.what.contains("ends in the middle"))
    );
}

#[test]
fn rdf_and_json_feeds_are_read() {
    let rdf = feed(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' \
         xmlns='http://purl.org/rss/1.0/' xmlns:d='http://purl.org/dc/elements/1.1/'>\
         <channel rdf:about='x'><title>T</title></channel><item rdf:about='https://n.example/1'>\
         <title>One</title><link>https://n.example/1</link><d:date>2024-01-02</d:date></item></rdf:RDF>",
    );
    assert_eq!(rdf.format, FeedFormat::Rdf);
    assert_eq!(rdf.entries[0].id.as_deref(), Some("https://n.example/1"));
    assert!(rdf.entries[0].published.is_some());
    let json = feed(
        r#"{"version":"https://jsonfeed.org/version/1.1","title":"T","items":[
            {"id":7,"url":"/7","title":"Seven","content_text":"a < b","tags":["x",1]},4]}"#,
    );
    assert_eq!(json.format, FeedFormat::Json);
    assert_eq!(json.entries[0].id.as_deref(), Some("7"));
    assert_eq!(json.entries[0].link.as_deref(), Some("https://n.example/7"));
    let content = json.entries[0].content.as_ref().map(super::Markup::safe);
    assert_eq!(content.as_deref(), Some("a &lt; b"));
    assert_eq!(json.problems[0].at, At::Entry(2));
}

#[test]
fn what_is_no_feed_is_refused_with_a_hint() {
    let page = "<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' \
                href='/feed'></head><body>x</body></html>";
    let named = refused(page);
    assert_eq!(
        named,
        ParseError::Html {
            feed: Some("/feed".into())
        }
    );
    assert!(named.hint().is_some_and(|h| h.contains("/feed")));
    assert_eq!(refused("  \n"), ParseError::Empty);
    assert!(matches!(refused("hello"), ParseError::Unknown { .. }));
    assert!(matches!(refused("{\"a\":1}"), ParseError::OtherJson { .. }));
    assert_eq!(
        refused("<opml><body/></opml>"),
        ParseError::OtherXml {
            root: "opml".into()
        }
    );
    let bomb = "<!DOCTYPE r [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><rss>&b;</rss>";
    assert_eq!(refused(bomb), ParseError::Doctype);
    let gzip = parse_feed(b"\x1f\x8b\x08", None, None);
    assert!(matches!(gzip, Err(ParseError::Binary(_))));
    let large = parse_feed(&vec![b' '; FEED_BYTES + 1], None, None);
    assert!(matches!(large, Err(ParseError::TooLarge { .. })));
}

#[test]
fn size_and_depth_are_bounded() {
    let deep = format!("<rss><channel>{}", "<x>".repeat(1_000_000));
    assert_eq!(refused(&deep), ParseError::TooDeep { limit: DEPTH });
    let wide = format!("<rss {}><channel/></rss>", "a='b' ".repeat(1 << 18));
    assert_eq!(feed(&wide).entries, []);
    let item = "<item><title>t</title><link>https://n.example/</link></item>";
    let many = feed(&format!(
        "<rss><channel>{}</channel></rss>",
        item.repeat(ENTRIES + 5)
    ));
    assert_eq!(many.entries.len(), ENTRIES);
    assert!(many.problems[0].what.contains("2005"));
    let (articles, problems) = to_articles(&many, &SourceSettings::default());
    assert_eq!((articles.len(), problems.len()), (1, super::PROBLEMS));
    let long = "ä".repeat(5_000);
    let long = feed(&format!(
        "<rss><channel><item><title>{long}</title><description>{long}</description></item></channel></rss>"
    ));
    let length = |text: &Option<String>| text.as_deref().map(|t| t.chars().count());
    assert_eq!(length(&long.entries[0].title), Some(500));
    assert_eq!(length(&long.entries[0].summary), Some(2_000));
}

#[test]
fn an_author_cannot_bring_the_reader_down() {
    let read = feed(
        "<rss><channel><item><title>t</title><author>\u{1f600}a@b.example é</author>\
         <media:content url='https://n.example/a.jpg' duration='99999999999999999999999'/>\
         <media:text start='99999999999999999999999:00:00'>x</media:text></item></channel></rss>",
    );
    assert_eq!(read.entries[0].author.as_deref(), Some("é"));
}

#[test]
fn a_picture_keeps_what_its_feed_says_that_it_shows() {
    let media = "<media:content url='https://n.example/a b.jpg' type='image/jpeg' width='900'>\
         <media:credit>Ann Lee</media:credit><media:title>Bus</media:title>%</media:content>\
         <media:content url='https://n.example/small.jpg' type='image/jpeg' width='90'>\
         <media:description>Another</media:description></media:content>";
    let forms = [
        (
            "<media:description type='plain'>A bus &amp; a quay,\n at night</media:description>",
            "A bus & a quay, at night",
        ),
        (
            "<media:description type='html'>&lt;p&gt;A &lt;b&gt;bus&lt;/b&gt;&lt;/p&gt;</media:description>",
            "A bus",
        ),
        (
            "<media:description><![CDATA[A bus]]></media:description>",
            "A bus",
        ),
        ("<media:description> </media:description>", "Bus"),
        ("", "Bus"),
    ];
    for (said, alt) in forms {
        let media = media.replace('%', said);
        let rss = format!(
            "<rss xmlns:media='http://search.yahoo.com/mrss/'><channel><item><title>One</title>\
             <category>City</category>{media}<description>Text</description></item></channel></rss>"
        );
        let atom = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'>\
             <entry><title>One</title><category term='City'/><media:group>{media}</media:group>\
             <summary>Text</summary></entry></feed>"
        );
        let grouped = rss.replace(&media, &format!("<media:group>{media}</media:group>"));
        for document in [rss, grouped, atom] {
            let read = feed(&document);
            let entry = &read.entries[0];
            let image = entry.image.as_ref().expect("a picture");
            assert_eq!(image.url, "https://n.example/a%20b.jpg");
            assert_eq!(image.alt, alt, "{document}");
            assert_eq!(entry.categories, ["City"], "{document}");
            assert_eq!(entry.title.as_deref(), Some("One"));
            assert_eq!(entry.summary.as_deref(), Some("Text"));
        }
    }
    let unclosed = feed(
        "<rss><channel><item><title>One</title><media:content url='https://n.example/a.jpg'>\
         <description>The story, not the picture</description></item></channel></rss>",
    );
    let image = unclosed.entries[0].image.as_ref();
    assert_eq!(image.map(|i| i.alt.as_str()), Some(""));
}

#[test]
fn entries_become_articles_or_problems() {
    let read = feed(
        "<rss><channel><link>https://n.example/</link><language>de</language>\
         <item><title>One</title><link>/1?utm_source=x</link><category>Rathaus</category>\
         <content:encoded>&lt;p&gt;A long text.&lt;/p&gt;</content:encoded></item>\
         <item><title>No link</title></item><item><link>/3</link></item>\
         <item><title>Again</title><link>/1</link></item></channel></rss>",
    );
    let source = SourceSettings {
        default_language: Some("en".into()),
    };
    let (articles, problems) = to_articles(&read, &source);
    assert_eq!(articles.len(), 1);
    let article = &articles[0];
    assert_eq!(article.url.as_str(), "https://n.example/1");
    assert_eq!(article.entry_key, "https://n.example/1");
    assert_eq!(article.text.summary, "A long text.");
    assert_eq!(article.language.as_deref(), Some("de"));
    assert_eq!(article.text.categories, ["Rathaus"]);
    let told: Vec<_> = problems.iter().map(|p| (p.at, p.field)).collect();
    assert_eq!(
        told,
        [
            (At::Entry(2), Some("link")),
            (At::Entry(3), Some("title")),
            (At::Entry(4), Some("id"))
        ]
    );
}

#[test]
fn the_json_has_every_key_and_null_for_what_is_missing() {
    let read = feed(
        "<rss><channel><item><title>t</title><pubDate>2024-01-02T03:04:05.6Z</pubDate></item>\
         </channel></rss>",
    );
    let json = to_json(&read);
    let entry = &json["entries"][0];
    assert_eq!(entry["published"], "2024-01-02T03:04:05Z");
    for key in ["id", "link", "author", "summary", "content", "image"] {
        assert!(
            entry.get(key).is_some_and(serde_json::Value::is_null),
            "{key}"
        );
    }
    assert_eq!(json["format"], "rss");
    assert_eq!(json["problems"][0]["at"], "entry 1");
}

#[test]
fn one_bad_entry_is_told_and_the_others_stay() {
    let read = feed(
        "<rss><channel><item><title>One</title><link>javascript:alert(1)</link>\
         <pubDate>soon</pubDate></item><item><title>Two</title><link>data:text/html,x</link>\
         <pubDate>Mon, 01 Jan 0000 00:00:00 GMT</pubDate></item><item><title>Three</title>\
         <link>/3</link><pubDate>9998-01-01</pubDate></item></channel></rss>",
    );
    let told: Vec<_> = read.problems.iter().map(|p| (p.at, p.field)).collect();
    let entry = At::Entry;
    assert_eq!(
        told,
        [
            (entry(1), Some("link")),
            (entry(1), Some("published")),
            (entry(2), Some("link")),
            (entry(2), Some("published")),
            (entry(3), Some("published")),
        ]
    );
    assert!(read.problems[0].what.contains("javascript:"));
    let links: Vec<_> = read.entries.iter().map(|e| e.link.as_deref()).collect();
    assert_eq!(links, [None, None, Some("https://n.example/3")]);
    assert!(read.entries.iter().all(|e| e.published.is_none()));
}

#[test]
fn a_proxy_of_feeds_is_seen_through_and_ids_keep_their_spelling() {
    let read = feed(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://m.example/a/' \
         xmlns:fb='http://rssnamespace.org/feedburner/ext/1.0'><entry><id>p/1</id><title>One</title>\
         <link href='https://proxy.example/1'/><fb:origLink>https://n.example/1</fb:origLink>\
         <updated>2024-01-02T00:00:00Z</updated></entry></feed>",
    );
    let entry = &read.entries[0];
    assert_eq!(entry.link.as_deref(), Some("https://proxy.example/1"));
    assert_eq!(entry.id.as_deref(), Some("https://m.example/a/p/1"));
    assert_eq!(entry.published, entry.updated);
    let (articles, _) = to_articles(&read, &SourceSettings::default());
    assert_eq!(articles[0].url.as_str(), "https://n.example/1");
    assert_eq!(articles[0].entry_key, "p/1");
}

#[test]
fn what_somebody_forgot_to_close_hides_no_entries() {
    let read = feed(
        "<rss xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' xmlns:x='urn:x'><channel>\
         <itunes:category text='a'><itunes:category text='b'/><item><title>One</title>\
         <x:item><title>no</title></x:item><link>/1</link></item><item><title>Two</title>\
         <author><name>Ann</name><uri>https://n.example/ann</uri></author></item></channel></rss>",
    );
    let titles: Vec<_> = read.entries.iter().map(|e| e.title.as_deref()).collect();
    assert_eq!(titles, [Some("One"), Some("Two")]);
    assert_eq!(read.entries[0].link.as_deref(), Some("https://n.example/1"));
    assert_eq!(read.entries[1].author.as_deref(), Some("Ann"));
}

#[test]
fn json_with_faults_gives_its_whole_items() {
    let read = feed(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"T\",\"items\":[\
         {\"id\":\"1\",\"title\":\"a\nb\",\"url\":\"/1\",\"authors\":[\"Ann\"],},{\"id\":\"2\",\"ti",
    );
    assert_eq!(read.entries.len(), 1);
    assert_eq!(read.entries[0].title.as_deref(), Some("a b"));
    assert_eq!(read.entries[0].author.as_deref(), Some("Ann"));
    assert_eq!(read.problems[0].at, At::Feed);
}

#[test]
fn one_id_for_all_entries_does_not_make_them_one() {
    let item = |n: usize| format!("<item><title>{n}</title><link>/{n}</link><guid>x</guid></item>");
    let items: String = [1, 2, 2, 3].into_iter().map(item).collect();
    let read = feed(&format!("<rss><channel>{items}</channel></rss>"));
    let (articles, problems) = to_articles(&read, &SourceSettings::default());
    let keys: Vec<&str> = articles.iter().map(|a| a.entry_key.as_str()).collect();
    assert_eq!(keys, ["x", "https://n.example/2", "https://n.example/3"]);
    assert_eq!(problems.len(), 3);
}

#[test]
fn what_a_server_complains_of_first_is_stepped_over() {
    let read = feed(
        "<br />\n<b>Warning</b>: x in <b>/a.php</b> on line <b>1</b><br />\n\
         <?xml version='1.0'?><RSS><CHANNEL><ITEM><TITLE>One</TITLE><LINK>/1</LINK></ITEM></CHANNEL></RSS>",
    );
    assert_eq!(read.entries[0].link.as_deref(), Some("https://n.example/1"));
    let escaped = feed(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='html'><div>a &lt;b&gt;b&lt;/b&gt;\
         </div></content></entry></feed>",
    );
    let content = escaped.entries[0].content.as_ref().map(super::Markup::text);
    assert_eq!(content.as_deref(), Some("a b"));
}
