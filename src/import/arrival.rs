//! From a person out of a file to what is stored of them: terms, the first due, the receipt.

use std::collections::HashMap;

use jiff::civil::Date;

use super::person::{Fate, Person, Refusal, Wishes};
use crate::domain::CadenceId;
use crate::domain::address::AddressHash;
use crate::domain::article::TopicWeight;
use crate::domain::consent::{ConsentAct, Receipt};
use crate::domain::due::{Due, next_due};
use crate::domain::list::{Cadence, List};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{NewSubscription, Standing, Terms};
use crate::domain::time::{Timestamp, WallTime};
use crate::feedback::link::Keyring;

/// Weight of a topic that somebody follows and nobody weighed.
const MIDDLE: u16 = 500;
/// Dues that are remembered: as many zones and hours as there are people who matter.
const DUES: usize = 20_000;
/// Who does what an import writes.
pub const BY: &str = "import";
/// By which way somebody agreed of whom a file says when they confirmed.
pub const CONFIRMED: &str = "import-confirmed";

/// Somebody about to be signed up, or to be kept from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Everything that is stored with the first terms. A standing that is not active came with them.
    pub new: NewSubscription,
    /// That they agreed; `None` for who left.
    pub receipt: Option<Receipt>,
    /// An operator stopped mail to them there.
    pub suppressed: bool,
}

/// How people of one import arrive.
pub struct Arrivals {
    /// To which list.
    pub list: List,
    /// Its cadences.
    pub cadences: Vec<Cadence>,
    /// The one of them that new people get.
    pub first: Cadence,
    /// What they get where they ask for nothing else.
    pub defaults: Terms,
    /// The keys of the house.
    pub keys: Keyring,
    /// Whether letters can be had in a language.
    pub speaks: Box<dyn Fn(&str) -> bool + Send>,
    /// What an admin says of their consent.
    pub note: Option<String>,
    /// The file's name.
    pub source: String,
    /// Now.
    pub now: Timestamp,
    /// Dues by cadence, zone, hour and the end of a pause.
    pub dues: Dues,
}

/// Dues that were worked out: many people have the same zone and hour.
pub type Dues = HashMap<(Slug, String, Option<WallTime>, Option<Date>), Option<Due>>;

impl Arrivals {
    /// What becomes of a person.
    ///
    /// # Errors
    /// [`Refusal::NoConsent`] where neither the row nor a note says that they agreed.
    pub fn arrive(&mut self, person: Person) -> Result<Arrival, Refusal> {
        let suppressed = person.fate == Fate::Suppressed;
        let standing = match person.fate {
            Fate::Subscribed if person.paused => Standing::Paused,
            Fate::Subscribed => Standing::Active,
            Fate::Left | Fate::Suppressed => Standing::Unsubscribed,
            Fate::Bounced => Standing::Bounced,
            Fate::Complained => Standing::Complained,
        };
        let receipt = match standing {
            Standing::Active | Standing::Paused => Some(self.receipt(&person)?),
            _ => None,
        };
        let terms = self.terms(&person.wishes);
        let (cadence, due) = self.due(&terms);
        let hash: AddressHash = self.keys.address_hash(&person.address);
        let new = NewSubscription {
            list: self.list.id,
            hash,
            address: person.address,
            terms,
            cadence,
            standing,
            due: due.filter(|_| standing == Standing::Active),
            by: BY.to_owned(),
        };
        Ok(Arrival {
            new,
            receipt,
            suppressed,
        })
    }

    fn receipt(&self, person: &Person) -> Result<Receipt, Refusal> {
        let note = person.note.as_ref().or(self.note.as_ref());
        if person.agreed.is_none() && note.is_none() {
            return Err(Refusal::NoConsent);
        }
        let how = match person.confirmed {
            Some(_) => CONFIRMED,
            None => BY,
        };
        let kept = self.list.settings.consent_network;
        Ok(Receipt {
            list: Some(self.list.id),
            act: ConsentAct::Given,
            how: how.to_owned(),
            wording: String::new(),
            source: self.source.clone(),
            network: person.network.and_then(|address| kept.kept(address)),
            note: note.cloned().unwrap_or_default(),
            at: person.agreed.or(person.created).unwrap_or(self.now),
        })
    }

    fn terms(&self, wishes: &Wishes) -> Terms {
        let mut terms = self.defaults.clone();
        let weighed = |topic: &Slug| TopicWeight {
            topic: topic.clone(),
            weight: wishes.weights.get(topic).copied().unwrap_or(MIDDLE),
        };
        if !wishes.topics.is_empty() {
            terms.topics = wishes.topics.iter().map(weighed).collect();
        }
        let followed = |topic: &Slug| wishes.topics.contains(topic);
        let never = wishes.never.iter().filter(|topic| !followed(topic));
        terms.topics.extend(never.map(|topic| TopicWeight {
            topic: topic.clone(),
            weight: 0,
        }));
        if !wishes.places.is_empty() {
            terms.places.clone_from(&wishes.places);
        }
        if let Some(zone) = &wishes.zone {
            terms.zone = zone.clone();
        }
        if let Some(language) = wishes.language.as_deref().filter(|l| (self.speaks)(l)) {
            terms.language = language.to_owned();
        }
        if let Some(cadence) = &wishes.cadence {
            terms.cadence = cadence.clone();
        }
        terms.length = wishes.length.unwrap_or(terms.length);
        terms.images = wishes.images.unwrap_or(terms.images);
        terms.text_only = wishes.text_only.unwrap_or(terms.text_only);
        terms.resume_on = wishes.resume_on.or(terms.resume_on);
        let takes_hour = self.cadence(&terms).expr.fixed_time().is_some();
        terms.hour = wishes.hour.or(terms.hour).filter(|_| takes_hour);
        terms
    }

    fn cadence(&self, terms: &Terms) -> &Cadence {
        let found = self.cadences.iter().find(|c| c.name == terms.cadence);
        found.unwrap_or(&self.first)
    }

    fn due(&mut self, terms: &Terms) -> (CadenceId, Option<Due>) {
        let cadence = self.cadence(terms);
        let id = cadence.id;
        let zone = terms.zone.name().to_owned();
        let key = (terms.cadence.clone(), zone, terms.hour, terms.resume_on);
        if let Some(due) = self.dues.get(&key) {
            return (id, *due);
        }
        // An hour is taken only where the cadence has a fixed time, so that it cannot fail.
        let due = next_due(terms, cadence, self.now).ok().flatten();
        if self.dues.len() < DUES {
            self.dues.insert(key, due);
        }
        (id, due)
    }
}
