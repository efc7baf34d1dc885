//! Images that are no pictures: counting pixels, spacers, avatars and emoji, known by address and size.

use url::Url;

/// A side of at most so many pixels shows nothing.
const SMALL: u32 = 16;

/// Hosts whose images count readers, or show who wrote and not what happened; their subdomains too.
/// Each as its operator's own pages or feeds name it.
const HOSTS: &[&str] = &[
    // Google: Marketing Platform, Analytics, advertisements in feeds.
    "doubleclick.net",
    "google-analytics.com",
    "googlesyndication.com",
    // Automattic: statistics and share buttons of WordPress, and avatars.
    "pixel.wp.com",
    "stats.wp.com",
    "stats.wordpress.com",
    "feeds.wordpress.com",
    "gravatar.com",
    // Mediafed's feeds.
    "feedsportal.com",
    // Pheedo's advertisements in feeds.
    "pheedo.com",
    // Comscore, Quantcast, StatCounter, Chartbeat, Parse.ly, Adobe Analytics, Matomo's cloud.
    "scorecardresearch.com",
    "quantserve.com",
    "statcounter.com",
    "chartbeat.net",
    "parsely.com",
    "omtrdc.net",
    "matomo.cloud",
    // The Conversation's counter, in every piece that others may print.
    "counter.theconversation.com",
];

/// Places on hosts that have pictures as well: host, and how the path starts.
const PLACES: &[(&str, &str)] = &[
    // FeedBurner's counters and buttons.
    ("feedburner.com", "/~"),
    // Blogger's counter, in every entry of its feeds.
    ("blogger.googleusercontent.com", "/tracker/"),
    // Medium's counter, in every entry of its feeds.
    ("medium.com", "/_/stat"),
    ("facebook.com", "/tr"),
    // WordPress's emoji.
    ("s.w.org", "/images/core/emoji"),
];

/// What hosts that only count are called, as the first part of their name.
const FIRST_LABELS: &[&str] = &[
    "beacon", "counter", "pixel", "pixels", "tracker", "tracking",
];

/// What folders and files (without their ending) of such images are called.
const NAMES: &[&str] = &[
    "1x1",
    "beacon",
    "blank",
    "clear",
    "clearpixel",
    "count",
    "pixel",
    "spacer",
    "tracking",
    "transparent",
];

/// Whether an image only counts readers or fills a gap, by its address and the sides that its mark-up
/// states, in pixels.
pub(super) fn is_none(url: &Url, wide: Option<u32>, high: Option<u32>) -> bool {
    let small = |side: Option<u32>| side.is_some_and(|s| s <= SMALL);
    small(wide) || small(high) || is_known(url)
}

fn is_known(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let path = url.path().to_ascii_lowercase();
    let within = |known: &str| {
        let rest = host.strip_suffix(known);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let first = host.split('.').next().unwrap_or_default();
    let named = |part: &str| {
        let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        NAMES.contains(&stem) || stem.ends_with("-pixel")
    };
    HOSTS.iter().any(|known| within(known))
        || PLACES
            .iter()
            .any(|(known, start)| within(known) && path.starts_with(start))
        || FIRST_LABELS.contains(&first)
        || path.split('/').any(named)
}

#[cfg(test)]
mod tests {
    use super::is_none;
    use url::Url;

    #[test]
    fn what_counts_readers_is_known_and_a_picture_is_not_taken_for_it() {
        let check = |text: &str, expected: bool| {
            let url = Url::parse(text).expect("a URL");
            assert_eq!(is_none(&url, None, None), expected, "{text}");
        };
        for counts in [
            "https://feeds.feedburner.com/~r/news/~4/abc",
            "https://medium.com/_/stat?event=post.clientViewed",
            "https://blogger.googleusercontent.com/tracker/1-2?l=x",
            "https://counter.theconversation.com/content/1/count.gif",
            "https://media.npr.org/include/images/tracking/npr-rss-pixel.png?story=1",
            "https://pixel.wp.com/b.gif?host=x",
            "https://pixel.example/open",
            "https://n.example/img/1x1.gif",
            "https://n.example/pixel?id=7",
            "https://b.scorecardresearch.com/p?c1=2",
            "https://secure.gravatar.com/avatar/0",
        ] {
            check(counts, true);
        }
        for picture in [
            "https://n.example/photos/pixel-9-review.jpg",
            "https://n.example/crops/storm_1x1_large.jpg",
            "https://blogger.googleusercontent.com/img/a/b.jpg",
            "https://cdn.medium.com/max/1024/1*a.jpeg",
            "https://notdoubleclick.net/a.jpg",
            "https://n.example/tracking-whales/whale.jpg",
            "https://n.example/?count=7",
        ] {
            check(picture, false);
        }
        let url = Url::parse("https://n.example/a.jpg").expect("a URL");
        assert!(is_none(&url, Some(1), None) && is_none(&url, Some(600), Some(16)));
        assert!(!is_none(&url, Some(600), Some(17)));
    }
}
