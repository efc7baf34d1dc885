//! What held letters wait for, in words, and by whose word they go.

use crate::cli::{Failure, House, parts, show};
use crate::domain::EditionId;
use crate::domain::delivery::Hold;
use crate::domain::time::Timestamp;

/// What held letters wait for, in words.
pub(in crate::cli) fn asks(hold: Hold) -> &'static str {
    match hold {
        Hold::Late => "planned later than the list's grace",
        Hold::Approval => "waiting for an editor's approval",
        Hold::Volume => "of an edition that is far from the usual",
        Hold::Check => "of a plan in which the check found errors",
        Hold::InDoubt => {
            "in doubt: they may have arrived; the list holds such letters, or they began to leave \
             long before a start"
        }
        Hold::InDoubtAgain => "in doubt again after they were sent again: a person decides",
        Hold::Withdrawn => "in doubt, and a story in them was withdrawn or corrected since",
        Hold::OtherBytes => "in doubt, and sending them again would send other bytes",
        Hold::NoKey => {
            "planned with a key that is not set any more, or is another one now: put it back (the \
             selector and file in courant.toml, the line in the key file), restart, then"
        }
    }
}

/// Makes letters in doubt again that are held since a story in them was amended: what is let go is what
/// may be sent. One with too few stories left goes on asking, and that is said.
pub(in crate::cli) async fn renew(
    house: &House,
    edition: EditionId,
    now: Timestamp,
) -> Result<(), Failure> {
    let held = house.store.held(edition).await?;
    if held.iter().all(|(hold, _)| *hold != Hold::Withdrawn) {
        return Ok(());
    }
    let few = parts::press(house)?.revise_held(edition, now).await?;
    if few > 0 {
        let letters = show::count(i64::try_from(few).unwrap_or(i64::MAX), "letter");
        show::note(&format!(
            "{letters} in doubt with too few stories left, not released: only `drop` settles that"
        ));
    }
    Ok(())
}

/// Lets go all that asks of an edition; how many.
pub(in crate::cli) async fn let_go(
    house: &House,
    edition: EditionId,
    now: Timestamp,
) -> Result<u64, Failure> {
    renew(house, edition, now).await?;
    Ok(house.store.release(edition, now).await?)
}

/// Whose word lets such letters go: an editor's, or an operator's.
pub(super) fn lets_go(hold: Hold) -> &'static str {
    match hold {
        Hold::Approval => "approve",
        _ => "release",
    }
}
