//! Who is meant by a RCPT, and what that recipient, or its message, is to meet.

use super::fault::{Act, Code, Fault};
use super::journal::Phase;
use super::mailbox::To;
use super::{Mailbox, SinkSettings};

/// A recipient with what this try of it meets.
#[derive(Debug)]
pub(super) struct Recipient {
    pub(super) address: String,
    pub(super) parameters: String,
    faults: Vec<Fault>,
    /// Drawn for this very try: then it strikes whatever came before.
    rolled: bool,
}

impl Recipient {
    /// What its address asks, else what the script has for this try, else what everybody meets.
    pub(super) fn of(
        address: &str,
        parameters: &str,
        settings: &SinkSettings,
        mailbox: &Mailbox,
    ) -> Recipient {
        let mut faults = Fault::of_address(address);
        let mut rolled = false;
        if let (true, Some(script)) = (faults.is_empty(), &settings.script) {
            let number = u64::from(mailbox.tried(address));
            faults.extend(script.of_try(address, number));
            rolled = !faults.is_empty();
        }
        if faults.is_empty() {
            let all = settings.faults.iter().copied();
            faults.extend(all.filter(|fault| !fault.is_of_connection()));
        }
        Recipient {
            address: address.to_owned(),
            parameters: parameters.to_owned(),
            faults,
            rolled,
        }
    }

    /// What strikes at this point.
    pub(super) fn strike(&self, phase: Phase, mailbox: &Mailbox) -> Option<Fault> {
        let here = |fault: &&Fault| fault.phase == phase;
        let strikes = |fault: &&Fault| self.rolled || mailbox.strikes(fault, &self.address);
        self.faults.iter().filter(here).find(strikes).copied()
    }

    /// It as it is noted.
    pub(super) fn to(&self) -> To<'_> {
        To {
            address: &self.address,
            parameters: &self.parameters,
        }
    }
}

/// The strongest of what strikes a message at this point. Every recipient is counted, not only the
/// first that says yes.
pub(super) fn strongest(
    recipients: &[Recipient],
    phase: Phase,
    mailbox: &Mailbox,
) -> Option<Fault> {
    let all = recipients
        .iter()
        .filter_map(|own| own.strike(phase, mailbox));
    // Of equals the first.
    all.reduce(|best, next| {
        if next.strength() > best.strength() {
            next
        } else {
            best
        }
    })
}

/// What a refused recipient's DATA meets nevertheless: the reply to its dot.
pub(super) fn lenience(fault: Option<Fault>) -> Option<Code> {
    match fault?.act {
        Act::Lenient(code) => Some(code),
        _ => None,
    }
}
