//! Which letter is meant: one subscriber's, in the edition that was named or the newest that fits.

use crate::cli::edition::{Shelf, reader, shown};
use crate::cli::{Failure, House};
use crate::domain::EditionId;
use crate::domain::delivery::{Delivery, DeliveryState};
use crate::domain::time::Zone;

/// A subscriber's letter.
pub(super) struct Letter {
    /// `daily 2026-11-26`.
    pub(super) issue: String,
    pub(super) edition: EditionId,
    pub(super) row: Delivery,
    to: String,
    zone: Zone,
}

impl Letter {
    /// `the letter of ann@example.org in daily 2026-11-26`.
    pub(super) fn name(&self) -> String {
        format!("the letter of {} in {}", self.to, self.issue)
    }

    /// How it stands, in words.
    pub(super) fn standing(&self) -> String {
        let row = &self.row;
        let mut words = format!(
            "it is {} since {}",
            row.state,
            shown(row.changed_at, &self.zone)
        );
        if row.code != 0 {
            words.push_str(&format!(", {}", row.code));
        }
        if !row.reply.is_empty() {
            words.push_str(&format!(" ({})", row.reply));
        }
        words
    }

    /// Its row as it is now.
    pub(super) async fn again(&self, house: &House) -> Result<Delivery, Failure> {
        let row = house.store.delivery(self.edition, self.row.subscriber);
        Ok(row.await?.unwrap_or_else(|| self.row.clone()))
    }

    /// It is not what a verb needs.
    pub(super) fn not(&self, shelf: &Shelf, what: &str) -> Failure {
        let slug = &shelf.list.slug;
        let words = format!("{} {what}: {}", self.name(), self.standing());
        Failure::failed(words).hint(match self.row.state {
            DeliveryState::Leased | DeliveryState::Started => {
                "a sender has it in its hands: try again in a moment".to_owned()
            }
            DeliveryState::Refused => {
                format!("`courant delivery retry {slug} --subscriber ADDRESS` tries it again")
            }
            _ => format!("`courant delivery list {slug}` shows how each letter stands"),
        })
    }
}

/// The letter of the subscriber that an address names: of the run that was named, else of the newest
/// edition where it fits, else of the newest that has one.
pub(super) async fn find(
    house: &House,
    shelf: &Shelf,
    address: &str,
    fits: impl Fn(&Delivery) -> bool,
) -> Result<Letter, Failure> {
    let (person, _) = reader(house, &shelf.list, address).await?;
    let mut found = Vec::new();
    for issue in shelf.meant().into_iter().rev() {
        let Some(edition) = &issue.edition else {
            continue;
        };
        if let Some(row) = house.store.delivery(edition.id, person.id).await? {
            let fit = fits(&row);
            found.push((issue, edition.id, row));
            if fit && shelf.named.is_none() {
                found.drain(..found.len() - 1);
                break;
            }
        }
    }
    if shelf.named.is_some() && found.len() > 1 {
        let issues: Vec<_> = found.iter().map(|(issue, _, _)| *issue).collect();
        return Err(shelf.several(&issues));
    }
    let Some((issue, edition, row)) = found.into_iter().next() else {
        let slug = &shelf.list.slug;
        let words = format!("`{address}` has no letter in what was named of `{slug}`");
        return Err(Failure::failed(words).hint(format!(
            "`courant edition list {slug}` shows its editions; --run names one"
        )));
    };
    Ok(Letter {
        issue: issue.name(),
        edition,
        row,
        to: address.to_owned(),
        zone: shelf.list.settings.home_zone.clone(),
    })
}
