//! The relaxed canonical forms (RFC 6376 §3.4.2, §3.4.4) of header fields and bodies.
//!
//! It hands out pieces of what it is given wherever nothing changes: a body is hashed, not copied.

/// A field of a head, as it stands, without its last CRLF.
pub(super) struct Field<'a> {
    name: &'a [u8],
    /// Name, colon, value with its folds.
    pub(super) raw: &'a [u8],
}

impl Field<'_> {
    /// Whether it has this name, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Head (with the CRLF of its last line) and body of a message.
pub(super) fn split(message: &[u8]) -> (&[u8], &[u8]) {
    match message.windows(4).position(|w| w == b"\r\n\r\n") {
        Some(at) => (&message[..at + 2], &message[at + 4..]),
        None => (message, &[]),
    }
}

/// The fields of a head, from the top.
pub(super) fn fields(head: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while let Some(end) = head[at..].windows(2).position(|w| w == b"\r\n") {
        let next = at + end + 2;
        at = next;
        if head.get(next).is_some_and(|b| is_blank(*b)) {
            continue;
        }
        let raw = &head[start..next - 2];
        start = next;
        if let Some(colon) = raw.iter().position(|b| *b == b':') {
            let name = raw[..colon].trim_ascii_end();
            fields.push(Field { name, raw });
        }
    }
    fields
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Appends a field in its relaxed form, without a CRLF (RFC 6376 §3.4.2).
pub(super) fn field(raw: &[u8], out: &mut Vec<u8>) {
    let colon = raw.iter().position(|b| *b == b':').unwrap_or(raw.len());
    let (name, value) = raw.split_at(colon);
    out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let mut blank = false;
    let mut any = false;
    for byte in value.iter().skip(1) {
        match byte {
            b'\r' | b'\n' => {}
            b' ' | b'\t' => blank = true,
            _ => {
                if blank && any {
                    out.push(b' ');
                }
                (blank, any) = (false, true);
                out.push(*byte);
            }
        }
    }
}

/// Hands out a body in its relaxed form, piece by piece (RFC 6376 §3.4.4): runs of blanks are one
/// blank, none stand at the end of a line, no empty lines at the end, and the last line ends.
pub(super) fn body(body: &[u8], mut hash: impl FnMut(&[u8])) {
    let end = body
        .iter()
        .rposition(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
    let Some(end) = end else { return };
    let body = &body[..=end];
    let mut start = 0;
    let mut at = 0;
    while at < body.len() {
        if !is_blank(body[at]) {
            at += 1;
            continue;
        }
        let run = body[at..].iter().take_while(|b| is_blank(**b)).count();
        let after = at + run;
        let at_line_end = body.get(after) == Some(&b'\r');
        // One blank within a line is what it will be, and stays in its piece.
        if at_line_end || run > 1 || body[at] == b'\t' {
            hash(&body[start..at]);
            if !at_line_end {
                hash(b" ");
            }
            start = after;
        }
        at = after;
    }
    hash(&body[start..]);
    hash(b"\r\n");
}
