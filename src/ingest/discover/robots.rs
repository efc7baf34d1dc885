//! What a site's robots.txt (RFC 9309) asks of a program that looks around. Pure. It binds addresses
//! that we guess; what a person names, or a page of theirs, is simply asked for.

/// Octets that are read (RFC 9309 §2.5 asks for at least this many).
pub const ROBOTS_BYTES: usize = 500 << 10;
/// By which name we are meant.
const US: &str = "courant";

/// The rules that hold for us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    /// Path patterns, with whether they allow.
    rules: Vec<(String, bool)>,
}

impl Robots {
    /// Reads the file: the groups that name us, else those for everybody.
    pub fn parse(text: &str) -> Robots {
        let mut ours: Option<Robots> = None;
        let mut everybody = Robots::default();
        let (mut for_us, mut for_all, mut naming) = (false, false, false);
        for line in text.get(..ROBOTS_BYTES).unwrap_or(text).lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            match key.as_str() {
                "user-agent" => {
                    if !naming {
                        (for_us, for_all) = (false, false);
                    }
                    naming = true;
                    for_all |= value == "*";
                    if value.to_ascii_lowercase().starts_with(US) {
                        for_us = true;
                        ours.get_or_insert_with(Robots::default);
                    }
                }
                "allow" | "disallow" => {
                    naming = false;
                    let rule = (value.to_owned(), key == "allow");
                    if value.is_empty() {
                        continue;
                    }
                    if for_all {
                        everybody.rules.push(rule.clone());
                    }
                    if let Some(ours) = ours.as_mut().filter(|_| for_us) {
                        ours.rules.push(rule);
                    }
                }
                _ => {}
            }
        }
        ours.unwrap_or(everybody)
    }

    /// Whether a path, with its query, may be tried: the longest pattern decides, and a tie allows.
    pub fn allows(&self, path: &str) -> bool {
        let fitting = self.rules.iter().filter(|(p, _)| fits(p, path));
        let decides = fitting.max_by_key(|(pattern, allow)| (pattern.len(), *allow));
        decides.is_none_or(|(_, allow)| *allow)
    }
}

/// `*` stands for anything, a `$` at the end for the end.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    for (n, part) in parts.iter().enumerate() {
        let last = n + 1 == parts.len();
        if last && whole {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    !whole || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::Robots;

    #[test]
    fn the_group_that_names_us_counts_and_the_longest_rule_decides() {
        let text = "User-agent: *\nDisallow: /\n\nUser-agent: other\nUser-Agent: Courant # us\n\
                    Disallow: /feed\nAllow: /feed.xml$\nDisallow: /*/rss\n";
        let robots = Robots::parse(text);
        for (path, allowed) in [
            ("/", true),
            ("/feed", false),
            ("/feed.xml", true),
            ("/feed.xml?a", false),
            ("/a/rss", false),
            ("/rss", true),
        ] {
            assert_eq!(robots.allows(path), allowed, "{path}");
        }
        let everybody = Robots::parse("user-agent: *\ndisallow: /\n");
        assert!(!everybody.allows("/rss"));
        let nobody = Robots::parse("User-agent: *\nDisallow:\n");
        assert!(nobody.allows("/rss"));
        assert!(Robots::parse("<html>not found").allows("/rss"));
    }
}
