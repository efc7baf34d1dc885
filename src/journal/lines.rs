//! Entries as lines, and the lines of a file that may be torn or none of ours.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Entry, Kind};
use crate::domain::ListId;
use crate::domain::address::AddressHash;
use crate::domain::time::{Timestamp, format_rfc3339};

/// Longest line that is read: ours are of about 150 octets.
pub(super) const LINE_MAX: usize = 1024;

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
struct Line {
    at: String,
    kind: Kind,
    address_hash: String,
    list: Option<i64>,
}

impl Entry {
    /// The line with its end.
    pub(super) fn line(&self) -> String {
        let at = Timestamp::from_millisecond(self.at.as_millisecond()).unwrap_or(self.at);
        let line = Line {
            at: format_rfc3339(at),
            kind: self.kind,
            address_hash: self.who.0.iter().map(|b| format!("{b:02x}")).collect(),
            list: self.list.map(|l| l.0),
        };
        // Texts and numbers: there is nothing in it that has no JSON.
        let text = serde_json::to_string(&line).unwrap_or_default();
        text + "\n"
    }

    /// Reads a line without its end; `None` for anything else than an entry of ours.
    pub(super) fn read(line: &[u8]) -> Option<Entry> {
        if line.len() > LINE_MAX {
            return None;
        }
        let line: Line = serde_json::from_slice(line).ok()?;
        Some(Entry {
            at: line.at.parse().ok()?,
            kind: line.kind,
            who: AddressHash(unhex(&line.address_hash)?),
            list: line.list.map(ListId),
        })
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits.filter(|d| d.len() == 64)?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
    bytes.try_into().ok()
}

/// Hands over each line with its number, without its end, and whether it had one. Of a longer line
/// than any of ours only so much is kept as shows that.
pub(super) fn each_line(
    mut from: impl BufRead,
    mut each: impl FnMut(u64, &[u8], bool) -> io::Result<()>,
) -> io::Result<()> {
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        let some = from.fill_buf()?;
        if some.is_empty() {
            break;
        }
        let end = some.iter().position(|b| *b == b'\n');
        let piece = &some[..end.unwrap_or(some.len())];
        let room = (LINE_MAX + 1).saturating_sub(line.len());
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let taken = piece.len() + usize::from(end.is_some());
        from.consume(taken);
        if end.is_some() {
            number += 1;
            each(number, &line, true)?;
            line.clear();
        }
    }
    if !line.is_empty() {
        each(number + 1, &line, false)?;
    }
    Ok(())
}

pub(super) fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Where the line begins that the file ends in.
pub(super) fn start_of_last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let (mut at, mut block) = (length, [0; 4096]);
    while at > 0 {
        let from = at.saturating_sub(block.len() as u64);
        let size = usize::try_from(at - from).unwrap_or(block.len());
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut block[..size])?;
        if let Some(end) = block[..size].iter().rposition(|b| *b == b'\n') {
            return Ok(from + end as u64 + 1);
        }
        at = from;
    }
    Ok(0)
}

/// Whether a file begins with all of another one; a missing one is empty.
pub(super) fn begins_with(long: &Path, short: &Path) -> io::Result<bool> {
    let open = |path: &Path| match File::open(path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    };
    let Some(mut short) = open(short)? else {
        return Ok(true);
    };
    let Some(mut long) = open(long)? else {
        return Ok(short.fill_buf()?.is_empty());
    };
    loop {
        let (a, b) = (short.fill_buf()?, long.fill_buf()?);
        let n = a.len().min(b.len());
        if a.is_empty() {
            return Ok(true);
        }
        if n == 0 || a[..n] != b[..n] {
            return Ok(false);
        }
        short.consume(n);
        long.consume(n);
    }
}
