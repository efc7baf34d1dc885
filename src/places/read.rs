//! An operator's list of places, as CSV with a header row or as one JSON object a line. A bad row is
//! a fault with its line and field, and never costs another row.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::gazetteer::{GazetteerPlace, PlaceKind};
use crate::domain::slug::Slug;
use crate::domain::visible::is_blank;

/// Most places of a file.
pub const PLACES: usize = 20_000;
/// Most octets of a line.
const LINE_BYTES: usize = 64 << 10;
/// Characters of a name.
const NAME_CHARS: usize = 80;
/// Other names of one place.
const ALIASES: usize = 60;
/// Faults that are told.
const FAULTS: usize = 50;

/// What a file brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaceFile {
    /// What could be read, in its order.
    pub places: Vec<GazetteerPlace>,
    /// What could not; the first 50.
    pub faults: Vec<PlaceFault>,
    /// Rows that brought no place.
    pub refused: usize,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {what}", field.map(|f| format!(", {f}")).unwrap_or_default())]
pub struct PlaceFault {
    /// The line, counted from 1.
    pub line: usize,
    /// Which field, if it is about one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub what: String,
}

/// Places within one another that are followed: a ring that a place is not part of has no end.
const DEEPEST: usize = 32;

/// A row as keys and texts; lists are texts parted by `|`.
type Row = BTreeMap<String, String>;

/// Reads a list of places: `name` and `kind` (town, county, state, nation) are needed; `slug` (made
/// from the name), `parent` (a slug), `aliases` (parted by `|`, in JSON an array), `ambiguous`,
/// `latitude`, `longitude` are not; others are ignored. `known` are the places that a parent may
/// also be.
pub fn read(text: &str, known: &BTreeSet<Slug>) -> PlaceFile {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut file = PlaceFile::default();
    let rows = match text.trim_start().starts_with('{') {
        true => json_rows(text, &mut file),
        false => csv_rows(text, &mut file),
    };
    let mut seen: BTreeSet<Slug> = BTreeSet::new();
    let mut lines: Vec<usize> = Vec::new();
    for (line, row) in rows {
        match place(&row) {
            Err((field, what)) => file.refuse(line, Some(field), what),
            Ok(_) if file.places.len() >= PLACES => {
                file.refuse(line, None, format!("there are more than {PLACES} places"));
            }
            Ok(place) if seen.insert(place.slug.clone()) => {
                file.places.push(place);
                lines.push(line);
            }
            Ok(place) => {
                let what = format!("`{}` was there before; the first is kept", place.slug);
                file.refuse(line, Some("slug"), what);
            }
        }
    }
    let within = file
        .places
        .iter()
        .filter_map(|p| Some((p.slug.clone(), p.parent.clone()?)));
    let parents: BTreeMap<Slug, Slug> = within.collect();
    let lost = |p: &GazetteerPlace| match &p.parent {
        Some(parent) if *parent == p.slug => Some(format!("`{parent}` cannot hold itself")),
        Some(parent) if !seen.contains(parent) && !known.contains(parent) => {
            Some(format!("`{parent}` is no place of this list"))
        }
        _ => in_a_ring(p, &parents).then(|| {
            let parent = p.parent.as_ref().map_or("", |parent| parent.as_str());
            format!("`{parent}` is itself within `{}`", p.slug)
        }),
    };
    let places = std::mem::take(&mut file.places);
    for (line, place) in lines.into_iter().zip(places) {
        match lost(&place) {
            Some(what) => file.refuse(line, Some("parent"), what),
            None => file.places.push(place),
        }
    }
    file
}

/// Whether a place is within itself, by what the file says.
fn in_a_ring(place: &GazetteerPlace, parents: &BTreeMap<Slug, Slug>) -> bool {
    let mut at = place.parent.as_ref();
    for _ in 0..DEEPEST {
        match at {
            Some(slug) if *slug == place.slug => return true,
            Some(slug) => at = parents.get(slug),
            None => return false,
        }
    }
    false
}

impl PlaceFile {
    fn refuse(&mut self, line: usize, field: Option<&'static str>, what: String) {
        self.refused += 1;
        if self.faults.len() < FAULTS {
            self.faults.push(PlaceFault { line, field, what });
        }
    }
}

fn json_rows(text: &str, file: &mut PlaceFile) -> Vec<(usize, Row)> {
    let mut rows = Vec::new();
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let read = match line.len() > LINE_BYTES {
            true => None,
            false => serde_json::from_str::<BTreeMap<String, Value>>(line).ok(),
        };
        match read {
            Some(row) => {
                let row = row.into_iter().map(|(key, value)| (key, text_of(&value)));
                rows.push((n + 1, row.collect()));
            }
            None => file.refuse(n + 1, None, "the line is no JSON object".to_owned()),
        }
    }
    rows
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join("|"),
        other => other.to_string(),
    }
}

fn csv_rows(text: &str, file: &mut PlaceFile) -> Vec<(usize, Row)> {
    let mut rows = Vec::new();
    let mut head: Option<Vec<String>> = None;
    for (n, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let cells = match line.len() > LINE_BYTES {
            true => None,
            false => cells(line),
        };
        let Some(cells) = cells else {
            file.refuse(
                n + 1,
                None,
                "a quote is not closed, or the line is too long".to_owned(),
            );
            continue;
        };
        match &head {
            Some(head) => {
                let row = head.iter().cloned().zip(cells);
                rows.push((n + 1, row.collect()));
            }
            None => {
                let names = cells.iter().map(|c| c.trim().to_lowercase());
                let names: Vec<String> = names.collect();
                if !names.iter().any(|n| n == "name") || !names.iter().any(|n| n == "kind") {
                    let what = "the first line names the columns; `name` and `kind` are needed";
                    file.refuse(n + 1, None, what.to_owned());
                    return rows;
                }
                head = Some(names);
            }
        }
    }
    rows
}

/// The cells of a line (RFC 4180); `None` where a quote is not closed.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim_end_matches('\r').chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut()?;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => cells.push(String::new()),
            c => cell.push(c),
        }
    }
    (!quoted).then_some(cells)
}

fn place(row: &Row) -> Result<GazetteerPlace, (&'static str, String)> {
    let cell = |key: &str| row.get(key).map(|v| v.trim()).unwrap_or_default();
    let name = name_of(cell("name")).ok_or_else(|| {
        let what = format!("a name takes 1 to {NAME_CHARS} characters, in one line");
        ("name", what)
    })?;
    let slug = match cell("slug") {
        "" => Slug::from_name(&name).ok_or_else(|| {
            (
                "slug",
                "no short name can be made from the name; give it one in `slug`".to_owned(),
            )
        }),
        slug => Slug::parse(slug).map_err(|e| ("slug", e.to_string())),
    }?;
    let kind = PlaceKind::parse(cell("kind")).map_err(|e| ("kind", e.to_string()))?;
    let parent = match cell("parent") {
        "" => None,
        parent => Some(Slug::parse(parent).map_err(|e| ("parent", e.to_string()))?),
    };
    let aliases = cell("aliases").split('|').map(str::trim);
    let aliases: Vec<&str> = aliases.filter(|a| !a.is_empty()).collect();
    let fits = aliases.iter().all(|a| name_of(a).is_some());
    if aliases.len() > ALIASES || !fits {
        let what = format!("up to {ALIASES} names of 1 to {NAME_CHARS} characters, parted by `|`");
        return Err(("aliases", what));
    }
    let ambiguous = match cell("ambiguous").to_lowercase().as_str() {
        "true" | "yes" | "1" => true,
        "" | "false" | "no" | "0" => false,
        _ => return Err(("ambiguous", "it takes true or false".to_owned())),
    };
    Ok(GazetteerPlace {
        slug,
        name,
        kind,
        parent,
        aliases: aliases.into_iter().map(str::to_owned).collect(),
        ambiguous,
        latitude: degrees(cell("latitude"), 90.0).map_err(|what| ("latitude", what))?,
        longitude: degrees(cell("longitude"), 180.0).map_err(|what| ("longitude", what))?,
    })
}

fn name_of(text: &str) -> Option<String> {
    let length = text.chars().count();
    let fits = (1..=NAME_CHARS).contains(&length) && !text.chars().any(char::is_control);
    (fits && !is_blank(text) && text.chars().any(char::is_alphanumeric)).then(|| text.to_owned())
}

fn degrees(text: &str, most: f64) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(n) if n.abs() <= most => Ok(Some(n)),
        _ => Err(format!("it takes degrees from -{most} to {most}")),
    }
}
