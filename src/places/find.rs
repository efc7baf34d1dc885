//! Where a story plays: mentions weighed by what stands around them.

use super::beside::{follows_name, is_abbreviation, is_persons, is_state};
use super::names::Mention;
use super::{Gazetteer, dateline};
use crate::domain::gazetteer::PlaceKind;
use crate::domain::labels::Authority;
use crate::domain::slug::Slug;
use crate::topics::rule::words::{Field, Span, Words};

/// A place of a story, and by what it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clue {
    /// Which place.
    pub place: Slug,
    /// In words: `dateline “REMER, Minn.”`, `“Remer, MN” in the body`, `holds remer`.
    pub why: String,
    /// How sure, in thousandths.
    pub score: u16,
    /// The gazetteer, where it was met; the default, where the source's home stands in; within,
    /// where it holds one of these.
    pub by: Authority,
}

/// The score of the source's home where nothing else is met.
const HOME: u16 = 500;
/// Words of the body that are looked through.
const BODY_WORDS: usize = 600;

/// What a place has going for it.
#[derive(Clone, Debug, Default)]
struct Weighed {
    /// Where it is named without doubt, and how.
    sure: Option<(String, u16)>,
    /// Plain mentions.
    plain: Vec<Span>,
}

/// What the opening of an article says of where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// Nothing.
    Unsaid,
    /// In a place that is listed.
    Here,
    /// In one that is not.
    Elsewhere,
}

impl Gazetteer {
    /// The places of a story: those that were met, the surest first, then those that hold them.
    /// `home` is where its source is at home: a second clue for a name, and where nothing is met
    /// and no dateline speaks against it, the place itself.
    pub fn find(&self, words: &Words, home: Option<&Slug>) -> Vec<Clue> {
        let home = home.and_then(|slug| self.by_slug.get(slug)).copied();
        let mentions = self.read_mentions(words);
        let (written, mut weighed) = self.sure(words, &mentions);
        let excluded = self.excluded(words, &mentions);
        let sure: Vec<usize> = weighed.iter().map(|(place, _)| *place).collect();
        for mention in mentions.iter().filter(|m| !m.short) {
            for place in self.meant(mention, &mentions, home, (&sure, &excluded)) {
                self.plain(&mut weighed, place).plain.push(mention.span);
            }
        }
        let mut found: Vec<(u16, Span, usize, String)> = Vec::new();
        for (place, weighed) in &weighed {
            let first = weighed.plain.iter().min().copied();
            let first = first.unwrap_or(Span { first: 0, count: 0 });
            let said = match &weighed.sure {
                Some((why, score)) => Some((why.clone(), *score)),
                None => self.by_mentions(words, *place, weighed, &mentions, home),
            };
            if let Some((why, score)) = said {
                found.push((score, first, *place, why));
            }
        }
        found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        let mut by = Authority::Gazetteer;
        let home = home.filter(|home| !excluded.contains(home));
        if let (true, Some(home), true) = (found.is_empty(), home, written != Written::Elsewhere) {
            let why = "the source is at home there".to_owned();
            found.push((HOME, Span { first: 0, count: 0 }, home, why));
            by = Authority::Default;
        }
        self.with_holders(found, by)
    }

    /// Mentions in headline, summary and the beginning of the body.
    fn read_mentions(&self, words: &Words) -> Vec<Mention> {
        let body = words.of(Field::Body);
        let read = |m: &Mention| match words.field(m.span.first) {
            Some(Field::Body) => m.span.first < body.start + BODY_WORDS,
            field => field.is_some_and(Field::is_telling),
        };
        self.names.met(words).into_iter().filter(read).collect()
    }

    /// Datelines, and names with what holds them behind a comma.
    fn sure(&self, words: &Words, mentions: &[Mention]) -> (Written, Vec<(usize, Weighed)>) {
        let mut weighed = Vec::new();
        let mut written = Written::Unsaid;
        for field in [Field::Body, Field::Summary] {
            let Some(line) = dateline::read(words, field) else {
                continue;
            };
            let here = self.dated(words, &line, mentions);
            if written != Written::Here {
                written = match here.is_empty() {
                    true => Written::Elsewhere,
                    false => Written::Here,
                };
            }
            for place in here {
                let why = format!("dateline “{}”", words.quote(line));
                self.plain(&mut weighed, place)
                    .sure
                    .get_or_insert((why, 1000));
            }
        }
        for (mention, next) in mentions.iter().zip(mentions.iter().skip(1)) {
            if !behind_comma(words, mention.span, next.span) {
                continue;
            }
            for place in &mention.places {
                let held = self.holders(*place).iter().any(|h| next.places.contains(h));
                if !held {
                    continue;
                }
                let span = joined(mention.span, next.span);
                let field = words.field(span.first).map_or("", Field::as_str);
                let why = format!("“{}” in the {field}", words.quote(span));
                let sure = &mut self.plain(&mut weighed, *place).sure;
                sure.get_or_insert((why, 950));
            }
        }
        (written, weighed)
    }

    /// The places that a dateline means: its first name, by what stands behind it, or alone where
    /// only one place is called so.
    fn dated(&self, words: &Words, line: &Span, mentions: &[Mention]) -> Vec<usize> {
        let first = mentions
            .iter()
            .find(|m| m.span.first == line.first && !m.short);
        let Some(first) = first else {
            return Vec::new();
        };
        let after = first.span.first + first.span.count;
        let within = |m: &&Mention| line.holds(m.span) && m.span.first >= after;
        let behind = mentions.iter().find(within);
        let held = |place: &&usize| {
            let above = self.holders(**place);
            behind.is_some_and(|b| above.iter().any(|h| b.places.contains(h)))
        };
        let by_holder: Vec<usize> = first.places.iter().filter(held).copied().collect();
        // Something stands behind the name, and it is nothing that holds a place of this name.
        let other = behind.is_some() || has_qualifier(words, first.span, line);
        match (by_holder.is_empty(), other, first.places.as_slice()) {
            (false, _, _) => by_holder,
            (true, false, [place]) if !self.is_ambiguous(*place) => vec![*place],
            _ => Vec::new(),
        }
    }

    fn is_ambiguous(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|p| p.ambiguous)
    }

    /// The places of which the article says once that another one of their name is meant.
    fn excluded(&self, words: &Words, mentions: &[Mention]) -> Vec<usize> {
        let of = |m: &Mention| {
            let elsewhere = |p: &usize| self.is_elsewhere(words, m, *p);
            m.places
                .iter()
                .copied()
                .filter(elsewhere)
                .collect::<Vec<usize>>()
        };
        mentions.iter().filter(|m| !m.short).flat_map(of).collect()
    }

    /// Whom a name may mean: where several are called so, the one that is said for sure (`sure`), else
    /// those that something else speaks for; never one that the article rules out (`excluded`).
    fn meant(
        &self,
        mention: &Mention,
        all: &[Mention],
        home: Option<usize>,
        (sure, excluded): (&[usize], &[usize]),
    ) -> Vec<usize> {
        let may = |p: &&usize| !excluded.contains(p);
        let places: Vec<usize> = mention.places.iter().filter(may).copied().collect();
        if let Some(place) = places.iter().find(|p| sure.contains(p)) {
            return vec![*place];
        }
        match places.as_slice() {
            [one] if mention.places.len() == 1 => vec![*one],
            many => {
                let backed = |p: &&usize| self.second(**p, mention.span, all, home).is_some();
                let backed: Vec<usize> = many.iter().filter(backed).copied().collect();
                // Two that are both spoken for are no answer.
                match backed.len() {
                    1 => backed,
                    _ => Vec::new(),
                }
            }
        }
    }

    /// `Springfield, Mass.` names none of ours when ours lies in Missouri.
    fn is_elsewhere(&self, words: &Words, mention: &Mention, place: usize) -> bool {
        let last = mention.span.first + mention.span.count - 1;
        if words.between(last) != ", " {
            return false;
        }
        match self.names.at(words, last + 1) {
            Some(next) => {
                let holds = |p: &usize| {
                    let wide = self.places.get(*p).map(|p| p.kind);
                    matches!(wide, Some(PlaceKind::State | PlaceKind::Nation))
                };
                let ours = |p: &usize| self.holders(place).contains(p);
                next.places.iter().any(holds) && !next.places.iter().any(ours)
            }
            None => is_state(words, last + 1),
        }
    }

    /// What plain mentions come to.
    fn by_mentions(
        &self,
        words: &Words,
        place: usize,
        weighed: &Weighed,
        all: &[Mention],
        home: Option<usize>,
    ) -> Option<(String, u16)> {
        let first = *weighed.plain.first()?;
        let lead = |s: &&Span| words.field(s.first) == Some(Field::Title);
        let in_headline = weighed.plain.iter().find(lead).copied();
        let span = in_headline.unwrap_or(first);
        let named = format!(
            "{} “{}”",
            words.field(span.first).map_or("", Field::as_str),
            words.quote(span)
        );
        if let Some(second) = self.second(place, first, all, home) {
            return Some((format!("{named}, with {second}"), 800));
        }
        // Who is somebody is brought in with title or given name.
        if is_persons(words, first) {
            return None;
        }
        let times = weighed.plain.len();
        let shared = |m: &Mention| m.places.contains(&place) && m.places.len() > 1;
        if self.is_ambiguous(place) || all.iter().any(shared) {
            return None;
        }
        // A capital before it makes it somebody's name: `Mr. Jackson`, `Jack London`.
        let alone = weighed
            .plain
            .iter()
            .filter(|s| !follows_name(words, **s))
            .count();
        match (in_headline.is_some_and(|s| !follows_name(words, s)), alone) {
            (true, _) => Some((named, 750)),
            (false, 2..) => Some((format!("{named}, {times} times"), 700)),
            (false, 1) if words.field(first.first) == Some(Field::Summary) => Some((named, 650)),
            (false, 1) if self.is_wide(place) => Some((named, 600)),
            _ => None,
        }
    }

    fn is_wide(&self, place: usize) -> bool {
        let kind = self.places.get(place).map(|p| p.kind);
        kind.is_some_and(|k| k != PlaceKind::Town)
    }

    /// Something else that speaks for a place: the source's home, a place that holds it, a neighbour.
    fn second(
        &self,
        place: usize,
        span: Span,
        all: &[Mention],
        home: Option<usize>,
    ) -> Option<String> {
        let above = self.holders(place);
        let name = |n: &usize| self.places.get(*n).map(|p| p.name.clone());
        let others = || {
            let other = |m: &&Mention| m.span != span && !m.places.contains(&place);
            all.iter()
                .filter(other)
                .filter(|m| m.places.len() == 1 && !m.short)
        };
        // What holds everything speaks for nothing.
        let near = |n: &usize| {
            let kind = self.places.get(*n).map(|p| p.kind);
            kind.is_some_and(|k| k != PlaceKind::Nation)
        };
        let held_by = others().find_map(|m| m.places.iter().find(|n| above.contains(n) && near(n)));
        if let Some(holder) = held_by {
            return name(holder);
        }
        if let Some(home) = home {
            let near_home = home == place
                || above
                    .iter()
                    .any(|h| near(h) && (*h == home || self.holders(home).contains(h)))
                || self.holders(home).contains(&place) && near(&place);
            if near_home {
                return Some("the source’s home".to_owned());
            }
        }
        let parent = above.first().filter(|n| near(n))?;
        let sibling = |m: &Mention| {
            let beside = |n: &&usize| self.holders(**n).first() == Some(parent);
            m.places.iter().find(beside).copied()
        };
        others().find_map(sibling).and_then(|n| name(&n))
    }

    fn plain<'a>(&self, all: &'a mut Vec<(usize, Weighed)>, place: usize) -> &'a mut Weighed {
        let at = match all.iter().position(|(n, _)| *n == place) {
            Some(at) => at,
            None => {
                all.push((place, Weighed::default()));
                all.len() - 1
            }
        };
        &mut all[at].1
    }

    /// Adds the places that hold those that were met.
    fn with_holders(&self, found: Vec<(u16, Span, usize, String)>, by: Authority) -> Vec<Clue> {
        let mut clues: Vec<Clue> = Vec::new();
        let slug = |n: usize| self.places.get(n).map(|p| p.slug.clone());
        for (score, _, place, why) in &found {
            let Some(place) = slug(*place) else { continue };
            clues.push(Clue {
                place,
                why: why.clone(),
                score: *score,
                by,
            });
        }
        for (score, _, place, _) in &found {
            let Some(below) = slug(*place) else { continue };
            for holder in self.holders(*place).iter().filter_map(|n| slug(*n)) {
                if clues.iter().all(|c| c.place != holder) {
                    clues.push(Clue {
                        place: holder,
                        why: format!("holds {below}"),
                        score: *score,
                        by: Authority::Within,
                    });
                }
            }
        }
        clues
    }
}

/// Whether nothing but a comma stands between two mentions.
fn behind_comma(words: &Words, a: Span, b: Span) -> bool {
    a.first + a.count == b.first && words.between(b.first - 1).trim() == ","
}

fn joined(a: Span, b: Span) -> Span {
    Span {
        first: a.first,
        count: b.first + b.count - a.first,
    }
}

/// Whether something follows the name inside a dateline that may say where it lies: behind a comma,
/// and no date.
fn has_qualifier(words: &Words, name: Span, line: &Span) -> bool {
    let next = name.first + name.count;
    next < line.first + line.count
        && words.between(next - 1).starts_with(',')
        && is_abbreviation(words, next)
}
