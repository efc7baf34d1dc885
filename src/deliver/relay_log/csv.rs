//! A CSV with a header row: `message_id,status[,code,reply]`, in any order, other columns ignored
//! (RFC 4180; `;` and tabs separate as well). A field with a line break in it is not read.

use std::collections::BTreeSet;

use super::{Fate, Said, letter_id};

/// Most fields of a row that are looked at.
const FIELDS_MAX: usize = 256;

/// Where the columns stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    separator: char,
    message_id: usize,
    status: usize,
    code: Option<usize>,
    reply: Option<usize>,
}

impl Columns {
    /// The columns of a header row; `None` if it is none.
    pub(super) fn of(header: &str) -> Option<Columns> {
        [',', ';', '\t'].into_iter().find_map(|separator| {
            let names = fields(header, separator).ok()?;
            let names: Vec<String> = names
                .iter()
                .map(|n| n.trim().to_ascii_lowercase().replace(['-', ' '], "_"))
                .collect();
            let at = |name: &str| names.iter().position(|n| n == name);
            Some(Columns {
                separator,
                message_id: at("message_id")?,
                status: at("status")?,
                code: at("code"),
                reply: at("reply"),
            })
        })
    }

    /// Reads one row.
    pub(super) fn read(&self, text: &str, wanted: &BTreeSet<String>) -> Result<Said, String> {
        let fields = fields(text, self.separator)?;
        let field = |at: usize| fields.get(at).map(|f| f.trim());
        let id = field(self.message_id).filter(|id| !id.is_empty());
        let id = letter_id(id.ok_or("it has no message_id")?);
        let status = field(self.status).ok_or("it has no status")?;
        let fate = match status.to_ascii_lowercase().as_str() {
            "accepted" | "queued" | "taken" => Fate::Taken,
            "sent" | "delivered" => Fate::Sent,
            "bounced" => Fate::Bounced,
            "deferred" | "delayed" => Fate::Deferred,
            "refused" | "rejected" => Fate::Refused,
            _ => {
                return Err("its status is none of accepted, sent, delivered, bounced, \
                            deferred and refused"
                    .to_owned());
            }
        };
        let code = match self.code.and_then(field) {
            None | Some("") => None,
            Some(code) => match code.parse::<u16>() {
                Ok(code @ 200..=599) => Some(code),
                _ => return Err("its code is none from 200 to 599".to_owned()),
            },
        };
        if !wanted.contains(id) {
            return Ok(Said::OfAnother);
        }
        let reply = self.reply.and_then(field).unwrap_or_default();
        Ok(Said::Of(id.to_owned(), fate, code, reply.to_owned()))
    }
}

/// The fields of a row.
fn fields(text: &str, separator: char) -> Result<Vec<String>, String> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        if fields.len() >= FIELDS_MAX {
            return Err(format!("it has more than {FIELDS_MAX} fields"));
        }
        let (field, left) = match rest.strip_prefix('"') {
            Some(quoted) => unquoted(quoted, separator)?,
            None => match rest.split_once(separator) {
                Some((field, left)) => (field.to_owned(), Some(left)),
                None => (rest.to_owned(), None),
            },
        };
        fields.push(field);
        match left {
            Some(left) => rest = left,
            None => return Ok(fields),
        }
    }
}

/// A field behind its opening quote, and what is left behind the separator.
fn unquoted(text: &str, separator: char) -> Result<(String, Option<&str>), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, left) = rest.split_once('"').ok_or("a quote is not closed")?;
        field.push_str(part);
        match left.strip_prefix('"') {
            Some(left) => {
                field.push('"');
                rest = left;
            }
            None if left.is_empty() => return Ok((field, None)),
            None => {
                let left = left.strip_prefix(separator);
                return Ok((field, Some(left.ok_or("a quoted field goes on")?)));
            }
        }
    }
}
