//! Passwords as argon2id hashes (RFC 9106), written as PHC strings so that a later release can raise the cost.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// KiB of memory, passes, lanes: OWASP's first choice for argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// Most that a stored string may ask for: it came out of a database.
const COST_MOST: (u32, u32, u32) = (1 << 20, 16, 16);
/// Octets of a hash.
const LENGTH: usize = 32;
/// Octets of a salt.
pub const SALT: usize = 16;

/// Hashing failed: there is no memory for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct NotHashed;

/// The PHC string of a password; about 40 ms of work.
///
/// # Errors
/// [`NotHashed`].
pub fn hashed(password: &str, salt: &[u8; SALT]) -> Result<String, NotHashed> {
    let hash = derived(password, salt, COST).ok_or(NotHashed)?;
    let (m, t, p) = COST;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}"))
}

/// Whether a password is the one that was hashed. Where there is none (`None`), the same work is done
/// and the answer is no: nobody learns by the time it takes whether an account has one.
pub fn is_right(stored: Option<&str>, password: &str) -> bool {
    let read = stored.and_then(parsed);
    let there = read.is_some();
    let (cost, salt, hash) = read.unwrap_or_else(|| (COST, vec![0; SALT], vec![0; LENGTH]));
    let Some(made) = derived(password, &salt, cost) else {
        return false;
    };
    verify_slices_are_equal(&made, &hash).is_ok() && there
}

type Parsed = ((u32, u32, u32), Vec<u8>, Vec<u8>);

fn parsed(text: &str) -> Option<Parsed> {
    let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
    let (costs, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = costs.split(',');
    let mut number = |name: &str| numbers.next()?.strip_prefix(name)?.parse::<u32>().ok();
    let cost = (number("m=")?, number("t=")?, number("p=")?);
    let bounded = cost.0 <= COST_MOST.0 && cost.1 <= COST_MOST.1 && cost.2 <= COST_MOST.2;
    let salt = STANDARD_NO_PAD.decode(salt).ok()?;
    let hash = STANDARD_NO_PAD.decode(hash).ok()?;
    (bounded && parts.next().is_none() && hash.len() == LENGTH).then_some((cost, salt, hash))
}

fn derived(password: &str, salt: &[u8], (m, t, p): (u32, u32, u32)) -> Option<[u8; LENGTH]> {
    let params = Params::new(m, t, p, Some(LENGTH)).ok()?;
    let mut hash = [0; LENGTH];
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let done = argon.hash_password_into(password.as_bytes(), salt, &mut hash);
    done.ok().map(|()| hash)
}

#[cfg(test)]
mod tests {
    use super::{hashed, is_right};

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let hash = hashed("correct horse battery", &[7; 16]).expect("hashed");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(is_right(Some(&hash), "correct horse battery"));
        assert!(!is_right(Some(&hash), "correct horse batterx"));
        assert!(!is_right(None, "correct horse battery"));
        for junk in ["", "$argon2id$v=19$", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA"] {
            assert!(!is_right(Some(junk), "correct horse battery"), "{junk}");
        }
    }

    /// Made by the reference implementation's command line: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1`.
    #[test]
    fn a_hash_of_the_reference_implementation_is_read() {
        let theirs = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(is_right(Some(theirs), "password"));
        assert!(!is_right(Some(theirs), "differentpassword"));
    }
}
