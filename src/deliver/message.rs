//! A letter as bytes: RFC 5322 head, MIME body, CRLF, seven bits.
//!
//! Nothing is drawn and no clock is read: the same letter and head give the same bytes, which is what
//! lets a resend be compared with what was sent. Text that cannot stand in a header is encoded or
//! dropped, never refused: what arrives here has been planned.

mod header;
pub(crate) mod quoted_printable;

use std::borrow::Cow;

use sha2::{Digest as _, Sha256};

use crate::domain::letter::{Head, Parts, SenderSettings};
use crate::domain::time::Timestamp;
use crate::domain::web_link::is_serialised;

/// Octets of a message beside its parts: set aside, not a limit.
const HEAD: usize = 4096;
/// Octets of a header line that no mail program may cut (RFC 5322 §2.1.1), less its name.
const LONGEST_LINK: usize = 900;

/// Octets of a List-Id (RFC 2919 §3).
const LONGEST_LIST_ID: usize = 255;

/// The lines that the heads of a wave's letters have in common, made once.
#[derive(Clone, Debug)]
pub struct Letterhead {
    domain: String,
    one_click: bool,
    /// Date and From.
    from: Vec<u8>,
    reply_to: Vec<u8>,
    list_id: Vec<u8>,
    /// From List-Post to MIME-Version.
    list: Vec<u8>,
}

impl Letterhead {
    /// The lines of a sender's letters of a run. `date` is the wave's (RFC 5322 §3.6.1): its due instant, or
    /// when a person sent it early. The run is the first field of Feedback-ID, the same for everybody.
    pub fn of(sender: &SenderSettings, run: &str, date: Timestamp) -> Letterhead {
        let address = header::address(&sender.sender_address);
        let domain = header::domain(&address);
        let list = list_id(sender, &domain);
        let lines = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            out
        };
        Letterhead {
            one_click: sender.one_click,
            from: lines(&|out| {
                header::date(out, date);
                header::mailbox(out, "From", &sender.sender_name, &address);
            }),
            reply_to: lines(&|out| {
                if let Some(reply_to) = &sender.reply_to {
                    header::line(out, "Reply-To", [&*header::address(reply_to)]);
                }
            }),
            list_id: lines(&|out| header::mailbox(out, "List-Id", &sender.list_name, &list)),
            list: lines(&|out| {
                // Nobody writes to the list (RFC 2369 §3.4).
                header::line(out, "List-Post", ["NO"]);
                let feedback = feedback_id(run, &sender.list_slug, &list);
                header::line(out, "Feedback-ID", [&*feedback]);
                header::line(out, "Precedence", ["bulk"]);
                header::line(out, "MIME-Version", ["1.0"]);
            }),
            domain,
        }
    }

    /// The message of a digest under this head: `multipart/alternative` of plain text and HTML
    /// (RFC 2046 §5.1.4), both quoted-printable, or the plain text alone where its reader wants that, with the headers of a list (RFC 2369, 2919, 8058).
    pub fn compose(&self, subject: &str, parts: &impl Parts, head: &Head) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + parts.room());
        let id = header::token(&head.letter_id);
        out.extend_from_slice(&self.from);
        header::line(&mut out, "To", [&*header::address(&head.to)]);
        out.extend_from_slice(&self.reply_to);
        header::text(&mut out, "Subject", subject);
        header::line(&mut out, "Message-ID", ["<", &id, "@", &self.domain, ">"]);
        out.extend_from_slice(&self.list_id);
        unsubscribe(&mut out, &head.unsubscribe_url, self.one_click);
        out.extend_from_slice(&self.list);
        if head.text_only {
            part_head(&mut out, "plain");
            parts.text(&mut out);
            return out;
        }
        // `=_` cannot stand in quoted-printable text (RFC 2045 §6.7), so it is in no part.
        let kind = ["multipart/alternative;\r\n boundary=\"=_", &id, "\""];
        header::line(&mut out, "Content-Type", kind);
        let boundary = |out: &mut Vec<u8>, end: &str| {
            for part in ["\r\n--=_", &id, end, "\r\n"] {
                out.extend_from_slice(part.as_bytes());
            }
        };
        boundary(&mut out, "");
        part_head(&mut out, "plain");
        parts.text(&mut out);
        boundary(&mut out, "");
        part_head(&mut out, "html");
        parts.html(&mut out);
        boundary(&mut out, "--");
        out
    }
}

/// The list's identifier: the one it keeps, else its short name and the From domain.
fn list_id(sender: &SenderSettings, domain: &str) -> String {
    let kept = header::domain(&format!("@{}", sender.list_id));
    if sender.list_id.contains('.') && kept.len() <= LONGEST_LIST_ID {
        return kept;
    }
    let room = LONGEST_LIST_ID.saturating_sub(domain.len() + 1);
    let slug = header::token(&sender.list_slug);
    let label: String = slug.chars().take(room).collect();
    format!("{label}.{domain}")
}

/// Google's Feedback-ID: the run, the list, the kind of mail, and last the sender's own id of 5 to
/// 15 characters, which never changes. No field tells one recipient from another.
fn feedback_id(run: &str, list: &str, list_id: &str) -> String {
    let hash = Sha256::digest(list_id.to_ascii_lowercase());
    let sender: String = hash[..6].iter().map(|b| format!("{b:02x}")).collect();
    // A field has no colon; the second pass of an overlap keeps a sign of its own.
    let run = run.replace('+', "-");
    let run = header::token(&run);
    format!("{run}:{}:digest:{sender}", header::token(list))
}

/// A message of the system to one person: plain text, marked as written by no one (RFC 3834 §5).
/// `id` is the left side of the Message-ID; `from` is a display name and an address.
pub fn system_mail(
    (display, from): (&str, &str),
    to: &str,
    subject: &str,
    body: &str,
    date: Timestamp,
    id: &str,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024 + body.len() * 5 / 4);
    let from = header::address(from);
    header::date(&mut out, date);
    header::mailbox(&mut out, "From", display, &from);
    header::line(&mut out, "To", [&*header::address(to)]);
    header::text(&mut out, "Subject", subject);
    let (id, domain) = (header::token(id), header::domain(&from));
    header::line(&mut out, "Message-ID", ["<", &id, "@", &domain, ">"]);
    header::line(&mut out, "Auto-Submitted", ["auto-generated"]);
    header::line(&mut out, "MIME-Version", ["1.0"]);
    part_head(&mut out, "plain");
    quoted_printable::encode(&mut out, body);
    out
}

/// The head of a quoted-printable text.
fn part_head(out: &mut Vec<u8>, kind: &str) {
    header::line(out, "Content-Type", ["text/", kind, "; charset=utf-8"]);
    header::line(out, "Content-Transfer-Encoding", ["quoted-printable"]);
    out.extend_from_slice(b"\r\n");
}

/// RFC 2369 §3.2, and RFC 8058 §3.1 where the list may and the link is https.
fn unsubscribe(out: &mut Vec<u8>, link: &str, one_click: bool) {
    let parsed = match is_serialised(link) {
        true => Some(Cow::Borrowed(link)),
        false => url::Url::parse(link).ok().map(|url| Cow::Owned(url.into())),
    };
    let Some(url) = parsed else {
        return;
    };
    let plain = url
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"<>".contains(&b));
    let web = url.starts_with("https:") || url.starts_with("http:");
    if !plain || url.len() > LONGEST_LINK || !web {
        return;
    }
    header::line(out, "List-Unsubscribe", ["<", &url, ">"]);
    if one_click && url.starts_with("https:") {
        let one_click = ["List-Unsubscribe=One-Click"];
        header::line(out, "List-Unsubscribe-Post", one_click);
    }
}

#[cfg(test)]
mod tests;
