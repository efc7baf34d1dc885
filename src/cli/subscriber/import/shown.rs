//! What an import found, and what came of it, on the terminal and as JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::tomorrow::Foreseen;
use crate::cli::{Failure, show, typed};
use crate::domain::address::mask_addresses;
use crate::domain::list::List;
use crate::import::columns::{By, Column, Role};
use crate::import::{Mapped, Outcome};
use crate::store::Arrived;

/// Values that were not understood, told of a column.
const VALUES: usize = 8;

/// What each column was taken for.
pub fn mapping(sheets: &[Mapped], not_taken: &[String]) -> Result<(), Failure> {
    for mapped in sheets {
        let sheet = &mapped.sheet;
        let kind = sheet.kind;
        let encoding = sheet.looked.encoding.name();
        show::note(&format!("{}: {kind}, {encoding}", sheet.name));
        let ignored: Vec<&str> = mapped
            .columns
            .iter()
            .filter(|c| c.role == Role::Ignored && c.by != By::Name)
            .map(|c| c.name.as_str())
            .collect();
        for column in mapped.columns.iter().filter(|c| c.role != Role::Ignored) {
            let by = match column.by {
                By::Values => "  (by what stands in it)",
                By::Asked => "  (as you said)",
                By::Name | By::None => "",
            };
            show::note(&format!("  {} → {}{by}", column.name, column.role.typed()));
        }
        if !ignored.is_empty() {
            show::note(&format!(
                "  not taken: {}",
                typed::short(&ignored.join(", "), 300)
            ));
        }
    }
    if !not_taken.is_empty() {
        let names = typed::short(&not_taken.join(", "), 300);
        show::note(&format!("not taken out of the archive: {names}"));
    }
    Ok(())
}

/// The same as JSON.
pub fn mapping_value(sheets: &[Mapped]) -> Value {
    let column = |c: &Column| json!({"column": c.name, "means": c.role.typed()});
    let sheet = |m: &Mapped| {
        json!({
            "file": m.sheet.name,
            "kind": m.sheet.kind,
            "encoding": m.sheet.looked.encoding.name(),
            "columns": m.columns.iter().map(column).collect::<Vec<_>>(),
        })
    };
    sheets.iter().map(sheet).collect()
}

/// What came of it.
pub struct Told<'a> {
    pub outcome: &'a Outcome,
    pub names: &'a [String],
    pub columns: &'a [Vec<Column>],
    pub dry_run: bool,
    pub rejected: Option<&'a Path>,
    pub tomorrow: Option<&'a Foreseen>,
    /// Without a note nobody of them would be imported.
    pub note_needed: bool,
}

impl Told<'_> {
    /// On the terminal: counts, then what was not understood, then what would come next.
    pub fn print(&self, list: &List) -> Result<(), Failure> {
        let mut pairs = vec![("rows", self.outcome.rows.to_string())];
        for (arrived, people) in &self.outcome.arrived {
            pairs.push((self.words(*arrived), people.to_string()));
        }
        if self.outcome.refused > 0 {
            let kept = self
                .rejected
                .map(|path| format!(" (in {})", path.display()));
            let n = self.outcome.refused;
            pairs.push(("rejected", format!("{n}{}", kept.unwrap_or_default())));
        }
        show::pairs(&pairs)?;
        for (file, column, values) in self.not_understood() {
            show::note(&format!(
                "not understood in {file}, {column}: {}",
                values.join(", ")
            ));
        }
        if let Some(foreseen) = self.tomorrow {
            tomorrow(foreseen)?;
        }
        let here = self.outcome.arrived.get(&Arrived::SubscribedHere);
        if here.is_some_and(|n| *n > 0) {
            show::note(&format!(
                "who left there and is subscribed here stays: `courant subscriber unsubscribe {} ADDRESS` takes them off",
                list.slug
            ));
        }
        if self.note_needed {
            show::note(&format!("a note will be needed: {}", super::NO_NOTE));
            show::note(&format!("hint: {}", super::NOTE_HINT));
        }
        if self.dry_run {
            show::note("nothing was written");
        }
        Ok(())
    }

    /// As JSON.
    pub fn json(&self, (mapping, not_taken): (Value, Vec<String>)) -> Result<(), Failure> {
        let arrived = |a: Arrived| self.outcome.arrived.get(&a).copied().unwrap_or(0);
        let not_understood: Vec<Value> = self
            .not_understood()
            .into_iter()
            .map(|(file, column, values)| json!({"file": file, "column": column, "values": values}))
            .collect();
        let tomorrow = self.tomorrow.map(|f| {
            let told = f.told.iter().map(|(who, at, stories, headlines)| {
                json!({"subscriber": who, "at": at, "stories": stories, "headlines": headlines})
            });
            json!({"letters": f.letters, "without": f.without, "not_looked_at": f.beyond,
                "samples": told.collect::<Vec<_>>()})
        });
        show::json(&json!({
            "dry_run": self.dry_run,
            "files": mapping,
            "not_taken": not_taken,
            "note_needed": self.note_needed,
            "rows": self.outcome.rows,
            "imported": arrived(Arrived::New),
            "kept_away": arrived(Arrived::KeptAway),
            "subscribed_already": arrived(Arrived::Subscribed),
            "left_there_subscribed_here": arrived(Arrived::SubscribedHere),
            "had_left": arrived(Arrived::HadLeft),
            "had_bounced": arrived(Arrived::HadBounced),
            "had_complained": arrived(Arrived::HadComplained),
            "rejected": self.outcome.refused,
            "rejected_file": self.rejected,
            "not_understood": not_understood,
            "next": tomorrow,
        }))
    }

    fn words(&self, arrived: Arrived) -> &'static str {
        match (arrived, self.dry_run) {
            (Arrived::New, false) => "imported",
            (Arrived::New, true) => "would be imported",
            (Arrived::KeptAway, _) => "left there, kept away here",
            (Arrived::Subscribed, _) => "subscribed already",
            (Arrived::SubscribedHere, _) => "left there, subscribed here",
            (Arrived::HadLeft, _) => "had left, or were suppressed or erased",
            (Arrived::HadBounced, _) => "had bounced",
            (Arrived::HadComplained, _) => "had complained",
        }
    }

    /// File, column, and values with how often they stand there; the most frequent first, masked.
    fn not_understood(&self) -> Vec<(&str, &str, Vec<String>)> {
        let mut all = Vec::new();
        for (at, seen) in self.outcome.passed_over.iter().enumerate() {
            for (column, values) in seen {
                let mut values: Vec<(&String, &u64)> = values.iter().collect();
                values.sort_by_key(|(value, n)| (std::cmp::Reverse(**n), *value));
                let shown = values.iter().take(VALUES).map(|(value, n)| {
                    let value = mask_addresses(&typed::short(value, 40));
                    format!("{value} ({n})")
                });
                let name = self.columns.get(at).and_then(|c| c.get(*column));
                let name = name.map_or("", |c| c.name.as_str());
                let file = self.names.get(at).map_or("", String::as_str);
                all.push((file, name, shown.collect()));
            }
        }
        all
    }
}

fn tomorrow(foreseen: &Foreseen) -> Result<(), Failure> {
    let mut pairs = vec![("letters in their next run", foreseen.letters.to_string())];
    for (why, people) in &foreseen.without {
        pairs.push((
            "without one",
            format!("{people} ({})", why.replace('_', " ")),
        ));
    }
    if foreseen.beyond > 0 {
        pairs.push(("not looked at", foreseen.beyond.to_string()));
    }
    show::line("")?;
    show::pairs(&pairs)?;
    for (who, at, stories, headlines) in &foreseen.told {
        let stories = show::count(i64::try_from(*stories).unwrap_or(i64::MAX), "story");
        let stories = stories.replace("storys", "stories");
        show::line(&format!("{who}  {at}  {stories}: {}", headlines.join("; ")))?;
    }
    Ok(())
}
