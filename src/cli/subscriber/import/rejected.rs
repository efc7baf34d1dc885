//! Rejected rows: whole in a file that nobody else may read, the first few masked on the terminal.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::cli::{Failure, show};
use crate::domain::cells::safe;
use crate::import::{Mapped, Refused};

/// Rows that are told on the terminal.
const TOLD: usize = 5;

/// Rows that are nobody.
pub struct Rejected {
    path: PathBuf,
    names: Vec<String>,
    header: Vec<String>,
    /// Made with the first one; takes its name when all of them are in it.
    out: Option<csv::Writer<NamedTempFile>>,
    /// Nothing is written.
    dry: bool,
    rows: usize,
}

impl Rejected {
    /// None yet.
    pub fn new(path: PathBuf, sheets: &[Mapped], dry: bool) -> Rejected {
        let first = sheets.first().map(|m| &m.sheet);
        // Lines of JSON have no columns of their own: each is kept whole in one cell.
        let columns = first.map(|s| match s.width {
            0 => vec!["text".to_owned()],
            width => s.columns.iter().take(width).cloned().collect(),
        });
        Rejected {
            path,
            names: sheets.iter().map(|m| m.sheet.name.clone()).collect(),
            header: columns.unwrap_or_default(),
            out: None,
            dry,
            rows: 0,
        }
    }

    /// Keeps one.
    pub fn keep(&mut self, refused: &Refused) -> io::Result<()> {
        let name = self.names.get(refused.sheet).map_or("", String::as_str);
        self.rows += 1;
        if self.rows <= TOLD {
            show::note(&format!("{name}, line {}: {}", refused.line, refused.why));
        }
        if self.dry {
            return Ok(());
        }
        if self.out.is_none() {
            let folder = match self.path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let file = NamedTempFile::new_in(folder)?;
            let mut out = csv::WriterBuilder::new().flexible(true).from_writer(file);
            let first = ["file", "line", "reason"].map(str::to_owned);
            out.write_record(first.iter().chain(&self.header))?;
            self.out = Some(out);
        }
        let Some(out) = &mut self.out else {
            return Ok(());
        };
        let first = [
            name.to_owned(),
            refused.line.to_string(),
            refused.why.to_string(),
        ];
        let row = refused.cells.iter().map(|cell| safe(cell).into_owned());
        Ok(out.write_record(first.into_iter().chain(row))?)
    }

    /// Where they are, if there are any.
    pub fn close(self) -> Result<Option<PathBuf>, Failure> {
        let more = self.rows.saturating_sub(TOLD);
        if more > 0 {
            show::note(&format!("… and {more} more"));
        }
        let Some(out) = self.out else {
            return Ok(None);
        };
        let mut file = out.into_inner().map_err(|e| e.into_error())?;
        file.flush()?;
        file.persist(&self.path).map_err(|e| e.error)?;
        Ok(Some(self.path))
    }
}
