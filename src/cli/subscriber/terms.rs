//! Terms as they are typed and shown: the flags that `subscriber add` and `subscriber set` share.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::topic::meant;
use crate::cli::typed::setting;
use crate::cli::{Failure, House, parts, show};
use crate::domain::article::TopicWeight;
use crate::domain::due::spread;
use crate::domain::letter::Switch;
use crate::domain::list::{Cadence, List, ListSettings};
use crate::domain::slug::Slug;
use crate::domain::subscriber::{
    FOLLOWED_MAX, Length, Standing, Subscriber, Subscription, Terms, WEIGHT, typed_weight,
};
use crate::domain::time::{Timestamp, WallTime, Zone, format_rfc3339_in};

/// The weight of a topic that is named without one.
const MIDDLE: u16 = 5;

/// What a subscriber asks for. What is not named stays as it is, or is the list's default.
#[derive(Args, Debug, Default)]
pub struct TermsFlags {
    /// A topic to follow, with a weight of 1 to 10 (5); may be repeated, replaces the earlier ones
    #[arg(long, value_name = "SLUG[:WEIGHT]")]
    topic: Vec<String>,
    /// A topic of which they want nothing; may be repeated, replaces the earlier ones
    #[arg(long, value_name = "SLUG")]
    never: Vec<String>,
    /// A place to follow; may be repeated, replaces the earlier ones
    #[arg(long, value_name = "SLUG")]
    place: Vec<String>,
    /// One of the list's cadences
    #[arg(long, value_name = "NAME")]
    cadence: Option<String>,
    /// Hour of their own, in place of the cadence's
    #[arg(long, value_name = "HH:MM")]
    hour: Option<String>,
    /// IANA zone of their clock, such as Europe/Berlin
    #[arg(long)]
    zone: Option<String>,
    /// Language tag of fixed words and dates
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// long or short
    #[arg(long)]
    length: Option<String>,
    /// Pictures in their letters: on or off
    #[arg(long, value_name = "ON|OFF")]
    images: Option<Switch>,
    /// Letters without an HTML part: on or off
    #[arg(long, value_name = "ON|OFF")]
    text_only: Option<Switch>,
}

/// What a list offers.
pub struct Offer {
    list: List,
    cadences: Vec<Cadence>,
    topics: Vec<Slug>,
    places: Vec<Slug>,
    /// The folder of an operator's themes and words.
    themes: PathBuf,
}

impl Offer {
    /// Reads it.
    pub async fn of(house: &House, list: List) -> Result<Offer, Failure> {
        let store = &house.store;
        let topics = store.topics().await?.into_iter().map(|t| t.slug);
        let places = store.places().await?.into_iter().map(|p| p.slug);
        Ok(Offer {
            cadences: store.cadences(list.id).await?,
            topics: topics.collect(),
            places: places.collect(),
            themes: parts::themes(&house.config),
            list,
        })
    }

    /// The list's cadences.
    pub fn cadences(&self) -> &[Cadence] {
        &self.cadences
    }

    /// The cadence that terms name.
    pub fn cadence(&self, name: &str) -> Result<&Cadence, Failure> {
        let found = self.cadences.iter().find(|c| c.name.as_str() == name);
        found.ok_or_else(|| {
            let known: Vec<Slug> = self.cadences.iter().map(|c| c.name.clone()).collect();
            let hint = match known.is_empty() {
                true => format!(
                    "`courant list cadence {} NAME EXPR` makes one",
                    self.list.slug
                ),
                false => meant(name, &known, "cadence"),
            };
            let list = &self.list.slug;
            Failure::usage(format!("`{list}` has no cadence `{name}`")).hint(hint)
        })
    }

    /// What a new subscription gets unless it says otherwise.
    pub fn defaults(&self) -> Result<Terms, Failure> {
        let first = self.cadences.first().ok_or_else(|| {
            let list = &self.list.slug;
            Failure::failed(format!("`{list}` has no cadence yet")).hint(format!(
                "`courant list cadence {list} daily \"0 7 * * *\"` makes one"
            ))
        })?;
        Ok(Terms {
            cadence: first.name.clone(),
            hour: None,
            zone: self.list.settings.home_zone.clone(),
            language: self.list.settings.language.clone(),
            length: Length::Long,
            images: true,
            text_only: false,
            topics: Vec::new(),
            places: Vec::new(),
            resume_on: None,
        })
    }
}

impl TermsFlags {
    /// Lays what was typed over `terms`.
    pub fn apply(&self, mut terms: Terms, offer: &Offer) -> Result<Terms, Failure> {
        if let Some(name) = &self.cadence {
            terms.cadence = offer.cadence(name)?.name.clone();
        }
        if let Some(hour) = &self.hour {
            terms.hour = Some(WallTime::parse(hour)?);
        }
        if let Some(zone) = &self.zone {
            terms.zone = Zone::parse(zone)?;
        }
        if let Some(language) = &self.language {
            let mut checked = ListSettings::default();
            setting(&mut checked, "language", language, &offer.themes)?;
            terms.language = checked.language;
        }
        if let Some(length) = &self.length {
            terms.length = Length::parse(length)?;
        }
        if let Some(images) = self.images {
            terms.images = images == Switch::On;
        }
        if let Some(text_only) = self.text_only {
            terms.text_only = text_only == Switch::On;
        }
        if !self.topic.is_empty() {
            let named = topics(&self.topic, &offer.topics)?;
            let unwanted = |t: &&TopicWeight| self.never.iter().any(|n| n == t.topic.as_str());
            if let Some(both) = named.iter().find(unwanted).map(|t| &t.topic) {
                return Err(
                    Failure::usage(format!("--topic and --never both name `{both}`"))
                        .hint("a topic is followed or unwanted: name it once"),
                );
            }
            let kept = terms.topics.into_iter().filter(|t| t.weight == 0);
            let other = |t: &TopicWeight| named.iter().all(|n| n.topic != t.topic);
            terms.topics = kept.filter(other).chain(named.iter().cloned()).collect();
        }
        if !self.never.is_empty() {
            let named = unwanted(&self.never, &offer.topics)?;
            let other = |t: &TopicWeight| t.weight > 0 && named.iter().all(|n| n.topic != t.topic);
            terms.topics.retain(other);
            terms.topics.extend(named);
        }
        if !self.place.is_empty() {
            terms.places = places(&self.place, &offer.places)?;
        }
        Ok(terms)
    }
}

fn topics(typed: &[String], known: &[Slug]) -> Result<Vec<TopicWeight>, Failure> {
    let mut out: Vec<TopicWeight> = Vec::new();
    for text in typed {
        let (slug, weight) = match text.split_once(':') {
            Some((slug, weight)) => (slug, weight.parse().ok()),
            None => (text.as_str(), Some(MIDDLE)),
        };
        let Some(weight) = weight.filter(|w| (1..=10).contains(w)) else {
            return Err(Failure::usage(format!(
                "--topic: `{text}` has a weight that is not 1 to 10"
            ))
            .hint(format!("such as `--topic {slug}:10`")));
        };
        let topic = one_of(slug, known, ("--topic", "topic"))?;
        if out.iter().any(|t| t.topic == topic) {
            return Err(Failure::usage(format!("--topic: `{topic}` is given twice")));
        }
        out.push(TopicWeight {
            topic,
            weight: weight * WEIGHT,
        });
    }
    few_enough(out, "--topic")
}

/// Topics with a weight of 0.
fn unwanted(typed: &[String], known: &[Slug]) -> Result<Vec<TopicWeight>, Failure> {
    let mut out: Vec<TopicWeight> = Vec::new();
    for slug in typed {
        let topic = one_of(slug, known, ("--never", "topic"))?;
        out.push(TopicWeight { topic, weight: 0 });
    }
    few_enough(out, "--never")
}

fn places(typed: &[String], known: &[Slug]) -> Result<Vec<Slug>, Failure> {
    let mut out = Vec::new();
    for text in typed {
        let place = one_of(text, known, ("--place", "place"))?;
        if out.contains(&place) {
            return Err(Failure::usage(format!("--place: `{place}` is given twice")));
        }
        out.push(place);
    }
    few_enough(out, "--place")
}

fn one_of(word: &str, known: &[Slug], (flag, noun): (&str, &str)) -> Result<Slug, Failure> {
    let found = known.iter().find(|slug| slug.as_str() == word);
    found.cloned().ok_or_else(|| {
        let word: String = word.chars().filter(|c| !c.is_control()).take(64).collect();
        Failure::usage(format!("{flag}: there is no {noun} `{word}`"))
            .hint(meant(&word, known, noun))
    })
}

fn few_enough<T>(followed: Vec<T>, flag: &str) -> Result<Vec<T>, Failure> {
    match followed.len() {
        0..=FOLLOWED_MAX => Ok(followed),
        n => Err(
            Failure::usage(format!("{flag}: {n} are more than {FOLLOWED_MAX}")).hint(format!(
                "name at most {FOLLOWED_MAX}; `courant {} list` shows what there is",
                flag.trim_start_matches('-')
            )),
        ),
    }
}

/// How somebody stands: as far as a list is concerned, or as a person.
pub fn standing(person: &Subscriber, own: Standing) -> String {
    match &person.suppressed {
        Some(s) => format!("suppressed by {}, {}", s.by, s.at.strftime("%Y-%m-%d")),
        None => Standing::together(person.standing, own).to_string(),
    }
}

/// A person's subscription as key and value.
pub fn pairs(
    list: &List,
    (person, s): (&Subscriber, &Subscription),
    cadence: &Cadence,
) -> Vec<(&'static str, String)> {
    let terms = &s.terms;
    let hour = match (terms.hour, cadence.expr.fixed_time()) {
        (Some(own), _) => own.to_string(),
        (None, Some(default)) => format!("{default} (the cadence's)"),
        (None, None) => "the cadence's".to_owned(),
    };
    let topics: Vec<_> = terms
        .followed()
        .map(|t| format!("{}:{}", t.topic, typed_weight(t)))
        .collect();
    let places: Vec<_> = terms.places.iter().map(Slug::to_string).collect();
    let or_none = |list: Vec<String>| match list.is_empty() {
        true => "none".to_owned(),
        false => list.join(", "),
    };
    let images = match terms.images {
        true => Switch::On,
        false => Switch::Off,
    };
    let never: Vec<_> = terms.unwanted().map(Slug::to_string).collect();
    let due = s.due_at.map(|at| show::local(at, &terms.zone));
    let mut pairs = vec![
        ("list", list.slug.to_string()),
        ("standing", standing(person, s.standing)),
        ("cadence", format!("{} ({})", cadence.name, cadence.expr)),
        ("hour", hour),
        ("zone", zone_words(&terms.zone)),
        ("language", terms.language.clone()),
        ("length", terms.length.to_string()),
        ("images", images.to_string()),
        ("topics", or_none(topics)),
        ("places", or_none(places)),
    ];
    if !never.is_empty() {
        pairs.push(("never", never.join(", ")));
    }
    if terms.text_only {
        pairs.push(("text only", Switch::On.to_string()));
    }
    pairs.extend(terms.resume_on.map(|day| ("paused until", day.to_string())));
    pairs.push(("next due", due.unwrap_or_else(|| "never".to_owned())));
    if let Some(at) = s.due_at
        && list.settings.spread_minutes > 0
    {
        let (minutes, at) = (list.settings.spread_minutes, not_before(list, s, at));
        let at = show::local(at, &terms.zone);
        pairs.push((
            "leaves",
            format!("{at}, its place in {minutes} min of spread"),
        ));
    }
    pairs
}

fn zone_words(zone: &Zone) -> String {
    match zone.is_known() {
        true => zone.name().to_owned(),
        false => format!("{zone} (the tzdb has no such zone: nothing is sent)"),
    }
}

/// From when on a subscription's letter may leave: its place in the list's spread.
fn not_before(list: &List, s: &Subscription, due: Timestamp) -> Timestamp {
    spread(due, s.id, list.settings.spread_minutes)
}

/// A subscription as JSON; `next_due` and `leaves` with the offset of the subscriber's clock.
pub fn value(list: &List, s: &Subscription) -> Value {
    let terms = &s.terms;
    let topic = |t: &TopicWeight| json!({"topic": t.topic, "weight": typed_weight(t)});
    json!({
        "list": list.slug,
        "standing": s.standing,
        "cadence": terms.cadence,
        "hour": terms.hour.map(|h| h.to_string()),
        "zone": terms.zone.name(),
        "language": terms.language,
        "length": terms.length,
        "images": terms.images,
        "text_only": terms.text_only,
        "topics": terms.followed().map(topic).collect::<Vec<_>>(),
        "never": terms.unwanted().collect::<Vec<_>>(),
        "places": terms.places,
        "resume_on": terms.resume_on.map(|day| day.to_string()),
        "next_due": s.due_at.map(|at| format_rfc3339_in(at, &terms.zone)),
        "leaves": s.due_at.map(|at| format_rfc3339_in(not_before(list, s, at), &terms.zone)),
    })
}

/// A topic as it is typed: with its weight where that is not the one it gets without.
pub fn weighed(topic: &TopicWeight) -> String {
    match typed_weight(topic) {
        MIDDLE => topic.topic.to_string(),
        weight => format!("{}:{weight}", topic.topic),
    }
}
