//! What a feed says of how often it changes: `ttl` of RSS 2.0, in minutes, and the Syndication module
//! (`updatePeriod`, `updateFrequency`). Only the head of the document is looked at.

use super::lex::{Lexer, Token};
use super::walk::local;

/// Octets in which a feed says what is true of all of it.
const HEAD: usize = 32 << 10;
/// The longest that is believed, in seconds.
const LONGEST_S: i64 = 7 * 86_400;

/// Seconds between two changes, by the feed's own word.
pub fn changes_every_s(bytes: &[u8]) -> Option<i64> {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes));
    let (mut ttl, mut period, mut frequency) = (None, None, 1);
    let mut open = "";
    for token in Lexer::new(&head) {
        match token {
            Token::Start(name, ..) => {
                open = local(name);
                if ["item", "entry"]
                    .iter()
                    .any(|e| open.eq_ignore_ascii_case(e))
                {
                    break;
                }
            }
            Token::End(_) => open = "",
            Token::Text(text) | Token::CData(text) => match open {
                "ttl" => ttl = number(text).and_then(|n| n.checked_mul(60)),
                "updatePeriod" => period = length(text),
                "updateFrequency" => frequency = number(text).unwrap_or(1).max(1),
                _ => {}
            },
            Token::Doctype(_) => {}
        }
    }
    let every = ttl.or(period.map(|p| p / frequency))?;
    (every > 0).then_some(every.min(LONGEST_S))
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

fn length(text: &str) -> Option<i64> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "hourly" => 3_600,
        "daily" => 86_400,
        "weekly" | "monthly" | "yearly" => LONGEST_S,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::changes_every_s;

    #[test]
    fn a_feed_says_how_often_it_changes_in_its_head_only() {
        let said = |text: &str| changes_every_s(text.as_bytes());
        assert_eq!(said("<rss><channel><ttl> 60 </ttl><item/>"), Some(3_600));
        let hourly = "<sy:updatePeriod>\n hourly </sy:updatePeriod>";
        assert_eq!(said(hourly), Some(3_600));
        let often = format!("{hourly}<sy:updateFrequency>4</sy:updateFrequency>");
        assert_eq!(said(&often), Some(900));
        assert_eq!(said(&format!("<ttl>5</ttl>{hourly}")), Some(300));
        assert_eq!(said("<ttl>9999999999999999</ttl>"), Some(604_800));
        for nothing in [
            "",
            "<ttl>-5</ttl>",
            "<ttl>x</ttl>",
            "<item><ttl>5</ttl></item>",
        ] {
            assert_eq!(said(nothing), None, "{nothing}");
        }
        assert_eq!(said("<updateFrequency>0</updateFrequency>"), None);
    }
}
