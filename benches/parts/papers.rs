//! Feeds to read and articles to think about: of our own making from a fixed seed, and, where there is
//! a corpus, the real ones in it.

use std::path::Path;

/// Documents shorter than this say nothing about speed, in octets.
const SHORTEST: usize = 4_096;

/// Numbers from a seed.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % end.max(1)
    }
}

/// Made-up words, unequal as words are: small numbers are frequent.
pub fn word(draw: &mut Draw, of: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ka", "lo", "mi", "ter", "ran", "sel", "do", "vin", "gar", "pe", "hus", "ol", "nem", "bri",
        "sta", "que", "fi", "zu", "mar", "ten", "el", "ro", "cha", "wy",
    ];
    let unequal = draw.below(of).min(draw.below(of)).min(draw.below(of));
    let mut number = unequal + SYLLABLES.len();
    let mut out = String::new();
    while number > 0 {
        out.push_str(SYLLABLES[number % SYLLABLES.len()]);
        number /= SYLLABLES.len();
    }
    out
}

/// An article: its headline and its text, of a subject with words of its own.
pub struct Made {
    pub subject: usize,
    pub title: String,
    pub text: String,
}

/// The `n`th made-up article. One in eight is a lightly edited copy of one some way before it, as
/// outlets print the same dispatch.
pub fn article(n: usize) -> Made {
    let copied = n > 64 && n % 8 == 7;
    let origin = if copied { n - 1 - n % 61 } else { n };
    let mut draw = Draw::new(origin as u64 + 1);
    let subject = draw.below(12);
    let mut words = |count: usize| {
        let one = |_| match draw.below(3) {
            0 => format!("s{subject}{}", word(&mut draw, 400)),
            _ => word(&mut draw, 40_000),
        };
        (0..count).map(one).collect::<Vec<_>>().join(" ")
    };
    let title = words(8);
    let mut text = words(120);
    if copied {
        text.push_str(&format!(" filed {n} by the desk"));
    }
    Made {
        subject,
        title,
        text,
    }
}

/// A feed of the articles from `from` on.
pub fn feed(from: usize, count: usize) -> Vec<u8> {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel><title>Made-up news</title>\
         <link>https://papers.example/</link><language>en</language>\n",
    );
    for n in from..from + count {
        let made = article(n);
        let (title, text) = (&made.title, &made.text);
        out.push_str(&format!(
            "<item><title>{title} &amp; more</title>\n<link>https://papers.example/{n}?a=1&amp;b=2</link>\n\
             <guid isPermaLink=\"false\">n-{n}</guid>\n<pubDate>Mon, 03 Jun 2024 08:{:02}:00 +0000</pubDate>\
             <dc:creator>Ann Lee</dc:creator><category>subject {}</category>\n\
             <description>&lt;p&gt;{}&amp;hellip;&lt;/p&gt;</description>\n\
             <content:encoded><![CDATA[<p>{text}</p>\n<p><a href=\"/{n}\">More</a></p>]]></content:encoded>\
             </item>\n",
            n % 60,
            made.subject,
            text.get(..240).unwrap_or(text),
        ));
    }
    out.push_str("</channel></rss>\n");
    out.into_bytes()
}

/// The feeds to read: those of a corpus that are long enough to say something, else made-up ones.
pub fn documents(corpus: Option<&Path>) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    if let Some(corpus) = corpus {
        let list = corpus.join("feeds/expectations.jsonl");
        let rows = std::fs::read_to_string(&list).unwrap_or_default();
        for line in rows.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
            let xml = row["expect"]["format"] != "json" && row["expect"]["error"] != true;
            let bytes = row["file"]
                .as_str()
                .and_then(|file| std::fs::read(corpus.join("feeds").join(file)).ok());
            out.extend(
                bytes.filter(|b| xml && b.len() >= SHORTEST && std::str::from_utf8(b).is_ok()),
            );
        }
    }
    if out.is_empty() {
        println!("no corpus (COURANT_CORPUS): feeds of our own making");
        out.extend((0..40).map(|n| feed(n * 40, 40)));
    }
    out
}
