//! One reader's digest out of an edition on the desk, and readers who stand for many.

use super::{Press, PressError, Sheet};
use crate::domain::SubscriptionId;
use crate::domain::article::TopicWeight;
use crate::domain::list::List;
use crate::domain::selection::{Pick, Reader, Sent, Skip};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{Interests, Length, Subscription, Terms};
use crate::press::{Asking, reached, reader};
use crate::sponsors::{Proposed as Placed, Quotas};

/// The weight of a topic that is followed like all others.
const WEIGHT: u16 = 500;
/// Topics that have a typical reader of their own, the first ones.
const TOPICS: usize = 12;

/// A digest that is thought out and not written.
#[derive(Clone, Debug, Default)]
pub struct DeskDigest {
    /// In the order of the layout.
    pub picks: Vec<Pick>,
    /// How many stories did not fit.
    pub left_out: u32,
    /// By slot.
    pub placements: Vec<Placed>,
    /// Why there is none.
    pub skip: Option<Skip>,
}

impl Press {
    /// The digest that an edition on the desk has for these terms: a subscription's own, with what it was
    /// sent before, or of somebody made up.
    pub async fn desk_digest(
        &self,
        sheet: &Sheet,
        terms: &Terms,
        whose: Option<&Subscription>,
    ) -> Result<DeskDigest, PressError> {
        let inputs = &sheet.ahead.inputs;
        let (memory, since) = match whose {
            None => (Vec::new(), None),
            Some(own) => {
                let since = reached(own.since, &inputs.rules, &sheet.list);
                (self.remembered(sheet, own.id).await?, since)
            }
        };
        let interests = Interests {
            topics: terms.topics.clone(),
            places: terms.places.clone(),
        };
        let look = (terms.length, terms.language.as_str());
        let asking = Asking {
            subscription: whose.map_or(SubscriptionId(0), |own| own.id),
            language: &terms.language,
            length: terms.length,
            images: terms.images,
            reader: Reader {
                since_ms: since,
                ..reader(&interests, look, &inputs.rules, memory)
            },
        };
        let makeup = self.makeup(inputs, sheet.run).await?;
        let flights = self.store.flights(Some(sheet.list.id)).await?;
        let mut quotas = Quotas::of(&flights);
        let drafts = makeup.drafts(&[asking], &flights, sheet.ahead.due, &mut quotas);
        let one = drafts.into_iter().next();
        Ok(one.map_or_else(DeskDigest::default, |draft| DeskDigest {
            picks: draft.picks.to_vec(),
            left_out: draft.left_out,
            placements: draft.placements,
            skip: draft.skip,
        }))
    }

    async fn remembered(
        &self,
        sheet: &Sheet,
        subscription: SubscriptionId,
    ) -> Result<Vec<Sent>, PressError> {
        let recall = sheet.ahead.recall();
        let mut memory = self.store.memory(recall, &[subscription]).await?;
        Ok(memory.remove(&subscription).unwrap_or_default())
    }
}

/// Readers who stand for many, each with the words for what they follow: nobody in particular, one for each
/// topic, one for a topic and a place, and one who wants a short letter.
pub fn typical(
    list: &List,
    cadence: &Slug,
    topics: &[(Slug, String)],
    places: &[(Slug, String)],
) -> Vec<(String, Terms)> {
    let settings = &list.settings;
    let terms = Terms {
        cadence: cadence.clone(),
        hour: None,
        zone: settings.home_zone.clone(),
        language: settings.language.clone(),
        length: Length::Long,
        images: true,
        text_only: false,
        topics: Vec::new(),
        places: Vec::new(),
        resume_on: None,
    };
    let follows = |topics: &[&Slug], places: &[&Slug]| Terms {
        topics: topics
            .iter()
            .map(|topic| TopicWeight {
                topic: (*topic).clone(),
                weight: WEIGHT,
            })
            .collect(),
        places: places.iter().map(|place| (*place).clone()).collect(),
        ..terms.clone()
    };
    let mut all = vec![("no wishes of their own".to_owned(), terms.clone())];
    for (topic, name) in topics.iter().take(TOPICS) {
        all.push((format!("follows {name}"), follows(&[topic], &[])));
    }
    for (place, name) in places.iter().take(3) {
        match topics.first() {
            Some((topic, of)) => {
                let words = format!("follows {of} and {name}");
                all.push((words, follows(&[topic], &[place])));
            }
            None => all.push((format!("follows {name}"), follows(&[], &[place]))),
        }
    }
    let short = Terms {
        length: Length::Short,
        ..terms
    };
    all.push(("wants a short letter".to_owned(), short));
    all
}

#[cfg(test)]
mod tests {
    use super::typical;
    use crate::domain::ListId;
    use crate::domain::list::{List, ListSettings};
    use crate::domain::slug::Slug;

    #[test]
    fn typical_readers_follow_what_there_is_and_never_more_than_a_page_of_them() {
        let slug = |text: &str| Slug::parse(text).expect("a slug");
        let list = List {
            id: ListId(1),
            slug: slug("times"),
            settings: ListSettings::default(),
        };
        let words = |topics: &[(Slug, String)], places: &[(Slug, String)]| -> Vec<String> {
            let all = typical(&list, &slug("daily"), topics, places);
            all.into_iter().map(|(words, _)| words).collect()
        };
        let none = ["no wishes of their own", "wants a short letter"];
        assert_eq!(words(&[], &[]), none);
        let port = (slug("port"), "Port".to_owned());
        let sport = (slug("sport"), "Sport".to_owned());
        let some = words(std::slice::from_ref(&sport), std::slice::from_ref(&port));
        assert_eq!(some[1..3], ["follows Sport", "follows Sport and Port"]);
        let many: Vec<_> = (0..80)
            .map(|n| (slug(&format!("t{n}")), format!("T{n}")))
            .collect();
        assert_eq!(words(&many, &many).len(), 17);
    }
}
