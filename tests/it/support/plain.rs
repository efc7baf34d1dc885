//! Titles as text: suites of feeds state them with mark-up, we show them without. The judge of feeds
//! reads them by the same eyes.

/// A text without tags, its five entities resolved, on one line.
pub fn as_text(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(i) = rest.find('<') {
        out.push_str(&rest[..i]);
        let tag = rest[i + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        match rest[i..].find('>').filter(|_| tag) {
            Some(end) => rest = &rest[i + end + 1..],
            None => {
                out.push('<');
                rest = &rest[i + 1..];
            }
        }
    }
    out.push_str(rest);
    for (entity, text) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, text);
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}
