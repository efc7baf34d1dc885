//! Whether domains belong together as DMARC wants it (RFC 9989): what signs and what takes bounces,
//! against the From of a list.
//!
//! It asks no DNS and knows no list of public suffixes: where it cannot tell, it advises.

/// One thing to look at, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What is so.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// Whether a domain is another one or below it, whatever the case.
pub fn within(domain: &str, parent: &str) -> bool {
    let (domain, parent) = (domain.to_ascii_lowercase(), parent.to_ascii_lowercase());
    !parent.is_empty()
        && domain
            .strip_suffix(&parent)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether SPF on the bounce domain is aligned with a From domain, relaxed: one is within the other,
/// or both are below one domain that looks like somebody's own.
pub fn spf_aligned(bounce: &str, from: &str) -> bool {
    if within(bounce, from) || within(from, bounce) {
        return true;
    }
    let labels = |d: &str| -> Vec<String> {
        let lower = d.to_ascii_lowercase();
        lower.rsplit('.').map(str::to_owned).collect()
    };
    let (a, b) = (labels(bounce), labels(from));
    let shared = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    // `co.uk` and the like are nobody's: a country and a short word before it.
    let public = a[0].len() == 2 && a.get(1).is_some_and(|l| l.len() <= 3);
    shared >= if public { 3 } else { 2 }
}

/// What is not aligned: `senders` are the lists' short names with their From domains.
pub fn advice(
    senders: &[(String, String)],
    signing: Option<&str>,
    bounce: Option<&str>,
) -> Vec<Advice> {
    let mut found = Vec::new();
    for (list, from) in senders {
        if let Some(domain) = signing.filter(|d| !within(from, d)) {
            found.push(Advice {
                what: format!(
                    "list `{list}` sends from `{from}`, which is not within dkim.domain `{domain}`: \
                     its letters are not signed and have no one-click unsubscribe"
                ),
                hint: format!(
                    "`courant list set {list} sender_address NAME@{domain}`, or set dkim.domain to \
                     `{from}` or a parent of it"
                ),
            });
        }
        if let Some(domain) = bounce.filter(|d| !spf_aligned(d, from)) {
            found.push(Advice {
                what: format!(
                    "list `{list}` sends from `{from}` and bounce.domain is `{domain}`: SPF will \
                     not be aligned with From"
                ),
                hint: format!("set bounce.domain to a domain below `{from}`, or beside it"),
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{advice, spf_aligned, within};

    #[test]
    fn a_domain_is_within_itself_and_its_parents() {
        assert!(within("news.Example.org", "example.ORG") && within("a.b", "a.b"));
        assert!(!within("example.org", "news.example.org"));
        assert!(!within("badexample.org", "example.org") && !within("a.b", ""));
    }

    #[test]
    fn bounces_are_aligned_below_beside_and_above() {
        for (bounce, from) in [
            ("bounce.example.org", "example.org"),
            ("example.org", "news.example.org"),
            ("b.example.org", "news.example.org"),
            ("b.paper.co.uk", "news.paper.co.uk"),
        ] {
            assert!(spf_aligned(bounce, from), "{bounce} {from}");
        }
        for (bounce, from) in [
            ("bounce.example.net", "example.org"),
            ("b.other.co.uk", "paper.co.uk"),
            ("org", "x.net"),
        ] {
            assert!(!spf_aligned(bounce, from), "{bounce} {from}");
        }
    }

    #[test]
    fn what_is_not_aligned_is_named_with_its_list() {
        let lists = [
            ("a".to_owned(), "news.example.org".to_owned()),
            ("b".to_owned(), "other.example".to_owned()),
        ];
        let found = advice(&lists, Some("example.org"), Some("bounce.example.org"));
        let whats: Vec<_> = found.iter().map(|a| &a.what).collect();
        assert_eq!(found.len(), 2, "{whats:?}");
        assert!(whats.iter().all(|w| w.starts_with("list `b`")));
        assert_eq!(advice(&lists, None, None), []);
    }
}
