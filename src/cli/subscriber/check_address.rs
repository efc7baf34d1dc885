//! `subscriber check-address`: whether addresses on stdin are of good form, and how they are spelt.
//!
//! It only thinks: no data folder, no DNS, no mailbox is asked.

use std::io::{BufRead, BufReader, Read, Write};

use serde::Serialize;

use crate::cli::{Exit, Failure};
use crate::domain::address::{AddressError, WellFormed};

/// Octets of a line: far more than an address may have, so that its fault can be told.
const LINE: u64 = 4096;

/// What is said of a line.
#[derive(Serialize)]
struct Checked {
    /// The line without its end.
    address: String,
    valid: bool,
    /// As people read it: the domain lower-cased and in Unicode.
    normalized: Option<String>,
    /// In ASCII alone; null where the part before the @ has no such spelling.
    ascii: Option<String>,
    /// Why it is not valid, or why it cannot be mailed though it is.
    reason: Option<String>,
}

/// Reads stdin line by line, in flat memory, and answers each. What the addresses are like is no failure.
pub fn run(json: bool) -> Result<Exit, Failure> {
    let mut lines = Lines::new(std::io::stdin().lock());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(line) = lines.next_line()? {
        let checked = checked(&line);
        let text = match json {
            true => serde_json::to_string(&checked).map_err(|e| Failure::new(Exit::Failed, e))?,
            false => plain(&checked),
        };
        match writeln!(out, "{text}") {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            written => written?,
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn checked(line: &[u8]) -> Checked {
    let address = String::from_utf8_lossy(line).into_owned();
    let read = match std::str::from_utf8(line) {
        Ok(_) if line.len() as u64 > LINE => Err(AddressError::TooLong),
        Ok(text) => WellFormed::parse(text),
        Err(_) => Err(AddressError::Plain("it is not UTF-8")),
    };
    match read {
        Ok(form) => {
            let ascii = form.ascii();
            let reason = ascii
                .is_none()
                .then(|| AddressError::NeedsSmtpUtf8.to_string());
            Checked {
                address,
                valid: true,
                normalized: Some(form.normalized()),
                ascii,
                reason,
            }
        }
        Err(error) => Checked {
            address,
            valid: false,
            normalized: None,
            ascii: None,
            reason: Some(error.to_string()),
        },
    }
}

fn plain(checked: &Checked) -> String {
    let reason = checked.reason.as_deref().unwrap_or_default();
    let clean = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
    match &checked.normalized {
        Some(normalized) if reason.is_empty() => format!("ok  {normalized}"),
        Some(normalized) => format!("ok  {normalized}  ({reason})"),
        None => format!("no  {}  ({reason})", clean(&checked.address)),
    }
}

/// Lines as their file ends them: where the first one ends with CR LF, all do; else a CR is part of a
/// line, and no address has one.
struct Lines<R> {
    from: BufReader<R>,
    carriage: Option<bool>,
}

impl<R: Read> Lines<R> {
    fn new(from: R) -> Lines<R> {
        Lines {
            from: BufReader::new(from),
            carriage: None,
        }
    }

    /// The next line; of a longer one than any address only the beginning.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut line = Vec::new();
        let some = (&mut self.from)
            .take(LINE + 2)
            .read_until(b'\n', &mut line)?;
        if some == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            self.skip_rest()?;
        }
        if line.ends_with(b"\n") {
            line.pop();
        }
        let carriage = line.ends_with(b"\r");
        if *self.carriage.get_or_insert(carriage) && carriage {
            line.pop();
        }
        Ok(Some(line))
    }

    fn skip_rest(&mut self) -> Result<(), Failure> {
        loop {
            let some = self.from.fill_buf()?;
            if some.is_empty() {
                return Ok(());
            }
            let end = some.iter().position(|b| *b == b'\n');
            let taken = end.map_or(some.len(), |at| at + 1);
            self.from.consume(taken);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}
