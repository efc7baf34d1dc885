//! The body of a POST as names and values, in the two encodings that forms have.
//!
//! It bounds what it reads and knows no field. RFC 8058 §3.2 asks for both encodings: mail programs
//! send either.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use mail_parser::{MessageParser, MimeHeaders};

/// Most octets of a form. Beyond it nobody typed.
pub const BODY_MAX: usize = 64 * 1024;
/// Most fields of a form.
const FIELDS_MAX: usize = 1000;

/// Fields in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(Vec<(String, String)>);

/// Why a body is no form of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// More octets than [`BODY_MAX`].
    #[error("the form is larger than {BODY_MAX} octets")]
    TooLarge,
    /// Another content type, more than a thousand fields, or a body that broke off.
    #[error("the form cannot be read")]
    Unreadable,
}

impl FormError {
    /// What to send instead.
    pub fn hint(&self) -> Option<String> {
        Some(
            "send application/x-www-form-urlencoded or multipart/form-data, up to 64 KB".to_owned(),
        )
    }
}

impl Form {
    /// Reads a request's body, up to the limit that the router sets ([`BODY_MAX`]).
    ///
    /// # Errors
    /// [`FormError`].
    pub async fn read(request: Request) -> Result<Form, FormError> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = Bytes::from_request(request, &())
            .await
            .map_err(|e| match e.status() {
                StatusCode::PAYLOAD_TOO_LARGE => FormError::TooLarge,
                _ => FormError::Unreadable,
            })?;
        Form::parse(&kind, &body)
    }

    /// Reads a body of the given content type.
    ///
    /// # Errors
    /// [`FormError::Unreadable`].
    pub fn parse(kind: &str, body: &[u8]) -> Result<Form, FormError> {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let fields = if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let pairs = url::form_urlencoded::parse(body).take(FIELDS_MAX + 1);
            pairs
                .map(|(n, v)| (n.into_owned(), v.into_owned()))
                .collect()
        } else if essence.eq_ignore_ascii_case("multipart/form-data") {
            multipart(kind, body).ok_or(FormError::Unreadable)?
        } else {
            return Err(FormError::Unreadable);
        };
        if fields.len() > FIELDS_MAX {
            Err(FormError::Unreadable)
        } else {
            Ok(Form(fields))
        }
    }

    /// The first value of a name, without white space around it.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.trim())
    }

    /// The first value of a name as it was typed: a password may begin or end with white space.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }

    /// Every field whose name begins so: the rest of the name, and the value.
    pub fn named<'a>(&'a self, begin: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let fields = self.0.iter();
        fields.filter_map(move |(n, v)| Some((n.strip_prefix(begin)?, v.trim())))
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, v)| v.trim())
    }
}

/// A multipart form is a MIME body without its head (RFC 7578 §4), so the MIME reader reads it.
fn multipart(kind: &str, body: &[u8]) -> Option<Vec<(String, String)>> {
    if kind.contains(['\r', '\n']) {
        return None;
    }
    let message = [b"Content-Type: ", kind.as_bytes(), b"\r\n\r\n", body].concat();
    let message = MessageParser::default().parse(&message)?;
    let field = |part: &mail_parser::MessagePart<'_>| {
        let name = part.content_disposition()?.attribute("name")?.to_owned();
        Some((name, part.text_contents()?.to_owned()))
    };
    Some(
        message
            .parts
            .iter()
            .filter_map(field)
            .take(FIELDS_MAX + 1)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Form, FormError};

    #[test]
    fn both_encodings_give_the_same_fields() {
        let plain = Form::parse(
            "application/x-www-form-urlencoded; charset=UTF-8",
            b"List-Unsubscribe=One-Click&topic=a&topic=b%0D%0Ac",
        )
        .expect("a form");
        assert_eq!(plain.one("List-Unsubscribe"), Some("One-Click"));
        assert_eq!(plain.all("topic").collect::<Vec<_>>(), ["a", "b\r\nc"]);
        assert_eq!(plain.one("Topic"), None);
        let body = "--xyz\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n\
                    One-Click\r\n--xyz\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\n\
                    Zürich\r\n--xyz--\r\n";
        let parts = Form::parse("multipart/form-data; boundary=xyz", body.as_bytes()).expect("one");
        assert_eq!(parts.one("List-Unsubscribe"), Some("One-Click"));
        assert_eq!(parts.one("city"), Some("Zürich"));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for kind in [
            "",
            "text/plain",
            "application/json",
            "multipart/form-data\r\nX: y",
        ] {
            assert_eq!(
                Form::parse(kind, b"a=b"),
                Err(FormError::Unreadable),
                "{kind}"
            );
        }
        let many = "a=b&".repeat(1001);
        let read = Form::parse("application/x-www-form-urlencoded", many.as_bytes());
        assert_eq!(read, Err(FormError::Unreadable));
        let junk = Form::parse("multipart/form-data; boundary=x", &[0xff; 300]);
        assert_eq!(junk.map(|f| f.one("a").is_some()), Ok(false));
    }
}
