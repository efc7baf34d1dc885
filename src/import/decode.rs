//! The octets of an export as UTF-8, whatever a spreadsheet saved them as.
//!
//! A file is looked through once before it is read: an encoding that was guessed from its beginning
//! breaks at the first name in row 500,000.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Octets read at a time.
const BLOCK: usize = 64 * 1024;

/// What a look through a file found.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    /// What it is written in.
    pub encoding: &'static Encoding,
    /// Ends of lines: about how many rows it has.
    pub lines: u64,
    /// Octets.
    pub octets: u64,
}

/// An encoding by the name that people give it.
pub fn named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.trim().as_bytes())
}

/// Looks a whole file through: UTF-16 by its mark or its zeros, UTF-8 where all of it is, else
/// Windows-1252, as old spreadsheets save.
pub fn look(mut from: impl Read) -> io::Result<Looked> {
    let mut block = vec![0; BLOCK];
    let (mut carry, mut first) = (Vec::new(), true);
    let (mut by_mark, mut utf8) = (None, true);
    let (mut lines, mut octets) = (0_u64, 0_u64);
    loop {
        let some = from.read(&mut block)?;
        if some == 0 {
            break;
        }
        let block = &block[..some];
        if first {
            by_mark = wide(block);
            first = false;
        }
        octets += some as u64;
        lines += block.iter().filter(|b| **b == b'\n').count() as u64;
        if utf8 && by_mark.is_none() {
            carry.extend_from_slice(block);
            match std::str::from_utf8(&carry) {
                Ok(_) => carry.clear(),
                Err(e) if e.error_len().is_none() => {
                    carry.drain(..e.valid_up_to());
                }
                Err(_) => utf8 = false,
            }
        }
    }
    let narrow = match utf8 && carry.is_empty() {
        true => UTF_8,
        false => WINDOWS_1252,
    };
    Ok(Looked {
        encoding: by_mark.unwrap_or(narrow),
        lines: lines.max(1),
        octets,
    })
}

/// UTF-16, by its mark or by where its zeros are.
fn wide(block: &[u8]) -> Option<&'static Encoding> {
    match Encoding::for_bom(block) {
        Some((encoding, _)) if encoding != UTF_8 => return Some(encoding),
        Some(_) => return None,
        None => {}
    }
    let head = &block[..block.len().min(512)];
    let zeros = |odd: usize| {
        head.iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    let most = head.len() / 4;
    match head.len() >= 16 {
        true if zeros(1) > most => Some(UTF_16LE),
        true if zeros(0) > most => Some(UTF_16BE),
        _ => None,
    }
}

/// A reader of UTF-8 out of one of another encoding; what has no reading becomes U+FFFD.
pub struct Decoded<R> {
    from: R,
    decoder: Decoder,
    raw: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// From the beginning of a file; a byte order mark is left out.
    pub fn new(from: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded {
            from,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; BLOCK],
            out: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let some = self.from.read(&mut self.raw)?;
        self.ended = some == 0;
        let room = self
            .decoder
            .max_utf8_buffer_length(some)
            .unwrap_or(BLOCK * 4);
        self.out.resize(room, 0);
        let (_, _, written, _) =
            self.decoder
                .decode_to_utf8(&self.raw[..some], &mut self.out, self.ended);
        self.out.truncate(written);
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !self.ended {
            self.fill()?;
        }
        let rest = &self.out[self.at..];
        let some = rest.len().min(into.len());
        into[..some].copy_from_slice(&rest[..some]);
        self.at += some;
        Ok(some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (&'static str, String) {
        let looked = look(bytes).unwrap();
        let mut text = String::new();
        let mut decoded = Decoded::new(bytes, looked.encoding);
        decoded.read_to_string(&mut text).unwrap();
        (looked.encoding.name(), text)
    }

    #[test]
    fn what_spreadsheets_save_is_read_as_it_was_meant() {
        let text = "Email,Ort\r\nmara@x.example,Köln\r\n";
        let wide = |mark: bool, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let units = mark
                .then_some(0xfeff)
                .into_iter()
                .chain(text.encode_utf16());
            units.flat_map(order).collect()
        };
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8"),
            (WINDOWS_1252.encode(text).0.into_owned(), "windows-1252"),
            (wide(true, u16::to_le_bytes), "UTF-16LE"),
            (wide(false, u16::to_le_bytes), "UTF-16LE"),
            (wide(true, u16::to_be_bytes), "UTF-16BE"),
        ] {
            assert_eq!(read(&bytes), (encoding, text.to_owned()));
        }
    }

    #[test]
    fn a_letter_is_whole_wherever_a_block_ends() {
        let text = format!("{}ö{}", "x".repeat(BLOCK - 1), "é".repeat(BLOCK));
        assert_eq!(read(text.as_bytes()), ("UTF-8", text));
        let mut broken = "x".repeat(BLOCK * 2).into_bytes();
        broken.extend(b"K\xf6ln");
        assert_eq!(read(&broken).0, "windows-1252");
    }
}
