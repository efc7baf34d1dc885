//! `editor password` and `editor totp`: what somebody proves themselves by, set at the machine.

use std::io::{BufRead, IsTerminal};

use super::super::parts::drawn;
use super::super::{Failure, House, show};
use crate::domain::editor::Editor;
use crate::domain::sign_in::{Ending, PASSWORD_MOST, password_will_do};
use crate::entry::{password as hashing, totp as codes};

/// Sets a password, or takes it away.
pub(super) async fn password(house: &House, of: &Editor, remove: bool) -> Result<(), Failure> {
    let hash = match remove {
        true => None,
        false => {
            let typed = asked("New password: ")?;
            if let Err(weak) = password_will_do(&typed, of) {
                let hint = weak.hint();
                return Err(Failure::usage(weak).maybe_hint(hint));
            }
            Some(hashing::hashed(&typed, &drawn()?).map_err(Failure::failed)?)
        }
    };
    let now = house.clock.now();
    let set = house
        .store
        .editor_password(of.id, hash.as_deref(), Ending::All, now);
    set.await?;
    let words = match remove {
        true => "has no password any more; mailed links let them in",
        false => "has a new password",
    };
    show::note(&format!(
        "{} {words}; every session is over",
        of.address.full()
    ));
    Ok(())
}

/// Makes a secret for an authenticator, or takes it away.
pub(super) async fn totp(house: &House, of: &Editor, remove: bool) -> Result<(), Failure> {
    let now = house.clock.now();
    if remove {
        house.store.editor_totp(of.id, None, now).await?;
        let who = of.address.full();
        show::note(&format!("no code is asked of {who}; every session is over"));
        return Ok(());
    }
    let salt: [u8; 16] = drawn()?;
    let key = house.keys.active_id().to_owned();
    let secret = house.keys.totp_secret(&key, of.id, &salt);
    let secret = secret.ok_or_else(|| Failure::failed("the house key is not there"))?;
    house
        .store
        .editor_totp(of.id, Some((&key, &salt)), now)
        .await?;
    show::line(&codes::url(&secret, of.address.full()))?;
    show::note(&format!(
        "by hand: {}\nFrom now on a code is asked for; every session is over. The secret is not shown again.",
        codes::by_hand(&secret)
    ));
    Ok(())
}

/// A line from stdin; at a terminal it is asked for, and not shown.
fn asked(prompt: &str) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let hidden = match stdin.is_terminal() {
        true => {
            eprint!("{prompt}");
            Hidden::begin()
        }
        false => None,
    };
    let mut line = String::new();
    let mut bounded = std::io::Read::take(stdin.lock(), PASSWORD_MOST as u64 * 4);
    bounded.read_line(&mut line)?;
    if hidden.is_some() {
        eprintln!();
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A terminal that shows nothing of what is typed, until it is dropped.
#[cfg(unix)]
struct Hidden(rustix::termios::Termios);

#[cfg(unix)]
impl Hidden {
    fn begin() -> Option<Hidden> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Now, &silent).ok()?;
        Some(Hidden(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        let now = rustix::termios::OptionalActions::Now;
        // There is nobody to tell: the terminal is the one that would have shown it.
        let _ = rustix::termios::tcsetattr(std::io::stdin(), now, &self.0);
    }
}

#[cfg(not(unix))]
struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    fn begin() -> Option<Hidden> {
        None
    }
}
