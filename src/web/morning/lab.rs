//! The letter of an edition as somebody gets it: a subscriber, or a made-up reader who stands for many; on a
//! desk and on a phone, by night, without pictures, as plain text.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};

use super::sheets::Laid;
use super::view;
use super::words::count;
use super::{Missing, Named, Seat};
use crate::deliver::letters::Content;
use crate::domain::address::Address;
use crate::domain::letter::Letter;
use crate::domain::selection::{Pick, Skip};
use crate::domain::sponsor::Slot;
use crate::domain::subscriber::{Interests, Subscription, Terms};
use crate::domain::{CreativeId, DigestId, FlightId, SubscriptionId};
use crate::press::desk::{Sheet, typical};
use crate::web::House;
use crate::web::inbox::frame::{by_night, opens_beside};

/// A letter in a frame: styles and pictures of its own, no script, no form, and an origin of nobody's.
const PICTURES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; img-src 'self' https: data:; style-src 'unsafe-inline'; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
);
/// The same, as who lets no pictures in sees it.
const NO_PICTURES: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox",
);

/// The digest that the links of a letter name which is looked at: it has its place in the letter, and opens
/// nothing.
const NO_DIGEST: DigestId = DigestId(i64::MAX);

/// As whom a letter is looked at.
pub(super) struct Whose {
    pub(super) terms: Terms,
    /// The subscriber that was named; none for a made-up reader.
    pub(super) subscription: Option<Subscription>,
    /// Who, in words.
    pub(super) words: String,
}

/// A letter that was made to be looked at.
pub(super) struct Made {
    pub(super) letter: Letter,
    pub(super) picks: Vec<Pick>,
    pub(super) placements: Vec<(Slot, FlightId, CreativeId)>,
    pub(super) left_out: u32,
}

type Asked = HashMap<String, String>;

fn asked<'q>(query: &'q Asked, key: &str) -> &'q str {
    query.get(key).map(String::as_str).unwrap_or_default()
}

impl House {
    /// The made-up readers of an edition, by their words.
    pub(super) async fn readers(&self, sheet: &Sheet) -> Result<Vec<String>, Missing> {
        let all = self.typical(sheet).await?;
        Ok(all.into_iter().map(|(words, _)| words).collect())
    }

    async fn typical(&self, sheet: &Sheet) -> Result<Vec<(String, Terms)>, Missing> {
        let topics = self.app.store.topics().await?;
        let topics: Vec<_> = topics.into_iter().map(|t| (t.slug, t.name)).collect();
        let places = self.app.store.places().await?;
        let places: Vec<_> = places.into_iter().map(|p| (p.slug, p.name)).collect();
        Ok(typical(&sheet.list, &sheet.cadence.name, &topics, &places))
    }

    /// As whom: `who` is a subscriber's address or the number of their subscription, else the number of a
    /// made-up reader counts.
    pub(super) async fn whose(
        &self,
        sheet: &Sheet,
        who: &str,
        number: &str,
    ) -> Result<Result<Whose, String>, Missing> {
        if who.is_empty() {
            let number: usize = number.parse().unwrap_or(0);
            let all = self.typical(sheet).await?;
            let last = all.len().saturating_sub(1);
            let one = all.into_iter().nth(number.min(last));
            let (words, terms) = one.ok_or(Missing::Nothing)?;
            return Ok(Ok(Whose {
                terms,
                subscription: None,
                words: format!(
                    "A reader who {}",
                    words.replace("no wishes", "has no wishes")
                ),
            }));
        }
        let store = &self.app.store;
        let found = match (who.parse::<i64>(), Address::parse(who)) {
            (Ok(id), _) => store.subscription(SubscriptionId(id)).await?,
            (Err(_), Ok(address)) => {
                let hash = self.app.keys.address_hash(&address);
                match store.subscriber(&hash).await? {
                    Some(person) => {
                        let own = store.subscription_of(sheet.list.id, person.id).await?;
                        own.map(|own| (person, own))
                    }
                    None => None,
                }
            }
            _ => None,
        };
        let found = found.filter(|(_, own)| own.list == sheet.list.id);
        let Some((person, subscription)) = found else {
            return Ok(Err(
                "No subscriber of this list has that address.".to_owned()
            ));
        };
        let address = person.address.as_ref();
        Ok(Ok(Whose {
            terms: subscription.terms.clone(),
            words: address.map_or_else(|| "Somebody erased".to_owned(), |a| a.masked()),
            subscription: Some(subscription),
        }))
    }

    /// The letter that somebody gets: as it is planned, else as it would be.
    pub(super) async fn made(
        &self,
        laid: &Laid,
        whose: &Whose,
    ) -> Result<Result<Made, Skip>, Missing> {
        if let Some(made) = self.planned(laid, whose).await? {
            return Ok(Ok(made));
        }
        let press = &self.bench()?.parts.press;
        let own = whose.subscription.as_ref();
        let digest = press.desk_digest(&laid.sheet, &whose.terms, own).await?;
        if let Some(skip) = digest.skip {
            return Ok(Err(skip));
        }
        let placements = digest.placements.iter();
        let mut made = Made {
            letter: Letter {
                subject: String::new(),
                html: String::new(),
                text: String::new(),
            },
            picks: digest.picks,
            placements: placements.map(|p| (p.slot, p.flight, p.creative)).collect(),
            left_out: digest.left_out,
        };
        let interests = interests(&whose.terms);
        let content = made.content(whose, &interests, laid, NO_DIGEST);
        made.letter = laid.letters.letter(&content)?;
        Ok(Ok(made))
    }

    /// A subscriber's letter that is planned already.
    async fn planned(&self, laid: &Laid, whose: &Whose) -> Result<Option<Made>, Missing> {
        let own = whose.subscription.as_ref();
        let (Some(own), Some(edition)) = (own, &laid.sheet.edition) else {
            return Ok(None);
        };
        let store = &self.app.store;
        let Some(digest) = store.digest_of(edition.id, own.id).await? else {
            return Ok(None);
        };
        let letters = &self.bench()?.parts.letters;
        let wave = letters.wave_of(digest.wave, &digest.picks).await?;
        let placements = store.placements(digest.id).await?;
        let mut made = Made {
            letter: Letter {
                subject: String::new(),
                html: String::new(),
                text: String::new(),
            },
            picks: digest.picks,
            placements: placements
                .iter()
                .map(|p| (p.slot, p.flight, p.creative))
                .collect(),
            left_out: digest.left_out,
        };
        let terms = store.terms(digest.terms_id).await?;
        let interests = interests(&terms);
        let whose = Whose {
            terms,
            subscription: None,
            words: String::new(),
        };
        let content = made.content(&whose, &interests, laid, NO_DIGEST);
        made.letter = wave.letters.letter(&content)?;
        Ok(Some(made))
    }
}

pub(super) fn interests(terms: &Terms) -> Interests {
    Interests {
        topics: terms.topics.clone(),
        places: terms.places.clone(),
    }
}

impl Made {
    pub(super) fn content<'a>(
        &'a self,
        whose: &'a Whose,
        interests: &'a Interests,
        laid: &Laid,
        digest: DigestId,
    ) -> Content<'a> {
        Content {
            picks: &self.picks,
            left_out: self.left_out,
            placements: self.placements.clone(),
            zone: &whose.terms.zone,
            language: &whose.terms.language,
            length: whose.terms.length,
            images: whose.terms.images,
            text_only: whose.terms.text_only,
            interests,
            list: laid.sheet.list.id,
            // Links that a colleague may press are nobody's.
            subscription: SubscriptionId(0),
            digest,
        }
    }
}

/// Why somebody gets no letter.
fn skipped(skip: Skip) -> String {
    let words = match skip {
        Skip::TooFewStories => "there are fewer stories for them than the list’s minimum",
        Skip::NothingFollowed => "no story touches what they follow",
        Skip::NotActive => "they are not active",
        _ => "they are passed over in this edition",
    };
    format!("No letter: {words}.")
}

/// `GET …/preview`: the letter in a frame, and how it is looked at.
pub(in crate::web) async fn preview(
    State(house): State<House>,
    seat: Seat,
    named: Named,
    Query(query): Query<Asked>,
) -> Response {
    let page = async {
        let (meant, laid) = house.on_desk(&seat, named).await?;
        let viewer = house.viewer(&seat, &laid).await?;
        let (who, number) = (asked(&query, "as"), asked(&query, "typical"));
        let mut frames = vec![house.frame(&laid, who, number, &query).await?];
        let beside = asked(&query, "beside");
        if !beside.is_empty() {
            frames.push(house.frame(&laid, "", beside, &query).await?);
        }
        let own = context! {
            edition => view::head(&laid, &meant, &viewer),
            readers => house.readers(&laid.sheet).await?,
            frames,
            who,
            number => if who.is_empty() { number.parse().unwrap_or(0) } else { -1 },
            beside => beside.parse().unwrap_or(-1),
            phone => asked(&query, "look") == "phone",
            dark => asked(&query, "dark") == "1",
            images => asked(&query, "images") != "0",
            plain => asked(&query, "text") == "1",
        };
        Ok(house.morning_page(StatusCode::OK, "morning_preview.html", own, &seat))
    };
    house.morning_answer(page.await)
}

impl House {
    /// What stands around a letter in its frame.
    async fn frame(
        &self,
        laid: &Laid,
        who: &str,
        number: &str,
        query: &Asked,
    ) -> Result<Value, Missing> {
        let whose = match self.whose(&laid.sheet, who, number).await? {
            Ok(whose) => whose,
            Err(problem) => return Ok(context! { words => who, problem }),
        };
        let made = match self.made(laid, &whose).await? {
            Ok(made) => made,
            Err(skip) => {
                return Ok(context! { words => whose.words, problem => skipped(skip) });
            }
        };
        let mut address = url::form_urlencoded::Serializer::new(String::new());
        match who.is_empty() {
            true => address.append_pair("typical", if number.is_empty() { "0" } else { number }),
            false => address.append_pair("as", who),
        };
        for key in ["dark", "images"] {
            if let Some(value) = query.get(key) {
                address.append_pair(key, value);
            }
        }
        let bytes = made.letter.html.len() as u64;
        Ok(context! {
            words => whose.words,
            subject => made.letter.subject.clone(),
            text => (asked(query, "text") == "1").then(|| made.letter.text.clone()),
            stories => count(made.picks.len() as u64, "story").replace("storys", "stories"),
            left_out => made.left_out,
            size => format!("{}.{} KB", bytes / 1_000, bytes % 1_000 / 100),
            sponsors => made.placements.len(),
            address => address.finish(),
        })
    }
}

/// `GET …/letter`: the letter itself, for a frame.
pub(in crate::web) async fn letter(
    State(house): State<House>,
    seat: Seat,
    named: Named,
    Query(query): Query<Asked>,
) -> Response {
    let page = async {
        let (_, laid) = house.on_desk(&seat, named).await?;
        let (who, number) = (asked(&query, "as"), asked(&query, "typical"));
        let whose = house.whose(&laid.sheet, who, number).await?;
        let whose = whose.map_err(|_| Missing::Nothing)?;
        let made = house.made(&laid, &whose).await?;
        if asked(&query, "text") == "1" {
            let text = made.map_or_else(skipped, |made| made.letter.text);
            let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            return Ok((kind, text).into_response());
        }
        let document = match made {
            Ok(made) => opens_beside(&made.letter.html),
            Err(skip) => format!(
                "<!doctype html><title>No letter</title><p>{}",
                skipped(skip)
            ),
        };
        let dark = asked(&query, "dark") == "1";
        let document = if dark { by_night(&document) } else { document };
        let policy = match asked(&query, "images") {
            "0" => NO_PICTURES,
            _ => PICTURES,
        };
        let mut page = crate::web::page::html(StatusCode::OK, document);
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
        Ok(page)
    };
    house.morning_answer(page.await)
}
