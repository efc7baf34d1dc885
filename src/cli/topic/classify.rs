//! `topic classify`: what a trained model says of rows.

use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::rows::{Row, Rows};
use crate::cli::house::folder;
use crate::cli::{Exit, Failure, show, typed};
use crate::topic_models::TopicModels;
use crate::topics::{Model, Standing, Suggestion};

/// Rows that are read before the first of them is classified, and octets of their texts: however many
/// rows there are, and however long, no more of them is held.
const TOGETHER: usize = 1_024;
const MOST_OCTETS: usize = 16 << 20;

/// Classifies rows with the model in use.
pub fn run(file: &Path, json: bool, home: Option<&Path>) -> Result<Exit, Failure> {
    let home = folder(home);
    let Some((_, model)) = TopicModels::of(&home).in_use()? else {
        let words = format!("there is no topic model in `{}`", home.display());
        return Err(Failure::failed(words).hint("`courant topic train FILE.jsonl` makes one"));
    };
    let mut rows = Rows::open(file)?;
    let mut out = BufWriter::new(std::io::stdout());
    let mut any = false;
    loop {
        let batch = batch(&mut rows)?;
        if batch.is_empty() {
            break;
        }
        any = true;
        let mut table = Vec::new();
        for (row, found) in batch.iter().zip(together(&model, &batch)) {
            if !json {
                table.push(cells(row, &found));
            } else if let Err(error) = writeln!(out, "{}", line(row, &found)) {
                return closed(error);
            }
        }
        if !json {
            let headers = ["id", "topic", "score", "standing", "because of", "title"];
            show::table(&headers, table, "")?;
        }
    }
    if let Err(error) = out.flush() {
        return closed(error);
    }
    drop(out);
    if !any && !json {
        show::note("no rows");
    }
    Ok(rows.end())
}

/// The next rows; none at the end.
fn batch(rows: &mut Rows) -> Result<Vec<Row>, Failure> {
    let (mut batch, mut octets) = (Vec::new(), 0);
    while batch.len() < TOGETHER
        && octets < MOST_OCTETS
        && let Some(row) = rows.next_row()?
    {
        octets += row.title.len() + row.body.len();
        batch.push(row);
    }
    Ok(batch)
}

/// Whoever reads a pipe may stop: that is no failure.
fn closed(error: std::io::Error) -> Result<Exit, Failure> {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        _ => Err(error.into()),
    }
}

/// Classifies rows on all processors; the order is theirs.
fn together(model: &Model, rows: &[Row]) -> Vec<Vec<Suggestion>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = rows.len().div_ceil(workers.max(1)).max(1);
    let one = |rows: &[Row]| -> Vec<Vec<Suggestion>> {
        rows.iter().map(|row| model.classify(&row.text())).collect()
    };
    std::thread::scope(|scope| {
        let workers = rows
            .chunks(share)
            .map(|rows| scope.spawn(move || one(rows)));
        let workers: Vec<_> = workers.collect();
        let found = workers.into_iter().map(|w| w.join().unwrap_or_default());
        found.flatten().collect()
    })
}

fn line(row: &Row, found: &[Suggestion]) -> Value {
    let score = |s: &Suggestion| f64::from(s.score) / 1000.0;
    let topics: Vec<Value> = found
        .iter()
        .map(|s| json!({"topic": s.topic, "score": score(s), "why": s.why}))
        .collect();
    json!({
        "id": row.id,
        "topic": found.first().map(|s| &s.topic),
        "score": found.first().map(score),
        "topics": topics,
    })
}

fn cells(row: &Row, found: &[Suggestion]) -> Vec<String> {
    let id = match &row.id {
        Value::String(id) => id.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let likely = found.iter().filter(|s| s.standing() != Standing::Queued);
    let mut named: Vec<&Suggestion> = likely.collect();
    named.extend(found.first().filter(|s| s.standing() == Standing::Queued));
    let list = |of: &dyn Fn(&Suggestion) -> String| {
        let cells: Vec<String> = named.iter().map(|s| of(s)).collect();
        cells.join("\n")
    };
    let standing = |s: &Suggestion| match s.standing() {
        Standing::Auto => "auto",
        Standing::Suggested => "suggested",
        Standing::Queued => "queued",
    };
    vec![
        typed::short(&id, 40),
        list(&|s| s.topic.clone()),
        list(&|s| format!("{:.3}", f64::from(s.score) / 1000.0)),
        list(&|s| standing(s).to_owned()),
        list(&|s| s.why.join(", ")),
        typed::short(row.title.trim(), 50),
    ]
}
