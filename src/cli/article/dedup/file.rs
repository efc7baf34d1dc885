//! A file of articles, read row by row: where each row stands is known, its text is read again where it
//! is asked for again.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::domain::article::CanonicalUrl;
use crate::domain::time::to_ms;
use crate::ingest::parse::parse_date;
use crate::stories::dedup::{Row, Rows};

/// Longer lines are not read, in octets.
const LINE_BYTES: u64 = 8 << 20;
/// Problems that are told; more are only counted.
const TOLD: usize = 20;

/// The rows of a file that could be read.
pub struct Articles {
    file: File,
    /// Where the line of each begins, and how many octets it has.
    places: Vec<(u64, u32)>,
    /// Rows that could not be read.
    pub refused: usize,
    /// What is wrong with the first few of those.
    pub problems: Vec<String>,
}

impl Articles {
    /// Looks through a file, or through stdin where the path is `-`. What can be read only once is put
    /// into a file without a name first.
    pub fn open(path: &Path) -> io::Result<Articles> {
        let file = match path.as_os_str() == "-" {
            true => spooled(&mut io::stdin().lock())?,
            false => match File::open(path)? {
                file if file.metadata()?.is_file() => file,
                mut once => spooled(&mut once)?,
            },
        };
        let mut articles = Articles {
            file: file.try_clone()?,
            places: Vec::new(),
            refused: 0,
            problems: Vec::new(),
        };
        articles.look_through(BufReader::with_capacity(1 << 16, file))?;
        Ok(articles)
    }

    fn look_through(&mut self, mut lines: impl BufRead) -> io::Result<()> {
        // By an id's number: the line that has it.
        let mut ids: HashMap<u64, usize> = HashMap::new();
        let numbers = RandomState::new();
        let (mut from, mut number) = (0, 0);
        let mut line = Vec::new();
        loop {
            line.clear();
            let part = (&mut lines)
                .take(LINE_BYTES + 2)
                .read_until(b'\n', &mut line)?;
            if part == 0 {
                break;
            }
            let mut length = part as u64;
            if line.last() != Some(&b'\n') {
                length += lines.skip_until(b'\n')? as u64;
            }
            number += 1;
            let row = match bare(&line) {
                [] => Ok(None),
                row if row.len() as u64 > LINE_BYTES => {
                    Err(format!("has {length} octets, more than {LINE_BYTES}"))
                }
                row => read(row).map(Some),
            };
            let row = row.and_then(|row| {
                let before = row.map(|row| (ids.insert(numbers.hash_one(&row.id), number), row.id));
                match before {
                    Some((Some(before), id)) => {
                        Err(format!("field `id`: `{id}` is line {before}'s already"))
                    }
                    before => Ok(before.is_some()),
                }
            });
            match row {
                Ok(true) => self.places.push((from, part as u32)),
                Ok(false) => {}
                Err(problem) => self.refuse(number, &problem),
            }
            from += length;
        }
        if let Some(more) = self.refused.checked_sub(TOLD).filter(|n| *n > 0) {
            let words = format!("{more} more rows could not be read");
            self.problems.push(words);
        }
        Ok(())
    }

    fn refuse(&mut self, line: usize, problem: &str) {
        self.refused += 1;
        if self.problems.len() < TOLD {
            self.problems.push(format!("line {line}: {problem}"));
        }
    }

    /// The headlines of some articles, by their ids.
    pub fn headlines<'i>(&mut self, ids: &[&'i str]) -> io::Result<HashMap<&'i str, String>> {
        let wanted: HashMap<&str, &'i str> = ids.iter().map(|id| (*id, *id)).collect();
        let mut found = HashMap::new();
        for at in 0..self.count() {
            let row = self.row(at)?;
            if let Some(id) = wanted.get(row.id.as_str()) {
                found.insert(*id, row.title.clone());
            }
        }
        Ok(found)
    }
}

impl Rows for Articles {
    type Error = io::Error;

    fn count(&self) -> usize {
        self.places.len()
    }

    fn row(&mut self, at: usize) -> io::Result<Cow<'_, Row>> {
        let (from, length) = self.places[at];
        self.file.seek(SeekFrom::Start(from))?;
        let mut line = vec![0; length as usize];
        self.file.read_exact(&mut line)?;
        let changed = |problem| io::Error::other(format!("it was changed meanwhile: {problem}"));
        read(bare(&line)).map(Cow::Owned).map_err(changed)
    }
}

/// Everything that can be read, in a file without a name.
fn spooled(input: &mut impl io::Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(input, &mut file)?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

/// A line without white space around it, and without a byte order mark.
fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    line.trim_ascii()
}

fn read(line: &[u8]) -> Result<Row, String> {
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
