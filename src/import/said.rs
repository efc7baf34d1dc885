//! What other services' words mean: a standing, an instant, the name of a file in an archive.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::columns::{Kind, key};
use super::person::{Fate, Refusal};
use crate::domain::time::Timestamp;

/// What a word says of mail to a person in one service's export.
pub(super) fn standing(word: &str, kind: Kind) -> Result<Fate, Refusal> {
    let plain = key(word);
    Ok(match plain.as_str() {
        // beehiiv calls so who unsubscribed; elsewhere it may be anything.
        "inactive" if kind == Kind::Beehiiv => Fate::Left,
        "subscribed" | "active" | "enabled" | "confirmed" | "true" | "yes" | "1" | "valid"
        | "free" | "paid" | "comped" | "aktiv" | "angemeldet" | "bestätigt" | "abonniert"
        | "paused" => Fate::Subscribed,
        "unsubscribed" | "disabled" | "removed" | "left" | "deleted" | "cancelled" | "canceled"
        | "opted_out" | "optout" | "opt_out" | "false" | "no" | "0" | "abgemeldet"
        | "ausgetragen" | "gekündigt" => Fate::Left,
        "blocklisted" | "blacklisted" | "suppressed" | "blocked" | "banned" | "gesperrt" => {
            Fate::Suppressed
        }
        "cleaned" | "bounced" | "hard_bounce" | "bounce" | "undeliverable" => Fate::Bounced,
        "complained" | "complaint" | "spam" | "abuse" | "marked_as_spam" => Fate::Complained,
        "pending" | "unconfirmed" | "validating" | "needs_attention" | "non_subscribed"
        | "nonsubscribed" | "transactional" | "archived" | "inactive" => {
            return Err(Refusal::NotConfirmed(plain));
        }
        _ => return Err(Refusal::Status(plain.chars().take(40).collect())),
    })
}

/// An instant as exports write it; without a zone it is UTC. A date with its month and day in an order
/// that cannot be known is none.
pub(super) fn when(cell: &str) -> Option<Timestamp> {
    if let Ok(at) = cell.parse::<Timestamp>() {
        return Some(at);
    }
    let cell = cell.trim_end_matches(" UTC").trim_end_matches('Z');
    let civil = cell.parse::<DateTime>().ok().or_else(|| {
        let day = cell.parse::<Date>().ok()?;
        Some(day.to_datetime(jiff::civil::Time::midnight()))
    })?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// What the name of a file in an archive says of the people in it (Mailchimp's state is nowhere else).
pub fn fate_of(file: &str) -> Option<Fate> {
    let name = file.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    match () {
        () if name.starts_with("unsubscribed") => Some(Fate::Left),
        () if name.starts_with("cleaned") => Some(Fate::Bounced),
        () if name.starts_with("subscribed") => Some(Fate::Subscribed),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_services_write_them() {
        let read = |text: &str| when(text).map(|at| at.to_string());
        let at = Some("2024-02-03T04:05:06Z".to_owned());
        for text in [
            "2024-02-03 04:05:06",
            "2024-02-03T04:05:06Z",
            "2024-02-03T05:05:06+01:00",
            "2024-02-03 04:05:06 UTC",
        ] {
            assert_eq!(read(text), at, "{text}");
        }
        assert_eq!(read("2024-02-03").as_deref(), Some("2024-02-03T00:00:00Z"));
        for text in ["02/03/2024", "yesterday", "2024-13-01", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn inactive_means_left_only_where_a_service_says_so() {
        assert_eq!(standing("Inactive", Kind::Beehiiv), Ok(Fate::Left));
        assert!(standing("inactive", Kind::Plain).is_err());
        assert_eq!(standing("Abgemeldet", Kind::Plain), Ok(Fate::Left));
        assert_eq!(standing("paused", Kind::Plain), Ok(Fate::Subscribed));
    }

    #[test]
    fn the_name_of_a_mailchimp_file_says_who_is_in_it() {
        let fate = |name: &str| fate_of(name);
        assert_eq!(fate("x/unsubscribed_members_export.csv"), Some(Fate::Left));
        assert_eq!(fate("cleaned_members_export.csv"), Some(Fate::Bounced));
        assert_eq!(fate("subscribed_members.csv"), Some(Fate::Subscribed));
        assert_eq!(fate("people.csv"), None);
    }
}
