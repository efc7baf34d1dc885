//! What a relay says about itself in reply to EHLO (RFC 5321 §4.1.1.1), as plain data.

use super::reply::Answer;
use crate::deliver::policy::clean;

/// What the relay offers, by its last reply to EHLO: nothing said before encryption is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// The name that the relay gives itself.
    pub name: String,
    /// PIPELINING (RFC 2920): commands need not wait for replies.
    pub pipelining: bool,
    /// SIZE (RFC 1870): the relay wants to be told how large a message is.
    pub size: bool,
    /// The limit that SIZE names, in octets; none if it names none or 0.
    pub max_message: Option<u64>,
    /// SMTPUTF8 (RFC 6531): local parts beyond ASCII.
    pub smtputf8: bool,
    /// 8BITMIME (RFC 6152). Our messages are 7-bit and need it not.
    pub eight_bit: bool,
    /// DSN (RFC 3461): we may say which notifications we want.
    pub dsn: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034). They are read whether or not they were announced.
    pub enhanced_codes: bool,
    /// STARTTLS (RFC 3207); never offered once the connection is encrypted.
    pub starttls: bool,
    /// The mechanisms of AUTH (RFC 4954), in capitals, in the relay's order.
    pub auth: Vec<String>,
    /// How the connection is encrypted, as `TLSv1.3 TLS13_AES_256_GCM_SHA384`; none if it is not.
    pub tls: Option<String>,
}

impl Offers {
    /// Reads the reply to EHLO.
    pub(super) fn read(hello: &Answer, tls: Option<String>) -> Offers {
        let mut lines = hello.lines();
        let greeting = lines.next().unwrap_or_default();
        let mut offers = Offers {
            name: clean(greeting.split_whitespace().next().unwrap_or_default()),
            tls,
            ..Offers::default()
        };
        for line in lines {
            // `AUTH=LOGIN` is how some servers said it before RFC 4954, and still do.
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
            let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
            match keyword.as_str() {
                "PIPELINING" => offers.pipelining = true,
                "SIZE" => {
                    offers.size = true;
                    let limit = words.next().and_then(|limit| limit.parse().ok());
                    // RFC 1870 §3: 0 is no limit.
                    offers.max_message = limit.filter(|limit| *limit > 0);
                }
                "SMTPUTF8" => offers.smtputf8 = true,
                "8BITMIME" => offers.eight_bit = true,
                "DSN" => offers.dsn = true,
                "ENHANCEDSTATUSCODES" => offers.enhanced_codes = true,
                "STARTTLS" => offers.starttls = true,
                "AUTH" => offers.add_mechanisms(words),
                _ => {}
            }
        }
        offers
    }

    fn add_mechanisms<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        for word in words {
            let word = clean(&word.to_ascii_uppercase());
            if !self.auth.contains(&word) {
                self.auth.push(word);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply::parse;
    use super::*;

    #[test]
    fn keywords_come_in_any_case_and_any_order() -> Result<(), String> {
        let hello = b"250-Relay.Example  greets you\r\n250-size 1000\r\n250-DSN\r\n\
            250-auth=LOGIN\r\n250-AUTH plain LOGIN XOAUTH2\r\n250-\r\n250-X-NEW \x1b[1m\r\n\
            250-8bitMIME\r\n250 Pipelining\r\n";
        let (answer, _) = parse(hello)?.ok_or("not complete")?;
        let offers = Offers::read(&answer, None);
        let expected = Offers {
            name: "Relay.Example".to_owned(),
            pipelining: true,
            size: true,
            max_message: Some(1000),
            eight_bit: true,
            dsn: true,
            auth: ["LOGIN", "PLAIN", "XOAUTH2"].map(str::to_owned).to_vec(),
            ..Offers::default()
        };
        assert_eq!(offers, expected);
        Ok(())
    }

    #[test]
    fn a_size_without_a_limit_is_none() -> Result<(), String> {
        for line in ["SIZE", "SIZE 0", "SIZE x", "SIZE -1"] {
            let hello = format!("250-x\r\n250 {line}\r\n");
            let (answer, _) = parse(hello.as_bytes())?.ok_or("not complete")?;
            let offers = Offers::read(&answer, None);
            assert!(offers.size && offers.max_message.is_none(), "{line}");
        }
        Ok(())
    }
}
