//! The time zone of this machine, as far as it names one.

use std::path::Path;

use crate::domain::time::Zone;

/// Where machines say which zone theirs is, as a link into the tzdb of the system.
const LOCALTIME: &str = "/etc/localtime";

/// The zone that `TZ` names, else the one that the machine is set to; `None` where neither is a name
/// that the tzdb has.
pub fn machine() -> Option<Zone> {
    let asked = std::env::var("TZ").ok();
    let link = std::fs::read_link(LOCALTIME).ok();
    let set = link.as_deref().and_then(Path::to_str);
    asked.as_deref().and_then(named).or(set.and_then(named))
}

/// A zone by what `TZ` or a link says: `Europe/Berlin`, `:Europe/Berlin`, or a path that ends so.
fn named(text: &str) -> Option<Zone> {
    let text = text.trim().trim_start_matches(':');
    let name = text
        .split_once("zoneinfo/")
        .map_or(text, |(_, name)| name)
        .trim_start_matches("posix/");
    Zone::parse(name).ok()
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn zones_are_named_plainly_or_by_a_path() {
        for (text, zone) in [
            ("Europe/Berlin", Some("Europe/Berlin")),
            (":America/Chicago", Some("America/Chicago")),
            ("/usr/share/zoneinfo/Asia/Tokyo", Some("Asia/Tokyo")),
            ("../usr/share/zoneinfo/posix/Etc/UTC", Some("Etc/UTC")),
            ("CET-1CEST,M3.5.0,M10.5.0/3", None),
            ("", None),
        ] {
            let found = named(text);
            assert_eq!(found.as_ref().map(|z| z.name()), zone, "{text}");
        }
    }
}
