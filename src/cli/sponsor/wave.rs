//! A wave written by hand, in JSON: read into what the planner plans, with every fault said by the
//! place of its field.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::typed::short;
use crate::sponsors::solve::{Class, Flight, MOST_SLOTS, Slots, Wave};

/// Most flights of a wave.
const MOST_FLIGHTS: usize = 1_000;
/// Most classes of a wave.
const MOST_CLASSES: usize = 100_000;
/// Most eligible flights, summed over all classes.
const MOST_ELIGIBLE: usize = 10_000_000;
/// The greatest quota, and the most digests of a wave.
const MOST_DIGESTS: u64 = 1_000_000_000;

/// A wave with its names.
pub(super) struct Named {
    pub(super) wave: Wave,
    pub(super) slots: Vec<String>,
    /// The flights of the wave, in its order.
    pub(super) flights: Vec<Value>,
    /// The classes of the wave, in its order.
    pub(super) classes: Vec<Value>,
    /// What is read otherwise than it may be meant.
    pub(super) notes: Vec<String>,
}

/// An id: a text or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Id<'a> {
    Number(u64),
    Text(Cow<'a, str>),
}

impl Id<'_> {
    fn value(&self) -> Value {
        match self {
            Id::Number(number) => Value::from(*number),
            Id::Text(text) => Value::from(text.as_ref()),
        }
    }
}

impl fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Number(number) => write!(f, "{number}"),
            Id::Text(text) => f.write_str(&short(text, 64)),
        }
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Id<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, a text or a whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id<'de>, E> {
        Ok(Id::Number(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Id<'de>, E> {
        Ok(Id::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id<'de>, E> {
        Ok(Id::Text(Cow::Owned(text.to_owned())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Id<'a>, D::Error> {
        from.deserialize_any(IdVisitor)
    }
}

#[derive(serde::Deserialize)]
struct File<'a> {
    slots: Vec<String>,
    #[serde(borrow)]
    flights: Vec<FlightRow<'a>>,
    #[serde(borrow)]
    classes: Vec<ClassRow<'a>>,
}

#[derive(serde::Deserialize)]
struct FlightRow<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    tier: u64,
    quota: u64,
    #[serde(borrow, default)]
    group: Option<Id<'a>>,
    #[serde(default)]
    all: bool,
}

#[derive(serde::Deserialize)]
struct ClassRow<'a> {
    #[serde(borrow)]
    id: Id<'a>,
    count: u64,
    #[serde(borrow)]
    eligible: Eligible<'a>,
}

/// The flights that may stand in each slot, in the order of the file: a slot twice is a fault.
struct Eligible<'a>(Vec<(String, Vec<Id<'a>>)>);

struct EligibleVisitor;

impl<'de> Visitor<'de> for EligibleVisitor {
    type Value = Eligible<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of flights for each slot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Eligible<'de>, A::Error> {
        let mut slots: Vec<(String, Vec<Id<'de>>)> = Vec::new();
        while let Some((slot, flights)) = map.next_entry::<String, Vec<Id<'de>>>()? {
            if slots.len() == MOST_SLOTS {
                return Err(A::Error::custom(format_args!(
                    "more than {MOST_SLOTS} slots"
                )));
            }
            if slots.iter().any(|(other, _)| *other == slot) {
                let slot = short(&slot, 64);
                return Err(A::Error::custom(format_args!(
                    "the slot `{slot}` stands there twice"
                )));
            }
            slots.push((slot, flights));
        }
        Ok(Eligible(slots))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Eligible<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Eligible<'a>, D::Error> {
        from.deserialize_map(EligibleVisitor)
    }
}

/// A fault at a field: `flights[2].tier`.
fn at(field: impl fmt::Display, words: impl fmt::Display) -> Failure {
    Failure::failed(format_args!("`{field}`: {words}"))
}

/// Reads a wave.
///
/// # Errors
/// What is no JSON, no wave, or more than a wave may have; each with the field and a hint.
pub(super) fn read(bytes: &[u8]) -> Result<Named, Failure> {
    let shape = "a wave is {\"slots\":[…],\"flights\":[{\"id\",\"tier\",\"quota\",\"group\",\"all\"}],\
                 \"classes\":[{\"id\",\"count\",\"eligible\":{slot:[flight,…]}}]}";
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut json = serde_json::Deserializer::from_slice(text);
    let file: File<'_> = serde_path_to_error::deserialize(&mut json).map_err(|e| {
        let path = e.path().to_string();
        match path.as_str() {
            "." => Failure::failed(e.inner()).hint(shape),
            _ => at(short(&path, 120), e.inner()).hint(shape),
        }
    })?;
    json.end()
        .map_err(|e| Failure::failed(e).hint("one wave a file"))?;
    sizes(&file)?;
    let flights = flights(&file)?;
    let mut named = Named {
        wave: Wave {
            slots: file.slots.len(),
            ..Wave::default()
        },
        slots: file.slots.clone(),
        flights: flights.iter().map(|(_, row)| row.id.value()).collect(),
        classes: Vec::new(),
        notes: Vec::new(),
    };
    let groups: HashSet<&Id<'_>> = file
        .flights
        .iter()
        .filter_map(|f| f.group.as_ref())
        .collect();
    let mut groups: Vec<&Id<'_>> = groups.into_iter().collect();
    groups.sort_unstable();
    let number = |group: &Id<'_>| groups.partition_point(|g| *g < group) as u32;
    named.wave.flights = flights
        .iter()
        .map(|(_, row)| Flight {
            tier: row.tier as u8,
            quota: row.quota,
            group: row.group.as_ref().map(number),
            all: row.all,
        })
        .collect();
    classes(&file, &flights, &mut named)?;
    Ok(named)
}

/// The bounds of a wave, and its slots.
fn sizes(file: &File<'_>) -> Result<(), Failure> {
    let bounds = [
        ("slots", file.slots.len(), MOST_SLOTS),
        ("flights", file.flights.len(), MOST_FLIGHTS),
        ("classes", file.classes.len(), MOST_CLASSES),
    ];
    for (field, has, most) in bounds {
        if has > most {
            return Err(at(field, format_args!("{has} {field}, more than {most}"))
                .hint("hand in fewer: digests with equal eligible flights are one class"));
        }
    }
    if file.slots.is_empty() {
        return Err(at("slots", "there is none").hint("\"slots\":[\"S1\",\"S2\"]"));
    }
    for (number, slot) in file.slots.iter().enumerate() {
        if file.slots[..number].contains(slot) {
            let words = format_args!("`{}` stands there twice", short(slot, 64));
            return Err(at(format_args!("slots[{number}]"), words).hint("name every slot once"));
        }
    }
    let digests: u128 = file.classes.iter().map(|c| u128::from(c.count)).sum();
    if digests > u128::from(MOST_DIGESTS) {
        let words = format_args!("{digests} digests in all, more than {MOST_DIGESTS}");
        return Err(at("classes", words).hint("plan a part of the wave"));
    }
    Ok(())
}

/// The flights with their places in the file, in the order of their ids.
fn flights<'f>(file: &'f File<'f>) -> Result<Vec<(usize, &'f FlightRow<'f>)>, Failure> {
    let mut flights: Vec<(usize, &FlightRow<'_>)> = file.flights.iter().enumerate().collect();
    for (number, row) in &flights {
        let field = |name: &str| format!("flights[{number}].{name}");
        if row.tier > 3 {
            return Err(at(field("tier"), format_args!("{} is no tier", row.tier))
                .hint("0 is a takeover, 1 guaranteed, 2 a bonus or make-good, 3 house"));
        }
        if row.quota > MOST_DIGESTS {
            return Err(
                at(field("quota"), format_args!("{} is too much", row.quota))
                    .hint(format!("a quota is 0 to {MOST_DIGESTS}")),
            );
        }
        if row.all && row.tier != 0 {
            return Err(
                at(field("all"), "only a takeover fills every slot of a digest")
                    .hint("give it tier 0, or leave `all` away"),
            );
        }
    }
    flights.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    let twice = flights.windows(2).find(|pair| pair[0].1.id == pair[1].1.id);
    if let Some([(first, _), (second, row)]) = twice {
        let words = format_args!("`{}` is `flights[{first}]` already", row.id);
        return Err(
            at(format_args!("flights[{second}].id"), words).hint("every flight has its own id")
        );
    }
    Ok(flights)
}

/// The classes, in the order of their ids.
fn classes(
    file: &File<'_>,
    flights: &[(usize, &FlightRow<'_>)],
    named: &mut Named,
) -> Result<(), Failure> {
    let numbers = flights
        .iter()
        .enumerate()
        .map(|(n, (_, row))| (&row.id, n as u32));
    let numbers: HashMap<&Id<'_>, u32> = numbers.collect();
    let mut order: Vec<usize> = (0..file.classes.len()).collect();
    order.sort_by(|a, b| file.classes[*a].id.cmp(&file.classes[*b].id));
    let mut pairs = 0;
    for (place, number) in order.iter().enumerate() {
        let row = &file.classes[*number];
        let before = place.checked_sub(1).map(|p| order[p]);
        if let Some(first) = before.filter(|b| file.classes[*b].id == row.id) {
            let words = format_args!("`{}` is `classes[{first}]` already", row.id);
            return Err(
                at(format_args!("classes[{number}].id"), words).hint("every class has its own id")
            );
        }
        let class = class(file, *number, &numbers, named)?;
        pairs += class.eligible.len();
        if pairs > MOST_ELIGIBLE {
            let words = format_args!("more than {MOST_ELIGIBLE} eligible flights in all");
            return Err(at("classes", words).hint("plan a part of the wave"));
        }
        named.wave.classes.push(class);
        named.classes.push(row.id.value());
    }
    Ok(())
}

fn class(
    file: &File<'_>,
    number: usize,
    numbers: &HashMap<&Id<'_>, u32>,
    named: &mut Named,
) -> Result<Class, Failure> {
    let row = &file.classes[number];
    let every = (1_u16 << file.slots.len()).wrapping_sub(1) as Slots;
    let mut eligible: Vec<(u32, Slots)> = Vec::new();
    for (slot, ids) in &row.eligible.0 {
        let field = format!("classes[{number}].eligible.{}", short(slot, 64));
        let Some(place) = file.slots.iter().position(|s| s == slot) else {
            let hint = format!("the slots are {}", short(&file.slots.join(", "), 200));
            return Err(at(field, "there is no such slot").hint(hint));
        };
        for (entry, id) in ids.iter().enumerate() {
            let Some(flight) = numbers.get(id) else {
                let words = format_args!("there is no flight `{id}`");
                return Err(at(format_args!("{field}[{entry}]"), words)
                    .hint("every id in `eligible` is the `id` of one of `flights`"));
            };
            eligible.push((*flight, 1 << place));
        }
    }
    eligible.sort_unstable();
    eligible.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        kept.1 |= if same { next.1 } else { 0 };
        same
    });
    eligible.retain(|(flight, slots)| {
        let whole = !named.wave.flights[*flight as usize].all || *slots == every;
        if !whole {
            let id = &named.flights[*flight as usize];
            named.notes.push(format!(
                "`classes[{number}].eligible`: {id} fills every slot or none, and may not stand in all of them: it gets no digest there"
            ));
        }
        whole
    });
    Ok(Class {
        count: row.count,
        slots: every,
        eligible,
    })
}
