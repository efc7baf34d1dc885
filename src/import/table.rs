//! Rows of an export, one after the other in flat memory: delimited text, or one JSON object a line.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use csv::StringRecord;
use serde_json::{Map, Value};

/// Most octets of a row: beyond it a quote was not closed.
const ROW: u64 = 1024 * 1024;
/// Signs that are kept of a line that cannot be read.
const TOLD: usize = 4_000;
/// Octets that a reader takes ahead of the row that it is at.
const AHEAD: u64 = 512 * 1024;

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What it holds.
    pub cells: Cells,
}

/// What a row holds.
#[derive(Clone, Debug)]
pub enum Cells {
    /// By their place.
    Placed(StringRecord),
    /// By their key.
    Keyed(Map<String, Value>),
    /// A line that is no JSON object, as it stands there, cut off at 4,000 signs.
    Text(String),
}

/// Rows on their way.
pub enum Table<R> {
    /// Delimited.
    Delimited(Box<csv::Reader<Bounded<R>>>, Rc<Cell<u64>>),
    /// A JSON object a line.
    Lines(BufReader<R>, u64),
}

/// The sign between cells, by the first line of a text.
pub fn delimiter(head: &str) -> u8 {
    let line = head.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    if let Some(told) = line.strip_prefix("sep=").and_then(|l| l.bytes().next()) {
        return told;
    }
    let mut quoted = false;
    let outside: String = line
        .chars()
        .filter(|c| {
            quoted ^= *c == '"';
            !quoted
        })
        .collect();
    let count = |sign: &u8| outside.bytes().filter(|b| b == sign).count();
    // Of equals the last: a comma is what most files have.
    let signs = *b"|\t;,";
    signs.into_iter().max_by_key(count).unwrap_or(b',')
}

/// Whether a text is of JSON objects.
pub fn is_json(head: &str) -> bool {
    head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .starts_with('{')
}

impl<R: Read> Table<R> {
    /// Delimited text, the header row among the rows.
    pub fn delimited(from: R, delimiter: u8) -> Table<R> {
        let taken = Rc::new(Cell::new(0));
        let from = Bounded {
            from,
            taken: Rc::clone(&taken),
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(from);
        Table::Delimited(Box::new(reader), taken)
    }

    /// One JSON object a line.
    pub fn lines(from: R) -> Table<R> {
        Table::Lines(BufReader::with_capacity(64 * 1024, from), 0)
    }

    /// The next row; blank lines are none.
    ///
    /// # Errors
    /// Of the disk, and [`io::ErrorKind::InvalidData`] for a row beyond a megabyte.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        match self {
            Table::Delimited(reader, taken) => loop {
                taken.set(0);
                let mut record = StringRecord::new();
                if !reader.read_record(&mut record).map_err(of_disk)? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, csv::Position::line);
                let told =
                    record.len() <= 2 && record.get(0).is_some_and(|c| c.starts_with("sep="));
                if (line == 1 && told) || record.iter().all(|cell| cell.trim().is_empty()) {
                    continue;
                }
                return Ok(Some(Row {
                    line,
                    cells: Cells::Placed(record),
                }));
            },
            Table::Lines(reader, line) => next_object(reader, line),
        }
    }
}

fn next_object(reader: &mut impl BufRead, number: &mut u64) -> io::Result<Option<Row>> {
    loop {
        let mut line = Vec::new();
        if reader.take(ROW + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        *number += 1;
        if line.len() as u64 > ROW {
            return Err(too_long());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let cells = match serde_json::from_slice(line.trim_ascii()) {
            Ok(Value::Object(object)) => Cells::Keyed(object),
            _ => {
                let text = String::from_utf8_lossy(line.trim_ascii());
                Cells::Text(text.chars().take(TOLD).collect())
            }
        };
        return Ok(Some(Row {
            line: *number,
            cells,
        }));
    }
}

/// The disk's own fault, as it is; text is UTF-8 by now, and rows may be of any width.
fn of_disk(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn too_long() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a row has more than 1 MiB: a quote before it is not closed",
    )
}

/// A reader that fails where one row takes too much of it.
pub struct Bounded<R> {
    from: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let taken = self.taken.get();
        if taken > ROW + AHEAD {
            return Err(too_long());
        }
        let some = self.from.read(into)?;
        self.taken.set(taken + some as u64);
        Ok(some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut table = Table::delimited(text.as_bytes(), delimiter(text));
        let mut rows = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            let Cells::Placed(record) = row.cells else {
                unreachable!("delimited");
            };
            rows.push((row.line, record.iter().map(str::to_owned).collect()));
        }
        rows
    }

    #[test]
    fn rows_are_read_whatever_stands_between_their_cells() {
        let cells = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        // A row behind empty lines is told by the first of them.
        let expected = vec![
            (1, cells(&["Email", "Tags"])),
            (2, cells(&["a@x.example", "one, \"two\"\nthree;"])),
            (6, cells(&["b@x.example"])),
        ];
        for sign in [",", ";", "\t", "|"] {
            let text = format!(
                "Email{sign}Tags\n\n\"a@x.example\"{sign}\"one, \"\"two\"\"\nthree;\"\n{sign}\nb@x.example\n"
            );
            let mut expected = expected.clone();
            expected[2].1 = cells(&["b@x.example"]);
            assert_eq!(rows(&text), expected, "{sign:?}");
        }
        assert_eq!(rows("sep=;\na;b,c\n"), [(2, cells(&["a", "b,c"]))]);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_no_memory() {
        let text = format!("a,b\n\"{}", "x,\n".repeat(1_000_000));
        let mut table = Table::delimited(text.as_bytes(), b',');
        assert!(table.next_row().unwrap().is_some());
        let error = table.next_row().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    }

    #[test]
    fn lines_of_json_are_rows_and_what_is_none_is_told() {
        let text = "{\"email\":\"a@x.example\"}\n\n[1]\nnonsense\n";
        assert!(is_json(text) && !is_json("email\n{}"));
        let mut table = Table::lines(text.as_bytes());
        let first = table.next_row().unwrap().unwrap();
        assert!(matches!(first.cells, Cells::Keyed(_)));
        for (line, held) in [(3, "[1]"), (4, "nonsense")] {
            let row = table.next_row().unwrap().unwrap();
            assert!(matches!(&row.cells, Cells::Text(text) if text == held) && row.line == line);
        }
        assert!(table.next_row().unwrap().is_none());
    }
}
