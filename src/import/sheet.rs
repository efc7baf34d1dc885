//! Files of rows, opened: alone, out of an archive, or spooled from stdin; looked through once, and
//! readable as often as it takes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::columns::{Kind, Role, key, kind, named};
use super::decode::{Decoded, Looked, look};
use super::person::Fate;
use super::said::fate_of;
use super::table::{Cells, Row, Table, delimiter, is_json};
use crate::domain::address::Address;

/// Rows from which columns are known.
const SAMPLE: usize = 1_000;
/// Most columns of a file.
const COLUMNS: usize = 1_000;
/// Octets of the beginning that is looked at for its delimiter.
const HEAD: u64 = 64 * 1024;
/// Most octets that come out of an archive, or of stdin.
const MOST: u64 = 8 << 30;
/// Most files of an archive.
const FILES: usize = 10_000;
/// An archive's file may be so many times as long as it is packed …
const RATIO: u64 = 200;
/// … once it is longer than this.
const RATIO_FROM: u64 = 64 << 20;

/// How Mailchimp's file of people begins who never agreed to mail.
const NEVER_AGREED: &str = "nonsubscribed";

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The disk, or rows beyond every bound.
    #[error("cannot read `{0}`: {1}")]
    Read(String, #[source] io::Error),
    /// An archive that is none.
    #[error("`{0}` is no archive that can be read: {1}")]
    Archive(String, #[source] zip::result::ZipError),
    /// Much more comes out than a mailing list has.
    #[error("`{0}`: more comes out of it than an export can be")]
    Bomb(String),
    /// No list of people in an archive.
    #[error("`{0}` holds no file of subscribers")]
    Nobody(String),
    /// No rows.
    #[error("`{0}` is empty")]
    Empty(String),
}

impl SheetError {
    /// What to do instead.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                SheetError::Read(_, e) if e.kind() == io::ErrorKind::InvalidData => {
                    "look at the quotes of that row, or save the file as tab-separated text"
                }
                SheetError::Read(..) => "name a file that this user may read, or `-` for stdin",
                SheetError::Archive(..) => "unpack it, and hand in the file with the subscribers",
                SheetError::Bomb(_) => "unpack it by hand and look at what it is",
                SheetError::Nobody(_) => "hand in the CSV file itself",
                SheetError::Empty(_) => "export it again, with its header row",
            }
            .to_owned(),
        )
    }
}

/// Where the octets lie.
#[derive(Debug)]
enum Held {
    Path(PathBuf),
    /// Gone when dropped.
    Spooled(NamedTempFile),
}

/// A file of rows.
#[derive(Debug)]
pub struct Sheet {
    /// What it is called: the file's name alone.
    pub name: String,
    /// What a look through it found.
    pub looked: Looked,
    /// Whose export it is.
    pub kind: Kind,
    /// What its name says of the people in it.
    pub fate: Fate,
    /// Its columns as it calls them; after [`Sheet::width`] of them those within columns.
    pub columns: Vec<String>,
    /// How many columns a row has.
    pub width: usize,
    /// Its first rows, each with a cell a column.
    pub sample: Vec<Vec<String>>,
    held: Held,
    delimiter: Option<u8>,
    /// Whether its first row is one of names.
    headed: bool,
}

/// What was named.
#[derive(Debug)]
pub struct Opened {
    /// Its files of people.
    pub sheets: Vec<Sheet>,
    /// An archive's other tables, those of people who never agreed first.
    pub not_taken: Vec<String>,
}

impl Opened {
    fn alone(sheet: Sheet) -> Opened {
        Opened {
            sheets: vec![sheet],
            not_taken: Vec::new(),
        }
    }
}

/// Opens what was named; `-` is stdin. A ZIP gives its files of people, each as a sheet.
pub fn open(path: &Path, encoding: Option<&'static Encoding>) -> Result<Opened, SheetError> {
    let name = |path: &Path| match path.file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    };
    if path.as_os_str() == "-" {
        let spooled = spool("stdin", io::stdin().lock(), None)?;
        let sheet = Sheet::of("stdin".to_owned(), spooled, encoding)?;
        return Ok(Opened::alone(sheet));
    }
    let whole = path.display().to_string();
    let read = |e| SheetError::Read(whole.clone(), e);
    let mut magic = [0; 4];
    let mut file = File::open(path).map_err(read)?;
    let some = file.read(&mut magic).map_err(read)?;
    match &magic[..some] == b"PK\x03\x04" {
        true => unpacked(path, &whole, encoding),
        false => {
            let held = Held::Path(path.to_owned());
            Ok(Opened::alone(Sheet::of(name(path), held, encoding)?))
        }
    }
}

/// The files of people in an archive.
fn unpacked(
    path: &Path,
    whole: &str,
    encoding: Option<&'static Encoding>,
) -> Result<Opened, SheetError> {
    let file = File::open(path).map_err(|e| SheetError::Read(whole.to_owned(), e))?;
    let wrong = |e| SheetError::Archive(whole.to_owned(), e);
    let mut archive = zip::ZipArchive::new(file).map_err(wrong)?;
    if archive.len() > FILES {
        return Err(SheetError::Bomb(whole.to_owned()));
    }
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let mut sheets = Vec::new();
    let people = of_people(&names);
    for name in &people {
        let entry = archive.by_name(name).map_err(wrong)?;
        let packed = entry.compressed_size();
        let spooled = spool(whole, entry, Some(packed))?;
        let short = name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
        match Sheet::of(short, spooled, encoding) {
            Err(SheetError::Empty(_)) => {}
            sheet => sheets.push(sheet?),
        }
    }
    if sheets.is_empty() {
        return Err(SheetError::Nobody(whole.to_owned()));
    }
    let others = names.iter().filter(|n| is_table(n) && !people.contains(n));
    let mut not_taken: Vec<String> = others.map(|name| base(name)).collect();
    not_taken.sort_by_key(|name| !name.starts_with(NEVER_AGREED));
    Ok(Opened { sheets, not_taken })
}

/// The name of a file within its folders, in lower case.
fn base(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.to_ascii_lowercase()
}

/// Whether a file of an archive may be of rows.
fn is_table(name: &str) -> bool {
    let base = base(name);
    !base.starts_with('.') && !name.starts_with("__MACOSX") && base.ends_with(".csv")
}

/// Of an archive's files those of people: by what services call them, else every CSV.
fn of_people(names: &[String]) -> Vec<String> {
    let all: Vec<&String> = names.iter().filter(|name| is_table(name)).collect();
    let called = |by: fn(&str) -> bool| -> Vec<String> {
        let called = all.iter().filter(|name| by(&base(name)));
        called.map(|name| (*name).clone()).collect()
    };
    for by in [
        (|name| name.starts_with("email_list")) as fn(&str) -> bool,
        |name| fate_of(name).is_some(),
    ] {
        let found = called(by);
        if !found.is_empty() {
            return found;
        }
    }
    called(|name| !name.starts_with(NEVER_AGREED))
}

/// Copies octets to a private file that goes away with us.
fn spool(name: &str, from: impl Read, packed: Option<u64>) -> Result<Held, SheetError> {
    let wrong = |e| SheetError::Read(name.to_owned(), e);
    let mut file = NamedTempFile::new().map_err(wrong)?;
    let most = match packed {
        Some(packed) => packed.saturating_mul(RATIO).clamp(RATIO_FROM, MOST),
        None => MOST,
    };
    let copied = io::copy(&mut from.take(most + 1), &mut file).map_err(wrong)?;
    if copied > most {
        return Err(SheetError::Bomb(name.to_owned()));
    }
    file.flush().map_err(wrong)?;
    Ok(Held::Spooled(file))
}

impl Sheet {
    fn of(
        name: String,
        held: Held,
        encoding: Option<&'static Encoding>,
    ) -> Result<Sheet, SheetError> {
        let wrong = |e| SheetError::Read(name.clone(), e);
        let mut looked = look(held.open().map_err(wrong)?).map_err(wrong)?;
        looked.encoding = encoding.unwrap_or(looked.encoding);
        let mut head = Vec::new();
        let decoded = Decoded::new(held.open().map_err(wrong)?, looked.encoding);
        decoded.take(HEAD).read_to_end(&mut head).map_err(wrong)?;
        let head = String::from_utf8_lossy(&head);
        let delimiter = (!is_json(&head)).then(|| delimiter(&head));
        let mut sheet = Sheet {
            fate: fate_of(&name).unwrap_or(Fate::Subscribed),
            name,
            looked,
            kind: Kind::Plain,
            columns: Vec::new(),
            width: 0,
            sample: Vec::new(),
            held,
            delimiter,
            headed: false,
        };
        sheet.sample()?;
        sheet.kind = kind(&sheet.columns);
        Ok(sheet)
    }

    /// Its rows from the beginning, without the header.
    ///
    /// # Errors
    /// [`SheetError::Read`].
    pub fn rows(&self) -> Result<Table<Decoded<File>>, SheetError> {
        let mut table = self.table()?;
        if self.headed {
            table.next_row().map_err(|e| self.wrong(e))?;
        }
        Ok(table)
    }

    /// A fault of one of its rows, with its name.
    pub fn wrong(&self, error: io::Error) -> SheetError {
        SheetError::Read(self.name.clone(), error)
    }

    fn table(&self) -> Result<Table<Decoded<File>>, SheetError> {
        let file = self.held.open().map_err(|e| self.wrong(e))?;
        let decoded = Decoded::new(file, self.looked.encoding);
        Ok(match self.delimiter {
            Some(sign) => Table::delimited(decoded, sign),
            None => Table::lines(decoded),
        })
    }

    /// Reads the first rows: what columns there are, and what stands in them.
    fn sample(&mut self) -> Result<(), SheetError> {
        let mut table = self.table()?;
        let mut rows: Vec<Row> = Vec::new();
        while rows.len() <= SAMPLE {
            match table.next_row().map_err(|e| self.wrong(e))? {
                Some(row) => rows.push(row),
                None => break,
            }
        }
        let Some(first) = rows.first() else {
            return Err(SheetError::Empty(self.name.clone()));
        };
        if let Cells::Placed(first) = &first.cells {
            self.headed = first.iter().all(|cell| Address::parse(cell).is_err());
            let name = |(at, cell): (usize, &str)| match self.headed {
                true => cell.trim().trim_start_matches('\u{feff}').to_owned(),
                false => (at + 1).to_string(),
            };
            self.columns = first.iter().take(COLUMNS).enumerate().map(name).collect();
        }
        self.width = self.columns.len();
        let skip = usize::from(self.headed);
        for row in rows.iter().skip(skip) {
            let cells = self.cells(row);
            self.sample.push(cells);
        }
        let columns = self.columns.len();
        for row in &mut self.sample {
            row.resize(columns, String::new());
        }
        Ok(())
    }

    /// A row's cells by column; columns within columns, and those of objects, are found on the way.
    fn cells(&mut self, row: &Row) -> Vec<String> {
        let mut cells = vec![String::new(); self.columns.len()];
        match &row.cells {
            Cells::Text(_) => {}
            Cells::Placed(record) => {
                for (at, cell) in record.iter().enumerate().take(self.width) {
                    cell.clone_into(&mut cells[at]);
                    if holds_columns(&self.columns[at])
                        && let Ok(Value::Object(within)) = serde_json::from_str(cell)
                    {
                        for (name, value) in &within {
                            let name = format!("{}.{name}", self.columns[at]);
                            self.put(&mut cells, name, value);
                        }
                    }
                }
            }
            Cells::Keyed(object) => {
                for (name, value) in object {
                    match value {
                        Value::Object(within) => {
                            self.put(&mut cells, name.clone(), value);
                            for (inner, value) in within {
                                self.put(&mut cells, format!("{name}.{inner}"), value);
                            }
                        }
                        value => self.put(&mut cells, name.clone(), value),
                    }
                }
            }
        }
        cells
    }

    fn put(&mut self, cells: &mut Vec<String>, name: String, value: &Value) {
        let at = match self.columns.iter().position(|c| key(c) == key(&name)) {
            Some(at) => at,
            None if self.columns.len() < COLUMNS => {
                self.columns.push(name);
                self.columns.len() - 1
            }
            None => return,
        };
        if cells.len() <= at {
            cells.resize(at + 1, String::new());
        }
        cells[at] = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Array(values) => {
                let texts = values.iter().filter_map(Value::as_str);
                texts.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
    }
}

fn holds_columns(name: &str) -> bool {
    named(name) == Some(Role::Attributes)
}

impl Held {
    fn open(&self) -> io::Result<File> {
        match self {
            Held::Path(path) => File::open(path),
            Held::Spooled(file) => file.reopen(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_swells_beyond_every_export_is_not_unpacked() {
        let bomb = spool("x.zip", io::repeat(b'x'), Some(1_000));
        assert!(matches!(bomb, Err(SheetError::Bomb(_))), "{bomb:?}");
        assert!(spool("x.zip", &b"email"[..], Some(1)).is_ok());
    }

    #[test]
    fn of_an_archive_only_the_files_of_people_are_taken() {
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            of_people(&names)
        };
        assert_eq!(
            of(&["posts.csv", "posts/1.opens.csv", "email_list.paper.csv"]),
            ["email_list.paper.csv"]
        );
        assert_eq!(
            of(&[
                "a/cleaned_1.csv",
                "a/nonsubscribed_1.csv",
                "x.csv",
                "a/subscribed_1.csv"
            ]),
            ["a/cleaned_1.csv", "a/subscribed_1.csv"]
        );
        assert_eq!(
            of(&["__MACOSX/p.csv", ".p.csv", "p.csv", "p.txt"]),
            ["p.csv"]
        );
    }
}
