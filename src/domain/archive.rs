//! Issues that everybody may read: the general digest of an edition that has left.

use super::selection::Pick;
use super::slug::Slug;
use super::time::{Run, Timestamp};
use super::{EditionId, ListId, WaveId, words};

words! {
    /// Who may see the past issues of a list.
    Archive {
        /// Everybody, search engines among them.
        Public = "public",
        /// Whoever has the address.
        Unlisted = "unlisted",
        /// Nobody.
        Off = "off",
    }
}

/// An issue as the archive has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued {
    /// Of which edition.
    pub edition: EditionId,
    /// Of which list.
    pub list: ListId,
    /// Its name in addresses, unique in its list.
    pub name: String,
    /// The wave whose stories and look it has.
    pub wave: WaveId,
    /// The editors' subject.
    pub subject: Option<String>,
    /// In the order of the layout; none where there is no such issue.
    pub picks: Vec<Pick>,
    /// How many stories did not fit.
    pub left_out: u32,
    /// When its wave was due.
    pub out: Timestamp,
}

/// What an issue is called in addresses: its cadence and its run, in a-z, 0-9 and `-`.
pub fn name(cadence: &Slug, run: &Run) -> String {
    let run = run.to_string().to_ascii_lowercase();
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let run: String = run.chars().map(plain).collect();
    format!("{cadence}-{run}")
}

#[cfg(test)]
mod tests {
    use super::name;
    use crate::domain::slug::Slug;
    use crate::domain::time::Run;

    #[test]
    fn every_run_of_a_cadence_has_a_name_of_its_own() {
        let of = |run| name(&Slug::parse("daily").unwrap(), &Run::parse(run).unwrap());
        assert_eq!(of("2026-11-26"), "daily-2026-11-26");
        assert_eq!(of("2026-11-26T08:00"), "daily-2026-11-26t08-00");
        assert_eq!(of("2026-10-25T02:30+2"), "daily-2026-10-25t02-30-2");
    }
}
