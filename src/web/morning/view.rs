//! An edition as its page's template takes it.

use minijinja::{Value, context};

use super::sheets::Laid;
use super::words::{self, clock, count, from_now, moment, span};
use super::{Meant, Seat};
use crate::domain::edition::{Approval, Decision, DecisionKind, Edition, version};
use crate::domain::editor::Act;
use crate::domain::slug::Slug;
use crate::domain::time::{Date, Timestamp};
use crate::domain::{DecisionId, StoryId};
use crate::press::desk::{Proposed, Sheet, Weight, Wrong};

/// Stories of a section that stand open; the others are folded away.
const OPEN: usize = 5;
/// Findings of one weight that stand open.
const FINDINGS: usize = 12;

/// Whoever looks, and when.
pub(super) struct Viewer<'a> {
    pub(super) seat: &'a Seat,
    pub(super) now: Timestamp,
    /// When they last said that they have seen everything.
    pub(super) seen: Option<Timestamp>,
}

/// What stands at the top of each page of an edition.
pub(super) fn head(laid: &Laid, meant: &Meant, viewer: &Viewer<'_>) -> Value {
    let sheet = &laid.sheet;
    let zone = &sheet.list.settings.home_zone;
    let next = sheet.next();
    let last = sheet.departures.last();
    let readers: i64 = sheet.departures.iter().map(|d| d.readers).sum();
    let may = |act| viewer.seat.may(meant.list.id, act).is_ok();
    context! {
        list => sheet.list.display_name(),
        issue => format!("{} {}", sheet.cadence.name, sheet.run),
        day => day(sheet.run.date()),
        path => meant.path(),
        frozen => sheet.is_frozen(),
        due => next.map(|d| moment(d.due, zone)),
        due_clock => next.map(|d| clock(d.due, zone)),
        zone => zone.name(),
        left => next.map(|d| from_now(d.due, viewer.now)),
        cutoff => next.filter(|d| !d.frozen).map(|d| clock(d.cutoff, zone)),
        readers => count(u64::try_from(readers).unwrap_or(0), "reader"),
        waves => sheet.departures.len(),
        last => last.filter(|_| sheet.departures.len() > 1).map(|d| clock(d.due, zone)),
        planned => count(u64::try_from(sheet.letters.0).unwrap_or(0), "letter"),
        open => count(u64::try_from(sheet.letters.1).unwrap_or(0), "letter"),
        letters_open => sheet.letters.1 > 0,
        approved => approved(sheet),
        holds => sheet.list.settings.approval == Approval::Hold,
        paused => wrong_is(sheet, &Wrong::Paused),
        curates => may(Act::Curate),
        approves => may(Act::Approve),
        stops => may(Act::Stop),
        name => viewer.seat.editor.name.clone(),
        address => viewer.seat.editor.address.full(),
    }
}

fn wrong_is(sheet: &Sheet, what: &Wrong) -> bool {
    sheet.wrong.iter().any(|w| w == what)
}

fn approved(sheet: &Sheet) -> Option<String> {
    let known = sheet.edition.as_ref().and_then(|e| e.approved.as_ref())?;
    let at = clock(known.at, &sheet.list.settings.home_zone);
    Some(format!("{} at {at}", known.by))
}

/// `Wednesday 25 November 2026`.
pub(super) fn day(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// The one thing to do first: a line, a sentence, how much it weighs, and which button does it.
pub(super) fn first(sheet: &Sheet, now: Timestamp) -> Value {
    let due = sheet.next().map(|d| {
        let zone = &sheet.list.settings.home_zone;
        (clock(d.due, zone), from_now(d.due, now))
    });
    let (at, left) = due.unwrap_or_default();
    let worst = |weight: Weight| {
        let mut wrong = sheet.wrong.iter();
        wrong.find(|w| w.weight() == weight && **w != Wrong::Unapproved)
    };
    let (weight, (head, more), button) = match (worst(Weight::Stop), worst(Weight::Look)) {
        (Some(wrong), _) => {
            let button = if *wrong == Wrong::Paused { "resume" } else { "" };
            ("stop", words::wrong(wrong, sheet), button)
        }
        (None, Some(wrong)) => ("look", words::wrong(wrong, sheet), look_at(wrong)),
        (None, None) if sheet.is_frozen() => (
            "calm",
            (
                "It is on its way".to_owned(),
                "Every letter of it is frozen. A story can still be withdrawn from what has not left."
                    .to_owned(),
            ),
            "",
        ),
        (None, None) if wrong_is(sheet, &Wrong::Unapproved) => (
            "look",
            (
                "Look it over, then approve it".to_owned(),
                format!("Without an approval nothing leaves at {at} ({left})."),
            ),
            "approve",
        ),
        (None, None) => ("calm", calm(sheet, &at), "approve"),
    };
    context! { weight, head, more, button }
}

/// What is said where nothing has to be done.
fn calm(sheet: &Sheet, at: &str) -> (String, String) {
    match approved(sheet) {
        Some(by) => (
            "Approved, and nothing is left to do".to_owned(),
            format!("By {by}. It leaves at {at}; until then every change still counts."),
        ),
        None => (
            "Nothing has to be done".to_owned(),
            format!("It leaves by itself at {at}. An approval says that somebody has looked."),
        ),
    }
}

/// Where the page mends something.
fn look_at(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::SubjectLoud => "#letter",
        Wrong::Idle { .. } | Wrong::LeadOld(..) | Wrong::SameHeadline(..) | Wrong::NoLink(_) => {
            "#stories"
        }
        _ => "",
    }
}

/// What else is wrong, the worst first.
pub(super) fn wrong(sheet: &Sheet) -> Vec<Value> {
    let one = |w: &Wrong| {
        let (head, more) = words::wrong(w, sheet);
        let weight = match w.weight() {
            Weight::Stop => "stop",
            Weight::Look => "look",
            Weight::Know => "know",
        };
        context! { head, more, weight }
    };
    sheet.wrong.iter().take(FINDINGS).map(one).collect()
}

/// The stories: the lead, then by topic, then what nobody follows.
pub(super) fn stories(laid: &Laid, viewer: &Viewer<'_>) -> Value {
    let sheet = &laid.sheet;
    let force = sheet.force();
    let lead = force
        .lead
        .and_then(|s| sheet.stories.iter().find(|p| p.story == s));
    let by_editor = lead.is_some();
    let lead = lead.or(sheet.stories.iter().find(|p| p.general == Some(1)));
    let row = |story: &Proposed| row(sheet, story, viewer);
    let names = &sheet.ahead.inputs.sender.topics;
    let mut sections: Vec<(Option<&Slug>, Vec<Value>)> = Vec::new();
    for topic in &force.order {
        sections.push((Some(topic), Vec::new()));
    }
    for story in &sheet.stories {
        if lead.is_some_and(|l| l.story == story.story) {
            continue;
        }
        let topic = story.topic();
        let shown = row(story);
        match sections.iter_mut().find(|(known, _)| *known == topic) {
            Some((_, rows)) => rows.push(shown),
            None => sections.push((topic, vec![shown])),
        }
    }
    // What has no topic comes last.
    sections.sort_by_key(|(topic, _)| topic.is_none());
    let section = |(topic, rows): &(Option<&Slug>, Vec<Value>)| {
        let name = match topic {
            Some(topic) => names.get(topic).map_or(topic.as_str(), String::as_str),
            None => "No topic",
        };
        context! {
            name,
            slug => topic.map(|t| t.as_str()),
            rows => rows.iter().take(OPEN).cloned().collect::<Vec<_>>(),
            more => rows.iter().skip(OPEN).cloned().collect::<Vec<_>>(),
        }
    };
    let filled = sections.iter().filter(|(_, rows)| !rows.is_empty());
    context! {
        lead => lead.map(row),
        lead_by => by_editor,
        sections => filled.map(section).collect::<Vec<_>>(),
        looked => count(sheet.reach.looked, "reader"),
        whole => sheet.reach.is_whole(),
        digests => count(sheet.reach.digests, "digest"),
    }
}

/// One story, with what may be done about it.
pub(super) fn row(sheet: &Sheet, story: &Proposed, viewer: &Viewer<'_>) -> Value {
    let force = sheet.force();
    let zone = &sheet.list.settings.home_zone;
    let standing = |kind| standing_of(&sheet.decisions, kind, story.story);
    let in_digests = sheet.reach.stories.get(&story.story).copied().unwrap_or(0);
    let age = viewer.now.as_millisecond() - story.dated.as_millisecond();
    let risks = story.risk.found.iter().map(|f| f.category.to_string());
    let new = viewer.seen.is_some_and(|seen| story.dated > seen);
    context! {
        article => story.article.0,
        story => story.story.0,
        headline => story.headline.clone(),
        summary => story.summary.clone(),
        source => story.source_name.clone(),
        outlets => story.outlets,
        age => span(age),
        link => story.link.clone(),
        picture => story.picture.is_some(),
        risks => risks.collect::<Vec<_>>(),
        general => story.general,
        digests => in_digests,
        of => sheet.reach.digests,
        kept_out => story.kept_out.as_ref().map(|why| words::kept_out(why, zone)),
        is_lead => force.lead == Some(story.story),
        lead => standing(DecisionKind::Lead).map(|d| d.id.0),
        pin => standing(DecisionKind::Pin).map(|d| d.id.0),
        also => standing(DecisionKind::Also).map(|d| d.id.0),
        ban => standing(DecisionKind::Ban).map(|d| d.id.0),
        place => force.places.get(&story.story),
        moved => standing(DecisionKind::Move).map(|d| d.id.0),
        seen_lead => version(&sheet.decisions, DecisionKind::Lead, None).0,
        new,
    }
}

/// The decision of a kind that counts for a story.
pub(super) fn standing_of(
    decisions: &[Decision],
    kind: DecisionKind,
    story: StoryId,
) -> Option<&Decision> {
    let back = |id: DecisionId| decisions.iter().any(|d| d.undoes == Some(id));
    let own = |d: &&Decision| d.kind == kind && d.story == Some(story) && !back(d.id);
    decisions.iter().rev().find(own)
}

/// What is written into the edition, each with the version that its form was made with.
pub(super) fn letter(sheet: &Sheet) -> Value {
    let force = sheet.force();
    let seen = |kind| version(&sheet.decisions, kind, None).0;
    let topics = &sheet.ahead.inputs.sender.topics;
    let ordered = force.order.iter();
    let rest = topics.keys().filter(|t| !force.order.contains(t));
    let topic = |(at, slug): (usize, &Slug)| {
        context! {
            slug => slug.as_str(),
            name => topics.get(slug).cloned().unwrap_or_else(|| slug.to_string()),
            place => force.order.contains(slug).then_some(at + 1),
        }
    };
    let topics: Vec<Value> = ordered.chain(rest).enumerate().map(topic).collect();
    context! {
        subject => force.subject.clone().unwrap_or_default(),
        subject_seen => seen(DecisionKind::Subject),
        preheader => force.preheader.clone().unwrap_or_default(),
        preheader_seen => seen(DecisionKind::Preheader),
        note => force.note.join("\n\n"),
        note_seen => seen(DecisionKind::Note),
        order_seen => seen(DecisionKind::Order),
        topics,
    }
}

/// What was decided, the newest first, each with the way back where there is one.
pub(super) fn decided(sheet: &Sheet, viewer: &Viewer<'_>) -> Vec<Value> {
    let zone = &sheet.list.settings.home_zone;
    let back = |id: DecisionId| sheet.decisions.iter().any(|d| d.undoes == Some(id));
    let own = sheet.decisions.iter().rev();
    let shown = own.filter(|d| d.kind != DecisionKind::Undo && !back(d.id));
    let one = |d: &Decision| {
        context! {
            id => d.id.0,
            deed => words::deed(d.kind),
            said => words::said(d),
            about => d.article.map(|a| words::headline(sheet, a)),
            by => d.by.clone(),
            at => moment(d.at, zone),
            new => viewer.seen.is_some_and(|seen| d.at > seen),
        }
    };
    shown.take(40).map(one).collect()
}

/// What is new since somebody last said that they have seen all: stories, and colleagues' decisions.
pub(super) fn news(sheet: &Sheet, viewer: &Viewer<'_>) -> Value {
    let Some(seen) = viewer.seen else {
        return context! { since => None::<String>, stories => 0, decisions => 0 };
    };
    let stories = sheet.stories.iter().filter(|s| s.dated > seen).count();
    let own = &viewer.seat.editor.name;
    let decided = sheet.decisions.iter();
    let decided = decided.filter(|d| d.at > seen && d.by != *own).count();
    context! {
        since => from_now(seen, viewer.now),
        stories,
        decisions => decided,
    }
}

/// What was done, as the page says it after a deed: the decision, its reach, and its way back.
pub(super) fn told(sheet: &Sheet, id: DecisionId) -> Option<Value> {
    let decision = sheet.decisions.iter().find(|d| d.id == id)?;
    let undone = decision
        .undoes
        .and_then(|known| sheet.decisions.iter().find(|d| d.id == known));
    let about = undone.unwrap_or(decision);
    let headline = about.article.map(|a| words::headline(sheet, a));
    let said = words::said(about);
    let what = match (&headline, said.as_str()) {
        (Some(headline), "") => headline.clone(),
        (Some(headline), said) => format!("{headline} ({said})"),
        (None, said) => said.to_owned(),
    };
    let has = about.story.and_then(|s| sheet.reach.stories.get(&s));
    let looked = count(sheet.reach.digests, "digest");
    let reach = match has {
        Some(n) => format!("In {n} of {looked} looked at."),
        None if about.story.is_some() => format!("In none of {looked} looked at."),
        None => format!("It reaches every letter that is not frozen: {looked} looked at."),
    };
    Some(context! {
        deed => words::deed(about.kind),
        undone => undone.is_some(),
        what,
        reach,
        undo => undone.is_none().then_some(decision.id.0),
    })
}

/// An edition in the list of all.
pub(super) fn state(sheet_edition: Option<&Edition>, holds: bool) -> &'static str {
    use crate::domain::edition::EditionState::{Cancelled, Open, Paused};
    match sheet_edition.map(|e| (e.state, e.approved.is_some())) {
        Some((Cancelled, _)) => "cancelled",
        Some((Paused, _)) => "on hold",
        Some((Open, true)) => "approved",
        _ if holds => "waits for an approval",
        _ => "leaves by itself",
    }
}
