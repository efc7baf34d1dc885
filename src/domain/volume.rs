//! The volume guard: an edition far from its cadence's usual asks before it leaves.
//!
//! A pure rule over counts. Only what was sent is usual, or was released by a person: an edition that
//! was held and forgotten teaches nothing. The very first edition has nothing to be compared with. How
//! large a letter gets in octets is not known at planning; the stories of the digests are, and they are
//! what makes a letter large.

use serde::{Deserialize, Serialize};

use super::words;

/// Editions that what is usual is taken from, the newest ones.
pub const EDITIONS: usize = 5;
/// With fewer, the largest of them is the usual: two or less have no middle.
const EDITIONS_MIDDLE: usize = 3;
/// More people than usual by so many are never too many, whatever the factor says.
const PEOPLE: i64 = 50;
/// Stories a digest more than usual by so many are never too many, in tenths.
const STORIES_TENTHS: i64 = 50;

words! {
    /// What an edition far from the usual does.
    Guard {
        /// Held until a person releases or drops it.
        Ask = "ask",
        /// It goes like any other.
        Off = "off",
    }
}

/// An edition that was planned whole, and sent or released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Letters that were accepted or may have been; of a released one all that were not given up.
    pub letters: i64,
    /// A person let it go: what comes up to it is usual from then on.
    pub released: bool,
    /// Mean stories of its digests, in tenths, by a sample of them.
    pub stories_tenths: i64,
}

/// What is known of an edition before a wave of it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// The editions of the cadence before it of which letters were sent, or which were released, newest
    /// first, at most [`EDITIONS`].
    pub past: Vec<Past>,
    /// Letters of its earlier waves.
    pub planned: i64,
    /// Readers of this wave who are still to be planned.
    pub coming: i64,
    /// Of both, those who joined since the newest of these was first planned.
    pub joined: i64,
}

/// In what an edition is far from the usual, with the numbers that say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "far", rename_all = "snake_case")]
pub enum Unusual {
    /// It would go to many more people.
    Recipients {
        /// Its earlier waves' and this one's.
        recipients: i64,
        /// The median of the editions before, or the largest that a person released.
        usual: i64,
    },
    /// Most of its people are new: an import gone wrong, or a form abused.
    Joined {
        /// Who joined since the edition before.
        joined: i64,
        /// Everybody so far.
        recipients: i64,
    },
    /// Its digests have many more stories.
    Stories {
        /// Their mean, in tenths.
        tenths: i64,
        /// The median of the editions before, in tenths.
        usual_tenths: i64,
    },
}

impl Volume {
    /// Whether the people of the edition so far, this wave included, are far from the usual: more than
    /// `factor` times as many and 50, or more than 50 and more than half of them new.
    pub fn unusual_people(&self, factor: u16) -> Option<Unusual> {
        let usual = self.usual(|p| p.letters)?;
        let recipients = self.planned.saturating_add(self.coming);
        if recipients > usual.saturating_mul(factor.into()).saturating_add(PEOPLE) {
            return Some(Unusual::Recipients { recipients, usual });
        }
        let joined = self.joined;
        let most = joined.saturating_mul(2) > recipients;
        (joined > PEOPLE && most).then_some(Unusual::Joined { joined, recipients })
    }

    /// Whether digests of these many stories are far from the usual on average: more than `factor`
    /// times as many and 5. Of 50 digests or fewer nothing is said: a few readers are no average.
    pub fn unusual_stories(&self, stories: &[usize], factor: u16) -> Option<Unusual> {
        let digests = i64::try_from(stories.len()).ok().filter(|n| *n > PEOPLE)?;
        let sum: i64 = stories.iter().filter_map(|n| i64::try_from(*n).ok()).sum();
        let tenths = sum.saturating_mul(10) / digests;
        let usual_tenths = self.usual(|p| p.stories_tenths)?;
        let most = usual_tenths.saturating_mul(factor.into());
        let far = tenths > most && tenths > usual_tenths.saturating_add(STORIES_TENTHS);
        far.then_some(Unusual::Stories {
            tenths,
            usual_tenths,
        })
    }

    /// What is usual of a number; `None` where nothing was sent before.
    fn usual(&self, of: impl Fn(&Past) -> i64) -> Option<i64> {
        let past = || self.past.iter().take(EDITIONS);
        let released = past().filter(|p| p.released).map(&of).max();
        middle(past().map(&of)).max(released)
    }
}

impl Unusual {
    /// In words, with its numbers.
    pub fn words(&self) -> String {
        let tenths = |n: i64| format!("{}.{}", n / 10, n % 10);
        match self {
            Unusual::Recipients { recipients, usual } => {
                format!("it would go to {recipients} people, where {usual} are usual")
            }
            Unusual::Joined { joined, recipients } => {
                format!("{joined} of its {recipients} people joined since the edition before")
            }
            Unusual::Stories {
                tenths: n,
                usual_tenths,
            } => format!(
                "its letters have {} stories on average, where {} are usual",
                tenths(*n),
                tenths(*usual_tenths)
            ),
        }
    }
}

/// The median; of an even number the smaller of the two in the middle, of two the larger.
fn middle(values: impl Iterator<Item = i64>) -> Option<i64> {
    let mut values: Vec<i64> = values.collect();
    values.sort_unstable();
    match values.len() {
        ..EDITIONS_MIDDLE => values.last().copied(),
        n => values.get((n - 1) / 2).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Past, Unusual, Volume};

    fn volume(past: &[i64], planned: i64, coming: i64, joined: i64) -> Volume {
        let past = past.iter().map(|n| Past {
            letters: *n,
            released: false,
            stories_tenths: 80,
        });
        Volume {
            past: past.collect(),
            planned,
            coming,
            joined,
        }
    }

    #[test]
    fn recipients_ask_beyond_the_factor_and_fifty() {
        let past = [100, 90, 5000, 110, 95];
        assert_eq!(volume(&past, 0, 250, 0).unusual_people(2), None, "exactly");
        let far = volume(&past, 200, 51, 0).unusual_people(2);
        let recipients = 251;
        assert_eq!(
            far,
            Some(Unusual::Recipients {
                recipients,
                usual: 100
            })
        );
        assert_eq!(
            far.map(|f| f.words()).as_deref(),
            Some("it would go to 251 people, where 100 are usual")
        );
        assert_eq!(volume(&past, 200, 51, 0).unusual_people(3), None);
        // One edition more does not count.
        let old = [100, 90, 5000, 110, 95, 1, 1, 1, 1];
        assert!(volume(&old, 200, 51, 0).unusual_people(2).is_some());
        assert_eq!(volume(&old, 200, 50, 0).unusual_people(2), None);
        // Of one or two the larger counts, and the very first one has nothing to be compared with.
        assert_eq!(volume(&[], 0, 1_000_000, 1_000_000).unusual_people(2), None);
        assert_eq!(volume(&[1], 0, 52, 0).unusual_people(2), None);
        assert!(volume(&[1], 0, 53, 0).unusual_people(2).is_some());
        assert_eq!(volume(&[1, 100], 0, 250, 0).unusual_people(2), None);
        assert!(volume(&[1, 100], 0, 251, 0).unusual_people(2).is_some());
        assert!(volume(&[1, 1, 1], 0, 53, 0).unusual_people(2).is_some());
        assert!(
            volume(&[i64::MAX; 3], i64::MAX, 1, 0)
                .unusual_people(2)
                .is_none()
        );
    }

    #[test]
    fn what_a_person_released_is_usual_at_once() {
        let mut seen = volume(&[500, 10, 10, 10, 10], 0, 500, 0);
        assert!(seen.unusual_people(2).is_some(), "one of five is no middle");
        seen.past[0].released = true;
        assert_eq!(seen.unusual_people(2), None);
        seen.coming = 1051;
        let usual = 500;
        let recipients = 1051;
        let far = Unusual::Recipients { recipients, usual };
        assert_eq!(seen.unusual_people(2), Some(far));
    }

    #[test]
    fn most_people_being_new_asks_where_they_are_more_than_fifty() {
        let past = [100, 100, 100];
        assert_eq!(volume(&past, 0, 102, 51).unusual_people(2), None, "half");
        let far = volume(&past, 0, 101, 51).unusual_people(2);
        assert_eq!(
            far,
            Some(Unusual::Joined {
                joined: 51,
                recipients: 101
            })
        );
        assert_eq!(volume(&past, 0, 60, 50).unusual_people(2), None);
    }

    #[test]
    fn stories_ask_beyond_the_factor_and_five() {
        let usual = volume(&[1, 1, 1], 0, 0, 0);
        let mut stories = vec![16; 60];
        assert_eq!(usual.unusual_stories(&stories, 2), None);
        stories[0] = 22;
        let far = usual.unusual_stories(&stories, 2).map(|f| f.words());
        let words = "its letters have 16.1 stories on average, where 8.0 are usual";
        assert_eq!(far.as_deref(), Some(words));
        assert_eq!(usual.unusual_stories(&[13; 60], 1), None, "five more");
        assert!(usual.unusual_stories(&[14; 51], 1).is_some());
        assert_eq!(usual.unusual_stories(&[14; 50], 1), None, "too few");
        assert_eq!(usual.unusual_stories(&[], 1), None);
        assert_eq!(volume(&[], 0, 0, 0).unusual_stories(&[90; 60], 1), None);
    }
}
