//! A feed of the newsroom as a document: RSS 2.0, as its outlets write it.

use std::fmt::Write as _;

use courant::domain::time::from_ms;

use super::{Newsroom, OUTLETS};

/// The document that an outlet serves in an hour.
pub fn document(newsroom: &Newsroom, outlet: usize, hour: u32) -> Vec<u8> {
    let of = &OUTLETS[outlet];
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>{0}</title>\
         <link>https://{1}/</link><description>The {0}</description>\n",
        of.slug, of.host
    );
    for entry in newsroom.feed(outlet, hour) {
        let (piece, version) = (entry.piece, entry.version);
        let story = &newsroom.stories[piece.story];
        let mut item = String::from("<item>");
        let mut tag = |name: &str, text: &str| {
            let _ = write!(item, "<{name}>{}</{name}>", escaped(text));
        };
        tag("title", &version.headline);
        tag("link", &version.url);
        tag("description", &version.summary);
        tag("dc:language", story.language);
        if !piece.byline.is_empty() {
            tag("dc:creator", &piece.byline);
        }
        for (topic, _) in &story.topics {
            tag("category", topic);
        }
        for place in &story.places {
            tag("category", &format!("in {place}"));
        }
        if let Some(body) = &version.body {
            tag("content:encoded", &format!("<p>{}</p>", escaped(body)));
        }
        if let Some(at) = piece.stated_ms {
            let at = from_ms(at).strftime("%a, %d %b %Y %H:%M:%S +0000");
            tag("pubDate", &at.to_string());
        }
        let key = match &version.key {
            Some(key) => format!("<guid isPermaLink=\"false\">{}</guid>", escaped(key)),
            None => format!("<guid>{}</guid>", escaped(&version.url)),
        };
        let _ = writeln!(xml, "{item}{key}</item>");
    }
    xml.push_str("</channel></rss>\n");
    xml.into_bytes()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
