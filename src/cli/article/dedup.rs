//! `article dedup`: which articles of a file are copies of one another, or tell one story. It only
//! thinks: no configuration, database or key is needed.

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::cli::{Exit, Failure, show, typed};
use crate::domain::article::CanonicalUrl;
use crate::domain::time::to_ms;
use crate::ingest::parse::parse_date;
use crate::stories::dedup::{self, Groups, Row};

/// Longer lines are not read, in octets.
const LINE_BYTES: usize = 8 << 20;
/// Ids of a group that are listed in a line of the table.
const SHOWN: usize = 12;

/// Which heap, and how it is answered.
#[derive(clap::Args, Debug)]
pub struct DedupArgs {
    /// JSONL file, or - for stdin
    file: PathBuf,
    /// Groups of articles that tell one story, instead of copies of one text
    #[arg(long)]
    stories: bool,
    /// As JSON: {"clusters":[[id,…],…]}
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &DedupArgs) -> Result<Exit, Failure> {
    let name = args.file.display().to_string();
    let bytes = typed::bytes(&args.file)?;
    let read = Reader::read(&bytes);
    for problem in &read.problems {
        show::note(&format!("{name}: {problem}"));
    }
    if read.rows.is_empty() && read.refused > 0 {
        let words = format!(
            "none of the {} rows of `{name}` could be read",
            read.refused
        );
        return Err(Failure::failed(words).hint(
            "a row is a JSON object a line with id, title, text, url, published, outlet, lang",
        ));
    }
    let groups = match args.stories {
        true => dedup::stories(&read.rows),
        false => dedup::duplicates(&read.rows),
    };
    match args.json {
        true => show::json(&json!({"clusters": groups}))?,
        false => table(&read.rows, &groups, args.stories)?,
    }
    Ok(match read.refused {
        0 => Exit::Done,
        _ => Exit::Partly,
    })
}

fn table(rows: &[Row], groups: &Groups, stories: bool) -> Result<(), Failure> {
    let titles: HashMap<&str, &str> = rows.iter().map(|r| (&*r.id, &*r.title)).collect();
    let line = |group: &Vec<String>| {
        let title = group.iter().find_map(|id| titles.get(id.as_str()));
        let mut ids = group[..group.len().min(SHOWN)].join(" ");
        if group.len() > SHOWN {
            ids.push_str(&format!(" and {} more", group.len() - SHOWN));
        }
        let title = typed::short(title.copied().unwrap_or_default(), 60);
        vec![group.len().to_string(), title, ids]
    };
    let none = match stories {
        true => "no two articles tell one story",
        false => "no article is another one's copy",
    };
    show::table(
        &["articles", "headline", "ids"],
        groups.iter().map(line).collect(),
        none,
    )
}

/// Problems that are told; more are only counted.
const TOLD: usize = 20;

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    /// Rows that could not be read.
    refused: usize,
    problems: Vec<String>,
    /// Where an id was first.
    lines: HashMap<String, usize>,
}

impl Reader {
    fn read(bytes: &[u8]) -> Reader {
        let mut reader = Reader::default();
        for (n, line) in bytes.split(|b| *b == b'\n').enumerate() {
            let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            match reader.row(line, n + 1) {
                Ok(row) => reader.rows.push(row),
                Err(problem) => {
                    reader.refused += 1;
                    reader.tell(n + 1, &problem);
                }
            }
        }
        if let Some(more) = reader.refused.checked_sub(TOLD).filter(|n| *n > 0) {
            reader
                .problems
                .push(format!("{more} more rows could not be read"));
        }
        reader
    }

    fn tell(&mut self, line: usize, problem: &str) {
        if self.problems.len() < TOLD {
            self.problems.push(format!("line {line}: {problem}"));
        }
    }

    fn row(&mut self, line: &[u8], number: usize) -> Result<Row, String> {
        if line.len() > LINE_BYTES {
            let length = line.len();
            return Err(format!("has {length} octets, more than {LINE_BYTES}"));
        }
        let value = serde_json::from_slice::<Map<String, Value>>(line)
            .map_err(|e| format!("no JSON object: {e}"))?;
        let id = match value.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(Value::Null) | None => return Err("field `id`: is missing".to_owned()),
            Some(_) => return Err("field `id`: is no text and no number".to_owned()),
        };
        let title = field(&value, &["title", "headline"])?;
        let text = field(&value, &["text", "body"])?;
        let outlet = field(&value, &["outlet", "source"])?;
        let url = field(&value, &["url", "link"])?;
        let published = field(&value, &["published", "date"])?;
        if let Some(before) = self.lines.insert(id.clone(), number) {
            return Err(format!("field `id`: `{id}` is line {before}'s already"));
        }
        Ok(Row {
            id,
            title: title.to_owned(),
            text: text.to_owned(),
            // What is no address or no date says nothing, and costs no row.
            url: CanonicalUrl::parse(url, None).ok(),
            published_ms: parse_date(published).map(to_ms),
            outlet: outlet.to_owned(),
        })
    }
}

/// The text of the first of some keys that is there; empty where none is.
fn field<'v>(row: &'v Map<String, Value>, keys: &[&str]) -> Result<&'v str, String> {
    for key in keys {
        match row.get(*key) {
            Some(Value::String(text)) => return Ok(text),
            Some(Value::Null) | None => {}
            Some(_) => return Err(format!("field `{key}`: is no text")),
        }
    }
    Ok("")
}
