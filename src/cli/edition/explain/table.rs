//! An explanation as a person reads it: one line of counts, the digest, then what is not in it.

use super::rows::{self, Row};
use super::{Explained, Sponsor};
use crate::cli::edition::reading::skip_words;
use crate::cli::edition::which::{Shelf, shown};
use crate::cli::verdict::{Fate, age, in_short};
use crate::cli::{Failure, show, typed};
use crate::domain::edition::EditionState;
use crate::domain::selection::{METHOD, Score, Verdict};
use crate::render::RENDERER_VERSION;

/// Least characters of a headline, however narrow the terminal is.
const HEADLINE: usize = 24;
/// Characters of a headline where stdout is no terminal.
const PIPED: usize = 72;

/// Prints it, with at most `most` of the stories that are not in the digest.
pub(super) fn print(
    shelf: &Shelf,
    explained: &Explained,
    rows: &[Row],
    sponsors: &[Sponsor],
    most: usize,
) -> Result<(), Failure> {
    let due = shown(explained.due, &explained.terms.zone);
    show::line(&format!("{}, due {due}", explained.issue))?;
    match explained.stopped {
        Some(EditionState::Cancelled) => {
            show::line("cancelled: what of it has not left never will")?;
        }
        Some(EditionState::Paused) => show::line("paused: nothing of it leaves for now")?,
        Some(EditionState::Open) | None => {}
    }
    match (&explained.nothing, explained.selection.skip) {
        (Some(why), None) => show::line(&format!("no letter: {why}"))?,
        (Some(why), Some(_)) => show::line(&format!("no digest: {why}"))?,
        (None, Some(skip)) => {
            let why = skip_words(skip, &shelf.list);
            show::line(&format!("no digest: {why}"))?;
        }
        (None, None) => {}
    }
    if !rows.is_empty() {
        show::line(&sums(rows))?;
    }
    show::line("")?;
    let chosen = rows.iter().filter(|r| r.fate == Fate::Chosen).count();
    let shown = rows.len().min(chosen.saturating_add(most));
    stories(rows, shown)?;
    if shown < rows.len() {
        let more = rows.len() - shown;
        show::note(&format!("{more} more are not in it; --all shows them"));
    }
    if !sponsors.is_empty() {
        show::line("")?;
        let cells = |s: &Sponsor| {
            vec![
                s.slot.to_string(),
                s.sponsor.clone(),
                s.flight.clone(),
                s.reason.clone(),
            ]
        };
        let rows = sponsors.iter().map(cells).collect();
        show::table(&["slot", "sponsor", "flight", "why"], rows, "")?;
    }
    for line in agreement(explained) {
        show::line(&line)?;
    }
    Ok(())
}

/// `8 chosen; 3 waiting: 3 too many for the digest; 2 dropped: 1 too old, 1 sent before`.
fn sums(rows: &[Row]) -> String {
    let counts = rows::counts(rows);
    let mut parts = Vec::new();
    for (fate, name) in [
        (Fate::Chosen, "chosen"),
        (Fate::Waiting, "waiting"),
        (Fate::Dropped, "dropped"),
    ] {
        let of: Vec<&Row> = rows.iter().filter(|r| r.fate == fate).collect();
        if of.is_empty() && fate != Fate::Chosen {
            continue;
        }
        let mut words = format!("{} {name}", of.len());
        let mut kinds: Vec<(&str, usize)> = counts
            .iter()
            .filter(|(kind, _)| {
                let mut of = of.iter();
                of.any(|r| crate::cli::verdict::kind(&r.verdict) == **kind)
            })
            .map(|(kind, n)| (*kind, *n))
            .collect();
        kinds.sort_by_key(|(kind, n)| (std::cmp::Reverse(*n), *kind));
        if fate != Fate::Chosen {
            let said = kinds.iter().map(|(k, n)| format!("{n} {}", in_short(k)));
            words.push_str(&format!(": {}", said.collect::<Vec<_>>().join(", ")));
        }
        parts.push(words);
    }
    parts.join("; ")
}

fn stories(rows: &[Row], most: usize) -> Result<(), Failure> {
    let best = rows
        .iter()
        .filter_map(|r| r.score.as_ref())
        .map(|s| s.total);
    let best = best.max().unwrap_or(0);
    let cells = |row: &Row| {
        let rank = match &row.verdict {
            Verdict::Chosen { rank, .. } => rank.to_string(),
            _ => "-".to_owned(),
        };
        let (score, parts) = match &row.score {
            Some(score) => (of_best(score.total, best), parts(score)),
            None => (String::new(), String::new()),
        };
        vec![
            rank,
            row.words.clone(),
            age(row.age_minutes),
            score,
            parts,
            row.article.to_string(),
            row.source.clone(),
        ]
    };
    let heads = [
        "rank", "why", "age", "score", "made of", "article", "source", "headline",
    ];
    let mut table: Vec<Vec<String>> = rows.iter().take(most).map(cells).collect();
    let room = headline_room(&heads, &table);
    for (cells, row) in table.iter_mut().zip(rows) {
        cells.push(typed::short(&row.headline, room));
    }
    show::table(
        &heads,
        table,
        "there was no candidate at all: no article of the list's sources in twice its window",
    )
}

/// Characters that a terminal leaves for headlines beside the other columns; where there is none,
/// [`PIPED`]. JSON has them whole.
fn headline_room(heads: &[&str], table: &[Vec<String>]) -> usize {
    let Some(width) = show::width() else {
        return PIPED;
    };
    let widest = |at: usize| {
        let cells = table.iter().filter_map(|row| row.get(at));
        let widths = cells.map(|cell| cell.chars().count());
        widths.chain([heads[at].len()]).max().unwrap_or(0)
    };
    let taken: usize = (0..heads.len() - 1).map(|at| widest(at) + 2).sum();
    width.saturating_sub(taken + 2).max(HEADLINE)
}

/// A score as a share of the best one: `100`, `37`, `<1`.
fn of_best(total: u64, best: u64) -> String {
    match (u128::from(total) * 100).checked_div(u128::from(best)) {
        None => String::new(),
        Some(0) if total > 0 => "<1".to_owned(),
        Some(share) => share.to_string(),
    }
}

/// `City .5 x 1, source .5, told 1.25, fresh .8, like another .3`: likeness counts against it; it and
/// a boost stand there only where there are any.
fn parts(score: &Score) -> String {
    let mut words = match &score.topic {
        Some(topic) => format!(
            "{topic} {} x {}",
            decimal(score.wish),
            decimal(score.weight)
        ),
        None => "no topic".to_owned(),
    };
    words.push_str(&format!(
        ", source {}, told {}, fresh {}",
        decimal(score.quality),
        decimal(score.corroboration),
        decimal(score.freshness)
    ));
    if score.like > 0 {
        words.push_str(&format!(", like another {}", decimal(score.like)));
    }
    if score.boost != 1000 {
        words.push_str(&format!(", boost {}", decimal(score.boost)));
    }
    words
}

/// Thousandths as people write them: `1`, `1.25`, `.5`, `0`.
fn decimal(thousandths: u16) -> String {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    let rest = format!("{rest:03}");
    match (whole, rest.trim_end_matches('0')) {
        (whole, "") => whole.to_string(),
        (0, rest) => format!(".{rest}"),
        (whole, rest) => format!("{whole}.{rest}"),
    }
}

/// Whether the replay gives what is stored, and what may be why it does not.
fn agreement(explained: &Explained) -> Vec<String> {
    let told = match explained.agrees {
        Some(true) => "\nworked out again, it gives the digest that is stored",
        Some(false) => "\nworked out again, it gives ANOTHER digest than the one that is stored",
        None => return Vec::new(),
    };
    let mut lines = vec![told.to_owned()];
    if let Some(by) = &explained.fitted_by {
        lines.push(format!(
            "it was fitted by renderer {by}, this is {RENDERER_VERSION}: sizes may differ"
        ));
    }
    if explained.other_method() {
        lines.push(format!(
            "it was selected by method {}, this release selects by {METHOD}: verdicts may differ",
            explained.rules.method
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{decimal, of_best};

    #[test]
    fn numbers_are_short() {
        let said = [0, 5, 500, 1000, 1250, 65_535].map(decimal);
        assert_eq!(said, ["0", ".005", ".5", "1", "1.25", "65.535"]);
        let shares = [(0, 0), (5, 5), (1, 3), (1, 1000), (0, 9)];
        let said = shares.map(|(total, best)| of_best(total, best));
        assert_eq!(said, ["", "100", "33", "<1", "0"]);
    }
}
