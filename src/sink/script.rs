//! A seeded script: for each try of each recipient, and for each connection, whether a fault strikes
//! and which.
//!
//! Pure: the same seed, recipient and number of the try give the same answer, so a run that failed can
//! be had again. It counts nothing itself.

use std::collections::HashMap;

use serde::Deserialize;

use super::fault::Fault;

/// What may be met where a script names no kinds: every point of the table, but no black hole and no
/// slow reply, since each costs the sender a time-out.
const KINDS: &[&str] = &[
    "banner421",
    "bannerhangup",
    "bannergarbage",
    "ehlo421",
    "ehlohangup",
    "mail421",
    "mail451",
    "mailhangup",
    "mailgarbage",
    "rcpt421",
    "rcpt450",
    "rcpt451",
    "rcpt452",
    "rcpthangup",
    "rcptgarbage",
    "rcptmulti",
    "rcptsplit",
    "data421",
    "data451",
    "data452",
    "data454",
    "datahangup",
    "datawrongclass",
    "text421",
    "texthangup",
    "dot421",
    "dot450",
    "dot451",
    "dot452",
    "dot454",
    "dothangup",
    "dotgarbage",
    "dotwrongclass",
    "dotnocrlf",
    "dotnotutf8",
    "dotlongline",
    "dotbarelf",
    "dotmulti",
    "dotsplit",
    "dotdrip",
    "sent421",
    "senthangup",
];
/// Tries that a script may spell out for one recipient.
const MOST_TRIES: usize = 1000;

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is no TOML, or has keys that a script does not have.
    #[error("the script cannot be read")]
    Toml(#[source] Box<toml::de::Error>),
    /// A word that is no fault, or none that a recipient can meet.
    #[error("`{0}` is no behaviour of the sink")]
    Word(String),
    /// A share beyond its bounds.
    #[error("`faults` is {0}, and takes 0 to 1")]
    Share(f64),
    /// More tries than one recipient may have.
    #[error("`{0}` has more than {MOST_TRIES} tries")]
    Tries(String),
}

impl ScriptError {
    /// What would do.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            ScriptError::Toml(_) => {
                "seed = 7, faults = 0.1, kinds = [\"rcpt451\", …], and [recipients] with \
                 \"ann@x.example\" = [\"dothangup\", \"\"]"
            }
            ScriptError::Word(_) => {
                "a point and what happens there, as in `rcpt451`, `dothangup`, `data452multi`"
            }
            ScriptError::Share(_) => "0.1 is one try in ten",
            ScriptError::Tries(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Which tries meet which faults.
#[derive(Debug, Clone)]
pub struct Script {
    seed: u64,
    /// A drawn number below this is a fault.
    below: u64,
    of_connections: Vec<Fault>,
    of_recipients: Vec<Fault>,
    spelled: HashMap<String, Vec<Option<Fault>>>,
}

/// A script as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    faults: f64,
    kinds: Option<Vec<String>>,
    #[serde(default)]
    recipients: HashMap<String, Vec<String>>,
}

impl Script {
    /// A share of all tries, and of all connections, meets one of the usual faults.
    ///
    /// # Errors
    /// The share is not of 0 to 1.
    pub fn seeded(seed: u64, share: f64) -> Result<Script, ScriptError> {
        let kinds = KINDS.iter().map(|word| (*word).to_owned()).collect();
        Script::new(seed, share, kinds, HashMap::new())
    }

    /// Reads a script of TOML: `seed`, `faults` (the share of tries that meet one), `kinds` (the
    /// words, one as often as it is to weigh), and a table `recipients` that spells out the first
    /// tries of some: `"ann@x.example" = ["rcpt451", "dothangup", ""]`.
    ///
    /// # Errors
    /// [`ScriptError`].
    pub fn parse(text: &str) -> Result<Script, ScriptError> {
        let written: Written =
            toml::from_str(text).map_err(|error| ScriptError::Toml(Box::new(error)))?;
        let kinds = match written.kinds {
            Some(kinds) => kinds,
            None => KINDS.iter().map(|word| (*word).to_owned()).collect(),
        };
        Script::new(written.seed, written.faults, kinds, written.recipients)
    }

    fn new(
        seed: u64,
        share: f64,
        kinds: Vec<String>,
        recipients: HashMap<String, Vec<String>>,
    ) -> Result<Script, ScriptError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(ScriptError::Share(share));
        }
        let read = |word: &String| Fault::parse(word).ok_or(ScriptError::Word(word.clone()));
        let kinds: Vec<Fault> = kinds.iter().map(read).collect::<Result<_, _>>()?;
        let (of_connections, of_recipients) = kinds
            .into_iter()
            .partition(|fault| fault.is_of_connection());
        let mut spelled = HashMap::new();
        for (recipient, words) in recipients {
            if words.len() > MOST_TRIES {
                return Err(ScriptError::Tries(recipient));
            }
            let read = |word: &String| match word.as_str() {
                "" => Ok(None),
                _ => read(word).and_then(|fault| match fault.is_of_connection() {
                    true => Err(ScriptError::Word(word.clone())),
                    false => Ok(Some(fault)),
                }),
            };
            let tries: Vec<_> = words.iter().map(read).collect::<Result<_, _>>()?;
            spelled.insert(recipient.to_ascii_lowercase(), tries);
        }
        Ok(Script {
            seed,
            // 2^64 itself saturates, and the one number that is lost by it does not matter.
            below: (share * 2f64.powi(64)) as u64,
            of_connections,
            of_recipients,
            spelled,
        })
    }

    /// What the `number`th connection meets, from 1.
    pub fn of_connection(&self, number: u64) -> Option<Fault> {
        self.draw(&[b"connection"], number, &self.of_connections)
    }

    /// What a recipient's `number`th try meets, from 1; the case of the address does not count.
    /// Beyond the tries that are spelled out for a recipient there is no fault.
    pub fn of_try(&self, recipient: &str, number: u64) -> Option<Fault> {
        let recipient = recipient.to_ascii_lowercase();
        if let Some(tries) = self.spelled.get(&recipient) {
            let at = usize::try_from(number.checked_sub(1)?).ok()?;
            return tries.get(at).copied().flatten();
        }
        self.draw(&[b"try", recipient.as_bytes()], number, &self.of_recipients)
    }

    fn draw(&self, parts: &[&[u8]], number: u64, kinds: &[Fault]) -> Option<Fault> {
        let mut state = mix(self.seed);
        for part in parts {
            for chunk in part.chunks(8) {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                state = mix(state ^ u64::from_le_bytes(word));
            }
            state = mix(state ^ part.len() as u64);
        }
        state = mix(state ^ number);
        if state >= self.below || kinds.is_empty() {
            return None;
        }
        let which = mix(state) % kinds.len() as u64;
        kinds.get(usize::try_from(which).ok()?).copied()
    }
}

/// One step of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::fault::{Act, Manner};
    use super::super::journal::Phase;
    use super::*;

    /// Whether a fault costs its sender a time-out rather than a try.
    fn is_slow(fault: &Fault) -> bool {
        matches!(fault.act, Act::Hole | Act::Reply(_, Manner::Slow))
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first numbers of SplitMix64 seeded with 1234567.
        assert_eq!(mix(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(
            mix(1_234_567 + 0x9e37_79b9_7f4a_7c15),
            3_203_168_211_198_807_973
        );
    }

    #[test]
    fn a_share_of_the_tries_meets_a_fault_and_the_same_ones_each_time() {
        let script = Script::seeded(7, 0.1).unwrap();
        let run = |script: &Script| -> Vec<_> {
            let tries = (0..10_000).map(|n| script.of_try(&format!("r{n}@x.example"), 1));
            tries.collect()
        };
        let first = run(&script);
        let met = first.iter().flatten().count();
        assert!((900..1100).contains(&met), "{met}");
        assert_eq!(first, run(&Script::seeded(7, 0.1).unwrap()));
        assert_ne!(first, run(&Script::seeded(8, 0.1).unwrap()));
        assert!(first.iter().flatten().all(|f| !f.is_of_connection()));
        let connections: Vec<_> = (1..1000).filter_map(|n| script.of_connection(n)).collect();
        assert!(
            (60..140).contains(&connections.len()),
            "{}",
            connections.len()
        );
        assert!(connections.iter().all(Fault::is_of_connection));
        let second = script.of_try("r1@x.example", 2);
        assert_eq!(second, script.of_try("R1@X.example", 2));
    }

    #[test]
    fn all_and_nothing() {
        let all = Script::seeded(1, 1.0).unwrap();
        assert!((1..500).all(|n| all.of_try("a@b", n).is_some()));
        let none = Script::seeded(1, 0.0).unwrap();
        assert!((1..500).all(|n| none.of_try("a@b", n).is_none()));
    }

    #[test]
    fn the_usual_faults_cost_no_time_out_and_reach_every_point_of_a_letter() {
        let script = Script::seeded(1, 1.0).unwrap();
        let all = || script.of_recipients.iter().chain(&script.of_connections);
        assert!(!all().any(is_slow));
        for phase in Phase::ALL {
            let secured = matches!(phase, Phase::Starttls | Phase::Auth);
            assert_eq!(
                all().any(|fault| fault.phase == *phase),
                !secured,
                "{phase}"
            );
        }
    }

    #[test]
    fn a_script_spells_out_tries() {
        let script = Script::parse(
            "seed = 3\nfaults = 1.0\nkinds = [\"rcpt451\"]\n\
             [recipients]\n\"Ann@x.example\" = [\"dothangup\", \"\", \"data452\"]\n",
        )
        .unwrap();
        let of = |n| script.of_try("ann@x.example", n).map(|f| f.to_string());
        assert_eq!(of(1).as_deref(), Some("dothangup"));
        assert_eq!(of(2), None);
        assert_eq!(of(3).as_deref(), Some("data452"));
        assert_eq!((of(0), of(4)), (None, None));
        assert_eq!(script.of_try("b@x", 9), Fault::parse("rcpt451"));
        assert_eq!(script.of_connection(1), None);
    }

    #[test]
    fn what_is_wrong_with_a_script_is_said() {
        for (text, words) in [
            ("seed = ", "cannot be read"),
            ("sede = 1", "cannot be read"),
            ("faults = 1.5", "`faults` is 1.5"),
            ("faults = nan", "`faults` is NaN"),
            ("kinds = [\"dot999\"]", "`dot999` is no behaviour"),
            ("[recipients]\na = [\"x\"]", "`x` is no behaviour"),
            (
                "[recipients]\na = [\"banner421\"]",
                "`banner421` is no behaviour",
            ),
        ] {
            let error = Script::parse(text).err().unwrap();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.hint().is_some());
        }
    }
}
