//! What the desk says, in English as all of the desk: times, ages, what is wrong, what was decided.

use crate::domain::ArticleId;
use crate::domain::delivery::Hold;
use crate::domain::edition::{Decision, DecisionKind, NO_PICTURE};
use crate::domain::selection::Verdict;
use crate::domain::time::{Timestamp, Zone};
use crate::press::desk::{Sheet, Wrong};

/// `1,204 digests`.
pub(super) fn count(n: u64, what: &str) -> String {
    let digits = n.to_string();
    let mut told = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    match n {
        1 => format!("{told} {what}"),
        _ => format!("{told} {what}s"),
    }
}

/// `07:00`.
pub(super) fn clock(at: Timestamp, zone: &Zone) -> String {
    zone.tz().to_datetime(at).strftime("%H:%M").to_string()
}

/// `Wednesday 25 November, 07:00`.
pub(super) fn moment(at: Timestamp, zone: &Zone) -> String {
    let there = zone.tz().to_datetime(at);
    there.strftime("%A %-d %B, %H:%M").to_string()
}

/// `1 h 12 min`; nothing is less than a minute.
pub(super) fn span(ms: i64) -> String {
    let minutes = (ms / 60_000).max(1);
    match (minutes / 1440, minutes / 60, minutes % 60) {
        (0, 0, _) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, ..) => "1 day".to_owned(),
        (days, ..) => format!("{days} days"),
    }
}

/// `in 1 h 12 min`, or `3 min ago`.
pub(super) fn from_now(at: Timestamp, now: Timestamp) -> String {
    let ms = at.as_millisecond() - now.as_millisecond();
    match ms >= 0 {
        true => format!("in {}", span(ms)),
        false => format!("{} ago", span(-ms)),
    }
}

/// Why nobody gets a story.
pub(super) fn kept_out(why: &Verdict, zone: &Zone) -> String {
    let at = |ms: i64| moment(crate::domain::time::from_ms(ms), zone);
    match why {
        Verdict::Banned { by } => format!("banned by {by}"),
        Verdict::Withdrawn => "withdrawn".to_owned(),
        Verdict::TooOld => "too old for this edition".to_owned(),
        Verdict::Embargoed { until_ms } => format!("under embargo until {}", at(*until_ms)),
        Verdict::Settling { until_ms } => {
            format!("its source may correct it until {}", at(*until_ms))
        }
        Verdict::AfterCutoff => "dated after the last minute for stories".to_owned(),
        Verdict::OtherLanguage { language } => format!("in another language ({language})"),
        _ => "not in reach".to_owned(),
    }
}

/// A decision's kind as a deed.
pub(super) fn deed(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Lead => "Lead",
        DecisionKind::Pin => "Pin",
        DecisionKind::Ban => "Ban",
        DecisionKind::Also => "Desk’s list",
        DecisionKind::Boost => "Weight",
        DecisionKind::Move => "Place",
        DecisionKind::Image => "Picture",
        DecisionKind::BanSource => "Source barred",
        DecisionKind::Order => "Order of topics",
        DecisionKind::Subject => "Subject",
        DecisionKind::Preheader => "Preheader",
        DecisionKind::Note => "Note",
        DecisionKind::Panel => "Panel",
        DecisionKind::Correction => "Correction",
        DecisionKind::Undo => "Undo",
    }
}

/// What a decision says beside its story.
pub(super) fn said(decision: &Decision) -> String {
    let text = decision.text.as_deref().unwrap_or_default();
    match decision.kind {
        DecisionKind::Move => format!("place {text}"),
        DecisionKind::Boost => format!("{text} %"),
        DecisionKind::Image if text == NO_PICTURE => "no picture".to_owned(),
        DecisionKind::Image => format!("the picture of article {text}"),
        DecisionKind::BanSource => String::new(),
        _ => text.to_owned(),
    }
}

/// What letters ask, in a clause.
fn ask(hold: Hold) -> &'static str {
    match hold {
        Hold::Late => "they are later than the list allows",
        Hold::Approval => "nobody approved their edition",
        Hold::Volume => "their number, or that of their stories, is far from the usual",
        Hold::Check => "the check of their plan found errors",
        Hold::InDoubt | Hold::InDoubtAgain => "they may have arrived before a sender stopped",
        Hold::Withdrawn => "they are in doubt, and have a story that was withdrawn since",
        Hold::OtherBytes => "they are in doubt, and would be other letters today",
        Hold::NoKey => "a key that they need is missing",
    }
}

/// What is wrong, in a line and a sentence about what to do.
pub(super) fn wrong(wrong: &Wrong, sheet: &Sheet) -> (String, String) {
    let zone = &sheet.list.settings.home_zone;
    let story = |article: ArticleId| headline(sheet, article);
    let looked = sheet.reach.looked;
    let (head, more) = match wrong {
        Wrong::Incomplete(missing) => (
            format!("The list cannot send: {} not set", missing.join(", ")),
            "An admin sets it with `courant list set`.".to_owned(),
        ),
        Wrong::SendingPaused(why) => (
            "Sending is paused for all lists".to_owned(),
            format!("{why}. An admin looks at `courant sending status`."),
        ),
        Wrong::Paused => (
            "This edition is on hold".to_owned(),
            "No letter of it leaves until somebody lets it go on.".to_owned(),
        ),
        Wrong::Cancelled => (
            "This edition is cancelled".to_owned(),
            "None of it leaves any more, and its readers get the next one.".to_owned(),
        ),
        Wrong::TooBig(words) => ("No letter could leave".to_owned(), words.clone()),
        Wrong::Asks(hold, n) => (
            format!("{} wait for a person", count((*n).unsigned_abs(), "letter")),
            format!(
                "Because {}. An operator looks at `courant edition status {}`.",
                ask(*hold),
                sheet.list.slug
            ),
        ),
        Wrong::Faults(n) => (
            format!("The check of the plan found {}", count(*n, "error")),
            format!("`courant edition check {}` names them.", sheet.list.slug),
        ),
        Wrong::Unapproved => (
            "Nobody approved it yet".to_owned(),
            "Without an approval no letter leaves.".to_owned(),
        ),
        Wrong::Idle {
            kind, article, why, ..
        } => (
            match article {
                Some(article) => format!("{} reaches nobody: {}", deed(*kind), story(*article)),
                None => format!("A {} reaches nobody", deed(*kind).to_lowercase()),
            },
            match why {
                Some(why) => format!("It is {}. Choose another story.", kept_out(why, zone)),
                None => "It is not among the stories of this edition. Choose another.".to_owned(),
            },
        ),
        other => return lesser(other, sheet, looked),
    };
    (head, more)
}

/// The same of what stops nothing.
fn lesser(wrong: &Wrong, sheet: &Sheet, looked: u64) -> (String, String) {
    let story = |article: ArticleId| headline(sheet, article);
    let (head, more) = match wrong {
        Wrong::SubjectLong(n) => (
            format!("The subject has {n} characters"),
            "Phones show about 40 of them, most programs 60.".to_owned(),
        ),
        Wrong::SubjectLoud => (
            "The subject is all capitals".to_owned(),
            "It reads as shouting, and filters count it against us.".to_owned(),
        ),
        Wrong::Preheader(n) => (
            format!("The preheader has {n} characters"),
            "Between 40 and 110 are shown whole and fill the line.".to_owned(),
        ),
        Wrong::NoStory => (
            "There is no story".to_owned(),
            "Nobody would get a letter. Look at the sources.".to_owned(),
        ),
        Wrong::LeadBare(article) => ("The lead has no picture".to_owned(), story(*article)),
        Wrong::LeadOld(article, hours) => {
            (format!("The lead is {hours} hours old"), story(*article))
        }
        Wrong::NoAlt(article) => (
            "A picture without a text for who does not see it".to_owned(),
            story(*article),
        ),
        Wrong::NoLink(article) => ("A story without a link".to_owned(), story(*article)),
        Wrong::SameHeadline(one, _) => (
            "Two stories with one headline".to_owned(),
            format!("{} Merge them, or write one anew.", story(*one)),
        ),
        Wrong::Grave(article, category) => (
            format!("The lead is about {category}"),
            format!("{} Does the subject prepare its readers?", story(*article)),
        ),
        Wrong::Sponsor {
            name,
            article,
            why,
            slots,
        } => (
            format!("{name} loses {} to a story", count(*slots, "slot")),
            format!("{} ({why})", story(*article)),
        ),
        Wrong::TooFew(n) => (
            format!("{} fall under the minimum", count(*n, "digest")),
            format!(
                "Of {} looked at: too few stories for them, so nothing is sent to them.",
                count(looked, "reader")
            ),
        ),
        _ => (String::new(), String::new()),
    };
    (head, more)
}

/// An article's headline as the desk knows it.
pub(super) fn headline(sheet: &Sheet, article: ArticleId) -> String {
    let known = sheet.story(article).map(|s| s.headline.clone());
    let candidates = &sheet.ahead.inputs.candidates;
    let known = known.or_else(|| {
        let own = candidates.iter().find(|c| c.article == article);
        own.map(|c| c.headline.clone())
    });
    known.unwrap_or_else(|| format!("article {article}"))
}

#[cfg(test)]
mod tests {
    use super::{count, from_now, span};
    use crate::domain::time::from_ms;

    #[test]
    fn numbers_and_times_are_said_as_people_say_them() {
        assert_eq!(count(1, "digest"), "1 digest");
        assert_eq!(count(0, "digest"), "0 digests");
        assert_eq!(count(1_204_000, "reader"), "1,204,000 readers");
        assert_eq!(span(20_000), "1 min");
        assert_eq!(span(72 * 60_000), "1 h 12 min");
        assert_eq!(span(120 * 60_000), "2 h");
        assert_eq!(span(50 * 3_600_000), "2 days");
        assert_eq!(from_now(from_ms(60_000), from_ms(0)), "in 1 min");
        assert_eq!(from_now(from_ms(0), from_ms(180_000)), "3 min ago");
    }
}
