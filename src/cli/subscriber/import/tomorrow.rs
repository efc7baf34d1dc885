//! What people who would be imported would get next, by the planner's own thinking. Nothing is written.

use std::collections::BTreeMap;

use crate::cli::{Failure, House, parts, show};
use crate::domain::address::Address;
use crate::domain::due::Due;
use crate::domain::list::List;
use crate::domain::subscriber::{Interests, Length, Terms};
use crate::domain::time::Timestamp;
use crate::domain::{CadenceId, SubscriptionId};
use crate::import::arrival::Arrival;
use crate::press::{self, Asking};

/// People whose letters are told one by one.
const TOLD: usize = 3;
/// Waves that are thought out.
const WAVES: usize = 24;
/// Different wishes that are thought out.
const WISHES: usize = 20_000;
/// Headlines that are told of a letter.
const HEADLINES: usize = 3;

/// People by what they would get.
#[derive(Default)]
pub struct Tomorrow {
    waves: BTreeMap<(Timestamp, CadenceId), Wave>,
    wishes: usize,
    told: Vec<(Address, Due, Terms)>,
    /// People who would never get a letter, or were too many to think about.
    never: u64,
    beyond: u64,
}

struct Wave {
    due: Due,
    /// By their wishes, as JSON.
    people: BTreeMap<String, (Terms, u64)>,
}

/// What was thought out.
#[derive(Default)]
pub struct Foreseen {
    /// People with a letter in their next run.
    pub letters: u64,
    /// People without one, by reason.
    pub without: BTreeMap<&'static str, u64>,
    /// People whom nobody thought about.
    pub beyond: u64,
    /// Letters of the first few: who (masked), when, how many stories, the first headlines.
    pub told: Vec<(String, String, usize, Vec<String>)>,
}

impl Tomorrow {
    /// Somebody who would be new.
    pub fn add(&mut self, person: &Arrival) {
        let terms = &person.new.terms;
        let Some(due) = person.new.due else {
            self.never += 1;
            return;
        };
        if self.told.len() < TOLD {
            let told = (person.new.address.clone(), due, terms.clone());
            self.told.push(told);
        }
        let wave = self.waves.entry((due.at, due.cadence));
        let wave = wave.or_insert_with(|| Wave {
            due,
            people: BTreeMap::new(),
        });
        let wish = format!(
            "{:?} {:?} {} {}",
            terms.topics, terms.places, terms.language, terms.length
        );
        match wave.people.get_mut(&wish) {
            Some((_, people)) => *people += 1,
            None if self.wishes >= WISHES => self.beyond += 1,
            None => {
                self.wishes += 1;
                wave.people.insert(wish, (terms.clone(), 1));
            }
        }
    }

    /// Thinks the biggest waves out.
    pub async fn thought_out(self, house: &House, list: &List) -> Result<Foreseen, Failure> {
        let mut foreseen = Foreseen {
            beyond: self.beyond,
            ..Foreseen::default()
        };
        if self.never > 0 {
            foreseen.without.insert("no run", self.never);
        }
        let sum = |wave: &Wave| wave.people.values().map(|(_, n)| n).sum::<u64>();
        let mut waves: Vec<Wave> = self.waves.into_values().collect();
        waves.sort_by_key(|wave| std::cmp::Reverse(sum(wave)));
        for wave in waves.iter().skip(WAVES) {
            foreseen.beyond += sum(wave);
        }
        for wave in waves.iter().take(WAVES) {
            of_wave(house, list, wave, &self.told, &mut foreseen).await?;
        }
        Ok(foreseen)
    }
}

async fn of_wave(
    house: &House,
    list: &List,
    wave: &Wave,
    told: &[(Address, Due, Terms)],
    foreseen: &mut Foreseen,
) -> Result<(), Failure> {
    let press = parts::press(house)?;
    let edition = house
        .store
        .edition_find(list.id, wave.due.cadence, &wave.due.run);
    let edition = edition.await?;
    let now = house.clock.now();
    let inputs = press
        .inputs(list, edition.as_ref(), wave.due.at, now)
        .await?;
    let makeup = press.makeup(&inputs, wave.due.run).await?;
    let asking = |terms: &'_ Terms| -> (Interests, Length) {
        let interests = Interests {
            topics: terms.topics.clone(),
            places: terms.places.clone(),
        };
        (interests, terms.length)
    };
    for (terms, people) in wave.people.values() {
        let (interests, length) = asking(terms);
        let look = (length, terms.language.as_str());
        let one = Asking {
            subscription: SubscriptionId(0),
            language: &terms.language,
            length,
            images: terms.images,
            reader: press::reader(&interests, look, &inputs.rules, Vec::new()),
        };
        let selection = makeup.selection(&one);
        match selection.skip {
            Some(skip) => *foreseen.without.entry(skip.as_str()).or_default() += people,
            None => foreseen.letters += people,
        }
        let alike = told
            .iter()
            .filter(|(_, due, own)| *due == wave.due && own == terms);
        for (address, due, terms) in alike {
            let headline = |pick: &crate::domain::selection::Pick| {
                let of = inputs.candidates.iter().find(|c| c.article == pick.article);
                of.map(|c| c.headline.clone())
            };
            let first = selection.picks.iter().filter_map(headline).take(HEADLINES);
            foreseen.told.push((
                address.masked(),
                show::local(due.at, &terms.zone),
                selection.picks.len(),
                first.collect(),
            ));
        }
    }
    Ok(())
}
