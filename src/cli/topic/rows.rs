//! Rows of texts, one JSON object a line, read one after the other however many there are.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{Exit, Failure, show};
use crate::topics::Text;

/// Octets of a line.
const MOST_LINE: u64 = 8 << 20;
/// Problems that are shown; the others are counted.
const SHOWN: usize = 10;

/// A text with its id and its topics, as a row has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whatever the row calls itself; null where it does not.
    pub id: Value,
    /// Its headline.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Its topics; empty where it names none.
    pub topics: Vec<String>,
}

impl Row {
    /// What the model reads.
    pub fn text(&self) -> Text<'_> {
        Text {
            title: &self.title,
            body: &self.body,
        }
    }

    fn read(line: &[u8]) -> Result<Row, String> {
        let mut row = match serde_json::from_slice(line) {
            Ok(Value::Object(row)) => row,
            Ok(_) => return Err("it is no JSON object".to_owned()),
            Err(e) => return Err(format!("it is no JSON: {e}")),
        };
        let mut text = |key: &str| match row.remove(key) {
            Some(Value::String(text)) => Ok(text),
            Some(Value::Null) | None => Ok(String::new()),
            Some(_) => Err(format!("`{key}`: it is no text")),
        };
        let (title, body) = (text("title")?, text("text")?);
        if title.trim().is_empty() && body.trim().is_empty() {
            return Err("`text`: there is neither a `title` nor a `text` to read".to_owned());
        }
        let named = |value: Value| match value {
            Value::String(topic) if !topic.trim().is_empty() => Ok(topic),
            _ => Err("`topic`: it is no text, or an empty one".to_owned()),
        };
        let topics = match row.remove("topic") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(topics)) => {
                topics.into_iter().map(named).collect::<Result<_, _>>()?
            }
            Some(topic) => vec![named(topic)?],
        };
        Ok(Row {
            id: row.remove("id").unwrap_or(Value::Null),
            title,
            body,
            topics,
        })
    }
}

/// A file of rows, or stdin where `-` was typed.
pub struct Rows {
    path: PathBuf,
    lines: Box<dyn BufRead>,
    line: usize,
    /// Rows that could not be used.
    pub refused: usize,
}

impl Rows {
    /// Opens it.
    pub fn open(path: &Path) -> Result<Rows, Failure> {
        let input: Box<dyn Read> = match path.as_os_str() == "-" {
            true => Box::new(std::io::stdin()),
            false => Box::new(std::fs::File::open(path).map_err(|e| cannot_read(path, e))?),
        };
        Ok(Rows {
            path: path.to_owned(),
            lines: Box::new(BufReader::with_capacity(1 << 16, input)),
            line: 0,
            refused: 0,
        })
    }

    /// The next row that can be read; the lines before it that cannot are told on stderr.
    pub fn next_row(&mut self) -> Result<Option<Row>, Failure> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.lines)
                .take(MOST_LINE + 1)
                .read_until(b'\n', &mut line);
            if read.map_err(|e| cannot_read(&self.path, e))? == 0 {
                return Ok(None);
            }
            self.line += 1;
            if line.len() as u64 > MOST_LINE {
                if line.last() != Some(&b'\n') {
                    let rest = self.lines.skip_until(b'\n');
                    rest.map_err(|e| cannot_read(&self.path, e))?;
                }
                self.refuse(&format!("it has more than {} MiB", MOST_LINE >> 20));
                continue;
            }
            let line = line.trim_ascii();
            let line = match self.line {
                1 => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
                _ => line,
            };
            if line.is_empty() {
                continue;
            }
            match Row::read(line) {
                Ok(row) => return Ok(Some(row)),
                Err(words) => self.refuse(&words),
            }
        }
    }

    /// The row that was read last cannot be used.
    pub fn refuse(&mut self, words: &str) {
        self.refused += 1;
        if self.refused <= SHOWN {
            show::note(&format!("{}, line {}, {words}", self.name(), self.line));
        }
    }

    /// How the command ends: partly where rows were left out, which is said.
    pub fn end(&self) -> Exit {
        if self.refused == 0 {
            return Exit::Done;
        }
        let more = self.refused.saturating_sub(SHOWN);
        if more > 0 {
            show::note(&format!("… and {more} more"));
        }
        let rows = show::count(self.refused as i64, "row");
        show::note(&format!("{rows} left out"));
        Exit::Partly
    }

    fn name(&self) -> String {
        match self.path.as_os_str() == "-" {
            true => "stdin".to_owned(),
            false => self.path.display().to_string(),
        }
    }
}

fn cannot_read(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, error).context(format!("cannot read `{}`", path.display()))
}
