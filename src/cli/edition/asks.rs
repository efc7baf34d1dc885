//! What held letters wait for, in words, and by whose word they go.

use crate::domain::delivery::Hold;

/// What held letters wait for, in words.
pub(in crate::cli) fn asks(hold: Hold) -> &'static str {
    match hold {
        Hold::Late => "planned later than the list's grace",
        Hold::Approval => "waiting for an editor's approval",
        Hold::Volume => "of an edition that is far from the usual",
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

/// Whose word lets such letters go: an editor's, or an operator's.
pub(super) fn lets_go(hold: Hold) -> &'static str {
    match hold {
        Hold::Approval => "approve",
        _ => "release",
    }
}
