//! Who published a story first, as its articles say: the source to whose site others of them point.

use crate::domain::ArticleId;

/// What an article says of where it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Which one.
    pub article: ArticleId,
    /// The host of its page.
    pub host: String,
    /// The host of its source's feed; empty where the source has none.
    pub source_host: String,
    /// The domain of who published it first, where the page or a rule of its source says so.
    pub publisher: Option<String>,
}

/// The articles of a story that are the publisher's own: on a site to which another one points, by
/// naming it or by leading to a page there from a feed of another site.
pub fn originals(story: &[Traced]) -> Vec<ArticleId> {
    let points = |t: &Traced| match &t.publisher {
        Some(domain) if !within(&t.host, domain) => Some(domain.clone()),
        Some(_) => None,
        None => (!at_home(t)).then(|| t.host.clone()),
    };
    let pointed: Vec<String> = story.iter().filter_map(points).collect();
    let own = |t: &&Traced| {
        let elsewhere = t.publisher.as_ref().is_some_and(|d| !within(&t.host, d));
        !elsewhere && at_home(t) && pointed.iter().any(|domain| within(&t.host, domain))
    };
    story.iter().filter(own).map(|t| t.article).collect()
}

/// Whether an article stands on its source's own site, as far as that is known.
fn at_home(traced: &Traced) -> bool {
    let (own, feed) = (bare(&traced.host), bare(&traced.source_host));
    feed.is_empty() || within(own, feed) || within(feed, own)
}

/// Whether a host is a domain or lies in it.
fn within(host: &str, domain: &str) -> bool {
    let (host, domain) = (bare(host), bare(domain));
    let rest = host.strip_suffix(domain);
    !domain.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::{Traced, originals};
    use crate::domain::ArticleId;

    /// Host, its source's host, the stated publisher.
    fn of(story: &[(&str, &str, Option<&str>)]) -> Vec<usize> {
        let traced = |(n, (host, feed, publisher)): (usize, &(&str, &str, Option<&str>))| Traced {
            article: ArticleId(n as i64),
            host: (*host).to_owned(),
            source_host: (*feed).to_owned(),
            publisher: publisher.map(str::to_owned),
        };
        let story: Vec<Traced> = story.iter().enumerate().map(traced).collect();
        originals(&story).iter().map(|a| a.0 as usize).collect()
    }

    #[test]
    fn the_site_to_which_others_point_is_the_publisher() {
        let own = ("www.times.example", "feeds.times.example", None);
        let named = ("copy.example", "copy.example", Some("times.example"));
        let linked = ("www.times.example", "links.example", None);
        let other = ("post.example", "post.example", None);
        assert_eq!(of(&[named, own, other]), [1]);
        assert_eq!(of(&[other, linked, own]), [2]);
        // Nobody points anywhere, or only to who is not here.
        assert!(of(&[own, other]).is_empty());
        assert!(of(&[named, other]).is_empty());
        // Rows that were handed in have no feed: a stated publisher still counts.
        assert_eq!(of(&[("times.example", "", None), named]), [0]);
        // One that names its own site points nowhere, and whoever says that it copies is no original.
        assert!(
            of(&[
                ("times.example", "times.example", Some("times.example")),
                other
            ])
            .is_empty()
        );
        let both = ("post.example", "post.example", Some("times.example"));
        assert_eq!(
            of(&[
                both,
                ("times.example", "times.example", Some("post.example"))
            ]),
            [0_usize; 0]
        );
        assert!(of(&[("notimes.example", "notimes.example", None), named]).is_empty());
    }
}
