//! Campaign parameters (`utm_*`) on the links of stories: what a list says of where a visit came from.

use serde::{Deserialize, Serialize};
use url::Url;

/// The campaign parameters of a list's stories. Nothing in them is about a reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utm {
    /// `utm_source`.
    pub source: String,
    /// `utm_medium`.
    pub medium: String,
    /// `utm_campaign`; empty: the edition's run.
    pub campaign: String,
}

impl Utm {
    /// The link with these parameters, in the edition of `run`. A parameter that the link has
    /// already stays as it is, path and fragment are untouched; a link that is not http or https
    /// comes back as it was.
    pub fn on(&self, link: &str, run: &str) -> String {
        let Ok(mut url) = Url::parse(link) else {
            return link.to_owned();
        };
        if !matches!(url.scheme(), "http" | "https") {
            return link.to_owned();
        }
        let campaign = match self.campaign.as_str() {
            "" => run,
            own => own,
        };
        let wanted = [
            ("utm_source", self.source.as_str()),
            ("utm_medium", self.medium.as_str()),
            ("utm_campaign", campaign),
        ];
        let has = |name: &str| url.query_pairs().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let mut added = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in wanted {
            if !value.is_empty() && !has(name) {
                added.append_pair(name, value);
            }
        }
        let added = added.finish();
        if added.is_empty() {
            return link.to_owned();
        }
        // The link's own query is kept octet by octet: its server may not like it written anew.
        let query = match url.query().map(|q| q.trim_end_matches('&')) {
            None | Some("") => added,
            Some(own) => format!("{own}&{added}"),
        };
        url.set_query(Some(&query));
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::Utm;

    fn on(link: &str) -> String {
        let utm = Utm {
            source: "bell".to_owned(),
            medium: "email".to_owned(),
            campaign: String::new(),
        };
        utm.on(link, "2026-11-26")
    }

    const ALL: &str = "utm_source=bell&utm_medium=email&utm_campaign=2026-11-26";

    #[test]
    fn a_storys_link_gets_what_it_does_not_have() {
        for (link, expected) in [
            ("https://n.example/a", format!("https://n.example/a?{ALL}")),
            ("http://n.example", format!("http://n.example/?{ALL}")),
            ("https://n.example/a?", format!("https://n.example/a?{ALL}")),
            (
                "https://n.example/a?id=7&q=a+b%20c&",
                format!("https://n.example/a?id=7&q=a+b%20c&{ALL}"),
            ),
            (
                "https://n.example/a?x#utm_source=f",
                format!("https://n.example/a?x&{ALL}#utm_source=f"),
            ),
            (
                "https://n.example/a?utm_source=agency&UTM_medium=#top",
                "https://n.example/a?utm_source=agency&UTM_medium=&utm_campaign=2026-11-26#top"
                    .to_owned(),
            ),
        ] {
            assert_eq!(on(link), expected);
            assert_eq!(on(&expected), expected, "a second time changes nothing");
        }
    }

    #[test]
    fn what_is_no_page_stays_as_it_is() {
        for link in [
            "mailto:desk@n.example?subject=x",
            "javascript:alert(1)",
            "//n.example/a",
            "/a?b",
            "",
            "https://n.example/a?utm_source=a&utm_medium=b&utm_campaign=c d",
        ] {
            assert_eq!(on(link), link);
        }
    }

    #[test]
    fn values_are_encoded_and_a_campaign_of_their_own_replaces_the_run() {
        let utm = Utm {
            source: "Täg & Co".to_owned(),
            medium: String::new(),
            campaign: "fall#1".to_owned(),
        };
        assert_eq!(
            utm.on("https://n.example/", "2026-11-26"),
            "https://n.example/?utm_source=T%C3%A4g+%26+Co&utm_campaign=fall%231"
        );
    }
}
